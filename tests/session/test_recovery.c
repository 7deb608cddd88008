/* A session on its own that sends again what it must: a client and a server talk through the public header, and the
 * test plays the parts of the wire that go wrong. */
#include <mtproto/session.h>

#include "failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000000000, SALT = 0x5a17 };

struct side {
	struct mtproto_session *session;
	uint8_t packet[1 << 16];
	size_t len;
};

struct both {
	struct mtproto_now now;
	struct failing memory;
	struct side client, server;
	struct mtproto_message got; /* what was unpacked last */
	uint8_t unpacked[1 << 16];
};

static void open_both(struct both *both, uint32_t messages_max, size_t bytes_max)
{
	static uint8_t auth_key[256] = {1, 2, 3};
	struct mtproto_session_config config;

	memset(both, 0, sizeof(*both));
	failing_init(&both->memory);
	both->now.mono_ns = 77 * (uint64_t)SECOND;
	both->now.wall_ns = 1700000000 * (uint64_t)SECOND;
	mtproto_session_config_init(&config);
	assert_int_equal(config.sent_messages_max, 0);
	config.allocator = &both->memory.hooks;
	config.auth_key = auth_key;
	config.server_salt = SALT;
	config.session_id = 99;
	config.sent_messages_max = messages_max;
	if (bytes_max)
		config.sent_bytes_max = bytes_max;
	assert_int_equal(mtproto_session_new(&both->client.session, &both->now, &config), 0);
	config.server = true;
	assert_int_equal(mtproto_session_new(&both->server.session, &both->now, &config), 0);
}

static int set_up(void **state)
{
	struct both *both = malloc(sizeof(*both));

	assert_non_null(both);
	open_both(both, 16, 0);
	*state = both;
	return 0;
}

static int tear_down(void **state)
{
	struct both *both = *state;

	mtproto_session_free(both->client.session);
	mtproto_session_free(both->server.session);
	assert_int_equal(both->memory.pieces, 0);
	free(both);
	return 0;
}

/* ---- The wire ---- */

/* Packs a request with that number. */
static uint64_t send(struct both *both, struct side *side, uint32_t number)
{
	const uint32_t body[2] = {0xc0de0000, number};
	uint64_t msg_id;

	assert_int_equal(mtproto_session_pack(side->session, &both->now, body, sizeof(body), true, side->packet,
					      sizeof(side->packet), &side->len, &msg_id),
			 0);
	return msg_id;
}

/* Packs what was written as one message that is not content-related. */
static uint64_t send_written(struct both *both, struct side *side, const struct mtproto_tl_writer *w)
{
	uint64_t msg_id;

	assert_int_equal(w->error, 0);
	assert_int_equal(mtproto_session_pack(side->session, &both->now, w->begin, w->len, false, side->packet,
					      sizeof(side->packet), &side->len, &msg_id),
			 0);
	return msg_id;
}

/* The last packet of one side arrives at the other. */
static int arrive(struct both *both, const struct side *from, struct side *to)
{
	memcpy(both->unpacked, from->packet, from->len);
	return mtproto_session_unpack(to->session, &both->now, both->unpacked, from->len, &both->got);
}

/* It arrives and is followed. */
static int arrive_and_follow(struct both *both, const struct side *from, struct side *to)
{
	assert_int_equal(arrive(both, from, to), 0);
	return mtproto_session_follow(to->session, &both->now, both->got.msg_id, both->got.body);
}

#define tell(both, name, ...)                                                                     \
	do {                                                                                      \
		uint8_t tell_bytes[512];                                                          \
		struct mtproto_tl_writer tell_w;                                                  \
		struct mtproto_##name tell_o = {__VA_ARGS__};                                     \
		mtproto_tl_writer_init(&tell_w, tell_bytes, sizeof(tell_bytes));                  \
		mtproto_##name##_write(&tell_w, &tell_o);                                         \
		send_written((both), &(both)->server, &tell_w);                                   \
		assert_int_equal(arrive_and_follow((both), &(both)->server, &(both)->client), 0); \
	} while (0)

