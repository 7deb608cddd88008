/* The counters of updates by themselves, and states as bytes. The numbers are those of core.telegram.org/api/updates.
 */
#include <mtproto/update_state.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tl/kept.h"

/* Applies one update to a local pts and compares the verdict and what the pts is then. */
static void expect_pts(int32_t local, int32_t pts, int32_t count, enum mtproto_update_verdict verdict, int32_t after)
{
	assert_int_equal(mtproto_update_apply_pts(&local, pts, count), verdict);
	assert_int_equal(local, after);
}

static void test_pts_next_is_accepted(void **state)
{
	(void)state;
	expect_pts(131, 132, 1, MTPROTO_UPDATE_ACCEPT, 132);
	expect_pts(131, 134, 3, MTPROTO_UPDATE_ACCEPT, 134);
	expect_pts(0, 1, 1, MTPROTO_UPDATE_ACCEPT, 1);
}

static void test_pts_applied_before_is_duplicate(void **state)
{
	(void)state;
	expect_pts(131, 131, 1, MTPROTO_UPDATE_DUPLICATE, 131);
	expect_pts(131, 132, 2, MTPROTO_UPDATE_DUPLICATE, 131);
	expect_pts(131, 1, 1, MTPROTO_UPDATE_DUPLICATE, 131);
}

static void test_pts_ahead_is_a_gap(void **state)
{
	(void)state;
	expect_pts(131, 133, 1, MTPROTO_UPDATE_GAP, 131);
	expect_pts(131, 137, 5, MTPROTO_UPDATE_GAP, 131);
}

static void test_pts_that_counts_nothing_applies_in_its_place_only(void **state)
{
	(void)state;
	expect_pts(131, 131, 0, MTPROTO_UPDATE_ACCEPT, 131);
	expect_pts(131, 130, 0, MTPROTO_UPDATE_DUPLICATE, 131);
	expect_pts(131, 132, 0, MTPROTO_UPDATE_GAP, 131);
}

static void test_pts_that_can_not_be(void **state)
{
	(void)state;
	expect_pts(131, 132, -1, MTPROTO_UPDATE_INCONSISTENT, 131);
	expect_pts(131, 0, 0, MTPROTO_UPDATE_INCONSISTENT, 131);
	expect_pts(131, -132, 1, MTPROTO_UPDATE_INCONSISTENT, 131);
	expect_pts(131, 132, 133, MTPROTO_UPDATE_INCONSISTENT, 131);
	expect_pts(131, INT32_MAX, INT32_MAX, MTPROTO_UPDATE_INCONSISTENT, 131);
	expect_pts(131, 132 + (1 << 30), 1, MTPROTO_UPDATE_INCONSISTENT, 131);
	expect_pts(131, 131 + (1 << 30), 1, MTPROTO_UPDATE_GAP, 131);
	expect_pts(131, INT32_MIN, INT32_MIN, MTPROTO_UPDATE_INCONSISTENT, 131);
}

static void test_pts_that_fell_far_is_no_duplicate(void **state)
{
	(void)state;
	expect_pts(50000, 30001, 1, MTPROTO_UPDATE_DUPLICATE, 50000);
	expect_pts(50000, 30000, 1, MTPROTO_UPDATE_INCONSISTENT, 50000);
}

static void test_pts_begins_anew_near_its_end(void **state)
{
	(void)state;
	expect_pts(2100000001, 2, 1, MTPROTO_UPDATE_ACCEPT, 2);
	expect_pts(2100000001, 4, 1, MTPROTO_UPDATE_GAP, 1);
	expect_pts(2100000000, 2, 1, MTPROTO_UPDATE_INCONSISTENT, 2100000000);
}

static void expect_qts(int32_t local, int32_t qts, enum mtproto_update_verdict verdict, int32_t after)
{
	assert_int_equal(mtproto_update_apply_qts(&local, qts), verdict);
	assert_int_equal(local, after);
}

