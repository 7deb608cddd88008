#include <mtproto/message_plain.h>
#include <mtproto/msg_id.h>

#include "base/bytes.h"

bool mtproto_plain_is(const void *frame, size_t len)
{
	return len >= 8 && mtp_load_le64(frame) == 0;
}

int mtproto_plain_pack(uint8_t *out, size_t cap, size_t *len, const struct mtproto_plain_message *message)
{
	size_t body_len = message->body.len;

	*len = 0;
	if (body_len == 0 || body_len % 4 != 0)
		return MTPROTO_ERR_ARGUMENT;
	if (body_len > INT32_MAX - MTPROTO_PLAIN_HEADER_SIZE)
		return MTPROTO_ERR_TOO_LARGE;
	if (out && cap < MTPROTO_PLAIN_HEADER_SIZE + body_len)
		return MTPROTO_ERR_BUFFER;
	*len = MTPROTO_PLAIN_HEADER_SIZE + body_len;
	if (!out)
		return 0;
	memmove(out + MTPROTO_PLAIN_HEADER_SIZE, message->body.data, body_len);
	mtp_store_le64(out, 0);
	mtp_store_le64(out + 8, message->msg_id);
	mtp_store_le32(out + 16, (uint32_t)body_len);
	return 0;
}

int mtproto_plain_parse(struct mtproto_plain_message *out, enum mtproto_direction direction, const void *frame,
			size_t len)
{
	const uint8_t *p = frame;
	uint32_t body_len;

	out->msg_id = 0;
	out->body = (struct mtproto_span){NULL, 0};
	if (len < MTPROTO_PLAIN_SIZE_MIN)
		return MTPROTO_ERR_TRUNCATED;
	if (mtp_load_le64(p) != 0)
		return MTPROTO_ERR_AUTH_KEY_ID;
	body_len = mtp_load_le32(p + 16);
	if (body_len < 4 || body_len > len - MTPROTO_PLAIN_HEADER_SIZE)
		return MTPROTO_ERR_MESSAGE_LENGTH;
	if (direction == MTPROTO_TO_CLIENT && mtp_load_le64(p + 8) % 4 != MTPROTO_MSG_ID_REPLY)
		return MTPROTO_ERR_MSG_ID_PARITY;
	out->msg_id = mtp_load_le64(p + 8);
	out->body = (struct mtproto_span){p + MTPROTO_PLAIN_HEADER_SIZE, body_len};
	return 0;
}
