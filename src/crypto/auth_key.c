/* What is derived from an auth_key. core.telegram.org/mtproto/description, /mtproto/description_v1. */
#include "crypto/kernels.h"
#include "crypto/sha.h"

#include <string.h>

static void auth_key_sha1(uint8_t out[20], const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE])
{
	const struct mtproto_span part = {auth_key, MTPROTO_AUTH_KEY_SIZE};

	mtp_sha1(out, &part, 1);
}

uint64_t mtproto_auth_key_id(const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE])
{
	uint8_t sha1[20];

	auth_key_sha1(sha1, auth_key);
	return mtp_load_le64(sha1 + 12);
}

uint64_t mtproto_auth_key_aux_hash(const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE])
{
	uint8_t sha1[20];

	auth_key_sha1(sha1, auth_key);
	return mtp_load_le64(sha1);
}

void mtproto_msg_key_large(const struct mtproto_kernels *kernels, const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE],
			   enum mtproto_direction direction, const uint8_t *plain, size_t len, uint8_t out[32])
{
	kernels->msg_key_large(auth_key + 88 + direction, plain, len, out);
}

void mtproto_kdf_v2(const struct mtproto_kernels *kernels, const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE],
		    const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE], enum mtproto_direction direction, uint8_t aes_key[32],
		    uint8_t aes_iv[32])
{
	const uint8_t *part = auth_key + direction;

	kernels->kdf_v2(part, part + 40, msg_key, aes_key, aes_iv);
}

void mtproto_kdf_v1(const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		    enum mtproto_direction direction, uint8_t aes_key[32], uint8_t aes_iv[32])
{
	const uint8_t *part = auth_key + direction;
	const struct mtproto_span key = {msg_key, MTPROTO_MSG_KEY_SIZE};
	const struct mtproto_span a_parts[] = {key, {part, 32}};
	const struct mtproto_span b_parts[] = {{part + 32, 16}, key, {part + 48, 16}};
	const struct mtproto_span c_parts[] = {{part + 64, 32}, key};
	const struct mtproto_span d_parts[] = {key, {part + 96, 32}};
	uint8_t a[20], b[20], c[20], d[20];

	mtp_sha1(a, a_parts, 2);
	mtp_sha1(b, b_parts, 3);
	mtp_sha1(c, c_parts, 2);
	mtp_sha1(d, d_parts, 2);

	memcpy(aes_key, a, 8);
	memcpy(aes_key + 8, b + 8, 12);
	memcpy(aes_key + 20, c + 4, 12);
	memcpy(aes_iv, a + 8, 12);
	memcpy(aes_iv + 12, b, 8);
	memcpy(aes_iv + 20, c + 16, 4);
	memcpy(aes_iv + 24, d, 8);

	mtproto_wipe(a, sizeof(a));
	mtproto_wipe(b, sizeof(b));
	mtproto_wipe(c, sizeof(c));
	mtproto_wipe(d, sizeof(d));
}
