/* A client of a feed by the rules of core.telegram.org/api/updates, which fails when a number is not the next one. All
 * objects are read by the lines of Telegram's schema. */
#ifndef TESTS_TESTDC_FEED_CLIENT_H
#define TESTS_TESTDC_FEED_CLIENT_H

#include <mtproto/arena.h>
#include <mtproto/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testdc/feed.h"
#include "testdc/schema.h"

#define DATE  1700000000u
#define USER  123456u
#define LIMIT 100000

enum { CHANNELS_MAX = 8 };

static struct mtproto_schema *schema;

static int make_schema(void **state)
{
	struct mtproto_schema_builder *builder;

	(void)state;
	assert_int_equal(mtproto_schema_builder_new(&builder, NULL), 0);
	assert_int_equal(testdc_schema_add(builder), 0);
	assert_int_equal(mtproto_schema_builder_finish(&schema, builder), 0);
	mtproto_schema_builder_free(builder);
	return 0;
}

static int free_schema(void **state)
{
	(void)state;
	mtproto_schema_free(schema);
	return 0;
}

/* ---- A feed and a client of it ---- */

struct box {
	int32_t pts, qts, seq;
	int32_t messages; /* new ones so far, whose ids count from 1 */
};

struct world {
	struct testdc_feed *feed;
	struct testdc_feed_reader reader;
	struct mtproto_arena *arena;
	uint8_t bytes[TESTDC_FEED_ANSWER_MAX];
	size_t len;
	struct box account, channels[CHANNELS_MAX];
	bool stale[CHANNELS_MAX]; /* a difference announced news */
	size_t slices, applied;
	int32_t names; /* the highest seq that came with a name */
	size_t kinds[16];
};

static struct world *open_world(const struct testdc_feed_config *config)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(testdc_feed_new(&world->feed, config, USER), 0);
	assert_int_equal(mtproto_arena_new(&world->arena, NULL, 0), 0);
	world->account.pts = 1;
	for (int i = 0; i < CHANNELS_MAX; i++)
		world->channels[i].pts = 1;
	return world;
}

static void close_world(struct world *world)
{
	mtproto_arena_free(world->arena);
	testdc_feed_free(world->feed);
	free(world);
}

static int32_t number(const struct mtproto_value *object, const char *path)
{
	const struct mtproto_value *value = mtproto_value_get(object, path);

	assert_non_null(value);
	assert_int_equal(value->kind, MTPROTO_VALUE_INT);
	return value->as.integer;
}

static const char *name_of(const struct mtproto_value *object)
{
	assert_int_equal(object->kind, MTPROTO_VALUE_OBJECT);
	return object->as.object.combinator->name;
}

static bool is(const struct mtproto_value *object, const char *name)
{
	return strcmp(name_of(object), name) == 0;
}

/* What stands in world->bytes, all of it. */
static void read_object(struct world *world, struct mtproto_value *out, const char *type)
{
	struct mtproto_tl_reader r;
	struct mtproto_value_error error;

	mtproto_arena_reset(world->arena);
	mtproto_tl_reader_init(&r, world->bytes, world->len);
	if (mtproto_value_read(out, world->arena, &r, schema, mtproto_schema_type(schema, type), &error))
		fail_msg("%s: %s: %s", type, error.path, error.reason);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
}

/* ---- Applying ---- */

static void assert_text(const struct mtproto_value *message, int32_t id, int32_t edited_at)
{
	const struct mtproto_value *text = mtproto_value_get(message, "message");
	char expected[64];

	if (edited_at)
		snprintf(expected, sizeof(expected), "%d, edited at %d", (int)id, (int)edited_at);
	else
		snprintf(expected, sizeof(expected), "%d", (int)id);
	assert_int_equal(text->as.bytes.len, strlen(expected));
	assert_memory_equal(text->as.bytes.data, expected, strlen(expected));
}

/* The next message of its box; the pts comes with it or not, as in a difference. */
static void apply_message(struct world *world, struct box *box, const struct mtproto_value *message)
{
	int32_t id = number(message, "id");

	assert_int_equal(id, ++box->messages);
	assert_text(message, id, 0);
	world->applied++;
}

static uint32_t channel_index(const struct mtproto_value *object, const char *path)
{
	uint64_t id = (uint64_t)mtproto_value_get(object, path)->as.number;

	for (uint32_t i = 0; i < CHANNELS_MAX; i++)
		if (testdc_feed_channel_id(i) == id)
			return i;
	fail_msg("no such channel");
	return 0;
}

