/* What a client's session says becomes the ends of calls and events. */
#include "connection/connection.h"

#include <mtproto/service.h>

static struct mtproto_connection *connection_of(struct mtp_session *session)
{
	return MTP_OF(session, struct mtproto_connection, session);
}

/* The call that made a message; NULL for a message of the engine's own. */
static struct mtp_call *call_of(const struct mtproto_connection *connection, const struct mtp_out *out)
{
	return out && out != connection->bind ? out->owner : NULL;
}

static bool is_rpc_error(struct mtproto_span body)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	return mtproto_tl_peek(&r) == MTPROTO_ID_RPC_ERROR;
}

static void on_result(struct mtproto_connection *connection, const struct mtp_notice *notice,
		      const struct mtproto_now *now)
{
	struct mtp_call *call = call_of(connection, notice->out);

	if (notice->out && notice->out == connection->bind)
		mtp_connection_bound(connection, notice, now);
	if (!call)
		return;
	if (!is_rpc_error(notice->body))
		connection->header_accepted = true;
	mtp_call_answer(call, notice->body, notice->block);
}

static void on_failed(struct mtproto_connection *connection, const struct mtp_notice *notice)
{
	struct mtp_call *call = call_of(connection, notice->out);

	if (notice->out == connection->bind)
		connection->bind = NULL;
	else if (call)
		mtp_call_out_failed(call, notice->error);
}

static void push(struct mtproto_connection *connection, enum mtproto_event_type type, const struct mtp_notice *notice)
{
	struct mtproto_event event = {.type = type,
				      .connection = connection,
				      .link = connection->link,
				      .error = notice->error,
				      .msg_id = notice->msg_id,
				      .body = notice->body,
				      .clock_step_ns = notice->step_ns};

	mtp_events_push(&connection->endpoint.context->events, &event, notice->block);
}

static void on_acked(struct mtproto_connection *connection, const struct mtp_notice *notice)
{
	const struct mtp_call *call = call_of(connection, notice->out);
	struct mtproto_event event = {.type = MTPROTO_EVENT_ACKED, .connection = connection};

	if (!call)
		return;
	event.call = call->id;
	mtp_events_push(&connection->endpoint.context->events, &event, NULL);
}

static void deliver(struct mtp_session *session, const struct mtp_notice *notice, const struct mtproto_now *now)
{
	struct mtproto_connection *connection = connection_of(session);
	struct mtp_call *call = call_of(connection, notice->out);

	switch (notice->kind) {
	case MTP_NOTICE_RESULT:
		on_result(connection, notice, now);
		break;
	case MTP_NOTICE_ANSWER:
		if (call)
			mtp_call_answer_bare(call, notice->body, notice->block, now);
		break;
	case MTP_NOTICE_ACKED:
		on_acked(connection, notice);
		break;
	case MTP_NOTICE_FAILED:
		on_failed(connection, notice);
		break;
	case MTP_NOTICE_CONTENT:
		push(connection, MTPROTO_EVENT_UPDATE, notice);
		break;
	case MTP_NOTICE_NEW_SESSION:
		push(connection, MTPROTO_EVENT_NEW_SESSION, notice);
		break;
	case MTP_NOTICE_CLOCK:
		push(connection, MTPROTO_EVENT_CLOCK, notice);
		break;
	case MTP_NOTICE_REFUSED:
		push(connection, MTPROTO_EVENT_REFUSED, notice);
		break;
	case MTP_NOTICE_SERVICE:    /* servers only */
	case MTP_NOTICE_DISCONNECT: /* a request of clients */
		break;
	}
}

static void wake(struct mtp_session *session)
{
	struct mtproto_connection *connection = connection_of(session);

	mtp_context_due(connection->endpoint.context, &connection->sender);
}

const struct mtp_session_ops mtp_connection_session_ops = {deliver, wake, NULL};
