/* Values by a schema. The bytes of examples were written by Telethon 1.x (layer 229, the same constructors). */
#include <mtproto/value.h>

#include "hex.h"
#include "tl/random_value.h"
#include "tl/schema_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DC_OPTION                                                  \
	"0da1b71828040000cb0000000e39312e3130352e3139322e31303000" \
	"bb01000011dd000102030405060708090a0b0c0d0e0f0000"

#define SHORT_MESSAGE                                                                              \
	"f8c73b31820000020500000028db0b00000000000368c3a90a0000000100000000f1536515c4b51c02000000" \
	"c90b61bd00000000010000003825d06e01000000010000003c000000"

#define UPDATES                                                                                            \
	"4042ae7415c4b51c030000001f948d10010000006300000000000000070000008f675433e5b00da215c4b51c03000000" \
	"0100000002000000fdffffff080000000300000015c4b51c0000000015c4b51c00000000090000000b000000"

/* invokeWithLayer(228, initConnection(... query: help.getConfig)) without params */
#define INVOKE                                                                                             \
	"0d0d9bdae4000000a95ecdc10100000006000000027063000000000003312e3002656e000000000002656e003f8b5875" \
	"01680000bb0100006b18f9c4"

struct api {
	struct mtproto_schema *schema;
	struct mtproto_arena *arena;
	uint8_t *bytes; /* of the last object, of exactly its size */
	size_t len;
};

static int open_api(void **state)
{
	static struct api api;

	api.schema = schema_of_file(API_SCHEMA);
	*state = &api;
	return mtproto_arena_new(&api.arena, NULL, 1 << 24);
}

static int close_api(void **state)
{
	struct api *api = *state;

	mtproto_schema_free(api->schema);
	mtproto_arena_free(api->arena);
	return 0;
}

static int forget(void **state)
{
	struct api *api = *state;

	free(api->bytes);
	api->bytes = NULL;
	mtproto_arena_reset(api->arena);
	return 0;
}

static void load(struct api *api, const char *text)
{
	free(api->bytes);
	api->bytes = malloc(strlen(text) / 2 + 1);
	assert_non_null(api->bytes);
	api->len = hex(api->bytes, strlen(text) / 2, text);
	api->bytes = realloc(api->bytes, api->len ? api->len : 1);
}

static struct mtproto_value read_all(struct api *api, const char *text)
{
	struct mtproto_value value;
	struct mtproto_tl_reader r;

