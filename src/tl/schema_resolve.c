/* What the types of fields mean. */
#include "tl/schema_parts.h"

#include <stdio.h>
#include <string.h>

struct native {
	const char *name;
	enum mtproto_type_kind kind;
};

static const struct native natives[] = {
	{"#", MTPROTO_TYPE_NAT},         {"int", MTPROTO_TYPE_INT},       {"long", MTPROTO_TYPE_LONG},
	{"double", MTPROTO_TYPE_DOUBLE}, {"int128", MTPROTO_TYPE_INT128}, {"int256", MTPROTO_TYPE_INT256},
	{"string", MTPROTO_TYPE_STRING}, {"bytes", MTPROTO_TYPE_BYTES},   {"Bool", MTPROTO_TYPE_BOOL},
	{"true", MTPROTO_TYPE_TRUE},     {"Object", MTPROTO_TYPE_OBJECT}, {"object", MTPROTO_TYPE_OBJECT},
};

#define NATIVES (sizeof(natives) / sizeof(natives[0]))

static struct mtp_type_entry *native_entry(struct mtproto_schema *schema, enum mtproto_type_kind kind)
{
	schema->natives[kind].type.kind = kind;
	return &schema->natives[kind];
}

struct mtp_type_entry *mtp_schema_native(struct mtproto_schema *schema, const char *name)
{
	for (size_t i = 0; i < NATIVES; i++)
		if (strcmp(natives[i].name, name) == 0)
			return native_entry(schema, natives[i].kind);
	return NULL;
}

bool mtp_name_is_small(const char *name)
{
	const char *dot = strrchr(name, '.');
	char first = dot ? dot[1] : name[0];

	return first >= 'a' && first <= 'z';
}

static bool is_vector(const char *name)
{
	return strcmp(name, "Vector") == 0 || strcmp(name, "vector") == 0;
}

struct resolver {
	struct mtproto_schema_builder *builder;
	const struct mtp_declaration *declaration;
};

static struct mtproto_schema_place place_in(const struct resolver *r, const struct mtp_type_text *text)
{
	struct mtproto_schema_place place = r->declaration->entry->combinator.place;

	if (!place.section) {
		place.line = text->line;
		place.column = text->column;
	}
	return place;
}

static struct mtp_type_entry *refuse(struct resolver *r, const struct mtp_type_text *text, const char *format)
{
	mtp_schema_fail(r->builder, MTPROTO_ERR_SCHEMA, place_in(r, text), "%s: %s",
			r->declaration->entry->combinator.name, format);
	return NULL;
}

static struct mtp_type_entry *no_room(struct resolver *r)
{
	mtp_schema_no_room(r->builder, r->builder->schema->arena);
	return NULL;
}

static struct mtp_type_entry *unknown(struct resolver *r, const struct mtp_type_text *text)
{
	mtp_schema_fail(r->builder, MTPROTO_ERR_SCHEMA, place_in(r, text), "%s: unknown type %s",
			r->declaration->entry->combinator.name, text->name);
	return NULL;
}

static struct mtp_type_entry *resolve(struct resolver *r, const struct mtp_type_text *text);

static struct mtp_type_entry *resolve_vector(struct resolver *r, const struct mtp_type_text *text)
{
	bool bare = text->bare || text->name[0] == 'v';
	struct mtp_type_entry *element, **cached;

	if (!text->element)
		return refuse(r, text, "a vector of what?");
	element = resolve(r, text->element);
	if (!element)
		return NULL;
	cached = bare ? &element->bare_vector : &element->vector;
	if (*cached)
		return *cached;
	*cached = mtproto_arena_alloc(r->builder->schema->arena, sizeof(**cached));
	if (!*cached)
		return no_room(r);
	(*cached)->type.kind = bare ? MTPROTO_TYPE_BARE_VECTOR : MTPROTO_TYPE_VECTOR;
	(*cached)->type.element = &element->type;
	return *cached;
}

/* combinator is not const in the memory of the builder that is at work. */
static struct mtp_type_entry *bare_entry(const struct mtproto_combinator *combinator)
{
	struct mtp_combinator_entry *entry = (struct mtp_combinator_entry *)(uintptr_t)combinator;

	entry->bare.type.kind = MTPROTO_TYPE_BARE;
	entry->bare.type.bare = combinator;
	return &entry->bare;
}

/* A constructor of that name: of the same source if it has one, so that a later schema does not change what an earlier
 * one means; else the newest. */
