#include "rpc/calls.h"

#include <mtproto/service.h>

#include <string.h>

void mtp_calls_init(struct mtp_calls *calls, struct mtp_session *session, struct mtp_events *events,
		    struct mtproto_connection *connection)
{
	calls->session = session;
	calls->events = events;
	calls->connection = connection;
	mtp_map_init(&calls->by_id, session->env->allocator, session->env->map_seed);
}

static size_t size_of(uint32_t after_count)
{
	return sizeof(struct mtp_call) + after_count * sizeof(uint64_t);
}

static void free_call(struct mtp_call *call)
{
	mtp_timer_fini(&call->timer);
	mtp_pool_free(call->session->env->pool, call, size_of(call->after_count));
}

/* The pool outlives the connection, whose events may still be pulled while it is freed. */
static void free_settled(struct mtp_event_node *node)
{
	struct mtp_call *call = MTP_OF(node, struct mtp_call, settled);

	mtp_pool_free(node->owner, call, size_of(call->after_count));
}

void mtp_calls_fini(struct mtp_calls *calls)
{
	size_t cursor = 0;
	struct mtp_call *call;

	if (!calls->session)
		return;
	while ((call = mtp_map_next(&calls->by_id, &cursor)))
		free_call(call);
	mtp_map_fini(&calls->by_id);
}

static void deadline_passed(struct mtp_timer *timer, const struct mtproto_now *now)
{
	(void)now;
	mtp_call_take_back(MTP_OF(timer, struct mtp_call, timer), MTPROTO_ERR_TIMEOUT);
}

/* Whether so many bytes can be sent in a wrapper that names so many calls. */
static bool fits(size_t len, uint32_t after_count)
{
	return len <= MTP_BODY_SENT_MAX - mtp_call_wrapper_max(after_count);
}

/* Whether calls have, or had, all these ids. */
static bool were_made(const struct mtp_calls *calls, const uint64_t *ids, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (ids[i] == 0 || ids[i] > calls->last_id)
			return false;
	return true;
}

int mtp_call_new(struct mtp_calls *calls, size_t len, const uint64_t *after, uint32_t after_count,
		 struct mtp_call **out)
{
	struct mtp_session *session = calls->session;
	struct mtp_call *call;
	int error = MTPROTO_ERR_MEMORY;

	if (!were_made(calls, after, after_count))
		return MTPROTO_ERR_ARGUMENT;
	if (!fits(len, after_count))
		return MTPROTO_ERR_TOO_LARGE;
	if (calls->by_id.count >= calls->pending_max || calls->bytes + len > calls->pending_bytes_max)
		return MTPROTO_ERR_LIMIT;
	call = mtp_pool_alloc(session->env->pool, size_of(after_count));
	if (!call)
		return MTPROTO_ERR_MEMORY;
	memset(call, 0, sizeof(*call));
	call->after_count = after_count;
	if (after_count)
		memcpy(call->after, after, after_count * sizeof(*after));
	call->calls = calls;
	call->session = session;
	call->id = calls->last_id + 1;
	call->out = mtp_out_new(session, len);
	if (!call->out)
		goto fail;
	error = mtp_timer_init(session->env->timers, &call->timer, deadline_passed);
	if (error)
		goto fail;
	error = mtp_map_put(&calls->by_id, call->id, call);
	if (error)
		goto fail;
	calls->last_id = call->id;
	calls->bytes += len;
	call->out->keep = true;
	call->out->owner = call;
	call->out->rebuild = after_count ? &mtp_call_rebuild : NULL;
	*out = call;
	return 0;

fail:
	if (call->out)
		mtp_out_free(session, call->out);
	free_call(call);
	return error;
}

void mtp_call_start(struct mtp_call *call, uint64_t deadline_ns)
{
	mtp_timer_set(&call->timer, deadline_ns);
	mtp_session_send(call->session, call->out);
}

void mtp_calls_put_header(struct mtp_calls *calls, const void *header, size_t len)
{
	size_t cursor = 0;
	struct mtp_call *call;

	while ((call = mtp_map_next(&calls->by_id, &cursor))) {
		struct mtp_out *longer = NULL;

		if (call->bare && !call->out->msg_id && fits(call->out->len + len, call->after_count))
			longer = mtp_session_prefix(call->session, call->out, header, len);
		if (!longer)
			continue;
		call->out = longer;
		call->bare = false;
		calls->bytes += len;
	}
}

