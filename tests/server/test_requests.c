/* Requests of clients become events, once each and without wrappers; answers and updates go back. */
#include "server/seen.h"

struct world {
	struct pair pair;
	struct seen seen;
	struct wire wire;
	uint8_t body[256]; /* of the last REQUEST */
	size_t body_len;
};

static void on_server(struct pair *pair, const struct mtproto_event *event)
{
	struct world *w = (struct world *)(void *)pair; /* its first member */

	seen_event(pair, event);
	if (event->type != MTPROTO_EVENT_REQUEST)
		return;
	w->body_len = event->body.len;
	if (w->body_len <= sizeof(w->body))
		memcpy(w->body, event->body.data, event->body.len);
}

static void open_world(struct world *w, const struct mtproto_server_config *config)
{
	memset(w, 0, sizeof(*w));
	pair_init_with(&w->pair, config, NULL, NULL);
	seen_init(&w->seen, &w->pair);
	w->pair.on_server = on_server;
	wire_client(&w->wire, &w->pair, 3);
}

static void close_world(struct world *w)
{
	wire_fini(&w->wire);
	pair_fini(&w->pair);
}

static struct mtproto_server_session *session_of(const struct world *w)
{
	return w->seen.last[MTPROTO_EVENT_SESSION].session;
}

static void info_of(const struct world *w, struct mtproto_server_session_info *info)
{
	mtproto_server_session_get_info(session_of(w), info);
}

static void wrappers_are_taken_off_in_any_order(void **state)
{
	static const char *const without_updates = "b75994bf";
	/* Of none, which are not waited for. */
	static const char *const after_msgs = "f0b4c43d15c4b51c00000000";
	/* flags, api_id 42, six empty texts */
	static const char *const init = "a95ecdc1000000002a000000"
					"000000000000000000000000000000000000000000000000";
	/* 214 */
	static const char *const layer = "0d0d9bdad6000000";
	static const char *const query = "deadbeef01000000";
	const char *const orders[][6] = {
		{layer, init, without_updates, after_msgs, query, ""},
		{after_msgs, without_updates, init, layer, query, ""},
		{init, layer, query, "", "", ""},
		{layer, layer, layer, init, query, ""},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct mtproto_server_session_info info;
		char text[600] = "";

		open_world(&w, NULL);
		for (size_t j = 0; j < 6; j++)
			strcat(text, orders[i][j]);
		wire_send_hex(&w.wire, text, true);
		wire_run(&w.wire);
		assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST], 1);
		assert_int_equal(w.seen.last[MTPROTO_EVENT_REQUEST].layer, 214);
		assert_int_equal(w.body_len, 8);
		assert_memory_equal(w.body, "\xde\xad\xbe\xef\x01\x00\x00\x00", 8);
		info_of(&w, &info);
		assert_int_equal(info.layer, 214);
		assert_int_equal(info.api_id, 42);
		assert_int_equal(info.wants_updates, i >= 2);
		close_world(&w);
	}
}

static void layer_and_api_id_stay_updates_do_not(void **state)
{
	struct mtproto_server_session_info info;
	struct wire_body body;
	struct mtproto_invoke_with_layer layer = {.layer = 150};
	struct world w;

	(void)state;
	open_world(&w, NULL);
	mtproto_invoke_with_layer_write(wire_body(&body), &layer);
	mtproto_tl_write_u32(&body.w, MTPROTO_ID_INVOKE_WITHOUT_UPDATES);
	mtproto_tl_write_u32(&body.w, 0x11223344);
	wire_send_body(&w.wire, &body, true);
	wire_run(&w.wire);
	info_of(&w, &info);
	assert_int_equal(info.layer, 150);
	assert_false(info.wants_updates);
	seen_request(&w.wire, 1);
	wire_run(&w.wire);
	info_of(&w, &info);
	assert_int_equal(info.layer, 150);
	assert_true(info.wants_updates);
	assert_int_equal(w.seen.last[MTPROTO_EVENT_REQUEST].layer, 150);
	close_world(&w);
}

static void a_packed_request_is_unpacked(void **state)
{
	/* gzip_packed of deadbeef 01000000, by Python's gzip.compress(data, mtime=0). */
	static const char *const packed = "a1cf72301c1f8b0800000000000203bbb776df7b4606060600874c316208000000000000";
	struct world w;

	(void)state;
	open_world(&w, NULL);
	wire_send_hex(&w.wire, packed, true);
	wire_run(&w.wire);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST], 1);
	assert_int_equal(w.body_len, 8);
	assert_memory_equal(w.body, "\xde\xad\xbe\xef\x01\x00\x00\x00", 8);
	close_world(&w);
}

