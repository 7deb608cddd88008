/* The key exchange, a client's side. Two ways to use it:
 *
 * - the steps: pure functions from the body of an answer to the body of the next query, over a state that the caller
 *   owns. req_pq_multi, resPQ, req_DH_params, server_DH_params_ok, set_client_DH_params, dh_gen_ok.
 * - struct mtproto_handshake: an object that is fed with the plain messages received and gives those to send, keeps
 *   the deadline, can repeat its last query over another connection, and repeats step 3 when the server asks for it.
 *
 * Every check of the protocol is made, each with an error of its own. After an error the exchange is over: begin anew.
 * Sources: core.telegram.org/mtproto/auth_key, /mtproto/samples-auth_key, /mtproto/security_guidelines. */
#ifndef MTPROTO_HANDSHAKE_H
#define MTPROTO_HANDSHAKE_H

#include <mtproto/crypto.h>
#include <mtproto/dh.h>
#include <mtproto/message.h>
#include <mtproto/rsa.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the key will be; it selects the constructor of P_Q_inner_data. */
enum mtproto_handshake_kind {
	MTPROTO_HANDSHAKE_PERM = 0,        /* a permanent key: p_q_inner_data_dc */
	MTPROTO_HANDSHAKE_TEMP = 1,        /* a temporary key: p_q_inner_data_temp_dc */
	MTPROTO_HANDSHAKE_PERM_LEGACY = 2, /* p_q_inner_data, which names no data centre */
	MTPROTO_HANDSHAKE_TEMP_LEGACY = 3  /* p_q_inner_data_temp, which names no data centre */
};

/* The steps read only the members marked with an S. What is pointed to must outlive the exchange. */
struct mtproto_handshake_config {
	size_t size;
	const struct mtproto_allocator *allocator; /* NULL: malloc */
	const struct mtproto_random *random;       /* S NULL: libcrypto's */
	const struct mtproto_kernels *kernels;     /* S those of MTPROTO_KERNELS_AUTO */
	const struct mtproto_rsa *const *rsa_keys; /* S required: the keys that are trusted */
	size_t rsa_key_count;                      /* S */
	enum mtproto_rsa_padding rsa_padding;      /* S MTPROTO_RSA_PAD */
	struct mtproto_dh_cache *dh_cache; /* S NULL: every unknown prime is tested anew, and accepted if safe */
	enum mtproto_handshake_kind kind;  /* S MTPROTO_HANDSHAKE_PERM */
	int32_t dc;                        /* S 2; see mtproto_handshake_dc */
	int32_t expires_in;                /* S life of a temporary key in seconds, > 0; 86,400 */
	unsigned retries_max;              /* S how often dh_gen_retry is followed; 5 */
	uint64_t timeout_ns;               /* from the first query to the last answer; 10 s */
};

MTPROTO_API void mtproto_handshake_config_init(struct mtproto_handshake_config *config);

/* The dc field for data centre number dc (1, 2, ...): dc + 10000 in the test environment, and the negative of that for
 * a data centre that serves media only. */
MTPROTO_API int32_t mtproto_handshake_dc(int32_t dc, bool test, bool media_only);

/* What an exchange gives. A secret: wipe it with mtproto_wipe. */
struct mtproto_handshake_result {
	struct mtproto_auth_key auth_key;
	uint64_t first_salt;
	int32_t server_time;   /* Unix time, in the answer to the second query */
	int64_t time_offset_s; /* server_time minus the wall clock when that answer came */
	int32_t expires_at;    /* Unix time of the server, of a temporary key; 0 for a permanent one */
};

/* ---- The steps ---- */

/* The longest query, without the header of a plain message. */
#define MTPROTO_HANDSHAKE_QUERY_MAX 376

