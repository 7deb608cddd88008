/* Sealing and opening of many messages at once, on every set of kernels, against libcrypto's set one by one. */
#include <mtproto/message.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kernel_sets.h"

#define JOBS_MAX   130
#define BODY_SHORT 4096
#define BODY_LONG  150000
#define KEYS       3
#define MARGIN     64

static struct mtproto_auth_key keys[KEYS];

/* One message, what the oracle makes of it, and a place for what the set under test makes of it. */
struct sample {
	uint8_t *body;
	uint8_t *expected;
	uint8_t *room;
	size_t offset; /* the packet's in room */
	size_t behind; /* bytes of room behind it; 0 lets a sanitizer see what is read there */
	struct mtproto_seal_job seal;
	uint32_t token;
};

static const struct mtproto_kernels *oracle(void)
{
	return mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
}

/* The same bytes for the same position, so that what is drawn together or apart is the same. */
static int count_up(void *user, uint8_t *out, size_t len)
{
	uint8_t *next = user;

	for (size_t i = 0; i < len; i++)
		out[i] = (*next)++;
	return 0;
}

static int set_up_keys(void **state)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	(void)state;
	for (uint32_t i = 0; i < KEYS; i++) {
		noise(data, sizeof(data), 100 + i);
		mtproto_auth_key_init(&keys[i], data);
	}
	return 0;
}

static void make_sample(struct sample *s, size_t body_len, uint32_t seed)
{
	size_t unpadded = MTPROTO_MESSAGE_HEADER_SIZE + body_len;
	size_t padding = 12 + (0 - unpadded - 12) % 16 + 16 * (seed % 7);
	size_t size = mtproto_packet_size(body_len, padding);

	memset(s, 0, sizeof(*s));
	s->offset = seed % MARGIN;
	s->behind = seed % 3 ? MARGIN : 0;
	s->body = malloc(body_len);
	s->expected = malloc(size);
	s->room = malloc(s->offset + size + s->behind);
	assert_true(s->body && s->expected && s->room);
	noise(s->body, body_len, seed);
	s->seal.key = &keys[seed % KEYS];
	s->seal.direction = seed % 2 ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER;
	s->seal.message = (struct mtproto_message){seed * 3, seed * 5, seed * 7, seed, {s->body, body_len}};
	s->seal.padding = padding;
	s->seal.packet_cap = size;
}

static void free_samples(struct sample *s, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(s[i].body);
		free(s[i].expected);
		free(s[i].room);
	}
}

static void seal_by_oracle(struct sample *s, size_t count)
{
	uint8_t next = 0;
	const struct mtproto_random random = {count_up, &next};

	for (size_t i = 0; i < count; i++) {
		struct mtproto_seal_job job = s[i].seal;

		job.packet = s[i].expected;
		assert_int_equal(mtproto_message_seal(oracle(), &random, &job), 0);
		assert_int_equal(job.packet_len, job.packet_cap);
		s[i].token = job.quick_ack_token;
	}
}

/* Nothing beside the packet is touched. */
static void assert_margins(const struct sample *s)
{
	for (size_t i = 0; i < s->offset; i++)
		assert_int_equal(s->room[i], 0xee);
	for (size_t i = 0; i < s->behind; i++)
		assert_int_equal(s->room[s->offset + s->seal.packet_cap + i], 0xee);
}

static void fill_room(struct sample *s)
{
	memset(s->room, 0xee, s->offset + s->seal.packet_cap + s->behind);
}

