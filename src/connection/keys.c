/* How a connection gets its keys: permanent, temporary, bound. Source: core.telegram.org/mtproto/auth_key, /api/pfs. */
#include "connection/connection.h"
#include "connection/trace.h"

#include "base/memory.h"
#include "crypto/random.h"

#include <mtproto/bind.h>
#include <mtproto/message_plain.h>

/* A temporary key is replaced so long before its end, or an eighth of its life. */
static const int64_t RENEW_AHEAD_NS = 3600 * INT64_C(1000000000);

/* And when that failed, tried again after so long. */
static const uint64_t RENEW_AGAIN_NS = 60 * UINT64_C(1000000000);

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
	if (connection->stage != MTP_STAGE_PERM) {
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

/* The body holds the msg_id of its own message. */
static void write_bind(struct mtp_out *out, struct mtproto_tl_writer *w)
{
	struct mtproto_connection *connection = out->owner;
	struct mtproto_context *context = connection->endpoint.context;
	const struct mtp_session *session = &connection->pfs->next->session;
	struct mtproto_bind_params params = {
		.temp_auth_key_id = session->key->auth.id,
		.temp_session_id = session->session_id,
		.msg_id = out->msg_id,
		.nonce = connection->pfs->bind_nonce,
		.expires_at = (int32_t)session->key->expires_at,
	};

	/* Without randomness the body stays empty, seal fails as well, and the link is closed. */
	if (mtproto_bind_body(context->kernels, context->random, connection->perm.auth.data, &params, out->body))
		mtproto_wipe(out->body, out->len);
	mtproto_tl_write_raw(w, out->body, out->len);
}

static size_t bind_len(const struct mtp_out *out)
{
	return out->len;
}

static const struct mtp_rebuild bind_rebuild = {NULL, bind_len, write_bind};

static int begin_bind(struct mtproto_connection *connection)
{
	struct mtproto_context *context = connection->endpoint.context;
	struct mtp_pfs *pfs = connection->pfs;
	int error = mtp_random_fill(context->random, &pfs->bind_nonce, sizeof(pfs->bind_nonce));

	if (error)
		return error;
	pfs->bind = mtp_out_new(&pfs->next->session, MTPROTO_BIND_BODY_SIZE);
	if (!pfs->bind)
		return MTPROTO_ERR_MEMORY;
	pfs->bind->content_related = true;
	pfs->bind->keep = true;
	pfs->bind->early = true;
	pfs->bind->owner = connection;
	pfs->bind->rebuild = &bind_rebuild;
	pfs->bind_begin_ns = context->now.mono_ns;
	mtp_timer_set(&connection->handshake_timer, mtp_later(&context->now, connection->config.handshake_timeout_ns));
	mtp_session_send_first(&pfs->next->session, pfs->bind);
	return 0;
}

static void forget_bind(struct mtp_pfs *pfs)
{
	if (!pfs || !pfs->bind)
		return;
	mtp_session_settle(&pfs->next->session, pfs->bind);
	pfs->bind = NULL;
}

static void drop_next(struct mtproto_connection *connection)
{
	mtp_connection_drop_next_line(connection);
	if (connection->stage == MTP_STAGE_BIND)
		connection->stage = MTP_STAGE_TEMP;
}

void mtp_connection_fail(struct mtproto_connection *connection, const struct mtproto_event *why,
			 struct mtp_block *block)
{
	struct mtproto_context *context = connection->endpoint.context;
	bool renewal = connection->stage == MTP_STAGE_READY;
	struct mtproto_link *link = renewal ? NULL : connection->link;
	struct mtproto_event event = *why;

	end_exchange(connection);
	forget_bind(connection->pfs);
	/* One that was refused is of no use; else a first one may be bound on the next link. */
	if (connection->pfs && (renewal || why->error == MTPROTO_ERR_BIND))
		connection->pfs->next_is_over = connection->pfs->next;
	if (renewal)
		mtp_timer_set(&connection->handshake_timer, mtp_later(&context->now, RENEW_AGAIN_NS));
	event.type = MTPROTO_EVENT_HANDSHAKE_FAILED;
	event.connection = connection;
	event.link = link;
	mtp_events_push(&context->events, &event, block);
	if (link)
		mtp_link_fail(link, event.error, NULL);
}

void mtp_connection_end_failed(struct mtproto_connection *connection)
{
	struct mtp_pfs *pfs = connection->pfs;

	if (pfs && pfs->next_is_over) {
		pfs->next_is_over = false;
		drop_next(connection);
	}
	if (pfs && pfs->is_unbound) {
		pfs->is_unbound = false;
		mtp_connection_drop_temp(connection);
		if (connection->link)
			mtp_link_fail(connection->link, MTPROTO_ERR_BIND, "the temporary key is not bound any more");
	}
}

static void fail(struct mtproto_connection *connection, int error)
{
	struct mtproto_event why = {.error = error};

	mtp_connection_fail(connection, &why, NULL);
}

/* When a temporary key is to be replaced: a little before the server forgets it. */
static uint64_t renewal_time(const struct mtproto_connection *connection)
{
	const struct mtp_key *key = connection->line->session.key;
	int64_t life_ns = connection->config.temp_expires_in * INT64_C(1000000000);
	int64_t ahead_ns = life_ns / 8 < RENEW_AHEAD_NS ? life_ns / 8 : RENEW_AHEAD_NS;
	int64_t end_ns = key->expires_at * INT64_C(1000000000) - key->clock.delta_ns;

	return end_ns > ahead_ns ? (uint64_t)(end_ns - ahead_ns) : 0;
}

static void become_ready(struct mtproto_connection *connection)
{
	struct mtproto_context *context = connection->endpoint.context;
	struct mtproto_event event = {.type = MTPROTO_EVENT_READY, .connection = connection, .link = connection->link};

	connection->stage = MTP_STAGE_READY;
	connection->line->session.open = true;
	mtp_connection_ask_salts_again(connection);
	if (connection->salt_since_ns == 0)
		mtp_connection_salt_named(connection);
	else if (connection->salts)
		mtp_connection_look_at_salts(connection);
	mtp_connection_begin_liveness(connection);
	mtp_context_due(context, &connection->line->sender);
	if (connection->pfs && !connection->handshake && !connection->pfs->next)
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
	mtp_connection_fail(connection, &why, notice->block);
}

void mtp_connection_bound(struct mtproto_connection *connection, const struct mtp_notice *notice,
			  const struct mtproto_now *now)
{
	struct mtp_pfs *pfs = connection->pfs;
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, notice->body.data, notice->body.len);
	forget_bind(pfs);
	mtp_timer_stop(&connection->handshake_timer);
	if (!mtproto_tl_read_bool(&r)) {
		bind_refused(connection, notice);
		return;
	}
	pfs->temp_times.bind_ns = now->mono_ns - pfs->bind_begin_ns;
	pfs->next->session.key->perm_auth_key_id = connection->perm.auth.id;
	/* Bound, the server wants to hear again who this is, also before calls of before. */
	connection->header_accepted = false;
	mtp_connection_use_next_line(connection);
	mtp_calls_put_header(&connection->calls, connection->header, connection->header_len);
	become_ready(connection);
}

