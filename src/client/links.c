/* How a client gets its links, one after the other. */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether another attempt may fare better: local trouble passes, and servers change their minds about some things. What
 * a server sends that is wrong in itself will be wrong again, and so will the program's own settings. */
static bool may_get_better(int error)
{
	switch (error) {
	case MTPROTO_ERR_TRANSPORT_CODE:
	case MTPROTO_ERR_DH_PARAMS_FAIL:
	case MTPROTO_ERR_DH_GEN_FAIL:
	case MTPROTO_ERR_DH_GEN_RETRY:
	case MTPROTO_ERR_EXPIRED:
	case MTPROTO_ERR_BIND:
		return true;
	default:
		return error <= MTPROTO_ERR_MEMORY && error > MTPROTO_ERR_TRUNCATED;
	}
}

/* A server that accepts links and says nothing in them must not make us hurry: only packets that authenticate count. */
static void note_progress(struct mtproto_client *client)
{
	struct mtproto_connection_stats stats;

	mtproto_client_get_stats(client, &stats);
	if (stats.session.packets_received != client->packets_received)
		mtproto_reconnect_reset(&client->config.reconnect);
	client->packets_received = stats.session.packets_received;
}

static int next_delay(struct mtproto_client *client, uint64_t *delay_ns)
{
	struct mtproto_reconnect *reconnect = &client->config.reconnect;
	int error = mtproto_reconnect_next(reconnect, delay_ns);

	if (error || !client->slow)
		return error;
	client->slow = false;
	if (*delay_ns < MTPROTO_NEVER - reconnect->delay_max_ns)
		*delay_ns += reconnect->delay_max_ns;
	return 0;
}

static int move_on(struct mtproto_client *client)
{
	const struct mtproto_client_config *config = &client->config;
	const char *address = config->choose_address ? config->choose_address(client, config->user) : NULL;
	char *copy = address ? strdup(address) : NULL;

	if (!address)
		return 0;
	if (!copy)
		return MTPROTO_ERR_MEMORY;
	free(client->address);
	client->address = copy;
	return 0;
}

static void try_again(struct mtproto_client *client, int error, const char *reason)
{
	uint64_t delay_ns;
	int failure;

	if (client->state != MTP_CLIENT_OPEN || client->held)
		return;
	if (!reason[0])
		reason = mtproto_strerror(error);
	if (!client->config.reconnect_enabled) {
		mtp_client_end(client, error, reason);
		return;
	}
	note_progress(client);
	failure = next_delay(client, &delay_ns);
	if (!failure)
		failure = move_on(client);
	if (!failure)
		failure = mtp_client_dial(client, delay_ns);
	if (failure == MTPROTO_ERR_LIMIT)
		mtp_client_end(client, error, reason);
	else if (failure)
		mtp_client_end(client, failure, mtproto_strerror(failure));
	else if (client->config.on_reconnect)
		client->config.on_reconnect(client, error, reason, delay_ns, client->config.user);
}

static void on_dialled(struct mtproto_uv *uv, struct mtproto_link *link, int error, const char *reason, void *user)
{
	struct mtproto_client *client = user;

	(void)uv;
	client->dial = NULL;
	client->link = link;
	if (error && may_get_better(error))
		try_again(client, error, reason);
	else if (error)
		mtp_client_end(client, error, reason);
}

int mtp_client_dial(struct mtproto_client *client, uint64_t delay_ns)
{
	const struct mtproto_client_config *config = &client->config;

	return mtp_uv_connect_after(delay_ns, &client->dial, client->handler.uv, client->handler.connection,
				    &config->link, client->address, config->connect_timeout_ns, on_dialled, client);
}

void mtproto_client_hold(struct mtproto_client *client)
{
	client->held = true;
	mtproto_uv_dial_cancel(client->dial);
	client->dial = NULL;
}

int mtproto_client_resume(struct mtproto_client *client)
{
	if (!client->held || client->state != MTP_CLIENT_OPEN)
		return MTPROTO_ERR_STATE;
	client->held = false;
	client->slow = false;
	return client->link ? 0 : mtp_client_dial(client, 0);
}

/* What the server itself said of a loss tells most. */
static void explain(const struct mtproto_event *event, char *out, size_t cap)
{
	out[0] = '\0';
	if (event->transport_error)
		(void)snprintf(out, cap, "the server sent transport error %d", (int)event->transport_error);
	else if (event->text.len)
		(void)snprintf(out, cap, "%s: %d %.*s", mtproto_strerror(event->error), (int)event->code,
			       (int)(event->text.len < cap ? event->text.len : cap), (const char *)event->text.data);
	else if (event->link)
		(void)snprintf(out, cap, "%s", mtproto_link_reason(event->link));
}

/* Each loss is a HANDSHAKE_FAILED, a LINK_CLOSED or both; the first counts. An exchange may also fail while there is no
 * link: the next attempt is under way then. */
void mtp_client_note_loss(struct mtproto_client *client, const struct mtproto_event *event)
{
	bool failed = event->type == MTPROTO_EVENT_HANDSHAKE_FAILED;
	bool lost = event->link && event->link == client->link;
	int error = event->error ? event->error : MTPROTO_ERR_CLOSED;
	char said[sizeof(client->reason)];

	/* -404 as such may be about a temporary key, which is soon replaced. */
	if (event->type == MTPROTO_EVENT_SUSPECT || (failed && event->transport_error) || error == MTPROTO_ERR_BIND ||
	    (event->transport_error && event->transport_error != -404))
		client->slow = true;
	if (event->type == MTPROTO_EVENT_SUSPECT)
		return;
	explain(event, said, sizeof(said));
	if (lost)
		client->link = NULL;
	if (failed && !may_get_better(error))
		mtp_client_end(client, error, said);
	else if (lost)
		try_again(client, error, said);
}
