/* A session on its own follows what the peer says of its messages, and sends again what must be.
 * Source: core.telegram.org/mtproto/service_messages_about_messages. */
#include "session/standalone.h"

#include "base/memory.h"
#include "session/bad_msg.h"

#include <string.h>

enum {
	REFUSALS_MAX = 10,    /* of one message, before it is forgotten */
	COPY_HEADER_SIZE = 24 /* of a container around one message */
};

/* ---- What is kept ---- */

/* Acks go back to the list from which they came, so only the packet that carries them is noted. */
static void keep(struct mtproto_session *session, uint64_t msg_id, uint64_t carrier, uint32_t seq_no,
		 struct mtproto_span body)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	if (mtproto_tl_peek(&r) != MTPROTO_ID_MSGS_ACK)
		mtp_sent_add(&session->sent, msg_id, carrier, seq_no, body);
	else if (mtp_standalone_recovers(session))
		session->acks.carrier = carrier;
}

void mtp_standalone_keep(struct mtproto_session *session, uint64_t msg_id, uint32_t seq_no, struct mtproto_span body)
{
	struct mtproto_container_message inner;
	struct mtproto_tl_reader r;
	uint32_t count;

	if (session->sent.count_max == 0)
		return;
	if (!mtproto_container_test(body)) {
		keep(session, msg_id, msg_id, seq_no, body);
		return;
	}
	if (mtproto_container_open(body, msg_id, &r, &count))
		return;
	while (count-- > 0 && !mtproto_container_message_read(&inner, &r))
		keep(session, inner.msg_id, msg_id, inner.seq_no, inner.body);
}

void mtproto_session_forget(struct mtproto_session *session, uint64_t msg_id)
{
	struct mtp_sent_message *message = mtp_sent_find(&session->sent, msg_id);

	if (message)
		mtp_sent_forget(&session->sent, message);
}

/* ---- What the peer says ---- */

/* A handler reads its object. Returns 0 or an error of mtproto_session_follow. */
typedef int follower(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
		     struct mtproto_tl_reader *r);

/* All of these begin with the msg_id of the message that they answer. */
static int on_answer(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
		     struct mtproto_tl_reader *r)
{
	uint64_t answered;

	(void)now;
	(void)msg_id;
	mtproto_tl_read_u32(r);
	answered = mtproto_tl_read_long(r);
	if (r->error)
		return r->error;
	if (mtp_sent_find(&session->sent, answered))
		mtp_acks_proven(&session->acks, answered);
	mtproto_session_forget(session, answered);
	return 0;
}

/* A client goes on waiting for the answer: the server may still lose its session. */
static int on_msgs_ack(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
		       struct mtproto_tl_reader *r)
{
	struct mtproto_msgs_ack ack;
	int error = mtproto_msgs_ack_read(&ack, r) ? r->error : mtproto_tl_reader_end(r);

	(void)now;
	(void)msg_id;
	if (error)
		return error;
	for (uint32_t i = 0; i < ack.msg_ids.count; i++) {
		uint64_t acked = mtproto_longs_at(&ack.msg_ids, i);

		if (session->server)
			mtproto_session_forget(session, acked);
		else if (mtp_sent_find(&session->sent, acked))
			mtp_acks_proven(&session->acks, acked);
	}
	return 0;
}

static bool is_ours(const struct mtproto_session *session, uint64_t msg_id)
{
	if (mtp_sent_find(&session->sent, msg_id) || (msg_id && msg_id == session->acks.carrier))
		return true;
	for (struct mtp_node *n = mtp_list_first(&session->sent.kept); n; n = mtp_list_after(&session->sent.kept, n))
		if (MTP_OF(n, struct mtp_sent_message, node)->carrier == msg_id)
			return true;
	return false;
}

/* Has one that was refused sent again, with what its code says of it. */
static int send_again(struct mtproto_session *session, struct mtp_sent_message *message, int32_t code)
{
	if (++message->attempts > REFUSALS_MAX) {
		mtp_sent_forget(&session->sent, message);
		return MTPROTO_ERR_LIMIT;
	}
	if (code == MTP_BAD_SEQ_NO_ODD || code == MTP_BAD_SEQ_NO_EVEN)
		message->content_related = code == MTP_BAD_SEQ_NO_EVEN;
	message->maybe_received |= code == MTP_BAD_CONTAINER_ID_KNOWN || code == MTP_BAD_MSG_TOO_OLD;
	mtp_sent_again(&session->sent, message, false);
	return 0;
}

