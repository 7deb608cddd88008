/* RSA keys of servers, and the two paddings of encrypted_data in req_DH_params.
 * Source: core.telegram.org/mtproto/auth_key. */
#ifndef MTPROTO_RSA_H
#define MTPROTO_RSA_H

#include <mtproto/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A key, public or private; 2048 bits. Immutable after creation, so it may be shared between threads. */
struct mtproto_rsa;

/* The longest PEM text that is looked at; a key takes less than 2 KiB. */
#define MTPROTO_RSA_PEM_MAX 16384

/* Reads the first PEM object in text: PKCS#1 ("BEGIN RSA PUBLIC KEY", "BEGIN RSA PRIVATE KEY"), SubjectPublicKeyInfo
 * ("BEGIN PUBLIC KEY") or PKCS#8 ("BEGIN PRIVATE KEY", not encrypted). text need not end with a zero byte.
 * The halves of a private key must fit each other. *out is freed by mtproto_rsa_free and NULL on error.
 * Errors: MTPROTO_ERR_PEM (also above MTPROTO_RSA_PEM_MAX, and when libcrypto has no memory to decode),
 * MTPROTO_ERR_MEMORY, MTPROTO_ERR_RSA_KEY_SIZE (not 2048 bits, or an exponent that is even, 1, or longer than 32 bits).
 */
MTPROTO_MUST_USE MTPROTO_API int mtproto_rsa_from_pem(struct mtproto_rsa **out, const char *text, size_t len);

/* Makes a key for a server: 2048 bits, e = 65537, and a fingerprint whose top hex digit is not zero, because some
 * clients look keys up by an unpadded hexadecimal fingerprint.
 * Errors: MTPROTO_ERR_CRYPTO, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_rsa_generate(struct mtproto_rsa **out);

/* key may be NULL. */
MTPROTO_API void mtproto_rsa_free(struct mtproto_rsa *key);

/* Writes the public half as PKCS#1 PEM text, ended by a zero byte; *len is its length without it.
 * With out NULL only *len is set. Errors: MTPROTO_ERR_BUFFER, MTPROTO_ERR_CRYPTO. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_rsa_public_pem(const struct mtproto_rsa *key, char *out, size_t cap,
							size_t *len);

/* The same for the whole key (PKCS#1 "BEGIN RSA PRIVATE KEY"); MTPROTO_ERR_STATE for a public one.
 * The caller wipes the text. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_rsa_private_pem(const struct mtproto_rsa *key, char *out, size_t cap,
							 size_t *len);

/* The fingerprint: the low 64 bits of SHA1 over the TL form of n and e. */
MTPROTO_API uint64_t mtproto_rsa_fingerprint(const struct mtproto_rsa *key);

/* True when the private half is there. */
MTPROTO_API bool mtproto_rsa_is_private(const struct mtproto_rsa *key);

/* Telegram's own public keys, as PEM text in static storage. */
MTPROTO_API const char *mtproto_rsa_production_pem(void);
MTPROTO_API const char *mtproto_rsa_test_pem(void);

enum mtproto_rsa_padding {
	MTPROTO_RSA_PAD = 0,   /* current: reversed data, SHA256, AES-IGE under a random temp_key */
	MTPROTO_RSA_LEGACY = 1 /* before July 2021: SHA1(data) | data | random */
};

/* The longest data for each padding. */
#define MTPROTO_RSA_PAD_DATA_MAX    144
#define MTPROTO_RSA_LEGACY_DATA_MAX 235

/* encrypted_data for len bytes of a serialised P_Q_inner_data. random NULL: libcrypto's; it is drawn from for the
 * padding that follows data, then, with RSA_PAD, for 32 bytes of temp_key, and again 32 for each try whose block is not
 * below the modulus. Errors: MTPROTO_ERR_ARGUMENT (empty or too long), MTPROTO_ERR_RANDOM, MTPROTO_ERR_CRYPTO; out is
 * zeroed. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_rsa_encrypt(const struct mtproto_rsa *key, enum mtproto_rsa_padding padding,
						     const struct mtproto_random *random, const uint8_t *data,
						     size_t len, uint8_t out[256]);

/* The server's side: opens encrypted_data, whichever padding it has. out gets the data and its random tail:
 * 192 bytes for RSA_PAD, 235 for the legacy form (*len says which); the TL object in it ends where it ends.
 * The legacy SHA1 covers exactly the object, so for that form *legacy_sha1 (20 bytes) must be compared by the caller
 * once the object was parsed; see mtproto_rsa_legacy_check. *padding says which form it was.
 * out has room for 235 bytes and is to be wiped by the caller; it is zeroed on error.
 * Errors: MTPROTO_ERR_RSA_DATA, MTPROTO_ERR_STATE (no private half), MTPROTO_ERR_CRYPTO. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_rsa_decrypt(const struct mtproto_rsa *key, const uint8_t encrypted[256],
						     uint8_t out[235], size_t *len, enum mtproto_rsa_padding *padding,
						     uint8_t legacy_sha1[20]);

/* 0 when SHA1 of the first len bytes of data is legacy_sha1, else MTPROTO_ERR_RSA_DATA. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_rsa_legacy_check(const uint8_t *data, size_t len,
							  const uint8_t legacy_sha1[20]);

#ifdef __cplusplus
}
#endif

#endif
