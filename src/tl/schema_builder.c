#include "tl/schema_parts.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int mtp_schema_fail(struct mtproto_schema_builder *builder, int code, struct mtproto_schema_place place,
		    const char *format, ...)
{
	va_list arguments;

	if (builder->error.code)
		return builder->error.code;
	builder->error.code = code;
	builder->error.place = place;
	va_start(arguments, format);
	vsnprintf(builder->error.reason, sizeof(builder->error.reason), format, arguments);
	va_end(arguments);
	return code;
}

int mtp_schema_no_room(struct mtproto_schema_builder *builder, const struct mtproto_arena *arena)
{
	struct mtproto_schema_place place = {builder->source, builder->section, 0, 0};
	int code = mtproto_arena_error(arena);

	return mtp_schema_fail(builder, code, place, "%s", mtproto_strerror(code));
}

void mtproto_schema_free(struct mtproto_schema *schema)
{
	if (!schema)
		return;
	mtproto_arena_free(schema->arena);
	mtp_release(&schema->allocator, schema, sizeof(*schema));
}

void mtproto_schema_builder_free(struct mtproto_schema_builder *builder)
{
	if (!builder)
		return;
	mtproto_schema_free(builder->schema);
	mtproto_arena_free(builder->texts);
	mtp_release(&builder->allocator, builder, sizeof(*builder));
}

static int new_schema(struct mtproto_schema **out, const struct mtproto_allocator *allocator)
{
	struct mtproto_schema *schema = mtp_alloc_zero(allocator, sizeof(*schema));
	int error;

	*out = schema;
	if (!schema)
		return MTPROTO_ERR_MEMORY;
	schema->allocator = *allocator;
	error = mtproto_arena_new(&schema->arena, allocator, 0);
	if (error) {
		mtproto_schema_free(schema);
		*out = NULL;
	}
	return error;
}

/* From here on declarations are of this source. Its name is kept: places point to it. */
static int enter_source(struct mtproto_schema_builder *builder, const char *source, const char *section)
{
	struct mtproto_arena *arena = builder->schema->arena;

	if (!builder->source || strcmp(builder->source, source) != 0)
		builder->source = mtproto_arena_copy(arena, source, strlen(source));
	if (!section)
		builder->section = NULL;
	else if (!builder->section || strcmp(builder->section, section) != 0)
		builder->section = mtproto_arena_copy(arena, section, strlen(section));
	if (!builder->source || (section && !builder->section))
		return mtp_schema_no_room(builder, arena);
	return 0;
}

static int check_usable(struct mtproto_schema_builder *builder)
{
	if (builder->error.code)
		return builder->error.code;
	return builder->schema ? 0 : MTPROTO_ERR_STATE;
}

static int add_builtin(struct mtproto_schema_builder *builder)
{
	static const char functions[] = "---functions---";
	bool is_function = false;
	uint32_t index = 0;
	int error = 0;

	for (const char *const *line = mtp_schema_builtin; *line && !error; line++, index++) {
		if (strcmp(*line, functions) == 0)
			is_function = true;
		else
			error = mtproto_schema_builder_add_item(builder, MTP_SCHEMA_BUILTIN_SOURCE, "lines", index,
								is_function, *line, strlen(*line));
	}
	return error;
}

static int new_builder(struct mtproto_schema_builder **out, const struct mtproto_allocator *allocator)
{
	struct mtproto_allocator memory = mtp_allocator_or_default(allocator);
	struct mtproto_schema_builder *builder = mtp_alloc_zero(&memory, sizeof(*builder));
	int error;

	*out = builder;
	if (!builder)
		return MTPROTO_ERR_MEMORY;
	builder->allocator = memory;
	builder->last = &builder->first;
	error = mtproto_arena_new(&builder->texts, &memory, 0);
	if (!error)
		error = new_schema(&builder->schema, &memory);
	if (error) {
		mtproto_schema_builder_free(builder);
		*out = NULL;
	}
	return error;
}

