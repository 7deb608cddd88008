/* Numbers are 40 limbs of 52 bits in five registers. Products are Montgomery's, a * b / 2^2080 mod m, and almost
 * reduced: with factors below 2m the product is below 2m as well, because 4m < 2^2080, so nothing is subtracted before
 * the end. A square costs what a product does; what counts is the chain through the lowest limb, about 18 cycles for
 * each of 40 limbs. */
#include "crypto/dh_power.h"

#if defined(__AVX512IFMA__) && defined(__SIZEOF_INT128__)
#include "base/bytes.h"

#include <string.h>

#include <immintrin.h>

#define LIMB_BITS 52
#define LIMB_MASK ((UINT64_C(1) << LIMB_BITS) - 1)
#define LIMBS     40
#define LANES     8
#define VECTORS   (LIMBS / LANES)
#define WORDS     (MTPROTO_DH_SIZE / 8)

#define EXPONENT_BITS (8 * MTPROTO_DH_SIZE)
#define WINDOW_BITS   5
#define WINDOWS       (1 << WINDOW_BITS)

__extension__ typedef unsigned __int128 wide;

struct number {
	_Alignas(64) uint64_t limbs[LIMBS];
};

struct modulus {
	struct number m;
	uint64_t negative_inverse; /* m * this = -1 mod 2^52 */
	struct number one;         /* 2^2080 mod m: 1 in the form */
	struct number square;      /* 2^4160 mod m: brings a number into the form */
};

/* ---- Bytes and limbs ---- */

/* Limb i is the bits from 52i on; words has one of zeros behind it. */
static uint64_t limb_at(const uint64_t *words, unsigned i)
{
	unsigned bit = LIMB_BITS * i;
	unsigned word = bit / 64;
	unsigned shift = bit % 64;
	uint64_t limb = words[word] >> shift;

	if (shift > 64 - LIMB_BITS)
		limb |= words[word + 1] << (64 - shift);
	return limb & LIMB_MASK;
}

static void from_bytes(struct number *out, const uint8_t in[MTPROTO_DH_SIZE])
{
	uint64_t words[WORDS + 1];

	words[WORDS] = 0;
	for (unsigned i = 0; i < WORDS; i++)
		words[i] = mtp_load_be64(in + 8 * (WORDS - 1 - i));
	for (unsigned i = 0; i < LIMBS; i++)
		out->limbs[i] = LIMB_BITS * i < EXPONENT_BITS ? limb_at(words, i) : 0;
	mtproto_wipe(words, sizeof(words));
}

static void to_bytes(uint8_t out[MTPROTO_DH_SIZE], const struct number *in)
{
	uint64_t words[WORDS + 2] = {0};

	for (unsigned i = 0; i < LIMBS; i++) {
		unsigned word = LIMB_BITS * i / 64;
		unsigned shift = LIMB_BITS * i % 64;

		words[word] |= in->limbs[i] << shift;
		if (shift > 64 - LIMB_BITS)
			words[word + 1] |= in->limbs[i] >> (64 - shift);
	}
	for (unsigned i = 0; i < WORDS; i++)
		mtp_store_be64(out + 8 * (WORDS - 1 - i), words[i]);
	mtproto_wipe(words, sizeof(words));
}

/* ---- Products ---- */

static void load(__m512i v[VECTORS], const struct number *n)
{
	for (unsigned j = 0; j < VECTORS; j++)
		v[j] = _mm512_load_si512(n->limbs + LANES * j);
}

/* Lane i becomes lane i - 1; the lowest is gone. */
static inline void drop_lowest(__m512i v[VECTORS])
{
	for (unsigned j = 0; j + 1 < VECTORS; j++)
		v[j] = _mm512_alignr_epi64(v[j + 1], v[j], 1);
	v[VECTORS - 1] = _mm512_alignr_epi64(_mm512_setzero_si512(), v[VECTORS - 1], 1);
}

/* Brings lanes of up to 63 bits to 52. After each has passed its upper part on, a lane is at most 2^52 + 2^11, so what
 * is left to carry is one bit, and the carries of all lanes are those of one addition of bit masks: a lane that is full
 * passes a carry on, one that is above makes one. */
