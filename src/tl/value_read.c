/* Bytes to values. Every value read takes at least its share of the bytes received or of values_left, so the work is
 * bounded. */
#include "tl/value_path.h"

#include <string.h>

/* With arena NULL nothing is kept: the value is only passed over. */
struct reading {
	struct mtproto_value_cursor cursor;
	struct mtproto_tl_reader *r;
	struct mtproto_arena *arena;
	const struct mtproto_schema *schema;
};

static const struct mtproto_type any_object = {.kind = MTPROTO_TYPE_OBJECT};

static int read_value(struct reading *in, const struct mtproto_type *type, struct mtproto_value *out);

/* The reader's error with its place, or 0. */
static int check(struct reading *in)
{
	int error = in->r->error;

	return error ? mtproto_value_fail(&in->cursor, error, "%s", mtproto_strerror(error)) : 0;
}

static int no_room(struct reading *in)
{
	int error = mtproto_arena_error(in->arena);

	return mtproto_value_fail(&in->cursor, error, "%s", mtproto_strerror(error));
}

/* ---- Vectors ---- */

/* A lower bound of what one element takes, for the check of a count before anything is allocated; 0: no bytes. */
static size_t element_size_min(const struct mtproto_type *type)
{
	switch (type->kind) {
	case MTPROTO_TYPE_TRUE:
		return 0;
	case MTPROTO_TYPE_BARE:
		return type->bare->size_min;
	case MTPROTO_TYPE_LONG:
	case MTPROTO_TYPE_DOUBLE:
	case MTPROTO_TYPE_VECTOR:
		return 8;
	case MTPROTO_TYPE_INT128:
		return 16;
	case MTPROTO_TYPE_INT256:
		return 32;
	default:
		return 4;
	}
}

static int read_vector_head(struct reading *in, const struct mtproto_type *type, uint32_t *count)
{
	size_t size_min = element_size_min(type->element);

	if (type->kind == MTPROTO_TYPE_VECTOR)
		mtproto_tl_read_id(in->r, MTPROTO_TL_VECTOR);
	if (size_min > 0)
		*count = mtproto_tl_read_count(in->r, size_min);
	else
		*count = mtproto_tl_read_u32(in->r);
	if (!in->r->error && *count > in->cursor.values_left)
		return mtproto_value_fail(&in->cursor, MTPROTO_ERR_LIMIT, "more than %u values",
					  MTPROTO_VALUE_COUNT_MAX);
	return check(in);
}

static int read_vector(struct reading *in, const struct mtproto_type *type, struct mtproto_value *out)
{
	struct mtproto_value scratch, *items = NULL;
	uint32_t count;
	int error = read_vector_head(in, type, &count);

	if (error)
		return error;
	if (in->arena) {
		items = mtproto_arena_alloc(in->arena, sizeof(*items) * count);
		if (!items)
			return no_room(in);
	}
	for (uint32_t i = 0; i < count && !error; i++) {
		error = mtproto_value_enter(&in->cursor, NULL, i);
		if (error)
			return error;
		error = read_value(in, type->element, items ? &items[i] : &scratch);
		if (!error)
			mtproto_value_leave(&in->cursor);
	}
	out->kind = MTPROTO_VALUE_VECTOR;
	out->as.vector.items = items;
	out->as.vector.count = count;
	return error;
}

/* ---- Objects ---- */

static int wrong_constructor(struct reading *in, const struct mtproto_type *type, uint32_t id,
			     const struct mtproto_combinator *found)
{
	char expected[160];

	if (id == MTPROTO_TL_VECTOR)
		return mtproto_value_fail(&in->cursor, MTPROTO_ERR_CONSTRUCTOR, "a vector, and nothing says of what");
	if (type->kind == MTPROTO_TYPE_OBJECT)
		return mtproto_value_fail(&in->cursor, MTPROTO_ERR_CONSTRUCTOR, "#%08x is in no schema", (unsigned)id);
	mtproto_type_text(expected, sizeof(expected), type);
	return mtproto_value_fail(&in->cursor, MTPROTO_ERR_CONSTRUCTOR, "expected %.64s, found %.64s#%08x", expected,
				  found ? found->name : "", (unsigned)id);
}

static int read_combinator(struct reading *in, const struct mtproto_type *type, const struct mtproto_combinator **out)
{
	const struct mtproto_combinator *found;
	uint32_t id;
	bool fits;
	int error;

	if (type->kind == MTPROTO_TYPE_BARE) {
		*out = type->bare;
		return 0;
	}
	id = mtproto_tl_read_u32(in->r);
	error = check(in);
	if (error)
		return error;
	found = mtproto_schema_by_id(in->schema, id);
	fits = found &&
	       (type->kind == MTPROTO_TYPE_OBJECT || (type->kind == MTPROTO_TYPE_FUNCTION && found->is_function) ||
		(type->kind == MTPROTO_TYPE_BOXED && !found->is_function && found->result->named == type->named));
	if (!fits)
		return wrong_constructor(in, type, id, found);
	*out = found;
	return 0;
}

