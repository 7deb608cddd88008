/* A client whose wall clock is wrong finds the server's time, once, and goes on. */
#include "connection/pair.h"

static const int64_t hour_ns = 3600 * INT64_C(1000000000);

/* The two sides have clocks of their own here. */
struct world {
	struct pair pair;
	int64_t client_error_ns;
	size_t clock_events;
	int64_t step_ns;
};

static void on_client(struct pair *pair, const struct mtproto_event *event)
{
	struct world *w = pair->user;

	if (event->type != MTPROTO_EVENT_CLOCK)
		return;
	w->clock_events++;
	w->step_ns = event->clock_step_ns;
}

static void with_clock(struct world *w, bool client)
{
	/* pair_init's: the server's clock was set by it. */
	static const uint64_t base = (1700000000 - 5000) * (uint64_t)PAIR_SECOND + 123456789;

	w->pair.now.wall_ns =
		base + w->pair.now.mono_ns + (client ? (uint64_t)w->client_error_ns : 0); /* modulo 2^64 is as good */
}

static void run(struct world *w)
{
	size_t moved;

	do {
		with_clock(w, true);
		pair_pull(&w->pair, w->pair.client_context, false);
		moved = pair_move(&w->pair, w->pair.client_link, w->pair.server_link);
		with_clock(w, false);
		pair_pull(&w->pair, w->pair.server_context, true);
		moved += pair_move(&w->pair, w->pair.server_link, w->pair.client_link);
		with_clock(w, true);
		pair_pull(&w->pair, w->pair.client_context, false);
	} while (moved);
}

/* A link: the server is attached to by its own clock. */
static void attach(struct world *w)
{
	struct mtproto_link_config config;

	mtproto_link_config_init(&config);
	with_clock(w, false);
	assert_int_equal(mtproto_server_attach(w->pair.server, &w->pair.now, &w->pair.server_link), 0);
	with_clock(w, true);
	assert_int_equal(mtproto_connection_attach(w->pair.connection, &w->pair.now, &config, &w->pair.client_link), 0);
}

static void open_world(struct world *w, int64_t client_error_ns)
{
	memset(w, 0, sizeof(*w));
	pair_init(&w->pair);
	w->client_error_ns = client_error_ns;
	w->pair.on_client = on_client;
	w->pair.user = w;
}

/* A connection with a key that the server knows, and no idea of the time. */
static void give_key(struct world *w, int64_t offset_ns)
{
	struct mtproto_key_info key = {.temporary = false};
	struct mtproto_connection_config config;
	uint8_t data[256];

	memset(data, 7, sizeof(data));
	mtproto_auth_key_init(&key.auth_key, data);
	assert_int_equal(mtproto_server_add_key(w->pair.server, &key), 0);
	mtproto_connection_config_init(&config);
	config.auth_key = &key.auth_key;
	config.time_offset_ns = offset_ns;
	pair_new_connection(&w->pair, &config);
}

static const int64_t errors_ns[] = {-72 * 3600 * INT64_C(1000000000), -3 * 3600 * INT64_C(1000000000),
				    -301 * INT64_C(1000000000),       31 * INT64_C(1000000000),
				    400 * INT64_C(1000000000),        3 * 3600 * INT64_C(1000000000),
				    72 * 3600 * INT64_C(1000000000)};

static void calls_succeed_whatever_the_wall_clock_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors_ns) / sizeof(errors_ns[0]); i++) {
		struct world w;
		uint64_t call;

		open_world(&w, errors_ns[i]);
		give_key(&w, 0);
		attach(&w);
		assert_int_equal(mtproto_connection_ping(w.pair.connection, &w.pair.now, 0, &call), 0);
		pair_invoke(&w.pair, "abcd", 4);
		run(&w);
		assert_int_equal(w.pair.results, 1);
		assert_int_equal(w.pair.pongs, 1);
		assert_int_equal(w.pair.requests, 1);
		assert_int_equal(w.clock_events, 1);
		assert_in_range(w.step_ns + errors_ns[i] + 1000000000, 0, 2000000000);

		/* It is known now: nothing more happens, also on another link. */
		for (int round = 0; round < 3; round++) {
			pair_invoke(&w.pair, "abcd", 4);
			run(&w);
			pair_lose_links(&w.pair);
			w.pair.now.mono_ns += 60 * (uint64_t)PAIR_SECOND;
			attach(&w);
		}
		run(&w);
		assert_int_equal(w.pair.results, 4);
		assert_int_equal(w.clock_events, 1);
		assert_int_equal(w.pair.failures, 0);
		pair_fini(&w.pair);
	}
}

