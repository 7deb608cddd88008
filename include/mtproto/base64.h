/* Base64 (RFC 4648), in a time that depends on lengths alone: what is encoded may be a key. */
#ifndef MTPROTO_BASE64_H
#define MTPROTO_BASE64_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mtproto_base64 {
	MTPROTO_BASE64_STANDARD = 0,  /* + and / */
	MTPROTO_BASE64_URL = 1,       /* - and _ */
	MTPROTO_BASE64_NO_PADDING = 2 /* without the final = */
};

/* Characters that len bytes take at most, without a zero byte. */
#define MTPROTO_BASE64_SIZE(len) (((len) + 2) / 3 * 4)

/* Writes the text of len bytes and a zero byte, MTPROTO_BASE64_SIZE(len) + 1 at most. Returns its length. form is an or
 * of enum mtproto_base64. */
MTPROTO_API size_t mtproto_base64_encode(char *out, const void *data, size_t len, unsigned form);

/* Writes the bytes of a text to at most cap bytes. Strict: only the alphabet and the padding of form, no white space,
 * no bits that belong to no byte. Errors: MTPROTO_ERR_ENCODING, MTPROTO_ERR_BUFFER; out is then undefined, *len 0. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_base64_decode(uint8_t *out, size_t cap, size_t *len, const char *text,
						       size_t text_len, unsigned form);

#ifdef __cplusplus
}
#endif

#endif
