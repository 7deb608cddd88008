/* The loop: what comes next in the whole world, machine by machine. */
#include "sim.h"

#include <stdlib.h>

enum { UNIX_BASE_S = 1700000000 };

/* ---- Machines ---- */

static void *count_alloc(void *user, size_t size)
{
	struct sim_memory *memory = user;
	void *piece = malloc(size);

	if (!piece)
		abort();
	memory->bytes += size;
	memory->pieces++;
	if (memory->bytes > memory->peak)
		memory->peak = memory->bytes;
	return piece;
}

static void count_release(void *user, void *piece, size_t size)
{
	struct sim_memory *memory = user;

	if (size > memory->bytes || memory->pieces == 0)
		sim_broken(memory->world, "memory", "more is released than was taken");
	memory->bytes -= size;
	memory->pieces--;
	free(piece);
}

static int draw(void *user, uint8_t *out, size_t len)
{
	sim_fill(user, out, len);
	return 0;
}

static void machine_init(struct sim_world *world, struct sim_machine *machine, const char *name, uint64_t purpose)
{
	machine->world = world;
	machine->name = name;
	machine->memory.world = world;
	machine->memory.hooks = (struct mtproto_allocator){count_alloc, count_release, &machine->memory};
	sim_rng_init(&machine->rng, world->plan.seed, purpose);
	machine->random = (struct mtproto_random){draw, &machine->rng};
}

int sim_machine_start(struct sim_machine *machine, size_t inflated_size_max)
{
	struct mtproto_context_config config;

	mtproto_context_config_init(&config);
	config.allocator = &machine->memory.hooks;
	config.random = &machine->random;
	config.inflated_size_max = inflated_size_max;
	return mtproto_context_new(&machine->context, &config);
}

void sim_machine_stop(struct sim_machine *machine)
{
	mtproto_context_free(machine->context);
	machine->context = NULL;
	if (machine->memory.bytes || machine->memory.pieces)
		sim_broken(machine->world, "memory", "%s: %zu bytes in %zu pieces were not given back", machine->name,
			   machine->memory.bytes, machine->memory.pieces);
}

struct mtproto_now sim_now(const struct sim_machine *machine)
{
	struct mtproto_now now = {machine->world->now_ns + machine->mono_offset_ns,
				  machine->world->now_ns + machine->wall_offset_ns};

	return now;
}

static bool is_awake(const struct sim_machine *machine)
{
	return machine->context && machine->asleep_until_ns <= machine->world->now_ns;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The world's time at which the machine wants to run; 0: now. */
static uint64_t machine_next(const struct sim_machine *machine)
{
	uint64_t deadline;

	if (!machine->context)
		return MTPROTO_NEVER;
	deadline = machine->touched ? 0 : mtproto_context_deadline(machine->context);
	if (machine != &machine->world->server.machine)
		deadline = earlier(deadline, sim_feed_deadline(&machine->world->feeds[machine->client]));
	if (deadline != MTPROTO_NEVER && deadline)
		deadline -= machine->mono_offset_ns;
	return deadline < machine->asleep_until_ns ? machine->asleep_until_ns : deadline;
}

static void send_all(struct sim_machine *machine)
{
	struct mtproto_link *link;

	while ((link = mtproto_context_next_writable(machine->context))) {
		struct sim_stream *stream = mtproto_link_user(link);

		if (stream)
			sim_stream_take(stream, stream->machine[SIM_CLIENT] == machine ? SIM_CLIENT : SIM_SERVER);
	}
}

void sim_pump(struct sim_machine *machine)
{
	struct sim_world *world = machine->world;
	struct mtproto_event event;

	for (int turn = 0; is_awake(machine) && (turn == 0 || mtproto_context_deadline(machine->context) == 0);
	     turn++) {
		struct mtproto_now now = sim_now(machine);

		if (turn == 1000)
			sim_broken(world, "quiet", "%s never has nothing to do", machine->name);
		if (*world->broken)
			return;
		machine->touched = false;
		if (mtproto_context_process(machine->context, &now))
			sim_broken(world, "simulator", "process failed");
		if (machine == &world->server.machine)
			sim_server_note_faults(&world->server);
		while (machine->context && mtproto_context_next_event(machine->context, &event) == 1) {
			if (world->spy)
				world->spy(world, machine, &event, world->spy_user);
			sim_rule_event(world, machine, &event);
			machine->on_event(world, machine, &event);
		}
		if (machine != &world->server.machine)
			sim_feed_turn(&world->feeds[machine->client]);
		if (machine->context)
			send_all(machine);
	}
}

/* ---- Agenda: a binary heap ---- */

static bool before(const struct sim_action *a, const struct sim_action *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

void sim_world_at(struct sim_world *world, uint64_t at_ns,
		  void (*run)(struct sim_world *world, void *object, uint64_t argument), void *object,
		  uint64_t argument)
{
	struct sim_action action = {at_ns, world->agenda_order++, run, object, argument};
	size_t i = world->agenda_count++;

	if (i == world->agenda_cap) {
		world->agenda_cap = world->agenda_cap ? 2 * world->agenda_cap : 64;
		world->agenda = realloc(world->agenda, world->agenda_cap * sizeof(*world->agenda));
		if (!world->agenda)
			abort();
	}
	for (; i > 0 && before(&action, &world->agenda[(i - 1) / 2]); i = (i - 1) / 2)
		world->agenda[i] = world->agenda[(i - 1) / 2];
	world->agenda[i] = action;
}

static struct sim_action take_action(struct sim_world *world)
{
	struct sim_action first = world->agenda[0];
	struct sim_action last = world->agenda[--world->agenda_count];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < world->agenda_count && before(&world->agenda[child + 1], &world->agenda[child]))
			child++;
		if (child >= world->agenda_count || !before(&world->agenda[child], &last))
			break;
		world->agenda[i] = world->agenda[child];
		i = child;
	}
	world->agenda[i] = last;
	return first;
}

