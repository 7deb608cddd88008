/* Numbered updates: the server keeps two logs for each client, as it were of its account and of a channel, and pushes
 * what happens in them, some of it late, twice or never; the client drives the library's box of updates over its real
 * connection. What is delivered has to be each log from its beginning to its end. */
#include "sim.h"

#include <stdlib.h>

enum { SLICE = 7, FIRST_PTS = 1, CALL_TIMEOUT_S = 30, ACCOUNT = 0, CHANNEL = 1 };

static const int64_t channel_id = INT64_C(1) << 40;

static struct sim_client *client_of(struct sim_feed *feed)
{
	return &feed->world->clients[feed->client];
}

/* ---- The server's side ---- */

static void put_event(struct mtproto_tl_writer *w, int which, const struct sim_feed_log *log, uint32_t number)
{
	int32_t begin = number ? log->ends[number - 1] : FIRST_PTS;

	mtproto_tl_write_u32(w, which == CHANNEL ? MTPROTO_ID_UPDATE_DELETE_CHANNEL_MESSAGES
						 : MTPROTO_ID_UPDATE_DELETE_MESSAGES);
	if (which == CHANNEL)
		mtproto_tl_write_long(w, (uint64_t)channel_id);
	mtproto_tl_write_vector(w, 1);
	mtproto_tl_write_u32(w, number);
	mtproto_tl_write_int(w, log->ends[number]);
	mtproto_tl_write_int(w, log->ends[number] - begin);
}

static void put_nobody(struct mtproto_tl_writer *w)
{
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, 0);
}

static void push_logged(struct sim_world *world, void *object, uint64_t argument)
{
	struct sim_feed *feed = object;
	int which = (int)(argument & 1);
	struct mtproto_tl_writer w;
	uint8_t body[128];

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, MTPROTO_ID_UPDATES);
	mtproto_tl_write_vector(&w, 1);
	put_event(&w, which, &feed->logs[which], (uint32_t)(argument >> 1));
	put_nobody(&w);
	mtproto_tl_write_int(&w, 1);
	mtproto_tl_write_int(&w, 0);
	sim_server_push_bytes(&world->server, feed->client, body, w.len);
}

void sim_feed_happen(struct sim_feed *feed, int which)
{
	struct sim_world *world = feed->world;
	struct sim_feed_log *log = &feed->logs[which];
	uint32_t number = log->count;
	uint32_t copies = 1;

	if (!feed->updates || log->count == SIM_FEED_MAX)
		return;
	log->ends[log->count++] = (number ? log->ends[number - 1] : FIRST_PTS) + (int32_t)sim_between(&feed->rng, 1, 3);
	if (!world->calm && sim_percent(&feed->rng, world->plan.numbered_lost))
		copies = (uint32_t)sim_below(&feed->rng, 2) * 2;
	while (copies-- > 0) {
		bool late = !world->calm && sim_percent(&feed->rng, world->plan.numbered_lost);
		uint64_t delay_ns = late ? sim_below(&feed->rng, 2 * SIM_SECOND) : 0;

		sim_world_at(world, world->now_ns + delay_ns, push_logged, feed,
			     (uint64_t)number << 1 | (unsigned)which);
	}
}

/* The first event after a pts. */
static uint32_t first_after(const struct sim_feed_log *log, int32_t pts)
{
	uint32_t number = 0;

	while (number < log->count && log->ends[number] <= pts)
		number++;
	return number;
}

static int32_t end_before(const struct sim_feed_log *log, uint32_t number)
{
	return number ? log->ends[number - 1] : FIRST_PTS;
}

static uint32_t slice_end(const struct sim_feed_log *log, uint32_t first)
{
	return log->count - first > SLICE ? first + SLICE : log->count;
}

static void write_difference(struct mtproto_tl_writer *w, const struct sim_feed *feed, int32_t pts)
{
	const struct sim_feed_log *log = &feed->logs[ACCOUNT];
	uint32_t first = first_after(log, pts), end = slice_end(log, first);

	mtproto_tl_write_u32(w, end == log->count ? MTPROTO_ID_DIFFERENCE : MTPROTO_ID_DIFFERENCE_SLICE);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, end - first + 1);
	for (uint32_t number = first; number < end; number++)
		put_event(w, ACCOUNT, log, number);
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_CHANNEL_TOO_LONG);
	mtproto_tl_write_u32(w, 1);
	mtproto_tl_write_long(w, (uint64_t)channel_id);
	mtproto_tl_write_int(w, end_before(&feed->logs[CHANNEL], feed->logs[CHANNEL].count));
	put_nobody(w);
	mtproto_tl_write_u32(w, MTPROTO_ID_STATE);
	mtproto_tl_write_int(w, end_before(log, end));
	for (int i = 0; i < 4; i++)
		mtproto_tl_write_int(w, 0);
}

