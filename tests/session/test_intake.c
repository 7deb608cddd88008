/* What a message must pass before it is believed, on either side. */
#include "session/support.h"

static const uint8_t request[8] = {0x01, 0x00, 0xde, 0xc0, 1, 2, 3, 4};

static void feed_request(struct rig *rig, int64_t id, uint32_t seq_no)
{
	rig_feed(rig, id, seq_no, request, sizeof(request));
}

static void feed_ping(struct rig *rig, int64_t id, uint32_t seq_no)
{
	rig_feed_object(rig, id, seq_no, ping, .ping_id = 7);
}

/* ---- Server: the codes ---- */

static void code_48_a_wrong_salt(void **state)
{
	struct rig *rig = *state;

	rig_feed_salted(rig, RIG_SALT + 1, 0, 1, request, sizeof(request));
	rig_flush(rig);
	rig_expect(rig, "refused 0 SALT\n"
			"> 1/0 bad_server_salt 0/1 48 5a17\n");
	feed_request(rig, 0, 1);
	rig_expect(rig, "content 0 call(1)\n");
}

static void code_48_comes_before_any_other(void **state)
{
	struct rig *rig = *state;

	rig_feed_salted(rig, 0, RIG_SECONDS(-1000) + 1, 1, request, sizeof(request));
	rig_flush(rig);
	rig_expect(rig, "refused -1000s+1 SALT\n"
			"> 1/0 bad_server_salt -1000s+1/1 48 5a17\n");
}

static void code_18_low_bits_of_no_client(void **state)
{
	struct rig *rig = *state;

	for (int64_t id = 1; id <= 3; id++)
		feed_request(rig, id, 1);
	rig_flush(rig);
	rig_expect(rig, "refused 1 MSG_ID_PARITY\n"
			"refused 2 MSG_ID_PARITY\n"
			"refused 3 MSG_ID_PARITY\n"
			"> 13/0 msg_container\n"
			"  1/0 bad_msg_notification 1/1 18\n"
			"  5/0 bad_msg_notification 2/1 18\n"
			"  9/0 bad_msg_notification 3/1 18\n");
}

static void code_16_more_than_300_s_old(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, RIG_SECONDS(-300) - 4, 1);
	feed_request(rig, RIG_SECONDS(-300), 1);
	rig_flush(rig);
	rig_expect(rig, "refused -300s-4 MSG_ID_OLD\n"
			"content -300s call(1)\n"
			"> 9/0 msg_container\n"
			"  1/0 bad_msg_notification -300s-4/1 16\n"
			"  5/0 msgs_ack -300s\n");
}

static void code_17_more_than_30_s_ahead(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, RIG_SECONDS(30) + 8, 1);
	feed_request(rig, RIG_SECONDS(30), 1);
	rig_flush(rig);
	rig_expect(rig, "refused 30s+8 MSG_ID_FUTURE\n"
			"content 30s call(1)\n"
			"> 9/0 msg_container\n"
			"  1/0 bad_msg_notification 30s+8/1 17\n"
			"  5/0 msgs_ack 30s\n");
}

static void feed_container_of_one(struct rig *rig, int64_t id)
{
	struct rig_body b;

	rig_begin_container(&b, 1);
	rig_add(rig, &b, id - 4, 1, request, sizeof(request));
	rig_feed_body(rig, id, 2, &b);
}

static void code_19_a_container_again(void **state)
{
	struct rig *rig = *state;

	feed_container_of_one(rig, 4);
	rig_flush(rig);
	feed_container_of_one(rig, 4);
	rig_flush(rig);
	rig_expect(rig, "content 0 call(1)\n"
			"refused 4 DUPLICATE\n"
			"> 9/0 msg_container\n"
			"  1/0 bad_msg_notification 4/2 19\n"
			"  5/0 msgs_ack 0\n");
}

/* Fills the window so that everything up to 100 is too old to be judged. */
static void fill_window(struct rig *rig)
{
	for (int64_t i = 0; i <= MTP_WINDOW_MAX; i++)
		rig_feed_ids(rig, 100 + 4 * i, 0, msgs_ack, 0);
	rig_expect(rig, "");
}

