/* Signing in, and being sent to another data centre. */
#include "testdc/world_fixture.h"

static const char get_self[] = "48a5910d15c4b51c010000003fb1c1f7";

/* auth.authorization#2ea2c0d4 without flags, and user#b1b8cc83 of layer 228 with access_hash, first_name, username,
 * self, bot and bot_info_version; the hash is not looked at. */
static void assert_authorization_of_bot_123456(const struct world *world)
{
	static const char head[] = "d4c0a22e00000000"
				   "83ccb8b10b44000000000000"
				   "40e2010000000000";
	static const char tail[] = "0a426f742031323334353600"
				   "0f746573745f3132333435365f626f74"
				   "01000000";
	uint8_t expected[64];
	size_t len = hex(expected, sizeof(expected), head);

	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	assert_int_equal(world->body_len, 68);
	assert_memory_equal(world->body, expected, len);
	len = hex(expected, sizeof(expected), tail);
	assert_memory_equal(world->body + 36, expected, len);
}

static void assert_nobody_is_signed_in(struct world *world, struct client *client)
{
	call_hex_of(world, client, get_self);
	assert_rpc_error(world, 401, "AUTH_KEY_UNREGISTERED");
}

/* A Vector with one User of this id. */
static void assert_signed_in(struct world *world, struct client *client, uint64_t user_id)
{
	struct mtproto_tl_reader r;

	call_hex_of(world, client, get_self);
	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	mtproto_tl_reader_init(&r, world->body, world->body_len);
	assert_int_equal(mtproto_tl_read_vector(&r, 4), 1);
	assert_int_equal(mtproto_tl_read_u32(&r), 0xb1b8cc83);
	mtproto_tl_read_span(&r, 8);
	assert_int_equal(mtproto_tl_read_long(&r), user_id);
}

/* ---- Bots ---- */

static void bot_signs_in_by_its_token(void **state)
{
	struct world *world = open_world(2, 2, 228, 0);

	(void)state;
	assert_nobody_is_signed_in(world, &world->clients[0]);
	sign_in(world, &world->clients[0], "123456:ABC-def_0");
	assert_authorization_of_bot_123456(world);
	assert_signed_in(world, &world->clients[0], 123456);
	close_world(world);
}

static void user_of_older_layers_is_empty(void **state)
{
	struct world *world = open_world(2, 2, 158, 0);

	(void)state;
	sign_in(world, &world->clients[0], "123456:ABC");
	assert_result(world, "d4c0a22e00000000"
			     "7a4bbcd3"
			     "40e2010000000000");
	close_world(world);
}

static void wrong_tokens_are_refused(void **state)
{
	static const char *const table[] = {"",      "123456",     "123456:",     ":ABC",
					    "0:ABC", "123456:A B", "12x3456:ABC", "9999999999999999999999:ABC"};
	struct world *world = open_world(2, 2, 228, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		sign_in(world, &world->clients[0], table[i]);
		assert_rpc_error(world, 400, "ACCESS_TOKEN_INVALID");
	}
	/* flags 0, api_id 0, api_hash "hash", "1:A" */
	call_hex(world, "2cffa36700000000000000000468617368000000"
			"03313a41");
	assert_rpc_error(world, 400, "API_ID_INVALID");
	assert_nobody_is_signed_in(world, &world->clients[0]);
	close_world(world);
}

static void bot_signs_out(void **state)
{
	struct world *world = open_world(2, 2, 228, 0);

	(void)state;
	sign_in(world, &world->clients[0], "123456:ABC");
	call_hex(world, "19ba723e");
	assert_result(world, "5f83a2c300000000");
	assert_nobody_is_signed_in(world, &world->clients[0]);
	call_hex(world, "19ba723e");
	assert_rpc_error(world, 401, "AUTH_KEY_UNREGISTERED");
	close_world(world);
}