enum mtproto_handshake_stage {
	MTPROTO_HANDSHAKE_NEW = 0,       /* step1 is next */
	MTPROTO_HANDSHAKE_RES_PQ = 1,    /* resPQ is awaited; step2 is next */
	MTPROTO_HANDSHAKE_DH_PARAMS = 2, /* server_DH_params_ok is awaited; step3 is next */
	MTPROTO_HANDSHAKE_DH_GEN = 3,    /* dh_gen_ok is awaited; finish is next */
	MTPROTO_HANDSHAKE_REJECTED = 4,  /* dh_gen_retry came; step3_retry is next */
	MTPROTO_HANDSHAKE_DONE = 5,
	MTPROTO_HANDSHAKE_FAILED = 6
};

/* Start with all zeros. The members may be read at any time; only the steps write them. A secret: wipe it with
 * mtproto_wipe. */
struct mtproto_handshake_state {
	enum mtproto_handshake_stage stage;
	unsigned retries;
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce[32];
	uint64_t pq, p, q;
	int32_t g;
	uint8_t dh_prime[MTPROTO_DH_SIZE];
	uint8_t g_a[MTPROTO_DH_SIZE];
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE]; /* the candidate, until finish has confirmed it */
	uint64_t aux_hash;                       /* its auth_key_aux_hash */
	int32_t server_time;
	int64_t time_offset_s;
};

/* Each step writes the body of a query to out and its length to *len. An error other than MTPROTO_ERR_STATE and
 * MTPROTO_ERR_ARGUMENT makes the stage FAILED and wipes the rest of the state.
 * All of them: MTPROTO_ERR_STATE (not the step that is next), MTPROTO_ERR_ARGUMENT (the settings are out of range),
 * MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_RANDOM, MTPROTO_ERR_CRYPTO, MTPROTO_ERR_MEMORY (libcrypto's).
 * All that take a body: MTPROTO_ERR_CONSTRUCTOR, MTPROTO_ERR_TRUNCATED, MTPROTO_ERR_ENCODING, MTPROTO_ERR_NONCE. Bytes
 * behind the object are ignored: servers pad.
 * The random source is drawn from in the order given, so that an exchange can be repeated exactly. */

/* Draws nonce (16). Writes req_pq_multi. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_step1(struct mtproto_handshake_state *state,
							 const struct mtproto_handshake_config *config,
							 uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX], size_t *len);

/* From resPQ to req_DH_params, with the first offered RSA key that is trusted. Draws new_nonce (32), then what
 * mtproto_rsa_encrypt draws. Errors: MTPROTO_ERR_PQ, MTPROTO_ERR_RSA_KEY_UNKNOWN. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_step2(struct mtproto_handshake_state *state,
							 const struct mtproto_handshake_config *config,
							 const void *body, size_t body_len,
							 uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX], size_t *len);

/* From server_DH_params_ok to set_client_DH_params. now is used for time_offset_s. Draws b (256; again while g_b is out
 * of range), then the padding (0..15).
 * Errors: MTPROTO_ERR_HASH (the answer does not decrypt), MTPROTO_ERR_DH_PRIME, MTPROTO_ERR_DH_GENERATOR,
 * MTPROTO_ERR_DH_RANGE, MTPROTO_ERR_DH_PARAMS_FAIL and MTPROTO_ERR_NEW_NONCE_HASH (server_DH_params_fail came, and its
 * hash is right or not). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_step3(struct mtproto_handshake_state *state,
							 const struct mtproto_handshake_config *config,
							 const struct mtproto_now *now, const void *body,
							 size_t body_len, uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX],
							 size_t *len);

/* Step 3 again, with another b and the rejected key's auth_key_aux_hash as retry_id. Draws as step 3 does.
 * Errors: MTPROTO_ERR_DH_GEN_RETRY (retries_max is reached). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_step3_retry(struct mtproto_handshake_state *state,
							       const struct mtproto_handshake_config *config,
							       uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX], size_t *len);

/* Takes the last answer. Returns 0 with *result filled and the state wiped but for its stage (dh_gen_ok), or 1 when
 * step3_retry is next (dh_gen_retry), or an error: MTPROTO_ERR_DH_GEN_FAIL (dh_gen_fail), MTPROTO_ERR_NEW_NONCE_HASH.
 */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_finish(struct mtproto_handshake_state *state,
							  const struct mtproto_handshake_config *config,
							  const void *body, size_t body_len,
							  struct mtproto_handshake_result *result);

