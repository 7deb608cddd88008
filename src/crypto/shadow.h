/* The hash in the shadow of the decryption, for the kernel files of x86: AES waits for its own latency for most of the
 * time, so the instructions of both are mixed so finely that none of the two waits for the other. */
#ifndef MTP_CRYPTO_SHADOW_H
#define MTP_CRYPTO_SHADOW_H

#include "crypto/lanes.h"

/* Four lanes are another matter: see shadow_aesni.c. */
#define FEW 3

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

AESNI_INLINE void shadow(struct lanes *l, const uint8_t *const *data, size_t steps, int width, struct ctr_aesni *ctr)
{
	struct aesni_ige ige[FEW];
	struct shani_state s[FEW], before[FEW];
	struct shani_words m[FEW];
	uint8_t *text[FEW];

	for (int i = 0; i < width; i++) {
		text[i] = l->text[i];
		s[i] = l->hash[i];
		ige[i] = aesni_ige_begin(l->key[FIRST_KEY][i], l->key[LAST_KEY][i], l->previous_out[i],
					 l->previous_in[i], aesni_load(text[i]));
	}
	for (size_t offset = 0; steps; steps--, offset += SHANI_BLOCK) {
		const uint32_t *k = mtp_sha256_k;

		/* In one go: a CPU looks far enough ahead to do it while it waits for the chain of IGE. */
		if (ctr) {
			ctr_aesni_xor(ctr->schedule, &ctr->counter, ctr->text, ctr->text, SHANI_BLOCK / AESNI_BLOCK);
			ctr->text += SHANI_BLOCK;
		}
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

/* Functions of their own, because compilers spill more registers in one that has all of them. */
static __attribute__((noinline)) void shadow_one(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow(l, data, steps, 1, NULL);
}

static __attribute__((noinline)) void shadow_two(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow(l, data, steps, 2, NULL);
}

static __attribute__((noinline)) void shadow_three(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow(l, data, steps, 3, NULL);
}

AESNI_INLINE void shadow_few(struct lanes *l, const uint8_t *const *data, size_t count, size_t steps)
{
	if (count == 1)
		shadow_one(l, data, steps);
	else if (count == 2)
		shadow_two(l, data, steps);
	else
		shadow_three(l, data, steps);
}

#endif
