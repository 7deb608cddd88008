/* Values to bytes, and questions to a tree of values. */
#include "tl/value_path.h"

#include <string.h>

struct writing {
	struct mtproto_value_cursor cursor;
	struct mtproto_tl_writer *w;
};

static const struct mtproto_type any_object = {.kind = MTPROTO_TYPE_OBJECT};

static int write_value(struct writing *out, const struct mtproto_type *type, const struct mtproto_value *value);

static const char *name_of_kind(enum mtproto_value_kind kind)
{
	static const char *const names[] = {"nothing",  "an int", "a #",    "a long",   "a double", "raw bytes",
					    "a string", "bytes",  "a Bool", "a vector", "an object"};

	return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "no value";
}

static int does_not_fit(struct writing *out, const struct mtproto_type *type, const struct mtproto_value *value)
{
	char expected[160];

	mtproto_type_text(expected, sizeof(expected), type);
	if (value->kind == MTPROTO_VALUE_OBJECT)
		return mtproto_value_fail(&out->cursor, MTPROTO_ERR_VALUE, "expected %.64s, found %.64s", expected,
					  value->as.object.combinator->name);
	return mtproto_value_fail(&out->cursor, MTPROTO_ERR_VALUE, "expected %.96s, found %s", expected,
				  name_of_kind(value->kind));
}

static int check(struct writing *out)
{
	int error = out->w->error;

	return error ? mtproto_value_fail(&out->cursor, error, "%s", mtproto_strerror(error)) : 0;
}

static int write_vector(struct writing *out, const struct mtproto_type *type, const struct mtproto_value *value)
{
	uint32_t count = value->as.vector.count;
	int error;

	if (type->kind == MTPROTO_TYPE_VECTOR)
		mtproto_tl_write_u32(out->w, MTPROTO_TL_VECTOR);
	mtproto_tl_write_u32(out->w, count);
	error = check(out);
	for (uint32_t i = 0; i < count && !error; i++) {
		error = mtproto_value_enter(&out->cursor, NULL, i);
		if (error)
			return error;
		error = write_value(out, type->element, &value->as.vector.items[i]);
		if (!error)
			mtproto_value_leave(&out->cursor);
	}
	return error;
}

/* ---- Objects ---- */

static bool is_set(const struct mtproto_field *field, const struct mtproto_value *value)
{
	if (field->type->kind == MTPROTO_TYPE_TRUE)
		return value->kind == MTPROTO_VALUE_BOOL && value->as.boolean;
	return value->kind != MTPROTO_VALUE_ABSENT;
}

/* The word of flags that field index holds: what its fields say, and bits that belong to none as they are given. */
static uint32_t flags_of(const struct mtproto_value_object *object, uint32_t index)
{
	const struct mtproto_combinator *combinator = object->combinator;
	const struct mtproto_value *given = &object->fields[index];
	uint32_t set = 0, known = 0;

	for (uint32_t i = index + 1; i < combinator->field_count; i++) {
		const struct mtproto_field *field = &combinator->fields[i];

		if (field->flags != index)
			continue;
		known |= 1u << field->bit;
		if (is_set(field, &object->fields[i]))
			set |= 1u << field->bit;
	}
	return set | (given->kind == MTPROTO_VALUE_NAT ? given->as.nat & ~known : 0);
}

static bool is_used_as_flags(const struct mtproto_combinator *combinator, uint32_t index)
{
	for (uint32_t i = index + 1; i < combinator->field_count; i++)
		if (combinator->fields[i].flags == index)
			return true;
	return false;
}

static int write_field(struct writing *out, const struct mtproto_value_object *object, uint32_t index)
{
	const struct mtproto_combinator *combinator = object->combinator;
	const struct mtproto_field *field = &combinator->fields[index];
	const struct mtproto_value *value = &object->fields[index];
	struct mtproto_value flags = {.kind = MTPROTO_VALUE_NAT};
	bool is_there = field->flags == MTPROTO_FIELD_ALWAYS || flags_of(object, field->flags) >> field->bit & 1;
	int error;

	if (!is_there || (field->type->kind == MTPROTO_TYPE_TRUE && field->flags != MTPROTO_FIELD_ALWAYS))
		return 0;
	if (field->type->kind == MTPROTO_TYPE_NAT &&
	    (value->kind == MTPROTO_VALUE_NAT || is_used_as_flags(combinator, index))) {
		flags.as.nat = flags_of(object, index);
		value = &flags;
	}
	error = mtproto_value_enter(&out->cursor, field->name, 0);
	if (error)
		return error;
	if (value->kind == MTPROTO_VALUE_ABSENT && field->flags != MTPROTO_FIELD_ALWAYS)
		return mtproto_value_fail(&out->cursor, MTPROTO_ERR_VALUE,
					  "missing, but another field of %.64s sets %.64s.%u, too", combinator->name,
					  combinator->fields[field->flags].name, (unsigned)field->bit);
	error = write_value(out, field->type, value);
	if (!error)
		mtproto_value_leave(&out->cursor);
	return error;
}

static int write_object(struct writing *out, const struct mtproto_type *type, const struct mtproto_value *value)
{
	const struct mtproto_value_object *object = &value->as.object;
	const struct mtproto_combinator *combinator = object->combinator;
	bool fits = type->kind == MTPROTO_TYPE_OBJECT ||
		    (type->kind == MTPROTO_TYPE_FUNCTION && combinator->is_function) ||
		    (type->kind == MTPROTO_TYPE_BARE && type->bare == combinator) ||
		    (type->kind == MTPROTO_TYPE_BOXED && !combinator->is_function &&
		     combinator->result->named == type->named);
	int error;

	if (!fits)
		return does_not_fit(out, type, value);
	if (type->kind != MTPROTO_TYPE_BARE)
		mtproto_tl_write_u32(out->w, combinator->id);
	error = check(out);
	for (uint32_t i = 0; i < combinator->field_count && !error; i++)
		error = write_field(out, object, i);
	return error;
}

