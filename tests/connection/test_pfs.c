/* Temporary keys: refused, forgotten, at their end. The permanent key outlives all of it. Source:
 * core.telegram.org/api/pfs. */
#include "connection/wire.h"

enum { METHOD = 0x11223344 };

static const uint8_t method[8] = {0x44, 0x33, 0x22, 0x11, 1, 2, 3, 4};

static void open_pair(struct pair *pair, int32_t expires_in)
{
	struct mtproto_connection_config config;

	pair_init(pair);
	mtproto_connection_config_init(&config);
	config.temp_expires_in = expires_in;
	config.layer = 200;
	pair_new_connection(pair, &config);
	pair_attach(pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(pair);
	assert_true(pair->ready);
	pair->ready = false;
}

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

static void a_given_permanent_key_gets_a_temporary_one(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_key_info key = {.temporary = false};
	struct mtproto_connection_info info;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	wire_make_key(&key.auth_key, 3);
	assert_int_equal(mtproto_server_add_key(pair.server, &key), 0);
	mtproto_connection_config_init(&config);
	config.auth_key = &key.auth_key;
	config.temp_expires_in = 3600;
	pair_new_connection(&pair, &config);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	expect_call(&pair);
	info = info_of(&pair);
	assert_memory_equal(&info.auth_key, &key.auth_key, sizeof(key.auth_key));
	assert_true(info.temp_auth_key_id != 0);
	assert_int_equal(info.temp_expires_at, pair.now.wall_ns / PAIR_SECOND + 3600);
	pair_fini(&pair);
}

static void a_temporary_key_that_the_server_forgot_is_replaced(void **state)
{
	struct mtproto_connection_info before, after;
	struct pair pair;

	(void)state;
	open_pair(&pair, 3600);
	expect_call(&pair);
	before = info_of(&pair);
	assert_int_equal(mtproto_server_remove_key(pair.server, before.temp_auth_key_id), 0);
	pair_invoke(&pair, method, 8);
	pair_run(&pair);
	/* -404 ends the link; the call waits. */
	assert_null(pair.client_link);
	assert_int_equal(pair.last_error, MTPROTO_ERR_TRANSPORT_CODE);
	assert_int_equal(pair.last_transport_error, -404);
	assert_int_equal(pair.failed, 0);
	assert_int_equal(pair.results, 1);
	after = info_of(&pair);
	assert_memory_equal(&after.auth_key, &before.auth_key, sizeof(after.auth_key));
	assert_true(after.temp_auth_key_id == 0);
	assert_false(after.ready);

	/* Nothing is under way that could end: the deadlines of the old key went with it. */
	pair_advance(&pair, 4000 * (uint64_t)PAIR_SECOND);
	pair_pull(&pair, pair.client_context, false);
	assert_int_equal(pair.failed, 0);
	assert_int_equal(pair.failures, 1);
	pair_invoke(&pair, method, 8);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_true(pair.ready);
	assert_int_equal(pair.results, 2);
	after = info_of(&pair);
	assert_memory_equal(&after.auth_key, &before.auth_key, sizeof(after.auth_key));
	assert_true(after.temp_auth_key_id != 0 && after.temp_auth_key_id != before.temp_auth_key_id);
	assert_true(after.session_id != before.session_id);
	pair_fini(&pair);
}

/* As a server does that lost what was bound to what, but no key. */
static void unbind(struct pair *pair)
{
	struct mtproto_key_info key;
	uint64_t id = info_of(pair).temp_auth_key_id;

	assert_int_equal(mtproto_server_find_key(pair->server, id, &key), 0);
	assert_int_equal(mtproto_server_remove_key(pair->server, id), 0);
	key.perm_auth_key_id = 0;
	assert_int_equal(mtproto_server_add_key(pair->server, &key), 0);
	pair_advance(pair, PAIR_SECOND); /* else its next msg_ids were those of before */
}

static void a_temporary_key_that_is_bound_no_more_is_replaced_and_costs_no_call(void **state)
{
	struct mtproto_connection_info before, after;
	struct mtproto_call_config once;
	struct pair pair;
	uint64_t call;

	(void)state;
	open_pair(&pair, 3600);
	expect_call(&pair);
	before = info_of(&pair);
	unbind(&pair);
	mtproto_call_config_init(&once, pair.connection);
	once.at_most_once = true;
	assert_int_equal(mtproto_connection_invoke(pair.connection, &pair.now, &once, method, 8, &call), 0);
	pair_invoke(&pair, method, 8);
	pair_run(&pair);
	assert_null(pair.client_link);
	assert_int_equal(pair.last_error, MTPROTO_ERR_BIND);
	assert_int_equal(pair.results, 1);
	assert_int_equal(pair.failures, 0);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_int_equal(pair.results, 3);
	assert_int_equal(pair.failures, 0);
	after = info_of(&pair);
	assert_true(after.temp_auth_key_id != 0 && after.temp_auth_key_id != before.temp_auth_key_id);
	assert_memory_equal(&after.auth_key, &before.auth_key, sizeof(before.auth_key));
	pair_fini(&pair);
}

/* Else keys would be made without end. */
static void a_server_that_never_knows_what_is_bound_is_not_tried_for_ever(void **state)
{
	struct pair pair;

	(void)state;
	open_pair(&pair, 3600);
	unbind(&pair);
	pair_invoke(&pair, method, 8);
	pair_run(&pair);
	assert_non_null(pair.client_link);
	assert_int_equal(pair.results, 0);
	assert_int_equal(pair.errors, 1);
	assert_string_equal(pair.last_text, "AUTH_KEY_PERM_EMPTY");
	assert_int_equal(info_of(&pair).pending_calls, 0);
	pair_fini(&pair);
}

static void a_permanent_key_that_the_server_forgot_is_kept(void **state)
{
	struct mtproto_connection_info before, after;
	struct mtproto_key_info key = {.temporary = false};
	struct pair pair;

	(void)state;
	pair_ready(&pair);
	before = info_of(&pair);
	assert_int_equal(mtproto_server_remove_key(pair.server, before.auth_key.id), 0);
	for (int i = 0; i < 3; i++) {
		pair_invoke(&pair, method, 8);
		pair_run(&pair);
		assert_null(pair.client_link);
		assert_int_equal(pair.last_transport_error, -404);
		after = info_of(&pair);
		assert_memory_equal(&after.auth_key, &before.auth_key, sizeof(after.auth_key));
		pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	}
	/* It comes back, say from a backup: nothing was lost. */
	key.auth_key = before.auth_key;
	assert_int_equal(mtproto_server_add_key(pair.server, &key), 0);
	pair_lose_links(&pair);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_int_equal(pair.results, 3);
	pair_fini(&pair);
}

static void note_refusal(struct pair *pair, const struct mtproto_event *event)
{
	if (event->type != MTPROTO_EVENT_HANDSHAKE_FAILED)
		return;
	pair->last_code = event->code;
	assert_true(event->text.len < sizeof(pair->last_text));
	memcpy(pair->last_text, event->text.data ? (const char *)event->text.data : "", event->text.len);
	pair->last_text[event->text.len] = 0;
}

/* The server has lost the permanent key, as the refusal says. What to do about that is the program's decision. */
static void a_refused_bind_says_why_and_keeps_the_permanent_key(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_auth_key key;
	struct mtproto_key_info known = {.temporary = false};
	struct mtproto_connection_info info;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	pair.on_client = note_refusal;
	wire_make_key(&key, 3);
	mtproto_connection_config_init(&config);
	config.auth_key = &key;
	config.temp_expires_in = 3600;
	pair_new_connection(&pair, &config);
	pair_invoke(&pair, method, 8);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_false(pair.ready);
	assert_int_equal(pair.failed, MTPROTO_ERR_BIND);
	assert_int_equal(pair.last_code, 400);
	assert_string_equal(pair.last_text, "ENCRYPTED_MESSAGE_INVALID");
	assert_null(pair.client_link);
	info = info_of(&pair);
	assert_memory_equal(&info.auth_key, &key, sizeof(key));
	assert_true(info.temp_auth_key_id == 0);
	assert_int_equal(info.pending_calls, 1);
	/* It was told once; no deadline of it is left. */
	pair.failed = 0;
	pair_advance(&pair, 15 * (uint64_t)PAIR_SECOND);
	pair_pull(&pair, pair.client_context, false);
	assert_int_equal(pair.failed, 0);

	known.auth_key = key;
	assert_int_equal(mtproto_server_add_key(pair.server, &known), 0);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_true(pair.ready);
	assert_int_equal(pair.results, 1);
	pair_fini(&pair);
}

/* ---- The end of a temporary key ---- */

static void a_temporary_key_is_replaced_before_its_end_on_the_same_link(void **state)
{
	struct mtproto_connection_info before, after;
	struct mtproto_link *link;
	struct pair pair;

	(void)state;
	open_pair(&pair, 3600);
	expect_call(&pair);
	before = info_of(&pair);
	link = pair.client_link;
	for (int minute = 0; minute < 52; minute++) {
		pair_advance(&pair, 60 * (uint64_t)PAIR_SECOND);
		expect_call(&pair);
	}
	assert_false(pair.ready);
	assert_true(info_of(&pair).temp_auth_key_id == before.temp_auth_key_id);
	assert_true(mtproto_context_deadline(pair.client_context) <= pair.now.mono_ns + 61 * (uint64_t)PAIR_SECOND);
	pair_advance(&pair, 61 * (uint64_t)PAIR_SECOND);
	pair_run(&pair);
	assert_true(pair.ready);
	after = info_of(&pair);
	assert_true(after.temp_auth_key_id != before.temp_auth_key_id);
	assert_memory_equal(&after.auth_key, &before.auth_key, sizeof(after.auth_key));
	assert_ptr_equal(pair.client_link, link);
	expect_call(&pair);
	assert_int_equal(pair.failures, 0);
	pair_fini(&pair);
}

/* Answers under the old key that come late do not harm. */
static void late_answers_under_the_old_key_are_ignored(void **state)
{
	struct pair pair;

	(void)state;
	open_pair(&pair, 3600);
	pair_invoke(&pair, method, 8);
	pair_pull(&pair, pair.client_context, false);
	pair_move(&pair, pair.client_link, pair.server_link);
	pair_pull(&pair, pair.server_context, true);
	pair_advance(&pair, 3541 * (uint64_t)PAIR_SECOND);
	/* The client begins a new exchange before it reads the answer. */
	pair_pull(&pair, pair.client_context, false);
	pair_run(&pair);
	assert_true(pair.ready);
	assert_non_null(pair.client_link);
	assert_int_equal(pair.failed, 0);
	expect_call(&pair);
	pair_fini(&pair);
}

static void without_a_link_it_is_replaced_at_the_next(void **state)
{
	struct mtproto_connection_info before;
	struct pair pair;

	(void)state;
	open_pair(&pair, 600);
	before = info_of(&pair);
	pair_lose_links(&pair);
	pair_advance(&pair, 700 * (uint64_t)PAIR_SECOND);
	pair_pull(&pair, pair.client_context, false);
	assert_int_equal(pair.failed, 0);
	pair_attach(&pair, MTPROTO_FRAMING_ABRIDGED, true);
	expect_call(&pair);
	assert_true(info_of(&pair).temp_auth_key_id != before.temp_auth_key_id);
	pair_fini(&pair);
}

/* A call from before the new key is a first one to the server: it comes with the application's header. */
static void calls_that_wait_for_a_new_key_get_the_header_again(void **state)
{
	struct pair pair;
	struct mtproto_connection_info before;
	struct mtproto_server_session_info session = {0};

	(void)state;
	open_pair(&pair, 3600);
	expect_call(&pair);
	before = info_of(&pair);
	assert_int_equal(mtproto_server_remove_key(pair.server, before.temp_auth_key_id), 0);
	pair_invoke(&pair, method, 8); /* the header was accepted: without one */
	pair_run(&pair);
	assert_null(pair.client_link);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_pull(&pair, pair.client_context, false);
	while (pair.results == 1) {
		struct mtproto_event event;

		pair_move(&pair, pair.client_link, pair.server_link);
		assert_int_equal(mtproto_context_process(pair.server_context, &pair.now), 0);
		while (mtproto_context_next_event(pair.server_context, &event)) {
			if (event.type != MTPROTO_EVENT_REQUEST)
				continue;
			mtproto_server_session_get_info(event.session, &session);
			assert_int_equal(event.body.len, 8);
			assert_int_equal(mtproto_server_reply(event.session, event.msg_id, event.body.data, 8), 0);
		}
		while (mtproto_context_next_writable(pair.server_context)) {
		}
		pair_move(&pair, pair.server_link, pair.client_link);
		pair_pull(&pair, pair.client_context, false);
	}
	assert_int_equal(pair.results, 2);
	assert_int_equal(session.layer, 200);
	pair_fini(&pair);
}

/* Between two temporary keys there is none: nothing may be encrypted, not even an acknowledgement. */
static void nothing_is_sent_between_two_keys(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_connection_info info;
	struct mtproto_auth_key key;
	struct wire_body body;
	struct pair pair;
	struct wire wire;

	(void)state;
	pair_init(&pair);
	mtproto_connection_config_init(&config);
	config.temp_expires_in = 3600;
	config.ack_count_max = 1;
	pair_new_connection(&pair, &config);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	info = info_of(&pair);
	wire_make_key(&key, 3);
	wire_init(&wire, &pair, true, &key);

	/* An update wants its acknowledgement at once, and then the key is gone. */
	{
		struct mtproto_key_info temp;

		assert_int_equal(mtproto_server_find_key(pair.server, info.temp_auth_key_id, &temp), 0);
		wire.key = temp.auth_key;
	}
	wire.session_id = info.session_id;
	pair_lose_links(&pair);
	wire_serve(&wire);
	wire_run(&wire);
	wire_clear(&wire);
	mtproto_tl_write_u32(wire_body(&body), 0x77665544);
	wire_send_body(&wire, &body, true);
	wire_send_packet(&wire, "\x6c\xfe\xff\xff", 4, false);
	assert_int_equal(mtproto_context_process(pair.client_context, &pair.now), 0);
	pair_pull(&pair, pair.client_context, false);
	assert_null(pair.client_link);

	wire_serve(&wire);
	wire_run(&wire);
	assert_int_equal(wire.packets, 1);
	assert_int_equal(wire.items[wire.count - 1].id, MTPROTO_ID_REQ_PQ_MULTI);
	pair_advance(&pair, 5 * (uint64_t)PAIR_SECOND);
	wire_run(&wire);
	assert_int_equal(wire.packets, 1);
	wire_fini(&wire);
	pair_fini(&pair);
}

/* A bind that waits when its link is lost goes out on the next. */
static void a_bind_survives_its_link(void **state)
{
	size_t done = 0;

	(void)state;
	for (int turns = 1; turns < 40 && !done; turns++) {
		struct mtproto_connection_config config;
		struct pair pair;

		pair_init(&pair);
		mtproto_connection_config_init(&config);
		config.temp_expires_in = 3600;
		pair_new_connection(&pair, &config);
		pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
		/* So many turns; then bytes come, and the link goes before anything leaves. */
		for (int i = 0; i < turns; i++) {
			pair_pull(&pair, pair.client_context, false);
			pair_move(&pair, pair.client_link, pair.server_link);
			pair_pull(&pair, pair.server_context, true);
			pair_move(&pair, pair.server_link, pair.client_link);
		}
		assert_int_equal(mtproto_context_process(pair.client_context, &pair.now), 0);
		done = info_of(&pair).ready;
		pair_lose_links(&pair);
		pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
		pair_run(&pair);
		assert_true(pair.ready);
		assert_int_equal(pair.failed, 0);
		pair_fini(&pair);
	}
	assert_true(done);
}

/* ---- Renewal costs no call anything ---- */

/* A server that keeps its requests until the test lets it answer. */
struct slow {
	struct mtproto_server_session *sessions[8];
	uint64_t msg_ids[8];
	size_t count;
	size_t twice; /* calls whose end said that they may have been run twice */
};

static void keep_request(struct pair *pair, const struct mtproto_event *event)
{
	struct slow *slow = pair->user;

	if (event->type != MTPROTO_EVENT_REQUEST)
		return;
	assert_true(slow->count < 8);
	slow->sessions[slow->count] = event->session;
	slow->msg_ids[slow->count++] = event->msg_id;
}

static void note_twice(struct pair *pair, const struct mtproto_event *event)
{
	((struct slow *)pair->user)->twice += event->maybe_executed_twice;
}

static void answer(struct slow *slow, size_t i)
{
	assert_int_equal(mtproto_server_reply(slow->sessions[i], slow->msg_ids[i], method, 8), 0);
}

static uint64_t invoke_for_ever(struct pair *pair)
{
	struct mtproto_call_config config;
	uint64_t call;

	mtproto_call_config_init(&config, pair->connection);
	config.timeout_ns = 0;
	assert_int_equal(mtproto_connection_invoke(pair->connection, &pair->now, &config, method, 8, &call), 0);
	return call;
}

/* One call is at work on the server, its key is replaced. */
static void replace_under_a_call(struct pair *pair, struct slow *slow)
{
	uint64_t temp;

	memset(slow, 0, sizeof(*slow));
	open_pair(pair, 3600);
	temp = info_of(pair).temp_auth_key_id;
	pair->user = slow;
	pair->on_server = keep_request;
	pair->on_client = note_twice;
	invoke_for_ever(pair);
	pair_run(pair);
	assert_int_equal(slow->count, 1);
	pair_advance(pair, 3160 * (uint64_t)PAIR_SECOND);
	pair_run(pair);
	assert_true(pair->ready);
	assert_true(info_of(pair).temp_auth_key_id != temp);
	assert_int_equal(slow->count, 1);
}

static void a_call_is_answered_under_the_key_with_which_it_was_sent(void **state)
{
	struct mtproto_server_session_info session;
	struct slow slow;
	struct pair pair;

	(void)state;
	replace_under_a_call(&pair, &slow);
	/* A later one goes with the new key. */
	invoke_for_ever(&pair);
	pair_run(&pair);
	assert_int_equal(slow.count, 2);
	assert_ptr_not_equal(slow.sessions[0], slow.sessions[1]);
	/* Both sessions go on over another link. */
	pair_lose_links(&pair);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	answer(&slow, 0);
	answer(&slow, 1);
	pair_run(&pair);
	assert_int_equal(pair.results, 2);
	assert_int_equal(slow.twice, 0);
	/* Answers under the old key are acknowledged there. */
	pair_advance(&pair, 31 * (uint64_t)PAIR_SECOND);
	pair_run(&pair);
	for (size_t i = 0; i < 2; i++) {
		mtproto_server_session_get_info(slow.sessions[i], &session);
		assert_int_equal(session.unacknowledged, 0);
	}
	/* At its end the old key is done with; nobody minds. */
	pair_advance(&pair, 450 * (uint64_t)PAIR_SECOND);
	pair_run(&pair);
	assert_non_null(pair.client_link);
	assert_int_equal(pair.requests, 2);
	pair_fini(&pair);
}

static void a_call_that_outlives_its_key_goes_out_again_and_says_so(void **state)
{
	struct slow slow;
	struct pair pair;

	(void)state;
	replace_under_a_call(&pair, &slow);
	pair_advance(&pair, 431 * (uint64_t)PAIR_SECOND);
	pair_run(&pair);
	assert_int_equal(slow.count, 2);
	answer(&slow, 1);
	pair_run(&pair);
	assert_int_equal(pair.results, 1);
	assert_int_equal(slow.twice, 1);
	pair_fini(&pair);
}

static void calls_flow_while_the_next_key_is_made(void **state)
{
	struct mtproto_connection_info info;
	struct pair pair;
	size_t turns;

	(void)state;
	open_pair(&pair, 3600);
	info = info_of(&pair);
	pair_advance(&pair, 3160 * (uint64_t)PAIR_SECOND);
	for (turns = 0; info_of(&pair).temp_auth_key_id == info.temp_auth_key_id && turns < 50; turns++) {
		size_t before = pair.results;

		/* One way of the exchange at a time: each call is answered meanwhile. */
		pair_invoke(&pair, method, 8);
		for (int way = 0; way < 2; way++) {
			pair_pull(&pair, pair.client_context, false);
			pair_move(&pair, pair.client_link, pair.server_link);
			pair_pull(&pair, pair.server_context, true);
			pair_move(&pair, pair.server_link, pair.client_link);
		}
		pair_pull(&pair, pair.client_context, false);
		assert_true(pair.results > before);
	}
	assert_true(turns > 1 && turns < 50);
	pair_fini(&pair);
}

static void a_renewal_that_fails_is_tried_again_and_costs_no_link(void **state)
{
	struct mtproto_key_info key = {.temporary = false};
	struct mtproto_key_info temp;
	struct mtproto_connection_info before;
	struct mtproto_link *link;
	struct pair pair;

	(void)state;
	open_pair(&pair, 3600);
	before = info_of(&pair);
	link = pair.client_link;
	/* Without the permanent key the server refuses the bind. The temporary key still is good. */
	assert_int_equal(mtproto_server_find_key(pair.server, before.temp_auth_key_id, &temp), 0);
	assert_int_equal(mtproto_server_remove_key(pair.server, before.auth_key.id), 0);
	pair_advance(&pair, 10 * (uint64_t)PAIR_SECOND);
	pair_run(&pair);
	assert_int_equal(mtproto_server_add_key(pair.server, &temp), 0);
	pair_advance(&pair, 3160 * (uint64_t)PAIR_SECOND);
	pair_run(&pair);
	assert_int_equal(pair.failed, MTPROTO_ERR_BIND);
	assert_ptr_equal(pair.client_link, link);
	expect_call(&pair);
	assert_true(info_of(&pair).temp_auth_key_id == before.temp_auth_key_id);
	key.auth_key = before.auth_key;
	assert_int_equal(mtproto_server_add_key(pair.server, &key), 0);
	pair_advance(&pair, 61 * (uint64_t)PAIR_SECOND);
	pair_run(&pair);
	assert_true(info_of(&pair).temp_auth_key_id != before.temp_auth_key_id);
	assert_ptr_equal(pair.client_link, link);
	expect_call(&pair);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_given_permanent_key_gets_a_temporary_one),
		cmocka_unit_test(a_temporary_key_that_the_server_forgot_is_replaced),
		cmocka_unit_test(a_temporary_key_that_is_bound_no_more_is_replaced_and_costs_no_call),
		cmocka_unit_test(a_server_that_never_knows_what_is_bound_is_not_tried_for_ever),
		cmocka_unit_test(a_permanent_key_that_the_server_forgot_is_kept),
		cmocka_unit_test(a_refused_bind_says_why_and_keeps_the_permanent_key),
		cmocka_unit_test(a_temporary_key_is_replaced_before_its_end_on_the_same_link),
		cmocka_unit_test(late_answers_under_the_old_key_are_ignored),
		cmocka_unit_test(without_a_link_it_is_replaced_at_the_next),
		cmocka_unit_test(calls_that_wait_for_a_new_key_get_the_header_again),
		cmocka_unit_test(nothing_is_sent_between_two_keys),
		cmocka_unit_test(a_bind_survives_its_link),
		cmocka_unit_test(a_call_is_answered_under_the_key_with_which_it_was_sent),
		cmocka_unit_test(a_call_that_outlives_its_key_goes_out_again_and_says_so),
		cmocka_unit_test(calls_flow_while_the_next_key_is_made),
		cmocka_unit_test(a_renewal_that_fails_is_tried_again_and_costs_no_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
