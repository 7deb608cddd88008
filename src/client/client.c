#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_NS UINT64_C(10000000000)

/* A call, and who is to be told how it ended. */
struct told_call {
	struct mtp_client_call call; /* first, see there */
	mtproto_client_answer_cb on_answer;
	void *user;
};

void mtproto_client_config_init(struct mtproto_client_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->connect_timeout_ns = CONNECT_TIMEOUT_NS;
	mtproto_link_config_init(&config->link);
	mtproto_connection_config_init(&config->connection);
	config->reconnect_enabled = true;
	mtproto_reconnect_init(&config->reconnect);
}

/* ---- The end ---- */

void mtp_client_end(struct mtproto_client *client, int error, const char *reason)
{
	if (client->state != MTP_CLIENT_OPEN)
		return;
	client->state = MTP_CLIENT_ENDING;
	client->error = error;
	(void)snprintf(client->reason, sizeof(client->reason), "%s", reason[0] ? reason : mtproto_strerror(error));
	mtproto_uv_dial_cancel(client->dial);
	client->dial = NULL;
	mtproto_connection_cancel_all(client->handler.connection, error);
	mtp_uv_handler_settle(&client->handler);
}

static void discard(struct mtproto_client *client)
{
	mtp_client_calls_fini(&client->calls);
	mtproto_wipe(client->secret, sizeof(client->secret));
	free(client->address);
	free(client);
}

static void release(struct mtproto_client *client)
{
	if (client->on_closed)
		client->on_closed(client, client->config.user);
	discard(client);
}

static void on_own_driver_closed(void *user)
{
	release(user);
}

static void leave_driver(struct mtproto_client *client)
{
	struct mtproto_uv *uv = client->handler.uv;

	mtproto_uv_drop_connection(uv, client->handler.connection);
	mtp_uv_handler_remove(&client->handler);
	if (client->driver_is_own)
		mtproto_uv_close(uv, on_own_driver_closed, client);
	else
		release(client);
}

/* No call is open any more: all were cancelled before this was asked for, and the events of that came first. */
static void on_settle(struct mtp_uv_handler *handler)
{
	struct mtproto_client *client = MTP_OF(handler, struct mtproto_client, handler);

	if (client->state == MTP_CLIENT_CLOSING) {
		leave_driver(client);
	} else if (client->state == MTP_CLIENT_ENDING) {
		client->state = MTP_CLIENT_ENDED;
		if (client->config.on_close)
			client->config.on_close(client, client->error, client->reason, client->config.user);
	}
}

void mtproto_client_close(struct mtproto_client *client, void (*on_closed)(struct mtproto_client *client, void *user))
{
	if (!client)
		return;
	if (!client->on_closed)
		client->on_closed = on_closed;
	if (client->state == MTP_CLIENT_CLOSING)
		return;
	client->state = MTP_CLIENT_CLOSING;
	mtproto_connection_cancel_all(client->handler.connection, MTPROTO_ERR_CLOSED);
	mtp_uv_handler_settle(&client->handler);
}

static void on_driver_close(struct mtp_uv_handler *handler)
{
	mtproto_client_close(MTP_OF(handler, struct mtproto_client, handler), NULL);
}

/* ---- Events ---- */

static void settle_call(struct mtproto_client *client, const struct mtproto_event *event)
{
	struct mtproto_answer answer = {.type = event->type,
					.call = event->call,
					.method = event->method,
					.body = event->body,
					.code = event->code,
					.text = event->text,
					.rtt_ns = event->rtt_ns,
					.error = event->error,
					.fate = event->fate,
					.maybe_executed_twice = event->maybe_executed_twice};
	struct told_call *told = (struct told_call *)mtp_client_calls_take(&client->calls, event->call);

	if (told && told->on_answer)
		told->on_answer(client, &answer, told->user);
	free(told);
}

static void on_open_event(struct mtproto_client *client, const struct mtproto_event *event)
{
	const struct mtproto_client_config *config = &client->config;

	if (client->state != MTP_CLIENT_OPEN)
		return;
	if (event->type == MTPROTO_EVENT_READY && !client->was_ready) {
		client->was_ready = true;
		if (config->on_ready)
			config->on_ready(client, config->user);
	} else if (event->type == MTPROTO_EVENT_UPDATE) {
		if (config->on_update)
			config->on_update(client, event->body, config->user);
	} else if (config->on_event) {
		config->on_event(client, event, config->user);
	}
}

static void on_event(struct mtp_uv_handler *handler, const struct mtproto_event *event)
{
	struct mtproto_client *client = MTP_OF(handler, struct mtproto_client, handler);

	switch (event->type) {
	case MTPROTO_EVENT_RESULT:
	case MTPROTO_EVENT_RPC_ERROR:
	case MTPROTO_EVENT_PONG:
	case MTPROTO_EVENT_CALL_FAILED:
		settle_call(client, event);
		break;
	case MTPROTO_EVENT_SUSPECT:
	case MTPROTO_EVENT_HANDSHAKE_FAILED:
	case MTPROTO_EVENT_LINK_CLOSED:
		on_open_event(client, event);
		mtp_client_note_loss(client, event);
		break;
	default:
		on_open_event(client, event);
	}
}

/* ---- Making one ---- */

