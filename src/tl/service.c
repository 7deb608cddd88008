/* Generated from src/tl/service.tl by scripts/generate-service.py; do not edit. */
#include <mtproto/service.h>

#include "tl/skip.h"

#include <string.h>

int mtproto_res_pq_read(struct mtproto_res_pq *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_RES_PQ);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	out->pq = mtproto_tl_read_bytes(r);
	mtproto_longs_read(&out->server_public_key_fingerprints, r);
	return r->error;
}

void mtproto_res_pq_write(struct mtproto_tl_writer *w, const struct mtproto_res_pq *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_RES_PQ);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_bytes(w, in->pq.data, in->pq.len);
	mtproto_longs_write(w, &in->server_public_key_fingerprints);
}

int mtproto_p_q_inner_data_read(struct mtproto_p_q_inner_data *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_P_Q_INNER_DATA);
	out->pq = mtproto_tl_read_bytes(r);
	out->p = mtproto_tl_read_bytes(r);
	out->q = mtproto_tl_read_bytes(r);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	mtproto_tl_read_raw(r, out->new_nonce, sizeof(out->new_nonce));
	return r->error;
}

void mtproto_p_q_inner_data_write(struct mtproto_tl_writer *w, const struct mtproto_p_q_inner_data *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_P_Q_INNER_DATA);
	mtproto_tl_write_bytes(w, in->pq.data, in->pq.len);
	mtproto_tl_write_bytes(w, in->p.data, in->p.len);
	mtproto_tl_write_bytes(w, in->q.data, in->q.len);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_raw(w, in->new_nonce, sizeof(in->new_nonce));
}

int mtproto_p_q_inner_data_dc_read(struct mtproto_p_q_inner_data_dc *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_P_Q_INNER_DATA_DC);
	out->pq = mtproto_tl_read_bytes(r);
	out->p = mtproto_tl_read_bytes(r);
	out->q = mtproto_tl_read_bytes(r);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	mtproto_tl_read_raw(r, out->new_nonce, sizeof(out->new_nonce));
	out->dc = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_p_q_inner_data_dc_write(struct mtproto_tl_writer *w, const struct mtproto_p_q_inner_data_dc *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_P_Q_INNER_DATA_DC);
	mtproto_tl_write_bytes(w, in->pq.data, in->pq.len);
	mtproto_tl_write_bytes(w, in->p.data, in->p.len);
	mtproto_tl_write_bytes(w, in->q.data, in->q.len);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_raw(w, in->new_nonce, sizeof(in->new_nonce));
	mtproto_tl_write_int(w, in->dc);
}

int mtproto_p_q_inner_data_temp_read(struct mtproto_p_q_inner_data_temp *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_P_Q_INNER_DATA_TEMP);
	out->pq = mtproto_tl_read_bytes(r);
	out->p = mtproto_tl_read_bytes(r);
	out->q = mtproto_tl_read_bytes(r);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	mtproto_tl_read_raw(r, out->new_nonce, sizeof(out->new_nonce));
	out->expires_in = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_p_q_inner_data_temp_write(struct mtproto_tl_writer *w, const struct mtproto_p_q_inner_data_temp *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_P_Q_INNER_DATA_TEMP);
	mtproto_tl_write_bytes(w, in->pq.data, in->pq.len);
	mtproto_tl_write_bytes(w, in->p.data, in->p.len);
	mtproto_tl_write_bytes(w, in->q.data, in->q.len);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_raw(w, in->new_nonce, sizeof(in->new_nonce));
	mtproto_tl_write_int(w, in->expires_in);
}

int mtproto_p_q_inner_data_temp_dc_read(struct mtproto_p_q_inner_data_temp_dc *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_P_Q_INNER_DATA_TEMP_DC);
	out->pq = mtproto_tl_read_bytes(r);
	out->p = mtproto_tl_read_bytes(r);
	out->q = mtproto_tl_read_bytes(r);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	mtproto_tl_read_raw(r, out->new_nonce, sizeof(out->new_nonce));
	out->dc = mtproto_tl_read_int(r);
	out->expires_in = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_p_q_inner_data_temp_dc_write(struct mtproto_tl_writer *w, const struct mtproto_p_q_inner_data_temp_dc *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_P_Q_INNER_DATA_TEMP_DC);
	mtproto_tl_write_bytes(w, in->pq.data, in->pq.len);
	mtproto_tl_write_bytes(w, in->p.data, in->p.len);
	mtproto_tl_write_bytes(w, in->q.data, in->q.len);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_raw(w, in->new_nonce, sizeof(in->new_nonce));
	mtproto_tl_write_int(w, in->dc);
	mtproto_tl_write_int(w, in->expires_in);
}

