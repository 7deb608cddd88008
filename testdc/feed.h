/* What happens in the chats and channels of one account, made up from a seed: new messages, edits, deletions, reads,
 * updates with a qts, new names. Each is kept in a log and told twice: once as it happens, by a container that is to be
 * pushed, and by the answers to updates.getState, updates.getDifference and updates.getChannelDifference, which miss
 * nothing that the log still has. Without I/O and clocks, so that a simulator can use it as well as a server.
 *
 * The text of a message is its id in decimal; edited, its id, ", edited at " and the pts of the edit. In each box (the
 * account's own chats together, and each channel) ids count from 1 without a gap, and so does pts: what a client should
 * have got can be told without asking the feed. Everything is of layer 228.
 * Source: core.telegram.org/api/updates. */
#ifndef TESTDC_FEED_H
#define TESTDC_FEED_H

#include <mtproto/tl.h>

#define TESTDC_FEED_CHANNELS_MAX 256
#define TESTDC_FEED_SLICE_MAX    1000

/* Room for any push, and for any answer. */
#define TESTDC_FEED_PUSH_MAX   2048
#define TESTDC_FEED_ANSWER_MAX (256 * 1024)

struct testdc_feed_config {
	uint64_t seed;
	uint32_t count;    /* updates in all */
	uint32_t channels; /* at most TESTDC_FEED_CHANNELS_MAX */
	uint32_t log;      /* how many updates of the account, and of each channel, a difference can tell; 0: all */
	uint32_t slice;    /* most updates of a difference; 1 to TESTDC_FEED_SLICE_MAX */
};

/* seed 1, 1,000 updates, 10 channels, all in the log, slices of 100. */
void testdc_feed_config_init(struct testdc_feed_config *config);

struct testdc_feed;

/* Feeds of different accounts differ. Errors: MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int testdc_feed_new(struct testdc_feed **out, const struct testdc_feed_config *config,
				     uint64_t user_id);
void testdc_feed_free(struct testdc_feed *feed);

/* Makes the next 1 to 4 updates happen and writes the Updates to push about them, of at most TESTDC_FEED_PUSH_MAX
 * bytes: updateShort, updateShortMessage, updateShortChatMessage, updates with and without seq, updatesCombined, or now
 * and then updatesTooLong. date is the Unix time. Returns how many happened, 0 after the last, or MTPROTO_ERR_MEMORY.
 */
MTPROTO_MUST_USE int testdc_feed_next(struct testdc_feed *feed, uint32_t date, struct mtproto_tl_writer *out);

/* Where the account is. */
struct testdc_feed_state {
	int32_t pts, qts, seq;
};

void testdc_feed_get_account(const struct testdc_feed *feed, struct testdc_feed_state *state, int32_t *last_message);

/* The same of a channel, index below that of the config. */
void testdc_feed_get_channel(const struct testdc_feed *feed, uint32_t index, int32_t *pts, int32_t *last_message);
uint64_t testdc_feed_channel_id(uint32_t index);

/* What one client was told by the last answer about its account. Updates that have a seq only have no number by which
 * it could ask for them: a difference tells it those since then. And it names all channels in which anything happened
 * since then (updateChannelTooLong), whether that was pushed or not. All zero at first. */
struct testdc_feed_reader {
	int32_t seq;
	uint32_t happened; /* updates of the feed */
};

/* Answers a method: in has its parameters, out takes the result, of at most TESTDC_FEED_ANSWER_MAX bytes. Returns NULL,
 * or the text of the error 400 that answers it instead. Parameters that can't be read are the reader's error. */
const char *testdc_feed_answer_state(const struct testdc_feed *feed, struct testdc_feed_reader *reader, uint32_t date,
				     struct mtproto_tl_reader *in, struct mtproto_tl_writer *out);
const char *testdc_feed_answer_difference(const struct testdc_feed *feed, struct testdc_feed_reader *reader,
					  uint32_t date, struct mtproto_tl_reader *in, struct mtproto_tl_writer *out);
const char *testdc_feed_answer_channel_difference(const struct testdc_feed *feed, struct mtproto_tl_reader *in,
						  struct mtproto_tl_writer *out);

#endif
