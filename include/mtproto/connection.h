/* The client side: one key, one session, the calls in it, and a link that may be lost and replaced. */
#ifndef MTPROTO_CONNECTION_H
#define MTPROTO_CONNECTION_H

#include <mtproto/context.h>
#include <mtproto/event.h>
#include <mtproto/gzip.h>
#include <mtproto/link.h>
#include <mtproto/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mtproto_connection_config {
	size_t size;
	int32_t dc; /* data centre for the key exchange: n, -n media, +10000 test; 2 */
	const struct mtproto_auth_key
		*auth_key;      /* an existing permanent key: no key exchange. NULL: make one. Copied. */
	uint64_t server_salt;   /* of auth_key; 0 if unknown (the server will correct it) */
	int64_t time_offset_ns; /* server time minus wall clock, known with auth_key; 0 */
	const uint8_t *state;   /* what mtproto_connection_export wrote: goes on with its keys and session; the three
				   above are not used. NULL: don't */
	size_t state_len;
	int32_t temp_expires_in; /* seconds: use a temporary key of this life, bound to the permanent one, and an hour
				    (or an eighth of its life) before its end make another beside it; 0: don't */
	bool legacy_rsa;         /* use the padding of before July 2021; false */
	const char *rsa_pem;     /* the server's key; NULL: those of the context. Copied. */
	size_t rsa_pem_len;
	uint64_t handshake_timeout_ns; /* each key exchange; 10 s */
	uint64_t call_timeout_ns;      /* default deadline of a call; 60 s; 0: none */
	uint32_t pending_calls_max;    /* calls not settled; 16,384 */
	size_t pending_bytes_max;      /* their bodies together; 64 MiB */
	uint64_t coalesce_ns;          /* what is to be sent waits so long for others to share a container with, at most
					  MTPROTO_COALESCE_MAX_NS; 0: not */
	uint64_t ack_delay_ns;         /* an ack waits this long for company; 30 s */
	uint64_t ping_idle_ns;         /* a link that has been silent so long is pinged; 60 s; 0: never */
	uint64_t pong_timeout_ns;      /* and given up if nothing at all has come after so long; 15 s */
	uint32_t gzip_size_min;        /* calls from this size are packed if that is worth it; 128; 0: never */
	uint32_t ack_count_max;        /* or until so many wait; 100 */

	/* The header of a client application, put before calls (invokeWithLayer and initConnection) until the server
	 * has answered one of them. layer 0: calls are sent as they are. Texts are copied; NULL is "". */
	int32_t layer;
	int32_t api_id;
	const char *device_model;
	const char *system_version;
	const char *app_version;
	const char *system_lang_code;
	const char *lang_pack;
	const char *lang_code;
};

MTPROTO_API void mtproto_connection_config_init(struct mtproto_connection_config *config);

/* Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_PEM, MTPROTO_ERR_RSA_KEY_SIZE, MTPROTO_ERR_MEMORY,
 * MTPROTO_ERR_RANDOM, and with state MTPROTO_ERR_STATE_FORMAT (not such a state, or damaged), MTPROTO_ERR_STATE_VERSION
 * (of a newer library). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_connection_new(struct mtproto_connection **out,
							struct mtproto_context *context,
							const struct mtproto_connection_config *config);

/* What another process needs to go on with the connection, as bytes: its keys, binding, session, salt and clock. A
 * secret. With out NULL only *len is set, at most MTPROTO_CONNECTION_STATE_MAX. Calls are not in it: let them settle
 * before, or cancel them. Pull all events first: what they tell is acknowledged. Afterwards this connection may only be
 * freed: two that went on with one session would spoil its numbers. What is sent in the new process is run once all the
 * same, and an update that was received here does not come again there.
 * Errors: MTPROTO_ERR_STATE (no permanent key yet), MTPROTO_ERR_BUFFER. */
#define MTPROTO_CONNECTION_STATE_MAX 75000
MTPROTO_MUST_USE MTPROTO_API int mtproto_connection_export(const struct mtproto_connection *connection,
							   const struct mtproto_now *now, uint8_t *out, size_t cap,
							   size_t *len);

/* Frees the connection, its link and its calls without further events about it; pulled events must not be used after.
 * NULL is legal. */
MTPROTO_API void mtproto_connection_free(struct mtproto_connection *connection);

/* Gives the connection a byte stream: the key exchange begins if there is no key, else calls flow at once. now is
 * the time of the first message. config NULL: the defaults. *out lives until its LINK_CLOSED event.
 * A connection that lost its link keeps session, salts and calls; attach again to go on with them.
 * Errors: MTPROTO_ERR_STATE (it has a link), MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_MEMORY,
 * MTPROTO_ERR_RANDOM, MTPROTO_ERR_CRYPTO. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_connection_attach(struct mtproto_connection *connection,
							   const struct mtproto_now *now,
							   const struct mtproto_link_config *config,
							   struct mtproto_link **out);

/* The most calls that one may have to follow. */
#define MTPROTO_AFTER_MAX 32

