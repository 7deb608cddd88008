/* Both roles in memory: a server's context and a client's, and the bytes between them. */
#ifndef TESTS_CONNECTION_PAIR_H
#define TESTS_CONNECTION_PAIR_H

#include <mtproto/mtproto.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAIR_SECOND = 1000000000 };

struct pair {
	struct mtproto_context *server_context;
	struct mtproto_context *client_context;
	struct mtproto_server *server;
	struct mtproto_connection *connection;
	struct mtproto_link *server_link;
	struct mtproto_link *client_link;
	struct mtproto_now now;
	char pem[4096];
	size_t pem_len;
	char public_pem[1024];
	size_t public_pem_len;

	/* What to do with a server's events: NULL answers every request with its own body. */
	void (*on_server)(struct pair *pair, const struct mtproto_event *event);
	/* What to do with a client's events, after the counts below. */
	void (*on_client)(struct pair *pair, const struct mtproto_event *event);
	void *user;

	struct mtproto_link *closed[64]; /* links whose LINK_CLOSED was pulled last */
	size_t closed_count;

	size_t split; /* at most so many bytes go over at once; 0: all */
	bool ready;
	int failed;
	size_t results, errors, failures, pongs, updates, acked, refused, requests, new_sessions, sessions;
	int last_error;
	int call_error; /* of the last CALL_FAILED */
	int32_t last_code;
	int32_t last_transport_error;
	uint8_t last_body[1 << 16];
	size_t last_body_len;
	char last_text[256];
	enum mtproto_fate last_fate;
	uint64_t last_call;
};

/* One key for all tests of a program: making one takes a while. */
static struct mtproto_rsa *pair_rsa;

static inline void pair_note_closed(struct pair *pair, const struct mtproto_event *event)
{
	if (event->type == MTPROTO_EVENT_LINK_CLOSED)
		pair->closed[pair->closed_count++ % 64] = event->link;
}

static inline bool pair_was_closed(const struct pair *pair, const struct mtproto_link *link)
{
	for (size_t i = 0; i < pair->closed_count && i < 64; i++)
		if (pair->closed[i] == link)
			return true;
	return false;
}

static inline void pair_server_event(struct pair *pair, const struct mtproto_event *event)
{
	pair_note_closed(pair, event);
	if (event->type == MTPROTO_EVENT_SESSION)
		pair->sessions++;
	if (event->type == MTPROTO_EVENT_REQUEST)
		pair->requests++;
	if (pair->on_server) {
		pair->on_server(pair, event);
		return;
	}
	if (event->type == MTPROTO_EVENT_REQUEST)
		assert_int_equal(mtproto_server_reply(event->session, event->msg_id, event->body.data, event->body.len),
				 0);
	if (event->type == MTPROTO_EVENT_LINK_CLOSED && event->link == pair->server_link)
		pair->server_link = NULL;
}

static inline void pair_keep_body(struct pair *pair, const struct mtproto_event *event)
{
	pair->last_body_len = event->body.len;
	if (event->body.len <= sizeof(pair->last_body) && event->body.len)
		memcpy(pair->last_body, event->body.data, event->body.len);
}

static inline void pair_client_event(struct pair *pair, const struct mtproto_event *event)
{
	pair_note_closed(pair, event);
	switch (event->type) {
	case MTPROTO_EVENT_READY:
		pair->ready = true;
		break;
	case MTPROTO_EVENT_HANDSHAKE_FAILED:
		pair->failed = event->error;
		break;
	case MTPROTO_EVENT_RESULT:
		pair->results++;
		pair_keep_body(pair, event);
		break;
	case MTPROTO_EVENT_RPC_ERROR:
		pair->errors++;
		pair->last_code = event->code;
		assert_true(event->text.len < sizeof(pair->last_text));
		memcpy(pair->last_text, event->text.data, event->text.len);
		pair->last_text[event->text.len] = 0;
		break;
	case MTPROTO_EVENT_CALL_FAILED:
		pair->failures++;
		pair->last_error = pair->call_error = event->error;
		pair->last_fate = event->fate;
		break;
	case MTPROTO_EVENT_PONG:
		pair->pongs++;
		break;
	case MTPROTO_EVENT_ACKED:
		pair->acked++;
		break;
	case MTPROTO_EVENT_UPDATE:
		pair->updates++;
		pair_keep_body(pair, event);
		break;
	case MTPROTO_EVENT_NEW_SESSION:
		pair->new_sessions++;
		break;
	case MTPROTO_EVENT_REFUSED:
		pair->refused++;
		pair->last_error = event->error;
		break;
	case MTPROTO_EVENT_LINK_CLOSED:
		pair->last_error = event->error;
		pair->last_transport_error = event->transport_error;
		if (event->link == pair->client_link)
			pair->client_link = NULL;
		break;
	default:
		break;
	}
	if (event->call)
		pair->last_call = event->call;
	if (pair->on_client)
		pair->on_client(pair, event);
}

