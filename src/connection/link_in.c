/* Bytes in: filed as they come, decoded when the context is processed. */
#include "connection/link.h"

#include "base/memory.h"
#include "connection/trace.h"

#include <string.h>

enum {
	ROOM_MIN = 4000, /* offered to the first bytes of a frame, with the block's header about 4 KiB */
	HEAD = 1 + MTPROTO_PACKET_HEADER_SIZE, /* what must be clear of a frame to be decoded; no more of any packet */
	LEFT_MIN = 1024,                       /* packets from this length on are deobfuscated while they are opened */
	FILED_MORE = 256 * 1024,               /* bytes that one link may file behind a frame of the greatest size */
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
	link->in_clear -= link->in_begin;
	link->in_begin = 0;
	return true;
}

/* All that was decoded is done with: an empty link holds no block. */
static void let_go(struct mtproto_link *link)
{
	if (!link->in || waiting(link) > 0)
		return;
	mtp_block_drop(link->in);
	link->in = NULL;
	link->in_begin = link->in_clear = link->in_end = 0;
}

/* How much to make room for: what the decoder waits for, but no more than has come already, whatever a header claims.
 */
static size_t room_wanted(const struct mtproto_link *link)
{
	size_t have = waiting(link);
	size_t room = link->in_wanted > have ? link->in_wanted - have : 0;

	if (room > have)
		room = have;
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
	if (len == 0) {
		let_go(link);
		return 0;
	}
	if (!link->in || len > link->in->cap - link->in_end)
		return MTPROTO_ERR_ARGUMENT;
	fresh = link->in->data + link->in_end;
	mtp_trace_bytes(link, false, fresh, len);
	link->in_end += len;
	if (!link->obfuscated)
		link->in_clear = link->in_end;
	if (!mtp_list_linked(&link->filed_node))
		mtp_list_append(&link->context->filed, &link->filed_node);
	return 0;
}

int mtproto_link_recv(struct mtproto_link *link, const void *data, size_t len)
{
	size_t most = link->context->config.frame_size_max + FILED_MORE;
	size_t room = room_wanted(link);

	if (!link->endpoint)
		return MTPROTO_ERR_CLOSED;
	if (len == 0)
		return 0;
	if (too_many_events(link) || len > most || waiting(link) > most - len)
		return MTPROTO_ERR_LIMIT;
	if ((!link->in || link->in->cap - link->in_end < len) && !renew_block(link, len > room ? len : room))
		return MTPROTO_ERR_MEMORY;
	memcpy(link->in->data + link->in_end, data, len);
	return mtproto_link_recv_ack(link, len);
}

/* The first bytes are an obfuscation header: what is behind it is obfuscated. Errors: those of
 * mtproto_obfuscation_init_server. */
static int begin_obfuscated(struct mtproto_link *link, enum mtproto_framing *framing)
{
	const uint8_t *header = link->in->data + link->in_begin;
	int16_t dc;
	int error =
		mtproto_obfuscation_init_server(&link->obfuscation, link->context->kernels, header, NULL, framing, &dc);

	if (error)
		return error;
	link->obfuscated = true;
	link->in_begin += MTPROTO_OBFUSCATION_HEADER_SIZE;
	link->in_clear = link->in_begin;
	return 0;
}

/* A server looks at the first bytes of a stream. link->detecting ends when the framing's decoder can go on. */
static int detect(struct mtproto_link *link)
{
	enum mtproto_framing framing = MTPROTO_FRAMING_DETECT;
	enum mtproto_stream_kind kind = mtproto_stream_detect(link->in->data + link->in_begin, waiting(link));
	int error = 0;

	if (kind == MTPROTO_STREAM_MORE)
		return 0;
	if (kind == MTPROTO_STREAM_OBFUSCATED)
		error = begin_obfuscated(link, &framing);
	if (error)
		return error;
	link->detecting = false;
	mtproto_frame_decoder_init(&link->decoder, framing, true, link->context->config.frame_size_max);
	return 0;
}