static void code_20_too_old_to_be_judged(void **state)
{
	struct rig *rig = *state;

	fill_window(rig);
	feed_request(rig, 40, 1);
	rig_flush(rig);
	rig_expect(rig, "refused 40 REPLAY\n"
			"> 1/0 bad_msg_notification 40/1 20\n");
}

/* Running it again would be worse than asking for it under a new msg_id. */
static void code_20_inside_a_container(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	fill_window(rig);
	rig_begin_container(&b, 2);
	rig_add(rig, &b, 40, 0, request, sizeof(request));
	rig_add_object(rig, &b, 8000, 0, ping, .ping_id = 7);
	rig_feed_body(rig, 8004, 0, &b);
	rig_flush(rig);
	rig_expect(rig, "refused 40 REPLAY\n"
			"> 9/0 msg_container\n"
			"  1/0 bad_msg_notification 40/0 20\n"
			"  5/0 pong 8000 7\n");
}

static void code_32_seq_no_too_low(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, 0, 5);
	feed_request(rig, 4, 3);
	feed_request(rig, 8, 5);
	feed_ping(rig, 12, 4);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "content 0 call(1)\n"
			"refused 4 SEQ_NO\n"
			"refused 8 SEQ_NO\n"
			"refused 12 SEQ_NO\n"
			"> 13/0 msg_container\n"
			"  1/0 bad_msg_notification 4/3 32\n"
			"  5/0 bad_msg_notification 8/5 32\n"
			"  9/0 bad_msg_notification 12/4 32\n");
}

static void an_equal_even_seq_no_is_fine(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, 0, 1);
	feed_ping(rig, 4, 2);
	feed_ping(rig, 8, 2);
	feed_request(rig, 12, 3);
	rig_expect(rig, "content 0 call(1)\n"
			"content 12 call(1)\n");
}

static void code_33_seq_no_too_high(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, 40, 5);
	feed_request(rig, 4, 7);
	feed_request(rig, 8, 5);
	feed_request(rig, 12, 3);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "content 40 call(1)\n"
			"refused 4 SEQ_NO\n"
			"refused 8 SEQ_NO\n"
			"content 12 call(1)\n"
			"> 9/0 msg_container\n"
			"  1/0 bad_msg_notification 4/7 33\n"
			"  5/0 bad_msg_notification 8/5 33\n");
}

/* The client may not have heard that it was refused: it must not wait for an answer. */
static void what_was_refused_was_not_received(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, 40, 5);
	feed_request(rig, 4, 7);
	mtp_acks_clear(&rig->session.acks);
	rig_feed_ids(rig, 44, 6, msgs_state_req, 4, 40);
	rig_forget(rig);
	rig_flush(rig);
	rig_expect(rig, "> 9/0 msg_container\n"
			"  1/0 bad_msg_notification 4/7 33\n"
			"  5/0 msgs_state_info 44 2 4\n");
}

static void what_was_refused_is_refused_again(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	feed_request(rig, 40, 5);
	feed_request(rig, 4, 7);
	feed_request(rig, 4, 7);
	rig_begin_container(&b, 1);
	rig_add(rig, &b, 4, 7, request, sizeof(request));
	rig_feed_body(rig, 44, 6, &b);
	/* By now its seq_no would do, but it was refused: it may have been sent again under another msg_id. */
	feed_request(rig, 48, 9);
	feed_request(rig, 4, 7);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "content 40 call(1)\n"
			"refused 4 SEQ_NO\n"
			"refused 4 SEQ_NO\n"
			"refused 4 SEQ_NO\n"
			"content 48 call(1)\n"
			"refused 4 SEQ_NO\n"
			"> 17/0 msg_container\n"
			"  1/0 bad_msg_notification 4/7 33\n"
			"  5/0 bad_msg_notification 4/7 33\n"
			"  9/0 bad_msg_notification 4/7 33\n"
			"  13/0 bad_msg_notification 4/7 20\n");
}

static void code_34_odd_where_there_is_no_content(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	rig_begin_container(&b, 0);
	rig_feed_body(rig, 4, 1, &b);
	rig_flush(rig);
	rig_expect(rig, "refused 4 SEQ_NO\n"
			"> 1/0 bad_msg_notification 4/1 34\n");
}

