/* What is kept for later: magic number, version, content, check. */
#include "tl/kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"

#define MAGIC   0x44434241u
#define VERSION 3u

/* "ABCD", 3, 7 and their SHA-256, computed by Python's hashlib. */
static const char expected[] = "414243440300000007000000"
			       "2e1e9754d83d73eb01a4213fca5abfeee0fd36ac52003d44bb0962046fec8d1b";

static size_t write_seven(uint8_t *out, size_t cap, int *error)
{
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, out, cap);
	mtp_kept_begin(&w, MAGIC, VERSION);
	mtproto_tl_write_u32(&w, 7);
	mtp_kept_end(&w);
	*error = mtproto_tl_writer_end(&w);
	return w.len;
}

static int open_kept(const uint8_t *data, size_t len)
{
	struct mtproto_tl_reader r;

	return mtp_kept_open(&r, data, len, MAGIC, VERSION);
}

static void its_bytes_are_known(void **state)
{
	uint8_t bytes[44], wanted[44];
	struct mtproto_tl_reader r;
	int error;

	(void)state;
	assert_int_equal(write_seven(NULL, 0, &error), 44);
	assert_int_equal(write_seven(bytes, 43, &error) && error, 1);
	assert_int_equal(write_seven(bytes, 44, &error), 44);
	assert_int_equal(error, 0);
	assert_int_equal(hex(wanted, sizeof(wanted), expected), 44);
	assert_memory_equal(bytes, wanted, 44);
	assert_int_equal(mtp_kept_open(&r, bytes, 44, MAGIC, VERSION), 0);
	assert_int_equal(mtproto_tl_read_u32(&r), 7);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
}

static void every_flipped_bit_is_noticed(void **state)
{
	uint8_t bytes[44];
	int error;

	(void)state;
	write_seven(bytes, sizeof(bytes), &error);
	for (size_t i = 0; i < 8 * sizeof(bytes); i++) {
		bool in_version = i / 8 >= 4 && i / 8 < 8;

		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(open_kept(bytes, sizeof(bytes)),
				 in_version ? MTPROTO_ERR_STATE_VERSION : MTPROTO_ERR_STATE_FORMAT);
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
}

static void every_other_length_is_refused(void **state)
{
	uint8_t bytes[45] = {0};
	int error;

	(void)state;
	write_seven(bytes, sizeof(bytes), &error);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(open_kept(bytes, len), len == 44 ? 0 : MTPROTO_ERR_STATE_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_bytes_are_known),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(every_other_length_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
