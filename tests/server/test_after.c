/* Requests that must be run after others wait for those, bounded in number and time. */
#include "server/seen.h"

enum { HELD_MAX = 1000, HALF_SECOND = 500000000 };

struct world {
	struct pair pair;
	struct seen seen;
	struct wire wire;
};

static void open_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	pair_init(&w->pair);
	seen_init(&w->seen, &w->pair);
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

static size_t requests(const struct world *w)
{
	return w->seen.counts[MTPROTO_EVENT_REQUEST];
}

/* A request in invokeAfterMsgs, or (one) in invokeAfterMsg. */
static uint64_t follow(struct world *w, const uint64_t *after, uint32_t count)
{
	struct wire_body body;

	mtproto_tl_write_u32(wire_body(&body), count == 1 ? MTPROTO_ID_INVOKE_AFTER_MSG : MTPROTO_ID_INVOKE_AFTER_MSGS);
	if (count != 1)
		mtproto_tl_write_vector(&body.w, count);
	for (uint32_t i = 0; i < count; i++)
		mtproto_tl_write_long(&body.w, after[i]);
	mtproto_tl_write_u32(&body.w, 0x11223344);
	mtproto_tl_write_u32(&body.w, 99);
	return wire_send_body(&w->wire, &body, true);
}

static uint64_t request(struct world *w)
{
	uint64_t msg_id = seen_request(&w->wire, 1);

	wire_run(&w->wire);
	return msg_id;
}

static void answer(struct world *w, uint64_t msg_id)
{
	assert_int_equal(mtproto_server_reply(session_of(w), msg_id, "abcd", 4), 0);
	wire_run(&w->wire);
}

static void a_request_waits_for_the_one_it_follows(void **state)
{
	struct world w;
	uint64_t first, second;

	(void)state;
	open_world(&w);
	first = request(&w);
	second = follow(&w, &first, 1);
	wire_run(&w.wire);
	assert_int_equal(requests(&w), 1);
	/* The program does not have it yet. */
	assert_int_equal(mtproto_server_reply(session_of(&w), second, "abcd", 4), MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(mtproto_server_error(session_of(&w), second, 400, "X"), MTPROTO_ERR_NOT_FOUND);
	answer(&w, first);
	assert_int_equal(requests(&w), 2);
	assert_true(w.seen.requests[1] == second);
	answer(&w, second);
	close_world(&w);
}

static void one_that_comes_late_is_waited_for(void **state)
{
	struct world w;
	uint64_t late[2], follower;
	uint8_t body[8] = {0x44, 0x33, 0x22, 0x11};

	(void)state;
	open_world(&w);
	late[0] = wire_next_msg_id(&w.wire);
	late[1] = wire_next_msg_id(&w.wire);
	w.wire.content_count += 2;
	follower = follow(&w, late, 2);
	wire_run(&w.wire);
	assert_int_equal(requests(&w), 0);
	/* They come in reverse order. */
	wire_send_as(&w.wire, late[1], 3, body, 8);
	wire_send_as(&w.wire, late[0], 1, body, 8);
	wire_run(&w.wire);
	assert_int_equal(requests(&w), 2);
	answer(&w, late[1]);
	assert_int_equal(requests(&w), 2);
	answer(&w, late[0]);
	assert_int_equal(requests(&w), 3);
	assert_true(w.seen.requests[2] == follower);
	close_world(&w);
}

static void what_is_answered_is_not_waited_for(void **state)
{
	struct world w;
	uint64_t first;

	(void)state;
	open_world(&w);
	first = request(&w);
	answer(&w, first);
	follow(&w, &first, 1);
	wire_run(&w.wire);
	assert_int_equal(requests(&w), 2);
	/* Nor when the answer was acknowledged, nor when there is nothing to wait for. */
	wire_ack(&w.wire, wire_take(&w.wire, MTPROTO_ID_RPC_RESULT)->msg_id);
	follow(&w, &first, 1);
	follow(&w, NULL, 0);
	wire_run(&w.wire);
	assert_int_equal(requests(&w), 4);
	close_world(&w);
}

static void who_follows_a_failure_fails(void **state)
{
	struct world w;
	uint64_t first, second, third, fourth;

	(void)state;
	open_world(&w);
	first = request(&w);
	second = follow(&w, &first, 1);
	third = follow(&w, &second, 1);
	wire_run(&w.wire);
	assert_int_equal(mtproto_server_error(session_of(&w), first, 400, "NO"), 0);
	wire_run(&w.wire);
	wire_expect_error(&w.wire, first, 400, "NO");
	wire_expect_error(&w.wire, second, 400, "MSG_WAIT_FAILED");
	wire_expect_error(&w.wire, third, 400, "MSG_WAIT_FAILED");
	/* Also one that comes when it is known. */
	fourth = follow(&w, &first, 1);
	wire_run(&w.wire);
	wire_expect_error(&w.wire, fourth, 400, "MSG_WAIT_FAILED");
	assert_int_equal(requests(&w), 1);
	close_world(&w);
}

static void half_a_second_is_waited(void **state)
{
	struct world w;
	uint64_t first, second, third;

	(void)state;
	open_world(&w);
	first = request(&w);
	second = follow(&w, &first, 1);
	wire_run(&w.wire);
	pair_advance(&w.pair, 1000);
	third = follow(&w, &second, 1);
	wire_run(&w.wire);
	assert_true(mtproto_context_deadline(w.pair.server_context) <= w.pair.now.mono_ns + HALF_SECOND - 1000);
	pair_advance(&w.pair, HALF_SECOND - 1001);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_RPC_RESULT), 0);
	pair_advance(&w.pair, 1);
	wire_run(&w.wire);
	wire_expect_error(&w.wire, second, 400, "MSG_WAIT_TIMEOUT");
	wire_expect_error(&w.wire, third, 400, "MSG_WAIT_FAILED");
	answer(&w, first);
	assert_int_equal(requests(&w), 1);
	close_world(&w);
}

