/* Messages that a session on its own has sent and may have to send again, within bounds. */
#ifndef MTP_SESSION_SENT_H
#define MTP_SESSION_SENT_H

#include "base/list.h"
#include "base/map.h"

struct mtp_sent_message {
	struct mtp_node node; /* in kept or in again */
	uint64_t msg_id;
	uint64_t carrier; /* msg_id of its packet: its own, or that of a container */
	uint32_t seq_no;
	uint32_t attempts; /* how often it was refused */
	bool content_related;
	bool waits;          /* is in again */
	bool same;           /* is to be sent again as it was, under its msg_id */
	bool maybe_received; /* the peer may have acted on it */
	size_t len;
	uint8_t body[];
};

struct mtp_sent {
	const struct mtproto_allocator *allocator;
	uint32_t count_max;
	size_t bytes_max;
	uint32_t count;
	size_t bytes; /* of bodies */
	struct mtp_map by_msg_id;
	struct mtp_list kept;  /* in the order of sending */
	struct mtp_list again; /* in the order in which they are to be sent again */
};

/* allocator must outlive it. With count_max 0 nothing is ever kept. */
void mtp_sent_init(struct mtp_sent *sent, const struct mtproto_allocator *allocator, uint32_t count_max,
		   size_t bytes_max);
void mtp_sent_fini(struct mtp_sent *sent);

/* Keeps a message. When there are too many the oldest is forgotten; one that is larger than all may be together is not
 * kept, nor one for which there is no memory. */
void mtp_sent_add(struct mtp_sent *sent, uint64_t msg_id, uint64_t carrier, uint32_t seq_no, struct mtproto_span body);

/* NULL when it is not kept. */
struct mtp_sent_message *mtp_sent_find(const struct mtp_sent *sent, uint64_t msg_id);

void mtp_sent_forget(struct mtp_sent *sent, struct mtp_sent_message *message);

/* It must be sent again: as it was, or under new numbers. */
void mtp_sent_again(struct mtp_sent *sent, struct mtp_sent_message *message, bool same);

/* All must, under new numbers: the session is another. The peer may have acted on what it did not refuse. */
void mtp_sent_all_again(struct mtp_sent *sent);

/* The first to be sent again, or NULL. */
struct mtp_sent_message *mtp_sent_next(const struct mtp_sent *sent);

/* It was sent again. */
void mtp_sent_done(struct mtp_sent *sent, struct mtp_sent_message *message);

#endif
