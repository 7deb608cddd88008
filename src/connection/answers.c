/* What a client's session says becomes the ends of calls and events. */
#include "connection/connection.h"

#include <mtproto/service.h>

#include <string.h>

static struct mtproto_connection *connection_of(struct mtp_session *session)
{
	return MTP_OF(session, struct mtp_line, session)->connection;
}

/* The call that made a message; NULL for a message of the engine's own. */
static struct mtp_call *call_of(const struct mtproto_connection *connection, const struct mtp_out *out)
{
	return out && out->owner != connection ? out->owner : NULL;
}

static bool has_text(const struct mtproto_rpc_error *error, const char *text)
{
	return error->error_message.len == strlen(text) && memcmp(error->error_message.data, text, strlen(text)) == 0;
}

/* Whether an answer shows that the server knows this application; an error need not be about that. */
static void note_header(struct mtproto_connection *connection, struct mtproto_span answer)
{
	struct mtproto_rpc_error error;
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, answer.data, answer.len);
	if (mtproto_tl_peek(&r) != MTPROTO_ID_RPC_ERROR)
		connection->header_accepted = true;
	else if (mtproto_rpc_error_read(&error, &r) == 0 &&
		 (has_text(&error, "CONNECTION_NOT_INITED") || has_text(&error, "CONNECTION_LAYER_INVALID")))
		connection->header_accepted = false;
}

/* The server forgot to which permanent key the temporary one is bound: it ran nothing, and the next one will do. Under
 * one with which no call was ever answered, the next would fare no better. Source: core.telegram.org/api/pfs. */
static bool is_unbound(const struct mtproto_connection *connection, struct mtproto_span answer)
{
	struct mtproto_rpc_error error;
	struct mtproto_tl_reader r;

	if (!connection->pfs || connection->stage != MTP_STAGE_READY || !connection->header_accepted)
		return false;
	mtproto_tl_reader_init(&r, answer.data, answer.len);
	return mtproto_tl_peek(&r) == MTPROTO_ID_RPC_ERROR && mtproto_rpc_error_read(&error, &r) == 0 &&
	       has_text(&error, "AUTH_KEY_PERM_EMPTY");
}

static void on_result(struct mtproto_connection *connection, const struct mtp_notice *notice,
		      const struct mtproto_now *now)
{
	struct mtp_call *call = call_of(connection, notice->out);

	if (connection->pfs && notice->out && notice->out == connection->pfs->bind)
		mtp_connection_bound(connection, notice, now);
	if (!call)
		return;
	note_header(connection, notice->body);
	if (is_unbound(connection, notice->body)) {
		connection->pfs->is_unbound = true;
		mtp_session_resend_lost(call->session, call->out, MTP_LOST_REFUSED, now);
		return;
	}
	if (!mtp_call_waits(call, notice->body))
		mtp_call_answer(call, notice->body, notice->block);
}

static void on_failed(struct mtproto_connection *connection, const struct mtp_notice *notice)
{
	struct mtp_call *call = call_of(connection, notice->out);

	if (connection->pfs && notice->out == connection->pfs->bind)
		connection->pfs->bind = NULL;
	else if (notice->out == connection->salt_query)
		connection->salt_query = NULL;
	else if (notice->out == connection->own_ping)
		connection->own_ping = NULL;
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
	event.method = call->settled.event.method;
	mtp_events_push(&connection->endpoint.context->events, &event, NULL);
}

static void on_answer(struct mtp_session *session, const struct mtp_notice *notice, const struct mtproto_now *now)
{
	struct mtproto_connection *connection = connection_of(session);
	struct mtp_call *call = call_of(connection, notice->out);

	if (notice->out == connection->salt_query)
		mtp_connection_salts_came(connection, notice->body);
	else if (notice->out == connection->own_ping)
		mtp_connection_pong_came(connection, now);
	else if (!call) /* a greeting */
		mtp_session_settle(session, notice->out);
	if (!call)
		return;
	if (call->ping)
		connection->rtt_ns = now->mono_ns - notice->out->sent_ns;
	mtp_call_answer_bare(call, notice->body, notice->block, now);
}

static void deliver(struct mtp_session *session, const struct mtp_notice *notice, const struct mtproto_now *now)
{
	struct mtproto_connection *connection = connection_of(session);

	switch (notice->kind) {
	case MTP_NOTICE_RESULT:
		on_result(connection, notice, now);
		break;
	case MTP_NOTICE_ANSWER:
		on_answer(session, notice, now);
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
	case MTP_NOTICE_SALT:
		if (session == &connection->line->session)
			mtp_connection_salt_named(connection);
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

	mtp_sender_wake(connection->endpoint.context, &MTP_OF(session, struct mtp_line, session)->sender);
}

const struct mtp_session_ops mtp_connection_session_ops = {deliver, wake, NULL};
