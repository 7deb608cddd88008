#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int file_size(const char *path, size_t *size)
{
	struct stat info;

	*size = 0;
	if (stat(path, &info) != 0)
		return errno;
	if (S_ISDIR(info.st_mode))
		return EISDIR;
	*size = (size_t)info.st_size;
	return 0;
}

int file_read(const char *path, void *out, size_t cap, size_t *len)
{
	FILE *file = fopen(path, "rb");
	int error = 0;

	*len = 0;
	if (!file)
		return errno;
	*len = fread(out, 1, cap, file);
	if (ferror(file))
		error = errno ? errno : EIO;
	fclose(file);
	return error;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		data += written;
		len -= (size_t)written;
	}
	return 0;
}

/* Makes the renaming itself survive a crash. */
static int sync_directory_of(const char *path)
{
	char copy[PATH_MAX];
	int error = 0;
	int fd;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return ENAMETOOLONG;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fsync(fd) != 0 && errno != EINVAL) /* some file systems can't */
		error = errno;
	close(fd);
	return error;
}

int file_write(const char *path, mode_t mode, const void *data, size_t len)
{
	char temporary[PATH_MAX];
	int error;
	int fd;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return ENAMETOOLONG;
	fd = mkstemp(temporary); /* mode 0600 */
	if (fd < 0)
		return errno;
	error = write_all(fd, data, len);
	if (!error && fchmod(fd, mode) != 0)
		error = errno;
	if (!error && fsync(fd) != 0)
		error = errno;
	if (close(fd) != 0 && !error)
		error = errno;
	if (!error && rename(temporary, path) != 0)
		error = errno;
	if (error) {
		unlink(temporary);
		return error;
	}
	return sync_directory_of(path);
}