static struct box *box_of(struct world *world, const struct mtproto_value *update)
{
	if (mtproto_value_field(update, "channel_id"))
		return &world->channels[channel_index(update, "channel_id")];
	if (mtproto_value_get(update, "message.peer_id.channel_id"))
		return &world->channels[channel_index(update, "message.peer_id.channel_id")];
	return &world->account;
}

enum verdict { APPLIED, OLD, GAP };

/* By the rules for pts and qts; what was applied is the very next. */
static enum verdict apply_update(struct world *world, const struct mtproto_value *update)
{
	struct box *box = box_of(world, update);
	const struct mtproto_value *pts = mtproto_value_field(update, "pts");
	const struct mtproto_value *qts = mtproto_value_field(update, "qts");

	if (pts) {
		int32_t count = number(update, "pts_count");

		assert_true(count > 0);
		if (box->pts + count != pts->as.integer)
			return box->pts + count > pts->as.integer ? OLD : GAP;
		box->pts = pts->as.integer;
	} else if (qts) {
		if (world->account.qts + 1 != qts->as.integer)
			return world->account.qts + 1 > qts->as.integer ? OLD : GAP;
		world->account.qts++;
	}
	if (is(update, "updateNewMessage") || is(update, "updateNewChannelMessage"))
		apply_message(world, box, mtproto_value_field(update, "message"));
	else
		world->applied++;
	if (is(update, "updateEditMessage") || is(update, "updateEditChannelMessage")) {
		assert_true(number(update, "message.id") <= box->messages);
		assert_text(mtproto_value_field(update, "message"), number(update, "message.id"), pts->as.integer);
	}
	return APPLIED;
}

static void note_kind(struct world *world, const struct mtproto_value *update)
{
	static const char *const names[] = {"updateNewMessage",
					    "updateEditMessage",
					    "updateDeleteMessages",
					    "updateReadHistoryInbox",
					    "updateReadHistoryOutbox",
					    "updateNewEncryptedMessage",
					    "updateBotStopped",
					    "updateUserName",
					    "updateNewChannelMessage",
					    "updateEditChannelMessage",
					    "updateDeleteChannelMessages",
					    "updateShortMessage",
					    "updateShortChatMessage",
					    "updatesTooLong",
					    "updatesCombined",
					    "updateShort"};

	for (size_t i = 0; i < 16; i++)
		if (is(update, names[i])) {
			world->kinds[i]++;
			return;
		}
	assert_true(is(update, "updates"));
}

static void apply_name(struct world *world, const struct mtproto_value *update, int32_t seq_most)
{
	const struct mtproto_value *name = mtproto_value_field(update, "first_name");
	char text[16] = "";
	int32_t seq;

	assert_true(name->as.bytes.len < sizeof(text));
	memcpy(text, name->as.bytes.data, name->as.bytes.len);
	seq = (int32_t)strtol(text, NULL, 10);
	assert_true(seq >= 1 && seq <= seq_most);
	if (seq > world->names)
		world->names = seq;
}

/* ---- Asking ---- */

static const char *ask_difference(struct world *world, int32_t pts, int32_t qts, int32_t limit, int32_t total_limit)
{
	uint8_t body[64];
	struct mtproto_tl_writer w;
	struct mtproto_tl_reader r;
	const char *error;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, (limit ? 2u : 0) | (total_limit ? 1u : 0));
	mtproto_tl_write_int(&w, pts);
	if (limit)
		mtproto_tl_write_int(&w, limit);
	if (total_limit)
		mtproto_tl_write_int(&w, total_limit);
	mtproto_tl_write_u32(&w, DATE);
	mtproto_tl_write_int(&w, qts);
	mtproto_tl_reader_init(&r, body, w.len);
	mtproto_tl_writer_init(&w, world->bytes, sizeof(world->bytes));
	error = testdc_feed_answer_difference(world->feed, &world->reader, DATE, &r, &w);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	world->len = w.len;
	return error;
}

