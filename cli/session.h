/* A client driven step by step: each function runs the loop until its step is over. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <mtproto/client.h>
#include <uv.h>

#include "cli/progress.h"
#include "cli/trace_log.h"

#define SESSION_ANSWER_MAX 4096

struct session {
	uv_loop_t *loop;
	struct trace_log *log;
	struct mtproto_client *client; /* NULL when it is closed */
	struct progress progress;
	bool ready;
	int error; /* why the client ended, 0 while it did not */
	char reason[256];
};

/* Connects and makes the keys; the callbacks of config are set here. What the engine tells of the wire goes to log (may
 * be NULL). Returns 0 or s->error, for which s->reason is a sentence; the session is to be closed in either case. */
int session_open(struct session *s, uv_loop_t *loop, struct mtproto_client_config *config, struct trace_log *log);

/* One round trip. Returns 0, or the error with s->reason set. */
int session_ping(struct session *s, uint64_t timeout_ns, uint64_t *rtt_ns);

/* One call, whose result goes to answer. An rpc_error is MTPROTO_ERR_NOT_FOUND with its text in s->reason. */
int session_invoke(struct session *s, const void *body, size_t len, uint8_t answer[SESSION_ANSWER_MAX],
		   size_t *answer_len);

/* Runs the loop once, waiting for something to happen. Returns 0, or s->error when the client has ended. */
int session_wait(struct session *s);

/* Legal on a zeroed session and on a closed one. */
void session_close(struct session *s);

#endif
