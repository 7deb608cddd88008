/* What ends a client: each way has its error, fails the calls, and is told once. */
#include "uv/streams.h"
#include "uv/world.h"

/* Runs a client with one call until on_close. */
static void check_end(struct world *world, struct visitor *v, int error, const char *diary)
{
	visitor_connect(v);
	visitor_invoke(v, 8);
	world_run(world, &v->ends, 1);
	assert_string_equal(mtproto_error_name(v->error), mtproto_error_name(error));
	assert_string_not_equal(v->text, "");
	assert_int_equal(mtproto_client_ping(v->client, 0, NULL, NULL, NULL), MTPROTO_ERR_CLOSED);
	visitor_leave(v, diary);
}

static void test_connection_refused(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	mtproto_uv_listener_close(world.listener);
	check_end(&world, &v, MTPROTO_ERR_IO, "fxc");
	assert_non_null(strstr(v.text, "connect to 127.0.0.1:"));
	assert_non_null(strstr(v.text, "refused"));
	assert_int_equal(v.fate, MTPROTO_FATE_NOT_SENT);
	world_stop(&world);
}

static void test_connect_has_a_deadline(void **state)
{
	struct world world;
	struct visitor v;
	struct full_queue queue;
	uint64_t began;

	(void)state;
	world_start(&world);
	full_queue_start(&queue);
	visitor_init(&v, &world);
	v.config.address = queue.address;
	v.config.connect_timeout_ns = SECOND / 4;
	began = mtproto_uv_now().mono_ns;
	check_end(&world, &v, MTPROTO_ERR_TIMEOUT, "fxc");
	assert_in_range(mtproto_uv_now().mono_ns - began, SECOND / 4, 5 * SECOND);
	assert_non_null(strstr(v.text, "timed out"));
	full_queue_stop(&queue);
	world_stop(&world);
}

static void test_close_while_connecting(void **state)
{
	struct world world;
	struct visitor v;
	struct full_queue queue;
	uint64_t soon;

	(void)state;
	world_start(&world);
	full_queue_start(&queue);
	visitor_init(&v, &world);
	v.config.address = queue.address;
	visitor_connect(&v);
	soon = mtproto_uv_now().mono_ns + SECOND / 20;
	while (mtproto_uv_now().mono_ns < soon)
		uv_run(&world.loop, UV_RUN_NOWAIT);
	visitor_leave(&v, "c");
	full_queue_stop(&queue);
	world_stop(&world);
}

/* A name with an empty label is refused by the resolver without asking anybody. */
static void test_a_name_that_does_not_resolve(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	v.config.address = "no..name:443";
	check_end(&world, &v, MTPROTO_ERR_RESOLVE, "fxc");
	assert_non_null(strstr(v.text, "no..name"));
	world_stop(&world);
}

static void test_close_while_resolving(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	v.config.address = "localhost:443";
	visitor_connect(&v);
	visitor_leave(&v, "c");
	world_stop(&world);
}

static void check_stranger(struct stranger stranger, int error)
{
	struct world world;
	struct visitor v;

	world_start(&world);
	stranger_start(&stranger, &world);
	visitor_init(&v, &world);
	v.config.address = stranger.address;
	v.config.link.obfuscated = false; /* so the bytes mean what they say */
	v.config.connection.handshake_timeout_ns = SECOND / 4;
	check_end(&world, &v, error, "fxc");
	assert_true(stranger.accepted);
	stranger_stop(&stranger);
	world_stop(&world);
}

static void test_a_peer_that_says_nothing(void **state)
{
	(void)state;
	check_stranger((struct stranger){.len = 0}, MTPROTO_ERR_TIMEOUT);
}

static void test_a_peer_that_hangs_up(void **state)
{
	(void)state;
	check_stranger((struct stranger){.hangs_up = true}, MTPROTO_ERR_EOF);
}

static void test_a_peer_that_resets_the_connection(void **state)
{
	(void)state;
	check_stranger((struct stranger){.resets = true}, MTPROTO_ERR_IO);
}

