/* Arenas. */
#include <mtproto/arena.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void pieces_are_apart_aligned_and_zeroed(void **state)
{
	struct mtproto_arena *arena;
	uint8_t *pieces[200];

	(void)state;
	assert_int_equal(mtproto_arena_new(&arena, NULL, 0), 0);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 200; i++) {
			size_t size = i * 97;

			pieces[i] = mtproto_arena_alloc(arena, size);
			assert_non_null(pieces[i]);
			assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < size; k++)
				assert_int_equal(pieces[i][k], 0);
			memset(pieces[i], (int)i + 1, size);
		}
		for (size_t i = 0; i < 200; i++)
			for (size_t k = 0; k < i * 97; k++)
				assert_int_equal(pieces[i][k], (uint8_t)(i + 1));
		mtproto_arena_reset(arena);
	}
	mtproto_arena_free(arena);
	mtproto_arena_free(NULL);
}

static void the_limit_holds_until_the_reset(void **state)
{
	struct mtproto_arena *arena;

	(void)state;
	assert_int_equal(mtproto_arena_new(&arena, NULL, 1024), 0);
	assert_null(mtproto_arena_alloc(arena, 1025));
	assert_int_equal(mtproto_arena_error(arena), MTPROTO_ERR_LIMIT);
	assert_null(mtproto_arena_alloc(arena, SIZE_MAX));
	mtproto_arena_reset(arena);
	assert_int_equal(mtproto_arena_error(arena), 0);
	assert_non_null(mtproto_arena_alloc(arena, 1000));
	assert_null(mtproto_arena_alloc(arena, 1000));
	mtproto_arena_reset(arena);
	assert_non_null(mtproto_arena_alloc(arena, 1000));
	mtproto_arena_free(arena);
}

static void copies_end_with_a_zero(void **state)
{
	struct mtproto_arena *arena;
	char *copy;

	(void)state;
	assert_int_equal(mtproto_arena_new(&arena, NULL, 0), 0);
	copy = mtproto_arena_copy(arena, "abcdef", 3);
	assert_string_equal(copy, "abc");
	assert_string_equal(mtproto_arena_copy(arena, NULL, 0), "");
	mtproto_arena_free(arena);
}

/* Released memory is looked at while it is released: it must have been wiped. */
static bool all_wiped;

static void *alloc(void *user, size_t size)
{
	(void)user;
	return malloc(size);
}

static void check_and_release(void *user, void *memory, size_t size)
{
	const uint8_t *bytes = memory;
	size_t run = 0;

	(void)user;
	/* A single byte of that value may be part of a pointer. */
	for (size_t i = 0; i < size; i++) {
		run = bytes[i] == 0xa5 ? run + 1 : 0;
		all_wiped = all_wiped && run < 16;
	}
	free(memory);
}

static void what_it_held_is_wiped(void **state)
{
	struct mtproto_allocator allocator = {alloc, check_and_release, NULL};
	struct mtproto_arena *arena;

	(void)state;
	all_wiped = true;
	assert_int_equal(mtproto_arena_new(&arena, &allocator, 0), 0);
	for (int i = 0; i < 20; i++)
		memset(mtproto_arena_alloc(arena, 3000), 0xa5, 3000);
	mtproto_arena_reset(arena);
	memset(mtproto_arena_alloc(arena, 100), 0xa5, 100);
	mtproto_arena_free(arena);
	assert_true(all_wiped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_apart_aligned_and_zeroed),
		cmocka_unit_test(the_limit_holds_until_the_reset),
		cmocka_unit_test(copies_end_with_a_zero),
		cmocka_unit_test(what_it_held_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
