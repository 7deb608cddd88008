/* The hash in the shadow of the decryption, for the kernel files of x86: AES waits for its own latency for most of the
 * time, so the instructions of both are mixed so finely that none of the two waits for the other. */
#ifndef MTP_CRYPTO_SHADOW_H
#define MTP_CRYPTO_SHADOW_H

#include "crypto/lanes.h"

/* Ends a block of lane i and begins the next one, which is next bytes further on. */
AESNI_INLINE void shadow_end_block(struct lanes *l, struct aesni_ige *ige, uint8_t *text, size_t next, int i)
{
	__m128i next_text = aesni_load(text + next);

	l->previous_in[i] = ige->text;
	l->previous_out[i] = aesni_ige_next(ige, l->key[FIRST_KEY][i], l->key[LAST_KEY][i], next_text, false);
	aesni_store(text, l->previous_out[i]);
}

/* One block of each lane, and 16 of the 64 SHA rounds: the AES rounds go in four parts with four SHA rounds each. */
AESNI_INLINE void shadow_turn(const struct lanes *l, struct aesni_ige *ige, struct shani_state *s,
			      struct shani_words *m, const uint32_t *k, bool last, int width)
{
	static const uint8_t rounds[] = {1, 5, 8, 11, AESNI_ROUNDS};

#pragma GCC unroll 4
	for (int quad = 0; quad < 4; quad++) {
		for (int round = rounds[quad]; round < rounds[quad + 1]; round++)
			for (int i = 0; i < width; i++)
				ige[i].state = _mm_aesdec_si128(ige[i].state, l->key[round][i]);
		shani_quad(s, m, quad, k + 4 * quad, last, width);
	}
}

/* next is how much further on the next blocks are. */
AESNI_INLINE void shadow_end_blocks(struct lanes *l, struct aesni_ige *ige, uint8_t **text, size_t next, int width)
{
	for (int i = 0; i < width; i++) {
		shadow_end_block(l, &ige[i], text[i], next, i);
		text[i] += AESNI_BLOCK;
	}
}

AESNI_INLINE void shadow(struct lanes *l, const uint8_t *const *data, size_t steps, int width)
{
	struct aesni_ige ige[LANES_SHADOW];
	struct shani_state s[LANES_SHADOW], before[LANES_SHADOW];
	struct shani_words m[LANES_SHADOW];
	uint8_t *text[LANES_SHADOW];

	for (int i = 0; i < width; i++) {
		text[i] = l->text[i];
		s[i] = l->hash[i];
		ige[i] = aesni_ige_begin(l->key[FIRST_KEY][i], l->key[LAST_KEY][i], l->previous_out[i],
					 l->previous_in[i], aesni_load(text[i]));
	}
	for (size_t offset = 0; steps; steps--, offset += SHANI_BLOCK) {
		const uint32_t *k = mtp_sha256_k;

		for (int i = 0; i < width; i++) {
			before[i] = s[i];
			m[i] = shani_load_block(data[i] + offset);
		}
#pragma GCC unroll 1
		for (; k < mtp_sha256_k + 48; k += 16) {
			shadow_turn(l, ige, s, m, k, false, width);
			shadow_end_blocks(l, ige, text, AESNI_BLOCK, width);
		}
		shadow_turn(l, ige, s, m, k, true, width);
		/* Behind the last block nothing is read: it is begun again, and that is not used. */
		shadow_end_blocks(l, ige, text, steps > 1 ? AESNI_BLOCK : 0, width);
		for (int i = 0; i < width; i++)
			shani_add(&s[i], &before[i]);
	}
	for (int i = 0; i < width; i++) {
		l->text[i] = text[i];
		l->hash[i] = s[i];
	}
}

/* ---- Four lanes ----
 *
 * The states of four streams and four lanes would leave no register for anything else, so two streams at a time are
 * hashed, while all four lanes are at half of their blocks. The bound is the SHA unit: 256 cycles a step. */

/* One block of each of four lanes, and 32 of the 64 SHA rounds of two streams. */
AESNI_INLINE void shadow_half(struct lanes *l, struct aesni_ige *ige, struct shani_state *s, struct shani_words *m,
			      const uint32_t *k, bool last)
{
	static const uint8_t rounds[] = {1, 3, 5, 7, 8, 10, 12, 13, AESNI_ROUNDS};

#pragma GCC unroll 8
	for (int quad = 0; quad < 8; quad++) {
		for (int round = rounds[quad]; round < rounds[quad + 1]; round++)
			for (int i = 0; i < LANES_SHADOW; i++)
				ige[i].state = _mm_aesdec_si128(ige[i].state, l->key[round][i]);
		shani_quad(s, m, quad % 4, k + 4 * quad, last && quad >= 4, 2);
		shani_keep_order(s, 2);
#ifdef __clang__
		/* It would else spill the one thing that AES waits for; gcc does so with this. */
		for (int i = 0; i < LANES_SHADOW; i++)
			__asm__ volatile("" : "+x"(ige[i].state));
#endif
	}
}

AESNI_INLINE void shadow_pairs(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	struct aesni_ige ige[LANES_SHADOW];
	uint8_t *text[LANES_SHADOW];

	for (int i = 0; i < LANES_SHADOW; i++) {
		text[i] = l->text[i];
		ige[i] = aesni_ige_begin(l->key[FIRST_KEY][i], l->key[LAST_KEY][i], l->previous_out[i],
					 l->previous_in[i], aesni_load(text[i]));
	}
	for (size_t offset = 0; steps; steps--, offset += SHANI_BLOCK) {
#pragma GCC unroll 1
		for (int pair = 0; pair < LANES_SHADOW; pair += 2) {
			struct shani_state s[2] = {l->hash[pair], l->hash[pair + 1]};
			struct shani_words m[2] = {shani_load_block(data[pair] + offset),
						   shani_load_block(data[pair + 1] + offset)};

			shadow_half(l, ige, s, m, mtp_sha256_k, false);
			shadow_end_blocks(l, ige, text, AESNI_BLOCK, LANES_SHADOW);
			shadow_half(l, ige, s, m, mtp_sha256_k + 32, true);
			/* Behind the last block nothing is read: it is begun again, and that is not used. */
			shadow_end_blocks(l, ige, text, steps > 1 || !pair ? AESNI_BLOCK : 0, LANES_SHADOW);
			shani_add(&l->hash[pair], &s[0]);
			shani_add(&l->hash[pair + 1], &s[1]);
		}
	}
	for (int i = 0; i < LANES_SHADOW; i++)
		l->text[i] = text[i];
}

/* ---- All widths ---- */

/* Functions of their own, because compilers spill more registers in one that has all of them. */
#define SHADOW_OWN static __attribute__((noinline))

SHADOW_OWN void shadow_one(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow(l, data, steps, 1);
}

SHADOW_OWN void shadow_two(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow(l, data, steps, 2);
}

SHADOW_OWN void shadow_three(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow(l, data, steps, 3);
}

SHADOW_OWN void shadow_four(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow_pairs(l, data, steps);
}

AESNI_INLINE void shadow_any(struct lanes *l, const uint8_t *const *data, size_t count, size_t steps)
{
	if (count == 1)
		shadow_one(l, data, steps);
	else if (count == 2)
		shadow_two(l, data, steps);
	else if (count == 3)
		shadow_three(l, data, steps);
	else
		shadow_four(l, data, steps);
}

#endif
