/* Every line of the service schema that is a plain row of fields: its id and the kinds of its fields, as the protocol's
 * pages give them. The file that includes this defines LINE and FIELD. */
LINE(res_pq, 0x05162463u, FIELD(res_pq, nonce, INT128), FIELD(res_pq, server_nonce, INT128), FIELD(res_pq, pq, BYTES),
     FIELD(res_pq, server_public_key_fingerprints, LONGS))
LINE(p_q_inner_data, 0x83c95aecu, FIELD(p_q_inner_data, pq, BYTES), FIELD(p_q_inner_data, p, BYTES),
     FIELD(p_q_inner_data, q, BYTES), FIELD(p_q_inner_data, nonce, INT128), FIELD(p_q_inner_data, server_nonce, INT128),
     FIELD(p_q_inner_data, new_nonce, INT256))
LINE(p_q_inner_data_dc, 0xa9f55f95u, FIELD(p_q_inner_data_dc, pq, BYTES), FIELD(p_q_inner_data_dc, p, BYTES),
     FIELD(p_q_inner_data_dc, q, BYTES), FIELD(p_q_inner_data_dc, nonce, INT128),
     FIELD(p_q_inner_data_dc, server_nonce, INT128), FIELD(p_q_inner_data_dc, new_nonce, INT256),
     FIELD(p_q_inner_data_dc, dc, INT))
LINE(p_q_inner_data_temp, 0x3c6a84d4u, FIELD(p_q_inner_data_temp, pq, BYTES), FIELD(p_q_inner_data_temp, p, BYTES),
     FIELD(p_q_inner_data_temp, q, BYTES), FIELD(p_q_inner_data_temp, nonce, INT128),
     FIELD(p_q_inner_data_temp, server_nonce, INT128), FIELD(p_q_inner_data_temp, new_nonce, INT256),
     FIELD(p_q_inner_data_temp, expires_in, INT))
LINE(p_q_inner_data_temp_dc, 0x56fddf88u, FIELD(p_q_inner_data_temp_dc, pq, BYTES),
     FIELD(p_q_inner_data_temp_dc, p, BYTES), FIELD(p_q_inner_data_temp_dc, q, BYTES),
     FIELD(p_q_inner_data_temp_dc, nonce, INT128), FIELD(p_q_inner_data_temp_dc, server_nonce, INT128),
     FIELD(p_q_inner_data_temp_dc, new_nonce, INT256), FIELD(p_q_inner_data_temp_dc, dc, INT),
     FIELD(p_q_inner_data_temp_dc, expires_in, INT))
LINE(server_dh_params_fail, 0x79cb045du, FIELD(server_dh_params_fail, nonce, INT128),
     FIELD(server_dh_params_fail, server_nonce, INT128), FIELD(server_dh_params_fail, new_nonce_hash, INT128))
LINE(server_dh_params_ok, 0xd0e8075cu, FIELD(server_dh_params_ok, nonce, INT128),
     FIELD(server_dh_params_ok, server_nonce, INT128), FIELD(server_dh_params_ok, encrypted_answer, BYTES))
LINE(server_dh_inner_data, 0xb5890dbau, FIELD(server_dh_inner_data, nonce, INT128),
     FIELD(server_dh_inner_data, server_nonce, INT128), FIELD(server_dh_inner_data, g, INT),
     FIELD(server_dh_inner_data, dh_prime, BYTES), FIELD(server_dh_inner_data, g_a, BYTES),
     FIELD(server_dh_inner_data, server_time, INT))
LINE(client_dh_inner_data, 0x6643b654u, FIELD(client_dh_inner_data, nonce, INT128),
     FIELD(client_dh_inner_data, server_nonce, INT128), FIELD(client_dh_inner_data, retry_id, LONG),
     FIELD(client_dh_inner_data, g_b, BYTES))
LINE(dh_gen_ok, 0x3bcbf734u, FIELD(dh_gen_ok, nonce, INT128), FIELD(dh_gen_ok, server_nonce, INT128),
     FIELD(dh_gen_ok, new_nonce_hash1, INT128))
