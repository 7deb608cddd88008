/* The Diffie-Hellman steps of the key exchange, a client's side: from server_DH_params_ok to the key. */
#include "handshake/steps.h"

#include <mtproto/service.h>

#include "handshake/inner.h"

#include <string.h>

#define NS_PER_S 1000000000u

static struct mtp_envelope_key envelope_key(const struct mtproto_handshake_state *state,
					    const struct mtproto_handshake_config *config)
{
	return (struct mtp_envelope_key){config->kernels, state->new_nonce, state->server_nonce};
}

/* ---- Step 3 ---- */

static int read_dh_params_fail(const struct mtproto_handshake_state *state, struct mtproto_tl_reader *r)
{
	struct mtproto_server_dh_params_fail answer;
	uint8_t hash[16];
	int error = mtproto_server_dh_params_fail_read(&answer, r);

	if (!error)
		error = mtp_steps_check_nonces(state, answer.nonce, answer.server_nonce);
	if (error)
		return error;
	mtproto_new_nonce_hash_fail(state->new_nonce, hash);
	if (!mtproto_equal_const_time(hash, answer.new_nonce_hash, sizeof(hash)))
		return MTPROTO_ERR_NEW_NONCE_HASH;
	return MTPROTO_ERR_DH_PARAMS_FAIL;
}

/* Checks the decrypted answer and keeps what is needed of it. */
static int accept_dh_inner(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			   const struct mtproto_now *now, const struct mtproto_server_dh_inner_data *inner)
{
	int error = mtp_steps_check_nonces(state, inner->nonce, inner->server_nonce);

	if (!error)
		error = mtproto_dh_check_params(config->dh_cache, inner->dh_prime.data, inner->dh_prime.len, inner->g);
	if (!error && inner->g_a.len > MTPROTO_DH_SIZE)
		error = MTPROTO_ERR_DH_RANGE;
	if (!error)
		error = mtproto_dh_check_public(inner->dh_prime.data, inner->g_a.data, inner->g_a.len);
	if (error)
		return error;
	state->g = inner->g;
	memcpy(state->dh_prime, inner->dh_prime.data, MTPROTO_DH_SIZE);
	memset(state->g_a, 0, sizeof(state->g_a));
	memcpy(state->g_a + MTPROTO_DH_SIZE - inner->g_a.len, inner->g_a.data, inner->g_a.len);
	state->server_time = inner->server_time;
	state->time_offset_s = inner->server_time - (int64_t)(now->wall_ns / NS_PER_S);
	return 0;
}

static int open_dh_inner(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			 const struct mtproto_now *now, struct mtproto_span encrypted)
{
	struct mtp_envelope_key key = envelope_key(state, config);
	struct mtproto_server_dh_inner_data inner;
	uint8_t opened[MTP_ENVELOPE_MAX];
	struct mtproto_tl_reader r;
	int error = mtp_envelope_open(&key, encrypted, opened, &r);

	if (error)
		return error;
	/* Its error is the reader's, which the check looks at: a wrong key gives garbage, not a malformed object. */
	(void)mtproto_server_dh_inner_data_read(&inner, &r);
	error = mtp_envelope_check(opened, &r);
	if (!error)
		error = accept_dh_inner(state, config, now, &inner);
	mtproto_wipe(opened, sizeof(opened));
	return error;
}

static int read_dh_params(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			  const struct mtproto_now *now, const void *body, size_t body_len)
{
	struct mtproto_server_dh_params_ok answer;
	struct mtproto_tl_reader r;
	int error;

	mtproto_tl_reader_init(&r, body, body_len);
	if (mtproto_tl_peek(&r) == MTPROTO_ID_SERVER_DH_PARAMS_FAIL)
		return read_dh_params_fail(state, &r);
	error = mtproto_server_dh_params_ok_read(&answer, &r);
	if (!error)
		error = mtp_steps_check_nonces(state, answer.nonce, answer.server_nonce);
	if (!error)
		error = open_dh_inner(state, config, now, answer.encrypted_answer);
	return error;
}

/* A new b: g_b for the server, and the auth_key that follows from it. */
static int make_key(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
		    uint8_t g_b[MTPROTO_DH_SIZE])
{
	uint8_t b[MTPROTO_DH_SIZE];
	int error = mtp_dh_draw(config->random, state->dh_prime, state->g, b, g_b);

	if (!error)
		error = mtproto_dh_shared(state->dh_prime, state->g_a, MTPROTO_DH_SIZE, b, state->auth_key);
	mtproto_wipe(b, sizeof(b));
	if (!error)
		state->aux_hash = mtproto_auth_key_aux_hash(state->auth_key);
	return error;
}

/* encrypted_data of set_client_DH_params. */
static int seal_client_inner(const struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			     uint64_t retry_id, const uint8_t g_b[MTPROTO_DH_SIZE], uint8_t out[MTP_ENVELOPE_MAX],
			     size_t *len)
{
	struct mtp_envelope_key key = envelope_key(state, config);
	struct mtproto_client_dh_inner_data inner = {.retry_id = retry_id, .g_b = mtp_without_zeros(g_b)};
	uint8_t object[MTPROTO_HANDSHAKE_QUERY_MAX];
	struct mtproto_tl_writer w;
	int error;

	memcpy(inner.nonce, state->nonce, sizeof(inner.nonce));
	memcpy(inner.server_nonce, state->server_nonce, sizeof(inner.server_nonce));
	mtproto_tl_writer_init(&w, object, sizeof(object));
	mtproto_client_dh_inner_data_write(&w, &inner);
	error = mtproto_tl_writer_end(&w);
	return error ? error : mtp_envelope_seal(&key, config->random, object, w.len, out, len);
}

