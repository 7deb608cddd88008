/* The box as a whole: what it can not read, answers of calls, limits, states. */
#include "updates/box.h"

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
