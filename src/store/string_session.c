/* Telling the forms of string sessions apart, and what all of them share. */
#include <mtproto/string_session.h>

#include <mtproto/base64.h>

#include "store/session_bytes.h"

#include <string.h>

#define URL_NO_PADDING (MTPROTO_BASE64_URL | MTPROTO_BASE64_NO_PADDING)

#define TELETHON_IPV4_LEN   353
#define TELETHON_IPV6_LEN   369
#define PYROGRAM_LEN        362
#define PYROGRAM_OLD_LEN    351
#define PYROGRAM_OLD_64_LEN 356

/* The first byte of those that say their version in it. */
enum { FEROGRAM_V1 = 1, FEROGRAM_V2 = 2, MTCUTE_V3 = 3 };

/* The shortest of these, ferogram's with IPv4. A Pyrogram session is shorter: what is left of one begins with the
 * number of a data centre, which looks like a version. */
#define VERSIONED_SIZE_MIN (1 + 1 + 1 + 4 + 2 + 8 + MTP_STRING_KEY_SIZE)

static const char *const names[] = {
	"?",      "telethon",    "gramjs",      "pyrogram", "pyrogram-old", "pyrogram-old-64",
	"mtcute", "ferogram-v1", "ferogram-v2", "gotd"};

#define NAMES (sizeof(names) / sizeof(names[0]))

const char *mtproto_string_session_form_name(enum mtproto_string_session_form form)
{
	return (size_t)form < NAMES ? names[form] : names[0];
}

int mtproto_string_session_form_from_name(enum mtproto_string_session_form *out, const char *name)
{
	if (strcmp(name, "ferogram") == 0)
		name = "ferogram-v2";
	for (size_t i = 1; i < NAMES; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum mtproto_string_session_form)i;
			return 0;
		}
	}
	return MTPROTO_ERR_NOT_FOUND;
}

/* ---- Reading ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, size_t *len)
{
	while (*len > 0 && is_space((*text)[*len - 1]))
		--*len;
	while (*len > 0 && is_space(**text)) {
		++*text;
		--*len;
	}
}

/* gramjs writes with the standard alphabet and reads both; Telethon has the other one. */
static unsigned alphabet_of(const char *text, size_t len)
{
	return memchr(text, '-', len) || memchr(text, '_', len) ? MTPROTO_BASE64_URL : MTPROTO_BASE64_STANDARD;
}

/* "1" and the bytes. A gramjs session whose address has 13 to 15 characters is as long as one of Telethon with an IPv6
 * address: there the length of the address fits that of the whole. */
static enum mtproto_string_session_form read_one(struct mtp_string_bytes *bytes, struct mtproto_string_session *out,
						 const char *text, size_t len)
{
	size_t address_len;

	mtp_string_decode(bytes, text + 1, len - 1, alphabet_of(text, len));
	address_len = bytes->len >= 3 ? (size_t)bytes->data[1] << 8 | bytes->data[2] : 0;
	if ((len == TELETHON_IPV4_LEN || len == TELETHON_IPV6_LEN) &&
	    bytes->len != 1 + 2 + address_len + 2 + MTP_STRING_KEY_SIZE) {
		mtp_string_telethon_read(bytes, out);
		return MTPROTO_STRING_SESSION_TELETHON;
	}
	mtp_string_gramjs_read(bytes, out);
	return MTPROTO_STRING_SESSION_GRAMJS;
}

static enum mtproto_string_session_form read_versioned(struct mtp_string_bytes *bytes,
						       struct mtproto_string_session *out)
{
	uint8_t version = bytes->data[0];

	if (bytes->len < VERSIONED_SIZE_MIN) {
		mtp_string_refuse(bytes, MTPROTO_ERR_TRUNCATED, "the session is cut off, or of no known form");
		return 0;
	}
	if (version == MTCUTE_V3) {
		mtp_string_mtcute_read(bytes, out);
		return MTPROTO_STRING_SESSION_MTCUTE;
	}
	if (version == FEROGRAM_V1 || version == FEROGRAM_V2) {
		mtp_string_ferogram_read(bytes, out);
		return version == FEROGRAM_V1 ? MTPROTO_STRING_SESSION_FEROGRAM_V1 : MTPROTO_STRING_SESSION_FEROGRAM_V2;
	}
	if (version > MTCUTE_V3 && version < 16)
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_VERSION, "a newer version of mtcute's or ferogram's form");
	mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "this is none of the known forms");
	return 0;
}