int mtproto_server_dh_params_fail_read(struct mtproto_server_dh_params_fail *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_SERVER_DH_PARAMS_FAIL);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	mtproto_tl_read_raw(r, out->new_nonce_hash, sizeof(out->new_nonce_hash));
	return r->error;
}

void mtproto_server_dh_params_fail_write(struct mtproto_tl_writer *w, const struct mtproto_server_dh_params_fail *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_SERVER_DH_PARAMS_FAIL);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_raw(w, in->new_nonce_hash, sizeof(in->new_nonce_hash));
}

int mtproto_server_dh_params_ok_read(struct mtproto_server_dh_params_ok *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_SERVER_DH_PARAMS_OK);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	out->encrypted_answer = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_server_dh_params_ok_write(struct mtproto_tl_writer *w, const struct mtproto_server_dh_params_ok *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_SERVER_DH_PARAMS_OK);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_bytes(w, in->encrypted_answer.data, in->encrypted_answer.len);
}

int mtproto_server_dh_inner_data_read(struct mtproto_server_dh_inner_data *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_SERVER_DH_INNER_DATA);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	out->g = mtproto_tl_read_int(r);
	out->dh_prime = mtproto_tl_read_bytes(r);
	out->g_a = mtproto_tl_read_bytes(r);
	out->server_time = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_server_dh_inner_data_write(struct mtproto_tl_writer *w, const struct mtproto_server_dh_inner_data *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_SERVER_DH_INNER_DATA);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_int(w, in->g);
	mtproto_tl_write_bytes(w, in->dh_prime.data, in->dh_prime.len);
	mtproto_tl_write_bytes(w, in->g_a.data, in->g_a.len);
	mtproto_tl_write_int(w, in->server_time);
}

int mtproto_client_dh_inner_data_read(struct mtproto_client_dh_inner_data *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_CLIENT_DH_INNER_DATA);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	out->retry_id = mtproto_tl_read_long(r);
	out->g_b = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_client_dh_inner_data_write(struct mtproto_tl_writer *w, const struct mtproto_client_dh_inner_data *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_CLIENT_DH_INNER_DATA);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_long(w, in->retry_id);
	mtproto_tl_write_bytes(w, in->g_b.data, in->g_b.len);
}

int mtproto_dh_gen_ok_read(struct mtproto_dh_gen_ok *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_DH_GEN_OK);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	mtproto_tl_read_raw(r, out->new_nonce_hash1, sizeof(out->new_nonce_hash1));
	return r->error;
}

void mtproto_dh_gen_ok_write(struct mtproto_tl_writer *w, const struct mtproto_dh_gen_ok *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_DH_GEN_OK);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_raw(w, in->new_nonce_hash1, sizeof(in->new_nonce_hash1));
}

int mtproto_dh_gen_retry_read(struct mtproto_dh_gen_retry *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_DH_GEN_RETRY);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	mtproto_tl_read_raw(r, out->new_nonce_hash2, sizeof(out->new_nonce_hash2));
	return r->error;
}

void mtproto_dh_gen_retry_write(struct mtproto_tl_writer *w, const struct mtproto_dh_gen_retry *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_DH_GEN_RETRY);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_raw(w, in->new_nonce_hash2, sizeof(in->new_nonce_hash2));
}

int mtproto_dh_gen_fail_read(struct mtproto_dh_gen_fail *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_DH_GEN_FAIL);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	mtproto_tl_read_raw(r, out->new_nonce_hash3, sizeof(out->new_nonce_hash3));
	return r->error;
}

void mtproto_dh_gen_fail_write(struct mtproto_tl_writer *w, const struct mtproto_dh_gen_fail *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_DH_GEN_FAIL);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_raw(w, in->new_nonce_hash3, sizeof(in->new_nonce_hash3));
}

