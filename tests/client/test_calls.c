#include "client/calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 1000 };

static void add(struct mtp_client_calls *calls, uint64_t id)
{
	struct mtp_client_call *call = calloc(1, sizeof(*call));

	assert_non_null(call);
	call->id = id;
	assert_int_equal(mtp_client_calls_reserve(calls), 0);
	mtp_client_calls_add(calls, call);
}

static void test_every_call_is_found_once(void **state)
{
	struct mtp_client_calls calls = {0};

	(void)state;
	for (uint64_t id = 1; id <= MANY; id++)
		add(&calls, id);
	assert_int_equal(calls.count, MANY);
	for (uint64_t id = MANY; id >= 1; id--) {
		struct mtp_client_call *call = mtp_client_calls_take(&calls, id);

		assert_non_null(call);
		assert_int_equal(call->id, id);
		free(call);
		assert_null(mtp_client_calls_take(&calls, id));
	}
	assert_int_equal(calls.count, 0);
	mtp_client_calls_fini(&calls);
}

static void test_other_ids_are_not_found(void **state)
{
	struct mtp_client_calls calls = {0};

	(void)state;
	assert_null(mtp_client_calls_take(&calls, 1));
	add(&calls, 1);
	assert_null(mtp_client_calls_take(&calls, 0));
	assert_null(mtp_client_calls_take(&calls, UINT64_C(1) << 32));
	assert_int_equal(calls.count, 1);
	mtp_client_calls_fini(&calls); /* frees what was left: leaks are errors here */
	assert_int_equal(calls.count, 0);
}

static void test_chains_stay_short(void **state)
{
	struct mtp_client_calls calls = {0};

	(void)state;
	for (uint64_t id = 1; id <= MANY; id++)
		add(&calls, id << 2);
	assert_true(calls.chain_count >= calls.count);
	for (size_t i = 0; i < calls.chain_count; i++) {
		size_t len = 0;

		for (const struct mtp_client_call *call = calls.chains[i]; call; call = call->next)
			len++;
		assert_in_range(len, 0, 8);
	}
	mtp_client_calls_fini(&calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call_is_found_once),
		cmocka_unit_test(test_other_ids_are_not_found),
		cmocka_unit_test(test_chains_stay_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
