#include <mtproto/tl.h>

#include "base/bytes.h"

void mtproto_tl_writer_init(struct mtproto_tl_writer *w, void *out, size_t cap)
{
	w->begin = out;
	w->end = out ? w->begin + cap : NULL;
	w->len = 0;
	w->error = 0;
}

/* Claims len bytes of the output. NULL when there is nothing to store to: an error, or only counting. */
static uint8_t *put(struct mtproto_tl_writer *w, size_t len)
{
	uint8_t *p;

	if (w->error)
		return NULL;
	if (!w->begin) {
		w->len += len;
		return NULL;
	}
	p = w->begin + w->len;
	if ((size_t)(w->end - p) < len) {
		w->error = MTPROTO_ERR_BUFFER;
		return NULL;
	}
	w->len += len;
	return p;
}

void mtproto_tl_write_u32(struct mtproto_tl_writer *w, uint32_t value)
{
	uint8_t *p = put(w, 4);

	if (p)
		mtp_store_le32(p, value);
}

void mtproto_tl_write_int(struct mtproto_tl_writer *w, int32_t value)
{
	mtproto_tl_write_u32(w, (uint32_t)value);
}

void mtproto_tl_write_long(struct mtproto_tl_writer *w, uint64_t value)
{
	uint8_t *p = put(w, 8);

	if (p)
		mtp_store_le64(p, value);
}

void mtproto_tl_write_double(struct mtproto_tl_writer *w, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	mtproto_tl_write_long(w, bits);
}

void mtproto_tl_write_raw(struct mtproto_tl_writer *w, const void *data, size_t len)
{
	uint8_t *p = put(w, len);

	if (p && len)
		memcpy(p, data, len);
}

void mtproto_tl_write_bool(struct mtproto_tl_writer *w, bool value)
{
	mtproto_tl_write_u32(w, value ? MTPROTO_TL_BOOL_TRUE : MTPROTO_TL_BOOL_FALSE);
}

size_t mtproto_tl_bytes_size(size_t len)
{
	size_t header = len < 254 ? 1 : 4;

	return (header + len + 3) & ~(size_t)3;
}

void mtproto_tl_write_bytes(struct mtproto_tl_writer *w, const void *data, size_t len)
{
	size_t size = mtproto_tl_bytes_size(len);
	size_t header = len < 254 ? 1 : 4;
	uint8_t *p;

	if (len > MTPROTO_TL_BYTES_MAX) {
		if (!w->error)
			w->error = MTPROTO_ERR_TOO_LARGE;
		return;
	}
	p = put(w, size);
	if (!p)
		return;
	if (header == 1)
		p[0] = (uint8_t)len;
	else
		mtp_store_le32(p, (uint32_t)len << 8 | 254);
	if (len)
		memcpy(p + header, data, len);
	memset(p + header + len, 0, size - header - len);
}

void mtproto_tl_write_string(struct mtproto_tl_writer *w, const char *text)
{
	mtproto_tl_write_bytes(w, text, strlen(text));
}

void mtproto_tl_write_vector(struct mtproto_tl_writer *w, uint32_t count)
{
	mtproto_tl_write_u32(w, MTPROTO_TL_VECTOR);
	mtproto_tl_write_u32(w, count);
}

int mtproto_tl_writer_end(const struct mtproto_tl_writer *w)
{
	return w->error;
}
