/* What a feed answers, from its logs.
 * Source: core.telegram.org/method/updates.getDifference, /method/updates.getChannelDifference. */
#include <string.h>

#include "testdc/feed_log.h"
#include "testdc/objects.h"

#define UPDATES_STATE                0xa56c2a3eu
#define DIFFERENCE_EMPTY             0x5d75a138u
#define DIFFERENCE                   0x00f49ca0u
#define DIFFERENCE_SLICE             0xa8fb1981u
#define DIFFERENCE_TOO_LONG          0x4afe8f6du
#define CHANNEL_DIFFERENCE_EMPTY     0x3e11affbu
#define CHANNEL_DIFFERENCE           0x2064674eu
#define CHANNEL_DIFFERENCE_TOO_LONG  0xa4bcc6feu
#define CHANNEL_MESSAGES_FILTER_NONE 0x94d42ee7u
#define INPUT_CHANNEL                0xf35aec28u

#define CHANNEL_FINAL (1u << 0)

/* The newest messages that come along when the rest is too much. */
#define NEWEST_MESSAGES 10

/* Some entries of one log: those from begin to end whose number the client does not know yet. */
struct range {
	const struct testdc_log *log;
	uint32_t channel;
	size_t begin, end;
	struct testdc_feed_state known;
};

/* ---- Which ones ---- */

static bool is_missing(const struct range *range, const struct testdc_entry *entry)
{
	switch ((enum testdc_entry_kind)entry->kind) {
	case TESTDC_ENCRYPTED:
	case TESTDC_BOT_STOPPED:
		return entry->state.qts > range->known.qts;
	case TESTDC_USER_NAME:
		return entry->state.seq > range->known.seq;
	default:
		return entry->state.pts > range->known.pts;
	}
}

/* Ends the range after as many missing entries as that. */
static void limit_range(struct range *range, uint32_t most)
{
	uint32_t count = 0;
	size_t i = range->begin;

	for (; i < range->log->count && count < most; i++)
		count += is_missing(range, &range->log->items[i]);
	range->end = i;
}

/* Where an entry stands in a difference. */
enum place { IN_MESSAGES, IN_ENCRYPTED_MESSAGES, IN_UPDATES };

static enum place place_of(const struct testdc_entry *entry)
{
	if (entry->kind == TESTDC_NEW_MESSAGE)
		return IN_MESSAGES;
	return entry->kind == TESTDC_ENCRYPTED ? IN_ENCRYPTED_MESSAGES : IN_UPDATES;
}

/* Writes those of one place, or with w NULL counts them. */
static uint32_t write_place(struct mtproto_tl_writer *w, const struct range *range, enum place place)
{
	uint32_t count = 0;

	for (size_t i = range->begin; i < range->end; i++) {
		const struct testdc_entry *entry = &range->log->items[i];

		if (!is_missing(range, entry) || place_of(entry) != place)
			continue;
		count++;
		if (!w)
			continue;
		if (place == IN_MESSAGES)
			testdc_write_message(w, entry, range->channel);
		else if (place == IN_ENCRYPTED_MESSAGES)
			testdc_write_encrypted(w, entry);
		else
			testdc_write_update(w, entry, range->channel);
	}
	return count;
}

static uint32_t count_all(const struct range *range)
{
	return write_place(NULL, range, IN_MESSAGES) + write_place(NULL, range, IN_ENCRYPTED_MESSAGES) +
	       write_place(NULL, range, IN_UPDATES);
}

static void add_cast(struct testdc_cast *cast, const struct range *range)
{
	for (size_t i = range->begin; i < range->end; i++)
		if (is_missing(range, &range->log->items[i]))
			testdc_cast_add(cast, &range->log->items[i]);
}

static void write_vector(struct mtproto_tl_writer *w, const struct range *range, enum place place)
{
	mtproto_tl_write_vector(w, write_place(NULL, range, place));
	write_place(w, range, place);
}

/* ---- The account ---- */

static void write_state(struct mtproto_tl_writer *w, const struct testdc_feed_state *state, uint32_t date)
{
	mtproto_tl_write_u32(w, UPDATES_STATE);
	mtproto_tl_write_int(w, state->pts);
	mtproto_tl_write_int(w, state->qts);
	mtproto_tl_write_u32(w, date);
	mtproto_tl_write_int(w, state->seq);
	mtproto_tl_write_int(w, 0); /* unread_count */
}

static void tell_all(struct testdc_feed_reader *reader, const struct testdc_feed *feed)
{
	reader->seq = feed->account.state.seq;
	reader->happened = feed->made;
}

