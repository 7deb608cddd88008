/* One frame at a time: what a decoder says to it, and every way in which a header can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <mtproto/transport.h>

#include "hex.h"

enum role { CLIENT, SERVER };

static int decode_hex(enum mtproto_framing framing, enum role role, const char *text, struct mtproto_frame *frame,
		      size_t *consumed, size_t *wanted)
{
	struct mtproto_frame_decoder decoder;
	uint8_t data[64];
	size_t len = hex(data, sizeof(data), text);
	int error;

	mtproto_frame_decoder_init(&decoder, framing, role == SERVER, 1024);
	error = mtproto_frame_decode(&decoder, data, len, frame, consumed, wanted);
	if (error) {
		const struct mtproto_frame zero = {0};
		struct mtproto_frame again = {.packet_len = 1};
		size_t c = 1, w = 1;

		assert_memory_equal(frame, &zero, sizeof(zero));
		assert_int_equal(*consumed, 0);
		assert_int_equal(*wanted, 0);
		/* A broken stream stays broken, whatever comes. */
		assert_int_equal(mtproto_frame_decode(&decoder, NULL, 0, &again, &c, &w), error);
		assert_memory_equal(&again, &zero, sizeof(zero));
		assert_int_equal(c, 0);
		assert_int_equal(w, 0);
	}
	return error;
}

static void check_error(enum mtproto_framing framing, enum role role, const char *text, int expected)
{
	struct mtproto_frame frame;
	size_t consumed, wanted;

	assert_int_equal(decode_hex(framing, role, text, &frame, &consumed, &wanted), expected);
}

/* text is one whole frame of this kind; value is its error or token. */
static void check_kind(enum mtproto_framing framing, enum role role, const char *text, enum mtproto_frame_kind kind,
		       uint32_t value)
{
	struct mtproto_frame frame;
	size_t consumed, wanted;

	assert_int_equal(decode_hex(framing, role, text, &frame, &consumed, &wanted), 0);
	assert_int_equal(frame.kind, kind);
	assert_int_equal(consumed, strlen(text) / 2);
	assert_int_equal(wanted, 0);
	assert_int_equal((uint32_t)frame.transport_error, kind == MTPROTO_FRAME_TRANSPORT_ERROR ? value : 0);
	assert_int_equal(frame.quick_ack_token, kind == MTPROTO_FRAME_QUICK_ACK ? value : 0);
	assert_int_equal(frame.packet_len, 0);
	assert_int_equal(frame.packet_offset, 0);
	assert_false(frame.quick_ack_wanted);
}

/* text is the beginning of a frame that needs this many bytes to go on. */
static void check_wanted(enum mtproto_framing framing, enum role role, const char *text, size_t expected)
{
	struct mtproto_frame frame;
	size_t consumed, wanted;

	assert_int_equal(decode_hex(framing, role, text, &frame, &consumed, &wanted), 0);
	assert_int_equal(frame.kind, MTPROTO_FRAME_NONE);
	assert_int_equal(frame.packet_len, 0);
	assert_int_equal(consumed, 0);
	assert_int_equal(wanted, expected);
}

static void a_four_byte_packet_is_a_transport_error(void **state)
{
	const uint32_t not_found = (uint32_t)-404;

	(void)state;
	check_kind(MTPROTO_FRAMING_ABRIDGED, CLIENT, "016cfeffff", MTPROTO_FRAME_TRANSPORT_ERROR, not_found);
	check_kind(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "040000006cfeffff", MTPROTO_FRAME_TRANSPORT_ERROR, not_found);
	check_kind(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "04000000ffffffff", MTPROTO_FRAME_TRANSPORT_ERROR, UINT32_MAX);
	check_kind(MTPROTO_FRAMING_FULL, CLIENT, "10000000000000006cfeffff0d2f4107", MTPROTO_FRAME_TRANSPORT_ERROR,
		   not_found);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "040000006cfeffff", MTPROTO_FRAME_TRANSPORT_ERROR, not_found);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "070000006cfeffff010203", MTPROTO_FRAME_TRANSPORT_ERROR, not_found);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "0f0000006cfeffff0102030405060708090a0b",
		   MTPROTO_FRAME_TRANSPORT_ERROR, not_found);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "07000000ffffffff010203", MTPROTO_FRAME_TRANSPORT_ERROR, UINT32_MAX);

	check_error(MTPROTO_FRAMING_ABRIDGED, CLIENT, "0101000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "0400000001000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_PADDED, CLIENT, "0600000001000000aabb", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "100000000000000001000000f64c71cf", MTPROTO_ERR_FRAME);
}

