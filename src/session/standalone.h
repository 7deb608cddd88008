/* What standalone.c and recovery.c share. */
#ifndef MTP_SESSION_STANDALONE_H
#define MTP_SESSION_STANDALONE_H

#include <mtproto/msg_id.h>
#include <mtproto/session.h>

#include "session/acks.h"
#include "session/key.h"
#include "session/sent.h"
#include "session/window.h"

struct mtproto_session {
	struct mtproto_allocator allocator;
	struct mtproto_random random_hooks;
	const struct mtproto_random *random;
	const struct mtproto_kernels *kernels;
	bool server;
	enum mtproto_padding padding;
	uint32_t ack_count_max;
	uint64_t ack_delay_ns;

	struct mtp_key key;
	uint64_t session_id;
	struct mtproto_msg_id_gen msg_ids;
	uint32_t content_count;
	struct mtp_window window;
	struct mtp_acks acks;
	struct mtp_sent sent;
	uint64_t peer_unique_id; /* client: of the last new_session_created */
};

/* Only a client's acks are refused, and only by recovery.c they come back. */
static inline bool mtp_standalone_recovers(const struct mtproto_session *session)
{
	return !session->server && session->sent.count_max > 0;
}

/* One message to one packet. Errors: those of mtproto_session_pack. */
MTPROTO_MUST_USE int mtp_standalone_seal(struct mtproto_session *session, uint64_t msg_id, uint32_t seq_no,
					 struct mtproto_span body, uint8_t *packet, size_t packet_cap,
					 size_t *packet_len);

/* recovery.c: keeps what was sealed, each message of a container by itself. */
void mtp_standalone_keep(struct mtproto_session *session, uint64_t msg_id, uint32_t seq_no, struct mtproto_span body);

#endif