static void test_qts_counts_one(void **state)
{
	(void)state;
	expect_qts(10, 11, MTPROTO_UPDATE_ACCEPT, 11);
	expect_qts(10, 10, MTPROTO_UPDATE_DUPLICATE, 10);
	expect_qts(10, 1, MTPROTO_UPDATE_DUPLICATE, 10);
	expect_qts(10, 12, MTPROTO_UPDATE_GAP, 10);
	expect_qts(10, 0, MTPROTO_UPDATE_INCONSISTENT, 10);
	expect_qts(10, -1, MTPROTO_UPDATE_INCONSISTENT, 10);
}

static void test_qts_that_fell_far_began_anew(void **state)
{
	(void)state;
	expect_qts(2000000, 999991, MTPROTO_UPDATE_DUPLICATE, 2000000);
	expect_qts(2000000, 999990, MTPROTO_UPDATE_ACCEPT, 999990);
}

static void expect_seq(int32_t start, int32_t seq, int32_t date, enum mtproto_update_verdict verdict, int32_t seq_after,
		       int32_t date_after)
{
	struct mtproto_update_state state = {.seq = 20, .date = 1000};

	assert_int_equal(mtproto_update_apply_seq(&state, start, seq, date), verdict);
	assert_int_equal(state.seq, seq_after);
	assert_int_equal(state.date, date_after);
}

static void test_seq_rules(void **state)
{
	(void)state;
	expect_seq(21, 21, 1001, MTPROTO_UPDATE_ACCEPT, 21, 1001);
	expect_seq(21, 25, 1001, MTPROTO_UPDATE_ACCEPT, 25, 1001);
	expect_seq(21, 0, 1001, MTPROTO_UPDATE_ACCEPT, 20, 1001);
	expect_seq(20, 20, 1001, MTPROTO_UPDATE_DUPLICATE, 20, 1000);
	expect_seq(3, 25, 1001, MTPROTO_UPDATE_DUPLICATE, 20, 1000);
	expect_seq(22, 22, 1001, MTPROTO_UPDATE_GAP, 20, 1000);
	expect_seq(-1, 21, 1001, MTPROTO_UPDATE_INCONSISTENT, 20, 1000);
	expect_seq(21, 20, 1001, MTPROTO_UPDATE_INCONSISTENT, 20, 1000);
	expect_seq(21, -5, 1001, MTPROTO_UPDATE_INCONSISTENT, 20, 1000);
}

static void test_seq_0_is_without_order(void **state)
{
	(void)state;
	expect_seq(0, 0, 1001, MTPROTO_UPDATE_ACCEPT, 20, 1001);
	expect_seq(0, 7, 1001, MTPROTO_UPDATE_ACCEPT, 20, 1001);
}

static void test_date_does_not_go_back(void **state)
{
	(void)state;
	expect_seq(21, 21, 999, MTPROTO_UPDATE_ACCEPT, 21, 1000);
}

static void test_state_survives_as_bytes(void **state)
{
	const struct mtproto_update_state states[] = {
		{.pts = 1, .qts = 2, .seq = 3, .date = 4},
		{.channel_id = INT64_C(1) << 40, .has_access_hash = true, .access_hash = INT64_MIN, .pts = INT32_MAX},
	};
	struct mtproto_update_state again;
	uint8_t bytes[MTPROTO_UPDATE_STATE_SIZE];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		mtproto_update_state_export(bytes, &states[i]);
		assert_int_equal(mtproto_update_state_import(&again, bytes, sizeof(bytes)), 0);
		assert_int_equal(again.channel_id, states[i].channel_id);
		assert_int_equal(again.has_access_hash, states[i].has_access_hash);
		assert_int_equal(again.access_hash, states[i].access_hash);
		assert_int_equal(again.pts, states[i].pts);
		assert_int_equal(again.qts, states[i].qts);
		assert_int_equal(again.seq, states[i].seq);
		assert_int_equal(again.date, states[i].date);
	}
}

