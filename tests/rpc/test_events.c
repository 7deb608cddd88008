/* The queue of events. */
#include "failing.h"
#include "rpc/events.h"

#include <mtproto/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct bench {
	struct failing memory;
	struct mtp_pool pool;
	struct mtp_events events;
	int released;
};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	failing_init(&bench->memory);
	mtp_pool_init(&bench->pool, &bench->memory.hooks, 0);
	mtp_events_init(&bench->events, &bench->pool);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	mtp_events_fini(&bench->events);
	mtp_pool_fini(&bench->pool);
	assert_int_equal(bench->memory.pieces, 0);
	free(bench);
	return 0;
}

static int push(struct bench *bench, uint64_t msg_id, struct mtp_block *block)
{
	struct mtproto_event event = {.type = MTPROTO_EVENT_UPDATE, .msg_id = msg_id};

	return mtp_events_push(&bench->events, &event, block);
}

static uint64_t pull(struct bench *bench)
{
	struct mtproto_event event = {.msg_id = 0};

	if (!mtp_events_pull(&bench->events, &event))
		return 0;
	assert_int_equal(event.type, MTPROTO_EVENT_UPDATE);
	return event.msg_id;
}

static void events_come_in_their_order(void **state)
{
	struct bench *bench = *state;

	for (uint64_t i = 1; i <= 5; i++)
		assert_int_equal(push(bench, i, NULL), 0);
	assert_int_equal(bench->events.count, 5);
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(pull(bench), i);
	assert_int_equal(push(bench, 6, NULL), 0);
	for (uint64_t i = 4; i <= 6; i++)
		assert_int_equal(pull(bench), i);
	assert_int_equal(pull(bench), 0);
	assert_int_equal(bench->events.count, 0);
}

static void a_block_is_held_until_the_next_pull(void **state)
{
	struct bench *bench = *state;
	struct mtp_block *block = mtp_block_new(&bench->pool, 8);

	assert_non_null(block);
	assert_int_equal(push(bench, 1, block), 0);
	assert_int_equal(push(bench, 2, block), 0);
	assert_int_equal(block->holders, 3);
	assert_int_equal(pull(bench), 1);
	assert_int_equal(block->holders, 3);
	assert_int_equal(pull(bench), 2);
	assert_int_equal(block->holders, 2);
	assert_int_equal(pull(bench), 0);
	assert_int_equal(block->holders, 1);
	mtp_block_drop(block);
}

static void what_was_pulled_can_be_let_go(void **state)
{
	struct bench *bench = *state;
	struct mtp_block *block = mtp_block_new(&bench->pool, 8);

	assert_non_null(block);
	assert_int_equal(push(bench, 1, block), 0);
	assert_int_equal(pull(bench), 1);
	mtp_events_release_pulled(&bench->events);
	assert_int_equal(block->holders, 1);
	mtp_events_release_pulled(&bench->events);
	mtp_block_drop(block);
}

struct own {
	struct mtp_event_node node;
	struct bench *bench;
};

static void own_released(struct mtp_event_node *node)
{
	struct own *own = MTP_OF(node, struct own, node);

	own->bench->released++;
}

static void a_node_of_its_own_needs_no_memory(void **state)
{
	struct bench *bench = *state;
	struct own own = {.bench = bench};

	own.node.event.type = MTPROTO_EVENT_UPDATE;
	own.node.event.msg_id = 7;
	own.node.released = own_released;
	bench->memory.fail_all = true;
	mtp_events_push_node(&bench->events, &own.node, NULL);
	bench->memory.fail_all = false;
	assert_int_equal(pull(bench), 7);
	assert_int_equal(bench->released, 0);
	assert_int_equal(pull(bench), 0);
	assert_int_equal(bench->released, 1);
}

static void expect_no_memory(struct bench *bench)
{
	struct mtproto_event event;

	assert_true(mtp_events_pull(&bench->events, &event));
	assert_int_equal(event.type, MTPROTO_EVENT_REFUSED);
	assert_int_equal(event.error, MTPROTO_ERR_MEMORY);
}

