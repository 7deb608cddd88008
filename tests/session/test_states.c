/* What becomes of messages: questions about them, on either side, and what their fate allows. */
#include "session/support.h"

/* ---- States ---- */

static void states_of_the_peer_s_messages_are_told(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 41, 1);
	rig_feed_update(rig, 81, 3);
	mtp_acks_clear(&rig->session.acks);
	rig_feed_ids(rig, 85, 0, msgs_state_req, 41, 45, 81, 89, 37);
	rig_flush(rig);
	rig_expect(rig, "content 41 deadbeef\n"
			"content 81 deadbeef\n"
			"> 0/0 msgs_state_info 85 4 2 4 3 1\n");
}

static void a_state_that_was_forgotten_is_unknown(void **state)
{
	struct rig *rig = *state;

	for (int64_t i = 0; i <= MTP_WINDOW_MAX; i++)
		rig_feed_ids(rig, 101 + 4 * i, 0, msgs_ack, 0);
	rig_feed_ids(rig, 8001, 0, msgs_state_req, 101, 109, 110);
	rig_flush(rig);
	rig_expect(rig, "> 0/0 msgs_state_info 8001 1 4 2\n");
}

static void too_many_states_are_not_told(void **state)
{
	struct rig *rig = *state;
	size_t size = 12 + 8 * (MTP_ACKS_MAX + 1);
	uint8_t *body = calloc(1, size);

	assert_non_null(body);
	mtp_store_le32(body, MTPROTO_ID_MSGS_STATE_REQ);
	mtp_store_le32(body + 4, 0x1cb5c415);
	mtp_store_le32(body + 8, MTP_ACKS_MAX + 1);
	rig_feed(rig, 1, 0, body, size);
	rig_flush(rig);
	rig_expect(rig, "");
	mtp_store_le32(body + 8, MTP_ACKS_MAX);
	rig_feed(rig, 5, 0, body, size - 8);
	assert_true(rig_pack(rig));
	free(body);
}

static void feed_states(struct rig *rig, int64_t id, int64_t req_msg_id, const void *info, size_t len)
{
	rig_feed_object(rig, id, 0, msgs_state_info, .req_msg_id = rig_id(rig, req_msg_id), .info = {info, len});
}

static void what_was_not_received_goes_out_again(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[5] = {4, 1, 2, 3, 4 + 128};

	for (uint16_t i = 1; i <= 5; i++) {
		rig_send(rig, i);
		rig_flush_quietly(rig);
	}
	mtp_session_ask_state(&rig->session);
	rig_flush(rig);
	feed_states(rig, 1, 20, info, sizeof(info));
	rig_flush(rig);
	rig_expect(rig, "> 20/10 msgs_state_req 0 4 8 12 16\n"
			"acked 1 of call(5)\n"
			"acked 1 of call(1)\n"
			"> 28/12 msg_container\n"
			"  24/11 call(2)\n"
			"  8/5 call(3)\n"
			"  12/7 call(4)\n");
	assert_int_equal(rig->session.kept_count, 5);
	/* What is acknowledged is not asked about again. */
	mtp_session_ask_state(&rig->session);
	rig_flush(rig);
	rig_expect(rig, "> 32/12 msgs_state_req 24 8 12\n");
}

static void a_state_says_nothing_of_what_was_sent_after_the_question(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[1] = {2};

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	mtp_session_ask_state(&rig->session);
	rig_flush_quietly(rig);
	rig_feed_ids(rig, 1, 0, msg_resend_req, 0);
	rig_flush_quietly(rig);
	feed_states(rig, 5, 4, info, sizeof(info));
	rig_flush(rig);
	rig_expect(rig, "");
}

static void states_that_mean_nothing_change_nothing(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[3] = {0, 5, 7 + 8};

	rig_send_three(rig);
	mtp_session_ask_state(&rig->session);
	rig_flush_quietly(rig);
	feed_states(rig, 1, 16, info, sizeof(info));
	rig_flush(rig);
	rig_expect(rig, "");
	assert_int_equal(rig->session.kept_count, 3);
}

