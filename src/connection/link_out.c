/* Bytes out: packets get their frame where they stand, and are sent from there. */
#include "connection/link.h"

#include "base/bytes.h"
#include "connection/trace.h"
#include "crypto/random.h"

#include <string.h>

/* Each with its header fills a piece of the pool. */
enum {
	CHUNK_SIZE = 16384 - sizeof(struct mtp_chunk),
	CHUNK_SIZE_QUIET = 1024 - sizeof(struct mtp_chunk) /* the first bytes of a quiet link are few */
};

/* Room for len bytes behind what waits. */
static uint8_t *append(struct mtproto_link *link, size_t len)
{
	struct mtp_chunk *tail =
		mtp_list_empty(&link->out) ? NULL : MTP_OF(link->out.head.prev, struct mtp_chunk, node);
	size_t cap = tail ? CHUNK_SIZE : CHUNK_SIZE_QUIET;

	if (cap < len)
		cap = len > CHUNK_SIZE ? len : CHUNK_SIZE;
	if (!tail || tail->cap - tail->end < len) {
		tail = mtp_pool_alloc(&link->context->pool, sizeof(*tail) + cap);
		if (!tail)
			return NULL;
		memset(tail, 0, sizeof(*tail));
		tail->cap = cap;
		mtp_list_append(&link->out, &tail->node);
	}
	tail->end += len;
	link->out_len += len;
	if (!mtp_list_linked(&link->writable_node))
		mtp_list_append(&link->context->writable, &link->writable_node);
	return tail->data + tail->end - len;
}

int mtp_link_send_raw(struct mtproto_link *link, const uint8_t *data, size_t len)
{
	uint8_t *room = len ? append(link, len) : NULL;

	if (!len)
		return 0;
	if (!room)
		return MTPROTO_ERR_MEMORY;
	memcpy(room, data, len);
	return 0;
}

/* Random bytes that padded intermediate puts behind a packet: some clients take only 0 to 3 from a server. */
static int draw_padding(struct mtproto_link *link, size_t packet_len, size_t *padding)
{
	uint8_t byte = 0;
	int error = 0;

	*padding = 0;
	if (link->encoder.framing == MTPROTO_FRAMING_PADDED)
		error = mtp_random_fill(&link->context->padding.random, &byte, 1);
	*padding = link->server || packet_len < MTPROTO_PACKET_SIZE_MIN ? byte & 3 : byte & 15;
	return error;
}

int mtp_link_reserve(struct mtproto_link *link, size_t len, struct mtp_reservation *r)
{
	int error = draw_padding(link, len, &r->padding);

	if (error)
		return error;
	r->link = link;
	r->len = len;
	mtproto_frame_sizes(&link->encoder, len, r->padding, &r->head_len, &r->tail_len);
	r->start = append(link, r->head_len + len + r->tail_len);
	if (!r->start)
		return MTPROTO_ERR_MEMORY;
	r->packet = r->start + r->head_len;
	return 0;
}

void mtp_link_cancel(const struct mtp_reservation *r)
{
	size_t total = r->head_len + r->len + r->tail_len;
	struct mtp_chunk *tail = MTP_OF(r->link->out.head.prev, struct mtp_chunk, node);

	tail->end -= total;
	r->link->out_len -= total;
	if (tail->begin < tail->end)
		return;
	mtp_list_remove(&tail->node);
	mtp_pool_free(&r->link->context->pool, tail, sizeof(*tail) + tail->cap);
}

void mtp_link_finish(const struct mtp_reservation *r)
{
	struct mtproto_link *link = r->link;
	uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX];
	size_t head_len, tail_len;
	size_t total = r->head_len + r->len + r->tail_len;
	int error = mtproto_frame_encode(&link->encoder, r->packet, r->len, r->padding, false,
					 &link->context->padding.random, head, &head_len, tail, &tail_len);

	if (!error && (head_len != r->head_len || tail_len != r->tail_len))
		error = MTPROTO_ERR_INTERNAL;
	if (!error) {
		memcpy(r->start, head, head_len);
		memcpy(r->packet + r->len, tail, tail_len);
	}
	if (!error && link->obfuscated)
		error = mtproto_obfuscation_encrypt(&link->obfuscation, r->start, r->start, total);
	if (error)
		mtp_link_fail(link, error, NULL);
}

void mtp_link_send_packet(struct mtproto_link *link, const uint8_t *packet, size_t len)
{
	struct mtp_reservation r;
	int error;

	if (!link->endpoint)
		return;
	error = mtp_link_reserve(link, len, &r);
	if (error) {
		mtp_link_fail(link, error, NULL);
		return;
	}
	memcpy(r.packet, packet, len);
	mtp_trace_sent(link, packet, len);
	mtp_link_finish(&r);
}

void mtp_link_send_transport_error(struct mtproto_link *link, int32_t code)
{
	uint8_t packet[4];

	mtp_store_le32(packet, (uint32_t)code);
	mtp_link_send_packet(link, packet, sizeof(packet));
}

void mtp_link_send_quick_ack(struct mtproto_link *link, uint32_t token)
{
	uint8_t frame[16];
	size_t len;
	int error = mtproto_frame_encode_quick_ack(&link->encoder, token, frame, &len);

	/* The full framing has no quick ack, so nobody can ask for one there. */
	if (error || !link->endpoint)
		return;
	mtp_trace_quick_ack(link, token);
	if (link->obfuscated)
		error = mtproto_obfuscation_encrypt(&link->obfuscation, frame, frame, len);
	if (!error)
		error = mtp_link_send_raw(link, frame, len);
	if (error)
		mtp_link_fail(link, error, NULL);
}

const uint8_t *mtproto_link_send_buf(struct mtproto_link *link, size_t *len)
{
	struct mtp_node *node;
	const struct mtp_chunk *chunk;

	*len = 0;
	if (link->mute && mtproto_link_send_ack(link, link->out_len))
		return NULL;
	node = mtp_list_first(&link->out);
	if (!node)
		return NULL;
	chunk = MTP_OF(node, struct mtp_chunk, node);
	*len = chunk->end - chunk->begin;
	return chunk->data + chunk->begin;
}

int mtproto_link_send_ack(struct mtproto_link *link, size_t len)
{
	struct mtp_node *waiting;

	if (len > link->out_len)
		return MTPROTO_ERR_ARGUMENT;
	link->out_len -= len;
	if (link->out_len == 0)
		mtp_list_remove(&link->writable_node);
	while (len > 0) {
		struct mtp_chunk *chunk = MTP_OF(mtp_list_first(&link->out), struct mtp_chunk, node);
		size_t part = chunk->end - chunk->begin < len ? chunk->end - chunk->begin : len;

		if (!link->mute)
			mtp_trace_bytes(link, true, chunk->data + chunk->begin, part);
		chunk->begin += part;
		len -= part;
		if (chunk->begin < chunk->end)
			break;
		mtp_list_remove(&chunk->node);
		mtp_pool_free(&link->context->pool, chunk, sizeof(*chunk) + chunk->cap);
	}
	while (link->out_len < link->context->config.link_send_max && (waiting = mtp_list_pop(&link->full)))
		mtp_list_append(&link->context->due, waiting);
	return 0;
}
