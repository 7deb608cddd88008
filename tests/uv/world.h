/* A loop with a server that echoes, clients that write down what happens to them, and peers that are no servers at all.
 */
#ifndef TESTS_UV_WORLD_H
#define TESTS_UV_WORLD_H

#include <mtproto/client.h>
#include <mtproto/rsa.h>
#include <mtproto/uv.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>
#include <uv.h>

#define SECOND UINT64_C(1000000000)

enum { WATCHDOG_MS = 60000 };

struct world {
	uv_loop_t loop;
	uv_timer_t watchdog;
	bool timed_out;

	struct mtproto_uv *uv; /* NULL after it was closed */
	struct mtproto_server *server;
	struct mtproto_uv_listener *listener;
	void (*on_request)(struct world *world, const struct mtproto_event *event); /* NULL: echo */
	unsigned requests;
	unsigned links_closed;
	bool driver_closed;
};

/* One RSA key serves all tests of a program; world_key_new and _free are its group's fixtures. */
struct world_key {
	char private_pem[4096], public_pem[4096];
	size_t private_len, public_len;
};

static struct world_key world_key;

static inline int world_key_new(void **state)
{
	struct mtproto_rsa *key;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(mtproto_rsa_generate(&key), 0);
	assert_int_equal(mtproto_rsa_private_pem(key, world_key.private_pem, sizeof(world_key.private_pem),
						 &world_key.private_len),
			 0);
	assert_int_equal(
		mtproto_rsa_public_pem(key, world_key.public_pem, sizeof(world_key.public_pem), &world_key.public_len),
		0);
	mtproto_rsa_free(key);
	return 0;
}

static inline void world_on_timeout(uv_timer_t *timer)
{
	((struct world *)timer->data)->timed_out = true;
}

static inline void world_on_event(struct mtproto_uv *uv, const struct mtproto_event *event, void *user)
{
	struct world *world = user;

	assert_ptr_equal(uv, world->uv);
	if (event->type == MTPROTO_EVENT_LINK_CLOSED)
		world->links_closed++;
	if (event->type != MTPROTO_EVENT_REQUEST)
		return;
	world->requests++;
	if (world->on_request)
		world->on_request(world, event);
	else
		assert_int_equal(mtproto_server_reply(event->session, event->msg_id, event->body.data, event->body.len),
				 0);
}

static inline void world_start_with(struct world *world, const struct mtproto_context_config *context)
{
	struct mtproto_server_config config;
	struct mtproto_now now = mtproto_uv_now();

	memset(world, 0, sizeof(*world));
	assert_int_equal(uv_loop_init(&world->loop), 0);
	assert_int_equal(uv_timer_init(&world->loop, &world->watchdog), 0);
	world->watchdog.data = world;
	assert_int_equal(uv_timer_start(&world->watchdog, world_on_timeout, WATCHDOG_MS, 0), 0);
	assert_int_equal(mtproto_uv_new(&world->uv, &world->loop, context, world_on_event, world), 0);
	mtproto_server_config_init(&config);
	config.rsa_pem = world_key.private_pem;
	config.rsa_pem_len = world_key.private_len;
	assert_int_equal(mtproto_server_new(&world->server, mtproto_uv_context(world->uv), &now, &config), 0);
	assert_int_equal(mtproto_uv_listen(&world->listener, world->uv, world->server, "127.0.0.1:0", 0), 0);
}

static inline void world_start(struct world *world)
{
	world_start_with(world, NULL);
}

/* Turns the loop until *count has reached at_least. */
static inline void world_run(struct world *world, const unsigned *count, unsigned at_least)
{
	while (*count < at_least && !world->timed_out)
		uv_run(&world->loop, UV_RUN_ONCE);
	assert_false(world->timed_out);
}

static inline void world_on_driver_closed(void *user)
{
	((struct world *)user)->driver_closed = true;
}

