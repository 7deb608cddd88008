#include "connection/trace.h"

#include "base/bytes.h"

#include <mtproto/message_plain.h>

#include <string.h>

/* A record with its data behind it. */
struct node {
	struct mtp_event_node event;
	struct mtproto_trace record;
	size_t size;
	uint8_t data[];
};

static struct node *node_of(struct mtp_event_node *event)
{
	return MTP_OF(event, struct node, event);
}

static void released(struct mtp_event_node *event)
{
	struct mtproto_context *context = event->owner;
	struct node *node = node_of(event);

	context->trace_waiting -= node->size;
	mtproto_wipe(&node->record, node->size - offsetof(struct node, record));
	mtp_pool_free(&context->pool, node, node->size);
}

static bool push(struct mtp_endpoint *endpoint, const struct mtproto_trace *record)
{
	struct mtproto_context *context = endpoint->context;
	size_t size = sizeof(struct node) + record->data.len;
	struct mtproto_event *event;
	struct node *node;

	if (context->trace_waiting >= MTPROTO_TRACE_WAITING_MAX)
		return false;
	node = mtp_pool_alloc(&context->pool, size);
	if (!node)
		return false;
	memset(node, 0, sizeof(*node));
	node->size = size;
	node->record = *record;
	node->record.data.data = node->data;
	if (record->data.len)
		memcpy(node->data, record->data.data, record->data.len);
	node->event.owner = context;
	node->event.released = released;
	event = &node->event.event;
	event->type = record->kind == MTPROTO_TRACE_KEY ? MTPROTO_EVENT_KEY_LOG : MTPROTO_EVENT_TRACE;
	event->connection = endpoint->connection;
	event->server = endpoint->server;
	event->trace = &node->record;
	context->trace_waiting += size;
	mtp_events_push_node(&context->events, &node->event, NULL);
	return true;
}

/* What finds no room is counted, and told before the next that does. */
static void tell(struct mtp_endpoint *endpoint, const struct mtproto_trace *record)
{
	struct mtproto_context *context = endpoint->context;
	struct mtproto_trace lost = {.kind = MTPROTO_TRACE_LOST, .link = record->link, .count = context->trace_lost};

	if (context->trace_lost && push(endpoint, &lost))
		context->trace_lost = 0;
	if ((context->trace_lost || !push(endpoint, record)) && context->trace_lost < UINT32_MAX)
		context->trace_lost++;
}

static bool wants(const struct mtproto_link *link, uint32_t flags)
{
	return (link->context->config.trace & flags) && link->endpoint;
}

static enum mtproto_direction direction_of(const struct mtproto_link *link, bool sent)
{
	return sent == link->server ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER;
}

void mtp_trace_open(struct mtproto_link *link)
{
	struct mtproto_trace record = {.kind = MTPROTO_TRACE_OPEN,
				       .link = link->number,
				       .server = link->server,
				       .framing = link->decoder.framing,
				       .obfuscated = link->obfuscated};

	if (wants(link, MTPROTO_TRACE_FLAG_MESSAGES | MTPROTO_TRACE_FLAG_STREAMS))
		tell(link->endpoint, &record);
}

void mtp_trace_closed(struct mtproto_link *link)
{
	struct mtproto_trace record = {.kind = MTPROTO_TRACE_CLOSED,
				       .link = link->number,
				       .error = link->error,
				       .transport_error = link->transport_error};

	if (wants(link, MTPROTO_TRACE_FLAG_MESSAGES | MTPROTO_TRACE_FLAG_STREAMS))
		tell(link->endpoint, &record);
}

void mtp_trace_bytes(struct mtproto_link *link, bool sent, const uint8_t *data, size_t len)
{
	struct mtproto_trace record = {.kind = MTPROTO_TRACE_BYTES,
				       .link = link->number,
				       .direction = direction_of(link, sent),
				       .data = {data, len}};

	if (wants(link, MTPROTO_TRACE_FLAG_STREAMS))
		tell(link->endpoint, &record);
}

