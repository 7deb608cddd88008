/* The protocol's own objects inside a session, by one table.
 * Sources: core.telegram.org/mtproto/service_messages, /mtproto/service_messages_about_messages. */
#include "session/session.h"

#include <mtproto/session.h>

enum role { CLIENT = 1, SERVER = 2, BOTH = 3 };

/* A handler reads its object and returns false when that is malformed; the message is then reported and dropped. */
typedef bool handler(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		     struct mtproto_tl_reader *r);

static void deliver(struct mtp_session *session, const struct mtproto_now *now, enum mtp_notice_kind kind,
		    const struct mtp_arrival *a, struct mtp_out *out)
{
	struct mtp_notice notice = {
		.kind = kind, .msg_id = a->msg_id, .seq_no = a->seq_no, .body = a->body, .block = a->block, .out = out};

	session->ops->deliver(session, &notice, now);
}

/* ---- What the peer says of our messages ---- */

static bool on_msgs_ack(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_ack ack;

	if (mtproto_msgs_ack_read(&ack, r))
		return false;
	for (uint32_t i = 0; i < ack.msg_ids.count; i++) {
		struct mtp_out *out = mtp_session_find_sent(session, mtproto_longs_at(&ack.msg_ids, i));

		if (!out || out->acked)
			continue;
		out->acked = true;
		deliver(session, now, MTP_NOTICE_ACKED, a, out);
	}
	return true;
}

/* The server's clock stands in the notification's own msg_id; that the notification is about a message of ours, sent a
 * short while ago and not settled, proves that it is no replay. */
static void correct_clock(struct mtp_session *session, const struct mtproto_now *now, uint64_t server_msg_id)
{
	struct mtp_notice notice = {.kind = MTP_NOTICE_CLOCK};

	notice.step_ns = mtp_clock_correct(&session->key->clock, now, server_msg_id, &session->msg_ids);
	session->ops->deliver(session, &notice, now);
}

static bool is_ours(const struct mtp_session *session, uint64_t msg_id)
{
	return mtp_map_get(&session->by_msg_id, msg_id) || mtp_map_get(&session->envelopes, msg_id);
}

static bool on_bad_msg(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       struct mtproto_tl_reader *r)
{
	struct mtproto_bad_msg_notification bad;

	if (mtproto_bad_msg_notification_read(&bad, r))
		return false;
	if (!is_ours(session, bad.bad_msg_id))
		return true;
	switch (bad.error_code) {
	case 16:
	case 17:
		correct_clock(session, now, a->msg_id);
		break;
	case 32:
	case 33:
		/* The server's count of our content and ours differ: no guess can settle that, a new session does. */
		return mtp_session_renew(session) == 0;
	default:
		break;
	}
	mtp_session_resend_refused(session, bad.bad_msg_id, now);
	return true;
}

static bool on_bad_server_salt(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			       struct mtproto_tl_reader *r)
{
	struct mtproto_bad_server_salt bad;

	(void)a;
	if (mtproto_bad_server_salt_read(&bad, r))
		return false;
	if (!is_ours(session, bad.bad_msg_id))
		return true;
	session->key->salt = bad.new_server_salt;
	mtp_session_resend_refused(session, bad.bad_msg_id, now);
	return true;
}

static bool on_new_session(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			   struct mtproto_tl_reader *r)
{
	struct mtproto_new_session_created created;
	struct mtp_arrival first = *a;
	struct mtp_node *before = NULL;

	if (mtproto_new_session_created_read(&created, r))
		return false;
	if (created.unique_id == session->peer_unique_id)
		return true;
	session->peer_unique_id = created.unique_id;
	session->key->salt = created.server_salt;
	/* What the server got before it made this state is lost there. A container counts as a whole. */
	for (struct mtp_node *n = session->sent.head.prev; n != &session->sent.head; n = before) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);
		uint64_t carrier = out->envelope ? out->envelope->msg_id : out->msg_id;

		before = n->prev;
		if (carrier < created.first_msg_id)
			mtp_session_resend(session, out, false, now);
	}
	first.msg_id = created.first_msg_id;
	deliver(session, now, MTP_NOTICE_NEW_SESSION, &first, NULL);
	return true;
}

