#include "updates/updates.h"

#include "base/memory.h"

#include <string.h>

enum { OPEN_CHANNELS_MAX = 10 };

/* ---- Life ---- */

void mtproto_updates_config_init(struct mtproto_updates_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->gap_wait_ns = 500000000;
	config->idle_wait_ns = UINT64_C(900000000000);
	config->channel_limit = 100;
	config->channel_requests_max = 10;
	config->channels_max = 65536;
	config->held_max = 10000;
	config->bytes_max = 32u << 20;
}

static int check_config(const struct mtproto_updates_config *config)
{
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (config->pts_limit < 0 || config->pts_total_limit < 0 || config->channel_limit < 1 ||
	    config->channel_requests_max < 1 || config->held_max < 1 || config->bytes_max < 1)
		return MTPROTO_ERR_ARGUMENT;
	return 0;
}

static void idle(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtproto_updates *updates = MTP_OF(timer, struct mtproto_updates, idle);

	mtp_update_log_hurry(&updates->account.log);
	mtp_timer_set(timer, now->mono_ns + updates->config.idle_wait_ns);
}

/* Silence begins anew. */
static void heard(struct mtproto_updates *updates, const struct mtproto_now *now)
{
	if (updates->started)
		mtp_timer_set(&updates->idle, now->mono_ns + updates->config.idle_wait_ns);
}

static struct mtproto_updates *make(const struct mtproto_updates_config *config)
{
	struct mtproto_allocator allocator = mtp_allocator_or_default(config->allocator);
	struct mtproto_updates *updates = mtp_alloc_zero(&allocator, sizeof(*updates));

	if (!updates)
		return NULL;
	updates->allocator = allocator;
	updates->config = *config;
	mtp_timers_init(&updates->timers, &updates->allocator);
	/* Ids of channels are given by Telegram, which the account trusts with its messages: no secret seed is needed.
	 */
	mtp_map_init(&updates->channels, &updates->allocator, 0);
	mtp_list_init(&updates->queue);
	mtp_list_init(&updates->ready);
	mtp_list_init(&updates->asked);
	mtp_update_counter_init(&updates->account.qts);
	mtp_update_counter_init(&updates->account.seq);
	return updates;
}

int mtproto_updates_new(struct mtproto_updates **out, const struct mtproto_updates_config *config)
{
	struct mtproto_updates_config defaults;
	struct mtproto_updates *updates;
	int error;

	*out = NULL;
	mtproto_updates_config_init(&defaults);
	if (!config)
		config = &defaults;
	error = check_config(config);
	if (error)
		return error;
	updates = make(config);
	if (!updates)
		return MTPROTO_ERR_MEMORY;
	if (mtp_update_log_init(&updates->account.log, updates, 0) ||
	    mtp_timer_init(&updates->timers, &updates->idle, idle)) {
		mtproto_updates_free(updates);
		return MTPROTO_ERR_MEMORY;
	}
	*out = updates;
	return 0;
}

void mtproto_updates_free(struct mtproto_updates *updates)
{
	struct mtproto_updates_event event;
	struct mtproto_allocator allocator;
	struct mtp_update_log *log;

	if (!updates)
		return;
	allocator = updates->allocator;
	while ((log = mtp_map_any(&updates->channels)))
		mtproto_updates_forget_channel(updates, log->state.channel_id);
	mtp_update_log_drop(&updates->account.log, false);
	while (mtproto_updates_next_event(updates, &event) > 0)
		;
	mtp_map_fini(&updates->channels);
	mtp_timers_fini(&updates->timers);
	mtp_release(&allocator, updates, sizeof(*updates));
}

/* ---- States ---- */

static int set_account_state(struct mtproto_updates *updates, const struct mtproto_update_state *state)
{
	struct mtp_update_log *log = &updates->account.log;

	if (updates->started)
		return MTPROTO_ERR_STATE;
	log->state = log->told = *state;
	log->known = state->pts > 0;
	log->confirmed_pts = state->pts;
	log->confirmed_qts = state->qts;
	return 0;
}

static int set_channel_state(struct mtproto_updates *updates, const struct mtproto_update_state *state)
{
	struct mtp_update_log *log;
	int error = mtp_update_channel(&log, updates, state->channel_id);

	if (error)
		return error;
	if (state->has_access_hash) {
		log->state.has_access_hash = true;
		log->state.access_hash = state->access_hash;
	}
	if (state->pts > log->state.pts && !log->asking) {
		log->state.pts = state->pts;
		log->known = true;
	}
	log->told = log->state;
	if (log->needs_hash && log->state.has_access_hash) {
		log->needs_hash = false;
		mtp_update_log_hurry(log);
	}
	return 0;
}