	load(api, text);
	mtproto_tl_reader_init(&r, api->bytes, api->len);
	assert_int_equal(mtproto_value_read(&value, api->arena, &r, api->schema, NULL, NULL), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	return value;
}

static void assert_text(const struct mtproto_value *value, const char *text)
{
	assert_non_null(value);
	assert_int_equal(value->as.bytes.len, strlen(text));
	assert_memory_equal(value->as.bytes.data, text, strlen(text));
}

/* ---- Reading ---- */

static void fields_and_flags_are_read(void **state)
{
	struct api *api = *state;
	struct mtproto_value dc = read_all(api, DC_OPTION);

	assert_string_equal(dc.as.object.combinator->name, "dcOption");
	assert_int_equal(mtproto_value_field(&dc, "id")->as.integer, 203);
	assert_text(mtproto_value_field(&dc, "ip_address"), "91.105.192.100");
	assert_int_equal(mtproto_value_field(&dc, "port")->as.integer, 443);
	assert_int_equal(mtproto_value_field(&dc, "secret")->kind, MTPROTO_VALUE_BYTES);
	assert_int_equal(mtproto_value_field(&dc, "secret")->as.bytes.len, 17);
	assert_true(mtproto_value_field(&dc, "cdn")->as.boolean);
	assert_true(mtproto_value_field(&dc, "this_port_only")->as.boolean);
	assert_null(mtproto_value_field(&dc, "ipv6"));
	assert_null(mtproto_value_field(&dc, "nothing"));
}

static void vectors_and_paths_are_read(void **state)
{
	struct api *api = *state;
	struct mtproto_value updates = read_all(api, UPDATES);

	assert_int_equal(mtproto_value_field(&updates, "updates")->as.vector.count, 3);
	assert_true(mtproto_value_get(&updates, "updates[0].channel_id")->as.number == 99);
	assert_int_equal(mtproto_value_get(&updates, "updates[2].messages[2]")->as.integer, -3);
	assert_int_equal(mtproto_value_get(&updates, "seq")->as.integer, 11);
	assert_ptr_equal(mtproto_value_get(&updates, ""), &updates);
	assert_null(mtproto_value_get(&updates, "updates[3]"));
	assert_null(mtproto_value_get(&updates, "updates[0].channel_id.x"));
	assert_null(mtproto_value_get(&updates, "updates.x"));
	assert_null(mtproto_value_get(&updates, "updates[x]"));
	assert_null(mtproto_value_get(&updates, "updates[99999999999999999999]"));
}

static void a_call_knows_what_it_answers(void **state)
{
	struct api *api = *state;
	struct mtproto_value call = read_all(api, INVOKE);

	assert_string_equal(mtproto_value_result_type(&call)->named->name, "Config");
	assert_text(mtproto_value_get(&call, "query.proxy.address"), "h");
	call = read_all(api, DC_OPTION);
	assert_null(mtproto_value_result_type(&call));
}

/* ---- Searching ---- */

static struct mtproto_tl_reader find(struct api *api, const char *path)
{
	struct mtproto_tl_reader r;
	struct mtproto_found found;

