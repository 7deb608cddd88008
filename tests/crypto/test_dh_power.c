/* The ways to a power, IFMA's on this CPU where it has the instructions and emulated everywhere, against libcrypto's
 * BN_mod_exp. */
#include "crypto/dh_power.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

#include "crypto/emulated/dh_emulated.h"
#include "crypto/kernel_sets.h"
#include "crypto/kernels.h"
#include "hex.h"
#include "vectors/crypto.h"

#define SIZE MTPROTO_DH_SIZE

enum { RANDOM_POWERS = 3 };

static void expect_of_libcrypto(const uint8_t *modulus, const uint8_t *base, const uint8_t *exponent, uint8_t *out)
{
	BN_CTX *scratch = BN_CTX_new();
	BIGNUM *m = BN_bin2bn(modulus, SIZE, NULL);
	BIGNUM *b = BN_bin2bn(base, SIZE, NULL);
	BIGNUM *e = BN_bin2bn(exponent, SIZE, NULL);
	BIGNUM *result = BN_new();

	assert_int_equal(BN_mod_exp(result, b, e, m, scratch), 1);
	assert_int_equal(BN_bn2binpad(result, out, SIZE), SIZE);
	BN_free(m);
	BN_free(b);
	BN_free(e);
	BN_free(result);
	BN_CTX_free(scratch);
}

static void assert_power(const uint8_t *modulus, const uint8_t *base, const uint8_t *exponent)
{
	uint8_t expected[SIZE], out[SIZE];

	expect_of_libcrypto(modulus, base, exponent, expected);
	assert_int_equal(mtp_dh_power_libcrypto(modulus, base, SIZE, exponent, out), 0);
	assert_memory_equal(out, expected, SIZE);
	if (mtp_cpu_has_ifma() && mtp_dh_power_ifma(modulus, base, exponent, out))
		assert_memory_equal(out, expected, SIZE);
	if (emulated_dh_power(modulus, base, exponent, out))
		assert_memory_equal(out, expected, SIZE);
}

/* A build for this CPU has the code, or none of these tests says anything. */
static void one_of_them_is_there(void **state)
{
#ifdef __SIZEOF_INT128__
	uint8_t one[SIZE] = {0}, out[SIZE];

	(void)state;
	one[SIZE - 1] = 1;
	assert_true(emulated_dh_power(mtproto_dh_known_prime(), one, one, out));
	assert_memory_equal(out, one, SIZE);
#ifdef __x86_64__
	assert_true(!mtp_cpu_has_ifma() || mtp_dh_power_ifma(mtproto_dh_known_prime(), one, one, out));
#endif
#else
	(void)state;
	skip();
#endif
}

/* The number of all bits from low to high - 1. */
static void bits(uint8_t out[SIZE], unsigned low, unsigned high)
{
	memset(out, 0, SIZE);
	for (unsigned i = low; i < high; i++)
		out[SIZE - 1 - i / 8] |= (uint8_t)(1 << i % 8);
}

static void exponents_at_the_edges(void **state)
{
	static const unsigned edges[][2] = {{0, 0},       {0, 1},       {1, 2},       {0, 2},    {4, 5},
					    {5, 6},       {0, 5},       {0, 64},      {51, 53},  {2044, 2046},
					    {2045, 2046}, {2047, 2048}, {2040, 2048}, {0, 2047}, {0, 2048}};
	uint8_t base[SIZE], exponent[SIZE];

	(void)state;
	noise(base, SIZE, 1);
	base[0] &= 0x7f;
	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		bits(exponent, edges[i][0], edges[i][1]);
		assert_power(mtproto_dh_known_prime(), base, exponent);
	}
	memcpy(exponent, mtproto_dh_known_prime(), SIZE);
	assert_power(mtproto_dh_known_prime(), base, exponent);
	exponent[SIZE - 1]--; /* p - 1: the result is 1 */
	assert_power(mtproto_dh_known_prime(), base, exponent);
}

static void bases_at_the_edges(void **state)
{
	uint8_t base[SIZE], exponent[SIZE];

	(void)state;
	noise(exponent, SIZE, 2);
	for (unsigned small = 0; small < 3; small++) {
		bits(base, 0, 0);
		base[SIZE - 1] = (uint8_t)small;
		assert_power(mtproto_dh_known_prime(), base, exponent);
		memcpy(base, mtproto_dh_known_prime(), SIZE);
		base[SIZE - 1] = (uint8_t)(base[SIZE - 1] - small);
		assert_power(mtproto_dh_known_prime(), base, exponent);
	}
	bits(base, 0, 2048);
	assert_power(mtproto_dh_known_prime(), base, exponent);
}

/* Limbs of ones and zeros are where carries go far. */
static void moduli_at_the_edges(void **state)
{
	uint8_t modulus[SIZE], base[SIZE], exponent[SIZE];

	(void)state;
	noise(base, SIZE, 3);
	base[0] &= 0x7f;
	noise(exponent, SIZE, 4);
	bits(modulus, 0, 2048);
	assert_power(modulus, base, exponent);
	bits(modulus, 2047, 2048);
	modulus[SIZE - 1] = 1;
	assert_power(modulus, base, exponent);
	bits(modulus, 1000, 2048);
	modulus[SIZE - 1] = 1;
	assert_power(modulus, base, exponent);
	hex(modulus, SIZE, MODP_2048);
	assert_power(modulus, base, exponent);
	hex(modulus, SIZE, FFDHE_2048);
	assert_power(modulus, base, exponent);
}

static void random_powers(void **state)
{
	uint8_t modulus[SIZE], base[SIZE], exponent[SIZE];

	(void)state;
	for (uint32_t i = 0; i < RANDOM_POWERS; i++) {
		noise(modulus, SIZE, 100 + i);
		modulus[0] |= 0x80;
		modulus[SIZE - 1] |= 1;
		noise(base, SIZE, 200 + i);
		noise(exponent, SIZE, 300 + i);
		assert_power(modulus, base, exponent);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_of_them_is_there), cmocka_unit_test(exponents_at_the_edges),
		cmocka_unit_test(bases_at_the_edges),   cmocka_unit_test(moduli_at_the_edges),
		cmocka_unit_test(random_powers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
