/* The box of updates: takes what a server pushes and what calls answer, and gives every update once and in order. It
 * notices what is missing and says which calls bring it. Sans-IO: a driver invokes the calls and hands in their
 * answers; the account of <mtproto/account.h> has one inside.
 *
 * One turn is like that of a context:
 *
 *     file      mtproto_updates_recv, _result, _answer, _fail, _connected, _new_session
 *     process   mtproto_updates_process, when mtproto_updates_deadline is reached
 *     pull      mtproto_updates_next_event until it returns 0
 *     ask       mtproto_updates_next_request until it returns 0: invoke each
 *
 * What a program has to keep comes as STATE events. A program that stores those, and gives the last ones to the next
 * box, misses nothing; an update can come twice only when the program ended after it was pulled and before its STATE
 * was stored.
 *
 * Only updates of the account belong here: not those that come over keys without a signed-in user or from CDN data
 * centres. Source: core.telegram.org/api/updates; docs/updates.md has the rules. */
#ifndef MTPROTO_UPDATES_H
#define MTPROTO_UPDATES_H

#include <mtproto/update_state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque. Belongs to one thread at a time. */
struct mtproto_updates;

struct mtproto_updates_config {
	size_t size;
	const struct mtproto_allocator *allocator; /* NULL: malloc. Copied. */

	/* Finds the fields of updates; copied. With read NULL only what needs no reader is taken apart: the short
	 * forms, and updates of known layouts in updateShort; everything else comes as RAW. */
	struct mtproto_update_reader reader;

	/* Whether the application can use an update that has a counter, or an updateShortMessage or
	 * updateShortChatMessage: false when it speaks of a user or chat that the application does not know. Then it is
	 * not delivered; the difference, which has them all, is asked for instead. NULL: it can use all. The user is
	 * accept_user. It must not call the box. */
	bool (*accept)(void *user, const struct mtproto_update_fields *fields, struct mtproto_span update);
	void *accept_user;

	uint64_t gap_wait_ns;    /* how long missing updates may still arrive by themselves; 0.5 s */
	uint64_t idle_wait_ns;   /* silence after which the difference is asked for; 15 minutes */
	int32_t pts_limit;       /* of getDifference; 0: the server's */
	int32_t pts_total_limit; /* of getDifference; 0: no TOO_LONG of the account by this limit */
	int32_t channel_limit;   /* of getChannelDifference; 100, bots may say up to 100,000 */

	uint32_t channel_requests_max; /* getChannelDifference at once; 10 */
	uint32_t channels_max;         /* channels that are followed; 65,536. Updates of others come unordered. */
	uint32_t held_max;             /* updates that wait for others; 10,000. Beyond it the difference brings them. */
	size_t bytes_max;              /* of updates that wait for others or to be pulled; 32 MiB */
};

MTPROTO_API void mtproto_updates_config_init(struct mtproto_updates_config *config);

/* config may be NULL. Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT (a limit below 1), MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_new(struct mtproto_updates **out,
						     const struct mtproto_updates_config *config);

/* updates may be NULL. */
MTPROTO_API void mtproto_updates_free(struct mtproto_updates *updates);

/* ---- States: before the first mtproto_updates_connected those that were stored. ---- */

/* Sets the state of the account (channel_id 0) or of a channel: from the store, or for a channel from the pts of its
 * dialog or of channelFull. A channel that is known keeps its pts, unless what is given is further. Errors:
 * MTPROTO_ERR_ARGUMENT (numbers below zero), MTPROTO_ERR_STATE (the account's, after connected), MTPROTO_ERR_LIMIT
 * (channels_max), MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_set_state(struct mtproto_updates *updates,
							   const struct mtproto_update_state *state);

/* The state as it is, which may be ahead of the events pulled. Errors: MTPROTO_ERR_NOT_FOUND: not known. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_state(const struct mtproto_updates *updates, int64_t channel_id,
						       struct mtproto_update_state *out);

/* All states as one run of mtproto_update_state_export's. With out NULL *len is what is needed. Pull all events before.
 * Errors: MTPROTO_ERR_BUFFER, MTPROTO_ERR_STATE (events wait). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_export(const struct mtproto_updates *updates, uint8_t *out, size_t cap,
							size_t *len);

/* Sets all of them. Errors: as of mtproto_update_state_import and mtproto_updates_set_state; then a part of them may be
 * set. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_import(struct mtproto_updates *updates, const uint8_t *data,
							size_t len);

/* The access hash that was asked for by ACCESS_HASH, or became known in any other way. An inaccessible channel is tried
 * again. Errors: as of mtproto_updates_set_state. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_set_access_hash(struct mtproto_updates *updates,
								 const struct mtproto_now *now, int64_t channel_id,
								 int64_t access_hash);

/* The access hash that was asked for is not known: the gap is passed over, told by TOO_LONG. */
MTPROTO_API void mtproto_updates_refuse_access_hash(struct mtproto_updates *updates, const struct mtproto_now *now,
						    int64_t channel_id);

