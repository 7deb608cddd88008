/* The store of <mtproto/store.h> in one SQLite file. Part of libmtproto-client. docs/store.md says what is in it.
 *
 * The file belongs to its owner alone (mode 0600) and to one process at a time: whoever opens it second is told so at
 * once, instead of waiting for a lock. Between two flushes nothing is written; a flush is one transaction, so after a
 * crash the file holds what the last flush left, all of it. While a flush is under way SQLite keeps a journal beside
 * the file, under the same name with -journal behind it: the two belong together. */
#ifndef MTPROTO_SQLITE_H
#define MTPROTO_SQLITE_H

#include <mtproto/base.h>
#include <mtproto/error.h>
#include <mtproto/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opens the store in the file at path, which is made when there is none and create is true. reason (may be NULL with
 * cap 0) gets a sentence about what is wrong, "" when nothing is.
 * Errors: MTPROTO_ERR_NOT_FOUND (no file), MTPROTO_ERR_IO (it can't be opened or written), MTPROTO_ERR_STATE (another
 * process has it open), MTPROTO_ERR_STATE_FORMAT (no store, or a damaged one), MTPROTO_ERR_STATE_VERSION (made by a
 * newer library), MTPROTO_ERR_MEMORY, MTPROTO_ERR_ARGUMENT (path is empty or begins with a colon, which SQLite takes
 * for no file). A file that is not a store is left as it is. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_store_open_sqlite(struct mtproto_store *out, const char *path, bool create,
							   char *reason, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