LINE(dh_gen_retry, 0x46dc1fb9u, FIELD(dh_gen_retry, nonce, INT128), FIELD(dh_gen_retry, server_nonce, INT128),
     FIELD(dh_gen_retry, new_nonce_hash2, INT128))
LINE(dh_gen_fail, 0xa69dae02u, FIELD(dh_gen_fail, nonce, INT128), FIELD(dh_gen_fail, server_nonce, INT128),
     FIELD(dh_gen_fail, new_nonce_hash3, INT128))
LINE(bind_auth_key_inner, 0x75a3f765u, FIELD(bind_auth_key_inner, nonce, LONG),
     FIELD(bind_auth_key_inner, temp_auth_key_id, LONG), FIELD(bind_auth_key_inner, perm_auth_key_id, LONG),
     FIELD(bind_auth_key_inner, temp_session_id, LONG), FIELD(bind_auth_key_inner, expires_at, INT))
LINE(rpc_result, 0xf35c6d01u, FIELD(rpc_result, req_msg_id, LONG), FIELD(rpc_result, result, OBJECT))
LINE(rpc_error, 0x2144ca19u, FIELD(rpc_error, error_code, INT), FIELD(rpc_error, error_message, BYTES))
LINE(rpc_answer_dropped, 0xa43ad8b7u, FIELD(rpc_answer_dropped, msg_id, LONG), FIELD(rpc_answer_dropped, seq_no, INT),
     FIELD(rpc_answer_dropped, bytes, INT))
LINE(future_salt, 0x0949d9dcu, FIELD(future_salt, valid_since, INT), FIELD(future_salt, valid_until, INT),
     FIELD(future_salt, salt, LONG))
LINE(future_salts, 0xae500895u, FIELD(future_salts, req_msg_id, LONG), FIELD(future_salts, now, INT),
     FIELD(future_salts, salts, SALTS))
LINE(pong, 0x347773c5u, FIELD(pong, msg_id, LONG), FIELD(pong, ping_id, LONG))
LINE(destroy_session_ok, 0xe22045fcu, FIELD(destroy_session_ok, session_id, LONG))
LINE(destroy_session_none, 0x62d350c9u, FIELD(destroy_session_none, session_id, LONG))
LINE(new_session_created, 0x9ec20908u, FIELD(new_session_created, first_msg_id, LONG),
     FIELD(new_session_created, unique_id, LONG), FIELD(new_session_created, server_salt, LONG))
LINE(msg_container, 0x73f1f8dcu, FIELD(msg_container, messages, MESSAGES))
LINE(msg_copy, 0xe06046b2u, FIELD(msg_copy, orig_message, OBJECT))
LINE(gzip_packed, 0x3072cfa1u, FIELD(gzip_packed, packed_data, BYTES))
LINE(msgs_ack, 0x62d6b459u, FIELD(msgs_ack, msg_ids, LONGS))
LINE(bad_msg_notification, 0xa7eff811u, FIELD(bad_msg_notification, bad_msg_id, LONG),
     FIELD(bad_msg_notification, bad_msg_seqno, INT), FIELD(bad_msg_notification, error_code, INT))
LINE(bad_server_salt, 0xedab447bu, FIELD(bad_server_salt, bad_msg_id, LONG), FIELD(bad_server_salt, bad_msg_seqno, INT),
     FIELD(bad_server_salt, error_code, INT), FIELD(bad_server_salt, new_server_salt, LONG))
LINE(msg_resend_req, 0x7d861a08u, FIELD(msg_resend_req, msg_ids, LONGS))
LINE(msgs_state_req, 0xda69fb52u, FIELD(msgs_state_req, msg_ids, LONGS))
LINE(msgs_state_info, 0x04deb57du, FIELD(msgs_state_info, req_msg_id, LONG), FIELD(msgs_state_info, info, BYTES))
LINE(msgs_all_info, 0x8cc0d131u, FIELD(msgs_all_info, msg_ids, LONGS), FIELD(msgs_all_info, info, BYTES))
LINE(msg_detailed_info, 0x276d3ec6u, FIELD(msg_detailed_info, msg_id, LONG),
     FIELD(msg_detailed_info, answer_msg_id, LONG), FIELD(msg_detailed_info, bytes, INT),
     FIELD(msg_detailed_info, status, INT))
