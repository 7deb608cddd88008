/* Inflating a gzip_packed object. The first two bytes are the budget, in units of 64 bytes. */
#include "../tests/failing.h"
#include "session/inflate.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct failing memory;
	struct mtp_pool pool;
	struct mtp_inflater inflater = {NULL};
	struct mtp_block *block = NULL;
	struct mtproto_span body;
	size_t inflated_len = 0;
	size_t most, budget;
	int error;

	if (len < 2)
		return 0;
	most = budget = ((size_t)data[0] | (size_t)data[1] << 8) * 64;
	body = (struct mtproto_span){data + 2, len - 2};
	failing_init(&memory);
	mtp_pool_init(&pool, &memory.hooks, 0);
	error = mtp_inflate(&inflater, &pool, body, &budget, &block, &inflated_len);
	/* A block is at most twice as large as what may come out of it. */
	if (memory.peak > 2 * most + 4096)
		abort();
	if (error && (block || budget != most || memory.pieces))
		abort();
	if (!error && (inflated_len < 4 || inflated_len % 4 || inflated_len > most || budget != most - inflated_len ||
		       inflated_len > block->cap))
		abort();
	mtp_block_drop(block);
	mtp_inflater_fini(&inflater);
	mtp_pool_fini(&pool);
	if (memory.pieces)
		abort();
	return 0;
}
