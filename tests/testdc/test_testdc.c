/* The data centre behind a server and a client in memory. */
#include "testdc/world_fixture.h"

/* The three versions of Config, serialised from their schema lines by another program: date 1700000000, this_dc 3, five
 * dc_options at 127.0.0.1:4430. */
static const char config_to_144[] =
	"67400b330000000000f1536510ff5365379779bc0300000015c4b51c050000000da1b718200000000100000009313237"
	"2e302e302e3100004e1100000da1b7182000000002000000093132372e302e302e3100004e1100000da1b71820000000"
	"03000000093132372e302e302e3100004e1100000da1b7182000000004000000093132372e302e302e3100004e110000"
	"0da1b7182000000005000000093132372e302e302e3100004e11000000000000c8000000400d03006400000050340300"
	"8813000030750000e093040030750000dc05000060ea000002000000c800000000a3020000a3020000a3020000ea2400"
	"c800000005000000803a09000500000064000000204e0000905f010030750000102700000d68747470733a2f2f742e6d"
	"652f0000000400000010000004000000";

static const char config_to_153[] =
	"ac6625230000000000f1536510ff5365379779bc0300000015c4b51c050000000da1b718200000000100000009313237"
	"2e302e302e3100004e1100000da1b7182000000002000000093132372e302e302e3100004e1100000da1b71820000000"
	"03000000093132372e302e302e3100004e1100000da1b7182000000004000000093132372e302e302e3100004e110000"
	"0da1b7182000000005000000093132372e302e302e3100004e11000000000000c8000000400d03006400000050340300"
	"8813000030750000e093040030750000dc05000060ea000002000000c800000000a3020000a3020000a3020000ea2400"
	"c800000005000000803a09000500000064000000204e0000905f010030750000102700000d68747470733a2f2f742e6d"
	"652f0000000400000010000004000000";

static const char config_from_154[] =
	"1e241acc0000000000f1536510ff5365379779bc0300000015c4b51c050000000da1b718200000000100000009313237"
	"2e302e302e3100004e1100000da1b7182000000002000000093132372e302e302e3100004e1100000da1b71820000000"
	"03000000093132372e302e302e3100004e1100000da1b7182000000004000000093132372e302e302e3100004e110000"
	"0da1b7182000000005000000093132372e302e302e3100004e11000000000000c8000000400d03006400000050340300"
	"8813000030750000e093040030750000dc05000060ea00000200000000a3020000a3020000a3020000ea2400c8000000"
	"803a0900204e0000905f010030750000102700000d68747470733a2f2f742e6d652f0000000400000010000004000000";

/* ---- help.getConfig ---- */

static void config_has_the_version_of_the_layer(void **state)
{
	static const struct {
		int32_t layer;
		const char *config;
	} table[] = {{0, config_from_154}, {1, config_to_144},     {144, config_to_144},   {145, config_to_153},
		     {153, config_to_153}, {154, config_from_154}, {228, config_from_154}, {9999, config_from_154}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct world *world = open_world(2, 3, table[i].layer, 0);

		call_hex(world, "6b18f9c4");
		assert_result(world, table[i].config);
		close_world(world);
	}
}

/* this_dc and test_mode, which stand after id, flags, date and expires. */
static void assert_config_for(int32_t server_dc, int32_t dc, bool test_mode, int32_t this_dc, uint32_t options)
{
	struct world *world = open_world(server_dc, dc, 0, 0);
	struct mtproto_tl_reader r;

	call_hex(world, "6b18f9c4");
	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	mtproto_tl_reader_init(&r, world->body, world->body_len);
	mtproto_tl_read_span(&r, 16);
	assert_int_equal(mtproto_tl_read_bool(&r), test_mode);
	assert_int_equal(mtproto_tl_read_int(&r), this_dc);
	assert_int_equal(mtproto_tl_read_vector(&r, 20), options);
	assert_int_equal(r.error, 0);
	close_world(world);
}

static void config_names_the_dc_that_the_client_asked_for(void **state)
{
	(void)state;
	assert_config_for(2, 2, false, 2, 5);
	assert_config_for(2, 5, false, 5, 5);
	assert_config_for(2, -4, false, 4, 5);
	assert_config_for(2, 203, false, 203, 6);
	assert_config_for(10002, 10002, true, 2, 5);
	assert_config_for(10002, -10003, true, 3, 5);
}

static void config_marks_ipv6_addresses(void **state)
{
	static const char option[] = "15c4b51c05000000"
				     "0da1b718"
				     "21000000"
				     "01000000"
				     "033a3a31"
				     "4e110000";
	struct world *world = open_world(2, 2, 0, 0);
	uint8_t expected[64];
	size_t len = hex(expected, sizeof(expected), option);

	(void)state;
	assert_int_equal(testdc_set_address(world->testdc, world->servers[0], "::1", 4430), 0);
	call_hex(world, "6b18f9c4");
	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	assert_memory_equal(world->body + 24, expected, len);
	close_world(world);
}

static void address_that_is_too_long_is_refused(void **state)
{
	struct world *world = open_world(2, 2, 0, 0);
	char address[65];

	(void)state;
	memset(address, '1', sizeof(address));
	address[64] = '\0';
	assert_int_equal(testdc_set_address(world->testdc, world->servers[0], address, 2), MTPROTO_ERR_ARGUMENT);
	call_hex(world, "6b18f9c4");
	assert_memory_equal(world->body + 44,
			    "\x09"
			    "127.0.0.1",
			    10);
	close_world(world);
}

