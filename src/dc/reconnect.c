#include <mtproto/reconnect.h>

#include "crypto/random.h"

#include <string.h>

void mtproto_reconnect_init(struct mtproto_reconnect *reconnect)
{
	memset(reconnect, 0, sizeof(*reconnect));
	reconnect->delay_initial_ns = UINT64_C(1000000000);
	reconnect->delay_max_ns = UINT64_C(30000000000);
	reconnect->multiplier = 1.5;
	reconnect->jitter_min = 0.5;
	reconnect->jitter_max = 1.5;
}

/* Written so that a NaN is refused as well. */
static bool settings_are_sane(const struct mtproto_reconnect *r)
{
	return r->multiplier >= 1 && r->jitter_min >= 0 && r->jitter_max >= r->jitter_min && r->jitter_max <= 1000;
}

/* A random number between jitter_min and jitter_max. */
static int draw_jitter(const struct mtproto_reconnect *r, double *jitter)
{
	uint32_t random;
	int error = mtp_random_fill(r->random, &random, sizeof(random));

	*jitter = r->jitter_min + (r->jitter_max - r->jitter_min) * ((double)random / (double)UINT32_MAX);
	return error;
}

/* Grows by steps, so that a large number of attempts can't overflow. */
static double grown_delay(const struct mtproto_reconnect *r)
{
	double delay = (double)r->delay_initial_ns;
	double most = (double)r->delay_max_ns;

	for (uint32_t i = 0; i < r->attempts && delay < most && r->multiplier > 1; i++)
		delay *= r->multiplier;
	return delay < most ? delay : most;
}

int mtproto_reconnect_next(struct mtproto_reconnect *reconnect, uint64_t *delay_ns)
{
	double jitter, delay;
	int error;

	if (!settings_are_sane(reconnect))
		return MTPROTO_ERR_ARGUMENT;
	if (mtproto_reconnect_exhausted(reconnect))
		return MTPROTO_ERR_LIMIT;
	error = draw_jitter(reconnect, &jitter);
	if (error)
		return error;
	delay = grown_delay(reconnect) * jitter;
	*delay_ns = delay < 9e18 ? (uint64_t)delay : UINT64_C(9000000000000000000);
	if (reconnect->attempts < UINT32_MAX)
		reconnect->attempts++;
	return 0;
}

void mtproto_reconnect_reset(struct mtproto_reconnect *reconnect)
{
	reconnect->attempts = 0;
}

bool mtproto_reconnect_exhausted(const struct mtproto_reconnect *reconnect)
{
	return reconnect->attempts_max > 0 && reconnect->attempts >= reconnect->attempts_max;
}

int mtproto_reconnect_run(struct mtproto_reconnect *reconnect, int (*attempt)(void *user),
			  int (*wait)(void *user, uint64_t delay_ns), void *user)
{
	for (;;) {
		uint64_t delay_ns;
		int result = attempt(user);
		int error;

		if (result == 0) {
			mtproto_reconnect_reset(reconnect);
			return 0;
		}
		error = mtproto_reconnect_next(reconnect, &delay_ns);
		if (error == MTPROTO_ERR_LIMIT)
			return result;
		if (!error)
			error = wait(user, delay_ns);
		if (error)
			return error;
	}
}
