#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mtproto/dh.h>

#include "crypto/sha.h"
#include "hex.h"
#include "vectors/crypto.h"

/* A number with these residues decides every rule about g. */
#define RULES_MODULUS (8 * 3 * 5 * 7)

static int check(struct mtproto_dh_cache *cache, const char *prime_hex, int32_t g)
{
	uint8_t prime[MTPROTO_DH_SIZE];

	assert_int_equal(hex(prime, sizeof(prime), prime_hex), sizeof(prime));
	return mtproto_dh_check_params(cache, prime, sizeof(prime), g);
}

static void known_prime_is_the_one_of_the_sample(void **state)
{
	uint8_t answer[592];

	(void)state;
	hex(answer, sizeof(answer), SAMPLE_ANSWER_WITH_HASH);
	assert_memory_equal(mtproto_dh_known_prime(), answer + 20 + 44, MTPROTO_DH_SIZE);
}

static void known_prime_allows_3_4_and_7(void **state)
{
	const uint8_t *prime = mtproto_dh_known_prime();

	(void)state;
	for (int32_t g = -1; g < 10; g++) {
		bool allowed = g == 3 || g == 4 || g == 7;

		assert_int_equal(mtproto_dh_check_params(NULL, prime, MTPROTO_DH_SIZE, g),
				 allowed ? 0 : MTPROTO_ERR_DH_GENERATOR);
	}
}

static void other_safe_primes_are_tested(void **state)
{
	struct mtproto_dh_cache cache;

	(void)state;
	mtproto_dh_cache_init(&cache);
	assert_int_equal(check(NULL, MODP_2048, 2), 0);
	assert_int_equal(check(&cache, FFDHE_2048, 3), 0);
	assert_int_equal(check(&cache, FFDHE_2048, 7), MTPROTO_ERR_DH_GENERATOR);
	assert_int_equal(cache.count, 1);
	assert_true(cache.entries[0].safe);
}

static void unsafe_primes_are_refused(void **state)
{
	struct mtproto_dh_cache cache;
	uint8_t prime[MTPROTO_DH_SIZE];

	(void)state;
	mtproto_dh_cache_init(&cache);
	assert_int_equal(check(&cache, UNSAFE_PRIME, 2), MTPROTO_ERR_DH_PRIME);
	assert_int_equal(check(NULL, UNSAFE_PRIME, 3), MTPROTO_ERR_DH_PRIME);
	assert_int_equal(cache.count, 1);
	assert_false(cache.entries[0].safe);
	assert_int_equal(check(&cache, UNSAFE_PRIME, 2), MTPROTO_ERR_DH_PRIME);

	memcpy(prime, mtproto_dh_known_prime(), sizeof(prime));
	prime[MTPROTO_DH_SIZE - 1] ^= 4;
	assert_int_equal(mtproto_dh_check_params(NULL, prime, sizeof(prime), 3), MTPROTO_ERR_DH_PRIME);
}

static void prime_has_2048_bits(void **state)
{
	uint8_t prime[MTPROTO_DH_SIZE + 1] = {0};

	(void)state;
	memcpy(prime + 1, mtproto_dh_known_prime(), MTPROTO_DH_SIZE);
	assert_int_equal(mtproto_dh_check_params(NULL, prime, MTPROTO_DH_SIZE + 1, 3), MTPROTO_ERR_DH_PRIME);
	assert_int_equal(mtproto_dh_check_params(NULL, prime + 1, MTPROTO_DH_SIZE - 1, 3), MTPROTO_ERR_DH_PRIME);
	assert_int_equal(mtproto_dh_check_params(NULL, prime, MTPROTO_DH_SIZE, 3), MTPROTO_ERR_DH_PRIME);
	assert_int_equal(mtproto_dh_check_params(NULL, prime, 0, 3), MTPROTO_ERR_DH_PRIME);
}

static void remember(struct mtproto_dh_cache *cache, const uint8_t prime[MTPROTO_DH_SIZE], bool safe)
{
	const struct mtproto_span part = {prime, MTPROTO_DH_SIZE};

	mtproto_dh_cache_init(cache);
	mtp_sha256(cache->entries[0].sha256, &part, 1);
	cache->entries[0].safe = safe;
	cache->count = 1;
	cache->next = 1;
}

