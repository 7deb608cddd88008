/* From what waits to the body of one packet. */
#include "session/session.h"

#include <mtproto/session.h>

#include <string.h>

/* Acks do not make a packet too large: beside a very large message they wait for the next. */
static bool acks_fit(const struct mtp_session *session, size_t size)
{
	return size == 0 || MTP_CONTAINER_HEADER_SIZE + size + MTPROTO_CONTAINER_MESSAGE_HEADER +
					    mtp_acks_size(session->acks.count) <=
				    MTP_BODY_SENT_MAX;
}

static size_t length_of(const struct mtp_out *out)
{
	return out->rebuild ? out->rebuild->len(out) : out->len;
}

static bool is_ready(const struct mtp_out *out)
{
	return !out->rebuild || !out->rebuild->ready || out->rebuild->ready(out);
}

bool mtp_session_plan(struct mtp_session *session, struct mtp_plan *plan)
{
	struct mtp_node *next = NULL;
	size_t size = 0;

	memset(plan, 0, sizeof(*plan));
	for (struct mtp_node *n = mtp_list_first(&session->waiting); n; n = next) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		next = mtp_list_after(&session->waiting, n);
		if (plan->count == MTPROTO_CONTAINER_SENT_MAX || !(session->open || out->early))
			break;
		if (!is_ready(out)) {
			mtp_list_remove(n);
			mtp_list_append(&session->held, n);
			continue;
		}
		if (plan->count > 0 &&
		    size + MTPROTO_CONTAINER_MESSAGE_HEADER + length_of(out) > MTP_CONTAINER_SENT_BYTES_MAX)
			break;
		/* What goes out again under its own msg_id must be inside a container. */
		plan->container |= out->msg_id != 0;
		size += MTPROTO_CONTAINER_MESSAGE_HEADER + length_of(out);
		plan->count++;
	}
	if (session->open && session->acks.count && (plan->count || session->acks_due) && acks_fit(session, size)) {
		plan->acks = session->acks.count;
		size += MTPROTO_CONTAINER_MESSAGE_HEADER + mtp_acks_size(plan->acks);
	}
	plan->container |= plan->count + (plan->acks ? 1 : 0) > 1;
	if (size == 0)
		return false;
	plan->body_len = plan->container ? MTP_CONTAINER_HEADER_SIZE + size : size - MTPROTO_CONTAINER_MESSAGE_HEADER;
	return true;
}

static uint64_t next_msg_id(struct mtp_session *session, const struct mtproto_now *now, bool answer)
{
	unsigned low_bits = !session->server ? 0 : answer ? 1 : 3;

	return mtproto_msg_id_next(&session->msg_ids, mtp_clock_server_ns(&session->key->clock, now), low_bits);
}

int mtp_session_number(struct mtp_session *session, const struct mtproto_now *now, struct mtp_out *out)
{
	uint32_t odd = out->content_related || out->odd ? 1 : 0;

	if (out->msg_id == 0) {
		out->msg_id = next_msg_id(session, now, out->answer);
		out->seq_no = 2 * session->content_count + odd;
		session->content_count += odd;
	}
	return out->keep ? mtp_map_put(&session->by_msg_id, out->msg_id, out) : 0;
}

/* Undoes mtp_session_number for messages that had no msg_id before. */
static void take_numbers_back(struct mtp_session *session, uint32_t count, uint64_t first_new)
{
	struct mtp_node *node = mtp_list_first(&session->waiting);

	for (uint32_t i = 0; i < count; i++, node = mtp_list_after(&session->waiting, node)) {
		struct mtp_out *out = MTP_OF(node, struct mtp_out, node);

		if (out->msg_id < first_new)
			continue;
		if (out->keep)
			mtp_map_remove(&session->by_msg_id, out->msg_id);
		out->msg_id = 0;
	}
}

static struct mtp_envelope *new_envelope(struct mtp_session *session, uint32_t count)
{
	struct mtp_envelope *envelope =
		mtp_pool_alloc(session->env->pool, sizeof(*envelope) + count * sizeof(struct mtp_out *));

	if (!envelope)
		return NULL;
	envelope->count = count;
	envelope->live = 0;
	memset(envelope->members, 0, count * sizeof(struct mtp_out *));
	return envelope;
}

/* Numbers all messages of the plan. On failure everything is as it was. */
static int number_all(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_plan *plan)
{
	uint32_t content_count = session->content_count;
	uint64_t first_new = session->msg_ids.last + 1;
	struct mtp_node *node = mtp_list_first(&session->waiting);

	for (uint32_t i = 0; i < plan->count; i++, node = mtp_list_after(&session->waiting, node)) {
		int error = mtp_session_number(session, now, MTP_OF(node, struct mtp_out, node));

		if (!error)
			continue;
		take_numbers_back(session, i + 1, first_new);
		session->content_count = content_count;
		return error;
	}
	return 0;
}

static void write_out(struct mtproto_tl_writer *w, struct mtp_out *out, bool container)
{
	if (container) {
		mtproto_tl_write_long(w, out->msg_id);
		mtproto_tl_write_u32(w, out->seq_no);
		mtproto_tl_write_u32(w, (uint32_t)length_of(out));
	}
	if (out->rebuild)
		out->rebuild->write(out, w);
	else
		mtproto_tl_write_raw(w, out->body, out->len);
}

