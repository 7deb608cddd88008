/* Requests from a client's messages to events, and answers back. */
#include "server/server.h"

#include "base/bytes.h"

#include <mtproto/tl.h>

#include <string.h>

/* What a temporary key may do before it is bound, besides binding. Source: core.telegram.org/api/pfs. */
static const uint32_t help_get_config = 0xc4f9186b;
static const uint32_t help_get_nearest_dc = 0x1fb33026;

/* The greatest answer or update: it may have to share its packet with others. */
static const size_t BODY_MAX = MTPROTO_MESSAGE_BODY_MAX / 2;

static struct mtproto_server_session *handle_of(struct mtp_session *session)
{
	return MTP_OF(session, struct mtproto_server_session, session);
}

/* ---- Out ---- */

/* What one client did not acknowledge, with the memory that it takes beside its bodies. */
static size_t kept_size(const struct mtp_session *session)
{
	return session->kept_bytes + session->kept_count * sizeof(struct mtp_out);
}

/* Keeps what one client does not acknowledge within bounds: what was sent longest ago is forgotten. False when what was
 * not even sent is too much: the client does not read. */
static bool bound_kept(struct mtproto_server_session *handle, size_t more)
{
	struct mtp_session *session = &handle->session;
	size_t most = handle->server->config.session_send_max;

	while (kept_size(session) + more > most && !mtp_list_empty(&session->sent))
		mtp_session_settle(session, MTP_OF(mtp_list_first(&session->sent), struct mtp_out, node));
	return kept_size(session) == 0 || kept_size(session) + more <= most;
}

static void send_content(struct mtproto_server_session *handle, struct mtp_out *out)
{
	out->content_related = true;
	out->keep = true;
	mtp_session_send(&handle->session, out);
	mtp_server_set_reminder(handle, false);
	mtp_fault_content(handle, out);
}

static bool is_failure(const void *body)
{
	uint32_t id = mtp_load_le32(body);

	return id == MTPROTO_ID_RPC_ERROR || id == MTPROTO_ID_RPC_ANSWER_DROPPED_RUNNING;
}

int mtp_server_send_result(struct mtproto_server_session *handle, uint64_t req_msg_id, const void *body, size_t len)
{
	struct mtproto_rpc_result result = {req_msg_id, {body, len}};
	struct mtproto_tl_writer w;
	struct mtp_out *out;

	if (!bound_kept(handle, len))
		return MTPROTO_ERR_LIMIT;
	out = mtp_out_new(&handle->session, 12 + len);
	if (!out)
		return MTPROTO_ERR_MEMORY;
	mtproto_tl_writer_init(&w, out->body, out->len);
	mtproto_rpc_result_write(&w, &result);
	out->answer = true;
	out->answers = req_msg_id;
	/* The answer is itself an acknowledgement. */
	mtp_acks_remove(&handle->session.acks, req_msg_id);
	send_content(handle, out);
	mtp_server_request_over(handle, req_msg_id, is_failure(body));
	return 0;
}

static int check_body(const struct mtproto_server_session *handle, size_t len)
{
	if (handle->ended)
		return MTPROTO_ERR_NOT_FOUND;
	if (len < 4 || len % 4 != 0)
		return MTPROTO_ERR_ARGUMENT;
	return len > BODY_MAX ? MTPROTO_ERR_TOO_LARGE : 0;
}

/* A request that is held is not its to answer. */
static bool program_has(const struct mtproto_server_session *handle, uint64_t msg_id)
{
	return mtp_map_get(&handle->requests, msg_id) == handle;
}

int mtproto_server_reply(struct mtproto_server_session *handle, uint64_t msg_id, const void *body, size_t len)
{
	struct mtproto_server *server = handle->server;
	struct mtproto_span answer = {body, len};
	struct mtp_block *packed = NULL;
	int error = check_body(handle, len);

	if (error)
		return error;
	if (!program_has(handle, msg_id))
		return MTPROTO_ERR_NOT_FOUND;
	error = mtp_context_pack(server->endpoint.context, server->config.gzip_size_min, &answer, &packed);
	if (!error)
		error = mtp_server_send_result(handle, msg_id, answer.data, answer.len);
	if (!error)
		mtp_map_remove(&handle->requests, msg_id);
	mtp_block_drop(packed);
	return error;
}

/* Sends an rpc_error, whether the request is known or not. */
static int send_error(struct mtproto_server_session *handle, uint64_t msg_id, int32_t code, const char *text)
{
	struct mtproto_rpc_error object = {code, {(const uint8_t *)text, strlen(text)}};
	uint8_t body[512];
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_rpc_error_write(&w, &object);
	if (mtproto_tl_writer_end(&w))
		return MTPROTO_ERR_ARGUMENT;
	return mtp_server_send_result(handle, msg_id, body, w.len);
}

int mtproto_server_error(struct mtproto_server_session *handle, uint64_t msg_id, int32_t code, const char *text)
{
	int error;

	if (handle->ended || !program_has(handle, msg_id))
		return MTPROTO_ERR_NOT_FOUND;
	error = send_error(handle, msg_id, code, text);
	if (!error)
		mtp_map_remove(&handle->requests, msg_id);
	return error;
}

