/* SHA-1 and SHA-256 of data in parts: the hashes of the key exchange. The message path uses the kernels.
 *
 * The code is our own because a hash must not be able to fail: since version 3 even libcrypto's one-shot SHA1() and
 * SHA256() allocate, and a derived key has no room for "out of memory". It has no tables indexed by data and no
 * branches on data, so it is constant-time. */
#ifndef MTP_CRYPTO_SHA_H
#define MTP_CRYPTO_SHA_H

#include <mtproto/base.h>

void mtp_sha1(uint8_t out[20], const struct mtproto_span *parts, size_t count);
void mtp_sha256(uint8_t out[32], const struct mtproto_span *parts, size_t count);

/* The constants of SHA-256's rounds: the first 32 bits of the fractional parts of the cube roots of the first 64
 * primes. */
extern _Alignas(64) const uint32_t mtp_sha256_k[64];

#endif
