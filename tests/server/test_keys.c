/* The server's table of keys: made by exchanges or brought along, found, dropped. */
#include "server/seen.h"

enum { HOUR = 3600 };

struct world {
	struct pair pair;
	struct seen seen;
	uint32_t now_s;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	pair_init(&w->pair);
	seen_init(&w->seen, &w->pair);
	w->now_s = (uint32_t)(w->pair.now.wall_ns / PAIR_SECOND);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	pair_fini(&w->pair);
	free(w);
	return 0;
}

static uint64_t add(struct world *w, unsigned factor, bool temporary, uint64_t perm)
{
	struct mtproto_key_info info = {.temporary = temporary,
					.expires_at = temporary ? w->now_s + HOUR : 0,
					.perm_auth_key_id = perm,
					.dc = -3};

	wire_make_key(&info.auth_key, factor);
	assert_int_equal(mtproto_server_add_key(w->pair.server, &info), 0);
	return info.auth_key.id;
}

static bool knows(const struct world *w, uint64_t id)
{
	struct mtproto_key_info info;
	int error = mtproto_server_find_key(w->pair.server, id, &info);

	assert_true(error == 0 || error == MTPROTO_ERR_NOT_FOUND);
	return error == 0;
}

static void process(struct world *w)
{
	pair_pull(&w->pair, w->pair.server_context, true);
}

static void what_was_added_is_found(void **state)
{
	struct world *w = *state;
	struct mtproto_key_info info, again;
	struct mtproto_server_info counts;
	struct mtproto_auth_key key;
	uint64_t perm = add(w, 3, false, 0);
	uint64_t temp = add(w, 5, true, perm);

	wire_make_key(&key, 5);
	assert_int_equal(mtproto_server_find_key(w->pair.server, temp, &info), 0);
	assert_memory_equal(&info.auth_key, &key, sizeof(key));
	assert_true(info.temporary);
	assert_int_equal(info.expires_at, w->now_s + HOUR);
	assert_true(info.perm_auth_key_id == perm);
	assert_int_equal(info.dc, -3);
	assert_int_equal(mtproto_server_add_key(w->pair.server, &info), MTPROTO_ERR_STATE);
	assert_int_equal(mtproto_server_find_key(w->pair.server, temp + 1, &again), MTPROTO_ERR_NOT_FOUND);
	mtproto_server_get_info(w->pair.server, &counts);
	assert_int_equal(counts.keys, 1);
	assert_int_equal(counts.temp_keys, 1);
}

static void a_removed_key_is_answered_by_404(void **state)
{
	struct world *w = *state;
	struct wire wire;

	wire_client(&wire, &w->pair, 7);
	assert_int_equal(mtproto_server_remove_key(w->pair.server, wire.key.id), 0);
	assert_int_equal(mtproto_server_remove_key(w->pair.server, wire.key.id), MTPROTO_ERR_NOT_FOUND);
	wire_ping(&wire, 1);
	wire_run(&wire);
	assert_int_equal(wire.transport_error, -404);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_SESSION_END], 1);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_DESTROYED], 1);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 0);
	wire_fini(&wire);
}

/* Packets of one turn are opened together: one in the middle may take the key of the next away. */
static void a_key_that_goes_while_its_packets_wait_is_unknown(void **state)
{
	struct world *w = *state;
	struct wire wire;

	wire_client(&wire, &w->pair, 7);
	wire_send_hex(&wire, "605143d1", true); /* destroy_auth_key */
	wire_ping(&wire, 1);
	wire_run(&wire);
	assert_int_equal(wire.transport_error, -404);
	assert_int_equal(wire_count(&wire, MTPROTO_ID_PONG), 0);
	wire_fini(&wire);
}

static void removing_a_key_drops_the_temporary_ones_bound_to_it(void **state)
{
	struct world *w = *state;
	uint64_t perm = add(w, 3, false, 0);
	uint64_t bound = add(w, 5, true, perm);
	uint64_t other = add(w, 7, true, 0);

	assert_int_equal(mtproto_server_remove_key(w->pair.server, perm), 0);
	pair_advance(&w->pair, 2 * (uint64_t)PAIR_SECOND);
	process(w);
	assert_false(knows(w, bound));
	assert_true(knows(w, other));
}

