/* Whole files. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Reads up to cap bytes; *len is how many there were. 0 or an errno value. */
int file_read(const char *path, void *out, size_t cap, size_t *len);

/* The file appears under its name, and replaces what had it, only when it is complete and on the disk. 0 or an errno
 * value. */
int file_write(const char *path, mode_t mode, const void *data, size_t len);

/* How many bytes a file has. 0 or an errno value. */
int file_size(const char *path, size_t *size);

#endif
