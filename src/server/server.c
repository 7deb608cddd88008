/* The server role: its life, its links and the way of a packet to its key and session. */
#include "server/server.h"

#include "base/bytes.h"
#include "base/memory.h"
#include "connection/trace.h"
#include "crypto/random.h"

#include <mtproto/message_plain.h>

#include <string.h>

static const uint64_t second_ns = 1000000000;

void mtproto_server_config_init(struct mtproto_server_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->dc = 2;
	config->keys_max = 65536;
	config->sessions_max = 65536;
	config->links_max = 65536;
	config->handshakes_max = 4096;
	config->handshake_timeout_ns = 600 * second_ns;
	config->session_idle_ns = 3600 * second_ns;
	config->link_idle_ns = 600 * second_ns;
	config->session_requests_max = 16384;
	config->session_send_max = 16u << 20;
	config->gzip_size_min = 1024;
}

int64_t mtp_server_unix_time(const struct mtproto_server *server)
{
	return mtp_clock_server_ns(&server->clock, &server->endpoint.context->now) / (int64_t)second_ns;
}

void mtp_server_push_event(struct mtproto_server *server, const struct mtproto_event *event, struct mtp_block *block)
{
	mtp_events_push(&server->endpoint.context->events, event, block);
}

static struct mtproto_server *server_of(struct mtp_endpoint *endpoint)
{
	return MTP_OF(endpoint, struct mtproto_server, endpoint);
}

/* ---- Links and their time ---- */

static uint64_t key_of_link(const struct mtproto_link *link)
{
	return (uint64_t)(uintptr_t)link;
}

static void set_link_timer(struct mtp_server_link *owner)
{
	mtp_timer_set(&owner->timer, owner->idle_ns < owner->disconnect_ns ? owner->idle_ns : owner->disconnect_ns);
}

/* mono_ns at which a link that brings nothing more is closed. */
static uint64_t idle_end(const struct mtproto_link *link, const struct mtproto_server *server)
{
	struct mtproto_now last = {.mono_ns = link->last_received_ns};

	return mtp_later(&last, server->config.link_idle_ns);
}

/* The deadline moves with every packet; the timer only looks when it fires. */
static void link_timer_fired(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtp_server_link *owner = MTP_OF(timer, struct mtp_server_link, timer);
	struct mtproto_link *link = owner->link;
	struct mtproto_server *server = server_of(link->endpoint);

	owner->idle_ns = idle_end(link, server);
	if (owner->idle_ns <= now->mono_ns)
		mtp_link_fail(link, MTPROTO_ERR_TIMEOUT, "nothing came for too long");
	else if (owner->disconnect_ns <= now->mono_ns)
		mtp_link_fail(link, MTPROTO_ERR_TIMEOUT, "ping_delay_disconnect ran out");
	else
		set_link_timer(owner);
}

void mtp_server_set_disconnect(struct mtproto_link *link, uint64_t mono_ns)
{
	struct mtp_server_link *owner = link->owner;

	owner->disconnect_ns = mono_ns;
	set_link_timer(owner);
}

static void on_link_closed(struct mtp_endpoint *endpoint, struct mtproto_link *link)
{
	struct mtproto_server *server = server_of(endpoint);
	struct mtp_server_link *owner = link->owner;
	struct mtp_node *node;

	while ((node = mtp_list_first(&owner->sessions)))
		mtp_server_session_lost_link(MTP_OF(node, struct mtproto_server_session, link_node));
	mtp_map_remove(&server->links, key_of_link(link));
	mtp_timer_fini(&owner->timer);
	mtp_release(&endpoint->context->allocator, owner, sizeof(*owner));
	link->owner = NULL;
}

