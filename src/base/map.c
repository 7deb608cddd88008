#include "base/map.h"

#include "base/memory.h"

enum {
	CAP_MIN = 8,
	CAP_MAX = 1 << 30,
	CAP_KEPT = 64 /* slots, 1 KiB, that a table may have although hardly any is in use */
};

void mtp_map_init(struct mtp_map *map, const struct mtproto_allocator *allocator, uint64_t seed)
{
	map->allocator = allocator;
	map->slots = NULL;
	map->cap = 0;
	map->count = 0;
	map->seed = seed;
	map->empty_below = 0;
	map->most = 0;
}

void mtp_map_fini(struct mtp_map *map)
{
	mtp_release(map->allocator, map->slots, map->cap * sizeof(*map->slots));
	map->slots = NULL;
	map->cap = 0;
	map->count = 0;
	map->empty_below = 0;
	map->most = 0;
}

/* The finaliser of MurmurHash3 over key and seed: every bit of the key reaches every bit of the index. */
static size_t home(const struct mtp_map *map, uint64_t key)
{
	uint64_t h = key ^ map->seed;

	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return (size_t)((h ^ h >> 33) & (map->cap - 1));
}

/* The slot of key, or the free one where it would go. The table is never full. */
static struct mtp_map_slot *find(const struct mtp_map *map, uint64_t key)
{
	size_t i = home(map, key);

	while (map->slots[i].key != 0 && map->slots[i].key != key)
		i = (i + 1) & (map->cap - 1);
	return &map->slots[i];
}

void *mtp_map_get(const struct mtp_map *map, uint64_t key)
{
	struct mtp_map_slot *slot;

	if (map->count == 0 || key == 0)
		return NULL;
	slot = find(map, key);
	return slot->key ? slot->value : NULL;
}

static int resize(struct mtp_map *map, size_t cap)
{
	struct mtp_map old = *map;
	struct mtp_map_slot *slots = cap <= CAP_MAX ? mtp_alloc_zero(map->allocator, cap * sizeof(*slots)) : NULL;

	if (!slots)
		return MTPROTO_ERR_MEMORY;
	map->slots = slots;
	map->cap = (uint32_t)cap;
	map->empty_below = 0;
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].key)
			*find(map, old.slots[i].key) = old.slots[i];
	mtp_release(map->allocator, old.slots, old.cap * sizeof(*old.slots));
	return 0;
}

int mtp_map_put(struct mtp_map *map, uint64_t key, void *value)
{
	struct mtp_map_slot *slot = map->cap ? find(map, key) : NULL;
	size_t place;
	int error;

	if (key == 0)
		return MTPROTO_ERR_ARGUMENT;
	if (slot && slot->key) {
		slot->value = value;
		return 0;
	}
	if (!slot || map->count + 1 > map->cap / 4 * 3) {
		error = resize(map, map->cap ? (size_t)map->cap * 2 : CAP_MIN);
		if (error)
			return error;
		slot = find(map, key);
	}
	slot->key = key;
	slot->value = value;
	map->count++;
	if (map->count > map->most)
		map->most = map->count;
	place = (size_t)(slot - map->slots);
	if (place < map->empty_below)
		map->empty_below = (uint32_t)place;
	return 0;
}

/* Closes the gap at i: moves back every slot of the run behind it that may stand there. */
static void close_gap(struct mtp_map *map, size_t i)
{
	size_t mask = map->cap - 1;

	for (size_t j = (i + 1) & mask; map->slots[j].key; j = (j + 1) & mask) {
		size_t distance = (j - home(map, map->slots[j].key)) & mask;

		if (distance < ((j - i) & mask))
			continue;
		map->slots[i] = map->slots[j];
		i = j;
	}
	map->slots[i].key = 0;
	map->slots[i].value = NULL;
}

/* Empty: its table stays for the next time if this time has shown that it is not too large. */
static void rest(struct mtp_map *map)
{
	if (map->most < map->cap / 8)
		mtp_map_fini(map);
	map->most = 0;
}

void *mtp_map_remove(struct mtp_map *map, uint64_t key)
{
	struct mtp_map_slot *slot;
	void *value;

	if (map->count == 0 || key == 0)
		return NULL;
	slot = find(map, key);
	if (!slot->key)
		return NULL;
	value = slot->value;
	close_gap(map, (size_t)(slot - map->slots));
	map->count--;
	if (map->count == 0)
		rest(map);
	else if (map->cap > CAP_KEPT && map->count < map->cap / 16)
		/* It may fail for want of memory: then the table just stays as it is. */
		(void)(resize(map, map->cap / 4) == 0);
	return value;
}

void *mtp_map_any(struct mtp_map *map)
{
	if (map->count == 0)
		return NULL;
	while (!map->slots[map->empty_below].key)
		map->empty_below++;
	return map->slots[map->empty_below].value;
}

void *mtp_map_next(const struct mtp_map *map, size_t *cursor)
{
	while (*cursor < map->cap) {
		const struct mtp_map_slot *slot = &map->slots[(*cursor)++];

		if (slot->key)
			return slot->value;
	}
	return NULL;
}
