/* Bodies that say whose they are and show whether they were harmed, and the trace. */
#include "sim.h"

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
