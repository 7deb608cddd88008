/* The calls that ask for what is missing. */
#include <mtproto/update_state.h>

static const uint32_t id_input_channel = 0xf35aec28u;
static const uint32_t id_filter_empty = 0x94d42ee7u; /* channelMessagesFilterEmpty */

void mtproto_update_write_get_state(struct mtproto_tl_writer *w)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_GET_STATE);
}

void mtproto_update_write_get_difference(struct mtproto_tl_writer *w, const struct mtproto_get_difference *parameters)
{
	enum { PTS_TOTAL_LIMIT = 1 << 0, PTS_LIMIT = 1 << 1, QTS_LIMIT = 1 << 2 };
	uint32_t flags = 0;

	flags |= parameters->pts_total_limit ? PTS_TOTAL_LIMIT : 0;
	flags |= parameters->pts_limit ? PTS_LIMIT : 0;
	flags |= parameters->qts_limit ? QTS_LIMIT : 0;
	mtproto_tl_write_u32(w, MTPROTO_ID_GET_DIFFERENCE);
	mtproto_tl_write_u32(w, flags);
	mtproto_tl_write_int(w, parameters->pts);
	if (flags & PTS_LIMIT)
		mtproto_tl_write_int(w, parameters->pts_limit);
	if (flags & PTS_TOTAL_LIMIT)
		mtproto_tl_write_int(w, parameters->pts_total_limit);
	mtproto_tl_write_int(w, parameters->date);
	mtproto_tl_write_int(w, parameters->qts);
	if (flags & QTS_LIMIT)
		mtproto_tl_write_int(w, parameters->qts_limit);
}

void mtproto_update_write_get_channel_difference(struct mtproto_tl_writer *w,
						 const struct mtproto_get_channel_difference *parameters)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_GET_CHANNEL_DIFFERENCE);
	mtproto_tl_write_u32(w, parameters->force ? 1 : 0);
	mtproto_tl_write_u32(w, id_input_channel);
	mtproto_tl_write_long(w, (uint64_t)parameters->channel_id);
	mtproto_tl_write_long(w, (uint64_t)parameters->access_hash);
	mtproto_tl_write_u32(w, id_filter_empty);
	mtproto_tl_write_int(w, parameters->pts);
	mtproto_tl_write_int(w, parameters->limit);
}