	assert_int_equal(mtproto_value_find(&found, api->bytes, api->len, api->schema, NULL, path, NULL), 0);
	mtproto_tl_reader_init(&r, found.bytes.data, found.bytes.len);
	return r;
}

static void a_field_is_found_without_a_tree(void **state)
{
	struct api *api = *state;
	struct mtproto_found found;
	struct mtproto_tl_reader r;

	load(api, SHORT_MESSAGE);
	r = find(api, "pts");
	assert_int_equal(mtproto_tl_read_int(&r), 10);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	r = find(api, "entities[1].length");
	assert_int_equal(mtproto_tl_read_int(&r), 1);
	r = find(api, "ttl_period");
	assert_int_equal(mtproto_tl_read_int(&r), 60);
	assert_int_equal(mtproto_value_find(&found, api->bytes, api->len, api->schema, NULL, "out", NULL), 0);
	assert_int_equal(found.bytes.len, 0);
	assert_int_equal(found.type->kind, MTPROTO_TYPE_TRUE);
	assert_int_equal(mtproto_value_find(&found, api->bytes, api->len, api->schema, NULL, "", NULL), 0);
	assert_int_equal(found.bytes.len, api->len);
	load(api, UPDATES);
	r = find(api, "updates[2].pts");
	assert_int_equal(mtproto_tl_read_int(&r), 8);
	r = find(api, "updates[2]");
	assert_int_equal(mtproto_tl_peek(&r), 0xa20db0e5);
	assert_int_equal(mtproto_tl_left(&r), 32);
}

static void assert_not_found(struct api *api, const char *path, int code, const char *at, const char *reason)
{
	struct mtproto_value_error error;
	struct mtproto_found found;

	assert_int_equal(mtproto_value_find(&found, api->bytes, api->len, api->schema, NULL, path, &error), code);
	assert_int_equal(error.code, code);
	assert_string_equal(error.path, at);
	assert_string_equal(error.reason, reason);
	assert_null(found.bytes.data);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct api *api = *state;

	load(api, UPDATES);
	assert_not_found(api, "updates[0].nothing", MTPROTO_ERR_NOT_FOUND, "updates[0]",
			 "updateChannelTooLong has no nothing here");
	assert_not_found(api, "updates[3]", MTPROTO_ERR_NOT_FOUND, "updates[3]", "the vector is shorter");
	assert_not_found(api, "date.x", MTPROTO_ERR_NOT_FOUND, "date", "this is no object");
	assert_not_found(api, "date[0]", MTPROTO_ERR_NOT_FOUND, "date", "this is no vector");
	assert_not_found(api, "updates.x", MTPROTO_ERR_NOT_FOUND, "updates", "this is no object");
	assert_not_found(api, "updates[", MTPROTO_ERR_ARGUMENT, "updates", "the path is not of the form a.b[3].c");
	assert_not_found(api, "updates[4294967296]", MTPROTO_ERR_ARGUMENT, "updates",
			 "the path is not of the form a.b[3].c");
	load(api, SHORT_MESSAGE);
	assert_not_found(api, "silent", MTPROTO_ERR_NOT_FOUND, "", "updateShortMessage has no silent here");
}

/* ---- What is refused ---- */

static void assert_unreadable(struct api *api, const char *text, int code, const char *path, const char *reason)
{
	struct mtproto_value_error error;
	struct mtproto_value value;
	struct mtproto_tl_reader r;

	load(api, text);
	mtproto_tl_reader_init(&r, api->bytes, api->len);
	assert_int_equal(mtproto_value_read(&value, api->arena, &r, api->schema, NULL, &error), code);
	assert_string_equal(error.path, path);
	assert_string_equal(error.reason, reason);
	assert_int_equal(value.kind, MTPROTO_VALUE_ABSENT);
	assert_int_equal(r.error, code);
	mtproto_tl_reader_init(&r, api->bytes, api->len);
	assert_int_equal(mtproto_value_skip(&r, api->schema, NULL, NULL), code);
}

static void errors_name_the_path(void **state)
{
	struct api *api = *state;

	assert_unreadable(api, "78563412", MTPROTO_ERR_CONSTRUCTOR, "", "#12345678 is in no schema");
	assert_unreadable(api, "", MTPROTO_ERR_TRUNCATED, "", "an object ends before its last field");
	assert_unreadable(api, "15c4b51c00000000", MTPROTO_ERR_CONSTRUCTOR, "", "a vector, and nothing says of what");
	/* updates#74ae4240 whose second update is a dcOption, an unknown object, cut */
	assert_unreadable(api, "4042ae7415c4b51c020000008f6754330da1b718", MTPROTO_ERR_CONSTRUCTOR, "updates[1]",
			  "expected Update, found dcOption#18b7a10d");
	assert_unreadable(api, "4042ae7415c4b51c020000008f675433efbeadde", MTPROTO_ERR_CONSTRUCTOR, "updates[1]",
			  "expected Update, found #deadbeef");
	assert_unreadable(api, "4042ae7415c4b51c010000008f67543315c4b51c000000008f675433", MTPROTO_ERR_CONSTRUCTOR,
			  "chats", "another constructor was expected");
	assert_unreadable(api, "4042ae7415c4b51c01000000e5b00da215c4b51c0100000005000000ff", MTPROTO_ERR_TRUNCATED,
			  "updates[0].pts", "an object ends before its last field");
	/* A count that can't be. */
	assert_unreadable(api, "4042ae7415c4b51cffffff7f8f675433", MTPROTO_ERR_ENCODING, "updates",
			  "a length or count in an object is impossible");
	/* A method where a constructor is needed, and the other way round. */
	assert_unreadable(api, "4042ae7415c4b51c010000006b18f9c4", MTPROTO_ERR_CONSTRUCTOR, "updates[0]",
			  "expected Update, found help.getConfig#c4f9186b");
	assert_unreadable(api, "0d0d9bdae4000000379779bc", MTPROTO_ERR_CONSTRUCTOR, "query",
			  "expected !X, found boolFalse#bc799737");
}

/* jsonArray in jsonArray ... */
static void nesting_is_bounded(void **state)
{
	struct api *api = *state;
	char text[(MTPROTO_VALUE_DEPTH_MAX + 2) * 24 + 9];
	struct mtproto_value_error error;
	struct mtproto_tl_reader r;
	size_t depth = MTPROTO_VALUE_DEPTH_MAX / 2;

	/* Each array takes two steps, "value" and "[0]". */
	for (size_t i = 0; i < depth; i++)
		memcpy(text + i * 24, "634744f715c4b51c01000000", 24);
	memcpy(text + depth * 24, "687b6d3f", 9);
	read_all(api, text);
	depth++;
	for (size_t i = 0; i < depth; i++)
		memcpy(text + i * 24, "634744f715c4b51c01000000", 24);
	memcpy(text + depth * 24, "687b6d3f", 9);
	load(api, text);
	mtproto_tl_reader_init(&r, api->bytes, api->len);
	assert_int_equal(mtproto_value_skip(&r, api->schema, NULL, &error), MTPROTO_ERR_LIMIT);
	assert_int_equal(strlen(error.path), sizeof(error.path) - 1);
	assert_memory_equal(error.path, "value[0].value[0]", 17);
	assert_string_equal(error.path + sizeof(error.path) - 1 - 9, ".value[0]");
	assert_non_null(strstr(error.path, "..."));
}

static void *small_alloc(void *user, size_t size)
{
	(void)user;
	return size < 1 << 20 ? malloc(size) : NULL;
}

static void small_release(void *user, void *memory, size_t size)
{
	(void)user;
	(void)size;
	free(memory);
}

static void elements_without_bytes_are_bounded(void **state)
{
	static const char text[] = "nothing#00000001 = Nothing;\nlots#00000002 of:vector<nothing> = Lots;";
	struct mtproto_schema *schema = schema_of("x.tl", text, strlen(text));
	const uint8_t many[8] = {2, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f}, few[8] = {2, 0, 0, 0, 3, 0, 0, 0};
	struct mtproto_allocator allocator = {small_alloc, small_release, NULL};
	struct mtproto_arena *arena;
	struct mtproto_value value;
	struct mtproto_tl_reader r;

	(void)state;
	mtproto_tl_reader_init(&r, many, 8);
	assert_int_equal(mtproto_value_skip(&r, schema, NULL, NULL), MTPROTO_ERR_LIMIT);
	/* The count alone is refused: nothing is asked of the allocator for it. */
	assert_int_equal(mtproto_arena_new(&arena, &allocator, 0), 0);
	mtproto_tl_reader_init(&r, many, 8);
	assert_int_equal(mtproto_value_read(&value, arena, &r, schema, NULL, NULL), MTPROTO_ERR_LIMIT);
	mtproto_arena_free(arena);
	mtproto_tl_reader_init(&r, few, 8);
	assert_int_equal(mtproto_value_skip(&r, schema, NULL, NULL), 0);
	mtproto_schema_free(schema);
}

static void memory_is_bounded(void **state)
{
	struct api *api = *state;
	struct mtproto_arena *small;
	struct mtproto_value value;
	struct mtproto_tl_reader r;

	load(api, UPDATES);
	assert_int_equal(mtproto_arena_new(&small, NULL, 100), 0);
	mtproto_tl_reader_init(&r, api->bytes, api->len);
	assert_int_equal(mtproto_value_read(&value, small, &r, api->schema, NULL, NULL), MTPROTO_ERR_LIMIT);
	mtproto_arena_free(small);
}

/* ---- Writing ---- */

static void what_was_read_is_written_the_same(void **state)
{
	static const char *const texts[] = {DC_OPTION, SHORT_MESSAGE, UPDATES, INVOKE};
	struct api *api = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mtproto_value value = read_all(api, texts[i]);
		size_t len;
		uint8_t *bytes = random_write(&value, NULL, &len);

		assert_int_equal(len, api->len);
		assert_memory_equal(bytes, api->bytes, len);
		free(bytes);
	}
}

