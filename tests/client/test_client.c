/* The client against a server of this library in the same loop. */
#include "uv/world.h"

static void test_ping_and_echo(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	visitor_ping(&v);
	world_run(&world, &v.entries, 2);
	assert_in_range(v.rtt_ns, 1, 10 * SECOND);
	visitor_invoke(&v, 64);
	world_run(&world, &v.entries, 3);
	visitor_assert_echo(&v, 64);
	assert_int_equal(world.requests, 1);
	visitor_leave(&v, "rpac");
	world_stop(&world);
}

static void test_calls_made_before_ready_are_answered(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	visitor_connect(&v);
	visitor_invoke(&v, 64);
	world_run(&world, &v.entries, 2);
	visitor_leave(&v, "rac");
	world_stop(&world);
}

static void test_every_framing_works(void **state)
{
	static const struct {
		enum mtproto_framing framing;
		bool obfuscated;
	} ways[] = {{MTPROTO_FRAMING_ABRIDGED, false},     {MTPROTO_FRAMING_ABRIDGED, true},
		    {MTPROTO_FRAMING_INTERMEDIATE, false}, {MTPROTO_FRAMING_INTERMEDIATE, true},
		    {MTPROTO_FRAMING_PADDED, false},       {MTPROTO_FRAMING_PADDED, true},
		    {MTPROTO_FRAMING_FULL, false}};
	struct world world;

	(void)state;
	world_start(&world);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct visitor v;

		visitor_init(&v, &world);
		v.config.link.framing = ways[i].framing;
		v.config.link.obfuscated = ways[i].obfuscated;
		visitor_connect(&v);
		visitor_invoke(&v, 2048);
		world_run(&world, &v.entries, 2);
		visitor_assert_echo(&v, 2048);
		visitor_leave(&v, "rac");
	}
	world_stop(&world);
}

static void reply_error(struct world *world, const struct mtproto_event *event)
{
	(void)world;
	assert_int_equal(mtproto_server_error(event->session, event->msg_id, 420, "FLOOD_WAIT_3"), 0);
}

static void test_rpc_errors_have_code_and_text(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	world.on_request = reply_error;
	visitor_init(&v, &world);
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	world_run(&world, &v.entries, 2);
	assert_int_equal(v.code, 420);
	assert_string_equal(v.text, "FLOOD_WAIT_3");
	visitor_leave(&v, "rec");
	world_stop(&world);
}

static void push(struct world *world, const struct mtproto_event *event)
{
	(void)world;
	assert_int_equal(mtproto_server_push(event->session, event->body.data, event->body.len), 0);
}

static void test_updates_are_delivered(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	world.on_request = push;
	visitor_init(&v, &world);
	visitor_connect(&v);
	visitor_invoke(&v, 128);
	world_run(&world, &v.entries, 2);
	visitor_assert_echo(&v, 128);
	visitor_leave(&v, "rufc"); /* the request itself was not answered */
	world_stop(&world);
}

static void ignore(struct world *world, const struct mtproto_event *event)
{
	(void)world;
	(void)event;
}

static void test_a_cancelled_call_settles_as_cancelled(void **state)
{
	struct world world;
	struct visitor v;
	uint64_t call;

	(void)state;
	world_start(&world);
	world.on_request = ignore;
	visitor_init(&v, &world);
	visitor_connect(&v);
	assert_int_equal(mtproto_client_invoke(v.client, "\1\2\3\4", 4, NULL, visitor_on_answer, &v, &call), 0);
	world_run(&world, &world.requests, 1);
	world_calm(&world);
	assert_int_equal(mtproto_client_cancel(v.client, call), 0);
	assert_string_equal(v.diary, "r"); /* never from inside */
	world_run(&world, &v.entries, 2);
	assert_int_equal(v.error, MTPROTO_ERR_CANCELLED);
	assert_int_equal(v.fate, MTPROTO_FATE_UNKNOWN);
	assert_int_equal(mtproto_client_cancel(v.client, call), MTPROTO_ERR_NOT_FOUND);
	visitor_leave(&v, "rfc");
	world_stop(&world);
}

static void test_a_call_has_a_deadline(void **state)
{
	struct world world;
	struct visitor v;
	struct mtproto_call_config config;

	(void)state;
	world_start(&world);
	world.on_request = ignore;
	visitor_init(&v, &world);
	visitor_connect(&v);
	mtproto_call_config_init(&config, mtproto_client_connection(v.client));
	config.timeout_ns = SECOND / 5;
	world_run(&world, &v.entries, 1);
	assert_int_equal(mtproto_client_invoke(v.client, "\1\2\3\4", 4, &config, visitor_on_answer, &v, NULL), 0);
	world_run(&world, &v.entries, 2);
	assert_int_equal(v.error, MTPROTO_ERR_TIMEOUT);
	visitor_leave(&v, "rfc");
	world_stop(&world);
}

