/* What a seed makes of a world. Each seed has only some of the things that can go wrong, each as often as chance wants:
 * so that one does not hide another. */
#include "sim.h"

void sim_plan_calm(struct sim_plan *plan, uint64_t seed)
{
	memset(plan, 0, sizeof(*plan));
	plan->seed = seed;
	plan->clients = 1;
	plan->chaos_ns = SIM_MINUTE;
	plan->latency_min_ns = plan->latency_max_ns = 20 * SIM_MS;
	for (uint32_t i = 0; i < SIM_CLIENTS_MAX; i++) {
		struct sim_client_plan *client = &plan->client[i];

		client->framing = MTPROTO_FRAMING_INTERMEDIATE;
		client->mono_start_ns = 5000 * SIM_SECOND;
		client->ack_delay_ns = 30 * SIM_SECOND;
		client->ack_count_max = 100;
		client->ping_idle_ns = 20 * SIM_SECOND;
		client->pong_timeout_ns = 10 * SIM_SECOND;
		client->temp_life_s = 86400;
	}
	mtproto_faults_init(&plan->faults);
	plan->faults.seed = seed;
	plan->faults.bomb_size = 2 << 20;
}

static void draw_client(struct sim_rng *rng, struct sim_client_plan *client, bool exchange)
{
	static const uint64_t ack_delays[] = {0, 100 * SIM_MS, 5 * SIM_SECOND, 30 * SIM_SECOND};

	client->pfs = exchange && sim_percent(rng, 60);
	client->framing = (enum mtproto_framing)sim_between(rng, MTPROTO_FRAMING_ABRIDGED, MTPROTO_FRAMING_FULL);
	client->obfuscated = client->framing != MTPROTO_FRAMING_FULL && sim_percent(rng, 50);
	/* The server's time comes with the key exchange; without one a client has only its wall clock to begin with. */
	if (sim_percent(rng, 30))
		client->wall_error_ns = sim_signed(rng, sim_one_in(rng, 2) ? 30 * (int64_t)SIM_HOUR : 60000000000);
	client->mono_start_ns = sim_below(rng, 1000 * SIM_HOUR);
	client->ack_delay_ns = ack_delays[sim_below(rng, 4)];
	client->ack_count_max = (uint32_t)sim_between(rng, 1, 100);
	client->ping_idle_ns = sim_between(rng, 5, 60) * SIM_SECOND;
	client->pong_timeout_ns = sim_between(rng, 5, 20) * SIM_SECOND;
	client->gzip_size_min = sim_percent(rng, 50) ? 128 : 0;
	client->calls = (uint32_t)sim_between(rng, 5, 30);
}

static void draw_calls(struct sim_rng *rng, struct sim_plan *plan)
{
	plan->at_most_once = (uint32_t)sim_below(rng, 60);
	plan->pings = (uint32_t)sim_below(rng, 20);
	plan->service = (uint32_t)sim_below(rng, 10);
	plan->cancels = sim_one_in(rng, 3) ? (uint32_t)sim_below(rng, 30) : 0;
	plan->short_timeouts = sim_one_in(rng, 4) ? (uint32_t)sim_below(rng, 30) : 0;
	plan->rpc_errors = (uint32_t)sim_below(rng, 20);
	plan->late_answers = (uint32_t)sim_below(rng, 40);
	plan->big_bodies = sim_one_in(rng, 4) ? (uint32_t)sim_below(rng, 20) : 0;
	plan->packed = sim_one_in(rng, 3) ? (uint32_t)sim_below(rng, 100) : 0;
	plan->bursts = (uint32_t)sim_below(rng, 60);
	plan->pushes = sim_one_in(rng, 2) ? (uint32_t)sim_below(rng, 30) : 0;
}

static uint32_t some_times(struct sim_rng *rng, uint64_t one_in, uint64_t most)
{
	return sim_one_in(rng, one_in) ? (uint32_t)sim_between(rng, 1, most) : 0;
}

static void draw_streams(struct sim_rng *rng, struct sim_plan *plan)
{
	static const uint32_t splits[] = {0, 0, 1400, 300};

	plan->latency_min_ns = sim_between(rng, SIM_MS, 100 * SIM_MS);
	plan->latency_max_ns = plan->latency_min_ns + sim_below(rng, sim_one_in(rng, 3) ? SIM_SECOND : 20 * SIM_MS);
	plan->split_max = splits[sim_below(rng, 4)];
	plan->resets = some_times(rng, 2, 8);
	plan->half_opens = some_times(rng, 4, 2);
	plan->stalls = some_times(rng, 3, 4);
	plan->refusals = sim_one_in(rng, 4) ? (uint32_t)sim_below(rng, 60) : 0;
}

static void draw_machines(struct sim_rng *rng, struct sim_plan *plan)
{
	plan->suspends = some_times(rng, 4, 2);
	plan->sleeps = some_times(rng, 6, 2);
	plan->server_suspends = some_times(rng, 10, 1);
	plan->wall_steps = some_times(rng, 4, 3);
	plan->restarts = some_times(rng, 4, 2);
	plan->restarts_forget_keys = sim_one_in(rng, 3);
	plan->restarts_keep_state = sim_one_in(rng, 2);
	plan->restarts_change_clock = sim_one_in(rng, 3);
}

