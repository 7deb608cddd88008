/* The set for 64-bit ARM with the instructions for AES and SHA-256. */
#include "crypto/kernels.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRYPTO) && !defined(__ARM_BIG_ENDIAN)

#include "crypto/armv8.h"

#include <string.h>

#define CTR_LANES   8
#define PREFIX_SIZE 32

/* ---- AES-256 ---- */

/* All but the XOR of the last round key. */
ARMV8_INLINE uint8x16_t rounds(const struct armv8_keys *keys, uint8x16_t state, bool encrypt)
{
	for (int i = 0; i < ARMV8_ROUNDS - 1; i++)
		state = armv8_round(state, keys->round[i], encrypt);
	return armv8_last_round(state, keys, encrypt);
}

/* Both directions compute out = AES(in ^ previous out) ^ previous in. What is XORed to the result of the rounds, for
 * the output and for the next block's first state, is brought together beforehand: one XOR is left on the path from
 * block to block. */
ARMV8_INLINE void ige_chain(const struct armv8_keys *keys, uint8x16_t previous_out, uint8x16_t previous_in,
			    const uint8_t *in, uint8_t *out, size_t blocks, bool encrypt)
{
	uint8x16_t text = vld1q_u8(in);
	uint8x16_t state = veorq_u8(text, previous_out);

	for (; blocks; blocks--) {
		uint8x16_t out_key = veorq_u8(keys->round[ARMV8_ROUNDS], previous_in);
		uint8x16_t next_text = text;
		uint8x16_t chain_key;

		if (blocks > 1)
			next_text = vld1q_u8(in += MTP_AES_BLOCK);
		chain_key = veorq_u8(out_key, next_text);
		state = rounds(keys, state, encrypt);
		vst1q_u8(out, veorq_u8(state, out_key));
		state = veorq_u8(state, chain_key);
		previous_in = text;
		text = next_text;
		out += MTP_AES_BLOCK;
	}
}

static int ige_encrypt(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct armv8_keys keys;
	size_t last = (blocks - 1) * MTP_AES_BLOCK;
	uint8x16_t last_in = vld1q_u8(in + last);

	armv8_encrypt_keys(&keys, key);
	ige_chain(&keys, vld1q_u8(iv), vld1q_u8(iv + 16), in, out, blocks, true);
	vst1q_u8(iv, vld1q_u8(out + last));
	vst1q_u8(iv + 16, last_in);
	mtproto_wipe(&keys, sizeof(keys));
	return 0;
}

static int ige_decrypt(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct armv8_keys keys;
	size_t last = (blocks - 1) * MTP_AES_BLOCK;
	uint8x16_t last_in = vld1q_u8(in + last);

	armv8_decrypt_keys(&keys, key);
	ige_chain(&keys, vld1q_u8(iv + 16), vld1q_u8(iv), in, out, blocks, false);
	vst1q_u8(iv, last_in);
	vst1q_u8(iv + 16, vld1q_u8(out + last));
	mtproto_wipe(&keys, sizeof(keys));
	return 0;
}

static int ctr_init(struct mtproto_ctr *ctr, const uint8_t key[32])
{
	struct armv8_keys keys;

	_Static_assert(sizeof(keys) == sizeof(ctr->key.schedule), "a schedule is 15 round keys");
	armv8_encrypt_keys(&keys, key);
	memcpy(ctr->key.schedule, &keys, sizeof(keys));
	mtproto_wipe(&keys, sizeof(keys));
	return 0;
}

/* lanes blocks side by side hide the latency of each other's rounds. */
ARMV8_INLINE void ctr_xor_lanes(const struct armv8_keys *keys, struct mtp_counter *counter, const uint8_t *in,
				uint8_t *out, int lanes)
{
	uint8x16_t block[CTR_LANES];

	for (int i = 0; i < lanes; i++) {
		uint64x2_t words = vcombine_u64(vcreate_u64(__builtin_bswap64(counter->high)),
						vcreate_u64(__builtin_bswap64(counter->low)));

		block[i] = vreinterpretq_u8_u64(words);
		mtp_counter_next(counter);
	}
	for (int round = 0; round < ARMV8_ROUNDS - 1; round++)
		for (int i = 0; i < lanes; i++)
			block[i] = vaesmcq_u8(vaeseq_u8(block[i], keys->round[round]));
	for (int i = 0; i < lanes; i++) {
		uint8x16_t text = veorq_u8(vld1q_u8(in + i * MTP_AES_BLOCK), keys->round[ARMV8_ROUNDS]);

		block[i] = vaeseq_u8(block[i], keys->round[ARMV8_ROUNDS - 1]);
		vst1q_u8(out + i * MTP_AES_BLOCK, veorq_u8(block[i], text));
	}
}

