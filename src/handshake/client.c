/* The whole key exchange, a client's side: the steps with plain messages, a deadline and repetition around them. */
#include <mtproto/handshake.h>
#include <mtproto/message_plain.h>
#include <mtproto/msg_id.h>
#include <mtproto/service.h>

#include "base/memory.h"
#include "crypto/sha.h"

#include <string.h>

/* resPQ, server_DH_params_ok, and as many dh_gen_retry as are remembered: answers to repeated queries may come twice.
 */
enum { SEEN_MAX = 8 };

struct mtproto_handshake {
	struct mtproto_allocator allocator;
	struct mtproto_random random;
	struct mtproto_handshake_config config;
	struct mtproto_handshake_state state;
	struct mtproto_handshake_steps steps;
	struct mtproto_handshake_result result;
	struct mtproto_msg_id_gen msg_ids;
	uint64_t deadline_ns;
	int error; /* that has ended the exchange */

	uint8_t query[MTPROTO_PLAIN_HEADER_SIZE + MTPROTO_HANDSHAKE_QUERY_MAX]; /* the last one, as a plain message */
	size_t query_len;
	bool query_due;

	uint8_t seen[SEEN_MAX][20]; /* SHA1 of the answers taken */
	unsigned seen_count;
};

int mtproto_handshake_new(struct mtproto_handshake **out, const struct mtproto_handshake_config *config)
{
	struct mtproto_allocator allocator;
	struct mtproto_handshake *h;

	*out = NULL;
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (!config->kernels || !config->rsa_keys || config->rsa_key_count == 0)
		return MTPROTO_ERR_ARGUMENT;
	allocator = mtp_allocator_or_default(config->allocator);
	h = mtp_alloc_zero(&allocator, sizeof(*h));
	if (!h)
		return MTPROTO_ERR_MEMORY;
	h->allocator = allocator;
	h->config = *config;
	if (config->random) {
		h->random = *config->random;
		h->config.random = &h->random;
	}
	h->deadline_ns = MTPROTO_NEVER;
	*out = h;
	return 0;
}

void mtproto_handshake_free(struct mtproto_handshake *handshake)
{
	struct mtproto_allocator allocator;

	if (!handshake)
		return;
	allocator = handshake->allocator;
	mtp_release_secret(&allocator, handshake, sizeof(*handshake));
}

static uint8_t *query_body(struct mtproto_handshake *h)
{
	return h->query + MTPROTO_PLAIN_HEADER_SIZE;
}

/* Wraps the body that a step has left behind the header. */
static int pack_query(struct mtproto_handshake *h, const struct mtproto_now *now, size_t body_len)
{
	struct mtproto_plain_message message = {.body = {query_body(h), body_len}};

	message.msg_id = mtproto_msg_id_next(&h->msg_ids, (int64_t)now->wall_ns, MTPROTO_MSG_ID_CLIENT);
	h->query_due = true;
	return mtproto_plain_pack(h->query, sizeof(h->query), &h->query_len, &message);
}

/* Ends the exchange for good. */
static int fail(struct mtproto_handshake *h, int error)
{
	mtproto_wipe(&h->state, sizeof(h->state));
	h->state.stage = MTPROTO_HANDSHAKE_FAILED;
	h->error = error;
	h->query_due = false;
	h->query_len = 0;
	h->deadline_ns = MTPROTO_NEVER;
	return error;
}

int mtproto_handshake_start(struct mtproto_handshake *handshake, const struct mtproto_now *now)
{
	struct mtproto_handshake *h = handshake;
	size_t len;
	int error;

	if (h->state.stage != MTPROTO_HANDSHAKE_NEW)
		return h->error ? h->error : MTPROTO_ERR_STATE;
	error = mtproto_handshake_step1(&h->state, &h->config, query_body(h), &len);
	if (!error)
		error = pack_query(h, now, len);
	if (error)
		return fail(h, error);
	h->steps.req_pq_ns = now->mono_ns;
	h->deadline_ns = MTPROTO_NEVER;
	if (h->config.timeout_ns < MTPROTO_NEVER - now->mono_ns)
		h->deadline_ns = now->mono_ns + h->config.timeout_ns;
	return 0;
}

const uint8_t *mtproto_handshake_send(struct mtproto_handshake *handshake, size_t *len)
{
	*len = 0;
	if (!handshake->query_due)
		return NULL;
	handshake->query_due = false;
	*len = handshake->query_len;
	return handshake->query;
}

static bool under_way(const struct mtproto_handshake *h)
{
	return h->state.stage >= MTPROTO_HANDSHAKE_RES_PQ && h->state.stage <= MTPROTO_HANDSHAKE_DH_GEN;
}

int mtproto_handshake_resend(struct mtproto_handshake *handshake)
{
	if (!under_way(handshake))
		return MTPROTO_ERR_STATE;
	handshake->query_due = true;
	return 0;
}