static struct mtp_type_entry *resolve_constructor(struct resolver *r, const struct mtp_type_text *text)
{
	const char *source = r->declaration->entry->combinator.place.source;
	const struct mtproto_combinator *newest = NULL, *found;
	uint32_t at = 0;

	while ((found = mtp_schema_next_of_name(r->builder->schema, text->name, &at)) != NULL) {
		if (found->is_function)
			continue;
		if (found->place.source == source)
			return bare_entry(found);
		if (!newest)
			newest = found;
	}
	return newest ? bare_entry(newest) : unknown(r, text);
}

/* Only the built-in schema may use types that it does not declare. */
static bool may_leave_open(const struct resolver *r)
{
	return strcmp(r->declaration->entry->combinator.place.source, MTP_SCHEMA_BUILTIN_SOURCE) == 0;
}

static struct mtp_type_entry *resolve_named(struct resolver *r, const struct mtp_type_text *text)
{
	struct mtp_named_entry *entry = mtp_schema_named(r->builder->schema, text->name);

	if (!entry && !may_leave_open(r))
		return unknown(r, text);
	if (!entry)
		entry = mtp_schema_add_named(r->builder->schema, text->name);
	if (!entry)
		return no_room(r);
	if (!text->bare)
		return &entry->boxed;
	if (entry->named.constructor_count != 1)
		return refuse(r, text, "% stands before a type that has not exactly one constructor");
	return bare_entry(entry->named.constructors[0]);
}

static struct mtp_type_entry *resolve(struct resolver *r, const struct mtp_type_text *text)
{
	struct mtproto_schema *schema = r->builder->schema;
	bool variable = r->declaration->variable && strcmp(text->name, r->declaration->variable) == 0;
	struct mtp_type_entry *native;

	if (text->call && !variable)
		return refuse(r, text, "! stands before a type that is no variable");
	if (is_vector(text->name))
		return resolve_vector(r, text);
	if (text->element)
		return refuse(r, text, "only a vector is of another type");
	if (variable)
		return native_entry(schema, text->call ? MTPROTO_TYPE_FUNCTION : MTPROTO_TYPE_OBJECT);
	native = mtp_schema_native(schema, text->name);
	if (native)
		return native;
	return mtp_name_is_small(text->name) ? resolve_constructor(r, text) : resolve_named(r, text);
}

/* ---- Fields ---- */

static int find_flags(struct resolver *r, const struct mtp_field_text *text, struct mtproto_field *fields,
		      uint32_t index)
{
	uint32_t word = 0;

	for (uint32_t i = 0; i < index; i++) {
		if (strcmp(fields[i].name, text->flags) != 0) {
			word += fields[i].type->kind == MTPROTO_TYPE_NAT;
			continue;
		}
		if (fields[i].type->kind != MTPROTO_TYPE_NAT || fields[i].flags != MTPROTO_FIELD_ALWAYS)
			break;
		fields[index].flags = i;
		fields[index].word = word;
		fields[index].bit = text->bit;
		return 0;
	}
	return mtp_schema_fail(r->builder, MTPROTO_ERR_SCHEMA, place_in(r, text->type),
			       "%s: %s is no earlier field of type #", r->declaration->entry->combinator.name,
			       text->flags);
}

static int resolve_field(struct resolver *r, const struct mtp_field_text *text, struct mtproto_field *fields,
			 uint32_t index)
{
	struct mtproto_field *field = &fields[index];
	struct mtp_type_entry *type;

	for (uint32_t i = 0; i < index; i++)
		if (strcmp(fields[i].name, text->name) == 0)
			return mtp_schema_fail(r->builder, MTPROTO_ERR_SCHEMA, place_in(r, text->type),
					       "%s: two fields have the name %s",
					       r->declaration->entry->combinator.name, text->name);
	type = resolve(r, text->type);
	if (!type)
		return r->builder->error.code;
	field->name = text->name;
	field->type = &type->type;
	field->flags = MTPROTO_FIELD_ALWAYS;
	return text->flags ? find_flags(r, text, fields, index) : 0;
}

static int resolve_result(struct resolver *r)
{
	struct mtproto_combinator *combinator = &r->declaration->entry->combinator;
	const struct mtp_type_text *text = r->declaration->result;
	struct mtp_type_entry *type;

	/* "gzip_packed ... = Object", "boolTrue = Bool": what is native is a named type, too, where it is declared. */
	if (combinator->is_function)
		type = resolve(r, text);
	else if (text->element || text->bare || text->call || mtp_name_is_small(text->name) || text->name[0] == '#' ||
		 (r->declaration->variable && strcmp(text->name, r->declaration->variable) == 0))
		type = refuse(r, text, "a constructor belongs to a type whose name begins with a capital");
	else
		type = &mtp_schema_named(r->builder->schema, text->name)->boxed;
	if (!type)
		return r->builder->error.code;
	combinator->result = &type->type;
	return 0;
}

