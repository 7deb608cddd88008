#include "tl/skip.h"

#include <mtproto/service.h>

struct mtproto_span mtp_tl_read_object(struct mtproto_tl_reader *r)
{
	size_t left = mtproto_tl_left(r);

	if (left < 4)
		mtproto_tl_reader_fail(r, MTPROTO_ERR_TRUNCATED);
	return mtproto_tl_read_span(r, left);
}

static void skip_json(struct mtproto_tl_reader *r, unsigned depth);

static void skip_json_array(struct mtproto_tl_reader *r, unsigned depth)
{
	uint32_t count = mtproto_tl_read_vector(r, 4);

	for (uint32_t i = 0; i < count && !r->error; i++)
		skip_json(r, depth + 1);
}

static void skip_json_object(struct mtproto_tl_reader *r, unsigned depth)
{
	uint32_t count = mtproto_tl_read_vector(r, 12);

	for (uint32_t i = 0; i < count && !r->error; i++) {
		mtproto_tl_read_id(r, MTPROTO_ID_JSON_OBJECT_VALUE);
		mtproto_tl_read_bytes(r);
		skip_json(r, depth + 1);
	}
}

/* Every round of the loops above consumes at least 4 bytes, so the work is bounded by the bytes received. */
static void skip_json(struct mtproto_tl_reader *r, unsigned depth)
{
	if (depth > MTP_TL_JSON_DEPTH_MAX) {
		mtproto_tl_reader_fail(r, MTPROTO_ERR_ENCODING);
		return;
	}
	switch (mtproto_tl_read_u32(r)) {
	case MTPROTO_ID_JSON_NULL:
		return;
	case MTPROTO_ID_JSON_BOOL:
		mtproto_tl_read_bool(r);
		return;
	case MTPROTO_ID_JSON_NUMBER:
		mtproto_tl_read_double(r);
		return;
	case MTPROTO_ID_JSON_STRING:
		mtproto_tl_read_bytes(r);
		return;
	case MTPROTO_ID_JSON_ARRAY:
		skip_json_array(r, depth);
		return;
	case MTPROTO_ID_JSON_OBJECT:
		skip_json_object(r, depth);
		return;
	default:
		mtproto_tl_reader_fail(r, MTPROTO_ERR_CONSTRUCTOR);
	}
}

struct mtproto_span mtp_tl_read_json(struct mtproto_tl_reader *r)
{
	struct mtproto_span json = {r->pos, 0};

	skip_json(r, 1);
	if (r->error)
		json.data = NULL;
	else
		json.len = (size_t)(r->pos - json.data);
	return json;
}
