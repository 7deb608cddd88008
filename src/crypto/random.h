/* The caller's random source, or libcrypto's. */
#ifndef MTP_CRYPTO_RANDOM_H
#define MTP_CRYPTO_RANDOM_H

#include <mtproto/base.h>
#include <mtproto/error.h>

/* Fills len bytes from random (NULL: libcrypto's generator). Returns 0 or MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE int mtp_random_fill(const struct mtproto_random *random, void *out, size_t len);

/* Bytes drawn ahead, for padding: a call of libcrypto's generator takes longer than a short message. Keys and nonces
 * are not taken from here, because nobody should find them before they are used. */
struct mtp_random_ahead {
	struct mtproto_random random;        /* gives them */
	const struct mtproto_random *source; /* NULL: libcrypto's */
	size_t left;                         /* the last ones of bytes */
	uint8_t bytes[512];
};

/* The struct must not be moved afterwards. */
void mtp_random_ahead_init(struct mtp_random_ahead *ahead, const struct mtproto_random *source);

#endif
