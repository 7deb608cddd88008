/* What the data centres have in common. */
#ifndef TESTDC_WORLD_H
#define TESTDC_WORLD_H

#include "testdc/logins.h"
#include "testdc/testdc.h"

struct testdc_centre {
	struct mtproto_server *server; /* owned by its context */
	int32_t dc;
	char address[64]; /* what help.getConfig tells clients to connect to */
	uint16_t port;
};

struct testdc_error {
	uint32_t method;
	int32_t number; /* of the data centre; 0: each */
	int32_t code;
	char text[64];
	uint32_t left; /* calls that it is still for */
};

struct testdc {
	struct testdc_centre centres[TESTDC_CENTRES_MAX];
	size_t centre_count;
	int32_t home;
	struct testdc_error errors[TESTDC_ERRORS_MAX];
	size_t error_count;
	struct testdc_logins logins;
	struct testdc_exports exports;
};

/* The error that is demanded for this call, which counts; NULL: none. */
const struct testdc_error *testdc_take_error(struct testdc *testdc, uint32_t method, int32_t number);

#endif