LINE(msg_new_detailed_info, 0x809db6dfu, FIELD(msg_new_detailed_info, answer_msg_id, LONG),
     FIELD(msg_new_detailed_info, bytes, INT), FIELD(msg_new_detailed_info, status, INT))
LINE(http_wait, 0x9299359fu, FIELD(http_wait, max_delay, INT), FIELD(http_wait, wait_after, INT),
     FIELD(http_wait, max_wait, INT))
LINE(req_pq, 0x60469778u, FIELD(req_pq, nonce, INT128))
LINE(req_pq_multi, 0xbe7e8ef1u, FIELD(req_pq_multi, nonce, INT128))
LINE(req_dh_params, 0xd712e4beu, FIELD(req_dh_params, nonce, INT128), FIELD(req_dh_params, server_nonce, INT128),
     FIELD(req_dh_params, p, BYTES), FIELD(req_dh_params, q, BYTES), FIELD(req_dh_params, public_key_fingerprint, LONG),
     FIELD(req_dh_params, encrypted_data, BYTES))
LINE(set_client_dh_params, 0xf5045f1fu, FIELD(set_client_dh_params, nonce, INT128),
     FIELD(set_client_dh_params, server_nonce, INT128), FIELD(set_client_dh_params, encrypted_data, BYTES))
LINE(rpc_drop_answer, 0x58e4a740u, FIELD(rpc_drop_answer, req_msg_id, LONG))
LINE(get_future_salts, 0xb921bd04u, FIELD(get_future_salts, num, INT))
LINE(ping, 0x7abe77ecu, FIELD(ping, ping_id, LONG))
LINE(ping_delay_disconnect, 0xf3427b8cu, FIELD(ping_delay_disconnect, ping_id, LONG),
     FIELD(ping_delay_disconnect, disconnect_delay, INT))
LINE(destroy_session, 0xe7512126u, FIELD(destroy_session, session_id, LONG))
LINE(invoke_after_msg, 0xcb9f372du, FIELD(invoke_after_msg, msg_id, LONG), FIELD(invoke_after_msg, query, OBJECT))
LINE(invoke_after_msgs, 0x3dc4b4f0u, FIELD(invoke_after_msgs, msg_ids, LONGS), FIELD(invoke_after_msgs, query, OBJECT))
LINE(invoke_with_layer, 0xda9b0d0du, FIELD(invoke_with_layer, layer, INT), FIELD(invoke_with_layer, query, OBJECT))
LINE(invoke_without_updates, 0xbf9459b7u, FIELD(invoke_without_updates, query, OBJECT))
LINE(invoke_with_takeout, 0xaca9fd2eu, FIELD(invoke_with_takeout, takeout_id, LONG),
     FIELD(invoke_with_takeout, query, OBJECT))
LINE(input_client_proxy, 0x75588b3fu, FIELD(input_client_proxy, address, BYTES), FIELD(input_client_proxy, port, INT))
LINE(message_range, 0x0ae30253u, FIELD(message_range, min_id, INT), FIELD(message_range, max_id, INT))
LINE(auth_bind_temp_auth_key, 0xcdd42a05u, FIELD(auth_bind_temp_auth_key, perm_auth_key_id, LONG),
     FIELD(auth_bind_temp_auth_key, nonce, LONG), FIELD(auth_bind_temp_auth_key, expires_at, INT),
     FIELD(auth_bind_temp_auth_key, encrypted_message, BYTES))
LINE(auth_drop_temp_auth_keys, 0x8e48a188u, FIELD(auth_drop_temp_auth_keys, except_auth_keys, LONGS))
LINE(msg_resend_ans_req, 0x8610baebu, FIELD(msg_resend_ans_req, msg_ids, LONGS))
