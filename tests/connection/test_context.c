/* The context: settings, its loop, many connections and servers in it. */
#include "connection/wire.h"

static void a_context_wants_its_settings_filled(void **state)
{
	struct mtproto_context_config config;
	struct mtproto_context *context;

	(void)state;
	mtproto_context_config_init(&config);
	config.size = 0;
	assert_int_equal(mtproto_context_new(&context, &config), MTPROTO_ERR_CONFIG_SIZE);
	mtproto_context_config_init(&config);
	config.kernels = (enum mtproto_kernels_id)99;
	assert_int_equal(mtproto_context_new(&context, &config), MTPROTO_ERR_ARGUMENT);
	mtproto_context_config_init(&config);
	config.frame_size_max = 71;
	assert_int_equal(mtproto_context_new(&context, &config), MTPROTO_ERR_ARGUMENT);
	mtproto_context_config_init(&config);
	config.link_send_max = 0;
	assert_int_equal(mtproto_context_new(&context, &config), MTPROTO_ERR_ARGUMENT);
	mtproto_context_free(NULL);
}

static int no_random(void *user, uint8_t *out, size_t len)
{
	size_t *left = user;

	(void)out;
	(void)len;
	if (*left == 0)
		return -1;
	--*left;
	memset(out, 7, len);
	return 0;
}

static void a_context_without_randomness_is_none(void **state)
{
	size_t left = 0;
	struct mtproto_random random = {no_random, &left};
	struct mtproto_context_config config;
	struct mtproto_context *context;

	(void)state;
	mtproto_context_config_init(&config);
	config.random = &random;
	assert_int_equal(mtproto_context_new(&context, &config), MTPROTO_ERR_RANDOM);
}

static void connections_want_their_settings_filled(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_connection *connection;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	mtproto_connection_config_init(&config);
	config.size++;
	assert_int_equal(mtproto_connection_new(&connection, pair.client_context, &config), MTPROTO_ERR_CONFIG_SIZE);
	mtproto_connection_config_init(&config);
	config.temp_expires_in = -1;
	assert_int_equal(mtproto_connection_new(&connection, pair.client_context, &config), MTPROTO_ERR_ARGUMENT);
	mtproto_connection_config_init(&config);
	config.ack_count_max = 0;
	assert_int_equal(mtproto_connection_new(&connection, pair.client_context, &config), MTPROTO_ERR_ARGUMENT);
	mtproto_connection_config_init(&config);
	config.layer = -1;
	assert_int_equal(mtproto_connection_new(&connection, pair.client_context, &config), MTPROTO_ERR_ARGUMENT);
	mtproto_connection_config_init(&config);
	config.rsa_pem = "no key";
	config.rsa_pem_len = 6;
	assert_int_equal(mtproto_connection_new(&connection, pair.client_context, &config), MTPROTO_ERR_PEM);
	assert_int_equal(mtproto_connection_new(&connection, pair.client_context, NULL), 0);
	mtproto_connection_set_user(connection, &pair);
	assert_ptr_equal(mtproto_connection_user(connection), &pair);
	mtproto_connection_free(NULL);
	pair_fini(&pair);
}

static void a_context_takes_sixteen_rsa_keys(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair);
	for (int i = 0; i < 16; i++)
		assert_int_equal(mtproto_context_add_rsa(pair.client_context, pair.public_pem, pair.public_pem_len), 0);
	assert_int_equal(mtproto_context_add_rsa(pair.client_context, pair.public_pem, pair.public_pem_len),
			 MTPROTO_ERR_LIMIT);
	pair_fini(&pair);
}

/* A client that was given no key of its own trusts those of its context, and Telegram's only without any. */
static void trusted_keys_are_the_contexts(void **state)
{
	struct pair pair;

	(void)state;
	for (int added = 0; added < 2; added++) {
		pair_init(&pair);
		if (added)
			assert_int_equal(
				mtproto_context_add_rsa(pair.client_context, pair.public_pem, pair.public_pem_len), 0);
		assert_int_equal(mtproto_connection_new(&pair.connection, pair.client_context, NULL), 0);
		pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
		pair_run(&pair);
		assert_int_equal(pair.ready, added);
		assert_int_equal(pair.failed, added ? 0 : MTPROTO_ERR_RSA_KEY_UNKNOWN);
		pair_fini(&pair);
	}
}

