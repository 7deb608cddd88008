/* What a received message must pass before anything in it is believed.
 * Source: core.telegram.org/mtproto/security_guidelines, and for the codes /mtproto/service_messages_about_messages. */
#include "session/bad_msg.h"
#include "session/checks.h"
#include "session/session.h"

void mtp_session_refuse(struct mtp_session *session, uint64_t msg_id, uint32_t seq_no, int32_t code)
{
	uint8_t body[28];
	struct mtproto_tl_writer w;
	struct mtproto_bad_server_salt salt = {msg_id, (int32_t)seq_no, code, session->key->salt};
	struct mtproto_bad_msg_notification other = {msg_id, (int32_t)seq_no, code};

	mtproto_tl_writer_init(&w, body, sizeof(body));
	if (code == MTP_BAD_SALT)
		mtproto_bad_server_salt_write(&w, &salt);
	else
		mtproto_bad_msg_notification_write(&w, &other);
	mtp_session_send_service(session, body, w.len, true);
}

void mtp_session_acknowledge(struct mtp_session *session, uint64_t msg_id, const struct mtproto_now *now)
{
	struct mtp_acks *acks = &session->acks;

	/* An ack that finds no room is no loss: the peer sends the message again, and then it finds some. */
	if (mtp_acks_add(acks, msg_id, now->mono_ns))
		return;
	/* The first of new ones: the time of those before may have come when an answer had taken their place. */
	if (acks->count == 1) {
		session->acks_due = false;
		mtp_timer_set(&session->ack_timer, now->mono_ns + session->ack_delay_ns);
	}
	if (acks->count >= session->ack_count_max && !session->acks_due) {
		session->acks_due = true;
		session->ops->wake(session);
	}
}

/* Drops a message: a server tells its client why, a client tells its program. */
static void refuse(struct mtp_session *session, const struct mtproto_now *now, uint64_t msg_id, uint32_t seq_no,
		   int error, int32_t code)
{
	struct mtp_notice notice = {.kind = MTP_NOTICE_REFUSED, .error = error, .msg_id = msg_id, .seq_no = seq_no};

	if (error == MTPROTO_ERR_DUPLICATE)
		session->stats.duplicates_received++;
	else
		session->stats.refused_received++;
	if (session->server && code)
		mtp_session_refuse(session, msg_id, seq_no, code);
	session->ops->deliver(session, &notice, now);
}

/* A server's rules for seq_no: it rises with msg_id, and content decides whether it is odd. 0 or the code. */
static int32_t check_seq_no(struct mtp_session *session, const struct mtp_arrival *a)
{
	struct mtproto_tl_reader r;
	bool odd = a->seq_no & 1;
	uint32_t id;

	if (a->msg_id > session->top_msg_id &&
	    (a->seq_no < session->top_seq_no || (odd && a->seq_no == session->top_seq_no)))
		return MTP_BAD_SEQ_NO_LOW;
	if (a->msg_id < session->top_msg_id &&
	    (a->seq_no > session->top_seq_no || (odd && a->seq_no == session->top_seq_no)))
		return MTP_BAD_SEQ_NO_HIGH;
	mtproto_tl_reader_init(&r, a->body.data, a->body.len);
	id = mtproto_tl_peek(&r);
	if (id == MTPROTO_ID_MSG_CONTAINER || id == MTPROTO_ID_MSG_COPY)
		return odd ? MTP_BAD_SEQ_NO_ODD : 0;
	/* The protocol's own objects may be either, even acks, which a client in wide use counts as content; every
	 * query of the API must be content-related. */
	return odd || mtp_session_is_service_query(id) ? 0 : MTP_BAD_SEQ_NO_EVEN;
}

static void raise_top(struct mtp_session *session, uint64_t msg_id, uint32_t seq_no)
{
	if (msg_id <= session->top_msg_id)
		return;
	session->top_msg_id = msg_id;
	session->top_seq_no = seq_no;
}

/* In a session that runs dry the server would refuse the ack, as it did the rest. */
static void acknowledge(struct mtp_session *session, const struct mtp_arrival *a, const struct mtproto_now *now)
{
	if (!a->drained)
		mtp_session_acknowledge(session, a->msg_id, now);
}

