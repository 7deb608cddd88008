/* What the tests of the message path share: every set of kernels that runs here, and reproducible noise. */
#ifndef TESTS_CRYPTO_KERNEL_SETS_H
#define TESTS_CRYPTO_KERNEL_SETS_H

#include <mtproto/crypto.h>

static const enum mtproto_kernels_id kernel_sets[] = {
	MTPROTO_KERNELS_LIBCRYPTO,
	MTPROTO_KERNELS_AESNI,
	MTPROTO_KERNELS_VAES,
	MTPROTO_KERNELS_ARMV8,
};

#define KERNEL_SETS (sizeof(kernel_sets) / sizeof(*kernel_sets))

/* Bytes of a linear congruential generator: good enough to be different, and the same in each run. */
static inline void noise(uint8_t *out, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		out[i] = (uint8_t)(seed >> 24);
	}
}

#endif
