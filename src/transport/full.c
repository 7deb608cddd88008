/* Full: the frame's length, a sequence number, the packet, and a CRC32 of all three. */
#include <libdeflate.h>

#include "base/bytes.h"
#include "transport/framing.h"

#define HEAD_SIZE 8u
#define TAIL_SIZE 4u

size_t mtp_full_write_head(uint8_t *head, uint32_t sequence, uint32_t len, bool quick_ack)
{
	(void)quick_ack;
	mtp_store_le32(head, HEAD_SIZE + len + TAIL_SIZE);
	mtp_store_le32(head + 4, sequence);
	return HEAD_SIZE;
}

uint32_t mtp_full_checksum(const uint8_t head[8], const uint8_t *packet, size_t packet_len)
{
	return libdeflate_crc32(libdeflate_crc32(0, head, HEAD_SIZE), packet, packet_len);
}

/* The length is judged as soon as it is there, then the sequence number, and the checksum last. */
int mtp_full_read(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
		  struct mtproto_frame *frame, size_t *size)
{
	uint32_t total, packet_len;
	int error;

	*size = 4;
	if (len < *size)
		return 0;
	total = mtp_load_le32(data);
	if (total % 4 != 0 || total < HEAD_SIZE + TAIL_SIZE)
		return MTPROTO_ERR_FRAME;
	packet_len = total - HEAD_SIZE - TAIL_SIZE;
	error = mtp_framing_read_packet(decoder, HEAD_SIZE, packet_len, 0, TAIL_SIZE, frame, size);
	if (error)
		return error;

	if (len < HEAD_SIZE) {
		*size = HEAD_SIZE;
		return 0;
	}
	if (mtp_load_le32(data + 4) != decoder->sequence)
		return MTPROTO_ERR_FRAME_SEQUENCE;
	if (len < *size)
		return 0;
	if (mtp_load_le32(data + HEAD_SIZE + packet_len) != mtp_full_checksum(data, data + HEAD_SIZE, packet_len))
		return MTPROTO_ERR_CHECKSUM;
	return 0;
}
