#include "cli/account.h"

#include <mtproto/session_store.h>
#include <mtproto/version.h>
#include <stdio.h>
#include <string.h>

#include "cli/address.h"
#include "cli/command.h"
#include "cli/schema_files.h"
#include "cli/session_file.h"

/* That of the built-in schema. */
#define LAYER_DEFAULT 228

/* Who waits at a terminal wants to know soon. */
#define ATTEMPTS_MAX     3
#define ATTEMPT_DELAY_NS UINT64_C(100000000)

static void keep_reason(struct account *account, const char *reason)
{
	snprintf(account->reason, sizeof(account->reason), "%s", reason);
}

static void on_ready(struct mtproto_account *handle, void *user)
{
	struct account *account = user;

	(void)handle;
	account->ready = true;
	progress_say(&account->progress, "waiting for the answer");
}

static void on_reconnect(struct mtproto_account *handle, int32_t dc, int error, const char *reason, uint64_t delay_ns,
			 void *user)
{
	struct account *account = user;

	(void)handle;
	(void)error;
	(void)delay_ns;
	account->losses++;
	keep_reason(account, reason);
	progress_say(&account->progress, "data centre %d: %s; connecting again", (int)dc, reason);
}

static void on_failed(struct mtproto_account *handle, int32_t dc, int error, const char *reason, void *user)
{
	struct account *account = user;

	(void)handle;
	(void)dc;
	(void)error;
	keep_reason(account, reason);
	account->failed = true;
}

static void on_signed_out(struct mtproto_account *handle, const char *text, void *user)
{
	struct account *account = user;

	(void)handle;
	account->signed_out = true;
	keep_reason(account, text);
}

static void on_store_error(struct mtproto_account *handle, int error, void *user)
{
	struct account *account = user;

	(void)handle;
	complain("%s: the session's file: %s", account->command, mtproto_strerror(error));
}

static void on_trace(struct mtproto_account *handle, int32_t dc, const struct mtproto_event *event, void *user)
{
	struct account *account = user;

	(void)handle;
	(void)dc;
	trace_log_event(account->log, event);
}

/* ---- Settings ---- */

static int pin_address(struct account *account, const struct account_options *options)
{
	struct mtproto_dc_option *option = &account->option;
	struct mtproto_uv_address address;
	char ip[INET6_ADDRSTRLEN];
	int exit_code = address_parse(&address, account->command, options->connect);

	if (exit_code == EXIT_OK)
		exit_code = address_resolve(ip, account->command, &account->loop, &address);
	if (exit_code != EXIT_OK)
		return exit_code;
	memset(option, 0, sizeof(*option));
	option->id = account->config.dc;
	option->flags = MTPROTO_DC_THIS_PORT_ONLY | (strchr(ip, ':') ? MTPROTO_DC_IPV6 : 0u);
	option->port = address.port;
	snprintf(option->address, sizeof(option->address), "%s", ip);
	account->config.dc_options = option;
	account->config.dc_option_count = 1;
	return EXIT_OK;
}

static void describe(struct account *account, const struct account_options *options)
{
	struct mtproto_connection_config *connection = &account->config.connection;
	uint32_t layer = mtproto_schema_layer(account->schema);

	connection->layer = options->layer ? (int32_t)options->layer : layer ? (int32_t)layer : LAYER_DEFAULT;
	connection->api_id = (int32_t)options->api_id;
	connection->device_model = "mtproto";
	connection->system_version = "1";
	connection->app_version = mtproto_version_string();
	connection->system_lang_code = "en";
	connection->lang_code = "en";
}

