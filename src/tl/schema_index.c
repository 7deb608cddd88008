/* The tables of a schema: by id, by name, by type; and the questions that they answer. */
#include "tl/schema_parts.h"

#include <string.h>

#define TABLE_SIZE_MIN 16u

static uint32_t hash_id(uint32_t id)
{
	return id * 0x9e3779b1u >> 7;
}

static uint32_t hash_name(const char *name, size_t len)
{
	uint32_t hash = 0x811c9dc5u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)name[i]) * 0x01000193u;
	return hash;
}

/* ---- Which declaration an id means ---- */

static bool same_type_text(const struct mtp_type_text *a, const struct mtp_type_text *b)
{
	while (a && b) {
		if (a->bare != b->bare || a->call != b->call || strcmp(a->name, b->name) != 0)
			return false;
		a = a->element;
		b = b->element;
	}
	return a == b;
}

/* Whether the fields of one method are the first of the other. Schemas declare what may stand before a query in both
 * ways, with the query and without, under one id. */
static bool is_prefix_of(const struct mtp_declaration *a, const struct mtp_declaration *b)
{
	const struct mtp_field_text *x = a->fields, *y = b->fields;

	if (!a->entry->combinator.is_function || !b->entry->combinator.is_function)
		return false;
	for (; x && y; x = x->next, y = y->next)
		if (strcmp(x->name, y->name) != 0 || x->bit != y->bit || !x->flags != !y->flags ||
		    !same_type_text(x->type, y->type))
			return false;
	return !x;
}

/* Two declarations have one id: decides which is found by it. */
static int settle(struct mtproto_schema_builder *builder, struct mtp_declaration **slot, struct mtp_declaration *newer)
{
	struct mtp_declaration *older = *slot;
	const struct mtproto_schema_place *place = &older->entry->combinator.place;

	if (place->source != newer->entry->combinator.place.source) {
		older->replaced = true;
		*slot = newer;
		return 0;
	}
	if (is_prefix_of(newer, older)) {
		newer->is_prefix = true;
		return 0;
	}
	if (is_prefix_of(older, newer)) {
		older->is_prefix = true;
		*slot = newer;
		return 0;
	}
	return mtp_schema_fail(builder, MTPROTO_ERR_SCHEMA, newer->entry->combinator.place,
			       "the id #%08x of %s is taken by %s, %s %u", (unsigned)newer->entry->combinator.id,
			       newer->entry->combinator.name, older->entry->combinator.name,
			       place->section ? "item" : "line", (unsigned)place->line);
}

static int settle_ids(struct mtproto_schema_builder *builder, uint32_t mask)
{
	struct mtp_declaration **slots = mtproto_arena_alloc(builder->texts, sizeof(*slots) * (mask + (size_t)1));

	if (!slots)
		return mtp_schema_no_room(builder, builder->texts);
	for (struct mtp_declaration *newer = builder->first; newer; newer = newer->next) {
		uint32_t id = newer->entry->combinator.id;
		uint32_t at = hash_id(id) & mask;
		int error;

		while (slots[at] && slots[at]->entry->combinator.id != id)
			at = (at + 1) & mask;
		if (!slots[at]) {
			slots[at] = newer;
			continue;
		}
		error = settle(builder, &slots[at], newer);
		if (error)
			return error;
	}
	return 0;
}

/* ---- Tables ---- */

static void put_id(struct mtproto_schema *schema, const struct mtproto_combinator *combinator)
{
	uint32_t at = hash_id(combinator->id) & schema->table_mask;

	while (schema->by_id[at])
		at = (at + 1) & schema->table_mask;
	schema->by_id[at] = combinator;
}

static void put_name(struct mtproto_schema *schema, const struct mtproto_combinator *combinator)
{
	uint32_t at = hash_name(combinator->name, strlen(combinator->name)) & schema->table_mask;

	while (schema->by_name[at])
		at = (at + 1) & schema->table_mask;
	schema->by_name[at] = combinator;
}

static void fill_tables(struct mtproto_schema_builder *builder)
{
	struct mtproto_schema *schema = builder->schema;

	schema->count = 0;
	for (struct mtp_declaration *each = builder->first; each; each = each->next) {
		if (each->replaced)
			continue;
		schema->combinators[schema->count++] = &each->entry->combinator;
		if (!each->is_prefix)
			put_id(schema, &each->entry->combinator);
	}
	for (uint32_t i = schema->count; i > 0; i--)
		put_name(schema, schema->combinators[i - 1]);
}

struct mtp_named_entry *mtp_schema_named(const struct mtproto_schema *schema, const char *name)
{
	struct mtp_named_entry *entry = schema->named[hash_name(name, strlen(name)) % MTP_NAMED_BUCKETS];

	while (entry && strcmp(entry->named.name, name) != 0)
		entry = entry->next;
	return entry;
}

struct mtp_named_entry *mtp_schema_add_named(struct mtproto_schema *schema, const char *name)
{
	struct mtp_named_entry *entry = mtp_schema_named(schema, name);
	struct mtp_named_entry **bucket = &schema->named[hash_name(name, strlen(name)) % MTP_NAMED_BUCKETS];

