/* Messages on their way out: waiting, then (if kept) sent, until they are settled. */
#include "session/session.h"

#include <mtproto/service.h>

#include <string.h>

struct mtp_out *mtp_out_new(struct mtp_session *session, size_t len)
{
	struct mtp_out *out = mtp_pool_alloc(session->env->pool, sizeof(*out) + len);

	if (!out)
		return NULL;
	memset(out, 0, sizeof(*out));
	out->len = (uint32_t)len;
	return out;
}

/* Leaves the envelope; the last one out forgets it. */
static void leave_envelope(struct mtp_session *session, struct mtp_out *out)
{
	struct mtp_envelope *envelope = out->envelope;

	if (!envelope)
		return;
	out->envelope = NULL;
	envelope->members[out->position] = NULL;
	if (--envelope->live > 0)
		return;
	mtp_map_remove(&session->envelopes, envelope->msg_id);
	mtp_pool_free(session->env->pool, envelope, sizeof(*envelope) + envelope->count * sizeof(struct mtp_out *));
}

/* Forgets that the message was sent under its msg_id. */
static void forget_sent(struct mtp_session *session, struct mtp_out *out)
{
	leave_envelope(session, out);
	if (out->msg_id && mtp_map_get(&session->by_msg_id, out->msg_id) == out)
		mtp_map_remove(&session->by_msg_id, out->msg_id);
}

void mtp_out_free(struct mtp_session *session, struct mtp_out *out)
{
	forget_sent(session, out);
	mtp_pool_free(session->env->pool, out, sizeof(*out) + out->len);
}

static void begin_to_wait(struct mtp_session *session, struct mtp_out *out)
{
	out->waiting = true;
	if (out->keep) {
		session->kept_bytes += out->len;
		session->kept_count++;
	}
	session->ops->wake(session);
}

void mtp_session_send(struct mtp_session *session, struct mtp_out *out)
{
	mtp_list_append(&session->waiting, &out->node);
	begin_to_wait(session, out);
}

void mtp_session_send_first(struct mtp_session *session, struct mtp_out *out)
{
	mtp_list_prepend(&session->waiting, &out->node);
	begin_to_wait(session, out);
}

void mtp_session_send_service(struct mtp_session *session, const void *body, size_t len, bool answer)
{
	struct mtp_out *out = mtp_out_new(session, len);

	if (!out)
		return;
	memcpy(out->body, body, len);
	out->answer = answer;
	mtp_session_send(session, out);
}

struct mtp_out *mtp_session_find_sent(const struct mtp_session *session, uint64_t msg_id)
{
	return mtp_map_get(&session->by_msg_id, msg_id);
}

static void unlist(struct mtp_session *session, struct mtp_out *out)
{
	mtp_list_remove(&out->node);
	if (out->keep) {
		session->kept_bytes -= out->len;
		session->kept_count--;
	}
}

void mtp_session_settle(struct mtp_session *session, struct mtp_out *out)
{
	unlist(session, out);
	mtp_out_free(session, out);
}

void mtp_session_requeue(struct mtp_session *session, struct mtp_out *out)
{
	forget_sent(session, out);
	out->msg_id = 0;
	out->acked = false;
	out->waiting = true;
	mtp_list_remove(&out->node);
	mtp_list_prepend(&session->waiting, &out->node);
}

static void fail(struct mtp_session *session, struct mtp_out *out, int error, const struct mtproto_now *now)
{
	struct mtp_notice notice = {.kind = MTP_NOTICE_FAILED, .error = error, .out = out};

	unlist(session, out);
	forget_sent(session, out);
	out->msg_id = 0;
	session->ops->deliver(session, &notice, now);
	mtp_out_free(session, out);
}

void mtp_session_resend(struct mtp_session *session, struct mtp_out *out, bool same, const struct mtproto_now *now)
{
	if (out->waiting)
		return;
	if (++out->attempts > MTP_ATTEMPTS_MAX) {
		fail(session, out, MTPROTO_ERR_LIMIT, now);
		return;
	}
	if (same) {
		leave_envelope(session, out);
		out->waiting = true;
		mtp_list_remove(&out->node);
		mtp_list_prepend(&session->waiting, &out->node);
	} else {
		mtp_session_requeue(session, out);
	}
	session->ops->wake(session);
}

bool mtp_session_resend_refused(struct mtp_session *session, uint64_t msg_id, const struct mtproto_now *now)
{
	struct mtp_envelope *envelope = mtp_map_get(&session->envelopes, msg_id);
	struct mtp_out *out = mtp_session_find_sent(session, msg_id);

	if (out) {
		mtp_session_resend(session, out, false, now);
		return true;
	}
	if (!envelope)
		return false;
	/* Backwards, since each goes to the front. The envelope is gone with its last live member. */
	for (uint32_t i = envelope->count, live = envelope->live; live > 0; live--) {
		do
			i--;
		while (!envelope->members[i]);
		mtp_session_resend(session, envelope->members[i], false, now);
	}
	return true;
}

void mtp_session_ask_state(struct mtp_session *session)
{
	struct mtproto_tl_writer w;
	struct mtp_out *request;
	uint32_t count = 0;

	for (struct mtp_node *n = mtp_list_first(&session->sent); n; n = mtp_list_after(&session->sent, n))
		if (!MTP_OF(n, struct mtp_out, node)->acked && count < MTP_ACKS_MAX)
			count++;
	request = count ? mtp_out_new(session, 12 + 8 * (size_t)count) : NULL;
	if (!request)
		return;
	mtproto_tl_writer_init(&w, request->body, request->len);
	mtproto_tl_write_u32(&w, MTPROTO_ID_MSGS_STATE_REQ);
	mtproto_tl_write_vector(&w, count);
	for (struct mtp_node *n = mtp_list_first(&session->sent); n && count; n = mtp_list_after(&session->sent, n)) {
		const struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		if (out->acked)
			continue;
		mtproto_tl_write_long(&w, out->msg_id);
		count--;
	}
	request->keep = true;
	mtp_session_send(session, request);
}

void mtp_session_resend_all(struct mtp_session *session, const struct mtproto_now *now)
{
	while (!mtp_list_empty(&session->sent))
		mtp_session_resend(session, MTP_OF(session->sent.head.prev, struct mtp_out, node), true, now);
}
