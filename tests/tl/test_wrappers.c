/* Wrappers with nested values: initConnection's proxy and JSON parameters, the range of invokeWithMessagesRange. */
#include <mtproto/service.h>

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define GET_CONFIG  "6b18f9c4"
#define VECTOR      "15c4b51c"
#define JSON_NULL   "687b6d3f"
#define JSON_TRUE   "6a5e34c7b5757299"
#define JSON_NUMBER "a4dfe02b000000000000f03f"
#define JSON_STRING "7a761eb703616263"
#define JSON_ARRAY  "634744f7" VECTOR
#define JSON_OBJECT "9dd4c199" VECTOR
#define JSON_PAIR   "d91bdec0"

/* From flags to lang_code: api_id 12345, "Pix", "14", "1.0", "en", "", "en". */
#define INIT(flags)                 \
	"a95ecdc1" flags "39300000" \
	"03506978"                  \
	"02313400"                  \
	"03312e30"                  \
	"02656e00"                  \
	"00000000"                  \
	"02656e00"

struct text {
	uint8_t bytes[8192];
	size_t len;
};

static void add(struct text *text, const char *digits)
{
	text->len += hex(text->bytes + text->len, sizeof(text->bytes) - text->len, digits);
}

/* The bytes are copied to a block of their own size, so that a read beyond them is noticed. The spans of out are
 * only valid for as long as text is: they are moved there. */
static int read_init(struct mtproto_init_connection *out, const struct text *text)
{
	struct mtproto_tl_reader r;
	uint8_t *exact = malloc(text->len + 1);
	int error;

	assert_non_null(exact);
	memcpy(exact, text->bytes, text->len);
	mtproto_tl_reader_init(&r, exact, text->len);
	error = mtproto_init_connection_read(out, &r);
	if (!error) {
		out->device_model.data = text->bytes + (out->device_model.data - exact);
		out->query.data = text->bytes + (out->query.data - exact);
		if (out->params.data)
			out->params.data = text->bytes + (out->params.data - exact);
	}
	free(exact);
	return error;
}

static int read_params(struct mtproto_init_connection *out, const char *json)
{
	static struct text text;

	text.len = 0;
	add(&text, INIT("02000000"));
	add(&text, json);
	add(&text, GET_CONFIG);
	return read_init(out, &text);
}

static void init_connection_without_options(void **state)
{
	struct text text = {.len = 0};
	struct mtproto_init_connection init;

	(void)state;
	add(&text, INIT("00000000") GET_CONFIG);
	assert_int_equal(read_init(&init, &text), 0);
	assert_int_equal(init.api_id, 12345);
	assert_int_equal(init.device_model.len, 3);
	assert_memory_equal(init.device_model.data, "Pix", 3);
	assert_int_equal(init.proxy.port, 0);
	assert_null(init.params.data);
	assert_int_equal(init.query.len, 4);
	assert_memory_equal(init.query.data, "\x6b\x18\xf9\xc4", 4);
}

static void init_connection_with_a_proxy_and_parameters(void **state)
{
	struct text text = {.len = 0};
	struct mtproto_init_connection init;

	(void)state;
	add(&text, INIT("03000000") "3f8b5875"
				    "03612e62"
				    "bb010000" JSON_STRING GET_CONFIG);
	assert_int_equal(read_init(&init, &text), 0);
	assert_int_equal(init.flags, MTPROTO_INIT_CONNECTION_PROXY | MTPROTO_INIT_CONNECTION_PARAMS);
	assert_int_equal(init.proxy.port, 443);
	assert_int_equal(init.proxy.address.len, 3);
	assert_int_equal(init.params.len, 8);
	assert_memory_equal(init.params.data, "\x7a\x76\x1e\xb7", 4);
	assert_int_equal(init.query.len, 4);
}

static void unknown_flags_of_init_connection_are_ignored(void **state)
{
	struct text text = {.len = 0};
	struct mtproto_init_connection init;

	(void)state;
	add(&text, INIT("00040000") GET_CONFIG);
	assert_int_equal(read_init(&init, &text), 0);
	assert_int_equal(init.flags, 1 << 10);
	assert_int_equal(init.query.len, 4);
}

static void init_connection_cut_anywhere_is_refused(void **state)
{
	struct text text = {.len = 0};
	struct mtproto_init_connection init;

	(void)state;
	add(&text, INIT("03000000") "3f8b5875"
				    "03612e62"
				    "bb010000" JSON_TRUE GET_CONFIG);
	while (text.len-- > 0)
		assert_int_equal(read_init(&init, &text), MTPROTO_ERR_TRUNCATED);
}

