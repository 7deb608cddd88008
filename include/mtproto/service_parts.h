/* The parts of service objects that are no objects of their own: lists, and the messages of a container.
 *
 * A list read from the wire is a view: it points into the bytes that were read and owns nothing. One that is written
 * points to its elements in the form that they have on the wire.
 * Source: core.telegram.org/mtproto/service_messages. */
#ifndef MTPROTO_SERVICE_PARTS_H
#define MTPROTO_SERVICE_PARTS_H

#include <mtproto/tl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The elements of a Vector<long>: count little-endian numbers of 8 bytes. data may be NULL only when count is 0. */
struct mtproto_longs {
	const uint8_t *data;
	uint32_t count;
};

/* The number at index, which must be below count. */
MTPROTO_API uint64_t mtproto_longs_at(const struct mtproto_longs *longs, uint32_t index);

/* Reads or writes a whole Vector<long>, with its id and count. */
MTPROTO_API void mtproto_longs_read(struct mtproto_longs *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_longs_write(struct mtproto_tl_writer *w, const struct mtproto_longs *in);

/* The messages of a msg_container: count of them, one after the other in items. */
struct mtproto_message_list {
	struct mtproto_span items;
	uint32_t count;
};

/* Reads the count and takes all bytes that follow as the items; they are looked at by mtproto_container_message_read.
 * MTPROTO_ERR_ENCODING when that many messages can't fit. */
MTPROTO_API void mtproto_message_list_read(struct mtproto_message_list *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_message_list_write(struct mtproto_tl_writer *w, const struct mtproto_message_list *in);

/* The size of a message in a container without its body. */
#define MTPROTO_CONTAINER_MESSAGE_HEADER 16

/* message msg_id:long seqno:int bytes:int body:Object = Message; bytes is the length of body. */
struct mtproto_container_message {
	uint64_t msg_id;
	uint32_t seq_no;
	struct mtproto_span body;
};

/* Reads the next message out of the items of a container. Returns the reader's sticky error: MTPROTO_ERR_ENCODING when
 * the length is negative or no multiple of 4, MTPROTO_ERR_TRUNCATED when the items end before the body does. */
MTPROTO_API int mtproto_container_message_read(struct mtproto_container_message *out, struct mtproto_tl_reader *r);

/* Writes the header and the body. MTPROTO_ERR_ARGUMENT when the body is no multiple of 4 bytes long,
 * MTPROTO_ERR_TOO_LARGE when its length does not fit. */
MTPROTO_API void mtproto_container_message_write(struct mtproto_tl_writer *w,
						 const struct mtproto_container_message *in);

#ifdef __cplusplus
}
#endif

#endif
