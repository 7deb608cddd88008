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

/* ---- Those that were sent ---- */

static void add(struct mtp_acks *acks, uint64_t from, uint64_t to)
{
	for (uint64_t id = from; id <= to; id++)
		assert_int_equal(mtp_acks_add(acks, id, 1000 + id), 0);
}

static void expect_waiting(const struct mtp_acks *acks, uint64_t from, uint64_t to)
{
	assert_int_equal(acks->count, to - from + 1);
	for (uint32_t i = 0; i < acks->count; i++)
		assert_true(mtp_acks_waiting(acks)[i] == from + i);
}

static void what_was_lost_waits_again_before_what_waits(void **state)
{
	struct mtp_acks *acks = *state;

	add(acks, 1, 3);
	mtp_acks_sent(acks, 77, 10);
	assert_int_equal(acks->count, 0);
	assert_true(acks->carrier == 77);
	add(acks, 4, 5);
	expect_waiting(acks, 4, 5);
	mtp_acks_lost(acks, 9);
	expect_waiting(acks, 1, 5);
	assert_true(acks->oldest_ns == 1004);
	assert_true(acks->carrier == 0);
	/* Nothing is lost twice. */
	mtp_acks_lost(acks, 9);
	expect_waiting(acks, 1, 5);
}

static void what_is_proven_is_not_lost(void **state)
{
	struct mtp_acks *acks = *state;

	add(acks, 1, 3);
	mtp_acks_sent(acks, 77, 10);
	mtp_acks_proven(acks, 10);
	assert_int_equal(acks->sent, 3);
	mtp_acks_proven(acks, 11);
	assert_int_equal(acks->sent, 0);
	assert_true(acks->carrier == 0);
	mtp_acks_lost(acks, 9);
	assert_int_equal(acks->count, 0);
}

static void a_proof_is_for_a_generation(void **state)
{
	struct mtp_acks *acks = *state;

	add(acks, 1, 2);
	mtp_acks_sent(acks, 77, 10);
	add(acks, 3, 4);
	mtp_acks_sent(acks, 78, 20);
	add(acks, 5, 6);
	mtp_acks_sent(acks, 79, 30);
	mtp_acks_proven(acks, 15);
	assert_int_equal(acks->sent, 4);
	/* The second generation is as old as its last. */
	mtp_acks_proven(acks, 25);
	assert_int_equal(acks->sent, 4);
	add(acks, 7, 7);
	mtp_acks_lost(acks, 9);
	expect_waiting(acks, 3, 7);
}

static void a_late_proof_is_for_all(void **state)
{
	struct mtp_acks *acks = *state;

	add(acks, 1, 2);
	mtp_acks_sent(acks, 77, 10);
	add(acks, 3, 4);
	mtp_acks_sent(acks, 78, 20);
	add(acks, 5, 6);
	mtp_acks_proven(acks, 21);
	assert_int_equal(acks->sent, 0);
	expect_waiting(acks, 5, 6);
}

static void only_the_last_of_many_are_remembered(void **state)
{
	struct mtp_acks *acks = *state;

	add(acks, 1, MTP_ACKS_MAX);
	mtp_acks_sent(acks, 77, 10);
	assert_int_equal(acks->sent, MTP_ACKS_SENT_MAX);
	assert_int_equal(acks->cap, MTP_ACKS_SENT_MAX);
	mtp_acks_lost(acks, 9);
	expect_waiting(acks, MTP_ACKS_MAX - MTP_ACKS_SENT_MAX + 1, MTP_ACKS_MAX);
}

static void without_memory_for_fewer_it_stays_as_it_is(void **state)
{
	struct mtp_acks *acks = *state;

	add(acks, 1, 3 * MTP_ACKS_SENT_MAX);
	memory.fail_all = true;
	mtp_acks_sent(acks, 77, 10);
	memory.fail_all = false;
	assert_int_equal(acks->sent, MTP_ACKS_SENT_MAX);
	mtp_acks_lost(acks, 9);
	expect_waiting(acks, 2 * MTP_ACKS_SENT_MAX + 1, 3 * MTP_ACKS_SENT_MAX);
}

/* All must fit into one msgs_ack. */
static void those_that_were_sent_make_room_for_new_ones(void **state)
{
	struct mtp_acks *acks = *state;

	add(acks, 1, MTP_ACKS_SENT_MAX);
	mtp_acks_sent(acks, 77, 10);
	add(acks, 10001, 10000 + MTP_ACKS_MAX - MTP_ACKS_SENT_MAX);
	assert_int_equal(acks->sent, MTP_ACKS_SENT_MAX);
	add(acks, 10001 + MTP_ACKS_MAX - MTP_ACKS_SENT_MAX, 10000 + MTP_ACKS_MAX);
	assert_int_equal(acks->sent, 0);
	expect_waiting(acks, 10001, 10000 + MTP_ACKS_MAX);
	assert_int_equal(acks->cap, MTP_ACKS_MAX);
	assert_int_equal(mtp_acks_add(acks, 1, 0), MTPROTO_ERR_LIMIT);
}

static void what_was_sent_is_not_taken_back(void **state)
{
	struct mtp_acks *acks = *state;

	add(acks, 1, 3);
	mtp_acks_sent(acks, 77, 10);
	mtp_acks_remove(acks, 2);
	add(acks, 4, 4);
	mtp_acks_remove(acks, 4);
	assert_int_equal(acks->count, 0);
	mtp_acks_lost(acks, 9);
	expect_waiting(acks, 1, 3);
	assert_true(acks->oldest_ns == 9);
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
		cmocka_unit_test_setup_teardown(what_was_lost_waits_again_before_what_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_proven_is_not_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(a_proof_is_for_a_generation, setup, teardown),
		cmocka_unit_test_setup_teardown(a_late_proof_is_for_all, setup, teardown),
		cmocka_unit_test_setup_teardown(only_the_last_of_many_are_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_for_fewer_it_stays_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(those_that_were_sent_make_room_for_new_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_sent_is_not_taken_back, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
