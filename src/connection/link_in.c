/* Bytes in: filed as they come, decoded when the context is processed. */
#include "connection/link.h"

#include "base/memory.h"

#include <string.h>

enum {
	ROOM_MIN = 4000,      /* offered to the first bytes of a stream or frame, with the block's header about 4 KiB */
	ROOM_MAX = 256 * 1024 /* a growing frame gets no more at once */
};

/* Bytes that wait to be decoded. */
static size_t waiting(const struct mtproto_link *link)
{
	return link->in_end - link->in_begin;
}

static bool too_many_events(const struct mtproto_link *link)
{
	return link->context->events.count >= MTP_EVENTS_WAITING_MAX;
}

/* A new block for the bytes that wait and at least room more. The old one lives on while events hold it. */
static bool renew_block(struct mtproto_link *link, size_t room)
{
	struct mtp_block *block = mtp_block_new(&link->context->pool, waiting(link) + room);

	if (!block)
		return false;
	if (waiting(link))
		memcpy(block->data, link->in->data + link->in_begin, waiting(link));
	mtp_block_drop(link->in);
	link->in = block;
	link->in_end = waiting(link);
	link->in_begin = 0;
	return true;
}

/* How much to make room for: what the decoder waits for, as far as it grows with what has come, not with what a header
 * claims. */
static size_t room_wanted(const struct mtproto_link *link)
{
	size_t have = waiting(link);
	size_t room = link->in_wanted > have ? link->in_wanted - have : 0;
	size_t most = have > ROOM_MIN ? have : ROOM_MIN;

	if (room > most)
		room = most;
	if (room > ROOM_MAX)
		room = ROOM_MAX;
	return room > ROOM_MIN ? room : ROOM_MIN;
}

uint8_t *mtproto_link_recv_buf(struct mtproto_link *link, size_t *len)
{
	*len = 0;
	if (!link->endpoint || too_many_events(link))
		return NULL;
	if (mtp_list_linked(&link->filed_node) && waiting(link) > link->context->config.frame_size_max)
		return NULL;
	if (!link->in || link->in->cap - link->in_end < ROOM_MIN / 4) {
		if (!renew_block(link, room_wanted(link)))
			return NULL;
	}
	*len = link->in->cap - link->in_end;
	return link->in->data + link->in_end;
}

int mtproto_link_recv_ack(struct mtproto_link *link, size_t len)
{
	uint8_t *fresh;

	if (!link->endpoint)
		return MTPROTO_ERR_CLOSED;
	if (len == 0)
		return 0;
	if (!link->in || len > link->in->cap - link->in_end)
		return MTPROTO_ERR_ARGUMENT;
	fresh = link->in->data + link->in_end;
	if (link->obfuscated && mtproto_obfuscation_decrypt(&link->obfuscation, fresh, fresh, len)) {
		mtp_link_fail(link, MTPROTO_ERR_CRYPTO, NULL);
		return MTPROTO_ERR_CLOSED;
	}
	link->in_end += len;
	if (!mtp_list_linked(&link->filed_node))
		mtp_list_append(&link->context->filed, &link->filed_node);
	return 0;
}

int mtproto_link_recv(struct mtproto_link *link, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (!link->endpoint)
		return MTPROTO_ERR_CLOSED;
	if (len == 0)
		return 0;
	if (too_many_events(link) || waiting(link) + len > link->context->config.frame_size_max + ROOM_MAX)
		return MTPROTO_ERR_LIMIT;
	if ((!link->in || link->in->cap - link->in_end < len) && !renew_block(link, len))
		return MTPROTO_ERR_MEMORY;
	memcpy(link->in->data + link->in_end, p, len);
	return mtproto_link_recv_ack(link, len);
}

/* A server looks at the first bytes of a stream. True when the framing's decoder can go on. */
static bool detect(struct mtproto_link *link)
{
	size_t frame_size_max = link->context->config.frame_size_max;
	enum mtproto_framing framing = MTPROTO_FRAMING_DETECT;
	uint8_t *bytes = link->in->data + link->in_begin;
	int16_t dc;
	int error;

	switch (mtproto_stream_detect(bytes, waiting(link))) {
	case MTPROTO_STREAM_MORE:
		return false;
	case MTPROTO_STREAM_PLAIN:
		break;
	case MTPROTO_STREAM_OBFUSCATED:
		error = mtproto_obfuscation_init_server(&link->obfuscation, link->context->kernels, bytes, NULL,
							&framing, &dc);
		if (error) {
			mtp_link_fail(link, error, NULL);
			return false;
		}
		link->obfuscated = true;
		link->in_begin += MTPROTO_OBFUSCATION_HEADER_SIZE;
		bytes = link->in->data + link->in_begin;
		error = mtproto_obfuscation_decrypt(&link->obfuscation, bytes, bytes, waiting(link));
		if (error) {
			mtp_link_fail(link, error, NULL);
			return false;
		}
		break;
	}
	link->detecting = false;
	mtproto_frame_decoder_init(&link->decoder, framing, true, frame_size_max);
	return true;
}

/* All that was decoded is done with: an empty link holds no block. */
static void let_go(struct mtproto_link *link)
{
	if (!link->in || waiting(link) > 0)
		return;
	mtp_block_drop(link->in);
	link->in = NULL;
	link->in_begin = link->in_end = 0;
}

static void fill_packet(struct mtproto_link *link, const struct mtproto_frame *frame, size_t at,
			struct mtp_packet *packet)
{
	memset(packet, 0, sizeof(*packet));
	packet->data = link->in->data + at + frame->packet_offset;
	packet->len = frame->packet_len;
	packet->block = link->in;
	packet->quick_ack_wanted = frame->quick_ack_wanted;
	mtp_block_hold(packet->block);
}

/* What is no packet goes straight to the endpoint. */
static void handle_other(struct mtproto_link *link, const struct mtproto_frame *frame)
{
	struct mtp_endpoint *endpoint = link->endpoint;

	if (frame->kind == MTPROTO_FRAME_TRANSPORT_ERROR)
		endpoint->ops->transport_error(endpoint, link, frame->transport_error);
	else if (frame->kind == MTPROTO_FRAME_QUICK_ACK)
		endpoint->ops->quick_ack(endpoint, link, frame->quick_ack_token);
}

int mtp_link_next_packet(struct mtproto_link *link, struct mtp_packet *packet)
{
	while (link->endpoint && link->in && waiting(link) > 0) {
		struct mtproto_frame frame;
		size_t at, consumed;
		int error;

		if (link->detecting && !detect(link))
			return 0;
		at = link->in_begin;
		error = mtproto_frame_decode(&link->decoder, link->in->data + at, waiting(link), &frame, &consumed,
					     &link->in_wanted);
		if (error) {
			mtp_link_fail(link, error, NULL);
			return 0;
		}
		/* A server answers in the framing that its client speaks. */
		if (link->server && link->encoder.framing != link->decoder.framing)
			mtproto_frame_encoder_init(&link->encoder, link->decoder.framing);
		link->in_begin += consumed;
		link->last_received_ns = link->context->now.mono_ns;
		if (frame.kind == MTPROTO_FRAME_NONE)
			break;
		if (frame.kind == MTPROTO_FRAME_PACKET) {
			fill_packet(link, &frame, at, packet);
			let_go(link);
			return 1;
		}
		handle_other(link, &frame);
	}
	let_go(link);
	return 0;
}
