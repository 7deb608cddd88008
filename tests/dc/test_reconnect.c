/* Delays of reconnecting, by their numbers. */
#include <mtproto/reconnect.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t second = 1000000000;

/* A source that always gives the same byte: 0 is the lower end of the jitter, 255 the upper. */
static int constant(void *user, uint8_t *out, size_t len)
{
	memset(out, *(uint8_t *)user, len);
	return 0;
}

static int broken(void *user, uint8_t *out, size_t len)
{
	(void)user;
	memset(out, 0, len);
	return -1;
}

static uint64_t next(struct mtproto_reconnect *r)
{
	uint64_t delay = 0;

	assert_int_equal(mtproto_reconnect_next(r, &delay), 0);
	return delay;
}

static void delays_grow_to_the_maximum(void **state)
{
	struct mtproto_reconnect r;

	(void)state;
	mtproto_reconnect_init(&r);
	r.jitter_min = r.jitter_max = 1;
	assert_true(next(&r) == second);
	assert_true(next(&r) == second * 3 / 2);
	assert_true(next(&r) == second * 9 / 4);
	for (int i = 0; i < 100000; i++)
		next(&r);
	assert_true(next(&r) == 30 * second);
	mtproto_reconnect_reset(&r);
	assert_true(next(&r) == second);
}

static void jitter_stays_between_its_ends(void **state)
{
	uint8_t byte = 0;
	struct mtproto_random low = {constant, &byte};
	struct mtproto_reconnect r;

	(void)state;
	mtproto_reconnect_init(&r);
	r.random = &low;
	assert_true(next(&r) == second / 2);
	byte = 255;
	mtproto_reconnect_reset(&r);
	assert_true(next(&r) == second * 3 / 2);
	r.random = NULL;
	for (int i = 0; i < 1000; i++) {
		uint64_t delay;

		mtproto_reconnect_reset(&r);
		delay = next(&r);
		assert_true(delay >= second / 2 && delay <= second * 3 / 2);
	}
}

static void attempts_end_when_they_are_limited(void **state)
{
	struct mtproto_reconnect r;
	uint64_t delay;

	(void)state;
	mtproto_reconnect_init(&r);
	r.attempts_max = 2;
	next(&r);
	assert_false(mtproto_reconnect_exhausted(&r));
	next(&r);
	assert_true(mtproto_reconnect_exhausted(&r));
	assert_int_equal(mtproto_reconnect_next(&r, &delay), MTPROTO_ERR_LIMIT);
	mtproto_reconnect_reset(&r);
	assert_false(mtproto_reconnect_exhausted(&r));
}

static void senseless_settings_are_refused(void **state)
{
	struct mtproto_random none = {broken, NULL};
	struct mtproto_reconnect r;
	uint64_t delay;

	(void)state;
	mtproto_reconnect_init(&r);
	r.multiplier = 0.5;
	assert_int_equal(mtproto_reconnect_next(&r, &delay), MTPROTO_ERR_ARGUMENT);
	mtproto_reconnect_init(&r);
	r.jitter_max = 0.1;
	assert_int_equal(mtproto_reconnect_next(&r, &delay), MTPROTO_ERR_ARGUMENT);
	mtproto_reconnect_init(&r);
	r.random = &none;
	assert_int_equal(mtproto_reconnect_next(&r, &delay), MTPROTO_ERR_RANDOM);
	assert_int_equal(r.attempts, 0);
}

struct peer {
	int connects;
	int succeed_at;
	int waits;
	int interrupt_at;
};

static int connect_peer(void *user)
{
	struct peer *peer = user;

	return ++peer->connects == peer->succeed_at ? 0 : MTPROTO_ERR_IO;
}

static int wait_for(void *user, uint64_t delay_ns)
{
	struct peer *peer = user;

	assert_true(delay_ns > 0);
	return ++peer->waits == peer->interrupt_at ? MTPROTO_ERR_CANCELLED : 0;
}

static void run_connects_until_it_succeeds_or_gives_up(void **state)
{
	struct mtproto_reconnect r;
	struct peer third = {0, 3, 0, 0}, never = {0, 0, 0, 0}, interrupted = {0, 0, 0, 2};

	(void)state;
	mtproto_reconnect_init(&r);
	assert_int_equal(mtproto_reconnect_run(&r, connect_peer, wait_for, &third), 0);
	assert_int_equal(third.connects, 3);
	assert_int_equal(third.waits, 2);
	assert_int_equal(r.attempts, 0);

	r.attempts_max = 4;
	assert_int_equal(mtproto_reconnect_run(&r, connect_peer, wait_for, &never), MTPROTO_ERR_IO);
	assert_int_equal(never.connects, 5);
	assert_int_equal(never.waits, 4);

	mtproto_reconnect_reset(&r);
	assert_int_equal(mtproto_reconnect_run(&r, connect_peer, wait_for, &interrupted), MTPROTO_ERR_CANCELLED);
	assert_int_equal(interrupted.connects, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_grow_to_the_maximum),
		cmocka_unit_test(jitter_stays_between_its_ends),
		cmocka_unit_test(attempts_end_when_they_are_limited),
		cmocka_unit_test(senseless_settings_are_refused),
		cmocka_unit_test(run_connects_until_it_succeeds_or_gives_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
