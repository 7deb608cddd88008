/* JSON to a value of the built-in schema and back, JSON as a session, and JSON that ends with a newline as a schema. A
 * value that was read is written as JSON that gives the same bytes. */
#include <mtproto/json.h>

#include <stdlib.h>
#include <string.h>

static size_t write_value(const struct mtproto_value *value, uint8_t **out)
{
	struct mtproto_tl_writer w;
	int error;

	*out = NULL;
	mtproto_tl_writer_init(&w, NULL, 0);
	error = mtproto_value_write(&w, value, NULL, NULL);
	/* What decoding leaves to the writer: bits that two fields disagree about, and a # that is not for flags. */
	if (error == MTPROTO_ERR_VALUE)
		return 0;
	if (error || !(*out = malloc(w.len)))
		abort();
	mtproto_tl_writer_init(&w, *out, w.len);
	if (mtproto_value_write(&w, value, NULL, NULL))
		abort();
	return w.len;
}

static void check_value(const struct mtproto_schema *schema, struct mtproto_arena *arena,
			const struct mtproto_value *value)
{
	struct mtproto_span text;
	struct mtproto_value again;
	uint8_t *bytes, *again_bytes;
	size_t len = write_value(value, &bytes);
	int error;

	if (!bytes)
		return;
	error = mtproto_json_encode(&text, arena, value, schema, len % 2);
	if (error == MTPROTO_ERR_LIMIT)
		goto done;
	if (error || mtproto_json_decode(&again, arena, (const char *)text.data, text.len, schema, NULL, NULL))
		abort();
	if (write_value(&again, &again_bytes) != len || memcmp(bytes, again_bytes, len) != 0)
		abort();
	free(again_bytes);
done:
	free(bytes);
}

static void as_schema(const char *text, size_t len)
{
	struct mtproto_schema_builder *builder;
	struct mtproto_schema *schema = NULL;

	if (mtproto_schema_builder_new(&builder, NULL))
		abort();
	if ((mtproto_json_add_schema(builder, "fuzz", text, len) || mtproto_schema_builder_finish(&schema, builder)) &&
	    !mtproto_schema_builder_error(builder)->code)
		abort();
	mtproto_schema_builder_free(builder);
	mtproto_schema_free(schema);
}

static void as_session(struct mtproto_arena *arena, const char *text, size_t len)
{
	struct mtproto_string_session session, again;
	struct mtproto_span out;
	const char *reason;

	if (mtproto_json_session_read(&session, &reason, text, len)) {
		if (!reason)
			abort();
		return;
	}
	if (mtproto_json_session_write(&out, arena, &reason, &session)) {
		if (!reason)
			abort();
		return;
	}
	if (mtproto_json_session_read(&again, NULL, (const char *)out.data, out.len) ||
	    memcmp(again.auth_key, session.auth_key, sizeof(again.auth_key)) != 0 ||
	    strcmp(again.address.text, session.address.text) != 0 || again.server_salt != session.server_salt)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct mtproto_schema *schema; /* it never changes, and takes longer to make than an input to read */
	struct mtproto_value_error error;
	struct mtproto_arena *arena;
	struct mtproto_value value;
	int result;

	if (len > 0 && data[len - 1] == '\n')
		as_schema((const char *)data, len);
	if ((!schema && mtproto_schema_new_builtin(&schema, NULL)) || mtproto_arena_new(&arena, NULL, 1 << 24))
		abort();
	result = mtproto_json_decode(&value, arena, (const char *)data, len, schema, NULL, &error);
	if (result && (error.code != result || !error.reason[0]))
		abort();
	if (!result)
		check_value(schema, arena, &value);
	as_session(arena, (const char *)data, len);
	mtproto_arena_free(arena);
	return 0;
}
