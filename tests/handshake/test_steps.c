/* The client's steps: exchanges with fixed random numbers byte for byte, and every answer that must be refused. */
#include "support.h"

#include "base/bytes.h"

struct fixture {
	char *text;     /* handshake.txt */
	char *official; /* handshake-official.txt */
	struct mtproto_rsa *key;
	const struct mtproto_rsa *keys[1];
};

static struct fixture fixture;

static int open_fixture(void **state)
{
	(void)state;
	fixture.text = read_text("handshake.txt");
	fixture.official = read_text("handshake-official.txt");
	fixture.key = load_rsa("pem/throw_away_public.pem");
	fixture.keys[0] = fixture.key;
	return 0;
}

static int close_fixture(void **state)
{
	(void)state;
	mtproto_rsa_free(fixture.key);
	free(fixture.text);
	free(fixture.official);
	return 0;
}

static struct value vector(const char *name)
{
	return value_of(fixture.text, name);
}

/* One exchange, its settings and its random numbers. */
struct run {
	struct mtproto_handshake_config config;
	struct mtproto_handshake_state state;
	struct mtproto_random random;
	struct script script;
	struct mtproto_dh_cache cache;
	uint8_t out[MTPROTO_HANDSHAKE_QUERY_MAX];
	size_t len;
};

static void open_run(struct run *run)
{
	memset(run, 0, sizeof(*run));
	mtproto_handshake_config_init(&run->config);
	mtproto_dh_cache_init(&run->cache);
	run->random = (struct mtproto_random){script_fill, &run->script};
	run->config.random = &run->random;
	run->config.rsa_keys = fixture.keys;
	run->config.rsa_key_count = 1;
	run->config.dh_cache = &run->cache;
}

static void draw(struct run *run, const char *name, size_t len)
{
	script_add_value(&run->script, fixture.text, name, len);
}

static int step2(struct run *run, const char *answer)
{
	struct value body = vector(answer);

	return mtproto_handshake_step2(&run->state, &run->config, body.data, body.len, run->out, &run->len);
}

static int step3(struct run *run, const char *answer)
{
	struct value body = vector(answer);
	struct mtproto_now now = now_at(5, SERVER_TIME - 7);

	return mtproto_handshake_step3(&run->state, &run->config, &now, body.data, body.len, run->out, &run->len);
}

static int finish(struct run *run, const char *answer, struct mtproto_handshake_result *result)
{
	struct value body = vector(answer);

	return mtproto_handshake_finish(&run->state, &run->config, body.data, body.len, result);
}

static void assert_query(const struct run *run, const char *name)
{
	struct value expected = vector(name);

	assert_value(expected, run->out, run->len);
}

/* To the stage in which resPQ is awaited. */
static void run_step1(struct run *run)
{
	open_run(run);
	draw(run, "nonce", 0);
	assert_int_equal(mtproto_handshake_step1(&run->state, &run->config, run->out, &run->len), 0);
	assert_int_equal(run->state.stage, MTPROTO_HANDSHAKE_RES_PQ);
	assert_query(run, "req_pq_multi");
}

/* To the stage in which server_DH_params_ok is awaited. */
static void run_step2(struct run *run)
{
	run_step1(run);
	draw(run, "new_nonce", 0);
	draw(run, "rsa_padding_perm", 0);
	draw(run, "temp_keys_perm", 0);
	assert_int_equal(step2(run, "res_pq"), 0);
	assert_int_equal(run->state.stage, MTPROTO_HANDSHAKE_DH_PARAMS);
	assert_query(run, "req_dh_params_perm");
}

/* To the stage in which dh_gen_ok is awaited. */
static void run_step3(struct run *run)
{
	run_step2(run);
	draw(run, "b", 0);
	draw(run, "client_padding", 12);
	assert_int_equal(step3(run, "server_dh_params_ok"), 0);
	assert_int_equal(run->state.stage, MTPROTO_HANDSHAKE_DH_GEN);
	assert_query(run, "set_client_dh_params");
}

