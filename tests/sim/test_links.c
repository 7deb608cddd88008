/* Mistakes that other engines make with links and keys, one scenario each. */
#include "stage.h"

/* ---- Transport errors ---- */

static void a_transport_error_is_no_message(void **state)
{
	static const struct {
		enum mtproto_fault fault;
		int32_t code;
	} errors[] = {{MTPROTO_FAULT_ERROR_404, -404}, {MTPROTO_FAULT_ERROR_429, -429}};

	(void)state;
	for (int framing = MTPROTO_FRAMING_ABRIDGED; framing <= MTPROTO_FRAMING_FULL; framing++) {
		for (size_t i = 0; i < 2; i++) {
			struct stage stage;
			uint32_t serial;

			begin(&stage);
			stage.plan.client[0].framing = (enum mtproto_framing)framing;
			raise_curtain(&stage);
			serial = call(&stage);
			fault_once(&stage, errors[i].fault);
			run_for(&stage, SIM_SECOND);
			assert_int_equal(stage.closed, 1);
			assert_int_equal(stage.transport_error, errors[i].code);
			run_for(&stage, SIM_MINUTE);
			assert_answered(&stage, serial);
			end(&stage);
		}
	}
}

static void a_permanent_key_is_kept_when_the_server_does_not_know_it(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	serial = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_FORGET_KEY);
	run_for(&stage, SIM_SECOND);
	assert_true(stage.client->suspects > 0);
	/* The key comes back within half a minute; that it is the same is a rule of the world. */
	run_for(&stage, 2 * SIM_MINUTE);
	assert_true(stage.client->calls[serial].settled);
	assert_int_equal(stage.client->calls[serial].how, MTPROTO_EVENT_RESULT);
	end(&stage);
}

/* ---- Dead links ---- */

static void poke(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_client *client = object;

	client->machine.touched = true;
	if (argument)
		sim_world_at(world, world->now_ns + 100 * SIM_MS, poke, client, argument - 1);
}

static void a_dead_link_is_noticed_however_often_the_loop_wakes(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	stage.client->stream->way[SIM_CLIENT].swallows = true;
	stage.client->stream->way[SIM_SERVER].swallows = true;
	serial = call(&stage);
	sim_world_at(stage.world, stage.world->now_ns, poke, stage.client, 1200);
	run_for(&stage, 90 * SIM_SECOND);
	assert_true(stage.closed > 0);
	assert_answered(&stage, serial);
	end(&stage);
}

/* The server closes the link when no ping comes: so one comes, however much else does. */
static void a_busy_link_is_pinged_as_well(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	run_for(&stage, 30 * SIM_SECOND);
	for (int i = 0; i < 20; i++) {
		uint32_t serial = call(&stage);

		run_for(&stage, 10 * SIM_SECOND);
		assert_answered(&stage, serial);
	}
	assert_int_equal(stage.closed, 0);
	end(&stage);
}

/* ---- Lost connections ---- */

static void a_lost_connection_fails_no_call(void **state)
{
	struct stage stage;
	uint32_t unsent, sent, once;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	sent = call(&stage);
	once = sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
	/* They have reached the server, the answers have not come back. */
	run_for(&stage, 30 * SIM_MS);
	sim_stream_reset(stage.client->stream);
	run_for(&stage, 30 * SIM_MS);
	unsent = call(&stage);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, sent);
	assert_answered(&stage, once);
	assert_answered(&stage, unsent);
	assert_int_equal(stage.sessions, 1);
	end(&stage);
}

static void a_request_lost_with_its_connection_is_sent_again(void **state)
{
	struct stage stage;
	uint32_t plain, once;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	plain = call(&stage);
	once = sim_client_invoke(stage.client, SIM_CALL_AT_MOST_ONCE, 100, 100);
	run_for(&stage, 10 * SIM_MS);
	sim_stream_reset(stage.client->stream);
	/* Before anybody would ask for want of an answer. */
	run_for(&stage, 5 * SIM_SECOND);
	assert_answered(&stage, plain);
	assert_answered(&stage, once);
	end(&stage);
}