static void sign_in_belongs_to_the_permanent_key(void **state)
{
	struct world *world = open_world(2, 2, 228, 3600);
	uint64_t permanent = world->clients[0].auth_key_id;

	(void)state;
	connect_client(world, 0, 2, 228, 0);
	sign_in(world, &world->clients[0], "123456:ABC");
	assert_signed_in(world, &world->clients[0], 123456);
	assert_nobody_is_signed_in(world, &world->clients[1]);
	sign_in(world, &world->clients[1], "7:x");
	assert_signed_in(world, &world->clients[0], 123456);
	assert_signed_in(world, &world->clients[1], 7);
	assert_true(permanent != world->clients[0].temp_auth_key_id);
	close_world(world);
}

static void sign_in_ends_with_its_key(void **state)
{
	struct world *world = open_world(2, 2, 228, 0);
	struct mtproto_key_info info;

	(void)state;
	sign_in(world, &world->clients[0], "123456:ABC");
	assert_int_equal(mtproto_server_find_key(world->servers[0], world->clients[0].auth_key_id, &info), 0);
	/* destroy_auth_key; when its answer has had time to arrive the server forgets the key. Then the same again. */
	call_hex(world, "605143d1");
	assert_result(world, "d4e160f6");
	world->now.mono_ns += 60000000000u;
	world->now.wall_ns += 60000000000u;
	assert_int_equal(mtproto_context_process(world->server_context, &world->now), 0);
	assert_int_equal(mtproto_server_add_key(world->servers[0], &info), 0);
	assert_nobody_is_signed_in(world, &world->clients[0]);
	close_world(world);
}

static void users_are_told_by_their_ids(void **state)
{
	struct world *world = open_world(2, 2, 158, 0);

	(void)state;
	sign_in(world, &world->clients[0], "123456:ABC");
	/* inputUser#f21158c6 77 with an access_hash, inputUserSelf */
	call_hex(world, "48a5910d15c4b51c02000000"
			"c65811f24d000000000000000102030405060708"
			"3fb1c1f7");
	assert_result(world, "15c4b51c02000000"
			     "7a4bbcd34d00000000000000"
			     "7a4bbcd340e2010000000000");
	call_hex(world, "48a5910d15c4b51c010000006f8698b9");
	assert_rpc_error(world, 400, "INPUT_FETCH_FAIL");
	call_hex(world, "48a5910d15c4b51c41000000");
	assert_rpc_error(world, 400, "INPUT_FETCH_FAIL");
	close_world(world);
}

/* ---- Several data centres ---- */

/* 2 at 127.0.0.1:4430 and 4 at ::1, port 4431, with a client of each. */
static struct world *open_two_centres(void)
{
	struct world *world = open_empty_world();

	open_server(world, 2, "127.0.0.1", 4430);
	open_server(world, 4, "::1", 4431);
	connect_client(world, 0, 2, 228, 0);
	connect_client(world, 1, 4, 228, 0);
	return world;
}

/* auth.exportAuthorization to dc by the first client; what it answers becomes a call of auth.importAuthorization. */
static size_t export_authorization(struct world *world, const char *dc, uint8_t out[64])
{
	char text[32] = "cdffbfe5";
	uint8_t body[16];

	memcpy(text + 8, dc, 9);
	call(world, body, hex(body, sizeof(body), text));
	if (world->type != MTPROTO_EVENT_RESULT)
		return 0;
	/* auth.exportedAuthorization#b434e2b8 id:long bytes:bytes, here 8 of them */
	assert_int_equal(world->body_len, 24);
	assert_int_equal(world->body[12], 8);
	hex(out, 4, "ad7d7aa5");
	memcpy(out + 4, world->body + 4, 20);
	assert_memory_equal(world->body, "\xb8\xe2\x34\xb4\x40\xe2\x01\x00\x00\x00\x00\x00", 12);
	return 24;
}

static void authorization_is_carried_to_another_data_centre_once(void **state)
{
	struct world *world = open_two_centres();
	uint8_t import[64];
	size_t len;

	(void)state;
	sign_in(world, &world->clients[0], "123456:ABC");
	assert_nobody_is_signed_in(world, &world->clients[1]);
	len = export_authorization(world, "04000000", import);
	call_of(world, &world->clients[1], import, len);
	assert_authorization_of_bot_123456(world);
	assert_signed_in(world, &world->clients[1], 123456);
	call_of(world, &world->clients[1], import, len);
	assert_rpc_error(world, 400, "AUTH_BYTES_INVALID");
	close_world(world);
}

