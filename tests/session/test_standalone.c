/* The session on its own, through its public header: two of them talk. */
#include <mtproto/session.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000000000 };

static const uint8_t ping[12] = {0xec, 0x77, 0xbe, 0x7a, 1, 2, 3, 4, 5, 6, 7, 8};

struct both {
	struct mtproto_now now;
	uint8_t auth_key[256];
	struct mtproto_session *client;
	struct mtproto_session *server;
	uint8_t packet[4096];
	size_t len;
};

static void both_init(struct both *both)
{
	struct mtproto_session_config config;

	memset(both, 0, sizeof(*both));
	both->now.mono_ns = 77 * (uint64_t)SECOND;
	both->now.wall_ns = 1700000000 * (uint64_t)SECOND;
	for (int i = 0; i < 256; i++)
		both->auth_key[i] = (uint8_t)i;
	mtproto_session_config_init(&config);
	config.auth_key = both->auth_key;
	config.server_salt = 0x1122334455667788;
	config.session_id = 99;
	assert_int_equal(mtproto_session_new(&both->client, &both->now, &config), 0);
	config.server = true;
	assert_int_equal(mtproto_session_new(&both->server, &both->now, &config), 0);
}

static void both_fini(struct both *both)
{
	mtproto_session_free(both->client);
	mtproto_session_free(both->server);
}

static uint64_t client_packs(struct both *both, bool content_related)
{
	uint64_t msg_id;

	assert_int_equal(mtproto_session_pack(both->client, &both->now, ping, sizeof(ping), content_related,
					      both->packet, sizeof(both->packet), &both->len, &msg_id),
			 0);
	return msg_id;
}

static int server_unpacks(struct both *both, struct mtproto_message *message)
{
	/* In place, so that the packet can be delivered again. */
	static uint8_t copy[4096];

	memcpy(copy, both->packet, both->len);
	return mtproto_session_unpack(both->server, &both->now, copy, both->len, message);
}

static void a_packed_message_is_unpacked(void **state)
{
	struct both both;
	struct mtproto_message message;
	uint64_t msg_id;

	(void)state;
	both_init(&both);
	msg_id = client_packs(&both, true);
	assert_int_equal(server_unpacks(&both, &message), 0);
	assert_true(message.msg_id == msg_id);
	assert_true(message.salt == 0x1122334455667788);
	assert_true(message.session_id == 99);
	assert_int_equal(message.seq_no, 1);
	assert_int_equal(message.body.len, sizeof(ping));
	assert_memory_equal(message.body.data, ping, sizeof(ping));
	both_fini(&both);
}

static void numbers_rise_by_the_rules(void **state)
{
	struct both both;
	uint64_t first, second;
	uint32_t seq_no;

	(void)state;
	both_init(&both);
	mtproto_session_number(both.client, &both.now, true, false, &first, &seq_no);
	assert_int_equal(seq_no, 1);
	assert_int_equal(first & 3, 0);
	assert_int_equal(first >> 32, 1700000000);
	mtproto_session_number(both.client, &both.now, false, false, &second, &seq_no);
	assert_int_equal(seq_no, 2);
	assert_true(second > first);
	assert_int_equal(mtproto_session_next_seq_no(both.client, true), 3);
	assert_int_equal(mtproto_session_undo_seq_no(both.client), 0);
	assert_int_equal(mtproto_session_next_seq_no(both.client, true), 3);
	assert_int_equal(mtproto_session_next_msg_id(both.server, &both.now, true) & 3, 1);
	assert_int_equal(mtproto_session_next_msg_id(both.server, &both.now, false) & 3, 3);
	assert_int_equal(mtproto_session_undo_seq_no(both.server), MTPROTO_ERR_STATE);
	both_fini(&both);
}

static void duplicate_time_and_session_are_told_apart(void **state)
{
	struct both both;
	struct mtproto_message message;

	(void)state;
	both_init(&both);
	client_packs(&both, true);
	assert_int_equal(server_unpacks(&both, &message), 0);
	assert_int_equal(server_unpacks(&both, &message), MTPROTO_ERR_DUPLICATE);

	client_packs(&both, true);
	both.now.mono_ns += 301 * (uint64_t)SECOND;
	assert_int_equal(server_unpacks(&both, &message), MTPROTO_ERR_MSG_ID_OLD);
	mtproto_session_set_time_offset(both.client, &both.now, 700 * (int64_t)SECOND);
	client_packs(&both, true);
	assert_int_equal(server_unpacks(&both, &message), MTPROTO_ERR_MSG_ID_FUTURE);

	assert_int_equal(mtproto_session_reset(both.client, true), 0);
	client_packs(&both, true);
	assert_int_equal(server_unpacks(&both, &message), MTPROTO_ERR_SESSION_ID);
	both.packet[60] ^= 1;
	assert_int_equal(server_unpacks(&both, &message), MTPROTO_ERR_MSG_KEY);
	both_fini(&both);
}

