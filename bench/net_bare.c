/* What the machine can do: clients and a server that move the same bytes through libuv and know nothing of them. */
#include "bench/net_run.h"

#include <mtproto/error.h>

#include <stdlib.h>
#include <string.h>

#define READ_SIZE 65536

/* Either end of a connection: reads so many bytes, then writes so many. */
struct peer {
	uv_tcp_t tcp;
	uv_connect_t connect;
	struct bare *program;
	size_t missing; /* until the next message is whole */
	bool talked;    /* one was */
};

/* Either side. */
struct bare {
	const struct net_run *run;
	size_t incoming, outgoing; /* bytes of a message */
	uint8_t *message;
	struct net_load *load; /* NULL: the server's */
	struct peer *peers;
	size_t used;
	char room[READ_SIZE];
};

static void fail(struct peer *peer)
{
	if (peer->program->load)
		net_load_fail(peer->program->load, MTPROTO_ERR_IO);
	else /* its client has gone, or will miss an answer and then go */
		uv_read_stop((uv_stream_t *)&peer->tcp);
}

/* Only one message is ever under way, and a socket has room for that. */
static void talk(struct peer *peer)
{
	uv_buf_t buf = uv_buf_init((char *)peer->program->message, (unsigned)peer->program->outgoing);

	if (uv_try_write((uv_stream_t *)&peer->tcp, &buf, 1) != (int)buf.len)
		fail(peer);
}

static void connect_next(struct bare *bare);

static void on_message(struct peer *peer)
{
	struct bare *bare = peer->program;
	struct net_load *load = bare->load;

	if (!load) {
		talk(peer);
		return;
	}
	load->calls += bare->run->depth;
	if (bare->run->depth)
		talk(peer);
	if (peer->talked)
		return;
	peer->talked = true;
	load->connected++;
	if (bare->used < bare->run->connections)
		connect_next(bare);
	else if (load->connected == bare->run->connections)
		net_load_start(load);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct peer *peer = handle->data;

	(void)suggested;
	*buf = uv_buf_init(peer->program->room, READ_SIZE);
}

static void on_read(uv_stream_t *handle, ssize_t len, const uv_buf_t *buf)
{
	struct peer *peer = handle->data;

	(void)buf;
	if (len < 0 || (size_t)len > peer->missing) {
		fail(peer);
		return;
	}
	peer->missing -= (size_t)len;
	if (peer->missing)
		return;
	peer->missing = peer->program->incoming;
	on_message(peer);
}

static struct peer *new_peer(struct bare *bare, uv_loop_t *loop)
{
	struct peer *peer = &bare->peers[bare->used++];

	uv_tcp_init(loop, &peer->tcp);
	peer->tcp.data = peer;
	peer->program = bare;
	peer->missing = bare->incoming;
	return peer;
}

static int start(struct peer *peer)
{
	uv_tcp_nodelay(&peer->tcp, 1);
	return uv_read_start((uv_stream_t *)&peer->tcp, give_room, on_read);
}

static int init(struct bare *bare, const struct net_run *run)
{
	bare->run = run;
	bare->message = calloc(1, run->request_bytes + run->answer_bytes);
	bare->peers = calloc(run->connections, sizeof(*bare->peers));
	return bare->message && bare->peers ? 0 : MTPROTO_ERR_MEMORY;
}

/* ---- The server ---- */

static size_t count_peers(const void *user)
{
	const struct bare *bare = user;

	return bare->used;
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct bare *bare = listener->data;
	struct peer *peer;

	if (status < 0 || bare->used == bare->run->connections)
		return;
	peer = new_peer(bare, listener->loop);
	if (uv_accept(listener, (uv_stream_t *)&peer->tcp) || start(peer))
		fail(peer);
}

static int listen_at(uv_tcp_t *listener, uint16_t *port)
{
	struct sockaddr_in address;
	int len = (int)sizeof(address);

	uv_ip4_addr("127.0.0.1", 0, &address);
	if (uv_tcp_bind(listener, (const struct sockaddr *)&address, 0) ||
	    uv_listen((uv_stream_t *)listener, 2 * NET_CONNECTING_MAX, on_connection) ||
	    uv_tcp_getsockname(listener, (struct sockaddr *)&address, &len))
		return MTPROTO_ERR_IO;
	*port = ntohs(address.sin_port);
	return 0;
}

int net_serve_bare(const struct net_run *run, struct net_service *service)
{
	static struct bare bare;
	uv_tcp_t listener;
	uint16_t port;
	int error;

	net_service_begin(service);
	error = init(&bare, run);
	if (error)
		return error;
	bare.incoming = run->request_bytes;
	bare.outgoing = run->answer_bytes;
	uv_tcp_init(&service->loop, &listener);
	listener.data = &bare;
	error = listen_at(&listener, &port);
	if (error)
		return error;
	service->count_links = count_peers;
	service->user = &bare;
	return net_service_run(service, port);
}

/* ---- The clients ---- */

static void on_connected(uv_connect_t *connect, int status)
{
	struct peer *peer = connect->data;

	if (status < 0 || start(peer))
		fail(peer);
	else
		talk(peer);
}

static void connect_next(struct bare *bare)
{
	struct peer *peer = new_peer(bare, &bare->load->loop);
	struct sockaddr_in address;

	uv_ip4_addr("127.0.0.1", bare->load->server->port, &address);
	peer->connect.data = peer;
	if (uv_tcp_connect(&peer->connect, &peer->tcp, (const struct sockaddr *)&address, on_connected))
		net_load_fail(bare->load, MTPROTO_ERR_IO);
}

int net_load_bare(struct net_load *load)
{
	struct bare *bare = calloc(1, sizeof(*bare));
	int error = bare ? init(bare, load->run) : MTPROTO_ERR_MEMORY;

	if (!error) {
		bare->load = load;
		bare->incoming = load->run->answer_bytes;
		bare->outgoing = load->run->request_bytes;
		while (bare->used < load->run->connections && bare->used < NET_CONNECTING_MAX)
			connect_next(bare);
		uv_run(&load->loop, UV_RUN_DEFAULT);
		for (size_t i = 0; i < bare->used; i++)
			uv_close((uv_handle_t *)&bare->peers[i].tcp, NULL);
		uv_run(&load->loop, UV_RUN_DEFAULT);
		error = load->error;
	}
	if (bare) {
		free(bare->message);
		free(bare->peers);
	}
	free(bare);
	return error;
}