/* ---- The loop ---- */

static uint64_t next_moment(const struct sim_world *world)
{
	uint64_t next = world->agenda_count ? world->agenda[0].at_ns : MTPROTO_NEVER;

	next = earlier(next, sim_streams_next(world));
	next = earlier(next, machine_next(&world->server.machine));
	for (uint32_t i = 0; i < world->plan.clients; i++)
		next = earlier(next, machine_next(&world->clients[i].machine));
	return next;
}

static void pump_if_due(struct sim_machine *machine)
{
	if (is_awake(machine) && machine_next(machine) <= machine->world->now_ns)
		sim_pump(machine);
}

void sim_world_run_until(struct sim_world *world, uint64_t at_ns)
{
	while (!*world->broken) {
		uint64_t next = next_moment(world);

		if (next > at_ns)
			break;
		if (next > world->now_ns)
			world->now_ns = next;
		if (++world->steps > SIM_STEPS_MAX) {
			sim_broken(world, "quiet", "the world does not come to rest");
			return;
		}
		sim_streams_deliver(world);
		while (world->agenda_count && world->agenda[0].at_ns <= world->now_ns) {
			struct sim_action action = take_action(world);

			action.run(world, action.object, action.argument);
		}
		for (uint32_t i = 0; i < world->plan.clients; i++)
			pump_if_due(&world->clients[i].machine);
		pump_if_due(&world->server.machine);
	}
	if (world->now_ns < at_ns)
		world->now_ns = at_ns;
}

/* ---- Its life ---- */

static const char *const client_names[SIM_CLIENTS_MAX] = {"client0", "client1", "client2"};

struct sim_world *sim_world_new(const struct sim_plan *plan, bool trace)
{
	struct sim_world *world = calloc(1, sizeof(*world));

	if (!world)
		abort();
	world->plan = *plan;
	world->trace = trace;
	world->now_ns = SIM_SECOND;
	sim_rng_init(&world->rng, plan->seed, 1);
	machine_init(world, &world->server.machine, "server", 2);
	world->server.machine.wall_offset_ns = UNIX_BASE_S * SIM_SECOND + sim_below(&world->rng, SIM_HOUR);
	world->server.machine.mono_offset_ns = sim_below(&world->rng, 1000 * SIM_HOUR);
	if (mtproto_gzip_new(&world->server.gzip, NULL))
		abort();
	sim_server_start(&world->server, SIM_RECALLS_NOTHING);
	for (uint32_t i = 0; i < plan->clients; i++) {
		struct sim_client *client = &world->clients[i];

		machine_init(world, &client->machine, client_names[i], 16 + i);
		client->machine.client = i;
		client->number = i;
		client->plan = &world->plan.client[i];
		client->machine.wall_offset_ns =
			world->server.machine.wall_offset_ns + (uint64_t)client->plan->wall_error_ns;
		client->machine.mono_offset_ns = client->plan->mono_start_ns;
		sim_rng_init(&client->rng, plan->seed, 32 + i);
		sim_rng_init(&client->later_rng, plan->seed, 48 + i);
		sim_client_start(client);
	}
	return world;
}

void sim_world_free(struct sim_world *world)
{
	if (!world)
		return;
	for (uint32_t i = 0; i < world->plan.clients; i++) {
		sim_feed_stop(&world->feeds[i]);
		mtproto_context_free(world->clients[i].machine.context);
	}
	mtproto_context_free(world->server.machine.context);
	for (size_t i = 0; i < SIM_STREAMS_MAX; i++)
		sim_stream_drop(&world->streams[i]);
	mtproto_gzip_free(world->server.gzip);
	free(world->agenda);
	free(world);
}

static void call_later(struct sim_world *world, void *object, uint64_t count)
{
	(void)world;
	while (count-- > 0)
		sim_client_call(object);
}

static void push_later(struct sim_world *world, void *object, uint64_t argument)
{
	(void)argument;
	(void)world;
	sim_server_push(object);
}

static void happen_later(struct sim_world *world, void *object, uint64_t which)
{
	(void)world;
	sim_feed_happen(object, (int)which);
}

/* Calls are made all along, some of them many at once. */
static void schedule_work(struct sim_world *world)
{
	const struct sim_plan *plan = &world->plan;

	for (uint32_t i = 0; i < plan->clients; i++) {
		struct sim_client *client = &world->clients[i];

		for (uint32_t made = 0; made < client->plan->calls;) {
			uint64_t count = sim_percent(&client->rng, plan->bursts) ? sim_between(&client->rng, 2, 12) : 1;

			if (count > client->plan->calls - made)
				count = client->plan->calls - made;
			sim_world_at(world, world->now_ns + sim_below(&client->rng, plan->chaos_ns), call_later, client,
				     count);
			made += (uint32_t)count;
		}
		for (uint32_t j = 0; j < plan->numbered; j++)
			sim_world_at(world, world->now_ns + sim_below(&world->feeds[i].rng, plan->chaos_ns),
				     happen_later, &world->feeds[i], sim_below(&world->feeds[i].rng, 2));
	}
	for (uint32_t i = 0; i < plan->pushes; i++)
		sim_world_at(world, world->now_ns + sim_below(&world->rng, plan->chaos_ns), push_later, &world->server,
			     0);
}

bool sim_world_live(struct sim_world *world)
{
	uint64_t begin_ns = world->now_ns;

	schedule_work(world);
	sim_chaos_schedule(world);
	sim_world_run_until(world, begin_ns + world->plan.chaos_ns);
	sim_chaos_end(world);
	sim_rules_at_end(world);
	return !*world->broken;
}