/* The next message leaves the client again and arrives. */
static struct mtproto_sent_again again(struct both *both, struct side *side, struct side *to)
{
	struct mtproto_sent_again again;
	size_t len = mtproto_session_again_len(side->session);

	assert_true(len > 0);
	assert_int_equal(mtproto_session_pack_again(side->session, &both->now, side->packet,
						    mtproto_packet_size(len, 27), &side->len, &again),
			 1);
	assert_int_equal(arrive(both, side, to), 0);
	return again;
}

/* What arrived is the request with that number, under that msg_id. */
static void expect_request(const struct both *both, uint32_t number, uint64_t msg_id)
{
	struct mtproto_tl_reader r;

	assert_true(both->got.msg_id == msg_id);
	mtproto_tl_reader_init(&r, both->got.body.data, both->got.body.len);
	assert_int_equal(mtproto_tl_read_u32(&r), 0xc0de0000);
	assert_int_equal(mtproto_tl_read_u32(&r), number);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
}

static void expect_nothing_again(struct both *both, struct side *side)
{
	struct mtproto_sent_again again;

	assert_int_equal(mtproto_session_again_len(side->session), 0);
	assert_int_equal(mtproto_session_pack_again(side->session, &both->now, side->packet, sizeof(side->packet),
						    &side->len, &again),
			 0);
	assert_int_equal(side->len, 0);
}

/* ---- Refusals ---- */

static void a_wrong_salt_is_corrected(void **state)
{
	struct both *both = *state;
	struct mtproto_sent_again sent;
	uint64_t msg_id = send(both, &both->client, 1);

	tell(both, bad_server_salt, .bad_msg_id = msg_id, .error_code = 48, .new_server_salt = 4711);
	assert_true(mtproto_session_salt(both->client.session) == 4711);
	sent = again(both, &both->client, &both->server);
	assert_true(sent.old_msg_id == msg_id && sent.msg_id > msg_id);
	assert_false(sent.maybe_received);
	assert_true(both->got.salt == 4711);
	assert_int_equal(both->got.seq_no, 3);
	expect_request(both, 1, sent.msg_id);
	expect_nothing_again(both, &both->client);
}

static void a_wrong_msg_id_is_corrected(void **state)
{
	struct both *both = *state;
	struct mtproto_sent_again sent;
	uint64_t msg_id;

	/* The client is an hour ahead. What it hears is out of time, but may be looked at for this. */
	mtproto_session_set_time_offset(both->client.session, &both->now, 3600 * (int64_t)SECOND);
	msg_id = send(both, &both->client, 1);
	assert_int_equal(arrive(both, &both->client, &both->server), MTPROTO_ERR_MSG_ID_FUTURE);
	{
		uint8_t bytes[64];
		struct mtproto_tl_writer w;
		struct mtproto_bad_msg_notification bad = {msg_id, 1, 17};

		mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
		mtproto_bad_msg_notification_write(&w, &bad);
		send_written(both, &both->server, &w);
	}
	assert_int_equal(arrive(both, &both->server, &both->client), MTPROTO_ERR_MSG_ID_OLD);
	assert_int_equal(mtproto_session_follow(both->client.session, &both->now, both->got.msg_id, both->got.body), 0);
	sent = again(both, &both->client, &both->server);
	assert_int_equal(sent.msg_id >> 32, 1700000000);
	expect_request(both, 1, sent.msg_id);
}