/* Its answer is sent once, and went down with the link. */
static void a_service_query_that_was_received_is_asked_again(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[1] = {4};

	rig_send_query(rig, ping, .ping_id = 7);
	rig_flush(rig);
	mtp_session_ask_state(&rig->session);
	rig_flush(rig);
	feed_states(rig, 1, 4, info, sizeof(info));
	rig_flush(rig);
	rig_expect(rig, "> 0/0 ping\n"
			"> 4/0 msgs_state_req 0\n"
			"> 8/0 ping\n");
}

static void states_of_the_wrong_number_are_refused(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[4] = {2, 2, 2, 2};

	rig_send_three(rig);
	mtp_session_ask_state(&rig->session);
	rig_flush_quietly(rig);
	feed_states(rig, 1, 16, info, sizeof(info));
	rig_flush(rig);
	rig_expect(rig, "refused 1 ENCODING\n");
	assert_int_equal(rig->session.kept_count, 3);
}

static void states_for_no_question_are_ignored(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[3] = {2, 2, 2};

	rig_send_three(rig);
	feed_states(rig, 1, 400, info, sizeof(info));
	rig_flush(rig);
	rig_expect(rig, "");
}

/* A program may ask, too: the answer is its own. */
static void a_question_of_the_program_s_is_answered_to_it(void **state)
{
	struct rig *rig = *state;
	struct rig_ids ids = rig_ids(rig, 0);
	static const uint8_t info[1] = {2};

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_send_query(rig, msgs_state_req, .msg_ids = {ids.data, ids.count});
	rig_flush(rig);
	feed_states(rig, 1, 4, info, sizeof(info));
	rig_flush(rig);
	rig_expect(rig, "> 4/2 msgs_state_req 0\n"
			"answer 1 of msgs_state_req msgs_state_info\n");
}

static void a_new_question_replaces_the_old_one(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	mtp_session_ask_state(&rig->session);
	rig_flush(rig);
	mtp_session_ask_state(&rig->session);
	mtp_session_ask_state(&rig->session);
	rig_flush(rig);
	rig_expect(rig, "> 4/2 msgs_state_req 0\n"
			"> 8/2 msgs_state_req 0\n");
	assert_int_equal(rig->session.kept_count, 2);
}

static void there_is_no_question_about_nothing(void **state)
{
	struct rig *rig = *state;

	mtp_session_ask_state(&rig->session);
	rig_flush(rig);
	rig_expect(rig, "");
	assert_int_equal(rig->session.kept_count, 0);
}

static void as_many_questions_as_it_takes(void **state)
{
	struct rig *rig = *state;
	uint32_t asked[4] = {0};
	size_t packets = 0;

	for (uint32_t i = 0; i < 2 * MTP_ACKS_MAX + 1; i++)
		rig_send(rig, 1);
	while (rig_pack(rig)) {
	}
	mtp_session_ask_state(&rig->session);
	while (packets < 4 && rig_pack(rig))
		asked[packets++] = mtp_load_le32(rig->sent.body.data + 8);
	/* The last is short enough to come with another, but none may have two questions. */
	assert_int_equal(packets, 3);
	assert_int_equal(asked[0], MTP_ACKS_MAX);
	assert_int_equal(asked[1], MTP_ACKS_MAX);
	assert_int_equal(asked[2], 1);
}

/* ---- msgs_all_info: told without a question ---- */

#define feed_all_info(rig, id, states, ...)                                                    \
	do {                                                                                   \
		struct rig_ids list = rig_ids(rig, __VA_ARGS__);                               \
		rig_feed_object(rig, id, 0, msgs_all_info, .msg_ids = {list.data, list.count}, \
				.info = {states, sizeof(states)});                             \
	} while (0)

static void states_that_nobody_asked_for_count(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[5] = {4 + 32, 1, 2, 3, 4};

	for (uint16_t i = 1; i <= 5; i++) {
		rig_send(rig, i);
		rig_flush_quietly(rig);
	}
	/* The last is none of ours. */
	feed_all_info(rig, 1, info, 0, 4, 8, 12, 400);
	rig_flush(rig);
	rig_expect(rig, "acked 1 of call(1)\n"
			"> 32/16 msg_container\n"
			"  20/11 call(2)\n"
			"  24/13 call(3)\n"
			"  28/15 call(4)\n");
	/* Of one nobody spoke. */
	assert_non_null(mtp_session_find_sent(&rig->session, rig_id(rig, 16)));
}

