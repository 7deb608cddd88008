/* Memory that is given out piece by piece and taken back at once. */
#ifndef MTPROTO_ARENA_H
#define MTPROTO_ARENA_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Belongs to one thread at a time. */
struct mtproto_arena;

/* Makes an empty arena that gives out at most size_max bytes between two resets; 0: no limit but the allocator's.
 * Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_arena_new(struct mtproto_arena **out,
						   const struct mtproto_allocator *allocator, size_t size_max);

/* size zeroed bytes, aligned for any object, until the next reset. NULL when there is no memory or size_max is
 * reached; see mtproto_arena_error. A size of 0 gives a pointer that must not be followed. */
MTPROTO_MUST_USE MTPROTO_API void *mtproto_arena_alloc(struct mtproto_arena *arena, size_t size);

/* A copy of len bytes and a zero byte behind them, or NULL as above. */
MTPROTO_MUST_USE MTPROTO_API char *mtproto_arena_copy(struct mtproto_arena *arena, const void *data, size_t len);

/* Why the last NULL was given: MTPROTO_ERR_LIMIT or MTPROTO_ERR_MEMORY; 0 when none was since the last reset. */
MTPROTO_API int mtproto_arena_error(const struct mtproto_arena *arena);

/* Takes back all that was given out. What it held is wiped; one block is kept for reuse. */
MTPROTO_API void mtproto_arena_reset(struct mtproto_arena *arena);

/* Wipes and releases everything. arena may be NULL. */
MTPROTO_API void mtproto_arena_free(struct mtproto_arena *arena);

#ifdef __cplusplus
}
#endif

#endif
