/* The bounded writer. */
#include <mtproto/tl.h>

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_written(const struct mtproto_tl_writer *w, const uint8_t *out, const char *text)
{
	uint8_t expected[256];
	size_t len = hex(expected, sizeof(expected), text);

	assert_int_equal(mtproto_tl_writer_end(w), 0);
	assert_int_equal(w->len, len);
	assert_memory_equal(out, expected, len);
}

static void write_one_of_each(struct mtproto_tl_writer *w)
{
	mtproto_tl_write_u32(w, 0x12345678);
	mtproto_tl_write_int(w, -2);
	mtproto_tl_write_long(w, 0x0102030405060708u);
	mtproto_tl_write_double(w, 1.5);
	mtproto_tl_write_bool(w, true);
	mtproto_tl_write_bool(w, false);
	mtproto_tl_write_raw(w, "\xaa\xbb\xcc\xdd", 4);
	mtproto_tl_write_raw(w, NULL, 0);
	mtproto_tl_write_vector(w, 3);
	mtproto_tl_write_string(w, "abcd");
	mtproto_tl_write_bytes(w, NULL, 0);
}

#define ONE_OF_EACH                                                                                                    \
	"78563412feffffff0807060504030201000000000000f83fb5757299379779bcaabbccdd15c4b51c0300000004616263640000000000" \
	"0000"

static void values_have_the_form_of_the_protocol(void **state)
{
	uint8_t out[128];
	struct mtproto_tl_writer w;

	(void)state;
	mtproto_tl_writer_init(&w, out, sizeof(out));
	write_one_of_each(&w);
	assert_written(&w, out, ONE_OF_EACH);
}

static void every_smaller_buffer_is_refused_and_not_overrun(void **state)
{
	size_t need = strlen(ONE_OF_EACH) / 2;

	(void)state;
	for (size_t cap = 1; cap < need; cap++) {
		uint8_t *out = malloc(cap);
		struct mtproto_tl_writer w;

		assert_non_null(out);
		mtproto_tl_writer_init(&w, out, cap);
		write_one_of_each(&w);
		assert_int_equal(mtproto_tl_writer_end(&w), MTPROTO_ERR_BUFFER);
		assert_true(w.len <= cap);
		free(out);
	}
}

static void without_a_buffer_the_size_is_counted(void **state)
{
	struct mtproto_tl_writer w;

	(void)state;
	mtproto_tl_writer_init(&w, NULL, 0);
	write_one_of_each(&w);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_int_equal(w.len, strlen(ONE_OF_EACH) / 2);
}

static void strings_are_padded_with_zeros_to_four_bytes(void **state)
{
	static const char *const expected[] = {"00000000", "01610000", "02616200", "03616263", "0461626364000000"};

	(void)state;
	for (size_t len = 0; len <= 4; len++) {
		uint8_t out[8];
		struct mtproto_tl_writer w;

		memset(out, 0xee, sizeof(out));
		mtproto_tl_writer_init(&w, out, sizeof(out));
		mtproto_tl_write_bytes(&w, "abcd", len);
		assert_written(&w, out, expected[len]);
	}
}

static void assert_long_string(size_t len, size_t size, const char *head)
{
	static uint8_t data[300], out[304];
	uint8_t expected[4];
	size_t head_len = hex(expected, 4, head);
	struct mtproto_tl_writer w;

	memset(data, 'x', sizeof(data));
	memset(out, 0xee, sizeof(out));
	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_tl_write_bytes(&w, data, len);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_int_equal(w.len, size);
	assert_int_equal(mtproto_tl_bytes_size(len), size);
	assert_memory_equal(out, expected, head_len);
	assert_memory_equal(out + head_len, data, len);
	for (size_t i = head_len + len; i < size; i++)
		assert_int_equal(out[i], 0);
}

static void strings_from_254_bytes_have_the_long_form(void **state)
{
	(void)state;
	assert_long_string(252, 256, "fc");
	assert_long_string(253, 256, "fd");
	assert_long_string(254, 260, "fefe0000");
	assert_long_string(256, 260, "fe000100");
}

static void strings_above_24_bits_are_refused(void **state)
{
	uint8_t out[8];
	struct mtproto_tl_writer w;

	(void)state;
	mtproto_tl_writer_init(&w, NULL, 0);
	mtproto_tl_write_bytes(&w, out, MTPROTO_TL_BYTES_MAX);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_int_equal(w.len, 4 + 0x1000000);
	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_tl_write_bytes(&w, out, MTPROTO_TL_BYTES_MAX + 1);
	assert_int_equal(mtproto_tl_writer_end(&w), MTPROTO_ERR_TOO_LARGE);
}

static void the_first_error_stays(void **state)
{
	uint8_t out[8] = {0};
	struct mtproto_tl_writer w;

	(void)state;
	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_tl_write_bytes(&w, out, MTPROTO_TL_BYTES_MAX + 1);
	mtproto_tl_write_u32(&w, 0x01010101);
	mtproto_tl_write_raw(&w, "123456789", 9);
	assert_int_equal(mtproto_tl_writer_end(&w), MTPROTO_ERR_TOO_LARGE);
	assert_int_equal(w.len, 0);
	assert_int_equal(out[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_the_form_of_the_protocol),
		cmocka_unit_test(every_smaller_buffer_is_refused_and_not_overrun),
		cmocka_unit_test(without_a_buffer_the_size_is_counted),
		cmocka_unit_test(strings_are_padded_with_zeros_to_four_bytes),
		cmocka_unit_test(strings_from_254_bytes_have_the_long_form),
		cmocka_unit_test(strings_above_24_bits_are_refused),
		cmocka_unit_test(the_first_error_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
