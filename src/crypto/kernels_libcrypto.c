/* The set that runs everywhere: AES by libcrypto, block by block, with IGE and CTR built on top.
 *
 * libcrypto 3 offers IGE only through deprecated calls, and its CTR keeps a position of its own; raw blocks (ECB) serve
 * both and make CTR addressable for free. */
#include "crypto/kernels.h"

#include "crypto/sha.h"

#include <string.h>

#include <openssl/evp.h>

#define CTR_CHUNK_BLOCKS 64

static EVP_CIPHER_CTX *aes_new(const uint8_t key[32], bool encrypt)
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();

	if (!aes)
		return NULL;
	if (!EVP_CipherInit_ex(aes, EVP_aes_256_ecb(), NULL, key, NULL, encrypt) ||
	    !EVP_CIPHER_CTX_set_padding(aes, 0)) {
		EVP_CIPHER_CTX_free(aes);
		return NULL;
	}
	return aes;
}

/* len is a multiple of 16 and in may be out. */
static bool aes_blocks(EVP_CIPHER_CTX *aes, const uint8_t *in, uint8_t *out, int len)
{
	int written = 0;

	return EVP_CipherUpdate(aes, out, &written, in, len) && written == len;
}

static void xor_blocks(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t blocks)
{
	for (size_t i = 0; i < blocks * MTP_AES_BLOCK; i += 8)
		mtp_store_le64(out + i, mtp_load_le64(a + i) ^ mtp_load_le64(b + i));
}

/* IGE in either direction is out = AES(in ^ previous out) ^ previous in; the two previous blocks are advanced. */
static bool ige_chain(EVP_CIPHER_CTX *aes, uint8_t *previous_out, uint8_t *previous_in, const uint8_t *in, uint8_t *out,
		      size_t blocks)
{
	uint8_t text[MTP_AES_BLOCK];
	bool done = true;

	for (; blocks && done; blocks--) {
		memcpy(text, in, MTP_AES_BLOCK);
		xor_blocks(out, text, previous_out, 1);
		done = aes_blocks(aes, out, out, MTP_AES_BLOCK);
		xor_blocks(out, out, previous_in, 1);
		memcpy(previous_in, text, MTP_AES_BLOCK);
		memcpy(previous_out, out, MTP_AES_BLOCK);
		in += MTP_AES_BLOCK;
		out += MTP_AES_BLOCK;
	}
	mtproto_wipe(text, sizeof(text));
	return done;
}

static int ige(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks, bool encrypt)
{
	EVP_CIPHER_CTX *aes = aes_new(key, encrypt);
	uint8_t next[32];
	uint8_t *ciphertext = next;
	uint8_t *plaintext = next + MTP_AES_BLOCK;
	bool done = false;

	memcpy(next, iv, sizeof(next));
	if (aes && encrypt)
		done = ige_chain(aes, ciphertext, plaintext, in, out, blocks);
	else if (aes)
		done = ige_chain(aes, plaintext, ciphertext, in, out, blocks);

	if (done)
		memcpy(iv, next, sizeof(next));
	else
		mtproto_wipe(out, blocks * MTP_AES_BLOCK);
	mtproto_wipe(next, sizeof(next));
	EVP_CIPHER_CTX_free(aes);
	return done ? 0 : MTPROTO_ERR_CRYPTO;
}

static int ige_encrypt(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	return ige(key, iv, in, out, blocks, true);
}

static int ige_decrypt(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	return ige(key, iv, in, out, blocks, false);
}

static int ctr_init(struct mtproto_ctr *ctr, const uint8_t key[32])
{
	ctr->key.evp = aes_new(key, true);
	return ctr->key.evp ? 0 : MTPROTO_ERR_CRYPTO;
}

static void ctr_fini(struct mtproto_ctr *ctr)
{
	EVP_CIPHER_CTX_free(ctr->key.evp);
}

/* Writes the counter blocks in place of the key stream, encrypts them there and XORs. */
static bool ctr_chunk(EVP_CIPHER_CTX *aes, struct mtp_counter *counter, const uint8_t *in, uint8_t *out, size_t blocks)
{
	uint8_t stream[CTR_CHUNK_BLOCKS * MTP_AES_BLOCK];
	size_t len = blocks * MTP_AES_BLOCK;
	bool done;

	for (size_t i = 0; i < len; i += MTP_AES_BLOCK) {
		mtp_store_be64(stream + i, counter->high);
		mtp_store_be64(stream + i + 8, counter->low);
		mtp_counter_next(counter);
	}
	done = aes_blocks(aes, stream, stream, (int)len);
	xor_blocks(out, in, stream, blocks);
	mtproto_wipe(stream, len);
	return done;
}

static int ctr_xor(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct mtp_counter counter = mtp_counter_at(ctr->iv, first);

	while (blocks) {
		size_t chunk = blocks < CTR_CHUNK_BLOCKS ? blocks : CTR_CHUNK_BLOCKS;

		if (!ctr_chunk(ctr->key.evp, &counter, in, out, chunk))
			return MTPROTO_ERR_CRYPTO;
		in += chunk * MTP_AES_BLOCK;
		out += chunk * MTP_AES_BLOCK;
		blocks -= chunk;
	}
	return 0;
}

static bool libcrypto_sha256(uint8_t out[32], const struct mtproto_span *parts, size_t count)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool done = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);

	for (size_t i = 0; done && i < count; i++)
		done = EVP_DigestUpdate(hash, parts[i].data, parts[i].len);
	done = done && EVP_DigestFinal_ex(hash, out, NULL);
	EVP_MD_CTX_free(hash);
	return done;
}

/* libcrypto's hash is several times faster than ours, but may fail for lack of memory: then ours takes over. */
static void sha256(uint8_t out[32], const struct mtproto_span *parts, size_t count)
{
	if (!libcrypto_sha256(out, parts, count))
		mtp_sha256(out, parts, count);
}

static void msg_key_large(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32])
{
	const struct mtproto_span parts[] = {{prefix, 32}, {plain, len}};

	sha256(out, parts, 2);
}

static void kdf_v2(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		   uint8_t aes_key[32], uint8_t aes_iv[32])
{
	const struct mtproto_span a_parts[] = {{msg_key, MTPROTO_MSG_KEY_SIZE}, {a_part, 36}};
	const struct mtproto_span b_parts[] = {{b_part, 36}, {msg_key, MTPROTO_MSG_KEY_SIZE}};
	uint8_t a[32], b[32];

	sha256(a, a_parts, 2);
	sha256(b, b_parts, 2);
	memcpy(aes_key, a, 8);
	memcpy(aes_key + 8, b + 8, 16);
	memcpy(aes_key + 24, a + 24, 8);
	memcpy(aes_iv, b, 8);
	memcpy(aes_iv + 8, a + 8, 16);
	memcpy(aes_iv + 24, b + 24, 8);
	mtproto_wipe(a, sizeof(a));
	mtproto_wipe(b, sizeof(b));
}

static const struct mtproto_kernels libcrypto_kernels = {
	.name = "libcrypto",
	.ige_encrypt = ige_encrypt,
	.ige_decrypt = ige_decrypt,
	.ctr_init = ctr_init,
	.ctr_fini = ctr_fini,
	.ctr_xor = ctr_xor,
	.msg_key_large = msg_key_large,
	.kdf_v2 = kdf_v2,
};

const struct mtproto_kernels *mtp_kernels_libcrypto(void)
{
	return &libcrypto_kernels;
}
