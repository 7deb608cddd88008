/* Entries of a feed as objects of layer 228. */
#include <inttypes.h>
#include <stdio.h>

#include "testdc/feed_log.h"
#include "testdc/objects.h"

#define PEER_USER    0x59511722u
#define PEER_CHAT    0x36c6019au
#define PEER_CHANNEL 0xa2a5371eu

#define MESSAGE           0x7600b9d3u
#define MESSAGE_FROM_ID   (1u << 8)
#define MESSAGE_POST      (1u << 14)
#define MESSAGE_EDIT_DATE (1u << 15)

#define ENCRYPTED_MESSAGE_SERVICE 0x23734b06u

#define UPDATE_NEW_MESSAGE             0x1f2b0afdu
#define UPDATE_EDIT_MESSAGE            0xe40370a3u
#define UPDATE_DELETE_MESSAGES         0xa20db0e5u
#define UPDATE_READ_HISTORY_INBOX      0x9e84bc99u
#define UPDATE_READ_HISTORY_OUTBOX     0x2f2f21bfu
#define UPDATE_NEW_ENCRYPTED_MESSAGE   0x12bcbd9au
#define UPDATE_BOT_STOPPED             0xc4870a49u
#define UPDATE_USER_NAME               0xa7848924u
#define UPDATE_NEW_CHANNEL_MESSAGE     0x62ba04d9u
#define UPDATE_EDIT_CHANNEL_MESSAGE    0x1b3f4df7u
#define UPDATE_DELETE_CHANNEL_MESSAGES 0xc32d5b12u
#define UPDATE_CHANNEL_TOO_LONG        0x108d941fu
#define UPDATE_SHORT_MESSAGE           0x313bc7f8u
#define UPDATE_SHORT_CHAT_MESSAGE      0x4d6deea5u

#define CHAT              0x41cbf256u
#define CHANNEL           0xd49f34c6u
#define CHAT_PHOTO_EMPTY  0x37c1011cu
#define CHANNEL_BROADCAST (1u << 5)
#define CHANNEL_HAS_HASH  (1u << 13)

#define DIALOG               0xfc89f7f3u
#define DIALOG_PTS           (1u << 0)
#define PEER_NOTIFY_SETTINGS 0x99622c0cu

/* Ids that do not fit into 32 bits, as those of many users do not. */
#define PERSON_BASE  UINT64_C(5000000001)
#define GROUP_BASE   UINT64_C(4001)
#define CHANNEL_BASE UINT64_C(3000000001)

static uint64_t person_id(unsigned index)
{
	return PERSON_BASE + index;
}

static uint64_t group_id(unsigned index)
{
	return GROUP_BASE + index;
}

uint64_t testdc_feed_channel_id(uint32_t index)
{
	return CHANNEL_BASE + index;
}

static bool is_group(const struct testdc_entry *entry)
{
	return entry->peer >= TESTDC_PEOPLE;
}

/* Who of a group it was. */
static unsigned writer_in_group(const struct testdc_entry *entry)
{
	return (unsigned)entry->id % TESTDC_PEOPLE;
}

static void write_id(struct mtproto_tl_writer *w, uint32_t constructor, uint64_t id)
{
	mtproto_tl_write_u32(w, constructor);
	mtproto_tl_write_long(w, id);
}

/* ---- Messages ---- */

static void write_text(struct mtproto_tl_writer *w, const struct testdc_entry *entry)
{
	char text[48];

	if (entry->kind == TESTDC_EDIT_MESSAGE)
		snprintf(text, sizeof(text), "%" PRId32 ", edited at %" PRId32, entry->id, entry->state.pts);
	else
		snprintf(text, sizeof(text), "%" PRId32, entry->id);
	mtproto_tl_write_string(w, text);
}

void testdc_write_message(struct mtproto_tl_writer *w, const struct testdc_entry *entry, uint32_t channel)
{
	bool edited = entry->kind == TESTDC_EDIT_MESSAGE;
	bool posted = channel != TESTDC_NO_CHANNEL;
	bool grouped = !posted && is_group(entry);

	mtproto_tl_write_u32(w, MESSAGE);
	mtproto_tl_write_u32(w, (edited ? MESSAGE_EDIT_DATE : 0) | (posted ? MESSAGE_POST : 0) |
					(grouped ? MESSAGE_FROM_ID : 0));
	mtproto_tl_write_u32(w, 0); /* flags2 */
	mtproto_tl_write_int(w, entry->id);
	if (grouped)
		write_id(w, PEER_USER, person_id(writer_in_group(entry)));
	if (posted)
		write_id(w, PEER_CHANNEL, testdc_feed_channel_id(channel));
	else if (grouped)
		write_id(w, PEER_CHAT, group_id(entry->peer - TESTDC_PEOPLE));
	else
		write_id(w, PEER_USER, person_id(entry->peer));
	mtproto_tl_write_u32(w, entry->date);
	write_text(w, entry);
	if (edited)
		mtproto_tl_write_u32(w, entry->date);
}

