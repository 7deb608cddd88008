/* The hash in the shadow of the decryption, for the kernel files of x86: AES waits for its own latency for most of the
 * time, so the instructions of both are mixed so finely that none of the two waits for the other. */
#ifndef MTP_CRYPTO_SHADOW_H
#define MTP_CRYPTO_SHADOW_H

#include "crypto/lanes.h"

/* Four of the 64 SHA rounds of a block, and the AES rounds that go with them: a quarter of a block's. */
AESNI_INLINE void shadow_step(const struct lanes *l, struct aesni_ige *ige, struct shani_state *s,
			      struct shani_words *m, int quad, int width)
{
	static const uint8_t rounds[] = {1, 5, 8, 11, AESNI_ROUNDS};

	for (int round = rounds[quad % 4]; round < rounds[quad % 4 + 1]; round++)
		for (int i = 0; i < width; i++)
			ige[i].state = _mm_aesdec_si128(ige[i].state, l->key[round][i]);
	shani_quad(s, m, quad, width);
}

/* Ends a block of lane i and begins the next one, which is next bytes further on. */
AESNI_INLINE void shadow_end_block(struct lanes *l, struct aesni_ige *ige, uint8_t *text, size_t next, int i)
{
	__m128i next_text = aesni_load(text + next);

	l->previous_in[i] = ige->text;
	l->previous_out[i] = aesni_ige_next(ige, l->key[FIRST_KEY][i], l->key[LAST_KEY][i], next_text, false);
	aesni_store(text, l->previous_out[i]);
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
		/* Behind the last block nothing is read: it is begun again, and that is not used. */
		size_t last = steps > 1 ? AESNI_BLOCK : 0;

		for (int i = 0; i < width; i++) {
			before[i] = s[i];
			m[i] = shani_load_block(data[i] + offset);
		}
#pragma GCC unroll 16
		for (int quad = 0; quad < 16; quad++) {
			shadow_step(l, ige, s, m, quad, width);
			for (int i = 0; quad % 4 == 3 && i < width; i++) {
				shadow_end_block(l, &ige[i], text[i], quad == 15 ? last : AESNI_BLOCK, i);
				text[i] += AESNI_BLOCK;
			}
		}
		for (int i = 0; i < width; i++)
			shani_add(&s[i], &before[i]);
	}
	for (int i = 0; i < width; i++) {
		l->text[i] = text[i];
		l->hash[i] = s[i];
	}
}

#endif
