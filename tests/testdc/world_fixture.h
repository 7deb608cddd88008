/* Data centres and clients of them in memory, for the tests of testdc. */
#ifndef TESTS_TESTDC_WORLD_FIXTURE_H
#define TESTS_TESTDC_WORLD_FIXTURE_H

#include <mtproto/connection.h>
#include <mtproto/rsa.h>
#include <mtproto/tl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "testdc/testdc.h"

#define DATE 1700000000u

enum { CLIENTS_MAX = 4, SERVERS_MAX = 3, UPDATES_MAX = 4096 };

struct client {
	struct mtproto_connection *connection;
	struct mtproto_link *server_link, *client_link;
	uint64_t auth_key_id, temp_auth_key_id;
	size_t updates; /* objects that answered nothing */
	uint8_t update[65536];
	size_t update_len;             /* of the last one */
	uint64_t digests[UPDATES_MAX]; /* of each */
};

struct world {
	struct mtproto_context *server_context, *client_context;
	struct testdc *testdc;
	struct mtproto_server *servers[SERVERS_MAX];
	size_t server_count;
	struct client clients[CLIENTS_MAX];
	size_t client_count;
	struct mtproto_now now;

	/* The last answer. */
	enum mtproto_event_type type;
	uint8_t body[65536];
	size_t body_len;
	int32_t code;
	char text[128];
};

struct keys {
	char private_pem[4096], public_pem[4096];
	size_t private_len, public_len;
};

static struct keys keys;

static inline int make_keys(void **state)
{
	struct mtproto_rsa *key;

	(void)state;
	assert_int_equal(mtproto_rsa_generate(&key), 0);
	assert_int_equal(mtproto_rsa_private_pem(key, keys.private_pem, sizeof(keys.private_pem), &keys.private_len),
			 0);
	assert_int_equal(mtproto_rsa_public_pem(key, keys.public_pem, sizeof(keys.public_pem), &keys.public_len), 0);
	mtproto_rsa_free(key);
	return 0;
}

/* ---- The clients and the servers, and the wires between them ---- */

static inline struct client *client_of(struct world *world, const struct mtproto_connection *connection)
{
	for (size_t i = 0; i < world->client_count; i++)
		if (world->clients[i].connection == connection)
			return &world->clients[i];
	fail_msg("an event of no client");
	return NULL;
}

static inline void note_ready(struct client *client)
{
	struct mtproto_connection_info info;

	mtproto_connection_get_info(client->connection, &info);
	client->auth_key_id = info.auth_key.id;
	client->temp_auth_key_id = info.temp_auth_key_id;
}

static inline void note_answer(struct world *world, const struct mtproto_event *event)
{
	world->type = event->type;
	world->code = event->code;
	assert_true(event->body.len <= sizeof(world->body) && event->text.len < sizeof(world->text));
	if (event->body.len)
		memcpy(world->body, event->body.data, event->body.len);
	world->body_len = event->body.len;
	memset(world->text, 0, sizeof(world->text));
	if (event->text.len)
		memcpy(world->text, event->text.data, event->text.len);
}

/* FNV-1a */
static inline uint64_t digest_of(const uint8_t *data, size_t len)
{
	uint64_t digest = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		digest = (digest ^ data[i]) * 0x100000001b3u;
	return digest;
}

static inline void note_update(struct client *client, const struct mtproto_event *event)
{
	assert_true(event->body.len <= sizeof(client->update));
	memcpy(client->update, event->body.data, event->body.len);
	client->update_len = event->body.len;
	if (client->updates < UPDATES_MAX)
		client->digests[client->updates] = digest_of(client->update, client->update_len);
	client->updates++;
}

static inline void note_client_event(struct world *world, const struct mtproto_event *event)
{
	switch (event->type) {
	case MTPROTO_EVENT_READY:
		note_ready(client_of(world, event->connection));
		break;
	case MTPROTO_EVENT_RESULT:
	case MTPROTO_EVENT_RPC_ERROR:
		note_answer(world, event);
		break;
	case MTPROTO_EVENT_UPDATE:
		note_update(client_of(world, event->connection), event);
		break;
	case MTPROTO_EVENT_HANDSHAKE_FAILED:
	case MTPROTO_EVENT_CALL_FAILED:
	case MTPROTO_EVENT_LINK_CLOSED:
	case MTPROTO_EVENT_REFUSED:
		fail_msg("client: event %d, %s", (int)event->type, mtproto_strerror(event->error));
		break;
	default:
		break;
	}
}

static inline void turn(struct world *world)
{
	struct mtproto_event event;

	assert_int_equal(mtproto_context_process(world->server_context, &world->now), 0);
	while (mtproto_context_next_event(world->server_context, &event))
		assert_int_equal(testdc_handle(world->testdc, &world->now, &event), 0);
	assert_int_equal(mtproto_context_process(world->client_context, &world->now), 0);
	while (mtproto_context_next_event(world->client_context, &event))
		note_client_event(world, &event);
}

/* The other end of a link. */
static inline struct mtproto_link *peer_of(struct world *world, const struct mtproto_link *link)
{
	for (size_t i = 0; i < world->client_count; i++) {
		if (world->clients[i].client_link == link)
			return world->clients[i].server_link;
		if (world->clients[i].server_link == link)
			return world->clients[i].client_link;
	}
	fail_msg("a link of nobody");
	return NULL;
}

