/* From what waits to packets: numbers, containers, limits, and going out again. */
#include "session/support.h"

/* ---- Numbers ---- */

static void numbers_follow_the_order_of_sending(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_send_query(rig, ping, .ping_id = 7);
	rig_flush(rig);
	rig_send(rig, 2);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 4/2 ping\n"
			"> 8/3 call(2)\n");
}

static void a_container_is_numbered_after_what_is_in_it(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_send_query(rig, ping, .ping_id = 7);
	rig_send(rig, 2);
	rig_flush(rig);
	rig_send(rig, 3);
	rig_flush(rig);
	rig_expect(rig, "> 12/4 msg_container\n"
			"  0/1 call(1)\n"
			"  4/2 ping\n"
			"  8/3 call(2)\n"
			"> 16/5 call(3)\n");
}

static void msg_ids_follow_the_server_s_time(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_advance(rig, RIG_SECOND);
	rig_send(rig, 2);
	rig_flush(rig);
	rig->key.clock.delta_ns -= 60 * (int64_t)RIG_SECOND;
	rig_send(rig, 3);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 1s/3 call(2)\n"
			"> 1s+4/5 call(3)\n");
}

static void a_server_tells_answers_from_notices(void **state)
{
	struct rig *rig = *state;
	struct mtp_out *out = rig_send(rig, 1);

	out->answer = true;
	rig_flush(rig);
	rig_send(rig, 2);
	rig_flush(rig);
	rig_send(rig, 3);
	rig_send(rig, 4);
	rig_flush(rig);
	rig_expect(rig, "> 1/1 call(1)\n"
			"> 3/3 call(2)\n"
			"> 15/8 msg_container\n"
			"  7/5 call(3)\n"
			"  11/7 call(4)\n");
}

static void the_salt_of_the_moment_is_used(void **state)
{
	struct rig *rig = *state;

	rig->key.salt = 0x1234;
	rig_send(rig, 1);
	assert_true(rig_pack(rig));
	assert_int_equal(rig->sent.salt, 0x1234);
}

static void what_is_sent_once_is_gone(void **state)
{
	struct rig *rig = *state;
	static const uint8_t body[4] = {1, 2, 3, 4};
	size_t pieces = rig->memory.pieces;

	mtp_session_send_service(&rig->session, body, sizeof(body), false);
	assert_true(rig->session.service_bytes > 0);
	rig_flush(rig);
	rig_expect(rig, "> 0/0 04030201\n");
	assert_int_equal(rig->memory.pieces, pieces);
	assert_int_equal(rig->session.service_bytes, 0);
}

/* ---- Limits ---- */

static void a_container_carries_a_thousand(void **state)
{
	struct rig *rig = *state;

	for (uint16_t i = 0; i < 1001; i++)
		rig_send(rig, i);
	rig_feed_update(rig, 1, 1);
	assert_true(rig_pack(rig));
	/* The limit is for messages: acks go along. */
	assert_int_equal(mtp_load_le32(rig->sent.body.data + 4), 1001);
	rig_forget(rig);
	rig_flush(rig);
	rig_expect(rig, "> 4008/2001 call(1000)\n");
}

static void a_container_stops_at_32768_bytes(void **state)
{
	struct rig *rig = *state;

	/* Two of them with their headers fill it exactly. */
	rig_send_long(rig, 1, 16384 - 16);
	rig_send_long(rig, 2, 16384 - 16);
	rig_send_long(rig, 3, 16384 - 16);
	rig_send_long(rig, 4, 16384 - 12);
	rig_flush(rig);
	rig_expect(rig, "> 8/4 msg_container\n"
			"  0/1 call(1)\n"
			"  4/3 call(2)\n"
			"> 12/5 call(3)\n"
			"> 16/7 call(4)\n");
}

static void a_large_message_goes_alone(void **state)
{
	struct rig *rig = *state;

	rig_send_long(rig, 1, MTP_BODY_SENT_MAX);
	rig_send(rig, 2);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 4/3 call(2)\n");
}

