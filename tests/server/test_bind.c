/* auth.bindTempAuthKey at a server: every refusal has its text. Sources: core.telegram.org/api/pfs,
 * /method/auth.bindTempAuthKey. */
#include "server/seen.h"

enum { HOUR = 3600 };

struct world {
	struct pair pair;
	struct seen seen;
	struct wire wire; /* on a temporary key */
	struct mtproto_key_info perm;
	uint32_t now_s;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct mtproto_auth_key temp;

	assert_non_null(w);
	pair_init(&w->pair);
	seen_init(&w->seen, &w->pair);
	w->now_s = (uint32_t)(w->pair.now.wall_ns / PAIR_SECOND);
	wire_make_key(&temp, 7);
	wire_init(&w->wire, &w->pair, false, &temp);
	wire_add_key(&w->wire, true, w->now_s + HOUR);
	wire_make_key(&w->perm.auth_key, 13);
	assert_int_equal(mtproto_server_add_key(w->pair.server, &w->perm), 0);
	wire_attach(&w->wire);
	wire_learn_salt(&w->wire);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	wire_fini(&w->wire);
	pair_fini(&w->pair);
	free(w);
	return 0;
}

static struct mtproto_bind_params params_of(struct world *w)
{
	return (struct mtproto_bind_params){.temp_auth_key_id = w->wire.key.id,
					    .temp_session_id = w->wire.session_id,
					    .msg_id = wire_next_msg_id(&w->wire),
					    .nonce = 0x0102030405060708,
					    .expires_at = (int32_t)w->now_s + HOUR};
}

/* Sends the call for these, encrypted with that permanent key, under this msg_id, behind a header. */
static uint64_t send_bind(struct world *w, const struct mtproto_bind_params *params,
			  const struct mtproto_auth_key *perm, uint64_t msg_id, const struct wire_body *header)
{
	uint8_t body[1024];
	size_t header_len = header ? header->w.len : 0;

	if (header)
		memcpy(body, header->data, header_len);
	assert_int_equal(mtproto_bind_body(NULL, NULL, perm->data, params, body + header_len), 0);
	wire_send_as(&w->wire, msg_id, wire_next_seq_no(&w->wire, true), body, header_len + MTPROTO_BIND_BODY_SIZE);
	wire_run(&w->wire);
	return msg_id;
}

static void expect_bound(struct world *w, uint64_t msg_id)
{
	struct mtproto_key_info info;
	size_t len;
	const uint8_t *result = wire_result(&w->wire, msg_id, &len);

	assert_int_equal(len, 4);
	assert_int_equal(wire_u32(result), 0x997275b5);
	assert_int_equal(mtproto_server_find_key(w->pair.server, w->wire.key.id, &info), 0);
	assert_true(info.perm_auth_key_id == w->perm.auth_key.id);
}

static void expect_unbound(struct world *w)
{
	struct mtproto_key_info info;

	assert_int_equal(mtproto_server_find_key(w->pair.server, w->wire.key.id, &info), 0);
	assert_true(info.perm_auth_key_id == 0);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 0);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_BOUND], 0);
}

static void a_proper_call_binds(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params = params_of(w);

	expect_bound(w, send_bind(w, &params, &w->perm.auth_key, params.msg_id, NULL));
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 0);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_KEY_BOUND], 1);
	assert_true(w->seen.last[MTPROTO_EVENT_KEY_BOUND].auth_key_id == w->wire.key.id);
}

static void it_may_wear_invokeWithLayer_and_initConnection(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params = params_of(w);
	struct mtproto_server_session_info info;
	struct mtproto_invoke_with_layer layer = {.layer = 200};
	struct mtproto_init_connection init = {.api_id = 4};
	struct wire_body header;

	mtproto_invoke_with_layer_write(wire_body(&header), &layer);
	mtproto_init_connection_write(&header.w, &init);
	expect_bound(w, send_bind(w, &params, &w->perm.auth_key, params.msg_id, &header));

	/* What was said before the bind does not count after it. */
	mtproto_server_session_get_info(w->seen.last[MTPROTO_EVENT_SESSION].session, &info);
	assert_int_equal(info.layer, 0);
	assert_int_equal(info.api_id, 0);
	assert_true(info.perm_auth_key_id == w->perm.auth_key.id);
	assert_true(info.temporary);
}