static inline void world_close_driver(struct world *world)
{
	mtproto_uv_close(world->uv, world_on_driver_closed, world);
	world->uv = NULL;
}

/* Some turns, until nothing happens any more. */
static inline void world_calm(struct world *world)
{
	for (int turns = 0; turns < 100; turns++)
		uv_run(&world->loop, UV_RUN_NOWAIT);
}

/* What is left must go by itself, and leave nothing in the loop. */
static inline void world_stop(struct world *world)
{
	if (world->uv)
		world_close_driver(world);
	uv_unref((uv_handle_t *)&world->watchdog);
	while (uv_run(&world->loop, UV_RUN_ONCE) && !world->timed_out)
		;
	assert_false(world->timed_out);
	assert_true(world->driver_closed);
	uv_close((uv_handle_t *)&world->watchdog, NULL);
	uv_run(&world->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world->loop), 0);
}

/* ---- Clients ---- */

/* A client and its diary, a letter for each callback: r ready, a result, p pong, e rpc_error, f call failed, u update,
 * R ready again, x on_close, c on_closed. */
struct visitor {
	struct mtproto_client_config config;
	struct mtproto_client *client;
	struct world *world;
	char diary[64];
	unsigned entries, ends; /* letters; x and c among them */
	char close_at;          /* the client is closed in the callback of this letter */
	char close_driver_at;   /* and the world's driver at this one */
	int error;              /* of the last call that failed, or of on_close */
	enum mtproto_fate fate;
	unsigned fates[MTPROTO_FATE_UNKNOWN + 1]; /* how many calls failed with it */
	int32_t code;
	char text[256]; /* of the last rpc_error, or the reason of on_close */
	uint64_t rtt_ns;
	uint8_t *body; /* of the last result or update */
	size_t body_len;
};

static inline void visitor_on_closed(struct mtproto_client *client, void *user);

static inline void visitor_note(struct visitor *visitor, char letter)
{
	if (visitor->entries < sizeof(visitor->diary) - 1)
		visitor->diary[visitor->entries] = letter;
	visitor->entries++;
	if (letter == visitor->close_at)
		mtproto_client_close(visitor->client, visitor_on_closed);
	if (letter == visitor->close_driver_at)
		world_close_driver(visitor->world);
}

static inline void visitor_on_closed(struct mtproto_client *client, void *user)
{
	struct visitor *visitor = user;

	assert_ptr_equal(client, visitor->client);
	visitor->ends++;
	visitor_note(visitor, 'c');
}

static inline void visitor_keep_body(struct visitor *visitor, struct mtproto_span body)
{
	free(visitor->body);
	visitor->body = malloc(body.len);
	assert_non_null(visitor->body);
	memcpy(visitor->body, body.data, body.len);
	visitor->body_len = body.len;
}

static inline void visitor_keep_text(struct visitor *visitor, const void *text, size_t len)
{
	assert_true(len < sizeof(visitor->text));
	memcpy(visitor->text, text, len);
	visitor->text[len] = '\0';
}

static inline void visitor_on_answer(struct mtproto_client *client, const struct mtproto_answer *answer, void *user)
{
	struct visitor *visitor = user;

	assert_ptr_equal(client, visitor->client);
	switch (answer->type) {
	case MTPROTO_EVENT_RESULT:
		visitor_keep_body(visitor, answer->body);
		visitor_note(visitor, 'a');
		break;
	case MTPROTO_EVENT_RPC_ERROR:
		visitor->code = answer->code;
		visitor_keep_text(visitor, answer->text.data, answer->text.len);
		visitor_note(visitor, 'e');
		break;
	case MTPROTO_EVENT_PONG:
		visitor->rtt_ns = answer->rtt_ns;
		visitor_note(visitor, 'p');
		break;
	default:
		assert_int_equal(answer->type, MTPROTO_EVENT_CALL_FAILED);
		visitor->error = answer->error;
		visitor->fate = answer->fate;
		visitor->fates[answer->fate]++;
		visitor_note(visitor, 'f');
	}
}