static int check_config(const struct mtproto_client_config *config)
{
	struct mtproto_uv_address address;
	struct mtproto_reconnect tried;
	uint64_t delay_ns;
	int error;

	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (!config->loop == !config->uv || !config->address || config->connect_timeout_ns == 0)
		return MTPROTO_ERR_ARGUMENT;
	error = mtproto_uv_address_parse(&address, config->address);
	tried = config->reconnect;
	return error ? error : mtproto_reconnect_next(&tried, &delay_ns);
}

/* What config points to and later links need. */
static int keep_config(struct mtproto_client *client, const struct mtproto_client_config *config)
{
	client->config = *config;
	client->address = strdup(config->address);
	if (config->link.secret) {
		memcpy(client->secret, config->link.secret, sizeof(client->secret));
		client->config.link.secret = client->secret;
	}
	return client->address ? 0 : MTPROTO_ERR_MEMORY;
}

static int start(struct mtproto_client *client)
{
	struct mtp_uv_handler *handler = &client->handler;
	int error = mtproto_connection_new(&handler->connection, mtproto_uv_context(handler->uv),
					   &client->config.connection);

	if (error)
		return error;
	error = mtp_client_dial(client, 0);
	if (error) {
		mtproto_connection_free(handler->connection);
		return error;
	}
	handler->on_event = on_event;
	handler->on_settle = on_settle;
	handler->on_driver_close = on_driver_close;
	mtp_uv_handler_add(handler);
	return 0;
}

int mtproto_client_connect(struct mtproto_client **out, const struct mtproto_client_config *config)
{
	struct mtproto_client *client;
	int error = check_config(config);

	*out = NULL;
	if (error)
		return error;
	client = calloc(1, sizeof(*client));
	if (!client)
		return MTPROTO_ERR_MEMORY;
	error = keep_config(client, config);
	client->handler.uv = config->uv;
	client->driver_is_own = !config->uv;
	if (!error && client->driver_is_own)
		error = mtproto_uv_new(&client->handler.uv, config->loop, config->context, NULL, NULL);
	if (!error)
		error = start(client);
	if (error) {
		if (client->driver_is_own)
			mtproto_uv_close(client->handler.uv, NULL, NULL);
		discard(client);
		return error;
	}
	*out = client;
	return 0;
}

/* ---- Calls ---- */

static struct told_call *new_call(struct mtproto_client *client, mtproto_client_answer_cb on_answer, void *user)
{
	struct told_call *told = mtp_client_calls_reserve(&client->calls) ? NULL : calloc(1, sizeof(*told));

	if (!told)
		return NULL;
	told->on_answer = on_answer;
	told->user = user;
	return told;
}

/* What invoke and ping have in common after the engine took the call, or did not. */
static int keep_call(struct mtproto_client *client, struct told_call *told, int error, uint64_t *id)
{
	if (error) {
		free(told);
		return error;
	}
	mtp_client_calls_add(&client->calls, &told->call);
	mtproto_uv_wake(client->handler.uv);
	if (id)
		*id = told->call.id;
	return 0;
}

int mtproto_client_invoke(struct mtproto_client *client, const void *body, size_t len,
			  const struct mtproto_call_config *config, mtproto_client_answer_cb on_answer, void *user,
			  uint64_t *call)
{
	struct mtproto_now now = mtproto_uv_now();
	struct told_call *told;

	if (client->state != MTP_CLIENT_OPEN)
		return MTPROTO_ERR_CLOSED;
	told = new_call(client, on_answer, user);
	if (!told)
		return MTPROTO_ERR_MEMORY;
	return keep_call(client, told,
			 mtproto_connection_invoke(client->handler.connection, &now, config, body, len, &told->call.id),
			 call);
}

int mtproto_client_ping(struct mtproto_client *client, uint64_t timeout_ns, mtproto_client_answer_cb on_answer,
			void *user, uint64_t *call)
{
	struct mtproto_now now = mtproto_uv_now();
	struct told_call *told;

	if (client->state != MTP_CLIENT_OPEN)
		return MTPROTO_ERR_CLOSED;
	told = new_call(client, on_answer, user);
	if (!told)
		return MTPROTO_ERR_MEMORY;
	return keep_call(client, told,
			 mtproto_connection_ping(client->handler.connection, &now, timeout_ns, &told->call.id), call);
}

int mtproto_client_cancel(struct mtproto_client *client, uint64_t call)
{
	int error = mtproto_connection_cancel(client->handler.connection, call);

	if (!error)
		mtproto_uv_wake(client->handler.uv);
	return error;
}

void mtproto_client_set_reconnect(struct mtproto_client *client, bool enabled)
{
	client->config.reconnect_enabled = enabled;
}

/* ---- Looking at it ---- */

void mtproto_client_get_info(const struct mtproto_client *client, struct mtproto_connection_info *info)
{
	mtproto_connection_get_info(client->handler.connection, info);
}

void mtproto_client_get_stats(const struct mtproto_client *client, struct mtproto_connection_stats *stats)
{
	mtproto_connection_get_stats(client->handler.connection, stats);
}

const struct mtproto_connection *mtproto_client_connection(const struct mtproto_client *client)
{
	return client->handler.connection;
}

struct mtproto_uv *mtproto_client_uv(const struct mtproto_client *client)
{
	return client->handler.uv;
}

void *mtproto_client_user(const struct mtproto_client *client)
{
	return client->config.user;
}
