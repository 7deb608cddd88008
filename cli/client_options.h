/* What the commands that connect have in common: whom they talk to, and how. */
#ifndef CLI_CLIENT_OPTIONS_H
#define CLI_CLIENT_OPTIONS_H

#include <mtproto/client.h>

#include "cli/key_file.h"
#include "cli/options.h"
#include "cli/trace_log.h"

/* The first member of a command's own options, because the table's offsets count from its beginning. */
struct client_options {
	const char *key;
	int64_t dc;
	enum mtproto_framing framing;
	bool obfuscated;
	int64_t temp_seconds;
	uint64_t timeout_ns;
	struct trace_options trace;
	struct trace_log log; /* no option: what trace asks for */
};

extern const struct option client_option_table[];

void client_options_init(struct client_options *options);

/* Fills the settings of a client that is to connect to address (NULL: it is known otherwise); key is where the public
 * key is read to and has to live as long as config is used. Opens options->log, which is to be closed in any case.
 * Complains and returns an exit code. */
int client_options_apply(struct client_options *options, const char *command, const char *address,
			 struct mtproto_client_config *config, struct pem *key);

/* Complains that the command failed with the server at address, and returns the exit code. */
int client_complain(const char *command, const char *address, int error, const char *reason);

#endif
