/* The bytes that encoders put around packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mtproto/transport.h>

#include "hex.h"
#include "transport/pattern.h"

/* An encrypted packet with the auth_key of the samples at core.telegram.org/mtproto/samples-auth_key; its quick ack
 * token is fb374c19. The CRC32s of this file are zlib's. */
static const char packet_hex[] = "8ae7a271969a9b1f558d83052a84f342703f8d99b00f79f23f7f38eaab633786102b7e9ffb82fa22"
				 "c5ac416b564d961ac39229073902e1b049540807b40d6f619c8d637445969cc39404767047c0abe5"
				 "80de338c8585c230";

static const enum mtproto_framing all_framings[] = {MTPROTO_FRAMING_ABRIDGED, MTPROTO_FRAMING_INTERMEDIATE,
						    MTPROTO_FRAMING_PADDED, MTPROTO_FRAMING_FULL};

#define FRAMING_COUNT (sizeof(all_framings) / sizeof(all_framings[0]))

static int fill_counting(void *user, uint8_t *out, size_t len)
{
	uint8_t *next = user;

	while (len--)
		*out++ = (*next)++;
	return 0;
}

static int fill_failing(void *user, uint8_t *out, size_t len)
{
	(void)user;
	(void)out;
	(void)len;
	return 1;
}

static void names_go_both_ways(void **state)
{
	const char *names[] = {"abridged", "intermediate", "padded", "full"};
	enum mtproto_framing framing = MTPROTO_FRAMING_DETECT;

	(void)state;
	for (size_t i = 0; i < FRAMING_COUNT; i++) {
		assert_string_equal(mtproto_framing_name(all_framings[i]), names[i]);
		assert_int_equal(mtproto_framing_from_name(&framing, names[i]), 0);
		assert_int_equal(framing, all_framings[i]);
	}
	assert_string_equal(mtproto_framing_name(MTPROTO_FRAMING_DETECT), "detect");
	assert_string_equal(mtproto_framing_name((enum mtproto_framing)5), "unknown");
	assert_int_equal(mtproto_framing_from_name(&framing, "detect"), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_framing_from_name(&framing, "Full"), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_framing_from_name(&framing, ""), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(framing, MTPROTO_FRAMING_FULL);
}

static void tags_open_a_plain_stream(void **state)
{
	const char *tags[] = {"ef", "eeeeeeee", "dddddddd", ""};
	uint8_t tag[4], expected[4];

	(void)state;
	for (size_t i = 0; i < FRAMING_COUNT; i++) {
		size_t len = hex(expected, sizeof(expected), tags[i]);

		assert_int_equal(mtproto_framing_tag(all_framings[i], tag), len);
		assert_memory_equal(tag, expected, len);
	}
	assert_int_equal(mtproto_framing_tag(MTPROTO_FRAMING_DETECT, tag), 0);
}

/* Encodes and compares with head and tail in hex. */
static void check_encoded(struct mtproto_frame_encoder *encoder, const uint8_t *packet, size_t packet_len,
			  size_t padding, bool quick_ack, const char *head_hex, const char *tail_hex)
{
	uint8_t next = 0xa0;
	struct mtproto_random random = {fill_counting, &next};
	uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX], expected[16];
	size_t head_len, tail_len;

	assert_int_equal(mtproto_frame_encode(encoder, packet, packet_len, padding, quick_ack, &random, head, &head_len,
					      tail, &tail_len),
			 0);
	assert_int_equal(head_len, hex(expected, sizeof(expected), head_hex));
	assert_memory_equal(head, expected, head_len);
	assert_int_equal(tail_len, hex(expected, sizeof(expected), tail_hex));
	assert_memory_equal(tail, expected, tail_len);
}

static void encoders_write_the_documented_bytes(void **state)
{
	struct mtproto_frame_encoder encoder;
	uint8_t packet[88];

	(void)state;
	hex(packet, sizeof(packet), packet_hex);

	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_ABRIDGED);
	check_encoded(&encoder, packet, 88, 0, false, "16", "");
	check_encoded(&encoder, packet, 88, 15, true, "96", "");

	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_INTERMEDIATE);
	check_encoded(&encoder, packet, 88, 0, false, "58000000", "");
	check_encoded(&encoder, packet, 88, 15, true, "58000080", "");

	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_PADDED);
	check_encoded(&encoder, packet, 88, 0, false, "58000000", "");
	check_encoded(&encoder, packet, 88, 5, true, "5d000080", "a0a1a2a3a4");
	check_encoded(&encoder, packet, 88, 15, false, "67000000", "a0a1a2a3a4a5a6a7a8a9aaabacadae");

	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_FULL);
	check_encoded(&encoder, packet, 88, 15, false, "6400000000000000", "e4d20ac0");
	pattern(packet, 16, 5);
	check_encoded(&encoder, packet, 16, 0, false, "1c00000001000000", "f6d2f302");
}

