/* Objects of any constructor by a schema: read to a tree of values, written from one, skipped, or searched for one
 * field without a tree.
 *
 * Trees live in an arena and point into the bytes that they were read from; both must outlive them. Everything is
 * bounded: nesting by MTPROTO_VALUE_DEPTH_MAX, the number of values by MTPROTO_VALUE_COUNT_MAX, memory by the arena.
 * Errors name the place: "updates[3].message.id". */
#ifndef MTPROTO_VALUE_H
#define MTPROTO_VALUE_H

#include <mtproto/arena.h>
#include <mtproto/base.h>
#include <mtproto/error.h>
#include <mtproto/schema.h>
#include <mtproto/tl.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_VALUE_DEPTH_MAX 128u       /* steps of a path */
#define MTPROTO_VALUE_COUNT_MAX (1u << 22) /* fields and elements of one tree */

enum mtproto_value_kind {
	MTPROTO_VALUE_ABSENT,
	MTPROTO_VALUE_INT,
	MTPROTO_VALUE_NAT, /* # */
	MTPROTO_VALUE_LONG,
	MTPROTO_VALUE_DOUBLE,
	MTPROTO_VALUE_RAW,    /* int128, int256: bytes */
	MTPROTO_VALUE_STRING, /* bytes; nobody has checked that they are UTF-8 */
	MTPROTO_VALUE_BYTES,
	MTPROTO_VALUE_BOOL, /* a Bool; true in flags.N?true, which is absent instead of false */
	MTPROTO_VALUE_VECTOR,
	MTPROTO_VALUE_OBJECT
};

struct mtproto_value;

struct mtproto_value_vector {
	const struct mtproto_value *items;
	uint32_t count;
};

/* fields has one value for each of the combinator's, in their order; optional ones may be absent. */
struct mtproto_value_object {
	const struct mtproto_combinator *combinator;
	const struct mtproto_value *fields;
};

struct mtproto_value {
	enum mtproto_value_kind kind;
	union {
		int32_t integer;
		uint32_t nat;
		int64_t number; /* LONG */
		double real;
		bool boolean;
		struct mtproto_span bytes; /* RAW, STRING, BYTES */
		struct mtproto_value_vector vector;
		struct mtproto_value_object object;
	} as;
};

/* The way from the outermost object to a value in it. Names are borrowed. */
struct mtproto_value_step {
	const char *name; /* NULL: an element */
	uint32_t index;
};

struct mtproto_value_path {
	uint32_t depth;
	struct mtproto_value_step steps[MTPROTO_VALUE_DEPTH_MAX];
};

/* Writes "updates[3].message.id" and a zero byte to at most cap bytes; a long one loses its middle. */
MTPROTO_API void mtproto_value_path_text(char *out, size_t cap, const struct mtproto_value_path *path);

/* What is wrong, and where. */
struct mtproto_value_error {
	int code;
	char path[256];   /* "" is the outermost value */
	char reason[192]; /* "expected int, found nothing" */
};

/* In all of the following type is what the outermost value is; NULL: any object with its id. error may be NULL. */

/* Reads one value. Errors: MTPROTO_ERR_TRUNCATED, MTPROTO_ERR_CONSTRUCTOR (an id that the schema does not know, or of
 * another type), MTPROTO_ERR_ENCODING, MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_value_read(struct mtproto_value *out, struct mtproto_arena *arena,
						    struct mtproto_tl_reader *r, const struct mtproto_schema *schema,
						    const struct mtproto_type *type, struct mtproto_value_error *error);

/* Passes over one value. Errors: as of mtproto_value_read. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_value_skip(struct mtproto_tl_reader *r, const struct mtproto_schema *schema,
						    const struct mtproto_type *type, struct mtproto_value_error *error);

/* A value inside an object, as its bytes: with the id or count that stands before it. */
struct mtproto_found {
	const struct mtproto_type *type;
	struct mtproto_span bytes; /* empty for true */
};

/* Finds what path ("updates[3].message.id", "" for all) names in the object at data, without allocating. Errors: as
 * above, and MTPROTO_ERR_NOT_FOUND when the constructor has no such field, it is not set, or the vector is shorter. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_value_find(struct mtproto_found *out, const void *data, size_t len,
						    const struct mtproto_schema *schema,
						    const struct mtproto_type *type, const char *path,
						    struct mtproto_value_error *error);

/* Writes one value. Bits of flags follow from which fields are there; of a # that is given, only the bits that belong
 * to no field are used. Errors: MTPROTO_ERR_VALUE, MTPROTO_ERR_BUFFER, MTPROTO_ERR_TOO_LARGE, MTPROTO_ERR_LIMIT. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_value_write(struct mtproto_tl_writer *w, const struct mtproto_value *value,
						     const struct mtproto_type *type,
						     struct mtproto_value_error *error);

/* A field of an object, or what a path names in it; NULL when it is not there. */
MTPROTO_API const struct mtproto_value *mtproto_value_field(const struct mtproto_value *object, const char *name);
MTPROTO_API const struct mtproto_value *mtproto_value_get(const struct mtproto_value *value, const char *path);

/* What a call answers: its result type, or for invokeWithLayer and its like that of the query inside. NULL when the
 * value is no call. */
MTPROTO_API const struct mtproto_type *mtproto_value_result_type(const struct mtproto_value *call);

/* ---- For those who turn values into something else (as <mtproto/json.h> does), and want the same bounds and errors.
 * Where they are in a value, and what they may still do: ---- */

struct mtproto_value_cursor {
	struct mtproto_value_path path;
	uint32_t values_left;
	struct mtproto_value_error *error; /* or NULL */
};

/* At the outermost value. */
MTPROTO_API void mtproto_value_cursor_init(struct mtproto_value_cursor *cursor, struct mtproto_value_error *error);

/* Goes into a field, or with name NULL into an element; leave comes back. Errors: MTPROTO_ERR_LIMIT when it is too deep
 * or there were too many. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_value_enter(struct mtproto_value_cursor *cursor, const char *name,
						     uint32_t index);
MTPROTO_API void mtproto_value_leave(struct mtproto_value_cursor *cursor);

/* Fills the error, if it is the first, as printf does. Returns code. */
#ifdef __GNUC__
__attribute__((format(printf, 3, 4)))
#endif
MTPROTO_API int
mtproto_value_fail(struct mtproto_value_cursor *cursor, int code, const char *format, ...);

#ifdef __cplusplus
}
#endif

#endif