static void the_deadline_is_that_of_what_comes_next(void **state)
{
	struct mtproto_call_config call;
	struct mtproto_event event;
	struct pair pair;
	uint64_t id, start;

	(void)state;
	pair_init(&pair);
	assert_true(mtproto_context_deadline(pair.client_context) == MTPROTO_NEVER);
	pair_new_connection(&pair, NULL);
	assert_true(mtproto_context_deadline(pair.client_context) == MTPROTO_NEVER);
	start = pair.now.mono_ns;
	mtproto_call_config_init(&call, pair.connection);
	call.timeout_ns = 7 * (uint64_t)PAIR_SECOND;
	assert_int_equal(mtproto_connection_invoke(pair.connection, &pair.now, &call, "abcd", 4, &id), 0);
	assert_true(mtproto_context_deadline(pair.client_context) == start + 7 * (uint64_t)PAIR_SECOND);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, false);
	assert_true(mtproto_context_deadline(pair.client_context) == start + 7 * (uint64_t)PAIR_SECOND);
	call.timeout_ns = 0;
	assert_int_equal(mtproto_connection_invoke(pair.connection, &pair.now, &call, "abcd", 4, &id), 0);
	pair_advance(&pair, 7 * (uint64_t)PAIR_SECOND);
	assert_int_equal(mtproto_context_process(pair.client_context, &pair.now), 0);
	/* Its end waits to be pulled. */
	assert_true(mtproto_context_deadline(pair.client_context) == 0);
	assert_int_equal(mtproto_context_next_event(pair.client_context, &event), 1);
	assert_int_equal(event.type, MTPROTO_EVENT_CALL_FAILED);
	/* Then comes the end of the key exchange's 10 seconds. */
	assert_true(mtproto_context_deadline(pair.client_context) == start + 10 * (uint64_t)PAIR_SECOND);

	/* Bytes that were filed want to be looked at. */
	assert_int_equal(mtproto_link_recv(pair.client_link, "\x04", 1), 0);
	assert_true(mtproto_context_deadline(pair.client_context) == 0);
	assert_int_equal(mtproto_context_process(pair.client_context, &pair.now), 0);
	assert_true(mtproto_context_deadline(pair.client_context) == start + 10 * (uint64_t)PAIR_SECOND);
	pair_fini(&pair);
}

/* Time that runs backwards is not believed. */
static void an_older_now_changes_nothing(void **state)
{
	struct mtproto_now old;
	struct pair pair;

	(void)state;
	pair_ready(&pair);
	old = pair.now;
	pair_advance(&pair, 100 * (uint64_t)PAIR_SECOND);
	pair_run(&pair);
	assert_int_equal(mtproto_context_process(pair.client_context, &old), 0);
	pair_invoke(&pair, "abcd", 4);
	pair_run(&pair);
	assert_int_equal(pair.results, 1);
	pair_fini(&pair);
}

enum { CROWD = 150 };

struct crowd {
	struct mtproto_connection *connections[CROWD];
	struct mtproto_link *client_links[CROWD], *server_links[CROWD];
	size_t answered[CROWD];
};

static void crowd_event(struct pair *pair, const struct mtproto_event *event)
{
	struct crowd *crowd = pair->user;

	for (size_t i = 0; i < CROWD; i++)
		if (event->connection == crowd->connections[i] && event->type == MTPROTO_EVENT_RESULT)
			crowd->answered[i] += event->body.len == 4 && event->body.data[0] == (uint8_t)i;
}

static void crowd_run(struct pair *pair, struct crowd *crowd)
{
	size_t moved;

	do {
		moved = 0;
		pair_pull(pair, pair->client_context, false);
		for (size_t i = 0; i < CROWD; i++)
			moved += pair_move(pair, crowd->client_links[i], crowd->server_links[i]);
		pair_pull(pair, pair->server_context, true);
		for (size_t i = 0; i < CROWD; i++)
			moved += pair_move(pair, crowd->server_links[i], crowd->client_links[i]);
	} while (moved);
}

