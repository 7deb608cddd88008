/* Time in core cycles. */
#ifndef BENCH_TIMER_H
#define BENCH_TIMER_H

#include <stddef.h>

#define TIMER_ROUNDS 15

/* Of this thread alone: others on the machine don't count. A call takes a fraction of a microsecond. */
double timer_now_ns(void);

/* Nanoseconds of one cycle of the core, by a chain of dependent multiplications, which take 3 cycles each on all CPUs
 * that we have kernels for. Neither the time stamp counter nor a nominal frequency knows what the core runs at. */
double timer_cycle_ns(void);

/* The values are sorted. */
double timer_median(double *values, size_t count);
double timer_percentile(double *values, size_t count, double percent);

#endif