/* Its answer may be under way. */
static void a_service_query_that_was_received_is_awaited(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[1] = {4};

	rig_send_query(rig, ping, .ping_id = 7);
	rig_flush_quietly(rig);
	feed_all_info(rig, 1, info, 0);
	rig_flush(rig);
	rig_expect(rig, "");
	assert_int_equal(rig->session.kept_count, 1);
}

static void at_most_once_holds_without_a_question(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[1] = {1};

	rig_send(rig, 1)->at_most_once = true;
	rig_flush_quietly(rig);
	feed_all_info(rig, 1, info, 0);
	rig_expect(rig, "failed of call(1) UNKNOWN\n");
}

static void too_few_or_too_many_states_are_refused(void **state)
{
	struct rig *rig = *state;
	static const uint8_t two[2] = {2, 2}, four[4] = {2, 2, 2, 2};

	rig_send_three(rig);
	feed_all_info(rig, 1, two, 0, 4, 8);
	feed_all_info(rig, 5, four, 0, 4, 8);
	rig_flush(rig);
	rig_expect(rig, "refused 1 ENCODING\n"
			"refused 5 ENCODING\n");
	assert_int_equal(rig->session.kept_count, 3);
}

/* A client that has it already knows it by its msg_id. */
static void a_server_learns_what_a_client_has(void **state)
{
	struct rig *rig = *state;
	static const uint8_t info[2] = {4, 2};

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_send(rig, 2);
	rig_flush_quietly(rig);
	feed_all_info(rig, 0, info, 3, 7);
	rig_flush(rig);
	rig_expect(rig, "acked 0 of call(1)\n"
			"> 11/4 msg_container\n"
			"  7/3 call(2)\n");
}

/* ---- At most once ---- */

/* Two calls, each in a packet of its own: 0 may run twice, 4 may not. */
static void send_both_kinds(struct rig *rig)
{
	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_send(rig, 2)->at_most_once = true;
	rig_flush_quietly(rig);
}

static void a_refused_message_was_not_run(void **state)
{
	struct rig *rig = *state;

	send_both_kinds(rig);
	rig_feed_bad_salt(rig, 1, 4, 99);
	rig_feed_bad_msg(rig, 5, 0, 64);
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"> 16/8 msg_container\n"
			"  8/5 call(1)\n"
			"  12/7 call(2)\n");
	assert_false(mtp_session_find_sent(&rig->session, rig_id(rig, 8))->maybe_twice);
}

/* The server can't say whether it has had that message before. */
static void a_message_of_unknown_fate_is_sent_again_if_it_may_be(void **state)
{
	static const int32_t codes[] = {19, 20};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rig *rig = rig_new(false);

		send_both_kinds(rig);
		rig_feed_bad_msg(rig, 1, 0, codes[i]);
		rig_feed_bad_msg(rig, 5, 4, codes[i]);
		rig_flush(rig);
		rig_expect(rig, "failed of call(2) UNKNOWN\n"
				"> 8/5 call(1)\n");
		assert_true(mtp_session_find_sent(&rig->session, rig_id(rig, 8))->maybe_twice);
		rig_free(rig);
	}
}

static void a_lost_session_may_have_run_what_it_had(void **state)
{
	struct rig *rig = *state;

	send_both_kinds(rig);
	rig_send(rig, 3)->at_most_once = true;
	rig_flush_quietly(rig);
	rig_feed_new_session(rig, 1, 8, 1);
	mtp_acks_clear(&rig->session.acks);
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"new 8\n"
			"failed of call(2) UNKNOWN\n"
			"> 12/7 call(1)\n");
	assert_true(mtp_session_find_sent(&rig->session, rig_id(rig, 12))->maybe_twice);
}

