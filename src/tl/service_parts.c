#include <mtproto/service_parts.h>

#include "base/bytes.h"

uint64_t mtproto_longs_at(const struct mtproto_longs *longs, uint32_t index)
{
	return mtp_load_le64(longs->data + (size_t)index * 8);
}

void mtproto_longs_read(struct mtproto_longs *out, struct mtproto_tl_reader *r)
{
	out->count = mtproto_tl_read_vector(r, 8);
	out->data = mtproto_tl_read_span(r, (size_t)out->count * 8).data;
}

void mtproto_longs_write(struct mtproto_tl_writer *w, const struct mtproto_longs *in)
{
	mtproto_tl_write_vector(w, in->count);
	mtproto_tl_write_raw(w, in->data, (size_t)in->count * 8);
}

void mtproto_message_list_read(struct mtproto_message_list *out, struct mtproto_tl_reader *r)
{
	out->count = mtproto_tl_read_count(r, MTPROTO_CONTAINER_MESSAGE_HEADER);
	out->items = mtproto_tl_read_span(r, mtproto_tl_left(r));
}

void mtproto_message_list_write(struct mtproto_tl_writer *w, const struct mtproto_message_list *in)
{
	mtproto_tl_write_u32(w, in->count);
	mtproto_tl_write_raw(w, in->items.data, in->items.len);
}

int mtproto_container_message_read(struct mtproto_container_message *out, struct mtproto_tl_reader *r)
{
	uint32_t len;

	out->msg_id = mtproto_tl_read_long(r);
	out->seq_no = mtproto_tl_read_u32(r);
	len = mtproto_tl_read_u32(r);
	if (len > INT32_MAX || len % 4 != 0)
		mtproto_tl_reader_fail(r, MTPROTO_ERR_ENCODING);
	out->body = mtproto_tl_read_span(r, len);
	return r->error;
}

void mtproto_container_message_write(struct mtproto_tl_writer *w, const struct mtproto_container_message *in)
{
	if (!w->error && in->body.len > INT32_MAX)
		w->error = MTPROTO_ERR_TOO_LARGE;
	if (!w->error && in->body.len % 4 != 0)
		w->error = MTPROTO_ERR_ARGUMENT;
	mtproto_tl_write_long(w, in->msg_id);
	mtproto_tl_write_u32(w, in->seq_no);
	mtproto_tl_write_u32(w, (uint32_t)in->body.len);
	mtproto_tl_write_raw(w, in->body.data, in->body.len);
}