/* A number of 2047 bits is no candidate whatever the cache says. */
static void short_primes_are_refused_before_the_cache(void **state)
{
	struct mtproto_dh_cache cache;
	uint8_t prime[MTPROTO_DH_SIZE];

	(void)state;
	memset(prime, 0x7f, sizeof(prime));
	remember(&cache, prime, true);
	assert_int_equal(mtproto_dh_check_params(&cache, prime, sizeof(prime), 4), MTPROTO_ERR_DH_PRIME);
}

static void only_the_known_prime_when_asked(void **state)
{
	struct mtproto_dh_cache cache;

	(void)state;
	mtproto_dh_cache_init(&cache);
	cache.known_prime_only = true;
	assert_int_equal(check(&cache, MODP_2048, 2), MTPROTO_ERR_DH_PRIME);
	assert_int_equal(cache.count, 0);
	assert_int_equal(mtproto_dh_check_params(&cache, mtproto_dh_known_prime(), MTPROTO_DH_SIZE, 3), 0);
}

/* Verdicts that contradict the truth show that the cache is asked. */
static void cached_verdict_is_used(void **state)
{
	struct mtproto_dh_cache cache;
	uint8_t prime[MTPROTO_DH_SIZE];

	(void)state;
	hex(prime, sizeof(prime), MODP_2048);
	remember(&cache, prime, false);
	assert_int_equal(mtproto_dh_check_params(&cache, prime, sizeof(prime), 2), MTPROTO_ERR_DH_PRIME);
	hex(prime, sizeof(prime), UNSAFE_PRIME);
	remember(&cache, prime, true);
	assert_int_equal(mtproto_dh_check_params(&cache, prime, sizeof(prime), 2), 0);
}

static void full_cache_forgets_the_oldest(void **state)
{
	struct mtproto_dh_cache cache;
	uint8_t number[MTPROTO_DH_SIZE];
	uint8_t first[32];

	(void)state;
	mtproto_dh_cache_init(&cache);
	memset(number, 0xff, sizeof(number));
	for (unsigned i = 0; i < MTPROTO_DH_CACHE_MAX; i++) {
		number[MTPROTO_DH_SIZE - 1] = (uint8_t)(2 * i);
		assert_int_equal(mtproto_dh_check_params(&cache, number, sizeof(number), 3), MTPROTO_ERR_DH_PRIME);
		assert_int_equal(cache.count, i + 1);
	}
	memcpy(first, cache.entries[0].sha256, sizeof(first));
	number[MTPROTO_DH_SIZE - 1] = 0xf0;
	assert_int_equal(mtproto_dh_check_params(&cache, number, sizeof(number), 3), MTPROTO_ERR_DH_PRIME);
	assert_int_equal(cache.count, MTPROTO_DH_CACHE_MAX);
	assert_memory_not_equal(first, cache.entries[0].sha256, sizeof(first));
	assert_int_equal(cache.next, 1);
}

static bool is_small_prime(unsigned n)
{
	for (unsigned d = 2; d * d <= n; d++)
		if (n % d == 0)
			return false;
	return true;
}

/* Whether g is a square modulo p, by trying. */
static bool is_square(unsigned g, unsigned p)
{
	for (unsigned x = 1; x < p; x++)
		if (x * x % p == g % p)
			return true;
	return false;
}

/* A number of 2048 bits that leaves rest. */
static void number_with_rest(uint8_t number[MTPROTO_DH_SIZE], unsigned rest)
{
	unsigned has = 0;

	memset(number, 0, MTPROTO_DH_SIZE);
	number[0] = 0x80;
	for (size_t i = 0; i < MTPROTO_DH_SIZE; i++)
		has = (has * 256 + number[i]) % RULES_MODULUS;
	has = (rest + RULES_MODULUS - has) % RULES_MODULUS;
	number[MTPROTO_DH_SIZE - 1] = (uint8_t)has;
	number[MTPROTO_DH_SIZE - 2] = (uint8_t)(has >> 8);
}

/* Reciprocity says that whether g is a square modulo a safe prime depends on the prime modulo 840 alone: so a small
 * prime with the same rest, where squares can be tried, tells what a large one must give. Safe primes are 3 modulo 4.
 */
