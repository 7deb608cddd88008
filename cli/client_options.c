#include "cli/client_options.h"

#include <string.h>

#include "cli/address.h"
#include "cli/command.h"

#define OFFSET(member) offsetof(struct client_options, member)

const struct option client_option_table[] = {
	{"key", OPTION_TEXT, OFFSET(key), "FILE", "the server's public key (default: Telegram's own)", 0, 0},
	{"dc", OPTION_DC, OFFSET(dc), "N", "data centre N, -N for media, N + 10000 for a test one (default: 2)", -19999,
	 19999},
	{"transport", OPTION_FRAMING, OFFSET(framing), "NAME",
	 "abridged, intermediate, padded or full (default: intermediate)", 0, 0},
	{"obfuscated", OPTION_FLAG, OFFSET(obfuscated), NULL, "hide the transport; not possible with full", 0, 0},
	{"temp", OPTION_NUMBER, OFFSET(temp_seconds), "SECONDS",
	 "use a temporary key of that life, bound to the permanent one", 1, 604800},
	{"timeout", OPTION_SECONDS, OFFSET(timeout_ns), "SECONDS",
	 "for each of connecting, a key exchange and an answer (default: 10)", 0, 86400},
	TRACE_OPTION(OFFSET(trace)),
	TRACE_BYTES_OPTION(OFFSET(trace)),
	KEY_LOG_OPTION(OFFSET(trace)),
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

void client_options_init(struct client_options *options)
{
	memset(options, 0, sizeof(*options));
	options->dc = 2;
	options->framing = MTPROTO_FRAMING_INTERMEDIATE;
	options->timeout_ns = UINT64_C(10000000000);
}

int client_options_apply(struct client_options *options, const char *command, const char *address,
			 struct mtproto_client_config *config, struct pem *key)
{
	struct mtproto_uv_address parsed = {.port = 0};
	int exit_code = address ? address_parse(&parsed, command, address) : EXIT_OK;

	if (exit_code != EXIT_OK)
		return exit_code;
	if (address && parsed.port == 0) {
		complain("%s: %s: nobody can be reached at port 0", command, address);
		return EXIT_BAD_INPUT;
	}
	if (options->obfuscated && options->framing == MTPROTO_FRAMING_FULL) {
		complain("%s: the full transport can't be obfuscated", command);
		return EXIT_BAD_INPUT;
	}
	mtproto_client_config_init(config);
	config->reconnect_enabled = false; /* who waits at a terminal wants to know at once */
	if (options->key) {
		exit_code = key_file_read_public(key, options->key);
		if (exit_code != EXIT_OK)
			return exit_code;
		config->connection.rsa_pem = key->text;
		config->connection.rsa_pem_len = key->len;
	}
	exit_code = trace_log_open(&options->log, &options->trace, command);
	if (exit_code != EXIT_OK)
		return exit_code;
	config->context = &options->log.context;
	config->address = address;
	config->connect_timeout_ns = options->timeout_ns;
	config->link.framing = options->framing;
	config->link.obfuscated = options->obfuscated;
	config->link.dc = (int16_t)options->dc;
	config->connection.dc = (int32_t)options->dc;
	config->connection.temp_expires_in = (int32_t)options->temp_seconds;
	config->connection.handshake_timeout_ns = options->timeout_ns;
	config->connection.call_timeout_ns = options->timeout_ns;
	return EXIT_OK;
}

int client_complain(const char *command, const char *address, int error, const char *reason)
{
	const char *hint = error == MTPROTO_ERR_RSA_KEY_UNKNOWN ? "; give its public key by --key" : "";

	complain("%s: %s: %s%s", command, address, *reason ? reason : mtproto_strerror(error), hint);
	return exit_code_of(error);
}