static int configure(struct account *account, struct account_options *options)
{
	struct mtproto_account_config *config = &account->config;
	struct mtproto_client_config client;
	int exit_code =
		client_options_apply(&options->client, account->command, options->connect, &client, &account->key);

	if (exit_code != EXIT_OK)
		return exit_code;
	if (options->client.dc < 0) {
		complain("%s --dc: an account has no home at a data centre for media", account->command);
		return EXIT_BAD_INPUT;
	}
	mtproto_account_config_init(config);
	config->loop = &account->loop;
	config->context = client.context;
	config->test = options->client.dc > MTPROTO_DC_TEST_BASE;
	config->dc = (int32_t)(options->client.dc % MTPROTO_DC_TEST_BASE);
	config->connect_timeout_ns = client.connect_timeout_ns;
	config->link = client.link;
	config->connection = client.connection;
	config->schema = account->schema;
	config->reconnect.attempts_max = ATTEMPTS_MAX;
	config->reconnect.delay_initial_ns = ATTEMPT_DELAY_NS;
	config->on_ready = on_ready;
	config->on_reconnect = on_reconnect;
	config->on_failed = on_failed;
	config->on_signed_out = on_signed_out;
	config->on_store_error = on_store_error;
	config->on_trace = on_trace;
	account->log = &options->client.log;
	config->user = account;
	describe(account, options);
	return options->connect ? pin_address(account, options) : EXIT_OK;
}

/* Whom the session is for says more than an option. */
static int open_session(struct account *account, const struct account_options *options, bool create)
{
	struct mtproto_string_session session;
	int exit_code = session_store_open(&account->store, account->command, options->session, create);

	if (exit_code != EXIT_OK)
		return exit_code;
	account->config.store = &account->store;
	if (mtproto_session_store_read(&session, &account->store) == 0)
		account->config.test = session.test;
	mtproto_wipe(&session, sizeof(session));
	return EXIT_OK;
}

int account_open(struct account *account, struct account_options *options, const char *command, bool create)
{
	int exit_code;

	memset(account, 0, sizeof(*account));
	account->command = command;
	account->has_loop = uv_loop_init(&account->loop) == 0;
	if (!account->has_loop) {
		complain("%s: no event loop", command);
		return EXIT_FAILED;
	}
	progress_open(&account->progress, &account->loop);
	exit_code = schema_load(&account->schema, &options->schemas);
	if (exit_code == EXIT_OK)
		exit_code = configure(account, options);
	if (exit_code == EXIT_OK && options->session)
		exit_code = open_session(account, options, create);
	return exit_code;
}

/* In a call and in opening an account nothing but a data centre can be looked for in vain. */
static const char *explain(int error)
{
	return error == MTPROTO_ERR_NOT_FOUND ? "nobody knows an address of this data centre" : mtproto_strerror(error);
}

int account_start(struct account *account)
{
	int error = mtproto_account_open(&account->account, &account->config);

	if (!error) {
		progress_say(&account->progress, "connecting");
		return EXIT_OK;
	}
	account->account = NULL;
	complain("%s: %s", account->command, explain(error));
	return exit_code_of(error);
}

/* ---- Calls ---- */

/* A failed link is told of after the calls that it had. */
static void wait_for_reason(struct account *account)
{
	for (int turns = 0; turns < 10 && !account->failed; turns++)
		uv_run(&account->loop, UV_RUN_NOWAIT);
}

void account_note_failure(struct account *account, const struct mtproto_answer *answer)
{
	account->error = answer->error;
	account->code = answer->code;
	snprintf(account->text, sizeof(account->text), "%.*s", (int)answer->text.len, (const char *)answer->text.data);
}

int account_complain(struct account *account, const char *method)
{
	const char *hint = account->error == MTPROTO_ERR_RSA_KEY_UNKNOWN ? "; give its public key by --key" : "";

	progress_close(&account->progress);
	if (account->code) {
		complain("%s: %s: error %d %s", account->command, method, (int)account->code, account->text);
		return EXIT_FAILED;
	}
	wait_for_reason(account);
	complain("%s: %s: %s%s", account->command, method,
		 account->reason[0] ? account->reason : explain(account->error), hint);
	return exit_code_of(account->error);
}

void account_wait(struct account *account)
{
	uv_run(&account->loop, UV_RUN_ONCE);
}

/* ---- The end ---- */

static void on_closed(struct mtproto_account *handle, void *user)
{
	(void)handle;
	((struct account *)user)->account = NULL;
}

void account_stop(struct account *account)
{
	mtproto_account_close(account->account, on_closed);
}

void account_close(struct account *account)
{
	if (!account->has_loop)
		return;
	progress_close(&account->progress);
	account_stop(account);
	uv_run(&account->loop, UV_RUN_DEFAULT);
	uv_loop_close(&account->loop);
	mtproto_store_close(&account->store);
	mtproto_schema_free(account->schema);
	account->has_loop = false;
}
