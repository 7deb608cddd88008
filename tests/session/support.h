/* A session without keys, links or a peer: the test feeds it opened messages and reads what it says and what it would
 * send as lines of text.
 *
 * A msg_id is written as its distance from the time at which a rig is made: "8", "-4", "400s", "400s+8". Calls are
 * known by a number, call(1): their constructor is 0xc0de0000 and that number. */
#ifndef TESTS_SESSION_SUPPORT_H
#define TESTS_SESSION_SUPPORT_H

#include "failing.h"
#include "session/session.h"

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RIG_SECOND UINT64_C(1000000000)

enum { RIG_CALL = 0xc0de, RIG_SALT = 0x5a17, RIG_BUDGET = 1 << 20, RIG_BODY_MAX = 1 << 21 };

struct rig {
	struct mtp_session session;
	struct failing memory;
	struct mtp_pool pool;
	struct mtp_timers timers;
	struct mtp_inflater inflater;
	struct mtp_session_env env;
	struct mtp_key key;
	struct mtproto_now now;
	uint64_t base;         /* msg_id of the time at which the rig was made */
	size_t budget;         /* of the next packet */
	bool from_old_session; /* it comes in the session that runs dry */
	int wakes;
	void (*on_notice)(struct rig *rig, const struct mtp_notice *notice);
	struct mtp_out *failed; /* of the last MTP_NOTICE_FAILED; only to be compared */
	char log[1 << 17];
	size_t log_len;
	uint8_t body[RIG_BODY_MAX]; /* of the last packet sent */
	struct mtproto_message sent;
};

