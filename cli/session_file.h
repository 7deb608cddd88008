/* Sessions in files: strings and JSON of other libraries, and the store on SQLite that is our own form. */
#ifndef CLI_SESSION_FILE_H
#define CLI_SESSION_FILE_H

#include <mtproto/store.h>
#include <mtproto/string_session.h>

/* The name of our own form among theirs. */
#define SESSION_STORE "store"

/* Reads a session from a file, or with "-" from standard input, in whatever form it is; *form is the name of that. A
 * secret. Complains for the command and returns an exit code. */
int session_file_read(struct mtproto_string_session *out, const char **form, const char *command, const char *path);

/* Opens a store. Complains for the command and returns an exit code. */
int session_store_open(struct mtproto_store *out, const char *command, const char *path, bool create);

/* Complains when the file exists, which may be a session that is nowhere else, and returns an exit code. */
int session_file_expect_none(const char *command, const char *path);

/* Makes a store that holds this session. Complains, also when the file exists, and returns an exit code. */
int session_store_make(const char *command, const char *path, const struct mtproto_string_session *session,
		       bool is_signed_in);

#endif
