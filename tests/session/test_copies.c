/* msg_copy: an old message inside a new one. */
#include "session/support.h"

static const uint8_t request[8] = {0x01, 0x00, 0xde, 0xc0, 1, 2, 3, 4};

static void feed_request(struct rig *rig, int64_t id, uint32_t seq_no)
{
	rig_feed(rig, id, seq_no, request, sizeof(request));
}

static void begin_copy(const struct rig *rig, struct rig_body *b, int64_t original, uint32_t seq_no, const void *body,
		       size_t len)
{
	struct mtproto_container_message m = {rig_id(rig, original), seq_no, {body, len}};

	rig_begin(b);
	mtproto_tl_write_u32(&b->w, MTPROTO_ID_MSG_COPY);
	mtproto_tl_write_u32(&b->w, 0x5bb8e511);
	mtproto_container_message_write(&b->w, &m);
	assert_int_equal(mtproto_tl_writer_end(&b->w), 0);
}

/* A copy with the msg_id id of a request that was sent as original. */
static void feed_copy(struct rig *rig, int64_t id, uint32_t seq_no, int64_t original, uint32_t original_seq_no)
{
	struct rig_body b;

	begin_copy(rig, &b, original, original_seq_no, request, sizeof(request));
	rig_feed_body(rig, id, seq_no, &b);
}

static void a_copy_is_taken_for_its_original(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, 400, 9);
	feed_copy(rig, 404, 10, 8, 5);
	/* Itself it asks for no ack. */
	rig->session.acks_due = true;
	rig_flush(rig);
	rig_expect(rig, "content 400 call(1)\n"
			"content 8 call(1)\n"
			"> 1/0 msgs_ack 400 8\n");
	/* By either msg_id it has come now. */
	feed_request(rig, 8, 5);
	feed_copy(rig, 404, 10, 8, 5);
	rig_expect(rig, "refused 8 DUPLICATE\n"
			"refused 404 DUPLICATE\n");
}

static void a_copy_of_what_was_received_is_only_acknowledged(void **state)
{
	struct rig *rig = *state;

	feed_request(rig, 8, 5);
	mtp_acks_clear(&rig->session.acks);
	feed_copy(rig, 404, 6, 8, 5);
	rig->session.acks_due = true;
	rig_flush(rig);
	rig_expect(rig, "content 8 call(1)\n"
			"> 1/0 msgs_ack 8\n");
	assert_int_equal(rig->session.stats.duplicates_received, 1);
}

static void a_copy_may_come_in_a_container(void **state)
{
	struct rig *rig = *state;
	struct rig_body copy, b;

	begin_copy(rig, &copy, 8, 1, request, sizeof(request));
	rig_begin_container(&b, 2);
	rig_add(rig, &b, 404, 2, copy.data, copy.w.len);
	rig_add(rig, &b, 408, 3, request, sizeof(request));
	rig_feed_body(rig, 412, 4, &b);
	rig_expect(rig, "content 8 call(1)\n"
			"content 408 call(1)\n");
}

static void code_34_an_odd_copy(void **state)
{
	struct rig *rig = *state;

	feed_copy(rig, 404, 7, 8, 5);
	rig_flush(rig);
	rig_expect(rig, "refused 404 SEQ_NO\n"
			"> 1/0 bad_msg_notification 404/7 34\n");
}

static void code_64_a_copy_of_no_plain_message(void **state)
{
	struct rig *rig = *state;
	struct rig_body copy, b;

	feed_copy(rig, 404, 2, 404, 1);
	begin_copy(rig, &copy, 8, 1, request, sizeof(request));
	begin_copy(rig, &b, 400, 2, copy.data, copy.w.len);
	rig_feed_body(rig, 408, 2, &b);
	rig_begin_container(&copy, 0);
	begin_copy(rig, &b, 400, 2, copy.data, copy.w.len);
	rig_feed_body(rig, 412, 2, &b);
	rig_flush(rig);
	rig_expect(rig, "refused 404 CONTAINER\n"
			"refused 408 CONTAINER\n"
			"refused 412 CONTAINER\n"
			"> 13/0 msg_container\n"
			"  1/0 bad_msg_notification 404/2 64\n"
			"  5/0 bad_msg_notification 408/2 64\n"
			"  9/0 bad_msg_notification 412/2 64\n");
}

static void the_original_must_be_a_client_s_too(void **state)
{
	struct rig *rig = *state;

	feed_copy(rig, 404, 6, 9, 5);
	rig_flush(rig);
	rig_expect(rig, "refused 9 MSG_ID_PARITY\n"
			"> 1/0 bad_msg_notification 9/5 18\n");
}

static void a_client_takes_a_copy_and_acknowledges_both(void **state)
{
	struct rig *rig = *state;
	struct rig_body b;

	begin_copy(rig, &b, 1, 3, rig_update, sizeof(rig_update));
	rig_feed_body(rig, 405, 7, &b);
	rig_feed_update(rig, 1, 3);
	rig->session.acks_due = true;
	rig_flush(rig);
	rig_expect(rig, "content 1 deadbeef\n"
			"refused 1 DUPLICATE\n"
			"> 0/0 msgs_ack 405 1 1\n");
}

static void a_packed_copy_is_refused(void **state)
{
	struct rig *rig = *state;
	/* gzip.compress(msg_copy of the update of the rig, msg_id 0x6553f10000000001, seq_no 3; mtime=0), by Python */
	static const uint8_t packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xdb, 0xe4,
					 0x96, 0xf0, 0x40, 0xf0, 0xe9, 0x8e, 0x68, 0x46, 0x06, 0x20, 0xf8, 0x18,
					 0x9c, 0xca, 0x0c, 0xa4, 0x38, 0x80, 0xf8, 0xfd, 0xbe, 0xb5, 0xf7, 0x18,
					 0x99, 0x98, 0x59, 0x00, 0xe8, 0x91, 0xdb, 0x70, 0x20, 0x00, 0x00, 0x00};

	rig_feed_object(rig, 405, 7, gzip_packed, .packed_data = {packed, sizeof(packed)});
	rig_expect(rig, "refused 405 ENCODING\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		server_test(a_copy_is_taken_for_its_original),
		server_test(a_copy_of_what_was_received_is_only_acknowledged),
		server_test(a_copy_may_come_in_a_container),
		server_test(code_34_an_odd_copy),
		server_test(code_64_a_copy_of_no_plain_message),
		server_test(the_original_must_be_a_client_s_too),
		client_test(a_client_takes_a_copy_and_acknowledges_both),
		client_test(a_packed_copy_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
