/* Answers to what was asked of the peer, and what came packed.
 * Source: core.telegram.org/mtproto/service_messages. */
#include "session/handlers.h"

#include "base/bytes.h"

#include <mtproto/session.h>

/* True when out is the query with that constructor. */
static bool is_query(const struct mtp_out *out, uint32_t id)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, out->body, out->len);
	return mtproto_tl_peek(&r) == id;
}

bool mtp_on_pong(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		 struct mtproto_tl_reader *r)
{
	struct mtproto_pong pong;
	struct mtp_out *out;

	if (mtproto_pong_read(&pong, r) || mtproto_tl_reader_end(r))
		return false;
	out = mtp_session_find_sent(session, pong.msg_id);
	if (out && (is_query(out, MTPROTO_ID_PING) || is_query(out, MTPROTO_ID_PING_DELAY_DISCONNECT)) &&
	    mtp_load_le64(out->body + 4) == pong.ping_id)
		mtp_session_deliver(session, now, MTP_NOTICE_ANSWER, a, out);
	return true;
}

/* Inflates a gzip_packed and hands on what came out under the same msg_id. It is the answer to out, if that is not
 * NULL: which ends without one when it can't be read, as it won't come again. */
static bool inflated(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		     struct mtproto_span packed,
		     void (*then)(struct mtp_session *, const struct mtproto_now *, const struct mtp_arrival *,
				  struct mtp_out *),
		     struct mtp_out *out)
{
	struct mtp_arrival inner = *a;
	struct mtp_notice notice = {.kind = MTP_NOTICE_REFUSED, .msg_id = a->msg_id, .seq_no = a->seq_no};
	size_t len = 0;

	notice.error = a->inflated ? MTPROTO_ERR_GZIP
				   : mtp_inflate(session->env->inflater, session->env->pool, packed, a->budget,
						 &inner.block, &len);
	if (notice.error) {
		session->ops->deliver(session, &notice, now);
		if (out)
			mtp_session_give_up(session, out, notice.error, now);
		return true;
	}
	inner.body.data = inner.block->data;
	inner.body.len = len;
	inner.inflated = true;
	then(session, now, &inner, out);
	mtp_block_drop(inner.block);
	return true;
}

static void deliver_result(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			   struct mtp_out *out)
{
	mtp_session_deliver(session, now, MTP_NOTICE_RESULT, a, out);
}

bool mtp_on_rpc_result(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
		       struct mtproto_tl_reader *r)
{
	struct mtproto_rpc_result result;
	struct mtp_arrival inner = *a;
	int malformed = mtproto_rpc_result_read(&result, r);
	struct mtp_out *out = mtp_session_find_sent(session, result.req_msg_id);

	if (malformed && out)
		mtp_session_give_up(session, out, malformed, now);
	if (malformed)
		return false;
	inner.body = result.result;
	if (out && mtp_gzip_test(result.result))
		return inflated(session, now, a, result.result, deliver_result, out);
	deliver_result(session, now, &inner, out);
	return true;
}

bool mtp_on_future_salts(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			 struct mtproto_tl_reader *r)
{
	struct mtproto_future_salts salts;
	struct mtp_out *out;

	if (mtproto_future_salts_read(&salts, r) || mtproto_tl_reader_end(r))
		return false;
	out = mtp_session_find_sent(session, salts.req_msg_id);
	if (out && is_query(out, MTPROTO_ID_GET_FUTURE_SALTS))
		mtp_session_deliver(session, now, MTP_NOTICE_ANSWER, a, out);
	return true;
}

/* destroy_session_ok and _none name the session, not the query. */
bool mtp_on_session_destroyed(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			      struct mtproto_tl_reader *r)
{
	uint64_t session_id;

	mtproto_tl_read_u32(r);
	session_id = mtproto_tl_read_long(r);
	if (mtproto_tl_reader_end(r))
		return false;
	for (struct mtp_node *n = mtp_list_first(&session->sent); n; n = mtp_list_after(&session->sent, n)) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);
		struct mtproto_destroy_session query;
		struct mtproto_tl_reader asked;

		mtproto_tl_reader_init(&asked, out->body, out->len);
		if (mtproto_destroy_session_read(&query, &asked) || query.session_id != session_id)
			continue;
		mtp_session_deliver(session, now, MTP_NOTICE_ANSWER, a, out);
		break;
	}
	return true;
}

/* destroy_auth_key_ok, _none and _fail name nothing. */
bool mtp_on_auth_key_destroyed(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			       struct mtproto_tl_reader *r)
{
	mtproto_tl_read_u32(r);
	if (mtproto_tl_reader_end(r))
		return false;
	for (struct mtp_node *n = mtp_list_first(&session->sent); n; n = mtp_list_after(&session->sent, n)) {
		struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		if (!is_query(out, MTPROTO_ID_DESTROY_AUTH_KEY))
			continue;
		mtp_session_deliver(session, now, MTP_NOTICE_ANSWER, a, out);
		break;
	}
	return true;
}

static void dispatch_inflated(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			      struct mtp_out *out)
{
	(void)out;
	mtp_session_dispatch(session, now, a);
}

bool mtp_on_gzip_packed(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			struct mtproto_tl_reader *r)
{
	(void)r;
	/* A server's requests are unpacked by rpc/, where gzip may also stand inside wrappers. */
	return inflated(session, now, a, a->body, dispatch_inflated, NULL);
}
