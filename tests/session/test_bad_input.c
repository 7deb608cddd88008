/* Objects of the protocol that are wrong: of every size, about messages that were never sent, of the wrong side, with
 * counts that do not fit. None of them may move the clock or the salt, change the session or touch a call. */
#include "session/support.h"

/* A call that was sent, 0, and one that was answered, 4. */
static void send_and_settle(struct rig *rig)
{
	rig_send(rig, 1);
	rig_flush_quietly(rig);
	rig_send(rig, 2);
	rig_flush_quietly(rig);
	if (!rig->session.server)
		rig_feed_result(rig, 1, 2, 4);
	rig_forget(rig);
}

struct before {
	uint64_t salt, session_id;
	int64_t delta_ns;
	uint32_t content_count;
	size_t kept_count;
};

static struct before look(const struct rig *rig)
{
	return (struct before){rig->key.salt, rig->session.session_id, rig->key.clock.delta_ns,
			       rig->session.content_count, rig->session.kept_count};
}

static void assert_untouched(const struct rig *rig, const struct before *before)
{
	assert_true(rig->key.salt == before->salt);
	assert_true(rig->session.session_id == before->session_id);
	assert_true(rig->key.clock.delta_ns == before->delta_ns);
	assert_int_equal(rig->session.content_count, before->content_count);
	assert_int_equal(rig->session.kept_count, before->kept_count);
	assert_int_equal(rig->session.stats.salt_changes, 0);
	/* The call is where it was, not acknowledged, and does not go out again. */
	assert_false(mtp_session_find_sent(&rig->session, rig_id(rig, rig->session.server ? 3 : 0))->acked);
	for (struct mtp_node *n = mtp_list_first(&rig->session.waiting); n;
	     n = mtp_list_after(&rig->session.waiting, n))
		assert_false(MTP_OF(n, struct mtp_out, node)->content_related);
}

enum { OBJECTS_MAX = 16 };

#define ADD(name, ...)                               \
	do {                                         \
		rig_write(&b[n], name, __VA_ARGS__); \
		n++;                                 \
	} while (0)

/* Every object that speaks of a message, about the one with that msg_id. */
static size_t objects_about(struct rig_body *b, uint64_t msg_id)
{
	static const uint8_t info[1] = {2};
	uint8_t id[8];
	size_t n = 0;

	mtp_store_le64(id, msg_id);
	for (size_t i = 0; i < OBJECTS_MAX; i++)
		rig_begin(&b[i]);
	ADD(msgs_ack, .msg_ids = {id, 1});
	ADD(msgs_state_req, .msg_ids = {id, 1});
	ADD(msgs_state_info, .req_msg_id = msg_id, .info = {info, 1});
	ADD(msgs_all_info, .msg_ids = {id, 1}, .info = {info, 1});
	ADD(msg_resend_req, .msg_ids = {id, 1});
	ADD(msg_resend_ans_req, .msg_ids = {id, 1});
	ADD(pong, .msg_id = msg_id, .ping_id = 1);
	ADD(msg_detailed_info, .msg_id = msg_id, .answer_msg_id = msg_id, .bytes = 8);
	ADD(msg_new_detailed_info, .answer_msg_id = msg_id, .bytes = 8);
	return n;
}

/* The same for those that only a server sends; they come after the others. */
static size_t all_objects_about(struct rig_body *b, uint64_t msg_id)
{
	size_t n = objects_about(b, msg_id);

	ADD(bad_server_salt, .bad_msg_id = msg_id, .error_code = 48, .new_server_salt = 99);
	ADD(bad_msg_notification, .bad_msg_id = msg_id, .error_code = 16);
	ADD(bad_msg_notification, .bad_msg_id = msg_id, .error_code = 32);
	ADD(bad_msg_notification, .bad_msg_id = msg_id, .error_code = 64);
	ADD(future_salts, .req_msg_id = msg_id, .now = 1);
	ADD(destroy_session_ok, .session_id = msg_id);
	assert_true(n <= OBJECTS_MAX);
	return n;
}

/* ---- About messages that are none of ours ---- */

/* msg_ids that name nothing: never sent, settled, of the other side, of other times; and of none, and the last of all.
 */
static uint64_t nobody(const struct rig *rig, size_t i)
{
	static const int64_t ids[] = {400, 4, 1, 3, RIG_SECONDS(-1000), RIG_SECONDS(1000)};

	if (i < sizeof(ids) / sizeof(ids[0]))
		return rig_id(rig, ids[i]);
	return i == sizeof(ids) / sizeof(ids[0]) ? 0 : UINT64_MAX;
}

static void what_is_about_nobody_changes_nothing(void **state)
{
	struct rig_body *b = calloc(OBJECTS_MAX, sizeof(*b));
	struct rig *rig = *state;
	struct before before;
	int64_t at = 1001;

	assert_non_null(b);
	send_and_settle(rig);
	before = look(rig);
	for (size_t i = 0; i < 8; i++) {
		size_t count = all_objects_about(b, nobody(rig, i));

		for (size_t j = 0; j < count; j++, at += 4)
			rig_feed_body(rig, at, 0, &b[j]);
		assert_untouched(rig, &before);
	}
	/* Not even a refusal: messages may cross. */
	rig_expect(rig, "");
	rig_feed_result(rig, 5001, 0, 0);
	rig_expect(rig, "result 5001 of call(1) deadbeef\n");
	free(b);
}