static inline void rig_log(struct rig *rig, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void rig_log(struct rig *rig, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(rig->log + rig->log_len, sizeof(rig->log) - rig->log_len, format, args);
	va_end(args);
	assert_true(len >= 0 && (size_t)len < sizeof(rig->log) - rig->log_len);
	rig->log_len += (size_t)len;
}

/* Forgets what was logged. */
static inline void rig_forget(struct rig *rig)
{
	rig->log_len = 0;
	rig->log[0] = 0;
}

/* The log since the last time must be exactly that. */
#define rig_expect(rig, text)                            \
	do {                                             \
		assert_string_equal((rig)->log, (text)); \
		rig_forget(rig);                         \
	} while (0)

static inline void rig_log_id(struct rig *rig, uint64_t id)
{
	int64_t distance = (int64_t)(id - rig->base);
	int64_t seconds = (distance + (INT64_C(1) << 31)) >> 32;
	int64_t rest = distance - seconds * (INT64_C(1) << 32);

	if (id < UINT32_MAX)
		rig_log(rig, "#%u", (unsigned)id);
	else if (seconds == 0)
		rig_log(rig, "%d", (int)rest);
	else if (rest == 0)
		rig_log(rig, "%ds", (int)seconds);
	else
		rig_log(rig, "%ds%+d", (int)seconds, (int)rest);
}

static inline void rig_log_name(struct rig *rig, uint32_t id)
{
	const char *name = mtproto_service_name(id);

	if (id >> 16 == RIG_CALL)
		rig_log(rig, "call(%u)", (unsigned)(id & 0xffff));
	else if (name)
		rig_log(rig, "%s", name);
	else
		rig_log(rig, "%08x", (unsigned)id);
}

static inline uint32_t rig_constructor(struct mtproto_span body)
{
	return body.len >= 4 ? mtp_load_le32(body.data) : 0;
}

/* ---- What the session says ---- */

static inline struct rig *rig_of(struct mtp_session *session)
{
	return MTP_OF(session, struct rig, session);
}

static inline void rig_deliver(struct mtp_session *session, const struct mtp_notice *notice,
			       const struct mtproto_now *now)
{
	static const char *const names[] = {
		[MTP_NOTICE_CONTENT] = "content", [MTP_NOTICE_SERVICE] = "service",
		[MTP_NOTICE_RESULT] = "result",   [MTP_NOTICE_ANSWER] = "answer",
		[MTP_NOTICE_ACKED] = "acked",     [MTP_NOTICE_FAILED] = "failed",
		[MTP_NOTICE_NEW_SESSION] = "new", [MTP_NOTICE_CLOCK] = "clock",
		[MTP_NOTICE_SALT] = "salt",       [MTP_NOTICE_DISCONNECT] = "disconnect",
		[MTP_NOTICE_REFUSED] = "refused",
	};
	struct rig *rig = rig_of(session);

	(void)now;
	rig_log(rig, "%s", names[notice->kind]);
	if (notice->msg_id) {
		rig_log(rig, " ");
		rig_log_id(rig, notice->msg_id);
	}
	if (notice->out) {
		rig_log(rig, " of ");
		rig_log_name(rig, mtp_load_le32(notice->out->body));
	}
	if (notice->body.len && notice->kind != MTP_NOTICE_ACKED && notice->kind != MTP_NOTICE_NEW_SESSION) {
		rig_log(rig, " ");
		rig_log_name(rig, rig_constructor(notice->body));
	}
	if (notice->error)
		rig_log(rig, " %s", mtproto_error_name(notice->error) + strlen("MTPROTO_ERR_"));
	if (notice->step_ns)
		rig_log(rig, " %dms", (int)(notice->step_ns / 1000000));
	rig_log(rig, "\n");
	if (notice->kind == MTP_NOTICE_FAILED)
		rig->failed = notice->out;
	if (rig->on_notice)
		rig->on_notice(rig, notice);
	if (notice->out && (notice->kind == MTP_NOTICE_RESULT || notice->kind == MTP_NOTICE_ANSWER ||
			    (notice->kind == MTP_NOTICE_ACKED && session->server)))
		mtp_session_settle(session, notice->out);
}

static inline void rig_wake(struct mtp_session *session)
{
	rig_of(session)->wakes++;
}

static inline bool rig_salt_valid(struct mtp_session *session, uint64_t salt, const struct mtproto_now *now)
{
	(void)now;
	session->key->salt = RIG_SALT;
	return salt == RIG_SALT;
}

/* ---- Life ---- */

static inline int rig_random(void *user, uint8_t *out, size_t len)
{
	(void)user;
	memset(out, 0x77, len);
	return 0;
}

static inline int rig_no_random(void *user, uint8_t *out, size_t len)
{
	(void)user;
	(void)out;
	(void)len;
	return -1;
}

static const struct mtproto_random rig_randomness = {rig_random, NULL};
static const struct mtproto_random rig_no_randomness = {rig_no_random, NULL};
static const struct mtp_session_ops rig_client_ops = {rig_deliver, rig_wake, NULL};
static const struct mtp_session_ops rig_server_ops = {rig_deliver, rig_wake, rig_salt_valid};

static inline struct rig *rig_new(bool server)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	failing_init(&rig->memory);
	rig->now.mono_ns = 1000 * RIG_SECOND;
	rig->now.wall_ns = 1700000000 * RIG_SECOND;
	rig->base = UINT64_C(1700000000) << 32;
	rig->budget = RIG_BUDGET;
	mtp_pool_init(&rig->pool, &rig->memory.hooks, 0);
	mtp_timers_init(&rig->timers, &rig->memory.hooks);
	rig->env = (struct mtp_session_env){.allocator = &rig->memory.hooks,
					    .random = &rig_randomness,
					    .pool = &rig->pool,
					    .timers = &rig->timers,
					    .inflater = &rig->inflater,
					    .map_seed = 1};
	rig->key.salt = RIG_SALT;
	mtp_clock_seed(&rig->key.clock, &rig->now, 0);
	assert_int_equal(mtp_session_init(&rig->session, &rig->env, server ? &rig_server_ops : &rig_client_ops,
					  &rig->key, server, 0),
			 0);
	rig->session.open = true;
	rig->session.ack_delay_ns = 30 * RIG_SECOND;
	rig->session.ack_count_max = 100;
	return rig;
}

/* Nothing may be left behind. */
static inline void rig_free(struct rig *rig)
{
	mtp_session_fini(&rig->session);
	mtp_inflater_fini(&rig->inflater);
	mtp_timers_fini(&rig->timers);
	mtp_pool_fini(&rig->pool);
	assert_int_equal(rig->memory.pieces, 0);
	free(rig);
}

static inline int rig_setup_client(void **state)
{
	*state = rig_new(false);
	return 0;
}

static inline int rig_setup_server(void **state)
{
	*state = rig_new(true);
	return 0;
}

static inline int rig_teardown(void **state)
{
	rig_free(*state);
	return 0;
}

#define client_test(f) cmocka_unit_test_setup_teardown(f, rig_setup_client, rig_teardown)
#define server_test(f) cmocka_unit_test_setup_teardown(f, rig_setup_server, rig_teardown)

/* Time goes on, and timers fire. */
static inline void rig_advance(struct rig *rig, uint64_t ns)
{
	rig->now.mono_ns += ns;
	rig->now.wall_ns += ns;
	mtp_timers_run(&rig->timers, &rig->now);
}

/* ---- In ---- */

