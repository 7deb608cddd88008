/* A link is lost and another takes its place: session, key exchange and calls go on. */
#include "connection/wire.h"

enum { METHOD = 0x11223344 };

static const uint8_t method[8] = {0x44, 0x33, 0x22, 0x11, 1, 2, 3, 4};

/* ---- What goes over the wire ---- */

struct world {
	struct pair pair;
	struct wire wire;
};

static void open_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	pair_init(&w->pair);
	wire_server(&w->wire, &w->pair, NULL);
	wire_run(&w->wire);
}

static void close_world(struct world *w)
{
	wire_fini(&w->wire);
	pair_fini(&w->pair);
}

static void lose(struct world *w)
{
	mtproto_link_close(w->pair.client_link, MTPROTO_ERR_EOF);
	wire_run(&w->wire);
	assert_null(w->pair.client_link);
	w->wire.link = NULL;
}

/* Answers a msgs_state_req with the same byte for each. */
static void answer_state(struct wire *wire, const struct wire_item *question, uint8_t state)
{
	uint8_t info[64];
	struct wire_body body;
	struct mtproto_msgs_state_info answer = {question->msg_id, {info, wire_u32(question->body + 8)}};

	memset(info, state, sizeof(info));
	mtproto_msgs_state_info_write(wire_body(&body), &answer);
	wire_send_body(wire, &body, false);
}

static void every_attach_makes_ready(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	assert_true(w.pair.ready);
	w.pair.ready = false;
	lose(&w);
	wire_serve(&w.wire);
	wire_run(&w.wire);
	assert_true(w.pair.ready);
	close_world(&w);
}

static void a_new_link_asks_for_the_state_of_what_was_sent(void **state)
{
	struct world w;
	const struct wire_item *question;
	uint64_t sent[2];

	(void)state;
	open_world(&w);
	pair_invoke(&w.pair, method, 8);
	pair_invoke(&w.pair, method, 8);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	wire_ack(&w.wire, wire_take(&w.wire, METHOD)->msg_id);
	wire_run(&w.wire);
	for (int i = 0; i < 2; i++)
		sent[i] = wire_take(&w.wire, METHOD)->msg_id;
	lose(&w);
	wire_serve(&w.wire);
	wire_run(&w.wire);
	/* The one that was acknowledged is known there; nothing is sent again yet. */
	assert_int_equal(wire_count(&w.wire, METHOD), 0);
	question = wire_take(&w.wire, 0xda69fb52);
	assert_non_null(question);
	assert_int_equal(question->len, 12 + 2 * 8);
	for (int i = 0; i < 2; i++)
		assert_true(wire_u64(question->body + 12 + 8 * i) == sent[i]);
	close_world(&w);
}

static void what_was_not_received_goes_out_again_in_a_container(void **state)
{
	struct world w;
	const struct wire_item *again;
	uint64_t first;

	(void)state;
	open_world(&w);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	first = wire_take(&w.wire, METHOD)->msg_id;
	lose(&w);
	wire_serve(&w.wire);
	wire_run(&w.wire);
	answer_state(&w.wire, wire_take(&w.wire, MTPROTO_ID_MSGS_STATE_REQ), 2);
	wire_run(&w.wire);
	again = wire_take(&w.wire, METHOD);
	assert_non_null(again);
	/* The copy on the lost link may still arrive: under the same msg_id only one of them is run. */
	assert_true(again->msg_id == first);
	assert_true(again->envelope > first);
	wire_reply(&w.wire, again->msg_id, method, 8);
	wire_run(&w.wire);
	assert_int_equal(w.pair.results, 1);
	close_world(&w);
}

static void what_was_received_is_awaited(void **state)
{
	struct world w;
	uint64_t first, call;
	enum mtproto_fate fate;

	(void)state;
	open_world(&w);
	call = pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	first = wire_take(&w.wire, METHOD)->msg_id;
	lose(&w);
	wire_serve(&w.wire);
	wire_run(&w.wire);
	answer_state(&w.wire, wire_take(&w.wire, MTPROTO_ID_MSGS_STATE_REQ), 4);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, METHOD), 0);
	assert_int_equal(mtproto_connection_call_fate(w.pair.connection, call, &fate), 0);
	assert_int_equal(fate, MTPROTO_FATE_ACKED);
	wire_reply(&w.wire, first, method, 8);
	wire_run(&w.wire);
	assert_int_equal(w.pair.results, 1);
	close_world(&w);
}

