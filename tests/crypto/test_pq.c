#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mtproto/pq.h>

#include "crypto/pq_split.h"

static void assert_factors(uint64_t p, uint64_t q)
{
	uint64_t found_p = 0, found_q = 0;

	assert_int_equal(mtproto_pq_factor(p * q, &found_p, &found_q), 0);
	assert_int_equal(found_p, p);
	assert_int_equal(found_q, q);
}

static void assert_refused(uint64_t pq)
{
	uint64_t p = 1, q = 1;

	assert_int_equal(mtproto_pq_factor(pq, &p, &q), MTPROTO_ERR_PQ);
	assert_int_equal(p, 0);
	assert_int_equal(q, 0);
}

static void values_of_servers(void **state)
{
	(void)state;
	assert_int_equal(UINT64_C(0x494c553b) * 0x53911073, 0x17ed48941a08f981);
	assert_factors(0x494c553b, 0x53911073);
	assert_factors(1229739323, 1402015859);
	assert_factors(1008949199, 1455403679);
	assert_factors(613, 617);
}

/* By definition, without a table. */
static bool is_prime_by_division(uint64_t n)
{
	for (uint64_t d = 2; d * d <= n; d++)
		if (n % d == 0)
			return false;
	return n >= 2;
}

/* p * q for all odd primes below 400, which is on both sides of the table of trial division. */
static void small_factors(void **state)
{
	(void)state;
	for (uint64_t p = 3; p < 400; p += 2)
		for (uint64_t q = p + 2; q < 400 && is_prime_by_division(p); q += 2)
			if (is_prime_by_division(q))
				assert_factors(p, q);
}

/* The largest primes below 2^31, 2^32, 2^44, 2^52, 2^61 and some more (OEIS A013603). */
static void uneven_factors(void **state)
{
	(void)state;
	assert_factors(3, 2305843009213693951);
	assert_factors(7, 1152921504606846883);
	assert_factors(251, (UINT64_C(1) << 52) - 47);
	assert_factors(257, (UINT64_C(1) << 52) - 47);
	assert_factors(65537, (UINT64_C(1) << 44) - 17);
	assert_factors(65521, 65537);
	assert_factors(2147483629, 2147483647);
	assert_factors(2147483647, 4294967291);
}

static void what_is_no_product_of_two_odd_primes(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 15; n++)
		assert_refused(n);
	assert_refused(2 * UINT64_C(2147483647));
	assert_refused(UINT64_C(0x17ed48941a08f981) + 1);
	assert_refused(17);
	assert_refused(2147483647);
	assert_refused(2305843009213693951);
	assert_refused(9223372036854775783);
}

static void squares_and_powers(void **state)
{
	(void)state;
	assert_refused(25);
	assert_refused(UINT64_C(257) * 257);
	assert_refused(UINT64_C(65537) * 65537);
	assert_refused(UINT64_C(2147483647) * 2147483647);
	assert_refused(27);
	assert_refused(UINT64_C(2097143) * 2097143 * 2097143);
	assert_refused(UINT64_C(55103) * 55103 * 55103 * 55103);
}

static void three_factors(void **state)
{
	(void)state;
	assert_refused(3 * 5 * 7);
	assert_refused(9 * 5);
	assert_refused(UINT64_C(257) * 263 * 269);
	assert_refused(UINT64_C(1000003) * 1000033 * 1000037);
	assert_refused(UINT64_C(3) * 1229739323 * 1402015859);
	assert_refused(UINT64_C(9) * 65521 * 65537);
}

/* 3037000493 * 3037000507 is just above 2^63. */
static void documented_bound(void **state)
{
	(void)state;
	assert_factors(3037000453, 3037000493);
	assert_true(UINT64_C(3037000493) * 3037000507 >> 63);
	assert_refused(UINT64_C(3037000493) * 3037000507);
	assert_refused(UINT64_MAX);
	assert_refused(UINT64_C(1) << 63);
}

static uint64_t next_prime(uint64_t n)
{
	while (!mtproto_is_prime(n))
		n++;
	return n;
}

/* Many products of the size that servers send. */
static void products_of_primes_of_31_bits(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 300; i++)
		assert_factors(next_prime((1 << 30) + i * 1789569), next_prime((UINT64_C(1) << 31) - i * 1753413));
}

static void assert_splits(uint64_t factor, uint64_t n)
{
	assert_true(factor > 1 && factor < n && n % factor == 0);
}

