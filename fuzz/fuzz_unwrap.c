/* Taking the wrappers off a request. */
#include "../tests/failing.h"
#include "rpc/unwrap.h"

#include <string.h>

enum { BUDGET = 1 << 20 };

/* What is left must be inside what was given, or inside the block. */
static void check(const struct mtp_unwrapped *u, const uint8_t *data, size_t len)
{
	const uint8_t *begin = u->block ? u->block->data : data;
	const uint8_t *end = begin + (u->block ? u->block->cap : len);

	if (u->query.len < 4 || u->query.data < begin || u->query.data > end ||
	    u->query.len > (size_t)(end - u->query.data))
		abort();
	if (u->block && u->block->holders != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mtproto_span body = {data, len};
	struct failing memory;
	struct mtp_pool pool;
	struct mtp_inflater inflater = {NULL};
	struct mtp_unwrapped u;
	size_t budget = BUDGET;

	failing_init(&memory);
	mtp_pool_init(&pool, &memory.hooks, 0);
	if (mtp_unwrap(&inflater, &pool, body, &budget, &u) == 0)
		check(&u, data, len);
	else if (u.block)
		abort();
	if (budget > BUDGET || memory.peak > 4 * BUDGET)
		abort();
	mtp_block_drop(u.block);
	mtp_inflater_fini(&inflater);
	mtp_pool_fini(&pool);
	if (memory.pieces)
		abort();
	return 0;
}