static inline void carry(__m512i v[VECTORS])
{
	const __m512i mask = _mm512_set1_epi64((long long)LIMB_MASK);
	__m512i upper[VECTORS + 1];
	uint64_t above = 0, full = 0, carries;

	upper[0] = _mm512_setzero_si512();
	for (unsigned j = 0; j < VECTORS; j++)
		upper[j + 1] = _mm512_srli_epi64(v[j], LIMB_BITS);
	for (unsigned j = 0; j < VECTORS; j++) {
		v[j] = _mm512_add_epi64(_mm512_and_si512(v[j], mask),
					_mm512_alignr_epi64(upper[j + 1], upper[j], LANES - 1));
		above |= (uint64_t)_mm512_cmpgt_epu64_mask(v[j], mask) << (LANES * j);
		full |= (uint64_t)_mm512_cmpeq_epu64_mask(v[j], mask) << (LANES * j);
	}
	carries = (2 * above + full) ^ full;
	for (unsigned j = 0; j < VECTORS; j++) {
		v[j] = _mm512_mask_sub_epi64(v[j], (__mmask8)(carries >> (LANES * j)), v[j], _mm512_set1_epi64(-1));
		v[j] = _mm512_and_si512(v[j], mask);
	}
}

/* The lower half of a product of limbs. */
static inline uint64_t low_half(uint64_t a, uint64_t b)
{
	return (a * b) & LIMB_MASK;
}

static inline uint64_t second_lane(__m512i a, __m512i b)
{
	return (uint64_t)_mm_extract_epi64(_mm_add_epi64(_mm512_castsi512_si128(a), _mm512_castsi512_si128(b)), 1);
}

/* out = a * b / 2^2080. Each round adds a times a limb of b and as much of m as makes the lowest limb zero, which then
 * is dropped. The next round needs the new lowest one at once, so it is computed beside the lanes, with its carry: the
 * way through the vector registers would take as long again. */
static void multiply(struct number *out, const struct number *a, const struct number *b, const struct modulus *modulus)
{
	const uint64_t a0 = a->limbs[0], a1 = a->limbs[1];
	const uint64_t m0 = modulus->m.limbs[0], m1 = modulus->m.limbs[1];
	__m512i va[VECTORS], vm[VECTORS], sum[VECTORS], reduction[VECTORS];
	uint64_t lowest = 0;

	load(va, a);
	load(vm, &modulus->m);
	for (unsigned j = 0; j < VECTORS; j++)
		sum[j] = reduction[j] = _mm512_setzero_si512();
	for (unsigned i = 0; i < LIMBS; i++) {
		const uint64_t limb = b->limbs[i];
		wide low = (wide)a0 * limb + lowest;
		uint64_t factor = ((uint64_t)low * modulus->negative_inverse) & LIMB_MASK;
		uint64_t second = second_lane(sum[0], reduction[0]);
		const __m512i vb = _mm512_set1_epi64((long long)limb);
		const __m512i vf = _mm512_set1_epi64((long long)factor);

		low += (wide)m0 * factor;
		lowest = (uint64_t)(low >> LIMB_BITS) + second + low_half(a1, limb) + low_half(m1, factor);
		for (unsigned j = 0; j < VECTORS; j++) {
			sum[j] = _mm512_madd52lo_epu64(sum[j], vb, va[j]);
			reduction[j] = _mm512_madd52lo_epu64(reduction[j], vf, vm[j]);
		}
		drop_lowest(sum);
		drop_lowest(reduction);
		for (unsigned j = 0; j < VECTORS; j++) {
			sum[j] = _mm512_madd52hi_epu64(sum[j], vb, va[j]);
			reduction[j] = _mm512_madd52hi_epu64(reduction[j], vf, vm[j]);
		}
	}
	for (unsigned j = 0; j < VECTORS; j++)
		sum[j] = _mm512_add_epi64(sum[j], reduction[j]);
	sum[0] = _mm512_mask_set1_epi64(sum[0], 1, (long long)lowest);
	carry(sum);
	for (unsigned j = 0; j < VECTORS; j++)
		_mm512_store_si512(out->limbs + LANES * j, sum[j]);
}

/* Below 2m to below m. */
static void reduce(struct number *n, const struct number *m)
{
	struct number less;
	uint64_t borrow = 0, keep;

	for (unsigned i = 0; i < LIMBS; i++) {
		uint64_t difference = n->limbs[i] - m->limbs[i] - borrow;

		less.limbs[i] = difference & LIMB_MASK;
		borrow = difference >> 63;
	}
	keep = 0 - borrow;
	for (unsigned i = 0; i < LIMBS; i++)
		n->limbs[i] = (n->limbs[i] & keep) | (less.limbs[i] & ~keep);
	mtproto_wipe(&less, sizeof(less));
}

/* ---- The modulus ---- */

static void twice(struct number *n, const struct number *m)
{
	uint64_t carried = 0;

	for (unsigned i = 0; i < LIMBS; i++) {
		uint64_t sum = 2 * n->limbs[i] + carried;

		n->limbs[i] = sum & LIMB_MASK;
		carried = sum >> LIMB_BITS;
	}
	reduce(n, m);
}

