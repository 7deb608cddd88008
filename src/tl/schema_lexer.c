#include "tl/schema_parts.h"

#include <string.h>

void mtp_lexer_init(struct mtp_lexer *lexer, const char *text, size_t len)
{
	lexer->pos = len ? text : "";
	lexer->end = lexer->pos + len;
	lexer->line_start = lexer->pos;
	lexer->line = 1;
	lexer->layer = 0;
}

static bool starts_with(const struct mtp_lexer *lexer, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(lexer->end - lexer->pos) >= len && memcmp(lexer->pos, text, len) == 0;
}

static void advance(struct mtp_lexer *lexer)
{
	if (*lexer->pos++ == '\n') {
		lexer->line++;
		lexer->line_start = lexer->pos;
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.';
}

/* "// LAYER 228" is how a schema says which it is. */
static void note_layer(struct mtp_lexer *lexer, const char *comment, const char *end)
{
	static const char mark[] = "LAYER ";
	uint32_t layer = 0;

	while (comment < end && *comment == ' ')
		comment++;
	if ((size_t)(end - comment) < sizeof(mark) || memcmp(comment, mark, sizeof(mark) - 1) != 0)
		return;
	for (comment += sizeof(mark) - 1; comment < end && is_digit(*comment) && layer < 100000; comment++)
		layer = layer * 10 + (uint32_t)(*comment - '0');
	if (layer)
		lexer->layer = layer;
}

static void skip_line_comment(struct mtp_lexer *lexer)
{
	const char *start = lexer->pos + 2;

	while (lexer->pos < lexer->end && *lexer->pos != '\n')
		advance(lexer);
	note_layer(lexer, start, lexer->pos);
}

/* False when the comment has no end; it is then not passed over. */
static bool skip_block_comment(struct mtp_lexer *lexer)
{
	struct mtp_lexer start = *lexer;

	lexer->pos += 2;
	while (lexer->pos < lexer->end && !starts_with(lexer, "*/"))
		advance(lexer);
	if (lexer->pos == lexer->end) {
		*lexer = start;
		return false;
	}
	lexer->pos += 2;
	return true;
}

static bool skip_space(struct mtp_lexer *lexer)
{
	while (lexer->pos < lexer->end) {
		if (starts_with(lexer, "//"))
			skip_line_comment(lexer);
		else if (starts_with(lexer, "/*")) {
			if (!skip_block_comment(lexer))
				return false;
		} else if (strchr(" \t\r\n", *lexer->pos) && *lexer->pos)
			advance(lexer);
		else
			return true;
	}
	return true;
}

static bool take_section(struct mtp_lexer *lexer, struct mtp_token *token, const char *text, enum mtp_token_kind kind)
{
	if (!starts_with(lexer, text))
		return false;
	token->kind = kind;
	lexer->pos += strlen(text);
	return true;
}

struct mtp_token mtp_lexer_next(struct mtp_lexer *lexer)
{
	bool good = skip_space(lexer);
	struct mtp_token token = {MTP_TOKEN_BAD, lexer->pos, 0, lexer->line,
				  (uint32_t)(lexer->pos - lexer->line_start) + 1};

	if (!good)
		return token;
	if (lexer->pos == lexer->end) {
		token.kind = MTP_TOKEN_END;
	} else if (is_name_char(*lexer->pos)) {
		token.kind = MTP_TOKEN_NAME;
		while (lexer->pos < lexer->end && is_name_char(*lexer->pos))
			lexer->pos++;
	} else if (!take_section(lexer, &token, "---functions---", MTP_TOKEN_FUNCTIONS) &&
		   !take_section(lexer, &token, "---types---", MTP_TOKEN_TYPES)) {
		if (*lexer->pos && strchr(":;=?<>{}()[]*%!#,", *lexer->pos))
			token.kind = MTP_TOKEN_SIGN;
		lexer->pos++;
	}
	token.len = (size_t)(lexer->pos - token.text);
	return token;
}

bool mtp_token_is(const struct mtp_token *token, const char *text)
{
	return strlen(text) == token->len && memcmp(token->text, text, token->len) == 0;
}

bool mtp_read_hex(uint32_t *value, const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t result = 0;

	for (size_t i = 0; i < len; i++) {
		const char *digit = text[i] ? strchr(digits, text[i] | 0x20) : NULL;

		if (!digit)
			return false;
		result = result << 4 | (uint32_t)(digit - digits);
	}
	*value = result;
	return len > 0 && len <= 8;
}
