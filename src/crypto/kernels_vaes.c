/* The set for x86 with VAES and AVX-512: four lanes are one register of 512 bits. What has one lane only is that of the
 * AES-NI set. */
#include "crypto/kernels.h"

#if defined(__x86_64__) && defined(__VAES__) && defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AES__) && \
	defined(__SHA__)

#include "crypto/lanes.h"
#include "crypto/wide.h"

#define GROUP      4 /* lanes in a register */
#define GROUPS_MAX (LANES_MAX / GROUP)

AESNI_INLINE __m512i vaes_round(__m512i state, __m512i key, bool encrypt)
{
	return encrypt ? _mm512_aesenc_epi128(state, key) : _mm512_aesdec_epi128(state, key);
}

AESNI_INLINE __m512i vaes_last_round(__m512i state, __m512i key, bool encrypt)
{
	return encrypt ? _mm512_aesenclast_epi128(state, key) : _mm512_aesdeclast_epi128(state, key);
}

/* The place of a block of lane i. There are fewer general registers than lanes, and a compiler would keep some of the
 * pointers in vector registers, which must hold nothing but secrets (scripts/branch-check.py): so they are read from
 * memory each time. */
AESNI_INLINE uint8_t *place(uint8_t *const *text, int i, size_t at)
{
	return *(uint8_t *const volatile *)&text[i] + at;
}

/* A block of each of four lanes from lane i on. */
AESNI_INLINE __m512i load_blocks(uint8_t *const *text, int i, size_t at)
{
	__m512i blocks = _mm512_castsi128_si512(aesni_load(place(text, i, at)));

	blocks = _mm512_inserti32x4(blocks, aesni_load(place(text, i + 1, at)), 1);
	blocks = _mm512_inserti32x4(blocks, aesni_load(place(text, i + 2, at)), 2);
	return _mm512_inserti32x4(blocks, aesni_load(place(text, i + 3, at)), 3);
}

/* The first lane last, because idle lanes have the place of its text as theirs. */
AESNI_INLINE void store_blocks(uint8_t *const *text, int i, size_t at, __m512i blocks)
{
	aesni_store(place(text, i + 3, at), _mm512_extracti32x4_epi32(blocks, 3));
	aesni_store(place(text, i + 2, at), _mm512_extracti32x4_epi32(blocks, 2));
	aesni_store(place(text, i + 1, at), _mm512_extracti32x4_epi32(blocks, 1));
	aesni_store(place(text, i, at), _mm512_castsi512_si128(blocks));
}

/* IGE of a group of lanes. */
struct vaes_ige {
	__m512i previous_out;
	__m512i previous_in;
};

AESNI_INLINE struct vaes_ige load_ige(const struct lanes *l, int group)
{
	struct vaes_ige ige = {
		_mm512_load_si512(&l->previous_out[GROUP * group]),
		_mm512_load_si512(&l->previous_in[GROUP * group]),
	};

	return ige;
}

AESNI_INLINE void store_ige(struct lanes *l, int group, const struct vaes_ige *ige)
{
	_mm512_store_si512(&l->previous_out[GROUP * group], ige->previous_out);
	_mm512_store_si512(&l->previous_in[GROUP * group], ige->previous_in);
}

AESNI_INLINE __m512i load_key(const struct lanes *l, int round, int group)
{
	return _mm512_load_si512(&l->key[round][GROUP * group]);
}

AESNI_INLINE __m512i begin_block(const struct lanes *l, int group, const struct vaes_ige *ige, __m512i text)
{
	return _mm512_xor_si512(ige->previous_out, _mm512_xor_si512(text, load_key(l, FIRST_KEY, group)));
}

/* What is to be XORed to the result of the last round is XORed to its key before. Returns what text became. */
AESNI_INLINE __m512i end_block(const struct lanes *l, int group, struct vaes_ige *ige, __m512i text, __m512i state,
			       bool encrypt)
{
	__m512i key = _mm512_xor_si512(load_key(l, LAST_KEY, group), ige->previous_in);

	ige->previous_out = vaes_last_round(state, key, encrypt);
	ige->previous_in = text;
	return ige->previous_out;
}