static void short_frames_that_begin_with_zero_are_fillers(void **state)
{
	(void)state;
	check_kind(MTPROTO_FRAMING_ABRIDGED, CLIENT, "0100000000", MTPROTO_FRAME_FILLER, 0);
	check_kind(MTPROTO_FRAMING_ABRIDGED, SERVER, "03000000000102030405060708", MTPROTO_FRAME_FILLER, 0);
	check_kind(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "08000000000000006cfeffff", MTPROTO_FRAME_FILLER, 0);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "0f000000000000000102030405060708090a0b", MTPROTO_FRAME_FILLER, 0);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "0400000000000000", MTPROTO_FRAME_FILLER, 0);
}

static void other_short_frames_are_refused(void **state)
{
	(void)state;
	check_error(MTPROTO_FRAMING_ABRIDGED, CLIENT, "026cfeffff00000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "08000000ffffffff194c37fb", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_PADDED, CLIENT, "0f0000000100000001020304050607080a0b0c", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "14000000000000000910171e252c333a63f9e3f3", MTPROTO_ERR_FRAME);
}

static void clients_take_every_form_of_a_quick_ack(void **state)
{
	const uint32_t token = 0xfb374c19;

	(void)state;
	check_kind(MTPROTO_FRAMING_ABRIDGED, CLIENT, "fb374c19", MTPROTO_FRAME_QUICK_ACK, token);
	check_kind(MTPROTO_FRAMING_ABRIDGED, CLIENT, "ff374c19", MTPROTO_FRAME_QUICK_ACK, 0xff374c19);
	check_kind(MTPROTO_FRAMING_ABRIDGED, CLIENT, "80000000", MTPROTO_FRAME_QUICK_ACK, 0x80000000);
	check_kind(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "194c37fb", MTPROTO_FRAME_QUICK_ACK, token);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "194c37fb", MTPROTO_FRAME_QUICK_ACK, token);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "08000000ffffffff194c37fb", MTPROTO_FRAME_QUICK_ACK, token);
	check_kind(MTPROTO_FRAMING_PADDED, CLIENT, "0f000000ffffffff194c37fb01020304050607", MTPROTO_FRAME_QUICK_ACK,
		   token);
	check_kind(MTPROTO_FRAMING_PADDED, SERVER, "08000000ffffffff194c37fb", MTPROTO_FRAME_TRANSPORT_ERROR,
		   UINT32_MAX);
}

static void check_packet(enum mtproto_framing framing, enum role role, const char *head, const char *tail,
			 size_t head_len, bool quick_ack_wanted)
{
	char text[256];
	struct mtproto_frame frame;
	size_t consumed, wanted, tail_len = strlen(tail) / 2;
	bool padded = framing == MTPROTO_FRAMING_PADDED;

	/* First int -1: only its length says that it is no quick ack and no error. */
	snprintf(text, sizeof(text), "%sffffffff0102030405060708090a0b0c%s", head, tail);
	assert_int_equal(decode_hex(framing, role, text, &frame, &consumed, &wanted), 0);
	assert_int_equal(frame.kind, MTPROTO_FRAME_PACKET);
	assert_int_equal(frame.packet_offset, head_len);
	assert_int_equal(frame.packet_len, 16 + (padded ? tail_len : 0));
	assert_int_equal(frame.quick_ack_wanted, quick_ack_wanted);
	assert_int_equal(frame.transport_error, 0);
	assert_int_equal(frame.quick_ack_token, 0);
	assert_int_equal(consumed, strlen(text) / 2);
	assert_int_equal(wanted, 0);
}

static void sixteen_bytes_are_a_packet(void **state)
{
	(void)state;
	check_packet(MTPROTO_FRAMING_ABRIDGED, CLIENT, "04", "", 1, false);
	check_packet(MTPROTO_FRAMING_ABRIDGED, SERVER, "04", "", 1, false);
	check_packet(MTPROTO_FRAMING_ABRIDGED, SERVER, "84", "", 1, true);
	check_packet(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "10000000", "", 4, false);
	check_packet(MTPROTO_FRAMING_INTERMEDIATE, SERVER, "10000080", "", 4, true);
	check_packet(MTPROTO_FRAMING_PADDED, CLIENT, "10000000", "", 4, false);
	check_packet(MTPROTO_FRAMING_PADDED, CLIENT, "1f000000", "aabbccddeeff00112233445566778f", 4, false);
	check_packet(MTPROTO_FRAMING_PADDED, SERVER, "11000080", "aa", 4, true);
	/* zlib.crc32 of 1c000000 00000000 ffffffff 01..0c */
	check_packet(MTPROTO_FRAMING_FULL, CLIENT, "1c00000000000000", "6ca36f9d", 8, false);
}