int mtproto_updates_set_state(struct mtproto_updates *updates, const struct mtproto_update_state *state)
{
	if (state->pts < 0 || state->qts < 0 || state->seq < 0 || state->channel_id < 0)
		return MTPROTO_ERR_ARGUMENT;
	return state->channel_id ? set_channel_state(updates, state) : set_account_state(updates, state);
}

static const struct mtp_update_log *find_log(const struct mtproto_updates *updates, int64_t channel_id)
{
	return channel_id ? mtp_map_get(&updates->channels, (uint64_t)channel_id) : &updates->account.log;
}

int mtproto_updates_state(const struct mtproto_updates *updates, int64_t channel_id, struct mtproto_update_state *out)
{
	const struct mtp_update_log *log = find_log(updates, channel_id);

	memset(out, 0, sizeof(*out));
	if (!log || !log->known)
		return MTPROTO_ERR_NOT_FOUND;
	*out = log->state;
	return 0;
}

int mtproto_updates_export(const struct mtproto_updates *updates, uint8_t *out, size_t cap, size_t *len)
{
	const struct mtp_update_log *log = &updates->account.log;
	size_t cursor = 0;

	*len = 0;
	if (!mtp_list_empty(&updates->queue))
		return MTPROTO_ERR_STATE;
	for (; log; log = mtp_map_next(&updates->channels, &cursor)) {
		if (!log->known)
			continue;
		if (out && cap - *len < MTPROTO_UPDATE_STATE_SIZE)
			return MTPROTO_ERR_BUFFER;
		if (out)
			mtproto_update_state_export(out + *len, &log->state);
		*len += MTPROTO_UPDATE_STATE_SIZE;
	}
	return 0;
}

int mtproto_updates_import(struct mtproto_updates *updates, const uint8_t *data, size_t len)
{
	struct mtproto_update_state state;

	while (len > 0) {
		size_t size = len < MTPROTO_UPDATE_STATE_SIZE ? len : MTPROTO_UPDATE_STATE_SIZE;
		int error = mtproto_update_state_import(&state, data, size);

		if (!error)
			error = mtproto_updates_set_state(updates, &state);
		if (error)
			return error;
		data += size;
		len -= size;
	}
	return 0;
}

int mtproto_updates_set_access_hash(struct mtproto_updates *updates, const struct mtproto_now *now, int64_t channel_id,
				    int64_t access_hash)
{
	struct mtp_update_log *log;
	bool wanted;
	int error;

	if (channel_id <= 0)
		return MTPROTO_ERR_ARGUMENT;
	error = mtp_update_channel(&log, updates, channel_id);
	if (error)
		return error;
	wanted = log->needs_hash || log->inaccessible;
	log->state.has_access_hash = true;
	log->state.access_hash = access_hash;
	log->needs_hash = log->inaccessible = false;
	if (log->known)
		mtp_update_touch(log);
	if (wanted)
		mtp_update_log_want(log, now->mono_ns);
	return 0;
}

void mtproto_updates_refuse_access_hash(struct mtproto_updates *updates, const struct mtproto_now *now,
					int64_t channel_id)
{
	struct mtp_update_log *log = mtp_map_get(&updates->channels, (uint64_t)channel_id);

	if (log && log->needs_hash)
		mtp_update_log_close(log, now);
}

void mtproto_updates_forget_channel(struct mtproto_updates *updates, int64_t channel_id)
{
	struct mtp_update_log *log = mtp_map_remove(&updates->channels, (uint64_t)channel_id);

	if (log)
		mtp_update_channel_free(log);
}

int mtproto_updates_open_channel(struct mtproto_updates *updates, const struct mtproto_now *now, int64_t channel_id)
{
	struct mtp_update_log *log;
	int error;

	if (channel_id <= 0)
		return MTPROTO_ERR_ARGUMENT;
	error = mtp_update_channel(&log, updates, channel_id);
	if (error || log->open)
		return error;
	if (updates->open_channels == OPEN_CHANNELS_MAX)
		return MTPROTO_ERR_LIMIT;
	log->open = true;
	updates->open_channels++;
	mtp_update_log_want(log, now->mono_ns);
	return 0;
}

void mtproto_updates_close_channel(struct mtproto_updates *updates, int64_t channel_id)
{
	struct mtp_update_log *log = mtp_map_get(&updates->channels, (uint64_t)channel_id);

	if (log && log->open) {
		log->open = false;
		updates->open_channels--;
	}
}

