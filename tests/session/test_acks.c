/* The list of msg_ids that wait to be acknowledged. */
#include "failing.h"
#include "session/acks.h"

#include <mtproto/service.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct failing memory;

static int setup(void **state)
{
	struct mtp_acks *acks = malloc(sizeof(*acks));

	assert_non_null(acks);
	failing_init(&memory);
	mtp_acks_init(acks, &memory.hooks);
	*state = acks;
	return 0;
}

static int teardown(void **state)
{
	struct mtp_acks *acks = *state;

	mtp_acks_fini(acks);
	assert_int_equal(memory.pieces, 0);
	free(acks);
	return 0;
}

static void the_order_of_arrival_is_kept(void **state)
{
	struct mtp_acks *acks = *state;

	assert_int_equal(mtp_acks_add(acks, 30, 1000), 0);
	assert_int_equal(mtp_acks_add(acks, 10, 2000), 0);
	assert_int_equal(mtp_acks_add(acks, 20, 3000), 0);
	assert_int_equal(acks->count, 3);
	assert_int_equal(acks->ids[0], 30);
	assert_int_equal(acks->ids[1], 10);
	assert_int_equal(acks->ids[2], 20);
	assert_int_equal(acks->oldest_ns, 1000);
}

static void one_is_taken_back(void **state)
{
	struct mtp_acks *acks = *state;

	for (uint64_t i = 1; i <= 5; i++)
		assert_int_equal(mtp_acks_add(acks, i, i), 0);
	mtp_acks_remove(acks, 3);
	mtp_acks_remove(acks, 5);
	mtp_acks_remove(acks, 1);
	mtp_acks_remove(acks, 99);
	assert_int_equal(acks->count, 2);
	assert_int_equal(acks->ids[0], 2);
	assert_int_equal(acks->ids[1], 4);
}

static void no_more_than_fit_into_one_msgs_ack(void **state)
{
	struct mtp_acks *acks = *state;

	for (uint64_t i = 0; i < MTP_ACKS_MAX; i++)
		assert_int_equal(mtp_acks_add(acks, i, 0), 0);
	assert_int_equal(mtp_acks_add(acks, 1, 0), MTPROTO_ERR_LIMIT);
	assert_int_equal(acks->count, MTP_ACKS_MAX);
	mtp_acks_clear(acks);
	assert_int_equal(acks->count, 0);
	/* Much memory is given back. */
	assert_int_equal(memory.pieces, 0);
	assert_int_equal(mtp_acks_add(acks, 1, 0), 0);
}

static void a_little_memory_is_kept(void **state)
{
	struct mtp_acks *acks = *state;
	size_t asked;

	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(mtp_acks_add(acks, i, 0), 0);
	mtp_acks_clear(acks);
	asked = memory.asked;
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(mtp_acks_add(acks, i, 0), 0);
	assert_int_equal(memory.asked, asked);
}

static void without_memory_it_stays_as_it_is(void **state)
{
	struct mtp_acks *acks = *state;

	for (uint64_t i = 0; i < 16; i++)
		assert_int_equal(mtp_acks_add(acks, i, 0), 0);
	memory.fail_all = true;
	assert_int_equal(mtp_acks_add(acks, 16, 0), MTPROTO_ERR_MEMORY);
	memory.fail_all = false;
	assert_int_equal(acks->count, 16);
	assert_int_equal(acks->ids[15], 15);
	assert_int_equal(mtp_acks_add(acks, 16, 0), 0);
}

static void the_time_of_the_first_counts(void **state)
{
	struct mtp_acks *acks = *state;

	assert_int_equal(mtp_acks_add(acks, 1, 50), 0);
	mtp_acks_clear(acks);
	assert_int_equal(mtp_acks_add(acks, 2, 70), 0);
	assert_int_equal(acks->oldest_ns, 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_order_of_arrival_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(one_is_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(no_more_than_fit_into_one_msgs_ack, setup, teardown),
		cmocka_unit_test_setup_teardown(a_little_memory_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_it_stays_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(the_time_of_the_first_counts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