static void bits_that_belong_to_no_field_are_kept(void **state)
{
	struct api *api = *state;
	/* The DC option with bits 11 and 31 of flags, which mean nothing. */
	struct mtproto_value value = read_all(api, "0da1b71800080080cb000000013100000100000"
						   "0");
	size_t len;
	uint8_t *bytes = random_write(&value, NULL, &len);

	assert_int_equal(len, api->len);
	assert_memory_equal(bytes, api->bytes, len);
	free(bytes);
}

static void assert_unwritable(const struct mtproto_value *value, const char *path, const char *reason)
{
	struct mtproto_value_error error;
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, NULL, 0);
	assert_int_equal(mtproto_value_write(&w, value, NULL, &error), MTPROTO_ERR_VALUE);
	assert_string_equal(error.path, path);
	assert_string_equal(error.reason, reason);
	assert_int_equal(mtproto_tl_writer_end(&w), MTPROTO_ERR_VALUE);
}

static struct mtproto_value *set(const struct mtproto_value *object, const char *name)
{
	const struct mtproto_combinator *combinator = object->as.object.combinator;

	for (uint32_t i = 0; i < combinator->field_count; i++)
		if (strcmp(combinator->fields[i].name, name) == 0)
			return (struct mtproto_value *)(uintptr_t)&object->as.object.fields[i];
	abort();
}