/* ---- The whole exchange ---- */

struct mtproto_handshake;

/* The settings are copied, what they point to is not, but for allocator and random.
 * Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_new(struct mtproto_handshake **out,
						       const struct mtproto_handshake_config *config);

/* Wipes and frees; NULL is legal. */
MTPROTO_API void mtproto_handshake_free(struct mtproto_handshake *handshake);

/* Makes the first query and starts the clock. Errors: MTPROTO_ERR_STATE (started before), those of step 1. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_start(struct mtproto_handshake *handshake,
							 const struct mtproto_now *now);

/* The plain message to send next, once: *len bytes at the returned pointer, valid until the next call that is not
 * const; NULL when there is nothing to send. */
MTPROTO_API const uint8_t *mtproto_handshake_send(struct mtproto_handshake *handshake, size_t *len);

/* Lets mtproto_handshake_send return the last query again, byte for byte: over the same connection or another one,
 * since an exchange belongs to its nonces. Errors: MTPROTO_ERR_STATE (there is none, or the exchange is over). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_resend(struct mtproto_handshake *handshake);

/* True when the frame is a plain message with the nonce of this exchange: which of several exchanges on one connection
 * a message is for. */
MTPROTO_API bool mtproto_handshake_matches(const struct mtproto_handshake *handshake, const void *frame, size_t len);

/* Takes a plain message. Returns 0 when the exchange goes on, 1 when it is done, or the error that has ended it, which
 * stays. An answer that was taken before and a msgs_ack are ignored; so is everything after the end. Errors: those of
 * mtproto_plain_parse and of the steps, MTPROTO_ERR_TIMEOUT, MTPROTO_ERR_STATE (not started). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_feed(struct mtproto_handshake *handshake,
							const struct mtproto_now *now, const void *frame, size_t len);

/* The mono_ns at which the exchange times out; MTPROTO_NEVER when it is not under way. */
MTPROTO_API uint64_t mtproto_handshake_deadline(const struct mtproto_handshake *handshake);

/* Ends the exchange when its deadline has passed. Returns 0, or the error that has ended it. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_check(struct mtproto_handshake *handshake,
							 const struct mtproto_now *now);

/* NEW before the start; then what is awaited; DONE or FAILED at the end. */
MTPROTO_API enum mtproto_handshake_stage mtproto_handshake_get_stage(const struct mtproto_handshake *handshake);

/* Copies the result, which is a secret. MTPROTO_ERR_STATE while there is none. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_handshake_get_result(const struct mtproto_handshake *handshake,
							      struct mtproto_handshake_result *result);

/* When each of the nine steps was over, as mono_ns of the call that did it; 0 for one that is not. A step that is done
 * in the same call as the one before has the same time. */
struct mtproto_handshake_steps {
	uint64_t req_pq_ns;        /* 1 req_pq_multi made */
	uint64_t res_pq_ns;        /* 2 resPQ received */
	uint64_t factored_ns;      /* 3 pq factored */
	uint64_t req_dh_params_ns; /* 4 req_DH_params made */
	uint64_t dh_params_ns;     /* 5 server_DH_params_ok received */
	uint64_t dh_checked_ns;    /* 6 decrypted and checked */
	uint64_t set_dh_params_ns; /* 7 set_client_DH_params made, the last one */
	uint64_t dh_gen_ns;        /* 8 dh_gen_ok received */
	uint64_t done_ns;          /* 9 checked: the key is made */
};

MTPROTO_API void mtproto_handshake_get_steps(const struct mtproto_handshake *handshake,
					     struct mtproto_handshake_steps *steps);

#ifdef __cplusplus
}
#endif

#endif
