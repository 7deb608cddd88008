/* What servers answer to getState, getDifference and getChannelDifference, and errors instead. An answer is told by its
 * own id. Each sets the state, after what it brought was handed on. */
#include "updates/updates.h"

#include <string.h>

enum { STATE_SIZE = 24, CODE_UNAUTHORIZED = 401 };

static const uint64_t second_ns = 1000000000;

/* ---- Parts ---- */

static int read_state(struct mtproto_tl_reader *r, struct mtproto_update_state *state)
{
	mtproto_tl_read_id(r, MTPROTO_ID_STATE);
	state->pts = mtproto_tl_read_int(r);
	state->qts = mtproto_tl_read_int(r);
	state->date = mtproto_tl_read_int(r);
	state->seq = mtproto_tl_read_int(r);
	mtproto_tl_read_int(r); /* unread_count */
	if (!r->error && (state->pts < 0 || state->qts < 0 || state->seq < 0))
		mtproto_tl_reader_fail(r, MTPROTO_ERR_ENCODING);
	return r->error;
}

/* Chats and users, as they stand in differences. */
static int add_peers(struct mtp_parcel *parcel, struct mtproto_tl_reader *r, size_t size)
{
	struct mtproto_span peers = mtproto_tl_read_span(r, size);

	if (r->error)
		return r->error;
	parcel->chats_first = true;
	return mtp_parcel_add_peers(parcel, peers);
}

/* What can't be read is one RAW item. */
static int or_raw(struct mtp_parcel *parcel, int error)
{
	return error && error != MTPROTO_ERR_MEMORY ? mtp_parcel_make_raw(parcel) : error;
}

static int new_parcel(struct mtp_parcel **out, struct mtproto_tl_reader *r, struct mtp_update_log *log,
		      const void *data, size_t len)
{
	int error = mtp_parcel_new(out, log->updates, data, len);

	if (error)
		return error;
	(*out)->origin = MTPROTO_UPDATES_DIFFERENCE;
	(*out)->channel_id = log->state.channel_id;
	mtproto_tl_reader_init(r, (*out)->body, len);
	mtproto_tl_read_u32(r);
	return 0;
}

/* ---- The account ---- */

static int take_state(struct mtp_update_log *log, const struct mtproto_now *now, struct mtproto_tl_reader *r)
{
	struct mtproto_update_state state = log->state;
	bool was_known = log->known;

	if (read_state(r, &state))
		return r->error;
	log->state = state;
	log->known = true;
	log->needs_state = false;
	/* There was a state, and no difference leads from it to this one. */
	if (was_known)
		mtp_update_notice(log, MTP_NOTICE_TOO_LONG);
	mtp_update_log_finish(log, now, true);
	return 0;
}

static int take_empty(struct mtp_update_log *log, const struct mtproto_now *now, struct mtproto_tl_reader *r)
{
	int32_t date = mtproto_tl_read_int(r);
	int32_t seq = mtproto_tl_read_int(r);

	if (r->error || seq < 0)
		return r->error ? r->error : MTPROTO_ERR_ENCODING;
	log->state.date = date;
	log->state.seq = seq;
	mtp_update_log_finish(log, now, false);
	return 0;
}

static int fill_difference(struct mtp_parcel *parcel, struct mtproto_tl_reader *r)
{
	static const enum mtproto_update_object types[] = {
		MTPROTO_UPDATE_OBJECT_MESSAGE, MTPROTO_UPDATE_OBJECT_ENCRYPTED_MESSAGE, MTPROTO_UPDATE_OBJECT_UPDATE};
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(types) / sizeof(types[0]); i++)
		error = mtp_parcel_add_vector(parcel, r, types[i]);
	if (!error && mtproto_tl_left(r) < STATE_SIZE)
		error = MTPROTO_ERR_TRUNCATED;
	return error ? error : add_peers(parcel, r, mtproto_tl_left(r) - STATE_SIZE);
}

/* difference and differenceSlice. The state is at the end, where it is found even if the rest can't be read. */
static int take_difference(struct mtp_update_log *log, const struct mtproto_now *now, const uint8_t *data, size_t len,
			   bool is_slice)
{
	struct mtproto_update_state state = log->state;
	struct mtproto_tl_reader r;
	struct mtp_parcel *parcel;
	bool moved;
	int error;

	if (len < 4 + STATE_SIZE)
		return MTPROTO_ERR_TRUNCATED;
	mtproto_tl_reader_init(&r, data + len - STATE_SIZE, STATE_SIZE);
	error = read_state(&r, &state);
	if (!error)
		error = new_parcel(&parcel, &r, log, data, len);
	if (error)
		return error;
	error = or_raw(parcel, fill_difference(parcel, &r));
	if (!error)
		error = mtp_parcel_find_channels(parcel);
	if (error) {
		mtp_parcel_discard(parcel);
		return error;
	}
	moved = !mtp_update_same_state(&log->state, &state);
	mtp_parcel_distribute_difference(parcel, log, now);
	log->state = state;
	mtp_update_touch(log);
	if (!is_slice)
		mtp_update_log_finish(log, now, true);
	else if (moved)
		mtp_update_log_hurry(log);
	else
		mtp_update_log_retry(log, now, 0);
	return 0;
}

