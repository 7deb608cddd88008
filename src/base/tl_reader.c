#include <mtproto/tl.h>

#include "base/bytes.h"

void mtproto_tl_reader_init(struct mtproto_tl_reader *r, const void *data, size_t len)
{
	static const uint8_t empty[1];

	r->pos = len == 0 ? empty : data;
	r->end = r->pos + len;
	r->error = 0;
}

size_t mtproto_tl_left(const struct mtproto_tl_reader *r)
{
	return r->error ? 0 : (size_t)(r->end - r->pos);
}

void mtproto_tl_reader_fail(struct mtproto_tl_reader *r, int error)
{
	if (!r->error)
		r->error = error;
}

uint32_t mtproto_tl_peek(const struct mtproto_tl_reader *r)
{
	return mtproto_tl_left(r) < 4 ? 0 : mtp_load_le32(r->pos);
}

/* Claims len bytes; NULL and the sticky error when they are not there. */
static const uint8_t *take(struct mtproto_tl_reader *r, size_t len)
{
	const uint8_t *p = r->pos;

	if (r->error)
		return NULL;
	if ((size_t)(r->end - r->pos) < len) {
		r->error = MTPROTO_ERR_TRUNCATED;
		return NULL;
	}
	r->pos += len;
	return p;
}

uint32_t mtproto_tl_read_u32(struct mtproto_tl_reader *r)
{
	const uint8_t *p = take(r, 4);

	return p ? mtp_load_le32(p) : 0;
}

int32_t mtproto_tl_read_int(struct mtproto_tl_reader *r)
{
	return (int32_t)mtproto_tl_read_u32(r);
}

uint64_t mtproto_tl_read_long(struct mtproto_tl_reader *r)
{
	const uint8_t *p = take(r, 8);

	return p ? mtp_load_le64(p) : 0;
}

double mtproto_tl_read_double(struct mtproto_tl_reader *r)
{
	uint64_t bits = mtproto_tl_read_long(r);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

void mtproto_tl_read_raw(struct mtproto_tl_reader *r, uint8_t *out, size_t len)
{
	const uint8_t *p = take(r, len);

	if (len == 0)
		return;
	if (p)
		memcpy(out, p, len);
	else
		memset(out, 0, len);
}

struct mtproto_span mtproto_tl_read_span(struct mtproto_tl_reader *r, size_t len)
{
	struct mtproto_span span = {take(r, len), len};

	if (!span.data)
		span.len = 0;
	return span;
}

struct mtproto_span mtproto_tl_read_bytes(struct mtproto_tl_reader *r)
{
	struct mtproto_span none = {NULL, 0};
	struct mtproto_span span;
	const uint8_t *head = take(r, 4);
	size_t header, padding;

	if (!head)
		return none;
	if (head[0] < 254) {
		span.len = head[0];
		header = 1;
		r->pos = head + 1;
	} else if (head[0] == 254) {
		span.len = mtp_load_le32(head) >> 8;
		header = 4;
	} else {
		mtproto_tl_reader_fail(r, MTPROTO_ERR_ENCODING);
		return none;
	}
	padding = (0 - (header + span.len)) & 3;
	span.data = take(r, span.len + padding);
	return span.data ? span : none;
}

bool mtproto_tl_read_bool(struct mtproto_tl_reader *r)
{
	uint32_t id = mtproto_tl_read_u32(r);

	if (!r->error && id != MTPROTO_TL_BOOL_TRUE && id != MTPROTO_TL_BOOL_FALSE)
		r->error = MTPROTO_ERR_CONSTRUCTOR;
	return !r->error && id == MTPROTO_TL_BOOL_TRUE;
}

void mtproto_tl_read_id(struct mtproto_tl_reader *r, uint32_t id)
{
	if (mtproto_tl_read_u32(r) != id)
		mtproto_tl_reader_fail(r, MTPROTO_ERR_CONSTRUCTOR);
}

uint32_t mtproto_tl_read_count(struct mtproto_tl_reader *r, size_t element_size_min)
{
	uint32_t count = mtproto_tl_read_u32(r);

	if (r->error)
		return 0;
	if (count > INT32_MAX || count > (size_t)(r->end - r->pos) / element_size_min) {
		r->error = MTPROTO_ERR_ENCODING;
		return 0;
	}
	return count;
}

uint32_t mtproto_tl_read_vector(struct mtproto_tl_reader *r, size_t element_size_min)
{
	mtproto_tl_read_id(r, MTPROTO_TL_VECTOR);
	return mtproto_tl_read_count(r, element_size_min);
}

int mtproto_tl_reader_end(const struct mtproto_tl_reader *r)
{
	if (r->error)
		return r->error;
	return r->pos == r->end ? 0 : MTPROTO_ERR_TRAILING;
}