/* Against the letter, but a client in wide use does it. */
static void an_odd_ack_is_taken(void **state)
{
	struct rig *rig = *state;

	rig_feed_ids(rig, 0, 1, msgs_ack, 0);
	rig_flush(rig);
	rig_expect(rig, "");
}

static void code_35_even_where_there_is_content(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, 0, 0);
	rig_flush(rig);
	rig_expect(rig, "refused 0 SEQ_NO\n"
			"> 1/0 bad_msg_notification 0/0 35\n");
}

static void the_protocol_s_queries_may_be_either(void **state)
{
	struct rig *rig = *state;

	feed_ping(rig, 0, 0);
	feed_ping(rig, 4, 1);
	rig_feed_object(rig, 8, 2, get_future_salts, .num = 1);
	rig_feed_object(rig, 12, 3, get_future_salts, .num = 1);
	rig_expect(rig, "service 8 get_future_salts\n"
			"service 12 get_future_salts\n");
}

static void an_update_for_a_server_is_a_request(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 0, 1);
	rig_expect(rig, "content 0 deadbeef\n");
}

/* ---- Containers: as a whole or not at all ---- */

static void expect_code_64(struct rig *rig, const struct rig_body *b)
{
	rig_feed_body(rig, 400, 0, b);
	rig_flush(rig);
	rig_expect(rig, "refused 400 CONTAINER\n"
			"> 1/0 bad_msg_notification 400/0 64\n");
}

static void code_64_a_container_inside(void **state)
{
	struct rig_body inner, b;

	rig_begin_container(&inner, 0);
	rig_begin_container(&b, 2);
	rig_add(*state, &b, 0, 1, request, sizeof(request));
	rig_add(*state, &b, 4, 2, inner.data, inner.w.len);
	expect_code_64(*state, &b);
}

static void code_64_an_inner_msg_id_not_below(void **state)
{
	struct rig_body b;

	rig_begin_container(&b, 2);
	rig_add(*state, &b, 0, 1, request, sizeof(request));
	rig_add(*state, &b, 400, 3, request, sizeof(request));
	expect_code_64(*state, &b);
}

static void code_64_bytes_behind(void **state)
{
	struct rig_body b;

	rig_begin_container(&b, 1);
	rig_add(*state, &b, 0, 1, request, sizeof(request));
	mtproto_tl_write_u32(&b.w, 0);
	expect_code_64(*state, &b);
}

static void code_64_too_short(void **state)
{
	struct rig_body b;

	rig_begin_container(&b, 2);
	rig_add(*state, &b, 0, 1, request, sizeof(request));
	expect_code_64(*state, &b);
}

static void code_64_a_length_beyond_the_end(void **state)
{
	struct rig_body b;

	rig_begin_container(&b, 1);
	rig_add(*state, &b, 0, 1, request, sizeof(request));
	mtp_store_le32(b.data + 8 + 12, sizeof(request) + 4);
	expect_code_64(*state, &b);
}

static void code_64_a_length_that_is_no_multiple_of_4(void **state)
{
	struct rig_body b;

	rig_begin_container(&b, 1);
	rig_add(*state, &b, 0, 1, request, sizeof(request));
	mtp_store_le32(b.data + 8 + 12, sizeof(request) - 1);
	expect_code_64(*state, &b);
}

static void code_64_an_empty_body(void **state)
{
	struct rig_body b;

	rig_begin_container(&b, 1);
	rig_add(*state, &b, 0, 1, request, 0);
	expect_code_64(*state, &b);
}

static void add_pings(struct rig *rig, struct rig_body *b, uint32_t count)
{
	rig_begin_container(b, count);
	for (uint32_t i = 0; i < count; i++)
		rig_add_object(rig, b, 4 * (int64_t)i, 0, ping, .ping_id = i);
}

static void a_container_of_1024_is_taken(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	add_pings(rig, &b, 1024);
	rig_feed_body(rig, 8000, 0, &b);
	rig_expect(rig, "");
	assert_int_equal(rig->session.window.count, MTP_WINDOW_MAX);
	assert_false(mtp_list_empty(&rig->session.waiting));
}

