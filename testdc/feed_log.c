#include "testdc/feed_log.h"

#include <stdlib.h>
#include <string.h>

size_t testdc_log_begin(const struct testdc_log *log, struct testdc_feed_state *before)
{
	size_t begin = log->limit && log->count > log->limit ? log->count - log->limit : 0;

	*before = begin ? log->items[begin - 1].state : log->start;
	return begin;
}

/* What no longer counts goes when it is as much as what does, so that each entry is moved once at most. */
static void cut(struct testdc_log *log)
{
	struct testdc_feed_state before;
	size_t begin = testdc_log_begin(log, &before);

	log->start = before;
	log->count -= begin;
	memmove(log->items, log->items + begin, log->count * sizeof(*log->items));
}

static int make_room(struct testdc_log *log)
{
	size_t room = log->room ? 2 * log->room : 64;
	struct testdc_entry *items;

	if (log->limit && log->count == 2 * log->limit)
		cut(log);
	if (log->count < log->room)
		return 0;
	items = realloc(log->items, room * sizeof(*items));
	if (!items)
		return MTPROTO_ERR_MEMORY;
	log->items = items;
	log->room = room;
	return 0;
}

int testdc_log_add(struct testdc_log *log, const struct testdc_entry *entry)
{
	if (make_room(log))
		return MTPROTO_ERR_MEMORY;
	log->items[log->count++] = *entry;
	log->state = entry->state;
	log->last_order = entry->order;
	return 0;
}

static bool is_after(const struct testdc_feed_state *state, const struct testdc_feed_state *known)
{
	return state->pts > known->pts || state->qts > known->qts || state->seq > known->seq;
}

size_t testdc_log_after(const struct testdc_log *log, const struct testdc_feed_state *known)
{
	size_t low = 0, high = log->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_after(&log->items[middle].state, known))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}
