/* What a program with a server does: it answers, sometimes late, pushes updates, keeps keys, and is restarted. */
#include "sim.h"

#include <stdlib.h>

enum { INFLATED_MAX = 4 << 20, LINK_IDLE_S = 240, UPDATE_MAX = 2000 };

/* len bytes to be freed: the body, or it as gzip_packed. */
static uint8_t *make_body(struct sim_server *server, const struct sim_body *body, size_t *len)
{
	struct sim_world *world = server->machine.world;
	uint8_t *plain = malloc(*len);
	uint8_t *packed = malloc(*len);
	size_t packed_len = 0;

	if (!plain || !packed)
		abort();
	sim_body_write(plain, *len, body);
	if (sim_percent(&world->rng, world->plan.packed) &&
	    mtproto_gzip_pack(server->gzip, plain, *len, MTPROTO_GZIP_SIZE_MIN, packed, *len, &packed_len))
		sim_broken(world, "simulator", "gzip_pack failed");
	/* Either is legal. */
	if (packed_len && server->packed++ % 2)
		packed_len = sim_body_as_zlib(packed, packed_len, plain, *len);
	if (packed_len)
		*len = packed_len;
	free(packed_len ? plain : packed);
	return packed_len ? packed : plain;
}

/* ---- Answers ---- */

static void answer(struct sim_server *server, struct sim_session *session, uint64_t msg_id,
		   const struct sim_body *request)
{
	struct sim_world *world = server->machine.world;
	struct sim_body body = *request;
	size_t len = request->answer_len;
	uint8_t *bytes;
	int error;

	body.id = SIM_ID_ANSWER;
	world->clients[request->client].calls[request->serial].answered = true;
	if (request->flags & SIM_BODY_ERROR) {
		error = mtproto_server_error(session->handle, msg_id, 400, "SIMULATED");
	} else {
		bytes = make_body(server, &body, &len);
		error = mtproto_server_reply(session->handle, msg_id, bytes, len);
		free(bytes);
	}
	/* The client may have taken its request back. */
	if (error && error != MTPROTO_ERR_NOT_FOUND)
		sim_broken(world, "simulator", "reply: %s", mtproto_error_name(error));
	server->machine.touched = true;
}

static void answer_late(struct sim_world *world, void *object, uint64_t number)
{
	struct sim_server *server = object;
	const struct sim_late *late = &server->lates[number];
	struct sim_session *session = &server->sessions[late->session];

	if (server->machine.asleep_until_ns > world->now_ns) {
		sim_world_at(world, server->machine.asleep_until_ns, answer_late, server, number);
		return;
	}
	/* The engine takes the time from its last turn. */
	sim_pump(&server->machine);
	if (session->handle)
		answer(server, session, late->msg_id, &late->request);
}

static struct sim_session *session_of(struct sim_server *server, struct mtproto_server_session *handle)
{
	for (uint32_t i = server->session_count; i-- > 0;)
		if (server->sessions[i].handle == handle)
			return &server->sessions[i];
	sim_broken(server->machine.world, "end of a session", "an event of a session that is over");
	return NULL;
}

static bool client_of(struct sim_world *world, const struct sim_session *session, uint32_t *number)
{
	struct mtproto_server_session_info info;

	mtproto_server_session_get_info(session->handle, &info);
	for (uint32_t i = 0; i < world->plan.clients; i++) {
		*number = i;
		if (info.perm_auth_key_id && world->clients[i].key.id == info.perm_auth_key_id)
			return true;
	}
	return false;
}