static void impossible_headers_are_refused_at_once(void **state)
{
	(void)state;
	check_error(MTPROTO_FRAMING_ABRIDGED, CLIENT, "00", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_ABRIDGED, SERVER, "80", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_ABRIDGED, CLIENT, "7f7e0000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_ABRIDGED, SERVER, "ff000000", MTPROTO_ERR_FRAME);

	check_error(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "00000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "12000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_INTERMEDIATE, SERVER, "11000080", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_PADDED, CLIENT, "03000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_PADDED, SERVER, "00000080", MTPROTO_ERR_FRAME);

	check_error(MTPROTO_FRAMING_FULL, CLIENT, "0c000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "00000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "1e000000", MTPROTO_ERR_FRAME);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "1c00000001000000", MTPROTO_ERR_FRAME_SEQUENCE);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "10000000000000006cfeffff0d2f4106", MTPROTO_ERR_CHECKSUM);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "10000000000000006cfefffe0d2f4107", MTPROTO_ERR_CHECKSUM);
}

/* The decoders of these tests take packets of up to 1,024 bytes. */
static void large_frames_are_refused_before_they_arrive(void **state)
{
	(void)state;
	check_wanted(MTPROTO_FRAMING_ABRIDGED, CLIENT, "7f000100", 4 + 1024);
	check_error(MTPROTO_FRAMING_ABRIDGED, CLIENT, "7f010100", MTPROTO_ERR_FRAME_TOO_LARGE);
	check_error(MTPROTO_FRAMING_ABRIDGED, SERVER, "ffffffff", MTPROTO_ERR_FRAME_TOO_LARGE);
	check_wanted(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "00040000", 4 + 1024);
	check_error(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "04040000", MTPROTO_ERR_FRAME_TOO_LARGE);
	check_error(MTPROTO_FRAMING_INTERMEDIATE, SERVER, "fcffffff", MTPROTO_ERR_FRAME_TOO_LARGE);
	check_wanted(MTPROTO_FRAMING_PADDED, CLIENT, "0f040000", 4 + 1024 + 15);
	check_error(MTPROTO_FRAMING_PADDED, CLIENT, "10040000", MTPROTO_ERR_FRAME_TOO_LARGE);
	check_error(MTPROTO_FRAMING_PADDED, SERVER, "ffffffff", MTPROTO_ERR_FRAME_TOO_LARGE);
	check_wanted(MTPROTO_FRAMING_FULL, CLIENT, "0c04000000000000", 12 + 1024);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "10040000", MTPROTO_ERR_FRAME_TOO_LARGE);
	check_error(MTPROTO_FRAMING_FULL, CLIENT, "fcffffff", MTPROTO_ERR_FRAME_TOO_LARGE);
}

static void the_default_limit_is_16_mib(void **state)
{
	const uint8_t at_limit[4] = {0, 0, 0, 1}, above[4] = {4, 0, 0, 1};
	struct mtproto_frame_decoder decoder;
	struct mtproto_frame frame;
	size_t consumed, wanted;

	(void)state;
	mtproto_frame_decoder_init(&decoder, MTPROTO_FRAMING_INTERMEDIATE, false, 0);
	assert_int_equal(mtproto_frame_decode(&decoder, at_limit, 4, &frame, &consumed, &wanted), 0);
	assert_int_equal(wanted, 4 + (1u << 24));
	assert_int_equal(mtproto_frame_decode(&decoder, above, 4, &frame, &consumed, &wanted),
			 MTPROTO_ERR_FRAME_TOO_LARGE);
}

static void headers_say_how_much_to_wait_for(void **state)
{
	(void)state;
	check_wanted(MTPROTO_FRAMING_ABRIDGED, CLIENT, "", 1);
	check_wanted(MTPROTO_FRAMING_ABRIDGED, CLIENT, "16", 1 + 88);
	check_wanted(MTPROTO_FRAMING_ABRIDGED, CLIENT, "7f", 4);
	check_wanted(MTPROTO_FRAMING_ABRIDGED, CLIENT, "fb374c", 4);
	check_wanted(MTPROTO_FRAMING_ABRIDGED, SERVER, "fb374c", 1 + 4 * 0x7b);
	check_wanted(MTPROTO_FRAMING_INTERMEDIATE, CLIENT, "580000", 4);
	check_wanted(MTPROTO_FRAMING_INTERMEDIATE, SERVER, "58000080", 4 + 88);
	check_wanted(MTPROTO_FRAMING_PADDED, CLIENT, "08000000ffffffff", 4 + 8);
	check_wanted(MTPROTO_FRAMING_FULL, CLIENT, "", 4);
	check_wanted(MTPROTO_FRAMING_FULL, CLIENT, "1c000000", 8);
	check_wanted(MTPROTO_FRAMING_FULL, CLIENT, "1c000000000000", 8);
	check_wanted(MTPROTO_FRAMING_FULL, CLIENT, "1c00000000000000ffffffff", 28);
	check_wanted(MTPROTO_FRAMING_DETECT, SERVER, "", 1);
	check_wanted(MTPROTO_FRAMING_DETECT, SERVER, "ee", 4);
	check_wanted(MTPROTO_FRAMING_DETECT, SERVER, "1c000000", 8);
	check_wanted(MTPROTO_FRAMING_DETECT, SERVER, "1c00000000000000", 28);
}

