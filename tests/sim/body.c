/* Bodies that say whose they are and show whether they were harmed, and the trace. */
#include "sim.h"

#include <stdlib.h>

static uint8_t pattern(const struct sim_body *body, size_t at)
{
	uint32_t x = body->id ^ (body->client << 24) ^ (body->serial << 8);

	return (uint8_t)(x + at * 7 + (at >> 8));
}

static size_t write_fields(uint8_t *out, const struct sim_body *body)
{
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, out, SIM_BODY_MIN);
	mtproto_tl_write_u32(&w, body->id);
	mtproto_tl_write_u32(&w, body->client);
	mtproto_tl_write_u32(&w, body->serial);
	mtproto_tl_write_u32(&w, body->answer_len);
	mtproto_tl_write_u32(&w, body->flags);
	mtproto_tl_write_u32(&w, body->session);
	return w.len;
}

void sim_body_write(uint8_t *out, size_t len, const struct sim_body *body)
{
	for (size_t at = write_fields(out, body); at < len; at++)
		out[at] = pattern(body, at);
}

bool sim_body_read(struct sim_body *body, struct mtproto_span bytes)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, bytes.data, bytes.len);
	body->id = mtproto_tl_read_u32(&r);
	body->client = mtproto_tl_read_u32(&r);
	body->serial = mtproto_tl_read_u32(&r);
	body->answer_len = mtproto_tl_read_u32(&r);
	body->flags = mtproto_tl_read_u32(&r);
	body->session = mtproto_tl_read_u32(&r);
	if (r.error || bytes.len < SIM_BODY_MIN)
		return false;
	for (size_t at = bytes.len - mtproto_tl_left(&r); at < bytes.len; at++)
		if (bytes.data[at] != pattern(body, at))
			return false;
	return true;
}

/* ---- Trace ---- */

/* RFC 1950, section 9. */
static uint32_t adler32(const uint8_t *data, size_t len)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < len; i++) {
		a = (a + data[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

size_t sim_body_as_zlib(uint8_t *packed, size_t packed_len, const uint8_t *plain, size_t plain_len)
{
	enum { GZIP_HEAD = 10, GZIP_TAIL = 8, ZLIB_HEAD = 2, ZLIB_TAIL = 4 };
	uint32_t check = adler32(plain, plain_len);
	struct mtproto_tl_reader r;
	struct mtproto_tl_writer w;
	struct mtproto_span gzip;
	uint8_t *zlib;
	size_t len;

	mtproto_tl_reader_init(&r, packed, packed_len);
	mtproto_tl_read_u32(&r);
	gzip = mtproto_tl_read_bytes(&r);
	len = gzip.len - GZIP_HEAD - GZIP_TAIL;
	zlib = malloc(ZLIB_HEAD + len + ZLIB_TAIL);
	if (!zlib)
		abort();
	zlib[0] = 0x78;
	zlib[1] = 0x9c;
	memcpy(zlib + ZLIB_HEAD, gzip.data + GZIP_HEAD, len);
	for (int i = 0; i < ZLIB_TAIL; i++)
		zlib[ZLIB_HEAD + len + (size_t)i] = (uint8_t)(check >> (24 - 8 * i));
	mtproto_tl_writer_init(&w, packed, packed_len);
	mtproto_tl_write_u32(&w, MTPROTO_ID_GZIP_PACKED);
	mtproto_tl_write_bytes(&w, zlib, ZLIB_HEAD + len + ZLIB_TAIL);
	free(zlib);
	return w.len;
}

void sim_trace(struct sim_world *world, const char *who, const char *format, ...)
{
	va_list arguments;

	if (!world->trace)
		return;
	printf("%12.6f %-8s ", (double)world->now_ns / 1e9, who);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

const char *sim_event_name(enum mtproto_event_type type)
{
	switch (type) {
	case MTPROTO_EVENT_LINK_CLOSED:
		return "LINK_CLOSED";
	case MTPROTO_EVENT_TRACE:
		return "TRACE";
	case MTPROTO_EVENT_KEY_LOG:
		return "KEY_LOG";
	case MTPROTO_EVENT_READY:
		return "READY";
	case MTPROTO_EVENT_HANDSHAKE_FAILED:
		return "HANDSHAKE_FAILED";
	case MTPROTO_EVENT_RESULT:
		return "RESULT";
	case MTPROTO_EVENT_RPC_ERROR:
		return "RPC_ERROR";
	case MTPROTO_EVENT_CALL_FAILED:
		return "CALL_FAILED";
	case MTPROTO_EVENT_PONG:
		return "PONG";
	case MTPROTO_EVENT_ACKED:
		return "ACKED";
	case MTPROTO_EVENT_UPDATE:
		return "UPDATE";
	case MTPROTO_EVENT_NEW_SESSION:
		return "NEW_SESSION";
	case MTPROTO_EVENT_CLOCK:
		return "CLOCK";
	case MTPROTO_EVENT_REFUSED:
		return "REFUSED";
	case MTPROTO_EVENT_SUSPECT:
		return "SUSPECT";
	case MTPROTO_EVENT_KEY_CREATED:
		return "KEY_CREATED";
	case MTPROTO_EVENT_KEY_DESTROYED:
		return "KEY_DESTROYED";
	case MTPROTO_EVENT_SESSION:
		return "SESSION";
	case MTPROTO_EVENT_SESSION_END:
		return "SESSION_END";
	case MTPROTO_EVENT_REQUEST:
		return "REQUEST";
	case MTPROTO_EVENT_REQUEST_DROPPED:
		return "REQUEST_DROPPED";
	case MTPROTO_EVENT_KEY_BOUND:
		return "KEY_BOUND";
	}
	return "?";
}
