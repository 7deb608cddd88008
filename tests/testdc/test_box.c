/* The library's own box of updates as a client of the feed, in virtual time: what is lost, doubled and swapped on the
 * way comes out once and in order. */
#include <mtproto/updates.h>
#include <mtproto/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testdc/feed.h"
#include "testdc/schema.h"

#define DATE     1700000000u
#define USER     123456u
#define COUNT    20000u
#define CHANNELS 20u
#define STEP_NS  10000000u /* from one push to the next */

struct world {
	struct mtproto_schema *schema;
	struct testdc_feed *feed;
	struct testdc_feed_reader reader;
	struct mtproto_updates *box;
	struct mtproto_now now;
	uint8_t answer[TESTDC_FEED_ANSWER_MAX];
	uint8_t held[TESTDC_FEED_PUSH_MAX]; /* changes places with the next one */
	size_t held_len;
	int32_t messages[CHANNELS + 1]; /* the last of each channel, and last of the account */
	size_t asked, lost, doubled, swapped;
};

static uint64_t hash_of(uint64_t id)
{
	return (id + 1) * 0xbf58476d1ce4e5b9u;
}

static struct world *open_world(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));
	struct mtproto_schema_builder *builder;
	struct mtproto_updates_config config;
	struct testdc_feed_config feed;

	assert_non_null(world);
	assert_int_equal(mtproto_schema_builder_new(&builder, NULL), 0);
	assert_int_equal(testdc_schema_add(builder), 0);
	assert_int_equal(mtproto_schema_builder_finish(&world->schema, builder), 0);
	mtproto_schema_builder_free(builder);
	testdc_feed_config_init(&feed);
	feed.seed = seed;
	feed.count = COUNT;
	feed.channels = CHANNELS;
	assert_int_equal(testdc_feed_new(&world->feed, &feed, USER), 0);
	mtproto_updates_config_init(&config);
	mtproto_update_reader_init_schema(&config.reader, world->schema);
	assert_int_equal(mtproto_updates_new(&world->box, &config), 0);
	world->now = (struct mtproto_now){1000000000u, DATE * UINT64_C(1000000000)};
	for (uint32_t i = 0; i < CHANNELS; i++) {
		struct mtproto_update_state state = {.channel_id = (int64_t)testdc_feed_channel_id(i), .pts = 1};

		assert_int_equal(mtproto_updates_set_state(world->box, &state), 0);
	}
	mtproto_updates_connected(world->box, &world->now);
	return world;
}

static void close_world(struct world *world)
{
	mtproto_updates_free(world->box);
	testdc_feed_free(world->feed);
	mtproto_schema_free(world->schema);
	free(world);
}

/* ---- What comes out ---- */

static int32_t int_at(const struct world *world, struct mtproto_span object, const char *path)
{
	struct mtproto_found found;
	struct mtproto_tl_reader r;

	assert_int_equal(mtproto_value_find(&found, object.data, object.len, world->schema, NULL, path, NULL), 0);
	mtproto_tl_reader_init(&r, found.bytes.data, found.bytes.len);
	return mtproto_tl_read_int(&r);
}

static uint32_t index_of(int64_t channel_id)
{
	return channel_id ? (uint32_t)((uint64_t)channel_id - testdc_feed_channel_id(0)) : CHANNELS;
}

static void note_message(struct world *world, int64_t channel_id, int32_t id)
{
	assert_int_equal(id, ++world->messages[index_of(channel_id)]);
}

static void note_update(struct world *world, const struct mtproto_updates_event *event)
{
	switch (event->constructor) {
	case 0x1f2b0afd: /* updateNewMessage */
	case 0x62ba04d9: /* updateNewChannelMessage */
		note_message(world, event->channel_id, int_at(world, event->body, "message.id"));
		break;
	case 0x313bc7f8: /* updateShortMessage */
	case 0x4d6deea5: /* updateShortChatMessage */
		note_message(world, 0, int_at(world, event->body, "id"));
		break;
	default:
		break;
	}
}

static void pull(struct world *world)
{
	struct mtproto_updates_event event;

	while (mtproto_updates_next_event(world->box, &event)) {
		switch (event.type) {
		case MTPROTO_UPDATES_EVENT_UPDATE:
			note_update(world, &event);
			break;
		case MTPROTO_UPDATES_EVENT_MESSAGE:
			note_message(world, event.channel_id, int_at(world, event.body, "id"));
			break;
		case MTPROTO_UPDATES_EVENT_ACCESS_HASH:
			assert_int_equal(mtproto_updates_set_access_hash(world->box, &world->now, event.channel_id,
									 (int64_t)hash_of((uint64_t)event.channel_id)),
					 0);
			break;
		case MTPROTO_UPDATES_EVENT_RAW:
		case MTPROTO_UPDATES_EVENT_TOO_LONG:
		case MTPROTO_UPDATES_EVENT_INACCESSIBLE:
			fail_msg("event %d", (int)event.type);
			break;
		default:
			break;
		}
	}
}

