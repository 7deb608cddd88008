/* The client connection: wiring of link, keys, session and calls. */
#include "connection/connection.h"

#include "base/bytes.h"
#include "base/memory.h"

#include <mtproto/service.h>

#include <string.h>

enum { SECOND = 1000000000 };

void mtproto_connection_config_init(struct mtproto_connection_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->dc = 2;
	config->handshake_timeout_ns = 10 * (uint64_t)SECOND;
	config->call_timeout_ns = 60 * (uint64_t)SECOND;
	config->pending_calls_max = 16384;
	config->pending_bytes_max = 64u << 20;
	config->ack_delay_ns = 30 * (uint64_t)SECOND;
	config->ack_count_max = 100;
	config->ping_idle_ns = 60 * (uint64_t)SECOND;
	config->pong_timeout_ns = 15 * (uint64_t)SECOND;
	config->gzip_size_min = MTPROTO_GZIP_SIZE_MIN;
}

/* ---- Endpoint ---- */

static struct mtproto_connection *connection_of(struct mtp_endpoint *endpoint)
{
	return MTP_OF(endpoint, struct mtproto_connection, endpoint);
}

/* Only keys in use: answers under one that was given up are not wanted. */
static const struct mtp_key *find_key(struct mtp_endpoint *endpoint, uint64_t auth_key_id)
{
	return mtp_connection_find_key(connection_of(endpoint), auth_key_id);
}

/* A plain message, or one under a key that is not in use. */
static void on_keyless(struct mtproto_connection *connection, struct mtproto_link *link,
		       const struct mtp_packet *packet)
{
	uint64_t key_id = packet->len >= 8 ? mtp_load_le64(packet->data) : UINT64_MAX;

	if (key_id == 0)
		mtp_connection_plain(connection, packet->data, packet->len);
	else if (!connection->pfs || key_id != connection->pfs->given_up_key_id)
		mtp_link_fail(link, MTPROTO_ERR_AUTH_KEY_ID, NULL);
}

static void on_packet(struct mtp_endpoint *endpoint, struct mtproto_link *link, struct mtp_packet *packet)
{
	struct mtproto_connection *connection = connection_of(endpoint);
	struct mtp_line *line = packet->key ? mtp_connection_line_of(connection, packet->key) : NULL;
	size_t budget = endpoint->context->config.inflated_size_max;
	struct mtproto_event refused = {.type = MTPROTO_EVENT_REFUSED, .connection = connection, .link = link};

	if (!packet->key) {
		on_keyless(connection, link, packet);
		return;
	}
	if (packet->job.result) {
		mtp_link_fail(link, packet->job.result, NULL);
		return;
	}
	/* A packet before it may have ended its line. */
	if (!line)
		return;
	connection->heard_ns = endpoint->context->now.mono_ns;
	line->session.stats.packets_received++;
	line->session.stats.bytes_received += packet->len;
	if (!mtp_session_has_id(&line->session, packet->job.message.session_id)) {
		refused.error = MTPROTO_ERR_SESSION_ID;
		refused.msg_id = packet->job.message.msg_id;
		mtp_events_push(&endpoint->context->events, &refused, NULL);
		return;
	}
	mtp_session_accept(&line->session, &endpoint->context->now, &packet->job.message, packet->block, &budget);
	mtp_connection_end_failed(connection);
}

/* The server says that it does not know the key. It may be wrong: the program decides. */
static void push_suspect(struct mtproto_connection *connection, int32_t code)
{
	struct mtproto_event event = {.type = MTPROTO_EVENT_SUSPECT,
				      .connection = connection,
				      .link = connection->link,
				      .transport_error = code,
				      .auth_key_id = connection->perm.auth.id};

	mtp_events_push(&connection->endpoint.context->events, &event, NULL);
}

