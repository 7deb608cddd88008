/* Updates, the pure part: the counters that order them and the rules by which one is next, known already or too early;
 * where an update has its counters; the calls that ask for what is missing. <mtproto/updates.h> is the object that
 * does all of it.
 *
 * Telegram numbers what happens: pts counts the events of private chats and basic groups, a pts of its own those of
 * each channel and supergroup, qts secret chats and events of bots, seq the containers in which updates come. Who
 * remembers the last number of each can tell when something is missing and ask for it. Source:
 * core.telegram.org/api/updates. */
#ifndef MTPROTO_UPDATE_STATE_H
#define MTPROTO_UPDATE_STATE_H

#include <mtproto/base.h>
#include <mtproto/error.h>
#include <mtproto/schema.h>
#include <mtproto/tl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Constructor ids, as of layer 228 unless a name says otherwise. ---- */

/* Containers: the constructors of the type Updates. */
#define MTPROTO_ID_UPDATES                   0x74ae4240u
#define MTPROTO_ID_UPDATES_COMBINED          0x725b04c3u
#define MTPROTO_ID_UPDATES_TOO_LONG          0xe317af7eu
#define MTPROTO_ID_UPDATE_SHORT              0x78d4dec1u
#define MTPROTO_ID_UPDATE_SHORT_MESSAGE      0x313bc7f8u
#define MTPROTO_ID_UPDATE_SHORT_CHAT_MESSAGE 0x4d6deea5u
#define MTPROTO_ID_UPDATE_SHORT_SENT_MESSAGE 0x9015e101u

/* Updates with pts. */
#define MTPROTO_ID_UPDATE_NEW_MESSAGE            0x1f2b0afdu
#define MTPROTO_ID_UPDATE_EDIT_MESSAGE           0xe40370a3u
#define MTPROTO_ID_UPDATE_DELETE_MESSAGES        0xa20db0e5u
#define MTPROTO_ID_UPDATE_READ_MESSAGES_CONTENTS 0xf8227181u
#define MTPROTO_ID_UPDATE_READ_HISTORY_INBOX     0x9e84bc99u
#define MTPROTO_ID_UPDATE_READ_HISTORY_INBOX_214 0x9c974fdfu /* layers up to 214 */
#define MTPROTO_ID_UPDATE_READ_HISTORY_OUTBOX    0x2f2f21bfu
#define MTPROTO_ID_UPDATE_WEB_PAGE               0x7f891213u
#define MTPROTO_ID_UPDATE_PINNED_MESSAGES        0xed85eab5u
#define MTPROTO_ID_UPDATE_FOLDER_PEERS           0x19360dc0u

/* Updates with the pts of a channel. */
#define MTPROTO_ID_UPDATE_NEW_CHANNEL_MESSAGE     0x62ba04d9u
#define MTPROTO_ID_UPDATE_EDIT_CHANNEL_MESSAGE    0x1b3f4df7u
#define MTPROTO_ID_UPDATE_DELETE_CHANNEL_MESSAGES 0xc32d5b12u
#define MTPROTO_ID_UPDATE_PINNED_CHANNEL_MESSAGES 0x5bb98608u
#define MTPROTO_ID_UPDATE_CHANNEL_WEB_PAGE        0x2f2ba99fu

/* About the counters themselves. */
#define MTPROTO_ID_UPDATE_CHANNEL_TOO_LONG   0x108d941fu
#define MTPROTO_ID_UPDATE_READ_CHANNEL_INBOX 0x922e6e10u
#define MTPROTO_ID_UPDATE_PTS_CHANGED        0x3354678fu