/* The channel is of no interest any more: the account left it. Its events that wait to be pulled still come. */
MTPROTO_API void mtproto_updates_forget_channel(struct mtproto_updates *updates, int64_t channel_id);

/* Polls a channel that the account is no member of, for as long as it is open on the screen. Servers bear 10 at once.
 * Errors: as of mtproto_updates_set_state. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_open_channel(struct mtproto_updates *updates,
							      const struct mtproto_now *now, int64_t channel_id);
MTPROTO_API void mtproto_updates_close_channel(struct mtproto_updates *updates, int64_t channel_id);

/* ---- In. ---- */

/* A connection of a signed-in account is ready: at the start, after signing in and after each reconnect. Asks for the
 * difference, or for the state when none is known; a request that is open is made once more after its answer, which may
 * be as old as the link before. Before it only updates that need no state are delivered. */
MTPROTO_API void mtproto_updates_connected(struct mtproto_updates *updates, const struct mtproto_now *now);

/* The server made a new session (MTPROTO_EVENT_NEW_SESSION): updates may be missing. */
MTPROTO_API void mtproto_updates_new_session(struct mtproto_updates *updates, const struct mtproto_now *now);

/* A message of the server was refused (MTPROTO_EVENT_REFUSED): it may have held updates. Asks for the difference after
 * a while, the longer the more often it was for nothing. When the client's clock is the reason, as after a sleep that
 * its monotonic clock did not count, the answer corrects that. */
MTPROTO_API void mtproto_updates_refused(struct mtproto_updates *updates, const struct mtproto_now *now);

/* The application doubts its picture of the account (channel_id 0) or of a channel: asks for the difference. */
MTPROTO_API void mtproto_updates_catch_up(struct mtproto_updates *updates, const struct mtproto_now *now,
					  int64_t channel_id);

/* What a server pushed (MTPROTO_EVENT_UPDATE): any object. It is copied. Errors: MTPROTO_ERR_LIMIT (bytes_max wait to
 * be pulled: pull, and call again), MTPROTO_ERR_MEMORY; then nothing was taken, and unless it is given again the
 * difference brings it. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_recv(struct mtproto_updates *updates, const struct mtproto_now *now,
						      const void *data, size_t len);

/* The answer of a call of the application, for what it has of updates: Updates, messages.affectedMessages and its like;
 * others are passed over. channel_id: the channel that the call was about (mtproto_update_channel_of_call), or 0.
 * Errors: as of recv. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_result(struct mtproto_updates *updates, const struct mtproto_now *now,
							int64_t channel_id, const void *data, size_t len);

/* ---- Time. ---- */

/* Runs what is due. */
MTPROTO_API void mtproto_updates_process(struct mtproto_updates *updates, const struct mtproto_now *now);

/* mono_ns at which process wants to be called, or MTPROTO_NEVER. */
MTPROTO_API uint64_t mtproto_updates_deadline(const struct mtproto_updates *updates);

/* ---- Calls to be made for it. ---- */

enum mtproto_updates_request_kind {
	MTPROTO_UPDATES_GET_STATE,
	MTPROTO_UPDATES_GET_DIFFERENCE,
	MTPROTO_UPDATES_GET_CHANNEL_DIFFERENCE
};

struct mtproto_updates_request {
	uint64_t token; /* for answer or fail: each request has to be settled by one of them */
	enum mtproto_updates_request_kind kind;
	int64_t channel_id;       /* of GET_CHANNEL_DIFFERENCE */
	struct mtproto_span body; /* the call; valid until the next call of this box */
};