static void accept_inner(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a);

/* An old message inside a new one. It carries no further one, so this goes no deeper. */
static void accept_copy(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a)
{
	struct mtproto_container_message original;
	struct mtp_arrival inner = *a;
	int error = mtproto_msg_copy_open(a->body, a->msg_id, &original);

	if (error) {
		refuse(session, now, a->msg_id, a->seq_no, error, MTP_BAD_CONTAINER);
		return;
	}
	inner.msg_id = original.msg_id;
	inner.seq_no = original.seq_no;
	inner.body = original.body;
	accept_inner(session, now, &inner);
}

/* One message that is no container, outer or inner. */
static void accept_one(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a)
{
	int32_t code = session->server ? check_seq_no(session, a) : 0;

	session->stats.messages_received++;
	if (code) {
		mtp_window_refuse(&session->window, a->msg_id);
		refuse(session, now, a->msg_id, a->seq_no, MTPROTO_ERR_SEQ_NO, code);
		return;
	}
	raise_top(session, a->msg_id, a->seq_no);
	if (a->seq_no & 1) {
		session->stats.content_bytes_received += a->body.len;
		acknowledge(session, a, now);
	} else {
		session->stats.service_bytes_received += a->body.len;
	}
	if (mtproto_msg_copy_test(a->body))
		accept_copy(session, now, a);
	else
		mtp_session_dispatch(session, now, a);
}

static struct mtp_window *window_of(struct mtp_session *session, const struct mtp_arrival *a)
{
	return a->drained ? &session->drained_window : &session->window;
}

/* What a server refused once is refused whenever it comes again: the client may not have heard of it, and an attacker
 * who kept it must find no better time for it. */
static bool is_refused_again(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a)
{
	int32_t code;

	if (!session->server || !mtp_window_refused(&session->window, a->msg_id))
		return false;
	code = check_seq_no(session, a);
	refuse(session, now, a->msg_id, a->seq_no, MTPROTO_ERR_SEQ_NO, code ? code : MTP_BAD_MSG_TOO_OLD);
	return true;
}

/* Messages inside others may be old ones that come again: they are checked for duplicates only. One that is too old for
 * that is taken by a client, whose updates and answers say themselves whether they are news; a server would run a
 * request twice. */
static void accept_inner(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a)
{
	int error = mtp_check_parity(session->server, a->msg_id);

	if (error) {
		refuse(session, now, a->msg_id, a->seq_no, error, MTP_BAD_MSG_ID_BITS);
		return;
	}
	error = mtp_window_add(window_of(session, a), a->msg_id);
	if (error == MTPROTO_ERR_DUPLICATE && is_refused_again(session, now, a))
		return;
	if (error == MTPROTO_ERR_DUPLICATE) {
		session->stats.duplicates_received++;
		if (a->seq_no & 1)
			acknowledge(session, a, now);
		return;
	}
	if (error && (session->server || error != MTPROTO_ERR_REPLAY)) {
		refuse(session, now, a->msg_id, a->seq_no, error,
		       error == MTPROTO_ERR_REPLAY ? MTP_BAD_MSG_TOO_OLD : 0);
		return;
	}
	accept_one(session, now, a);
}

static void accept_container(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a)
{
	struct mtproto_tl_reader r;
	struct mtp_arrival inner = *a;
	uint32_t count;
	int error = mtproto_container_open(a->body, a->msg_id, &r, &count);

	if (!error && session->server && (a->seq_no & 1)) {
		refuse(session, now, a->msg_id, a->seq_no, MTPROTO_ERR_SEQ_NO, MTP_BAD_SEQ_NO_ODD);
		return;
	}
	if (error) {
		refuse(session, now, a->msg_id, a->seq_no, error, MTP_BAD_CONTAINER);
		return;
	}
	session->stats.containers_received++;
	while (count-- > 0) {
		struct mtproto_container_message message;

		if (mtproto_container_message_read(&message, &r))
			return;
		inner.msg_id = message.msg_id;
		inner.seq_no = message.seq_no;
		inner.body = message.body;
		accept_inner(session, now, &inner);
	}
	raise_top(session, a->msg_id, a->seq_no);
}

