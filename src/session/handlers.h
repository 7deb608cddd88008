/* The handlers of the protocol's own objects, for the table of service.c: each knows one object. */
#ifndef MTP_SESSION_HANDLERS_H
#define MTP_SESSION_HANDLERS_H

#include "session/session.h"

/* Reads its object from r and acts on it; false when that is malformed: the message is then reported and dropped. */
typedef bool mtp_handler(struct mtp_session *session, const struct mtproto_now *now, const struct mtp_arrival *a,
			 struct mtproto_tl_reader *r);

/* corrections.c */
mtp_handler mtp_on_bad_msg;
mtp_handler mtp_on_bad_server_salt;
mtp_handler mtp_on_new_session;

/* questions.c */
mtp_handler mtp_on_msgs_ack;
mtp_handler mtp_on_state_req;
mtp_handler mtp_on_state_info;
mtp_handler mtp_on_all_info;
mtp_handler mtp_on_detailed_info;
mtp_handler mtp_on_new_detailed_info;
mtp_handler mtp_on_resend_req;
mtp_handler mtp_on_resend_ans_req;

/* answers.c */
mtp_handler mtp_on_pong;
mtp_handler mtp_on_rpc_result;
mtp_handler mtp_on_future_salts;
mtp_handler mtp_on_session_destroyed;
mtp_handler mtp_on_auth_key_destroyed;
mtp_handler mtp_on_gzip_packed;

/* Tells the owner of the session; out is the message of ours that it is about, or NULL. */
void mtp_session_deliver(struct mtp_session *session, const struct mtproto_now *now, enum mtp_notice_kind kind,
			 const struct mtp_arrival *a, struct mtp_out *out);

#endif
