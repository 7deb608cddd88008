#include "session/clock.h"

int64_t mtp_clock_correct(struct mtp_clock *clock, const struct mtproto_now *now, uint64_t server_msg_id,
			  struct mtproto_msg_id_gen *msg_ids)
{
	int64_t server_ns = mtproto_msg_id_time_ns(server_msg_id);

	if (mtproto_msg_id_time_ns(msg_ids->last) > server_ns + MTP_MSG_ID_AHEAD_NS)
		msg_ids->last = 0;
	return mtp_clock_set(clock, now, server_ns);
}
