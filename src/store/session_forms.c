/* The forms of each library, as bytes. A reader leaves the checks that all share to its caller: all bytes are used, the
 * key is no row of zeros, dc and port are not 0. */
#include "store/session_bytes.h"

#include <mtproto/tl.h>

#include "dc/address.h"

#include <string.h>

static void get_key(struct mtp_string_bytes *bytes, struct mtproto_string_session *out)
{
	const uint8_t *key = mtp_string_get_raw(bytes, MTP_STRING_KEY_SIZE);

	if (key)
		memcpy(out->auth_key, key, MTP_STRING_KEY_SIZE);
}

static void put_key(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in)
{
	mtp_string_put_raw(bytes, in->auth_key, MTP_STRING_KEY_SIZE);
}

static bool get_flag(struct mtp_string_bytes *bytes)
{
	uint64_t flag = mtp_string_get(bytes, 1);

	if (flag > 1)
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "a yes or no in it is neither");
	return flag == 1;
}

/* ---- Telethon: u8 dc, 4 or 16 bytes of IP, u16 port, key ---- */

#define TELETHON_REST (1 + 2 + MTP_STRING_KEY_SIZE)

void mtp_string_telethon_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out)
{
	out->has = MTPROTO_SESSION_HAS_ADDRESS;
	out->dc = (int32_t)mtp_string_get(bytes, 1);
	mtp_string_get_ip(bytes, bytes->len == TELETHON_REST + MTP_IPV4_SIZE ? MTP_IPV4_SIZE : MTP_IPV6_SIZE,
			  &out->address);
	out->address.port = (uint16_t)mtp_string_get(bytes, 2);
	get_key(bytes, out);
}

void mtp_string_telethon_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in)
{
	mtp_string_put(bytes, (uint64_t)in->dc, 1);
	mtp_string_put_ip(bytes, &in->address);
	mtp_string_put(bytes, in->address.port, 2);
	put_key(bytes, in);
}

/* ---- gramjs: u8 dc, i16 length and text of the address, i16 port, key ---- */

void mtp_string_gramjs_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out)
{
	const uint8_t *address;
	size_t len;

	out->has = MTPROTO_SESSION_HAS_ADDRESS;
	out->dc = (int32_t)mtp_string_get(bytes, 1);
	len = (size_t)mtp_string_get(bytes, 2);
	address = mtp_string_get_raw(bytes, len);
	mtp_string_take_address(bytes, address, len, &out->address);
	out->address.port = (uint16_t)mtp_string_get(bytes, 2);
	get_key(bytes, out);
}

void mtp_string_gramjs_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in)
{
	size_t len = strlen(in->address.text);

	if (in->address.port > INT16_MAX)
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "gramjs has no ports above 32767");
	mtp_string_put(bytes, (uint64_t)in->dc, 1);
	mtp_string_put(bytes, len, 2);
	mtp_string_put_raw(bytes, in->address.text, len);
	mtp_string_put(bytes, in->address.port, 2);
	put_key(bytes, in);
}

/* ---- Pyrogram: u8 dc, [u32 api_id,] u8 test, key, u32 or u64 user, u8 bot ---- */

void mtp_string_pyrogram_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out,
			      enum mtproto_string_session_form form)
{
	out->has = MTPROTO_SESSION_HAS_TEST;
	out->dc = (int32_t)mtp_string_get(bytes, 1);
	if (form == MTPROTO_STRING_SESSION_PYROGRAM) {
		out->api_id = (uint32_t)mtp_string_get(bytes, 4);
		out->has |= out->api_id ? MTPROTO_SESSION_HAS_API_ID : 0;
	}
	out->test = get_flag(bytes);
	get_key(bytes, out);
	out->user_id = (int64_t)mtp_string_get(bytes, form == MTPROTO_STRING_SESSION_PYROGRAM_OLD ? 4 : 8);
	out->has |= out->user_id ? MTPROTO_SESSION_HAS_USER | MTPROTO_SESSION_HAS_BOT : 0;
	out->bot = get_flag(bytes);
}