/* After it was written: kept ones are remembered, others are done. */
static void move_to_sent(struct mtp_session *session, const struct mtproto_now *now, struct mtp_out *out,
			 struct mtp_envelope *envelope)
{
	mtp_list_remove(&out->node);
	if (!out->keep) {
		mtp_out_free(session, out);
		return;
	}
	out->waiting = false;
	out->was_sent = true;
	out->order = ++session->sent_order;
	if (out->sent_ns == 0)
		out->sent_ns = now->mono_ns;
	if (!session->server && session->state_timer.position == 0)
		mtp_timer_set(&session->state_timer, now->mono_ns + MTP_STATE_DELAY_S * UINT64_C(1000000000));
	mtp_list_append(&session->sent, &out->node);
	if (!envelope)
		return;
	out->envelope = envelope;
	out->position = (uint16_t)envelope->live;
	envelope->members[envelope->live++] = out;
}

/* msgs_ack is written from the list itself, without a copy. */
static void write_acks(struct mtp_session *session, const struct mtproto_now *now, struct mtproto_tl_writer *w,
		       bool container, struct mtproto_message *message)
{
	uint64_t msg_id = next_msg_id(session, now, true);
	uint32_t seq_no = 2 * session->content_count;

	if (container) {
		mtproto_tl_write_long(w, msg_id);
		mtproto_tl_write_u32(w, seq_no);
		mtproto_tl_write_u32(w, (uint32_t)mtp_acks_size(session->acks.count));
	} else {
		message->msg_id = msg_id;
		message->seq_no = seq_no;
	}
	mtp_acks_write(&session->acks, w);
	session->acks_due = false;
	mtp_timer_stop(&session->ack_timer);
}

/* A client's packet may be refused, a server's is not. */
static void acks_left(struct mtp_session *session, uint64_t carrier, uint64_t order_before)
{
	if (session->server)
		mtp_acks_clear(&session->acks);
	else
		mtp_acks_sent(&session->acks, carrier, order_before);
}

/* Keeps the envelope under the container's id if somebody in it is kept. */
static void seal_envelope(struct mtp_session *session, struct mtp_envelope *envelope, uint64_t msg_id)
{
	size_t size = sizeof(*envelope) + envelope->count * sizeof(struct mtp_out *);

	envelope->msg_id = msg_id;
	if (envelope->live && mtp_map_put(&session->envelopes, msg_id, envelope) == 0)
		return;
	/* Without memory its members can still be found one by one. */
	for (uint32_t i = 0; i < envelope->live; i++)
		envelope->members[i]->envelope = NULL;
	mtp_pool_free(session->env->pool, envelope, size);
}

static void count_body(struct mtproto_session_stats *stats, const struct mtp_out *out)
{
	if (!out->content_related) {
		stats->service_bytes_sent += out->len;
		return;
	}
	stats->content_bytes_sent += out->len;
	stats->content_bytes_resent += out->was_sent ? out->len : 0;
}

int mtp_session_pack(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_plan *plan,
		     uint8_t *body, struct mtproto_message *message)
{
	struct mtp_envelope *envelope = plan->container ? new_envelope(session, plan->count) : NULL;
	struct mtproto_tl_writer w;
	uint64_t order_before = session->sent_order;
	bool answer = false;
	int error;

	if (plan->container && !envelope)
		return MTPROTO_ERR_MEMORY;
	error = number_all(session, now, plan);
	if (error)
		goto fail;

	message->salt = session->key->salt;
	message->session_id = session->session_id;
	message->body.data = body;
	message->body.len = plan->body_len;
	mtproto_tl_writer_init(&w, body, plan->body_len);
	if (plan->container) {
		mtproto_tl_write_u32(&w, MTPROTO_ID_MSG_CONTAINER);
		mtproto_tl_write_u32(&w, plan->count + (plan->acks ? 1 : 0));
	}
	for (uint32_t i = 0; i < plan->count; i++) {
		struct mtp_out *out = MTP_OF(mtp_list_first(&session->waiting), struct mtp_out, node);

		write_out(&w, out, plan->container);
		count_body(&session->stats, out);
		answer |= out->answer;
		message->msg_id = out->msg_id;
		message->seq_no = out->seq_no;
		move_to_sent(session, now, out, envelope);
	}
	if (plan->acks)
		write_acks(session, now, &w, plan->container, message);
	if (plan->container) {
		message->msg_id = next_msg_id(session, now, answer || plan->acks);
		message->seq_no = 2 * session->content_count;
		seal_envelope(session, envelope, message->msg_id);
	}
	session->stats.messages_sent += plan->count + (plan->acks ? 1 : 0);
	session->stats.containers_sent += plan->container ? 1 : 0;
	session->stats.acks_sent += plan->acks;
	session->stats.service_bytes_sent += plan->acks ? mtp_acks_size(plan->acks) : 0;
	/* What was held may follow what was sent. */
	mtp_session_release_held(session);
	if (plan->acks)
		acks_left(session, message->msg_id, order_before);
	return mtproto_tl_writer_end(&w) || w.len != plan->body_len ? MTPROTO_ERR_INTERNAL : 0;

fail:
	if (envelope)
		mtp_pool_free(session->env->pool, envelope, sizeof(*envelope) + plan->count * sizeof(struct mtp_out *));
	return error;
}
