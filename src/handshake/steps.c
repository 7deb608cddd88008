/* The settings and the first two steps of the key exchange, a client's side: from the nonces to req_DH_params. */
#include "handshake/steps.h"

#include <mtproto/dc.h>
#include <mtproto/pq.h>
#include <mtproto/service.h>

#include "crypto/random.h"
#include "handshake/inner.h"

#include <string.h>

#define NS_PER_S 1000000000u

void mtproto_handshake_config_init(struct mtproto_handshake_config *config)
{
	*config = (struct mtproto_handshake_config){
		.size = sizeof(*config),
		.kernels = mtproto_kernels_get(MTPROTO_KERNELS_AUTO),
		.rsa_padding = MTPROTO_RSA_PAD,
		.kind = MTPROTO_HANDSHAKE_PERM,
		.dc = 2,
		.expires_in = 86400,
		.retries_max = 5,
		.timeout_ns = (uint64_t)10 * NS_PER_S,
	};
}

int32_t mtproto_handshake_dc(int32_t dc, bool test, bool media_only)
{
	int32_t value = test ? dc + MTPROTO_DC_TEST_BASE : dc;

	return media_only ? -value : value;
}

int mtp_steps_check(const struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
		    enum mtproto_handshake_stage stage)
{
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (!config->kernels || !config->rsa_keys || config->rsa_key_count == 0 ||
	    (unsigned)config->kind > MTPROTO_HANDSHAKE_TEMP_LEGACY)
		return MTPROTO_ERR_ARGUMENT;
	if (mtp_kind_is_temporary(config->kind) && config->expires_in <= 0)
		return MTPROTO_ERR_ARGUMENT;
	return state->stage == stage ? 0 : MTPROTO_ERR_STATE;
}

int mtp_steps_end(struct mtproto_handshake_state *state, enum mtproto_handshake_stage next, int error)
{
	if (error) {
		mtproto_wipe(state, sizeof(*state));
		next = MTPROTO_HANDSHAKE_FAILED;
	}
	state->stage = next;
	return error;
}

int mtp_steps_check_nonces(const struct mtproto_handshake_state *state, const uint8_t nonce[16],
			   const uint8_t server_nonce[16])
{
	bool same = mtproto_equal_const_time(state->nonce, nonce, 16) &&
		    mtproto_equal_const_time(state->server_nonce, server_nonce, 16);

	return same ? 0 : MTPROTO_ERR_NONCE;
}

/* ---- Step 1 ---- */

int mtproto_handshake_step1(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			    uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX], size_t *len)
{
	struct mtproto_req_pq_multi query;
	struct mtproto_tl_writer w;
	int error = mtp_steps_check(state, config, MTPROTO_HANDSHAKE_NEW);

	*len = 0;
	if (error)
		return error;
	error = mtp_random_fill(config->random, state->nonce, sizeof(state->nonce));
	if (error)
		return mtp_steps_end(state, MTPROTO_HANDSHAKE_FAILED, error);
	memcpy(query.nonce, state->nonce, sizeof(query.nonce));
	mtproto_tl_writer_init(&w, out, MTPROTO_HANDSHAKE_QUERY_MAX);
	mtproto_req_pq_multi_write(&w, &query);
	*len = w.len;
	return mtp_steps_end(state, MTPROTO_HANDSHAKE_RES_PQ, mtproto_tl_writer_end(&w));
}

/* ---- Step 2 ---- */

/* The server lists keys of several ages; the first that is known here is taken. */
static const struct mtproto_rsa *choose_key(const struct mtproto_handshake_config *config,
					    const struct mtproto_longs *fingerprints)
{
	for (uint32_t i = 0; i < fingerprints->count; i++) {
		uint64_t fingerprint = mtproto_longs_at(fingerprints, i);

		for (size_t k = 0; k < config->rsa_key_count; k++) {
			if (mtproto_rsa_fingerprint(config->rsa_keys[k]) == fingerprint)
				return config->rsa_keys[k];
		}
	}
	return NULL;
}

