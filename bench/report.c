/* The figures as a table, as JSON and as a plot. */
#include "bench/bench.h"

#include <math.h>
#include <string.h>

#define NS_PER_S 1e9

static const char *verdict_text(const struct bench_row *row)
{
	switch (bench_judge(row)) {
	case BENCH_MET:
		return "met";
	case BENCH_MISSED:
		return "MISSED";
	case BENCH_TOO_SLOW:
		return "too slow";
	case BENCH_UNREACHABLE:
		return "out of reach";
	case BENCH_LACKING:
		return "n/a";
	default:
		return "";
	}
}

static double a_byte(const struct bench_row *row, double cycles)
{
	return row->bytes ? cycles / (double)row->bytes : 0;
}

/* ---- Table ---- */

static void print_number(double value, int width, int decimals)
{
	if (value > 0)
		printf(" %*.*f", width, decimals, value);
	else
		printf(" %*s", width, "-");
}

static void print_goal(const struct bench_row *row)
{
	if (row->goal_ratio > 0)
		printf("  >= %.1fx", row->goal_ratio);
	if (row->ratio_max > 0)
		printf("  <= %.2fx", row->ratio_max);
	if (row->goal_cycles > 0 && row->bytes >= 1024)
		printf("  <= %.2f c/B", a_byte(row, row->goal_cycles));
	else if (row->goal_cycles > 0)
		printf("  <= %.0f cycles", row->goal_cycles);
	if (bench_judge(row) == BENCH_UNREACHABLE)
		printf("  (at most %.1fx here)", row->baseline / row->limit);
}

static void print_row(const struct bench_row *row)
{
	printf("%-20s %-9s", row->name, row->kernels ? row->kernels : "");
	if (row->messages)
		printf(" %3zu x %7zu", row->messages, row->bytes);
	else
		printf(" %13s", "");
	if (!row->available) {
		printf("  n/a\n");
		return;
	}
	print_number(row->ns, 11, 0);
	print_number(row->cycles, 11, 0);
	print_number(a_byte(row, row->cycles), 7, 2);
	print_number(a_byte(row, row->baseline), 9, 2);
	print_number(a_byte(row, row->limit), 6, 2);
	print_number(row->baseline / row->cycles, 6, row->ratio_max > 0 ? 2 : 1);
	printf("  %s", verdict_text(row));
	print_goal(row);
	if (row->rated)
		printf("  %.0f a second", NS_PER_S / row->ns);
	printf("\n");
}

void bench_print_table(const struct bench_report *report)
{
	printf("Core at %.2f GHz. Baseline: the same composed of libcrypto's AES_ige_encrypt and SHA256.\n\n",
	       report->ghz);
	printf("%-20s %-9s %13s %11s %11s %7s %9s %6s %6s  goal\n", "", "kernels", "messages", "ns", "cycles", "c/B",
	       "baseline", "limit", "ratio");
	for (size_t i = 0; i < report->count; i++)
		print_row(&report->rows[i]);
}

/* ---- JSON ---- */

static void print_member(const char *name, double value)
{
	if (value > 0)
		printf(", \"%s\": %.4g", name, value);
}

void bench_print_json(const struct bench_report *report)
{
	printf("{\"ghz\": %.3f, \"passed\": %s, \"rows\": [", report->ghz, bench_passed(report) ? "true" : "false");
	for (size_t i = 0; i < report->count; i++) {
		const struct bench_row *row = &report->rows[i];

		printf("%s\n{\"name\": \"%s\", \"kernels\": \"%s\", \"available\": %s", i ? "," : "", row->name,
		       row->kernels ? row->kernels : "", row->available ? "true" : "false");
		print_member("messages", (double)row->messages);
		print_member("bytes", (double)row->bytes);
		if (row->available) {
			print_member("ns", row->ns);
			print_member("a_second", row->rated ? NS_PER_S / row->ns : 0);
			print_member("cycles", row->cycles);
			print_member("baseline_cycles", row->baseline);
			print_member("limit_cycles", row->limit);
			print_member("ratio", row->baseline / row->cycles);
		}
		print_member("goal_ratio", row->goal_ratio);
		print_member("goal_ratio_max", row->ratio_max);
		print_member("goal_cycles", row->goal_cycles);
		printf(", \"verdict\": \"%s\"}", verdict_text(row));
	}
	printf("\n]}\n");
}

