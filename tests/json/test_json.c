/* Values as JSON. The bytes were written by Telethon, the texts by hand after docs/json.md. */
#include <mtproto/json.h>

#include "hex.h"
#include "tl/random_value.h"
#include "tl/schema_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct api {
	struct mtproto_schema *schema;
	struct mtproto_arena *arena;
};

static int open_api(void **state)
{
	static struct api api;

	api.schema = schema_of_file(API_SCHEMA);
	*state = &api;
	return mtproto_arena_new(&api.arena, NULL, 1 << 26);
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

	mtproto_arena_reset(api->arena);
	return 0;
}

static const char *encode(struct api *api, const struct mtproto_value *value)
{
	struct mtproto_span text;

	assert_int_equal(mtproto_json_encode(&text, api->arena, value, api->schema, false), 0);
	assert_int_equal(text.data[text.len], 0);
	return (const char *)text.data;
}

/* The bytes mean the text, and the text the bytes. */
static void assert_same(struct api *api, const char *bytes_hex, const char *text)
{
	uint8_t bytes[2048];
	struct mtproto_value_error error = {0};
	struct mtproto_tl_reader r;
	struct mtproto_value value;
	size_t len = hex(bytes, sizeof(bytes), bytes_hex), again_len;
	uint8_t *again;

	mtproto_tl_reader_init(&r, bytes, len);
	assert_int_equal(mtproto_value_read(&value, api->arena, &r, api->schema, NULL, NULL), 0);
	assert_string_equal(encode(api, &value), text);
	if (mtproto_json_decode(&value, api->arena, text, strlen(text), api->schema, NULL, &error))
		fail_msg("%s: %s", error.path, error.reason);
	again = random_write(&value, NULL, &again_len);
	assert_int_equal(again_len, len);
	assert_memory_equal(again, bytes, len);
	free(again);
}

static void objects_and_their_json(void **state)
{
	struct api *api = *state;

	assert_same(api, "221751590100000000000080", "{\"_\": \"peerUser\", \"user_id\": \"-9223372036854775807\"}");
	assert_same(api,
		    "0da1b71828040000cb0000000e39312e3130352e3139322e31303000bb01000011dd000102030405060708090a0b0c0d0e"
		    "0f0000",
		    "{\"_\": \"dcOption\", \"cdn\": true, \"this_port_only\": true, \"id\": 203, "
		    "\"ip_address\": \"91.105.192.100\", \"port\": 443, \"secret\": \"3QABAgMEBQYHCAkKCwwNDg8=\"}");
	assert_same(
		api,
		"f8c73b31820000020500000028db0b00000000000368c3a90a0000000100000000f1536515c4b51c02000000c90b61bd000000"
		"00010000003825d06e01000000010000003c000000",
		"{\"_\": \"updateShortMessage\", \"out\": true, \"id\": 5, \"user_id\": \"777000\", "
		"\"message\": \"h\xc3\xa9\", \"pts\": 10, \"pts_count\": 1, \"date\": 1700000000, \"entities\": "
		"[{\"_\": \"messageEntityBold\", \"offset\": 0, \"length\": 1}, {\"_\": \"messageEntityUrl\", "
		"\"offset\": 1, \"length\": 1}], \"ttl_period\": 60}");
	assert_same(api, "a4dfe02b0000000000000cc0", "{\"_\": \"jsonNumber\", \"value\": -3.5}");
	assert_same(api, "a4dfe02b9a9999999999b93f", "{\"_\": \"jsonNumber\", \"value\": 0.10000000000000001}");
	assert_same(api, "a4dfe02b000000000000f07f", "{\"_\": \"jsonNumber\", \"value\": \"Infinity\"}");
	assert_same(api, "a4dfe02b000000000000f0ff", "{\"_\": \"jsonNumber\", \"value\": \"-Infinity\"}");
	assert_same(api, "a4dfe02b000000000000f87f", "{\"_\": \"jsonNumber\", \"value\": \"NaN\"}");
	/* A zero byte, what JSON escapes, and what is not UTF-8. */
	assert_same(api, "7a761eb70461002201000000", "{\"_\": \"jsonString\", \"value\": \"a\\u0000\\\"\\u0001\"}");
	assert_same(api, "7a761eb702ffc300", "{\"_\": \"jsonString\", \"value\": {\"base64\": \"/8M=\"}}");
	assert_same(api, "6a5e34c7b5757299", "{\"_\": \"jsonBool\", \"value\": true}");
}