/* 2^2047 is below m; doubled often enough it becomes 2^2080 and, as 2 in the form, 2^2081. Squared eleven times that is
 * 2^2048 in the form; together with what it was after five times, 2^32, that is 2^2080 in the form. */
static void prepare(struct modulus *modulus, const uint8_t bytes[MTPROTO_DH_SIZE])
{
	struct number power = {{0}}, power32;
	uint64_t inverse = 1;

	from_bytes(&modulus->m, bytes);
	for (int bits = 1; bits < LIMB_BITS; bits *= 2)
		inverse *= 2 - modulus->m.limbs[0] * inverse;
	modulus->negative_inverse = (0 - inverse) & LIMB_MASK;

	power.limbs[(EXPONENT_BITS - 1) / LIMB_BITS] = UINT64_C(1) << (EXPONENT_BITS - 1) % LIMB_BITS;
	for (int bit = EXPONENT_BITS - 1; bit < LIMBS * LIMB_BITS; bit++)
		twice(&power, &modulus->m);
	modulus->one = power;
	twice(&power, &modulus->m);
	for (int squares = 0; squares < 11; squares++) {
		if (squares == 5)
			power32 = power;
		multiply(&power, &power, &power, modulus);
	}
	multiply(&modulus->square, &power, &power32, modulus);
}

/* ---- Powers ---- */

/* The bits from number at on, as many as a window has; those above the top are zeros. at is public. */
static unsigned window_at(const uint8_t exponent[MTPROTO_DH_SIZE], unsigned at)
{
	unsigned byte = MTPROTO_DH_SIZE - 1 - at / 8;
	unsigned bits = exponent[byte];

	if (byte)
		bits |= (unsigned)exponent[byte - 1] << 8;
	return bits >> at % 8 & (WINDOWS - 1);
}

/* Reads the whole table, so that the cache does not tell which entry it was. */
static void select_power(struct number *out, const struct number powers[WINDOWS], unsigned index)
{
	const __m512i wanted = _mm512_set1_epi64((long long)index);
	__m512i found[VECTORS];

	for (unsigned j = 0; j < VECTORS; j++)
		found[j] = _mm512_setzero_si512();
	for (unsigned i = 0; i < WINDOWS; i++) {
		__mmask8 equal = _mm512_cmpeq_epi64_mask(_mm512_set1_epi64((long long)i), wanted);

		for (unsigned j = 0; j < VECTORS; j++)
			found[j] = _mm512_mask_load_epi64(found[j], equal, powers[i].limbs + LANES * j);
	}
	for (unsigned j = 0; j < VECTORS; j++)
		_mm512_store_si512(out->limbs + LANES * j, found[j]);
}

static void make_powers(struct number powers[WINDOWS], const uint8_t base[MTPROTO_DH_SIZE],
			const struct modulus *modulus)
{
	powers[0] = modulus->one;
	from_bytes(&powers[1], base);
	multiply(&powers[1], &powers[1], &modulus->square, modulus);
	for (unsigned i = 2; i < WINDOWS; i++)
		multiply(&powers[i], &powers[i - 1], &powers[1], modulus);
}

bool mtp_dh_power_ifma(const uint8_t modulus_bytes[MTPROTO_DH_SIZE], const uint8_t base[MTPROTO_DH_SIZE],
		       const uint8_t exponent[MTPROTO_DH_SIZE], uint8_t out[MTPROTO_DH_SIZE])
{
	static const struct number plain_one = {{1}};
	struct number powers[WINDOWS], result, factor;
	struct modulus modulus;
	unsigned at = EXPONENT_BITS / WINDOW_BITS * WINDOW_BITS;

	prepare(&modulus, modulus_bytes);
	make_powers(powers, base, &modulus);
	select_power(&result, powers, window_at(exponent, at));
	while (at) {
		for (int bit = 0; bit < WINDOW_BITS; bit++)
			multiply(&result, &result, &result, &modulus);
		at -= WINDOW_BITS;
		select_power(&factor, powers, window_at(exponent, at));
		multiply(&result, &result, &factor, &modulus);
	}
	multiply(&result, &result, &plain_one, &modulus);
	reduce(&result, &modulus.m);
	to_bytes(out, &result);
	mtproto_wipe(powers, sizeof(powers));
	mtproto_wipe(&result, sizeof(result));
	mtproto_wipe(&factor, sizeof(factor));
	return true;
}
#else
bool mtp_dh_power_ifma(const uint8_t modulus[MTPROTO_DH_SIZE], const uint8_t base[MTPROTO_DH_SIZE],
		       const uint8_t exponent[MTPROTO_DH_SIZE], uint8_t out[MTPROTO_DH_SIZE])
{
	(void)modulus;
	(void)base;
	(void)exponent;
	(void)out;
	return false;
}
#endif