/* All but full write the head without a look at the packet, so the largest need no memory. */
static void lengths_take_the_short_and_the_long_form(void **state)
{
	struct mtproto_frame_encoder encoder;

	(void)state;
	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_ABRIDGED);
	check_encoded(&encoder, NULL, 126 * 4, 0, false, "7e", "");
	check_encoded(&encoder, NULL, 126 * 4, 0, true, "fe", "");
	check_encoded(&encoder, NULL, 127 * 4, 0, false, "7f7f0000", "");
	check_encoded(&encoder, NULL, 127 * 4, 0, true, "ff7f0000", "");
	check_encoded(&encoder, NULL, 16u << 20, 0, false, "7f000040", "");
	check_encoded(&encoder, NULL, 0x3fffffc, 0, false, "7fffffff", "");

	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_INTERMEDIATE);
	check_encoded(&encoder, NULL, 0x7ffffffc, 0, false, "fcffff7f", "");
	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_PADDED);
	check_encoded(&encoder, NULL, 0x7ffffff0, 0, false, "f0ffff7f", "");
}

static int encode_error(enum mtproto_framing framing, size_t packet_len, size_t padding, bool quick_ack)
{
	struct mtproto_frame_encoder encoder;
	const uint8_t packet[20] = {0};
	uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX];
	size_t head_len = 1, tail_len = 1;
	int error;

	mtproto_frame_encoder_init(&encoder, framing);
	error = mtproto_frame_encode(&encoder, packet, packet_len, padding, quick_ack, NULL, head, &head_len, tail,
				     &tail_len);
	if (error) {
		assert_int_equal(head_len, 0);
		assert_int_equal(tail_len, 0);
		assert_int_equal(encoder.sequence, 0);
	}
	return error;
}

