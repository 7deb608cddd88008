/* mtproto-sim: runs the worlds of one or many seeds.
 *
 *     mtproto-sim --seed N [--trace]         one world; --trace tells what happens in it
 *     mtproto-sim --seeds A..B [--jobs N]    many, in N processes (2)
 *
 * The last line counts what happened. Each seed that breaks a rule is named with the rule; then the exit status is 1.
 */
#include "sim.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS_MAX = 64, SECONDS_MAX = 120, FAILURES_SHOWN = 1000 };

struct totals {
	uint64_t seeds, calls, resets, resends, corrections, twice, failed;
	uint64_t faults[MTPROTO_FAULT_COUNT];
};

/* What a worker shares with the process that watches it. */
struct worker {
	volatile uint64_t seed; /* that it is at */
	struct totals totals;
	pid_t pid;
};

struct options {
	uint64_t first, last;
	unsigned jobs;
	bool trace;
};

static void add_client(struct totals *totals, struct sim_client *client)
{
	const struct mtproto_session_stats *stats = &client->stats;

	if (client->machine.context)
		sim_client_stop(client);
	totals->calls += client->call_count;
	totals->resets += client->links ? client->links - 1 : 0;
	totals->corrections += stats->clock_corrections;
	totals->resends += stats->resent_salt + stats->resent_bad_msg + stats->resent_new_session +
			   stats->resent_state + stats->resent_asked + stats->resent_after;
	for (uint32_t i = 0; i < client->call_count; i++)
		totals->twice += client->calls[i].executions > 1;
}

static bool run_seed(uint64_t seed, bool trace, struct totals *totals)
{
	struct sim_plan plan;
	struct sim_world *world;
	bool good;

	sim_plan_draw(&plan, seed);
	if (trace)
		sim_plan_print(&plan);
	world = sim_world_new(&plan, trace);
	good = sim_world_live(world);
	totals->seeds++;
	for (uint32_t i = 0; i < plan.clients; i++)
		add_client(totals, &world->clients[i]);
	for (int fault = 0; fault < MTPROTO_FAULT_COUNT; fault++)
		totals->faults[fault] += world->server.fault_counts[fault];
	if (!good) {
		totals->failed++;
		if (totals->failed <= FAILURES_SHOWN)
			printf("seed %llu: at %s\n    mtproto-sim --seed %llu --trace\n", (unsigned long long)seed,
			       world->broken, (unsigned long long)seed);
		fflush(stdout);
	}
	sim_world_free(world);
	return good;
}

/* ---- Workers ---- */

static void work(struct worker *worker, uint64_t step, uint64_t last)
{
	for (; worker->seed <= last; worker->seed += step) {
		/* A loop that never ends is a crash as well. */
		alarm(SECONDS_MAX);
		run_seed(worker->seed, false, &worker->totals);
	}
}

static void start_worker(struct worker *worker, const struct options *options)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (pid == 0) {
		work(worker, options->jobs, options->last);
		exit(0);
	}
	worker->pid = pid;
}

static void note_crash(struct worker *worker, int status)
{
	printf("seed %llu: the process died, status %d%s\n    mtproto-sim --seed %llu --trace\n",
	       (unsigned long long)worker->seed, status, WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "",
	       (unsigned long long)worker->seed);
	worker->totals.failed++;
	worker->totals.seeds++;
}

static void watch_workers(struct worker *workers, const struct options *options)
{
	for (unsigned running = options->jobs; running > 0;) {
		int status;
		pid_t pid = wait(&status);
		struct worker *worker = workers;

		if (pid < 0 && errno == EINTR)
			continue;
		while (worker->pid != pid)
			worker++;
		if (status != 0)
			note_crash(worker, status);
		if (status != 0 && worker->seed + options->jobs <= options->last) {
			worker->seed += options->jobs;
			start_worker(worker, options);
		} else {
			running--;
		}
	}
}

static void print_totals(const struct totals *t)
{
	printf("faults:");
	for (int fault = 0; fault < MTPROTO_FAULT_COUNT; fault++)
		printf(" %s %llu", mtproto_fault_name((enum mtproto_fault)fault), (unsigned long long)t->faults[fault]);
	printf("\n%llu seeds, %llu calls, %llu resets, %llu resends, %llu corrections, %llu double executions: %llu "
	       "failed\n",
	       (unsigned long long)t->seeds, (unsigned long long)t->calls, (unsigned long long)t->resets,
	       (unsigned long long)t->resends, (unsigned long long)t->corrections, (unsigned long long)t->twice,
	       (unsigned long long)t->failed);
}

static int run_many(const struct options *options)
{
	struct worker *workers =
		mmap(NULL, JOBS_MAX * sizeof(*workers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct totals all = {0};

	if (workers == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	for (unsigned i = 0; i < options->jobs; i++) {
		workers[i].seed = options->first + i;
		start_worker(&workers[i], options);
	}
	watch_workers(workers, options);
	for (unsigned i = 0; i < options->jobs; i++) {
		const uint64_t *from = (const uint64_t *)&workers[i].totals;
		uint64_t *to = (uint64_t *)&all;

		for (size_t j = 0; j < sizeof(all) / sizeof(*to); j++)
			to[j] += from[j];
	}
	print_totals(&all);
	return all.failed ? 1 : 0;
}

/* ---- The command line ---- */

static int usage(void)
{
	fputs("usage: mtproto-sim --seed N [--trace]\n       mtproto-sim --seeds A..B [--jobs N]\n", stderr);
	return 2;
}

static bool read_number(uint64_t *out, const char *text, const char *end)
{
	char *stop;

	errno = 0;
	*out = strtoull(text, &stop, 10);
	return text[0] >= '0' && text[0] <= '9' && errno == 0 && (end ? strncmp(stop, end, strlen(end)) == 0 : !*stop);
}

static bool read_range(struct options *options, const char *text)
{
	const char *dots = strstr(text, "..");

	return dots && read_number(&options->first, text, "..") && read_number(&options->last, dots + 2, NULL) &&
	       options->first <= options->last;
}

static bool read_options(struct options *options, int argc, char **argv)
{
	bool seeds = false;
	uint64_t jobs = 2;

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "--trace") == 0) {
			options->trace = true;
			continue;
		}
		if (strcmp(argv[i], "--seed") == 0 && read_number(&options->first, value, NULL)) {
			options->last = options->first;
			seeds = true;
		} else if (strcmp(argv[i], "--seeds") == 0 && read_range(options, value)) {
			seeds = true;
		} else if (strcmp(argv[i], "--jobs") != 0 || !read_number(&jobs, value, NULL) || jobs == 0 ||
			   jobs > JOBS_MAX) {
			return false;
		}
		i++;
	}
	options->jobs = (unsigned)jobs;
	return seeds && !(options->trace && options->first != options->last);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct totals totals = {0};

	if (!read_options(&options, argc, argv))
		return usage();
	if (options.first != options.last)
		return run_many(&options);
	run_seed(options.first, options.trace, &totals);
	print_totals(&totals);
	return totals.failed ? 1 : 0;
}
