/* The order of updates: each counter lets pass what is next, drops what was, and holds what is too early. */
#include "updates/updates.h"

/* Servers are told this often what was received, so that they need not keep it. */
enum { CONFIRM_EVERY = 100000 };

static struct mtp_update_account *account_of(struct mtp_update_log *log)
{
	return log->state.channel_id ? NULL : MTP_OF(log, struct mtp_update_account, log);
}

static struct mtp_update_item *item_at(struct mtp_node *node)
{
	return MTP_OF(node, struct mtp_update_item, entry.node);
}

static struct mtp_parcel *parcel_at(struct mtp_node *node)
{
	return MTP_OF(node, struct mtp_parcel, node);
}

void mtp_update_counter_init(struct mtp_update_counter *counter)
{
	mtp_list_init(&counter->held);
	counter->gap_at = MTPROTO_NEVER;
}

static void open_gap(struct mtp_update_log *log, struct mtp_update_counter *counter, enum mtp_update_notice notice,
		     const struct mtproto_now *now)
{
	if (counter->gap_at != MTPROTO_NEVER)
		return;
	counter->gap_at = now->mono_ns + log->updates->config.gap_wait_ns;
	mtp_update_notice(log, notice);
}

/* After something was let pass: the gap is closed, or there is another behind it. */
static void look_for_gap(struct mtp_update_log *log, struct mtp_update_counter *counter, enum mtp_update_notice notice,
			 const struct mtproto_now *now)
{
	if (mtp_list_empty(&counter->held))
		counter->gap_at = MTPROTO_NEVER;
	else
		open_gap(log, counter, notice, now);
}

/* What comes now can't be judged: the state is about to change, or there is none. */
static bool must_wait(const struct mtp_update_log *log)
{
	return log->asking || !log->known;
}

/* There is no room to hold anything more of this log: the difference has to bring all of it. */
static bool has_no_room(struct mtp_update_log *log, const struct mtproto_now *now)
{
	if (log->updates->held < log->updates->config.held_max)
		return false;
	mtp_update_log_drop(log, false);
	mtp_update_log_want(log, now->mono_ns);
	return true;
}

/* ---- pts and qts: items ---- */

static struct mtp_update_counter *counter_of(struct mtp_update_log *log, const struct mtp_update_item *item)
{
	return item->fields.order == MTPROTO_UPDATE_BY_QTS ? &account_of(log)->qts : &log->pts;
}

static enum mtp_update_notice gap_of(const struct mtp_update_item *item)
{
	switch (item->fields.order) {
	case MTPROTO_UPDATE_BY_QTS:
		return MTP_NOTICE_GAP_QTS;
	case MTPROTO_UPDATE_BY_CHANNEL_PTS:
		return MTP_NOTICE_GAP_CHANNEL_PTS;
	default:
		return MTP_NOTICE_GAP_PTS;
	}
}

static int32_t end_of(const struct mtp_update_item *item)
{
	return item->fields.order == MTPROTO_UPDATE_BY_QTS ? item->fields.qts : item->fields.pts;
}

static int32_t count_of(const struct mtp_update_item *item)
{
	return item->fields.order == MTPROTO_UPDATE_BY_QTS ? 1 : item->fields.pts_count;
}

static bool comes_before(const struct mtp_update_item *a, const struct mtp_update_item *b)
{
	int64_t a_start = (int64_t)end_of(a) - count_of(a), b_start = (int64_t)end_of(b) - count_of(b);

	return a_start != b_start ? a_start < b_start : end_of(a) < end_of(b);
}

/* Puts an item where its numbers belong. Two that end at the same number and count are the same event. */
static void hold(struct mtp_update_log *log, struct mtp_update_item *item, const struct mtproto_now *now)
{
	struct mtp_list *held = &counter_of(log, item)->held;
	struct mtp_node *after = held->head.prev;

	if (has_no_room(log, now)) {
		mtp_update_item_release(item);
		return;
	}
	while (after != &held->head && comes_before(item, item_at(after)))
		after = after->prev;
	if (after != &held->head && count_of(item) > 0 && end_of(item_at(after)) == end_of(item) &&
	    count_of(item_at(after)) == count_of(item)) {
		mtp_update_item_release(item);
		return;
	}
	mtp_list_insert_after(after, &item->entry.node);
	log->updates->held++;
}

static struct mtp_update_item *take_held(struct mtp_update_log *log, struct mtp_update_counter *counter)
{
	struct mtp_node *node = mtp_list_pop(&counter->held);

	if (!node)
		return NULL;
	log->updates->held--;
	return item_at(node);
}

static enum mtproto_update_verdict judge(struct mtp_update_log *log, const struct mtp_update_item *item)
{
	if (item->fields.order == MTPROTO_UPDATE_BY_QTS)
		return mtproto_update_apply_qts(&log->state.qts, item->fields.qts);
	return mtproto_update_apply_pts(&log->state.pts, item->fields.pts, item->fields.pts_count);
}