/* docs/updates.md */
static void test_state_has_the_documented_form(void **state)
{
	static const uint8_t expected[44] = {'M', 'T', 'P', 'U', 1, 0, 0, 0, 1, 0, 0, 0, 0x11, 0x10, 0,
					     0,   0,   0,   0,   0, 2, 0, 0, 0, 0, 0, 0, 0,    3,    0,
					     0,   0,   4,   0,   0, 0, 5, 0, 0, 0, 6, 0, 0,    0};
	struct mtproto_update_state in = {.channel_id = 0x1011, .access_hash = 2, .has_access_hash = true};
	uint8_t bytes[MTPROTO_UPDATE_STATE_SIZE];

	(void)state;
	in.pts = 3;
	in.qts = 4;
	in.seq = 5;
	in.date = 6;
	mtproto_update_state_export(bytes, &in);
	assert_memory_equal(bytes, expected, sizeof(expected));
}

static void test_damaged_state_is_refused(void **state)
{
	const struct mtproto_update_state in = {.pts = 77, .date = 99};
	struct mtproto_update_state out;
	uint8_t bytes[MTPROTO_UPDATE_STATE_SIZE + 1] = {0};

	(void)state;
	mtproto_update_state_export(bytes, &in);
	for (size_t len = 0; len < MTPROTO_UPDATE_STATE_SIZE; len++)
		assert_int_equal(mtproto_update_state_import(&out, bytes, len), MTPROTO_ERR_STATE_FORMAT);
	assert_int_equal(mtproto_update_state_import(&out, bytes, sizeof(bytes)), MTPROTO_ERR_STATE_FORMAT);
	for (size_t at = 0; at < MTPROTO_UPDATE_STATE_SIZE; at++) {
		bool of_version = at >= 4 && at < 8;

		bytes[at] ^= 0x10;
		assert_int_equal(mtproto_update_state_import(&out, bytes, MTPROTO_UPDATE_STATE_SIZE),
				 of_version ? MTPROTO_ERR_STATE_VERSION : MTPROTO_ERR_STATE_FORMAT);
		assert_int_equal(out.pts, 0);
		bytes[at] ^= 0x10;
	}
}

static void test_state_with_more_in_it_is_refused(void **state)
{
	uint8_t bytes[MTPROTO_UPDATE_STATE_SIZE + 4];
	struct mtproto_update_state out;
	struct mtproto_tl_writer w;

	(void)state;
	mtproto_tl_writer_init(&w, bytes, sizeof(bytes));
	mtp_kept_begin(&w, 0x5550544d, 1);
	for (int i = 0; i < 10; i++)
		mtproto_tl_write_u32(&w, 0);
	mtp_kept_end(&w);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_int_equal(w.len, sizeof(bytes));
	assert_int_equal(mtproto_update_state_import(&out, bytes, sizeof(bytes)), MTPROTO_ERR_STATE_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pts_next_is_accepted),
		cmocka_unit_test(test_pts_applied_before_is_duplicate),
		cmocka_unit_test(test_pts_ahead_is_a_gap),
		cmocka_unit_test(test_pts_that_counts_nothing_applies_in_its_place_only),
		cmocka_unit_test(test_pts_that_can_not_be),
		cmocka_unit_test(test_pts_that_fell_far_is_no_duplicate),
		cmocka_unit_test(test_pts_begins_anew_near_its_end),
		cmocka_unit_test(test_qts_counts_one),
		cmocka_unit_test(test_qts_that_fell_far_began_anew),
		cmocka_unit_test(test_seq_rules),
		cmocka_unit_test(test_seq_0_is_without_order),
		cmocka_unit_test(test_date_does_not_go_back),
		cmocka_unit_test(test_state_survives_as_bytes),
		cmocka_unit_test(test_state_has_the_documented_form),
		cmocka_unit_test(test_damaged_state_is_refused),
		cmocka_unit_test(test_state_with_more_in_it_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
