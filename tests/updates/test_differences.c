/* When the difference is asked for, what it holds, and what becomes of errors. */
#include "updates/box.h"

/* ---- When the difference is asked for ---- */

static void test_without_a_state_the_state_is_asked_for(void **state)
{
	struct mtproto_updates_config config;
	struct box box;
	struct object object;

	(void)state;
	mtproto_updates_config_init(&config);
	box_open(&box, schema, &config);
	mtproto_updates_connected(box.updates, &box.now);
	assert_string_equal(request(&box), "state");
	push_delete(&box, 2, 52, 1);
	put_state(object_begin(&object), 51, 6, 7, 1000);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "u2 state=52/6/7/1000");
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_before_signing_in_only_what_needs_no_state(void **state)
{
	struct mtproto_updates_config config;
	struct box box;
	struct object object;

	(void)state;
	mtproto_updates_config_init(&config);
	box_open(&box, schema, &config);
	mtproto_tl_write_u32(short_begin(&object), MTPROTO_ID_UPDATE_LOGIN_TOKEN);
	mtproto_tl_write_int(&object.w, 1000);
	assert_int_equal(push(&box, &object), 0);
	push_delete(&box, 2, 52, 1);
	push_seq(&box, 3, 1000, 1);
	push_unknown(&box);
	assert_string_equal(events(&box), "u0 raw");
	wait_ns(&box, 3600 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_each_connection_asks_only_for_the_accounts_difference(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	mtproto_updates_connected(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	assert_string_equal(request(&box), "");
	/* The new session is told of while the request is open: the answer is that session's. */
	mtproto_updates_new_session(box.updates, &box.now);
	answer_empty(&box, 1000, 3);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

/* The request went out before the link was lost, and its answer may be as old: it tells nothing of the time since. */
static void test_a_request_that_was_open_at_a_reconnect_is_made_once_more(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	mtproto_updates_connected(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	mtproto_updates_connected(box.updates, &box.now);
	assert_string_equal(request(&box), "");
	answer_empty(&box, 1000, 3);
	wait_ns(&box, 0);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_empty(&box, 1000, 3);
	wait_ns(&box, 0);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_a_new_session_is_a_gap(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	box_close(&box);
}

/* Such as one from the future, when the clock stood still in a sleep. */
static void test_a_refused_message_may_have_held_updates(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	mtproto_updates_refused(box.updates, &box.now);
	mtproto_updates_refused(box.updates, &box.now);
	assert_string_equal(request(&box), "");
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_empty(&box, 1000, 3);
	mtproto_updates_refused(box.updates, &box.now);
	wait_ns(&box, SECOND);
	assert_string_equal(request(&box), "");
	wait_ns(&box, SECOND);
	assert_string_equal(request(&box), "difference 10/5/1000");
	box_close(&box);
}

static void test_updates_too_long_is_a_gap(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	mtproto_tl_write_u32(object_begin(&object), MTPROTO_ID_UPDATES_TOO_LONG);
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(request(&box), "difference 10/5/1000");
	/* One that comes now may speak of what the answer does not have yet. */
	assert_int_equal(push(&box, &object), 0);
	answer_empty(&box, 1000, 3);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_empty(&box, 1000, 3);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_silence_of_15_minutes_asks(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	wait_ns(&box, 899 * SECOND);
	assert_string_equal(request(&box), "");
	push_seq(&box, 1, 1001, 0);
	wait_ns(&box, 899 * SECOND);
	assert_string_equal(request(&box), "");
	wait_ns(&box, SECOND);
	assert_string_equal(request(&box), "difference 10/5/1001");
	answer_empty(&box, 1001, 3);
	wait_ns(&box, 900 * SECOND);
	assert_string_equal(request(&box), "difference 10/5/1001");
	box_close(&box);
}

static void test_pts_changed_begins_anew(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	container_begin(&object, 2);
	mtproto_tl_write_u32(&object.w, MTPROTO_ID_UPDATE_PTS_CHANGED);
	put_delete(&object.w, 1, 11, 1);
	container_end(&object.w, 1001, 0);
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(request(&box), "state");
	put_state(object_begin(&object), 1, 1, 1, 1001);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "u1 too-long state=1/1/1/1001");
	assert_string_equal(request(&box), "");
	box_close(&box);
}

/* ---- What differences hold ---- */

static void test_a_difference_is_delivered_in_order(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	put_difference(&object, MTPROTO_ID_DIFFERENCE, 1, 2, 3);
	put_state(&object.w, 20, 6, 4, 1100);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "m1 e2 u4 u3 state=20/6/4/1100");
	box_close(&box);
}

static void test_slices_go_on_until_the_end(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE_SLICE, 1, 15, 5, 3);
	assert_string_equal(events(&box), "m1 state=15/5/3/1100");
	push_delete(&box, 9, 21, 1);
	assert_string_equal(request(&box), "difference 15/5/1100");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE, 2, 21, 5, 3);
	assert_string_equal(events(&box), "m2 state=21/5/3/1100");
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_slices_that_stand_still_are_no_loop(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE_SLICE, 0, 10, 5, 3);
	assert_string_equal(request(&box), "difference 10/5/1100");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE_SLICE, 0, 10, 5, 3);
	assert_string_equal(request(&box), "");
	wait_ns(&box, SECOND);
	assert_string_equal(request(&box), "difference 10/5/1100");
	box_close(&box);
}

static void test_difference_too_long_sets_pts_and_goes_on(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	object_begin(&object);
	mtproto_tl_write_u32(&object.w, MTPROTO_ID_DIFFERENCE_TOO_LONG);
	mtproto_tl_write_int(&object.w, 5000);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(request(&box), "difference 5000/5/1000");
	answer_empty(&box, 1000, 3);
	assert_string_equal(events(&box), "too-long state=5000/5/3/1000");
	box_close(&box);
}

/* Updates of channels in the account's difference have counters of their own. */
static void test_channels_in_a_difference_are_checked(void **state)
{
	struct box box;
	struct object object;
	struct mtproto_tl_writer *w = object_begin(&object);

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	mtproto_tl_write_u32(w, MTPROTO_ID_DIFFERENCE);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, 4);
	put_channel_delete(w, CHANNEL, 1, 100, 1);
	put_channel_delete(w, CHANNEL, 2, 101, 1);
	put_too_long(w, CHANNEL_2, 7);
	put_delete(w, 3, 11, 1);
	put_users_and_chats(w, 0);
	put_state(w, 11, 5, 3, 1000);
	assert_int_equal(mtproto_updates_set_access_hash(box.updates, &box.now, CHANNEL_2, 1), 0);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "u2 channel=101 u3 state=11/5/3/1000");
	assert_string_equal(request(&box), "channel 1+1");
	box_close(&box);
}