/* A packet above 1,044,480 bytes would end the connection. */
static void acks_make_no_packet_too_large(void **state)
{
	struct rig *rig = *state;

	rig_feed_update(rig, 1, 1);
	rig_send_long(rig, 1, MTP_BODY_SENT_MAX);
	assert_true(rig_pack(rig));
	assert_int_equal(rig->sent.body.len, MTP_BODY_SENT_MAX);
	rig->session.acks_due = true;
	rig_forget(rig);
	rig_flush(rig);
	rig_expect(rig, "> 4/2 msgs_ack 1\n");
}

static void acks_go_along_while_there_is_room(void **state)
{
	struct rig *rig = *state;

	/* Headers of the container and of two messages, and a msgs_ack of one. */
	rig_feed_update(rig, 1, 1);
	rig_send_long(rig, 1, MTP_BODY_SENT_MAX - 8 - 16 - 16 - 20);
	assert_true(rig_pack(rig));
	assert_int_equal(rig->sent.body.len, MTP_BODY_SENT_MAX);
	assert_int_equal(rig->session.acks.count, 0);
}

static void service_messages_do_not_pile_up(void **state)
{
	struct rig *rig = *state;
	size_t bytes;

	for (int i = 0; i < 100000; i++)
		rig_feed_object(rig, 4 * i, 0, ping, .ping_id = 7);
	bytes = rig->memory.bytes;
	assert_true(rig->session.service_bytes <= MTP_SERVICE_WAITING_MAX);
	for (int i = 100000; i < 110000; i++)
		rig_feed_object(rig, 4 * i, 0, ping, .ping_id = 7);
	assert_int_equal(rig->memory.bytes, bytes);
	while (rig_pack(rig)) {
	}
	assert_int_equal(rig->session.service_bytes, 0);
	rig_feed_object(rig, 440000, 0, ping, .ping_id = 9);
	rig_forget(rig);
	assert_true(rig_pack(rig));
}

/* ---- Before it is open ---- */

static struct mtp_out *send_early(struct rig *rig, uint16_t number)
{
	struct mtp_out *out = mtp_out_new(&rig->session, 8);

	assert_non_null(out);
	mtp_store_le32(out->body, (uint32_t)RIG_CALL << 16 | number);
	mtp_store_le32(out->body + 4, 0);
	out->content_related = true;
	out->keep = true;
	out->early = true;
	mtp_session_send_first(&rig->session, out);
	return out;
}

static void only_what_is_early_leaves_before_it_is_open(void **state)
{
	struct rig *rig = *state;

	rig->session.open = false;
	rig_send(rig, 1);
	rig_flush(rig);
	rig_expect(rig, "");
	rig->wakes = 0;
	send_early(rig, 9);
	assert_int_equal(rig->wakes, 1);
	assert_int_equal(rig->session.kept_count, 2);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(9)\n");
	rig->session.open = true;
	rig_flush(rig);
	rig_expect(rig, "> 4/3 call(1)\n");
}

static void an_early_one_goes_out_again_before_it_is_open(void **state)
{
	struct rig *rig = *state;

	rig->session.open = false;
	rig_send(rig, 1);
	send_early(rig, 9);
	rig_flush(rig);
	rig_feed_object(rig, 1, 0, bad_server_salt, .bad_msg_id = rig->base, .error_code = 48, .new_server_salt = 5);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(9)\n"
			"salt\n"
			"> 4/3 call(9)\n");
}

/* ---- Rebuilding ---- */

/* Four bytes more than its body: its own msg_id in front. */
static void write_own_msg_id(struct mtp_out *out, struct mtproto_tl_writer *w)
{
	mtproto_tl_write_u32(w, (uint32_t)out->msg_id);
	mtproto_tl_write_raw(w, out->body, out->len);
}

static size_t four_more(const struct mtp_out *out)
{
	return out->len + 4;
}

static bool if_owned(const struct mtp_out *out)
{
	return out->owner != NULL;
}

static const struct mtp_rebuild own_msg_id = {NULL, four_more, write_own_msg_id};
static const struct mtp_rebuild own_msg_id_if_owned = {if_owned, four_more, write_own_msg_id};