/* Updates with qts. */
#define MTPROTO_ID_UPDATE_NEW_ENCRYPTED_MESSAGE         0x12bcbd9au
#define MTPROTO_ID_UPDATE_MESSAGE_POLL_VOTE             0x7699f014u
#define MTPROTO_ID_UPDATE_MESSAGE_POLL_VOTE_214         0x24f40e77u /* layers up to 214 */
#define MTPROTO_ID_UPDATE_CHAT_PARTICIPANT              0xd087663au
#define MTPROTO_ID_UPDATE_CHANNEL_PARTICIPANT           0x985d3abbu
#define MTPROTO_ID_UPDATE_BOT_STOPPED                   0xc4870a49u
#define MTPROTO_ID_UPDATE_BOT_CHAT_INVITE_REQUESTER     0x7cb34d79u
#define MTPROTO_ID_UPDATE_BOT_CHAT_INVITE_REQUESTER_214 0x11dfa986u /* layers up to 214 */
#define MTPROTO_ID_UPDATE_BOT_CHAT_BOOST                0x904dd49cu
#define MTPROTO_ID_UPDATE_BOT_MESSAGE_REACTION          0xac21d3ceu
#define MTPROTO_ID_UPDATE_BOT_MESSAGE_REACTIONS         0x09cb7759u
#define MTPROTO_ID_UPDATE_BOT_BUSINESS_CONNECT          0x8ae5c97au
#define MTPROTO_ID_UPDATE_BOT_NEW_BUSINESS_MESSAGE      0x9ddb347cu
#define MTPROTO_ID_UPDATE_BOT_EDIT_BUSINESS_MESSAGE     0x07df587cu
#define MTPROTO_ID_UPDATE_BOT_DELETE_BUSINESS_MESSAGE   0xa02a982eu
#define MTPROTO_ID_UPDATE_BOT_PURCHASED_PAID_MEDIA      0x283bd312u
#define MTPROTO_ID_UPDATE_MANAGED_BOT                   0x4880ed9au
#define MTPROTO_ID_UPDATE_BOT_GUEST_CHAT_QUERY          0xcdd4093du
#define MTPROTO_ID_UPDATE_BOT_STARS_SUBSCRIPTION        0x6c0d8e23u

/* Updates that do not wait for others. */
#define MTPROTO_ID_UPDATE_USER_TYPING           0x2a17bf5cu
#define MTPROTO_ID_UPDATE_CHAT_USER_TYPING      0x83487af0u
#define MTPROTO_ID_UPDATE_CHANNEL_USER_TYPING   0x8c88c923u
#define MTPROTO_ID_UPDATE_ENCRYPTED_CHAT_TYPING 0x1710f156u
#define MTPROTO_ID_UPDATE_LOGIN_TOKEN           0x564fe691u
#define MTPROTO_ID_UPDATE_SENT_PHONE_CODE       0x504aa18fu
#define MTPROTO_ID_UPDATE_DC_OPTIONS            0x8e5e9873u
#define MTPROTO_ID_UPDATE_CONFIG                0xa229dd06u
#define MTPROTO_ID_UPDATE_SERVICE_NOTIFICATION  0xebe46819u
#define MTPROTO_ID_UPDATE_LANG_PACK             0x56022f4du
#define MTPROTO_ID_UPDATE_LANG_PACK_TOO_LONG    0x46560264u

/* Updates that prepare others of their container. */
#define MTPROTO_ID_UPDATE_MESSAGE_ID 0x4e90bfd6u
#define MTPROTO_ID_UPDATE_STORY_ID   0x1bf335b9u
#define MTPROTO_ID_UPDATE_ENCRYPTION 0xb4a2e88du

/* Answers of calls that change messages: they count as updates. */
#define MTPROTO_ID_AFFECTED_MESSAGES       0x84d19185u
#define MTPROTO_ID_AFFECTED_HISTORY        0xb45c69d1u
#define MTPROTO_ID_AFFECTED_FOUND_MESSAGES 0xef8d3e6cu

