#include "cli/schema_files.h"

#include <mtproto/json.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

#define CHUNK 65536u

static char *read_all(FILE *file, size_t *len)
{
	char *text = NULL;
	size_t cap = 0;

	*len = 0;
	do {
		char *grown;

		if (*len + 1 >= cap) {
			cap = cap ? 2 * cap : CHUNK;
			grown = realloc(text, cap);
			if (!grown) {
				free(text);
				return NULL;
			}
			text = grown;
		}
		*len += fread(text + *len, 1, cap - *len - 1, file);
	} while (!feof(file) && !ferror(file) && *len <= MTPROTO_SCHEMA_TEXT_MAX);
	text[*len] = '\0';
	return text;
}

char *schema_read_file(const char *path, size_t *len)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "rb");
	char *text = NULL;

	errno = 0;
	if (file)
		text = read_all(file, len);
	if (!text || ferror(file)) {
		complain("%s: %s", path, strerror(errno ? errno : file ? EIO : ENOENT));
		free(text);
		text = NULL;
	}
	if (file && !is_stdin)
		fclose(file);
	return text;
}

/* A schema in JSON is one object; a TL text never begins with a brace. */
static bool is_json(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '{';
}

static int add_file(struct mtproto_schema_builder *builder, const char *path)
{
	size_t len;
	char *text = schema_read_file(path, &len);
	int error;

	if (!text)
		return EXIT_BAD_INPUT;
	if (is_json(text))
		error = mtproto_json_add_schema(builder, path, text, len);
	else
		error = mtproto_schema_builder_add_text(builder, path, text, len);
	free(text);
	return error;
}

int schema_load(struct mtproto_schema **out, const struct option_texts *files)
{
	struct mtproto_schema_builder *builder;
	int error = mtproto_schema_builder_new(&builder, NULL);
	char reason[512];

	*out = NULL;
	if (error) {
		complain("%s", mtproto_strerror(error));
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < files->count && !error; i++)
		error = add_file(builder, files->items[i]);
	if (!error)
		error = mtproto_schema_builder_finish(out, builder);
	if (error < 0) {
		mtproto_schema_error_text(reason, sizeof(reason), mtproto_schema_builder_error(builder));
		complain("%s", reason);
	}
	mtproto_schema_builder_free(builder);
	if (!error)
		return EXIT_OK;
	return error == MTPROTO_ERR_MEMORY ? EXIT_FAILED : EXIT_BAD_INPUT;
}