void testdc_write_encrypted(struct mtproto_tl_writer *w, const struct testdc_entry *entry)
{
	mtproto_tl_write_u32(w, ENCRYPTED_MESSAGE_SERVICE);
	mtproto_tl_write_long(w, (uint64_t)entry->state.qts); /* random_id */
	mtproto_tl_write_int(w, entry->peer + 1);             /* chat_id */
	mtproto_tl_write_u32(w, entry->date);
	mtproto_tl_write_bytes(w, "", 0);
}

void testdc_write_short_message(struct mtproto_tl_writer *w, const struct testdc_entry *entry)
{
	mtproto_tl_write_u32(w, is_group(entry) ? UPDATE_SHORT_CHAT_MESSAGE : UPDATE_SHORT_MESSAGE);
	mtproto_tl_write_u32(w, 0); /* flags */
	mtproto_tl_write_int(w, entry->id);
	mtproto_tl_write_long(w, person_id(is_group(entry) ? writer_in_group(entry) : entry->peer));
	if (is_group(entry))
		mtproto_tl_write_long(w, group_id(entry->peer - TESTDC_PEOPLE));
	write_text(w, entry);
	mtproto_tl_write_int(w, entry->state.pts);
	mtproto_tl_write_int(w, 1); /* pts_count */
	mtproto_tl_write_u32(w, entry->date);
}

/* ---- Updates ---- */

static void write_numbers(struct mtproto_tl_writer *w, const struct testdc_entry *entry)
{
	mtproto_tl_write_int(w, entry->state.pts);
	mtproto_tl_write_int(w, entry->count);
}

static void write_deletion(struct mtproto_tl_writer *w, const struct testdc_entry *entry, uint32_t channel)
{
	if (channel == TESTDC_NO_CHANNEL)
		mtproto_tl_write_u32(w, UPDATE_DELETE_MESSAGES);
	else
		write_id(w, UPDATE_DELETE_CHANNEL_MESSAGES, testdc_feed_channel_id(channel));
	mtproto_tl_write_vector(w, entry->count);
	for (int32_t i = 0; i < entry->count; i++)
		mtproto_tl_write_int(w, entry->id + i);
	write_numbers(w, entry);
}

static void write_user_name(struct mtproto_tl_writer *w, const struct testdc_entry *entry)
{
	char name[16];

	write_id(w, UPDATE_USER_NAME, person_id(entry->peer));
	snprintf(name, sizeof(name), "%" PRId32, entry->id);
	mtproto_tl_write_string(w, name);
	mtproto_tl_write_string(w, "");
	mtproto_tl_write_vector(w, 0);
}

static void write_bot_stopped(struct mtproto_tl_writer *w, const struct testdc_entry *entry)
{
	write_id(w, UPDATE_BOT_STOPPED, person_id(entry->peer));
	mtproto_tl_write_u32(w, entry->date);
	mtproto_tl_write_bool(w, entry->state.qts % 2);
	mtproto_tl_write_int(w, entry->state.qts);
}

static void write_read(struct mtproto_tl_writer *w, const struct testdc_entry *entry)
{
	bool inbox = entry->kind == TESTDC_READ_INBOX;

	mtproto_tl_write_u32(w, inbox ? UPDATE_READ_HISTORY_INBOX : UPDATE_READ_HISTORY_OUTBOX);
	if (inbox)
		mtproto_tl_write_u32(w, 0); /* flags */
	write_id(w, PEER_USER, person_id(entry->peer));
	mtproto_tl_write_int(w, entry->id);
	if (inbox)
		mtproto_tl_write_int(w, 0); /* still_unread_count */
	write_numbers(w, entry);
}

void testdc_write_update(struct mtproto_tl_writer *w, const struct testdc_entry *entry, uint32_t channel)
{
	bool posted = channel != TESTDC_NO_CHANNEL;

	switch ((enum testdc_entry_kind)entry->kind) {
	case TESTDC_NEW_MESSAGE:
		mtproto_tl_write_u32(w, posted ? UPDATE_NEW_CHANNEL_MESSAGE : UPDATE_NEW_MESSAGE);
		testdc_write_message(w, entry, channel);
		write_numbers(w, entry);
		break;
	case TESTDC_EDIT_MESSAGE:
		mtproto_tl_write_u32(w, posted ? UPDATE_EDIT_CHANNEL_MESSAGE : UPDATE_EDIT_MESSAGE);
		testdc_write_message(w, entry, channel);
		write_numbers(w, entry);
		break;
	case TESTDC_DELETE_MESSAGES:
		write_deletion(w, entry, channel);
		break;
	case TESTDC_READ_INBOX:
	case TESTDC_READ_OUTBOX:
		write_read(w, entry);
		break;
	case TESTDC_ENCRYPTED:
		mtproto_tl_write_u32(w, UPDATE_NEW_ENCRYPTED_MESSAGE);
		testdc_write_encrypted(w, entry);
		mtproto_tl_write_int(w, entry->state.qts);
		break;
	case TESTDC_BOT_STOPPED:
		write_bot_stopped(w, entry);
		break;
	case TESTDC_USER_NAME:
		write_user_name(w, entry);
		break;
	}
}

