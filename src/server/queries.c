/* The protocol's own queries about keys, sessions and answers.
 * Sources: core.telegram.org/mtproto/service_messages, /api/pfs. */
#include "server/server.h"

#include <mtproto/bind.h>
#include <mtproto/service.h>

#include "base/bytes.h"

enum { ANSWER_MAX = 32 + 16 * MTP_FUTURE_SALTS_MAX };

static void send_bare(struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_tl_writer *w)
{
	mtp_acks_remove(&handle->session.acks, msg_id);
	if (!mtproto_tl_writer_end(w))
		mtp_session_send_service(&handle->session, w->begin, w->len, true);
}

static void get_future_salts(struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_tl_reader *r)
{
	const struct mtproto_server *server = handle->server;
	int64_t now_s = mtp_server_unix_time(server);
	int64_t period = now_s / MTP_SALT_PERIOD_S;
	struct mtproto_get_future_salts request;
	uint8_t items[16 * MTP_FUTURE_SALTS_MAX];
	uint8_t body[ANSWER_MAX];
	struct mtproto_future_salts answer = {.req_msg_id = msg_id, .now = (int32_t)now_s};
	struct mtproto_tl_writer w;
	int32_t count;

	if (mtproto_get_future_salts_read(&request, r))
		return;
	count = request.num < 1 ? 1 : request.num > MTP_FUTURE_SALTS_MAX ? MTP_FUTURE_SALTS_MAX : request.num;
	for (int32_t i = 0; i < count; i++) {
		uint8_t *item = items + 16 * i;
		int64_t since = (period + i) * MTP_SALT_PERIOD_S;

		mtp_store_le32(item, (uint32_t)since);
		mtp_store_le32(item + 4, (uint32_t)(since + MTP_SALT_LIFE_S));
		mtp_store_le64(item + 8, mtp_server_salt_of(handle->key, period + i));
	}
	answer.salts.data = items;
	answer.salts.count = (uint32_t)count;
	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_future_salts_write(&w, &answer);
	send_bare(handle, msg_id, &w);
}

static void destroy_session(struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_tl_reader *r)
{
	struct mtproto_destroy_session request;
	struct mtproto_destroy_session_ok ok;
	struct mtproto_destroy_session_none none;
	struct mtproto_server_session *other;
	uint8_t body[12];
	struct mtproto_tl_writer w;

	if (mtproto_destroy_session_read(&request, r))
		return;
	ok.session_id = none.session_id = request.session_id;
	other = mtp_map_get(&handle->key->sessions, request.session_id);
	mtproto_tl_writer_init(&w, body, sizeof(body));
	if (other && other != handle) {
		mtp_server_session_end(other, false);
		mtproto_destroy_session_ok_write(&w, &ok);
	} else {
		mtproto_destroy_session_none_write(&w, &none);
	}
	send_bare(handle, msg_id, &w);
}

static void destroy_auth_key(struct mtproto_server_session *handle, uint64_t msg_id)
{
	uint8_t body[4];
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, MTPROTO_ID_DESTROY_AUTH_KEY_OK);
	send_bare(handle, msg_id, &w);
	mtproto_server_drop_temp_keys(handle->server, handle->key->key.auth.id, NULL, 0);
	mtp_server_doom_key(handle->key);
}

/* The answer to a request that was given and not yet acknowledged, or NULL. */
static struct mtp_out *find_answer(const struct mtproto_server_session *handle, uint64_t req_msg_id)
{
	const struct mtp_list *lists[] = {&handle->session.sent, &handle->session.waiting};

	for (size_t i = 0; i < 2; i++)
		for (struct mtp_node *n = mtp_list_first(lists[i]); n; n = mtp_list_after(lists[i], n))
			if (MTP_OF(n, struct mtp_out, node)->answers == req_msg_id)
				return MTP_OF(n, struct mtp_out, node);
	return NULL;
}

static void tell_dropped(struct mtproto_server_session *handle, uint64_t req_msg_id)
{
	struct mtproto_event event = {.type = MTPROTO_EVENT_REQUEST_DROPPED,
				      .server = handle->server,
				      .session = handle,
				      .msg_id = req_msg_id};

	mtp_server_push_event(handle->server, &event, NULL);
}

