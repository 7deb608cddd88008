/* The protocol's own objects, one by one. */
#include "session/support.h"

/* gzip of eight bytes, deadbeef and 01020304, made by Python: gzip.compress(body, mtime=0). */
static const uint8_t gzip_update[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
				      0x7b, 0xbf, 0x6f, 0xed, 0x3d, 0x46, 0x26, 0x66, 0x16, 0x00,
				      0x80, 0x3b, 0xa7, 0x4b, 0x08, 0x00, 0x00, 0x00};

/* Writes a gzip_packed of gzip_update. */
static void write_packed(struct rig_body *b)
{
	rig_begin(b);
	rig_write(b, gzip_packed, .packed_data = {gzip_update, sizeof(gzip_update)});
}

/* ---- msgs_ack ---- */

static void acks_are_told_once(void **state)
{
	struct rig *rig = *state;

	rig_send_three(rig);
	rig_feed_ids(rig, 1, 0, msgs_ack, 0, 8, 400);
	rig_feed_ids(rig, 5, 0, msgs_ack, 0, 4);
	rig_expect(rig, "acked 1 of call(1)\n"
			"acked 1 of call(3)\n"
			"acked 5 of call(2)\n");
	assert_int_equal(rig->session.kept_count, 3);
}

static void an_acknowledged_answer_of_a_server_is_done_with(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_feed_ids(rig, 0, 0, msgs_ack, 3);
	rig_expect(rig, "acked 0 of call(1)\n");
	assert_int_equal(rig->session.kept_count, 0);
}

/* ---- bad_server_salt, bad_msg_notification ---- */

static void a_new_salt_is_taken_and_the_message_sent_again(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_feed_bad_salt(rig, 1, 0, 99);
	assert_int_equal(rig->key.salt, 99);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"salt\n"
			"> 4/3 call(1)\n");
	assert_int_equal(rig->sent.salt, 99);
}

static void a_bad_salt_for_a_container_concerns_all_in_it(void **state)
{
	struct rig *rig = *state;

	rig_send_three(rig);
	rig_feed_bad_salt(rig, 1, 12, 99);
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"> 28/12 msg_container\n"
			"  16/7 call(1)\n"
			"  20/9 call(2)\n"
			"  24/11 call(3)\n");
}

static void a_salt_for_a_message_of_nobody_is_not_taken(void **state)
{
	struct rig *rig = *state;

	rig_send_three(rig);
	rig_feed_bad_salt(rig, 1, 400, 99);
	rig_feed_result(rig, 5, 0, 4);
	rig_feed_bad_salt(rig, 9, 4, 99);
	assert_int_equal(rig->key.salt, RIG_SALT);
	rig_flush(rig);
	rig_expect(rig, "result 5 of call(2) deadbeef\n");
}

static void a_refused_message_gets_a_new_msg_id(void **state)
{
	static const int32_t codes[] = {18, 19, 20, 34, 35, 64, 48, 999};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct rig *rig = rig_new(false);

		rig_send(rig, 1);
		rig_flush(rig);
		rig_feed_bad_msg(rig, 1, 0, codes[i]);
		rig_flush(rig);
		rig_expect(rig, "> 0/1 call(1)\n"
				"> 4/3 call(1)\n");
		rig_free(rig);
	}
}

static void a_refused_message_of_nobody_changes_nothing(void **state)
{
	static const int32_t codes[] = {16, 17, 20, 32, 33, 64};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct rig *rig = rig_new(false);
		uint64_t session_id;

		rig_send(rig, 1);
		rig_flush_quietly(rig);
		rig->session.session_id = session_id = 5;
		rig_feed_bad_msg(rig, 1, 400, codes[i]);
		rig_flush(rig);
		rig_expect(rig, "");
		assert_int_equal(rig->session.session_id, session_id);
		rig_free(rig);
	}
}

