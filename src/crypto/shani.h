/* SHA-256 by SHA-NI, for the kernel files that are compiled for it.
 *
 * The instructions keep the eight words of the state in two registers, named after the words they hold from the top
 * down, and do two rounds at a time. */
#ifndef MTP_CRYPTO_SHANI_H
#define MTP_CRYPTO_SHANI_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/sha.h"

#define SHANI_INLINE static inline __attribute__((always_inline))

#define SHANI_BLOCK       64
#define SHANI_STREAMS_MAX 3 /* four are in assembly: see shadow_aesni.c */

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

/* The words of four rounds plus the constants at k. */
SHANI_INLINE __m128i shani_sum(__m128i w, const uint32_t *k)
{
	return _mm_add_epi32(w, _mm_load_si128((const __m128i *)(const void *)k));
}

/* Four rounds; sum is that of their words and constants. */
SHANI_INLINE void shani_rounds(struct shani_state *s, __m128i sum)
{
	s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
	s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

SHANI_INLINE void shani_add(struct shani_state *s, const struct shani_state *before)
{
	s->abef = _mm_add_epi32(s->abef, before->abef);
	s->cdgh = _mm_add_epi32(s->cdgh, before->cdgh);
}

/* Tells the compiler that the states change here. It would else sort the rounds by stream to save registers, and
 * streams that run one after the other don't hide each other's latency. */
SHANI_INLINE void shani_keep_order(struct shani_state *s, int streams)
{
	for (int i = 0; i < streams; i++)
		__asm__ volatile("" : "+x"(s[i].abef), "+x"(s[i].cdgh));
}

/* Four rounds with w[i] of each stream; then, but for the last 16 rounds, that becomes what it is 16 rounds later. k
 * points to the four constants. */
SHANI_INLINE void shani_quad(struct shani_state *s, struct shani_words *m, int i, const uint32_t *k, bool last,
			     int streams)
{
	for (int stream = 0; stream < streams; stream++) {
		__m128i *w = m[stream].w;

		shani_rounds(&s[stream], shani_sum(w[i], k));
		if (!last)
			w[i] = shani_schedule(w[i], w[(i + 1) % 4], w[(i + 2) % 4], w[(i + 3) % 4]);
	}
}

/* 16 of the 64 rounds. */
SHANI_INLINE void shani_turn(struct shani_state *s, struct shani_words *m, const uint32_t *k, bool last, int streams)
{
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		shani_quad(s, m, i, k + 4 * i, last, streams);
		shani_keep_order(s, streams);
	}
}

/* The 64 rounds of one block each. A loop, because that is as fast as 64 rounds in a row and takes half the room. */
SHANI_INLINE void shani_compress(struct shani_state *s, struct shani_words *m, int streams)
{
	const uint32_t *k = mtp_sha256_k;

#pragma GCC unroll 1
	for (; k < mtp_sha256_k + 48; k += 16)
		shani_turn(s, m, k, false, streams);
	shani_turn(s, m, k, true, streams);
}

/* Hashes blocks of 64 bytes of each stream. */
SHANI_INLINE void shani_blocks(struct shani_state *state, const uint8_t *const *data, size_t blocks, int streams)
{
	struct shani_state s[SHANI_STREAMS_MAX], before[SHANI_STREAMS_MAX];
	struct shani_words m[SHANI_STREAMS_MAX];

	for (int i = 0; i < streams; i++)
		s[i] = state[i];
	for (size_t offset = 0; blocks; blocks--, offset += SHANI_BLOCK) {
		for (int i = 0; i < streams; i++) {
			before[i] = s[i];
			m[i] = shani_load_block(data[i] + offset);
		}
		shani_compress(s, m, streams);
		for (int i = 0; i < streams; i++)
			shani_add(&s[i], &before[i]);
	}
	for (int i = 0; i < streams; i++)
		state[i] = s[i];
}

/* The same for one to three streams. */
SHANI_INLINE void shani_few(struct shani_state *state, const uint8_t *const *data, size_t count, size_t blocks)
{
	if (count == 1)
		shani_blocks(state, data, blocks, 1);
	else if (count == 2)
		shani_blocks(state, data, blocks, 2);
	else
		shani_blocks(state, data, blocks, 3);
}

