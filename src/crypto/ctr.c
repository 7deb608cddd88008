#include "crypto/kernels.h"

#include <string.h>

int mtproto_ctr_init(struct mtproto_ctr *ctr, const struct mtproto_kernels *kernels, const uint8_t key[32],
		     const uint8_t iv[16])
{
	int error;

	memset(ctr, 0, sizeof(*ctr));
	ctr->kernels = kernels;
	memcpy(ctr->iv, iv, sizeof(ctr->iv));
	error = kernels->ctr_init(ctr, key);
	if (error)
		mtproto_wipe(ctr, sizeof(*ctr));
	return error;
}

void mtproto_ctr_fini(struct mtproto_ctr *ctr)
{
	if (ctr->kernels && ctr->kernels->ctr_fini)
		ctr->kernels->ctr_fini(ctr);
	mtproto_wipe(ctr, sizeof(*ctr));
}

void mtproto_ctr_seek(struct mtproto_ctr *ctr, uint64_t position)
{
	ctr->position = position;
}

/* XORs len bytes that lie in one block, from byte skip of it on. */
static int xor_partial(const struct mtproto_ctr *ctr, uint64_t index, size_t skip, const uint8_t *in, uint8_t *out,
		       size_t len)
{
	uint8_t block[MTP_AES_BLOCK] = {0};
	int error;

	memcpy(block + skip, in, len);
	error = ctr->kernels->ctr_xor(ctr, index, block, block, 1);
	if (!error)
		memcpy(out, block + skip, len);
	mtproto_wipe(block, sizeof(block));
	return error;
}

static int xor_all(const struct mtproto_ctr *ctr, uint64_t position, const uint8_t *in, uint8_t *out, size_t len)
{
	uint64_t index = position / MTP_AES_BLOCK;
	size_t skip = position % MTP_AES_BLOCK;
	int error = 0;

	if (skip) {
		size_t head = MTP_AES_BLOCK - skip < len ? MTP_AES_BLOCK - skip : len;

		error = xor_partial(ctr, index++, skip, in, out, head);
		in += head;
		out += head;
		len -= head;
	}
	if (!error && len >= MTP_AES_BLOCK) {
		size_t blocks = len / MTP_AES_BLOCK;

		error = ctr->kernels->ctr_xor(ctr, index, in, out, blocks);
		index += blocks;
		in += blocks * MTP_AES_BLOCK;
		out += blocks * MTP_AES_BLOCK;
		len %= MTP_AES_BLOCK;
	}
	if (!error && len)
		error = xor_partial(ctr, index, 0, in, out, len);
	return error;
}

int mtp_ctr_xor_at(const struct mtproto_ctr *ctr, uint64_t position, const uint8_t *in, uint8_t *out, size_t len)
{
	int error = xor_all(ctr, position, in, out, len);

	if (error)
		mtproto_wipe(out, len);
	return error;
}

int mtproto_ctr_xor(struct mtproto_ctr *ctr, const uint8_t *in, uint8_t *out, size_t len)
{
	int error = mtp_ctr_xor_at(ctr, ctr->position, in, out, len);

	if (!error)
		ctr->position += len;
	return error;
}
