#include "cli/trace_log.h"

#include <mtproto/trace.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"

#define MODE_SECRET 0600

/* A file that is there already may be readable by others: it is ours alone from now on. Others may write to it, too, or
 * both options may name it: whole lines go to its end. */
static FILE *open_secret(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, MODE_SECRET);
	struct stat info;
	FILE *file = NULL;
	int error;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &info) == 0 && (!S_ISREG(info.st_mode) || fchmod(fd, MODE_SECRET) == 0))
		file = fdopen(fd, "a");
	if (!file) {
		error = errno;
		close(fd);
		errno = error;
	}
	return file;
}

static int open_file(struct trace_file *out, const char *path, int flags, const char *command)
{
	if (!path)
		return EXIT_OK;
	out->path = path;
	out->file = strcmp(path, "-") == 0 ? stdout : open_secret(path, flags);
	if (!out->file) {
		complain("%s: %s: %s", command, path, strerror(errno));
		return EXIT_BAD_INPUT;
	}
	/* Whoever looks, or ends the program, finds whole lines. */
	setvbuf(out->file, NULL, _IOLBF, BUFSIZ);
	fputs(MTPROTO_TRACE_HEADER, out->file);
	return EXIT_OK;
}

int trace_log_open(struct trace_log *log, const struct trace_options *options, const char *command)
{
	int exit_code;

	memset(log, 0, sizeof(*log));
	mtproto_context_config_init(&log->context);
	if (options->bytes && !options->trace) {
		complain("%s --trace-bytes: only says what --trace writes", command);
		return EXIT_BAD_INPUT;
	}
	if (options->trace)
		log->context.trace |= options->bytes ? MTPROTO_TRACE_FLAG_STREAMS : MTPROTO_TRACE_FLAG_MESSAGES;
	if (options->key_log)
		log->context.trace |= MTPROTO_TRACE_FLAG_KEYS;
	exit_code = open_file(&log->trace, options->trace, O_TRUNC, command);
	return exit_code == EXIT_OK ? open_file(&log->keys, options->key_log, 0, command) : exit_code;
}

static bool make_room(struct trace_log *log, size_t size)
{
	char *grown;

	if (size <= log->line_cap)
		return true;
	grown = malloc(2 * size);
	if (!grown)
		return false;
	if (log->line)
		mtproto_wipe(log->line, log->line_cap);
	free(log->line);
	log->line = grown;
	log->line_cap = 2 * size;
	return true;
}

static void write_record(struct trace_log *log, FILE *file, const struct mtproto_trace *record)
{
	size_t len;

	if (mtproto_trace_format(NULL, 0, &len, record) || !make_room(log, len + 1) ||
	    mtproto_trace_format(log->line, log->line_cap, &len, record) || fwrite(log->line, 1, len, file) != len)
		log->failed = true;
}

void trace_log_event(struct trace_log *log, const struct mtproto_event *event)
{
	if (event->type == MTPROTO_EVENT_TRACE)
		write_record(log, log->trace.file, event->trace);
	else if (event->type == MTPROTO_EVENT_KEY_LOG)
		write_record(log, log->keys.file, event->trace);
}

static bool close_file(struct trace_file *out)
{
	bool good;

	if (!out->file)
		return true;
	good = fflush(out->file) == 0 && !ferror(out->file);
	if (out->file != stdout)
		good = fclose(out->file) == 0 && good;
	if (!good)
		complain("%s: not all of it could be written", out->path);
	out->file = NULL;
	return good;
}

int trace_log_close(struct trace_log *log, int exit_code)
{
	bool good = close_file(&log->trace);

	good = close_file(&log->keys) && good;
	if (good && log->failed)
		complain("a record could not be written");
	if (log->line)
		mtproto_wipe(log->line, log->line_cap);
	free(log->line);
	log->line = NULL;
	return (good && !log->failed) || exit_code != EXIT_OK ? exit_code : EXIT_FAILED;
}
