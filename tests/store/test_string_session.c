/* Sessions as strings. vectors/string-sessions.txt was written by the libraries themselves (its head says which), all
 * with the key of the bytes 7i + 3. */
#include <mtproto/string_session.h>

#include <mtproto/base64.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_NAME VECTORS_DIR "/string-sessions.txt"

struct expected {
	const char *name; /* in the file */
	enum mtproto_string_session_form form;
	uint32_t has;
	int dc;
	const char *address;
	unsigned port;
	int64_t user_id;
	bool test;
	bool bot;
};

enum {
	ADDRESS = MTPROTO_SESSION_HAS_ADDRESS,
	TEST = MTPROTO_SESSION_HAS_TEST,
	API_ID = MTPROTO_SESSION_HAS_API_ID,
	USER = MTPROTO_SESSION_HAS_USER,
	BOT = MTPROTO_SESSION_HAS_BOT,
	MEDIA = MTPROTO_SESSION_HAS_MEDIA,
	SALT = MTPROTO_SESSION_HAS_SALT,
	COUNTERS = MTPROTO_SESSION_HAS_COUNTERS
};

static const struct expected table[] = {
	{"telethon", MTPROTO_STRING_SESSION_TELETHON, ADDRESS, 2, "149.154.167.51", 443, 0, false, false},
	{"telethon-ipv6", MTPROTO_STRING_SESSION_TELETHON, ADDRESS, 4, "2001:67c:4e8:f002::a", 5222, 0, false, false},
	{"gramjs", MTPROTO_STRING_SESSION_GRAMJS, ADDRESS, 2, "149.154.167.51", 443, 0, false, false},
	{"gramjs-short", MTPROTO_STRING_SESSION_GRAMJS, ADDRESS, 3, "1.2.3.4", 80, 0, false, false},
	{"gramjs-ipv6", MTPROTO_STRING_SESSION_GRAMJS, ADDRESS, 2, "2001:67c:4e8:f002::a", 443, 0, false, false},
	{"pyrogram", MTPROTO_STRING_SESSION_PYROGRAM, TEST | API_ID | USER | BOT, 5, "", 0, 7000000001, false, true},
	{"pyrogram-old", MTPROTO_STRING_SESSION_PYROGRAM_OLD, TEST | USER | BOT, 1, "", 0, 777000, true, false},
	{"pyrogram-old-64", MTPROTO_STRING_SESSION_PYROGRAM_OLD_64, TEST | USER | BOT, 1, "", 0, 7000000001, true,
	 false},
	{"mtcute", MTPROTO_STRING_SESSION_MTCUTE, ADDRESS | TEST | USER | BOT | MEDIA, 2, "149.154.167.50", 443,
	 7000000001, false, true},
	{"mtcute-plain", MTPROTO_STRING_SESSION_MTCUTE, ADDRESS | TEST, 2, "149.154.167.50", 443, 0, false, false},
	{"mtcute-test", MTPROTO_STRING_SESSION_MTCUTE, ADDRESS | TEST | USER | BOT, 2, "2001:67c:4e8:f002::e", 443,
	 777000, true, false},
	{"ferogram-v1", MTPROTO_STRING_SESSION_FEROGRAM_V1, ADDRESS | USER | SALT | COUNTERS, 2, "149.154.167.51", 443,
	 7000000001, false, false},
	{"ferogram-v2", MTPROTO_STRING_SESSION_FEROGRAM_V2, ADDRESS | USER, 2, "149.154.167.51", 443, 7000000001, false,
	 false},
	{"ferogram-v2-ipv6", MTPROTO_STRING_SESSION_FEROGRAM_V2, ADDRESS | USER, 4, "2001:67c:4e8:f002::a", 5222,
	 777000, false, false},
};

#define TABLE_LEN (sizeof(table) / sizeof(table[0]))

static void find_text(char *out, size_t cap, const char *name)
{
	FILE *file = fopen(FILE_NAME, "r");
	char line[1024];

	assert_non_null(file);
	out[0] = '\0';
	while (!out[0] && fgets(line, sizeof(line), file)) {
		char *space = strchr(line, ' ');

		if (line[0] == '#' || !space)
			continue;
		*space = '\0';
		if (strcmp(line, name) == 0)
			snprintf(out, cap, "%s", strtok(space + 1, "\n"));
	}
	fclose(file);
	assert_true(out[0]);
}

static void fill_key(uint8_t key[256])
{
	for (int i = 0; i < 256; i++)
		key[i] = (uint8_t)(7 * i + 3);
}

/* From a block of exactly its size, so that a sanitizer sees a read beyond it. */
static int read_text(struct mtproto_string_session *out, enum mtproto_string_session_form *form, const char **reason,
		     const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	int error;

	assert_non_null(copy);
	memcpy(copy, text, len);
	error = mtproto_string_session_read(out, form, reason, copy, len);
	free(copy);
	return error;
}

