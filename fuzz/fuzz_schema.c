/* A schema, a zero byte, and an object: the schema is read or refused, the object read by it or refused. What is read
 * is written in a form that is read back the same way. */
#include <mtproto/value.h>

#include <stdlib.h>
#include <string.h>

static struct mtproto_schema *read_schema(const char *text, size_t len)
{
	struct mtproto_schema_builder *builder;
	struct mtproto_schema *schema = NULL;
	char reason[256];

	if (mtproto_schema_builder_new(&builder, NULL))
		abort();
	if (mtproto_schema_builder_add_text(builder, "fuzz", text, len) ||
	    mtproto_schema_builder_finish(&schema, builder)) {
		mtproto_schema_error_text(reason, sizeof(reason), mtproto_schema_builder_error(builder));
		if (!mtproto_schema_builder_error(builder)->code || !strstr(reason, ": "))
			abort();
	}
	mtproto_schema_builder_free(builder);
	return schema;
}

static uint8_t *write_value(const struct mtproto_value *value, size_t *len)
{
	struct mtproto_tl_writer w;
	uint8_t *out;

	mtproto_tl_writer_init(&w, NULL, 0);
	if (mtproto_value_write(&w, value, NULL, NULL))
		abort();
	*len = w.len;
	out = malloc(*len);
	if (!out)
		abort();
	mtproto_tl_writer_init(&w, out, *len);
	if (mtproto_value_write(&w, value, NULL, NULL) || w.len != *len)
		abort();
	return out;
}

static void check_value(const struct mtproto_schema *schema, struct mtproto_arena *arena,
			const struct mtproto_value *value)
{
	struct mtproto_value again;
	struct mtproto_tl_reader r;
	size_t len, again_len;
	uint8_t *bytes = write_value(value, &len), *again_bytes;

	mtproto_tl_reader_init(&r, bytes, len);
	if (mtproto_value_read(&again, arena, &r, schema, NULL, NULL) || mtproto_tl_reader_end(&r))
		abort();
	again_bytes = write_value(&again, &again_len);
	if (again_len != len || memcmp(bytes, again_bytes, len) != 0)
		abort();
	free(bytes);
	free(again_bytes);
}

static void read_object(const struct mtproto_schema *schema, const uint8_t *data, size_t len)
{
	struct mtproto_tl_reader r, skipper;
	struct mtproto_value_error error;
	struct mtproto_arena *arena;
	struct mtproto_value value;
	int result;

	/* Room for the second reading, too. */
	if (mtproto_arena_new(&arena, NULL, 1 << 24))
		abort();
	mtproto_tl_reader_init(&skipper, data, len);
	mtproto_tl_reader_init(&r, data, len);
	result = mtproto_value_read(&value, arena, &r, schema, NULL, &error);
	if (result != MTPROTO_ERR_LIMIT && mtproto_value_skip(&skipper, schema, NULL, NULL) != result)
		abort();
	if (result && (error.code != result || !error.reason[0]))
		abort();
	if (!result && r.pos != skipper.pos)
		abort();
	if (!result && len < 1 << 16)
		check_value(schema, arena, &value);
	mtproto_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *zero = len ? memchr(data, 0, len) : NULL;
	size_t text_len = zero ? (size_t)(zero - data) : len;
	struct mtproto_schema *schema = read_schema((const char *)data, text_len);

	if (schema && zero)
		read_object(schema, zero + 1, len - text_len - 1);
	mtproto_schema_free(schema);
	return 0;
}
