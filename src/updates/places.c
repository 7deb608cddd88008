/* Where the items of a parcel belong: with a counter of the account or of a channel, or to the application at once. */
#include "updates/updates.h"

int mtp_parcel_find_channels(const struct mtp_parcel *parcel)
{
	for (uint32_t i = 0; i < parcel->count; i++) {
		const struct mtproto_update_fields *fields = &parcel->items[i].fields;
		struct mtp_update_log *log;

		if (fields->order != MTPROTO_UPDATE_BY_CHANNEL_PTS && fields->order != MTPROTO_UPDATE_CHANNEL_TOO_LONG)
			continue;
		if (fields->channel_id > 0 &&
		    mtp_update_channel(&log, parcel->updates, fields->channel_id) == MTPROTO_ERR_MEMORY)
			return MTPROTO_ERR_MEMORY;
	}
	return 0;
}

static struct mtp_update_log *channel_of(const struct mtp_update_item *item)
{
	return mtp_map_get(&item->parcel->updates->channels, (uint64_t)item->fields.channel_id);
}

static bool is_acceptable(const struct mtp_update_item *item)
{
	const struct mtproto_updates_config *config = &item->parcel->updates->config;

	return item->silent || !config->accept || config->accept(config->accept_user, &item->fields, item->body);
}

static bool is_counted(const struct mtp_update_item *item)
{
	return item->fields.order == MTPROTO_UPDATE_BY_PTS || item->fields.order == MTPROTO_UPDATE_BY_QTS;
}

static void feed_channel(struct mtp_update_item *item, const struct mtproto_now *now)
{
	struct mtp_update_log *log = channel_of(item);

	if (!log) {
		item->unordered = true;
		mtp_update_deliver(item);
	} else if (!is_acceptable(item)) {
		mtp_update_log_want(log, now->mono_ns);
		mtp_update_item_release(item);
	} else {
		mtp_update_log_feed(log, item, now);
	}
}

static void hear_too_long(struct mtp_update_item *item, const struct mtproto_now *now)
{
	struct mtp_update_log *log = channel_of(item);

	if (log && (!log->known || item->fields.pts == 0 || item->fields.pts > log->state.pts))
		mtp_update_log_want(log, now->mono_ns);
	mtp_update_item_release(item);
}

static void hear_pts_changed(struct mtp_update_item *item, const struct mtproto_now *now)
{
	struct mtp_update_log *account = &item->parcel->updates->account.log;

	account->needs_state = true;
	mtp_update_log_want(account, now->mono_ns);
	mtp_update_item_release(item);
}

/* The turn of an item within its container. */
enum turn { TURN_PEERS, TURN_AT_ONCE, TURN_FIRST, TURN_COUNTED, TURN_REST, TURN_LAST, TURNS };

static enum turn turn_of(const struct mtp_update_item *item)
{
	if (item->type == MTPROTO_UPDATES_EVENT_PEERS || item->type == MTPROTO_UPDATES_EVENT_RAW)
		return TURN_PEERS;
	switch (item->fields.order) {
	case MTPROTO_UPDATE_AT_ONCE:
		return TURN_AT_ONCE;
	case MTPROTO_UPDATE_FIRST:
		return TURN_FIRST;
	case MTPROTO_UPDATE_BY_SEQ:
		return TURN_REST;
	case MTPROTO_UPDATE_PTS_CHANGED:
		return TURN_LAST;
	default:
		return TURN_COUNTED;
	}
}

/* What of a container is of use. */
struct use {
	bool uncounted; /* what has no counter of its own: false if it was seen before */
	bool counted;   /* what has the account's: false if one of them can't be used */
	bool at_once_only;
};

static void place_counted(struct mtp_update_item *item, const struct use *use, const struct mtproto_now *now)
{
	switch (item->fields.order) {
	case MTPROTO_UPDATE_BY_CHANNEL_PTS:
		feed_channel(item, now);
		break;
	case MTPROTO_UPDATE_CHANNEL_TOO_LONG:
		hear_too_long(item, now);
		break;
	default:
		if (use->counted)
			mtp_update_log_feed(&item->parcel->updates->account.log, item, now);
		else
			mtp_update_item_release(item);
	}
}

