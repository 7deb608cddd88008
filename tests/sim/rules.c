/* What must never happen, and what must have happened in the end. */
#include "sim.h"

enum {
	SETTLE_WITHIN_S = 300, /* of calm */
	QUIET_AFTER_S = 600,
	QUIET_FOR_S = 120,
	QUIET_SEGMENTS_MAX = 60,
	MEMORY_MAX = 6 << 20
};

void sim_broken(struct sim_world *world, const char *rule, const char *format, ...)
{
	size_t used;
	va_list arguments;

	if (*world->broken)
		return;
	used = (size_t)snprintf(world->broken, sizeof(world->broken),
				"%.6f s: \"%s\" is broken: ", (double)world->now_ns / 1e9, rule);
	va_start(arguments, format);
	vsnprintf(world->broken + used, sizeof(world->broken) - used, format, arguments);
	va_end(arguments);
	sim_trace(world, "RULE", "%s", world->broken);
}

/* ---- Cases in which nobody can know whether a request was run ---- */

/* The server forgot it, with its key or without; or the client left it, since its numbers did not fit any more: the
 * server said so, or its clock was set back, as a sleep that it does not count does. */
static bool sessions_are_forgotten(const struct sim_plan *plan)
{
	const uint32_t *rate = plan->faults.per_million;

	return rate[MTPROTO_FAULT_FORGET_SESSION] || rate[MTPROTO_FAULT_FORGET_KEY] || rate[MTPROTO_FAULT_BAD_MSG_32] ||
	       rate[MTPROTO_FAULT_BAD_MSG_33] || rate[MTPROTO_FAULT_CLOCK] ||
	       (rate[MTPROTO_FAULT_ERROR_404] && plan->exchange) || plan->restarts || plan->server_suspends;
}

/* Codes 19 and 20 say that the server may have seen the message before. */
static bool runs_may_repeat(const struct sim_plan *plan)
{
	const uint32_t *rate = plan->faults.per_million;

	return rate[MTPROTO_FAULT_BAD_MSG_19] || rate[MTPROTO_FAULT_BAD_MSG_20] || sessions_are_forgotten(plan);
}

/* A session that the server made after a call was made leaves its client in doubt: what was sent before is unknown
 * there, and nothing tells whether that is because it was forgotten or because it never came. */
static bool may_be_in_doubt(const struct sim_client *client, const struct sim_call *call)
{
	return runs_may_repeat(&client->machine.world->plan) || client->new_session_ns >= call->made_ns;
}

/* ---- Requests ---- */

/* Nobody takes back what is on its way over a link that was given up. That it went out again is right, under the same
 * msg_id: a server takes one of the two. One that forgot its session in between runs both. */
static bool is_forgotten_copy(const struct sim_call *call, const struct mtproto_event *event, uint32_t session)
{
	const struct sim_stream *stream = event->link ? mtproto_link_user(event->link) : NULL;

	return call->executions && call->ran_as == event->msg_id && call->ran_in != session && stream &&
	       !stream->link[SIM_CLIENT];
}

void sim_rule_request(struct sim_world *world, const struct mtproto_event *event, uint32_t session,
		      const struct sim_body *request)
{
	uint32_t number = request->client, serial = request->serial;
	struct sim_client *client = &world->clients[number];
	struct sim_call *call;

	if (number >= world->plan.clients || serial >= client->call_count) {
		sim_broken(world, "bodies arrive whole", "a request that nobody made");
		return;
	}
	call = &client->calls[serial];
	if (is_forgotten_copy(call, event, session)) {
		sim_trace(world, "server", "runs a copy of client%u's call %u that it forgot", number, serial);
		call->copies++;
		return;
	}
	call->executions++;
	call->ran_as = event->msg_id;
	call->ran_in = session;
	sim_trace(world, "server", "runs client%u's call %u%s", number, serial, call->executions > 1 ? " again" : "");
	for (uint32_t i = 0; i < call->after_count; i++) {
		const struct sim_call *other = &client->calls[call->after[i]];

		if (!other->answered && !other->settled)
			sim_broken(world, "calls run in the order that was asked for",
				   "client%u's call %u ran before call %u", number, serial, call->after[i]);
	}
	if (call->executions > 1 && call->kind == SIM_CALL_AT_MOST_ONCE)
		sim_broken(world, "at most once", "client%u's call %u ran %u times", number, serial, call->executions);
	if (call->executions > 1 && !may_be_in_doubt(client, call))
		sim_broken(world, "runs twice in the named cases only", "client%u's call %u ran %u times", number,
			   serial, call->executions);
}

/* ---- Calls ---- */

