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

/* More than any test has; each keeps a log. */
#define TESTDC_ACCOUNTS_MAX 256

/* Somebody who has asked for the state of updates; from then on they happen. */
struct testdc_account {
	uint64_t user_id;
	struct testdc_feed *feed;
	uint64_t due_ns; /* when the next thing happens; MTPROTO_NEVER after the last */
};

/* A session that may get updates. */
struct testdc_listener {
	struct testdc_listener *next, *prev;
	struct mtproto_server_session *session;
	uint8_t *held; /* an update that changes places with the next one; NULL: none */
	size_t held_len;
};

struct testdc {
	struct testdc_centre centres[TESTDC_CENTRES_MAX];
	size_t centre_count;
	int32_t home;
	struct testdc_error errors[TESTDC_ERRORS_MAX];
	size_t error_count;
	struct testdc_logins logins;
	struct testdc_exports exports;
	struct testdc_stream stream;
	struct testdc_account accounts[TESTDC_ACCOUNTS_MAX];
	size_t account_count;
	struct testdc_listener *listeners;
	struct testdc_update_faults update_faults;
	struct testdc_update_counts counts;
	uint64_t chance;                        /* the state of what is drawn for them */
	uint8_t answer[TESTDC_FEED_ANSWER_MAX]; /* the one that is being written */
};

/* The error that is demanded for this call, which counts; NULL: none. */
const struct testdc_error *testdc_take_error(struct testdc *testdc, uint32_t method, int32_t number);

/* updates.c */
void testdc_free_updates(struct testdc *testdc);

/* push.c: a session made a request. Errors: MTPROTO_ERR_MEMORY. */
int testdc_listen(struct testdc *testdc, struct mtproto_server_session *session);

/* Legal with NULL. */
void testdc_free_listener(struct testdc *testdc, struct testdc_listener *listener);

/* Pushes an Updates to all that listen to an account; what waits for a next one when there is none. */
void testdc_push(struct testdc *testdc, uint64_t user_id, const uint8_t *body, size_t len);
void testdc_push_held(struct testdc *testdc, uint64_t user_id);

#endif
