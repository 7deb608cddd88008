/* Updates, answers and a box of updates in tests: objects are made of real constructors of layer 228, and what the box
 * says becomes a line of words that is compared with the expected one. */
#ifndef TESTS_UPDATES_STREAM_H
#define TESTS_UPDATES_STREAM_H

#include <mtproto/update_state.h>
#include <mtproto/updates.h>

#include "failing.h"
#include "tl/schema_file.h"

#include <stdarg.h>
#include <stdio.h>

#define CHANNEL   INT64_C(1234567890123)
#define CHANNEL_2 INT64_C(77)
#define HASH      INT64_C(-5)
#define SECOND    UINT64_C(1000000000)

/* ---- Objects ---- */

struct object {
	struct mtproto_tl_writer w;
	uint8_t data[8192];
};

static inline struct mtproto_tl_writer *object_begin(struct object *object)
{
	mtproto_tl_writer_init(&object->w, object->data, sizeof(object->data));
	return &object->w;
}

/* The numbers of updates: a message's id tells them apart. */
static inline void put_delete(struct mtproto_tl_writer *w, int32_t id, int32_t pts, int32_t count)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_DELETE_MESSAGES);
	mtproto_tl_write_vector(w, 1);
	mtproto_tl_write_int(w, id);
	mtproto_tl_write_int(w, pts);
	mtproto_tl_write_int(w, count);
}

static inline void put_channel_delete(struct mtproto_tl_writer *w, int64_t channel, int32_t id, int32_t pts,
				      int32_t count)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_DELETE_CHANNEL_MESSAGES);
	mtproto_tl_write_long(w, (uint64_t)channel);
	mtproto_tl_write_vector(w, 1);
	mtproto_tl_write_int(w, id);
	mtproto_tl_write_int(w, pts);
	mtproto_tl_write_int(w, count);
}

static inline void put_bot_stopped(struct mtproto_tl_writer *w, int32_t id, int32_t qts)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_BOT_STOPPED);
	mtproto_tl_write_long(w, (uint64_t)id);
	mtproto_tl_write_int(w, 0);
	mtproto_tl_write_bool(w, true);
	mtproto_tl_write_int(w, qts);
}

/* updateUserStatus: without a counter of its own. */
static inline void put_status(struct mtproto_tl_writer *w, int32_t id)
{
	mtproto_tl_write_u32(w, 0xe5bdf8deu);
	mtproto_tl_write_long(w, (uint64_t)id);
	mtproto_tl_write_u32(w, 0x09d05049u);
}

static inline void put_typing(struct mtproto_tl_writer *w, int32_t id)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_USER_TYPING);
	mtproto_tl_write_u32(w, 0);
	mtproto_tl_write_long(w, (uint64_t)id);
	mtproto_tl_write_u32(w, 0x16bf744eu);
}

static inline void put_message_id(struct mtproto_tl_writer *w, int32_t id)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_MESSAGE_ID);
	mtproto_tl_write_int(w, id);
	mtproto_tl_write_long(w, 99);
}

static inline void put_too_long(struct mtproto_tl_writer *w, int64_t channel, int32_t pts)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_CHANNEL_TOO_LONG);
	mtproto_tl_write_u32(w, pts ? 1 : 0);
	mtproto_tl_write_long(w, (uint64_t)channel);
	if (pts)
		mtproto_tl_write_int(w, pts);
}

/* messageEmpty, in a channel if it is not 0. */
static inline void put_message(struct mtproto_tl_writer *w, int32_t id, int64_t channel)
{
	mtproto_tl_write_u32(w, 0x90a6ca84u);
	mtproto_tl_write_u32(w, channel ? 1 : 0);
	mtproto_tl_write_int(w, id);
	if (channel) {
		mtproto_tl_write_u32(w, 0xa2a5371eu);
		mtproto_tl_write_long(w, (uint64_t)channel);
	}
}

static inline void put_new_channel_message(struct mtproto_tl_writer *w, int64_t channel, int32_t id, int32_t pts)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_NEW_CHANNEL_MESSAGE);
	put_message(w, id, channel);
	mtproto_tl_write_int(w, pts);
	mtproto_tl_write_int(w, 1);
}

/* encryptedMessageService */
static inline void put_encrypted(struct mtproto_tl_writer *w, int32_t id)
{
	mtproto_tl_write_u32(w, 0x23734b06u);
	mtproto_tl_write_long(w, (uint64_t)id);
	mtproto_tl_write_int(w, 1);
	mtproto_tl_write_int(w, 2);
	mtproto_tl_write_bytes(w, "x", 1);
}