/* Feeds a message that was opened: the distance of its msg_id from the rig's base, its seq_no and its body. */
static inline void rig_feed_salted(struct rig *rig, uint64_t salt, int64_t id, uint32_t seq_no, const void *body,
				   size_t len)
{
	struct mtp_block *block = mtp_block_new(&rig->pool, len);
	struct mtproto_message message = {.salt = salt,
					  .session_id = rig->from_old_session ? rig->session.drained_id
									      : rig->session.session_id,
					  .msg_id = rig->base + (uint64_t)id,
					  .seq_no = seq_no};
	size_t budget = rig->budget;

	assert_non_null(block);
	memcpy(block->data, body, len);
	message.body = (struct mtproto_span){block->data, len};
	mtp_session_accept(&rig->session, &rig->now, &message, block, &budget);
	assert_true(budget <= rig->budget);
	mtp_block_drop(block);
}

static inline void rig_feed(struct rig *rig, int64_t id, uint32_t seq_no, const void *body, size_t len)
{
	rig_feed_salted(rig, RIG_SALT, id, seq_no, body, len);
}

#define RIG_SECONDS(s) ((int64_t)(s) * (INT64_C(1) << 32))

/* A body under construction. */
struct rig_body {
	uint8_t data[1 << 16];
	struct mtproto_tl_writer w;
};

/* Names of service objects to feed: rig_feed_object(rig, id, seq_no, pong, .msg_id = ..., .ping_id = ...). */
#define rig_feed_object(rig, id, seq_no, name, ...)                               \
	do {                                                                      \
		struct rig_body rig_b;                                            \
		struct mtproto_##name rig_o = {__VA_ARGS__};                      \
		mtproto_tl_writer_init(&rig_b.w, rig_b.data, sizeof(rig_b.data)); \
		mtproto_##name##_write(&rig_b.w, &rig_o);                         \
		assert_int_equal(mtproto_tl_writer_end(&rig_b.w), 0);             \
		rig_feed((rig), (id), (seq_no), rig_b.data, rig_b.w.len);         \
	} while (0)

/* Writes an object to a struct rig_body that was begun. */
#define rig_write(b, name, ...)                                      \
	do {                                                         \
		struct mtproto_##name rig_o = {__VA_ARGS__};         \
		mtproto_##name##_write(&(b)->w, &rig_o);             \
		assert_int_equal(mtproto_tl_writer_end(&(b)->w), 0); \
	} while (0)

static inline void rig_begin(struct rig_body *b)
{
	mtproto_tl_writer_init(&b->w, b->data, sizeof(b->data));
}

/* Begins a container for count messages. */
static inline void rig_begin_container(struct rig_body *b, uint32_t count)
{
	rig_begin(b);
	mtproto_tl_write_u32(&b->w, MTPROTO_ID_MSG_CONTAINER);
	mtproto_tl_write_u32(&b->w, count);
}

/* Adds a message: distance of its msg_id, seq_no, body. */
static inline void rig_add(struct rig *rig, struct rig_body *b, int64_t id, uint32_t seq_no, const void *body,
			   size_t len)
{
	struct mtproto_container_message m = {rig->base + (uint64_t)id, seq_no, {body, len}};

	mtproto_container_message_write(&b->w, &m);
	assert_int_equal(mtproto_tl_writer_end(&b->w), 0);
}

#define rig_add_object(rig, b, id, seq_no, name, ...)                                 \
	do {                                                                          \
		struct rig_body rig_inner;                                            \
		rig_begin(&rig_inner);                                                \
		rig_write(&rig_inner, name, __VA_ARGS__);                             \
		rig_add((rig), (b), (id), (seq_no), rig_inner.data, rig_inner.w.len); \
	} while (0)

static inline void rig_feed_body(struct rig *rig, int64_t id, uint32_t seq_no, const struct rig_body *b)
{
	rig_feed(rig, id, seq_no, b->data, b->w.len);
}

/* A list of msg_ids, given as distances, in the form of the wire. */
struct rig_ids {
	uint8_t data[64 * 8];
	uint32_t count;
};

static inline struct rig_ids rig_make_ids(const struct rig *rig, const int64_t *ids, size_t count)
{
	struct rig_ids out;

	assert_true(count <= 64);
	for (size_t i = 0; i < count; i++)
		mtp_store_le64(out.data + 8 * i, rig->base + (uint64_t)ids[i]);
	out.count = (uint32_t)count;
	return out;
}

#define rig_ids(rig, ...) rig_make_ids(rig, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / 8)

