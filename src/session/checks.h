/* What a msg_id must be, for either side. Source: core.telegram.org/mtproto/description#message-identifier-msg-id. */
#ifndef MTP_SESSION_CHECKS_H
#define MTP_SESSION_CHECKS_H

#include "session/clock.h"

/* 0 or MTPROTO_ERR_MSG_ID_PARITY, for a message that came to a server or to a client. */
int mtp_check_parity(bool to_server, uint64_t msg_id);

/* 0, MTPROTO_ERR_MSG_ID_OLD or MTPROTO_ERR_MSG_ID_FUTURE. */
int mtp_check_time(const struct mtp_clock *clock, const struct mtproto_now *now, uint64_t msg_id);

#endif
