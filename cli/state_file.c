#include "cli/state_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/file.h"

#define MODE_SECRET 0600

static void release(uint8_t *data, size_t len)
{
	if (data)
		mtproto_wipe(data, len);
	free(data);
}

int state_file_save(const struct mtproto_server *server, const char *path, bool with_sessions)
{
	size_t cap = 0, len = 0;
	uint8_t *data;
	int error;

	/* Without room it only says how much is needed. */
	error = mtproto_server_export(server, with_sessions, NULL, 0, &cap);
	data = error ? NULL : malloc(cap);
	if (!error && !data)
		error = MTPROTO_ERR_MEMORY;
	if (!error)
		error = mtproto_server_export(server, with_sessions, data, cap, &len);
	if (error) {
		complain("serve: %s: %s", path, mtproto_strerror(error));
	} else {
		error = file_write(path, MODE_SECRET, data, len);
		if (error)
			complain("serve: %s: %s", path, strerror(error));
	}
	release(data, cap);
	return error ? EXIT_FAILED : EXIT_OK;
}

static int read_state(struct mtproto_server *server, const char *path, size_t size)
{
	size_t len;
	uint8_t *data = malloc(size ? size : 1);
	int error = data ? file_read(path, data, size, &len) : ENOMEM;

	if (error) {
		complain("serve: %s: %s", path, strerror(error));
	} else {
		error = mtproto_server_import(server, data, len);
		if (error)
			complain("serve: %s: %s", path, mtproto_strerror(error));
	}
	release(data, size);
	return error ? EXIT_BAD_INPUT : EXIT_OK;
}

int state_file_load(struct mtproto_server *server, const char *path)
{
	size_t size;
	int error = file_size(path, &size);
	int exit_code = EXIT_OK;

	if (error && error != ENOENT) {
		complain("serve: %s: %s", path, strerror(error));
		return EXIT_BAD_INPUT;
	}
	if (!error)
		exit_code = read_state(server, path, size);
	if (exit_code != EXIT_OK)
		return exit_code;
	return state_file_save(server, path, false) == EXIT_OK ? EXIT_OK : EXIT_BAD_INPUT;
}
