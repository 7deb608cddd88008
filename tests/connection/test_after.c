/* Calls that must be run after others: their wrapper names the msg_ids that the others have at each sending. */
#include "connection/wire.h"

enum { A = 0x0a0a0a0a, B = 0x0b0b0b0b };

static const uint8_t a_body[8] = {0x0a, 0x0a, 0x0a, 0x0a, 1, 2, 3, 4};
static const uint8_t b_body[8] = {0x0b, 0x0b, 0x0b, 0x0b, 5, 6, 7, 8};
static const uint8_t result[8] = {0x88, 0x77, 0x66, 0x55, 5, 6, 7, 8};

struct world {
	struct pair pair;
	struct wire wire;
};

static void open_world_with(struct world *w, const struct mtproto_connection_config *config)
{
	memset(w, 0, sizeof(*w));
	pair_init(&w->pair);
	wire_server(&w->wire, &w->pair, config);
	wire_run(&w->wire);
	wire_clear(&w->wire);
}

static void open_world(struct world *w)
{
	open_world_with(w, NULL);
}

static void close_world(struct world *w)
{
	wire_fini(&w->wire);
	pair_fini(&w->pair);
}

static int try_follow(struct world *w, const uint64_t *after, size_t count, const void *body, size_t len,
		      uint64_t *call)
{
	struct mtproto_call_config config;

	mtproto_call_config_init(&config, w->pair.connection);
	config.after = after;
	config.after_count = count;
	return mtproto_connection_invoke(w->pair.connection, &w->pair.now, &config, body, len, call);
}

static uint64_t follow(struct world *w, const uint64_t *after, size_t count)
{
	uint64_t call;

	assert_int_equal(try_follow(w, after, count, b_body, sizeof(b_body), &call), 0);
	return call;
}

/* The next wrapped B must name these msg_ids. */
static const struct wire_item *expect_wrapped(struct world *w, const uint64_t *msg_ids, uint32_t count)
{
	const struct wire_item *item =
		wire_take(&w->wire, count == 1 ? MTPROTO_ID_INVOKE_AFTER_MSG : MTPROTO_ID_INVOKE_AFTER_MSGS);
	size_t at = count == 1 ? 4 : 12;

	assert_non_null(item);
	assert_int_equal(item->seq_no & 1, 1);
	assert_int_equal(item->len, at + 8 * count + sizeof(b_body));
	if (count > 1) {
		assert_int_equal(wire_u32(item->body + 4), 0x1cb5c415);
		assert_int_equal(wire_u32(item->body + 8), count);
	}
	for (uint32_t i = 0; i < count; i++)
		assert_true(wire_u64(item->body + at + 8 * i) == msg_ids[i]);
	assert_memory_equal(item->body + at + 8 * count, b_body, sizeof(b_body));
	return item;
}

static uint64_t take(struct world *w, uint32_t id)
{
	const struct wire_item *item = wire_take(&w->wire, id);

	assert_non_null(item);
	return item->msg_id;
}

static void a_call_names_the_one_before_it_in_the_same_container(void **state)
{
	const struct wire_item *item;
	struct world w;
	uint64_t a, msg_id;

	(void)state;
	open_world(&w);
	a = pair_invoke(&w.pair, a_body, 8);
	follow(&w, &a, 1);
	wire_run(&w.wire);
	assert_int_equal(w.wire.packets, 1);
	msg_id = take(&w, A);
	item = expect_wrapped(&w, &msg_id, 1);
	assert_true(item->envelope != 0 && item->msg_id > msg_id);
	wire_reply(&w.wire, msg_id, result, 8);
	wire_reply(&w.wire, item->msg_id, result, 8);
	wire_run(&w.wire);
	assert_int_equal(w.pair.results, 2);
	close_world(&w);
}

static void several_are_named_and_those_that_are_over_are_not(void **state)
{
	struct world w;
	uint64_t calls[4], msg_ids[4];

	(void)state;
	open_world(&w);
	for (int i = 0; i < 4; i++)
		calls[i] = pair_invoke(&w.pair, a_body, 8);
	wire_run(&w.wire);
	for (int i = 0; i < 4; i++)
		msg_ids[i] = take(&w, A);
	follow(&w, calls, 4);
	wire_run(&w.wire);
	expect_wrapped(&w, msg_ids, 4);
	/* Answered, failed, taken back: over. */
	wire_reply(&w.wire, msg_ids[0], result, 8);
	wire_reply_error(&w.wire, msg_ids[1], 400, "NO");
	wire_run(&w.wire);
	follow(&w, calls, 4);
	wire_run(&w.wire);
	expect_wrapped(&w, msg_ids + 2, 2);
	assert_int_equal(mtproto_connection_cancel(w.pair.connection, calls[2]), 0);
	follow(&w, calls, 4);
	wire_run(&w.wire);
	expect_wrapped(&w, msg_ids + 3, 1);
	assert_int_equal(mtproto_connection_cancel(w.pair.connection, calls[3]), 0);
	follow(&w, calls, 4);
	wire_run(&w.wire);
	assert_int_equal(wire_take(&w.wire, B)->len, sizeof(b_body));
	close_world(&w);
}