static void what_can_not_be_unwrapped_is_INPUT_FETCH_ERROR(void **state)
{
	static const char *const bodies[] = {
		"0d0d9bda",                 /* invokeWithLayer without a layer */
		"0d0d9bdad6000000",         /* without a query */
		"b75994bf",                 /* invokeWithoutUpdates without a query */
		"a1cf72300401020304000000", /* gzip_packed of something else */
		/* nine wrappers */
		"b75994bfb75994bfb75994bfb75994bfb75994bfb75994bfb75994bfb75994bfb75994bfdeadbeef",
	};
	struct world w;

	(void)state;
	open_world(&w, NULL);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		uint64_t msg_id = wire_send_hex(&w.wire, bodies[i], true);

		wire_run(&w.wire);
		wire_expect_error(&w.wire, msg_id, 400, "INPUT_FETCH_ERROR");
	}
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST], 0);
	close_world(&w);
}

static void a_request_is_answered_once(void **state)
{
	struct world w;
	struct wire_item *item;
	uint64_t request;
	const uint8_t *result;
	size_t len;

	(void)state;
	open_world(&w, NULL);
	request = seen_request(&w.wire, 1);
	wire_run(&w.wire);
	assert_int_equal(mtproto_server_reply(session_of(&w), request + 4, "abcd", 4), MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(mtproto_server_reply(session_of(&w), request, "abc", 3), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_server_reply(session_of(&w), request, "", 0), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_server_reply(session_of(&w), request, "abcd", 4), 0);
	assert_int_equal(mtproto_server_reply(session_of(&w), request, "abcd", 4), MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(mtproto_server_error(session_of(&w), request, 400, "X"), MTPROTO_ERR_NOT_FOUND);
	wire_run(&w.wire);
	item = &w.wire.items[w.wire.count - 1];
	assert_int_equal(item->seq_no & 1, 1);
	assert_int_equal(item->msg_id & 3, 1);
	result = wire_result(&w.wire, request, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(result, "abcd", 4);
	/* The answer is the acknowledgement. */
	pair_advance(&w.pair, 5 * (uint64_t)PAIR_SECOND);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_MSGS_ACK), 0);
	close_world(&w);
}

static void a_request_that_takes_long_is_acknowledged(void **state)
{
	struct world w;
	uint64_t request;
	const struct wire_item *ack;

	(void)state;
	open_world(&w, NULL);
	request = seen_request(&w.wire, 1);
	wire_run(&w.wire);
	assert_int_equal(w.wire.count, 0);
	pair_advance(&w.pair, 1 * (uint64_t)PAIR_SECOND);
	wire_run(&w.wire);
	ack = wire_take(&w.wire, MTPROTO_ID_MSGS_ACK);
	assert_non_null(ack);
	assert_int_equal(ack->len, 20);
	assert_true(wire_u64(ack->body + 12) == request);
	assert_int_equal(ack->seq_no & 1, 0);
	close_world(&w);
}

static void a_request_that_comes_twice_is_one(void **state)
{
	static const uint8_t body[4] = {1, 2, 3, 4};
	struct world w;
	uint64_t msg_id;

	(void)state;
	open_world(&w, NULL);
	msg_id = wire_next_msg_id(&w.wire);
	wire_send_as(&w.wire, msg_id, 1, body, 4);
	wire_send_as(&w.wire, msg_id, 1, body, 4);
	wire_run(&w.wire);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST], 1);
	assert_int_equal(mtproto_server_reply(session_of(&w), msg_id, "abcd", 4), 0);
	wire_send_as(&w.wire, msg_id, 1, body, 4);
	wire_run(&w.wire);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST], 1);
	close_world(&w);
}

static void an_error_has_code_and_text(void **state)
{
	struct world w;
	uint64_t request;
	char *text = malloc(2000);

	(void)state;
	assert_non_null(text);
	memset(text, 'A', 1999);
	text[1999] = 0;
	open_world(&w, NULL);
	request = seen_request(&w.wire, 1);
	wire_run(&w.wire);
	assert_int_equal(mtproto_server_error(session_of(&w), request, 400, text), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_server_error(session_of(&w), request, 303, "PHONE_MIGRATE_5"), 0);
	wire_run(&w.wire);
	wire_expect_error(&w.wire, request, 303, "PHONE_MIGRATE_5");
	free(text);
	close_world(&w);
}

