/* Channels: each has a pts of its own, an access hash, and may be inaccessible. */
#include "updates/box.h"

/* ---- Channels ---- */

static void test_channels_are_counted_apart(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL, 2, 102, 1);
	push_channel(&box, CHANNEL_2, 3, 50, 1);
	push_delete(&box, 4, 11, 1);
	assert_string_equal(events(&box), "gap:channel u3 channel=50 u4 state=11/5/3/1000");
	push_channel(&box, CHANNEL, 1, 101, 1);
	assert_string_equal(events(&box), "u1 u2 channel=102");
	box_close(&box);
}

static void test_the_first_update_of_a_channel_says_where_it_is(void **state)
{
	struct mtproto_update_state known;
	struct box box;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL_2, 1, 500, 3);
	push_channel(&box, CHANNEL_2, 2, 501, 1);
	push_channel(&box, CHANNEL_2, 1, 500, 3);
	assert_string_equal(events(&box), "u1 u2 channel=501");
	assert_int_equal(mtproto_updates_state(box.updates, CHANNEL_2, &known), 0);
	assert_int_equal(known.pts, 501);
	box_close(&box);
}

static void test_a_gap_in_a_channel_asks_its_difference(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL, 3, 103, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "channel 100+100");
	push_channel(&box, CHANNEL, 4, 105, 1);
	push_delete(&box, 5, 11, 1);
	answer_channel(&box, FINAL, 104, 0, 9);
	assert_string_equal(events(&box), "gap:channel u5 state=11/5/3/1000 m9 u4 channel=105");
	wait_ns(&box, 10 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_a_channel_difference_that_is_not_final_goes_on(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL, 3, 110, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "channel 100+100");
	answer_channel(&box, 0, 105, 0, 9);
	assert_string_equal(events(&box), "gap:channel m9 channel=105");
	assert_string_equal(request(&box), "channel 105+100");
	answer_channel(&box, FINAL, 110, 0, 10);
	assert_string_equal(events(&box), "m10 channel=110");
	assert_string_equal(request(&box), "");
	box_close(&box);
}

/* A server that says "not all" and does not move is not asked again at once. */
static void test_a_channel_difference_that_stands_still_is_no_loop(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL, 3, 110, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "channel 100+100");
	for (uint64_t seconds = 1; seconds <= 4; seconds *= 2) {
		answer_channel(&box, 0, 100, 0, 0);
		wait_ns(&box, seconds * SECOND - 1);
		assert_string_equal(request(&box), "");
		wait_ns(&box, 1);
		assert_string_equal(request(&box), "channel 100+100");
	}
	box_close(&box);
}

static void test_channel_too_long_update_asks_if_there_is_more(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_channel_too_long(&box, CHANNEL, 100);
	push_channel_too_long(&box, CHANNEL, 99);
	assert_string_equal(request(&box), "");
	push_channel_too_long(&box, CHANNEL, 101);
	assert_string_equal(request(&box), "channel 100+100");
	answer_channel(&box, FINAL, 101, 0, 0);
	push_channel_too_long(&box, CHANNEL, 0);
	assert_string_equal(request(&box), "channel 101+100");
	assert_string_equal(events(&box), "channel=101");
	box_close(&box);
}

static void put_channel_too_long_answer(struct object *object, int32_t pts)
{
	struct mtproto_tl_writer *w = object_begin(object);

	mtproto_tl_write_u32(w, MTPROTO_ID_CHANNEL_DIFFERENCE_TOO_LONG);
	mtproto_tl_write_u32(w, FINAL);
	put_dialog(w, CHANNEL, pts);
	mtproto_tl_write_vector(w, 1);
	put_message(w, 9, CHANNEL);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, 0);
}

static void test_channel_difference_too_long_takes_pts_of_the_dialog(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL, 3, 9000, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "channel 100+100");
	put_channel_too_long_answer(&object, 9005);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "gap:channel channel-too-long m9 channel=9005");
	push_channel(&box, CHANNEL, 4, 9006, 1);
	assert_string_equal(events(&box), "u4 channel=9006");
	box_close(&box);
}

static void test_access_hash_is_asked_for_once(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL_2, 1, 50, 1);
	push_channel(&box, CHANNEL_2, 3, 52, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "");
	push_channel_too_long(&box, CHANNEL_2, 0);
	assert_string_equal(request(&box), "");
	assert_string_equal(events(&box), "u1 channel=50 gap:channel hash?");
	assert_int_equal(mtproto_updates_set_access_hash(box.updates, &box.now, CHANNEL_2, 4711), 0);
	assert_string_equal(request(&box), "channel 50+100");
	answer_channel(&box, FINAL, 52, 0, 9);
	assert_string_equal(events(&box), "m9 channel=52");
	box_close(&box);
}

static void test_a_state_may_bring_the_access_hash(void **state)
{
	struct mtproto_update_state channel = {.channel_id = CHANNEL_2, .pts = 50, .has_access_hash = true};
	struct box box;

	(void)state;
	open_box(&box);
	push_channel_too_long(&box, CHANNEL_2, 0);
	assert_string_equal(request(&box), "");
	assert_string_equal(events(&box), "hash?");
	assert_int_equal(mtproto_updates_set_state(box.updates, &channel), 0);
	assert_string_equal(request(&box), "channel 50+100");
	box_close(&box);
}