/* What asks for missing updates, and its answers. */
#define MTPROTO_ID_GET_STATE                   0xedd4882au
#define MTPROTO_ID_GET_DIFFERENCE              0x19c2f763u
#define MTPROTO_ID_GET_CHANNEL_DIFFERENCE      0x03173d78u
#define MTPROTO_ID_STATE                       0xa56c2a3eu
#define MTPROTO_ID_DIFFERENCE_EMPTY            0x5d75a138u
#define MTPROTO_ID_DIFFERENCE                  0x00f49ca0u
#define MTPROTO_ID_DIFFERENCE_SLICE            0xa8fb1981u
#define MTPROTO_ID_DIFFERENCE_TOO_LONG         0x4afe8f6du
#define MTPROTO_ID_CHANNEL_DIFFERENCE_EMPTY    0x3e11affbu
#define MTPROTO_ID_CHANNEL_DIFFERENCE          0x2064674eu
#define MTPROTO_ID_CHANNEL_DIFFERENCE_TOO_LONG 0xa4bcc6feu

/* True for a constructor of the type Updates: what a server pushes, and what calls such as messages.sendMessage answer.
 */
MTPROTO_API bool mtproto_update_is_wrapper(uint32_t id);

/* ---- State. ---- */

/* How far a log of the server was followed. The account's (channel_id 0) has all counters, a channel's only pts. */
struct mtproto_update_state {
	int64_t channel_id;   /* 0: the account */
	int64_t access_hash;  /* of the channel, as the account sees it */
	bool has_access_hash; /* access_hash is known */
	int32_t pts;          /* 0: not known yet */
	int32_t qts;
	int32_t seq;
	int32_t date; /* Unix time of the last container or difference */
};

enum mtproto_update_verdict {
	MTPROTO_UPDATE_ACCEPT = 0,   /* it is the next one: the state was advanced */
	MTPROTO_UPDATE_DUPLICATE,    /* it was applied before: drop it */
	MTPROTO_UPDATE_GAP,          /* others before it are missing */
	MTPROTO_UPDATE_INCONSISTENT, /* such numbers can't be: drop it and ask for the difference */
};

/* Judges an update that ends at pts and counts for pts_count events, and advances *local if it is the next. For the
 * account's pts and for a channel's. A counter near its end that begins anew is followed. INCONSISTENT: numbers below
 * zero, more events than pts, a pts that fell by more than 19,999 or is 2^30 ahead. */
MTPROTO_API enum mtproto_update_verdict mtproto_update_apply_pts(int32_t *local, int32_t pts, int32_t pts_count);

/* The same for an update with qts, which counts for one. A qts that fell by more than 1,000,009 began anew: accepted.
 */
MTPROTO_API enum mtproto_update_verdict mtproto_update_apply_qts(int32_t *local, int32_t qts);

/* The same for a container seq_start..seq (of updates#74ae4240: seq..seq) of that date; advances seq and date.
 * seq_start 0 is a container without order: it is accepted. */
MTPROTO_API enum mtproto_update_verdict mtproto_update_apply_seq(struct mtproto_update_state *state, int32_t seq_start,
								 int32_t seq, int32_t date);

#define MTPROTO_UPDATE_STATE_SIZE 76u

/* Writes a state as bytes with a version and a check: docs/updates.md has the format. */
MTPROTO_API void mtproto_update_state_export(uint8_t out[MTPROTO_UPDATE_STATE_SIZE],
					     const struct mtproto_update_state *state);

/* Reads it. Errors: MTPROTO_ERR_STATE_FORMAT (also for any other length), MTPROTO_ERR_STATE_VERSION. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_update_state_import(struct mtproto_update_state *out, const uint8_t *data,
							     size_t len);

/* ---- What an update says about itself. ---- */

/* What decides when it is its turn. */
enum mtproto_update_order {
	MTPROTO_UPDATE_BY_SEQ = 0, /* the seq of its container */
	MTPROTO_UPDATE_AT_ONCE,    /* nothing: typing, configuration, sign-in */
	MTPROTO_UPDATE_FIRST,      /* nothing, but before the others of its container: updateMessageID and its like */
	MTPROTO_UPDATE_BY_PTS,     /* pts, pts_count */
	MTPROTO_UPDATE_BY_CHANNEL_PTS,   /* pts, pts_count of channel_id */
	MTPROTO_UPDATE_BY_QTS,           /* qts */
	MTPROTO_UPDATE_CHANNEL_TOO_LONG, /* channel_id has more, up to pts if that is not 0 */
	MTPROTO_UPDATE_PTS_CHANGED       /* the server began its counters anew */
};

