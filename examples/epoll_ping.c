/* The core library on epoll alone: connects, makes a key, pings, prints the times.
 *
 *     epoll_ping HOST:PORT KEY.pub [COUNT]
 *
 * How to drive the engine with a loop of your own: turn() is one turn as <mtproto/context.h> describes it. */
#define _POSIX_C_SOURCE 200809L

#include <mtproto/connection.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct app {
	struct mtproto_context *context;
	struct mtproto_connection *connection;
	struct mtproto_link *link;
	int epoll, socket;
	bool full; /* the socket takes no more bytes for now */
	bool done, failed;
	unsigned long pings;
};

static struct mtproto_now now(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_BOOTTIME, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct mtproto_now){.mono_ns = (uint64_t)mono.tv_sec * 1000000000 + (uint64_t)mono.tv_nsec,
				    .wall_ns = (uint64_t)wall.tv_sec * 1000000000 + (uint64_t)wall.tv_nsec};
}

static void fail(struct app *app, const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	app->done = app->failed = true;
}

/* ---- File, pull, send, wait ---- */

/* What is left in the socket is reported again by level-triggered epoll, after the engine has made room. */
static void file(struct app *app)
{
	size_t room_len;
	uint8_t *room = mtproto_link_recv_buf(app->link, &room_len);
	ssize_t len = room_len ? recv(app->socket, room, room_len, MSG_DONTWAIT) : 0;

	if (room_len == 0 || (len < 0 && errno == EAGAIN))
		return;
	if (len <= 0 || mtproto_link_recv_ack(app->link, (size_t)len))
		fail(app, "receive", len < 0 ? strerror(errno) : "the server ended the stream");
}

static void ping_or_finish(struct app *app)
{
	struct mtproto_now at = now();
	uint64_t call;

	app->done = app->pings-- == 0;
	if (!app->done && mtproto_connection_ping(app->connection, &at, UINT64_C(5000000000), &call))
		fail(app, "ping", "refused");
}

static void on_event(struct app *app, const struct mtproto_event *event)
{
	switch (event->type) {
	case MTPROTO_EVENT_READY:
		ping_or_finish(app);
		break;
	case MTPROTO_EVENT_PONG:
		printf("pong after %.3f ms\n", (double)event->rtt_ns / 1e6);
		ping_or_finish(app);
		break;
	case MTPROTO_EVENT_HANDSHAKE_FAILED:
	case MTPROTO_EVENT_CALL_FAILED:
	case MTPROTO_EVENT_LINK_CLOSED:
		fail(app, mtproto_error_name(event->error), mtproto_strerror(event->error));
		break;
	default:
		break;
	}
}

static void send_all(struct app *app)
{
	size_t len;
	const uint8_t *data;

	app->full = false;
	while (!app->full && !app->failed && (data = mtproto_link_send_buf(app->link, &len)) && len > 0) {
		ssize_t sent = send(app->socket, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			app->full = true;
		else if (sent < 0 || mtproto_link_send_ack(app->link, (size_t)sent))
			fail(app, "send", strerror(errno));
	}
}

static void wait_and_move(struct app *app)
{
	struct epoll_event wanted = {.events = EPOLLIN | (app->full ? EPOLLOUT : 0)}, got = {0};
	uint64_t at = now().mono_ns, deadline = mtproto_context_deadline(app->context);
	uint64_t ms = deadline > at ? (deadline - at) / 1000000 + 1 : 0;

	epoll_ctl(app->epoll, EPOLL_CTL_MOD, app->socket, &wanted);
	if (epoll_wait(app->epoll, &got, 1, ms < 60000 ? (int)ms : 60000) < 1)
		return;
	if (got.events & EPOLLOUT)
		send_all(app);
	else
		file(app);
}

static void turn(struct app *app)
{
	struct mtproto_now at = now();
	struct mtproto_event event;
	int error = mtproto_context_process(app->context, &at);

	if (error)
		fail(app, "process", mtproto_strerror(error));
	while (!app->done && mtproto_context_next_event(app->context, &event))
		on_event(app, &event);
	while (!app->done && mtproto_context_next_writable(app->context)) /* there is only one link */
		if (!app->full)
			send_all(app);
	if (!app->done)
		wait_and_move(app);
}

/* ---- Before the loop ---- */

static int open_socket(char *address)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *info;
	char *colon = strrchr(address, ':');
	int fd;

	if (colon)
		*colon++ = '\0';
	if (getaddrinfo(address, colon, &hints, &info))
		return -1;
	fd = socket(info->ai_family, info->ai_socktype, info->ai_protocol);
	if (fd >= 0 && connect(fd, info->ai_addr, info->ai_addrlen)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(info);
	return fd;
}

static int start(struct app *app, FILE *key)
{
	struct mtproto_connection_config config;
	struct mtproto_now at = now();
	char pem[4096];
	int error = mtproto_context_new(&app->context, NULL);

	mtproto_connection_config_init(&config);
	config.rsa_pem = pem;
	config.rsa_pem_len = fread(pem, 1, sizeof(pem), key);
	if (!error)
		error = mtproto_connection_new(&app->connection, app->context, &config);
	if (!error)
		error = mtproto_connection_attach(app->connection, &at, NULL, &app->link);
	return error;
}

int main(int argc, char **argv)
{
	struct app app = {.epoll = epoll_create1(EPOLL_CLOEXEC),
			  .socket = argc > 1 ? open_socket(argv[1]) : -1,
			  .pings = argc > 3 ? strtoul(argv[3], NULL, 10) : 4};
	FILE *key = argc > 2 ? fopen(argv[2], "r") : NULL;
	int error;

	if (app.socket < 0 || !key) {
		fprintf(stderr, "usage: %s HOST:PORT KEY.pub [COUNT]; can't connect or read the key\n", argv[0]);
		return 2;
	}
	error = start(&app, key);
	fclose(key);
	if (error || epoll_ctl(app.epoll, EPOLL_CTL_ADD, app.socket, &(struct epoll_event){.events = EPOLLIN}))
		fail(&app, "start", error ? mtproto_strerror(error) : strerror(errno));
	while (!app.done)
		turn(&app);
	mtproto_context_free(app.context);
	close(app.socket);
	close(app.epoll);
	return app.failed ? 1 : 0;
}