/* ---- Questions about messages ---- */

/* What we know of a message of the peer; the low three bits of msgs_state_info. */
static uint8_t state_of(const struct mtp_session *session, uint64_t msg_id)
{
	if (mtp_window_contains(&session->window, msg_id))
		return 4;
	if (msg_id > mtp_window_highest(&session->window))
		return 3;
	return session->window.forgot && msg_id < mtp_window_lowest(&session->window) ? 1 : 2;
}

static void send_state_info(struct mtp_session *session, uint64_t req_msg_id, const struct mtproto_longs *ids)
{
	size_t size = 12 + mtproto_tl_bytes_size(ids->count);
	struct mtp_out *out = ids->count <= MTP_ACKS_MAX ? mtp_out_new(session, size) : NULL;
	uint8_t info[MTP_ACKS_MAX];
	struct mtproto_msgs_state_info answer = {req_msg_id, {info, ids->count}};
	struct mtproto_tl_writer w;

	if (!out)
		return;
	for (uint32_t i = 0; i < ids->count; i++)
		info[i] = state_of(session, mtproto_longs_at(ids, i));
	mtproto_tl_writer_init(&w, out->body, out->len);
	mtproto_msgs_state_info_write(&w, &answer);
	out->answer = true;
	mtp_session_send(session, out);
}

static bool on_state_req(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			 struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_state_req request;

	(void)now;
	if (mtproto_msgs_state_req_read(&request, r))
		return false;
	send_state_info(session, a->msg_id, &request.msg_ids);
	return true;
}

/* The answer to our own question: what was not received goes out again, what was is awaited. */
static bool on_state_info(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			  struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_state_info info;
	struct mtproto_msgs_state_req request;
	struct mtproto_tl_reader asked;
	struct mtp_out *question;

	if (mtproto_msgs_state_info_read(&info, r))
		return false;
	question = mtp_session_find_sent(session, info.req_msg_id);
	if (!question)
		return true;
	mtproto_tl_reader_init(&asked, question->body, question->len);
	if (mtproto_msgs_state_req_read(&request, &asked) || request.msg_ids.count != info.info.len)
		return true;
	/* Backwards, since each that is sent again goes to the front. */
	for (uint32_t i = request.msg_ids.count; i-- > 0;) {
		struct mtp_out *out = mtp_session_find_sent(session, mtproto_longs_at(&request.msg_ids, i));
		uint8_t state = info.info.data[i] & 7;

		if (!out || out->acked)
			continue;
		if (state >= 1 && state <= 3) {
			mtp_session_resend(session, out, false, now);
		} else if (state == 4) {
			out->acked = true;
			deliver(session, now, MTP_NOTICE_ACKED, a, out);
		}
	}
	mtp_session_settle(session, question);
	return true;
}

/* An answer waits at the peer: it is asked for, or acknowledged if it was received. */
static void want_answer(struct mtp_session *session, const struct mtproto_now *now, uint64_t answer_msg_id)
{
	uint8_t body[20];
	uint8_t id[8];
	struct mtproto_tl_writer w, one;
	struct mtproto_msg_resend_req request = {{id, 1}};

	if (mtp_window_contains(&session->window, answer_msg_id)) {
		mtp_session_acknowledge(session, answer_msg_id, now);
		return;
	}
	mtproto_tl_writer_init(&one, id, sizeof(id));
	mtproto_tl_write_long(&one, answer_msg_id);
	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_msg_resend_req_write(&w, &request);
	mtp_session_send_service(session, body, w.len, true);
}

static bool on_detailed_info(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			     struct mtproto_tl_reader *r)
{
	struct mtproto_msg_detailed_info info;

	(void)a;
	if (mtproto_msg_detailed_info_read(&info, r))
		return false;
	want_answer(session, now, info.answer_msg_id);
	return true;
}

