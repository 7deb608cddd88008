/* The set for x86 with AES-NI, SSE4.1 and SHA-NI. One message at a time: IGE is bound by the latency of AES, 14
 * dependent rounds a block, and the code below puts nothing else on that path. */
#include "crypto/kernels.h"

#if defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/aesni.h"
#include "crypto/sha.h"
#include "crypto/shani.h"

#define SHA_BLOCK   64
#define CTR_LANES   8
#define KDF_BITS    (8 * (MTPROTO_MSG_KEY_SIZE + 36))
#define PREFIX_SIZE 32

/* ---- AES-256-IGE ---- */

AESNI_INLINE __m128i middle_rounds(const struct aesni_keys *keys, __m128i state, bool encrypt)
{
	for (int i = 1; i < AESNI_ROUNDS; i++)
		state = encrypt ? _mm_aesenc_si128(state, keys->round[i]) : _mm_aesdec_si128(state, keys->round[i]);
	return state;
}

AESNI_INLINE __m128i last_round(__m128i state, __m128i key, bool encrypt)
{
	return encrypt ? _mm_aesenclast_si128(state, key) : _mm_aesdeclast_si128(state, key);
}

/* Both directions compute out = AES(in ^ previous out) ^ previous in.
 *
 * The last AES round ends with the XOR of a key, so anything else that is to be XORed to its result can be XORed to
 * that key beforehand, off the critical path. The last round is done twice: once for the output, and once with the
 * whole way to the next block's first state folded in (next in ^ first round key). The second one is the chain; the
 * first is not. */
AESNI_INLINE void ige_chain(const struct aesni_keys *keys, __m128i previous_out, __m128i previous_in, const uint8_t *in,
			    uint8_t *out, size_t blocks, bool encrypt)
{
	const __m128i first_key = keys->round[0];
	const __m128i last_key = keys->round[AESNI_ROUNDS];
	__m128i text = aesni_load(in);
	__m128i state = _mm_xor_si128(_mm_xor_si128(text, previous_out), first_key);
	__m128i out_key = _mm_xor_si128(last_key, previous_in);

	for (; blocks > 1; blocks--) {
		__m128i next_text = aesni_load(in += MTP_AES_BLOCK);
		__m128i chain_key = _mm_xor_si128(out_key, _mm_xor_si128(next_text, first_key));

		state = middle_rounds(keys, state, encrypt);
		aesni_store(out, last_round(state, out_key, encrypt));
		state = last_round(state, chain_key, encrypt);

		out_key = _mm_xor_si128(last_key, text);
		text = next_text;
		out += MTP_AES_BLOCK;
	}
	state = middle_rounds(keys, state, encrypt);
	aesni_store(out, last_round(state, out_key, encrypt));
}

static int ige_encrypt(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct aesni_keys keys;
	size_t last = (blocks - 1) * MTP_AES_BLOCK;
	__m128i last_in = aesni_load(in + last);

	aesni_encrypt_keys(&keys, key);
	ige_chain(&keys, aesni_load(iv), aesni_load(iv + 16), in, out, blocks, true);
	aesni_store(iv, aesni_load(out + last));
	aesni_store(iv + 16, last_in);
	aesni_wipe(&keys, sizeof(keys));
	return 0;
}

static int ige_decrypt(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct aesni_keys keys;
	size_t last = (blocks - 1) * MTP_AES_BLOCK;
	__m128i last_in = aesni_load(in + last);

	aesni_decrypt_keys(&keys, key);
	ige_chain(&keys, aesni_load(iv + 16), aesni_load(iv), in, out, blocks, false);
	aesni_store(iv, last_in);
	aesni_store(iv + 16, aesni_load(out + last));
	aesni_wipe(&keys, sizeof(keys));
	return 0;
}

/* ---- AES-256-CTR ---- */

static int ctr_init(struct mtproto_ctr *ctr, const uint8_t key[32])
{
	struct aesni_keys keys;

	_Static_assert(sizeof(keys) == sizeof(ctr->key.schedule), "a schedule is 15 round keys");
	aesni_encrypt_keys(&keys, key);
	memcpy(ctr->key.schedule, &keys, sizeof(keys));
	aesni_wipe(&keys, sizeof(keys));
	return 0;
}

AESNI_INLINE __m128i counter_block(struct mtp_counter *counter)
{
	__m128i block =
		_mm_set_epi64x((int64_t)__builtin_bswap64(counter->low), (int64_t)__builtin_bswap64(counter->high));

	mtp_counter_next(counter);
	return block;
}

/* lanes blocks side by side hide the latency of each other's rounds. */
AESNI_INLINE void ctr_xor_lanes(const struct aesni_keys *keys, struct mtp_counter *counter, const uint8_t *in,
				uint8_t *out, int lanes)
{
	__m128i block[CTR_LANES];

	for (int i = 0; i < lanes; i++)
		block[i] = _mm_xor_si128(counter_block(counter), keys->round[0]);
	for (int round = 1; round < AESNI_ROUNDS; round++)
		for (int i = 0; i < lanes; i++)
			block[i] = _mm_aesenc_si128(block[i], keys->round[round]);
	for (int i = 0; i < lanes; i++) {
		__m128i text = aesni_load(in + i * MTP_AES_BLOCK);

		block[i] = _mm_aesenclast_si128(block[i], _mm_xor_si128(keys->round[AESNI_ROUNDS], text));
		aesni_store(out + i * MTP_AES_BLOCK, block[i]);
	}
}

