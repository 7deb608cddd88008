/* A session: what one side of (auth_key, session_id) must remember. Bytes come from message/ as opened messages and go
 * there as bodies to seal; what concerns calls, requests or keys goes up through two functions of the owner.
 *
 *   in    mtp_session_accept > intake.c (checks) > service.c (the protocol's own objects: handlers.h) > ops->deliver
 *   out   mtp_session_send > outbox.c (waiting, sent) > pack.c (ids, containers, acks) > sealed by the caller
 *
 * Sources: core.telegram.org/mtproto/description, /mtproto/service_messages, /mtproto/service_messages_about_messages.
 */
#ifndef MTP_SESSION_SESSION_H
#define MTP_SESSION_SESSION_H

#include <mtproto/msg_id.h>
#include <mtproto/session.h>
#include <mtproto/stats.h>

#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/timer.h"
#include "session/acks.h"
#include "session/inflate.h"
#include "session/key.h"
#include "session/window.h"

enum {
	MTP_CONTAINER_HEADER_SIZE = 8,        /* id and count */
	MTP_BODY_SENT_MAX = 1044404,          /* servers close the connection on packets above 1,044,480 bytes */
	MTP_CONTAINER_SENT_BYTES_MAX = 32768, /* no more is added to a container that has so many */
	MTP_SERVICE_WAITING_MAX = 4 << 20,    /* bytes of service messages that wait; no more are made */
	MTP_DRAIN_S = 10,       /* answers in an old session are awaited so long after a new one was begun */
	MTP_STATE_DELAY_S = 10, /* without a word for so long, a client asks what became of a message */
	MTP_ATTEMPTS_MAX = 10   /* a message that the peer refused so often fails */
};

/* What all sessions of a context share. */
struct mtp_session_env {
	const struct mtproto_allocator *allocator;
	const struct mtproto_random *random;
	struct mtp_pool *pool;
	struct mtp_timers *timers;
	struct mtp_inflater *inflater;
	uint64_t map_seed;
};

struct mtp_out;

/* How a message that speaks of msg_ids, its own or others', is made anew at each sending. */
struct mtp_rebuild {
	/* False: it can't be said yet. It is held, and asked again when something was sent or settled. NULL: always. */
	bool (*ready)(const struct mtp_out *out);
	size_t (*len)(const struct mtp_out *out);
	/* Writes so many bytes. All messages of the packet have their msg_ids. */
	void (*write)(struct mtp_out *out, struct mtproto_tl_writer *w);
};

/* A message to the peer, from the first wish to send it until it is settled. */
struct mtp_out {
	struct mtp_node node; /* in waiting or in sent */
	uint64_t
		msg_id; /* 0: gets a new one when it is packed; else it goes out again under the same, in a container */
	uint32_t seq_no;
	uint32_t len;
	bool content_related;
	bool odd;    /* the server wants it to count as content-related: a query of the protocol's own may */
	bool keep;   /* until somebody settles it; else it is gone once it was sent */
	bool answer; /* server: its msg_id is of the kind that answers */
	bool waiting;
	bool acked;
	bool early;        /* may leave before the session is open */
	bool was_sent;     /* at least once, under whatever msg_id */
	bool question;     /* the engine's own msgs_state_req */
	bool at_most_once; /* never sent again when the peer may have acted on it */
	bool drained;      /* sent in the session that runs dry */
	bool maybe_twice;  /* sent again although the peer may have acted on it */
	bool astray;       /* sent on an earlier link, where it may still be under way */
	bool ahead;        /* its msg_id is of before the clock was set back: higher than those of later messages */
	uint8_t attempts;
	uint16_t position;                 /* in its envelope */
	uint64_t order;                    /* of its last sending, among all */
	uint64_t sent_ns;                  /* mono_ns at which it was first sent under its msg_id; 0 before */
	struct mtp_envelope *envelope;     /* the container that carried it, while that is remembered */
	const struct mtp_rebuild *rebuild; /* NULL: the body is sent as it is */
	void *owner;                       /* of a kept one: told when its fate changes */
	uint64_t answers;                  /* server: the request that it answers */
	uint8_t body[];
};

/* A container that was sent: an error about its msg_id concerns all who were in it. */
struct mtp_envelope {
	uint64_t msg_id;
	uint32_t count;
	uint32_t live; /* members not NULL */
	struct mtp_out *members[];
};

