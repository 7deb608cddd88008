#include "cli/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"

#define MODE_SECRET 0600
#define MODE_PUBLIC 0644

/* ---- Reading ---- */

/* 0 or an errno value; the text is too long for a key when it fills the whole buffer. */
static int read_file(struct pem *out, const char *path)
{
	FILE *file = fopen(path, "rb");
	int error = 0;

	out->len = 0;
	if (!file)
		return errno;
	out->len = fread(out->text, 1, sizeof(out->text), file);
	if (ferror(file))
		error = errno ? errno : EIO;
	fclose(file);
	return error;
}

static int parse_pem(struct mtproto_rsa **out, const struct pem *pem, const char *path)
{
	int error = mtproto_rsa_from_pem(out, pem->text, pem->len);

	if (error)
		complain("%s: %s", path, mtproto_strerror(error));
	return exit_code_of(error);
}

int key_file_read_public(struct pem *out, const char *path)
{
	struct mtproto_rsa *key;
	int error = read_file(out, path);
	int exit_code;

	if (error) {
		complain("%s: %s", path, strerror(error));
		return EXIT_BAD_INPUT;
	}
	exit_code = parse_pem(&key, out, path);
	if (exit_code == EXIT_OK)
		mtproto_rsa_free(key);
	return exit_code;
}

/* ---- Writing ---- */

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, text, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		text += written;
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

/* The file appears under its name only when it is complete and on the disk. 0 or an errno value. */
static int write_file(const char *path, mode_t mode, const struct pem *pem)
{
	char temporary[PATH_MAX];
	int error;
	int fd;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return ENAMETOOLONG;
	fd = mkstemp(temporary); /* mode 0600 */
	if (fd < 0)
		return errno;
	error = write_all(fd, pem->text, pem->len);
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

static int write_key(const char *path, mode_t mode, const struct pem *pem)
{
	int error = write_file(path, mode, pem);

	if (error) {
		complain("%s: %s", path, strerror(error));
		return EXIT_BAD_INPUT;
	}
	return EXIT_OK;
}

/* ---- The two halves ---- */

static int export_public(struct pem *out, const struct mtproto_rsa *key)
{
	return mtproto_rsa_public_pem(key, out->text, sizeof(out->text), &out->len);
}

int key_generate(struct pem *private_half, struct pem *public_half)
{
	struct mtproto_rsa *key;
	int error = mtproto_rsa_generate(&key);

	if (!error) {
		error = mtproto_rsa_private_pem(key, private_half->text, sizeof(private_half->text),
						&private_half->len);
		if (!error)
			error = export_public(public_half, key);
		mtproto_rsa_free(key);
	}
	if (error)
		complain("no RSA key could be made: %s", mtproto_strerror(error));
	return exit_code_of(error);
}

/* The public half of a private key that was read. */
static int derive_public(struct pem *public_half, const struct pem *private_half, const char *path)
{
	struct mtproto_rsa *key;
	int exit_code = parse_pem(&key, private_half, path);

	if (exit_code != EXIT_OK)
		return exit_code;
	if (!mtproto_rsa_is_private(key)) {
		complain("%s: this is a public key, a server needs the private one", path);
		exit_code = EXIT_BAD_INPUT;
	} else {
		exit_code = exit_code_of(export_public(public_half, key));
	}
	mtproto_rsa_free(key);
	return exit_code;
}

/* A stale path.pub would send clients the wrong way. */
static int check_public_file(const struct pem *public_half, const char *path)
{
	struct mtproto_rsa *expected, *found;
	struct pem pem;
	int error = read_file(&pem, path);
	int exit_code;

	if (error == ENOENT)
		return write_key(path, MODE_PUBLIC, public_half);
	if (error) {
		complain("%s: %s", path, strerror(error));
		return EXIT_BAD_INPUT;
	}
	exit_code = parse_pem(&found, &pem, path);
	if (exit_code != EXIT_OK)
		return exit_code;
	exit_code = parse_pem(&expected, public_half, path);
	if (exit_code == EXIT_OK) {
		if (mtproto_rsa_fingerprint(found) != mtproto_rsa_fingerprint(expected)) {
			complain("%s: this is not the public half of the server's key", path);
			exit_code = EXIT_BAD_INPUT;
		}
		mtproto_rsa_free(expected);
	}
	mtproto_rsa_free(found);
	return exit_code;
}

int key_file_prepare(struct pem *private_half, struct pem *public_half, const char *path)
{
	char public_path[PATH_MAX];
	int error = read_file(private_half, path);
	int exit_code;

	if (snprintf(public_path, sizeof(public_path), "%s.pub", path) >= (int)sizeof(public_path))
		error = ENAMETOOLONG;
	if (error && error != ENOENT) {
		complain("%s: %s", path, strerror(error));
		return EXIT_BAD_INPUT;
	}
	if (error == ENOENT) {
		exit_code = key_generate(private_half, public_half);
		if (exit_code == EXIT_OK)
			exit_code = write_key(path, MODE_SECRET, private_half);
		if (exit_code == EXIT_OK)
			exit_code = write_key(public_path, MODE_PUBLIC, public_half);
		return exit_code;
	}
	exit_code = derive_public(public_half, private_half, path);
	if (exit_code != EXIT_OK)
		return exit_code;
	return check_public_file(public_half, public_path);
}
