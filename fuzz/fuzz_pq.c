/* pq as 8 bytes, big endian. What is split is the product of two distinct odd primes in order; small numbers that are
 * refused are none, by trial division. */
#include <mtproto/pq.h>

#include <stdlib.h>

#define TRIED_MAX (1 << 24)

static void require(bool condition)
{
	if (!condition)
		abort();
}

static uint64_t smallest_factor(uint64_t n)
{
	for (uint64_t d = 2; d * d <= n; d++)
		if (n % d == 0)
			return d;
	return n;
}

static bool is_product(uint64_t n)
{
	uint64_t p, q;

	if (n < 15)
		return false;
	p = smallest_factor(n);
	q = n / p;
	return p > 2 && p < q && smallest_factor(q) == q;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t pq = 0, p, q;
	int error;

	for (size_t i = 0; i < size && i < 8; i++)
		pq = pq << 8 | data[i];
	error = mtproto_pq_factor(pq, &p, &q);
	require(error == 0 || error == MTPROTO_ERR_PQ);
	if (!error)
		require(p > 2 && p < q && pq % p == 0 && pq / p == q && mtproto_is_prime(p) && mtproto_is_prime(q));
	if (pq < TRIED_MAX)
		require(is_product(pq) == !error);
	return 0;
}
