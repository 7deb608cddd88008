/* The queue of events. What a log has to say is a part of it, so that nothing has to be allocated. */
#include "updates/updates.h"

#include "base/bytes.h"

#include <string.h>

void mtp_update_deliver(struct mtp_update_item *item)
{
	mtp_list_append(&item->parcel->updates->queue, &item->entry.node);
}

void mtp_update_notice(struct mtp_update_log *log, enum mtp_update_notice notice)
{
	log->notices |= 1u << notice;
	if (!mtp_list_linked(&log->notice_entry.node))
		mtp_list_append(&log->updates->queue, &log->notice_entry.node);
}

bool mtp_update_same_state(const struct mtproto_update_state *a, const struct mtproto_update_state *b)
{
	return a->pts == b->pts && a->qts == b->qts && a->seq == b->seq && a->date == b->date &&
	       a->has_access_hash == b->has_access_hash && a->access_hash == b->access_hash;
}

/* What is told is the state at that time: behind all that made it so. */
void mtp_update_touch(struct mtp_update_log *log)
{
	if (mtp_update_same_state(&log->state, &log->told) && !mtp_list_linked(&log->state_entry.node))
		return;
	mtp_list_remove(&log->state_entry.node);
	mtp_list_append(&log->updates->queue, &log->state_entry.node);
}

static void tell_notice(struct mtp_update_log *log, struct mtproto_updates_event *event)
{
	unsigned notice = 0;

	while (!(log->notices >> notice & 1))
		notice++;
	log->notices &= ~(1u << notice);
	if (log->notices)
		mtp_list_prepend(&log->updates->queue, &log->notice_entry.node);
	event->channel_id = log->state.channel_id;
	switch (notice) {
	case MTP_NOTICE_TOO_LONG:
		event->type = MTPROTO_UPDATES_EVENT_TOO_LONG;
		break;
	case MTP_NOTICE_ACCESS_HASH:
		event->type = MTPROTO_UPDATES_EVENT_ACCESS_HASH;
		break;
	case MTP_NOTICE_INACCESSIBLE:
		event->type = MTPROTO_UPDATES_EVENT_INACCESSIBLE;
		break;
	default:
		event->type = MTPROTO_UPDATES_EVENT_GAP;
		event->counter = (enum mtproto_updates_counter)(notice - MTP_NOTICE_GAP_PTS);
	}
}

static void tell_item(const struct mtp_update_item *item, struct mtproto_updates_event *event)
{
	const struct mtp_parcel *parcel = item->parcel;

	event->type = item->type;
	event->origin = parcel->origin;
	event->body = item->body;
	event->fields = item->fields;
	event->unordered = item->unordered;
	event->date = parcel->date;
	event->channel_id = item->fields.channel_id;
	if (parcel->origin == MTPROTO_UPDATES_DIFFERENCE && parcel->channel_id)
		event->channel_id = parcel->channel_id;
	if (item->type == MTPROTO_UPDATES_EVENT_PEERS)
		event->chats_first = parcel->chats_first;
	else if (item->body.len >= 4)
		event->constructor = mtp_load_le32(item->body.data);
}

int mtproto_updates_next_event(struct mtproto_updates *updates, struct mtproto_updates_event *event)
{
	struct mtp_node *node;
	struct mtp_update_entry *entry;
	struct mtp_update_item *item;

	memset(event, 0, sizeof(*event));
	if (updates->pulled)
		mtp_parcel_release(updates->pulled);
	updates->pulled = NULL;
	node = mtp_list_pop(&updates->queue);
	if (!node)
		return 0;
	entry = MTP_OF(node, struct mtp_update_entry, node);
	if (!entry->log) {
		item = MTP_OF(entry, struct mtp_update_item, entry);
		tell_item(item, event);
		updates->pulled = item->parcel;
	} else if (entry == &entry->log->state_entry) {
		event->type = MTPROTO_UPDATES_EVENT_STATE;
		event->channel_id = entry->log->state.channel_id;
		event->state = entry->log->told = entry->log->state;
	} else {
		tell_notice(entry->log, event);
	}
	return 1;
}
