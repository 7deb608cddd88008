/* The loop of a context: file, process, pull. */
#include "connection/link.h"
#include "connection/trace.h"
#include "crypto/kernels.h"

#include <mtproto/tl.h>

#include <string.h>

/* Packets that were decoded and are opened together. */
struct batch {
	size_t count;
	struct mtproto_link *links[MTP_BATCH_MAX];
	struct mtp_packet packets[MTP_BATCH_MAX];
};

/* The auth_key_id in front of a packet; 0 for a plain message and for what is too short for any. */
static uint64_t packet_key_id(const struct mtp_packet *packet)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, packet->data, packet->len);
	return mtproto_tl_read_long(&r);
}

/* Decodes as many packets as fit, one link after the other. False when nothing is left to decode. */
static bool collect(struct mtproto_context *context, struct batch *batch)
{
	struct mtp_node *node;

	batch->count = 0;
	while (batch->count < MTP_BATCH_MAX && (node = mtp_list_first(&context->filed))) {
		struct mtproto_link *link = MTP_OF(node, struct mtproto_link, filed_node);
		struct mtp_packet *packet = &batch->packets[batch->count];

		if (!mtp_link_next_packet(link, packet)) {
			mtp_list_remove(&link->filed_node);
			continue;
		}
		batch->links[batch->count++] = link;
	}
	return batch->count > 0;
}

/* What is not opened was left obfuscated, if it is long. */
static void deobfuscate(struct mtp_packet *packet)
{
	uint8_t *text = packet->data + MTPROTO_PACKET_HEADER_SIZE;

	if (packet->ctr)
		packet->error = mtp_ctr_xor_at(packet->ctr, packet->ctr_position, text, text,
					       packet->len - MTPROTO_PACKET_HEADER_SIZE);
}

/* Opens everything that a key is known for, at once. */
static void open_batch(struct mtproto_context *context, struct batch *batch)
{
	struct mtproto_open_job jobs[MTP_BATCH_MAX];
	struct mtp_packet *owners[MTP_BATCH_MAX];
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct mtp_packet *packet = &batch->packets[i];
		struct mtp_endpoint *endpoint = batch->links[i]->endpoint;
		uint64_t id = packet_key_id(packet);

		packet->key = id ? endpoint->ops->find_key(endpoint, id) : NULL;
		if (!packet->key) {
			deobfuscate(packet);
			continue;
		}
		jobs[count] = (struct mtproto_open_job){.key = &packet->key->auth,
							.direction = endpoint->direction,
							.packet = packet->data,
							.packet_len = packet->len,
							.ctr = packet->ctr,
							.ctr_position = packet->ctr_position};
		owners[count++] = packet;
	}
	mtproto_message_open_many(context->kernels, jobs, count);
	for (size_t i = 0; i < count; i++)
		owners[i]->job = jobs[i];
}

static void feed(struct mtproto_link *link, struct mtp_packet *packet)
{
	struct mtp_endpoint *endpoint = link->endpoint;

	/* One packet before may have closed the link. */
	if (!endpoint)
		return;
	mtp_trace_received(link, packet);
	if (packet->error)
		mtp_link_fail(link, packet->error, NULL);
	else if (packet->kind == MTPROTO_FRAME_TRANSPORT_ERROR)
		endpoint->ops->transport_error(endpoint, link, packet->transport_error);
	else if (packet->kind == MTPROTO_FRAME_QUICK_ACK)
		endpoint->ops->quick_ack(endpoint, link, packet->quick_ack_token);
	else
		endpoint->ops->packet(endpoint, link, packet);
}

static void feed_batch(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		feed(batch->links[i], &batch->packets[i]);
		mtp_block_drop(batch->packets[i].block);
	}
}

int mtproto_context_process(struct mtproto_context *context, const struct mtproto_now *now)
{
	struct batch batch;

	mtp_events_release_pulled(&context->events);
	mtp_context_set_now(context, now);
	while (context->events.count < MTP_EVENTS_WAITING_MAX && collect(context, &batch)) {
		open_batch(context, &batch);
		feed_batch(&batch);
	}
	mtp_timers_run(&context->timers, &context->now);
	return 0;
}

