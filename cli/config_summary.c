#include "cli/config_summary.h"

#include <mtproto/tl.h>

#define CONFIG               0xcc1a241eu
#define DC_OPTION            0x18b7a10du
#define DC_OPTION_HAS_SECRET (1u << 10)
#define DC_OPTION_SIZE_MIN   20

static void skip_dc_option(struct mtproto_tl_reader *r)
{
	uint32_t flags;

	mtproto_tl_read_id(r, DC_OPTION);
	flags = mtproto_tl_read_u32(r);
	mtproto_tl_read_int(r);   /* id */
	mtproto_tl_read_bytes(r); /* ip_address */
	mtproto_tl_read_int(r);   /* port */
	if (flags & DC_OPTION_HAS_SECRET)
		mtproto_tl_read_bytes(r);
}

int config_summary_read(struct config_summary *out, const uint8_t *data, size_t len)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, data, len);
	mtproto_tl_read_id(&r, CONFIG);
	mtproto_tl_read_u32(&r); /* flags */
	out->date = mtproto_tl_read_u32(&r);
	mtproto_tl_read_u32(&r); /* expires */
	out->test_mode = mtproto_tl_read_bool(&r);
	out->this_dc = mtproto_tl_read_int(&r);
	out->dc_options = mtproto_tl_read_vector(&r, DC_OPTION_SIZE_MIN);
	for (uint32_t i = 0; i < out->dc_options; i++)
		skip_dc_option(&r);
	return r.error;
}
