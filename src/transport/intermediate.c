/* Intermediate: the length in an int, whose bit 31 marks quick acks. Padded intermediate: the same, with random bytes
 * behind the packet that the length counts too. */
#include "base/bytes.h"
#include "transport/framing.h"

#define QUICK_ACK 0x80000000u

size_t mtp_intermediate_write_head(uint8_t *head, uint32_t sequence, uint32_t len, bool quick_ack)
{
	(void)sequence;
	mtp_store_le32(head, len | (quick_ack ? QUICK_ACK : 0));
	return 4;
}

size_t mtp_intermediate_write_quick_ack(uint8_t *out, uint32_t token)
{
	mtp_store_le32(out, token);
	return 4;
}

/* A frame of its own, without padding: its reader takes 16 bytes for a message. */
size_t mtp_padded_write_quick_ack(uint8_t *out, uint32_t token)
{
	mtp_store_le32(out, 8);
	mtp_store_le32(out + 4, UINT32_MAX);
	mtp_store_le32(out + 8, token);
	return 12;
}

static int read_word(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len, size_t padding_max,
		     struct mtproto_frame *frame, size_t *size)
{
	uint32_t word, packet_len;

	*size = 4;
	if (len < *size)
		return 0;
	word = mtp_load_le32(data);
	if (word & QUICK_ACK && !decoder->server)
		return mtp_framing_read_quick_ack(word, frame, size);
	packet_len = word & ~QUICK_ACK;
	if (packet_len % 4 != 0 && padding_max == 0)
		return MTPROTO_ERR_FRAME;
	frame->quick_ack_wanted = word & QUICK_ACK;
	return mtp_framing_read_packet(decoder, 4, packet_len, padding_max, 0, frame, size);
}

int mtp_intermediate_read(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
			  struct mtproto_frame *frame, size_t *size)
{
	return read_word(decoder, data, len, 0, frame, size);
}

int mtp_padded_read(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
		    struct mtproto_frame *frame, size_t *size)
{
	return read_word(decoder, data, len, MTP_PADDING_MAX, frame, size);
}
