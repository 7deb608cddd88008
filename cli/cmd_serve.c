#include <mtproto/dc.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/address.h"
#include "cli/command.h"
#include "cli/data_centre.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/signals.h"
#include "cli/trace_log.h"

/* Ids of data centres, those of test environments included. */
#define DC_MAX        19999
#define DC_DIGITS_MAX 5

#define FAULT_SPEC_MAX 1024

struct serve_options {
	struct option_texts listen;
	const char *key;
	const char *state;
	const char *fault;
	struct option_texts rpc_error;
	const char *updates;
	int64_t dc;
	int64_t home_dc;
	bool verbose;
	bool json;
	struct trace_options trace;
};

#define OFFSET(member) offsetof(struct serve_options, member)

static const struct option serve_option_table[] = {
	{"listen", OPTION_TEXTS, OFFSET(listen), "[N=]HOST:PORT",
	 "where data centre N is; may be given again (default: 127.0.0.1:4430)", 0, 0},
	{"dc", OPTION_DC, OFFSET(dc), "N", "the id where no N is given, above 10000 for a test one (default: 2)", 1,
	 DC_MAX},
	{"home-dc", OPTION_NUMBER, OFFSET(home_dc), "N", "where accounts sign in; elsewhere they get USER_MIGRATE_N", 1,
	 9999},
	{"rpc-error", OPTION_TEXTS, OFFSET(rpc_error), "SPEC",
	 "answer METHOD[@DC]=CODE:TEXT[:COUNT]; may be given again", 0, 0},
	{"key", OPTION_TEXT, OFFSET(key), "FILE", "private RSA key; FILE and FILE.pub are made when missing", 0, 0},
	{"state", OPTION_TEXT, OFFSET(state), "FILE", "keys and sessions live in FILE and outlive the server", 0, 0},
	{"fault", OPTION_TEXT, OFFSET(fault), "SPEC", "misbehave, as in lost=0.01,reset=0.001; see the manual page", 0,
	 0},
	{"updates", OPTION_TEXT, OFFSET(updates), "SPEC",
	 "things happen to accounts, as in count=1000,channels=10,rate=50", 0, 0},
	TRACE_OPTION(OFFSET(trace)),
	TRACE_BYTES_OPTION(OFFSET(trace)),
	KEY_LOG_OPTION(OFFSET(trace)),
	{"verbose", OPTION_FLAG, OFFSET(verbose), NULL, "tell what happens on stderr", 0, 0},
	{"json", OPTION_FLAG, OFFSET(json), NULL, "print the ready line as a JSON object", 0, 0},
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

const struct syntax serve_syntax = {
	.command = "serve",
	.summary =
		"Runs one data centre or several with the same accounts, in which bots can sign in. Without --state,\n"
		"keys and sessions are forgotten at its end.\n"
		"Prints \"listening HOST:PORT dc N fingerprint HEX\" for each when all are ready; SIGTERM or SIGINT "
		"end\n"
		"it. Port 0 picks a free one.\n"
		"Without --key it makes a key for itself and prints the public half, for clients, to stderr.",
	.tables = {serve_option_table},
};

static void print_ready_one(const struct data_centre *centre, size_t index, bool as_json)
{
	const char *address = data_centre_address(centre, index);
	int32_t dc = centre->servers[index].dc;
	uint64_t fingerprint = data_centre_fingerprint(centre);
	struct json json;

	if (!as_json) {
		printf("listening %s dc %" PRId32 " fingerprint %016" PRIx64 "\n", address, dc, fingerprint);
		return;
	}
	json_begin(&json);
	json_text(&json, "listening", address);
	json_number(&json, "dc", dc);
	json_hex(&json, "fingerprint", fingerprint);
	json_end(&json);
}

static void print_ready(const struct data_centre *centre, const struct serve_options *options)
{
	for (size_t i = 0; i < centre->count; i++)
		print_ready_one(centre, i, options->json);
	fflush(stdout);
}

static int prepare_key(const struct serve_options *options, struct pem *private_half, struct pem *public_half)
{
	return options->key ? key_file_prepare(private_half, public_half, options->key)
			    : key_generate(private_half, public_half);
}

static int parse_faults(struct mtproto_faults *faults, struct testdc_update_faults *update_faults, const char *spec)
{
	struct mtproto_span wrong;
	char rest[FAULT_SPEC_MAX];
	int error = testdc_faults_parse(update_faults, spec, rest, sizeof(rest), &wrong);

	mtproto_faults_init(faults);
	if (!error && *rest)
		error = mtproto_faults_parse(faults, rest, &wrong);
	if (!error)
		return EXIT_OK;
	complain("serve --fault: \"%.*s\" is not understood", (int)wrong.len, (const char *)wrong.data);
	return EXIT_BAD_INPUT;
}

static void tell_fault(const char *name, uint64_t count)
{
	if (count)
		fprintf(stderr, "fault %s struck %" PRIu64 " times\n", name, count);
}

static void tell_faults(const struct data_centre *centre)
{
	struct testdc_update_counts updates;

	for (int fault = 0; fault < MTPROTO_FAULT_COUNT; fault++) {
		uint64_t count = 0;

		for (size_t i = 0; i < centre->count; i++)
			count += mtproto_server_fault_count(centre->servers[i].server, (enum mtproto_fault)fault);
		tell_fault(mtproto_fault_name((enum mtproto_fault)fault), count);
	}
	testdc_get_counts(centre->testdc, &updates);
	tell_fault("update_lost", updates.lost);
	tell_fault("update_doubled", updates.doubled);
	tell_fault("update_swapped", updates.swapped);
}

static int run_until_signal(struct data_centre *centre, const struct serve_options *options,
			    const struct signals *signals)
{
	int exit_code;

	/* One that came while the key was made. */
	uv_run(centre->loop, UV_RUN_NOWAIT);
	if (!signals->stop)
		print_ready(centre, options);
	while (!signals->stop)
		uv_run(centre->loop, UV_RUN_ONCE);
	if (options->verbose)
		tell_faults(centre);
	exit_code = data_centre_save(centre);
	data_centre_close(centre);
	return exit_code;
}

/* "N=HOST:PORT", or "HOST:PORT" of the data centre dc. */
static int parse_place(struct data_centre_place *place, int64_t dc, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	char *end;

	place->dc = (int32_t)dc;
	if (text[digits] == '=') {
		long id = strtol(text, &end, 10);

		if (digits > DC_DIGITS_MAX || id < 1 || id > DC_MAX || id % MTPROTO_DC_TEST_BASE == 0) {
			complain("serve --listen: %.*s is not the id of a data centre", (int)digits, text);
			return EXIT_BAD_INPUT;
		}
		place->dc = (int32_t)id;
		text += digits + 1;
	}
	return address_parse(&place->address, "serve", text);
}

static int add_all(struct data_centre *centre, const struct serve_options *options, const struct pem *private_half)
{
	int exit_code = EXIT_OK;

	for (size_t i = 0; exit_code == EXIT_OK && i < options->listen.count; i++) {
		struct data_centre_place place;

		exit_code = parse_place(&place, options->dc, options->listen.items[i]);
		if (exit_code == EXIT_OK)
			exit_code = data_centre_add(centre, "serve", &place, private_half);
	}
	return exit_code;
}

/* What its accounts and methods do that others' do not. */
static int prepare_answers(struct testdc *testdc, const struct serve_options *options)
{
	testdc_set_home(testdc, (int32_t)options->home_dc);
	if (options->updates) {
		struct testdc_stream stream;
		struct mtproto_span wrong;

		testdc_stream_init(&stream);
		if (testdc_stream_parse(&stream, options->updates, &wrong)) {
			complain("serve --updates: \"%.*s\" is not understood", (int)wrong.len,
				 (const char *)wrong.data);
			return EXIT_BAD_INPUT;
		}
		testdc_set_stream(testdc, &stream);
	}
	for (size_t i = 0; i < options->rpc_error.count; i++) {
		if (testdc_add_error(testdc, options->rpc_error.items[i]) == 0)
			continue;
		complain("serve --rpc-error: \"%s\" is not METHOD[@DC]=CODE:TEXT[:COUNT]", options->rpc_error.items[i]);
		return EXIT_BAD_INPUT;
	}
	return EXIT_OK;
}

static int serve(const struct serve_options *options, uv_loop_t *loop, const struct signals *signals,
		 struct trace_log *log)
{
	struct data_centre centre = {.verbose = options->verbose, .state_path = options->state, .log = log};
	struct pem private_half = {.len = 0}, public_half;
	struct testdc_update_faults update_faults = {0, 0, 0};
	struct mtproto_faults faults;
	int exit_code = EXIT_OK;

	if (options->fault) {
		exit_code = parse_faults(&faults, &update_faults, options->fault);
		centre.faults = &faults;
	}
	if (exit_code == EXIT_OK)
		exit_code = data_centre_open(&centre, loop, "serve");
	if (exit_code == EXIT_OK) {
		testdc_set_update_faults(centre.testdc, &update_faults);
		exit_code = prepare_answers(centre.testdc, options);
	}
	if (exit_code == EXIT_OK)
		exit_code = prepare_key(options, &private_half, &public_half);
	if (exit_code == EXIT_OK)
		exit_code = add_all(&centre, options, &private_half);
	mtproto_wipe(&private_half, sizeof(private_half));
	if (exit_code != EXIT_OK) {
		data_centre_close(&centre);
		return exit_code;
	}
	if (!options->key)
		fprintf(stderr, "This key ends with the server. Clients need it in a file, for --key:\n%.*s",
			(int)public_half.len, public_half.text);
	return run_until_signal(&centre, options, signals);
}

int cmd_serve(int argc, char **argv)
{
	struct serve_options options = {.dc = 2};
	struct signals signals = {.stop = false};
	struct trace_log log;
	uv_loop_t loop;
	int exit_code;

	if (!parse_arguments(&serve_syntax, argc, argv, &options, NULL, &exit_code))
		return exit_code;
	if (options.listen.count == 0)
		options.listen = (struct option_texts){.items = {"127.0.0.1:4430"}, .count = 1};
	if (uv_loop_init(&loop) != 0) {
		complain("serve: no event loop");
		return EXIT_FAILED;
	}
	/* From now on a signal is a clean end, also before the ready line. */
	signals_open(&signals, &loop);
	exit_code = trace_log_open(&log, &options.trace, "serve");
	if (exit_code == EXIT_OK)
		exit_code = serve(&options, &loop, &signals, &log);
	signals_close(&signals);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	return trace_log_close(&log, exit_code);
}
