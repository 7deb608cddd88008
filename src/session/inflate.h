/* gzip_packed: inflating what a peer packed, within bounds. Source:
 * core.telegram.org/mtproto/service_messages#packed-object. */
#ifndef MTP_SESSION_INFLATE_H
#define MTP_SESSION_INFLATE_H

#include "base/pool.h"

#include <mtproto/error.h>

struct libdeflate_decompressor;

/* One decompressor for a whole context, made when it is first needed. Zeroed to begin with. */
struct mtp_inflater {
	struct libdeflate_decompressor *decompressor;
};

void mtp_inflater_fini(struct mtp_inflater *inflater);

/* True when body is a gzip_packed. */
bool mtp_gzip_test(struct mtproto_span body);

/* Inflates a gzip_packed object (gzip or zlib inside) into room bytes at out; *len of them are used. Errors:
 * MTPROTO_ERR_GZIP (also when less than 4 bytes or no multiple of 4 come out), MTPROTO_ERR_INFLATED_SIZE (more than
 * room), MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_inflate_to(struct mtp_inflater *inflater, struct mtproto_span body, uint8_t *out, size_t room,
				    size_t *len);

/* Inflates a gzip_packed object to a new block with one holder; *len bytes of it are used.
 * *budget is the number of bytes that may come out, and what came out is taken off it. Errors as above. */
MTPROTO_MUST_USE int mtp_inflate(struct mtp_inflater *inflater, struct mtp_pool *pool, struct mtproto_span body,
				 size_t *budget, struct mtp_block **out, size_t *len);

#endif
