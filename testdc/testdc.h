/* Data centres for tests and demonstrations: any number of them with the same accounts behind them, in one process.
 * Bots sign in, carry their authorisation from one to another and are sent away with errors on demand; docs/testdc.md
 * says what is answered. All of it lives in memory only. An ordinary user of <mtproto/server.h>, without any I/O. */
#ifndef TESTDC_H
#define TESTDC_H

#include <mtproto/context.h>
#include <mtproto/event.h>
#include <mtproto/server.h>

#include "testdc/feed.h"

#define TESTDC_CENTRES_MAX 8
#define TESTDC_ERRORS_MAX  16 /* errors on demand */

struct testdc;

/* No data centre yet. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int testdc_new(struct testdc **out);

/* The servers belong to their context and must be gone, or never be handled again. NULL is legal. */
void testdc_free(struct testdc *testdc);

/* Makes a data centre: a server in the context. dc is its id, n or n + 10000 for a test environment; pem its private
 * key. Errors: MTPROTO_ERR_LIMIT, MTPROTO_ERR_STATE (there is one with this id), those of mtproto_server_new. */
MTPROTO_MUST_USE int testdc_open(struct testdc *testdc, struct mtproto_context *context, const struct mtproto_now *now,
				 int32_t dc, const char *pem, size_t pem_len, struct mtproto_server **out);

/* Says where clients reach a data centre: an IP address in text form, and a port. Errors: MTPROTO_ERR_ARGUMENT (too
 * long). */
MTPROTO_MUST_USE int testdc_set_address(struct testdc *testdc, const struct mtproto_server *server, const char *address,
					uint16_t port);

/* The only data centre at which accounts sign in, a number without the 10,000 of test environments: others answer
 * USER_MIGRATE_n or PHONE_MIGRATE_n. 0, as at first: each of them. */
void testdc_set_home(struct testdc *testdc, int32_t number);

/* An error on demand: "METHOD[@DC]=CODE:TEXT[:COUNT]", such as "help.getConfig=420:FLOOD_WAIT_1:2". The first COUNT
 * calls of the method, or all, are answered with it, at one data centre or at all. METHOD is one that
 * testdc_method_name knows, or "0x" and an id. Errors: MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_LIMIT. */
MTPROTO_MUST_USE int testdc_add_error(struct testdc *testdc, const char *spec);

/* What happens in the chats of each account from the first time that it asks for the state of updates. */
struct testdc_stream {
	struct testdc_feed_config feed;
	uint32_t rate; /* updates a second */
};

/* The defaults of a feed, at 100 updates a second. */
void testdc_stream_init(struct testdc_stream *stream);

/* Reads words like "count=100000,channels=50,seed=7" into what _init filled: seed, count, channels, log, slice, rate.
 * Errors: MTPROTO_ERR_ARGUMENT; *wrong is then the word that was not understood. */
MTPROTO_MUST_USE int testdc_stream_parse(struct testdc_stream *stream, const char *spec, struct mtproto_span *wrong);

/* Accounts that have no feed yet get this one; at first nothing happens to any. */
void testdc_set_stream(struct testdc *testdc, const struct testdc_stream *stream);

/* What happens to updates on their way to each session: at most one of these to each, in millionths. docs/faults.md. */
struct testdc_update_faults {
	uint32_t lost;    /* "update_lost": it is not pushed */
	uint32_t doubled; /* "update_doubled": it is pushed twice */
	uint32_t swapped; /* "update_swapped": it is pushed after the next one */
};

/* Reads words like "update_lost=0.05" out of a spec of faults and copies the other words, which are for
 * mtproto_faults_parse, to rest: "" when there are none. Errors: MTPROTO_ERR_ARGUMENT; *wrong is then the word that was
 * not understood, or all of spec when the rates sum up to more than 1; MTPROTO_ERR_BUFFER (more than cap bytes). */
MTPROTO_MUST_USE int testdc_faults_parse(struct testdc_update_faults *faults, const char *spec, char *rest, size_t cap,
					 struct mtproto_span *wrong);

/* At first there are none. */
void testdc_set_update_faults(struct testdc *testdc, const struct testdc_update_faults *faults);

/* What happened to them so far, all sessions together. */
struct testdc_update_counts {
	uint64_t pushed;  /* a doubled one twice */
	uint64_t refused; /* the session had too much that it did not acknowledge */
	uint64_t lost, doubled, swapped;
};

void testdc_get_counts(const struct testdc *testdc, struct testdc_update_counts *counts);

/* The feed of an account; NULL before it asked for the state of updates. */
const struct testdc_feed *testdc_find_feed(const struct testdc *testdc, uint64_t user_id);

/* Lets happen what is due and pushes it to the sessions of each account that want updates: those that called
 * initConnection and not last invokeWithoutUpdates, of layer 228 or later, signed in at this data centre and not by an
 * authorisation from another. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int testdc_run(struct testdc *testdc, const struct mtproto_now *now);

/* mono_ns at which testdc_run wants to be called; MTPROTO_NEVER if it does not. */
uint64_t testdc_deadline(const struct testdc *testdc);

/* Does what an event of one of its servers asks for; events that ask for nothing, or are another server's, are ignored.
 * Errors: MTPROTO_ERR_MEMORY; a request that can't be answered for another reason gets an rpc_error. */
MTPROTO_MUST_USE int testdc_handle(struct testdc *testdc, const struct mtproto_now *now,
				   const struct mtproto_event *event);

/* The name of a method that it knows, such as "help.getConfig"; NULL for the others. Static storage. */
const char *testdc_method_name(uint32_t id);

#endif
