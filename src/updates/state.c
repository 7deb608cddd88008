#include <mtproto/update_state.h>

#include "tl/kept.h"

#include <string.h>

/* What real servers never do; numbers from implementations that have met all of it. */
enum {
	PTS_FALL_MAX = 19999,
	PTS_RISE_MAX = 1 << 30,
	PTS_NEARLY_OVER = 2100000000,
	PTS_BEGUN_ANEW = 1100000000,
	QTS_FALL_MAX = 1000009
};

enum mtproto_update_verdict mtproto_update_apply_pts(int32_t *local, int32_t pts, int32_t pts_count)
{
	if (pts <= 0 || pts_count < 0 || pts_count > pts)
		return MTPROTO_UPDATE_INCONSISTENT;
	if (*local > PTS_NEARLY_OVER && pts < PTS_BEGUN_ANEW)
		*local = 1;
	if ((int64_t)*local - pts > PTS_FALL_MAX || (int64_t)pts - *local > PTS_RISE_MAX)
		return MTPROTO_UPDATE_INCONSISTENT;
	if (pts - pts_count > *local)
		return MTPROTO_UPDATE_GAP;
	if (pts - pts_count < *local)
		return MTPROTO_UPDATE_DUPLICATE;
	*local = pts;
	return MTPROTO_UPDATE_ACCEPT;
}

enum mtproto_update_verdict mtproto_update_apply_qts(int32_t *local, int32_t qts)
{
	bool anew = (int64_t)*local - qts > QTS_FALL_MAX;

	if (qts <= 0)
		return MTPROTO_UPDATE_INCONSISTENT;
	if (qts - 1 > *local)
		return MTPROTO_UPDATE_GAP;
	if (qts - 1 < *local && !anew)
		return MTPROTO_UPDATE_DUPLICATE;
	*local = qts;
	return MTPROTO_UPDATE_ACCEPT;
}

enum mtproto_update_verdict mtproto_update_apply_seq(struct mtproto_update_state *state, int32_t seq_start, int32_t seq,
						     int32_t date)
{
	if (seq_start < 0 || seq < 0 || (seq > 0 && seq < seq_start))
		return MTPROTO_UPDATE_INCONSISTENT;
	if (seq_start > 0 && seq_start - 1 > state->seq)
		return MTPROTO_UPDATE_GAP;
	if (seq_start > 0 && seq_start - 1 < state->seq)
		return MTPROTO_UPDATE_DUPLICATE;
	if (seq_start > 0 && seq > 0)
		state->seq = seq;
	/* Containers may be made by several servers at once: a clock that is behind takes nothing back. */
	if (date > state->date)
		state->date = date;
	return MTPROTO_UPDATE_ACCEPT;
}

/* ---- As bytes ---- */

static const uint32_t magic = 0x5550544d; /* "MTPU" */

enum { VERSION = 1, HAS_ACCESS_HASH = 1 };

void mtproto_update_state_export(uint8_t out[MTPROTO_UPDATE_STATE_SIZE], const struct mtproto_update_state *state)
{
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, out, MTPROTO_UPDATE_STATE_SIZE);
	mtp_kept_begin(&w, magic, VERSION);
	mtproto_tl_write_u32(&w, state->has_access_hash ? HAS_ACCESS_HASH : 0);
	mtproto_tl_write_long(&w, (uint64_t)state->channel_id);
	mtproto_tl_write_long(&w, (uint64_t)state->access_hash);
	mtproto_tl_write_int(&w, state->pts);
	mtproto_tl_write_int(&w, state->qts);
	mtproto_tl_write_int(&w, state->seq);
	mtproto_tl_write_int(&w, state->date);
	mtp_kept_end(&w);
}

int mtproto_update_state_import(struct mtproto_update_state *out, const uint8_t *data, size_t len)
{
	struct mtproto_tl_reader r;
	uint32_t flags;
	int error = mtp_kept_open(&r, data, len, magic, VERSION);

	memset(out, 0, sizeof(*out));
	if (!error && len != MTPROTO_UPDATE_STATE_SIZE)
		error = MTPROTO_ERR_STATE_FORMAT;
	if (error)
		return error;
	flags = mtproto_tl_read_u32(&r);
	out->has_access_hash = flags & HAS_ACCESS_HASH;
	out->channel_id = (int64_t)mtproto_tl_read_long(&r);
	out->access_hash = (int64_t)mtproto_tl_read_long(&r);
	out->pts = mtproto_tl_read_int(&r);
	out->qts = mtproto_tl_read_int(&r);
	out->seq = mtproto_tl_read_int(&r);
	out->date = mtproto_tl_read_int(&r);
	return 0;
}