/* The network keeps what the client sends for half a minute; the client gives the link up long before. */
static void answer_over_another_link(struct stage *stage, uint32_t *plain, uint32_t *once)
{
	stage->client->stream->way[SIM_SERVER].stalled_until_ns = stage->world->now_ns + 30 * SIM_SECOND;
	*plain = call(stage);
	*once = sim_client_invoke(stage->client, SIM_CALL_AT_MOST_ONCE, 100, 100);
	run_for(stage, SIM_SECOND);
	stage->client->stream->way[SIM_SERVER].swallows = true;
	mtproto_link_close(stage->client->stream->link[SIM_CLIENT], MTPROTO_ERR_TIMEOUT);
	stage->client->machine.touched = true;
	run_for(stage, 10 * SIM_SECOND);
	assert_answered(stage, *plain);
	assert_answered(stage, *once);
}

static void a_copy_that_arrives_late_on_the_old_link_runs_no_second_time(void **state)
{
	struct stage stage;
	uint32_t plain, once;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	answer_over_another_link(&stage, &plain, &once);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, plain);
	assert_answered(&stage, once);
	assert_int_equal(stage.client->calls[once].copies, 0);
	end(&stage);
}

/* It is the same message: what makes it harmless is that a server remembers. */
static void a_late_copy_runs_again_only_where_the_server_forgot_its_session(void **state)
{
	struct stage stage;
	uint32_t plain, once;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	answer_over_another_link(&stage, &plain, &once);
	fault_once(&stage, MTPROTO_FAULT_FORGET_SESSION);
	run_for(&stage, SIM_MINUTE);
	assert_answered(&stage, plain);
	assert_answered(&stage, once);
	assert_int_equal(stage.client->calls[plain].copies, 1);
	assert_int_equal(stage.client->calls[once].copies, 1);
	end(&stage);
}

static void resends_keep_their_order(void **state)
{
	struct stage stage;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	for (int i = 0; i < 40; i++)
		call(&stage);
	run_for(&stage, 10 * SIM_MS);
	sim_stream_reset(stage.client->stream);
	run_for(&stage, SIM_MINUTE);
	assert_int_equal(stage.ran, 41);
	for (uint32_t i = 0; i < stage.ran; i++)
		assert_int_equal(stage.order[i], i);
	end(&stage);
}

static void a_lost_packet_is_noticed_on_a_live_link(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin(&stage);
	raise_curtain(&stage);
	serial = call(&stage);
	fault_once(&stage, MTPROTO_FAULT_LOST);
	run_for(&stage, 3 * SIM_MINUTE);
	assert_answered(&stage, serial);
	end(&stage);
}

/* ---- Keys ---- */

static void begin_with_exchange(struct stage *stage)
{
	begin(stage);
	stage->plan.exchange = true;
	stage->plan.client[0].pfs = true;
}

static void a_failed_bind_does_not_lose_the_permanent_key(void **state)
{
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin_with_exchange(&stage);
	raise_curtain(&stage);
	/* The server forgets both keys; the temporary one is made anew, and can't be bound to one that is unknown. */
	assert_int_equal(mtproto_server_remove_key(stage.server->server, stage.client->key.id), 0);
	serial = call(&stage);
	run_for(&stage, SIM_SECOND);
	assert_true(stage.closed > 0);
	run_for(&stage, 3 * SIM_MINUTE);
	assert_true(stage.handshakes_failed > 0);
	assert_true(stage.client->calls[serial].settled);
	assert_int_equal(stage.client->calls[serial].how, MTPROTO_EVENT_RESULT);
	end(&stage);
}