int mtproto_bind_auth_key_inner_read(struct mtproto_bind_auth_key_inner *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_BIND_AUTH_KEY_INNER);
	out->nonce = mtproto_tl_read_long(r);
	out->temp_auth_key_id = mtproto_tl_read_long(r);
	out->perm_auth_key_id = mtproto_tl_read_long(r);
	out->temp_session_id = mtproto_tl_read_long(r);
	out->expires_at = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_bind_auth_key_inner_write(struct mtproto_tl_writer *w, const struct mtproto_bind_auth_key_inner *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_BIND_AUTH_KEY_INNER);
	mtproto_tl_write_long(w, in->nonce);
	mtproto_tl_write_long(w, in->temp_auth_key_id);
	mtproto_tl_write_long(w, in->perm_auth_key_id);
	mtproto_tl_write_long(w, in->temp_session_id);
	mtproto_tl_write_int(w, in->expires_at);
}

int mtproto_rpc_result_read(struct mtproto_rpc_result *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_RPC_RESULT);
	out->req_msg_id = mtproto_tl_read_long(r);
	out->result = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_rpc_result_write(struct mtproto_tl_writer *w, const struct mtproto_rpc_result *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_RPC_RESULT);
	mtproto_tl_write_long(w, in->req_msg_id);
	mtproto_tl_write_raw(w, in->result.data, in->result.len);
}

int mtproto_rpc_error_read(struct mtproto_rpc_error *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_RPC_ERROR);
	out->error_code = mtproto_tl_read_int(r);
	out->error_message = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_rpc_error_write(struct mtproto_tl_writer *w, const struct mtproto_rpc_error *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_RPC_ERROR);
	mtproto_tl_write_int(w, in->error_code);
	mtproto_tl_write_bytes(w, in->error_message.data, in->error_message.len);
}

int mtproto_rpc_answer_dropped_read(struct mtproto_rpc_answer_dropped *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_RPC_ANSWER_DROPPED);
	out->msg_id = mtproto_tl_read_long(r);
	out->seq_no = mtproto_tl_read_int(r);
	out->bytes = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_rpc_answer_dropped_write(struct mtproto_tl_writer *w, const struct mtproto_rpc_answer_dropped *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_RPC_ANSWER_DROPPED);
	mtproto_tl_write_long(w, in->msg_id);
	mtproto_tl_write_int(w, in->seq_no);
	mtproto_tl_write_int(w, in->bytes);
}

void mtproto_future_salt_at(struct mtproto_future_salt *out, const struct mtproto_future_salt_list *list,
			    uint32_t index)
{
	struct mtproto_tl_reader reader, *r = &reader;

	mtproto_tl_reader_init(r, list->data + (size_t)index * 16, 16);
	out->valid_since = mtproto_tl_read_int(r);
	out->valid_until = mtproto_tl_read_int(r);
	out->salt = mtproto_tl_read_long(r);
}

void mtproto_future_salt_write_bare(struct mtproto_tl_writer *w, const struct mtproto_future_salt *in)
{
	mtproto_tl_write_int(w, in->valid_since);
	mtproto_tl_write_int(w, in->valid_until);
	mtproto_tl_write_long(w, in->salt);
}

static void read_future_salt_list(struct mtproto_future_salt_list *out, struct mtproto_tl_reader *r)
{
	out->count = mtproto_tl_read_count(r, 16);
	out->data = mtproto_tl_read_span(r, (size_t)out->count * 16).data;
}

static void write_future_salt_list(struct mtproto_tl_writer *w, const struct mtproto_future_salt_list *in)
{
	mtproto_tl_write_u32(w, in->count);
	mtproto_tl_write_raw(w, in->data, (size_t)in->count * 16);
}

int mtproto_future_salt_read(struct mtproto_future_salt *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_FUTURE_SALT);
	out->valid_since = mtproto_tl_read_int(r);
	out->valid_until = mtproto_tl_read_int(r);
	out->salt = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_future_salt_write(struct mtproto_tl_writer *w, const struct mtproto_future_salt *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_FUTURE_SALT);
	mtproto_tl_write_int(w, in->valid_since);
	mtproto_tl_write_int(w, in->valid_until);
	mtproto_tl_write_long(w, in->salt);
}