static void codes_32_and_33_begin_a_new_session(void **state)
{
	(void)state;
	for (int32_t code = 32; code <= 33; code++) {
		struct rig *rig = rig_new(false);

		rig_send(rig, 1);
		rig_flush(rig);
		rig_send(rig, 2);
		rig_flush(rig);
		rig->session.session_id = 5;
		rig_feed_bad_msg(rig, 1, 4, code);
		assert_int_not_equal(rig->session.session_id, 5);
		rig_flush(rig);
		/* The other one may still be answered in the old session. */
		rig_expect(rig, "> 0/1 call(1)\n"
				"> 4/3 call(2)\n"
				"> 8/1 call(2)\n");
		rig->now.mono_ns += MTP_DRAIN_S * UINT64_C(1000000000);
		rig->now.wall_ns += MTP_DRAIN_S * UINT64_C(1000000000);
		mtp_timers_run(&rig->timers, &rig->now);
		assert_int_equal(rig->session.drained_id, 0);
		assert_true(mtp_session_find_sent(&rig->session, rig->base + 8) != NULL);
		assert_false(mtp_list_empty(&rig->session.waiting));
		rig_free(rig);
	}
}

/* The answers behind it are for the old session, and so is the time for them. */
static void a_new_session_begins_after_the_packet(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_send(rig, 2);
	rig_flush(rig);
	rig_begin_container(&b, 2);
	rig_add_object(rig, &b, 1, 0, bad_msg_notification, .bad_msg_id = rig_id(rig, 4), .error_code = 32);
	rig_add_object(rig, &b, 5, 1, rpc_result, .req_msg_id = rig_id(rig, 0),
		       .result = {rig_update, sizeof(rig_update)});
	rig_feed_body(rig, 9, 2, &b);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 4/3 call(2)\n"
			"result 5 of call(1) deadbeef\n"
			"> 8/1 call(2)\n");
	assert_int_equal(rig->session.acks.count, 0);
}

/* Nothing can be asked or acknowledged there any more. */
static void the_old_session_gives_answers_only(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_send(rig, 2);
	rig_flush(rig);
	rig->session.session_id = 5;
	rig_feed_bad_msg(rig, 1, 4, 32);
	rig_flush(rig);
	rig->from_old_session = true;
	rig_feed_new_session(rig, 5, 12, 1);
	rig_feed_object(rig, 9, 0, msg_detailed_info, .msg_id = rig_id(rig, 0), .answer_msg_id = rig_id(rig, 13),
			.bytes = 16);
	rig_feed_object(rig, 17, 0, msg_new_detailed_info, .answer_msg_id = rig_id(rig, 21), .bytes = 16);
	rig_feed_object(rig, 25, 1, rpc_result, .req_msg_id = rig_id(rig, 0),
			.result = {rig_update, sizeof(rig_update)});
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 4/3 call(2)\n"
			"> 8/1 call(2)\n"
			"result 25 of call(1) deadbeef\n");
	assert_int_equal(rig->session.acks.count, 0);
}

static void new_sessions_do_not_go_on_for_ever(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	for (int i = 0; i <= MTP_ATTEMPTS_MAX; i++) {
		rig_flush_quietly(rig);
		rig_feed_bad_msg(rig, 1 + 4 * i, 4 * i, 33);
	}
	rig_expect(rig, "failed of call(1) LIMIT\n");
	rig_flush(rig);
	rig_expect(rig, "");
}

static void a_new_session_without_randomness_waits(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig->env.random = &rig_no_randomness;
	rig_feed_bad_msg(rig, 1, 0, 32);
	rig->session.session_id = 5;
	rig->env.random = &rig_randomness;
	rig_feed_update(rig, 5, 0);
	assert_int_not_equal(rig->session.session_id, 5);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"refused 1 RANDOM\n"
			"content 5 deadbeef\n"
			"> 4/1 call(1)\n");
}

/* ---- new_session_created ---- */

static void only_what_is_older_than_the_first_is_sent_again(void **state)
{
	struct rig *rig = *state;

	for (uint16_t i = 1; i <= 3; i++) {
		rig_send(rig, i);
		rig_flush(rig);
	}
	rig_feed_new_session(rig, 1, 8, 1);
	assert_int_equal(rig->key.salt, 77);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 4/3 call(2)\n"
			"> 8/5 call(3)\n"
			"salt\n"
			"new 8\n"
			"> 20/10 msg_container\n"
			"  12/7 call(1)\n"
			"  16/9 call(2)\n");
}

static void the_same_new_session_is_told_once(void **state)
{
	struct rig *rig = *state;

	for (uint16_t i = 1; i <= 3; i++) {
		rig_send(rig, i);
		rig_flush_quietly(rig);
	}
	rig_feed_new_session(rig, 1, 0, 1);
	rig_feed_new_session(rig, 5, 8, 1);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"new 0\n");
	rig_feed_new_session(rig, 9, 8, 2);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"new 8\n"
			"> 20/10 msg_container\n"
			"  12/7 call(1)\n"
			"  16/9 call(2)\n");
}

