/* Timers, against a search for the earliest. */
#include "base/list.h"
#include "base/timer.h"
#include "failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 100 };

struct alarm {
	struct mtp_timer timer;
	int fired;
	uint64_t again_ns; /* not 0: sets itself anew */
};

struct bench {
	struct failing memory;
	struct mtp_timers timers;
	struct alarm alarms[MANY];
};

static uint64_t last_deadline_ns;

static void fire(struct mtp_timer *timer, const struct mtproto_now *now)
{
	struct alarm *alarm = MTP_OF(timer, struct alarm, timer);

	assert_true(timer->deadline_ns <= now->mono_ns);
	assert_int_equal(timer->position, 0);
	assert_true(timer->deadline_ns >= last_deadline_ns);
	last_deadline_ns = timer->deadline_ns;
	alarm->fired++;
	if (alarm->again_ns)
		mtp_timer_set(timer, alarm->again_ns);
}

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	failing_init(&bench->memory);
	mtp_timers_init(&bench->timers, &bench->memory.hooks);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(mtp_timer_init(&bench->timers, &bench->alarms[i].timer, fire), 0);
	last_deadline_ns = 0;
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < MANY; i++)
		mtp_timer_fini(&bench->alarms[i].timer);
	assert_int_equal(bench->timers.count, 0);
	assert_int_equal(bench->timers.reserved, 0);
	mtp_timers_fini(&bench->timers);
	assert_int_equal(bench->memory.pieces, 0);
	free(bench);
	return 0;
}

static void run(struct bench *bench, uint64_t mono_ns)
{
	struct mtproto_now now = {mono_ns, 0};

	last_deadline_ns = 0;
	mtp_timers_run(&bench->timers, &now);
}

static void the_earliest_is_known(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(mtp_timers_next(&bench->timers), MTPROTO_NEVER);
	mtp_timer_set(&bench->alarms[0].timer, 300);
	mtp_timer_set(&bench->alarms[1].timer, 100);
	mtp_timer_set(&bench->alarms[2].timer, 200);
	assert_int_equal(mtp_timers_next(&bench->timers), 100);
	mtp_timer_stop(&bench->alarms[1].timer);
	assert_int_equal(mtp_timers_next(&bench->timers), 200);
	mtp_timer_set(&bench->alarms[2].timer, 400);
	assert_int_equal(mtp_timers_next(&bench->timers), 300);
	mtp_timer_set(&bench->alarms[0].timer, MTPROTO_NEVER);
	assert_int_equal(mtp_timers_next(&bench->timers), 400);
	mtp_timer_stop(&bench->alarms[0].timer);
	mtp_timer_fini(&bench->alarms[2].timer);
	assert_int_equal(mtp_timers_next(&bench->timers), MTPROTO_NEVER);
	mtp_timer_fini(&bench->alarms[2].timer);
}

static void what_is_due_fires_once(void **state)
{
	struct bench *bench = *state;

	mtp_timer_set(&bench->alarms[0].timer, 100);
	mtp_timer_set(&bench->alarms[1].timer, 101);
	run(bench, 99);
	assert_int_equal(bench->alarms[0].fired, 0);
	run(bench, 100);
	run(bench, 100);
	assert_int_equal(bench->alarms[0].fired, 1);
	assert_int_equal(bench->alarms[1].fired, 0);
	run(bench, 1000);
	assert_int_equal(bench->alarms[1].fired, 1);
}

static void one_that_sets_itself_into_the_past_does_not_block(void **state)
{
	struct bench *bench = *state;

	bench->alarms[0].again_ns = 100;
	mtp_timer_set(&bench->alarms[0].timer, 100);
	run(bench, 200);
	assert_int_equal(bench->alarms[0].fired, 1);
	assert_int_equal(mtp_timers_next(&bench->timers), 100);
	run(bench, 200);
	assert_int_equal(bench->alarms[0].fired, 2);
}

static uint64_t earliest(const uint64_t *deadlines)
{
	uint64_t least = MTPROTO_NEVER;

	for (size_t i = 0; i < MANY; i++)
		if (deadlines[i] < least)
			least = deadlines[i];
	return least;
}

static void random_operations_keep_the_order(void **state)
{
	struct bench *bench = *state;
	uint64_t deadlines[MANY];
	uint64_t random = 1;
	uint64_t now = 0;

	memset(deadlines, 0xff, sizeof(deadlines));
	for (int step = 0; step < 50000; step++) {
		size_t i;

		random = random * 6364136223846793005u + 1442695040888963407u;
		i = (random >> 33) % MANY;
		switch (random >> 61) {
		case 0:
		case 1:
			mtp_timer_stop(&bench->alarms[i].timer);
			deadlines[i] = MTPROTO_NEVER;
			break;
		case 2:
			now += random >> 57;
			for (size_t j = 0; j < MANY; j++)
				bench->alarms[j].fired = 0;
			run(bench, now);
			for (size_t j = 0; j < MANY; j++) {
				assert_int_equal(bench->alarms[j].fired, deadlines[j] <= now);
				if (deadlines[j] <= now)
					deadlines[j] = MTPROTO_NEVER;
			}
			break;
		default:
			deadlines[i] = now + (random >> 50) % 1000;
			mtp_timer_set(&bench->alarms[i].timer, deadlines[i]);
			break;
		}
		assert_int_equal(mtp_timers_next(&bench->timers), earliest(deadlines));
	}
	memset(deadlines, 0, sizeof(deadlines));
}

static void setting_needs_no_memory(void **state)
{
	struct bench *bench = *state;

	bench->memory.fail_all = true;
	for (size_t i = 0; i < MANY; i++)
		mtp_timer_set(&bench->alarms[i].timer, MANY - i);
	assert_int_equal(mtp_timers_next(&bench->timers), 1);
	bench->memory.fail_all = false;
}

static void a_place_is_reserved_at_the_beginning(void **state)
{
	struct bench *bench = *state;
	struct mtp_timers timers;
	struct mtp_timer some[17];
	struct mtp_timer none = {0};

	mtp_timer_fini(&none);
	mtp_timers_init(&timers, &bench->memory.hooks);
	bench->memory.fail_all = true;
	assert_int_equal(mtp_timer_init(&timers, &some[0], fire), MTPROTO_ERR_MEMORY);
	bench->memory.fail_all = false;
	memset(some, 0, sizeof(some));
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(mtp_timer_init(&timers, &some[i], fire), 0);
	bench->memory.fail_all = true;
	assert_int_equal(mtp_timer_init(&timers, &some[16], fire), MTPROTO_ERR_MEMORY);
	/* A place that was given back is taken again. */
	mtp_timer_fini(&some[3]);
	assert_int_equal(mtp_timer_init(&timers, &some[16], fire), 0);
	bench->memory.fail_all = false;
	for (size_t i = 0; i < 17; i++)
		mtp_timer_fini(&some[i]);
	mtp_timers_fini(&timers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_earliest_is_known, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_due_fires_once, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_sets_itself_into_the_past_does_not_block, setup, teardown),
		cmocka_unit_test_setup_teardown(random_operations_keep_the_order, setup, teardown),
		cmocka_unit_test_setup_teardown(setting_needs_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(a_place_is_reserved_at_the_beginning, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