static void authorization_is_for_one_data_centre_and_user(void **state)
{
	struct world *world = open_two_centres();
	uint8_t import[64], wrong[64];
	size_t len;

	(void)state;
	assert_int_equal(export_authorization(world, "04000000", import), 0);
	assert_rpc_error(world, 401, "AUTH_KEY_UNREGISTERED");
	sign_in(world, &world->clients[0], "123456:ABC");
	assert_int_equal(export_authorization(world, "02000000", import), 0);
	assert_rpc_error(world, 400, "DC_ID_INVALID");
	assert_int_equal(export_authorization(world, "03000000", import), 0);
	assert_rpc_error(world, 400, "DC_ID_INVALID");
	len = export_authorization(world, "04000000", import);
	call_of(world, &world->clients[0], import, len);
	assert_rpc_error(world, 400, "AUTH_BYTES_INVALID");
	for (size_t i = 4; i < 21; i += 8) {
		memcpy(wrong, import, len);
		wrong[i] ^= 1;
		call_of(world, &world->clients[1], wrong, len);
		assert_rpc_error(world, 400, "AUTH_BYTES_INVALID");
	}
	assert_nobody_is_signed_in(world, &world->clients[1]);
	call_of(world, &world->clients[1], import, len);
	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	close_world(world);
}

static void config_tells_where_each_data_centre_is(void **state)
{
	/* Five options: 2 and 4 at their places, the others where the asked one is. */
	static const char options[] = "15c4b51c05000000"
				      "0da1b718210000000100000"
				      "0033a3a314f110000"
				      "0da1b718200000000200000"
				      "0093132372e302e302e3100004e110000"
				      "0da1b718210000000300000"
				      "0033a3a314f110000"
				      "0da1b718210000000400000"
				      "0033a3a314f110000"
				      "0da1b718210000000500000"
				      "0033a3a314f110000";
	struct world *world = open_two_centres();
	uint8_t expected[256];
	size_t len = hex(expected, sizeof(expected), options);

	(void)state;
	call_hex_of(world, &world->clients[1], "6b18f9c4");
	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	assert_memory_equal(world->body + 24, expected, len);
	close_world(world);
}

static void data_centre_is_opened_once(void **state)
{
	struct world *world = open_world(2, 2, 228, 0);
	struct mtproto_server *server;

	(void)state;
	assert_int_equal(testdc_open(world->testdc, world->server_context, &world->now, 2, keys.private_pem,
				     keys.private_len, &server),
			 MTPROTO_ERR_STATE);
	for (int32_t dc = 3; dc < 2 + TESTDC_CENTRES_MAX; dc++)
		assert_int_equal(testdc_open(world->testdc, world->server_context, &world->now, dc, keys.private_pem,
					     keys.private_len, &server),
				 0);
	assert_int_equal(testdc_open(world->testdc, world->server_context, &world->now, 100, keys.private_pem,
				     keys.private_len, &server),
			 MTPROTO_ERR_LIMIT);
	close_world(world);
}

/* ---- Errors on demand ---- */

static void accounts_are_sent_to_their_home(void **state)
{
	struct world *world = open_two_centres();

	(void)state;
	testdc_set_home(world->testdc, 4);
	sign_in(world, &world->clients[0], "123456:ABC");
	assert_rpc_error(world, 303, "USER_MIGRATE_4");
	/* auth.sendCode "+1" api_id 1 api_hash "h" codeSettings#ad253d78 without flags */
	call_hex(world, "4f2477a6022b31000100000001680000783d25ad00000000");
	assert_rpc_error(world, 303, "PHONE_MIGRATE_4");
	assert_nobody_is_signed_in(world, &world->clients[0]);
	sign_in(world, &world->clients[1], "123456:ABC");
	assert_authorization_of_bot_123456(world);
	call_hex_of(world, &world->clients[1], "4f2477a6022b31000100000001680000783d25ad00000000");
	assert_rpc_error(world, 400, "PHONE_NUMBER_INVALID");
	sign_in(world, &world->clients[0], "wrong");
	assert_rpc_error(world, 400, "ACCESS_TOKEN_INVALID");
	close_world(world);
}

