/* The server's time: the monotonic clock plus a difference that only authenticated messages move. */
#ifndef MTP_SESSION_CLOCK_H
#define MTP_SESSION_CLOCK_H

#include <mtproto/msg_id.h>

/* What a receiver accepts around its own time. Source: core.telegram.org/mtproto/description#message-identifier-msg-id.
 */
#define MTP_MSG_ID_PAST_NS   (300 * INT64_C(1000000000))
#define MTP_MSG_ID_FUTURE_NS (30 * INT64_C(1000000000))

/* So far ahead of a corrected clock msg_ids go on rising: docs/limits.md says why. */
#define MTP_MSG_ID_AHEAD_NS (25 * INT64_C(1000000000))

struct mtp_clock {
	int64_t delta_ns; /* server time minus mono_ns */
};

/* First guess: the wall clock plus what is known to be its error. */
static inline void mtp_clock_seed(struct mtp_clock *clock, const struct mtproto_now *now, int64_t wall_offset_ns)
{
	clock->delta_ns = (int64_t)now->wall_ns - (int64_t)now->mono_ns + wall_offset_ns;
}

/* Unix time of the server in nanoseconds. */
static inline int64_t mtp_clock_server_ns(const struct mtp_clock *clock, const struct mtproto_now *now)
{
	return (int64_t)now->mono_ns + clock->delta_ns;
}

/* Sets the server's time; returns the step. */
static inline int64_t mtp_clock_set(struct mtp_clock *clock, const struct mtproto_now *now, int64_t server_ns)
{
	int64_t step = server_ns - mtp_clock_server_ns(clock, now);

	clock->delta_ns += step;
	return step;
}

/* Sets the clock by a server's msg_id and returns the step. msg_ids go on rising, unless they would be more than
 * MTP_MSG_ID_AHEAD_NS ahead of a clock that was set back: then they begin again. */
int64_t mtp_clock_correct(struct mtp_clock *clock, const struct mtproto_now *now, uint64_t server_msg_id,
			  struct mtproto_msg_id_gen *msg_ids);

#endif