static void a_body_is_rebuilt_for_its_msg_id_each_time(void **state)
{
	struct rig *rig = *state;
	struct mtp_out *out;

	rig_send(rig, 1);
	rig_flush(rig);
	out = rig_send(rig, 2);
	out->rebuild = &own_msg_id;
	assert_true(rig_pack(rig));
	assert_int_equal(rig->sent.body.len, 12);
	assert_int_equal(mtp_load_le32(rig->sent.body.data), 4);
	assert_memory_equal(rig->sent.body.data + 4, out->body, 8);
	mtp_session_resend(&rig->session, out, false);
	rig_send(rig, 3);
	assert_true(rig_pack(rig));
	/* In a container now: behind its header and the message's. */
	assert_int_equal(mtp_load_le32(rig->sent.body.data + 8 + 12), 12);
	assert_int_equal(mtp_load_le32(rig->sent.body.data + 8 + 16), 8);
	assert_int_equal(out->msg_id, rig->base + 8);
}

static void what_is_not_ready_is_held_until_something_was_sent(void **state)
{
	struct rig *rig = *state;
	struct mtp_out *held, *other;

	held = rig_send(rig, 1);
	held->rebuild = &own_msg_id_if_owned;
	assert_false(rig_pack(rig));
	assert_true(held->msg_id == 0);
	other = rig_send(rig, 2);
	/* It is passed over, */
	assert_true(rig_pack(rig));
	assert_int_equal(other->msg_id, rig->base);
	assert_int_equal(rig->sent.body.len, 8);
	assert_false(rig_pack(rig));
	/* asked again after each packet, and goes before what came later. */
	held->owner = rig;
	rig_send(rig, 3);
	assert_true(rig_pack(rig));
	assert_int_equal(rig->sent.body.len, 8);
	assert_true(rig_pack(rig));
	assert_int_equal(rig->sent.body.len, 12);
	assert_int_equal(held->msg_id, rig->base + 8);
	/* Settled while it is held. */
	held = rig_send(rig, 4);
	held->rebuild = &own_msg_id_if_owned;
	assert_false(rig_pack(rig));
	mtp_session_settle(&rig->session, held);
	assert_int_equal(rig->session.kept_count, 3);
	held = rig_send(rig, 5);
	held->rebuild = &own_msg_id_if_owned;
	assert_false(rig_pack(rig));
	mtp_session_release_held(&rig->session);
	held->owner = rig;
	assert_true(rig_pack(rig));
}

static void bodies_are_counted_by_class(void **state)
{
	struct rig *rig = *state;
	struct mtp_out *out = rig_send_long(rig, 1, 100);
	static const uint8_t pong[20] = {0xc5, 0x73, 0x77, 0x34};

	mtp_session_send_service(&rig->session, pong, sizeof(pong), true);
	rig_flush_quietly(rig);
	assert_int_equal(rig->session.stats.content_bytes_sent, 100);
	assert_int_equal(rig->session.stats.content_bytes_resent, 0);
	assert_int_equal(rig->session.stats.service_bytes_sent, 20);
	mtp_session_resend(&rig->session, out, false);
	rig_flush_quietly(rig);
	assert_int_equal(rig->session.stats.content_bytes_sent, 200);
	assert_int_equal(rig->session.stats.content_bytes_resent, 100);
	/* An update and its ack of 12 and 8 bytes. */
	rig_feed_update(rig, 1, 1);
	rig->session.acks_due = true;
	rig_flush_quietly(rig);
	assert_int_equal(rig->session.stats.content_bytes_received, sizeof(rig_update));
	assert_int_equal(rig->session.stats.service_bytes_received, 0);
	assert_int_equal(rig->session.stats.service_bytes_sent, 40);
}

/* ---- Again ---- */

static void send_three(struct rig *rig)
{
	for (uint16_t i = 1; i <= 3; i++)
		rig_send(rig, i);
	rig_flush(rig);
	rig_expect(rig, "> 12/6 msg_container\n"
			"  0/1 call(1)\n"
			"  4/3 call(2)\n"
			"  8/5 call(3)\n");
}