static void the_wrapper_stands_outside_of_the_header(void **state)
{
	struct mtproto_connection_config config;
	const struct wire_item *item;
	struct world w;
	uint64_t a, msg_id;

	(void)state;
	mtproto_connection_config_init(&config);
	config.layer = 200;
	open_world_with(&w, &config);
	a = pair_invoke(&w.pair, a_body, 8);
	follow(&w, &a, 1);
	wire_run(&w.wire);
	msg_id = take(&w, MTPROTO_ID_INVOKE_WITH_LAYER);
	item = wire_take(&w.wire, MTPROTO_ID_INVOKE_AFTER_MSG);
	assert_non_null(item);
	assert_true(wire_u64(item->body + 4) == msg_id);
	assert_int_equal(wire_u32(item->body + 12), MTPROTO_ID_INVOKE_WITH_LAYER);
	close_world(&w);
}

/* ---- Made anew ---- */

static void a_refused_container_gets_new_msg_ids_in_its_wrappers_too(void **state)
{
	struct wire_item container = {0};
	const struct wire_item *item;
	struct world w;
	uint64_t a, before, msg_id;

	(void)state;
	open_world(&w);
	a = pair_invoke(&w.pair, a_body, 8);
	follow(&w, &a, 1);
	wire_run(&w.wire);
	before = take(&w, A);
	item = expect_wrapped(&w, &before, 1);
	container.msg_id = item->envelope;
	wire_refuse(&w.wire, &container, 48, 77);
	wire_run(&w.wire);
	msg_id = take(&w, A);
	assert_true(msg_id > before);
	expect_wrapped(&w, &msg_id, 1);
	close_world(&w);
}

static void one_that_is_sent_again_first_waits_for_the_other(void **state)
{
	struct wire_item first, second;
	struct world w;
	uint64_t a, msg_id;

	(void)state;
	open_world(&w);
	a = pair_invoke(&w.pair, a_body, 8);
	wire_run(&w.wire);
	first = *wire_take(&w.wire, A);
	follow(&w, &a, 1);
	wire_run(&w.wire);
	second = *expect_wrapped(&w, &first.msg_id, 1);
	/* Each goes to the front: the follower stands first now. */
	wire_refuse(&w.wire, &first, 48, 77);
	wire_refuse(&w.wire, &second, 48, 77);
	wire_run(&w.wire);
	msg_id = take(&w, A);
	assert_true(msg_id > second.msg_id);
	assert_true(expect_wrapped(&w, &msg_id, 1)->msg_id > msg_id);
	close_world(&w);
}

static void in_a_new_session_it_waits_for_what_the_old_one_answers(void **state)
{
	struct wire_item first, other;
	struct world w;
	uint64_t a, old;

	(void)state;
	open_world(&w);
	a = pair_invoke(&w.pair, a_body, 8);
	wire_run(&w.wire);
	first = *wire_take(&w.wire, A);
	pair_invoke(&w.pair, result, 8);
	wire_run(&w.wire);
	other = *wire_take(&w.wire, 0x55667788);
	old = w.wire.session_id;
	/* Code 32: the client goes on under another session_id. */
	wire_refuse(&w.wire, &other, 32, 0);
	follow(&w, &a, 1);
	wire_run(&w.wire);
	assert_true(w.wire.session_id != old);
	assert_non_null(wire_take(&w.wire, 0x55667788));
	assert_null(wire_take(&w.wire, MTPROTO_ID_INVOKE_AFTER_MSG));
	assert_null(wire_take(&w.wire, B));
	w.wire.session_id = old;
	wire_reply(&w.wire, first.msg_id, result, 8);
	wire_run(&w.wire);
	assert_int_equal(wire_take(&w.wire, B)->len, sizeof(b_body));
	close_world(&w);
}

/* ---- A server that does not wait ---- */

static void refused_for_its_wait_it_goes_again_when_the_others_are_over(void **state)
{
	static const char *const texts[] = {"MSG_WAIT_FAILED", "MSG_WAIT_TIMEOUT"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct mtproto_connection_stats stats;
		const struct wire_item *item;
		struct world w;
		uint64_t a, b, msg_id;
		enum mtproto_fate fate;

		open_world(&w);
		a = pair_invoke(&w.pair, a_body, 8);
		b = follow(&w, &a, 1);
		wire_run(&w.wire);
		msg_id = take(&w, A);
		item = expect_wrapped(&w, &msg_id, 1);
		wire_reply_error(&w.wire, item->msg_id, 400, texts[i]);
		wire_run(&w.wire);
		assert_int_equal(w.pair.errors, 0);
		assert_int_equal(mtproto_connection_call_fate(w.pair.connection, b, &fate), 0);
		assert_null(wire_take(&w.wire, B));
		assert_null(wire_take(&w.wire, MTPROTO_ID_INVOKE_AFTER_MSG));
		/* How the other ends does not matter. */
		if (i == 0)
			wire_reply_error(&w.wire, msg_id, 400, "NO");
		else
			wire_reply(&w.wire, msg_id, result, 8);
		wire_run(&w.wire);
		item = wire_take(&w.wire, B);
		assert_non_null(item);
		mtproto_connection_get_stats(w.pair.connection, &stats);
		assert_int_equal(stats.session.resent_after, 1);
		/* Without a wrapper such an error is an error. */
		wire_reply_error(&w.wire, item->msg_id, 400, texts[i]);
		wire_run(&w.wire);
		assert_int_equal(w.pair.errors, i == 0 ? 2 : 1);
		assert_string_equal(w.pair.last_text, texts[i]);
		close_world(&w);
	}
}

