/* The methods of the API that the data centre knows. */
#ifndef TESTDC_METHODS_H
#define TESTDC_METHODS_H

#include <mtproto/tl.h>

#include "testdc/testdc.h"

struct testdc_request {
	struct testdc *dc;
	struct mtproto_server_session_info session;
	int32_t layer;
	uint32_t date;               /* the server's Unix time */
	struct mtproto_tl_reader in; /* what follows the method's id */
	struct mtproto_tl_writer out;
};

struct testdc_method {
	uint32_t id;
	const char *name;
	/* Reads the parameters and writes the result, in this order; an error of the reader refuses the request.
	 * NULL: the method needs a user. */
	void (*answer)(struct testdc_request *request);
};

/* The longest answer of any of them. */
#define TESTDC_ANSWER_MAX 2048

/* NULL when it is not known. */
const struct testdc_method *testdc_find_method(uint32_t id);

/* Writes the Config of the request's layer; see config.c. */
void testdc_write_config(struct testdc_request *request);

/* The number of the data centre that the client believes to talk to, as it stands in API objects: without the sign of
 * media and the 10,000 of test environments. */
int32_t testdc_this_dc(const struct testdc_request *request);

#endif
