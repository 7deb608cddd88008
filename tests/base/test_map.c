/* The hash map, against an array. */
#include "base/map.h"
#include "failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct failing memory;
static int values[4096];

static int setup(void **state)
{
	struct mtp_map *map = malloc(sizeof(*map));

	assert_non_null(map);
	failing_init(&memory);
	mtp_map_init(map, &memory.hooks, 12345);
	*state = map;
	return 0;
}

static int teardown(void **state)
{
	struct mtp_map *map = *state;

	mtp_map_fini(map);
	assert_int_equal(memory.pieces, 0);
	free(map);
	return 0;
}

static void an_empty_map_needs_no_memory(void **state)
{
	struct mtp_map *map = *state;
	size_t cursor = 0;

	assert_null(mtp_map_get(map, 1));
	assert_null(mtp_map_remove(map, 1));
	assert_null(mtp_map_any(map));
	assert_null(mtp_map_next(map, &cursor));
	assert_int_equal(memory.asked, 0);
}

static void zero_is_no_key(void **state)
{
	struct mtp_map *map = *state;

	assert_int_equal(mtp_map_put(map, 0, &values[0]), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtp_map_put(map, 1, &values[0]), 0);
	assert_int_equal(mtp_map_put(map, 0, &values[0]), MTPROTO_ERR_ARGUMENT);
	assert_null(mtp_map_get(map, 0));
	assert_null(mtp_map_remove(map, 0));
}

static void a_value_is_replaced(void **state)
{
	struct mtp_map *map = *state;

	assert_int_equal(mtp_map_put(map, 7, &values[1]), 0);
	memory.fail_all = true;
	assert_int_equal(mtp_map_put(map, 7, &values[2]), 0);
	memory.fail_all = false;
	assert_int_equal(map->count, 1);
	assert_ptr_equal(mtp_map_get(map, 7), &values[2]);
	assert_ptr_equal(mtp_map_remove(map, 7), &values[2]);
	assert_null(mtp_map_get(map, 7));
}

/* Few keys and many operations, so that runs of slots form and are broken. */
static void random_operations_do_as_the_array_says(void **state)
{
	struct mtp_map *map = *state;
	static int *model[2048];
	size_t count = 0;
	uint64_t random = 1;

	for (int step = 0; step < 200000; step++) {
		/* The map fills and empties slowly. */
		bool filling = step / 20000 % 2 == 0;
		uint64_t key;

		random = random * 6364136223846793005u + 1442695040888963407u;
		key = 1 + (random >> 33) % 2047;
		if ((random >> 60) < (filling ? 11 : 5)) {
			int *value = &values[random >> 52];

			assert_int_equal(mtp_map_put(map, key, value), 0);
			count += model[key] ? 0 : 1;
			model[key] = value;
		} else {
			assert_ptr_equal(mtp_map_remove(map, key), model[key]);
			count -= model[key] ? 1 : 0;
			model[key] = NULL;
		}
		assert_int_equal(map->count, count);
		key = 1 + (random >> 20) % 2047;
		assert_ptr_equal(mtp_map_get(map, key), model[key]);
	}
	for (uint64_t key = 1; key < 2048; key++)
		assert_ptr_equal(mtp_map_get(map, key), model[key]);
}

static void all_are_walked_over_once(void **state)
{
	struct mtp_map *map = *state;
	bool seen[1000] = {false};
	size_t cursor = 0;
	size_t count = 0;
	const int *value;

	for (uint64_t key = 1; key <= 1000; key++)
		assert_int_equal(mtp_map_put(map, key << 32, &values[key - 1]), 0);
	while ((value = mtp_map_next(map, &cursor))) {
		assert_false(seen[value - values]);
		seen[value - values] = true;
		count++;
	}
	assert_int_equal(count, 1000);
}

static void one_after_the_other_is_taken_out(void **state)
{
	struct mtp_map *map = *state;
	size_t count = 0;
	const int *value;

	for (uint64_t key = 1; key <= 1000; key++)
		assert_int_equal(mtp_map_put(map, key, &values[key]), 0);
	while ((value = mtp_map_any(map))) {
		assert_ptr_equal(mtp_map_remove(map, (uint64_t)(value - values)), value);
		/* What is put meanwhile is found as well. */
		if (++count % 10 == 0 && count < 500)
			assert_int_equal(mtp_map_put(map, 1000 + count, &values[1000 + count]), 0);
	}
	assert_int_equal(count, 1049);
	assert_int_equal(map->count, 0);
}

