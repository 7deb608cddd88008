#include "bench/messages.h"

#include <stdlib.h>
#include <string.h>

#include "bench/composed.h"
#include "bench/timer.h"

#define ROUND_CYCLES 2e6

/* Buffers at the same place of their pages fight for the same lines of the cache. */
#define LINE    64
#define STAGGER 320

/* Opening destroys its input, so some copies are made and opened in one go; they should stay in the first cache. */
#define COPIES_SIZE 32768
#define COPIES_MAX  64

struct buffers {
	uint8_t *bodies, *packets, *sealed, *copies;
	size_t size; /* of each, but for copies */
	size_t copy_count;
};

struct bench {
	const struct mtproto_kernels *kernels;
	struct mtproto_auth_key key;
	struct buffers buffers;
	struct mtproto_ctr ctr, composed_ctr; /* zeroed: not obfuscated */
	size_t count, repeats;
	struct mtproto_seal_job seal[MESSAGES_MAX];
	struct mtproto_open_job open[MESSAGES_MAX];
	uint8_t *sealed[MESSAGES_MAX];
};

/* Padding is a matter of the random source, which is measured by nobody here. */
static int fill(void *user, uint8_t *out, size_t len)
{
	(void)user;
	memset(out, 0x5a, len);
	return 0;
}

static const struct mtproto_random padding_source = {fill, NULL};

static size_t stride_of(size_t packet_len)
{
	return (packet_len + LINE - 1) / LINE * LINE + STAGGER;
}

static int set_up(struct bench *b, const size_t *body_lens)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];
	size_t total = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37 + 11);
	mtproto_auth_key_init(&b->key, data);
	for (size_t i = 0; i < b->count; i++) {
		struct mtproto_seal_job *job = &b->seal[i];

		if (mtproto_message_padding(MTPROTO_PADDING_SMALLEST, NULL, body_lens[i], &job->padding))
			return MTPROTO_ERR_RANDOM;
		job->packet_cap = mtproto_packet_size(body_lens[i], job->padding);
		total += stride_of(job->packet_cap);
	}
	b->buffers.size = total;
	b->buffers.bodies = calloc(1, total);
	b->buffers.packets = calloc(1, total);
	b->buffers.sealed = calloc(1, total);
	b->buffers.copy_count = 1 + COPIES_SIZE / total;
	if (b->buffers.copy_count > COPIES_MAX)
		b->buffers.copy_count = COPIES_MAX;
	b->buffers.copies = calloc(b->buffers.copy_count, total);
	if (!b->buffers.bodies || !b->buffers.packets || !b->buffers.sealed || !b->buffers.copies)
		return MTPROTO_ERR_MEMORY;
	return 0;
}

static int set_up_obfuscation(struct bench *b)
{
	int error = mtproto_ctr_init(&b->ctr, b->kernels, b->key.data, b->key.data + 32);

	if (!error)
		error = mtproto_ctr_init(&b->composed_ctr, mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO), b->key.data,
					 b->key.data + 32);
	for (size_t i = 0; i < b->count; i++) {
		b->open[i].ctr = &b->ctr;
		b->open[i].ctr_position = i + 1; /* as a rule not where a block of the key stream begins */
	}
	return error;
}

static void place_jobs(struct bench *b, const size_t *body_lens)
{
	size_t offset = 0;

	for (size_t i = 0; i < b->count; i++) {
		struct mtproto_seal_job *seal = &b->seal[i];

		seal->key = &b->key;
		seal->direction = MTPROTO_TO_SERVER;
		seal->message.msg_id = i;
		seal->message.body.data = b->buffers.bodies + offset;
		seal->message.body.len = body_lens[i];
		seal->packet = b->buffers.packets + offset;
		b->sealed[i] = b->buffers.sealed + offset;
		b->open[i].key = &b->key;
		b->open[i].direction = MTPROTO_TO_SERVER;
		b->open[i].packet = b->buffers.copies + offset;
		b->open[i].packet_len = seal->packet_cap;
		offset += stride_of(seal->packet_cap);
	}
}

static void tear_down(struct bench *b)
{
	mtproto_ctr_fini(&b->ctr);
	mtproto_ctr_fini(&b->composed_ctr);
	free(b->buffers.bodies);
	free(b->buffers.packets);
	free(b->buffers.sealed);
	free(b->buffers.copies);
}

/* Lays libcrypto's CTR over the sealed packets, or takes it away. */
static int obfuscate(struct bench *b)
{
	int error = 0;

	for (size_t i = 0; i < b->count && b->open[i].ctr && !error; i++) {
		uint8_t *text = b->sealed[i] + MTPROTO_PACKET_HEADER_SIZE;

		mtproto_ctr_seek(&b->composed_ctr, b->open[i].ctr_position);
		error = mtproto_ctr_xor(&b->composed_ctr, text, text,
					b->open[i].packet_len - MTPROTO_PACKET_HEADER_SIZE);
	}
	return error;
}

/* ---- What is timed, in nanoseconds of one run ---- */