static int take_too_long(struct mtp_update_log *log, const struct mtproto_now *now, struct mtproto_tl_reader *r)
{
	int32_t pts = mtproto_tl_read_int(r);
	bool moved = pts != log->state.pts;

	if (r->error || pts < 0)
		return r->error ? r->error : MTPROTO_ERR_ENCODING;
	mtp_update_notice(log, MTP_NOTICE_TOO_LONG);
	log->state.pts = pts;
	mtp_update_touch(log);
	if (moved)
		mtp_update_log_hurry(log);
	else
		mtp_update_log_retry(log, now, 0);
	return 0;
}

static int take_account_answer(struct mtp_update_log *log, const struct mtproto_now *now, const uint8_t *data,
			       size_t len)
{
	struct mtproto_tl_reader r;
	uint32_t id;

	mtproto_tl_reader_init(&r, data, len);
	id = mtproto_tl_peek(&r);
	if (id == MTPROTO_ID_STATE)
		return take_state(log, now, &r);
	mtproto_tl_read_u32(&r);
	switch (id) {
	case MTPROTO_ID_DIFFERENCE_EMPTY:
		return take_empty(log, now, &r);
	case MTPROTO_ID_DIFFERENCE:
	case MTPROTO_ID_DIFFERENCE_SLICE:
		return take_difference(log, now, data, len, id == MTPROTO_ID_DIFFERENCE_SLICE);
	case MTPROTO_ID_DIFFERENCE_TOO_LONG:
		return take_too_long(log, now, &r);
	default:
		return MTPROTO_ERR_CONSTRUCTOR;
	}
}

/* ---- A channel ---- */

enum { FINAL = 1 << 0, TIMEOUT = 1 << 1 };

/* What all its answers begin with. */
struct channel_head {
	uint32_t id;
	uint32_t flags;
	int32_t pts; /* 0: not told */
	int32_t timeout_s;
};

static int read_head(struct mtproto_tl_reader *r, struct channel_head *head)
{
	head->id = mtproto_tl_read_u32(r);
	head->flags = mtproto_tl_read_u32(r);
	head->pts = head->id == MTPROTO_ID_CHANNEL_DIFFERENCE_TOO_LONG ? 0 : mtproto_tl_read_int(r);
	head->timeout_s = head->flags & TIMEOUT ? mtproto_tl_read_int(r) : 1;
	if (!r->error && (head->pts < 0 || head->timeout_s < 0))
		mtproto_tl_reader_fail(r, MTPROTO_ERR_ENCODING);
	return r->error;
}

static int fill_channel_difference(struct mtp_parcel *parcel, struct mtproto_tl_reader *r)
{
	int error = mtp_parcel_add_vector(parcel, r, MTPROTO_UPDATE_OBJECT_MESSAGE);

	if (!error)
		error = mtp_parcel_add_vector(parcel, r, MTPROTO_UPDATE_OBJECT_UPDATE);
	return error ? error : add_peers(parcel, r, mtproto_tl_left(r));
}

static int fill_channel_too_long(struct mtp_parcel *parcel, struct mtproto_tl_reader *r, int32_t *pts)
{
	struct mtproto_update_fields fields;
	struct mtproto_span dialog;
	int error = mtp_update_read(parcel->updates, r, MTPROTO_UPDATE_OBJECT_DIALOG, &dialog, &fields);

	if (error)
		return error;
	if (!mtp_parcel_add(parcel, MTPROTO_UPDATES_EVENT_TOO_LONG, dialog))
		return MTPROTO_ERR_MEMORY;
	*pts = fields.pts > 0 ? fields.pts : 0;
	error = mtp_parcel_add_vector(parcel, r, MTPROTO_UPDATE_OBJECT_MESSAGE);
	return error ? error : add_peers(parcel, r, mtproto_tl_left(r));
}

static int take_channel_parcel(struct mtp_update_log *log, const struct mtproto_now *now, const uint8_t *data,
			       size_t len, struct channel_head *head)
{
	bool too_long = head->id == MTPROTO_ID_CHANNEL_DIFFERENCE_TOO_LONG;
	struct channel_head again;
	struct mtproto_tl_reader r;
	struct mtp_parcel *parcel;
	int error = new_parcel(&parcel, &r, log, data, len);

	if (error)
		return error;
	mtproto_tl_reader_init(&r, parcel->body, parcel->len);
	error = read_head(&r, &again);
	if (!error && too_long)
		error = fill_channel_too_long(parcel, &r, &head->pts);
	else if (!error)
		error = fill_channel_difference(parcel, &r);
	error = or_raw(parcel, error);
	if (!error)
		error = mtp_parcel_find_channels(parcel);
	if (error) {
		mtp_parcel_discard(parcel);
		return error;
	}
	if (too_long && parcel->is_raw)
		mtp_update_notice(log, MTP_NOTICE_TOO_LONG);
	mtp_parcel_distribute_difference(parcel, log, now);
	return 0;
}