/* The answer with which a request of n bytes comes back, by what is in front of it. */
static uint32_t answered_by(struct world *w, const uint8_t *answer, size_t n, size_t *len)
{
	uint64_t request = seen_request(&w->wire, 1);
	const uint8_t *result;

	wire_run(&w->wire);
	assert_int_equal(mtproto_server_reply(session_of(w), request, answer, n), 0);
	wire_run(&w->wire);
	result = wire_result(&w->wire, request, len);
	return wire_u32(result);
}

static void a_long_answer_is_packed_where_that_is_worth_it(void **state)
{
	static const uint32_t never[] = {0x096a18d5, 0x21e753bc, 0xa99fca4f, MTPROTO_ID_RPC_ERROR};
	uint8_t answer[4000], back[4000];
	struct mtproto_server_config config;
	struct mtproto_gzip *gzip;
	const uint8_t *result;
	uint64_t request;
	struct world w;
	size_t len;

	(void)state;
	mtproto_server_config_init(&config);
	assert_int_equal(config.gzip_size_min, 1024);
	config.gzip_size_min = 500;
	open_world(&w, &config);
	for (size_t i = 0; i < sizeof(answer); i++)
		answer[i] = (uint8_t)(i / 40);
	assert_int_equal(mtproto_gzip_new(&gzip, NULL), 0);
	request = seen_request(&w.wire, 1);
	wire_run(&w.wire);
	assert_int_equal(mtproto_server_reply(session_of(&w), request, answer, sizeof(answer)), 0);
	wire_run(&w.wire);
	result = wire_result(&w.wire, request, &len);
	assert_int_equal(wire_u32(result), MTPROTO_ID_GZIP_PACKED);
	assert_true(len < sizeof(answer) / 10 * 9);
	assert_int_equal(mtproto_gzip_unpack(gzip, result, len, back, sizeof(back), &len), 0);
	assert_int_equal(len, sizeof(answer));
	assert_memory_equal(back, answer, len);
	mtproto_gzip_free(gzip);
	/* The shortest that is packed, and one that is not. */
	assert_int_equal(answered_by(&w, answer, 500, &len), MTPROTO_ID_GZIP_PACKED);
	assert_int_equal(answered_by(&w, answer, 496, &len), wire_u32(answer));
	assert_int_equal(len, 496);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		memcpy(answer, &never[i], 4);
		assert_int_equal(answered_by(&w, answer, sizeof(answer), &len), never[i]);
		assert_int_equal(len, sizeof(answer));
	}
	/* Noise stays as it is. */
	for (uint32_t i = 0, x = 1; i < sizeof(answer); i++, x = x * 1664525 + 1013904223)
		answer[i] = (uint8_t)(x >> 24);
	answered_by(&w, answer, sizeof(answer), &len);
	assert_int_equal(len, sizeof(answer));
	close_world(&w);
}

static void more_requests_than_allowed_are_flood(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server_session_info info;
	struct world w;
	uint64_t request[3];

	(void)state;
	mtproto_server_config_init(&config);
	config.session_requests_max = 2;
	open_world(&w, &config);
	for (uint32_t i = 0; i < 3; i++)
		request[i] = seen_request(&w.wire, i);
	wire_run(&w.wire);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST], 2);
	wire_expect_error(&w.wire, request[2], 420, "FLOOD_WAIT_1");
	info_of(&w, &info);
	assert_int_equal(info.pending_requests, 2);
	assert_int_equal(mtproto_server_reply(session_of(&w), request[0], "abcd", 4), 0);
	seen_request(&w.wire, 4);
	wire_run(&w.wire);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST], 3);
	close_world(&w);
}

static void an_update_is_kept_until_it_is_acknowledged(void **state)
{
	struct mtproto_server_session_info info;
	const struct wire_item *update;
	struct world w;

	(void)state;
	open_world(&w, NULL);
	assert_int_equal(mtproto_server_push(session_of(&w), "abc", 3), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_server_push(session_of(&w), "\x44\x33\x22\x11", 4), 0);
	wire_run(&w.wire);
	update = wire_take(&w.wire, 0x11223344);
	assert_non_null(update);
	assert_int_equal(update->seq_no & 1, 1);
	assert_int_equal(update->msg_id & 3, 3);
	info_of(&w, &info);
	assert_int_equal(info.unacknowledged, 1);
	wire_ack(&w.wire, update->msg_id);
	wire_run(&w.wire);
	info_of(&w, &info);
	assert_int_equal(info.unacknowledged, 0);
	close_world(&w);
}

