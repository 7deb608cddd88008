/* The server's side: exchanges with fixed random numbers byte for byte, every query that must be refused, the table. */
#include "support.h"

#include <mtproto/handshake_server.h>

#include "base/bytes.h"

#define FIXED_P 0x494c553b
#define FIXED_Q 0x53911073

static char *text;
static struct mtproto_rsa *key;
static const struct mtproto_rsa *keys[1];

static int open_vectors(void **state)
{
	(void)state;
	text = read_text("handshake.txt");
	key = load_rsa("pem/throw_away.pem");
	keys[0] = key;
	return 0;
}

static int close_vectors(void **state)
{
	(void)state;
	mtproto_rsa_free(key);
	free(text);
	return 0;
}

struct server {
	struct mtproto_handshake_server *s;
	struct mtproto_handshake_server_config config;
	struct mtproto_handshake_answer answer;
	struct mtproto_random random;
	struct script script;
	struct mtproto_now now;
	uint64_t taken[8]; /* ids that key_exists knows */
	size_t taken_count;
};

static bool key_exists(void *user, uint64_t auth_key_id)
{
	const struct server *s = user;

	for (size_t i = 0; i < s->taken_count; i++) {
		if (s->taken[i] == auth_key_id)
			return true;
	}
	return false;
}

static void draw(struct server *s, const char *name, size_t len)
{
	script_add_value(&s->script, text, name, len);
}

/* A server whose settings may still be changed; open_server makes it. */
static void prepare_server(struct server *s)
{
	memset(s, 0, sizeof(*s));
	mtproto_handshake_server_config_init(&s->config);
	s->random = (struct mtproto_random){script_fill, &s->script};
	s->now = now_at(1000, SERVER_TIME);
	s->config.random = &s->random;
	s->config.rsa_keys = keys;
	s->config.rsa_key_count = 1;
	s->config.fixed_p = FIXED_P;
	s->config.fixed_q = FIXED_Q;
	s->config.key_exists = key_exists;
	s->config.user = s;
	draw(s, "server_nonce", 0);
	draw(s, "a", 0);
	draw(s, "answer_padding", 8);
}

static void make_server(struct server *s)
{
	assert_int_equal(mtproto_handshake_server_new(&s->s, &s->config), 0);
}

static void open_server(struct server *s)
{
	prepare_server(s);
	make_server(s);
}

static void close_server(struct server *s)
{
	mtproto_handshake_server_free(s->s);
}

static int ask_bytes(struct server *s, const void *body, size_t len)
{
	return mtproto_handshake_server_answer(s->s, &s->now, body, len, &s->answer);
}

static void ask(struct server *s, const char *query)
{
	struct value body = value_of(text, query);

	assert_int_equal(ask_bytes(s, body.data, body.len), 0);
}

static void assert_answer(struct server *s, const char *query, const char *answer)
{
	struct value expected = value_of(text, answer);

	ask(s, query);
	assert_int_equal(s->answer.transport_code, 0);
	assert_int_equal(s->answer.reason, 0);
	assert_value(expected, s->answer.body.data, s->answer.body.len);
}

static void assert_refused(struct server *s, const char *query, int32_t code, int reason)
{
	ask(s, query);
	assert_int_equal(s->answer.reason, reason);
	assert_int_equal(s->answer.transport_code, code);
	assert_int_equal(s->answer.body.len, 0);
	assert_false(s->answer.has_key);
}

static void run_to_params(struct server *s)
{
	open_server(s);
	assert_answer(s, "req_pq_multi", "res_pq");
	assert_answer(s, "req_dh_params_perm", "server_dh_params_ok");
}

