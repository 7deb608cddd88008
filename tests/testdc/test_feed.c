/* The stream of updates, seen by a client that follows core.telegram.org/api/updates: every number must be the next
 * one, from whichever side it comes. */
#include "testdc/feed_client.h"

static struct testdc_feed_config config_of(uint64_t seed, uint32_t count, uint32_t channels)
{
	struct testdc_feed_config config;

	testdc_feed_config_init(&config);
	config.seed = seed;
	config.count = count;
	config.channels = channels;
	return config;
}

static void pushed_numbers_follow_each_other(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct testdc_feed_config config = config_of(seed, 4000, 3);
		struct world *world = open_world(&config);
		size_t total = 0;
		int count;

		while ((count = next_push(world)) != 0) {
			total += (size_t)count;
			apply_push(world);
			catch_up_channels(world, config.channels, LIMIT);
		}
		assert_int_equal(total, config.count);
		assert_complete(world, config.channels);
		for (size_t i = 0; i < sizeof(world->kinds) / sizeof(world->kinds[0]); i++)
			assert_true(world->kinds[i] > 0);
		/* Without loss nearly all came without a question. */
		assert_true(world->slices == 0);
		close_world(world);
	}
}

static void differences_bring_what_was_lost(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct testdc_feed_config config = config_of(seed, 4000, CHANNELS_MAX);
		struct world *world = open_world(&config);
		uint32_t lost = 0;

		srand((unsigned)seed);
		while (next_push(world)) {
			if (rand() % 10 == 0) {
				lost++;
				continue;
			}
			apply_push(world);
			catch_up_channels(world, config.channels, LIMIT);
		}
		assert_true(lost > 100);
		catch_up(world, 0);
		catch_up_channels(world, config.channels, LIMIT);
		assert_complete(world, config.channels);
		close_world(world);
	}
}

static void differences_tell_all_from_the_beginning_in_slices(void **state)
{
	struct testdc_feed_config config = config_of(1, 3000, 4);
	struct world *world = open_world(&config);
	struct testdc_feed_state last;
	int32_t messages;

	(void)state;
	pass_over_all(world);
	catch_up(world, 0);
	assert_true(world->slices >= 5);
	for (uint32_t i = 0; i < config.channels; i++)
		assert_true(world->stale[i]);
	catch_up_channels(world, config.channels, 7);
	assert_complete(world, config.channels);
	testdc_feed_get_account(world->feed, &last, &messages);
	assert_true(world->names > last.seq / 2 && world->names <= last.seq);
	close_world(world);
}

static void slices_are_as_long_as_is_asked_for(void **state)
{
	static const struct {
		uint32_t slice;
		int32_t limit;
		uint32_t most;
	} table[] = {{100, 0, 100}, {100, 9, 9}, {5, 0, 5}, {5, 9, 5}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct testdc_feed_config config = config_of(1, 3000, 0);
		struct mtproto_value answer;
		struct world *world;

		config.slice = table[i].slice;
		world = open_world(&config);
		pass_over_all(world);
		assert_null(ask_difference(world, 1, 0, table[i].limit, 0));
		read_object(world, &answer, "updates.Difference");
		assert_string_equal(name_of(&answer), "updates.differenceSlice");
		assert_int_equal(mtproto_value_field(&answer, "new_messages")->as.vector.count +
					 mtproto_value_field(&answer, "new_encrypted_messages")->as.vector.count +
					 mtproto_value_field(&answer, "other_updates")->as.vector.count,
				 table[i].most);
		close_world(world);
	}
}

/* A client may be far ahead in one counter and behind in the other. */
static void slices_never_lead_backwards(void **state)
{
	struct testdc_feed_config config = config_of(1, 3000, 0);
	struct testdc_feed_state last;
	struct mtproto_value answer;
	struct world *world;
	int32_t messages;

	(void)state;
	world = open_world(&config);
	pass_over_all(world);
	testdc_feed_get_account(world->feed, &last, &messages);
	assert_null(ask_difference(world, 1, last.qts, 0, 0));
	read_object(world, &answer, "updates.Difference");
	assert_int_equal(mtproto_value_get(&answer, "intermediate_state.qts")->as.integer, last.qts);
	assert_null(ask_difference(world, last.pts, 0, 0, 0));
	read_object(world, &answer, "updates.Difference");
	assert_int_equal(mtproto_value_get(&answer, "intermediate_state.pts")->as.integer, last.pts);
	close_world(world);
}

