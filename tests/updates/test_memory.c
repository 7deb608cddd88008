/* Without memory: whichever allocation fails, nothing leaks, what can't be taken is said, and the difference brings it.
 */
#include "updates/box.h"

/* An account and a channel with a gap, a difference, results: everything that allocates. Counts refusals. */
static int live(struct box *box)
{
	struct object object;
	int refused = 0;

	put_delete(container_begin(&object, 3), 1, 11, 1);
	put_channel_delete(&object.w, CHANNEL_2, 2, 50, 1);
	put_status(&object.w, 3);
	container_end(&object.w, 1001, 4);
	refused += push(box, &object) == MTPROTO_ERR_MEMORY;
	put_delete(container_begin(&object, 1), 4, 14, 1);
	container_end(&object.w, 1001, 6);
	refused += push(box, &object) == MTPROTO_ERR_MEMORY;
	put_affected(&object, MTPROTO_ID_AFFECTED_MESSAGES, 12, 1);
	refused += mtproto_updates_result(box->updates, &box->now, 0, object.data, object.w.len) == MTPROTO_ERR_MEMORY;
	refused += mtproto_updates_open_channel(box->updates, &box->now, 99) == MTPROTO_ERR_MEMORY;
	mtproto_updates_catch_up(box->updates, &box->now, 0);
	if (request(box)[0] == 'd') {
		put_difference(&object, MTPROTO_ID_DIFFERENCE, 5, 6, 7);
		put_state(&object.w, 14, 5, 6, 1100);
		refused += answer(box, &object) == MTPROTO_ERR_MEMORY;
	}
	(void)events(box);
	return refused;
}

/* Asks until the server has nothing more to say, as it does after each doubt. */
static void catch_up(struct box *box)
{
	struct object object;

	for (int i = 0; i < 100; i++) {
		wait_ns(box, SECOND);
		if (request(box)[0] != 'd')
			continue;
		put_difference(&object, MTPROTO_ID_DIFFERENCE, 0, 0, 0);
		put_state(&object.w, 14, 5, 6, 1100);
		assert_int_equal(answer(box, &object), 0);
	}
	(void)events(box);
}

/* Returns false when the scenario needs fewer allocations. */
static bool run_with_failure(size_t fail_at)
{
	struct mtproto_update_state known;
	struct box box;
	bool failed;
	int refused;

	open_box(&box);
	failing_fail(&box.memory, fail_at);
	refused = live(&box);
	failed = box.memory.asked >= fail_at;
	assert_int_equal(refused > 0, failed);
	failing_fail(&box.memory, 0);
	catch_up(&box);
	assert_int_equal(mtproto_updates_state(box.updates, 0, &known), 0);
	assert_int_equal(known.pts, 14);
	assert_int_equal(known.seq, 6);
	box_close(&box);
	return failed;
}

static void test_any_allocation_may_fail(void **state)
{
	size_t fail_at = 1;

	(void)state;
	while (run_with_failure(fail_at))
		fail_at++;
	assert_true(fail_at > 10);
}

static void test_a_box_needs_memory(void **state)
{
	struct mtproto_updates_config config;
	struct mtproto_updates *updates = NULL;
	struct failing memory;
	size_t call = 0;
	int error;

	(void)state;
	failing_init(&memory);
	mtproto_updates_config_init(&config);
	config.allocator = &memory.hooks;
	do {
		failing_fail(&memory, ++call);
		error = mtproto_updates_new(&updates, &config);
		assert_true(error == 0 || error == MTPROTO_ERR_MEMORY);
		assert_true(error == 0 || memory.pieces == 0);
	} while (error);
	assert_true(call > 1);
	mtproto_updates_free(updates);
	assert_int_equal(memory.pieces, 0);
}

/* What was refused can be given again. */
static void test_what_was_refused_may_come_again(void **state)
{
	struct object object;
	struct box box;

	(void)state;
	open_box(&box);
	put_delete(container_begin(&object, 2), 1, 11, 1);
	put_typing(&object.w, 2);
	container_end(&object.w, 1000, 0);
	for (size_t call = 1; call <= 3; call++) {
		failing_fail(&box.memory, call);
		assert_int_equal(push(&box, &object), MTPROTO_ERR_MEMORY);
		assert_string_equal(events(&box), "");
	}
	failing_fail(&box.memory, 0);
	assert_int_equal(push(&box, &object), 0);
	assert_string_equal(events(&box), "u2 u1 state=11/5/3/1000");
	wait_ns(&box, SECOND / 2);
	assert_string_equal(request(&box), "difference 11/5/1000");
	box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_allocation_may_fail),
		cmocka_unit_test(test_a_box_needs_memory),
		cmocka_unit_test(test_what_was_refused_may_come_again),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