static void code_64_more_than_1024(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	add_pings(rig, &b, 1025);
	rig_feed_body(rig, 8000, 0, &b);
	rig_flush(rig);
	rig_expect(rig, "refused 8000 CONTAINER\n"
			"> 1/0 bad_msg_notification 8000/0 64\n");
}

static void an_empty_container_is_legal(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	rig_begin_container(&b, 0);
	rig_feed_body(rig, 0, 0, &b);
	rig_flush(rig);
	rig_expect(rig, "");
}

/* Unacknowledged messages come again with their old ids inside fresh containers. */
static void inner_messages_may_be_older_than_300_s(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	rig_begin_container(&b, 2);
	rig_add(rig, &b, RIG_SECONDS(-400), 1, request, sizeof(request));
	rig_add(rig, &b, 1, 3, request, sizeof(request));
	rig_feed_body(rig, 4, 4, &b);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "content -400s call(1)\n"
			"refused 1 MSG_ID_PARITY\n"
			"> 1/0 bad_msg_notification 1/3 18\n");
}

/* ---- Duplicates and acknowledgements ---- */

static void a_duplicate_is_acknowledged_again_and_not_run(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, 0, 1);
	rig->session.acks_due = true;
	rig_flush(rig);
	feed_request(rig, 0, 1);
	rig->session.acks_due = true;
	rig_flush(rig);
	rig_expect(rig, "content 0 call(1)\n"
			"> 1/0 msgs_ack 0\n"
			"refused 0 DUPLICATE\n"
			"> 5/0 msgs_ack 0\n");
}

static void a_duplicate_inside_is_acknowledged_again_and_not_run(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	feed_request(rig, 0, 1);
	mtp_acks_clear(&rig->session.acks);
	rig_begin_container(&b, 3);
	rig_add(rig, &b, 0, 1, request, sizeof(request));
	rig_add(rig, &b, 4, 3, request, sizeof(request));
	rig_add(rig, &b, 4, 3, request, sizeof(request));
	rig_feed_body(rig, 8, 4, &b);
	rig->session.acks_due = true;
	rig_flush(rig);
	rig_expect(rig, "content 0 call(1)\n"
			"content 4 call(1)\n"
			"> 1/0 msgs_ack 0 4 4\n");
}

static void a_duplicate_with_an_even_seq_no_is_not_acknowledged(void **state)
{
	struct rig *rig = *state;

	feed_ping(rig, 0, 0);
	feed_ping(rig, 0, 0);
	rig_expect(rig, "refused 0 DUPLICATE\n");
	assert_int_equal(rig->session.acks.count, 0);
}

static void only_odd_ones_are_acknowledged(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	rig_begin_container(&b, 2);
	rig_add(rig, &b, 1, 1, rig_update, sizeof(rig_update));
	rig_add_object(rig, &b, 5, 2, pong, .ping_id = 1);
	rig_feed_body(rig, 9, 2, &b);
	rig_feed_update(rig, 13, 2);
	rig_feed_update(rig, 17, 3);
	rig->session.acks_due = true;
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"content 13 deadbeef\n"
			"content 17 deadbeef\n"
			"> 0/0 msgs_ack 1 17\n");
}

static void acks_wait_for_their_time(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 1, 1);
	rig_advance(rig, 29 * RIG_SECOND);
	rig_feed_update(rig, RIG_SECONDS(29) + 1, 3);
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"content 29s+1 deadbeef\n");
	rig_advance(rig, RIG_SECOND);
	rig_flush(rig);
	rig_expect(rig, "> 30s/0 msgs_ack 1 29s+1\n");
	rig_advance(rig, 31 * RIG_SECOND);
	rig_flush(rig);
	rig_expect(rig, "");
}

static void acks_are_due_when_there_are_many(void **state)
{
	struct rig *rig = *state;

	rig->session.ack_count_max = 3;
	for (int64_t i = 0; i < 2; i++)
		rig_feed_update(rig, 1 + 4 * i, 1 + 2 * (uint32_t)i);
	rig_forget(rig);
	rig_flush(rig);
	assert_int_equal(rig->log_len, 0);
	rig->wakes = 0;
	rig_feed_update(rig, 9, 5);
	assert_int_equal(rig->wakes, 1);
	rig_flush(rig);
	rig_expect(rig, "content 9 deadbeef\n"
			"> 0/0 msgs_ack 1 5 9\n");
}

