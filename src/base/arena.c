#include <mtproto/arena.h>

#include "base/memory.h"

#include <string.h>

#define BLOCK_SIZE 8192u

struct block {
	struct block *next;
	size_t size; /* of the data behind this header */
	size_t used;
	max_align_t data[];
};

struct mtproto_arena {
	struct mtproto_allocator allocator;
	struct block *blocks; /* the newest first */
	size_t size_max;
	size_t given;
	int error;
};

int mtproto_arena_new(struct mtproto_arena **out, const struct mtproto_allocator *allocator, size_t size_max)
{
	struct mtproto_allocator memory = mtp_allocator_or_default(allocator);
	struct mtproto_arena *arena = mtp_alloc_zero(&memory, sizeof(*arena));

	*out = arena;
	if (!arena)
		return MTPROTO_ERR_MEMORY;
	arena->allocator = memory;
	arena->size_max = size_max ? size_max : SIZE_MAX / 2;
	return 0;
}

static size_t round_up(size_t size)
{
	return (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
}

/* A block with room for size bytes; one of its own for what is large, so that the rest of the newest is not lost. */
static struct block *block_with_room(struct mtproto_arena *arena, size_t size)
{
	struct block *newest = arena->blocks;
	struct block *block;
	size_t room = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE;

	if (newest && newest->size - newest->used >= size)
		return newest;
	block = mtp_alloc(&arena->allocator, sizeof(*block) + room);
	if (!block)
		return NULL;
	block->size = room;
	block->used = 0;
	if (newest && room == size) {
		block->next = newest->next;
		newest->next = block;
	} else {
		block->next = newest;
		arena->blocks = block;
	}
	return block;
}

void *mtproto_arena_alloc(struct mtproto_arena *arena, size_t size)
{
	struct block *block;
	uint8_t *memory;

	if (size > arena->size_max || round_up(size) > arena->size_max - arena->given) {
		arena->error = MTPROTO_ERR_LIMIT;
		return NULL;
	}
	size = round_up(size);
	block = block_with_room(arena, size);
	if (!block) {
		arena->error = MTPROTO_ERR_MEMORY;
		return NULL;
	}
	memory = (uint8_t *)block->data + block->used;
	block->used += size;
	arena->given += size;
	memset(memory, 0, size);
	return memory;
}

char *mtproto_arena_copy(struct mtproto_arena *arena, const void *data, size_t len)
{
	char *copy = len < SIZE_MAX ? mtproto_arena_alloc(arena, len + 1) : NULL;

	if (copy && len > 0)
		memcpy(copy, data, len);
	return copy;
}

int mtproto_arena_error(const struct mtproto_arena *arena)
{
	return arena->error;
}

static void release_blocks(struct mtproto_arena *arena, struct block *block)
{
	while (block) {
		struct block *next = block->next;

		mtp_release_secret(&arena->allocator, block, sizeof(*block) + block->size);
		block = next;
	}
}

void mtproto_arena_reset(struct mtproto_arena *arena)
{
	struct block *kept = arena->blocks;

	if (kept) {
		release_blocks(arena, kept->next);
		mtproto_wipe(kept->data, kept->used);
		kept->next = NULL;
		kept->used = 0;
	}
	arena->given = 0;
	arena->error = 0;
}

void mtproto_arena_free(struct mtproto_arena *arena)
{
	if (!arena)
		return;
	release_blocks(arena, arena->blocks);
	mtp_release(&arena->allocator, arena, sizeof(*arena));
}
