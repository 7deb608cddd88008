/* Salts at a server: one each half hour, good for an hour. Source:
 * core.telegram.org/mtproto/service_messages#request-for-several-future-salts. */
#include "server/seen.h"

static const uint64_t PERIOD_NS = 1800 * (uint64_t)PAIR_SECOND;

struct world {
	struct pair pair;
	struct seen seen;
	struct wire wire;
};

/* At the very beginning of a period. */
static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct mtproto_server_config config;

	assert_non_null(w);
	mtproto_server_config_init(&config);
	config.link_idle_ns = MTPROTO_NEVER;
	pair_init_with(&w->pair, &config, NULL, NULL);
	pair_advance(&w->pair, PERIOD_NS - w->pair.now.wall_ns % PERIOD_NS);
	seen_init(&w->seen, &w->pair);
	wire_client(&w->wire, &w->pair, 3);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	wire_fini(&w->wire);
	pair_fini(&w->pair);
	free(w);
	return 0;
}

static bool accepted(struct world *w)
{
	bool pong, bad;

	wire_ping(&w->wire, 1);
	wire_run(&w->wire);
	pong = wire_take(&w->wire, MTPROTO_ID_PONG) != NULL;
	bad = wire_count(&w->wire, MTPROTO_ID_BAD_SERVER_SALT) != 0;
	assert_int_equal(pong, !bad);
	return pong;
}

static void a_wrong_salt_is_answered_by_the_right_one(void **state)
{
	struct world *w = *state;
	uint64_t right = w->wire.salt;
	const struct wire_item *bad;
	uint64_t msg_id;

	w->wire.salt ^= 1;
	msg_id = seen_request(&w->wire, 1);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 0);
	bad = wire_take(&w->wire, 0xedab447b);
	assert_non_null(bad);
	assert_int_equal(bad->len, 28);
	assert_true(wire_u64(bad->body + 4) == msg_id);
	assert_int_equal(wire_u32(bad->body + 12), 1); /* its seq_no */
	assert_int_equal(wire_u32(bad->body + 16), 48);
	assert_true(wire_u64(bad->body + 20) == right);
	assert_int_equal(bad->seq_no & 1, 0);
}

/* The same message under the right salt is new: a refused one was never received. */
static void a_message_with_a_wrong_salt_was_not_received(void **state)
{
	struct world *w = *state;
	uint64_t right = w->wire.salt;
	uint64_t msg_id = wire_next_msg_id(&w->wire);
	static const uint8_t body[4] = {1, 2, 3, 4};

	w->wire.salt ^= 1;
	wire_send_as(&w->wire, msg_id, 1, body, 4);
	w->wire.salt = right;
	wire_send_as(&w->wire, msg_id, 1, body, 4);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 1);
}

static void a_salt_is_good_for_two_periods(void **state)
{
	struct world *w = *state;

	pair_advance(&w->pair, PERIOD_NS - 1);
	assert_true(accepted(w));
	pair_advance(&w->pair, 1);
	assert_true(accepted(w));
	pair_advance(&w->pair, PERIOD_NS - 1);
	assert_true(accepted(w));
	pair_advance(&w->pair, 1);
	assert_false(accepted(w));
}

/* What the server itself sends always carries the present one. */
static void a_server_sends_the_present_salt(void **state)
{
	struct world *w = *state;
	uint64_t old = w->wire.salt;

	pair_advance(&w->pair, PERIOD_NS);
	assert_true(accepted(w));
	assert_true(w->wire.items[w->wire.count - 1].salt != old);
	w->wire.salt = w->wire.items[w->wire.count - 1].salt;
	assert_true(accepted(w));
	pair_advance(&w->pair, PERIOD_NS);
	assert_true(accepted(w));
}

static void salts_differ_between_keys_and_servers(void **state)
{
	struct world *w = *state;
	struct pair pair;
	struct seen seen;
	struct wire other_key, other_server;

	wire_client(&other_key, &w->pair, 5);
	assert_true(other_key.salt != w->wire.salt);
	wire_fini(&other_key);
	pair_init(&pair);
	seen_init(&seen, &pair);
	pair.now = w->pair.now;
	wire_client(&other_server, &pair, 3);
	assert_true(other_server.salt != w->wire.salt);
	wire_fini(&other_server);
	pair_fini(&pair);
}

/* The salt that a key exchange leaves on both sides: no bad_server_salt follows it. */
static void the_salt_of_a_key_exchange_is_good_at_once(void **state)
{
	struct mtproto_connection_info info;
	struct pair pair;
	uint64_t salt;

	(void)state;
	pair_ready(&pair);
	mtproto_connection_get_info(pair.connection, &info);
	salt = info.server_salt;
	pair_invoke(&pair, "\x01\x02\x03\x04", 4);
	pair_run(&pair);
	assert_int_equal(pair.results, 1);
	mtproto_connection_get_info(pair.connection, &info);
	assert_true(info.server_salt == salt);
	assert_true(salt != 0);
	pair_fini(&pair);
}

/* A client that sleeps over many periods needs one round trip more, not a new key. */
static void a_client_catches_up_after_hours(void **state)
{
	struct pair pair;

	(void)state;
	pair_ready(&pair);
	for (int hours = 0; hours < 3; hours++) {
		struct mtproto_connection_info before, after;

		mtproto_connection_get_info(pair.connection, &before);
		pair_lose_links(&pair);
		pair_advance(&pair, 2 * PERIOD_NS);
		pair_attach(&pair, MTPROTO_FRAMING_ABRIDGED, true);
		pair_invoke(&pair, "\x01\x02\x03\x04", 4);
		pair_run(&pair);
		assert_int_equal(pair.results, hours + 1);
		mtproto_connection_get_info(pair.connection, &after);
		assert_true(before.server_salt != after.server_salt);
	}
	assert_int_equal(pair.failures, 0);
	pair_fini(&pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_wrong_salt_is_answered_by_the_right_one),
		TEST(a_message_with_a_wrong_salt_was_not_received),
		TEST(a_salt_is_good_for_two_periods),
		TEST(a_server_sends_the_present_salt),
		TEST(salts_differ_between_keys_and_servers),
		cmocka_unit_test(the_salt_of_a_key_exchange_is_good_at_once),
		cmocka_unit_test(a_client_catches_up_after_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
