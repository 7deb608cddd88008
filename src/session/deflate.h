/* gzip_packed, outgoing. Source: core.telegram.org/mtproto/service_messages#packed-object. */
#ifndef MTP_SESSION_DEFLATE_H
#define MTP_SESSION_DEFLATE_H

#include <mtproto/base.h>
#include <mtproto/error.h>

struct libdeflate_compressor;

/* One compressor for a whole context, made when it is first needed. Zeroed to begin with. */
struct mtp_deflater {
	struct libdeflate_compressor *compressor;
};

void mtp_deflater_fini(struct mtp_deflater *deflater);

/* Packs body into a gzip_packed object at out (room for body.len bytes). *len is its length, or 0 when it is not worth
 * it: shorter than size_min, or more than nine tenths as long as body. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_deflate(struct mtp_deflater *deflater, struct mtproto_span body, size_t size_min, uint8_t *out,
				 size_t *len);

#endif
