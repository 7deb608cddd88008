/* The primitives of the message path and the values derived from an auth_key.
 *
 * Pure functions: no context, no state, reentrant. AES and SHA-256 run on a set of kernels that the
 * caller picks once (mtproto_kernels_get) and passes in, so that the library needs no global.
 * Sources: core.telegram.org/mtproto/description, /mtproto/description_v1, /mtproto/auth_key. */
#ifndef MTPROTO_CRYPTO_H
#define MTPROTO_CRYPTO_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_AUTH_KEY_SIZE 256
#define MTPROTO_MSG_KEY_SIZE 16

/* ---- Kernels ---- */

enum mtproto_kernels_id {
	MTPROTO_KERNELS_AUTO = 0,      /* the fastest set that this CPU has */
	MTPROTO_KERNELS_LIBCRYPTO = 1, /* libcrypto's EVP: everywhere, constant time, may allocate */
	MTPROTO_KERNELS_AESNI = 2,     /* AES-NI, SSE4.1 and SHA-NI */
	MTPROTO_KERNELS_VAES = 3,      /* the same, with VAES and AVX-512 for several messages at once */
	MTPROTO_KERNELS_ARMV8 = 4      /* 64-bit ARM with the instructions for AES and SHA-256 */
};

/* An immutable table of functions; static storage, never freed. */
struct mtproto_kernels;

/* NULL when this CPU (or this build) lacks the set; never NULL for AUTO and LIBCRYPTO.
 * AUTO asks the CPU each time: keep the answer. */
MTPROTO_API const struct mtproto_kernels *mtproto_kernels_get(enum mtproto_kernels_id id);

/* "libcrypto", "aesni", ... Static storage. */
MTPROTO_API const char *mtproto_kernels_name(const struct mtproto_kernels *kernels);

/* ---- AES-256-IGE ---- */

/* Encrypts or decrypts len bytes (a multiple of 16, else MTPROTO_ERR_ARGUMENT) from in to out, which may
 * be the same but not overlap otherwise. iv holds the previous ciphertext block, then the previous
 * plaintext block (OpenSSL's order); it is advanced, so that a long text can be done in pieces.
 * Errors: MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_CRYPTO (libcrypto only). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_ige_encrypt(const struct mtproto_kernels *kernels, const uint8_t key[32],
                                                     uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t len);
MTPROTO_MUST_USE MTPROTO_API int mtproto_ige_decrypt(const struct mtproto_kernels *kernels, const uint8_t key[32],
                                                     uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t len);

/* ---- AES-256-CTR ---- */

/* A key stream that can be entered at any byte position. Filled by _init; treat as opaque. */
struct mtproto_ctr {
	const struct mtproto_kernels *kernels;
	uint64_t position; /* bytes of key stream used */
	uint8_t iv[16];    /* the counter block of position 0, 128 bits big endian */
	union {
		uint8_t schedule[240]; /* expanded key, for our own kernels */
		void *evp;             /* libcrypto's state */
	} key;
};

/* Errors: MTPROTO_ERR_CRYPTO. After success _fini must be called. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_ctr_init(struct mtproto_ctr *ctr, const struct mtproto_kernels *kernels,
                                                  const uint8_t key[32], const uint8_t iv[16]);

/* Wipes the key. Legal on a zeroed struct. */
MTPROTO_API void mtproto_ctr_fini(struct mtproto_ctr *ctr);

/* Moves to a byte position of the key stream. */
MTPROTO_API void mtproto_ctr_seek(struct mtproto_ctr *ctr, uint64_t position);

/* XORs len bytes of key stream from in to out (may be the same) and advances.
 * Errors: MTPROTO_ERR_CRYPTO (libcrypto only). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_ctr_xor(struct mtproto_ctr *ctr, const uint8_t *in, uint8_t *out, size_t len);

/* ---- Keys and what is derived from them ---- */

/* The side that a message comes from: it selects the parts of auth_key that are used (x = 0 and x = 8). */
enum mtproto_direction {
	MTPROTO_TO_SERVER = 0,
	MTPROTO_TO_CLIENT = 8
};

/* auth_key_id: the low 64 bits of SHA1(auth_key). */
MTPROTO_API uint64_t mtproto_auth_key_id(const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE]);

/* auth_key_aux_hash: the high 64 bits of SHA1(auth_key), as the long on the wire. */
MTPROTO_API uint64_t mtproto_auth_key_aux_hash(const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE]);

/* msg_key_large of MTProto 2.0: SHA256(auth_key[88+x:+32] | plain). msg_key is bytes 8..23 of it.
 * plain is the message from its salt to the end of its padding. */
MTPROTO_API void mtproto_msg_key_large(const struct mtproto_kernels *kernels,
                                       const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], enum mtproto_direction direction,
                                       const uint8_t *plain, size_t len, uint8_t out[32]);

/* AES key and IGE iv of a message, MTProto 2.0. */
MTPROTO_API void mtproto_kdf_v2(const struct mtproto_kernels *kernels, const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE],
                                const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE], enum mtproto_direction direction,
                                uint8_t aes_key[32], uint8_t aes_iv[32]);

/* The same of MTProto 1.0, used only inside auth.bindTempAuthKey. */
MTPROTO_API void mtproto_kdf_v1(const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE],
                                const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE], enum mtproto_direction direction,
                                uint8_t aes_key[32], uint8_t aes_iv[32]);

/* ---- Values of the key exchange ---- */

/* tmp_aes_key and tmp_aes_iv from the nonces. */
MTPROTO_API void mtproto_tmp_aes(const uint8_t new_nonce[32], const uint8_t server_nonce[16], uint8_t aes_key[32],
                                 uint8_t aes_iv[32]);

/* The first server_salt: new_nonce[0:8] xor server_nonce[0:8]. */
MTPROTO_API uint64_t mtproto_first_salt(const uint8_t new_nonce[32], const uint8_t server_nonce[16]);

/* new_nonce_hash1, 2 or 3 (number) for the key with this auth_key_aux_hash. */
MTPROTO_API void mtproto_new_nonce_hash(const uint8_t new_nonce[32], uint8_t number, uint64_t aux_hash,
                                        uint8_t out[16]);

/* new_nonce_hash of the legacy server_DH_params_fail: SHA1(new_nonce)[4:20]. */
MTPROTO_API void mtproto_new_nonce_hash_fail(const uint8_t new_nonce[32], uint8_t out[16]);

#ifdef __cplusplus
}
#endif

#endif
