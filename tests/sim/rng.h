/* The simulator's only source of chance: xoshiro256** seeded by splitmix64, so that a seed is a run. */
#ifndef TESTS_SIM_RNG_H
#define TESTS_SIM_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sim_rng {
	uint64_t s[4];
};

static inline uint64_t sim_splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Streams of one seed with different purposes draw from different generators: a change of one moves no other. */
static inline void sim_rng_init(struct sim_rng *rng, uint64_t seed, uint64_t purpose)
{
	uint64_t state = seed ^ (purpose * 0xd1342543de82ef95u);

	for (int i = 0; i < 4; i++)
		rng->s[i] = sim_splitmix(&state);
}

static inline uint64_t sim_rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static inline uint64_t sim_draw(struct sim_rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = sim_rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = sim_rotate(s[3], 45);
	return result;
}

/* 0 to n - 1; n is small against 2^64, so the bias does not matter. */
static inline uint64_t sim_below(struct sim_rng *rng, uint64_t n)
{
	return n ? sim_draw(rng) % n : 0;
}

/* low to high, both included. */
static inline uint64_t sim_between(struct sim_rng *rng, uint64_t low, uint64_t high)
{
	return low + sim_below(rng, high - low + 1);
}

static inline bool sim_one_in(struct sim_rng *rng, uint64_t n)
{
	return sim_below(rng, n) == 0;
}

static inline bool sim_percent(struct sim_rng *rng, uint64_t percent)
{
	return sim_below(rng, 100) < percent;
}

static inline int64_t sim_signed(struct sim_rng *rng, int64_t most)
{
	return (int64_t)sim_between(rng, 0, 2 * (uint64_t)most) - most;
}

static inline void sim_fill(struct sim_rng *rng, uint8_t *out, size_t len)
{
	while (len) {
		uint64_t word = sim_draw(rng);
		size_t part = len < sizeof(word) ? len : sizeof(word);

		memcpy(out, &word, part);
		out += part;
		len -= part;
	}
}

#endif
