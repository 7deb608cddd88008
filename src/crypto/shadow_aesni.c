/* Opening of up to four lanes with the hash in the shadow of the decryption: AES waits for its own latency for most of
 * the time, so the instructions of both are mixed so finely that none of the two waits for the other. */
#include "crypto/kernels.h"

#if defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/lanes.h"

/* Four blocks of AES and one of SHA at a time: the instructions of both are mixed so finely that none of the two waits
 * for the other. */
AESNI_INLINE void shadow_step(const struct lanes *l, struct aesni_ige *ige, struct shani_state *s,
			      struct shani_words *m, int quad, int width)
{
	static const uint8_t rounds[] = {1, 5, 8, 11, AESNI_ROUNDS};

	for (int round = rounds[quad % 4]; round < rounds[quad % 4 + 1]; round++)
		for (int i = 0; i < width; i++)
			ige[i].state = _mm_aesdec_si128(ige[i].state, l->key[round][i]);
	shani_quad(s, m, quad, width);
}

AESNI_INLINE void shadow(struct lanes *l, const uint8_t *const *data, size_t steps, int width)
{
	struct aesni_ige ige[LANES_SHADOW];
	struct shani_state s[LANES_SHADOW], before[LANES_SHADOW];
	struct shani_words m[LANES_SHADOW];
	uint8_t *text[LANES_SHADOW];
	const uint8_t *hashed[LANES_SHADOW];

	for (int i = 0; i < width; i++) {
		text[i] = l->text[i];
		hashed[i] = data[i];
		s[i] = l->hash[i];
		ige[i] = aesni_ige_begin(l->key[0][i], l->key[AESNI_ROUNDS][i], l->previous_out[i], l->previous_in[i],
					 aesni_load(text[i]));
	}
	for (; steps; steps--) {
		/* Behind the last block nothing is read: it is begun again, and that is not used. */
		size_t last = steps > 1 ? AESNI_BLOCK : 0;

		for (int i = 0; i < width; i++) {
			before[i] = s[i];
			m[i] = shani_load_block(hashed[i]);
			hashed[i] += SHANI_BLOCK;
		}
#pragma GCC unroll 16
		for (int quad = 0; quad < 16; quad++) {
			shadow_step(l, ige, s, m, quad, width);
			for (int i = 0; quad % 4 == 3 && i < width; i++) {
				size_t next = quad == 15 ? last : AESNI_BLOCK;
				__m128i next_text = aesni_load(text[i] + next);
				__m128i in = ige[i].text;
				__m128i out = aesni_ige_next(&ige[i], l->key[0][i], l->key[AESNI_ROUNDS][i], next_text,
							     false);

				aesni_store(text[i], out);
				text[i] += AESNI_BLOCK;
				if (quad == 15) {
					l->previous_in[i] = in;
					l->previous_out[i] = out;
				}
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

void mtp_lanes_shadow_aesni(struct lanes *l, const uint8_t *const *data, size_t count, size_t steps)
{
	switch (count) {
	case 1:
		shadow(l, data, steps, 1);
		break;
	case 2:
		shadow(l, data, steps, 2);
		break;
	case 3:
		shadow(l, data, steps, 3);
		break;
	default:
		shadow(l, data, steps, LANES_SHADOW);
		break;
	}
}

#endif
