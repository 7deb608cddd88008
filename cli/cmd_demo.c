#include <mtproto/tl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/config_summary.h"
#include "cli/data_centre.h"
#include "cli/demo_updates.h"
#include "cli/exchange.h"
#include "cli/options.h"
#include "cli/session.h"

#define DC           2
#define LAYER        214
#define TEMP_SECONDS 3600
#define PINGS        10000
#define TIMEOUT_NS   UINT64_C(30000000000)

struct demo {
	uv_loop_t loop;
	struct data_centre centre;
	struct pem public_half;
};

struct form {
	enum mtproto_framing framing;
	bool obfuscated;
};

static const struct form forms[] = {
	{MTPROTO_FRAMING_ABRIDGED, false},    {MTPROTO_FRAMING_ABRIDGED, true}, {MTPROTO_FRAMING_INTERMEDIATE, false},
	{MTPROTO_FRAMING_INTERMEDIATE, true}, {MTPROTO_FRAMING_PADDED, false},  {MTPROTO_FRAMING_PADDED, true},
	{MTPROTO_FRAMING_FULL, false},
};

static void configure(const struct demo *demo, const struct form *form, struct mtproto_client_config *config)
{
	mtproto_client_config_init(config);
	config->reconnect_enabled = false;
	config->address = data_centre_address(&demo->centre, 0);
	config->link.framing = form->framing;
	config->link.obfuscated = form->obfuscated;
	config->link.dc = DC;
	config->connection.dc = DC;
	config->connection.rsa_pem = demo->public_half.text;
	config->connection.rsa_pem_len = demo->public_half.len;
	config->connection.layer = LAYER;
	config->connection.api_id = 1;
	config->connection.device_model = "demo";
	config->connection.app_version = "demo";
}

static int get_config(struct session *session, struct config_summary *summary)
{
	uint8_t body[4], answer[SESSION_ANSWER_MAX];
	struct mtproto_tl_writer w;
	size_t len;
	int error;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, HELP_GET_CONFIG);
	error = session_invoke(session, body, w.len, answer, &len);
	if (!error) {
		error = config_summary_read(summary, answer, len);
		if (error)
			snprintf(session->reason, sizeof(session->reason), "Config: %s", mtproto_strerror(error));
	}
	return error;
}

/* ---- Each transport ---- */

static void print_form(const struct form *form, const struct mtproto_handshake_times *times, uint64_t rtt_ns,
		       const struct config_summary *config)
{
	printf("%-12s %-10s %8.3f %8.3f %8.3f %8.3f   this_dc %" PRId32 ", date %" PRIu32 ", %" PRIu32 " dc_options\n",
	       mtproto_framing_name(form->framing), form->obfuscated ? "obfuscated" : "plain",
	       (double)times->res_pq_ns / 1e6, (double)times->dh_params_ns / 1e6, (double)times->dh_gen_ns / 1e6,
	       (double)rtt_ns / 1e6, config->this_dc, config->date, config->dc_options);
}

static int show_form(struct demo *demo, const struct form *form)
{
	struct mtproto_client_config client_config;
	struct mtproto_connection_info info;
	struct config_summary config;
	struct session session;
	uint64_t rtt_ns;
	int error;

	configure(demo, form, &client_config);
	error = session_open(&session, &demo->loop, &client_config, NULL);
	if (!error)
		error = session_ping(&session, TIMEOUT_NS, &rtt_ns);
	if (!error)
		error = get_config(&session, &config);
	if (error) {
		complain("demo: %s%s: %s", mtproto_framing_name(form->framing), form->obfuscated ? ", obfuscated" : "",
			 session.reason);
	} else {
		mtproto_client_get_info(session.client, &info);
		print_form(form, &info.times, rtt_ns, &config);
		mtproto_wipe(&info, sizeof(info));
	}
	session_close(&session);
	return error;
}

static int show_forms(struct demo *demo)
{
	int error = 0;

	printf("%-23s %8s %8s %8s %8s   %s\n", "", "req_pq", "req_DH", "set_DH", "ping", "help.getConfig");
	for (size_t i = 0; !error && i < sizeof(forms) / sizeof(forms[0]); i++)
		error = show_form(demo, &forms[i]);
	printf("%-23s %35s\n\n", "", "(milliseconds)");
	return error;
}

/* ---- A temporary key ---- */

/* The server must know the one key as the other's. */
static bool is_bound(const struct demo *demo, const struct mtproto_connection_info *info)
{
	struct mtproto_key_info key;
	bool bound;

	if (mtproto_server_find_key(demo->centre.servers[0].server, info->temp_auth_key_id, &key))
		return false;
	bound = key.temporary && key.perm_auth_key_id == info->auth_key.id;
	mtproto_wipe(&key, sizeof(key));
	return bound;
}