/* ---- In ---- */

static void catch_up_account(struct mtproto_updates *updates, const struct mtproto_now *now)
{
	mtp_update_log_hurry(&updates->account.log);
	heard(updates, now);
}

void mtproto_updates_connected(struct mtproto_updates *updates, const struct mtproto_now *now)
{
	updates->started = true;
	/* One that is open may have been answered long ago: what was pushed to nobody since is missing behind that. */
	mtp_update_log_want(&updates->account.log, now->mono_ns);
	catch_up_account(updates, now);
}

void mtproto_updates_new_session(struct mtproto_updates *updates, const struct mtproto_now *now)
{
	/* A request that is open was, or will be, answered by the new session: nothing is missing behind its answer. */
	if (updates->started)
		catch_up_account(updates, now);
}

void mtproto_updates_refused(struct mtproto_updates *updates, const struct mtproto_now *now)
{
	if (updates->started)
		mtp_update_log_doubt(&updates->account.log, now);
}

void mtproto_updates_catch_up(struct mtproto_updates *updates, const struct mtproto_now *now, int64_t channel_id)
{
	struct mtp_update_log *log =
		channel_id ? mtp_map_get(&updates->channels, (uint64_t)channel_id) : &updates->account.log;

	if (log)
		mtp_update_log_want(log, now->mono_ns);
}

static int take(struct mtproto_updates *updates, const struct mtproto_now *now, enum mtproto_updates_origin origin,
		int64_t channel_id, struct mtproto_span body)
{
	struct mtp_parcel *parcel;
	int error = mtp_parcel_new(&parcel, updates, body.data, body.len);

	if (!error) {
		parcel->origin = origin;
		parcel->channel_id = channel_id;
		error = mtp_parcel_take_apart(parcel);
		if (!error)
			error = mtp_parcel_find_channels(parcel);
		if (!error)
			mtp_parcel_distribute(parcel, now);
		else
			mtp_parcel_discard(parcel);
	}
	if (error)
		mtp_update_log_doubt(&updates->account.log, now);
	return error;
}

static uint32_t id_of(const void *data, size_t len)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, data, len);
	return mtproto_tl_peek(&r);
}

int mtproto_updates_recv(struct mtproto_updates *updates, const struct mtproto_now *now, const void *data, size_t len)
{
	struct mtproto_span body = {data, len};

	heard(updates, now);
	if (id_of(data, len) == MTPROTO_ID_UPDATES_TOO_LONG) {
		mtp_update_log_want(&updates->account.log, now->mono_ns);
		return 0;
	}
	return take(updates, now, MTPROTO_UPDATES_PUSHED, 0, body);
}

int mtproto_updates_result(struct mtproto_updates *updates, const struct mtproto_now *now, int64_t channel_id,
			   const void *data, size_t len)
{
	struct mtproto_span body = {data, len};
	uint32_t id = id_of(data, len);

	switch (id) {
	case MTPROTO_ID_AFFECTED_MESSAGES:
	case MTPROTO_ID_AFFECTED_HISTORY:
	case MTPROTO_ID_AFFECTED_FOUND_MESSAGES:
		return take(updates, now, MTPROTO_UPDATES_RESULT, channel_id, body);
	case MTPROTO_ID_UPDATES_TOO_LONG:
		mtp_update_log_want(&updates->account.log, now->mono_ns);
		return 0;
	default:
		if (!mtproto_update_is_wrapper(id))
			return 0;
		return take(updates, now, MTPROTO_UPDATES_RESULT, channel_id, body);
	}
}

/* ---- Time and requests ---- */

void mtproto_updates_process(struct mtproto_updates *updates, const struct mtproto_now *now)
{
	mtp_timers_run(&updates->timers, now);
}

uint64_t mtproto_updates_deadline(const struct mtproto_updates *updates)
{
	return mtp_timers_next(&updates->timers);
}

int mtproto_updates_next_request(struct mtproto_updates *updates, struct mtproto_updates_request *request)
{
	struct mtp_node *node = mtp_list_first(&updates->ready);
	struct mtp_update_log *log;

	memset(request, 0, sizeof(*request));
	if (!node)
		return 0;
	log = MTP_OF(node, struct mtp_update_log, ready);
	if (log->state.channel_id && updates->channel_requests >= updates->config.channel_requests_max)
		return 0;
	mtp_update_log_ask(log, request);
	return 1;
}
