/* mtproto schema: a table of commands of its own. */
#include <mtproto/json.h>
#include <mtproto/schema.h>
#include <mtproto/value.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/schema_files.h"

/* Memory of one object's tree, so that a hostile one ends with an error. */
#define TREE_SIZE_MAX (256u << 20)

struct schema_options {
	struct option_texts schemas;
	const char *type;
	bool strict;
	bool raw;
	bool indent;
};

#define OFFSET(member) offsetof(struct schema_options, member)
#define END                                            \
	{                                              \
		NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0 \
	}

/* ---- check ---- */

static const struct option check_table[] = {
	SCHEMA_OPTION(OFFSET(schemas)),
	{"strict", OPTION_FLAG, OFFSET(strict), NULL, "refuse ids that are not those of their declarations", 0, 0},
	END,
};

static const struct syntax schema_check_syntax = {
	.command = "schema check",
	.operand = "FILE",
	.summary = "Reads a schema on top of the built-in one and says what is in it.",
	.tables = {check_table},
};

/* The first id that differs ends a strict check; otherwise all are told. */
static bool tell_ids(const struct mtproto_schema *schema, const char *path, bool strict)
{
	for (uint32_t i = 0; i < mtproto_schema_count(schema); i++) {
		const struct mtproto_combinator *each = mtproto_schema_at(schema, i);
		struct mtproto_schema_error note = {.place = each->place};
		char text[512];

		if (each->id == each->id_computed || strcmp(each->place.source, path) != 0)
			continue;
		snprintf(note.reason, sizeof(note.reason), "%s has the id #%08x, its declaration gives #%08x",
			 each->name, (unsigned)each->id, (unsigned)each->id_computed);
		mtproto_schema_error_text(text, sizeof(text), &note);
		if (strict) {
			complain("%s", text);
			return false;
		}
		printf("%s\n", text);
	}
	return true;
}

static void print_summary(const struct mtproto_schema *schema, const char *path)
{
	unsigned constructors = 0, methods = 0;

	for (uint32_t i = 0; i < mtproto_schema_count(schema); i++) {
		const struct mtproto_combinator *each = mtproto_schema_at(schema, i);

		if (strcmp(each->place.source, path) == 0)
			(*(each->is_function ? &methods : &constructors))++;
	}
	printf("%s: ok, %u constructors, %u methods", path, constructors, methods);
	if (mtproto_schema_layer(schema))
		printf(", layer %u", (unsigned)mtproto_schema_layer(schema));
	putchar('\n');
}

static int check(int argc, char **argv)
{
	struct schema_options options = {.strict = false};
	struct mtproto_schema *schema;
	const char *path;
	int exit_code;

	if (!parse_arguments(&schema_check_syntax, argc, argv, &options, &path, &exit_code))
		return exit_code;
	if (options.schemas.count == OPTION_TEXTS_MAX) {
		complain("schema check --schema: given more than %d times", OPTION_TEXTS_MAX - 1);
		return EXIT_BAD_INPUT;
	}
	options.schemas.items[options.schemas.count++] = path;
	exit_code = schema_load(&schema, &options.schemas);
	if (exit_code == EXIT_OK && !tell_ids(schema, path, options.strict))
		exit_code = EXIT_BAD_INPUT;
	if (exit_code == EXIT_OK)
		print_summary(schema, path);
	mtproto_schema_free(schema);
	return exit_code;
}

/* ---- id ---- */

static const struct syntax schema_id_syntax = {
	.command = "schema id",
	.operand = "DECLARATION",
	.summary = "Prints the id of a declaration, the CRC32 of its normal form; - reads it from standard input.",
};

static int print_id(const char *text, size_t len)
{
	struct mtproto_schema_error error;
	uint32_t id;
	int code = mtproto_schema_compute_id(&id, text, len, &error);

	if (code) {
		complain("column %u: %s", (unsigned)error.place.column, error.reason);
		return exit_code_of(code);
	}
	printf("%08x\n", (unsigned)id);
	return EXIT_OK;
}

