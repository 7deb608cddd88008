/* AES_ige_encrypt is deprecated without a successor. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "bench/composed.h"

#include <string.h>

#include <openssl/aes.h>
#include <openssl/sha.h>

#define HEADER 24

static void derive(const struct mtproto_auth_key *key, enum mtproto_direction direction, const uint8_t msg_key[16],
		   uint8_t aes_key[32], uint8_t aes_iv[32])
{
	uint8_t text[52], a[32], b[32];

	memcpy(text, msg_key, 16);
	memcpy(text + 16, key->data + direction, 36);
	SHA256(text, sizeof(text), a);
	memcpy(text, key->data + 40 + direction, 36);
	memcpy(text + 36, msg_key, 16);
	SHA256(text, sizeof(text), b);
	memcpy(aes_key, a, 8);
	memcpy(aes_key + 8, b + 8, 16);
	memcpy(aes_key + 24, a + 24, 8);
	memcpy(aes_iv, b, 8);
	memcpy(aes_iv + 8, a + 8, 16);
	memcpy(aes_iv + 24, b + 24, 8);
}

static void hash(const struct mtproto_auth_key *key, enum mtproto_direction direction, const uint8_t *plain, size_t len,
		 uint8_t out[32])
{
	SHA256_CTX sha;

	SHA256_Init(&sha);
	SHA256_Update(&sha, key->data + 88 + direction, 32);
	SHA256_Update(&sha, plain, len);
	SHA256_Final(out, &sha);
}

void composed_seal(const struct mtproto_auth_key *key, enum mtproto_direction direction, const uint8_t header[32],
		   const uint8_t *body, size_t body_len, size_t padding, uint8_t *packet)
{
	uint8_t *plain = packet + HEADER;
	size_t len = 32 + body_len + padding;
	uint8_t large[32], aes_key[32], aes_iv[32];
	AES_KEY aes;

	memcpy(plain, header, 32);
	memcpy(plain + 32, body, body_len);
	memset(plain + 32 + body_len, 0x5a, padding);
	hash(key, direction, plain, len, large);
	memcpy(packet, &key->id, sizeof(key->id));
	memcpy(packet + 8, large + 8, 16);
	derive(key, direction, large + 8, aes_key, aes_iv);
	AES_set_encrypt_key(aes_key, 256, &aes);
	AES_ige_encrypt(plain, plain, len, &aes, aes_iv, AES_ENCRYPT);
}

bool composed_open(const struct mtproto_auth_key *key, enum mtproto_direction direction, uint8_t *packet, size_t len)
{
	uint8_t large[32], aes_key[32], aes_iv[32];
	AES_KEY aes;

	len -= HEADER;
	derive(key, direction, packet + 8, aes_key, aes_iv);
	AES_set_decrypt_key(aes_key, 256, &aes);
	AES_ige_encrypt(packet + HEADER, packet + HEADER, len, &aes, aes_iv, AES_DECRYPT);
	hash(key, direction, packet + HEADER, len, large);
	return mtproto_equal_const_time(packet + 8, large + 8, 16);
}
