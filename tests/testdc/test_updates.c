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

/* ---- Faults ---- */

#define HAPPENED 120

struct faulty {
	struct world *world;
	const struct client *client;
	uint64_t expected[HAPPENED]; /* digests of what is pushed without faults */
	size_t count;
};

/* 120 updates with these faults, and what they are without. */
static void run_faulty(struct faulty *faulty, const struct testdc_update_faults *faults)
{
	struct testdc_feed_config config;
	struct testdc_feed *feed;
	uint8_t push[TESTDC_FEED_PUSH_MAX];
	struct mtproto_tl_writer w;

	faulty->world = open_world(2, 2, 228, 0);
	faulty->client = &faulty->world->clients[0];
	faulty->count = 0;
	testdc_set_update_faults(faulty->world->testdc, faults);
	set_stream(faulty->world, "count=120,rate=1000000");
	sign_in(faulty->world, &faulty->world->clients[0], "123456:ABC");
	call_hex(faulty->world, get_state);
	assert_int_equal(testdc_run(faulty->world->testdc, &faulty->world->now), 0);
	pass(faulty->world, 1);

	testdc_feed_config_init(&config);
	config.count = HAPPENED;
	assert_int_equal(testdc_feed_new(&feed, &config, 123456), 0);
	mtproto_tl_writer_init(&w, push, sizeof(push));
	while (testdc_feed_next(feed, DATE, &w) > 0) {
		faulty->expected[faulty->count++] = digest_of(push, w.len);
		mtproto_tl_writer_init(&w, push, sizeof(push));
	}
	testdc_feed_free(feed);
}

static void updates_are_lost(void **state)
{
	const struct testdc_update_faults faults = {.lost = 1000000};
	struct testdc_update_counts counts;
	struct faulty faulty;

	(void)state;
	run_faulty(&faulty, &faults);
	assert_int_equal(faulty.client->updates, 0);
	testdc_get_counts(faulty.world->testdc, &counts);
	assert_int_equal(counts.lost, faulty.count);
	assert_int_equal(counts.pushed, 0);
	close_world(faulty.world);
}

static void updates_are_doubled(void **state)
{
	const struct testdc_update_faults faults = {.doubled = 1000000};
	struct testdc_update_counts counts;
	struct faulty faulty;

	(void)state;
	run_faulty(&faulty, &faults);
	assert_int_equal(faulty.client->updates, 2 * faulty.count);
	for (size_t i = 0; i < 2 * faulty.count; i++)
		assert_true(faulty.client->digests[i] == faulty.expected[i / 2]);
	testdc_get_counts(faulty.world->testdc, &counts);
	assert_int_equal(counts.doubled, faulty.count);
	assert_int_equal(counts.pushed, 2 * faulty.count);
	close_world(faulty.world);
}

/* Each first of two goes after the second; the last one, if it has none, when nothing more happens. */
static void updates_are_swapped(void **state)
{
	const struct testdc_update_faults faults = {.swapped = 1000000};
	struct testdc_update_counts counts;
	struct faulty faulty;

	(void)state;
	run_faulty(&faulty, &faults);
	assert_int_equal(faulty.client->updates, faulty.count);
	for (size_t i = 0; i < faulty.count; i++) {
		size_t other = (i ^ 1) < faulty.count ? i ^ 1 : i;

		assert_true(faulty.client->digests[i] == faulty.expected[other]);
	}
	testdc_get_counts(faulty.world->testdc, &counts);
	assert_int_equal(counts.swapped, (faulty.count + 1) / 2);
	close_world(faulty.world);
}

static void faults_strike_as_often_as_they_should(void **state)
{
	const struct testdc_update_faults faults = {.lost = 200000, .doubled = 200000, .swapped = 200000};
	struct world *world = open_signed_in(228, "count=4000,rate=1000000,seed=3");
	struct testdc_update_counts counts;

	(void)state;
	testdc_set_update_faults(world->testdc, &faults);
	pass(world, 1);
	testdc_get_counts(world->testdc, &counts);
	assert_int_equal(counts.pushed, world->clients[0].updates);
	assert_in_range(counts.lost, 150, 1000);
	assert_in_range(counts.doubled, counts.lost * 7 / 10, counts.lost * 13 / 10);
	assert_in_range(counts.swapped, counts.lost * 6 / 10, counts.lost * 13 / 10);
	assert_int_equal(counts.refused, 0);
	close_world(world);
}

/* ---- The specs ---- */

static void faults_of_updates_are_taken_out_of_a_spec(void **state)
{
	struct testdc_update_faults faults = {7, 7, 7};
	struct mtproto_span wrong;
	char rest[32];

	(void)state;
	assert_int_equal(testdc_faults_parse(&faults,
					     "lost=0.1,update_lost=0.05,swap=0.25,update_swapped=1,"
					     "update_swapped=0.000001",
					     rest, sizeof(rest), &wrong),
			 0);
	assert_string_equal(rest, "lost=0.1,swap=0.25");
	assert_int_equal(faults.lost, 50000);
	assert_int_equal(faults.doubled, 0);
	assert_int_equal(faults.swapped, 1);
	assert_int_equal(testdc_faults_parse(&faults, "update_doubled=1", rest, sizeof(rest), &wrong), 0);
	assert_string_equal(rest, "");
	assert_int_equal(faults.doubled, 1000000);
	assert_int_equal(faults.lost, 0);
}

static void wrong_faults_of_updates_are_refused(void **state)
{
	static const struct {
		const char *spec, *wrong;
		int error;
	} table[] = {
		{"", "", MTPROTO_ERR_ARGUMENT},
		{"update_lost", "update_lost", MTPROTO_ERR_ARGUMENT},
		{"update_lost=", "update_lost=", MTPROTO_ERR_ARGUMENT},
		{"update_lost=1.1", "update_lost=1.1", MTPROTO_ERR_ARGUMENT},
		{"update_lost=2", "update_lost=2", MTPROTO_ERR_ARGUMENT},
		{"update_lost=0.1234567", "update_lost=0.1234567", MTPROTO_ERR_ARGUMENT},
		{"update_lost=0.1,", "", MTPROTO_ERR_ARGUMENT},
		{"update_lost=0.6,update_swapped=0.6", "update_lost=0.6,update_swapped=0.6", MTPROTO_ERR_ARGUMENT},
		{"lost=0.00000000000000", "lost=0.00000000000000", MTPROTO_ERR_BUFFER},
	};
	struct testdc_update_faults faults = {7, 7, 7};
	struct mtproto_span wrong;
	char rest[20];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(testdc_faults_parse(&faults, table[i].spec, rest, sizeof(rest), &wrong),
				 table[i].error);
		assert_int_equal(wrong.len, strlen(table[i].wrong));
		assert_memory_equal(wrong.data, table[i].wrong, wrong.len);
		assert_int_equal(faults.lost, 7);
	}
}

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
		cmocka_unit_test(updates_are_lost),
		cmocka_unit_test(updates_are_doubled),
		cmocka_unit_test(updates_are_swapped),
		cmocka_unit_test(faults_strike_as_often_as_they_should),
		cmocka_unit_test(faults_of_updates_are_taken_out_of_a_spec),
		cmocka_unit_test(wrong_faults_of_updates_are_refused),
		cmocka_unit_test(spec_sets_what_it_names),
		cmocka_unit_test(spec_that_is_not_understood_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
