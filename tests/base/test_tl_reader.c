/* The bounded reader. The bytes of every example are from core.telegram.org/mtproto/serialize or made by hand. */
#include <mtproto/tl.h>

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A reader of bytes in a block of exactly their size, so that a sanitizer sees a read beyond the end. */
struct input {
	uint8_t *bytes;
	size_t len;
	struct mtproto_tl_reader r;
};

static void open_input(struct input *in, const char *text)
{
	size_t cap = strlen(text) / 2;

	in->bytes = malloc(cap ? cap : 1);
	assert_non_null(in->bytes);
	in->len = hex(in->bytes, cap, text);
	mtproto_tl_reader_init(&in->r, in->bytes, in->len);
}

static void close_input(struct input *in, int error)
{
	assert_int_equal(mtproto_tl_reader_end(&in->r), error);
	free(in->bytes);
}

static void numbers_are_little_endian(void **state)
{
	struct input in;
	uint8_t raw[16];

	(void)state;
	open_input(&in, "78563412"
			"feffffff"
			"0807060504030201"
			"000000000000f83f"
			"000102030405060708090a0b0c0d0e0f");
	assert_int_equal(mtproto_tl_peek(&in.r), 0x12345678);
	assert_int_equal(mtproto_tl_read_u32(&in.r), 0x12345678);
	assert_int_equal(mtproto_tl_read_int(&in.r), -2);
	assert_true(mtproto_tl_read_long(&in.r) == 0x0102030405060708u);
	assert_true(mtproto_tl_read_double(&in.r) == 1.5);
	assert_int_equal(mtproto_tl_left(&in.r), 16);
	mtproto_tl_read_raw(&in.r, raw, 16);
	assert_memory_equal(raw, in.bytes + 24, 16);
	close_input(&in, 0);
}

static void assert_bytes(const char *text, size_t len, size_t used)
{
	struct input in;
	struct mtproto_span span;

	open_input(&in, text);
	span = mtproto_tl_read_bytes(&in.r);
	assert_int_equal(in.r.error, 0);
	assert_int_equal(span.len, len);
	assert_int_equal((size_t)(in.r.pos - in.bytes), used);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(span.data[i], 'a' + i % 26);
	free(in.bytes);
}

static void short_strings_have_one_byte_of_length(void **state)
{
	(void)state;
	assert_bytes("00000000", 0, 4);
	assert_bytes("01610000", 1, 4);
	assert_bytes("03616263", 3, 4);
	assert_bytes("0461626364000000", 4, 8);
}

static void padding_of_strings_is_ignored(void **state)
{
	(void)state;
	assert_bytes("0161ffff", 1, 4);
	assert_bytes("0461626364aabbcc"
		     "01",
		     4, 8);
}

static void the_long_form_of_a_short_string_is_accepted(void **state)
{
	(void)state;
	assert_bytes("fe03000061626300", 3, 8);
	assert_bytes("fe000000", 0, 4);
}

static void assert_long_bytes(size_t len, size_t header, const char *head)
{
	static uint8_t bytes[1024];
	struct mtproto_tl_reader r;
	struct mtproto_span span;
	size_t padded = (header + len + 3) / 4 * 4;

	memset(bytes, 0, sizeof(bytes));
	hex(bytes, 4, head);
	memset(bytes + header, 'x', len);
	mtproto_tl_reader_init(&r, bytes, padded);
	span = mtproto_tl_read_bytes(&r);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_int_equal(span.len, len);
	assert_ptr_equal(span.data, bytes + header);

	mtproto_tl_reader_init(&r, bytes, padded - 1);
	span = mtproto_tl_read_bytes(&r);
	assert_int_equal(r.error, MTPROTO_ERR_TRUNCATED);
	assert_null(span.data);
	assert_int_equal(span.len, 0);
}

static void long_strings_have_three_bytes_of_length(void **state)
{
	(void)state;
	assert_long_bytes(253, 1, "fd");
	assert_long_bytes(254, 4, "fefe0000");
	assert_long_bytes(256, 4, "fe000100");
	assert_long_bytes(1000, 4, "fee80300");
}

static void an_impossible_length_byte_is_refused(void **state)
{
	struct input in;

	(void)state;
	open_input(&in, "ff00000000000000");
	mtproto_tl_read_bytes(&in.r);
	close_input(&in, MTPROTO_ERR_ENCODING);
}

static void a_string_that_claims_more_than_there_is_is_refused(void **state)
{
	static const char *const texts[] = {"", "03", "036162", "04616263", "0461626364", "feffffff61", "fe0100"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct input in;

		open_input(&in, texts[i]);
		mtproto_tl_read_bytes(&in.r);
		close_input(&in, MTPROTO_ERR_TRUNCATED);
	}
}

