/* The test data centre on a loop, with its driver and its listener. */
#ifndef CLI_DATA_CENTRE_H
#define CLI_DATA_CENTRE_H

#include <mtproto/fault.h>
#include <mtproto/uv.h>
#include <uv.h>

#include "cli/key_file.h"
#include "testdc/testdc.h"

struct data_centre {
	uv_loop_t *loop;
	struct mtproto_uv *uv;
	struct mtproto_uv_listener *listener;
	struct testdc dc;
	bool closed;

	/* Set before it is opened; all zero is legal. */
	bool verbose;                        /* tell about every event on stderr */
	const char *state_path;              /* keys and sessions live in this file; NULL: in memory only */
	const struct mtproto_faults *faults; /* how it misbehaves; NULL: not at all */
};

/* Listens at address, "HOST:PORT"; HOST may be a name of this machine. Complains for the command and returns an exit
 * code; the data centre is to be closed in either case. */
int data_centre_open(struct data_centre *centre, uv_loop_t *loop, const char *command,
		     const struct mtproto_uv_address *address, int32_t dc, const struct pem *private_half);

/* Where it listens: "127.0.0.1:4430". Lives as long as the data centre. */
const char *data_centre_address(const struct data_centre *centre);

uint64_t data_centre_fingerprint(const struct data_centre *centre);

/* Saves the state if there is a file for it, sessions included: the data centre is to be closed next. Complains and
 * returns an exit code. */
int data_centre_save(const struct data_centre *centre);

/* Runs the loop until everything of it is gone. Legal on a zeroed one. */
void data_centre_close(struct data_centre *centre);

#endif