static void a_wrong_seq_no_begins_a_new_session(void **state)
{
	struct both *both = *state;
	struct mtproto_sent_again sent;
	uint64_t refused, other;

	other = send(both, &both->client, 1);
	refused = send(both, &both->client, 2);
	tell(both, bad_msg_notification, .bad_msg_id = refused, .bad_msg_seqno = 3, .error_code = 32);
	assert_true(mtproto_session_id(both->client.session) != 99);
	/* The server must know the new session before it can open what belongs there. */
	assert_int_equal(mtproto_session_again_len(both->client.session), 8);
	assert_int_equal(mtproto_session_pack_again(both->client.session, &both->now, both->client.packet,
						    sizeof(both->client.packet), &both->client.len, &sent),
			 1);
	assert_true(sent.old_msg_id == refused);
	assert_false(sent.maybe_received);
	assert_int_equal(arrive(both, &both->client, &both->server), MTPROTO_ERR_SESSION_ID);
	assert_int_equal(mtproto_session_pack_again(both->client.session, &both->now, both->client.packet,
						    sizeof(both->client.packet), &both->client.len, &sent),
			 1);
	assert_true(sent.old_msg_id == other);
	assert_true(sent.maybe_received);
	/* seq_no began again: 1, 3. */
	assert_int_equal(mtproto_session_next_seq_no(both->client.session, true), 5);
}

static void a_message_of_the_wrong_kind_is_sent_as_the_other(void **state)
{
	struct both *both = *state;
	uint64_t msg_id = send(both, &both->client, 1);
	struct mtproto_sent_again sent;

	tell(both, bad_msg_notification, .bad_msg_id = msg_id, .bad_msg_seqno = 1, .error_code = 34);
	sent = again(both, &both->client, &both->server);
	assert_int_equal(both->got.seq_no, 2);
	tell(both, bad_msg_notification, .bad_msg_id = sent.msg_id, .bad_msg_seqno = 2, .error_code = 35);
	again(both, &both->client, &both->server);
	assert_int_equal(both->got.seq_no, 3);
}

static void what_may_have_been_received_says_so(void **state)
{
	static const int32_t codes[] = {16, 18, 19, 20, 64, 999};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct both *both;
		uint64_t msg_id;

		set_up((void **)&both);
		msg_id = send(both, &both->client, 1);
		tell(both, bad_msg_notification, .bad_msg_id = msg_id, .bad_msg_seqno = 1, .error_code = codes[i]);
		assert_int_equal(again(both, &both->client, &both->server).maybe_received,
				 codes[i] == 19 || codes[i] == 20);
		tear_down((void **)&both);
	}
}

/* Requests 1 and 2 and whatever acks wait in one container; returns its msg_id. */
static uint64_t send_container(struct both *both, uint64_t ids[2])
{
	static const uint32_t bodies[2][2] = {{0xc0de0000, 1}, {0xc0de0000, 2}};
	uint8_t acks[512], container[1024];
	struct mtproto_tl_writer a, w;
	struct mtproto_outgoing messages[3] = {
		{.body = {(const uint8_t *)bodies[0], 8}, .content_related = true},
		{.body = {(const uint8_t *)bodies[1], 8}, .content_related = true},
	};
	uint64_t msg_id;

	mtproto_tl_writer_init(&a, acks, sizeof(acks));
	assert_int_equal(mtproto_session_flush_acks(both->client.session, &a), 0);
	messages[2].body = (struct mtproto_span){acks, a.len};
	mtproto_tl_writer_init(&w, container, sizeof(container));
	assert_int_equal(mtproto_session_write_container(both->client.session, &both->now, messages, a.len ? 3 : 2, &w),
			 0);
	msg_id = send_written(both, &both->client, &w);
	ids[0] = messages[0].msg_id;
	ids[1] = messages[1].msg_id;
	return msg_id;
}

static void a_refused_container_concerns_all_in_it(void **state)
{
	struct both *both = *state;
	uint64_t ids[2];
	uint64_t container = send_container(both, ids);

	tell(both, bad_server_salt, .bad_msg_id = container, .error_code = 48, .new_server_salt = 4711);
	for (uint32_t i = 0; i < 2; i++) {
		struct mtproto_sent_again sent = again(both, &both->client, &both->server);

		assert_true(sent.old_msg_id == ids[i]);
		expect_request(both, i + 1, sent.msg_id);
	}
	expect_nothing_again(both, &both->client);
}

