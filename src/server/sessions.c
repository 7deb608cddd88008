/* Sessions of a server: made by their first message, kept over links, forgotten when they are idle. */
#include "server/server.h"

#include "base/memory.h"
#include "crypto/random.h"

#include <mtproto/service.h>

#include <string.h>

static void free_handle(struct mtproto_server_session *handle)
{
	mtp_server_forget_held(handle);
	mtp_sender_fini(&handle->sender);
	mtp_timer_fini(&handle->reminder);
	mtp_session_fini(&handle->session);
	mtp_map_fini(&handle->requests);
	mtp_release(&handle->server->endpoint.context->allocator, handle, sizeof(*handle));
}

/* After its SESSION_END was pulled. The session was emptied before: only the handle is left. */
static void end_released(struct mtp_event_node *node)
{
	struct mtproto_server_session *handle = MTP_OF(node, struct mtproto_server_session, end);
	const struct mtproto_allocator *allocator = node->owner;

	mtp_release(allocator, handle, sizeof(*handle));
}

/* Makes room for a session by forgetting the one that is idle longest. */
static bool make_room(struct mtproto_server *server)
{
	struct mtp_node *node = mtp_list_first(&server->idle);

	if (server->session_count < server->config.sessions_max)
		return true;
	if (!node)
		return false;
	mtp_server_session_end(MTP_OF(node, struct mtproto_server_session, idle_node), false);
	return true;
}

static struct mtproto_server_session *new_session(struct mtp_server_key *key, uint64_t session_id)
{
	struct mtproto_server *server = key->server;
	struct mtproto_context *context = server->endpoint.context;
	struct mtproto_server_session *handle = mtp_alloc_zero(&context->allocator, sizeof(*handle));
	struct mtproto_event event = {.type = MTPROTO_EVENT_SESSION, .server = server};
	int error;

	if (!handle)
		return NULL;
	handle->server = server;
	handle->key = key;
	handle->wants_updates = true;
	mtp_list_init(&handle->held);
	mtp_map_init(&handle->requests, &context->allocator, context->env.map_seed);
	error = mtp_session_init(&handle->session, &context->env, &mtp_server_session_ops, &key->key, true, session_id);
	if (!error)
		error = mtp_sender_init(&handle->sender, context, &handle->session, server->config.coalesce_ns);
	if (!error)
		error = mtp_server_init_reminder(handle);
	if (!error)
		error = mtp_server_init_held(handle);
	if (!error)
		error = mtp_map_put(&key->sessions, session_id, handle);
	if (error) {
		free_handle(handle);
		return NULL;
	}
	handle->session.open = true;
	handle->session.ack_delay_ns = 1000000000;
	handle->session.ack_count_max = 16;
	handle->end.released = end_released;
	handle->end.owner = &context->allocator;
	server->session_count++;
	event.session = handle;
	event.auth_key_id = key->key.auth.id;
	mtp_server_push_event(server, &event, NULL);
	return handle;
}

struct mtproto_server_session *mtp_server_session_for(struct mtp_server_key *key, uint64_t session_id)
{
	struct mtproto_server_session *handle = mtp_map_get(&key->sessions, session_id);

	if (handle || session_id == 0)
		return handle;
	return make_room(key->server) ? new_session(key, session_id) : NULL;
}

void mtp_server_session_heard(struct mtproto_server_session *handle, struct mtproto_link *link)
{
	struct mtp_server_link *owner = link->owner;

	if (handle->sender.link == link)
		return;
	mtp_list_remove(&handle->link_node);
	mtp_list_remove(&handle->idle_node);
	mtp_list_append(&owner->sessions, &handle->link_node);
	mtp_sender_move(handle->server->endpoint.context, &handle->sender, link);
	/* A newer link: what the client did not acknowledge may have been lost with an older one. A client that speaks
	 * on two links in turn has lost nothing. */
	if (link->number <= handle->newest_link)
		return;
	handle->newest_link = link->number;
	mtp_session_resend_all(&handle->session);
	mtp_server_set_reminder(handle, true);
}

void mtp_server_session_lost_link(struct mtproto_server_session *handle)
{
	struct mtproto_server *server = handle->server;

	mtp_list_remove(&handle->link_node);
	mtp_sender_move(server->endpoint.context, &handle->sender, NULL);
	handle->newest_link = 0;
	handle->idle_since_ns = server->endpoint.context->now.mono_ns;
	mtp_list_append(&server->idle, &handle->idle_node);
	mtp_server_set_sweep(server);
}

void mtp_server_session_announce(struct mtproto_server_session *handle)
{
	struct mtproto_context *context = handle->server->endpoint.context;
	struct mtproto_new_session_created created = {.first_msg_id =
							      mtp_window_lowest(&handle->session.window) & ~UINT64_C(3),
						      .server_salt = handle->key->key.salt};
	struct mtproto_tl_writer w;
	struct mtp_out *out;

	if (handle->announced || created.first_msg_id == 0)
		return;
	out = mtp_out_new(&handle->session, 28);
	if (!out || mtp_random_fill(context->random, &created.unique_id, sizeof(created.unique_id))) {
		if (out)
			mtp_out_free(&handle->session, out);
		return;
	}
	mtproto_tl_writer_init(&w, out->body, out->len);
	mtproto_new_session_created_write(&w, &created);
	out->content_related = true;
	out->keep = true;
	out->answer = true;
	handle->announced = true;
	mtp_session_send_first(&handle->session, out);
	mtp_server_set_reminder(handle, false);
}

void mtp_server_session_end(struct mtproto_server_session *handle, bool silent)
{
	struct mtproto_server *server = handle->server;
	struct mtproto_event *event = &handle->end.event;

	mtp_map_remove(&handle->key->sessions, handle->session.session_id);
	server->session_count--;
	mtp_sender_fini(&handle->sender);
	mtp_list_remove(&handle->link_node);
	mtp_list_remove(&handle->idle_node);
	handle->sender.link = NULL;
	handle->ended = true;
	if (silent) {
		free_handle(handle);
		return;
	}
	event->type = MTPROTO_EVENT_SESSION_END;
	event->server = server;
	event->session = handle;
	event->auth_key_id = handle->key->key.auth.id;
	handle->key = NULL;
	mtp_server_forget_held(handle);
	mtp_timer_fini(&handle->reminder);
	mtp_session_fini(&handle->session);
	mtp_map_fini(&handle->requests);
	mtp_events_push_node(&server->endpoint.context->events, &handle->end, NULL);
}

/* ---- Public ---- */

void mtproto_server_session_get_info(const struct mtproto_server_session *handle,
				     struct mtproto_server_session_info *info)
{
	const struct mtp_server_key *key = handle->key;

	memset(info, 0, sizeof(*info));
	info->session_id = handle->session.session_id;
	info->layer = handle->layer;
	info->api_id = handle->api_id;
	info->wants_updates = handle->wants_updates;
	info->link = handle->sender.link;
	if (!key)
		return;
	info->auth_key_id = key->key.auth.id;
	info->perm_auth_key_id = key->key.temporary ? key->key.perm_auth_key_id : key->key.auth.id;
	info->temporary = key->key.temporary;
	info->dc = key->dc;
	info->pending_requests = handle->requests.count;
	info->unacknowledged = handle->session.kept_count;
}

void mtproto_server_session_set_user(struct mtproto_server_session *handle, void *user)
{
	handle->user = user;
}

void *mtproto_server_session_user(const struct mtproto_server_session *handle)
{
	return handle->user;
}
