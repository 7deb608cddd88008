/* What is known of updates by their constructor ids alone: which counter each has and, where that is certain, where. */
#include <mtproto/update_state.h>

#include "base/bytes.h"

#include <string.h>

/* Where the counters of an update stand. Most have them at the end, behind objects that only a schema can pass over. */
enum place {
	NOWHERE,         /* it has none, or only a schema finds them */
	PTS_LAST,        /* pts and pts_count end it */
	PTS_BEFORE_DATE, /* the same, then a date if bit 0 of its flags is set */
	QTS_LAST,
	QTS_BEFORE_QUERY, /* then a long if bit 0 of its flags is set */
	CHANNEL_FLAG_PTS, /* flags, channel_id, pts if bit 0 of the flags is set */
};

struct known {
	uint32_t id;
	uint8_t order;
	uint8_t place;
	uint8_t channel_at; /* where channel_id stands; 0: it has none, or it is in the message */
};

#define BY(order) (uint8_t) MTPROTO_UPDATE_##order

static const struct known known_updates[] = {
	{MTPROTO_ID_UPDATE_NEW_MESSAGE, BY(BY_PTS), PTS_LAST, 0},
	{MTPROTO_ID_UPDATE_EDIT_MESSAGE, BY(BY_PTS), PTS_LAST, 0},
	{MTPROTO_ID_UPDATE_DELETE_MESSAGES, BY(BY_PTS), PTS_LAST, 0},
	{MTPROTO_ID_UPDATE_READ_MESSAGES_CONTENTS, BY(BY_PTS), PTS_BEFORE_DATE, 0},
	{MTPROTO_ID_UPDATE_READ_HISTORY_INBOX, BY(BY_PTS), PTS_LAST, 0},
	{MTPROTO_ID_UPDATE_READ_HISTORY_INBOX_214, BY(BY_PTS), PTS_LAST, 0},
	{MTPROTO_ID_UPDATE_READ_HISTORY_OUTBOX, BY(BY_PTS), PTS_LAST, 0},
	{MTPROTO_ID_UPDATE_WEB_PAGE, BY(BY_PTS), PTS_LAST, 0},
	{MTPROTO_ID_UPDATE_PINNED_MESSAGES, BY(BY_PTS), PTS_LAST, 0},
	{MTPROTO_ID_UPDATE_FOLDER_PEERS, BY(BY_PTS), PTS_LAST, 0},

	{MTPROTO_ID_UPDATE_NEW_CHANNEL_MESSAGE, BY(BY_CHANNEL_PTS), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_EDIT_CHANNEL_MESSAGE, BY(BY_CHANNEL_PTS), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_DELETE_CHANNEL_MESSAGES, BY(BY_CHANNEL_PTS), PTS_LAST, 4},
	{MTPROTO_ID_UPDATE_PINNED_CHANNEL_MESSAGES, BY(BY_CHANNEL_PTS), PTS_LAST, 8},
	{MTPROTO_ID_UPDATE_CHANNEL_WEB_PAGE, BY(BY_CHANNEL_PTS), PTS_LAST, 4},

	{MTPROTO_ID_UPDATE_CHANNEL_TOO_LONG, BY(CHANNEL_TOO_LONG), CHANNEL_FLAG_PTS, 8},
	{MTPROTO_ID_UPDATE_PTS_CHANGED, BY(PTS_CHANGED), NOWHERE, 0},

	{MTPROTO_ID_UPDATE_NEW_ENCRYPTED_MESSAGE, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_MESSAGE_POLL_VOTE, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_MESSAGE_POLL_VOTE_214, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_CHAT_PARTICIPANT, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_CHANNEL_PARTICIPANT, BY(BY_QTS), QTS_LAST, 8},
	{MTPROTO_ID_UPDATE_BOT_STOPPED, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_CHAT_INVITE_REQUESTER, BY(BY_QTS), QTS_BEFORE_QUERY, 0},
	{MTPROTO_ID_UPDATE_BOT_CHAT_INVITE_REQUESTER_214, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_CHAT_BOOST, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_MESSAGE_REACTION, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_MESSAGE_REACTIONS, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_BUSINESS_CONNECT, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_NEW_BUSINESS_MESSAGE, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_EDIT_BUSINESS_MESSAGE, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_DELETE_BUSINESS_MESSAGE, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_PURCHASED_PAID_MEDIA, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_MANAGED_BOT, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_GUEST_CHAT_QUERY, BY(BY_QTS), QTS_LAST, 0},
	{MTPROTO_ID_UPDATE_BOT_STARS_SUBSCRIPTION, BY(BY_QTS), QTS_LAST, 0},

	{MTPROTO_ID_UPDATE_USER_TYPING, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_CHAT_USER_TYPING, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_CHANNEL_USER_TYPING, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_ENCRYPTED_CHAT_TYPING, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_LOGIN_TOKEN, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_SENT_PHONE_CODE, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_DC_OPTIONS, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_CONFIG, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_SERVICE_NOTIFICATION, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_LANG_PACK, BY(AT_ONCE), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_LANG_PACK_TOO_LONG, BY(AT_ONCE), NOWHERE, 0},

	{MTPROTO_ID_UPDATE_MESSAGE_ID, BY(FIRST), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_STORY_ID, BY(FIRST), NOWHERE, 0},
	{MTPROTO_ID_UPDATE_ENCRYPTION, BY(FIRST), NOWHERE, 0},
};

static const struct known *find_known(uint32_t id)
{
	for (size_t i = 0; i < sizeof(known_updates) / sizeof(known_updates[0]); i++)
		if (known_updates[i].id == id)
			return &known_updates[i];
	return NULL;
}

