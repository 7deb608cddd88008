/* A client's calls: each is made once and ends once. */
#include "connection/wire.h"

enum { METHOD = 0x11223344, RESULT = 0x55667788 };

static const uint8_t method[8] = {0x44, 0x33, 0x22, 0x11, 1, 2, 3, 4};
static const uint8_t result[8] = {0x88, 0x77, 0x66, 0x55, 5, 6, 7, 8};

struct world {
	struct pair pair;
	struct wire wire;
};

static void open_world(struct world *w, const struct mtproto_connection_config *config)
{
	memset(w, 0, sizeof(*w));
	pair_init(&w->pair);
	wire_server(&w->wire, &w->pair, config);
	wire_run(&w->wire);
	assert_true(w->pair.ready);
}

static void close_world(struct world *w)
{
	wire_fini(&w->wire);
	pair_fini(&w->pair);
}

static enum mtproto_fate fate_of(const struct world *w, uint64_t call)
{
	enum mtproto_fate fate = (enum mtproto_fate) - 1;

	assert_int_equal(mtproto_connection_call_fate(w->pair.connection, call, &fate), 0);
	return fate;
}

static size_t pending(const struct world *w)
{
	struct mtproto_connection_info info;

	mtproto_connection_get_info(w->pair.connection, &info);
	return info.pending_calls;
}

static void a_call_has_one_fate_after_the_other(void **state)
{
	struct world w;
	enum mtproto_fate fate;
	uint64_t call, msg_id;

	(void)state;
	open_world(&w, NULL);
	call = pair_invoke(&w.pair, method, 8);
	assert_int_equal(fate_of(&w, call), MTPROTO_FATE_QUEUED);
	wire_run(&w.wire);
	assert_int_equal(fate_of(&w, call), MTPROTO_FATE_SENT);
	msg_id = wire_take(&w.wire, METHOD)->msg_id;
	wire_ack(&w.wire, msg_id);
	wire_run(&w.wire);
	assert_int_equal(fate_of(&w, call), MTPROTO_FATE_ACKED);
	assert_int_equal(w.pair.acked, 1);
	assert_true(w.pair.last_call == call);
	wire_reply(&w.wire, msg_id, result, 8);
	wire_run(&w.wire);
	assert_int_equal(w.pair.results, 1);
	assert_memory_equal(w.pair.last_body, result, 8);
	assert_int_equal(mtproto_connection_call_fate(w.pair.connection, call, &fate), MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(pending(&w), 0);

	/* A second answer is of no use to anybody. */
	wire_reply(&w.wire, msg_id, result, 8);
	wire_run(&w.wire);
	assert_int_equal(w.pair.results, 1);
	close_world(&w);
}

static void a_body_goes_out_as_it_is(void **state)
{
	struct world w;
	const struct wire_item *item;

	(void)state;
	open_world(&w, NULL);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	item = wire_take(&w.wire, METHOD);
	assert_int_equal(item->len, 8);
	assert_memory_equal(item->body, method, 8);
	assert_int_equal(item->seq_no, 1);
	assert_int_equal(item->msg_id & 3, 0);
	assert_true(item->msg_id >> 32 == w.pair.now.wall_ns / PAIR_SECOND);
	close_world(&w);
}

static void an_error_ends_a_call_too(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, NULL);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	wire_reply_error(&w.wire, wire_take(&w.wire, METHOD)->msg_id, 420, "FLOOD_WAIT_3");
	wire_run(&w.wire);
	assert_int_equal(w.pair.errors, 1);
	assert_int_equal(w.pair.last_code, 420);
	assert_string_equal(w.pair.last_text, "FLOOD_WAIT_3");
	assert_int_equal(pending(&w), 0);
	close_world(&w);
}

static void calls_made_before_there_is_a_key_wait(void **state)
{
	struct pair pair;
	enum mtproto_fate fate;
	uint64_t call;

	(void)state;
	pair_init(&pair);
	pair_new_connection(&pair, NULL);
	call = pair_invoke(&pair, method, 8);
	pair_run(&pair);
	pair_attach(&pair, MTPROTO_FRAMING_ABRIDGED, true);
	pair_invoke(&pair, method, 8);
	pair_pull(&pair, pair.client_context, false);
	assert_int_equal(mtproto_connection_call_fate(pair.connection, call, &fate), 0);
	assert_int_equal(fate, MTPROTO_FATE_QUEUED);
	pair_run(&pair);
	assert_int_equal(pair.results, 2);
	assert_int_equal(pair.requests, 2);
	pair_fini(&pair);
}

