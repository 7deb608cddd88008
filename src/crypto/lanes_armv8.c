/* Sealing and opening of up to four messages side by side: lane i works on text i, and all of them are at the same
 * place in their texts. They are sorted, the longest first, so that the lanes that are still busy are always the first
 * ones. */
#include "crypto/kernels.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRYPTO) && !defined(__ARM_BIG_ENDIAN)

#include "crypto/armv8.h"

#include <string.h>

#define A_PART      0 /* of auth_key + x */
#define B_PART      40
#define PREFIX      88
#define PREFIX_SIZE 32

struct lane {
	struct armv8_keys keys;
	uint8x16_t previous_out;
	uint8x16_t previous_in;
	uint8_t *at; /* the next block */
};

/* ---- IGE ---- */

/* Blocks of each of so many lanes (a constant), in place. */
ARMV8_INLINE void crypt_lanes(struct lane *l, int lanes, size_t blocks, bool encrypt)
{
	for (; blocks; blocks--) {
		uint8x16_t text[ARMV8_LANES], state[ARMV8_LANES];

		for (int i = 0; i < lanes; i++) {
			text[i] = vld1q_u8(l[i].at);
			state[i] = veorq_u8(text[i], l[i].previous_out);
		}
		for (int round = 0; round < ARMV8_ROUNDS - 1; round++)
			for (int i = 0; i < lanes; i++)
				state[i] = armv8_round(state[i], l[i].keys.round[round], encrypt);
		for (int i = 0; i < lanes; i++) {
			uint8x16_t out_key = veorq_u8(l[i].keys.round[ARMV8_ROUNDS], l[i].previous_in);

			l[i].previous_out = veorq_u8(armv8_last_round(state[i], &l[i].keys, encrypt), out_key);
			l[i].previous_in = text[i];
			vst1q_u8(l[i].at, l[i].previous_out);
			l[i].at += MTP_AES_BLOCK;
		}
	}
}

ARMV8_INLINE void crypt_count(struct lane *l, size_t count, size_t blocks, bool encrypt)
{
	switch (count) {
	case 1:
		crypt_lanes(l, 1, blocks, encrypt);
		break;
	case 2:
		crypt_lanes(l, 2, blocks, encrypt);
		break;
	case 3:
		crypt_lanes(l, 3, blocks, encrypt);
		break;
	default:
		crypt_lanes(l, 4, blocks, encrypt);
		break;
	}
}

static void encrypt_blocks(struct lane *l, size_t count, size_t blocks)
{
	crypt_count(l, count, blocks, true);
}

static void decrypt_blocks(struct lane *l, size_t count, size_t blocks)
{
	crypt_count(l, count, blocks, false);
}

/* How many of the first count texts are longer than this. */
static size_t longer(struct mtp_text *const *texts, size_t count, size_t blocks)
{
	while (count && texts[count - 1]->blocks <= blocks)
		count--;
	return count;
}

static void crypt_all(struct lane *l, struct mtp_text *const *texts, size_t count, bool encrypt)
{
	size_t done = 0;

	while (count) {
		size_t end = texts[count - 1]->blocks;

		if (encrypt)
			encrypt_blocks(l, count, end - done);
		else
			decrypt_blocks(l, count, end - done);
		done = end;
		count = longer(texts, count, end);
	}
}

/* ---- Hashing ---- */

static void hash_blocks(struct armv8_hash *hashes, const uint8_t *const *data, size_t count, size_t blocks)
{
	switch (count) {
	case 1:
		armv8_hash_blocks(hashes, data, 1, blocks);
		break;
	case 2:
		armv8_hash_blocks(hashes, data, 2, blocks);
		break;
	case 3:
		armv8_hash_blocks(hashes, data, 3, blocks);
		break;
	default:
		armv8_hash_blocks(hashes, data, 4, blocks);
		break;
	}
}

/* The first block of SHA256(prefix | plain): a text has three blocks at least, and two of them are in it. */
static void hash_heads(struct armv8_hash *hashes, struct mtp_text *const *texts, size_t count)
{
	uint8_t heads[ARMV8_LANES][ARMV8_SHA_BLOCK];
	const uint8_t *data[ARMV8_LANES];

	for (size_t i = 0; i < count; i++) {
		memcpy(heads[i], texts[i]->key + PREFIX, PREFIX_SIZE);
		memcpy(heads[i] + PREFIX_SIZE, texts[i]->data, ARMV8_SHA_BLOCK - PREFIX_SIZE);
		data[i] = heads[i];
		hashes[i] = armv8_hash_initial();
	}
	hash_blocks(hashes, data, count, 1);
	mtproto_wipe(heads, sizeof(heads));
}

