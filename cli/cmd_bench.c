#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/net.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"

struct bench_options {
	bool json;
	bool quick;
	const char *svg;
};

static const struct option options[] = {
	{.name = "json",
	 .kind = OPTION_FLAG,
	 .offset = offsetof(struct bench_options, json),
	 .help = "print the figures as one JSON object"},
	{.name = "quick",
	 .kind = OPTION_FLAG,
	 .offset = offsetof(struct bench_options, quick),
	 .help = "net: one short round, and fewer idle connections"},
	{.name = "svg",
	 .kind = OPTION_TEXT,
	 .offset = offsetof(struct bench_options, svg),
	 .value = "FILE",
	 .help = "also write a plot, such as docs/benchmarks.svg"},
	{.name = NULL},
};

const struct syntax bench_syntax = {
	.command = "bench",
	.operand = "crypto | net",
	.summary = "Measures the library on this machine. \"crypto\": sealing and opening on every set of kernels, "
		   "beside\n"
		   "the same composed of libcrypto's functions, pq and the key exchange. \"net\": calls over loopback, "
		   "beside\n"
		   "the same without cryptography and the same bytes through bare sockets, and what an idle connection "
		   "takes.\n"
		   "Exit status 1 when a goal (docs/benchmarks.md) is missed.",
	.tables = {options},
};

/* Opens the plot's file, where one is wanted. */
static bool open_plot(FILE **file, const char *path)
{
	*file = path ? fopen(path, "w") : NULL;
	if (path && !*file)
		complain("%s: %s", path, strerror(errno));
	return !path || *file;
}

static bool close_plot(FILE *file, const char *path)
{
	bool done = !ferror(file);

	if (fclose(file) != 0)
		done = false;
	if (!done)
		complain("%s can't be written", path);
	return done;
}

static int failed(int error)
{
	complain("the benchmark failed: %s", mtproto_strerror(error));
	return EXIT_FAILED;
}

static int run_crypto(const struct bench_options *wanted, struct bench_report *report, FILE *plot)
{
	int error;

	progress_note("measuring");
	error = bench_crypto(report);
	progress_note(NULL);
	if (error)
		return failed(error);
	if (wanted->json)
		bench_print_json(report);
	else
		bench_print_table(report);
	if (plot)
		bench_print_svg(report, plot);
	return bench_passed(report) ? EXIT_OK : EXIT_FAILED;
}

static int crypto(const struct bench_options *wanted, FILE *plot)
{
	struct bench_report *report = calloc(1, sizeof(*report));
	int exit_code;

	if (!report)
		return failed(MTPROTO_ERR_MEMORY);
	exit_code = run_crypto(wanted, report, plot);
	free(report);
	return exit_code;
}

static int net(const struct bench_options *wanted, FILE *plot)
{
	struct net_report report;
	int error;

	progress_note("measuring");
	error = bench_net(&report, wanted->quick);
	progress_note(NULL);
	if (error)
		return failed(error);
	if (wanted->json)
		bench_net_print_json(&report);
	else
		bench_net_print_table(&report);
	if (plot)
		bench_net_print_svg(&report, plot);
	return bench_net_passed(&report) ? EXIT_OK : EXIT_FAILED;
}

int cmd_bench(int argc, char **argv)
{
	struct bench_options wanted = {0};
	int (*run)(const struct bench_options *wanted, FILE *plot);
	const char *what;
	FILE *plot;
	int exit_code;

	if (!parse_arguments(&bench_syntax, argc, argv, &wanted, &what, &exit_code))
		return exit_code;
	run = strcmp(what, "crypto") == 0 ? crypto : strcmp(what, "net") == 0 ? net : NULL;
	if (!run) {
		complain("no benchmark %s, only crypto and net", what);
		return EXIT_BAD_INPUT;
	}
	if (!open_plot(&plot, wanted.svg))
		return EXIT_FAILED;
	exit_code = run(&wanted, plot);
	if (plot && !close_plot(plot, wanted.svg))
		return EXIT_FAILED;
	return exit_code;
}
