#include "tl/kept.h"

#include "crypto/sha.h"

enum { HEAD_SIZE = 8 };

static void compute_check(uint8_t check[MTP_KEPT_CHECK_SIZE], const uint8_t *data, size_t len)
{
	struct mtproto_span checked = {data, len};

	mtp_sha256(check, &checked, 1);
}

void mtp_kept_begin(struct mtproto_tl_writer *w, uint32_t magic, uint32_t version)
{
	mtproto_tl_write_u32(w, magic);
	mtproto_tl_write_u32(w, version);
}

void mtp_kept_end(struct mtproto_tl_writer *w)
{
	uint8_t check[MTP_KEPT_CHECK_SIZE] = {0};

	if (w->begin && !w->error)
		compute_check(check, w->begin, w->len);
	mtproto_tl_write_raw(w, check, sizeof(check));
}

int mtp_kept_open(struct mtproto_tl_reader *content, const uint8_t *data, size_t len, uint32_t magic, uint32_t version)
{
	uint8_t check[MTP_KEPT_CHECK_SIZE];
	size_t checked_len;

	mtproto_tl_reader_init(content, data, len);
	if (mtproto_tl_read_u32(content) != magic)
		return MTPROTO_ERR_STATE_FORMAT;
	if (mtproto_tl_read_u32(content) != version)
		return content->error ? MTPROTO_ERR_STATE_FORMAT : MTPROTO_ERR_STATE_VERSION;
	if (len < HEAD_SIZE + MTP_KEPT_CHECK_SIZE)
		return MTPROTO_ERR_STATE_FORMAT;
	checked_len = len - MTP_KEPT_CHECK_SIZE;
	compute_check(check, data, checked_len);
	if (!mtproto_equal_const_time(check, data + checked_len, sizeof(check)))
		return MTPROTO_ERR_STATE_FORMAT;
	mtproto_tl_reader_init(content, data + HEAD_SIZE, checked_len - HEAD_SIZE);
	return 0;
}
