#include <mtproto/dh.h>

#include "crypto/dh_power.h"
#include "crypto/kernels.h"

#include <string.h>

/* Three times as fast as libcrypto, but for numbers of the right form only. What has passed the checks is of that form;
 * what was not checked is libcrypto's to refuse. */
static bool power_ifma(const uint8_t *prime, const uint8_t *value, size_t value_len, const uint8_t *exponent,
		       uint8_t *out)
{
	uint8_t base[MTPROTO_DH_SIZE] = {0};

	if (!(prime[0] & 0x80) || !(prime[MTPROTO_DH_SIZE - 1] & 1) || value_len > MTPROTO_DH_SIZE ||
	    !mtp_cpu_has_ifma())
		return false;
	memcpy(base + MTPROTO_DH_SIZE - value_len, value, value_len);
	return mtp_dh_power_ifma(prime, base, exponent, out);
}

int mtproto_dh_shared(const uint8_t prime[MTPROTO_DH_SIZE], const uint8_t *value, size_t value_len,
		      const uint8_t exponent[MTPROTO_DH_SIZE], uint8_t out[MTPROTO_DH_SIZE])
{
	if (power_ifma(prime, value, value_len, exponent, out))
		return 0;
	return mtp_dh_power_libcrypto(prime, value, value_len, exponent, out);
}

int mtproto_dh_public(const uint8_t prime[MTPROTO_DH_SIZE], int32_t g, const uint8_t exponent[MTPROTO_DH_SIZE],
		      uint8_t out[MTPROTO_DH_SIZE])
{
	const uint8_t base = (uint8_t)g;

	if (g < MTPROTO_DH_G_MIN || g > MTPROTO_DH_G_MAX) {
		mtproto_wipe(out, MTPROTO_DH_SIZE);
		return MTPROTO_ERR_ARGUMENT;
	}
	return mtproto_dh_shared(prime, &base, 1, exponent, out);
}
