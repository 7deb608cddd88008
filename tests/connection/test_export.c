/* A connection goes on in another process, from bytes. */
#include "connection/wire.h"

enum { CAP = MTPROTO_CONNECTION_STATE_MAX };

static const uint8_t method[8] = {0x44, 0x33, 0x22, 0x11, 1, 2, 3, 4};

static struct mtproto_connection_info info_of(const struct pair *pair)
{
	struct mtproto_connection_info info;

	mtproto_connection_get_info(pair->connection, &info);
	return info;
}

static void expect_call(struct pair *pair)
{
	size_t before = pair->results;

	pair_invoke(pair, method, 8);
	pair_run(pair);
	assert_int_equal(pair->results, before + 1);
}

static struct mtproto_server_session *session;

static void keep_session(struct pair *pair, const struct mtproto_event *event)
{
	(void)pair;
	if (event->type == MTPROTO_EVENT_SESSION)
		session = event->session;
	if (event->type == MTPROTO_EVENT_REQUEST)
		assert_int_equal(mtproto_server_reply(event->session, event->msg_id, event->body.data, event->body.len),
				 0);
}

static void open_pair(struct pair *pair, int32_t temp_expires_in)
{
	struct mtproto_connection_config config;

	pair_init(pair);
	pair->on_server = keep_session;
	mtproto_connection_config_init(&config);
	config.temp_expires_in = temp_expires_in;
	config.layer = 200;
	pair_new_connection(pair, &config);
	pair_attach(pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	expect_call(pair);
}

static size_t save(struct pair *pair, uint8_t *state)
{
	size_t counted, len;

	assert_int_equal(mtproto_connection_export(pair->connection, &pair->now, NULL, 0, &counted), 0);
	assert_int_equal(mtproto_connection_export(pair->connection, &pair->now, state, CAP, &len), 0);
	assert_int_equal(len, counted);
	assert_int_equal(mtproto_connection_export(pair->connection, &pair->now, state, len - 1, &counted),
			 MTPROTO_ERR_BUFFER);
	assert_int_equal(mtproto_connection_export(pair->connection, &pair->now, state, 100, &counted),
			 MTPROTO_ERR_BUFFER);
	assert_int_equal(mtproto_connection_export(pair->connection, &pair->now, state, CAP, &len), 0);
	return len;
}

/* The process ends, another one begins: with other clocks, so much later. */
static void go_on(struct pair *pair, const uint8_t *state, size_t len, int32_t temp_expires_in, uint64_t later_ns)
{
	struct mtproto_connection_config config;

	pair_lose_links(pair);
	mtproto_connection_free(pair->connection);
	mtproto_context_free(pair->client_context);
	assert_int_equal(mtproto_context_new(&pair->client_context, NULL), 0);
	pair_advance(pair, later_ns);
	mtproto_connection_config_init(&config);
	config.temp_expires_in = temp_expires_in;
	config.layer = 200;
	config.state = state;
	config.state_len = len;
	pair_new_connection(pair, &config);
	pair_attach(pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(pair);
	assert_true(info_of(pair).ready);
}

static void session_and_keys_go_on(void **state)
{
	static const int32_t lives[] = {0, 86400};
	static uint8_t bytes[CAP];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct mtproto_connection_info before, after;
		struct mtproto_server_session_info theirs;
		struct pair pair;
		size_t len, sessions;

		open_pair(&pair, lives[i]);
		pair_lose_links(&pair);
		pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
		expect_call(&pair);
		before = info_of(&pair);
		sessions = pair.sessions;
		len = save(&pair, bytes);
		go_on(&pair, bytes, len, lives[i], 7 * (uint64_t)PAIR_SECOND);
		after = info_of(&pair);
		assert_memory_equal(&after.auth_key, &before.auth_key, sizeof(after.auth_key));
		assert_true(after.temp_auth_key_id == before.temp_auth_key_id);
		assert_int_equal(after.temp_expires_at, before.temp_expires_at);
		assert_true(after.session_id == before.session_id);
		assert_true(after.server_salt == before.server_salt);
		assert_true(after.time_offset_ns == before.time_offset_ns);
		assert_true(after.times.res_pq_ns == 0 && after.temp_times.res_pq_ns == 0);
		expect_call(&pair);
		/* Nothing began anew, and all that came before is acknowledged. */
		assert_int_equal(pair.sessions, sessions);
		assert_int_equal(pair.refused, 0);
		pair_advance(&pair, 31 * (uint64_t)PAIR_SECOND);
		pair_run(&pair);
		mtproto_server_session_get_info(session, &theirs);
		assert_int_equal(theirs.unacknowledged, 0);
		pair_fini(&pair);
		session = NULL;
	}
}

static void an_update_comes_once_over_both_lives(void **state)
{
	static uint8_t bytes[CAP];
	struct mtproto_server_session_info theirs;
	struct pair pair;
	size_t len;

	(void)state;
	pair_init(&pair);
	pair.on_server = keep_session;
	pair_new_connection(&pair, NULL);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	expect_call(&pair);
	assert_int_equal(mtproto_server_push(session, "\x11\x22\x33\x77", 4), 0);
	pair_run(&pair);
	assert_int_equal(pair.updates, 1);
	/* It is not acknowledged yet: the server sends it again to the next link. */
	mtproto_server_session_get_info(session, &theirs);
	assert_true(theirs.unacknowledged > 0);
	len = save(&pair, bytes);
	go_on(&pair, bytes, len, 0, PAIR_SECOND);
	expect_call(&pair);
	assert_int_equal(pair.updates, 1);
	mtproto_server_session_get_info(session, &theirs);
	assert_int_equal(theirs.unacknowledged, 1); /* the answer of just now */
	pair_fini(&pair);
	session = NULL;
}

/* On the wire: the acknowledgement leaves first, and a second copy is none. */
static void what_was_received_before_is_known(void **state)
{
	static uint8_t bytes[CAP];
	static const uint8_t update[4] = {0x11, 0x22, 0x33, 0x77};
	struct mtproto_connection_config config;
	const struct wire_item *ack;
	struct pair pair;
	struct wire wire;
	uint64_t msg_id;
	size_t len;

	(void)state;
	pair_init(&pair);
	wire_server(&wire, &pair, NULL);
	pair_invoke(&pair, method, 8);
	wire_run(&wire);
	msg_id = wire_send(&wire, update, sizeof(update), true);
	wire_run(&wire);
	assert_int_equal(pair.updates, 1);
	assert_int_equal(wire_count(&wire, MTPROTO_ID_MSGS_ACK), 0);
	len = save(&pair, bytes);
	mtproto_link_close(pair.client_link, 0);
	pair_pull(&pair, pair.client_context, false);
	mtproto_connection_free(pair.connection);
	mtproto_connection_config_init(&config);
	config.state = bytes;
	config.state_len = len;
	pair_new_connection(&pair, &config);
	wire_serve(&wire);
	wire_run(&wire);
	ack = wire_take(&wire, MTPROTO_ID_MSGS_ACK);
	assert_non_null(ack);
	assert_int_equal(wire_u32(ack->body + 8), 1);
	assert_true(wire_u64(ack->body + 12) == msg_id);
	wire_send_as(&wire, msg_id, 1, update, sizeof(update));
	wire_run(&wire);
	assert_int_equal(pair.updates, 1);
	wire_fini(&wire);
	pair_fini(&pair);
}

static void another_kind_of_key_takes_over_the_permanent_one(void **state)
{
	static const int32_t lives[][2] = {{0, 86400}, {86400, 0}};
	static uint8_t bytes[CAP];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct mtproto_connection_info before, after;
		struct pair pair;
		size_t len;

		open_pair(&pair, lives[i][0]);
		before = info_of(&pair);
		len = save(&pair, bytes);
		go_on(&pair, bytes, len, lives[i][1], PAIR_SECOND);
		after = info_of(&pair);
		assert_memory_equal(&after.auth_key, &before.auth_key, sizeof(after.auth_key));
		assert_true(after.session_id != before.session_id);
		assert_int_equal(after.temp_auth_key_id != 0, lives[i][1] != 0);
		assert_true(after.times.res_pq_ns == 0);
		expect_call(&pair);
		pair_fini(&pair);
	}
}

