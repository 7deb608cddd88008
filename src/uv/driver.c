#include "uv/driver.h"

#include <stdlib.h>

enum {
	NS_PER_MS = 1000000,
	RETRY_MS = 10 /* after the engine failed for want of memory */
};

/* ---- Lookups and lives ---- */

struct mtp_uv_bucket *mtp_uv_bucket(struct mtproto_uv *uv, const void *owner)
{
	/* Memory is handed out in steps of at least 16 and mostly of some hundred bytes: take bits from above both. */
	uintptr_t bits = (uintptr_t)owner;

	return &uv->buckets[(bits >> 4 ^ bits >> 10 ^ bits >> 16) % MTP_UV_BUCKETS];
}

void mtp_uv_hold(struct mtproto_uv *uv)
{
	uv->holds++;
}

void mtp_uv_release(struct mtproto_uv *uv)
{
	void (*on_closed)(void *user) = uv->on_closed;
	void *user = uv->closed_user;

	if (--uv->holds > 0)
		return;
	mtproto_context_free(uv->context);
	free(uv);
	if (on_closed)
		on_closed(user);
}

static void on_handle_closed(uv_handle_t *handle)
{
	mtp_uv_release(handle->data);
}

/* ---- Handlers ---- */

void mtp_uv_handler_add(struct mtp_uv_handler *handler)
{
	mtp_list_append(&mtp_uv_bucket(handler->uv, handler->connection)->handlers, &handler->node);
	handler->uv->handler_count++;
}

void mtp_uv_handler_remove(struct mtp_uv_handler *handler)
{
	mtp_list_remove(&handler->node);
	mtp_list_remove(&handler->due);
	handler->uv->handler_count--;
	mtproto_uv_wake(handler->uv); /* it may have been what a closing driver waits for */
}

void mtp_uv_handler_settle(struct mtp_uv_handler *handler)
{
	if (!mtp_list_linked(&handler->due))
		mtp_list_append(&handler->uv->due, &handler->due);
	mtproto_uv_wake(handler->uv);
}

static struct mtp_uv_handler *find_handler(struct mtproto_uv *uv, const struct mtproto_connection *connection)
{
	const struct mtp_list *list = &mtp_uv_bucket(uv, connection)->handlers;

	for (struct mtp_node *node = mtp_list_first(list); node; node = mtp_list_after(list, node)) {
		struct mtp_uv_handler *handler = MTP_OF(node, struct mtp_uv_handler, node);

		if (handler->connection == connection)
			return handler;
	}
	return NULL;
}

/* ---- The pump ---- */

static void dispatch(struct mtproto_uv *uv, const struct mtproto_event *event)
{
	struct mtp_uv_handler *handler = event->connection ? find_handler(uv, event->connection) : NULL;

	if (event->type == MTPROTO_EVENT_LINK_CLOSED)
		mtp_uv_stream_close(mtproto_link_user(event->link));
	if (handler)
		handler->on_event(handler, event);
	else if (uv->on_event && !uv->closing)
		uv->on_event(uv, event, uv->user);
}

static void pull(struct mtproto_uv *uv)
{
	struct mtproto_event event;

	uv->pulling = true;
	while (mtproto_context_next_event(uv->context, &event) > 0)
		dispatch(uv, &event);
	uv->pulling = false;
}

/* A stream's end is told to the engine after what came before it was processed: the last answers count. */
static void close_ended(struct mtproto_uv *uv)
{
	struct mtp_node *node;

	while ((node = mtp_list_pop(&uv->ended))) {
		struct mtp_uv_stream *stream = MTP_OF(node, struct mtp_uv_stream, waiting);

		mtproto_link_close(stream->link, stream->end_error);
	}
}

static void flush_links(struct mtproto_uv *uv)
{
	struct mtproto_link *link;

	while ((link = mtproto_context_next_writable(uv->context)))
		mtp_uv_stream_flush(mtproto_link_user(link));
}

/* Handlers that ask again while they are called are called after the next pump. */
static void settle(struct mtproto_uv *uv)
{
	struct mtp_list batch;
	struct mtp_node *node;

	mtp_list_init(&batch);
	while ((node = mtp_list_pop(&uv->due)))
		mtp_list_append(&batch, node);
	while ((node = mtp_list_pop(&batch))) {
		struct mtp_uv_handler *handler = MTP_OF(node, struct mtp_uv_handler, due);

		handler->on_settle(handler);
	}
}

static void resume(struct mtproto_uv *uv)
{
	struct mtp_node *node;

	while ((node = mtp_list_pop(&uv->paused)))
		mtp_uv_stream_resume(MTP_OF(node, struct mtp_uv_stream, waiting));
}

static void on_timer(uv_timer_t *timer)
{
	mtproto_uv_wake(timer->data);
}

static void set_timer(struct mtproto_uv *uv, uint64_t now_ns)
{
	uint64_t deadline = mtproto_context_deadline(uv->context);
	uint64_t wait_ns = deadline > now_ns ? deadline - now_ns : 0;

	if (deadline == 0)
		mtproto_uv_wake(uv);
	else if (deadline == MTPROTO_NEVER)
		uv_timer_stop(&uv->timer);
	else /* rounded up: a timer that fires early only has to be set again */
		uv_timer_start(&uv->timer, on_timer, wait_ns / NS_PER_MS + 1, 0);
}

