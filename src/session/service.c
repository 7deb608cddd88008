/* The protocol's own objects inside a session, by one table.
 * Sources: core.telegram.org/mtproto/service_messages, /mtproto/service_messages_about_messages. */
#include "session/session.h"

#include "base/bytes.h"

#include <mtproto/session.h>

enum role { CLIENT = 1, SERVER = 2, BOTH = 3 };

/* A handler reads its object and returns false when that is malformed; the message is then reported and dropped. */
typedef bool handler(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		     struct mtproto_tl_reader *r);

static void deliver(struct mtp_session *session, const struct mtproto_now *now, enum mtp_notice_kind kind,
		    const struct mtp_arrival *a, struct mtp_out *out)
{
	struct mtp_notice notice = {.kind = kind,
				    .msg_id = a->msg_id,
				    .seq_no = a->seq_no,
				    .body = a->body,
				    .block = a->block,
				    .budget = a->budget,
				    .out = out};

	session->ops->deliver(session, &notice, now);
}

/* ---- What the peer says of our messages ---- */

static bool on_msgs_ack(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_ack ack;

	if (mtproto_msgs_ack_read(&ack, r))
		return false;
	session->stats.acks_received += ack.msg_ids.count;
	for (uint32_t i = 0; i < ack.msg_ids.count; i++) {
		struct mtp_out *out = mtp_session_find_sent(session, mtproto_longs_at(&ack.msg_ids, i));

		if (!out || out->acked)
			continue;
		out->acked = true;
		deliver(session, now, MTP_NOTICE_ACKED, a, out);
	}
	return true;
}

/* msg_ids begin again below those of these messages. */
static void mark_ahead(const struct mtp_list *list)
{
	for (struct mtp_node *n = mtp_list_first(list); n; n = mtp_list_after(list, n))
		MTP_OF(n, struct mtp_out, node)->ahead = MTP_OF(n, struct mtp_out, node)->msg_id != 0;
}

/* The server's clock stands in the msg_id of what it sends; that this is about a message of ours, sent a short while
 * ago and not settled, proves that it is no replay. */
void mtp_session_correct_clock(struct mtp_session *session, const struct mtproto_now *now, uint64_t server_msg_id)
{
	struct mtp_notice notice = {.kind = MTP_NOTICE_CLOCK};
	uint64_t last = session->msg_ids.last;

	notice.step_ns = mtp_clock_correct(&session->key->clock, now, server_msg_id, &session->msg_ids);
	if (session->msg_ids.last < last) {
		mark_ahead(&session->sent);
		mark_ahead(&session->waiting);
	}
	if (!notice.step_ns)
		return;
	session->stats.clock_corrections++;
	session->stats.clock_last_step_ns = notice.step_ns;
	session->ops->deliver(session, &notice, now);
}

void mtp_session_set_salt(struct mtp_session *session, uint64_t salt, const struct mtproto_now *now)
{
	struct mtp_notice notice = {.kind = MTP_NOTICE_SALT};

	session->stats.salt_changes += session->key->salt != salt ? 1 : 0;
	session->key->salt = salt;
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
	enum mtp_loss loss = MTP_LOST_REFUSED;

	if (mtproto_bad_msg_notification_read(&bad, r))
		return false;
	if (!is_ours(session, bad.bad_msg_id))
		return true;
	switch (bad.error_code) {
	case 16:
	case 17:
		mtp_session_correct_clock(session, now, a->msg_id);
		break;
	case 19:
	case 20:
		/* It may have been taken before. */
		loss = MTP_LOST_TOO_OLD;
		break;
	case 32:
	case 33:
		/* The server's count of our content and ours differ: no guess can settle that, a new session does. */
		session->must_renew = true;
		break;
	default:
		break;
	}
	mtp_session_resend_refused(session, bad.bad_msg_id, loss, now);
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
	mtp_session_set_salt(session, bad.new_server_salt, now);
	mtp_session_resend_refused(session, bad.bad_msg_id, MTP_LOST_SALT, now);
	return true;
}

/* The msg_id of the packet that brought a sent message there. */
static uint64_t carrier_of(const struct mtp_out *out)
{
	return out->envelope ? out->envelope->msg_id : out->msg_id;
}

