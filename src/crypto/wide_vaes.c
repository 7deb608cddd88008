/* SHA-256 of 16 streams by AVX-512.
 *
 * A round of 16 streams is 18 additions and ternary functions and 6 rotations, and the words of a later round take
 * another 11, 6 of them rotations or shifts. With four such instructions a cycle, of which two may be rotations, that
 * is 6.5 cycles a round and 0.4 cycles a byte, where the SHA unit takes 1.0. What depends on each other takes 6 cycles
 * a round if the sums are made in the right order, so the order is pinned. */
#include "crypto/kernels.h"

#if defined(__x86_64__) && defined(__VAES__) && defined(__AVX512F__) && defined(__AVX512BW__)

#include "crypto/wide.h"

#include <string.h>

#define WORDS  16 /* of a block, and the streams: blocks are square */
#define STATE  8
#define ROUNDS 64

/* The words of struct shani_state in their order in memory, as the variables of SHA-256. */
enum variable { F, E, B, A, H, G, D, C };

SHANI_INLINE __m512i xor3(__m512i x, __m512i y, __m512i z)
{
	return _mm512_ternarylogic_epi32(x, y, z, 0x96);
}

SHANI_INLINE __m512i choose(__m512i x, __m512i y, __m512i z)
{
	return _mm512_ternarylogic_epi32(x, y, z, 0xca);
}

SHANI_INLINE __m512i majority(__m512i x, __m512i y, __m512i z)
{
	return _mm512_ternarylogic_epi32(x, y, z, 0xe8);
}

/* The sum, and no other order of it. */
SHANI_INLINE __m512i add_now(__m512i x, __m512i y)
{
	__m512i sum = _mm512_add_epi32(x, y);

	__asm__ volatile("" : "+v"(sum));
	return sum;
}

/* Rows of one stream each become columns: register i has word i of all of them. */
SHANI_INLINE void transpose_words(__m512i row[WORDS])
{
	__m512i t[WORDS];

	for (int i = 0; i < WORDS; i += 2) {
		t[i] = _mm512_unpacklo_epi32(row[i], row[i + 1]);
		t[i + 1] = _mm512_unpackhi_epi32(row[i], row[i + 1]);
	}
	for (int i = 0; i < WORDS; i += 4) {
		row[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
		row[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
		row[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
		row[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
	}
	for (int i = 0; i < WORDS / 4; i++) {
		__m512i low01 = _mm512_shuffle_i32x4(row[i], row[i + 4], 0x44);
		__m512i high01 = _mm512_shuffle_i32x4(row[i], row[i + 4], 0xee);
		__m512i low23 = _mm512_shuffle_i32x4(row[i + 8], row[i + 12], 0x44);
		__m512i high23 = _mm512_shuffle_i32x4(row[i + 8], row[i + 12], 0xee);

		t[i] = _mm512_shuffle_i32x4(low01, low23, 0x88);
		t[i + 4] = _mm512_shuffle_i32x4(low01, low23, 0xdd);
		t[i + 8] = _mm512_shuffle_i32x4(high01, high23, 0x88);
		t[i + 12] = _mm512_shuffle_i32x4(high01, high23, 0xdd);
	}
	for (int i = 0; i < WORDS; i++)
		row[i] = t[i];
}

SHANI_INLINE void load_words(__m512i w[WORDS], const uint8_t *const *data, size_t offset)
{
	const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));

	for (int i = 0; i < WORDS; i++)
		w[i] = _mm512_loadu_si512(data[i] + offset);
	transpose_words(w);
	for (int i = 0; i < WORDS; i++)
		w[i] = _mm512_shuffle_epi8(w[i], swap);
}

/* Round i of 16 finds variable a at v[-i], b at v[1 - i] and so on, modulo 8: nothing has to move. */
SHANI_INLINE void one_round(__m512i v[STATE], int i, __m512i word, uint32_t constant)
{
	const __m512i a = v[(0 - i) & 7], b = v[(1 - i) & 7], c = v[(2 - i) & 7];
	const __m512i e = v[(4 - i) & 7], f = v[(5 - i) & 7], g = v[(6 - i) & 7];
	__m512i *d = &v[(3 - i) & 7], *last = &v[(7 - i) & 7];
	const __m512i sigma0 = xor3(_mm512_ror_epi32(a, 2), _mm512_ror_epi32(a, 13), _mm512_ror_epi32(a, 22));
	const __m512i sigma1 = xor3(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11), _mm512_ror_epi32(e, 25));
	const __m512i chosen = choose(e, f, g);
	const __m512i ready = _mm512_add_epi32(*last, _mm512_add_epi32(word, _mm512_set1_epi32((int)constant)));
	const __m512i t = add_now(add_now(ready, chosen), sigma1);

	/* Not *d + t: that would be one addition more behind e. */
	*d = add_now(add_now(add_now(ready, *d), chosen), sigma1);
	*last = add_now(add_now(t, majority(a, b, c)), sigma0);
}

/* The word of 16 rounds later, in the place of word i. */
SHANI_INLINE __m512i next_word(const __m512i w[WORDS], int i)
{
	const __m512i x = w[(i + 1) & 15], y = w[(i + 14) & 15];
	const __m512i s0 = xor3(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3));
	const __m512i s1 = xor3(_mm512_ror_epi32(y, 17), _mm512_ror_epi32(y, 19), _mm512_srli_epi32(y, 10));

	return _mm512_add_epi32(_mm512_add_epi32(w[i], w[(i + 9) & 15]), _mm512_add_epi32(s0, s1));
}

