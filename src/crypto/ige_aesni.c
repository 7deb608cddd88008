/* IGE of up to 8 lanes by AES-NI. */
#include "crypto/kernels.h"

#if defined(__x86_64__) && defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/lanes.h"

/* Up to here the latency of AES is what counts, beyond it the number of instructions. */
#define FOLDED_MAX 2

/* As aesni_ige says, so that nothing but AES is on the path of a lane. */
AESNI_INLINE void crypt_folded(struct lanes *l, size_t blocks, bool encrypt, int width)
{
	struct aesni_ige ige[FOLDED_MAX];
	size_t end = blocks * AESNI_BLOCK;

	for (int i = 0; i < width; i++)
		ige[i] = aesni_ige_begin(l->key[FIRST_KEY][i], l->key[LAST_KEY][i], l->previous_out[i],
					 l->previous_in[i], aesni_load(l->text[i]));
	for (size_t at = 0; at < end; at += AESNI_BLOCK) {
		/* After the last block nothing is read: it is begun again, and that is not used. */
		size_t next = at + AESNI_BLOCK < end ? at + AESNI_BLOCK : at;

#pragma GCC unroll 16
		for (int round = 1; round < AESNI_ROUNDS; round++)
			for (int i = 0; i < width; i++)
				ige[i].state = aesni_round(ige[i].state, l->key[round][i], encrypt);
		for (int i = 0; i < width; i++) {
			__m128i next_text = aesni_load(l->text[i] + next);

			l->previous_in[i] = ige[i].text;
			l->previous_out[i] =
				aesni_ige_next(&ige[i], l->key[FIRST_KEY][i], l->key[LAST_KEY][i], next_text, encrypt);
			aesni_store(l->text[i] + at, l->previous_out[i]);
		}
	}
	for (int i = 0; i < width; i++)
		l->text[i] += end;
}

/* With as few instructions as possible. Idle lanes have the place of the first text as theirs, which is written last.
 */
AESNI_INLINE void crypt_plain(struct lanes *l, size_t busy, size_t blocks, bool encrypt, int width)
{
	__m128i state[LANES_AESNI], out[LANES_AESNI], in[LANES_AESNI];
	uint8_t *text[LANES_AESNI];

	for (int i = 0; i < width; i++) {
		out[i] = _mm_xor_si128(l->previous_out[i], l->key[FIRST_KEY][i]);
		in[i] = l->previous_in[i];
		text[i] = l->text[(size_t)i < busy ? i : 0];
	}
	for (size_t at = 0; at < blocks * AESNI_BLOCK; at += AESNI_BLOCK) {
		__m128i next_in[LANES_AESNI];

		for (int i = 0; i < width; i++) {
			next_in[i] = aesni_load(text[i] + at);
			state[i] = _mm_xor_si128(out[i], next_in[i]);
		}
#pragma GCC unroll 16
		for (int round = 1; round < AESNI_ROUNDS; round++)
			for (int i = 0; i < width; i++)
				state[i] = aesni_round(state[i], l->key[round][i], encrypt);
		for (int i = width - 1; i >= 0; i--) {
			out[i] = aesni_last_round(state[i], _mm_xor_si128(in[i], l->key[LAST_KEY][i]), encrypt);
			aesni_store(text[i] + at, out[i]);
			out[i] = _mm_xor_si128(out[i], l->key[FIRST_KEY][i]);
			in[i] = next_in[i];
		}
	}
	for (int i = 0; i < width; i++) {
		l->previous_out[i] = _mm_xor_si128(out[i], l->key[FIRST_KEY][i]);
		l->previous_in[i] = in[i];
	}
	for (size_t i = 0; i < busy; i++)
		l->text[i] += blocks * AESNI_BLOCK;
}

/* Up to four lanes, and five to eight, take as long as four and as eight. */
AESNI_INLINE void crypt_width(struct lanes *l, size_t width, size_t blocks, bool encrypt)
{
	switch (width) {
	case 1:
		crypt_folded(l, blocks, encrypt, 1);
		break;
	case 2:
		crypt_folded(l, blocks, encrypt, 2);
		break;
	case 3:
	case 4:
		crypt_plain(l, width, blocks, encrypt, 4);
		break;
	default:
		crypt_plain(l, width, blocks, encrypt, LANES_AESNI);
		break;
	}
}

void mtp_lanes_crypt_aesni(struct lanes *l, size_t count, size_t blocks, bool encrypt)
{
	if (encrypt)
		crypt_width(l, count, blocks, true);
	else
		crypt_width(l, count, blocks, false);
}

#endif
