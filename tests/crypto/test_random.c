#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random.h"

/* Writes a pattern, counts the calls, and fails from the call on that user says. */
struct source {
	int calls;
	int calls_max;
};

static int fill(void *user, uint8_t *out, size_t len)
{
	struct source *source = user;

	memset(out, 0xa5, len);
	return source->calls++ < source->calls_max ? 0 : 1;
}

static void given_source_is_used(void **state)
{
	struct source source = {.calls_max = 1};
	const struct mtproto_random random = {fill, &source};
	uint8_t expected[100], out[100] = {0};

	(void)state;
	memset(expected, 0xa5, sizeof(expected));
	assert_int_equal(mtp_random_fill(&random, out, sizeof(out)), 0);
	assert_memory_equal(out, expected, sizeof(out));
	assert_int_equal(source.calls, 1);
}

static void failing_source_leaves_zeros(void **state)
{
	struct source source = {.calls_max = 0};
	const struct mtproto_random random = {fill, &source};
	uint8_t zeros[100] = {0}, out[100];

	(void)state;
	memset(out, 1, sizeof(out));
	assert_int_equal(mtp_random_fill(&random, out, sizeof(out)), MTPROTO_ERR_RANDOM);
	assert_memory_equal(out, zeros, sizeof(out));
}

static void nothing_is_asked_for_nothing(void **state)
{
	struct source source = {.calls_max = 0};
	const struct mtproto_random random = {fill, &source};

	(void)state;
	assert_int_equal(mtp_random_fill(&random, NULL, 0), 0);
	assert_int_equal(mtp_random_fill(NULL, NULL, 0), 0);
	assert_int_equal(source.calls, 0);
}

/* 32 bytes repeat, or are all zero, once in 2^256 runs. */
static void default_source_differs_each_time(void **state)
{
	uint8_t zeros[32] = {0}, first[32] = {0}, second[32] = {0};

	(void)state;
	assert_int_equal(mtp_random_fill(NULL, first, sizeof(first)), 0);
	assert_int_equal(mtp_random_fill(NULL, second, sizeof(second)), 0);
	assert_memory_not_equal(first, second, sizeof(first));
	assert_memory_not_equal(first, zeros, sizeof(first));
	assert_memory_not_equal(second, zeros, sizeof(second));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(given_source_is_used),
		cmocka_unit_test(failing_source_leaves_zeros),
		cmocka_unit_test(nothing_is_asked_for_nothing),
		cmocka_unit_test(default_source_differs_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
