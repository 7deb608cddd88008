/* The replay window, against a plain model of it. */
#include "failing.h"
#include "session/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
	struct failing *memory = calloc(1, sizeof(*memory));

	assert_non_null(memory);
	failing_init(memory);
	*state = memory;
	return 0;
}

static int teardown(void **state)
{
	struct failing *memory = *state;

	assert_int_equal(memory->pieces, 0);
	free(memory);
	return 0;
}

static void an_empty_window_knows_nothing(void **state)
{
	struct failing *memory = *state;
	struct mtp_window window;

	mtp_window_init(&window, &memory->hooks);
	assert_false(mtp_window_contains(&window, 5));
	assert_int_equal(mtp_window_lowest(&window), 0);
	assert_int_equal(mtp_window_highest(&window), 0);
	assert_int_equal(memory->asked, 0);
	mtp_window_fini(&window);
}

static void an_id_is_taken_once_in_any_order(void **state)
{
	struct failing *memory = *state;
	struct mtp_window window;
	static const uint64_t ids[] = {50, 10, 90, 70, 30, 20};

	mtp_window_init(&window, &memory->hooks);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(mtp_window_add(&window, ids[i]), 0);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(mtp_window_add(&window, ids[i]), MTPROTO_ERR_DUPLICATE);
	assert_true(mtp_window_contains(&window, 30));
	assert_false(mtp_window_contains(&window, 31));
	assert_int_equal(mtp_window_lowest(&window), 10);
	assert_int_equal(mtp_window_highest(&window), 90);
	mtp_window_fini(&window);
}

static void a_refused_id_is_known_for_it(void **state)
{
	struct failing *memory = *state;
	struct mtp_window window;

	mtp_window_init(&window, &memory->hooks);
	for (uint64_t id = 40; id <= 60; id += 4)
		assert_int_equal(mtp_window_add(&window, id), 0);
	mtp_window_refuse(&window, 40);
	mtp_window_refuse(&window, 52);
	mtp_window_refuse(&window, 60);
	mtp_window_refuse(&window, 64);
	for (uint64_t id = 40; id <= 60; id += 4) {
		assert_true(mtp_window_contains(&window, id));
		assert_int_equal(mtp_window_add(&window, id), MTPROTO_ERR_DUPLICATE);
		assert_int_equal(mtp_window_refused(&window, id), id == 40 || id == 52 || id == 60);
	}
	assert_false(mtp_window_contains(&window, 36));
	assert_false(mtp_window_refused(&window, 36));
	assert_false(mtp_window_contains(&window, 64));
	assert_false(mtp_window_refused(&window, 64));
	assert_int_equal(window.count, 6);
	mtp_window_fini(&window);
}

static void what_is_older_than_the_window_is_a_replay(void **state)
{
	struct failing *memory = *state;
	struct mtp_window window;

	mtp_window_init(&window, &memory->hooks);
	for (uint64_t i = 1; i <= MTP_WINDOW_MAX; i++)
		assert_int_equal(mtp_window_add(&window, 40 * i), 0);
	assert_false(window.forgot);
	/* Full, but nothing was forgotten: lower ones have no room all the same. */
	assert_int_equal(mtp_window_add(&window, 20), MTPROTO_ERR_REPLAY);
	assert_int_equal(mtp_window_add(&window, 60), 0);
	assert_true(window.forgot);
	assert_int_equal(mtp_window_lowest(&window), 60);
	assert_int_equal(mtp_window_add(&window, 40), MTPROTO_ERR_REPLAY);
	assert_int_equal(mtp_window_add(&window, 56), MTPROTO_ERR_REPLAY);
	assert_int_equal(mtp_window_add(&window, 64), 0);
	assert_int_equal(window.count, MTP_WINDOW_MAX);
	mtp_window_fini(&window);
}

/* A sorted array of the highest ids. */
struct model {
	uint64_t ids[MTP_WINDOW_MAX];
	size_t count;
	bool forgot;
};