static void on_transport_error(struct mtp_endpoint *endpoint, struct mtproto_link *link, int32_t code)
{
	struct mtproto_connection *connection = connection_of(endpoint);
	struct mtproto_event why = {.error = MTPROTO_ERR_TRANSPORT_CODE, .transport_error = code};
	bool making_keys = connection->stage != MTP_STAGE_READY;

	link->transport_error = code;
	/* -404 on a temporary key: the server has forgotten it. A permanent key is never given up for that. */
	if (code == -404 && connection->pfs && connection->stage >= MTP_STAGE_BIND)
		mtp_connection_drop_temp(connection);
	else if (code == -404 && connection->stage == MTP_STAGE_READY)
		push_suspect(connection, code);
	if (making_keys)
		mtp_connection_fail(connection, &why, NULL);
	else
		mtp_link_fail(link, MTPROTO_ERR_TRANSPORT_CODE, NULL);
}

static void on_quick_ack(struct mtp_endpoint *endpoint, struct mtproto_link *link, uint32_t token)
{
	/* None is ever asked for: one that comes means nothing. */
	(void)endpoint;
	(void)link;
	(void)token;
}

static void on_link_closed(struct mtp_endpoint *endpoint, struct mtproto_link *link)
{
	struct mtproto_connection *connection = connection_of(endpoint);

	if (connection->link != link)
		return;
	connection->link = NULL;
	connection->link_error = link->error;
	connection->link_transport_error = link->transport_error;
	connection->pinged_ns = 0;
	mtp_connection_end_liveness(connection);
	mtp_connection_move_lines(connection, NULL);
}

static void free_endpoint(struct mtp_endpoint *endpoint)
{
	mtproto_connection_free(connection_of(endpoint));
}

static const struct mtp_endpoint_ops endpoint_ops = {find_key,     on_packet,      on_transport_error,
						     on_quick_ack, on_link_closed, free_endpoint};

/* ---- Life ---- */

static int check_config(const struct mtproto_connection_config *config)
{
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (config->temp_expires_in < 0 || config->layer < 0 || config->ack_count_max == 0 ||
	    config->handshake_timeout_ns == 0 || config->pending_calls_max == 0 ||
	    config->coalesce_ns > MTPROTO_COALESCE_MAX_NS)
		return MTPROTO_ERR_ARGUMENT;
	return 0;
}

static void use_given_key(struct mtproto_connection *connection, const struct mtproto_connection_config *config)
{
	mtproto_auth_key_init(&connection->perm.auth, config->auth_key->data);
	connection->perm.salt = config->server_salt;
	connection->stage = config->temp_expires_in ? MTP_STAGE_TEMP : MTP_STAGE_READY;
}

static int make_pfs(struct mtproto_connection *connection)
{
	struct mtproto_context *context = connection->endpoint.context;
	struct mtp_pfs *pfs = mtp_alloc_zero(&context->allocator, sizeof(*pfs));

	if (!pfs)
		return MTPROTO_ERR_MEMORY;
	connection->pfs = pfs;
	pfs->connection = connection;
	return mtp_timer_init(&context->timers, &pfs->old_timer, mtp_connection_old_line_timer);
}

static void free_pfs(struct mtproto_connection *connection)
{
	struct mtp_pfs *pfs = connection->pfs;

	if (!pfs)
		return;
	mtp_line_free(pfs->next);
	mtp_line_free(pfs->old);
	mtp_timer_fini(&pfs->old_timer);
	mtp_release(&connection->endpoint.context->allocator, pfs, sizeof(*pfs));
}

static int set_up(struct mtproto_connection *connection, const struct mtproto_connection_config *config)
{
	struct mtproto_context *context = connection->endpoint.context;
	int error = mtp_line_new(&connection->line, connection, &connection->perm);

	if (error)
		return error;
	mtp_calls_init(&connection->calls, &connection->line->session, &context->events, connection);
	connection->calls.pending_max = config->pending_calls_max;
	connection->calls.pending_bytes_max = config->pending_bytes_max;
	if (config->temp_expires_in)
		error = make_pfs(connection);
	if (!error)
		error = mtp_timer_init(&context->timers, &connection->handshake_timer, mtp_connection_handshake_timer);
	if (!error)
		error = mtp_timer_init(&context->timers, &connection->salt_timer, mtp_connection_salt_timer);
	if (!error)
		error = mtp_timer_init(&context->timers, &connection->liveness_timer, mtp_connection_liveness_timer);
	if (error)
		return error;
	if (config->state)
		error = mtp_connection_restore(connection, config->state, config->state_len);
	else if (config->auth_key)
		use_given_key(connection, config);
	if (error)
		return error;
	if (config->rsa_pem)
		error = mtproto_rsa_from_pem(&connection->rsa, config->rsa_pem, config->rsa_pem_len);
	if (error)
		return error;
	connection->rsa_keys[0] = connection->rsa;
	return mtp_connection_make_header(connection, config);
}