static void servers_detect_the_framing(void **state)
{
	const struct {
		const char *first;
		enum mtproto_framing framing;
		size_t consumed, wanted;
	} cases[] = {
		{"ef", MTPROTO_FRAMING_ABRIDGED, 1, 1},
		{"eeeeeeee", MTPROTO_FRAMING_INTERMEDIATE, 4, 4},
		{"dddddddd", MTPROTO_FRAMING_PADDED, 4, 4},
		{"1c00000000000000", MTPROTO_FRAMING_FULL, 0, 28},
	};
	struct mtproto_frame_decoder decoder;
	struct mtproto_frame frame;
	size_t consumed, wanted;
	uint8_t data[8];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = hex(data, sizeof(data), cases[i].first);

		mtproto_frame_decoder_init(&decoder, MTPROTO_FRAMING_DETECT, true, 0);
		assert_int_equal(mtproto_frame_decode(&decoder, data, len, &frame, &consumed, &wanted), 0);
		assert_int_equal(decoder.framing, cases[i].framing);
		assert_int_equal(frame.kind, MTPROTO_FRAME_NONE);
		assert_int_equal(consumed, cases[i].consumed);
		assert_int_equal(wanted, cases[i].wanted);
	}
	check_error(MTPROTO_FRAMING_DETECT, SERVER, "474554202f617069", MTPROTO_ERR_FRAMING);
	check_error(MTPROTO_FRAMING_DETECT, SERVER, "eeeeeeef00000001", MTPROTO_ERR_FRAMING);
	check_error(MTPROTO_FRAMING_DETECT, SERVER, "1c00000001000000", MTPROTO_ERR_FRAMING);
	check_error(MTPROTO_FRAMING_DETECT, SERVER, "1d00000000000000", MTPROTO_ERR_FRAME);
}

/* The tag of an obfuscated stream is in its header: what looks like one behind it is a frame. */
static void a_given_framing_has_no_tag(void **state)
{
	(void)state;
	check_wanted(MTPROTO_FRAMING_ABRIDGED, SERVER, "ef", 1 + 4 * 0x6f);
	check_error(MTPROTO_FRAMING_INTERMEDIATE, SERVER, "eeeeeeee", MTPROTO_ERR_FRAME);
}

static void a_packet_behind_its_tag_counts_from_the_tag(void **state)
{
	struct mtproto_frame frame;
	size_t consumed, wanted;

	(void)state;
	assert_int_equal(decode_hex(MTPROTO_FRAMING_DETECT, SERVER,
				    "eeeeeeee100000800102030405060708090a0b0c0d0e0f10ff", &frame, &consumed, &wanted),
			 0);
	assert_int_equal(frame.kind, MTPROTO_FRAME_PACKET);
	assert_int_equal(frame.packet_offset, 8);
	assert_int_equal(frame.packet_len, 16);
	assert_true(frame.quick_ack_wanted);
	assert_int_equal(consumed, 24);
}

static void only_servers_detect(void **state)
{
	(void)state;
	check_error(MTPROTO_FRAMING_DETECT, CLIENT, "ef", MTPROTO_ERR_ARGUMENT);
	check_error((enum mtproto_framing)5, CLIENT, "16", MTPROTO_ERR_ARGUMENT);
	check_error((enum mtproto_framing)5, SERVER, "16", MTPROTO_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_four_byte_packet_is_a_transport_error),
		cmocka_unit_test(short_frames_that_begin_with_zero_are_fillers),
		cmocka_unit_test(other_short_frames_are_refused),
		cmocka_unit_test(clients_take_every_form_of_a_quick_ack),
		cmocka_unit_test(sixteen_bytes_are_a_packet),
		cmocka_unit_test(impossible_headers_are_refused_at_once),
		cmocka_unit_test(large_frames_are_refused_before_they_arrive),
		cmocka_unit_test(the_default_limit_is_16_mib),
		cmocka_unit_test(headers_say_how_much_to_wait_for),
		cmocka_unit_test(servers_detect_the_framing),
		cmocka_unit_test(a_given_framing_has_no_tag),
		cmocka_unit_test(a_packet_behind_its_tag_counts_from_the_tag),
		cmocka_unit_test(only_servers_detect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