static void a_refused_container_goes_out_again_in_its_order(void **state)
{
	struct rig *rig = *state;

	send_three(rig);
	rig_send(rig, 4);
	assert_true(mtp_session_resend_refused(&rig->session, rig->base + 12, MTP_LOST_REFUSED, &rig->now));
	rig_flush(rig);
	rig_expect(rig, "> 32/14 msg_container\n"
			"  16/7 call(1)\n"
			"  20/9 call(2)\n"
			"  24/11 call(3)\n"
			"  28/13 call(4)\n");
	assert_false(mtp_session_resend_refused(&rig->session, rig->base + 12, MTP_LOST_REFUSED, &rig->now));
}

static void what_was_settled_does_not_go_out_again(void **state)
{
	struct rig *rig = *state;

	send_three(rig);
	rig_feed_result(rig, 1, 1, 4);
	mtp_acks_clear(&rig->session.acks);
	rig_forget(rig);
	assert_true(mtp_session_resend_refused(&rig->session, rig->base + 12, MTP_LOST_REFUSED, &rig->now));
	rig_flush(rig);
	rig_expect(rig, "> 24/10 msg_container\n"
			"  16/7 call(1)\n"
			"  20/9 call(3)\n");
}

static void a_container_is_forgotten_with_its_last_member(void **state)
{
	struct rig *rig = *state;

	send_three(rig);
	for (int i = 0; i < 3; i++)
		rig_feed_result(rig, 1 + 4 * i, 0, 4 * i);
	assert_int_equal(rig->session.envelopes.count, 0);
	assert_int_equal(rig->session.by_msg_id.count, 0);
	assert_int_equal(rig->session.kept_count, 0);
	assert_int_equal(rig->session.kept_bytes, 0);
	assert_false(mtp_session_resend_refused(&rig->session, rig->base + 12, MTP_LOST_REFUSED, &rig->now));
}

static void under_its_own_id_it_goes_in_a_container(void **state)
{
	struct rig *rig = *state;
	struct mtp_out *out = rig_send(rig, 1);

	rig_flush(rig);
	mtp_session_resend(&rig->session, out, true);
	rig_flush(rig);
	rig_expect(rig, "> 0/1 call(1)\n"
			"> 4/2 msg_container\n"
			"  0/1 call(1)\n");
}

static void all_that_is_kept_goes_out_again_in_its_order(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	rig_send(rig, 2);
	rig_send(rig, 3);
	rig_flush(rig);
	rig_forget(rig);
	mtp_session_resend_all(&rig->session);
	rig_send(rig, 4);
	rig_flush(rig);
	rig_expect(rig, "> 23/8 msg_container\n"
			"  3/1 call(1)\n"
			"  7/3 call(2)\n"
			"  11/5 call(3)\n"
			"  19/7 call(4)\n");
}

/* A client may change its link as often as it likes. */
static void going_out_again_is_no_refusal(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_flush(rig);
	for (int i = 0; i < 3 * MTP_ATTEMPTS_MAX; i++) {
		mtp_session_resend_all(&rig->session);
		rig_flush_quietly(rig);
	}
	rig_expect(rig, "> 3/1 call(1)\n");
	assert_int_equal(rig->session.kept_count, 1);
}

static void what_is_refused_again_and_again_is_given_up(void **state)
{
	struct rig *rig = *state;
	struct mtp_out *first = rig_send(rig, 1);

	rig_send(rig, 2);
	for (int i = 0; i < MTP_ATTEMPTS_MAX; i++) {
		rig_flush_quietly(rig);
		assert_true(mtp_session_resend_refused(&rig->session, rig->sent.msg_id, MTP_LOST_REFUSED, &rig->now));
	}
	rig_expect(rig, "");
	rig_flush_quietly(rig);
	assert_true(mtp_session_resend_refused(&rig->session, rig->sent.msg_id, MTP_LOST_REFUSED, &rig->now));
	rig_expect(rig, "failed of call(2) LIMIT\n"
			"failed of call(1) LIMIT\n");
	assert_ptr_equal(rig->failed, first);
	assert_int_equal(rig->session.kept_count, 0);
	assert_int_equal(rig->session.envelopes.count, 0);
}

static void settle_another(struct rig *rig, const struct mtp_notice *notice)
{
	struct mtp_node *node = mtp_list_first(&rig->session.sent);

	if (notice->kind == MTP_NOTICE_FAILED && node)
		mtp_session_settle(&rig->session, MTP_OF(node, struct mtp_out, node));
}

