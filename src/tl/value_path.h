/* Paths and errors of values. */
#ifndef MTP_TL_VALUE_PATH_H
#define MTP_TL_VALUE_PATH_H

#include <mtproto/value.h>

/* Where a reader or writer is, and what it may still do. */
struct mtp_value_cursor {
	struct mtproto_value_path path;
	uint32_t values_left;
	struct mtproto_value_error *error; /* or NULL */
};

void mtp_value_cursor_init(struct mtp_value_cursor *cursor, struct mtproto_value_error *error);

/* Goes into a field or element: MTPROTO_ERR_LIMIT when it is too deep or there were too many. leave comes back. */
int mtp_value_enter(struct mtp_value_cursor *cursor, const char *name, uint32_t index);
void mtp_value_leave(struct mtp_value_cursor *cursor);

/* Fills the error. Returns code. */
#ifdef __GNUC__
__attribute__((format(printf, 3, 4)))
#endif
int mtp_value_fail(struct mtp_value_cursor *cursor, int code, const char *format, ...);

/* Takes the first step off a path, "[3]" or "name" or ".name": name gets its length, or is NULL for an index. False
 * when the path is at its end (*path is at the zero byte) or not of this form. */
bool mtp_value_step(const char **path, const char **name, size_t *name_len, uint32_t *index);

#endif
