/* How a connection gets its keys: permanent, temporary, bound. Source: core.telegram.org/mtproto/auth_key, /api/pfs. */
#include "connection/connection.h"

#include "crypto/random.h"

#include <mtproto/bind.h>
#include <mtproto/message_plain.h>

static const int64_t RENEW_AHEAD_NS = INT64_C(60000000000);

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

static void end_exchange(struct mtproto_connection *connection)
{
	mtp_timer_stop(&connection->handshake_timer);
	mtproto_handshake_free(connection->handshake);
	connection->handshake = NULL;
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
	if (error)
		end_exchange(connection);
	else
		send_query(connection);
	return error;
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
	mtp_timer_set(&connection->handshake_timer, mtp_later(&context->now, connection->config.handshake_timeout_ns));
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

void mtp_connection_fail(struct mtproto_connection *connection, const struct mtproto_event *why,
			 struct mtp_block *block)
{
	struct mtproto_link *link = connection->link;
	struct mtproto_event event = *why;

	end_exchange(connection);
	forget_bind(connection);
	event.type = MTPROTO_EVENT_HANDSHAKE_FAILED;
	event.connection = connection;
	event.link = link;
	mtp_events_push(&connection->endpoint.context->events, &event, block);
	if (link)
		mtp_link_fail(link, event.error, NULL);
}

static void fail(struct mtproto_connection *connection, int error)
{
	struct mtproto_event why = {.error = error};

	mtp_connection_fail(connection, &why, NULL);
}

/* When a temporary key is to be replaced: a little before the server forgets it. */
static uint64_t renewal_time(const struct mtproto_connection *connection)
{
	int64_t life_ns = connection->config.temp_expires_in * INT64_C(1000000000);
	int64_t ahead_ns = life_ns / 8 < RENEW_AHEAD_NS ? life_ns / 8 : RENEW_AHEAD_NS;
	int64_t end_ns = connection->temp.expires_at * INT64_C(1000000000) - connection->temp.clock.delta_ns;

	return end_ns > ahead_ns ? (uint64_t)(end_ns - ahead_ns) : 0;
}

static void become_ready(struct mtproto_connection *connection)
{
	struct mtproto_context *context = connection->endpoint.context;
	struct mtproto_event event = {.type = MTPROTO_EVENT_READY, .connection = connection, .link = connection->link};

	connection->stage = MTP_STAGE_READY;
	connection->session.open = true;
	mtp_connection_ask_salts_again(connection);
	if (connection->salt_since_ns == 0)
		mtp_connection_salt_named(connection);
	else if (connection->salts)
		mtp_connection_look_at_salts(connection);
	mtp_connection_begin_liveness(connection);
	mtp_context_due(context, &connection->sender);
	if (wants_temp(connection))
		mtp_timer_set(&connection->handshake_timer, renewal_time(connection));
	mtp_events_push(&context->events, &event, NULL);
}

/* The server's refusal, in its own words if it gave any. */
static void bind_refused(struct mtproto_connection *connection, const struct mtp_notice *notice)
{
	struct mtproto_event why = {.error = MTPROTO_ERR_BIND};
	struct mtproto_rpc_error error;
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, notice->body.data, notice->body.len);
	if (mtproto_rpc_error_read(&error, &r) == 0) {
		why.code = error.error_code;
		why.text = error.error_message;
	}
	/* The permanent key is kept: that one server refused it proves nothing about it. */
	mtp_connection_drop_temp(connection);
	mtp_connection_fail(connection, &why, notice->block);
}

void mtp_connection_bound(struct mtproto_connection *connection, const struct mtp_notice *notice,
			  const struct mtproto_now *now)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, notice->body.data, notice->body.len);
	forget_bind(connection);
	mtp_timer_stop(&connection->handshake_timer);
	if (!mtproto_tl_read_bool(&r)) {
		bind_refused(connection, notice);
		return;
	}
	connection->temp_times.bind_ns = now->mono_ns - connection->bind_begin_ns;
	connection->temp.perm_auth_key_id = connection->perm.auth.id;
	/* Bound, the server wants to hear again who this is, also before calls of before. */
	connection->header_accepted = false;
	mtp_calls_put_header(&connection->calls, connection->header, connection->header_len);
	become_ready(connection);
}

void mtp_connection_drop_temp(struct mtproto_connection *connection)
{
	forget_bind(connection);
	mtp_connection_forget_salts(connection);
	mtp_timer_stop(&connection->handshake_timer);
	connection->given_up_key_id = connection->temp.auth.id;
	mtproto_wipe(&connection->temp, sizeof(connection->temp));
	connection->session.open = false;
	connection->stage = MTP_STAGE_TEMP;
}

/* ---- Stages ---- */

/* Lets the session use a key that was just made or given. */
static int use_key(struct mtproto_connection *connection, struct mtp_key *key)
{
	connection->session.key = key;
	connection->salt_since_ns = 0;
	mtp_connection_forget_salts(connection);
	return mtp_session_renew(&connection->session, &connection->endpoint.context->now);
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
	if (connection->stage == MTP_STAGE_BIND && !connection->bind)
		return begin_bind(connection);
	if (connection->stage == MTP_STAGE_BIND) {
		mtp_session_resend(&connection->session, connection->bind, false);
		return 0;
	}
	mtp_session_ask_state(&connection->session);
	become_ready(connection);
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

/* The temporary key comes to its end: another one takes its place while calls wait. What was not answered goes out
 * again under it. */
static void renew_temp(struct mtproto_connection *connection)
{
	int error;

	mtp_connection_drop_temp(connection);
	if (!connection->link)
		return;
	error = begin_exchange(connection);
	if (error)
		fail(connection, error);
}

void mtp_connection_handshake_timer(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtproto_connection *connection = MTP_OF(timer, struct mtproto_connection, handshake_timer);

	(void)now;
	if (connection->stage == MTP_STAGE_READY)
		renew_temp(connection);
	else
		fail(connection, MTPROTO_ERR_TIMEOUT);
}
