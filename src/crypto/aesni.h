/* AES-256 by AES-NI, for the kernel files that are compiled for it. */
#ifndef MTP_CRYPTO_AESNI_H
#define MTP_CRYPTO_AESNI_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define AESNI_ROUNDS 14
#define AESNI_INLINE static inline __attribute__((always_inline))

struct aesni_keys {
	__m128i round[AESNI_ROUNDS + 1];
};

AESNI_INLINE __m128i aesni_load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

AESNI_INLINE void aesni_store(uint8_t *p, __m128i v)
{
	_mm_storeu_si128((__m128i *)(void *)p, v);
}

/* mtproto_wipe with wide stores: its byte loop would take as long as the encryption of a small message. The barrier
 * lets the compiler assume that somebody looks at the zeros. */
AESNI_INLINE void aesni_wipe(void *memory, size_t len)
{
	memset(memory, 0, len);
	__asm__ volatile("" : : "r"(memory) : "memory");
}

/* The next four words of the schedule: each is the XOR of all the words of key up to its own, and of the one
 * substituted word that all lanes of substituted hold. */
AESNI_INLINE __m128i aesni_expand(__m128i key, __m128i substituted)
{
	key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
	key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
	return _mm_xor_si128(key, substituted);
}

/* The key schedule. The last round of AES on four equal columns is SubWord of each and the XOR of a round constant,
 * which is faster than AESKEYGENASSIST and, unlike it, can be written as a loop. */
AESNI_INLINE void aesni_encrypt_keys(struct aesni_keys *keys, const uint8_t key[32])
{
	const __m128i last_word_rotated = _mm_set1_epi32(0x0c0f0e0d);
	const __m128i last_word = _mm_set1_epi32(0x0f0e0d0c);
	__m128i constant = _mm_set1_epi32(1);
	__m128i even = aesni_load(key);
	__m128i odd = aesni_load(key + 16);

	keys->round[0] = even;
	keys->round[1] = odd;
	for (int i = 2; i <= AESNI_ROUNDS; i += 2) {
		even = aesni_expand(even, _mm_aesenclast_si128(_mm_shuffle_epi8(odd, last_word_rotated), constant));
		keys->round[i] = even;
		if (i == AESNI_ROUNDS)
			break;
		odd = aesni_expand(odd, _mm_aesenclast_si128(_mm_shuffle_epi8(even, last_word), _mm_setzero_si128()));
		keys->round[i + 1] = odd;
		constant = _mm_slli_epi32(constant, 1);
	}
}

/* The schedule of the equivalent inverse cipher. */
AESNI_INLINE void aesni_decrypt_keys(struct aesni_keys *keys, const uint8_t key[32])
{
	struct aesni_keys forward;

	aesni_encrypt_keys(&forward, key);
	keys->round[0] = forward.round[AESNI_ROUNDS];
	for (int i = 1; i < AESNI_ROUNDS; i++)
		keys->round[i] = _mm_aesimc_si128(forward.round[AESNI_ROUNDS - i]);
	keys->round[AESNI_ROUNDS] = forward.round[0];
	aesni_wipe(&forward, sizeof(forward));
}

#endif
