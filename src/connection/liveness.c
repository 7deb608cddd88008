/* Notices a dead link: pings one that has been quiet, and gives it up when nothing at all comes after. The ping asks
 * the server to do the same, so it is repeated on a link that is not quiet before the server's time is over. Source:
 * core.telegram.org/mtproto/service_messages#deferred-connection-closure--ping. */
#include "connection/connection.h"

#include <mtproto/service.h>

/* The server keeps the link this much longer than we will wait before the next ping. */
enum { DISCONNECT_MARGIN_S = 15, DISCONNECT_MAX_S = 3600 };

static const uint64_t second_ns = 1000000000;

/* The longest time from one ping to the next on the same link. */
static uint64_t ping_again_ns(const struct mtp_connection_settings *config)
{
	uint64_t most_ns = (DISCONNECT_MAX_S - DISCONNECT_MARGIN_S) * second_ns;
	uint64_t wait_ns = config->ping_idle_ns + config->pong_timeout_ns;

	return wait_ns < most_ns ? wait_ns : most_ns;
}

static uint64_t next_ping_ns(const struct mtproto_connection *connection)
{
	const struct mtp_connection_settings *config = &connection->config;
	uint64_t quiet_ns = connection->heard_ns + config->ping_idle_ns;
	uint64_t again_ns = connection->pinged_ns + ping_again_ns(config);

	return connection->pinged_ns && again_ns < quiet_ns ? again_ns : quiet_ns;
}

/* Kept until it is answered: a server that refuses it for its salt or time says so, and that must count. */
static void send_ping(struct mtproto_connection *connection)
{
	const struct mtp_connection_settings *config = &connection->config;
	uint64_t delay_s = ping_again_ns(config) / second_ns + DISCONNECT_MARGIN_S;
	struct mtproto_ping_delay_disconnect ping = {.disconnect_delay = (int32_t)delay_s};
	struct mtproto_tl_writer w;

	if (connection->own_ping)
		return;
	connection->own_ping = mtp_out_new(&connection->line->session, 16);
	if (!connection->own_ping)
		return;
	mtproto_tl_writer_init(&w, connection->own_ping->body, connection->own_ping->len);
	mtproto_ping_delay_disconnect_write(&w, &ping);
	connection->own_ping->keep = true;
	connection->own_ping->owner = connection;
	mtp_session_send(&connection->line->session, connection->own_ping);
}

void mtp_connection_greet(struct mtp_line *line)
{
	struct mtp_session *session = &line->session;
	struct mtproto_ping ping = {session->session_id};
	struct mtproto_tl_writer w;
	struct mtp_out *out;

	if (session->msg_ids.last == 0 || !mtp_list_empty(&session->waiting))
		return;
	out = mtp_out_new(session, 12);
	if (!out)
		return;
	mtproto_tl_writer_init(&w, out->body, out->len);
	mtproto_ping_write(&w, &ping);
	out->keep = true;
	out->owner = line->connection;
	mtp_session_send(session, out);
}

void mtp_connection_pong_came(struct mtproto_connection *connection, const struct mtproto_now *now)
{
	connection->rtt_ns = now->mono_ns - connection->own_ping->sent_ns;
	mtp_session_settle(&connection->line->session, connection->own_ping);
	connection->own_ping = NULL;
}

void mtp_connection_end_liveness(struct mtproto_connection *connection)
{
	mtp_timer_stop(&connection->liveness_timer);
	if (connection->own_ping)
		mtp_session_settle(&connection->line->session, connection->own_ping);
	connection->own_ping = NULL;
}

void mtp_connection_liveness_timer(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtproto_connection *connection = MTP_OF(timer, struct mtproto_connection, liveness_timer);
	const struct mtp_connection_settings *config = &connection->config;
	uint64_t next_ns = next_ping_ns(connection);

	if (!connection->link || connection->stage != MTP_STAGE_READY)
		return;
	if (connection->pinged_ns > connection->heard_ns &&
	    now->mono_ns - connection->pinged_ns >= config->pong_timeout_ns) {
		mtp_link_fail(connection->link, MTPROTO_ERR_TIMEOUT, "no answer to a ping");
		return;
	}
	if (connection->pinged_ns > connection->heard_ns) {
		mtp_timer_set(timer, connection->pinged_ns + config->pong_timeout_ns);
	} else if (now->mono_ns < next_ns) {
		mtp_timer_set(timer, next_ns);
	} else {
		connection->pinged_ns = now->mono_ns;
		send_ping(connection);
		mtp_timer_set(timer, mtp_later(now, config->pong_timeout_ns));
	}
}

void mtp_connection_begin_liveness(struct mtproto_connection *connection)
{
	const struct mtproto_now *now = &connection->endpoint.context->now;

	connection->heard_ns = now->mono_ns;
	if (connection->config.ping_idle_ns)
		mtp_timer_set(&connection->liveness_timer, next_ping_ns(connection));
}