static int write_set_client_dh_params(struct mtproto_handshake_state *state,
				      const struct mtproto_handshake_config *config, uint64_t retry_id, uint8_t *out,
				      size_t *len)
{
	struct mtproto_set_client_dh_params query;
	uint8_t g_b[MTPROTO_DH_SIZE], encrypted[MTP_ENVELOPE_MAX];
	size_t encrypted_len;
	struct mtproto_tl_writer w;
	int error = make_key(state, config, g_b);

	if (!error)
		error = seal_client_inner(state, config, retry_id, g_b, encrypted, &encrypted_len);
	if (error)
		return error;
	memcpy(query.nonce, state->nonce, sizeof(query.nonce));
	memcpy(query.server_nonce, state->server_nonce, sizeof(query.server_nonce));
	query.encrypted_data = (struct mtproto_span){encrypted, encrypted_len};
	mtproto_tl_writer_init(&w, out, MTPROTO_HANDSHAKE_QUERY_MAX);
	mtproto_set_client_dh_params_write(&w, &query);
	*len = w.len;
	return mtproto_tl_writer_end(&w);
}

int mtproto_handshake_step3(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			    const struct mtproto_now *now, const void *body, size_t body_len,
			    uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX], size_t *len)
{
	int error = mtp_steps_check(state, config, MTPROTO_HANDSHAKE_DH_PARAMS);

	*len = 0;
	if (error)
		return error;
	error = read_dh_params(state, config, now, body, body_len);
	if (!error)
		error = write_set_client_dh_params(state, config, 0, out, len);
	return mtp_steps_end(state, MTPROTO_HANDSHAKE_DH_GEN, error);
}

int mtproto_handshake_step3_retry(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
				  uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX], size_t *len)
{
	int error = mtp_steps_check(state, config, MTPROTO_HANDSHAKE_REJECTED);

	*len = 0;
	if (error)
		return error;
	if (state->retries++ >= config->retries_max)
		return mtp_steps_end(state, MTPROTO_HANDSHAKE_FAILED, MTPROTO_ERR_DH_GEN_RETRY);
	error = write_set_client_dh_params(state, config, state->aux_hash, out, len);
	return mtp_steps_end(state, MTPROTO_HANDSHAKE_DH_GEN, error);
}

/* ---- The end ---- */

/* dh_gen_ok, dh_gen_retry and dh_gen_fail have the same fields; *number is the 1, 2 or 3 of their hash. */
static int read_dh_gen(const struct mtproto_handshake_state *state, const void *body, size_t body_len, uint8_t *number)
{
	static const uint32_t ids[] = {MTPROTO_ID_DH_GEN_OK, MTPROTO_ID_DH_GEN_RETRY, MTPROTO_ID_DH_GEN_FAIL};
	uint8_t nonce[16], server_nonce[16], hash[16], expected[16];
	struct mtproto_tl_reader r;
	uint32_t id;

	mtproto_tl_reader_init(&r, body, body_len);
	id = mtproto_tl_read_u32(&r);
	for (*number = 1; *number <= 3 && ids[*number - 1] != id;)
		++*number;
	if (*number > 3)
		mtproto_tl_reader_fail(&r, MTPROTO_ERR_CONSTRUCTOR);
	mtproto_tl_read_raw(&r, nonce, sizeof(nonce));
	mtproto_tl_read_raw(&r, server_nonce, sizeof(server_nonce));
	mtproto_tl_read_raw(&r, hash, sizeof(hash));
	if (r.error)
		return r.error;
	if (mtp_steps_check_nonces(state, nonce, server_nonce))
		return MTPROTO_ERR_NONCE;
	mtproto_new_nonce_hash(state->new_nonce, *number, state->aux_hash, expected);
	return mtproto_equal_const_time(hash, expected, sizeof(hash)) ? 0 : MTPROTO_ERR_NEW_NONCE_HASH;
}

static void fill_result(struct mtproto_handshake_result *result, const struct mtproto_handshake_state *state,
			const struct mtproto_handshake_config *config)
{
	mtproto_auth_key_init(&result->auth_key, state->auth_key);
	result->first_salt = mtproto_first_salt(state->new_nonce, state->server_nonce);
	result->server_time = state->server_time;
	result->time_offset_s = state->time_offset_s;
	/* The server counts from a later moment, so its key outlives this by the time of the last query. */
	if (mtp_kind_is_temporary(config->kind))
		result->expires_at = (int32_t)((uint32_t)state->server_time + (uint32_t)config->expires_in);
}

int mtproto_handshake_finish(struct mtproto_handshake_state *state, const struct mtproto_handshake_config *config,
			     const void *body, size_t body_len, struct mtproto_handshake_result *result)
{
	uint8_t number;
	int error = mtp_steps_check(state, config, MTPROTO_HANDSHAKE_DH_GEN);

	memset(result, 0, sizeof(*result));
	if (error)
		return error;
	error = read_dh_gen(state, body, body_len, &number);
	if (!error && number == 3)
		error = MTPROTO_ERR_DH_GEN_FAIL;
	if (error)
		return mtp_steps_end(state, MTPROTO_HANDSHAKE_FAILED, error);
	if (number == 2) {
		state->stage = MTPROTO_HANDSHAKE_REJECTED;
		return 1;
	}
	fill_result(result, state, config);
	mtproto_wipe(state, sizeof(*state));
	return mtp_steps_end(state, MTPROTO_HANDSHAKE_DONE, 0);
}
