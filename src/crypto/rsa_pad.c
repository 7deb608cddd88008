/* The two paddings of encrypted_data: core.telegram.org/mtproto/auth_key, "RSA_PAD", and its predecessor.
 *
 * RSA_PAD:  temp_key ^ SHA256(rest) (32) | rest = IGE(reversed data (192) | SHA256(temp_key | data) (32))
 * legacy:   0 (1) | SHA1(data) (20) | data and random bytes (235) */
#include "crypto/rsa_key.h"

#include "crypto/random.h"
#include "crypto/sha.h"

#include <string.h>

#define PAD_DATA_SIZE    192
#define PAD_REST_SIZE    (PAD_DATA_SIZE + 32)
#define TEMP_KEY_SIZE    32
#define LEGACY_HEAD_SIZE (1 + 20)
#define LEGACY_DATA_SIZE MTPROTO_RSA_LEGACY_DATA_MAX

/* More than half of all numbers are below the modulus, so only a random source that repeats itself gets here. */
#define TEMP_KEY_TRIES 128

static void reverse(uint8_t *out, const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = in[len - 1 - i];
}

/* SHA256(temp_key | data). */
static void pad_hash(uint8_t out[32], const uint8_t *temp_key, const uint8_t *data)
{
	const struct mtproto_span parts[] = {{temp_key, TEMP_KEY_SIZE}, {data, PAD_DATA_SIZE}};

	mtp_sha256(out, parts, 2);
}

/* The key under which the first 32 bytes of block hide temp_key, and back: XOR with SHA256 of the rest. */
static void mask_temp_key(uint8_t out[TEMP_KEY_SIZE], const uint8_t *in, const uint8_t *rest)
{
	const struct mtproto_span part = {rest, PAD_REST_SIZE};
	uint8_t mask[32];

	mtp_sha256(mask, &part, 1);
	for (size_t i = 0; i < TEMP_KEY_SIZE; i++)
		out[i] = in[i] ^ mask[i];
	mtproto_wipe(mask, sizeof(mask));
}

static int pad_block(uint8_t block[MTP_RSA_SIZE], const uint8_t data[PAD_DATA_SIZE],
		     const uint8_t temp_key[TEMP_KEY_SIZE])
{
	uint8_t *rest = block + TEMP_KEY_SIZE;
	uint8_t iv[32] = {0};
	int error;

	reverse(rest, data, PAD_DATA_SIZE);
	pad_hash(rest + PAD_DATA_SIZE, temp_key, data);
	error = mtproto_ige_encrypt(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), temp_key, iv, rest, rest, PAD_REST_SIZE);
	mask_temp_key(block, temp_key, rest);
	return error;
}

static int pad_until_in_range(const struct mtproto_rsa *key, const struct mtproto_random *random,
			      const uint8_t data[PAD_DATA_SIZE], uint8_t block[MTP_RSA_SIZE])
{
	uint8_t temp_key[TEMP_KEY_SIZE];
	int error = 0;
	bool found = false;

	for (int i = 0; i < TEMP_KEY_TRIES && !error && !found; i++) {
		error = mtp_random_fill(random, temp_key, sizeof(temp_key));
		if (!error)
			error = pad_block(block, data, temp_key);
		found = !error && mtp_rsa_in_range(key, block);
	}
	mtproto_wipe(temp_key, sizeof(temp_key));
	if (!error && !found)
		error = MTPROTO_ERR_RANDOM;
	return error;
}

static int pad(const struct mtproto_rsa *key, const struct mtproto_random *random, const uint8_t *data, size_t len,
	       uint8_t block[MTP_RSA_SIZE])
{
	uint8_t padded[PAD_DATA_SIZE];
	int error;

	memcpy(padded, data, len);
	error = mtp_random_fill(random, padded + len, sizeof(padded) - len);
	if (!error)
		error = pad_until_in_range(key, random, padded, block);
	mtproto_wipe(padded, sizeof(padded));
	return error;
}

static int pad_legacy(const struct mtproto_random *random, const uint8_t *data, size_t len, uint8_t block[MTP_RSA_SIZE])
{
	const struct mtproto_span part = {data, len};

	block[0] = 0;
	mtp_sha1(block + 1, &part, 1);
	memcpy(block + LEGACY_HEAD_SIZE, data, len);
	return mtp_random_fill(random, block + LEGACY_HEAD_SIZE + len, LEGACY_DATA_SIZE - len);
}

