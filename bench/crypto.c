/* The rows of "mtproto bench crypto" and their goals. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

#include "bench/exchange.h"
#include "bench/messages.h"
#include "bench/timer.h"

/* Cycles a byte that nobody can go below. A block of 16 bytes of IGE waits for 14 rounds of 4 cycles; a block of 64
 * bytes of SHA-256 for 32 instructions of 4 cycles, of which the unit begins one in two cycles. With AVX-512, a round
 * of 16 blocks or fewer takes 26 instructions, of which four begin in a cycle. */
#define IGE_SERIAL 3.5
#define SHA_SERIAL 2.0
#define SHA_UNIT   1.0
#define SHA_WIDE   6.5 /* all of the messages together */
#define WIDE_LANES 16

#define BATCH_BYTES_MAX (16u * 131072)

enum operation { SEAL, OPEN };

struct goal {
	enum operation operation;
	enum mtproto_kernels_id kernels; /* AUTO: the fastest set */
	size_t messages;
	size_t bytes;
	double ratio;
	double cycles_a_byte;
	double cycles;
};

static const struct goal goals[] = {
	{SEAL, MTPROTO_KERNELS_AUTO, 1, 16384, 5.4, 5.7, 0}, {OPEN, MTPROTO_KERNELS_AUTO, 1, 16384, 11, 3.65, 0},
	{SEAL, MTPROTO_KERNELS_AUTO, 2, 16384, 15, 0, 0},    {OPEN, MTPROTO_KERNELS_AUTO, 2, 16384, 22, 0, 0},
	{SEAL, MTPROTO_KERNELS_VAES, 16, 16384, 24, 0, 0},   {OPEN, MTPROTO_KERNELS_VAES, 16, 16384, 31, 0, 0},
	{SEAL, MTPROTO_KERNELS_AESNI, 8, 16384, 19, 0, 0},   {OPEN, MTPROTO_KERNELS_AESNI, 8, 16384, 26, 0, 0},
	{SEAL, MTPROTO_KERNELS_AUTO, 1, 64, 0, 0, 1100},     {OPEN, MTPROTO_KERNELS_AUTO, 1, 64, 0, 0, 880},
};

#define OBFUSCATED_CYCLES_A_BYTE 3.65

#define PQ_CYCLES           110e3
#define PQ_P99_CYCLES       650e3
#define HANDSHAKE_RATIO_MAX 1.15

static const enum mtproto_kernels_id kernel_ids[] = {
	MTPROTO_KERNELS_LIBCRYPTO,
	MTPROTO_KERNELS_AESNI,
	MTPROTO_KERNELS_VAES,
	MTPROTO_KERNELS_ARMV8,
};

static const char *const kernel_names[] = {"libcrypto", "aesni", "vaes", "armv8"};

#define KERNELS (sizeof(kernel_ids) / sizeof(*kernel_ids))

static struct bench_row *new_row(struct bench_report *report, const char *name)
{
	struct bench_row *row;