/* An object of one Vector<long>: msgs_ack, msgs_state_req, msg_resend_req. */
#define rig_feed_ids(rig, id, seq_no, name, ...)                                                    \
	do {                                                                                        \
		struct rig_ids rig_list = rig_ids(rig, __VA_ARGS__);                                \
		rig_feed_object(rig, id, seq_no, name, .msg_ids = {rig_list.data, rig_list.count}); \
	} while (0)

/* An object that is no service object. */
static const uint8_t rig_update[8] = {0xef, 0xbe, 0xad, 0xde, 1, 2, 3, 4};

static inline void rig_feed_update(struct rig *rig, int64_t id, uint32_t seq_no)
{
	rig_feed(rig, id, seq_no, rig_update, sizeof(rig_update));
}

/* An rpc_result with that body for a query. */
static inline void rig_feed_result(struct rig *rig, int64_t id, uint32_t seq_no, int64_t req_msg_id)
{
	rig_feed_object(rig, id, seq_no, rpc_result, .req_msg_id = rig->base + (uint64_t)req_msg_id,
			.result = {rig_update, sizeof(rig_update)});
}

/* ---- Out ---- */

/* A kept content-related message of len bytes, sent. */
static inline struct mtp_out *rig_send_long(struct rig *rig, uint16_t number, size_t len)
{
	struct mtp_out *out = mtp_out_new(&rig->session, len);

	assert_non_null(out);
	memset(out->body, 0x33, len);
	mtp_store_le32(out->body, (uint32_t)RIG_CALL << 16 | number);
	out->content_related = true;
	out->keep = true;
	mtp_session_send(&rig->session, out);
	return out;
}

static inline struct mtp_out *rig_send(struct rig *rig, uint16_t number)
{
	return rig_send_long(rig, number, 8);
}

/* A kept query of the protocol's own. */
#define rig_send_query(rig, name, ...)                               \
	do {                                                         \
		struct rig_body rig_q;                               \
		struct mtp_out *rig_out;                             \
		rig_begin(&rig_q);                                   \
		rig_write(&rig_q, name, __VA_ARGS__);                \
		rig_out = mtp_out_new(&(rig)->session, rig_q.w.len); \
		assert_non_null(rig_out);                            \
		memcpy(rig_out->body, rig_q.data, rig_q.w.len);      \
		rig_out->keep = true;                                \
		mtp_session_send(&(rig)->session, rig_out);          \
	} while (0)

static inline void rig_log_longs(struct rig *rig, const struct mtproto_longs *longs)
{
	for (uint32_t i = 0; i < longs->count; i++) {
		rig_log(rig, " ");
		rig_log_id(rig, mtproto_longs_at(longs, i));
	}
}

/* One object that was sent: its name and what matters in it. */
static inline void rig_log_object(struct rig *rig, struct mtproto_span body)
{
	struct mtproto_tl_reader r;
	struct mtproto_msgs_ack ack;
	struct mtproto_msgs_state_req req;
	struct mtproto_msg_resend_req resend;
	struct mtproto_msgs_state_info info;
	struct mtproto_bad_msg_notification bad;
	struct mtproto_bad_server_salt salt;
	struct mtproto_pong pong;

	rig_log_name(rig, rig_constructor(body));
	mtproto_tl_reader_init(&r, body.data, body.len);
	switch (rig_constructor(body)) {
	case MTPROTO_ID_MSGS_ACK:
		assert_int_equal(mtproto_msgs_ack_read(&ack, &r), 0);
		rig_log_longs(rig, &ack.msg_ids);
		break;
	case MTPROTO_ID_MSGS_STATE_REQ:
		assert_int_equal(mtproto_msgs_state_req_read(&req, &r), 0);
		rig_log_longs(rig, &req.msg_ids);
		break;
	case MTPROTO_ID_MSG_RESEND_REQ:
		assert_int_equal(mtproto_msg_resend_req_read(&resend, &r), 0);
		rig_log_longs(rig, &resend.msg_ids);
		break;
	case MTPROTO_ID_MSGS_STATE_INFO:
		assert_int_equal(mtproto_msgs_state_info_read(&info, &r), 0);
		rig_log(rig, " ");
		rig_log_id(rig, info.req_msg_id);
		for (size_t i = 0; i < info.info.len; i++)
			rig_log(rig, " %u", info.info.data[i]);
		break;
	case MTPROTO_ID_BAD_MSG_NOTIFICATION:
		assert_int_equal(mtproto_bad_msg_notification_read(&bad, &r), 0);
		rig_log(rig, " ");
		rig_log_id(rig, bad.bad_msg_id);
		rig_log(rig, "/%d %d", bad.bad_msg_seqno, bad.error_code);
		break;
	case MTPROTO_ID_BAD_SERVER_SALT:
		assert_int_equal(mtproto_bad_server_salt_read(&salt, &r), 0);
		rig_log(rig, " ");
		rig_log_id(rig, salt.bad_msg_id);
		rig_log(rig, "/%d %d %x", salt.bad_msg_seqno, salt.error_code, (unsigned)salt.new_server_salt);
		break;
	case MTPROTO_ID_PONG:
		assert_int_equal(mtproto_pong_read(&pong, &r), 0);
		rig_log(rig, " ");
		rig_log_id(rig, pong.msg_id);
		rig_log(rig, " %u", (unsigned)pong.ping_id);
		break;
	default:
		break;
	}
	if (rig_constructor(body) >> 16 != RIG_CALL && rig_constructor(body) != MTPROTO_ID_MSG_CONTAINER)
		assert_true(mtproto_tl_left(&r) == 0 || r.pos == body.data);
	rig_log(rig, "\n");
}

