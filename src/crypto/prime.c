#include <mtproto/pq.h>

#include "crypto/montgomery.h"

/* With these bases the test of Miller and Rabin is exact for all numbers of 64 bits (Sorenson and Webster: the first 12
 * primes up to 3.1 * 10^23); the three of few_bases are enough below few_bases_limit (Jaeschke). */
static const uint8_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
static const uint8_t few_bases[] = {2, 7, 61};
static const uint64_t few_bases_limit = 4759123141;

static uint64_t power(const struct mtp_modulus *m, uint64_t base, uint64_t exponent)
{
	uint64_t result = m->one;

	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			result = mtp_mod_mul(m, result, base);
		base = mtp_mod_mul(m, base, base);
	}
	return result;
}

/* n - 1 = odd * 2^twos. A prime n has no square roots of 1 but 1 and -1, so base^odd is 1, or squaring it gets to -1
 * before it gets to 1. */
static bool passes(const struct mtp_modulus *m, uint64_t base, uint64_t odd, int twos)
{
	const uint64_t minus_one = m->n - m->one;
	uint64_t x = power(m, mtp_mod_from(m, base), odd);

	if (x == m->one || x == minus_one)
		return true;
	for (int i = 1; i < twos; i++) {
		x = mtp_mod_mul(m, x, x);
		if (x == minus_one)
			return true;
	}
	return false;
}

static bool passes_all(uint64_t n, const uint8_t *base, size_t count)
{
	const struct mtp_modulus m = mtp_modulus_of(n);
	uint64_t odd = n - 1;
	int twos = 0;

	for (; !(odd & 1); odd >>= 1)
		twos++;
	for (size_t i = 0; i < count; i++)
		if (!passes(&m, base[i], odd, twos))
			return false;
	return true;
}

bool mtproto_is_prime(uint64_t n)
{
	if (n < 2)
		return false;
	for (size_t i = 0; i < sizeof(bases); i++)
		if (n % bases[i] == 0)
			return n == bases[i];
	if (n == 61)
		return true;
	if (n < few_bases_limit)
		return passes_all(n, few_bases, sizeof(few_bases));
	return passes_all(n, bases, sizeof(bases));
}
