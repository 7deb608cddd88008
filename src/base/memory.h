/* Memory and randomness through the caller's hooks. The only place that knows malloc. */
#ifndef MTP_BASE_MEMORY_H
#define MTP_BASE_MEMORY_H

#include <mtproto/base.h>
#include <mtproto/error.h>

/* The hooks with NULL replaced by the defaults; copied into the object that uses them. */
struct mtproto_allocator mtp_allocator_or_default(const struct mtproto_allocator *allocator);

/* NULL when out of memory; zeroed otherwise. */
void *mtp_alloc_zero(const struct mtproto_allocator *allocator, size_t size);

/* NULL when out of memory; contents undefined. */
void *mtp_alloc(const struct mtproto_allocator *allocator, size_t size);

/* memory may be NULL. */
void mtp_release(const struct mtproto_allocator *allocator, void *memory, size_t size);

/* The same after wiping the memory. */
void mtp_release_secret(const struct mtproto_allocator *allocator, void *memory, size_t size);

#endif