/* ---- One value of any type ---- */

/* True when a value of this kind can be written as that type. */
static bool fits(const struct mtproto_type *type, const struct mtproto_value *value)
{
	switch (type->kind) {
	case MTPROTO_TYPE_INT:
		return value->kind == MTPROTO_VALUE_INT;
	case MTPROTO_TYPE_NAT:
		return value->kind == MTPROTO_VALUE_NAT;
	case MTPROTO_TYPE_LONG:
		return value->kind == MTPROTO_VALUE_LONG;
	case MTPROTO_TYPE_DOUBLE:
		return value->kind == MTPROTO_VALUE_DOUBLE;
	case MTPROTO_TYPE_INT128:
		return value->kind == MTPROTO_VALUE_RAW && value->as.bytes.len == 16;
	case MTPROTO_TYPE_INT256:
		return value->kind == MTPROTO_VALUE_RAW && value->as.bytes.len == 32;
	case MTPROTO_TYPE_STRING:
	case MTPROTO_TYPE_BYTES:
		return value->kind == MTPROTO_VALUE_STRING || value->kind == MTPROTO_VALUE_BYTES;
	case MTPROTO_TYPE_BOOL:
		return value->kind == MTPROTO_VALUE_BOOL;
	case MTPROTO_TYPE_TRUE:
		return value->kind == MTPROTO_VALUE_BOOL && value->as.boolean;
	case MTPROTO_TYPE_VECTOR:
	case MTPROTO_TYPE_BARE_VECTOR:
		return value->kind == MTPROTO_VALUE_VECTOR;
	default:
		return value->kind == MTPROTO_VALUE_OBJECT;
	}
}

static int write_value(struct writing *out, const struct mtproto_type *type, const struct mtproto_value *value)
{
	if (!fits(type, value))
		return does_not_fit(out, type, value);
	switch (value->kind) {
	case MTPROTO_VALUE_INT:
		mtproto_tl_write_int(out->w, value->as.integer);
		break;
	case MTPROTO_VALUE_NAT:
		mtproto_tl_write_u32(out->w, value->as.nat);
		break;
	case MTPROTO_VALUE_LONG:
		mtproto_tl_write_long(out->w, (uint64_t)value->as.number);
		break;
	case MTPROTO_VALUE_DOUBLE:
		mtproto_tl_write_double(out->w, value->as.real);
		break;
	case MTPROTO_VALUE_RAW:
		mtproto_tl_write_raw(out->w, value->as.bytes.data, value->as.bytes.len);
		break;
	case MTPROTO_VALUE_STRING:
	case MTPROTO_VALUE_BYTES:
		mtproto_tl_write_bytes(out->w, value->as.bytes.data, value->as.bytes.len);
		break;
	case MTPROTO_VALUE_BOOL:
		if (type->kind == MTPROTO_TYPE_BOOL)
			mtproto_tl_write_bool(out->w, value->as.boolean);
		break;
	case MTPROTO_VALUE_VECTOR:
		return write_vector(out, type, value);
	default:
		return write_object(out, type, value);
	}
	return check(out);
}

int mtproto_value_write(struct mtproto_tl_writer *w, const struct mtproto_value *value, const struct mtproto_type *type,
			struct mtproto_value_error *error)
{
	struct writing out = {.w = w};
	int result;

	mtproto_value_cursor_init(&out.cursor, error);
	result = write_value(&out, type ? type : &any_object, value);
	if (result && !w->error)
		w->error = result;
	return result;
}

/* ---- Questions ---- */

static const struct mtproto_value *field_of(const struct mtproto_value *value, const char *name, size_t len)
{
	const struct mtproto_value_object *object = &value->as.object;

	if (value->kind != MTPROTO_VALUE_OBJECT)
		return NULL;
	for (uint32_t i = 0; i < object->combinator->field_count; i++) {
		const char *each = object->combinator->fields[i].name;

		if (strncmp(each, name, len) == 0 && each[len] == '\0')
			return object->fields[i].kind == MTPROTO_VALUE_ABSENT ? NULL : &object->fields[i];
	}
	return NULL;
}

const struct mtproto_value *mtproto_value_field(const struct mtproto_value *object, const char *name)
{
	return field_of(object, name, strlen(name));
}

const struct mtproto_value *mtproto_value_get(const struct mtproto_value *value, const char *path)
{
	while (value && *path) {
		const char *name;
		size_t name_len;
		uint32_t index;

		if (!mtp_value_step(&path, &name, &name_len, &index))
			return NULL;
		if (name)
			value = field_of(value, name, name_len);
		else if (value->kind == MTPROTO_VALUE_VECTOR && index < value->as.vector.count)
			value = &value->as.vector.items[index];
		else
			value = NULL;
	}
	return value;
}

static const struct mtproto_value *query_of(const struct mtproto_value *call)
{
	const struct mtproto_combinator *combinator = call->as.object.combinator;

	for (uint32_t i = 0; i < combinator->field_count; i++)
		if (combinator->fields[i].type->kind == MTPROTO_TYPE_FUNCTION)
			return &call->as.object.fields[i];
	return NULL;
}

const struct mtproto_type *mtproto_value_result_type(const struct mtproto_value *call)
{
	while (call && call->kind == MTPROTO_VALUE_OBJECT && call->as.object.combinator->is_function) {
		const struct mtproto_type *result = call->as.object.combinator->result;
		const struct mtproto_value *query = query_of(call);

		if (result->kind != MTPROTO_TYPE_OBJECT || !query)
			return result;
		call = query;
	}
	return NULL;
}