static void a_temporary_key_that_has_ended_is_replaced(void **state)
{
	static uint8_t bytes[CAP];
	struct mtproto_connection_info before, after;
	struct pair pair;
	size_t len;

	(void)state;
	open_pair(&pair, 600);
	before = info_of(&pair);
	len = save(&pair, bytes);
	go_on(&pair, bytes, len, 600, 700 * (uint64_t)PAIR_SECOND);
	assert_true(info_of(&pair).temp_auth_key_id != before.temp_auth_key_id);
	after = info_of(&pair);
	assert_memory_equal(&after.auth_key, &before.auth_key, sizeof(before.auth_key));
	expect_call(&pair);
	pair_fini(&pair);
}

static void what_is_not_such_a_state_is_refused(void **state)
{
	static uint8_t bytes[CAP + 4];
	struct mtproto_connection_config config;
	struct mtproto_connection *made;
	struct pair pair;
	size_t len;

	(void)state;
	open_pair(&pair, 86400);
	len = save(&pair, bytes);
	mtproto_connection_config_init(&config);
	config.temp_expires_in = 86400;
	config.state = bytes;
	for (config.state_len = 0; config.state_len < len; config.state_len += 1 + config.state_len / 20)
		assert_int_equal(mtproto_connection_new(&made, pair.client_context, &config), MTPROTO_ERR_STATE_FORMAT);
	config.state_len = len + 4;
	assert_int_equal(mtproto_connection_new(&made, pair.client_context, &config), MTPROTO_ERR_STATE_FORMAT);
	config.state_len = len;
	for (size_t at = 0; at < len; at += 7) {
		int expected = at >= 4 && at < 8 ? MTPROTO_ERR_STATE_VERSION : MTPROTO_ERR_STATE_FORMAT;

		bytes[at] ^= 1;
		assert_int_equal(mtproto_connection_new(&made, pair.client_context, &config), expected);
		bytes[at] ^= 1;
	}
	assert_int_equal(mtproto_connection_new(&made, pair.client_context, &config), 0);
	mtproto_connection_free(made);
	pair_fini(&pair);
}

static void without_a_key_there_is_nothing_to_save(void **state)
{
	uint8_t bytes[1000];
	struct pair pair;
	size_t len = 1;

	(void)state;
	pair_init(&pair);
	pair_new_connection(&pair, NULL);
	assert_int_equal(mtproto_connection_export(pair.connection, &pair.now, bytes, sizeof(bytes), &len),
			 MTPROTO_ERR_STATE);
	assert_int_equal(len, 0);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_and_keys_go_on),
		cmocka_unit_test(an_update_comes_once_over_both_lives),
		cmocka_unit_test(what_was_received_before_is_known),
		cmocka_unit_test(another_kind_of_key_takes_over_the_permanent_one),
		cmocka_unit_test(a_temporary_key_that_has_ended_is_replaced),
		cmocka_unit_test(what_is_not_such_a_state_is_refused),
		cmocka_unit_test(without_a_key_there_is_nothing_to_save),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
