/* A request of the API, and the methods that the data centres know. */
#ifndef TESTDC_METHODS_H
#define TESTDC_METHODS_H

#include <mtproto/tl.h>

#include "testdc/world.h"

struct testdc_request {
	struct testdc *testdc;
	struct testdc_centre *centre;
	struct mtproto_server_session_info session;
	struct testdc_login *login; /* NULL: nobody is signed in with its key */
	const struct mtproto_now *now;
	int32_t layer;
	uint32_t date;               /* the server's Unix time */
	struct mtproto_tl_reader in; /* what follows the method's id */
	struct mtproto_tl_writer out;
	int32_t code; /* of the rpc_error that answers it instead, or 0 */
	char text[64];
};

enum testdc_access {
	TESTDC_ANYBODY,
	TESTDC_USER /* AUTH_KEY_UNREGISTERED unless somebody is signed in */
};

struct testdc_method {
	uint32_t id;
	const char *name;
	enum testdc_access access;
	/* Reads the parameters and writes the result, in this order; an error of the reader refuses the request. NULL:
	 * it is known, but not what it answers. */
	void (*answer)(struct testdc_request *request);
};

/* NULL when it is not known. */
const struct testdc_method *testdc_find_method(uint32_t id);
const struct testdc_method *testdc_find_method_named(const char *name, size_t len);

/* Answers by an rpc_error instead. */
void testdc_refuse(struct testdc_request *request, int32_t code, const char *text);

/* The number of the data centre that the client believes to talk to, as it stands in API objects: without the sign of
 * media and the 10,000 of test environments. */
int32_t testdc_this_dc(const struct testdc_request *request);

/* The number of a data centre's id. */
int32_t testdc_number(int32_t dc);

/* config.c */
void testdc_get_config(struct testdc_request *request);
void testdc_get_nearest_dc(struct testdc_request *request);
void testdc_get_cdn_config(struct testdc_request *request);

/* auth.c */
void testdc_drop_temp_auth_keys(struct testdc_request *request);
void testdc_import_bot_authorization(struct testdc_request *request);
void testdc_send_code(struct testdc_request *request);
void testdc_log_out(struct testdc_request *request);
void testdc_export_authorization(struct testdc_request *request);
void testdc_import_authorization(struct testdc_request *request);
void testdc_get_users(struct testdc_request *request);

/* messages.c */
void testdc_send_message(struct testdc_request *request);

/* updates.c */

/* The feed of whoever asks, from now on. NULL: refused. */
const struct testdc_feed *testdc_open_feed(struct testdc_request *request);

void testdc_get_state(struct testdc_request *request);
void testdc_get_difference(struct testdc_request *request);
void testdc_get_channel_difference(struct testdc_request *request);

#endif