static inline void put_dialog(struct mtproto_tl_writer *w, int64_t channel, int32_t pts)
{
	mtproto_tl_write_u32(w, 0xfc89f7f3u);
	mtproto_tl_write_u32(w, pts ? 1 : 0);
	mtproto_tl_write_u32(w, 0xa2a5371eu);
	mtproto_tl_write_long(w, (uint64_t)channel);
	for (int i = 0; i < 7; i++)
		mtproto_tl_write_int(w, i);
	mtproto_tl_write_u32(w, 0x99622c0cu);
	mtproto_tl_write_u32(w, 0);
	if (pts)
		mtproto_tl_write_int(w, pts);
}

static inline void put_users_and_chats(struct mtproto_tl_writer *w, int32_t user)
{
	mtproto_tl_write_vector(w, user ? 1 : 0);
	if (user) {
		mtproto_tl_write_u32(w, 0xd3bc4b7au);
		mtproto_tl_write_long(w, (uint64_t)user);
	}
	mtproto_tl_write_vector(w, 0);
}

static inline struct mtproto_tl_writer *container_begin(struct object *object, uint32_t count)
{
	struct mtproto_tl_writer *w = object_begin(object);

	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATES);
	mtproto_tl_write_vector(w, count);
	return w;
}

static inline void container_end(struct mtproto_tl_writer *w, int32_t date, int32_t seq)
{
	put_users_and_chats(w, 0);
	mtproto_tl_write_int(w, date);
	mtproto_tl_write_int(w, seq);
}

static inline struct mtproto_tl_writer *short_begin(struct object *object)
{
	struct mtproto_tl_writer *w = object_begin(object);

	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_SHORT);
	return w;
}

static inline void put_state(struct mtproto_tl_writer *w, int32_t pts, int32_t qts, int32_t seq, int32_t date)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_STATE);
	mtproto_tl_write_int(w, pts);
	mtproto_tl_write_int(w, qts);
	mtproto_tl_write_int(w, date);
	mtproto_tl_write_int(w, seq);
	mtproto_tl_write_int(w, 0);
}

static inline void put_affected(struct object *object, uint32_t id, int32_t pts, int32_t count)
{
	struct mtproto_tl_writer *w = object_begin(object);

	mtproto_tl_write_u32(w, id);
	mtproto_tl_write_int(w, pts);
	mtproto_tl_write_int(w, count);
	if (id != MTPROTO_ID_AFFECTED_MESSAGES)
		mtproto_tl_write_int(w, 0);
	if (id == MTPROTO_ID_AFFECTED_FOUND_MESSAGES)
		mtproto_tl_write_vector(w, 0);
}

/* ---- A box ---- */

struct box {
	struct mtproto_updates *updates;
	struct mtproto_now now;
	struct failing memory;
	uint64_t token; /* of the last request */
	char words[4096];
};

__attribute__((format(printf, 2, 3))) static inline void say(struct box *box, const char *format, ...)
{
	size_t len = strlen(box->words);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(box->words + len, sizeof(box->words) - len, format, arguments);
	va_end(arguments);
	assert(strlen(box->words) < sizeof(box->words) - 1);
}

/* The number that tells an object of the makers above from others. */
static inline int id_of_object(struct mtproto_span body)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	switch (mtproto_tl_read_u32(&r)) {
	case MTPROTO_ID_UPDATE_DELETE_MESSAGES:
		mtproto_tl_read_vector(&r, 4);
		return mtproto_tl_read_int(&r);
	case MTPROTO_ID_UPDATE_DELETE_CHANNEL_MESSAGES:
		mtproto_tl_read_long(&r);
		mtproto_tl_read_vector(&r, 4);
		return mtproto_tl_read_int(&r);
	case MTPROTO_ID_UPDATE_NEW_CHANNEL_MESSAGE:
		mtproto_tl_read_long(&r);
		return mtproto_tl_read_int(&r);
	case MTPROTO_ID_UPDATE_USER_TYPING:
	case MTPROTO_ID_UPDATE_SHORT_MESSAGE:
	case 0x90a6ca84u:
		mtproto_tl_read_u32(&r);
		return mtproto_tl_read_int(&r);
	default:
		return mtproto_tl_read_int(&r);
	}
}