static void keep_settings(struct mtp_connection_settings *kept, const struct mtproto_connection_config *config)
{
	kept->dc = config->dc;
	kept->temp_expires_in = config->temp_expires_in;
	kept->time_offset_ns = config->time_offset_ns;
	kept->handshake_timeout_ns = config->handshake_timeout_ns;
	kept->call_timeout_ns = config->call_timeout_ns;
	kept->ping_idle_ns = config->ping_idle_ns;
	kept->pong_timeout_ns = config->pong_timeout_ns;
	kept->ack_delay_ns = config->ack_delay_ns;
	kept->ack_count_max = config->ack_count_max;
	kept->coalesce_ns = config->coalesce_ns;
	kept->gzip_size_min = config->gzip_size_min;
	kept->legacy_rsa = config->legacy_rsa;
}

int mtproto_connection_new(struct mtproto_connection **out, struct mtproto_context *context,
			   const struct mtproto_connection_config *config)
{
	struct mtproto_connection_config defaults;
	struct mtproto_connection *connection;
	int error;

	mtproto_connection_config_init(&defaults);
	if (!config)
		config = &defaults;
	error = check_config(config);
	if (error)
		return error;
	connection = mtp_alloc_zero(&context->allocator, sizeof(*connection));
	if (!connection)
		return MTPROTO_ERR_MEMORY;
	keep_settings(&connection->config, config);
	connection->endpoint.ops = &endpoint_ops;
	connection->endpoint.context = context;
	connection->endpoint.connection = connection;
	connection->endpoint.direction = MTPROTO_TO_CLIENT;
	mtp_list_append(&context->endpoints, &connection->endpoint.node);
	error = set_up(connection, config);
	if (error) {
		mtproto_connection_free(connection);
		return error;
	}
	*out = connection;
	return 0;
}

void mtproto_connection_free(struct mtproto_connection *connection)
{
	struct mtproto_context *context;
	struct mtproto_link *link;

	if (!connection)
		return;
	context = connection->endpoint.context;
	link = connection->link;
	mtp_events_forget(&context->events, connection, NULL, NULL);
	mtp_list_remove(&connection->endpoint.node);
	mtp_timer_fini(&connection->handshake_timer);
	mtp_timer_fini(&connection->salt_timer);
	mtp_timer_fini(&connection->liveness_timer);
	mtp_release(&context->allocator, connection->salts, sizeof(*connection->salts));
	mtproto_handshake_free(connection->handshake);
	mtp_calls_fini(&connection->calls);
	free_pfs(connection);
	mtp_line_free(connection->line);
	mtproto_rsa_free(connection->rsa);
	mtp_release(&context->allocator, connection->header, connection->header_len);
	mtp_link_free(link);
	mtp_release_secret(&context->allocator, connection, sizeof(*connection));
}

/* ---- Link ---- */

/* A key from elsewhere: the wall clock is the first guess of the server's time. */
static void seed_clock(const struct mtproto_connection *connection, struct mtp_key *key)
{
	if (key->auth.id && key->clock.delta_ns == 0)
		mtp_clock_seed(&key->clock, &connection->endpoint.context->now, connection->config.time_offset_ns);
}

int mtproto_connection_attach(struct mtproto_connection *connection, const struct mtproto_now *now,
			      const struct mtproto_link_config *config, struct mtproto_link **out)
{
	struct mtproto_context *context = connection->endpoint.context;
	struct mtproto_link *link;
	int error;

	if (connection->link)
		return MTPROTO_ERR_STATE;
	mtp_context_set_now(context, now);
	error = mtp_link_new_client(&link, &connection->endpoint, config);
	if (error)
		return error;
	seed_clock(connection, &connection->perm);
	seed_clock(connection, connection->line->session.key);
	connection->link = link;
	connection->links++;
	mtp_connection_move_lines(connection, link);
	error = mtp_connection_advance(connection);
	if (error) {
		on_link_closed(&connection->endpoint, link);
		mtp_link_free(link);
		return error;
	}
	*out = link;
	return 0;
}