int mtproto_future_salts_read(struct mtproto_future_salts *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_FUTURE_SALTS);
	out->req_msg_id = mtproto_tl_read_long(r);
	out->now = mtproto_tl_read_int(r);
	read_future_salt_list(&out->salts, r);
	return r->error;
}

void mtproto_future_salts_write(struct mtproto_tl_writer *w, const struct mtproto_future_salts *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_FUTURE_SALTS);
	mtproto_tl_write_long(w, in->req_msg_id);
	mtproto_tl_write_int(w, in->now);
	write_future_salt_list(w, &in->salts);
}

int mtproto_pong_read(struct mtproto_pong *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_PONG);
	out->msg_id = mtproto_tl_read_long(r);
	out->ping_id = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_pong_write(struct mtproto_tl_writer *w, const struct mtproto_pong *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_PONG);
	mtproto_tl_write_long(w, in->msg_id);
	mtproto_tl_write_long(w, in->ping_id);
}

int mtproto_destroy_session_ok_read(struct mtproto_destroy_session_ok *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_DESTROY_SESSION_OK);
	out->session_id = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_destroy_session_ok_write(struct mtproto_tl_writer *w, const struct mtproto_destroy_session_ok *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_DESTROY_SESSION_OK);
	mtproto_tl_write_long(w, in->session_id);
}

int mtproto_destroy_session_none_read(struct mtproto_destroy_session_none *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_DESTROY_SESSION_NONE);
	out->session_id = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_destroy_session_none_write(struct mtproto_tl_writer *w, const struct mtproto_destroy_session_none *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_DESTROY_SESSION_NONE);
	mtproto_tl_write_long(w, in->session_id);
}

int mtproto_new_session_created_read(struct mtproto_new_session_created *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_NEW_SESSION_CREATED);
	out->first_msg_id = mtproto_tl_read_long(r);
	out->unique_id = mtproto_tl_read_long(r);
	out->server_salt = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_new_session_created_write(struct mtproto_tl_writer *w, const struct mtproto_new_session_created *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_NEW_SESSION_CREATED);
	mtproto_tl_write_long(w, in->first_msg_id);
	mtproto_tl_write_long(w, in->unique_id);
	mtproto_tl_write_long(w, in->server_salt);
}

int mtproto_msg_container_read(struct mtproto_msg_container *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSG_CONTAINER);
	mtproto_message_list_read(&out->messages, r);
	return r->error;
}

void mtproto_msg_container_write(struct mtproto_tl_writer *w, const struct mtproto_msg_container *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSG_CONTAINER);
	mtproto_message_list_write(w, &in->messages);
}

int mtproto_msg_copy_read(struct mtproto_msg_copy *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSG_COPY);
	out->orig_message = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_msg_copy_write(struct mtproto_tl_writer *w, const struct mtproto_msg_copy *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSG_COPY);
	mtproto_tl_write_raw(w, in->orig_message.data, in->orig_message.len);
}

int mtproto_gzip_packed_read(struct mtproto_gzip_packed *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_GZIP_PACKED);
	out->packed_data = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_gzip_packed_write(struct mtproto_tl_writer *w, const struct mtproto_gzip_packed *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_GZIP_PACKED);
	mtproto_tl_write_bytes(w, in->packed_data.data, in->packed_data.len);
}

int mtproto_msgs_ack_read(struct mtproto_msgs_ack *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSGS_ACK);
	mtproto_longs_read(&out->msg_ids, r);
	return r->error;
}

void mtproto_msgs_ack_write(struct mtproto_tl_writer *w, const struct mtproto_msgs_ack *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSGS_ACK);
	mtproto_longs_write(w, &in->msg_ids);
}

int mtproto_bad_msg_notification_read(struct mtproto_bad_msg_notification *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_BAD_MSG_NOTIFICATION);
	out->bad_msg_id = mtproto_tl_read_long(r);
	out->bad_msg_seqno = mtproto_tl_read_int(r);
	out->error_code = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_bad_msg_notification_write(struct mtproto_tl_writer *w, const struct mtproto_bad_msg_notification *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_BAD_MSG_NOTIFICATION);
	mtproto_tl_write_long(w, in->bad_msg_id);
	mtproto_tl_write_int(w, in->bad_msg_seqno);
	mtproto_tl_write_int(w, in->error_code);
}