int mtproto_context_next_event(struct mtproto_context *context, struct mtproto_event *event)
{
	if (!mtp_events_pull(&context->events, event))
		return 0;
	mtp_trace_pulled(context, event);
	return 1;
}

uint64_t mtproto_context_deadline(const struct mtproto_context *context)
{
	if (!mtp_list_empty(&context->filed) || context->events.count)
		return 0;
	return mtp_timers_next(&context->timers);
}

/* ---- Sealing ---- */

struct seal_batch {
	size_t count;
	struct mtproto_seal_job jobs[MTP_BATCH_MAX];
	struct mtp_reservation places[MTP_BATCH_MAX];
};

static bool is_full(const struct mtproto_link *link)
{
	return link->out_len >= link->context->config.link_send_max;
}

/* The largest packets leave no room for more padding than must be. */
static enum mtproto_padding padding_for(const struct mtproto_context *context, size_t body_len)
{
	return body_len + 256 > MTP_BODY_SENT_MAX ? MTPROTO_PADDING_SMALLEST : context->config.padding;
}

/* Packs one packet of the sender into its link. 1: done, 0: nothing to send now, negative: the link must be closed. */
static int add_job(struct mtproto_context *context, struct mtp_sender *sender, struct seal_batch *batch)
{
	struct mtproto_seal_job *job = &batch->jobs[batch->count];
	struct mtp_reservation *place = &batch->places[batch->count];
	struct mtp_plan plan;
	int error;

	/* Between two temporary keys there is none. */
	if (sender->session->key->auth.id == 0)
		return 0;
	if (is_full(sender->link) || !mtp_session_plan(sender->session, &plan))
		return 0;
	memset(job, 0, sizeof(*job));
	error = mtproto_message_padding(padding_for(context, plan.body_len), &context->padding.random, plan.body_len,
					&job->padding);
	if (!error)
		error = mtp_link_reserve(sender->link, mtproto_packet_size(plan.body_len, job->padding), place);
	if (error)
		return error;
	job->key = &sender->session->key->auth;
	job->direction = sender->link->server ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER;
	job->packet = place->packet;
	job->packet_cap = place->len;
	error = mtp_session_pack(sender->session, &context->now, &plan, place->packet + MTPROTO_MESSAGE_BODY_OFFSET,
				 &job->message);
	if (error) {
		mtp_link_cancel(place);
		return error;
	}
	mtp_trace_sealed(sender->link, job);
	sender->session->stats.packets_sent++;
	sender->session->stats.bytes_sent += place->len;
	batch->count++;
	return 1;
}

static void seal_batch(struct mtproto_context *context, struct seal_batch *batch)
{
	mtproto_message_seal_many(context->kernels, &context->padding.random, batch->jobs, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		struct mtproto_link *link = batch->places[i].link;

		if (!link->endpoint)
			continue;
		if (batch->jobs[i].result)
			mtp_link_fail(link, batch->jobs[i].result, NULL);
		else
			mtp_link_finish(&batch->places[i]);
	}
	batch->count = 0;
}

void mtp_context_seal(struct mtproto_context *context)
{
	struct seal_batch batch;
	struct mtp_node *node;

	batch.count = 0;
	while ((node = mtp_list_first(&context->due))) {
		struct mtp_sender *sender = MTP_OF(node, struct mtp_sender, node);
		struct mtproto_link *link = sender->link;
		int result = link ? add_job(context, sender, &batch) : 0;
		bool full = batch.count == MTP_BATCH_MAX;

		if (result == 0) {
			mtp_list_remove(node);
			if (link && is_full(link))
				mtp_list_append(&link->full, node);
		}
		if (full || result < 0)
			seal_batch(context, &batch);
		if (result < 0 && link->endpoint)
			mtp_link_fail(link, result, NULL);
	}
	seal_batch(context, &batch);
}

struct mtproto_link *mtproto_context_next_writable(struct mtproto_context *context)
{
	struct mtp_node *node;

	mtp_context_seal(context);
	node = mtp_list_pop(&context->writable);
	return node ? MTP_OF(node, struct mtproto_link, writable_node) : NULL;
}
