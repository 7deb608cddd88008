/* A tree of values to a tree of JSON to text. Memory of jansson fails as NULL, and NULL given to it fails again, so
 * that one look at the end is enough. */
#include <mtproto/base64.h>
#include <mtproto/json.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct encoding {
	struct mtproto_arena *arena;
	const struct mtproto_schema *schema;
};

static json_t *encode_value(struct encoding *out, const struct mtproto_type *type, const struct mtproto_value *value);

static json_t *encode_long(int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	return json_string(text);
}

static json_t *encode_double(double real)
{
	if (real != real)
		return json_string("NaN");
	if (real - real != 0)
		return json_string(real > 0 ? "Infinity" : "-Infinity");
	return json_real(real);
}

static json_t *encode_base64(struct encoding *out, struct mtproto_span bytes)
{
	char *text = mtproto_arena_alloc(out->arena, MTPROTO_BASE64_SIZE(bytes.len) + 1);
	size_t len = text ? mtproto_base64_encode(text, bytes.data, bytes.len, MTPROTO_BASE64_STANDARD) : 0;

	return text ? json_stringn(text, len) : NULL;
}

/* jansson refuses what is not UTF-8; so does a failing malloc, which then fails again. */
static json_t *encode_string(struct encoding *out, struct mtproto_span bytes)
{
	json_t *text = json_stringn(bytes.len ? (const char *)bytes.data : "", bytes.len);

	return text ? text : json_pack("{s:o}", "base64", encode_base64(out, bytes));
}

static json_t *encode_vector(struct encoding *out, const struct mtproto_type *type, const struct mtproto_value *value)
{
	json_t *array = json_array();
	bool good = array != NULL;

	for (uint32_t i = 0; i < value->as.vector.count && good; i++)
		good = json_array_append_new(
			       array, encode_value(out, type ? type->element : NULL, &value->as.vector.items[i])) == 0;
	if (good)
		return array;
	json_decref(array);
	return NULL;
}

/* ---- Objects ---- */

/* The name, with the id when the name alone means another one in this place. */
static json_t *encode_name(struct encoding *out, const struct mtproto_type *type,
			   const struct mtproto_combinator *combinator)
{
	static const struct mtproto_type any = {.kind = MTPROTO_TYPE_OBJECT};
	char text[MTPROTO_SCHEMA_NAME_MAX + 16];

	if (mtproto_schema_by_name_of_type(out->schema, combinator->name, type ? type : &any) == combinator)
		return json_string(combinator->name);
	snprintf(text, sizeof(text), "%s#%08x", combinator->name, (unsigned)combinator->id);
	return json_string(text);
}

/* Bits of a flags field that belong to no other field; all of one that is not for flags. True when they have to be
 * written. */
static bool surplus_bits(const struct mtproto_value_object *object, uint32_t index, uint32_t *bits)
{
	const struct mtproto_combinator *combinator = object->combinator;
	uint32_t known = 0;

	for (uint32_t i = index + 1; i < combinator->field_count; i++)
		if (combinator->fields[i].flags == index)
			known |= 1u << combinator->fields[i].bit;
	*bits = object->fields[index].as.nat & ~known;
	return known == 0 || *bits != 0;
}

static bool is_written(const struct mtproto_value_object *object, uint32_t index)
{
	const struct mtproto_value *value = &object->fields[index];
	uint32_t bits;

	if (value->kind == MTPROTO_VALUE_ABSENT)
		return false;
	return value->kind != MTPROTO_VALUE_NAT || surplus_bits(object, index, &bits);
}

static json_t *encode_field(struct encoding *out, const struct mtproto_value_object *object, uint32_t index)
{
	uint32_t bits;

	if (object->fields[index].kind != MTPROTO_VALUE_NAT)
		return encode_value(out, object->combinator->fields[index].type, &object->fields[index]);
	surplus_bits(object, index, &bits);
	return json_integer(bits);
}

static json_t *encode_object(struct encoding *out, const struct mtproto_type *type, const struct mtproto_value *value)
{
	const struct mtproto_value_object *object = &value->as.object;
	const struct mtproto_combinator *combinator = object->combinator;
	json_t *json = json_object();
	bool good = json && json_object_set_new(json, "_", encode_name(out, type, combinator)) == 0;

	for (uint32_t i = 0; i < combinator->field_count && good; i++)
		if (is_written(object, i))
			good = json_object_set_new(json, combinator->fields[i].name, encode_field(out, object, i)) == 0;
	if (good)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *encode_value(struct encoding *out, const struct mtproto_type *type, const struct mtproto_value *value)
{
	switch (value->kind) {
	case MTPROTO_VALUE_ABSENT:
		return json_null();
	case MTPROTO_VALUE_INT:
		return json_integer(value->as.integer);
	case MTPROTO_VALUE_NAT:
		return json_integer(value->as.nat);
	case MTPROTO_VALUE_LONG:
		return encode_long(value->as.number);
	case MTPROTO_VALUE_DOUBLE:
		return encode_double(value->as.real);
	case MTPROTO_VALUE_RAW:
	case MTPROTO_VALUE_BYTES:
		return encode_base64(out, value->as.bytes);
	case MTPROTO_VALUE_STRING:
		return encode_string(out, value->as.bytes);
	case MTPROTO_VALUE_BOOL:
		return json_boolean(value->as.boolean);
	case MTPROTO_VALUE_VECTOR:
		return encode_vector(out, type, value);
	default:
		return encode_object(out, type, value);
	}
}

int mtproto_json_encode(struct mtproto_span *out, struct mtproto_arena *arena, const struct mtproto_value *value,
			const struct mtproto_schema *schema, bool indented)
{
	size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(17) | (indented ? JSON_INDENT(2) : 0);
	struct encoding encoding = {arena, schema};
	json_t *json = encode_value(&encoding, NULL, value);
	size_t len = json ? json_dumpb(json, NULL, 0, flags) : 0;
	char *text = len ? mtproto_arena_alloc(arena, len + 1) : NULL;
	int error = 0;

	out->data = NULL;
	out->len = 0;
	if (!text || json_dumpb(json, text, len, flags) != len) {
		error = mtproto_arena_error(arena);
		error = error ? error : MTPROTO_ERR_MEMORY;
	} else {
		out->data = (const uint8_t *)text;
		out->len = len;
	}
	json_decref(json);
	return error;
}