/* The message with this msg_id, or all in the container, and the acks of the last packets. */
static int send_refused_again(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
			      int32_t code)
{
	struct mtp_sent_message *message = mtp_sent_find(&session->sent, msg_id);
	struct mtp_node *next;
	int error = 0;

	mtp_acks_lost(&session->acks, now->mono_ns);
	if (message && !message->waits)
		return send_again(session, message, code);
	for (struct mtp_node *n = mtp_list_first(&session->sent.kept); n; n = next) {
		next = mtp_list_after(&session->sent.kept, n);
		message = MTP_OF(n, struct mtp_sent_message, node);
		/* A container's seq_no says nothing of what is in it. */
		if (message->carrier == msg_id && send_again(session, message, 0))
			error = MTPROTO_ERR_LIMIT;
	}
	return error;
}

static int on_bad_msg(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
		      struct mtproto_tl_reader *r)
{
	struct mtproto_bad_msg_notification bad;
	int error = mtproto_bad_msg_notification_read(&bad, r) ? r->error : mtproto_tl_reader_end(r);
	int corrected;

	if (error || !is_ours(session, bad.bad_msg_id))
		return error;
	error = send_refused_again(session, now, bad.bad_msg_id, bad.error_code);
	corrected = mtproto_session_correct(session, now, msg_id, bad.error_code);
	return corrected == MTPROTO_ERR_RANDOM ? corrected : error;
}

static int on_bad_server_salt(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
			      struct mtproto_tl_reader *r)
{
	struct mtproto_bad_server_salt bad;
	int error = mtproto_bad_server_salt_read(&bad, r) ? r->error : mtproto_tl_reader_end(r);

	(void)msg_id;
	if (error || !is_ours(session, bad.bad_msg_id))
		return error;
	mtproto_session_set_salt(session, bad.new_server_salt);
	return send_refused_again(session, now, bad.bad_msg_id, bad.error_code);
}

/* What came before the first message of the new state is lost there. A container counts as a whole. */
static int on_new_session(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
			  struct mtproto_tl_reader *r)
{
	struct mtproto_new_session_created created;
	const struct mtp_sent_message *first;
	struct mtp_node *next;
	uint64_t oldest;
	int error = mtproto_new_session_created_read(&created, r) ? r->error : mtproto_tl_reader_end(r);

	(void)now;
	(void)msg_id;
	if (error || created.unique_id == session->peer_unique_id)
		return error;
	session->peer_unique_id = created.unique_id;
	mtproto_session_set_salt(session, created.server_salt);
	first = mtp_sent_find(&session->sent, created.first_msg_id);
	oldest = first ? first->carrier : created.first_msg_id;
	for (struct mtp_node *n = mtp_list_first(&session->sent.kept); n; n = next) {
		struct mtp_sent_message *message = MTP_OF(n, struct mtp_sent_message, node);

		next = mtp_list_after(&session->sent.kept, n);
		if (message->carrier >= oldest)
			continue;
		message->maybe_received = true;
		mtp_sent_again(&session->sent, message, false);
	}
	return 0;
}

static int on_resend_req(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
			 struct mtproto_tl_reader *r)
{
	struct mtproto_msg_resend_req request;
	int error = mtproto_msg_resend_req_read(&request, r) ? r->error : mtproto_tl_reader_end(r);

	(void)now;
	(void)msg_id;
	if (error)
		return error;
	for (uint32_t i = 0; i < request.msg_ids.count; i++)
		if (!mtp_sent_find(&session->sent, mtproto_longs_at(&request.msg_ids, i)))
			return MTPROTO_ERR_NOT_FOUND;
	for (uint32_t i = 0; i < request.msg_ids.count; i++)
		mtp_sent_again(&session->sent, mtp_sent_find(&session->sent, mtproto_longs_at(&request.msg_ids, i)),
			       true);
	return 0;
}

static const struct {
	uint32_t id;
	bool from_server; /* means something only there */
	follower *follow;
} followers[] = {
	{MTPROTO_ID_RPC_RESULT, true, on_answer},
	{MTPROTO_ID_PONG, false, on_answer},
	{MTPROTO_ID_FUTURE_SALTS, true, on_answer},
	{MTPROTO_ID_MSGS_STATE_INFO, false, on_answer},
	{MTPROTO_ID_MSGS_ACK, false, on_msgs_ack},
	{MTPROTO_ID_BAD_MSG_NOTIFICATION, true, on_bad_msg},
	{MTPROTO_ID_BAD_SERVER_SALT, true, on_bad_server_salt},
	{MTPROTO_ID_NEW_SESSION_CREATED, true, on_new_session},
	{MTPROTO_ID_MSG_RESEND_REQ, false, on_resend_req},
};