static void a_new_session_gives_up_what_may_have_been_run(void **state)
{
	struct rig *rig = *state;

	send_both_kinds(rig);
	rig_send(rig, 3)->at_most_once = true;
	rig_flush_quietly(rig);
	rig_feed_bad_msg(rig, 1, 8, 32);
	rig_flush(rig);
	/* The refused one was not run; of the others nobody knows, when the old session has run dry. */
	rig_expect(rig, "> 12/1 call(3)\n");
	rig->now.mono_ns += MTP_DRAIN_S * UINT64_C(1000000000);
	mtp_timers_run(&rig->timers, &rig->now);
	rig_expect(rig, "failed of call(2) UNKNOWN\n");
	assert_int_equal(rig->session.waiting.head.next != &rig->session.waiting.head, 1);
}

static void a_state_decides_whether_it_may_go_out_again(void **state)
{
	static const uint8_t states[] = {1, 2, 3, 4};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct rig *rig = rig_new(false);

		rig_send(rig, 1)->at_most_once = true;
		rig_flush_quietly(rig);
		mtp_session_ask_state(&rig->session);
		rig_flush_quietly(rig);
		feed_states(rig, 1, 4, &states[i], 1);
		rig_flush(rig);
		rig_expect(rig, states[i] == 1   ? "failed of call(1) UNKNOWN\n"
				: states[i] == 4 ? "acked 1 of call(1)\n"
						 : "> 8/2 msg_container\n"
						   "  0/1 call(1)\n");
		rig_free(rig);
	}
}

/* ---- msg_detailed_info, msg_new_detailed_info ---- */

static void an_answer_that_was_not_received_is_asked_for(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_feed_object(rig, 1, 0, msg_detailed_info, .msg_id = rig_id(rig, 0), .answer_msg_id = rig_id(rig, 45),
			.bytes = 100);
	rig_feed_object(rig, 5, 0, msg_new_detailed_info, .answer_msg_id = rig_id(rig, 49), .bytes = 100);
	rig_flush(rig);
	rig_expect(rig, "> 4/2 msg_resend_req 45 49\n");
	assert_int_equal(rig->session.acks.count, 0);
}

/* A container carries one request of that kind, and one names 8,192 messages. */
static void many_answers_are_asked_for_at_once(void **state)
{
	struct rig *rig = *state;

	for (int64_t i = 0; i <= MTP_ACKS_MAX; i++)
		rig_feed_object(rig, 40001 + 4 * i, 0, msg_new_detailed_info, .answer_msg_id = rig_id(rig, 1 + 4 * i));
	assert_true(rig_pack(rig));
	assert_int_equal(rig->sent.body.len, 12 + 8 * MTP_ACKS_MAX);
	assert_int_equal(mtp_load_le32(rig->sent.body.data + 8), MTP_ACKS_MAX);
	rig_flush(rig);
	rig_expect(rig, "> 4/0 msg_resend_req 32769\n");
	assert_int_equal(rig->session.service_bytes, 0);
}

/* What was asked for before something else is left as it is. */
static void an_earlier_request_is_not_torn_out(void **state)
{
	struct rig *rig = *state;

	rig_feed_object(rig, 1, 0, msg_new_detailed_info, .answer_msg_id = rig_id(rig, 45));
	rig_send(rig, 1);
	rig_feed_object(rig, 5, 0, msg_new_detailed_info, .answer_msg_id = rig_id(rig, 49));
	rig_flush(rig);
	rig_expect(rig, "> 12/2 msg_container\n"
			"  0/0 msg_resend_req 45\n"
			"  4/1 call(1)\n"
			"  8/2 msg_resend_req 49\n");
}

static void an_answer_that_was_received_is_acknowledged(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 1, 1);
	mtp_acks_clear(&rig->session.acks);
	rig_feed_object(rig, 5, 0, msg_new_detailed_info, .answer_msg_id = rig_id(rig, 1), .bytes = 100);
	rig_feed_object(rig, 9, 0, msg_detailed_info, .msg_id = rig_id(rig, 0), .answer_msg_id = rig_id(rig, 1));
	rig->session.acks_due = true;
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"> 0/0 msgs_ack 1 1\n");
}

/* ---- msg_resend_req ---- */