void testdc_write_channel_too_long(struct mtproto_tl_writer *w, const struct testdc_log *log, uint32_t channel)
{
	mtproto_tl_write_u32(w, UPDATE_CHANNEL_TOO_LONG);
	mtproto_tl_write_u32(w, 1); /* flags: pts */
	mtproto_tl_write_long(w, testdc_feed_channel_id(channel));
	mtproto_tl_write_int(w, log->state.pts);
}

void testdc_write_dialog(struct mtproto_tl_writer *w, const struct testdc_log *log, uint32_t channel)
{
	mtproto_tl_write_u32(w, DIALOG);
	mtproto_tl_write_u32(w, DIALOG_PTS);
	write_id(w, PEER_CHANNEL, testdc_feed_channel_id(channel));
	mtproto_tl_write_int(w, log->last_id); /* top_message */
	for (int i = 0; i < 6; i++)
		mtproto_tl_write_int(w, 0); /* what was read, and counts of what was not */
	mtproto_tl_write_u32(w, PEER_NOTIFY_SETTINGS);
	mtproto_tl_write_u32(w, 0); /* flags */
	mtproto_tl_write_int(w, log->state.pts);
}

/* ---- People, groups and channels ---- */

void testdc_cast_add(struct testdc_cast *cast, const struct testdc_entry *entry)
{
	if (entry->kind == TESTDC_DELETE_MESSAGES)
		return;
	if (is_group(entry)) {
		cast->groups |= 1u << (entry->peer - TESTDC_PEOPLE);
		cast->people |= 1u << writer_in_group(entry);
	} else {
		cast->people |= 1u << entry->peer;
	}
}

void testdc_cast_add_channel(struct testdc_cast *cast, uint32_t channel)
{
	for (uint32_t i = 0; i < cast->channel_count; i++)
		if (cast->channels[i] == channel)
			return;
	cast->channels[cast->channel_count++] = channel;
}

static uint32_t count_bits(uint32_t bits)
{
	uint32_t count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

static void write_group(struct mtproto_tl_writer *w, unsigned index)
{
	mtproto_tl_write_u32(w, CHAT);
	mtproto_tl_write_u32(w, 0); /* flags */
	mtproto_tl_write_long(w, group_id(index));
	mtproto_tl_write_string(w, "Group");
	mtproto_tl_write_u32(w, CHAT_PHOTO_EMPTY);
	mtproto_tl_write_int(w, TESTDC_PEOPLE);
	mtproto_tl_write_int(w, 0); /* date */
	mtproto_tl_write_int(w, 1); /* version */
}

static void write_channel(struct mtproto_tl_writer *w, uint32_t index)
{
	mtproto_tl_write_u32(w, CHANNEL);
	mtproto_tl_write_u32(w, CHANNEL_BROADCAST | CHANNEL_HAS_HASH);
	mtproto_tl_write_u32(w, 0); /* flags2 */
	mtproto_tl_write_long(w, testdc_feed_channel_id(index));
	mtproto_tl_write_long(w, testdc_access_hash(testdc_feed_channel_id(index)));
	mtproto_tl_write_string(w, "Channel");
	mtproto_tl_write_u32(w, CHAT_PHOTO_EMPTY);
	mtproto_tl_write_int(w, 0); /* date */
}

void testdc_write_chats(struct mtproto_tl_writer *w, const struct testdc_cast *cast)
{
	mtproto_tl_write_vector(w, count_bits(cast->groups) + cast->channel_count);
	for (unsigned i = 0; i < TESTDC_GROUPS; i++)
		if (cast->groups & 1u << i)
			write_group(w, i);
	for (uint32_t i = 0; i < cast->channel_count; i++)
		write_channel(w, cast->channels[i]);
}

void testdc_write_users(struct mtproto_tl_writer *w, const struct testdc_cast *cast)
{
	mtproto_tl_write_vector(w, count_bits(cast->people));
	for (unsigned i = 0; i < TESTDC_PEOPLE; i++)
		if (cast->people & 1u << i)
			testdc_write_user(w, TESTDC_LAYER, person_id(i), TESTDC_USER_OTHER);
}
