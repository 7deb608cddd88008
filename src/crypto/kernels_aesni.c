/* The set for x86 with AES-NI, SSE4.1 and SHA-NI. Several messages are the subject of lanes_aesni.c. */
#include "crypto/kernels.h"

#if defined(__x86_64__) && defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/ctr_aesni.h"
#include "crypto/lanes.h"

#define PREFIX_SIZE 32

/* ---- AES-256-IGE ---- */

int mtp_ige_encrypt_aesni(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct aesni_keys keys;
	size_t last = (blocks - 1) * MTP_AES_BLOCK;
	__m128i last_in = aesni_load(in + last);

	aesni_encrypt_keys(keys.round, 1, aesni_load(key), aesni_load(key + 16));
	aesni_ige_chain(&keys, aesni_load(iv), aesni_load(iv + 16), in, out, blocks, true);
	aesni_store(iv, aesni_load(out + last));
	aesni_store(iv + 16, last_in);
	aesni_wipe(&keys, sizeof(keys));
	return 0;
}

int mtp_ige_decrypt_aesni(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct aesni_keys keys;
	size_t last = (blocks - 1) * MTP_AES_BLOCK;
	__m128i last_in = aesni_load(in + last);

	aesni_decrypt_keys(keys.round, 1, aesni_load(key), aesni_load(key + 16));
	aesni_ige_chain(&keys, aesni_load(iv + 16), aesni_load(iv), in, out, blocks, false);
	aesni_store(iv, last_in);
	aesni_store(iv + 16, aesni_load(out + last));
	aesni_wipe(&keys, sizeof(keys));
	return 0;
}

/* ---- AES-256-CTR ---- */

int mtp_ctr_init_aesni(struct mtproto_ctr *ctr, const uint8_t key[32])
{
	struct aesni_keys keys;

	_Static_assert(sizeof(keys) == sizeof(ctr->key.schedule), "a schedule is 15 round keys");
	aesni_encrypt_keys(keys.round, 1, aesni_load(key), aesni_load(key + 16));
	memcpy(ctr->key.schedule, &keys, sizeof(keys));
	aesni_wipe(&keys, sizeof(keys));
	return 0;
}

int mtp_ctr_xor_aesni(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct mtp_counter counter = mtp_counter_at(ctr->iv, first);

	for (; blocks >= CTR_AESNI_LANES; blocks -= CTR_AESNI_LANES) {
		ctr_aesni_xor(ctr->key.schedule, &counter, in, out, CTR_AESNI_LANES);
		in += CTR_AESNI_LANES * MTP_AES_BLOCK;
		out += CTR_AESNI_LANES * MTP_AES_BLOCK;
	}
	for (; blocks; blocks--) {
		ctr_aesni_xor(ctr->key.schedule, &counter, in, out, 1);
		in += MTP_AES_BLOCK;
		out += MTP_AES_BLOCK;
	}
	return 0;
}

/* ---- SHA-256 ---- */

static void compress_blocks(struct shani_state *s, const uint8_t *data, size_t blocks)
{
	mtp_lanes_hash_aesni(s, &data, 1, blocks);
}

/* The last len < 64 bytes of a message of total bytes, 0x80, zeros and the length in bits. */
static void finish(struct shani_state *s, const uint8_t *data, size_t len, uint64_t total)
{
	uint8_t end[2 * SHANI_BLOCK] = {0};
	size_t blocks = len + 1 + 8 <= SHANI_BLOCK ? 1 : 2;

	memcpy(end, data, len);
	end[len] = 0x80;
	mtp_store_be64(end + blocks * SHANI_BLOCK - 8, total * 8);
	compress_blocks(s, end, blocks);
	aesni_wipe(end, sizeof(end));
}

void mtp_msg_key_large_aesni(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32])
{
	struct shani_state s = shani_initial();
	size_t head = len < SHANI_BLOCK - PREFIX_SIZE ? len : SHANI_BLOCK - PREFIX_SIZE;
	size_t rest = len - head;
	uint8_t first[SHANI_BLOCK];
	__m128i low, high;

	memcpy(first, prefix, PREFIX_SIZE);
	if (head)
		memcpy(first + PREFIX_SIZE, plain, head);
	if (PREFIX_SIZE + head < SHANI_BLOCK) {
		finish(&s, first, PREFIX_SIZE + head, PREFIX_SIZE + len);
	} else {
		compress_blocks(&s, first, 1);
		compress_blocks(&s, plain + head, rest / SHANI_BLOCK);
		finish(&s, plain + len - rest % SHANI_BLOCK, rest % SHANI_BLOCK, PREFIX_SIZE + len);
	}
	shani_digest(&s, &low, &high);
	aesni_store(out, low);
	aesni_store(out + 16, high);
	aesni_wipe(first, sizeof(first));
}

void mtp_kdf_v2_aesni(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		      uint8_t aes_key[32], uint8_t aes_iv[32])
{
	struct shani_kdf kdf = shani_kdf_v2(a_part, b_part, aesni_load(msg_key));

	aesni_store(aes_key, kdf.key_low);
	aesni_store(aes_key + 16, kdf.key_high);
	aesni_store(aes_iv, kdf.iv_low);
	aesni_store(aes_iv + 16, kdf.iv_high);
}

/* ---- Several messages ---- */

static const struct lanes_ops lanes = {
	.crypt = mtp_lanes_crypt_aesni,
	.lanes = LANES_AESNI,
	.hash = mtp_lanes_hash_aesni,
	.streams = LANES_SHADOW,
	.streams_min = 0,
	.shadow = mtp_lanes_shadow_aesni,
	.shadow_ctr = mtp_lanes_shadow_ctr_aesni,
	.encrypt_and_hash = mtp_lanes_encrypt_and_hash_aesni,
};

static void seal(struct mtp_text *const *texts, size_t count)
{
	mtp_lanes_seal(&lanes, texts, count);
}

static void open(struct mtp_text *const *texts, size_t count)
{
	mtp_lanes_open(&lanes, texts, count);
}

static void open_ctr(struct mtp_text *text)
{
	mtp_lanes_open_ctr(&lanes, text);
}

static const struct mtproto_kernels aesni_kernels = {
	.name = "aesni",
	.ige_encrypt = mtp_ige_encrypt_aesni,
	.ige_decrypt = mtp_ige_decrypt_aesni,
	.ctr_init = mtp_ctr_init_aesni,
	.ctr_xor = mtp_ctr_xor_aesni,
	.msg_key_large = mtp_msg_key_large_aesni,
	.kdf_v2 = mtp_kdf_v2_aesni,
	.seal = seal,
	.seal_lanes = MTP_TEXTS_MAX,
	.open = open,
	.open_lanes = MTP_TEXTS_MAX,
	.open_ctr = open_ctr,
};

const struct mtproto_kernels *mtp_kernels_aesni(void)
{
	return &aesni_kernels;
}

#else

const struct mtproto_kernels *mtp_kernels_aesni(void)
{
	return NULL;
}

#endif