/* Whether a message was sent before the one with which the server begins. */
static bool sent_before(const struct mtp_session *session, const struct mtp_out *out, uint64_t first_msg_id)
{
	bool first_is_ahead = first_msg_id > session->msg_ids.last;

	return out->ahead == first_is_ahead ? carrier_of(out) < first_msg_id : out->ahead;
}

static bool on_new_session(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			   struct mtproto_tl_reader *r)
{
	struct mtproto_new_session_created created;
	struct mtp_arrival first = *a;
	struct mtp_node *before = NULL;
	const struct mtp_out *named;
	uint64_t oldest;

	if (mtproto_new_session_created_read(&created, r))
		return false;
	if (created.unique_id == session->peer_unique_id || a->drained)
		return true;
	session->peer_unique_id = created.unique_id;
	mtp_session_set_salt(session, created.server_salt, now);
	named = mtp_session_find_sent(session, created.first_msg_id);
	oldest = named ? carrier_of(named) : created.first_msg_id;
	first.msg_id = created.first_msg_id;
	deliver(session, now, MTP_NOTICE_NEW_SESSION, &first, NULL);
	/* What the server got before it made this state is lost there. A container counts as a whole. */
	for (struct mtp_node *n = session->sent.head.prev; n != &session->sent.head; n = before) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		before = n->prev;
		if (!out->drained && sent_before(session, out, oldest))
			mtp_session_resend_lost(session, out, MTP_LOST_SESSION, now);
	}
	return true;
}

/* ---- Questions about messages ---- */

/* The low three bits of a byte of msgs_state_info. */
enum { STATE_UNKNOWN = 1, STATE_NOT_RECEIVED = 2, STATE_TOO_HIGH = 3, STATE_RECEIVED = 4 };

/* What we know of a message of the peer. */
static uint8_t state_of(const struct mtp_session *session, uint64_t msg_id)
{
	if (mtp_window_contains(&session->window, msg_id))
		return STATE_RECEIVED;
	if (msg_id > mtp_window_highest(&session->window))
		return STATE_TOO_HIGH;
	/* Forgotten, or of a time before this state was made. */
	if (msg_id < mtp_window_lowest(&session->window))
		return STATE_UNKNOWN;
	return STATE_NOT_RECEIVED;
}

static void send_state_info(struct mtp_session *session, uint64_t req_msg_id, const struct mtproto_longs *ids)
{
	size_t size = 12 + mtproto_tl_bytes_size(ids->count);
	struct mtp_out *out = ids->count <= MTP_ACKS_MAX ? mtp_session_service_new(session, size, true) : NULL;
	uint8_t info[MTP_ACKS_MAX];
	struct mtproto_msgs_state_info answer = {req_msg_id, {info, ids->count}};
	struct mtproto_tl_writer w;

	if (!out)
		return;
	for (uint32_t i = 0; i < ids->count; i++)
		info[i] = state_of(session, mtproto_longs_at(ids, i));
	mtproto_tl_writer_init(&w, out->body, out->len);
	mtproto_msgs_state_info_write(&w, &answer);
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

/* What the peer says of one message. The answer to a service query is never sent again, so that it was received is no
 * reason to wait for it. Of what was sent after the question the answer says nothing. */
static void take_state(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       const struct mtp_out *question, uint64_t msg_id, uint8_t state)
{
	struct mtp_out *out = mtp_session_find_sent(session, msg_id);

	if (!out || out->acked || out->order > question->order || (state & 7) == 0 || (state & 7) > STATE_RECEIVED)
		return;
	if ((state & 7) < STATE_RECEIVED || !out->content_related) {
		/* To a server that was set back, what it has forgotten looks like what has not come yet. */
		bool in_doubt = (state & 7) == STATE_UNKNOWN || out->ahead;

		mtp_session_resend_lost(session, out, in_doubt ? MTP_LOST_UNKNOWN : MTP_LOST_NOT_RECEIVED, now);
		return;
	}
	out->acked = true;
	deliver(session, now, MTP_NOTICE_ACKED, a, out);
}

/* The answer to a question: what was not received goes out again, what was is awaited. */
static bool on_state_info(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			  struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_state_info info;
	struct mtproto_msgs_state_req request = {{NULL, 0}};
	struct mtproto_tl_reader asked;
	struct mtp_out *question;
	bool fits;

	if (mtproto_msgs_state_info_read(&info, r))
		return false;
	question = mtp_session_find_sent(session, info.req_msg_id);
	if (!question)
		return true;
	if (!question->question) {
		deliver(session, now, MTP_NOTICE_ANSWER, a, question);
		return true;
	}
	mtproto_tl_reader_init(&asked, question->body, question->len);
	fits = mtproto_msgs_state_req_read(&request, &asked) == 0 && request.msg_ids.count == info.info.len;
	/* Backwards, since each that is sent again goes to the front. */
	for (uint32_t i = fits ? request.msg_ids.count : 0; i-- > 0;)
		take_state(session, now, a, question, mtproto_longs_at(&request.msg_ids, i), info.info.data[i]);
	mtp_session_settle(session, question);
	return fits;
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

	if (mtproto_msg_detailed_info_read(&info, r))
		return false;
	/* In the session that runs dry nothing can be asked any more. */
	if (!a->drained)
		want_answer(session, now, info.answer_msg_id);
	return true;
}

static bool on_new_detailed_info(struct mtp_session *session, const struct mtproto_now *now,
				 const struct mtp_arrival *a, struct mtproto_tl_reader *r)
{
	struct mtproto_msg_new_detailed_info info;

	if (mtproto_msg_new_detailed_info_read(&info, r))
		return false;
	/* In the session that runs dry nothing can be asked any more. */
	if (!a->drained)
		want_answer(session, now, info.answer_msg_id);
	return true;
}

/* Sends what is asked for again under its own ids; if anything of it is unknown, the state of all instead. */
static bool on_resend_req(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			  struct mtproto_tl_reader *r)
{
	struct mtproto_msg_resend_req request;

	(void)now;
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

		mtp_session_resend(session, out, true);
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

/* ---- Answers ---- */

/* True when out is the query with that constructor. */
static bool is_query(const struct mtp_out *out, uint32_t id)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, out->body, out->len);
	return mtproto_tl_peek(&r) == id;
}

