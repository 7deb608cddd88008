/* Opening of packets that lie under CTR, on every set of kernels, against libcrypto's CTR taken away first and
 * libcrypto's set. */
#include <mtproto/message.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kernel_sets.h"

#define JOBS_MAX  20
#define TEXT_LONG 150000

static struct mtproto_auth_key key;

/* The last positions carry over into the upper half of the counter. */
static const uint8_t stream_key[32] = {7, 1, 5, 3};
static const uint8_t stream_iv[16] = {0, 1, 2, 3, 4, 5, 6, 7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc0};

/* A packet as the oracle sealed it, and the position that its text has in the key stream. */
struct sample {
	uint8_t *sealed;
	size_t len;
	uint64_t position;
	uint8_t *obfuscated; /* what comes in: exactly as long, so that a sanitizer sees what is read behind it */
	size_t offset;       /* misaligns it */
	struct mtproto_open_job job;
	struct mtproto_open_job expected;
};

static const struct mtproto_kernels *oracle(void)
{
	return mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
}

static void init_stream(struct mtproto_ctr *ctr, const struct mtproto_kernels *kernels)
{
	assert_int_equal(mtproto_ctr_init(ctr, kernels, stream_key, stream_iv), 0);
}

static int set_up_key(void **state)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	(void)state;
	noise(data, sizeof(data), 100);
	mtproto_auth_key_init(&key, data);
	return 0;
}

/* A packet whose text has that many blocks, and trailing bytes of a transport's padding. */
static void make_sample(struct sample *s, size_t blocks, uint64_t position, size_t trailing)
{
	size_t body_len = 16 * blocks - MTPROTO_MESSAGE_HEADER_SIZE - 12;
	struct mtproto_seal_job seal = {.key = &key, .direction = MTPROTO_TO_CLIENT, .padding = 12};
	uint8_t *body = malloc(body_len);

	memset(s, 0, sizeof(*s));
	s->len = MTPROTO_PACKET_HEADER_SIZE + 16 * blocks + trailing;
	s->position = position;
	s->offset = position * 7 % 16;
	s->sealed = calloc(1, s->len);
	s->obfuscated = malloc(s->offset + s->len);
	assert_true(body && s->sealed && s->obfuscated);
	noise(body, body_len, (uint32_t)(blocks + position));
	seal.message = (struct mtproto_message){position, 2, 3, 4, {body, body_len}};
	seal.packet = s->sealed;
	seal.packet_cap = s->len;
	assert_int_equal(mtproto_message_seal(oracle(), NULL, &seal), 0);
	free(body);
}

static void free_sample(struct sample *s)
{
	free(s->sealed);
	free(s->obfuscated);
	free(s->expected.packet);
}

/* Lays the key stream over the packet, flips a bit behind its header (0: none), and has the oracle say what comes. */
static void lay_stream(struct sample *s, struct mtproto_ctr *stream, size_t flipped)
{
	uint8_t *packet = s->obfuscated + s->offset, *text = packet + MTPROTO_PACKET_HEADER_SIZE;
	size_t text_len = s->len - MTPROTO_PACKET_HEADER_SIZE;

	memcpy(packet, s->sealed, s->len);
	if (flipped)
		packet[flipped] ^= 0x10;
	free(s->expected.packet);
	s->expected = (struct mtproto_open_job){.key = &key, .direction = MTPROTO_TO_CLIENT, .packet_len = s->len};
	s->expected.packet = malloc(s->len);
	assert_non_null(s->expected.packet);
	memcpy(s->expected.packet, packet, s->len);
	mtproto_message_open_many(oracle(), &s->expected, 1);
	mtproto_ctr_seek(stream, s->position);
	assert_int_equal(mtproto_ctr_xor(stream, text, text, text_len), 0);
	s->job = (struct mtproto_open_job){.key = &key,
					   .direction = MTPROTO_TO_CLIENT,
					   .packet = packet,
					   .packet_len = s->len,
					   .ctr_position = s->position};
}

