#include <mtproto/transport.h>

#include "base/bytes.h"
#include "crypto/random.h"
#include "transport/framing.h"

void mtproto_frame_encoder_init(struct mtproto_frame_encoder *encoder, enum mtproto_framing framing)
{
	*encoder = (struct mtproto_frame_encoder){.framing = framing};
}

static int check_arguments(const struct mtp_framing *framing, size_t packet_len, size_t padding, bool quick_ack)
{
	/* More behind a short packet would make it as long as a message. */
	size_t padding_max = packet_len < MTP_PACKET_SIZE_MIN ? 3 : MTP_PADDING_MAX;

	if (packet_len % 4 != 0 || packet_len < 4)
		return MTPROTO_ERR_ARGUMENT;
	if (framing->padding_max > 0 && padding > padding_max)
		return MTPROTO_ERR_ARGUMENT;
	if (quick_ack && !framing->write_quick_ack)
		return MTPROTO_ERR_ARGUMENT;
	if (packet_len > framing->packet_len_max - framing->padding_max)
		return MTPROTO_ERR_TOO_LARGE;
	return 0;
}

void mtproto_frame_sizes(const struct mtproto_frame_encoder *encoder, size_t packet_len, size_t padding,
			 size_t *head_len, size_t *tail_len)
{
	const struct mtp_framing *framing = mtp_framing_get(encoder->framing);
	uint8_t head[MTPROTO_FRAME_HEAD_MAX];

	*head_len = 0;
	*tail_len = 0;
	if (!framing)
		return;
	if (framing->padding_max == 0)
		padding = 0;
	*head_len = framing->write_head(head, 0, (uint32_t)(packet_len + padding), false);
	*tail_len = encoder->framing == MTPROTO_FRAMING_FULL ? 4 : padding;
}

int mtproto_frame_encode(struct mtproto_frame_encoder *encoder, const uint8_t *packet, size_t packet_len,
			 size_t padding, bool quick_ack, const struct mtproto_random *random,
			 uint8_t head[MTPROTO_FRAME_HEAD_MAX], size_t *head_len, uint8_t tail[MTPROTO_FRAME_TAIL_MAX],
			 size_t *tail_len)
{
	const struct mtp_framing *framing = mtp_framing_get(encoder->framing);
	int error;

	*head_len = 0;
	*tail_len = 0;
	if (!framing)
		return MTPROTO_ERR_ARGUMENT;
	error = check_arguments(framing, packet_len, padding, quick_ack);
	if (error)
		return error;
	if (framing->padding_max == 0)
		padding = 0;
	if (padding > 0 && mtp_random_fill(random, tail, padding) != 0)
		return MTPROTO_ERR_RANDOM;

	*head_len = framing->write_head(head, encoder->sequence++, (uint32_t)(packet_len + padding), quick_ack);
	*tail_len = padding;
	if (encoder->framing == MTPROTO_FRAMING_FULL) {
		mtp_store_le32(tail, mtp_full_checksum(head, packet, packet_len));
		*tail_len = 4;
	}
	return 0;
}

int mtproto_frame_encode_quick_ack(const struct mtproto_frame_encoder *encoder, uint32_t token, uint8_t out[16],
				   size_t *len)
{
	const struct mtp_framing *framing = mtp_framing_get(encoder->framing);

	*len = 0;
	if (!framing || !framing->write_quick_ack || !(token & 0x80000000u))
		return MTPROTO_ERR_ARGUMENT;
	*len = framing->write_quick_ack(out, token);
	return 0;
}
