/* The protocol's own objects inside a session, by one table.
 * Sources: core.telegram.org/mtproto/service_messages, /mtproto/service_messages_about_messages. */
#include "session/handlers.h"

#include <mtproto/session.h>

enum role { CLIENT = 1, SERVER = 2, BOTH = 3 };

void mtp_session_deliver(struct mtp_session *session, const struct mtproto_now *now, enum mtp_notice_kind kind,
			 const struct mtp_arrival *a, struct mtp_out *out)
{
	struct mtp_notice notice = {.kind = kind,
				    .msg_id = a->msg_id,
				    .seq_no = a->seq_no,
				    .body = a->body,
				    .block = a->block,
				    .budget = a->budget,
				    .out = out};

	/* Every such word about a message says that it came. */
	if (out)
		mtp_acks_proven(&session->acks, out->order);
	session->ops->deliver(session, &notice, now);
}

/* ---- Pings ---- */

static void send_pong(struct mtp_session *session, uint64_t msg_id, uint64_t ping_id)
{
	uint8_t body[20];
	struct mtproto_tl_writer w;
	struct mtproto_pong pong = {msg_id, ping_id};

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_pong_write(&w, &pong);
	mtp_acks_remove(&session->acks, msg_id);
	mtp_session_send_service(session, body, w.len, true);
}

static bool on_ping(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		    struct mtproto_tl_reader *r)
{
	struct mtproto_ping ping;

	(void)now;
	if (mtproto_ping_read(&ping, r) || mtproto_tl_reader_end(r))
		return false;
	send_pong(session, a->msg_id, ping.ping_id);
	return true;
}

static bool on_ping_delay_disconnect(struct mtp_session *session, const struct mtproto_now *now,
				     const struct mtp_arrival *a, struct mtproto_tl_reader *r)
{
	struct mtproto_ping_delay_disconnect ping;
	struct mtp_notice notice = {.kind = MTP_NOTICE_DISCONNECT, .msg_id = a->msg_id};

	if (mtproto_ping_delay_disconnect_read(&ping, r) || mtproto_tl_reader_end(r))
		return false;
	send_pong(session, a->msg_id, ping.ping_id);
	if (ping.disconnect_delay < 0)
		return true;
	notice.step_ns = (int64_t)ping.disconnect_delay * 1000000000;
	session->ops->deliver(session, &notice, now);
	return true;
}

/* ---- The rest ---- */

static bool on_service(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       struct mtproto_tl_reader *r)
{
	(void)r;
	mtp_session_deliver(session, now, MTP_NOTICE_SERVICE, a, NULL);
	return true;
}

/* Says how long a server may hold an answer over HTTP back. */
static bool on_http_wait(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			 struct mtproto_tl_reader *r)
{
	struct mtproto_http_wait wait;

	(void)session;
	(void)now;
	(void)a;
	return mtproto_http_wait_read(&wait, r) == 0 && mtproto_tl_reader_end(r) == 0;
}

/* A container can't be here: not inside another, and not packed; nor can a copy. */
static bool on_misplaced(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			 struct mtproto_tl_reader *r)
{
	(void)session;
	(void)now;
	(void)a;
	(void)r;
	return false;
}

/* What an object says of a message of the receiver's: nothing, something, or the last word, so that nothing more is
 * awaited. */
enum answer { NO, ABOUT, SETTLES };

