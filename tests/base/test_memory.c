/* Memory through the caller's hooks. */
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct heap {
	uint8_t block[64];
	size_t asked;
	size_t returned;
	bool was_zero;
	bool refuse;
};

static void *heap_alloc(void *user, size_t size)
{
	struct heap *heap = user;

	heap->asked = size;
	memset(heap->block, 0xee, sizeof(heap->block));
	return heap->refuse || size > sizeof(heap->block) ? NULL : heap->block;
}

static void heap_release(void *user, void *memory, size_t size)
{
	struct heap *heap = user;

	assert_ptr_equal(memory, heap->block);
	heap->returned = size;
	heap->was_zero = true;
	for (size_t i = 0; i < size; i++)
		heap->was_zero = heap->was_zero && heap->block[i] == 0;
}

static void the_hooks_get_the_size_asked_for(void **state)
{
	struct heap heap = {.asked = 0};
	struct mtproto_allocator hooks = {heap_alloc, heap_release, &heap};
	struct mtproto_allocator allocator = mtp_allocator_or_default(&hooks);
	void *memory = mtp_alloc(&allocator, 40);

	(void)state;
	assert_ptr_equal(memory, heap.block);
	assert_int_equal(heap.asked, 40);
	mtp_release(&allocator, memory, 40);
	assert_int_equal(heap.returned, 40);
	assert_false(heap.was_zero);
}

static void alloc_zero_gives_zeros(void **state)
{
	struct heap heap = {.asked = 0};
	struct mtproto_allocator hooks = {heap_alloc, heap_release, &heap};
	uint8_t *memory = mtp_alloc_zero(&hooks, 40);

	(void)state;
	assert_non_null(memory);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(memory[i], 0);
	assert_int_equal(memory[40], 0xee);
	mtp_release(&hooks, memory, 40);
}

static void secrets_are_wiped_before_they_are_released(void **state)
{
	struct heap heap = {.asked = 0};
	struct mtproto_allocator hooks = {heap_alloc, heap_release, &heap};
	void *memory = mtp_alloc(&hooks, 40);

	(void)state;
	mtp_release_secret(&hooks, memory, 40);
	assert_int_equal(heap.returned, 40);
	assert_true(heap.was_zero);
}

static void releasing_null_does_nothing(void **state)
{
	struct heap heap = {.returned = 99};
	struct mtproto_allocator hooks = {heap_alloc, heap_release, &heap};

	(void)state;
	mtp_release(&hooks, NULL, 8);
	mtp_release_secret(&hooks, NULL, 8);
	assert_int_equal(heap.returned, 99);
}

static void a_refusal_is_null(void **state)
{
	struct heap heap = {.refuse = true};
	struct mtproto_allocator hooks = {heap_alloc, heap_release, &heap};

	(void)state;
	assert_null(mtp_alloc(&hooks, 8));
	assert_null(mtp_alloc_zero(&hooks, 8));
}

static void null_hooks_are_malloc(void **state)
{
	struct mtproto_allocator allocator = mtp_allocator_or_default(NULL);
	uint8_t *memory = mtp_alloc_zero(&allocator, 1000);

	(void)state;
	assert_non_null(memory);
	assert_int_equal(memory[999], 0);
	mtp_release_secret(&allocator, memory, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hooks_get_the_size_asked_for),
		cmocka_unit_test(alloc_zero_gives_zeros),
		cmocka_unit_test(secrets_are_wiped_before_they_are_released),
		cmocka_unit_test(releasing_null_does_nothing),
		cmocka_unit_test(a_refusal_is_null),
		cmocka_unit_test(null_hooks_are_malloc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