const char *testdc_feed_answer_state(const struct testdc_feed *feed, struct testdc_feed_reader *reader, uint32_t date,
				     struct mtproto_tl_reader *in, struct mtproto_tl_writer *out)
{
	if (mtproto_tl_reader_end(in))
		return NULL;
	write_state(out, &feed->account.state, date);
	tell_all(reader, feed);
	return NULL;
}

struct question {
	struct testdc_feed_state known;
	int32_t limit;       /* 0: none */
	int32_t total_limit; /* 0: none */
};

static bool read_question(struct question *question, struct mtproto_tl_reader *in)
{
	uint32_t flags = mtproto_tl_read_u32(in);

	question->known.pts = mtproto_tl_read_int(in);
	question->limit = flags & 1u << 1 ? mtproto_tl_read_int(in) : 0;
	question->total_limit = flags & 1u << 0 ? mtproto_tl_read_int(in) : 0;
	mtproto_tl_read_int(in); /* date: the numbers say it all */
	question->known.qts = mtproto_tl_read_int(in);
	if (flags & 1u << 2)
		mtproto_tl_read_int(in); /* qts_limit: one limit is for both */
	return mtproto_tl_reader_end(in) == 0;
}

/* Channels in which something happened since the last answer, or after the last thing that the client says it knows of
 * the account. It compares their pts with its own. */
static void find_channels(struct testdc_cast *cast, const struct testdc_feed *feed,
			  const struct testdc_feed_state *known, uint32_t told)
{
	const struct testdc_feed_state numbers = {known->pts, known->qts, INT32_MAX};
	size_t after = testdc_log_after(&feed->account, &numbers);
	uint32_t order = after ? feed->account.items[after - 1].order : 0;

	if (order > told)
		order = told;
	for (uint32_t i = 0; i < feed->config.channels; i++)
		if (feed->channels[i].last_order > order)
			testdc_cast_add_channel(cast, i);
}

/* Where a slice leads to: never behind what the client has of the other counter. */
static struct testdc_feed_state state_after(const struct range *range)
{
	struct testdc_feed_state state = range->log->items[range->end - 1].state;

	if (state.pts < range->known.pts)
		state.pts = range->known.pts;
	if (state.qts < range->known.qts)
		state.qts = range->known.qts;
	return state;
}

static void write_difference(struct mtproto_tl_writer *w, const struct testdc_feed *feed, const struct range *range,
			     struct testdc_cast *cast, uint32_t date)
{
	bool slice = range->end < range->log->count;
	const struct testdc_feed_state state = slice ? state_after(range) : range->log->state;

	add_cast(cast, range);
	mtproto_tl_write_u32(w, slice ? DIFFERENCE_SLICE : DIFFERENCE);
	write_vector(w, range, IN_MESSAGES);
	write_vector(w, range, IN_ENCRYPTED_MESSAGES);
	mtproto_tl_write_vector(w, write_place(NULL, range, IN_UPDATES) + cast->channel_count);
	write_place(w, range, IN_UPDATES);
	for (uint32_t i = 0; i < cast->channel_count; i++)
		testdc_write_channel_too_long(w, &feed->channels[cast->channels[i]], cast->channels[i]);
	testdc_write_chats(w, cast);
	testdc_write_users(w, cast);
	write_state(w, &state, slice ? range->log->items[range->end - 1].date : date);
}

static const char *check_position(const struct testdc_feed_state *known, const struct testdc_feed_state *now)
{
	if (known->pts < 1 || known->qts < 0)
		return "PERSISTENT_TIMESTAMP_EMPTY";
	if (known->pts > now->pts || known->qts > now->qts)
		return "PERSISTENT_TIMESTAMP_INVALID";
	return NULL;
}