static void it_may_be_repeated(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params = params_of(w);

	expect_bound(w, send_bind(w, &params, &w->perm.auth_key, params.msg_id, NULL));
	params = params_of(w);
	expect_bound(w, send_bind(w, &params, &w->perm.auth_key, params.msg_id, NULL));
}

static void expiry_may_differ_by_minutes(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params = params_of(w);

	params.expires_at += 30;
	expect_bound(w, send_bind(w, &params, &w->perm.auth_key, params.msg_id, NULL));
}

static void a_past_or_far_expiry_is_EXPIRES_AT_INVALID(void **state)
{
	struct world *w = *state;
	int32_t offsets[] = {-HOUR, -HOUR - 100, 24 * HOUR};

	for (size_t i = 0; i < 3; i++) {
		struct mtproto_bind_params params = params_of(w);

		params.expires_at += offsets[i];
		send_bind(w, &params, &w->perm.auth_key, params.msg_id, NULL);
		wire_expect_error(&w->wire, params.msg_id, 400, "EXPIRES_AT_INVALID");
		expect_unbound(w);
	}
}

static void an_inner_message_of_something_else_is_ENCRYPTED_MESSAGE_INVALID(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		struct mtproto_bind_params params = params_of(w);
		uint64_t msg_id = params.msg_id;

		params.msg_id += i == 0 ? 4 : 0;
		params.temp_session_id ^= i == 1 ? 1 : 0;
		params.temp_auth_key_id ^= i == 2 ? 1 : 0;
		send_bind(w, &params, &w->perm.auth_key, msg_id, NULL);
		wire_expect_error(&w->wire, msg_id, 400, "ENCRYPTED_MESSAGE_INVALID");
		expect_unbound(w);
	}
}

static void a_damaged_inner_message_is_ENCRYPTED_MESSAGE_INVALID(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params = params_of(w);
	uint8_t body[MTPROTO_BIND_BODY_SIZE];

	assert_int_equal(mtproto_bind_body(NULL, NULL, w->perm.auth_key.data, &params, body), 0);
	body[MTPROTO_BIND_BODY_SIZE - 20] ^= 1;
	wire_send_as(&w->wire, params.msg_id, wire_next_seq_no(&w->wire, true), body, sizeof(body));
	wire_run(&w->wire);
	wire_expect_error(&w->wire, params.msg_id, 400, "ENCRYPTED_MESSAGE_INVALID");
	expect_unbound(w);
}

static void an_unknown_permanent_key_is_ENCRYPTED_MESSAGE_INVALID(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params = params_of(w);
	struct mtproto_auth_key unknown;

	wire_make_key(&unknown, 101);
	send_bind(w, &params, &unknown, params.msg_id, NULL);
	wire_expect_error(&w->wire, params.msg_id, 400, "ENCRYPTED_MESSAGE_INVALID");
	expect_unbound(w);
}

static void a_temporary_key_is_no_permanent_one(void **state)
{
	struct world *w = *state;
	struct mtproto_key_info other = {.temporary = true, .expires_at = w->now_s + HOUR};
	struct mtproto_bind_params params = params_of(w);

	wire_make_key(&other.auth_key, 17);
	assert_int_equal(mtproto_server_add_key(w->pair.server, &other), 0);
	send_bind(w, &params, &other.auth_key, params.msg_id, NULL);
	wire_expect_error(&w->wire, params.msg_id, 400, "ENCRYPTED_MESSAGE_INVALID");
	expect_unbound(w);
}

