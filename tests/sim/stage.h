/* A stage for scenarios: the simulator's world, but nothing in it is left to chance. */
#ifndef TESTS_SIM_STAGE_H
#define TESTS_SIM_STAGE_H

#include "sim.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STAGE_IDS_MAX = 1024 };

struct stage {
	struct sim_plan plan;
	struct sim_world *world;
	struct sim_client *client;
	struct sim_server *server;

	/* What was seen. */
	uint32_t order[SIM_CALLS_MAX]; /* calls in the order in which they ran */
	uint32_t ran;
	uint32_t sessions, handshakes_failed, refused, refused_size, closed;
	int last_refusal;
	int32_t transport_error;
	int64_t clock_step_ns;

	/* What was heard on the wire, if the scenario listens. */
	bool listens;
	uint32_t containers;
	uint64_t content[STAGE_IDS_MAX]; /* msg_ids of what the client must acknowledge */
	uint64_t acked[STAGE_IDS_MAX];   /* and of what it did */
	uint32_t content_count, acked_count;
	uint32_t asked;    /* msg_resend_req of the client */
	uint32_t bad_msgs; /* bad_msg_notification of the server */
};

static inline void spy_server(struct stage *stage, const struct mtproto_event *event)
{
	struct sim_body body;

	if (event->type == MTPROTO_EVENT_SESSION)
		stage->sessions++;
	if (event->type == MTPROTO_EVENT_REQUEST && sim_body_read(&body, event->body) && stage->ran < SIM_CALLS_MAX)
		stage->order[stage->ran++] = body.serial;
}

static inline void spy(struct sim_world *world, struct sim_machine *machine, const struct mtproto_event *event,
		       void *user)
{
	struct stage *stage = user;

	if (machine == &world->server.machine) {
		spy_server(stage, event);
		return;
	}
	switch (event->type) {
	case MTPROTO_EVENT_LINK_CLOSED:
		stage->closed++;
		stage->transport_error = event->transport_error;
		break;
	case MTPROTO_EVENT_HANDSHAKE_FAILED:
		stage->handshakes_failed++;
		break;
	case MTPROTO_EVENT_REFUSED:
		stage->refused++;
		stage->last_refusal = event->error;
		break;
	case MTPROTO_EVENT_CLOCK:
		stage->clock_step_ns += event->clock_step_ns;
		break;
	default:
		break;
	}
}

static inline void add_id(uint64_t *ids, uint32_t *count, uint64_t id)
{
	for (uint32_t i = 0; i < *count; i++)
		if (ids[i] == id)
			return;
	assert_true(*count < STAGE_IDS_MAX);
	ids[(*count)++] = id;
}

/* Notes what comes to the client with an odd seq_no, what the client acknowledges, and what they complain of. */
static inline void overhear(struct sim_world *world, enum sim_side to, uint64_t msg_id, uint32_t seq_no,
			    struct mtproto_span body, void *user)
{
	struct stage *stage = user;
	struct mtproto_msgs_ack ack;
	struct mtproto_tl_reader r;

	(void)world;
	mtproto_tl_reader_init(&r, body.data, body.len);
	stage->asked += to == SIM_SERVER && mtproto_tl_peek(&r) == MTPROTO_ID_MSG_RESEND_REQ;
	stage->bad_msgs += to == SIM_CLIENT && mtproto_tl_peek(&r) == MTPROTO_ID_BAD_MSG_NOTIFICATION;
	if (to == SIM_CLIENT) {
		stage->containers += mtproto_container_test(body);
		if (seq_no & 1)
			add_id(stage->content, &stage->content_count, msg_id);
	} else if (mtproto_msgs_ack_read(&ack, &r) == 0) {
		for (uint32_t i = 0; i < ack.msg_ids.count; i++)
			add_id(stage->acked, &stage->acked_count, mtproto_longs_at(&ack.msg_ids, i));
	}
}

static inline void assert_good(const struct stage *stage)
{
	assert_string_equal(stage->world->broken, "");
}

static inline void run_for(struct stage *stage, uint64_t ns)
{
	sim_world_run_until(stage->world, stage->world->now_ns + ns);
	assert_good(stage);
}

/* A calm world from stage->plan. */
static inline void build_stage(struct stage *stage)
{
	stage->world = sim_world_new(&stage->plan, getenv("SIM_TRACE") != NULL);
	stage->client = &stage->world->clients[0];
	stage->server = &stage->world->server;
	stage->world->spy = spy;
	stage->world->spy_user = stage;
	stage->world->overhear = stage->listens ? overhear : NULL;
}

/* The same, whose client has a session already. */
static inline void raise_curtain(struct stage *stage)
{
	build_stage(stage);
	sim_client_invoke(stage->client, SIM_CALL_PLAIN, 64, 64);
	run_for(stage, 5 * SIM_SECOND);
	assert_true(stage->client->calls[0].settled);
}

static inline void begin(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	sim_plan_calm(&stage->plan, 1);
}

/* Everything must be settled, acknowledged, quiet and given back. */
static inline void end(struct stage *stage)
{
	assert_good(stage);
	sim_chaos_end(stage->world);
	sim_rules_at_end(stage->world);
	assert_good(stage);
	sim_world_free(stage->world);
}

static inline void fault_always(struct stage *stage, enum mtproto_fault fault)
{
	struct mtproto_faults faults = stage->plan.faults;

	faults.per_million[fault] = 1000000;
	sim_server_set_faults(stage->server, &faults);
	/* The rules look at the world's plan for what they must expect. */
	stage->world->plan.faults.per_million[fault] = 1;
}

/* The next packet, or the next answer, meets that fault. */
static inline void fault_once(struct stage *stage, enum mtproto_fault fault)
{
	uint64_t before = stage->server->fault_counts[fault];

	fault_always(stage, fault);
	for (int i = 0; i < 60000 && stage->server->fault_counts[fault] == before; i++)
		run_for(stage, SIM_MS);
	assert_true(stage->server->fault_counts[fault] > before);
	sim_server_set_faults(stage->server, NULL);
}

static inline uint32_t call(struct stage *stage)
{
	return sim_client_invoke(stage->client, SIM_CALL_PLAIN, 100, 100);
}

static inline void assert_answered(const struct stage *stage, uint32_t serial)
{
	const struct sim_call *c = &stage->client->calls[serial];

	assert_true(c->settled);
	assert_int_equal(c->how, c->kind == SIM_CALL_PING ? MTPROTO_EVENT_PONG : MTPROTO_EVENT_RESULT);
	assert_int_equal(c->executions, c->kind == SIM_CALL_PLAIN || c->kind == SIM_CALL_AT_MOST_ONCE);
	assert_false(c->maybe_twice);
}

#endif
