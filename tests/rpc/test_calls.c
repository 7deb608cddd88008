/* A client's calls: whatever happens, each ends once. */
#include "rpc/calls.h"
#include "session/support.h"

struct bench {
	struct rig *rig;
	struct mtp_events events;
	struct mtp_calls calls;
	size_t session_timers;
};

/* What a connection does with what its session says. */
static void on_notice(struct rig *rig, const struct mtp_notice *notice)
{
	struct mtp_call *call = notice->out ? notice->out->owner : NULL;

	(void)rig;
	if (!call)
		return;
	if (notice->kind == MTP_NOTICE_FAILED)
		mtp_call_out_failed(call, notice->error);
}

static void deliver(struct mtp_session *session, const struct mtp_notice *notice, const struct mtproto_now *now)
{
	struct mtp_call *call = notice->out ? notice->out->owner : NULL;

	if (call && notice->kind == MTP_NOTICE_RESULT)
		mtp_call_answer(call, notice->body, notice->block);
	else if (call && notice->kind == MTP_NOTICE_ANSWER)
		mtp_call_answer_bare(call, notice->body, notice->block, now);
	else
		rig_deliver(session, notice, now);
}

static const struct mtp_session_ops ops = {deliver, rig_wake, NULL};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->rig = rig_new(false);
	bench->session_timers = bench->rig->timers.reserved;
	bench->rig->session.ops = &ops;
	bench->rig->on_notice = on_notice;
	mtp_events_init(&bench->events, &bench->rig->pool);
	mtp_calls_init(&bench->calls, &bench->rig->session, &bench->events, NULL);
	bench->calls.pending_max = 4;
	bench->calls.pending_bytes_max = 1000;
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	mtp_events_fini(&bench->events);
	mtp_calls_fini(&bench->calls);
	rig_free(bench->rig);
	free(bench);
	return 0;
}

static uint64_t start(struct bench *bench, size_t len, uint64_t deadline_ns)
{
	struct mtp_call *call;

	assert_int_equal(mtp_call_new(&bench->calls, len, NULL, 0, &call), 0);
	memset(call->out->body, 0, len);
	mtp_store_le32(call->out->body, (uint32_t)RIG_CALL << 16 | (uint32_t)call->id);
	call->out->content_related = true;
	mtp_call_start(call, deadline_ns);
	return call->id;
}

static uint64_t start_for_ever(struct bench *bench)
{
	return start(bench, 8, MTPROTO_NEVER);
}

static enum mtproto_fate fate_of(const struct bench *bench, uint64_t id)
{
	const struct mtp_call *call = mtp_calls_find(&bench->calls, id);

	assert_non_null(call);
	return mtp_call_fate(call);
}

/* The only event there is. */
static struct mtproto_event only_event(struct bench *bench)
{
	struct mtproto_event event;

	assert_int_equal(bench->events.count, 1);
	assert_true(mtp_events_pull(&bench->events, &event));
	return event;
}

static void expect_failure(struct bench *bench, uint64_t id, int error, enum mtproto_fate fate)
{
	struct mtproto_event event = only_event(bench);

	assert_int_equal(event.type, MTPROTO_EVENT_CALL_FAILED);
	assert_int_equal(event.call, id);
	assert_int_equal(event.error, error);
	assert_int_equal(event.fate, fate);
	assert_null(mtp_calls_find(&bench->calls, id));
}

static void expect_nothing_left(const struct bench *bench)
{
	assert_int_equal(bench->calls.by_id.count, 0);
	assert_int_equal(bench->calls.bytes, 0);
	assert_int_equal(bench->rig->session.kept_count, 0);
	/* Only the session's own timers are left. */
	assert_int_equal(bench->rig->timers.reserved, bench->session_timers);
}

static void a_result_settles_a_call(void **state)
{
	struct bench *bench = *state;
	uint64_t id = start(bench, 8, bench->rig->now.mono_ns + RIG_SECOND);
	struct mtproto_event event;

	rig_flush_quietly(bench->rig);
	rig_feed_result(bench->rig, 1, 0, 0);
	event = only_event(bench);
	assert_int_equal(event.type, MTPROTO_EVENT_RESULT);
	assert_int_equal(event.call, id);
	assert_int_equal(event.fate, MTPROTO_FATE_ANSWERED);
	assert_int_equal(event.body.len, sizeof(rig_update));
	assert_memory_equal(event.body.data, rig_update, sizeof(rig_update));
	expect_nothing_left(bench);
	/* Neither a second answer nor its deadline nor anything else settles it again. */
	rig_feed_result(bench->rig, 5, 0, 0);
	rig_advance(bench->rig, 10 * RIG_SECOND);
	assert_int_equal(mtp_calls_fail_all(&bench->calls, MTPROTO_ERR_CANCELLED), 0);
	assert_int_equal(bench->events.count, 0);
}

