/* Random streams of updates through a box: some are lost, come twice or late, requests fail, answers are old when they
 * come, the program ends and begins anew from what it was told to store. Each update with a counter is delivered once
 * and in its order, and in the end it is quiet. The server is a model of its own: a list of events for each log. */
#include "updates/stream.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { LOGS = 4, EVENTS_MAX = 400, FLIGHTS_MAX = 64, SLICE = 5, RUNS = 300, STEPS = 400 };
enum { LOG_PTS, LOG_QTS, LOG_CHANNEL, LOG_CHANNEL_2 };

struct event {
	int32_t end;
	int32_t count;
	bool own; /* a call of the application did it: its answer may be all that is heard of it */
};

struct log {
	struct event events[EVENTS_MAX];
	int count;
	int32_t end; /* the counter of the server */
	int delivered[EVENTS_MAX];
	int32_t last_delivered;
};

/* Something on its way to the client. */
struct flight {
	uint64_t at;
	uint64_t token; /* 0: a push */
	bool is_result;
	int64_t channel;
	struct object object;
};

struct world {
	struct box box;
	struct mtproto_update_state stored[3];
	struct log logs[LOGS];
	struct flight flights[FLIGHTS_MAX];
	int flight_count;
	int32_t seq;
	uint64_t rng;
	bool faults;
	unsigned requests;
};

static struct mtproto_schema *schema;

static uint32_t roll(struct world *world, uint32_t sides)
{
	world->rng ^= world->rng << 13;
	world->rng ^= world->rng >> 7;
	world->rng ^= world->rng << 17;
	return (uint32_t)(world->rng >> 33) % sides;
}

static bool chance(struct world *world, uint32_t percent)
{
	return roll(world, 100) < percent;
}

static int64_t channel_of(int log)
{
	return log == LOG_CHANNEL ? CHANNEL : log == LOG_CHANNEL_2 ? CHANNEL_2 : 0;
}

/* ---- The server ---- */

static struct flight *launch(struct world *world, uint64_t delay_ms)
{
	struct flight *flight = &world->flights[world->flight_count++];

	assert_true(world->flight_count <= FLIGHTS_MAX);
	flight->at = world->box.now.mono_ns + delay_ms * 1000000;
	flight->token = 0;
	flight->is_result = false;
	flight->channel = 0;
	return flight;
}

static void put_event(struct mtproto_tl_writer *w, int log, const struct event *event)
{
	if (log == LOG_QTS)
		put_bot_stopped(w, event->end, event->end);
	else if (log == LOG_PTS)
		put_delete(w, event->end, event->end, event->count);
	else
		put_channel_delete(w, channel_of(log), event->end, event->end, event->count);
}

static const struct event *happen(struct world *world, int which)
{
	struct log *log = &world->logs[which];
	struct event *event = &log->events[log->count++];

	assert_true(log->count <= EVENTS_MAX);
	event->count = which == LOG_QTS ? 1 : 1 + (int32_t)roll(world, 3);
	event->own = world->faults && which != LOG_QTS && chance(world, 10);
	log->end += event->count;
	event->end = log->end;
	return event;
}

/* Sends it now, late, twice or never. */
static void send_push(struct world *world, const struct object *object, bool is_result, int64_t channel)
{
	uint32_t copies = 1;

	if (world->faults && chance(world, 5))
		copies = 0;
	else if (world->faults && chance(world, 5))
		copies = 2;
	while (copies-- > 0) {
		bool late = world->faults && chance(world, 15);
		struct flight *flight = launch(world, late ? roll(world, 1500) : 10);

		flight->object = *object;
		flight->object.w.begin = flight->object.data;
		flight->is_result = is_result;
		flight->channel = channel;
	}
}

/* One to three events in one container, or one as the answer of a call. */
static void push_some(struct world *world)
{
	uint32_t count = 1 + roll(world, 3);
	int32_t seq = chance(world, 50) ? ++world->seq : 0;
	struct object object;

	container_begin(&object, count);
	for (uint32_t i = 0; i < count; i++) {
		int which = (int)roll(world, LOGS);
		const struct event *event = happen(world, which);
		struct object own;

		if (event->own) {
			put_affected(&own, MTPROTO_ID_AFFECTED_MESSAGES, event->end, event->count);
			send_push(world, &own, true, channel_of(which));
			put_typing(&object.w, 1);
		} else {
			put_event(&object.w, which, event);
		}
	}
	container_end(&object.w, 1000 + world->seq, seq);
	send_push(world, &object, false, 0);
}

/* How many events after a number, at most max. */
static int count_after(const struct log *log, int32_t number, int max)
{
	int count = 0;

	for (int i = 0; i < log->count && count < max; i++)
		count += log->events[i].end > number;
	return count;
}