static void encoders_refuse_what_no_frame_can_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < FRAMING_COUNT; i++) {
		assert_int_equal(encode_error(all_framings[i], 0, 0, false), MTPROTO_ERR_ARGUMENT);
		assert_int_equal(encode_error(all_framings[i], 18, 0, false), MTPROTO_ERR_ARGUMENT);
		assert_int_equal(encode_error(all_framings[i], 4, 0, false), 0);
	}
	assert_int_equal(encode_error(MTPROTO_FRAMING_DETECT, 16, 0, false), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(encode_error((enum mtproto_framing)5, 16, 0, false), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(encode_error(MTPROTO_FRAMING_FULL, 16, 0, true), MTPROTO_ERR_ARGUMENT);

	assert_int_equal(encode_error(MTPROTO_FRAMING_PADDED, 16, 15, false), 0);
	assert_int_equal(encode_error(MTPROTO_FRAMING_PADDED, 16, 16, false), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(encode_error(MTPROTO_FRAMING_PADDED, 12, 3, false), 0);
	assert_int_equal(encode_error(MTPROTO_FRAMING_PADDED, 12, 4, false), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(encode_error(MTPROTO_FRAMING_INTERMEDIATE, 12, 16, false), 0);

	assert_int_equal(encode_error(MTPROTO_FRAMING_ABRIDGED, 0x4000000, 0, false), MTPROTO_ERR_TOO_LARGE);
	assert_int_equal(encode_error(MTPROTO_FRAMING_INTERMEDIATE, 0x80000000u, 0, false), MTPROTO_ERR_TOO_LARGE);
	assert_int_equal(encode_error(MTPROTO_FRAMING_PADDED, 0x7ffffff4, 0, false), MTPROTO_ERR_TOO_LARGE);
	assert_int_equal(encode_error(MTPROTO_FRAMING_FULL, 0xfffffff4u, 0, false), MTPROTO_ERR_TOO_LARGE);
}

static void padding_needs_the_random_source(void **state)
{
	struct mtproto_random random = {fill_failing, NULL};
	struct mtproto_frame_encoder encoder;
	uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX];
	size_t head_len, tail_len;

	(void)state;
	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_PADDED);
	assert_int_equal(mtproto_frame_encode(&encoder, NULL, 16, 1, false, &random, head, &head_len, tail, &tail_len),
			 MTPROTO_ERR_RANDOM);
	assert_int_equal(mtproto_frame_encode(&encoder, NULL, 16, 0, false, &random, head, &head_len, tail, &tail_len),
			 0);
}

static void quick_acks_have_their_own_frames(void **state)
{
	const char *frames[] = {"fb374c19", "194c37fb", "08000000ffffffff194c37fb", NULL};
	struct mtproto_frame_encoder encoder;
	uint8_t out[16], expected[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < FRAMING_COUNT; i++) {
		mtproto_frame_encoder_init(&encoder, all_framings[i]);
		if (!frames[i]) {
			assert_int_equal(mtproto_frame_encode_quick_ack(&encoder, 0xfb374c19, out, &len),
					 MTPROTO_ERR_ARGUMENT);
			continue;
		}
		assert_int_equal(mtproto_frame_encode_quick_ack(&encoder, 0xfb374c19, out, &len), 0);
		assert_int_equal(len, hex(expected, sizeof(expected), frames[i]));
		assert_memory_equal(out, expected, len);
		assert_int_equal(mtproto_frame_encode_quick_ack(&encoder, 0x7b374c19, out, &len), MTPROTO_ERR_ARGUMENT);
		assert_int_equal(len, 0);
	}
	mtproto_frame_encoder_init(&encoder, MTPROTO_FRAMING_DETECT);
	assert_int_equal(mtproto_frame_encode_quick_ack(&encoder, 0xfb374c19, out, &len), MTPROTO_ERR_ARGUMENT);
}

/* Encodes the packet_len bytes at buffer + 8 in place and decodes the result. */
static void round_trip(struct mtproto_frame_encoder *encoder, struct mtproto_frame_decoder *decoder, uint8_t *buffer,
		       size_t packet_len, bool quick_ack)
{
	uint8_t *packet = buffer + MTPROTO_FRAME_HEAD_MAX;
	uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX];
	size_t head_len, tail_len, consumed, wanted;
	size_t padding = encoder->framing == MTPROTO_FRAMING_PADDED ? 15 : 0;
	struct mtproto_frame frame;

	assert_int_equal(mtproto_frame_encode(encoder, packet, packet_len, padding, quick_ack, NULL, head, &head_len,
					      tail, &tail_len),
			 0);
	memcpy(packet - head_len, head, head_len);
	memcpy(packet + packet_len, tail, tail_len);
	assert_int_equal(mtproto_frame_decode(decoder, packet - head_len, head_len + packet_len + tail_len, &frame,
					      &consumed, &wanted),
			 0);
	assert_int_equal(frame.kind, MTPROTO_FRAME_PACKET);
	assert_int_equal(frame.packet_offset, head_len);
	assert_int_equal(frame.packet_len, packet_len + padding);
	assert_int_equal(frame.quick_ack_wanted, quick_ack);
	assert_int_equal(consumed, head_len + packet_len + tail_len);
}

static void every_size_survives_a_round_trip(void **state)
{
	const size_t sizes[] = {16, 20, 88, 500, 504, 508, 512, 65536, MTPROTO_FRAME_SIZE_MAX_DEFAULT};
	const size_t capacity = MTPROTO_FRAME_SIZE_MAX_DEFAULT + MTPROTO_FRAME_HEAD_MAX + MTPROTO_FRAME_TAIL_MAX;
	uint8_t *buffer = test_malloc(capacity);

	(void)state;
	memset(buffer, 0x5a, capacity);
	for (size_t f = 0; f < FRAMING_COUNT; f++) {
		struct mtproto_frame_encoder encoder;
		struct mtproto_frame_decoder client, server;

		mtproto_frame_encoder_init(&encoder, all_framings[f]);
		mtproto_frame_decoder_init(&client, all_framings[f], false, 0);
		mtproto_frame_decoder_init(&server, all_framings[f], true, 0);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			round_trip(&encoder, &client, buffer, sizes[i], false);
		if (all_framings[f] == MTPROTO_FRAMING_FULL)
			continue;
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			round_trip(&encoder, &server, buffer, sizes[i], true);
	}
	test_free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(tags_open_a_plain_stream),
		cmocka_unit_test(encoders_write_the_documented_bytes),
		cmocka_unit_test(lengths_take_the_short_and_the_long_form),
		cmocka_unit_test(encoders_refuse_what_no_frame_can_say),
		cmocka_unit_test(padding_needs_the_random_source),
		cmocka_unit_test(quick_acks_have_their_own_frames),
		cmocka_unit_test(every_size_survives_a_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