int mtproto_server_attach(struct mtproto_server *server, const struct mtproto_now *now, struct mtproto_link **out)
{
	struct mtproto_context *context = server->endpoint.context;
	struct mtp_server_link *owner;
	struct mtproto_link *link;
	int error;

	mtp_context_set_now(context, now);
	if (server->links.count >= server->config.links_max)
		return MTPROTO_ERR_LIMIT;
	error = mtp_link_new_server(&link, &server->endpoint);
	if (error)
		return error;
	owner = mtp_alloc_zero(&context->allocator, sizeof(*owner));
	error = owner ? mtp_timer_init(&context->timers, &owner->timer, link_timer_fired) : MTPROTO_ERR_MEMORY;
	if (!error)
		error = mtp_map_put(&server->links, key_of_link(link), link);
	if (error) {
		if (owner)
			mtp_timer_fini(&owner->timer);
		mtp_release(&context->allocator, owner, sizeof(*owner));
		mtp_link_free(link);
		return error;
	}
	owner->link = link;
	owner->idle_ns = idle_end(link, server);
	owner->disconnect_ns = MTPROTO_NEVER;
	mtp_list_init(&owner->sessions);
	link->owner = owner;
	set_link_timer(owner);
	*out = link;
	return 0;
}

/* ---- Sweeping: idle sessions and old exchanges ---- */

void mtp_server_set_sweep(struct mtproto_server *server)
{
	uint64_t now_ns = server->endpoint.context->now.mono_ns;
	uint64_t soon = now_ns + 60 * second_ns;

	if (server->sweep.position == 0)
		mtp_timer_set(&server->sweep, soon);
}

static void sweep(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtproto_server *server = MTP_OF(timer, struct mtproto_server, sweep);
	struct mtp_node *node;
	size_t exchanges = mtproto_handshake_server_expire(server->handshakes, now);

	while ((node = mtp_list_first(&server->idle))) {
		struct mtproto_server_session *handle = MTP_OF(node, struct mtproto_server_session, idle_node);

		if (now->mono_ns - handle->idle_since_ns < server->config.session_idle_ns)
			break;
		mtp_server_session_end(handle, false);
	}
	if (exchanges > 0 || !mtp_list_empty(&server->idle))
		mtp_server_set_sweep(server);
}

/* ---- Packets ---- */

static int add_key(struct mtproto_server *server, struct mtproto_link *link, const struct mtproto_handshake_key *made)
{
	struct mtproto_key_info info = {.auth_key = made->auth_key,
					.temporary = made->temporary,
					.expires_at = (uint32_t)made->expires_at,
					.dc = made->dc};
	struct mtproto_event event = {.type = MTPROTO_EVENT_KEY_CREATED,
				      .server = server,
				      .auth_key_id = made->auth_key.id,
				      .temporary = made->temporary,
				      .expires_at = (uint32_t)made->expires_at};

	int error = mtp_server_insert_key(server, &info, made->first_salt);

	if (!error) {
		mtp_trace_key(link, &mtp_server_get_key(server, made->auth_key.id)->key);
		mtp_server_push_event(server, &event, NULL);
	}
	mtproto_wipe(&info, sizeof(info));
	return error;
}

static void send_plain(struct mtproto_server *server, struct mtproto_link *link, struct mtproto_span body)
{
	uint8_t packet[MTPROTO_PLAIN_HEADER_SIZE + 1024];
	int64_t server_ns = mtp_clock_server_ns(&server->clock, &server->endpoint.context->now);
	struct mtproto_plain_message message = {.body = body};
	size_t len;

	message.msg_id = mtproto_msg_id_next(&server->plain_msg_ids, server_ns, MTPROTO_MSG_ID_REPLY);
	if (mtproto_plain_pack(packet, sizeof(packet), &len, &message) == 0)
		mtp_link_send_packet(link, packet, len);
}

static void on_plain(struct mtproto_server *server, struct mtproto_link *link, const struct mtp_packet *packet)
{
	/* The exchange goes by the server's clock, which a step of the wall does not move. */
	struct mtproto_now now = server->endpoint.context->now;
	struct mtproto_plain_message message;
	struct mtproto_handshake_answer answer;

	if (mtproto_plain_parse(&message, MTPROTO_TO_SERVER, packet->data, packet->len)) {
		mtp_link_send_transport_error(link, -404);
		return;
	}
	if (server->keys.count >= server->config.keys_max) {
		mtp_link_send_transport_error(link, -429);
		return;
	}
	now.wall_ns = (uint64_t)mtp_clock_server_ns(&server->clock, &now);
	if (mtproto_handshake_server_answer(server->handshakes, &now, message.body.data, message.body.len, &answer))
		return;
	mtp_server_set_sweep(server);
	/* A key that can't be kept must not be believed in by the client either. */
	if (answer.has_key && add_key(server, link, &answer.key))
		answer.transport_code = -429;
	if (answer.transport_code)
		mtp_link_send_transport_error(link, answer.transport_code);
	else if (answer.body.len)
		send_plain(server, link, answer.body);
	mtproto_wipe(&answer.key, sizeof(answer.key));
}

