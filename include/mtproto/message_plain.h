/* Unencrypted messages, which only the key exchange uses:
 * auth_key_id = 0 (8 bytes) | msg_id (8) | message_data_length (4) | body.
 * Source: core.telegram.org/mtproto/description#unencrypted-message. */
#ifndef MTPROTO_MESSAGE_PLAIN_H
#define MTPROTO_MESSAGE_PLAIN_H

#include <mtproto/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_PLAIN_HEADER_SIZE 20
#define MTPROTO_PLAIN_SIZE_MIN    24 /* the header and a constructor id */

struct mtproto_plain_message {
	uint64_t msg_id;
	struct mtproto_span body; /* one boxed object, perhaps followed by random bytes: never ask for its end */
};

/* True when a frame begins as an unencrypted message does: eight zero bytes. */
MTPROTO_API bool mtproto_plain_is(const void *frame, size_t len);

/* Writes a message of MTPROTO_PLAIN_HEADER_SIZE + body.len bytes to out; body may stand there already, behind the
 * header. With out NULL only *len is set. Errors: MTPROTO_ERR_ARGUMENT (an empty body or one that is no multiple of 4
 * bytes long), MTPROTO_ERR_TOO_LARGE, MTPROTO_ERR_BUFFER. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_plain_pack(uint8_t *out, size_t cap, size_t *len,
						    const struct mtproto_plain_message *message);

/* Reads a message; body points into frame. Bytes beyond the declared length are cut off: padded transports leave some.
 * msg_id is not compared with any clock, and may be 0 in a client's message, because the clients in use send that; a
 * message from a server must have the low bits of a reply.
 * Errors: MTPROTO_ERR_TRUNCATED (below MTPROTO_PLAIN_SIZE_MIN), MTPROTO_ERR_AUTH_KEY_ID (not zero: encrypted),
 * MTPROTO_ERR_MESSAGE_LENGTH (below 4 or beyond the frame), MTPROTO_ERR_MSG_ID_PARITY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_plain_parse(struct mtproto_plain_message *out,
						     enum mtproto_direction direction, const void *frame, size_t len);

#ifdef __cplusplus
}
#endif

#endif