/* How one call is made. */
struct mtproto_call_config {
	size_t size;
	uint64_t timeout_ns; /* until CALL_FAILED with MTPROTO_ERR_TIMEOUT; the connection's default; 0: never */
	bool at_most_once;   /* sent again only after proof that it was not run, or as the same message where the
			      * server says that it did not come: should that still be on its way over a link that was
			      * lost, a server takes one of the two, unless it forgets its session in between. Else it
			      * fails with MTPROTO_ERR_UNKNOWN; false */
	bool no_header;      /* send the body as it is, without invokeWithLayer and initConnection; false */
	/* Calls of this connection that must be run before this one, at most MTPROTO_AFTER_MAX; copied. It leaves as
	 * soon as it can, in invokeAfterMsg(s), and the server keeps the order. Order is all that this gives: a call
	 * that failed is over as well as one that was answered. NULL, 0. */
	const uint64_t *after;
	size_t after_count;
	const char *method; /* a name for the program's own logs, shown by the call's events; NULL. Not copied: it
			     * must live until the call's last event was pulled and another call is made. */
};

MTPROTO_API void mtproto_call_config_init(struct mtproto_call_config *config,
					  const struct mtproto_connection *connection);

/* Calls a method: body is one serialised function of the API (or a service query such as get_future_salts), len a
 * multiple of 4, copied. *call names it in later events: exactly one of RESULT, RPC_ERROR, CALL_FAILED ends it. May be
 * called before READY: the call waits. config NULL: the defaults. Errors: MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_TOO_LARGE
 * (above 1,044,404 bytes with its header and invokeAfterMsgs), MTPROTO_ERR_LIMIT (pending_calls_max or
 * pending_bytes_max), MTPROTO_ERR_MEMORY, MTPROTO_ERR_CONFIG_SIZE. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_connection_invoke(struct mtproto_connection *connection,
							   const struct mtproto_now *now,
							   const struct mtproto_call_config *config, const void *body,
							   size_t len, uint64_t *call);

/* Sends a ping; a PONG event ends it, or CALL_FAILED. Errors as above. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_connection_ping(struct mtproto_connection *connection,
							 const struct mtproto_now *now, uint64_t timeout_ns,
							 uint64_t *call);

/* Takes a call back: CALL_FAILED with MTPROTO_ERR_CANCELLED follows; a late answer is dropped.
 * Errors: MTPROTO_ERR_NOT_FOUND (settled before). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_connection_cancel(struct mtproto_connection *connection, uint64_t call);

/* Ends every call with CALL_FAILED and this error; returns how many. */
MTPROTO_API size_t mtproto_connection_cancel_all(struct mtproto_connection *connection, int error);

/* How far a call got. Errors: MTPROTO_ERR_NOT_FOUND (settled). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_connection_call_fate(const struct mtproto_connection *connection,
							      uint64_t call, enum mtproto_fate *fate);

/* What the key exchange took, step by step. */
struct mtproto_handshake_times {
	uint64_t res_pq_ns;    /* req_pq_multi sent until resPQ */
	uint64_t dh_params_ns; /* until server_DH_params_ok, with the factorisation of pq */
	uint64_t dh_gen_ns;    /* until dh_gen_ok, with the exponentiations */
	uint64_t bind_ns;      /* auth.bindTempAuthKey; 0 without PFS */
};

/* What a connection knows of its keys; readable after READY. */
struct mtproto_connection_info {
	bool ready;
	struct mtproto_auth_key auth_key; /* the permanent key: a secret; all zero while there is none */
	uint64_t temp_auth_key_id;        /* 0 without PFS */
	uint32_t temp_expires_at;         /* Unix time */
	uint64_t session_id;
	uint64_t server_salt;
	int64_t time_offset_ns;               /* server time minus wall clock, as of the last attach or correction */
	struct mtproto_handshake_times times; /* of the permanent key's exchange, if one was made here */
	struct mtproto_handshake_times temp_times; /* of the temporary key's */
	size_t pending_calls;
	size_t pending_bytes;
};

MTPROTO_API void mtproto_connection_get_info(const struct mtproto_connection *connection,
					     struct mtproto_connection_info *info);

/* What happened so far, since the connection was made. */
struct mtproto_connection_stats {
	struct mtproto_session_stats session;
	uint64_t rtt_ns;              /* of the last answer to a ping; 0: none yet */
	uint64_t links;               /* attached */
	uint64_t salt_age_ns;         /* since the salt in use came; 0 without a key */
	int link_error;               /* why the last link closed: MTPROTO_ERR_, 0 when none has */
	int32_t link_transport_error; /* and the transport error that came on it */
};

MTPROTO_API void mtproto_connection_get_stats(const struct mtproto_connection *connection,
					      struct mtproto_connection_stats *stats);

/* A pointer that the program may keep, NULL at first. */
MTPROTO_API void mtproto_connection_set_user(struct mtproto_connection *connection, void *user);
MTPROTO_API void *mtproto_connection_user(const struct mtproto_connection *connection);

#ifdef __cplusplus
}
#endif

#endif
