/* Inflating what a peer packed, within a budget. The packed bytes were made by Python's gzip and zlib. */
#include "failing.h"
#include "hex.h"
#include "session/inflate.h"

#include <mtproto/service.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* 0, 1, 2, ... 255, eight times. */
enum { PLAIN_SIZE = 2048 };
static const char *const as_gzip =
	"1f8b08000000000002036360646266616563e7e0e4e2e6e1e5e3171014121611151397909492969195935750545256515553d7d0"
	"d4d2d6d1d5d33730343236313533b7b0b4b2b6b1b5b37770747276717573f7f0f4f2f6f1f5f30f080c0a0e090d0b8f888c8a8e89"
	"8d8b4f484c4a4e494d4bcfc8cccacec9cdcb2f282c2a2e292d2bafa8acaaaea9adab6f686c6a6e696d6befe8eceaeee9edeb9f30"
	"71d2e42953a74d9f3173d6ec3973e7cd5fb070d1e2254b972d5fb172d5ea356bd7addfb071d3e62d5bb76ddfb173d7ee3d7bf7ed"
	"3f70f0d0e123478f1d3f71f2d4e93367cf9dbf70f1d2e52b57af5dbf71f3d6ed3b77efdd7ff0f0d1e3274f9f3d7ff1f2d5eb376f"
	"dfbdfff0f1d3e72f5fbf7dfff1f3d7ef3f7ffffd6718f5ffa8ff47fd3feaff51ff8ffa7f04fa1f0058dd5e9f00080000";
static const char *const as_zlib =
	"789c6360646266616563e7e0e4e2e6e1e5e3171014121611151397909492969195935750545256515553d7d0d4d2d6d1d5d33730"
	"343236313533b7b0b4b2b6b1b5b37770747276717573f7f0f4f2f6f1f5f30f080c0a0e090d0b8f888c8a8e898d8b4f484c4a4e49"
	"4d4bcfc8cccacec9cdcb2f282c2a2e292d2bafa8acaaaea9adab6f686c6a6e696d6befe8eceaeee9edeb9f3071d2e42953a74d9f"
	"3173d6ec3973e7cd5fb070d1e2254b972d5fb172d5ea356bd7addfb071d3e62d5bb76ddfb173d7ee3d7bf7ed3f70f0d0e123478f"
	"1d3f71f2d4e93367cf9dbf70f1d2e52b57af5dbf71f3d6ed3b77efdd7ff0f0d1e3274f9f3d7ff1f2d5eb376fdfbdfff0f1d3e72f"
	"5fbf7dfff1f3d7ef3f7ffffd6718f5ffa8ff47fd3feaff51ff8ffa7f04fa1f004138fc2e";

/* 65,536 zeros. */
enum { BOMB_SIZE = 65536 };
static const char *const bomb_gzip =
	"1f8b0800000000000203edc101010000008090feafee080a00000000000000000000000000000000000000000000000000000000"
	"00000000000000000000000000000000000000000000000000000000000000000000006aeb8e97d700000100";
static const char *const bomb_zlib =
	"78daedc101010000008090feafee080a000000000000000000000000000000000000000000000000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000006a000f0001";

struct bench {
	struct failing memory;
	struct mtp_pool pool;
	struct mtp_inflater inflater;
	uint8_t packed[1024];
	size_t packed_len;
	uint8_t body[2048];
	struct mtproto_span span;
};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	failing_init(&bench->memory);
	mtp_pool_init(&bench->pool, &bench->memory.hooks, 0);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	mtp_inflater_fini(&bench->inflater);
	mtp_pool_fini(&bench->pool);
	assert_int_equal(bench->memory.pieces, 0);
	free(bench);
	return 0;
}

/* Makes bench->packed a gzip_packed at bench->span. */
static void wrap(struct bench *bench)
{
	struct mtproto_gzip_packed object = {{bench->packed, bench->packed_len}};
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, bench->body, sizeof(bench->body));
	mtproto_gzip_packed_write(&w, &object);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	bench->span = (struct mtproto_span){bench->body, w.len};
}

static void use(struct bench *bench, const char *digits)
{
	bench->packed_len = hex(bench->packed, sizeof(bench->packed), digits);
	wrap(bench);
}

/* Inflates bench->span; the block is dropped when it is as it should be. */
static int inflate(struct bench *bench, size_t *budget)
{
	struct mtp_block *block = NULL;
	size_t len = 0;
	int error = mtp_inflate(&bench->inflater, &bench->pool, bench->span, budget, &block, &len);

	if (error) {
		assert_null(block);
		assert_int_equal(bench->memory.pieces, 0);
		return error;
	}
	assert_int_equal(block->holders, 1);
	for (size_t i = 0; len == PLAIN_SIZE && i < len; i++)
		assert_int_equal(block->data[i], i & 255);
	for (size_t i = 0; len == BOMB_SIZE && i < len; i++)
		assert_int_equal(block->data[i], 0);
	assert_true(len == PLAIN_SIZE || len == BOMB_SIZE);
	mtp_block_drop(block);
	return 0;
}

static void gzip_and_zlib_are_inflated(void **state)
{
	struct bench *bench = *state;
	size_t budget = 10000;

	assert_false(mtp_gzip_test(bench->span));
	use(bench, as_gzip);
	assert_true(mtp_gzip_test(bench->span));
	assert_int_equal(inflate(bench, &budget), 0);
	assert_int_equal(budget, 10000 - PLAIN_SIZE);
	use(bench, as_zlib);
	assert_int_equal(inflate(bench, &budget), 0);
	assert_int_equal(budget, 10000 - 2 * PLAIN_SIZE);
}