static void check_answer(struct sim_client *client, const struct sim_call *call, const struct mtproto_event *event)
{
	struct sim_world *world = client->machine.world;
	uint32_t serial = (uint32_t)(call - client->calls);
	struct sim_body body;

	if (!sim_body_read(&body, event->body))
		sim_broken(world, "bodies arrive whole", "the answer to call %u is not what was sent", serial);
	else if (body.id != SIM_ID_ANSWER || body.client != client->number || body.serial != serial)
		sim_broken(world, "an answer goes to its call", "call %u got that of client%u's call %u", serial,
			   body.client, body.serial);
	else if (event->body.len != call->answer_len || call->wants_error)
		sim_broken(world, "bodies arrive whole", "the answer to call %u has %zu bytes", serial,
			   event->body.len);
}

static void check_salts(struct sim_client *client, const struct mtproto_event *event)
{
	struct mtproto_future_salts salts;
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	if (mtproto_future_salts_read(&salts, &r) || salts.salts.count == 0)
		sim_broken(client->machine.world, "an answer goes to its call", "get_future_salts got something else");
}

static void check_result(struct sim_client *client, const struct sim_call *call, const struct mtproto_event *event)
{
	struct sim_world *world = client->machine.world;
	bool request = call->kind == SIM_CALL_PLAIN || call->kind == SIM_CALL_AT_MOST_ONCE;

	if (call->kind == SIM_CALL_SERVICE)
		check_salts(client, event);
	else if (request)
		check_answer(client, call, event);
	else
		sim_broken(world, "an answer goes to its call", "a ping got a result");
}

/* At the end of the turn: the packet that leaves a call in doubt may tell of the new session last. */
static void check_doubt(struct sim_world *world, void *object, uint64_t serial)
{
	const struct sim_client *client = object;

	if (!may_be_in_doubt(client, &client->calls[serial]))
		sim_broken(world, "a call fails for a reason", "call %u failed: %s", (unsigned)serial,
			   mtproto_error_name(MTPROTO_ERR_UNKNOWN));
}

/* A call ends without an answer only for a reason that its maker or its nature gives. */
static void check_failure(struct sim_client *client, const struct sim_call *call, const struct mtproto_event *event)
{
	struct sim_world *world = client->machine.world;
	uint32_t serial = (uint32_t)(call - client->calls);

	if (event->error == MTPROTO_ERR_TIMEOUT && call->short_timeout)
		return;
	if (event->error == MTPROTO_ERR_CANCELLED && call->cancelled)
		return;
	if (event->error == MTPROTO_ERR_UNKNOWN && call->kind == SIM_CALL_AT_MOST_ONCE) {
		sim_world_at(world, world->now_ns, check_doubt, client, serial);
		return;
	}
	sim_broken(world, "a call fails for a reason", "call %u failed: %s", serial, mtproto_error_name(event->error));
}

static void check_fate(struct sim_client *client, const struct sim_call *call, const struct mtproto_event *event)
{
	struct sim_world *world = client->machine.world;
	uint32_t serial = (uint32_t)(call - client->calls);
	bool answered = event->type != MTPROTO_EVENT_CALL_FAILED;

	if (answered != (event->fate == MTPROTO_FATE_ANSWERED))
		sim_broken(world, "fate", "call %u: fate %d with %s", serial, (int)event->fate,
			   sim_event_name(event->type));
	if (event->fate == MTPROTO_FATE_NOT_SENT && call->executions)
		sim_broken(world, "fate", "call %u was not sent and still ran", serial);
	if (call->executions > 1 && !event->maybe_executed_twice)
		sim_broken(world, "twice is told", "call %u ran %u times, its end does not say so", serial,
			   call->executions);
	if (event->maybe_executed_twice && (call->kind == SIM_CALL_AT_MOST_ONCE || !may_be_in_doubt(client, call)))
		sim_broken(world, "twice is told", "call %u can't have run twice", serial);
}

void sim_rule_settled(struct sim_client *client, struct sim_call *call, const struct mtproto_event *event)
{
	struct sim_world *world = client->machine.world;
	uint32_t serial = (uint32_t)(call - client->calls);

	sim_trace(world, client->machine.name, "call %u: %s %s%s", serial, sim_event_name(event->type),
		  event->error ? mtproto_error_name(event->error) : "",
		  event->maybe_executed_twice ? ", maybe executed twice" : "");
	if (call->settled)
		sim_broken(world, "settles once", "call %u was settled before", serial);
	if (event->type == MTPROTO_EVENT_RESULT)
		check_result(client, call, event);
	else if (event->type == MTPROTO_EVENT_PONG && call->kind != SIM_CALL_PING)
		sim_broken(world, "an answer goes to its call", "call %u got a pong", serial);
	else if (event->type == MTPROTO_EVENT_RPC_ERROR && !call->wants_error)
		sim_broken(world, "a call fails for a reason", "call %u: %d %.*s", serial, event->code,
			   (int)event->text.len, (const char *)event->text.data);
	else if (event->type == MTPROTO_EVENT_CALL_FAILED)
		check_failure(client, call, event);
	check_fate(client, call, event);
}

