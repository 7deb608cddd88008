/* The JSON form of a schema: each item becomes the TL line that it stands for, and the engine reads that. */
#include <mtproto/json.h>

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json/text.h"

/* Room for the longest declaration that the engine takes. */
#define LINE_MAX_BYTES (MTPROTO_SCHEMA_FIELDS_MAX * 4 * (MTPROTO_SCHEMA_NAME_MAX + 1))

struct item {
	struct mtproto_schema_builder *builder;
	const char *source;
	const char *section;
	uint32_t index;
	const json_t *json;
	char *line;
	size_t len;
	bool fits;
};

static int refuse(const struct item *item, const char *reason)
{
	return mtproto_schema_builder_fail(item->builder, MTPROTO_ERR_SCHEMA, item->source, item->section, item->index,
					   0, reason);
}

#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static void
add(struct item *item, const char *format, ...)
{
	size_t room = LINE_MAX_BYTES - item->len;
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(item->line + item->len, room, format, arguments);
	va_end(arguments);
	item->fits = item->fits && len >= 0 && (size_t)len < room;
	if (item->fits)
		item->len += (size_t)len;
}

/* A member that is a text without a zero byte or a comment in it, or NULL. */
static const char *text_of(const json_t *json, const char *member)
{
	const json_t *value = json_object_get(json, member);
	const char *text = json_string_value(value);

	if (!text || strlen(text) != json_string_length(value) || strchr(text, '/'))
		return NULL;
	return text;
}

/* A signed decimal number of 32 bits, as a string or a number. */
static bool read_id(const json_t *json, uint32_t *id)
{
	const json_t *value = json_object_get(json, "id");
	long long number = 0;
	int used = 0;

	if (json_is_integer(value))
		number = json_integer_value(value);
	else if (!json_is_string(value) || json_string_length(value) > 11 ||
		 sscanf(json_string_value(value), "%lld%n", &number, &used) != 1 ||
		 (size_t)used != json_string_length(value))
		return false;
	*id = (uint32_t)(number & UINT32_MAX);
	return number >= INT32_MIN && number <= UINT32_MAX;
}

static bool has_variable(const json_t *params)
{
	for (size_t i = 0; i < json_array_size(params); i++) {
		const char *type = text_of(json_array_get(params, i), "type");

		if (type && type[0] == '!')
			return true;
	}
	return false;
}

static int add_params(struct item *item, const json_t *params)
{
	for (size_t i = 0; i < json_array_size(params) && item->fits; i++) {
		const json_t *param = json_array_get(params, i);
		const char *name = text_of(param, "name");
		const char *type = text_of(param, "type");

		if (!name || !type)
			return refuse(item, "a member of \"params\" has not \"name\" and \"type\" as texts");
		add(item, " %s:%s", name, type);
	}
	return 0;
}

static int add_item(struct item *item, const char *name_member, bool is_function)
{
	const char *name = text_of(item->json, name_member);
	const char *type = text_of(item->json, "type");
	const json_t *params = json_object_get(item->json, "params");
	uint32_t id;
	int error;

	if (!name || !type || !json_is_array(params))
		return refuse(item, is_function ? "\"method\", \"params\" and \"type\" are expected"
						: "\"predicate\", \"params\" and \"type\" are expected");
	if (!read_id(item->json, &id))
		return refuse(item, "\"id\" is not a decimal number of 32 bits");
	/* The published schema has this one, whose notation the JSON form can't carry. */
	if (strcmp(name, "vector") == 0)
		return 0;
	item->len = 0;
	item->fits = true;
	add(item, "%s#%08x%s", name, (unsigned)id, has_variable(params) ? " {X:Type}" : "");
	error = add_params(item, params);
	if (error)
		return error;
	add(item, " = %s", type);
	if (!item->fits)
		return refuse(item, "the declaration is too long");
	return mtproto_schema_builder_add_item(item->builder, item->source, item->section, item->index, is_function,
					       item->line, item->len);
}

static int add_section(struct item *item, const json_t *root, bool is_function)
{
	const json_t *array;
	int error = 0;

	item->section = is_function ? "methods" : "constructors";
	item->index = 0;
	array = json_object_get(root, item->section);
	if (!json_is_array(array))
		return mtproto_schema_builder_fail(item->builder, MTPROTO_ERR_SCHEMA, item->source, NULL, 0, 0,
						   "an object with \"constructors\" and \"methods\" is expected");
	for (; item->index < json_array_size(array) && !error; item->index++) {
		item->json = json_array_get(array, item->index);
		error = add_item(item, is_function ? "method" : "predicate", is_function);
	}
	return error;
}

static int add_all(struct item *item, const json_t *root)
{
	struct mtproto_arena *arena;
	int error = mtproto_arena_new(&arena, NULL, 0);

	if (!error) {
		item->line = mtproto_arena_alloc(arena, LINE_MAX_BYTES);
		error = item->line ? 0 : MTPROTO_ERR_MEMORY;
	}
	if (error)
		error = mtproto_schema_builder_fail(item->builder, error, item->source, NULL, 0, 0,
						    mtproto_strerror(error));
	if (!error)
		error = add_section(item, root, false);
	if (!error)
		error = add_section(item, root, true);
	mtproto_arena_free(arena);
	return error;
}

int mtproto_json_add_schema(struct mtproto_schema_builder *builder, const char *source, const char *text, size_t len)
{
	struct mtp_json_complaint complaint;
	struct item item = {.builder = builder, .source = source};
	json_t *root;
	int error;

	if (len > MTPROTO_SCHEMA_TEXT_MAX)
		return mtproto_schema_builder_fail(builder, MTPROTO_ERR_LIMIT, source, NULL, 1, 1,
						   "the schema is too large");
	root = mtp_json_parse(text, len, &complaint);
	if (!root)
		return mtproto_schema_builder_fail(builder, MTPROTO_ERR_SCHEMA, source, NULL, complaint.line,
						   complaint.column, complaint.text);
	error = add_all(&item, root);
	json_decref(root);
	return error;
}