void mtp_string_pyrogram_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in,
			       enum mtproto_string_session_form form)
{
	/* Pyrogram takes a session without a user for one that is not signed in. */
	if (!(in->has & MTPROTO_SESSION_HAS_USER) || in->user_id <= 0)
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "Pyrogram's form needs the user id");
	else if (form == MTPROTO_STRING_SESSION_PYROGRAM_OLD && in->user_id > UINT32_MAX)
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "this form has user ids of 32 bits only");
	mtp_string_put(bytes, (uint64_t)in->dc, 1);
	if (form == MTPROTO_STRING_SESSION_PYROGRAM)
		mtp_string_put(bytes, in->api_id, 4);
	mtp_string_put(bytes, in->test, 1);
	put_key(bytes, in);
	mtp_string_put(bytes, (uint64_t)in->user_id, form == MTPROTO_STRING_SESSION_PYROGRAM_OLD ? 4 : 8);
	mtp_string_put(bytes, in->bot, 1);
}

/* ---- mtcute 3: u8 version, then TL: int flags, bytes of the main and perhaps of a media data centre, perhaps long
 * user and Bool bot, bytes of the key ---- */

#define MTCUTE_VERSION 3

enum { MTCUTE_SELF = 1, MTCUTE_TEST_OLD = 2, MTCUTE_MEDIA = 4 };
enum { MTCUTE_DC_IPV6 = 1, MTCUTE_DC_MEDIA = 2, MTCUTE_DC_TEST = 4 };

#define MTCUTE_DC_VERSION     2
#define MTCUTE_DC_VERSION_OLD 1 /* had no flag for test */
#define MTCUTE_DC_SIZE_MAX    (3 + MTPROTO_DC_ADDRESS_SIZE + 4 + 4)

static bool read_mtcute_dc(struct mtp_string_bytes *bytes, struct mtproto_tl_reader *r,
			   struct mtproto_session_address *out)
{
	struct mtproto_span dc = mtproto_tl_read_bytes(r), text;
	struct mtproto_tl_reader inner;
	uint8_t head[3];
	int32_t port;

	if (r->error)
		return false;
	mtproto_tl_reader_init(&inner, dc.data, dc.len);
	mtproto_tl_read_raw(&inner, head, sizeof(head));
	text = mtproto_tl_read_bytes(&inner);
	port = mtproto_tl_read_int(&inner);
	if (mtproto_tl_reader_end(&inner) || (head[0] != MTCUTE_DC_VERSION && head[0] != MTCUTE_DC_VERSION_OLD) ||
	    port <= 0 || port > UINT16_MAX) {
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "a data centre in it has an unknown form");
		return false;
	}
	out->dc = head[1];
	out->port = (uint16_t)port;
	mtp_string_take_address(bytes, text.data, text.len, out);
	return head[0] == MTCUTE_DC_VERSION && (head[2] & MTCUTE_DC_TEST);
}

static void read_mtcute_self(struct mtproto_tl_reader *r, struct mtproto_string_session *out)
{
	out->user_id = (int64_t)mtproto_tl_read_long(r);
	out->bot = mtproto_tl_read_bool(r);
	out->has |= MTPROTO_SESSION_HAS_USER | MTPROTO_SESSION_HAS_BOT;
}

void mtp_string_mtcute_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out)
{
	struct mtproto_tl_reader r;
	struct mtproto_span key;
	uint32_t flags;
	bool media_test;

	mtproto_tl_reader_init(&r, bytes->data + 1, bytes->len - 1);
	flags = mtproto_tl_read_u32(&r);
	out->has = MTPROTO_SESSION_HAS_ADDRESS | MTPROTO_SESSION_HAS_TEST;
	out->test = read_mtcute_dc(bytes, &r, &out->address);
	out->dc = out->address.dc;
	if (flags & MTCUTE_MEDIA) {
		media_test = read_mtcute_dc(bytes, &r, &out->media);
		out->has |= MTPROTO_SESSION_HAS_MEDIA;
		if (!r.error && media_test != out->test)
			mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT,
					  "its two data centres are of different environments");
	}
	out->test = out->test || (flags & MTCUTE_TEST_OLD);
	if (flags & MTCUTE_SELF)
		read_mtcute_self(&r, out);
	key = mtproto_tl_read_bytes(&r);
	if (r.error)
		mtp_string_refuse(bytes, r.error == MTPROTO_ERR_TRUNCATED ? r.error : MTPROTO_ERR_STATE_FORMAT,
				  r.error == MTPROTO_ERR_TRUNCATED ? "the session is cut off"
								   : "the session is damaged");
	else if (key.len != MTP_STRING_KEY_SIZE)
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "the auth_key in it has not 256 bytes");
	else
		memcpy(out->auth_key, key.data, MTP_STRING_KEY_SIZE);
	bytes->pos = bytes->len - mtproto_tl_left(&r);
}

