/* The test data centres on a loop, with their driver and their listeners. */
#ifndef CLI_DATA_CENTRE_H
#define CLI_DATA_CENTRE_H

#include <mtproto/fault.h>
#include <mtproto/uv.h>
#include <uv.h>

#include "cli/key_file.h"
#include "cli/trace_log.h"
#include "testdc/testdc.h"

#define DATA_CENTRE_PATH_MAX 4096

/* One of them, and where it listens. */
struct data_centre_place {
	int32_t dc;
	struct mtproto_uv_address address; /* host may be a name of this machine */
};

struct data_centre_server {
	int32_t dc;
	struct mtproto_server *server;
	struct mtproto_uv_listener *listener;
	char state_path[DATA_CENTRE_PATH_MAX]; /* "": its keys and sessions live in memory only */
};

struct data_centre {
	uv_loop_t *loop;
	struct mtproto_uv *uv;
	struct testdc *testdc;
	uv_timer_t timer; /* until the next update is due */
	struct data_centre_server servers[TESTDC_CENTRES_MAX];
	size_t count;
	bool closed;

	/* Set before it is opened; all zero is legal. */
	bool verbose;                        /* tell about every event on stderr */
	const char *state_path;              /* keys and sessions live in files; NULL: in memory only */
	const struct mtproto_faults *faults; /* how it misbehaves; NULL: not at all */
	void (*on_event)(const struct mtproto_event *event, void *user); /* sees every event first; NULL: nobody */
	void *user;
	struct trace_log *log; /* where what goes over the wire is written; NULL: nowhere */
};

/* Makes the loop's driver and, without any server yet, what the data centres share. Complains for the command and
 * returns an exit code; to be closed in either case. */
int data_centre_open(struct data_centre *centre, uv_loop_t *loop, const char *command);

/* Adds a data centre that listens at its place. Each has a state file of its own: the path itself for the first, with
 * ".dcN" after it for the others. Complains and returns an exit code. */
int data_centre_add(struct data_centre *centre, const char *command, const struct data_centre_place *place,
		    const struct pem *private_half);

/* Where one of them listens: "127.0.0.1:4430". Lives as long as the data centre. */
const char *data_centre_address(const struct data_centre *centre, size_t index);

/* Of the key that all of them have. */
uint64_t data_centre_fingerprint(const struct data_centre *centre);

/* Saves the state if there are files for it, sessions included: the data centre is to be closed next. Complains and
 * returns an exit code. */
int data_centre_save(const struct data_centre *centre);

/* Runs the loop until everything of it is gone. Legal on a zeroed one. */
void data_centre_close(struct data_centre *centre);

#endif
