/* AES-256 by AES-NI, for the kernel files that are compiled for it. */
#ifndef MTP_CRYPTO_AESNI_H
#define MTP_CRYPTO_AESNI_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define AESNI_ROUNDS 14
#define AESNI_BLOCK  16
#define AESNI_INLINE static inline __attribute__((always_inline))

struct aesni_keys {
	__m128i round[AESNI_ROUNDS + 1];
};

AESNI_INLINE __m128i aesni_load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* What was written as two halves a moment ago: a CPU that looks for all of it in its queue of stores would wait until
 * they are in the cache. */
AESNI_INLINE __m128i aesni_load_halves(const uint8_t *p)
{
	return _mm_unpacklo_epi64(_mm_loadu_si64(p), _mm_loadu_si64(p + 8));
}

AESNI_INLINE void aesni_store(uint8_t *p, __m128i v)
{
	_mm_storeu_si128((__m128i *)(void *)p, v);
}

/* Makes the compiler assume that somebody looks at memory now, so that what was zeroed stays zeroed. */
AESNI_INLINE void aesni_keep(void *memory)
{
	__asm__ volatile("" : : "r"(memory) : "memory");
}

/* mtproto_wipe in line: a call takes longer than the wiping. */
AESNI_INLINE void aesni_wipe(void *memory, size_t len)
{
	memset(memory, 0, len);
	aesni_keep(memory);
}

/* The next four words of the schedule: each is the XOR of all the words of key up to its own, and of one word of the
 * newest four, substituted. The last round of AES on four equal columns is SubWord of each and the XOR of a key, which
 * is faster than AESKEYGENASSIST, can be written as a loop, and takes the other XORs along. */
AESNI_INLINE __m128i aesni_expand(__m128i key, __m128i newest, __m128i word, __m128i constant)
{
	key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
	key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
	return _mm_aesenclast_si128(_mm_shuffle_epi8(newest, word), _mm_xor_si128(key, constant));
}

/* The key schedule, a round key every stride elements of keys. */
AESNI_INLINE void aesni_encrypt_keys(__m128i *keys, size_t stride, __m128i key_low, __m128i key_high)
{
	const __m128i last_word_rotated = _mm_set1_epi32(0x0c0f0e0d);
	const __m128i last_word = _mm_set1_epi32(0x0f0e0d0c);
	__m128i constant = _mm_set1_epi32(1);
	__m128i even = key_low;
	__m128i odd = key_high;

	keys[0] = even;
	keys[stride] = odd;
#pragma GCC unroll 8
	for (size_t i = 2; i <= AESNI_ROUNDS; i += 2) {
		even = aesni_expand(even, odd, last_word_rotated, constant);
		keys[i * stride] = even;
		if (i == AESNI_ROUNDS)
			break;
		odd = aesni_expand(odd, even, last_word, _mm_setzero_si128());
		keys[(i + 1) * stride] = odd;
		constant = _mm_slli_epi32(constant, 1);
	}
}

/* The schedule of the equivalent inverse cipher: the other in reverse, and all but its ends mixed. */
AESNI_INLINE void aesni_decrypt_keys(__m128i *keys, size_t stride, __m128i key_low, __m128i key_high)
{
	aesni_encrypt_keys(keys, stride, key_low, key_high);
#pragma GCC unroll 8
	for (size_t i = 0; i < AESNI_ROUNDS / 2; i++) {
		__m128i first = keys[i * stride];
		__m128i last = keys[(AESNI_ROUNDS - i) * stride];

		keys[i * stride] = i ? _mm_aesimc_si128(last) : last;
		keys[(AESNI_ROUNDS - i) * stride] = i ? _mm_aesimc_si128(first) : first;
	}
	keys[AESNI_ROUNDS / 2 * stride] = _mm_aesimc_si128(keys[AESNI_ROUNDS / 2 * stride]);
}

AESNI_INLINE __m128i aesni_round(__m128i state, __m128i key, bool encrypt)
{
	return encrypt ? _mm_aesenc_si128(state, key) : _mm_aesdec_si128(state, key);
}

AESNI_INLINE __m128i aesni_last_round(__m128i state, __m128i key, bool encrypt)
{
	return encrypt ? _mm_aesenclast_si128(state, key) : _mm_aesdeclast_si128(state, key);
}

/* IGE in either direction computes out = AES(in ^ previous out) ^ previous in, which is serial: the time of a text is
 * that of 14 dependent rounds a block, if nothing else comes between them.
 *
 * The last round ends with the XOR of a key, so anything else that is to be XORed to its result can be XORed to that
 * key beforehand, off the critical path. The last round is done twice: once for the output, and once with the whole way
 * to the next block's first state folded in (next in ^ first round key). The second one is the chain; the first is
 * not. */
struct aesni_ige {
	__m128i state;   /* in ^ previous out ^ first round key */
	__m128i text;    /* in */
	__m128i out_key; /* last round key ^ previous in */
};

AESNI_INLINE struct aesni_ige aesni_ige_begin(__m128i first_key, __m128i last_key, __m128i previous_out,
					      __m128i previous_in, __m128i text)
{
	struct aesni_ige ige;

	ige.text = text;
	ige.state = _mm_xor_si128(_mm_xor_si128(text, first_key), previous_out);
	ige.out_key = _mm_xor_si128(last_key, previous_in);
	return ige;
}

/* Ends a block and begins the one of next_text; returns what the block became. */
AESNI_INLINE __m128i aesni_ige_next(struct aesni_ige *ige, __m128i first_key, __m128i last_key, __m128i next_text,
				    bool encrypt)
{
	__m128i chain_key = _mm_xor_si128(ige->out_key, _mm_xor_si128(next_text, first_key));
	__m128i out = aesni_last_round(ige->state, ige->out_key, encrypt);

	ige->state = aesni_last_round(ige->state, chain_key, encrypt);
	ige->out_key = _mm_xor_si128(last_key, ige->text);
	ige->text = next_text;
	return out;
}

/* Blocks > 0 of one text. */
AESNI_INLINE void aesni_ige_chain(const struct aesni_keys *keys, __m128i previous_out, __m128i previous_in,
				  const uint8_t *in, uint8_t *out, size_t blocks, bool encrypt)
{
	const __m128i first_key = keys->round[0];
	const __m128i last_key = keys->round[AESNI_ROUNDS];
	struct aesni_ige ige = aesni_ige_begin(first_key, last_key, previous_out, previous_in, aesni_load(in));

	for (; blocks; blocks--) {
		__m128i next_text = _mm_setzero_si128();

		if (blocks > 1)
			next_text = aesni_load(in += AESNI_BLOCK);
		for (int round = 1; round < AESNI_ROUNDS; round++)
			ige.state = aesni_round(ige.state, keys->round[round], encrypt);
		aesni_store(out, aesni_ige_next(&ige, first_key, last_key, next_text, encrypt));
		out += AESNI_BLOCK;
	}
}

#endif