/* ---- Calls ---- */

void mtproto_call_config_init(struct mtproto_call_config *config, const struct mtproto_connection *connection)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->timeout_ns = connection->config.call_timeout_ns;
}

static uint64_t deadline_after(const struct mtproto_now *now, uint64_t timeout_ns)
{
	return timeout_ns ? mtp_later(now, timeout_ns) : MTPROTO_NEVER;
}

int mtproto_connection_invoke(struct mtproto_connection *connection, const struct mtproto_now *now,
			      const struct mtproto_call_config *config, const void *body, size_t len, uint64_t *call_id)
{
	struct mtproto_call_config defaults;
	struct mtproto_span query = {body, len};
	struct mtp_block *packed = NULL;
	struct mtp_call *call;
	size_t header_len = 0;
	bool service, with_header;
	int error;

	mtproto_call_config_init(&defaults, connection);
	if (!config)
		config = &defaults;
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (len < 4 || len % 4 != 0 || config->after_count > MTPROTO_AFTER_MAX)
		return MTPROTO_ERR_ARGUMENT;
	mtp_context_set_now(connection->endpoint.context, now);
	service = mtp_session_is_service_query(mtp_load_le32(body));
	if (service && config->after_count)
		return MTPROTO_ERR_ARGUMENT;
	with_header = connection->header && !service && !config->no_header;
	if (with_header && !connection->header_accepted)
		header_len = connection->header_len;
	if (len > MTP_BODY_SENT_MAX - header_len)
		return MTPROTO_ERR_TOO_LARGE;
	error = mtp_context_pack(connection->endpoint.context, service ? 0 : connection->config.gzip_size_min, &query,
				 &packed);
	if (!error)
		error = mtp_call_new(&connection->calls, header_len + query.len, config->after,
				     (uint32_t)config->after_count, &call);
	if (error)
		goto out;
	if (header_len)
		memcpy(call->out->body, connection->header, header_len);
	memcpy(call->out->body + header_len, query.data, query.len);
	call->out->content_related = !service;
	call->bare = with_header && !header_len;
	call->out->at_most_once = config->at_most_once && !service;
	call->settled.event.method = config->method;
	*call_id = call->id;
	mtp_call_start(call, deadline_after(now, config->timeout_ns));
out:
	mtp_block_drop(packed);
	return error;
}

int mtproto_connection_ping(struct mtproto_connection *connection, const struct mtproto_now *now, uint64_t timeout_ns,
			    uint64_t *call_id)
{
	struct mtproto_ping ping;
	struct mtproto_tl_writer w;
	struct mtp_call *call;
	int error;

	mtp_context_set_now(connection->endpoint.context, now);
	error = mtp_call_new(&connection->calls, 12, NULL, 0, &call);
	if (error)
		return error;
	ping.ping_id = call->id;
	mtproto_tl_writer_init(&w, call->out->body, call->out->len);
	mtproto_ping_write(&w, &ping);
	call->ping = true;
	*call_id = call->id;
	mtp_call_start(call, deadline_after(now, timeout_ns));
	return 0;
}

int mtproto_connection_cancel(struct mtproto_connection *connection, uint64_t call_id)
{
	struct mtp_call *call = mtp_calls_find(&connection->calls, call_id);

	if (!call)
		return MTPROTO_ERR_NOT_FOUND;
	mtp_call_take_back(call, MTPROTO_ERR_CANCELLED);
	return 0;
}

size_t mtproto_connection_cancel_all(struct mtproto_connection *connection, int error)
{
	return mtp_calls_fail_all(&connection->calls, error);
}

int mtproto_connection_call_fate(const struct mtproto_connection *connection, uint64_t call_id, enum mtproto_fate *fate)
{
	const struct mtp_call *call = mtp_calls_find(&connection->calls, call_id);

	if (!call)
		return MTPROTO_ERR_NOT_FOUND;
	*fate = mtp_call_fate(call);
	return 0;
}

void mtproto_connection_set_user(struct mtproto_connection *connection, void *user)
{
	connection->user = user;
}

void *mtproto_connection_user(const struct mtproto_connection *connection)
{
	return connection->user;
}