/* ---- What goes in ---- */

static void answer(struct world *world, const struct mtproto_updates_request *request)
{
	uint64_t token = request->token;
	struct mtproto_tl_reader r;
	struct mtproto_tl_writer w;
	const char *error;

	world->asked++;
	mtproto_tl_reader_init(&r, request->body.data, request->body.len);
	mtproto_tl_writer_init(&w, world->answer, sizeof(world->answer));
	mtproto_tl_read_u32(&r);
	if (request->kind == MTPROTO_UPDATES_GET_STATE)
		error = testdc_feed_answer_state(world->feed, &world->reader, DATE, &r, &w);
	else if (request->kind == MTPROTO_UPDATES_GET_DIFFERENCE)
		error = testdc_feed_answer_difference(world->feed, &world->reader, DATE, &r, &w);
	else
		error = testdc_feed_answer_channel_difference(world->feed, &r, &w);
	assert_null(error);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_int_equal(mtproto_updates_answer(world->box, &world->now, token, world->answer, w.len), 0);
}

/* Until the box has nothing to say for now. */
static void turn(struct world *world)
{
	struct mtproto_updates_request request;
	bool any = true;

	mtproto_updates_process(world->box, &world->now);
	while (any) {
		any = false;
		pull(world);
		while (mtproto_updates_next_request(world->box, &request)) {
			answer(world, &request);
			pull(world);
			any = true;
		}
	}
}

static void pass(struct world *world, uint64_t ns)
{
	world->now.mono_ns += ns;
	world->now.wall_ns += ns;
	turn(world);
}

static void give(struct world *world, const uint8_t *push, size_t len)
{
	assert_int_equal(mtproto_updates_recv(world->box, &world->now, push, len), 0);
	turn(world);
}

static void deliver(struct world *world, const uint8_t *push, size_t len)
{
	int ticket = rand() % 100;

	if (ticket < 5) {
		world->lost++;
		return;
	}
	if (ticket < 10 && world->held_len == 0) {
		world->swapped++;
		memcpy(world->held, push, len);
		world->held_len = len;
		return;
	}
	give(world, push, len);
	if (ticket >= 10 && ticket < 15) {
		world->doubled++;
		give(world, push, len);
	}
	if (world->held_len)
		give(world, world->held, world->held_len);
	world->held_len = 0;
}

static void assert_complete(const struct world *world)
{
	struct mtproto_update_state state;
	struct testdc_feed_state account;
	int32_t pts, messages;

	testdc_feed_get_account(world->feed, &account, &messages);
	assert_int_equal(mtproto_updates_state(world->box, 0, &state), 0);
	assert_int_equal(state.pts, account.pts);
	assert_int_equal(state.qts, account.qts);
	assert_int_equal(state.seq, account.seq);
	assert_int_equal(world->messages[CHANNELS], messages);
	for (uint32_t i = 0; i < CHANNELS; i++) {
		testdc_feed_get_channel(world->feed, i, &pts, &messages);
		assert_int_equal(mtproto_updates_state(world->box, (int64_t)testdc_feed_channel_id(i), &state), 0);
		assert_int_equal(state.pts, pts);
		assert_int_equal(world->messages[i], messages);
	}
}

static void box_gives_each_update_once_and_in_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++) {
		struct world *world = open_world(seed);
		uint8_t push[TESTDC_FEED_PUSH_MAX];
		struct mtproto_tl_writer w;

		srand((unsigned)seed);
		turn(world);
		mtproto_tl_writer_init(&w, push, sizeof(push));
		while (testdc_feed_next(world->feed, DATE, &w) > 0) {
			deliver(world, push, w.len);
			pass(world, STEP_NS);
			mtproto_tl_writer_init(&w, push, sizeof(push));
		}
		assert_true(world->lost > 300 && world->doubled > 300 && world->swapped > 300);
		/* The difference names every channel that something happened in. */
		mtproto_updates_catch_up(world->box, &world->now, 0);
		for (int i = 0; i < 100; i++)
			pass(world, 100000000u);
		assert_complete(world);
		assert_true(world->asked > 100);
		close_world(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(box_gives_each_update_once_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