/* in_place: the body already stands where it will be encrypted. */
static void check_seal(const struct mtproto_kernels *kernels, struct sample *s, size_t count, bool in_place)
{
	static struct mtproto_seal_job jobs[JOBS_MAX];
	uint8_t next = 0;
	const struct mtproto_random random = {count_up, &next};

	for (size_t i = 0; i < count; i++) {
		fill_room(&s[i]);
		jobs[i] = s[i].seal;
		jobs[i].packet = s[i].room + s[i].offset;
		if (in_place) {
			uint8_t *body = jobs[i].packet + MTPROTO_MESSAGE_BODY_OFFSET;

			memcpy(body, s[i].body, jobs[i].message.body.len);
			jobs[i].message.body.data = body;
		}
	}
	mtproto_message_seal_many(kernels, &random, jobs, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(jobs[i].result, 0);
		assert_int_equal(jobs[i].packet_len, s[i].seal.packet_cap);
		assert_int_equal(jobs[i].quick_ack_token, s[i].token);
		assert_memory_equal(jobs[i].packet, s[i].expected, jobs[i].packet_len);
		assert_margins(&s[i]);
	}
}

static void make_open_job(struct mtproto_open_job *job, struct sample *s)
{
	fill_room(s);
	memset(job, 0, sizeof(*job));
	job->key = s->seal.key;
	job->direction = s->seal.direction;
	job->packet = s->room + s->offset;
	job->packet_len = s->seal.packet_cap;
	memcpy(job->packet, s->expected, job->packet_len);
}

static void assert_opened(const struct mtproto_open_job *job, const struct sample *s)
{
	const struct mtproto_message *m = &s->seal.message;

	assert_int_equal(job->result, 0);
	assert_int_equal(job->quick_ack_token, s->token);
	assert_int_equal(job->message.salt, m->salt);
	assert_int_equal(job->message.session_id, m->session_id);
	assert_int_equal(job->message.msg_id, m->msg_id);
	assert_int_equal(job->message.seq_no, m->seq_no);
	assert_int_equal(job->message.body.len, m->body.len);
	assert_memory_equal(job->message.body.data, s->body, m->body.len);
	assert_margins(s);
}

static void check_open(const struct mtproto_kernels *kernels, struct sample *s, size_t count)
{
	static struct mtproto_open_job jobs[JOBS_MAX];

	for (size_t i = 0; i < count; i++)
		make_open_job(&jobs[i], &s[i]);
	mtproto_message_open_many(kernels, jobs, count);
	for (size_t i = 0; i < count; i++)
		assert_opened(&jobs[i], &s[i]);
}

/* Messages of these lengths on every set. */
static void check_lengths(const size_t *body_lens, size_t count, uint32_t seed)
{
	static struct sample samples[JOBS_MAX];

	for (size_t i = 0; i < count; i++)
		make_sample(&samples[i], body_lens[i], seed + (uint32_t)i);
	seal_by_oracle(samples, count);
	for (size_t set = 0; set < KERNEL_SETS; set++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[set]);

		if (!kernels)
			continue;
		check_seal(kernels, samples, count, false);
		check_seal(kernels, samples, count, true);
		check_open(kernels, samples, count);
	}
	free_samples(samples, count);
}

static void every_length_alone(void **state)
{
	(void)state;
	for (size_t len = 4; len <= BODY_SHORT; len += 4)
		check_lengths(&len, 1, (uint32_t)len);
}

static void every_number_of_equal_messages(void **state)
{
	size_t lens[JOBS_MAX];

	(void)state;
	for (size_t count = 1; count <= JOBS_MAX; count += count < 40 ? 1 : 30) {
		for (size_t i = 0; i < count; i++)
			lens[i] = 4 * (1 + 37 * count % 300);
		check_lengths(lens, count, (uint32_t)count);
	}
}

