/* The set for x86 with VAES and AVX-512: four lanes are one register of 512 bits. What has one lane only is that of the
 * AES-NI set. */
#include "crypto/kernels.h"

#if defined(__VAES__) && defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AES__) && defined(__SHA__)

#include "crypto/shadow.h"

#define GROUP      4 /* lanes in a register, and blocks of a lane that are loaded together */
#define GROUPS_MAX (LANES_MAX / GROUP)

AESNI_INLINE __m512i vaes_round(__m512i state, __m512i key, bool encrypt)
{
	return encrypt ? _mm512_aesenc_epi128(state, key) : _mm512_aesdec_epi128(state, key);
}

AESNI_INLINE __m512i vaes_last_round(__m512i state, __m512i key, bool encrypt)
{
	return encrypt ? _mm512_aesenclast_epi128(state, key) : _mm512_aesdeclast_epi128(state, key);
}

/* Four blocks of each of four lanes, to and from one block of all lanes in each register. */
AESNI_INLINE void transpose(__m512i block[GROUP])
{
	__m512i low01 = _mm512_shuffle_i32x4(block[0], block[1], 0x44);
	__m512i high01 = _mm512_shuffle_i32x4(block[0], block[1], 0xee);
	__m512i low23 = _mm512_shuffle_i32x4(block[2], block[3], 0x44);
	__m512i high23 = _mm512_shuffle_i32x4(block[2], block[3], 0xee);

	block[0] = _mm512_shuffle_i32x4(low01, low23, 0x88);
	block[1] = _mm512_shuffle_i32x4(low01, low23, 0xdd);
	block[2] = _mm512_shuffle_i32x4(high01, high23, 0x88);
	block[3] = _mm512_shuffle_i32x4(high01, high23, 0xdd);
}

/* words has a bit for each 8 bytes of a text that may be touched. */
AESNI_INLINE void load_blocks(__m512i block[GROUP], uint8_t *const text[GROUP], __mmask8 words)
{
	for (int i = 0; i < GROUP; i++)
		block[i] = _mm512_maskz_loadu_epi64(words, text[i]);
	transpose(block);
}

