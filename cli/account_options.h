/* What the commands that act for an account have in common. */
#ifndef CLI_ACCOUNT_OPTIONS_H
#define CLI_ACCOUNT_OPTIONS_H

#include "cli/client_options.h"

/* The first member of a command's own options, because the tables' offsets count from its beginning. */
struct account_options {
	struct client_options client; /* first, see there */
	const char *connect;
	const char *session;
	struct option_texts schemas;
	int64_t layer;
	int64_t api_id;
};

/* Goes with client_option_table. */
extern const struct option account_option_table[];

void account_options_init(struct account_options *options);

#endif
