/* Schemas at run time: what constructors and methods there are and what they are made of.
 *
 * A builder takes any number of schemas, as TL text or (with <mtproto/json.h>) in the JSON form in which Telegram
 * publishes them, on top of the built-in one: the protocol's own objects and the part of the API that a protocol engine
 * needs. A later schema replaces what an earlier one says about the same id. A finished schema never changes, so any
 * number of threads may use it. <mtproto/value.h> reads and writes values by it.
 *
 * What is understood of TL: combinators with named fields, #, flags (any number of words), boxed types, bare ones
 * (future_salt, %Message), vectors of both kinds, {X:Type} with !X and X, comments, ---types--- and ---functions---.
 * Source: core.telegram.org/mtproto/TL, /mtproto/TL-formal, /mtproto/TL-combinators. */
#ifndef MTPROTO_SCHEMA_H
#define MTPROTO_SCHEMA_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_SCHEMA_TEXT_MAX        (16u << 20) /* bytes of one schema */
#define MTPROTO_SCHEMA_COMBINATORS_MAX 32768u      /* of all schemas of a builder */
#define MTPROTO_SCHEMA_FIELDS_MAX      256u        /* of one combinator */
#define MTPROTO_SCHEMA_NATS_MAX        8u          /* fields of type # of one combinator */
#define MTPROTO_SCHEMA_NAME_MAX        127u        /* bytes of a name */
#define MTPROTO_SCHEMA_NESTING_MAX     8u          /* of types: Vector<Vector<...>> */

/* ---- What a finished schema is made of. All of it is read-only and lives as long as the schema. ---- */

enum mtproto_type_kind {
	MTPROTO_TYPE_INT,
	MTPROTO_TYPE_NAT, /* #: an int without sign; the flags of later fields */
	MTPROTO_TYPE_LONG,
	MTPROTO_TYPE_DOUBLE,
	MTPROTO_TYPE_INT128,
	MTPROTO_TYPE_INT256,
	MTPROTO_TYPE_STRING,
	MTPROTO_TYPE_BYTES,
	MTPROTO_TYPE_BOOL,        /* always boxed */
	MTPROTO_TYPE_TRUE,        /* takes no bytes: only the bit of its flags tells */
	MTPROTO_TYPE_VECTOR,      /* Vector<element>: with its id */
	MTPROTO_TYPE_BARE_VECTOR, /* vector<element>: the count comes first */
	MTPROTO_TYPE_BOXED,       /* one of the constructors of a named type, with its id */
	MTPROTO_TYPE_BARE,        /* the fields of one constructor, without its id */
	MTPROTO_TYPE_OBJECT,      /* Object, X: any combinator, with its id */
	MTPROTO_TYPE_FUNCTION     /* !X: any method, with its id */
};

struct mtproto_combinator;

/* A boxed type by its name. */
struct mtproto_named_type {
	const char *name;
	const struct mtproto_combinator *const *constructors;
	uint32_t constructor_count; /* 0: the built-in schema uses the type but does not know what is in it */
};

/* A type as it stands after a colon. The member beside kind that matters is named by it. */
struct mtproto_type {
	enum mtproto_type_kind kind;
	const struct mtproto_type *element;     /* VECTOR, BARE_VECTOR */
	const struct mtproto_named_type *named; /* BOXED */
	const struct mtproto_combinator *bare;  /* BARE */
};

#define MTPROTO_FIELD_ALWAYS UINT32_MAX

/* A field is there always, or when a bit of an earlier field of kind NAT is set. */
struct mtproto_field {
	const char *name;
	const struct mtproto_type *type;
	uint32_t flags; /* the index of the field that decides, or MTPROTO_FIELD_ALWAYS */
	uint32_t word;  /* which of the combinator's # fields that is, from 0 */
	uint32_t bit;   /* 0..31 */
};

/* Where a declaration stands. */
struct mtproto_schema_place {
	const char *source;  /* as it was named to the builder */
	const char *section; /* JSON: the array it is in; NULL: it is TL text */
	uint32_t line;       /* from 1; JSON: the index in the array, from 0 */
	uint32_t column;     /* from 1, in bytes */
};

/* A constructor or a method. */
struct mtproto_combinator {
	const char *name;
	uint32_t id;          /* what stands on the wire */
	uint32_t id_computed; /* the CRC32 of the declaration; some ids were given by hand and differ */
	bool is_function;
	const struct mtproto_field *fields;
	uint32_t field_count;
	const struct mtproto_type *result; /* a constructor's own type, BOXED; of a method: what it answers */
	uint32_t size_min;                 /* bytes that the fields take at least, without the id */
	struct mtproto_schema_place place;
};

