/* The framings as a table: one file of this folder each, with the two or three functions that differ. */
#ifndef MTP_TRANSPORT_FRAMING_H
#define MTP_TRANSPORT_FRAMING_H

#include <mtproto/transport.h>

/* A message is never shorter: 8 bytes of auth_key_id and at least as much behind them. */
#define MTP_PACKET_SIZE_MIN 16

/* The most random bytes behind a packet of padded intermediate. */
#define MTP_PADDING_MAX 15

struct mtp_framing {
	const char *name;
	uint8_t tag;     /* four of this byte name the framing inside an obfuscation header; 0: it has no tag */
	uint8_t tag_len; /* this many of them open a plain stream */
	uint8_t padding_max;
	uint64_t packet_len_max; /* what a header can say, padding included */

	/* Writes the header of a frame whose packet has len bytes, padding included, and returns the header's length.
	 */
	size_t (*write_head)(uint8_t head[MTPROTO_FRAME_HEAD_MAX], uint32_t sequence, uint32_t len, bool quick_ack);

	/* Writes a quick ack and returns its length. NULL when the framing has none. */
	size_t (*write_quick_ack)(uint8_t out[16], uint32_t token);

	/* Reads the frame at data. *size becomes the length of the whole frame, or, while too little of the header is
	 * there, the length to wait for. *frame is filled as far as the header tells, with packets of any length as
	 * PACKET; it counts only once len reaches *size. Returns 0 or an error of mtproto_frame_decode. */
	int (*read)(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
		    struct mtproto_frame *frame, size_t *size);
};

/* NULL for MTPROTO_FRAMING_DETECT and values that are no framing. */
const struct mtp_framing *mtp_framing_get(enum mtproto_framing framing);

/* The framing with this tag in an obfuscation header; MTPROTO_FRAMING_DETECT when there is none. */
enum mtproto_framing mtp_framing_of_tag(const uint8_t tag[4]);

size_t mtp_abridged_write_head(uint8_t *head, uint32_t sequence, uint32_t len, bool quick_ack);
size_t mtp_abridged_write_quick_ack(uint8_t *out, uint32_t token);
int mtp_abridged_read(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
		      struct mtproto_frame *frame, size_t *size);

size_t mtp_intermediate_write_head(uint8_t *head, uint32_t sequence, uint32_t len, bool quick_ack);
size_t mtp_intermediate_write_quick_ack(uint8_t *out, uint32_t token);
int mtp_intermediate_read(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
			  struct mtproto_frame *frame, size_t *size);

size_t mtp_padded_write_quick_ack(uint8_t *out, uint32_t token);
int mtp_padded_read(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
		    struct mtproto_frame *frame, size_t *size);

size_t mtp_full_write_head(uint8_t *head, uint32_t sequence, uint32_t len, bool quick_ack);
int mtp_full_read(const struct mtproto_frame_decoder *decoder, const uint8_t *data, size_t len,
		  struct mtproto_frame *frame, size_t *size);

/* The CRC32 of a frame of full: of its header and packet. */
uint32_t mtp_full_checksum(const uint8_t head[8], const uint8_t *packet, size_t packet_len);

/* The end of every read: a packet of packet_len bytes, with up to padding_max bytes of padding, stands head_len bytes
 * into a frame that has tail_len more behind it. Refuses packets above the decoder's limit. */
int mtp_framing_read_packet(const struct mtproto_frame_decoder *decoder, size_t head_len, uint32_t packet_len,
			    size_t padding_max, size_t tail_len, struct mtproto_frame *frame, size_t *size);

/* The same for the 4 bytes of a bare quick ack. */
int mtp_framing_read_quick_ack(uint32_t token, struct mtproto_frame *frame, size_t *size);

#endif