static void a_forgotten_temporary_key_is_made_anew(void **state)
{
	struct mtproto_connection_info before, after;
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin_with_exchange(&stage);
	raise_curtain(&stage);
	mtproto_connection_get_info(stage.client->connection, &before);
	stage.world->plan.restarts = 1;
	assert_int_equal(mtproto_server_remove_key(stage.server->server, before.temp_auth_key_id), 0);
	serial = call(&stage);
	run_for(&stage, SIM_MINUTE);
	mtproto_connection_get_info(stage.client->connection, &after);
	assert_true(after.temp_auth_key_id != before.temp_auth_key_id);
	assert_true(after.ready);
	assert_int_equal(stage.client->calls[serial].how, MTPROTO_EVENT_RESULT);
	end(&stage);
}

/* What the server forgot does not come back with a store, where it would be bound to nothing. */
static void a_forgotten_temporary_key_is_not_recalled(void **state)
{
	struct mtproto_connection_info info;
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin_with_exchange(&stage);
	raise_curtain(&stage);
	mtproto_connection_get_info(stage.client->connection, &info);
	stage.world->plan.restarts = 1;
	assert_int_equal(mtproto_server_remove_key(stage.server->server, info.temp_auth_key_id), 0);
	sim_pump(&stage.server->machine);
	sim_server_stop(stage.server);
	sim_server_start(stage.server, SIM_RECALLS_KEYS);
	serial = call(&stage);
	run_for(&stage, SIM_MINUTE);
	assert_int_equal(stage.client->calls[serial].how, MTPROTO_EVENT_RESULT);
	end(&stage);
}

/* The last ping was of the session before: the server's time goes on from there. */
static void a_link_outlives_the_key_that_it_was_pinged_with(void **state)
{
	struct stage stage;

	(void)state;
	begin_with_exchange(&stage);
	stage.plan.client[0].temp_life_s = 240;
	stage.plan.client[0].ping_idle_ns = SIM_MINUTE;
	stage.plan.client[0].pong_timeout_ns = SIM_SECOND;
	raise_curtain(&stage);
	run_for(&stage, 10 * SIM_MINUTE);
	assert_int_equal(stage.sessions, 3);
	assert_int_equal(stage.closed, 0);
	end(&stage);
}

static void a_bind_that_goes_out_again_speaks_of_its_new_msg_id(void **state)
{
	struct mtproto_connection_info info;
	struct stage stage;
	uint32_t serial;

	(void)state;
	begin_with_exchange(&stage);
	build_stage(&stage);
	/* The first encrypted packet is the bind; its salt is not good any more. */
	fault_once(&stage, MTPROTO_FAULT_SALT);
	serial = call(&stage);
	run_for(&stage, 5 * SIM_SECOND);
	mtproto_connection_get_info(stage.client->connection, &info);
	assert_true(info.ready && info.temp_auth_key_id != 0);
	assert_int_equal(stage.handshakes_failed, 0);
	assert_int_equal(stage.closed, 0);
	assert_answered(&stage, serial);
	end(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transport_error_is_no_message),
		cmocka_unit_test(a_permanent_key_is_kept_when_the_server_does_not_know_it),
		cmocka_unit_test(a_dead_link_is_noticed_however_often_the_loop_wakes),
		cmocka_unit_test(a_busy_link_is_pinged_as_well),
		cmocka_unit_test(a_lost_connection_fails_no_call),
		cmocka_unit_test(a_request_lost_with_its_connection_is_sent_again),
		cmocka_unit_test(a_copy_that_arrives_late_on_the_old_link_runs_no_second_time),
		cmocka_unit_test(a_late_copy_runs_again_only_where_the_server_forgot_its_session),
		cmocka_unit_test(resends_keep_their_order),
		cmocka_unit_test(a_lost_packet_is_noticed_on_a_live_link),
		cmocka_unit_test(a_failed_bind_does_not_lose_the_permanent_key),
		cmocka_unit_test(a_forgotten_temporary_key_is_made_anew),
		cmocka_unit_test(a_forgotten_temporary_key_is_not_recalled),
		cmocka_unit_test(a_link_outlives_the_key_that_it_was_pinged_with),
		cmocka_unit_test(a_bind_that_goes_out_again_speaks_of_its_new_msg_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
