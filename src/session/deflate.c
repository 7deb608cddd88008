#include "session/deflate.h"

#include "base/bytes.h"

#include <mtproto/service.h>

#include <libdeflate.h>

#include <string.h>

enum {
	LEVEL = 6,
	SAMPLE_FROM = 16384, /* longer bodies are judged by a sample first */
	SAMPLE_SIZE = 1024,
	LONG_HEADER = 4, /* of a TL string of 254 bytes and more */
	OVERHEAD_MAX = 4 + LONG_HEADER + 3
};

void mtp_deflater_fini(struct mtp_deflater *deflater)
{
	libdeflate_free_compressor(deflater->compressor);
	deflater->compressor = NULL;
}

/* What a packed form may take at the most. */
static size_t worth(size_t len)
{
	return len / 10 * 9;
}

/* Random or compressed data shows in its middle. */
static bool sample_packs(struct mtp_deflater *deflater, struct mtproto_span body)
{
	uint8_t packed[SAMPLE_SIZE];
	const uint8_t *middle = body.data + body.len / 2 - SAMPLE_SIZE / 2;

	return libdeflate_gzip_compress(deflater->compressor, middle, SAMPLE_SIZE, packed, worth(SAMPLE_SIZE)) > 0;
}

/* Writes the object around packed bytes that stand LONG_HEADER + 4 behind out; returns its length. */
static size_t wrap(uint8_t *out, size_t packed_len)
{
	size_t header = packed_len < 254 ? 1 : LONG_HEADER;
	size_t used = 4 + header + packed_len;
	size_t total = (used + 3) & ~(size_t)3;

	memmove(out + 4 + header, out + 4 + LONG_HEADER, packed_len);
	memset(out + used, 0, total - used);
	mtp_store_le32(out, MTPROTO_ID_GZIP_PACKED);
	if (header == 1)
		out[4] = (uint8_t)packed_len;
	else
		mtp_store_le32(out + 4, (uint32_t)packed_len << 8 | 254);
	return total;
}

int mtp_deflate(struct mtp_deflater *deflater, struct mtproto_span body, size_t size_min, uint8_t *out, size_t *len)
{
	size_t most = worth(body.len);
	size_t packed_len;

	*len = 0;
	if (body.len < size_min || most <= OVERHEAD_MAX || body.len > MTPROTO_TL_BYTES_MAX)
		return 0;
	if (!deflater->compressor)
		deflater->compressor = libdeflate_alloc_compressor(LEVEL);
	if (!deflater->compressor)
		return MTPROTO_ERR_MEMORY;
	if (body.len >= SAMPLE_FROM && !sample_packs(deflater, body))
		return 0;
	packed_len = libdeflate_gzip_compress(deflater->compressor, body.data, body.len, out + 4 + LONG_HEADER,
					      most - OVERHEAD_MAX);
	if (packed_len > 0)
		*len = wrap(out, packed_len);
	return 0;
}