static void without_memory_it_stays_as_it_is(void **state)
{
	struct mtp_map *map = *state;
	uint64_t key = 2;
	int error;

	memory.fail_all = true;
	assert_int_equal(mtp_map_put(map, 1, &values[1]), MTPROTO_ERR_MEMORY);
	memory.fail_all = false;
	assert_int_equal(mtp_map_put(map, 1, &values[1]), 0);
	memory.fail_all = true;
	while (!(error = mtp_map_put(map, key, &values[key])))
		key++;
	assert_int_equal(error, MTPROTO_ERR_MEMORY);
	assert_int_equal(map->count, key - 1);
	assert_null(mtp_map_get(map, key));
	for (uint64_t i = 1; i < key; i++)
		assert_ptr_equal(mtp_map_get(map, i), &values[i]);
	/* Removing, with its shrinking, never needs any. */
	for (uint64_t i = 1; i < key; i++)
		assert_ptr_equal(mtp_map_remove(map, i), &values[i]);
	memory.fail_all = false;
}

static void a_map_gives_memory_back(void **state)
{
	struct mtp_map *map = *state;
	size_t most;

	for (uint64_t key = 1; key <= 4000; key++)
		assert_int_equal(mtp_map_put(map, key, &values[key]), 0);
	most = memory.bytes;
	for (uint64_t key = 1; key <= 3990; key++)
		assert_ptr_equal(mtp_map_remove(map, key), &values[key]);
	assert_true(memory.bytes < most / 16);
	for (uint64_t key = 3991; key <= 4000; key++)
		assert_ptr_equal(mtp_map_remove(map, key), &values[key]);
	assert_true(memory.bytes <= 64 * sizeof(struct mtp_map_slot));
	/* A time with few is the sign that the many don't come again. */
	assert_int_equal(mtp_map_put(map, 1, &values[1]), 0);
	assert_ptr_equal(mtp_map_remove(map, 1), &values[1]);
	assert_true(memory.bytes <= 8 * sizeof(struct mtp_map_slot));
}

/* What is in flight comes and goes in bursts. */
static void a_burst_like_the_one_before_allocates_nothing(void **state)
{
	struct mtp_map *map = *state;
	size_t asked = 0;

	for (int burst = 0; burst < 10; burst++) {
		for (uint64_t key = 1; key <= 48; key++)
			assert_int_equal(mtp_map_put(map, key, &values[key]), 0);
		for (uint64_t key = 1; key <= 48; key++)
			assert_ptr_equal(mtp_map_remove(map, key), &values[key]);
		if (burst == 0)
			asked = memory.asked;
		assert_int_equal(memory.asked, asked);
	}
}

/* Where a key stands depends on the seed, so that nobody can choose keys that meet. */
static void the_seed_decides_where_keys_stand(void **state)
{
	struct mtp_map *map = *state;
	struct mtp_map other;
	size_t same = 0;

	mtp_map_init(&other, &memory.hooks, 54321);
	for (uint64_t key = 1; key <= 96; key++) {
		assert_int_equal(mtp_map_put(map, key, &values[key]), 0);
		assert_int_equal(mtp_map_put(&other, key, &values[key]), 0);
	}
	for (size_t i = 0; i < map->cap; i++)
		same += map->slots[i].key && map->slots[i].key == other.slots[i].key;
	assert_true(same < 20);
	mtp_map_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_map_needs_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(zero_is_no_key, setup, teardown),
		cmocka_unit_test_setup_teardown(a_value_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(random_operations_do_as_the_array_says, setup, teardown),
		cmocka_unit_test_setup_teardown(all_are_walked_over_once, setup, teardown),
		cmocka_unit_test_setup_teardown(one_after_the_other_is_taken_out, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_it_stays_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(a_map_gives_memory_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_burst_like_the_one_before_allocates_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(the_seed_decides_where_keys_stand, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
