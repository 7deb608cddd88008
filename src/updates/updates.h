/* The box of updates, inside.
 *
 * What comes is copied into a parcel and taken apart into items. An item waits in at most one place: with the counter
 * that it is too early for, or in the queue of events. A log is what the server can be asked about: the account's, with
 * three counters, or a channel's, with one. */
#ifndef MTP_UPDATES_UPDATES_H
#define MTP_UPDATES_UPDATES_H

#include <mtproto/updates.h>

#include "base/list.h"
#include "base/map.h"
#include "base/timer.h"

/* ---- What came. ---- */

/* A place in the queue of events: of an item, or of what a log has to say. */
struct mtp_update_entry {
	struct mtp_node node;
	struct mtp_update_log *log; /* NULL: an item's */
};

struct mtp_update_item {
	struct mtp_update_entry entry; /* also its place with a counter */
	struct mtp_parcel *parcel;
	struct mtproto_span body;
	struct mtproto_update_fields fields;
	enum mtproto_updates_event_type type;
	bool silent; /* counts, but is no event: the answer of a call */
	bool asked;  /* it waited when the difference was asked for, which has to bring it */
	bool unordered;
};

struct mtp_parcel {
	struct mtproto_updates *updates;
	uint32_t refs; /* items that are not done with, and whoever works on it */
	uint32_t count;
	uint32_t cap;
	struct mtp_update_item *items;
	uint8_t *body;
	size_t len;
	enum mtproto_updates_origin origin;
	int64_t channel_id; /* what the answer was about; 0: the account */
	int32_t date;
	int32_t seq_start;
	int32_t seq;
	bool is_container; /* has seq */
	bool chats_first;
	bool is_raw;          /* it could not be taken apart */
	struct mtp_node node; /* with the counter seq */
	struct mtp_list rest; /* items whose turn is seq's */
	bool asked;
};

/* A parcel with a copy of data and no items, with one reference. Errors: MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_parcel_new(struct mtp_parcel **out, struct mtproto_updates *updates, const void *data,
				    size_t len);

/* A new item that holds a reference, valid until the next is made; NULL when there is no memory. */
struct mtp_update_item *mtp_parcel_add(struct mtp_parcel *parcel, enum mtproto_updates_event_type type,
				       struct mtproto_span body);

/* Gives a reference back. */
void mtp_parcel_release(struct mtp_parcel *parcel);

/* Ends an item that is in no list. */
void mtp_update_item_release(struct mtp_update_item *item);

/* Fills a parcel by what its body is: one of Updates, or an answer that counts. What can't be read becomes one RAW
 * item. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_parcel_take_apart(struct mtp_parcel *parcel);

/* Adds an item for each element of a vector of objects. Errors: MTPROTO_ERR_MEMORY, others: it can't be read. */
MTPROTO_MUST_USE int mtp_parcel_add_vector(struct mtp_parcel *parcel, struct mtproto_tl_reader *r,
					   enum mtproto_update_object type);

/* Adds users and chats, unless there are none. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_parcel_add_peers(struct mtp_parcel *parcel, struct mtproto_span peers);

/* Reads one object by the reader of the application. */
MTPROTO_MUST_USE int mtp_update_read(const struct mtproto_updates *updates, struct mtproto_tl_reader *r,
				     enum mtproto_update_object type, struct mtproto_span *body,
				     struct mtproto_update_fields *fields);

/* Makes sure that the logs of all channels in it are there, as far as channels_max goes. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_parcel_find_channels(const struct mtp_parcel *parcel);

/* Ends a parcel whose items are in no list. */
void mtp_parcel_discard(struct mtp_parcel *parcel);

/* Forgets the items that were added and makes the whole one RAW item. */
MTPROTO_MUST_USE int mtp_parcel_make_raw(struct mtp_parcel *parcel);

/* ---- Logs. ---- */

/* What waits for a counter, by the number from which it counts. Of seq: parcels; of others: items. */
struct mtp_update_counter {
	struct mtp_list held;
	uint64_t gap_at; /* when the wait for what is missing is over */
};

struct mtp_update_log {
	struct mtproto_updates *updates;
	struct mtproto_update_state state;
	struct mtproto_update_state told; /* what the application has stored, or is told to */
	struct mtp_update_counter pts;
	struct mtp_timer timer;
	struct mtp_node ready; /* in updates->ready: a request is due */
	struct mtp_node asked; /* in updates->asked: a request is open */
	struct mtp_update_entry state_entry;
	struct mtp_update_entry notice_entry;
	uint64_t wanted_at;    /* when the difference is to be asked for */
	uint64_t token;        /* of the open request, or 0 */
	uint32_t notices;      /* 1 << what there is to be said */
	uint8_t retries;       /* failures in a row */
	uint8_t fruitless;     /* doubts in a row that were none */
	bool known;            /* there is a state */
	bool asking;           /* from the first request to the last answer: what comes waits */
	bool again;            /* and then once more */
	bool doubted;          /* something came that made no sense */
	bool doubt_later;      /* the same while asking */
	bool needs_state;      /* of the account: getState instead of the difference */
	bool needs_hash;       /* of a channel: ACCESS_HASH was told */
	bool inaccessible;     /* of a channel: no request is made */
	bool open;             /* of a channel: polled */
	int32_t confirmed_pts; /* of the last request */
	int32_t confirmed_qts;
};

