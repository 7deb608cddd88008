/* A link from its making to its end. Bytes in are in link_in.c, bytes out in link_out.c. */
#include "connection/link.h"

#include "base/memory.h"
#include "connection/trace.h"

#include <string.h>

void mtproto_link_config_init(struct mtproto_link_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->framing = MTPROTO_FRAMING_INTERMEDIATE;
	config->obfuscated = true;
	config->dc = 2;
}

static void release_link(struct mtproto_link *link)
{
	struct mtp_node *node;

	mtp_list_remove(&link->filed_node);
	mtp_list_remove(&link->writable_node);
	mtp_list_remove(&link->owner_node);
	mtp_block_drop(link->in);
	link->in = NULL;
	link->in_begin = link->in_clear = link->in_end = 0;
	while (mtp_list_pop(&link->full)) {
	}
	while ((node = mtp_list_pop(&link->out))) {
		struct mtp_chunk *chunk = MTP_OF(node, struct mtp_chunk, node);

		mtp_pool_free(&link->context->pool, chunk, sizeof(*chunk) + chunk->cap);
	}
	link->out_len = 0;
	mtproto_obfuscation_fini(&link->obfuscation);
	memset(&link->obfuscation, 0, sizeof(link->obfuscation));
}

void mtp_link_free(struct mtproto_link *link)
{
	if (!link)
		return;
	release_link(link);
	mtp_release_secret(&link->context->allocator, link, sizeof(*link));
}

/* After its LINK_CLOSED was pulled. */
static void closed_released(struct mtp_event_node *node)
{
	mtp_link_free(MTP_OF(node, struct mtproto_link, closed));
}

static struct mtproto_link *new_link(struct mtp_endpoint *endpoint, bool server)
{
	struct mtproto_link *link = mtp_alloc_zero(&endpoint->context->allocator, sizeof(*link));

	if (!link)
		return NULL;
	link->context = endpoint->context;
	link->endpoint = endpoint;
	link->number = ++endpoint->context->link_number;
	link->server = server;
	link->last_received_ns = endpoint->context->now.mono_ns;
	link->closed.released = closed_released;
	link->reason = "";
	mtp_list_init(&link->out);
	mtp_list_init(&link->full);
	return link;
}

/* The bytes that a client sends before its first frame. */
static int begin_stream(struct mtproto_link *link, const struct mtproto_link_config *config)
{
	struct mtproto_obfuscation_config obfuscation;
	uint8_t first[MTPROTO_OBFUSCATION_HEADER_SIZE];
	size_t len;
	int error;

	if (!config->obfuscated) {
		len = mtproto_framing_tag(config->framing, first);
	} else {
		mtproto_obfuscation_config_init(&obfuscation);
		obfuscation.framing = config->framing;
		obfuscation.dc = config->dc;
		obfuscation.secret = config->secret;
		obfuscation.random = link->context->random;
		error = mtproto_obfuscation_init_client(&link->obfuscation, link->context->kernels, &obfuscation,
							first);
		if (error)
			return error;
		link->obfuscated = true;
		len = sizeof(first);
	}
	return mtp_link_send_raw(link, first, len);
}

int mtp_link_new_client(struct mtproto_link **out, struct mtp_endpoint *endpoint,
			const struct mtproto_link_config *config)
{
	struct mtproto_link_config defaults;
	struct mtproto_link *link;
	int error;

	mtproto_link_config_init(&defaults);
	if (!config)
		config = &defaults;
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (config->framing < MTPROTO_FRAMING_ABRIDGED || config->framing > MTPROTO_FRAMING_FULL ||
	    (config->obfuscated && config->framing == MTPROTO_FRAMING_FULL) || (config->secret && !config->obfuscated))
		return MTPROTO_ERR_ARGUMENT;
	link = new_link(endpoint, false);
	if (!link)
		return MTPROTO_ERR_MEMORY;
	mtproto_frame_encoder_init(&link->encoder, config->framing);
	mtproto_frame_decoder_init(&link->decoder, config->framing, false, link->context->config.frame_size_max);
	error = begin_stream(link, config);
	if (error) {
		mtp_link_free(link);
		return error;
	}
	mtp_trace_open(link);
	*out = link;
	return 0;
}

int mtp_link_new_server(struct mtproto_link **out, struct mtp_endpoint *endpoint)
{
	struct mtproto_link *link = new_link(endpoint, true);

	if (!link)
		return MTPROTO_ERR_MEMORY;
	link->detecting = true;
	*out = link;
	return 0;
}

/* Ends the link: the endpoint forgets it, the program hears of it. */
static void close_link(struct mtproto_link *link, int error, const char *detail)
{
	struct mtp_endpoint *endpoint = link->endpoint;
	struct mtproto_event *event = &link->closed.event;

	if (!endpoint)
		return;
	link->error = error;
	if (error)
		link->reason = detail ? detail : mtproto_strerror(error);
	mtp_trace_closed(link);
	link->endpoint = NULL;
	endpoint->ops->link_closed(endpoint, link);
	release_link(link);
	event->type = MTPROTO_EVENT_LINK_CLOSED;
	event->connection = endpoint->connection;
	event->server = endpoint->server;
	event->link = link;
	event->error = error;
	event->transport_error = link->transport_error;
	mtp_events_push_node(&link->context->events, &link->closed, NULL);
}

void mtproto_link_close(struct mtproto_link *link, int reason)
{
	close_link(link, reason, NULL);
}

void mtp_link_fail(struct mtproto_link *link, int error, const char *detail)
{
	close_link(link, error, detail);
}

void mtproto_link_set_user(struct mtproto_link *link, void *user)
{
	link->user = user;
}

void *mtproto_link_user(const struct mtproto_link *link)
{
	return link->user;
}

enum mtproto_framing mtproto_link_framing(const struct mtproto_link *link)
{
	return link->decoder.framing;
}

bool mtproto_link_obfuscated(const struct mtproto_link *link)
{
	return link->obfuscated;
}

const char *mtproto_link_reason(const struct mtproto_link *link)
{
	return link->reason;
}
