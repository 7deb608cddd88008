/* Text to declarations. Names are looked up later: a schema may use what it declares further down. */
#include "tl/schema_parts.h"

#include <string.h>

struct parser {
	struct mtproto_schema_builder *builder;
	struct mtp_lexer lexer;
	struct mtp_token token; /* the next one, not yet consumed */
	bool is_item;           /* places are in an array of items */
	uint32_t item;
	bool is_function;
	unsigned depth;
	int error;
};

static struct mtproto_schema_place place_of(const struct parser *p, uint32_t line, uint32_t column)
{
	struct mtproto_schema_place place = {p->builder->source, p->builder->section, line, column};

	if (p->is_item)
		place.line = p->item;
	return place;
}

static int fail(struct parser *p, const struct mtp_token *at, const char *what)
{
	struct mtproto_schema_place place = place_of(p, at->line, at->column);
	int shown = at->len > 40 ? 40 : (int)at->len;

	if (p->error)
		return p->error;
	if (at->kind == MTP_TOKEN_END)
		p->error = mtp_schema_fail(p->builder, MTPROTO_ERR_SCHEMA, place, "%s, not the end of the text", what);
	else if (at->kind == MTP_TOKEN_BAD)
		p->error = mtp_schema_fail(
			p->builder, MTPROTO_ERR_SCHEMA, place,
			at->len ? "%s, not a byte that means nothing in TL" : "%s, not a comment without an end", what);
	else
		p->error = mtp_schema_fail(p->builder, MTPROTO_ERR_SCHEMA, place, "%s, not \"%.*s\"", what, shown,
					   at->text);
	return p->error;
}

static int refuse(struct parser *p, const struct mtp_token *at, const char *reason)
{
	if (!p->error)
		p->error = mtp_schema_fail(p->builder, MTPROTO_ERR_SCHEMA, place_of(p, at->line, at->column), "%s",
					   reason);
	return p->error;
}

static void *take_memory(struct parser *p, struct mtproto_arena *arena, size_t size)
{
	void *memory = p->error ? NULL : mtproto_arena_alloc(arena, size);

	if (!memory && !p->error)
		p->error = mtp_schema_no_room(p->builder, arena);
	return memory;
}

static void next(struct parser *p)
{
	p->token = mtp_lexer_next(&p->lexer);
}

static bool is_sign(const struct parser *p, char sign)
{
	return p->token.kind == MTP_TOKEN_SIGN && *p->token.text == sign;
}

static bool accept(struct parser *p, char sign)
{
	if (p->error || !is_sign(p, sign))
		return false;
	next(p);
	return true;
}

static void expect(struct parser *p, char sign, const char *what)
{
	if (!accept(p, sign))
		fail(p, &p->token, what);
}

/* A copy of a name in the schema's memory, or NULL after an error. */
static const char *keep_name(struct parser *p, const struct mtp_token *token)
{
	char *name;

	if (p->error)
		return NULL;
	if (token->kind != MTP_TOKEN_NAME) {
		fail(p, token, "a name is expected here");
		return NULL;
	}
	if (token->len > MTPROTO_SCHEMA_NAME_MAX) {
		refuse(p, token, "this name is too long");
		return NULL;
	}
	name = take_memory(p, p->builder->schema->arena, token->len + 1);
	if (name)
		memcpy(name, token->text, token->len);
	return name;
}

static const char *take_name(struct parser *p)
{
	const char *name = keep_name(p, &p->token);

	next(p);
	return name;
}

/* ---- Types ---- */

static struct mtp_type_text *parse_term(struct parser *p);

/* One term, or Vector and what it is of: "Vector long". */
static struct mtp_type_text *parse_application(struct parser *p)
{
	struct mtp_type_text *type = parse_term(p);

	if (type && (p->token.kind == MTP_TOKEN_NAME || is_sign(p, '%') || is_sign(p, '('))) {
		if (type->element)
			refuse(p, &p->token, "a type takes one argument at most");
		type->element = parse_term(p);
	}
	return type;
}

static struct mtp_type_text *parse_named(struct parser *p)
{
	struct mtp_type_text *type = take_memory(p, p->builder->texts, sizeof(*type));

	if (!type)
		return NULL;
	type->line = p->token.line;
	type->column = p->token.column;
	if (is_sign(p, '#')) {
		type->name = "#";
		next(p);
		return type;
	}
	type->name = take_name(p);
	if (accept(p, '<')) {
		type->element = parse_application(p);
		expect(p, '>', "\">\" is expected here");
	}
	return type;
}

static struct mtp_type_text *parse_term(struct parser *p)
{
	struct mtp_token start = p->token;
	bool bare = accept(p, '%');
	bool call = !bare && accept(p, '!');
	struct mtp_type_text *type;