/* The flag words of the object that is being read. */
struct flag_words {
	uint32_t words[MTPROTO_SCHEMA_NATS_MAX];
	uint32_t count;
};

static bool is_there(const struct mtproto_field *field, const struct flag_words *flags)
{
	return field->flags == MTPROTO_FIELD_ALWAYS || (flags->words[field->word] >> field->bit & 1);
}

static int read_field(struct reading *in, const struct mtproto_field *field, struct flag_words *flags,
		      struct mtproto_value *out)
{
	int error = mtproto_value_enter(&in->cursor, field->name, 0);

	if (error)
		return error;
	error = read_value(in, field->type, out);
	if (error)
		return error;
	if (field->type->kind == MTPROTO_TYPE_NAT)
		flags->words[flags->count++] = out->as.nat;
	mtproto_value_leave(&in->cursor);
	return 0;
}

static int read_object(struct reading *in, const struct mtproto_type *type, struct mtproto_value *out)
{
	struct mtproto_value scratch, *fields = NULL;
	const struct mtproto_combinator *combinator;
	struct flag_words flags = {{0}, 0};
	int error = read_combinator(in, type, &combinator);

	if (error)
		return error;
	if (in->arena) {
		fields = mtproto_arena_alloc(in->arena, sizeof(*fields) * combinator->field_count);
		if (!fields)
			return no_room(in);
	}
	for (uint32_t i = 0; i < combinator->field_count && !error; i++) {
		if (is_there(&combinator->fields[i], &flags))
			error = read_field(in, &combinator->fields[i], &flags, fields ? &fields[i] : &scratch);
		else if (combinator->fields[i].type->kind == MTPROTO_TYPE_NAT)
			flags.words[flags.count++] = 0;
	}
	out->kind = MTPROTO_VALUE_OBJECT;
	out->as.object.combinator = combinator;
	out->as.object.fields = fields;
	return error;
}

/* ---- One value of any type ---- */

static int read_value(struct reading *in, const struct mtproto_type *type, struct mtproto_value *out)
{
	switch (type->kind) {
	case MTPROTO_TYPE_INT:
		out->kind = MTPROTO_VALUE_INT;
		out->as.integer = mtproto_tl_read_int(in->r);
		return check(in);
	case MTPROTO_TYPE_NAT:
		out->kind = MTPROTO_VALUE_NAT;
		out->as.nat = mtproto_tl_read_u32(in->r);
		return check(in);
	case MTPROTO_TYPE_LONG:
		out->kind = MTPROTO_VALUE_LONG;
		out->as.number = (int64_t)mtproto_tl_read_long(in->r);
		return check(in);
	case MTPROTO_TYPE_DOUBLE:
		out->kind = MTPROTO_VALUE_DOUBLE;
		out->as.real = mtproto_tl_read_double(in->r);
		return check(in);
	case MTPROTO_TYPE_INT128:
	case MTPROTO_TYPE_INT256:
		out->kind = MTPROTO_VALUE_RAW;
		out->as.bytes = mtproto_tl_read_span(in->r, type->kind == MTPROTO_TYPE_INT128 ? 16 : 32);
		return check(in);
	case MTPROTO_TYPE_STRING:
	case MTPROTO_TYPE_BYTES:
		out->kind = type->kind == MTPROTO_TYPE_STRING ? MTPROTO_VALUE_STRING : MTPROTO_VALUE_BYTES;
		out->as.bytes = mtproto_tl_read_bytes(in->r);
		return check(in);
	case MTPROTO_TYPE_BOOL:
	case MTPROTO_TYPE_TRUE:
		out->kind = MTPROTO_VALUE_BOOL;
		out->as.boolean = type->kind == MTPROTO_TYPE_TRUE || mtproto_tl_read_bool(in->r);
		return check(in);
	case MTPROTO_TYPE_VECTOR:
	case MTPROTO_TYPE_BARE_VECTOR:
		return read_vector(in, type, out);
	default:
		return read_object(in, type, out);
	}
}

int mtproto_value_read(struct mtproto_value *out, struct mtproto_arena *arena, struct mtproto_tl_reader *r,
		       const struct mtproto_schema *schema, const struct mtproto_type *type,
		       struct mtproto_value_error *error)
{
	struct reading in = {.r = r, .arena = arena, .schema = schema};
	int result;

