/* SHA-256 of up to 16 streams by AVX-512: one word of each of 16 streams is a register, and a round of all of them is
 * 26 instructions. See wide_vaes.c for what that takes. */
#ifndef MTP_CRYPTO_WIDE_H
#define MTP_CRYPTO_WIDE_H

#include "crypto/shani.h"

#define WIDE_STREAMS 16

/* As many streams as it takes to be faster than SHA-NI. */
#define WIDE_STREAMS_MIN 10

/* Hashes blocks of 64 bytes of each of count streams. */
void mtp_wide_hash(struct shani_state *state, const uint8_t *const *data, size_t count, size_t blocks);

#endif
