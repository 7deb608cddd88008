/* Ways to find a factor, and what they share. */
#ifndef MTP_CRYPTO_PQ_SPLIT_H
#define MTP_CRYPTO_PQ_SPLIT_H

#include <stdint.h>

/* A factor of the odd composite number n that is neither 1 nor n, or 0 when the method found none. n is below 2^62 for
 * the elliptic curve method, which is the fastest when both factors are large, and below 2^64 for Pollard's rho. */
uint64_t mtp_pq_split_ecm(uint64_t n);
uint64_t mtp_pq_split_rho(uint64_t n);

/* The smallest prime factor of the odd number n, if it is at most limit, else 0. */
uint64_t mtp_pq_split_trial(uint64_t n, uint64_t limit);

/* The greatest common divisor. */
uint64_t mtp_gcd(uint64_t a, uint64_t b);

#endif