void mtp_connection_drop_temp(struct mtproto_connection *connection)
{
	mtp_timer_stop(&connection->handshake_timer);
	drop_next(connection);
	if (connection->stage == MTP_STAGE_READY)
		mtp_connection_close_line(connection);
	connection->stage = MTP_STAGE_TEMP;
	mtp_connection_end_old_line(connection);
}

/* ---- Stages ---- */

static bool is_over(const struct mtp_key *key, const struct mtproto_now *now)
{
	return key->expires_at <= mtp_clock_server_ns(&key->clock, now) / 1000000000;
}

static void resume_line(struct mtp_line *line)
{
	mtp_session_ask_state(&line->session);
	mtp_connection_greet(line);
}

static void resume(struct mtproto_connection *connection)
{
	resume_line(connection->line);
	if (connection->pfs && connection->pfs->old)
		resume_line(connection->pfs->old);
	become_ready(connection);
}

int mtp_connection_advance(struct mtproto_connection *connection)
{
	const struct mtproto_now *now = &connection->endpoint.context->now;
	struct mtp_pfs *pfs = connection->pfs;
	int error = 0;

	if (pfs && connection->stage == MTP_STAGE_READY && is_over(connection->line->session.key, now))
		mtp_connection_drop_temp(connection);
	if (pfs && pfs->next && is_over(pfs->next->session.key, now))
		drop_next(connection);
	if (connection->stage == MTP_STAGE_READY)
		resume(connection);
	if (connection->handshake) {
		error = mtproto_handshake_resend(connection->handshake);
		if (!error)
			send_query(connection);
	} else if (pfs && pfs->bind) {
		mtp_session_resend(&pfs->next->session, pfs->bind, false);
	} else if (pfs && pfs->next) {
		error = begin_bind(connection);
	} else if (connection->stage != MTP_STAGE_READY) {
		error = begin_exchange(connection);
	}
	return error;
}