/* Once before the clock starts, because what was measured before has taken the cache. */
static double seal_ns(struct bench *b)
{
	double begin;

	mtproto_message_seal_many(b->kernels, &padding_source, b->seal, b->count);
	begin = timer_now_ns();

	for (size_t i = 0; i < b->repeats; i++)
		mtproto_message_seal_many(b->kernels, &padding_source, b->seal, b->count);
	return (timer_now_ns() - begin) / (double)b->repeats;
}

/* Opens each copy once. */
static double open_copies_ns(struct bench *b)
{
	double begin;

	for (size_t i = 0; i < b->buffers.copy_count; i++)
		memcpy(b->buffers.copies + i * b->buffers.size, b->buffers.sealed, b->buffers.size);
	begin = timer_now_ns();
	for (size_t copy = 0; copy < b->buffers.copy_count; copy++) {
		mtproto_message_open_many(b->kernels, b->open, b->count);
		for (size_t i = 0; i < b->count; i++)
			b->open[i].packet += b->buffers.size;
	}
	for (size_t i = 0; i < b->count; i++)
		b->open[i].packet -= b->buffers.copy_count * b->buffers.size;
	return timer_now_ns() - begin;
}

static double open_ns(struct bench *b)
{
	size_t rounds = (b->repeats + b->buffers.copy_count - 1) / b->buffers.copy_count;
	double ns = 0;

	for (size_t i = 0; i < rounds; i++)
		ns += open_copies_ns(b);
	return ns / (double)(rounds * b->buffers.copy_count);
}

static double composed_seal_ns(struct bench *b)
{
	static const uint8_t header[32];
	double begin = timer_now_ns();

	for (size_t i = 0; i < b->count; i++) {
		const struct mtproto_seal_job *job = &b->seal[i];

		composed_seal(&b->key, job->direction, header, job->message.body.data, job->message.body.len,
			      job->padding, b->sealed[i]);
	}
	return timer_now_ns() - begin;
}

static double composed_open_ns(struct bench *b, bool *right)
{
	double begin = timer_now_ns();

	*right = obfuscate(b) == 0 && *right;
	for (size_t i = 0; i < b->count; i++)
		*right = composed_open(&b->key, b->open[i].direction, b->sealed[i], b->open[i].packet_len) && *right;
	return timer_now_ns() - begin;
}

static int first_error(const struct bench *b)
{
	for (size_t i = 0; i < b->count; i++) {
		if (b->seal[i].result)
			return b->seal[i].result;
		if (b->open[i].result)
			return b->open[i].result;
	}
	return 0;
}

/* Neighbours and interruptions can only make a round longer, so it is the quiet ones that count, on both sides of a
 * ratio; not the best, which may be an accident of the clock. */
static double quiet(double *rounds, size_t count)
{
	return timer_percentile(rounds, count, 25);
}

static int run(struct bench *b, struct message_figures *figures)
{
	double seal[TIMER_ROUNDS], seal_time[TIMER_ROUNDS], seal_composed[TIMER_ROUNDS];
	double open[TIMER_ROUNDS], open_time[TIMER_ROUNDS], open_composed[TIMER_ROUNDS];
	bool right = true;
	int error;

	for (size_t i = 0; i < TIMER_ROUNDS; i++) {
		double cycle_ns = timer_cycle_ns();

		seal_time[i] = seal_ns(b);
		memcpy(b->buffers.sealed, b->buffers.packets, b->buffers.size);
		error = obfuscate(b);
		open_time[i] = open_ns(b);
		if (!error)
			error = first_error(b);
		if (error)
			return error;
		seal_composed[i] = composed_seal_ns(b) / cycle_ns;
		error = obfuscate(b);
		if (error)
			return error;
		open_composed[i] = composed_open_ns(b, &right) / cycle_ns;
		if (!right)
			return MTPROTO_ERR_MSG_KEY;
		seal[i] = seal_time[i] / cycle_ns;
		open[i] = open_time[i] / cycle_ns;
		b->repeats = 1 + (size_t)(ROUND_CYCLES / (seal[i] + 1));
	}
	figures->seal = quiet(seal, TIMER_ROUNDS);
	figures->seal_ns = quiet(seal_time, TIMER_ROUNDS);
	figures->seal_composed = quiet(seal_composed, TIMER_ROUNDS);
	figures->open = quiet(open, TIMER_ROUNDS);
	figures->open_ns = quiet(open_time, TIMER_ROUNDS);
	figures->open_composed = quiet(open_composed, TIMER_ROUNDS);
	return 0;
}

int measure_messages(struct message_figures *figures, const struct mtproto_kernels *kernels, const size_t *body_lens,
		     size_t count, bool obfuscated)
{
	struct bench *b = calloc(1, sizeof(*b));
	int error = MTPROTO_ERR_MEMORY;

	if (!b)
		return error;
	b->kernels = kernels;
	b->count = count;
	b->repeats = 1;
	error = set_up(b, body_lens);
	if (!error) {
		place_jobs(b, body_lens);
		if (obfuscated)
			error = set_up_obfuscation(b);
	}
	if (!error)
		error = run(b, figures);
	tear_down(b);
	free(b);
	return error;
}