static bool seen_before(const struct mtproto_server_session *handle, uint64_t msg_id)
{
	const struct mtp_window *window = &handle->session.window;

	return mtp_window_contains(window, msg_id) || (window->forgot && msg_id < mtp_window_lowest(window));
}

static void on_message(struct mtproto_server *server, struct mtproto_link *link, struct mtp_packet *packet)
{
	struct mtproto_context *context = server->endpoint.context;
	/* A packet before may have ended the key that this one was opened with. */
	struct mtp_server_key *key = mtp_server_get_key(server, mtp_load_le64(packet->data));
	struct mtproto_server_session *handle;
	size_t budget = context->config.inflated_size_max;

	if (!key || key->doomed) {
		mtp_link_send_transport_error(link, -404);
		return;
	}
	if (mtp_fault_packet(server, link, key, packet))
		return;
	handle = mtp_server_session_for(key, packet->job.message.session_id);
	if (!handle) {
		mtp_link_send_transport_error(link, -429);
		return;
	}
	if (packet->quick_ack_wanted)
		mtp_link_send_quick_ack(link, packet->job.quick_ack_token);
	/* A packet that was seen before may be another's, who took it from the wire: it moves no session. */
	if (!handle->sender.link || !seen_before(handle, packet->job.message.msg_id))
		mtp_server_session_heard(handle, link);
	mtp_session_accept(&handle->session, &context->now, &packet->job.message, packet->block, &budget);
	mtp_server_session_announce(handle);
}

static const struct mtp_key *find_key(struct mtp_endpoint *endpoint, uint64_t auth_key_id)
{
	const struct mtp_server_key *key = mtp_server_get_key(server_of(endpoint), auth_key_id);

	return key && !key->doomed ? &key->key : NULL;
}

static void on_packet(struct mtp_endpoint *endpoint, struct mtproto_link *link, struct mtp_packet *packet)
{
	struct mtproto_server *server = server_of(endpoint);

	if (link->mute)
		return;
	if (packet->len >= 8 && mtp_load_le64(packet->data) == 0)
		on_plain(server, link, packet);
	else if (!packet->key)
		mtp_link_send_transport_error(link, -404);
	else if (packet->job.result)
		mtp_link_fail(link, packet->job.result, NULL);
	else
		on_message(server, link, packet);
}

static void on_transport_error(struct mtp_endpoint *endpoint, struct mtproto_link *link, int32_t code)
{
	(void)endpoint;
	link->transport_error = code;
	mtp_link_fail(link, MTPROTO_ERR_TRANSPORT_CODE, NULL);
}

static void on_quick_ack(struct mtp_endpoint *endpoint, struct mtproto_link *link, uint32_t token)
{
	/* A server's decoder never yields one. */
	(void)endpoint;
	(void)link;
	(void)token;
}

static void free_endpoint(struct mtp_endpoint *endpoint)
{
	mtproto_server_free(server_of(endpoint));
}

static const struct mtp_endpoint_ops endpoint_ops = {find_key,     on_packet,      on_transport_error,
						     on_quick_ack, on_link_closed, free_endpoint};

/* ---- Life ---- */

static int check_config(const struct mtproto_server_config *config)
{
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (!config->rsa_pem || config->keys_max == 0 || config->sessions_max == 0 || config->links_max == 0 ||
	    config->session_requests_max == 0 || config->link_idle_ns == 0 ||
	    config->coalesce_ns > MTPROTO_COALESCE_MAX_NS)
		return MTPROTO_ERR_ARGUMENT;
	return 0;
}

static bool key_exists(void *user, uint64_t auth_key_id)
{
	return mtp_server_get_key(user, auth_key_id) != NULL;
}