/* Answers a call for missing updates; false when it is none. */
static bool answer_feed(struct sim_server *server, struct sim_session *session, const struct mtproto_event *event)
{
	struct sim_world *world = server->machine.world;
	struct mtproto_tl_reader r;
	uint8_t bytes[2048];
	uint32_t id, client;
	size_t len;
	int error;

	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	id = mtproto_tl_peek(&r);
	if (id != MTPROTO_ID_GET_DIFFERENCE && id != MTPROTO_ID_GET_CHANNEL_DIFFERENCE)
		return false;
	if (!client_of(world, session, &client) ||
	    (!world->calm && sim_percent(&world->feeds[client].rng, world->plan.rpc_errors))) {
		error = mtproto_server_error(session->handle, event->msg_id, 500, "SIMULATED");
	} else {
		len = sim_feed_answer(&world->feeds[client], event->body, bytes, sizeof(bytes));
		error = mtproto_server_reply(session->handle, event->msg_id, bytes, len);
	}
	/* The client may have taken its request back. */
	if (error && error != MTPROTO_ERR_NOT_FOUND)
		sim_broken(world, "simulator", "reply: %s", mtproto_error_name(error));
	server->machine.touched = true;
	return true;
}

static void on_request(struct sim_server *server, const struct mtproto_event *event)
{
	struct sim_world *world = server->machine.world;
	struct sim_session *session = session_of(server, event->session);
	struct sim_body request;
	uint64_t delay_ns = world->plan.answer_delay_ns;

	if (!session || answer_feed(server, session, event))
		return;
	if (!sim_body_read(&request, event->body) || request.id != SIM_ID_REQUEST) {
		sim_broken(world, "bodies arrive whole", "a request of %zu bytes is not what was sent",
			   event->body.len);
		return;
	}
	server->requests++;
	sim_rule_request(world, event, (uint32_t)(session - server->sessions), &request);
	if ((request.flags & SIM_BODY_LATE) && !world->calm)
		delay_ns += sim_below(&world->rng, 10 * SIM_SECOND);
	if (delay_ns == 0 || server->late_count == SIM_LATE_MAX) {
		answer(server, session, event->msg_id, &request);
		return;
	}
	server->lates[server->late_count] =
		(struct sim_late){(uint32_t)(session - server->sessions), event->msg_id, request};
	sim_world_at(world, world->now_ns + delay_ns, answer_late, server, server->late_count++);
}

/* ---- Updates ---- */

/* The session of a client that updates are for: the newest that it is heard on, or without a link the newest. */
static struct sim_session *session_for_updates(struct sim_server *server, uint32_t client)
{
	struct sim_session *newest = NULL;
	uint32_t owner;

	for (uint32_t i = server->session_count; i-- > 0;) {
		struct sim_session *session = &server->sessions[i];
		struct mtproto_server_session_info info;

		if (!session->handle || !client_of(server->machine.world, session, &owner) || owner != client)
			continue;
		mtproto_server_session_get_info(session->handle, &info);
		if (info.link)
			return session;
		if (!newest)
			newest = session;
	}
	return newest;
}

void sim_server_push_bytes(struct sim_server *server, uint32_t client, const uint8_t *bytes, size_t len)
{
	struct sim_world *world = server->machine.world;
	struct sim_session *session;

	if (!server->server || server->machine.asleep_until_ns > world->now_ns)
		return;
	/* The engine takes the time from its last turn. */
	sim_pump(&server->machine);
	session = session_for_updates(server, client);
	if (!session)
		return;
	if (mtproto_server_push(session->handle, bytes, len))
		sim_broken(world, "simulator", "push failed");
	server->machine.touched = true;
}

void sim_server_push(struct sim_server *server)
{
	struct sim_world *world = server->machine.world;
	struct sim_body body = {.id = SIM_ID_UPDATE, .serial = server->push_count};
	size_t len = sim_between(&world->rng, SIM_BODY_MIN, UPDATE_MAX) & ~(size_t)3;
	uint8_t *bytes;
	uint32_t first;

	if (!server->server || server->machine.asleep_until_ns > world->now_ns || server->push_count == SIM_PUSHES_MAX)
		return;
	/* The engine takes the time from its last turn. */
	sim_pump(&server->machine);
	first = (uint32_t)sim_below(&world->rng, server->session_count);
	for (uint32_t i = 0; i < server->session_count; i++) {
		uint32_t number = (first + i) % server->session_count;
		struct sim_session *session = &server->sessions[number];

		if (!session->handle || !client_of(world, session, &body.client))
			continue;
		body.session = number;
		server->pushes[server->push_count++] = (struct sim_push){number, body.client, false};
		bytes = make_body(server, &body, &len);
		if (mtproto_server_push(session->handle, bytes, len))
			sim_broken(world, "simulator", "push failed");
		free(bytes);
		sim_trace(world, "server", "pushes update %u", body.serial);
		server->machine.touched = true;
		return;
	}
}