static bool on_new_detailed_info(struct mtp_session *session, const struct mtproto_now *now,
				 const struct mtp_arrival *a, struct mtproto_tl_reader *r)
{
	struct mtproto_msg_new_detailed_info info;

	(void)a;
	if (mtproto_msg_new_detailed_info_read(&info, r))
		return false;
	want_answer(session, now, info.answer_msg_id);
	return true;
}

/* Sends what is asked for again under its own ids; if anything of it is unknown, the state of all instead. */
static bool on_resend_req(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			  struct mtproto_tl_reader *r)
{
	struct mtproto_msg_resend_req request;

	if (mtproto_msg_resend_req_read(&request, r))
		return false;
	for (uint32_t i = 0; i < request.msg_ids.count; i++) {
		if (!mtp_session_find_sent(session, mtproto_longs_at(&request.msg_ids, i))) {
			send_state_info(session, a->msg_id, &request.msg_ids);
			return true;
		}
	}
	for (uint32_t i = request.msg_ids.count; i-- > 0;) {
		struct mtp_out *out = mtp_session_find_sent(session, mtproto_longs_at(&request.msg_ids, i));

		/* It may have failed on the way of one before it. */
		if (out)
			mtp_session_resend(session, out, true, now);
	}
	return true;
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
	if (mtproto_ping_read(&ping, r))
		return false;
	send_pong(session, a->msg_id, ping.ping_id);
	return true;
}

static bool on_ping_delay_disconnect(struct mtp_session *session, const struct mtproto_now *now,
				     const struct mtp_arrival *a, struct mtproto_tl_reader *r)
{
	struct mtproto_ping_delay_disconnect ping;
	struct mtp_notice notice = {.kind = MTP_NOTICE_DISCONNECT, .msg_id = a->msg_id};

	if (mtproto_ping_delay_disconnect_read(&ping, r))
		return false;
	send_pong(session, a->msg_id, ping.ping_id);
	if (ping.disconnect_delay < 0)
		return true;
	notice.step_ns = (int64_t)ping.disconnect_delay * 1000000000;
	session->ops->deliver(session, &notice, now);
	return true;
}

static bool on_pong(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		    struct mtproto_tl_reader *r)
{
	struct mtproto_pong pong;
	struct mtp_out *out;

	if (mtproto_pong_read(&pong, r))
		return false;
	out = mtp_session_find_sent(session, pong.msg_id);
	if (out)
		deliver(session, now, MTP_NOTICE_ANSWER, a, out);
	return true;
}

/* ---- Answers ---- */

/* Inflates a gzip_packed and hands on what came out under the same msg_id. */
static bool inflated(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		     struct mtproto_span packed,
		     void (*then)(struct mtp_session *, const struct mtproto_now *, const struct mtp_arrival *,
				  struct mtp_out *),
		     struct mtp_out *out)
{
	struct mtp_arrival inner = *a;
	struct mtp_notice notice = {.kind = MTP_NOTICE_REFUSED, .msg_id = a->msg_id, .seq_no = a->seq_no};
	size_t len = 0;

	notice.error = a->inflated ? MTPROTO_ERR_GZIP
				   : mtp_inflate(session->env->inflater, session->env->pool, packed, a->budget,
						 &inner.block, &len);
	if (notice.error) {
		session->ops->deliver(session, &notice, now);
		return true;
	}
	inner.body.data = inner.block->data;
	inner.body.len = len;
	inner.inflated = true;
	then(session, now, &inner, out);
	mtp_block_drop(inner.block);
	return true;
}

static void deliver_result(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			   struct mtp_out *out)
{
	deliver(session, now, MTP_NOTICE_RESULT, a, out);
}

static bool on_rpc_result(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			  struct mtproto_tl_reader *r)
{
	struct mtproto_rpc_result result;
	struct mtp_arrival inner = *a;
	struct mtp_out *out;

	if (mtproto_rpc_result_read(&result, r) || result.result.len < 4)
		return false;
	out = mtp_session_find_sent(session, result.req_msg_id);
	inner.body = result.result;
	if (out && mtp_gzip_test(result.result))
		return inflated(session, now, a, result.result, deliver_result, out);
	deliver_result(session, now, &inner, out);
	return true;
}

