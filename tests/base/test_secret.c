/* Wiping and comparing secrets. */
#include <mtproto/base.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void wipe_clears_exactly_len_bytes(void **state)
{
	uint8_t bytes[64];

	(void)state;
	for (size_t len = 0; len <= 48; len++) {
		memset(bytes, 0xa5, sizeof(bytes));
		mtproto_wipe(bytes + 8, len);
		for (size_t i = 0; i < sizeof(bytes); i++)
			assert_int_equal(bytes[i], i >= 8 && i < 8 + len ? 0 : 0xa5);
	}
}

static void wipe_takes_null_for_nothing(void **state)
{
	(void)state;
	mtproto_wipe(NULL, 0);
}

static void equal_looks_at_every_bit(void **state)
{
	uint8_t a[32], b[32];

	(void)state;
	memset(a, 0x3c, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_true(mtproto_equal_const_time(a, b, sizeof(a)));
	for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(mtproto_equal_const_time(a, b, sizeof(a)));
		assert_true(mtproto_equal_const_time(a, b, bit / 8));
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void nothing_equals_nothing(void **state)
{
	(void)state;
	assert_true(mtproto_equal_const_time("a", "b", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wipe_clears_exactly_len_bytes),
		cmocka_unit_test(wipe_takes_null_for_nothing),
		cmocka_unit_test(equal_looks_at_every_bit),
		cmocka_unit_test(nothing_equals_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
