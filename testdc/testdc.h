/* A data centre for tests and demonstrations: a server in which nobody is logged in. It answers what a client asks
 * before a login; its keys and sessions live in memory only. An ordinary user of <mtproto/server.h>, without any I/O.
 */
#ifndef TESTDC_H
#define TESTDC_H

#include <mtproto/context.h>
#include <mtproto/event.h>
#include <mtproto/server.h>

struct testdc {
	struct mtproto_server *server; /* owned by its context */
	int32_t dc;
	char address[64]; /* what help.getConfig tells clients to connect to */
	uint16_t port;
};

/* Makes the server in the context. dc is this data centre's id, n or n + 10000 for a test environment; pem its private
 * key. Errors: those of mtproto_server_new. */
MTPROTO_MUST_USE int testdc_init(struct testdc *dc, struct mtproto_context *context, const struct mtproto_now *now,
				 int32_t dc_id, const char *pem, size_t pem_len);

/* Says where clients reach it: an IP address in text form, and a port. Errors: MTPROTO_ERR_ARGUMENT (too long). */
MTPROTO_MUST_USE int testdc_set_address(struct testdc *dc, const char *address, uint16_t port);

/* Does what an event of the server asks for; events that ask for nothing, or are another server's, are ignored. Errors:
 * MTPROTO_ERR_MEMORY; a request that can't be answered for another reason gets an rpc_error. */
MTPROTO_MUST_USE int testdc_handle(struct testdc *dc, const struct mtproto_now *now, const struct mtproto_event *event);

/* The name of a method that it knows, such as "help.getConfig"; NULL for the others. Static storage. */
const char *testdc_method_name(uint32_t id);

#endif