static void what_is_about_nobody_changes_nothing_in_a_server(void **state)
{
	struct rig_body *b = calloc(OBJECTS_MAX, sizeof(*b));
	struct rig *rig = *state;
	struct before before;
	int64_t at = 1000;

	assert_non_null(b);
	send_and_settle(rig);
	before = look(rig);
	for (size_t i = 0; i < 8; i++) {
		/* 3 is a message of this side's. */
		size_t count = i == 3 ? 0 : objects_about(b, nobody(rig, i));

		for (size_t j = 0; j < count; j++, at += 4)
			rig_feed_body(rig, at, 0, &b[j]);
		assert_untouched(rig, &before);
	}
	rig_expect(rig, "");
	rig_feed_ids(rig, 5000, 0, msgs_ack, 3);
	rig_expect(rig, "acked 5000 of call(1)\n");
	free(b);
}

/* ---- Sizes ---- */

/* Feeds it cut off at every word, and with a word too many. */
static void feed_in_wrong_sizes(struct rig *rig, int64_t *at, const struct rig_body *b)
{
	uint8_t longer[256] = {0};

	assert_true(b->w.len + 4 <= sizeof(longer));
	memcpy(longer, b->data, b->w.len);
	for (size_t len = 4; len <= b->w.len + 4; len += 4, *at += 4) {
		if (len == b->w.len)
			continue;
		rig_feed(rig, *at, 0, longer, len);
		if (strncmp(rig->log, "refused ", 8) != 0)
			fail_msg("%zu of %zu bytes of %s: %s", len, b->w.len,
				 mtproto_service_name(mtp_load_le32(b->data)), rig->log);
		rig_forget(rig);
	}
}

static void wrong_sizes_are_refused(void **state)
{
	struct rig_body *b = calloc(OBJECTS_MAX, sizeof(*b));
	struct rig *rig = *state;
	struct before before;
	int64_t at = 1001;
	size_t count;

	assert_non_null(b);
	send_and_settle(rig);
	before = look(rig);
	/* If one of them were taken it would be about the call. */
	count = all_objects_about(b, rig_id(rig, 0));
	for (size_t i = 0; i < count; i++)
		feed_in_wrong_sizes(rig, &at, &b[i]);
	rig_begin(&b[0]);
	rig_write(&b[0], new_session_created, .first_msg_id = rig_id(rig, 400), .unique_id = 5, .server_salt = 99);
	feed_in_wrong_sizes(rig, &at, &b[0]);
	rig_begin(&b[0]);
	rig_write(&b[0], ping, .ping_id = 5);
	feed_in_wrong_sizes(rig, &at, &b[0]);
	assert_untouched(rig, &before);
	assert_true(mtp_list_empty(&rig->session.waiting));
	free(b);
}

static void wrong_sizes_are_refused_by_a_server(void **state)
{
	struct rig_body *b = calloc(OBJECTS_MAX, sizeof(*b));
	struct rig *rig = *state;
	struct before before;
	int64_t at = 1000;
	size_t count;

	assert_non_null(b);
	send_and_settle(rig);
	before = look(rig);
	count = objects_about(b, rig_id(rig, 3));
	for (size_t i = 0; i < count; i++)
		feed_in_wrong_sizes(rig, &at, &b[i]);
	rig_begin(&b[0]);
	rig_write(&b[0], ping_delay_disconnect, .ping_id = 5, .disconnect_delay = 1);
	feed_in_wrong_sizes(rig, &at, &b[0]);
	rig_begin(&b[0]);
	rig_write(&b[0], http_wait, .max_wait = 5);
	feed_in_wrong_sizes(rig, &at, &b[0]);
	assert_untouched(rig, &before);
	assert_true(mtp_list_empty(&rig->session.waiting));
	free(b);
}

/* ---- Counts ---- */

/* A vector of so many ids in which there is one. */
static void feed_count(struct rig *rig, int64_t at, uint32_t id, uint32_t count)
{
	uint8_t body[24] = {0};

	mtp_store_le32(body, id);
	mtp_store_le32(body + 4, 0x1cb5c415);
	mtp_store_le32(body + 8, count);
	rig_feed(rig, at, 0, body, 20);
	assert_int_equal(strncmp(rig->log, "refused ", 8), 0);
	rig_forget(rig);
}

static void counts_that_do_not_fit_are_refused(void **state)
{
	static const uint32_t ids[] = {MTPROTO_ID_MSGS_ACK, MTPROTO_ID_MSGS_STATE_REQ, MTPROTO_ID_MSG_RESEND_REQ,
				       MTPROTO_ID_MSG_RESEND_ANS_REQ};
	static const uint32_t counts[] = {0, 2, 0x20000001, 0x7fffffff, 0x80000001, 0xffffffff};

	(void)state;
	for (int server = 0; server < 2; server++) {
		struct rig *rig = rig_new(server);
		struct before before;
		int64_t at = 1000 + !server;

		send_and_settle(rig);
		before = look(rig);
		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
			for (size_t j = 0; j < sizeof(counts) / sizeof(counts[0]); j++, at += 4)
				feed_count(rig, at, ids[i], counts[j]);
		assert_untouched(rig, &before);
		assert_true(mtp_list_empty(&rig->session.waiting));
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		client_test(what_is_about_nobody_changes_nothing),
		server_test(what_is_about_nobody_changes_nothing_in_a_server),
		client_test(wrong_sizes_are_refused),
		server_test(wrong_sizes_are_refused_by_a_server),
		cmocka_unit_test(counts_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
