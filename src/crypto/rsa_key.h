/* The inside of an RSA key: shared by the files that read, write and use it. */
#ifndef MTP_CRYPTO_RSA_KEY_H
#define MTP_CRYPTO_RSA_KEY_H

#include <mtproto/rsa.h>

#include <openssl/evp.h>

#define MTP_RSA_SIZE 256

struct mtproto_rsa {
	EVP_PKEY *pkey;
	uint64_t fingerprint;
	uint8_t modulus[MTP_RSA_SIZE];
	bool is_private;
};

/* Takes pkey, in every case; *out is NULL on error. Errors as mtproto_rsa_from_pem. */
MTPROTO_MUST_USE int mtp_rsa_new(struct mtproto_rsa **out, EVP_PKEY *pkey, bool is_private);

/* True when the 256 bytes at number, big endian, are below the modulus. The time does not depend on them. */
bool mtp_rsa_in_range(const struct mtproto_rsa *key, const uint8_t number[MTP_RSA_SIZE]);

/* number^e mod n and number^d mod n, without any padding; number is in range, and out may be number. The second one is
 * constant-time and blinded. Errors: MTPROTO_ERR_CRYPTO; out is zeroed. */
MTPROTO_MUST_USE int mtp_rsa_public(const struct mtproto_rsa *key, const uint8_t number[MTP_RSA_SIZE],
				    uint8_t out[MTP_RSA_SIZE]);
MTPROTO_MUST_USE int mtp_rsa_private(const struct mtproto_rsa *key, const uint8_t number[MTP_RSA_SIZE],
				     uint8_t out[MTP_RSA_SIZE]);

#endif
