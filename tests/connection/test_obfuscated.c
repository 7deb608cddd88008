/* Obfuscated streams, of which the text of long packets is deobfuscated only when these are opened: the key stream
 * stays in step with whatever stands on the stream, in any pieces. */
#include "connection/pair.h"

enum { CALLS = 40, BODY_MAX = 40000, HEAD = 12 };

static const enum mtproto_framing framings[] = {MTPROTO_FRAMING_ABRIDGED, MTPROTO_FRAMING_INTERMEDIATE,
						MTPROTO_FRAMING_PADDED};

#define FRAMINGS (sizeof(framings) / sizeof(*framings))

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* A body that says how it was made: an unknown constructor, its length and its seed, and what follows from these. */
static void make_body(uint8_t *body, uint32_t len, uint32_t seed)
{
	static const uint8_t constructor[4] = {0x11, 0x22, 0x33, 0x44};

	memcpy(body, constructor, 4);
	memcpy(body + 4, &len, 4);
	memcpy(body + 8, &seed, 4);
	for (size_t i = HEAD; i < len; i++)
		body[i] = (uint8_t)next_random(&seed);
}

static void check_body(struct pair *pair, const struct mtproto_event *event)
{
	static uint8_t expected[BODY_MAX];
	uint32_t len, seed;

	(void)pair;
	if (event->type != MTPROTO_EVENT_RESULT)
		return;
	assert_in_range(event->body.len, HEAD, BODY_MAX);
	memcpy(&len, event->body.data + 4, 4);
	memcpy(&seed, event->body.data + 8, 4);
	assert_int_equal(event->body.len, len);
	make_body(expected, len, seed);
	assert_memory_equal(event->body.data, expected, len);
}

/* Half of the bodies are short: long packets and short ones follow each other in one piece. */
static uint32_t random_length(uint32_t *seed)
{
	uint32_t max = next_random(seed) % 2 ? 400 : BODY_MAX;

	return HEAD + 4 * (next_random(seed) % ((max - HEAD) / 4));
}

static void check_stream(enum mtproto_framing framing, size_t split, uint32_t seed)
{
	static uint8_t body[BODY_MAX];
	struct pair pair;

	pair_init(&pair);
	pair_new_connection(&pair, NULL);
	pair_attach(&pair, framing, true);
	pair_run(&pair);
	assert_true(pair.ready);
	pair.split = split;
	pair.on_client = check_body;
	for (size_t i = 0; i < CALLS; i++) {
		uint32_t len = random_length(&seed);

		make_body(body, len, seed);
		pair_invoke(&pair, body, len);
		/* Some alone, others together. */
		if (next_random(&seed) % 3 == 0)
			pair_run(&pair);
		/* Small pieces end anywhere in a frame, large ones hold many. */
		if (split)
			pair.split = 1 + next_random(&seed) % split;
	}
	pair_run(&pair);
	assert_int_equal(pair.results, CALLS);
	assert_non_null(pair.client_link);
	assert_non_null(pair.server_link);
	pair_fini(&pair);
}

static void bodies_of_all_sizes_arrive_in_any_pieces(void **state)
{
	static const size_t splits[] = {0, 700, 1500, 5000, 70000};

	(void)state;
	for (size_t framing = 0; framing < FRAMINGS; framing++)
		for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++)
			check_stream(framings[framing], splits[i], (uint32_t)(10 * framing + i));
}

/* ---- By hand ---- */

struct told {
	size_t packets;
	uint8_t data[4096];
	size_t len;
};

static void note_packet(struct pair *pair, const struct mtproto_event *event)
{
	struct told *told = pair->user;

	if (event->type != MTPROTO_EVENT_TRACE || event->trace->kind != MTPROTO_TRACE_PACKET)
		return;
	told->packets++;
	told->len = event->trace->data.len;
	assert_true(told->len <= sizeof(told->data));
	memcpy(told->data, event->trace->data.data, told->len);
}

static size_t put_frame(struct mtproto_frame_encoder *encoder, const uint8_t *packet, size_t len, uint8_t *out)
{
	uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX];
	size_t head_len, tail_len;

	assert_int_equal(mtproto_frame_encode(encoder, packet, len, 0, false, NULL, head, &head_len, tail, &tail_len),
			 0);
	memcpy(out, head, head_len);
	memcpy(out + head_len, packet, len);
	memcpy(out + head_len + len, tail, tail_len);
	return head_len + len + tail_len;
}

/* A packet for a key that nobody has, and another: they are told as they were sent. */
static void what_is_not_opened_is_deobfuscated_too(void **state)
{
	struct mtproto_context_config config;

	(void)state;
	mtproto_context_config_init(&config);
	config.trace = MTPROTO_TRACE_FLAG_MESSAGES;
	for (size_t i = 0; i < FRAMINGS; i++) {
		uint8_t packet[2000], bytes[2 * sizeof(packet) + 128];
		struct mtproto_obfuscation_config obfuscation;
		struct mtproto_frame_encoder encoder;
		struct mtproto_obfuscation o;
		struct told told = {0};
		struct pair pair;
		size_t len = MTPROTO_OBFUSCATION_HEADER_SIZE;

		pair_init_with(&pair, NULL, &config, NULL);
		pair.on_server = note_packet;
		pair.user = &told;
		make_body(packet, sizeof(packet), (uint32_t)i);
		mtproto_frame_encoder_init(&encoder, framings[i]);
		mtproto_obfuscation_config_init(&obfuscation);
		obfuscation.framing = framings[i];
		assert_int_equal(mtproto_obfuscation_init_client(&o, mtproto_kernels_get(MTPROTO_KERNELS_AUTO),
								 &obfuscation, bytes),
				 0);
		len += put_frame(&encoder, packet, sizeof(packet), bytes + len);
		len += put_frame(&encoder, packet, sizeof(packet), bytes + len);
		assert_int_equal(mtproto_obfuscation_encrypt(&o, bytes + MTPROTO_OBFUSCATION_HEADER_SIZE,
							     bytes + MTPROTO_OBFUSCATION_HEADER_SIZE,
							     len - MTPROTO_OBFUSCATION_HEADER_SIZE),
				 0);
		assert_int_equal(mtproto_server_attach(pair.server, &pair.now, &pair.server_link), 0);
		assert_int_equal(mtproto_link_recv(pair.server_link, bytes, len), 0);
		pair_pull(&pair, pair.server_context, true);
		assert_int_equal(told.packets, 2);
		assert_int_equal(told.len, sizeof(packet));
		assert_memory_equal(told.data, packet, sizeof(packet));
		mtproto_obfuscation_fini(&o);
		pair_fini(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_of_all_sizes_arrive_in_any_pieces),
		cmocka_unit_test(what_is_not_opened_is_deobfuscated_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