	if (++p->depth > MTPROTO_SCHEMA_NESTING_MAX)
		refuse(p, &start, "types are nested too deep");
	if (p->error)
		return NULL;
	if (accept(p, '(')) {
		type = parse_application(p);
		expect(p, ')', "\")\" is expected here");
	} else {
		type = parse_named(p);
	}
	p->depth--;
	if (!type || p->error)
		return NULL;
	type->bare = type->bare || bare;
	type->call = type->call || call;
	return type;
}

/* ---- Fields ---- */

/* "flags.3" before a question mark: the field that decides, and the bit. */
static void parse_condition(struct parser *p, const struct mtp_token *token, struct mtp_field_text *field)
{
	struct mtp_token name = *token;
	size_t dot = token->len;
	uint32_t bit = 0;

	while (dot > 0 && token->text[dot - 1] != '.')
		dot--;
	if (dot < 2 || dot == token->len || token->len - dot > 2) {
		fail(p, token, "a condition such as flags.0 is expected here");
		return;
	}
	for (size_t i = dot; i < token->len; i++) {
		if (token->text[i] < '0' || token->text[i] > '9') {
			fail(p, token, "a condition such as flags.0 is expected here");
			return;
		}
		bit = bit * 10 + (uint32_t)(token->text[i] - '0');
	}
	if (bit > 31)
		refuse(p, token, "flags have the bits 0 to 31");
	name.len = dot - 1;
	field->flags = keep_name(p, &name);
	field->bit = bit;
}

