/* Calls that must be run after others: they leave in invokeAfterMsg or invokeAfterMsgs, which name the msg_ids that the
 * others have at that moment, and wait where those have none. Source: core.telegram.org/api/invoking. */
#include "rpc/calls.h"

#include <mtproto/service.h>

#include <string.h>

/* The next call from position *i on that is not over; NULL when all others are. */
static const struct mtp_call *next_open(const struct mtp_call *call, uint32_t *i)
{
	while (*i < call->after_count) {
		const struct mtp_call *other = mtp_calls_find(call->calls, call->after[(*i)++]);

		if (other)
			return other;
	}
	return NULL;
}

/* Whether a message that waits has another one before it, which then gets its msg_id first. */
static bool stands_behind(const struct mtp_out *out, const struct mtp_list *waiting, const struct mtp_out *other)
{
	for (const struct mtp_node *n = out->node.prev; n != &waiting->head; n = n->prev)
		if (n == &other->node)
			return true;
	return false;
}

/* Whether the server can be told in this session to run the call after the other. */
static bool can_name(const struct mtp_call *call, const struct mtp_call *other)
{
	if (call->refused || other->session != call->session || other->out->drained || !other->out->content_related)
		return false;
	return other->out->msg_id != 0 || stands_behind(call->out, &call->session->waiting, other->out);
}

static bool ready(const struct mtp_out *out)
{
	const struct mtp_call *call = out->owner;
	const struct mtp_call *other;
	uint32_t i = 0;

	while ((other = next_open(call, &i)))
		if (!can_name(call, other))
			return false;
	return true;
}

static uint32_t count_open(const struct mtp_call *call)
{
	uint32_t i = 0, count = 0;

	while (next_open(call, &i))
		count++;
	return count;
}

static size_t wrapper_len(uint32_t count)
{
	return count == 0 ? 0 : count == 1 ? 12 : 12 + 8 * (size_t)count;
}

static size_t len(const struct mtp_out *out)
{
	return wrapper_len(count_open(out->owner)) + out->len;
}

static void write(struct mtp_out *out, struct mtproto_tl_writer *w)
{
	struct mtp_call *call = out->owner;
	uint32_t count = count_open(call);
	const struct mtp_call *other;
	uint32_t i = 0;

	call->wrapped = count > 0;
	if (count > 0)
		mtproto_tl_write_u32(w, count == 1 ? MTPROTO_ID_INVOKE_AFTER_MSG : MTPROTO_ID_INVOKE_AFTER_MSGS);
	if (count > 1)
		mtproto_tl_write_vector(w, count);
	while ((other = next_open(call, &i)))
		mtproto_tl_write_long(w, other->out->msg_id);
	mtproto_tl_write_raw(w, out->body, out->len);
}

const struct mtp_rebuild mtp_call_rebuild = {ready, len, write};

size_t mtp_call_wrapper_max(uint32_t after_count)
{
	return wrapper_len(after_count);
}

static bool is_wait_error(struct mtproto_span body)
{
	static const char *const texts[] = {"MSG_WAIT_FAILED", "MSG_WAIT_TIMEOUT"};
	struct mtproto_rpc_error error;
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	if (mtproto_tl_peek(&r) != MTPROTO_ID_RPC_ERROR || mtproto_rpc_error_read(&error, &r))
		return false;
	for (size_t i = 0; i < 2; i++)
		if (error.error_message.len == strlen(texts[i]) &&
		    memcmp(error.error_message.data, texts[i], error.error_message.len) == 0)
			return true;
	return false;
}

bool mtp_call_waits(struct mtp_call *call, struct mtproto_span body)
{
	if (!call->wrapped || !is_wait_error(body))
		return false;
	call->refused = true;
	call->wrapped = false;
	call->session->stats.resent_after++;
	mtp_session_resend(call->session, call->out, false);
	return true;
}