static void a_permanent_key_byte_for_byte(void **state)
{
	struct value auth_key = value_of(text, "auth_key"), id = value_of(text, "auth_key_id");
	struct value salt = value_of(text, "first_salt");
	struct server s;

	(void)state;
	run_to_params(&s);
	assert_false(s.answer.has_key);
	assert_answer(&s, "set_client_dh_params", "dh_gen_ok");
	assert_true(s.answer.has_key);
	assert_memory_equal(s.answer.key.auth_key.data, auth_key.data, 256);
	assert_true(s.answer.key.auth_key.id == mtp_load_le64(id.data));
	assert_true(s.answer.key.first_salt == mtp_load_le64(salt.data));
	assert_false(s.answer.key.temporary);
	assert_int_equal(s.answer.key.expires_at, 0);
	assert_int_equal(s.answer.key.dc, 2);
	assert_int_equal(s.script.pos, s.script.len);
	close_server(&s);
}

static void assert_key_of(const char *query, bool temporary, int32_t expires_at, int32_t dc)
{
	struct server s;

	open_server(&s);
	assert_answer(&s, "req_pq", "res_pq");
	assert_answer(&s, query, "server_dh_params_ok");
	assert_answer(&s, "set_client_dh_params", "dh_gen_ok");
	assert_true(s.answer.has_key);
	assert_int_equal(s.answer.key.temporary, temporary);
	assert_int_equal(s.answer.key.expires_at, expires_at);
	assert_int_equal(s.answer.key.dc, dc);
	close_server(&s);
}

static void every_kind_of_inner_data_and_both_paddings(void **state)
{
	(void)state;
	assert_key_of("req_dh_params_perm", false, 0, 2);
	assert_key_of("req_dh_params_temp", true, SERVER_TIME + 86400, -2);
	assert_key_of("req_dh_params_perm_legacy", false, 0, 0);
	assert_key_of("req_dh_params_temp_legacy", true, SERVER_TIME + 86400, 0);
	assert_key_of("req_dh_params_old_rsa_perm", false, 0, 2);
	assert_key_of("req_dh_params_old_rsa_temp", true, SERVER_TIME + 86400, -2);
	assert_key_of("req_dh_params_old_rsa_perm_legacy", false, 0, 0);
	assert_key_of("req_dh_params_old_rsa_temp_legacy", true, SERVER_TIME + 86400, 0);
}

static void p_and_q_are_compared_as_numbers(void **state)
{
	(void)state;
	assert_key_of("req_dh_params_padded_numbers", false, 0, 2);
}

static void an_absolute_expires_in_is_understood(void **state)
{
	(void)state;
	assert_key_of("req_dh_params_absolute", true, SERVER_TIME + 3600, 2);
}

static void the_life_of_a_temporary_key_begins_when_it_is_made(void **state)
{
	struct server s;

	(void)state;
	open_server(&s);
	assert_answer(&s, "req_pq_multi", "res_pq");
	assert_answer(&s, "req_dh_params_temp", "server_dh_params_ok");
	s.now.wall_ns += 60 * SECOND;
	assert_answer(&s, "set_client_dh_params", "dh_gen_ok");
	assert_int_equal(s.answer.key.expires_at, SERVER_TIME + 60 + 86400);
	close_server(&s);
}

static void short_public_values_are_read_and_written(void **state)
{
	struct server s;

	(void)state;
	run_to_params(&s);
	assert_answer(&s, "set_client_dh_params_short_b", "dh_gen_ok_short_b");
	assert_true(s.answer.has_key);
	close_server(&s);

	run_to_params(&s);
	assert_answer(&s, "padded_g_b_set_client", "dh_gen_ok");
	close_server(&s);

	prepare_server(&s);
	s.script.len = 0;
	draw(&s, "server_nonce", 0);
	draw(&s, "a_short_a", 0);
	draw(&s, "answer_padding", 8);
	make_server(&s);
	ask(&s, "req_pq_multi");
	assert_answer(&s, "req_dh_params_perm", "server_dh_params_ok_short_a");
	assert_answer(&s, "set_client_dh_params_short_a", "dh_gen_ok_short_a");
	close_server(&s);
}

static void a_key_with_leading_zeros_keeps_them(void **state)
{
	struct value auth_key = value_of(text, "auth_key_zeros"), id = value_of(text, "auth_key_id_zeros");
	struct server s;

	(void)state;
	run_to_params(&s);
	assert_answer(&s, "set_client_dh_params_zeros", "dh_gen_ok_zeros");
	assert_memory_equal(s.answer.key.auth_key.data, auth_key.data, 256);
	assert_true(s.answer.key.auth_key.id == mtp_load_le64(id.data));
	close_server(&s);
}

