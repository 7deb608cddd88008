#include "cli/session_file.h"

#include <mtproto/json.h>
#include <mtproto/session_store.h>
#include <mtproto/sqlite.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/file.h"

/* What every SQLite file begins with. */
static const char sqlite_magic[16] = "SQLite format 3";

/* Many times the size of any session that is a text. */
#define TEXT_MAX 65536

struct text {
	char bytes[TEXT_MAX];
	size_t len;
};

static int read_text(struct text *out, const char *path)
{
	if (strcmp(path, "-") != 0)
		return file_read(path, out->bytes, sizeof(out->bytes), &out->len);
	errno = 0;
	out->len = fread(out->bytes, 1, sizeof(out->bytes), stdin);
	return ferror(stdin) ? (errno ? errno : EIO) : 0;
}

static bool is_sqlite(const struct text *text)
{
	return text->len >= sizeof(sqlite_magic) && memcmp(text->bytes, sqlite_magic, sizeof(sqlite_magic)) == 0;
}

static bool is_json(const struct text *text)
{
	size_t i = 0;

	while (i < text->len && strchr(" \t\r\n", text->bytes[i]))
		i++;
	return i < text->len && text->bytes[i] == '{';
}

static int read_store(struct mtproto_string_session *out, const char *command, const char *path)
{
	struct mtproto_store store;
	int exit_code = session_store_open(&store, command, path, false);
	int error;

	if (exit_code != EXIT_OK)
		return exit_code;
	error = mtproto_session_store_read(out, &store);
	mtproto_store_close(&store);
	if (error)
		complain("%s: %s: %s", command, path,
			 error == MTPROTO_ERR_NOT_FOUND ? "it has no session yet" : mtproto_strerror(error));
	return error ? EXIT_BAD_INPUT : EXIT_OK;
}

int session_file_read(struct mtproto_string_session *out, const char **form, const char *command, const char *path)
{
	enum mtproto_string_session_form found = MTPROTO_STRING_SESSION_GOTD;
	const char *reason = "it is too long";
	struct text text = {.len = 0};
	int error = read_text(&text, path);
	int exit_code = EXIT_OK;

	*form = SESSION_STORE;
	if (error) {
		complain("%s: %s: %s", command, path, strerror(error));
		exit_code = EXIT_BAD_INPUT;
	} else if (is_sqlite(&text)) {
		exit_code = read_store(out, command, path);
	} else {
		error = MTPROTO_ERR_STATE_FORMAT;
		if (text.len < sizeof(text.bytes) && is_json(&text))
			error = mtproto_json_session_read(out, &reason, text.bytes, text.len);
		else if (text.len < sizeof(text.bytes))
			error = mtproto_string_session_read(out, &found, &reason, text.bytes, text.len);
		*form = mtproto_string_session_form_name(found);
		if (error) {
			complain("%s: %s: %s", command, path, reason);
			exit_code = EXIT_BAD_INPUT;
		}
	}
	mtproto_wipe(&text, sizeof(text));
	return exit_code;
}

int session_store_open(struct mtproto_store *out, const char *command, const char *path, bool create)
{
	char reason[256];
	int error = mtproto_store_open_sqlite(out, path, create, reason, sizeof(reason));

	if (!error)
		return EXIT_OK;
	complain("%s: %s: %s", command, path, reason[0] ? reason : mtproto_strerror(error));
	return error == MTPROTO_ERR_STATE ? EXIT_FAILED : EXIT_BAD_INPUT;
}

int session_file_expect_none(const char *command, const char *path)
{
	if (access(path, F_OK) != 0)
		return EXIT_OK;
	complain("%s: %s: it exists, and is not overwritten", command, path);
	return EXIT_BAD_INPUT;
}

int session_store_make(const char *command, const char *path, const struct mtproto_string_session *session,
		       bool is_signed_in)
{
	struct mtproto_store store;
	int exit_code = session_file_expect_none(command, path);
	int error;

	if (exit_code == EXIT_OK)
		exit_code = session_store_open(&store, command, path, true);
	if (exit_code != EXIT_OK)
		return exit_code;
	error = mtproto_session_store_write(&store, session, is_signed_in);
	mtproto_store_close(&store);
	if (error)
		complain("%s: %s: %s", command, path, mtproto_strerror(error));
	return error ? EXIT_FAILED : EXIT_OK;
}