bool mtproto_update_is_wrapper(uint32_t id)
{
	switch (id) {
	case MTPROTO_ID_UPDATES:
	case MTPROTO_ID_UPDATES_COMBINED:
	case MTPROTO_ID_UPDATES_TOO_LONG:
	case MTPROTO_ID_UPDATE_SHORT:
	case MTPROTO_ID_UPDATE_SHORT_MESSAGE:
	case MTPROTO_ID_UPDATE_SHORT_CHAT_MESSAGE:
	case MTPROTO_ID_UPDATE_SHORT_SENT_MESSAGE:
		return true;
	default:
		return false;
	}
}

int mtproto_update_open_short(struct mtproto_span *update, int32_t *date, const void *data, size_t len)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, data, len);
	mtproto_tl_read_id(&r, MTPROTO_ID_UPDATE_SHORT);
	if (!r.error && mtproto_tl_left(&r) < 8)
		mtproto_tl_reader_fail(&r, MTPROTO_ERR_TRUNCATED);
	*update = mtproto_tl_read_span(&r, r.error ? 0 : mtproto_tl_left(&r) - 4);
	*date = mtproto_tl_read_int(&r);
	return r.error;
}

/* ---- Objects with a layout of their own ---- */

/* updateShortMessage and updateShortChatMessage: what stands before pts is a text and numbers. */
static int read_short_message(struct mtproto_update_fields *out, struct mtproto_tl_reader *r)
{
	bool is_chat = out->constructor == MTPROTO_ID_UPDATE_SHORT_CHAT_MESSAGE;

	mtproto_tl_read_span(r, is_chat ? 4 + 4 + 8 + 8 : 4 + 4 + 8);
	mtproto_tl_read_bytes(r);
	out->order = MTPROTO_UPDATE_BY_PTS;
	out->pts = mtproto_tl_read_int(r);
	out->pts_count = mtproto_tl_read_int(r);
	return r->error;
}

static int read_pts_at(struct mtproto_update_fields *out, struct mtproto_tl_reader *r, size_t at)
{
	mtproto_tl_read_span(r, at);
	out->order = MTPROTO_UPDATE_BY_PTS;
	out->pts = mtproto_tl_read_int(r);
	out->pts_count = mtproto_tl_read_int(r);
	return r->error;
}

/* ---- Updates of the table ---- */

static uint32_t word(const uint8_t *data, size_t at)
{
	return mtp_load_le32(data + at);
}

static bool has_flags(const struct known *known)
{
	return known->place == PTS_BEFORE_DATE || known->place == QTS_BEFORE_QUERY || known->place == CHANNEL_FLAG_PTS;
}

/* Bytes that its counters take, and those between them and the end. */
static size_t counters_size(const struct known *known, bool flag, size_t *behind)
{
	*behind = 0;
	switch (known->place) {
	case PTS_LAST:
		return 8;
	case PTS_BEFORE_DATE:
		*behind = flag ? 4 : 0;
		return 8;
	case QTS_LAST:
		return 4;
	case QTS_BEFORE_QUERY:
		*behind = flag ? 8 : 0;
		return 4;
	case CHANNEL_FLAG_PTS:
		return flag ? 4 : 0;
	default:
		return 0;
	}
}

static int read_known(struct mtproto_update_fields *out, const struct known *known, const uint8_t *data, size_t len)
{
	size_t head = known->channel_at ? known->channel_at + 8u : has_flags(known) ? 8 : 4;
	size_t size, behind;
	const uint8_t *counters;

	if (len < head)
		return MTPROTO_ERR_TRUNCATED;
	size = counters_size(known, has_flags(known) && (word(data, 4) & 1), &behind);
	if (len - head < size + behind)
		return MTPROTO_ERR_TRUNCATED;
	counters = data + (len - behind - size);
	out->order = (enum mtproto_update_order)known->order;
	if (known->channel_at)
		out->channel_id = (int64_t)mtp_load_le64(data + known->channel_at);
	if (out->order == MTPROTO_UPDATE_BY_QTS) {
		out->qts = (int32_t)word(counters, 0);
	} else if (size > 0) {
		out->pts = (int32_t)word(counters, 0);
		out->pts_count = size > 4 ? (int32_t)word(counters, 4) : 0;
	}
	return 0;
}

static int read_object(struct mtproto_update_fields *out, struct mtproto_tl_reader *r, const uint8_t *data, size_t len)
{
	const struct known *known;

	switch (out->constructor) {
	case MTPROTO_ID_UPDATE_SHORT_MESSAGE:
	case MTPROTO_ID_UPDATE_SHORT_CHAT_MESSAGE:
		return read_short_message(out, r);
	case MTPROTO_ID_UPDATE_SHORT_SENT_MESSAGE:
		return read_pts_at(out, r, 4 + 4);
	case MTPROTO_ID_AFFECTED_MESSAGES:
	case MTPROTO_ID_AFFECTED_HISTORY:
	case MTPROTO_ID_AFFECTED_FOUND_MESSAGES:
		return read_pts_at(out, r, 0);
	default:
		known = find_known(out->constructor);
		if (!known || (known->order == MTPROTO_UPDATE_BY_CHANNEL_PTS && known->place == NOWHERE))
			return MTPROTO_ERR_NOT_FOUND;
		return read_known(out, known, data, len);
	}
}

int mtproto_update_read_builtin(struct mtproto_update_fields *out, const void *data, size_t len)
{
	struct mtproto_tl_reader r;
	int error;

	memset(out, 0, sizeof(*out));
	mtproto_tl_reader_init(&r, data, len);
	out->constructor = mtproto_tl_read_u32(&r);
	error = r.error ? r.error : read_object(out, &r, data, len);
	if (error)
		memset(out, 0, sizeof(*out));
	return error;
}