static int model_add(struct model *m, uint64_t id)
{
	size_t i = m->count;

	for (size_t j = 0; j < m->count; j++)
		if (m->ids[j] == id)
			return MTPROTO_ERR_DUPLICATE;
	if ((m->forgot || m->count == MTP_WINDOW_MAX) && m->count && id < m->ids[0])
		return MTPROTO_ERR_REPLAY;
	if (m->count == MTP_WINDOW_MAX) {
		memmove(&m->ids[0], &m->ids[1], --m->count * sizeof(m->ids[0]));
		m->forgot = true;
		i--;
	}
	while (i > 0 && m->ids[i - 1] > id) {
		m->ids[i] = m->ids[i - 1];
		i--;
	}
	m->ids[i] = id;
	m->count++;
	return 0;
}

static void random_ids_are_judged_as_by_the_model(void **state)
{
	struct failing *memory = *state;
	struct model *model = calloc(1, sizeof(*model));
	struct mtp_window window;
	uint64_t random = 1;

	assert_non_null(model);
	mtp_window_init(&window, &memory->hooks);
	for (uint64_t step = 0; step < 20000; step++) {
		uint64_t id;

		random = random * 6364136223846793005u + 1442695040888963407u;
		/* Around a level that rises: mostly new, some late, some again. */
		id = 4 * (1 + step / 2 + (random >> 33) % 2500);
		assert_int_equal(mtp_window_add(&window, id), model_add(model, id));
		assert_int_equal(window.count, model->count);
		assert_int_equal(mtp_window_lowest(&window), model->ids[0]);
		assert_int_equal(mtp_window_highest(&window), model->ids[model->count - 1]);
		assert_int_equal(window.forgot, model->forgot);
	}
	for (size_t i = 0; i < model->count; i++)
		assert_true(mtp_window_contains(&window, model->ids[i]));
	mtp_window_fini(&window);
	free(model);
}

static void without_memory_nothing_is_taken(void **state)
{
	struct failing *memory = *state;
	struct mtp_window window;

	mtp_window_init(&window, &memory->hooks);
	memory->fail_all = true;
	assert_int_equal(mtp_window_add(&window, 1), MTPROTO_ERR_MEMORY);
	memory->fail_all = false;
	for (uint64_t i = 1; i <= 16; i++)
		assert_int_equal(mtp_window_add(&window, i), 0);
	memory->fail_all = true;
	assert_int_equal(mtp_window_add(&window, 17), MTPROTO_ERR_MEMORY);
	assert_false(mtp_window_contains(&window, 17));
	assert_int_equal(mtp_window_add(&window, 16), MTPROTO_ERR_DUPLICATE);
	memory->fail_all = false;
	assert_int_equal(mtp_window_add(&window, 17), 0);
	assert_int_equal(window.count, 17);
	mtp_window_fini(&window);
}

static void it_grows_with_what_comes(void **state)
{
	struct failing *memory = *state;
	struct mtp_window window;

	mtp_window_init(&window, &memory->hooks);
	assert_int_equal(mtp_window_add(&window, 1), 0);
	assert_true(memory->bytes <= 16 * sizeof(uint64_t));
	for (uint64_t i = 2; i <= 5000; i++)
		assert_int_equal(mtp_window_add(&window, i), 0);
	assert_int_equal(memory->bytes, 1024 * sizeof(uint64_t));
	mtp_window_fini(&window);
	assert_int_equal(window.count, 0);
	assert_int_equal(mtp_window_add(&window, 1), 0);
	mtp_window_fini(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_window_knows_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(an_id_is_taken_once_in_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refused_id_is_known_for_it, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_older_than_the_window_is_a_replay, setup, teardown),
		cmocka_unit_test_setup_teardown(random_ids_are_judged_as_by_the_model, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_nothing_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(it_grows_with_what_comes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
