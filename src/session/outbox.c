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

void mtp_session_forget_sent(struct mtp_session *session, struct mtp_out *out)
{
	leave_envelope(session, out);
	if (out->msg_id && mtp_map_get(&session->by_msg_id, out->msg_id) == out)
		mtp_map_remove(&session->by_msg_id, out->msg_id);
	out->msg_id = 0;
	out->sent_ns = 0;
	out->acked = false;
	out->drained = false;
	out->ahead = false;
	out->astray = false;
}

/* What a service message weighs while it waits. */
static size_t weight(const struct mtp_out *out)
{
	return sizeof(*out) + out->len;
}

void mtp_out_free(struct mtp_session *session, struct mtp_out *out)
{
	mtp_session_forget_sent(session, out);
	if (out->waiting && !out->keep)
		session->service_bytes -= weight(out);
	mtp_pool_free(session->env->pool, out, sizeof(*out) + out->len);
}

static void begin_to_wait(struct mtp_session *session, struct mtp_out *out)
{
	out->waiting = true;
	if (out->keep) {
		session->kept_bytes += out->len;
		session->kept_count++;
	} else {
		session->service_bytes += weight(out);
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

struct mtp_out *mtp_session_service_new(struct mtp_session *session, size_t len, bool answer)
{
	struct mtp_out *out = NULL;

	if (session->service_bytes + sizeof(*out) + len <= MTP_SERVICE_WAITING_MAX)
		out = mtp_out_new(session, len);
	if (out)
		out->answer = answer;
	return out;
}

void mtp_session_send_service(struct mtp_session *session, const void *body, size_t len, bool answer)
{
	struct mtp_out *out = mtp_session_service_new(session, len, answer);

	if (!out)
		return;
	memcpy(out->body, body, len);
	mtp_session_send(session, out);
}

struct mtp_out *mtp_session_find_sent(const struct mtp_session *session, uint64_t msg_id)
{
	return mtp_map_get(&session->by_msg_id, msg_id);
}

struct mtp_out *mtp_session_prefix(struct mtp_session *session, struct mtp_out *out, const void *head, size_t len)
{
	struct mtp_out *longer = mtp_out_new(session, len + out->len);

	if (!longer)
		return NULL;
	*longer = *out;
	longer->len += (uint32_t)len;
	memcpy(longer->body, head, len);
	memcpy(longer->body + len, out->body, out->len);
	longer->node.prev->next = longer->node.next->prev = &longer->node;
	session->kept_bytes += len;
	mtp_pool_free(session->env->pool, out, sizeof(*out) + out->len);
	return longer;
}

/* With nothing sent there is nothing to ask about. */
static void leave_list(struct mtp_session *session, struct mtp_out *out)
{
	mtp_list_remove(&out->node);
	if (mtp_list_empty(&session->sent))
		mtp_timer_stop(&session->state_timer);
}

static void unlist(struct mtp_session *session, struct mtp_out *out)
{
	leave_list(session, out);
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

void mtp_session_hand_over(struct mtp_session *from, struct mtp_session *to, struct mtp_out *out)
{
	unlist(from, out);
	mtp_session_forget_sent(from, out);
	mtp_session_send(to, out);
}

void mtp_session_release_held(struct mtp_session *session)
{
	while (!mtp_list_empty(&session->held)) {
		struct mtp_node *last = session->held.head.prev;

		mtp_list_remove(last);
		mtp_list_prepend(&session->waiting, last);
	}
}

/* To the front of what waits, from wherever it is. */
static void move_to_front(struct mtp_session *session, struct mtp_out *out)
{
	out->waiting = true;
	leave_list(session, out);
	mtp_list_prepend(&session->waiting, &out->node);
}

void mtp_session_requeue(struct mtp_session *session, struct mtp_out *out)
{
	mtp_session_forget_sent(session, out);
	move_to_front(session, out);
}

void mtp_session_give_up(struct mtp_session *session, struct mtp_out *out, int error, const struct mtproto_now *now)
{
	struct mtp_notice notice = {.kind = MTP_NOTICE_FAILED, .error = error, .out = out};

	unlist(session, out);
	mtp_session_forget_sent(session, out);
	session->ops->deliver(session, &notice, now);
	mtp_out_free(session, out);
}

static void resend(struct mtp_session *session, struct mtp_out *out, bool same)
{
	if (out->waiting)
		return;
	if (same) {
		leave_envelope(session, out);
		move_to_front(session, out);
	} else {
		mtp_session_requeue(session, out);
	}
	session->ops->wake(session);
}

void mtp_session_resend(struct mtp_session *session, struct mtp_out *out, bool same)
{
	session->stats.resent_asked += same && !out->waiting ? 1 : 0;
	resend(session, out, same);
}

static void count_loss(struct mtproto_session_stats *stats, enum mtp_loss loss)
{
	switch (loss) {
	case MTP_LOST_SALT:
		stats->resent_salt++;
		break;
	case MTP_LOST_REFUSED:
	case MTP_LOST_TOO_OLD:
		stats->resent_bad_msg++;
		break;
	case MTP_LOST_NOT_RECEIVED:
	case MTP_LOST_UNKNOWN:
		stats->resent_state++;
		break;
	case MTP_LOST_SESSION:
		stats->resent_new_session++;
		break;
	}
}

void mtp_session_resend_lost(struct mtp_session *session, struct mtp_out *out, enum mtp_loss loss,
			     const struct mtproto_now *now)
{
	bool astray = out->content_related && out->astray;
	bool same = astray && !out->ahead && loss < MTP_LOST_TOO_OLD;
	bool maybe_run = out->content_related && (loss >= MTP_LOST_TOO_OLD || (astray && !same));

	if (maybe_run && out->at_most_once) {
		mtp_session_give_up(session, out, MTPROTO_ERR_UNKNOWN, now);
		return;
	}
	out->maybe_twice |= maybe_run;
	count_loss(&session->stats, loss);
	resend(session, out, same);
}

/* What the peer refuses again and again is given up. */
static void resend_refused(struct mtp_session *session, struct mtp_out *out, enum mtp_loss loss,
			   const struct mtproto_now *now)
{
	if (out->waiting)
		return;
	if (++out->attempts > MTP_ATTEMPTS_MAX)
		mtp_session_give_up(session, out, MTPROTO_ERR_LIMIT, now);
	else
		mtp_session_resend_lost(session, out, loss, now);
}

bool mtp_session_resend_refused(struct mtp_session *session, uint64_t msg_id, enum mtp_loss loss,
				const struct mtproto_now *now)
{
	const struct mtp_envelope *envelope = mtp_map_get(&session->envelopes, msg_id);
	struct mtp_out *out = mtp_session_find_sent(session, msg_id);

	if (out) {
		resend_refused(session, out, loss, now);
		return true;
	}
	if (!envelope)
		return false;
	/* Backwards, since each goes to the front. The envelope is gone with its last live member. */
	for (uint32_t i = envelope->count; i-- > 0;) {
		envelope = mtp_map_get(&session->envelopes, msg_id);
		if (!envelope)
			break;
		if (envelope->members[i])
			resend_refused(session, envelope->members[i], loss, now);
	}
	return true;
}

/* Questions of an earlier link: their answers were lost with it, or are of no use beside a new one's. */
static void forget_questions(struct mtp_session *session, const struct mtp_list *list)
{
	struct mtp_node *next = NULL;

	for (struct mtp_node *n = mtp_list_first(list); n; n = next) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		next = mtp_list_after(list, n);
		if (out->question)
			mtp_session_settle(session, out);
	}
}

/* A message whose fate is unknown: sent before that time and never heard of. */
static bool is_unknown(struct mtp_node *node, uint64_t mono_ns)
{
	const struct mtp_out *out = MTP_OF(node, struct mtp_out, node);

	return !out->acked && !out->question && !out->drained && out->sent_ns < mono_ns;
}

/* Asks about the next messages from *node on, as many as one question may name. False when there is none, or no memory.
 */
static bool ask_some(struct mtp_session *session, struct mtp_node **node, uint64_t mono_ns)
{
	struct mtproto_tl_writer w;
	struct mtp_out *question;
	struct mtp_node *n;
	uint32_t count = 0;

	for (n = *node; n && count < MTP_ACKS_MAX; n = mtp_list_after(&session->sent, n))
		count += is_unknown(n, mono_ns) ? 1 : 0;
	question = count ? mtp_out_new(session, mtp_acks_size(count)) : NULL;
	if (!question)
		return false;
	mtproto_tl_writer_init(&w, question->body, question->len);
	mtproto_tl_write_u32(&w, MTPROTO_ID_MSGS_STATE_REQ);
	mtproto_tl_write_vector(&w, count);
	for (struct mtp_node *end = n; *node != end; *node = mtp_list_after(&session->sent, *node))
		if (is_unknown(*node, mono_ns))
			mtproto_tl_write_long(&w, MTP_OF(*node, struct mtp_out, node)->msg_id);
	question->keep = true;
	question->question = true;
	mtp_session_send(session, question);
	return true;
}

/* What has a msg_id was sent on the link that was lost. */
static void mark_astray(const struct mtp_list *list)
{
	for (struct mtp_node *n = mtp_list_first(list); n; n = mtp_list_after(list, n))
		MTP_OF(n, struct mtp_out, node)->astray = MTP_OF(n, struct mtp_out, node)->msg_id != 0;
}

void mtp_session_ask_state(struct mtp_session *session)
{
	mark_astray(&session->sent);
	mark_astray(&session->waiting);
	mtp_session_ask_state_before(session, MTPROTO_NEVER);
}

void mtp_session_ask_state_before(struct mtp_session *session, uint64_t mono_ns)
{
	struct mtp_node *node;

	forget_questions(session, &session->sent);
	forget_questions(session, &session->waiting);
	node = mtp_list_first(&session->sent);
	while (ask_some(session, &node, mono_ns)) {
	}
}

void mtp_session_resend_all(struct mtp_session *session)
{
	while (!mtp_list_empty(&session->sent))
		mtp_session_resend(session, MTP_OF(session->sent.head.prev, struct mtp_out, node), true);
}