static void write_mtcute_dc(struct mtproto_tl_writer *w, const struct mtproto_session_address *address, unsigned flags)
{
	uint8_t dc[MTCUTE_DC_SIZE_MAX];
	struct mtproto_tl_writer inner;
	uint8_t head[3] = {MTCUTE_DC_VERSION, (uint8_t)address->dc, 0};

	head[2] = (uint8_t)(flags | (mtp_string_is_ipv6(address) ? MTCUTE_DC_IPV6 : 0));
	mtproto_tl_writer_init(&inner, dc, sizeof(dc));
	mtproto_tl_write_raw(&inner, head, sizeof(head));
	mtproto_tl_write_string(&inner, address->text);
	mtproto_tl_write_int(&inner, address->port);
	mtproto_tl_write_bytes(w, dc, inner.len);
}

void mtp_string_mtcute_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in)
{
	bool has_self = in->has & MTPROTO_SESSION_HAS_USER;
	bool has_media = in->has & MTPROTO_SESSION_HAS_MEDIA;
	unsigned test = in->test ? MTCUTE_DC_TEST : 0;
	struct mtproto_tl_writer w;

	mtp_string_put(bytes, MTCUTE_VERSION, 1);
	mtproto_tl_writer_init(&w, bytes->data + bytes->len, sizeof(bytes->data) - bytes->len);
	mtproto_tl_write_u32(&w, (has_self ? MTCUTE_SELF : 0u) | (has_media ? MTCUTE_MEDIA : 0u));
	write_mtcute_dc(&w, &in->address, test);
	if (has_media)
		write_mtcute_dc(&w, &in->media, test | MTCUTE_DC_MEDIA);
	if (has_self) {
		mtproto_tl_write_long(&w, (uint64_t)in->user_id);
		mtproto_tl_write_bool(&w, in->bot);
	}
	mtproto_tl_write_bytes(&w, in->auth_key, MTP_STRING_KEY_SIZE);
	if (w.error)
		mtp_string_refuse(bytes, MTPROTO_ERR_INTERNAL, "the session is too long");
	else
		bytes->len += w.len;
}

/* ---- ferogram: u8 version, u8 dc, u8 4 or 6, IP, u16 port, i64 user, [i64 salt, u32 seq_no, u32 layer,] key ---- */

#define FEROGRAM_V1 1
#define FEROGRAM_V2 2

void mtp_string_ferogram_read(struct mtp_string_bytes *bytes, struct mtproto_string_session *out)
{
	uint64_t version = mtp_string_get(bytes, 1);
	uint64_t family;

	out->has = MTPROTO_SESSION_HAS_ADDRESS;
	out->dc = (int32_t)mtp_string_get(bytes, 1);
	family = mtp_string_get(bytes, 1);
	if (family != 4 && family != 6)
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "the address in it is neither IPv4 nor IPv6");
	mtp_string_get_ip(bytes, family == 4 ? MTP_IPV4_SIZE : MTP_IPV6_SIZE, &out->address);
	out->address.port = (uint16_t)mtp_string_get(bytes, 2);
	out->user_id = (int64_t)mtp_string_get(bytes, 8);
	out->has |= out->user_id ? MTPROTO_SESSION_HAS_USER : 0;
	if (version == FEROGRAM_V1) {
		out->server_salt = mtp_string_get(bytes, 8);
		out->seq_no = (uint32_t)mtp_string_get(bytes, 4);
		out->layer = (uint32_t)mtp_string_get(bytes, 4);
		out->has |= MTPROTO_SESSION_HAS_SALT | MTPROTO_SESSION_HAS_COUNTERS;
	}
	get_key(bytes, out);
}

void mtp_string_ferogram_write(struct mtp_string_bytes *bytes, const struct mtproto_string_session *in,
			       enum mtproto_string_session_form form)
{
	bool is_v1 = form == MTPROTO_STRING_SESSION_FEROGRAM_V1;

	mtp_string_put(bytes, is_v1 ? FEROGRAM_V1 : FEROGRAM_V2, 1);
	mtp_string_put(bytes, (uint64_t)in->dc, 1);
	mtp_string_put(bytes, mtp_string_is_ipv6(&in->address) ? 6 : 4, 1);
	mtp_string_put_ip(bytes, &in->address);
	mtp_string_put(bytes, in->address.port, 2);
	mtp_string_put(bytes, (uint64_t)in->user_id, 8);
	if (is_v1) {
		mtp_string_put(bytes, in->server_salt, 8);
		mtp_string_put(bytes, in->seq_no, 4);
		mtp_string_put(bytes, in->layer, 4);
	}
	put_key(bytes, in);
}