static void generator_must_be_a_residue(void **state)
{
	(void)state;
	for (unsigned rest = 11; rest < RULES_MODULUS; rest += 4) {
		struct mtproto_dh_cache cache;
		uint8_t number[MTPROTO_DH_SIZE];
		unsigned p = rest;

		if (rest % 3 == 0 || rest % 5 == 0 || rest % 7 == 0)
			continue;
		while (!is_small_prime(p))
			p += RULES_MODULUS;
		number_with_rest(number, rest);
		remember(&cache, number, true);
		for (int32_t g = MTPROTO_DH_G_MIN; g <= MTPROTO_DH_G_MAX; g++)
			assert_int_equal(mtproto_dh_check_params(&cache, number, sizeof(number), g),
					 is_square((unsigned)g, p) ? 0 : MTPROTO_ERR_DH_GENERATOR);
	}
}

static void public_values_of_the_samples_pass(void **state)
{
	uint8_t value[MTPROTO_DH_SIZE];

	(void)state;
	hex(value, sizeof(value), SAMPLE_G_A);
	assert_int_equal(mtproto_dh_check_public(mtproto_dh_known_prime(), value, sizeof(value)), 0);
	hex(value, sizeof(value), SAMPLE_G_B);
	assert_int_equal(mtproto_dh_check_public(mtproto_dh_known_prime(), value, sizeof(value)), 0);
}

/* 2^1984 + add, or prime - 2^1984 + add. */
static void margin(uint8_t value[MTPROTO_DH_SIZE], bool upper, int add)
{
	memset(value, 0, MTPROTO_DH_SIZE);
	if (upper)
		memcpy(value, mtproto_dh_known_prime(), MTPROTO_DH_SIZE);
	value[7] = (uint8_t)(value[7] + (upper ? -1 : 1));
	for (size_t i = MTPROTO_DH_SIZE; i-- > 0 && add;) {
		int sum = value[i] + add;

		value[i] = (uint8_t)sum;
		add = sum < 0 ? -1 : sum >> 8;
	}
}

static int check_public(const uint8_t *value, size_t len)
{
	return mtproto_dh_check_public(mtproto_dh_known_prime(), value, len);
}

static void public_values_keep_the_margins(void **state)
{
	uint8_t value[MTPROTO_DH_SIZE];

	(void)state;
	for (int upper = 0; upper < 2; upper++) {
		margin(value, upper, 0);
		assert_int_equal(check_public(value, sizeof(value)), 0);
		margin(value, upper, upper ? -1 : 1);
		assert_int_equal(check_public(value, sizeof(value)), 0);
		margin(value, upper, upper ? 1 : -1);
		assert_int_equal(check_public(value, sizeof(value)), MTPROTO_ERR_DH_RANGE);
	}
}

static void trivial_public_values_are_refused(void **state)
{
	uint8_t value[MTPROTO_DH_SIZE] = {0};

	(void)state;
	for (uint8_t small = 0; small < 8; small++) {
		value[MTPROTO_DH_SIZE - 1] = small;
		assert_int_equal(check_public(value, sizeof(value)), MTPROTO_ERR_DH_RANGE);
		assert_int_equal(check_public(&small, 1), MTPROTO_ERR_DH_RANGE);
	}
	memcpy(value, mtproto_dh_known_prime(), sizeof(value));
	assert_int_equal(check_public(value, sizeof(value)), MTPROTO_ERR_DH_RANGE);
	value[MTPROTO_DH_SIZE - 1]--;
	assert_int_equal(check_public(value, sizeof(value)), MTPROTO_ERR_DH_RANGE);
	memset(value, 0xff, sizeof(value));
	assert_int_equal(check_public(value, sizeof(value)), MTPROTO_ERR_DH_RANGE);
	assert_int_equal(check_public(NULL, 0), MTPROTO_ERR_DH_RANGE);
}

static void length_of_public_values(void **state)
{
	uint8_t value[MTPROTO_DH_SIZE + 1] = {0};

	(void)state;
	margin(value + 1, false, 5);
	assert_int_equal(check_public(value + 1, MTPROTO_DH_SIZE), 0);
	assert_int_equal(check_public(value, MTPROTO_DH_SIZE + 1), MTPROTO_ERR_DH_RANGE);
	assert_int_equal(check_public(value + 1 + 7, MTPROTO_DH_SIZE - 7), 0);
	assert_int_equal(check_public(value + 1 + 8, MTPROTO_DH_SIZE - 8), MTPROTO_ERR_DH_RANGE);
}

