/* Paths of values as text. */
#ifndef MTP_TL_VALUE_PATH_H
#define MTP_TL_VALUE_PATH_H

#include <mtproto/value.h>

/* Takes the first step off a path, "[3]" or "name" or ".name": name gets its length, or is NULL for an index. False
 * when the path is at its end (*path is at the zero byte) or not of this form. */
bool mtp_value_step(const char **path, const char **name, size_t *name_len, uint32_t *index);

#endif