static int ctr_xor(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct mtp_counter counter = mtp_counter_at(ctr->iv, first);
	struct armv8_keys keys;

	memcpy(&keys, ctr->key.schedule, sizeof(keys));
	for (; blocks >= CTR_LANES; blocks -= CTR_LANES) {
		ctr_xor_lanes(&keys, &counter, in, out, CTR_LANES);
		in += CTR_LANES * MTP_AES_BLOCK;
		out += CTR_LANES * MTP_AES_BLOCK;
	}
	for (; blocks; blocks--) {
		ctr_xor_lanes(&keys, &counter, in, out, 1);
		in += MTP_AES_BLOCK;
		out += MTP_AES_BLOCK;
	}
	mtproto_wipe(&keys, sizeof(keys));
	return 0;
}

/* ---- SHA-256 ---- */

static void compress(struct armv8_hash *h, const uint8_t *data, size_t blocks)
{
	armv8_hash_blocks(h, &data, 1, blocks);
}

/* The last len < 64 bytes of a message of total bytes, 0x80, zeros and the length in bits. */
static void finish(struct armv8_hash *h, const uint8_t *data, size_t len, uint64_t total, uint8_t out[32])
{
	uint8_t end[2 * ARMV8_SHA_BLOCK] = {0};
	size_t blocks = len + 1 + 8 <= ARMV8_SHA_BLOCK ? 1 : 2;

	if (len)
		memcpy(end, data, len);
	end[len] = 0x80;
	mtp_store_be64(end + blocks * ARMV8_SHA_BLOCK - 8, total * 8);
	compress(h, end, blocks);
	armv8_hash_store(out, h);
	mtproto_wipe(end, sizeof(end));
}

static void msg_key_large(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32])
{
	struct armv8_hash h = armv8_hash_initial();
	size_t head = len < ARMV8_SHA_BLOCK - PREFIX_SIZE ? len : ARMV8_SHA_BLOCK - PREFIX_SIZE;
	size_t rest = len - head;
	uint8_t first[ARMV8_SHA_BLOCK];

	memcpy(first, prefix, PREFIX_SIZE);
	if (head)
		memcpy(first + PREFIX_SIZE, plain, head);
	if (PREFIX_SIZE + head < ARMV8_SHA_BLOCK) {
		finish(&h, first, PREFIX_SIZE + head, PREFIX_SIZE + len, out);
	} else {
		compress(&h, first, 1);
		compress(&h, plain + head, rest / ARMV8_SHA_BLOCK);
		finish(&h, plain + len - rest % ARMV8_SHA_BLOCK, rest % ARMV8_SHA_BLOCK, PREFIX_SIZE + len, out);
	}
	mtproto_wipe(first, sizeof(first));
}

/* SHA256(first 16 or 36 bytes | second 36 or 16 bytes). */
static void hash_pair(const uint8_t *first, size_t first_len, const uint8_t *second, size_t second_len, uint8_t out[32])
{
	struct armv8_hash h = armv8_hash_initial();
	uint8_t text[MTPROTO_MSG_KEY_SIZE + 36];

	memcpy(text, first, first_len);
	memcpy(text + first_len, second, second_len);
	finish(&h, text, sizeof(text), sizeof(text), out);
	mtproto_wipe(text, sizeof(text));
}

void mtp_kdf_v2_armv8(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		      uint8_t aes_key[32], uint8_t aes_iv[32])
{
	uint8_t a[32], b[32];

	hash_pair(msg_key, MTPROTO_MSG_KEY_SIZE, a_part, 36, a);
	hash_pair(b_part, 36, msg_key, MTPROTO_MSG_KEY_SIZE, b);
	memcpy(aes_key, a, 8);
	memcpy(aes_key + 8, b + 8, 16);
	memcpy(aes_key + 24, a + 24, 8);
	memcpy(aes_iv, b, 8);
	memcpy(aes_iv + 8, a + 8, 16);
	memcpy(aes_iv + 24, b + 24, 8);
	mtproto_wipe(a, sizeof(a));
	mtproto_wipe(b, sizeof(b));
}

const struct mtproto_kernels *mtp_kernels_armv8(void)
{
	static const struct mtproto_kernels armv8_kernels = {
		.name = "armv8",
		.ige_encrypt = ige_encrypt,
		.ige_decrypt = ige_decrypt,
		.ctr_init = ctr_init,
		.ctr_xor = ctr_xor,
		.msg_key_large = msg_key_large,
		.kdf_v2 = mtp_kdf_v2_armv8,
		.seal = mtp_lanes_seal_armv8,
		.open = mtp_lanes_open_armv8,
		.seal_lanes = ARMV8_LANES,
		.open_lanes = ARMV8_LANES,
	};

	return &armv8_kernels;
}

#else

const struct mtproto_kernels *mtp_kernels_armv8(void)
{
	return NULL;
}

#endif
