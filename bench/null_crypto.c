#include "bench/null_crypto.h"

#include <string.h>

#include "connection/context.h"
#include "crypto/kernels.h"

static int copy(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	(void)key;
	(void)iv;
	if (in != out)
		memcpy(out, in, blocks * MTP_AES_BLOCK);
	return 0;
}

static int ctr_init(struct mtproto_ctr *ctr, const uint8_t key[32])
{
	(void)ctr;
	(void)key;
	return 0;
}

static int ctr_xor(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks)
{
	(void)ctr;
	(void)first;
	return copy(NULL, NULL, in, out, blocks);
}

static void msg_key_large(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32])
{
	(void)prefix;
	(void)plain;
	(void)len;
	memset(out, 0, 32);
}

static void kdf_v2(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		   uint8_t aes_key[32], uint8_t aes_iv[32])
{
	(void)a_part;
	(void)b_part;
	(void)msg_key;
	memset(aes_key, 0, 32);
	memset(aes_iv, 0, 32);
}

static void seal(struct mtp_text *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		memset(texts[i]->msg_key, 0, MTPROTO_MSG_KEY_SIZE);
		memset(texts[i]->msg_key_large, 0, sizeof(texts[i]->msg_key_large));
		texts[i]->error = 0;
	}
}

static void open(struct mtp_text *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		memset(texts[i]->msg_key_large, 0, sizeof(texts[i]->msg_key_large));
		texts[i]->error = 0;
	}
}

static const struct mtproto_kernels null_kernels = {
	.name = "null",
	.ige_encrypt = copy,
	.ige_decrypt = copy,
	.ctr_init = ctr_init,
	.ctr_xor = ctr_xor,
	.msg_key_large = msg_key_large,
	.kdf_v2 = kdf_v2,
	.seal = seal,
	.open = open,
	.seal_lanes = MTP_TEXTS_MAX,
	.open_lanes = MTP_TEXTS_MAX,
};

void null_crypto_use(struct mtproto_context *context)
{
	context->kernels = &null_kernels;
}

int null_random(void *user, uint8_t *out, size_t len)
{
	uint64_t *state = user;

	for (size_t done = 0; done < len; done += sizeof(*state)) {
		size_t some = len - done < sizeof(*state) ? len - done : sizeof(*state);

		*state = *state * UINT64_C(6364136223846793005) + 1;
		memcpy(out + done, state, some);
	}
	return 0;
}
