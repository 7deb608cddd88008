/* What --trace and --key-log ask for: records of the engine go to files as lines of text (docs/trace.md). */
#ifndef CLI_TRACE_LOG_H
#define CLI_TRACE_LOG_H

#include <mtproto/context.h>
#include <mtproto/event.h>
#include <stdio.h>

#include "cli/options.h"

struct trace_options {
	const char *trace;
	bool bytes;
	const char *key_log;
};

/* The rows of an option table for a member of type struct trace_options. */
#define TRACE_OPTION(offset)                                                                               \
	{                                                                                                  \
		"trace", OPTION_TEXT, (offset) + offsetof(struct trace_options, trace), "FILE",            \
			"write what goes over the wire to FILE, - is standard output; holds secrets", 0, 0 \
	}
#define TRACE_BYTES_OPTION(offset)                                                                                     \
	{                                                                                                              \
		"trace-bytes", OPTION_FLAG, (offset) + offsetof(struct trace_options, bytes), NULL,                    \
			"let --trace write the bytes of the streams, which a key log opens, instead of messages", 0, 0 \
	}
#define KEY_LOG_OPTION(offset)                                                                                         \
	{                                                                                                              \
		"key-log", OPTION_TEXT, (offset) + offsetof(struct trace_options, key_log), "FILE",                    \
			"add the keys to FILE, so that mtproto decode can read what was captured; holds secrets", 0, 0 \
	}

struct trace_file {
	const char *path; /* NULL: not asked for */
	FILE *file;
};

struct trace_log {
	struct mtproto_context_config context; /* the settings that make the engine tell; to be used once it is open */
	struct trace_file trace;
	struct trace_file keys;
	char *line;
	size_t line_cap;
	bool failed;
};

/* Opens the files, new ones with mode 0600; old ones get it. Complains for the command and returns an exit code. The
 * options' texts must outlive the log, which is to be closed in either case. */
int trace_log_open(struct trace_log *log, const struct trace_options *options, const char *command);

/* Writes the record of an event that is TRACE or KEY_LOG, and passes over others. */
void trace_log_event(struct trace_log *log, const struct mtproto_event *event);

/* Complains when not all could be written. Returns the exit code of what was traced, or that of the complaint. Legal on
 * a zeroed one. */
int trace_log_close(struct trace_log *log, int exit_code);

#endif
