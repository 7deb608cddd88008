#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/client_options.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/session.h"

#define COUNT_DEFAULT  4
#define WINDOW_DEFAULT 1

/* About half a minute, at most a second apart. */
#define RECONNECT_DEFAULT  30
#define RECONNECT_FIRST_NS UINT64_C(100000000)
#define RECONNECT_MAX_NS   UINT64_C(1000000000)

struct ping_options {
	struct client_options client; /* first, see there */
	bool json;
	int64_t count;
	int64_t window;
	int64_t reconnect;
	uint64_t interval_ns;
};

/* Pings flow as long as fewer than window are on their way; with an interval one leaves at each tick of the timer. */
struct pings {
	const struct ping_options *options;
	struct session session;
	uv_timer_t timer;
	bool timer_open;
	int64_t sent;
	int64_t answered;
	int64_t failed;
	int error;   /* of the first that failed */
	int refused; /* no more can be sent, for this error */
	uint64_t min_ns, max_ns, sum_ns;
};

#define OFFSET(member) offsetof(struct ping_options, member)

static const struct option ping_option_table[] = {
	{"count", OPTION_NUMBER, OFFSET(count), "N", "send N pings (default: 4)", 1, 100000000},
	{"interval", OPTION_SECONDS, OFFSET(interval_ns), "SECONDS", "wait so long between two (default: 0)", 0, 86400},
	{"window", OPTION_NUMBER, OFFSET(window), "N", "let so many be on their way at once (default: 1)", 1, 16384},
	{"reconnect", OPTION_NUMBER, OFFSET(reconnect), "N",
	 "when the link is lost, try so often to get another (default: 30)", 0, 1000000},
	JSON_OPTION(OFFSET(json)),
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

const struct syntax ping_syntax = {
	.command = "ping",
	.operand = "HOST:PORT",
	.summary = "Creates an auth_key and sends pings over an encrypted session, which survives lost links.\n"
		   "Each ping is settled once, by its answer or its timeout; the summary counts both, the further\n"
		   "links and the messages that were sent again.",
	.tables = {client_option_table, ping_option_table},
};

static void send_pings(struct pings *pings);

static void note_answer(struct pings *pings, uint64_t rtt_ns)
{
	if (pings->answered == 0 || rtt_ns < pings->min_ns)
		pings->min_ns = rtt_ns;
	if (rtt_ns > pings->max_ns)
		pings->max_ns = rtt_ns;
	pings->sum_ns += rtt_ns;
	pings->answered++;
	if (!pings->options->json)
		printf("pong %" PRId64 ": %.3f ms\n", pings->answered, (double)rtt_ns / 1e6);
}

static void note_failure(struct pings *pings, int error)
{
	if (pings->failed++ == 0)
		pings->error = error;
}

static void on_answer(struct mtproto_client *client, const struct mtproto_answer *answer, void *user)
{
	struct pings *pings = user;

	(void)client;
	if (answer->type == MTPROTO_EVENT_PONG)
		note_answer(pings, answer->rtt_ns);
	else
		note_failure(pings, answer->error);
	if (!pings->options->interval_ns)
		send_pings(pings);
}

static void send_one(struct pings *pings)
{
	pings->refused =
		mtproto_client_ping(pings->session.client, pings->options->client.timeout_ns, on_answer, pings, NULL);
	if (!pings->refused)
		pings->sent++;
}

static bool may_send(const struct pings *pings)
{
	return !pings->refused && pings->sent < pings->options->count &&
	       pings->sent - pings->answered - pings->failed < pings->options->window;
}

static void send_pings(struct pings *pings)
{
	while (may_send(pings))
		send_one(pings);
}

static void on_tick(uv_timer_t *timer)
{
	struct pings *pings = timer->data;

	if (may_send(pings))
		send_one(pings);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct pings *pings = handle->data;

	pings->timer_open = false;
}

static int start_timer(struct pings *pings)
{
	/* libuv counts in milliseconds; a shorter interval is the shortest. */
	uint64_t ms = pings->options->interval_ns / 1000000u;

	if (uv_timer_init(pings->session.loop, &pings->timer) != 0)
		return MTPROTO_ERR_IO;
	pings->timer.data = pings;
	pings->timer_open = true;
	return uv_timer_start(&pings->timer, on_tick, 0, ms ? ms : 1) == 0 ? 0 : MTPROTO_ERR_IO;
}

static void stop_timer(struct pings *pings)
{
	if (!pings->timer_open)
		return;
	uv_close((uv_handle_t *)&pings->timer, on_timer_closed);
	while (pings->timer_open && uv_run(pings->session.loop, UV_RUN_ONCE) != 0)
		;
}

static int run_pings(struct pings *pings)
{
	int error = 0;

	if (pings->options->interval_ns)
		error = start_timer(pings);
	else
		send_pings(pings);
	while (!error && !pings->refused && pings->answered + pings->failed < pings->options->count)
		error = session_wait(&pings->session);
	stop_timer(pings);
	return error ? error : pings->refused;
}

/* Messages sent again, for whatever reason. */
static uint64_t count_resent(const struct mtproto_session_stats *stats)
{
	return stats->resent_salt + stats->resent_bad_msg + stats->resent_new_session + stats->resent_state +
	       stats->resent_asked + stats->resent_after;
}

static void print_summary(const struct pings *pings, const char *address)
{
	uint64_t average_ns = pings->answered ? pings->sum_ns / (uint64_t)pings->answered : 0;
	struct mtproto_connection_stats stats;
	int64_t reconnects, resent;
	struct json json;

	mtproto_client_get_stats(pings->session.client, &stats);
	reconnects = (int64_t)stats.links - 1;
	resent = (int64_t)count_resent(&stats.session);
	if (pings->options->json) {
		json_begin(&json);
		json_text(&json, "address", address);
		json_number(&json, "sent", pings->sent);
		json_number(&json, "answered", pings->answered);
		json_number(&json, "failed", pings->failed);
		json_number(&json, "reconnects", reconnects);
		json_number(&json, "resent", resent);
		json_ms(&json, "rtt_min_ms", pings->min_ns);
		json_ms(&json, "rtt_avg_ms", average_ns);
		json_ms(&json, "rtt_max_ms", pings->max_ns);
		json_end(&json);
		return;
	}
	printf("%" PRId64 " sent, %" PRId64 " answered, %" PRId64 " failed, %" PRId64 " reconnects, %" PRId64
	       " resent, rtt min/avg/max %.3f/%.3f/%.3f ms\n",
	       pings->sent, pings->answered, pings->failed, reconnects, resent, (double)pings->min_ns / 1e6,
	       (double)average_ns / 1e6, (double)pings->max_ns / 1e6);
}

static int ping(struct ping_options *options, const char *address, struct mtproto_client_config *config)
{
	struct pings pings = {.options = options};
	int exit_code = EXIT_OK;
	uv_loop_t loop;
	int error;

	if (uv_loop_init(&loop) != 0) {
		complain("ping: no event loop");
		return EXIT_FAILED;
	}
	config->reconnect.delay_initial_ns = RECONNECT_FIRST_NS;
	config->reconnect.delay_max_ns = RECONNECT_MAX_NS;
	config->reconnect.attempts_max = (uint32_t)options->reconnect;
	error = session_open(&pings.session, &loop, config, &options->client.log);
	if (!error) {
		/* A server that was never there is a failure at once; one that was may come back. */
		mtproto_client_set_reconnect(pings.session.client, options->reconnect > 0);
		error = run_pings(&pings);
		print_summary(&pings, address);
		if (!error)
			error = pings.error;
	}
	if (error)
		exit_code = client_complain("ping", address, error, pings.session.reason);
	session_close(&pings.session);
	uv_loop_close(&loop);
	return exit_code;
}

int cmd_ping(int argc, char **argv)
{
	struct ping_options options = {
		.count = COUNT_DEFAULT, .window = WINDOW_DEFAULT, .reconnect = RECONNECT_DEFAULT};
	struct mtproto_client_config config;
	const char *address;
	struct pem key;
	int exit_code;

	client_options_init(&options.client);
	if (!parse_arguments(&ping_syntax, argc, argv, &options, &address, &exit_code))
		return exit_code;
	exit_code = client_options_apply(&options.client, "ping", address, &config, &key);
	if (exit_code == EXIT_OK)
		exit_code = ping(&options, address, &config);
	return trace_log_close(&options.client.log, exit_code);
}
