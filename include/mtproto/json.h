/* Values as JSON and back, and schemas in JSON. Part of libmtproto-client. docs/json.md says what the JSON looks like.
 *
 * The parser behind it (jansson) takes its own memory from malloc; what is given out is in the arena of the caller. */
#ifndef MTPROTO_JSON_H
#define MTPROTO_JSON_H

#include <mtproto/arena.h>
#include <mtproto/base.h>
#include <mtproto/error.h>
#include <mtproto/schema.h>
#include <mtproto/string_session.h>
#include <mtproto/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a value as JSON on one line, or indented. The text ends with a zero byte that its length does not count. The
 * schema decides how constructors are named. Errors: MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_json_encode(struct mtproto_span *out, struct mtproto_arena *arena,
						     const struct mtproto_value *value,
						     const struct mtproto_schema *schema, bool indented);

/* Reads a value of a type from a JSON text; NULL: any object, by its "_". error may be NULL; it names the path and what
 * was expected there. Errors: MTPROTO_ERR_VALUE (not JSON, or it does not fit), MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY.
 */
MTPROTO_MUST_USE MTPROTO_API int mtproto_json_decode(struct mtproto_value *out, struct mtproto_arena *arena,
						     const char *text, size_t len, const struct mtproto_schema *schema,
						     const struct mtproto_type *type,
						     struct mtproto_value_error *error);

/* Reads the fields of one combinator: the "_" need not be there. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_json_decode_fields(struct mtproto_value *out, struct mtproto_arena *arena,
							    const char *text, size_t len,
							    const struct mtproto_schema *schema,
							    const struct mtproto_combinator *combinator,
							    struct mtproto_value_error *error);

/* Adds a schema in the JSON form of core.telegram.org/schema/json: {"constructors": [...], "methods": [...]}.
 * Errors: as of mtproto_schema_builder_add_text. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_json_add_schema(struct mtproto_schema_builder *builder, const char *source,
							 const char *text, size_t len);

/* Reads a session of gotd: {"Version":1,"Data":{...}}. *reason (may be NULL) says why it was refused: a static text.
 * Errors: MTPROTO_ERR_STATE_FORMAT, MTPROTO_ERR_STATE_VERSION. out is zeroed then. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_json_session_read(struct mtproto_string_session *out, const char **reason,
							   const char *text, size_t len);

/* Writes a session as gotd does, with a config that has the one data centre. The text ends with a zero byte that its
 * length does not count. Errors: MTPROTO_ERR_ARGUMENT (no address, no key), MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_json_session_write(struct mtproto_span *out, struct mtproto_arena *arena,
							    const char **reason,
							    const struct mtproto_string_session *session);

#ifdef __cplusplus
}
#endif

#endif
