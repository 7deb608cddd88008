#include "updates/updates.h"

#include "base/memory.h"

#include <string.h>

enum { EMPTY_VECTOR_SIZE = 8 };

/* Room for held updates is made before those that come are refused: the difference brings them. */
static void make_room(struct mtproto_updates *updates)
{
	struct mtp_update_log *log = &updates->account.log;
	size_t cursor = 0;

	for (; log && updates->held > 0; log = mtp_map_next(&updates->channels, &cursor)) {
		uint32_t held = updates->held;

		mtp_update_log_drop(log, false);
		if (updates->held < held)
			mtp_update_log_want(log, 0);
	}
}

int mtp_parcel_new(struct mtp_parcel **out, struct mtproto_updates *updates, const void *data, size_t len)
{
	const struct mtproto_allocator *allocator = &updates->allocator;
	struct mtp_parcel *parcel;

	*out = NULL;
	if (updates->bytes >= updates->config.bytes_max)
		make_room(updates);
	if (updates->bytes >= updates->config.bytes_max)
		return MTPROTO_ERR_LIMIT;
	parcel = mtp_alloc_zero(allocator, sizeof(*parcel));
	if (!parcel)
		return MTPROTO_ERR_MEMORY;
	parcel->body = len ? mtp_alloc(allocator, len) : NULL;
	if (len && !parcel->body) {
		mtp_release(allocator, parcel, sizeof(*parcel));
		return MTPROTO_ERR_MEMORY;
	}
	if (len)
		memcpy(parcel->body, data, len);
	parcel->len = len;
	parcel->updates = updates;
	parcel->refs = 1;
	mtp_list_init(&parcel->rest);
	updates->bytes += sizeof(*parcel) + len;
	*out = parcel;
	return 0;
}

void mtp_parcel_release(struct mtp_parcel *parcel)
{
	struct mtproto_updates *updates = parcel->updates;
	const struct mtproto_allocator *allocator = &updates->allocator;
	size_t items_size = parcel->cap * sizeof(*parcel->items);

	if (--parcel->refs > 0)
		return;
	updates->bytes -= sizeof(*parcel) + parcel->len + items_size;
	mtp_release(allocator, parcel->items, items_size);
	mtp_release(allocator, parcel->body, parcel->len);
	mtp_release(allocator, parcel, sizeof(*parcel));
}

void mtp_parcel_discard(struct mtp_parcel *parcel)
{
	parcel->refs -= parcel->count;
	mtp_parcel_release(parcel);
}

void mtp_update_item_release(struct mtp_update_item *item)
{
	mtp_parcel_release(item->parcel);
}

/* Room grows with what was read, never with a claimed count. Items are in no list yet, so they can be moved. */
static int grow(struct mtp_parcel *parcel)
{
	const struct mtproto_allocator *allocator = &parcel->updates->allocator;
	uint32_t cap = parcel->cap ? parcel->cap * 2 : 4;
	size_t old_size = parcel->cap * sizeof(*parcel->items), size = cap * sizeof(*parcel->items);
	struct mtp_update_item *items = mtp_alloc(allocator, size);

	if (!items)
		return MTPROTO_ERR_MEMORY;
	if (old_size)
		memcpy(items, parcel->items, old_size);
	mtp_release(allocator, parcel->items, old_size);
	parcel->items = items;
	parcel->cap = cap;
	parcel->updates->bytes += size - old_size;
	return 0;
}

struct mtp_update_item *mtp_parcel_add(struct mtp_parcel *parcel, enum mtproto_updates_event_type type,
				       struct mtproto_span body)
{
	struct mtp_update_item *item;

	if (parcel->count == parcel->cap && grow(parcel))
		return NULL;
	item = &parcel->items[parcel->count++];
	memset(item, 0, sizeof(*item));
	item->parcel = parcel;
	item->type = type;
	item->body = body;
	parcel->refs++;
	return item;
}

int mtp_parcel_make_raw(struct mtp_parcel *parcel)
{
	struct mtproto_span all = {parcel->body, parcel->len};

	parcel->refs -= parcel->count;
	parcel->count = 0;
	parcel->is_raw = true;
	return mtp_parcel_add(parcel, MTPROTO_UPDATES_EVENT_RAW, all) ? 0 : MTPROTO_ERR_MEMORY;
}

/* ---- Taking apart ---- */

int mtp_update_read(const struct mtproto_updates *updates, struct mtproto_tl_reader *r, enum mtproto_update_object type,
		    struct mtproto_span *body, struct mtproto_update_fields *fields)
{
	const struct mtproto_update_reader *reader = &updates->config.reader;
	struct mtproto_span all = {r->pos, mtproto_tl_left(r)};
	size_t size = 0;
	int error;

	memset(fields, 0, sizeof(*fields));
	error = reader->read ? reader->read(reader->user, type, all, &size, fields) : MTPROTO_ERR_NOT_FOUND;
	if (!error && (size < 4 || size % 4 != 0))
		error = MTPROTO_ERR_ENCODING;
	if (error)
		return error;
	fields->constructor = mtproto_tl_peek(r);
	*body = mtproto_tl_read_span(r, size);
	return r->error;
}

static enum mtproto_updates_event_type event_of(enum mtproto_update_object type)
{
	switch (type) {
	case MTPROTO_UPDATE_OBJECT_MESSAGE:
		return MTPROTO_UPDATES_EVENT_MESSAGE;
	case MTPROTO_UPDATE_OBJECT_ENCRYPTED_MESSAGE:
		return MTPROTO_UPDATES_EVENT_ENCRYPTED_MESSAGE;
	default:
		return MTPROTO_UPDATES_EVENT_UPDATE;
	}
}

