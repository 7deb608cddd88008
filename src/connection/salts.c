/* Keeps a connection in salts: asks for future ones before the current one ends, moves on to them, and while none is
 * good lets nothing else leave. Source: core.telegram.org/mtproto/service_messages#request-for-several-future-salts. */
#include "connection/connection.h"

#include "base/memory.h"

#include <mtproto/service.h>

static const uint64_t second_ns = 1000000000;

static int64_t unix_time(const struct mtproto_connection *connection)
{
	const struct mtp_key *key = connection->line->session.key;

	return mtp_clock_server_ns(&key->clock, &connection->endpoint.context->now) / (int64_t)second_ns;
}

/* The table is made when it is first looked at, minutes after the key: a quiet connection stays small. */
static struct mtproto_salts *table(struct mtproto_connection *connection)
{
	const struct mtproto_allocator *allocator = &connection->endpoint.context->allocator;
	uint64_t age_ns = connection->endpoint.context->now.mono_ns - connection->salt_since_ns;

	if (connection->salts)
		return connection->salts;
	connection->salts = mtp_alloc(allocator, sizeof(*connection->salts));
	if (!connection->salts)
		return NULL;
	mtproto_salts_init(connection->salts);
	mtproto_salts_correct(connection->salts, connection->line->session.key->salt,
			      unix_time(connection) - (int64_t)(age_ns / second_ns));
	return connection->salts;
}

static void set_timer(struct mtproto_connection *connection, uint64_t delay_ns)
{
	mtp_timer_set(&connection->salt_timer, mtp_later(&connection->endpoint.context->now, delay_ns));
}

static void ask(struct mtproto_connection *connection)
{
	struct mtproto_get_future_salts query = {MTPROTO_SALTS_MAX};
	struct mtproto_tl_writer w;

	/* The one before was lost on its way, or with its link. */
	if (connection->salt_query) {
		mtp_session_resend(&connection->line->session, connection->salt_query, false);
		return;
	}
	connection->salt_query = mtp_out_new(&connection->line->session, 8);
	if (!connection->salt_query)
		return;
	mtproto_tl_writer_init(&w, connection->salt_query->body, connection->salt_query->len);
	mtproto_get_future_salts_write(&w, &query);
	connection->salt_query->keep = true;
	connection->salt_query->early = true;
	connection->salt_query->owner = connection;
	mtp_session_send_first(&connection->line->session, connection->salt_query);
}

static void use(struct mtproto_connection *connection, uint64_t salt)
{
	struct mtp_session *session = &connection->line->session;

	if (session->key->salt == salt)
		return;
	session->key->salt = salt;
	session->stats.salt_changes++;
	connection->salt_since_ns = connection->endpoint.context->now.mono_ns;
}

void mtp_connection_look_at_salts(struct mtproto_connection *connection)
{
	struct mtproto_salts *salts;
	int64_t now_s = unix_time(connection);
	int64_t delay_s;
	bool good;
	uint64_t salt;

	/* Without a link there is nobody to ask; the next one looks again. */
	if (connection->stage != MTP_STAGE_READY || !connection->link)
		return;
	salts = table(connection);
	if (!salts) {
		set_timer(connection, 60 * second_ns);
		return;
	}
	good = mtproto_salts_current(salts, now_s, &salt);
	if (good)
		use(connection, salt);
	if (mtproto_salts_want(salts, now_s))
		ask(connection);
	if (connection->line->session.open != good) {
		connection->line->session.open = good;
		mtp_context_due(connection->endpoint.context, &connection->line->sender);
	}
	delay_s = mtproto_salts_deadline(salts, now_s) - now_s;
	set_timer(connection, (uint64_t)(delay_s > 0 ? delay_s : 1) * second_ns);
}

void mtp_connection_salt_timer(struct mtp_timer *timer, const struct mtproto_now *now)
{
	(void)now;
	mtp_connection_look_at_salts(MTP_OF(timer, struct mtproto_connection, salt_timer));
}

void mtp_connection_salt_named(struct mtproto_connection *connection)
{
	connection->salt_since_ns = connection->endpoint.context->now.mono_ns;
	if (connection->salts)
		mtproto_salts_correct(connection->salts, connection->line->session.key->salt, unix_time(connection));
	if (connection->salts && connection->stage == MTP_STAGE_READY)
		mtp_connection_look_at_salts(connection);
	else
		set_timer(connection, (MTPROTO_SALT_TRUSTED_S - MTPROTO_SALT_MARGIN_S) * second_ns);
}

void mtp_connection_salts_came(struct mtproto_connection *connection, struct mtproto_span body)
{
	struct mtproto_future_salts answer;
	struct mtproto_tl_reader r;

	mtp_session_settle(&connection->line->session, connection->salt_query);
	connection->salt_query = NULL;
	mtproto_tl_reader_init(&r, body.data, body.len);
	if (mtproto_future_salts_read(&answer, &r) == 0 && connection->salts)
		mtproto_salts_add(connection->salts, &answer, unix_time(connection));
	mtp_connection_look_at_salts(connection);
}

void mtp_connection_ask_salts_again(struct mtproto_connection *connection)
{
	if (connection->salt_query)
		ask(connection);
}

void mtp_connection_forget_salts(struct mtproto_connection *connection)
{
	mtp_timer_stop(&connection->salt_timer);
	if (connection->salt_query)
		mtp_session_settle(&connection->line->session, connection->salt_query);
	connection->salt_query = NULL;
	mtp_release(&connection->endpoint.context->allocator, connection->salts, sizeof(*connection->salts));
	connection->salts = NULL;
}
