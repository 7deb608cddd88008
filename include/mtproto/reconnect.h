/* When to try again after a connection was lost or could not be made: delays that grow, with jitter so that many
 * clients do not come back at the same moment. Pure: no clock and no connection inside. */
#ifndef MTPROTO_RECONNECT_H
#define MTPROTO_RECONNECT_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Filled by _init, then changed as wanted before the first use. */
struct mtproto_reconnect {
	uint64_t delay_initial_ns;           /* 1 s */
	uint64_t delay_max_ns;               /* 30 s, before jitter */
	double multiplier;                   /* 1.5; at least 1 */
	double jitter_min;                   /* 0.5: each delay is multiplied by a random number from here */
	double jitter_max;                   /* 1.5: to here; not below jitter_min */
	uint32_t attempts_max;               /* 0: unlimited */
	const struct mtproto_random *random; /* NULL: libcrypto's */
	uint32_t attempts;                   /* delays given since the last reset; not to be written */
};

MTPROTO_API void mtproto_reconnect_init(struct mtproto_reconnect *reconnect);

/* How long to wait before the next attempt: initial * multiplier^n, at most delay_max_ns, times the jitter.
 * Errors: MTPROTO_ERR_LIMIT (attempts_max are used up), MTPROTO_ERR_ARGUMENT (settings out of range),
 * MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_reconnect_next(struct mtproto_reconnect *reconnect, uint64_t *delay_ns);

/* The connection was made: the next delay is the first one again. */
MTPROTO_API void mtproto_reconnect_reset(struct mtproto_reconnect *reconnect);

/* True when no attempt is left. */
MTPROTO_API bool mtproto_reconnect_exhausted(const struct mtproto_reconnect *reconnect);

/* Runs attempt until it returns 0: after each failure wait is called with the delay. Returns 0, the last result of
 * attempt when none is left, or what wait returned if that is not 0 (it was interrupted). For programs that
 * block. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_reconnect_run(struct mtproto_reconnect *reconnect, int (*attempt)(void *user),
						       int (*wait)(void *user, uint64_t delay_ns), void *user);

#ifdef __cplusplus
}
#endif

#endif