static void assert_as_expected(const struct sample *s)
{
	size_t text_len = (s->len - MTPROTO_PACKET_HEADER_SIZE) / 16 * 16;

	assert_int_equal(s->job.result, s->expected.result);
	assert_int_equal(s->job.quick_ack_token, s->expected.quick_ack_token);
	assert_int_equal(s->job.message.salt, s->expected.message.salt);
	assert_int_equal(s->job.message.body.len, s->expected.message.body.len);
	/* The text or, when it was refused, zeros. */
	assert_memory_equal(s->job.packet, s->expected.packet, MTPROTO_PACKET_HEADER_SIZE + text_len);
}

/* The samples in one call, on every set, under a key stream of that set or of another one. */
static void check(struct sample *samples, size_t count, size_t flipped)
{
	struct mtproto_open_job jobs[JOBS_MAX];
	struct mtproto_ctr stream;

	init_stream(&stream, oracle());
	for (size_t set = 0; set < 2 * KERNEL_SETS; set++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[set / 2]);
		struct mtproto_ctr ctr;

		if (!kernels)
			continue;
		init_stream(&ctr, set % 2 ? oracle() : kernels);
		mtproto_ctr_seek(&ctr, 77);
		for (size_t i = 0; i < count; i++) {
			lay_stream(&samples[i], &stream, flipped);
			samples[i].job.ctr = &ctr;
			jobs[i] = samples[i].job;
		}
		mtproto_message_open_many(kernels, jobs, count);
		for (size_t i = 0; i < count; i++) {
			samples[i].job = jobs[i];
			assert_int_equal(samples[i].job.result, flipped ? MTPROTO_ERR_MSG_KEY : 0);
			assert_as_expected(&samples[i]);
		}
		assert_int_equal(ctr.position, 77);
		mtproto_ctr_fini(&ctr);
	}
	mtproto_ctr_fini(&stream);
}

static void check_one(size_t blocks, uint64_t position, size_t flipped)
{
	struct sample sample;

	make_sample(&sample, blocks, position, blocks % 16);
	check(&sample, 1, flipped);
	free_sample(&sample);
}

static void every_length(void **state)
{
	(void)state;
	for (size_t blocks = 4; blocks <= 260; blocks++)
		check_one(blocks, blocks * 11, 0);
}

/* Where the first whole block of the key stream begins, for texts that end anywhere in their last 64 bytes. */
static void every_position(void **state)
{
	(void)state;
	for (size_t blocks = 62; blocks <= 70; blocks++)
		for (uint64_t position = 0; position < 17; position++)
			check_one(blocks, position, 0);
}

static void long_texts(void **state)
{
	uint32_t seed = 5;

	(void)state;
	for (int round = 0; round < 12; round++) {
		seed = seed * 1664525 + 1013904223;
		check_one(4 + (seed >> 8) % (TEXT_LONG / 16), (uint64_t)seed << round, 0);
	}
}

static void flipped_bits(void **state)
{
	(void)state;
	for (size_t byte = 8; byte < MTPROTO_PACKET_HEADER_SIZE + 16 * 80; byte += 37)
		check_one(80, byte, byte);
}

static void several_at_once(void **state)
{
	struct sample samples[JOBS_MAX];

	(void)state;
	for (size_t count = 2; count <= JOBS_MAX; count++) {
		for (size_t i = 0; i < count; i++)
			make_sample(&samples[i], 4 + i * 29 % 150, 1000 * i + i, i % 16);
		check(samples, count, 0);
		for (size_t i = 0; i < count; i++)
			free_sample(&samples[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length), cmocka_unit_test(every_position),  cmocka_unit_test(long_texts),
		cmocka_unit_test(flipped_bits), cmocka_unit_test(several_at_once),
	};

	return cmocka_run_group_tests(tests, set_up_key, NULL);
}