static void what_is_cut_off_is_too_long(void **state)
{
	struct testdc_feed_config config = config_of(1, 3000, 2);
	struct mtproto_value answer;
	struct testdc_feed_state last;
	int32_t pts, messages;
	struct world *world;
	uint64_t id = testdc_feed_channel_id(1);

	(void)state;
	config.log = 50;
	world = open_world(&config);
	pass_over_all(world);
	testdc_feed_get_account(world->feed, &last, &messages);
	assert_null(ask_difference(world, 1, 0, 0, 0));
	read_object(world, &answer, "updates.Difference");
	assert_string_equal(name_of(&answer), "updates.differenceTooLong");
	assert_int_equal(number(&answer, "pts"), last.pts);
	assert_null(ask_difference(world, last.pts - 20, last.qts, 0, 0));
	read_object(world, &answer, "updates.Difference");
	assert_string_equal(name_of(&answer), "updates.difference");
	assert_int_equal(pts_of(&answer), 20);

	testdc_feed_get_channel(world->feed, 1, &pts, &messages);
	assert_null(ask_channel(world, id, hash_of(id), 1, LIMIT));
	read_object(world, &answer, "updates.ChannelDifference");
	assert_string_equal(name_of(&answer), "updates.channelDifferenceTooLong");
	assert_non_null(mtproto_value_field(&answer, "final"));
	assert_int_equal(number(&answer, "dialog.pts"), pts);
	assert_int_equal(number(&answer, "dialog.top_message"), messages);
	assert_in_range(mtproto_value_field(&answer, "messages")->as.vector.count, 1, 10);
	assert_null(ask_channel(world, id, hash_of(id), pts, LIMIT));
	read_object(world, &answer, "updates.ChannelDifference");
	assert_string_equal(name_of(&answer), "updates.channelDifferenceEmpty");
	close_world(world);
}

static void what_is_kept_is_never_too_long(void **state)
{
	struct testdc_feed_config config = config_of(3, 2000, 1);
	struct mtproto_value answer;
	struct world *world;
	uint64_t id = testdc_feed_channel_id(0);

	(void)state;
	config.log = 20;
	world = open_world(&config);
	while (next_push(world)) {
		int32_t pts, messages;
		struct testdc_feed_state now;

		/* 20 updates have a pts_count of 3 at most, and in the account not all have one. */
		testdc_feed_get_channel(world->feed, 0, &pts, &messages);
		assert_null(ask_channel(world, id, hash_of(id), pts > 20 ? pts - 20 : 1, LIMIT));
		read_object(world, &answer, "updates.ChannelDifference");
		assert_string_not_equal(name_of(&answer), "updates.channelDifferenceTooLong");
		testdc_feed_get_account(world->feed, &now, &messages);
		assert_null(ask_difference(world, now.pts > 8 ? now.pts - 8 : 1, now.qts, 0, 0));
		read_object(world, &answer, "updates.Difference");
		assert_string_not_equal(name_of(&answer), "updates.differenceTooLong");
	}
	close_world(world);
}

static void more_than_the_total_limit_is_too_long(void **state)
{
	struct testdc_feed_config config = config_of(1, 1000, 0);
	struct world *world = open_world(&config);
	struct mtproto_value answer;
	struct testdc_feed_state last;
	int32_t messages;

	(void)state;
	pass_over_all(world);
	testdc_feed_get_account(world->feed, &last, &messages);
	assert_null(ask_difference(world, last.pts - 51, last.qts, 0, 50));
	read_object(world, &answer, "updates.Difference");
	assert_string_equal(name_of(&answer), "updates.differenceTooLong");
	assert_null(ask_difference(world, last.pts - 50, last.qts, 0, 50));
	read_object(world, &answer, "updates.Difference");
	assert_string_equal(name_of(&answer), "updates.difference");
	close_world(world);
}

