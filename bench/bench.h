/* Benchmarks of the library, run by "mtproto bench". They use public headers, and libcrypto for what they compare with.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <mtproto/crypto.h>

#include <stdbool.h>
#include <stdio.h>

#define BENCH_ROWS_MAX 256

/* What one measurement gives. 0 in a number: there is none. */
struct bench_row {
	char name[40];       /* "seal", "open ragged", "pq", ... */
	const char *kernels; /* the name of the set; NULL when none is used */
	size_t messages;     /* at once */
	size_t bytes;        /* of each body */
	bool available;      /* false: this CPU lacks the kernels, and there are no figures */
	double ns;           /* a message, or whatever else is done once */
	bool rated;          /* how often it can be done in a second is of interest */
	double cycles;       /* of the core, not of the time stamp counter */
	double baseline;     /* cycles of the same work composed of libcrypto's functions */
	double limit;        /* cycles that no code can go below: see docs/benchmarks.md */
	double goal_ratio;   /* baseline / cycles has to reach this */
	double goal_cycles;  /* cycles should not be above this; it is shown, but decides nothing */
	double ratio_max;    /* instead of goal_ratio: cycles / baseline may not be above this */
};

struct bench_report {
	struct bench_row rows[BENCH_ROWS_MAX];
	size_t count;
	double ghz;
};

/* How a row stands to its goal. */
enum bench_verdict {
	BENCH_NO_GOAL,
	BENCH_MET,
	BENCH_MISSED,      /* a ratio: the run fails */
	BENCH_TOO_SLOW,    /* cycles: shown only */
	BENCH_UNREACHABLE, /* baseline / limit is below the goal on this CPU */
	BENCH_LACKING      /* the CPU lacks the kernels */
};

/* Fills report. 0, or the MTPROTO_ERR_ of what went wrong: then the figures are worth nothing. */
int bench_crypto(struct bench_report *report);

enum bench_verdict bench_judge(const struct bench_row *row);

/* True when no ratio goal was missed. */
bool bench_passed(const struct bench_report *report);

void bench_print_table(const struct bench_report *report);
void bench_print_json(const struct bench_report *report);
void bench_print_svg(const struct bench_report *report, FILE *file);

#endif
