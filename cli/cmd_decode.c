#include <errno.h>
#include <string.h>

#include "cli/command.h"
#include "cli/decode.h"
#include "cli/options.h"
#include "cli/schema_files.h"

struct decode_options {
	struct option_texts key_logs;
	struct option_texts schemas;
	bool json;
};

#define OFFSET(member) offsetof(struct decode_options, member)

static const struct option decode_option_table[] = {
	{"key-log", OPTION_TEXTS, OFFSET(key_logs), "FILE", "take keys from FILE; may be repeated", 0, 0},
	SCHEMA_OPTION(OFFSET(schemas)),
	{"json", OPTION_FLAG, OFFSET(json), NULL, "print a JSON object a line, with the values of what was said", 0, 0},
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

const struct syntax decode_syntax = {
	.command = "decode",
	.operand = "FILE",
	.summary =
		"Reads what --trace or --key-log wrote, or bytes captured in that format (- is standard input), and\n"
		"prints frames and messages, and what is in containers, answers and gzip_packed, one a line.\n"
		"A line that can't be read is told with its number on stderr; the next ones are read.",
	.tables = {decode_option_table},
};

static int decode_path(struct decoder *d, const char *path, bool keys_only)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "rb");

	if (!file) {
		complain("%s: %s", path, strerror(errno));
		return EXIT_BAD_INPUT;
	}
	decode_file(d, file, path, keys_only);
	if (!is_stdin)
		fclose(file);
	return EXIT_OK;
}

/* All keys first: a key log may be younger than what it opens. */
static int decode(struct decoder *d, const struct decode_options *options, const char *path)
{
	int exit_code = EXIT_OK;

	for (size_t i = 0; i < options->key_logs.count && exit_code == EXIT_OK; i++)
		exit_code = decode_path(d, options->key_logs.items[i], true);
	if (exit_code == EXIT_OK)
		exit_code = decode_path(d, path, false);
	return exit_code == EXIT_OK && d->failed ? EXIT_FAILED : exit_code;
}

int cmd_decode(int argc, char **argv)
{
	struct decoder decoder;
	struct decode_options options = {.json = false};
	struct mtproto_schema *schema;
	const char *path;
	int exit_code, error;

	if (!parse_arguments(&decode_syntax, argc, argv, &options, &path, &exit_code))
		return exit_code;
	exit_code = schema_load(&schema, &options.schemas);
	if (exit_code != EXIT_OK)
		return exit_code;
	error = decoder_init(&decoder, schema, options.json);
	if (error) {
		complain("decode: %s", mtproto_strerror(error));
		exit_code = EXIT_FAILED;
	} else {
		exit_code = decode(&decoder, &options, path);
	}
	decoder_fini(&decoder);
	mtproto_schema_free(schema);
	return exit_code;
}