static void acks_go_along_with_anything(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 1, 1);
	rig_send(rig, 1);
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"> 8/2 msg_container\n"
			"  0/1 call(1)\n"
			"  4/2 msgs_ack 1\n");
}

/* The time of one that was answered meanwhile is not the time of the next. */
static void an_ack_that_was_taken_back_leaves_no_haste(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 1, 1);
	mtp_acks_remove(&rig->session.acks, rig->base + 1);
	rig_advance(rig, 31 * RIG_SECOND);
	rig_feed_update(rig, RIG_SECONDS(31) + 1, 3);
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"content 31s+1 deadbeef\n");
	rig_advance(rig, 30 * RIG_SECOND);
	rig_flush(rig);
	rig_expect(rig, "> 61s/0 msgs_ack 31s+1\n");
}

static void what_finds_no_memory_can_come_again(void **state)
{
	struct rig *rig = *state;

	rig->pool.kept_max = 1 << 20;
	mtp_pool_free(&rig->pool, mtp_pool_alloc(&rig->pool, 64), 64);
	rig->memory.fail_all = true;
	rig_feed_update(rig, 1, 1);
	rig->memory.fail_all = false;
	rig_feed_update(rig, 1, 1);
	rig_expect(rig, "refused 1 MEMORY\n"
			"content 1 deadbeef\n");
	assert_int_equal(rig->session.acks.count, 1);
	rig->pool.kept_max = 0;
}

/* ---- Client ---- */

static void a_client_takes_a_server_s_low_bits_only(void **state)
{
	struct rig *rig = *state;

	for (int64_t id = 0; id <= 3; id++)
		rig_feed_update(rig, id, 0);
	rig_flush(rig);
	rig_expect(rig, "refused 0 MSG_ID_PARITY\n"
			"content 1 deadbeef\n"
			"refused 2 MSG_ID_PARITY\n"
			"content 3 deadbeef\n");
}

static void a_client_refuses_what_is_out_of_time(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, RIG_SECONDS(-300) - 3, 1);
	rig_feed_update(rig, RIG_SECONDS(30) + 7, 1);
	rig_expect(rig, "refused -300s-3 MSG_ID_OLD\n"
			"refused 30s+7 MSG_ID_FUTURE\n");
	assert_int_equal(rig->session.acks.count, 0);
	assert_int_equal(rig->session.window.count, 0);
	rig_feed_update(rig, RIG_SECONDS(30) + 1, 1);
	rig_feed_update(rig, RIG_SECONDS(-300) + 5, 1);
	rig_expect(rig, "content 30s+1 deadbeef\n"
			"content -300s+5 deadbeef\n");
}

/* What a client heard, until all of it is above 100. */
static void hear_much(struct rig *rig)
{
	for (int64_t i = 0; i <= MTP_WINDOW_MAX; i++)
		rig_feed_update(rig, 101 + 4 * i, 0);
	rig_forget(rig);
}

static void a_client_takes_an_inner_message_that_is_too_old_to_be_judged(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	hear_much(rig);
	rig_feed_update(rig, 41, 1);
	rig_begin_container(&b, 1);
	rig_add(rig, &b, 45, 1, rig_update, sizeof(rig_update));
	rig_feed_body(rig, 8001, 0, &b);
	rig_expect(rig, "refused 41 REPLAY\n"
			"content 45 deadbeef\n");
}

/* The server's clock went back, by more than the window remembers. An answer that is awaited can't be a replay, but all
 * else that will come would be taken for one: not so in a new session. */
static void an_answer_older_than_the_window_is_taken_and_begins_a_new_session(void **state)
{
	struct rig *rig = *state;

	hear_much(rig);
	rig_send(rig, 1);
	rig_send(rig, 2);
	rig_flush_quietly(rig);
	rig_feed_result(rig, 41, 1, 0);
	rig_expect(rig, "result 41 of call(1) deadbeef\n");
	assert_true(rig->session.drained_id != 0);
	rig_feed_update(rig, 45, 1);
	rig_expect(rig, "content 45 deadbeef\n");
}