static void assert_failed(const struct run *run)
{
	struct mtproto_handshake_state wiped;

	memset(&wiped, 0, sizeof(wiped));
	wiped.stage = MTPROTO_HANDSHAKE_FAILED;
	assert_memory_equal(&run->state, &wiped, sizeof(wiped));
}

static void a_permanent_key_byte_for_byte(void **state)
{
	struct mtproto_handshake_result result;
	struct value key = vector("auth_key"), id = vector("auth_key_id"), salt = vector("first_salt");
	struct run run;

	(void)state;
	run_step3(&run);
	assert_int_equal(finish(&run, "dh_gen_ok", &result), 0);
	assert_int_equal(run.state.stage, MTPROTO_HANDSHAKE_DONE);
	assert_memory_equal(result.auth_key.data, key.data, 256);
	assert_true(result.auth_key.id == mtp_load_le64(id.data));
	assert_true(result.first_salt == mtp_load_le64(salt.data));
	assert_int_equal(result.server_time, SERVER_TIME);
	assert_int_equal(result.time_offset_s, 7);
	assert_int_equal(result.expires_at, 0);
	assert_int_equal(run.script.pos, run.script.len);
}

static void secrets_are_gone_after_the_end(void **state)
{
	struct mtproto_handshake_result result;
	struct mtproto_handshake_state wiped;
	struct run run;

	(void)state;
	run_step3(&run);
	assert_int_equal(finish(&run, "dh_gen_ok", &result), 0);
	memset(&wiped, 0, sizeof(wiped));
	wiped.stage = MTPROTO_HANDSHAKE_DONE;
	assert_memory_equal(&run.state, &wiped, sizeof(wiped));
}