/* ---- Events ---- */

void sim_rule_key(struct sim_client *client)
{
	struct mtproto_connection_info info;

	mtproto_connection_get_info(client->connection, &info);
	if (client->key.id == 0 && info.ready)
		client->key = info.auth_key;
	if (client->key.id && memcmp(&client->key, &info.auth_key, sizeof(client->key)) != 0)
		sim_broken(client->machine.world, "the key is never lost", "%s has another key", client->machine.name);
}

static void check_update(struct sim_client *client, const struct mtproto_event *event)
{
	struct sim_world *world = client->machine.world;
	struct sim_push *push;
	struct sim_body body;

	if (!sim_body_read(&body, event->body) || body.id != SIM_ID_UPDATE || body.serial >= world->server.push_count) {
		sim_broken(world, "bodies arrive whole", "%s: an update that nobody pushed", client->machine.name);
		return;
	}
	push = &world->server.pushes[body.serial];
	sim_trace(world, client->machine.name, "update %u", body.serial);
	if (push->client != client->number)
		sim_broken(world, "an update goes to its session", "update %u came to %s", body.serial,
			   client->machine.name);
	if (push->delivered)
		sim_broken(world, "an update comes once", "update %u came again", body.serial);
	push->delivered = true;
}

static void check_client_event(struct sim_world *world, const struct sim_client *client,
			       const struct mtproto_event *event)
{
	if (event->type == MTPROTO_EVENT_LINK_CLOSED &&
	    (!client->stream || client->stream->link[SIM_CLIENT] != event->link))
		sim_broken(world, "end of a link", "%s: closed a link that it does not have", client->machine.name);
	if (event->type == MTPROTO_EVENT_ACKED)
		for (uint32_t i = 0; i < client->call_count; i++)
			if (client->calls[i].id == event->call && client->calls[i].settled)
				sim_broken(world, "end of a call", "call %u was acked after its end", i);
}

void sim_rule_event(struct sim_world *world, struct sim_machine *machine, const struct mtproto_event *event)
{
	struct sim_client *client;

	if (event->type == MTPROTO_EVENT_LINK_CLOSED)
		sim_trace(world, machine->name, "link closed: %s %d", mtproto_error_name(event->error),
			  event->transport_error);
	else if (event->type != MTPROTO_EVENT_REQUEST && event->type != MTPROTO_EVENT_UPDATE && !event->call)
		sim_trace(world, machine->name, "%s %s", sim_event_name(event->type),
			  event->error ? mtproto_error_name(event->error) : "");
	if (machine == &world->server.machine)
		return;
	client = &world->clients[machine->client];
	check_client_event(world, client, event);
	sim_rule_key(client);
	if (event->type == MTPROTO_EVENT_UPDATE && !sim_feed_is_numbered(event->body))
		check_update(client, event);
}

/* ---- In the end ---- */

bool sim_all_settled(const struct sim_world *world)
{
	for (uint32_t i = 0; i < world->plan.clients; i++)
		if (world->clients[i].open_calls)
			return false;
	return true;
}

static bool all_updates_came(const struct sim_world *world)
{
	for (uint32_t i = 0; i < world->plan.clients; i++)
		if (!sim_feed_complete(&world->feeds[i]))
			return false;
	return true;
}

static void let_updates_come(struct sim_world *world)
{
	uint64_t end_ns = world->now_ns + SETTLE_WITHIN_S * SIM_SECOND;

	while (!*world->broken && world->now_ns < end_ns && !all_updates_came(world))
		sim_world_run_until(world, world->now_ns + SIM_SECOND);
	if (!all_updates_came(world))
		sim_broken(world, "no update is lost", "some did not come within %d s of calm", SETTLE_WITHIN_S);
}

/* One more update of each log: what nothing follows would not be missed before a quarter of an hour of silence. */
static void end_feeds(struct sim_world *world)
{
	for (uint32_t i = 0; i < world->plan.clients; i++)
		for (int which = 0; which < 2; which++)
			sim_feed_happen(&world->feeds[i], which);
}

