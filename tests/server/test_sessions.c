/* Sessions of a server: how they begin, what they keep over links, how they end. */
#include "server/seen.h"

struct world {
	struct pair pair;
	struct seen seen;
	struct wire wire;
};

static void open_world(struct world *w, const struct mtproto_server_config *config)
{
	memset(w, 0, sizeof(*w));
	pair_init_with(&w->pair, config, NULL, NULL);
	seen_init(&w->seen, &w->pair);
	wire_client(&w->wire, &w->pair, 3);
}

static void close_world(struct world *w)
{
	wire_fini(&w->wire);
	pair_fini(&w->pair);
}

static void ping_on(struct wire *wire, struct mtproto_link *link, uint64_t ping_id)
{
	wire->link = link;
	wire_ping(wire, ping_id);
	wire_run(wire);
	assert_non_null(wire_take(wire, MTPROTO_ID_PONG));
}

static void a_new_session_is_announced_first_and_once(void **state)
{
	struct world w;
	const struct wire_item *created;
	uint64_t first;

	(void)state;
	open_world(&w, NULL);
	w.wire.session_id = 42;
	w.wire.content_count = 0;
	first = wire_ping(&w.wire, 5);
	wire_ping(&w.wire, 6);
	wire_run(&w.wire);
	assert_int_equal(w.wire.items[0].id, MTPROTO_ID_NEW_SESSION_CREATED);
	created = wire_take(&w.wire, 0x9ec20908);
	assert_int_equal(created->len, 28);
	assert_true(wire_u64(created->body + 4) == first);
	assert_true(wire_u64(created->body + 12) != 0);
	assert_true(wire_u64(created->body + 20) == w.wire.salt);
	assert_int_equal(created->seq_no, 1);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_NEW_SESSION_CREATED), 0);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_PONG), 2);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION], 2);
	close_world(&w);
}

static void first_msg_id_is_the_lowest_of_the_first_container(void **state)
{
	struct world w;
	struct wire_body body;
	uint64_t inner[2], outer;

	(void)state;
	open_world(&w, NULL);
	w.wire.session_id = 42;
	w.wire.content_count = 0;
	for (int i = 0; i < 2; i++)
		inner[i] = wire_next_msg_id(&w.wire);
	outer = wire_next_msg_id(&w.wire);
	mtproto_tl_write_u32(wire_body(&body), MTPROTO_ID_MSG_CONTAINER);
	mtproto_tl_write_u32(&body.w, 2);
	for (int i = 0; i < 2; i++) {
		uint8_t data[12];
		struct mtproto_tl_writer w2;
		struct mtproto_ping ping = {1};
		struct mtproto_container_message message = {inner[i], 0, {data, sizeof(data)}};

		mtproto_tl_writer_init(&w2, data, sizeof(data));
		mtproto_ping_write(&w2, &ping);
		mtproto_container_message_write(&body.w, &message);
	}
	wire_send_as(&w.wire, outer, 0, body.data, body.w.len);
	wire_run(&w.wire);
	assert_true(wire_u64(wire_take(&w.wire, MTPROTO_ID_NEW_SESSION_CREATED)->body + 4) == inner[0]);
	close_world(&w);
}

static void many_sessions_share_a_link(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, NULL);
	w.seen.answer = true;
	for (uint64_t id = 1; id <= 100; id++) {
		uint64_t request;
		size_t len;

		w.wire.session_id = id;
		w.wire.content_count = 0;
		request = seen_request(&w.wire, (uint32_t)id);
		wire_run(&w.wire);
		wire_result(&w.wire, request, &len);
	}
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION], 101);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_REQUEST], 100);
	close_world(&w);
}

static void a_session_is_answered_where_it_was_heard_last(void **state)
{
	struct world w;
	struct mtproto_link *a, *b;
	struct mtproto_server_session_info info;

	(void)state;
	open_world(&w, NULL);
	a = w.wire.link;
	wire_attach(&w.wire);
	b = w.wire.link;
	ping_on(&w.wire, b, 1);
	mtproto_server_session_get_info(w.seen.last[MTPROTO_EVENT_SESSION].session, &info);
	assert_ptr_equal(info.link, b);
	ping_on(&w.wire, a, 2);
	mtproto_server_session_get_info(w.seen.last[MTPROTO_EVENT_SESSION].session, &info);
	assert_ptr_equal(info.link, a);
	close_world(&w);
}

