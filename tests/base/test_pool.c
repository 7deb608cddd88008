/* The pool and its counted blocks. */
#include "base/pool.h"
#include "failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { KEPT_MAX = 100000 };

struct bench {
	struct failing memory;
	struct mtp_pool pool;
};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	failing_init(&bench->memory);
	mtp_pool_init(&bench->pool, &bench->memory.hooks, KEPT_MAX);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	mtp_pool_fini(&bench->pool);
	assert_int_equal(bench->memory.pieces, 0);
	assert_int_equal(bench->memory.bytes, 0);
	free(bench);
	return 0;
}

static void a_steady_flow_allocates_nothing(void **state)
{
	struct bench *bench = *state;
	static const size_t sizes[] = {1, 128, 129, 1000, 16384, 65536};
	size_t asked = 0;

	for (int round = 0; round < 10; round++) {
		for (size_t i = 0; i < 6; i++) {
			uint8_t *memory = mtp_pool_alloc(&bench->pool, sizes[i]);

			assert_non_null(memory);
			memset(memory, 0xee, sizes[i]);
			mtp_pool_free(&bench->pool, memory, sizes[i]);
		}
		if (round == 0)
			asked = bench->memory.asked;
		assert_int_equal(bench->memory.asked, asked);
	}
	mtp_pool_free(&bench->pool, NULL, 10);
}

static void a_piece_serves_all_sizes_of_its_class(void **state)
{
	struct bench *bench = *state;
	void *first = mtp_pool_alloc(&bench->pool, 129);

	mtp_pool_free(&bench->pool, first, 129);
	assert_ptr_equal(mtp_pool_alloc(&bench->pool, 256), first);
	mtp_pool_free(&bench->pool, first, 256);
	assert_int_equal(bench->memory.bytes, 256);
}

static void large_pieces_go_straight_to_the_allocator(void **state)
{
	struct bench *bench = *state;
	void *memory = mtp_pool_alloc(&bench->pool, 65537);

	assert_int_equal(bench->memory.bytes, 65537);
	mtp_pool_free(&bench->pool, memory, 65537);
	assert_int_equal(bench->memory.bytes, 0);
}

static void no_more_is_kept_than_the_limit(void **state)
{
	struct bench *bench = *state;
	void *pieces[100];

	for (size_t i = 0; i < 100; i++)
		pieces[i] = mtp_pool_alloc(&bench->pool, 4096);
	for (size_t i = 0; i < 100; i++)
		mtp_pool_free(&bench->pool, pieces[i], 4096);
	assert_int_equal(bench->memory.bytes, KEPT_MAX / 4096 * 4096);
	assert_int_equal(bench->pool.kept, KEPT_MAX / 4096 * 4096);
}

static void random_pieces_never_overlap(void **state)
{
	struct bench *bench = *state;
	struct {
		uint8_t *memory;
		size_t size;
	} held[64];
	uint32_t random = 1;

	memset(held, 0, sizeof(held));
	for (int step = 0; step < 20000; step++) {
		size_t i;

		random = random * 1664525 + 1013904223;
		i = random >> 26;
		/* Nobody else wrote into it. */
		for (size_t j = 0; j < held[i].size; j += 97)
			assert_int_equal(held[i].memory[j], i);
		mtp_pool_free(&bench->pool, held[i].memory, held[i].size);
		held[i].size = (random >> 8) % (random & 0x100 ? 300 : 70000);
		held[i].memory = mtp_pool_alloc(&bench->pool, held[i].size);
		assert_non_null(held[i].memory);
		memset(held[i].memory, (int)i, held[i].size);
		assert_true(bench->pool.kept <= KEPT_MAX);
	}
	for (size_t i = 0; i < 64; i++)
		mtp_pool_free(&bench->pool, held[i].memory, held[i].size);
}

static void the_last_holder_frees_a_block(void **state)
{
	struct bench *bench = *state;
	struct mtp_block *block = mtp_block_new(&bench->pool, 200000);

	assert_non_null(block);
	assert_true(block->cap >= 200000);
	memset(block->data, 0, block->cap);
	mtp_block_hold(block);
	mtp_block_drop(block);
	assert_int_equal(bench->memory.pieces, 1);
	mtp_block_drop(block);
	assert_int_equal(bench->memory.pieces, 0);
	mtp_block_drop(NULL);
}

static void a_block_uses_its_whole_piece(void **state)
{
	struct bench *bench = *state;

	for (size_t size = 0; size < 3000; size += 7) {
		struct mtp_block *block = mtp_block_new(&bench->pool, size);

		assert_non_null(block);
		assert_true(block->cap >= size);
		assert_true(block->cap < 2 * (size + sizeof(*block)) + 128);
		memset(block->data, 0, block->cap);
		mtp_block_drop(block);
	}
}

static void without_memory_there_is_nothing(void **state)
{
	struct bench *bench = *state;

	bench->memory.fail_all = true;
	assert_null(mtp_pool_alloc(&bench->pool, 10));
	assert_null(mtp_block_new(&bench->pool, 10));
	assert_null(mtp_block_new(&bench->pool, SIZE_MAX - 10));
	bench->memory.fail_all = false;
	assert_int_equal(bench->pool.kept, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_steady_flow_allocates_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_piece_serves_all_sizes_of_its_class, setup, teardown),
		cmocka_unit_test_setup_teardown(large_pieces_go_straight_to_the_allocator, setup, teardown),
		cmocka_unit_test_setup_teardown(no_more_is_kept_than_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(random_pieces_never_overlap, setup, teardown),
		cmocka_unit_test_setup_teardown(the_last_holder_frees_a_block, setup, teardown),
		cmocka_unit_test_setup_teardown(a_block_uses_its_whole_piece, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_there_is_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
