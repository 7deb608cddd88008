/* What a client does not acknowledge for long is mentioned to it: it then acknowledges once more, or asks for what it
 * never got. Source:
 * core.telegram.org/mtproto/service_messages_about_messages#extended-voluntary-communication-of-status-of-one-message.
 */
#include "server/server.h"

#include <mtproto/service.h>

enum { MENTIONED_MAX = 100 /* at once */ };

static const uint64_t DELAY_MIN_NS = 60 * UINT64_C(1000000000);
static const uint64_t DELAY_MAX_NS = 480 * UINT64_C(1000000000);

void mtp_server_send_info(struct mtp_session *session, const struct mtp_out *out)
{
	struct mtproto_msg_detailed_info answer = {out->answers, out->msg_id, (int32_t)out->len, 0};
	struct mtproto_msg_new_detailed_info other = {out->msg_id, (int32_t)out->len, 0};
	uint8_t body[28];
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	if (out->answers)
		mtproto_msg_detailed_info_write(&w, &answer);
	else
		mtproto_msg_new_detailed_info_write(&w, &other);
	mtp_session_send_service(session, body, w.len, out->answer);
}

/* Mentions what is that old; returns how many. */
static uint32_t mention(struct mtp_session *session, uint64_t before_ns)
{
	uint32_t count = 0;

	for (struct mtp_node *n = mtp_list_first(&session->sent); n; n = mtp_list_after(&session->sent, n)) {
		const struct mtp_out *out = MTP_OF(n, struct mtp_out, node);

		if (out->sent_ns > before_ns)
			continue;
		mtp_server_send_info(session, out);
		if (++count == MENTIONED_MAX)
			break;
	}
	return count;
}

/* A client that stays silent hears of it less and less often. */
static void fired(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct mtproto_server_session *handle = MTP_OF(timer, struct mtproto_server_session, reminder);

	if (!handle->sender.link || handle->session.kept_count == 0)
		return;
	if (mention(&handle->session, now->mono_ns - handle->remind_delay_ns) && handle->remind_delay_ns < DELAY_MAX_NS)
		handle->remind_delay_ns *= 2;
	mtp_timer_set(timer, mtp_later(now, handle->remind_delay_ns));
}

int mtp_server_init_reminder(struct mtproto_server_session *handle)
{
	handle->remind_delay_ns = DELAY_MIN_NS;
	return mtp_timer_init(&handle->server->endpoint.context->timers, &handle->reminder, fired);
}

void mtp_server_set_reminder(struct mtproto_server_session *handle, bool client_is_well)
{
	uint64_t deadline_ns;

	if (client_is_well)
		handle->remind_delay_ns = DELAY_MIN_NS;
	deadline_ns = mtp_later(&handle->server->endpoint.context->now, handle->remind_delay_ns);
	if (handle->reminder.position == 0 || deadline_ns < handle->reminder.deadline_ns)
		mtp_timer_set(&handle->reminder, deadline_ns);
}
