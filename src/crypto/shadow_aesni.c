/* The hash in the shadow of AES: opening of up to four lanes, and sealing of four behind the hashing of four. */
#include "crypto/kernels.h"

#if defined(__x86_64__) && defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/shadow.h"

/* ---- Four lanes ----
 *
 * With four streams the latency of SHA is hidden, and AES has time to spare; what counts is that neither waits in a
 * queue behind the other. Where both have the same two units (Zen 5, as far as can be measured), 176 instructions of
 * SHA of two cycles each and 224 of AES take 288 cycles for 64 bytes of four messages. 340 are measured.
 *
 * The states of streams and lanes take 12 of 16 registers, so the words of the streams are in memory. Compilers move
 * the states there instead, which costs up to a third: hence the assembly, and only for what is done all the time. */

/* The words of each stream, four rounds in an element. */
struct four_streams {
	__m128i w[LANES_SHADOW][16];
};

/* What bounds it next are two loads a cycle: no word and no constant is loaded twice for the same rounds. */
#define CONSTANTS(q) "movdqa 16*" q "(%[k]), %[constants]\n\t"

/* Four rounds of stream i, rounds 4 * q and on from where w points to. */
#define ROUNDS(i, q)                                   \
	"movdqa 256*" i "+16*" q "(%[w]), %[word]\n\t" \
	"movdqa %[constants], %%xmm0\n\t"              \
	"paddd %[word], %%xmm0\n\t"                    \
	"sha256rnds2 %[abef" i "], %[cdgh" i "]\n\t"   \
	"pshufd $0x0e, %%xmm0, %%xmm0\n\t"             \
	"sha256rnds2 %[cdgh" i "], %[abef" i "]\n\t"

/* The same, and its words of 16 rounds later, as shani_schedule makes them. */
#define ROUNDS_AND_WORDS(i, q)                                \
	ROUNDS(i, q)                                          \
	"movdqa 256*" i "+16*" q "+48(%[w]), %%xmm0\n\t"      \
	"movdqa %%xmm0, %[sum]\n\t"                           \
	"palignr $4, 256*" i "+16*" q "+32(%[w]), %[sum]\n\t" \
	"sha256msg1 256*" i "+16*" q "+16(%[w]), %[word]\n\t" \
	"paddd %[sum], %[word]\n\t"                           \
	"sha256msg2 %%xmm0, %[word]\n\t"                      \
	"movdqa %[word], 256*" i "+16*" q "+64(%[w])\n\t"

/* AES round r of the four lanes. */
#define LANES(aes, r)                                                                                    \
	aes " 256*" r "(%[keys]), %[lane0]\n\t" aes " 256*" r "+16(%[keys]), %[lane1]\n\t" aes " 256*" r \
	    "+32(%[keys]), %[lane2]\n\t" aes " 256*" r "+48(%[keys]), %[lane3]\n\t"
#define ENCRYPT(r) LANES("aesenc", r)
#define DECRYPT(r) LANES("aesdec", r)
#define NOTHING(r)

/* 16 rounds of each stream, in the way that the macro stream does four, and 13 of what the macro lanes does. */
/* clang-format off */
#define TURN(stream, lanes)                                                                                            \
	CONSTANTS("0") stream("0", "0") lanes("1") stream("1", "0") lanes("2") stream("2", "0") lanes("3")             \
	stream("3", "0") lanes("4")                                                                                    \
	CONSTANTS("1") stream("0", "1") lanes("5") stream("1", "1") lanes("6") stream("2", "1") lanes("7")             \
	stream("3", "1")                                                                                               \
	CONSTANTS("2") stream("0", "2") lanes("8") stream("1", "2") lanes("9") stream("2", "2") lanes("10")            \
	stream("3", "2")                                                                                               \
	CONSTANTS("3") stream("0", "3") lanes("11") stream("1", "3") lanes("12") stream("2", "3") lanes("13")          \
	stream("3", "3")
