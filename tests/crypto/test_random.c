#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random.h"

/* Writes a pattern of the call's number, counts the calls, and fails from the call on that user says. */
struct source {
	int calls;
	int calls_max;
};

static int fill(void *user, uint8_t *out, size_t len)
{
	struct source *source = user;

	memset(out, 0xa5 + source->calls, len);
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

/* The bytes of one call serve many, each once; what is too long is not taken from them. */
static void bytes_drawn_ahead_are_given_once(void **state)
{
	struct source source = {.calls_max = 3};
	const struct mtproto_random random = {fill, &source};
	struct mtp_random_ahead ahead;
	uint8_t expected[1000], out[1000];
	const size_t all = sizeof(ahead.bytes);

	(void)state;
	mtp_random_ahead_init(&ahead, &random);
	assert_int_equal(source.calls, 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(mtp_random_fill(&ahead.random, out, all / 4), 0);
		memset(expected, 0xa5, sizeof(expected));
		assert_memory_equal(out, expected, all / 4);
		assert_int_equal(source.calls, 1);
	}
	assert_int_equal(mtp_random_fill(&ahead.random, out, 1), 0);
	assert_int_equal(out[0], 0xa6);
	assert_int_equal(mtp_random_fill(&ahead.random, out, all + 1), 0);
	memset(expected, 0xa7, sizeof(expected));
	assert_memory_equal(out, expected, all + 1);
	assert_int_equal(mtp_random_fill(&ahead.random, out, all - 1), 0);
	assert_int_equal(out[all - 2], 0xa6);
	assert_int_equal(source.calls, 3);
	/* The source has failed: nothing that it left behind is given. */
	assert_int_equal(mtp_random_fill(&ahead.random, out, 1), MTPROTO_ERR_RANDOM);
	assert_int_equal(out[0], 0);
	assert_int_equal(mtp_random_fill(&ahead.random, out, 1), MTPROTO_ERR_RANDOM);
	assert_int_equal(source.calls, 5);
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
		cmocka_unit_test(bytes_drawn_ahead_are_given_once),
		cmocka_unit_test(default_source_differs_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