/* The questions of links that were lost before they were answered are not kept. */
static void many_losses_leave_nothing_behind(void **state)
{
	struct world w;
	const struct wire_item *question;

	(void)state;
	open_world(&w);
	pair_invoke(&w.pair, method, 8);
	for (int i = 0; i < 50; i++) {
		wire_run(&w.wire);
		wire_clear(&w.wire);
		lose(&w);
		pair_advance(&w.pair, PAIR_SECOND);
		wire_serve(&w.wire);
	}
	wire_run(&w.wire);
	question = wire_take(&w.wire, MTPROTO_ID_MSGS_STATE_REQ);
	assert_non_null(question);
	assert_int_equal(question->len, 12 + 8);
	close_world(&w);
}

/* ---- Both roles: answers arrive once, whatever is lost ---- */

/* Runs until so many bytes went over in both directions together, then breaks the stream. */
static bool run_until_broken(struct pair *pair, size_t bytes)
{
	size_t moved = 1;

	while (moved > 0) {
		pair_pull(pair, pair->client_context, false);
		pair->split = bytes;
		moved = bytes ? pair_move(pair, pair->client_link, pair->server_link) : 0;
		bytes -= moved;
		pair_pull(pair, pair->server_context, true);
		pair->split = bytes;
		moved += bytes ? pair_move(pair, pair->server_link, pair->client_link) : 0;
		bytes = bytes > moved ? bytes - moved : 0;
		pair_pull(pair, pair->client_context, false);
	}
	pair->split = 0;
	return bytes == 0;
}

static void answers_arrive_once_wherever_the_stream_breaks(void **state)
{
	size_t broken = 0;

	(void)state;
	for (size_t at = 1; at < 1500; at += 37) {
		struct pair pair;

		pair_ready(&pair);
		for (int i = 0; i < 5; i++)
			pair_invoke(&pair, method, 8);
		broken += run_until_broken(&pair, at);
		pair_lose_links(&pair);
		pair_advance(&pair, PAIR_SECOND);
		pair_attach(&pair, MTPROTO_FRAMING_PADDED, true);
		pair_invoke(&pair, method, 8);
		pair_run(&pair);
		assert_int_equal(pair.results, 6);
		assert_int_equal(pair.requests, 6);
		assert_int_equal(pair.failures, 0);
		pair_fini(&pair);
	}
	assert_true(broken > 5);
}

static void a_key_exchange_goes_on_wherever_the_stream_breaks(void **state)
{
	(void)state;
	for (int pfs = 0; pfs < 2; pfs++) {
		for (size_t at = 1; at < 4000; at += 151) {
			struct mtproto_connection_config config;
			struct mtproto_server_info info;
			struct pair pair;

			pair_init(&pair);
			mtproto_connection_config_init(&config);
			config.temp_expires_in = pfs ? 3600 : 0;
			pair_new_connection(&pair, &config);
			pair_attach(&pair, MTPROTO_FRAMING_ABRIDGED, true);
			pair_invoke(&pair, method, 8);
			run_until_broken(&pair, at);
			pair_lose_links(&pair);
			pair_advance(&pair, PAIR_SECOND);
			pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, false);
			pair_run(&pair);
			assert_true(pair.ready);
			assert_int_equal(pair.failed, 0);
			assert_int_equal(pair.results, 1);
			mtproto_server_get_info(pair.server, &info);
			assert_int_equal(info.keys, 1);
			assert_int_equal(info.temp_keys, pfs);
			pair_fini(&pair);
		}
	}
}

/* The server does not know the exchange any more: a new one is begun, not the old one repeated for ever. */
static void an_exchange_that_the_server_forgot_is_given_up(void **state)
{
	struct mtproto_server_config config;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	pair_new_connection(&pair, NULL);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	run_until_broken(&pair, 64 + 44 + 100);
	pair_lose_links(&pair);

	/* Another server with the same key takes over. */
	mtproto_server_free(pair.server);
	mtproto_server_config_init(&config);
	config.rsa_pem = pair.pem;
	config.rsa_pem_len = pair.pem_len;
	assert_int_equal(mtproto_server_new(&pair.server, pair.server_context, &pair.now, &config), 0);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_int_equal(pair.failed, MTPROTO_ERR_TRANSPORT_CODE);
	assert_int_equal(pair.last_transport_error, -404);
	assert_null(pair.client_link);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_true(pair.ready);
	pair_fini(&pair);
}

