/* Random values of any constructor of a schema, for tests. The height of a constructor is how deep its smallest value
 * nests: deep in a value the lowest one is chosen, so that every value ends. */
#ifndef TESTS_TL_RANDOM_VALUE_H
#define TESTS_TL_RANDOM_VALUE_H

#include <mtproto/value.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_HEIGHTS 16384u
#define RANDOM_DEPTH   4u

struct random_values {
	const struct mtproto_schema *schema;
	struct mtproto_arena *arena;
	uint64_t state;
	const struct mtproto_combinator *keys[RANDOM_HEIGHTS];
	uint32_t heights[RANDOM_HEIGHTS];
};

static inline uint32_t random_next(struct random_values *random, uint32_t below)
{
	random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random->state >> 33) % below;
}

static inline uint32_t *random_height(struct random_values *random, const struct mtproto_combinator *combinator)
{
	uint32_t at = (uint32_t)((uintptr_t)combinator >> 4) % RANDOM_HEIGHTS;

	while (random->keys[at] && random->keys[at] != combinator)
		at = (at + 1) % RANDOM_HEIGHTS;
	if (!random->keys[at])
		random->heights[at] = UINT32_MAX;
	random->keys[at] = combinator;
	return &random->heights[at];
}

static inline const struct mtproto_combinator *random_lowest(struct random_values *random,
							     const struct mtproto_type *type)
{
	const struct mtproto_combinator *lowest = NULL;

	if (type->kind == MTPROTO_TYPE_BARE)
		return type->bare;
	for (uint32_t i = 0; i < type->named->constructor_count; i++) {
		const struct mtproto_combinator *each = type->named->constructors[i];

		if (*random_height(random, each) != UINT32_MAX &&
		    (!lowest || *random_height(random, each) < *random_height(random, lowest)))
			lowest = each;
	}
	return lowest;
}

static inline uint32_t random_height_of(struct random_values *random, const struct mtproto_combinator *combinator)
{
	uint32_t height = 0;

	for (uint32_t i = 0; i < combinator->field_count; i++) {
		const struct mtproto_type *type = combinator->fields[i].type;
		const struct mtproto_combinator *lowest;
		uint32_t below;

		if (combinator->fields[i].flags != MTPROTO_FIELD_ALWAYS ||
		    (type->kind != MTPROTO_TYPE_BOXED && type->kind != MTPROTO_TYPE_BARE))
			continue;
		lowest = random_lowest(random, type);
		below = lowest ? *random_height(random, lowest) : UINT32_MAX;
		if (below == UINT32_MAX)
			return UINT32_MAX;
		if (below + 1 > height)
			height = below + 1;
	}
	return height;
}

static inline void random_init(struct random_values *random, const struct mtproto_schema *schema,
			       struct mtproto_arena *arena, uint64_t seed)
{
	bool changed = true;

	memset(random, 0, sizeof(*random));
	random->schema = schema;
	random->arena = arena;
	random->state = seed;
	assert(mtproto_schema_count(schema) < RANDOM_HEIGHTS / 2);
	while (changed) {
		changed = false;
		for (uint32_t i = 0; i < mtproto_schema_count(schema); i++) {
			const struct mtproto_combinator *each = mtproto_schema_at(schema, i);
			uint32_t height = random_height_of(random, each);

			if (height < *random_height(random, each)) {
				*random_height(random, each) = height;
				changed = true;
			}
		}
	}
}

/* False for what the built-in schema knows by name only. */
static inline bool random_can_make(struct random_values *random, const struct mtproto_combinator *combinator)
{
	return *random_height(random, combinator) != UINT32_MAX;
}

static inline void *random_memory(struct random_values *random, size_t size)
{
	void *memory = mtproto_arena_alloc(random->arena, size);

	assert(memory);
	return memory;
}

static inline void random_bytes(struct random_values *random, struct mtproto_value *out, size_t len)
{
	uint8_t *data = random_memory(random, len);

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)random_next(random, 256);
	out->as.bytes.data = data;
	out->as.bytes.len = len;
}

static inline void random_object(struct random_values *random, const struct mtproto_combinator *combinator,
				 unsigned depth, struct mtproto_value *out);

static inline void random_value(struct random_values *random, const struct mtproto_type *type, unsigned depth,
				struct mtproto_value *out);

static inline void random_vector(struct random_values *random, const struct mtproto_type *type, unsigned depth,
				 struct mtproto_value *out)
{
	uint32_t count = depth < RANDOM_DEPTH ? random_next(random, 4) : 0;
	struct mtproto_value *items = random_memory(random, sizeof(*items) * count);

	if (type->element->kind == MTPROTO_TYPE_BOXED && !random_lowest(random, type->element))
		count = 0;
	out->kind = MTPROTO_VALUE_VECTOR;
	for (uint32_t i = 0; i < count; i++)
		random_value(random, type->element, depth + 1, &items[i]);
	out->as.vector.items = items;
	out->as.vector.count = count;
}