static void rpc_drop_answer(struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_tl_reader *r)
{
	struct mtproto_rpc_drop_answer request;
	struct mtproto_rpc_answer_dropped dropped;
	struct mtp_out *answer;
	uint8_t body[20];
	struct mtproto_tl_writer w;
	void *open;

	if (mtproto_rpc_drop_answer_read(&request, r))
		return;
	open = mtp_map_remove(&handle->requests, request.req_msg_id);
	answer = open ? NULL : find_answer(handle, request.req_msg_id);
	mtproto_tl_writer_init(&w, body, sizeof(body));
	if (open) {
		mtproto_tl_write_u32(&w, MTPROTO_ID_RPC_ANSWER_DROPPED_RUNNING);
		if (open == handle)
			tell_dropped(handle, request.req_msg_id);
		else
			mtp_server_drop_held(handle, open);
	} else if (answer) {
		dropped = (struct mtproto_rpc_answer_dropped){answer->msg_id, (int32_t)answer->seq_no,
							      (int32_t)answer->len};
		mtproto_rpc_answer_dropped_write(&w, &dropped);
		mtp_session_settle(&handle->session, answer);
	} else {
		mtproto_tl_write_u32(&w, MTPROTO_ID_RPC_ANSWER_UNKNOWN);
	}
	/* Running: the same object ends the original request as well. Without memory either is lost as on the wire. */
	if (mtp_server_send_result(handle, msg_id, body, w.len) || !open)
		return;
	if (mtp_server_send_result(handle, request.req_msg_id, body, w.len))
		return;
}

void mtp_server_query(struct mtproto_server_session *handle, const struct mtp_notice *notice,
		      const struct mtproto_now *now)
{
	struct mtproto_tl_reader r;

	(void)now;
	mtproto_tl_reader_init(&r, notice->body.data, notice->body.len);
	switch (mtproto_tl_peek(&r)) {
	case MTPROTO_ID_GET_FUTURE_SALTS:
		get_future_salts(handle, notice->msg_id, &r);
		break;
	case MTPROTO_ID_DESTROY_SESSION:
		destroy_session(handle, notice->msg_id, &r);
		break;
	case MTPROTO_ID_DESTROY_AUTH_KEY:
		destroy_auth_key(handle, notice->msg_id);
		break;
	case MTPROTO_ID_RPC_DROP_ANSWER:
		rpc_drop_answer(handle, notice->msg_id, &r);
		break;
	default:
		break;
	}
}

/* ---- auth.bindTempAuthKey ---- */

/* NULL when the key may be bound, else the text of the error. */
static const char *check_bind(const struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_span query,
			      uint64_t *perm_auth_key_id)
{
	const struct mtproto_server *server = handle->server;
	const struct mtp_key *temp = &handle->key->key;
	const struct mtp_server_key *perm;
	struct mtproto_auth_bind_temp_auth_key call;
	struct mtproto_bind_expected expected = {.temp_auth_key_id = temp->auth.id,
						 .temp_session_id = handle->session.session_id,
						 .msg_id = msg_id,
						 .temp_expires_at = (int32_t)temp->expires_at,
						 .now = (int32_t)mtp_server_unix_time(server)};
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, query.data, query.len);
	if (mtproto_auth_bind_temp_auth_key_read(&call, &r))
		return "INPUT_FETCH_ERROR";
	if (!temp->temporary)
		return "TEMP_AUTH_KEY_EMPTY";
	if (temp->perm_auth_key_id && temp->perm_auth_key_id != call.perm_auth_key_id)
		return "TEMP_AUTH_KEY_ALREADY_BOUND";
	perm = mtp_server_get_key(server, call.perm_auth_key_id);
	if (!perm || perm->key.temporary || perm->doomed)
		return "ENCRYPTED_MESSAGE_INVALID";
	*perm_auth_key_id = call.perm_auth_key_id;
	return mtproto_bind_error_text(
		mtproto_bind_check(server->endpoint.context->kernels, perm->key.auth.data, &call, &expected));
}

static void push_bound(const struct mtp_server_key *key)
{
	struct mtproto_event event = {.type = MTPROTO_EVENT_KEY_BOUND,
				      .server = key->server,
				      .auth_key_id = key->key.auth.id,
				      .temporary = true,
				      .expires_at = key->key.expires_at};

	mtp_server_push_event(key->server, &event, NULL);
}

void mtp_server_bind(struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_span query)
{
	uint64_t perm_auth_key_id = 0;
	const char *refusal = check_bind(handle, msg_id, query, &perm_auth_key_id);
	struct mtproto_rpc_error error = {400, {(const uint8_t *)refusal, refusal ? strlen(refusal) : 0}};
	uint8_t body[128];
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	if (refusal) {
		mtproto_rpc_error_write(&w, &error);
	} else {
		mtproto_tl_write_bool(&w, true);
		handle->key->key.perm_auth_key_id = perm_auth_key_id;
		/* The connection begins anew: the client says again who it is. */
		handle->layer = 0;
		handle->api_id = 0;
		push_bound(handle->key);
	}
	/* Without memory the client hears nothing and asks again. */
	if (mtp_server_send_result(handle, msg_id, body, w.len))
		return;
}
