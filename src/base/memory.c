#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void *default_alloc(void *user, size_t size)
{
	(void)user;
	return malloc(size);
}

static void default_release(void *user, void *memory, size_t size)
{
	(void)user;
	(void)size;
	free(memory);
}

struct mtproto_allocator mtp_allocator_or_default(const struct mtproto_allocator *allocator)
{
	struct mtproto_allocator fallback = {default_alloc, default_release, NULL};

	return allocator ? *allocator : fallback;
}

void *mtp_alloc(const struct mtproto_allocator *allocator, size_t size)
{
	return allocator->alloc(allocator->user, size);
}

void *mtp_alloc_zero(const struct mtproto_allocator *allocator, size_t size)
{
	void *memory = mtp_alloc(allocator, size);

	if (memory)
		memset(memory, 0, size);
	return memory;
}

void mtp_release(const struct mtproto_allocator *allocator, void *memory, size_t size)
{
	if (memory)
		allocator->release(allocator->user, memory, size);
}

void mtp_release_secret(const struct mtproto_allocator *allocator, void *memory, size_t size)
{
	if (!memory)
		return;
	mtproto_wipe(memory, size);
	mtp_release(allocator, memory, size);
}
