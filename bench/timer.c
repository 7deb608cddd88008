#include "bench/timer.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define CHAIN_LEN   20000
#define CHAIN_TRIES 5
#define MULTIPLY    3.0 /* cycles */

double timer_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double chain_ns(int len)
{
	double begin = timer_now_ns();
	uint64_t x = 3;

	for (int i = 0; i < len; i++) {
		x *= x;
		/* Each product must be in a register before the next one begins. */
		__asm__ volatile("" : "+r"(x));
	}
	return timer_now_ns() - begin;
}

/* The difference of two lengths, without the time that reading the clock takes. An interruption can only make a chain
 * longer, so the shortest ones count; they are taken in turns, because the frequency changes. */
double timer_cycle_ns(void)
{
	double once, twice;

	do {
		once = chain_ns(CHAIN_LEN);
		twice = chain_ns(2 * CHAIN_LEN);
		for (int i = 1; i < CHAIN_TRIES; i++) {
			once = fmin(once, chain_ns(CHAIN_LEN));
			twice = fmin(twice, chain_ns(2 * CHAIN_LEN));
		}
		/* Twice the work in less than one and a half of the time is no measurement. */
	} while (twice < 1.5 * once);
	return (twice - once) / (CHAIN_LEN * MULTIPLY);
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

double timer_percentile(double *values, size_t count, double percent)
{
	qsort(values, count, sizeof(*values), compare);
	return values[(size_t)((double)(count - 1) * percent / 100)];
}

double timer_median(double *values, size_t count)
{
	return timer_percentile(values, count, 50);
}
