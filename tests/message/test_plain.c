/* Unencrypted messages. */
#include <mtproto/message_plain.h>

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* req_pq_multi of core.telegram.org/mtproto/samples-auth_key. */
#define SAMPLE "000000000000000064f70d00fcc0ab6514000000f18e7ebe15a084b3b9ca2a17f03925f44b78fe68"

/* A server's message with msg_id 0x65abc0fe00000001 and a body of 8 bytes. */
#define ANSWER "000000000000000001000000fec0ab65080000000102030405060708"

/* Parses a copy of exactly the bytes of text; out then points into a static buffer. */
static int parse(struct mtproto_plain_message *out, enum mtproto_direction direction, const char *text)
{
	static uint8_t kept[256];
	size_t len = strlen(text) / 2;
	uint8_t *exact = malloc(len ? len : 1);
	int error;

	assert_non_null(exact);
	hex(exact, len, text);
	hex(kept, sizeof(kept), text);
	error = mtproto_plain_parse(out, direction, exact, len);
	if (!error)
		out->body.data = kept + (out->body.data - exact);
	free(exact);
	return error;
}

static void the_official_sample_is_read_and_written(void **state)
{
	struct mtproto_plain_message message;
	uint8_t expected[40], out[40];
	size_t len;

	(void)state;
	hex(expected, sizeof(expected), SAMPLE);
	assert_int_equal(parse(&message, MTPROTO_TO_SERVER, SAMPLE), 0);
	assert_true(message.msg_id == 0x65abc0fc000df764u);
	assert_int_equal(message.body.len, 20);
	assert_memory_equal(message.body.data, expected + 20, 20);

	assert_int_equal(mtproto_plain_pack(NULL, 0, &len, &message), 0);
	assert_int_equal(len, 40);
	assert_int_equal(mtproto_plain_pack(out, sizeof(out), &len, &message), 0);
	assert_int_equal(len, 40);
	assert_memory_equal(out, expected, 40);
}

static void a_body_may_stand_at_its_place_already(void **state)
{
	uint8_t expected[40], out[40];
	struct mtproto_plain_message message = {0x65abc0fc000df764u, {out + 20, 20}};
	size_t len;

	(void)state;
	hex(expected, sizeof(expected), SAMPLE);
	memcpy(out + 20, expected + 20, 20);
	assert_int_equal(mtproto_plain_pack(out, sizeof(out), &len, &message), 0);
	assert_memory_equal(out, expected, 40);
}

static void pack_refuses_what_can_not_be_sent(void **state)
{
	uint8_t out[40] = {0};
	struct mtproto_plain_message message = {4, {out, 20}};
	size_t len;

	(void)state;
	assert_int_equal(mtproto_plain_pack(out, 39, &len, &message), MTPROTO_ERR_BUFFER);
	assert_int_equal(len, 0);
	message.body.len = 18;
	assert_int_equal(mtproto_plain_pack(out, sizeof(out), &len, &message), MTPROTO_ERR_ARGUMENT);
	message.body.len = 0;
	assert_int_equal(mtproto_plain_pack(out, sizeof(out), &len, &message), MTPROTO_ERR_ARGUMENT);
	message.body.len = (size_t)INT32_MAX + 1;
	assert_int_equal(mtproto_plain_pack(NULL, 0, &len, &message), MTPROTO_ERR_TOO_LARGE);
}

static void a_server_answers_with_the_low_bits_of_a_reply(void **state)
{
	static const char *const others[] = {
		"000000000000000000000000fec0ab65080000000102030405060708",
		"000000000000000002000000fec0ab65080000000102030405060708",
		"000000000000000003000000fec0ab65080000000102030405060708",
	};
	struct mtproto_plain_message message;

	(void)state;
	assert_int_equal(parse(&message, MTPROTO_TO_CLIENT, ANSWER), 0);
	assert_true(message.msg_id == 0x65abc0fe00000001u);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(parse(&message, MTPROTO_TO_CLIENT, others[i]), MTPROTO_ERR_MSG_ID_PARITY);
		assert_null(message.body.data);
		assert_int_equal(parse(&message, MTPROTO_TO_SERVER, others[i]), 0);
	}
}

static void a_client_may_send_a_msg_id_of_zero(void **state)
{
	struct mtproto_plain_message message;

	(void)state;
	assert_int_equal(parse(&message, MTPROTO_TO_SERVER, "000000000000000000000000000000000400000001020304"), 0);
	assert_int_equal(message.msg_id, 0);
}

static void bytes_beyond_the_declared_length_are_cut(void **state)
{
	struct mtproto_plain_message message;

	(void)state;
	assert_int_equal(parse(&message, MTPROTO_TO_CLIENT, ANSWER "aabbccddeeff00112233445566"), 0);
	assert_int_equal(message.body.len, 8);
	assert_memory_equal(message.body.data, "\1\2\3\4\5\6\7\10", 8);
}

static void a_length_beyond_the_frame_is_refused(void **state)
{
	struct mtproto_plain_message message;

	(void)state;
	assert_int_equal(parse(&message, MTPROTO_TO_CLIENT,
			       "000000000000000001000000fec0ab650900000001020304050607"
			       "08"),
			 MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(parse(&message, MTPROTO_TO_CLIENT, "000000000000000001000000fec0ab65ffffffff0102030405060708"),
			 MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(parse(&message, MTPROTO_TO_CLIENT, "000000000000000001000000fec0ab65030000000102030405060708"),
			 MTPROTO_ERR_MESSAGE_LENGTH);
}

static void shorter_frames_are_refused(void **state)
{
	char text[] = ANSWER;
	struct mtproto_plain_message message;

	(void)state;
	for (size_t len = 0; len < 24; len++) {
		text[2 * len] = 0;
		assert_int_equal(parse(&message, MTPROTO_TO_CLIENT, text), MTPROTO_ERR_TRUNCATED);
		text[2 * len] = ANSWER[2 * len];
	}
}

static void encrypted_messages_are_told_apart(void **state)
{
	struct mtproto_plain_message message;
	uint8_t frame[28];

	(void)state;
	hex(frame, sizeof(frame), ANSWER);
	assert_true(mtproto_plain_is(frame, sizeof(frame)));
	assert_true(mtproto_plain_is(frame, 8));
	assert_false(mtproto_plain_is(frame, 7));
	for (size_t i = 0; i < 8; i++) {
		frame[i] = 0x80;
		assert_false(mtproto_plain_is(frame, sizeof(frame)));
		assert_int_equal(mtproto_plain_parse(&message, MTPROTO_TO_CLIENT, frame, sizeof(frame)),
				 MTPROTO_ERR_AUTH_KEY_ID);
		frame[i] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_official_sample_is_read_and_written),
		cmocka_unit_test(a_body_may_stand_at_its_place_already),
		cmocka_unit_test(pack_refuses_what_can_not_be_sent),
		cmocka_unit_test(a_server_answers_with_the_low_bits_of_a_reply),
		cmocka_unit_test(a_client_may_send_a_msg_id_of_zero),
		cmocka_unit_test(bytes_beyond_the_declared_length_are_cut),
		cmocka_unit_test(a_length_beyond_the_frame_is_refused),
		cmocka_unit_test(shorter_frames_are_refused),
		cmocka_unit_test(encrypted_messages_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
