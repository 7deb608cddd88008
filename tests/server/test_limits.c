/* A server's limits: what is beyond them is refused, and by what. */
#include "server/seen.h"

/* req_pq_multi as a plain message. */
static void send_req_pq(struct wire *wire, uint8_t nonce)
{
	uint8_t body[20], packet[64];
	struct mtproto_plain_message message = {.msg_id = wire_next_msg_id(wire), .body = {body, sizeof(body)}};
	struct mtproto_req_pq_multi query = {.nonce = {nonce}};
	struct mtproto_tl_writer w;
	size_t len;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_req_pq_multi_write(&w, &query);
	assert_int_equal(mtproto_plain_pack(packet, sizeof(packet), &len, &message), 0);
	wire_send_packet(wire, packet, len, false);
	wire_run(wire);
}

static void no_exchange_beyond_keys_max(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_key_info info = {.temporary = false};
	struct seen seen;
	struct pair pair;
	struct wire wire;

	(void)state;
	mtproto_server_config_init(&config);
	config.keys_max = 2;
	pair_init_with(&pair, &config, NULL, NULL);
	seen_init(&seen, &pair);
	wire_client(&wire, &pair, 3);
	send_req_pq(&wire, 1);
	assert_non_null(wire_take(&wire, MTPROTO_ID_RES_PQ));
	assert_int_equal(wire.transport_error, 0);

	wire_make_key(&info.auth_key, 5);
	assert_int_equal(mtproto_server_add_key(pair.server, &info), 0);
	send_req_pq(&wire, 2);
	assert_int_equal(wire.transport_error, -429);
	assert_null(wire_take(&wire, MTPROTO_ID_RES_PQ));
	wire_make_key(&info.auth_key, 7);
	assert_int_equal(mtproto_server_add_key(pair.server, &info), MTPROTO_ERR_LIMIT);

	/* The link goes on: known keys are welcome. */
	wire_ping(&wire, 1);
	wire_run(&wire);
	assert_non_null(wire_take(&wire, MTPROTO_ID_PONG));
	wire_fini(&wire);
	pair_fini(&pair);
}

static void a_client_hears_of_keys_max(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_key_info info = {.temporary = false};
	struct pair pair;

	(void)state;
	mtproto_server_config_init(&config);
	config.keys_max = 1;
	pair_init_with(&pair, &config, NULL, NULL);
	wire_make_key(&info.auth_key, 5);
	assert_int_equal(mtproto_server_add_key(pair.server, &info), 0);
	pair_new_connection(&pair, NULL);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_int_equal(pair.failed, MTPROTO_ERR_TRANSPORT_CODE);
	assert_int_equal(pair.last_transport_error, -429);

	/* There is room again: another try makes a key. */
	assert_int_equal(mtproto_server_remove_key(pair.server, info.auth_key.id), 0);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_true(pair.ready);
	pair_fini(&pair);
}

static void no_link_beyond_links_max(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server_info info;
	struct mtproto_link *links[4];
	struct seen seen;
	struct pair pair;

	(void)state;
	mtproto_server_config_init(&config);
	config.links_max = 3;
	pair_init_with(&pair, &config, NULL, NULL);
	seen_init(&seen, &pair);
	for (int i = 0; i < 3; i++)
		assert_int_equal(mtproto_server_attach(pair.server, &pair.now, &links[i]), 0);
	assert_int_equal(mtproto_server_attach(pair.server, &pair.now, &links[3]), MTPROTO_ERR_LIMIT);
	mtproto_server_get_info(pair.server, &info);
	assert_int_equal(info.links, 3);
	mtproto_link_close(links[1], 0);
	assert_int_equal(mtproto_server_attach(pair.server, &pair.now, &links[3]), 0);
	pair_fini(&pair);
}

static void beyond_handshakes_max_the_oldest_is_forgotten(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server_info info;
	struct seen seen;
	struct pair pair;
	struct wire wire;
	uint8_t first[64];
	const struct wire_item *answer;

	(void)state;
	mtproto_server_config_init(&config);
	config.handshakes_max = 3;
	pair_init_with(&pair, &config, NULL, NULL);
	seen_init(&seen, &pair);
	wire_client(&wire, &pair, 3);
	for (uint8_t i = 1; i <= 3; i++)
		send_req_pq(&wire, i);
	answer = wire_take(&wire, MTPROTO_ID_RES_PQ);
	memcpy(first, answer->body, 36);
	wire_clear(&wire);
	send_req_pq(&wire, 1);
	assert_memory_equal(wire_take(&wire, MTPROTO_ID_RES_PQ)->body, first, 36); /* known: the same bytes */
	send_req_pq(&wire, 4);
	mtproto_server_get_info(pair.server, &info);
	assert_int_equal(info.handshakes, 3);
	wire_clear(&wire);
	send_req_pq(&wire, 1);
	assert_memory_not_equal(wire_take(&wire, MTPROTO_ID_RES_PQ)->body, first, 36);
	wire_fini(&wire);
	pair_fini(&pair);
}