static void repeated_queries_get_the_same_bytes_and_no_second_key(void **state)
{
	struct server s;

	(void)state;
	run_to_params(&s);
	for (int i = 0; i < 2; i++) {
		assert_answer(&s, "req_pq_multi", "res_pq");
		assert_answer(&s, "req_pq", "res_pq");
		assert_answer(&s, "req_dh_params_perm", "server_dh_params_ok");
	}
	assert_answer(&s, "set_client_dh_params", "dh_gen_ok");
	assert_true(s.answer.has_key);
	assert_answer(&s, "set_client_dh_params", "dh_gen_ok");
	assert_false(s.answer.has_key);
	assert_answer(&s, "req_dh_params_perm", "server_dh_params_ok");
	assert_int_equal(s.script.pos, s.script.len);
	close_server(&s);
}

static void a_repeated_query_may_have_other_bytes_behind_it(void **state)
{
	struct value body = value_of(text, "req_dh_params_perm"), expected = value_of(text, "server_dh_params_ok");
	struct server s;

	(void)state;
	run_to_params(&s);
	memset(body.data + body.len, 0x5a, 64);
	assert_int_equal(ask_bytes(&s, body.data, body.len + 64), 0);
	assert_value(expected, s.answer.body.data, s.answer.body.len);
	close_server(&s);
}

static void another_query_after_an_answer_ends_the_exchange(void **state)
{
	struct server s;

	(void)state;
	run_to_params(&s);
	assert_refused(&s, "req_dh_params_temp", -404, MTPROTO_ERR_STATE);
	assert_refused(&s, "set_client_dh_params", -404, MTPROTO_ERR_EXCHANGE_UNKNOWN);
	close_server(&s);

	run_to_params(&s);
	assert_answer(&s, "set_client_dh_params", "dh_gen_ok");
	assert_refused(&s, "set_client_dh_params_short_b", -404, MTPROTO_ERR_STATE);
	assert_refused(&s, "set_client_dh_params", -404, MTPROTO_ERR_EXCHANGE_UNKNOWN);
	close_server(&s);

	open_server(&s);
	assert_answer(&s, "req_pq_multi", "res_pq");
	assert_refused(&s, "set_client_dh_params", -404, MTPROTO_ERR_STATE);
	assert_refused(&s, "req_dh_params_perm", -404, MTPROTO_ERR_EXCHANGE_UNKNOWN);
	close_server(&s);
}

struct refusal {
	const char *query;
	int32_t code;
	int reason;
};

static void every_bad_req_dh_params_is_refused_and_forgotten(void **state)
{
	static const struct refusal refusals[] = {
		{"req_dh_params_other_nonce", -404, MTPROTO_ERR_NONCE},
		{"req_dh_params_other_server_nonce", -404, MTPROTO_ERR_NONCE},
		{"req_dh_params_other_pq", -404, MTPROTO_ERR_PQ},
		{"req_dh_params_swapped", -404, MTPROTO_ERR_PQ},
		{"req_dh_params_unknown", -404, MTPROTO_ERR_RSA_DATA},
		{"req_dh_params_old_rsa_wrong_hash", -404, MTPROTO_ERR_RSA_DATA},
		{"req_dh_params_expired", -404, MTPROTO_ERR_EXPIRED},
		{"req_dh_params_absolute_past", -404, MTPROTO_ERR_EXPIRED},
		{"req_dh_params_test_dc", -444, MTPROTO_ERR_DC},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct server s;

		open_server(&s);
		assert_answer(&s, "req_pq_multi", "res_pq");
		assert_refused(&s, refusals[i].query, refusals[i].code, refusals[i].reason);
		assert_refused(&s, "req_dh_params_perm", -404, MTPROTO_ERR_EXCHANGE_UNKNOWN);
		close_server(&s);
	}
}