/* Packs the next packet into rig->body and rig->sent. False when there is nothing to send. */
static inline bool rig_pack(struct rig *rig)
{
	struct mtp_plan plan;

	if (!mtp_session_plan(&rig->session, &plan))
		return false;
	assert_true(plan.body_len <= sizeof(rig->body));
	assert_int_equal(mtp_session_pack(&rig->session, &rig->now, &plan, rig->body, &rig->sent), 0);
	assert_int_equal(rig->sent.session_id, rig->session.session_id);
	assert_int_equal(rig->sent.body.len, plan.body_len);
	return true;
}

/* Sends one packet and logs it: "> msg_id/seq_no object", for a container followed by a line for each in it. */
static inline bool rig_flush_one(struct rig *rig)
{
	struct mtproto_container_message inner;
	struct mtproto_tl_reader r;
	uint32_t count;

	if (!rig_pack(rig))
		return false;
	rig_log(rig, "> ");
	rig_log_id(rig, rig->sent.msg_id);
	rig_log(rig, "/%u ", rig->sent.seq_no);
	rig_log_object(rig, rig->sent.body);
	if (!mtproto_container_test(rig->sent.body))
		return true;
	assert_int_equal(mtproto_container_open(rig->sent.body, rig->sent.msg_id, &r, &count), 0);
	while (count-- > 0) {
		assert_int_equal(mtproto_container_message_read(&inner, &r), 0);
		rig_log(rig, "  ");
		rig_log_id(rig, inner.msg_id);
		rig_log(rig, "/%u ", inner.seq_no);
		rig_log_object(rig, inner.body);
	}
	return true;
}

/* Sends all there is. */
static inline void rig_flush(struct rig *rig)
{
	while (rig_flush_one(rig)) {
	}
}

/* Sends all there is and says nothing of it. */
static inline void rig_flush_quietly(struct rig *rig)
{
	size_t len = rig->log_len;

	rig_flush(rig);
	rig->log_len = len;
	rig->log[len] = 0;
}

/* ---- Scenes that several tests begin with ---- */

/* The msg_id at that distance. */
static inline uint64_t rig_id(const struct rig *rig, int64_t distance)
{
	return rig->base + (uint64_t)distance;
}

/* Three calls in one container, 12; the ids of the calls are 0, 4 and 8. */
static inline void rig_send_three(struct rig *rig)
{
	for (uint16_t i = 1; i <= 3; i++)
		rig_send(rig, i);
	rig_flush_quietly(rig);
}

static inline void rig_feed_bad_salt(struct rig *rig, int64_t id, int64_t bad_msg_id, uint64_t salt)
{
	rig_feed_object(rig, id, 0, bad_server_salt, .bad_msg_id = rig_id(rig, bad_msg_id), .error_code = 48,
			.new_server_salt = salt);
}

static inline void rig_feed_bad_msg(struct rig *rig, int64_t id, int64_t bad_msg_id, int32_t code)
{
	rig_feed_object(rig, id, 0, bad_msg_notification, .bad_msg_id = rig_id(rig, bad_msg_id), .error_code = code);
}

static inline void rig_feed_new_session(struct rig *rig, int64_t id, int64_t first_msg_id, uint64_t unique_id)
{
	rig_feed_object(rig, id, 1, new_session_created, .first_msg_id = rig_id(rig, first_msg_id),
			.unique_id = unique_id, .server_salt = 77);
}

#endif