int mtproto_bad_server_salt_read(struct mtproto_bad_server_salt *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_BAD_SERVER_SALT);
	out->bad_msg_id = mtproto_tl_read_long(r);
	out->bad_msg_seqno = mtproto_tl_read_int(r);
	out->error_code = mtproto_tl_read_int(r);
	out->new_server_salt = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_bad_server_salt_write(struct mtproto_tl_writer *w, const struct mtproto_bad_server_salt *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_BAD_SERVER_SALT);
	mtproto_tl_write_long(w, in->bad_msg_id);
	mtproto_tl_write_int(w, in->bad_msg_seqno);
	mtproto_tl_write_int(w, in->error_code);
	mtproto_tl_write_long(w, in->new_server_salt);
}

int mtproto_msg_resend_req_read(struct mtproto_msg_resend_req *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSG_RESEND_REQ);
	mtproto_longs_read(&out->msg_ids, r);
	return r->error;
}

void mtproto_msg_resend_req_write(struct mtproto_tl_writer *w, const struct mtproto_msg_resend_req *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSG_RESEND_REQ);
	mtproto_longs_write(w, &in->msg_ids);
}

int mtproto_msg_resend_ans_req_read(struct mtproto_msg_resend_ans_req *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSG_RESEND_ANS_REQ);
	mtproto_longs_read(&out->msg_ids, r);
	return r->error;
}

void mtproto_msg_resend_ans_req_write(struct mtproto_tl_writer *w, const struct mtproto_msg_resend_ans_req *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSG_RESEND_ANS_REQ);
	mtproto_longs_write(w, &in->msg_ids);
}

int mtproto_msgs_state_req_read(struct mtproto_msgs_state_req *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSGS_STATE_REQ);
	mtproto_longs_read(&out->msg_ids, r);
	return r->error;
}

void mtproto_msgs_state_req_write(struct mtproto_tl_writer *w, const struct mtproto_msgs_state_req *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSGS_STATE_REQ);
	mtproto_longs_write(w, &in->msg_ids);
}

int mtproto_msgs_state_info_read(struct mtproto_msgs_state_info *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSGS_STATE_INFO);
	out->req_msg_id = mtproto_tl_read_long(r);
	out->info = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_msgs_state_info_write(struct mtproto_tl_writer *w, const struct mtproto_msgs_state_info *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSGS_STATE_INFO);
	mtproto_tl_write_long(w, in->req_msg_id);
	mtproto_tl_write_bytes(w, in->info.data, in->info.len);
}

int mtproto_msgs_all_info_read(struct mtproto_msgs_all_info *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSGS_ALL_INFO);
	mtproto_longs_read(&out->msg_ids, r);
	out->info = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_msgs_all_info_write(struct mtproto_tl_writer *w, const struct mtproto_msgs_all_info *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSGS_ALL_INFO);
	mtproto_longs_write(w, &in->msg_ids);
	mtproto_tl_write_bytes(w, in->info.data, in->info.len);
}

int mtproto_msg_detailed_info_read(struct mtproto_msg_detailed_info *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSG_DETAILED_INFO);
	out->msg_id = mtproto_tl_read_long(r);
	out->answer_msg_id = mtproto_tl_read_long(r);
	out->bytes = mtproto_tl_read_int(r);
	out->status = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_msg_detailed_info_write(struct mtproto_tl_writer *w, const struct mtproto_msg_detailed_info *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSG_DETAILED_INFO);
	mtproto_tl_write_long(w, in->msg_id);
	mtproto_tl_write_long(w, in->answer_msg_id);
	mtproto_tl_write_int(w, in->bytes);
	mtproto_tl_write_int(w, in->status);
}

int mtproto_msg_new_detailed_info_read(struct mtproto_msg_new_detailed_info *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MSG_NEW_DETAILED_INFO);
	out->answer_msg_id = mtproto_tl_read_long(r);
	out->bytes = mtproto_tl_read_int(r);
	out->status = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_msg_new_detailed_info_write(struct mtproto_tl_writer *w, const struct mtproto_msg_new_detailed_info *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSG_NEW_DETAILED_INFO);
	mtproto_tl_write_long(w, in->answer_msg_id);
	mtproto_tl_write_int(w, in->bytes);
	mtproto_tl_write_int(w, in->status);
}

