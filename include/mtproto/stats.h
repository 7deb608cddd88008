/* What a session counts, in either role: enough to see where bytes go and why messages go twice. */
#ifndef MTPROTO_STATS_H
#define MTPROTO_STATS_H

#include <mtproto/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Since the session was made; it goes on over links and renewals. */
struct mtproto_session_stats {
	uint64_t packets_sent, packets_received;
	uint64_t bytes_sent, bytes_received; /* of packets, without frames */
	/* Bodies by class: of calls, answers and updates, and among those sent the ones that had been sent before; of
	 * the protocol's own messages, such as acks and pings. The rest of the bytes is packaging: headers of packets,
	 * containers and messages, wrappers, padding. */
	uint64_t content_bytes_sent, content_bytes_received, content_bytes_resent;
	uint64_t service_bytes_sent, service_bytes_received;
	uint64_t messages_sent, messages_received; /* in containers or alone; containers are not counted */
	uint64_t containers_sent, containers_received;
	uint64_t acks_sent, acks_received; /* msg_ids in msgs_ack */
	/* Messages that were to be sent again, by cause. */
	uint64_t resent_salt;        /* bad_server_salt */
	uint64_t resent_bad_msg;     /* bad_msg_notification */
	uint64_t resent_new_session; /* new_session_created, or a session of our own making */
	uint64_t resent_state;       /* the answer to a state request */
	uint64_t resent_asked;       /* msg_resend_req, or another link */
	uint64_t resent_after;       /* MSG_WAIT_FAILED, MSG_WAIT_TIMEOUT */
	uint64_t duplicates_received;
	uint64_t refused_received; /* dropped for any other reason */
	uint64_t clock_corrections;
	int64_t clock_last_step_ns;
	uint64_t salt_changes;
};

#ifdef __cplusplus
}
#endif

#endif