/* clang-format on */

/* It is meant to be that long: the registers would not stay what they are from one statement to the next. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

#define STREAM_OPERANDS                                                                                     \
	[abef0] "+x"(s[0].abef), [cdgh0] "+x"(s[0].cdgh), [abef1] "+x"(s[1].abef), [cdgh1] "+x"(s[1].cdgh), \
		[abef2] "+x"(s[2].abef), [cdgh2] "+x"(s[2].cdgh), [abef3] "+x"(s[3].abef), [cdgh3] "+x"(s[3].cdgh)
#define LANE_OPERANDS [lane0] "+x"(lane[0]), [lane1] "+x"(lane[1]), [lane2] "+x"(lane[2]), [lane3] "+x"(lane[3])

_Static_assert(sizeof(((struct lanes *)0)->key[0]) == 256 && sizeof(((struct four_streams *)0)->w[0]) == 256,
	       "the macros say so");

#define SCRATCH_OPERANDS [constants] "=&x"(constants), [word] "=&x"(word), [sum] "=&x"(sum)

/* One block of each lane, and 16 of the 64 rounds of each stream. */
AESNI_INLINE void shadow_turn_four(struct lanes *l, __m128i *lane, uint8_t *const *text, size_t at,
				   struct shani_state *s, __m128i *w, const uint32_t *k, bool last, bool encrypt)
{
	__m128i constants, word, sum;

	for (int i = 0; i < LANES_SHADOW; i++)
		lane[i] = _mm_xor_si128(lane[i], _mm_xor_si128(aesni_load(text[i] + at), l->key[FIRST_KEY][i]));
	if (last && encrypt)
		__asm__ volatile(TURN(ROUNDS, ENCRYPT)
				 : STREAM_OPERANDS, LANE_OPERANDS, SCRATCH_OPERANDS
				 : [w] "r"(w), [k] "r"(k), [keys] "r"(l->key)
				 : "xmm0", "memory");
	else if (last)
		__asm__ volatile(TURN(ROUNDS, DECRYPT)
				 : STREAM_OPERANDS, LANE_OPERANDS, SCRATCH_OPERANDS
				 : [w] "r"(w), [k] "r"(k), [keys] "r"(l->key)
				 : "xmm0", "memory");
	else if (encrypt)
		__asm__ volatile(TURN(ROUNDS_AND_WORDS, ENCRYPT)
				 : STREAM_OPERANDS, LANE_OPERANDS, SCRATCH_OPERANDS
				 : [w] "r"(w), [k] "r"(k), [keys] "r"(l->key)
				 : "xmm0", "memory");
	else
		__asm__ volatile(TURN(ROUNDS_AND_WORDS, DECRYPT)
				 : STREAM_OPERANDS, LANE_OPERANDS, SCRATCH_OPERANDS
				 : [w] "r"(w), [k] "r"(k), [keys] "r"(l->key)
				 : "xmm0", "memory");
	for (int i = 0; i < LANES_SHADOW; i++) {
		__m128i in = aesni_load(text[i] + at);
		__m128i out_key = _mm_xor_si128(l->previous_in[i], l->key[LAST_KEY][i]);

		lane[i] = aesni_last_round(lane[i], out_key, encrypt);
		aesni_store(text[i] + at, lane[i]);
		l->previous_in[i] = in;
	}
}

AESNI_INLINE void load_words(struct four_streams *m, const uint8_t *const *data, size_t offset)
{
	for (int i = 0; i < LANES_SHADOW; i++)
		for (int quad = 0; quad < 4; quad++)
			m->w[i][quad] = shani_load(data[i] + offset + 16 * (size_t)quad);
}

