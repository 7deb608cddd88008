/* Mistakes that other engines make with refusals, forgotten sessions and acknowledgements, one scenario each. */
#include "stage.h"

/* ---- Refusals ---- */

static void a_wrong_salt_leads_to_a_resend(void **state)
{
	struct stage stage;
	uint32_t plain, once, ping;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	plain = call(&stage);
	once = sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
	ping = sim_client_invoke(stage.client, SIM_CALL_PING, 0, 0);
	fault_once(&stage, MTPROTO_FAULT_SALT);
	run_for(&stage, SIM_SECOND);
	assert_answered(&stage, plain);
	assert_answered(&stage, once);
	assert_answered(&stage, ping);
	assert_int_equal(stage.closed, 0);
	end(&stage);
}

/* 19 and 20 say that the server may have seen the message before. */
static bool leaves_doubt(int fault)
{
	return fault == MTPROTO_FAULT_BAD_MSG_19 || fault == MTPROTO_FAULT_BAD_MSG_20;
}

static void a_refused_message_is_sent_again(void **state)
{
	(void)state;
	for (int fault = MTPROTO_FAULT_BAD_MSG_16; fault <= MTPROTO_FAULT_BAD_MSG_64; fault++) {
		struct stage stage;
		uint32_t serial;

		if (leaves_doubt(fault))
			continue;
		begin(&stage);
		raise_curtain(&stage);
		serial = call(&stage);
		fault_once(&stage, (enum mtproto_fault)fault);
		run_for(&stage, SIM_SECOND);
		assert_answered(&stage, serial);
		assert_int_equal(stage.closed, 0);
		end(&stage);
	}
}

static void an_error_about_a_container_concerns_its_members(void **state)
{
	(void)state;
	for (int fault = MTPROTO_FAULT_BAD_MSG_16; fault <= MTPROTO_FAULT_BAD_MSG_64; fault++) {
		struct stage stage;

		if (leaves_doubt(fault))
			continue;
		begin(&stage);
		raise_curtain(&stage);
		for (int i = 0; i < 4; i++) {
			sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
			call(&stage);
		}
		fault_once(&stage, (enum mtproto_fault)fault);
		run_for(&stage, SIM_SECOND);
		assert_int_equal(stage.ran, 9);
		for (uint32_t i = 0; i < 9; i++) {
			assert_answered(&stage, i);
			assert_int_equal(stage.order[i], i);
		}
		end(&stage);
	}
}

static void in_doubt_only_what_may_run_twice_is_sent_again(void **state)
{
	static const enum mtproto_fault faults[] = {MTPROTO_FAULT_BAD_MSG_19, MTPROTO_FAULT_BAD_MSG_20};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct stage stage;
		uint32_t plain, once;

		begin(&stage);
		raise_curtain(&stage);
		plain = call(&stage);
		once = sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
		fault_once(&stage, faults[i]);
		run_for(&stage, SIM_SECOND);
		assert_int_equal(stage.client->calls[plain].how, MTPROTO_EVENT_RESULT);
		assert_true(stage.client->calls[plain].maybe_twice);
		assert_int_equal(stage.client->calls[once].how, MTPROTO_EVENT_CALL_FAILED);
		assert_int_equal(stage.client->calls[once].error, MTPROTO_ERR_UNKNOWN);
		end(&stage);
	}
}

static void a_seq_no_error_begins_one_new_session(void **state)
{
	static const enum mtproto_fault faults[] = {MTPROTO_FAULT_BAD_MSG_32, MTPROTO_FAULT_BAD_MSG_33};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct stage stage;
		uint32_t serial;

		begin(&stage);
		raise_curtain(&stage);
		assert_int_equal(stage.sessions, 1);
		serial = call(&stage);
		fault_once(&stage, faults[i]);
		run_for(&stage, 5 * SIM_SECOND);
		assert_answered(&stage, serial);
		/* Guessing an offset would go to and fro. */
		assert_int_equal(stage.sessions, 2);
		end(&stage);
	}
}

static void a_new_session_kills_no_answer_in_flight(void **state)
{
	struct stage stage;
	uint32_t before, once, refused;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.world->plan.answer_delay_ns = SIM_SECOND;
	before = call(&stage);
	once = sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
	run_for(&stage, 100 * SIM_MS);
	refused = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_BAD_MSG_32);
	run_for(&stage, 5 * SIM_SECOND);
	assert_answered(&stage, before);
	assert_answered(&stage, once);
	assert_answered(&stage, refused);
	end(&stage);
}