static void a_single_server_is_any_data_centre(void **state)
{
	struct world *world = open_world(2, 2, 228, 0);

	(void)state;
	testdc_set_home(world->testdc, 4);
	connect_client(world, 0, 4, 228, 0);
	sign_in(world, &world->clients[0], "123456:ABC");
	assert_rpc_error(world, 303, "USER_MIGRATE_4");
	sign_in(world, &world->clients[1], "123456:ABC");
	assert_authorization_of_bot_123456(world);
	close_world(world);
}

static void error_answers_as_many_calls_as_it_says(void **state)
{
	struct world *world = open_world(2, 2, 228, 0);

	(void)state;
	assert_int_equal(testdc_add_error(world->testdc, "help.getNearestDc=420:FLOOD_WAIT_3:2"), 0);
	assert_int_equal(testdc_add_error(world->testdc, "0x52029342=500:INTERNAL"), 0);
	for (int i = 0; i < 2; i++) {
		call_hex(world, "2630b31f");
		assert_rpc_error(world, 420, "FLOOD_WAIT_3");
	}
	call_hex(world, "2630b31f");
	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	for (int i = 0; i < 5; i++) {
		call_hex(world, "42930252");
		assert_rpc_error(world, 500, "INTERNAL");
	}
	close_world(world);
}

static void error_is_for_one_data_centre(void **state)
{
	struct world *world = open_two_centres();

	(void)state;
	assert_int_equal(testdc_add_error(world->testdc, "help.getCdnConfig@4=303:FILE_MIGRATE_2"), 0);
	call_hex_of(world, &world->clients[0], "42930252");
	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	call_hex_of(world, &world->clients[1], "42930252");
	assert_rpc_error(world, 303, "FILE_MIGRATE_2");
	close_world(world);
}

static void error_that_is_not_understood_is_refused(void **state)
{
	static const char *const table[] = {
		"",
		"help.getConfig",
		"help.getConfig=",
		"help.getConfig=420",
		"help.getConfig=:X",
		"help.getConfig=420:",
		"help.getConfig=420:X:",
		"help.getConfig=420:X:0",
		"help.getConfig=420:X:1x",
		"help.getConfig=x:X",
		"help.getConfig@=420:X",
		"help.getConfig@x=420:X",
		"help.getConfig@10002=420:X",
		"help.getconfig=420:X",
		"=420:X",
		"0x=420:X",
		"0xc4f9186bb=420:X",
		"help.getConfig=420:0123456789012345678901234567890123456789012345678901234567890123"};
	struct testdc *testdc;

	(void)state;
	assert_int_equal(testdc_new(&testdc), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(testdc_add_error(testdc, table[i]), MTPROTO_ERR_ARGUMENT);
	for (size_t i = 0; i < TESTDC_ERRORS_MAX; i++)
		assert_int_equal(testdc_add_error(testdc, "help.getConfig=420:X"), 0);
	assert_int_equal(testdc_add_error(testdc, "help.getConfig=420:X"), MTPROTO_ERR_LIMIT);
	testdc_free(testdc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bot_signs_in_by_its_token),
		cmocka_unit_test(user_of_older_layers_is_empty),
		cmocka_unit_test(wrong_tokens_are_refused),
		cmocka_unit_test(bot_signs_out),
		cmocka_unit_test(sign_in_belongs_to_the_permanent_key),
		cmocka_unit_test(sign_in_ends_with_its_key),
		cmocka_unit_test(users_are_told_by_their_ids),
		cmocka_unit_test(authorization_is_carried_to_another_data_centre_once),
		cmocka_unit_test(authorization_is_for_one_data_centre_and_user),
		cmocka_unit_test(config_tells_where_each_data_centre_is),
		cmocka_unit_test(data_centre_is_opened_once),
		cmocka_unit_test(accounts_are_sent_to_their_home),
		cmocka_unit_test(a_single_server_is_any_data_centre),
		cmocka_unit_test(error_answers_as_many_calls_as_it_says),
		cmocka_unit_test(error_is_for_one_data_centre),
		cmocka_unit_test(error_that_is_not_understood_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
