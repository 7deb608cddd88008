/* The key exchange, a server's side: one object that holds the exchanges under way. It takes the body of a plain
 * message and says what to answer.
 *
 * An exchange belongs to its nonces, not to a connection: a client may go on, or repeat its last query, over another
 * one. A repeated query gets the same bytes again. Both RSA paddings, all four kinds of P_Q_inner_data and the legacy
 * req_pq are understood. The prime is Telegram's, g is 3. Sources: core.telegram.org/mtproto/auth_key,
 * /mtproto/mtproto-transports#transport-errors. */
#ifndef MTPROTO_HANDSHAKE_SERVER_H
#define MTPROTO_HANDSHAKE_SERVER_H

#include <mtproto/crypto.h>
#include <mtproto/message.h>
#include <mtproto/rsa.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mtproto_handshake_server;

/* What is pointed to must outlive the object, but for allocator and random, which are copied. */
struct mtproto_handshake_server_config {
	size_t size;
	const struct mtproto_allocator *allocator; /* NULL: malloc */
	const struct mtproto_random *random;       /* NULL: libcrypto's */
	const struct mtproto_kernels *kernels;     /* those of MTPROTO_KERNELS_AUTO */
	const struct mtproto_rsa *const *rsa_keys; /* required: private keys, offered in this order */
	size_t rsa_key_count;                      /* 1..16 */
	int32_t dc;                                /* own number, + 10000 in the test environment; 2 */
	bool own_dc_only;                          /* also refuse another number of the same environment; false */
	uint32_t exchanges_max;                    /* 4,096: the oldest is forgotten beyond */
	uint64_t lifetime_ns;                      /* an exchange is forgotten this long after its req_pq; 10 minutes */
	uint32_t retries_max;                      /* dh_gen_retry is sent so often, then dh_gen_fail; 3 */

	/* A pure look-up, asked for each new key whether its id is taken; it must not call the library. May be NULL. */
	bool (*key_exists)(void *user, uint64_t auth_key_id);
	void *user;

	/* For tests and replays: the primes of every pq. Both 0 (the default): random ones. */
	uint64_t fixed_p;
	uint64_t fixed_q;
};

MTPROTO_API void mtproto_handshake_server_config_init(struct mtproto_handshake_server_config *config);

/* Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT (a public key, a setting out of range), MTPROTO_ERR_MEMORY,
 * MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_server_new(struct mtproto_handshake_server **out,
							      const struct mtproto_handshake_server_config *config);

/* Wipes and frees; NULL is legal. */
MTPROTO_API void mtproto_handshake_server_free(struct mtproto_handshake_server *server);

/* A key that was made. A secret: wipe it with mtproto_wipe. */
struct mtproto_handshake_key {
	struct mtproto_auth_key auth_key;
	uint64_t first_salt;
	bool temporary;
	int32_t expires_at; /* Unix time; 0 for a permanent key */
	int32_t dc;         /* the dc field as the client sent it; 0 when its kind of inner data has none */
};

struct mtproto_handshake_answer {
	struct mtproto_span body; /* to be sent as a plain message; empty: none. Valid until the next call. */
	int32_t transport_code;   /* to be sent as a transport error instead: -404 or -444; 0: none */
	int reason;               /* why there is a transport_code: a peer error; for logs. 0: there is none */
	bool has_key;             /* key is new: given once, not with repeated answers */
	struct mtproto_handshake_key key;
};

/* Takes the body of a plain message (mtproto_plain_parse). Returns 0 with *answer filled; body and transport_code are
 * both empty for a msgs_ack, which needs no answer. A query that is not understood, or does not fit its exchange, gets
 * -404 and the exchange is forgotten; one for another environment gets -444. Errors, after which the exchange is as it
 * was and the query may be repeated: MTPROTO_ERR_MEMORY, MTPROTO_ERR_RANDOM, MTPROTO_ERR_CRYPTO. Reasons:
 * MTPROTO_ERR_CONSTRUCTOR, MTPROTO_ERR_TRUNCATED, MTPROTO_ERR_ENCODING, MTPROTO_ERR_EXCHANGE_UNKNOWN, MTPROTO_ERR_STATE
 * (another query is due), MTPROTO_ERR_PQ, MTPROTO_ERR_RSA_KEY_UNKNOWN, MTPROTO_ERR_RSA_DATA, MTPROTO_ERR_NONCE,
 * MTPROTO_ERR_DC, MTPROTO_ERR_EXPIRED (expires_in), MTPROTO_ERR_HASH, MTPROTO_ERR_DH_RANGE, MTPROTO_ERR_DH_GEN_RETRY
 * (retry_id). The random source is drawn from in this order: for resPQ server_nonce (16), then what mtproto_pq_generate
 * draws unless the primes are fixed; for server_DH_params_ok a (256; again while g_a is out of range), then the padding
 * (0..15). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_server_answer(struct mtproto_handshake_server *server,
								 const struct mtproto_now *now, const void *body,
								 size_t body_len,
								 struct mtproto_handshake_answer *answer);

/* Forgets what is past its time, and returns how many exchanges are left. Called by _answer too; a server that
 * hears nothing calls it now and then to get the memory back. */
MTPROTO_API size_t mtproto_handshake_server_expire(struct mtproto_handshake_server *server,
						   const struct mtproto_now *now);

#ifdef __cplusplus
}
#endif

#endif