/* More than one batch, in both contexts, of different keys. */
static void many_connections_share_a_context(void **state)
{
	static const enum mtproto_framing framings[] = {MTPROTO_FRAMING_ABRIDGED, MTPROTO_FRAMING_INTERMEDIATE,
							MTPROTO_FRAMING_PADDED, MTPROTO_FRAMING_FULL};
	struct crowd crowd;
	struct pair pair;

	(void)state;
	memset(&crowd, 0, sizeof(crowd));
	pair_init(&pair);
	pair.user = &crowd;
	pair.on_client = crowd_event;
	for (unsigned i = 0; i < CROWD; i++) {
		struct mtproto_key_info key = {.temporary = false};
		struct mtproto_connection_config config;

		wire_make_key(&key.auth_key, 2 * i + 1);
		if (i % 3 == 2) /* the same key as the one before */
			wire_make_key(&key.auth_key, 2 * i - 1);
		else
			assert_int_equal(mtproto_server_add_key(pair.server, &key), 0);
		mtproto_connection_config_init(&config);
		config.auth_key = &key.auth_key;
		pair_new_connection(&pair, &config);
		crowd.connections[i] = pair.connection;
		pair_attach(&pair, framings[i % 4], i % 8 < 3);
		crowd.client_links[i] = pair.client_link;
		crowd.server_links[i] = pair.server_link;
	}
	for (int round = 0; round < 3; round++) {
		for (uint8_t i = 0; i < CROWD; i++) {
			uint8_t body[4] = {i, 1, 2, 3};

			for (int j = 0; j < 3; j++) {
				uint64_t call;

				assert_int_equal(mtproto_connection_invoke(crowd.connections[i], &pair.now, NULL, body,
									   4, &call),
						 0);
			}
		}
		crowd_run(&pair, &crowd);
	}
	for (size_t i = 0; i < CROWD; i++)
		assert_int_equal(crowd.answered[i], 9);
	assert_int_equal(pair.sessions, CROWD);
	pair_fini(&pair);
}

static void two_servers_share_a_context(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server_info info;
	struct mtproto_server *other;
	struct pair pair;

	(void)state;
	pair_ready(&pair);
	mtproto_server_config_init(&config);
	config.rsa_pem = pair.pem;
	config.rsa_pem_len = pair.pem_len;
	assert_int_equal(mtproto_server_new(&other, pair.server_context, &pair.now, &config), 0);
	mtproto_server_get_info(other, &info);
	assert_int_equal(info.keys, 0);
	mtproto_server_free(other);
	mtproto_server_free(NULL);
	pair_invoke(&pair, "abcd", 4);
	pair_run(&pair);
	assert_int_equal(pair.results, 1);
	pair_fini(&pair);
}

/* Whatever waits in a context goes with it. */
static void anything_may_be_freed_at_any_time(void **state)
{
	(void)state;
	for (int how = 0; how < 6; how++) {
		struct mtproto_event event;
		struct pair pair;
		uint64_t call;

		pair_ready(&pair);
		pair_invoke(&pair, "abcd", 4);
		pair_run(&pair);
		pair_invoke(&pair, "abcd", 4);
		assert_int_equal(mtproto_connection_ping(pair.connection, &pair.now, 0, &call), 0);
		if (how >= 1)
			assert_int_equal(mtproto_connection_cancel(pair.connection, call), 0);
		if (how >= 2)
			mtproto_link_close(pair.client_link, 0);
		if (how >= 3)
			assert_int_equal(mtproto_context_next_event(pair.client_context, &event), 1);
		if (how >= 4)
			mtproto_connection_free(pair.connection);
		if (how >= 5)
			assert_int_equal(mtproto_context_next_event(pair.client_context, &event), 0);
		pair_fini(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_context_wants_its_settings_filled),
		cmocka_unit_test(a_context_without_randomness_is_none),
		cmocka_unit_test(connections_want_their_settings_filled),
		cmocka_unit_test(a_context_takes_sixteen_rsa_keys),
		cmocka_unit_test(trusted_keys_are_the_contexts),
		cmocka_unit_test(the_deadline_is_that_of_what_comes_next),
		cmocka_unit_test(an_older_now_changes_nothing),
		cmocka_unit_test(many_connections_share_a_context),
		cmocka_unit_test(two_servers_share_a_context),
		cmocka_unit_test(anything_may_be_freed_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
