/* What the files of the schema engine share: tokens, declarations as they were read, the builder and the schema. */
#ifndef MTP_TL_SCHEMA_PARTS_H
#define MTP_TL_SCHEMA_PARTS_H

#include <mtproto/arena.h>
#include <mtproto/schema.h>

/* ---- Tokens ---- */

enum mtp_token_kind {
	MTP_TOKEN_END,
	MTP_TOKEN_NAME, /* letters, digits, _ and . */
	MTP_TOKEN_SIGN, /* one character of punctuation */
	MTP_TOKEN_TYPES,
	MTP_TOKEN_FUNCTIONS,
	MTP_TOKEN_BAD
};

struct mtp_token {
	enum mtp_token_kind kind;
	const char *text;
	size_t len;
	uint32_t line;
	uint32_t column;
};

struct mtp_lexer {
	const char *pos;
	const char *end;
	const char *line_start;
	uint32_t line;
	uint32_t layer; /* of the last comment "LAYER n", or 0 */
};

void mtp_lexer_init(struct mtp_lexer *lexer, const char *text, size_t len);
struct mtp_token mtp_lexer_next(struct mtp_lexer *lexer);
bool mtp_token_is(const struct mtp_token *token, const char *text);

/* Reads 1 to 8 hexadecimal digits that are the whole text. */
bool mtp_read_hex(uint32_t *value, const char *text, size_t len);

/* The id of a declaration: text without its semicolon. */
uint32_t mtp_declaration_id(const char *text, size_t len);

/* ---- Declarations as they were read ---- */

struct mtp_type_text {
	const char *name;
	const struct mtp_type_text *element; /* of a vector, or NULL */
	bool bare;                           /* % before it */
	bool call;                           /* ! before it */
	uint32_t line;
	uint32_t column;
};

struct mtp_field_text {
	struct mtp_field_text *next;
	const char *name;
	const char *flags; /* the field that decides, or NULL */
	uint32_t bit;
	struct mtp_type_text *type;
};

struct mtp_declaration {
	struct mtp_declaration *next;
	struct mtp_combinator_entry *entry; /* its combinator is complete but for fields and result */
	struct mtp_field_text *fields;
	struct mtp_type_text *result;
	const char *variable; /* X of {X:Type}, or NULL */
	bool replaced;        /* a later schema has the same id */
	bool is_prefix;       /* another declaration has the same id and more fields */
};

/* ---- Builder and schema ---- */

/* A type and the vectors of it, so that equal types are one. */
struct mtp_type_entry {
	struct mtproto_type type; /* first: a pointer to it is one to the entry */
	struct mtp_type_entry *vector;
	struct mtp_type_entry *bare_vector;
};

struct mtp_named_entry {
	struct mtproto_named_type named;
	struct mtp_type_entry boxed;
	struct mtp_named_entry *next; /* in its bucket */
	const struct mtproto_combinator **constructors;
	bool finite; /* it has a value of finite size */
};

struct mtp_combinator_entry {
	struct mtproto_combinator combinator; /* first: a pointer to it is one to the entry */
	struct mtp_type_entry bare;
	bool finite;
};

#define MTP_NATIVE_TYPES  (MTPROTO_TYPE_FUNCTION + 1)
#define MTP_NAMED_BUCKETS 1024u

struct mtproto_schema {
	struct mtproto_allocator allocator;
	struct mtproto_arena *arena;
	const struct mtproto_combinator **combinators;
	uint32_t count;
	uint32_t table_mask; /* the tables have a power of two of places, at most half of them taken */
	const struct mtproto_combinator **by_id;
	const struct mtproto_combinator **by_name; /* of one name, the newest is found first */
	struct mtp_named_entry *named[MTP_NAMED_BUCKETS];
	struct mtp_type_entry natives[MTP_NATIVE_TYPES]; /* those whose kind says all */
	uint32_t layer;
};

struct mtproto_schema_builder {
	struct mtproto_allocator allocator;
	struct mtproto_arena *texts;   /* what is needed until finish */
	struct mtproto_schema *schema; /* what finish gives away */
	struct mtp_declaration *first;
	struct mtp_declaration **last;
	const char *source; /* of the newest declarations, in the schema's arena */
	const char *section;
	struct mtproto_schema_error error;
};

/* Records the first error. Returns its code. */
#ifdef __GNUC__
__attribute__((format(printf, 4, 5)))
#endif
int mtp_schema_fail(struct mtproto_schema_builder *builder, int code, struct mtproto_schema_place place,
		    const char *format, ...);

/* An arena gave NULL: records why. Returns the code. */
int mtp_schema_no_room(struct mtproto_schema_builder *builder, const struct mtproto_arena *arena);

/* Reads declarations from text and appends them. An item is exactly one, of the kind that is_function says. */
int mtp_schema_parse(struct mtproto_schema_builder *builder, const char *text, size_t len);
int mtp_schema_parse_item(struct mtproto_schema_builder *builder, uint32_t index, bool is_function, const char *text,
			  size_t len);

/* The steps of finish: the tables, the types of all fields, and what is said of finite values. */
int mtp_schema_index(struct mtproto_schema_builder *builder);
int mtp_schema_resolve(struct mtproto_schema_builder *builder);
int mtp_schema_check_finite(struct mtproto_schema_builder *builder);

struct mtp_named_entry *mtp_schema_named(const struct mtproto_schema *schema, const char *name);

/* The same, made when there is none; NULL when there is no memory. name is kept. */
struct mtp_named_entry *mtp_schema_add_named(struct mtproto_schema *schema, const char *name);

/* The entry of a type name of the language, or NULL. */
struct mtp_type_entry *mtp_schema_native(struct mtproto_schema *schema, const char *name);

/* Names of constructors, methods and bare types are small, those of boxed types begin with a capital. */
bool mtp_name_is_small(const char *name);

/* Steps through the combinators of a name, newest first: *at is 0 at first. NULL at the end. */
const struct mtproto_combinator *mtp_schema_next_of_name(const struct mtproto_schema *schema, const char *name,
							 uint32_t *at);

/* The built-in schema, ended by NULL: one declaration a line, methods behind "---functions---". */
extern const char *const mtp_schema_builtin[];
#define MTP_SCHEMA_BUILTIN_SOURCE "built-in"

#endif
