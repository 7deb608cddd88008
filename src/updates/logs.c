/* When a log is asked for what is missing, and what then becomes of what waited. */
#include "updates/updates.h"

#include "base/memory.h"

static const uint64_t second_ns = 1000000000;

enum { RETRY_MAX_S = 60, DOUBLINGS_MAX = 6 };

static bool is_account(const struct mtp_update_log *log)
{
	return log->state.channel_id == 0;
}

static struct mtp_update_account *account_of(struct mtp_update_log *log)
{
	return MTP_OF(log, struct mtp_update_account, log);
}

/* 1, 2, 4 .. 60 seconds. */
static uint64_t doubled_ns(uint8_t times)
{
	uint64_t seconds = times < DOUBLINGS_MAX ? UINT64_C(1) << times : RETRY_MAX_S;

	return (seconds < RETRY_MAX_S ? seconds : RETRY_MAX_S) * second_ns;
}

/* ---- When ---- */

/* A request is due: it is made when the driver asks for it, the account's before those of channels. */
static void make_ready(struct mtp_update_log *log)
{
	log->wanted_at = MTPROTO_NEVER;
	if (log->token || mtp_list_linked(&log->ready) || log->inaccessible)
		return;
	if (is_account(log)) {
		mtp_list_prepend(&log->updates->ready, &log->ready);
	} else if (log->state.has_access_hash) {
		mtp_list_append(&log->updates->ready, &log->ready);
	} else if (!log->needs_hash) {
		log->needs_hash = true;
		mtp_update_notice(log, MTP_NOTICE_ACCESS_HASH);
	}
}

static bool take_expired(struct mtp_update_counter *counter, const struct mtproto_now *now)
{
	if (counter->gap_at > now->mono_ns)
		return false;
	counter->gap_at = MTPROTO_NEVER;
	return true;
}

static void fire(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtp_update_log *log = MTP_OF(timer, struct mtp_update_log, timer);
	bool due = log->wanted_at <= now->mono_ns;

	if (!log->asking) {
		due |= take_expired(&log->pts, now);
		if (is_account(log)) {
			due |= take_expired(&account_of(log)->qts, now);
			due |= take_expired(&account_of(log)->seq, now);
		}
	}
	if (due)
		make_ready(log);
	mtp_update_log_arm(log);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void mtp_update_log_arm(struct mtp_update_log *log)
{
	uint64_t at = log->wanted_at;

	if (!log->asking) {
		at = earlier(at, log->pts.gap_at);
		if (is_account(log))
			at = earlier(at, earlier(account_of(log)->qts.gap_at, account_of(log)->seq.gap_at));
	}
	mtp_timer_set(&log->timer, at);
}

void mtp_update_log_want(struct mtp_update_log *log, uint64_t at_ns)
{
	if (log->inaccessible || (is_account(log) && !log->updates->started))
		return;
	if (log->asking) {
		log->again |= log->token != 0;
		return;
	}
	log->wanted_at = earlier(log->wanted_at, at_ns);
	mtp_update_log_arm(log);
}

void mtp_update_log_doubt(struct mtp_update_log *log, const struct mtproto_now *now)
{
	uint64_t wait_ns = log->updates->config.gap_wait_ns;

	if (log->asking) {
		log->doubt_later = true;
		return;
	}
	if (log->fruitless > 0)
		wait_ns = doubled_ns(log->fruitless);
	log->doubted = true;
	mtp_update_log_want(log, now->mono_ns + wait_ns);
}

/* ---- Asking ---- */

static enum mtproto_updates_request_kind kind_of(const struct mtp_update_log *log)
{
	if (!is_account(log))
		return MTPROTO_UPDATES_GET_CHANNEL_DIFFERENCE;
	return log->known && !log->needs_state ? MTPROTO_UPDATES_GET_DIFFERENCE : MTPROTO_UPDATES_GET_STATE;
}

static void write_difference(struct mtproto_tl_writer *w, const struct mtp_update_log *log)
{
	const struct mtproto_updates_config *config = &log->updates->config;
	struct mtproto_get_difference parameters = {
		.pts = log->state.pts,
		.qts = log->state.qts,
		.date = log->state.date,
		.pts_limit = config->pts_limit,
		.pts_total_limit = config->pts_total_limit,
	};

	mtproto_update_write_get_difference(w, &parameters);
}

/* Of a channel that nothing is known of only where it stands is asked. */
static void write_channel_difference(struct mtproto_tl_writer *w, const struct mtp_update_log *log)
{
	struct mtproto_get_channel_difference parameters = {
		.channel_id = log->state.channel_id,
		.access_hash = log->state.access_hash,
		.pts = log->known && log->state.pts > 0 ? log->state.pts : 1,
		.limit = log->known ? log->updates->config.channel_limit : 1,
	};

	mtproto_update_write_get_channel_difference(w, &parameters);
}

static void write_request(struct mtproto_tl_writer *w, const struct mtp_update_log *log)
{
	switch (kind_of(log)) {
	case MTPROTO_UPDATES_GET_STATE:
		mtproto_update_write_get_state(w);
		break;
	case MTPROTO_UPDATES_GET_DIFFERENCE:
		write_difference(w, log);
		break;
	default:
		write_channel_difference(w, log);
	}
}

void mtp_update_log_ask(struct mtp_update_log *log, struct mtproto_updates_request *request)
{
	struct mtproto_updates *updates = log->updates;
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, updates->request, sizeof(updates->request));
	write_request(&w, log);
	mtp_list_remove(&log->ready);
	mtp_list_append(&updates->asked, &log->asked);
	updates->channel_requests += is_account(log) ? 0 : 1;
	mtp_update_log_mark(log);
	log->asking = true;
	log->token = ++updates->token;
	log->wanted_at = MTPROTO_NEVER;
	log->confirmed_pts = log->state.pts;
	log->confirmed_qts = log->state.qts;
	mtp_update_log_arm(log);
	request->token = log->token;
	request->kind = kind_of(log);
	request->channel_id = log->state.channel_id;
	request->body.data = updates->request;
	request->body.len = w.len;
}

