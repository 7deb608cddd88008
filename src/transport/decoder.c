#include <mtproto/transport.h>

#include <string.h>

#include "base/bytes.h"
#include "transport/framing.h"

void mtproto_frame_decoder_init(struct mtproto_frame_decoder *decoder, enum mtproto_framing framing, bool server,
				size_t frame_size_max)
{
	bool detect = server && framing == MTPROTO_FRAMING_DETECT;

	*decoder = (struct mtproto_frame_decoder){
		.framing = framing,
		.server = server,
		.frame_size_max = frame_size_max ? frame_size_max : MTPROTO_FRAME_SIZE_MAX_DEFAULT,
		.error = detect || mtp_framing_get(framing) ? 0 : MTPROTO_ERR_ARGUMENT,
	};
}

int mtp_framing_read_packet(const struct mtproto_frame_decoder *decoder, size_t head_len, uint32_t packet_len,
			    size_t padding_max, size_t tail_len, struct mtproto_frame *frame, size_t *size)
{
	if (packet_len < 4)
		return MTPROTO_ERR_FRAME;
	if (packet_len > padding_max && packet_len - padding_max > decoder->frame_size_max)
		return MTPROTO_ERR_FRAME_TOO_LARGE;
	frame->kind = MTPROTO_FRAME_PACKET;
	frame->packet_offset = head_len;
	frame->packet_len = packet_len;
	*size = head_len + packet_len + tail_len;
	return 0;
}

int mtp_framing_read_quick_ack(uint32_t token, struct mtproto_frame *frame, size_t *size)
{
	frame->kind = MTPROTO_FRAME_QUICK_ACK;
	frame->quick_ack_token = token;
	*size = 4;
	return 0;
}

/* What a packet is that is too short for a message. */
static int read_short_packet(const struct mtproto_frame_decoder *decoder, const uint8_t *packet, size_t packet_len,
			     struct mtproto_frame *frame)
{
	bool padded = decoder->framing == MTPROTO_FRAMING_PADDED;
	int32_t code = (int32_t)mtp_load_le32(packet);

	memset(frame, 0, sizeof(*frame));
	if (code == 0) {
		frame->kind = MTPROTO_FRAME_FILLER;
		return 0;
	}
	if (code == -1 && padded && packet_len >= 8 && !decoder->server) {
		frame->kind = MTPROTO_FRAME_QUICK_ACK;
		frame->quick_ack_token = mtp_load_le32(packet + 4);
		return 0;
	}
	if (code < 0 && (padded || packet_len == 4)) {
		frame->kind = MTPROTO_FRAME_TRANSPORT_ERROR;
		frame->transport_error = code;
		return 0;
	}
	return MTPROTO_ERR_FRAME;
}

/* A server's first bytes: settles decoder->framing and *tag_len, or says in *size how many it takes to go on. */
static int detect_framing(struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len, size_t *tag_len,
			  size_t *size)
{
	*size = 1;
	if (len < *size)
		return 0;
	if (data[0] == 0xef) {
		decoder->framing = MTPROTO_FRAMING_ABRIDGED;
		*tag_len = 1;
		return 0;
	}

	*size = 4;
	if (len < *size)
		return 0;
	decoder->framing = mtp_framing_of_tag(data);
	if (decoder->framing != MTPROTO_FRAMING_DETECT) {
		*tag_len = 4;
		return 0;
	}

	/* Full has no tag; its first frame has the sequence number 0. */
	*size = 8;
	if (len < *size)
		return 0;
	if (mtp_load_le32(data + 4) != 0)
		return MTPROTO_ERR_FRAMING;
	decoder->framing = MTPROTO_FRAMING_FULL;
	return 0;
}

/* One frame behind the tag. *frame stays NONE while fewer than *size bytes are there. */
static int read_frame(struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
		      struct mtproto_frame *frame, size_t *size)
{
	int error = mtp_framing_get(decoder->framing)->read(decoder, data, len, frame, size);

	if (error)
		return error;
	if (len < *size) {
		memset(frame, 0, sizeof(*frame));
		return 0;
	}
	decoder->sequence++;
	if (frame->kind == MTPROTO_FRAME_PACKET && frame->packet_len < MTP_PACKET_SIZE_MIN)
		return read_short_packet(decoder, data + frame->packet_offset, frame->packet_len, frame);
	return 0;
}

int mtproto_frame_decode(struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
			 struct mtproto_frame *frame, size_t *consumed, size_t *wanted)
{
	size_t tag_len = 0, size = 0;
	int error = decoder->error;

	memset(frame, 0, sizeof(*frame));
	*consumed = 0;
	*wanted = 0;
	if (!error && decoder->framing == MTPROTO_FRAMING_DETECT)
		error = detect_framing(decoder, data, len, &tag_len, &size);
	if (!error && decoder->framing != MTPROTO_FRAMING_DETECT)
		error = read_frame(decoder, len ? data + tag_len : data, len - tag_len, frame, &size);
	if (error) {
		memset(frame, 0, sizeof(*frame));
		decoder->error = error;
		return error;
	}

	*consumed = tag_len;
	if (frame->kind == MTPROTO_FRAME_NONE) {
		*wanted = size;
		return 0;
	}
	*consumed += size;
	if (frame->kind == MTPROTO_FRAME_PACKET)
		frame->packet_offset += tag_len;
	return 0;
}
