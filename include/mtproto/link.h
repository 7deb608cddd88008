/* A link: one byte stream with its transport, in either role. A client's link is made by mtproto_connection_attach, a
 * server's by mtproto_server_attach. The program that owns the socket moves bytes between it and the link. */
#ifndef MTPROTO_LINK_H
#define MTPROTO_LINK_H

#include <mtproto/context.h>
#include <mtproto/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a client's link speaks. */
struct mtproto_link_config {
	size_t size;
	enum mtproto_framing framing; /* MTPROTO_FRAMING_INTERMEDIATE */
	bool obfuscated;              /* true; not possible with full */
	int16_t dc;                   /* goes into the obfuscation header; see mtproto_obfuscation_config */
	const uint8_t *secret;        /* NULL, or the 16 bytes of a proxy secret */
};

MTPROTO_API void mtproto_link_config_init(struct mtproto_link_config *config);

/* Room for received bytes: *len bytes at the returned pointer, valid until the next call with this link or context.
 * *len 0 means: process and pull events first. May be called again without an ack. */
MTPROTO_API uint8_t *mtproto_link_recv_buf(struct mtproto_link *link, size_t *len);

/* Files len bytes that were written to the room; 0 gives the room back. Errors: MTPROTO_ERR_ARGUMENT,
 * MTPROTO_ERR_CLOSED. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_link_recv_ack(struct mtproto_link *link, size_t len);

/* Files a copy of len bytes, at most frame_size_max at once: for bindings and tests. MTPROTO_ERR_LIMIT when there is no
 * room for all of them (then nothing is filed: process, pull, and try again), MTPROTO_ERR_MEMORY, MTPROTO_ERR_CLOSED.
 */
MTPROTO_MUST_USE MTPROTO_API int mtproto_link_recv(struct mtproto_link *link, const void *data, size_t len);

/* Bytes to be written to the stream: *len at the returned pointer, valid until the next call with this link or context.
 */
MTPROTO_API const uint8_t *mtproto_link_send_buf(struct mtproto_link *link, size_t *len);

/* Drops the first len of them. Errors: MTPROTO_ERR_ARGUMENT. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_link_send_ack(struct mtproto_link *link, size_t len);

/* Ends the link: the stream has ended or the program wants it to. reason is 0 or a MTPROTO_ERR_ value, kept for the
 * event. Bytes not sent are dropped. The link must not be used afterwards; an MTPROTO_EVENT_LINK_CLOSED follows and
 * frees it when it was pulled and another call is made. Legal any number of times until then. */
MTPROTO_API void mtproto_link_close(struct mtproto_link *link, int reason);

/* A pointer that the program may keep in the link, NULL at first: usually its socket. */
MTPROTO_API void mtproto_link_set_user(struct mtproto_link *link, void *user);
MTPROTO_API void *mtproto_link_user(const struct mtproto_link *link);

/* The framing in use; MTPROTO_FRAMING_DETECT while a server does not know yet. */
MTPROTO_API enum mtproto_framing mtproto_link_framing(const struct mtproto_link *link);

/* True when the stream is obfuscated. */
MTPROTO_API bool mtproto_link_obfuscated(const struct mtproto_link *link);

/* The first error of the link as a sentence with its details, "" while there is none. Lives as long as the link. */
MTPROTO_API const char *mtproto_link_reason(const struct mtproto_link *link);

#ifdef __cplusplus
}
#endif

#endif
