/* The bytes inside a string session: bounded, big endian, with a sticky reason. */
#ifndef MTP_STORE_SESSION_BYTES_H
#define MTP_STORE_SESSION_BYTES_H

#include <mtproto/string_session.h>

/* More than any form takes. */
#define MTP_STRING_BYTES_MAX 512
#define MTP_STRING_KEY_SIZE  256

/* Reading moves pos towards len, writing appends at len. */
struct mtp_string_bytes {
	uint8_t data[MTP_STRING_BYTES_MAX];
	size_t len;
	size_t pos;
	int error;
	const char *reason;
};

/* Sets the first error. Returns it. */
int mtp_string_refuse(struct mtp_string_bytes *bytes, int error, const char *reason);

/* Decodes a whole text; what has another length or alphabet is refused. */
void mtp_string_decode(struct mtp_string_bytes *out, const char *text, size_t len, unsigned base64);

uint64_t mtp_string_get(struct mtp_string_bytes *bytes, size_t size);
const uint8_t *mtp_string_get_raw(struct mtp_string_bytes *bytes, size_t size); /* NULL after an error */
void mtp_string_put(struct mtp_string_bytes *bytes, uint64_t value, size_t size);
void mtp_string_put_raw(struct mtp_string_bytes *bytes, const void *data, size_t size);

/* An IP address in 4 or 16 bytes. */
void mtp_string_get_ip(struct mtp_string_bytes *bytes, size_t size, struct mtproto_session_address *out);
void mtp_string_put_ip(struct mtp_string_bytes *bytes, const struct mtproto_session_address *address);
bool mtp_string_is_ipv6(const struct mtproto_session_address *address);

/* An IP address as text: refused unless it is one. */
void mtp_string_take_address(struct mtp_string_bytes *bytes, const uint8_t *text, size_t len,
			     struct mtproto_session_address *out);

/* The form of one library. read gets the text without the white space around it. */
void mtp_string_telethon_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out);
void mtp_string_telethon_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in);
void mtp_string_gramjs_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out);
void mtp_string_gramjs_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in);
void mtp_string_pyrogram_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out,
			      enum mtproto_string_session_form form);
void mtp_string_pyrogram_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in,
			       enum mtproto_string_session_form form);
void mtp_string_mtcute_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out);
void mtp_string_mtcute_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in);
void mtp_string_ferogram_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out);
void mtp_string_ferogram_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in,
			       enum mtproto_string_session_form form);

#endif
