/* Schemas in tests: from a text, and from a file of the vectors. */
#ifndef TESTS_TL_SCHEMA_FILE_H
#define TESTS_TL_SCHEMA_FILE_H

#include <mtproto/schema.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_SCHEMA VECTORS_DIR "/api-layer228.tl"

/* The whole text, from malloc. */
static inline char *read_text(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text = malloc(1 << 20);

	assert(file && text);
	*len = fread(text, 1, 1 << 20, file);
	assert(*len > 0 && *len < 1 << 20);
	fclose(file);
	return text;
}

/* The built-in schema and these texts on top, which must be good. */
static inline struct mtproto_schema *schema_of(const char *source, const char *text, size_t len)
{
	struct mtproto_schema_builder *builder;
	struct mtproto_schema *schema = NULL;
	char *copy = malloc(len ? len : 1); /* of exactly this size, so that a sanitizer sees a read beyond it */
	char reason[300];

	assert(copy);
	memcpy(copy, text, len);
	if (mtproto_schema_builder_new(&builder, NULL) || mtproto_schema_builder_add_text(builder, source, copy, len) ||
	    mtproto_schema_builder_finish(&schema, builder)) {
		mtproto_schema_error_text(reason, sizeof(reason), mtproto_schema_builder_error(builder));
		fprintf(stderr, "%s\n", reason);
		abort();
	}
	free(copy);
	mtproto_schema_builder_free(builder);
	return schema;
}

static inline struct mtproto_schema *schema_of_file(const char *path)
{
	size_t len;
	char *text = read_text(path, &len);
	struct mtproto_schema *schema = schema_of(path, text, len);

	free(text);
	return schema;
}

#endif