static void an_exchange_is_forgotten_after_its_time(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server_info info;
	struct seen seen;
	struct pair pair;
	struct wire wire;

	(void)state;
	mtproto_server_config_init(&config);
	config.handshake_timeout_ns = 30 * (uint64_t)PAIR_SECOND;
	pair_init_with(&pair, &config, NULL, NULL);
	seen_init(&seen, &pair);
	wire_client(&wire, &pair, 3);
	send_req_pq(&wire, 1);
	mtproto_server_get_info(pair.server, &info);
	assert_int_equal(info.handshakes, 1);
	/* Nothing comes any more: a timer does it. */
	pair_advance(&pair, 61 * (uint64_t)PAIR_SECOND);
	assert_true(mtproto_context_deadline(pair.server_context) <= pair.now.mono_ns);
	wire_run(&wire);
	mtproto_server_get_info(pair.server, &info);
	assert_int_equal(info.handshakes, 0);
	wire_fini(&wire);
	pair_fini(&pair);
}

static void a_link_that_brings_nothing_is_closed(void **state)
{
	struct mtproto_server_config config;
	struct seen seen;
	struct pair pair;
	struct wire wire;

	(void)state;
	mtproto_server_config_init(&config);
	config.link_idle_ns = 100 * (uint64_t)PAIR_SECOND;
	pair_init_with(&pair, &config, NULL, NULL);
	seen_init(&seen, &pair);
	wire_client(&wire, &pair, 3);
	pair_advance(&pair, 99 * (uint64_t)PAIR_SECOND);
	wire_ping(&wire, 1);
	wire_run(&wire);
	pair_advance(&pair, 99 * (uint64_t)PAIR_SECOND);
	wire_run(&wire);
	assert_int_equal(seen.counts[MTPROTO_EVENT_LINK_CLOSED], 0);
	pair_advance(&pair, 1 * (uint64_t)PAIR_SECOND);
	wire_run(&wire);
	assert_int_equal(seen.counts[MTPROTO_EVENT_LINK_CLOSED], 1);
	assert_int_equal(seen.last[MTPROTO_EVENT_LINK_CLOSED].error, MTPROTO_ERR_TIMEOUT);
	wire_fini(&wire);
	pair_fini(&pair);
}

static void config_errors_are_told(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server *server;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	mtproto_server_config_init(&config);
	assert_int_equal(mtproto_server_new(&server, pair.server_context, &pair.now, &config), MTPROTO_ERR_ARGUMENT);
	config.rsa_pem = pair.pem;
	config.rsa_pem_len = pair.pem_len;
	config.size--;
	assert_int_equal(mtproto_server_new(&server, pair.server_context, &pair.now, &config), MTPROTO_ERR_CONFIG_SIZE);
	config.size++;
	config.links_max = 0;
	assert_int_equal(mtproto_server_new(&server, pair.server_context, &pair.now, &config), MTPROTO_ERR_ARGUMENT);
	config.links_max = 1;
	config.rsa_pem = "no key";
	config.rsa_pem_len = 6;
	assert_int_equal(mtproto_server_new(&server, pair.server_context, &pair.now, &config), MTPROTO_ERR_PEM);
	config.rsa_pem = pair.public_pem;
	config.rsa_pem_len = pair.public_pem_len;
	assert_int_equal(mtproto_server_new(&server, pair.server_context, &pair.now, &config), MTPROTO_ERR_STATE);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_exchange_beyond_keys_max),
		cmocka_unit_test(a_client_hears_of_keys_max),
		cmocka_unit_test(no_link_beyond_links_max),
		cmocka_unit_test(beyond_handshakes_max_the_oldest_is_forgotten),
		cmocka_unit_test(an_exchange_is_forgotten_after_its_time),
		cmocka_unit_test(a_link_that_brings_nothing_is_closed),
		cmocka_unit_test(config_errors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