static void test_close_settles_calls_first(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	world.on_request = ignore;
	visitor_init(&v, &world);
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	visitor_invoke(&v, 8);
	world_run(&world, &world.requests, 2);
	visitor_ping(&v);
	visitor_leave(&v, "rfffc");
	assert_int_equal(v.error, MTPROTO_ERR_CLOSED);
	assert_int_equal(v.fates[MTPROTO_FATE_UNKNOWN], 2);
	assert_int_equal(v.fates[MTPROTO_FATE_NOT_SENT], 1); /* the ping */
	world_stop(&world);
}

static void test_close_at_once(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	mtproto_client_close(v.client, visitor_on_closed);
	assert_string_equal(v.diary, "");
	assert_int_equal(mtproto_client_ping(v.client, 0, visitor_on_answer, &v, NULL), MTPROTO_ERR_CLOSED);
	assert_int_equal(mtproto_client_invoke(v.client, "\1\2\3\4", 4, NULL, NULL, NULL, NULL), MTPROTO_ERR_CLOSED);
	mtproto_client_close(v.client, NULL); /* does nothing */
	world_run(&world, &v.ends, 1);
	assert_string_equal(v.diary, "fc");
	world_stop(&world);
}

static void push_twice(struct world *world, const struct mtproto_event *event)
{
	push(world, event);
	push(world, event);
}

static void test_no_update_comes_after_close(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	world.on_request = push_twice;
	visitor_init(&v, &world);
	v.close_at = 'u';
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	world_run(&world, &v.ends, 1);
	assert_string_equal(v.diary, "rufc");
	free(v.body);
	world_stop(&world);
}

/* Closes the client inside the callback of that letter. */
static void check_close_at(char letter, bool shared, const char *diary)
{
	struct world world;
	struct visitor v;

	world_start(&world);
	world.on_request = letter == 'u' ? push : NULL;
	visitor_init(&v, &world);
	v.close_at = letter;
	if (shared) {
		v.config.loop = NULL;
		v.config.uv = world.uv;
	}
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	if (letter == 'f' || letter == 'x')
		mtproto_uv_listener_close(world.listener); /* so the connection is refused */
	world_run(&world, &v.ends, letter == 'x' ? 2 : 1);
	assert_string_equal(v.diary, diary);
	free(v.body);
	world_stop(&world);
}

static void test_close_inside_a_callback(void **state)
{
	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		check_close_at('r', shared, "rfc");
		check_close_at('a', shared, "rac");
		check_close_at('u', shared, "rufc");
		check_close_at('f', shared, "fc");
		check_close_at('x', shared, "fxc");
	}
}

static void test_close_of_the_driver_inside_a_callback(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init_shared(&v, &world);
	v.close_driver_at = 'a';
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	visitor_invoke(&v, 8);
	while (!world.driver_closed && !world.timed_out)
		uv_run(&world.loop, UV_RUN_ONCE);
	assert_true(v.diary[0] == 'r' && v.diary[1] == 'a' && strlen(v.diary) == 3);
	free(v.body);
	world_stop(&world);
}

/* One client's end closes the driver; the other one's call is settled first. */
static void test_close_of_the_driver_settles_all_clients(void **state)
{
	struct world world;
	struct visitor busy, lost;

	(void)state;
	world_start(&world);
	world.on_request = ignore;
	visitor_init_shared(&busy, &world);
	visitor_connect(&busy);
	visitor_invoke(&busy, 8);
	world_run(&world, &world.requests, 1);
	visitor_init_shared(&lost, &world);
	lost.close_driver_at = 'x';
	visitor_connect(&lost);
	mtproto_uv_listener_close(world.listener);
	while (!world.driver_closed && !world.timed_out)
		uv_run(&world.loop, UV_RUN_ONCE);
	assert_string_equal(lost.diary, "x");
	assert_string_equal(busy.diary, "rf");
	assert_int_equal(busy.error, MTPROTO_ERR_CLOSED);
	world_stop(&world);
}

static void test_clients_of_one_driver_get_their_own_answers(void **state)
{
	struct world world;
	struct visitor v[2];

	(void)state;
	world_start(&world);
	for (size_t i = 0; i < 2; i++) {
		visitor_init_shared(&v[i], &world);
		visitor_connect(&v[i]);
		visitor_invoke(&v[i], (size_t)64 << i);
	}
	for (size_t i = 0; i < 2; i++) {
		world_run(&world, &v[i].entries, 2);
		visitor_assert_echo(&v[i], (size_t)64 << i);
		visitor_leave(&v[i], "rac");
	}
	world_stop(&world);
}