static void the_wrong_side_s_msg_id_is_refused(void **state)
{
	struct both both;
	struct mtproto_message message;

	(void)state;
	both_init(&both);
	assert_int_equal(mtproto_session_pack_at(both.client, (UINT64_C(1700000000) << 32) + 1, 1, ping, sizeof(ping),
						 both.packet, sizeof(both.packet), &both.len),
			 0);
	assert_int_equal(server_unpacks(&both, &message), MTPROTO_ERR_MSG_ID_PARITY);
	both_fini(&both);
}

static void content_is_acknowledged_in_one_msgs_ack(void **state)
{
	struct both both;
	struct mtproto_message message;
	struct mtproto_tl_writer w;
	struct mtproto_tl_reader r;
	struct mtproto_msgs_ack ack;
	uint64_t ids[2];
	uint32_t count;

	(void)state;
	both_init(&both);
	assert_true(mtproto_session_ack_deadline(both.server) == MTPROTO_NEVER);
	ids[0] = client_packs(&both, true);
	assert_int_equal(server_unpacks(&both, &message), 0);
	client_packs(&both, false);
	assert_int_equal(server_unpacks(&both, &message), 0);
	ids[1] = client_packs(&both, true);
	assert_int_equal(server_unpacks(&both, &message), 0);
	assert_true(mtproto_session_ack_deadline(both.server) == both.now.mono_ns + 5 * (uint64_t)SECOND);
	assert_memory_equal(mtproto_session_pending_acks(both.server, &count), ids, sizeof(ids));
	assert_int_equal(count, 2);

	mtproto_tl_writer_init(&w, both.packet, sizeof(both.packet));
	assert_int_equal(mtproto_session_flush_acks(both.server, &w), 0);
	mtproto_tl_reader_init(&r, both.packet, w.len);
	assert_int_equal(mtproto_msgs_ack_read(&ack, &r), 0);
	assert_int_equal(ack.msg_ids.count, 2);
	assert_true(mtproto_longs_at(&ack.msg_ids, 0) == ids[0]);
	assert_true(mtproto_longs_at(&ack.msg_ids, 1) == ids[1]);
	mtproto_session_pending_acks(both.server, &count);
	assert_int_equal(count, 0);
	both_fini(&both);
}

static void sixteen_acks_are_due_at_once(void **state)
{
	struct both both;
	struct mtproto_message message;

	(void)state;
	both_init(&both);
	for (int i = 0; i < 16; i++) {
		assert_true(mtproto_session_ack_deadline(both.server) != 0);
		client_packs(&both, true);
		assert_int_equal(server_unpacks(&both, &message), 0);
	}
	assert_true(mtproto_session_ack_deadline(both.server) == 0);
	both_fini(&both);
}

static void a_container_carries_several(void **state)
{
	struct both both;
	struct mtproto_outgoing out[2] = {{.body = {ping, sizeof(ping)}, .content_related = true},
					  {.body = {ping, sizeof(ping)}}};
	struct mtproto_message message;
	struct mtproto_container_message inner;
	struct mtproto_tl_writer w;
	struct mtproto_tl_reader r;
	uint8_t body[256];
	uint32_t count;

	(void)state;
	both_init(&both);
	mtproto_tl_writer_init(&w, body, sizeof(body));
	assert_int_equal(mtproto_session_write_container(both.client, &both.now, out, 2, &w), 0);
	assert_int_equal(mtproto_session_pack(both.client, &both.now, body, w.len, false, both.packet,
					      sizeof(both.packet), &both.len, NULL),
			 0);
	assert_int_equal(server_unpacks(&both, &message), 0);
	assert_int_equal(message.seq_no, 2);
	assert_true(mtproto_container_test(message.body));
	assert_int_equal(mtproto_container_open(message.body, message.msg_id, &r, &count), 0);
	assert_int_equal(count, 2);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(mtproto_container_message_read(&inner, &r), 0);
		assert_true(inner.msg_id == out[i].msg_id);
		assert_int_equal(inner.seq_no, out[i].seq_no);
		assert_int_equal(mtproto_session_accept_inner(both.server, &both.now, &inner), 0);
		assert_int_equal(mtproto_session_accept_inner(both.server, &both.now, &inner), MTPROTO_ERR_DUPLICATE);
	}
	mtproto_session_pending_acks(both.server, &count);
	assert_int_equal(count, 2); /* the content-related one, and again as a duplicate */
	both_fini(&both);
}

