/* SHA-256 by SHA-NI, for the kernel files that are compiled for it.
 *
 * The instructions keep the eight words of the state in two registers, named after the words they hold from the top
 * down, and do two rounds at a time. */
#ifndef MTP_CRYPTO_SHANI_H
#define MTP_CRYPTO_SHANI_H

#include <immintrin.h>
#include <stdint.h>

#define SHANI_INLINE static inline __attribute__((always_inline))

struct shani_state {
	__m128i abef;
	__m128i cdgh;
};

/* A block of 64 bytes as the 16 words that the rounds take, then as the next 16 of the message schedule, and so on. */
struct shani_words {
	__m128i w[4];
};

SHANI_INLINE struct shani_state shani_initial(void)
{
	struct shani_state s;

	s.abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
	s.cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
	return s;
}

/* Reverses the bytes of each 32-bit word. */
SHANI_INLINE __m128i shani_swap(__m128i v)
{
	return _mm_shuffle_epi8(v, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

SHANI_INLINE __m128i shani_load(const uint8_t *p)
{
	return shani_swap(_mm_loadu_si128((const __m128i *)(const void *)p));
}

SHANI_INLINE struct shani_words shani_load_block(const uint8_t *p)
{
	struct shani_words m = {{shani_load(p), shani_load(p + 16), shani_load(p + 32), shani_load(p + 48)}};

	return m;
}

/* Replaces the oldest four words by the next four of the message schedule. */
SHANI_INLINE __m128i shani_schedule(__m128i oldest, __m128i second, __m128i third, __m128i newest)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(oldest, second), _mm_alignr_epi8(newest, third, 4));

	return _mm_sha256msg2_epu32(sum, newest);
}

/* Four rounds with the words w; k points to their four constants. */
SHANI_INLINE void shani_rounds(struct shani_state *s, __m128i w, const uint32_t *k)
{
	__m128i wk = _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)(const void *)k));

	s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, wk);
	s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

/* Four rounds in the place of the w[i] of a later turn: makes the words, then uses them. */
SHANI_INLINE void shani_step(struct shani_state *s, struct shani_words *m, int i, const uint32_t *k)
{
	m->w[i] = shani_schedule(m->w[i], m->w[(i + 1) % 4], m->w[(i + 2) % 4], m->w[(i + 3) % 4]);
	shani_rounds(s, m->w[i], k);
}

SHANI_INLINE void shani_add(struct shani_state *s, const struct shani_state *before)
{
	s->abef = _mm_add_epi32(s->abef, before->abef);
	s->cdgh = _mm_add_epi32(s->cdgh, before->cdgh);
}

/* The digest as it is written: its low and its high 16 bytes. */
SHANI_INLINE void shani_digest(const struct shani_state *s, __m128i *low, __m128i *high)
{
	__m128i abef = _mm_shuffle_epi32(s->abef, 0x1b);
	__m128i cdgh = _mm_shuffle_epi32(s->cdgh, 0x1b);

	*low = shani_swap(_mm_unpacklo_epi64(abef, cdgh));
	*high = shani_swap(_mm_unpackhi_epi64(abef, cdgh));
}

#endif