const char *testdc_feed_answer_difference(const struct testdc_feed *feed, struct testdc_feed_reader *reader,
					  uint32_t date, struct mtproto_tl_reader *in, struct mtproto_tl_writer *out)
{
	const struct testdc_feed_state *now = &feed->account.state;
	struct range range = {.log = &feed->account, .channel = TESTDC_NO_CHANNEL};
	struct testdc_cast cast = {.channel_count = 0};
	uint32_t most = feed->config.slice;
	struct testdc_feed_state before;
	struct question question;
	const char *error;
	size_t kept;

	if (!read_question(&question, in))
		return NULL;
	error = check_position(&question.known, now);
	if (error)
		return error;
	kept = testdc_log_begin(range.log, &before);
	if (question.known.pts < before.pts ||
	    (question.total_limit > 0 && now->pts - question.known.pts > question.total_limit)) {
		mtproto_tl_write_u32(out, DIFFERENCE_TOO_LONG);
		mtproto_tl_write_int(out, now->pts);
		return NULL;
	}
	range.known = question.known;
	range.known.seq = reader->seq;
	range.begin = testdc_log_after(range.log, &range.known);
	if (range.begin < kept)
		range.begin = kept;
	if (question.limit > 0 && (uint32_t)question.limit < most)
		most = (uint32_t)question.limit;
	limit_range(&range, most);
	if (range.end == range.log->count) {
		find_channels(&cast, feed, &range.known, reader->happened);
		tell_all(reader, feed);
	} else if (reader->seq < range.log->items[range.end - 1].state.seq) {
		reader->seq = range.log->items[range.end - 1].state.seq;
	}
	if (count_all(&range) + cast.channel_count > 0) {
		write_difference(out, feed, &range, &cast, date);
		return NULL;
	}
	mtproto_tl_write_u32(out, DIFFERENCE_EMPTY);
	mtproto_tl_write_u32(out, date);
	mtproto_tl_write_int(out, now->seq);
	return NULL;
}

/* ---- A channel ---- */

static const struct testdc_log *read_channel(const struct testdc_feed *feed, struct mtproto_tl_reader *in,
					     uint32_t *channel)
{
	uint64_t id, access_hash;

	mtproto_tl_read_id(in, INPUT_CHANNEL);
	id = mtproto_tl_read_long(in);
	access_hash = mtproto_tl_read_long(in);
	for (*channel = 0; *channel < feed->config.channels; ++*channel)
		if (id == testdc_feed_channel_id(*channel) && access_hash == testdc_access_hash(id))
			return &feed->channels[*channel];
	return NULL;
}

static void write_channel_too_long(struct mtproto_tl_writer *w, struct range *range)
{
	struct testdc_cast cast = {.channel_count = 1, .channels = {range->channel}};

	range->end = range->log->count;
	range->begin = range->end > NEWEST_MESSAGES ? range->end - NEWEST_MESSAGES : 0;
	range->known.pts = 0;
	mtproto_tl_write_u32(w, CHANNEL_DIFFERENCE_TOO_LONG);
	mtproto_tl_write_u32(w, CHANNEL_FINAL);
	testdc_write_dialog(w, range->log, range->channel);
	write_vector(w, range, IN_MESSAGES);
	testdc_write_chats(w, &cast);
	testdc_write_users(w, &cast);
}

static void write_channel_difference(struct mtproto_tl_writer *w, const struct range *range)
{
	struct testdc_cast cast = {.channel_count = 1, .channels = {range->channel}};
	bool final = range->end == range->log->count;

	if (range->begin == range->end) {
		mtproto_tl_write_u32(w, CHANNEL_DIFFERENCE_EMPTY);
		mtproto_tl_write_u32(w, CHANNEL_FINAL);
		mtproto_tl_write_int(w, range->log->state.pts);
		return;
	}
	mtproto_tl_write_u32(w, CHANNEL_DIFFERENCE);
	mtproto_tl_write_u32(w, final ? CHANNEL_FINAL : 0);
	mtproto_tl_write_int(w, range->log->items[range->end - 1].state.pts);
	write_vector(w, range, IN_MESSAGES);
	write_vector(w, range, IN_UPDATES);
	testdc_write_chats(w, &cast);
	testdc_write_users(w, &cast);
}

const char *testdc_feed_answer_channel_difference(const struct testdc_feed *feed, struct mtproto_tl_reader *in,
						  struct mtproto_tl_writer *out)
{
	struct range range = {.log = NULL};
	struct testdc_feed_state before;
	const char *error;
	int32_t limit;

	mtproto_tl_read_u32(in); /* flags: force, which asks for nothing here */
	range.log = read_channel(feed, in, &range.channel);
	mtproto_tl_read_id(in, CHANNEL_MESSAGES_FILTER_NONE);
	range.known.pts = mtproto_tl_read_int(in);
	limit = mtproto_tl_read_int(in);
	if (mtproto_tl_reader_end(in))
		return NULL;
	if (!range.log)
		return "CHANNEL_INVALID";
	error = check_position(&range.known, &range.log->state);
	if (error)
		return error;
	testdc_log_begin(range.log, &before);
	range.begin = testdc_log_after(range.log, &range.known);
	limit_range(&range, limit > 0 && (uint32_t)limit < feed->config.slice ? (uint32_t)limit : feed->config.slice);
	if (range.known.pts < before.pts)
		write_channel_too_long(out, &range);
	else
		write_channel_difference(out, &range);
	return NULL;
}