int mtproto_server_push(struct mtproto_server_session *handle, const void *body, size_t len)
{
	struct mtp_out *out;
	int error = check_body(handle, len);

	if (error)
		return error;
	if (!bound_kept(handle, len))
		return MTPROTO_ERR_LIMIT;
	out = mtp_out_new(&handle->session, len);
	if (!out)
		return MTPROTO_ERR_MEMORY;
	memcpy(out->body, body, len);
	send_content(handle, out);
	return 0;
}

/* ---- In ---- */

/* It may be lost for want of memory, like a packet on the wire. */
void mtp_server_refuse_request(struct mtproto_server_session *handle, uint64_t msg_id, int32_t code, const char *text)
{
	mtp_map_remove(&handle->requests, msg_id);
	if (send_error(handle, msg_id, code, text))
		mtp_session_acknowledge(&handle->session, msg_id, &handle->server->endpoint.context->now);
}

static uint32_t method_of(struct mtproto_span query)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, query.data, query.len);
	return mtproto_tl_peek(&r);
}

static bool allowed_unbound(uint32_t method)
{
	return method == MTPROTO_ID_AUTH_BIND_TEMP_AUTH_KEY || method == help_get_config ||
	       method == help_get_nearest_dc;
}

void mtp_server_push_request(struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_span query,
			     struct mtp_block *block)
{
	struct mtproto_event event = {.type = MTPROTO_EVENT_REQUEST,
				      .server = handle->server,
				      .session = handle,
				      .link = handle->sender.link,
				      .msg_id = msg_id,
				      .layer = handle->layer,
				      .body = query};

	if (mtp_map_put(&handle->requests, msg_id, handle) ||
	    mtp_events_push(&handle->server->endpoint.context->events, &event, block))
		mtp_server_refuse_request(handle, msg_id, -503, "Timeout");
}

static void hand_over(struct mtproto_server_session *handle, uint64_t msg_id, const struct mtp_unwrapped *u,
		      struct mtp_block *block)
{
	int error = 0;

	if (handle->requests.count >= handle->server->config.session_requests_max)
		mtp_server_refuse_request(handle, msg_id, 420, "FLOOD_WAIT_1");
	else if (u->after_count)
		error = mtp_server_hold(handle, msg_id, u);
	else
		mtp_server_push_request(handle, msg_id, u->query, u->block ? u->block : block);
	if (error)
		mtp_server_refuse_request(handle, msg_id, 400, "MSG_WAIT_TIMEOUT");
}

static void on_request(struct mtproto_server_session *handle, const struct mtp_notice *notice)
{
	struct mtproto_context *context = handle->server->endpoint.context;
	const struct mtp_key *key = &handle->key->key;
	struct mtp_unwrapped u;
	uint32_t method;

	if (mtp_unwrap(&context->inflater, &context->pool, notice->body, notice->budget, &u)) {
		mtp_server_refuse_request(handle, notice->msg_id, 400, "INPUT_FETCH_ERROR");
		return;
	}
	method = method_of(u.query);
	if (key->temporary && !key->perm_auth_key_id && !allowed_unbound(method)) {
		mtp_server_refuse_request(handle, notice->msg_id, 401, "AUTH_KEY_PERM_EMPTY");
	} else if (method == MTPROTO_ID_AUTH_BIND_TEMP_AUTH_KEY) {
		mtp_server_bind(handle, notice->msg_id, u.query);
	} else {
		if (u.layer)
			handle->layer = u.layer;
		if (u.api_id)
			handle->api_id = u.api_id;
		handle->wants_updates = !u.without_updates;
		hand_over(handle, notice->msg_id, &u, notice->block);
	}
	mtp_block_drop(u.block);
}

static void deliver(struct mtp_session *session, const struct mtp_notice *notice, const struct mtproto_now *now)
{
	struct mtproto_server_session *handle = handle_of(session);

	switch (notice->kind) {
	case MTP_NOTICE_CONTENT:
		on_request(handle, notice);
		break;
	case MTP_NOTICE_SERVICE:
		mtp_server_query(handle, notice, now);
		break;
	case MTP_NOTICE_ACKED:
		mtp_session_settle(session, notice->out);
		mtp_server_set_reminder(handle, true);
		break;
	case MTP_NOTICE_DISCONNECT:
		if (handle->sender.link)
			mtp_server_set_disconnect(handle->sender.link, mtp_later(now, (uint64_t)notice->step_ns));
		break;
	case MTP_NOTICE_REFUSED: /* the client was told */
	case MTP_NOTICE_FAILED:  /* freed by the outbox; the client can ask again */
	case MTP_NOTICE_RESULT:  /* clients only, as the rest */
	case MTP_NOTICE_ANSWER:
	case MTP_NOTICE_NEW_SESSION:
	case MTP_NOTICE_SALT:
	case MTP_NOTICE_CLOCK:
		break;
	}
}

static void wake(struct mtp_session *session)
{
	struct mtproto_server_session *handle = handle_of(session);

	mtp_sender_wake(handle->server->endpoint.context, &handle->sender);
}

static bool salt_valid(struct mtp_session *session, uint64_t salt, const struct mtproto_now *now)
{
	(void)now;
	return mtp_server_salt_valid(handle_of(session)->key, salt);
}

const struct mtp_session_ops mtp_server_session_ops = {deliver, wake, salt_valid};