/* The first lane last, because idle lanes have the place of its text as theirs. */
AESNI_INLINE void store_blocks(uint8_t *const text[GROUP], __m512i block[GROUP], __mmask8 words)
{
	transpose(block);
	for (int i = GROUP - 1; i >= 0; i--)
		_mm512_mask_storeu_epi64(text[i], words, block[i]);
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

/* One block of each lane. */
AESNI_INLINE void crypt_block(const struct lanes *l, struct vaes_ige *ige, __m512i (*block)[GROUP], int at,
			      bool encrypt, int groups)
{
	__m512i state[GROUPS_MAX];

	for (int g = 0; g < groups; g++)
		state[g] = begin_block(l, g, &ige[g], block[g][at]);
#pragma GCC unroll 16
	for (int round = 1; round < AESNI_ROUNDS; round++)
		for (int g = 0; g < groups; g++)
			state[g] = vaes_round(state[g], load_key(l, round, g), encrypt);
	for (int g = 0; g < groups; g++)
		block[g][at] = end_block(l, g, &ige[g], block[g][at], state[g], encrypt);
}

/* One to four blocks of each lane. */
AESNI_INLINE void crypt_blocks(const struct lanes *l, struct vaes_ige *ige, uint8_t *const *text, int blocks,
			       bool encrypt, int groups)
{
	const __mmask8 words = (__mmask8)((1u << 2 * blocks) - 1);
	__m512i block[GROUPS_MAX][GROUP];

	for (int g = 0; g < groups; g++)
		load_blocks(block[g], text + GROUP * g, words);
#pragma GCC unroll 4
	for (int at = 0; at < GROUP; at++)
		if (at < blocks)
			crypt_block(l, ige, block, at, encrypt, groups);
	for (int g = 0; g < groups; g++)
		store_blocks(text + GROUP * g, block[g], words);
}

AESNI_INLINE void crypt_groups(struct lanes *l, uint8_t **text, size_t blocks, bool encrypt, int groups)
{
	struct vaes_ige ige[GROUPS_MAX];

	for (int g = 0; g < groups; g++)
		ige[g] = load_ige(l, g);
	for (; blocks >= GROUP; blocks -= GROUP) {
		crypt_blocks(l, ige, text, GROUP, encrypt, groups);
		for (int i = 0; i < GROUP * groups; i++)
			text[i] += GROUP * AESNI_BLOCK;
	}
	if (blocks)
		crypt_blocks(l, ige, text, (int)blocks, encrypt, groups);
	for (int g = 0; g < groups; g++)
		store_ige(l, g, &ige[g]);
}

AESNI_INLINE void crypt_width(struct lanes *l, uint8_t **text, size_t blocks, bool encrypt, size_t groups)
{
	switch (groups) {
	case 1:
		crypt_groups(l, text, blocks, encrypt, 1);
		break;
	case 2:
		crypt_groups(l, text, blocks, encrypt, 2);
		break;
	case 3:
		crypt_groups(l, text, blocks, encrypt, 3);
		break;
	default:
		crypt_groups(l, text, blocks, encrypt, GROUPS_MAX);
		break;
	}
}

static void crypt_lanes(struct lanes *l, size_t count, size_t blocks, bool encrypt)
{
	size_t groups = (count + GROUP - 1) / GROUP;
	uint8_t *text[LANES_MAX];

	if (count == 1) {
		mtp_lanes_crypt_aesni(l, count, blocks, encrypt);
		return;
	}
	for (size_t i = 0; i < GROUP * groups; i++)
		text[i] = l->text[i < count ? i : i - i % GROUP];
	if (encrypt)
		crypt_width(l, text, blocks, true, groups);
	else
		crypt_width(l, text, blocks, false, groups);
	for (size_t i = 0; i < count; i++)
		l->text[i] += blocks * AESNI_BLOCK;
}

/* ---- Hashing in the shadow of decryption ---- */

/* The AES rounds that go with one of the four times four SHA rounds of a block. */
AESNI_INLINE __m512i some_rounds(const struct lanes *l, __m512i state, int quarter)
{
	static const uint8_t rounds[] = {1, 5, 8, 11, AESNI_ROUNDS};

	for (int round = rounds[quarter]; round < rounds[quarter + 1]; round++)
		state = _mm512_aesdec_epi128(state, load_key(l, round, 0));
	return state;
}

AESNI_INLINE void shadow_group(struct lanes *l, const uint8_t *const *data, size_t steps, int width)
{
	const __mmask8 all = 0xff;
	struct vaes_ige ige = load_ige(l, 0);
	struct shani_state s[GROUP], before[GROUP];
	struct shani_words m[GROUP];
	uint8_t *text[GROUP];
	__m512i block[GROUP], state;

	for (int i = 0; i < GROUP; i++)
		text[i] = l->text[i < width ? i : 0];
	for (int i = 0; i < width; i++)
		s[i] = l->hash[i];
	for (size_t offset = 0; steps; steps--, offset += SHANI_BLOCK) {
		load_blocks(block, text, all);
		for (int i = 0; i < width; i++) {
			before[i] = s[i];
			m[i] = shani_load_block(data[i] + offset);
		}
#pragma GCC unroll 16
		for (int quad = 0; quad < 16; quad++) {
			if (quad % 4 == 0)
				state = begin_block(l, 0, &ige, block[quad / 4]);
			state = some_rounds(l, state, quad % 4);
			if (quad % 4 == 3)
				block[quad / 4] = end_block(l, 0, &ige, block[quad / 4], state, false);
			shani_quad(s, m, quad, width);
			shani_keep_order(s, width);
		}
		store_blocks(text, block, all);
		for (int i = 0; i < GROUP; i++)
			text[i] += SHANI_BLOCK;
		for (int i = 0; i < width; i++)
			shani_add(&s[i], &before[i]);
	}
	store_ige(l, 0, &ige);
	for (int i = 0; i < width; i++) {
		l->text[i] = text[i];
		l->hash[i] = s[i];
	}
}

static void shadow_lanes(struct lanes *l, const uint8_t *const *data, size_t count, size_t steps)
{
	if (count == GROUP)
		shadow_group(l, data, steps, GROUP);
	else if (count == GROUP - 1)
		shadow_group(l, data, steps, GROUP - 1);
	else if (count == 2)
		shadow(l, data, steps, 2); /* gcc needs the 32 registers */
	else
		mtp_lanes_shadow_aesni(l, data, count, steps);
}

/* ---- The set ---- */

/* With the 32 registers of AVX-512. */
static void hash(struct lanes *l, size_t count, size_t blocks)
{
	shani_many(l->hash, l->hashed, count, blocks);
}

static const struct lanes_ops lanes = {crypt_lanes, hash, shadow_lanes};

static void seal(struct mtp_text *const *texts, size_t count)
{
	mtp_lanes_seal(&lanes, texts, count);
}

static void open(struct mtp_text *const *texts, size_t count)
{
	mtp_lanes_open(&lanes, texts, count);
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
		.seal_lanes = LANES_MAX,
		.open = open,
		.open_lanes = LANES_SHADOW,
	};

	return &vaes_kernels;
}

#else

const struct mtproto_kernels *mtp_kernels_vaes(void)
{
	return NULL;
}

#endif