static int ctr_xor(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks)
{
	struct mtp_counter counter = mtp_counter_at(ctr->iv, first);
	struct aesni_keys keys;

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
	aesni_wipe(&keys, sizeof(keys));
	return 0;
}

/* ---- SHA-256 ---- */

/* The 64 rounds of one block for streams that don't wait for each other. */
SHANI_INLINE void compress(struct shani_state *s, struct shani_words *m, int streams)
{
	for (int i = 0; i < 4; i++)
		for (int stream = 0; stream < streams; stream++)
			shani_rounds(&s[stream], m[stream].w[i], mtp_sha256_k + 4 * i);
	for (int turn = 16; turn < 64; turn += 16)
		for (int i = 0; i < 4; i++)
			for (int stream = 0; stream < streams; stream++)
				shani_step(&s[stream], &m[stream], i, mtp_sha256_k + turn + 4 * i);
}

SHANI_INLINE void compress_blocks(struct shani_state *s, const uint8_t *data, size_t blocks)
{
	for (; blocks; blocks--, data += SHA_BLOCK) {
		const struct shani_state before = *s;
		struct shani_words m = shani_load_block(data);

		compress(s, &m, 1);
		shani_add(s, &before);
	}
}

/* The last len < 64 bytes of a message of total bytes, 0x80, zeros and the length in bits. */
static void finish(struct shani_state *s, const uint8_t *data, size_t len, uint64_t total)
{
	uint8_t end[2 * SHA_BLOCK] = {0};
	size_t blocks = len + 1 + 8 <= SHA_BLOCK ? 1 : 2;

	memcpy(end, data, len);
	end[len] = 0x80;
	mtp_store_be64(end + blocks * SHA_BLOCK - 8, total * 8);
	compress_blocks(s, end, blocks);
	aesni_wipe(end, sizeof(end));
}

static void msg_key_large(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32])
{
	struct shani_state s = shani_initial();
	size_t head = len < SHA_BLOCK - PREFIX_SIZE ? len : SHA_BLOCK - PREFIX_SIZE;
	size_t rest = len - head;
	uint8_t first[SHA_BLOCK];
	__m128i low, high;

	memcpy(first, prefix, PREFIX_SIZE);
	if (head)
		memcpy(first + PREFIX_SIZE, plain, head);
	if (PREFIX_SIZE + head < SHA_BLOCK) {
		finish(&s, first, PREFIX_SIZE + head, PREFIX_SIZE + len);
	} else {
		compress_blocks(&s, first, 1);
		compress_blocks(&s, plain + head, rest / SHA_BLOCK);
		finish(&s, plain + len - rest % SHA_BLOCK, rest % SHA_BLOCK, PREFIX_SIZE + len);
	}
	shani_digest(&s, &low, &high);
	aesni_store(out, low);
	aesni_store(out + 16, high);
	aesni_wipe(first, sizeof(first));
}

/* The words of an only block: 52 bytes, 0x80, zeros and the length in bits. */
SHANI_INLINE struct shani_words kdf_words(__m128i first, __m128i second, __m128i third, uint32_t last)
{
	struct shani_words m = {{first, second, third, _mm_set_epi32(KDF_BITS, 0, (int)0x80000000, (int)last)}};

	return m;
}

/* Two messages of one block each, hashed side by side in registers. */
static void kdf_v2(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		   uint8_t aes_key[32], uint8_t aes_iv[32])
{
	const __m128i key = shani_load(msg_key);
	const __m128i b_end = _mm_cvtsi32_si128((int)mtp_load_be32(b_part + 32));
	const struct shani_state initial = shani_initial();
	struct shani_state s[2] = {initial, initial};
	struct shani_words m[2];
	__m128i a_low, a_high, b_low, b_high;

	m[0] = kdf_words(key, shani_load(a_part), shani_load(a_part + 16), mtp_load_be32(a_part + 32));
	/* b_part ends in the middle of a register: the words of msg_key follow its last one. */
	m[1] = kdf_words(shani_load(b_part), shani_load(b_part + 16), _mm_or_si128(b_end, _mm_slli_si128(key, 4)),
			 (uint32_t)_mm_extract_epi32(key, 3));
	compress(s, m, 2);
	shani_add(&s[0], &initial);
	shani_add(&s[1], &initial);

	shani_digest(&s[0], &a_low, &a_high);
	shani_digest(&s[1], &b_low, &b_high);
	aesni_store(aes_key, _mm_blend_epi16(a_low, b_low, 0xf0));
	aesni_store(aes_key + 16, _mm_blend_epi16(b_high, a_high, 0xf0));
	aesni_store(aes_iv, _mm_blend_epi16(b_low, a_low, 0xf0));
	aesni_store(aes_iv + 16, _mm_blend_epi16(a_high, b_high, 0xf0));
}

static const struct mtproto_kernels aesni_kernels = {
	.name = "aesni",
	.ige_encrypt = ige_encrypt,
	.ige_decrypt = ige_decrypt,
	.ctr_init = ctr_init,
	.ctr_xor = ctr_xor,
	.msg_key_large = msg_key_large,
	.kdf_v2 = kdf_v2,
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
