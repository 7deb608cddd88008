/* What happens next, and what is pushed about it. */
#include "testdc/feed.h"

#include <stdlib.h>
#include <string.h>

#include "testdc/feed_log.h"

#define UPDATES_TOO_LONG 0xe317af7eu
#define UPDATE_SHORT     0x78d4dec1u
#define UPDATES          0x74ae4240u
#define UPDATES_COMBINED 0x725b04c3u

/* Updates of one container, and ids of one deletion. */
enum { BATCH_MAX = 4, DELETED_MAX = 3 };

struct batch {
	struct testdc_entry entries[BATCH_MAX];
	uint32_t channels[BATCH_MAX]; /* or TESTDC_NO_CHANNEL */
	int count;
};

void testdc_feed_config_init(struct testdc_feed_config *config)
{
	*config = (struct testdc_feed_config){.seed = 1, .count = 1000, .channels = 10, .slice = 100};
}

static void init_log(struct testdc_log *log, uint32_t limit)
{
	log->limit = limit;
	log->start.pts = log->state.pts = 1;
}

int testdc_feed_new(struct testdc_feed **out, const struct testdc_feed_config *config, uint64_t user_id)
{
	struct testdc_feed *feed;

	if (config->channels > TESTDC_FEED_CHANNELS_MAX || config->slice == 0 || config->slice > TESTDC_FEED_SLICE_MAX)
		return MTPROTO_ERR_ARGUMENT;
	feed = calloc(1, sizeof(*feed));
	if (!feed)
		return MTPROTO_ERR_MEMORY;
	feed->config = *config;
	feed->user_id = user_id;
	feed->random = config->seed ^ user_id * 0x9e3779b97f4a7c15u;
	init_log(&feed->account, config->log);
	feed->channels = calloc(config->channels + 1, sizeof(*feed->channels));
	if (!feed->channels) {
		testdc_feed_free(feed);
		return MTPROTO_ERR_MEMORY;
	}
	for (uint32_t i = 0; i < config->channels; i++)
		init_log(&feed->channels[i], config->log);
	*out = feed;
	return 0;
}

void testdc_feed_free(struct testdc_feed *feed)
{
	if (!feed)
		return;
	for (uint32_t i = 0; feed->channels && i < feed->config.channels; i++)
		free(feed->channels[i].items);
	free(feed->channels);
	free(feed->account.items);
	free(feed);
}

void testdc_feed_get_account(const struct testdc_feed *feed, struct testdc_feed_state *state, int32_t *last_message)
{
	*state = feed->account.state;
	*last_message = feed->account.last_id;
}

void testdc_feed_get_channel(const struct testdc_feed *feed, uint32_t index, int32_t *pts, int32_t *last_message)
{
	*pts = feed->channels[index].state.pts;
	*last_message = feed->channels[index].last_id;
}

/* ---- Chance ---- */

/* splitmix64: a few lines, the same everywhere. */
static uint32_t draw(struct testdc_feed *feed, uint32_t below)
{
	uint64_t z = feed->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) % below);
}

struct chance {
	uint32_t percent;
	enum testdc_entry_kind kind;
};

static enum testdc_entry_kind draw_kind(struct testdc_feed *feed, bool in_channel)
{
	static const struct chance account[] = {{50, TESTDC_NEW_MESSAGE},    {12, TESTDC_EDIT_MESSAGE},
						{6, TESTDC_DELETE_MESSAGES}, {8, TESTDC_READ_INBOX},
						{8, TESTDC_READ_OUTBOX},     {6, TESTDC_ENCRYPTED},
						{5, TESTDC_BOT_STOPPED},     {5, TESTDC_USER_NAME}};
	static const struct chance channel[] = {
		{75, TESTDC_NEW_MESSAGE}, {15, TESTDC_EDIT_MESSAGE}, {10, TESTDC_DELETE_MESSAGES}};
	const struct chance *chance = in_channel ? channel : account;
	uint32_t ticket = draw(feed, 100);

	while (ticket >= chance->percent)
		ticket -= chance++->percent;
	return chance->kind;
}

/* ---- What happens ---- */

/* Where a message is follows from its id, so that an edit finds it without looking. */
static uint8_t peer_of(int32_t id)
{
	return (uint8_t)(((uint32_t)id * 0x9e3779b1u >> 16) % (TESTDC_PEOPLE + TESTDC_GROUPS));
}

static void describe_message(struct testdc_feed *feed, struct testdc_log *log, struct testdc_entry *entry)
{
	if (log->last_id == 0)
		entry->kind = TESTDC_NEW_MESSAGE;
	entry->id =
		entry->kind == TESTDC_NEW_MESSAGE ? log->last_id + 1 : 1 + (int32_t)draw(feed, (uint32_t)log->last_id);
	entry->peer = peer_of(entry->id);
	entry->count = 1;
	if (entry->kind == TESTDC_DELETE_MESSAGES) {
		int32_t most = log->last_id - entry->id + 1;

		entry->count = (uint8_t)(1 + draw(feed, most < DELETED_MAX ? (uint32_t)most : DELETED_MAX));
	}
	entry->state.pts += entry->count;
}

