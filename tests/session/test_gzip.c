/* gzip_packed through its public header. */
#include <mtproto/gzip.h>
#include <mtproto/service.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"

/* gzip_packed of the 40 bytes "aaaa...", made by Python: gzip.compress(b"a" * 40, mtime=0). */
static const char from_python[] = "a1cf7230181f8b08000000000002034b4c240e0000258a5bc928000000";

static struct mtproto_gzip *gzip;

static int setup(void **state)
{
	(void)state;
	return mtproto_gzip_new(&gzip, NULL);
}

static int teardown(void **state)
{
	(void)state;
	mtproto_gzip_free(gzip);
	return 0;
}

static size_t pack(const uint8_t *body, size_t len, size_t size_min, uint8_t *out)
{
	size_t packed_len = 1;

	assert_int_equal(mtproto_gzip_pack(gzip, body, len, size_min, out, len, &packed_len), 0);
	return packed_len;
}

static void text(uint8_t *out, size_t len)
{
	static const char words[] = "acknowledgement container message session salt ";

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)words[i % (sizeof(words) - 1)];
}

static void noise(uint8_t *out, size_t len)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		out[i] = (uint8_t)(x >> 24);
	}
}

static void what_was_packed_is_unpacked(void **state)
{
	static const size_t sizes[] = {128, 252, 256, 1000, 4096, 16380, 16384, 100000, 1044404};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i];
		uint8_t *body = malloc(size), *packed = malloc(size), *again = malloc(size);
		size_t packed_len, len;

		text(body, size);
		packed_len = pack(body, size, MTPROTO_GZIP_SIZE_MIN, packed);
		assert_true(packed_len > 0 && packed_len <= size / 10 * 9 && packed_len % 4 == 0);
		assert_int_equal(mtproto_gzip_unpack(gzip, packed, packed_len, again, size, &len), 0);
		assert_int_equal(len, size);
		assert_memory_equal(again, body, size);
		assert_int_equal(mtproto_gzip_unpack(gzip, packed, packed_len, again, size - 1, &len),
				 MTPROTO_ERR_INFLATED_SIZE);
		free(body);
		free(packed);
		free(again);
	}
}

static void what_is_not_worth_it_stays_as_it_is(void **state)
{
	uint8_t *body = malloc(100000), *out = malloc(100000);

	(void)state;
	text(body, 100000);
	assert_int_equal(pack(body, 124, MTPROTO_GZIP_SIZE_MIN, out), 0);
	assert_int_not_equal(pack(body, 124, 100, out), 0);
	assert_int_equal(pack(body, 8, 0, out), 0);
	noise(body, 100000);
	assert_int_equal(pack(body, 4096, MTPROTO_GZIP_SIZE_MIN, out), 0);
	assert_int_equal(pack(body, 100000, MTPROTO_GZIP_SIZE_MIN, out), 0);
	/* The middle decides about a long body. */
	text(body, 40000);
	text(body + 60000, 40000);
	assert_int_equal(pack(body, 100000, MTPROTO_GZIP_SIZE_MIN, out), 0);
	text(body + 45000, 10000);
	assert_int_not_equal(pack(body, 100000, MTPROTO_GZIP_SIZE_MIN, out), 0);
	free(body);
	free(out);
}

static void foreign_gzip_is_unpacked(void **state)
{
	uint8_t packed[64], out[64];
	size_t packed_len = hex(packed, sizeof(packed), from_python);
	size_t len;

	(void)state;
	/* The padding of the TL string. */
	while (packed_len % 4)
		packed[packed_len++] = 0;
	assert_int_equal(mtproto_gzip_unpack(gzip, packed, packed_len, out, sizeof(out), &len), 0);
	assert_int_equal(len, 40);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(out[i], 'a');
}

static void what_is_no_gzip_packed_is_refused(void **state)
{
	uint8_t packed[64], out[64];
	size_t packed_len = hex(packed, sizeof(packed), from_python);
	size_t len;

	(void)state;
	while (packed_len % 4)
		packed[packed_len++] = 0;
	for (size_t cut = 0; cut < packed_len; cut++)
		assert_int_equal(mtproto_gzip_unpack(gzip, packed, cut, out, sizeof(out), &len), MTPROTO_ERR_GZIP);
	packed[16] ^= 0x40;
	assert_int_not_equal(mtproto_gzip_unpack(gzip, packed, packed_len, out, sizeof(out), &len), 0);
	packed[0] ^= 1;
	assert_int_equal(mtproto_gzip_unpack(gzip, packed, packed_len, out, sizeof(out), &len), MTPROTO_ERR_GZIP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_packed_is_unpacked, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_worth_it_stays_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_gzip_is_unpacked, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_gzip_packed_is_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