	mtproto_value_cursor_init(&in.cursor, error);
	memset(out, 0, sizeof(*out));
	result = read_value(&in, type ? type : &any_object, out);
	if (result) {
		mtproto_tl_reader_fail(r, result);
		memset(out, 0, sizeof(*out));
	}
	return result;
}

int mtproto_value_skip(struct mtproto_tl_reader *r, const struct mtproto_schema *schema,
		       const struct mtproto_type *type, struct mtproto_value_error *error)
{
	struct reading in = {.r = r, .schema = schema};
	struct mtproto_value scratch;
	int result;

	mtproto_value_cursor_init(&in.cursor, error);
	result = read_value(&in, type ? type : &any_object, &scratch);
	if (result)
		mtproto_tl_reader_fail(r, result);
	return result;
}

/* ---- Finding one ---- */

static int not_found(struct reading *in, const char *reason)
{
	return mtproto_value_fail(&in->cursor, MTPROTO_ERR_NOT_FOUND, "%s", reason);
}

static int go_to_element(struct reading *in, const struct mtproto_type **type, uint32_t index)
{
	struct mtproto_value scratch;
	uint32_t count;
	int error = read_vector_head(in, *type, &count);

	if (error)
		return error;
	*type = (*type)->element;
	for (uint32_t i = 0; i < count; i++) {
		error = mtproto_value_enter(&in->cursor, NULL, i);
		if (error || i == index)
			return error;
		error = read_value(in, *type, &scratch);
		if (error)
			return error;
		mtproto_value_leave(&in->cursor);
	}
	error = mtproto_value_enter(&in->cursor, NULL, index);
	return error ? error : not_found(in, "the vector is shorter");
}

static int go_to_field(struct reading *in, const struct mtproto_type **type, const char *name, size_t name_len)
{
	const struct mtproto_combinator *combinator;
	struct flag_words flags = {{0}, 0};
	struct mtproto_value scratch;
	int error = read_combinator(in, *type, &combinator);

	for (uint32_t i = 0; !error && i < combinator->field_count; i++) {
		const struct mtproto_field *field = &combinator->fields[i];
		bool wanted = strncmp(field->name, name, name_len) == 0 && field->name[name_len] == '\0';

		if (!is_there(field, &flags)) {
			if (wanted)
				break;
			if (field->type->kind == MTPROTO_TYPE_NAT)
				flags.words[flags.count++] = 0;
			continue;
		}
		if (wanted) {
			*type = field->type;
			return mtproto_value_enter(&in->cursor, field->name, 0);
		}
		error = read_field(in, field, &flags, &scratch);
	}
	return error ? error
		     : mtproto_value_fail(&in->cursor, MTPROTO_ERR_NOT_FOUND, "%.64s has no %.*s here",
					  combinator->name, name_len > 64 ? 64 : (int)name_len, name);
}

static int go_one_step(struct reading *in, const struct mtproto_type **type, const char **path)
{
	bool is_vector = (*type)->element != NULL;
	bool is_object = (*type)->kind >= MTPROTO_TYPE_BOXED;
	const char *name;
	size_t name_len;
	uint32_t index;

	if (!mtp_value_step(path, &name, &name_len, &index))
		return mtproto_value_fail(&in->cursor, MTPROTO_ERR_ARGUMENT, "the path is not of the form a.b[3].c");
	if (name && is_object)
		return go_to_field(in, type, name, name_len);
	if (!name && is_vector)
		return go_to_element(in, type, index);
	return not_found(in, name ? "this is no object" : "this is no vector");
}

static int find(struct reading *in, const struct mtproto_type *type, const char *path, struct mtproto_found *out)
{
	struct mtproto_value scratch;
	const uint8_t *start;
	int error;

	while (*path) {
		error = go_one_step(in, &type, &path);
		if (error)
			return error;
	}
	start = in->r->pos;
	error = read_value(in, type, &scratch);
	if (error)
		return error;
	out->type = type;
	out->bytes.data = start;
	out->bytes.len = (size_t)(in->r->pos - start);
	return 0;
}

int mtproto_value_find(struct mtproto_found *out, const void *data, size_t len, const struct mtproto_schema *schema,
		       const struct mtproto_type *type, const char *path, struct mtproto_value_error *error)
{
	struct mtproto_tl_reader r;
	struct reading in = {.r = &r, .schema = schema};

	memset(out, 0, sizeof(*out));
	mtproto_tl_reader_init(&r, data, len);
	mtproto_value_cursor_init(&in.cursor, error);
	return find(&in, type ? type : &any_object, path, out);
}
