/* Mistakes that other engines make with salts, clocks and packing, one scenario each. */
#include "stage.h"

/* ---- Salts and the clock ---- */

static void future_salts_have_no_vector_header(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	serial = sim_client_invoke(stage.client, SIM_CALL_SERVICE, 0, 0);
	run_for(&stage, SIM_SECOND);
	assert_true(stage.client->calls[serial].settled);
	end(&stage);
}

static void equal_bodies_are_different_calls(void **state)
{
	struct stage stage;
	uint32_t first, second;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	first = sim_client_invoke(stage.client, SIM_CALL_SERVICE, 0, 0);
	second = sim_client_invoke(stage.client, SIM_CALL_SERVICE, 0, 0);
	run_for(&stage, SIM_SECOND);
	assert_true(stage.client->calls[first].settled);
	assert_true(stage.client->calls[second].settled);
	end(&stage);
}

static void a_salt_that_ran_out_costs_no_call(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	for (int i = 0; i < 6; i++) {
		run_for(&stage, SIM_HOUR);
		serial = call(&stage);
		run_for(&stage, 30 * SIM_SECOND);
		assert_answered(&stage, serial);
	}
	end(&stage);
}

static void a_wrong_clock_is_corrected(void **state)
{
	static const int64_t errors_s[] = {-90000, -3600, -301, -299, 29, 31, 600, 3600, 90000};

	(void)state;
	for (size_t i = 0; i < sizeof(errors_s) / sizeof(errors_s[0]); i++) {
		struct stage stage;

		begin(&stage);
		stage.plan.client[0].wall_error_ns = errors_s[i] * (int64_t)SIM_SECOND;
		raise_curtain(&stage);
		assert_answered(&stage, 0);
		/* What was wrong by more than a receiver bears is right now, within the latency. */
		if (errors_s[i] < -300 || errors_s[i] > 30)
			assert_true(llabs(stage.clock_step_ns + stage.plan.client[0].wall_error_ns) <
				    (long long)SIM_SECOND);
		end(&stage);
	}
}

/* Up to 25 s ahead msg_ids go on rising; farther ahead they begin again, and the server must be a new session's. */
static void a_clock_that_is_a_little_ahead_costs_no_session(void **state)
{
	static const int64_t ahead_s[] = {16, 24, 27};

	(void)state;
	for (size_t i = 0; i < sizeof(ahead_s) / sizeof(ahead_s[0]); i++) {
		struct stage stage;
		uint32_t serial;

		begin(&stage);
		stage.plan.client[0].wall_error_ns = ahead_s[i] * (int64_t)SIM_SECOND;
		raise_curtain(&stage);
		serial = call(&stage);
		fault_once(&stage, MTPROTO_FAULT_BAD_MSG_17);
		run_for(&stage, 5 * SIM_SECOND);
		assert_answered(&stage, serial);
		assert_int_equal(stage.sessions, ahead_s[i] <= 25 ? 1 : 2);
		end(&stage);
	}
}

static void a_sleep_that_the_clock_did_not_count_is_corrected(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.client->machine.mono_offset_ns -= SIM_HOUR;
	stage.client->machine.asleep_until_ns = stage.world->now_ns + SIM_HOUR;
	run_for(&stage, SIM_HOUR);
	serial = call(&stage);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, serial);
	assert_true(stage.client->clock_events > 0);
	end(&stage);
}

static void what_the_server_says_of_a_ping_corrects_the_clock(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.client->machine.mono_offset_ns -= SIM_HOUR;
	stage.client->machine.asleep_until_ns = stage.world->now_ns + SIM_HOUR;
	/* Nothing is called: only pings and acknowledgements leave. An update must still get through. */
	run_for(&stage, SIM_HOUR + 2 * SIM_MINUTE);
	assert_true(stage.client->clock_events > 0);
	sim_server_push(stage.server);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(stage.client->updates, 1);
	end(&stage);
}

static void a_query_for_salts_that_was_lost_holds_nothing_up(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.client->machine.asleep_until_ns = stage.world->now_ns + 2 * SIM_HOUR;
	run_for(&stage, 2 * SIM_HOUR + 100 * SIM_MS);
	/* The old link is gone. No salt is good any more: a query for new ones leaves first, and is lost. */
	for (int i = 0; i < 10000 && !stage.client->stream; i++)
		run_for(&stage, SIM_MS);
	assert_non_null(stage.client->stream);
	sim_stream_reset(stage.client->stream);
	serial = call(&stage);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, serial);
	end(&stage);
}