static bool on_future_salts(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			    struct mtproto_tl_reader *r)
{
	struct mtproto_future_salts salts;
	struct mtp_out *out;

	if (mtproto_future_salts_read(&salts, r))
		return false;
	out = mtp_session_find_sent(session, salts.req_msg_id);
	if (out)
		deliver(session, now, MTP_NOTICE_ANSWER, a, out);
	return true;
}

/* ---- The rest ---- */

static void dispatch_inflated(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			      struct mtp_out *out)
{
	(void)out;
	mtp_session_dispatch(session, now, a);
}

static bool on_gzip_packed(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			   struct mtproto_tl_reader *r)
{
	(void)r;
	/* A server's requests are unpacked by rpc/, where gzip may also stand inside wrappers. */
	return inflated(session, now, a, a->body, dispatch_inflated, NULL);
}

static bool on_service(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       struct mtproto_tl_reader *r)
{
	(void)r;
	deliver(session, now, MTP_NOTICE_SERVICE, a, NULL);
	return true;
}

/* Known, and nothing to do about it. */
static bool on_nothing(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       struct mtproto_tl_reader *r)
{
	(void)session;
	(void)now;
	(void)a;
	(void)r;
	return true;
}

/* A container can't be here: not inside another, and not packed. */
static bool on_misplaced(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			 struct mtproto_tl_reader *r)
{
	(void)session;
	(void)now;
	(void)a;
	(void)r;
	return false;
}

static const struct {
	uint32_t id;
	enum role role;
	bool corrects_clock; /* counts even when its msg_id is out of the time window */
	handler *handle;
} handlers[] = {
	{MTPROTO_ID_RPC_RESULT, CLIENT, false, on_rpc_result},
	{MTPROTO_ID_MSGS_ACK, BOTH, false, on_msgs_ack},
	{MTPROTO_ID_PING, BOTH, false, on_ping},
	{MTPROTO_ID_PONG, BOTH, false, on_pong},
	{MTPROTO_ID_PING_DELAY_DISCONNECT, BOTH, false, on_ping_delay_disconnect},
	{MTPROTO_ID_BAD_SERVER_SALT, CLIENT, true, on_bad_server_salt},
	{MTPROTO_ID_BAD_MSG_NOTIFICATION, CLIENT, true, on_bad_msg},
	{MTPROTO_ID_NEW_SESSION_CREATED, CLIENT, false, on_new_session},
	{MTPROTO_ID_FUTURE_SALTS, CLIENT, false, on_future_salts},
	{MTPROTO_ID_MSGS_STATE_REQ, BOTH, false, on_state_req},
	{MTPROTO_ID_MSGS_STATE_INFO, BOTH, false, on_state_info},
	{MTPROTO_ID_MSG_DETAILED_INFO, BOTH, false, on_detailed_info},
	{MTPROTO_ID_MSG_NEW_DETAILED_INFO, BOTH, false, on_new_detailed_info},
	{MTPROTO_ID_MSG_RESEND_REQ, BOTH, false, on_resend_req},
	{MTPROTO_ID_GZIP_PACKED, CLIENT, false, on_gzip_packed},
	{MTPROTO_ID_GET_FUTURE_SALTS, SERVER, false, on_service},
	{MTPROTO_ID_DESTROY_SESSION, SERVER, false, on_service},
	{MTPROTO_ID_DESTROY_AUTH_KEY, SERVER, false, on_service},
	{MTPROTO_ID_RPC_DROP_ANSWER, SERVER, false, on_service},
	{MTPROTO_ID_MSGS_ALL_INFO, BOTH, false, on_nothing},
	{MTPROTO_ID_HTTP_WAIT, SERVER, false, on_nothing},
	{MTPROTO_ID_MSG_CONTAINER, BOTH, false, on_misplaced},
};

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
		if (a->clock_only && !handlers[i].corrects_clock)
			return;
		if (!handlers[i].handle(session, now, a, &r))
			refuse_malformed(session, now, a, r.error ? r.error : MTPROTO_ERR_ENCODING);
		return;
	}
	if (!a->clock_only)
		deliver(session, now, MTP_NOTICE_CONTENT, a, NULL);
}