/* ---- Plot: cycles a byte over the length, both axes logarithmic ---- */

#define PANEL_WIDTH  440.0
#define PANEL_HEIGHT 300.0
#define PANEL_LEFT   60.0
#define PANEL_TOP    40.0
#define PANEL_STEP   520.0
#define BYTES_MIN    64.0
#define BYTES_MAX    (1 << 20)
#define CYCLES_MIN   0.5
#define CYCLES_MAX   128.0

struct curve {
	const char *kernels; /* NULL: the baseline */
	size_t messages;
	const char *colour;
	const char *label;
};

static const struct curve curves[] = {
	{NULL, 1, "#888888", "libcrypto composed"}, {"aesni", 1, "#1f77b4", "1 message"},
	{"aesni", 2, "#2ca02c", "2, AES-NI"},       {"aesni", 8, "#ff7f0e", "8, AES-NI"},
	{"vaes", 16, "#d62728", "16, VAES"},        {"armv8", 1, "#9467bd", "1, ARMv8"},
};

#define CURVES (sizeof(curves) / sizeof(*curves))

static double x_of(double bytes)
{
	return PANEL_WIDTH * log2(bytes / BYTES_MIN) / log2(BYTES_MAX / BYTES_MIN);
}

static double y_of(double cycles)
{
	return PANEL_HEIGHT * (1 - log2(cycles / CYCLES_MIN) / log2(CYCLES_MAX / CYCLES_MIN));
}

static bool on_curve(const struct bench_row *row, const char *name, const struct curve *curve)
{
	const char *kernels = curve->kernels ? curve->kernels : "aesni";

	return row->available && strcmp(row->name, name) == 0 && row->kernels && strcmp(row->kernels, kernels) == 0 &&
	       row->messages == curve->messages;
}

static void plot_curve(const struct bench_report *report, FILE *file, const char *name, size_t index)
{
	const struct curve *curve = &curves[index];
	bool found = false;

	for (size_t i = 0; i < report->count; i++) {
		const struct bench_row *row = &report->rows[i];

		if (!on_curve(row, name, curve))
			continue;
		if (!found)
			fprintf(file, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"",
				curve->colour);
		found = true;
		fprintf(file, "%.1f,%.1f ", x_of((double)row->bytes),
			y_of(a_byte(row, curve->kernels ? row->cycles : row->baseline)));
	}
	if (found)
		fprintf(file, "\"/>\n<text x=\"%.0f\" y=\"%.0f\" fill=\"%s\">%s</text>\n", PANEL_WIDTH - 130,
			16 + 16 * (double)index, curve->colour, curve->label);
}

static void plot_axes(FILE *file, const char *title)
{
	fprintf(file, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"none\" stroke=\"#444\"/>\n", PANEL_WIDTH,
		PANEL_HEIGHT);
	fprintf(file, "<text x=\"0\" y=\"-12\" font-weight=\"bold\">%s, core cycles a byte</text>\n", title);
	for (double bytes = BYTES_MIN; bytes <= BYTES_MAX; bytes *= 16)
		fprintf(file, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.0f</text>\n", x_of(bytes),
			PANEL_HEIGHT + 18, bytes);
	for (double cycles = 1; cycles < CYCLES_MAX; cycles *= 2)
		fprintf(file,
			"<line x1=\"0\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
			"<text x=\"-8\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n",
			PANEL_WIDTH, y_of(cycles), y_of(cycles), y_of(cycles) + 4, cycles);
}

void bench_print_svg(const struct bench_report *report, FILE *file)
{
	static const char *const panels[] = {"seal", "open"};

	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" "
		"font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		2 * PANEL_STEP + 20, PANEL_HEIGHT + 80);
	for (int i = 0; i < 2; i++) {
		fprintf(file, "<g transform=\"translate(%.0f,%.0f)\">\n", PANEL_LEFT + i * PANEL_STEP, PANEL_TOP);
		plot_axes(file, panels[i]);
		for (size_t curve = 0; curve < CURVES; curve++)
			plot_curve(report, file, panels[i], curve);
		fprintf(file, "</g>\n");
	}
	fprintf(file, "</svg>\n");
}