static void a_call_ends_at_its_deadline(void **state)
{
	struct mtproto_call_config call_config;
	struct world w;
	uint64_t call, msg_id;

	(void)state;
	open_world(&w, NULL);
	mtproto_call_config_init(&call_config, w.pair.connection);
	assert_true(call_config.timeout_ns == 60 * (uint64_t)PAIR_SECOND);
	call_config.timeout_ns = 5 * (uint64_t)PAIR_SECOND;
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, &call_config, method, 8, &call), 0);
	call_config.timeout_ns = 0;
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, &call_config, method, 8, &call), 0);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	msg_id = wire_take(&w.wire, METHOD)->msg_id;
	pair_advance(&w.pair, 5 * (uint64_t)PAIR_SECOND - 1);
	wire_run(&w.wire);
	assert_int_equal(w.pair.failures, 0);
	pair_advance(&w.pair, 1);
	wire_run(&w.wire);
	assert_int_equal(w.pair.failures, 1);
	assert_int_equal(w.pair.last_error, MTPROTO_ERR_TIMEOUT);
	assert_int_equal(w.pair.last_fate, MTPROTO_FATE_UNKNOWN);
	wire_reply(&w.wire, msg_id, result, 8);
	wire_run(&w.wire);
	assert_int_equal(w.pair.results, 0);
	pair_advance(&w.pair, 55 * (uint64_t)PAIR_SECOND);
	wire_run(&w.wire);
	assert_int_equal(w.pair.failures, 2);
	pair_advance(&w.pair, 100000 * (uint64_t)PAIR_SECOND);
	wire_run(&w.wire);
	assert_int_equal(pending(&w), 1); /* the one without */
	close_world(&w);
}

static void a_call_that_was_never_sent_says_so(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair);
	pair_new_connection(&pair, NULL);
	pair_invoke(&pair, method, 8);
	pair_advance(&pair, 60 * (uint64_t)PAIR_SECOND);
	pair_pull(&pair, pair.client_context, false);
	assert_int_equal(pair.failures, 1);
	assert_int_equal(pair.last_error, MTPROTO_ERR_TIMEOUT);
	assert_int_equal(pair.last_fate, MTPROTO_FATE_NOT_SENT);
	pair_fini(&pair);
}

static void a_cancelled_call_is_taken_back_on_the_wire(void **state)
{
	struct world w;
	const struct wire_item *drop;
	uint64_t call, msg_id;

	(void)state;
	open_world(&w, NULL);
	call = pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	msg_id = wire_take(&w.wire, METHOD)->msg_id;
	assert_int_equal(mtproto_connection_cancel(w.pair.connection, call), 0);
	assert_int_equal(mtproto_connection_cancel(w.pair.connection, call), MTPROTO_ERR_NOT_FOUND);
	wire_run(&w.wire);
	assert_int_equal(w.pair.failures, 1);
	assert_int_equal(w.pair.last_error, MTPROTO_ERR_CANCELLED);
	assert_int_equal(w.pair.last_fate, MTPROTO_FATE_UNKNOWN);
	drop = wire_take(&w.wire, 0x58e4a740);
	assert_non_null(drop);
	assert_int_equal(drop->len, 12);
	assert_true(wire_u64(drop->body + 4) == msg_id);

	/* Its answers end nothing any more. */
	wire_reply(&w.wire, drop->msg_id, "\x86\xe5\x78\xcd", 4);
	wire_reply(&w.wire, msg_id, "\x86\xe5\x78\xcd", 4);
	wire_run(&w.wire);
	assert_int_equal(w.pair.results + w.pair.errors, 0);
	assert_int_equal(w.pair.refused, 0);
	close_world(&w);
}

static void a_call_cancelled_before_it_was_sent_never_is(void **state)
{
	struct world w;
	uint64_t call;

	(void)state;
	open_world(&w, NULL);
	call = pair_invoke(&w.pair, method, 8);
	assert_int_equal(mtproto_connection_cancel(w.pair.connection, call), 0);
	wire_run(&w.wire);
	assert_int_equal(w.wire.count, 0);
	assert_int_equal(w.pair.failures, 1);
	assert_int_equal(w.pair.last_fate, MTPROTO_FATE_NOT_SENT);
	close_world(&w);
}