static bool on_pong(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		    struct mtproto_tl_reader *r)
{
	struct mtproto_pong pong;
	struct mtp_out *out;

	if (mtproto_pong_read(&pong, r))
		return false;
	out = mtp_session_find_sent(session, pong.msg_id);
	if (out && (is_query(out, MTPROTO_ID_PING) || is_query(out, MTPROTO_ID_PING_DELAY_DISCONNECT)) &&
	    mtp_load_le64(out->body + 4) == pong.ping_id)
		deliver(session, now, MTP_NOTICE_ANSWER, a, out);
	return true;
}

/* Inflates a gzip_packed and hands on what came out under the same msg_id. It is the answer to out, if that is not
 * NULL: which ends without one when it can't be read, as it won't come again. */
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
		if (out)
			mtp_session_give_up(session, out, notice.error, now);
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
	int malformed = mtproto_rpc_result_read(&result, r);
	struct mtp_out *out = mtp_session_find_sent(session, result.req_msg_id);

	if (malformed && out)
		mtp_session_give_up(session, out, malformed, now);
	if (malformed)
		return false;
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
	if (out && is_query(out, MTPROTO_ID_GET_FUTURE_SALTS))
		deliver(session, now, MTP_NOTICE_ANSWER, a, out);
	return true;
}

/* destroy_session_ok and _none name the session, not the query. */
static bool on_session_destroyed(struct mtp_session *session, const struct mtproto_now *now,
				 const struct mtp_arrival *a, struct mtproto_tl_reader *r)
{
	uint64_t session_id;

	mtproto_tl_read_u32(r);
	session_id = mtproto_tl_read_long(r);
	for (struct mtp_node *n = mtp_list_first(&session->sent); n; n = mtp_list_after(&session->sent, n)) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);
		struct mtproto_destroy_session query;
		struct mtproto_tl_reader asked;

		mtproto_tl_reader_init(&asked, out->body, out->len);
		if (mtproto_destroy_session_read(&query, &asked) || query.session_id != session_id)
			continue;
		deliver(session, now, MTP_NOTICE_ANSWER, a, out);
		break;
	}
	return r->error == 0;
}