static void a_new_session_is_acknowledged(void **state)
{
	struct rig *rig = *state;

	rig_feed_new_session(rig, 1, 0, 1);
	rig->session.acks_due = true;
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"new 0\n"
			"> 0/0 msgs_ack 1\n");
}

/* first_msg_id is the container's, so what is in it arrived. */
static void a_container_arrives_as_a_whole(void **state)
{
	struct rig *rig = *state;

	rig_send_three(rig);
	rig_send(rig, 4);
	rig_flush_quietly(rig);
	rig_feed_new_session(rig, 1, 12, 1);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"new 12\n");
	rig_feed_new_session(rig, 5, 16, 2);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"new 16\n"
			"> 32/14 msg_container\n"
			"  20/9 call(1)\n"
			"  24/11 call(2)\n"
			"  28/13 call(3)\n");
}

/* first_msg_id may name one in the middle of a container. */
static void a_member_stands_for_its_container(void **state)
{
	struct rig *rig = *state;
	struct mtp_out *out = rig_send(rig, 1);

	rig_flush(rig);
	rig_send(rig, 2);
	rig_flush(rig);
	mtp_session_resend(&rig->session, out, true);
	rig_flush(rig);
	/* call(2) was sent before the container in which call(1) came again. */
	rig_feed_new_session(rig, 1, 0, 1);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 4/3 call(2)\n"
			"> 8/4 msg_container\n"
			"  0/1 call(1)\n"
			"salt\n"
			"new 0\n"
			"> 12/5 call(2)\n");
}

/* ---- Pings ---- */

static void a_ping_is_answered_on_either_side(void **state)
{
	(void)state;
	for (int server = 0; server <= 1; server++) {
		struct rig *rig = rig_new(server);

		rig_feed_object(rig, server ? 4 : 5, 1, ping, .ping_id = 7);
		rig_flush(rig);
		/* The pong is its acknowledgement. */
		rig_expect(rig, server ? "> 1/0 pong 4 7\n" : "> 0/0 pong 5 7\n");
		rig_free(rig);
	}
}

static void a_ping_may_ask_to_be_left(void **state)
{
	struct rig *rig = *state;

	rig_feed_object(rig, 0, 0, ping_delay_disconnect, .ping_id = 7, .disconnect_delay = 75);
	rig_feed_object(rig, 4, 0, ping_delay_disconnect, .ping_id = 8, .disconnect_delay = -1);
	rig_flush(rig);
	rig_expect(rig, "disconnect 0 75000ms\n"
			"> 9/0 msg_container\n"
			"  1/0 pong 0 7\n"
			"  5/0 pong 4 8\n");
}

static void a_pong_is_for_a_ping_of_ours(void **state)
{
	struct rig *rig = *state;

	rig_send_query(rig, ping, .ping_id = 7);
	rig_flush(rig);
	rig_send_query(rig, ping_delay_disconnect, .ping_id = 8, .disconnect_delay = 75);
	rig_flush(rig);
	rig_send(rig, 1);
	rig_flush(rig);
	rig_feed_object(rig, 1, 0, pong, .msg_id = rig_id(rig, 4), .ping_id = 7);
	rig_feed_object(rig, 5, 0, pong, .msg_id = rig_id(rig, 4), .ping_id = 8);
	rig_feed_object(rig, 9, 0, pong, .msg_id = rig_id(rig, 0), .ping_id = 7);
	rig_feed_object(rig, 13, 0, pong, .msg_id = rig_id(rig, 8), .ping_id = 7);
	rig_feed_object(rig, 17, 0, pong, .msg_id = rig_id(rig, 12), .ping_id = 7);
	rig_expect(rig, "> 0/0 ping\n"
			"> 4/0 ping_delay_disconnect\n"
			"> 8/1 call(1)\n"
			"answer 5 of ping_delay_disconnect pong\n"
			"answer 9 of ping pong\n");
}

/* ---- Other answers ---- */

static void future_salts_are_for_a_query_of_ours(void **state)
{
	struct rig *rig = *state;

	rig_send_query(rig, get_future_salts, .num = 1);
	rig_flush(rig);
	rig_send(rig, 1);
	rig_flush(rig);
	for (int i = 0; i < 3; i++)
		rig_feed_object(rig, 1 + 4 * i, 0, future_salts, .req_msg_id = rig_id(rig, 4 * i));
	rig_expect(rig, "> 0/0 get_future_salts\n"
			"> 4/1 call(1)\n"
			"answer 1 of get_future_salts future_salts\n");
}