/* Byte at offset of a good query is changed. */
static void assert_changed_is_refused(const char *query, size_t offset, int reason)
{
	struct value body = value_of(text, query);
	struct server s;

	open_server(&s);
	assert_answer(&s, "req_pq_multi", "res_pq");
	body.data[offset] ^= 1;
	assert_int_equal(ask_bytes(&s, body.data, body.len), 0);
	assert_int_equal(s.answer.transport_code, -404);
	assert_int_equal(s.answer.reason, reason);
	close_server(&s);
}

static void every_changed_field_of_req_dh_params_is_refused(void **state)
{
	(void)state;
	assert_changed_is_refused("req_dh_params_perm", 0, MTPROTO_ERR_CONSTRUCTOR);
	assert_changed_is_refused("req_dh_params_perm", 4, MTPROTO_ERR_EXCHANGE_UNKNOWN);
	assert_changed_is_refused("req_dh_params_perm", 35, MTPROTO_ERR_EXCHANGE_UNKNOWN);
	assert_changed_is_refused("req_dh_params_perm", 40, MTPROTO_ERR_PQ);
	assert_changed_is_refused("req_dh_params_perm", 48, MTPROTO_ERR_PQ);
	assert_changed_is_refused("req_dh_params_perm", 52, MTPROTO_ERR_RSA_KEY_UNKNOWN);
	assert_changed_is_refused("req_dh_params_perm", 61, MTPROTO_ERR_TRUNCATED); /* a length of 257 */
	assert_changed_is_refused("req_dh_params_perm", 62, MTPROTO_ERR_RSA_DATA);  /* a length of 0 */
	assert_changed_is_refused("req_dh_params_perm", 319, MTPROTO_ERR_RSA_DATA);
	assert_changed_is_refused("req_dh_params_old_rsa_perm", 319, MTPROTO_ERR_RSA_DATA);
}

