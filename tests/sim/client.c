/* What a program with a connection does: it dials, calls, and dials again. */
#include "sim.h"

#include <stdlib.h>

enum { DIAL_DELAY_MS = 500, WATCH_EVERY_S = 10, WATCH_TIMEOUT_S = 15, INFLATED_MAX = 1 << 20, BODY_MAX = 100000 };

static bool is_asleep(const struct sim_client *client)
{
	return client->machine.asleep_until_ns > client->machine.world->now_ns;
}

/* ---- Dialing ---- */

static void dialed(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_client *client = object;

	(void)argument;
	if (is_asleep(client)) {
		sim_world_at(world, client->machine.asleep_until_ns, dialed, client, 0);
		return;
	}
	client->dialing = false;
	if (!world->calm && sim_percent(&world->rng, world->plan.refusals)) {
		sim_client_dial(client);
		return;
	}
	client->stream = sim_stream_open(client);
	if (client->stream) {
		client->links++;
		sim_trace(world, client->machine.name, "stream %u: open", client->stream->number);
	} else if (!*world->broken) {
		sim_client_dial(client);
	}
}

void sim_client_dial(struct sim_client *client)
{
	struct sim_world *world = client->machine.world;
	uint64_t delay_ns;

	if (client->dialing || client->stream)
		return;
	if (mtproto_reconnect_next(&client->reconnect, &delay_ns)) {
		sim_broken(world, "simulator", "reconnect gives no delay");
		return;
	}
	client->dialing = true;
	sim_trace(world, client->machine.name, "dials in %.3f s", (double)delay_ns / 1e9);
	sim_world_at(world, world->now_ns + delay_ns, dialed, client, 0);
}

/* ---- Calls ---- */

static void cancel_later(struct sim_world *world, void *object, uint64_t serial)
{
	struct sim_client *client = object;
	struct sim_call *call = &client->calls[serial];

	if (call->settled)
		return;
	if (is_asleep(client)) {
		sim_world_at(world, client->machine.asleep_until_ns, cancel_later, client, serial);
		return;
	}
	sim_trace(world, client->machine.name, "call %u: cancel", (unsigned)serial);
	call->cancelled = true;
	if (mtproto_connection_cancel(client->connection, call->id))
		sim_broken(world, "settles once", "call %u is not known to the engine", (unsigned)serial);
	client->machine.touched = true;
}

static int make_ping(struct sim_client *client, struct sim_call *call, uint64_t timeout_ns)
{
	struct mtproto_now now = sim_now(&client->machine);

	return mtproto_connection_ping(client->connection, &now, timeout_ns, &call->id);
}

static int make_service(struct sim_client *client, struct sim_call *call, const struct mtproto_call_config *config)
{
	struct mtproto_now now = sim_now(&client->machine);
	struct mtproto_get_future_salts query = {.num = 3};
	struct mtproto_tl_writer w;
	uint8_t body[8];

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_get_future_salts_write(&w, &query);
	return mtproto_connection_invoke(client->connection, &now, config, body, w.len, &call->id);
}

static int make_request(struct sim_client *client, struct sim_call *call, const struct mtproto_call_config *config,
			uint32_t len, uint32_t flags)
{
	struct mtproto_now now = sim_now(&client->machine);
	struct sim_body body = {SIM_ID_REQUEST,   client->number, (uint32_t)(call - client->calls),
				call->answer_len, flags,          0};
	uint8_t *bytes = malloc(len);
	int error;

	if (!bytes)
		abort();
	sim_body_write(bytes, len, &body);
	error = mtproto_connection_invoke(client->connection, &now, config, bytes, len, &call->id);
	free(bytes);
	return error;
}

/* What must be known of the next call beforehand: which it must follow. */
static void draw_after(struct sim_client *client, struct sim_call *call)
{
	uint32_t count = client->call_count - 1;

	if (count == 0 || !sim_percent(&client->later_rng, client->machine.world->plan.follows))
		return;
	call->after_count = (uint32_t)sim_between(&client->later_rng, 1, SIM_AFTER_MAX);
	/* The newest ones above all: most others are over. */
	for (uint32_t i = 0; i < call->after_count; i++)
		call->after[i] = count - 1 - (uint32_t)sim_below(&client->later_rng, count < 5 ? count : 5);
}