static void receive_update(struct both *both)
{
	send(both, &both->server, 77);
	assert_int_equal(arrive_and_follow(both, &both->server, &both->client), 0);
}

static uint32_t pending_acks(const struct both *both)
{
	uint32_t count;

	mtproto_session_pending_acks(both->client.session, &count);
	return count;
}

static void acks_in_a_refused_container_wait_again(void **state)
{
	struct both *both = *state;
	uint64_t ids[2];
	uint64_t container;

	receive_update(both);
	assert_int_equal(pending_acks(both), 1);
	container = send_container(both, ids);
	assert_int_equal(pending_acks(both), 0);
	tell(both, bad_msg_notification, .bad_msg_id = container, .error_code = 64);
	assert_int_equal(pending_acks(both), 1);
	assert_true(mtproto_session_ack_deadline(both->client.session) == both->now.mono_ns + 5 * (uint64_t)SECOND);
}

static void acks_that_were_refused_alone_wait_again(void **state)
{
	struct both *both = *state;
	uint8_t bytes[64];
	struct mtproto_tl_writer w;
	uint64_t msg_id;

	receive_update(both);
	mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
	assert_int_equal(mtproto_session_flush_acks(both->client.session, &w), 0);
	msg_id = send_written(both, &both->client, &w);
	tell(both, bad_server_salt, .bad_msg_id = msg_id, .error_code = 48, .new_server_salt = 4711);
	assert_true(mtproto_session_salt(both->client.session) == 4711);
	assert_int_equal(pending_acks(both), 1);
	expect_nothing_again(both, &both->client);
}

static void proven_acks_do_not_wait_again(void **state)
{
	struct both *both = *state;
	uint64_t ids[2], msg_id;
	uint8_t ok[4] = {0};

	receive_update(both);
	send_container(both, ids);
	tell(both, rpc_result, .req_msg_id = ids[0], .result = {ok, 4});
	msg_id = send(both, &both->client, 3);
	tell(both, bad_server_salt, .bad_msg_id = msg_id, .error_code = 48, .new_server_salt = 4711);
	assert_int_equal(pending_acks(both), 0);
}

static void a_correction_of_nothing_of_ours_is_not_believed(void **state)
{
	struct both *both = *state;
	uint64_t msg_id = send(both, &both->client, 1);
	int64_t before = mtproto_session_server_time_ns(both->client.session, &both->now);

	tell(both, bad_server_salt, .bad_msg_id = msg_id + 4, .error_code = 48, .new_server_salt = 4711);
	assert_true(mtproto_session_salt(both->client.session) == SALT);
	both->now.wall_ns += 20 * (uint64_t)SECOND;
	mtproto_session_set_time_offset(both->server.session, &both->now, 0);
	tell(both, bad_msg_notification, .bad_msg_id = msg_id + 4, .error_code = 17);
	tell(both, bad_msg_notification, .bad_msg_id = 0, .error_code = 32);
	assert_true(mtproto_session_server_time_ns(both->client.session, &both->now) == before);
	assert_true(mtproto_session_id(both->client.session) == 99);
	expect_nothing_again(both, &both->client);
}

static void what_is_refused_ten_times_is_forgotten(void **state)
{
	struct both *both = *state;
	uint64_t msg_id = send(both, &both->client, 1);
	uint8_t bytes[64];
	struct mtproto_tl_writer w;
	struct mtproto_bad_msg_notification bad = {.error_code = 64};

	for (int i = 0; i < 10; i++) {
		tell(both, bad_msg_notification, .bad_msg_id = msg_id, .error_code = 64);
		msg_id = again(both, &both->client, &both->server).msg_id;
	}
	bad.bad_msg_id = msg_id;
	mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
	mtproto_bad_msg_notification_write(&w, &bad);
	send_written(both, &both->server, &w);
	assert_int_equal(arrive_and_follow(both, &both->server, &both->client), MTPROTO_ERR_LIMIT);
	expect_nothing_again(both, &both->client);
}