/* destroy_auth_key_ok, _none and _fail name nothing. */
static bool on_auth_key_destroyed(struct mtp_session *session, const struct mtproto_now *now,
				  const struct mtp_arrival *a, struct mtproto_tl_reader *r)
{
	(void)r;
	for (struct mtp_node *n = mtp_list_first(&session->sent); n; n = mtp_list_after(&session->sent, n)) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		if (!is_query(out, MTPROTO_ID_DESTROY_AUTH_KEY))
			continue;
		deliver(session, now, MTP_NOTICE_ANSWER, a, out);
		break;
	}
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
	bool answers; /* a message of ours, whose msg_id is its first field */
	handler *handle;
} handlers[] = {
	{MTPROTO_ID_RPC_RESULT, CLIENT, true, on_rpc_result},
	{MTPROTO_ID_MSGS_ACK, BOTH, false, on_msgs_ack},
	{MTPROTO_ID_PING, BOTH, false, on_ping},
	{MTPROTO_ID_PONG, BOTH, true, on_pong},
	{MTPROTO_ID_PING_DELAY_DISCONNECT, BOTH, false, on_ping_delay_disconnect},
	{MTPROTO_ID_BAD_SERVER_SALT, CLIENT, true, on_bad_server_salt},
	{MTPROTO_ID_BAD_MSG_NOTIFICATION, CLIENT, true, on_bad_msg},
	{MTPROTO_ID_NEW_SESSION_CREATED, CLIENT, true, on_new_session},
	{MTPROTO_ID_FUTURE_SALTS, CLIENT, true, on_future_salts},
	{MTPROTO_ID_MSGS_STATE_REQ, BOTH, false, on_state_req},
	{MTPROTO_ID_MSGS_STATE_INFO, BOTH, true, on_state_info},
	{MTPROTO_ID_MSG_DETAILED_INFO, BOTH, true, on_detailed_info},
	{MTPROTO_ID_MSG_NEW_DETAILED_INFO, BOTH, false, on_new_detailed_info},
	{MTPROTO_ID_MSG_RESEND_REQ, BOTH, false, on_resend_req},
	{MTPROTO_ID_GZIP_PACKED, CLIENT, false, on_gzip_packed},
	{MTPROTO_ID_DESTROY_SESSION_OK, CLIENT, false, on_session_destroyed},
	{MTPROTO_ID_DESTROY_SESSION_NONE, CLIENT, false, on_session_destroyed},
	{MTPROTO_ID_DESTROY_AUTH_KEY_OK, CLIENT, false, on_auth_key_destroyed},
	{MTPROTO_ID_DESTROY_AUTH_KEY_NONE, CLIENT, false, on_auth_key_destroyed},
	{MTPROTO_ID_DESTROY_AUTH_KEY_FAIL, CLIENT, false, on_auth_key_destroyed},
	{MTPROTO_ID_GET_FUTURE_SALTS, SERVER, false, on_service},
	{MTPROTO_ID_DESTROY_SESSION, SERVER, false, on_service},
	{MTPROTO_ID_DESTROY_AUTH_KEY, SERVER, false, on_service},
	{MTPROTO_ID_RPC_DROP_ANSWER, SERVER, false, on_service},
	{MTPROTO_ID_MSGS_ALL_INFO, BOTH, false, on_nothing},
	{MTPROTO_ID_HTTP_WAIT, SERVER, false, on_nothing},
	{MTPROTO_ID_MSG_CONTAINER, BOTH, false, on_misplaced},
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

static bool one_answers_ours(const struct mtp_session *session, struct mtproto_span body, uint64_t *sent_ns)
{
	struct mtproto_tl_reader r;
	uint32_t id;
	uint64_t msg_id;

	mtproto_tl_reader_init(&r, body.data, body.len);
	id = mtproto_tl_read_u32(&r);
	msg_id = mtproto_tl_read_long(&r);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].id == id)
			return handlers[i].answers && find_sent_time(session, msg_id, sent_ns);
	return false;
}

bool mtp_session_answers_ours(const struct mtp_session *session, struct mtproto_span body, uint64_t *sent_ns)
{
	struct mtproto_container_message inner;
	struct mtproto_tl_reader r;
	uint32_t count;

	if (!mtproto_container_test(body))
		return one_answers_ours(session, body, sent_ns);
	if (mtproto_container_open(body, UINT64_MAX, &r, &count))
		return false;
	while (count-- > 0 && !mtproto_container_message_read(&inner, &r))
		if (one_answers_ours(session, inner.body, sent_ns))
			return true;
	return false;
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
	deliver(session, now, MTP_NOTICE_CONTENT, a, NULL);
}
