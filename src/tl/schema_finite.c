/* Which constructors have a value of finite size, and how small it can be. "a x:A = A;" has none: each A contains
 * another one. What is left when no more finite ones are found has a cycle. */
#include "tl/schema_parts.h"

#include <mtproto/tl.h>

/* Bytes that a field of this type takes at least; false when no finite value is known so far. */
static bool size_of(const struct mtproto_type *type, uint32_t *size)
{
	const struct mtp_combinator_entry *bare = (const struct mtp_combinator_entry *)(const void *)type->bare;
	const struct mtp_type_entry *entry = (const struct mtp_type_entry *)(const void *)type;
	const struct mtp_named_entry *named;

	*size = 4;
	switch (type->kind) {
	case MTPROTO_TYPE_TRUE:
		*size = 0;
		return true;
	case MTPROTO_TYPE_LONG:
	case MTPROTO_TYPE_DOUBLE:
	case MTPROTO_TYPE_VECTOR:
		*size = 8;
		return true;
	case MTPROTO_TYPE_INT128:
		*size = 16;
		return true;
	case MTPROTO_TYPE_INT256:
		*size = 32;
		return true;
	case MTPROTO_TYPE_BARE:
		*size = bare->combinator.size_min;
		return bare->finite;
	case MTPROTO_TYPE_BOXED:
		/* The entry of a named type contains the entry of its boxed type. */
		named = (const struct mtp_named_entry *)(const void *)((const char *)entry -
								       offsetof(struct mtp_named_entry, boxed));
		return named->finite || named->named.constructor_count == 0;
	default:
		return true;
	}
}

static bool becomes_finite(struct mtp_combinator_entry *entry)
{
	const struct mtproto_combinator *combinator = &entry->combinator;
	uint32_t total = 0;

	for (uint32_t i = 0; i < combinator->field_count; i++) {
		uint32_t size;

		if (combinator->fields[i].flags != MTPROTO_FIELD_ALWAYS)
			continue;
		if (!size_of(combinator->fields[i].type, &size))
			return false;
		/* Only a lower bound is asked for, so it may stay below 2^24. */
		total = total + size < 1u << 24 ? total + size : 1u << 24;
	}
	entry->combinator.size_min = total;
	entry->finite = true;
	return true;
}

int mtp_schema_check_finite(struct mtproto_schema_builder *builder)
{
	struct mtproto_schema *schema = builder->schema;
	const struct mtp_declaration *stuck;
	bool changed;

	do {
		changed = false;
		stuck = NULL;
		for (struct mtp_declaration *each = builder->first; each; each = each->next) {
			struct mtp_combinator_entry *entry = each->entry;

			if (each->replaced || entry->finite)
				continue;
			if (!becomes_finite(entry)) {
				stuck = stuck ? stuck : each;
				continue;
			}
			changed = true;
			if (!entry->combinator.is_function)
				mtp_schema_named(schema, each->result->name)->finite = true;
		}
	} while (changed && stuck);
	if (!stuck)
		return 0;
	return mtp_schema_fail(builder, MTPROTO_ERR_SCHEMA, stuck->entry->combinator.place,
			       "a cycle: every value of %s contains another one", stuck->entry->combinator.name);
}
