#include "crypto/kernels.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

#define LEAF1_ECX_SSSE3  (1u << 9)
#define LEAF1_ECX_SSE4_1 (1u << 19)
#define LEAF1_ECX_AES    (1u << 25)
#define LEAF7_EBX_SHA    (1u << 29)

static bool cpu_has_aesni(void)
{
	const unsigned leaf1 = LEAF1_ECX_SSSE3 | LEAF1_ECX_SSE4_1 | LEAF1_ECX_AES;
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & leaf1) != leaf1)
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & LEAF7_EBX_SHA;
}
#else
static bool cpu_has_aesni(void)
{
	return false;
}
#endif

const struct mtproto_kernels *mtproto_kernels_get(enum mtproto_kernels_id id)
{
	const struct mtproto_kernels *aesni = NULL;

	if (id == MTPROTO_KERNELS_LIBCRYPTO)
		return mtp_kernels_libcrypto();
	if (cpu_has_aesni())
		aesni = mtp_kernels_aesni();
	if (id == MTPROTO_KERNELS_AESNI)
		return aesni;
	if (id == MTPROTO_KERNELS_AUTO)
		return aesni ? aesni : mtp_kernels_libcrypto();
	return NULL;
}

const char *mtproto_kernels_name(const struct mtproto_kernels *kernels)
{
	return kernels->name;
}
