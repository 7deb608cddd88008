/* Sessions as strings: the forms in which Telethon, gramjs, Pyrogram, mtcute and ferogram hand out a signed-in session.
 * gotd's JSON form is in <mtproto/json.h>. docs/string-sessions.md tells them apart.
 *
 * Such a string is as good as the account's password, and so is what it is read to: wipe both. */
#ifndef MTPROTO_STRING_SESSION_H
#define MTPROTO_STRING_SESSION_H

#include <mtproto/base.h>
#include <mtproto/dc.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mtproto_string_session_form {
	MTPROTO_STRING_SESSION_TELETHON = 1,
	MTPROTO_STRING_SESSION_GRAMJS,
	MTPROTO_STRING_SESSION_PYROGRAM,        /* version 2 and kurigram: 362 characters */
	MTPROTO_STRING_SESSION_PYROGRAM_OLD,    /* 351 characters: user ids of 32 bits */
	MTPROTO_STRING_SESSION_PYROGRAM_OLD_64, /* 356 characters */
	MTPROTO_STRING_SESSION_MTCUTE,          /* version 3 */
	MTPROTO_STRING_SESSION_FEROGRAM_V1,
	MTPROTO_STRING_SESSION_FEROGRAM_V2,
	MTPROTO_STRING_SESSION_GOTD /* JSON: only mtproto_json_session_read and _write know it */
};

/* Longest text of the forms of this header, with its zero byte. */
#define MTPROTO_STRING_SESSION_SIZE 768

/* What a session says besides dc and auth_key, which all of them have: no form has all of it. */
enum mtproto_string_session_part {
	MTPROTO_SESSION_HAS_ADDRESS = 1 << 0, /* address and port */
	MTPROTO_SESSION_HAS_TEST = 1 << 1,    /* test is known */
	MTPROTO_SESSION_HAS_API_ID = 1 << 2,
	MTPROTO_SESSION_HAS_USER = 1 << 3,    /* user_id */
	MTPROTO_SESSION_HAS_BOT = 1 << 4,     /* bot is known */
	MTPROTO_SESSION_HAS_MEDIA = 1 << 5,   /* media: another address for files */
	MTPROTO_SESSION_HAS_SALT = 1 << 6,    /* server_salt */
	MTPROTO_SESSION_HAS_COUNTERS = 1 << 7 /* seq_no and layer */
};

struct mtproto_session_address {
	int32_t dc;
	uint16_t port;
	char text[MTPROTO_DC_ADDRESS_SIZE]; /* an IP address in digits */
};

struct mtproto_string_session {
	uint32_t has; /* enum mtproto_string_session_part */
	int32_t dc;   /* 1..255; never 10000 and more: test tells */
	bool test;
	bool bot;
	struct mtproto_session_address address; /* address.dc is dc */
	struct mtproto_session_address media;
	uint8_t auth_key[256];
	uint32_t api_id;
	int64_t user_id;
	uint64_t server_salt;
	uint32_t seq_no;
	uint32_t layer;
};

/* Reads a session in any form of this header; white space around it is passed over. *form (may be NULL) says which it
 * was, *reason (may be NULL) why it was refused: a static text. Errors: MTPROTO_ERR_STATE_FORMAT (none of the forms, or
 * damaged), MTPROTO_ERR_STATE_VERSION (a newer version of one), MTPROTO_ERR_TRUNCATED. out is zeroed then. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_string_session_read(struct mtproto_string_session *out,
							     enum mtproto_string_session_form *form,
							     const char **reason, const char *text, size_t len);

/* Writes a session and a zero byte to at most cap bytes. What the form has no place for is left out. Errors:
 * MTPROTO_ERR_ARGUMENT (the form needs what the session has not, or can't hold a value; *reason says what),
 * MTPROTO_ERR_BUFFER. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_string_session_write(char *out, size_t cap, const char **reason,
							      const struct mtproto_string_session *session,
							      enum mtproto_string_session_form form);

/* Gives a session without an address the first one of its data centre in a table, which has to be of its environment.
 * Errors: MTPROTO_ERR_NOT_FOUND, MTPROTO_ERR_DC. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_string_session_complete(struct mtproto_string_session *session,
								 const struct mtproto_dc_table *table);

/* "telethon", "gramjs", "pyrogram", "pyrogram-old", "pyrogram-old-64", "mtcute", "ferogram-v1", "ferogram-v2", "gotd";
 * "?" for another value. */
MTPROTO_API const char *mtproto_string_session_form_name(enum mtproto_string_session_form form);

/* The form of a name; "ferogram" is its version 2. Errors: MTPROTO_ERR_NOT_FOUND. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_string_session_form_from_name(enum mtproto_string_session_form *out,
								       const char *name);

#ifdef __cplusplus
}
#endif

#endif
