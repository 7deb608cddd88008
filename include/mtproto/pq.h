/* Factorisation of pq in the key exchange. Source: core.telegram.org/mtproto/auth_key. */
#ifndef MTPROTO_PQ_H
#define MTPROTO_PQ_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Splits pq, below 2^63, into its two distinct odd prime factors, *p < *q.
 * MTPROTO_ERR_PQ for anything else: 0, 1, even numbers, primes, squares, three or more factors, 2^63 and more.
 * Deterministic: the same pq takes the same time and gives the same answer. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_pq_factor(uint64_t pq, uint64_t *p, uint64_t *q);

/* Two distinct random primes between 2^30 and 2^31 for a server's resPQ, *p < *q.
 * random NULL: libcrypto's. Errors: MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_pq_generate(const struct mtproto_random *random, uint64_t *p, uint64_t *q);

/* True when n is prime. Exact for every n. */
MTPROTO_API bool mtproto_is_prime(uint64_t n);

#ifdef __cplusplus
}
#endif

#endif
