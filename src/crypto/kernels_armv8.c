/* The set for 64-bit ARM with the instructions for AES and SHA-256. */
#include "crypto/kernels.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRYPTO) && !defined(__ARM_BIG_ENDIAN)

#include <arm_neon.h>
#include <string.h>

#include "crypto/sha.h"

#define ARMV8_INLINE static inline __attribute__((always_inline))

#define ROUNDS      14
#define KEY_WORDS   8
#define CTR_LANES   8
#define SHA_BLOCK   64
#define PREFIX_SIZE 32

struct keys {
	uint8x16_t round[ROUNDS + 1];
};

/* ---- AES-256 ---- */

/* A round with a zero key on four equal columns, which no shifting of rows can tell apart, is SubWord of each. */
ARMV8_INLINE uint32_t substitute(uint32_t word)
{
	uint8x16_t state = vaeseq_u8(vreinterpretq_u8_u32(vdupq_n_u32(word)), vdupq_n_u8(0));

	return vgetq_lane_u32(vreinterpretq_u32_u8(state), 0);
}

/* Words are little endian here, so the rotation of the standard goes the other way. */
ARMV8_INLINE uint32_t rotate(uint32_t word)
{
	return word >> 8 | word << 24;
}

static void encrypt_keys(struct keys *keys, const uint8_t key[32])
{
	uint32_t words[4 * (ROUNDS + 1)];
	uint32_t constant = 1;

	for (int i = 0; i < KEY_WORDS; i++)
		words[i] = mtp_load_le32(key + 4 * i);
	for (int i = KEY_WORDS; i < 4 * (ROUNDS + 1); i++) {
		uint32_t word = words[i - 1];

		if (i % KEY_WORDS == 0) {
			word = rotate(substitute(word)) ^ constant;
			constant <<= 1;
		} else if (i % KEY_WORDS == 4) {
			word = substitute(word);
		}
		words[i] = words[i - KEY_WORDS] ^ word;
	}
	for (int i = 0; i <= ROUNDS; i++)
		keys->round[i] = vreinterpretq_u8_u32(vld1q_u32(words + 4 * i));
	mtproto_wipe(words, sizeof(words));
}

/* The schedule of the equivalent inverse cipher. */
static void decrypt_keys(struct keys *keys, const uint8_t key[32])
{
	struct keys forward;

	encrypt_keys(&forward, key);
	keys->round[0] = forward.round[ROUNDS];
	for (int i = 1; i < ROUNDS; i++)
		keys->round[i] = vaesimcq_u8(forward.round[ROUNDS - i]);
	keys->round[ROUNDS] = forward.round[0];
	mtproto_wipe(&forward, sizeof(forward));
}

/* All but the XOR of the last round key. The instructions XOR a round's key at its begin. */
ARMV8_INLINE uint8x16_t rounds(const struct keys *keys, uint8x16_t state, bool encrypt)
{
	for (int i = 0; i < ROUNDS - 1; i++)
		state = encrypt ? vaesmcq_u8(vaeseq_u8(state, keys->round[i]))
				: vaesimcq_u8(vaesdq_u8(state, keys->round[i]));
	return encrypt ? vaeseq_u8(state, keys->round[ROUNDS - 1]) : vaesdq_u8(state, keys->round[ROUNDS - 1]);
}

/* Both directions compute out = AES(in ^ previous out) ^ previous in. What is XORed to the result of the rounds, for
 * the output and for the next block's first state, is brought together beforehand: one XOR is left on the path from
 * block to block. */