/* The number of the count-th event after a number. */
static int32_t end_after(const struct log *log, int32_t number, int count)
{
	for (int i = 0; i < log->count && count > 0; i++)
		if (log->events[i].end > number) {
			number = log->events[i].end;
			count--;
		}
	return number;
}

static void put_after(struct mtproto_tl_writer *w, const struct log *log, int which, int32_t number, int32_t end)
{
	for (int i = 0; i < log->count; i++)
		if (log->events[i].end > number && log->events[i].end <= end)
			put_event(w, which, &log->events[i]);
}

static void put_account_difference(struct world *world, struct object *object, int32_t pts, int32_t qts)
{
	const struct log *p = &world->logs[LOG_PTS], *q = &world->logs[LOG_QTS];
	int32_t pts_end = end_after(p, pts, SLICE), qts_end = end_after(q, qts, SLICE);
	int count = count_after(p, pts, SLICE) + count_after(q, qts, SLICE);
	bool all = pts_end == p->end && qts_end == q->end;
	struct mtproto_tl_writer *w = object_begin(object);

	mtproto_tl_write_u32(w, all ? MTPROTO_ID_DIFFERENCE : MTPROTO_ID_DIFFERENCE_SLICE);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, (uint32_t)count + 2);
	put_after(w, p, LOG_PTS, pts, pts_end);
	put_after(w, q, LOG_QTS, qts, qts_end);
	put_too_long(w, CHANNEL, world->logs[LOG_CHANNEL].end);
	put_too_long(w, CHANNEL_2, world->logs[LOG_CHANNEL_2].end);
	put_users_and_chats(w, 0);
	put_state(w, pts_end, qts_end, world->seq, 1000 + world->seq);
}

static void put_channel_difference(struct world *world, struct object *object, int which, int32_t pts)
{
	const struct log *log = &world->logs[which];
	int32_t end = end_after(log, pts, SLICE);
	struct mtproto_tl_writer *w = object_begin(object);

	mtproto_tl_write_u32(w, MTPROTO_ID_CHANNEL_DIFFERENCE);
	mtproto_tl_write_u32(w, end == log->end ? 1 : 0);
	mtproto_tl_write_int(w, end);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_vector(w, (uint32_t)count_after(log, pts, SLICE));
	put_after(w, log, which, pts, end);
	put_users_and_chats(w, 0);
}

/* An answer is as of the time of the request, and comes later. */
static void serve(struct world *world, const struct mtproto_updates_request *request)
{
	struct flight *flight = launch(world, 20 + roll(world, world->faults ? 800 : 30));
	struct object *object = &flight->object;

	flight->token = request->token;
	world->requests++;
	if (world->faults && chance(world, 10)) {
		object_begin(object);
		return;
	}
	if (request->kind == MTPROTO_UPDATES_GET_CHANNEL_DIFFERENCE) {
		int which = request->channel_id == CHANNEL ? LOG_CHANNEL : LOG_CHANNEL_2;

		put_channel_difference(world, object, which, int_at(request->body, 32));
		return;
	}
	assert_int_equal(request->kind, MTPROTO_UPDATES_GET_DIFFERENCE);
	put_account_difference(world, object, int_at(request->body, 8), int_at(request->body, 16));
}

/* ---- The client ---- */

static int log_of(const struct mtproto_updates_event *event)
{
	switch (event->constructor) {
	case MTPROTO_ID_UPDATE_DELETE_MESSAGES:
		return LOG_PTS;
	case MTPROTO_ID_UPDATE_BOT_STOPPED:
		return LOG_QTS;
	default:
		return event->channel_id == CHANNEL ? LOG_CHANNEL : LOG_CHANNEL_2;
	}
}

static void check_update(struct world *world, const struct mtproto_updates_event *event)
{
	struct log *log = &world->logs[log_of(event)];
	int32_t end = id_of_object(event->body);
	int at = 0;

	if (event->constructor == MTPROTO_ID_UPDATE_USER_TYPING)
		return;
	while (at < log->count && log->events[at].end != end)
		at++;
	assert_true(at < log->count);
	assert_int_equal(log->delivered[at], 0);
	assert_true(end > log->last_delivered);
	log->delivered[at]++;
	log->last_delivered = end;
}

/* All up to a number was delivered, or is an own event. */
static void check_complete(const struct log *log, int32_t number)
{
	for (int i = 0; i < log->count; i++)
		assert_true(log->events[i].end > number || log->delivered[i] == 1 || log->events[i].own);
}

static void check_state(struct world *world, const struct mtproto_update_state *state)
{
	if (state->channel_id == 0) {
		check_complete(&world->logs[LOG_PTS], state->pts);
		check_complete(&world->logs[LOG_QTS], state->qts);
		world->stored[0] = *state;
	} else {
		int which = state->channel_id == CHANNEL ? LOG_CHANNEL : LOG_CHANNEL_2;

		check_complete(&world->logs[which], state->pts);
		world->stored[which - 1] = *state;
	}
}