static const char *ask_channel(struct world *world, uint64_t id, uint64_t access_hash, int32_t pts, int32_t limit)
{
	uint8_t body[64];
	struct mtproto_tl_writer w;
	struct mtproto_tl_reader r;
	const char *error;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, 0);
	mtproto_tl_write_u32(&w, 0xf35aec28);
	mtproto_tl_write_long(&w, id);
	mtproto_tl_write_long(&w, access_hash);
	mtproto_tl_write_u32(&w, 0x94d42ee7);
	mtproto_tl_write_int(&w, pts);
	mtproto_tl_write_int(&w, limit);
	mtproto_tl_reader_init(&r, body, w.len);
	mtproto_tl_writer_init(&w, world->bytes, sizeof(world->bytes));
	error = testdc_feed_answer_channel_difference(world->feed, &r, &w);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	world->len = w.len;
	return error;
}

/* The hash as the feed's channels tell it in every container. */
static uint64_t hash_of(uint64_t id)
{
	return (id + 1) * 0xbf58476d1ce4e5b9u;
}

static void apply_messages(struct world *world, struct box *box, const struct mtproto_value *answer)
{
	const struct mtproto_value *messages = mtproto_value_field(answer, "new_messages");

	for (uint32_t i = 0; i < messages->as.vector.count; i++)
		apply_message(world, box, &messages->as.vector.items[i]);
}

/* In a difference the numbers of messages are not told: those of other updates leave room for them. */
static void apply_others(struct world *world, struct box *box, const struct mtproto_value *answer)
{
	const struct mtproto_value *updates = mtproto_value_field(answer, "other_updates");

	for (uint32_t i = 0; i < updates->as.vector.count; i++) {
		const struct mtproto_value *update = &updates->as.vector.items[i];

		if (is(update, "updateChannelTooLong")) {
			uint32_t channel = channel_index(update, "channel_id");

			world->stale[channel] = number(update, "pts") > world->channels[channel].pts;
			continue;
		}
		if (is(update, "updateUserName")) {
			apply_name(world, update, INT32_MAX);
			continue;
		}
		assert_ptr_equal(box_of(world, update), box);
		if (mtproto_value_field(update, "qts")) {
			assert_true(number(update, "qts") > box->qts);
		} else {
			assert_true(number(update, "pts") >= box->pts + number(update, "pts_count"));
			world->applied++;
		}
	}
}

/* The sum of pts_count of all that an answer has. */
static int32_t pts_of(const struct mtproto_value *answer)
{
	const struct mtproto_value *updates = mtproto_value_field(answer, "other_updates");
	int32_t sum = (int32_t)mtproto_value_field(answer, "new_messages")->as.vector.count;

	for (uint32_t i = 0; i < updates->as.vector.count; i++)
		if (mtproto_value_field(&updates->as.vector.items[i], "pts_count"))
			sum += number(&updates->as.vector.items[i], "pts_count");
	return sum;
}

static int32_t qts_of(const struct mtproto_value *answer)
{
	const struct mtproto_value *updates = mtproto_value_field(answer, "other_updates");
	int32_t sum = (int32_t)mtproto_value_field(answer, "new_encrypted_messages")->as.vector.count;

	for (uint32_t i = 0; i < updates->as.vector.count; i++)
		sum += mtproto_value_field(&updates->as.vector.items[i], "qts") != NULL;
	return sum;
}

/* Whatever is missing of the account, no more and no less. */
static void catch_up(struct world *world, int32_t limit)
{
	struct mtproto_value answer;
	bool slice;

	do {
		struct box *box = &world->account;
		const char *state;
		int32_t pts, qts;

		assert_null(ask_difference(world, box->pts, box->qts, limit, 0));
		read_object(world, &answer, "updates.Difference");
		if (is(&answer, "updates.differenceEmpty")) {
			box->seq = number(&answer, "seq");
			return;
		}
		slice = is(&answer, "updates.differenceSlice");
		assert_true(slice || is(&answer, "updates.difference"));
		world->slices += slice;
		state = slice ? "intermediate_state" : "state";
		apply_messages(world, box, &answer);
		apply_others(world, box, &answer);
		pts = number(mtproto_value_field(&answer, state), "pts");
		qts = number(mtproto_value_field(&answer, state), "qts");
		assert_int_equal(pts, box->pts + pts_of(&answer));
		assert_int_equal(qts, box->qts + qts_of(&answer));
		box->pts = pts;
		box->qts = qts;
		box->seq = number(mtproto_value_field(&answer, state), "seq");
	} while (slice);
}

