/* The programs of the engine: a server that answers one method, and clients that call it. */
#include "bench/net_run.h"

#include <mtproto/uv.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/null_crypto.h"

#define DIAL_TIMEOUT_NS UINT64_C(10000000000)
#define ACK_DELAY_NS    UINT64_C(100000000)

static const uint8_t request[NET_REQUEST_SIZE] = {0x26, 0x30, 0xb3, 0x1f}; /* help.getNearestDc */
static const uint8_t answer[NET_ANSWER_SIZE] = {0x46, 0x75, 0x1a, 0x8e, 2, 'N', 'L', 0, 2, 0, 0, 0, 2}; /* nearestDc */

/* The key of a connection: of no use to anybody, and the same in both processes. */
static void make_key(struct mtproto_auth_key *key, size_t index)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37 + 11 + (index >> i % 4 * 8));
	mtproto_auth_key_init(key, data);
}

static int new_driver(struct mtproto_uv **out, uv_loop_t *loop, const struct net_run *run, uint64_t *seed,
		      mtproto_uv_event_cb on_event, void *user)
{
	const struct mtproto_random random = {null_random, seed};
	struct mtproto_context_config config;
	int error;

	mtproto_context_config_init(&config);
	if (run->program == NET_NULL)
		config.random = &random;
	error = mtproto_uv_new(out, loop, &config, on_event, user);
	if (!error && run->program == NET_NULL)
		null_crypto_use(mtproto_uv_context(*out));
	return error;
}

/* ---- The server ---- */

static size_t count_links(const void *server)
{
	struct mtproto_server_info info;

	mtproto_server_get_info(server, &info);
	return info.links;
}

static void on_server_event(struct mtproto_uv *uv, const struct mtproto_event *event, void *user)
{
	(void)uv;
	(void)user;
	/* What can't be answered is missed by the client, which ends the run. */
	if (event->type == MTPROTO_EVENT_REQUEST)
		(void)!mtproto_server_reply(event->session, event->msg_id, answer, sizeof(answer));
}

static int add_keys(struct mtproto_server *server, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		struct mtproto_key_info key = {.dc = 2};

		make_key(&key.auth_key, i);
		error = mtproto_server_add_key(server, &key);
	}
	return error;
}

int net_serve_engine(const struct net_run *run, struct net_service *service)
{
	const struct mtproto_now now = mtproto_uv_now();
	struct mtproto_server_config config;
	struct mtproto_uv_listener *listener;
	struct mtproto_server *server;
	struct mtproto_uv *uv;
	uint64_t seed = 1;
	int error = new_driver(&uv, &service->loop, run, &seed, on_server_event, NULL);

	if (error)
		return error;
	mtproto_server_config_init(&config);
	config.rsa_pem = run->rsa_pem;
	config.rsa_pem_len = strlen(run->rsa_pem);
	error = mtproto_server_new(&server, mtproto_uv_context(uv), &now, &config);
	if (!error)
		error = mtproto_uv_listen(&listener, uv, server, "127.0.0.1:0", 0);
	if (error)
		return error;
	service->count_links = count_links;
	service->user = server;
	net_service_begin(service);
	error = add_keys(server, run->connections);
	return error ? error : net_service_run(service, mtproto_uv_listener_port(listener));
}

/* ---- The clients ---- */

struct clients {
	struct net_load *load;
	struct mtproto_uv *uv;
	struct mtproto_connection **connections;
	char address[MTPROTO_UV_ADDRESS_TEXT_SIZE];
	size_t dialled;
};

static void invoke(struct clients *clients, struct mtproto_connection *connection)
{
	const struct mtproto_now now = mtproto_uv_now();
	uint64_t call;
	int error = mtproto_connection_invoke(connection, &now, NULL, request, sizeof(request), &call);

	if (error)
		net_load_fail(clients->load, error);
}

