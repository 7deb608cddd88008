/* Who is told what happens, when, and from which account's feed. */
#include "testdc/world_fixture.h"

#define NS_PER_SECOND 1000000000u

static const char get_state[] = "2a88d4ed";

/* updates.getDifference from (1, 0): flags, pts, date, qts */
static const char get_difference[] = "63f7c219"
				     "00000000"
				     "01000000"
				     "00f15365"
				     "00000000";

static void set_stream(struct world *world, const char *spec)
{
	struct testdc_stream stream;
	struct mtproto_span wrong;

	testdc_stream_init(&stream);
	assert_int_equal(testdc_stream_parse(&stream, spec, &wrong), 0);
	testdc_set_stream(world->testdc, &stream);
}

/* The data centre at time passes, in steps of 100 ms. */
static void pass(struct world *world, unsigned seconds)
{
	for (unsigned i = 0; i < 10 * seconds; i++) {
		world->now.mono_ns += NS_PER_SECOND / 10;
		world->now.wall_ns += NS_PER_SECOND / 10;
		assert_int_equal(testdc_run(world->testdc, &world->now), 0);
		settle(world);
	}
}

static uint32_t id_at(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

static void assert_answer_id(const struct world *world, uint32_t id)
{
	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	assert_int_equal(id_at(world->body), id);
}

/* A client that is signed in and knows the state. */
static struct world *open_signed_in(int32_t layer, const char *spec)
{
	struct world *world = open_world(2, 2, layer, 0);

	set_stream(world, spec);
	sign_in(world, &world->clients[0], "123456:ABC");
	call_hex(world, get_state);
	assert_answer_id(world, 0xa56c2a3e);
	return world;
}

static void nothing_happens_unless_it_is_asked_for(void **state)
{
	/* pts 1, qts 0, date 1700000000, seq 0, unread_count 0 */
	static const char first[] = "3e2a6ca501000000"
				    "0000000000f153650000000000000000";
	struct world *world = open_world(2, 2, 228, 0);

	(void)state;
	sign_in(world, &world->clients[0], "123456:ABC");
	call_hex(world, get_state);
	assert_result(world, first);
	assert_true(testdc_deadline(world->testdc) == MTPROTO_NEVER);
	pass(world, 5);
	assert_int_equal(world->clients[0].updates, 0);
	close_world(world);
}

static void updates_begin_with_the_first_question_and_end_with_the_last_update(void **state)
{
	struct world *world = open_world(2, 2, 228, 0);
	struct testdc_feed_state last;
	int32_t messages;

	(void)state;
	set_stream(world, "count=200,rate=20");
	sign_in(world, &world->clients[0], "123456:ABC");
	pass(world, 2);
	assert_int_equal(world->clients[0].updates, 0);
	assert_null(testdc_find_feed(world->testdc, 123456));
	call_hex(world, get_state);
	assert_true(testdc_deadline(world->testdc) == world->now.mono_ns);
	pass(world, 5);
	/* 100 updates in 5 seconds, 1 to 4 in each push. */
	assert_in_range(world->clients[0].updates, 25, 101);
	assert_null(testdc_find_feed(world->testdc, 7));
	pass(world, 10);
	assert_true(testdc_deadline(world->testdc) == MTPROTO_NEVER);
	testdc_feed_get_account(testdc_find_feed(world->testdc, 123456), &last, &messages);
	assert_true(last.pts > 1 && messages > 0);
	call_hex(world, get_difference);
	assert_answer_id(world, 0x00f49ca0);
	close_world(world);
}

static void what_is_late_is_not_made_up_for(void **state)
{
	struct world *world = open_signed_in(228, "count=100000,rate=50");

	(void)state;
	pass(world, 1);
	world->clients[0].updates = 0;
	world->now.mono_ns += 100 * UINT64_C(1000000000);
	assert_int_equal(testdc_run(world->testdc, &world->now), 0);
	settle(world);
	assert_in_range(world->clients[0].updates, 1, 60);
	close_world(world);
}

static void sessions_that_want_none_get_none(void **state)
{
	struct world *world = open_signed_in(228, "count=10000,rate=20");
	struct client *other, *nobody, *old;

	(void)state;
	other = connect_client(world, 0, 2, 228, 0);
	nobody = connect_client(world, 0, 2, 228, 0);
	old = connect_client(world, 0, 2, 227, 0);
	sign_in(world, other, "7:x");
	sign_in(world, old, "123456:ABC");
	call_hex_of(world, nobody, "6b18f9c4");
	pass(world, 2);
	assert_true(world->clients[0].updates > 5);
	assert_int_equal(other->updates + nobody->updates + old->updates, 0);
	/* invokeWithoutUpdates(updates.getState), and afterwards without it again */
	world->clients[0].updates = 0;
	call_hex(world, "b75994bf"
			"2a88d4ed");
	pass(world, 2);
	assert_int_equal(world->clients[0].updates, 0);
	call_hex(world, get_state);
	pass(world, 2);
	assert_true(world->clients[0].updates > 5);
	/* auth.logOut */
	call_hex(world, "19ba723e");
	world->clients[0].updates = 0;
	pass(world, 2);
	assert_int_equal(world->clients[0].updates, 0);
	close_world(world);
}

static void all_sessions_of_an_account_get_the_same(void **state)
{
	struct world *world = open_signed_in(228, "count=10000,rate=20");
	struct client *first = &world->clients[0];
	struct client *second = connect_client(world, 0, 2, 228, 0);

	(void)state;
	sign_in(world, second, "123456:DEF");
	first->updates = 0;
	pass(world, 2);
	assert_true(first->updates > 5);
	assert_int_equal(first->updates, second->updates);
	assert_int_equal(first->update_len, second->update_len);
	assert_memory_equal(first->update, second->update, first->update_len);
	close_world(world);
}

static void imported_authorisation_gets_no_updates(void **state)
{
	struct world *world = open_empty_world();
	struct client *home, *away;
	uint8_t import[24];

	(void)state;
	open_server(world, 2, "127.0.0.1", 4430);
	open_server(world, 4, "127.0.0.1", 4431);
	set_stream(world, "count=10000,rate=20");
	home = connect_client(world, 0, 2, 228, 0);
	away = connect_client(world, 1, 4, 228, 0);
	sign_in(world, home, "123456:ABC");
	call_hex_of(world, home, "cdffbfe504000000");
	assert_answer_id(world, 0xb434e2b8);
	hex(import, 4, "ad7d7aa5");
	memcpy(import + 4, world->body + 4, 20);
	call_of(world, away, import, sizeof(import));
	assert_answer_id(world, 0x2ea2c0d4);
	call_hex_of(world, away, get_state);
	assert_answer_id(world, 0xa56c2a3e);
	pass(world, 2);
	assert_int_equal(away->updates, 0);
	assert_true(home->updates > 5);
	close_world(world);
}

static void ended_sessions_are_passed_over(void **state)
{
	struct world *world = open_signed_in(228, "count=10000,rate=20");
	struct client *second = connect_client(world, 0, 2, 228, 0);

	(void)state;
	sign_in(world, second, "123456:ABC");
	pass(world, 1);
	assert_int_equal(mtproto_server_remove_key(world->servers[0], world->clients[0].auth_key_id), 0);
	second->updates = 0;
	for (unsigned i = 0; i < 20; i++) {
		struct mtproto_event event;

		world->now.mono_ns += NS_PER_SECOND / 10;
		assert_int_equal(mtproto_context_process(world->server_context, &world->now), 0);
		while (mtproto_context_next_event(world->server_context, &event))
			assert_int_equal(testdc_handle(world->testdc, &world->now, &event), 0);
		assert_int_equal(testdc_run(world->testdc, &world->now), 0);
	}
	settle(world);
	assert_true(second->updates > 5);
	close_world(world);
}

static void questions_that_can_not_be_answered_are_refused(void **state)
{
	struct world *world = open_signed_in(228, "count=10");

	(void)state;
	/* getDifference at pts 0; getChannelDifference of no channel, and with a filter; a tail */
	call_hex(world, "63f7c219"
			"00000000"
			"00000000"
			"00f15365"
			"00000000");
	assert_rpc_error(world, 400, "PERSISTENT_TIMESTAMP_EMPTY");
	call_hex(world, "783d1703"
			"00000000"
			"28ec5af3"
			"01000000000000000200000000000000"
			"e72ed494"
			"01000000"
			"64000000");
	assert_rpc_error(world, 400, "CHANNEL_INVALID");
	call_hex(world, "783d1703"
			"00000000"
			"28ec5af3"
			"01000000000000000200000000000000"
			"57d977cd0000000015c4b51c00000000"
			"01000000"
			"64000000");
	assert_rpc_error(world, 400, "INPUT_FETCH_FAIL");
	call_hex(world, "2a88d4ed00000000");
	assert_rpc_error(world, 400, "INPUT_FETCH_FAIL");
	close_world(world);
}

/* ---- The spec ---- */

static void spec_sets_what_it_names(void **state)
{
	struct testdc_stream stream;
	struct mtproto_span wrong;

	(void)state;
	testdc_stream_init(&stream);
	assert_int_equal(stream.rate, 100);
	assert_int_equal(stream.feed.count, 1000);
	assert_int_equal(stream.feed.slice, 100);
	assert_int_equal(testdc_stream_parse(&stream,
					     "seed=18446744073709551615,count=100000,channels=50,log=300,slice=20,"
					     "rate=7,count=5",
					     &wrong),
			 0);
	assert_true(stream.feed.seed == UINT64_MAX);
	assert_int_equal(stream.feed.count, 5);
	assert_int_equal(stream.feed.channels, 50);
	assert_int_equal(stream.feed.log, 300);
	assert_int_equal(stream.feed.slice, 20);
	assert_int_equal(stream.rate, 7);
}

static void spec_that_is_not_understood_is_refused(void **state)
{
	static const struct {
		const char *spec, *wrong;
	} table[] = {{"", ""},
		     {"count", "count"},
		     {"count=", "count="},
		     {"count=x", "count=x"},
		     {"count=5,", ""},
		     {"count=5,rate=0,seed=1", "rate=0"},
		     {"rate=1000001", "rate=1000001"},
		     {"channels=257", "channels=257"},
		     {"slice=0", "slice=0"},
		     {"slice=1001", "slice=1001"},
		     {"seed=18446744073709551616", "seed=18446744073709551616"},
		     {"count=-1", "count=-1"},
		     {"counts=1", "counts=1"},
		     {"=1", "=1"}};
	struct testdc_stream stream;
	struct mtproto_span wrong;

	(void)state;
	testdc_stream_init(&stream);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(testdc_stream_parse(&stream, table[i].spec, &wrong), MTPROTO_ERR_ARGUMENT);
		assert_int_equal(wrong.len, strlen(table[i].wrong));
		assert_memory_equal(wrong.data, table[i].wrong, wrong.len);
	}
	assert_int_equal(stream.feed.count, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_happens_unless_it_is_asked_for),
		cmocka_unit_test(updates_begin_with_the_first_question_and_end_with_the_last_update),
		cmocka_unit_test(what_is_late_is_not_made_up_for),
		cmocka_unit_test(sessions_that_want_none_get_none),
		cmocka_unit_test(all_sessions_of_an_account_get_the_same),
		cmocka_unit_test(imported_authorisation_gets_no_updates),
		cmocka_unit_test(ended_sessions_are_passed_over),
		cmocka_unit_test(questions_that_can_not_be_answered_are_refused),
		cmocka_unit_test(spec_sets_what_it_names),
		cmocka_unit_test(spec_that_is_not_understood_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
