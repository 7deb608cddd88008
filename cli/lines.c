#include "cli/lines.h"

#include <mtproto/base.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void lines_init(struct lines *lines, FILE *file, size_t len_max)
{
	memset(lines, 0, sizeof(*lines));
	lines->file = file;
	lines->len_max = len_max;
}

/* A line may be a secret. */
static void drop_text(struct lines *lines)
{
	if (lines->text)
		mtproto_wipe(lines->text, lines->cap);
	free(lines->text);
	lines->text = NULL;
}

void lines_fini(struct lines *lines)
{
	drop_text(lines);
	lines->cap = lines->len = 0;
}

static bool grow(struct lines *lines)
{
	size_t cap = lines->cap ? 2 * lines->cap : 4096;
	char *text = malloc(cap);

	if (!text)
		return false;
	if (lines->len)
		memcpy(text, lines->text, lines->len);
	drop_text(lines);
	lines->text = text;
	lines->cap = cap;
	return true;
}

bool lines_next(struct lines *lines)
{
	int c;

	lines->len = 0;
	lines->too_long = false;
	lines->number++;
	errno = 0;
	while ((c = getc(lines->file)) != EOF && c != '\n') {
		if (lines->len == lines->len_max) {
			lines->too_long = true;
			continue;
		}
		if (lines->len == lines->cap && !grow(lines)) {
			errno = ENOMEM;
			return false;
		}
		lines->text[lines->len++] = (char)c;
	}
	if (c != EOF || (lines->len && !ferror(lines->file)))
		return true;
	if (!ferror(lines->file))
		errno = 0;
	return false;
}
