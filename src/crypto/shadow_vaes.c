/* Opening of up to three lanes with the hash in the shadow of the decryption, with the 32 registers of AVX-512. */
#include "crypto/kernels.h"

#if defined(__x86_64__) && defined(__VAES__) && defined(__AVX512VL__) && defined(__SHA__)

#include "crypto/shadow.h"

void mtp_lanes_shadow_vaes(struct lanes *l, const uint8_t *const *data, size_t count, size_t steps)
{
	if (count < LANES_SHADOW)
		shadow_few(l, data, count, steps);
	else
		mtp_lanes_shadow_aesni(l, data, count, steps);
}

void mtp_lanes_shadow_ctr_vaes(struct lanes *l, const uint8_t *data, size_t steps, struct ctr_aesni *ctr)
{
	shadow(l, &data, steps, 1, ctr);
}

#endif