static void drop(struct world *w, uint64_t msg_id)
{
	struct mtproto_rpc_drop_answer query = {msg_id};
	struct wire_body body;

	mtproto_rpc_drop_answer_write(wire_body(&body), &query);
	wire_send_body(&w->wire, &body, true);
	wire_run(&w->wire);
}

static void what_is_taken_back_is_not_held(void **state)
{
	struct mtproto_server_session_info info;
	struct world w;
	uint64_t first, second;

	(void)state;
	open_world(&w);
	first = request(&w);
	second = follow(&w, &first, 1);
	wire_run(&w.wire);
	drop(&w, second);
	/* The program never heard of it. */
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST_DROPPED], 0);
	mtproto_server_session_get_info(session_of(&w), &info);
	assert_int_equal(info.pending_requests, 1);
	/* Who follows what was taken back waits for nothing that will be. */
	second = follow(&w, &first, 1);
	wire_run(&w.wire);
	drop(&w, first);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST_DROPPED], 1);
	wire_expect_error(&w.wire, second, 400, "MSG_WAIT_FAILED");
	close_world(&w);
}

static void no_more_are_held_than_a_thousand(void **state)
{
	struct world w;
	uint64_t first, last = 0;

	(void)state;
	open_world(&w);
	first = request(&w);
	for (int i = 0; i < HELD_MAX; i++) {
		follow(&w, &first, 1);
		if (i % 100 == 0)
			wire_run(&w.wire);
	}
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_RPC_RESULT), 0);
	last = follow(&w, &first, 1);
	wire_run(&w.wire);
	wire_expect_error(&w.wire, last, 400, "MSG_WAIT_TIMEOUT");
	assert_int_equal(requests(&w), 1);
	answer(&w, first);
	assert_int_equal(requests(&w), HELD_MAX + 1);
	close_world(&w);
}

static void no_more_bytes_are_held_than_four_mebibytes(void **state)
{
	static uint8_t body[1 << 20];
	struct world w;
	uint64_t msg_ids[5], first;

	(void)state;
	open_world(&w);
	first = request(&w);
	memset(body, 0, sizeof(body));
	memcpy(body, "\x2d\x37\x9f\xcb", 4);
	memcpy(body + 4, &first, 8);
	memcpy(body + 12, "\x44\x33\x22\x11", 4);
	for (int i = 0; i < 5; i++) {
		msg_ids[i] = wire_send(&w.wire, body, sizeof(body), true);
		wire_run(&w.wire);
	}
	wire_expect_error(&w.wire, msg_ids[4], 400, "MSG_WAIT_TIMEOUT");
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_RPC_RESULT), 0);
	close_world(&w);
}

static void a_session_ends_with_what_it_holds(void **state)
{
	struct world w;
	uint64_t first;

	(void)state;
	open_world(&w);
	first = request(&w);
	follow(&w, &first, 1);
	wire_run(&w.wire);
	assert_int_equal(mtproto_server_remove_key(w.pair.server, w.wire.key.id), 0);
	wire_run(&w.wire);
	pair_advance(&w.pair, PAIR_SECOND);
	wire_run(&w.wire);
	assert_int_equal(requests(&w), 1);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_waits_for_the_one_it_follows),
		cmocka_unit_test(one_that_comes_late_is_waited_for),
		cmocka_unit_test(what_is_answered_is_not_waited_for),
		cmocka_unit_test(who_follows_a_failure_fails),
		cmocka_unit_test(half_a_second_is_waited),
		cmocka_unit_test(what_is_taken_back_is_not_held),
		cmocka_unit_test(no_more_are_held_than_a_thousand),
		cmocka_unit_test(no_more_bytes_are_held_than_four_mebibytes),
		cmocka_unit_test(a_session_ends_with_what_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