	if (report->count == BENCH_ROWS_MAX)
		return NULL;
	row = &report->rows[report->count++];
	memset(row, 0, sizeof(*row));
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->available = true;
	return row;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static double hash_limit(enum mtproto_kernels_id id, size_t messages)
{
	double unit = larger(SHA_SERIAL / (double)messages, SHA_UNIT);
	double wide = SHA_WIDE / (double)(messages < WIDE_LANES ? messages : WIDE_LANES);

	return id == MTPROTO_KERNELS_VAES && wide < unit ? wide : unit;
}

/* The message that is hashed last is encrypted only after all have been hashed. Opening can hash while it decrypts. */
static double limit_of(enum operation operation, enum mtproto_kernels_id id, size_t messages)
{
	double hash = hash_limit(id, messages);
	double ige = IGE_SERIAL / (double)messages;

	return operation == SEAL ? hash + ige : larger(hash, ige);
}

static bool has_goal(enum mtproto_kernels_id id, size_t messages, size_t bytes)
{
	for (size_t i = 0; i < sizeof(goals) / sizeof(*goals); i++)
		if (goals[i].kernels == id && goals[i].messages == messages && goals[i].bytes == bytes)
			return true;
	return false;
}

static void set_goal(struct bench_row *row, enum operation operation, enum mtproto_kernels_id id)
{
	bool fastest = mtproto_kernels_get(MTPROTO_KERNELS_AUTO) == mtproto_kernels_get(id);

	for (size_t i = 0; i < sizeof(goals) / sizeof(*goals); i++) {
		const struct goal *goal = &goals[i];

		if (goal->operation != operation || goal->messages != row->messages || goal->bytes != row->bytes)
			continue;
		if (goal->kernels != id && !(goal->kernels == MTPROTO_KERNELS_AUTO && fastest))
			continue;
		row->goal_ratio = goal->ratio;
		row->goal_cycles = goal->cycles_a_byte > 0 ? goal->cycles_a_byte * (double)goal->bytes : goal->cycles;
	}
}

static int add_message_row(struct bench_report *report, enum operation operation, enum mtproto_kernels_id id,
			   const char *kernels, size_t messages, size_t bytes)
{
	struct bench_row *row = new_row(report, operation == SEAL ? "seal" : "open");

	if (!row)
		return MTPROTO_ERR_TOO_LARGE;
	row->kernels = kernels;
	row->messages = messages;
	row->bytes = bytes;
	row->limit = limit_of(operation, id, messages) * (double)bytes;
	row->available = mtproto_kernels_get(id) != NULL;
	set_goal(row, operation, id);
	return 0;
}

static void set_figures(struct bench_row *row, double ns, double cycles, double baseline, double messages)
{
	row->ns = ns / messages;
	row->cycles = cycles / messages;
	row->baseline = baseline / messages;
}

/* Equal messages: a row for seal and one for open. */
static int add_messages(struct bench_report *report, size_t set, size_t messages, size_t bytes)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_ids[set]);
	struct message_figures figures;
	size_t lens[MESSAGES_MAX];
	int error = add_message_row(report, SEAL, kernel_ids[set], kernel_names[set], messages, bytes);

	if (!error)
		error = add_message_row(report, OPEN, kernel_ids[set], kernel_names[set], messages, bytes);
	if (error || !kernels)
		return error;
	for (size_t i = 0; i < messages; i++)
		lens[i] = bytes;
	error = measure_messages(&figures, kernels, lens, messages, false);
	if (error)
		return error;
	set_figures(&report->rows[report->count - 2], figures.seal_ns, figures.seal, figures.seal_composed,
		    (double)messages);
	set_figures(&report->rows[report->count - 1], figures.open_ns, figures.open, figures.open_composed,
		    (double)messages);
	return 0;
}

/* What a busy server sees: many short messages and a few long ones. bytes is the average. */
static void ragged_lengths(size_t lens[MESSAGES_MAX], size_t *total)
{
	uint32_t seed = 7;

	*total = 0;
	for (size_t i = 0; i < MESSAGES_MAX; i++) {
		seed = seed * 1664525 + 1013904223;
		lens[i] = (size_t)64 << (seed >> 24) % 10;
		lens[i] += (seed >> 8) % lens[i] / 4 * 4;
		*total += lens[i];
	}
}

static int add_ragged(struct bench_report *report, size_t set)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_ids[set]);
	struct message_figures figures = {0};
	size_t lens[MESSAGES_MAX], total;
	int error = 0;

	ragged_lengths(lens, &total);
	if (kernels)
		error = measure_messages(&figures, kernels, lens, MESSAGES_MAX, false);
	for (int operation = SEAL; operation <= OPEN && !error; operation++) {
		struct bench_row *row = new_row(report, operation == SEAL ? "seal ragged" : "open ragged");

		if (!row)
			return MTPROTO_ERR_TOO_LARGE;
		row->kernels = kernel_names[set];
		row->available = kernels != NULL;
		row->messages = MESSAGES_MAX;
		row->bytes = total / MESSAGES_MAX;
		row->limit = hash_limit(kernel_ids[set], MESSAGES_MAX) * (double)row->bytes;
		if (operation == SEAL)
			set_figures(row, figures.seal_ns, figures.seal, figures.seal_composed, MESSAGES_MAX);
		else
			set_figures(row, figures.open_ns, figures.open, figures.open_composed, MESSAGES_MAX);
	}
	return error;
}

/* One message under CTR: the same goal as without. */
static int add_obfuscated(struct bench_report *report, size_t set)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_ids[set]);
	const size_t bytes = 16384;
	struct bench_row *row = new_row(report, "open obfuscated");
	struct message_figures figures;
	int error = 0;

	if (!row)
		return MTPROTO_ERR_TOO_LARGE;
	row->kernels = kernel_names[set];
	row->available = kernels != NULL;
	row->messages = 1;
	row->bytes = bytes;
	row->limit = limit_of(OPEN, kernel_ids[set], 1) * (double)bytes;
	if (kernels)
		error = measure_messages(&figures, kernels, &bytes, 1, true);
	if (!kernels || error)
		return error;
	if (kernels == mtproto_kernels_get(MTPROTO_KERNELS_AUTO))
		row->goal_cycles = OBFUSCATED_CYCLES_A_BYTE * (double)bytes;
	set_figures(row, figures.open_ns, figures.open, figures.open_composed, 1);
	return 0;
}