static void read_vector(struct mtproto_string_session *out, const char *name)
{
	char text[1024];

	find_text(text, sizeof(text), name);
	assert_int_equal(read_text(out, NULL, NULL, text, strlen(text)), 0);
}

static void the_strings_of_the_libraries_are_read(void **state)
{
	uint8_t key[256];

	(void)state;
	fill_key(key);
	for (size_t i = 0; i < TABLE_LEN; i++) {
		const struct expected *expected = &table[i];
		struct mtproto_string_session session;
		enum mtproto_string_session_form form;
		const char *reason;
		char text[1024];

		find_text(text, sizeof(text), expected->name);
		if (read_text(&session, &form, &reason, text, strlen(text)))
			fail_msg("%s: %s", expected->name, reason);
		assert_int_equal(form, expected->form);
		assert_int_equal(session.has, expected->has);
		assert_int_equal(session.dc, expected->dc);
		assert_string_equal(session.address.text, expected->address);
		assert_int_equal(session.address.port, expected->port);
		assert_int_equal(session.address.dc, expected->dc);
		assert_true(session.user_id == expected->user_id);
		assert_int_equal(session.test, expected->test);
		assert_int_equal(session.bot, expected->bot);
		assert_memory_equal(session.auth_key, key, 256);
	}
}

static void what_only_some_forms_have_is_read(void **state)
{
	struct mtproto_string_session session;

	(void)state;
	read_vector(&session, "pyrogram");
	assert_int_equal(session.api_id, 123456);
	read_vector(&session, "mtcute");
	assert_string_equal(session.media.text, "149.154.167.222");
	assert_int_equal(session.media.port, 443);
	assert_int_equal(session.media.dc, 2);
	read_vector(&session, "ferogram-v1");
	assert_true(session.server_salt == (uint64_t)-999);
	assert_int_equal(session.seq_no, 42);
	assert_int_equal(session.layer, 228);
}

static void what_was_read_is_written_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LEN; i++) {
		struct mtproto_string_session session;
		char text[1024], written[MTPROTO_STRING_SESSION_SIZE];
		const char *reason;

		find_text(text, sizeof(text), table[i].name);
		read_vector(&session, table[i].name);
		if (mtproto_string_session_write(written, sizeof(written), &reason, &session, table[i].form))
			fail_msg("%s: %s", table[i].name, reason);
		assert_string_equal(written, text);
	}
}

static void white_space_around_it_is_passed_over(void **state)
{
	struct mtproto_string_session session;
	char text[1024], padded[1100];

	(void)state;
	find_text(text, sizeof(text), "pyrogram");
	snprintf(padded, sizeof(padded), " \n%s\r\n", text);
	assert_int_equal(read_text(&session, NULL, NULL, padded, strlen(padded)), 0);
}

/* ---- From one form to another ---- */

static void a_session_changes_its_form(void **state)
{
	struct mtproto_string_session session, again;
	struct mtproto_dc_table *dcs;
	char text[MTPROTO_STRING_SESSION_SIZE], expected[1024];
	const char *reason;

	(void)state;
	read_vector(&session, "pyrogram");
	assert_int_equal(
		mtproto_string_session_write(text, sizeof(text), &reason, &session, MTPROTO_STRING_SESSION_TELETHON),
		MTPROTO_ERR_ARGUMENT);
	assert_string_equal(reason, "this form needs the address of the data centre");
	assert_int_equal(mtproto_dc_table_new(&dcs, NULL, true), 0);
	assert_int_equal(mtproto_string_session_complete(&session, dcs), MTPROTO_ERR_DC);
	mtproto_dc_table_free(dcs);
	assert_int_equal(mtproto_dc_table_new(&dcs, NULL, false), 0);
	assert_int_equal(mtproto_string_session_complete(&session, dcs), 0);
	for (int form = MTPROTO_STRING_SESSION_TELETHON; form <= MTPROTO_STRING_SESSION_FEROGRAM_V2; form++) {
		if (form == MTPROTO_STRING_SESSION_PYROGRAM_OLD || form == MTPROTO_STRING_SESSION_FEROGRAM_V1)
			continue;
		assert_int_equal(mtproto_string_session_write(text, sizeof(text), &reason, &session,
							      (enum mtproto_string_session_form)form),
				 0);
		assert_int_equal(mtproto_string_session_read(&again, NULL, NULL, text, strlen(text)), 0);
		assert_memory_equal(again.auth_key, session.auth_key, 256);
		assert_int_equal(again.dc, 5);
	}
	session.dc = 9;
	session.has &= ~(uint32_t)MTPROTO_SESSION_HAS_ADDRESS;
	assert_int_equal(mtproto_string_session_complete(&session, dcs), MTPROTO_ERR_NOT_FOUND);
	mtproto_dc_table_free(dcs);

	/* gramjs to Telethon and back. */
	read_vector(&session, "gramjs");
	assert_int_equal(
		mtproto_string_session_write(text, sizeof(text), NULL, &session, MTPROTO_STRING_SESSION_TELETHON), 0);
	find_text(expected, sizeof(expected), "telethon");
	assert_string_equal(text, expected);
}

