/* The caller's random source, or libcrypto's. */
#ifndef MTP_CRYPTO_RANDOM_H
#define MTP_CRYPTO_RANDOM_H

#include <mtproto/base.h>
#include <mtproto/error.h>

/* Fills len bytes from random (NULL: libcrypto's generator). Returns 0 or MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE int mtp_random_fill(const struct mtproto_random *random, void *out, size_t len);

#endif