static void init_connection_is_written_as_it_was_read(void **state)
{
	static const struct mtproto_span text[] = {
		{(const uint8_t *)"Pix", 3}, {(const uint8_t *)"14", 2}, {(const uint8_t *)"1.0", 3},
		{(const uint8_t *)"en", 2},  {(const uint8_t *)"", 0},   {(const uint8_t *)"a.b", 3},
	};
	static const uint8_t get_config[] = {0x6b, 0x18, 0xf9, 0xc4}, json_null[] = {0x68, 0x7b, 0x6d, 0x3f};
	struct mtproto_init_connection init = {.flags = MTPROTO_INIT_CONNECTION_PROXY | MTPROTO_INIT_CONNECTION_PARAMS,
					       .api_id = 12345,
					       .device_model = text[0],
					       .system_version = text[1],
					       .app_version = text[2],
					       .system_lang_code = text[3],
					       .lang_pack = text[4],
					       .lang_code = text[3],
					       .proxy = {text[5], 443},
					       .params = {json_null, 4},
					       .query = {get_config, 4}};
	struct text expected = {.len = 0};
	struct mtproto_tl_writer w;
	uint8_t out[128];

	(void)state;
	add(&expected, INIT("03000000") "3f8b5875"
					"03612e62"
					"bb010000" JSON_NULL GET_CONFIG);
	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_init_connection_write(&w, &init);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_int_equal(w.len, expected.len);
	assert_memory_equal(out, expected.bytes, expected.len);
}

static void every_kind_of_json_is_passed_over(void **state)
{
	static const char *const values[] = {
		JSON_NULL,
		JSON_TRUE,
		JSON_NUMBER,
		JSON_STRING,
		JSON_ARRAY "00000000",
		JSON_ARRAY "02000000" JSON_STRING JSON_ARRAY "01000000" JSON_NULL,
		JSON_OBJECT "00000000",
		JSON_OBJECT "02000000" JSON_PAIR "01610000" JSON_NUMBER JSON_PAIR "01620000" JSON_OBJECT "00000000",
	};
	struct mtproto_init_connection init;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(read_params(&init, values[i]), 0);
		assert_int_equal(init.params.len, strlen(values[i]) / 2);
		assert_int_equal(init.query.len, 4);
	}
}

static void json_that_is_none_is_refused(void **state)
{
	struct mtproto_init_connection init;

	(void)state;
	assert_int_equal(read_params(&init, "ffffffff"), MTPROTO_ERR_CONSTRUCTOR);
	assert_int_equal(read_params(&init, "6a5e34c7"
					    "ffffffff"),
			 MTPROTO_ERR_CONSTRUCTOR);
	assert_int_equal(read_params(&init, "634744f7"
					    "00000000"
					    "00000000"),
			 MTPROTO_ERR_CONSTRUCTOR);
	assert_int_equal(read_params(&init, JSON_ARRAY "01000000" JSON_PAIR "00000000"), MTPROTO_ERR_CONSTRUCTOR);
	assert_int_equal(read_params(&init, JSON_OBJECT "01000000" JSON_NULL JSON_NULL JSON_NULL JSON_NULL),
			 MTPROTO_ERR_CONSTRUCTOR);
	assert_int_equal(read_params(&init, JSON_ARRAY "ffffff7f"), MTPROTO_ERR_ENCODING);
	/* 12 bytes are left, and a pair has at least 12. */
	assert_int_equal(read_params(&init, JSON_OBJECT "02000000" JSON_PAIR "01610000"), MTPROTO_ERR_ENCODING);
}

static int read_nested_arrays(unsigned depth)
{
	struct text text = {.len = 0};
	struct mtproto_init_connection init;

	add(&text, INIT("02000000"));
	for (unsigned i = 1; i < depth; i++)
		add(&text, JSON_ARRAY "01000000");
	add(&text, JSON_NULL GET_CONFIG);
	return read_init(&init, &text);
}

static void json_nests_32_deep_and_no_deeper(void **state)
{
	(void)state;
	assert_int_equal(read_nested_arrays(32), 0);
	assert_int_equal(read_nested_arrays(33), MTPROTO_ERR_ENCODING);
	assert_int_equal(read_nested_arrays(500), MTPROTO_ERR_ENCODING);
}

static void a_messages_range_is_an_object_of_its_own(void **state)
{
	struct text text = {.len = 0};
	struct mtproto_invoke_with_messages_range wrapper = {.range = {0, 0}};
	struct mtproto_tl_reader r;
	struct mtproto_tl_writer w;
	uint8_t out[32];

	(void)state;
	add(&text, "f2755236"
		   "5302e30a"
		   "05000000"
		   "09000000" GET_CONFIG);
	mtproto_tl_reader_init(&r, text.bytes, text.len);
	assert_int_equal(mtproto_invoke_with_messages_range_read(&wrapper, &r), 0);
	assert_int_equal(wrapper.range.min_id, 5);
	assert_int_equal(wrapper.range.max_id, 9);
	assert_int_equal(wrapper.query.len, 4);

	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_invoke_with_messages_range_write(&w, &wrapper);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_int_equal(w.len, text.len);
	assert_memory_equal(out, text.bytes, text.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_connection_without_options),
		cmocka_unit_test(init_connection_with_a_proxy_and_parameters),
		cmocka_unit_test(unknown_flags_of_init_connection_are_ignored),
		cmocka_unit_test(init_connection_cut_anywhere_is_refused),
		cmocka_unit_test(init_connection_is_written_as_it_was_read),
		cmocka_unit_test(every_kind_of_json_is_passed_over),
		cmocka_unit_test(json_that_is_none_is_refused),
		cmocka_unit_test(json_nests_32_deep_and_no_deeper),
		cmocka_unit_test(a_messages_range_is_an_object_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