/* ---- A session that the server forgot ---- */

static void a_new_session_resends_only_what_is_older(void **state)
{
	struct stage stage;
	uint32_t older, newer;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	older = call(&stage);
	run_for(&stage, 10 * SIM_MS);
	newer = call(&stage);
	/* The first packet is lost with the old session, the second makes the new one. */
	fault_once(&stage, MTPROTO_FAULT_LOST);
	fault_once(&stage, MTPROTO_FAULT_FORGET_SESSION);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(stage.client->calls[newer].executions, 1);
	assert_false(stage.client->calls[newer].maybe_twice);
	assert_true(stage.client->calls[newer].settled);
	assert_int_equal(stage.client->calls[older].executions, 1);
	assert_true(stage.client->calls[older].settled);
	assert_int_equal(stage.client->new_sessions, 2);
	end(&stage);
}

static void an_at_most_once_call_of_a_forgotten_session_fails_unknown(void **state)
{
	struct stage stage;
	uint32_t once, plain;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	once = sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
	fault_once(&stage, MTPROTO_FAULT_LOST);
	plain = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_FORGET_SESSION);
	run_for(&stage, SIM_SECOND);
	assert_answered(&stage, plain);
	assert_true(stage.client->calls[once].settled);
	assert_int_equal(stage.client->calls[once].error, MTPROTO_ERR_UNKNOWN);
	end(&stage);
}

/* As where the server's messages overtake each other in a container: the new session is the last to be told of. */
static void a_call_may_be_in_doubt_before_the_new_session_is_told(void **state)
{
	struct stage stage;
	uint32_t once, later;

	(void)state;
	begin(&stage);
	build_stage(&stage);
	run_for(&stage, SIM_SECOND);
	stage.client->stream->way[SIM_SERVER].swallows = true;
	once = sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
	run_for(&stage, SIM_SECOND);
	mtproto_link_close(stage.client->stream->link[SIM_CLIENT], MTPROTO_ERR_TIMEOUT);
	stage.client->machine.touched = true;
	run_for(&stage, 10 * SIM_MS);
	later = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_SWAP);
	run_for(&stage, SIM_SECOND);
	assert_answered(&stage, later);
	assert_true(stage.client->calls[once].settled);
	assert_int_equal(stage.client->calls[once].error, MTPROTO_ERR_UNKNOWN);
	assert_int_equal(stage.client->calls[once].executions, 0);
	end(&stage);
}

static void a_server_with_its_state_goes_on_with_quiet_sessions(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	stage.plan.client[0].ack_delay_ns = 0;
	raise_curtain(&stage);
	sim_server_stop(stage.server);
	serial = call(&stage);
	run_for(&stage, SIM_SECOND);
	sim_server_start(stage.server, SIM_RECALLS_STATE);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, serial);
	assert_int_equal(stage.client->new_sessions, 1);
	end(&stage);
}

static void a_server_with_its_state_and_an_earlier_clock_begins_anew(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	stage.plan.client[0].ack_delay_ns = 0;
	raise_curtain(&stage);
	stage.world->plan.restarts = 1;
	sim_server_stop(stage.server);
	stage.server->machine.wall_offset_ns -= SIM_HOUR;
	run_for(&stage, SIM_SECOND);
	serial = call(&stage);
	sim_server_start(stage.server, SIM_RECALLS_STATE);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, serial);
	assert_int_equal(stage.client->new_sessions, 2);
	end(&stage);
}

static void a_new_session_tells_that_updates_may_be_missing(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	assert_int_equal(stage.client->new_sessions, 1);
	sim_server_stop(stage.server);
	run_for(&stage, SIM_SECOND);
	sim_server_start(stage.server, SIM_RECALLS_KEYS);
	stage.world->plan.restarts = 1;
	call(&stage);
	run_for(&stage, SIM_MINUTE);
	assert_int_equal(stage.client->new_sessions, 2);
	end(&stage);
}

/* The server does not know that it was heard, and the client has forgotten the msg_id. */
static void a_new_session_that_is_told_again_is_none(void **state)
{
	enum { PINGS = 1200 };
	struct mtproto_now now;
	struct stage stage;
	uint64_t id;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.world->calls_of_others = true;
	now = sim_now(&stage.client->machine);
	assert_int_equal(mtproto_connection_ping(stage.client->connection, &now, 0, &id), 0);
	stage.client->machine.touched = true;
	fault_once(&stage, MTPROTO_FAULT_LOST);
	now = sim_now(&stage.client->machine);
	for (int i = 0; i < PINGS; i++)
		assert_int_equal(mtproto_connection_ping(stage.client->connection, &now, 0, &id), 0);
	stage.client->machine.touched = true;
	run_for(&stage, SIM_SECOND);
	sim_stream_reset(stage.client->stream);
	run_for(&stage, 5 * SIM_SECOND);
	assert_int_equal(stage.client->links, 2);
	assert_int_equal(stage.client->new_sessions, 1);
	end(&stage);
}