static void one_event_stands_for_all_that_found_no_memory(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(push(bench, 1, NULL), 0);
	bench->memory.fail_all = true;
	assert_int_equal(push(bench, 2, NULL), MTPROTO_ERR_MEMORY);
	assert_int_equal(push(bench, 3, NULL), MTPROTO_ERR_MEMORY);
	bench->memory.fail_all = false;
	assert_int_equal(push(bench, 4, NULL), 0);
	assert_int_equal(bench->events.count, 3);
	assert_int_equal(pull(bench), 1);
	expect_no_memory(bench);
	assert_int_equal(pull(bench), 4);
	assert_int_equal(pull(bench), 0);
}

static void the_stand_in_can_be_needed_again_at_once(void **state)
{
	struct bench *bench = *state;

	bench->memory.fail_all = true;
	assert_int_equal(push(bench, 1, NULL), MTPROTO_ERR_MEMORY);
	expect_no_memory(bench);
	/* Not let go yet, and something is lost again. */
	assert_int_equal(push(bench, 2, NULL), MTPROTO_ERR_MEMORY);
	bench->memory.fail_all = false;
	expect_no_memory(bench);
	assert_int_equal(pull(bench), 0);
}

static void a_lost_event_holds_no_block(void **state)
{
	struct bench *bench = *state;
	struct mtp_block *block = mtp_block_new(&bench->pool, 8);

	assert_non_null(block);
	bench->memory.fail_all = true;
	assert_int_equal(push(bench, 1, block), MTPROTO_ERR_MEMORY);
	assert_int_equal(block->holders, 1);
	mtp_block_drop(block);
}

/* Addresses that are only compared. */
static struct mtproto_connection *connection_at(uintptr_t number)
{
	return (struct mtproto_connection *)(number * 16);
}

static void push_about(struct bench *bench, uint64_t msg_id, uintptr_t connection, uintptr_t server, uintptr_t link,
		       struct mtp_block *block)
{
	struct mtproto_event event = {.type = MTPROTO_EVENT_UPDATE,
				      .msg_id = msg_id,
				      .connection = connection_at(connection),
				      .server = (struct mtproto_server *)(server * 16),
				      .link = (struct mtproto_link *)(link * 16)};

	assert_int_equal(mtp_events_push(&bench->events, &event, block), 0);
}

static void what_is_gone_has_no_events(void **state)
{
	struct bench *bench = *state;
	struct mtp_block *block = mtp_block_new(&bench->pool, 8);

	assert_non_null(block);
	push_about(bench, 1, 1, 0, 1, block);
	push_about(bench, 2, 2, 0, 2, NULL);
	push_about(bench, 3, 1, 0, 3, block);
	push_about(bench, 4, 0, 1, 4, NULL);
	push_about(bench, 5, 0, 1, 5, NULL);
	push_about(bench, 6, 0, 2, 5, NULL);
	mtp_events_forget(&bench->events, connection_at(1), NULL, NULL);
	assert_int_equal(block->holders, 1);
	assert_int_equal(bench->events.count, 4);
	mtp_events_forget(&bench->events, NULL, (struct mtproto_server *)(2 * 16), NULL);
	mtp_events_forget(&bench->events, NULL, NULL, (struct mtproto_link *)(4 * 16));
	mtp_events_forget(&bench->events, NULL, NULL, NULL);
	assert_int_equal(pull(bench), 2);
	assert_int_equal(pull(bench), 5);
	assert_int_equal(pull(bench), 0);
	mtp_block_drop(block);
}

static void a_forgotten_node_is_released(void **state)
{
	struct bench *bench = *state;
	struct own own = {.bench = bench};

	own.node.event.connection = connection_at(1);
	own.node.released = own_released;
	mtp_events_push_node(&bench->events, &own.node, NULL);
	mtp_events_forget(&bench->events, connection_at(1), NULL, NULL);
	assert_int_equal(bench->released, 1);
	assert_int_equal(pull(bench), 0);
	/* The same for what waits at the end. */
	mtp_events_push_node(&bench->events, &own.node, NULL);
	mtp_events_fini(&bench->events);
	assert_int_equal(bench->released, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_come_in_their_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_block_is_held_until_the_next_pull, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_pulled_can_be_let_go, setup, teardown),
		cmocka_unit_test_setup_teardown(a_node_of_its_own_needs_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(one_event_stands_for_all_that_found_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(the_stand_in_can_be_needed_again_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lost_event_holds_no_block, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_gone_has_no_events, setup, teardown),
		cmocka_unit_test_setup_teardown(a_forgotten_node_is_released, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