/* Deobfuscates what has come before end. */
static int clear_until(struct mtproto_link *link, size_t end)
{
	uint8_t *bytes = link->in->data + link->in_clear;
	size_t len;

	if (end > link->in_end)
		end = link->in_end;
	if (end <= link->in_clear)
		return 0;
	len = end - link->in_clear;
	link->in_clear = end;
	return mtproto_obfuscation_decrypt(&link->obfuscation, bytes, bytes, len);
}

/* What the decoder looks at, and not more of a long packet than its head. */
static int clear_head(struct mtproto_link *link)
{
	return clear_until(link, waiting(link) < LEFT_MIN ? link->in_end : link->in_begin + HEAD);
}

/* The text of a long packet is left to be deobfuscated while it is opened, which then costs next to nothing. Behind a
 * short one others like it are expected, and as much is done at once. */
static int clear_packet(struct mtproto_link *link, struct mtp_packet *packet)
{
	struct mtproto_ctr *ctr = &link->obfuscation.in;
	size_t text = (size_t)(packet->data - link->in->data) + MTPROTO_PACKET_HEADER_SIZE;
	int error;

	if (packet->len < LEFT_MIN)
		return clear_until(link, link->in_begin + LEFT_MIN);
	if (link->in_clear > text)
		return clear_until(link, link->in_begin);
	error = clear_until(link, text);
	packet->ctr = ctr;
	packet->ctr_position = ctr->position;
	mtproto_ctr_seek(ctr, ctr->position + (link->in_begin - text));
	link->in_clear = link->in_begin;
	return error;
}

static void fill_packet(struct mtproto_link *link, const struct mtproto_frame *frame, size_t at,
			struct mtp_packet *packet)
{
	packet->kind = frame->kind;
	packet->transport_error = frame->transport_error;
	packet->quick_ack_token = frame->quick_ack_token;
	if (frame->kind != MTPROTO_FRAME_PACKET)
		return;
	packet->data = link->in->data + at + frame->packet_offset;
	packet->len = frame->packet_len;
	packet->block = link->in;
	packet->quick_ack_wanted = frame->quick_ack_wanted;
	mtp_block_hold(packet->block);
	if (link->obfuscated)
		packet->error = clear_packet(link, packet);
}

/* Decodes one frame. Returns 0, also when there is no whole one: *frame says so. */
static int decode(struct mtproto_link *link, struct mtproto_frame *frame)
{
	size_t consumed;
	int error = clear_head(link);

	if (!error)
		error = mtproto_frame_decode(&link->decoder, link->in->data + link->in_begin, waiting(link), frame,
					     &consumed, &link->in_wanted);
	if (error)
		return error;
	/* A server answers in the framing that its client speaks. */
	if (link->server && link->encoder.framing != link->decoder.framing) {
		mtproto_frame_encoder_init(&link->encoder, link->decoder.framing);
		mtp_trace_open(link);
	}
	link->in_begin += consumed;
	link->last_received_ns = link->context->now.mono_ns;
	return 0;
}

int mtp_link_next_packet(struct mtproto_link *link, struct mtp_packet *packet)
{
	struct mtproto_frame frame = {.kind = MTPROTO_FRAME_FILLER};
	size_t at = 0;

	memset(packet, 0, sizeof(*packet));
	while (frame.kind == MTPROTO_FRAME_FILLER && link->endpoint && link->in && waiting(link) > 0) {
		packet->error = link->detecting ? detect(link) : 0;
		if (link->detecting && !packet->error)
			return 0;
		at = link->in_begin;
		if (!packet->error)
			packet->error = decode(link, &frame);
		if (packet->error)
			link->in_begin = link->in_end;
	}
	if (!packet->error && frame.kind != MTPROTO_FRAME_NONE && frame.kind != MTPROTO_FRAME_FILLER)
		fill_packet(link, &frame, at, packet);
	let_go(link);
	return packet->error || packet->kind != MTPROTO_FRAME_NONE;
}
