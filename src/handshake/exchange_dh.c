/* The server's answer to the third query of an exchange: the key. */
#include "handshake/exchange.h"

#include <mtproto/service.h>

#include "handshake/inner.h"

#include <string.h>

/* The number that is hashed into each of the three answers. */
enum dh_gen { DH_GEN_OK = 1, DH_GEN_RETRY = 2, DH_GEN_FAIL = 3 };

static int check_client_inner(const struct mtp_exchange *x, const struct mtproto_client_dh_inner_data *inner)
{
	if (!mtproto_equal_const_time(inner->nonce, x->nonce, 16) ||
	    !mtproto_equal_const_time(inner->server_nonce, x->server_nonce, 16))
		return MTPROTO_ERR_NONCE;
	if (inner->retry_id != x->retry_id)
		return MTPROTO_ERR_DH_GEN_RETRY;
	if (inner->g_b.len > MTPROTO_DH_SIZE)
		return MTPROTO_ERR_DH_RANGE;
	return mtproto_dh_check_public(mtproto_dh_known_prime(), inner->g_b.data, inner->g_b.len);
}

static int open_client_inner(const struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			     struct mtproto_span encrypted, uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE])
{
	struct mtp_envelope_key key = {config->kernels, x->new_nonce, x->server_nonce};
	struct mtproto_client_dh_inner_data inner;
	uint8_t opened[MTP_ENVELOPE_MAX];
	struct mtproto_tl_reader r;
	int error = mtp_envelope_open(&key, encrypted, opened, &r);

	if (error)
		return error;
	/* Its error is the reader's, which the check looks at. */
	(void)mtproto_client_dh_inner_data_read(&inner, &r);
	error = mtp_envelope_check(opened, &r);
	if (!error)
		error = check_client_inner(x, &inner);
	if (!error)
		error = mtproto_dh_shared(mtproto_dh_known_prime(), inner.g_b.data, inner.g_b.len, x->a, auth_key);
	mtproto_wipe(opened, sizeof(opened));
	return error;
}

static enum dh_gen judge(const struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			 uint64_t auth_key_id)
{
	bool usable = auth_key_id != 0;

	if (usable && config->key_exists)
		usable = !config->key_exists(config->user, auth_key_id);
	if (usable)
		return DH_GEN_OK;
	return x->retries < config->retries_max ? DH_GEN_RETRY : DH_GEN_FAIL;
}

static int write_dh_gen(struct mtp_exchange *x, enum dh_gen outcome, uint64_t aux_hash)
{
	static const uint32_t ids[] = {[DH_GEN_OK] = MTPROTO_ID_DH_GEN_OK,
				       [DH_GEN_RETRY] = MTPROTO_ID_DH_GEN_RETRY,
				       [DH_GEN_FAIL] = MTPROTO_ID_DH_GEN_FAIL};
	struct mtproto_tl_writer w;
	uint8_t hash[16];

	mtproto_new_nonce_hash(x->new_nonce, (uint8_t)outcome, aux_hash, hash);
	mtproto_tl_writer_init(&w, x->dh_gen, sizeof(x->dh_gen));
	mtproto_tl_write_u32(&w, ids[outcome]);
	mtproto_tl_write_raw(&w, x->nonce, sizeof(x->nonce));
	mtproto_tl_write_raw(&w, x->server_nonce, sizeof(x->server_nonce));
	mtproto_tl_write_raw(&w, hash, sizeof(hash));
	x->dh_gen_len = w.len;
	return mtproto_tl_writer_end(&w);
}

/* Only the answers are needed from here on. */
static void end_exchange(struct mtp_exchange *x)
{
	mtproto_wipe(x->new_nonce, sizeof(x->new_nonce));
	mtproto_wipe(x->a, sizeof(x->a));
	x->stage = MTP_EXCHANGE_OVER;
}

static void give_key(const struct mtp_exchange *x, const struct mtproto_auth_key *auth_key, int32_t expires_at,
		     struct mtproto_handshake_answer *answer)
{
	answer->has_key = true;
	answer->key.auth_key = *auth_key;
	answer->key.first_salt = mtproto_first_salt(x->new_nonce, x->server_nonce);
	answer->key.temporary = x->temporary;
	answer->key.expires_at = expires_at;
	answer->key.dc = x->dc;
}

static int decide(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
		  const struct mtproto_now *now, const struct mtproto_auth_key *auth_key,
		  struct mtproto_handshake_answer *answer)
{
	uint64_t aux_hash = mtproto_auth_key_aux_hash(auth_key->data);
	enum dh_gen outcome = judge(x, config, auth_key->id);
	int32_t expires_at = 0;
	int error;

	if (x->temporary && mtp_expires_at(&expires_at, x->expires_in, now))
		return MTPROTO_ERR_EXPIRED;
	error = write_dh_gen(x, outcome, aux_hash);
	if (error)
		return error;
	if (outcome == DH_GEN_RETRY) {
		x->retries++;
		x->retry_id = aux_hash;
		return 0;
	}
	if (outcome == DH_GEN_OK)
		give_key(x, auth_key, expires_at, answer);
	end_exchange(x);
	return 0;
}

static int take_set_client(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			   const struct mtproto_now *now, struct mtproto_span encrypted,
			   struct mtproto_handshake_answer *answer)
{
	struct mtproto_auth_key auth_key;
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];
	int error;

	if (x->stage != MTP_EXCHANGE_PARAMS)
		return MTPROTO_ERR_STATE;
	error = open_client_inner(x, config, encrypted, data);
	if (error)
		return error;
	mtproto_auth_key_init(&auth_key, data);
	error = decide(x, config, now, &auth_key, answer);
	mtproto_wipe(data, sizeof(data));
	mtproto_wipe(&auth_key, sizeof(auth_key));
	return error;
}

int mtp_exchange_dh_gen(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
			const struct mtproto_now *now, struct mtproto_tl_reader *r,
			struct mtproto_handshake_answer *answer)
{
	const uint8_t *begin = r->pos;
	struct mtproto_set_client_dh_params query;
	uint8_t hash[20];
	int error = mtproto_set_client_dh_params_read(&query, r);

	if (error)
		return error;
	mtp_query_hash(hash, begin, r);
	if (x->dh_gen_len == 0 || !mtproto_equal_const_time(hash, x->set_client_hash, sizeof(hash))) {
		error = take_set_client(x, config, now, query.encrypted_data, answer);
		if (error)
			return error;
		memcpy(x->set_client_hash, hash, sizeof(hash));
	}
	answer->body = (struct mtproto_span){x->dh_gen, x->dh_gen_len};
	return 0;
}
