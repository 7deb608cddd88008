/* What became of messages: acknowledgements, questions about states and their answers, wishes for another copy.
 * Source: core.telegram.org/mtproto/service_messages_about_messages. */
#include "session/handlers.h"

#include "base/bytes.h"

#include <mtproto/session.h>

bool mtp_on_msgs_ack(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		     struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_ack ack;

	if (mtproto_msgs_ack_read(&ack, r) || mtproto_tl_reader_end(r))
		return false;
	session->stats.acks_received += ack.msg_ids.count;
	for (uint32_t i = 0; i < ack.msg_ids.count; i++) {
		struct mtp_out *out = mtp_session_find_sent(session, mtproto_longs_at(&ack.msg_ids, i));

		if (!out || out->acked)
			continue;
		out->acked = true;
		mtp_session_deliver(session, now, MTP_NOTICE_ACKED, a, out);
	}
	return true;
}

/* ---- Questions about messages ---- */

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
		info[i] = (uint8_t)mtp_window_state(&session->window, mtproto_longs_at(ids, i));
	mtproto_tl_writer_init(&w, out->body, out->len);
	mtproto_msgs_state_info_write(&w, &answer);
	mtp_session_send(session, out);
}

bool mtp_on_state_req(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		      struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_state_req request;

	(void)now;
	if (mtproto_msgs_state_req_read(&request, r) || mtproto_tl_reader_end(r))
		return false;
	send_state_info(session, a->msg_id, &request.msg_ids);
	return true;
}

/* What the peer says of one message, asked or (question NULL) by itself. Of what was sent after the question the answer
 * says nothing. The answer to a service query is never sent again, so that it was received is no reason to wait for it;
 * but if nobody asked, nothing is lost yet. A server keeps the msg_id, by which the client knows what it has. */
static void take_state(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       const struct mtp_out *question, uint64_t msg_id, uint8_t state)
{
	struct mtp_out *out = mtp_session_find_sent(session, msg_id);
	bool received = (state & 7) == MTP_STATE_RECEIVED;

	if (!out || out->acked || (question && out->order > question->order) || (state & 7) == 0 ||
	    (state & 7) > MTP_STATE_RECEIVED)
		return;
	if (received && out->content_related) {
		out->acked = true;
		mtp_session_deliver(session, now, MTP_NOTICE_ACKED, a, out);
	} else if (session->server && !received) {
		mtp_session_resend(session, out, true);
	} else if (question || !received) {
		/* To a server that was set back, what it has forgotten looks like what has not come yet. */
		bool in_doubt = (state & 7) == MTP_STATE_UNKNOWN || out->ahead;

		mtp_session_resend_lost(session, out, in_doubt ? MTP_LOST_UNKNOWN : MTP_LOST_NOT_RECEIVED, now);
	}
}

