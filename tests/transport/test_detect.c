/* What a client's first bytes are, and after how many of them that is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mtproto/transport.h>

#include "hex.h"

/* first is followed by bytes 01; settled is the length from which on the answer is kind. */
struct opening {
	const char *first;
	size_t settled;
	enum mtproto_stream_kind kind;
};

static const struct opening openings[] = {
	{"ef", 1, MTPROTO_STREAM_PLAIN},
	{"eeeeeeee", 4, MTPROTO_STREAM_PLAIN},
	{"dddddddd", 4, MTPROTO_STREAM_PLAIN},
	{"48454144", 4, MTPROTO_STREAM_PLAIN}, /* HEAD */
	{"504f5354", 4, MTPROTO_STREAM_PLAIN}, /* POST */
	{"47455420", 4, MTPROTO_STREAM_PLAIN}, /* GET */
	{"4f505449", 4, MTPROTO_STREAM_PLAIN}, /* OPTIONS */
	{"16030102", 4, MTPROTO_STREAM_PLAIN}, /* TLS */
	{"6400000000000000", 8, MTPROTO_STREAM_PLAIN},
	{"3412785600000000", 8, MTPROTO_STREAM_PLAIN},
	/* The same words in the wrong byte order, and others that come close. */
	{"44414548", 64, MTPROTO_STREAM_OBFUSCATED},
	{"54534f50", 64, MTPROTO_STREAM_OBFUSCATED},
	{"20544547", 64, MTPROTO_STREAM_OBFUSCATED},
	{"4954504f", 64, MTPROTO_STREAM_OBFUSCATED},
	{"02010316", 64, MTPROTO_STREAM_OBFUSCATED},
	{"eeeeeeef", 64, MTPROTO_STREAM_OBFUSCATED},
	{"ddddddde", 64, MTPROTO_STREAM_OBFUSCATED},
	{"0000000000000001", 64, MTPROTO_STREAM_OBFUSCATED},
	{"00ef0000000000ef", 64, MTPROTO_STREAM_OBFUSCATED},
};

#define OPENING_COUNT (sizeof(openings) / sizeof(openings[0]))

static void the_answer_comes_as_early_as_it_can(void **state)
{
	uint8_t data[80];

	(void)state;
	for (size_t i = 0; i < OPENING_COUNT; i++) {
		memset(data, 1, sizeof(data));
		hex(data, sizeof(data), openings[i].first);
		for (size_t len = 0; len <= sizeof(data); len++) {
			enum mtproto_stream_kind expected =
				len < openings[i].settled ? MTPROTO_STREAM_MORE : openings[i].kind;

			assert_int_equal(mtproto_stream_detect(data, len), expected);
		}
	}
	assert_int_equal(mtproto_stream_detect(NULL, 0), MTPROTO_STREAM_MORE);
}

/* PLAIN is a promise only for the four framings: the decoder has the last word about the others. */
static void decoders_refuse_other_protocols(void **state)
{
	const char *first[] = {"48454144202f2048", "504f5354202f6170", "474554202f617069", "4f5054494f4e5320",
			       "1603010200010001"};
	struct mtproto_frame_decoder decoder;
	struct mtproto_frame frame;
	size_t consumed, wanted;
	uint8_t data[8];

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		size_t len = hex(data, sizeof(data), first[i]);

		assert_int_equal(mtproto_stream_detect(data, len), MTPROTO_STREAM_PLAIN);
		mtproto_frame_decoder_init(&decoder, MTPROTO_FRAMING_DETECT, true, 0);
		assert_int_equal(mtproto_frame_decode(&decoder, data, len, &frame, &consumed, &wanted),
				 MTPROTO_ERR_FRAMING);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_comes_as_early_as_it_can),
		cmocka_unit_test(decoders_refuse_other_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
