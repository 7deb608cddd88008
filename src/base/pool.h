/* Memory that is used again and again: sizes are rounded to powers of two and freed pieces wait in lists, so that a
 * steady flow of messages allocates nothing. And counted blocks on top of it, for bytes that several hold. */
#ifndef MTP_BASE_POOL_H
#define MTP_BASE_POOL_H

#include <mtproto/base.h>

#define MTP_POOL_CLASSES 10 /* 128 bytes .. 64 KiB; larger pieces go straight to the allocator */

struct mtp_pool {
	const struct mtproto_allocator *allocator;
	struct mtp_pool_piece *free[MTP_POOL_CLASSES];
	size_t kept;     /* bytes in the lists */
	size_t kept_max; /* more than this goes back to the allocator */
};

/* allocator must outlive the pool. */
void mtp_pool_init(struct mtp_pool *pool, const struct mtproto_allocator *allocator, size_t kept_max);

/* Gives back what waits in the lists; everything else must have been freed. */
void mtp_pool_fini(struct mtp_pool *pool);

/* size bytes or NULL; contents undefined. */
void *mtp_pool_alloc(struct mtp_pool *pool, size_t size);

/* The size that was asked for. memory may be NULL. */
void mtp_pool_free(struct mtp_pool *pool, void *memory, size_t size);

/* Bytes that live as long as somebody holds them. */
struct mtp_block {
	struct mtp_pool *pool;
	size_t cap;
	uint32_t holders;
	uint8_t data[];
};

/* A block with one holder and room for at least size bytes (*cap says how many), or NULL. */
struct mtp_block *mtp_block_new(struct mtp_pool *pool, size_t size);

void mtp_block_hold(struct mtp_block *block);

/* The last one frees it. NULL is legal. */
void mtp_block_drop(struct mtp_block *block);

#endif