int mtproto_schema_builder_new(struct mtproto_schema_builder **out, const struct mtproto_allocator *allocator)
{
	int error = new_builder(out, allocator);

	if (error)
		return error;
	error = add_builtin(*out);
	if (error) {
		mtproto_schema_builder_free(*out);
		*out = NULL;
	}
	return error;
}

int mtproto_schema_builder_add_text(struct mtproto_schema_builder *builder, const char *source, const char *text,
				    size_t len)
{
	int error = check_usable(builder);

	if (!error)
		error = enter_source(builder, source, NULL);
	if (!error && len > MTPROTO_SCHEMA_TEXT_MAX)
		error = mtproto_schema_builder_fail(builder, MTPROTO_ERR_LIMIT, source, NULL, 1, 1,
						    "the schema is too large");
	return error ? error : mtp_schema_parse(builder, text, len);
}

int mtproto_schema_builder_add_item(struct mtproto_schema_builder *builder, const char *source, const char *section,
				    uint32_t index, bool is_function, const char *text, size_t len)
{
	int error = check_usable(builder);

	if (!error)
		error = enter_source(builder, source, section);
	return error ? error : mtp_schema_parse_item(builder, index, is_function, text, len);
}

int mtproto_schema_builder_fail(struct mtproto_schema_builder *builder, int code, const char *source,
				const char *section, uint32_t line, uint32_t column, const char *reason)
{
	int error = check_usable(builder);
	struct mtproto_schema_place place;

	if (!error)
		error = enter_source(builder, source, section);
	if (error)
		return error;
	place = (struct mtproto_schema_place){builder->source, builder->section, line, column};
	return mtp_schema_fail(builder, code, place, "%s", reason);
}

int mtproto_schema_builder_finish(struct mtproto_schema **out, struct mtproto_schema_builder *builder)
{
	int error = check_usable(builder);

	*out = NULL;
	if (!error)
		error = mtp_schema_index(builder);
	if (!error)
		error = mtp_schema_resolve(builder);
	if (!error)
		error = mtp_schema_check_finite(builder);
	if (error)
		return error;
	*out = builder->schema;
	builder->schema = NULL;
	return 0;
}

const struct mtproto_schema_error *mtproto_schema_builder_error(const struct mtproto_schema_builder *builder)
{
	return &builder->error;
}

void mtproto_schema_error_text(char *out, size_t cap, const struct mtproto_schema_error *error)
{
	const struct mtproto_schema_place *place = &error->place;
	const char *source = place->source ? place->source : "schema";

	if (place->section)
		snprintf(out, cap, "%s: %s[%u]: %s", source, place->section, (unsigned)place->line, error->reason);
	else if (place->line)
		snprintf(out, cap, "%s:%u:%u: %s", source, (unsigned)place->line, (unsigned)place->column,
			 error->reason);
	else
		snprintf(out, cap, "%s: %s", source, error->reason);
}

int mtproto_schema_new_builtin(struct mtproto_schema **out, const struct mtproto_allocator *allocator)
{
	struct mtproto_schema_builder *builder;
	int error = mtproto_schema_builder_new(&builder, allocator);

	*out = NULL;
	if (error)
		return error;
	error = mtproto_schema_builder_finish(out, builder);
	mtproto_schema_builder_free(builder);
	return error;
}

int mtproto_schema_compute_id(uint32_t *id, const char *text, size_t len, struct mtproto_schema_error *error)
{
	struct mtproto_schema_builder *builder;
	int code = new_builder(&builder, NULL);

	*id = 0;
	if (code) {
		if (error)
			*error = (struct mtproto_schema_error){.code = code};
		return code;
	}
	code = mtp_schema_parse_item(builder, 0, false, text, len);
	if (!code && !builder->first)
		code = mtp_schema_fail(builder, MTPROTO_ERR_SCHEMA, (struct mtproto_schema_place){0},
				       "this type is part of the language and has no id");
	if (!code)
		*id = builder->first->entry->combinator.id_computed;
	if (error) {
		*error = builder->error;
		error->place = (struct mtproto_schema_place){.line = 1, .column = error->place.column};
	}
	mtproto_schema_builder_free(builder);
	return code;
}