static void destroyed_sessions_are_told_apart(void **state)
{
	struct rig *rig = *state;

	rig_send_query(rig, destroy_session, .session_id = 1);
	rig_send_query(rig, destroy_session, .session_id = 2);
	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_feed_object(rig, 1, 0, destroy_session_ok, .session_id = 3);
	rig_feed_object(rig, 5, 0, destroy_session_ok, .session_id = 2);
	rig_feed_object(rig, 9, 0, destroy_session_none, .session_id = 1);
	rig_feed_object(rig, 13, 0, destroy_session_none, .session_id = 1);
	rig_expect(rig, "answer 5 of destroy_session destroy_session_ok\n"
			"answer 9 of destroy_session destroy_session_none\n");
	assert_int_equal(rig->session.kept_count, 1);
}

static void a_destroyed_key_answers_its_query(void **state)
{
	static const uint32_t answers[] = {MTPROTO_ID_DESTROY_AUTH_KEY_OK, MTPROTO_ID_DESTROY_AUTH_KEY_NONE,
					   MTPROTO_ID_DESTROY_AUTH_KEY_FAIL};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct rig *rig = rig_new(false);
		struct mtp_out *query;
		uint8_t body[4];

		mtp_store_le32(body, answers[i]);
		rig_feed(rig, 1, 0, body, sizeof(body));
		rig_expect(rig, "");
		rig_send(rig, 1);
		query = mtp_out_new(&rig->session, 4);
		assert_non_null(query);
		mtp_store_le32(query->body, MTPROTO_ID_DESTROY_AUTH_KEY);
		query->keep = true;
		mtp_session_send(&rig->session, query);
		rig_flush_quietly(rig);
		rig_feed(rig, 5, 0, body, sizeof(body));
		assert_non_null(strstr(rig->log, "answer 5 of destroy_auth_key destroy_auth_key_"));
		assert_int_equal(rig->session.kept_count, 1);
		rig_free(rig);
	}
}

/* ---- rpc_result ---- */

static void a_result_finds_its_query(void **state)
{
	struct rig *rig = *state;

	rig_send_three(rig);
	rig_feed_result(rig, 1, 1, 4);
	rig_feed_result(rig, 5, 3, 4);
	rig_feed_result(rig, 9, 5, 0);
	rig->session.acks_due = true;
	rig_flush(rig);
	/* One to an unknown query is acknowledged all the same. */
	rig_expect(rig, "result 1 of call(2) deadbeef\n"
			"result 5 deadbeef\n"
			"result 9 of call(1) deadbeef\n"
			"> 16/6 msgs_ack 1 5 9\n");
}

static void a_packed_result_is_unpacked(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	write_packed(&b);
	rig_feed_object(rig, 1, 1, rpc_result, .req_msg_id = rig_id(rig, 0), .result = {b.data, b.w.len});
	rig_expect(rig, "result 1 of call(1) deadbeef\n");
}

static void a_packed_result_of_nobody_is_not_unpacked(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	write_packed(&b);
	rig->budget = 0;
	rig_feed_object(rig, 1, 1, rpc_result, .req_msg_id = rig_id(rig, 0), .result = {b.data, b.w.len});
	rig_expect(rig, "result 1 gzip_packed\n");
}

/* It will not come again: to wait for it would be to wait for ever. */
static void a_result_that_can_t_be_read_ends_its_query(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	rig_send_three(rig);
	write_packed(&b);
	rig->budget = 4;
	rig_feed_object(rig, 1, 1, rpc_result, .req_msg_id = rig_id(rig, 0), .result = {b.data, b.w.len});
	rig->budget = RIG_BUDGET;
	b.data[20] ^= 1;
	rig_feed_object(rig, 5, 3, rpc_result, .req_msg_id = rig_id(rig, 4), .result = {b.data, b.w.len});
	rig_feed_object(rig, 9, 5, rpc_result, .req_msg_id = rig_id(rig, 8), .result = {b.data, 0});
	rig_expect(rig, "refused 1 INFLATED_SIZE\n"
			"failed of call(1) INFLATED_SIZE\n"
			"refused 5 GZIP\n"
			"failed of call(2) GZIP\n"
			"failed of call(3) TRUNCATED\n"
			"refused 9 TRUNCATED\n");
	assert_int_equal(rig->session.kept_count, 0);
}