static void a_refused_container_may_empty_itself_on_the_way(void **state)
{
	struct rig *rig = *state;

	for (uint16_t i = 1; i <= 4; i++)
		rig_send(rig, i)->attempts = MTP_ATTEMPTS_MAX;
	rig_flush_quietly(rig);
	rig->on_notice = settle_another;
	assert_true(mtp_session_resend_refused(&rig->session, rig->sent.msg_id, MTP_LOST_REFUSED, &rig->now));
	rig_expect(rig, "failed of call(4) LIMIT\n"
			"failed of call(3) LIMIT\n");
	assert_int_equal(rig->session.kept_count, 0);
}

/* ---- A new session ---- */

static void sleep_on(struct mtp_session *session)
{
	(void)session;
}

static const struct mtp_session_ops sleeping = {rig_deliver, sleep_on, NULL};

static void what_a_session_leaves_is_new_in_another(void **state)
{
	struct rig *rig = *state;
	struct mtp_session other = {0};
	static const uint8_t pong[4] = {1, 2, 3, 4};
	struct mtp_node *node;
	struct mtp_out *again;

	assert_int_equal(mtp_session_init(&other, &rig->env, &sleeping, rig->session.key, false, 7), 0);
	send_three(rig);
	rig_send(rig, 4);
	again = mtp_session_find_sent(&rig->session, rig->base);
	assert_non_null(again);
	mtp_session_resend(&rig->session, again, true);
	/* Of the old session: it has no business in the new one. */
	mtp_session_send_service(&rig->session, pong, sizeof(pong), true);
	mtp_session_lose_all(&rig->session, &rig->now);
	assert_int_equal(rig->session.service_bytes, 0);
	while ((node = mtp_list_first(&rig->session.waiting)))
		mtp_session_hand_over(&rig->session, &other, MTP_OF(node, struct mtp_out, node));
	assert_int_equal(rig->session.kept_count, 0);
	assert_int_equal(rig->session.kept_bytes, 0);
	assert_int_equal(rig->session.by_msg_id.count, 0);
	assert_int_equal(other.kept_count, 4);
	/* In the order in which they were last to be sent; those that were sent may be run twice. */
	for (uint32_t i = 0; i < 4; i++) {
		static const uint32_t calls[] = {2, 3, 1, 4};
		struct mtp_out *out = MTP_OF(mtp_list_first(&other.waiting), struct mtp_out, node);

		assert_int_equal(mtp_load_le32(out->body) & 0xffff, calls[i]);
		assert_true(out->msg_id == 0);
		assert_int_equal(out->maybe_twice, calls[i] != 4);
		mtp_session_settle(&other, out);
	}
	mtp_session_fini(&other);
}

/* ---- Without memory ---- */

static struct mtp_plan plan_of(struct rig *rig)
{
	struct mtp_plan plan;

	assert_true(mtp_session_plan(&rig->session, &plan));
	return plan;
}

/* Whatever fails, the same packet can be made afterwards. */
static void a_packet_without_memory_changes_nothing(void **state)
{
	struct rig *rig = *state;
	int failures = 0;

	rig_send(rig, 1);
	rig_flush(rig);
	mtp_session_resend(&rig->session, MTP_OF(mtp_list_first(&rig->session.sent), struct mtp_out, node), true);
	for (uint16_t i = 2; i <= 40; i++)
		rig_send(rig, i);
	rig_feed_update(rig, 1, 1);
	rig_forget(rig);
	for (size_t call = 1;; call++) {
		struct mtp_plan plan = plan_of(rig);
		uint32_t content_count = rig->session.content_count;
		int error;

		failing_fail(&rig->memory, call);
		error = mtp_session_pack(&rig->session, &rig->now, &plan, rig->body, &rig->sent);
		rig->memory.fail_at = 0;
		if (!error)
			break;
		failures++;
		assert_int_equal(error, MTPROTO_ERR_MEMORY);
		assert_int_equal(rig->session.content_count, content_count);
		assert_int_equal(rig->session.by_msg_id.count, 1);
		assert_int_equal(rig->session.envelopes.count, 0);
		assert_int_equal(rig->session.acks.count, 1);
		assert_non_null(mtp_session_find_sent(&rig->session, rig->base));
	}
	/* The container, and each growth of the map that finds messages by their ids. */
	assert_true(failures >= 3);
	assert_int_equal(mtp_load_le32(rig->sent.body.data + 4), 41);
	assert_int_equal(mtp_load_le64(rig->sent.body.data + 8), rig->base);
	assert_int_equal(mtp_load_le32(rig->sent.body.data + 8 + 24 + 8), 3);
	assert_int_equal(rig->session.by_msg_id.count, 40);
}

