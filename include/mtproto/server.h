/* The server side: tables of keys, sessions and links; requests come as events, answers go by reply, error and push.
 *
 * The protocol's own queries are answered here and make no REQUEST: the key exchange, ping, ping_delay_disconnect,
 * get_future_salts, acknowledgements, state and resend requests, rpc_drop_answer, destroy_session, destroy_auth_key,
 * auth.bindTempAuthKey. invokeWithLayer, initConnection, invokeWithoutUpdates, invokeAfterMsg(s),
 * invokeWithMessagesRange, invokeWithTakeout and gzip_packed are taken off a request in any order before it is an
 * event. One that came in invokeAfterMsg(s) is an event when those that it names are answered, in whatever order they
 * came; when one of them was answered by an error it is answered by 400 MSG_WAIT_FAILED, and after half a second by 400
 * MSG_WAIT_TIMEOUT. */
#ifndef MTPROTO_SERVER_H
#define MTPROTO_SERVER_H

#include <mtproto/context.h>
#include <mtproto/event.h>
#include <mtproto/link.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mtproto_server_config {
	size_t size;
	int32_t dc;          /* this data centre's id: n, or n + 10000 for a test environment; 2 */
	const char *rsa_pem; /* the private key; required. Copied. */
	size_t rsa_pem_len;
	uint32_t keys_max;             /* 65,536: new exchanges are refused beyond (-429) */
	uint32_t sessions_max;         /* 65,536: the longest idle session without a link is forgotten beyond */
	uint32_t links_max;            /* 65,536: mtproto_server_attach fails beyond */
	uint32_t handshakes_max;       /* exchanges in progress; 4,096: the oldest is forgotten beyond */
	uint64_t handshake_timeout_ns; /* 10 minutes */
	uint64_t session_idle_ns;      /* a session without a link is forgotten after; 1 hour */
	uint64_t link_idle_ns;         /* a link that brings nothing is closed after; 10 minutes */
	uint32_t session_requests_max; /* requests of one session that wait for an answer; 16,384: more are refused
					  (420) */
	size_t session_send_max; /* bytes of answers and updates kept for one session until acknowledged; 16 MiB: what
				    was sent longest ago is forgotten beyond, and with so much not even sent, more is
				    refused */
	uint64_t coalesce_ns;    /* what is to be sent waits so long for others to share a container with; 0: not */
	uint32_t gzip_size_min;  /* answers from this size are packed if that is worth it; 1,024; 0: never */
	uint64_t fixed_pq_p;     /* for tests and replays: primes to offer in every resPQ; 0: random ones */
	uint64_t fixed_pq_q;
};

MTPROTO_API void mtproto_server_config_init(struct mtproto_server_config *config);

/* now gives the server's time: its wall clock is the truth for all sessions.
 * Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_PEM, MTPROTO_ERR_STATE (a public key only),
 * MTPROTO_ERR_MEMORY, MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_new(struct mtproto_server **out, struct mtproto_context *context,
						    const struct mtproto_now *now,
						    const struct mtproto_server_config *config);

/* Frees the server with its links, sessions and keys without further events. NULL is legal. */
MTPROTO_API void mtproto_server_free(struct mtproto_server *server);

/* Takes a byte stream that a client opened; its framing and obfuscation are found out. *out lives until its
 * LINK_CLOSED. Errors: MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_attach(struct mtproto_server *server, const struct mtproto_now *now,
						       struct mtproto_link **out);

/* ---- Sessions ---- */

/* A session is identified by (auth_key_id, session_id). The handle is valid from its first event to the call after its
 * SESSION_END event. */
struct mtproto_server_session;

struct mtproto_server_session_info {
	uint64_t auth_key_id;
	uint64_t perm_auth_key_id; /* the permanent key: the same, or the one that a temporary key is bound to; 0:
				      unbound */
	uint64_t session_id;
	bool temporary;
	int32_t dc;                /* what its key's exchange asked for: n, -n media, +10000 test; 0: it did not say */
	int32_t layer;             /* 0 before the first invokeWithLayer */
	int32_t api_id;            /* of the last initConnection */
	bool wants_updates;        /* its last request came without invokeWithoutUpdates */
	struct mtproto_link *link; /* the last one that it was heard on, NULL when that is closed */
	size_t pending_requests;
	size_t unacknowledged; /* answers and updates kept */
};

