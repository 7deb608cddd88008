/* What a server told its program: counts and the last of each kind. */
#ifndef TESTS_SERVER_SEEN_H
#define TESTS_SERVER_SEEN_H

#include "connection/wire.h"

enum { SEEN_TYPES = 64, SEEN_REQUESTS_MAX = 64 };

struct seen {
	size_t counts[SEEN_TYPES];
	struct mtproto_event last[SEEN_TYPES]; /* without body */
	uint64_t requests[SEEN_REQUESTS_MAX];  /* msg_ids in order */
	bool answer;                           /* every request is answered by its own body at once */
};

static inline void seen_event(struct pair *pair, const struct mtproto_event *event)
{
	struct seen *seen = pair->user;

	if (event->type == MTPROTO_EVENT_REQUEST)
		seen->requests[seen->counts[event->type] % SEEN_REQUESTS_MAX] = event->msg_id;
	seen->counts[event->type]++;
	seen->last[event->type] = *event;
	if (event->type == MTPROTO_EVENT_REQUEST && seen->answer)
		assert_int_equal(mtproto_server_reply(event->session, event->msg_id, event->body.data, event->body.len),
				 0);
}

static inline void seen_init(struct seen *seen, struct pair *pair)
{
	memset(seen, 0, sizeof(*seen));
	pair->on_server = seen_event;
	pair->user = seen;
}

/* A request of no known method; n makes it differ from others. */
static inline uint64_t seen_request(struct wire *wire, uint32_t n)
{
	struct wire_body body;

	mtproto_tl_write_u32(wire_body(&body), 0x11223344);
	mtproto_tl_write_u32(&body.w, n);
	return wire_send_body(wire, &body, true);
}

#endif