static inline void say_event(struct box *box, const struct mtproto_updates_event *event)
{
	static const char *const counters[] = {"pts", "qts", "seq", "channel"};
	const struct mtproto_update_state *state = &event->state;

	say(box, box->words[0] ? " " : "");
	switch (event->type) {
	case MTPROTO_UPDATES_EVENT_PEERS:
		say(box, "peers");
		break;
	case MTPROTO_UPDATES_EVENT_UPDATE:
		say(box, "u%d%s", id_of_object(event->body), event->unordered ? "?" : "");
		break;
	case MTPROTO_UPDATES_EVENT_MESSAGE:
		say(box, "m%d", id_of_object(event->body));
		break;
	case MTPROTO_UPDATES_EVENT_ENCRYPTED_MESSAGE:
		say(box, "e%d", id_of_object(event->body));
		break;
	case MTPROTO_UPDATES_EVENT_RAW:
		say(box, "raw");
		break;
	case MTPROTO_UPDATES_EVENT_GAP:
		say(box, "gap:%s", counters[event->counter]);
		break;
	case MTPROTO_UPDATES_EVENT_TOO_LONG:
		say(box, event->channel_id ? "channel-too-long" : "too-long");
		break;
	case MTPROTO_UPDATES_EVENT_ACCESS_HASH:
		say(box, "hash?");
		break;
	case MTPROTO_UPDATES_EVENT_INACCESSIBLE:
		say(box, "inaccessible");
		break;
	case MTPROTO_UPDATES_EVENT_STATE:
		if (event->channel_id)
			say(box, "channel=%d", state->pts);
		else
			say(box, "state=%d/%d/%d/%d", state->pts, state->qts, state->seq, state->date);
		break;
	}
}

/* All events as words. */
static inline const char *events(struct box *box)
{
	struct mtproto_updates_event event;

	box->words[0] = '\0';
	while (mtproto_updates_next_event(box->updates, &event) > 0)
		say_event(box, &event);
	return box->words;
}

static inline int32_t int_at(struct mtproto_span body, size_t at)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	mtproto_tl_read_span(&r, at);
	return mtproto_tl_read_int(&r);
}

/* The next request as words, "" if there is none: "difference 10/5/1000": pts, qts, date; "channel 7+100": pts, limit.
 */
static inline const char *request(struct box *box)
{
	struct mtproto_updates_request request;

	box->words[0] = '\0';
	mtproto_updates_process(box->updates, &box->now);
	if (mtproto_updates_next_request(box->updates, &request) == 0)
		return box->words;
	box->token = request.token;
	if (request.kind == MTPROTO_UPDATES_GET_STATE)
		say(box, "state");
	else if (request.kind == MTPROTO_UPDATES_GET_DIFFERENCE)
		say(box, "difference %d/%d/%d", int_at(request.body, 8), int_at(request.body, 16),
		    int_at(request.body, 12));
	else
		say(box, "channel %d+%d", int_at(request.body, 32), int_at(request.body, 36));
	return box->words;
}

static inline void wait_ns(struct box *box, uint64_t ns)
{
	box->now.mono_ns += ns;
}

static inline int push(struct box *box, const struct object *object)
{
	assert(!object->w.error);
	return mtproto_updates_recv(box->updates, &box->now, object->data, object->w.len);
}

static inline int answer(struct box *box, const struct object *object)
{
	assert(!object->w.error);
	return mtproto_updates_answer(box->updates, &box->now, box->token, object->data, object->w.len);
}

static inline int fail_request(struct box *box, int32_t code, const char *text)
{
	return mtproto_updates_fail(box->updates, &box->now, box->token, code, text, strlen(text));
}

/* A box with the reader of schema (NULL: none) and all else of config. */
static inline void box_open(struct box *box, const struct mtproto_schema *schema, struct mtproto_updates_config *config)
{
	memset(box, 0, sizeof(*box));
	box->now.mono_ns = 1000 * SECOND;
	failing_init(&box->memory);
	config->allocator = &box->memory.hooks;
	if (schema)
		mtproto_update_reader_init_schema(&config->reader, schema);
	if (mtproto_updates_new(&box->updates, config))
		abort();
}

static inline void box_close(struct box *box)
{
	mtproto_updates_free(box->updates);
	box->updates = NULL;
	assert(box->memory.pieces == 0);
}

#endif
