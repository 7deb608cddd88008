/* Abridged: the length in words in one byte, or in three behind 7f. Bit 7 of the first byte marks quick acks. */
#include "base/bytes.h"
#include "transport/framing.h"

#define QUICK_ACK 0x80u
#define LONG_FORM 0x7fu

size_t mtp_abridged_write_head(uint8_t *head, uint32_t sequence, uint32_t len, bool quick_ack)
{
	uint32_t words = len / 4;
	uint32_t mark = quick_ack ? QUICK_ACK : 0;

	(void)sequence;
	if (words < LONG_FORM) {
		head[0] = (uint8_t)(words | mark);
		return 1;
	}
	mtp_store_le32(head, words << 8 | LONG_FORM | mark);
	return 4;
}

/* Big endian, so that the first byte is the one with the token's bit 31. */
size_t mtp_abridged_write_quick_ack(uint8_t *out, uint32_t token)
{
	mtp_store_be32(out, token);
	return 4;
}

int mtp_abridged_read(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
		      struct mtproto_frame *frame, size_t *size)
{
	bool marked;
	uint32_t words;

	*size = 1;
	if (len < *size)
		return 0;
	marked = data[0] & QUICK_ACK;
	words = data[0] & ~QUICK_ACK;
	if (words != LONG_FORM && !(marked && !decoder->server)) {
		frame->quick_ack_wanted = marked;
		return mtp_framing_read_packet(decoder, 1, 4 * words, 0, 0, frame, size);
	}

	*size = 4;
	if (len < *size)
		return 0;
	if (marked && !decoder->server)
		return mtp_framing_read_quick_ack(mtp_load_be32(data), frame, size);
	words = mtp_load_le32(data) >> 8;
	if (words < LONG_FORM)
		return MTPROTO_ERR_FRAME;
	frame->quick_ack_wanted = marked;
	return mtp_framing_read_packet(decoder, 4, 4 * words, 0, 0, frame, size);
}
