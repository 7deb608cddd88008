/* A client's calls: each is made once and settled once. */
#ifndef MTP_RPC_CALLS_H
#define MTP_RPC_CALLS_H

#include "rpc/events.h"
#include "session/session.h"

struct mtp_call {
	struct mtp_event_node settled; /* becomes the event that ends it */
	struct mtp_timer timer;
	struct mtp_calls *calls;
	struct mtp_session *session; /* that has out */
	struct mtp_out *out;
	uint64_t id;
	bool ping;
	bool wrapped; /* it was last sent with a wrapper that names calls it must follow */
	bool refused; /* the server did not wait for them: now they must all be over */
	bool bare;    /* goes without its connection's header, because the server had accepted that */
	uint32_t after_count;
	uint64_t after[]; /* calls that must be run before this one */
};

struct mtp_calls {
	struct mtp_session *session; /* for new ones */
	struct mtp_events *events;
	struct mtproto_connection *connection; /* for the events */
	struct mtp_map by_id;
	uint64_t last_id;
	size_t bytes; /* of the bodies of all pending calls */
	uint32_t pending_max;
	size_t pending_bytes_max;
};

void mtp_calls_init(struct mtp_calls *calls, struct mtp_session *session, struct mtp_events *events,
		    struct mtproto_connection *connection);

/* Frees all calls without events. Before mtp_session_fini. */
void mtp_calls_fini(struct mtp_calls *calls);

/* Makes a call with room for len bytes, to be filled at (*call)->out->body and then given to mtp_call_start. It must be
 * run after the calls with the ids in after.
 * Errors: MTPROTO_ERR_ARGUMENT (an id that no call ever had), MTPROTO_ERR_TOO_LARGE, MTPROTO_ERR_LIMIT,
 * MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_call_new(struct mtp_calls *calls, size_t len, const uint64_t *after, uint32_t after_count,
				  struct mtp_call **call);

/* after.c: how such a call is written, and how long its wrapper may be. */
extern const struct mtp_rebuild mtp_call_rebuild;
size_t mtp_call_wrapper_max(uint32_t after_count);

/* Puts it into the session's outbox. deadline_ns: mono_ns or MTPROTO_NEVER. */
void mtp_call_start(struct mtp_call *call, uint64_t deadline_ns);

/* The server wants the header again: puts it before all bare calls, which must all wait. One that finds no memory, or
 * would become too long, stays bare: the server says what it thinks of that. */
void mtp_calls_put_header(struct mtp_calls *calls, const void *header, size_t len);

/* Moves calls that wait in this session, under no msg_id, to the one for new calls. lost: that session is over, so what
 * was sent there waits again, or is given up. */
void mtp_calls_move(struct mtp_calls *calls, struct mtp_session *from, bool lost, const struct mtproto_now *now);

/* NULL when settled. */
struct mtp_call *mtp_calls_find(const struct mtp_calls *calls, uint64_t id);

enum mtproto_fate mtp_call_fate(const struct mtp_call *call);

/* True when body is an error that says that the server did not wait for what the call must follow: then it is sent
 * again when all of that is over. */
bool mtp_call_waits(struct mtp_call *call, struct mtproto_span body);

/* Settles by an rpc_result: body is its result, an rpc_error or anything else. */
void mtp_call_answer(struct mtp_call *call, struct mtproto_span body, struct mtp_block *block);

/* Settles by a bare answer to a service query, such as pong. */
void mtp_call_answer_bare(struct mtp_call *call, struct mtproto_span body, struct mtp_block *block,
			  const struct mtproto_now *now);

/* Settles without an answer. */
void mtp_call_fail(struct mtp_call *call, int error);

/* The outbox gave the message up and frees it itself. */
void mtp_call_out_failed(struct mtp_call *call, int error);

/* The same, because the caller does not want it any more; tells the server, if that has it. */
void mtp_call_take_back(struct mtp_call *call, int error);

/* Takes all back; returns how many. */
size_t mtp_calls_fail_all(struct mtp_calls *calls, int error);

#endif
