/* Message identifiers. */
#include <mtproto/msg_id.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static uint64_t first(int64_t time_ns, unsigned low_bits)
{
	struct mtproto_msg_id_gen gen = {0};

	return mtproto_msg_id_next(&gen, time_ns, low_bits);
}

static void seconds_are_the_high_half(void **state)
{
	(void)state;
	assert_true(first(1700000000 * SECOND, MTPROTO_MSG_ID_CLIENT) == UINT64_C(1700000000) << 32);
	assert_true(first(1700000000 * SECOND + SECOND / 2, MTPROTO_MSG_ID_CLIENT) ==
		    (UINT64_C(1700000000) << 32 | 0x80000000));
	assert_true(first(1700000000 * SECOND + SECOND / 4, MTPROTO_MSG_ID_REPLY) ==
		    (UINT64_C(1700000000) << 32 | 0x40000001));
	assert_true(first(1700000000 * SECOND + 999999999, MTPROTO_MSG_ID_NOTICE) ==
		    (UINT64_C(1700000000) << 32 | 0xfffffffb));
}

static void the_low_bits_tell_the_kind(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 4; bits++) {
		struct mtproto_msg_id_gen gen = {0};

		for (int64_t i = 0; i < 100; i++)
			assert_int_equal(mtproto_msg_id_next(&gen, i % 7, bits) % 4, bits);
	}
}

static void identifiers_rise_when_time_stands_still(void **state)
{
	struct mtproto_msg_id_gen gen = {0};
	uint64_t last = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t id = mtproto_msg_id_next(&gen, 1700000000 * SECOND, i * 7 % 4);

		assert_true(id > last);
		assert_true(id - (UINT64_C(1700000000) << 32) < 4 * (i + 1));
		last = id;
	}
}

static void the_same_moment_gives_another_identifier(void **state)
{
	struct mtproto_msg_id_gen gen = {0};
	uint64_t id = mtproto_msg_id_next(&gen, 1700000000 * SECOND, MTPROTO_MSG_ID_CLIENT);

	(void)state;
	assert_true(mtproto_msg_id_next(&gen, 1700000000 * SECOND, MTPROTO_MSG_ID_CLIENT) == id + 4);
}

static void identifiers_rise_when_time_steps_back(void **state)
{
	struct mtproto_msg_id_gen gen = {0};
	uint64_t before = mtproto_msg_id_next(&gen, 1700000000 * SECOND, MTPROTO_MSG_ID_NOTICE);

	(void)state;
	assert_true(mtproto_msg_id_next(&gen, 1600000000 * SECOND, MTPROTO_MSG_ID_CLIENT) == before + 1);
	assert_true(mtproto_msg_id_next(&gen, -5, MTPROTO_MSG_ID_REPLY) == before + 6);
	assert_true(mtproto_msg_id_next(&gen, 1700000001 * SECOND, MTPROTO_MSG_ID_CLIENT) == UINT64_C(1700000001)
												     << 32);
}

static void a_time_before_the_epoch_is_the_epoch(void **state)
{
	(void)state;
	assert_int_equal(first(-SECOND, MTPROTO_MSG_ID_REPLY), 1);
	assert_int_equal(first(INT64_MAX, MTPROTO_MSG_ID_CLIENT) >> 32, UINT32_MAX);
}

static void the_time_can_be_read_back(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		int64_t time_ns = 1700000000 * SECOND + i * 999983;
		int64_t back = mtproto_msg_id_time_ns(first(time_ns, MTPROTO_MSG_ID_CLIENT));

		assert_true(back <= time_ns && back >= time_ns - 2);
	}
	assert_true(mtproto_msg_id_time_ns(0x65abc0fe80000000u) == 0x65abc0fe * SECOND + SECOND / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seconds_are_the_high_half),
		cmocka_unit_test(the_low_bits_tell_the_kind),
		cmocka_unit_test(identifiers_rise_when_time_stands_still),
		cmocka_unit_test(the_same_moment_gives_another_identifier),
		cmocka_unit_test(identifiers_rise_when_time_steps_back),
		cmocka_unit_test(a_time_before_the_epoch_is_the_epoch),
		cmocka_unit_test(the_time_can_be_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