int mtproto_session_follow(struct mtproto_session *session, const struct mtproto_now *now, uint64_t msg_id,
			   struct mtproto_span body)
{
	struct mtproto_tl_reader r;
	uint32_t id;

	mtproto_tl_reader_init(&r, body.data, body.len);
	id = mtproto_tl_peek(&r);
	for (size_t i = 0; i < sizeof(followers) / sizeof(followers[0]); i++) {
		if (followers[i].id != id || (followers[i].from_server && session->server))
			continue;
		return followers[i].follow(session, now, msg_id, &r);
	}
	return 0;
}

/* ---- Again ---- */

size_t mtproto_session_again_len(const struct mtproto_session *session)
{
	const struct mtp_sent_message *message = mtp_sent_next(&session->sent);

	if (!message)
		return 0;
	return message->len + (message->same ? COPY_HEADER_SIZE : 0);
}

/* Under its own msg_id it must be in a container. */
static int seal_same(struct mtproto_session *session, const struct mtproto_now *now, struct mtp_sent_message *message,
		     uint8_t *packet, size_t packet_cap, size_t *packet_len)
{
	struct mtproto_container_message inner = {message->msg_id, message->seq_no, {message->body, message->len}};
	size_t len = COPY_HEADER_SIZE + message->len;
	uint8_t *body = mtp_alloc(&session->allocator, len);
	struct mtproto_span span = {body, len};
	struct mtproto_tl_writer w;
	uint64_t carrier;
	uint32_t seq_no;
	int error;

	if (!body)
		return MTPROTO_ERR_MEMORY;
	mtproto_tl_writer_init(&w, body, len);
	mtproto_tl_write_u32(&w, MTPROTO_ID_MSG_CONTAINER);
	mtproto_tl_write_u32(&w, 1);
	mtproto_container_message_write(&w, &inner);
	mtproto_session_number(session, now, false, false, &carrier, &seq_no);
	error = mtproto_tl_writer_end(&w);
	if (!error)
		error = mtp_standalone_seal(session, carrier, seq_no, span, packet, packet_cap, packet_len);
	if (!error)
		message->carrier = carrier;
	mtp_release(&session->allocator, body, len);
	return error;
}

static int seal_anew(struct mtproto_session *session, const struct mtproto_now *now, struct mtp_sent_message *message,
		     uint8_t *packet, size_t packet_cap, size_t *packet_len)
{
	struct mtproto_span body = {message->body, message->len};
	uint64_t msg_id;
	uint32_t seq_no;
	int error;

	mtproto_session_number(session, now, message->content_related, false, &msg_id, &seq_no);
	error = mtp_map_put(&session->sent.by_msg_id, msg_id, message);
	if (error)
		return error;
	error = mtp_standalone_seal(session, msg_id, seq_no, body, packet, packet_cap, packet_len);
	mtp_map_remove(&session->sent.by_msg_id, error ? msg_id : message->msg_id);
	if (error)
		return error;
	message->msg_id = msg_id;
	message->carrier = msg_id;
	message->seq_no = seq_no;
	return 0;
}

int mtproto_session_pack_again(struct mtproto_session *session, const struct mtproto_now *now, uint8_t *packet,
			       size_t packet_cap, size_t *packet_len, struct mtproto_sent_again *again)
{
	struct mtp_sent_message *message = mtp_sent_next(&session->sent);
	int error;

	*packet_len = 0;
	memset(again, 0, sizeof(*again));
	if (!message)
		return 0;
	again->old_msg_id = message->msg_id;
	error = message->same ? seal_same(session, now, message, packet, packet_cap, packet_len)
			      : seal_anew(session, now, message, packet, packet_cap, packet_len);
	if (error)
		return error;
	again->msg_id = message->msg_id;
	again->maybe_received = message->maybe_received;
	mtp_sent_done(&session->sent, message);
	return 1;
}

int mtproto_session_write_states(const struct mtproto_session *session, uint64_t req_msg_id,
				 const struct mtproto_longs *msg_ids, struct mtproto_tl_writer *w)
{
	uint8_t info[MTP_ACKS_MAX];
	struct mtproto_msgs_state_info answer = {req_msg_id, {info, msg_ids->count}};

	if (msg_ids->count > MTP_ACKS_MAX)
		return MTPROTO_ERR_LIMIT;
	for (uint32_t i = 0; i < msg_ids->count; i++)
		info[i] = (uint8_t)mtp_window_state(&session->window, mtproto_longs_at(msg_ids, i));
	mtproto_msgs_state_info_write(w, &answer);
	return mtproto_tl_writer_end(w);
}