static void note_times(struct mtproto_connection *connection)
{
	struct mtproto_handshake_times *times =
		connection->stage == MTP_STAGE_PERM ? &connection->times : &connection->pfs->temp_times;
	struct mtproto_handshake_steps steps;

	mtproto_handshake_get_steps(connection->handshake, &steps);
	times->res_pq_ns = steps.res_pq_ns - steps.req_pq_ns;
	times->dh_params_ns = steps.dh_params_ns - steps.res_pq_ns;
	times->dh_gen_ns = steps.done_ns - steps.dh_params_ns;
}

static int take_key(struct mtproto_connection *connection, struct mtp_key *key)
{
	const struct mtproto_now *now = &connection->endpoint.context->now;
	struct mtproto_handshake_result result;
	int error = mtproto_handshake_get_result(connection->handshake, &result);

	if (error)
		return error;
	note_times(connection);
	key->auth = result.auth_key;
	key->salt = result.first_salt;
	key->temporary = connection->stage != MTP_STAGE_PERM;
	key->expires_at = (uint32_t)result.expires_at;
	mtp_clock_seed(&key->clock, now, result.time_offset_s * 1000000000);
	mtproto_wipe(&result, sizeof(result));
	return 0;
}

/* A line on the temporary key that was made. */
static int take_next_line(struct mtproto_connection *connection)
{
	const struct mtproto_allocator *allocator = &connection->endpoint.context->allocator;
	struct mtp_key *key = mtp_alloc_zero(allocator, sizeof(*key));
	int error = key ? take_key(connection, key) : MTPROTO_ERR_MEMORY;

	if (!error)
		error = mtp_line_new(&connection->pfs->next, connection, key);
	if (error)
		mtp_release_secret(allocator, key, sizeof(*key));
	else
		mtp_sender_move(connection->endpoint.context, &connection->pfs->next->sender, connection->link);
	return error;
}

/* A key was made: what comes next depends on which. */
static int key_made(struct mtproto_connection *connection)
{
	bool permanent = connection->stage == MTP_STAGE_PERM;
	int error = permanent ? take_key(connection, &connection->perm) : take_next_line(connection);

	end_exchange(connection);
	if (error)
		return error;
	if (permanent)
		mtp_trace_key(connection->link, &connection->perm);
	if (permanent && connection->pfs) {
		connection->stage = MTP_STAGE_TEMP;
		return begin_exchange(connection);
	}
	if (permanent) {
		become_ready(connection);
		return 0;
	}
	if (connection->stage == MTP_STAGE_TEMP)
		connection->stage = MTP_STAGE_BIND;
	return begin_bind(connection);
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
		result = key_made(connection);
	if (result < 0)
		fail(connection, result);
	mtp_connection_end_failed(connection);
}

/* The temporary key comes to its end: the next one is made beside it. */
static void renew_temp(struct mtproto_connection *connection)
{
	/* Else the next link does. */
	int error = connection->link ? begin_exchange(connection) : 0;

	if (error)
		fail(connection, error);
}

void mtp_connection_handshake_timer(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtproto_connection *connection = MTP_OF(timer, struct mtproto_connection, handshake_timer);

	(void)now;
	if (connection->stage == MTP_STAGE_READY && !connection->handshake && !connection->pfs->next)
		renew_temp(connection);
	else
		fail(connection, MTPROTO_ERR_TIMEOUT);
	mtp_connection_end_failed(connection);
}
