/* The intrinsics that crypto/dh_ifma.c uses, in C, as Intel's guide describes them: so that its algorithm is tested on
 * every processor, and under valgrind, which knows no AVX-512. Stands in the place of the compiler's header. */
#ifndef EMULATED_IMMINTRIN_H
#define EMULATED_IMMINTRIN_H

#include <stdint.h>

#define LOW_52 ((UINT64_C(1) << 52) - 1)

struct emulated_m512i {
	uint64_t lane[8];
};

struct emulated_m128i {
	uint64_t lane[2];
};

#define __m512i  struct emulated_m512i
#define __m128i  struct emulated_m128i
#define __mmask8 uint8_t

/* All ones where the bit of the lane is set, without a branch on it. */
static inline uint64_t lane_mask(__mmask8 mask, int lane)
{
	return 0 - (uint64_t)(mask >> lane & 1);
}

static inline uint64_t blend(uint64_t mask, uint64_t set, uint64_t clear)
{
	return (set & mask) | (clear & ~mask);
}

static inline __m512i _mm512_set1_epi64(long long value)
{
	__m512i v;

	for (int i = 0; i < 8; i++)
		v.lane[i] = (uint64_t)value;
	return v;
}

static inline __m512i _mm512_setzero_si512(void)
{
	return _mm512_set1_epi64(0);
}

static inline __m512i _mm512_load_si512(const uint64_t *memory)
{
	__m512i v;

	for (int i = 0; i < 8; i++)
		v.lane[i] = memory[i];
	return v;
}

static inline void _mm512_store_si512(uint64_t *memory, __m512i v)
{
	for (int i = 0; i < 8; i++)
		memory[i] = v.lane[i];
}

/* The lanes of low, then those of high, from number shift on. */
static inline __m512i _mm512_alignr_epi64(__m512i high, __m512i low, int shift)
{
	__m512i v;

	for (int i = 0; i < 8; i++)
		v.lane[i] = i + shift < 8 ? low.lane[i + shift] : high.lane[i + shift - 8];
	return v;
}

__extension__ typedef unsigned __int128 emulated_wide;

static inline emulated_wide product_52(uint64_t a, uint64_t b)
{
	return (emulated_wide)(a & LOW_52) * (b & LOW_52);
}

static inline __m512i _mm512_madd52lo_epu64(__m512i sum, __m512i a, __m512i b)
{
	for (int i = 0; i < 8; i++)
		sum.lane[i] += (uint64_t)product_52(a.lane[i], b.lane[i]) & LOW_52;
	return sum;
}

static inline __m512i _mm512_madd52hi_epu64(__m512i sum, __m512i a, __m512i b)
{
	for (int i = 0; i < 8; i++)
		sum.lane[i] += (uint64_t)(product_52(a.lane[i], b.lane[i]) >> 52);
	return sum;
}

static inline __m512i _mm512_srli_epi64(__m512i v, unsigned bits)
{
	for (int i = 0; i < 8; i++)
		v.lane[i] >>= bits;
	return v;
}

static inline __m512i _mm512_and_si512(__m512i a, __m512i b)
{
	for (int i = 0; i < 8; i++)
		a.lane[i] &= b.lane[i];
	return a;
}

static inline __m512i _mm512_add_epi64(__m512i a, __m512i b)
{
	for (int i = 0; i < 8; i++)
		a.lane[i] += b.lane[i];
	return a;
}

static inline __m512i _mm512_mask_sub_epi64(__m512i other, __mmask8 mask, __m512i a, __m512i b)
{
	for (int i = 0; i < 8; i++)
		a.lane[i] = blend(lane_mask(mask, i), a.lane[i] - b.lane[i], other.lane[i]);
	return a;
}

/* a > b, of numbers below 2^63. */
static inline __mmask8 _mm512_cmpgt_epu64_mask(__m512i a, __m512i b)
{
	unsigned mask = 0;

	for (int i = 0; i < 8; i++)
		mask |= (unsigned)((b.lane[i] - a.lane[i]) >> 63) << i;
	return (__mmask8)mask;
}

static inline __mmask8 _mm512_cmpeq_epu64_mask(__m512i a, __m512i b)
{
	unsigned mask = 0;

	for (int i = 0; i < 8; i++) {
		uint64_t different = a.lane[i] ^ b.lane[i];

		mask |= (unsigned)(~(different | (0 - different)) >> 63) << i;
	}
	return (__mmask8)mask;
}

static inline __mmask8 _mm512_cmpeq_epi64_mask(__m512i a, __m512i b)
{
	return _mm512_cmpeq_epu64_mask(a, b);
}

static inline __m512i _mm512_mask_set1_epi64(__m512i other, __mmask8 mask, long long value)
{
	for (int i = 0; i < 8; i++)
		other.lane[i] = blend(lane_mask(mask, i), (uint64_t)value, other.lane[i]);
	return other;
}

static inline __m512i _mm512_mask_load_epi64(__m512i other, __mmask8 mask, const uint64_t *memory)
{
	for (int i = 0; i < 8; i++)
		other.lane[i] = blend(lane_mask(mask, i), memory[i], other.lane[i]);
	return other;
}

static inline __m128i _mm512_castsi512_si128(__m512i v)
{
	__m128i low = {{v.lane[0], v.lane[1]}};

	return low;
}

static inline __m128i _mm_add_epi64(__m128i a, __m128i b)
{
	a.lane[0] += b.lane[0];
	a.lane[1] += b.lane[1];
	return a;
}

static inline long long _mm_extract_epi64(__m128i v, int lane)
{
	return (long long)v.lane[lane];
}

#endif
