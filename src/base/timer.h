/* Deadlines: a binary heap of timers that are members of the objects they belong to. */
#ifndef MTP_BASE_TIMER_H
#define MTP_BASE_TIMER_H

#include <mtproto/base.h>
#include <mtproto/error.h>

struct mtp_timer {
	struct mtp_timers *timers;
	uint64_t deadline_ns;
	size_t position; /* in the heap, counted from 1; 0: not set */
	/* Called once by mtp_timers_run, after the timer was taken out; may set it again or free its object. */
	void (*fire)(struct mtp_timer *timer, const struct mtproto_now *now);
};

struct mtp_timers {
	const struct mtproto_allocator *allocator;
	struct mtp_timer **heap;
	size_t count;    /* set */
	size_t reserved; /* initialised: the heap has room for all of them */
	size_t cap;
};

void mtp_timers_init(struct mtp_timers *timers, const struct mtproto_allocator *allocator);
void mtp_timers_fini(struct mtp_timers *timers);

/* Prepares a timer and reserves its place, so that setting it can't fail. Returns 0 or MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_timer_init(struct mtp_timers *timers, struct mtp_timer *timer,
				    void (*fire)(struct mtp_timer *timer, const struct mtproto_now *now));

/* Stops the timer and gives its place back. Legal for a zeroed one. */
void mtp_timer_fini(struct mtp_timer *timer);

/* Sets or moves a timer; MTPROTO_NEVER stops it. */
void mtp_timer_set(struct mtp_timer *timer, uint64_t deadline_ns);

/* Legal for one that is not set. */
void mtp_timer_stop(struct mtp_timer *timer);

/* The earliest deadline, or MTPROTO_NEVER. */
uint64_t mtp_timers_next(const struct mtp_timers *timers);

/* Fires all that are due, each at most once even if it sets itself into the past. */
void mtp_timers_run(struct mtp_timers *timers, const struct mtproto_now *now);

#endif