/* ---- The end of keeping ---- */

static void an_answer_ends_it(void **state)
{
	struct both *both = *state;
	uint64_t msg_id = send(both, &both->client, 1);
	uint8_t ok[4] = {0};

	tell(both, rpc_result, .req_msg_id = msg_id, .result = {ok, 4});
	tell(both, bad_server_salt, .bad_msg_id = msg_id, .error_code = 48, .new_server_salt = 4711);
	assert_true(mtproto_session_salt(both->client.session) == SALT);
	expect_nothing_again(both, &both->client);
}

static void so_does_the_program(void **state)
{
	struct both *both = *state;
	uint64_t msg_id = send(both, &both->client, 1);

	tell(both, bad_server_salt, .bad_msg_id = msg_id, .error_code = 48, .new_server_salt = 4711);
	mtproto_session_forget(both->client.session, msg_id);
	mtproto_session_forget(both->client.session, msg_id);
	expect_nothing_again(both, &both->client);
}

/* ---- A session that the server forgot ---- */

static void only_what_is_older_than_the_new_session_goes_again(void **state)
{
	struct both *both = *state;
	struct mtproto_sent_again sent;
	uint64_t ids[2];
	uint64_t first = send(both, &both->client, 3);

	/* The container made it: its members are not older, whatever their msg_ids. */
	send_container(both, ids);
	tell(both, new_session_created, .first_msg_id = ids[0], .unique_id = 5, .server_salt = 4711);
	assert_true(mtproto_session_salt(both->client.session) == 4711);
	sent = again(both, &both->client, &both->server);
	assert_true(sent.old_msg_id == first);
	assert_true(sent.maybe_received);
	expect_nothing_again(both, &both->client);
	/* Told again it is no other. */
	tell(both, new_session_created, .first_msg_id = sent.msg_id + 4, .unique_id = 5, .server_salt = 4712);
	assert_true(mtproto_session_salt(both->client.session) == 4711);
	expect_nothing_again(both, &both->client);
}

/* ---- msg_resend_req ---- */

static uint64_t ask_for(struct both *both, struct side *from, const uint64_t *ids, uint32_t count)
{
	uint8_t bytes[256];
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
	mtproto_tl_write_u32(&w, MTPROTO_ID_MSG_RESEND_REQ);
	mtproto_tl_write_vector(&w, count);
	for (uint32_t i = 0; i < count; i++)
		mtproto_tl_write_long(&w, ids[i]);
	return send_written(both, from, &w);
}

static void what_is_asked_for_goes_again_as_it_was(void **state)
{
	struct both *both = *state;
	struct mtproto_container_message inner;
	struct mtproto_sent_again sent;
	struct mtproto_tl_reader r;
	uint64_t ids[2];
	uint32_t count;

	/* The client missed them. */
	for (uint32_t i = 0; i < 2; i++)
		ids[i] = send(both, &both->server, i);
	ask_for(both, &both->client, ids, 2);
	assert_int_equal(arrive_and_follow(both, &both->client, &both->server), 0);
	for (uint32_t i = 0; i < 2; i++) {
		sent = again(both, &both->server, &both->client);
		assert_true(sent.msg_id == ids[i] && sent.old_msg_id == ids[i]);
		assert_int_equal(mtproto_container_open(both->got.body, both->got.msg_id, &r, &count), 0);
		assert_int_equal(count, 1);
		assert_int_equal(mtproto_container_message_read(&inner, &r), 0);
		assert_true(inner.msg_id == ids[i]);
		assert_int_equal(inner.seq_no, 2 * i + 1);
		assert_int_equal(mtproto_session_accept_inner(both->client.session, &both->now, &inner), 0);
	}
	expect_nothing_again(both, &both->server);
	assert_int_equal(pending_acks(both), 2);
}

