/* AES-256 and SHA-256 by the instructions of 64-bit ARM, for the kernel files that are compiled for them. */
#ifndef MTP_CRYPTO_ARMV8_H
#define MTP_CRYPTO_ARMV8_H

#include <arm_neon.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "crypto/kernels.h"
#include "crypto/sha.h"

#define ARMV8_INLINE static inline __attribute__((always_inline))

#define ARMV8_ROUNDS    14
#define ARMV8_KEY_WORDS 8
#define ARMV8_SHA_BLOCK 64

/* Texts side by side: enough to hide the latency of AES, and their hashes fit into the registers. */
#define ARMV8_LANES 4

/* ---- AES-256 ---- */

struct armv8_keys {
	uint8x16_t round[ARMV8_ROUNDS + 1];
};

/* A round with a zero key on four equal columns, which no shifting of rows can tell apart, is SubWord of each. */
ARMV8_INLINE uint32_t armv8_substitute(uint32_t word)
{
	uint8x16_t state = vaeseq_u8(vreinterpretq_u8_u32(vdupq_n_u32(word)), vdupq_n_u8(0));

	return vgetq_lane_u32(vreinterpretq_u32_u8(state), 0);
}

/* Words are little endian here, so the rotation of the standard goes the other way. */
ARMV8_INLINE uint32_t armv8_rotate(uint32_t word)
{
	return word >> 8 | word << 24;
}

static inline void armv8_encrypt_keys(struct armv8_keys *keys, const uint8_t key[32])
{
	uint32_t words[4 * (ARMV8_ROUNDS + 1)];
	uint32_t constant = 1;

	for (int i = 0; i < ARMV8_KEY_WORDS; i++)
		words[i] = mtp_load_le32(key + 4 * i);
	for (int i = ARMV8_KEY_WORDS; i < 4 * (ARMV8_ROUNDS + 1); i++) {
		uint32_t word = words[i - 1];

		if (i % ARMV8_KEY_WORDS == 0) {
			word = armv8_rotate(armv8_substitute(word)) ^ constant;
			constant <<= 1;
		} else if (i % ARMV8_KEY_WORDS == 4) {
			word = armv8_substitute(word);
		}
		words[i] = words[i - ARMV8_KEY_WORDS] ^ word;
	}
	for (int i = 0; i <= ARMV8_ROUNDS; i++)
		keys->round[i] = vreinterpretq_u8_u32(vld1q_u32(words + 4 * i));
	mtproto_wipe(words, sizeof(words));
}

/* The schedule of the equivalent inverse cipher. */
static inline void armv8_decrypt_keys(struct armv8_keys *keys, const uint8_t key[32])
{
	struct armv8_keys forward;

	armv8_encrypt_keys(&forward, key);
	keys->round[0] = forward.round[ARMV8_ROUNDS];
	for (int i = 1; i < ARMV8_ROUNDS; i++)
		keys->round[i] = vaesimcq_u8(forward.round[ARMV8_ROUNDS - i]);
	keys->round[ARMV8_ROUNDS] = forward.round[0];
	mtproto_wipe(&forward, sizeof(forward));
}

/* One of the rounds 0 to 12: the instructions XOR a round's key at its begin. */
ARMV8_INLINE uint8x16_t armv8_round(uint8x16_t state, uint8x16_t key, bool encrypt)
{
	return encrypt ? vaesmcq_u8(vaeseq_u8(state, key)) : vaesimcq_u8(vaesdq_u8(state, key));
}

/* Round 13, without the XOR of the last key. */
ARMV8_INLINE uint8x16_t armv8_last_round(uint8x16_t state, const struct armv8_keys *keys, bool encrypt)
{
	uint8x16_t key = keys->round[ARMV8_ROUNDS - 1];

	return encrypt ? vaeseq_u8(state, key) : vaesdq_u8(state, key);
}

/* ---- SHA-256 ---- */

struct armv8_hash {
	uint32x4_t abcd;
	uint32x4_t efgh;
};

ARMV8_INLINE struct armv8_hash armv8_hash_initial(void)
{
	static const uint32_t words[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	struct armv8_hash h = {vld1q_u32(words), vld1q_u32(words + 4)};

	return h;
}

ARMV8_INLINE void armv8_hash_store(uint8_t out[32], const struct armv8_hash *h)
{
	vst1q_u8(out, vrev32q_u8(vreinterpretq_u8_u32(h->abcd)));
	vst1q_u8(out + 16, vrev32q_u8(vreinterpretq_u8_u32(h->efgh)));
}

ARMV8_INLINE void armv8_four_rounds(struct armv8_hash *h, uint32x4_t words, uint32x4_t k)
{
	uint32x4_t wk = vaddq_u32(words, k);
	uint32x4_t abcd = h->abcd;

	h->abcd = vsha256hq_u32(abcd, h->efgh, wk);
	h->efgh = vsha256h2q_u32(h->efgh, abcd, wk);
}

/* The next four words; w is a ring, and i is where the oldest are. */
ARMV8_INLINE uint32x4_t armv8_schedule(const uint32x4_t w[4], int i)
{
	return vsha256su1q_u32(vsha256su0q_u32(w[i], w[(i + 1) % 4]), w[(i + 2) % 4], w[(i + 3) % 4]);
}

/* Adds blocks to the hashes of so many lanes (a constant), from data[i] on for lane i. */
ARMV8_INLINE void armv8_hash_blocks(struct armv8_hash *hashes, const uint8_t *const *data, int lanes, size_t blocks)
{
	struct armv8_hash h[ARMV8_LANES];
	uint32x4_t w[ARMV8_LANES][4];

	for (size_t at = 0; at < blocks * ARMV8_SHA_BLOCK; at += ARMV8_SHA_BLOCK) {
		for (int i = 0; i < lanes; i++)
			h[i] = hashes[i];
#pragma GCC unroll 16
		for (int step = 0; step < 16; step++) {
			uint32x4_t k = vld1q_u32(mtp_sha256_k + 4 * step);

			for (int i = 0; i < lanes; i++) {
				if (step < 4)
					w[i][step] =
						vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data[i] + at + 16 * step)));
				else
					w[i][step % 4] = armv8_schedule(w[i], step % 4);
				armv8_four_rounds(&h[i], w[i][step % 4], k);
			}
		}
		for (int i = 0; i < lanes; i++) {
			hashes[i].abcd = vaddq_u32(h[i].abcd, hashes[i].abcd);
			hashes[i].efgh = vaddq_u32(h[i].efgh, hashes[i].efgh);
		}
	}
}

/* ---- What the files share: as in struct mtproto_kernels ---- */

void mtp_kdf_v2_armv8(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		      uint8_t aes_key[32], uint8_t aes_iv[32]);
void mtp_lanes_seal_armv8(struct mtp_text *const *texts, size_t count);
void mtp_lanes_open_armv8(struct mtp_text *const *texts, size_t count);

#endif