/* It is answered: nothing is proven. */
static void an_answer_that_comes_again_is_a_replay(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_feed_result(rig, 41, 1, 0);
	hear_much(rig);
	rig_feed_result(rig, 41, 1, 0);
	rig_expect(rig, "refused 41 REPLAY\n");
	assert_true(rig->session.drained_id == 0);
}

/* What only speaks of a message may have come before: the message waits on. */
static void a_word_that_settles_nothing_proves_nothing(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	hear_much(rig);
	rig_feed_object(rig, 41, 1, new_session_created, .first_msg_id = rig->base, .unique_id = 9);
	rig_feed_object(rig, 45, 0, msg_detailed_info, .msg_id = rig->base, .answer_msg_id = rig->base + 49);
	rig_expect(rig, "refused 41 REPLAY\n"
			"refused 45 REPLAY\n");
	assert_true(rig->session.drained_id == 0);
}

static void a_client_drops_a_bad_container_and_says_nothing(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	rig_begin_container(&b, 2);
	rig_add(rig, &b, 1, 1, rig_update, sizeof(rig_update));
	rig_add(rig, &b, 405, 3, rig_update, sizeof(rig_update));
	rig_feed_body(rig, 401, 0, &b);
	rig_flush(rig);
	rig_expect(rig, "refused 401 CONTAINER\n");
}

/* ---- Client: a wrong clock ---- */

/* The client's clock goes wrong by so many seconds. */
static void set_clock_wrong(struct rig *rig, int64_t seconds)
{
	rig->key.clock.delta_ns += seconds * (int64_t)RIG_SECOND;
}

static void expect_clock_right(const struct rig *rig)
{
	int64_t wrong = mtp_clock_server_ns(&rig->key.clock, &rig->now) - (int64_t)rig->now.wall_ns;

	assert_true(wrong > -(int64_t)RIG_SECOND && wrong < (int64_t)RIG_SECOND);
}

/* The server takes what is 100 s old, so only its answers can tell. */
static void a_clock_that_is_behind_is_corrected_by_an_answer(void **state)
{
	struct rig *rig = *state;

	set_clock_wrong(rig, -100);
	rig_send(rig, 1);
	rig_flush(rig);
	rig_feed_update(rig, 1, 1);
	rig_feed_result(rig, 5, 3, RIG_SECONDS(-100));
	rig_feed_update(rig, 9, 5);
	rig_expect(rig, "> -100s/1 call(1)\n"
			"refused 1 MSG_ID_FUTURE\n"
			"clock 100000ms\n"
			"result 5 of call(1) deadbeef\n"
			"content 9 deadbeef\n");
	expect_clock_right(rig);
}

static void a_clock_is_corrected_by_an_answer_in_a_container(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	set_clock_wrong(rig, -100);
	rig_send_query(rig, ping, .ping_id = 7);
	rig_flush(rig);
	rig_begin_container(&b, 2);
	rig_add(rig, &b, 1, 1, rig_update, sizeof(rig_update));
	rig_add_object(rig, &b, 5, 2, pong, .msg_id = rig->base + (uint64_t)RIG_SECONDS(-100), .ping_id = 7);
	rig_feed_body(rig, 9, 2, &b);
	rig_expect(rig, "> -100s/0 ping\n"
			"clock 100000ms\n"
			"content 1 deadbeef\n"
			"answer 5 of ping pong\n");
	expect_clock_right(rig);
}

/* All that answers a message, as the only thing that comes. */
static void feed_answer(struct rig *rig, int kind)
{
	const uint64_t id = rig->base + (uint64_t)RIG_SECONDS(-100);

	switch (kind) {
	case 0:
		rig_feed_object(rig, 1, 0, bad_server_salt, .bad_msg_id = id, .new_server_salt = 9);
		break;
	case 1:
		rig_feed_object(rig, 1, 0, new_session_created, .first_msg_id = id, .unique_id = 9);
		break;
	case 2:
		rig_feed_object(rig, 1, 0, future_salts, .req_msg_id = id);
		break;
	case 3:
		rig_feed_object(rig, 1, 0, msgs_state_info, .req_msg_id = id);
		break;
	default:
		rig_feed_object(rig, 1, 0, msg_detailed_info, .msg_id = id, .answer_msg_id = rig->base + 5);
		break;
	}
}

