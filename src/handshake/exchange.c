/* The server's answers to the first and second query of an exchange. */
#include "handshake/exchange.h"

#include <mtproto/dc.h>
#include <mtproto/pq.h>
#include <mtproto/service.h>

#include "crypto/random.h"
#include "crypto/sha.h"
#include "handshake/inner.h"

#include <string.h>

#define G        3
#define NS_PER_S 1000000000u

/* Clients ask for a day or so; a larger number is a moment, which one of them sends. */
#define EXPIRES_IN_MAX 1000000000

int32_t mtp_unix_time(const struct mtproto_now *now)
{
	return (int32_t)(uint32_t)(now->wall_ns / NS_PER_S);
}

int mtp_expires_at(int32_t *expires_at, int32_t expires_in, const struct mtproto_now *now)
{
	int32_t time = mtp_unix_time(now);
	int64_t at = expires_in > EXPIRES_IN_MAX ? expires_in : (int64_t)time + expires_in;

	*expires_at = at > INT32_MAX ? INT32_MAX : (int32_t)at;
	return expires_in > 0 && at > time ? 0 : MTPROTO_ERR_EXPIRED;
}

void mtp_query_hash(uint8_t hash[20], const uint8_t *begin, const struct mtproto_tl_reader *r)
{
	struct mtproto_span object = {begin, (size_t)(r->pos - begin)};

	mtp_sha1(hash, &object, 1);
}

int mtp_exchange_begin(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
		       const uint8_t nonce[16])
{
	int error = mtp_random_fill(config->random, x->server_nonce, sizeof(x->server_nonce));

	memcpy(x->nonce, nonce, sizeof(x->nonce));
	x->p = config->fixed_p;
	x->q = config->fixed_q;
	if (!error && x->p == 0)
		error = mtproto_pq_generate(config->random, &x->p, &x->q);
	return error;
}

int mtp_exchange_res_pq(const struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			uint8_t out[MTP_RES_PQ_MAX], size_t *len)
{
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, out, MTP_RES_PQ_MAX);
	mtproto_tl_write_u32(&w, MTPROTO_ID_RES_PQ);
	mtproto_tl_write_raw(&w, x->nonce, sizeof(x->nonce));
	mtproto_tl_write_raw(&w, x->server_nonce, sizeof(x->server_nonce));
	mtp_number_write(&w, x->p * x->q);
	mtproto_tl_write_vector(&w, (uint32_t)config->rsa_key_count);
	for (size_t i = 0; i < config->rsa_key_count; i++)
		mtproto_tl_write_long(&w, mtproto_rsa_fingerprint(config->rsa_keys[i]));
	*len = w.len;
	return mtproto_tl_writer_end(&w);
}

/* ---- req_DH_params ---- */

/* Clients pad p and q or do not: their values are compared. */
static int check_factors(const struct mtp_exchange *x, struct mtproto_span p_bytes, struct mtproto_span q_bytes)
{
	uint64_t p, q;

	if (mtp_number_read(&p, p_bytes) || mtp_number_read(&q, q_bytes))
		return MTPROTO_ERR_PQ;
	return p == x->p && q == x->q ? 0 : MTPROTO_ERR_PQ;
}

static const struct mtproto_rsa *find_key(const struct mtproto_handshake_server_config *config, uint64_t fingerprint)
{
	for (size_t i = 0; i < config->rsa_key_count; i++) {
		if (mtproto_rsa_fingerprint(config->rsa_keys[i]) == fingerprint)
			return config->rsa_keys[i];
	}
	return NULL;
}

/* Opens encrypted_data. Everything that is wrong with it is one error: a client that sends such has no use for details,
 * and an attacker should not learn any. */
static int open_inner(const struct mtproto_rsa *key, struct mtproto_span encrypted, struct mtp_pq_inner *inner)
{
	uint8_t data[MTPROTO_RSA_LEGACY_DATA_MAX], sha1[20];
	enum mtproto_rsa_padding padding;
	struct mtproto_tl_reader r;
	size_t len;
	int error;

	if (encrypted.len != 256)
		return MTPROTO_ERR_RSA_DATA;
	error = mtproto_rsa_decrypt(key, encrypted.data, data, &len, &padding, sha1);
	if (!error) {
		mtproto_tl_reader_init(&r, data, len);
		if (mtp_pq_inner_read(inner, &r))
			error = MTPROTO_ERR_RSA_DATA;
	}
	if (!error && padding == MTPROTO_RSA_LEGACY)
		error = mtproto_rsa_legacy_check(data, (size_t)(r.pos - data), sha1);
	mtproto_wipe(data, sizeof(data));
	return error;
}

/* The dc field is a number, 10000 more in the test environment, and negative for media. */
static int check_dc(const struct mtproto_handshake_server_config *config, int32_t dc)
{
	int64_t value = dc < 0 ? -(int64_t)dc : dc;
	bool test = value >= MTPROTO_DC_TEST_BASE;
	bool own_test = config->dc >= MTPROTO_DC_TEST_BASE;

	if (test != own_test)
		return MTPROTO_ERR_DC;
	return config->own_dc_only && value != config->dc ? MTPROTO_ERR_DC : 0;
}

