/* Diffie-Hellman over a 2048-bit safe prime, with every check that the protocol asks for.
 * Numbers are big-endian. Sources: core.telegram.org/mtproto/auth_key, /mtproto/security_guidelines. */
#ifndef MTPROTO_DH_H
#define MTPROTO_DH_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_DH_SIZE 256

/* The generators that a server may choose. */
#define MTPROTO_DH_G_MIN 2
#define MTPROTO_DH_G_MAX 7

/* The prime that Telegram's servers have sent since 2013, for which g may be 3, 4 or 7. Static storage, 256 bytes. */
MTPROTO_API const uint8_t *mtproto_dh_known_prime(void);

/* Remembers which primes were checked, so that the full check (a quarter of a second) is done once per prime. At most
 * MTPROTO_DH_CACHE_MAX are remembered; when it is full and a new one comes, the oldest is forgotten. Embedded; filled
 * by _init. One thread at a time. */
#define MTPROTO_DH_CACHE_MAX 8
struct mtproto_dh_cache {
	bool known_prime_only; /* set after _init: refuse every prime but the known one, without testing it */
	uint32_t count;
	uint32_t next;
	struct {
		uint8_t sha256[32];
		bool safe;
	} entries[MTPROTO_DH_CACHE_MAX];
};

MTPROTO_API void mtproto_dh_cache_init(struct mtproto_dh_cache *cache);

/* Checks dh_prime and g: the prime has exactly 2048 bits, it and (p-1)/2 are prime; g is 2..7 and a quadratic residue.
 * The known prime is compared, others are tested fully (64 rounds of Miller-Rabin each) unless the cache knows the
 * verdict. cache may be NULL. prime_len must be 256 (leading zeros are no part of a 2048-bit prime).
 * Errors: MTPROTO_ERR_DH_PRIME, MTPROTO_ERR_DH_GENERATOR, MTPROTO_ERR_CRYPTO, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_dh_check_params(struct mtproto_dh_cache *cache, const uint8_t *prime,
                                                         size_t prime_len, int32_t g);

/* Checks a public value g_a or g_b (any length up to 256 bytes, leading zeros allowed):
 * 1 < value < p-1 and 2^(2048-64) <= value <= p - 2^(2048-64).
 * Errors: MTPROTO_ERR_DH_RANGE. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_dh_check_public(const uint8_t prime[MTPROTO_DH_SIZE], const uint8_t *value,
                                                         size_t value_len);

/* g^exponent mod p into out, left-padded to 256 bytes. The time does not depend on the exponent's value.
 * Errors: MTPROTO_ERR_ARGUMENT (g is not 2..7), MTPROTO_ERR_CRYPTO, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_dh_public(const uint8_t prime[MTPROTO_DH_SIZE], int32_t g,
                                                   const uint8_t exponent[MTPROTO_DH_SIZE],
                                                   uint8_t out[MTPROTO_DH_SIZE]);

/* value^exponent mod p into out, left-padded to 256 bytes: the auth_key. value as in mtproto_dh_check_public, which the
 * caller must have called. The time does not depend on the exponent's value.
 * Errors: MTPROTO_ERR_CRYPTO, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_dh_shared(const uint8_t prime[MTPROTO_DH_SIZE], const uint8_t *value,
                                                   size_t value_len, const uint8_t exponent[MTPROTO_DH_SIZE],
                                                   uint8_t out[MTPROTO_DH_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
