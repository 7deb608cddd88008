/* A client whose links come and go: sessions, keys and calls stay, and it knows when to stop. */
#include "uv/world.h"

#include <mtproto/fault.h>

#define DELAY_NS     (SECOND / 100)
#define DELAY_MAX_NS (SECOND / 5)

/* What the visitor's diary does not say: l is a wait for the next link in it, s a SUSPECT. */
static struct {
	uint64_t delay_ns;
	int error;
	char reason[256];
	unsigned waits;
} last;

static void on_reconnect(struct mtproto_client *client, int error, const char *reason, uint64_t delay_ns, void *user)
{
	(void)client;
	last.delay_ns = delay_ns;
	last.error = error;
	last.waits++;
	snprintf(last.reason, sizeof(last.reason), "%s", reason);
	visitor_note(user, 'l');
}

static void on_event(struct mtproto_client *client, const struct mtproto_event *event, void *user)
{
	if (event->type == MTPROTO_EVENT_SUSPECT)
		visitor_note(user, 's');
	visitor_on_event(client, event, user);
}

static void start(struct world *world, struct visitor *v)
{
	memset(&last, 0, sizeof(last));
	world_start(world);
	visitor_init(v, world);
	v->config.reconnect_enabled = true;
	v->config.reconnect.delay_initial_ns = DELAY_NS;
	v->config.reconnect.delay_max_ns = DELAY_MAX_NS;
	v->config.reconnect.jitter_min = v->config.reconnect.jitter_max = 1;
	v->config.on_reconnect = on_reconnect;
	v->config.on_event = on_event;
}

static void set_fault(struct world *world, enum mtproto_fault fault, uint32_t per_million)
{
	struct mtproto_faults faults;

	mtproto_faults_init(&faults);
	faults.per_million[fault] = per_million;
	assert_int_equal(mtproto_server_set_faults(world->server, &faults), 0);
}

static uint64_t links_of(const struct visitor *v)
{
	struct mtproto_connection_stats stats;

	mtproto_client_get_stats(v->client, &stats);
	return stats.links;
}

static void close_link_and_reply(struct world *world, const struct mtproto_event *event)
{
	struct mtproto_server_session_info info;

	world->on_request = NULL;
	mtproto_server_session_get_info(event->session, &info);
	mtproto_link_close(info.link, 0);
	assert_int_equal(mtproto_server_reply(event->session, event->msg_id, event->body.data, event->body.len), 0);
}

static void test_a_call_survives_its_link_and_runs_once(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	world.on_request = close_link_and_reply;
	visitor_connect(&v);
	visitor_invoke(&v, 64);
	world_run(&world, &v.entries, 4);
	visitor_assert_echo(&v, 64);
	assert_int_equal(world.requests, 1);
	assert_int_equal(last.error, MTPROTO_ERR_EOF);
	assert_int_equal(last.delay_ns, DELAY_NS);
	assert_int_equal(links_of(&v), 2);
	visitor_leave(&v, "rlRac");
	world_stop(&world);
}

static void test_a_server_that_comes_later_is_found(void **state)
{
	struct world world;
	struct visitor v;
	char address[MTPROTO_UV_ADDRESS_TEXT_SIZE], given[MTPROTO_UV_ADDRESS_TEXT_SIZE];

	(void)state;
	start(&world, &v);
	snprintf(address, sizeof(address), "%s", v.config.address);
	memcpy(given, address, sizeof(given));
	v.config.address = given;
	mtproto_uv_listener_close(world.listener);
	visitor_connect(&v);
	memset(given, 0, sizeof(given)); /* it has a copy */
	visitor_invoke(&v, 64);
	world_run(&world, &last.waits, 3);
	assert_non_null(strstr(last.reason, "connect to 127.0.0.1:"));
	assert_int_equal(last.error, MTPROTO_ERR_IO);
	assert_int_equal(last.delay_ns, (uint64_t)(DELAY_NS * 1.5 * 1.5));
	assert_int_equal(mtproto_uv_listen(&world.listener, world.uv, world.server, address, 0), 0);
	world_run(&world, &world.requests, 1);
	world_run(&world, &v.entries, last.waits + 2);
	visitor_assert_echo(&v, 64);
	mtproto_client_close(v.client, visitor_on_closed);
	world_run(&world, &v.ends, 1);
	free(v.body);
	world_stop(&world);
}