static void assert_unwritable(const struct mtproto_string_session *session, enum mtproto_string_session_form form,
			      const char *expected)
{
	char text[MTPROTO_STRING_SESSION_SIZE] = "untouched";
	const char *reason;

	assert_int_equal(mtproto_string_session_write(text, sizeof(text), &reason, session, form),
			 MTPROTO_ERR_ARGUMENT);
	assert_string_equal(reason, expected);
	assert_string_equal(text, "untouched");
}

static void what_a_form_cannot_hold_is_refused(void **state)
{
	struct mtproto_string_session session;
	char text[16];

	(void)state;
	read_vector(&session, "telethon");
	assert_unwritable(&session, MTPROTO_STRING_SESSION_PYROGRAM, "Pyrogram's form needs the user id");
	assert_unwritable(&session, MTPROTO_STRING_SESSION_FEROGRAM_V1, "this form needs the server salt");
	assert_unwritable(&session, MTPROTO_STRING_SESSION_GOTD, "this form is not a string");
	assert_unwritable(&session, 0, "this form is not a string");
	session.address.port = 40000;
	assert_unwritable(&session, MTPROTO_STRING_SESSION_GRAMJS, "gramjs has no ports above 32767");
	strcpy(session.address.text, "example.org");
	assert_unwritable(&session, MTPROTO_STRING_SESSION_TELETHON, "the address is not an IP address");
	session.address.port = 0;
	assert_unwritable(&session, MTPROTO_STRING_SESSION_TELETHON, "the address of the data centre can't be used");
	session.dc = 10002;
	assert_unwritable(&session, MTPROTO_STRING_SESSION_TELETHON, "the data centre has no number from 1 to 255");
	read_vector(&session, "pyrogram");
	assert_unwritable(&session, MTPROTO_STRING_SESSION_PYROGRAM_OLD, "this form has user ids of 32 bits only");
	assert_int_equal(
		mtproto_string_session_write(text, sizeof(text), NULL, &session, MTPROTO_STRING_SESSION_PYROGRAM),
		MTPROTO_ERR_BUFFER);
	memset(session.auth_key, 0, 256);
	assert_unwritable(&session, MTPROTO_STRING_SESSION_PYROGRAM, "it has no auth_key");
}

/* ---- What is refused ---- */

static void assert_refused(const char *text, size_t len, int code, const char *expected)
{
	struct mtproto_string_session session;
	enum mtproto_string_session_form form = MTPROTO_STRING_SESSION_GOTD;
	const char *reason = NULL;

	assert_int_equal(read_text(&session, &form, &reason, text, len), code);
	assert_string_equal(reason, expected);
	assert_int_equal(form, 0);
	assert_int_equal(session.has, 0);
	assert_int_equal(session.dc, 0);
}

static void foreign_texts_are_refused_with_a_reason(void **state)
{
	char text[1024];

	(void)state;
	assert_refused("", 0, MTPROTO_ERR_TRUNCATED, "the session is empty");
	assert_refused(" \n ", 3, MTPROTO_ERR_TRUNCATED, "the session is empty");
	assert_refused("{\"Version\":1}", 13, MTPROTO_ERR_STATE_FORMAT, "this is JSON, perhaps a session of gotd");
	assert_refused("hello world", 11, MTPROTO_ERR_STATE_FORMAT,
		       "this is not base64: damaged, cut off or too long for a session");
	assert_refused("abcd", 4, MTPROTO_ERR_TRUNCATED, "the session is cut off, or of no known form");
	assert_refused("1", 1, MTPROTO_ERR_TRUNCATED, "the session is cut off");
	memset(text, 'A', sizeof(text));
	assert_refused(text, sizeof(text), MTPROTO_ERR_STATE_FORMAT,
		       "this is not base64: damaged, cut off or too long for a session");
	/* A Pyrogram string of zeros. */
	assert_refused(text, 362, MTPROTO_ERR_STATE_FORMAT, "there is no data centre 0");
	text[1] = 'Q';
	assert_refused(text, 362, MTPROTO_ERR_STATE_FORMAT, "it has no auth_key: nobody has signed in with it");
	text[0] = '_'; /* a version that is none */
	assert_refused(text, 400, MTPROTO_ERR_STATE_FORMAT, "this is none of the known forms");
}