static void positions_that_never_were_are_refused(void **state)
{
	struct testdc_feed_config config = config_of(1, 500, 1);
	struct world *world = open_world(&config);
	uint64_t id = testdc_feed_channel_id(0);
	struct testdc_feed_state last;
	int32_t pts, messages;

	(void)state;
	pass_over_all(world);
	testdc_feed_get_account(world->feed, &last, &messages);
	testdc_feed_get_channel(world->feed, 0, &pts, &messages);
	assert_string_equal(ask_difference(world, 0, 0, 0, 0), "PERSISTENT_TIMESTAMP_EMPTY");
	assert_string_equal(ask_difference(world, 1, -1, 0, 0), "PERSISTENT_TIMESTAMP_EMPTY");
	assert_string_equal(ask_difference(world, last.pts + 1, 0, 0, 0), "PERSISTENT_TIMESTAMP_INVALID");
	assert_string_equal(ask_difference(world, 1, last.qts + 1, 0, 0), "PERSISTENT_TIMESTAMP_INVALID");
	assert_string_equal(ask_channel(world, id, hash_of(id), 0, 1), "PERSISTENT_TIMESTAMP_EMPTY");
	assert_string_equal(ask_channel(world, id, hash_of(id), pts + 1, 1), "PERSISTENT_TIMESTAMP_INVALID");
	assert_string_equal(ask_channel(world, id, hash_of(id) + 1, 1, 1), "CHANNEL_INVALID");
	assert_string_equal(ask_channel(world, id + 1, hash_of(id + 1), 1, 1), "CHANNEL_INVALID");
	assert_int_equal(world->len, 0);
	close_world(world);
}

/* How many updates of a kind a difference from the beginning has, all slices of it. */
static size_t count_others(struct world *world, const char *name)
{
	struct mtproto_value answer;
	size_t count = 0;
	bool slice = true;
	int32_t pts = 1, qts = 0;

	while (slice) {
		assert_null(ask_difference(world, pts, qts, 0, 0));
		read_object(world, &answer, "updates.Difference");
		slice = is(&answer, "updates.differenceSlice");
		if (slice) {
			pts = number(&answer, "intermediate_state.pts");
			qts = number(&answer, "intermediate_state.qts");
		}
		for (uint32_t i = 0; i < mtproto_value_field(&answer, "other_updates")->as.vector.count; i++)
			count += is(&mtproto_value_field(&answer, "other_updates")->as.vector.items[i], name);
	}
	return count;
}

static size_t count_names(struct world *world)
{
	return count_others(world, "updateUserName");
}

static size_t count_announced(struct world *world)
{
	return count_others(world, "updateChannelTooLong");
}

static void state_is_where_the_account_is(void **state)
{
	struct testdc_feed_config config = config_of(1, 500, 1);
	struct world *world = open_world(&config);
	struct testdc_feed_state last;
	struct mtproto_value answer;
	struct mtproto_tl_reader r;
	struct mtproto_tl_writer w;
	int32_t messages;

	(void)state;
	pass_over_all(world);
	testdc_feed_get_account(world->feed, &last, &messages);
	mtproto_tl_reader_init(&r, "", 0);
	mtproto_tl_writer_init(&w, world->bytes, sizeof(world->bytes));
	assert_null(testdc_feed_answer_state(world->feed, &world->reader, DATE, &r, &w));
	world->len = w.len;
	read_object(world, &answer, "updates.State");
	assert_int_equal(number(&answer, "pts"), last.pts);
	assert_int_equal(number(&answer, "qts"), last.qts);
	assert_int_equal(number(&answer, "seq"), last.seq);
	assert_int_equal(number(&answer, "date"), DATE);
	assert_int_equal(count_names(world), 0);
	assert_null(ask_difference(world, last.pts, last.qts, 0, 0));
	read_object(world, &answer, "updates.Difference");
	assert_string_equal(name_of(&answer), "updates.differenceEmpty");
	world->reader = (struct testdc_feed_reader){0};
	assert_true(count_names(world) > 0);
	world->reader = (struct testdc_feed_reader){0};
	assert_int_equal(count_announced(world), 1);
	close_world(world);
}