static void draw_faults(struct sim_rng *rng, struct sim_plan *plan)
{
	/* A few seeds have none, most have some, each from rare to one packet in twenty. */
	bool any = !sim_one_in(rng, 6);
	uint64_t one_in = sim_between(rng, 3, 12);

	for (int fault = 0; any && fault < MTPROTO_FAULT_COUNT; fault++)
		if (sim_one_in(rng, one_in))
			plan->faults.per_million[fault] = (uint32_t)sim_between(rng, 1000, 50000);
	/* A key exchange takes its time: where there is one, keys are forgotten less often. */
	if (plan->exchange && sim_percent(rng, 80))
		plan->faults.per_million[MTPROTO_FAULT_FORGET_KEY] = 0;
	plan->faults.clock_step_max_s = sim_one_in(rng, 2) ? 20 : 7200;
}

/* From a sequence of its own: what the others draw for a seed stays as it was. */
static void draw_later_additions(struct sim_plan *plan, uint64_t seed)
{
	static const int32_t lives_s[] = {86400, 3600, 900, 240};
	struct sim_rng rng;

	sim_rng_init(&rng, seed, 3);
	for (uint32_t i = 0; i < plan->clients; i++) {
		plan->client[i].coalesce_ns = sim_one_in(&rng, 3) ? sim_below(&rng, 200 * SIM_MS) : 0;
		plan->client[i].temp_life_s = lives_s[sim_below(&rng, 4)];
	}
	plan->coalesce_ns = sim_one_in(&rng, 4) ? sim_below(&rng, 200 * SIM_MS) : 0;
	plan->client_restarts = some_times(&rng, 5, 3);
	plan->follows = sim_one_in(&rng, 3) ? (uint32_t)sim_below(&rng, 100) : 0;
	plan->numbered = sim_one_in(&rng, 2) ? (uint32_t)sim_between(&rng, 1, 80) : 0;
	plan->numbered_lost = sim_one_in(&rng, 2) ? (uint32_t)sim_below(&rng, 20) : 0;
}

void sim_plan_draw(struct sim_plan *plan, uint64_t seed)
{
	struct sim_rng rng;

	sim_rng_init(&rng, seed, 0);
	sim_plan_calm(plan, seed);
	plan->exchange = sim_one_in(&rng, 20);
	plan->clients = (uint32_t)sim_between(&rng, 1, SIM_CLIENTS_MAX);
	plan->chaos_ns = sim_one_in(&rng, 8) ? sim_between(&rng, SIM_HOUR, 3 * SIM_HOUR)
					     : sim_between(&rng, 5 * SIM_SECOND, 3 * SIM_MINUTE);
	for (uint32_t i = 0; i < plan->clients; i++)
		draw_client(&rng, &plan->client[i], plan->exchange);
	draw_calls(&rng, plan);
	draw_streams(&rng, plan);
	draw_machines(&rng, plan);
	draw_faults(&rng, plan);
	draw_later_additions(plan, seed);
}

static void print_client(const struct sim_client_plan *client, uint32_t number)
{
	printf("  client%u: %s%s, temporary keys of %d s, wall clock off by %.3f s, acks after %.1f s or %u, pings "
	       "after "
	       "%.0f s for %.0f s, containers after %.3f s, %u calls\n",
	       number, mtproto_framing_name(client->framing), client->obfuscated ? ", obfuscated" : "",
	       client->pfs ? (int)client->temp_life_s : 0, (double)client->wall_error_ns / 1e9,
	       (double)client->ack_delay_ns / 1e9, client->ack_count_max, (double)client->ping_idle_ns / 1e9,
	       (double)client->pong_timeout_ns / 1e9, (double)client->coalesce_ns / 1e9, client->calls);
}

void sim_plan_print(const struct sim_plan *plan)
{
	printf("seed %llu: %u clients, %s, %.1f s of chaos\n", (unsigned long long)plan->seed, plan->clients,
	       plan->exchange ? "key exchanges" : "keys made beforehand", (double)plan->chaos_ns / 1e9);
	for (uint32_t i = 0; i < plan->clients; i++)
		print_client(&plan->client[i], i);
	printf("  calls: %u%% at most once, %u%% pings, %u%% get_future_salts, %u%% cancelled, %u%% short, %u%% "
	       "errors, "
	       "%u%% late, %u%% big, %u%% packed, %u%% bursts, %u%% following; %u updates; %u numbered, of which %u%% "
	       "lost\n",
	       plan->at_most_once, plan->pings, plan->service, plan->cancels, plan->short_timeouts, plan->rpc_errors,
	       plan->late_answers, plan->big_bodies, plan->packed, plan->bursts, plan->follows, plan->pushes,
	       plan->numbered, plan->numbered_lost);
	printf("  streams: %.0f to %.0f ms, pieces of %u; %u resets, %u half-open, %u stalls, %u%% refused\n",
	       (double)plan->latency_min_ns / 1e6, (double)plan->latency_max_ns / 1e6, plan->split_max, plan->resets,
	       plan->half_opens, plan->stalls, plan->refusals);
	printf("  machines: %u suspends, %u sleeps, %u of the server, %u wall clock steps; %u restarts%s%s%s, %u of a "
	       "client\n",
	       plan->suspends, plan->sleeps, plan->server_suspends, plan->wall_steps, plan->restarts,
	       plan->restarts_forget_keys ? ", keys forgotten" : "", plan->restarts_keep_state ? ", state kept" : "",
	       plan->restarts_change_clock ? ", clock changed" : "", plan->client_restarts);
	printf("  faults:");
	for (int fault = 0; fault < MTPROTO_FAULT_COUNT; fault++)
		if (plan->faults.per_million[fault])
			printf(" %s=%g", mtproto_fault_name((enum mtproto_fault)fault),
			       plan->faults.per_million[fault] / 1e6);
	printf("\n");
}