static void what_is_asked_for_is_sent_again_under_its_id(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_send(rig, 2);
	rig_flush(rig);
	rig_feed_ids(rig, 0, 0, msg_resend_req, 7, 3, 7);
	rig_flush(rig);
	rig_expect(rig, "> 3/1 call(1)\n"
			"> 7/3 call(2)\n"
			"> 11/4 msg_container\n"
			"  3/1 call(1)\n"
			"  7/3 call(2)\n");
}

static void for_what_is_unknown_the_state_of_all_is_told(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_feed_ids(rig, 4, 0, msg_resend_req, 3, 400, 4);
	rig_flush(rig);
	rig_expect(rig, "> 5/2 msgs_state_info 4 1 3 4\n");
}

/* ---- msg_resend_ans_req ---- */

/* A server's answer to a request. */
static void answer(struct rig *rig, uint16_t number, int64_t request)
{
	struct mtp_out *out = rig_send(rig, number);

	out->answer = true;
	out->answers = rig_id(rig, request);
	rig_flush_quietly(rig);
}

static void answers_are_sent_again_by_their_questions(void **state)
{
	struct rig *rig = *state;

	rig_feed(rig, 0, 1, rig_update, 8);
	rig_feed(rig, 4, 3, rig_update, 8);
	rig_feed(rig, 8, 5, rig_update, 8);
	mtp_acks_clear(&rig->session.acks);
	answer(rig, 1, 0);
	answer(rig, 2, 8);
	rig_send(rig, 3);
	rig_flush_quietly(rig);
	rig_forget(rig);
	/* Of 0 and 8 there are answers, of 4 there is none yet, 400 never came; 9 is a message of ours. */
	rig_feed_ids(rig, 12, 6, msg_resend_ans_req, 8, 4, 0, 400, 9);
	rig_flush(rig);
	rig_expect(rig, "> 17/6 msg_container\n"
			"  1/1 call(1)\n"
			"  5/3 call(2)\n"
			"  13/6 msgs_state_info 12 4 4 4 3 2\n");
}

static void a_client_has_no_answers_to_send_again(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_feed_ids(rig, 41, 0, msg_resend_ans_req, 0, 41);
	rig_flush(rig);
	rig_expect(rig, "> 4/2 msgs_state_info 41 1 4\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		client_test(states_of_the_peer_s_messages_are_told),
		client_test(a_state_that_was_forgotten_is_unknown),
		client_test(too_many_states_are_not_told),
		client_test(what_was_not_received_goes_out_again),
		client_test(a_state_says_nothing_of_what_was_sent_after_the_question),
		client_test(states_that_mean_nothing_change_nothing),
		client_test(a_service_query_that_was_received_is_asked_again),
		client_test(states_of_the_wrong_number_are_refused),
		client_test(states_for_no_question_are_ignored),
		client_test(a_question_of_the_program_s_is_answered_to_it),
		client_test(a_new_question_replaces_the_old_one),
		client_test(there_is_no_question_about_nothing),
		client_test(as_many_questions_as_it_takes),
		client_test(states_that_nobody_asked_for_count),
		client_test(a_service_query_that_was_received_is_awaited),
		client_test(at_most_once_holds_without_a_question),
		client_test(too_few_or_too_many_states_are_refused),
		server_test(a_server_learns_what_a_client_has),
		client_test(a_refused_message_was_not_run),
		cmocka_unit_test(a_message_of_unknown_fate_is_sent_again_if_it_may_be),
		client_test(a_lost_session_may_have_run_what_it_had),
		client_test(a_new_session_gives_up_what_may_have_been_run),
		cmocka_unit_test(a_state_decides_whether_it_may_go_out_again),
		client_test(an_answer_that_was_not_received_is_asked_for),
		client_test(many_answers_are_asked_for_at_once),
		client_test(an_earlier_request_is_not_torn_out),
		client_test(an_answer_that_was_received_is_acknowledged),
		server_test(what_is_asked_for_is_sent_again_under_its_id),
		server_test(for_what_is_unknown_the_state_of_all_is_told),
		server_test(answers_are_sent_again_by_their_questions),
		client_test(a_client_has_no_answers_to_send_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