static void newer_versions_are_told(void **state)
{
	char text[1024];

	(void)state;
	find_text(text, sizeof(text), "telethon");
	text[0] = '2';
	assert_refused(text, strlen(text), MTPROTO_ERR_STATE_VERSION, "a newer version of Telethon's form");
	find_text(text, sizeof(text), "mtcute");
	text[0] = 'B'; /* version 4, flags that belong to it */
	text[1] = 'A';
	assert_refused(text, strlen(text), MTPROTO_ERR_STATE_VERSION, "a newer version of mtcute's or ferogram's form");
}

/* Puts byte at offset at of what a vector decodes to, and expects the reason. */
static void assert_damage(const char *name, size_t at, uint8_t byte, const char *expected)
{
	unsigned base64 = MTPROTO_BASE64_URL | MTPROTO_BASE64_NO_PADDING;
	char text[1024], changed[1024];
	uint8_t bytes[512];
	size_t len;

	find_text(text, sizeof(text), name);
	assert_int_equal(mtproto_base64_decode(bytes, sizeof(bytes), &len, text, strlen(text), base64), 0);
	bytes[at] = byte;
	mtproto_base64_encode(changed, bytes, len, base64);
	assert_refused(changed, strlen(changed), MTPROTO_ERR_STATE_FORMAT, expected);
}

static void damage_is_refused_with_a_reason(void **state)
{
	(void)state;
	assert_damage("pyrogram", 5, 2, "a yes or no in it is neither");
	assert_damage("pyrogram", 0, 0, "there is no data centre 0");
	assert_damage("ferogram-v2", 2, 5, "the address in it is neither IPv4 nor IPv6");
	assert_damage("mtcute", 9, 3, "a data centre in it has an unknown form");
}

/* But one: the first 351 characters of Pyrogram's form are of its old form, and nothing can tell. */
static bool is_whole_again(const struct expected *expected, size_t len)
{
	return expected->form == MTPROTO_STRING_SESSION_PYROGRAM && len == 351;
}

/* What is as long as another form is read as that, and finds something else wrong. */
static bool is_as_long_as_a_form(size_t len)
{
	return len == 0 || len == 351 || len == 353 || len == 356 || len == 362 || len == 369;
}

static void every_cut_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LEN; i++) {
		struct mtproto_string_session session;
		char text[1024];

		find_text(text, sizeof(text), table[i].name);
		for (size_t len = 0; len < strlen(text); len++) {
			const char *reason = NULL;

			if (is_whole_again(&table[i], len))
				continue;
			assert_true(read_text(&session, NULL, &reason, text, len) < 0);
			assert_non_null(reason);
			if (!is_as_long_as_a_form(len) && !strstr(reason, "cut off"))
				fail_msg("%s cut to %zu: %s", table[i].name, len, reason);
		}
		strcat(text, "AAAA");
		assert_true(read_text(&session, NULL, NULL, text, strlen(text)) < 0);
	}
}

static void names_and_forms(void **state)
{
	enum mtproto_string_session_form form;

	(void)state;
	for (int i = MTPROTO_STRING_SESSION_TELETHON; i <= MTPROTO_STRING_SESSION_GOTD; i++) {
		const char *name = mtproto_string_session_form_name((enum mtproto_string_session_form)i);

		assert_int_equal(mtproto_string_session_form_from_name(&form, name), 0);
		assert_int_equal(form, i);
	}
	assert_int_equal(mtproto_string_session_form_from_name(&form, "ferogram"), 0);
	assert_int_equal(form, MTPROTO_STRING_SESSION_FEROGRAM_V2);
	assert_int_equal(mtproto_string_session_form_from_name(&form, "?"), MTPROTO_ERR_NOT_FOUND);
	assert_string_equal(mtproto_string_session_form_name(MTPROTO_STRING_SESSION_GOTD), "gotd");
	assert_string_equal(mtproto_string_session_form_name(MTPROTO_STRING_SESSION_GOTD + 1), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strings_of_the_libraries_are_read),
		cmocka_unit_test(what_only_some_forms_have_is_read),
		cmocka_unit_test(what_was_read_is_written_the_same),
		cmocka_unit_test(white_space_around_it_is_passed_over),
		cmocka_unit_test(a_session_changes_its_form),
		cmocka_unit_test(what_a_form_cannot_hold_is_refused),
		cmocka_unit_test(foreign_texts_are_refused_with_a_reason),
		cmocka_unit_test(newer_versions_are_told),
		cmocka_unit_test(damage_is_refused_with_a_reason),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(names_and_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