static void what_was_not_acknowledged_comes_again_on_a_new_link_under_its_ids(void **state)
{
	struct world w;
	struct wire_item before, again;
	struct wire_body push;
	uint64_t request;

	(void)state;
	open_world(&w, NULL);
	w.seen.answer = true;
	request = seen_request(&w.wire, 1);
	wire_run(&w.wire);
	before = *wire_take(&w.wire, MTPROTO_ID_RPC_RESULT);
	assert_true(wire_u64(before.body + 4) == request);
	mtproto_tl_write_u32(wire_body(&push), 0xabcdef01);
	assert_int_equal(mtproto_server_push(w.seen.last[MTPROTO_EVENT_SESSION].session, push.data, push.w.len), 0);
	wire_run(&w.wire);
	wire_ack(&w.wire, wire_take(&w.wire, 0xabcdef01)->msg_id);
	wire_run(&w.wire);

	mtproto_link_close(w.wire.link, 0);
	wire_run(&w.wire);
	wire_attach(&w.wire);
	wire_ping(&w.wire, 1);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, 0xabcdef01), 0);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_RPC_RESULT), 1);
	again = *wire_take(&w.wire, MTPROTO_ID_RPC_RESULT);
	assert_true(again.msg_id == before.msg_id);
	assert_int_equal(again.seq_no, before.seq_no);
	assert_true(again.envelope > again.msg_id);

	wire_ack(&w.wire, again.msg_id);
	wire_run(&w.wire);
	wire_attach(&w.wire);
	wire_ping(&w.wire, 1);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_RPC_RESULT), 0);
	close_world(&w);
}

/* A client with two links that speaks on both in turn has lost nothing: nothing is sent twice, let alone given up. */
static void links_in_turn_repeat_nothing(void **state)
{
	struct world w;
	struct mtproto_link *links[2];
	uint64_t request;
	size_t len;

	(void)state;
	open_world(&w, NULL);
	w.seen.answer = true;
	links[0] = w.wire.link;
	wire_attach(&w.wire);
	links[1] = w.wire.link;
	ping_on(&w.wire, links[1], 1);
	request = seen_request(&w.wire, 1);
	wire_run(&w.wire);
	wire_result(&w.wire, request, &len);
	for (uint64_t i = 0; i < 30; i++)
		ping_on(&w.wire, links[i % 2], i);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_RPC_RESULT), 0);

	/* It is kept all the same: a third link gets it. */
	wire_attach(&w.wire);
	ping_on(&w.wire, w.wire.link, 1);
	wire_result(&w.wire, request, &len);
	close_world(&w);
}

static void an_older_link_gets_what_a_lost_newer_one_may_have_lost(void **state)
{
	struct world w;
	struct mtproto_link *a, *b;
	uint64_t request;
	size_t len;

	(void)state;
	open_world(&w, NULL);
	w.seen.answer = true;
	a = w.wire.link;
	wire_attach(&w.wire);
	b = w.wire.link;
	request = seen_request(&w.wire, 1);
	wire_run(&w.wire);
	wire_result(&w.wire, request, &len);
	mtproto_link_close(b, 0);
	ping_on(&w.wire, a, 1);
	wire_result(&w.wire, request, &len);
	close_world(&w);
}

/* Who replays a packet from the wire on a link of his own must not get the session's answers there. */
static void a_replayed_packet_does_not_move_the_session(void **state)
{
	struct world w;
	struct mtproto_link *own;
	struct mtproto_server_session_info info;
	struct wire_body body;
	struct mtproto_ping ping = {9};
	uint8_t packet[200];
	size_t len;

	(void)state;
	open_world(&w, NULL);
	own = w.wire.link;
	mtproto_ping_write(wire_body(&body), &ping);
	len = wire_seal(&w.wire, wire_next_msg_id(&w.wire), wire_next_seq_no(&w.wire, false), body.data, body.w.len,
			packet, sizeof(packet));
	wire_send_packet(&w.wire, packet, len, false);
	wire_run(&w.wire);
	assert_non_null(wire_take(&w.wire, MTPROTO_ID_PONG));

	wire_attach(&w.wire);
	wire_send_packet(&w.wire, packet, len, false);
	wire_run(&w.wire);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_PONG), 0);
	mtproto_server_session_get_info(w.seen.last[MTPROTO_EVENT_SESSION].session, &info);
	assert_ptr_equal(info.link, own);
	ping_on(&w.wire, own, 10);
	close_world(&w);
}

static void an_idle_session_is_forgotten_after_its_time(void **state)
{
	struct mtproto_server_config config;
	struct world w;

	(void)state;
	mtproto_server_config_init(&config);
	config.session_idle_ns = 200 * (uint64_t)PAIR_SECOND;
	open_world(&w, &config);
	mtproto_link_close(w.wire.link, 0);
	wire_run(&w.wire);
	for (int s = 0; s < 190; s += 10) {
		pair_advance(&w.pair, 10 * (uint64_t)PAIR_SECOND);
		wire_run(&w.wire);
	}
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION_END], 0);
	for (int s = 0; s < 80; s += 10) {
		pair_advance(&w.pair, 10 * (uint64_t)PAIR_SECOND);
		wire_run(&w.wire);
	}
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION_END], 1);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_KEY_DESTROYED], 0);
	close_world(&w);
}

static void a_session_with_a_link_is_not_idle(void **state)
{
	struct mtproto_server_config config;
	struct world w;

	(void)state;
	mtproto_server_config_init(&config);
	config.session_idle_ns = 200 * (uint64_t)PAIR_SECOND;
	open_world(&w, &config);
	mtproto_link_close(w.wire.link, 0);
	wire_run(&w.wire);
	pair_advance(&w.pair, 100 * (uint64_t)PAIR_SECOND);
	wire_attach(&w.wire);
	ping_on(&w.wire, w.wire.link, 1);
	for (int s = 0; s < 500; s += 50) {
		pair_advance(&w.pair, 50 * (uint64_t)PAIR_SECOND);
		wire_run(&w.wire);
	}
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION_END], 0);
	close_world(&w);
}