static void a_small_error_needs_no_correction(void **state)
{
	(void)state;
	for (int64_t s = -250; s <= 25; s += 25) {
		struct world w;

		open_world(&w, s * INT64_C(1000000000));
		give_key(&w, 0);
		attach(&w);
		pair_invoke(&w.pair, "abcd", 4);
		run(&w);
		assert_int_equal(w.pair.results, 1);
		pair_fini(&w.pair);
	}
}

static void a_known_offset_needs_no_correction(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 5 * hour_ns);
	give_key(&w, -5 * hour_ns);
	attach(&w);
	pair_invoke(&w.pair, "abcd", 4);
	run(&w);
	assert_int_equal(w.pair.results, 1);
	assert_int_equal(w.clock_events, 0);
	pair_fini(&w.pair);
}

static void the_offset_that_is_told_can_be_given_again(void **state)
{
	struct mtproto_connection_info info;
	struct world w;

	(void)state;
	open_world(&w, -2 * hour_ns);
	give_key(&w, 0);
	attach(&w);
	pair_invoke(&w.pair, "abcd", 4);
	run(&w);
	mtproto_connection_get_info(w.pair.connection, &info);
	assert_in_range(info.time_offset_ns - 2 * hour_ns + 1000000000, 0, 2000000000);
	pair_fini(&w.pair);
}

static void a_key_exchange_brings_the_time(void **state)
{
	struct mtproto_connection_info info;

	(void)state;
	for (int pfs = 0; pfs < 2; pfs++) {
		for (size_t i = 0; i < sizeof(errors_ns) / sizeof(errors_ns[0]); i++) {
			struct mtproto_connection_config config;
			struct world w;

			open_world(&w, errors_ns[i]);
			mtproto_connection_config_init(&config);
			config.temp_expires_in = pfs ? 3600 : 0;
			pair_new_connection(&w.pair, &config);
			attach(&w);
			pair_invoke(&w.pair, "abcd", 4);
			run(&w);
			assert_true(w.pair.ready);
			assert_int_equal(w.pair.results, 1);
			assert_int_equal(w.clock_events, 0);
			mtproto_connection_get_info(w.pair.connection, &info);
			assert_in_range(info.time_offset_ns + errors_ns[i] + 1100000000, 0, 2200000000);
			pair_fini(&w.pair);
		}
	}
}

/* The wall clock is looked at once: what it does later is nothing to us. */
static void a_wall_clock_that_steps_changes_nothing(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 0);
	give_key(&w, 0);
	attach(&w);
	for (int i = 0; i < 5; i++) {
		w.client_error_ns = (i % 2 ? 30 : -50) * hour_ns;
		pair_invoke(&w.pair, "abcd", 4);
		run(&w);
		if (i == 2) {
			pair_lose_links(&w.pair);
			attach(&w);
		}
	}
	assert_int_equal(w.pair.results, 5);
	assert_int_equal(w.clock_events, 0);
	pair_fini(&w.pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_succeed_whatever_the_wall_clock_says),
		cmocka_unit_test(a_small_error_needs_no_correction),
		cmocka_unit_test(a_known_offset_needs_no_correction),
		cmocka_unit_test(the_offset_that_is_told_can_be_given_again),
		cmocka_unit_test(a_key_exchange_brings_the_time),
		cmocka_unit_test(a_wall_clock_that_steps_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
