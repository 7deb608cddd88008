/* What a correction does to the rest of a session: to acks that were refused with it, to msg_ids that are ahead. */
#include "session/support.h"

/* ---- Acks in what was refused ---- */

/* Acknowledges the update 1 in the container 8, together with call(1). */
static void send_with_ack(struct rig *rig)
{
	rig_feed_update(rig, 1, 1);
	rig_send(rig, 1);
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"> 8/2 msg_container\n"
			"  0/1 call(1)\n"
			"  4/2 msgs_ack 1\n");
}

static void acks_in_a_refused_container_go_out_again(void **state)
{
	struct rig *rig = *state;

	send_with_ack(rig);
	rig_feed_bad_salt(rig, 5, 8, 99);
	rig_flush(rig);
	rig_expect(rig, "salt\n"
			"> 20/4 msg_container\n"
			"  12/3 call(1)\n"
			"  16/4 msgs_ack 1\n");
}

static void whatever_the_reason_of_the_refusal(void **state)
{
	static const int32_t codes[] = {16, 17, 18, 20, 34, 35, 64};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct rig *rig = rig_new(false);

		send_with_ack(rig);
		rig_feed_bad_msg(rig, 5, 8, codes[i]);
		rig_forget(rig);
		rig_flush(rig);
		rig_expect(rig, "> 20/4 msg_container\n"
				"  12/3 call(1)\n"
				"  16/4 msgs_ack 1\n");
		rig_free(rig);
	}
}

static void what_was_acknowledged_in_an_old_session_is_not_in_the_new_one(void **state)
{
	struct rig *rig = *state;

	send_with_ack(rig);
	rig_feed_bad_msg(rig, 5, 8, 32);
	rig_flush(rig);
	rig_expect(rig, "> 12/1 call(1)\n");
	rig_feed_bad_msg(rig, 9, 12, 64);
	rig_flush(rig);
	rig_expect(rig, "> 16/3 call(1)\n");
}

/* Its msg_id is known only as that of the last packet with acks. */
static void acks_that_were_refused_alone_wait_once_more(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 1, 1);
	rig_advance(rig, 30 * RIG_SECOND);
	rig_flush(rig);
	rig_feed_bad_salt(rig, RIG_SECONDS(30) + 1, RIG_SECONDS(30), 99);
	assert_int_equal(rig->key.salt, 99);
	/* At once would be an endless exchange with a server that takes nothing. */
	rig_flush(rig);
	rig_advance(rig, 30 * RIG_SECOND);
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"> 30s/0 msgs_ack 1\n"
			"salt\n"
			"> 60s/0 msgs_ack 1\n");
	/* The same notification a second time is about nothing of ours. */
	rig_feed_bad_salt(rig, RIG_SECONDS(60) + 1, RIG_SECONDS(30), 100);
	assert_int_equal(rig->key.salt, 99);
	rig_expect(rig, "");
}

static void proven_acks_do_not_go_out_again(void **state)
{
	struct rig *rig = *state;

	send_with_ack(rig);
	rig_feed_result(rig, 5, 0, 0);
	rig_send(rig, 2);
	rig_flush(rig);
	rig_feed_bad_salt(rig, 9, 12, 99);
	rig_flush(rig);
	rig_expect(rig, "result 5 of call(1) deadbeef\n"
			"> 12/3 call(2)\n"
			"salt\n"
			"> 16/5 call(2)\n");
}

static void an_ack_of_the_server_proves_ours(void **state)
{
	struct rig *rig = *state;

	send_with_ack(rig);
	rig_feed_ids(rig, 5, 0, msgs_ack, 0);
	rig_feed_bad_salt(rig, 9, 8, 99);
	rig_flush(rig);
	rig_expect(rig, "acked 5 of call(1)\n"
			"salt\n"
			"> 12/3 call(1)\n");
}

/* An answer proves what was sent with it and before it, and nothing that was sent later. */
static void only_what_went_along_or_before_is_proven(void **state)
{
	struct rig *rig = *state;

	send_with_ack(rig);
	rig_feed_update(rig, 5, 3);
	rig_feed_update(rig, 9, 5);
	rig_send(rig, 2);
	rig_flush(rig);
	rig_feed_result(rig, 13, 0, 0);
	rig_feed_bad_salt(rig, 17, 20, 99);
	rig_flush(rig);
	rig_expect(rig, "content 5 deadbeef\n"
			"content 9 deadbeef\n"
			"> 20/4 msg_container\n"
			"  12/3 call(2)\n"
			"  16/4 msgs_ack 5 9\n"
			"result 13 of call(1) deadbeef\n"
			"salt\n"
			"> 32/6 msg_container\n"
			"  24/5 call(2)\n"
			"  28/6 msgs_ack 5 9\n");
}