void mtp_calls_move(struct mtp_calls *calls, struct mtp_session *from, bool lost, const struct mtproto_now *now)
{
	struct mtp_node *next = NULL;

	if (lost)
		mtp_session_lose_all(from, now);
	mtp_session_release_held(from);
	for (struct mtp_node *n = mtp_list_first(&from->waiting); n; n = next) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);
		struct mtp_call *call = out->owner;

		next = mtp_list_after(&from->waiting, n);
		if (!call || out->owner == calls->connection || out->msg_id)
			continue;
		mtp_session_hand_over(from, calls->session, out);
		call->session = calls->session;
	}
}

struct mtp_call *mtp_calls_find(const struct mtp_calls *calls, uint64_t id)
{
	return mtp_map_get(&calls->by_id, id);
}

enum mtproto_fate mtp_call_fate(const struct mtp_call *call)
{
	if (call->out->acked)
		return MTPROTO_FATE_ACKED;
	if (call->out->was_sent)
		return MTPROTO_FATE_SENT;
	return MTPROTO_FATE_QUEUED;
}

/* Calls that are held may be waiting for one that is over. */
static void wake_held(struct mtp_session *session)
{
	if (mtp_list_empty(&session->held))
		return;
	mtp_session_release_held(session);
	session->ops->wake(session);
}

/* Turns the call into its last event. Its message must be settled by the caller. */
static void settle(struct mtp_call *call, struct mtp_block *block)
{
	struct mtp_calls *calls = call->calls;

	mtp_map_remove(&calls->by_id, call->id);
	calls->bytes -= call->out->len;
	mtp_timer_fini(&call->timer);
	call->settled.event.connection = calls->connection;
	call->settled.event.call = call->id;
	call->settled.event.maybe_executed_twice = call->out->maybe_twice;
	call->settled.owner = calls->session->env->pool;
	call->settled.released = free_settled;
	mtp_events_push_node(calls->events, &call->settled, block);
	wake_held(call->session);
	wake_held(calls->session);
}

void mtp_call_answer(struct mtp_call *call, struct mtproto_span body, struct mtp_block *block)
{
	struct mtproto_event *event = &call->settled.event;
	struct mtp_session *session = call->session;
	struct mtp_out *out = call->out;
	struct mtproto_tl_reader r;
	struct mtproto_rpc_error error;

	mtproto_tl_reader_init(&r, body.data, body.len);
	event->type = MTPROTO_EVENT_RESULT;
	event->body = body;
	event->fate = MTPROTO_FATE_ANSWERED;
	if (mtproto_tl_peek(&r) == MTPROTO_ID_RPC_ERROR && mtproto_rpc_error_read(&error, &r) == 0) {
		event->type = MTPROTO_EVENT_RPC_ERROR;
		event->code = error.error_code;
		event->text = error.error_message;
	}
	settle(call, block);
	mtp_session_settle(session, out);
}

void mtp_call_answer_bare(struct mtp_call *call, struct mtproto_span body, struct mtp_block *block,
			  const struct mtproto_now *now)
{
	struct mtproto_event *event = &call->settled.event;
	struct mtp_session *session = call->session;
	struct mtp_out *out = call->out;

	event->type = call->ping ? MTPROTO_EVENT_PONG : MTPROTO_EVENT_RESULT;
	event->body = body;
	event->fate = MTPROTO_FATE_ANSWERED;
	event->rtt_ns = now->mono_ns - out->sent_ns;
	settle(call, block);
	mtp_session_settle(session, out);
}

static void end_without_answer(struct mtp_call *call, int error)
{
	struct mtproto_event *event = &call->settled.event;

	event->type = MTPROTO_EVENT_CALL_FAILED;
	event->error = error;
	event->fate = call->out->was_sent ? MTPROTO_FATE_UNKNOWN : MTPROTO_FATE_NOT_SENT;
	settle(call, NULL);
}

void mtp_call_fail(struct mtp_call *call, int error)
{
	struct mtp_session *session = call->session;
	struct mtp_out *out = call->out;

	end_without_answer(call, error);
	mtp_session_settle(session, out);
}

void mtp_call_out_failed(struct mtp_call *call, int error)
{
	end_without_answer(call, error);
}

void mtp_call_take_back(struct mtp_call *call, int error)
{
	struct mtp_session *session = call->session;
	struct mtproto_rpc_drop_answer drop = {call->out->msg_id};
	struct mtproto_tl_writer w;
	uint8_t body[12];

	if (call->out->content_related && !call->out->waiting) {
		mtproto_tl_writer_init(&w, body, sizeof(body));
		mtproto_rpc_drop_answer_write(&w, &drop);
		mtp_session_send_service(session, body, w.len, false);
	}
	mtp_call_fail(call, error);
}

size_t mtp_calls_fail_all(struct mtp_calls *calls, int error)
{
	size_t count = calls->by_id.count;
	struct mtp_call *call;

	while ((call = mtp_map_any(&calls->by_id)))
		mtp_call_take_back(call, error);
	return count;
}
