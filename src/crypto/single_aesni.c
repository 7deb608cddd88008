/* One message, for every set of x86: its time is what depends on each other, so everything else is kept off that path.
 * Key derivation, key schedule and blocks hand their results on in registers, and the code is short enough for a CPU to
 * begin with the hash of the first blocks while the later ones are still being decrypted. */
#include "crypto/kernels.h"

#if defined(__x86_64__) && defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/lanes.h"

#define B_PART      40 /* of auth_key + x */
#define PREFIX      88
#define PREFIX_SIZE 32

/* SHA256(prefix | plain), whose first block and last one are put together here. */
AESNI_INLINE void hash(struct mtp_text *text, __m128i *low, __m128i *high)
{
	const size_t len = PREFIX_SIZE + text->blocks * AESNI_BLOCK;
	const size_t rest = len % SHANI_BLOCK;
	const uint8_t *data = text->data - PREFIX_SIZE; /* as if the prefix were in front of it */
	struct shani_state s = shani_initial();
	_Alignas(16) uint8_t edge[2][SHANI_BLOCK];

	aesni_store(edge[0], aesni_load(text->key + PREFIX));
	aesni_store(edge[0] + 16, aesni_load(text->key + PREFIX + 16));
	aesni_store(edge[0] + 32, aesni_load_halves(text->data));
	aesni_store(edge[0] + 48, aesni_load_halves(text->data + 16));
	shani_tail(edge[1], data + len - rest, rest, len);
	for (size_t at = 0; at <= len; at += SHANI_BLOCK) {
		const uint8_t *block = at == 0 ? edge[0] : at + SHANI_BLOCK > len ? edge[1] : data + at;

		shani_blocks(&s, &block, 1, 1);
	}
	shani_digest(&s, low, high);
	aesni_store(text->msg_key_large, *low);
	aesni_store(text->msg_key_large + 16, *high);
	aesni_wipe(edge, sizeof(edge));
}

void mtp_seal_one_aesni(struct mtp_text *text)
{
	struct aesni_keys keys;
	struct shani_kdf kdf;
	__m128i low, high, msg_key;

	hash(text, &low, &high);
	msg_key = _mm_alignr_epi8(high, low, 8);
	aesni_store(text->msg_key, msg_key);
	kdf = shani_kdf_v2(text->key, text->key + B_PART, msg_key);
	aesni_encrypt_keys(keys.round, 1, kdf.key_low, kdf.key_high);
	aesni_ige_chain(&keys, kdf.iv_low, kdf.iv_high, text->data, text->data, text->blocks, true);
	text->error = 0;
	aesni_wipe(&keys, sizeof(keys));
}

void mtp_open_one_aesni(struct mtp_text *text)
{
	struct shani_kdf kdf = shani_kdf_v2(text->key, text->key + B_PART, aesni_load(text->msg_key));
	struct aesni_keys keys;
	__m128i low, high;

	aesni_decrypt_keys(keys.round, 1, kdf.key_low, kdf.key_high);
	aesni_ige_chain(&keys, kdf.iv_high, kdf.iv_low, text->data, text->data, text->blocks, false);
	hash(text, &low, &high);
	text->error = 0;
	aesni_wipe(&keys, sizeof(keys));
}

#endif