static void never_is_a_legal_time(void **state)
{
	struct mtproto_server_config config;
	struct world w;

	(void)state;
	mtproto_server_config_init(&config);
	config.session_idle_ns = MTPROTO_NEVER;
	config.link_idle_ns = MTPROTO_NEVER;
	open_world(&w, &config);
	pair_advance(&w.pair, 1000000 * (uint64_t)PAIR_SECOND);
	wire_run(&w.wire);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_LINK_CLOSED], 0);
	mtproto_link_close(w.wire.link, 0);
	for (int i = 0; i < 3; i++) {
		pair_advance(&w.pair, 1000000 * (uint64_t)PAIR_SECOND);
		wire_run(&w.wire);
	}
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION_END], 0);
	close_world(&w);
}

static void the_longest_idle_session_makes_room(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_server_session *first;
	struct world w;

	(void)state;
	mtproto_server_config_init(&config);
	config.sessions_max = 3;
	open_world(&w, &config);
	first = w.seen.last[MTPROTO_EVENT_SESSION].session;
	for (uint64_t id = 1; id <= 2; id++) {
		mtproto_link_close(w.wire.link, 0);
		pair_advance(&w.pair, PAIR_SECOND);
		wire_run(&w.wire);
		wire_attach(&w.wire);
		w.wire.session_id = id;
		ping_on(&w.wire, w.wire.link, 1);
	}
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION_END], 0);
	w.wire.session_id = 3;
	ping_on(&w.wire, w.wire.link, 1);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION_END], 1);
	assert_ptr_equal(w.seen.last[MTPROTO_EVENT_SESSION_END].session, first);

	/* The other idle one goes next; then all have a link. */
	w.wire.session_id = 4;
	ping_on(&w.wire, w.wire.link, 1);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION_END], 2);
	w.wire.session_id = 5;
	wire_ping(&w.wire, 1);
	wire_run(&w.wire);
	assert_int_equal(w.wire.transport_error, -429);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION], 5);
	close_world(&w);
}

static void a_handle_is_good_until_its_end_was_pulled(void **state)
{
	struct world w;
	struct mtproto_event event;
	struct mtproto_server_session_info info;
	uint64_t request;
	size_t ends = 0;

	(void)state;
	open_world(&w, NULL);
	request = seen_request(&w.wire, 1);
	assert_int_equal(mtproto_context_process(w.pair.server_context, &w.pair.now), 0);
	assert_int_equal(mtproto_server_remove_key(w.pair.server, w.wire.key.id), 0);
	while (mtproto_context_next_event(w.pair.server_context, &event) == 1) {
		ends += event.type == MTPROTO_EVENT_SESSION_END;
		if (!event.session)
			continue;
		mtproto_server_session_get_info(event.session, &info);
		assert_true(info.session_id == w.wire.session_id);
		assert_null(info.link);
		assert_int_equal(mtproto_server_reply(event.session, request, "data", 4), MTPROTO_ERR_NOT_FOUND);
		assert_int_equal(mtproto_server_error(event.session, request, 400, "X"), MTPROTO_ERR_NOT_FOUND);
		assert_int_equal(mtproto_server_push(event.session, "data", 4), MTPROTO_ERR_NOT_FOUND);
	}
	assert_int_equal(ends, 1);
	close_world(&w);
}

static void a_session_id_of_zero_is_no_session(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, NULL);
	w.wire.session_id = 0;
	wire_ping(&w.wire, 1);
	wire_run(&w.wire);
	assert_int_equal(w.seen.counts[MTPROTO_EVENT_SESSION], 1);
	assert_int_equal(wire_count(&w.wire, MTPROTO_ID_PONG), 0);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_session_is_announced_first_and_once),
		cmocka_unit_test(first_msg_id_is_the_lowest_of_the_first_container),
		cmocka_unit_test(many_sessions_share_a_link),
		cmocka_unit_test(a_session_is_answered_where_it_was_heard_last),
		cmocka_unit_test(what_was_not_acknowledged_comes_again_on_a_new_link_under_its_ids),
		cmocka_unit_test(links_in_turn_repeat_nothing),
		cmocka_unit_test(an_older_link_gets_what_a_lost_newer_one_may_have_lost),
		cmocka_unit_test(a_replayed_packet_does_not_move_the_session),
		cmocka_unit_test(an_idle_session_is_forgotten_after_its_time),
		cmocka_unit_test(a_session_with_a_link_is_not_idle),
		cmocka_unit_test(never_is_a_legal_time),
		cmocka_unit_test(the_longest_idle_session_makes_room),
		cmocka_unit_test(a_handle_is_good_until_its_end_was_pulled),
		cmocka_unit_test(a_session_id_of_zero_is_no_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
