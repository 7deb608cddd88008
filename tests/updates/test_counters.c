/* The order that counters give: pts, qts and seq. What the box says is one line of words (stream.h): u5 is the
 * update with id 5, state= what is to be stored as pts/qts/seq/date. */
#include "updates/box.h"

/* ---- pts ---- */

static void test_updates_in_order_are_delivered(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 1, 11, 1);
	push_delete(&box, 2, 14, 3);
	assert_string_equal(events(&box), "u1 u2 state=14/5/3/1000");
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_an_update_that_was_applied_is_dropped(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 1, 11, 1);
	push_delete(&box, 1, 11, 1);
	push_delete(&box, 3, 9, 1);
	assert_string_equal(events(&box), "u1 state=11/5/3/1000");
	box_close(&box);
}

static void test_updates_out_of_order_wait_for_each_other(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 4, 14, 1);
	push_delete(&box, 2, 12, 1);
	push_delete(&box, 3, 13, 1);
	push_delete(&box, 3, 13, 1);
	assert_string_equal(events(&box), "gap:pts");
	push_delete(&box, 1, 11, 1);
	assert_string_equal(events(&box), "u1 u2 u3 u4 state=14/5/3/1000");
	wait_ns(&box, 10 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_a_gap_is_waited_for_and_then_asked_for(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 2, 12, 1);
	assert_string_equal(events(&box), "gap:pts");
	assert_int_equal(mtproto_updates_deadline(box.updates), box.now.mono_ns + SECOND / 2);
	wait_ns(&box, SECOND / 2 - 1);
	assert_string_equal(request(&box), "");
	wait_ns(&box, 1);
	assert_string_equal(request(&box), "difference 10/5/1000");
	assert_string_equal(request(&box), "");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE, 7, 12, 5, 4);
	assert_string_equal(events(&box), "m7 state=12/5/4/1100");
	wait_ns(&box, 10 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_what_comes_during_a_difference_is_fed_after_it(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 3, 13, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 10/5/1000");
	push_delete(&box, 4, 14, 1);
	push_delete(&box, 5, 15, 1);
	push_seq(&box, 6, 1200, 5);
	assert_string_equal(events(&box), "gap:pts");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE, 7, 14, 5, 4);
	assert_string_equal(events(&box), "m7 u5 u6 state=15/5/5/1200");
	box_close(&box);
}

static void test_a_count_of_0_applies_without_advance(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 1, 11, 0);
	assert_string_equal(events(&box), "gap:pts");
	push_delete(&box, 2, 11, 1);
	assert_string_equal(events(&box), "u2 u1 state=11/5/3/1000");
	push_delete(&box, 3, 11, 0);
	assert_string_equal(events(&box), "u3");
	box_close(&box);
}

/* What a difference that was asked for later does not have never was in the log of the server. */
static void test_what_a_difference_does_not_confirm_is_dropped(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 9, 99, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_empty(&box, 1300, 3);
	assert_string_equal(events(&box), "gap:pts state=10/5/3/1300");
	/* Once more, since it may only have been late; then it is quiet. */
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 10/5/1300");
	answer_empty(&box, 1300, 3);
	assert_string_equal(events(&box), "");
	wait_ns(&box, 100 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_numbers_that_can_not_be_ask_for_the_difference(void **state)
{
	static const int32_t bad[][2] = {{11, -1}, {-11, 1}, {11, 12}, {INT32_MAX, 1}};
	struct box box;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		open_box(&box);
		push_delete(&box, 1, bad[i][0], bad[i][1]);
		assert_string_equal(events(&box), "");
		wait_ns(&box, SECOND / 2);
		assert_string_equal(request(&box), "difference 10/5/1000");
		box_close(&box);
	}
}

/* Servers keep what nobody confirmed. */
static void test_the_server_is_told_after_100000(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 1, 100009, 99999);
	assert_string_equal(events(&box), "u1 state=100009/5/3/1000");
	assert_string_equal(request(&box), "");
	push_delete(&box, 2, 100010, 1);
	assert_string_equal(request(&box), "difference 100010/5/1000");
	box_close(&box);
}

/* ---- qts, seq ---- */

