/* What happens to machines and streams while the world is not calm. */
#include "sim.h"

typedef void happening(struct sim_world *world, void *object, uint64_t argument);

static struct sim_client *some_client(struct sim_world *world)
{
	return &world->clients[sim_below(&world->rng, world->plan.clients)];
}

static struct sim_machine *some_machine(struct sim_world *world)
{
	uint64_t i = sim_below(&world->rng, world->plan.clients + 1);

	return i == 0 ? &world->server.machine : &world->clients[i - 1].machine;
}

/* ---- Streams ---- */

static void reset(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_client *client = some_client(world);

	(void)object;
	(void)argument;
	if (client->stream && !world->calm)
		sim_stream_reset(client->stream);
}

/* One way or both go nowhere from now on, and nobody is told. */
static void half_open(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_client *client = some_client(world);
	uint64_t ways = sim_between(&world->rng, 1, 3);

	(void)object;
	(void)argument;
	if (!client->stream || world->calm)
		return;
	sim_trace(world, "network", "stream %u: half-open (%u)", client->stream->number, (unsigned)ways);
	client->stream->way[SIM_CLIENT].swallows |= ways & 1;
	client->stream->way[SIM_SERVER].swallows |= ways & 2;
}

static void stall(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_client *client = some_client(world);
	uint64_t until_ns = world->now_ns + sim_between(&world->rng, 100 * SIM_MS, 20 * SIM_SECOND);
	struct sim_way *way;

	(void)object;
	(void)argument;
	if (!client->stream || world->calm)
		return;
	way = &client->stream->way[sim_below(&world->rng, 2)];
	sim_trace(world, "network", "stream %u: stalls for %.3f s", client->stream->number,
		  (double)(until_ns - world->now_ns) / 1e9);
	way->stalled_until_ns = until_ns;
	for (struct sim_segment *segment = way->first; segment; segment = segment->next)
		if (segment->at_ns < until_ns)
			segment->at_ns = until_ns;
	if (way->last_ns < until_ns)
		way->last_ns = until_ns;
}

/* ---- Machines ---- */

static void put_to_sleep(struct sim_machine *machine, uint64_t most_ns, bool counted)
{
	struct sim_world *world = machine->world;
	uint64_t ns = sim_between(&world->rng, SIM_SECOND, most_ns);

	if (machine->asleep_until_ns > world->now_ns || world->calm)
		return;
	sim_trace(world, machine->name, "sleeps for %.3f s%s", (double)ns / 1e9,
		  counted ? "" : ", its monotonic clock as well");
	machine->asleep_until_ns = world->now_ns + ns;
	if (!counted)
		machine->mono_offset_ns -= ns;
}

static uint64_t some_while(struct sim_world *world)
{
	return sim_one_in(&world->rng, 3) ? SIM_HOUR : SIM_MINUTE;
}

static void suspend(struct sim_world *world, void *object, uint64_t argument)
{
	(void)object;
	(void)argument;
	put_to_sleep(&some_client(world)->machine, some_while(world), true);
}

static void sleep_uncounted(struct sim_world *world, void *object, uint64_t argument)
{
	(void)object;
	(void)argument;
	put_to_sleep(&some_client(world)->machine, some_while(world), false);
}

static void suspend_server(struct sim_world *world, void *object, uint64_t argument)
{
	(void)object;
	(void)argument;
	put_to_sleep(&world->server.machine, 3 * SIM_MINUTE, !sim_one_in(&world->rng, 4));
}

static void step_wall(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_machine *machine = some_machine(world);
	int64_t step_ns = sim_signed(&world->rng, sim_one_in(&world->rng, 3) ? 24 * (int64_t)SIM_HOUR : 600000000000);

	(void)object;
	(void)argument;
	sim_trace(world, machine->name, "wall clock steps by %.3f s", (double)step_ns / 1e9);
	machine->wall_offset_ns += (uint64_t)step_ns;
}

static void start_again(struct sim_world *world, void *object, uint64_t recall)
{
	struct sim_server *server = object;

	if (server->server)
		return;
	/* msg_ids of a session that goes on must not fall. */
	if (world->plan.restarts_change_clock && recall != SIM_RECALLS_STATE)
		server->machine.wall_offset_ns += (uint64_t)sim_signed(&world->rng, 900000000000);
	sim_server_start(server, (enum sim_recall)recall);
}

static void restore(struct sim_world *world, void *object, uint64_t argument)
{
	(void)world;
	(void)argument;
	sim_server_restore_keys(object);
}

static void restart(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_server *server = object;
	uint64_t down_ns = sim_between(&world->rng, 0, 10 * SIM_SECOND);
	bool with_keys = !world->plan.restarts_forget_keys || sim_one_in(&world->rng, 2);
	bool with_state = world->plan.restarts_keep_state && sim_one_in(&world->rng, 2);

	(void)argument;
	if (!server->server || world->calm)
		return;
	sim_server_stop(server);
	sim_world_at(world, world->now_ns + down_ns, start_again, server,
		     with_state  ? SIM_RECALLS_STATE
		     : with_keys ? SIM_RECALLS_KEYS
				 : SIM_RECALLS_NOTHING);
	if (!with_keys && !with_state)
		sim_world_at(world, world->now_ns + down_ns + sim_between(&world->rng, 0, 30 * SIM_SECOND), restore,
			     server, 0);
}

static void restart_client(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_client *client = some_client(world);

	(void)object;
	(void)argument;
	if (!world->calm && client->machine.asleep_until_ns <= world->now_ns)
		sim_client_restart(client);
}

/* ---- All of it ---- */

static void schedule(struct sim_world *world, uint32_t count, happening *what)
{
	while (count-- > 0)
		sim_world_at(world, world->now_ns + sim_below(&world->rng, world->plan.chaos_ns), what, &world->server,
			     0);
}

void sim_chaos_schedule(struct sim_world *world)
{
	const struct sim_plan *plan = &world->plan;

	schedule(world, plan->resets, reset);
	schedule(world, plan->half_opens, half_open);
	schedule(world, plan->stalls, stall);
	schedule(world, plan->suspends, suspend);
	schedule(world, plan->sleeps, sleep_uncounted);
	schedule(world, plan->server_suspends, suspend_server);
	schedule(world, plan->wall_steps, step_wall);
	schedule(world, plan->restarts, restart);
	schedule(world, plan->client_restarts, restart_client);
}

void sim_chaos_end(struct sim_world *world)
{
	sim_trace(world, "world", "is calm from now on");
	world->calm = true;
	sim_server_set_faults(&world->server, NULL);
	if (!world->server.server)
		sim_server_start(&world->server, SIM_RECALLS_KEYS);
	sim_server_restore_keys(&world->server);
}