static void on_dialled(struct mtproto_uv *uv, struct mtproto_link *link, int error, const char *reason, void *user)
{
	struct clients *clients = user;

	(void)uv;
	(void)link;
	(void)reason;
	if (error)
		net_load_fail(clients->load, error);
}

static int dial_next(struct clients *clients)
{
	struct mtproto_connection_config config;
	struct mtproto_connection **connection = &clients->connections[clients->dialled];
	struct mtproto_auth_key key;
	int error;

	make_key(&key, clients->dialled);
	mtproto_connection_config_init(&config);
	config.auth_key = &key;
	config.ack_delay_ns = ACK_DELAY_NS;
	error = mtproto_connection_new(connection, mtproto_uv_context(clients->uv), &config);
	if (!error)
		error = mtproto_uv_connect(NULL, clients->uv, *connection, NULL, clients->address, DIAL_TIMEOUT_NS,
					   on_dialled, clients);
	clients->dialled++;
	return error;
}

/* Its first answer has come: a connection that has settled its salt is as busy as it will be. */
static void on_first_answer(struct clients *clients, struct mtproto_connection *connection)
{
	struct net_load *load = clients->load;
	int error = 0;

	mtproto_connection_set_user(connection, NULL);
	load->connected++;
	for (size_t i = 1; i < load->run->depth; i++)
		invoke(clients, connection);
	if (clients->dialled < load->run->connections)
		error = dial_next(clients);
	if (error)
		net_load_fail(load, error);
	else if (load->connected == load->run->connections)
		net_load_start(load);
}

static void on_client_event(struct mtproto_uv *uv, const struct mtproto_event *event, void *user)
{
	struct clients *clients = user;

	(void)uv;
	switch (event->type) {
	case MTPROTO_EVENT_READY:
		mtproto_connection_set_user(event->connection, clients);
		invoke(clients, event->connection);
		break;
	case MTPROTO_EVENT_RESULT:
		clients->load->calls++;
		if (mtproto_connection_user(event->connection))
			on_first_answer(clients, event->connection);
		if (clients->load->run->depth)
			invoke(clients, event->connection);
		break;
	case MTPROTO_EVENT_LINK_CLOSED:
	case MTPROTO_EVENT_CALL_FAILED:
		net_load_fail(clients->load, event->error);
		break;
	default:
		break;
	}
}

/* Bytes a call, from the beginning: of a run of some hundred milliseconds the first packets are nothing. */
static void count_bytes(const struct clients *clients)
{
	struct net_load *load = clients->load;
	struct mtproto_connection_stats stats;

	for (size_t i = 0; i < load->run->connections; i++) {
		mtproto_connection_get_stats(clients->connections[i], &stats);
		load->result->sent += (double)stats.session.bytes_sent / (double)load->calls;
		load->result->received += (double)stats.session.bytes_received / (double)load->calls;
	}
}

static int run_clients(struct clients *clients)
{
	struct net_load *load = clients->load;
	int error = 0;

	snprintf(clients->address, sizeof(clients->address), "127.0.0.1:%u", (unsigned)load->server->port);
	while (clients->dialled < load->run->connections && clients->dialled < NET_CONNECTING_MAX && !error)
		error = dial_next(clients);
	if (error)
		return error;
	uv_run(&load->loop, UV_RUN_DEFAULT);
	if (!load->error && load->calls)
		count_bytes(clients);
	return load->error;
}

int net_load_engine(struct net_load *load)
{
	struct clients clients = {.load = load};
	int error = MTPROTO_ERR_MEMORY;

	clients.connections = calloc(load->run->connections, sizeof(*clients.connections));
	if (!clients.connections)
		return error;
	error = new_driver(&clients.uv, &load->loop, load->run, &load->seed, on_client_event, &clients);
	if (!error)
		error = run_clients(&clients);
	mtproto_uv_close(clients.uv, NULL, NULL);
	free(clients.connections);
	return error;
}
