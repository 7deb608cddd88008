#include <mtproto/dc.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/address.h"
#include "cli/client_options.h"
#include "cli/command.h"
#include "cli/exchange.h"
#include "cli/session.h"
#include "cli/session_file.h"

struct auth_options {
	struct client_options client; /* first, see there */
	const char *session;
	bool json;
};

static const struct option auth_option_table[] = {
	{"session", OPTION_TEXT, offsetof(struct auth_options, session), "FILE",
	 "keep the key in a new store, for other commands", 0, 0},
	JSON_OPTION(offsetof(struct auth_options, json)),
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

const struct syntax auth_syntax = {
	.command = "auth",
	.operand = "HOST:PORT",
	.summary = "Creates an auth_key with the server and prints its id, its salt, the difference of the clocks and "
		   "the\n"
		   "time that each step took. The key itself is forgotten unless --session names a file for it.",
	.tables = {client_option_table, auth_option_table},
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

/* What the file is to hold besides the key. */
static int begin_session(struct mtproto_string_session *out, const struct auth_options *options, const char *address)
{
	struct mtproto_uv_address parsed;
	int exit_code = address_parse(&parsed, "auth", address);

	memset(out, 0, sizeof(*out));
	if (exit_code != EXIT_OK)
		return exit_code;
	if (options->client.dc < 0) {
		complain("auth --session: a key for media belongs to its data centre: make it there");
		return EXIT_BAD_INPUT;
	}
	if (mtproto_dc_address_family(parsed.host, strlen(parsed.host)) == 0) {
		complain("auth --session: %s is a name: give the address that the key is for in digits", parsed.host);
		return EXIT_BAD_INPUT;
	}
	out->dc = (int32_t)(options->client.dc % MTPROTO_DC_TEST_BASE);
	out->test = options->client.dc > MTPROTO_DC_TEST_BASE;
	out->address.dc = out->dc;
	out->address.port = parsed.port;
	memcpy(out->address.text, parsed.host, strlen(parsed.host));
	out->has = MTPROTO_SESSION_HAS_ADDRESS | MTPROTO_SESSION_HAS_TEST | MTPROTO_SESSION_HAS_SALT;
	return EXIT_OK;
}

static int keep_session(struct mtproto_string_session *session, const char *path,
			const struct mtproto_connection_info *info)
{
	int exit_code;

	memcpy(session->auth_key, info->auth_key.data, sizeof(session->auth_key));
	session->server_salt = info->server_salt;
	exit_code = session_store_make("auth", path, session, false);
	mtproto_wipe(session, sizeof(*session));
	return exit_code;
}

static int authorize(struct auth_options *options, const char *address, struct mtproto_client_config *config,
		     struct mtproto_string_session *kept)
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
	error = session_open(&session, &loop, config, &options->client.log);
	if (error) {
		exit_code = client_complain("auth", address, error, session.reason);
	} else {
		mtproto_client_get_info(session.client, &info);
		if (options->session)
			exit_code = keep_session(kept, options->session, &info);
		if (exit_code == EXIT_OK && options->json)
			print_json(&options->client, address, &info);
		else if (exit_code == EXIT_OK)
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
	struct auth_options options = {.session = NULL};
	struct mtproto_string_session kept;
	const char *address;
	struct pem key;
	int exit_code;

	client_options_init(&options.client);
	if (!parse_arguments(&auth_syntax, argc, argv, &options, &address, &exit_code))
		return exit_code;
	exit_code = client_options_apply(&options.client, "auth", address, &config, &key);
	if (exit_code == EXIT_OK && options.session)
		exit_code = begin_session(&kept, &options, address);
	if (exit_code == EXIT_OK)
		exit_code = authorize(&options, address, &config, &kept);
	return trace_log_close(&options.client.log, exit_code);
}