/* What was sent longest ago is forgotten; what was not even sent is not, and more of it is refused. */
static void what_is_kept_is_bounded(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server_session_info info;
	uint8_t body[1000] = {0x44, 0x33, 0x22, 0x11};
	struct world w;

	(void)state;
	mtproto_server_config_init(&config);
	config.session_send_max = 100000;
	for (int reading = 0; reading < 2; reading++) {
		open_world(&w, &config);
		for (int i = 0; i < 500; i++) {
			int error = mtproto_server_push(session_of(&w), body, sizeof(body));

			if (reading || i < 80)
				assert_int_equal(error, 0);
			if (reading)
				wire_run(&w.wire);
			else if (i > 110)
				assert_int_equal(error, MTPROTO_ERR_LIMIT);
		}
		info_of(&w, &info);
		assert_in_range(info.unacknowledged, 80, 102);
		close_world(&w);
	}
}

/* Small ones weigh more than their bodies. */
static void small_answers_are_bounded_too(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server_session_info info;
	struct world w;

	(void)state;
	mtproto_server_config_init(&config);
	config.session_send_max = 100000;
	open_world(&w, &config);
	for (int i = 0; i < 5000; i++) {
		int error = mtproto_server_push(session_of(&w), "abcd", 4);

		if (i < 100)
			assert_int_equal(error, 0);
		else if (i > 1300)
			assert_int_equal(error, MTPROTO_ERR_LIMIT);
	}
	info_of(&w, &info);
	assert_in_range(info.unacknowledged, 100, 1300);
	close_world(&w);
}

/* The limit of what comes in is none of what goes out. */
static void an_answer_may_be_larger_than_what_is_taken(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_context_config context;
	uint8_t *body = calloc(1, (8 << 20) + 4);
	struct world w;

	(void)state;
	assert_non_null(body);
	body[0] = 1;
	mtproto_context_config_init(&context);
	context.frame_size_max = 4096;
	mtproto_server_config_init(&config);
	memset(&w, 0, sizeof(w));
	pair_init_with(&w.pair, &config, &context, NULL);
	seen_init(&w.seen, &w.pair);
	wire_client(&w.wire, &w.pair, 3);
	assert_int_equal(mtproto_server_push(session_of(&w), body, (8 << 20) + 4), MTPROTO_ERR_TOO_LARGE);
	assert_int_equal(mtproto_server_push(session_of(&w), body, 1 << 20), 0);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, 1), 1);
	free(body);
	close_world(&w);
}

/* A client that sends pings and never reads must not fill the server's memory. */
struct budget {
	size_t used, most;
};

static void *counted_alloc(void *user, size_t size)
{
	struct budget *budget = user;

	budget->used += size;
	if (budget->used > budget->most)
		budget->most = budget->used;
	return malloc(size);
}

static void counted_release(void *user, void *memory, size_t size)
{
	struct budget *budget = user;

	budget->used -= size;
	free(memory);
}

static void a_client_that_does_not_read_is_bounded(void **state)
{
	struct budget budget = {0, 0};
	struct mtproto_allocator allocator = {counted_alloc, counted_release, &budget};
	struct mtproto_context_config context;
	struct world w;

	(void)state;
	mtproto_context_config_init(&context);
	context.allocator = &allocator;
	context.link_send_max = 65536;
	memset(&w, 0, sizeof(w));
	pair_init_with(&w.pair, NULL, &context, NULL);
	seen_init(&w.seen, &w.pair);
	wire_client(&w.wire, &w.pair, 3);
	budget.most = budget.used;
	for (uint64_t i = 0; i < 50000; i++) {
		wire_ping(&w.wire, i);
		if (i % 100 == 0)
			pair_pull(&w.pair, w.pair.server_context, true);
	}
	assert_in_range(budget.most, 65536, 6 << 20);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrappers_are_taken_off_in_any_order),
		cmocka_unit_test(layer_and_api_id_stay_updates_do_not),
		cmocka_unit_test(a_packed_request_is_unpacked),
		cmocka_unit_test(what_can_not_be_unwrapped_is_INPUT_FETCH_ERROR),
		cmocka_unit_test(a_request_is_answered_once),
		cmocka_unit_test(a_request_that_takes_long_is_acknowledged),
		cmocka_unit_test(a_request_that_comes_twice_is_one),
		cmocka_unit_test(an_error_has_code_and_text),
		cmocka_unit_test(a_long_answer_is_packed_where_that_is_worth_it),
		cmocka_unit_test(more_requests_than_allowed_are_flood),
		cmocka_unit_test(an_update_is_kept_until_it_is_acknowledged),
		cmocka_unit_test(what_is_kept_is_bounded),
		cmocka_unit_test(small_answers_are_bounded_too),
		cmocka_unit_test(an_answer_may_be_larger_than_what_is_taken),
		cmocka_unit_test(a_client_that_does_not_read_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
