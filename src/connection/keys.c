/* How a connection gets its keys: permanent, temporary, bound. Source: core.telegram.org/mtproto/auth_key, /api/pfs. */
#include "connection/connection.h"

#include "crypto/random.h"

#include <mtproto/bind.h>
#include <mtproto/message_plain.h>

static bool wants_temp(const struct mtproto_connection *connection)
{
	return connection->config.temp_expires_in > 0;
}

static struct mtp_key *next_key(struct mtproto_connection *connection)
{
	return connection->stage == MTP_STAGE_PERM ? &connection->perm : &connection->temp;
}

static void send_query(struct mtproto_connection *connection)
{
	size_t len;
	const uint8_t *message = mtproto_handshake_send(connection->handshake, &len);

	mtp_timer_set(&connection->handshake_timer, mtproto_handshake_deadline(connection->handshake));
	if (message)
		mtp_link_send_packet(connection->link, message, len);
}

static int begin_exchange(struct mtproto_connection *connection)
{
	struct mtproto_context *context = connection->endpoint.context;
	struct mtproto_handshake_config config;
	int error = 0;

	mtproto_handshake_config_init(&config);
	config.allocator = &context->allocator;
	config.random = context->random;
	config.kernels = context->kernels;
	config.dh_cache = &context->dh_cache;
	config.dc = connection->config.dc;
	config.timeout_ns = connection->config.handshake_timeout_ns;
	config.rsa_padding = connection->config.legacy_rsa ? MTPROTO_RSA_LEGACY : MTPROTO_RSA_PAD;
	config.rsa_keys = connection->rsa_keys;
	config.rsa_key_count = 1;
	if (!connection->rsa)
		error = mtp_context_trusted_keys(context, &config.rsa_keys, &config.rsa_key_count);
	if (connection->stage == MTP_STAGE_TEMP) {
		config.kind = MTPROTO_HANDSHAKE_TEMP;
		config.expires_in = connection->config.temp_expires_in;
	}
	if (!error)
		error = mtproto_handshake_new(&connection->handshake, &config);
	if (!error)
		error = mtproto_handshake_start(connection->handshake, &context->now);
	if (!error)
		send_query(connection);
	return error;
}

static void end_exchange(struct mtproto_connection *connection)
{
	mtp_timer_stop(&connection->handshake_timer);
	mtproto_handshake_free(connection->handshake);
	connection->handshake = NULL;
}

/* The key exchange or the bind did not succeed: the program may attach another link to try again. */
static void fail(struct mtproto_connection *connection, int error)
{
	struct mtproto_link *link = connection->link;

	end_exchange(connection);
	mtp_connection_event(connection, MTPROTO_EVENT_HANDSHAKE_FAILED, error);
	if (link)
		mtp_link_fail(link, error, NULL);
}

/* ---- Binding ---- */

static struct mtproto_connection *connection_of(struct mtp_out *out)
{
	return out->owner;
}

/* The body holds the msg_id of its own message. */
static void build_bind(struct mtp_out *out, uint64_t msg_id)
{
	struct mtproto_connection *connection = connection_of(out);
	struct mtproto_context *context = connection->endpoint.context;
	struct mtproto_bind_params params = {
		.temp_auth_key_id = connection->temp.auth.id,
		.temp_session_id = connection->session.session_id,
		.msg_id = msg_id,
		.nonce = connection->bind_nonce,
		.expires_at = (int32_t)connection->temp.expires_at,
	};

	/* Without randomness the body stays empty, seal fails as well, and the link is closed. */
	if (mtproto_bind_body(context->kernels, context->random, connection->perm.auth.data, &params, out->body))
		mtproto_wipe(out->body, out->len);
}

static int begin_bind(struct mtproto_connection *connection)
{
	struct mtproto_context *context = connection->endpoint.context;
	int error = mtp_random_fill(context->random, &connection->bind_nonce, sizeof(connection->bind_nonce));

	if (error)
		return error;
	connection->bind = mtp_out_new(&connection->session, MTPROTO_BIND_BODY_SIZE);
	if (!connection->bind)
		return MTPROTO_ERR_MEMORY;
	connection->bind->content_related = true;
	connection->bind->keep = true;
	connection->bind->early = true;
	connection->bind->owner = connection;
	connection->bind->rebuild = build_bind;
	connection->bind_begin_ns = context->now.mono_ns;
	mtp_timer_set(&connection->handshake_timer, context->now.mono_ns + connection->config.handshake_timeout_ns);
	mtp_session_send_first(&connection->session, connection->bind);
	return 0;
}

static void forget_bind(struct mtproto_connection *connection)
{
	if (!connection->bind)
		return;
	mtp_session_settle(&connection->session, connection->bind);
	connection->bind = NULL;
}

static void become_ready(struct mtproto_connection *connection)
{
	connection->stage = MTP_STAGE_READY;
	connection->session.open = true;
	mtp_context_due(connection->endpoint.context, &connection->sender);
	mtp_connection_event(connection, MTPROTO_EVENT_READY, 0);
}