static void every_kind_of_inner_data(void **state)
{
	static const struct {
		enum mtproto_handshake_kind kind;
		int32_t dc;
		const char *name;
	} kinds[] = {
		{MTPROTO_HANDSHAKE_PERM, 2, "perm"},
		{MTPROTO_HANDSHAKE_TEMP, -2, "temp"},
		{MTPROTO_HANDSHAKE_PERM_LEGACY, 2, "perm_legacy"},
		{MTPROTO_HANDSHAKE_TEMP_LEGACY, 2, "temp_legacy"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct run run;
		char name[64];

		run_step1(&run);
		run.config.kind = kinds[i].kind;
		run.config.dc = kinds[i].dc;
		draw(&run, "new_nonce", 0);
		snprintf(name, sizeof(name), "rsa_padding_%s", kinds[i].name);
		draw(&run, name, 0);
		snprintf(name, sizeof(name), "temp_keys_%s", kinds[i].name);
		draw(&run, name, 0);
		assert_int_equal(step2(&run, "res_pq"), 0);
		snprintf(name, sizeof(name), "req_dh_params_%s", kinds[i].name);
		assert_query(&run, name);

		run_step1(&run);
		run.config.kind = kinds[i].kind;
		run.config.dc = kinds[i].dc;
		run.config.rsa_padding = MTPROTO_RSA_LEGACY;
		draw(&run, "new_nonce", 0);
		snprintf(name, sizeof(name), "old_rsa_padding_%s", kinds[i].name);
		draw(&run, name, 0);
		assert_int_equal(step2(&run, "res_pq"), 0);
		snprintf(name, sizeof(name), "req_dh_params_old_rsa_%s", kinds[i].name);
		assert_query(&run, name);
	}
}

static void a_temporary_key_tells_when_it_expires(void **state)
{
	struct mtproto_handshake_result result;
	struct run run;

	(void)state;
	run_step1(&run);
	run.config.kind = MTPROTO_HANDSHAKE_TEMP;
	run.config.dc = -2;
	draw(&run, "new_nonce", 0);
	draw(&run, "rsa_padding_temp", 0);
	draw(&run, "temp_keys_temp", 0);
	draw(&run, "b", 0);
	draw(&run, "client_padding", 12);
	assert_int_equal(step2(&run, "res_pq"), 0);
	assert_int_equal(step3(&run, "server_dh_params_ok"), 0);
	assert_int_equal(finish(&run, "dh_gen_ok", &result), 0);
	assert_int_equal(result.expires_at, SERVER_TIME + 86400);
}

static void the_dc_field_has_test_and_media_forms(void **state)
{
	(void)state;
	assert_int_equal(mtproto_handshake_dc(2, false, false), 2);
	assert_int_equal(mtproto_handshake_dc(2, true, false), 10002);
	assert_int_equal(mtproto_handshake_dc(4, false, true), -4);
	assert_int_equal(mtproto_handshake_dc(2, true, true), -10002);
}

/* core.telegram.org/mtproto/samples-auth_key. The page does not print temp_key, so encrypted_data is not compared. */
static void the_official_sample(void **state)
{
	struct mtproto_now now = now_at(0, 1705754876);
	struct mtproto_handshake_result result;
	struct mtproto_rsa *key;
	uint8_t body[640] = {0}, temp_key[32];
	struct value v, nonce = value_of(fixture.official, "nonce");
	struct value server_nonce = value_of(fixture.official, "server_nonce");
	struct run run;

	(void)state;
	assert_int_equal(mtproto_rsa_from_pem(&key, mtproto_rsa_production_pem(), strlen(mtproto_rsa_production_pem())),
			 0);
	open_run(&run);
	run.config.rsa_keys = (const struct mtproto_rsa *const *)&key;
	memset(temp_key, 1, sizeof(temp_key));
	script_add_value(&run.script, fixture.official, "nonce", 0);
	script_add_value(&run.script, fixture.official, "new_nonce", 0);
	script_add_value(&run.script, fixture.official, "rsa_padding", 0);
	script_add(&run.script, temp_key, sizeof(temp_key));
	script_add_value(&run.script, fixture.official, "b", 0);
	script_add_value(&run.script, fixture.official, "client_padding", 0);

	v = value_of(fixture.official, "req_pq_multi_packet");
	assert_int_equal(mtproto_handshake_step1(&run.state, &run.config, run.out, &run.len), 0);
	assert_int_equal(run.len, 20);
	assert_memory_equal(run.out, v.data + 20, 20);

	/* The server declared 184 bytes: the object is followed by others. */
	v = value_of(fixture.official, "res_pq_packet");
	memcpy(body, v.data + 20, 80);
	assert_int_equal(mtproto_handshake_step2(&run.state, &run.config, body, 184, run.out, &run.len), 0);
	assert_int_equal(run.len, 320);
	assert_memory_equal(run.out + 4, nonce.data, 16);
	assert_memory_equal(run.out + 20, server_nonce.data, 16);
	v.len = hex(v.data, sizeof(v.data), "043c2357cf0000000456bfb29f00000085fd64de851d9dd0fe000100");
	assert_memory_equal(run.out + 36, v.data, v.len);

	v = value_of(fixture.official, "encrypted_answer");
	hex(body, 4, "5c07e8d0");
	memcpy(body + 4, nonce.data, 16);
	memcpy(body + 20, server_nonce.data, 16);
	hex(body + 36, 4, "fe500200");
	memcpy(body + 40, v.data, 592);
	assert_int_equal(mtproto_handshake_step3(&run.state, &run.config, &now, body, 632, run.out, &run.len), 0);
	v = value_of(fixture.official, "encrypted_data");
	assert_int_equal(run.len, 40 + 336);
	assert_memory_equal(run.out + 40, v.data, 336);

	hex(body, 4, "34f7cb3b");
	v = value_of(fixture.official, "new_nonce_hash1");
	memcpy(body + 36, v.data, 16);
	assert_int_equal(mtproto_handshake_finish(&run.state, &run.config, body, 112, &result), 0);
	v = value_of(fixture.official, "auth_key");
	assert_memory_equal(result.auth_key.data, v.data, 256);
	assert_true(result.auth_key.id == 0x1f9b9a9671a2e78au);
	assert_true(result.first_salt == 0xfea726f0ffb22f52u);
	assert_int_equal(result.server_time, 1705754877);
	assert_int_equal(result.time_offset_s, 1);
	assert_int_equal(run.script.pos, run.script.len);
	mtproto_rsa_free(key);
}

static void numbers_may_have_leading_zeros(void **state)
{
	struct run run;

	(void)state;
	run_step1(&run);
	draw(&run, "new_nonce", 0);
	draw(&run, "rsa_padding_perm", 0);
	draw(&run, "temp_keys_perm", 0);
	assert_int_equal(step2(&run, "res_pq_padded"), 0);
	assert_query(&run, "req_dh_params_perm");
	draw(&run, "b", 0);
	draw(&run, "client_padding", 12);
	assert_int_equal(step3(&run, "padded_g_a_dh_params"), 0);
	assert_query(&run, "set_client_dh_params");
}

static void the_known_one_of_several_keys_is_taken(void **state)
{
	struct run run;

	(void)state;
	run_step1(&run);
	draw(&run, "new_nonce", 0);
	draw(&run, "rsa_padding_perm", 0);
	draw(&run, "temp_keys_perm", 0);
	assert_int_equal(step2(&run, "res_pq_three_keys"), 0);
	assert_query(&run, "req_dh_params_perm");
}

struct refusal {
	const char *answer;
	int error;
};

static void every_bad_res_pq_has_its_error(void **state)
{
	static const struct refusal refusals[] = {
		{"bad_res_pq_id", MTPROTO_ERR_CONSTRUCTOR},
		{"bad_res_pq_nonce", MTPROTO_ERR_NONCE},
		{"bad_res_pq_prime", MTPROTO_ERR_PQ},
		{"bad_res_pq_even", MTPROTO_ERR_PQ},
		{"bad_res_pq_square", MTPROTO_ERR_PQ},
		{"bad_res_pq_empty", MTPROTO_ERR_PQ},
		{"bad_res_pq_big", MTPROTO_ERR_PQ},
		{"bad_res_pq_longer", MTPROTO_ERR_PQ},
		{"bad_res_pq_unknown_key", MTPROTO_ERR_RSA_KEY_UNKNOWN},
		{"bad_res_pq_no_key", MTPROTO_ERR_RSA_KEY_UNKNOWN},
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		run_step1(&run);
		assert_int_equal(step2(&run, refusals[i].answer), refusals[i].error);
		assert_failed(&run);
		assert_int_equal(step2(&run, "res_pq"), MTPROTO_ERR_STATE);
	}
}

static void every_bad_dh_params_has_its_error(void **state)
{
	static const struct refusal refusals[] = {
		{"bad_dh_params_id", MTPROTO_ERR_CONSTRUCTOR},
		{"bad_dh_params_nonce", MTPROTO_ERR_NONCE},
		{"bad_dh_params_server_nonce", MTPROTO_ERR_NONCE},
		{"bad_dh_params_not_16", MTPROTO_ERR_ENCODING},
		{"bad_dh_params_too_long", MTPROTO_ERR_ENCODING},
		{"bad_dh_params_too_short", MTPROTO_ERR_ENCODING},
		{"bad_dh_params_hash", MTPROTO_ERR_HASH},
		{"bad_dh_params_tail", MTPROTO_ERR_HASH},
		{"bad_dh_params_inner_id", MTPROTO_ERR_HASH},
		{"bad_dh_params_inner_nonce", MTPROTO_ERR_NONCE},
		{"bad_dh_params_inner_server_nonce", MTPROTO_ERR_NONCE},
		{"bad_dh_params_g_2", MTPROTO_ERR_DH_GENERATOR},
		{"bad_dh_params_g_1", MTPROTO_ERR_DH_GENERATOR},
		{"bad_dh_params_g_8", MTPROTO_ERR_DH_GENERATOR},
		{"bad_dh_params_composite", MTPROTO_ERR_DH_PRIME},
		{"bad_dh_params_255_bytes", MTPROTO_ERR_DH_PRIME},
		{"bad_dh_params_g_a_0", MTPROTO_ERR_DH_RANGE},
		{"bad_dh_params_g_a_1", MTPROTO_ERR_DH_RANGE},
		{"bad_dh_params_g_a_p_1", MTPROTO_ERR_DH_RANGE},
		{"bad_dh_params_g_a_low", MTPROTO_ERR_DH_RANGE},
		{"bad_dh_params_g_a_high", MTPROTO_ERR_DH_RANGE},
		{"server_dh_params_fail", MTPROTO_ERR_DH_PARAMS_FAIL},
		{"bad_server_dh_params_fail", MTPROTO_ERR_NEW_NONCE_HASH},
	};
	struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		run_step2(&run);
		assert_int_equal(step3(&run, refusals[i].answer), refusals[i].error);
		assert_failed(&run);
	}
}

