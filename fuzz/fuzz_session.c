/* A session that receives whatever it is given, sends, and is given time. The first byte chooses the role; then come
 * steps of one byte and what they need. */
#include "../tests/failing.h"
#include "session/session.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)

enum { BODY_MAX = 2 << 20, MEMORY_MAX = 64 << 20, CALLS_MAX = 64 };

struct world {
	struct mtp_session session;
	struct failing memory;
	struct mtp_pool pool;
	struct mtp_timers timers;
	struct mtp_inflater inflater;
	struct mtp_session_env env;
	struct mtp_key key;
	struct mtproto_now now;
};

/* What is packed; static, because to clear so much for each input would take longer than all the rest. */
static uint8_t packed[BODY_MAX];

/* The input that is left. */
struct input {
	const uint8_t *data;
	size_t len;
};

static uint8_t take(struct input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->data++;
}

static int take_16(struct input *in)
{
	int low = take(in);

	return (int16_t)(low | take(in) << 8);
}

static int random_fill(void *user, uint8_t *out, size_t len)
{
	uint64_t *state = user;

	while (len--) {
		*state = *state * 6364136223846793005u + 1;
		*out++ = (uint8_t)(*state >> 56);
	}
	return 0;
}

static void check_span(struct mtproto_span span)
{
	volatile uint8_t sink = 0;

	for (size_t i = 0; i < span.len; i++)
		sink ^= span.data[i];
	(void)sink;
}

static void deliver(struct mtp_session *session, const struct mtp_notice *notice, const struct mtproto_now *now)
{
	(void)now;
	check_span(notice->body);
	if (notice->out && (notice->kind == MTP_NOTICE_RESULT || notice->kind == MTP_NOTICE_ANSWER ||
			    (notice->kind == MTP_NOTICE_ACKED && session->server)))
		mtp_session_settle(session, notice->out);
}

static void wake(struct mtp_session *session)
{
	(void)session;
}

static bool salt_valid(struct mtp_session *session, uint64_t salt, const struct mtproto_now *now)
{
	(void)now;
	return salt == session->key->salt;
}

static const struct mtp_session_ops client_ops = {deliver, wake, NULL};
static const struct mtp_session_ops server_ops = {deliver, wake, salt_valid};

static void set_up(struct world *world, const struct mtproto_random *random, bool server)
{
	memset(world, 0, sizeof(*world));
	failing_init(&world->memory);
	world->now = (struct mtproto_now){1000 * SECOND, 1700000000 * SECOND};
	mtp_pool_init(&world->pool, &world->memory.hooks, 1 << 16);
	mtp_timers_init(&world->timers, &world->memory.hooks);
	world->env = (struct mtp_session_env){.allocator = &world->memory.hooks,
					      .random = random,
					      .pool = &world->pool,
					      .timers = &world->timers,
					      .inflater = &world->inflater,
					      .map_seed = 1};
	world->key.salt = 7;
	mtp_clock_seed(&world->key.clock, &world->now, 0);
	if (mtp_session_init(&world->session, &world->env, server ? &server_ops : &client_ops, &world->key, server, 0))
		abort();
	world->session.open = true;
	world->session.ack_delay_ns = SECOND;
	world->session.ack_count_max = 16;
}

static void tear_down(struct world *world)
{
	mtp_session_fini(&world->session);
	mtp_inflater_fini(&world->inflater);
	mtp_timers_fini(&world->timers);
	mtp_pool_fini(&world->pool);
	if (world->memory.pieces)
		abort();
}

static size_t count_kept(const struct mtp_list *list, bool waiting)
{
	size_t count = 0;

	for (struct mtp_node *n = mtp_list_first(list); n; n = mtp_list_after(list, n)) {
		const struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		if (out->waiting != waiting || (!waiting && (!out->keep || !out->was_sent)))
			abort();
		count += out->keep;
	}
	return count;
}

static void check(struct world *world)
{
	struct mtp_session *session = &world->session;

	if (count_kept(&session->sent, false) + count_kept(&session->waiting, true) != session->kept_count)
		abort();
	if (session->envelopes.count > session->kept_count || session->by_msg_id.count > session->kept_count)
		abort();
	if (session->service_bytes > MTP_SERVICE_WAITING_MAX || world->memory.bytes > MEMORY_MAX)
		abort();
	if (session->window.count > MTP_WINDOW_MAX || session->acks.sent + session->acks.count > MTP_ACKS_MAX)
		abort();
}