static void assert_shared(const char *value_hex, const char *exponent_hex, const char *expected_hex)
{
	uint8_t value[MTPROTO_DH_SIZE], exponent[MTPROTO_DH_SIZE], expected[MTPROTO_DH_SIZE], out[MTPROTO_DH_SIZE];
	size_t len = hex(value, sizeof(value), value_hex);

	hex(exponent, sizeof(exponent), exponent_hex);
	hex(expected, sizeof(expected), expected_hex);
	assert_int_equal(mtproto_dh_shared(mtproto_dh_known_prime(), value, len, exponent, out), 0);
	assert_memory_equal(out, expected, sizeof(out));
}

static void auth_keys_of_the_samples(void **state)
{
	(void)state;
	assert_shared(SAMPLE_G_A, SAMPLE_B, SAMPLE_AUTH_KEY);
	assert_shared(OLD_G_A, OLD_B, OLD_AUTH_KEY);
}

static void short_results_are_padded(void **state)
{
	(void)state;
	assert_shared(ZERO_G_A, ZERO_B, ZERO_AUTH_KEY);
}

static void short_values_are_taken(void **state)
{
	(void)state;
	assert_shared("03", SAMPLE_B, SAMPLE_G_B);
	assert_shared("0003", SAMPLE_B, SAMPLE_G_B);
}

static void public_value_of_the_sample(void **state)
{
	uint8_t exponent[MTPROTO_DH_SIZE], expected[MTPROTO_DH_SIZE], out[MTPROTO_DH_SIZE];

	(void)state;
	hex(exponent, sizeof(exponent), SAMPLE_B);
	hex(expected, sizeof(expected), SAMPLE_G_B);
	assert_int_equal(mtproto_dh_public(mtproto_dh_known_prime(), 3, exponent, out), 0);
	assert_memory_equal(out, expected, sizeof(out));
}

static void impossible_parameters_give_nothing(void **state)
{
	uint8_t exponent[MTPROTO_DH_SIZE] = {1}, even[MTPROTO_DH_SIZE] = {0x80}, out[MTPROTO_DH_SIZE];
	const uint8_t zeros[MTPROTO_DH_SIZE] = {0};

	(void)state;
	for (int32_t g = -1; g <= 8; g += g == 1 ? 7 : 1) {
		memset(out, 1, sizeof(out));
		assert_int_equal(mtproto_dh_public(mtproto_dh_known_prime(), g, exponent, out), MTPROTO_ERR_ARGUMENT);
		assert_memory_equal(out, zeros, sizeof(out));
	}
	memset(out, 1, sizeof(out));
	assert_int_equal(mtproto_dh_public(even, 3, exponent, out), MTPROTO_ERR_CRYPTO);
	assert_memory_equal(out, zeros, sizeof(out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_prime_is_the_one_of_the_sample),
		cmocka_unit_test(known_prime_allows_3_4_and_7),
		cmocka_unit_test(other_safe_primes_are_tested),
		cmocka_unit_test(unsafe_primes_are_refused),
		cmocka_unit_test(prime_has_2048_bits),
		cmocka_unit_test(short_primes_are_refused_before_the_cache),
		cmocka_unit_test(only_the_known_prime_when_asked),
		cmocka_unit_test(cached_verdict_is_used),
		cmocka_unit_test(full_cache_forgets_the_oldest),
		cmocka_unit_test(generator_must_be_a_residue),
		cmocka_unit_test(public_values_of_the_samples_pass),
		cmocka_unit_test(public_values_keep_the_margins),
		cmocka_unit_test(trivial_public_values_are_refused),
		cmocka_unit_test(length_of_public_values),
		cmocka_unit_test(auth_keys_of_the_samples),
		cmocka_unit_test(short_results_are_padded),
		cmocka_unit_test(short_values_are_taken),
		cmocka_unit_test(public_value_of_the_sample),
		cmocka_unit_test(impossible_parameters_give_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
