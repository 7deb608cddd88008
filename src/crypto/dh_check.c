/* The checks of dh_prime, g, g_a and g_b: core.telegram.org/mtproto/auth_key, /mtproto/security_guidelines. */
#include <mtproto/dh.h>

#include "crypto/sha.h"

#include <string.h>

#include <openssl/bn.h>

/* Public values keep 64 bits of distance from both ends of 0..p. */
#define MARGIN_BYTES (64 / 8)

static const uint8_t known_prime[MTPROTO_DH_SIZE] = {
	0xc7, 0x1c, 0xae, 0xb9, 0xc6, 0xb1, 0xc9, 0x04, 0x8e, 0x6c, 0x52, 0x2f, 0x70, 0xf1, 0x3f, 0x73, 0x98, 0x0d,
	0x40, 0x23, 0x8e, 0x3e, 0x21, 0xc1, 0x49, 0x34, 0xd0, 0x37, 0x56, 0x3d, 0x93, 0x0f, 0x48, 0x19, 0x8a, 0x0a,
	0xa7, 0xc1, 0x40, 0x58, 0x22, 0x94, 0x93, 0xd2, 0x25, 0x30, 0xf4, 0xdb, 0xfa, 0x33, 0x6f, 0x6e, 0x0a, 0xc9,
	0x25, 0x13, 0x95, 0x43, 0xae, 0xd4, 0x4c, 0xce, 0x7c, 0x37, 0x20, 0xfd, 0x51, 0xf6, 0x94, 0x58, 0x70, 0x5a,
	0xc6, 0x8c, 0xd4, 0xfe, 0x6b, 0x6b, 0x13, 0xab, 0xdc, 0x97, 0x46, 0x51, 0x29, 0x69, 0x32, 0x84, 0x54, 0xf1,
	0x8f, 0xaf, 0x8c, 0x59, 0x5f, 0x64, 0x24, 0x77, 0xfe, 0x96, 0xbb, 0x2a, 0x94, 0x1d, 0x5b, 0xcd, 0x1d, 0x4a,
	0xc8, 0xcc, 0x49, 0x88, 0x07, 0x08, 0xfa, 0x9b, 0x37, 0x8e, 0x3c, 0x4f, 0x3a, 0x90, 0x60, 0xbe, 0xe6, 0x7c,
	0xf9, 0xa4, 0xa4, 0xa6, 0x95, 0x81, 0x10, 0x51, 0x90, 0x7e, 0x16, 0x27, 0x53, 0xb5, 0x6b, 0x0f, 0x6b, 0x41,
	0x0d, 0xba, 0x74, 0xd8, 0xa8, 0x4b, 0x2a, 0x14, 0xb3, 0x14, 0x4e, 0x0e, 0xf1, 0x28, 0x47, 0x54, 0xfd, 0x17,
	0xed, 0x95, 0x0d, 0x59, 0x65, 0xb4, 0xb9, 0xdd, 0x46, 0x58, 0x2d, 0xb1, 0x17, 0x8d, 0x16, 0x9c, 0x6b, 0xc4,
	0x65, 0xb0, 0xd6, 0xff, 0x9c, 0xa3, 0x92, 0x8f, 0xef, 0x5b, 0x9a, 0xe4, 0xe4, 0x18, 0xfc, 0x15, 0xe8, 0x3e,
	0xbe, 0xa0, 0xf8, 0x7f, 0xa9, 0xff, 0x5e, 0xed, 0x70, 0x05, 0x0d, 0xed, 0x28, 0x49, 0xf4, 0x7b, 0xf9, 0x59,
	0xd9, 0x56, 0x85, 0x0c, 0xe9, 0x29, 0x85, 0x1f, 0x0d, 0x81, 0x15, 0xf6, 0x35, 0xb1, 0x05, 0xee, 0x2e, 0x4e,
	0x15, 0xd0, 0x4b, 0x24, 0x54, 0xbf, 0x6f, 0x4f, 0xad, 0xf0, 0x34, 0xb1, 0x04, 0x03, 0x11, 0x9c, 0xd8, 0xe3,
	0xb9, 0x2f, 0xcc, 0x5b,
};

const uint8_t *mtproto_dh_known_prime(void)
{
	return known_prime;
}

void mtproto_dh_cache_init(struct mtproto_dh_cache *cache)
{
	memset(cache, 0, sizeof(*cache));
}

/* 1 when p and (p-1)/2 are prime, 0 when not, negative on error. BN_check_prime does 64 rounds of Miller-Rabin at this
 * size. */
static int safe_prime(BIGNUM *p, BIGNUM *half, BN_CTX *scratch)
{
	int verdict = BN_check_prime(p, scratch, NULL);

	if (verdict != 1)
		return verdict;
	if (!BN_rshift1(half, p))
		return -1;
	return BN_check_prime(half, scratch, NULL);
}