static void write_channel_difference(struct mtproto_tl_writer *w, const struct sim_feed *feed, int32_t pts)
{
	const struct sim_feed_log *log = &feed->logs[CHANNEL];
	uint32_t first = first_after(log, pts), end = slice_end(log, first);

	mtproto_tl_write_u32(w, MTPROTO_ID_CHANNEL_DIFFERENCE);
	mtproto_tl_write_u32(w, end == log->count ? 1 : 0);
	mtproto_tl_write_int(w, end_before(log, end));
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, end - first);
	for (uint32_t number = first; number < end; number++)
		put_event(w, CHANNEL, log, number);
	put_nobody(w);
}

size_t sim_feed_answer(const struct sim_feed *feed, struct mtproto_span request, uint8_t *out, size_t cap)
{
	struct mtproto_tl_reader r;
	struct mtproto_tl_writer w;
	uint32_t id;

	mtproto_tl_reader_init(&r, request.data, request.len);
	mtproto_tl_writer_init(&w, out, cap);
	id = mtproto_tl_read_u32(&r);
	if (id == MTPROTO_ID_GET_DIFFERENCE) {
		mtproto_tl_read_u32(&r);
		write_difference(&w, feed, mtproto_tl_read_int(&r));
	} else if (id == MTPROTO_ID_GET_CHANNEL_DIFFERENCE) {
		/* flags, inputChannel with two longs, the filter */
		mtproto_tl_read_span(&r, 4 + 4 + 16 + 4);
		write_channel_difference(&w, feed, mtproto_tl_read_int(&r));
	}
	if (r.error || w.error)
		sim_broken(feed->world, "simulator", "a difference of %zu bytes", w.len);
	return w.len;
}

/* ---- The client's side ---- */

/* The reader of a program that knows two kinds of updates. */
static int read_update(void *user, enum mtproto_update_object type, struct mtproto_span data, size_t *size,
		       struct mtproto_update_fields *fields)
{
	struct mtproto_tl_reader r;

	(void)user;
	(void)type;
	mtproto_tl_reader_init(&r, data.data, data.len);
	switch (mtproto_tl_read_u32(&r)) {
	case MTPROTO_ID_UPDATE_DELETE_MESSAGES:
		*size = 24;
		break;
	case MTPROTO_ID_UPDATE_DELETE_CHANNEL_MESSAGES:
		*size = 32;
		break;
	case MTPROTO_ID_UPDATE_CHANNEL_TOO_LONG:
		*size = 20;
		break;
	default:
		return MTPROTO_ERR_CONSTRUCTOR;
	}
	return *size > data.len ? MTPROTO_ERR_TRUNCATED : mtproto_update_read_builtin(fields, data.data, *size);
}

static void check_update(struct sim_feed *feed, const struct mtproto_updates_event *event)
{
	int which = event->channel_id ? CHANNEL : ACCOUNT;
	struct sim_feed_log *log = &feed->logs[which];
	struct mtproto_tl_reader r;
	uint32_t number;

	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	mtproto_tl_read_span(&r, which == CHANNEL ? 20 : 12);
	number = mtproto_tl_read_u32(&r);
	sim_trace(feed->world, client_of(feed)->machine.name, "%s update %u", which == CHANNEL ? "channel" : "account",
		  number);
	if (r.error || number >= log->count)
		sim_broken(feed->world, "bodies arrive whole", "a numbered update that never happened");
	else if (number < log->delivered)
		sim_broken(feed->world, "no update twice", "client%u got number %u again", feed->client, number);
	else if (number > log->delivered)
		sim_broken(feed->world, "updates in order", "client%u got number %u, not %u", feed->client, number,
			   log->delivered);
	log->delivered = number + 1;
}

static void pull(struct sim_feed *feed)
{
	struct mtproto_updates_event event;

	while (mtproto_updates_next_event(feed->updates, &event) > 0) {
		if (event.type == MTPROTO_UPDATES_EVENT_UPDATE)
			check_update(feed, &event);
		else if (event.type != MTPROTO_UPDATES_EVENT_STATE && event.type != MTPROTO_UPDATES_EVENT_GAP)
			sim_broken(feed->world, "numbered updates are understood", "event %d", (int)event.type);
	}
}

static void ask(struct sim_feed *feed)
{
	struct sim_client *client = client_of(feed);
	struct mtproto_now now = sim_now(&client->machine);
	struct mtproto_updates_request request;
	struct mtproto_call_config config;

	mtproto_call_config_init(&config, client->connection);
	config.timeout_ns = CALL_TIMEOUT_S * SIM_SECOND;
	while (mtproto_updates_next_request(feed->updates, &request) > 0) {
		struct sim_feed_call *call = &feed->calls[feed->call_count++];

		call->token = request.token;
		if (feed->call_count > SIM_FEED_CALLS_MAX ||
		    mtproto_connection_invoke(client->connection, &now, &config, request.body.data, request.body.len,
					      &call->id))
			sim_broken(feed->world, "simulator", "a difference can't be asked for");
		client->machine.touched = true;
	}
}