static void pass(struct mtp_update_log *log, struct mtp_update_item *item, const struct mtproto_now *now)
{
	if (item->silent)
		mtp_update_item_release(item);
	else
		mtp_update_deliver(item);
	mtp_update_touch(log);
	if (!log->state.channel_id && (log->state.pts - log->confirmed_pts >= CONFIRM_EVERY ||
				       log->state.qts - log->confirmed_qts >= CONFIRM_EVERY))
		mtp_update_log_want(log, now->mono_ns);
}

static void drain_items(struct mtp_update_log *log, struct mtp_update_counter *counter, const struct mtproto_now *now)
{
	enum mtp_update_notice notice = MTP_NOTICE_GAP_PTS;
	struct mtp_node *node;

	while ((node = mtp_list_first(&counter->held))) {
		enum mtproto_update_verdict verdict = judge(log, item_at(node));

		notice = gap_of(item_at(node));
		if (verdict == MTPROTO_UPDATE_GAP)
			break;
		take_held(log, counter);
		if (verdict == MTPROTO_UPDATE_ACCEPT)
			pass(log, item_at(node), now);
		else
			mtp_update_item_release(item_at(node));
		if (verdict == MTPROTO_UPDATE_INCONSISTENT)
			mtp_update_log_doubt(log, now);
	}
	look_for_gap(log, counter, notice, now);
}

/* The first that is heard of a channel says where it stands. */
static void begin(struct mtp_update_log *log, const struct mtp_update_item *item)
{
	const struct mtproto_update_fields *fields = &item->fields;

	if (fields->pts <= 0 || fields->pts_count < 0 || fields->pts_count > fields->pts)
		return;
	log->state.pts = fields->pts - fields->pts_count;
	log->known = true;
}

void mtp_update_log_feed(struct mtp_update_log *log, struct mtp_update_item *item, const struct mtproto_now *now)
{
	enum mtproto_update_verdict verdict;

	if (log->state.channel_id && !log->known && !log->asking)
		begin(log, item);
	if (must_wait(log)) {
		hold(log, item, now);
		return;
	}
	verdict = judge(log, item);
	if (verdict == MTPROTO_UPDATE_GAP && log->inaccessible) {
		mtp_update_notice(log, MTP_NOTICE_TOO_LONG);
		log->state.pts = item->fields.pts;
		verdict = MTPROTO_UPDATE_ACCEPT;
	}
	switch (verdict) {
	case MTPROTO_UPDATE_ACCEPT:
		pass(log, item, now);
		drain_items(log, counter_of(log, item), now);
		break;
	case MTPROTO_UPDATE_GAP:
		open_gap(log, counter_of(log, item), gap_of(item), now);
		hold(log, item, now);
		break;
	case MTPROTO_UPDATE_INCONSISTENT:
		mtp_update_item_release(item);
		mtp_update_log_doubt(log, now);
		break;
	default:
		mtp_update_item_release(item);
	}
	mtp_update_log_arm(log);
}

/* ---- seq: parcels ---- */

static void deliver_rest(struct mtp_parcel *parcel)
{
	struct mtp_node *node;

	while ((node = mtp_list_pop(&parcel->rest)))
		mtp_update_deliver(item_at(node));
}

static void release_rest(struct mtp_parcel *parcel)
{
	struct mtp_node *node;

	while ((node = mtp_list_pop(&parcel->rest)))
		mtp_update_item_release(item_at(node));
}

bool mtp_parcel_is_old(const struct mtp_update_account *account, const struct mtp_parcel *parcel)
{
	const struct mtp_list *held = &account->seq.held;

	if (parcel->seq_start <= 0)
		return false;
	if (account->log.known && parcel->seq_start <= account->log.state.seq)
		return true;
	for (struct mtp_node *node = mtp_list_first(held); node; node = mtp_list_after(held, node))
		if (parcel_at(node)->seq_start == parcel->seq_start)
			return true;
	return false;
}

static void hold_parcel(struct mtp_update_account *account, struct mtp_parcel *parcel, const struct mtproto_now *now)
{
	struct mtp_list *held = &account->seq.held;
	struct mtp_node *after = held->head.prev;

	if (has_no_room(&account->log, now)) {
		release_rest(parcel);
		return;
	}
	while (after != &held->head && parcel->seq_start < parcel_at(after)->seq_start)
		after = after->prev;
	mtp_list_insert_after(after, &parcel->node);
	parcel->refs++;
	account->log.updates->held++;
}

static struct mtp_parcel *take_held_parcel(struct mtp_update_account *account)
{
	struct mtp_node *node = mtp_list_pop(&account->seq.held);

	if (!node)
		return NULL;
	account->log.updates->held--;
	return parcel_at(node);
}

static enum mtproto_update_verdict judge_parcel(struct mtp_update_account *account, const struct mtp_parcel *parcel)
{
	return mtproto_update_apply_seq(&account->log.state, parcel->seq_start, parcel->seq, parcel->date);
}

static void pass_parcel(struct mtp_update_account *account, struct mtp_parcel *parcel)
{
	deliver_rest(parcel);
	mtp_update_touch(&account->log);
}