static void fill_message(struct mtproto_trace *record, uint64_t auth_key_id, const struct mtproto_message *message)
{
	record->kind = MTPROTO_TRACE_MESSAGE;
	record->auth_key_id = auth_key_id;
	record->salt = message->salt;
	record->session_id = message->session_id;
	record->msg_id = message->msg_id;
	record->seq_no = message->seq_no;
	record->data = message->body;
}

static void fill_plain(struct mtproto_trace *record, const uint8_t *data, size_t len)
{
	struct mtproto_plain_message plain;

	record->error = mtproto_plain_parse(&plain, record->direction, data, len);
	record->kind = record->error ? MTPROTO_TRACE_PACKET : MTPROTO_TRACE_PLAIN;
	record->msg_id = plain.msg_id;
	record->data = record->error ? (struct mtproto_span){data, len} : plain.body;
}

static void fill_packet(struct mtproto_trace *record, const struct mtp_packet *packet)
{
	if (mtproto_plain_is(packet->data, packet->len)) {
		fill_plain(record, packet->data, packet->len);
	} else if (packet->key && packet->job.result == 0) {
		fill_message(record, packet->key->auth.id, &packet->job.message);
	} else {
		record->kind = MTPROTO_TRACE_PACKET;
		record->error = packet->key ? packet->job.result : MTPROTO_ERR_AUTH_KEY_ID;
		record->data = (struct mtproto_span){packet->data, packet->len};
	}
}

void mtp_trace_received(struct mtproto_link *link, const struct mtp_packet *packet)
{
	struct mtproto_trace record = {.link = link->number,
				       .direction = direction_of(link, false),
				       .transport_error = packet->transport_error,
				       .quick_ack_token = packet->quick_ack_token};

	if (packet->error || !wants(link, MTPROTO_TRACE_FLAG_MESSAGES))
		return;
	if (packet->kind == MTPROTO_FRAME_TRANSPORT_ERROR)
		record.kind = MTPROTO_TRACE_ERROR;
	else if (packet->kind == MTPROTO_FRAME_QUICK_ACK)
		record.kind = MTPROTO_TRACE_QUICK_ACK;
	else
		fill_packet(&record, packet);
	tell(link->endpoint, &record);
}

void mtp_trace_sealed(struct mtproto_link *link, const struct mtproto_seal_job *job)
{
	struct mtproto_trace record = {.link = link->number, .direction = direction_of(link, true)};

	if (!wants(link, MTPROTO_TRACE_FLAG_MESSAGES))
		return;
	fill_message(&record, job->key->id, &job->message);
	tell(link->endpoint, &record);
}

void mtp_trace_sent(struct mtproto_link *link, const uint8_t *packet, size_t len)
{
	struct mtproto_trace record = {.link = link->number, .direction = direction_of(link, true)};

	if (!wants(link, MTPROTO_TRACE_FLAG_MESSAGES))
		return;
	if (len == 4) {
		record.kind = MTPROTO_TRACE_ERROR;
		record.transport_error = (int32_t)mtp_load_le32(packet);
	} else {
		fill_plain(&record, packet, len);
	}
	tell(link->endpoint, &record);
}

void mtp_trace_quick_ack(struct mtproto_link *link, uint32_t token)
{
	struct mtproto_trace record = {.kind = MTPROTO_TRACE_QUICK_ACK,
				       .link = link->number,
				       .direction = direction_of(link, true),
				       .quick_ack_token = token};

	if (wants(link, MTPROTO_TRACE_FLAG_MESSAGES))
		tell(link->endpoint, &record);
}

void mtp_trace_key(struct mtproto_link *link, const struct mtp_key *key)
{
	struct mtproto_trace record = {.kind = MTPROTO_TRACE_KEY,
				       .link = link->number,
				       .auth_key_id = key->auth.id,
				       .temporary = key->temporary,
				       .expires_at = key->expires_at,
				       .data = {key->auth.data, sizeof(key->auth.data)}};

	if (key->auth.id && wants(link, MTPROTO_TRACE_FLAG_KEYS))
		tell(link->endpoint, &record);
}

void mtp_trace_pulled(struct mtproto_context *context, const struct mtproto_event *event)
{
	if (event->trace)
		node_of(context->events.pulled)->record.time_ns = context->now.wall_ns;
}