static void its_deadline_ends_a_call_that_waits(void **state)
{
	struct mtproto_call_config config;
	struct world w;
	uint64_t a, b, msg_id;

	(void)state;
	open_world(&w);
	mtproto_call_config_init(&config, w.pair.connection);
	config.timeout_ns = 100 * (uint64_t)PAIR_SECOND;
	assert_int_equal(mtproto_connection_invoke(w.pair.connection, &w.pair.now, &config, a_body, 8, &a), 0);
	b = follow(&w, &a, 1);
	wire_run(&w.wire);
	msg_id = take(&w, A);
	wire_reply_error(&w.wire, expect_wrapped(&w, &msg_id, 1)->msg_id, 400, "MSG_WAIT_TIMEOUT");
	wire_run(&w.wire);
	pair_advance(&w.pair, 61 * (uint64_t)PAIR_SECOND);
	wire_run(&w.wire);
	assert_int_equal(w.pair.failures, 1);
	assert_int_equal(w.pair.call_error, MTPROTO_ERR_TIMEOUT);
	assert_int_equal(w.pair.last_call, b);
	close_world(&w);
}

/* ---- What can't be ---- */

static void impossible_wishes_are_refused(void **state)
{
	static uint8_t large[1044404];
	uint64_t many[MTPROTO_AFTER_MAX + 1];
	struct world w;
	uint64_t a, none = 0, later, call;

	(void)state;
	open_world(&w);
	a = pair_invoke(&w.pair, a_body, 8);
	later = a + 1;
	for (size_t i = 0; i <= MTPROTO_AFTER_MAX; i++)
		many[i] = a;
	assert_int_equal(try_follow(&w, &none, 1, b_body, 8, &call), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(try_follow(&w, &later, 1, b_body, 8, &call), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(try_follow(&w, many, MTPROTO_AFTER_MAX + 1, b_body, 8, &call), MTPROTO_ERR_ARGUMENT);
	/* get_future_salts is no method of the API. */
	assert_int_equal(try_follow(&w, &a, 1, "\x04\xbd\x21\xb9\x01\x00\x00\x00", 8, &call), MTPROTO_ERR_ARGUMENT);
	memcpy(large, b_body, 4);
	for (uint32_t i = 4, x = 1; i < sizeof(large); i++, x = x * 1664525 + 1013904223)
		large[i] = (uint8_t)(x >> 24);
	assert_int_equal(try_follow(&w, &a, 1, large, sizeof(large) - 8, &call), MTPROTO_ERR_TOO_LARGE);
	assert_int_equal(try_follow(&w, &a, 1, large, sizeof(large) - 12, &call), 0);
	assert_int_equal(try_follow(&w, many, MTPROTO_AFTER_MAX, b_body, 8, &call), 0);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_INVOKE_AFTER_MSG), 1);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_INVOKE_AFTER_MSGS), 1);
	close_world(&w);
}

/* ---- Against our own server ---- */

static void our_server_keeps_the_order(void **state)
{
	struct pair pair;
	uint64_t call = 0;

	(void)state;
	pair_ready(&pair);
	for (int i = 0; i < 50; i++) {
		struct mtproto_call_config config;

		mtproto_call_config_init(&config, pair.connection);
		config.after = &call;
		config.after_count = i > 0;
		assert_int_equal(mtproto_connection_invoke(pair.connection, &pair.now, &config, b_body, 8, &call), 0);
	}
	pair_run(&pair);
	assert_int_equal(pair.results, 50);
	assert_int_equal(pair.errors + pair.failures, 0);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_names_the_one_before_it_in_the_same_container),
		cmocka_unit_test(several_are_named_and_those_that_are_over_are_not),
		cmocka_unit_test(the_wrapper_stands_outside_of_the_header),
		cmocka_unit_test(a_refused_container_gets_new_msg_ids_in_its_wrappers_too),
		cmocka_unit_test(one_that_is_sent_again_first_waits_for_the_other),
		cmocka_unit_test(in_a_new_session_it_waits_for_what_the_old_one_answers),
		cmocka_unit_test(refused_for_its_wait_it_goes_again_when_the_others_are_over),
		cmocka_unit_test(its_deadline_ends_a_call_that_waits),
		cmocka_unit_test(impossible_wishes_are_refused),
		cmocka_unit_test(our_server_keeps_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