static const struct {
	uint32_t id;
	enum role role;
	enum answer answers; /* a message of ours, whose msg_id is its first field */
	mtp_handler *handle;
} handlers[] = {
	{MTPROTO_ID_RPC_RESULT, CLIENT, SETTLES, mtp_on_rpc_result},
	{MTPROTO_ID_MSGS_ACK, BOTH, NO, mtp_on_msgs_ack},
	{MTPROTO_ID_PING, BOTH, NO, on_ping},
	{MTPROTO_ID_PONG, BOTH, SETTLES, mtp_on_pong},
	{MTPROTO_ID_PING_DELAY_DISCONNECT, BOTH, NO, on_ping_delay_disconnect},
	{MTPROTO_ID_BAD_SERVER_SALT, CLIENT, SETTLES, mtp_on_bad_server_salt},
	{MTPROTO_ID_BAD_MSG_NOTIFICATION, CLIENT, SETTLES, mtp_on_bad_msg},
	{MTPROTO_ID_NEW_SESSION_CREATED, CLIENT, ABOUT, mtp_on_new_session},
	{MTPROTO_ID_FUTURE_SALTS, CLIENT, SETTLES, mtp_on_future_salts},
	{MTPROTO_ID_MSGS_STATE_REQ, BOTH, NO, mtp_on_state_req},
	{MTPROTO_ID_MSGS_STATE_INFO, BOTH, SETTLES, mtp_on_state_info},
	{MTPROTO_ID_MSGS_ALL_INFO, BOTH, NO, mtp_on_all_info},
	{MTPROTO_ID_MSG_DETAILED_INFO, BOTH, ABOUT, mtp_on_detailed_info},
	{MTPROTO_ID_MSG_NEW_DETAILED_INFO, BOTH, NO, mtp_on_new_detailed_info},
	{MTPROTO_ID_MSG_RESEND_REQ, BOTH, NO, mtp_on_resend_req},
	{MTPROTO_ID_MSG_RESEND_ANS_REQ, BOTH, NO, mtp_on_resend_ans_req},
	{MTPROTO_ID_GZIP_PACKED, CLIENT, NO, mtp_on_gzip_packed},
	{MTPROTO_ID_DESTROY_SESSION_OK, CLIENT, NO, mtp_on_session_destroyed},
	{MTPROTO_ID_DESTROY_SESSION_NONE, CLIENT, NO, mtp_on_session_destroyed},
	{MTPROTO_ID_DESTROY_AUTH_KEY_OK, CLIENT, NO, mtp_on_auth_key_destroyed},
	{MTPROTO_ID_DESTROY_AUTH_KEY_NONE, CLIENT, NO, mtp_on_auth_key_destroyed},
	{MTPROTO_ID_DESTROY_AUTH_KEY_FAIL, CLIENT, NO, mtp_on_auth_key_destroyed},
	{MTPROTO_ID_GET_FUTURE_SALTS, SERVER, NO, on_service},
	{MTPROTO_ID_DESTROY_SESSION, SERVER, NO, on_service},
	{MTPROTO_ID_DESTROY_AUTH_KEY, SERVER, NO, on_service},
	{MTPROTO_ID_RPC_DROP_ANSWER, SERVER, NO, on_service},
	{MTPROTO_ID_HTTP_WAIT, SERVER, NO, on_http_wait},
	{MTPROTO_ID_MSG_CONTAINER, BOTH, NO, on_misplaced},
	{MTPROTO_ID_MSG_COPY, BOTH, NO, on_misplaced},
};

/* When the message or container with this msg_id was sent; false when it is none of ours, or all in it is settled. */
static bool find_sent_time(const struct mtp_session *session, uint64_t msg_id, uint64_t *sent_ns)
{
	const struct mtp_out *out = mtp_session_find_sent(session, msg_id);
	const struct mtp_envelope *envelope = mtp_map_get(&session->envelopes, msg_id);

	for (uint32_t i = 0; envelope && !out; i++)
		out = envelope->members[i];
	if (out)
		*sent_ns = out->sent_ns;
	return out;
}

static bool one_answers_ours(const struct mtp_session *session, struct mtproto_span body, enum answer least,
			     uint64_t *sent_ns)
{
	struct mtproto_tl_reader r;
	uint32_t id;
	uint64_t msg_id;

	mtproto_tl_reader_init(&r, body.data, body.len);
	id = mtproto_tl_read_u32(&r);
	msg_id = mtproto_tl_read_long(&r);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].id == id)
			return handlers[i].answers >= least && find_sent_time(session, msg_id, sent_ns);
	return false;
}

static bool answers_ours(const struct mtp_session *session, struct mtproto_span body, enum answer least,
			 uint64_t *sent_ns)
{
	struct mtproto_container_message inner;
	struct mtproto_tl_reader r;
	uint32_t count;

	if (!mtproto_container_test(body))
		return one_answers_ours(session, body, least, sent_ns);
	if (mtproto_container_open(body, UINT64_MAX, &r, &count))
		return false;
	while (count-- > 0 && !mtproto_container_message_read(&inner, &r))
		if (one_answers_ours(session, inner.body, least, sent_ns))
			return true;
	return false;
}

bool mtp_session_answers_ours(const struct mtp_session *session, struct mtproto_span body, uint64_t *sent_ns)
{
	return answers_ours(session, body, ABOUT, sent_ns);
}

bool mtp_session_settles_ours(const struct mtp_session *session, struct mtproto_span body)
{
	uint64_t sent_ns;

	return answers_ours(session, body, SETTLES, &sent_ns);
}

bool mtp_session_is_service_query(uint32_t id)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].id == id)
			return handlers[i].role & SERVER;
	return false;
}

static void refuse_malformed(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			     int error)
{
	struct mtp_notice notice = {
		.kind = MTP_NOTICE_REFUSED, .error = error, .msg_id = a->msg_id, .seq_no = a->seq_no};

	session->ops->deliver(session, &notice, now);
}

void mtp_session_dispatch(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a)
{
	enum role role = session->server ? SERVER : CLIENT;
	struct mtproto_tl_reader r;
	uint32_t id;

	mtproto_tl_reader_init(&r, a->body.data, a->body.len);
	id = mtproto_tl_peek(&r);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (handlers[i].id != id || !(handlers[i].role & role))
			continue;
		if (!handlers[i].handle(session, now, a, &r))
			refuse_malformed(session, now, a, r.error ? r.error : MTPROTO_ERR_ENCODING);
		return;
	}
	mtp_session_deliver(session, now, MTP_NOTICE_CONTENT, a, NULL);
}
