/* Taking the wrappers off a request. */
#include "failing.h"
#include "hex.h"
#include "rpc/unwrap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The bytes of each wrapper up to its query, from the schema. */
static const char *const wrappers[] = {
	/* invokeWithLayer 166 */
	"0d0d9bda"
	"a6000000",
	/* initConnection: flags 0, api_id 12345, "Pix", "14", "1.0", "en", "", "en" */
	"a95ecdc1"
	"00000000"
	"39300000"
	"03506978"
	"02313400"
	"03312e30"
	"02656e00"
	"00000000"
	"02656e00",
	/* invokeAfterMsg 0x1122334455667788 */
	"2d379fcb"
	"8877665544332211",
	/* invokeAfterMsgs 1, 0x8877665544332211 */
	"f0b4c43d"
	"15c4b51c"
	"02000000"
	"0100000000000000"
	"1122334455667788",
	/* invokeWithoutUpdates */
	"b75994bf",
	/* invokeWithMessagesRange: messageRange 1 9 */
	"f2755236"
	"5302e30a"
	"01000000"
	"09000000",
	/* invokeWithTakeout 5 */
	"2efda9ac"
	"0500000000000000",
};

enum { LAYER, INIT, AFTER_MSG, AFTER_MSGS, WITHOUT_UPDATES, RANGE, TAKEOUT, WRAPPERS, GZIP = WRAPPERS };

/* help.getConfig */
static const char *const query = "6b18f9c4";

struct bench {
	struct failing memory;
	struct mtp_pool pool;
	struct mtp_inflater inflater;
	size_t budget;
	uint8_t bytes[4096];
	size_t len;
};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	failing_init(&bench->memory);
	mtp_pool_init(&bench->pool, &bench->memory.hooks, 0);
	bench->budget = 65536;
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

/* Puts a wrapper around what is in bench->bytes. */
static void put_around(struct bench *bench, int wrapper)
{
	uint8_t front[256];
	size_t len = hex(front, sizeof(front), wrappers[wrapper]);

	assert_true(bench->len + len <= sizeof(bench->bytes));
	memmove(bench->bytes + len, bench->bytes, bench->len);
	memcpy(bench->bytes, front, len);
	bench->len += len;
}