int mtproto_http_wait_read(struct mtproto_http_wait *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_HTTP_WAIT);
	out->max_delay = mtproto_tl_read_int(r);
	out->wait_after = mtproto_tl_read_int(r);
	out->max_wait = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_http_wait_write(struct mtproto_tl_writer *w, const struct mtproto_http_wait *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_HTTP_WAIT);
	mtproto_tl_write_int(w, in->max_delay);
	mtproto_tl_write_int(w, in->wait_after);
	mtproto_tl_write_int(w, in->max_wait);
}

int mtproto_input_client_proxy_read(struct mtproto_input_client_proxy *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_INPUT_CLIENT_PROXY);
	out->address = mtproto_tl_read_bytes(r);
	out->port = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_input_client_proxy_write(struct mtproto_tl_writer *w, const struct mtproto_input_client_proxy *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_INPUT_CLIENT_PROXY);
	mtproto_tl_write_bytes(w, in->address.data, in->address.len);
	mtproto_tl_write_int(w, in->port);
}

int mtproto_message_range_read(struct mtproto_message_range *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_MESSAGE_RANGE);
	out->min_id = mtproto_tl_read_int(r);
	out->max_id = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_message_range_write(struct mtproto_tl_writer *w, const struct mtproto_message_range *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MESSAGE_RANGE);
	mtproto_tl_write_int(w, in->min_id);
	mtproto_tl_write_int(w, in->max_id);
}

int mtproto_req_pq_read(struct mtproto_req_pq *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_REQ_PQ);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	return r->error;
}

void mtproto_req_pq_write(struct mtproto_tl_writer *w, const struct mtproto_req_pq *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_REQ_PQ);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
}

int mtproto_req_pq_multi_read(struct mtproto_req_pq_multi *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_REQ_PQ_MULTI);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	return r->error;
}

void mtproto_req_pq_multi_write(struct mtproto_tl_writer *w, const struct mtproto_req_pq_multi *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_REQ_PQ_MULTI);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
}

int mtproto_req_dh_params_read(struct mtproto_req_dh_params *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_REQ_DH_PARAMS);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	out->p = mtproto_tl_read_bytes(r);
	out->q = mtproto_tl_read_bytes(r);
	out->public_key_fingerprint = mtproto_tl_read_long(r);
	out->encrypted_data = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_req_dh_params_write(struct mtproto_tl_writer *w, const struct mtproto_req_dh_params *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_REQ_DH_PARAMS);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_bytes(w, in->p.data, in->p.len);
	mtproto_tl_write_bytes(w, in->q.data, in->q.len);
	mtproto_tl_write_long(w, in->public_key_fingerprint);
	mtproto_tl_write_bytes(w, in->encrypted_data.data, in->encrypted_data.len);
}

int mtproto_set_client_dh_params_read(struct mtproto_set_client_dh_params *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_SET_CLIENT_DH_PARAMS);
	mtproto_tl_read_raw(r, out->nonce, sizeof(out->nonce));
	mtproto_tl_read_raw(r, out->server_nonce, sizeof(out->server_nonce));
	out->encrypted_data = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_set_client_dh_params_write(struct mtproto_tl_writer *w, const struct mtproto_set_client_dh_params *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_SET_CLIENT_DH_PARAMS);
	mtproto_tl_write_raw(w, in->nonce, sizeof(in->nonce));
	mtproto_tl_write_raw(w, in->server_nonce, sizeof(in->server_nonce));
	mtproto_tl_write_bytes(w, in->encrypted_data.data, in->encrypted_data.len);
}

int mtproto_rpc_drop_answer_read(struct mtproto_rpc_drop_answer *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_RPC_DROP_ANSWER);
	out->req_msg_id = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_rpc_drop_answer_write(struct mtproto_tl_writer *w, const struct mtproto_rpc_drop_answer *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_RPC_DROP_ANSWER);
	mtproto_tl_write_long(w, in->req_msg_id);
}

