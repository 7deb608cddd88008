/* The rows of "mtproto bench net", their goals and rounds. */
#include "bench/net.h"

#include <mtproto/rsa.h>

#include <string.h>
#include <sys/resource.h>

#include "bench/net_run.h"
#include "bench/timer.h"

#define ROUNDS     5
#define SETTLE_MS  150
#define MEASURE_MS 300
#define IDLE_MS    1500 /* until the last acknowledgement was sent */

#define SETTLE_QUICK_MS  50
#define MEASURE_QUICK_MS 100
#define IDLE_QUICK       1000 /* connections */

#define FRAME_HEADER    4
#define DESCRIPTORS     64 /* of a process, besides one a connection */
#define RATIO_MIN       0.60
#define CLIENT_MANY_MAX 1000.0 /* ns a call */
#define CLIENT_ONE_MAX  8000.0
#define RESIDENT_MAX    (12 * 1024.0)

static const struct net_row plan[] = {
	{.connections = 1, .depth = 1, .client_max = CLIENT_ONE_MAX},
	{.connections = 10, .depth = 1, .client_max = CLIENT_ONE_MAX},
	{.connections = 1000, .depth = 1, .client_max = CLIENT_ONE_MAX},
	{.connections = 1, .depth = 100, .ratio_min = RATIO_MIN, .client_max = CLIENT_MANY_MAX},
	{.connections = 10, .depth = 100, .ratio_min = RATIO_MIN, .client_max = CLIENT_MANY_MAX},
	{.connections = 1000, .depth = 100, .ratio_min = RATIO_MIN, .client_max = CLIENT_MANY_MAX},
	{.connections = 10000, .resident_max = RESIDENT_MAX},
};

/* The figures of all rounds of one row. */
struct rounds {
	struct net_result results[NET_PROGRAMS][ROUNDS];
	size_t count;
};

static double median_of(const struct net_result *results, size_t count, size_t member)
{
	double values[ROUNDS];

	for (size_t i = 0; i < count; i++)
		memcpy(&values[i], (const char *)&results[i] + member, sizeof(values[i]));
	return timer_median(values, count);
}

/* Every member of a result is a number. */
static void set_medians(struct net_row *row, const struct rounds *rounds)
{
	double ratios[ROUNDS];

	for (size_t program = 0; program < NET_PROGRAMS; program++)
		for (size_t member = 0; member < sizeof(struct net_result); member += sizeof(double)) {
			double median = median_of(rounds->results[program], rounds->count, member);

			memcpy((char *)&row->programs[program] + member, &median, sizeof(median));
		}
	if (!row->depth)
		return;
	for (size_t i = 0; i < rounds->count; i++)
		ratios[i] = rounds->results[NET_MTPROTO][i].capacity / rounds->results[NET_NULL][i].capacity;
	row->ratio = timer_median(ratios, rounds->count);
}

/* The programs one after the other, so that what else the machine does meets them all. */
static int run_round(struct net_run *run, struct rounds *rounds)
{
	int error = 0;

	for (int program = 0; program < NET_PROGRAMS && !error; program++) {
		struct net_result *result = &rounds->results[program][rounds->count];

		run->program = (enum net_program)program;
		error = net_measure(run, result);
		if (program != NET_MTPROTO)
			continue;
		run->request_bytes = (size_t)(result->sent * (double)(run->depth + !run->depth)) + FRAME_HEADER;
		run->answer_bytes = (size_t)(result->received * (double)(run->depth + !run->depth)) + FRAME_HEADER;
	}
	rounds->count++;
	return error;
}

/* A connection is a file, in either process. */
static bool has_descriptors(size_t connections)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return false;
	if (limit.rlim_cur >= connections + DESCRIPTORS)
		return true;
	limit.rlim_cur = limit.rlim_max;
	return limit.rlim_max >= connections + DESCRIPTORS && !setrlimit(RLIMIT_NOFILE, &limit);
}

static int measure_row(struct net_row *row, const char *rsa_pem, bool quick)
{
	struct net_run run = {.connections = row->connections,
			      .depth = row->depth,
			      .settle_ms = quick ? SETTLE_QUICK_MS : SETTLE_MS,
			      .measure_ms = quick ? MEASURE_QUICK_MS : MEASURE_MS,
			      .rsa_pem = rsa_pem};
	struct rounds rounds = {.count = 0};
	size_t wanted = quick || !row->depth ? 1 : ROUNDS;
	int error = 0;

	if (!row->depth)
		run.settle_ms = IDLE_MS;
	if (!has_descriptors(row->connections)) {
		row->unavailable = "too few file descriptors (ulimit -n)";
		return 0;
	}
	while (rounds.count < wanted && !error)
		error = run_round(&run, &rounds);
	if (!error)
		set_medians(row, &rounds);
	return error;
}

static int make_rsa_pem(char *pem, size_t cap)
{
	struct mtproto_rsa *rsa;
	size_t len;
	int error = mtproto_rsa_generate(&rsa);

	if (error)
		return error;
	error = mtproto_rsa_private_pem(rsa, pem, cap, &len);
	mtproto_rsa_free(rsa);
	return error;
}

int bench_net(struct net_report *report, bool quick)
{
	char rsa_pem[4096];
	int error = make_rsa_pem(rsa_pem, sizeof(rsa_pem));

	memset(report, 0, sizeof(*report));
	for (size_t i = 0; i < sizeof(plan) / sizeof(*plan) && !error; i++) {
		struct net_row *row = &report->rows[report->count++];

		*row = plan[i];
		if (quick && !row->depth)
			row->connections = IDLE_QUICK;
		error = measure_row(row, rsa_pem, quick);
	}
	return error;
}

bool bench_net_met(const struct net_row *row)
{
	if (row->unavailable)
		return true;
	return row->ratio >= row->ratio_min &&
	       (row->resident_max <= 0 || row->programs[NET_MTPROTO].resident <= row->resident_max);
}

bool bench_net_passed(const struct net_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (!bench_net_met(&report->rows[i]))
			return false;
	return true;
}