static void all_calls_may_be_ended_at_once(void **state)
{
	struct world w;
	uint64_t ping;

	(void)state;
	open_world(&w, NULL);
	for (int i = 0; i < 5; i++)
		pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	for (int i = 0; i < 5; i++)
		pair_invoke(&w.pair, method, 8);
	assert_int_equal(mtproto_connection_ping(w.pair.connection, &w.pair.now, 0, &ping), 0);
	assert_int_equal(mtproto_connection_cancel_all(w.pair.connection, MTPROTO_ERR_IO), 11);
	assert_int_equal(mtproto_connection_cancel_all(w.pair.connection, MTPROTO_ERR_IO), 0);
	wire_run(&w.wire);
	assert_int_equal(w.pair.failures, 11);
	assert_int_equal(w.pair.last_error, MTPROTO_ERR_IO);
	assert_int_equal(pending(&w), 0);
	close_world(&w);
}

static void limits_are_told(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_call_config call_config;
	struct mtproto_connection_info info;
	uint8_t *large = calloc(1, 1044408);
	struct world w;
	uint64_t call, first;

	(void)state;
	assert_non_null(large);
	large[0] = 1;
	mtproto_connection_config_init(&config);
	config.gzip_size_min = 0;
	config.pending_calls_max = 2;
	config.pending_bytes_max = 1044404 + 8;
	open_world(&w, &config);
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, NULL, large, 0, &call),
			 MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, NULL, large, 6, &call),
			 MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, NULL, large, 1044408, &call),
			 MTPROTO_ERR_TOO_LARGE);
	mtproto_call_config_init(&call_config, w.pair.connection);
	call_config.size = 1;
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, &call_config, large, 4, &call),
			 MTPROTO_ERR_CONFIG_SIZE);

	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, NULL, large, 1044404, &call), 0);
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, NULL, large, 12, &first),
			 MTPROTO_ERR_LIMIT);
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, NULL, large, 8, &first), 0);
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, NULL, large, 4, &first),
			 MTPROTO_ERR_LIMIT);
	assert_int_equal(mtproto_connection_ping(w.pair.connection, &w.pair.now, 0, &first), MTPROTO_ERR_LIMIT);
	mtproto_connection_get_info(w.pair.connection, &info);
	assert_int_equal(info.pending_calls, 2);
	assert_int_equal(info.pending_bytes, 1044412);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, 1), 2);
	assert_int_equal(mtproto_connection_cancel(w.pair.connection, call), 0);
	mtproto_connection_get_info(w.pair.connection, &info);
	assert_int_equal(info.pending_bytes, 8);
	pair_invoke(&w.pair, method, 8);
	free(large);
	close_world(&w);
}

static void a_ping_is_measured(void **state)
{
	struct world w;
	struct mtproto_pong pong;
	struct wire_body body;
	const struct wire_item *ping;
	uint64_t call;

	(void)state;
	open_world(&w, NULL);
	assert_int_equal(mtproto_connection_ping(w.pair.connection, &w.pair.now, 0, &call), 0);
	wire_run(&w.wire);
	ping = wire_take(&w.wire, MTPROTO_ID_PING);
	pong.msg_id = ping->msg_id;
	pong.ping_id = wire_u64(ping->body + 4);
	pair_advance(&w.pair, 250000000);
	mtproto_pong_write(wire_body(&body), &pong);
	wire_send_body(&w.wire, &body, false);
	assert_int_equal(mtproto_context_process(w.pair.client_context, &w.pair.now), 0);
	for (struct mtproto_event event; mtproto_context_next_event(w.pair.client_context, &event);) {
		assert_int_equal(event.type, MTPROTO_EVENT_PONG);
		assert_true(event.call == call);
		assert_true(event.rtt_ns == 250000000);
		w.pair.pongs++;
	}
	assert_int_equal(w.pair.pongs, 1);
	close_world(&w);
}

