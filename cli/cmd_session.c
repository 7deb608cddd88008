/* mtproto session: a table of commands of its own. */
#include <mtproto/crypto.h>
#include <mtproto/json.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/file.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/session_file.h"

#define MODE_SECRET   0600
#define JSON_SIZE_MAX 65536

struct session_options {
	bool secrets;
	bool json;
	const char *to;
	const char *out;
	int64_t user_id;
	int64_t api_id;
	bool bot;
	bool test;
};

#define OFFSET(member) offsetof(struct session_options, member)

/* ---- show ---- */

static const struct option show_table[] = {
	{"secrets", OPTION_FLAG, OFFSET(secrets), NULL, "print auth_key and server salt, too", 0, 0},
	JSON_OPTION(OFFSET(json)),
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const struct syntax show_syntax = {
	.command = "session show",
	.operand = "FILE",
	.summary =
		"Says what a session is of: a string of Telethon, gramjs, Pyrogram, mtcute or ferogram, JSON of gotd,\n"
		"or a store. - reads it from standard input. Who knows its secrets is signed in as its user: they are\n"
		"not shown unless --secrets asks for them.",
	.tables = {show_table},
};

static void format_address(char *out, size_t cap, const struct mtproto_session_address *address)
{
	snprintf(out, cap, strchr(address->text, ':') ? "[%s]:%u" : "%s:%u", address->text, (unsigned)address->port);
}

static void format_hex(char *out, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", data[i]);
}

static void show_text(const struct mtproto_string_session *session, const char *form, bool secrets)
{
	char address[MTPROTO_DC_ADDRESS_SIZE + 9];
	char key[2 * sizeof(session->auth_key) + 1];
	const char *environment = session->test ? ", test" : ", production";

	if (!(session->has & MTPROTO_SESSION_HAS_TEST))
		environment = ", production or test: it does not say";
	printf("form         %s\n", form);
	printf("data centre  %" PRId32 "%s\n", session->dc, environment);
	if (session->has & MTPROTO_SESSION_HAS_ADDRESS) {
		format_address(address, sizeof(address), &session->address);
		printf("address      %s\n", address);
	}
	if (session->has & MTPROTO_SESSION_HAS_MEDIA) {
		format_address(address, sizeof(address), &session->media);
		printf("for media    %" PRId32 ", %s\n", session->media.dc, address);
	}
	if (session->has & MTPROTO_SESSION_HAS_USER)
		printf("user         %" PRId64 "%s\n", session->user_id, session->bot ? ", a bot" : "");
	if (session->has & MTPROTO_SESSION_HAS_API_ID)
		printf("api_id       %" PRIu32 "\n", session->api_id);
	if (session->has & MTPROTO_SESSION_HAS_COUNTERS)
		printf("layer        %" PRIu32 "\n", session->layer);
	printf("auth_key_id  %016" PRIx64 "\n", mtproto_auth_key_id(session->auth_key));
	if (!secrets)
		return;
	if (session->has & MTPROTO_SESSION_HAS_SALT)
		printf("server_salt  %016" PRIx64 "\n", session->server_salt);
	format_hex(key, session->auth_key, sizeof(session->auth_key));
	printf("auth_key     %s\n", key);
	mtproto_wipe(key, sizeof(key));
}

static void show_json_secrets(struct json *json, const struct mtproto_string_session *session)
{
	char key[2 * sizeof(session->auth_key) + 1];

	if (session->has & MTPROTO_SESSION_HAS_SALT)
		json_hex(json, "server_salt", session->server_salt);
	format_hex(key, session->auth_key, sizeof(session->auth_key));
	json_text(json, "auth_key", key);
	mtproto_wipe(key, sizeof(key));
}

static void show_json(const struct mtproto_string_session *session, const char *form, bool secrets)
{
	char address[MTPROTO_DC_ADDRESS_SIZE + 9];
	struct json json;

	json_begin(&json);
	json_text(&json, "form", form);
	json_number(&json, "dc", session->dc);
	if (session->has & MTPROTO_SESSION_HAS_TEST)
		json_bool(&json, "test", session->test);
	if (session->has & MTPROTO_SESSION_HAS_ADDRESS) {
		format_address(address, sizeof(address), &session->address);
		json_text(&json, "address", address);
	}
	if (session->has & MTPROTO_SESSION_HAS_MEDIA) {
		json_number(&json, "media_dc", session->media.dc);
		format_address(address, sizeof(address), &session->media);
		json_text(&json, "media_address", address);
	}
	if (session->has & MTPROTO_SESSION_HAS_USER)
		json_number(&json, "user_id", session->user_id);
	if (session->has & MTPROTO_SESSION_HAS_BOT)
		json_bool(&json, "bot", session->bot);
	if (session->has & MTPROTO_SESSION_HAS_API_ID)
		json_number(&json, "api_id", session->api_id);
	if (session->has & MTPROTO_SESSION_HAS_COUNTERS)
		json_number(&json, "layer", session->layer);
	json_hex(&json, "auth_key_id", mtproto_auth_key_id(session->auth_key));
	if (secrets)
		show_json_secrets(&json, session);
	json_end(&json);
}

static int show(int argc, char **argv)
{
	struct session_options options = {.secrets = false};
	struct mtproto_string_session session;
	const char *path, *form;
	int exit_code;

	if (!parse_arguments(&show_syntax, argc, argv, &options, &path, &exit_code))
		return exit_code;
	exit_code = session_file_read(&session, &form, show_syntax.command, path);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (options.json)
		show_json(&session, form, options.secrets);
	else
		show_text(&session, form, options.secrets);
	mtproto_wipe(&session, sizeof(session));
	return EXIT_OK;
}

/* ---- convert ---- */

static const struct option convert_table[] = {
	{"to", OPTION_TEXT, OFFSET(to), "FORM",
	 "telethon, gramjs, pyrogram, pyrogram-old, pyrogram-old-64, mtcute, ferogram, ferogram-v1, gotd or store", 0,
	 0},
	{"out", OPTION_TEXT, OFFSET(out), "FILE", "write a new file, mode 0600, instead of standard output", 0, 0},
	{"user-id", OPTION_NUMBER, OFFSET(user_id), "N", "whose session it is, if it does not say", 1, INT64_MAX},
	{"api-id", OPTION_NUMBER, OFFSET(api_id), "N", "the application's number, if it does not say", 1, INT32_MAX},
	{"bot", OPTION_FLAG, OFFSET(bot), NULL, "the user is a bot, if it does not say", 0, 0},
	{"test", OPTION_FLAG, OFFSET(test), NULL, "it is of the test environment, if it does not say", 0, 0},
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const struct syntax convert_syntax = {
	.command = "session convert",
	.operand = "FILE",
	.summary = "Writes a session in the form of another library, or as a store for the other commands.\n"
		   "- reads it from standard input. What is written is as good as the account's password.",
	.tables = {convert_table},
};

/* What the session says itself counts. */
static void fill_in(struct mtproto_string_session *session, const struct session_options *options)
{
	if (options->user_id && !(session->has & MTPROTO_SESSION_HAS_USER)) {
		session->user_id = options->user_id;
		session->has |= MTPROTO_SESSION_HAS_USER;
	}
	if (options->api_id && !(session->has & MTPROTO_SESSION_HAS_API_ID)) {
		session->api_id = (uint32_t)options->api_id;
		session->has |= MTPROTO_SESSION_HAS_API_ID;
	}
	if (!(session->has & MTPROTO_SESSION_HAS_BOT)) {
		session->bot = options->bot;
		session->has |= session->has & MTPROTO_SESSION_HAS_USER ? MTPROTO_SESSION_HAS_BOT : 0;
	}
	if (!(session->has & MTPROTO_SESSION_HAS_TEST)) {
		session->test = options->test;
		session->has |= MTPROTO_SESSION_HAS_TEST;
	}
}

/* Pyrogram's forms have no address: most others need one. */
static int complete_address(struct mtproto_string_session *session)
{
	struct mtproto_dc_table *table;
	int error = mtproto_dc_table_new(&table, NULL, session->test);

	if (!error)
		error = mtproto_string_session_complete(session, table);
	mtproto_dc_table_free(table);
	/* A form that needs no address takes it without; the others say that they do. */
	return error == MTPROTO_ERR_NOT_FOUND ? 0 : error;
}

static int put_out(const struct session_options *options, const void *text, size_t len)
{
	int exit_code, error;

	if (!options->out) {
		fwrite(text, 1, len, stdout);
		return EXIT_OK;
	}
	exit_code = session_file_expect_none("session convert", options->out);
	if (exit_code != EXIT_OK)
		return exit_code;
	error = file_write(options->out, MODE_SECRET, text, len);
	if (error)
		complain("session convert: %s: %s", options->out, strerror(error));
	return error ? EXIT_BAD_INPUT : EXIT_OK;
}

static int write_string(const struct mtproto_string_session *session, enum mtproto_string_session_form form,
			const struct session_options *options)
{
	char text[MTPROTO_STRING_SESSION_SIZE + 1];
	const char *reason;
	int exit_code;

	if (mtproto_string_session_write(text, MTPROTO_STRING_SESSION_SIZE, &reason, session, form)) {
		complain("session convert: %s: %s", options->to, reason);
		return EXIT_BAD_INPUT;
	}
	strcat(text, "\n");
	exit_code = put_out(options, text, strlen(text));
	mtproto_wipe(text, sizeof(text));
	return exit_code;
}

static int write_gotd(const struct mtproto_string_session *session, const struct session_options *options)
{
	struct mtproto_arena *arena;
	struct mtproto_span text;
	const char *reason;
	int exit_code = EXIT_BAD_INPUT;

	if (mtproto_arena_new(&arena, NULL, JSON_SIZE_MAX)) {
		complain("session convert: %s", mtproto_strerror(MTPROTO_ERR_MEMORY));
		return EXIT_FAILED;
	}
	if (mtproto_json_session_write(&text, arena, &reason, session))
		complain("session convert: %s: %s", options->to, reason);
	else
		exit_code = put_out(options, text.data, text.len);
	mtproto_arena_free(arena);
	return exit_code;
}

static int write_any(const struct mtproto_string_session *session, const struct session_options *options)
{
	enum mtproto_string_session_form form;

	if (strcmp(options->to, SESSION_STORE) == 0) {
		if (options->out)
			return session_store_make("session convert", options->out, session, true);
		complain("session convert: a store is a file: name it by --out");
		return EXIT_BAD_INPUT;
	}
	if (mtproto_string_session_form_from_name(&form, options->to)) {
		complain("session convert --to: \"%s\" is no form of a session", options->to);
		return EXIT_BAD_INPUT;
	}
	return form == MTPROTO_STRING_SESSION_GOTD ? write_gotd(session, options)
						   : write_string(session, form, options);
}

static int convert(int argc, char **argv)
{
	struct session_options options = {.to = NULL};
	struct mtproto_string_session session;
	const char *path, *form;
	int exit_code, error;

	if (!parse_arguments(&convert_syntax, argc, argv, &options, &path, &exit_code))
		return exit_code;
	if (!options.to) {
		complain("session convert: needs --to FORM, see mtproto session convert --help");
		return EXIT_BAD_INPUT;
	}
	exit_code = session_file_read(&session, &form, convert_syntax.command, path);
	if (exit_code != EXIT_OK)
		return exit_code;
	fill_in(&session, &options);
	error = complete_address(&session);
	if (error) {
		complain("session convert: %s", mtproto_strerror(error));
		exit_code = EXIT_FAILED;
	} else {
		exit_code = write_any(&session, &options);
	}
	mtproto_wipe(&session, sizeof(session));
	return exit_code;
}

/* ---- The table ---- */

const struct command session_commands[] = {
	{"show", "say what a session is of", show, &show_syntax, NULL},
	{"convert", "write a session in another form", convert, &convert_syntax, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

int cmd_session(int argc, char **argv)
{
	return run_subcommand(session_commands, "session", "Works with sessions of this and other libraries.", argc,
			      argv);
}