static uint32_t invoke(struct sim_client *client, enum sim_call_kind kind, uint32_t body_len, uint32_t answer_len,
		       uint64_t timeout_ns, uint32_t flags)
{
	struct sim_world *world = client->machine.world;
	uint32_t serial = client->call_count++;
	struct sim_call *call = &client->calls[serial];
	struct mtproto_call_config config;
	uint64_t after[SIM_AFTER_MAX];
	int error;

	mtproto_call_config_init(&config, client->connection);
	config.timeout_ns = timeout_ns;
	config.at_most_once = kind == SIM_CALL_AT_MOST_ONCE;
	if (kind <= SIM_CALL_AT_MOST_ONCE)
		draw_after(client, call);
	for (uint32_t i = 0; i < call->after_count; i++)
		if (client->calls[call->after[i]].id)
			after[config.after_count++] = client->calls[call->after[i]].id;
	config.after = after;
	call->kind = kind;
	call->made_ns = world->now_ns;
	call->answer_len = answer_len;
	call->wants_error = flags & SIM_BODY_ERROR;
	if (kind == SIM_CALL_PING)
		error = make_ping(client, call, timeout_ns);
	else if (kind == SIM_CALL_SERVICE)
		error = make_service(client, call, &config);
	else
		error = make_request(client, call, &config, body_len, flags);
	if (error)
		sim_broken(world, "simulator", "%s: invoke: %s", client->machine.name, mtproto_error_name(error));
	sim_trace(world, client->machine.name, "call %u: %s, %u bytes", serial,
		  kind == SIM_CALL_PLAIN          ? "plain"
		  : kind == SIM_CALL_AT_MOST_ONCE ? "at most once"
		  : kind == SIM_CALL_PING         ? "ping"
						  : "get_future_salts",
		  body_len);
	client->open_calls++;
	client->machine.touched = true;
	return serial;
}

uint32_t sim_client_invoke(struct sim_client *client, enum sim_call_kind kind, uint32_t body_len, uint32_t answer_len)
{
	return invoke(client, kind, body_len, answer_len, 10 * SIM_HOUR, 0);
}

uint32_t sim_client_follow(struct sim_client *client, uint32_t body_len, uint32_t answer_len, uint32_t other)
{
	struct sim_call *call = &client->calls[client->call_count];

	call->after[0] = other;
	call->after_count = 1;
	return sim_client_invoke(client, SIM_CALL_PLAIN, body_len, answer_len);
}

static uint32_t draw_len(struct sim_client *client)
{
	const struct sim_plan *plan = &client->machine.world->plan;
	uint64_t most = sim_percent(&client->rng, plan->big_bodies) ? BODY_MAX : 400;

	return (uint32_t)sim_between(&client->rng, SIM_BODY_MIN, most) & ~3u;
}

void sim_client_call(struct sim_client *client)
{
	const struct sim_plan *plan = &client->machine.world->plan;
	struct sim_rng *rng = &client->rng;
	enum sim_call_kind kind = sim_percent(rng, plan->pings)          ? SIM_CALL_PING
				  : sim_percent(rng, plan->service)      ? SIM_CALL_SERVICE
				  : sim_percent(rng, plan->at_most_once) ? SIM_CALL_AT_MOST_ONCE
									 : SIM_CALL_PLAIN;
	uint32_t flags = (sim_percent(rng, plan->rpc_errors) ? SIM_BODY_ERROR : 0u) |
			 (sim_percent(rng, plan->late_answers) ? SIM_BODY_LATE : 0u);
	bool is_short = sim_percent(rng, plan->short_timeouts);
	uint64_t timeout_ns = is_short ? sim_between(rng, 100 * SIM_MS, 20 * SIM_SECOND) : 10 * SIM_HOUR;
	uint32_t body_len = draw_len(client), answer_len = draw_len(client);
	uint32_t serial;

	if (client->call_count == SIM_CALLS_MAX || is_asleep(client))
		return;
	serial = invoke(client, kind, body_len, answer_len, timeout_ns, flags);
	client->calls[serial].short_timeout = is_short;
	if (sim_percent(rng, plan->cancels))
		sim_world_at(client->machine.world, client->machine.world->now_ns + sim_between(rng, 0, 5 * SIM_SECOND),
			     cancel_later, client, serial);
}

/* ---- Events ---- */

static struct sim_call *find_call(struct sim_client *client, uint64_t id)
{
	for (uint32_t i = client->call_count; i-- > 0;)
		if (client->calls[i].id == id)
			return &client->calls[i];
	return NULL;
}

static void on_settled(struct sim_client *client, const struct mtproto_event *event)
{
	struct sim_call *call;

	if (event->type != MTPROTO_EVENT_CALL_FAILED)
		mtproto_reconnect_reset(&client->reconnect);
	call = find_call(client, event->call);
	if (!call && client->machine.world->calls_of_others)
		return;
	if (!call) {
		sim_broken(client->machine.world, "settles once", "%s: a call that nobody made", client->machine.name);
		return;
	}
	sim_rule_settled(client, call, event);
	call->settled = true;
	call->how = event->type;
	call->error = event->error;
	call->maybe_twice = event->maybe_executed_twice;
	client->open_calls--;
}

static void on_closed(struct sim_client *client, const struct mtproto_event *event)
{
	struct sim_stream *stream = mtproto_link_user(event->link);

	if (!stream || client->stream != stream) {
		sim_broken(client->machine.world, "end of a link", "%s: closed twice", client->machine.name);
		return;
	}
	client->stream = NULL;
	sim_stream_closed(stream, SIM_CLIENT);
	sim_client_dial(client);
}