static void service_objects_have_raw_numbers(void **state)
{
	struct api *api = *state;

	assert_same(api, "f18e7ebe000102030405060708090a0b0c0d0e0f",
		    "{\"_\": \"req_pq_multi\", \"nonce\": \"AAECAwQFBgcICQoLDA0ODw==\"}");
	assert_same(api,
		    "950850ae01000000000000000200000001000000030000000400000005000000000000"
		    "00",
		    "{\"_\": \"future_salts\", \"req_msg_id\": \"1\", \"now\": 2, \"salts\": [{\"_\": \"future_salt\", "
		    "\"valid_since\": 3, \"valid_until\": 4, \"salt\": \"5\"}]}");
}

static void flags_appear_only_when_they_say_more(void **state)
{
	struct api *api = *state;

	/* Bits 11 and 31 of a dcOption belong to no field. */
	assert_same(api, "0da1b71800080080cb0000000131000001000000",
		    "{\"_\": \"dcOption\", \"flags\": 2147485696, \"id\": 203, \"ip_address\": \"1\", \"port\": 1}");
}

static void names_of_more_than_one_have_their_ids(void **state)
{
	struct api *api = *state;

	/* The protocol's message, under the name of the API's. */
	assert_same(api, "11e5b85b01000000000000000200000014000000c573773403000000000000000400000000000000",
		    "{\"_\": \"message#5bb8e511\", \"msg_id\": \"1\", \"seqno\": 2, \"bytes\": 20, \"body\": "
		    "{\"_\": \"pong\", \"msg_id\": \"3\", \"ping_id\": \"4\"}}");
}

/* ---- Reading with less, or other forms ---- */

static struct mtproto_value decode(struct api *api, const char *type, const char *text)
{
	const struct mtproto_type *found = type ? mtproto_schema_type(api->schema, type) : NULL;
	struct mtproto_value_error error = {0};
	struct mtproto_value value;
	char *copy = malloc(strlen(text) + 1); /* without its zero */

	assert_true(!type || found);
	assert_non_null(copy);
	copy = realloc(memcpy(copy, text, strlen(text)), strlen(text) ? strlen(text) : 1);
	if (mtproto_json_decode(&value, api->arena, copy, strlen(text), api->schema, found, &error))
		fail_msg("%s: %s", error.path, error.reason);
	free(copy);
	return value;
}

static void other_forms_are_taken(void **state)
{
	struct api *api = *state;
	struct mtproto_value value;

	assert_true(decode(api, "long", "-9223372036854775808").as.number == INT64_MIN);
	assert_true(decode(api, "long", "\"-9223372036854775808\"").as.number == INT64_MIN);
	assert_true(decode(api, "long", "\"9223372036854775807\"").as.number == INT64_MAX);
	assert_true(decode(api, "double", "3").as.real == 3);
	assert_int_equal(decode(api, "#", "4294967295").as.nat, 0xffffffff);
	assert_int_equal(decode(api, "Vector<long>", "[1, \"2\"]").as.vector.count, 2);
	/* Members in any order, null and false for what is not there, and a name with its id. */
	value = decode(api, "DcOption",
		       "{\"port\": 1, \"secret\": null, \"ipv6\": false, \"ip_address\": \"\", \"id\": 2, "
		       "\"_\": \"dcOption#18b7a10d\"}");
	assert_null(mtproto_value_field(&value, "ipv6"));
	assert_null(mtproto_value_field(&value, "secret"));
}

