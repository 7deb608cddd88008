/* A client's session goes on under another session_id: at once, or letting the old one run dry. */
#include "session/session.h"

#include <mtproto/service.h>

/* What waits gets new numbers; what is not kept, and questions, speak of messages of the old session. What was to go
 * out again under its old number may have been run there. */
static void renew_waiting(struct mtp_session *session, const struct mtproto_now *now)
{
	struct mtp_node *next = NULL;

	mtp_session_release_held(session);
	for (struct mtp_node *node = mtp_list_first(&session->waiting); node; node = next) {
		struct mtp_out *out = MTP_OF(node, struct mtp_out, node);

		next = mtp_list_after(&session->waiting, node);
		if (out->question) {
			mtp_session_settle(session, out);
		} else if (out->keep && out->msg_id && out->at_most_once) {
			mtp_session_give_up(session, out, MTPROTO_ERR_UNKNOWN, now);
		} else if (out->keep) {
			out->maybe_twice |= out->msg_id != 0 && out->content_related;
			mtp_session_forget_sent(session, out);
		} else {
			mtp_list_remove(node);
			mtp_out_free(session, out);
		}
	}
}

/* A new identity; what the old one was to say is not said any more. */
static int begin_again(struct mtp_session *session)
{
	uint64_t old = session->session_id;
	int error = mtp_session_draw_id(session);

	if (error) {
		session->session_id = old;
		return error;
	}
	session->must_renew = false;
	session->content_count = 0;
	session->peer_unique_id = 0;
	mtp_acks_clear(&session->acks);
	session->acks_due = false;
	mtp_timer_stop(&session->ack_timer);
	return 0;
}

void mtp_session_lose_all(struct mtp_session *session, const struct mtproto_now *now)
{
	/* From the last sent to the first, each put before what waits: the order is kept. */
	while (!mtp_list_empty(&session->sent))
		mtp_session_resend_lost(session, MTP_OF(session->sent.head.prev, struct mtp_out, node),
					MTP_LOST_SESSION, now);
	renew_waiting(session, now);
}

/* ---- Running dry ---- */

/* What has not been answered in the old session is lost with it, and the server may forget that. */
static void end_draining(struct mtp_session *session, const struct mtproto_now *now)
{
	struct mtproto_destroy_session destroy = {session->drained_id};
	struct mtproto_tl_writer w;
	struct mtp_node *before = NULL;
	uint8_t body[12];

	if (session->drained_id == 0)
		return;
	session->drained_id = 0;
	mtp_timer_stop(&session->drain_timer);
	mtp_window_fini(&session->drained_window);
	for (struct mtp_node *n = session->sent.head.prev; n != &session->sent.head; n = before) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		before = n->prev;
		if (out->drained)
			mtp_session_resend_lost(session, out, MTP_LOST_SESSION, now);
	}
	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_destroy_session_write(&w, &destroy);
	mtp_session_send_service(session, body, w.len, false);
}

void mtp_session_drain_timer(struct mtp_timer *timer, const struct mtproto_now *now)
{
	end_draining(MTP_OF(timer, struct mtp_session, drain_timer), now);
}

int mtp_session_move_on(struct mtp_session *session, const struct mtproto_now *now)
{
	uint64_t old = session->session_id;
	int error;

	end_draining(session, now);
	error = begin_again(session);
	if (error)
		return error;
	for (struct mtp_node *n = mtp_list_first(&session->sent); n; n = mtp_list_after(&session->sent, n))
		MTP_OF(n, struct mtp_out, node)->drained = true;
	session->drained_id = old;
	session->drained_window = session->window;
	mtp_window_init(&session->window, session->env->allocator);
	mtp_timer_set(&session->drain_timer, now->mono_ns + MTP_DRAIN_S * UINT64_C(1000000000));
	renew_waiting(session, now);
	session->ops->wake(session);
	return 0;
}
