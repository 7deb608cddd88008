/* Calls and answers leave as gzip_packed where that is worth it. Source: core.telegram.org/mtproto/service_messages
 * #packed-object. */
#include "base/bytes.h"
#include "connection/context.h"

#include <mtproto/service.h>

/* Parts of files do not become smaller, what is packed already does not either, and an error is never packed: not all
 * clients look for one there. */
static bool never_packs(uint32_t id)
{
	switch (id) {
	case 0xb304a621: /* upload.saveFilePart */
	case 0xde7b673d: /* upload.saveBigFilePart */
	case 0x096a18d5: /* upload.file */
	case 0x21e753bc: /* upload.webFile */
	case 0xa99fca4f: /* upload.cdnFile */
	case MTPROTO_ID_GZIP_PACKED:
	case MTPROTO_ID_RPC_ERROR:
		return true;
	default:
		return false;
	}
}

int mtp_context_pack(struct mtproto_context *context, uint32_t size_min, struct mtproto_span *body,
		     struct mtp_block **block)
{
	size_t packed_len;
	int error;

	*block = NULL;
	if (size_min == 0 || body->len < size_min || never_packs(mtp_load_le32(body->data)))
		return 0;
	*block = mtp_block_new(&context->pool, body->len);
	if (!*block)
		return MTPROTO_ERR_MEMORY;
	error = mtp_deflate(&context->deflater, *body, size_min, (*block)->data, &packed_len);
	if (!error && packed_len)
		*body = (struct mtproto_span){(*block)->data, packed_len};
	return error;
}