static void g_a_at_the_ends_of_its_range_is_taken(void **state)
{
	static const char *const answers[] = {"low_g_a_dh_params", "high_g_a_dh_params"};
	struct run run;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		run_step2(&run);
		draw(&run, "b", 0);
		draw(&run, "client_padding", 12);
		assert_int_equal(step3(&run, answers[i]), 0);
	}
}

static void another_safe_prime_is_taken_unless_the_cache_forbids_it(void **state)
{
	struct run run;

	(void)state;
	run_step2(&run);
	draw(&run, "b", 0);
	draw(&run, "client_padding", 12);
	assert_int_equal(step3(&run, "other_prime_dh_params"), 0);
	assert_int_equal(run.cache.count, 1);

	run_step2(&run);
	run.cache.known_prime_only = true;
	assert_int_equal(step3(&run, "other_prime_dh_params"), MTPROTO_ERR_DH_PRIME);
	assert_failed(&run);
}

static void every_bad_dh_gen_has_its_error(void **state)
{
	static const struct refusal refusals[] = {
		{"bad_dh_gen_id", MTPROTO_ERR_CONSTRUCTOR},
		{"bad_dh_gen_nonce", MTPROTO_ERR_NONCE},
		{"bad_dh_gen_hash", MTPROTO_ERR_NEW_NONCE_HASH},
		{"bad_dh_gen_retry_hash", MTPROTO_ERR_NEW_NONCE_HASH},
		{"bad_dh_gen_fail_hash", MTPROTO_ERR_NEW_NONCE_HASH},
		{"dh_gen_ok_retry1", MTPROTO_ERR_NEW_NONCE_HASH},
		{"dh_gen_fail", MTPROTO_ERR_DH_GEN_FAIL},
	};
	struct mtproto_handshake_result result, zero;
	struct run run;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		run_step3(&run);
		assert_int_equal(finish(&run, refusals[i].answer, &result), refusals[i].error);
		assert_memory_equal(&result, &zero, sizeof(zero));
		assert_failed(&run);
	}
}

