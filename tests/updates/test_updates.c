/* The box of updates, rule by rule. What it says is one line of words (stream.h): u5 is the update with id 5, state=
 * what is to be stored as pts/qts/seq/date. */
#include "updates/stream.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct mtproto_schema *schema;

static int load(void **state)
{
	(void)state;
	schema = schema_of_file(API_SCHEMA);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	mtproto_schema_free(schema);
	return 0;
}

/* ---- Boxes ---- */

/* Where every test begins: pts 10, qts 5, seq 3, date 1000; the channel's pts 100. */
static void set_states(struct box *box)
{
	const struct mtproto_update_state account = {.pts = 10, .qts = 5, .seq = 3, .date = 1000};
	const struct mtproto_update_state channel = {
		.channel_id = CHANNEL, .pts = 100, .has_access_hash = true, .access_hash = HASH};

	assert_int_equal(mtproto_updates_set_state(box->updates, &account), 0);
	assert_int_equal(mtproto_updates_set_state(box->updates, &channel), 0);
}

static void answer_empty(struct box *box, int32_t date, int32_t seq)
{
	struct object object;
	struct mtproto_tl_writer *w = object_begin(&object);

	mtproto_tl_write_u32(w, MTPROTO_ID_DIFFERENCE_EMPTY);
	mtproto_tl_write_int(w, date);
	mtproto_tl_write_int(w, seq);
	assert_int_equal(answer(box, &object), 0);
}

/* Signed in and caught up. */
static void open_with(struct box *box, const struct mtproto_schema *reader, struct mtproto_updates_config *config)
{
	box_open(box, reader, config);
	set_states(box);
	mtproto_updates_connected(box->updates, &box->now);
	assert_string_equal(request(box), "difference 10/5/1000");
	answer_empty(box, 1000, 3);
	assert_string_equal(events(box), "");
	assert_string_equal(request(box), "");
}

static void open_box(struct box *box)
{
	struct mtproto_updates_config config;

	mtproto_updates_config_init(&config);
	open_with(box, schema, &config);
}

/* ---- Pushes ---- */

