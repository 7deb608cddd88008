/* Opening of up to four lanes with the hash in the shadow of the decryption. */
#include "crypto/kernels.h"

#if defined(__AES__) && defined(__SSSE3__) && defined(__SSE4_1__) && defined(__SHA__)

#include "crypto/shadow.h"

void mtp_lanes_shadow_aesni(struct lanes *l, const uint8_t *const *data, size_t count, size_t steps)
{
	shadow_any(l, data, count, steps);
}

#endif