static int check_nats(struct resolver *r)
{
	const struct mtproto_combinator *combinator = &r->declaration->entry->combinator;
	uint32_t count = 0;

	for (uint32_t i = 0; i < combinator->field_count; i++)
		count += combinator->fields[i].type->kind == MTPROTO_TYPE_NAT;
	if (count <= MTPROTO_SCHEMA_NATS_MAX)
		return 0;
	return mtp_schema_fail(r->builder, MTPROTO_ERR_LIMIT, combinator->place, "%s: more than %u fields of type #",
			       combinator->name, MTPROTO_SCHEMA_NATS_MAX);
}

static int resolve_declaration(struct resolver *r)
{
	struct mtproto_combinator *combinator = &r->declaration->entry->combinator;
	struct mtproto_field *fields =
		mtproto_arena_alloc(r->builder->schema->arena, sizeof(*fields) * combinator->field_count);
	const struct mtp_field_text *text = r->declaration->fields;
	int error = 0;

	if (!fields)
		return mtp_schema_no_room(r->builder, r->builder->schema->arena);
	combinator->fields = fields;
	for (uint32_t i = 0; text && !error; text = text->next, i++)
		error = resolve_field(r, text, fields, i);
	if (!error)
		error = check_nats(r);
	return error ? error : resolve_result(r);
}

int mtp_schema_resolve(struct mtproto_schema_builder *builder)
{
	struct resolver r = {builder, NULL};
	int error = 0;

	for (size_t i = 0; i < NATIVES; i++)
		native_entry(builder->schema, natives[i].kind);
	for (struct mtp_declaration *each = builder->first; each && !error; each = each->next) {
		r.declaration = each;
		if (!each->replaced)
			error = resolve_declaration(&r);
	}
	return error;
}

/* ---- Types and their texts ---- */

static struct mtp_type_entry *find_type(const struct mtproto_schema *schema, const char *name, size_t len,
					unsigned depth)
{
	char copy[MTPROTO_SCHEMA_NAME_MAX + 1];
	struct mtproto_schema *entries = (struct mtproto_schema *)(uintptr_t)schema; /* to entries, which are not */
	struct mtp_type_entry *native, *element;
	struct mtp_named_entry *named;

	if (len > 8 && name[len - 1] == '>' && memcmp(name + 1, "ector<", 6) == 0 && depth > 0) {
		element = find_type(schema, name + 7, len - 8, depth - 1);
		if (!element || (name[0] != 'V' && name[0] != 'v'))
			return NULL;
		return name[0] == 'V' ? element->vector : element->bare_vector;
	}
	if (len == 0 || len > MTPROTO_SCHEMA_NAME_MAX)
		return NULL;
	memcpy(copy, name, len);
	copy[len] = '\0';
	native = mtp_schema_native(entries, copy);
	if (native)
		return native;
	named = mtp_schema_named(schema, copy);
	return named ? &named->boxed : NULL;
}

const struct mtproto_type *mtproto_schema_type(const struct mtproto_schema *schema, const char *name)
{
	struct mtp_type_entry *entry = find_type(schema, name, strlen(name), MTPROTO_SCHEMA_NESTING_MAX);

	return entry ? &entry->type : NULL;
}

void mtproto_type_text(char *out, size_t cap, const struct mtproto_type *type)
{
	size_t vectors = 0;
	size_t len = 0;
	const char *name = NULL;

	for (; type->element; type = type->element, vectors++)
		len += (size_t)snprintf(len < cap ? out + len : NULL, len < cap ? cap - len : 0, "%s<",
					type->kind == MTPROTO_TYPE_VECTOR ? "Vector" : "vector");
	if (type->kind == MTPROTO_TYPE_BOXED)
		name = type->named->name;
	else if (type->kind == MTPROTO_TYPE_BARE)
		name = type->bare->name;
	else if (type->kind == MTPROTO_TYPE_FUNCTION)
		name = "!X";
	for (size_t i = 0; i < NATIVES && !name; i++)
		if (natives[i].kind == type->kind)
			name = natives[i].name;
	len += (size_t)snprintf(len < cap ? out + len : NULL, len < cap ? cap - len : 0, "%s", name);
	for (; vectors > 0; vectors--)
		len += (size_t)snprintf(len < cap ? out + len : NULL, len < cap ? cap - len : 0, ">");
}