static void an_rpc_error_settles_a_call(void **state)
{
	struct bench *bench = *state;
	uint64_t id = start_for_ever(bench);
	struct mtproto_event event;
	struct rig_body b;

	rig_flush_quietly(bench->rig);
	rig_begin(&b);
	rig_write(&b, rpc_error, .error_code = -420, .error_message = {(const uint8_t *)"FLOOD_WAIT_3", 12});
	rig_feed_object(bench->rig, 1, 0, rpc_result, .req_msg_id = bench->rig->base, .result = {b.data, b.w.len});
	event = only_event(bench);
	assert_int_equal(event.type, MTPROTO_EVENT_RPC_ERROR);
	assert_int_equal(event.call, id);
	assert_int_equal(event.code, -420);
	assert_int_equal(event.text.len, 12);
	assert_memory_equal(event.text.data, "FLOOD_WAIT_3", 12);
	assert_int_equal(event.fate, MTPROTO_FATE_ANSWERED);
	expect_nothing_left(bench);
}

/* Nobody can say which error: the program gets the bytes. */
static void an_rpc_error_that_can_t_be_read_is_a_result(void **state)
{
	struct bench *bench = *state;
	static const uint8_t body[8] = {0x19, 0xca, 0x44, 0x21, 1, 0, 0, 0};
	struct mtproto_event event;

	start_for_ever(bench);
	rig_flush_quietly(bench->rig);
	rig_feed_object(bench->rig, 1, 0, rpc_result, .req_msg_id = bench->rig->base, .result = {body, sizeof(body)});
	event = only_event(bench);
	assert_int_equal(event.type, MTPROTO_EVENT_RESULT);
	assert_int_equal(event.body.len, sizeof(body));
	expect_nothing_left(bench);
}

static void a_pong_tells_the_time_it_took(void **state)
{
	struct bench *bench = *state;
	struct mtproto_event event;
	struct mtp_call *call;
	struct mtproto_tl_writer w;
	struct mtproto_ping ping = {1};

	assert_int_equal(mtp_call_new(&bench->calls, 12, NULL, 0, &call), 0);
	mtproto_tl_writer_init(&w, call->out->body, call->out->len);
	mtproto_ping_write(&w, &ping);
	call->ping = true;
	mtp_call_start(call, MTPROTO_NEVER);
	rig_flush_quietly(bench->rig);
	rig_advance(bench->rig, 3 * RIG_SECOND);
	rig_feed_object(bench->rig, RIG_SECONDS(3) + 1, 0, pong, .msg_id = bench->rig->base, .ping_id = 1);
	event = only_event(bench);
	assert_int_equal(event.type, MTPROTO_EVENT_PONG);
	assert_int_equal(event.rtt_ns, 3 * RIG_SECOND);
	expect_nothing_left(bench);
}

static void a_deadline_settles_a_call(void **state)
{
	struct bench *bench = *state;
	uint64_t id = start(bench, 8, bench->rig->now.mono_ns + 2 * RIG_SECOND);

	rig_flush_quietly(bench->rig);
	rig_advance(bench->rig, RIG_SECOND);
	assert_int_equal(bench->events.count, 0);
	rig_advance(bench->rig, RIG_SECOND);
	expect_failure(bench, id, MTPROTO_ERR_TIMEOUT, MTPROTO_FATE_UNKNOWN);
	expect_nothing_left(bench);
	rig_feed_result(bench->rig, RIG_SECONDS(2) + 1, 0, 0);
	assert_int_equal(bench->events.count, 0);
}

static void a_call_that_was_not_sent_says_so(void **state)
{
	struct bench *bench = *state;
	uint64_t id = start(bench, 8, bench->rig->now.mono_ns + RIG_SECOND);

	rig_advance(bench->rig, RIG_SECOND);
	expect_failure(bench, id, MTPROTO_ERR_TIMEOUT, MTPROTO_FATE_NOT_SENT);
	rig_flush(bench->rig);
	rig_expect(bench->rig, "");
	expect_nothing_left(bench);
}

