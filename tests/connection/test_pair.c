/* The main job in memory: both roles create keys and talk over every transport. */
#include "connection/pair.h"

static const struct {
	enum mtproto_framing framing;
	bool obfuscated;
} transports[] = {
	{MTPROTO_FRAMING_ABRIDGED, false},    {MTPROTO_FRAMING_ABRIDGED, true}, {MTPROTO_FRAMING_INTERMEDIATE, false},
	{MTPROTO_FRAMING_INTERMEDIATE, true}, {MTPROTO_FRAMING_PADDED, false},  {MTPROTO_FRAMING_PADDED, true},
	{MTPROTO_FRAMING_FULL, false},
};

static const uint8_t question[8] = {0x11, 0x22, 0x33, 0x44, 1, 2, 3, 4};

static void ping_and_invoke(struct pair *pair)
{
	uint64_t call;

	assert_int_equal(mtproto_connection_ping(pair->connection, &pair->now, 0, &call), 0);
	pair_invoke(pair, question, sizeof(question));
	pair_run(pair);
	assert_int_equal(pair->pongs, 1);
	assert_int_equal(pair->results, 1);
	assert_int_equal(pair->requests, 1);
	assert_int_equal(pair->last_body_len, sizeof(question));
	assert_memory_equal(pair->last_body, question, sizeof(question));
}

static void every_transport_makes_a_key_and_talks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		struct pair pair;

		pair_init(&pair);
		pair_new_connection(&pair, NULL);
		pair_attach(&pair, transports[i].framing, transports[i].obfuscated);
		pair_run(&pair);
		assert_int_equal(pair.failed, 0);
		assert_true(pair.ready);
		assert_int_equal(mtproto_link_framing(pair.server_link), transports[i].framing);
		assert_int_equal(mtproto_link_obfuscated(pair.server_link), transports[i].obfuscated);
		ping_and_invoke(&pair);
		pair_fini(&pair);
	}
}

static void a_stream_may_be_split_anywhere(void **state)
{
	(void)state;
	for (size_t split = 1; split <= 17; split += 8) {
		struct pair pair;

		pair_init(&pair);
		pair.split = split;
		pair_new_connection(&pair, NULL);
		pair_attach(&pair, MTPROTO_FRAMING_PADDED, true);
		pair_run(&pair);
		assert_true(pair.ready);
		ping_and_invoke(&pair);
		pair_fini(&pair);
	}
}

static void a_temporary_key_is_bound_and_used(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_connection_info info;
	struct mtproto_key_info key;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	mtproto_connection_config_init(&config);
	config.temp_expires_in = 3600;
	pair_new_connection(&pair, &config);
	pair_attach(&pair, MTPROTO_FRAMING_ABRIDGED, true);
	pair_run(&pair);
	assert_true(pair.ready);
	mtproto_connection_get_info(pair.connection, &info);
	assert_int_not_equal(info.temp_auth_key_id, 0);
	assert_int_equal(mtproto_server_find_key(pair.server, info.temp_auth_key_id, &key), 0);
	assert_true(key.temporary);
	assert_true(key.perm_auth_key_id == info.auth_key.id);
	assert_int_equal(key.expires_at, info.temp_expires_at);
	ping_and_invoke(&pair);
	pair_fini(&pair);
}

static void a_key_from_elsewhere_needs_no_exchange(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_connection_info info;
	struct pair pair;

	(void)state;
	pair_ready(&pair);
	mtproto_connection_get_info(pair.connection, &info);
	mtproto_link_close(pair.server_link, 0);
	mtproto_link_close(pair.client_link, 0);
	mtproto_connection_free(pair.connection);
	pair.server_link = NULL;
	pair.client_link = NULL;
	pair_run(&pair);

	mtproto_connection_config_init(&config);
	config.auth_key = &info.auth_key;
	/* No salt is known: the server tells it, and what was refused goes out again. */
	pair_new_connection(&pair, &config);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, false);
	ping_and_invoke(&pair);
	pair_fini(&pair);
}

static void ten_thousand_pings_in_flight_are_all_answered(void **state)
{
	struct pair pair;
	uint64_t call;

	(void)state;
	pair_ready(&pair);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(mtproto_connection_ping(pair.connection, &pair.now, 0, &call), 0);
	pair_run(&pair);
	assert_int_equal(pair.pongs, 10000);
	assert_int_equal(pair.failures, 0);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_transport_makes_a_key_and_talks),
		cmocka_unit_test(a_stream_may_be_split_anywhere),
		cmocka_unit_test(a_temporary_key_is_bound_and_used),
		cmocka_unit_test(a_key_from_elsewhere_needs_no_exchange),
		cmocka_unit_test(ten_thousand_pings_in_flight_are_all_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