static void a_service_query_may_be_called(void **state)
{
	struct pair pair;

	(void)state;
	pair_ready(&pair);
	pair_invoke(&pair, "\x04\xbd\x21\xb9\x05\x00\x00\x00", 8); /* get_future_salts 5 */
	pair_run(&pair);
	assert_int_equal(pair.results, 1);
	assert_int_equal(wire_u32(pair.last_body), 0xae500895);
	assert_int_equal(pair.last_body_len, 20 + 5 * 16);
	pair_fini(&pair);
}

/* ---- The header of the application ---- */

static void header_config(struct mtproto_connection_config *config)
{
	mtproto_connection_config_init(config);
	config->layer = 214;
	config->api_id = 4;
	config->device_model = "device";
	config->system_version = "1.0";
	config->app_version = "2.0";
	config->system_lang_code = "en";
	config->lang_code = "de";
}

static void the_header_goes_before_calls_until_one_is_answered(void **state)
{
	/* invokeWithLayer 214 initConnection: flags 0, api_id 4, "device", "1.0", "2.0", "en", "", "de". */
	static const char *const header = "0d0d9bdad6000000a95ecdc1000000000400000006646576696365000331"
					  "2e3003322e3002656e000000000002646500";
	uint8_t expected[64];
	size_t header_len = hex(expected, sizeof(expected), header);
	struct mtproto_connection_config config;
	const struct wire_item *item;
	struct world w;
	uint64_t first;

	(void)state;
	header_config(&config);
	open_world(&w, &config);
	pair_invoke(&w.pair, method, 8);
	pair_invoke(&w.pair, method, 8);
	pair_invoke(&w.pair, "\x04\xbd\x21\xb9\x01\x00\x00\x00", 8); /* the protocol's own: never */
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, METHOD), 0);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_GET_FUTURE_SALTS), 1);
	item = wire_take(&w.wire, MTPROTO_ID_INVOKE_WITH_LAYER);
	assert_int_equal(item->len, header_len + 8);
	assert_memory_equal(item->body, expected, header_len);
	assert_memory_equal(item->body + header_len, method, 8);
	first = item->msg_id;
	assert_non_null(wire_take(&w.wire, MTPROTO_ID_INVOKE_WITH_LAYER));

	/* An error may be about the header: it does not count. */
	wire_reply_error(&w.wire, first, 400, "X");
	wire_run(&w.wire);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	first = wire_take(&w.wire, MTPROTO_ID_INVOKE_WITH_LAYER)->msg_id;
	wire_reply(&w.wire, first, result, 8);
	wire_run(&w.wire);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	item = wire_take(&w.wire, METHOD);
	assert_int_equal(item->len, 8);

	/* The server has forgotten who this is. */
	wire_reply_error(&w.wire, item->msg_id, 400, "CONNECTION_NOT_INITED");
	wire_run(&w.wire);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_INVOKE_WITH_LAYER), 1);
	close_world(&w);
}

static void a_call_may_do_without_the_header(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_call_config call_config;
	struct world w;
	uint64_t call;

	(void)state;
	header_config(&config);
	open_world(&w, &config);
	mtproto_call_config_init(&call_config, w.pair.connection);
	call_config.no_header = true;
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, &call_config, method, 8, &call), 0);
	wire_run(&w.wire);
	assert_int_equal(wire_take(&w.wire, METHOD)->len, 8);
	close_world(&w);
}

static void remember_layer(struct pair *pair, const struct mtproto_event *event)
{
	struct mtproto_server_session_info *info = pair->user;

	if (event->type != MTPROTO_EVENT_REQUEST)
		return;
	mtproto_server_session_get_info(event->session, info);
	assert_int_equal(event->layer, info->layer);
	assert_int_equal(event->body.len, 8);
	assert_memory_equal(event->body.data, method, 8);
	assert_int_equal(mtproto_server_reply(event->session, event->msg_id, result, 8), 0);
}

static void the_header_is_understood_by_our_server(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_server_session_info info = {0};
	struct pair pair;

	(void)state;
	header_config(&config);
	pair_init(&pair);
	pair.on_server = remember_layer;
	pair.user = &info;
	pair_new_connection(&pair, &config);
	pair_attach(&pair, MTPROTO_FRAMING_PADDED, true);
	for (int i = 0; i < 2; i++) {
		pair_invoke(&pair, method, 8);
		pair_run(&pair);
		assert_int_equal(pair.results, i + 1);
		assert_int_equal(info.layer, 214);
		assert_int_equal(info.api_id, 4);
		assert_true(info.wants_updates);
	}
	pair_fini(&pair);
}