static void a_clock_that_was_set_back_leaves_no_call_behind_and_proves_nothing(void **state)
{
	struct stage stage;
	uint32_t plain, once, unsent;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.world->plan.restarts = 1;
	stage.world->plan.answer_delay_ns = SIM_MINUTE;
	plain = call(&stage);
	once = sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
	run_for(&stage, SIM_SECOND);
	/* Both run. The server comes back without a memory, its clock set back: it says that their msg_ids are too high
	 * to have been received. */
	sim_server_stop(stage.server);
	stage.world->plan.answer_delay_ns = 0;
	stage.server->machine.wall_offset_ns -= SIM_HOUR;
	unsent = call(&stage);
	run_for(&stage, SIM_SECOND);
	sim_server_start(stage.server, SIM_RECALLS_KEYS);
	run_for(&stage, 2 * SIM_MINUTE);
	assert_int_equal(stage.client->calls[plain].how, MTPROTO_EVENT_RESULT);
	assert_int_equal(stage.client->calls[plain].executions, 2);
	assert_true(stage.client->calls[plain].maybe_twice);
	assert_int_equal(stage.client->calls[once].error, MTPROTO_ERR_UNKNOWN);
	assert_int_equal(stage.client->calls[once].executions, 1);
	assert_true(stage.client->calls[unsent].settled);
	end(&stage);
}

/* Takes a copy of the next bytes towards the client. */
static size_t capture(struct stage *stage, uint8_t *out, size_t cap)
{
	const struct sim_way *way = &stage->client->stream->way[SIM_CLIENT];

	for (int i = 0; i < 1000 && !way->first; i++)
		run_for(stage, SIM_MS);
	assert_non_null(way->first);
	assert_true(way->first->len <= cap);
	memcpy(out, way->first->data, way->first->len);
	return way->first->len;
}

static int64_t time_offset(const struct stage *stage)
{
	struct mtproto_connection_info info;

	mtproto_connection_get_info(stage->client->connection, &info);
	return info.time_offset_ns;
}

static void a_replayed_message_moves_no_clock(void **state)
{
	struct stage stage;
	uint8_t bytes[4096];
	size_t len;
	int64_t before;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	/* An authentic notification that the clock is wrong, kept by an attacker. */
	serial = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_BAD_MSG_17);
	len = capture(&stage, bytes, sizeof(bytes));
	run_for(&stage, SIM_SECOND);
	assert_answered(&stage, serial);
	before = time_offset(&stage);
	/* Two minutes later he sends it once more, while a call is open. */
	run_for(&stage, 2 * SIM_MINUTE);
	serial = call(&stage);
	stage.client->machine.touched = true;
	assert_int_equal(mtproto_link_recv(stage.client->stream->link[SIM_CLIENT], bytes, len), 0);
	run_for(&stage, SIM_SECOND);
	assert_true(time_offset(&stage) == before);
	assert_answered(&stage, serial);
	end(&stage);
}

static void a_forged_message_moves_nothing(void **state)
{
	struct stage stage;
	uint8_t bytes[4096];
	size_t len;
	int64_t before;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	before = time_offset(&stage);
	serial = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_BAD_MSG_17);
	len = capture(&stage, bytes, sizeof(bytes));
	/* Only its padding: all that the message says is as the server said it, and it comes before the true one. */
	bytes[len - 1] ^= 1;
	stage.client->machine.touched = true;
	assert_int_equal(mtproto_link_recv(stage.client->stream->link[SIM_CLIENT], bytes, len), 0);
	run_for(&stage, SIM_MINUTE);
	assert_int_equal(stage.closed, 1);
	assert_int_equal(stage.clock_step_ns, 0);
	assert_true(time_offset(&stage) == before);
	assert_answered(&stage, serial);
	end(&stage);
}

/* ---- What is packed ---- */

static void a_packed_answer_is_unpacked(void **state)
{
	struct stage stage;
	uint32_t gzip, zlib;

	(void)state;
	begin(&stage);
	stage.plan.packed = 100;
	raise_curtain(&stage);
	gzip = sim_client_invoke(stage.client, SIM_CALL_PLAIN, 100, 20000);
	zlib = sim_client_invoke(stage.client, SIM_CALL_PLAIN, 100, 20000);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(stage.server->packed, 2);
	assert_answered(&stage, gzip);
	assert_answered(&stage, zlib);
	sim_server_push(stage.server);
	run_for(&stage, SIM_SECOND);
	assert_true(stage.server->packed > 2);
	assert_int_equal(stage.client->updates, 1);
	end(&stage);
}

static void a_bomb_is_refused_and_nothing_else_suffers(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	serial = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_BOMB);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(stage.refused, 1);
	assert_int_equal(stage.last_refusal, MTPROTO_ERR_INFLATED_SIZE);
	assert_answered(&stage, serial);
	assert_int_equal(stage.closed, 0);
	end(&stage);
}

/* ---- Packing ---- */

static void padding_of_frames_is_trimmed(void **state)
{
	struct stage stage;

	(void)state;
	for (int obfuscated = 0; obfuscated < 2; obfuscated++) {
		begin(&stage);
		stage.plan.client[0].framing = MTPROTO_FRAMING_PADDED;
		stage.plan.client[0].obfuscated = obfuscated;
		raise_curtain(&stage);
		for (uint32_t i = 1; i < 60; i++) {
			sim_client_invoke(stage.client, SIM_CALL_PLAIN, SIM_BODY_MIN + 4 * i, SIM_BODY_MIN + 4 * i);
			run_for(&stage, 100 * SIM_MS);
			assert_answered(&stage, i);
		}
		assert_int_equal(stage.closed, 0);
		end(&stage);
	}
}