static void test_used_up_attempts_are_the_end(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	v.config.reconnect.attempts_max = 2;
	mtproto_uv_listener_close(world.listener);
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	world_run(&world, &v.ends, 1);
	assert_int_equal(v.error, MTPROTO_ERR_IO);
	assert_non_null(strstr(v.text, "refused"));
	assert_int_equal(v.fate, MTPROTO_FATE_NOT_SENT);
	visitor_leave(&v, "llfxc");
	world_stop(&world);
}

/* The client is READY on each link, because it has a key; that alone is no progress. */
static void test_links_without_a_packet_do_not_renew_the_attempts(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	v.config.reconnect.attempts_max = 3;
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	set_fault(&world, MTPROTO_FAULT_RESET, 1000000);
	visitor_ping(&v);
	world_run(&world, &v.ends, 1);
	visitor_leave(&v, "rlRlRlRfxc");
	world_stop(&world);
}

static void test_a_link_with_a_packet_renews_the_attempts(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	v.config.reconnect.attempts_max = 1;
	visitor_connect(&v);
	for (int i = 0; i < 3; i++) {
		unsigned before = v.entries;

		world.on_request = close_link_and_reply;
		visitor_invoke(&v, 64);
		world_run(&world, &v.entries, before + (i == 0 ? 4 : 3));
	}
	visitor_leave(&v, "rlRalRalRac");
	world_stop(&world);
}

static void test_a_flood_error_makes_it_wait_longer(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	set_fault(&world, MTPROTO_FAULT_ERROR_429, 1000000);
	visitor_invoke(&v, 64);
	world_run(&world, &last.waits, 1);
	assert_int_equal(last.delay_ns, DELAY_MAX_NS + DELAY_NS);
	assert_int_equal(last.error, MTPROTO_ERR_TRANSPORT_CODE);
	assert_string_equal(last.reason, "the server sent transport error -429");
	set_fault(&world, MTPROTO_FAULT_ERROR_429, 0);
	world_run(&world, &v.entries, 4);
	world.on_request = close_link_and_reply; /* the next loss is one like any other */
	visitor_invoke(&v, 64);
	world_run(&world, &v.entries, 7);
	assert_int_equal(last.delay_ns, DELAY_NS);
	visitor_leave(&v, "rlRalRac");
	world_stop(&world);
}

static void test_a_suspect_key_is_told_kept_and_tried_again(void **state)
{
	struct world world;
	struct visitor v;
	struct mtproto_connection_info before, after;

	(void)state;
	start(&world, &v);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	mtproto_client_get_info(v.client, &before);
	set_fault(&world, MTPROTO_FAULT_ERROR_404, 1000000);
	visitor_invoke(&v, 64);
	world_run(&world, &last.waits, 1);
	assert_int_equal(last.delay_ns, DELAY_MAX_NS + DELAY_NS);
	set_fault(&world, MTPROTO_FAULT_ERROR_404, 0);
	world_run(&world, &v.entries, 5);
	mtproto_client_get_info(v.client, &after);
	assert_true(before.auth_key.id == after.auth_key.id);
	visitor_leave(&v, "rslRac");
	world_stop(&world);
}

static void test_a_forgotten_temporary_key_is_replaced_soon(void **state)
{
	struct world world;
	struct visitor v;
	struct mtproto_connection_info before, after;

	(void)state;
	start(&world, &v);
	v.config.connection.temp_expires_in = 3600;
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	mtproto_client_get_info(v.client, &before);
	assert_int_equal(mtproto_server_remove_key(world.server, before.temp_auth_key_id), 0);
	visitor_invoke(&v, 64);
	world_run(&world, &v.entries, 4);
	assert_int_equal(last.delay_ns, DELAY_NS);
	mtproto_client_get_info(v.client, &after);
	assert_true(before.auth_key.id == after.auth_key.id);
	assert_true(before.temp_auth_key_id != after.temp_auth_key_id);
	visitor_leave(&v, "rlRac");
	world_stop(&world);
}

/* Both events of the failure, HANDSHAKE_FAILED and LINK_CLOSED, are one loss. */
static void check_error_in_exchange(uint8_t low_byte, const char *reason)
{
	const uint8_t error[8] = {4, 0, 0, 0, low_byte, 0xfe, 0xff, 0xff};
	struct world world;
	struct visitor v;
	struct stranger stranger = {.bytes = error, .len = sizeof(error)};

	start(&world, &v);
	stranger_start(&stranger, &world);
	v.config.address = stranger.address;
	v.config.link.obfuscated = false;
	visitor_connect(&v);
	world_run(&world, &last.waits, 1);
	assert_int_equal(last.delay_ns, DELAY_MAX_NS + DELAY_NS);
	assert_string_equal(last.reason, reason);
	world_calm(&world);
	visitor_leave(&v, "lc");
	stranger_stop(&stranger);
	world_stop(&world);
}