static uint32_t random_number(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Lengths of all magnitudes in one batch: lanes drop out at any place. */
static void every_number_of_different_messages(void **state)
{
	size_t lens[JOBS_MAX];
	uint32_t seed = 1;

	(void)state;
	for (size_t count = 2; count <= 40; count++) {
		for (int round = 0; round < 4; round++) {
			for (size_t i = 0; i < count; i++)
				lens[i] = 4 * (1 + random_number(&seed) % (1u << (1 + random_number(&seed) % 10)));
			check_lengths(lens, count, seed % 1000);
		}
	}
}

static void neighbours_in_length(void **state)
{
	size_t lens[JOBS_MAX];

	(void)state;
	for (size_t first = 4; first < 400; first += 12) {
		for (size_t i = 0; i < 17; i++)
			lens[i] = first + 16 * (i * 5 % 17);
		check_lengths(lens, 17, (uint32_t)first);
	}
}

static void long_messages(void **state)
{
	size_t lens[JOBS_MAX];
	uint32_t seed = 2;

	(void)state;
	for (size_t count = 1; count <= 17; count += 4) {
		for (size_t i = 0; i < count; i++)
			lens[i] = 4 * (1 + random_number(&seed) % (BODY_LONG / 4));
		check_lengths(lens, count, (uint32_t)count);
	}
}

/* A few long messages among many short ones: lanes take the next text, until too few are left to fill them. */
static void long_ones_among_short_ones(void **state)
{
	static const size_t long_counts[] = {0, 1, 3, 9, 64};
	size_t lens[JOBS_MAX];
	uint32_t seed = 3;

	(void)state;
	for (size_t count = 10; count <= 64; count += 9) {
		for (size_t k = 0; k < sizeof(long_counts) / sizeof(*long_counts); k++) {
			for (size_t i = 0; i < count; i++) {
				uint32_t limit = i < long_counts[k] ? 2500 : 100;

				lens[i] = 4 * (1 + random_number(&seed) % limit);
			}
			check_lengths(lens, count, (uint32_t)(count + k));
		}
	}
}

static void no_messages(void **state)
{
	(void)state;
	for (size_t set = 0; set < KERNEL_SETS; set++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[set]);

		if (!kernels)
			continue;
		mtproto_message_seal_many(kernels, NULL, NULL, 0);
		mtproto_message_open_many(kernels, NULL, 0);
	}
}

static void assert_wiped(const uint8_t *plain, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert_int_equal(plain[i], 0);
}

/* One bit of one packet of a batch is flipped: that one fails and is wiped, the others are opened. */
static void check_flip(const struct mtproto_kernels *kernels, struct sample *s, size_t count, size_t victim,
		       size_t byte)
{
	static struct mtproto_open_job jobs[JOBS_MAX];

	for (size_t i = 0; i < count; i++)
		make_open_job(&jobs[i], &s[i]);
	jobs[victim].packet[byte] ^= (uint8_t)(1 << byte % 8);
	mtproto_message_open_many(kernels, jobs, count);
	for (size_t i = 0; i < count; i++) {
		if (i != victim) {
			assert_opened(&jobs[i], &s[i]);
			continue;
		}
		assert_int_equal(jobs[i].result, byte < 8 ? MTPROTO_ERR_AUTH_KEY_ID : MTPROTO_ERR_MSG_KEY);
		assert_null(jobs[i].message.body.data);
		assert_int_equal(jobs[i].quick_ack_token, 0);
		if (byte >= 8)
			assert_wiped(jobs[i].packet + MTPROTO_PACKET_HEADER_SIZE,
				     jobs[i].packet_len - MTPROTO_PACKET_HEADER_SIZE);
		assert_margins(&s[i]);
	}
}

static void flipped_bits_fail_alone(void **state)
{
	static struct sample samples[9];
	const size_t count = sizeof(samples) / sizeof(*samples);

	(void)state;
	for (size_t i = 0; i < count; i++)
		make_sample(&samples[i], 40 + 24 * i, (uint32_t)i);
	seal_by_oracle(samples, count);
	for (size_t set = 0; set < KERNEL_SETS; set++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[set]);

		for (size_t victim = 0; kernels && victim < count; victim++)
			for (size_t byte = 0; byte < samples[victim].seal.packet_cap; byte++)
				check_flip(kernels, samples, victim % 2 ? count : victim + 1, victim, byte);
	}
	free_samples(samples, count);
}