/* Its msg_id is of before, but the server got it with the container. */
static void what_is_older_than_the_container_that_made_the_new_session_goes_again(void **state)
{
	struct both *both = *state;
	struct mtproto_sent_again sent;
	uint64_t first = send(both, &both->client, 1);
	uint64_t second = send(both, &both->client, 2);

	ask_for(both, &both->server, &first, 1);
	assert_int_equal(arrive_and_follow(both, &both->server, &both->client), 0);
	sent = again(both, &both->client, &both->server);
	assert_true(sent.msg_id == first);
	tell(both, new_session_created, .first_msg_id = first, .unique_id = 5, .server_salt = 4711);
	sent = again(both, &both->client, &both->server);
	assert_true(sent.old_msg_id == second);
	assert_true(sent.maybe_received);
	expect_nothing_again(both, &both->client);
}

static void an_acknowledged_one_is_kept_no_longer(void **state)
{
	struct both *both = *state;
	uint64_t ids[2] = {0};
	uint8_t bytes[64];
	struct mtproto_longs named;
	struct mtproto_msg_resend_req request;
	struct mtproto_tl_writer w;
	struct mtproto_tl_reader r;
	uint64_t question;

	ids[0] = send(both, &both->server, 1);
	assert_int_equal(arrive(both, &both->server, &both->client), 0);
	mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
	assert_int_equal(mtproto_session_flush_acks(both->client.session, &w), 0);
	send_written(both, &both->client, &w);
	assert_int_equal(arrive_and_follow(both, &both->client, &both->server), 0);
	ids[1] = send(both, &both->server, 2);
	question = ask_for(both, &both->client, ids, 2);
	assert_int_equal(arrive_and_follow(both, &both->client, &both->server), MTPROTO_ERR_NOT_FOUND);
	expect_nothing_again(both, &both->server);
	/* Then the states of all are told, here of three that are the client's own. */
	mtproto_tl_reader_init(&r, both->got.body.data, both->got.body.len);
	assert_int_equal(mtproto_msg_resend_req_read(&request, &r), 0);
	named = request.msg_ids;
	assert_int_equal(named.count, 2);
	mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
	assert_int_equal(mtproto_session_write_states(both->server.session, question, &named, &w), 0);
	assert_int_equal(w.len, 12 + 4);
	send_written(both, &both->server, &w);
	assert_int_equal(arrive_and_follow(both, &both->server, &both->client), 0);
}

static void states_are_those_of_the_window(void **state)
{
	struct both *both = *state;
	uint64_t ids[4];
	uint8_t longs[32], bytes[64];
	struct mtproto_tl_writer w;
	struct mtproto_longs named = {longs, 4};
	static const uint8_t expected[] = {0x7d, 0xb5, 0xde, 0x04, 9, 0, 0, 0, 0, 0, 0, 0, 4, 4, 2, 4, 3, 0, 0, 0};

	ids[0] = send(both, &both->client, 1);
	assert_int_equal(arrive(both, &both->client, &both->server), 0);
	ids[1] = send(both, &both->client, 2);
	ids[2] = send(both, &both->client, 3);
	assert_int_equal(arrive(both, &both->client, &both->server), 0);
	ids[3] = send(both, &both->client, 4);
	mtproto_tl_writer_init(&w, longs, sizeof(longs));
	for (int i = 0; i < 4; i++)
		mtproto_tl_write_long(&w, ids[i]);
	mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
	assert_int_equal(mtproto_session_write_states(both->server.session, 9, &named, &w), 0);
	assert_int_equal(w.len, sizeof(expected));
	assert_memory_equal(bytes, expected, sizeof(expected));
	named.count = 8193;
	assert_int_equal(mtproto_session_write_states(both->server.session, 9, &named, &w), MTPROTO_ERR_LIMIT);
}