static int show_temporary_key(struct demo *demo, struct session *session)
{
	struct mtproto_client_config client_config;
	struct mtproto_connection_info info;
	struct config_summary config;
	int error;

	configure(demo, &(struct form){MTPROTO_FRAMING_INTERMEDIATE, true}, &client_config);
	client_config.connection.temp_expires_in = TEMP_SECONDS;
	error = session_open(session, &demo->loop, &client_config, NULL);
	if (!error)
		error = get_config(session, &config);
	if (error) {
		complain("demo: temporary key: %s", session->reason);
		return error;
	}
	mtproto_client_get_info(session->client, &info);
	if (!is_bound(demo, &info)) {
		complain("demo: the server does not know the temporary key as bound");
		error = MTPROTO_ERR_STATE;
	} else {
		printf("temporary key %016" PRIx64 ", bound to %016" PRIx64 "\n", info.temp_auth_key_id,
		       info.auth_key.id);
		exchange_print("  ", &info.temp_times);
		printf("  help.getConfig: this_dc %" PRId32 "\n\n", config.this_dc);
	}
	mtproto_wipe(&info, sizeof(info));
	return error;
}

/* ---- Many pings at once ---- */

struct flood {
	size_t answered;
	size_t failed;
};

static void on_flood_answer(struct mtproto_client *client, const struct mtproto_answer *answer, void *user)
{
	struct flood *flood = user;

	(void)client;
	if (answer->type == MTPROTO_EVENT_PONG)
		flood->answered++;
	else
		flood->failed++;
}

static int show_flood(struct session *session)
{
	uint64_t begin_ns = mtproto_uv_now().mono_ns;
	struct flood flood = {0, 0};
	int error = 0;

	for (int i = 0; !error && i < PINGS; i++)
		error = mtproto_client_ping(session->client, TIMEOUT_NS, on_flood_answer, &flood, NULL);
	if (error)
		snprintf(session->reason, sizeof(session->reason), "%s", mtproto_strerror(error));
	while (!error && flood.answered + flood.failed < PINGS)
		error = session_wait(session);
	if (!error && flood.failed) {
		error = MTPROTO_ERR_TIMEOUT;
		snprintf(session->reason, sizeof(session->reason), "%zu were not answered", flood.failed);
	}
	if (error) {
		complain("demo: %d pings at once: %s", PINGS, session->reason);
		session_close(session); /* settles what would still write to flood */
		return error;
	}
	printf("%d pings in flight at once: answered in %.1f ms\n", PINGS,
	       (double)(mtproto_uv_now().mono_ns - begin_ns) / 1e6);
	return 0;
}

/* ---- All of it ---- */

static int run_demo(struct demo *demo)
{
	struct session session = {.client = NULL};
	int error;

	printf("data centre %d at %s, fingerprint %016" PRIx64 "\n\n", DC, data_centre_address(&demo->centre, 0),
	       data_centre_fingerprint(&demo->centre));
	error = show_forms(demo);
	if (!error)
		error = show_temporary_key(demo, &session);
	if (!error)
		error = show_flood(&session);
	session_close(&session);
	return error;
}

struct demo_options {
	bool updates;
	int64_t count;
};

static const struct option demo_option_table[] = {
	{"updates", OPTION_FLAG, offsetof(struct demo_options, updates), NULL, "show updates over a bad line instead",
	 0, 0},
	{"count", OPTION_NUMBER, offsetof(struct demo_options, count), "N", "of --updates (default: 100000)", 100,
	 10000000},
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

const struct syntax demo_syntax = {
	.command = "demo",
	.summary =
		"Starts a data centre on a free loopback port. For each transport, plain and obfuscated: a key\n"
		"exchange, an encrypted ping, help.getConfig. Then a temporary key bound to the permanent one,\n"
		"and 10,000 pings in flight at once. With --updates: the updates of an account and 50 channels, of\n"
		"which 5 in 100 are lost, doubled or swapped, while the link is cut 20 times; each has to come once\n"
		"and in order. Ends with \"demo: ok\".",
	.tables = {demo_option_table},
};

static int run_all(struct demo *demo, const struct pem *private_half)
{
	static const struct data_centre_place place = {.dc = DC, .address = {.host = "127.0.0.1", .port = 0}};
	int exit_code = data_centre_open(&demo->centre, &demo->loop, "demo");

	if (exit_code == EXIT_OK)
		exit_code = data_centre_add(&demo->centre, "demo", &place, private_half);
	if (exit_code == EXIT_OK && run_demo(demo) != 0)
		exit_code = EXIT_FAILED;
	data_centre_close(&demo->centre);
	return exit_code;
}

int cmd_demo(int argc, char **argv)
{
	struct demo_options options = {.count = 100000};
	struct demo demo = {.centre = {.uv = NULL}};
	struct pem private_half;
	int exit_code;

	if (!parse_arguments(&demo_syntax, argc, argv, &options, NULL, &exit_code))
		return exit_code;
	if (uv_loop_init(&demo.loop) != 0) {
		complain("demo: no event loop");
		return EXIT_FAILED;
	}
	exit_code = key_generate(&private_half, &demo.public_half);
	if (exit_code == EXIT_OK && options.updates)
		exit_code = demo_updates(&demo.loop, &private_half, &demo.public_half, options.count);
	else if (exit_code == EXIT_OK)
		exit_code = run_all(&demo, &private_half);
	mtproto_wipe(&private_half, sizeof(private_half));
	uv_loop_close(&demo.loop);
	if (exit_code == EXIT_OK)
		printf("demo: ok\n");
	return exit_code;
}