static void on_event(struct sim_world *world, struct sim_machine *machine, const struct mtproto_event *event)
{
	struct sim_client *client = &world->clients[machine->client];

	if (sim_feed_event(&world->feeds[client->number], event))
		return;
	switch (event->type) {
	case MTPROTO_EVENT_RESULT:
	case MTPROTO_EVENT_RPC_ERROR:
	case MTPROTO_EVENT_CALL_FAILED:
	case MTPROTO_EVENT_PONG:
		on_settled(client, event);
		break;
	case MTPROTO_EVENT_LINK_CLOSED:
		on_closed(client, event);
		break;
	case MTPROTO_EVENT_UPDATE:
		client->updates++;
		break;
	case MTPROTO_EVENT_NEW_SESSION:
		client->new_sessions++;
		client->new_session_ns = world->now_ns;
		break;
	case MTPROTO_EVENT_CLOCK:
		client->clock_events++;
		break;
	case MTPROTO_EVENT_SUSPECT:
		client->suspects++;
		break;
	case MTPROTO_EVENT_REFUSED:
		client->refused++;
		break;
	default:
		break;
	}
}

/* ---- Its beginning ---- */

static void give_key(struct sim_client *client, struct mtproto_connection_config *config)
{
	struct mtproto_key_info info = {0};

	sim_key(&client->key, client->number + 1);
	info.auth_key = client->key;
	sim_server_add_key(&client->machine.world->server, &info);
	config->auth_key = &client->key;
}

void sim_client_stop(struct sim_client *client)
{
	struct mtproto_connection_stats stats;

	mtproto_connection_get_stats(client->connection, &stats);
	client->stats = stats.session;
	sim_feed_stop(&client->machine.world->feeds[client->number]);
	sim_machine_stop(&client->machine);
}

void sim_client_start(struct sim_client *client)
{
	struct sim_world *world = client->machine.world;
	struct mtproto_connection_config config;
	int error;

	client->machine.on_event = on_event;
	mtproto_connection_config_init(&config);
	config.ack_delay_ns = client->plan->ack_delay_ns;
	config.ack_count_max = client->plan->ack_count_max;
	config.ping_idle_ns = client->plan->ping_idle_ns;
	config.pong_timeout_ns = client->plan->pong_timeout_ns;
	config.gzip_size_min = client->plan->gzip_size_min;
	config.coalesce_ns = client->plan->coalesce_ns;
	config.temp_expires_in = client->plan->pfs ? client->plan->temp_life_s : 0;
	if (client->state_len) {
		config.state = client->state;
		config.state_len = client->state_len;
	}
	if (world->plan.exchange) {
		config.rsa_pem = sim_public_pem;
		config.rsa_pem_len = strlen(sim_public_pem);
	} else if (!client->state_len) {
		give_key(client, &config);
	}
	error = sim_machine_start(&client->machine, INFLATED_MAX);
	if (!error)
		error = mtproto_connection_new(&client->connection, client->machine.context, &config);
	if (error)
		sim_broken(world, "simulator", "%s: %s", client->machine.name, mtproto_error_name(error));
	sim_feed_start(&world->feeds[client->number], world, client->number);
	mtproto_reconnect_init(&client->reconnect);
	client->reconnect.delay_initial_ns = DIAL_DELAY_MS * SIM_MS;
	client->reconnect.delay_max_ns = 8 * SIM_SECOND;
	client->reconnect.random = &client->machine.random;
	/* A dial that its former process began is as good as another. */
	if (!client->dialing)
		sim_world_at(world, world->now_ns, dialed, client, 0);
	client->dialing = true;
}

static void abandon_calls(struct sim_client *client)
{
	for (uint32_t i = 0; i < client->call_count; i++) {
		client->calls[i].settled = true;
		client->calls[i].id = 0;
	}
	client->open_calls = 0;
}

void sim_client_restart(struct sim_client *client)
{
	struct sim_world *world = client->machine.world;
	struct sim_stream *stream;
	struct mtproto_now now;
	int error;

	sim_pump(&client->machine);
	now = sim_now(&client->machine);
	error = mtproto_connection_export(client->connection, &now, client->state, sizeof(client->state),
					  &client->state_len);
	if (error && error != MTPROTO_ERR_STATE)
		sim_broken(world, "simulator", "export: %s", mtproto_error_name(error));
	sim_trace(world, client->machine.name, "ends and begins again with %zu bytes", client->state_len);
	sim_feed_save(&world->feeds[client->number]);
	stream = client->stream;
	client->stream = NULL;
	if (stream)
		sim_stream_closed(stream, SIM_CLIENT);
	sim_client_stop(client);
	abandon_calls(client);
	client->machine.mono_offset_ns = sim_below(&client->later_rng, 1000 * SIM_HOUR);
	sim_client_start(client);
}