static int accept_inner(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			const struct mtproto_now *now, const struct mtp_pq_inner *inner)
{
	int32_t expires_at;

	if (!mtproto_equal_const_time(inner->nonce, x->nonce, 16) ||
	    !mtproto_equal_const_time(inner->server_nonce, x->server_nonce, 16))
		return MTPROTO_ERR_NONCE;
	if (inner->pq != x->p * x->q || inner->p != x->p || inner->q != x->q)
		return MTPROTO_ERR_PQ;
	if (mtp_kind_has_dc(inner->kind) && check_dc(config, inner->dc))
		return MTPROTO_ERR_DC;
	x->temporary = mtp_kind_is_temporary(inner->kind);
	if (x->temporary && mtp_expires_at(&expires_at, inner->expires_in, now))
		return MTPROTO_ERR_EXPIRED;
	x->expires_in = inner->expires_in;
	x->dc = inner->dc;
	memcpy(x->new_nonce, inner->new_nonce, sizeof(x->new_nonce));
	return 0;
}

/* server_DH_inner_data under its envelope. */
static int seal_server_inner(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			     const struct mtproto_now *now, uint8_t out[MTP_ENVELOPE_MAX], size_t *len)
{
	struct mtp_envelope_key key = {config->kernels, x->new_nonce, x->server_nonce};
	uint8_t g_a[MTPROTO_DH_SIZE], object[MTP_ENVELOPE_MAX];
	struct mtproto_server_dh_inner_data inner = {.g = G, .dh_prime = {mtproto_dh_known_prime(), MTPROTO_DH_SIZE}};
	struct mtproto_tl_writer w;
	int error = mtp_dh_draw(config->random, mtproto_dh_known_prime(), G, x->a, g_a);

	if (error)
		return error;
	memcpy(inner.nonce, x->nonce, sizeof(inner.nonce));
	memcpy(inner.server_nonce, x->server_nonce, sizeof(inner.server_nonce));
	inner.g_a = mtp_without_zeros(g_a);
	inner.server_time = mtp_unix_time(now);
	mtproto_tl_writer_init(&w, object, sizeof(object));
	mtproto_server_dh_inner_data_write(&w, &inner);
	error = mtproto_tl_writer_end(&w);
	return error ? error : mtp_envelope_seal(&key, config->random, object, w.len, out, len);
}

static int write_dh_params(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			   const struct mtproto_now *now)
{
	struct mtproto_server_dh_params_ok ok;
	uint8_t encrypted[MTP_ENVELOPE_MAX];
	struct mtproto_tl_writer w;
	size_t len;
	int error = seal_server_inner(x, config, now, encrypted, &len);

	if (error)
		return error;
	memcpy(ok.nonce, x->nonce, sizeof(ok.nonce));
	memcpy(ok.server_nonce, x->server_nonce, sizeof(ok.server_nonce));
	ok.encrypted_answer = (struct mtproto_span){encrypted, len};
	mtproto_tl_writer_init(&w, x->dh_params, sizeof(x->dh_params));
	mtproto_server_dh_params_ok_write(&w, &ok);
	error = mtproto_tl_writer_end(&w);
	if (!error)
		x->dh_params_len = w.len;
	return error;
}

static int take_req_dh_params(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			      const struct mtproto_now *now, const struct mtproto_req_dh_params *query)
{
	const struct mtproto_rsa *key = find_key(config, query->public_key_fingerprint);
	struct mtp_pq_inner inner;
	int error;

	if (x->stage != MTP_EXCHANGE_PQ)
		return MTPROTO_ERR_STATE;
	if (!key)
		return MTPROTO_ERR_RSA_KEY_UNKNOWN;
	error = check_factors(x, query->p, query->q);
	if (error)
		return error;
	error = open_inner(key, query->encrypted_data, &inner);
	if (!error)
		error = accept_inner(x, config, now, &inner);
	mtproto_wipe(&inner, sizeof(inner));
	if (!error)
		error = write_dh_params(x, config, now);
	if (!error)
		x->stage = MTP_EXCHANGE_PARAMS;
	return error;
}

int mtp_exchange_dh_params(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			   const struct mtproto_now *now, struct mtproto_tl_reader *r,
			   struct mtproto_handshake_answer *answer)
{
	const uint8_t *begin = r->pos;
	struct mtproto_req_dh_params query;
	uint8_t hash[20];
	int error = mtproto_req_dh_params_read(&query, r);

	if (error)
		return error;
	mtp_query_hash(hash, begin, r);
	if (x->dh_params_len == 0 || !mtproto_equal_const_time(hash, x->req_dh_params_hash, sizeof(hash))) {
		error = take_req_dh_params(x, config, now, &query);
		if (error)
			return error;
		memcpy(x->req_dh_params_hash, hash, sizeof(hash));
	}
	answer->body = (struct mtproto_span){x->dh_params, x->dh_params_len};
	return 0;
}
