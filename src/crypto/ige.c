#include "crypto/kernels.h"

int mtproto_ige_encrypt(const struct mtproto_kernels *kernels, const uint8_t key[32], uint8_t iv[32], const uint8_t *in,
			uint8_t *out, size_t len)
{
	if (len % MTP_AES_BLOCK)
		return MTPROTO_ERR_ARGUMENT;
	if (!len)
		return 0;
	return kernels->ige_encrypt(key, iv, in, out, len / MTP_AES_BLOCK);
}

int mtproto_ige_decrypt(const struct mtproto_kernels *kernels, const uint8_t key[32], uint8_t iv[32], const uint8_t *in,
			uint8_t *out, size_t len)
{
	if (len % MTP_AES_BLOCK)
		return MTPROTO_ERR_ARGUMENT;
	if (!len)
		return 0;
	return kernels->ige_decrypt(key, iv, in, out, len / MTP_AES_BLOCK);
}