/* ---- Keys ---- */

static struct mtproto_key_info *known_key(struct sim_server *server, uint64_t auth_key_id)
{
	for (uint32_t i = 0; i < server->key_count; i++)
		if (server->keys[i].auth_key.id == auth_key_id)
			return &server->keys[i];
	return NULL;
}

/* What a store would do after each change. */
static void keep_key(struct sim_server *server, uint64_t auth_key_id)
{
	struct mtproto_key_info *place = known_key(server, auth_key_id);
	struct mtproto_key_info info;

	if (mtproto_server_find_key(server->server, auth_key_id, &info))
		return;
	if (!place && server->key_count < SIM_KEYS_MAX)
		place = &server->keys[server->key_count++];
	if (place)
		*place = info;
}

void sim_server_add_key(struct sim_server *server, const struct mtproto_key_info *info)
{
	if (mtproto_server_add_key(server->server, info))
		sim_broken(server->machine.world, "simulator", "add_key failed");
	keep_key(server, info->auth_key.id);
}

/* A temporary key is gone for good, even from a store: were it to come back, it would be as it was when it was made. */
static void forget_key(struct sim_server *server, uint64_t auth_key_id)
{
	struct mtproto_key_info *place = known_key(server, auth_key_id);

	if (place)
		*place = server->keys[--server->key_count];
}

/* Permanent keys come back; a temporary one that was forgotten stays so, as its client makes another. */
void sim_server_restore_keys(struct sim_server *server)
{
	struct mtproto_key_info present;

	for (uint32_t i = 0; server->server && i < server->key_count; i++) {
		const struct mtproto_key_info *info = &server->keys[i];

		if (info->temporary || !mtproto_server_find_key(server->server, info->auth_key.id, &present))
			continue;
		sim_trace(server->machine.world, "server", "key %016llx is back",
			  (unsigned long long)info->auth_key.id);
		if (mtproto_server_add_key(server->server, info))
			sim_broken(server->machine.world, "simulator", "add_key failed");
	}
}

static void restore_later(struct sim_world *world, void *object, uint64_t argument)
{
	(void)world;
	(void)argument;
	sim_server_restore_keys(object);
}

/* ---- Events ---- */

static void on_session(struct sim_server *server, const struct mtproto_event *event)
{
	struct mtproto_server_session_info info;

	if (server->session_count == SIM_SESSIONS_MAX) {
		sim_broken(server->machine.world, "quiet", "sessions without end");
		return;
	}
	mtproto_server_session_get_info(event->session, &info);
	server->sessions[server->session_count++] =
		(struct sim_session){event->session, event->auth_key_id, info.session_id};
}

static void on_event(struct sim_world *world, struct sim_machine *machine, const struct mtproto_event *event)
{
	struct sim_server *server = &world->server;
	struct sim_session *session;
	struct sim_stream *stream;

	(void)machine;
	switch (event->type) {
	case MTPROTO_EVENT_SESSION:
		on_session(server, event);
		break;
	case MTPROTO_EVENT_SESSION_END:
		session = session_of(server, event->session);
		if (session)
			session->handle = NULL;
		break;
	case MTPROTO_EVENT_REQUEST:
		on_request(server, event);
		break;
	case MTPROTO_EVENT_KEY_CREATED:
		keep_key(server, event->auth_key_id);
		break;
	case MTPROTO_EVENT_KEY_DESTROYED:
		if (event->temporary)
			forget_key(server, event->auth_key_id);
		else
			sim_world_at(world, world->now_ns + sim_between(&world->rng, SIM_SECOND, 30 * SIM_SECOND),
				     restore_later, server, 0);
		break;
	case MTPROTO_EVENT_LINK_CLOSED:
		stream = mtproto_link_user(event->link);
		if (stream)
			sim_stream_closed(stream, SIM_SERVER);
		break;
	default:
		break;
	}
}

