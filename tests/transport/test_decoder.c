/* Golden streams: bytes in, event log out, and the same log however the bytes are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <mtproto/transport.h>

#include "hex.h"
#include "transport/pattern.h"

/* One item of a stream: head, packet_len bytes of pattern with the seed of its place, tail; then what it means. A
 * packet's event gets its length and sum from the pattern. CRC32s are zlib's. */
struct item {
	const char *head;
	size_t packet_len;
	const char *tail;
	const char *event;
};

static const struct item abridged_to_client[] = {
	{"16", 88, "", "packet"},
	{"fb374c19", 0, "", "quick_ack fb374c19"},
	{"016cfeffff", 0, "", "error -404"},
	{"7e", 504, "", "packet"},
	{"7f7f0000", 508, "", "packet"},
	{"80000000", 0, "", "quick_ack 80000000"},
	{"0100000000", 0, "", "filler"},
	{"03000000000102030405060708", 0, "", "filler"},
	{"7f000100", 1024, "", "packet"},
	{"0153feffff", 0, "", "error -429"},
	{"04", 16, "", "packet"},
};

static const struct item abridged_to_server[] = {
	{"ef", 0, "", NULL},
	{"96", 88, "", "packet quick"},
	{"7e", 504, "", "packet"},
	{"fe", 504, "", "packet quick"},
	{"ff7f0000", 508, "", "packet quick"},
	{"7f7f0000", 508, "", "packet"},
	{"0200000000ffffffff", 0, "", "filler"},
	{"016cfeffff", 0, "", "error -404"},
	{"84", 16, "", "packet quick"},
};

static const struct item intermediate_to_client[] = {
	{"58000000", 88, "", "packet"},
	{"194c37fb", 0, "", "quick_ack fb374c19"},
	{"040000006cfeffff", 0, "", "error -404"},
	{"00000080", 0, "", "quick_ack 80000000"},
	{"0800000000000000ffffffff", 0, "", "filler"},
	{"10000000", 16, "", "packet"},
	{"0400000053feffff", 0, "", "error -429"},
	{"00040000", 1024, "", "packet"},
};

static const struct item intermediate_to_server[] = {
	{"eeeeeeee", 0, "", NULL},
	{"58000080", 88, "", "packet quick"},
	{"10000000", 16, "", "packet"},
	{"0400000000000000", 0, "", "filler"},
	{"00040080", 1024, "", "packet quick"},
};

static const struct item padded_to_client[] = {
	{"58000000", 88, "", "packet"},
	{"67000000", 88, "a0a1a2a3a4a5a6a7a8a9aaabacadae", "packet"},
	{"08000000ffffffff194c37fb", 0, "", "quick_ack fb374c19"},
	{"194c37fb", 0, "", "quick_ack fb374c19"},
	{"0f000000ffffffff0100008001020304050607", 0, "", "quick_ack 80000001"},
	{"040000006cfeffff", 0, "", "error -404"},
	{"070000006cfeffffaabbcc", 0, "", "error -404"},
	{"0d00000053feffff010203040506070809", 0, "", "error -429"},
	{"050000000000000077", 0, "", "filler"},
	{"11000000", 16, "ee", "packet"},
	{"02040000", 1024, "0000", "packet"},
};

static const struct item padded_to_server[] = {
	{"dddddddd", 0, "", NULL},
	{"5b000080", 88, "a0a1a2", "packet quick"},
	{"1f000000", 16, "a0a1a2a3a4a5a6a7a8a9aaabacadae", "packet"},
	{"0e0000000000000000112233445566778899", 0, "", "filler"},
	{"10000080", 16, "", "packet quick"},
};

static const struct item full_either_way[] = {
	{"6400000000000000", 88, "076d0fa7", "packet"},
	{"10000000010000006cfeffff932febcb", 0, "", "error -404"},
	{"1c00000002000000", 16, "a3406e3d", "packet"},
	{"100000000300000000000000702c42f9", 0, "", "filler"},
	{"0802000004000000", 508, "0879a397", "packet"},
	{"0c04000005000000", 1024, "05836620", "packet"},
	{"10000000060000006cfeffff8a262ec1", 0, "", "error -404"},
};

struct stream {
	const char *name;
	enum mtproto_framing framing;
	bool server;
	const struct item *items;
	size_t item_count;
};

#define ITEMS(items) items, sizeof(items) / sizeof((items)[0])

static const struct stream streams[] = {
	{"abridged to client", MTPROTO_FRAMING_ABRIDGED, false, ITEMS(abridged_to_client)},
	{"abridged to server", MTPROTO_FRAMING_DETECT, true, ITEMS(abridged_to_server)},
	{"intermediate to client", MTPROTO_FRAMING_INTERMEDIATE, false, ITEMS(intermediate_to_client)},
	{"intermediate to server", MTPROTO_FRAMING_DETECT, true, ITEMS(intermediate_to_server)},
	{"padded to client", MTPROTO_FRAMING_PADDED, false, ITEMS(padded_to_client)},
	{"padded to server", MTPROTO_FRAMING_DETECT, true, ITEMS(padded_to_server)},
	{"full to client", MTPROTO_FRAMING_FULL, false, ITEMS(full_either_way)},
	{"full to server", MTPROTO_FRAMING_DETECT, true, ITEMS(full_either_way)},
};

#define STREAM_COUNT (sizeof(streams) / sizeof(streams[0]))

struct log {
	char text[2048];
	size_t len;
};

static void log_event(struct log *log, const char *event)
{
	log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len, "%s\n", event);
	assert_true(log->len < sizeof(log->text));
}