/* A container without seq of one update. */
static void push_delete(struct box *box, int32_t id, int32_t pts, int32_t count)
{
	struct object object;

	put_delete(container_begin(&object, 1), id, pts, count);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

static void push_qts(struct box *box, int32_t id, int32_t qts)
{
	struct object object;

	put_bot_stopped(container_begin(&object, 1), id, qts);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

static void push_channel(struct box *box, int64_t channel, int32_t id, int32_t pts, int32_t count)
{
	struct object object;

	put_channel_delete(container_begin(&object, 1), channel, id, pts, count);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

static void push_seq(struct box *box, int32_t id, int32_t date, int32_t seq)
{
	struct object object;

	put_status(container_begin(&object, 1), id);
	container_end(&object.w, date, seq);
	assert_int_equal(push(box, &object), 0);
}

static void push_channel_too_long(struct box *box, int64_t channel, int32_t pts)
{
	struct object object;

	put_too_long(container_begin(&object, 1), channel, pts);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

/* An update of no known constructor. */
static void push_unknown(struct box *box)
{
	struct object object;

	mtproto_tl_write_u32(container_begin(&object, 1), 0x01020304);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

/* ---- Differences ---- */

/* new_messages m, new_encrypted_messages e, other_updates: message id u with any pts; 0: none. */
static void put_difference(struct object *object, uint32_t constructor, int32_t m, int32_t e, int32_t u)
{
	struct mtproto_tl_writer *w = object_begin(object);

	mtproto_tl_write_u32(w, constructor);
	mtproto_tl_write_vector(w, m ? 1 : 0);
	if (m)
		put_message(w, m, 0);
	mtproto_tl_write_vector(w, e ? 1 : 0);
	if (e)
		put_encrypted(w, e);
	mtproto_tl_write_vector(w, u ? 2 : 0);
	if (u) {
		put_delete(w, u, 1, 1);
		put_message_id(w, u + 1);
	}
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, 0);
}

static void answer_difference(struct box *box, uint32_t constructor, int32_t m, int32_t pts, int32_t qts, int32_t seq)
{
	struct object object;

	put_difference(&object, constructor, m, 0, 0);
	put_state(&object.w, pts, qts, seq, 1100);
	assert_int_equal(answer(box, &object), 0);
}

enum { FINAL = 1, TIMEOUT = 2 };

static void answer_channel(struct box *box, uint32_t flags, int32_t pts, int32_t timeout, int32_t m)
{
	struct object object;
	struct mtproto_tl_writer *w = object_begin(&object);

	mtproto_tl_write_u32(w, m ? MTPROTO_ID_CHANNEL_DIFFERENCE : MTPROTO_ID_CHANNEL_DIFFERENCE_EMPTY);
	mtproto_tl_write_u32(w, flags);
	mtproto_tl_write_int(w, pts);
	if (flags & TIMEOUT)
		mtproto_tl_write_int(w, timeout);
	if (m) {
		mtproto_tl_write_vector(w, 1);
		put_message(w, m, CHANNEL);
		for (int i = 0; i < 3; i++)
			mtproto_tl_write_vector(w, 0);
	}
	assert_int_equal(answer(box, &object), 0);
}

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

static void test_a_new_session_is_a_gap(void **state)
{
	struct box box;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
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

/* ---- What can't be read ---- */

static void test_an_unreadable_container_is_raw_and_no_loop(void **state)
{
	static const uint64_t waits_ms[] = {500, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	struct box box;

	(void)state;
	open_box(&box);
	for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
		push_unknown(&box);
		push_unknown(&box);
		assert_string_equal(events(&box), "raw raw");
		wait_ns(&box, waits_ms[i] * 1000000 - 1);
		assert_string_equal(request(&box), "");
		wait_ns(&box, 1);
		assert_string_equal(request(&box), "difference 10/5/1000");
		answer_empty(&box, 1000, 3);
		assert_string_equal(events(&box), "");
		wait_ns(&box, 61 * SECOND);
		assert_string_equal(request(&box), "");
	}
	/* One that brings something restores the trust. */
	push_unknown(&box);
	wait_ns(&box, 60 * SECOND);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE, 1, 11, 5, 3);
	push_unknown(&box);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 11/5/1100");
	box_close(&box);
}

/* The state stands at the end, so that an unreadable difference is not asked for again and again. */
static void test_an_unreadable_difference_is_raw_and_moves_on(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 10/5/1000");
	mtproto_tl_write_u32(object_begin(&object), MTPROTO_ID_DIFFERENCE);
	mtproto_tl_write_vector(&object.w, 1);
	mtproto_tl_write_u32(&object.w, 0x01020304);
	put_state(&object.w, 20, 6, 4, 1100);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "raw state=20/6/4/1100");
	wait_ns(&box, 100 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_an_unreadable_channel_difference_moves_on(void **state)
{
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	push_channel_too_long(&box, CHANNEL, 0);
	assert_string_equal(request(&box), "channel 100+100");
	mtproto_tl_write_u32(object_begin(&object), MTPROTO_ID_CHANNEL_DIFFERENCE);
	mtproto_tl_write_u32(&object.w, FINAL);
	mtproto_tl_write_int(&object.w, 120);
	mtproto_tl_write_vector(&object.w, 1);
	mtproto_tl_write_u32(&object.w, 0x01020304);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "raw channel=120");
	/* Of one that is too long not even the pts is known: the next update tells. */
	push_channel_too_long(&box, CHANNEL, 0);
	assert_string_equal(request(&box), "channel 120+100");
	mtproto_tl_write_u32(object_begin(&object), MTPROTO_ID_CHANNEL_DIFFERENCE_TOO_LONG);
	mtproto_tl_write_u32(&object.w, FINAL);
	mtproto_tl_write_u32(&object.w, 0x01020304);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "channel-too-long raw channel=0");
	push_channel(&box, CHANNEL, 1, 900, 1);
	assert_string_equal(events(&box), "u1 channel=900");
	wait_ns(&box, 100 * SECOND);
	assert_string_equal(request(&box), "");
	box_close(&box);
}

static void test_without_a_reader_short_forms_are_understood(void **state)
{
	struct mtproto_updates_config config;
	struct box box;
	struct object object;

	(void)state;
	mtproto_updates_config_init(&config);
	open_with(&box, NULL, &config);
	put_delete(short_begin(&object), 1, 11, 1);
	mtproto_tl_write_int(&object.w, 1000);
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(events(&box), "u1 state=11/5/3/1000");
	push_delete(&box, 2, 12, 1);
	assert_string_equal(events(&box), "raw");
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 11/5/1000");
	put_difference(&object, MTPROTO_ID_DIFFERENCE, 0, 0, 0);
	put_state(&object.w, 12, 5, 3, 1000);
	assert_int_equal(answer(&box, &object), 0);
	assert_string_equal(events(&box), "state=12/5/3/1000");
	box_close(&box);
}

static bool knows_all_but_7(void *user, const struct mtproto_update_fields *fields, struct mtproto_span update)
{
	(void)user;
	(void)fields;
	return id_of_object(update) != 7;
}

/* One that speaks of somebody unknown: the difference brings it with all it needs. */
static void test_an_unacceptable_update_is_replaced_by_the_difference(void **state)
{
	struct mtproto_updates_config config;
	struct box box;
	struct object object;

	(void)state;
	mtproto_updates_config_init(&config);
	config.accept = knows_all_but_7;
	open_with(&box, schema, &config);
	container_begin(&object, 4);
	put_delete(&object.w, 7, 11, 1);
	put_delete(&object.w, 8, 12, 1);
	put_status(&object.w, 9);
	put_typing(&object.w, 1);
	container_end(&object.w, 1001, 4);
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(events(&box), "u1");
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE, 7, 12, 5, 4);
	assert_string_equal(events(&box), "m7 state=12/5/4/1100");
	push_channel(&box, CHANNEL, 7, 101, 1);
	assert_string_equal(events(&box), "");
	assert_string_equal(request(&box), "channel 100+100");
	box_close(&box);
}

/* ---- Answers of the application's calls ---- */

static int result(struct box *box, int64_t channel, const struct object *object)
{
	assert_false(object->w.error);
	return mtproto_updates_result(box->updates, &box->now, channel, object->data, object->w.len);
}

static void test_answers_of_calls_count(void **state)
{
	static const uint32_t ids[] = {MTPROTO_ID_AFFECTED_MESSAGES, MTPROTO_ID_AFFECTED_HISTORY,
				       MTPROTO_ID_AFFECTED_FOUND_MESSAGES};
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	for (int32_t i = 0; i < 3; i++) {
		put_affected(&object, ids[i], 11 + i, 1);
		assert_int_equal(result(&box, 0, &object), 0);
	}
	assert_string_equal(events(&box), "state=13/5/3/1000");
	push_delete(&box, 1, 15, 1);
	put_affected(&object, ids[0], 14, 1);
	assert_int_equal(result(&box, 0, &object), 0);
	assert_string_equal(events(&box), "gap:pts u1 state=15/5/3/1000");
	put_affected(&object, ids[0], 101, 1);
	assert_int_equal(result(&box, CHANNEL, &object), 0);
	assert_string_equal(events(&box), "channel=101");
	object_begin(&object);
	mtproto_tl_write_u32(&object.w, MTPROTO_ID_UPDATE_SHORT_SENT_MESSAGE);
	mtproto_tl_write_u32(&object.w, 0);
	mtproto_tl_write_int(&object.w, 1);
	mtproto_tl_write_int(&object.w, 16);
	mtproto_tl_write_int(&object.w, 1);
	mtproto_tl_write_int(&object.w, 1000);
	assert_int_equal(result(&box, 0, &object), 0);
	assert_string_equal(events(&box), "state=16/5/3/1000");
	box_close(&box);
}

static void test_updates_in_answers_are_updates(void **state)
{
	struct mtproto_updates_event event;
	struct box box;
	struct object object;

	(void)state;
	open_box(&box);
	put_delete(container_begin(&object, 1), 1, 11, 1);
	container_end(&object.w, 1000, 0);
	assert_int_equal(result(&box, 0, &object), 0);
	assert_int_equal(mtproto_updates_next_event(box.updates, &event), 1);
	assert_int_equal(event.type, MTPROTO_UPDATES_EVENT_UPDATE);
	assert_int_equal(event.origin, MTPROTO_UPDATES_RESULT);
	assert_int_equal(event.constructor, MTPROTO_ID_UPDATE_DELETE_MESSAGES);
	assert_int_equal(event.fields.pts, 11);
	assert_int_equal(event.date, 1000);
	assert_int_equal(event.body.len, 4 + 8 + 4 + 4 + 4);
	/* Others are the application's own. */
	put_message(object_begin(&object), 1, 0);
	assert_int_equal(result(&box, 0, &object), 0);
	assert_string_equal(events(&box), "state=11/5/3/1000");
	box_close(&box);
}

/* ---- Limits ---- */

static void test_too_many_held_updates_are_left_to_the_difference(void **state)
{
	struct mtproto_updates_config config;
	struct box box;

	(void)state;
	mtproto_updates_config_init(&config);
	config.held_max = 3;
	open_with(&box, schema, &config);
	for (int32_t i = 0; i < 4; i++)
		push_delete(&box, i, 20 + 2 * i, 1);
	assert_string_equal(events(&box), "gap:pts");
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE, 1, 26, 5, 3);
	assert_string_equal(events(&box), "m1 state=26/5/3/1100");
	/* During a difference the same: then another follows. */
	mtproto_updates_new_session(box.updates, &box.now);
	assert_string_equal(request(&box), "difference 26/5/1100");
	for (int32_t i = 0; i < 4; i++)
		push_delete(&box, i, 27 + i, 1);
	answer_empty(&box, 1100, 3);
	assert_string_equal(request(&box), "difference 26/5/1100");
	box_close(&box);
}

static void test_memory_of_waiting_updates_is_bounded(void **state)
{
	struct mtproto_updates_config config;
	struct box box;
	struct object object;
	size_t pushed = 0;

	(void)state;
	mtproto_updates_config_init(&config);
	config.bytes_max = 4096;
	open_with(&box, schema, &config);
	for (int32_t i = 0; i < 100; i++)
		push_delete(&box, i, 20 + 2 * i, 1);
	assert_true(box.memory.peak < 32768);
	assert_string_equal(request(&box), "difference 10/5/1000");
	answer_difference(&box, MTPROTO_ID_DIFFERENCE, 0, 300, 5, 3);
	(void)events(&box);
	/* What nobody pulls is not taken for ever, and nothing of it is lost. */
	for (;; pushed++) {
		put_delete(container_begin(&object, 1), (int32_t)pushed, 301 + (int32_t)pushed, 1);
		container_end(&object.w, 1000, 0);
		if (push(&box, &object))
			break;
	}
	assert_int_equal(push(&box, &object), MTPROTO_ERR_LIMIT);
	(void)events(&box);
	assert_int_equal(push(&box, &object), 0);
	assert_memory_equal(events(&box), "u", 1);
	box_close(&box);
}

static void test_settings_out_of_range_are_refused(void **state)
{
	struct mtproto_updates_config config;
	struct mtproto_updates *updates;

	(void)state;
	mtproto_updates_config_init(&config);
	config.size--;
	assert_int_equal(mtproto_updates_new(&updates, &config), MTPROTO_ERR_CONFIG_SIZE);
	mtproto_updates_config_init(&config);
	config.channel_limit = 0;
	assert_int_equal(mtproto_updates_new(&updates, &config), MTPROTO_ERR_ARGUMENT);
	assert_null(updates);
	assert_int_equal(mtproto_updates_new(&updates, NULL), 0);
	mtproto_updates_free(updates);
	mtproto_updates_free(NULL);
}

/* ---- States ---- */

static void test_states_survive_as_bytes(void **state)
{
	struct mtproto_updates_config config;
	struct mtproto_update_state known;
	uint8_t bytes[2 * MTPROTO_UPDATE_STATE_SIZE];
	struct box box, next;
	size_t len;

	(void)state;
	open_box(&box);
	push_delete(&box, 1, 11, 1);
	assert_int_equal(mtproto_updates_export(box.updates, NULL, 0, &len), MTPROTO_ERR_STATE);
	assert_string_equal(events(&box), "u1 state=11/5/3/1000");
	assert_int_equal(mtproto_updates_export(box.updates, NULL, 0, &len), 0);
	assert_int_equal(len, sizeof(bytes));
	assert_int_equal(mtproto_updates_export(box.updates, bytes, len - 1, &len), MTPROTO_ERR_BUFFER);
	assert_int_equal(mtproto_updates_export(box.updates, bytes, sizeof(bytes), &len), 0);
	box_close(&box);

	mtproto_updates_config_init(&config);
	box_open(&next, schema, &config);
	assert_int_equal(mtproto_updates_import(next.updates, bytes, len - 1), MTPROTO_ERR_STATE_FORMAT);
	assert_int_equal(mtproto_updates_import(next.updates, bytes, len), 0);
	assert_int_equal(mtproto_updates_state(next.updates, 0, &known), 0);
	assert_int_equal(known.pts, 11);
	assert_int_equal(mtproto_updates_state(next.updates, CHANNEL, &known), 0);
	assert_int_equal(known.pts, 100);
	assert_true(known.has_access_hash);
	assert_int_equal(known.access_hash, HASH);
	assert_int_equal(mtproto_updates_state(next.updates, CHANNEL_2, &known), MTPROTO_ERR_NOT_FOUND);
	mtproto_updates_connected(next.updates, &next.now);
	assert_string_equal(request(&next), "difference 11/5/1000");
	box_close(&next);
}

static void test_set_state_does_not_go_back(void **state)
{
	struct mtproto_update_state channel = {.channel_id = CHANNEL, .pts = 90};
	struct mtproto_update_state account = {.pts = 1};
	struct mtproto_update_state known;
	struct box box;

	(void)state;
	open_box(&box);
	assert_int_equal(mtproto_updates_set_state(box.updates, &account), MTPROTO_ERR_STATE);
	assert_int_equal(mtproto_updates_set_state(box.updates, &channel), 0);
	assert_int_equal(mtproto_updates_state(box.updates, CHANNEL, &known), 0);
	assert_int_equal(known.pts, 100);
	assert_int_equal(known.access_hash, HASH);
	channel.pts = 110;
	assert_int_equal(mtproto_updates_set_state(box.updates, &channel), 0);
	push_channel(&box, CHANNEL, 1, 111, 1);
	assert_string_equal(events(&box), "u1 channel=111");
	channel.pts = -1;
	assert_int_equal(mtproto_updates_set_state(box.updates, &channel), MTPROTO_ERR_ARGUMENT);
	box_close(&box);
}

static void test_a_forgotten_channel_has_no_state(void **state)
{
	struct mtproto_update_state known;
	struct box box;
	uint64_t token;

	(void)state;
	open_box(&box);
	push_channel(&box, CHANNEL, 1, 101, 1);
	push_channel(&box, CHANNEL, 3, 103, 1);
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "channel 101+100");
	token = box.token;
	mtproto_updates_forget_channel(box.updates, CHANNEL);
	assert_string_equal(events(&box), "u1");
	assert_int_equal(mtproto_updates_state(box.updates, CHANNEL, &known), MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(mtproto_updates_fail(box.updates, &box.now, token, 500, "", 0), MTPROTO_ERR_NOT_FOUND);
	push_channel(&box, CHANNEL, 4, 200, 1);
	assert_string_equal(events(&box), "u4 channel=200");
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
		cmocka_unit_test(test_channels_are_counted_apart),
		cmocka_unit_test(test_the_first_update_of_a_channel_says_where_it_is),
		cmocka_unit_test(test_a_gap_in_a_channel_asks_its_difference),
		cmocka_unit_test(test_a_channel_difference_that_is_not_final_goes_on),
		cmocka_unit_test(test_a_channel_difference_that_stands_still_is_no_loop),
		cmocka_unit_test(test_channel_too_long_update_asks_if_there_is_more),
		cmocka_unit_test(test_channel_difference_too_long_takes_pts_of_the_dialog),
		cmocka_unit_test(test_access_hash_is_asked_for_once),
		cmocka_unit_test(test_a_refused_access_hash_passes_over_the_gap),
		cmocka_unit_test(test_an_inaccessible_channel_is_asked_no_more),
		cmocka_unit_test(test_at_most_so_many_channels_at_once),
		cmocka_unit_test(test_an_open_channel_is_polled),
		cmocka_unit_test(test_channels_beyond_the_limit_come_unordered),
		cmocka_unit_test(test_without_a_state_the_state_is_asked_for),
		cmocka_unit_test(test_before_signing_in_only_what_needs_no_state),
		cmocka_unit_test(test_each_connection_asks_only_for_the_accounts_difference),
		cmocka_unit_test(test_a_new_session_is_a_gap),
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
		cmocka_unit_test(test_an_unreadable_container_is_raw_and_no_loop),
		cmocka_unit_test(test_an_unreadable_difference_is_raw_and_moves_on),
		cmocka_unit_test(test_an_unreadable_channel_difference_moves_on),
		cmocka_unit_test(test_without_a_reader_short_forms_are_understood),
		cmocka_unit_test(test_an_unacceptable_update_is_replaced_by_the_difference),
		cmocka_unit_test(test_answers_of_calls_count),
		cmocka_unit_test(test_updates_in_answers_are_updates),
		cmocka_unit_test(test_too_many_held_updates_are_left_to_the_difference),
		cmocka_unit_test(test_memory_of_waiting_updates_is_bounded),
		cmocka_unit_test(test_settings_out_of_range_are_refused),
		cmocka_unit_test(test_states_survive_as_bytes),
		cmocka_unit_test(test_set_state_does_not_go_back),
		cmocka_unit_test(test_a_forgotten_channel_has_no_state),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