static void another_permanent_key_is_TEMP_AUTH_KEY_ALREADY_BOUND(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params = params_of(w);
	struct mtproto_key_info other = {.temporary = false};

	expect_bound(w, send_bind(w, &params, &w->perm.auth_key, params.msg_id, NULL));
	wire_make_key(&other.auth_key, 17);
	assert_int_equal(mtproto_server_add_key(w->pair.server, &other), 0);
	params = params_of(w);
	send_bind(w, &params, &other.auth_key, params.msg_id, NULL);
	wire_expect_error(&w->wire, params.msg_id, 400, "TEMP_AUTH_KEY_ALREADY_BOUND");
	assert_int_equal(mtproto_server_find_key(w->pair.server, w->wire.key.id, &other), 0);
	assert_true(other.perm_auth_key_id == w->perm.auth_key.id);
}

static void a_permanent_key_that_binds_itself_is_TEMP_AUTH_KEY_EMPTY(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params;
	uint64_t msg_id;

	w->wire.key = w->perm.auth_key;
	w->wire.content_count = 0;
	wire_learn_salt(&w->wire);
	params = params_of(w);
	msg_id = send_bind(w, &params, &w->perm.auth_key, params.msg_id, NULL);
	wire_expect_error(&w->wire, msg_id, 400, "TEMP_AUTH_KEY_EMPTY");
}

static void a_truncated_call_is_INPUT_FETCH_ERROR(void **state)
{
	struct world *w = *state;
	uint64_t msg_id = wire_send_hex(&w->wire, "052ad4cd0102030405060708", true);

	wire_run(&w->wire);
	wire_expect_error(&w->wire, msg_id, 400, "INPUT_FETCH_ERROR");
	expect_unbound(w);
}

static void unbound_only_three_methods_are_allowed(void **state)
{
	static const struct {
		const char *body;
		bool allowed;
	} cases[] = {
		{"6b18f9c4", true}, /* help.getConfig */
		{"2630b31f", true}, /* help.getNearestDc */
		{"11223344", false},
		{"d3bc4f3e00000000", false}, /* no known one */
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t before = w->seen.counts[MTPROTO_EVENT_REQUEST];
		uint64_t msg_id = wire_send_hex(&w->wire, cases[i].body, true);

		wire_run(&w->wire);
		assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST] - before, cases[i].allowed);
		if (!cases[i].allowed)
			wire_expect_error(&w->wire, msg_id, 401, "AUTH_KEY_PERM_EMPTY");
	}
	/* The protocol's own queries are. */
	wire_ping(&w->wire, 1);
	wire_run(&w->wire);
	assert_non_null(wire_take(&w->wire, MTPROTO_ID_PONG));
}

static void bound_all_methods_are(void **state)
{
	struct world *w = *state;
	struct mtproto_bind_params params = params_of(w);

	expect_bound(w, send_bind(w, &params, &w->perm.auth_key, params.msg_id, NULL));
	seen_request(&w->wire, 1);
	wire_run(&w->wire);
	assert_int_equal(w->seen.counts[MTPROTO_EVENT_REQUEST], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_proper_call_binds),
		TEST(it_may_wear_invokeWithLayer_and_initConnection),
		TEST(it_may_be_repeated),
		TEST(expiry_may_differ_by_minutes),
		TEST(a_past_or_far_expiry_is_EXPIRES_AT_INVALID),
		TEST(an_inner_message_of_something_else_is_ENCRYPTED_MESSAGE_INVALID),
		TEST(a_damaged_inner_message_is_ENCRYPTED_MESSAGE_INVALID),
		TEST(an_unknown_permanent_key_is_ENCRYPTED_MESSAGE_INVALID),
		TEST(a_temporary_key_is_no_permanent_one),
		TEST(another_permanent_key_is_TEMP_AUTH_KEY_ALREADY_BOUND),
		TEST(a_permanent_key_that_binds_itself_is_TEMP_AUTH_KEY_EMPTY),
		TEST(a_truncated_call_is_INPUT_FETCH_ERROR),
		TEST(unbound_only_three_methods_are_allowed),
		TEST(bound_all_methods_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