void mtp_update_log_settle(struct mtp_update_log *log)
{
	if (!log->token)
		return;
	log->token = 0;
	mtp_list_remove(&log->asked);
	log->updates->channel_requests -= is_account(log) ? 0 : 1;
}

void mtp_update_log_hurry(struct mtp_update_log *log)
{
	log->retries = 0;
	make_ready(log);
}

void mtp_update_log_retry(struct mtp_update_log *log, const struct mtproto_now *now, uint64_t wait_s)
{
	log->wanted_at = now->mono_ns + (wait_s ? wait_s * second_ns : doubled_ns(log->retries));
	if (log->retries < DOUBLINGS_MAX)
		log->retries++;
	mtp_update_log_arm(log);
}

/* ---- Afterwards ---- */

static void stop_asking(struct mtp_update_log *log)
{
	mtp_update_log_settle(log);
	mtp_list_remove(&log->ready);
	log->asking = log->again = log->doubted = log->doubt_later = log->needs_hash = false;
	log->wanted_at = MTPROTO_NEVER;
	log->retries = 0;
}

void mtp_update_log_finish(struct mtp_update_log *log, const struct mtproto_now *now, bool found_any)
{
	bool again = log->again, doubt = log->doubt_later;

	if (found_any)
		log->fruitless = 0;
	else if (log->doubted && log->fruitless < DOUBLINGS_MAX)
		log->fruitless++;
	stop_asking(log);
	/* What waited when the server was asked is in its answer, or never was in its log. */
	doubt |= mtp_update_log_drop(log, true);
	mtp_update_touch(log);
	if (again)
		mtp_update_log_want(log, now->mono_ns);
	if (doubt)
		mtp_update_log_doubt(log, now);
	mtp_update_log_drain(log, now);
}

void mtp_update_log_stop(struct mtp_update_log *log)
{
	stop_asking(log);
	mtp_update_log_drop(log, false);
	mtp_update_log_arm(log);
}

void mtp_update_log_close(struct mtp_update_log *log, const struct mtproto_now *now)
{
	stop_asking(log);
	log->inaccessible = true;
	mtp_update_log_pass_over(log, now);
	mtp_update_log_arm(log);
}

/* ---- Life ---- */

int mtp_update_log_init(struct mtp_update_log *log, struct mtproto_updates *updates, int64_t channel_id)
{
	log->updates = updates;
	log->state.channel_id = channel_id;
	log->state_entry.log = log->notice_entry.log = log;
	log->wanted_at = MTPROTO_NEVER;
	mtp_update_counter_init(&log->pts);
	return mtp_timer_init(&updates->timers, &log->timer, fire);
}

int mtp_update_channel(struct mtp_update_log **out, struct mtproto_updates *updates, int64_t channel_id)
{
	struct mtp_update_log *log = mtp_map_get(&updates->channels, (uint64_t)channel_id);

	*out = log;
	if (log)
		return 0;
	if (updates->channels.count >= updates->config.channels_max)
		return MTPROTO_ERR_LIMIT;
	log = mtp_alloc_zero(&updates->allocator, sizeof(*log));
	if (!log)
		return MTPROTO_ERR_MEMORY;
	if (mtp_update_log_init(log, updates, channel_id) ||
	    mtp_map_put(&updates->channels, (uint64_t)channel_id, log)) {
		mtp_timer_fini(&log->timer);
		mtp_release(&updates->allocator, log, sizeof(*log));
		return MTPROTO_ERR_MEMORY;
	}
	*out = log;
	return 0;
}

void mtp_update_channel_free(struct mtp_update_log *log)
{
	struct mtproto_updates *updates = log->updates;

	stop_asking(log);
	mtp_update_log_drop(log, false);
	mtp_list_remove(&log->state_entry.node);
	mtp_list_remove(&log->notice_entry.node);
	mtp_timer_fini(&log->timer);
	updates->open_channels -= log->open ? 1 : 0;
	mtp_release(&updates->allocator, log, sizeof(*log));
}
