#include "base/timer.h"

#include "base/memory.h"

#include <string.h>

void mtp_timers_init(struct mtp_timers *timers, const struct mtproto_allocator *allocator)
{
	timers->allocator = allocator;
	timers->heap = NULL;
	timers->count = 0;
	timers->reserved = 0;
	timers->cap = 0;
}

void mtp_timers_fini(struct mtp_timers *timers)
{
	mtp_release(timers->allocator, timers->heap, timers->cap * sizeof(struct mtp_timer *));
	mtp_timers_init(timers, timers->allocator);
}

static void place(struct mtp_timers *timers, struct mtp_timer *timer, size_t position)
{
	timers->heap[position - 1] = timer;
	timer->position = position;
}

static void sift_up(struct mtp_timers *timers, struct mtp_timer *timer, size_t position)
{
	while (position > 1 && timers->heap[position / 2 - 1]->deadline_ns > timer->deadline_ns) {
		place(timers, timers->heap[position / 2 - 1], position);
		position /= 2;
	}
	place(timers, timer, position);
}

static void sift_down(struct mtp_timers *timers, struct mtp_timer *timer, size_t position)
{
	size_t child = 2 * position;

	while (child <= timers->count) {
		if (child < timers->count && timers->heap[child]->deadline_ns < timers->heap[child - 1]->deadline_ns)
			child++;
		if (timers->heap[child - 1]->deadline_ns >= timer->deadline_ns)
			break;
		place(timers, timers->heap[child - 1], position);
		position = child;
		child = 2 * position;
	}
	place(timers, timer, position);
}

static int grow(struct mtp_timers *timers)
{
	size_t cap = timers->cap ? timers->cap * 2 : 16;
	struct mtp_timer **heap = mtp_alloc(timers->allocator, cap * sizeof(struct mtp_timer *));

	if (!heap)
		return MTPROTO_ERR_MEMORY;
	if (timers->count)
		memcpy(heap, timers->heap, timers->count * sizeof(struct mtp_timer *));
	mtp_release(timers->allocator, timers->heap, timers->cap * sizeof(struct mtp_timer *));
	timers->heap = heap;
	timers->cap = cap;
	return 0;
}

int mtp_timer_init(struct mtp_timers *timers, struct mtp_timer *timer,
		   void (*fire)(struct mtp_timer *timer, const struct mtproto_now *now))
{
	int error = timers->reserved == timers->cap ? grow(timers) : 0;

	if (error)
		return error;
	timers->reserved++;
	timer->timers = timers;
	timer->position = 0;
	timer->fire = fire;
	return 0;
}

void mtp_timer_fini(struct mtp_timer *timer)
{
	if (!timer->timers)
		return;
	mtp_timer_stop(timer);
	timer->timers->reserved--;
	timer->timers = NULL;
}

void mtp_timer_set(struct mtp_timer *timer, uint64_t deadline_ns)
{
	struct mtp_timers *timers = timer->timers;

	if (deadline_ns == MTPROTO_NEVER) {
		mtp_timer_stop(timer);
		return;
	}
	timer->deadline_ns = deadline_ns;
	sift_up(timers, timer, timer->position ? timer->position : ++timers->count);
	sift_down(timers, timer, timer->position);
}

void mtp_timer_stop(struct mtp_timer *timer)
{
	struct mtp_timers *timers = timer->timers;
	size_t position = timer->position;
	struct mtp_timer *last;

	if (position == 0)
		return;
	timer->position = 0;
	last = timers->heap[--timers->count];
	if (last == timer)
		return;
	sift_up(timers, last, position);
	sift_down(timers, last, last->position);
}

uint64_t mtp_timers_next(const struct mtp_timers *timers)
{
	return timers->count ? timers->heap[0]->deadline_ns : MTPROTO_NEVER;
}

void mtp_timers_run(struct mtp_timers *timers, const struct mtproto_now *now)
{
	size_t most = timers->count;

	while (most-- && mtp_timers_next(timers) <= now->mono_ns) {
		struct mtp_timer *timer = timers->heap[0];

		mtp_timer_stop(timer);
		timer->fire(timer, now);
	}
}
