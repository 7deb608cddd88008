/* What the server corrects in a client: its clock, its salt, its count of seq_no, its belief in a session.
 * Source: core.telegram.org/mtproto/service_messages_about_messages. */
#include "session/handlers.h"

#include "session/bad_msg.h"

#include <mtproto/session.h>

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
	return mtp_map_get(&session->by_msg_id, msg_id) || mtp_map_get(&session->envelopes, msg_id) ||
	       (msg_id && msg_id == session->acks.carrier);
}

/* What was refused goes out again. The acks in it go along, or after their usual delay: a server that refuses
 * everything must not be answered each time. */
static void send_again(struct mtp_session *session, const struct mtproto_now *now, uint64_t msg_id, enum mtp_loss loss)
{
	bool waited = session->acks.count > 0;

	mtp_acks_lost(&session->acks, now->mono_ns);
	if (!waited && session->acks.count)
		mtp_timer_set(&session->ack_timer, now->mono_ns + session->ack_delay_ns);
	mtp_session_resend_refused(session, msg_id, loss, now);
}

/* The protocol's own queries may be either. Calls stay content-related and containers do not become it, whatever a
 * server says. */
static void correct_kind(struct mtp_session *session, uint64_t msg_id, bool odd)
{
	struct mtp_out *out = mtp_session_find_sent(session, msg_id);

	if (out)
		out->odd = odd;
}

bool mtp_on_bad_msg(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		    struct mtproto_tl_reader *r)
{
	struct mtproto_bad_msg_notification bad;
	enum mtp_loss loss = MTP_LOST_REFUSED;

	if (mtproto_bad_msg_notification_read(&bad, r) || mtproto_tl_reader_end(r))
		return false;
	if (!is_ours(session, bad.bad_msg_id))
		return true;
	switch (bad.error_code) {
	case MTP_BAD_MSG_ID_LOW:
	case MTP_BAD_MSG_ID_HIGH:
		mtp_session_correct_clock(session, now, a->msg_id);
		break;
	case MTP_BAD_CONTAINER_ID_KNOWN:
	case MTP_BAD_MSG_TOO_OLD:
		/* It may have been taken before. */
		loss = MTP_LOST_TOO_OLD;
		break;
	case MTP_BAD_SEQ_NO_LOW:
	case MTP_BAD_SEQ_NO_HIGH:
		/* The server's count of our content and ours differ: no guess can settle that, a new session does. */
		session->must_renew = true;
		break;
	case MTP_BAD_SEQ_NO_ODD:
	case MTP_BAD_SEQ_NO_EVEN:
		correct_kind(session, bad.bad_msg_id, bad.error_code == MTP_BAD_SEQ_NO_EVEN);
		break;
	default:
		break;
	}
	send_again(session, now, bad.bad_msg_id, loss);
	return true;
}

bool mtp_on_bad_server_salt(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			    struct mtproto_tl_reader *r)
{
	struct mtproto_bad_server_salt bad;

	(void)a;
	if (mtproto_bad_server_salt_read(&bad, r) || mtproto_tl_reader_end(r))
		return false;
	if (!is_ours(session, bad.bad_msg_id))
		return true;
	mtp_session_set_salt(session, bad.new_server_salt, now);
	send_again(session, now, bad.bad_msg_id, MTP_LOST_SALT);
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

bool mtp_on_new_session(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			struct mtproto_tl_reader *r)
{
	struct mtproto_new_session_created created;
	struct mtp_arrival first = *a;
	struct mtp_node *before = NULL;
	const struct mtp_out *named;
	uint64_t oldest;

	if (mtproto_new_session_created_read(&created, r) || mtproto_tl_reader_end(r))
		return false;
	if (created.unique_id == session->peer_unique_id || a->drained)
		return true;
	session->peer_unique_id = created.unique_id;
	mtp_session_set_salt(session, created.server_salt, now);
	named = mtp_session_find_sent(session, created.first_msg_id);
	oldest = named ? carrier_of(named) : created.first_msg_id;
	first.msg_id = created.first_msg_id;
	mtp_session_deliver(session, now, MTP_NOTICE_NEW_SESSION, &first, NULL);
	/* What the server got before it made this state is lost there. A container counts as a whole. */
	for (struct mtp_node *n = session->sent.head.prev; n != &session->sent.head; n = before) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		before = n->prev;
		if (!out->drained && sent_before(session, out, oldest))
			mtp_session_resend_lost(session, out, MTP_LOST_SESSION, now);
	}
	return true;
}
