#include "rpc/events.h"

#include <mtproto/error.h>

#include <string.h>

void mtp_events_init(struct mtp_events *events, struct mtp_pool *pool)
{
	memset(events, 0, sizeof(*events));
	events->pool = pool;
	mtp_list_init(&events->list);
}

static void release(struct mtp_events *events, struct mtp_event_node *node)
{
	mtp_block_drop(node->block);
	node->block = NULL;
	if (node == &events->no_memory)
		return;
	if (node->released)
		node->released(node);
	else
		mtp_pool_free(events->pool, node, sizeof(*node));
}

void mtp_events_release_pulled(struct mtp_events *events)
{
	struct mtp_event_node *node = events->pulled;

	events->pulled = NULL;
	if (node)
		release(events, node);
}

void mtp_events_fini(struct mtp_events *events)
{
	struct mtp_node *node;

	mtp_events_release_pulled(events);
	while ((node = mtp_list_pop(&events->list)))
		release(events, MTP_OF(node, struct mtp_event_node, node));
	events->count = 0;
}

void mtp_events_push_node(struct mtp_events *events, struct mtp_event_node *node, struct mtp_block *block)
{
	node->block = block;
	if (block)
		mtp_block_hold(block);
	mtp_list_append(&events->list, &node->node);
	events->count++;
}

int mtp_events_push(struct mtp_events *events, const struct mtproto_event *event, struct mtp_block *block)
{
	struct mtp_event_node *node = mtp_pool_alloc(events->pool, sizeof(*node));

	if (!node) {
		if (mtp_list_linked(&events->no_memory.node))
			return MTPROTO_ERR_MEMORY;
		memset(&events->no_memory.event, 0, sizeof(events->no_memory.event));
		events->no_memory.event.type = MTPROTO_EVENT_REFUSED;
		events->no_memory.event.error = MTPROTO_ERR_MEMORY;
		events->no_memory.event.connection = event->connection;
		events->no_memory.event.server = event->server;
		mtp_events_push_node(events, &events->no_memory, NULL);
		return MTPROTO_ERR_MEMORY;
	}
	memset(node, 0, sizeof(*node));
	node->event = *event;
	mtp_events_push_node(events, node, block);
	return 0;
}

bool mtp_events_pull(struct mtp_events *events, struct mtproto_event *event)
{
	struct mtp_node *node;

	mtp_events_release_pulled(events);
	node = mtp_list_pop(&events->list);
	if (!node)
		return false;
	events->count--;
	events->pulled = MTP_OF(node, struct mtp_event_node, node);
	*event = events->pulled->event;
	return true;
}

void mtp_events_forget(struct mtp_events *events, const struct mtproto_connection *connection,
		       const struct mtproto_server *server, const struct mtproto_link *link)
{
	struct mtp_node *next = NULL;

	for (struct mtp_node *node = mtp_list_first(&events->list); node; node = next) {
		struct mtp_event_node *waiting = MTP_OF(node, struct mtp_event_node, node);

		next = mtp_list_after(&events->list, node);
		if ((!connection || waiting->event.connection != connection) &&
		    (!server || waiting->event.server != server) && (!link || waiting->event.link != link))
			continue;
		mtp_list_remove(node);
		events->count--;
		release(events, waiting);
	}
}
