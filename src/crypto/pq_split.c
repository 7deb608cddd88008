#include "crypto/pq_split.h"

#include "crypto/montgomery.h"

/* Walks that meet all factors in one batch are done again with another constant. */
#define CONSTANTS_MAX 32

/* Differences are multiplied up so that one gcd does for many of them. */
#define BATCH 256

uint64_t mtp_gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

uint64_t mtp_pq_split_trial(uint64_t n, uint64_t limit)
{
	for (uint64_t d = 3; d <= limit && d <= n / d; d += 2)
		if (n % d == 0)
			return d;
	return 0;
}

struct walk {
	struct mtp_modulus m;
	uint64_t constant;
};

static uint64_t next(const struct walk *w, uint64_t x)
{
	return mtp_mod_add(&w->m, mtp_mod_mul(&w->m, x, x), w->constant);
}

/* Pollard's rho with Brent's way of finding the cycle: x stays at the powers of two, y walks on to the next one. Modulo
 * a factor the walk comes round after about the square root of its steps. Returns n when a batch met all factors. */
static uint64_t walk_once(const struct walk *w)
{
	uint64_t y = mtp_mod_add(&w->m, w->m.one, w->m.one);

	for (uint64_t power = 1;; power *= 2) {
		const uint64_t x = y;

		for (uint64_t done = 0; done < power; done += BATCH) {
			uint64_t product = w->m.one;
			uint64_t g;

			for (uint64_t i = 0; i < BATCH && done + i < power; i++) {
				y = next(w, y);
				product = mtp_mod_mul(&w->m, product, mtp_mod_sub(&w->m, x, y));
			}
			g = mtp_gcd(product, w->m.n);
			if (g != 1)
				return g;
		}
	}
}

uint64_t mtp_pq_split_rho(uint64_t n)
{
	struct walk w = {.m = mtp_modulus_of(n)};

	for (int i = 0; i < CONSTANTS_MAX; i++) {
		uint64_t g;

		w.constant = mtp_mod_add(&w.m, w.constant, w.m.one);
		g = walk_once(&w);
		if (g != n)
			return g;
	}
	return 0;
}