/* ---- Bounds ---- */

static void refuse(struct both *both, uint64_t msg_id)
{
	tell(both, bad_msg_notification, .bad_msg_id = msg_id, .error_code = 64);
}

static void the_oldest_is_forgotten(void **state)
{
	struct both *both;
	uint64_t ids[3];

	(void)state;
	for (int by_bytes = 0; by_bytes < 2; by_bytes++) {
		both = malloc(sizeof(*both));
		assert_non_null(both);
		open_both(both, by_bytes ? 100 : 2, by_bytes ? 16 : 0);
		for (uint32_t i = 0; i < 3; i++)
			ids[i] = send(both, &both->client, i);
		for (uint32_t i = 0; i < 3; i++)
			refuse(both, ids[i]);
		for (uint32_t i = 1; i < 3; i++)
			assert_true(again(both, &both->client, &both->server).old_msg_id == ids[i]);
		expect_nothing_again(both, &both->client);
		tear_down((void **)&both);
	}
}

static void what_is_larger_than_all_may_be_is_not_kept(void **state)
{
	static const uint8_t large[64] = {1};
	struct both *both = malloc(sizeof(*both));
	uint64_t small, msg_id;

	(void)state;
	assert_non_null(both);
	open_both(both, 100, 60);
	small = send(both, &both->client, 1);
	assert_int_equal(mtproto_session_pack(both->client.session, &both->now, large, sizeof(large), true,
					      both->client.packet, sizeof(both->client.packet), &both->client.len,
					      &msg_id),
			 0);
	refuse(both, msg_id);
	expect_nothing_again(both, &both->client);
	refuse(both, small);
	again(both, &both->client, &both->server);
	tear_down((void **)&both);
}

static void without_sent_messages_max_nothing_is_kept(void **state)
{
	struct both *both = malloc(sizeof(*both));
	size_t pieces;

	(void)state;
	assert_non_null(both);
	open_both(both, 0, 0);
	pieces = both->memory.pieces;
	refuse(both, send(both, &both->client, 1));
	expect_nothing_again(both, &both->client);
	assert_true(both->memory.pieces <= pieces + 1); /* the client's window */
	tear_down((void **)&both);
}

static void without_memory_it_is_sent_and_not_kept(void **state)
{
	struct both *both = *state;
	struct mtproto_sent_again sent;
	uint64_t ids[2], kept;

	both->memory.fail_all = true;
	ids[0] = send(both, &both->client, 1);
	both->memory.fail_all = false;
	assert_int_equal(arrive(both, &both->client, &both->server), 0);
	refuse(both, ids[0]);
	expect_nothing_again(both, &both->client);
	/* And what goes again under its msg_id waits for memory. */
	kept = send(both, &both->server, 2);
	ask_for(both, &both->client, &kept, 1);
	assert_int_equal(arrive_and_follow(both, &both->client, &both->server), 0);
	both->memory.fail_all = true;
	assert_int_equal(mtproto_session_pack_again(both->server.session, &both->now, both->server.packet,
						    sizeof(both->server.packet), &both->server.len, &sent),
			 MTPROTO_ERR_MEMORY);
	both->memory.fail_all = false;
	assert_true(again(both, &both->server, &both->client).msg_id == kept);
}

static void a_short_buffer_loses_nothing(void **state)
{
	struct both *both = *state;
	struct mtproto_sent_again sent;
	uint64_t msg_id = send(both, &both->client, 1);

	refuse(both, msg_id);
	assert_int_equal(mtproto_session_pack_again(both->client.session, &both->now, both->client.packet, 40,
						    &both->client.len, &sent),
			 MTPROTO_ERR_BUFFER);
	sent = again(both, &both->client, &both->server);
	assert_true(sent.old_msg_id == msg_id);
	expect_request(both, 1, sent.msg_id);
	/* By its present msg_id it is still known. */
	refuse(both, sent.msg_id);
	assert_true(again(both, &both->client, &both->server).old_msg_id == sent.msg_id);
}

