/* The queries that a server answers by itself, byte by byte.
 * Sources: core.telegram.org/mtproto/service_messages, /mtproto/service_messages_about_messages. */
#include "server/seen.h"

struct world {
	struct pair pair;
	struct seen seen;
	struct wire wire;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	pair_init(&w->pair);
	seen_init(&w->seen, &w->pair);
	wire_client(&w->wire, &w->pair, 3);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	wire_fini(&w->wire);
	pair_fini(&w->pair);
	free(w);
	return 0;
}

static uint64_t get_future_salts(struct wire *wire, int32_t num)
{
	struct wire_body body;
	struct mtproto_get_future_salts request = {num};

	mtproto_get_future_salts_write(wire_body(&body), &request);
	return wire_send_body(wire, &body, false);
}

static void future_salts_are_a_bare_vector_of_bare_salts(void **state)
{
	struct world *w = *state;
	uint32_t now_s = (uint32_t)(w->pair.now.wall_ns / PAIR_SECOND);
	uint64_t msg_id = get_future_salts(&w->wire, 3);
	const struct wire_item *answer;

	wire_run(&w->wire);
	answer = wire_take(&w->wire, 0xae500895);
	assert_non_null(answer);
	assert_int_equal(answer->len, 20 + 3 * 16);
	assert_true(wire_u64(answer->body + 4) == msg_id);
	assert_int_equal(wire_u32(answer->body + 12), now_s);
	assert_int_equal(wire_u32(answer->body + 16), 3);
	for (uint32_t i = 0; i < 3; i++) {
		const uint8_t *item = answer->body + 20 + 16 * i;

		assert_int_equal(wire_u32(item), (now_s / 1800 + i) * 1800);
		assert_int_equal(wire_u32(item + 4), wire_u32(item) + 3600);
		assert_true(wire_u64(item + 8) != 0);
	}
	/* It is the answer: not content-related, and an answer's kind of msg_id. */
	assert_int_equal(answer->seq_no & 1, 0);
	assert_int_equal(answer->msg_id & 3, 1);
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_RPC_RESULT), 0);
	assert_true(wire_u64(answer->body + 28) == w->wire.salt);
}

static void between_one_and_64_future_salts_are_given(void **state)
{
	static const struct {
		int32_t asked;
		uint32_t given;
	} cases[] = {{-5, 1}, {0, 1}, {1, 1}, {64, 64}, {65, 64}, {INT32_MAX, 64}};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct wire_item *answer;

		get_future_salts(&w->wire, cases[i].asked);
		wire_run(&w->wire);
		answer = wire_take(&w->wire, MTPROTO_ID_FUTURE_SALTS);
		assert_non_null(answer);
		assert_int_equal(wire_u32(answer->body + 16), cases[i].given);
		assert_int_equal(answer->len, 20 + 16 * cases[i].given);
	}
}

static void a_future_salt_becomes_the_present_one(void **state)
{
	struct world *w = *state;
	const struct wire_item *answer;
	uint64_t next;

	get_future_salts(&w->wire, 2);
	wire_run(&w->wire);
	answer = wire_take(&w->wire, MTPROTO_ID_FUTURE_SALTS);
	assert_non_null(answer);
	next = wire_u64(answer->body + 20 + 16 + 8);
	pair_advance(&w->pair, 1800 * (uint64_t)PAIR_SECOND);
	w->wire.salt = next;
	wire_ping(&w->wire, 7);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_PONG));
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_BAD_SERVER_SALT), 0);
}

static void a_pong_names_the_ping_and_its_message(void **state)
{
	struct world *w = *state;
	uint64_t msg_id = wire_ping(&w->wire, 0x1122334455667788);
	const struct wire_item *pong;

	wire_run(&w->wire);
	pong = wire_take(&w->wire, 0x347773c5);
	assert_non_null(pong);
	assert_int_equal(pong->len, 20);
	assert_true(wire_u64(pong->body + 4) == msg_id);
	assert_true(wire_u64(pong->body + 12) == 0x1122334455667788);
	assert_int_equal(pong->seq_no & 1, 0);
}

static uint64_t destroy_session(struct wire *wire, uint64_t session_id)
{
	struct wire_body body;
	struct mtproto_destroy_session request = {session_id};

	mtproto_destroy_session_write(wire_body(&body), &request);
	return wire_send_body(wire, &body, true);
}

static void destroy_session_ends_another_session_of_the_key(void **state)
{
	struct world *w = *state;
	uint64_t first = w->wire.session_id;
	const struct wire_item *answer;

	w->wire.session_id = 77;
	wire_ping(&w->wire, 1);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_SESSION], 2);
	destroy_session(&w->wire, first);
	wire_run(&w->wire);
	answer = wire_take(&w->wire, 0xe22045fc);
	assert_non_null(answer);
	assert_int_equal(answer->len, 12);
	assert_true(wire_u64(answer->body + 4) == first);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_SESSION_END], 1);

	destroy_session(&w->wire, first);
	wire_run(&w->wire);
	answer = wire_take(&w->wire, 0x62d350c9);
	assert_non_null(answer);
	assert_true(wire_u64(answer->body + 4) == first);
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_RPC_RESULT), 0);
}