static void place(struct mtp_update_item *item, const struct use *use, const struct mtproto_now *now)
{
	enum turn turn = turn_of(item);
	bool useful = turn == TURN_PEERS || turn == TURN_AT_ONCE || !use->at_once_only;

	if (turn != TURN_PEERS && turn != TURN_COUNTED)
		useful = useful && use->uncounted;
	if (turn == TURN_REST)
		useful = useful && use->counted;
	if (!useful)
		mtp_update_item_release(item);
	else if (turn == TURN_COUNTED)
		place_counted(item, use, now);
	else if (turn == TURN_REST)
		mtp_list_append(&item->parcel->rest, &item->entry.node);
	else if (turn == TURN_LAST)
		hear_pts_changed(item, now);
	else
		mtp_update_deliver(item);
}

static bool all_acceptable(const struct mtp_parcel *parcel)
{
	for (uint32_t i = 0; i < parcel->count; i++)
		if (is_counted(&parcel->items[i]) && !is_acceptable(&parcel->items[i]))
			return false;
	return true;
}

void mtp_parcel_distribute(struct mtp_parcel *parcel, const struct mtproto_now *now)
{
	struct mtproto_updates *updates = parcel->updates;
	struct use use = {!mtp_parcel_is_old(&updates->account, parcel), all_acceptable(parcel), !updates->started};

	for (int turn = 0; turn < TURNS; turn++) {
		for (uint32_t i = 0; i < parcel->count; i++)
			if ((int)turn_of(&parcel->items[i]) == turn)
				place(&parcel->items[i], &use, now);
		if (turn == TURN_REST && use.counted && !use.at_once_only && use.uncounted)
			mtp_parcel_feed_rest(parcel, &updates->account, now);
	}
	if (!use.counted)
		mtp_update_log_want(&updates->account.log, now->mono_ns);
	if (parcel->is_raw && updates->started)
		mtp_update_log_doubt(&updates->account.log, now);
	mtp_parcel_release(parcel);
}

/* ---- Differences ---- */

static void place_from_difference(struct mtp_update_item *item, const struct mtp_update_log *log,
				  const struct mtproto_now *now)
{
	bool of_other_channel = item->fields.channel_id != log->state.channel_id;

	switch (item->fields.order) {
	case MTPROTO_UPDATE_BY_CHANNEL_PTS:
		if (of_other_channel)
			feed_channel(item, now);
		else
			mtp_update_deliver(item);
		break;
	case MTPROTO_UPDATE_CHANNEL_TOO_LONG:
		if (of_other_channel)
			hear_too_long(item, now);
		else
			mtp_update_item_release(item);
		break;
	case MTPROTO_UPDATE_BY_PTS:
	case MTPROTO_UPDATE_BY_QTS:
		if (log->state.channel_id)
			mtp_update_log_feed(&item->parcel->updates->account.log, item, now);
		else
			mtp_update_deliver(item);
		break;
	case MTPROTO_UPDATE_PTS_CHANGED:
		hear_pts_changed(item, now);
		break;
	default:
		mtp_update_deliver(item);
	}
}

static enum turn difference_turn_of(const struct mtp_update_item *item)
{
	switch (item->type) {
	case MTPROTO_UPDATES_EVENT_TOO_LONG:
	case MTPROTO_UPDATES_EVENT_PEERS:
	case MTPROTO_UPDATES_EVENT_RAW:
		return TURN_PEERS;
	case MTPROTO_UPDATES_EVENT_UPDATE:
		if (item->fields.order == MTPROTO_UPDATE_PTS_CHANGED)
			return TURN_LAST;
		return item->fields.order == MTPROTO_UPDATE_FIRST ? TURN_COUNTED : TURN_REST;
	default:
		return TURN_AT_ONCE;
	}
}

void mtp_parcel_distribute_difference(struct mtp_parcel *parcel, struct mtp_update_log *log,
				      const struct mtproto_now *now)
{
	for (int turn = 0; turn < TURNS; turn++)
		for (uint32_t i = 0; i < parcel->count; i++) {
			struct mtp_update_item *item = &parcel->items[i];

			if ((int)difference_turn_of(item) != turn)
				continue;
			if (item->type == MTPROTO_UPDATES_EVENT_UPDATE)
				place_from_difference(item, log, now);
			else
				mtp_update_deliver(item);
		}
	mtp_parcel_release(parcel);
}