static void a_result_for_one_that_goes_out_again_counts(void **state)
{
	struct rig *rig = *state;

	rig_send_three(rig);
	rig_feed_ids(rig, 1, 0, msg_resend_req, 4);
	rig_feed_result(rig, 5, 0, 4);
	rig_flush(rig);
	rig_expect(rig, "result 5 of call(2) deadbeef\n");
}

/* ---- gzip_packed ---- */

static void a_packed_update_is_unpacked_by_a_client(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	write_packed(&b);
	rig_feed_body(rig, 1, 1, &b);
	rig_expect(rig, "content 1 deadbeef\n");
	assert_int_equal(rig->session.acks.count, 1);
}

static void a_packed_request_is_left_to_the_server(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	write_packed(&b);
	rig_feed_body(rig, 0, 1, &b);
	rig_expect(rig, "content 0 gzip_packed\n");
}

static void all_of_a_packet_share_one_budget(void **state)
{
	struct rig *rig = *state;
	struct rig_body packed, b;

	write_packed(&packed);
	rig_begin_container(&b, 3);
	for (int i = 0; i < 3; i++)
		rig_add(rig, &b, 1 + 4 * i, 0, packed.data, packed.w.len);
	rig->budget = 16;
	rig_feed_body(rig, 41, 0, &b);
	rig_expect(rig, "content 1 deadbeef\n"
			"content 5 deadbeef\n"
			"refused 9 INFLATED_SIZE\n");
}

static void packed_in_packed_is_refused(void **state)
{
	/* gzip of the gzip_packed of gzip_update, made by Python. */
	static const uint8_t nested[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x5b, 0x78, 0xbe,
					 0xc8, 0x40, 0x46, 0xbe, 0x9b, 0x83, 0x01, 0x04, 0x98, 0x98, 0xab, 0xf7, 0xe7,
					 0xbf, 0xb5, 0x75, 0x53, 0x4b, 0x13, 0x63, 0x68, 0xb0, 0x5e, 0xee, 0x0d, 0x11,
					 0x65, 0x00, 0x00, 0x52, 0xe9, 0x71, 0x02, 0x24, 0x00, 0x00, 0x00};
	struct rig *rig = *state;

	rig_feed_object(rig, 1, 1, gzip_packed, .packed_data = {nested, sizeof(nested)});
	rig_expect(rig, "refused 1 GZIP\n");
}

static void a_packed_container_is_refused(void **state)
{
	/* gzip of an empty msg_container, made by Python. */
	static const uint8_t container[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
					    0x03, 0xbb, 0xf3, 0xe3, 0x63, 0x31, 0x03, 0x10, 0x00,
					    0x00, 0x27, 0x98, 0xbd, 0x03, 0x08, 0x00, 0x00, 0x00};
	struct rig *rig = *state;

	rig_feed_object(rig, 1, 1, gzip_packed, .packed_data = {container, sizeof(container)});
	rig_expect(rig, "refused 1 ENCODING\n");
}

/* ---- What is malformed, and what is none of its business ---- */

static void a_truncated_object_is_refused(void **state)
{
	static const uint32_t objects[] = {
		MTPROTO_ID_RPC_RESULT,
		MTPROTO_ID_MSGS_ACK,
		MTPROTO_ID_PING,
		MTPROTO_ID_PONG,
		MTPROTO_ID_BAD_SERVER_SALT,
		MTPROTO_ID_BAD_MSG_NOTIFICATION,
		MTPROTO_ID_NEW_SESSION_CREATED,
		MTPROTO_ID_FUTURE_SALTS,
		MTPROTO_ID_MSGS_STATE_REQ,
		MTPROTO_ID_MSGS_STATE_INFO,
		MTPROTO_ID_MSG_DETAILED_INFO,
		MTPROTO_ID_MSG_NEW_DETAILED_INFO,
		MTPROTO_ID_MSG_RESEND_REQ,
		MTPROTO_ID_MSG_RESEND_ANS_REQ,
		MTPROTO_ID_MSGS_ALL_INFO,
		MTPROTO_ID_PING_DELAY_DISCONNECT,
		MTPROTO_ID_DESTROY_SESSION_OK,
		MTPROTO_ID_DESTROY_SESSION_NONE,
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		uint8_t body[8] = {0};

		mtp_store_le32(body, objects[i]);
		rig_feed(rig, 1 + 8 * (int64_t)i, 0, body, 4);
		rig_feed(rig, 5 + 8 * (int64_t)i, 0, body, 8);
		assert_int_equal(strncmp(rig->log, "refused ", 8), 0);
		assert_non_null(strstr(strchr(rig->log, '\n') + 1, "refused "));
		rig_forget(rig);
	}
	rig_flush(rig);
	assert_int_equal(rig->log_len, 0);
}