static int read_res_pq(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
		       const void *body, size_t body_len, const struct mtproto_rsa **key)
{
	struct mtproto_tl_reader r;
	struct mtproto_res_pq answer;
	int error;

	mtproto_tl_reader_init(&r, body, body_len);
	error = mtproto_res_pq_read(&answer, &r);
	if (error)
		return error;
	memcpy(state->server_nonce, answer.server_nonce, sizeof(state->server_nonce));
	error = mtp_steps_check_nonces(state, answer.nonce, answer.server_nonce);
	if (error)
		return error;
	*key = choose_key(config, &answer.server_public_key_fingerprints);
	if (!*key)
		return MTPROTO_ERR_RSA_KEY_UNKNOWN;
	if (mtp_number_read(&state->pq, answer.pq))
		return MTPROTO_ERR_PQ;
	return mtproto_pq_factor(state->pq, &state->p, &state->q);
}

/* encrypted_data of req_DH_params. */
static int encrypt_inner(const struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			 const struct mtproto_rsa *key, uint8_t out[256])
{
	struct mtp_pq_inner inner = {.kind = config->kind,
				     .pq = state->pq,
				     .p = state->p,
				     .q = state->q,
				     .dc = config->dc,
				     .expires_in = config->expires_in};
	uint8_t data[MTPROTO_RSA_PAD_DATA_MAX];
	struct mtproto_tl_writer w;
	int error;

	memcpy(inner.nonce, state->nonce, sizeof(inner.nonce));
	memcpy(inner.server_nonce, state->server_nonce, sizeof(inner.server_nonce));
	memcpy(inner.new_nonce, state->new_nonce, sizeof(inner.new_nonce));
	mtproto_tl_writer_init(&w, data, sizeof(data));
	mtp_pq_inner_write(&w, &inner);
	error = mtproto_tl_writer_end(&w);
	if (!error)
		error = mtproto_rsa_encrypt(key, config->rsa_padding, config->random, data, w.len, out);
	mtproto_wipe(&inner, sizeof(inner));
	mtproto_wipe(data, sizeof(data));
	return error;
}

static int write_req_dh_params(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			       const struct mtproto_rsa *key, uint8_t *out, size_t *len)
{
	uint8_t encrypted[256];
	struct mtproto_tl_writer w;
	int error = mtp_random_fill(config->random, state->new_nonce, sizeof(state->new_nonce));

	if (!error)
		error = encrypt_inner(state, config, key, encrypted);
	if (error)
		return error;
	mtproto_tl_writer_init(&w, out, MTPROTO_HANDSHAKE_QUERY_MAX);
	mtproto_tl_write_u32(&w, MTPROTO_ID_REQ_DH_PARAMS);
	mtproto_tl_write_raw(&w, state->nonce, sizeof(state->nonce));
	mtproto_tl_write_raw(&w, state->server_nonce, sizeof(state->server_nonce));
	mtp_number_write(&w, state->p);
	mtp_number_write(&w, state->q);
	mtproto_tl_write_long(&w, mtproto_rsa_fingerprint(key));
	mtproto_tl_write_bytes(&w, encrypted, sizeof(encrypted));
	*len = w.len;
	return mtproto_tl_writer_end(&w);
}

int mtproto_handshake_step2(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			    const void *body, size_t body_len, uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX], size_t *len)
{
	const struct mtproto_rsa *key;
	int error = mtp_steps_check(state, config, MTPROTO_HANDSHAKE_RES_PQ);

	*len = 0;
	if (error)
		return error;
	error = read_res_pq(state, config, body, body_len, &key);
	if (!error)
		error = write_req_dh_params(state, config, key, out, len);
	return mtp_steps_end(state, MTPROTO_HANDSHAKE_DH_PARAMS, error);
}
