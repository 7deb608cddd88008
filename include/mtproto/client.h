/* The simple client: one address, one key, one session; calls whose answers come by callback, on a libuv loop.
 *
 * Everything belongs to the thread of the loop. No function here calls back before it has returned. Inside a callback
 * anything may be called, mtproto_client_close of that client included. Every call settles exactly once, whatever
 * happens.
 *
 * The client connects again when its link is lost or could not be made, after the delays of its mtproto_reconnect. Its
 * session, keys and calls stay meanwhile: calls are settled by their answers or deadlines, whatever links they took.
 * The delays begin anew when an authenticated packet came over the last link. It waits delay_max_ns longer than
 * otherwise after a transport error (-429, -404, ...), a refused bind and a SUSPECT event. The latter says that the
 * server does not know the permanent key: the client keeps it and goes on trying, because the server may be wrong; the
 * program may know better and close the client. It ends, as told by on_close, when the attempts are used up, and when
 * the key exchange fails by what won't be better next time: another RSA key, bad parameters, an answer that can't be
 * read. To go on then, make another client, if there was a key with the auth_key, server_salt and time_offset_ns of the
 * old one's mtproto_client_get_info.
 *
 * The program must ignore SIGPIPE; <mtproto/uv.h> says why. */
#ifndef MTPROTO_CLIENT_H
#define MTPROTO_CLIENT_H

#include <mtproto/connection.h>
#include <mtproto/context.h>
#include <mtproto/event.h>
#include <mtproto/link.h>
#include <mtproto/reconnect.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s; /* uv_loop_t */
struct mtproto_uv;

struct mtproto_client;

struct mtproto_client_config {
	size_t size;

	/* Exactly one of these two. With loop the client makes a driver and context of its own; with uv it shares the
	 * context of others: many clients in one context are encrypted and decrypted together. */
	struct uv_loop_s *loop;
	struct mtproto_uv *uv;
	const struct mtproto_context_config *context; /* settings for the context of its own; NULL: the defaults */

	const char *address;         /* "host:port", "[IPv6]:port"; required. Copied. */
	uint64_t connect_timeout_ns; /* resolving and connecting together; 10 s */
	struct mtproto_link_config link;
	struct mtproto_connection_config connection;

	/* Says where the next attempt goes, before each but the first; NULL: to where the last one went. The text is
	 * copied. The member may be NULL. It must not call anything of the client. */
	const char *(*choose_address)(struct mtproto_client *client, void *user);

	bool reconnect_enabled;             /* true; false: the first loss or failure is the end */
	struct mtproto_reconnect reconnect; /* as set by mtproto_reconnect_init; its random has to outlive the client */

	/* Each may be NULL. Spans and texts live until the callback returns. */

	/* There is a key (bound, with PFS); once. Calls may be made before it. */
	void (*on_ready)(struct mtproto_client *client, void *user);

	/* An object that is no answer to a call: updates, in most cases. */
	void (*on_update)(struct mtproto_client *client, struct mtproto_span body, void *user);

	/* The remaining events of the connection: ACKED, NEW_SESSION, CLOCK, REFUSED, SUSPECT, HANDSHAKE_FAILED,
	 * LINK_CLOSED, and READY again on each further link and when a temporary key was replaced. */
	void (*on_event)(struct mtproto_client *client, const struct mtproto_event *event, void *user);

	/* There is no link, for this error, and reason is a sentence about it; the client connects again after
	 * delay_ns. */
	void (*on_reconnect)(struct mtproto_client *client, int error, const char *reason, uint64_t delay_ns,
			     void *user);

	/* The client is at its end and all its calls are settled; once, and not after mtproto_client_close. error is
	 * not 0: that of the last failure, MTPROTO_ERR_RESOLVE, MTPROTO_ERR_IO, MTPROTO_ERR_TIMEOUT (connect, key
	 * exchange or a silent link), MTPROTO_ERR_EOF or what the peer did wrong. reason is a sentence with details.
	 */
	void (*on_close)(struct mtproto_client *client, int error, const char *reason, void *user);

	void *user;
};

/* Zeroes all pointers and fills the rest with the defaults, those of link and connection too. */
MTPROTO_API void mtproto_client_config_init(struct mtproto_client_config *config);