static void a_methods_fields_need_no_name(void **state)
{
	struct api *api = *state;
	const struct mtproto_combinator *ping = mtproto_schema_by_name(api->schema, "ping");
	static const char text[] = "{\"ping_id\": \"7\"}";
	struct mtproto_value value;
	size_t len;
	uint8_t *bytes;

	assert_int_equal(mtproto_json_decode_fields(&value, api->arena, text, strlen(text), api->schema, ping, NULL),
			 0);
	bytes = random_write(&value, NULL, &len);
	assert_int_equal(len, 12);
	assert_memory_equal(bytes, "\xec\x77\xbe\x7a\x07\0\0\0\0\0\0\0", 12);
	free(bytes);
}

/* ---- What is refused ---- */

static void assert_refused(struct api *api, const char *type, const char *text, const char *path, const char *reason)
{
	const struct mtproto_type *found = type ? mtproto_schema_type(api->schema, type) : NULL;
	struct mtproto_value_error error;
	struct mtproto_value value;

	assert_int_equal(mtproto_json_decode(&value, api->arena, text, strlen(text), api->schema, found, &error),
			 MTPROTO_ERR_VALUE);
	assert_string_equal(error.path, path);
	assert_string_equal(error.reason, reason);
	assert_int_equal(value.kind, MTPROTO_VALUE_ABSENT);
}

static void errors_say_where_and_what_was_expected(void **state)
{
	struct api *api = *state;

	assert_refused(api, "int", "2147483648", "", "expected int, found 2147483648");
	assert_refused(api, "int", "1.5", "", "expected int, found 1.5");
	assert_refused(api, "int", "\"1\"", "", "expected int, found \"1\"");
	assert_refused(api, "#", "-1", "", "expected #, found -1");
	assert_refused(api, "long", "\"9223372036854775808\"", "", "expected long, found \"9223372036854775808\"");
	assert_refused(api, "long", "\"-9223372036854775809\"", "", "expected long, found \"-9223372036854775809\"");
	assert_refused(api, "long", "\"12x\"", "", "expected long, found \"12x\"");
	assert_refused(api, "long", "\"\"", "", "expected long, found \"\"");
	assert_refused(api, "long", "\"-\"", "", "expected long, found \"-\"");
	assert_refused(api, "long", "\"+1\"", "", "expected long, found \"+1\"");
	assert_refused(api, "double", "\"nan\"", "", "expected double, found \"nan\"");
	assert_refused(api, "Bool", "1", "", "expected Bool, found 1");
	assert_refused(api, "bytes", "\"AA\"", "", "expected bytes in base64, found \"AA\"");
	assert_refused(api, "int128", "\"AAAA\"", "", "expected int128 in base64, found \"AAAA\"");
	assert_refused(api, "string", "{\"base64\": \"AAAA\", \"x\": 1}", "", "expected string, found an object");
	assert_refused(api, "Vector<long>", "[1, 2, true]", "[2]", "expected long, found true");
	assert_refused(api, "Vector<long>", "{}", "", "expected Vector<long>, found an object");
	assert_refused(api, "Peer", "{}", "", "expected Peer with \"_\", the name of its constructor, found an object");
	assert_refused(api, "Peer", "{\"_\": 5}", "", "expected Peer by its name in \"_\", found 5");
	assert_refused(api, "Peer", "{\"_\": \"ping\"}", "", "expected Peer, found \"ping\"");
	assert_refused(api, NULL, "{\"_\": \"peerUser\"}", "user_id", "expected long, found nothing");
	assert_refused(api, NULL, "{\"_\": \"peerUser\", \"user_id\": 1, \"usr\": 2}", "",
		       "peerUser has no field \"usr\"");
	assert_refused(
		api, NULL,
		"{\"_\": \"updates\", \"updates\": [{\"_\": \"updatePtsChanged\"}, {\"_\": \"updateUserTyping\", "
		"\"user_id\": [], \"action\": null}]}",
		"updates[1].user_id", "expected long, found an array");
	assert_refused(api, NULL, "{\"_\": \"updates\",\n \"updates\": [}", "",
		       "not JSON: line 2, column 14: unexpected token near '}'");
	assert_refused(api, NULL, "", "", "not JSON: line 1, column 1: unexpected token near end of file");
	assert_refused(api, NULL, "{\"_\": \"ping\", \"_\": \"ping\"}", "",
		       "not JSON: line 1, column 17: duplicate object key near '\"_\"'");
	assert_refused(api, NULL, "{} {}", "", "not JSON: line 1, column 4: end of file expected near '{'");
}