static void test_a_peer_that_speaks_another_protocol(void **state)
{
	static const char http[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

	(void)state;
	/* The four letters are a length of 1.3 GB. */
	check_stranger((struct stranger){.bytes = http, .len = sizeof(http) - 1}, MTPROTO_ERR_FRAME_TOO_LARGE);
}

static void test_a_peer_that_sends_a_transport_error(void **state)
{
	static const uint8_t flood[8] = {4, 0, 0, 0, 0x53, 0xfe, 0xff, 0xff}; /* -429 */

	(void)state;
	check_stranger((struct stranger){.bytes = flood, .len = sizeof(flood)}, MTPROTO_ERR_TRANSPORT_CODE);
}

static void drop_server(struct world *world, const struct mtproto_event *event)
{
	(void)event;
	mtproto_uv_drop_server(world->uv, world->server);
	world->server = NULL;
}

static void close_driver(struct world *world, const struct mtproto_event *event)
{
	(void)event;
	world_close_driver(world);
}

/* The server goes inside the event of the request. */
static void check_loss_in_call(void (*on_request)(struct world *, const struct mtproto_event *), bool shared)
{
	struct world world;
	struct visitor v;

	world_start(&world);
	world.on_request = on_request;
	visitor_init(&v, &world);
	if (shared) {
		v.config.loop = NULL;
		v.config.uv = world.uv;
	}
	check_end(&world, &v, MTPROTO_ERR_EOF, "rfxc");
	assert_int_equal(v.fate, MTPROTO_FATE_UNKNOWN);
	world_stop(&world);
}

static void test_the_server_goes_in_a_call(void **state)
{
	(void)state;
	check_loss_in_call(drop_server, false);
	check_loss_in_call(drop_server, true);
	check_loss_in_call(close_driver, false);
}

static void close_link(struct world *world, const struct mtproto_event *event)
{
	struct mtproto_server_session_info info;

	(void)world;
	mtproto_server_session_get_info(event->session, &info);
	mtproto_link_close(info.link, 0);
}

static void test_the_server_closes_the_link_in_a_call(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	world.on_request = close_link;
	visitor_init(&v, &world);
	check_end(&world, &v, MTPROTO_ERR_EOF, "rfxc");
	assert_int_equal(world.links_closed, 1);
	world_stop(&world);
}

static void finish_writing(struct mtp_uv_stream *stream, void *user)
{
	uv_os_fd_t fd;

	(void)user;
	assert_int_equal(uv_fileno((uv_handle_t *)&stream->tcp, &fd), 0);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
}

static struct {
	uv_timer_t timer;
	struct mtproto_client *client;
} hang_up;

/* Timers run before the sockets are looked at again, so the answer and the end of the stream arrive together. libuv
 * tells of both in one turn when the other direction has ended too. */
static void on_hang_up(uv_timer_t *timer)
{
	for_each_stream(mtproto_client_uv(hang_up.client), finish_writing, NULL);
	drop_server(timer->data, NULL);
	uv_close((uv_handle_t *)timer, NULL);
}

static void reply_and_hang_up(struct world *world, const struct mtproto_event *event)
{
	assert_int_equal(mtproto_server_reply(event->session, event->msg_id, event->body.data, event->body.len), 0);
	assert_int_equal(uv_timer_init(&world->loop, &hang_up.timer), 0);
	hang_up.timer.data = world;
	assert_int_equal(uv_timer_start(&hang_up.timer, on_hang_up, 0, 0), 0);
}

/* Runs a client whose answer comes together with the end of the stream. */
static void check_hang_up(char close_at, const char *diary)
{
	struct world world;
	struct visitor v;

	world_start(&world);
	world.on_request = reply_and_hang_up;
	visitor_init(&v, &world);
	v.close_at = close_at;
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	hang_up.client = v.client;
	world_run(&world, &v.ends, 1);
	world_calm(&world);
	assert_string_equal(v.diary, diary);
	if (!close_at)
		visitor_leave(&v, "raxc");
	else
		free(v.body);
	world_stop(&world);
}

static void test_the_last_answer_counts_before_the_end(void **state)
{
	(void)state;
	check_hang_up('\0', "rax");
}

static void test_a_loss_after_close_is_not_told(void **state)
{
	(void)state;
	check_hang_up('a', "rac");
}

static void test_a_key_that_the_server_does_not_know(void **state)
{
	struct world world;
	struct visitor v;
	struct mtproto_auth_key key;
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	(void)state;
	memset(data, 0x5a, sizeof(data));
	mtproto_auth_key_init(&key, data);
	world_start(&world);
	visitor_init(&v, &world);
	v.config.connection.auth_key = &key;
	check_end(&world, &v, MTPROTO_ERR_TRANSPORT_CODE, "rfxc");
	assert_string_equal(v.text, "the server sent transport error -404");
	world_stop(&world);
}

static void test_a_server_with_another_rsa_key(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	v.config.connection.rsa_pem = NULL; /* Telegram's */
	v.config.connection.rsa_pem_len = 0;
	check_end(&world, &v, MTPROTO_ERR_RSA_KEY_UNKNOWN, "fxc");
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connection_refused),
		cmocka_unit_test(test_connect_has_a_deadline),
		cmocka_unit_test(test_close_while_connecting),
		cmocka_unit_test(test_a_name_that_does_not_resolve),
		cmocka_unit_test(test_close_while_resolving),
		cmocka_unit_test(test_a_peer_that_says_nothing),
		cmocka_unit_test(test_a_peer_that_hangs_up),
		cmocka_unit_test(test_a_peer_that_resets_the_connection),
		cmocka_unit_test(test_a_peer_that_speaks_another_protocol),
		cmocka_unit_test(test_a_peer_that_sends_a_transport_error),
		cmocka_unit_test(test_the_server_goes_in_a_call),
		cmocka_unit_test(test_the_server_closes_the_link_in_a_call),
		cmocka_unit_test(test_the_last_answer_counts_before_the_end),
		cmocka_unit_test(test_a_loss_after_close_is_not_told),
		cmocka_unit_test(test_a_key_that_the_server_does_not_know),
		cmocka_unit_test(test_a_server_with_another_rsa_key),
	};

	return cmocka_run_group_tests(tests, world_key_new, NULL);
}