/* A packet as its length and Adler-32. */
static void log_packet(struct log *log, const char *event, const uint8_t *packet, size_t len)
{
	uint32_t a = 1, b = 0;
	char text[64];

	for (size_t i = 0; i < len; i++) {
		a = (a + packet[i]) % 65521;
		b = (b + a) % 65521;
	}
	snprintf(text, sizeof(text), "%s %zu %08x", event, len, (unsigned)(b << 16 | a));
	log_event(log, text);
}

/* The stream's bytes and the log that they should give. */
static size_t make_stream(const struct stream *stream, uint8_t *out, size_t cap, struct log *log)
{
	size_t at = 0;

	log->len = 0;
	for (size_t i = 0; i < stream->item_count; i++) {
		const struct item *item = &stream->items[i];
		bool full = stream->items == full_either_way;
		size_t packet, tail_len;

		at += hex(out + at, cap - at, item->head);
		packet = at;
		assert_true(item->packet_len <= cap - at);
		pattern(out + at, item->packet_len, (unsigned)i);
		at += item->packet_len;
		tail_len = hex(out + at, cap - at, item->tail);
		at += tail_len;
		if (item->packet_len)
			log_packet(log, item->event, out + packet, item->packet_len + (full ? 0 : tail_len));
		else if (item->event)
			log_event(log, item->event);
	}
	return at;
}

static void log_frame(struct log *log, const struct mtproto_frame *frame, const uint8_t *data)
{
	char text[64];

	switch (frame->kind) {
	case MTPROTO_FRAME_PACKET:
		log_packet(log, frame->quick_ack_wanted ? "packet quick" : "packet", data + frame->packet_offset,
			   frame->packet_len);
		return;
	case MTPROTO_FRAME_TRANSPORT_ERROR:
		snprintf(text, sizeof(text), "error %d", (int)frame->transport_error);
		break;
	case MTPROTO_FRAME_QUICK_ACK:
		snprintf(text, sizeof(text), "quick_ack %08x", (unsigned)frame->quick_ack_token);
		break;
	case MTPROTO_FRAME_FILLER:
		snprintf(text, sizeof(text), "filler");
		break;
	case MTPROTO_FRAME_NONE:
	default:
		fail();
	}
	log_event(log, text);
}

/* A receiver: holds what is not consumed, in an allocation of exactly that size, so that a look beyond it is seen. */
struct receiver {
	struct mtproto_frame_decoder decoder;
	uint8_t *pending;
	size_t len;
	size_t wanted;
	struct log log;
};

static void receiver_resize(struct receiver *r, const uint8_t *kept, size_t kept_len, const uint8_t *added,
			    size_t added_len)
{
	uint8_t *grown = malloc(kept_len + added_len > 0 ? kept_len + added_len : 1);

	assert_non_null(grown);
	if (kept_len)
		memcpy(grown, kept, kept_len);
	if (added_len)
		memcpy(grown + kept_len, added, added_len);
	free(r->pending);
	r->pending = grown;
	r->len = kept_len + added_len;
}

static void receiver_feed(struct receiver *r, const uint8_t *data, size_t len)
{
	struct mtproto_frame frame;
	size_t consumed, wanted;

	receiver_resize(r, r->pending, r->len, data, len);
	for (;;) {
		assert_int_equal(mtproto_frame_decode(&r->decoder, r->pending, r->len, &frame, &consumed, &wanted), 0);
		assert_true(consumed <= r->len);
		if (r->len < r->wanted) {
			/* The last call said that nothing comes of so few bytes. */
			assert_int_equal(frame.kind, MTPROTO_FRAME_NONE);
			assert_int_equal(consumed, 0);
			assert_int_equal(wanted, r->wanted);
			return;
		}
		r->wanted = wanted;
		if (frame.kind != MTPROTO_FRAME_NONE)
			log_frame(&r->log, &frame, r->pending);
		receiver_resize(r, r->pending + consumed, r->len - consumed, NULL, 0);
		if (frame.kind == MTPROTO_FRAME_NONE) {
			assert_true(wanted > r->len);
			return;
		}
	}
}

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* Feeds pieces of 1..piece_max bytes and expects the log. */
static void check_stream(const struct stream *stream, size_t piece_max, uint64_t seed)
{
	uint8_t bytes[4096];
	struct log expected;
	struct receiver r = {0};
	size_t len = make_stream(stream, bytes, sizeof(bytes), &expected);

	mtproto_frame_decoder_init(&r.decoder, stream->framing, stream->server, 1024);
	receiver_resize(&r, NULL, 0, NULL, 0);
	for (size_t at = 0; at < len;) {
		size_t piece = 1 + (size_t)(next_random(&seed) % piece_max);

		if (piece > len - at || piece_max == SIZE_MAX)
			piece = len - at;
		receiver_feed(&r, bytes + at, piece);
		at += piece;
	}
	if (strcmp(r.log.text, expected.text) != 0)
		fail_msg("%s, pieces up to %zu: got\n%s", stream->name, piece_max, r.log.text);
	assert_int_equal(r.len, 0);
	free(r.pending);
}

static void whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < STREAM_COUNT; i++)
		check_stream(&streams[i], SIZE_MAX, 0);
}

static void byte_by_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < STREAM_COUNT; i++)
		check_stream(&streams[i], 1, 0);
}

static void at_random_splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < STREAM_COUNT; i++) {
		for (uint64_t seed = 1; seed <= 20; seed++) {
			check_stream(&streams[i], 7, seed);
			check_stream(&streams[i], 150, seed);
			check_stream(&streams[i], 1500, seed);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(at_random_splits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
