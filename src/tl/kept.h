/* The form of what is kept for later, perhaps by another process: a magic number, a version, the content, and the
 * SHA-256 of all of it, by which damage is noticed. */
#ifndef MTP_TL_KEPT_H
#define MTP_TL_KEPT_H

#include <mtproto/tl.h>

#define MTP_KEPT_CHECK_SIZE 32

/* Begins with an empty writer; the content follows. */
void mtp_kept_begin(struct mtproto_tl_writer *w, uint32_t magic, uint32_t version);

/* Ends it with the check. */
void mtp_kept_end(struct mtproto_tl_writer *w);

/* A reader of the content. Errors: MTPROTO_ERR_STATE_FORMAT (something else, or damaged), MTPROTO_ERR_STATE_VERSION
 * (of a newer library). */
MTPROTO_MUST_USE int mtp_kept_open(struct mtproto_tl_reader *content, const uint8_t *data, size_t len, uint32_t magic,
				   uint32_t version);

#endif
