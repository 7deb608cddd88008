/* The ways to a power modulo a number of 2048 bits. Numbers are big-endian; neither the time nor an address depends on
 * the value of base or exponent. */
#ifndef MTP_CRYPTO_DH_POWER_H
#define MTP_CRYPTO_DH_POWER_H

#include <mtproto/dh.h>

/* By libcrypto, for any odd modulus. out is zeroed on error: MTPROTO_ERR_CRYPTO (also for an even modulus),
 * MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_dh_power_libcrypto(const uint8_t modulus[MTPROTO_DH_SIZE], const uint8_t *base,
					    size_t base_len, const uint8_t exponent[MTPROTO_DH_SIZE],
					    uint8_t out[MTPROTO_DH_SIZE]);

/* By AVX-512's multiplications of 52 bits (IFMA), for a modulus that is odd and has its top bit set, on a CPU that has
 * them (mtp_cpu_has_ifma). False when this build lacks the code. */
bool mtp_dh_power_ifma(const uint8_t modulus[MTPROTO_DH_SIZE], const uint8_t base[MTPROTO_DH_SIZE],
		       const uint8_t exponent[MTPROTO_DH_SIZE], uint8_t out[MTPROTO_DH_SIZE]);

#endif
