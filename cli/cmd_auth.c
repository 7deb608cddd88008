#include <inttypes.h>
#include <stdio.h>

#include "cli/client_options.h"
#include "cli/command.h"
#include "cli/exchange.h"
#include "cli/session.h"

static const struct syntax syntax = {
	.command = "auth",
	.operand = "HOST:PORT",
	.summary = "Creates an auth_key with the server and prints its id, its salt, the difference of the clocks and "
		   "the\n"
		   "time that each step took. The key itself is forgotten.",
	.tables = {client_option_table},
};

static void print_text(const struct mtproto_connection_info *info)
{
	printf("auth_key_id  %016" PRIx64 "\n", info->auth_key.id);
	printf("server_salt  %016" PRIx64 "\n", info->server_salt);
	printf("time offset  %+.3f s\n", (double)info->time_offset_ns / 1e9);
	exchange_print("  ", &info->times);
	if (!info->temp_auth_key_id)
		return;
	printf("temporary    %016" PRIx64 "\n", info->temp_auth_key_id);
	printf("expires at   %" PRIu32 "\n", info->temp_expires_at);
	exchange_print("  ", &info->temp_times);
}

static void print_json(const struct client_options *options, const char *address,
		       const struct mtproto_connection_info *info)
{
	struct json json;

	json_begin(&json);
	json_text(&json, "address", address);
	json_number(&json, "dc", options->dc);
	json_text(&json, "transport", mtproto_framing_name(options->framing));
	json_bool(&json, "obfuscated", options->obfuscated);
	json_hex(&json, "auth_key_id", info->auth_key.id);
	json_hex(&json, "server_salt", info->server_salt);
	json_seconds(&json, "time_offset_s", info->time_offset_ns);
	exchange_json(&json, &info->times);
	if (info->temp_auth_key_id) {
		json_nested(&json, "temporary");
		json_hex(&json, "auth_key_id", info->temp_auth_key_id);
		json_number(&json, "expires_at", info->temp_expires_at);
		exchange_json(&json, &info->temp_times);
		json_nested_end(&json);
	}
	json_end(&json);
}

static int authorize(const struct client_options *options, const char *address, struct mtproto_client_config *config)
{
	struct mtproto_connection_info info;
	struct session session;
	uv_loop_t loop;
	int exit_code = EXIT_OK;
	int error;

	if (uv_loop_init(&loop) != 0) {
		complain("auth: no event loop");
		return EXIT_FAILED;
	}
	error = session_open(&session, &loop, config);
	if (error) {
		exit_code = client_complain("auth", address, error, session.reason);
	} else {
		mtproto_client_get_info(session.client, &info);
		if (options->json)
			print_json(options, address, &info);
		else
			print_text(&info);
		mtproto_wipe(&info, sizeof(info));
	}
	session_close(&session);
	uv_loop_close(&loop);
	return exit_code;
}

int cmd_auth(int argc, char **argv)
{
	struct mtproto_client_config config;
	struct client_options options;
	const char *address;
	struct pem key;
	int exit_code;

	client_options_init(&options);
	if (!parse_arguments(&syntax, argc, argv, &options, &address, &exit_code))
		return exit_code;
	exit_code = client_options_apply(&options, "auth", address, &config, &key);
	return exit_code == EXIT_OK ? authorize(&options, address, &config) : exit_code;
}