/* The answer to a question: what was not received goes out again, what was is awaited. */
bool mtp_on_state_info(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_state_info info;
	struct mtproto_msgs_state_req request = {{NULL, 0}};
	struct mtproto_tl_reader asked;
	struct mtp_out *question;
	bool fits;

	if (mtproto_msgs_state_info_read(&info, r) || mtproto_tl_reader_end(r))
		return false;
	question = mtp_session_find_sent(session, info.req_msg_id);
	if (!question)
		return true;
	if (!question->question) {
		mtp_session_deliver(session, now, MTP_NOTICE_ANSWER, a, question);
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

bool mtp_on_all_info(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		     struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_all_info info;

	if (mtproto_msgs_all_info_read(&info, r) || mtproto_tl_reader_end(r) || info.msg_ids.count != info.info.len)
		return false;
	/* Backwards, as above. */
	for (uint32_t i = info.msg_ids.count; i-- > 0;)
		take_state(session, now, a, NULL, mtproto_longs_at(&info.msg_ids, i), info.info.data[i]);
	return true;
}

/* The msg_resend_req that was made last, if it still waits and has room. */
static struct mtp_out *open_request(const struct mtp_session *session)
{
	struct mtp_out *out = MTP_OF(session->waiting.head.prev, struct mtp_out, node);

	if (mtp_list_empty(&session->waiting) || out->keep || mtp_load_le32(out->body) != MTPROTO_ID_MSG_RESEND_REQ)
		return NULL;
	return out->len < mtp_acks_size(MTP_ACKS_MAX) ? out : NULL;
}

/* Asks for a message. Those that are wanted one after the other are asked for together: a container carries no two of
 * these requests. */
static void request_resend(struct mtp_session *session, uint64_t msg_id)
{
	struct mtp_out *before = open_request(session);
	uint32_t count = before ? mtp_load_le32(before->body + 8) + 1 : 1;
	struct mtp_out *out = mtp_session_service_new(session, mtp_acks_size(count), true);
	struct mtproto_tl_writer w;

	if (!out)
		return;
	mtproto_tl_writer_init(&w, out->body, out->len);
	mtproto_tl_write_u32(&w, MTPROTO_ID_MSG_RESEND_REQ);
	mtproto_tl_write_vector(&w, count);
	if (before) {
		mtproto_tl_write_raw(&w, before->body + w.len, before->len - w.len);
		mtp_list_remove(&before->node);
		mtp_out_free(session, before);
	}
	mtproto_tl_write_long(&w, msg_id);
	mtp_session_send(session, out);
}

/* An answer waits at the peer: it is asked for, or acknowledged if it was received. */
static void want_answer(struct mtp_session *session, const struct mtproto_now *now, uint64_t answer_msg_id)
{
	if (mtp_window_contains(&session->window, answer_msg_id))
		mtp_session_acknowledge(session, answer_msg_id, now);
	else
		request_resend(session, answer_msg_id);
}

bool mtp_on_detailed_info(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			  struct mtproto_tl_reader *r)
{
	struct mtproto_msg_detailed_info info;

	if (mtproto_msg_detailed_info_read(&info, r) || mtproto_tl_reader_end(r))
		return false;
	/* In the session that runs dry nothing can be asked any more. */
	if (!a->drained)
		want_answer(session, now, info.answer_msg_id);
	return true;
}

bool mtp_on_new_detailed_info(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			      struct mtproto_tl_reader *r)
{
	struct mtproto_msg_new_detailed_info info;

	if (mtproto_msg_new_detailed_info_read(&info, r) || mtproto_tl_reader_end(r))
		return false;
	/* In the session that runs dry nothing can be asked any more. */
	if (!a->drained)
		want_answer(session, now, info.answer_msg_id);
	return true;
}

/* Sends what is asked for again under its own ids; if anything of it is unknown, the state of all instead. */
bool mtp_on_resend_req(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       struct mtproto_tl_reader *r)
{
	struct mtproto_msg_resend_req request;

	(void)now;
	if (mtproto_msg_resend_req_read(&request, r) || mtproto_tl_reader_end(r))
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

/* Sends the answers to these messages again, as far as they are kept: all that is kept is looked at once. */
static void resend_answers(struct mtp_session *session, const struct mtproto_longs *ids)
{
	struct mtp_map asked;
	struct mtp_node *before = NULL;
	int error = 0;

	mtp_map_init(&asked, session->env->allocator, session->env->map_seed);
	for (uint32_t i = 0; i < ids->count && !error; i++)
		if (mtproto_longs_at(ids, i))
			error = mtp_map_put(&asked, mtproto_longs_at(ids, i), session);
	for (struct mtp_node *n = session->sent.head.prev; n != &session->sent.head && !error; n = before) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		before = n->prev;
		if (out->answers && mtp_map_get(&asked, out->answers))
			mtp_session_resend(session, out, true);
	}
	mtp_map_fini(&asked);
}

/* The same for answers, which are named by their questions. The states of these are told in any case. */
bool mtp_on_resend_ans_req(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			   struct mtproto_tl_reader *r)
{
	struct mtproto_msg_resend_ans_req request;

	(void)now;
	if (mtproto_msg_resend_ans_req_read(&request, r) || mtproto_tl_reader_end(r))
		return false;
	if (request.msg_ids.count > MTP_ACKS_MAX)
		return true;
	resend_answers(session, &request.msg_ids);
	send_state_info(session, a->msg_id, &request.msg_ids);
	return true;
}
