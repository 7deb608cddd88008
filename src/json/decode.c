/* JSON to a tree of values, led by the type that is expected. */
#include <mtproto/base64.h>
#include <mtproto/json.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "json/text.h"

struct decoding {
	struct mtproto_value_cursor cursor;
	struct mtproto_arena *arena;
	const struct mtproto_schema *schema;
};

static const struct mtproto_type any_object = {.kind = MTPROTO_TYPE_OBJECT};

static int decode_value(struct decoding *in, const struct mtproto_type *type, const json_t *json,
			struct mtproto_value *out);

/* What stands there, short enough for a line. */
static void describe(char *out, size_t cap, const json_t *json)
{
	if (json_is_string(json))
		snprintf(out, cap, "\"%.40s\"", json_string_value(json));
	else if (json_is_integer(json))
		snprintf(out, cap, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
	else if (json_is_real(json))
		snprintf(out, cap, "%.17g", json_real_value(json));
	else if (json_is_boolean(json))
		snprintf(out, cap, "%s", json_is_true(json) ? "true" : "false");
	else
		snprintf(out, cap, "%s",
			 json_is_array(json)    ? "an array"
			 : json_is_object(json) ? "an object"
						: "nothing");
}

static int does_not_fit(struct decoding *in, const struct mtproto_type *type, const json_t *json, const char *how)
{
	char expected[160], found[64];

	mtproto_type_text(expected, sizeof(expected), type);
	describe(found, sizeof(found), json);
	return mtproto_value_fail(&in->cursor, MTPROTO_ERR_VALUE, "expected %.80s%s, found %s", expected, how, found);
}

static int no_room(struct decoding *in)
{
	int error = mtproto_arena_error(in->arena);

	return mtproto_value_fail(&in->cursor, error, "%s", mtproto_strerror(error));
}

/* ---- Numbers ---- */

static int decode_integer(struct decoding *in, const struct mtproto_type *type, const json_t *json, json_int_t min,
			  json_int_t max, json_int_t *out)
{
	if (!json_is_integer(json))
		return does_not_fit(in, type, json, "");
	*out = json_integer_value(json);
	return *out >= min && *out <= max ? 0 : does_not_fit(in, type, json, "");
}

/* Decimal digits of an int64_t with a sign, nothing else. */
static bool read_long(const char *text, size_t len, int64_t *out)
{
	bool negative = len > 0 && text[0] == '-';
	uint64_t limit = (uint64_t)INT64_MAX + negative;
	uint64_t value = 0;

	if (len == (size_t)negative)
		return false;
	for (size_t i = negative; i < len; i++) {
		uint64_t digit = (uint64_t)(uint8_t)text[i] - '0';

		if (digit > 9 || value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

static int decode_long(struct decoding *in, const struct mtproto_type *type, const json_t *json,
		       struct mtproto_value *out)
{
	out->kind = MTPROTO_VALUE_LONG;
	if (json_is_integer(json)) {
		out->as.number = json_integer_value(json);
		return 0;
	}
	if (json_is_string(json) && read_long(json_string_value(json), json_string_length(json), &out->as.number))
		return 0;
	return does_not_fit(in, type, json, "");
}

static int decode_double(struct decoding *in, const struct mtproto_type *type, const json_t *json,
			 struct mtproto_value *out)
{
	/* The constants of <math.h> without its functions. */
	static const struct {
		const char *name;
		uint64_t bits;
	} others[] = {{"NaN", UINT64_C(0x7ff8) << 48},
		      {"Infinity", UINT64_C(0x7ff0) << 48},
		      {"-Infinity", UINT64_C(0xfff0) << 48}};

	out->kind = MTPROTO_VALUE_DOUBLE;
	if (json_is_number(json)) {
		out->as.real = json_number_value(json);
		return 0;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && json_is_string(json); i++) {
		if (strcmp(json_string_value(json), others[i].name) == 0) {
			memcpy(&out->as.real, &others[i].bits, sizeof(out->as.real));
			return 0;
		}
	}
	return does_not_fit(in, type, json, "");
}

/* ---- Bytes ---- */

/* len_wanted 0: of any length. */
static int decode_base64(struct decoding *in, const struct mtproto_type *type, const json_t *json, size_t len_wanted,
			 struct mtproto_value *out)
{
	size_t text_len = json_is_string(json) ? json_string_length(json) : 0;
	uint8_t *bytes;
	size_t len;

	if (!json_is_string(json))
		return does_not_fit(in, type, json, " in base64");
	bytes = mtproto_arena_alloc(in->arena, text_len);
	if (!bytes)
		return no_room(in);
	if (mtproto_base64_decode(bytes, text_len, &len, json_string_value(json), text_len, MTPROTO_BASE64_STANDARD) ||
	    (len_wanted && len != len_wanted) || len > MTPROTO_TL_BYTES_MAX)
		return does_not_fit(in, type, json, " in base64");
	out->as.bytes.data = bytes;
	out->as.bytes.len = len;
	return 0;
}

static int decode_string(struct decoding *in, const struct mtproto_type *type, const json_t *json,
			 struct mtproto_value *out)
{
	const json_t *base64 = json_object_get(json, "base64");
	char *copy;

	out->kind = MTPROTO_VALUE_STRING;
	if (base64 && json_object_size(json) == 1)
		return decode_base64(in, type, base64, 0, out);
	if (!json_is_string(json) || json_string_length(json) > MTPROTO_TL_BYTES_MAX)
		return does_not_fit(in, type, json, "");
	copy = mtproto_arena_copy(in->arena, json_string_value(json), json_string_length(json));
	if (!copy)
		return no_room(in);
	out->as.bytes.data = (const uint8_t *)copy;
	out->as.bytes.len = json_string_length(json);
	return 0;
}

/* ---- Vectors and objects ---- */

static int decode_vector(struct decoding *in, const struct mtproto_type *type, const json_t *json,
			 struct mtproto_value *out)
{
	size_t count = json_array_size(json);
	struct mtproto_value *items;
	int error = 0;

	if (!json_is_array(json) || count > MTPROTO_VALUE_COUNT_MAX)
		return does_not_fit(in, type, json, "");
	items = mtproto_arena_alloc(in->arena, sizeof(*items) * count);
	if (!items)
		return no_room(in);
	out->kind = MTPROTO_VALUE_VECTOR;
	out->as.vector.items = items;
	out->as.vector.count = (uint32_t)count;
	for (uint32_t i = 0; i < count && !error; i++) {
		error = mtproto_value_enter(&in->cursor, NULL, i);
		if (error)
			return error;
		error = decode_value(in, type->element, json_array_get(json, i), &items[i]);
		if (!error)
			mtproto_value_leave(&in->cursor);
	}
	return error;
}

static const struct mtproto_field *find_field(const struct mtproto_combinator *combinator, const char *name)
{
	for (uint32_t i = 0; i < combinator->field_count; i++)
		if (strcmp(combinator->fields[i].name, name) == 0)
			return &combinator->fields[i];
	return NULL;
}

static int check_members(struct decoding *in, const struct mtproto_combinator *combinator, const json_t *json)
{
	/* jansson's iterators do not change what they walk over, but say so nowhere. */
	json_t *object = (json_t *)(uintptr_t)json;

	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		const char *name = json_object_iter_key(at);

		if (strcmp(name, "_") != 0 && !find_field(combinator, name))
			return mtproto_value_fail(&in->cursor, MTPROTO_ERR_VALUE, "%.64s has no field \"%.64s\"",
						  combinator->name, name);
	}
	return 0;
}

static int decode_field(struct decoding *in, const struct mtproto_field *field, const json_t *json,
			struct mtproto_value *out)
{
	bool is_missing = !json || json_is_null(json);
	int error;

	/* A # is for flags mostly, and follows from the other fields then; the writer knows when it does not. */
	if (is_missing && (field->flags != MTPROTO_FIELD_ALWAYS || field->type->kind == MTPROTO_TYPE_NAT))
		return 0;
	error = mtproto_value_enter(&in->cursor, field->name, 0);
	if (error)
		return error;
	if (field->type->kind == MTPROTO_TYPE_TRUE && field->flags != MTPROTO_FIELD_ALWAYS && json_is_false(json))
		out->kind = MTPROTO_VALUE_ABSENT;
	else
		error = decode_value(in, field->type, json, out);
	if (!error)
		mtproto_value_leave(&in->cursor);
	return error;
}

static int decode_fields(struct decoding *in, const struct mtproto_combinator *combinator, const json_t *json,
			 struct mtproto_value *out)
{
	struct mtproto_value *fields = mtproto_arena_alloc(in->arena, sizeof(*fields) * combinator->field_count);
	int error;

	if (!fields)
		return no_room(in);
	out->kind = MTPROTO_VALUE_OBJECT;
	out->as.object.combinator = combinator;
	out->as.object.fields = fields;
	error = check_members(in, combinator, json);
	for (uint32_t i = 0; i < combinator->field_count && !error; i++)
		error = decode_field(in, &combinator->fields[i], json_object_get(json, combinator->fields[i].name),
				     &fields[i]);
	return error;
}

static int decode_object(struct decoding *in, const struct mtproto_type *type, const json_t *json,
			 struct mtproto_value *out)
{
	const json_t *name = json_object_get(json, "_");
	const struct mtproto_combinator *combinator = type->bare;

	if (!json_is_object(json))
		return does_not_fit(in, type, json, "");
	if (!name && !combinator)
		return does_not_fit(in, type, json, " with \"_\", the name of its constructor");
	if (name && !json_is_string(name))
		return does_not_fit(in, type, name, " by its name in \"_\"");
	if (name)
		combinator = mtproto_schema_by_name_of_type(in->schema, json_string_value(name), type);
	if (!combinator)
		return does_not_fit(in, type, name, "");
	return decode_fields(in, combinator, json, out);
}

/* ---- One value of any type ---- */

static int decode_value(struct decoding *in, const struct mtproto_type *type, const json_t *json,
			struct mtproto_value *out)
{
	json_int_t integer = 0;
	int error;

	switch (type->kind) {
	case MTPROTO_TYPE_INT:
		error = decode_integer(in, type, json, INT32_MIN, INT32_MAX, &integer);
		out->kind = MTPROTO_VALUE_INT;
		out->as.integer = (int32_t)integer;
		return error;
	case MTPROTO_TYPE_NAT:
		error = decode_integer(in, type, json, 0, UINT32_MAX, &integer);
		out->kind = MTPROTO_VALUE_NAT;
		out->as.nat = (uint32_t)integer;
		return error;
	case MTPROTO_TYPE_LONG:
		return decode_long(in, type, json, out);
	case MTPROTO_TYPE_DOUBLE:
		return decode_double(in, type, json, out);
	case MTPROTO_TYPE_INT128:
	case MTPROTO_TYPE_INT256:
		out->kind = MTPROTO_VALUE_RAW;
		return decode_base64(in, type, json, type->kind == MTPROTO_TYPE_INT128 ? 16 : 32, out);
	case MTPROTO_TYPE_STRING:
		return decode_string(in, type, json, out);
	case MTPROTO_TYPE_BYTES:
		out->kind = MTPROTO_VALUE_BYTES;
		return decode_base64(in, type, json, 0, out);
	case MTPROTO_TYPE_BOOL:
	case MTPROTO_TYPE_TRUE:
		if (!json_is_boolean(json) || (type->kind == MTPROTO_TYPE_TRUE && !json_is_true(json)))
			return does_not_fit(in, type, json, "");
		out->kind = MTPROTO_VALUE_BOOL;
		out->as.boolean = json_is_true(json);
		return 0;
	case MTPROTO_TYPE_VECTOR:
	case MTPROTO_TYPE_BARE_VECTOR:
		return decode_vector(in, type, json, out);
	default:
		return decode_object(in, type, json, out);
	}
}

int mtproto_json_decode(struct mtproto_value *out, struct mtproto_arena *arena, const char *text, size_t len,
			const struct mtproto_schema *schema, const struct mtproto_type *type,
			struct mtproto_value_error *error)
{
	struct decoding in = {.arena = arena, .schema = schema};
	struct mtp_json_complaint complaint;
	json_t *json;
	int result;

	mtproto_value_cursor_init(&in.cursor, error);
	memset(out, 0, sizeof(*out));
	json = mtp_json_parse(text, len, &complaint);
	if (!json)
		return mtproto_value_fail(&in.cursor, MTPROTO_ERR_VALUE, "not JSON: line %u, column %u: %s",
					  (unsigned)complaint.line, (unsigned)complaint.column, complaint.text);
	result = decode_value(&in, type ? type : &any_object, json, out);
	if (result)
		memset(out, 0, sizeof(*out));
	json_decref(json);
	return result;
}

int mtproto_json_decode_fields(struct mtproto_value *out, struct mtproto_arena *arena, const char *text, size_t len,
			       const struct mtproto_schema *schema, const struct mtproto_combinator *combinator,
			       struct mtproto_value_error *error)
{
	struct mtproto_type bare = {.kind = MTPROTO_TYPE_BARE, .bare = combinator};

	return mtproto_json_decode(out, arena, text, len, schema, &bare, error);
}