static void values_that_do_not_fit_are_refused(void **state)
{
	struct api *api = *state;
	struct mtproto_value value = read_all(api, DC_OPTION);

	set(&value, "port")->kind = MTPROTO_VALUE_ABSENT;
	assert_unwritable(&value, "port", "expected int, found nothing");
	set(&value, "port")->kind = MTPROTO_VALUE_LONG;
	assert_unwritable(&value, "port", "expected int, found a long");

	value = read_all(api, UPDATES);
	*set(&value, "updates") = *set(&value, "date");
	assert_unwritable(&value, "updates", "expected Vector<Update>, found an int");
	value = read_all(api, UPDATES);
	*(struct mtproto_value *)(uintptr_t)mtproto_value_get(&value, "updates[1]") = read_all(api, DC_OPTION);
	assert_unwritable(&value, "updates[1]", "expected Update, found dcOption");

	/* account.passwordInputSettings: flags.0 is of new_algo, new_password_hash and hint. */
	value = read_all(api, "c92737c20100000096b05ad40201020001710000");
	set(&value, "hint")->kind = MTPROTO_VALUE_ABSENT;
	assert_unwritable(&value, "hint",
			  "missing, but another field of account.passwordInputSettings sets flags.0, too");
}

static void a_buffer_that_is_too_small_is_reported(void **state)
{
	struct api *api = *state;
	struct mtproto_value value = read_all(api, DC_OPTION);
	struct mtproto_value_error error;
	struct mtproto_tl_writer w;
	uint8_t out[16];

	mtproto_tl_writer_init(&w, out, sizeof(out));
	assert_int_equal(mtproto_value_write(&w, &value, NULL, &error), MTPROTO_ERR_BUFFER);
	assert_string_equal(error.path, "ip_address");
}

/* ---- Round trips ---- */

static void check_cuts(const struct mtproto_schema *schema, const uint8_t *bytes, size_t len)
{
	for (size_t cut = 0; cut < len && len <= 400; cut += 4) {
		uint8_t *copy = malloc(cut ? cut : 1);
		struct mtproto_tl_reader r;

		assert_non_null(copy);
		memcpy(copy, bytes, cut);
		mtproto_tl_reader_init(&r, copy, cut);
		assert_true(mtproto_value_skip(&r, schema, NULL, NULL) < 0);
		free(copy);
	}
}

