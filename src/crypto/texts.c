#include "crypto/kernels.h"

#include <string.h>

#define A_PART 0
#define B_PART 40
#define PREFIX 88

/* ---- One step after the other ---- */

static void derive(const struct mtproto_kernels *kernels, const struct mtp_text *text, uint8_t aes_key[32],
		   uint8_t aes_iv[32])
{
	kernels->kdf_v2(text->key + A_PART, text->key + B_PART, text->msg_key, aes_key, aes_iv);
}

static void hash(const struct mtproto_kernels *kernels, struct mtp_text *text)
{
	kernels->msg_key_large(text->key + PREFIX, text->data, text->blocks * MTP_AES_BLOCK, text->msg_key_large);
}

static void seal_one(const struct mtproto_kernels *kernels, struct mtp_text *text)
{
	uint8_t aes_key[32], aes_iv[32];

	hash(kernels, text);
	memcpy(text->msg_key, text->msg_key_large + 8, MTPROTO_MSG_KEY_SIZE);
	derive(kernels, text, aes_key, aes_iv);
	text->error = kernels->ige_encrypt(aes_key, aes_iv, text->data, text->data, text->blocks);
	mtproto_wipe(aes_key, sizeof(aes_key));
	mtproto_wipe(aes_iv, sizeof(aes_iv));
}

static void open_one(const struct mtproto_kernels *kernels, struct mtp_text *text)
{
	uint8_t aes_key[32], aes_iv[32];

	derive(kernels, text, aes_key, aes_iv);
	text->error = kernels->ige_decrypt(aes_key, aes_iv, text->data, text->data, text->blocks);
	mtproto_wipe(aes_key, sizeof(aes_key));
	mtproto_wipe(aes_iv, sizeof(aes_iv));
	if (!text->error)
		hash(kernels, text);
}

/* ---- Lanes ---- */

/* The longest first: lanes wait least for each other when neighbours are about as long as each other. */
static void sort(struct mtp_text **sorted, struct mtp_text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t place = i;

		for (; place && sorted[place - 1]->blocks < texts[i].blocks; place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = &texts[i];
	}
}

static void run_lanes(void (*run)(struct mtp_text *const *texts, size_t count), size_t lanes, struct mtp_text *texts,
		      size_t count)
{
	struct mtp_text *sorted[MTP_TEXTS_MAX];

	if (count == 1) {
		run(&(struct mtp_text *){texts}, 1);
		return;
	}
	while (count) {
		size_t some = count < MTP_TEXTS_MAX ? count : MTP_TEXTS_MAX;
		size_t groups = (some + lanes - 1) / lanes;

		sort(sorted, texts, some);
		/* Groups of about the same size: one text alone takes as long as many. */
		for (size_t i = 0, done = 0; i < groups; i++) {
			size_t end = (i + 1) * some / groups;

			run(sorted + done, end - done);
			done = end;
		}
		texts += some;
		count -= some;
	}
}

void mtp_texts_seal(const struct mtproto_kernels *kernels, struct mtp_text *texts, size_t count)
{
	if (kernels->seal)
		run_lanes(kernels->seal, kernels->seal_lanes, texts, count);
	else
		for (size_t i = 0; i < count; i++)
			seal_one(kernels, &texts[i]);
}

void mtp_texts_open(const struct mtproto_kernels *kernels, struct mtp_text *texts, size_t count)
{
	if (count == 1 && texts->ctr)
		kernels->open_ctr(texts);
	else if (kernels->open)
		run_lanes(kernels->open, kernels->open_lanes, texts, count);
	else
		for (size_t i = 0; i < count; i++)
			open_one(kernels, &texts[i]);
}