/* ---- Errors ---- */

static void test_failures_wait_longer_and_longer(void **state)
{
	static const uint64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
	struct box box;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (i == 3)
			assert_int_equal(fail_request(&box, MTPROTO_ERR_TIMEOUT, ""), 0);
		else
			assert_int_equal(fail_request(&box, 500, "PERSISTENT_TIMESTAMP_OUTDATED"), 0);
		wait_ns(&box, waits[i] * SECOND - 1);
		assert_string_equal(request(&box), "");
		wait_ns(&box, 1);
		assert_string_equal(request(&box), "difference 10/5/1000");
	}
	answer_empty(&box, 1000, 3);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	assert_int_equal(fail_request(&box, 420, "FLOOD_WAIT_123"), 0);
	wait_ns(&box, 123 * SECOND - 1);
	assert_string_equal(request(&box), "");
	wait_ns(&box, 1);
	assert_string_equal(request(&box), "difference 10/5/1000");
	/* A new connection does not wait. */
	assert_int_equal(fail_request(&box, 500, "INTERNAL"), 0);
	mtproto_updates_connected(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	box_close(&box);
}

static void test_a_state_that_the_server_refuses_is_asked_for_anew(void **state)
{
	static const char *const errors[] = {"PERSISTENT_TIMESTAMP_EMPTY", "PERSISTENT_TIMESTAMP_INVALID"};
	struct box box;
	struct object object;

	(void)state;
	for (int i = 0; i < 2; i++) {
		open_box(&box);
		mtproto_updates_new_session(box.updates, &box.now);
		assert_string_equal(request(&box), "difference 10/5/1000");
		assert_int_equal(fail_request(&box, 400, errors[i]), 0);
		wait_ns(&box, SECOND);
		assert_string_equal(request(&box), "state");
		put_state(object_begin(&object), 500, 1, 1, 1001);
		assert_int_equal(answer(&box, &object), 0);
		assert_string_equal(events(&box), "too-long state=500/1/1/1001");
		push_channel_too_long(&box, CHANNEL, 0);
		assert_string_equal(request(&box), "channel 100+100");
		assert_int_equal(fail_request(&box, 400, errors[i]), 0);
		wait_ns(&box, SECOND);
		assert_string_equal(request(&box), "channel 1+1");
		box_close(&box);
	}
}

