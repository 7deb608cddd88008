/* The queue of events between the engine and the program that pulls them. */
#ifndef MTP_RPC_EVENTS_H
#define MTP_RPC_EVENTS_H

#include <mtproto/event.h>

#include "base/list.h"
#include "base/pool.h"

/* An event that waits. What must never be lost for want of memory (the end of a call, of a link) has its own node from
 * the start, and is freed by released after it was pulled. */
struct mtp_event_node {
	struct mtp_node node;
	struct mtproto_event event;
	struct mtp_block *block; /* holds the event's spans */
	void (*released)(struct mtp_event_node *node);
	void *owner; /* for released */
};

struct mtp_events {
	struct mtp_pool *pool;
	struct mtp_list list;
	size_t count;
	struct mtp_event_node *pulled;   /* given to the program, freed at the next call */
	struct mtp_event_node no_memory; /* stands in for events that found none */
};

void mtp_events_init(struct mtp_events *events, struct mtp_pool *pool);
void mtp_events_fini(struct mtp_events *events);

/* Queues a copy; block (may be NULL) holds its spans. Without memory, one MTPROTO_EVENT_REFUSED with MTPROTO_ERR_MEMORY
 * stands for all that were lost until it is pulled. Returns 0 or MTPROTO_ERR_MEMORY. */
int mtp_events_push(struct mtp_events *events, const struct mtproto_event *event, struct mtp_block *block);

/* Queues a node of the caller's, filled but for block. */
void mtp_events_push_node(struct mtp_events *events, struct mtp_event_node *node, struct mtp_block *block);

/* The next one into *event; false when there is none. Releases the one before. */
bool mtp_events_pull(struct mtp_events *events, struct mtproto_event *event);

/* Releases the event that was pulled last. */
void mtp_events_release_pulled(struct mtp_events *events);

/* Drops all events about this connection, server or link, whichever is not NULL. */
void mtp_events_forget(struct mtp_events *events, const struct mtproto_connection *connection,
		       const struct mtproto_server *server, const struct mtproto_link *link);

#endif