int mtp_parcel_add_vector(struct mtp_parcel *parcel, struct mtproto_tl_reader *r, enum mtproto_update_object type)
{
	uint32_t count = mtproto_tl_read_vector(r, 4);

	for (uint32_t i = 0; !r->error && i < count; i++) {
		struct mtproto_update_fields fields;
		struct mtp_update_item *item;
		struct mtproto_span body;
		int error = mtp_update_read(parcel->updates, r, type, &body, &fields);

		if (error)
			return error == MTPROTO_ERR_MEMORY ? MTPROTO_ERR_CONSTRUCTOR : error;
		item = mtp_parcel_add(parcel, event_of(type), body);
		if (!item)
			return MTPROTO_ERR_MEMORY;
		item->fields = fields;
	}
	return r->error;
}

int mtp_parcel_add_peers(struct mtp_parcel *parcel, struct mtproto_span peers)
{
	if (peers.len <= 2 * EMPTY_VECTOR_SIZE)
		return 0;
	return mtp_parcel_add(parcel, MTPROTO_UPDATES_EVENT_PEERS, peers) ? 0 : MTPROTO_ERR_MEMORY;
}

/* updates and updatesCombined: users and chats stand between the updates and the numbers at the end, which are found
 * without looking into them. */
static int take_container(struct mtp_parcel *parcel, struct mtproto_tl_reader *r, bool is_combined)
{
	size_t tail_size = is_combined ? 12 : 8;
	struct mtproto_span peers;
	int error = mtp_parcel_add_vector(parcel, r, MTPROTO_UPDATE_OBJECT_UPDATE);

	if (error)
		return error;
	if (mtproto_tl_left(r) < tail_size)
		return MTPROTO_ERR_TRUNCATED;
	peers = mtproto_tl_read_span(r, mtproto_tl_left(r) - tail_size);
	parcel->is_container = true;
	parcel->date = mtproto_tl_read_int(r);
	parcel->seq_start = mtproto_tl_read_int(r);
	parcel->seq = is_combined ? mtproto_tl_read_int(r) : parcel->seq_start;
	return mtp_parcel_add_peers(parcel, peers);
}

static int take_short(struct mtp_parcel *parcel)
{
	struct mtproto_update_fields fields;
	struct mtp_update_item *item;
	struct mtproto_span update, read;
	struct mtproto_tl_reader r;
	int error = mtproto_update_open_short(&update, &parcel->date, parcel->body, parcel->len);

	if (error)
		return error;
	mtproto_tl_reader_init(&r, update.data, update.len);
	error = mtp_update_read(parcel->updates, &r, MTPROTO_UPDATE_OBJECT_UPDATE, &read, &fields);
	if (error || mtproto_tl_left(&r) > 0)
		error = mtproto_update_read_builtin(&fields, update.data, update.len);
	if (error)
		return error;
	item = mtp_parcel_add(parcel, MTPROTO_UPDATES_EVENT_UPDATE, update);
	if (!item)
		return MTPROTO_ERR_MEMORY;
	item->fields = fields;
	return 0;
}

/* An object that is an update itself, or only counts as one. */
static int take_whole(struct mtp_parcel *parcel, bool silent)
{
	struct mtproto_span all = {parcel->body, parcel->len};
	struct mtproto_update_fields fields;
	struct mtp_update_item *item;
	int error = mtproto_update_read_builtin(&fields, parcel->body, parcel->len);

	if (error)
		return error;
	item = mtp_parcel_add(parcel, MTPROTO_UPDATES_EVENT_UPDATE, all);
	if (!item)
		return MTPROTO_ERR_MEMORY;
	item->fields = fields;
	item->silent = silent;
	if (silent && parcel->channel_id) {
		item->fields.order = MTPROTO_UPDATE_BY_CHANNEL_PTS;
		item->fields.channel_id = parcel->channel_id;
	}
	return 0;
}

static int take_by_id(struct mtp_parcel *parcel)
{
	struct mtproto_tl_reader r;
	uint32_t id;

	mtproto_tl_reader_init(&r, parcel->body, parcel->len);
	id = mtproto_tl_read_u32(&r);
	switch (id) {
	case MTPROTO_ID_UPDATES:
	case MTPROTO_ID_UPDATES_COMBINED:
		return take_container(parcel, &r, id == MTPROTO_ID_UPDATES_COMBINED);
	case MTPROTO_ID_UPDATE_SHORT:
		return take_short(parcel);
	case MTPROTO_ID_UPDATE_SHORT_MESSAGE:
	case MTPROTO_ID_UPDATE_SHORT_CHAT_MESSAGE:
		return take_whole(parcel, false);
	case MTPROTO_ID_UPDATE_SHORT_SENT_MESSAGE:
	case MTPROTO_ID_AFFECTED_MESSAGES:
	case MTPROTO_ID_AFFECTED_HISTORY:
	case MTPROTO_ID_AFFECTED_FOUND_MESSAGES:
		return take_whole(parcel, true);
	default:
		return MTPROTO_ERR_CONSTRUCTOR;
	}
}

int mtp_parcel_take_apart(struct mtp_parcel *parcel)
{
	int error = take_by_id(parcel);

	return error && error != MTPROTO_ERR_MEMORY ? mtp_parcel_make_raw(parcel) : error;
}
