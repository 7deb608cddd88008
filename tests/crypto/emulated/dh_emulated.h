/* The powers of crypto/dh_ifma.c on any processor whose compiler has numbers of 128 bits; false elsewhere. */
#ifndef DH_EMULATED_H
#define DH_EMULATED_H

#include <mtproto/dh.h>

bool emulated_dh_power(const uint8_t modulus[MTPROTO_DH_SIZE], const uint8_t base[MTPROTO_DH_SIZE],
		       const uint8_t exponent[MTPROTO_DH_SIZE], uint8_t out[MTPROTO_DH_SIZE]);

#endif