static enum mtproto_string_session_form pyrogram_of_len(size_t len)
{
	switch (len) {
	case PYROGRAM_LEN:
		return MTPROTO_STRING_SESSION_PYROGRAM;
	case PYROGRAM_OLD_LEN:
		return MTPROTO_STRING_SESSION_PYROGRAM_OLD;
	case PYROGRAM_OLD_64_LEN:
		return MTPROTO_STRING_SESSION_PYROGRAM_OLD_64;
	default:
		return 0;
	}
}

static enum mtproto_string_session_form read_any(struct mtp_string_bytes *bytes, struct mtproto_string_session *out,
						 const char *text, size_t len)
{
	enum mtproto_string_session_form form = pyrogram_of_len(len);

	if (len == 0) {
		mtp_string_refuse(bytes, MTPROTO_ERR_TRUNCATED, "the session is empty");
		return 0;
	}
	if (*text == '{') {
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "this is JSON, perhaps a session of gotd");
		return 0;
	}
	if (form) {
		mtp_string_decode(bytes, text, len, URL_NO_PADDING);
		mtp_string_pyrogram_read(bytes, out, form);
		return form;
	}
	if (*text == '1')
		return read_one(bytes, out, text, len);
	if (*text >= '2' && *text <= '9' && (len == TELETHON_IPV4_LEN || len == TELETHON_IPV6_LEN)) {
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_VERSION, "a newer version of Telethon's form");
		return 0;
	}
	mtp_string_decode(bytes, text, len, URL_NO_PADDING);
	return read_versioned(bytes, out);
}

static bool has_key(const struct mtproto_string_session *session)
{
	static const uint8_t zeros[MTP_STRING_KEY_SIZE];

	return !mtproto_equal_const_time(session->auth_key, zeros, sizeof(zeros));
}

static void check(struct mtp_string_bytes *bytes, const struct mtproto_string_session *session)
{
	if (bytes->error)
		return;
	if (bytes->pos != bytes->len)
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "something follows the session");
	else if (session->dc == 0 || ((session->has & MTPROTO_SESSION_HAS_MEDIA) && session->media.dc == 0))
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "there is no data centre 0");
	else if ((session->has & MTPROTO_SESSION_HAS_ADDRESS) && session->address.port == 0)
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "there is no port 0");
	else if (!has_key(session))
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "it has no auth_key: nobody has signed in with it");
}

int mtproto_string_session_read(struct mtproto_string_session *out, enum mtproto_string_session_form *form,
				const char **reason, const char *text, size_t len)
{
	struct mtp_string_bytes bytes = {.len = 0};
	enum mtproto_string_session_form found;

	memset(out, 0, sizeof(*out));
	trim(&text, &len);
	found = read_any(&bytes, out, text, len);
	out->address.dc = out->dc;
	check(&bytes, out);
	if (bytes.error)
		mtproto_wipe(out, sizeof(*out));
	if (form)
		*form = bytes.error ? 0 : found;
	if (reason)
		*reason = bytes.reason;
	mtproto_wipe(bytes.data, sizeof(bytes.data));
	return bytes.error;
}

/* ---- Writing ---- */

static bool is_pyrogram(enum mtproto_string_session_form form)
{
	return form == MTPROTO_STRING_SESSION_PYROGRAM || form == MTPROTO_STRING_SESSION_PYROGRAM_OLD ||
	       form == MTPROTO_STRING_SESSION_PYROGRAM_OLD_64;
}

static bool address_is_sane(const struct mtproto_session_address *address)
{
	return memchr(address->text, '\0', sizeof(address->text)) && address->text[0] && address->port != 0 &&
	       address->dc > 0 && address->dc <= UINT8_MAX;
}