/* What an operand stands for: itself, or standard input. From malloc; NULL after a complaint. */
static char *text_of(const char *operand, size_t *len)
{
	char *copy;

	if (strcmp(operand, "-") == 0)
		return schema_read_file(operand, len);
	*len = strlen(operand);
	copy = malloc(*len + 1);
	if (copy)
		memcpy(copy, operand, *len + 1);
	else
		complain("%s", mtproto_strerror(MTPROTO_ERR_MEMORY));
	return copy;
}

static int id(int argc, char **argv)
{
	const char *operand;
	char *text;
	size_t len;
	int exit_code;

	if (!parse_arguments(&schema_id_syntax, argc, argv, NULL, &operand, &exit_code))
		return exit_code;
	text = text_of(operand, &len);
	if (!text)
		return EXIT_FAILED;
	exit_code = print_id(text, len);
	free(text);
	return exit_code;
}

/* ---- encode and decode ---- */

static const struct option encode_table[] = {
	SCHEMA_OPTION(OFFSET(schemas)),
	{"type", OPTION_TEXT, OFFSET(type), "TYPE", "what it is, such as Vector<long> (default: any object)", 0, 0},
	{"raw", OPTION_FLAG, OFFSET(raw), NULL, "print the bytes themselves instead of hexadecimal digits", 0, 0},
	END,
};

static const struct syntax schema_encode_syntax = {
	.command = "schema encode",
	.operand = "JSON",
	.summary = "Prints the bytes of an object that is given as JSON; - reads it from standard input.",
	.tables = {encode_table},
};

static const struct option decode_table[] = {
	SCHEMA_OPTION(OFFSET(schemas)),
	{"type", OPTION_TEXT, OFFSET(type), "TYPE", "what it is, such as Vector<long> (default: any object)", 0, 0},
	{"raw", OPTION_FLAG, OFFSET(raw), NULL, "read the bytes themselves instead of hexadecimal digits", 0, 0},
	{"indent", OPTION_FLAG, OFFSET(indent), NULL, "print a field a line", 0, 0},
	END,
};

static const struct syntax schema_decode_syntax = {
	.command = "schema decode",
	.operand = "HEX",
	.summary = "Prints an object as JSON; - reads it from standard input.",
	.tables = {decode_table},
};

/* What encode and decode work with. */
struct work {
	struct schema_options options;
	struct mtproto_schema *schema;
	struct mtproto_arena *arena;
	const struct mtproto_type *type;
	char *text;
	size_t len;
};

static int open_work(struct work *work, const char *operand)
{
	int exit_code = schema_load(&work->schema, &work->options.schemas);

	if (exit_code)
		return exit_code;
	if (work->options.type) {
		work->type = mtproto_schema_type(work->schema, work->options.type);
		if (!work->type) {
			complain("--type: no schema has the type %s", work->options.type);
			return EXIT_BAD_INPUT;
		}
	}
	work->text = text_of(operand, &work->len);
	if (!work->text || mtproto_arena_new(&work->arena, NULL, TREE_SIZE_MAX))
		return EXIT_FAILED;
	return EXIT_OK;
}

static void close_work(struct work *work)
{
	mtproto_schema_free(work->schema);
	mtproto_arena_free(work->arena);
	free(work->text);
}

static int complain_value(const struct mtproto_value_error *error)
{
	complain("%s%s%s", error->path, error->path[0] ? ": " : "", error->reason);
	return exit_code_of(error->code);
}