static void containers_have_a_cap(void **state)
{
	enum { PINGS = 3000 };
	struct mtproto_connection_info info;
	struct mtproto_now now;
	struct stage stage;
	uint64_t id;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	now = sim_now(&stage.client->machine);
	stage.world->calls_of_others = true;
	/* A server refuses containers of more than 1,024. */
	for (int i = 0; i < PINGS; i++)
		assert_int_equal(mtproto_connection_ping(stage.client->connection, &now, 0, &id), 0);
	stage.client->machine.touched = true;
	run_for(&stage, 300 * SIM_MS);
	mtproto_connection_get_info(stage.client->connection, &info);
	assert_int_equal(info.pending_calls, 0);
	assert_int_equal(stage.refused, 0);
	end(&stage);
}

static void numbers_are_taken_in_the_order_of_sending(void **state)
{
	struct mtproto_connection_stats stats;
	struct stage stage;

	(void)state;
	begin(&stage);
	stage.listens = true;
	/* Acknowledgements wait, and go along. */
	raise_curtain(&stage);
	for (int i = 0; i < 20; i++) {
		call(&stage);
		sim_client_invoke(stage.client, SIM_CALL_PING, 0, 0);
		call(&stage);
		sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 40000, 40000);
		sim_server_push(stage.server);
		run_for(&stage, 7 * SIM_MS);
	}
	run_for(&stage, SIM_SECOND);
	mtproto_connection_get_stats(stage.client->connection, &stats);
	assert_int_equal(stats.session.resent_bad_msg, 0);
	assert_int_equal(stage.bad_msgs, 0);
	assert_int_equal(stage.sessions, 1);
	end(&stage);
}

/* ---- Order ---- */

static void calls_that_go_out_again_name_each_other_anew(void **state)
{
	struct stage stage;
	uint32_t first, second, third;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.world->plan.answer_delay_ns = 100 * SIM_MS;
	first = call(&stage);
	second = sim_client_follow(stage.client, 100, 100, first);
	third = sim_client_follow(stage.client, 100, 100, second);
	fault_once(&stage, MTPROTO_FAULT_SALT);
	run_for(&stage, 450 * SIM_MS);
	/* No wait was refused: a server that waits for the msg_ids of before would do so after half a second. */
	assert_answered(&stage, first);
	assert_answered(&stage, second);
	assert_answered(&stage, third);
	assert_int_equal(stage.order[stage.ran - 3], first);
	assert_int_equal(stage.order[stage.ran - 1], third);
	end(&stage);
}

static void a_call_does_not_overtake_one_that_was_lost(void **state)
{
	struct mtproto_connection_stats stats;
	struct stage stage;
	uint32_t first, second;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	first = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_LOST);
	second = sim_client_follow(stage.client, 100, 100, first);
	run_for(&stage, SIM_SECOND);
	/* The server has waited in vain; the client does not insist. */
	mtproto_connection_get_stats(stage.client->connection, &stats);
	assert_int_equal(stats.session.resent_after, 1);
	assert_int_equal(stage.client->calls[second].executions, 0);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, first);
	assert_answered(&stage, second);
	assert_int_equal(stage.order[stage.ran - 2], first);
	assert_int_equal(stage.order[stage.ran - 1], second);
	end(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(future_salts_have_no_vector_header),
		cmocka_unit_test(equal_bodies_are_different_calls),
		cmocka_unit_test(a_salt_that_ran_out_costs_no_call),
		cmocka_unit_test(a_wrong_clock_is_corrected),
		cmocka_unit_test(a_clock_that_is_a_little_ahead_costs_no_session),
		cmocka_unit_test(a_sleep_that_the_clock_did_not_count_is_corrected),
		cmocka_unit_test(what_the_server_says_of_a_ping_corrects_the_clock),
		cmocka_unit_test(a_query_for_salts_that_was_lost_holds_nothing_up),
		cmocka_unit_test(a_clock_that_was_set_back_leaves_no_call_behind_and_proves_nothing),
		cmocka_unit_test(a_replayed_message_moves_no_clock),
		cmocka_unit_test(a_forged_message_moves_nothing),
		cmocka_unit_test(a_packed_answer_is_unpacked),
		cmocka_unit_test(a_bomb_is_refused_and_nothing_else_suffers),
		cmocka_unit_test(padding_of_frames_is_trimmed),
		cmocka_unit_test(containers_have_a_cap),
		cmocka_unit_test(numbers_are_taken_in_the_order_of_sending),
		cmocka_unit_test(calls_that_go_out_again_name_each_other_anew),
		cmocka_unit_test(a_call_does_not_overtake_one_that_was_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