/* It remembers so many later msg_ids that it can't judge an earlier one: in another session there are none. */
static void a_server_that_was_set_back_is_heard_by_a_client_that_has_forgotten(void **state)
{
	enum { PINGS = 1200 };
	struct mtproto_now now;
	struct stage stage;
	uint32_t serial;
	uint64_t id;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.world->calls_of_others = true;
	stage.world->plan.restarts = 1;
	now = sim_now(&stage.client->machine);
	for (int i = 0; i < PINGS; i++)
		assert_int_equal(mtproto_connection_ping(stage.client->connection, &now, 0, &id), 0);
	stage.client->machine.touched = true;
	run_for(&stage, SIM_SECOND);
	sim_server_stop(stage.server);
	stage.server->machine.wall_offset_ns -= SIM_HOUR;
	run_for(&stage, SIM_SECOND);
	serial = call(&stage);
	sim_server_start(stage.server, SIM_RECALLS_KEYS);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, serial);
	end(&stage);
}

/* ---- Acknowledgements ---- */

static void an_announced_answer_is_asked_for(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	serial = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_DETAILED_INFO);
	run_for(&stage, SIM_SECOND);
	assert_answered(&stage, serial);
	end(&stage);
}

static void an_announced_update_is_asked_for(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	fault_always(&stage, MTPROTO_FAULT_DETAILED_INFO);
	sim_server_push(stage.server);
	sim_server_set_faults(stage.server, NULL);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(stage.client->updates, 1);
	end(&stage);
}

static size_t unacknowledged(const struct stage *stage)
{
	struct mtproto_server_session_info info;

	mtproto_server_session_get_info(stage->server->sessions[0].handle, &info);
	return info.unacknowledged;
}

static void a_duplicate_is_acknowledged_and_not_processed(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	stage.plan.client[0].ack_delay_ns = 0;
	raise_curtain(&stage);
	sim_server_push(stage.server);
	/* The acknowledgement is lost, and nothing tells the server why. */
	fault_once(&stage, MTPROTO_FAULT_LOST);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(unacknowledged(&stage), 1);
	sim_client_invoke(stage.client, SIM_CALL_PING, 0, 0);
	fault_once(&stage, MTPROTO_FAULT_DUPLICATE);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(stage.client->updates, 1);
	assert_int_equal(unacknowledged(&stage), 0);
	end(&stage);
}

/* It would come a second time for nothing. */
static void an_announced_update_that_was_received_is_acknowledged_not_asked_for(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	stage.listens = true;
	stage.plan.client[0].ack_delay_ns = 0;
	raise_curtain(&stage);
	sim_server_push(stage.server);
	/* The acknowledgement is lost: after a while the server reminds. */
	fault_once(&stage, MTPROTO_FAULT_LOST);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(stage.client->updates, 1);
	assert_int_equal(unacknowledged(&stage), 1);
	run_for(&stage, 2 * SIM_MINUTE);
	assert_int_equal(unacknowledged(&stage), 0);
	assert_int_equal(stage.asked, 0);
	assert_int_equal(stage.client->updates, 1);
	end(&stage);
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void all_content_is_acknowledged_and_nothing_else(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	stage.listens = true;
	stage.plan.client[0].ack_delay_ns = SIM_SECOND;
	raise_curtain(&stage);
	for (int i = 0; i < 10; i++) {
		call(&stage);
		call(&stage);
		sim_client_invoke(stage.client, SIM_CALL_PING, 0, 0);
		sim_client_invoke(stage.client, SIM_CALL_SERVICE, 0, 0);
		sim_server_push(stage.server);
		run_for(&stage, 200 * SIM_MS);
	}
	run_for(&stage, 5 * SIM_SECOND);
	/* Answers, updates and the new session; pongs, salts and the containers around them are not. */
	assert_int_equal(stage.content_count, 1 + 1 + 20 + 10);
	assert_true(stage.containers >= 10);
	qsort(stage.content, stage.content_count, sizeof(stage.content[0]), compare_ids);
	qsort(stage.acked, stage.acked_count, sizeof(stage.acked[0]), compare_ids);
	assert_int_equal(stage.acked_count, stage.content_count);
	assert_memory_equal(stage.acked, stage.content, stage.content_count * sizeof(stage.content[0]));
	end(&stage);
}

static void acknowledgements_that_were_refused_are_sent_again(void **state)
{
	static const enum mtproto_fault faults[] = {MTPROTO_FAULT_SALT, MTPROTO_FAULT_BAD_MSG_64};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct stage stage;

		begin(&stage);
		stage.plan.client[0].ack_delay_ns = 5 * SIM_SECOND;
		raise_curtain(&stage);
		sim_server_push(stage.server);
		/* The packet with the acknowledgement alone is refused. The server would remind of it after a minute.
		 */
		fault_once(&stage, faults[i]);
		assert_true(unacknowledged(&stage) > 0);
		run_for(&stage, 6 * SIM_SECOND);
		assert_int_equal(unacknowledged(&stage), 0);
		end(&stage);
	}
}

