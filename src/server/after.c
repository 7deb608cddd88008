/* Requests that must be run after others: held until those are answered, in whatever order they came.
 * Source: core.telegram.org/api/invoking. */
#include "server/server.h"

#include <string.h>

enum {
	HELD_MAX = 1000,          /* of one session; more are refused at once */
	HELD_BYTES_MAX = 4 << 20, /* their bodies */
	HELD_NS = 500000000       /* what is waited for may take so long */
};

/* A request that is not ready. */
struct mtp_held {
	struct mtp_node node; /* in the session's list, the longest held first */
	uint64_t msg_id;
	uint64_t deadline_ns;
	struct mtp_block *block; /* its body */
	size_t len;
	bool failed; /* one of those it waits for was answered by an error */
	uint32_t after_count;
	uint64_t after[MTPROTO_AFTER_MAX]; /* not answered yet */
};

static struct mtp_held *held_of(struct mtp_node *node)
{
	return MTP_OF(node, struct mtp_held, node);
}

static struct mtp_pool *pool_of(const struct mtproto_server_session *handle)
{
	return &handle->server->endpoint.context->pool;
}

static void release(struct mtproto_server_session *handle, struct mtp_held *held)
{
	mtp_list_remove(&held->node);
	handle->held_count--;
	handle->held_bytes -= held->len;
	mtp_block_drop(held->block);
	mtp_pool_free(pool_of(handle), held, sizeof(*held));
}

static void set_timer(struct mtproto_server_session *handle)
{
	struct mtp_node *first = mtp_list_first(&handle->held);

	mtp_timer_set(&handle->held_timer, first ? held_of(first)->deadline_ns : MTPROTO_NEVER);
}

/* ---- What became of others ---- */

static bool has_failed(const struct mtproto_server_session *handle, uint64_t msg_id)
{
	for (size_t i = 0; i < MTP_FAILURES_MAX; i++)
		if (handle->failures[i] == msg_id)
			return true;
	return false;
}

/* One that was received and is not open was answered. One that was not may be under way still. */
static bool is_open(const struct mtproto_server_session *handle, uint64_t msg_id)
{
	return mtp_map_get(&handle->requests, msg_id) || !mtp_window_contains(&handle->session.window, msg_id);
}

/* Notes of each request that it must follow how far that is. */
static void look_at_others(const struct mtproto_server_session *handle, struct mtp_held *held,
			   const struct mtp_unwrapped *u)
{
	for (uint32_t i = 0; i < u->after_count; i++) {
		if (has_failed(handle, u->after[i]))
			held->failed = true;
		else if (is_open(handle, u->after[i]))
			held->after[held->after_count++] = u->after[i];
	}
}

/* ---- Holding ---- */

static bool is_decided(const struct mtp_held *held)
{
	return held->failed || held->after_count == 0;
}

static void let_go(struct mtproto_server_session *handle, struct mtp_held *held)
{
	struct mtproto_span query = {held->block->data, held->len};

	if (held->failed)
		mtp_server_refuse_request(handle, held->msg_id, 400, "MSG_WAIT_FAILED");
	else
		mtp_server_push_request(handle, held->msg_id, query, held->block);
	release(handle, held);
}

static struct mtp_held *next_decided(const struct mtproto_server_session *handle)
{
	for (struct mtp_node *n = mtp_list_first(&handle->held); n; n = mtp_list_after(&handle->held, n))
		if (is_decided(held_of(n)))
			return held_of(n);
	return NULL;
}

/* One that is refused decides others: that is a loop here, and no recursion. */
static void settle(struct mtproto_server_session *handle)
{
	struct mtp_held *held;

	if (handle->settling)
		return;
	handle->settling = true;
	while ((held = next_decided(handle)))
		let_go(handle, held);
	handle->settling = false;
	set_timer(handle);
}

int mtp_server_hold(struct mtproto_server_session *handle, uint64_t msg_id, const struct mtp_unwrapped *u)
{
	struct mtp_held *held;

	if (handle->held_count == HELD_MAX || handle->held_bytes + u->query.len > HELD_BYTES_MAX)
		return MTPROTO_ERR_LIMIT;
	held = mtp_pool_alloc(pool_of(handle), sizeof(*held));
	if (!held)
		return MTPROTO_ERR_MEMORY;
	memset(held, 0, sizeof(*held));
	held->block = mtp_block_new(pool_of(handle), u->query.len);
	if (!held->block || mtp_map_put(&handle->requests, msg_id, held)) {
		mtp_block_drop(held->block);
		mtp_pool_free(pool_of(handle), held, sizeof(*held));
		return MTPROTO_ERR_MEMORY;
	}
	memcpy(held->block->data, u->query.data, u->query.len);
	held->msg_id = msg_id;
	held->len = u->query.len;
	held->deadline_ns = mtp_later(&handle->server->endpoint.context->now, HELD_NS);
	look_at_others(handle, held, u);
	mtp_list_append(&handle->held, &held->node);
	handle->held_count++;
	handle->held_bytes += held->len;
	settle(handle);
	return 0;
}

/* ---- When others are answered ---- */

static void forget_other(struct mtp_held *held, uint64_t msg_id, bool failed)
{
	for (uint32_t i = 0; i < held->after_count; i++) {
		if (held->after[i] != msg_id)
			continue;
		held->failed |= failed;
		held->after[i--] = held->after[--held->after_count];
	}
}

void mtp_server_request_over(struct mtproto_server_session *handle, uint64_t msg_id, bool failed)
{
	if (failed)
		handle->failures[handle->failure_count++ % MTP_FAILURES_MAX] = msg_id;
	for (struct mtp_node *n = mtp_list_first(&handle->held); n; n = mtp_list_after(&handle->held, n))
		forget_other(held_of(n), msg_id, failed);
	settle(handle);
}

static void time_is_over(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtproto_server_session *handle = MTP_OF(timer, struct mtproto_server_session, held_timer);
	struct mtp_node *first;

	while ((first = mtp_list_first(&handle->held)) && held_of(first)->deadline_ns <= now->mono_ns) {
		uint64_t msg_id = held_of(first)->msg_id;

		release(handle, held_of(first));
		mtp_server_refuse_request(handle, msg_id, 400, "MSG_WAIT_TIMEOUT");
	}
	set_timer(handle);
}

/* ---- Life ---- */

int mtp_server_init_held(struct mtproto_server_session *handle)
{
	return mtp_timer_init(&handle->server->endpoint.context->timers, &handle->held_timer, time_is_over);
}

void mtp_server_drop_held(struct mtproto_server_session *handle, struct mtp_held *held)
{
	release(handle, held);
	set_timer(handle);
}

void mtp_server_forget_held(struct mtproto_server_session *handle)
{
	struct mtp_node *first;

	mtp_timer_fini(&handle->held_timer);
	while ((first = mtp_list_first(&handle->held)))
		release(handle, held_of(first));
}
