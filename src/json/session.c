/* Sessions of gotd. encoding/json writes the fields of Go structs by their names and []byte as base64. */
#include <mtproto/base64.h>
#include <mtproto/crypto.h>
#include <mtproto/json.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "json/text.h"

#define VERSION         1
#define KEY_ID_SIZE     8
#define KEY_TEXT_LEN    MTPROTO_BASE64_SIZE(MTPROTO_AUTH_KEY_SIZE)
#define KEY_ID_TEXT_LEN MTPROTO_BASE64_SIZE(KEY_ID_SIZE)

/* "[", an address, "]:", a port, a zero byte. */
#define ADDR_SIZE (MTPROTO_DC_ADDRESS_SIZE + 9)

/* The bytes of auth_key_id in the order in which they are on the wire. */
static void key_id_of(uint8_t out[KEY_ID_SIZE], const struct mtproto_string_session *session)
{
	uint64_t id = mtproto_auth_key_id(session->auth_key);

	for (size_t i = 0; i < KEY_ID_SIZE; i++)
		out[i] = (uint8_t)(id >> 8 * i);
}

/* ---- Reading ---- */

static bool read_bytes(uint8_t *out, size_t size, const json_t *json)
{
	size_t len;

	return json_is_string(json) &&
	       mtproto_base64_decode(out, size, &len, json_string_value(json), json_string_length(json),
				     MTPROTO_BASE64_STANDARD) == 0 &&
	       len == size;
}

/* "149.154.167.51:443" or "[2001:67c:4e8:f002::a]:443". */
static bool read_addr(struct mtproto_session_address *out, const char *text)
{
	const char *colon = strrchr(text, ':');
	bool bracketed = text[0] == '[';
	const char *start = text + bracketed;
	size_t len;
	unsigned port = 0;

	if (!colon || colon - text < 2 || (bracketed && colon[-1] != ']') || strlen(colon) > 6)
		return false;
	len = (size_t)(colon - start) - bracketed;
	for (const char *digit = colon + 1; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		port = port * 10 + (unsigned)(*digit - '0');
	}
	if (port == 0 || port > UINT16_MAX || len >= sizeof(out->text) ||
	    mtproto_dc_address_family(start, len) != (bracketed ? 6 : 4))
		return false;
	memcpy(out->text, start, len);
	out->text[len] = '\0';
	out->port = (uint16_t)port;
	return true;
}

static bool key_is_whole(const struct mtproto_string_session *session, const json_t *key_id)
{
	uint8_t given[KEY_ID_SIZE], computed[KEY_ID_SIZE];

	key_id_of(computed, session);
	return read_bytes(given, sizeof(given), key_id) && memcmp(given, computed, sizeof(given)) == 0;
}

static const char *read_data(struct mtproto_string_session *out, const json_t *data)
{
	const json_t *config = json_object_get(data, "Config");
	const json_t *dc = json_object_get(data, "DC");
	const json_t *addr = json_object_get(data, "Addr");
	const json_t *salt = json_object_get(data, "Salt");
	const json_t *test = json_object_get(config, "TestMode");

	if (!json_is_integer(dc) || json_integer_value(dc) < 1 || json_integer_value(dc) > UINT8_MAX)
		return "\"DC\" is not a number from 1 to 255";
	out->dc = (int32_t)json_integer_value(dc);
	if (!read_bytes(out->auth_key, sizeof(out->auth_key), json_object_get(data, "AuthKey")))
		return "\"AuthKey\" is not base64 of 256 bytes";
	if (!key_is_whole(out, json_object_get(data, "AuthKeyID")))
		return "\"AuthKeyID\" is not that of the key";
	if (!json_is_integer(salt))
		return "\"Salt\" is not a number";
	out->server_salt = (uint64_t)json_integer_value(salt);
	out->has = MTPROTO_SESSION_HAS_SALT;
	if (json_is_boolean(test)) {
		out->test = json_is_true(test);
		out->has |= MTPROTO_SESSION_HAS_TEST;
	}
	if (json_string_length(addr) == 0)
		return NULL;
	if (!read_addr(&out->address, json_string_value(addr)))
		return "\"Addr\" is not an address with a port";
	out->address.dc = out->dc;
	out->has |= MTPROTO_SESSION_HAS_ADDRESS;
	return NULL;
}