static inline void visitor_on_ready(struct mtproto_client *client, void *user)
{
	assert_ptr_equal(client, ((struct visitor *)user)->client);
	visitor_note(user, 'r');
}

static inline void visitor_on_update(struct mtproto_client *client, struct mtproto_span body, void *user)
{
	(void)client;
	visitor_keep_body(user, body);
	visitor_note(user, 'u');
}

static inline void visitor_on_event(struct mtproto_client *client, const struct mtproto_event *event, void *user)
{
	(void)client;
	if (event->type == MTPROTO_EVENT_READY)
		visitor_note(user, 'R');
}

static inline void visitor_on_close(struct mtproto_client *client, int error, const char *reason, void *user)
{
	struct visitor *visitor = user;

	(void)client;
	visitor->error = error;
	visitor_keep_text(visitor, reason, strlen(reason));
	visitor->ends++;
	visitor_note(visitor, 'x');
}

/* Settings for a client of the world's server, with a driver of its own. */
static inline void visitor_init(struct visitor *visitor, struct world *world)
{
	memset(visitor, 0, sizeof(*visitor));
	visitor->world = world;
	mtproto_client_config_init(&visitor->config);
	visitor->config.loop = &world->loop;
	visitor->config.address = mtproto_uv_listener_address(world->listener);
	visitor->config.connection.rsa_pem = world_key.public_pem;
	visitor->config.connection.rsa_pem_len = world_key.public_len;
	visitor->config.on_ready = visitor_on_ready;
	visitor->config.on_update = visitor_on_update;
	visitor->config.on_event = visitor_on_event;
	visitor->config.on_close = visitor_on_close;
	visitor->config.reconnect_enabled = false;
	visitor->config.connection.gzip_size_min = 0; /* bodies that fill sockets must stay large */
	visitor->config.user = visitor;
}

/* Settings for a client that shares the world's driver. */
static inline void visitor_init_shared(struct visitor *visitor, struct world *world)
{
	visitor_init(visitor, world);
	visitor->config.loop = NULL;
	visitor->config.uv = world->uv;
}

static inline void visitor_connect(struct visitor *visitor)
{
	assert_int_equal(mtproto_client_connect(&visitor->client, &visitor->config), 0);
}

static inline void visitor_ping(struct visitor *visitor)
{
	assert_int_equal(mtproto_client_ping(visitor->client, 0, visitor_on_answer, visitor, NULL), 0);
}

/* A byte of the body that all visitors send: splitmix64, so that nobody can compress it. */
static inline uint8_t visitor_byte(size_t i)
{
	uint64_t z = ((uint64_t)i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint8_t)(z ^ (z >> 31));
}

/* Calls a method with a body of so many bytes. */
static inline void visitor_invoke(struct visitor *visitor, size_t len)
{
	uint8_t *body = malloc(len);

	assert_non_null(body);
	for (size_t i = 0; i < len; i++)
		body[i] = visitor_byte(i);
	assert_int_equal(mtproto_client_invoke(visitor->client, body, len, NULL, visitor_on_answer, visitor, NULL), 0);
	free(body);
}

static inline void visitor_assert_echo(const struct visitor *visitor, size_t len)
{
	assert_int_equal(visitor->body_len, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(visitor->body[i], visitor_byte(i));
}

/* Closes the client and checks the whole diary. */
static inline void visitor_leave(struct visitor *visitor, const char *diary)
{
	unsigned ends = visitor->ends + 1;

	mtproto_client_close(visitor->client, visitor_on_closed);
	world_run(visitor->world, &visitor->ends, ends);
	assert_string_equal(visitor->diary, diary);
	free(visitor->body);
}

/* ---- Peers that speak something else ---- */

/* Accepts one connection, writes some bytes, or none, and reads on for ever; or ends the stream. */
struct stranger {
	uv_tcp_t listener, peer;
	const void *bytes;
	size_t len;
	bool hangs_up;
	bool resets;
	bool accepted;
	unsigned received; /* bytes; the first of them are in room */
	uv_write_t write;
	char address[64];
	uint8_t room[1024], rest[65536];
};

static inline void stranger_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct stranger *stranger = handle->data;
	unsigned kept = stranger->received;

	(void)suggested;
	if (kept < sizeof(stranger->room))
		*buf = uv_buf_init((char *)stranger->room + kept, (unsigned)sizeof(stranger->room) - kept);
	else
		*buf = uv_buf_init((char *)stranger->rest, sizeof(stranger->rest));
}