static void catch_up_channel(struct world *world, uint32_t channel, int32_t limit)
{
	struct box *box = &world->channels[channel];
	uint64_t id = testdc_feed_channel_id(channel);
	struct mtproto_value answer;
	bool final;

	do {
		assert_null(ask_channel(world, id, hash_of(id), box->pts, limit));
		read_object(world, &answer, "updates.ChannelDifference");
		final = mtproto_value_field(&answer, "final") != NULL;
		if (!is(&answer, "updates.channelDifferenceEmpty")) {
			assert_true(is(&answer, "updates.channelDifference"));
			apply_messages(world, box, &answer);
			apply_others(world, box, &answer);
			assert_int_equal(number(&answer, "pts"), box->pts + pts_of(&answer));
			assert_true(pts_of(&answer) <= 3 * limit);
		}
		box->pts = number(&answer, "pts");
	} while (!final);
	world->stale[channel] = false;
}

static void assert_complete(const struct world *world, uint32_t channels)
{
	struct testdc_feed_state state;
	int32_t pts, messages;

	testdc_feed_get_account(world->feed, &state, &messages);
	assert_int_equal(world->account.pts, state.pts);
	assert_int_equal(world->account.qts, state.qts);
	assert_int_equal(world->account.seq, state.seq);
	assert_int_equal(world->account.messages, messages);
	for (uint32_t i = 0; i < channels; i++) {
		testdc_feed_get_channel(world->feed, i, &pts, &messages);
		assert_int_equal(world->channels[i].pts, pts);
		assert_int_equal(world->channels[i].messages, messages);
	}
}

/* ---- What is pushed ---- */

static enum verdict apply_short_message(struct world *world, const struct mtproto_value *update)
{
	if (world->account.pts + 1 != number(update, "pts"))
		return world->account.pts + 1 > number(update, "pts") ? OLD : GAP;
	world->account.pts++;
	apply_message(world, &world->account, update);
	return APPLIED;
}

static void apply_one(struct world *world, const struct mtproto_value *update)
{
	enum verdict verdict = apply_update(world, update);

	if (verdict == GAP && box_of(world, update) == &world->account)
		world->account.seq = -1; /* ask */
	else if (verdict == GAP)
		world->stale[box_of(world, update) - world->channels] = true;
}

static void apply_container(struct world *world, const struct mtproto_value *container)
{
	const struct mtproto_value *updates = mtproto_value_field(container, "updates");
	int32_t seq = number(container, "seq");
	int32_t start = is(container, "updatesCombined") ? number(container, "seq_start") : seq;
	bool next = start == world->account.seq + 1;

	for (uint32_t i = 0; i < updates->as.vector.count; i++) {
		const struct mtproto_value *update = &updates->as.vector.items[i];

		note_kind(world, update);
		if (is(update, "updateUserName"))
			apply_name(world, update, seq);
		else
			apply_one(world, update);
	}
	if (start > world->account.seq + 1)
		world->account.seq = -1;
	else if (next && world->account.seq >= 0)
		world->account.seq = seq;
}

static void apply_push(struct world *world)
{
	struct mtproto_value push;
	int32_t seq = world->account.seq;

	read_object(world, &push, "Updates");
	note_kind(world, &push);
	if (is(&push, "updatesTooLong")) {
		world->account.seq = -1;
		memset(world->stale, true, sizeof(world->stale));
	} else if (is(&push, "updateShort")) {
		note_kind(world, mtproto_value_field(&push, "update"));
		apply_one(world, mtproto_value_field(&push, "update"));
	} else if (mtproto_value_field(&push, "updates")) {
		apply_container(world, &push);
	} else if (apply_short_message(world, &push) == GAP) {
		world->account.seq = -1;
	}
	if (world->account.seq < 0) {
		world->account.seq = seq;
		catch_up(world, 0);
	}
}

static void catch_up_channels(struct world *world, uint32_t channels, int32_t limit)
{
	for (uint32_t i = 0; i < channels; i++)
		if (world->stale[i])
			catch_up_channel(world, i, limit);
}

/* Into world->bytes; 0 after the last. */
static int next_push(struct world *world)
{
	struct mtproto_tl_writer w;
	int count;

	mtproto_tl_writer_init(&w, world->bytes, TESTDC_FEED_PUSH_MAX);
	count = testdc_feed_next(world->feed, DATE, &w);
	assert_in_range(count, 0, 4);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	world->len = w.len;
	return count;
}

static void pass_over_all(struct world *world)
{
	while (next_push(world))
		;
}

#endif