static void name_open_calls(struct sim_world *world)
{
	for (uint32_t i = 0; i < world->plan.clients; i++)
		for (uint32_t j = 0; j < world->clients[i].call_count; j++)
			if (!world->clients[i].calls[j].settled)
				sim_broken(world, "every call settles", "client%u's call %u is open after %d s of calm",
					   i, j, SETTLE_WITHIN_S);
}

/* The session that the client has now, if the server has it too. */
static const struct sim_session *present_session(const struct sim_world *world, const struct sim_client *client)
{
	struct mtproto_connection_info info;

	mtproto_connection_get_info(client->connection, &info);
	for (uint32_t i = 0; i < world->server.session_count; i++)
		if (world->server.sessions[i].handle && world->server.sessions[i].session_id == info.session_id)
			return &world->server.sessions[i];
	return NULL;
}

static size_t unacknowledged(const struct sim_world *world, const struct sim_client *client)
{
	const struct sim_session *session = present_session(world, client);
	struct mtproto_server_session_info theirs = {0};

	if (session)
		mtproto_server_session_get_info(session->handle, &theirs);
	return theirs.unacknowledged;
}

/* There is always something new, as when a temporary key is replaced; but once all of it must have been acknowledged.
 */
static void let_acks_come(struct sim_world *world, const struct sim_client *client)
{
	uint64_t end_ns = world->now_ns + SETTLE_WITHIN_S * SIM_SECOND;

	while (!*world->broken && world->now_ns < end_ns && unacknowledged(world, client))
		sim_world_run_until(world, world->now_ns + SIM_SECOND);
	if (unacknowledged(world, client))
		sim_broken(world, "all content is acknowledged", "%s: %zu messages are not", client->machine.name,
			   unacknowledged(world, client));
}

static void check_rest(struct sim_world *world, struct sim_client *client)
{
	const struct sim_session *session = present_session(world, client);
	struct mtproto_connection_info ours;
	uint32_t number = session ? (uint32_t)(session - world->server.sessions) : 0;

	mtproto_connection_get_info(client->connection, &ours);
	if (ours.pending_calls || ours.pending_bytes)
		sim_broken(world, "nothing stays pending", "%s: %zu calls, %zu bytes", client->machine.name,
			   ours.pending_calls, ours.pending_bytes);
	if (!session)
		return;
	for (uint32_t i = 0; i < world->server.push_count; i++)
		if (world->server.pushes[i].session == number && !world->server.pushes[i].delivered)
			sim_broken(world, "an acknowledged update was delivered", "update %u was not", i);
}

static void check_memory(struct sim_world *world, const struct sim_machine *machine)
{
	if (machine->memory.peak > MEMORY_MAX)
		sim_broken(world, "memory", "%s took %zu bytes", machine->name, machine->memory.peak);
}

static void stop_all(struct sim_world *world)
{
	for (uint32_t i = 0; i < world->plan.clients; i++) {
		sim_client_stop(&world->clients[i]);
		check_memory(world, &world->clients[i].machine);
	}
	sim_server_stop(&world->server);
	check_memory(world, &world->server.machine);
}

void sim_rules_at_end(struct sim_world *world)
{
	uint64_t end_ns;

	/* Who sleeps gets its time from when it wakes. */
	for (uint32_t i = 0; i < world->plan.clients; i++)
		sim_world_run_until(world, world->clients[i].machine.asleep_until_ns);
	sim_world_run_until(world, world->server.machine.asleep_until_ns);
	end_ns = world->now_ns + SETTLE_WITHIN_S * SIM_SECOND;
	while (!*world->broken && world->now_ns < end_ns && !sim_all_settled(world))
		sim_world_run_until(world, world->now_ns + SIM_SECOND);
	if (!sim_all_settled(world))
		name_open_calls(world);
	end_feeds(world);
	let_updates_come(world);
	sim_world_run_until(world, world->now_ns + QUIET_AFTER_S * SIM_SECOND);
	world->packets_quiet = 0;
	sim_world_run_until(world, world->now_ns + QUIET_FOR_S * SIM_SECOND);
	if (world->packets_quiet > QUIET_SEGMENTS_MAX * world->plan.clients)
		sim_broken(world, "both sides go quiet", "%llu segments in %d s",
			   (unsigned long long)world->packets_quiet, QUIET_FOR_S);
	for (uint32_t i = 0; !*world->broken && i < world->plan.clients; i++)
		let_acks_come(world, &world->clients[i]);
	let_updates_come(world);
	for (uint32_t i = 0; !*world->broken && i < world->plan.clients; i++)
		check_rest(world, &world->clients[i]);
	if (!*world->broken)
		stop_all(world);
}