/* The fields, each found by its path, are all the bytes behind the id. */
static void check_fields(const struct mtproto_schema *schema, const struct mtproto_value *value, const uint8_t *bytes,
			 size_t len)
{
	const struct mtproto_value_object *object = &value->as.object;
	size_t sum = 4;

	for (uint32_t i = 0; i < object->combinator->field_count && len <= 2000; i++) {
		const struct mtproto_field *field = &object->combinator->fields[i];
		struct mtproto_found found;
		int error = mtproto_value_find(&found, bytes, len, schema, NULL, field->name, NULL);

		if (object->fields[i].kind == MTPROTO_VALUE_ABSENT) {
			assert_int_equal(error, MTPROTO_ERR_NOT_FOUND);
			continue;
		}
		assert_int_equal(error, 0);
		assert_ptr_equal(found.type, field->type);
		if (found.bytes.len > 0)
			assert_ptr_equal(found.bytes.data, bytes + sum);
		sum += found.bytes.len;
	}
	assert_true(sum == len || len > 2000);
}

static void round_trip(struct random_values *random, const struct mtproto_combinator *combinator)
{
	struct mtproto_value value = {0}, again;
	struct mtproto_tl_reader r;
	size_t len, again_len;
	uint8_t *bytes, *again_bytes;

	random_object(random, combinator, 0, &value);
	bytes = random_write(&value, NULL, &len);
	mtproto_tl_reader_init(&r, bytes, len);
	assert_int_equal(mtproto_value_skip(&r, random->schema, NULL, NULL), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	mtproto_tl_reader_init(&r, bytes, len);
	assert_int_equal(mtproto_value_read(&again, random->arena, &r, random->schema, NULL, NULL), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_ptr_equal(again.as.object.combinator, combinator);
	again_bytes = random_write(&again, NULL, &again_len);
	assert_int_equal(again_len, len);
	assert_memory_equal(again_bytes, bytes, len);
	check_fields(random->schema, &again, bytes, len);
	check_cuts(random->schema, bytes, len);
	free(bytes);
	free(again_bytes);
}

static unsigned round_trips(const struct mtproto_schema *schema, unsigned times)
{
	struct random_values *random = malloc(sizeof(*random));
	struct mtproto_arena *arena;
	unsigned made = 0;

	assert_non_null(random);
	assert_int_equal(mtproto_arena_new(&arena, NULL, 0), 0);
	random_init(random, schema, arena, 1);
	for (uint32_t i = 0; i < mtproto_schema_count(schema); i++) {
		const struct mtproto_combinator *each = mtproto_schema_at(schema, i);

		/* What has the same id as a longer form is read as that. */
		if (!random_can_make(random, each) || mtproto_schema_by_id(schema, each->id) != each)
			continue;
		made++;
		for (unsigned k = 0; k < times; k++)
			round_trip(random, each);
		mtproto_arena_reset(arena);
	}
	mtproto_arena_free(arena);
	free(random);
	return made;
}

static void every_constructor_of_the_api_survives_a_round_trip(void **state)
{
	struct api *api = *state;
	unsigned unreachable = mtproto_schema_count(api->schema) - round_trips(api->schema, 4);

	/* The four methods that stand in the schema a second time, without their query. */
	assert_int_equal(unreachable, 4);
}

static void every_constructor_of_the_builtin_schema_survives_a_round_trip(void **state)
{
	struct mtproto_schema *schema;

	(void)state;
	assert_int_equal(mtproto_schema_new_builtin(&schema, NULL), 0);
	assert_true(round_trips(schema, 20) > 140);
	mtproto_schema_free(schema);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_and_flags_are_read),
		TEST(vectors_and_paths_are_read),
		TEST(a_call_knows_what_it_answers),
		TEST(a_field_is_found_without_a_tree),
		TEST(what_is_not_there_is_not_found),
		TEST(errors_name_the_path),
		TEST(nesting_is_bounded),
		TEST(elements_without_bytes_are_bounded),
		TEST(memory_is_bounded),
		TEST(what_was_read_is_written_the_same),
		TEST(bits_that_belong_to_no_field_are_kept),
		TEST(values_that_do_not_fit_are_refused),
		TEST(a_buffer_that_is_too_small_is_reported),
		TEST(every_constructor_of_the_api_survives_a_round_trip),
		TEST(every_constructor_of_the_builtin_schema_survives_a_round_trip),
	};

	return cmocka_run_group_tests(tests, open_api, close_api);
}