enum mtp_notice_kind {
	MTP_NOTICE_CONTENT,     /* any object that is not the protocol's own: body, msg_id, seq_no */
	MTP_NOTICE_SERVICE,     /* server: a query that concerns keys, sessions or requests: body, msg_id */
	MTP_NOTICE_RESULT,      /* rpc_result: out is the query (NULL if unknown), body its result */
	MTP_NOTICE_ANSWER,      /* a bare answer to a service query: out and body as above */
	MTP_NOTICE_ACKED,       /* out has reached the peer */
	MTP_NOTICE_FAILED,      /* out ends without an answer: error; it has been taken out and is freed after */
	MTP_NOTICE_NEW_SESSION, /* the server made a new state for this session: msg_id is first_msg_id */
	MTP_NOTICE_CLOCK,       /* the clock was corrected by step_ns */
	MTP_NOTICE_SALT,        /* the server named another salt, which is in use now */
	MTP_NOTICE_DISCONNECT,  /* ping_delay_disconnect: close the link step_ns after now unless another comes */
	MTP_NOTICE_REFUSED      /* a message was dropped: error, msg_id */
};

struct mtp_notice {
	enum mtp_notice_kind kind;
	int error;
	uint64_t msg_id;
	uint32_t seq_no;
	struct mtproto_span body;
	struct mtp_block *block; /* holds body */
	size_t *budget;          /* CONTENT: what may still be inflated of its packet */
	struct mtp_out *out;
	int64_t step_ns;
};

struct mtp_session;

struct mtp_session_ops {
	/* Something came. May send, settle and change the session, but not free it. */
	void (*deliver)(struct mtp_session *session, const struct mtp_notice *notice, const struct mtproto_now *now);
	/* There is something to pack. */
	void (*wake)(struct mtp_session *session);
	/* Server: is this salt good now? NULL on clients. Sets session->key->salt to the current one. */
	bool (*salt_valid)(struct mtp_session *session, uint64_t salt, const struct mtproto_now *now);
};

struct mtp_session {
	const struct mtp_session_env *env;
	const struct mtp_session_ops *ops;
	struct mtp_key *key;
	bool server;
	uint64_t session_id;
	uint64_t peer_unique_id; /* client: of the last new_session_created */
	uint64_t drained_id;     /* client: the session before, in which answers are still awaited; 0: none */
	struct mtp_timer drain_timer;

	struct mtproto_msg_id_gen msg_ids;
	uint32_t content_count; /* content-related messages sent: seq_no is derived from it */

	struct mtp_window window;
	struct mtp_window drained_window; /* of the session that runs dry: a server may use the same ids in both */
	uint64_t top_msg_id;              /* server: the highest msg_id received and its seq_no */
	uint32_t top_seq_no;

	struct mtp_acks acks;
	struct mtp_timer ack_timer;
	uint64_t ack_delay_ns;
	uint32_t ack_count_max;
	bool acks_due;
	struct mtp_timer state_timer; /* client: asks about what was sent and stays without any word */

	bool open;               /* anything may leave; else only what is early, at the head of waiting */
	bool must_renew;         /* peers lost count of seq_no, or of time: when this packet is done with */
	struct mtp_list waiting; /* to be packed, in order */
	struct mtp_list held;    /* taken out of it because they were not ready */
	struct mtp_list sent;    /* kept, in the order of sending */
	uint64_t sent_order;     /* of the last one in it */
	size_t kept_bytes;       /* bodies in both lists that are kept */
	size_t kept_count;
	size_t service_bytes;     /* what waits and is not kept, with its memory */
	struct mtp_map by_msg_id; /* sent ones */
	struct mtp_map envelopes; /* by msg_id of the container */

	struct mtproto_session_stats stats;
};

/* Prepares a zeroed session. session_id 0 draws one. Errors: MTPROTO_ERR_RANDOM, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_session_init(struct mtp_session *session, const struct mtp_session_env *env,
				      const struct mtp_session_ops *ops, struct mtp_key *key, bool server,
				      uint64_t session_id);

/* Frees what waits or is kept; owners are not told. */
void mtp_session_fini(struct mtp_session *session);

/* Client: the session is over. Everything unanswered waits again to be sent (though the server may have acted on it),
 * what was to be said about messages of this session is not. */