static void describe(struct testdc_feed *feed, struct testdc_log *log, struct testdc_entry *entry)
{
	switch ((enum testdc_entry_kind)entry->kind) {
	case TESTDC_NEW_MESSAGE:
	case TESTDC_EDIT_MESSAGE:
	case TESTDC_DELETE_MESSAGES:
		describe_message(feed, log, entry);
		break;
	case TESTDC_READ_INBOX:
	case TESTDC_READ_OUTBOX:
		entry->peer = (uint8_t)draw(feed, TESTDC_PEOPLE);
		entry->id = log->last_id;
		entry->count = 1;
		entry->state.pts++;
		break;
	case TESTDC_ENCRYPTED:
	case TESTDC_BOT_STOPPED:
		entry->peer = (uint8_t)draw(feed, TESTDC_PEOPLE);
		entry->state.qts++;
		break;
	case TESTDC_USER_NAME:
		entry->peer = (uint8_t)draw(feed, TESTDC_PEOPLE);
		entry->id = entry->state.seq + 1; /* a name of its own */
		break;
	}
}

/* Makes one thing happen, unless there is no memory to keep it. with_seq: its container has a number. */
static int happen(struct testdc_feed *feed, struct batch *batch, uint32_t date, bool in_channel, bool with_seq)
{
	uint32_t channel = in_channel ? draw(feed, feed->config.channels) : TESTDC_NO_CHANNEL;
	struct testdc_log *log = in_channel ? &feed->channels[channel] : &feed->account;
	struct testdc_entry entry = {.order = feed->made + 1, .date = date, .state = log->state};
	int error;

	do
		entry.kind = (uint8_t)draw_kind(feed, in_channel);
	while (entry.kind == TESTDC_USER_NAME && !with_seq);
	describe(feed, log, &entry);
	if (!in_channel)
		entry.state.seq += with_seq;
	error = testdc_log_add(log, &entry);
	if (error)
		return error;
	if (entry.kind == TESTDC_NEW_MESSAGE)
		log->last_id = entry.id;
	feed->made++;
	batch->entries[batch->count] = entry;
	batch->channels[batch->count++] = channel;
	return 0;
}

/* ---- What is pushed ---- */

static void write_combined(struct mtproto_tl_writer *w, const struct batch *batch, int32_t seq_start, int32_t seq)
{
	struct testdc_cast cast = {.channel_count = 0};
	bool combined = seq_start != seq;

	mtproto_tl_write_u32(w, combined ? UPDATES_COMBINED : UPDATES);
	mtproto_tl_write_vector(w, (uint32_t)batch->count);
	for (int i = 0; i < batch->count; i++) {
		testdc_write_update(w, &batch->entries[i], batch->channels[i]);
		if (batch->channels[i] == TESTDC_NO_CHANNEL)
			testdc_cast_add(&cast, &batch->entries[i]);
		else
			testdc_cast_add_channel(&cast, batch->channels[i]);
	}
	testdc_write_users(w, &cast);
	testdc_write_chats(w, &cast);
	mtproto_tl_write_u32(w, batch->entries[0].date);
	if (combined)
		mtproto_tl_write_int(w, seq_start);
	mtproto_tl_write_int(w, seq);
}

static void write_short(struct testdc_feed *feed, struct mtproto_tl_writer *w, const struct batch *batch)
{
	const struct testdc_entry *entry = &batch->entries[0];

	if (entry->kind == TESTDC_NEW_MESSAGE && batch->channels[0] == TESTDC_NO_CHANNEL && draw(feed, 2)) {
		testdc_write_short_message(w, entry);
		return;
	}
	mtproto_tl_write_u32(w, UPDATE_SHORT);
	testdc_write_update(w, entry, batch->channels[0]);
	mtproto_tl_write_u32(w, entry->date);
}

int testdc_feed_next(struct testdc_feed *feed, uint32_t date, struct mtproto_tl_writer *out)
{
	struct batch batch = {.count = 0};
	int32_t seq = feed->account.state.seq;
	bool with_seq = draw(feed, 3) == 0;
	bool in_channels = feed->config.channels && !with_seq && draw(feed, 100) < 75;
	int most = draw(feed, 2) ? 1 : 1 + (int)draw(feed, BATCH_MAX);

	while (batch.count < most && feed->made < feed->config.count)
		if (happen(feed, &batch, date, in_channels, with_seq))
			break;
	if (batch.count == 0)
		return feed->made < feed->config.count ? MTPROTO_ERR_MEMORY : 0;
	if (draw(feed, 200) == 0)
		mtproto_tl_write_u32(out, UPDATES_TOO_LONG);
	else if (with_seq)
		write_combined(out, &batch, seq + 1, feed->account.state.seq);
	else if (batch.count > 1 || draw(feed, 2))
		write_combined(out, &batch, 0, 0);
	else
		write_short(feed, out, &batch);
	return batch.count;
}