static inline void stranger_on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	(void)buf;
	if (len < 0)
		uv_read_stop(stream);
	else
		((struct stranger *)stream->data)->received += (unsigned)len;
}

static inline void stranger_on_connection(uv_stream_t *listener, int status)
{
	struct stranger *stranger = listener->data;
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)stranger->bytes, (unsigned)stranger->len);

	assert_int_equal(status, 0);
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&stranger->peer), 0);
	stranger->accepted = true;
	if (stranger->hangs_up) {
		uv_close((uv_handle_t *)&stranger->peer, NULL);
		return;
	}
	if (stranger->resets) {
		assert_int_equal(uv_tcp_close_reset(&stranger->peer, NULL), 0);
		return;
	}
	assert_int_equal(uv_read_start((uv_stream_t *)&stranger->peer, stranger_alloc, stranger_on_read), 0);
	if (stranger->len)
		assert_int_equal(uv_write(&stranger->write, (uv_stream_t *)&stranger->peer, &buf, 1, NULL), 0);
}

static inline void stranger_start(struct stranger *stranger, struct world *world)
{
	struct sockaddr_in address;
	int len = sizeof(address);

	assert_int_equal(uv_tcp_init(&world->loop, &stranger->listener), 0);
	assert_int_equal(uv_tcp_init(&world->loop, &stranger->peer), 0);
	stranger->listener.data = stranger->peer.data = stranger;
	assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
	assert_int_equal(uv_tcp_bind(&stranger->listener, (struct sockaddr *)&address, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&stranger->listener, 8, stranger_on_connection), 0);
	assert_int_equal(uv_tcp_getsockname(&stranger->listener, (struct sockaddr *)&address, &len), 0);
	snprintf(stranger->address, sizeof(stranger->address), "127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
}

static inline void stranger_stop(struct stranger *stranger)
{
	uv_close((uv_handle_t *)&stranger->listener, NULL);
	if (!uv_is_closing((uv_handle_t *)&stranger->peer))
		uv_close((uv_handle_t *)&stranger->peer, NULL);
}

/* A listener whose queue of connections is full: Linux drops what comes then, as a host does that is not there. */
struct full_queue {
	int listener;
	int clients[8];
	uint16_t port;
	char address[64];
};

static inline int tcp_socket(int flags)
{
	int fd = socket(AF_INET, SOCK_STREAM | flags, 0);

	assert_true(fd >= 0);
	return fd;
}

static inline void full_queue_start(struct full_queue *queue)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
	queue->listener = tcp_socket(0);
	assert_int_equal(bind(queue->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(queue->listener, 1), 0);
	assert_int_equal(getsockname(queue->listener, (struct sockaddr *)&address, &len), 0);
	queue->port = ntohs(address.sin_port);
	snprintf(queue->address, sizeof(queue->address), "127.0.0.1:%u", (unsigned)queue->port);
	for (size_t i = 0; i < 8; i++) {
		queue->clients[i] = tcp_socket(SOCK_NONBLOCK);
		(void)connect(queue->clients[i], (struct sockaddr *)&address, sizeof(address));
	}
}

static inline void full_queue_stop(struct full_queue *queue)
{
	for (size_t i = 0; i < 8; i++)
		close(queue->clients[i]);
	close(queue->listener);
}

#endif
