/* The public side of inflate.c and deflate.c. */
#include <mtproto/gzip.h>

#include "base/memory.h"
#include "session/deflate.h"
#include "session/inflate.h"

struct mtproto_gzip {
	struct mtproto_allocator allocator;
	struct mtp_inflater inflater;
	struct mtp_deflater deflater;
};

int mtproto_gzip_new(struct mtproto_gzip **out, const struct mtproto_allocator *allocator)
{
	struct mtproto_allocator own = mtp_allocator_or_default(allocator);
	struct mtproto_gzip *gzip = mtp_alloc_zero(&own, sizeof(*gzip));

	if (!gzip)
		return MTPROTO_ERR_MEMORY;
	gzip->allocator = own;
	*out = gzip;
	return 0;
}

void mtproto_gzip_free(struct mtproto_gzip *gzip)
{
	struct mtproto_allocator allocator;

	if (!gzip)
		return;
	mtp_inflater_fini(&gzip->inflater);
	mtp_deflater_fini(&gzip->deflater);
	allocator = gzip->allocator;
	mtp_release(&allocator, gzip, sizeof(*gzip));
}

int mtproto_gzip_pack(struct mtproto_gzip *gzip, const void *body, size_t len, size_t size_min, uint8_t *out,
		      size_t cap, size_t *packed_len)
{
	struct mtproto_span span = {body, len};

	*packed_len = 0;
	if (len % 4 != 0 || cap < len)
		return MTPROTO_ERR_ARGUMENT;
	return mtp_deflate(&gzip->deflater, span, size_min, out, packed_len);
}

int mtproto_gzip_unpack(struct mtproto_gzip *gzip, const void *packed, size_t packed_len, uint8_t *out, size_t cap,
			size_t *len)
{
	struct mtproto_span span = {packed, packed_len};

	*len = 0;
	return mtp_inflate_to(&gzip->inflater, span, out, cap, len);
}