static uint32_t adler32(const uint8_t *data, size_t len)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < len; i++) {
		a = (a + data[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

/* The same with gzip_packed: zlib, as one stored block. */
static void pack(struct bench *bench)
{
	uint8_t packed[2048];
	struct mtproto_gzip_packed object = {{packed, bench->len + 11}};
	uint32_t sum = adler32(bench->bytes, bench->len);
	struct mtproto_tl_writer w;

	assert_true(object.packed_data.len <= sizeof(packed));
	hex(packed, sizeof(packed), "780101");
	packed[3] = (uint8_t)bench->len;
	packed[4] = (uint8_t)(bench->len >> 8);
	packed[5] = (uint8_t)~packed[3];
	packed[6] = (uint8_t)~packed[4];
	memcpy(packed + 7, bench->bytes, bench->len);
	for (int i = 0; i < 4; i++)
		packed[7 + bench->len + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
	mtproto_tl_writer_init(&w, bench->bytes, sizeof(bench->bytes));
	mtproto_gzip_packed_write(&w, &object);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	bench->len = w.len;
}

static void begin(struct bench *bench)
{
	bench->len = hex(bench->bytes, sizeof(bench->bytes), query);
}

/* Unwraps a copy of exactly so many bytes; what is looked at afterwards must not be in it. */
static int unwrap(struct bench *bench, size_t len, struct mtp_unwrapped *out)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct mtproto_span body = {exact, len};
	int error;

	assert_non_null(exact);
	memcpy(exact, bench->bytes, len);
	error = mtp_unwrap(&bench->inflater, &bench->pool, body, &bench->budget, out);
	if (error) {
		assert_null(out->block);
	} else {
		assert_true(out->query.len >= 4);
		assert_true(out->block ||
			    (out->query.data >= exact && out->query.data + out->query.len == exact + len));
		bench->len = out->query.len;
		memcpy(bench->bytes, out->query.data, out->query.len);
	}
	mtp_block_drop(out->block);
	free(exact);
	return error;
}

static void expect_query(struct bench *bench, struct mtp_unwrapped *out)
{
	uint8_t bytes[4];

	assert_int_equal(unwrap(bench, bench->len, out), 0);
	assert_int_equal(bench->len, hex(bytes, sizeof(bytes), query));
	assert_memory_equal(bench->bytes, bytes, 4);
}

static void a_bare_query_is_left_as_it_is(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	begin(bench);
	expect_query(bench, &out);
	assert_int_equal(out.layer, 0);
	assert_int_equal(out.api_id, 0);
	assert_int_equal(out.after_count, 0);
	assert_false(out.without_updates);
}

static void each_wrapper_says_what_it_says(void **state)
{
	for (int i = 0; i <= GZIP; i++) {
		struct bench *bench = *state;
		struct mtp_unwrapped out;

		begin(bench);
		if (i == GZIP)
			pack(bench);
		else
			put_around(bench, i);
		expect_query(bench, &out);
		assert_int_equal(out.layer, i == LAYER ? 166 : 0);
		assert_int_equal(out.api_id, i == INIT ? 12345 : 0);
		assert_int_equal(out.without_updates, i == WITHOUT_UPDATES);
		assert_int_equal(out.after_count, i == AFTER_MSG ? 1 : i == AFTER_MSGS ? 2 : 0);
		if (i == AFTER_MSG)
			assert_int_equal(out.after[0], 0x1122334455667788);
		if (i == AFTER_MSGS)
			assert_int_equal(out.after[1], 0x8877665544332211);
	}
}

/* The order of official clients: invokeWithLayer, initConnection, invokeAfterMsg, gzip_packed. */
static void the_order_of_clients(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	begin(bench);
	pack(bench);
	put_around(bench, AFTER_MSG);
	put_around(bench, INIT);
	put_around(bench, LAYER);
	expect_query(bench, &out);
	assert_int_equal(out.layer, 166);
	assert_int_equal(out.api_id, 12345);
	assert_int_equal(out.after_count, 1);
	assert_int_equal(out.after[0], 0x1122334455667788);
}

/* All eight in a random order, some of them packed on the way. */
static void any_order_will_do(void **state)
{
	struct bench *bench = *state;
	uint32_t random = 1;

	for (int round = 0; round < 500; round++) {
		int order[GZIP + 1];
		struct mtp_unwrapped out;

		begin(bench);
		for (int i = 0; i <= GZIP; i++) {
			int j;

			random = random * 1664525 + 1013904223;
			j = (int)(random >> 16) % (i + 1);
			order[i] = order[j];
			order[j] = i;
		}
		for (int i = 0; i <= GZIP; i++) {
			if (order[i] == GZIP)
				pack(bench);
			else
				put_around(bench, order[i]);
		}
		bench->budget = 65536;
		expect_query(bench, &out);
		assert_int_equal(out.layer, 166);
		assert_int_equal(out.api_id, 12345);
		assert_true(out.without_updates);
		assert_int_equal(out.after_count, 3);
	}
}

static void eight_wrappers_and_no_more(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	begin(bench);
	for (int i = 0; i < MTP_WRAPPERS_MAX; i++)
		put_around(bench, WITHOUT_UPDATES);
	expect_query(bench, &out);
	begin(bench);
	for (int i = 0; i <= MTP_WRAPPERS_MAX; i++)
		put_around(bench, WITHOUT_UPDATES);
	assert_int_equal(unwrap(bench, bench->len, &out), MTPROTO_ERR_LIMIT);
	begin(bench);
	for (int i = 0; i <= MTP_WRAPPERS_MAX; i++)
		pack(bench);
	assert_int_equal(unwrap(bench, bench->len, &out), MTPROTO_ERR_LIMIT);
}

static void cut_off_anywhere_it_is_refused(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	for (int i = 0; i < WRAPPERS; i++) {
		size_t whole;

		begin(bench);
		put_around(bench, i);
		whole = bench->len;
		for (size_t len = 0; len < whole; len++)
			assert_true(unwrap(bench, len, &out) < 0);
	}
	begin(bench);
	pack(bench);
	for (size_t len = 0; len < bench->len; len++) {
		int error = unwrap(bench, len, &out);

		assert_int_equal(error, len < 4 ? MTPROTO_ERR_TRUNCATED : MTPROTO_ERR_GZIP);
	}
}

static void each_error_has_its_name(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	bench->len = hex(bench->bytes, sizeof(bench->bytes),
			 "0d0d9bda"
			 "a6000000");
	assert_int_equal(unwrap(bench, bench->len, &out), MTPROTO_ERR_TRUNCATED);
	bench->len = hex(bench->bytes, sizeof(bench->bytes),
			 "f0b4c43d"
			 "16c4b51c"
			 "00000000"
			 "6b18f9c4");
	assert_int_equal(unwrap(bench, bench->len, &out), MTPROTO_ERR_CONSTRUCTOR);
	bench->len = hex(bench->bytes, sizeof(bench->bytes),
			 "f0b4c43d"
			 "15c4b51c"
			 "ffffff7f"
			 "6b18f9c4");
	assert_int_equal(unwrap(bench, bench->len, &out), MTPROTO_ERR_ENCODING);
}

static void packed_requests_share_the_budget(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	begin(bench);
	pack(bench);
	bench->budget = 4;
	expect_query(bench, &out);
	assert_int_equal(bench->budget, 0);
	/* The inner gzip_packed is 20 bytes, what is in it four more. */
	for (size_t budget = 20; budget <= 24; budget += 2) {
		begin(bench);
		pack(bench);
		assert_int_equal(bench->len, 20);
		pack(bench);
		bench->budget = budget;
		assert_int_equal(unwrap(bench, bench->len, &out), budget == 24 ? 0 : MTPROTO_ERR_INFLATED_SIZE);
	}
}

static void without_memory_there_is_nothing_to_drop(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	for (size_t call = 1; call <= 3; call++) {
		begin(bench);
		pack(bench);
		put_around(bench, LAYER);
		pack(bench);
		failing_fail(&bench->memory, call);
		assert_int_equal(unwrap(bench, bench->len, &out), call == 3 ? 0 : MTPROTO_ERR_MEMORY);
		bench->memory.fail_at = 0;
	}
}

static void an_empty_list_of_invoke_after_msgs_is_none(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	bench->len = hex(bench->bytes, sizeof(bench->bytes),
			 "f0b4c43d"
			 "15c4b51c"
			 "00000000"
			 "6b18f9c4");
	expect_query(bench, &out);
	assert_int_equal(out.after_count, 0);
}

static void no_more_msg_ids_than_fit(void **state)
{
	struct bench *bench = *state;
	struct mtp_unwrapped out;

	for (uint32_t count = MTPROTO_AFTER_MAX; count <= MTPROTO_AFTER_MAX + 1; count++) {
		struct mtproto_tl_writer w;

		mtproto_tl_writer_init(&w, bench->bytes, sizeof(bench->bytes));
		mtproto_tl_write_u32(&w, MTPROTO_ID_INVOKE_AFTER_MSGS);
		mtproto_tl_write_vector(&w, count);
		for (uint32_t i = 0; i < count; i++)
			mtproto_tl_write_long(&w, i);
		mtproto_tl_write_u32(&w, 0xc4f9186b);
		bench->len = w.len;
		if (count == MTPROTO_AFTER_MAX) {
			expect_query(bench, &out);
			assert_int_equal(out.after_count, MTPROTO_AFTER_MAX);
			assert_int_equal(out.after[MTPROTO_AFTER_MAX - 1], MTPROTO_AFTER_MAX - 1);
		} else {
			assert_int_equal(unwrap(bench, bench->len, &out), MTPROTO_ERR_LIMIT);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_bare_query_is_left_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(each_wrapper_says_what_it_says, setup, teardown),
		cmocka_unit_test_setup_teardown(the_order_of_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(any_order_will_do, setup, teardown),
		cmocka_unit_test_setup_teardown(eight_wrappers_and_no_more, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_off_anywhere_it_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(each_error_has_its_name, setup, teardown),
		cmocka_unit_test_setup_teardown(packed_requests_share_the_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_there_is_nothing_to_drop, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_list_of_invoke_after_msgs_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(no_more_msg_ids_than_fit, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
