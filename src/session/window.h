/* The replay window: the last msg_ids that were received, so that none is processed twice.
 * Source: core.telegram.org/mtproto/security_guidelines#checking-msg-id. */
#ifndef MTP_SESSION_WINDOW_H
#define MTP_SESSION_WINDOW_H

#include <mtproto/base.h>
#include <mtproto/error.h>

enum { MTP_WINDOW_MAX = 1000 };

/* A ring of ids in rising order; it grows with what comes. A server remembers of an id, a multiple of 4 as all of
 * clients, in its lowest bit that the message was refused: it must never be taken, and was not received either. */
struct mtp_window {
	const struct mtproto_allocator *allocator;
	uint64_t *ids;
	uint32_t cap; /* a power of two */
	uint32_t first;
	uint32_t count;
	bool forgot; /* an id was dropped from the low end: older ones can't be judged */
};

void mtp_window_init(struct mtp_window *window, const struct mtproto_allocator *allocator);
void mtp_window_fini(struct mtp_window *window);

/* Remembers an id. Returns 0, MTPROTO_ERR_DUPLICATE, MTPROTO_ERR_REPLAY (older than all that are remembered, some
 * having been forgotten) or MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_window_add(struct mtp_window *window, uint64_t msg_id);

bool mtp_window_contains(const struct mtp_window *window, uint64_t msg_id);

/* Notes that the message with this id, which is in the window, was refused; asks whether it was. */
void mtp_window_refuse(struct mtp_window *window, uint64_t msg_id);
bool mtp_window_refused(const struct mtp_window *window, uint64_t msg_id);

/* The low three bits of a byte of msgs_state_info. */
enum mtp_message_state {
	MTP_STATE_UNKNOWN = 1,
	MTP_STATE_NOT_RECEIVED = 2,
	MTP_STATE_TOO_HIGH = 3,
	MTP_STATE_RECEIVED = 4
};

/* What can be told of a message of the peer. */
enum mtp_message_state mtp_window_state(const struct mtp_window *window, uint64_t msg_id);

/* The id at a position below count, in rising order. */
uint64_t mtp_window_at(const struct mtp_window *window, uint32_t position);

/* The lowest and highest id that are remembered; 0 when there is none. */
uint64_t mtp_window_lowest(const struct mtp_window *window);
uint64_t mtp_window_highest(const struct mtp_window *window);

#endif
