/* Binding a temporary key to a permanent one: auth.bindTempAuthKey, both sides.
 *
 * The call is sent encrypted with the temporary key. Inside it is a second message, encrypted with the permanent key by
 * the rules of MTProto 1.0, that repeats the identities; it holds the msg_id of the call itself, so it must be built
 * anew whenever the call gets another msg_id. Sources: core.telegram.org/api/pfs, /method/auth.bindTempAuthKey. */
#ifndef MTPROTO_BIND_H
#define MTPROTO_BIND_H

#include <mtproto/crypto.h>
#include <mtproto/service.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_BIND_MESSAGE_SIZE 104 /* encrypted_message */
#define MTPROTO_BIND_BODY_SIZE    132 /* the body of the whole call */

struct mtproto_bind_params {
	uint64_t temp_auth_key_id;
	uint64_t temp_session_id; /* of the session in which the call is sent */
	uint64_t msg_id;          /* of the message that is the call */
	uint64_t nonce;           /* random */
	int32_t expires_at;       /* Unix time of the server */
};

/* encrypted_message of the call. random (NULL: libcrypto's) is drawn from for the 16 bytes before the msg_id, then for
 * 8 bytes of padding. kernels NULL: those of MTPROTO_KERNELS_AUTO.
 * Errors: MTPROTO_ERR_RANDOM, MTPROTO_ERR_CRYPTO. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_bind_encrypt(const struct mtproto_kernels *kernels,
						      const struct mtproto_random *random,
						      const uint8_t perm_key[MTPROTO_AUTH_KEY_SIZE],
						      const struct mtproto_bind_params *params,
						      uint8_t out[MTPROTO_BIND_MESSAGE_SIZE]);

/* The whole call, ready to be sealed with the temporary key. Errors as above. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_bind_body(const struct mtproto_kernels *kernels,
						   const struct mtproto_random *random,
						   const uint8_t perm_key[MTPROTO_AUTH_KEY_SIZE],
						   const struct mtproto_bind_params *params,
						   uint8_t out[MTPROTO_BIND_BODY_SIZE]);

/* How far beyond the temporary key's own expiry expires_at may lie: clients count from different moments. */
#define MTPROTO_BIND_EXPIRES_SLACK_S 600

enum mtproto_bind_result {
	MTPROTO_BIND_OK = 0,
	MTPROTO_BIND_EXPIRES_AT = 1,     /* expires_at is past, or too far beyond the key's own expiry */
	MTPROTO_BIND_LENGTH = 2,         /* encrypted_message has an impossible length */
	MTPROTO_BIND_PERM_KEY_ID = 3,    /* perm_auth_key_id is not the same everywhere, or not perm_key's */
	MTPROTO_BIND_MSG_KEY = 4,        /* it does not decrypt with perm_key */
	MTPROTO_BIND_CONTENT = 5,        /* seq_no, length or constructor are not those of a bind_auth_key_inner */
	MTPROTO_BIND_MSG_ID = 6,         /* its msg_id is not the call's */
	MTPROTO_BIND_NONCE = 7,          /* its nonce is not the call's */
	MTPROTO_BIND_TEMP_KEY_ID = 8,    /* its temp_auth_key_id is not of the key that encrypts the call */
	MTPROTO_BIND_SESSION_ID = 9,     /* its temp_session_id is not the call's */
	MTPROTO_BIND_EXPIRES_DIFFER = 10 /* its expires_at is not the call's */
};

/* What the server knows of the call from the message that it came in. */
struct mtproto_bind_expected {
	uint64_t temp_auth_key_id;
	uint64_t temp_session_id;
	uint64_t msg_id;
	int32_t temp_expires_at; /* of the temporary key */
	int32_t now;             /* Unix time */
};

/* The server's side: opens the inner message of a call with the permanent key that it names and compares everything.
 * Returns MTPROTO_BIND_OK or what is wrong (a positive mtproto_bind_result), or MTPROTO_ERR_CRYPTO. kernels as above.
 */
MTPROTO_MUST_USE MTPROTO_API int mtproto_bind_check(const struct mtproto_kernels *kernels,
						    const uint8_t perm_key[MTPROTO_AUTH_KEY_SIZE],
						    const struct mtproto_auth_bind_temp_auth_key *call,
						    const struct mtproto_bind_expected *expected);

/* The text of the rpc_error (code 400) for a result: "EXPIRES_AT_INVALID" or "ENCRYPTED_MESSAGE_INVALID"; NULL for
 * MTPROTO_BIND_OK. Static storage. */
MTPROTO_API const char *mtproto_bind_error_text(int result);

#ifdef __cplusplus
}
#endif

#endif
