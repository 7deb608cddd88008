/* msg_container, checked as a whole before anything in it is used. */
#include "hex.h"

#include <mtproto/session.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A container that a server of Telegram sent: new_session_created and pong. */
static const char *const real =
	"dcf8f1730200000001a8c1c2918b305e010000001c0000000809c29ec4fd33ad918b305e18a88ea607ee5816fc826a02248b28fd"
	"01ccc1c2918b305e0200000014000000c5737734c4fd33ad918b305e6408300000000000";
static const uint64_t real_msg_id = 0x5e308b91c2c1f001;

static void a_real_one_comes_apart(void **state)
{
	uint8_t bytes[256];
	struct mtproto_span body = {bytes, hex(bytes, sizeof(bytes), real)};
	struct mtproto_container_message m;
	struct mtproto_tl_reader r;
	uint32_t count;

	(void)state;
	assert_true(mtproto_container_test(body));
	assert_int_equal(mtproto_container_open(body, real_msg_id, &r, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(mtproto_container_message_read(&m, &r), 0);
	assert_int_equal(m.msg_id, 0x5e308b91c2c1a801);
	assert_int_equal(m.seq_no, 1);
	assert_int_equal(m.body.len, 28);
	assert_ptr_equal(m.body.data, bytes + 8 + 16);
	assert_int_equal(mtproto_container_message_read(&m, &r), 0);
	assert_int_equal(m.msg_id, 0x5e308b91c2c1cc01);
	assert_int_equal(m.seq_no, 2);
	assert_int_equal(m.body.len, 20);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
}

/* Every length but the right one, in memory of exactly that length. */
static void every_other_length_is_refused(void **state)
{
	uint8_t bytes[256] = {0};
	size_t len = hex(bytes, sizeof(bytes), real);

	(void)state;
	for (size_t cut = 0; cut <= len + 8; cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);
		struct mtproto_span body = {copy, cut};
		struct mtproto_tl_reader r;
		uint32_t count;

		assert_non_null(copy);
		memcpy(copy, bytes, cut);
		assert_int_equal(mtproto_container_open(body, real_msg_id, &r, &count),
				 cut == len ? 0 : MTPROTO_ERR_CONTAINER);
		free(copy);
	}
}

static void inner_msg_ids_are_lower(void **state)
{
	uint8_t bytes[256];
	struct mtproto_span body = {bytes, hex(bytes, sizeof(bytes), real)};
	struct mtproto_tl_reader r;
	uint32_t count;

	(void)state;
	assert_int_equal(mtproto_container_open(body, 0x5e308b91c2c1cc01, &r, &count), MTPROTO_ERR_CONTAINER);
	assert_int_equal(mtproto_container_open(body, 0x5e308b91c2c1cc02, &r, &count), 0);
}

static int open_with(size_t at, uint8_t value)
{
	uint8_t bytes[256];
	struct mtproto_span body = {bytes, hex(bytes, sizeof(bytes), real)};
	struct mtproto_tl_reader r;
	uint32_t count;

	bytes[at] = value;
	return mtproto_container_open(body, real_msg_id, &r, &count);
}

static void counts_and_lengths_must_fit(void **state)
{
	(void)state;
	assert_int_equal(open_with(4, 1), MTPROTO_ERR_CONTAINER);
	assert_int_equal(open_with(4, 3), MTPROTO_ERR_CONTAINER);
	assert_int_equal(open_with(7, 0x80), MTPROTO_ERR_CONTAINER);
	assert_int_equal(open_with(8 + 12, 24), MTPROTO_ERR_CONTAINER);
	assert_int_equal(open_with(8 + 12, 27), MTPROTO_ERR_CONTAINER);
	assert_int_equal(open_with(8 + 12, 32), MTPROTO_ERR_CONTAINER);
	assert_int_equal(open_with(8 + 15, 0x80), MTPROTO_ERR_CONTAINER);
	assert_int_equal(open_with(0, 0), MTPROTO_ERR_CONTAINER);
}

static void other_objects_are_none(void **state)
{
	static const uint8_t pong[4] = {0xc5, 0x73, 0x77, 0x34};
	static const uint8_t id[4] = {0xdc, 0xf8, 0xf1, 0x73};

	(void)state;
	assert_false(mtproto_container_test((struct mtproto_span){pong, 4}));
	assert_false(mtproto_container_test((struct mtproto_span){NULL, 0}));
	assert_false(mtproto_container_test((struct mtproto_span){id, 3}));
	assert_true(mtproto_container_test((struct mtproto_span){id, 4}));
}

/* ---- Copies ---- */

/* msg_copy of a message 5b4 with seq_no 7: pong, with its fields in the order of the wire. */
static const char *const copy = "b24660e0"
				"11e5b85b"
				"b405000000000000"
				"07000000"
				"14000000"
				"c5737734c4fd33ad918b305e6408300000000000";

static int open_copy(const char *text, uint64_t msg_id, struct mtproto_container_message *m)
{
	static uint8_t bytes[256];
	struct mtproto_span body = {bytes, hex(bytes, sizeof(bytes), text)};

	assert_true(mtproto_msg_copy_test(body));
	assert_false(mtproto_container_test(body));
	return mtproto_msg_copy_open(body, msg_id, m);
}

static void a_copy_shows_its_original(void **state)
{
	struct mtproto_container_message m;

	(void)state;
	assert_int_equal(open_copy(copy, 0x5b8, &m), 0);
	assert_true(m.msg_id == 0x5b4);
	assert_int_equal(m.seq_no, 7);
	assert_int_equal(m.body.len, 20);
	assert_int_equal(m.body.data[0], 0xc5);
	/* The original came first. */
	assert_int_equal(open_copy(copy, 0x5b4, &m), MTPROTO_ERR_CONTAINER);
	assert_int_equal(open_copy(copy, 0x5b0, &m), MTPROTO_ERR_CONTAINER);
}

static void every_other_length_of_a_copy_is_refused(void **state)
{
	uint8_t bytes[256] = {0};
	size_t len = hex(bytes, sizeof(bytes), copy);

	(void)state;
	for (size_t cut = 0; cut <= len + 8; cut++) {
		uint8_t *part = malloc(cut ? cut : 1);
		struct mtproto_span body = {part, cut};
		struct mtproto_container_message m;

		assert_non_null(part);
		memcpy(part, bytes, cut);
		assert_int_equal(mtproto_msg_copy_open(body, 0x5b8, &m), cut == len ? 0 : MTPROTO_ERR_CONTAINER);
		free(part);
	}
}

static void a_copy_holds_one_plain_message(void **state)
{
	static const char *const others[] = {
		/* no boxed message */
		"b24660e0"
		"12e5b85b"
		"b405000000000000"
		"07000000"
		"04000000"
		"c5737734",
		/* bare, as in a container */
		"b24660e0"
		"b405000000000000"
		"07000000"
		"04000000"
		"c5737734",
		/* a container */
		"b24660e0"
		"11e5b85b"
		"b405000000000000"
		"06000000"
		"08000000"
		"dcf8f17300000000",
		/* a copy */
		"b24660e0"
		"11e5b85b"
		"b405000000000000"
		"06000000"
		"1c000000"
		"b24660e0"
		"11e5b85b"
		"b005000000000000"
		"07000000"
		"04000000"
		"c5737734",
		/* nothing */
		"b24660e0"
		"11e5b85b"
		"b405000000000000"
		"07000000"
		"00000000",
		/* lengths that do not fit */
		"b24660e0"
		"11e5b85b"
		"b405000000000000"
		"07000000"
		"03000000"
		"c5737734",
		"b24660e0"
		"11e5b85b"
		"b405000000000000"
		"07000000"
		"fcffffff"
		"c5737734",
	};
	struct mtproto_container_message m;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(open_copy(others[i], 0x5b8, &m), MTPROTO_ERR_CONTAINER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_real_one_comes_apart),
		cmocka_unit_test(every_other_length_is_refused),
		cmocka_unit_test(inner_msg_ids_are_lower),
		cmocka_unit_test(counts_and_lengths_must_fit),
		cmocka_unit_test(other_objects_are_none),
		cmocka_unit_test(a_copy_shows_its_original),
		cmocka_unit_test(every_other_length_of_a_copy_is_refused),
		cmocka_unit_test(a_copy_holds_one_plain_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
