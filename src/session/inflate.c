#include "session/inflate.h"

#include "base/bytes.h"

#include <mtproto/service.h>

#include <libdeflate.h>

enum {
	GUESS_FACTOR = 4, /* first guess of the size, where the data does not tell */
	GUESS_MIN = 1024,
	RATIO_MAX = 1032 /* deflate can't do better: a guess above is a lie */
};

void mtp_inflater_fini(struct mtp_inflater *inflater)
{
	libdeflate_free_decompressor(inflater->decompressor);
	inflater->decompressor = NULL;
}

bool mtp_gzip_test(struct mtproto_span body)
{
	return body.len >= 4 && mtp_load_le32(body.data) == MTPROTO_ID_GZIP_PACKED;
}

static bool is_gzip(struct mtproto_span packed)
{
	return packed.len >= 18 && packed.data[0] == 0x1f && packed.data[1] == 0x8b;
}

/* How much room to try first. gzip ends with the size, which is only believed as far as the ratio can be. */
static size_t first_guess(struct mtproto_span packed, size_t budget)
{
	size_t most = packed.len > SIZE_MAX / RATIO_MAX ? SIZE_MAX : packed.len * RATIO_MAX;
	size_t guess = packed.len > SIZE_MAX / GUESS_FACTOR ? SIZE_MAX : packed.len * GUESS_FACTOR;

	if (is_gzip(packed))
		guess = mtp_load_le32(packed.data + packed.len - 4);
	if (guess < GUESS_MIN)
		guess = GUESS_MIN;
	if (guess > most)
		guess = most;
	return guess > budget ? budget : guess;
}

/* The packed bytes inside a gzip_packed object, or an empty span. */
static struct mtproto_span packed_data(struct mtproto_span body)
{
	struct mtproto_span none = {NULL, 0};
	struct mtproto_tl_reader r;
	struct mtproto_gzip_packed object;

	mtproto_tl_reader_init(&r, body.data, body.len);
	return mtproto_gzip_packed_read(&object, &r) || mtproto_tl_reader_end(&r) ? none : object.packed_data;
}

int mtp_inflate_to(struct mtp_inflater *inflater, struct mtproto_span body, uint8_t *out, size_t room, size_t *len)
{
	struct mtproto_span packed = packed_data(body);
	enum libdeflate_result result;

	if (packed.len == 0)
		return MTPROTO_ERR_GZIP;
	if (!inflater->decompressor)
		inflater->decompressor = libdeflate_alloc_decompressor();
	if (!inflater->decompressor)
		return MTPROTO_ERR_MEMORY;
	if (is_gzip(packed))
		result = libdeflate_gzip_decompress(inflater->decompressor, packed.data, packed.len, out, room, len);
	else
		result = libdeflate_zlib_decompress(inflater->decompressor, packed.data, packed.len, out, room, len);
	if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
		return MTPROTO_ERR_INFLATED_SIZE;
	return result == LIBDEFLATE_SUCCESS && *len >= 4 && *len % 4 == 0 ? 0 : MTPROTO_ERR_GZIP;
}

int mtp_inflate(struct mtp_inflater *inflater, struct mtp_pool *pool, struct mtproto_span body, size_t *budget,
		struct mtp_block **out, size_t *len)
{
	size_t room = first_guess(packed_data(body), *budget);

	for (;;) {
		struct mtp_block *block = mtp_block_new(pool, room);
		int error;

		if (!block)
			return MTPROTO_ERR_MEMORY;
		error = mtp_inflate_to(inflater, body, block->data, room, len);
		if (!error) {
			*budget -= *len;
			*out = block;
			return 0;
		}
		mtp_block_drop(block);
		if (error != MTPROTO_ERR_INFLATED_SIZE || room == *budget)
			return error;
		room = room > *budget / 2 ? *budget : room * 2;
	}
}