static void nesting_is_bounded(void **state)
{
	struct api *api = *state;
	char text[4096] = "";
	struct mtproto_value_error error;
	struct mtproto_value value;

	for (int i = 0; i < 70; i++)
		strcat(text, "{\"_\": \"jsonArray\", \"value\": [");
	for (int i = 0; i < 70; i++)
		strcat(text, "]}");
	assert_int_equal(mtproto_json_decode(&value, api->arena, text, strlen(text), api->schema, NULL, &error),
			 MTPROTO_ERR_LIMIT);
	assert_string_equal(error.reason, "nested deeper than 128 steps");
}

/* ---- Round trips ---- */

static void every_constructor_of_the_api_survives_json(void **state)
{
	struct api *api = *state;
	struct random_values *random = malloc(sizeof(*random));
	struct mtproto_value_error error = {0};

	assert_non_null(random);
	random_init(random, api->schema, api->arena, 2);
	for (uint32_t i = 0; i < mtproto_schema_count(api->schema); i++) {
		struct mtproto_value value = {0}, again;
		size_t len, again_len;
		uint8_t *bytes, *again_bytes;
		const char *text;

		random_object(random, mtproto_schema_at(api->schema, i), 0, &value);
		bytes = random_write(&value, NULL, &len);
		text = encode(api, &value);
		if (mtproto_json_decode(&again, api->arena, text, strlen(text), api->schema, NULL, &error))
			fail_msg("%s: %s: %s", text, error.path, error.reason);
		again_bytes = random_write(&again, NULL, &again_len);
		assert_int_equal(again_len, len);
		assert_memory_equal(again_bytes, bytes, len);
		assert_string_equal(encode(api, &again), text);
		free(bytes);
		free(again_bytes);
		mtproto_arena_reset(api->arena);
	}
	free(random);
}

/* ---- Schemas ---- */

static int load(const char *text, char *reason, size_t cap, struct mtproto_schema **schema)
{
	struct mtproto_schema_builder *builder;
	int error;

	*schema = NULL;
	assert_int_equal(mtproto_schema_builder_new(&builder, NULL), 0);
	error = mtproto_json_add_schema(builder, "s.json", text, strlen(text));
	if (!error)
		error = mtproto_schema_builder_finish(schema, builder);
	mtproto_schema_error_text(reason, cap, mtproto_schema_builder_error(builder));
	mtproto_schema_builder_free(builder);
	return error;
}

static void the_json_form_of_a_schema_is_read(void **state)
{
	/* Three items of core.telegram.org/schema/json, layer 223 and the protocol's. */
	static const char text[] =
		"{\"constructors\": [{\"id\": \"481674261\", \"predicate\": \"vector\", \"params\": [], \"type\": "
		"\"Vector t\"}, {\"id\": \"-1132882121\", \"predicate\": \"boolFalse\", \"params\": [], \"type\": "
		"\"Bool\"}, {\"id\": 414687501, \"predicate\": \"dcOption\", \"params\": [{\"name\": \"flags\", "
		"\"type\": \"#\"}, {\"name\": \"ipv6\", \"type\": \"flags.0?true\"}, {\"name\": \"ids\", \"type\": "
		"\"Vector<long>\"}], \"type\": \"DcOption\"}], \"methods\": [{\"id\": \"-627372787\", \"method\": "
		"\"invokeWithLayer\", \"params\": [{\"name\": \"layer\", \"type\": \"int\"}, {\"name\": \"query\", "
		"\"type\": \"!X\"}], \"type\": \"X\"}]}";
	struct mtproto_schema *schema;
	const struct mtproto_combinator *found;
	char reason[300];

	(void)state;
	assert_int_equal(load(text, reason, sizeof(reason), &schema), 0);
	found = mtproto_schema_by_id(schema, 0x18b7a10d);
	assert_int_equal(found->field_count, 3);
	assert_int_equal(found->fields[1].flags, 0);
	assert_string_equal(found->place.section, "constructors");
	assert_int_equal(found->place.line, 2);
	found = mtproto_schema_by_name(schema, "invokeWithLayer");
	assert_int_equal(found->id, 0xda9b0d0d);
	assert_int_equal(found->id_computed, 0xda9b0d0d);
	assert_int_equal(found->fields[1].type->kind, MTPROTO_TYPE_FUNCTION);
	mtproto_schema_free(schema);
}

