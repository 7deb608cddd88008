#include "cli/id_map.h"

#include <stdlib.h>

#define CAP_MIN 64u

/* Ids are numbers from 1, or hashes: the product spreads both. */
static size_t place_of(const struct id_map *map, uint64_t id)
{
	return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->cap - 1);
}

/* The slot of the id, or the free one where it would be. */
static struct id_map_slot *find_slot(const struct id_map *map, uint64_t id)
{
	size_t place = place_of(map, id);

	while (map->slots[place].thing && map->slots[place].id != id)
		place = (place + 1) & (map->cap - 1);
	return &map->slots[place];
}

void *id_map_find(const struct id_map *map, uint64_t id)
{
	return map->count ? find_slot(map, id)->thing : NULL;
}

static bool grow(struct id_map *map)
{
	struct id_map larger = {.cap = map->cap ? 2 * map->cap : CAP_MIN, .count = map->count};

	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < map->cap; i++)
		if (map->slots[i].thing)
			*find_slot(&larger, map->slots[i].id) = map->slots[i];
	free(map->slots);
	*map = larger;
	return true;
}

bool id_map_add(struct id_map *map, uint64_t id, void *thing)
{
	struct id_map_slot *slot;

	if (2 * (map->count + 1) > map->cap && !grow(map))
		return false;
	slot = find_slot(map, id);
	slot->id = id;
	slot->thing = thing;
	map->count++;
	return true;
}

/* What stands behind a freed slot may have wanted it: all up to the next free one are placed anew. */
static void free_slot(struct id_map *map, struct id_map_slot *slot)
{
	size_t place = (size_t)(slot - map->slots);

	slot->thing = NULL;
	map->count--;
	for (place = (place + 1) & (map->cap - 1); map->slots[place].thing; place = (place + 1) & (map->cap - 1)) {
		struct id_map_slot moved = map->slots[place];

		map->slots[place].thing = NULL;
		*find_slot(map, moved.id) = moved;
	}
}

void *id_map_take(struct id_map *map, uint64_t id)
{
	struct id_map_slot *slot = map->count ? find_slot(map, id) : NULL;
	void *thing = slot ? slot->thing : NULL;

	if (thing)
		free_slot(map, slot);
	return thing;
}

void *id_map_take_any(struct id_map *map)
{
	for (size_t i = 0; map->count && i < map->cap; i++)
		if (map->slots[i].thing)
			return id_map_take(map, map->slots[i].id);
	free(map->slots);
	map->slots = NULL;
	map->cap = 0;
	return NULL;
}
