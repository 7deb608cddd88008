#include "crypto/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

#define LEAF1_ECX_SSSE3   (1u << 9)
#define LEAF1_ECX_SSE4_1  (1u << 19)
#define LEAF1_ECX_AES     (1u << 25)
#define LEAF1_ECX_OSXSAVE (1u << 27)

#define LEAF7_EBX_AVX512F  (1u << 16)
#define LEAF7_EBX_AVX512DQ (1u << 17)
#define LEAF7_EBX_IFMA     (1u << 21)
#define LEAF7_EBX_SHA      (1u << 29)
#define LEAF7_EBX_AVX512BW (1u << 30)
#define LEAF7_EBX_AVX512VL (1u << 31)
#define LEAF7_ECX_VAES     (1u << 9)

/* The registers that the system saves: SSE, AVX, and the three parts of AVX-512. */
#define XCR0_AVX512 0xe6u

static bool cpu_has_aesni(void)
{
	const unsigned leaf1 = LEAF1_ECX_SSSE3 | LEAF1_ECX_SSE4_1 | LEAF1_ECX_AES;
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & leaf1) != leaf1)
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & LEAF7_EBX_SHA;
}

static bool system_saves_avx512(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & LEAF1_ECX_OSXSAVE))
		return false;
	/* XGETBV by name would need the whole file compiled for it. */
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (a & XCR0_AVX512) == XCR0_AVX512;
}

static bool cpu_has_vaes(void)
{
	const unsigned leaf7 = LEAF7_EBX_AVX512F | LEAF7_EBX_AVX512DQ | LEAF7_EBX_AVX512BW | LEAF7_EBX_AVX512VL;
	unsigned a, b, c, d;

	if (!cpu_has_aesni() || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
		return false;
	return (b & leaf7) == leaf7 && c & LEAF7_ECX_VAES && system_saves_avx512();
}

bool mtp_cpu_has_ifma(void)
{
	const unsigned leaf7 = LEAF7_EBX_AVX512F | LEAF7_EBX_AVX512DQ | LEAF7_EBX_IFMA;
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & leaf7) == leaf7 && system_saves_avx512();
}
#else
bool mtp_cpu_has_ifma(void)
{
	return false;
}

static bool cpu_has_aesni(void)
{
	return false;
}

static bool cpu_has_vaes(void)
{
	return false;
}
#endif

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

static bool cpu_has_armv8(void)
{
	const unsigned long wanted = HWCAP_AES | HWCAP_SHA2;

	return (getauxval(AT_HWCAP) & wanted) == wanted;
}
#else
/* Apple's processors all have them; elsewhere there is no portable way to ask. */
static bool cpu_has_armv8(void)
{
#if defined(__aarch64__) && defined(__APPLE__)
	return true;
#else
	return false;
#endif
}
#endif

static const struct mtproto_kernels *fastest(void)
{
	static const enum mtproto_kernels_id ids[] = {MTPROTO_KERNELS_VAES, MTPROTO_KERNELS_AESNI,
						      MTPROTO_KERNELS_ARMV8};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		const struct mtproto_kernels *found = mtproto_kernels_get(ids[i]);

		if (found)
			return found;
	}
	return mtp_kernels_libcrypto();
}

const struct mtproto_kernels *mtproto_kernels_get(enum mtproto_kernels_id id)
{
	switch (id) {
	case MTPROTO_KERNELS_AUTO:
		return fastest();
	case MTPROTO_KERNELS_LIBCRYPTO:
		return mtp_kernels_libcrypto();
	case MTPROTO_KERNELS_AESNI:
		return cpu_has_aesni() ? mtp_kernels_aesni() : NULL;
	case MTPROTO_KERNELS_VAES:
		return cpu_has_vaes() ? mtp_kernels_vaes() : NULL;
	case MTPROTO_KERNELS_ARMV8:
		return cpu_has_armv8() ? mtp_kernels_armv8() : NULL;
	default:
		return NULL;
	}
}

const char *mtproto_kernels_name(const struct mtproto_kernels *kernels)
{
	return kernels->name;
}
