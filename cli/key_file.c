#include "cli/key_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/file.h"

#define MODE_SECRET 0600
#define MODE_PUBLIC 0644

/* ---- Reading ---- */

/* 0 or an errno value; the text is too long for a key when it fills the whole buffer. */
static int read_pem(struct pem *out, const char *path)
{
	return file_read(path, out->text, sizeof(out->text), &out->len);
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
	int error = read_pem(out, path);
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

static int write_key(const char *path, mode_t mode, const struct pem *pem)
{
	int error = file_write(path, mode, pem->text, pem->len);

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
	int error = read_pem(&pem, path);
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
	int error = read_pem(private_half, path);
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