/* Its updates and answers say themselves whether they are news; a request would run twice. */
static void an_inner_message_too_old_to_be_judged_is_for_clients_only(void **state)
{
	enum { REMEMBERED = 1000 };
	struct mtproto_container_message inner = {.seq_no = 1, .body = {ping, sizeof(ping)}};
	struct both both;
	uint32_t count;

	(void)state;
	both_init(&both);
	for (uint64_t i = 0; i <= REMEMBERED; i++) {
		inner.msg_id = (i + 2) << 32;
		assert_int_equal(mtproto_session_accept_inner(both.server, &both.now, &inner), 0);
		inner.msg_id |= 1;
		assert_int_equal(mtproto_session_accept_inner(both.client, &both.now, &inner), 0);
	}
	inner.msg_id = UINT64_C(1) << 32;
	assert_int_equal(mtproto_session_accept_inner(both.server, &both.now, &inner), MTPROTO_ERR_REPLAY);
	inner.msg_id |= 1;
	assert_int_equal(mtproto_session_accept_inner(both.client, &both.now, &inner), 0);
	mtproto_session_pending_acks(both.server, &count);
	assert_int_equal(count, REMEMBERED + 1);
	mtproto_session_pending_acks(both.client, &count);
	assert_int_equal(count, REMEMBERED + 2);
	both_fini(&both);
}