/* The type of a field, after its colon. A condition is seen by the question mark behind it. */
static void parse_field_type(struct parser *p, struct mtp_field_text *field)
{
	struct parser before = *p;

	if (p->token.kind == MTP_TOKEN_NAME) {
		next(p);
		if (accept(p, '?')) {
			parse_condition(p, &before.token, field);
		} else {
			p->lexer = before.lexer;
			p->token = before.token;
		}
	}
	field->type = parse_term(p);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct mtp_field_text *parse_field(struct parser *p)
{
	struct mtp_field_text *field;

	if (is_sign(p, '[') || is_sign(p, '*')) {
		refuse(p, &p->token, "repetitions are for vectors only");
		return NULL;
	}
	field = take_memory(p, p->builder->texts, sizeof(*field));
	if (!field)
		return NULL;
	if (is_sign(p, '#') || is_sign(p, '!') || is_sign(p, '%')) {
		fail(p, &p->token, "a field needs a name and a colon before its type");
		return NULL;
	}
	if (p->token.kind == MTP_TOKEN_NAME && !is_letter(*p->token.text)) {
		fail(p, &p->token, "a name that begins with a letter is expected here");
		return NULL;
	}
	field->name = take_name(p);
	expect(p, ':', "\":\" is expected here: a field is name:type");
	if (!p->error)
		parse_field_type(p, field);
	return field;
}

/* "{X:Type}" */
static void parse_variable(struct parser *p, struct mtp_declaration *declaration)
{
	struct mtp_token at = p->token;

	if (declaration->variable || declaration->fields)
		refuse(p, &at, "one {X:Type} may stand, before all fields");
	declaration->variable = take_name(p);
	expect(p, ':', "\":\" is expected here: {X:Type}");
	if (!p->error && !mtp_token_is(&p->token, "Type"))
		fail(p, &p->token, "\"Type\" is expected here");
	next(p);
	expect(p, '}', "\"}\" is expected here");
}

static void parse_fields(struct parser *p, struct mtp_declaration *declaration)
{
	struct mtp_field_text **last = &declaration->fields;
	struct mtproto_combinator *combinator = &declaration->entry->combinator;

	while (!p->error && !is_sign(p, '=')) {
		if (p->token.kind == MTP_TOKEN_END || is_sign(p, ';')) {
			fail(p, &p->token, "\"=\" is expected here");
			return;
		}
		if (accept(p, '{')) {
			parse_variable(p, declaration);
			continue;
		}
		if (combinator->field_count == MTPROTO_SCHEMA_FIELDS_MAX) {
			refuse(p, &p->token, "too many fields");
			return;
		}
		*last = parse_field(p);
		if (!*last)
			return;
		last = &(*last)->next;
		combinator->field_count++;
	}
}

/* ---- Declarations ---- */

/* Types that are part of the language. Schemas declare them in notations of their own, which say nothing new. */
static bool is_native(const struct mtp_token *name)
{
	static const char *const names[] = {"int",    "long",   "double", "string",   "bytes",  "int128",
					    "int256", "vector", "object", "function", "Object", NULL};

	for (size_t i = 0; names[i]; i++)
		if (mtp_token_is(name, names[i]))
			return true;
	return false;
}

static void skip_native(struct parser *p)
{
	bool equals = false;

	while (!p->error && !is_sign(p, ';')) {
		equals = equals || is_sign(p, '=');
		if (p->token.kind != MTP_TOKEN_NAME && p->token.kind != MTP_TOKEN_SIGN)
			fail(p, &p->token, "\";\" is expected here");
		next(p);
	}
	if (!p->error && !equals)
		fail(p, &p->token, "\"=\" is expected here");
	next(p);
}

static bool is_small(const struct mtp_token *name)
{
	size_t start = name->len;

	while (start > 0 && name->text[start - 1] != '.')
		start--;
	return start < name->len && name->text[start] >= 'a' && name->text[start] <= 'z';
}

/* "#1a2b3c4d" directly behind the name. */
static bool parse_id(struct parser *p, const struct mtp_token *name, uint32_t *id)
{
	struct mtp_token at;

	if (!is_sign(p, '#') || p->token.text != name->text + name->len)
		return false;
	at = p->token;
	next(p);
	if (p->token.kind != MTP_TOKEN_NAME || p->token.text != at.text + 1 ||
	    !mtp_read_hex(id, p->token.text, p->token.len)) {
		fail(p, &p->token, "an id of at most 8 hexadecimal digits is expected here");
		return false;
	}
	next(p);
	return true;
}

static struct mtp_declaration *new_declaration(struct parser *p, const struct mtp_token *name)
{
	struct mtp_declaration *declaration = take_memory(p, p->builder->texts, sizeof(*declaration));
	struct mtp_combinator_entry *entry = take_memory(p, p->builder->schema->arena, sizeof(*entry));

	if (p->error)
		return NULL;
	if (p->builder->schema->count == MTPROTO_SCHEMA_COMBINATORS_MAX) {
		p->error = mtp_schema_fail(p->builder, MTPROTO_ERR_LIMIT, place_of(p, name->line, name->column),
					   "more than %u declarations", MTPROTO_SCHEMA_COMBINATORS_MAX);
		return NULL;
	}
	declaration->entry = entry;
	entry->combinator.is_function = p->is_function;
	entry->combinator.place = place_of(p, name->line, name->column);
	entry->combinator.name = keep_name(p, name);
	return declaration;
}

static void parse_declaration(struct parser *p)
{
	struct mtp_token name = p->token;
	struct mtp_declaration *declaration;
	struct mtproto_combinator *combinator;
	bool has_id;

	if (name.kind != MTP_TOKEN_NAME) {
		fail(p, &name, "a declaration is expected here");
		return;
	}
	if (is_native(&name)) {
		skip_native(p);
		return;
	}
	if (!is_small(&name)) {
		fail(p, &name, "the name of a constructor or method, with a small letter, is expected here");
		return;
	}
	declaration = new_declaration(p, &name);
	next(p);
	if (!declaration)
		return;
	combinator = &declaration->entry->combinator;
	has_id = parse_id(p, &name, &combinator->id);
	parse_fields(p, declaration);
	expect(p, '=', "\"=\" is expected here");
	declaration->result = parse_application(p);
	if (!p->error && !is_sign(p, ';') && !(p->is_item && p->token.kind == MTP_TOKEN_END))
		fail(p, &p->token, "\";\" is expected here");
	if (p->error)
		return;
	combinator->id_computed = mtp_declaration_id(name.text, (size_t)(p->token.text - name.text));
	if (!has_id)
		combinator->id = combinator->id_computed;
	*p->builder->last = declaration;
	p->builder->last = &declaration->next;
	p->builder->schema->count++;
	accept(p, ';');
}

static void start(struct parser *p, struct mtproto_schema_builder *builder, const char *text, size_t len)
{
	memset(p, 0, sizeof(*p));
	p->builder = builder;
	mtp_lexer_init(&p->lexer, text, len);
	next(p);
}

int mtp_schema_parse(struct mtproto_schema_builder *builder, const char *text, size_t len)
{
	struct parser p;

	start(&p, builder, text, len);
	while (!p.error && p.token.kind != MTP_TOKEN_END) {
		if (p.token.kind == MTP_TOKEN_TYPES || p.token.kind == MTP_TOKEN_FUNCTIONS) {
			p.is_function = p.token.kind == MTP_TOKEN_FUNCTIONS;
			next(&p);
		} else {
			parse_declaration(&p);
		}
	}
	if (p.lexer.layer)
		builder->schema->layer = p.lexer.layer;
	return p.error;
}

int mtp_schema_parse_item(struct mtproto_schema_builder *builder, uint32_t index, bool is_function, const char *text,
			  size_t len)
{
	struct parser p;

	start(&p, builder, text, len);
	p.is_item = true;
	p.item = index;
	p.is_function = is_function;
	parse_declaration(&p);
	if (!p.error && p.token.kind != MTP_TOKEN_END)
		fail(&p, &p.token, "the end of the declaration is expected here");
	return p.error;
}
