#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/command.h"
#include "cli/options.h"

struct bench_options {
	bool json;
	const char *svg;
};

static const struct option options[] = {
	{.name = "json",
	 .kind = OPTION_FLAG,
	 .offset = offsetof(struct bench_options, json),
	 .help = "print the figures as one JSON object"},
	{.name = "svg",
	 .kind = OPTION_TEXT,
	 .offset = offsetof(struct bench_options, svg),
	 .value = "FILE",
	 .help = "also write a plot, such as docs/benchmarks.svg"},
	{.name = NULL},
};

static const struct syntax syntax = {
	.command = "bench",
	.operand = "crypto",
	.summary = "Measures the library on this machine. \"crypto\": sealing and opening on every set of kernels, "
		   "beside\n"
		   "the same composed of libcrypto's functions, pq and the key exchange.\n"
		   "Exit status 1 when a goal (docs/benchmarks.md) is missed.",
	.tables = {options},
};

static bool write_plot(const struct bench_report *report, const char *path)
{
	FILE *file = fopen(path, "w");
	bool done;

	if (!file) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	bench_print_svg(report, file);
	done = !ferror(file);
	if (fclose(file) != 0)
		done = false;
	if (!done)
		complain("%s can't be written", path);
	return done;
}

static int run(const struct bench_options *wanted, struct bench_report *report)
{
	int error = bench_crypto(report);

	if (error) {
		complain("the benchmark failed: %s", mtproto_strerror(error));
		return EXIT_FAILED;
	}
	if (wanted->json)
		bench_print_json(report);
	else
		bench_print_table(report);
	if (wanted->svg && !write_plot(report, wanted->svg))
		return EXIT_FAILED;
	return bench_passed(report) ? EXIT_OK : EXIT_FAILED;
}

int cmd_bench(int argc, char **argv)
{
	struct bench_options wanted = {0};
	struct bench_report *report;
	const char *what;
	int exit_code;

	if (!parse_arguments(&syntax, argc, argv, &wanted, &what, &exit_code))
		return exit_code;
	if (strcmp(what, "crypto") != 0) {
		complain("no benchmark %s, only crypto", what);
		return EXIT_BAD_INPUT;
	}
	report = calloc(1, sizeof(*report));
	if (!report) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	exit_code = run(&wanted, report);
	free(report);
	return exit_code;
}