static void every_bad_set_client_dh_params_is_refused_and_forgotten(void **state)
{
	static const struct refusal refusals[] = {
		{"bad_set_client_not_16", -404, MTPROTO_ERR_ENCODING},
		{"bad_set_client_hash", -404, MTPROTO_ERR_HASH},
		{"bad_set_client_tail", -404, MTPROTO_ERR_HASH},
		{"bad_set_client_inner_id", -404, MTPROTO_ERR_HASH},
		{"bad_set_client_inner_nonce", -404, MTPROTO_ERR_NONCE},
		{"bad_set_client_inner_server_nonce", -404, MTPROTO_ERR_NONCE},
		{"bad_set_client_retry_id", -404, MTPROTO_ERR_DH_GEN_RETRY},
		{"bad_set_client_g_b_1", -404, MTPROTO_ERR_DH_RANGE},
		{"bad_set_client_g_b_p_1", -404, MTPROTO_ERR_DH_RANGE},
		{"bad_set_client_g_b_low", -404, MTPROTO_ERR_DH_RANGE},
		{"bad_set_client_g_b_high", -404, MTPROTO_ERR_DH_RANGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct server s;

		run_to_params(&s);
		assert_refused(&s, refusals[i].query, refusals[i].code, refusals[i].reason);
		assert_refused(&s, "set_client_dh_params", -404, MTPROTO_ERR_EXCHANGE_UNKNOWN);
		close_server(&s);
	}
}

static void a_query_with_another_server_nonce_does_not_touch_the_exchange(void **state)
{
	struct server s;

	(void)state;
	run_to_params(&s);
	assert_refused(&s, "bad_set_client_server_nonce", -404, MTPROTO_ERR_EXCHANGE_UNKNOWN);
	assert_answer(&s, "set_client_dh_params", "dh_gen_ok");
	close_server(&s);
}

static void truncated_queries_are_refused(void **state)
{
	static const char *const queries[] = {"req_pq_multi", "req_dh_params_perm", "set_client_dh_params"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct value body = value_of(text, queries[i]);

		for (size_t len = 0; len < body.len; len += len < 64 ? 1 : 29) {
			struct server s;

			open_server(&s);
			if (i > 0)
				ask(&s, "req_pq_multi");
			if (i > 1)
				ask(&s, "req_dh_params_perm");
			assert_int_equal(ask_bytes(&s, body.data, len), 0);
			assert_int_equal(s.answer.transport_code, -404);
			assert_int_equal(s.answer.reason, MTPROTO_ERR_TRUNCATED);
			close_server(&s);
		}
	}
}

static void unknown_objects_are_refused_and_acknowledgements_are_not(void **state)
{
	static const uint8_t ack[] = {0x59, 0xb4, 0xd6, 0x62, 0x15, 0xc4, 0xb5, 0x1c, 0, 0, 0, 0};
	static const uint8_t ping[] = {0xec, 0x77, 0xbe, 0x7a, 1, 2, 3, 4, 5, 6, 7, 8};
	struct server s;

	(void)state;
	open_server(&s);
	assert_int_equal(ask_bytes(&s, ping, sizeof(ping)), 0);
	assert_int_equal(s.answer.transport_code, -404);
	assert_int_equal(s.answer.reason, MTPROTO_ERR_CONSTRUCTOR);
	assert_int_equal(ask_bytes(&s, ack, sizeof(ack)), 0);
	assert_int_equal(s.answer.transport_code, 0);
	assert_int_equal(s.answer.body.len, 0);
	close_server(&s);
}

static void assert_dc(int32_t own, bool own_only, const char *query, int32_t code)
{
	struct server s;

	prepare_server(&s);
	s.config.dc = own;
	s.config.own_dc_only = own_only;
	make_server(&s);
	ask(&s, "req_pq_multi");
	ask(&s, query);
	assert_int_equal(s.answer.transport_code, code);
	close_server(&s);
}

static void the_environment_of_the_dc_must_be_ours(void **state)
{
	(void)state;
	assert_dc(2, false, "req_dh_params_perm", 0);
	assert_dc(2, false, "req_dh_params_temp", 0); /* -2, media */
	assert_dc(2, false, "req_dh_params_dc_4", 0);
	assert_dc(2, false, "req_dh_params_test_dc", -444);
	assert_dc(10002, false, "req_dh_params_test_dc", 0);
	assert_dc(10002, false, "req_dh_params_perm", -444);
	assert_dc(10002, false, "req_dh_params_perm_legacy", 0);
	assert_dc(2, true, "req_dh_params_dc_4", -444);
	assert_dc(2, true, "req_dh_params_temp", 0);
	assert_dc(4, true, "req_dh_params_dc_4", 0);
}

/* The name of the vector for a number of retries: name, name_retry1, ... */
static const char *numbered(char out[64], const char *name, int retry)
{
	if (retry == 0)
		snprintf(out, 64, "%s", name);
	else
		snprintf(out, 64, "%s_retry%d", name, retry);
	return out;
}

static void take_ids(struct server *s, int retries)
{
	char name[64];

	for (int i = 0; i < retries; i++) {
		struct value id = value_of(text, numbered(name, "auth_key_id", i));

		s->taken[s->taken_count++] = mtp_load_le64(id.data);
	}
}

static void assert_gen(struct server *s, int retry, const char *outcome)
{
	char query[64], answer[64];

	assert_answer(s, numbered(query, "set_client_dh_params", retry), numbered(answer, outcome, retry));
}

static void a_used_id_is_answered_with_retry_three_times_then_fail(void **state)
{
	struct server s;

	(void)state;
	run_to_params(&s);
	take_ids(&s, 6);
	assert_gen(&s, 0, "dh_gen_retry");
	assert_false(s.answer.has_key);
	assert_gen(&s, 0, "dh_gen_retry"); /* repeated: the same, and not counted */
	assert_gen(&s, 1, "dh_gen_retry");
	assert_gen(&s, 2, "dh_gen_retry");
	assert_gen(&s, 3, "dh_gen_fail");
	assert_false(s.answer.has_key);
	assert_gen(&s, 3, "dh_gen_fail");
	assert_refused(&s, "set_client_dh_params_retry4", -404, MTPROTO_ERR_STATE);
	close_server(&s);
}

static void a_free_id_after_a_retry_is_taken(void **state)
{
	struct value auth_key = value_of(text, "auth_key_retry1");
	struct server s;

	(void)state;
	run_to_params(&s);
	take_ids(&s, 1);
	assert_gen(&s, 0, "dh_gen_retry");
	assert_gen(&s, 1, "dh_gen_ok");
	assert_true(s.answer.has_key);
	assert_memory_equal(s.answer.key.auth_key.data, auth_key.data, 256);
	close_server(&s);
}

static void a_retry_must_name_the_refused_key(void **state)
{
	struct server s;

	(void)state;
	run_to_params(&s);
	take_ids(&s, 1);
	assert_gen(&s, 0, "dh_gen_retry");
	assert_refused(&s, "set_client_dh_params_short_b", -404, MTPROTO_ERR_DH_GEN_RETRY);
	close_server(&s);
}

static void ask_with_nonce(struct server *s, uint32_t number)
{
	uint8_t body[20] = {0xf1, 0x8e, 0x7e, 0xbe};

	mtp_store_le32(body + 4, number);
	mtp_store_le32(body + 12, ~number);
	assert_int_equal(ask_bytes(s, body, sizeof(body)), 0);
	assert_int_equal(s->answer.transport_code, 0);
	assert_int_equal(s->answer.body.len, 64);
	assert_memory_equal(s->answer.body.data + 4, body + 4, 16);
}

static void the_oldest_exchange_is_forgotten_when_the_table_is_full(void **state)
{
	uint8_t third[16];
	struct server s;

	(void)state;
	prepare_server(&s);
	s.config.random = NULL;
	s.config.exchanges_max = 3;
	make_server(&s);
	for (uint32_t i = 1; i <= 3; i++)
		ask_with_nonce(&s, i);
	memcpy(third, s.answer.body.data + 20, 16);
	ask_with_nonce(&s, 4);
	assert_int_equal(mtproto_handshake_server_expire(s.s, &s.now), 3);
	ask_with_nonce(&s, 3);
	assert_memory_equal(s.answer.body.data + 20, third, 16);
	ask_with_nonce(&s, 5);
	ask_with_nonce(&s, 6);
	ask_with_nonce(&s, 3); /* was the oldest: made anew */
	assert_memory_not_equal(s.answer.body.data + 20, third, 16);
	assert_int_equal(mtproto_handshake_server_expire(s.s, &s.now), 3);
	close_server(&s);
}

static void of_two_nonces_that_begin_alike_the_newer_is_kept(void **state)
{
	struct value body = value_of(text, "req_pq_multi");
	struct server s;

	(void)state;
	prepare_server(&s);
	s.config.random = NULL;
	make_server(&s);
	assert_int_equal(ask_bytes(&s, body.data, body.len), 0);
	body.data[19] ^= 1;
	assert_int_equal(ask_bytes(&s, body.data, body.len), 0);
	assert_memory_equal(s.answer.body.data + 4, body.data + 4, 16);
	assert_int_equal(mtproto_handshake_server_expire(s.s, &s.now), 1);
	assert_refused(&s, "req_dh_params_perm", -404, MTPROTO_ERR_EXCHANGE_UNKNOWN);
	/* A nonce of zeros is one like any other. */
	memset(body.data + 4, 0, 16);
	assert_int_equal(ask_bytes(&s, body.data, body.len), 0);
	assert_int_equal(s.answer.body.len, 64);
	assert_int_equal(mtproto_handshake_server_expire(s.s, &s.now), 2);
	close_server(&s);
}

static void an_exchange_is_forgotten_after_ten_minutes(void **state)
{
	struct server s;

	(void)state;
	run_to_params(&s);
	s.now.mono_ns = 1599 * SECOND;
	assert_int_equal(mtproto_handshake_server_expire(s.s, &s.now), 1);
	assert_answer(&s, "req_dh_params_perm", "server_dh_params_ok");
	s.now.mono_ns = 1600 * SECOND;
	assert_refused(&s, "set_client_dh_params", -404, MTPROTO_ERR_EXCHANGE_UNKNOWN);
	assert_int_equal(mtproto_handshake_server_expire(s.s, &s.now), 0);
	close_server(&s);
}

static void two_exchanges_do_not_mix(void **state)
{
	struct server s;

	(void)state;
	open_server(&s);
	assert_answer(&s, "req_pq_multi", "res_pq");
	for (int i = 0; i < 16; i++)
		s.script.data[s.script.pos + (size_t)i] = (uint8_t)i; /* the other one's server_nonce */
	s.script.len = s.script.pos + 16;
	ask_with_nonce(&s, 77);
	draw(&s, "a", 0);
	draw(&s, "answer_padding", 8);
	assert_answer(&s, "req_dh_params_perm", "server_dh_params_ok");
	assert_answer(&s, "set_client_dh_params", "dh_gen_ok");
	assert_int_equal(mtproto_handshake_server_expire(s.s, &s.now), 2);
	close_server(&s);
}

static void random_primes_differ_and_fit(void **state)
{
	struct mtproto_handshake_server *other;
	struct server s;
	uint64_t pq[2];

	(void)state;
	prepare_server(&s);
	s.config.random = NULL;
	s.config.fixed_p = s.config.fixed_q = 0;
	make_server(&s);
	for (uint32_t i = 0; i < 2; i++) {
		ask_with_nonce(&s, i + 1);
		assert_int_equal(s.answer.body.data[36], 8);
		pq[i] = mtp_load_be64(s.answer.body.data + 37);
		assert_int_equal(pq[i] >> 62, 0);
	}
	assert_true(pq[0] != pq[1]);
	s.config.fixed_p = 15;
	s.config.fixed_q = 17;
	assert_int_equal(mtproto_handshake_server_new(&other, &s.config), MTPROTO_ERR_ARGUMENT);
	s.config.fixed_p = FIXED_Q;
	s.config.fixed_q = FIXED_P;
	assert_int_equal(mtproto_handshake_server_new(&other, &s.config), MTPROTO_ERR_ARGUMENT);
	close_server(&s);
}

static void a_random_source_that_fails_leaves_the_exchange(void **state)
{
	struct value req_pq = value_of(text, "req_pq_multi"), params = value_of(text, "req_dh_params_perm");
	struct server s;

	(void)state;
	prepare_server(&s);
	s.script.len = 0;
	make_server(&s);
	assert_int_equal(ask_bytes(&s, req_pq.data, req_pq.len), MTPROTO_ERR_RANDOM);
	assert_int_equal(s.answer.transport_code, 0);
	draw(&s, "server_nonce", 0);
	assert_answer(&s, "req_pq_multi", "res_pq");
	assert_int_equal(ask_bytes(&s, params.data, params.len), MTPROTO_ERR_RANDOM);
	draw(&s, "a", 0);
	draw(&s, "answer_padding", 8);
	assert_answer(&s, "req_dh_params_perm", "server_dh_params_ok");
	close_server(&s);
}

static void an_exponent_that_gives_a_bad_g_a_is_drawn_again(void **state)
{
	uint8_t zero[256] = {0};
	struct server s;

	(void)state;
	prepare_server(&s);
	s.script.len = 16;
	script_add(&s.script, zero, sizeof(zero));
	draw(&s, "a", 0);
	draw(&s, "answer_padding", 8);
	make_server(&s);
	assert_answer(&s, "req_pq_multi", "res_pq");
	assert_answer(&s, "req_dh_params_perm", "server_dh_params_ok");
	close_server(&s);
}

/* Memory for so many blocks. */
struct heap {
	int blocks;
};

static void *heap_alloc(void *user, size_t size)
{
	struct heap *heap = user;

	return heap->blocks-- > 0 ? malloc(size) : NULL;
}

static void heap_release(void *user, void *memory, size_t size)
{
	(void)user;
	(void)size;
	free(memory);
}

static void running_out_of_memory_is_told_and_harms_nothing(void **state)
{
	struct value req_pq = value_of(text, "req_pq_multi");
	struct heap heap = {0};
	struct mtproto_allocator allocator = {heap_alloc, heap_release, &heap};
	struct server s;

	(void)state;
	prepare_server(&s);
	s.config.allocator = &allocator;
	assert_int_equal(mtproto_handshake_server_new(&s.s, &s.config), MTPROTO_ERR_MEMORY);
	assert_null(s.s);
	heap.blocks = 1;
	make_server(&s);
	for (int blocks = 0; blocks < 2; blocks++) {
		s.script.pos = 0;
		heap.blocks = blocks;
		assert_int_equal(ask_bytes(&s, req_pq.data, req_pq.len), MTPROTO_ERR_MEMORY);
		assert_int_equal(mtproto_handshake_server_expire(s.s, &s.now), 0);
	}
	s.script.pos = 0;
	heap.blocks = 2;
	assert_answer(&s, "req_pq_multi", "res_pq");
	close_server(&s);
}

static void settings_out_of_range_are_refused(void **state)
{
	struct mtproto_rsa *public_key = load_rsa("pem/throw_away_public.pem");
	struct mtproto_handshake_server *s;
	struct server good;

	(void)state;
	prepare_server(&good);
	good.config.rsa_keys = (const struct mtproto_rsa *const *)&public_key;
	assert_int_equal(mtproto_handshake_server_new(&s, &good.config), MTPROTO_ERR_ARGUMENT);
	assert_null(s);
	prepare_server(&good);
	good.config.rsa_key_count = 0;
	assert_int_equal(mtproto_handshake_server_new(&s, &good.config), MTPROTO_ERR_ARGUMENT);
	prepare_server(&good);
	good.config.size = 0;
	assert_int_equal(mtproto_handshake_server_new(&s, &good.config), MTPROTO_ERR_CONFIG_SIZE);
	mtproto_rsa_free(public_key);
	mtproto_handshake_server_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_permanent_key_byte_for_byte),
		cmocka_unit_test(every_kind_of_inner_data_and_both_paddings),
		cmocka_unit_test(p_and_q_are_compared_as_numbers),
		cmocka_unit_test(an_absolute_expires_in_is_understood),
		cmocka_unit_test(the_life_of_a_temporary_key_begins_when_it_is_made),
		cmocka_unit_test(short_public_values_are_read_and_written),
		cmocka_unit_test(a_key_with_leading_zeros_keeps_them),
		cmocka_unit_test(repeated_queries_get_the_same_bytes_and_no_second_key),
		cmocka_unit_test(a_repeated_query_may_have_other_bytes_behind_it),
		cmocka_unit_test(another_query_after_an_answer_ends_the_exchange),
		cmocka_unit_test(every_bad_req_dh_params_is_refused_and_forgotten),
		cmocka_unit_test(every_changed_field_of_req_dh_params_is_refused),
		cmocka_unit_test(every_bad_set_client_dh_params_is_refused_and_forgotten),
		cmocka_unit_test(a_query_with_another_server_nonce_does_not_touch_the_exchange),
		cmocka_unit_test(truncated_queries_are_refused),
		cmocka_unit_test(unknown_objects_are_refused_and_acknowledgements_are_not),
		cmocka_unit_test(the_environment_of_the_dc_must_be_ours),
		cmocka_unit_test(a_used_id_is_answered_with_retry_three_times_then_fail),
		cmocka_unit_test(a_free_id_after_a_retry_is_taken),
		cmocka_unit_test(a_retry_must_name_the_refused_key),
		cmocka_unit_test(the_oldest_exchange_is_forgotten_when_the_table_is_full),
		cmocka_unit_test(of_two_nonces_that_begin_alike_the_newer_is_kept),
		cmocka_unit_test(an_exchange_is_forgotten_after_ten_minutes),
		cmocka_unit_test(two_exchanges_do_not_mix),
		cmocka_unit_test(random_primes_differ_and_fit),
		cmocka_unit_test(a_random_source_that_fails_leaves_the_exchange),
		cmocka_unit_test(an_exponent_that_gives_a_bad_g_a_is_drawn_again),
		cmocka_unit_test(running_out_of_memory_is_told_and_harms_nothing),
		cmocka_unit_test(settings_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, open_vectors, close_vectors);
}
