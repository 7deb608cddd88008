/* msg_ids of the peer that wait to be acknowledged. Source: core.telegram.org/mtproto/service_messages_about_messages.
 */
#ifndef MTP_SESSION_ACKS_H
#define MTP_SESSION_ACKS_H

#include <mtproto/base.h>
#include <mtproto/error.h>
#include <mtproto/tl.h>

enum {
	MTP_ACKS_MAX = 8192,    /* the most that one msgs_ack may carry */
	MTP_ACKS_SENT_MAX = 128 /* the most that are remembered after they were sent */
};

/* A packet may be refused, and the acks in it with it. So those that were sent stay until it is proven that their
 * packet was taken: until something is answered that was sent with it or after it. They do in two generations, since
 * under a steady flow there are always some on their way. */
struct mtp_acks {
	const struct mtproto_allocator *allocator;
	uint64_t *ids;  /* those that were sent, then those that wait, each in the order of arrival */
	uint32_t count; /* that wait */
	uint32_t sent;  /* and are not proven */
	uint32_t older; /* of these the first generation */
	uint32_t cap;
	uint64_t oldest_ns;               /* mono_ns at which the first that waits came */
	uint64_t older_order, last_order; /* what is sent later than that proves the first, or all */
	uint64_t carrier;                 /* msg_id of the last packet that took some along; 0: it is proven */
};

void mtp_acks_init(struct mtp_acks *acks, const struct mtproto_allocator *allocator);
void mtp_acks_fini(struct mtp_acks *acks);

/* Adds an id. MTPROTO_ERR_LIMIT when MTP_ACKS_MAX wait, MTPROTO_ERR_MEMORY: the peer will send that message again. */
MTPROTO_MUST_USE int mtp_acks_add(struct mtp_acks *acks, uint64_t msg_id, uint64_t mono_ns);

/* Takes an id back, because an answer will acknowledge it. */
void mtp_acks_remove(struct mtp_acks *acks, uint64_t msg_id);

/* The ids that wait: count of them; NULL when there is none. */
static inline const uint64_t *mtp_acks_waiting(const struct mtp_acks *acks)
{
	return acks->count ? acks->ids + acks->sent : NULL;
}

/* The size of a msgs_ack of so many ids, and the msgs_ack of those that wait. */
size_t mtp_acks_size(uint32_t count);
void mtp_acks_write(const struct mtp_acks *acks, struct mtproto_tl_writer *w);

/* All that wait went out in the packet with the msg_id carrier; messages of a higher order went with it or later. */
void mtp_acks_sent(struct mtp_acks *acks, uint64_t carrier, uint64_t order);

/* The peer has a message of that order. */
void mtp_acks_proven(struct mtp_acks *acks, uint64_t order);

/* Some packet was refused: what is not proven waits again. Saying it twice does no harm. */
void mtp_acks_lost(struct mtp_acks *acks, uint64_t mono_ns);

/* Forgets all. Keeps memory for a few only. */
void mtp_acks_clear(struct mtp_acks *acks);

#endif
