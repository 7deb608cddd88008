/* A store in memory: one map a kind that is used. */
#include <mtproto/store.h>

#include "base/map.h"
#include "base/memory.h"
#include "crypto/random.h"

#include <string.h>

struct entry {
	int64_t id;
	size_t len;
	uint8_t data[];
};

struct memory {
	struct mtproto_allocator allocator;
	size_t size_max;
	size_t size;
	struct mtp_map kinds[MTPROTO_STORE_KIND_MAX + 1];
};

static size_t size_of(size_t len)
{
	return sizeof(struct entry) + len;
}

static void release(struct memory *memory, struct entry *entry)
{
	if (!entry)
		return;
	memory->size -= size_of(entry->len);
	mtp_release_secret(&memory->allocator, entry, size_of(entry->len));
}

static int load(void *user, uint32_t kind, int64_t id, struct mtproto_span *out)
{
	struct memory *memory = user;
	const struct entry *entry = mtp_map_get(&memory->kinds[kind], (uint64_t)id);

	if (!entry)
		return MTPROTO_ERR_NOT_FOUND;
	out->data = entry->data;
	out->len = entry->len;
	return 0;
}

static int save(void *user, uint32_t kind, int64_t id, const void *data, size_t len)
{
	struct memory *memory = user;
	struct entry *old = mtp_map_get(&memory->kinds[kind], (uint64_t)id);
	size_t others = memory->size - (old ? size_of(old->len) : 0);
	struct entry *entry;
	int error;

	if (len > memory->size_max || size_of(len) > memory->size_max - others)
		return MTPROTO_ERR_LIMIT;
	entry = mtp_alloc(&memory->allocator, size_of(len));
	if (!entry)
		return MTPROTO_ERR_MEMORY;
	entry->id = id;
	entry->len = len;
	if (len > 0)
		memcpy(entry->data, data, len);
	memory->size += size_of(len);
	error = mtp_map_put(&memory->kinds[kind], (uint64_t)id, entry);
	release(memory, error ? entry : old);
	return error;
}

static int forget(void *user, uint32_t kind, int64_t id)
{
	struct memory *memory = user;
	struct entry *entry = mtp_map_remove(&memory->kinds[kind], (uint64_t)id);

	release(memory, entry);
	return entry ? 0 : MTPROTO_ERR_NOT_FOUND;
}

static int each(void *user, uint32_t kind, int (*visit)(void *visitor, int64_t id, struct mtproto_span data),
		void *visitor)
{
	struct memory *memory = user;
	const struct entry *entry;
	size_t cursor = 0;
	int result = 0;

	while (result == 0 && (entry = mtp_map_next(&memory->kinds[kind], &cursor)) != NULL) {
		struct mtproto_span data = {entry->data, entry->len};

		result = visit(visitor, entry->id, data);
	}
	return result;
}

/* Memory is as durable as it will ever be. */
static int flush(void *user)
{
	(void)user;
	return 0;
}

static void close_memory(void *user)
{
	struct memory *memory = user;
	struct mtproto_allocator allocator = memory->allocator;

	for (uint32_t kind = 0; kind <= MTPROTO_STORE_KIND_MAX; kind++) {
		struct mtp_map *map = &memory->kinds[kind];
		struct entry *entry;
		size_t cursor = 0;

		while ((entry = mtp_map_next(map, &cursor)) != NULL)
			release(memory, entry);
		mtp_map_fini(map);
	}
	mtp_release_secret(&allocator, memory, sizeof(*memory));
}

int mtproto_store_open_memory(struct mtproto_store *out, const struct mtproto_allocator *allocator, size_t size_max)
{
	struct mtproto_allocator hooks = mtp_allocator_or_default(allocator);
	struct memory *memory = mtp_alloc_zero(&hooks, sizeof(*memory));
	uint64_t seed;

	memset(out, 0, sizeof(*out));
	if (!memory)
		return MTPROTO_ERR_MEMORY;
	memory->allocator = hooks;
	memory->size_max = size_max ? size_max : SIZE_MAX / 2;
	/* Ids of peers come from a server. Without randomness the maps still work. */
	if (mtp_random_fill(NULL, &seed, sizeof(seed)))
		seed = (uint64_t)(uintptr_t)memory;
	for (uint32_t kind = 0; kind <= MTPROTO_STORE_KIND_MAX; kind++)
		mtp_map_init(&memory->kinds[kind], &memory->allocator, seed);
	*out = (struct mtproto_store){memory, load, save, forget, each, flush, close_memory};
	return 0;
}