static int read_root(struct mtproto_string_session *out, const char **reason, const json_t *root)
{
	const json_t *version = json_object_get(root, "Version");
	const json_t *data = json_object_get(root, "Data");

	if (!json_is_integer(version) || !json_is_object(data)) {
		*reason = "an object with \"Version\" and \"Data\" is expected";
		return MTPROTO_ERR_STATE_FORMAT;
	}
	if (json_integer_value(version) != VERSION) {
		*reason = "another version of gotd's form than 1";
		return MTPROTO_ERR_STATE_VERSION;
	}
	*reason = read_data(out, data);
	return *reason ? MTPROTO_ERR_STATE_FORMAT : 0;
}

int mtproto_json_session_read(struct mtproto_string_session *out, const char **reason, const char *text, size_t len)
{
	struct mtp_json_complaint complaint;
	json_t *root = mtp_json_parse(text, len, &complaint);
	const char *why = "this is not JSON";
	int error = MTPROTO_ERR_STATE_FORMAT;

	memset(out, 0, sizeof(*out));
	if (root)
		error = read_root(out, &why, root);
	json_decref(root);
	if (error)
		mtproto_wipe(out, sizeof(*out));
	if (reason)
		*reason = error ? why : NULL;
	return error;
}

/* ---- Writing ---- */

static json_t *build_config(const struct mtproto_string_session *session)
{
	return json_pack("{s:i, s:b, s:[{s:i, s:s, s:i}]}", "ThisDC", (int)session->dc, "TestMode", (int)session->test,
			 "DCOptions", "ID", (int)session->dc, "IPAddress", session->address.text, "Port",
			 (int)session->address.port);
}

static json_t *build_root(const struct mtproto_string_session *session)
{
	bool is_ipv6 = strchr(session->address.text, ':') != NULL;
	char key[KEY_TEXT_LEN + 1], key_id[KEY_ID_TEXT_LEN + 1], addr[ADDR_SIZE];
	uint8_t id[KEY_ID_SIZE];
	json_t *root;

	key_id_of(id, session);
	mtproto_base64_encode(key, session->auth_key, sizeof(session->auth_key), MTPROTO_BASE64_STANDARD);
	mtproto_base64_encode(key_id, id, sizeof(id), MTPROTO_BASE64_STANDARD);
	snprintf(addr, sizeof(addr), is_ipv6 ? "[%s]:%u" : "%s:%u", session->address.text,
		 (unsigned)session->address.port);
	root = json_pack("{s:i, s:{s:o, s:i, s:s, s:s, s:s, s:I}}", "Version", VERSION, "Data", "Config",
			 build_config(session), "DC", (int)session->dc, "Addr", addr, "AuthKey", key, "AuthKeyID",
			 key_id, "Salt", (json_int_t)session->server_salt);
	mtproto_wipe(key, sizeof(key));
	return root;
}

static int dump(struct mtproto_span *out, struct mtproto_arena *arena, const json_t *root)
{
	size_t len = json_dumpb(root, NULL, 0, JSON_COMPACT);
	char *text = len ? mtproto_arena_alloc(arena, len + 1) : NULL;

	if (!text || json_dumpb(root, text, len, JSON_COMPACT) != len)
		return mtproto_arena_error(arena) ? mtproto_arena_error(arena) : MTPROTO_ERR_MEMORY;
	out->data = (const uint8_t *)text;
	out->len = len;
	return 0;
}

int mtproto_json_session_write(struct mtproto_span *out, struct mtproto_arena *arena, const char **reason,
			       const struct mtproto_string_session *session)
{
	static const uint8_t zeros[MTPROTO_AUTH_KEY_SIZE];
	const char *why = NULL;
	json_t *root;
	int error;

	memset(out, 0, sizeof(*out));
	if (!(session->has & MTPROTO_SESSION_HAS_ADDRESS))
		why = "gotd's form needs the address of the data centre";
	else if (session->dc < 1 || session->dc > UINT8_MAX)
		why = "the data centre has no number from 1 to 255";
	else if (mtproto_equal_const_time(session->auth_key, zeros, sizeof(zeros)))
		why = "it has no auth_key";
	if (reason)
		*reason = why;
	if (why)
		return MTPROTO_ERR_ARGUMENT;
	root = build_root(session);
	error = root ? dump(out, arena, root) : MTPROTO_ERR_MEMORY;
	json_decref(root);
	if (error && reason)
		*reason = mtproto_strerror(error);
	return error;
}