/* ---- Bad input ---- */

/* Every object of the table, cut off at every word. */
static void what_is_cut_off_changes_nothing(void **state)
{
	static const uint32_t ids[] = {MTPROTO_ID_RPC_RESULT,
				       MTPROTO_ID_PONG,
				       MTPROTO_ID_FUTURE_SALTS,
				       MTPROTO_ID_MSGS_STATE_INFO,
				       MTPROTO_ID_MSGS_ACK,
				       MTPROTO_ID_BAD_SERVER_SALT,
				       MTPROTO_ID_BAD_MSG_NOTIFICATION,
				       MTPROTO_ID_NEW_SESSION_CREATED,
				       MTPROTO_ID_MSG_RESEND_REQ};
	struct both *both = *state;
	uint64_t msg_id = send(both, &both->client, 1);

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		uint8_t bytes[8];
		struct mtproto_tl_writer w;
		struct mtproto_span body = {bytes, 8};

		mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
		mtproto_tl_write_u32(&w, ids[i]);
		mtproto_tl_write_u32(&w, (uint32_t)msg_id);
		for (body.len = 4; body.len <= 8; body.len += 4)
			assert_true(mtproto_session_follow(both->client.session, &both->now, msg_id + 1, body) < 0);
	}
	assert_true(mtproto_session_salt(both->client.session) == SALT);
	expect_nothing_again(both, &both->client);
	refuse(both, msg_id);
	again(both, &both->client, &both->server);
}

static void a_client_corrects_no_server(void **state)
{
	struct both *both = *state;
	uint64_t msg_id = send(both, &both->server, 1);
	uint8_t bytes[64];
	struct mtproto_tl_writer w;
	struct mtproto_bad_server_salt bad = {msg_id, 1, 48, 4711};

	mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
	mtproto_bad_server_salt_write(&w, &bad);
	send_written(both, &both->client, &w);
	assert_int_equal(arrive_and_follow(both, &both->client, &both->server), 0);
	assert_true(mtproto_session_salt(both->server.session) == SALT);
	expect_nothing_again(both, &both->server);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_wrong_salt_is_corrected),
		TEST(a_wrong_msg_id_is_corrected),
		TEST(a_wrong_seq_no_begins_a_new_session),
		TEST(a_message_of_the_wrong_kind_is_sent_as_the_other),
		cmocka_unit_test(what_may_have_been_received_says_so),
		TEST(a_refused_container_concerns_all_in_it),
		TEST(acks_in_a_refused_container_wait_again),
		TEST(acks_that_were_refused_alone_wait_again),
		TEST(proven_acks_do_not_wait_again),
		TEST(a_correction_of_nothing_of_ours_is_not_believed),
		TEST(what_is_refused_ten_times_is_forgotten),
		TEST(an_answer_ends_it),
		TEST(so_does_the_program),
		TEST(only_what_is_older_than_the_new_session_goes_again),
		TEST(what_is_asked_for_goes_again_as_it_was),
		TEST(what_is_older_than_the_container_that_made_the_new_session_goes_again),
		TEST(an_acknowledged_one_is_kept_no_longer),
		TEST(states_are_those_of_the_window),
		cmocka_unit_test(the_oldest_is_forgotten),
		cmocka_unit_test(what_is_larger_than_all_may_be_is_not_kept),
		cmocka_unit_test(without_sent_messages_max_nothing_is_kept),
		TEST(without_memory_it_is_sent_and_not_kept),
		TEST(a_short_buffer_loses_nothing),
		TEST(what_is_cut_off_changes_nothing),
		TEST(a_client_corrects_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