ARMV8_INLINE void ige_chain(const struct keys *keys, uint8x16_t previous_out, uint8x16_t previous_in, const uint8_t *in,
			    uint8_t *out, size_t blocks, bool encrypt)
{
	uint8x16_t text = vld1q_u8(in);
	uint8x16_t state = veorq_u8(text, previous_out);

	for (; blocks; blocks--) {
		uint8x16_t out_key = veorq_u8(keys->round[ROUNDS], previous_in);
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
	struct keys keys;
	size_t last = (blocks - 1) * MTP_AES_BLOCK;
	uint8x16_t last_in = vld1q_u8(in + last);

	encrypt_keys(&keys, key);
	ige_chain(&keys, vld1q_u8(iv), vld1q_u8(iv + 16), in, out, blocks, true);
	vst1q_u8(iv, vld1q_u8(out + last));
	vst1q_u8(iv + 16, last_in);
	mtproto_wipe(&keys, sizeof(keys));
	return 0;
}

static int ige_decrypt(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct keys keys;
	size_t last = (blocks - 1) * MTP_AES_BLOCK;
	uint8x16_t last_in = vld1q_u8(in + last);

	decrypt_keys(&keys, key);
	ige_chain(&keys, vld1q_u8(iv + 16), vld1q_u8(iv), in, out, blocks, false);
	vst1q_u8(iv, last_in);
	vst1q_u8(iv + 16, vld1q_u8(out + last));
	mtproto_wipe(&keys, sizeof(keys));
	return 0;
}

static int ctr_init(struct mtproto_ctr *ctr, const uint8_t key[32])
{
	struct keys keys;

	_Static_assert(sizeof(keys) == sizeof(ctr->key.schedule), "a schedule is 15 round keys");
	encrypt_keys(&keys, key);
	memcpy(ctr->key.schedule, &keys, sizeof(keys));
	mtproto_wipe(&keys, sizeof(keys));
	return 0;
}

/* lanes blocks side by side hide the latency of each other's rounds. */
ARMV8_INLINE void ctr_xor_lanes(const struct keys *keys, struct mtp_counter *counter, const uint8_t *in, uint8_t *out,
				int lanes)
{
	uint8x16_t block[CTR_LANES];

	for (int i = 0; i < lanes; i++) {
		uint64x2_t words = vcombine_u64(vcreate_u64(__builtin_bswap64(counter->high)),
						vcreate_u64(__builtin_bswap64(counter->low)));

		block[i] = vreinterpretq_u8_u64(words);
		mtp_counter_next(counter);
	}
	for (int round = 0; round < ROUNDS - 1; round++)
		for (int i = 0; i < lanes; i++)
			block[i] = vaesmcq_u8(vaeseq_u8(block[i], keys->round[round]));
	for (int i = 0; i < lanes; i++) {
		uint8x16_t text = veorq_u8(vld1q_u8(in + i * MTP_AES_BLOCK), keys->round[ROUNDS]);

		block[i] = vaeseq_u8(block[i], keys->round[ROUNDS - 1]);
		vst1q_u8(out + i * MTP_AES_BLOCK, veorq_u8(block[i], text));
	}
}

static int ctr_xor(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct mtp_counter counter = mtp_counter_at(ctr->iv, first);
	struct keys keys;

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

struct hash {
	uint32x4_t abcd;
	uint32x4_t efgh;
};

static struct hash initial(void)
{
	static const uint32_t words[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	struct hash h = {vld1q_u32(words), vld1q_u32(words + 4)};

	return h;
}

ARMV8_INLINE void four_rounds(struct hash *h, uint32x4_t words, const uint32_t *k)
{
	uint32x4_t wk = vaddq_u32(words, vld1q_u32(k));
	uint32x4_t abcd = h->abcd;

	h->abcd = vsha256hq_u32(abcd, h->efgh, wk);
	h->efgh = vsha256h2q_u32(h->efgh, abcd, wk);
}

ARMV8_INLINE uint32x4_t schedule(uint32x4_t oldest, uint32x4_t second, uint32x4_t third, uint32x4_t newest)
{
	return vsha256su1q_u32(vsha256su0q_u32(oldest, second), third, newest);
}

static void compress(struct hash *h, const uint8_t *data, size_t blocks)
{
	for (; blocks; blocks--, data += SHA_BLOCK) {
		const struct hash before = *h;
		uint32x4_t w[4];

		for (int i = 0; i < 4; i++) {
			w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data + 16 * i)));
			four_rounds(h, w[i], mtp_sha256_k + 4 * i);
		}
		for (int i = 4; i < 16; i++) {
			w[i % 4] = schedule(w[i % 4], w[(i + 1) % 4], w[(i + 2) % 4], w[(i + 3) % 4]);
			four_rounds(h, w[i % 4], mtp_sha256_k + 4 * i);
		}
		h->abcd = vaddq_u32(h->abcd, before.abcd);
		h->efgh = vaddq_u32(h->efgh, before.efgh);
	}
}

/* The last len < 64 bytes of a message of total bytes, 0x80, zeros and the length in bits. */
static void finish(struct hash *h, const uint8_t *data, size_t len, uint64_t total, uint8_t out[32])
{
	uint8_t end[2 * SHA_BLOCK] = {0};
	size_t blocks = len + 1 + 8 <= SHA_BLOCK ? 1 : 2;

	if (len)
		memcpy(end, data, len);
	end[len] = 0x80;
	mtp_store_be64(end + blocks * SHA_BLOCK - 8, total * 8);
	compress(h, end, blocks);
	vst1q_u8(out, vrev32q_u8(vreinterpretq_u8_u32(h->abcd)));
	vst1q_u8(out + 16, vrev32q_u8(vreinterpretq_u8_u32(h->efgh)));
	mtproto_wipe(end, sizeof(end));
}

static void msg_key_large(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32])
{
	struct hash h = initial();
	size_t head = len < SHA_BLOCK - PREFIX_SIZE ? len : SHA_BLOCK - PREFIX_SIZE;
	size_t rest = len - head;
	uint8_t first[SHA_BLOCK];

	memcpy(first, prefix, PREFIX_SIZE);
	if (head)
		memcpy(first + PREFIX_SIZE, plain, head);
	if (PREFIX_SIZE + head < SHA_BLOCK) {
		finish(&h, first, PREFIX_SIZE + head, PREFIX_SIZE + len, out);
	} else {
		compress(&h, first, 1);
		compress(&h, plain + head, rest / SHA_BLOCK);
		finish(&h, plain + len - rest % SHA_BLOCK, rest % SHA_BLOCK, PREFIX_SIZE + len, out);
	}
	mtproto_wipe(first, sizeof(first));
}

/* SHA256(first 16 or 36 bytes | second 36 or 16 bytes). */
static void hash_pair(const uint8_t *first, size_t first_len, const uint8_t *second, size_t second_len, uint8_t out[32])
{
	struct hash h = initial();
	uint8_t text[MTPROTO_MSG_KEY_SIZE + 36];

	memcpy(text, first, first_len);
	memcpy(text + first_len, second, second_len);
	finish(&h, text, sizeof(text), sizeof(text), out);
	mtproto_wipe(text, sizeof(text));
}

static void kdf_v2(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
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
		.kdf_v2 = kdf_v2,
	};

	return &armv8_kernels;
}

#else

const struct mtproto_kernels *mtp_kernels_armv8(void)
{
	return NULL;
}

#endif