static void test_signed_out_it_is_quiet(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_delete(&box, 2, 12, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 10/5/1000");
	assert_int_equal(fail_request(&box, 401, "AUTH_KEY_UNREGISTERED"), 0);
	wait_ns(&box, 3600 * SECOND);
	assert_string_equal(request(&box), "");
	mtproto_updates_connected(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_empty(&box, 1000, 3);
	/* A channel's request tells the same. */
	push_channel_too_long(&box, CHANNEL, 0);
	assert_string_equal(request(&box), "channel 100+100");
	assert_int_equal(fail_request(&box, 401, "SESSION_REVOKED"), 0);
	wait_ns(&box, 3600 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_an_answer_that_is_none_counts_as_failure(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	put_message(object_begin(&object), 1, 0);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "");
	assert_int_equal(answer(&box, &object), MTPROTO_ERR_NOT_FOUND);
	wait_ns(&box, SECOND);
	assert_string_equal(request(&box), "difference 10/5/1000");
	object_begin(&object);
	assert_int_equal(answer(&box, &object), 0);
	wait_ns(&box, 2 * SECOND);
	assert_string_equal(request(&box), "difference 10/5/1000");
	put_difference(&object, MTPROTO_ID_DIFFERENCE, 1, 0, 0);
	put_state(&object.w, -1, 0, 0, 0);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "");
	box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_state_the_state_is_asked_for),
		cmocka_unit_test(test_before_signing_in_only_what_needs_no_state),
		cmocka_unit_test(test_each_connection_asks_only_for_the_accounts_difference),
		cmocka_unit_test(test_a_request_that_was_open_at_a_reconnect_is_made_once_more),
		cmocka_unit_test(test_a_new_session_is_a_gap),
		cmocka_unit_test(test_a_refused_message_may_have_held_updates),
		cmocka_unit_test(test_updates_too_long_is_a_gap),
		cmocka_unit_test(test_silence_of_15_minutes_asks),
		cmocka_unit_test(test_pts_changed_begins_anew),
		cmocka_unit_test(test_a_difference_is_delivered_in_order),
		cmocka_unit_test(test_slices_go_on_until_the_end),
		cmocka_unit_test(test_slices_that_stand_still_are_no_loop),
		cmocka_unit_test(test_difference_too_long_sets_pts_and_goes_on),
		cmocka_unit_test(test_channels_in_a_difference_are_checked),
		cmocka_unit_test(test_failures_wait_longer_and_longer),
		cmocka_unit_test(test_a_state_that_the_server_refuses_is_asked_for_anew),
		cmocka_unit_test(test_signed_out_it_is_quiet),
		cmocka_unit_test(test_an_answer_that_is_none_counts_as_failure),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