static int print_bytes(struct work *work, const struct mtproto_value *value)
{
	struct mtproto_value_error error;
	struct mtproto_tl_writer w;
	uint8_t *bytes;

	mtproto_tl_writer_init(&w, NULL, 0);
	if (mtproto_value_write(&w, value, work->type, &error))
		return complain_value(&error);
	bytes = mtproto_arena_alloc(work->arena, w.len);
	if (!bytes) {
		complain("%s", mtproto_strerror(mtproto_arena_error(work->arena)));
		return EXIT_FAILED;
	}
	mtproto_tl_writer_init(&w, bytes, w.len);
	if (mtproto_value_write(&w, value, work->type, &error))
		return complain_value(&error);
	if (work->options.raw) {
		fwrite(bytes, 1, w.len, stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < w.len; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
	return EXIT_OK;
}

static int encode(int argc, char **argv)
{
	struct work work = {.schema = NULL};
	struct mtproto_value_error error;
	struct mtproto_value value;
	const char *operand;
	int exit_code;

	if (!parse_arguments(&schema_encode_syntax, argc, argv, &work.options, &operand, &exit_code))
		return exit_code;
	exit_code = open_work(&work, operand);
	if (exit_code == EXIT_OK) {
		if (mtproto_json_decode(&value, work.arena, work.text, work.len, work.schema, work.type, &error))
			exit_code = complain_value(&error);
		else
			exit_code = print_bytes(&work, &value);
	}
	close_work(&work);
	return exit_code;
}

static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	if (!found)
		return -1;
	return (int)(found - digits) < 16 ? (int)(found - digits) : (int)(found - digits) - 6;
}

/* Turns hexadecimal digits into bytes, in place. White space is passed over. */
static bool read_hex(struct work *work)
{
	size_t digits = 0;

	for (size_t i = 0; i < work->len; i++) {
		int digit = digit_of(work->text[i]);

		if (work->text[i] && strchr(" \t\r\n", work->text[i]))
			continue;
		if (digit < 0) {
			complain("this is not a hexadecimal digit, at character %zu", i + 1);
			return false;
		}
		if (digits % 2 == 0)
			work->text[digits / 2] = (char)(digit << 4);
		else
			work->text[digits / 2] = (char)(work->text[digits / 2] | digit);
		digits++;
	}
	work->len = digits / 2;
	if (digits % 2)
		complain("the number of hexadecimal digits is odd");
	return digits % 2 == 0;
}

static int print_value(struct work *work)
{
	struct mtproto_value_error error;
	struct mtproto_tl_reader r;
	struct mtproto_value value;
	struct mtproto_span json;

	mtproto_tl_reader_init(&r, work->text, work->len);
	if (mtproto_value_read(&value, work->arena, &r, work->schema, work->type, &error))
		return complain_value(&error);
	if (mtproto_tl_left(&r)) {
		complain("%zu bytes follow the end of the object", mtproto_tl_left(&r));
		return EXIT_BAD_INPUT;
	}
	if (mtproto_json_encode(&json, work->arena, &value, work->schema, work->options.indent)) {
		complain("the object is too large");
		return EXIT_FAILED;
	}
	fwrite(json.data, 1, json.len, stdout);
	putchar('\n');
	return EXIT_OK;
}

static int decode(int argc, char **argv)
{
	struct work work = {.schema = NULL};
	const char *operand;
	int exit_code;

	if (!parse_arguments(&schema_decode_syntax, argc, argv, &work.options, &operand, &exit_code))
		return exit_code;
	exit_code = open_work(&work, operand);
	if (exit_code == EXIT_OK && !work.options.raw && !read_hex(&work))
		exit_code = EXIT_BAD_INPUT;
	if (exit_code == EXIT_OK)
		exit_code = print_value(&work);
	close_work(&work);
	return exit_code;
}

/* ---- The table ---- */

const struct command schema_commands[] = {
	{"check", "read a schema and say what is in it", check, &schema_check_syntax, NULL},
	{"id", "print the id of a declaration", id, &schema_id_syntax, NULL},
	{"encode", "turn JSON into the bytes of an object", encode, &schema_encode_syntax, NULL},
	{"decode", "turn the bytes of an object into JSON", decode, &schema_decode_syntax, NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

int cmd_schema(int argc, char **argv)
{
	return run_subcommand(schema_commands, "schema", "Works with TL schemas.", argc, argv);
}