static void difference_without_news_is_empty(void **state)
{
	struct testdc_feed_config config = config_of(1, 500, 2);
	struct world *world = open_world(&config);
	struct mtproto_value answer;

	(void)state;
	assert_null(ask_difference(world, 1, 0, 0, 0));
	read_object(world, &answer, "updates.Difference");
	assert_string_equal(name_of(&answer), "updates.differenceEmpty");
	pass_over_all(world);
	catch_up(world, 0);
	catch_up_channels(world, config.channels, LIMIT);
	assert_complete(world, config.channels);
	close_world(world);
}

static void same_seed_is_the_same_stream(void **state)
{
	struct testdc_feed_config config = config_of(7, 300, 2), other = config_of(8, 300, 2);
	struct world *a = open_world(&config), *b = open_world(&config), *c = open_world(&other);
	bool differs = false;

	(void)state;
	while (next_push(a)) {
		assert_true(next_push(b) > 0);
		assert_int_equal(a->len, b->len);
		assert_memory_equal(a->bytes, b->bytes, a->len);
		if (next_push(c) == 0 || c->len != a->len || memcmp(c->bytes, a->bytes, a->len) != 0)
			differs = true;
	}
	assert_int_equal(next_push(b), 0);
	assert_true(differs);
	close_world(a);
	close_world(b);
	close_world(c);
}

static void settings_out_of_range_are_refused(void **state)
{
	struct testdc_feed_config config = config_of(1, 1, TESTDC_FEED_CHANNELS_MAX + 1);
	struct testdc_feed *feed;

	(void)state;
	assert_int_equal(testdc_feed_new(&feed, &config, USER), MTPROTO_ERR_ARGUMENT);
	config = config_of(1, 1, 1);
	config.slice = 0;
	assert_int_equal(testdc_feed_new(&feed, &config, USER), MTPROTO_ERR_ARGUMENT);
	config.slice = TESTDC_FEED_SLICE_MAX + 1;
	assert_int_equal(testdc_feed_new(&feed, &config, USER), MTPROTO_ERR_ARGUMENT);
}

/* All that fits at once: the largest slice and every channel. */
static void largest_answer_fits(void **state)
{
	struct testdc_feed_config config = config_of(1, 60000, TESTDC_FEED_CHANNELS_MAX);
	struct mtproto_value answer;
	struct world *world;
	struct testdc_feed_state last;
	int32_t messages;

	(void)state;
	config.slice = TESTDC_FEED_SLICE_MAX;
	world = open_world(&config);
	pass_over_all(world);
	testdc_feed_get_account(world->feed, &last, &messages);
	world->reader.seq = last.seq;
	assert_null(ask_difference(world, last.pts - 800, last.qts - 90, 0, 0));
	read_object(world, &answer, "updates.Difference");
	assert_string_equal(name_of(&answer), "updates.difference");
	assert_int_equal(pts_of(&answer), 800);
	assert_int_equal(mtproto_value_field(&answer, "chats")->as.vector.count, TESTDC_FEED_CHANNELS_MAX + 4);
	close_world(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushed_numbers_follow_each_other),
		cmocka_unit_test(differences_bring_what_was_lost),
		cmocka_unit_test(differences_tell_all_from_the_beginning_in_slices),
		cmocka_unit_test(slices_are_as_long_as_is_asked_for),
		cmocka_unit_test(slices_never_lead_backwards),
		cmocka_unit_test(what_is_cut_off_is_too_long),
		cmocka_unit_test(what_is_kept_is_never_too_long),
		cmocka_unit_test(more_than_the_total_limit_is_too_long),
		cmocka_unit_test(positions_that_never_were_are_refused),
		cmocka_unit_test(state_is_where_the_account_is),
		cmocka_unit_test(difference_without_news_is_empty),
		cmocka_unit_test(same_seed_is_the_same_stream),
		cmocka_unit_test(settings_out_of_range_are_refused),
		cmocka_unit_test(largest_answer_fits),
	};

	return cmocka_run_group_tests(tests, make_schema, free_schema);
}