static void set_channel_pts(struct mtp_update_log *log, const struct mtproto_now *now, const struct channel_head *head)
{
	bool moved = head->pts != log->state.pts;

	log->state.pts = head->pts;
	log->known = head->pts > 0;
	mtp_update_touch(log);
	if (head->flags & FINAL)
		mtp_update_log_finish(log, now, head->id != MTPROTO_ID_CHANNEL_DIFFERENCE_EMPTY);
	else if (moved)
		mtp_update_log_hurry(log);
	else
		mtp_update_log_retry(log, now, 0);
	if (log->open && !log->asking)
		mtp_update_log_want(log, now->mono_ns + (uint64_t)head->timeout_s * second_ns);
}

static int take_channel_answer(struct mtp_update_log *log, const struct mtproto_now *now, const uint8_t *data,
			       size_t len)
{
	struct channel_head head;
	struct mtproto_tl_reader r;
	int error;

	mtproto_tl_reader_init(&r, data, len);
	switch (mtproto_tl_peek(&r)) {
	case MTPROTO_ID_CHANNEL_DIFFERENCE_EMPTY:
		error = read_head(&r, &head);
		break;
	case MTPROTO_ID_CHANNEL_DIFFERENCE:
	case MTPROTO_ID_CHANNEL_DIFFERENCE_TOO_LONG:
		error = read_head(&r, &head);
		if (!error)
			error = take_channel_parcel(log, now, data, len, &head);
		break;
	default:
		return MTPROTO_ERR_CONSTRUCTOR;
	}
	if (!error)
		set_channel_pts(log, now, &head);
	return error;
}

/* ---- Any log ---- */

static struct mtp_update_log *log_by_token(const struct mtproto_updates *updates, uint64_t token)
{
	const struct mtp_list *asked = &updates->asked;

	for (struct mtp_node *node = mtp_list_first(asked); node; node = mtp_list_after(asked, node)) {
		struct mtp_update_log *log = MTP_OF(node, struct mtp_update_log, asked);

		if (log->token == token)
			return log;
	}
	return NULL;
}

int mtproto_updates_answer(struct mtproto_updates *updates, const struct mtproto_now *now, uint64_t token,
			   const void *data, size_t len)
{
	struct mtp_update_log *log = log_by_token(updates, token);
	int error;

	if (!log)
		return MTPROTO_ERR_NOT_FOUND;
	mtp_update_log_settle(log);
	error = log->state.channel_id ? take_channel_answer(log, now, data, len)
				      : take_account_answer(log, now, data, len);
	if (error)
		mtp_update_log_retry(log, now, 0);
	return error == MTPROTO_ERR_MEMORY || error == MTPROTO_ERR_LIMIT ? error : 0;
}

/* ---- Errors ---- */

static bool is_text(const char *expected, const char *text, size_t len)
{
	return len == strlen(expected) && memcmp(expected, text, len) == 0;
}

/* The n of FLOOD_WAIT_n, or 0. */
static uint64_t flood_wait_s(const char *text, size_t len)
{
	static const char prefix[] = "FLOOD_WAIT_";
	size_t at = sizeof(prefix) - 1;
	uint64_t seconds = 0;

	if (len <= at || len > at + 6 || memcmp(prefix, text, at) != 0)
		return 0;
	for (; at < len && text[at] >= '0' && text[at] <= '9'; at++)
		seconds = seconds * 10 + (uint64_t)(text[at] - '0');
	return at == len ? seconds : 0;
}

/* The server has no use for the state: there is none from now on. */
static void lose_state(struct mtp_update_log *log)
{
	if (log->state.channel_id) {
		log->known = false;
		log->state.pts = 0;
	} else {
		log->needs_state = true;
	}
}

/* Nobody is signed in: nothing is asked for until somebody is. */
static void sign_out(struct mtproto_updates *updates, struct mtp_update_log *log)
{
	updates->started = false;
	mtp_timer_stop(&updates->idle);
	mtp_update_log_stop(log);
	mtp_update_log_stop(&updates->account.log);
}

int mtproto_updates_fail(struct mtproto_updates *updates, const struct mtproto_now *now, uint64_t token, int32_t code,
			 const void *text, size_t len)
{
	struct mtp_update_log *log = log_by_token(updates, token);

	if (!log)
		return MTPROTO_ERR_NOT_FOUND;
	mtp_update_log_settle(log);
	if (log->state.channel_id && (is_text("CHANNEL_PRIVATE", text, len) || is_text("CHANNEL_INVALID", text, len))) {
		mtp_update_notice(log, MTP_NOTICE_INACCESSIBLE);
		mtp_update_log_close(log, now);
		return 0;
	}
	if (code == CODE_UNAUTHORIZED) {
		sign_out(updates, log);
		return 0;
	}
	if (is_text("PERSISTENT_TIMESTAMP_EMPTY", text, len) || is_text("PERSISTENT_TIMESTAMP_INVALID", text, len))
		lose_state(log);
	mtp_update_log_retry(log, now, flood_wait_s(text, len));
	return 0;
}