static void the_fate_of_a_call_is_known_on_the_way(void **state)
{
	struct bench *bench = *state;
	uint64_t id = start_for_ever(bench);

	assert_int_equal(fate_of(bench, id), MTPROTO_FATE_QUEUED);
	rig_flush_quietly(bench->rig);
	assert_int_equal(fate_of(bench, id), MTPROTO_FATE_SENT);
	rig_feed_ids(bench->rig, 1, 0, msgs_ack, 0);
	assert_int_equal(fate_of(bench, id), MTPROTO_FATE_ACKED);
	/* It goes out again: what the server had is lost. */
	start_for_ever(bench);
	rig_flush_quietly(bench->rig);
	rig_feed_object(bench->rig, 5, 0, new_session_created, .first_msg_id = bench->rig->base + 4, .unique_id = 1);
	assert_int_equal(fate_of(bench, id), MTPROTO_FATE_SENT);
	mtp_call_fail(mtp_calls_find(&bench->calls, id), MTPROTO_ERR_CANCELLED);
	expect_failure(bench, id, MTPROTO_ERR_CANCELLED, MTPROTO_FATE_UNKNOWN);
}

/* A monotonic clock may begin at nothing. */
static void a_call_sent_at_time_zero_was_sent(void **state)
{
	struct bench *bench = *state;
	uint64_t id = start_for_ever(bench);

	bench->rig->now.mono_ns = 0;
	rig_flush_quietly(bench->rig);
	assert_int_equal(fate_of(bench, id), MTPROTO_FATE_SENT);
	mtp_call_fail(mtp_calls_find(&bench->calls, id), MTPROTO_ERR_CANCELLED);
	expect_failure(bench, id, MTPROTO_ERR_CANCELLED, MTPROTO_FATE_UNKNOWN);
}

static void what_the_server_refuses_again_and_again_fails(void **state)
{
	struct bench *bench = *state;
	uint64_t id = start_for_ever(bench);

	for (int i = 0; i <= MTP_ATTEMPTS_MAX; i++) {
		rig_flush_quietly(bench->rig);
		rig_feed_object(bench->rig, 1 + 4 * i, 0, bad_msg_notification,
				.bad_msg_id = bench->rig->base + 4 * (uint64_t)i, .error_code = 64);
	}
	expect_failure(bench, id, MTPROTO_ERR_LIMIT, MTPROTO_FATE_UNKNOWN);
	expect_nothing_left(bench);
}

static void no_more_calls_than_the_limit(void **state)
{
	struct bench *bench = *state;
	struct mtp_call *call = NULL;

	for (int i = 0; i < 4; i++)
		start_for_ever(bench);
	assert_int_equal(mtp_call_new(&bench->calls, 8, NULL, 0, &call), MTPROTO_ERR_LIMIT);
	assert_null(call);
	rig_flush_quietly(bench->rig);
	rig_feed_result(bench->rig, 1, 0, 8);
	assert_int_equal(only_event(bench).call, 3);
	start_for_ever(bench);
}

static void no_more_bytes_than_the_limit(void **state)
{
	struct bench *bench = *state;
	struct mtp_call *call = NULL;
	uint64_t id = start(bench, 996, MTPROTO_NEVER);

	assert_int_equal(mtp_call_new(&bench->calls, 8, NULL, 0, &call), MTPROTO_ERR_LIMIT);
	start(bench, 4, MTPROTO_NEVER);
	assert_int_equal(bench->calls.bytes, 1000);
	mtp_call_fail(mtp_calls_find(&bench->calls, id), MTPROTO_ERR_CANCELLED);
	assert_int_equal(bench->calls.bytes, 4);
	start(bench, 996, MTPROTO_NEVER);
}

static void what_no_server_takes_is_refused_at_once(void **state)
{
	struct bench *bench = *state;
	struct mtp_call *call = NULL;

	bench->calls.pending_bytes_max = 16 << 20;
	assert_int_equal(mtp_call_new(&bench->calls, MTP_BODY_SENT_MAX + 4, NULL, 0, &call), MTPROTO_ERR_TOO_LARGE);
	start(bench, MTP_BODY_SENT_MAX, MTPROTO_NEVER);
}