/* A client's: the last word on a message of ours, which still waits for it, did not come before, though it is older
 * than all that the window remembers. The server's clock went back so far that the session would hear nothing else of
 * it: one that begins anew does. */
static bool is_proven_new(struct mtp_session *session, const struct mtp_arrival *a)
{
	if (session->server || !mtp_session_settles_ours(session, a->body))
		return false;
	if (!a->drained)
		session->must_renew = true;
	return true;
}

/* The window's verdict on an outer message. True when it is new. */
static bool is_new(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a)
{
	bool container = mtproto_container_test(a->body);
	int error = mtp_window_add(window_of(session, a), a->msg_id);

	if (!error || (error == MTPROTO_ERR_REPLAY && is_proven_new(session, a)))
		return true;
	if (error == MTPROTO_ERR_DUPLICATE && is_refused_again(session, now, a))
		return false;
	if (error == MTPROTO_ERR_DUPLICATE && !container && (a->seq_no & 1))
		acknowledge(session, a, now);
	refuse(session, now, a->msg_id, a->seq_no, error,
	       error == MTPROTO_ERR_REPLAY                   ? MTP_BAD_MSG_TOO_OLD
	       : error == MTPROTO_ERR_DUPLICATE && container ? MTP_BAD_CONTAINER_ID_KNOWN
							     : 0);
	return false;
}

/* A client's clock is wrong, not the message, when that answers a message of ours: nobody could make the answer before
 * that was sent. True when the clock was corrected and the message is in time. */
static bool clock_was_wrong(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			    int error)
{
	const struct mtp_clock *clock = &session->key->clock;
	int64_t age = mtp_clock_server_ns(clock, now) - mtproto_msg_id_time_ns(a->msg_id);
	uint64_t sent_ns = 0;

	if (session->server || !mtp_session_answers_ours(session, a->body, &sent_ns))
		return false;
	/* It may be old because it was so long under way: that says nothing of the clock. */
	if (error == MTPROTO_ERR_MSG_ID_OLD && (uint64_t)age <= now->mono_ns - sent_ns)
		return false;
	mtp_session_correct_clock(session, now, a->msg_id);
	return true;
}

/* Anything but the replay window: what a packet must be to be looked at. 0, or it was refused. */
static int check_outer(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       uint64_t salt)
{
	int32_t code = MTP_BAD_SALT;
	int error = session->ops->salt_valid && !session->ops->salt_valid(session, salt, now) ? MTPROTO_ERR_SALT : 0;

	if (!error) {
		error = mtp_check_parity(session->server, a->msg_id);
		code = MTP_BAD_MSG_ID_BITS;
	}
	if (!error) {
		error = mtp_check_time(&session->key->clock, now, a->msg_id);
		code = error == MTPROTO_ERR_MSG_ID_OLD ? MTP_BAD_MSG_ID_LOW : MTP_BAD_MSG_ID_HIGH;
		if (error && clock_was_wrong(session, now, a, error))
			error = 0;
	}
	if (error)
		refuse(session, now, a->msg_id, a->seq_no, error, code);
	return error;
}

void mtp_session_accept(struct mtp_session *session, const struct mtproto_now *now, const struct mtproto_message *m,
			struct mtp_block *block, size_t *budget)
{
	struct mtp_arrival a = {
		.msg_id = m->msg_id, .seq_no = m->seq_no, .body = m->body, .block = block, .budget = budget};
	int error;

	a.drained = m->session_id != session->session_id;

	if (check_outer(session, now, &a, m->salt) || !is_new(session, now, &a))
		return;
	if (mtproto_container_test(a.body))
		accept_container(session, now, &a);
	else
		accept_one(session, now, &a);
	/* Only now: what else the packet brought still belongs to the old session. */
	error = session->must_renew ? mtp_session_move_on(session, now) : 0;
	if (error)
		refuse(session, now, a.msg_id, a.seq_no, error, 0);
}