void mtp_connection_bound(struct mtproto_connection *connection, const struct mtp_notice *notice,
			  const struct mtproto_now *now)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, notice->body.data, notice->body.len);
	forget_bind(connection);
	mtp_timer_stop(&connection->handshake_timer);
	if (!mtproto_tl_read_bool(&r)) {
		/* The permanent key is kept: that one server refused it proves nothing about it. */
		mtp_connection_drop_temp(connection);
		fail(connection, MTPROTO_ERR_BIND);
		return;
	}
	connection->temp_times.bind_ns = now->mono_ns - connection->bind_begin_ns;
	connection->temp.perm_auth_key_id = connection->perm.auth.id;
	connection->header_accepted = false;
	become_ready(connection);
}

void mtp_connection_drop_temp(struct mtproto_connection *connection)
{
	forget_bind(connection);
	mtproto_wipe(&connection->temp, sizeof(connection->temp));
	connection->session.open = false;
	connection->stage = MTP_STAGE_TEMP;
}

/* ---- Stages ---- */

/* Lets the session use a key that was just made or given. */
static int use_key(struct mtproto_connection *connection, struct mtp_key *key)
{
	connection->session.key = key;
	return mtp_session_renew(&connection->session);
}

static int resume_session(struct mtproto_connection *connection)
{
	connection->session.open = true;
	mtp_session_ask_state(&connection->session);
	mtp_context_due(connection->endpoint.context, &connection->sender);
	return 0;
}

static bool temp_is_over(const struct mtproto_connection *connection)
{
	int64_t now_s = mtp_clock_server_ns(&connection->temp.clock, &connection->endpoint.context->now) / 1000000000;

	return connection->temp.expires_at <= now_s;
}

int mtp_connection_advance(struct mtproto_connection *connection)
{
	int error = 0;

	if (connection->handshake) {
		error = mtproto_handshake_resend(connection->handshake);
		if (!error)
			send_query(connection);
		return error;
	}
	if (connection->stage >= MTP_STAGE_BIND && wants_temp(connection) && temp_is_over(connection))
		mtp_connection_drop_temp(connection);
	if (connection->stage == MTP_STAGE_PERM || connection->stage == MTP_STAGE_TEMP)
		return begin_exchange(connection);
	if (connection->stage == MTP_STAGE_READY)
		return resume_session(connection);
	if (!connection->bind)
		return begin_bind(connection);
	mtp_session_resend(&connection->session, connection->bind, false, &connection->endpoint.context->now);
	return 0;
}

static void note_times(struct mtproto_connection *connection)
{
	struct mtproto_handshake_times *times =
		connection->stage == MTP_STAGE_PERM ? &connection->times : &connection->temp_times;
	struct mtproto_handshake_steps steps;

	mtproto_handshake_get_steps(connection->handshake, &steps);
	times->res_pq_ns = steps.res_pq_ns - steps.req_pq_ns;
	times->dh_params_ns = steps.dh_params_ns - steps.res_pq_ns;
	times->dh_gen_ns = steps.done_ns - steps.dh_params_ns;
}

static int take_key(struct mtproto_connection *connection, const struct mtproto_now *now)
{
	struct mtproto_handshake_result result;
	struct mtp_key *key = next_key(connection);
	int error = mtproto_handshake_get_result(connection->handshake, &result);

	if (error)
		return error;
	note_times(connection);
	key->auth = result.auth_key;
	key->salt = result.first_salt;
	key->temporary = connection->stage == MTP_STAGE_TEMP;
	key->expires_at = (uint32_t)result.expires_at;
	mtp_clock_seed(&key->clock, now, result.time_offset_s * 1000000000);
	mtproto_wipe(&result, sizeof(result));
	return use_key(connection, key);
}

/* A key was made: what comes next depends on which. */
static int key_made(struct mtproto_connection *connection, const struct mtproto_now *now)
{
	int error = take_key(connection, now);

	end_exchange(connection);
	if (error)
		return error;
	if (connection->stage == MTP_STAGE_TEMP) {
		connection->stage = MTP_STAGE_BIND;
		return begin_bind(connection);
	}
	if (wants_temp(connection)) {
		connection->stage = MTP_STAGE_TEMP;
		return begin_exchange(connection);
	}
	become_ready(connection);
	return 0;
}

void mtp_connection_plain(struct mtproto_connection *connection, const uint8_t *data, size_t len)
{
	const struct mtproto_now *now = &connection->endpoint.context->now;
	int result;

	/* A repeated answer of an exchange that is over. */
	if (!connection->handshake)
		return;
	result = mtproto_handshake_feed(connection->handshake, now, data, len);
	if (result == 0)
		send_query(connection);
	else if (result == 1)
		result = key_made(connection, now);
	if (result < 0)
		fail(connection, result);
}

void mtp_connection_handshake_timer(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtproto_connection *connection = MTP_OF(timer, struct mtproto_connection, handshake_timer);

	(void)now;
	if (connection->stage == MTP_STAGE_BIND)
		forget_bind(connection);
	fail(connection, MTPROTO_ERR_TIMEOUT);
}
