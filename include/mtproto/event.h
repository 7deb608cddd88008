/* What happened: the one way by which the engine tells a program anything. */
#ifndef MTPROTO_EVENT_H
#define MTPROTO_EVENT_H

#include <mtproto/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mtproto_connection;
struct mtproto_server;
struct mtproto_server_session;
struct mtproto_link;
struct mtproto_trace;

enum mtproto_event_type {
	/* Either role. */
	MTPROTO_EVENT_LINK_CLOSED = 1, /* close the stream: link, error, transport_error if the peer sent one */
	MTPROTO_EVENT_TRACE = 2,   /* trace: what went over the wire; only when mtproto_context_config asks for it */
	MTPROTO_EVENT_KEY_LOG = 3, /* trace, of kind MTPROTO_TRACE_KEY: a secret; likewise */

	/* Client: connection is set. */
	MTPROTO_EVENT_READY = 10,            /* a key is there (and bound, with PFS): calls flow on this link. Comes
						after each attach, and again when a temporary key was replaced. */
	MTPROTO_EVENT_HANDSHAKE_FAILED = 11, /* error says why, transport_error or code and text what the server said of
						it; link is closed, attach another to try again. link NULL: there was
						none, or a temporary key that is still good was to be replaced, which
						is tried again. */
	MTPROTO_EVENT_RESULT = 12,           /* call was answered: body */
	MTPROTO_EVENT_RPC_ERROR = 13,        /* call was answered by an rpc_error: code and text */
	MTPROTO_EVENT_CALL_FAILED = 14,      /* call ended without an answer: error, fate */
	MTPROTO_EVENT_PONG = 15,             /* call, made by mtproto_connection_ping, was answered: rtt_ns */
	MTPROTO_EVENT_ACKED = 16,            /* call has reached the server, which works on it */
	MTPROTO_EVENT_UPDATE = 17,           /* any object that is no answer: body */
	MTPROTO_EVENT_NEW_SESSION = 18,      /* the server made a new session state: updates may be missing */
	MTPROTO_EVENT_CLOCK = 19,            /* the server's time was corrected by clock_step_ns */
	MTPROTO_EVENT_REFUSED = 20,          /* a message of the peer was dropped: error, msg_id */

	MTPROTO_EVENT_SUSPECT = 21, /* the server says that it does not know the permanent key: it is kept, and nothing
				     * is sent with it until the program attaches another link, or gives it up */

	/* Server: server is set. */
	MTPROTO_EVENT_KEY_CREATED = 30,     /* auth_key_id, temporary, expires_at */
	MTPROTO_EVENT_KEY_DESTROYED = 31,   /* auth_key_id: expired or destroyed by its client */
	MTPROTO_EVENT_SESSION = 32,         /* a new session */
	MTPROTO_EVENT_SESSION_END = 33,     /* session is forgotten; the handle is invalid after the next call */
	MTPROTO_EVENT_REQUEST = 34,         /* session, msg_id, layer, body: answer with reply or error */
	MTPROTO_EVENT_REQUEST_DROPPED = 35, /* session, msg_id: the client no longer wants the answer */
	MTPROTO_EVENT_KEY_BOUND = 36        /* auth_key_id, a temporary key: now bound to a permanent one, which
					       mtproto_server_find_key tells; before its client hears of it */
};

/* How far a call got; the last word about it when it fails. */
enum mtproto_fate {
	MTPROTO_FATE_QUEUED = 0,   /* not sent yet */
	MTPROTO_FATE_SENT = 1,     /* handed to a link; the server may or may not have it */
	MTPROTO_FATE_ACKED = 2,    /* the server has it */
	MTPROTO_FATE_ANSWERED = 3, /* a result or an rpc_error has come */
	MTPROTO_FATE_NOT_SENT = 4, /* it failed before it was sent */
	MTPROTO_FATE_UNKNOWN = 5   /* it failed after it was sent: it may or may not have been run */
};

/* Only the members named at the type above are set, the others are 0. Spans are the engine's; see
 * mtproto_context_next_event for how long. */
struct mtproto_event {
	enum mtproto_event_type type;
	struct mtproto_connection *connection;
	struct mtproto_server *server;
	struct mtproto_server_session *session;
	struct mtproto_link *link;
	int error;               /* MTPROTO_ERR_ */
	int32_t transport_error; /* as sent by the peer: -404, ... */
	uint64_t call;
	const char *method; /* of a call's event: as its config named it, or NULL */
	struct mtproto_span body;
	int32_t code;             /* of an rpc_error, also one that refused a bind */
	struct mtproto_span text; /* of an rpc_error; no zero byte at its end */
	enum mtproto_fate fate;
	bool maybe_executed_twice; /* of a settled call: it was sent again although the server may have run it before */
	uint64_t rtt_ns;
	int64_t clock_step_ns;
	uint64_t msg_id;
	int32_t layer; /* of the session's last invokeWithLayer; 0 before the first */
	uint64_t auth_key_id;
	bool temporary;
	uint32_t expires_at;               /* Unix time; 0 for a permanent key */
	const struct mtproto_trace *trace; /* see <mtproto/trace.h>; lives as spans do */
};

#ifdef __cplusplus
}
#endif

#endif