void mtp_session_lose_all(struct mtp_session *session, const struct mtproto_now *now);

/* Client: goes on under a new session_id: seq_no begins again, and what was to be said about the old session is not.
 * What was sent there may still be answered for MTP_DRAIN_S. Errors: MTPROTO_ERR_RANDOM (nothing changed). */
MTPROTO_MUST_USE int mtp_session_move_on(struct mtp_session *session, const struct mtproto_now *now);
void mtp_session_drain_timer(struct mtp_timer *timer, const struct mtproto_now *now);

/* True for the session_id in use, and for the one that runs dry. */
static inline bool mtp_session_has_id(const struct mtp_session *session, uint64_t session_id)
{
	return session_id != 0 && (session_id == session->session_id || session_id == session->drained_id);
}

/* Draws another session_id. Errors: MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE int mtp_session_draw_id(struct mtp_session *session);

/* ---- Out: outbox.c ---- */

/* A new message with room for len bytes of body, in no list yet; NULL without memory. */
struct mtp_out *mtp_out_new(struct mtp_session *session, size_t len);
void mtp_out_free(struct mtp_session *session, struct mtp_out *out);

/* Puts it at the end of what waits. */
void mtp_session_send(struct mtp_session *session, struct mtp_out *out);

/* Puts it before all that wait. */
void mtp_session_send_first(struct mtp_session *session, struct mtp_out *out);

/* A new service message that is sent once and is in no list yet; answer: it answers the peer. NULL without memory, or
 * when MTP_SERVICE_WAITING_MAX of them wait for a peer that does not read: then it is lost, as it could be on the wire.
 */
struct mtp_out *mtp_session_service_new(struct mtp_session *session, size_t len, bool answer);

/* Sends one from what a writer of service.h wrote. */
void mtp_session_send_service(struct mtp_session *session, const void *body, size_t len, bool answer);

/* The kept message that was sent under this msg_id, or NULL. */
struct mtp_out *mtp_session_find_sent(const struct mtp_session *session, uint64_t msg_id);

/* Puts bytes before the body of a kept message that waits and has no msg_id. Returns it in its new place, NULL without
 * memory: then it is as it was. */
struct mtp_out *mtp_session_prefix(struct mtp_session *session, struct mtp_out *out, const void *head, size_t len);

/* Takes a kept message out of all lists and frees it: it was answered, acknowledged for good, or given up. */
void mtp_session_settle(struct mtp_session *session, struct mtp_out *out);

/* Moves a kept message that waits to the end of what waits in another session, where it is new. */
void mtp_session_hand_over(struct mtp_session *from, struct mtp_session *to, struct mtp_out *out);

/* Puts what was held before all that wait: perhaps it is ready now. */
void mtp_session_release_held(struct mtp_session *session);

/* Forgets under which msg_id the message was sent, and with whom: it gets a new one. */
void mtp_session_forget_sent(struct mtp_session *session, struct mtp_out *out);

/* Puts a sent message before all that wait, to get a new msg_id; the caller wakes. */
void mtp_session_requeue(struct mtp_session *session, struct mtp_out *out);

/* Why a message must go out again. It tells whether the peer can have acted on it already. */
enum mtp_loss {
	MTP_LOST_SALT,         /* refused for its salt: not run */
	MTP_LOST_REFUSED,      /* refused for its numbers or its container: not run */
	MTP_LOST_NOT_RECEIVED, /* the peer says that it never came: not run */
	MTP_LOST_TOO_OLD,      /* refused because the peer can't tell whether it was there before: maybe run */
	MTP_LOST_UNKNOWN,      /* the peer knows nothing of it, perhaps because it forgot: maybe run */
	MTP_LOST_SESSION       /* the session in which it was sent is gone: maybe run */
};

/* Sends a kept message again: under a new msg_id, or, if it can go on with its own while an earlier copy of it may
 * still arrive, under that, so that the peer acts on one of them only. If it may have been run, one that is
 * at_most_once is given up instead, and another is marked. Of a service query it does not matter: that changes nothing.
 */
void mtp_session_resend_lost(struct mtp_session *session, struct mtp_out *out, enum mtp_loss loss,
			     const struct mtproto_now *now);