static void booleans_are_boxed(void **state)
{
	struct input in;

	(void)state;
	open_input(&in, "b5757299"
			"379779bc"
			"d33ded3f");
	assert_true(mtproto_tl_read_bool(&in.r));
	assert_false(mtproto_tl_read_bool(&in.r));
	assert_int_equal(in.r.error, 0);
	assert_false(mtproto_tl_read_bool(&in.r));
	close_input(&in, MTPROTO_ERR_CONSTRUCTOR);
}

static void another_id_is_refused(void **state)
{
	struct input in;

	(void)state;
	open_input(&in, "63241605");
	mtproto_tl_read_id(&in.r, 0x05162463);
	close_input(&in, 0);
	open_input(&in, "63241605");
	mtproto_tl_read_id(&in.r, 0x05162464);
	close_input(&in, MTPROTO_ERR_CONSTRUCTOR);
	open_input(&in, "632416");
	mtproto_tl_read_id(&in.r, 0);
	close_input(&in, MTPROTO_ERR_TRUNCATED);
}

static void counts_are_bounded_by_what_is_left(void **state)
{
	struct input in;

	(void)state;
	open_input(&in, "15c4b51c"
			"02000000"
			"0000000000000000"
			"0000000000000000");
	assert_int_equal(mtproto_tl_read_vector(&in.r, 8), 2);
	close_input(&in, MTPROTO_ERR_TRAILING);
	open_input(&in, "15c4b51c"
			"03000000"
			"0000000000000000"
			"0000000000000000");
	assert_int_equal(mtproto_tl_read_vector(&in.r, 8), 0);
	close_input(&in, MTPROTO_ERR_ENCODING);
	open_input(&in, "ffffffff");
	assert_int_equal(mtproto_tl_read_count(&in.r, 1), 0);
	close_input(&in, MTPROTO_ERR_ENCODING);
	open_input(&in, "01000000"
			"00000000");
	assert_int_equal(mtproto_tl_read_vector(&in.r, 4), 0);
	close_input(&in, MTPROTO_ERR_CONSTRUCTOR);
}

static void the_first_error_stays(void **state)
{
	struct input in;
	uint8_t raw[4] = {1, 2, 3, 4};

	(void)state;
	open_input(&in, "0100000002000000");
	mtproto_tl_reader_fail(&in.r, MTPROTO_ERR_ENCODING);
	mtproto_tl_reader_fail(&in.r, MTPROTO_ERR_TRUNCATED);
	assert_int_equal(mtproto_tl_left(&in.r), 0);
	assert_int_equal(mtproto_tl_peek(&in.r), 0);
	assert_int_equal(mtproto_tl_read_u32(&in.r), 0);
	assert_true(mtproto_tl_read_long(&in.r) == 0);
	assert_null(mtproto_tl_read_span(&in.r, 4).data);
	assert_null(mtproto_tl_read_bytes(&in.r).data);
	assert_false(mtproto_tl_read_bool(&in.r));
	mtproto_tl_read_raw(&in.r, raw, 4);
	assert_memory_equal(raw, "\0\0\0\0", 4);
	assert_ptr_equal(in.r.pos, in.bytes);
	close_input(&in, MTPROTO_ERR_ENCODING);
}

static void nothing_can_be_read_from_nothing(void **state)
{
	struct mtproto_tl_reader r;

	(void)state;
	mtproto_tl_reader_init(&r, NULL, 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_int_equal(mtproto_tl_peek(&r), 0);
	assert_int_equal(r.error, 0);
	assert_int_equal(mtproto_tl_read_span(&r, 0).len, 0);
	assert_int_equal(r.error, 0);
	assert_int_equal(mtproto_tl_read_u32(&r), 0);
	assert_int_equal(r.error, MTPROTO_ERR_TRUNCATED);
}

static void bytes_that_are_left_are_told(void **state)
{
	struct input in;

	(void)state;
	open_input(&in, "0100000002000000");
	mtproto_tl_read_int(&in.r);
	assert_int_equal(mtproto_tl_left(&in.r), 4);
	close_input(&in, MTPROTO_ERR_TRAILING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_little_endian),
		cmocka_unit_test(short_strings_have_one_byte_of_length),
		cmocka_unit_test(padding_of_strings_is_ignored),
		cmocka_unit_test(the_long_form_of_a_short_string_is_accepted),
		cmocka_unit_test(long_strings_have_three_bytes_of_length),
		cmocka_unit_test(an_impossible_length_byte_is_refused),
		cmocka_unit_test(a_string_that_claims_more_than_there_is_is_refused),
		cmocka_unit_test(booleans_are_boxed),
		cmocka_unit_test(another_id_is_refused),
		cmocka_unit_test(counts_are_bounded_by_what_is_left),
		cmocka_unit_test(the_first_error_stays),
		cmocka_unit_test(nothing_can_be_read_from_nothing),
		cmocka_unit_test(bytes_that_are_left_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
