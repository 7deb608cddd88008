/* The engine without its cryptography, to be compared with: every byte is copied, framed and accounted for as always,
 * and none is hashed or encrypted.
 *
 * There is no such set of kernels in the library, and no switch that would choose one. null_crypto.c is the one file
 * of the programs that sees internal headers: it puts a table of its own into a context of this process. */
#ifndef BENCH_NULL_CRYPTO_H
#define BENCH_NULL_CRYPTO_H

#include <mtproto/context.h>

/* For a context that was made and not used yet. Both sides must do it. */
void null_crypto_use(struct mtproto_context *context);

/* Numbers that are different each time and cost nothing; user is a uint64_t. */
int null_random(void *user, uint8_t *out, size_t len);

#endif