static void pull(struct world *world)
{
	struct mtproto_updates_event event;

	while (mtproto_updates_next_event(world->box.updates, &event) > 0) {
		if (event.type == MTPROTO_UPDATES_EVENT_STATE)
			check_state(world, &event.state);
		else if (event.type == MTPROTO_UPDATES_EVENT_UPDATE)
			check_update(world, &event);
		else
			assert_int_equal(event.type, MTPROTO_UPDATES_EVENT_GAP);
	}
}

static void land(struct world *world, const struct flight *flight)
{
	struct box *box = &world->box;
	const uint8_t *data = flight->object.data;
	size_t len = flight->object.w.len;

	assert_false(flight->object.w.error);
	if (flight->token && len == 0)
		assert_int_equal(mtproto_updates_fail(box->updates, &box->now, flight->token, 500, "X", 1), 0);
	else if (flight->token)
		assert_int_equal(mtproto_updates_answer(box->updates, &box->now, flight->token, data, len), 0);
	else if (flight->is_result)
		assert_int_equal(mtproto_updates_result(box->updates, &box->now, flight->channel, data, len), 0);
	else
		assert_int_equal(mtproto_updates_recv(box->updates, &box->now, data, len), 0);
}

static void turn(struct world *world)
{
	struct mtproto_updates_request request;

	for (int i = 0; i < world->flight_count;) {
		struct flight flight = world->flights[i];

		if (flight.at > world->box.now.mono_ns) {
			i++;
			continue;
		}
		memmove(&world->flights[i], &world->flights[i + 1],
			(size_t)(--world->flight_count - i) * sizeof(flight));
		land(world, &flight);
		if (chance(world, 50))
			pull(world);
	}
	pull(world);
	mtproto_updates_process(world->box.updates, &world->box.now);
	while (mtproto_updates_next_request(world->box.updates, &request) > 0)
		serve(world, &request);
	world->box.now.mono_ns += 50000000;
}

static void begin(struct world *world)
{
	struct mtproto_updates_config config;
	uint64_t now = world->box.now.mono_ns;

	mtproto_updates_config_init(&config);
	box_open(&world->box, schema, &config);
	world->box.now.mono_ns += now;
	for (int i = 0; i < 3; i++)
		assert_int_equal(mtproto_updates_set_state(world->box.updates, &world->stored[i]), 0);
	mtproto_updates_connected(world->box.updates, &world->box.now);
}

/* What is on its way is lost with the connection, but for answers: those come on the next one. */
static void lose_connection(struct world *world)
{
	int kept = 0;

	for (int i = 0; i < world->flight_count; i++)
		if (world->flights[i].token)
			world->flights[kept++] = world->flights[i];
	world->flight_count = kept;
	mtproto_updates_new_session(world->box.updates, &world->box.now);
}

static void restart(struct world *world)
{
	world->flight_count = 0;
	box_close(&world->box);
	begin(world);
}

static void check_all_delivered(const struct world *world)
{
	for (int i = 0; i < LOGS; i++)
		check_complete(&world->logs[i], INT32_MAX);
}

/* One more event of each log, which is not lost, and a minute. */
static void come_to_rest(struct world *world)
{
	unsigned requests;

	world->faults = false;
	for (int i = 0; i < LOGS; i++) {
		struct object object;

		put_event(container_begin(&object, 1), i, happen(world, i));
		container_end(&object.w, 1000, 0);
		send_push(world, &object, false, 0);
	}
	for (int i = 0; i < 2400; i++)
		turn(world);
	check_all_delivered(world);
	requests = world->requests;
	for (int i = 0; i < 1200; i++)
		turn(world);
	assert_int_equal(world->requests, requests);
}

static void run(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->rng = seed * 0x9e3779b97f4a7c15u + 1;
	world->faults = true;
	for (int i = 0; i < LOGS; i++)
		world->logs[i].end = world->logs[i].last_delivered = 1;
	world->stored[0] = (struct mtproto_update_state){.pts = 1, .qts = 1, .date = 1000};
	for (int i = 1; i < 3; i++)
		world->stored[i] = (struct mtproto_update_state){
			.channel_id = channel_of(i + 1), .pts = 1, .has_access_hash = true, .access_hash = HASH};
	begin(world);
	for (int i = 0; i < STEPS; i++) {
		if (chance(world, 20))
			push_some(world);
		if (chance(world, 1))
			lose_connection(world);
		if (chance(world, 1))
			restart(world);
		turn(world);
	}
	come_to_rest(world);
	box_close(&world->box);
	free(world);
}

static int load(void **state)
{
	(void)state;
	schema = schema_of_file(API_SCHEMA);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	mtproto_schema_free(schema);
	return 0;
}

static void test_every_update_is_delivered_once_and_in_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= RUNS; seed++)
		run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_update_is_delivered_once_and_in_order),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