static void any_answer_corrects_a_clock(void **state)
{
	(void)state;
	for (int kind = 0; kind < 5; kind++) {
		struct rig *rig = rig_new(false);

		set_clock_wrong(rig, -100);
		rig_send(rig, 1);
		rig_flush_quietly(rig);
		feed_answer(rig, kind);
		assert_int_equal(strncmp(rig->log, "clock 100000ms\n", 15), 0);
		expect_clock_right(rig);
		rig_free(rig);
	}
}

static void bad_msg_16_corrects_a_clock_that_is_behind(void **state)
{
	struct rig *rig = *state;

	set_clock_wrong(rig, -1000);
	rig_send(rig, 1);
	rig_flush(rig);
	rig_feed_object(rig, 1, 0, bad_msg_notification, .bad_msg_id = rig->base + (uint64_t)RIG_SECONDS(-1000),
			.bad_msg_seqno = 1, .error_code = 16);
	rig_flush(rig);
	rig_expect(rig, "> -1000s/1 call(1)\n"
			"clock 1000000ms\n"
			"> 0/3 call(1)\n");
	expect_clock_right(rig);
}

static void bad_msg_17_corrects_a_clock_that_is_ahead(void **state)
{
	static const int64_t ahead[] = {100, 1000};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rig *rig = rig_new(false);
		int64_t id = RIG_SECONDS(ahead[i]);

		set_clock_wrong(rig, ahead[i]);
		rig_send(rig, 1);
		rig_flush(rig);
		rig_feed_object(rig, 1, 0, bad_msg_notification, .bad_msg_id = rig->base + (uint64_t)id,
				.bad_msg_seqno = 1, .error_code = 17);
		rig_flush(rig);
		rig_expect(rig, i == 0 ? "> 100s/1 call(1)\n"
					 "clock -100000ms\n"
					 "> 0/3 call(1)\n"
				       : "> 1000s/1 call(1)\n"
					 "clock -1000000ms\n"
					 "> 0/3 call(1)\n");
		expect_clock_right(rig);
		rig_free(rig);
	}
}

static void a_clock_is_not_corrected_for_a_message_of_nobody(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_forget(rig);
	rig_feed_object(rig, RIG_SECONDS(100) + 1, 0, bad_msg_notification, .bad_msg_id = rig->base + 4,
			.error_code = 16);
	rig_feed_object(rig, RIG_SECONDS(-400) + 1, 0, bad_msg_notification, .bad_msg_id = rig->base - 4,
			.error_code = 17);
	rig_feed_result(rig, RIG_SECONDS(100) + 5, 1, 4);
	rig_expect(rig, "refused 100s+1 MSG_ID_FUTURE\n"
			"refused -400s+1 MSG_ID_OLD\n"
			"refused 100s+5 MSG_ID_FUTURE\n");
	expect_clock_right(rig);
}

static void a_settled_message_proves_nothing(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_feed_result(rig, 1, 1, 0);
	rig_forget(rig);
	rig_feed_result(rig, RIG_SECONDS(100) + 1, 3, 0);
	rig_expect(rig, "refused 100s+1 MSG_ID_FUTURE\n");
	expect_clock_right(rig);
}

/* An answer that was held back is old, and the clock is right. */
static void a_late_answer_moves_no_clock(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_advance(rig, 400 * RIG_SECOND);
	rig_forget(rig);
	rig_feed_result(rig, RIG_SECONDS(50) + 1, 1, 0);
	rig_expect(rig, "refused 50s+1 MSG_ID_OLD\n");
	expect_clock_right(rig);
}

