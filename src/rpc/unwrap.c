#include "rpc/unwrap.h"

#include <string.h>

static int take_layer(struct mtp_unwrapped *u, struct mtproto_tl_reader *r)
{
	struct mtproto_invoke_with_layer w;
	int error = mtproto_invoke_with_layer_read(&w, r);

	if (error)
		return error;
	u->layer = w.layer;
	u->query = w.query;
	return 0;
}

static int take_init(struct mtp_unwrapped *u, struct mtproto_tl_reader *r)
{
	struct mtproto_init_connection w;
	int error = mtproto_init_connection_read(&w, r);

	if (error)
		return error;
	u->api_id = w.api_id;
	u->query = w.query;
	return 0;
}

static int take_without_updates(struct mtp_unwrapped *u, struct mtproto_tl_reader *r)
{
	struct mtproto_invoke_without_updates w;
	int error = mtproto_invoke_without_updates_read(&w, r);

	if (error)
		return error;
	u->without_updates = true;
	u->query = w.query;
	return 0;
}

static int add_after(struct mtp_unwrapped *u, uint64_t msg_id)
{
	if (u->after_count == MTPROTO_AFTER_MAX)
		return MTPROTO_ERR_LIMIT;
	u->after[u->after_count++] = msg_id;
	return 0;
}

static int take_after_msg(struct mtp_unwrapped *u, struct mtproto_tl_reader *r)
{
	struct mtproto_invoke_after_msg w;
	int error = mtproto_invoke_after_msg_read(&w, r);

	if (error)
		return error;
	u->query = w.query;
	return add_after(u, w.msg_id);
}

static int take_after_msgs(struct mtp_unwrapped *u, struct mtproto_tl_reader *r)
{
	struct mtproto_invoke_after_msgs w;
	int error = mtproto_invoke_after_msgs_read(&w, r);

	if (error)
		return error;
	for (uint32_t i = 0; i < w.msg_ids.count && !error; i++)
		error = add_after(u, mtproto_longs_at(&w.msg_ids, i));
	u->query = w.query;
	return error;
}

static int take_messages_range(struct mtp_unwrapped *u, struct mtproto_tl_reader *r)
{
	struct mtproto_invoke_with_messages_range w;
	int error = mtproto_invoke_with_messages_range_read(&w, r);

	if (error)
		return error;
	u->query = w.query;
	return 0;
}

static int take_takeout(struct mtp_unwrapped *u, struct mtproto_tl_reader *r)
{
	struct mtproto_invoke_with_takeout w;
	int error = mtproto_invoke_with_takeout_read(&w, r);

	if (error)
		return error;
	u->query = w.query;
	return 0;
}

static const struct {
	uint32_t id;
	int (*take)(struct mtp_unwrapped *u, struct mtproto_tl_reader *r);
} wrappers[] = {
	{MTPROTO_ID_INVOKE_WITH_LAYER, take_layer},
	{MTPROTO_ID_INIT_CONNECTION, take_init},
	{MTPROTO_ID_INVOKE_WITHOUT_UPDATES, take_without_updates},
	{MTPROTO_ID_INVOKE_AFTER_MSG, take_after_msg},
	{MTPROTO_ID_INVOKE_AFTER_MSGS, take_after_msgs},
	{MTPROTO_ID_INVOKE_WITH_MESSAGES_RANGE, take_messages_range},
	{MTPROTO_ID_INVOKE_WITH_TAKEOUT, take_takeout},
};

static int inflate(struct mtp_inflater *inflater, struct mtp_pool *pool, size_t *budget, struct mtp_unwrapped *u)
{
	struct mtp_block *block;
	size_t len;
	int error = mtp_inflate(inflater, pool, u->query, budget, &block, &len);

	if (error)
		return error;
	mtp_block_drop(u->block);
	u->block = block;
	u->query.data = block->data;
	u->query.len = len;
	return 0;
}

/* Takes one wrapper off. 1: done, 0: there was none, negative: an error. */
static int take_one(struct mtp_inflater *inflater, struct mtp_pool *pool, size_t *budget, struct mtp_unwrapped *u)
{
	struct mtproto_tl_reader r;
	uint32_t id;
	int error;

	mtproto_tl_reader_init(&r, u->query.data, u->query.len);
	id = mtproto_tl_peek(&r);
	if (id == MTPROTO_ID_GZIP_PACKED) {
		error = inflate(inflater, pool, budget, u);
		return error ? error : 1;
	}
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
		if (wrappers[i].id != id)
			continue;
		error = wrappers[i].take(u, &r);
		return error ? error : 1;
	}
	return 0;
}

int mtp_unwrap(struct mtp_inflater *inflater, struct mtp_pool *pool, struct mtproto_span body, size_t *budget,
	       struct mtp_unwrapped *out)
{
	int taken = 1;

	memset(out, 0, sizeof(*out));
	out->query = body;
	for (int depth = 0; taken == 1 && depth <= MTP_WRAPPERS_MAX; depth++)
		taken = take_one(inflater, pool, budget, out);
	if (taken == 0 && out->query.len < 4)
		taken = MTPROTO_ERR_TRUNCATED;
	if (taken == 0)
		return 0;
	mtp_block_drop(out->block);
	out->block = NULL;
	return taken < 0 ? taken : MTPROTO_ERR_LIMIT;
}