static void a_server_is_told_nothing_by_a_client(void **state)
{
	struct rig *rig = *state;
	uint64_t salt = rig->key.salt;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	/* Objects that only servers send are no objects of a client: they are its program's business. */
	rig_feed_object(rig, 0, 1, bad_server_salt, .bad_msg_id = rig_id(rig, 3), .new_server_salt = 99);
	rig_feed_object(rig, 4, 3, new_session_created, .first_msg_id = rig_id(rig, 400), .unique_id = 1);
	assert_int_equal(rig->key.salt, salt);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "content 0 bad_server_salt\n"
			"content 4 new_session_created\n");
}

static void what_needs_no_answer_gets_none(void **state)
{
	struct rig *rig = *state;

	rig_feed_object(rig, 0, 0, http_wait, .max_wait = 25000);
	rig_feed_object(rig, 4, 0, msgs_all_info, .info = {NULL, 0});
	rig_flush(rig);
	rig_expect(rig, "");
}

static void queries_about_keys_and_sessions_go_to_the_owner(void **state)
{
	struct rig *rig = *state;

	rig_feed_object(rig, 0, 0, get_future_salts, .num = 1);
	rig_feed_object(rig, 4, 0, destroy_session, .session_id = 1);
	rig_feed_object(rig, 8, 0, rpc_drop_answer, .req_msg_id = 1);
	rig_expect(rig, "service 0 get_future_salts\n"
			"service 4 destroy_session\n"
			"service 8 rpc_drop_answer\n");
}

static void unknown_objects_pass(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 1, 1);
	rig_feed_object(rig, 5, 0, get_future_salts, .num = 1);
	rig_expect(rig, "content 1 deadbeef\n"
			"content 5 get_future_salts\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		client_test(acks_are_told_once),
		server_test(an_acknowledged_answer_of_a_server_is_done_with),
		client_test(a_new_salt_is_taken_and_the_message_sent_again),
		client_test(a_bad_salt_for_a_container_concerns_all_in_it),
		client_test(a_salt_for_a_message_of_nobody_is_not_taken),
		cmocka_unit_test(a_refused_message_gets_a_new_msg_id),
		cmocka_unit_test(a_refused_message_of_nobody_changes_nothing),
		cmocka_unit_test(codes_32_and_33_begin_a_new_session),
		client_test(a_new_session_begins_after_the_packet),
		client_test(the_old_session_gives_answers_only),
		client_test(new_sessions_do_not_go_on_for_ever),
		client_test(a_new_session_without_randomness_waits),
		client_test(only_what_is_older_than_the_first_is_sent_again),
		client_test(the_same_new_session_is_told_once),
		client_test(a_new_session_is_acknowledged),
		client_test(a_container_arrives_as_a_whole),
		client_test(a_member_stands_for_its_container),
		cmocka_unit_test(a_ping_is_answered_on_either_side),
		server_test(a_ping_may_ask_to_be_left),
		client_test(a_pong_is_for_a_ping_of_ours),
		client_test(future_salts_are_for_a_query_of_ours),
		client_test(destroyed_sessions_are_told_apart),
		cmocka_unit_test(a_destroyed_key_answers_its_query),
		client_test(a_result_finds_its_query),
		client_test(a_packed_result_is_unpacked),
		client_test(a_packed_result_of_nobody_is_not_unpacked),
		client_test(a_result_that_can_t_be_read_ends_its_query),
		client_test(a_result_for_one_that_goes_out_again_counts),
		client_test(a_packed_update_is_unpacked_by_a_client),
		server_test(a_packed_request_is_left_to_the_server),
		client_test(all_of_a_packet_share_one_budget),
		client_test(packed_in_packed_is_refused),
		client_test(a_packed_container_is_refused),
		client_test(a_truncated_object_is_refused),
		server_test(a_server_is_told_nothing_by_a_client),
		server_test(what_needs_no_answer_gets_none),
		server_test(queries_about_keys_and_sessions_go_to_the_owner),
		client_test(unknown_objects_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
