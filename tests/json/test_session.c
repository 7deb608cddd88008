/* Sessions of gotd. The vector was written by gotd/td's session.Loader. */
#include <mtproto/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_NAME VECTORS_DIR "/gotd-session.json"

static size_t load(char *out, size_t cap)
{
	FILE *file = fopen(FILE_NAME, "rb");
	size_t len;

	assert_non_null(file);
	len = fread(out, 1, cap - 1, file);
	fclose(file);
	out[len] = '\0';
	return len;
}

static void assert_is_the_session(const struct mtproto_string_session *session)
{
	for (int i = 0; i < 256; i++)
		assert_int_equal(session->auth_key[i], (uint8_t)(7 * i + 3));
	assert_int_equal(session->dc, 2);
	assert_string_equal(session->address.text, "149.154.167.51");
	assert_int_equal(session->address.port, 443);
	assert_int_equal(session->address.dc, 2);
	assert_false(session->test);
	assert_true((int64_t)session->server_salt == INT64_C(-1234567890123456789));
	assert_int_equal(session->has,
			 MTPROTO_SESSION_HAS_ADDRESS | MTPROTO_SESSION_HAS_SALT | MTPROTO_SESSION_HAS_TEST);
}

static void what_gotd_wrote_is_read(void **state)
{
	struct mtproto_string_session session;
	const char *reason;
	char text[8192];
	size_t len = load(text, sizeof(text));

	(void)state;
	if (mtproto_json_session_read(&session, &reason, text, len))
		fail_msg("%s", reason);
	assert_is_the_session(&session);
}

static void what_is_written_is_read(void **state)
{
	struct mtproto_string_session session, again;
	struct mtproto_arena *arena;
	struct mtproto_span out;
	const char *reason;
	char text[8192];
	size_t len = load(text, sizeof(text));

	(void)state;
	assert_int_equal(mtproto_arena_new(&arena, NULL, 0), 0);
	assert_int_equal(mtproto_json_session_read(&session, NULL, text, len), 0);
	assert_int_equal(mtproto_json_session_write(&out, arena, &reason, &session), 0);
	assert_null(reason);
	assert_int_equal(out.data[out.len], 0);
	assert_int_equal(mtproto_json_session_read(&again, NULL, (const char *)out.data, out.len), 0);
	assert_is_the_session(&again);
	/* An IPv6 address stands in brackets. */
	strcpy(session.address.text, "2001:67c:4e8:f002::a");
	assert_int_equal(mtproto_json_session_write(&out, arena, NULL, &session), 0);
	assert_non_null(strstr((const char *)out.data, "\"Addr\":\"[2001:67c:4e8:f002::a]:443\""));
	assert_int_equal(mtproto_json_session_read(&again, NULL, (const char *)out.data, out.len), 0);
	assert_string_equal(again.address.text, "2001:67c:4e8:f002::a");

	session.has = 0;
	assert_int_equal(mtproto_json_session_write(&out, arena, &reason, &session), MTPROTO_ERR_ARGUMENT);
	assert_string_equal(reason, "gotd's form needs the address of the data centre");
	session.has = MTPROTO_SESSION_HAS_ADDRESS;
	memset(session.auth_key, 0, 256);
	assert_int_equal(mtproto_json_session_write(&out, arena, &reason, &session), MTPROTO_ERR_ARGUMENT);
	assert_string_equal(reason, "it has no auth_key");
	mtproto_arena_free(arena);
}

/* The vector with one text replaced. */
static void assert_refused(const char *old, const char *new, int code, const char *expected)
{
	struct mtproto_string_session session;
	char text[8192], changed[8192];
	const char *reason, *at;

	load(text, sizeof(text));
	at = strstr(text, old);
	assert_non_null(at);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
	assert_int_equal(mtproto_json_session_read(&session, &reason, changed, strlen(changed)), code);
	assert_string_equal(reason, expected);
	assert_int_equal(session.dc, 0);
}

static void what_is_wrong_is_refused_with_a_reason(void **state)
{
	(void)state;
	assert_refused("{", "", MTPROTO_ERR_STATE_FORMAT, "this is not JSON");
	assert_refused("\"Version\":1", "\"Version\":2", MTPROTO_ERR_STATE_VERSION,
		       "another version of gotd's form than 1");
	assert_refused("\"Version\":1,", "", MTPROTO_ERR_STATE_FORMAT,
		       "an object with \"Version\" and \"Data\" is expected");
	assert_refused("\"DC\":2", "\"DC\":0", MTPROTO_ERR_STATE_FORMAT, "\"DC\" is not a number from 1 to 255");
	assert_refused("\"AuthKey\":\"Awo", "\"AuthKey\":\"Bwo", MTPROTO_ERR_STATE_FORMAT,
		       "\"AuthKeyID\" is not that of the key");
	assert_refused("\"AuthKey\":\"Awo", "\"AuthKey\":\"", MTPROTO_ERR_STATE_FORMAT,
		       "\"AuthKey\" is not base64 of 256 bytes");
	assert_refused("\"Salt\":-", "\"Salt\":\"\",\"x\":", MTPROTO_ERR_STATE_FORMAT, "\"Salt\" is not a number");
	assert_refused("149.154.167.51:443\",\"Auth", "example.org:443\",\"Auth", MTPROTO_ERR_STATE_FORMAT,
		       "\"Addr\" is not an address with a port");
	assert_refused("51:443\"", "51:0\"", MTPROTO_ERR_STATE_FORMAT, "\"Addr\" is not an address with a port");
	assert_refused("51:443\"", "51\"", MTPROTO_ERR_STATE_FORMAT, "\"Addr\" is not an address with a port");
	assert_refused("51:443\"", "51:4x3\"", MTPROTO_ERR_STATE_FORMAT, "\"Addr\" is not an address with a port");
	assert_refused("51:443\"", "51:65536\"", MTPROTO_ERR_STATE_FORMAT, "\"Addr\" is not an address with a port");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_gotd_wrote_is_read),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_wrong_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
