/* AES-256-CTR by AES-NI, for the kernel files that are compiled for it. */
#ifndef MTP_CRYPTO_CTR_AESNI_H
#define MTP_CRYPTO_CTR_AESNI_H

#include "crypto/aesni.h"
#include "crypto/kernels.h"

#define CTR_AESNI_LANES 8

/* A key stream and the text that it lies over, some way ahead of what else is done with that. */
struct ctr_aesni {
	const uint8_t *schedule; /* of struct mtproto_ctr */
	struct mtp_counter counter;
	uint8_t *text;
};

/* The counter as a block, and the next counter. */
AESNI_INLINE __m128i ctr_aesni_counter(struct mtp_counter *counter)
{
	__m128i block =
		_mm_set_epi64x((int64_t)__builtin_bswap64(counter->low), (int64_t)__builtin_bswap64(counter->high));

	mtp_counter_next(counter);
	return block;
}

/* lanes blocks side by side hide the latency of each other's rounds. */
AESNI_INLINE void ctr_aesni_xor(const uint8_t *schedule, struct mtp_counter *counter, const uint8_t *in, uint8_t *out,
				int lanes)
{
	const __m128i last_key = aesni_load(schedule + AESNI_ROUNDS * AESNI_BLOCK);
	__m128i block[CTR_AESNI_LANES];

	for (int i = 0; i < lanes; i++)
		block[i] = _mm_xor_si128(ctr_aesni_counter(counter), aesni_load(schedule));
	for (int round = 1; round < AESNI_ROUNDS; round++) {
		__m128i key = aesni_load(schedule + round * AESNI_BLOCK);

		for (int i = 0; i < lanes; i++)
			block[i] = _mm_aesenc_si128(block[i], key);
	}
	for (int i = 0; i < lanes; i++) {
		__m128i text = aesni_load(in + i * MTP_AES_BLOCK);

		block[i] = _mm_aesenclast_si128(block[i], _mm_xor_si128(last_key, text));
		aesni_store(out + i * MTP_AES_BLOCK, block[i]);
	}
}

#endif
