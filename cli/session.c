#include "cli/session.h"

#include <stdio.h>
#include <string.h>

struct call {
	struct session *session;
	bool done;
	int error;
	uint64_t rtt_ns;
	uint8_t *answer;
	size_t answer_len;
};

static int fail(struct session *s, int error, const char *reason)
{
	s->error = error;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
	return error;
}

static void on_ready(struct mtproto_client *client, void *user)
{
	struct session *s = user;

	(void)client;
	s->ready = true;
}

static void on_event(struct mtproto_client *client, const struct mtproto_event *event, void *user)
{
	struct session *s = user;

	(void)client;
	if (s->log)
		trace_log_event(s->log, event);
}

static void on_close(struct mtproto_client *client, int error, const char *reason, void *user)
{
	(void)client;
	fail(user, error, reason && *reason ? reason : mtproto_strerror(error));
}

static void on_closed(struct mtproto_client *client, void *user)
{
	struct session *s = user;

	(void)client;
	s->client = NULL;
}

int session_wait(struct session *s)
{
	if (!s->error && uv_run(s->loop, UV_RUN_ONCE) == 0 && !s->error)
		return fail(s, MTPROTO_ERR_INTERNAL, "the loop has nothing left to wait for");
	return s->error;
}

int session_open(struct session *s, uv_loop_t *loop, struct mtproto_client_config *config, struct trace_log *log)
{
	int error;

	memset(s, 0, sizeof(*s));
	s->loop = loop;
	s->log = log;
	config->loop = loop;
	config->on_ready = on_ready;
	config->on_event = on_event;
	config->on_close = on_close;
	config->user = s;
	error = mtproto_client_connect(&s->client, config);
	if (error) {
		s->client = NULL;
		return fail(s, error, mtproto_strerror(error));
	}
	progress_open(&s->progress, loop);
	progress_say(&s->progress, "connecting to %s", config->address);
	while (!s->ready && !session_wait(s))
		;
	progress_close(&s->progress);
	return s->error;
}

static void on_answer(struct mtproto_client *client, const struct mtproto_answer *answer, void *user)
{
	struct call *call = user;
	struct session *s = call->session;

	(void)client;
	call->done = true;
	switch (answer->type) {
	case MTPROTO_EVENT_PONG:
		call->rtt_ns = answer->rtt_ns;
		break;
	case MTPROTO_EVENT_RESULT:
		if (answer->body.len > SESSION_ANSWER_MAX) {
			call->error = MTPROTO_ERR_BUFFER;
			snprintf(s->reason, sizeof(s->reason), "an answer of %zu bytes", answer->body.len);
			break;
		}
		memcpy(call->answer, answer->body.data, answer->body.len);
		call->answer_len = answer->body.len;
		break;
	case MTPROTO_EVENT_RPC_ERROR:
		call->error = MTPROTO_ERR_NOT_FOUND;
		snprintf(s->reason, sizeof(s->reason), "error %d %.*s", (int)answer->code, (int)answer->text.len,
			 (const char *)answer->text.data);
		break;
	default:
		call->error = answer->error;
		snprintf(s->reason, sizeof(s->reason), "%s", mtproto_strerror(answer->error));
	}
}

/* The call's memory is on the stack, so it must have settled before we return: a client that ends settles its calls. */
static int finish(struct session *s, struct call *call, int error)
{
	if (error)
		return fail(s, error, mtproto_strerror(error));
	while (!call->done && !session_wait(s))
		;
	return call->done ? call->error : s->error;
}

int session_ping(struct session *s, uint64_t timeout_ns, uint64_t *rtt_ns)
{
	struct call call = {.session = s};
	int error = finish(s, &call, mtproto_client_ping(s->client, timeout_ns, on_answer, &call, NULL));

	*rtt_ns = call.rtt_ns;
	return error;
}

int session_invoke(struct session *s, const void *body, size_t len, uint8_t answer[SESSION_ANSWER_MAX],
		   size_t *answer_len)
{
	struct call call = {.session = s, .answer = answer};
	int error = finish(s, &call, mtproto_client_invoke(s->client, body, len, NULL, on_answer, &call, NULL));

	*answer_len = call.answer_len;
	return error;
}

void session_close(struct session *s)
{
	if (!s->client)
		return;
	mtproto_client_close(s->client, on_closed);
	while (s->client && uv_run(s->loop, UV_RUN_ONCE) != 0)
		;
}
