/* The objects of MTProto's service schema: an id, a struct, a reader and a writer for each.
 * Generated from src/tl/service.tl by scripts/generate-service.py; do not edit.
 *
 * A _read function reads a boxed object, its id included, and returns the reader's sticky error:
 * MTPROTO_ERR_CONSTRUCTOR for another id, MTPROTO_ERR_TRUNCATED and MTPROTO_ERR_ENCODING as in <mtproto/tl.h>; what was
 * not read is zero. It does not ask for the end of the bytes, because peers pad: where exactly one object is due,
 * mtproto_tl_reader_end follows.
 * Spans and lists point into the bytes that are read. A span of a type called Object, Message or X goes to their end.
 * A _write function writes the object in the same form; an error stays in the writer.
 * A member that depends on a bit of flags is there when that bit, a macro above the struct, is set, and zero otherwise.
 * An object without fields has only an id; mtproto_tl_write_u32 writes it. */
#ifndef MTPROTO_SERVICE_H
#define MTPROTO_SERVICE_H

#include <mtproto/service_parts.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_ID_RES_PQ                     0x05162463u
#define MTPROTO_ID_P_Q_INNER_DATA             0x83c95aecu
#define MTPROTO_ID_P_Q_INNER_DATA_DC          0xa9f55f95u
#define MTPROTO_ID_P_Q_INNER_DATA_TEMP        0x3c6a84d4u
#define MTPROTO_ID_P_Q_INNER_DATA_TEMP_DC     0x56fddf88u
#define MTPROTO_ID_SERVER_DH_PARAMS_FAIL      0x79cb045du
#define MTPROTO_ID_SERVER_DH_PARAMS_OK        0xd0e8075cu
#define MTPROTO_ID_SERVER_DH_INNER_DATA       0xb5890dbau
#define MTPROTO_ID_CLIENT_DH_INNER_DATA       0x6643b654u
#define MTPROTO_ID_DH_GEN_OK                  0x3bcbf734u
#define MTPROTO_ID_DH_GEN_RETRY               0x46dc1fb9u
#define MTPROTO_ID_DH_GEN_FAIL                0xa69dae02u
#define MTPROTO_ID_BIND_AUTH_KEY_INNER        0x75a3f765u
#define MTPROTO_ID_RPC_RESULT                 0xf35c6d01u
#define MTPROTO_ID_RPC_ERROR                  0x2144ca19u
#define MTPROTO_ID_RPC_ANSWER_UNKNOWN         0x5e2ad36eu
#define MTPROTO_ID_RPC_ANSWER_DROPPED_RUNNING 0xcd78e586u
#define MTPROTO_ID_RPC_ANSWER_DROPPED         0xa43ad8b7u
#define MTPROTO_ID_FUTURE_SALT                0x0949d9dcu
#define MTPROTO_ID_FUTURE_SALTS               0xae500895u
#define MTPROTO_ID_PONG                       0x347773c5u
#define MTPROTO_ID_DESTROY_SESSION_OK         0xe22045fcu
#define MTPROTO_ID_DESTROY_SESSION_NONE       0x62d350c9u
#define MTPROTO_ID_NEW_SESSION_CREATED        0x9ec20908u
#define MTPROTO_ID_MSG_CONTAINER              0x73f1f8dcu
#define MTPROTO_ID_MSG_COPY                   0xe06046b2u
#define MTPROTO_ID_GZIP_PACKED                0x3072cfa1u
#define MTPROTO_ID_MSGS_ACK                   0x62d6b459u
#define MTPROTO_ID_BAD_MSG_NOTIFICATION       0xa7eff811u
#define MTPROTO_ID_BAD_SERVER_SALT            0xedab447bu
#define MTPROTO_ID_MSG_RESEND_REQ             0x7d861a08u
#define MTPROTO_ID_MSG_RESEND_ANS_REQ         0x8610baebu
#define MTPROTO_ID_MSGS_STATE_REQ             0xda69fb52u
#define MTPROTO_ID_MSGS_STATE_INFO            0x04deb57du
#define MTPROTO_ID_MSGS_ALL_INFO              0x8cc0d131u
#define MTPROTO_ID_MSG_DETAILED_INFO          0x276d3ec6u
#define MTPROTO_ID_MSG_NEW_DETAILED_INFO      0x809db6dfu
#define MTPROTO_ID_DESTROY_AUTH_KEY_OK        0xf660e1d4u
#define MTPROTO_ID_DESTROY_AUTH_KEY_NONE      0x0a9f2259u
#define MTPROTO_ID_DESTROY_AUTH_KEY_FAIL      0xea109b13u
#define MTPROTO_ID_HTTP_WAIT                  0x9299359fu
#define MTPROTO_ID_INPUT_CLIENT_PROXY         0x75588b3fu
#define MTPROTO_ID_MESSAGE_RANGE              0x0ae30253u
#define MTPROTO_ID_JSON_NULL                  0x3f6d7b68u
#define MTPROTO_ID_JSON_BOOL                  0xc7345e6au
#define MTPROTO_ID_JSON_NUMBER                0x2be0dfa4u
#define MTPROTO_ID_JSON_STRING                0xb71e767au
#define MTPROTO_ID_JSON_ARRAY                 0xf7444763u
#define MTPROTO_ID_JSON_OBJECT_VALUE          0xc0de1bd9u
#define MTPROTO_ID_JSON_OBJECT                0x99c1d49du
#define MTPROTO_ID_REQ_PQ                     0x60469778u
#define MTPROTO_ID_REQ_PQ_MULTI               0xbe7e8ef1u
#define MTPROTO_ID_REQ_DH_PARAMS              0xd712e4beu
#define MTPROTO_ID_SET_CLIENT_DH_PARAMS       0xf5045f1fu
#define MTPROTO_ID_RPC_DROP_ANSWER            0x58e4a740u
#define MTPROTO_ID_GET_FUTURE_SALTS           0xb921bd04u
#define MTPROTO_ID_PING                       0x7abe77ecu
#define MTPROTO_ID_PING_DELAY_DISCONNECT      0xf3427b8cu
#define MTPROTO_ID_DESTROY_SESSION            0xe7512126u
#define MTPROTO_ID_DESTROY_AUTH_KEY           0xd1435160u
#define MTPROTO_ID_INVOKE_AFTER_MSG           0xcb9f372du
#define MTPROTO_ID_INVOKE_AFTER_MSGS          0x3dc4b4f0u
#define MTPROTO_ID_INIT_CONNECTION            0xc1cd5ea9u
#define MTPROTO_ID_INVOKE_WITH_LAYER          0xda9b0d0du
#define MTPROTO_ID_INVOKE_WITHOUT_UPDATES     0xbf9459b7u
#define MTPROTO_ID_INVOKE_WITH_MESSAGES_RANGE 0x365275f2u
#define MTPROTO_ID_INVOKE_WITH_TAKEOUT        0xaca9fd2eu
#define MTPROTO_ID_AUTH_BIND_TEMP_AUTH_KEY    0xcdd42a05u
#define MTPROTO_ID_AUTH_DROP_TEMP_AUTH_KEYS   0x8e48a188u