static void close_streams(struct mtp_list *list, const void *owner)
{
	struct mtp_node *next;

	for (struct mtp_node *node = mtp_list_first(list); node; node = next) {
		struct mtp_uv_stream *stream = MTP_OF(node, struct mtp_uv_stream, node);

		next = mtp_list_after(list, node);
		if (!owner || stream->owner == owner)
			mtp_uv_stream_close(stream);
	}
}

static void cancel_dials(struct mtp_list *list, const void *owner)
{
	struct mtp_node *next;

	for (struct mtp_node *node = mtp_list_first(list); node; node = next) {
		struct mtproto_uv_dial *dial = mtp_uv_dial_of(node);

		next = mtp_list_after(list, node);
		if (!owner || mtp_uv_dial_owner(dial) == owner)
			mtproto_uv_dial_cancel(dial);
	}
}

static void tear_down(struct mtproto_uv *uv)
{
	uv->down = true;
	mtp_uv_listeners_close(uv, NULL);
	for (size_t i = 0; i < MTP_UV_BUCKETS; i++) {
		cancel_dials(&uv->buckets[i].dials, NULL);
		close_streams(&uv->buckets[i].streams, NULL);
	}
	uv_close((uv_handle_t *)&uv->idle, on_handle_closed);
	uv_close((uv_handle_t *)&uv->check, on_handle_closed);
	uv_close((uv_handle_t *)&uv->timer, on_handle_closed);
}

static void pump(struct mtproto_uv *uv)
{
	struct mtproto_now now = mtproto_uv_now();
	int error;

	uv_idle_stop(&uv->idle);
	uv_check_stop(&uv->check);
	uv->reads = 0;

	error = mtproto_context_process(uv->context, &now);
	if (!error)
		close_ended(uv);
	pull(uv);
	settle(uv);
	if (uv->closing && uv->handler_count == 0) {
		tear_down(uv);
		return;
	}
	flush_links(uv);
	resume(uv);
	if (error)
		uv_timer_start(&uv->timer, on_timer, RETRY_MS, 0);
	else
		set_timer(uv, now.mono_ns);
}

static void on_check(uv_check_t *check)
{
	pump(check->data);
}

void mtp_uv_filed(struct mtproto_uv *uv)
{
	if (++uv->reads < MTP_UV_READS_MAX)
		mtproto_uv_wake(uv);
	else
		pump(uv);
}

static void do_nothing(uv_idle_t *handle)
{
	(void)handle;
}

void mtproto_uv_wake(struct mtproto_uv *uv)
{
	if (uv->pulling || uv->down)
		return;
	uv_idle_start(&uv->idle, do_nothing);
	uv_check_start(&uv->check, on_check);
}

/* ---- The driver ---- */

int mtproto_uv_new(struct mtproto_uv **out, struct uv_loop_s *loop, const struct mtproto_context_config *config,
		   mtproto_uv_event_cb on_event, void *user)
{
	struct mtproto_uv *uv = calloc(1, sizeof(*uv));
	int error;

	*out = NULL;
	if (!uv)
		return MTPROTO_ERR_MEMORY;
	error = mtproto_context_new(&uv->context, config);
	if (error) {
		free(uv);
		return error;
	}
	uv->loop = loop;
	uv->on_event = on_event;
	uv->user = user;
	for (size_t i = 0; i < MTP_UV_BUCKETS; i++) {
		mtp_list_init(&uv->buckets[i].handlers);
		mtp_list_init(&uv->buckets[i].streams);
		mtp_list_init(&uv->buckets[i].dials);
	}
	mtp_list_init(&uv->listeners);
	mtp_list_init(&uv->paused);
	mtp_list_init(&uv->ended);
	mtp_list_init(&uv->due);
	/* These can't fail: they only fill the structs. */
	(void)uv_idle_init(loop, &uv->idle);
	(void)uv_check_init(loop, &uv->check);
	(void)uv_timer_init(loop, &uv->timer);
	uv->idle.data = uv->check.data = uv->timer.data = uv;
	uv->holds = 3;
	*out = uv;
	return 0;
}

void mtproto_uv_close(struct mtproto_uv *uv, void (*on_closed)(void *user), void *user)
{
	if (!uv || uv->closing)
		return;
	uv->closing = true;
	uv->on_closed = on_closed;
	uv->closed_user = user;
	for (size_t i = 0; i < MTP_UV_BUCKETS; i++) {
		const struct mtp_list *list = &uv->buckets[i].handlers;

		for (struct mtp_node *node = mtp_list_first(list); node; node = mtp_list_after(list, node)) {
			struct mtp_uv_handler *handler = MTP_OF(node, struct mtp_uv_handler, node);

			handler->on_driver_close(handler);
		}
	}
	mtproto_uv_wake(uv);
}

struct mtproto_context *mtproto_uv_context(struct mtproto_uv *uv)
{
	return uv->context;
}

struct uv_loop_s *mtproto_uv_loop(const struct mtproto_uv *uv)
{
	return uv->loop;
}

void mtproto_uv_drop_connection(struct mtproto_uv *uv, struct mtproto_connection *connection)
{
	struct mtp_uv_bucket *bucket = mtp_uv_bucket(uv, connection);

	if (!connection)
		return;
	cancel_dials(&bucket->dials, connection);
	close_streams(&bucket->streams, connection);
	mtproto_connection_free(connection);
	mtproto_uv_wake(uv);
}

void mtproto_uv_drop_server(struct mtproto_uv *uv, struct mtproto_server *server)
{
	if (!server)
		return;
	mtp_uv_listeners_close(uv, server);
	close_streams(&mtp_uv_bucket(uv, server)->streams, server);
	mtproto_server_free(server);
	mtproto_uv_wake(uv);
}