	if (entry)
		return entry;
	entry = mtproto_arena_alloc(schema->arena, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->named.name = name;
	entry->boxed.type.kind = MTPROTO_TYPE_BOXED;
	entry->boxed.type.named = &entry->named;
	entry->next = *bucket;
	*bucket = entry;
	return entry;
}

/* Constructors are counted, then put in an array of that size. */
static int list_constructors(struct mtproto_schema_builder *builder)
{
	struct mtproto_schema *schema = builder->schema;

	for (struct mtp_declaration *each = builder->first; each; each = each->next) {
		struct mtp_named_entry *entry;

		if (each->replaced || each->entry->combinator.is_function)
			continue;
		entry = mtp_schema_add_named(schema, each->result->name);
		if (!entry)
			return mtp_schema_no_room(builder, schema->arena);
		entry->named.constructor_count++;
	}
	for (struct mtp_declaration *each = builder->first; each; each = each->next) {
		struct mtp_named_entry *entry;
		size_t size;

		if (each->replaced || each->entry->combinator.is_function)
			continue;
		entry = mtp_schema_named(schema, each->result->name);
		size = sizeof(*entry->constructors) * entry->named.constructor_count;
		if (!entry->constructors) {
			entry->constructors = mtproto_arena_alloc(schema->arena, size);
			if (!entry->constructors)
				return mtp_schema_no_room(builder, schema->arena);
			entry->named.constructors = entry->constructors;
			entry->named.constructor_count = 0;
		}
		entry->constructors[entry->named.constructor_count++] = &each->entry->combinator;
	}
	return 0;
}

int mtp_schema_index(struct mtproto_schema_builder *builder)
{
	struct mtproto_schema *schema = builder->schema;
	uint32_t size = TABLE_SIZE_MIN;
	int error;

	while (size < 2 * schema->count)
		size *= 2;
	schema->table_mask = size - 1;
	error = settle_ids(builder, schema->table_mask);
	if (error)
		return error;
	schema->by_id = mtproto_arena_alloc(schema->arena, sizeof(*schema->by_id) * size);
	schema->by_name = mtproto_arena_alloc(schema->arena, sizeof(*schema->by_name) * size);
	schema->combinators = mtproto_arena_alloc(schema->arena, sizeof(*schema->combinators) * schema->count);
	if (!schema->by_id || !schema->by_name || !schema->combinators)
		return mtp_schema_no_room(builder, schema->arena);
	fill_tables(builder);
	return list_constructors(builder);
}

/* ---- Questions ---- */

const struct mtproto_combinator *mtproto_schema_by_id(const struct mtproto_schema *schema, uint32_t id)
{
	uint32_t at = hash_id(id) & schema->table_mask;

	while (schema->by_id[at] && schema->by_id[at]->id != id)
		at = (at + 1) & schema->table_mask;
	return schema->by_id[at];
}

static bool has_name(const struct mtproto_combinator *combinator, const char *name, size_t len)
{
	return strncmp(combinator->name, name, len) == 0 && combinator->name[len] == '\0';
}

const struct mtproto_combinator *mtp_schema_next_of_name(const struct mtproto_schema *schema, const char *name,
							 uint32_t *at)
{
	const char *hash = strchr(name, '#');
	size_t len = hash ? (size_t)(hash - name) : strlen(name);
	uint32_t home = hash_name(name, len) & schema->table_mask;
	uint32_t id = 0;

	if (hash && !mtp_read_hex(&id, hash + 1, strlen(hash + 1)))
		return NULL;
	for (;;) {
		const struct mtproto_combinator *found = schema->by_name[(home + *at) & schema->table_mask];

		if (!found)
			return NULL;
		++*at;
		if (has_name(found, name, len) && (!hash || found->id == id))
			return found;
	}
}

const struct mtproto_combinator *mtproto_schema_by_name(const struct mtproto_schema *schema, const char *name)
{
	uint32_t at = 0;

	return mtp_schema_next_of_name(schema, name, &at);
}

static bool belongs_to(const struct mtproto_combinator *combinator, const struct mtproto_type *type)
{
	switch (type->kind) {
	case MTPROTO_TYPE_BOXED:
		return !combinator->is_function && combinator->result->named == type->named;
	case MTPROTO_TYPE_BARE:
		return combinator == type->bare;
	case MTPROTO_TYPE_FUNCTION:
		return combinator->is_function;
	default:
		return type->kind == MTPROTO_TYPE_OBJECT;
	}
}

const struct mtproto_combinator *mtproto_schema_by_name_of_type(const struct mtproto_schema *schema, const char *name,
								const struct mtproto_type *type)
{
	const struct mtproto_combinator *found;
	uint32_t at = 0;

	do {
		found = mtp_schema_next_of_name(schema, name, &at);
	} while (found && !belongs_to(found, type));
	return found;
}

uint32_t mtproto_schema_count(const struct mtproto_schema *schema)
{
	return schema->count;
}

const struct mtproto_combinator *mtproto_schema_at(const struct mtproto_schema *schema, uint32_t index)
{
	return index < schema->count ? schema->combinators[index] : NULL;
}

uint32_t mtproto_schema_layer(const struct mtproto_schema *schema)
{
	return schema->layer;
}
