/* A captured transcript: JSON lines written by a test server that other people's clients talked to. */
#ifndef TESTS_GOLDEN_TRANSCRIPT_H
#define TESTS_GOLDEN_TRANSCRIPT_H

#include <mtproto/mtproto.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"

enum { TRANSCRIPT_PACKETS_MAX = 64, TRANSCRIPT_KEYS_MAX = 4, TRANSCRIPT_LINE_MAX = 16384 };

struct transcript_packet {
	long conn;
	bool to_server;
	uint8_t *data;
	size_t len;
};

struct transcript {
	struct transcript_packet packets[TRANSCRIPT_PACKETS_MAX]; /* encrypted ones only */
	size_t packet_count;
	struct mtproto_auth_key keys[TRANSCRIPT_KEYS_MAX];
	bool temporary[TRANSCRIPT_KEYS_MAX];
	size_t key_count;
	uint64_t session_id;   /* of the last message from the client */
	uint64_t salt;         /* that the captured server gave out */
	uint64_t first_msg_id; /* of the client: the time of the capture */
	enum mtproto_framing framing;
	bool obfuscated;
	struct {
		long conn;
		uint8_t header[64];
	} headers[4];
	size_t header_count;
};

/* The text of a member, "" when there is none. */
static inline const char *transcript_text(const char *line, const char *name, char *out, size_t cap)
{
	char pattern[64];
	const char *begin, *end;

	(void)snprintf(pattern, sizeof(pattern), "\"%s\": \"", name);
	out[0] = 0;
	begin = strstr(line, pattern);
	if (!begin)
		return out;
	begin += strlen(pattern);
	end = strchr(begin, '"');
	assert_true(end && (size_t)(end - begin) < cap);
	memcpy(out, begin, (size_t)(end - begin));
	out[end - begin] = 0;
	return out;
}

static inline long transcript_conn(const char *line)
{
	const char *at = strstr(line, "\"conn\": ");

	return at ? strtol(at + 8, NULL, 10) : 0;
}

static inline uint64_t transcript_u64(const uint8_t *p)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

static inline void transcript_add_packet(struct transcript *t, const char *line, char *text, bool to_server)
{
	struct transcript_packet *packet = &t->packets[t->packet_count];
	size_t cap = strlen(transcript_text(line, "packet", text, TRANSCRIPT_LINE_MAX)) / 2;

	assert_true(t->packet_count < TRANSCRIPT_PACKETS_MAX);
	packet->data = malloc(cap);
	assert_non_null(packet->data);
	packet->len = hex(packet->data, cap, text);
	packet->conn = transcript_conn(line);
	packet->to_server = to_server;
	if (transcript_u64(packet->data) == 0) /* part of a key exchange */
		free(packet->data);
	else
		t->packet_count++;
}

static inline void transcript_add_line(struct transcript *t, const char *line, char *text)
{
	uint8_t bytes[4096];
	char ev[32];

	transcript_text(line, "ev", ev, sizeof(ev));
	if (strcmp(ev, "c2s") == 0) {
		transcript_text(line, "transport", text, TRANSCRIPT_LINE_MAX);
		t->obfuscated = strstr(text, "obf") != NULL;
		t->framing = strstr(text, "abridged")       ? MTPROTO_FRAMING_ABRIDGED
			     : strstr(text, "intermediate") ? MTPROTO_FRAMING_INTERMEDIATE
							    : MTPROTO_FRAMING_FULL;
		transcript_add_packet(t, line, text, true);
	} else if (strcmp(ev, "s2c") == 0) {
		transcript_add_packet(t, line, text, false);
	} else if (strcmp(ev, "keys") == 0) {
		assert_int_equal(
			hex(bytes, sizeof(bytes), transcript_text(line, "auth_key", text, TRANSCRIPT_LINE_MAX)), 256);
		t->temporary[t->key_count] = strstr(line, "\"temp\": true") != NULL;
		mtproto_auth_key_init(&t->keys[t->key_count++], bytes);
	} else if (strcmp(ev, "obf_header") == 0) {
		t->headers[t->header_count].conn = transcript_conn(line);
		assert_int_equal(hex(t->headers[t->header_count++].header, 64,
				     transcript_text(line, "header", text, TRANSCRIPT_LINE_MAX)),
				 64);
	} else if (strcmp(ev, "c2s_plaintext") == 0) {
		hex(bytes, sizeof(bytes), transcript_text(line, "plaintext", text, TRANSCRIPT_LINE_MAX));
		t->session_id = transcript_u64(bytes + 8);
		if (transcript_u64(bytes))
			t->salt = transcript_u64(bytes);
		if (!t->first_msg_id)
			t->first_msg_id = transcript_u64(bytes + 16);
	}
}