int mtproto_get_future_salts_read(struct mtproto_get_future_salts *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_GET_FUTURE_SALTS);
	out->num = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_get_future_salts_write(struct mtproto_tl_writer *w, const struct mtproto_get_future_salts *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_GET_FUTURE_SALTS);
	mtproto_tl_write_int(w, in->num);
}

int mtproto_ping_read(struct mtproto_ping *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_PING);
	out->ping_id = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_ping_write(struct mtproto_tl_writer *w, const struct mtproto_ping *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_PING);
	mtproto_tl_write_long(w, in->ping_id);
}

int mtproto_ping_delay_disconnect_read(struct mtproto_ping_delay_disconnect *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_PING_DELAY_DISCONNECT);
	out->ping_id = mtproto_tl_read_long(r);
	out->disconnect_delay = mtproto_tl_read_int(r);
	return r->error;
}

void mtproto_ping_delay_disconnect_write(struct mtproto_tl_writer *w, const struct mtproto_ping_delay_disconnect *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_PING_DELAY_DISCONNECT);
	mtproto_tl_write_long(w, in->ping_id);
	mtproto_tl_write_int(w, in->disconnect_delay);
}

int mtproto_destroy_session_read(struct mtproto_destroy_session *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_DESTROY_SESSION);
	out->session_id = mtproto_tl_read_long(r);
	return r->error;
}

void mtproto_destroy_session_write(struct mtproto_tl_writer *w, const struct mtproto_destroy_session *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_DESTROY_SESSION);
	mtproto_tl_write_long(w, in->session_id);
}

int mtproto_invoke_after_msg_read(struct mtproto_invoke_after_msg *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_INVOKE_AFTER_MSG);
	out->msg_id = mtproto_tl_read_long(r);
	out->query = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_invoke_after_msg_write(struct mtproto_tl_writer *w, const struct mtproto_invoke_after_msg *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_INVOKE_AFTER_MSG);
	mtproto_tl_write_long(w, in->msg_id);
	mtproto_tl_write_raw(w, in->query.data, in->query.len);
}

int mtproto_invoke_after_msgs_read(struct mtproto_invoke_after_msgs *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_INVOKE_AFTER_MSGS);
	mtproto_longs_read(&out->msg_ids, r);
	out->query = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_invoke_after_msgs_write(struct mtproto_tl_writer *w, const struct mtproto_invoke_after_msgs *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_INVOKE_AFTER_MSGS);
	mtproto_longs_write(w, &in->msg_ids);
	mtproto_tl_write_raw(w, in->query.data, in->query.len);
}

int mtproto_init_connection_read(struct mtproto_init_connection *out, struct mtproto_tl_reader *r)
{
	memset(out, 0, sizeof(*out));
	mtproto_tl_read_id(r, MTPROTO_ID_INIT_CONNECTION);
	out->flags = mtproto_tl_read_u32(r);
	out->api_id = mtproto_tl_read_int(r);
	out->device_model = mtproto_tl_read_bytes(r);
	out->system_version = mtproto_tl_read_bytes(r);
	out->app_version = mtproto_tl_read_bytes(r);
	out->system_lang_code = mtproto_tl_read_bytes(r);
	out->lang_pack = mtproto_tl_read_bytes(r);
	out->lang_code = mtproto_tl_read_bytes(r);
	if (out->flags & MTPROTO_INIT_CONNECTION_PROXY)
		mtproto_input_client_proxy_read(&out->proxy, r);
	if (out->flags & MTPROTO_INIT_CONNECTION_PARAMS)
		out->params = mtp_tl_read_json(r);
	out->query = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_init_connection_write(struct mtproto_tl_writer *w, const struct mtproto_init_connection *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_INIT_CONNECTION);
	mtproto_tl_write_u32(w, in->flags);
	mtproto_tl_write_int(w, in->api_id);
	mtproto_tl_write_bytes(w, in->device_model.data, in->device_model.len);
	mtproto_tl_write_bytes(w, in->system_version.data, in->system_version.len);
	mtproto_tl_write_bytes(w, in->app_version.data, in->app_version.len);
	mtproto_tl_write_bytes(w, in->system_lang_code.data, in->system_lang_code.len);
	mtproto_tl_write_bytes(w, in->lang_pack.data, in->lang_pack.len);
	mtproto_tl_write_bytes(w, in->lang_code.data, in->lang_code.len);
	if (in->flags & MTPROTO_INIT_CONNECTION_PROXY)
		mtproto_input_client_proxy_write(w, &in->proxy);
	if (in->flags & MTPROTO_INIT_CONNECTION_PARAMS)
		mtproto_tl_write_raw(w, in->params.data, in->params.len);
	mtproto_tl_write_raw(w, in->query.data, in->query.len);
}