static void drain_seq(struct mtp_update_account *account, const struct mtproto_now *now)
{
	struct mtp_node *node;

	while ((node = mtp_list_first(&account->seq.held))) {
		struct mtp_parcel *parcel = parcel_at(node);
		enum mtproto_update_verdict verdict = judge_parcel(account, parcel);

		if (verdict == MTPROTO_UPDATE_GAP)
			break;
		take_held_parcel(account);
		if (verdict == MTPROTO_UPDATE_ACCEPT)
			pass_parcel(account, parcel);
		else
			release_rest(parcel);
		if (verdict == MTPROTO_UPDATE_INCONSISTENT)
			mtp_update_log_doubt(&account->log, now);
		mtp_parcel_release(parcel);
	}
	look_for_gap(&account->log, &account->seq, MTP_NOTICE_GAP_SEQ, now);
}

void mtp_parcel_feed_rest(struct mtp_parcel *parcel, struct mtp_update_account *account, const struct mtproto_now *now)
{
	struct mtp_update_log *log = &account->log;

	if (!parcel->is_container || (parcel->seq_start == 0 && must_wait(log))) {
		deliver_rest(parcel);
		return;
	}
	if (must_wait(log)) {
		hold_parcel(account, parcel, now);
		return;
	}
	switch (judge_parcel(account, parcel)) {
	case MTPROTO_UPDATE_ACCEPT:
		pass_parcel(account, parcel);
		drain_seq(account, now);
		break;
	case MTPROTO_UPDATE_GAP:
		open_gap(log, &account->seq, MTP_NOTICE_GAP_SEQ, now);
		hold_parcel(account, parcel, now);
		break;
	case MTPROTO_UPDATE_INCONSISTENT:
		release_rest(parcel);
		mtp_update_log_doubt(log, now);
		break;
	default:
		release_rest(parcel);
	}
	mtp_update_log_arm(log);
}

/* ---- All that waits for a log ---- */

void mtp_update_log_drain(struct mtp_update_log *log, const struct mtproto_now *now)
{
	struct mtp_update_account *account = account_of(log);

	drain_items(log, &log->pts, now);
	if (account) {
		drain_items(log, &account->qts, now);
		drain_seq(account, now);
	}
	mtp_update_log_arm(log);
}

static void mark_items(struct mtp_update_counter *counter)
{
	for (struct mtp_node *node = mtp_list_first(&counter->held); node; node = mtp_list_after(&counter->held, node))
		item_at(node)->asked = true;
	counter->gap_at = MTPROTO_NEVER;
}

void mtp_update_log_mark(struct mtp_update_log *log)
{
	struct mtp_update_account *account = account_of(log);

	mark_items(&log->pts);
	if (!account)
		return;
	mark_items(&account->qts);
	for (struct mtp_node *node = mtp_list_first(&account->seq.held); node;
	     node = mtp_list_after(&account->seq.held, node))
		parcel_at(node)->asked = true;
	account->seq.gap_at = MTPROTO_NEVER;
}

static bool drop_items(struct mtp_update_log *log, struct mtp_update_counter *counter, bool only_asked)
{
	struct mtp_node *node = mtp_list_first(&counter->held), *next;
	bool beyond = false;

	for (; node; node = next) {
		struct mtp_update_item *item = item_at(node);

		next = mtp_list_after(&counter->held, node);
		if (only_asked && !item->asked)
			continue;
		beyond |= item->fields.order == MTPROTO_UPDATE_BY_QTS ? item->fields.qts > log->state.qts
								      : item->fields.pts > log->state.pts;
		mtp_list_remove(node);
		log->updates->held--;
		mtp_update_item_release(item);
	}
	if (mtp_list_empty(&counter->held))
		counter->gap_at = MTPROTO_NEVER;
	return beyond;
}

static bool drop_parcels(struct mtp_update_account *account, bool only_asked)
{
	struct mtp_list *held = &account->seq.held;
	struct mtp_node *node = mtp_list_first(held), *next;
	bool beyond = false;

	for (; node; node = next) {
		struct mtp_parcel *parcel = parcel_at(node);

		next = mtp_list_after(held, node);
		if (only_asked && !parcel->asked)
			continue;
		beyond |= parcel->seq > account->log.state.seq;
		mtp_list_remove(node);
		account->log.updates->held--;
		release_rest(parcel);
		mtp_parcel_release(parcel);
	}
	if (mtp_list_empty(held))
		account->seq.gap_at = MTPROTO_NEVER;
	return beyond;
}

bool mtp_update_log_drop(struct mtp_update_log *log, bool only_asked)
{
	struct mtp_update_account *account = account_of(log);
	bool beyond = drop_items(log, &log->pts, only_asked);

	if (account) {
		beyond |= drop_items(log, &account->qts, only_asked);
		beyond |= drop_parcels(account, only_asked);
	}
	return beyond;
}

void mtp_update_log_pass_over(struct mtp_update_log *log, const struct mtproto_now *now)
{
	struct mtp_update_item *item;

	mtp_update_notice(log, MTP_NOTICE_TOO_LONG);
	while ((item = take_held(log, &log->pts))) {
		if (item->fields.pts > log->state.pts)
			log->state.pts = item->fields.pts;
		log->known = true;
		pass(log, item, now);
	}
	log->pts.gap_at = MTPROTO_NEVER;
}