static void every_truncated_answer_is_refused(void **state)
{
	struct value res_pq = vector("res_pq"), params = vector("server_dh_params_ok"), gen = vector("dh_gen_ok");
	struct mtproto_now now = now_at(0, SERVER_TIME);
	struct mtproto_handshake_result result;
	struct run at1, at2, at3, run;

	(void)state;
	run_step1(&at1);
	run_step2(&at2);
	run_step3(&at3);
	for (size_t len = 0; len < res_pq.len; len++) {
		int error;

		run = at1;
		error = mtproto_handshake_step2(&run.state, &at1.config, res_pq.data, len, run.out, &run.len);
		assert_true(error == MTPROTO_ERR_TRUNCATED || error == MTPROTO_ERR_ENCODING);
	}
	for (size_t len = 0; len < params.len; len++) {
		run = at2;
		assert_int_equal(
			mtproto_handshake_step3(&run.state, &at2.config, &now, params.data, len, run.out, &run.len),
			MTPROTO_ERR_TRUNCATED);
	}
	for (size_t len = 0; len < gen.len; len++) {
		run = at3;
		assert_int_equal(mtproto_handshake_finish(&run.state, &at3.config, gen.data, len, &result),
				 MTPROTO_ERR_TRUNCATED);
	}
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

static void retry_once(struct run *run, int retry)
{
	struct mtproto_handshake_result result;
	char name[64];

	assert_int_equal(finish(run, numbered(name, "dh_gen_retry", retry - 1), &result), 1);
	assert_int_equal(run->state.stage, MTPROTO_HANDSHAKE_REJECTED);
	draw(run, numbered(name, "b", retry), 0);
	draw(run, "client_padding", 12);
	assert_int_equal(mtproto_handshake_step3_retry(&run->state, &run->config, run->out, &run->len), 0);
	assert_query(run, numbered(name, "set_client_dh_params", retry));
}

static void five_retries_are_made_and_not_a_sixth(void **state)
{
	struct mtproto_handshake_result result;
	struct value key = vector("auth_key_retry5");
	struct run run, again;

	(void)state;
	run_step3(&run);
	for (int retry = 1; retry <= 5; retry++)
		retry_once(&run, retry);
	again = run;
	assert_int_equal(finish(&run, "dh_gen_ok_retry5", &result), 0);
	assert_memory_equal(result.auth_key.data, key.data, 256);

	assert_int_equal(finish(&again, "dh_gen_retry_retry5", &result), 1);
	assert_int_equal(mtproto_handshake_step3_retry(&again.state, &again.config, again.out, &again.len),
			 MTPROTO_ERR_DH_GEN_RETRY);
	assert_failed(&again);
}

static void a_key_with_leading_zeros_keeps_them(void **state)
{
	struct mtproto_handshake_result result;
	struct value key = vector("auth_key_zeros"), id = vector("auth_key_id_zeros");
	struct run run;

	(void)state;
	assert_int_equal(key.data[0], 0);
	run_step2(&run);
	draw(&run, "b_zeros", 0);
	draw(&run, "client_padding", 12);
	assert_int_equal(step3(&run, "server_dh_params_ok"), 0);
	assert_query(&run, "set_client_dh_params_zeros");
	assert_int_equal(finish(&run, "dh_gen_ok_zeros", &result), 0);
	assert_memory_equal(result.auth_key.data, key.data, 256);
	assert_true(result.auth_key.id == mtp_load_le64(id.data));
}

static void short_public_values_are_read_and_written(void **state)
{
	struct mtproto_handshake_result result;
	struct value key = vector("auth_key_short_a");
	struct run run;

	(void)state;
	assert_int_equal(vector("g_a_short_a").data[0], 0);
	assert_int_equal(vector("g_b_short_b").data[0], 0);
	run_step2(&run);
	draw(&run, "b", 0);
	draw(&run, "client_padding", 12);
	assert_int_equal(step3(&run, "server_dh_params_ok_short_a"), 0);
	assert_query(&run, "set_client_dh_params_short_a");
	assert_int_equal(finish(&run, "dh_gen_ok_short_a", &result), 0);
	assert_memory_equal(result.auth_key.data, key.data, 256);

	run_step2(&run);
	draw(&run, "b_short_b", 0);
	draw(&run, "client_padding", 12);
	assert_int_equal(step3(&run, "server_dh_params_ok"), 0);
	assert_query(&run, "set_client_dh_params_short_b");
}

static void an_exponent_that_gives_a_bad_g_b_is_drawn_again(void **state)
{
	uint8_t zero[256] = {0};
	struct run run;

	(void)state;
	run_step2(&run);
	script_add(&run.script, zero, sizeof(zero)); /* g_b would be 1 */
	draw(&run, "b", 0);
	draw(&run, "client_padding", 12);
	assert_int_equal(step3(&run, "server_dh_params_ok"), 0);
	assert_query(&run, "set_client_dh_params");

	run_step2(&run);
	for (int i = 0; i < 16; i++)
		script_add(&run.script, zero, sizeof(zero));
	assert_int_equal(step3(&run, "server_dh_params_ok"), MTPROTO_ERR_RANDOM);
	assert_failed(&run);
}

static void steps_out_of_order_change_nothing(void **state)
{
	struct mtproto_handshake_result result;
	struct mtproto_handshake_state before;
	struct run run;

	(void)state;
	run_step2(&run);
	before = run.state;
	assert_int_equal(mtproto_handshake_step1(&run.state, &run.config, run.out, &run.len), MTPROTO_ERR_STATE);
	assert_int_equal(step2(&run, "res_pq"), MTPROTO_ERR_STATE);
	assert_int_equal(mtproto_handshake_step3_retry(&run.state, &run.config, run.out, &run.len), MTPROTO_ERR_STATE);
	assert_int_equal(finish(&run, "dh_gen_ok", &result), MTPROTO_ERR_STATE);
	assert_memory_equal(&run.state, &before, sizeof(before));

	open_run(&run);
	assert_int_equal(step3(&run, "server_dh_params_ok"), MTPROTO_ERR_STATE);
	assert_int_equal(run.state.stage, MTPROTO_HANDSHAKE_NEW);
}

static void settings_out_of_range_are_refused(void **state)
{
	struct run run;

	(void)state;
	open_run(&run);
	run.config.size = 0;
	assert_int_equal(mtproto_handshake_step1(&run.state, &run.config, run.out, &run.len), MTPROTO_ERR_CONFIG_SIZE);
	open_run(&run);
	run.config.rsa_key_count = 0;
	assert_int_equal(mtproto_handshake_step1(&run.state, &run.config, run.out, &run.len), MTPROTO_ERR_ARGUMENT);
	open_run(&run);
	run.config.kind = MTPROTO_HANDSHAKE_TEMP;
	run.config.expires_in = 0;
	assert_int_equal(mtproto_handshake_step1(&run.state, &run.config, run.out, &run.len), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(run.state.stage, MTPROTO_HANDSHAKE_NEW);
}

static void a_random_source_that_fails_fails_the_step(void **state)
{
	struct run run;

	(void)state;
	open_run(&run);
	assert_int_equal(mtproto_handshake_step1(&run.state, &run.config, run.out, &run.len), MTPROTO_ERR_RANDOM);
	assert_failed(&run);
	run_step1(&run);
	assert_int_equal(step2(&run, "res_pq"), MTPROTO_ERR_RANDOM);
	assert_failed(&run);
	run_step2(&run);
	draw(&run, "b", 0);
	assert_int_equal(step3(&run, "server_dh_params_ok"), MTPROTO_ERR_RANDOM);
	assert_failed(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_permanent_key_byte_for_byte),
		cmocka_unit_test(secrets_are_gone_after_the_end),
		cmocka_unit_test(every_kind_of_inner_data),
		cmocka_unit_test(a_temporary_key_tells_when_it_expires),
		cmocka_unit_test(the_dc_field_has_test_and_media_forms),
		cmocka_unit_test(the_official_sample),
		cmocka_unit_test(numbers_may_have_leading_zeros),
		cmocka_unit_test(the_known_one_of_several_keys_is_taken),
		cmocka_unit_test(every_bad_res_pq_has_its_error),
		cmocka_unit_test(every_bad_dh_params_has_its_error),
		cmocka_unit_test(g_a_at_the_ends_of_its_range_is_taken),
		cmocka_unit_test(another_safe_prime_is_taken_unless_the_cache_forbids_it),
		cmocka_unit_test(every_bad_dh_gen_has_its_error),
		cmocka_unit_test(every_truncated_answer_is_refused),
		cmocka_unit_test(five_retries_are_made_and_not_a_sixth),
		cmocka_unit_test(a_key_with_leading_zeros_keeps_them),
		cmocka_unit_test(short_public_values_are_read_and_written),
		cmocka_unit_test(an_exponent_that_gives_a_bad_g_b_is_drawn_again),
		cmocka_unit_test(steps_out_of_order_change_nothing),
		cmocka_unit_test(settings_out_of_range_are_refused),
		cmocka_unit_test(a_random_source_that_fails_fails_the_step),
	};

	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