static void test_qts_has_its_own_order(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_qts(&box, 2, 7);
	push_delete(&box, 3, 11, 1);
	assert_string_equal(events(&box), "gap:qts u3 state=11/5/3/1000");
	push_qts(&box, 1, 6);
	push_qts(&box, 1, 6);
	assert_string_equal(events(&box), "u1 u2 state=11/7/3/1000");
	push_qts(&box, 4, 9);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 11/7/1000");
	box_close(&box);
}

static void test_containers_are_ordered_by_seq(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_seq(&box, 2, 1002, 5);
	push_seq(&box, 2, 1002, 5);
	assert_string_equal(events(&box), "gap:seq");
	push_seq(&box, 1, 1001, 4);
	assert_string_equal(events(&box), "u1 u2 state=10/5/5/1002");
	push_seq(&box, 1, 1001, 4);
	assert_string_equal(events(&box), "");
	push_seq(&box, 3, 1003, 7);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 10/5/1002");
	box_close(&box);
}

static void test_seq_0_is_applied_at_once(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_seq(&box, 2, 1002, 5);
	push_seq(&box, 1, 1010, 0);
	assert_string_equal(events(&box), "gap:seq u1 state=10/5/3/1010");
	box_close(&box);
}

static void test_updates_combined_spans_several_numbers(void **state)
{
	struct box box;
	struct object object;
	struct mtproto_tl_writer *w = object_begin(&object);

	(void)state;
	open_box(&box);
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATES_COMBINED);
	mtproto_tl_write_vector(w, 1);
	put_status(w, 1);
	put_users_and_chats(w, 0);
	mtproto_tl_write_int(w, 1001);
	mtproto_tl_write_int(w, 4);
	mtproto_tl_write_int(w, 6);
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(events(&box), "u1 state=10/5/6/1001");
	box_close(&box);
}

/* Updates with pts or qts go by their own counters, whatever the seq of their container is. */
static void test_counted_updates_do_not_wait_for_seq(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	container_begin(&object, 5);
	put_status(&object.w, 1);
	put_delete(&object.w, 2, 11, 1);
	put_bot_stopped(&object.w, 3, 6);
	put_channel_delete(&object.w, CHANNEL, 4, 101, 1);
	put_typing(&object.w, 5);
	container_end(&object.w, 1001, 9);
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(events(&box), "u5 u2 u3 state=11/6/3/1000 u4 channel=101 gap:seq");
	/* The same again: all of it is known. */
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(events(&box), "");
	box_close(&box);
}

static void test_order_within_a_container(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	container_begin(&object, 4);
	put_status(&object.w, 1);
	put_delete(&object.w, 2, 11, 1);
	put_message_id(&object.w, 3);
	put_typing(&object.w, 4);
	put_users_and_chats(&object.w, 8);
	mtproto_tl_write_int(&object.w, 1001);
	mtproto_tl_write_int(&object.w, 4);
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(events(&box), "peers u4 u3 u2 u1 state=11/5/4/1001");
	box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_updates_in_order_are_delivered),
		cmocka_unit_test(test_an_update_that_was_applied_is_dropped),
		cmocka_unit_test(test_updates_out_of_order_wait_for_each_other),
		cmocka_unit_test(test_a_gap_is_waited_for_and_then_asked_for),
		cmocka_unit_test(test_what_comes_during_a_difference_is_fed_after_it),
		cmocka_unit_test(test_a_count_of_0_applies_without_advance),
		cmocka_unit_test(test_what_a_difference_does_not_confirm_is_dropped),
		cmocka_unit_test(test_numbers_that_can_not_be_ask_for_the_difference),
		cmocka_unit_test(test_the_server_is_told_after_100000),
		cmocka_unit_test(test_qts_has_its_own_order),
		cmocka_unit_test(test_containers_are_ordered_by_seq),
		cmocka_unit_test(test_seq_0_is_applied_at_once),
		cmocka_unit_test(test_updates_combined_spans_several_numbers),
		cmocka_unit_test(test_counted_updates_do_not_wait_for_seq),
		cmocka_unit_test(test_order_within_a_container),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
