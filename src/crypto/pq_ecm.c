/* Lenstra's elliptic curve method. Curves are Montgomery's, b*y^2 = x^3 + a*x^2 + x, and points are given by x alone,
 * as x/z, so that nothing is ever divided. (Montgomery, Speeding the Pollard and elliptic curve methods of
 * factorization, 1987; the curves are Suyama's, whose orders are multiples of 12.)
 *
 * Modulo a prime factor the points of a curve are a group of about that many elements. When its order divides a number,
 * that multiple of any point is the neutral element, whose z is 0: then the factor divides z. The first step multiplies
 * a point by all small primes; the second one finds out whether one larger prime was missing. */
#include "crypto/pq_split.h"

#include "crypto/montgomery.h"

#include <stddef.h>

/* One curve in 5 or 6 finds one of two factors of 31 bits. */
#define CURVES_MAX  200
#define FIRST_SIGMA 6

/* The first step: 2^TWOS and the odd prime powers up to 151, in factors of 64 bits; 3 has one power more, since it
 * divides the order anyway. */
#define TWOS 8
static const uint64_t first_factors[] = {
	UINT64_C(243) * 125 * 49 * 121 * 13 * 17 * 19 * 23 * 29 * 31 * 37,
	UINT64_C(41) * 43 * 47 * 53 * 59 * 61 * 67 * 71 * 73 * 79,
	UINT64_C(83) * 89 * 97 * 101 * 103 * 107 * 109 * 113 * 127,
	UINT64_C(131) * 137 * 139 * 149 * 151,
};

/* The second step: primes are GIANT * i + j or GIANT * i - j, where j is odd, below GIANT / 2 and one of babies. */
#define GIANT  210
#define GIANTS 22
#define ODDS   (GIANT / 4 + 1)
#define BABIES 24
static const uint8_t babies[BABIES] = {
	1, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
};

struct point {
	uint64_t x;
	uint64_t z;
};

/* (a + 2) / 4 is numerator / denominator. */
struct curve {
	struct mtp_modulus m;
	uint64_t numerator;
	uint64_t denominator;
};

static uint64_t product(const struct curve *c, uint64_t a, uint64_t b)
{
	return mtp_mod_mul(&c->m, a, b);
}

static uint64_t square(const struct curve *c, uint64_t a)
{
	return mtp_mod_mul(&c->m, a, a);
}

/* a - b, not reduced. Sums and differences of two products are below 2n and go into products only, which is legal for n
 * below 2^62: a product is right as long as its factors multiply to less than 2^64 * n. */
static uint64_t minus(const struct curve *c, uint64_t a, uint64_t b)
{
	return a + (c->m.n - b);
}

static struct point doubled(const struct curve *c, struct point p)
{
	uint64_t sum = square(c, p.x + p.z);
	uint64_t difference = square(c, minus(c, p.x, p.z));
	uint64_t between = minus(c, sum, difference);
	uint64_t scaled = product(c, c->denominator, difference);
	struct point r;

	r.x = product(c, sum, scaled);
	r.z = product(c, between, scaled + product(c, c->numerator, between));
	return r;
}

/* p + q, where difference is p - q. */
static struct point added(const struct curve *c, struct point p, struct point q, struct point difference)
{
	uint64_t u = product(c, minus(c, p.x, p.z), q.x + q.z);
	uint64_t v = product(c, p.x + p.z, minus(c, q.x, q.z));
	struct point r;

	r.x = product(c, difference.z, square(c, u + v));
	r.z = product(c, difference.x, square(c, minus(c, u, v)));
	return r;
}

/* Montgomery's ladder: high is low + p all the way. */
static struct point multiplied(const struct curve *c, struct point p, uint64_t factor)
{
	struct point low = p;
	struct point high = doubled(c, p);
	uint64_t bit = (uint64_t)1 << 63;

	while (!(factor & bit))
		bit >>= 1;
	while (bit >>= 1) {
		struct point sum = added(c, high, low, p);

		if (factor & bit) {
			low = sum;
			high = doubled(c, high);
		} else {
			high = sum;
			low = doubled(c, low);
		}
	}
	return low;
}

/* Suyama's curve of parameter sigma, and a point on it. */
static struct point start_curve(struct curve *c, uint64_t sigma)
{
	uint64_t s = mtp_mod_from(&c->m, sigma);
	uint64_t u = mtp_mod_sub(&c->m, square(c, s), mtp_mod_from(&c->m, 5));
	uint64_t v = product(c, s, mtp_mod_from(&c->m, 4));
	uint64_t v_less_u = mtp_mod_sub(&c->m, v, u);
	uint64_t three_u_and_v = mtp_mod_add(&c->m, product(c, u, mtp_mod_from(&c->m, 3)), v);
	struct point p = {product(c, square(c, u), u), product(c, square(c, v), v)};

	c->numerator = product(c, product(c, square(c, v_less_u), v_less_u), three_u_and_v);
	c->denominator = product(c, product(c, p.x, v), mtp_mod_from(&c->m, 16));
	return p;
}

static struct point first_step(const struct curve *c, struct point p)
{
	for (int i = 0; i < TWOS; i++)
		p = doubled(c, p);
	for (size_t i = 0; i < sizeof(first_factors) / sizeof(*first_factors); i++)
		p = multiplied(c, p, first_factors[i]);
	return p;
}

/* If p times GIANT * i + j or GIANT * i - j is neutral, then i giants and j times p have the same x: the product over
 * all i and j of x1*z2 - x2*z1, which is (x1 - x2)(z1 + z2) - x1*z1 + x2*z2, is divisible by the factor. */
static uint64_t second_step(const struct curve *c, struct point p)
{
	const struct point two = doubled(c, p);
	struct point odd[ODDS] = {p, added(c, two, p, p)};
	struct point giant, at, next;
	uint64_t baby_products[BABIES], products[BABIES], result = c->m.one;

	for (int i = 2; i < ODDS; i++)
		odd[i] = added(c, odd[i - 1], two, odd[i - 2]);
	giant = doubled(c, odd[ODDS - 1]);
	at = giant;
	for (int j = 0; j < BABIES; j++) {
		const struct point *baby = &odd[babies[j] / 2];

		baby_products[j] = product(c, baby->x, baby->z);
		products[j] = c->m.one;
	}
	next = doubled(c, giant);
	for (int i = 1; i <= GIANTS; i++) {
		const struct point after = added(c, next, giant, at);
		const uint64_t at_product = product(c, at.x, at.z);

		for (int j = 0; j < BABIES; j++) {
			const struct point *baby = &odd[babies[j] / 2];
			uint64_t t = product(c, minus(c, at.x, baby->x), at.z + baby->z);

			products[j] = product(c, products[j], minus(c, t, at_product) + baby_products[j]);
		}
		at = next;
		next = after;
	}
	for (int j = 0; j < BABIES; j++)
		result = product(c, result, products[j]);
	return result;
}

uint64_t mtp_pq_split_ecm(uint64_t n)
{
	struct curve c = {.m = mtp_modulus_of(n)};

	for (uint64_t i = 0; i < CURVES_MAX; i++) {
		struct point p = first_step(&c, start_curve(&c, FIRST_SIGMA + i));
		uint64_t g = mtp_gcd(product(&c, p.z, second_step(&c, p)), n);

		if (g != 1 && g != n)
			return g;
	}
	return 0;
}
