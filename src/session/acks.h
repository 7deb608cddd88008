/* msg_ids of the peer that wait to be acknowledged. Source: core.telegram.org/mtproto/service_messages_about_messages.
 */
#ifndef MTP_SESSION_ACKS_H
#define MTP_SESSION_ACKS_H

#include <mtproto/base.h>
#include <mtproto/error.h>
#include <mtproto/tl.h>

/* The most that one msgs_ack may carry. */
enum { MTP_ACKS_MAX = 8192 };

struct mtp_acks {
	const struct mtproto_allocator *allocator;
	uint64_t *ids; /* in the order of arrival */
	uint32_t count;
	uint32_t cap;
	uint64_t oldest_ns; /* mono_ns at which the first of them came */
};

void mtp_acks_init(struct mtp_acks *acks, const struct mtproto_allocator *allocator);
void mtp_acks_fini(struct mtp_acks *acks);

/* Adds an id. MTPROTO_ERR_LIMIT when MTP_ACKS_MAX wait, MTPROTO_ERR_MEMORY: the peer will send that message again. */
MTPROTO_MUST_USE int mtp_acks_add(struct mtp_acks *acks, uint64_t msg_id, uint64_t mono_ns);

/* Takes an id back, because an answer will acknowledge it. */
void mtp_acks_remove(struct mtp_acks *acks, uint64_t msg_id);

/* The size of a msgs_ack of so many ids, and the msgs_ack of those that wait. */
size_t mtp_acks_size(uint32_t count);
void mtp_acks_write(const struct mtp_acks *acks, struct mtproto_tl_writer *w);

/* Forgets all: they were sent. Keeps memory for a few only. */
void mtp_acks_clear(struct mtp_acks *acks);

#endif
