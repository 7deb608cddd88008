#include <mtproto/message.h>

#include "base/bytes.h"
#include "crypto/kernels.h"

#include <string.h>

/* Reads the fields of a proven plaintext. */
static int parse(struct mtproto_message *m, const uint8_t *plain, size_t len)
{
	size_t body_len = mtp_load_le32(plain + 28);
	size_t room = len - MTPROTO_MESSAGE_HEADER_SIZE;

	if (body_len < 4 || body_len % 4 != 0 || body_len > room)
		return MTPROTO_ERR_MESSAGE_LENGTH;
	if (room - body_len < MTPROTO_MESSAGE_PADDING_MIN || room - body_len > MTPROTO_MESSAGE_PADDING_MAX)
		return MTPROTO_ERR_MESSAGE_LENGTH;
	m->salt = mtp_load_le64(plain);
	m->session_id = mtp_load_le64(plain + 8);
	m->msg_id = mtp_load_le64(plain + 16);
	m->seq_no = mtp_load_le32(plain + 24);
	m->body.data = plain + MTPROTO_MESSAGE_HEADER_SIZE;
	m->body.len = body_len;
	return 0;
}

/* Whether a packet can be decrypted at all, and what of it. */
static int check_packet(const struct mtproto_open_job *job, struct mtp_text *text)
{
	if (job->packet_len < MTPROTO_PACKET_SIZE_MIN)
		return MTPROTO_ERR_MESSAGE_LENGTH;
	if (mtp_load_le64(job->packet) != job->key->id)
		return MTPROTO_ERR_AUTH_KEY_ID;
	text->key = job->key->data + job->direction;
	text->msg_key = job->packet + 8;
	text->data = job->packet + MTPROTO_PACKET_HEADER_SIZE;
	/* Some transports put up to 15 random bytes behind a packet. */
	text->blocks = (job->packet_len - MTPROTO_PACKET_HEADER_SIZE) / MTP_AES_BLOCK;
	text->ctr = NULL;
	return 0;
}

/* The obfuscation over one text goes with the text's own encryption, where the kernels can do both at once. */
static int remove_obfuscation(const struct mtproto_kernels *kernels, const struct mtproto_open_job *job,
			      struct mtp_text *text, bool alone)
{
	if (alone && kernels->open_ctr && kernels == job->ctr->kernels && text->blocks >= MTP_CTR_BLOCKS_MIN) {
		text->ctr = job->ctr;
		text->ctr_position = job->ctr_position;
		return 0;
	}
	return mtp_ctr_xor_at(job->ctr, job->ctr_position, text->data, text->data, text->blocks * MTP_AES_BLOCK);
}

/* msg_key is compared over everything, so that no byte is looked at before it is proven. */
static int accept(struct mtproto_open_job *job, const struct mtp_text *text)
{
	size_t len = text->blocks * MTP_AES_BLOCK;
	int error = text->error;

	if (!error && !mtproto_equal_const_time(text->msg_key, text->msg_key_large + 8, MTPROTO_MSG_KEY_SIZE))
		error = MTPROTO_ERR_MSG_KEY;
	if (!error)
		error = parse(&job->message, text->data, len);
	if (error)
		mtproto_wipe(text->data, len);
	else
		job->quick_ack_token = mtp_load_le32(text->msg_key_large) | 0x80000000u;
	return error;
}

static void open_some(const struct mtproto_kernels *kernels, struct mtproto_open_job *jobs, size_t count)
{
	struct mtp_text texts[MTP_TEXTS_MAX];
	struct mtproto_open_job *owners[MTP_TEXTS_MAX];
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		memset(&jobs[i].message, 0, sizeof(jobs[i].message));
		jobs[i].quick_ack_token = 0;
		jobs[i].result = check_packet(&jobs[i], &texts[found]);
		if (!jobs[i].result && jobs[i].ctr)
			jobs[i].result = remove_obfuscation(kernels, &jobs[i], &texts[found], count == 1);
		if (!jobs[i].result)
			owners[found++] = &jobs[i];
	}
	mtp_texts_open(kernels, texts, found);
	for (size_t i = 0; i < found; i++)
		owners[i]->result = accept(owners[i], &texts[i]);
	mtproto_wipe(texts, found * sizeof(*texts));
}

void mtproto_message_open_many(const struct mtproto_kernels *kernels, struct mtproto_open_job *jobs, size_t count)
{
	while (count) {
		size_t some = count < MTP_TEXTS_MAX ? count : MTP_TEXTS_MAX;

		open_some(kernels, jobs, some);
		jobs += some;
		count -= some;
	}
}

int mtproto_message_open(const struct mtproto_kernels *kernels, struct mtproto_open_job *job)
{
	open_some(kernels, job, 1);
	return job->result;
}
