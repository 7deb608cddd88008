/* gzip_packed objects, out and in. Source: core.telegram.org/mtproto/service_messages#packed-object. */
#ifndef MTPROTO_GZIP_H
#define MTPROTO_GZIP_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A compressor and a decompressor of libdeflate, each made when it is first needed; one thread at a time. */
struct mtproto_gzip;

/* allocator NULL: malloc; libdeflate's own memory always comes from malloc. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_gzip_new(struct mtproto_gzip **out, const struct mtproto_allocator *allocator);

/* NULL is legal. */
MTPROTO_API void mtproto_gzip_free(struct mtproto_gzip *gzip);

/* What is worth packing by default: from this size, if the result is at most nine tenths of it. */
#define MTPROTO_GZIP_SIZE_MIN 128

/* Packs one boxed object into a gzip_packed object, if that is worth it: len is at least size_min, and gzip_packed is
 * at most nine tenths as long (of more than 16 KiB, a middle sample of 1 KiB is tried first). Then *packed_len bytes
 * stand at out; else *packed_len is 0 and the object should be sent as it is. len bytes of room are always enough.
 * Errors: MTPROTO_ERR_MEMORY, MTPROTO_ERR_ARGUMENT (len is no multiple of 4). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_gzip_pack(struct mtproto_gzip *gzip, const void *body, size_t len,
						   size_t size_min, uint8_t *out, size_t cap, size_t *packed_len);

/* Unpacks a gzip_packed object (gzip or zlib inside); *len bytes stand at out.
 * Errors: MTPROTO_ERR_GZIP (not such an object, or it does not inflate to one), MTPROTO_ERR_INFLATED_SIZE (longer than
 * cap), MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_gzip_unpack(struct mtproto_gzip *gzip, const void *packed, size_t packed_len,
						     uint8_t *out, size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