/* Servers take no more; a client that sends one is told 64 and has to begin anew. */
static void a_container_has_at_most_1000_messages(void **state)
{
	static struct mtproto_outgoing out[1001];
	static uint8_t body[64 * 1001];
	struct both both;
	struct mtproto_tl_writer w;

	(void)state;
	both_init(&both);
	for (size_t i = 0; i < 1001; i++)
		out[i] = (struct mtproto_outgoing){.body = {ping, sizeof(ping)}, .content_related = true};
	mtproto_tl_writer_init(&w, body, sizeof(body));
	assert_int_equal(mtproto_session_write_container(both.client, &both.now, out, 1001, &w), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_session_write_container(both.client, &both.now, out, 0, &w), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(w.len, 0);
	assert_int_equal(mtproto_session_write_container(both.client, &both.now, out, 1000, &w), 0);
	both_fini(&both);
}

static void corrections_follow_the_code(void **state)
{
	struct both both;
	struct mtproto_message message;
	uint64_t session_id;
	uint64_t there = (UINT64_C(1700009000) << 32) + 1;

	(void)state;
	both_init(&both);
	session_id = mtproto_session_id(both.client);
	assert_int_equal(mtproto_session_correct(both.client, &both.now, there, 16), 0);
	assert_true(mtproto_session_server_time_ns(both.client, &both.now) == 1700009000 * (int64_t)SECOND);
	assert_int_equal(client_packs(&both, true) >> 32, 1700009000);
	/* Back again: the next msg_id is of the corrected time, not one above the last. */
	assert_int_equal(mtproto_session_correct(both.client, &both.now, (UINT64_C(1700000000) << 32) + 1, 17), 0);
	assert_int_equal(client_packs(&both, true) >> 32, 1700000000);
	assert_int_equal(server_unpacks(&both, &message), 0);
	assert_true(mtproto_session_id(both.client) == session_id);
	assert_int_equal(mtproto_session_correct(both.client, &both.now, there, 32), 1);
	assert_true(mtproto_session_id(both.client) != session_id);
	assert_int_equal(mtproto_session_next_seq_no(both.client, true), 1);
	assert_int_equal(mtproto_session_correct(both.client, &both.now, there, 34), MTPROTO_ERR_ARGUMENT);
	both_fini(&both);
}

static int restore(struct both *both, const uint8_t *data, size_t len, struct mtproto_session **out)
{
	struct mtproto_session_config config;

	mtproto_session_config_init(&config);
	return mtproto_session_import(out, &both->now, &config, data, len);
}

/* auth_key_id: the last 8 bytes of SHA1 of the key, by another implementation. */
static void salt_and_clock_are_set_by_hand(void **state)
{
	struct both both;
	struct mtproto_message message;

	(void)state;
	both_init(&both);
	assert_true(mtproto_session_auth_key_id(both.client) == UINT64_C(0xc8df57a46e58d132));
	mtproto_session_set_salt(both.client, UINT64_C(0x99aabbccddeeff00));
	mtproto_session_set_time_offset(both.client, &both.now, 20 * (int64_t)SECOND);
	assert_true(mtproto_session_salt(both.client) == UINT64_C(0x99aabbccddeeff00));
	assert_true(mtproto_session_server_time_ns(both.client, &both.now) == 1700000020 * (int64_t)SECOND);
	assert_int_equal(client_packs(&both, true) >> 32, 1700000020);
	assert_int_equal(server_unpacks(&both, &message), 0);
	assert_true(message.salt == UINT64_C(0x99aabbccddeeff00));
	both_fini(&both);
}

static void a_restored_session_goes_on_where_it_was(void **state)
{
	static uint8_t saved[MTPROTO_SESSION_STATE_MAX];
	struct both both;
	struct mtproto_session *restored;
	struct mtproto_message message;
	uint8_t reply[256], copy[256];
	uint64_t before;
	uint32_t count;
	size_t len, reply_len;

	(void)state;
	both_init(&both);
	before = client_packs(&both, true);
	assert_int_equal(server_unpacks(&both, &message), 0);
	assert_int_equal(mtproto_session_pack(both.server, &both.now, ping, sizeof(ping), true, reply, sizeof(reply),
					      &reply_len, NULL),
			 0);
	memcpy(copy, reply, reply_len);
	assert_int_equal(mtproto_session_unpack(both.client, &both.now, copy, reply_len, &message), 0);
	mtproto_session_set_time_offset(both.client, &both.now, 5 * (int64_t)SECOND);

	assert_int_equal(mtproto_session_export(both.client, &both.now, saved, sizeof(saved), &len), 0);
	assert_int_equal(mtproto_session_export(both.client, &both.now, saved, len - 1, &len), MTPROTO_ERR_BUFFER);
	assert_int_equal(mtproto_session_export(both.client, &both.now, NULL, 0, &len), 0);
	assert_int_equal(mtproto_session_export(both.client, &both.now, saved, len, &len), 0);
	mtproto_session_free(both.client);
	/* Another process: its monotonic clock has nothing to do with the first one's. */
	both.now.mono_ns = 3 * (uint64_t)SECOND;
	both.now.wall_ns += 2 * (uint64_t)SECOND;
	assert_int_equal(restore(&both, saved, len, &restored), 0);
	both.client = restored;
	assert_true(mtproto_session_server_time_ns(restored, &both.now) == 1700000007 * (int64_t)SECOND);
	assert_true(mtproto_session_salt(restored) == 0x1122334455667788);
	assert_true(mtproto_session_id(restored) == 99);
	mtproto_session_pending_acks(restored, &count);
	assert_int_equal(count, 1);
	memcpy(copy, reply, reply_len);
	assert_int_equal(mtproto_session_unpack(restored, &both.now, copy, reply_len, &message), MTPROTO_ERR_DUPLICATE);
	assert_true(client_packs(&both, true) > before);
	assert_int_equal(mtproto_session_next_seq_no(restored, true), 5);
	both_fini(&both);
}

static void a_damaged_state_is_refused(void **state)
{
	static uint8_t saved[MTPROTO_SESSION_STATE_MAX];
	struct both both;
	struct mtproto_session *restored;
	size_t len;

	(void)state;
	both_init(&both);
	assert_int_equal(mtproto_session_export(both.client, &both.now, saved, sizeof(saved), &len), 0);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(restore(&both, saved, cut, &restored), MTPROTO_ERR_STATE_FORMAT);
	for (size_t i = 0; i < len; i++) {
		int expected = i >= 4 && i < 8 ? MTPROTO_ERR_STATE_VERSION : MTPROTO_ERR_STATE_FORMAT;

		saved[i] ^= 0x10;
		assert_int_equal(restore(&both, saved, len, &restored), expected);
		saved[i] ^= 0x10;
	}
	/* A server's is not a client's. */
	assert_int_equal(mtproto_session_export(both.server, &both.now, saved, sizeof(saved), &len), 0);
	assert_int_equal(restore(&both, saved, len, &restored), MTPROTO_ERR_STATE_FORMAT);
	both_fini(&both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packed_message_is_unpacked),
		cmocka_unit_test(numbers_rise_by_the_rules),
		cmocka_unit_test(duplicate_time_and_session_are_told_apart),
		cmocka_unit_test(the_wrong_side_s_msg_id_is_refused),
		cmocka_unit_test(content_is_acknowledged_in_one_msgs_ack),
		cmocka_unit_test(sixteen_acks_are_due_at_once),
		cmocka_unit_test(a_container_carries_several),
		cmocka_unit_test(an_inner_message_too_old_to_be_judged_is_for_clients_only),
		cmocka_unit_test(a_container_has_at_most_1000_messages),
		cmocka_unit_test(corrections_follow_the_code),
		cmocka_unit_test(salt_and_clock_are_set_by_hand),
		cmocka_unit_test(a_restored_session_goes_on_where_it_was),
		cmocka_unit_test(a_damaged_state_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