static int make_handshakes(struct mtproto_server *server)
{
	struct mtproto_context *context = server->endpoint.context;
	struct mtproto_handshake_server_config config;

	mtproto_handshake_server_config_init(&config);
	config.allocator = &context->allocator;
	config.random = context->random;
	config.kernels = context->kernels;
	config.rsa_keys = server->rsa_keys;
	config.rsa_key_count = 1;
	config.dc = server->config.dc;
	config.exchanges_max = server->config.handshakes_max;
	config.lifetime_ns = server->config.handshake_timeout_ns;
	config.key_exists = key_exists;
	config.user = server;
	config.fixed_p = server->config.fixed_pq_p;
	config.fixed_q = server->config.fixed_pq_q;
	return mtproto_handshake_server_new(&server->handshakes, &config);
}

static int set_up(struct mtproto_server *server, const struct mtproto_server_config *config)
{
	struct mtproto_context *context = server->endpoint.context;
	int error = mtp_timer_init(&context->timers, &server->sweep, sweep);

	if (!error)
		error = mtproto_rsa_from_pem(&server->rsa, config->rsa_pem, config->rsa_pem_len);
	if (!error && !mtproto_rsa_is_private(server->rsa))
		error = MTPROTO_ERR_STATE;
	if (!error)
		error = mtp_random_fill(context->random, server->salt_seed, sizeof(server->salt_seed));
	server->rsa_keys[0] = server->rsa;
	return error ? error : make_handshakes(server);
}

int mtproto_server_new(struct mtproto_server **out, struct mtproto_context *context, const struct mtproto_now *now,
		       const struct mtproto_server_config *config)
{
	struct mtproto_server *server;
	int error = check_config(config);

	if (error)
		return error;
	server = mtp_alloc_zero(&context->allocator, sizeof(*server));
	if (!server)
		return MTPROTO_ERR_MEMORY;
	mtp_context_set_now(context, now);
	server->config = *config;
	server->config.rsa_pem = NULL;
	server->endpoint.ops = &endpoint_ops;
	server->endpoint.context = context;
	server->endpoint.server = server;
	server->endpoint.direction = MTPROTO_TO_SERVER;
	mtp_clock_seed(&server->clock, now, 0);
	mtp_map_init(&server->keys, &context->allocator, context->env.map_seed);
	mtp_map_init(&server->links, &context->allocator, context->env.map_seed);
	mtp_list_init(&server->idle);
	mtp_list_append(&context->endpoints, &server->endpoint.node);
	error = set_up(server, config);
	if (error) {
		mtproto_server_free(server);
		return error;
	}
	*out = server;
	return 0;
}

/* Links go without events; their sessions with the keys, after. */
static void free_links(struct mtproto_server *server)
{
	struct mtproto_link *link;

	while ((link = mtp_map_any(&server->links))) {
		on_link_closed(&server->endpoint, link);
		mtp_link_free(link);
	}
	mtp_map_fini(&server->links);
}

void mtproto_server_free(struct mtproto_server *server)
{
	struct mtproto_context *context;
	struct mtp_server_key *key;

	if (!server)
		return;
	context = server->endpoint.context;
	free_links(server);
	while ((key = mtp_map_any(&server->keys)))
		mtp_server_forget_key(key, true);
	mtp_map_fini(&server->keys);
	mtp_events_forget(&context->events, NULL, server, NULL);
	mtp_timer_fini(&server->sweep);
	mtproto_handshake_server_free(server->handshakes);
	mtproto_rsa_free(server->rsa);
	mtp_list_remove(&server->endpoint.node);
	mtp_release_secret(&context->allocator, server, sizeof(*server));
}

void mtproto_server_get_info(const struct mtproto_server *server, struct mtproto_server_info *info)
{
	memset(info, 0, sizeof(*info));
	info->keys = server->keys.count - server->temp_key_count;
	info->temp_keys = server->temp_key_count;
	info->sessions = server->session_count;
	info->links = server->links.count;
	info->handshakes = mtproto_handshake_server_expire(server->handshakes, &server->endpoint.context->now);
	info->rsa_fingerprint = mtproto_rsa_fingerprint(server->rsa);
}