static void check_writable(struct mtp_string_bytes *bytes, const struct mtproto_string_session *session,
			   enum mtproto_string_session_form form)
{
	bool has_media = session->has & MTPROTO_SESSION_HAS_MEDIA;

	if (form < MTPROTO_STRING_SESSION_TELETHON || form > MTPROTO_STRING_SESSION_FEROGRAM_V2)
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "this form is not a string");
	else if (session->dc <= 0 || session->dc > UINT8_MAX)
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "the data centre has no number from 1 to 255");
	else if (!has_key(session))
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "it has no auth_key");
	else if (!is_pyrogram(form) && !(session->has & MTPROTO_SESSION_HAS_ADDRESS))
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "this form needs the address of the data centre");
	else if (!is_pyrogram(form) &&
		 (!address_is_sane(&session->address) || (has_media && !address_is_sane(&session->media))))
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "the address of the data centre can't be used");
	else if (form == MTPROTO_STRING_SESSION_FEROGRAM_V1 && !(session->has & MTPROTO_SESSION_HAS_SALT))
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "this form needs the server salt");
}

static void write_bytes(struct mtp_string_bytes *bytes, const struct mtproto_string_session *session,
			enum mtproto_string_session_form form)
{
	switch (form) {
	case MTPROTO_STRING_SESSION_TELETHON:
		mtp_string_telethon_write(bytes, session);
		break;
	case MTPROTO_STRING_SESSION_GRAMJS:
		mtp_string_gramjs_write(bytes, session);
		break;
	case MTPROTO_STRING_SESSION_MTCUTE:
		mtp_string_mtcute_write(bytes, session);
		break;
	case MTPROTO_STRING_SESSION_FEROGRAM_V1:
	case MTPROTO_STRING_SESSION_FEROGRAM_V2:
		mtp_string_ferogram_write(bytes, session, form);
		break;
	default:
		mtp_string_pyrogram_write(bytes, session, form);
	}
}

static unsigned base64_of(enum mtproto_string_session_form form)
{
	if (form == MTPROTO_STRING_SESSION_TELETHON)
		return MTPROTO_BASE64_URL;
	return form == MTPROTO_STRING_SESSION_GRAMJS ? MTPROTO_BASE64_STANDARD : URL_NO_PADDING;
}

int mtproto_string_session_write(char *out, size_t cap, const char **reason,
				 const struct mtproto_string_session *session, enum mtproto_string_session_form form)
{
	bool has_mark = form == MTPROTO_STRING_SESSION_TELETHON || form == MTPROTO_STRING_SESSION_GRAMJS;
	struct mtp_string_bytes bytes = {.len = 0};

	check_writable(&bytes, session, form);
	if (!bytes.error)
		write_bytes(&bytes, session, form);
	if (!bytes.error && MTPROTO_BASE64_SIZE(bytes.len) + has_mark + 1 > cap)
		mtp_string_refuse(&bytes, MTPROTO_ERR_BUFFER, mtproto_strerror(MTPROTO_ERR_BUFFER));
	if (!bytes.error) {
		if (has_mark)
			*out++ = '1';
		mtproto_base64_encode(out, bytes.data, bytes.len, base64_of(form));
	}
	if (reason)
		*reason = bytes.reason;
	mtproto_wipe(bytes.data, sizeof(bytes.data));
	return bytes.error;
}

int mtproto_string_session_complete(struct mtproto_string_session *session, const struct mtproto_dc_table *table)
{
	const struct mtproto_dc_query query = {.id = session->dc};
	const struct mtproto_dc_option *option;

	if (session->has & MTPROTO_SESSION_HAS_ADDRESS)
		return 0;
	if (session->test != mtproto_dc_table_is_test(table))
		return MTPROTO_ERR_DC;
	if (mtproto_dc_table_find(&option, 1, table, &query) == 0)
		return MTPROTO_ERR_NOT_FOUND;
	session->address.dc = session->dc;
	session->address.port = option->port;
	memcpy(session->address.text, option->address, sizeof(session->address.text));
	session->has |= MTPROTO_SESSION_HAS_ADDRESS;
	return 0;
}
