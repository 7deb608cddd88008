/* The figures of "mtproto bench net" as a table, as JSON and as a plot. */
#include "bench/net.h"

#include <math.h>

static const char *const program_names[] = {"mtproto", "null crypto", "bare sockets"};
static const char *const json_names[] = {"mtproto", "null", "bare"};

/* ---- Table ---- */

static void print_verdict(const struct net_row *row)
{
	if (row->ratio_min > 0)
		printf("  %.0f %% of null crypto, goal %.0f: %s", 100 * row->ratio, 100 * row->ratio_min,
		       bench_net_met(row) ? "met" : "MISSED");
	if (row->resident_max > 0)
		printf("  goal %.0f: %s", row->resident_max, bench_net_met(row) ? "met" : "MISSED");
	if (row->client_max > 0)
		printf("  client <= %.0f ns: %s", row->client_max,
		       row->programs[NET_MTPROTO].client_ns <= row->client_max ? "met" : "not met");
}

static void print_calls(const struct net_row *row, int program)
{
	const struct net_result *result = &row->programs[program];

	printf("%-13s %10.0f %10.0f %8.0f %8.0f %8.0f %8.0f", program_names[program], result->calls_a_second,
	       result->capacity, result->client_ns, result->client_system_ns, result->server_ns,
	       result->server_system_ns);
	if (program == NET_MTPROTO)
		printf(" %6.0f %6.0f", result->sent, result->received);
}

static void print_row(const struct net_row *row)
{
	for (int program = 0; program < NET_PROGRAMS; program++) {
		printf("%6zu x %3zu  ", row->connections, row->depth);
		if (row->unavailable) {
			printf("n/a: %s\n", row->unavailable);
			return;
		}
		if (row->depth)
			print_calls(row, program);
		else
			printf("%-13s %10.0f bytes of the server's memory each", program_names[program],
			       row->programs[program].resident);
		if (program == NET_MTPROTO)
			print_verdict(row);
		printf("\n");
	}
}

void bench_net_print_table(const struct net_report *report)
{
	printf("Calls over loopback: connections x calls of each in flight; a second by the clock, and with a core for "
	       "each side.\nCPU time in ns a call, with what of it the system took; bytes a call.\n\n");
	printf("%12s  %-13s %10s %10s %8s %8s %8s %8s %6s %6s\n", "", "", "calls/s", "core", "client", "system",
	       "server", "system", "sent", "recv");
	for (size_t i = 0; i < report->count; i++)
		print_row(&report->rows[i]);
}

/* ---- JSON ---- */

static void print_result(const char *name, const struct net_result *result)
{
	printf(", \"%s\": {\"calls_a_second\": %.6g, \"capacity\": %.6g, \"client_ns\": %.6g, \"client_system_ns\": "
	       "%.6g, "
	       "\"server_ns\": %.6g, \"server_system_ns\": %.6g, \"bytes_sent\": %.6g, \"bytes_received\": %.6g, "
	       "\"resident\": %.6g}",
	       name, result->calls_a_second, result->capacity, result->client_ns, result->client_system_ns,
	       result->server_ns, result->server_system_ns, result->sent, result->received, result->resident);
}

void bench_net_print_json(const struct net_report *report)
{
	printf("{\"passed\": %s, \"rows\": [", bench_net_passed(report) ? "true" : "false");
	for (size_t i = 0; i < report->count; i++) {
		const struct net_row *row = &report->rows[i];

		printf("%s\n{\"connections\": %zu, \"in_flight\": %zu", i ? "," : "", row->connections, row->depth);
		if (row->unavailable)
			printf(", \"unavailable\": \"%s\"", row->unavailable);
		for (int program = 0; program < NET_PROGRAMS && !row->unavailable; program++)
			print_result(json_names[program], &row->programs[program]);
		if (row->ratio_min > 0)
			printf(", \"ratio\": %.4g, \"goal_ratio\": %.4g", row->ratio, row->ratio_min);
		if (row->resident_max > 0)
			printf(", \"goal_resident\": %.6g", row->resident_max);
		if (row->client_max > 0)
			printf(", \"goal_client_ns\": %.6g", row->client_max);
		printf("}");
	}
	printf("\n]}\n");
}

/* ---- Plot: the client's CPU time a call, logarithmic ---- */

#define LEFT       110.0
#define TOP        40.0
#define WIDTH      480.0
#define BAR_HEIGHT 14.0
#define ROW_HEIGHT 58.0
#define NS_MIN     10.0
#define NS_MAX     100000.0

static const char *const colours[] = {"#1f77b4", "#2ca02c", "#888888"};

static double width_of(double ns)
{
	return ns > NS_MIN ? WIDTH * log(ns / NS_MIN) / log(NS_MAX / NS_MIN) : 0;
}

static void plot_row(FILE *file, const struct net_row *row, double top)
{
	fprintf(file, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">%zu x %zu</text>\n", LEFT - 8,
		top + 2 * BAR_HEIGHT, row->connections, row->depth);
	for (int program = 0; program < NET_PROGRAMS; program++) {
		double y = top + program * BAR_HEIGHT;
		double width = width_of(row->programs[program].client_ns);

		fprintf(file, "<rect x=\"%.0f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\" fill=\"%s\"/>\n", LEFT, y,
			width, BAR_HEIGHT - 2, colours[program]);
		fprintf(file, "<text x=\"%.1f\" y=\"%.0f\" font-size=\"11\">%.0f ns, %s</text>\n", LEFT + width + 5,
			y + BAR_HEIGHT - 4, row->programs[program].client_ns, program_names[program]);
	}
}

void bench_net_print_svg(const struct net_report *report, FILE *file)
{
	double top = TOP;

	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" "
		"font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"%.0f\" y=\"24\" font-weight=\"bold\">Connections x calls in flight: the client's CPU time a "
		"call, "
		"logarithmic</text>\n",
		LEFT + WIDTH + 40, TOP + ROW_HEIGHT * (double)report->count, LEFT);
	for (size_t i = 0; i < report->count; i++) {
		if (report->rows[i].unavailable || !report->rows[i].depth)
			continue;
		plot_row(file, &report->rows[i], top);
		top += ROW_HEIGHT;
	}
	fprintf(file, "</svg>\n");
}
