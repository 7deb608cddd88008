/* Schemas that a command is given, as TL text or in the JSON form. */
#ifndef CLI_SCHEMA_FILES_H
#define CLI_SCHEMA_FILES_H

#include <mtproto/schema.h>

#include "cli/options.h"

/* The row of an option table for a member of type struct option_texts. */
#define SCHEMA_OPTION(offset)                                                                  \
	{                                                                                      \
		"schema", OPTION_TEXTS, offset, "FILE",                                        \
			"add a schema, TL or JSON, to the built-in one; may be repeated", 0, 0 \
	}

/* All bytes of a file, "-": of standard input, and a zero behind them, from malloc. NULL after a complaint. */
char *schema_read_file(const char *path, size_t *len);

/* The built-in schema and these on top. Complains and returns an exit code when one can't be used. */
int schema_load(struct mtproto_schema **out, const struct option_texts *files);

#endif
