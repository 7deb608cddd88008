/* Arithmetic modulo an odd number of 64 bits in Montgomery's form, where x stands for x * 2^64 mod n. */
#ifndef MTP_CRYPTO_MONTGOMERY_H
#define MTP_CRYPTO_MONTGOMERY_H

#include <stdint.h>

struct mtp_modulus {
	uint64_t n;       /* odd, above 1 */
	uint64_t inverse; /* n * inverse = 1 mod 2^64 */
	uint64_t one;     /* 1 in the form: 2^64 mod n */
	uint64_t square;  /* 2^64 in the form: 2^128 mod n */
};

/* The high and, in *low, the low half of a * b. */
static inline uint64_t mtp_multiply_wide(uint64_t a, uint64_t b, uint64_t *low)
{
#ifdef __SIZEOF_INT128__
	__extension__ const unsigned __int128 product = (unsigned __int128)a * b;

	*low = (uint64_t)product;
	return (uint64_t)(product >> 64);
#else
	const uint64_t mask = 0xffffffff;
	uint64_t low_low = (a & mask) * (b & mask);
	uint64_t high_low = (a >> 32) * (b & mask) + (low_low >> 32);
	uint64_t low_high = (a & mask) * (b >> 32) + (high_low & mask);

	*low = low_high << 32 | (low_low & mask);
	return (a >> 32) * (b >> 32) + (high_low >> 32) + (low_high >> 32);
#endif
}

/* The borrow is used as a mask where the compiler can give it: it is as good as random, and a comparison would become a
 * branch that is mispredicted half of the time. */
static inline uint64_t mtp_mod_sub(const struct mtp_modulus *m, uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ const unsigned __int128 difference = (unsigned __int128)a - b;

	return (uint64_t)difference + ((uint64_t)(difference >> 64) & m->n);
#else
	return a - b + (a < b ? m->n : 0);
#endif
}

static inline uint64_t mtp_mod_add(const struct mtp_modulus *m, uint64_t a, uint64_t b)
{
	return mtp_mod_sub(m, a, m->n - b);
}

/* a * b / 2^64: a product of two numbers in the form is in the form. */
static inline uint64_t mtp_mod_mul(const struct mtp_modulus *m, uint64_t a, uint64_t b)
{
	uint64_t low, unused;
	uint64_t high = mtp_multiply_wide(a, b, &low);

	return mtp_mod_sub(m, high, mtp_multiply_wide(low * m->inverse, m->n, &unused));
}

/* x < n into the form. */
static inline uint64_t mtp_mod_from(const struct mtp_modulus *m, uint64_t x)
{
	return mtp_mod_mul(m, x, m->square);
}

static inline struct mtp_modulus mtp_modulus_of(uint64_t n)
{
	struct mtp_modulus m = {.n = n, .one = (0 - n) % n};

	/* 3n ^ 2 is right in 5 bits; each step of Newton's doubles them. */
	m.inverse = (3 * n) ^ 2;
	for (int bits = 5; bits < 64; bits *= 2)
		m.inverse *= 2 - n * m.inverse;

	/* 2 squared six times is 2^64. */
	m.square = mtp_mod_add(&m, m.one, m.one);
	for (int i = 0; i < 6; i++)
		m.square = mtp_mod_mul(&m, m.square, m.square);
	return m;
}

#endif
