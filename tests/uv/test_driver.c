/* The driver: listening, backpressure, dropping, the clock. */
#include "uv/streams.h"
#include "uv/world.h"

#include <netinet/tcp.h>
#include <time.h>

static void test_listen_takes_ip_addresses_only(void **state)
{
	static const char *const bad[] = {"", "localhost:0", "127.0.0.1", "127.0.0.1:65536", "[::1]", "*:0"};
	struct world world;
	struct mtproto_uv_listener *listener;

	(void)state;
	world_start(&world);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		listener = (void *)&world;
		assert_int_equal(mtproto_uv_listen(&listener, world.uv, world.server, bad[i], 0), MTPROTO_ERR_ARGUMENT);
		assert_null(listener);
	}
	assert_int_equal(mtproto_uv_listen(&listener, world.uv, world.server, "127.0.0.1:0", -1), MTPROTO_ERR_ARGUMENT);
	world_stop(&world);
}

static void test_port_0_becomes_a_real_port(void **state)
{
	struct world world;
	char expected[32];

	(void)state;
	world_start(&world);
	assert_int_not_equal(mtproto_uv_listener_port(world.listener), 0);
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", (unsigned)mtproto_uv_listener_port(world.listener));
	assert_string_equal(mtproto_uv_listener_address(world.listener), expected);
	world_stop(&world);
}

static void test_an_address_that_is_taken(void **state)
{
	struct world world;
	struct mtproto_uv_listener *second;

	(void)state;
	world_start(&world);
	assert_int_equal(
		mtproto_uv_listen(&second, world.uv, world.server, mtproto_uv_listener_address(world.listener), 0),
		MTPROTO_ERR_IO);
	assert_null(second);
	world_stop(&world);
}

static void test_ipv6(void **state)
{
	struct world world;
	struct visitor v;
	struct mtproto_uv_listener *listener;

	(void)state;
	world_start(&world);
	if (mtproto_uv_listen(&listener, world.uv, world.server, "[::1]:0", 0) == 0) {
		visitor_init(&v, &world);
		v.config.address = mtproto_uv_listener_address(listener);
		assert_true(strncmp(v.config.address, "[::1]:", 6) == 0);
		visitor_connect(&v);
		world_run(&world, &v.entries, 1);
		visitor_leave(&v, "rc");
	} /* else this machine has no IPv6 */
	world_stop(&world);
}

static char peer[MTPROTO_UV_ADDRESS_TEXT_SIZE];

static void note_peer(struct world *world, const struct mtproto_event *event)
{
	struct mtproto_server_session_info info;

	(void)world;
	mtproto_server_session_get_info(event->session, &info);
	assert_int_equal(mtproto_uv_link_peer(info.link, peer, 5), MTPROTO_ERR_BUFFER);
	assert_string_equal(peer, "");
	assert_int_equal(mtproto_uv_link_peer(info.link, peer, sizeof(peer)), 0);
}

static void test_a_link_knows_its_peer(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	world.on_request = note_peer;
	visitor_init(&v, &world);
	visitor_connect(&v);
	visitor_invoke(&v, 8);
	world_run(&world, &world.requests, 1);
	assert_true(strncmp(peer, "127.0.0.1:", 10) == 0);
	assert_string_not_equal(peer, mtproto_uv_listener_address(world.listener));
	visitor_leave(&v, "rfc");
	world_stop(&world);
}

/* Small, but with less the zero windows of TCP take minutes. */
static void shrink_buffers(struct mtp_uv_stream *stream, void *user)
{
	(void)user;
	assert_int_equal(uv_send_buffer_size((uv_handle_t *)&stream->tcp, &(int){16384}), 0);
	assert_int_equal(uv_recv_buffer_size((uv_handle_t *)&stream->tcp, &(int){16384}), 0);
}

static void note_full(struct mtp_uv_stream *stream, void *user)
{
	*(bool *)user |= stream->unsent != NULL;
}