static void a_bad_json_schema_names_its_item(void **state)
{
	static const struct {
		const char *text;
		const char *reason;
	} bad[] = {
		{"{", "s.json:1:1: string or '}' expected near end of file"},
		{"[]", "s.json: an object with \"constructors\" and \"methods\" is expected"},
		{"{\"constructors\": []}", "s.json: an object with \"constructors\" and \"methods\" is expected"},
		{"{\"constructors\": [{\"id\": \"1\", \"predicate\": \"a\", \"type\": \"A\"}], \"methods\": []}",
		 "s.json: constructors[0]: \"predicate\", \"params\" and \"type\" are expected"},
		{"{\"constructors\": [{\"id\": \"x\", \"predicate\": \"a\", \"params\": [], \"type\": \"A\"}], "
		 "\"methods\": []}",
		 "s.json: constructors[0]: \"id\" is not a decimal number of 32 bits"},
		{"{\"constructors\": [{\"id\": 4294967296, \"predicate\": \"a\", \"params\": [], \"type\": \"A\"}], "
		 "\"methods\": []}",
		 "s.json: constructors[0]: \"id\" is not a decimal number of 32 bits"},
		{"{\"constructors\": [{\"id\": 1, \"predicate\": \"a\", \"params\": [1], \"type\": \"A\"}], "
		 "\"methods\": []}",
		 "s.json: constructors[0]: a member of \"params\" has not \"name\" and \"type\" as texts"},
		{"{\"constructors\": [], \"methods\": [{\"id\": 1, \"method\": \"m\", \"params\": [], \"type\": "
		 "\"Bool\"}, {\"id\": 2, \"method\": \"n\", \"params\": [{\"name\": \"x\", \"type\": \"Nope\"}], "
		 "\"type\": \"Bool\"}]}",
		 "s.json: methods[1]: n: unknown type Nope"},
		{"{\"constructors\": [{\"id\": 1, \"predicate\": \"a = A; b\", \"params\": [], \"type\": \"A\"}], "
		 "\"methods\": []}",
		 "s.json: constructors[0]: the end of the declaration is expected here, not \"b\""},
		{"{\"constructors\": [{\"id\": 1, \"predicate\": \"a\", \"params\": [], \"type\": \"A\"}, {\"id\": 1, "
		 "\"predicate\": \"b\", \"params\": [], \"type\": \"A\"}], \"methods\": []}",
		 "s.json: constructors[1]: the id #00000001 of b is taken by a, item 0"},
		{"{\"constructors\": [{\"id\": 1, \"predicate\": \"a\", \"params\": [{\"name\": \"x\", \"type\": "
		 "\"A\"}], \"type\": \"A\"}], \"methods\": []}",
		 "s.json: constructors[0]: a cycle: every value of a contains another one"},
	};
	struct mtproto_schema *schema;
	char reason[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load(bad[i].text, reason, sizeof(reason), &schema), MTPROTO_ERR_SCHEMA);
		assert_string_equal(reason, bad[i].reason);
		assert_null(schema);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_and_their_json),
		TEST(service_objects_have_raw_numbers),
		TEST(flags_appear_only_when_they_say_more),
		TEST(names_of_more_than_one_have_their_ids),
		TEST(other_forms_are_taken),
		TEST(a_methods_fields_need_no_name),
		TEST(errors_say_where_and_what_was_expected),
		TEST(nesting_is_bounded),
		TEST(every_constructor_of_the_api_survives_json),
		TEST(the_json_form_of_a_schema_is_read),
		TEST(a_bad_json_schema_names_its_item),
	};

	return cmocka_run_group_tests(tests, open_api, close_api);
}