static void acknowledgements_in_a_refused_container_are_sent_again(void **state)
{
	(void)state;
	for (int fault = MTPROTO_FAULT_BAD_MSG_16; fault <= MTPROTO_FAULT_BAD_MSG_64; fault++) {
		struct stage stage;

		/* These begin a new session: what was said in the old one need not be acknowledged. */
		if (fault == MTPROTO_FAULT_BAD_MSG_32 || fault == MTPROTO_FAULT_BAD_MSG_33)
			continue;
		begin(&stage);
		raise_curtain(&stage);
		sim_server_push(stage.server);
		run_for(&stage, SIM_SECOND);
		call(&stage);
		fault_once(&stage, (enum mtproto_fault)fault);
		run_for(&stage, SIM_SECOND);
		/* Only the answer may still be. */
		assert_int_equal(unacknowledged(&stage), 1);
		end(&stage);
	}
}

static void a_client_goes_on_in_another_process(void **state)
{
	struct mtproto_connection_info before, after;
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	sim_server_push(stage.server);
	run_for(&stage, SIM_SECOND);
	assert_int_equal(stage.client->updates, 1);
	mtproto_connection_get_info(stage.client->connection, &before);
	serial = call(&stage);
	sim_client_restart(stage.client);
	run_for(&stage, 10 * SIM_SECOND);
	mtproto_connection_get_info(stage.client->connection, &after);
	assert_true(after.session_id == before.session_id);
	assert_int_equal(stage.sessions, 1);
	/* The answer to the former process's call is nobody's; the update does not come again. */
	assert_true(stage.client->calls[serial].executions <= 1);
	serial = call(&stage);
	run_for(&stage, SIM_SECOND);
	assert_answered(&stage, serial);
	assert_int_equal(stage.client->updates, 1);
	end(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_salt_leads_to_a_resend),
		cmocka_unit_test(a_refused_message_is_sent_again),
		cmocka_unit_test(an_error_about_a_container_concerns_its_members),
		cmocka_unit_test(in_doubt_only_what_may_run_twice_is_sent_again),
		cmocka_unit_test(a_seq_no_error_begins_one_new_session),
		cmocka_unit_test(a_new_session_kills_no_answer_in_flight),
		cmocka_unit_test(a_new_session_resends_only_what_is_older),
		cmocka_unit_test(an_at_most_once_call_of_a_forgotten_session_fails_unknown),
		cmocka_unit_test(a_call_may_be_in_doubt_before_the_new_session_is_told),
		cmocka_unit_test(a_server_with_its_state_goes_on_with_quiet_sessions),
		cmocka_unit_test(a_server_with_its_state_and_an_earlier_clock_begins_anew),
		cmocka_unit_test(a_new_session_tells_that_updates_may_be_missing),
		cmocka_unit_test(a_new_session_that_is_told_again_is_none),
		cmocka_unit_test(a_server_that_was_set_back_is_heard_by_a_client_that_has_forgotten),
		cmocka_unit_test(an_announced_answer_is_asked_for),
		cmocka_unit_test(an_announced_update_is_asked_for),
		cmocka_unit_test(a_duplicate_is_acknowledged_and_not_processed),
		cmocka_unit_test(an_announced_update_that_was_received_is_acknowledged_not_asked_for),
		cmocka_unit_test(all_content_is_acknowledged_and_nothing_else),
		cmocka_unit_test(acknowledgements_that_were_refused_are_sent_again),
		cmocka_unit_test(acknowledgements_in_a_refused_container_are_sent_again),
		cmocka_unit_test(a_client_goes_on_in_another_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
