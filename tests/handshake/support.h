/* Vectors by name, a random source that gives what it was told to, and the keys of the tests. */
#ifndef TESTS_HANDSHAKE_SUPPORT_H
#define TESTS_HANDSHAKE_SUPPORT_H

#include <mtproto/handshake.h>

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND      UINT64_C(1000000000)
#define SERVER_TIME 1700000000 /* in the vectors of handshake.txt */

/* The whole of a file under tests/vectors, ended by a zero byte. The caller frees it. */
static inline char *read_text(const char *name)
{
	char path[512];
	FILE *file;
	char *text;
	long size;

	snprintf(path, sizeof(path), VECTORS_DIR "/%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size > 0);
	rewind(file);
	text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	text[size] = 0;
	fclose(file);
	return text;
}

/* A value of handshake.txt, or another file of lines "name hex". */
struct value {
	uint8_t data[1024];
	size_t len;
};

static inline struct value value_of(const char *text, const char *name)
{
	size_t name_len = strlen(name);
	struct value value = {.len = 0};
	char digits[2 * sizeof(value.data) + 1];
	const char *line = text;
	size_t len;

	while (line && !(strncmp(line, name, name_len) == 0 && line[name_len] == ' ')) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		fail_msg("no vector %s", name);
	line += name_len + 1;
	len = strcspn(line, "\n");
	assert_true(len < sizeof(digits));
	memcpy(digits, line, len);
	digits[len] = 0;
	value.len = hex(value.data, sizeof(value.data), digits);
	return value;
}

#define assert_value(value, bytes, length)                             \
	do {                                                           \
		assert_int_equal(length, (value).len);                 \
		assert_memory_equal(bytes, (value).data, (value).len); \
	} while (0)

/* A random source that gives exactly these bytes and fails when they are used up. */
struct script {
	uint8_t data[8192];
	size_t len;
	size_t pos;
};

static inline int script_fill(void *user, uint8_t *out, size_t len)
{
	struct script *script = user;

	if (script->len - script->pos < len)
		return -1;
	memcpy(out, script->data + script->pos, len);
	script->pos += len;
	return 0;
}

static inline void script_add(struct script *script, const void *data, size_t len)
{
	assert_true(sizeof(script->data) - script->len >= len);
	memcpy(script->data + script->len, data, len);
	script->len += len;
}

/* A number of bytes of the value with this name, or all for 0. */
static inline void script_add_value(struct script *script, const char *text, const char *name, size_t len)
{
	struct value value = value_of(text, name);

	script_add(script, value.data, len ? len : value.len);
}

static inline struct mtproto_rsa *load_rsa(const char *name)
{
	char *text = read_text(name);
	struct mtproto_rsa *key;

	assert_int_equal(mtproto_rsa_from_pem(&key, text, strlen(text)), 0);
	free(text);
	return key;
}

static inline struct mtproto_now now_at(uint64_t mono_s, uint64_t wall_s)
{
	return (struct mtproto_now){mono_s * SECOND, wall_s * SECOND};
}

#endif
