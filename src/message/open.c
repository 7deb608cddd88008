#include <mtproto/message.h>

#include "base/bytes.h"

#include <string.h>

/* Decrypts in place and compares msg_key over everything, so that no byte is looked at before it is proven. */
static int decrypt(const struct mtproto_kernels *kernels, struct mtproto_open_job *job, uint8_t *plain, size_t len)
{
	const uint8_t *msg_key = job->packet + 8;
	uint8_t large[32], aes_key[32], aes_iv[32];
	int error;

	mtproto_kdf_v2(kernels, job->key->data, msg_key, job->direction, aes_key, aes_iv);
	error = mtproto_ige_decrypt(kernels, aes_key, aes_iv, plain, plain, len);
	mtproto_wipe(aes_key, sizeof(aes_key));
	mtproto_wipe(aes_iv, sizeof(aes_iv));
	if (error)
		return error;
	mtproto_msg_key_large(kernels, job->key->data, job->direction, plain, len, large);
	if (!mtproto_equal_const_time(msg_key, large + 8, MTPROTO_MSG_KEY_SIZE))
		error = MTPROTO_ERR_MSG_KEY;
	job->quick_ack_token = mtp_load_le32(large) | 0x80000000u;
	mtproto_wipe(large, sizeof(large));
	return error;
}

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

static int open_packet(const struct mtproto_kernels *kernels, struct mtproto_open_job *job)
{
	uint8_t *plain = job->packet + MTPROTO_PACKET_HEADER_SIZE;
	size_t len;
	int error;

	if (job->packet_len < MTPROTO_PACKET_SIZE_MIN)
		return MTPROTO_ERR_MESSAGE_LENGTH;
	if (mtp_load_le64(job->packet) != job->key->id)
		return MTPROTO_ERR_AUTH_KEY_ID;
	/* Some transports put up to 15 random bytes behind a packet. */
	len = (job->packet_len - MTPROTO_PACKET_HEADER_SIZE) & ~(size_t)15;
	error = decrypt(kernels, job, plain, len);
	if (!error)
		error = parse(&job->message, plain, len);
	if (error) {
		mtproto_wipe(plain, len);
		job->quick_ack_token = 0;
	}
	return error;
}

void mtproto_message_open_many(const struct mtproto_kernels *kernels, struct mtproto_open_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		memset(&jobs[i].message, 0, sizeof(jobs[i].message));
		jobs[i].quick_ack_token = 0;
		jobs[i].result = open_packet(kernels, &jobs[i]);
	}
}

int mtproto_message_open(const struct mtproto_kernels *kernels, struct mtproto_open_job *job)
{
	mtproto_message_open_many(kernels, job, 1);
	return job->result;
}