/* Each way on its own, so that none hides behind another. */
static void every_way_splits(void **state)
{
	const uint64_t products[] = {UINT64_C(65521) * 65537, UINT64_C(257) * 4294967291, 0x17ed48941a08f981,
				     UINT64_C(1008949199) * 1455403679, UINT64_C(2147483647) * 2147483629};

	(void)state;
	for (size_t i = 0; i < sizeof(products) / sizeof(*products); i++) {
		assert_splits(mtp_pq_split_ecm(products[i]), products[i]);
		assert_splits(mtp_pq_split_rho(products[i]), products[i]);
	}
	assert_splits(mtp_pq_split_rho(UINT64_C(2147483647) * 4294967291), UINT64_C(2147483647) * 4294967291);
	assert_int_equal(mtp_pq_split_trial(products[0], UINT64_MAX), 65521);
	assert_int_equal(mtp_pq_split_trial(products[0], 65519), 0);
	assert_int_equal(mtp_pq_split_trial(65537, UINT64_MAX), 0);
	assert_int_equal(mtp_pq_split_trial(UINT64_C(65537) * 65537, UINT64_MAX), 65537);
}

static void primes_below_20000(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 20000; n++)
		assert_int_equal(mtproto_is_prime(n), is_prime_by_division(n));
}

/* The smallest strong pseudoprimes to the first 1, 2, ... 7 and 9 primes (OEIS A014233), to 2, 7 and 61, and numbers of
 * Carmichael. */
static void composites_that_look_prime(void **state)
{
	const uint64_t numbers[] = {
		2047,
		1373653,
		25326001,
		3215031751,
		2152302898747,
		3474749660383,
		4759123141,
		341550071728321,
		3825123056546413051,
		561,
		1729,
		9746347772161,
		UINT64_C(18446744073709551615),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		assert_false(mtproto_is_prime(numbers[i]));
}

static void large_primes(void **state)
{
	(void)state;
	assert_true(mtproto_is_prime(4294967291));
	assert_true(mtproto_is_prime(4759123129));
	assert_true(mtproto_is_prime(4759123151));
	assert_true(mtproto_is_prime(9223372036854775783));
	assert_true(mtproto_is_prime(UINT64_C(9223372036854775837)));
	assert_true(mtproto_is_prime(UINT64_C(18446744073709551557)));
	assert_false(mtproto_is_prime(UINT64_C(18446744073709551559)));
}

static void generated_primes_are_distinct_and_of_31_bits(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		uint64_t p, q;

		assert_int_equal(mtproto_pq_generate(NULL, &p, &q), 0);
		assert_true(p > 1 << 30 && p < q && q < UINT64_C(1) << 31);
		assert_true(mtproto_is_prime(p) && mtproto_is_prime(q));
		assert_factors(p, q);
	}
}

static int fill_same(void *user, uint8_t *out, size_t len)
{
	memset(out, *(const uint8_t *)user, len);
	return 0;
}

static int fill_fails(void *user, uint8_t *out, size_t len)
{
	(void)user;
	(void)out;
	(void)len;
	return 1;
}

/* The same number again and again is composite, or is the same prime twice: neither may loop for ever. */
static void broken_random_source_ends(void **state)
{
	uint64_t p = 1, q = 1;

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t same = (uint8_t)byte;
		const struct mtproto_random random = {fill_same, &same};

		assert_int_equal(mtproto_pq_generate(&random, &p, &q), MTPROTO_ERR_RANDOM);
		assert_int_equal(p | q, 0);
	}
}

static void failing_random_source(void **state)
{
	const struct mtproto_random random = {fill_fails, NULL};
	uint64_t p = 1, q = 1;

	(void)state;
	assert_int_equal(mtproto_pq_generate(&random, &p, &q), MTPROTO_ERR_RANDOM);
	assert_int_equal(p | q, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_servers),
		cmocka_unit_test(small_factors),
		cmocka_unit_test(uneven_factors),
		cmocka_unit_test(what_is_no_product_of_two_odd_primes),
		cmocka_unit_test(squares_and_powers),
		cmocka_unit_test(three_factors),
		cmocka_unit_test(documented_bound),
		cmocka_unit_test(products_of_primes_of_31_bits),
		cmocka_unit_test(every_way_splits),
		cmocka_unit_test(primes_below_20000),
		cmocka_unit_test(composites_that_look_prime),
		cmocka_unit_test(large_primes),
		cmocka_unit_test(generated_primes_are_distinct_and_of_31_bits),
		cmocka_unit_test(broken_random_source_ends),
		cmocka_unit_test(failing_random_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
