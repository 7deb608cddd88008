/* A hash map from non-zero 64-bit ids to pointers: open addressing, no memory while it is empty. The ids come from
 * peers, so the hash is keyed: nobody outside can make collisions. */
#ifndef MTP_BASE_MAP_H
#define MTP_BASE_MAP_H

#include <mtproto/base.h>
#include <mtproto/error.h>

struct mtp_map_slot {
	uint64_t key; /* 0: free */
	void *value;
};

struct mtp_map {
	const struct mtproto_allocator *allocator;
	struct mtp_map_slot *slots;
	uint64_t seed;
	uint32_t cap; /* 0 or a power of two */
	uint32_t count;
	uint32_t most;        /* of count, since the map was empty */
	uint32_t empty_below; /* no slot before this one is used */
};

/* allocator must outlive the map; seed should be random where keys come from a peer. */
void mtp_map_init(struct mtp_map *map, const struct mtproto_allocator *allocator, uint64_t seed);

/* Releases the table; the values are the owner's. */
void mtp_map_fini(struct mtp_map *map);

/* NULL when key is not there. */
void *mtp_map_get(const struct mtp_map *map, uint64_t key);

/* Adds or replaces. Returns 0 or MTPROTO_ERR_MEMORY; never fails for a key that is there. */
MTPROTO_MUST_USE int mtp_map_put(struct mtp_map *map, uint64_t key, void *value);

/* Removes and returns the value, or NULL. Shrinks a table that has become much too large, and gives an empty one back
 * unless it was needed this time: what fills and empties in turn should not grow anew each time. */
void *mtp_map_remove(struct mtp_map *map, uint64_t key);

/* Some value, or NULL when there is none: for taking out one after the other. */
void *mtp_map_any(struct mtp_map *map);

/* Walks over all values in no order: start with *cursor 0, stop at NULL. The map must not change on the way. */
void *mtp_map_next(const struct mtp_map *map, size_t *cursor);

#endif
