/* An account driven step by step: each function runs the loop until its step is over. */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H

#include <mtproto/account.h>
#include <mtproto/schema.h>
#include <uv.h>

#include "cli/account_options.h"
#include "cli/progress.h"

struct account {
	const char *command;
	uv_loop_t loop;
	bool has_loop;
	struct pem key;
	struct trace_log *log;      /* the options' */
	struct mtproto_store store; /* of --session; zeroed without */
	struct mtproto_schema *schema;
	struct mtproto_dc_option option; /* of --connect */
	struct mtproto_account_config config;
	struct mtproto_account *account; /* NULL when it is closed */
	struct progress progress;
	bool ready;       /* home was reached */
	bool signed_out;  /* home says that nobody is signed in, by this reason */
	unsigned losses;  /* attempts that failed and links that were lost */
	bool failed;      /* a data centre can't be reached, for this reason */
	char reason[256]; /* of the last loss of a link, "" before the first */

	/* Of the last call that did not succeed. */
	int error;
	int32_t code; /* of the server's error, 0 if it is none */
	char text[256];
};

/* The user of the account's callbacks is the struct account, which a command may have as the first member of its own.
 * Reads keys, schemas and session, and makes the settings, which may be changed before account_start. Complains and
 * returns an exit code; the account is to be closed in either case. create: the session's file need not exist. */
int account_open(struct account *account, struct account_options *options, const char *command, bool create);

/* Begins to connect. Complains and returns an exit code. */
int account_start(struct account *account);

/* Keeps an answer that is no result, for account_complain. */
void account_note_failure(struct account *account, const struct mtproto_answer *answer);

/* Complains about it, with the details that are known, and returns the exit code. Not to be called in a callback. */
int account_complain(struct account *account, const char *method);

/* Runs the loop once, waiting for something to happen. */
void account_wait(struct account *account);

/* Begins to end the account, without waiting for it: for callbacks. */
void account_stop(struct account *account);

/* Legal on a zeroed one. */
void account_close(struct account *account);

#endif