static void destroy_session_leaves_its_own_and_those_of_other_keys(void **state)
{
	struct world *w = *state;
	struct wire other;

	wire_client(&other, &w->pair, 5);
	other.session_id = 99;
	wire_ping(&other, 1);
	wire_run(&other);
	destroy_session(&w->wire, 99);
	destroy_session(&w->wire, w->wire.session_id);
	wire_run(&w->wire);
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_DESTROY_SESSION_NONE), 2);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_SESSION_END], 0);
	wire_fini(&other);
}

static void destroy_auth_key_answers_and_then_the_key_is_unknown(void **state)
{
	struct world *w = *state;
	struct mtproto_key_info info;

	wire_send_hex(&w->wire, "605143d1", true);
	wire_run(&w->wire);
	assert_int_equal(wire_count(&w->wire, 0xd1435160), 0);
	assert_int_equal(wire_count(&w->wire, 0xf660e1d4), 1);
	assert_int_equal(w->wire.transport_error, 0);
	wire_ping(&w->wire, 1);
	wire_run(&w->wire);
	assert_int_equal(w->wire.transport_error, -404);
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_PONG), 0);
	pair_advance(&w->pair, 2 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_DESTROYED], 1);
	assert_true(w->seen.last[MTPROTO_EVENT_KEY_DESTROYED].auth_key_id == w->wire.key.id);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_SESSION_END], 1);
	assert_int_equal(mtproto_server_find_key(w->pair.server, w->wire.key.id, &info), MTPROTO_ERR_NOT_FOUND);
}

static void destroy_auth_key_takes_the_temporary_keys_bound_to_it_along(void **state)
{
	struct world *w = *state;
	struct mtproto_key_info temp = {.temporary = true, .perm_auth_key_id = w->wire.key.id};

	wire_make_key(&temp.auth_key, 11);
	temp.expires_at = (uint32_t)(w->pair.now.wall_ns / PAIR_SECOND) + 3600;
	assert_int_equal(mtproto_server_add_key(w->pair.server, &temp), 0);
	wire_send_hex(&w->wire, "605143d1", true);
	wire_run(&w->wire);
	pair_advance(&w->pair, 2 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_DESTROYED], 2);
	assert_int_equal(mtproto_server_find_key(w->pair.server, temp.auth_key.id, &temp), MTPROTO_ERR_NOT_FOUND);
}

static uint64_t rpc_drop_answer(struct wire *wire, uint64_t req_msg_id)
{
	struct wire_body body;
	struct mtproto_rpc_drop_answer request = {req_msg_id};

	mtproto_rpc_drop_answer_write(wire_body(&body), &request);
	return wire_send_body(wire, &body, true);
}

static void dropping_the_answer_of_a_running_request_ends_both(void **state)
{
	struct world *w = *state;
	uint64_t request = seen_request(&w->wire, 1);
	uint64_t drop = rpc_drop_answer(&w->wire, request);
	struct mtproto_server_session *session;
	const uint8_t *result;
	size_t len;

	wire_run(&w->wire);
	result = wire_result(&w->wire, drop, &len);
	assert_int_equal(len, 4);
	assert_int_equal(wire_u32(result), 0xcd78e586);
	result = wire_result(&w->wire, request, &len);
	assert_int_equal(len, 4);
	assert_int_equal(wire_u32(result), 0xcd78e586);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST_DROPPED], 1);
	assert_true(w->seen.last[MTPROTO_EVENT_REQUEST_DROPPED].msg_id == request);
	session = w->seen.last[MTPROTO_EVENT_REQUEST_DROPPED].session;
	assert_int_equal(mtproto_server_reply(session, request, "data", 4), MTPROTO_ERR_NOT_FOUND);
}

static void dropping_an_answer_that_was_given_takes_it_out(void **state)
{
	struct world *w = *state;
	uint64_t request = seen_request(&w->wire, 1);
	const struct wire_item *answer;
	const uint8_t *result;
	uint64_t drop;
	size_t len;

	w->seen.answer = true;
	wire_run(&w->wire);
	answer = wire_take(&w->wire, MTPROTO_ID_RPC_RESULT);
	assert_non_null(answer);
	drop = rpc_drop_answer(&w->wire, request);
	wire_run(&w->wire);
	result = wire_result(&w->wire, drop, &len);
	assert_int_equal(len, 20);
	assert_int_equal(wire_u32(result), 0xa43ad8b7);
	assert_true(wire_u64(result + 4) == answer->msg_id);
	assert_int_equal(wire_u32(result + 12), answer->seq_no);
	assert_int_equal(wire_u32(result + 16), answer->len);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST_DROPPED], 0);

	/* It does not come again on another link; the answer to the drop does. */
	wire_clear(&w->wire);
	wire_attach(&w->wire);
	wire_ping(&w->wire, 1);
	wire_run(&w->wire);
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_RPC_RESULT), 1);
	wire_result(&w->wire, drop, &len);
}