static void test_large_bodies_through_small_sockets(void **state)
{
	enum { CALLS = 4, LEN = 1000000 }; /* below session_send_max, or answers are forgotten */
	struct world world;
	struct visitor v;
	bool client_full = false, server_full = false;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	for_each_stream(world.uv, shrink_buffers, NULL);
	for_each_stream(mtproto_client_uv(v.client), shrink_buffers, NULL);
	for (size_t i = 0; i < CALLS; i++)
		visitor_invoke(&v, LEN);
	while (v.entries < 1 + CALLS && !world.timed_out) {
		uv_run(&world.loop, UV_RUN_ONCE);
		for_each_stream(world.uv, note_full, &server_full);
		for_each_stream(mtproto_client_uv(v.client), note_full, &client_full);
	}
	visitor_assert_echo(&v, LEN);
	assert_true(client_full && server_full); /* the sockets were small enough to be a test */
	assert_int_equal(world.requests, CALLS);
	visitor_leave(&v, "raaaac");
	world_stop(&world);
}

/* More calls than a link holds: what waits behind it follows when there is room, though the server says nothing. */
static void test_calls_follow_when_a_link_has_room(void **state)
{
	enum { CALLS = 8, LEN = 1000000 };
	uint8_t data[MTPROTO_AUTH_KEY_SIZE] = {1};
	struct mtproto_auth_key key;
	struct world world;
	struct visitor v;
	struct stranger stranger = {.len = 0};

	(void)state;
	mtproto_auth_key_init(&key, data);
	world_start(&world);
	stranger_start(&stranger, &world);
	visitor_init(&v, &world);
	v.config.address = stranger.address;
	v.config.connection.auth_key = &key;
	visitor_connect(&v);
	for (size_t i = 0; i < CALLS; i++)
		visitor_invoke(&v, LEN);
	world_run(&world, &stranger.received, CALLS * LEN);
	visitor_leave(&v, "rffffffffc");
	stranger_stop(&stranger);
	world_stop(&world);
}

static void check_options(struct mtp_uv_stream *stream, void *user)
{
	uv_os_fd_t fd;
	int nodelay = 0, keepalive = 0;
	socklen_t len = sizeof(int);

	assert_int_equal(uv_fileno((uv_handle_t *)&stream->tcp, &fd), 0);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &len), 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &keepalive, &len), 0);
	assert_true(nodelay && keepalive);
	++*(unsigned *)user;
}

static void test_sockets_do_not_delay_and_are_kept_alive(void **state)
{
	struct world world;
	struct visitor v;
	unsigned sockets = 0;

	(void)state;
	world_start(&world);
	visitor_init_shared(&v, &world);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	for_each_stream(world.uv, check_options, &sockets);
	assert_int_equal(sockets, 2);
	visitor_leave(&v, "rc");
	world_stop(&world);
}

static void test_an_idle_driver_sleeps(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	world_calm(&world);
	assert_int_not_equal(uv_backend_timeout(&world.loop), 0);
	visitor_leave(&v, "rc");
	world_stop(&world);
}

/* A link that has no room for what comes makes the peer wait, and goes on when it was processed. */
static void test_reading_pauses_when_a_link_is_full(void **state)
{
	enum { CALLS = 100, LEN = 30000 };
	struct mtproto_context_config config;
	struct world world;
	struct visitor v;

	(void)state;
	mtproto_context_config_init(&config);
	config.frame_size_max = 65536;
	world_start_with(&world, &config);
	visitor_init(&v, &world);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	for (size_t i = 0; i < CALLS; i++)
		visitor_invoke(&v, LEN);
	world_run(&world, &v.entries, 1 + CALLS);
	assert_int_equal(world.requests, CALLS);
	mtproto_client_close(v.client, visitor_on_closed);
	world_run(&world, &v.ends, 1);
	visitor_assert_echo(&v, LEN);
	free(v.body);
	world_stop(&world);
}

/* ---- A crowd ---- */

enum { CROWD = 300 };

struct heap {
	size_t used, most;
};

static void *heap_alloc(void *user, size_t size)
{
	struct heap *heap = user;

	heap->used += size;
	if (heap->used > heap->most)
		heap->most = heap->used;
	return malloc(size);
}

static void heap_release(void *user, void *memory, size_t size)
{
	((struct heap *)user)->used -= size;
	free(memory);
}

