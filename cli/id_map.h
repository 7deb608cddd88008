/* A table of things by 64-bit ids, for ids that a file names and its author chose. */
#ifndef CLI_ID_MAP_H
#define CLI_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_map_slot {
	uint64_t id;
	void *thing; /* NULL: free */
};

/* Zeroed, it is empty. */
struct id_map {
	struct id_map_slot *slots;
	size_t cap; /* a power of two */
	size_t count;
};

/* NULL when there is none. */
void *id_map_find(const struct id_map *map, uint64_t id);

/* The id must not be there. False without memory. */
bool id_map_add(struct id_map *map, uint64_t id, void *thing);

/* Takes one thing out and returns it, or NULL when it is not there. */
void *id_map_take(struct id_map *map, uint64_t id);

/* Takes any thing out; NULL when the map is empty, which then holds no memory. */
void *id_map_take_any(struct id_map *map);

#endif