static int test_prime(const uint8_t *prime, bool *safe)
{
	BIGNUM *p = BN_bin2bn(prime, MTPROTO_DH_SIZE, NULL);
	BIGNUM *half = BN_new();
	BN_CTX *scratch = BN_CTX_new();
	int verdict = -1;
	int error = MTPROTO_ERR_MEMORY;

	if (p && half && scratch) {
		verdict = safe_prime(p, half, scratch);
		error = verdict < 0 ? MTPROTO_ERR_CRYPTO : 0;
	}
	*safe = verdict == 1;
	BN_free(p);
	BN_free(half);
	BN_CTX_free(scratch);
	return error;
}

static void remember(struct mtproto_dh_cache *cache, const uint8_t sha256[32], bool safe)
{
	memcpy(cache->entries[cache->next].sha256, sha256, 32);
	cache->entries[cache->next].safe = safe;
	cache->next = (cache->next + 1) % MTPROTO_DH_CACHE_MAX;
	if (cache->count < MTPROTO_DH_CACHE_MAX)
		cache->count++;
}

static int test_prime_once(struct mtproto_dh_cache *cache, const uint8_t *prime, bool *safe)
{
	const struct mtproto_span part = {prime, MTPROTO_DH_SIZE};
	uint8_t sha256[32];
	int error;

	if (!cache)
		return test_prime(prime, safe);
	mtp_sha256(sha256, &part, 1);
	for (uint32_t i = 0; i < cache->count; i++) {
		if (mtproto_equal_const_time(cache->entries[i].sha256, sha256, sizeof(sha256))) {
			*safe = cache->entries[i].safe;
			return 0;
		}
	}
	error = test_prime(prime, safe);
	if (!error)
		remember(cache, sha256, *safe);
	return error;
}

static int check_prime(struct mtproto_dh_cache *cache, const uint8_t *prime, size_t prime_len)
{
	bool safe;
	int error;

	if (prime_len != MTPROTO_DH_SIZE || !(prime[0] & 0x80))
		return MTPROTO_ERR_DH_PRIME;
	if (mtproto_equal_const_time(prime, known_prime, sizeof(known_prime)))
		return 0;
	if (cache && cache->known_prime_only)
		return MTPROTO_ERR_DH_PRIME;
	error = test_prime_once(cache, prime, &safe);
	if (error)
		return error;
	return safe ? 0 : MTPROTO_ERR_DH_PRIME;
}

static uint32_t modulo(const uint8_t *prime, uint32_t divisor)
{
	uint32_t rest = 0;

	for (size_t i = 0; i < MTPROTO_DH_SIZE; i++)
		rest = (rest << 8 | prime[i]) % divisor;
	return rest;
}

/* Whether g generates the subgroup of order (p-1)/2, by quadratic reciprocity. */
static bool is_residue(const uint8_t *prime, int32_t g)
{
	uint32_t rest;

	switch (g) {
	case 2:
		return modulo(prime, 8) == 7;
	case 3:
		return modulo(prime, 3) == 2;
	case 4:
		return true;
	case 5:
		rest = modulo(prime, 5);
		return rest == 1 || rest == 4;
	case 6:
		rest = modulo(prime, 24);
		return rest == 19 || rest == 23;
	case 7:
		rest = modulo(prime, 7);
		return rest == 3 || rest == 5 || rest == 6;
	default:
		return false;
	}
}

int mtproto_dh_check_params(struct mtproto_dh_cache *cache, const uint8_t *prime, size_t prime_len, int32_t g)
{
	int error;

	if (g < MTPROTO_DH_G_MIN || g > MTPROTO_DH_G_MAX)
		return MTPROTO_ERR_DH_GENERATOR;
	error = check_prime(cache, prime, prime_len);
	if (error)
		return error;
	return is_residue(prime, g) ? 0 : MTPROTO_ERR_DH_GENERATOR;
}

static bool above_margin(const uint8_t number[MTPROTO_DH_SIZE])
{
	uint8_t high = 0;

	for (size_t i = 0; i < MARGIN_BYTES; i++)
		high |= number[i];
	return high != 0;
}

/* prime - value; false when that is negative. */
static bool subtract(uint8_t out[MTPROTO_DH_SIZE], const uint8_t *prime, const uint8_t *value)
{
	unsigned borrow = 0;

	for (size_t i = MTPROTO_DH_SIZE; i-- > 0;) {
		unsigned difference = (unsigned)prime[i] - value[i] - borrow;

		out[i] = (uint8_t)difference;
		borrow = difference >> 8 & 1;
	}
	return !borrow;
}

/* The margins imply 1 < value < p-1. */
int mtproto_dh_check_public(const uint8_t prime[MTPROTO_DH_SIZE], const uint8_t *value, size_t value_len)
{
	uint8_t padded[MTPROTO_DH_SIZE] = {0};
	uint8_t distance[MTPROTO_DH_SIZE];

	if (!value_len || value_len > MTPROTO_DH_SIZE)
		return MTPROTO_ERR_DH_RANGE;
	memcpy(padded + MTPROTO_DH_SIZE - value_len, value, value_len);
	if (!above_margin(padded) || !subtract(distance, prime, padded) || !above_margin(distance))
		return MTPROTO_ERR_DH_RANGE;
	return 0;
}