static void dropTempAuthKeys_spares_those_listed(void **state)
{
	struct world *w = *state;
	uint64_t perm = add(w, 3, false, 0);
	uint64_t a = add(w, 5, true, perm);
	uint64_t b = add(w, 7, true, perm);
	uint64_t c = add(w, 9, true, perm);
	uint64_t stranger = add(w, 11, true, perm + 1);
	uint64_t except[] = {b, 1};

	assert_int_equal(mtproto_server_drop_temp_keys(w->pair.server, perm, except, 2), 2);
	assert_int_equal(mtproto_server_drop_temp_keys(w->pair.server, perm, except, 2), 0);
	pair_advance(&w->pair, 2 * (uint64_t)PAIR_SECOND);
	process(w);
	assert_false(knows(w, a));
	assert_true(knows(w, b));
	assert_false(knows(w, c));
	assert_true(knows(w, stranger));
	assert_true(knows(w, perm));
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_DESTROYED], 2);
	assert_true(w->seen.last[MTPROTO_EVENT_KEY_DESTROYED].temporary);
}

static void a_temporary_key_ends_with_its_time(void **state)
{
	struct world *w = *state;
	struct mtproto_server_info counts;
	struct mtproto_auth_key key;
	struct wire wire;

	wire_make_key(&key, 5);
	wire_init(&wire, &w->pair, false, &key);
	wire_add_key(&wire, true, w->now_s + 500);
	wire_attach(&wire);
	wire_learn_salt(&wire);
	/* now is some part of a second behind now_s */
	pair_advance(&w->pair, 499 * (uint64_t)PAIR_SECOND);
	wire_ping(&wire, 1);
	wire_run(&wire);
	assert_non_null(wire_take(&wire, MTPROTO_ID_PONG));
	pair_advance(&w->pair, 1 * (uint64_t)PAIR_SECOND);
	assert_true(mtproto_context_deadline(w->pair.server_context) <= w->pair.now.mono_ns);
	wire_run(&wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_DESTROYED], 1);
	mtproto_server_get_info(w->pair.server, &counts);
	assert_int_equal(counts.temp_keys, 0);
	wire_ping(&wire, 1);
	wire_run(&wire);
	assert_int_equal(wire.transport_error, -404);
	wire_fini(&wire);
}

static void an_unknown_key_is_answered_by_404_and_a_strange_packet_too(void **state)
{
	struct world *w = *state;
	struct mtproto_auth_key key;
	struct wire wire;
	uint8_t garbage[40] = {1};

	wire_make_key(&key, 5);
	wire_init(&wire, &w->pair, false, &key);
	wire_attach(&wire);
	wire_ping(&wire, 1);
	wire_run(&wire);
	assert_int_equal(wire.transport_error, -404);
	wire.transport_error = 0;
	wire_send_packet(&wire, garbage, sizeof(garbage), false);
	wire_run(&wire);
	assert_int_equal(wire.transport_error, -404);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 0);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_SESSION], 0);
	wire_fini(&wire);
}

static void a_made_key_is_told(void **state)
{
	struct world *w = *state;
	struct mtproto_connection_config config;
	struct mtproto_connection_info info;
	struct mtproto_key_info key;

	mtproto_connection_config_init(&config);
	config.dc = -4;
	config.temp_expires_in = 600;
	pair_new_connection(&w->pair, &config);
	pair_attach(&w->pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&w->pair);
	assert_true(w->pair.ready);
	mtproto_connection_get_info(w->pair.connection, &info);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_CREATED], 2);
	assert_true(w->seen.last[MTPROTO_EVENT_KEY_CREATED].temporary);
	assert_true(w->seen.last[MTPROTO_EVENT_KEY_CREATED].auth_key_id == info.temp_auth_key_id);
	assert_int_equal(w->seen.last[MTPROTO_EVENT_KEY_CREATED].expires_at, w->now_s + 600);
	assert_int_equal(mtproto_server_find_key(w->pair.server, info.auth_key.id, &key), 0);
	assert_memory_equal(&key.auth_key, &info.auth_key, sizeof(key.auth_key));
	assert_false(key.temporary);
	assert_int_equal(key.expires_at, 0);
	assert_int_equal(key.dc, -4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_added_is_found),
		TEST(a_removed_key_is_answered_by_404),
		TEST(a_key_that_goes_while_its_packets_wait_is_unknown),
		TEST(removing_a_key_drops_the_temporary_ones_bound_to_it),
		TEST(dropTempAuthKeys_spares_those_listed),
		TEST(a_temporary_key_ends_with_its_time),
		TEST(an_unknown_key_is_answered_by_404_and_a_strange_packet_too),
		TEST(a_made_key_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
