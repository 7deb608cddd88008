/* The beginning of a Config, which help.getConfig answers. */
#ifndef CLI_CONFIG_SUMMARY_H
#define CLI_CONFIG_SUMMARY_H

#include <mtproto/base.h>

#define HELP_GET_CONFIG 0xc4f9186bu

struct config_summary {
	uint32_t date;
	bool test_mode;
	int32_t this_dc;
	uint32_t dc_options;
};

/* Errors: MTPROTO_ERR_CONSTRUCTOR, MTPROTO_ERR_TRUNCATED, MTPROTO_ERR_ENCODING. */
MTPROTO_MUST_USE int config_summary_read(struct config_summary *out, const uint8_t *data, size_t len);

#endif
