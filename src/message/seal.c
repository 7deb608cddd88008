#include <mtproto/message.h>

#include "base/bytes.h"
#include "crypto/random.h"

#include <string.h>

/* The padding that fills header, body and at least the legal minimum up to whole AES blocks. */
static size_t smallest_padding(size_t body_len)
{
	size_t used = MTPROTO_MESSAGE_HEADER_SIZE + body_len + MTPROTO_MESSAGE_PADDING_MIN;

	return MTPROTO_MESSAGE_PADDING_MIN + ((0 - used) & 15);
}

int mtproto_message_padding(enum mtproto_padding policy, const struct mtproto_random *random, size_t body_len,
			    size_t *padding)
{
	uint8_t more = 0;
	int error;

	if (policy == MTPROTO_PADDING_RANDOM) {
		error = mtp_random_fill(random, &more, 1);
		if (error)
			return error;
	}
	*padding = smallest_padding(body_len) + 16 * (size_t)(more & 15);
	return 0;
}

size_t mtproto_packet_size(size_t body_len, size_t padding)
{
	return MTPROTO_MESSAGE_BODY_OFFSET + body_len + padding;
}

static int check_job(const struct mtproto_seal_job *job)
{
	size_t len = job->message.body.len;
	size_t plain_len;

	if (len > MTPROTO_MESSAGE_BODY_MAX)
		return MTPROTO_ERR_TOO_LARGE;
	if (len < 4 || len % 4 != 0)
		return MTPROTO_ERR_ARGUMENT;
	if (job->padding < MTPROTO_MESSAGE_PADDING_MIN || job->padding > MTPROTO_MESSAGE_PADDING_MAX)
		return MTPROTO_ERR_ARGUMENT;
	plain_len = MTPROTO_MESSAGE_HEADER_SIZE + len + job->padding;
	if (plain_len % 16 != 0)
		return MTPROTO_ERR_ARGUMENT;
	return job->packet_cap < MTPROTO_PACKET_HEADER_SIZE + plain_len ? MTPROTO_ERR_BUFFER : 0;
}

/* Writes header and body at plain; the padding follows. */
static void write_plain(uint8_t *plain, const struct mtproto_message *m)
{
	mtp_store_le64(plain, m->salt);
	mtp_store_le64(plain + 8, m->session_id);
	mtp_store_le64(plain + 16, m->msg_id);
	mtp_store_le32(plain + 24, m->seq_no);
	mtp_store_le32(plain + 28, (uint32_t)m->body.len);
	memmove(plain + MTPROTO_MESSAGE_HEADER_SIZE, m->body.data, m->body.len);
}

static int seal(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
		struct mtproto_seal_job *job)
{
	uint8_t *plain = job->packet + MTPROTO_PACKET_HEADER_SIZE;
	size_t unpadded, len;
	uint8_t large[32], aes_key[32], aes_iv[32];
	int error = check_job(job);

	if (error)
		return error;
	unpadded = MTPROTO_MESSAGE_HEADER_SIZE + job->message.body.len;
	len = unpadded + job->padding;
	write_plain(plain, &job->message);
	error = mtp_random_fill(random, plain + unpadded, job->padding);
	if (error)
		goto out;
	mtproto_msg_key_large(kernels, job->key->data, job->direction, plain, len, large);
	mtp_store_le64(job->packet, job->key->id);
	memcpy(job->packet + 8, large + 8, MTPROTO_MSG_KEY_SIZE);
	mtproto_kdf_v2(kernels, job->key->data, large + 8, job->direction, aes_key, aes_iv);
	error = mtproto_ige_encrypt(kernels, aes_key, aes_iv, plain, plain, len);
	if (!error) {
		job->packet_len = MTPROTO_PACKET_HEADER_SIZE + len;
		job->quick_ack_token = mtp_load_le32(large) | 0x80000000u;
	}
	mtproto_wipe(aes_key, sizeof(aes_key));
	mtproto_wipe(aes_iv, sizeof(aes_iv));
	mtproto_wipe(large, sizeof(large));
out:
	if (error)
		mtproto_wipe(job->packet, MTPROTO_PACKET_HEADER_SIZE + len);
	return error;
}

void mtproto_message_seal_many(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
			       struct mtproto_seal_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		jobs[i].packet_len = 0;
		jobs[i].quick_ack_token = 0;
		jobs[i].result = seal(kernels, random, &jobs[i]);
	}
}

int mtproto_message_seal(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
			 struct mtproto_seal_job *job)
{
	mtproto_message_seal_many(kernels, random, job, 1);
	return job->result;
}