static void the_budget_is_shared_and_not_exceeded(void **state)
{
	struct bench *bench = *state;
	size_t budget = 2 * PLAIN_SIZE + 100;

	use(bench, as_zlib);
	assert_int_equal(inflate(bench, &budget), 0);
	assert_int_equal(inflate(bench, &budget), 0);
	assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_INFLATED_SIZE);
	assert_int_equal(budget, 100);
	budget = PLAIN_SIZE - 1;
	assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_INFLATED_SIZE);
	budget = PLAIN_SIZE;
	assert_int_equal(inflate(bench, &budget), 0);
	assert_int_equal(budget, 0);
	assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_INFLATED_SIZE);
}

static void a_bomb_takes_no_more_than_the_budget(void **state)
{
	struct bench *bench = *state;
	const char *const bombs[] = {bomb_gzip, bomb_zlib};

	for (size_t i = 0; i < 2; i++) {
		size_t budget = BOMB_SIZE - 4;

		use(bench, bombs[i]);
		bench->memory.peak = 0;
		assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_INFLATED_SIZE);
		/* Blocks have sizes of powers of two and a header. */
		assert_true(bench->memory.peak <= 2 * BOMB_SIZE + 4096);
		budget = 5000;
		bench->memory.peak = 0;
		assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_INFLATED_SIZE);
		assert_true(bench->memory.peak <= 8192);
		budget = BOMB_SIZE;
		assert_int_equal(inflate(bench, &budget), 0);
	}
}

/* The size at the end of a gzip stream is a guess and no more. */
static void a_lie_about_the_size_changes_nothing(void **state)
{
	struct bench *bench = *state;
	size_t budget = 1 << 30;

	use(bench, as_gzip);
	memset(bench->packed + bench->packed_len - 4, 0xff, 4);
	wrap(bench);
	bench->memory.peak = 0;
	assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_GZIP);
	/* Less than deflate's best ratio of what was packed. */
	assert_true(bench->memory.peak <= 1032 * bench->packed_len + 4096);
	memset(bench->packed + bench->packed_len - 4, 0, 4);
	wrap(bench);
	assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_GZIP);
	assert_int_equal(budget, 1 << 30);
}

static void what_is_cut_off_is_refused(void **state)
{
	struct bench *bench = *state;
	const char *const streams[] = {as_gzip, as_zlib};

	for (size_t i = 0; i < 2; i++) {
		size_t whole;

		use(bench, streams[i]);
		whole = bench->packed_len;
		for (bench->packed_len = 0; bench->packed_len < whole; bench->packed_len++) {
			size_t budget = 10000;

			wrap(bench);
			assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_GZIP);
			assert_int_equal(budget, 10000);
		}
	}
}

static void what_is_damaged_is_refused(void **state)
{
	struct bench *bench = *state;

	use(bench, as_gzip);
	/* All are of matter but for seven bytes of the header (whether it is text, time, compressor, system), and those
	 * that say which of eight equal texts to copy. */
	for (size_t i = 0; i < bench->packed_len; i++) {
		size_t budget = 10000;

		if ((i >= 3 && i < 10) || (i >= 280 && i < bench->packed_len - 8))
			continue;
		bench->packed[i] ^= 1;
		wrap(bench);
		assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_GZIP);
		bench->packed[i] ^= 1;
	}
}

static void objects_have_whole_words(void **state)
{
	struct bench *bench = *state;
	size_t budget = 10000;

	/* zlib of "", "abc", "abcde" and "abcdefg". */
	static const char *const odd[] = {"789c030000000001", "789c4b4c4a0600024d0127", "789c4b4c4a4e49050005c801f0",
					  "789c4b4c4a4e494d4b07000adb02bd"};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		use(bench, odd[i]);
		assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_GZIP);
	}
	assert_int_equal(budget, 10000);
}

static void only_a_whole_gzip_packed_is_one(void **state)
{
	struct bench *bench = *state;
	struct mtproto_span whole;
	size_t budget = 10000;

	use(bench, as_zlib);
	whole = bench->span;
	for (bench->span.len = 0; bench->span.len < whole.len; bench->span.len++)
		assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_GZIP);
	memset(bench->body + whole.len, 0, 4);
	bench->span.len = whole.len + 4;
	assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_GZIP);
	bench->span.len = whole.len;
	bench->body[0] ^= 1;
	assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_GZIP);
}

static void without_memory_nothing_is_spent(void **state)
{
	struct bench *bench = *state;
	size_t budget = 10000;

	use(bench, as_zlib);
	bench->memory.fail_all = true;
	assert_int_equal(inflate(bench, &budget), MTPROTO_ERR_MEMORY);
	bench->memory.fail_all = false;
	assert_int_equal(budget, 10000);
	assert_int_equal(inflate(bench, &budget), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gzip_and_zlib_are_inflated, setup, teardown),
		cmocka_unit_test_setup_teardown(the_budget_is_shared_and_not_exceeded, setup, teardown),
		cmocka_unit_test_setup_teardown(a_bomb_takes_no_more_than_the_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lie_about_the_size_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_cut_off_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_damaged_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(objects_have_whole_words, setup, teardown),
		cmocka_unit_test_setup_teardown(only_a_whole_gzip_packed_is_one, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_nothing_is_spent, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
