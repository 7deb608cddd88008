#include "base/pool.h"

#include "base/memory.h"

enum { SMALLEST = 128 };

struct mtp_pool_piece {
	struct mtp_pool_piece *next;
};

void mtp_pool_init(struct mtp_pool *pool, const struct mtproto_allocator *allocator, size_t kept_max)
{
	pool->allocator = allocator;
	pool->kept = 0;
	pool->kept_max = kept_max;
	for (size_t i = 0; i < MTP_POOL_CLASSES; i++)
		pool->free[i] = NULL;
}

/* The list for a size and the bytes its pieces have; MTP_POOL_CLASSES for what has no list. */
static size_t class_of(size_t size, size_t *rounded)
{
	size_t class = 0;

	*rounded = SMALLEST;
	while (*rounded < size && class < MTP_POOL_CLASSES) {
		*rounded *= 2;
		class ++;
	}
	if (class == MTP_POOL_CLASSES)
		*rounded = size;
	return class;
}

void mtp_pool_fini(struct mtp_pool *pool)
{
	size_t size = SMALLEST;

	for (size_t i = 0; i < MTP_POOL_CLASSES; i++, size *= 2) {
		while (pool->free[i]) {
			struct mtp_pool_piece *piece = pool->free[i];

			pool->free[i] = piece->next;
			mtp_release(pool->allocator, piece, size);
		}
	}
	pool->kept = 0;
}

void *mtp_pool_alloc(struct mtp_pool *pool, size_t size)
{
	size_t rounded;
	size_t class = class_of(size, &rounded);
	struct mtp_pool_piece *piece;

	if (class == MTP_POOL_CLASSES || !pool->free[class])
		return mtp_alloc(pool->allocator, rounded);
	piece = pool->free[class];
	pool->free[class] = piece->next;
	pool->kept -= rounded;
	return piece;
}

void mtp_pool_free(struct mtp_pool *pool, void *memory, size_t size)
{
	size_t rounded;
	size_t class = class_of(size, &rounded);
	struct mtp_pool_piece *piece = memory;

	if (!memory)
		return;
	if (class == MTP_POOL_CLASSES || pool->kept + rounded > pool->kept_max) {
		mtp_release(pool->allocator, memory, rounded);
		return;
	}
	piece->next = pool->free[class];
	pool->free[class] = piece;
	pool->kept += rounded;
}

struct mtp_block *mtp_block_new(struct mtp_pool *pool, size_t size)
{
	size_t rounded;
	struct mtp_block *block;

	if (size > SIZE_MAX / 2)
		return NULL;
	class_of(sizeof(*block) + size, &rounded);
	block = mtp_pool_alloc(pool, rounded);
	if (!block)
		return NULL;
	block->pool = pool;
	block->cap = rounded - sizeof(*block);
	block->holders = 1;
	return block;
}

void mtp_block_hold(struct mtp_block *block)
{
	block->holders++;
}

void mtp_block_drop(struct mtp_block *block)
{
	if (block && --block->holders == 0)
		mtp_pool_free(block->pool, block, sizeof(*block) + block->cap);
}