AESNI_INLINE void crypt_groups(struct lanes *l, uint8_t *const *text, size_t blocks, bool encrypt, int groups)
{
	struct vaes_ige ige[GROUPS_MAX];

	for (int g = 0; g < groups; g++)
		ige[g] = load_ige(l, g);
	for (size_t at = 0; at < blocks * AESNI_BLOCK; at += AESNI_BLOCK) {
		__m512i in[GROUPS_MAX], state[GROUPS_MAX];

		for (int g = 0; g < groups; g++) {
			in[g] = load_blocks(text, GROUP * g, at);
			state[g] = begin_block(l, g, &ige[g], in[g]);
		}
#pragma GCC unroll 16
		for (int round = 1; round < AESNI_ROUNDS; round++)
			for (int g = 0; g < groups; g++)
				state[g] = vaes_round(state[g], load_key(l, round, g), encrypt);
		for (int g = groups - 1; g >= 0; g--)
			store_blocks(text, GROUP * g, at, end_block(l, g, &ige[g], in[g], state[g], encrypt));
	}
	for (int g = 0; g < groups; g++)
		store_ige(l, g, &ige[g]);
}

AESNI_INLINE void crypt_width(struct lanes *l, uint8_t *const *text, size_t blocks, bool encrypt, size_t groups)
{
	if (groups == 1)
		crypt_groups(l, text, blocks, encrypt, 1);
	else if (groups == 2)
		crypt_groups(l, text, blocks, encrypt, 2);
	else
		crypt_groups(l, text, blocks, encrypt, GROUPS_MAX);
}

/* Functions of their own, because all general registers are needed. */
static __attribute__((noinline)) void encrypt_lanes(struct lanes *l, uint8_t *const *text, size_t blocks, size_t groups)
{
	crypt_width(l, text, blocks, true, groups);
}

static __attribute__((noinline)) void decrypt_lanes(struct lanes *l, uint8_t *const *text, size_t blocks, size_t groups)
{
	crypt_width(l, text, blocks, false, groups);
}

static void crypt_lanes(struct lanes *l, size_t count, size_t blocks, bool encrypt)
{
	size_t groups = count <= GROUP ? 1 : count <= 2 * GROUP ? 2 : GROUPS_MAX;
	uint8_t *text[LANES_MAX];

	if (count == 1) {
		mtp_lanes_crypt_aesni(l, count, blocks, encrypt);
		return;
	}
	for (size_t i = 0; i < GROUP * groups; i++)
		text[i] = l->text[i < count ? i : 0];
	if (encrypt)
		encrypt_lanes(l, text, blocks, groups);
	else
		decrypt_lanes(l, text, blocks, groups);
	for (size_t i = 0; i < count; i++)
		l->text[i] += blocks * AESNI_BLOCK;
}

/* ---- The set ---- */

/* One stream alone takes as long as two together, so none is left alone. */
static void hash(struct shani_state *state, const uint8_t *const *data, size_t count, size_t blocks)
{
	if (count >= WIDE_STREAMS_MIN) {
		mtp_wide_hash(state, data, count, blocks);
		return;
	}
	while (count) {
		size_t streams = count < LANES_SHADOW ? count : LANES_SHADOW;

		if (count == LANES_SHADOW + 1)
			streams = 3;
		mtp_lanes_hash_aesni(state, data, streams, blocks);
		state += streams;
		data += streams;
		count -= streams;
	}
}

static const struct lanes_ops lanes = {
	.crypt = crypt_lanes,
	.lanes = LANES_MAX,
	.hash = hash,
	.streams = WIDE_STREAMS,
	.streams_min = WIDE_STREAMS_MIN,
	.shadow = mtp_lanes_shadow_vaes,
	.shadow_ctr = mtp_lanes_shadow_ctr_vaes,
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

const struct mtproto_kernels *mtp_kernels_vaes(void)
{
	static const struct mtproto_kernels vaes_kernels = {
		.name = "vaes",
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

	return &vaes_kernels;
}

#else

const struct mtproto_kernels *mtp_kernels_vaes(void)
{
	return NULL;
}

#endif