/* The name of the line with this id, as the schema spells it, or NULL. Static storage. */
MTPROTO_API const char *mtproto_service_name(uint32_t id);

/* resPQ#05162463 nonce:int128 server_nonce:int128 pq:bytes server_public_key_fingerprints:Vector<long> = ResPQ;
 * The server's answer to req_pq_multi. pq is a big-endian number; the fingerprints are of the RSA keys that the
 * server holds. */
struct mtproto_res_pq {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	struct mtproto_span pq;
	struct mtproto_longs server_public_key_fingerprints;
};
MTPROTO_API int mtproto_res_pq_read(struct mtproto_res_pq *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_res_pq_write(struct mtproto_tl_writer *w, const struct mtproto_res_pq *in);

/* p_q_inner_data#83c95aec pq:bytes p:bytes q:bytes nonce:int128 server_nonce:int128 new_nonce:int256 =
 * P_Q_inner_data;
 * What encrypted_data of req_DH_params hides: the factors of pq and the client's second nonce. Legacy: names no data
 * centre. */
struct mtproto_p_q_inner_data {
	struct mtproto_span pq;
	struct mtproto_span p;
	struct mtproto_span q;
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce[32];
};
MTPROTO_API int mtproto_p_q_inner_data_read(struct mtproto_p_q_inner_data *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_p_q_inner_data_write(struct mtproto_tl_writer *w, const struct mtproto_p_q_inner_data *in);

/* p_q_inner_data_dc#a9f55f95 pq:bytes p:bytes q:bytes nonce:int128 server_nonce:int128 new_nonce:int256 dc:int =
 * P_Q_inner_data;
 * The same for a permanent key of the data centre dc. */
struct mtproto_p_q_inner_data_dc {
	struct mtproto_span pq;
	struct mtproto_span p;
	struct mtproto_span q;
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce[32];
	int32_t dc;
};
MTPROTO_API int mtproto_p_q_inner_data_dc_read(struct mtproto_p_q_inner_data_dc *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_p_q_inner_data_dc_write(struct mtproto_tl_writer *w,
						 const struct mtproto_p_q_inner_data_dc *in);

/* p_q_inner_data_temp#3c6a84d4 pq:bytes p:bytes q:bytes nonce:int128 server_nonce:int128 new_nonce:int256
 * expires_in:int = P_Q_inner_data;
 * The same for a temporary key that lives for expires_in seconds. Legacy: names no data centre. */
struct mtproto_p_q_inner_data_temp {
	struct mtproto_span pq;
	struct mtproto_span p;
	struct mtproto_span q;
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce[32];
	int32_t expires_in;
};
MTPROTO_API int mtproto_p_q_inner_data_temp_read(struct mtproto_p_q_inner_data_temp *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_p_q_inner_data_temp_write(struct mtproto_tl_writer *w,
						   const struct mtproto_p_q_inner_data_temp *in);

/* p_q_inner_data_temp_dc#56fddf88 pq:bytes p:bytes q:bytes nonce:int128 server_nonce:int128 new_nonce:int256 dc:int
 * expires_in:int = P_Q_inner_data;
 * The same for a temporary key of the data centre dc. */
struct mtproto_p_q_inner_data_temp_dc {
	struct mtproto_span pq;
	struct mtproto_span p;
	struct mtproto_span q;
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce[32];
	int32_t dc;
	int32_t expires_in;
};
MTPROTO_API int mtproto_p_q_inner_data_temp_dc_read(struct mtproto_p_q_inner_data_temp_dc *out,
						    struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_p_q_inner_data_temp_dc_write(struct mtproto_tl_writer *w,
						      const struct mtproto_p_q_inner_data_temp_dc *in);

/* server_DH_params_fail#79cb045d nonce:int128 server_nonce:int128 new_nonce_hash:int128 = Server_DH_Params;
 * Legacy refusal of req_DH_params; new_nonce_hash is SHA1(new_nonce)[4:20]. */
struct mtproto_server_dh_params_fail {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce_hash[16];
};
MTPROTO_API int mtproto_server_dh_params_fail_read(struct mtproto_server_dh_params_fail *out,
						   struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_server_dh_params_fail_write(struct mtproto_tl_writer *w,
						     const struct mtproto_server_dh_params_fail *in);

/* server_DH_params_ok#d0e8075c nonce:int128 server_nonce:int128 encrypted_answer:bytes = Server_DH_Params;
 * encrypted_answer hides a server_DH_inner_data. */
struct mtproto_server_dh_params_ok {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	struct mtproto_span encrypted_answer;
};
MTPROTO_API int mtproto_server_dh_params_ok_read(struct mtproto_server_dh_params_ok *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_server_dh_params_ok_write(struct mtproto_tl_writer *w,
						   const struct mtproto_server_dh_params_ok *in);

/* server_DH_inner_data#b5890dba nonce:int128 server_nonce:int128 g:int dh_prime:bytes g_a:bytes server_time:int =
 * Server_DH_inner_data;
 * The server's half of the Diffie-Hellman exchange. dh_prime and g_a are big-endian numbers, server_time is Unix
 * time in seconds. */
struct mtproto_server_dh_inner_data {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	int32_t g;
	struct mtproto_span dh_prime;
	struct mtproto_span g_a;
	int32_t server_time;
};
MTPROTO_API int mtproto_server_dh_inner_data_read(struct mtproto_server_dh_inner_data *out,
						  struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_server_dh_inner_data_write(struct mtproto_tl_writer *w,
						    const struct mtproto_server_dh_inner_data *in);

/* client_DH_inner_data#6643b654 nonce:int128 server_nonce:int128 retry_id:long g_b:bytes = Client_DH_Inner_Data;
 * The client's half. retry_id is 0 at first, then the auth_key_aux_hash of the key that was refused. */
struct mtproto_client_dh_inner_data {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint64_t retry_id;
	struct mtproto_span g_b;
};
MTPROTO_API int mtproto_client_dh_inner_data_read(struct mtproto_client_dh_inner_data *out,
						  struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_client_dh_inner_data_write(struct mtproto_tl_writer *w,
						    const struct mtproto_client_dh_inner_data *in);

/* dh_gen_ok#3bcbf734 nonce:int128 server_nonce:int128 new_nonce_hash1:int128 = Set_client_DH_params_answer;
 * The key is made. */
struct mtproto_dh_gen_ok {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce_hash1[16];
};
MTPROTO_API int mtproto_dh_gen_ok_read(struct mtproto_dh_gen_ok *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_dh_gen_ok_write(struct mtproto_tl_writer *w, const struct mtproto_dh_gen_ok *in);

/* dh_gen_retry#46dc1fb9 nonce:int128 server_nonce:int128 new_nonce_hash2:int128 = Set_client_DH_params_answer;
 * The key can't be used; the client has to try another b. */
struct mtproto_dh_gen_retry {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce_hash2[16];
};
MTPROTO_API int mtproto_dh_gen_retry_read(struct mtproto_dh_gen_retry *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_dh_gen_retry_write(struct mtproto_tl_writer *w, const struct mtproto_dh_gen_retry *in);

/* dh_gen_fail#a69dae02 nonce:int128 server_nonce:int128 new_nonce_hash3:int128 = Set_client_DH_params_answer;
 * The exchange has failed and starts again with req_pq_multi. */
struct mtproto_dh_gen_fail {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce_hash3[16];
};
MTPROTO_API int mtproto_dh_gen_fail_read(struct mtproto_dh_gen_fail *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_dh_gen_fail_write(struct mtproto_tl_writer *w, const struct mtproto_dh_gen_fail *in);

/* bind_auth_key_inner#75a3f765 nonce:long temp_auth_key_id:long perm_auth_key_id:long temp_session_id:long
 * expires_at:int = BindAuthKeyInner;
 * What encrypted_message of auth.bindTempAuthKey hides. */
struct mtproto_bind_auth_key_inner {
	uint64_t nonce;
	uint64_t temp_auth_key_id;
	uint64_t perm_auth_key_id;
	uint64_t temp_session_id;
	int32_t expires_at;
};
MTPROTO_API int mtproto_bind_auth_key_inner_read(struct mtproto_bind_auth_key_inner *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_bind_auth_key_inner_write(struct mtproto_tl_writer *w,
						   const struct mtproto_bind_auth_key_inner *in);

/* rpc_result#f35c6d01 req_msg_id:long result:Object = RpcResult;
 * The answer to the call that was sent as the message req_msg_id. */
struct mtproto_rpc_result {
	uint64_t req_msg_id;
	struct mtproto_span result;
};
MTPROTO_API int mtproto_rpc_result_read(struct mtproto_rpc_result *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_rpc_result_write(struct mtproto_tl_writer *w, const struct mtproto_rpc_result *in);

/* rpc_error#2144ca19 error_code:int error_message:string = RpcError;
 * The result of a call that failed. */
struct mtproto_rpc_error {
	int32_t error_code;
	struct mtproto_span error_message;
};
MTPROTO_API int mtproto_rpc_error_read(struct mtproto_rpc_error *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_rpc_error_write(struct mtproto_tl_writer *w, const struct mtproto_rpc_error *in);

/* rpc_answer_dropped#a43ad8b7 msg_id:long seq_no:int bytes:int = RpcDropAnswer;
 * Answer to rpc_drop_answer: the answer existed already, as message msg_id of that many bytes, and was dropped. */
struct mtproto_rpc_answer_dropped {
	uint64_t msg_id;
	int32_t seq_no;
	int32_t bytes;
};
MTPROTO_API int mtproto_rpc_answer_dropped_read(struct mtproto_rpc_answer_dropped *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_rpc_answer_dropped_write(struct mtproto_tl_writer *w,
						  const struct mtproto_rpc_answer_dropped *in);

/* future_salt#0949d9dc valid_since:int valid_until:int salt:long = FutureSalt;
 * A salt and the time, in Unix seconds of the server, in which it is valid. */
struct mtproto_future_salt {
	int32_t valid_since;
	int32_t valid_until;
	uint64_t salt;
};
MTPROTO_API int mtproto_future_salt_read(struct mtproto_future_salt *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_future_salt_write(struct mtproto_tl_writer *w, const struct mtproto_future_salt *in);

/* future_salt without ids, count times 16 bytes. */
struct mtproto_future_salt_list {
	const uint8_t *data;
	uint32_t count;
};
/* Reads the element at index, which must be below count. */
MTPROTO_API void mtproto_future_salt_at(struct mtproto_future_salt *out, const struct mtproto_future_salt_list *list,
					uint32_t index);
/* Writes an element. */
MTPROTO_API void mtproto_future_salt_write_bare(struct mtproto_tl_writer *w, const struct mtproto_future_salt *in);

/* future_salts#ae500895 req_msg_id:long now:int salts:vector<future_salt> = FutureSalts;
 * Answer to get_future_salts. The salts have neither a vector id nor ids of their own. */
struct mtproto_future_salts {
	uint64_t req_msg_id;
	int32_t now;
	struct mtproto_future_salt_list salts;
};
MTPROTO_API int mtproto_future_salts_read(struct mtproto_future_salts *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_future_salts_write(struct mtproto_tl_writer *w, const struct mtproto_future_salts *in);

/* pong#347773c5 msg_id:long ping_id:long = Pong;
 * Answer to a ping that was sent as the message msg_id. */
struct mtproto_pong {
	uint64_t msg_id;
	uint64_t ping_id;
};
MTPROTO_API int mtproto_pong_read(struct mtproto_pong *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_pong_write(struct mtproto_tl_writer *w, const struct mtproto_pong *in);

/* destroy_session_ok#e22045fc session_id:long = DestroySessionRes;
 * Answer to destroy_session. */
struct mtproto_destroy_session_ok {
	uint64_t session_id;
};
MTPROTO_API int mtproto_destroy_session_ok_read(struct mtproto_destroy_session_ok *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_destroy_session_ok_write(struct mtproto_tl_writer *w,
						  const struct mtproto_destroy_session_ok *in);

/* destroy_session_none#62d350c9 session_id:long = DestroySessionRes;
 * Answer to destroy_session: there was no such session. */
struct mtproto_destroy_session_none {
	uint64_t session_id;
};
MTPROTO_API int mtproto_destroy_session_none_read(struct mtproto_destroy_session_none *out,
						  struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_destroy_session_none_write(struct mtproto_tl_writer *w,
						    const struct mtproto_destroy_session_none *in);

/* new_session_created#9ec20908 first_msg_id:long unique_id:long server_salt:long = NewSession;
 * The server has made a new session: it knows nothing of messages older than first_msg_id. */
struct mtproto_new_session_created {
	uint64_t first_msg_id;
	uint64_t unique_id;
	uint64_t server_salt;
};
MTPROTO_API int mtproto_new_session_created_read(struct mtproto_new_session_created *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_new_session_created_write(struct mtproto_tl_writer *w,
						   const struct mtproto_new_session_created *in);

/* msg_container#73f1f8dc messages:vector<message> = MessageContainer;
 * Several messages in one; see mtproto_container_message_read for its items. */
struct mtproto_msg_container {
	struct mtproto_message_list messages;
};
MTPROTO_API int mtproto_msg_container_read(struct mtproto_msg_container *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msg_container_write(struct mtproto_tl_writer *w, const struct mtproto_msg_container *in);

/* msg_copy#e06046b2 orig_message:Message = MessageCopy;
 * A message that is sent again inside another one. Nobody sends it. */
struct mtproto_msg_copy {
	struct mtproto_span orig_message;
};
MTPROTO_API int mtproto_msg_copy_read(struct mtproto_msg_copy *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msg_copy_write(struct mtproto_tl_writer *w, const struct mtproto_msg_copy *in);

/* gzip_packed#3072cfa1 packed_data:bytes = Object;
 * Any object, compressed. */
struct mtproto_gzip_packed {
	struct mtproto_span packed_data;
};
MTPROTO_API int mtproto_gzip_packed_read(struct mtproto_gzip_packed *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_gzip_packed_write(struct mtproto_tl_writer *w, const struct mtproto_gzip_packed *in);

/* msgs_ack#62d6b459 msg_ids:Vector<long> = MsgsAck;
 * Receipts for messages that asked for one. */
struct mtproto_msgs_ack {
	struct mtproto_longs msg_ids;
};
MTPROTO_API int mtproto_msgs_ack_read(struct mtproto_msgs_ack *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msgs_ack_write(struct mtproto_tl_writer *w, const struct mtproto_msgs_ack *in);

/* bad_msg_notification#a7eff811 bad_msg_id:long bad_msg_seqno:int error_code:int = BadMsgNotification;
 * The message bad_msg_id was ignored; error_code says why. */
struct mtproto_bad_msg_notification {
	uint64_t bad_msg_id;
	int32_t bad_msg_seqno;
	int32_t error_code;
};
MTPROTO_API int mtproto_bad_msg_notification_read(struct mtproto_bad_msg_notification *out,
						  struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_bad_msg_notification_write(struct mtproto_tl_writer *w,
						    const struct mtproto_bad_msg_notification *in);

/* bad_server_salt#edab447b bad_msg_id:long bad_msg_seqno:int error_code:int new_server_salt:long =
 * BadMsgNotification;
 * The message bad_msg_id was ignored because of its salt. */
struct mtproto_bad_server_salt {
	uint64_t bad_msg_id;
	int32_t bad_msg_seqno;
	int32_t error_code;
	uint64_t new_server_salt;
};
MTPROTO_API int mtproto_bad_server_salt_read(struct mtproto_bad_server_salt *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_bad_server_salt_write(struct mtproto_tl_writer *w, const struct mtproto_bad_server_salt *in);

/* msg_resend_req#7d861a08 msg_ids:Vector<long> = MsgResendReq;
 * Asks for messages to be sent again. */
struct mtproto_msg_resend_req {
	struct mtproto_longs msg_ids;
};
MTPROTO_API int mtproto_msg_resend_req_read(struct mtproto_msg_resend_req *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msg_resend_req_write(struct mtproto_tl_writer *w, const struct mtproto_msg_resend_req *in);

/* msg_resend_ans_req#8610baeb msg_ids:Vector<long> = MsgResendReq;
 * Asks for the answers to messages to be sent again. */
struct mtproto_msg_resend_ans_req {
	struct mtproto_longs msg_ids;
};
MTPROTO_API int mtproto_msg_resend_ans_req_read(struct mtproto_msg_resend_ans_req *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msg_resend_ans_req_write(struct mtproto_tl_writer *w,
						  const struct mtproto_msg_resend_ans_req *in);

/* msgs_state_req#da69fb52 msg_ids:Vector<long> = MsgsStateReq;
 * Asks what the other side knows of messages. */
struct mtproto_msgs_state_req {
	struct mtproto_longs msg_ids;
};
MTPROTO_API int mtproto_msgs_state_req_read(struct mtproto_msgs_state_req *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msgs_state_req_write(struct mtproto_tl_writer *w, const struct mtproto_msgs_state_req *in);

/* msgs_state_info#04deb57d req_msg_id:long info:bytes = MsgsStateInfo;
 * Answer to the msgs_state_req or msg_resend_req that was sent as the message req_msg_id: one byte a message. */
struct mtproto_msgs_state_info {
	uint64_t req_msg_id;
	struct mtproto_span info;
};
MTPROTO_API int mtproto_msgs_state_info_read(struct mtproto_msgs_state_info *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msgs_state_info_write(struct mtproto_tl_writer *w, const struct mtproto_msgs_state_info *in);

/* msgs_all_info#8cc0d131 msg_ids:Vector<long> info:bytes = MsgsAllInfo;
 * The state of messages, told without having been asked. */
struct mtproto_msgs_all_info {
	struct mtproto_longs msg_ids;
	struct mtproto_span info;
};
MTPROTO_API int mtproto_msgs_all_info_read(struct mtproto_msgs_all_info *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msgs_all_info_write(struct mtproto_tl_writer *w, const struct mtproto_msgs_all_info *in);

/* msg_detailed_info#276d3ec6 msg_id:long answer_msg_id:long bytes:int status:int = MsgDetailedInfo;
 * The message msg_id has an answer, the message answer_msg_id of that many bytes. */
struct mtproto_msg_detailed_info {
	uint64_t msg_id;
	uint64_t answer_msg_id;
	int32_t bytes;
	int32_t status;
};
MTPROTO_API int mtproto_msg_detailed_info_read(struct mtproto_msg_detailed_info *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msg_detailed_info_write(struct mtproto_tl_writer *w,
						 const struct mtproto_msg_detailed_info *in);

/* msg_new_detailed_info#809db6df answer_msg_id:long bytes:int status:int = MsgDetailedInfo;
 * There is a message, answer_msg_id of that many bytes, that answers no message of the receiver. */
struct mtproto_msg_new_detailed_info {
	uint64_t answer_msg_id;
	int32_t bytes;
	int32_t status;
};
MTPROTO_API int mtproto_msg_new_detailed_info_read(struct mtproto_msg_new_detailed_info *out,
						   struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_msg_new_detailed_info_write(struct mtproto_tl_writer *w,
						     const struct mtproto_msg_new_detailed_info *in);

/* http_wait#9299359f max_delay:int wait_after:int max_wait:int = HttpWait;
 * How long the server may hold back its answer over HTTP, in milliseconds. */
struct mtproto_http_wait {
	int32_t max_delay;
	int32_t wait_after;
	int32_t max_wait;
};
MTPROTO_API int mtproto_http_wait_read(struct mtproto_http_wait *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_http_wait_write(struct mtproto_tl_writer *w, const struct mtproto_http_wait *in);

/* inputClientProxy#75588b3f address:string port:int = InputClientProxy;
 * The MTProxy that a client came through. */
struct mtproto_input_client_proxy {
	struct mtproto_span address;
	int32_t port;
};
MTPROTO_API int mtproto_input_client_proxy_read(struct mtproto_input_client_proxy *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_input_client_proxy_write(struct mtproto_tl_writer *w,
						  const struct mtproto_input_client_proxy *in);

/* messageRange#0ae30253 min_id:int max_id:int = MessageRange;
 * The messages from min_id to max_id. */
struct mtproto_message_range {
	int32_t min_id;
	int32_t max_id;
};
MTPROTO_API int mtproto_message_range_read(struct mtproto_message_range *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_message_range_write(struct mtproto_tl_writer *w, const struct mtproto_message_range *in);

/* req_pq#60469778 nonce:int128 = ResPQ;
 * The first query of the key exchange. Legacy; answered in the same way. */
struct mtproto_req_pq {
	uint8_t nonce[16];
};
MTPROTO_API int mtproto_req_pq_read(struct mtproto_req_pq *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_req_pq_write(struct mtproto_tl_writer *w, const struct mtproto_req_pq *in);

/* req_pq_multi#be7e8ef1 nonce:int128 = ResPQ;
 * The first query of the key exchange. */
struct mtproto_req_pq_multi {
	uint8_t nonce[16];
};
MTPROTO_API int mtproto_req_pq_multi_read(struct mtproto_req_pq_multi *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_req_pq_multi_write(struct mtproto_tl_writer *w, const struct mtproto_req_pq_multi *in);

/* req_DH_params#d712e4be nonce:int128 server_nonce:int128 p:bytes q:bytes public_key_fingerprint:long
 * encrypted_data:bytes = Server_DH_Params;
 * The second query: p and q are the factors of pq, encrypted_data hides a P_Q_inner_data under the RSA key. */
struct mtproto_req_dh_params {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	struct mtproto_span p;
	struct mtproto_span q;
	uint64_t public_key_fingerprint;
	struct mtproto_span encrypted_data;
};
MTPROTO_API int mtproto_req_dh_params_read(struct mtproto_req_dh_params *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_req_dh_params_write(struct mtproto_tl_writer *w, const struct mtproto_req_dh_params *in);

/* set_client_DH_params#f5045f1f nonce:int128 server_nonce:int128 encrypted_data:bytes = Set_client_DH_params_answer;
 * The third query: encrypted_data hides a client_DH_inner_data. */
struct mtproto_set_client_dh_params {
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	struct mtproto_span encrypted_data;
};
MTPROTO_API int mtproto_set_client_dh_params_read(struct mtproto_set_client_dh_params *out,
						  struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_set_client_dh_params_write(struct mtproto_tl_writer *w,
						    const struct mtproto_set_client_dh_params *in);

/* rpc_drop_answer#58e4a740 req_msg_id:long = RpcDropAnswer;
 * Takes back the call that was sent as the message req_msg_id. */
struct mtproto_rpc_drop_answer {
	uint64_t req_msg_id;
};
MTPROTO_API int mtproto_rpc_drop_answer_read(struct mtproto_rpc_drop_answer *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_rpc_drop_answer_write(struct mtproto_tl_writer *w, const struct mtproto_rpc_drop_answer *in);

/* get_future_salts#b921bd04 num:int = FutureSalts;
 * Asks for at most num salts. */
struct mtproto_get_future_salts {
	int32_t num;
};
MTPROTO_API int mtproto_get_future_salts_read(struct mtproto_get_future_salts *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_get_future_salts_write(struct mtproto_tl_writer *w, const struct mtproto_get_future_salts *in);

/* ping#7abe77ec ping_id:long = Pong;
 * Asks for a pong. */
struct mtproto_ping {
	uint64_t ping_id;
};
MTPROTO_API int mtproto_ping_read(struct mtproto_ping *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_ping_write(struct mtproto_tl_writer *w, const struct mtproto_ping *in);

/* ping_delay_disconnect#f3427b8c ping_id:long disconnect_delay:int = Pong;
 * The same, and the server shall close the connection when nothing more comes for disconnect_delay seconds. */
struct mtproto_ping_delay_disconnect {
	uint64_t ping_id;
	int32_t disconnect_delay;
};
MTPROTO_API int mtproto_ping_delay_disconnect_read(struct mtproto_ping_delay_disconnect *out,
						   struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_ping_delay_disconnect_write(struct mtproto_tl_writer *w,
						     const struct mtproto_ping_delay_disconnect *in);

/* destroy_session#e7512126 session_id:long = DestroySessionRes;
 * Makes the server forget another session of this key. */
struct mtproto_destroy_session {
	uint64_t session_id;
};
MTPROTO_API int mtproto_destroy_session_read(struct mtproto_destroy_session *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_destroy_session_write(struct mtproto_tl_writer *w, const struct mtproto_destroy_session *in);

/* invokeAfterMsg#cb9f372d {X:Type} msg_id:long query:!X = X;
 * Runs query after the call that was sent as the message msg_id. */
struct mtproto_invoke_after_msg {
	uint64_t msg_id;
	struct mtproto_span query;
};
MTPROTO_API int mtproto_invoke_after_msg_read(struct mtproto_invoke_after_msg *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_invoke_after_msg_write(struct mtproto_tl_writer *w, const struct mtproto_invoke_after_msg *in);

/* invokeAfterMsgs#3dc4b4f0 {X:Type} msg_ids:Vector<long> query:!X = X;
 * Runs query after all of these calls. */
struct mtproto_invoke_after_msgs {
	struct mtproto_longs msg_ids;
	struct mtproto_span query;
};
MTPROTO_API int mtproto_invoke_after_msgs_read(struct mtproto_invoke_after_msgs *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_invoke_after_msgs_write(struct mtproto_tl_writer *w,
						 const struct mtproto_invoke_after_msgs *in);

/* initConnection#c1cd5ea9 {X:Type} flags:# api_id:int device_model:string system_version:string app_version:string
 * system_lang_code:string lang_pack:string lang_code:string proxy:flags.0?InputClientProxy params:flags.1?JSONValue
 * query:!X = X;
 * Tells the server about the client, once per connection and key. Unknown bits of flags are ignored. */
#define MTPROTO_INIT_CONNECTION_PROXY  (1u << 0)
#define MTPROTO_INIT_CONNECTION_PARAMS (1u << 1)
struct mtproto_init_connection {
	uint32_t flags;
	int32_t api_id;
	struct mtproto_span device_model;
	struct mtproto_span system_version;
	struct mtproto_span app_version;
	struct mtproto_span system_lang_code;
	struct mtproto_span lang_pack;
	struct mtproto_span lang_code;
	struct mtproto_input_client_proxy proxy;
	struct mtproto_span params;
	struct mtproto_span query;
};
MTPROTO_API int mtproto_init_connection_read(struct mtproto_init_connection *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_init_connection_write(struct mtproto_tl_writer *w, const struct mtproto_init_connection *in);

/* invokeWithLayer#da9b0d0d {X:Type} layer:int query:!X = X;
 * Chooses the API layer in which the server answers. */
struct mtproto_invoke_with_layer {
	int32_t layer;
	struct mtproto_span query;
};
MTPROTO_API int mtproto_invoke_with_layer_read(struct mtproto_invoke_with_layer *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_invoke_with_layer_write(struct mtproto_tl_writer *w,
						 const struct mtproto_invoke_with_layer *in);

/* invokeWithoutUpdates#bf9459b7 {X:Type} query:!X = X;
 * Runs query without turning on updates for this session. */
struct mtproto_invoke_without_updates {
	struct mtproto_span query;
};
MTPROTO_API int mtproto_invoke_without_updates_read(struct mtproto_invoke_without_updates *out,
						    struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_invoke_without_updates_write(struct mtproto_tl_writer *w,
						      const struct mtproto_invoke_without_updates *in);

/* invokeWithMessagesRange#365275f2 {X:Type} range:MessageRange query:!X = X;
 * Runs query for a part of an export. */
struct mtproto_invoke_with_messages_range {
	struct mtproto_message_range range;
	struct mtproto_span query;
};
MTPROTO_API int mtproto_invoke_with_messages_range_read(struct mtproto_invoke_with_messages_range *out,
							struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_invoke_with_messages_range_write(struct mtproto_tl_writer *w,
							  const struct mtproto_invoke_with_messages_range *in);

/* invokeWithTakeout#aca9fd2e {X:Type} takeout_id:long query:!X = X;
 * Runs query inside an export. */
struct mtproto_invoke_with_takeout {
	uint64_t takeout_id;
	struct mtproto_span query;
};
MTPROTO_API int mtproto_invoke_with_takeout_read(struct mtproto_invoke_with_takeout *out, struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_invoke_with_takeout_write(struct mtproto_tl_writer *w,
						   const struct mtproto_invoke_with_takeout *in);

/* auth.bindTempAuthKey#cdd42a05 perm_auth_key_id:long nonce:long expires_at:int encrypted_message:bytes = Bool;
 * Ties the temporary key that encrypts this call to a permanent one; see <mtproto/bind.h>. */
struct mtproto_auth_bind_temp_auth_key {
	uint64_t perm_auth_key_id;
	uint64_t nonce;
	int32_t expires_at;
	struct mtproto_span encrypted_message;
};
MTPROTO_API int mtproto_auth_bind_temp_auth_key_read(struct mtproto_auth_bind_temp_auth_key *out,
						     struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_auth_bind_temp_auth_key_write(struct mtproto_tl_writer *w,
						       const struct mtproto_auth_bind_temp_auth_key *in);

/* auth.dropTempAuthKeys#8e48a188 except_auth_keys:Vector<long> = Bool;
 * Makes the server forget the temporary keys of this permanent key, but for these. */
struct mtproto_auth_drop_temp_auth_keys {
	struct mtproto_longs except_auth_keys;
};
MTPROTO_API int mtproto_auth_drop_temp_auth_keys_read(struct mtproto_auth_drop_temp_auth_keys *out,
						      struct mtproto_tl_reader *r);
MTPROTO_API void mtproto_auth_drop_temp_auth_keys_write(struct mtproto_tl_writer *w,
							const struct mtproto_auth_drop_temp_auth_keys *in);

#ifdef __cplusplus
}
#endif

#endif