static size_t data_max(enum mtproto_rsa_padding padding)
{
	return padding == MTPROTO_RSA_LEGACY ? MTPROTO_RSA_LEGACY_DATA_MAX : MTPROTO_RSA_PAD_DATA_MAX;
}

int mtproto_rsa_encrypt(const struct mtproto_rsa *key, enum mtproto_rsa_padding padding,
			const struct mtproto_random *random, const uint8_t *data, size_t len, uint8_t out[256])
{
	uint8_t block[MTP_RSA_SIZE];
	int error;

	mtproto_wipe(out, MTP_RSA_SIZE);
	if (!len || len > data_max(padding))
		return MTPROTO_ERR_ARGUMENT;
	if (padding == MTPROTO_RSA_LEGACY)
		error = pad_legacy(random, data, len, block);
	else
		error = pad(key, random, data, len, block);
	if (!error)
		error = mtp_rsa_public(key, block, out);
	mtproto_wipe(block, sizeof(block));
	return error;
}

/* Returns 0, MTPROTO_ERR_RSA_DATA when block is not padded so, or MTPROTO_ERR_CRYPTO. */
static int unpad(const uint8_t block[MTP_RSA_SIZE], uint8_t data[PAD_DATA_SIZE])
{
	uint8_t rest[PAD_REST_SIZE];
	uint8_t temp_key[TEMP_KEY_SIZE];
	uint8_t iv[32] = {0};
	uint8_t hash[32];
	int error;

	mask_temp_key(temp_key, block, block + TEMP_KEY_SIZE);
	error = mtproto_ige_decrypt(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), temp_key, iv, block + TEMP_KEY_SIZE,
				    rest, sizeof(rest));
	reverse(data, rest, PAD_DATA_SIZE);
	pad_hash(hash, temp_key, data);
	if (!error && !mtproto_equal_const_time(hash, rest + PAD_DATA_SIZE, sizeof(hash)))
		error = MTPROTO_ERR_RSA_DATA;
	mtproto_wipe(rest, sizeof(rest));
	mtproto_wipe(temp_key, sizeof(temp_key));
	mtproto_wipe(iv, sizeof(iv));
	mtproto_wipe(hash, sizeof(hash));
	return error;
}

static int unpad_either(const uint8_t block[MTP_RSA_SIZE], uint8_t out[LEGACY_DATA_SIZE], size_t *len,
			enum mtproto_rsa_padding *padding, uint8_t legacy_sha1[20])
{
	int error = unpad(block, out);

	if (!error) {
		*len = PAD_DATA_SIZE;
		*padding = MTPROTO_RSA_PAD;
		return 0;
	}
	if (error != MTPROTO_ERR_RSA_DATA || block[0])
		return error;
	memcpy(legacy_sha1, block + 1, 20);
	memcpy(out, block + LEGACY_HEAD_SIZE, LEGACY_DATA_SIZE);
	*len = LEGACY_DATA_SIZE;
	*padding = MTPROTO_RSA_LEGACY;
	return 0;
}

int mtproto_rsa_decrypt(const struct mtproto_rsa *key, const uint8_t encrypted[256], uint8_t out[235], size_t *len,
			enum mtproto_rsa_padding *padding, uint8_t legacy_sha1[20])
{
	uint8_t block[MTP_RSA_SIZE];
	int error;

	*len = 0;
	*padding = MTPROTO_RSA_PAD;
	memset(out, 0, LEGACY_DATA_SIZE);
	memset(legacy_sha1, 0, 20);
	if (!key->is_private)
		return MTPROTO_ERR_STATE;
	if (!mtp_rsa_in_range(key, encrypted))
		return MTPROTO_ERR_RSA_DATA;
	error = mtp_rsa_private(key, encrypted, block);
	if (!error)
		error = unpad_either(block, out, len, padding, legacy_sha1);
	if (error)
		mtproto_wipe(out, LEGACY_DATA_SIZE);
	mtproto_wipe(block, sizeof(block));
	return error;
}

int mtproto_rsa_legacy_check(const uint8_t *data, size_t len, const uint8_t legacy_sha1[20])
{
	const struct mtproto_span part = {data, len};
	uint8_t sha1[20];

	mtp_sha1(sha1, &part, 1);
	return mtproto_equal_const_time(sha1, legacy_sha1, sizeof(sha1)) ? 0 : MTPROTO_ERR_RSA_DATA;
}