static void without_memory_members_are_known_one_by_one(void **state)
{
	struct rig *rig = *state;

	rig_send(rig, 1);
	rig_send(rig, 2);
	/* The container and the map of ids find memory, the map of containers does not. */
	failing_fail(&rig->memory, 3);
	rig_flush_quietly(rig);
	assert_int_equal(rig->session.envelopes.count, 0);
	assert_true(mtp_session_resend_refused(&rig->session, rig->base, MTP_LOST_REFUSED, &rig->now));
	rig_flush(rig);
	rig_expect(rig, "> 12/5 call(1)\n");
}

static void no_message_without_memory(void **state)
{
	struct rig *rig = *state;
	static const uint8_t body[4] = {1, 2, 3, 4};

	rig->memory.fail_all = true;
	assert_null(mtp_out_new(&rig->session, 8));
	mtp_session_send_service(&rig->session, body, sizeof(body), false);
	rig->memory.fail_all = false;
	rig_flush(rig);
	rig_expect(rig, "");
}

static void a_session_without_memory_is_not_made(void **state)
{
	struct rig *rig = *state;
	struct mtp_session session;
	int error;

	for (size_t call = 1;; call++) {
		memset(&session, 0, sizeof(session));
		failing_fail(&rig->memory, call);
		error = mtp_session_init(&session, &rig->env, &rig_client_ops, &rig->key, false, 0);
		rig->memory.fail_at = 0;
		mtp_session_fini(&session);
		if (!error)
			break;
		assert_int_equal(error, MTPROTO_ERR_MEMORY);
	}
	rig->env.random = &rig_no_randomness;
	memset(&session, 0, sizeof(session));
	assert_int_equal(mtp_session_init(&session, &rig->env, &rig_client_ops, &rig->key, false, 0),
			 MTPROTO_ERR_RANDOM);
	mtp_session_fini(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		client_test(numbers_follow_the_order_of_sending),
		client_test(a_container_is_numbered_after_what_is_in_it),
		client_test(msg_ids_follow_the_server_s_time),
		server_test(a_server_tells_answers_from_notices),
		client_test(the_salt_of_the_moment_is_used),
		client_test(what_is_sent_once_is_gone),
		client_test(a_container_carries_a_thousand),
		client_test(a_container_stops_at_32768_bytes),
		client_test(a_large_message_goes_alone),
		client_test(acks_make_no_packet_too_large),
		client_test(acks_go_along_while_there_is_room),
		server_test(service_messages_do_not_pile_up),
		client_test(only_what_is_early_leaves_before_it_is_open),
		client_test(an_early_one_goes_out_again_before_it_is_open),
		client_test(a_body_is_rebuilt_for_its_msg_id_each_time),
		client_test(what_is_not_ready_is_held_until_something_was_sent),
		client_test(bodies_are_counted_by_class),
		client_test(a_refused_container_goes_out_again_in_its_order),
		client_test(what_was_settled_does_not_go_out_again),
		client_test(a_container_is_forgotten_with_its_last_member),
		client_test(under_its_own_id_it_goes_in_a_container),
		server_test(all_that_is_kept_goes_out_again_in_its_order),
		server_test(going_out_again_is_no_refusal),
		client_test(what_is_refused_again_and_again_is_given_up),
		client_test(a_refused_container_may_empty_itself_on_the_way),
		client_test(what_a_session_leaves_is_new_in_another),
		client_test(a_packet_without_memory_changes_nothing),
		client_test(without_memory_members_are_known_one_by_one),
		client_test(no_message_without_memory),
		client_test(a_session_without_memory_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