static inline void random_value(struct random_values *random, const struct mtproto_type *type, unsigned depth,
				struct mtproto_value *out)
{
	const struct mtproto_combinator *combinator;

	switch (type->kind) {
	case MTPROTO_TYPE_INT:
		out->kind = MTPROTO_VALUE_INT;
		out->as.integer = (int32_t)(random_next(random, 65536) << 16 | random_next(random, 65536));
		break;
	case MTPROTO_TYPE_NAT:
		out->kind = MTPROTO_VALUE_NAT;
		out->as.nat = random_next(random, 65536) << 16 | random_next(random, 65536);
		break;
	case MTPROTO_TYPE_LONG:
		out->kind = MTPROTO_VALUE_LONG;
		out->as.number = (int64_t)(random->state ^ (uint64_t)random_next(random, 65536) << 48);
		break;
	case MTPROTO_TYPE_DOUBLE:
		out->kind = MTPROTO_VALUE_DOUBLE;
		out->as.real = (double)random_next(random, 1000000) / 7 - 70000;
		break;
	case MTPROTO_TYPE_INT128:
	case MTPROTO_TYPE_INT256:
		out->kind = MTPROTO_VALUE_RAW;
		random_bytes(random, out, type->kind == MTPROTO_TYPE_INT128 ? 16 : 32);
		break;
	case MTPROTO_TYPE_STRING:
	case MTPROTO_TYPE_BYTES:
		out->kind = type->kind == MTPROTO_TYPE_STRING ? MTPROTO_VALUE_STRING : MTPROTO_VALUE_BYTES;
		random_bytes(random, out, random_next(random, random_next(random, 50) ? 12 : 600));
		break;
	case MTPROTO_TYPE_BOOL:
	case MTPROTO_TYPE_TRUE:
		out->kind = MTPROTO_VALUE_BOOL;
		out->as.boolean = type->kind == MTPROTO_TYPE_TRUE || random_next(random, 2);
		break;
	case MTPROTO_TYPE_VECTOR:
	case MTPROTO_TYPE_BARE_VECTOR:
		random_vector(random, type, depth, out);
		break;
	case MTPROTO_TYPE_OBJECT:
		random_object(random, mtproto_schema_by_name(random->schema, "pong"), depth + 1, out);
		break;
	case MTPROTO_TYPE_FUNCTION:
		random_object(random, mtproto_schema_by_name(random->schema, "ping"), depth + 1, out);
		break;
	default:
		combinator = random_lowest(random, type);
		if (type->kind == MTPROTO_TYPE_BOXED && depth < RANDOM_DEPTH)
			combinator = type->named->constructors[random_next(random, type->named->constructor_count)];
		if (!random_can_make(random, combinator))
			combinator = random_lowest(random, type);
		random_object(random, combinator, depth + 1, out);
	}
}

static inline bool random_is_makeable(struct random_values *random, const struct mtproto_type *type)
{
	return type->kind != MTPROTO_TYPE_BOXED || random_lowest(random, type);
}

/* All fields of a bit are there, or none. */
static inline void random_object(struct random_values *random, const struct mtproto_combinator *combinator,
				 unsigned depth, struct mtproto_value *out)
{
	struct mtproto_value *fields = random_memory(random, sizeof(*fields) * combinator->field_count);
	uint32_t chosen[MTPROTO_SCHEMA_NATS_MAX];

	for (uint32_t i = 0; i < MTPROTO_SCHEMA_NATS_MAX; i++)
		chosen[i] = depth < RANDOM_DEPTH ? random_next(random, 65536) << 16 | random_next(random, 65536) : 0;
	for (uint32_t i = 0; i < combinator->field_count; i++) {
		const struct mtproto_field *field = &combinator->fields[i];

		if (field->flags != MTPROTO_FIELD_ALWAYS && !random_is_makeable(random, field->type))
			chosen[field->word] &= ~(1u << field->bit);
	}
	for (uint32_t i = 0; i < combinator->field_count; i++) {
		const struct mtproto_field *field = &combinator->fields[i];

		if (field->flags == MTPROTO_FIELD_ALWAYS || chosen[field->word] >> field->bit & 1)
			random_value(random, field->type, depth, &fields[i]);
	}
	out->kind = MTPROTO_VALUE_OBJECT;
	out->as.object.combinator = combinator;
	out->as.object.fields = fields;
}

/* The bytes of a value in a block of exactly their size, from malloc. */
static inline uint8_t *random_write(const struct mtproto_value *value, const struct mtproto_type *type, size_t *len)
{
	struct mtproto_value_error error;
	struct mtproto_tl_writer w;
	uint8_t *out;

	mtproto_tl_writer_init(&w, NULL, 0);
	if (mtproto_value_write(&w, value, type, &error)) {
		fprintf(stderr, "%s: %s\n", error.path, error.reason);
		abort();
	}
	*len = w.len;
	out = malloc(*len ? *len : 1);
	assert(out);
	mtproto_tl_writer_init(&w, out, *len);
	if (mtproto_value_write(&w, value, type, NULL) || w.len != *len)
		abort();
	return out;
}

#endif