struct mtproto_update_fields {
	uint32_t constructor;
	enum mtproto_update_order order;
	int64_t channel_id; /* 0: none */
	int32_t pts;        /* 0: none */
	int32_t pts_count;
	int32_t qts; /* 0: none */
};

/* Reads the fields of one whole object without a schema: an update with counters whose place in it is certain, the
 * short forms, and the answers that count as updates. Errors: MTPROTO_ERR_NOT_FOUND (another constructor, or one whose
 * fields only a schema finds), MTPROTO_ERR_TRUNCATED, MTPROTO_ERR_ENCODING. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_update_read_builtin(struct mtproto_update_fields *out, const void *data,
							     size_t len);

/* The update in an updateShort, which lives as long as data, and the date. Errors: MTPROTO_ERR_CONSTRUCTOR,
 * MTPROTO_ERR_TRUNCATED. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_update_open_short(struct mtproto_span *update, int32_t *date, const void *data,
							   size_t len);

/* What a reader is shown. */
enum mtproto_update_object {
	MTPROTO_UPDATE_OBJECT_UPDATE,            /* Update: all fields */
	MTPROTO_UPDATE_OBJECT_MESSAGE,           /* Message: constructor */
	MTPROTO_UPDATE_OBJECT_ENCRYPTED_MESSAGE, /* EncryptedMessage: constructor */
	MTPROTO_UPDATE_OBJECT_DIALOG             /* Dialog: constructor and pts */
};

/* Finds the end of an object and its fields: containers hold objects side by side without a length. read gets bytes
 * that begin with an object of the type and go on beyond it; it says how many of them the object takes, and its fields,
 * which were zeroed. Any result but 0 means that it can't; then the container is not taken apart. */
struct mtproto_update_reader {
	void *user;
	int (*read)(void *user, enum mtproto_update_object type, struct mtproto_span data, size_t *size,
		    struct mtproto_update_fields *fields);
};

/* A reader by a schema of the API in any layer; the schema must outlive it. Counters are found by the names of fields,
 * so a later layer's new updates are understood too. */
MTPROTO_API void mtproto_update_reader_init_schema(struct mtproto_update_reader *reader,
						   const struct mtproto_schema *schema);

/* The channel that a call is about (its field channel, or peer), or 0: what tells whose pts an answer such as
 * messages.affectedMessages has. */
MTPROTO_API int64_t mtproto_update_channel_of_call(const struct mtproto_schema *schema, const void *call, size_t len);

/* ---- The calls that ask for what is missing. ---- */

/* updates.getState. */
MTPROTO_API void mtproto_update_write_get_state(struct mtproto_tl_writer *w);

/* updates.getDifference; a limit of 0 is left out. pts_total_limit is for those who can bear differenceTooLong. */
struct mtproto_get_difference {
	int32_t pts;
	int32_t qts;
	int32_t date;
	int32_t pts_limit;
	int32_t pts_total_limit;
	int32_t qts_limit;
};

MTPROTO_API void mtproto_update_write_get_difference(struct mtproto_tl_writer *w,
						     const struct mtproto_get_difference *parameters);

/* updates.getChannelDifference of all messages. */
struct mtproto_get_channel_difference {
	int64_t channel_id;
	int64_t access_hash;
	int32_t pts;
	int32_t limit;
	bool force; /* also what the client was sent already */
};

MTPROTO_API void mtproto_update_write_get_channel_difference(struct mtproto_tl_writer *w,
							     const struct mtproto_get_channel_difference *parameters);

#ifdef __cplusplus
}
#endif

#endif
