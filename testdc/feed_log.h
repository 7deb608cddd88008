/* The logs of a feed, and what is in them. */
#ifndef TESTDC_FEED_LOG_H
#define TESTDC_FEED_LOG_H

#include "testdc/feed.h"

enum testdc_entry_kind {
	TESTDC_NEW_MESSAGE,     /* peer: a person, or a group above TESTDC_PEOPLE; in a channel none */
	TESTDC_EDIT_MESSAGE,    /* likewise */
	TESTDC_DELETE_MESSAGES, /* count messages from id */
	TESTDC_READ_INBOX,      /* to id, peer: a person */
	TESTDC_READ_OUTBOX,     /* likewise */
	TESTDC_ENCRYPTED,       /* with a qts, peer: a person */
	TESTDC_BOT_STOPPED,     /* likewise */
	TESTDC_USER_NAME        /* with a seq only, peer: a person */
};

/* Who writes: people and groups have indexes, from which their ids are made. */
enum { TESTDC_PEOPLE = 8, TESTDC_GROUPS = 4 };

struct testdc_entry {
	uint32_t order; /* among all entries of the feed, from 1 */
	uint32_t date;
	struct testdc_feed_state state; /* after it; of a channel the pts only */
	int32_t id;
	uint8_t kind, peer, count;
};

struct testdc_log {
	struct testdc_entry *items;
	size_t count, room;
	size_t limit;                   /* entries that still count; 0: all */
	struct testdc_feed_state start; /* before items[0] */
	struct testdc_feed_state state; /* now */
	int32_t last_id;                /* of its messages */
	uint32_t last_order;
};

struct testdc_feed {
	struct testdc_feed_config config;
	uint64_t user_id;
	uint64_t random;
	uint32_t made; /* updates so far */
	struct testdc_log account;
	struct testdc_log *channels;
};

/* Errors: MTPROTO_ERR_MEMORY; the log is as before. */
int testdc_log_add(struct testdc_log *log, const struct testdc_entry *entry);

/* The first entry that still counts, and the state before it. */
size_t testdc_log_begin(const struct testdc_log *log, struct testdc_feed_state *before);

/* The first entry after which any number of the state is above that of known. */
size_t testdc_log_after(const struct testdc_log *log, const struct testdc_feed_state *known);

/* ---- feed_write.c: entries as objects. channel is an index, or TESTDC_NO_CHANNEL. ---- */

#define TESTDC_NO_CHANNEL UINT32_MAX

/* A Message, of NEW_MESSAGE and EDIT_MESSAGE. */
void testdc_write_message(struct mtproto_tl_writer *w, const struct testdc_entry *entry, uint32_t channel);
void testdc_write_encrypted(struct mtproto_tl_writer *w, const struct testdc_entry *entry);

/* Any of them as an Update. */
void testdc_write_update(struct mtproto_tl_writer *w, const struct testdc_entry *entry, uint32_t channel);

/* updateShortMessage or updateShortChatMessage, of a NEW_MESSAGE of the account. */
void testdc_write_short_message(struct mtproto_tl_writer *w, const struct testdc_entry *entry);

void testdc_write_channel_too_long(struct mtproto_tl_writer *w, const struct testdc_log *log, uint32_t channel);
void testdc_write_dialog(struct mtproto_tl_writer *w, const struct testdc_log *log, uint32_t channel);

/* Who is in a container or difference, to be introduced by it. */
struct testdc_cast {
	uint32_t people, groups; /* bits */
	uint32_t channel_count;
	uint32_t channels[TESTDC_FEED_CHANNELS_MAX];
};

void testdc_cast_add(struct testdc_cast *cast, const struct testdc_entry *entry);
void testdc_cast_add_channel(struct testdc_cast *cast, uint32_t channel);

/* The vectors of Chat and of User. */
void testdc_write_chats(struct mtproto_tl_writer *w, const struct testdc_cast *cast);
void testdc_write_users(struct mtproto_tl_writer *w, const struct testdc_cast *cast);

#endif
