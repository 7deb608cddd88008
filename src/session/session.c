#include "session/session.h"

#include "base/memory.h"
#include "crypto/random.h"

#include <string.h>

static void ack_timer_fired(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtp_session *session = MTP_OF(timer, struct mtp_session, ack_timer);

	(void)now;
	session->acks_due = true;
	session->ops->wake(session);
}

static void state_timer_fired(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtp_session *session = MTP_OF(timer, struct mtp_session, state_timer);
	uint64_t delay_ns = MTP_STATE_DELAY_S * UINT64_C(1000000000);

	if (mtp_list_empty(&session->sent))
		return;
	mtp_session_ask_state_before(session, now->mono_ns - delay_ns);
	mtp_timer_set(timer, now->mono_ns + delay_ns);
}

int mtp_session_draw_id(struct mtp_session *session)
{
	int error = 0;

	do
		error = mtp_random_fill(session->env->random, &session->session_id, sizeof(session->session_id));
	while (!error && session->session_id == 0);
	return error;
}

int mtp_session_init(struct mtp_session *session, const struct mtp_session_env *env, const struct mtp_session_ops *ops,
		     struct mtp_key *key, bool server, uint64_t session_id)
{
	int error;

	session->env = env;
	session->ops = ops;
	session->key = key;
	session->server = server;
	session->session_id = session_id;
	mtp_window_init(&session->window, env->allocator);
	mtp_window_init(&session->drained_window, env->allocator);
	mtp_acks_init(&session->acks, env->allocator);
	mtp_list_init(&session->waiting);
	mtp_list_init(&session->held);
	mtp_list_init(&session->sent);
	mtp_map_init(&session->by_msg_id, env->allocator, env->map_seed);
	mtp_map_init(&session->envelopes, env->allocator, env->map_seed);
	error = session_id ? 0 : mtp_session_draw_id(session);
	if (!error)
		error = mtp_timer_init(env->timers, &session->ack_timer, ack_timer_fired);
	if (!error && !server)
		error = mtp_timer_init(env->timers, &session->state_timer, state_timer_fired);
	if (!error && !server)
		error = mtp_timer_init(env->timers, &session->drain_timer, mtp_session_drain_timer);
	return error;
}

static void free_all(struct mtp_session *session, struct mtp_list *list)
{
	struct mtp_node *node;

	while ((node = mtp_list_pop(list)))
		mtp_out_free(session, MTP_OF(node, struct mtp_out, node));
}

void mtp_session_fini(struct mtp_session *session)
{
	if (!session->env)
		return;
	mtp_timer_fini(&session->ack_timer);
	mtp_timer_fini(&session->state_timer);
	mtp_timer_fini(&session->drain_timer);
	free_all(session, &session->waiting);
	free_all(session, &session->held);
	free_all(session, &session->sent);
	mtp_map_fini(&session->by_msg_id);
	mtp_map_fini(&session->envelopes);
	mtp_window_fini(&session->window);
	mtp_window_fini(&session->drained_window);
	mtp_acks_fini(&session->acks);
}