/* What is known of a session, and a pointer that the program may keep in it, NULL at first. */
MTPROTO_API void mtproto_server_session_get_info(const struct mtproto_server_session *session,
						 struct mtproto_server_session_info *info);
MTPROTO_API void mtproto_server_session_set_user(struct mtproto_server_session *session, void *user);
MTPROTO_API void *mtproto_server_session_user(const struct mtproto_server_session *session);

/* Answers a request: body is one boxed object of the method's type, copied. It is sent as rpc_result and kept until the
 * client acknowledges it. Errors: MTPROTO_ERR_NOT_FOUND (no such request, or answered before), MTPROTO_ERR_ARGUMENT,
 * MTPROTO_ERR_TOO_LARGE, MTPROTO_ERR_MEMORY.
 * MTPROTO_ERR_LIMIT (the client does not take its answers: try again later, or answer with an error). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_reply(struct mtproto_server_session *session, uint64_t msg_id,
						      const void *body, size_t len);

/* Answers a request with an rpc_error. Errors as above. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_error(struct mtproto_server_session *session, uint64_t msg_id,
						      int32_t code, const char *text);

/* Sends an object that answers nothing, such as updates. Errors as above. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_push(struct mtproto_server_session *session, const void *body,
						     size_t len);

/* ---- Keys ---- */

struct mtproto_key_info {
	struct mtproto_auth_key auth_key; /* a secret */
	bool temporary;
	uint32_t expires_at;       /* Unix time; 0 for a permanent key */
	uint64_t perm_auth_key_id; /* temporary: the key it is bound to, or 0 */
	int32_t dc;                /* what its exchange asked for: n, -n media, +10000 test; 0: it did not say */
};

/* Looks a key up. Errors: MTPROTO_ERR_NOT_FOUND. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_find_key(const struct mtproto_server *server, uint64_t auth_key_id,
							 struct mtproto_key_info *info);

/* Adds a key from elsewhere, for example a file. Errors: MTPROTO_ERR_STATE (known), MTPROTO_ERR_LIMIT,
 * MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_add_key(struct mtproto_server *server,
							const struct mtproto_key_info *info);

/* Forgets a key and its sessions; its links get -404 on their next packet. Errors: MTPROTO_ERR_NOT_FOUND. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_remove_key(struct mtproto_server *server, uint64_t auth_key_id);

/* auth.dropTempAuthKeys: forgets the temporary keys bound to a permanent one, except those listed; returns how many. */
MTPROTO_API size_t mtproto_server_drop_temp_keys(struct mtproto_server *server, uint64_t perm_auth_key_id,
						 const uint64_t *except, size_t except_count);

/* What a server must know again after it was ended, as bytes: its keys, the seed of their salts and, on request, those
 * of its sessions in which nothing is open. A secret. With out NULL only *len is set. Sessions may be exported only at
 * a clean end, and must not be imported after the server has gone on: it would take for new what it has done already.
 * Errors: MTPROTO_ERR_BUFFER. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_export(const struct mtproto_server *server, bool with_sessions,
						       uint8_t *out, size_t cap, size_t *len);

/* Gives it to a new server, which has no key yet. After an error other than MTPROTO_ERR_STATE the server must be freed.
 * Errors: MTPROTO_ERR_STATE (it has keys), MTPROTO_ERR_STATE_FORMAT, MTPROTO_ERR_STATE_VERSION, MTPROTO_ERR_LIMIT,
 * MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_server_import(struct mtproto_server *server, const uint8_t *data, size_t len);

struct mtproto_server_info {
	size_t keys, temp_keys, sessions, links, handshakes;
	uint64_t rsa_fingerprint;
};

/* What it holds now. */
MTPROTO_API void mtproto_server_get_info(const struct mtproto_server *server, struct mtproto_server_info *info);

#ifdef __cplusplus
}
#endif

#endif