bool mtproto_handshake_matches(const struct mtproto_handshake *handshake, const void *frame, size_t len)
{
	struct mtproto_plain_message message;
	struct mtproto_tl_reader r;
	uint8_t nonce[16];

	if (!under_way(handshake) || mtproto_plain_parse(&message, MTPROTO_TO_CLIENT, frame, len))
		return false;
	mtproto_tl_reader_init(&r, message.body.data, message.body.len);
	mtproto_tl_read_u32(&r);
	mtproto_tl_read_raw(&r, nonce, sizeof(nonce));
	return !r.error && mtproto_equal_const_time(nonce, handshake->state.nonce, sizeof(nonce));
}

/* True when the same answer was taken before. */
static bool seen_before(const struct mtproto_handshake *h, const uint8_t digest[20])
{
	for (unsigned i = 0; i < h->seen_count && i < SEEN_MAX; i++) {
		if (mtproto_equal_const_time(h->seen[i], digest, 20))
			return true;
	}
	return false;
}

static void remember(struct mtproto_handshake *h, const uint8_t digest[20])
{
	memcpy(h->seen[h->seen_count++ % SEEN_MAX], digest, 20);
}

static int take_res_pq(struct mtproto_handshake *h, const struct mtproto_now *now, struct mtproto_span body)
{
	size_t len;
	int error = mtproto_handshake_step2(&h->state, &h->config, body.data, body.len, query_body(h), &len);

	if (error)
		return error;
	h->steps.res_pq_ns = h->steps.factored_ns = h->steps.req_dh_params_ns = now->mono_ns;
	return pack_query(h, now, len);
}

static int take_dh_params(struct mtproto_handshake *h, const struct mtproto_now *now, struct mtproto_span body)
{
	size_t len;
	int error = mtproto_handshake_step3(&h->state, &h->config, now, body.data, body.len, query_body(h), &len);

	if (error)
		return error;
	h->steps.dh_params_ns = h->steps.dh_checked_ns = h->steps.set_dh_params_ns = now->mono_ns;
	return pack_query(h, now, len);
}

static int take_dh_gen(struct mtproto_handshake *h, const struct mtproto_now *now, struct mtproto_span body)
{
	size_t len;
	int result = mtproto_handshake_finish(&h->state, &h->config, body.data, body.len, &h->result);

	if (result < 0)
		return result;
	if (result > 0) {
		int error = mtproto_handshake_step3_retry(&h->state, &h->config, query_body(h), &len);

		h->steps.set_dh_params_ns = now->mono_ns;
		return error ? error : pack_query(h, now, len);
	}
	h->steps.dh_gen_ns = h->steps.done_ns = now->mono_ns;
	h->query_due = false;
	h->deadline_ns = MTPROTO_NEVER;
	return 1;
}

static int take_answer(struct mtproto_handshake *h, const struct mtproto_now *now, struct mtproto_span body)
{
	uint8_t digest[20];
	int result;

	mtp_sha1(digest, &body, 1);
	if (seen_before(h, digest))
		return 0;
	if (h->state.stage == MTPROTO_HANDSHAKE_RES_PQ)
		result = take_res_pq(h, now, body);
	else if (h->state.stage == MTPROTO_HANDSHAKE_DH_PARAMS)
		result = take_dh_params(h, now, body);
	else
		result = take_dh_gen(h, now, body);
	if (result >= 0)
		remember(h, digest);
	return result;
}

int mtproto_handshake_feed(struct mtproto_handshake *handshake, const struct mtproto_now *now, const void *frame,
			   size_t len)
{
	struct mtproto_plain_message message;
	struct mtproto_tl_reader r;
	int result = mtproto_handshake_check(handshake, now);

	if (result)
		return result;
	if (handshake->state.stage == MTPROTO_HANDSHAKE_DONE)
		return 1;
	if (handshake->state.stage == MTPROTO_HANDSHAKE_NEW)
		return MTPROTO_ERR_STATE;
	result = mtproto_plain_parse(&message, MTPROTO_TO_CLIENT, frame, len);
	if (result)
		return fail(handshake, result);
	mtproto_tl_reader_init(&r, message.body.data, message.body.len);
	if (mtproto_tl_peek(&r) == MTPROTO_ID_MSGS_ACK)
		return 0;
	result = take_answer(handshake, now, message.body);
	return result < 0 ? fail(handshake, result) : result;
}

uint64_t mtproto_handshake_deadline(const struct mtproto_handshake *handshake)
{
	return handshake->deadline_ns;
}

int mtproto_handshake_check(struct mtproto_handshake *handshake, const struct mtproto_now *now)
{
	if (!handshake->error && now->mono_ns >= handshake->deadline_ns)
		return fail(handshake, MTPROTO_ERR_TIMEOUT);
	return handshake->error;
}

enum mtproto_handshake_stage mtproto_handshake_get_stage(const struct mtproto_handshake *handshake)
{
	return handshake->state.stage;
}

int mtproto_handshake_get_result(const struct mtproto_handshake *handshake, struct mtproto_handshake_result *result)
{
	if (handshake->state.stage != MTPROTO_HANDSHAKE_DONE) {
		memset(result, 0, sizeof(*result));
		return MTPROTO_ERR_STATE;
	}
	*result = handshake->result;
	return 0;
}

void mtproto_handshake_get_steps(const struct mtproto_handshake *handshake, struct mtproto_handshake_steps *steps)
{
	*steps = handshake->steps;
}