static void test_a_transport_error_in_the_exchange_makes_it_wait_longer(void **state)
{
	(void)state;
	check_error_in_exchange(0x53, "the server sent transport error -429");
	check_error_in_exchange(0x6c, "the server sent transport error -404");
}

static void test_another_rsa_key_is_the_end(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	v.config.connection.rsa_pem = NULL; /* Telegram's */
	v.config.connection.rsa_pem_len = 0;
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	world_run(&world, &v.ends, 1);
	assert_int_equal(v.error, MTPROTO_ERR_RSA_KEY_UNKNOWN);
	visitor_leave(&v, "fxc");
	world_stop(&world);
}

static void test_a_call_has_its_deadline_without_a_link(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	v.config.connection.call_timeout_ns = SECOND / 10;
	v.config.reconnect.delay_initial_ns = v.config.reconnect.delay_max_ns = 1000 * SECOND;
	mtproto_uv_listener_close(world.listener);
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	world_run(&world, &v.entries, 2);
	assert_int_equal(v.error, MTPROTO_ERR_TIMEOUT);
	assert_int_equal(v.fate, MTPROTO_FATE_NOT_SENT);
	visitor_leave(&v, "lfc"); /* and close does not wait for the next attempt */
	world_stop(&world);
}

static void test_close_inside_the_news_of_a_loss(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		start(&world, &v);
		if (shared) {
			v.config.loop = NULL;
			v.config.uv = world.uv;
		}
		v.close_at = 'l';
		mtproto_uv_listener_close(world.listener);
		visitor_connect(&v);
		visitor_invoke(&v, 8);
		world_run(&world, &v.ends, 1);
		assert_string_equal(v.diary, "lfc");
		world_stop(&world);
	}
}

static void close_at_loss(struct mtproto_client *client, const struct mtproto_event *event, void *user)
{
	if (event->type == MTPROTO_EVENT_LINK_CLOSED)
		mtproto_client_close(client, visitor_on_closed);
	(void)user;
}

static void test_no_news_come_after_close(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	v.config.on_event = close_at_loss;
	world.on_request = close_link_and_reply;
	visitor_connect(&v);
	visitor_invoke(&v, 64);
	world_run(&world, &v.ends, 1);
	assert_string_equal(v.diary, "rfc");
	world_stop(&world);
}

static void test_it_can_be_switched_off_and_on(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	v.config.reconnect_enabled = false;
	world.on_request = close_link_and_reply;
	visitor_connect(&v);
	mtproto_client_set_reconnect(v.client, true);
	visitor_invoke(&v, 64);
	world_run(&world, &v.entries, 4);
	mtproto_client_set_reconnect(v.client, false);
	world.on_request = close_link_and_reply;
	visitor_invoke(&v, 64);
	world_run(&world, &v.ends, 1);
	visitor_leave(&v, "rlRafxc");
	world_stop(&world);
}

static void test_impossible_delays_are_refused(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	start(&world, &v);
	v.config.reconnect.multiplier = 0.5;
	assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_ARGUMENT);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_survives_its_link_and_runs_once),
		cmocka_unit_test(test_a_server_that_comes_later_is_found),
		cmocka_unit_test(test_used_up_attempts_are_the_end),
		cmocka_unit_test(test_links_without_a_packet_do_not_renew_the_attempts),
		cmocka_unit_test(test_a_link_with_a_packet_renews_the_attempts),
		cmocka_unit_test(test_a_flood_error_makes_it_wait_longer),
		cmocka_unit_test(test_a_suspect_key_is_told_kept_and_tried_again),
		cmocka_unit_test(test_a_forgotten_temporary_key_is_replaced_soon),
		cmocka_unit_test(test_a_transport_error_in_the_exchange_makes_it_wait_longer),
		cmocka_unit_test(test_another_rsa_key_is_the_end),
		cmocka_unit_test(test_a_call_has_its_deadline_without_a_link),
		cmocka_unit_test(test_close_inside_the_news_of_a_loss),
		cmocka_unit_test(test_no_news_come_after_close),
		cmocka_unit_test(test_it_can_be_switched_off_and_on),
		cmocka_unit_test(test_impossible_delays_are_refused),
	};

	return cmocka_run_group_tests(tests, world_key_new, NULL);
}