static void what_was_sent_before_the_acks_does_not_prove_them(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_feed_update(rig, 1, 1);
	rig_send(rig, 2);
	rig_flush_quietly(rig);
	rig_feed_result(rig, 5, 0, 0);
	rig_feed_bad_salt(rig, 9, 12, 99);
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"result 5 of call(1) deadbeef\n"
			"salt\n"
			"> 24/6 msg_container\n"
			"  16/5 call(2)\n"
			"  20/6 msgs_ack 1\n");
}

/* Nobody refuses a server's packets. */
static void a_server_remembers_no_acks(void **state)
{
	struct rig *rig = *state;

	rig->session.ack_count_max = 1;
	rig_feed(rig, 0, 1, rig_update, sizeof(rig_update));
	rig_flush(rig);
	rig_expect(rig, "content 0 deadbeef\n"
			"> 1/0 msgs_ack 0\n");
	assert_int_equal(rig->session.acks.sent, 0);
}

/* ---- msg_ids ahead of a clock that was set back ---- */

/* Sends so many calls with a clock that is 25 s ahead and hears of it: their msg_ids are 25 s and 0, 4, 8. */
static void hear_of_a_clock_25_s_ahead(struct rig *rig, uint16_t calls)
{
	mtp_clock_seed(&rig->key.clock, &rig->now, 25 * (int64_t)RIG_SECOND);
	for (uint16_t i = 1; i <= calls; i++) {
		rig_send(rig, i);
		rig_flush_quietly(rig);
	}
	rig_feed_bad_msg(rig, 1, RIG_SECONDS(25), 17);
	rig_expect(rig, "clock -25000ms\n");
	rig_flush(rig);
}

/* A server takes what is less than 30 s ahead, but no lower msg_id with a higher seq_no. */
static void msg_ids_go_on_rising_up_to_25_s_ahead(void **state)
{
	struct rig *rig = *state;

	hear_of_a_clock_25_s_ahead(rig, 1);
	rig_expect(rig, "> 25s+4/3 call(1)\n");
}

static void msg_ids_more_than_25_s_ahead_begin_again(void **state)
{
	struct rig *rig = *state;

	/* The third is two nanoseconds more. */
	hear_of_a_clock_25_s_ahead(rig, 3);
	rig_expect(rig, "> 0/7 call(1)\n");
}

/* A server that was set back and forgot everything says of them what it says of what is still to come. */
static void a_state_of_what_is_ahead_proves_nothing(void **state)
{
	static const uint8_t too_high[2] = {3, 3};
	struct rig *rig = *state;

	mtp_clock_seed(&rig->key.clock, &rig->now, 3600 * (int64_t)RIG_SECOND);
	rig_send(rig, 1)->at_most_once = true;
	rig_flush_quietly(rig);
	rig_send(rig, 2);
	rig_flush_quietly(rig);
	rig_feed_bad_msg(rig, 1, RIG_SECONDS(3600) + 4, 17);
	rig_flush(rig);
	mtp_session_ask_state_before(&rig->session, rig->now.mono_ns + 1);
	rig_flush(rig);
	rig_feed_object(rig, 5, 0, msgs_state_info, .req_msg_id = rig_id(rig, 4), .info = {too_high, 2});
	rig_flush(rig);
	rig_expect(rig, "clock -3600000ms\n"
			"> 0/5 call(2)\n"
			"> 4/6 msgs_state_req 3600s 0\n"
			"failed of call(1) UNKNOWN\n"
			"> 8/7 call(2)\n");
}

/* ---- Kinds ---- */

static void a_query_counts_as_content_if_the_server_wants_it(void **state)
{
	struct rig *rig = *state;

	rig_send_query(rig, ping, .ping_id = 7);
	rig_flush(rig);
	rig_feed_bad_msg(rig, 1, 0, 35);
	rig_flush(rig);
	rig_send(rig, 1);
	rig_flush(rig);
	rig_feed_bad_msg(rig, 5, 4, 34);
	rig_flush(rig);
	rig_expect(rig, "> 0/0 ping\n"
			"> 4/1 ping\n"
			"> 8/3 call(1)\n"
			"> 12/4 ping\n");
}

static void a_call_is_content_whatever_a_server_says(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_feed_bad_msg(rig, 1, 0, 34);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 4/3 call(1)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		client_test(acks_in_a_refused_container_go_out_again),
		cmocka_unit_test(whatever_the_reason_of_the_refusal),
		client_test(what_was_acknowledged_in_an_old_session_is_not_in_the_new_one),
		client_test(acks_that_were_refused_alone_wait_once_more),
		client_test(proven_acks_do_not_go_out_again),
		client_test(an_ack_of_the_server_proves_ours),
		client_test(only_what_went_along_or_before_is_proven),
		client_test(what_was_sent_before_the_acks_does_not_prove_them),
		server_test(a_server_remembers_no_acks),
		client_test(msg_ids_go_on_rising_up_to_25_s_ahead),
		client_test(msg_ids_more_than_25_s_ahead_begin_again),
		client_test(a_state_of_what_is_ahead_proves_nothing),
		client_test(a_query_counts_as_content_if_the_server_wants_it),
		client_test(a_call_is_content_whatever_a_server_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