static void dropping_the_answer_of_an_unknown_request_says_so(void **state)
{
	struct world *w = *state;
	uint64_t drop = rpc_drop_answer(&w->wire, 1234567890123456);
	const uint8_t *result;
	size_t len;

	wire_run(&w->wire);
	result = wire_result(&w->wire, drop, &len);
	assert_int_equal(len, 4);
	assert_int_equal(wire_u32(result), 0x5e2ad36e);
}

static void an_answer_is_sent_again_by_its_question(void **state)
{
	struct world *w = *state;
	uint64_t request = seen_request(&w->wire, 1);
	struct wire_body body;
	const struct wire_item *first, *again, *states;
	uint64_t msg_id;

	w->seen.answer = true;
	wire_run(&w->wire);
	first = wire_take(&w->wire, MTPROTO_ID_RPC_RESULT);
	assert_non_null(first);
	mtproto_tl_write_u32(wire_body(&body), MTPROTO_ID_MSG_RESEND_ANS_REQ);
	mtproto_tl_write_vector(&body.w, 1);
	mtproto_tl_write_long(&body.w, request);
	msg_id = wire_send_body(&w->wire, &body, false);
	wire_run(&w->wire);
	again = wire_take(&w->wire, MTPROTO_ID_RPC_RESULT);
	assert_non_null(again);
	assert_true(again->msg_id == first->msg_id);
	assert_true(again->envelope != 0);
	assert_memory_equal(again->body, first->body, first->len);
	states = wire_take(&w->wire, MTPROTO_ID_MSGS_STATE_INFO);
	assert_non_null(states);
	assert_true(wire_u64(states->body + 4) == msg_id);
	assert_int_equal(states->body[12], 1);
	assert_int_equal(states->body[13], 4);
}

static void ping_delay_disconnect(struct wire *wire, int32_t delay)
{
	struct wire_body body;
	struct mtproto_ping_delay_disconnect ping = {1, delay};

	mtproto_ping_delay_disconnect_write(wire_body(&body), &ping);
	wire_send_body(wire, &body, false);
	wire_run(wire);
	assert_non_null(wire_take(wire, MTPROTO_ID_PONG));
}

static void ping_delay_disconnect_closes_its_own_link_only(void **state)
{
	struct world *w = *state;
	struct mtproto_link *first = w->wire.link;
	struct wire other;

	wire_client(&other, &w->pair, 5);
	ping_delay_disconnect(&w->wire, 20);
	wire_attach(&w->wire);
	wire_ping(&w->wire, 1);
	wire_run(&w->wire);
	pair_advance(&w->pair, 19 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 0);
	pair_advance(&w->pair, 1 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 1);
	assert_ptr_equal(w->seen.last[MTPROTO_EVENT_LINK_CLOSED].link, first);
	assert_int_equal(w->seen.last[MTPROTO_EVENT_LINK_CLOSED].error, MTPROTO_ERR_TIMEOUT);
	pair_advance(&w->pair, 100 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 1);
	wire_fini(&other);
}

static void another_ping_delay_disconnect_moves_the_end(void **state)
{
	struct world *w = *state;

	ping_delay_disconnect(&w->wire, 20);
	pair_advance(&w->pair, 15 * (uint64_t)PAIR_SECOND);
	ping_delay_disconnect(&w->wire, 20);
	pair_advance(&w->pair, 15 * (uint64_t)PAIR_SECOND);
	ping_delay_disconnect(&w->wire, -1); /* asks for nothing */
	wire_ping(&w->wire, 1);              /* nor does this */
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 0);
	pair_advance(&w->pair, 5 * (uint64_t)PAIR_SECOND);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 1);
}

static void a_truncated_query_is_dropped(void **state)
{
	struct world *w = *state;

	wire_send_hex(&w->wire, "04bd21b9", false); /* get_future_salts without num */
	wire_send_hex(&w->wire, "262151e701020304", false);
	wire_send_hex(&w->wire, "40a7e458", false);
	wire_ping(&w->wire, 1);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_PONG));
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_FUTURE_SALTS), 0);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 0);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_LINK_CLOSED], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(future_salts_are_a_bare_vector_of_bare_salts),
		TEST(between_one_and_64_future_salts_are_given),
		TEST(a_future_salt_becomes_the_present_one),
		TEST(a_pong_names_the_ping_and_its_message),
		TEST(destroy_session_ends_another_session_of_the_key),
		TEST(destroy_session_leaves_its_own_and_those_of_other_keys),
		TEST(destroy_auth_key_answers_and_then_the_key_is_unknown),
		TEST(destroy_auth_key_takes_the_temporary_keys_bound_to_it_along),
		TEST(dropping_the_answer_of_a_running_request_ends_both),
		TEST(dropping_an_answer_that_was_given_takes_it_out),
		TEST(dropping_the_answer_of_an_unknown_request_says_so),
		TEST(an_answer_is_sent_again_by_its_question),
		TEST(ping_delay_disconnect_closes_its_own_link_only),
		TEST(another_ping_delay_disconnect_moves_the_end),
		TEST(a_truncated_query_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