struct mtp_update_account {
	struct mtp_update_log log;
	struct mtp_update_counter qts;
	struct mtp_update_counter seq;
};

enum mtp_update_notice {
	MTP_NOTICE_TOO_LONG,
	MTP_NOTICE_GAP_PTS, /* in the order of enum mtproto_updates_counter */
	MTP_NOTICE_GAP_QTS,
	MTP_NOTICE_GAP_SEQ,
	MTP_NOTICE_GAP_CHANNEL_PTS,
	MTP_NOTICE_ACCESS_HASH,
	MTP_NOTICE_INACCESSIBLE
};

struct mtproto_updates {
	struct mtproto_allocator allocator;
	struct mtproto_updates_config config;
	struct mtp_timers timers;
	struct mtp_timer idle;
	struct mtp_update_account account;
	struct mtp_map channels; /* by id */
	struct mtp_list queue;   /* of entries: events */
	struct mtp_list ready;
	struct mtp_list asked;
	struct mtp_parcel *pulled; /* the last event points into it */
	uint64_t token;
	size_t bytes; /* of parcels */
	uint32_t held;
	uint32_t open_channels;
	uint32_t channel_requests;
	bool started; /* somebody is signed in */
	uint8_t request[64];
};

MTPROTO_MUST_USE int mtp_update_log_init(struct mtp_update_log *log, struct mtproto_updates *updates,
					 int64_t channel_id);

/* The log of a channel, made if it is new. Errors: MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_update_channel(struct mtp_update_log **out, struct mtproto_updates *updates,
					int64_t channel_id);

void mtp_update_channel_free(struct mtp_update_log *log);

/* The difference is to be asked for, at that time or before; after the one that is being asked for, if there is one. */
void mtp_update_log_want(struct mtp_update_log *log, uint64_t at_ns);

/* The same because something came that makes no sense: the longer until then, the more often it was for nothing. */
void mtp_update_log_doubt(struct mtp_update_log *log, const struct mtproto_now *now);

/* Sets the timer by what is due next. */
void mtp_update_log_arm(struct mtp_update_log *log);

/* Makes the next request of a log that is ready. */
void mtp_update_log_ask(struct mtp_update_log *log, struct mtproto_updates_request *request);

/* The open request has an answer or will have none; the log is still asking. */
void mtp_update_log_settle(struct mtp_update_log *log);

/* A request is due now, unless one is open: for what an answer left out, or since there was a break. */
void mtp_update_log_hurry(struct mtp_update_log *log);

/* Asks again after a while, or after that many seconds if they are not 0. */
void mtp_update_log_retry(struct mtp_update_log *log, const struct mtproto_now *now, uint64_t wait_s);

/* The state is that of the server: what waited is fed again. found_any: the answer had something new. */
void mtp_update_log_finish(struct mtp_update_log *log, const struct mtproto_now *now, bool found_any);

/* Goes on without what is missing, and says so. */
void mtp_update_log_pass_over(struct mtp_update_log *log, const struct mtproto_now *now);

/* Forgets what waits and what was to be asked. */
void mtp_update_log_stop(struct mtp_update_log *log);

/* The channel can't be asked about any more. */
void mtp_update_log_close(struct mtp_update_log *log, const struct mtproto_now *now);

/* ---- Counters. ---- */

void mtp_update_counter_init(struct mtp_update_counter *counter);

/* Lets an item pass, drops it, or holds it. */
void mtp_update_log_feed(struct mtp_update_log *log, struct mtp_update_item *item, const struct mtproto_now *now);

/* Whether a container's unnumbered updates were delivered, or wait, already. */
bool mtp_parcel_is_old(const struct mtp_update_account *account, const struct mtp_parcel *parcel);

/* The same as feed for the items in parcel->rest, by seq. */
void mtp_parcel_feed_rest(struct mtp_parcel *parcel, struct mtp_update_account *account, const struct mtproto_now *now);

/* Gives each item of a parcel to where it belongs, and the reference of the caller back. */
void mtp_parcel_distribute(struct mtp_parcel *parcel, const struct mtproto_now *now);

/* Gives the items of a difference of a log to where they belong. */
void mtp_parcel_distribute_difference(struct mtp_parcel *parcel, struct mtp_update_log *log,
				      const struct mtproto_now *now);

/* Applies what waits and fits. */
void mtp_update_log_drain(struct mtp_update_log *log, const struct mtproto_now *now);

/* Marks what waits: the request that is made now has to bring it. */
void mtp_update_log_mark(struct mtp_update_log *log);

/* Drops what waits; only_asked: what was marked. Returns true when some of it was beyond the state. */
bool mtp_update_log_drop(struct mtp_update_log *log, bool only_asked);

/* ---- Events. ---- */

bool mtp_update_same_state(const struct mtproto_update_state *a, const struct mtproto_update_state *b);

void mtp_update_deliver(struct mtp_update_item *item);
void mtp_update_notice(struct mtp_update_log *log, enum mtp_update_notice notice);

/* The state may have changed by what was delivered. */
void mtp_update_touch(struct mtp_update_log *log);

#endif
