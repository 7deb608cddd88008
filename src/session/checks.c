#include "session/checks.h"

#include <mtproto/error.h>
#include <mtproto/msg_id.h>

int mtp_check_parity(bool to_server, uint64_t msg_id)
{
	bool from_client = (msg_id & 3) == MTPROTO_MSG_ID_CLIENT;
	bool from_server = (msg_id & 1) == 1;

	return (to_server ? from_client : from_server) ? 0 : MTPROTO_ERR_MSG_ID_PARITY;
}

int mtp_check_time(const struct mtp_clock *clock, const struct mtproto_now *now, uint64_t msg_id)
{
	int64_t age = mtp_clock_server_ns(clock, now) - mtproto_msg_id_time_ns(msg_id);

	if (age > MTP_MSG_ID_PAST_NS)
		return MTPROTO_ERR_MSG_ID_OLD;
	return age < -MTP_MSG_ID_FUTURE_NS ? MTPROTO_ERR_MSG_ID_FUTURE : 0;
}