/* Abridged, and in it req_pq_multi in a plain message. */
static void ask_for_pq(int fd)
{
	uint8_t bytes[42] = {0xef, 10};
	uint64_t seconds = mtproto_uv_now().wall_ns / SECOND;

	for (int i = 0; i < 4; i++)
		bytes[2 + 8 + 4 + i] = (uint8_t)(seconds >> 8 * i);
	memcpy(bytes + 18, "\x14\0\0\0\xf1\x8e\x7e\xbe", 8);
	memcpy(bytes + 26, &fd, sizeof(fd)); /* the nonce */
	assert_int_equal(send(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
}

static void gather(struct world *world, const struct mtproto_context_config *config, int fds[CROWD])
{
	struct sockaddr_in address;

	world_start_with(world, config);
	uv_ip4_addr("127.0.0.1", mtproto_uv_listener_port(world->listener), &address);
	for (size_t i = 0; i < CROWD; i++) {
		fds[i] = tcp_socket(0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
		uv_run(&world->loop, UV_RUN_NOWAIT);
	}
	world_calm(world);
}

static void test_a_crowd_is_served_in_parts(void **state)
{
	struct heap heap = {0};
	const struct mtproto_allocator allocator = {heap_alloc, heap_release, &heap};
	struct mtproto_context_config config;
	struct world world;
	int fds[CROWD];
	char reply[200];

	(void)state;
	mtproto_context_config_init(&config);
	config.allocator = &allocator;
	gather(&world, &config, fds);
	for (size_t i = 0; i < CROWD; i++)
		ask_for_pq(fds[i]);
	heap.most = heap.used;
	world_calm(&world);
	/* Each read waits in a block of 4 KiB. */
	assert_true(heap.most < heap.used + (CROWD / 2) * 4096);
	for (size_t i = 0; i < CROWD; i++) {
		assert_true(recv(fds[i], reply, sizeof(reply), MSG_DONTWAIT) > 0);
		close(fds[i]);
	}
	world_calm(&world);
	world_stop(&world);
	assert_int_equal(heap.used, 0);
}

/* The stream that is being read is closed in its own read, when that is the last of a part. */
static void test_a_crowd_that_speaks_nonsense(void **state)
{
	struct world world;
	int fds[CROWD];

	(void)state;
	gather(&world, NULL, fds);
	for (size_t i = 0; i < CROWD; i++)
		assert_int_equal(send(fds[i], "\xee\xee\xee\xee\xff\xff\xff\x7f", 8, 0), 8);
	world_run(&world, &world.links_closed, CROWD);
	for (size_t i = 0; i < CROWD; i++)
		close(fds[i]);
	world_stop(&world);
}

static void drop_server(struct world *world, const struct mtproto_event *event)
{
	(void)event;
	mtproto_uv_drop_server(world->uv, world->server);
	world->server = NULL;
}

static void test_the_peer_goes_while_a_write_is_under_way(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	world.on_request = drop_server;
	visitor_init(&v, &world);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	for_each_stream(mtproto_client_uv(v.client), shrink_buffers, NULL);
	visitor_invoke(&v, 8);
	for (size_t i = 0; i < 4; i++)
		visitor_invoke(&v, 1000000);
	world_run(&world, &v.ends, 1);
	assert_true(v.error == MTPROTO_ERR_EOF || v.error == MTPROTO_ERR_IO);
	assert_int_equal(world.requests, 1);
	visitor_leave(&v, "rfffffxc");
	world_stop(&world);
}

static void test_close_with_a_write_under_way(void **state)
{
	struct world world;
	struct visitor v;
	bool full = false;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	visitor_connect(&v);
	world_run(&world, &v.entries, 1);
	for_each_stream(mtproto_client_uv(v.client), shrink_buffers, NULL);
	visitor_invoke(&v, 1000000);
	for (int i = 0; i < 3; i++)
		uv_run(&world.loop, UV_RUN_NOWAIT);
	for_each_stream(mtproto_client_uv(v.client), note_full, &full);
	assert_true(full);
	visitor_leave(&v, "rfc");
	world_stop(&world);
}

static void test_a_closed_listener_accepts_no_more(void **state)
{
	struct world world;
	struct visitor before, after;

	(void)state;
	world_start(&world);
	visitor_init(&before, &world);
	visitor_connect(&before);
	world_run(&world, &before.entries, 1);
	visitor_init(&after, &world);
	mtproto_uv_listener_close(world.listener);
	visitor_connect(&after);
	world_run(&world, &after.entries, 1);
	assert_int_equal(after.error, MTPROTO_ERR_IO);
	visitor_ping(&before); /* what was accepted stays */
	world_run(&world, &before.entries, 2);
	visitor_leave(&after, "xc");
	visitor_leave(&before, "rpc");
	world_stop(&world);
}

static void test_links_beyond_the_limit_are_closed(void **state)
{
	struct mtproto_server_config config;
	struct mtproto_now now = mtproto_uv_now();
	struct mtproto_server *server;
	struct mtproto_uv_listener *listener;
	struct world world;
	struct visitor first, second;

	(void)state;
	world_start(&world);
	mtproto_server_config_init(&config);
	config.rsa_pem = world_key.private_pem;
	config.rsa_pem_len = world_key.private_len;
	config.links_max = 1;
	assert_int_equal(mtproto_server_new(&server, mtproto_uv_context(world.uv), &now, &config), 0);
	assert_int_equal(mtproto_uv_listen(&listener, world.uv, server, "127.0.0.1:0", 0), 0);
	visitor_init(&first, &world);
	first.config.address = mtproto_uv_listener_address(listener);
	visitor_connect(&first);
	world_run(&world, &first.entries, 1);
	visitor_init(&second, &world);
	second.config.address = first.config.address;
	visitor_connect(&second);
	world_run(&world, &second.entries, 1);
	assert_int_equal(second.error, MTPROTO_ERR_EOF);
	visitor_leave(&second, "xc");
	visitor_leave(&first, "rc");
	world_stop(&world);
}

static unsigned dials_done;

static void on_dialled(struct mtproto_uv *uv, struct mtproto_link *link, int error, const char *reason, void *user)
{
	struct mtproto_link **out = user;

	(void)uv;
	assert_int_equal(error, 0);
	assert_string_equal(reason, "");
	*out = link;
	dials_done++;
}

static void new_connection(struct world *world, struct mtproto_connection **out)
{
	struct mtproto_connection_config config;

	mtproto_connection_config_init(&config);
	config.rsa_pem = world_key.public_pem;
	config.rsa_pem_len = world_key.public_len;
	assert_int_equal(mtproto_connection_new(out, mtproto_uv_context(world->uv), &config), 0);
}

static void test_a_connection_without_a_client(void **state)
{
	struct world world;
	struct mtproto_connection *connection;
	struct mtproto_link *link = NULL;

	(void)state;
	world_start(&world);
	new_connection(&world, &connection);
	dials_done = 0;
	assert_int_equal(mtproto_uv_connect(NULL, world.uv, connection, NULL,
					    mtproto_uv_listener_address(world.listener), SECOND, on_dialled, &link),
			 0);
	world_run(&world, &dials_done, 1);
	assert_non_null(link);
	mtproto_uv_drop_connection(world.uv, connection);
	world_run(&world, &world.links_closed, 1); /* the server's, which sees the end */
	world_stop(&world);
}

static void test_a_cancelled_dial_is_silent(void **state)
{
	struct world world;
	struct mtproto_connection *connection;
	struct mtproto_uv_dial *dial;
	uint64_t soon = mtproto_uv_now().mono_ns + SECOND / 20;

	(void)state;
	world_start(&world);
	new_connection(&world, &connection);
	dials_done = 0;
	assert_int_equal(mtproto_uv_connect(&dial, world.uv, connection, NULL,
					    mtproto_uv_listener_address(world.listener), SECOND, on_dialled, NULL),
			 0);
	mtproto_uv_dial_cancel(dial);
	while (mtproto_uv_now().mono_ns < soon)
		uv_run(&world.loop, UV_RUN_NOWAIT);
	assert_int_equal(dials_done, 0);
	world_stop(&world);
}

static void test_a_dropped_connection_is_not_dialled(void **state)
{
	struct world world;
	struct mtproto_connection *connection;

	(void)state;
	world_start(&world);
	new_connection(&world, &connection);
	dials_done = 0;
	assert_int_equal(mtproto_uv_connect(NULL, world.uv, connection, NULL,
					    mtproto_uv_listener_address(world.listener), SECOND, on_dialled, NULL),
			 0);
	mtproto_uv_drop_connection(world.uv, connection);
	world_calm(&world);
	assert_int_equal(dials_done, 0);
	world_stop(&world);
}

static void test_a_dropped_server_listens_no_more(void **state)
{
	struct world world;
	struct visitor v;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	visitor_connect(&v);
	drop_server(&world, NULL);
	world_run(&world, &v.ends, 1);
	assert_int_equal(v.error, MTPROTO_ERR_IO);
	visitor_leave(&v, "xc");
	world_stop(&world);
}

/* The secret that a client was made with goes into the key of the obfuscation, wherever the program's copy is by then.
 */
static void test_the_proxy_secret_is_copied(void **state)
{
	uint8_t secret[16], copy[16];
	struct world world;
	struct visitor v;
	struct stranger stranger = {.len = 0};
	struct mtproto_obfuscation obfuscation;
	enum mtproto_framing framing;
	int16_t dc;

	(void)state;
	memset(secret, 0x11, sizeof(secret));
	memcpy(copy, secret, sizeof(copy));
	world_start(&world);
	stranger_start(&stranger, &world);
	visitor_init(&v, &world);
	v.config.address = stranger.address;
	v.config.link.secret = secret;
	visitor_connect(&v);
	memset(secret, 0x22, sizeof(secret));
	world_run(&world, &stranger.received, MTPROTO_OBFUSCATION_HEADER_SIZE);
	assert_int_equal(mtproto_obfuscation_init_server(&obfuscation, mtproto_kernels_get(MTPROTO_KERNELS_AUTO),
							 stranger.room, copy, &framing, &dc),
			 0);
	assert_int_equal(framing, MTPROTO_FRAMING_INTERMEDIATE);
	mtproto_obfuscation_fini(&obfuscation);
	visitor_leave(&v, "c");
	stranger_stop(&stranger);
	world_stop(&world);
}

static void test_a_closing_driver_takes_nothing_new(void **state)
{
	struct world world;
	struct visitor v;
	struct mtproto_uv_listener *listener;
	struct mtproto_uv *uv;

	(void)state;
	world_start(&world);
	visitor_init(&v, &world);
	v.config.loop = NULL;
	v.config.uv = uv = world.uv;
	world_close_driver(&world);
	assert_int_equal(mtproto_client_connect(&v.client, &v.config), MTPROTO_ERR_CLOSED);
	assert_int_equal(mtproto_uv_listen(&listener, uv, world.server, "127.0.0.1:0", 0), MTPROTO_ERR_CLOSED);
	mtproto_uv_close(uv, NULL, NULL); /* does nothing */
	world_stop(&world);
}

/* Boot time never runs behind the clock that stands still in a suspend, and both run on. */
static void test_clock(void **state)
{
	struct timespec ts;
	struct mtproto_now a = mtproto_uv_now(), b = mtproto_uv_now();

	(void)state;
	assert_true(b.mono_ns >= a.mono_ns);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	assert_true(mtproto_uv_now().mono_ns >= (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec);
	assert_in_range(a.wall_ns / SECOND, (uint64_t)time(NULL) - 1, (uint64_t)time(NULL) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listen_takes_ip_addresses_only),
		cmocka_unit_test(test_port_0_becomes_a_real_port),
		cmocka_unit_test(test_an_address_that_is_taken),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_a_link_knows_its_peer),
		cmocka_unit_test(test_large_bodies_through_small_sockets),
		cmocka_unit_test(test_calls_follow_when_a_link_has_room),
		cmocka_unit_test(test_sockets_do_not_delay_and_are_kept_alive),
		cmocka_unit_test(test_an_idle_driver_sleeps),
		cmocka_unit_test(test_reading_pauses_when_a_link_is_full),
		cmocka_unit_test(test_a_crowd_is_served_in_parts),
		cmocka_unit_test(test_a_crowd_that_speaks_nonsense),
		cmocka_unit_test(test_the_peer_goes_while_a_write_is_under_way),
		cmocka_unit_test(test_close_with_a_write_under_way),
		cmocka_unit_test(test_a_closed_listener_accepts_no_more),
		cmocka_unit_test(test_links_beyond_the_limit_are_closed),
		cmocka_unit_test(test_a_connection_without_a_client),
		cmocka_unit_test(test_a_cancelled_dial_is_silent),
		cmocka_unit_test(test_a_dropped_connection_is_not_dialled),
		cmocka_unit_test(test_a_dropped_server_listens_no_more),
		cmocka_unit_test(test_the_proxy_secret_is_copied),
		cmocka_unit_test(test_a_closing_driver_takes_nothing_new),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, world_key_new, NULL);
}