static void test_many_clients_at_once(void **state)
{
	enum { MANY = 200 };
	struct visitor *v = calloc(MANY, sizeof(*v));
	struct world world;

	(void)state;
	assert_non_null(v);
	world_start(&world);
	for (size_t i = 0; i < MANY; i++) {
		visitor_init(&v[i], &world);
		if (i % 2) {
			v[i].config.loop = NULL;
			v[i].config.uv = world.uv;
		}
		v[i].config.connect_timeout_ns = v[i].config.connection.handshake_timeout_ns = 50 * SECOND;
		visitor_connect(&v[i]);
		visitor_invoke(&v[i], 256);
	}
	for (size_t i = 0; i < MANY; i++) {
		world_run(&world, &v[i].entries, 2);
		visitor_assert_echo(&v[i], 256);
	}
	assert_int_equal(world.requests, MANY);
	for (size_t i = 0; i < MANY; i++)
		visitor_leave(&v[i], "rac");
	free(v);
	world_stop(&world);
}

static void test_the_key_of_a_client_serves_the_next_one(void **state)
{
	struct world world;
	struct visitor first, second;
	struct mtproto_connection_info info, again;

	(void)state;
	world_start(&world);
	visitor_init(&first, &world);
	visitor_connect(&first);
	world_run(&world, &first.entries, 1);
	mtproto_client_get_info(first.client, &info);
	assert_true(info.ready);
	assert_int_not_equal(info.auth_key.id, 0);
	visitor_leave(&first, "rc");

	visitor_init(&second, &world);
	second.config.connection.auth_key = &info.auth_key;
	second.config.connection.server_salt = info.server_salt;
	second.config.connection.time_offset_ns = info.time_offset_ns;
	visitor_connect(&second);
	visitor_invoke(&second, 64);
	world_run(&world, &second.entries, 2);
	mtproto_client_get_info(second.client, &again);
	assert_true(again.auth_key.id == info.auth_key.id);
	assert_true(again.times.dh_gen_ns == 0);
	visitor_leave(&second, "rac");
	world_stop(&world);
}

static void test_a_temporary_key(void **state)
{
	struct world world;
	struct visitor v;
	struct mtproto_connection_info info;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	v.config.connection.temp_expires_in = 3600;
	visitor_connect(&v);
	visitor_invoke(&v, 64);
	world_run(&world, &v.entries, 2);
	mtproto_client_get_info(v.client, &info);
	assert_true(info.temp_auth_key_id != 0 && info.temp_auth_key_id != info.auth_key.id);
	visitor_leave(&v, "rac");
	world_stop(&world);
}

static void test_ready_is_told_once(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	v.config.connection.temp_expires_in = 2; /* so it is soon replaced */
	visitor_connect(&v);
	world_run(&world, &v.entries, 2);
	visitor_leave(&v, "rRc");
	world_stop(&world);
}

static void test_bad_settings_are_refused(void **state)
{
	static const char *const addresses[] = {NULL, "", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:443"};
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		visitor_init(&v, &world);
		v.config.address = addresses[i];
		v.client = (void *)&v;
		assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_ARGUMENT);
		assert_null(v.client);
	}
	visitor_init(&v, &world);
	v.config.uv = world.uv; /* and a loop */
	assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_ARGUMENT);
	visitor_init(&v, &world);
	v.config.loop = NULL;
	assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_ARGUMENT);
	visitor_init(&v, &world);
	v.config.connect_timeout_ns = 0;
	assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_ARGUMENT);
	visitor_init(&v, &world);
	v.config.size--;
	assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_CONFIG_SIZE);
	visitor_init(&v, &world);
	v.config.connection.rsa_pem_len = 10;
	assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_PEM);
	visitor_init(&v, &world);
	v.config.link.size--;
	assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_CONFIG_SIZE);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ping_and_echo),
		cmocka_unit_test(test_calls_made_before_ready_are_answered),
		cmocka_unit_test(test_every_framing_works),
		cmocka_unit_test(test_rpc_errors_have_code_and_text),
		cmocka_unit_test(test_updates_are_delivered),
		cmocka_unit_test(test_a_cancelled_call_settles_as_cancelled),
		cmocka_unit_test(test_a_call_has_a_deadline),
		cmocka_unit_test(test_close_settles_calls_first),
		cmocka_unit_test(test_close_at_once),
		cmocka_unit_test(test_no_update_comes_after_close),
		cmocka_unit_test(test_close_inside_a_callback),
		cmocka_unit_test(test_close_of_the_driver_inside_a_callback),
		cmocka_unit_test(test_close_of_the_driver_settles_all_clients),
		cmocka_unit_test(test_clients_of_one_driver_get_their_own_answers),
		cmocka_unit_test(test_many_clients_at_once),
		cmocka_unit_test(test_the_key_of_a_client_serves_the_next_one),
		cmocka_unit_test(test_a_temporary_key),
		cmocka_unit_test(test_ready_is_told_once),
		cmocka_unit_test(test_bad_settings_are_refused),
	};

	return cmocka_run_group_tests(tests, world_key_new, NULL);
}