/* What is whole blocks of the text, until the last lane has come to its end. */
static void hash_middles(struct armv8_hash *hashes, struct mtp_text *const *texts, size_t count)
{
	const uint8_t *data[ARMV8_LANES];
	size_t hashed = 1;

	while (count) {
		size_t blocks = texts[count - 1]->blocks;
		size_t end = (PREFIX_SIZE + blocks * MTP_AES_BLOCK) / ARMV8_SHA_BLOCK;

		for (size_t i = 0; i < count; i++)
			data[i] = texts[i]->data + hashed * ARMV8_SHA_BLOCK - PREFIX_SIZE;
		hash_blocks(hashes, data, count, end - hashed);
		hashed = end;
		count = longer(texts, count, blocks);
	}
}

/* The last block: at most 48 bytes of text, 0x80, zeros and the length in bits. */
static void hash_tails(struct armv8_hash *hashes, struct mtp_text *const *texts, size_t count)
{
	uint8_t tails[ARMV8_LANES][ARMV8_SHA_BLOCK] = {{0}};
	const uint8_t *data[ARMV8_LANES];

	for (size_t i = 0; i < count; i++) {
		size_t len = texts[i]->blocks * MTP_AES_BLOCK;
		size_t rest = (PREFIX_SIZE + len) % ARMV8_SHA_BLOCK;

		memcpy(tails[i], texts[i]->data + len - rest, rest);
		tails[i][rest] = 0x80;
		mtp_store_be64(tails[i] + ARMV8_SHA_BLOCK - 8, (uint64_t)(PREFIX_SIZE + len) * 8);
		data[i] = tails[i];
	}
	hash_blocks(hashes, data, count, 1);
	mtproto_wipe(tails, sizeof(tails));
}

static void hash_all(struct mtp_text *const *texts, size_t count)
{
	struct armv8_hash hashes[ARMV8_LANES];

	hash_heads(hashes, texts, count);
	hash_middles(hashes, texts, count);
	hash_tails(hashes, texts, count);
	for (size_t i = 0; i < count; i++)
		armv8_hash_store(texts[i]->msg_key_large, &hashes[i]);
}

/* ---- The jobs ---- */

/* Sets the lanes up by the msg_keys of their texts. */
static void derive(struct lane *l, struct mtp_text *const *texts, size_t count, bool encrypt)
{
	uint8_t key[32], iv[32];

	for (size_t i = 0; i < count; i++) {
		mtp_kdf_v2_armv8(texts[i]->key + A_PART, texts[i]->key + B_PART, texts[i]->msg_key, key, iv);
		if (encrypt)
			armv8_encrypt_keys(&l[i].keys, key);
		else
			armv8_decrypt_keys(&l[i].keys, key);
		l[i].previous_out = vld1q_u8(encrypt ? iv : iv + 16);
		l[i].previous_in = vld1q_u8(encrypt ? iv + 16 : iv);
		l[i].at = texts[i]->data;
		texts[i]->error = 0;
	}
	mtproto_wipe(key, sizeof(key));
	mtproto_wipe(iv, sizeof(iv));
}

void mtp_lanes_seal_armv8(struct mtp_text *const *texts, size_t count)
{
	struct lane lanes[ARMV8_LANES];

	hash_all(texts, count);
	for (size_t i = 0; i < count; i++)
		memcpy(texts[i]->msg_key, texts[i]->msg_key_large + 8, MTPROTO_MSG_KEY_SIZE);
	derive(lanes, texts, count, true);
	crypt_all(lanes, texts, count, true);
	mtproto_wipe(lanes, sizeof(lanes));
}

void mtp_lanes_open_armv8(struct mtp_text *const *texts, size_t count)
{
	struct lane lanes[ARMV8_LANES];

	derive(lanes, texts, count, false);
	crypt_all(lanes, texts, count, false);
	hash_all(texts, count);
	mtproto_wipe(lanes, sizeof(lanes));
}
#endif