static void a_header_that_is_too_long_is_refused(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_connection *connection;
	struct pair pair;
	char *text = malloc(600000);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 599999);
	text[599999] = 0;
	pair_init(&pair);
	header_config(&config);
	config.app_version = text;
	assert_int_equal(mtproto_connection_new(&connection, pair.client_context, &config), MTPROTO_ERR_ARGUMENT);
	free(text);
	pair_fini(&pair);
}

static void updates_and_new_sessions_are_told(void **state)
{
	struct mtproto_new_session_created created = {.first_msg_id = 4, .unique_id = 5, .server_salt = 6};
	struct mtproto_connection_info info;
	struct wire_body body;
	struct world w;

	(void)state;
	open_world(&w, NULL);
	mtproto_new_session_created_write(wire_body(&body), &created);
	wire_send_body(&w.wire, &body, true);
	wire_send(&w.wire, result, 8, true);
	wire_run(&w.wire);
	assert_int_equal(w.pair.new_sessions, 1);
	assert_int_equal(w.pair.updates, 1);
	assert_memory_equal(w.pair.last_body, result, 8);
	mtproto_connection_get_info(w.pair.connection, &info);
	assert_true(info.server_salt == 6);

	/* Both are acknowledged after a while. */
	pair_advance(&w.pair, 30 * (uint64_t)PAIR_SECOND);
	wire_run(&w.wire);
	assert_int_equal(wire_take(&w.wire, MTPROTO_ID_MSGS_ACK)->len, 12 + 2 * 8);
	close_world(&w);
}

static void note_method(struct pair *pair, const struct mtproto_event *event)
{
	const char **seen = pair->user;

	if (event->call)
		seen[event->type] = event->method;
}

static void the_events_of_a_call_show_its_method(void **state)
{
	static const char name[] = "help.getConfig";
	const char *seen[64] = {NULL};
	struct mtproto_call_config config;
	struct world w;
	uint64_t call, msg_id;

	(void)state;
	open_world(&w, NULL);
	w.pair.on_client = note_method;
	w.pair.user = seen;
	mtproto_call_config_init(&config, w.pair.connection);
	assert_null(config.method);
	config.method = name;
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, &config, method, 8, &call), 0);
	wire_run(&w.wire);
	msg_id = wire_take(&w.wire, METHOD)->msg_id;
	wire_ack(&w.wire, msg_id);
	wire_reply(&w.wire, msg_id, result, 8);
	wire_run(&w.wire);
	assert_ptr_equal(seen[MTPROTO_EVENT_ACKED], name);
	assert_ptr_equal(seen[MTPROTO_EVENT_RESULT], name);
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, &config, method, 8, &call), 0);
	assert_int_equal(mtproto_connection_cancel_all(w.pair.connection, MTPROTO_ERR_CLOSED), 1);
	wire_run(&w.wire);
	assert_ptr_equal(seen[MTPROTO_EVENT_CALL_FAILED], name);
	assert_int_equal(w.pair.call_error, MTPROTO_ERR_CLOSED);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_has_one_fate_after_the_other),
		cmocka_unit_test(a_body_goes_out_as_it_is),
		cmocka_unit_test(an_error_ends_a_call_too),
		cmocka_unit_test(calls_made_before_there_is_a_key_wait),
		cmocka_unit_test(a_call_ends_at_its_deadline),
		cmocka_unit_test(a_call_that_was_never_sent_says_so),
		cmocka_unit_test(a_cancelled_call_is_taken_back_on_the_wire),
		cmocka_unit_test(a_call_cancelled_before_it_was_sent_never_is),
		cmocka_unit_test(all_calls_may_be_ended_at_once),
		cmocka_unit_test(limits_are_told),
		cmocka_unit_test(a_ping_is_measured),
		cmocka_unit_test(a_service_query_may_be_called),
		cmocka_unit_test(the_header_goes_before_calls_until_one_is_answered),
		cmocka_unit_test(a_call_may_do_without_the_header),
		cmocka_unit_test(the_header_is_understood_by_our_server),
		cmocka_unit_test(a_header_that_is_too_long_is_refused),
		cmocka_unit_test(the_events_of_a_call_show_its_method),
		cmocka_unit_test(updates_and_new_sessions_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
