#include "cli/account_options.h"

#include <string.h>

#include "cli/schema_files.h"

#define OFFSET(member) offsetof(struct account_options, member)

const struct option account_option_table[] = {
	{"connect", OPTION_TEXT, OFFSET(connect), "HOST:PORT", "where data centre --dc is (default: Telegram's)", 0, 0},
	{"session", OPTION_TEXT, OFFSET(session), "FILE",
	 "a store with keys and whom they are for (default: forget all)", 0, 0},
	SCHEMA_OPTION(OFFSET(schemas)),
	{"layer", OPTION_NUMBER, OFFSET(layer), "N", "the layer of the API (default: that of the schema)", 1, 100000},
	{"api-id", OPTION_NUMBER, OFFSET(api_id), "N", "the application's number, of my.telegram.org", 1, INT32_MAX},
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

void account_options_init(struct account_options *options)
{
	memset(options, 0, sizeof(*options));
	client_options_init(&options->client);
}