AESNI_INLINE void shadow_four(struct lanes *l, const uint8_t *const *data, size_t steps, bool encrypt)
{
	struct shani_state s[LANES_SHADOW];
	struct four_streams m;
	__m128i lane[LANES_SHADOW];
	uint8_t *text[LANES_SHADOW];
	size_t at = 0;

	for (int i = 0; i < LANES_SHADOW; i++) {
		text[i] = l->text[i];
		lane[i] = l->previous_out[i];
		s[i] = l->hash[i];
	}
	for (size_t offset = 0; steps; steps--, offset += SHANI_BLOCK) {
		const uint32_t *k = mtp_sha256_k;
		__m128i *w = m.w[0];

		load_words(&m, data, offset);
#pragma GCC unroll 1
		for (int turn = 0; turn < 3; turn++) {
			shadow_turn_four(l, lane, text, at, s, w, k, false, encrypt);
			at += AESNI_BLOCK;
			w += 4;
			k += 16;
		}
		shadow_turn_four(l, lane, text, at, s, w, k, true, encrypt);
		at += AESNI_BLOCK;
		for (int i = 0; i < LANES_SHADOW; i++) {
			shani_add(&s[i], &l->hash[i]);
			l->hash[i] = s[i];
		}
	}
	for (int i = 0; i < LANES_SHADOW; i++) {
		l->text[i] = text[i] + at;
		l->previous_out[i] = lane[i];
	}
	aesni_wipe(&m, sizeof(m));
}

static __attribute__((noinline)) void open_four(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow_four(l, data, steps, false);
}

void mtp_lanes_shadow_aesni(struct lanes *l, const uint8_t *const *data, size_t count, size_t steps)
{
	if (count < LANES_SHADOW)
		shadow_few(l, data, count, steps);
	else
		open_four(l, data, steps);
}

void mtp_lanes_shadow_ctr_aesni(struct lanes *l, const uint8_t *data, size_t steps, struct ctr_aesni *ctr)
{
	shadow(l, &data, steps, 1, ctr);
}

void mtp_lanes_encrypt_and_hash_aesni(struct lanes *l, const uint8_t *const *data, size_t steps)
{
	shadow_four(l, data, steps, true);
}

/* ---- Four streams without lanes ---- */

AESNI_INLINE void hash_turn(struct shani_state *s, __m128i *w, const uint32_t *k, bool last)
{
	__m128i constants, word, sum;

	if (last)
		__asm__ volatile(TURN(ROUNDS, NOTHING)
				 : STREAM_OPERANDS, SCRATCH_OPERANDS
				 : [w] "r"(w), [k] "r"(k)
				 : "xmm0", "memory");
	else
		__asm__ volatile(TURN(ROUNDS_AND_WORDS, NOTHING)
				 : STREAM_OPERANDS, SCRATCH_OPERANDS
				 : [w] "r"(w), [k] "r"(k)
				 : "xmm0", "memory");
}

static __attribute__((noinline)) void hash_four(struct shani_state *state, const uint8_t *const *data, size_t blocks)
{
	struct shani_state s[LANES_SHADOW];
	struct four_streams m;

	for (int i = 0; i < LANES_SHADOW; i++)
		s[i] = state[i];
	for (size_t offset = 0; blocks; blocks--, offset += SHANI_BLOCK) {
		load_words(&m, data, offset);
#pragma GCC unroll 1
		for (size_t turn = 0; turn < 3; turn++)
			hash_turn(s, m.w[0] + 4 * turn, mtp_sha256_k + 16 * turn, false);
		hash_turn(s, m.w[0] + 12, mtp_sha256_k + 48, true);
		for (int i = 0; i < LANES_SHADOW; i++) {
			shani_add(&s[i], &state[i]);
			state[i] = s[i];
		}
	}
	aesni_wipe(&m, sizeof(m));
}

void mtp_lanes_hash_aesni(struct shani_state *state, const uint8_t *const *data, size_t count, size_t blocks)
{
	if (count < LANES_SHADOW)
		shani_few(state, data, count, blocks);
	else
		hash_four(state, data, blocks);
}

#endif
