/* The intrusive list. */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct item {
	int number;
	struct mtp_node node;
};

static int number_of(struct mtp_node *node)
{
	return node ? MTP_OF(node, struct item, node)->number : 0;
}

static void a_zeroed_node_is_in_no_list(void **state)
{
	struct item item = {.number = 1};

	(void)state;
	assert_false(mtp_list_linked(&item.node));
	mtp_list_remove(&item.node);
	assert_false(mtp_list_linked(&item.node));
}

static void nodes_go_in_at_both_ends(void **state)
{
	struct item items[4] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
	struct mtp_list list;
	struct mtp_node *node;
	int expected = 1;

	(void)state;
	mtp_list_init(&list);
	assert_true(mtp_list_empty(&list));
	assert_null(mtp_list_first(&list));
	assert_null(mtp_list_pop(&list));
	mtp_list_append(&list, &items[2].node);
	mtp_list_prepend(&list, &items[1].node);
	mtp_list_append(&list, &items[3].node);
	mtp_list_prepend(&list, &items[0].node);
	for (node = mtp_list_first(&list); node; node = mtp_list_after(&list, node))
		assert_int_equal(number_of(node), expected++);
	assert_int_equal(expected, 5);
	mtp_list_remove(&items[1].node);
	assert_false(mtp_list_linked(&items[1].node));
	assert_true(mtp_list_linked(&items[0].node));
	assert_int_equal(number_of(mtp_list_pop(&list)), 1);
	assert_int_equal(number_of(mtp_list_pop(&list)), 3);
	assert_int_equal(number_of(mtp_list_pop(&list)), 4);
	assert_true(mtp_list_empty(&list));
}

/* The order of numbers in an array. */
struct model {
	int numbers[16];
	size_t count;
};

static void model_remove(struct model *model, int number)
{
	for (size_t i = 0; i < model->count; i++) {
		if (model->numbers[i] != number)
			continue;
		model->count--;
		memmove(&model->numbers[i], &model->numbers[i + 1], (model->count - i) * sizeof(int));
		return;
	}
}

static void random_operations_keep_the_order(void **state)
{
	struct item items[16];
	struct model model = {.count = 0};
	struct mtp_list list;
	uint32_t random = 1;

	(void)state;
	memset(items, 0, sizeof(items));
	mtp_list_init(&list);
	for (int step = 0; step < 20000; step++) {
		struct mtp_node *node = mtp_list_first(&list);
		struct item *item;

		random = random * 1664525 + 1013904223;
		item = &items[random >> 28];
		item->number = (int)(random >> 28) + 1;
		if (mtp_list_linked(&item->node)) {
			mtp_list_remove(&item->node);
			model_remove(&model, item->number);
		} else if (random & 0x10000) {
			mtp_list_append(&list, &item->node);
			model.numbers[model.count++] = item->number;
		} else {
			mtp_list_prepend(&list, &item->node);
			memmove(&model.numbers[1], &model.numbers[0], model.count++ * sizeof(int));
			model.numbers[0] = item->number;
		}
		node = mtp_list_first(&list);
		for (size_t i = 0; i < model.count; i++) {
			assert_int_equal(number_of(node), model.numbers[i]);
			node = mtp_list_after(&list, node);
		}
		assert_null(node);
		assert_int_equal(mtp_list_empty(&list), model.count == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zeroed_node_is_in_no_list),
		cmocka_unit_test(nodes_go_in_at_both_ends),
		cmocka_unit_test(random_operations_keep_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