/* ---- Other methods ---- */

static void nearest_dc_is_this_dc(void **state)
{
	struct world *world = open_world(2, 4, 0, 0);

	(void)state;
	call_hex(world, "2630b31f");
	assert_result(world, "75171a8e"
			     "025a5a00"
			     "04000000"
			     "04000000");
	close_world(world);
}

static void cdn_config_is_empty(void **state)
{
	struct world *world = open_world(2, 2, 0, 0);

	(void)state;
	call_hex(world, "42930252");
	assert_result(world, "0ae42557"
			     "15c4b51c"
			     "00000000");
	close_world(world);
}

static void method_that_needs_a_user_is_answered_by_401(void **state)
{
	/* users.getUsers of inputUserSelf, updates.getState, and one without its parameters. */
	static const char *const table[] = {"48a5910d15c4b51c010000003fb1c1f7", "2a88d4ed", "4fcbf4a0"};
	struct world *world = open_world(2, 2, 158, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		call_hex(world, table[i]);
		assert_rpc_error(world, 401, "AUTH_KEY_UNREGISTERED");
	}
	close_world(world);
}

static void unknown_method_is_answered_by_400(void **state)
{
	struct world *world = open_world(2, 2, 158, 0);

	(void)state;
	call_hex(world, "0df0ad0b01020304");
	assert_rpc_error(world, 400, "INPUT_METHOD_INVALID_195948557_0");
	close_world(world);
}

static void wrong_parameters_are_answered_by_400(void **state)
{
	/* help.getConfig with a tail; auth.dropTempAuthKeys without its vector, with a cut one, with no vector, with
	 * too many elements claimed, with a tail. */
	static const char *const table[] = {"6b18f9c400000000",         "88a1488e",
					    "88a1488e15c4b51c01000000", "88a1488e0000000000000000",
					    "88a1488e15c4b51cffffffff", "88a1488e15c4b51c0000000000000000"};
	struct world *world = open_world(2, 2, 158, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		call_hex(world, table[i]);
		assert_rpc_error(world, 400, "INPUT_FETCH_FAIL");
	}
	close_world(world);
}

/* ---- auth.dropTempAuthKeys ---- */

static void add_temporary_key(struct world *world, uint8_t fill, uint64_t perm_auth_key_id, uint64_t *id)
{
	struct mtproto_key_info info = {
		.temporary = true, .expires_at = DATE + 3600, .perm_auth_key_id = perm_auth_key_id};
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	memset(data, fill, sizeof(data));
	mtproto_auth_key_init(&info.auth_key, data);
	*id = info.auth_key.id;
	assert_int_equal(mtproto_server_add_key(world->servers[0], &info), 0);
}

static bool knows(const struct world *world, uint64_t auth_key_id)
{
	struct mtproto_key_info info;

	return mtproto_server_find_key(world->servers[0], auth_key_id, &info) == 0;
}

static void drop(struct world *world, const uint64_t *except, uint32_t count)
{
	uint8_t body[1024];
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, 0x8e48a188);
	mtproto_tl_write_vector(&w, count);
	for (uint32_t i = 0; i < count; i++)
		mtproto_tl_write_long(&w, except ? except[i] : i);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	call(world, body, w.len);
}

static void temporary_keys_are_dropped_except_those_listed_and_the_one_in_use(void **state)
{
	struct world *world = open_world(2, 2, 158, 3600);
	uint64_t dropped, kept, foreign;

	(void)state;
	add_temporary_key(world, 1, world->clients[0].auth_key_id, &dropped);
	add_temporary_key(world, 2, world->clients[0].auth_key_id, &kept);
	add_temporary_key(world, 3, 0, &foreign);
	drop(world, &kept, 1);
	assert_result(world, "b5757299");
	assert_false(knows(world, dropped));
	assert_true(knows(world, kept));
	assert_true(knows(world, foreign));
	assert_true(knows(world, world->clients[0].temp_auth_key_id));
	assert_true(knows(world, world->clients[0].auth_key_id));
	drop(world, NULL, 0);
	assert_result(world, "b5757299");
	assert_false(knows(world, kept));
	close_world(world);
}

static void list_of_keys_to_keep_is_bounded(void **state)
{
	struct world *world = open_world(2, 2, 158, 0);
	uint64_t temporary;

	(void)state;
	add_temporary_key(world, 1, world->clients[0].auth_key_id, &temporary);
	drop(world, NULL, 65);
	assert_rpc_error(world, 400, "INPUT_FETCH_FAIL");
	assert_true(knows(world, temporary));
	drop(world, NULL, 64);
	assert_result(world, "b5757299");
	assert_false(knows(world, temporary));
	close_world(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_has_the_version_of_the_layer),
		cmocka_unit_test(config_names_the_dc_that_the_client_asked_for),
		cmocka_unit_test(config_marks_ipv6_addresses),
		cmocka_unit_test(address_that_is_too_long_is_refused),
		cmocka_unit_test(nearest_dc_is_this_dc),
		cmocka_unit_test(cdn_config_is_empty),
		cmocka_unit_test(method_that_needs_a_user_is_answered_by_401),
		cmocka_unit_test(unknown_method_is_answered_by_400),
		cmocka_unit_test(wrong_parameters_are_answered_by_400),
		cmocka_unit_test(temporary_keys_are_dropped_except_those_listed_and_the_one_in_use),
		cmocka_unit_test(list_of_keys_to_keep_is_bounded),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
