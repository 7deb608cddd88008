/* The id of a declaration: the CRC32 of its text in a normal form, in which there are no optional fields of type true,
 * bytes are strings, and types are applied by a space. Source: core.telegram.org/mtproto/TL-formal. */
#include "tl/schema_parts.h"

#include <string.h>

/* The longest word is a field: two names and a type. Longer ones are cut, which is harmless: names are bounded. */
#define WORD_MAX (4 * MTPROTO_SCHEMA_NAME_MAX)

struct normal_form {
	uint32_t crc;
	bool empty; /* no word yet */
	char word[WORD_MAX];
	size_t len;
};

static uint32_t crc32_add(uint32_t crc, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint8_t)text[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
	}
	return crc;
}

static bool ends_with(const struct normal_form *form, const char *text)
{
	size_t len = strlen(text);

	return form->len >= len && memcmp(form->word + form->len - len, text, len) == 0;
}

static void end_word(struct normal_form *form)
{
	const char *hash = form->empty ? memchr(form->word, '#', form->len) : NULL;

	if (hash && hash > form->word)
		form->len = (size_t)(hash - form->word);
	if (form->len == 0 || ends_with(form, "?true")) {
		form->len = 0;
		return;
	}
	if (!form->empty)
		form->crc = crc32_add(form->crc, " ", 1);
	if (ends_with(form, ":bytes") || ends_with(form, "?bytes")) {
		form->crc = crc32_add(form->crc, form->word, form->len - strlen("bytes"));
		form->crc = crc32_add(form->crc, "string", strlen("string"));
	} else {
		form->crc = crc32_add(form->crc, form->word, form->len);
	}
	form->empty = false;
	form->len = 0;
}

static const char *skip_comment(const char *pos, const char *end)
{
	bool is_line = pos[1] == '/';

	for (pos += 2; pos < end; pos++) {
		if (is_line && *pos == '\n')
			return pos;
		if (!is_line && pos + 1 < end && pos[0] == '*' && pos[1] == '/')
			return pos + 2;
	}
	return end;
}

uint32_t mtp_declaration_id(const char *text, size_t len)
{
	struct normal_form form = {.crc = 0xffffffffu, .empty = true};
	const char *end = text + len;

	while (text < end) {
		char c = *text;

		if (c == '/' && text + 1 < end && (text[1] == '/' || text[1] == '*')) {
			end_word(&form);
			text = skip_comment(text, end);
			continue;
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '<')
			end_word(&form);
		else if (!strchr(">{}()", c) && form.len < WORD_MAX)
			form.word[form.len++] = c;
		text++;
	}
	end_word(&form);
	return form.crc ^ 0xffffffffu;
}