static inline void transcript_read(struct transcript *t, const char *name)
{
	static const size_t cap = TRANSCRIPT_LINE_MAX;
	char path[512];
	char *line = malloc(cap), *text = malloc(cap);
	FILE *file;

	memset(t, 0, sizeof(*t));
	(void)snprintf(path, sizeof(path), "%s/transcripts/%s.jsonl", VECTORS_DIR, name);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(line);
	assert_non_null(text);
	while (fgets(line, (int)cap, file))
		transcript_add_line(t, line, text);
	(void)fclose(file);
	free(line);
	free(text);
	assert_true(t->packet_count > 0 && t->key_count > 0);
}

static inline void transcript_free(struct transcript *t)
{
	for (size_t i = 0; i < t->packet_count; i++)
		free(t->packets[i].data);
}

/* The key of a packet. */
static inline const struct mtproto_auth_key *transcript_key(const struct transcript *t,
							    const struct transcript_packet *packet)
{
	for (size_t i = 0; i < t->key_count; i++)
		if (t->keys[i].id == transcript_u64(packet->data))
			return &t->keys[i];
	fail_msg("a packet under no known key");
	return NULL;
}

/* ---- The stream of one connection in one direction ---- */

struct transcript_stream {
	uint8_t *data;
	size_t len;
};

static inline void transcript_put(struct transcript_stream *s, const uint8_t *data, size_t len)
{
	s->data = realloc(s->data, s->len + len);
	assert_non_null(s->data);
	if (len)
		memcpy(s->data + s->len, data, len);
	s->len += len;
}

/* Frames the packets of a connection again, in its framing; to the server with the header or tag in front, and
 * obfuscated by the captured header. */
static inline void transcript_stream(const struct transcript *t, long conn, bool to_server, struct transcript_stream *s)
{
	struct mtproto_frame_encoder encoder;
	uint8_t first[64];

	memset(s, 0, sizeof(*s));
	mtproto_frame_encoder_init(&encoder, t->framing);
	if (to_server && !t->obfuscated)
		transcript_put(s, first, mtproto_framing_tag(t->framing, first));
	for (size_t i = 0; i < t->packet_count; i++) {
		const struct transcript_packet *p = &t->packets[i];
		uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX];
		size_t head_len, tail_len;

		if (p->conn != conn || p->to_server != to_server)
			continue;
		assert_int_equal(mtproto_frame_encode(&encoder, p->data, p->len, 0, false, NULL, head, &head_len, tail,
						      &tail_len),
				 0);
		transcript_put(s, head, head_len);
		transcript_put(s, p->data, p->len);
		transcript_put(s, tail, tail_len);
	}
	for (size_t i = 0; to_server && i < t->header_count; i++) {
		const uint8_t *header = t->headers[i].header;
		struct transcript_stream whole = {NULL, 0};
		struct mtproto_ctr ctr;

		if (t->headers[i].conn != conn)
			continue;
		assert_int_equal(
			mtproto_ctr_init(&ctr, mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO), header + 8, header + 40),
			0);
		mtproto_ctr_seek(&ctr, 64);
		assert_int_equal(mtproto_ctr_xor(&ctr, s->data, s->data, s->len), 0);
		mtproto_ctr_fini(&ctr);
		transcript_put(&whole, header, 64);
		transcript_put(&whole, s->data, s->len);
		free(s->data);
		*s = whole;
	}
}

#endif