/* Opaque and immutable. */
struct mtproto_schema;

/* ---- Making one. ---- */

/* What is wrong with a schema. */
struct mtproto_schema_error {
	int code; /* MTPROTO_ERR_SCHEMA, MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY */
	struct mtproto_schema_place place;
	char reason[192];
};

struct mtproto_schema_builder;

/* A builder that holds the built-in schema. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_schema_builder_new(struct mtproto_schema_builder **out,
							    const struct mtproto_allocator *allocator);
/* builder may be NULL. */
MTPROTO_API void mtproto_schema_builder_free(struct mtproto_schema_builder *builder);

/* Adds a schema in TL text. source is its name in errors, usually that of its file. Whether its types exist is seen by
 * finish. Errors: MTPROTO_ERR_SCHEMA, MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY; after one nothing but error and free is
 * allowed. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_schema_builder_add_text(struct mtproto_schema_builder *builder,
								 const char *source, const char *text, size_t len);

/* Adds one declaration of a schema that is not a text: item index of the array section. What stands in text is the
 * declaration as TL has it, and nothing else. All items of one source belong together as those of one text do.
 * Errors: as above. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_schema_builder_add_item(struct mtproto_schema_builder *builder,
								 const char *source, const char *section,
								 uint32_t index, bool is_function, const char *text,
								 size_t len);

/* Records an error that a reader of another form found, so that it is reported like the builder's own. Returns code. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_schema_builder_fail(struct mtproto_schema_builder *builder, int code,
							     const char *source, const char *section, uint32_t line,
							     uint32_t column, const char *reason);

/* Finds every type, checks that every type has a finite value and that no id is used twice, and makes the schema. The
 * builder can only be freed afterwards; the schema does not need it. Errors: as above. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_schema_builder_finish(struct mtproto_schema **out,
							       struct mtproto_schema_builder *builder);

/* The first error; its code is 0 when there was none. Its place is valid until the builder is freed. */
MTPROTO_API const struct mtproto_schema_error *
mtproto_schema_builder_error(const struct mtproto_schema_builder *builder);

/* Writes "api.tl:12:5: reason" or "api.json: methods[3]: reason" and a zero byte to at most cap bytes. */
MTPROTO_API void mtproto_schema_error_text(char *out, size_t cap, const struct mtproto_schema_error *error);

/* All in one: the built-in schema alone. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_schema_new_builtin(struct mtproto_schema **out,
							    const struct mtproto_allocator *allocator);
/* schema may be NULL. */
MTPROTO_API void mtproto_schema_free(struct mtproto_schema *schema);

/* ---- Asking it. ---- */

/* NULL when no constructor or method has this id. */
MTPROTO_API const struct mtproto_combinator *mtproto_schema_by_id(const struct mtproto_schema *schema, uint32_t id);

/* The constructor or method of that name in the schema that was added last, or NULL. "config#232566ac" names one of
 * several exactly. */
MTPROTO_API const struct mtproto_combinator *mtproto_schema_by_name(const struct mtproto_schema *schema,
								    const char *name);

/* The constructor of that name that belongs to type (BOXED or OBJECT: any; FUNCTION: the method), or NULL. */
MTPROTO_API const struct mtproto_combinator *
mtproto_schema_by_name_of_type(const struct mtproto_schema *schema, const char *name, const struct mtproto_type *type);

/* A type of this name: "int", "Bool", "Config", "Object", and "Vector<...>" of what a field of the schema is a vector
 * of. NULL when there is none. */
MTPROTO_API const struct mtproto_type *mtproto_schema_type(const struct mtproto_schema *schema, const char *name);

/* How many combinators there are, and each of them, in the order in which they were added. */
MTPROTO_API uint32_t mtproto_schema_count(const struct mtproto_schema *schema);
MTPROTO_API const struct mtproto_combinator *mtproto_schema_at(const struct mtproto_schema *schema, uint32_t index);

/* The layer that a comment "// LAYER 228" of the schema added last says, or 0. */
MTPROTO_API uint32_t mtproto_schema_layer(const struct mtproto_schema *schema);

/* Writes a type as TL has it ("Vector<long>"), with a zero byte, to at most cap bytes. */
MTPROTO_API void mtproto_type_text(char *out, size_t cap, const struct mtproto_type *type);

/* The id of one declaration by the rule for ids: the CRC32 of its text in the normal form. An id and a semicolon in the
 * text are passed over. Errors: MTPROTO_ERR_SCHEMA when it is not one declaration; error may be NULL. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_schema_compute_id(uint32_t *id, const char *text, size_t len,
							   struct mtproto_schema_error *error);

#ifdef __cplusplus
}
#endif

#endif
