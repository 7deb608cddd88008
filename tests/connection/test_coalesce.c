/* What is to be sent may wait a moment for company. */
#include "connection/wire.h"

enum { METHOD = 0x11223344, DELAY = 5000000 };

static const uint8_t method[8] = {0x44, 0x33, 0x22, 0x11, 1, 2, 3, 4};

struct world {
	struct pair pair;
	struct wire wire;
};

static void open_world(struct world *w, uint64_t coalesce_ns)
{
	struct mtproto_connection_config config;

	memset(w, 0, sizeof(*w));
	pair_init(&w->pair);
	mtproto_connection_config_init(&config);
	assert_true(config.coalesce_ns == 0);
	config.coalesce_ns = coalesce_ns;
	wire_server(&w->wire, &w->pair, &config);
	wire_run(&w->wire);
	pair_advance(&w->pair, DELAY);
	wire_run(&w->wire);
	wire_clear(&w->wire);
}

static void close_world(struct world *w)
{
	wire_fini(&w->wire);
	pair_fini(&w->pair);
}

static void by_default_a_call_leaves_at_once(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 0);
	for (size_t i = 1; i <= 3; i++) {
		pair_invoke(&w.pair, method, 8);
		wire_run(&w.wire);
		assert_int_equal(w.wire.packets, i);
		assert_true(w.wire.items[i - 1].envelope == 0);
	}
	close_world(&w);
}

static void calls_made_within_the_delay_share_a_container(void **state)
{
	struct world w;
	uint64_t envelope;

	(void)state;
	open_world(&w, DELAY);
	for (int i = 0; i < 3; i++) {
		pair_invoke(&w.pair, method, 8);
		wire_run(&w.wire);
		assert_int_equal(w.wire.packets, 0);
		/* It is the first that counts. */
		assert_true(mtproto_context_deadline(w.pair.client_context) ==
			    w.pair.now.mono_ns + DELAY - 1000 * (uint64_t)i);
		pair_advance(&w.pair, 1000);
	}
	pair_advance(&w.pair, DELAY - 3001);
	wire_run(&w.wire);
	assert_int_equal(w.wire.packets, 0);
	pair_advance(&w.pair, 1);
	wire_run(&w.wire);
	assert_int_equal(w.wire.packets, 1);
	assert_int_equal(wire_count(&w.wire, METHOD), 3);
	envelope = w.wire.items[0].envelope;
	assert_true(envelope != 0);
	for (int i = 1; i < 3; i++)
		assert_true(w.wire.items[i].envelope == envelope);
	/* The next one waits anew. */
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	assert_int_equal(w.wire.packets, 1);
	pair_advance(&w.pair, DELAY);
	wire_run(&w.wire);
	assert_int_equal(w.wire.packets, 2);
	close_world(&w);
}

static void a_large_call_goes_alone(void **state)
{
	static uint8_t large[40000];
	struct world w;

	(void)state;
	open_world(&w, DELAY);
	memcpy(large, method, 4);
	for (uint32_t i = 4, x = 1; i < sizeof(large); i++, x = x * 1664525 + 1013904223)
		large[i] = (uint8_t)(x >> 24);
	pair_invoke(&w.pair, method, 8);
	pair_invoke(&w.pair, large, sizeof(large));
	pair_invoke(&w.pair, method, 8);
	pair_advance(&w.pair, DELAY);
	wire_run(&w.wire);
	assert_int_equal(w.wire.packets, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(w.wire.items[i].envelope == 0);
	close_world(&w);
}

static void a_new_link_does_not_wait(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, DELAY);
	pair_invoke(&w.pair, method, 8);
	mtproto_link_close(w.pair.client_link, 0);
	w.wire.link = NULL;
	wire_run(&w.wire);
	/* The delay ends without a link. */
	pair_advance(&w.pair, DELAY);
	wire_run(&w.wire);
	wire_serve(&w.wire);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, METHOD), 1);
	close_world(&w);
}

static void a_delay_of_more_than_a_second_is_refused(void **state)
{
	struct mtproto_connection_config connection;
	struct mtproto_server_config server;
	struct mtproto_connection *made;
	struct mtproto_server *other;
	struct world w;

	(void)state;
	open_world(&w, MTPROTO_COALESCE_MAX_NS);
	mtproto_connection_config_init(&connection);
	connection.coalesce_ns = MTPROTO_COALESCE_MAX_NS + 1;
	assert_int_equal(mtproto_connection_new(&made, w.pair.client_context, &connection), MTPROTO_ERR_ARGUMENT);
	mtproto_server_config_init(&server);
	server.rsa_pem = w.pair.pem;
	server.rsa_pem_len = w.pair.pem_len;
	server.coalesce_ns = MTPROTO_COALESCE_MAX_NS + 1;
	assert_int_equal(mtproto_server_new(&other, w.pair.server_context, &w.pair.now, &server), MTPROTO_ERR_ARGUMENT);
	close_world(&w);
}

/* ---- The server ---- */

static void answers_within_the_delay_share_a_container(void **state)
{
	struct mtproto_server_config config;
	struct pair pair;
	struct wire wire;
	uint64_t requests[2];
	size_t len;

	(void)state;
	mtproto_server_config_init(&config);
	assert_true(config.coalesce_ns == 0);
	config.coalesce_ns = DELAY;
	pair_init_with(&pair, &config, NULL, NULL);
	wire_init(&wire, &pair, false, &(struct mtproto_auth_key){0});
	wire_make_key(&wire.key, 3);
	wire_add_key(&wire, false, 0);
	wire_attach(&wire);
	wire_ping(&wire, 1);
	wire_run(&wire);
	pair_advance(&pair, DELAY);
	wire_run(&wire);
	wire.salt = wire_u64(wire_take(&wire, MTPROTO_ID_BAD_SERVER_SALT)->body + 20);
	wire_clear(&wire);
	/* The pair's server answers at once. */
	for (int i = 0; i < 2; i++) {
		requests[i] = wire_send(&wire, method, sizeof(method), true);
		wire_run(&wire);
		assert_int_equal(wire.packets, 0);
		pair_advance(&pair, 1000);
	}
	pair_advance(&pair, DELAY);
	wire_run(&wire);
	assert_int_equal(wire.packets, 1);
	for (int i = 0; i < 2; i++)
		assert_memory_equal(wire_result(&wire, requests[i], &len), method, sizeof(method));
	wire_fini(&wire);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_default_a_call_leaves_at_once),
		cmocka_unit_test(calls_made_within_the_delay_share_a_container),
		cmocka_unit_test(a_large_call_goes_alone),
		cmocka_unit_test(a_new_link_does_not_wait),
		cmocka_unit_test(a_delay_of_more_than_a_second_is_refused),
		cmocka_unit_test(answers_within_the_delay_share_a_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