/* Feeds a message: the distance of its msg_id, seq_no, length, body; about_ours puts a msg_id of ours into it. */
static void receive(struct world *world, struct input *in, bool about_ours)
{
	struct mtproto_message message = {.salt = world->key.salt, .session_id = world->session.session_id};
	uint64_t base = UINT64_C(1700000000) << 32;
	size_t budget = 1 << 20;
	struct mtp_block *block;
	size_t len;

	message.msg_id = base + (uint64_t)(int64_t)take_16(in);
	/* Now and then far away in time. */
	message.msg_id += (uint64_t)(int64_t)(int8_t)take(in) << 36;
	message.seq_no = take(in);
	len = ((size_t)take(in) | (size_t)(take(in) & 15) << 8) * 4 + 4;
	block = mtp_block_new(&world->pool, len);
	if (!block)
		abort();
	memset(block->data, 0, len);
	memcpy(block->data, in->data, len < in->len ? len : in->len);
	in->data += len < in->len ? len : in->len;
	in->len -= len < in->len ? len : in->len;
	if (about_ours && len >= 12)
		mtp_store_le64(block->data + 4, world->session.msg_ids.last - 4 * (uint64_t)block->data[4]);
	message.body = (struct mtproto_span){block->data, len};
	mtp_session_accept(&world->session, &world->now, &message, block, &budget);
	mtp_block_drop(block);
}

/* Sends a call or, for a large number, a query of the protocol's own. */
static void call(struct world *world, uint8_t number)
{
	static const uint32_t queries[] = {MTPROTO_ID_PING, MTPROTO_ID_GET_FUTURE_SALTS, MTPROTO_ID_DESTROY_SESSION,
					   MTPROTO_ID_DESTROY_AUTH_KEY};
	bool query = number >= 0xf0;
	struct mtp_out *out;

	if (world->session.kept_count >= CALLS_MAX)
		return;
	out = mtp_out_new(&world->session, query ? 12 : 4 + 4 * (size_t)number);
	if (!out)
		abort();
	memset(out->body, 0, out->len);
	mtp_store_le32(out->body, query ? queries[number & 3] : 0xc0de0000u | number);
	out->content_related = !query;
	out->at_most_once = number & 8;
	out->keep = true;
	mtp_session_send(&world->session, out);
}

static void flush(struct world *world)
{
	struct mtproto_message message;
	struct mtproto_tl_reader r;
	struct mtp_plan plan;
	uint32_t count;

	while (mtp_session_plan(&world->session, &plan)) {
		if (plan.body_len > BODY_MAX || plan.body_len < 4 || plan.body_len % 4)
			abort();
		if (mtp_session_pack(&world->session, &world->now, &plan, packed, &message))
			abort();
		if ((message.msg_id & 3) != 0 && !world->session.server)
			abort();
		/* A clock that was set back can leave a container below what it brings again: the peer refuses that. */
		if (plan.container && mtproto_container_open(message.body, UINT64_MAX, &r, &count))
			abort();
	}
}

static void step(struct world *world, struct input *in)
{
	switch (take(in) % 9) {
	case 0:
	case 1:
		receive(world, in, false);
		break;
	case 2:
		receive(world, in, true);
		break;
	case 3:
		call(world, take(in));
		break;
	case 4:
		flush(world);
		break;
	case 5:
		world->now.mono_ns += take(in) * (SECOND / 4);
		mtp_timers_run(&world->timers, &world->now);
		break;
	case 6:
		if (!world->session.server)
			mtp_session_ask_state(&world->session);
		break;
	case 7:
		if (world->session.server)
			mtp_session_resend_all(&world->session);
		break;
	case 8:
		if (!world->session.server && mtp_session_move_on(&world->session, &world->now))
			abort();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = {data, len};
	uint64_t seed = 1;
	struct mtproto_random random = {random_fill, &seed};
	struct world *world = malloc(sizeof(*world));

	if (!world)
		abort();
	set_up(world, &random, take(&in) & 1);
	for (int steps = 0; in.len && steps < 500; steps++) {
		step(world, &in);
		check(world);
	}
	tear_down(world);
	free(world);
	return 0;
}