static inline bool carry(struct world *world, struct mtproto_context *from)
{
	struct mtproto_link *link;
	const uint8_t *data;
	bool any = false;
	size_t len;

	while ((link = mtproto_context_next_writable(from))) {
		while ((data = mtproto_link_send_buf(link, &len)) != NULL) {
			assert_int_equal(mtproto_link_recv(peer_of(world, link), data, len), 0);
			assert_int_equal(mtproto_link_send_ack(link, len), 0);
			any = true;
		}
	}
	return any;
}

/* Until nobody has anything to say. */
static inline void settle(struct world *world)
{
	bool any;

	do {
		turn(world);
		any = carry(world, world->client_context);
		any = carry(world, world->server_context) || any;
	} while (any);
}

/* A new client of a server, for the data centre dc. */
static inline struct client *connect_client(struct world *world, size_t server, int32_t dc, int32_t layer,
					    int32_t temp_expires_in)
{
	struct client *client = &world->clients[world->client_count++];
	struct mtproto_connection_config config;

	assert_true(world->client_count <= CLIENTS_MAX);
	mtproto_connection_config_init(&config);
	config.dc = dc;
	config.layer = layer;
	config.api_id = 1;
	config.temp_expires_in = temp_expires_in;
	config.rsa_pem = keys.public_pem;
	config.rsa_pem_len = keys.public_len;
	assert_int_equal(mtproto_connection_new(&client->connection, world->client_context, &config), 0);
	assert_int_equal(mtproto_server_attach(world->servers[server], &world->now, &client->server_link), 0);
	assert_int_equal(mtproto_connection_attach(client->connection, &world->now, NULL, &client->client_link), 0);
	settle(world);
	assert_true(client->auth_key_id != 0);
	return client;
}

static inline void open_server(struct world *world, int32_t dc, const char *address, uint16_t port)
{
	struct mtproto_server **server = &world->servers[world->server_count++];

	assert_true(world->server_count <= SERVERS_MAX);
	assert_int_equal(testdc_open(world->testdc, world->server_context, &world->now, dc, keys.private_pem,
				     keys.private_len, server),
			 0);
	assert_int_equal(testdc_set_address(world->testdc, *server, address, port), 0);
}

/* Without any server or client yet. */
static inline struct world *open_empty_world(void)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->now = (struct mtproto_now){.mono_ns = 1000000000u, .wall_ns = DATE * UINT64_C(1000000000)};
	assert_int_equal(mtproto_context_new(&world->server_context, NULL), 0);
	assert_int_equal(mtproto_context_new(&world->client_context, NULL), 0);
	assert_int_equal(testdc_new(&world->testdc), 0);
	return world;
}

/* One data centre and one client of it. */
static inline struct world *open_world(int32_t server_dc, int32_t dc, int32_t layer, int32_t temp_expires_in)
{
	struct world *world = open_empty_world();

	open_server(world, server_dc, "127.0.0.1", 4430);
	connect_client(world, 0, dc, layer, temp_expires_in);
	return world;
}

static inline void close_world(struct world *world)
{
	mtproto_context_free(world->client_context);
	mtproto_context_free(world->server_context);
	testdc_free(world->testdc);
	free(world);
}

/* ---- Calls ---- */

static inline void call_of(struct world *world, struct client *client, const void *body, size_t len)
{
	uint64_t id;

	world->type = 0;
	assert_int_equal(mtproto_connection_invoke(client->connection, &world->now, NULL, body, len, &id), 0);
	settle(world);
	assert_true(world->type == MTPROTO_EVENT_RESULT || world->type == MTPROTO_EVENT_RPC_ERROR);
}

static inline void call(struct world *world, const void *body, size_t len)
{
	call_of(world, &world->clients[0], body, len);
}

static inline void call_hex_of(struct world *world, struct client *client, const char *text)
{
	uint8_t body[1024];

	call_of(world, client, body, hex(body, sizeof(body), text));
}

static inline void call_hex(struct world *world, const char *text)
{
	call_hex_of(world, &world->clients[0], text);
}

/* auth.importBotAuthorization */
static inline void sign_in(struct world *world, struct client *client, const char *token)
{
	uint8_t body[256];
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, 0x67a3ff2c);
	mtproto_tl_write_int(&w, 0);
	mtproto_tl_write_int(&w, 1);
	mtproto_tl_write_string(&w, "hash");
	mtproto_tl_write_string(&w, token);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	call_of(world, client, body, w.len);
}

static inline void assert_result(const struct world *world, const char *text)
{
	uint8_t expected[1024];
	size_t len = hex(expected, sizeof(expected), text);

	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	assert_int_equal(world->body_len, len);
	assert_memory_equal(world->body, expected, len);
}

static inline void assert_rpc_error(const struct world *world, int32_t code, const char *text)
{
	assert_int_equal(world->type, MTPROTO_EVENT_RPC_ERROR);
	assert_int_equal(world->code, code);
	assert_string_equal(world->text, text);
}

#endif