/* ---- Life ---- */

void sim_server_note_faults(struct sim_server *server)
{
	for (int fault = 0; server->server && fault < MTPROTO_FAULT_COUNT; fault++) {
		uint64_t count = mtproto_server_fault_count(server->server, (enum mtproto_fault)fault);

		if (count == server->fault_seen[fault])
			continue;
		sim_trace(server->machine.world, "server", "fault: %s", mtproto_fault_name((enum mtproto_fault)fault));
		server->fault_counts[fault] += count - server->fault_seen[fault];
		server->fault_seen[fault] = count;
	}
}

void sim_server_set_faults(struct sim_server *server, const struct mtproto_faults *faults)
{
	struct mtproto_faults own;

	if (!server->server)
		return;
	if (faults) {
		own = *faults;
		own.seed += server->starts;
	}
	if (mtproto_server_set_faults(server->server, faults ? &own : NULL))
		sim_broken(server->machine.world, "simulator", "set_faults failed");
}

static void recall_all(struct sim_server *server, enum sim_recall recall)
{
	int error = 0;

	if (recall == SIM_RECALLS_STATE)
		error = mtproto_server_import(server->server, server->state, server->state_len);
	for (uint32_t i = 0; !error && recall == SIM_RECALLS_KEYS && i < server->key_count; i++)
		error = mtproto_server_add_key(server->server, &server->keys[i]);
	if (error)
		sim_broken(server->machine.world, "simulator", "recall: %s", mtproto_error_name(error));
}

void sim_server_start(struct sim_server *server, enum sim_recall recall)
{
	struct sim_world *world = server->machine.world;
	struct mtproto_now now = sim_now(&server->machine);
	struct mtproto_server_config config;
	int error;

	server->machine.on_event = on_event;
	mtproto_server_config_init(&config);
	config.rsa_pem = sim_private_pem;
	config.rsa_pem_len = strlen(sim_private_pem);
	config.link_idle_ns = LINK_IDLE_S * SIM_SECOND;
	config.coalesce_ns = world->plan.coalesce_ns;
	error = sim_machine_start(&server->machine, INFLATED_MAX);
	if (!error)
		error = mtproto_server_new(&server->server, server->machine.context, &now, &config);
	if (error) {
		sim_broken(world, "simulator", "server: %s", mtproto_error_name(error));
		return;
	}
	server->starts++;
	sim_trace(world, "server", "starts%s",
		  recall == SIM_RECALLS_KEYS    ? " with its keys"
		  : recall == SIM_RECALLS_STATE ? " with its state"
						: "");
	recall_all(server, recall);
	sim_server_set_faults(server, world->calm ? NULL : &world->plan.faults);
}

void sim_server_stop(struct sim_server *server)
{
	struct sim_world *world = server->machine.world;

	if (!server->server)
		return;
	sim_trace(world, "server", "stops");
	/* A binding is a change of a key that no event tells of. */
	for (uint32_t i = 0; i < server->key_count; i++)
		keep_key(server, server->keys[i].auth_key.id);
	if (mtproto_server_export(server->server, true, server->state, sizeof(server->state), &server->state_len))
		sim_broken(world, "simulator", "export failed");
	sim_server_note_faults(server);
	memset(server->fault_seen, 0, sizeof(server->fault_seen));
	for (size_t i = 0; i < SIM_STREAMS_MAX; i++) {
		struct sim_stream *stream = &world->streams[i];

		if (stream->used && stream->link[SIM_SERVER])
			sim_stream_closed(stream, SIM_SERVER);
	}
	for (uint32_t i = 0; i < server->session_count; i++)
		server->sessions[i].handle = NULL;
	server->server = NULL;
	sim_machine_stop(&server->machine);
}