int mtproto_invoke_with_layer_read(struct mtproto_invoke_with_layer *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_INVOKE_WITH_LAYER);
	out->layer = mtproto_tl_read_int(r);
	out->query = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_invoke_with_layer_write(struct mtproto_tl_writer *w, const struct mtproto_invoke_with_layer *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_INVOKE_WITH_LAYER);
	mtproto_tl_write_int(w, in->layer);
	mtproto_tl_write_raw(w, in->query.data, in->query.len);
}

int mtproto_invoke_without_updates_read(struct mtproto_invoke_without_updates *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_INVOKE_WITHOUT_UPDATES);
	out->query = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_invoke_without_updates_write(struct mtproto_tl_writer *w, const struct mtproto_invoke_without_updates *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_INVOKE_WITHOUT_UPDATES);
	mtproto_tl_write_raw(w, in->query.data, in->query.len);
}

int mtproto_invoke_with_messages_range_read(struct mtproto_invoke_with_messages_range *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_INVOKE_WITH_MESSAGES_RANGE);
	mtproto_message_range_read(&out->range, r);
	out->query = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_invoke_with_messages_range_write(struct mtproto_tl_writer *w,
					      const struct mtproto_invoke_with_messages_range *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_INVOKE_WITH_MESSAGES_RANGE);
	mtproto_message_range_write(w, &in->range);
	mtproto_tl_write_raw(w, in->query.data, in->query.len);
}

int mtproto_invoke_with_takeout_read(struct mtproto_invoke_with_takeout *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_INVOKE_WITH_TAKEOUT);
	out->takeout_id = mtproto_tl_read_long(r);
	out->query = mtp_tl_read_object(r);
	return r->error;
}

void mtproto_invoke_with_takeout_write(struct mtproto_tl_writer *w, const struct mtproto_invoke_with_takeout *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_INVOKE_WITH_TAKEOUT);
	mtproto_tl_write_long(w, in->takeout_id);
	mtproto_tl_write_raw(w, in->query.data, in->query.len);
}

int mtproto_auth_bind_temp_auth_key_read(struct mtproto_auth_bind_temp_auth_key *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_AUTH_BIND_TEMP_AUTH_KEY);
	out->perm_auth_key_id = mtproto_tl_read_long(r);
	out->nonce = mtproto_tl_read_long(r);
	out->expires_at = mtproto_tl_read_int(r);
	out->encrypted_message = mtproto_tl_read_bytes(r);
	return r->error;
}

void mtproto_auth_bind_temp_auth_key_write(struct mtproto_tl_writer *w,
					   const struct mtproto_auth_bind_temp_auth_key *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_AUTH_BIND_TEMP_AUTH_KEY);
	mtproto_tl_write_long(w, in->perm_auth_key_id);
	mtproto_tl_write_long(w, in->nonce);
	mtproto_tl_write_int(w, in->expires_at);
	mtproto_tl_write_bytes(w, in->encrypted_message.data, in->encrypted_message.len);
}

int mtproto_auth_drop_temp_auth_keys_read(struct mtproto_auth_drop_temp_auth_keys *out, struct mtproto_tl_reader *r)
{
	mtproto_tl_read_id(r, MTPROTO_ID_AUTH_DROP_TEMP_AUTH_KEYS);
	mtproto_longs_read(&out->except_auth_keys, r);
	return r->error;
}

void mtproto_auth_drop_temp_auth_keys_write(struct mtproto_tl_writer *w,
					    const struct mtproto_auth_drop_temp_auth_keys *in)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_AUTH_DROP_TEMP_AUTH_KEYS);
	mtproto_longs_write(w, &in->except_auth_keys);
}
