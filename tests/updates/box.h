/* A box of updates that is signed in and caught up, what is pushed to it and what it is answered. */
#ifndef TESTS_UPDATES_BOX_H
#define TESTS_UPDATES_BOX_H

#include "updates/stream.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct mtproto_schema *schema;

static inline int load(void **state)
{
	(void)state;
	schema = schema_of_file(API_SCHEMA);
	return 0;
}

static inline int unload(void **state)
{
	(void)state;
	mtproto_schema_free(schema);
	return 0;
}

/* ---- Boxes ---- */

/* Where every test begins: pts 10, qts 5, seq 3, date 1000; the channel's pts 100. */
static inline void set_states(struct box *box)
{
	const struct mtproto_update_state account = {.pts = 10, .qts = 5, .seq = 3, .date = 1000};
	const struct mtproto_update_state channel = {
		.channel_id = CHANNEL, .pts = 100, .has_access_hash = true, .access_hash = HASH};

	assert_int_equal(mtproto_updates_set_state(box->updates, &account), 0);
	assert_int_equal(mtproto_updates_set_state(box->updates, &channel), 0);
}

static inline void answer_empty(struct box *box, int32_t date, int32_t seq)
{
	struct object object;
	struct mtproto_tl_writer *w = object_begin(&object);

	mtproto_tl_write_u32(w, MTPROTO_ID_DIFFERENCE_EMPTY);
	mtproto_tl_write_int(w, date);
	mtproto_tl_write_int(w, seq);
	assert_int_equal(answer(box, &object), 0);
}

/* Signed in and caught up. */
static inline void open_with(struct box *box, const struct mtproto_schema *reader,
			     struct mtproto_updates_config *config)
{
	box_open(box, reader, config);
	set_states(box);
	mtproto_updates_connected(box->updates, &box->now);
	assert_string_equal(request(box), "difference 10/5/1000");
	answer_empty(box, 1000, 3);
	assert_string_equal(events(box), "");
	assert_string_equal(request(box), "");
}

static inline void open_box(struct box *box)
{
	struct mtproto_updates_config config;

	mtproto_updates_config_init(&config);
	open_with(box, schema, &config);
}

/* ---- Pushes ---- */

/* A container without seq of one update. */
static inline void push_delete(struct box *box, int32_t id, int32_t pts, int32_t count)
{
	struct object object;

	put_delete(container_begin(&object, 1), id, pts, count);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

static inline void push_qts(struct box *box, int32_t id, int32_t qts)
{
	struct object object;

	put_bot_stopped(container_begin(&object, 1), id, qts);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

static inline void push_channel(struct box *box, int64_t channel, int32_t id, int32_t pts, int32_t count)
{
	struct object object;

	put_channel_delete(container_begin(&object, 1), channel, id, pts, count);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

static inline void push_seq(struct box *box, int32_t id, int32_t date, int32_t seq)
{
	struct object object;

	put_status(container_begin(&object, 1), id);
	container_end(&object.w, date, seq);
	assert_int_equal(push(box, &object), 0);
}

static inline void push_channel_too_long(struct box *box, int64_t channel, int32_t pts)
{
	struct object object;

	put_too_long(container_begin(&object, 1), channel, pts);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

/* An update of no known constructor. */
static inline void push_unknown(struct box *box)
{
	struct object object;

	mtproto_tl_write_u32(container_begin(&object, 1), 0x01020304);
	container_end(&object.w, 1000, 0);
	assert_int_equal(push(box, &object), 0);
}

/* ---- Differences ---- */

/* new_messages m, new_encrypted_messages e, other_updates: message id u with any pts; 0: none. */
static inline void put_difference(struct object *object, uint32_t constructor, int32_t m, int32_t e, int32_t u)
{
	struct mtproto_tl_writer *w = object_begin(object);

	mtproto_tl_write_u32(w, constructor);
	mtproto_tl_write_vector(w, m ? 1 : 0);
	if (m)
		put_message(w, m, 0);
	mtproto_tl_write_vector(w, e ? 1 : 0);
	if (e)
		put_encrypted(w, e);
	mtproto_tl_write_vector(w, u ? 2 : 0);
	if (u) {
		put_delete(w, u, 1, 1);
		put_message_id(w, u + 1);
	}
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, 0);
}

static inline void answer_difference(struct box *box, uint32_t constructor, int32_t m, int32_t pts, int32_t qts,
				     int32_t seq)
{
	struct object object;

	put_difference(&object, constructor, m, 0, 0);
	put_state(&object.w, pts, qts, seq, 1100);
	assert_int_equal(answer(box, &object), 0);
}

enum { FINAL = 1, TIMEOUT = 2 };

static inline void answer_channel(struct box *box, uint32_t flags, int32_t pts, int32_t timeout, int32_t m)
{
	struct object object;
	struct mtproto_tl_writer *w = object_begin(&object);

	mtproto_tl_write_u32(w, m ? MTPROTO_ID_CHANNEL_DIFFERENCE : MTPROTO_ID_CHANNEL_DIFFERENCE_EMPTY);
	mtproto_tl_write_u32(w, flags);
	mtproto_tl_write_int(w, pts);
	if (flags & TIMEOUT)
		mtproto_tl_write_int(w, timeout);
	if (m) {
		mtproto_tl_write_vector(w, 1);
		put_message(w, m, CHANNEL);
		for (int i = 0; i < 3; i++)
			mtproto_tl_write_vector(w, 0);
	}
	assert_int_equal(answer(box, &object), 0);
}

#endif