void sim_feed_turn(struct sim_feed *feed)
{
	struct mtproto_now now = sim_now(&client_of(feed)->machine);

	if (!feed->updates)
		return;
	mtproto_updates_process(feed->updates, &now);
	pull(feed);
	ask(feed);
}

uint64_t sim_feed_deadline(const struct sim_feed *feed)
{
	return feed->updates ? mtproto_updates_deadline(feed->updates) : MTPROTO_NEVER;
}

static bool settle(struct sim_feed *feed, const struct mtproto_now *now, const struct mtproto_event *event)
{
	uint32_t i = 0;
	uint64_t token;
	int error;

	while (i < feed->call_count && feed->calls[i].id != event->call)
		i++;
	if (i == feed->call_count)
		return false;
	token = feed->calls[i].token;
	feed->calls[i] = feed->calls[--feed->call_count];
	if (event->type == MTPROTO_EVENT_RESULT)
		error = mtproto_updates_answer(feed->updates, now, token, event->body.data, event->body.len);
	else if (event->type == MTPROTO_EVENT_RPC_ERROR)
		error = mtproto_updates_fail(feed->updates, now, token, event->code, event->text.data, event->text.len);
	else
		error = mtproto_updates_fail(feed->updates, now, token, event->error, NULL, 0);
	if (error)
		sim_broken(feed->world, "simulator", "answer: %s", mtproto_error_name(error));
	return true;
}

bool sim_feed_event(struct sim_feed *feed, const struct mtproto_event *event)
{
	struct mtproto_now now = sim_now(&client_of(feed)->machine);

	if (!feed->updates)
		return false;
	switch (event->type) {
	case MTPROTO_EVENT_READY:
		mtproto_updates_connected(feed->updates, &now);
		return false;
	case MTPROTO_EVENT_NEW_SESSION:
		mtproto_updates_new_session(feed->updates, &now);
		return false;
	case MTPROTO_EVENT_REFUSED:
		mtproto_updates_refused(feed->updates, &now);
		return false;
	case MTPROTO_EVENT_UPDATE:
		if (!sim_feed_is_numbered(event->body))
			return false;
		if (mtproto_updates_recv(feed->updates, &now, event->body.data, event->body.len))
			sim_broken(feed->world, "simulator", "an update is not taken");
		return true;
	case MTPROTO_EVENT_RESULT:
	case MTPROTO_EVENT_RPC_ERROR:
	case MTPROTO_EVENT_CALL_FAILED:
		return settle(feed, &now, event);
	default:
		return false;
	}
}

bool sim_feed_is_numbered(struct mtproto_span body)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	return mtproto_update_is_wrapper(mtproto_tl_peek(&r));
}

bool sim_feed_complete(const struct sim_feed *feed)
{
	for (int which = 0; which < 2; which++)
		if (feed->updates && feed->logs[which].delivered < feed->logs[which].count)
			return false;
	return feed->call_count == 0;
}

/* ---- Its life ---- */

void sim_feed_start(struct sim_feed *feed, struct sim_world *world, uint32_t client)
{
	const struct mtproto_update_state states[2] = {
		{.pts = FIRST_PTS},
		{.channel_id = channel_id, .pts = FIRST_PTS, .has_access_hash = true, .access_hash = 1},
	};
	struct mtproto_updates_config config;

	feed->world = world;
	feed->client = client;
	if (world->plan.numbered == 0)
		return;
	if (!feed->state_len)
		sim_rng_init(&feed->rng, world->plan.seed, 64 + client);
	mtproto_updates_config_init(&config);
	config.allocator = &world->clients[client].machine.memory.hooks;
	config.reader.read = read_update;
	if (mtproto_updates_new(&feed->updates, &config))
		abort();
	if (feed->state_len ? mtproto_updates_import(feed->updates, feed->state, feed->state_len)
			    : mtproto_updates_set_state(feed->updates, &states[0]) ||
				      mtproto_updates_set_state(feed->updates, &states[1]))
		abort();
}

void sim_feed_save(struct sim_feed *feed)
{
	feed->call_count = 0; /* their answers are nobody's */
	if (feed->updates && mtproto_updates_export(feed->updates, feed->state, sizeof(feed->state), &feed->state_len))
		sim_broken(feed->world, "simulator", "the box can't be exported");
}

void sim_feed_stop(struct sim_feed *feed)
{
	mtproto_updates_free(feed->updates);
	feed->updates = NULL;
}