/* Sends a kept message again: under a new msg_id, or (same) under its own. */
void mtp_session_resend(struct mtp_session *session, struct mtp_out *out, bool same);

/* Ends a kept message without an answer: its owner gets MTP_NOTICE_FAILED, and must not settle another one meanwhile.
 */
void mtp_session_give_up(struct mtp_session *session, struct mtp_out *out, int error, const struct mtproto_now *now);

/* The peer refused the message or container with this msg_id: sends it, or its members, again under new ids, or gives
 * up what was refused too often. False when nothing that is remembered has this msg_id. */
bool mtp_session_resend_refused(struct mtp_session *session, uint64_t msg_id, enum mtp_loss loss,
				const struct mtproto_now *now);

/* Client, on a new link: asks what became of what was sent and not acknowledged. */
void mtp_session_ask_state(struct mtp_session *session);

/* Client: asks it of what was sent before this mono_ns, if there is anything. */
void mtp_session_ask_state_before(struct mtp_session *session, uint64_t mono_ns);

/* Server, on a new link: sends everything kept again, under its own msg_ids. */
void mtp_session_resend_all(struct mtp_session *session);

/* ---- Out: pack.c ---- */

/* Gives a message its msg_id and seq_no, together and in the order of sending, unless it has them; a kept one is found
 * by its msg_id from now on. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_session_number(struct mtp_session *session, const struct mtproto_now *now,
					struct mtp_out *out);

/* What the next packet will carry. */
struct mtp_plan {
	size_t body_len;
	uint32_t count; /* messages from the head of waiting */
	uint32_t acks;
	bool container;
};

/* False when nothing is to be sent. Acks go along with anything, and alone when they are due. What is not ready is
 * held.
 */
bool mtp_session_plan(struct mtp_session *session, struct mtp_plan *plan);

/* Gives out msg_ids and seq_nos and writes the body of the plan (body_len bytes); fills message for seal. Errors:
 * MTPROTO_ERR_MEMORY (nothing changed). */
MTPROTO_MUST_USE int mtp_session_pack(struct mtp_session *session, const struct mtproto_now *now,
				      const struct mtp_plan *plan, uint8_t *body, struct mtproto_message *message);

/* ---- In: intake.c, service.c ---- */

/* Takes a message that was opened with the session's key and names its session_id. block holds the message's bytes;
 * budget bounds what may be inflated. */
void mtp_session_accept(struct mtp_session *session, const struct mtproto_now *now,
			const struct mtproto_message *message, struct mtp_block *block, size_t *budget);

/* One object on its way through service.c. */
struct mtp_arrival {
	uint64_t msg_id;
	uint32_t seq_no;
	struct mtproto_span body;
	struct mtp_block *block;
	size_t *budget;
	bool drained;  /* it came in the session that runs dry: nothing can be said there any more */
	bool inflated; /* body came out of a gzip_packed: no second one may be inside */
};

/* Handles one object: the protocol's own here, everything else by deliver. */
void mtp_session_dispatch(struct mtp_session *session, const struct mtproto_now *now,
			  const struct mtp_arrival *arrival);

/* Client: true when body is an answer to a message of ours that is not settled: *sent_ns is when that was sent. */
bool mtp_session_answers_ours(const struct mtp_session *session, struct mtproto_span body, uint64_t *sent_ns);

/* Whether it does so with the last word on one of them: as that still waits, the object did not come before. */
bool mtp_session_settles_ours(const struct mtp_session *session, struct mtproto_span body);

/* Client: uses the salt that the server named. */
void mtp_session_set_salt(struct mtp_session *session, uint64_t salt, const struct mtproto_now *now);

/* Client: sets the clock by the server's msg_id. */
void mtp_session_correct_clock(struct mtp_session *session, const struct mtproto_now *now, uint64_t server_msg_id);

/* True for a query that a server answers by itself: no method of the API, and free to be content-related or not. */
bool mtp_session_is_service_query(uint32_t id);

/* Notes that a received message wants an acknowledgement. */
void mtp_session_acknowledge(struct mtp_session *session, uint64_t msg_id, const struct mtproto_now *now);

/* Sends bad_msg_notification (or bad_server_salt for code 48) about a message of the peer. */
void mtp_session_refuse(struct mtp_session *session, uint64_t msg_id, uint32_t seq_no, int32_t code);

#endif