SHANI_INLINE void compress(__m512i v[STATE], __m512i w[WORDS])
{
	const uint32_t *k = mtp_sha256_k;
	__m512i before[STATE];

	for (int i = 0; i < STATE; i++)
		before[i] = v[i];
#pragma GCC unroll 16
	for (int i = 0; i < WORDS; i++)
		one_round(v, i, w[i], k[i]);
#pragma GCC unroll 1
	for (int round = WORDS; round < ROUNDS; round += WORDS) {
		k += WORDS;
#pragma GCC unroll 16
		for (int i = 0; i < WORDS; i++) {
			w[i] = next_word(w, i);
			one_round(v, i, w[i], k[i]);
		}
	}
	for (int i = 0; i < STATE; i++)
		v[i] = _mm512_add_epi32(v[i], before[i]);
}

static void load_states(__m512i v[STATE], const struct shani_state *state, size_t count)
{
	static const uint8_t place[STATE] = {A, B, C, D, E, F, G, H};
	__m512i row[WORDS];

	for (size_t i = 0; i < WORDS; i++)
		row[i] = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)&state[i < count ? i : 0]));
	transpose_words(row);
	for (int i = 0; i < STATE; i++)
		v[i] = row[place[i]];
}

static void store_states(struct shani_state *state, const __m512i v[STATE], size_t count)
{
	__m512i row[WORDS] = {
		[A] = v[0], [B] = v[1], [C] = v[2], [D] = v[3], [E] = v[4], [F] = v[5], [G] = v[6], [H] = v[7]};

	transpose_words(row);
	for (size_t i = 0; i < count; i++)
		_mm256_storeu_si256((__m256i *)&state[i], _mm512_castsi512_si256(row[i]));
}

void mtp_wide_hash(struct shani_state *state, const uint8_t *const *data, size_t count, size_t blocks)
{
	const uint8_t *all[WORDS];
	__m512i v[STATE], w[WORDS];

	/* Idle streams hash what the first one does, for nothing. */
	for (size_t i = 0; i < WORDS; i++)
		all[i] = data[i < count ? i : 0];
	load_states(v, state, count);
	for (size_t offset = 0; blocks; blocks--, offset += SHANI_BLOCK) {
		/* Makes the pointers stay in memory, and out of the vector registers. */
		__asm__ volatile("" : "+m"(all));
		load_words(w, all, offset);
		compress(v, w);
	}
	store_states(state, v, count);
}

#endif