/* The next call to make. Returns 1, or 0 when there is none. At most one for the account and channel_requests_max for
 * channels are open at once. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_next_request(struct mtproto_updates *updates,
							      struct mtproto_updates_request *request);

/* The answer of a request. An answer that is no such thing counts as a failure. Errors: MTPROTO_ERR_NOT_FOUND (no such
 * token: its channel was forgotten, or nobody is signed in any more), MTPROTO_ERR_LIMIT (bytes_max wait to be pulled),
 * MTPROTO_ERR_MEMORY: the last two count as failures too. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_answer(struct mtproto_updates *updates, const struct mtproto_now *now,
							uint64_t token, const void *data, size_t len);

/* The request failed: the code and text of an rpc_error, or a MTPROTO_ERR_ value and no text. It is made again after 1,
 * 2, 4 .. 60 seconds, or as FLOOD_WAIT says; not when the channel is inaccessible or (code 401) nobody is signed in.
 * Errors: MTPROTO_ERR_NOT_FOUND. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_fail(struct mtproto_updates *updates, const struct mtproto_now *now,
						      uint64_t token, int32_t code, const void *text, size_t len);

/* ---- Out. ---- */

enum mtproto_updates_event_type {
	/* Users and chats that the next events speak of. body: in a container Vector<User> and then Vector<Chat>; in a
	 * difference (chats_first) the other way round. Comes when the container does, also if its updates have to
	 * wait. */
	MTPROTO_UPDATES_EVENT_PEERS,

	/* An update. body: one object of the type Update, an updateShortMessage or an updateShortChatMessage; fields.
	 */
	MTPROTO_UPDATES_EVENT_UPDATE,

	/* A message, or an encrypted one, that a difference brought without an update around it: body. */
	MTPROTO_UPDATES_EVENT_MESSAGE,
	MTPROTO_UPDATES_EVENT_ENCRYPTED_MESSAGE,

	/* An object that could not be taken apart (a constructor is unknown, or there is no reader): body. What it
	 * holds may be delivered a second time by the difference that is asked for because of it. */
	MTPROTO_UPDATES_EVENT_RAW,

	/* Updates are missing: counter, channel_id. They are waited for, then asked for. */
	MTPROTO_UPDATES_EVENT_GAP,

	/* More happened than the server tells one by one, in the account (channel_id 0) or a channel: messages known of
	 * it are out of date and have to be fetched anew. For a channel body is the Dialog, if the server sent it. */
	MTPROTO_UPDATES_EVENT_TOO_LONG,

	/* The difference of channel_id needs the channel's access hash: mtproto_updates_set_access_hash or _refuse_.
	 * Its updates wait until then. */
	MTPROTO_UPDATES_EVENT_ACCESS_HASH,

	/* The server does not show channel_id any more. TOO_LONG came before if something is missing. */
	MTPROTO_UPDATES_EVENT_INACCESSIBLE,

	/* state is what is to be stored: it stands for all events before this one. */
	MTPROTO_UPDATES_EVENT_STATE
};

enum mtproto_updates_origin {
	MTPROTO_UPDATES_PUSHED,
	MTPROTO_UPDATES_RESULT, /* in the answer of a call of the application */
	MTPROTO_UPDATES_DIFFERENCE
};

enum mtproto_updates_counter {
	MTPROTO_UPDATES_PTS,
	MTPROTO_UPDATES_QTS,
	MTPROTO_UPDATES_SEQ,
	MTPROTO_UPDATES_CHANNEL_PTS
};

/* Members that the type does not speak of are 0. */
struct mtproto_updates_event {
	enum mtproto_updates_event_type type;
	enum mtproto_updates_origin origin;
	struct mtproto_span body;             /* valid until the next call of this box */
	uint32_t constructor;                 /* the id that body begins with; not of PEERS */
	struct mtproto_update_fields fields;  /* of an UPDATE */
	int64_t channel_id;                   /* the channel, 0: the account */
	int32_t date;                         /* of the container that an UPDATE came in; 0: not known */
	bool chats_first;                     /* of PEERS */
	bool unordered;                       /* UPDATE: its counter was not checked, since channels_max are followed */
	enum mtproto_updates_counter counter; /* of a GAP */
	struct mtproto_update_state state;    /* of STATE */
};

/* The next event into *event. Returns 1, or 0 when there is none. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_updates_next_event(struct mtproto_updates *updates,
							    struct mtproto_updates_event *event);

#ifdef __cplusplus
}
#endif

#endif