/* The last block of a message of len bytes in all: the rest < 64 of them, whole pieces of 16, then 0x80, zeros and the
 * length in bits. */
SHANI_INLINE void shani_tail(uint8_t tail[SHANI_BLOCK], const uint8_t *data, size_t rest, uint64_t len)
{
	__m128i length = _mm_set_epi64x((int64_t)__builtin_bswap64(len * 8), 0);

	for (size_t at = 0; at < SHANI_BLOCK; at += 16) {
		__m128i piece = at == rest ? _mm_cvtsi32_si128(0x80) : _mm_setzero_si128();

		if (at < rest)
			piece = _mm_loadu_si128((const __m128i *)(const void *)(data + at));
		if (at == SHANI_BLOCK - 16)
			piece = _mm_or_si128(piece, length);
		_mm_storeu_si128((__m128i *)(void *)(tail + at), piece);
	}
}

/* The digest as it is written: its low and its high 16 bytes. */
SHANI_INLINE void shani_digest(const struct shani_state *s, __m128i *low, __m128i *high)
{
	__m128i abef = _mm_shuffle_epi32(s->abef, 0x1b);
	__m128i cdgh = _mm_shuffle_epi32(s->cdgh, 0x1b);

	*low = shani_swap(_mm_unpacklo_epi64(abef, cdgh));
	*high = shani_swap(_mm_unpackhi_epi64(abef, cdgh));
}

/* AES key and IGE iv of a message. */
struct shani_kdf {
	__m128i key_low;
	__m128i key_high;
	__m128i iv_low;
	__m128i iv_high;
};

/* Four bytes as the first word. Nothing secret goes through a general register: the proof that no branch depends on it
 * is that it can't. */
SHANI_INLINE __m128i shani_load_word(const uint8_t *p)
{
	return shani_swap(_mm_loadu_si32(p));
}

/* a = SHA256(msg_key | a_part), b = SHA256(b_part | msg_key): two messages of one block each, 52 bytes, 0x80, zeros and
 * the length in bits. */
SHANI_INLINE void shani_kdf_words(struct shani_words m[2], const uint8_t *a_part, const uint8_t *b_part,
				  __m128i msg_key)
{
	const __m128i key = shani_swap(msg_key);
	const __m128i end = _mm_set_epi32(8 * 52, 0, (int)0x80000000, 0);

	m[0].w[0] = key;
	m[0].w[1] = shani_load(a_part);
	m[0].w[2] = shani_load(a_part + 16);
	m[0].w[3] = _mm_or_si128(shani_load_word(a_part + 32), end);
	/* b_part ends in the middle of a register: the words of msg_key follow its last one. */
	m[1].w[0] = shani_load(b_part);
	m[1].w[1] = shani_load(b_part + 16);
	m[1].w[2] = _mm_or_si128(shani_load_word(b_part + 32), _mm_slli_si128(key, 4));
	m[1].w[3] = _mm_or_si128(_mm_srli_si128(key, 12), end);
}

/* Key and iv from the states of a and b. */
SHANI_INLINE struct shani_kdf shani_kdf_mix(const struct shani_state s[2])
{
	struct shani_kdf kdf;
	__m128i a_low, a_high, b_low, b_high;

	shani_digest(&s[0], &a_low, &a_high);
	shani_digest(&s[1], &b_low, &b_high);
	kdf.key_low = _mm_blend_epi16(a_low, b_low, 0xf0);
	kdf.key_high = _mm_blend_epi16(b_high, a_high, 0xf0);
	kdf.iv_low = _mm_blend_epi16(b_low, a_low, 0xf0);
	kdf.iv_high = _mm_blend_epi16(a_high, b_high, 0xf0);
	return kdf;
}

/* Of one message: a and b side by side in registers. */
SHANI_INLINE struct shani_kdf shani_kdf_v2(const uint8_t *a_part, const uint8_t *b_part, __m128i msg_key)
{
	const struct shani_state initial = shani_initial();
	struct shani_state s[2] = {initial, initial};
	struct shani_words m[2];

	shani_kdf_words(m, a_part, b_part, msg_key);
	shani_compress(s, m, 2);
	shani_add(&s[0], &initial);
	shani_add(&s[1], &initial);
	return shani_kdf_mix(s);
}

#endif