/* Moves what one link has to the other; returns how many bytes. */
static inline size_t pair_move(struct pair *pair, struct mtproto_link *from, struct mtproto_link *to)
{
	size_t moved = 0;
	size_t len;
	const uint8_t *data;

	while (from && (data = mtproto_link_send_buf(from, &len)) && len) {
		if (pair->split && len > pair->split)
			len = pair->split;
		if (to) {
			int error = mtproto_link_recv(to, data, len);

			if (error == MTPROTO_ERR_LIMIT || error == MTPROTO_ERR_MEMORY)
				return moved;
		}
		assert_int_equal(mtproto_link_send_ack(from, len), 0);
		moved += len;
		if (pair->split)
			break;
	}
	return moved;
}

static inline void pair_pull(struct pair *pair, struct mtproto_context *context, bool server)
{
	struct mtproto_event event;

	pair->closed_count = 0;
	assert_int_equal(mtproto_context_process(context, &pair->now), 0);
	while (mtproto_context_next_event(context, &event) == 1) {
		if (server)
			pair_server_event(pair, &event);
		else
			pair_client_event(pair, &event);
	}
	while (mtproto_context_next_writable(context)) {
	}
}

/* Lets both sides talk until neither has anything to say. */
static inline void pair_run(struct pair *pair)
{
	size_t moved;

	do {
		pair_pull(pair, pair->client_context, false);
		moved = pair_move(pair, pair->client_link, pair->server_link);
		pair_pull(pair, pair->server_context, true);
		moved += pair_move(pair, pair->server_link, pair->client_link);
		pair_pull(pair, pair->client_context, false);
	} while (moved);
}

static inline void pair_advance(struct pair *pair, uint64_t ns)
{
	pair->now.mono_ns += ns;
	pair->now.wall_ns += ns;
}

static inline void pair_make_rsa(struct pair *pair)
{
	if (!pair_rsa)
		assert_int_equal(mtproto_rsa_generate(&pair_rsa), 0);
	assert_int_equal(mtproto_rsa_private_pem(pair_rsa, pair->pem, sizeof(pair->pem), &pair->pem_len), 0);
	assert_int_equal(
		mtproto_rsa_public_pem(pair_rsa, pair->public_pem, sizeof(pair->public_pem), &pair->public_pem_len), 0);
}

/* All settings, NULL for the defaults; the server's key is filled in. */
static inline void pair_init_with(struct pair *pair, const struct mtproto_server_config *server,
				  const struct mtproto_context_config *server_context,
				  const struct mtproto_context_config *client_context)
{
	struct mtproto_server_config config;

	memset(pair, 0, sizeof(*pair));
	pair->now.mono_ns = 5000 * (uint64_t)PAIR_SECOND;
	pair->now.wall_ns = 1700000000 * (uint64_t)PAIR_SECOND + 123456789;
	pair_make_rsa(pair);
	assert_int_equal(mtproto_context_new(&pair->server_context, server_context), 0);
	assert_int_equal(mtproto_context_new(&pair->client_context, client_context), 0);
	mtproto_server_config_init(&config);
	if (server)
		config = *server;
	config.rsa_pem = pair->pem;
	config.rsa_pem_len = pair->pem_len;
	assert_int_equal(mtproto_server_new(&pair->server, pair->server_context, &pair->now, &config), 0);
}

static inline void pair_init(struct pair *pair)
{
	pair_init_with(pair, NULL, NULL, NULL);
}

static inline void pair_fini(struct pair *pair)
{
	mtproto_context_free(pair->client_context);
	mtproto_context_free(pair->server_context);
}

/* config NULL: the defaults; the server's key is filled in. */
static inline void pair_new_connection(struct pair *pair, const struct mtproto_connection_config *config)
{
	struct mtproto_connection_config own;

	mtproto_connection_config_init(&own);
	if (config)
		own = *config;
	own.rsa_pem = pair->public_pem;
	own.rsa_pem_len = pair->public_pem_len;
	assert_int_equal(mtproto_connection_new(&pair->connection, pair->client_context, &own), 0);
}

static inline void pair_attach(struct pair *pair, enum mtproto_framing framing, bool obfuscated)
{
	struct mtproto_link_config config;

	mtproto_link_config_init(&config);
	config.framing = framing;
	config.obfuscated = obfuscated;
	assert_int_equal(mtproto_server_attach(pair->server, &pair->now, &pair->server_link), 0);
	assert_int_equal(mtproto_connection_attach(pair->connection, &pair->now, &config, &pair->client_link), 0);
}

/* The stream breaks: what was under way is lost. */
static inline void pair_lose_links(struct pair *pair)
{
	if (pair->client_link)
		mtproto_link_close(pair->client_link, MTPROTO_ERR_EOF);
	if (pair->server_link)
		mtproto_link_close(pair->server_link, MTPROTO_ERR_EOF);
	pair->client_link = NULL;
	pair->server_link = NULL;
	pair_pull(pair, pair->client_context, false);
	pair_pull(pair, pair->server_context, true);
}

/* A client that is ready over an intermediate stream. */
static inline void pair_ready(struct pair *pair)
{
	pair_init(pair);
	pair_new_connection(pair, NULL);
	pair_attach(pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(pair);
	assert_true(pair->ready);
}

static inline uint64_t pair_invoke(struct pair *pair, const void *body, size_t len)
{
	uint64_t call;

	assert_int_equal(mtproto_connection_invoke(pair->connection, &pair->now, NULL, body, len, &call), 0);
	return call;
}

#endif
