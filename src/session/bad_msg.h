/* The codes of bad_msg_notification and bad_server_salt.
 * Source: core.telegram.org/mtproto/service_messages_about_messages. */
#ifndef MTP_SESSION_BAD_MSG_H
#define MTP_SESSION_BAD_MSG_H

enum mtp_bad_msg {
	MTP_BAD_MSG_ID_LOW = 16,
	MTP_BAD_MSG_ID_HIGH = 17,
	MTP_BAD_MSG_ID_BITS = 18,
	MTP_BAD_CONTAINER_ID_KNOWN = 19,
	MTP_BAD_MSG_TOO_OLD = 20,
	MTP_BAD_SEQ_NO_LOW = 32,
	MTP_BAD_SEQ_NO_HIGH = 33,
	MTP_BAD_SEQ_NO_ODD = 34,  /* odd, where an even one is expected */
	MTP_BAD_SEQ_NO_EVEN = 35, /* even, where an odd one is expected */
	MTP_BAD_SALT = 48,
	MTP_BAD_CONTAINER = 64
};

#endif