static void all_end_at_once(void **state)
{
	struct bench *bench = *state;
	struct mtproto_event event;
	uint32_t seen = 0;

	for (int i = 0; i < 4; i++) {
		start_for_ever(bench);
		if (i == 1)
			rig_flush_quietly(bench->rig);
	}
	assert_int_equal(mtp_calls_fail_all(&bench->calls, MTPROTO_ERR_CLOSED), 4);
	expect_nothing_left(bench);
	while (mtp_events_pull(&bench->events, &event)) {
		assert_int_equal(event.type, MTPROTO_EVENT_CALL_FAILED);
		assert_int_equal(event.error, MTPROTO_ERR_CLOSED);
		assert_int_equal(event.fate, event.call <= 2 ? MTPROTO_FATE_UNKNOWN : MTPROTO_FATE_NOT_SENT);
		seen |= 1u << event.call;
	}
	assert_int_equal(seen, 0x1e);
}

static void ids_are_never_used_again(void **state)
{
	struct bench *bench = *state;
	uint64_t first = start_for_ever(bench);

	mtp_call_fail(mtp_calls_find(&bench->calls, first), MTPROTO_ERR_CANCELLED);
	assert_int_equal(start_for_ever(bench), first + 1);
	assert_null(mtp_calls_find(&bench->calls, first));
	assert_null(mtp_calls_find(&bench->calls, 0));
}

static void settling_needs_no_memory(void **state)
{
	struct bench *bench = *state;
	uint64_t id = start_for_ever(bench);
	struct mtp_block *block = mtp_block_new(&bench->rig->pool, 8);
	struct mtproto_event event;

	assert_non_null(block);
	rig_flush_quietly(bench->rig);
	bench->rig->memory.fail_all = true;
	mtp_call_answer(mtp_calls_find(&bench->calls, id), (struct mtproto_span){block->data, 8}, block);
	bench->rig->memory.fail_all = false;
	assert_int_equal(block->holders, 2);
	event = only_event(bench);
	assert_int_equal(event.type, MTPROTO_EVENT_RESULT);
	mtp_events_release_pulled(&bench->events);
	assert_int_equal(block->holders, 1);
	mtp_block_drop(block);
}

static void a_call_without_memory_is_not_made(void **state)
{
	struct bench *bench = *state;
	struct mtp_call *call;
	int failures = 0;

	for (size_t fail = 1;; fail++) {
		size_t pieces = bench->rig->memory.pieces;
		int error;

		/* A timer's place: one that is reserved needs no memory. */
		bench->rig->timers.reserved = bench->rig->timers.cap;
		failing_fail(&bench->rig->memory, fail);
		error = mtp_call_new(&bench->calls, 8, NULL, 0, &call);
		bench->rig->memory.fail_at = 0;
		if (!error)
			break;
		assert_int_equal(error, MTPROTO_ERR_MEMORY);
		assert_true(bench->rig->memory.pieces <= pieces + 1);
		assert_int_equal(bench->calls.bytes, 0);
		assert_int_equal(bench->calls.by_id.count, 0);
		failures++;
	}
	assert_true(failures >= 3);
	assert_int_equal(call->id, 1);
	mtp_store_le32(call->out->body, 0);
	mtp_call_start(call, MTPROTO_NEVER);
}

/* A connection that goes away takes its calls along, without a word. */
static void what_pends_at_the_end_is_freed(void **state)
{
	struct bench *bench = *state;

	start(bench, 8, bench->rig->now.mono_ns + RIG_SECOND);
	rig_flush_quietly(bench->rig);
	start(bench, 8, bench->rig->now.mono_ns + RIG_SECOND);
	assert_int_equal(bench->events.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_result_settles_a_call, setup, teardown),
		cmocka_unit_test_setup_teardown(an_rpc_error_settles_a_call, setup, teardown),
		cmocka_unit_test_setup_teardown(an_rpc_error_that_can_t_be_read_is_a_result, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pong_tells_the_time_it_took, setup, teardown),
		cmocka_unit_test_setup_teardown(a_deadline_settles_a_call, setup, teardown),
		cmocka_unit_test_setup_teardown(a_call_that_was_not_sent_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(the_fate_of_a_call_is_known_on_the_way, setup, teardown),
		cmocka_unit_test_setup_teardown(a_call_sent_at_time_zero_was_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_server_refuses_again_and_again_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(no_more_calls_than_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(no_more_bytes_than_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(what_no_server_takes_is_refused_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(all_end_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(ids_are_never_used_again, setup, teardown),
		cmocka_unit_test_setup_teardown(settling_needs_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(a_call_without_memory_is_not_made, setup, teardown),
		cmocka_unit_test_setup_teardown(what_pends_at_the_end_is_freed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