static void an_exchange_ends_at_its_deadline_with_or_without_a_link(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct pair pair;

		pair_init(&pair);
		pair_new_connection(&pair, NULL);
		pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
		run_until_broken(&pair, 120);
		if (lost)
			pair_lose_links(&pair);
		pair_advance(&pair, 10 * (uint64_t)PAIR_SECOND);
		pair_pull(&pair, pair.client_context, false);
		assert_int_equal(pair.failed, MTPROTO_ERR_TIMEOUT);
		assert_null(pair.client_link);
		pair.failed = 0;
		pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
		pair_run(&pair);
		assert_true(pair.ready);
		assert_int_equal(pair.failed, 0);
		pair_fini(&pair);
	}
}

/* Randomness that fails once, at any draw. */
struct draws {
	size_t count, at;
};

static int draw(void *user, uint8_t *out, size_t len)
{
	struct draws *draws = user;

	memset(out, (int)++draws->count, len);
	return draws->count == draws->at ? -1 : 0;
}

static void an_attach_that_failed_may_be_tried_again(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t at = 1; at < 6; at++) {
		struct draws draws = {0, 0};
		struct mtproto_random random = {draw, &draws};
		struct mtproto_context_config config;
		struct mtproto_link_config link;
		struct pair pair;
		int error;

		mtproto_context_config_init(&config);
		config.random = &random;
		pair_init_with(&pair, NULL, NULL, &config);
		pair_new_connection(&pair, NULL);
		draws.at = draws.count + at;
		mtproto_link_config_init(&link);
		link.obfuscated = false;
		error = mtproto_connection_attach(pair.connection, &pair.now, &link, &pair.client_link);
		if (error) {
			assert_int_equal(error, MTPROTO_ERR_RANDOM);
			failed++;
			pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, false);
		}
		pair_fini(&pair);
	}
	assert_true(failed > 0);
}

/* A server that was restarted knows the key, but no session: what was not answered is sent again. */
static void a_server_that_forgot_the_session_gets_everything_again(void **state)
{
	struct mtproto_connection_info info;
	struct mtproto_server_config config;
	struct mtproto_key_info key = {.temporary = false};
	struct pair pair;

	(void)state;
	pair_ready(&pair);
	pair_invoke(&pair, method, 8);
	pair_pull(&pair, pair.client_context, false);
	pair_move(&pair, pair.client_link, pair.server_link);
	pair_pull(&pair, pair.server_context, true);
	assert_int_equal(pair.requests, 1);
	pair_lose_links(&pair);
	mtproto_connection_get_info(pair.connection, &info);
	key.auth_key = info.auth_key;
	mtproto_server_free(pair.server);
	mtproto_server_config_init(&config);
	config.rsa_pem = pair.pem;
	config.rsa_pem_len = pair.pem_len;
	assert_int_equal(mtproto_server_new(&pair.server, pair.server_context, &pair.now, &config), 0);
	assert_int_equal(mtproto_server_add_key(pair.server, &key), 0);
	pair.new_sessions = 0;
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_int_equal(pair.new_sessions, 1);
	assert_int_equal(pair.results, 1);
	assert_int_equal(pair.requests, 2);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_attach_makes_ready),
		cmocka_unit_test(a_new_link_asks_for_the_state_of_what_was_sent),
		cmocka_unit_test(what_was_not_received_goes_out_again_in_a_container),
		cmocka_unit_test(what_was_received_is_awaited),
		cmocka_unit_test(many_losses_leave_nothing_behind),
		cmocka_unit_test(answers_arrive_once_wherever_the_stream_breaks),
		cmocka_unit_test(a_key_exchange_goes_on_wherever_the_stream_breaks),
		cmocka_unit_test(an_exchange_that_the_server_forgot_is_given_up),
		cmocka_unit_test(an_exchange_ends_at_its_deadline_with_or_without_a_link),
		cmocka_unit_test(an_attach_that_failed_may_be_tried_again),
		cmocka_unit_test(a_server_that_forgot_the_session_gets_everything_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