/* Makes the client and begins to connect. config is copied with all that it points to, except loop, uv and
 * reconnect.random.
 * Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT (no address, or one that can't be parsed; not exactly one of
 * loop and uv; impossible delays), MTPROTO_ERR_CLOSED (uv is closing), MTPROTO_ERR_MEMORY, MTPROTO_ERR_IO and those of
 * mtproto_context_new and mtproto_connection_new. After a failure with loop, the
 * loop needs one more turn before uv_loop_close. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_client_connect(struct mtproto_client **out,
							const struct mtproto_client_config *config);

/* Ends the client: open calls settle with CALL_FAILED and MTPROTO_ERR_CLOSED, then on_closed (may be NULL) is called
 * with the client, whose memory is released when on_closed returns. No other callback is made any more. When it was
 * made with a loop, nothing of it is left in the loop at on_closed. A second call does nothing. NULL is legal. */
MTPROTO_API void mtproto_client_close(struct mtproto_client *client,
				      void (*on_closed)(struct mtproto_client *client, void *user));

/* How a call ended. Only the members named at the type are set. */
struct mtproto_answer {
	/* MTPROTO_EVENT_RESULT:      body
	 * MTPROTO_EVENT_RPC_ERROR:   code and text
	 * MTPROTO_EVENT_PONG:        rtt_ns
	 * MTPROTO_EVENT_CALL_FAILED: error and fate, NOT_SENT or UNKNOWN */
	enum mtproto_event_type type;
	uint64_t call;
	const char *method;       /* as the call's config named it, or NULL */
	struct mtproto_span body; /* one boxed object */
	int32_t code;
	struct mtproto_span text; /* no zero byte at its end */
	uint64_t rtt_ns;
	int error;
	enum mtproto_fate fate;
	bool maybe_executed_twice; /* at any type: it was sent again although the server may have run it before */
};

/* The answer's spans live until the callback returns. */
typedef void (*mtproto_client_answer_cb)(struct mtproto_client *client, const struct mtproto_answer *answer,
					 void *user);

/* Calls a method: body is a serialised function, len a multiple of 4, copied. config (NULL: the defaults) is filled by
 * mtproto_call_config_init with mtproto_client_connection. on_answer may be NULL. *call (call may be NULL) names
 * it for mtproto_client_cancel.
 * Errors: those of mtproto_connection_invoke, and MTPROTO_ERR_CLOSED at the client's end; on_answer is not called then.
 */
MTPROTO_MUST_USE MTPROTO_API int mtproto_client_invoke(struct mtproto_client *client, const void *body, size_t len,
						       const struct mtproto_call_config *config,
						       mtproto_client_answer_cb on_answer, void *user, uint64_t *call);

/* Pings the server: PONG or CALL_FAILED. timeout_ns 0: never. Else as above. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_client_ping(struct mtproto_client *client, uint64_t timeout_ns,
						     mtproto_client_answer_cb on_answer, void *user, uint64_t *call);

/* Takes a call back: it settles with CALL_FAILED and MTPROTO_ERR_CANCELLED. Errors: MTPROTO_ERR_NOT_FOUND (settled). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_client_cancel(struct mtproto_client *client, uint64_t call);

/* Whether it connects again, from now on; as config.reconnect_enabled. */
MTPROTO_API void mtproto_client_set_reconnect(struct mtproto_client *client, bool enabled);

/* Stops trying to get a link, now or after the loss of the present one, until mtproto_client_resume: the calls wait. */
MTPROTO_API void mtproto_client_hold(struct mtproto_client *client);

/* Tries again after a hold, at once. Errors: MTPROTO_ERR_STATE (it is not held), MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_client_resume(struct mtproto_client *client);

/* Keys, session, times. After the client's end too, until mtproto_client_close. */
MTPROTO_API void mtproto_client_get_info(const struct mtproto_client *client, struct mtproto_connection_info *info);

/* What happened so far: round trips, links, messages sent again. As long as _get_info. */
MTPROTO_API void mtproto_client_get_stats(const struct mtproto_client *client, struct mtproto_connection_stats *stats);

/* The connection, to look at. */
MTPROTO_API const struct mtproto_connection *mtproto_client_connection(const struct mtproto_client *client);

/* The driver that the client runs on, its own or the shared one. */
MTPROTO_API struct mtproto_uv *mtproto_client_uv(const struct mtproto_client *client);

/* The user pointer of its config. */
MTPROTO_API void *mtproto_client_user(const struct mtproto_client *client);

#ifdef __cplusplus
}
#endif

#endif