static void other_objects_prove_nothing(void **state)
{
	struct rig *rig = *state;
	uint8_t update[12];
	struct rig_body b;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_forget(rig);
	memcpy(update, rig_update, 4);
	mtp_store_le64(update + 4, rig->base);
	rig_feed(rig, RIG_SECONDS(100) + 1, 1, update, sizeof(update));
	rig_feed_ids(rig, RIG_SECONDS(100) + 5, 0, msgs_ack, 0);
	/* A container that is none. */
	rig_begin_container(&b, 2);
	rig_add_object(rig, &b, RIG_SECONDS(100) + 1, 0, pong, .msg_id = rig->base);
	rig_feed_body(rig, RIG_SECONDS(100) + 9, 0, &b);
	rig_expect(rig, "refused 100s+1 MSG_ID_FUTURE\n"
			"refused 100s+5 MSG_ID_FUTURE\n"
			"refused 100s+9 MSG_ID_FUTURE\n");
	expect_clock_right(rig);
}

static void a_server_never_moves_its_clock(void **state)
{
	struct rig *rig = *state;
	struct mtp_out *out = rig_send(rig, 1);

	rig_flush(rig);
	rig_forget(rig);
	rig_feed_object(rig, RIG_SECONDS(100), 0, pong, .msg_id = out->msg_id);
	rig_flush_quietly(rig);
	rig_expect(rig, "refused 100s MSG_ID_FUTURE\n");
	expect_clock_right(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		server_test(code_48_a_wrong_salt),
		server_test(code_48_comes_before_any_other),
		server_test(code_18_low_bits_of_no_client),
		server_test(code_16_more_than_300_s_old),
		server_test(code_17_more_than_30_s_ahead),
		server_test(code_19_a_container_again),
		server_test(code_20_too_old_to_be_judged),
		server_test(code_20_inside_a_container),
		server_test(code_32_seq_no_too_low),
		server_test(an_equal_even_seq_no_is_fine),
		server_test(code_33_seq_no_too_high),
		server_test(what_was_refused_was_not_received),
		server_test(what_was_refused_is_refused_again),
		server_test(code_34_odd_where_there_is_no_content),
		server_test(an_odd_ack_is_taken),
		server_test(code_35_even_where_there_is_content),
		server_test(the_protocol_s_queries_may_be_either),
		server_test(an_update_for_a_server_is_a_request),
		server_test(code_64_a_container_inside),
		server_test(code_64_an_inner_msg_id_not_below),
		server_test(code_64_bytes_behind),
		server_test(code_64_too_short),
		server_test(code_64_a_length_beyond_the_end),
		server_test(code_64_a_length_that_is_no_multiple_of_4),
		server_test(code_64_an_empty_body),
		server_test(a_container_of_1024_is_taken),
		server_test(code_64_more_than_1024),
		server_test(an_empty_container_is_legal),
		server_test(inner_messages_may_be_older_than_300_s),
		server_test(a_duplicate_is_acknowledged_again_and_not_run),
		server_test(a_duplicate_inside_is_acknowledged_again_and_not_run),
		server_test(a_duplicate_with_an_even_seq_no_is_not_acknowledged),
		client_test(only_odd_ones_are_acknowledged),
		client_test(acks_wait_for_their_time),
		client_test(acks_are_due_when_there_are_many),
		client_test(acks_go_along_with_anything),
		client_test(an_ack_that_was_taken_back_leaves_no_haste),
		client_test(what_finds_no_memory_can_come_again),
		client_test(a_client_takes_a_server_s_low_bits_only),
		client_test(a_client_refuses_what_is_out_of_time),
		client_test(a_client_takes_an_inner_message_that_is_too_old_to_be_judged),
		client_test(an_answer_older_than_the_window_is_taken_and_begins_a_new_session),
		client_test(an_answer_that_comes_again_is_a_replay),
		client_test(a_word_that_settles_nothing_proves_nothing),
		client_test(a_client_drops_a_bad_container_and_says_nothing),
		client_test(a_clock_that_is_behind_is_corrected_by_an_answer),
		client_test(a_clock_is_corrected_by_an_answer_in_a_container),
		cmocka_unit_test(any_answer_corrects_a_clock),
		client_test(bad_msg_16_corrects_a_clock_that_is_behind),
		cmocka_unit_test(bad_msg_17_corrects_a_clock_that_is_ahead),
		client_test(a_clock_is_not_corrected_for_a_message_of_nobody),
		client_test(a_settled_message_proves_nothing),
		client_test(a_late_answer_moves_no_clock),
		client_test(other_objects_prove_nothing),
		server_test(a_server_never_moves_its_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
