#include <mtproto/pq.h>

#include "base/bytes.h"
#include "crypto/pq_split.h"
#include "crypto/random.h"

#define PQ_MIN       15 /* 3 * 5 */
#define PQ_LIMIT     ((uint64_t)1 << 63)
#define SMALL_FACTOR 256

/* Below ECM_MIN the other way is faster, from ECM_LIMIT on this one can't calculate. */
#define ECM_MIN   ((uint64_t)1 << 44)
#define ECM_LIMIT ((uint64_t)1 << 62)

/* One odd number of 31 bits in 11 is prime, and two of 50 million primes are hardly ever the same: more tries than
 * these are only needed by a random source that repeats itself. */
#define PRIME_TRIES  2000
#define SECOND_TRIES 4

/* A factor of the odd number n, or 0 for a prime. */
static uint64_t split(uint64_t n)
{
	uint64_t factor = mtp_pq_split_trial(n, SMALL_FACTOR);

	if (factor || mtproto_is_prime(n))
		return factor;
	if (n >= ECM_MIN && n < ECM_LIMIT)
		factor = mtp_pq_split_ecm(n);
	if (!factor)
		factor = mtp_pq_split_rho(n);
	return factor ? factor : mtp_pq_split_trial(n, UINT64_MAX);
}

int mtproto_pq_factor(uint64_t pq, uint64_t *p, uint64_t *q)
{
	uint64_t factor, other;

	*p = 0;
	*q = 0;
	if (pq < PQ_MIN || pq >= PQ_LIMIT || !(pq & 1))
		return MTPROTO_ERR_PQ;
	factor = split(pq);
	if (!factor)
		return MTPROTO_ERR_PQ;
	other = pq / factor;
	if (factor == other || !mtproto_is_prime(factor) || !mtproto_is_prime(other))
		return MTPROTO_ERR_PQ;
	*p = factor < other ? factor : other;
	*q = factor < other ? other : factor;
	return 0;
}

/* A prime between 2^30 and 2^31. */
static int random_prime(const struct mtproto_random *random, uint64_t *prime)
{
	const uint32_t top = UINT32_C(1) << 30;

	for (int i = 0; i < PRIME_TRIES; i++) {
		uint8_t bytes[4];
		uint32_t candidate;

		if (mtp_random_fill(random, bytes, sizeof(bytes)))
			return MTPROTO_ERR_RANDOM;
		candidate = (mtp_load_le32(bytes) & (top - 1)) | top | 1;
		if (mtproto_is_prime(candidate)) {
			*prime = candidate;
			return 0;
		}
	}
	return MTPROTO_ERR_RANDOM;
}

int mtproto_pq_generate(const struct mtproto_random *random, uint64_t *p, uint64_t *q)
{
	uint64_t first, second;
	int error = random_prime(random, &first);

	*p = 0;
	*q = 0;
	for (int i = 0; i < SECOND_TRIES && !error; i++) {
		error = random_prime(random, &second);
		if (!error && first != second) {
			*p = first < second ? first : second;
			*q = first < second ? second : first;
			return 0;
		}
	}
	return MTPROTO_ERR_RANDOM;
}
