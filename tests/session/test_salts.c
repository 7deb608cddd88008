/* The table of salts over time. */
#include <mtproto/salts.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

/* future_salts with count salts 100, 101, ... of half an hour each, good for an hour, the first since `since`. */
static uint32_t add(struct mtproto_salts *salts, int64_t since, uint32_t count, int64_t now)
{
	uint8_t items[16 * 70];
	struct mtproto_future_salts answer = {.salts = {items, count}};
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, items, sizeof(items));
	for (uint32_t i = 0; i < count; i++) {
		mtproto_tl_write_int(&w, (int32_t)(since + 1800 * (int64_t)i));
		mtproto_tl_write_int(&w, (int32_t)(since + 1800 * (int64_t)i + 3600));
		mtproto_tl_write_long(&w, 100 + i);
	}
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	return mtproto_salts_add(salts, &answer, now);
}

static uint64_t current(struct mtproto_salts *salts, int64_t now)
{
	uint64_t salt = 0;

	assert_true(mtproto_salts_current(salts, now, &salt));
	return salt;
}

static void without_a_salt_nothing_may_be_sent(void **state)
{
	struct mtproto_salts salts;
	uint64_t salt;

	(void)state;
	mtproto_salts_init(&salts);
	assert_false(mtproto_salts_current(&salts, NOW, &salt));
	assert_true(mtproto_salts_want(&salts, NOW));
}

static void a_correction_is_trusted_for_ten_minutes(void **state)
{
	struct mtproto_salts salts;
	uint64_t salt;

	(void)state;
	mtproto_salts_init(&salts);
	mtproto_salts_correct(&salts, 7, NOW);
	assert_int_equal(current(&salts, NOW), 7);
	assert_int_equal(current(&salts, NOW + 599), 7);
	assert_false(mtproto_salts_current(&salts, NOW + 600, &salt));
	/* More are asked for a minute before, and again a minute later, not sooner. */
	assert_true(mtproto_salts_deadline(&salts, NOW) == NOW + 540);
	assert_false(mtproto_salts_want(&salts, NOW + 539));
	assert_true(mtproto_salts_want(&salts, NOW + 540));
	assert_false(mtproto_salts_want(&salts, NOW + 541));
	assert_false(mtproto_salts_want(&salts, NOW + 599));
	assert_true(mtproto_salts_want(&salts, NOW + 600));
}

static void salts_rotate_when_the_next_one_begins(void **state)
{
	struct mtproto_salts salts;

	(void)state;
	mtproto_salts_init(&salts);
	mtproto_salts_correct(&salts, 100, NOW);
	assert_int_equal(add(&salts, NOW - 900, 3, NOW), 3);
	assert_int_equal(current(&salts, NOW), 100);
	assert_false(mtproto_salts_want(&salts, NOW + 700));
	assert_true(mtproto_salts_deadline(&salts, NOW) == NOW + 900);
	assert_int_equal(current(&salts, NOW + 899), 100);
	assert_int_equal(current(&salts, NOW + 900), 101);
	assert_int_equal(current(&salts, NOW + 2700), 102);
	/* The last one: more are wanted a minute before its end. */
	assert_false(mtproto_salts_want(&salts, NOW + 2700 + 3600 - 61));
	assert_true(mtproto_salts_want(&salts, NOW + 2700 + 3600 - 60));
}

static void a_long_sleep_goes_straight_to_the_salt_of_the_day(void **state)
{
	struct mtproto_salts salts;
	uint64_t salt;

	(void)state;
	mtproto_salts_init(&salts);
	mtproto_salts_correct(&salts, 1, NOW);
	add(&salts, NOW, 10, NOW);
	assert_int_equal(current(&salts, NOW + 1800 * 5 + 1), 105);
	assert_false(mtproto_salts_current(&salts, NOW + 1800 * 20, &salt));
}

static void nonsense_is_left_out(void **state)
{
	struct mtproto_salts salts;
	uint8_t items[32];
	struct mtproto_future_salts answer = {.salts = {items, 2}};
	struct mtproto_tl_writer w;

	(void)state;
	mtproto_salts_init(&salts);
	mtproto_tl_writer_init(&w, items, sizeof(items));
	mtproto_tl_write_int(&w, NOW + 100);
	mtproto_tl_write_int(&w, NOW + 100);
	mtproto_tl_write_long(&w, 1);
	mtproto_tl_write_int(&w, NOW - 4000);
	mtproto_tl_write_int(&w, NOW);
	mtproto_tl_write_long(&w, 2);
	assert_int_equal(mtproto_salts_add(&salts, &answer, NOW), 0);
	assert_int_equal(add(&salts, NOW, 70, NOW), MTPROTO_SALTS_MAX);
}

static void a_correction_to_a_known_salt_keeps_its_end(void **state)
{
	struct mtproto_salts salts;

	(void)state;
	mtproto_salts_init(&salts);
	mtproto_salts_correct(&salts, 1, NOW);
	add(&salts, NOW + 1000, 3, NOW);
	mtproto_salts_correct(&salts, 101, NOW);
	assert_true(salts.current.valid_until == NOW + 1000 + 1800 + 3600);
	assert_int_equal(salts.count, 1);
	mtproto_salts_correct(&salts, 101, NOW + 10);
	assert_true(salts.current.valid_until == NOW + 1000 + 1800 + 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_salt_nothing_may_be_sent),
		cmocka_unit_test(a_correction_is_trusted_for_ten_minutes),
		cmocka_unit_test(salts_rotate_when_the_next_one_begins),
		cmocka_unit_test(a_long_sleep_goes_straight_to_the_salt_of_the_day),
		cmocka_unit_test(nonsense_is_left_out),
		cmocka_unit_test(a_correction_to_a_known_salt_keeps_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
