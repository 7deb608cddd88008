/* The memory of a data centre in a file. */
#ifndef CLI_STATE_FILE_H
#define CLI_STATE_FILE_H

#include <mtproto/server.h>

/* Gives a new server what the file holds; a file that does not exist holds nothing. The file is written again without
 * sessions: what happens from now on is not in it, so sessions may be taken from a file only once. Complains and
 * returns an exit code. */
int state_file_load(struct mtproto_server *server, const char *path);

/* Writes keys and, at a clean end, sessions, with mode 0600. Complains and returns an exit code. */
int state_file_save(const struct mtproto_server *server, const char *path, bool with_sessions);

#endif