/* Transport padding behind a packet is neither decrypted nor counted. */
static void transport_padding_stays(void **state)
{
	static struct sample samples[6];
	static struct mtproto_open_job jobs[6];
	const size_t count = sizeof(samples) / sizeof(*samples);

	(void)state;
	for (size_t i = 0; i < count; i++)
		make_sample(&samples[i], 100, 3 * (uint32_t)i + 1);
	seal_by_oracle(samples, count);
	for (size_t set = 0; set < KERNEL_SETS; set++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[set]);

		for (size_t extra = 1; kernels && extra < 16; extra++) {
			for (size_t i = 0; i < count; i++) {
				make_open_job(&jobs[i], &samples[i]);
				jobs[i].packet_len += extra;
			}
			mtproto_message_open_many(kernels, jobs, count);
			for (size_t i = 0; i < count; i++)
				assert_opened(&jobs[i], &samples[i]);
		}
	}
	free_samples(samples, count);
}

/* A job that can't be sealed leaves no trace, and costs the others nothing. */
static void bad_jobs_fail_alone(void **state)
{
	static struct sample samples[12];
	static struct mtproto_seal_job jobs[12];
	const size_t count = sizeof(samples) / sizeof(*samples);

	(void)state;
	for (size_t i = 0; i < count; i++)
		make_sample(&samples[i], 4 + 100 * i, (uint32_t)i);
	for (size_t set = 0; set < KERNEL_SETS; set++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[set]);

		for (size_t victim = 0; kernels && victim < count; victim++) {
			for (size_t i = 0; i < count; i++) {
				jobs[i] = samples[i].seal;
				fill_room(&samples[i]);
				jobs[i].packet = samples[i].room + samples[i].offset;
			}
			jobs[victim].padding += victim % 2 ? 4 : 0;
			jobs[victim].packet_cap -= victim % 2 ? 0 : 1;
			mtproto_message_seal_many(kernels, NULL, jobs, count);
			for (size_t i = 0; i < count; i++) {
				int expected = victim % 2 ? MTPROTO_ERR_ARGUMENT : MTPROTO_ERR_BUFFER;

				assert_int_equal(jobs[i].result, i == victim ? expected : 0);
				assert_int_equal(jobs[i].packet_len, i == victim ? 0 : samples[i].seal.packet_cap);
			}
			assert_int_equal(jobs[victim].packet[0], 0xee);
		}
	}
	free_samples(samples, count);
}

static int refuse(void *user, uint8_t *out, size_t len)
{
	int *left = user;

	memset(out, 0x11, len);
	return --*left < 0;
}

/* Without random bytes nothing is sealed, and no plaintext stays in the packet. */
static void failed_randomness_is_wiped(void **state)
{
	static struct sample samples[3];
	static struct mtproto_seal_job jobs[3];
	const size_t count = sizeof(samples) / sizeof(*samples);
	int left = 0;
	const struct mtproto_random random = {refuse, &left};

	(void)state;
	for (size_t i = 0; i < count; i++) {
		make_sample(&samples[i], 400, (uint32_t)i);
		jobs[i] = samples[i].seal;
		jobs[i].packet = samples[i].room;
		memset(jobs[i].packet, 0xee, jobs[i].packet_cap);
	}
	mtproto_message_seal_many(oracle(), &random, jobs, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(jobs[i].result, MTPROTO_ERR_RANDOM);
		assert_int_equal(jobs[i].packet_len, 0);
		assert_wiped(jobs[i].packet, jobs[i].packet_cap);
	}
	free_samples(samples, count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_alone),
		cmocka_unit_test(every_number_of_equal_messages),
		cmocka_unit_test(every_number_of_different_messages),
		cmocka_unit_test(neighbours_in_length),
		cmocka_unit_test(long_messages),
		cmocka_unit_test(long_ones_among_short_ones),
		cmocka_unit_test(no_messages),
		cmocka_unit_test(flipped_bits_fail_alone),
		cmocka_unit_test(transport_padding_stays),
		cmocka_unit_test(bad_jobs_fail_alone),
		cmocka_unit_test(failed_randomness_is_wiped),
	};

	return cmocka_run_group_tests(tests, set_up_keys, NULL);
}