static void test_a_refused_access_hash_passes_over_the_gap(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL_2, 1, 50, 1);
	push_channel(&box, CHANNEL_2, 3, 52, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "");
	assert_string_equal(events(&box), "u1 channel=50 gap:channel hash?");
	mtproto_updates_refuse_access_hash(box.updates, &box.now, CHANNEL_2);
	assert_string_equal(events(&box), "channel-too-long u3 channel=52");
	push_channel(&box, CHANNEL_2, 4, 60, 1);
	assert_string_equal(events(&box), "channel-too-long u4 channel=60");
	push_channel_too_long(&box, CHANNEL_2, 0);
	wait_ns(&box, 100 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_an_inaccessible_channel_is_asked_no_more(void **state)
{
	static const char *const errors[] = {"CHANNEL_PRIVATE", "CHANNEL_INVALID"};
	struct box box;

	(void)state;
	for (int i = 0; i < 2; i++) {
		open_box(&box);
		push_channel(&box, CHANNEL, 3, 110, 1);
		wait_ns(&box, SECOND / 2);
		assert_string_equal(request(&box), "channel 100+100");
		assert_string_equal(events(&box), "gap:channel");
		assert_int_equal(fail_request(&box, 400, errors[i]), 0);
		assert_string_equal(events(&box), "channel-too-long inaccessible u3 channel=110");
		push_channel_too_long(&box, CHANNEL, 0);
		wait_ns(&box, 100 * SECOND);
		assert_string_equal(request(&box), "");
		/* Until the application has news of it. */
		assert_int_equal(mtproto_updates_set_access_hash(box.updates, &box.now, CHANNEL, 4711), 0);
		assert_string_equal(request(&box), "channel 110+100");
		box_close(&box);
	}
}

static void test_at_most_so_many_channels_at_once(void **state)
{
	struct mtproto_updates_config config;
	struct box box;

	(void)state;
	mtproto_updates_config_init(&config);
	assert_int_equal(config.channel_requests_max, 10);
	config.channel_requests_max = 2;
	open_with(&box, schema, &config);
	for (int64_t channel = 1; channel <= 3; channel++) {
		assert_int_equal(mtproto_updates_set_access_hash(box.updates, &box.now, channel, 1), 0);
		push_channel_too_long(&box, channel, 0);
	}
	mtproto_updates_catch_up(box.updates, &box.now, 0);
	assert_string_equal(request(&box), "difference 10/5/1000");
	assert_string_equal(request(&box), "channel 1+1");
	assert_string_equal(request(&box), "channel 1+1");
	assert_string_equal(request(&box), "");
	answer_channel(&box, FINAL, 7, 0, 0);
	assert_string_equal(request(&box), "channel 1+1");
	box_close(&box);
}

static void test_an_open_channel_is_polled(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	assert_int_equal(mtproto_updates_open_channel(box.updates, &box.now, CHANNEL), 0);
	assert_string_equal(request(&box), "channel 100+100");
	answer_channel(&box, FINAL | TIMEOUT, 100, 30, 0);
	wait_ns(&box, 30 * SECOND - 1);
	assert_string_equal(request(&box), "");
	wait_ns(&box, 1);
	assert_string_equal(request(&box), "channel 100+100");
	answer_channel(&box, FINAL, 100, 0, 0);
	wait_ns(&box, SECOND);
	assert_string_equal(request(&box), "channel 100+100");
	mtproto_updates_close_channel(box.updates, CHANNEL);
	answer_channel(&box, FINAL, 100, 0, 0);
	wait_ns(&box, 100 * SECOND);
	assert_string_equal(request(&box), "");
	for (int64_t channel = 1; channel <= 10; channel++)
		assert_int_equal(mtproto_updates_open_channel(box.updates, &box.now, channel), 0);
	assert_int_equal(mtproto_updates_open_channel(box.updates, &box.now, 11), MTPROTO_ERR_LIMIT);
	mtproto_updates_close_channel(box.updates, 1);
	assert_int_equal(mtproto_updates_open_channel(box.updates, &box.now, 11), 0);
	box_close(&box);
}

static void test_channels_beyond_the_limit_come_unordered(void **state)
{
	struct mtproto_updates_config config;
	struct box box;

	(void)state;
	mtproto_updates_config_init(&config);
	config.channels_max = 1;
	open_with(&box, schema, &config);
	push_channel(&box, CHANNEL, 1, 101, 1);
	push_channel(&box, CHANNEL_2, 2, 7, 1);
	push_channel(&box, CHANNEL_2, 3, 99, 1);
	push_channel_too_long(&box, CHANNEL_2, 0);
	assert_string_equal(events(&box), "u1 channel=101 u2? u3?");
	mtproto_updates_forget_channel(box.updates, CHANNEL);
	push_channel(&box, CHANNEL_2, 4, 100, 1);
	assert_string_equal(events(&box), "u4 channel=100");
	box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channels_are_counted_apart),
		cmocka_unit_test(test_the_first_update_of_a_channel_says_where_it_is),
		cmocka_unit_test(test_a_gap_in_a_channel_asks_its_difference),
		cmocka_unit_test(test_a_channel_difference_that_is_not_final_goes_on),
		cmocka_unit_test(test_a_channel_difference_that_stands_still_is_no_loop),
		cmocka_unit_test(test_channel_too_long_update_asks_if_there_is_more),
		cmocka_unit_test(test_channel_difference_too_long_takes_pts_of_the_dialog),
		cmocka_unit_test(test_access_hash_is_asked_for_once),
		cmocka_unit_test(test_a_state_may_bring_the_access_hash),
		cmocka_unit_test(test_a_refused_access_hash_passes_over_the_gap),
		cmocka_unit_test(test_an_inaccessible_channel_is_asked_no_more),
		cmocka_unit_test(test_at_most_so_many_channels_at_once),
		cmocka_unit_test(test_an_open_channel_is_polled),
		cmocka_unit_test(test_channels_beyond_the_limit_come_unordered),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