/* libcrypto's set has no batches, a megabyte each in one batch measures the memory, and of a set that the CPU lacks the
 * goals are named. */
static bool is_worth_it(enum mtproto_kernels_id id, size_t messages, size_t bytes)
{
	if (!mtproto_kernels_get(id))
		return has_goal(id, messages, bytes) || (messages == 1 && bytes == 16384);
	if (id == MTPROTO_KERNELS_LIBCRYPTO)
		return messages == 1;
	return messages * bytes <= BATCH_BYTES_MAX;
}

static int add_all_messages(struct bench_report *report)
{
	static const size_t sizes[] = {64, 256, 1024, 4096, 16384, 131072, 1 << 20};
	static const size_t counts[] = {1, 2, 4, 8, 16};
	int error = 0;

	for (size_t set = 0; set < KERNELS && !error; set++) {
		for (size_t c = 0; c < sizeof(counts) / sizeof(*counts) && !error; c++) {
			for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes) && !error; s++) {
				if (is_worth_it(kernel_ids[set], counts[c], sizes[s]))
					error = add_messages(report, set, counts[c], sizes[s]);
			}
		}
		if (!error)
			error = add_obfuscated(report, set);
		if (!error)
			error = add_ragged(report, set);
	}
	return error;
}

static int add_pq(struct bench_report *report)
{
	struct bench_row *median = new_row(report, "pq, median");
	struct bench_row *p99 = new_row(report, "pq, 99th percentile");
	struct pq_figures figures;
	int error;

	if (!median || !p99)
		return MTPROTO_ERR_TOO_LARGE;
	error = measure_pq(&figures);
	if (error)
		return error;
	median->ns = figures.median_ns;
	median->cycles = figures.median;
	median->goal_cycles = PQ_CYCLES;
	p99->ns = figures.p99_ns;
	p99->cycles = figures.p99;
	p99->goal_cycles = PQ_P99_CYCLES;
	return 0;
}

static int add_power(struct bench_report *report)
{
	struct bench_row *row = new_row(report, "DH power");
	struct power_figures figures;
	int error;

	if (!row)
		return MTPROTO_ERR_TOO_LARGE;
	error = measure_power(&figures);
	if (error)
		return error;
	row->ns = figures.power_ns;
	row->cycles = figures.power;
	row->baseline = figures.libcrypto;
	return 0;
}

static int add_handshakes(struct bench_report *report)
{
	struct bench_row *client = new_row(report, "handshake, client");
	struct bench_row *server = new_row(report, "handshake, server");
	struct handshake_figures figures;
	int error;

	if (!client || !server)
		return MTPROTO_ERR_TOO_LARGE;
	error = measure_handshake(&figures);
	if (error)
		return error;
	client->rated = server->rated = true;
	client->ns = figures.client_ns;
	client->cycles = figures.client_ns / figures.cycle_ns;
	client->baseline = figures.necessary_ns / figures.cycle_ns;
	client->ratio_max = HANDSHAKE_RATIO_MAX;
	server->ns = figures.server_ns;
	server->cycles = figures.server_ns / figures.cycle_ns;
	return 0;
}

int bench_crypto(struct bench_report *report)
{
	int error;

	report->count = 0;
	report->ghz = 1 / timer_cycle_ns();
	error = add_all_messages(report);
	if (!error)
		error = add_pq(report);
	if (!error)
		error = add_power(report);
	if (!error)
		error = add_handshakes(report);
	return error;
}

enum bench_verdict bench_judge(const struct bench_row *row)
{
	if (row->goal_ratio <= 0 && row->goal_cycles <= 0 && row->ratio_max <= 0)
		return BENCH_NO_GOAL;
	if (!row->available)
		return BENCH_LACKING;
	if (row->ratio_max > 0 && row->cycles > row->ratio_max * row->baseline)
		return BENCH_MISSED;
	if (row->goal_ratio > 0 && row->baseline < row->goal_ratio * row->limit)
		return BENCH_UNREACHABLE;
	if (row->goal_ratio > 0 && row->baseline < row->goal_ratio * row->cycles)
		return BENCH_MISSED;
	if (row->goal_cycles > 0 && row->cycles > row->goal_cycles)
		return BENCH_TOO_SLOW;
	return BENCH_MET;
}

bool bench_passed(const struct bench_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (bench_judge(&report->rows[i]) == BENCH_MISSED)
			return false;
	return true;
}
