/* A server takes the wrappers off a request. Source: core.telegram.org/api/invoking. */
#ifndef MTP_RPC_UNWRAP_H
#define MTP_RPC_UNWRAP_H

#include <mtproto/connection.h>
#include <mtproto/service.h>

#include "session/inflate.h"

/* The most wrappers that one request may wear, gzip_packed included. */
enum { MTP_WRAPPERS_MAX = 8 };

struct mtp_unwrapped {
	int32_t layer;  /* of invokeWithLayer; 0 without */
	int32_t api_id; /* of initConnection; 0 without */
	bool without_updates;
	uint32_t after_count;
	uint64_t after[MTPROTO_AFTER_MAX]; /* of invokeAfterMsg and invokeAfterMsgs */
	struct mtproto_span query;
	struct mtp_block *block; /* holds query; the caller drops it. NULL: the bytes that were given. */
};

/* Takes invokeWithLayer, initConnection, invokeWithoutUpdates, invokeAfterMsg(s), invokeWithMessagesRange,
 * invokeWithTakeout and gzip_packed off, in any order. Errors: MTPROTO_ERR_TRUNCATED, MTPROTO_ERR_ENCODING,
 * MTPROTO_ERR_CONSTRUCTOR, MTPROTO_ERR_LIMIT (too many, or too many msg_ids in them), MTPROTO_ERR_GZIP,
 * MTPROTO_ERR_INFLATED_SIZE, MTPROTO_ERR_MEMORY; then there is nothing to drop. */
MTPROTO_MUST_USE int mtp_unwrap(struct mtp_inflater *inflater, struct mtp_pool *pool, struct mtproto_span body,
				size_t *budget, struct mtp_unwrapped *out);

#endif
