/* Values of the key exchange. core.telegram.org/mtproto/auth_key. */
#include <mtproto/crypto.h>

#include "base/bytes.h"
#include "crypto/sha.h"

void mtproto_tmp_aes(const uint8_t new_nonce[32], const uint8_t server_nonce[16], uint8_t aes_key[32],
		     uint8_t aes_iv[32])
{
	const struct mtproto_span ns_parts[] = {{new_nonce, 32}, {server_nonce, 16}};
	const struct mtproto_span sn_parts[] = {{server_nonce, 16}, {new_nonce, 32}};
	const struct mtproto_span nn_parts[] = {{new_nonce, 32}, {new_nonce, 32}};
	uint8_t ns[20], sn[20], nn[20];

	mtp_sha1(ns, ns_parts, 2);
	mtp_sha1(sn, sn_parts, 2);
	mtp_sha1(nn, nn_parts, 2);

	memcpy(aes_key, ns, 20);
	memcpy(aes_key + 20, sn, 12);
	memcpy(aes_iv, sn + 12, 8);
	memcpy(aes_iv + 8, nn, 20);
	memcpy(aes_iv + 28, new_nonce, 4);

	mtproto_wipe(ns, sizeof(ns));
	mtproto_wipe(sn, sizeof(sn));
	mtproto_wipe(nn, sizeof(nn));
}

uint64_t mtproto_first_salt(const uint8_t new_nonce[32], const uint8_t server_nonce[16])
{
	return mtp_load_le64(new_nonce) ^ mtp_load_le64(server_nonce);
}

void mtproto_new_nonce_hash(const uint8_t new_nonce[32], uint8_t number, uint64_t aux_hash, uint8_t out[16])
{
	uint8_t sha1[20], aux[8];
	const struct mtproto_span parts[] = {{new_nonce, 32}, {&number, 1}, {aux, sizeof(aux)}};

	mtp_store_le64(aux, aux_hash);
	mtp_sha1(sha1, parts, 3);
	memcpy(out, sha1 + 4, 16);
}

void mtproto_new_nonce_hash_fail(const uint8_t new_nonce[32], uint8_t out[16])
{
	uint8_t sha1[20];
	const struct mtproto_span part = {new_nonce, 32};

	mtp_sha1(sha1, &part, 1);
	memcpy(out, sha1 + 4, 16);
}
