#include <mtproto/message.h>

#include "base/bytes.h"
#include "crypto/kernels.h"
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
	mtp_store_le64(plain + 24, (uint64_t)m->body.len << 32 | m->seq_no);
	memmove(plain + MTPROTO_MESSAGE_HEADER_SIZE, m->body.data, m->body.len);
}

/* The random bytes that a batch needs, asked for together: a call of a generator costs more than its bytes. */
struct padding_source {
	const struct mtproto_random *random;
	size_t needed; /* not yet asked for */
	size_t left;   /* the last bytes of buffer */
	size_t used;   /* as many, from the end, have ever been something else than garbage */
	uint8_t buffer[512];
};

static int refill(struct padding_source *source)
{
	size_t wanted = source->needed < sizeof(source->buffer) ? source->needed : sizeof(source->buffer);
	int error = mtp_random_fill(source->random, source->buffer + sizeof(source->buffer) - wanted, wanted);

	if (error)
		return error;
	source->left = wanted;
	source->needed -= wanted;
	if (source->used < wanted)
		source->used = wanted;
	return 0;
}

static int take_padding(struct padding_source *source, uint8_t *out, size_t len)
{
	/* The last message that needs some, or the only one. */
	if (!source->left && len == source->needed) {
		source->needed = 0;
		return mtp_random_fill(source->random, out, len);
	}
	while (len) {
		int error = source->left ? 0 : refill(source);
		size_t some;

		if (error)
			return error;
		some = len < source->left ? len : source->left;
		memcpy(out, source->buffer + sizeof(source->buffer) - source->left, some);
		source->left -= some;
		out += some;
		len -= some;
	}
	return 0;
}

static int prepare(struct mtproto_seal_job *job, struct padding_source *source, struct mtp_text *text)
{
	size_t unpadded = MTPROTO_MESSAGE_HEADER_SIZE + job->message.body.len;
	int error;

	text->key = job->key->data + job->direction;
	text->msg_key = job->packet + 8;
	text->data = job->packet + MTPROTO_PACKET_HEADER_SIZE;
	text->blocks = (unpadded + job->padding) / MTP_AES_BLOCK;
	write_plain(text->data, &job->message);
	error = take_padding(source, text->data + unpadded, job->padding);
	if (error)
		mtproto_wipe(job->packet, mtproto_packet_size(job->message.body.len, job->padding));
	return error;
}

static int finish(struct mtproto_seal_job *job, const struct mtp_text *text)
{
	size_t len = mtproto_packet_size(job->message.body.len, job->padding);

	if (text->error) {
		mtproto_wipe(job->packet, len);
		return text->error;
	}
	mtp_store_le64(job->packet, job->key->id);
	job->packet_len = len;
	job->quick_ack_token = mtp_load_le32(text->msg_key_large) | 0x80000000u;
	return 0;
}

static void seal_some(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
		      struct mtproto_seal_job *jobs, size_t count)
{
	struct padding_source source;
	struct mtp_text texts[MTP_TEXTS_MAX];
	struct mtproto_seal_job *owners[MTP_TEXTS_MAX];
	size_t found = 0;

	source.random = random;
	source.needed = 0;
	source.left = 0;
	source.used = 0;
	for (size_t i = 0; i < count; i++) {
		jobs[i].packet_len = 0;
		jobs[i].quick_ack_token = 0;
		jobs[i].result = check_job(&jobs[i]);
		if (!jobs[i].result)
			source.needed += jobs[i].padding;
	}
	for (size_t i = 0; i < count; i++) {
		if (jobs[i].result)
			continue;
		jobs[i].result = prepare(&jobs[i], &source, &texts[found]);
		if (!jobs[i].result)
			owners[found++] = &jobs[i];
	}
	mtp_texts_seal(kernels, texts, found);
	for (size_t i = 0; i < found; i++)
		owners[i]->result = finish(owners[i], &texts[i]);
	mtproto_wipe(texts, found * sizeof(*texts));
	mtproto_wipe(source.buffer + sizeof(source.buffer) - source.used, source.used);
}

void mtproto_message_seal_many(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
			       struct mtproto_seal_job *jobs, size_t count)
{
	while (count) {
		size_t some = count < MTP_TEXTS_MAX ? count : MTP_TEXTS_MAX;

		seal_some(kernels, random, jobs, some);
		jobs += some;
		count -= some;
	}
}

int mtproto_message_seal(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
			 struct mtproto_seal_job *job)
{
	seal_some(kernels, random, job, 1);
	return job->result;
}
