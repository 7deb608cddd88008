/* One side of the wire made by hand, in either role: messages with ids, salts and bodies of the test's choice go into a
 * link of the engine, and what the engine sends is opened and listed message by message. It speaks plain intermediate.
 */
#ifndef TESTS_CONNECTION_WIRE_H
#define TESTS_CONNECTION_WIRE_H

#include "connection/pair.h"

#include "hex.h"

enum { WIRE_ITEMS_MAX = 8192, WIRE_BYTES_MAX = 4 << 20 };

struct wire_item {
	uint64_t msg_id;
	uint32_t seq_no;
	uint64_t envelope; /* msg_id of the container that carried it, 0: it came alone */
	uint64_t key_id;   /* 0: a plain message */
	uint64_t salt;
	uint32_t id; /* of its constructor */
	bool taken;
	const uint8_t *body;
	size_t len;
};

struct wire {
	struct pair *pair;
	struct mtproto_link *link;
	struct mtproto_auth_key key;
	bool server; /* the role that the wire plays */
	uint64_t session_id;
	uint64_t salt;
	struct mtproto_msg_id_gen msg_ids;
	uint32_t content_count;
	bool tag_sent;
	int64_t clock_ns; /* added to the test's time for its msg_ids */

	struct mtproto_frame_decoder decoder;
	uint8_t *in;
	size_t in_len;
	uint8_t *bytes; /* bodies of the items */
	size_t bytes_len;
	struct wire_item *items;
	size_t count;
	int32_t transport_error;
	uint32_t quick_ack;
	size_t packets;
};

/* A key that is the same in every run, and another for another factor. */
static inline void wire_make_key(struct mtproto_auth_key *key, unsigned factor)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * factor + factor);
	data[0] = (uint8_t)(factor >> 8);
	mtproto_auth_key_init(key, data);
}

static inline void wire_init(struct wire *wire, struct pair *pair, bool server, const struct mtproto_auth_key *key)
{
	memset(wire, 0, sizeof(*wire));
	wire->pair = pair;
	wire->server = server;
	wire->key = *key;
	wire->session_id = 0x5e55105e55105e55;
	mtproto_frame_decoder_init(&wire->decoder, server ? MTPROTO_FRAMING_DETECT : MTPROTO_FRAMING_INTERMEDIATE,
				   server, 0);
	wire->in = malloc(WIRE_BYTES_MAX);
	wire->bytes = malloc(WIRE_BYTES_MAX);
	wire->items = calloc(WIRE_ITEMS_MAX, sizeof(*wire->items));
	assert_non_null(wire->in);
	assert_non_null(wire->bytes);
	assert_non_null(wire->items);
}

static inline void wire_fini(struct wire *wire)
{
	free(wire->in);
	free(wire->bytes);
	free(wire->items);
}

/* Plays a client: a new link to the pair's server. */
static inline void wire_attach(struct wire *wire)
{
	assert_int_equal(mtproto_server_attach(wire->pair->server, &wire->pair->now, &wire->link), 0);
	wire->tag_sent = false;
	wire->in_len = 0;
	mtproto_frame_decoder_init(&wire->decoder, MTPROTO_FRAMING_INTERMEDIATE, false, 0);
}

/* ---- Out ---- */

/* Bytes into the link as they are. */
static inline void wire_send_raw(struct wire *wire, const void *data, size_t len)
{
	assert_int_equal(mtproto_link_recv(wire->link, data, len), 0);
}

/* A finished packet in its frame; bit 31 of the length asks for a quick ack. */
static inline void wire_send_packet(struct wire *wire, const void *packet, size_t len, bool quick_ack)
{
	static const uint8_t tag[4] = {0xee, 0xee, 0xee, 0xee};
	uint8_t head[4] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16), quick_ack ? 0x80 : 0};

	if (!wire->tag_sent && !wire->server)
		wire_send_raw(wire, tag, sizeof(tag));
	wire->tag_sent = true;
	wire_send_raw(wire, head, sizeof(head));
	wire_send_raw(wire, packet, len);
}

static inline int64_t wire_now_ns(const struct wire *wire)
{
	return (int64_t)wire->pair->now.wall_ns + wire->clock_ns;
}

/* The packet of a message, to be sent now or later; returns its length. */
static inline size_t wire_seal(struct wire *wire, uint64_t msg_id, uint32_t seq_no, const void *body, size_t len,
			       uint8_t *packet, size_t cap)
{
	struct mtproto_seal_job job = {.key = &wire->key,
				       .direction = wire->server ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER,
				       .message = {.salt = wire->salt,
						   .session_id = wire->session_id,
						   .msg_id = msg_id,
						   .seq_no = seq_no,
						   .body = {body, len}},
				       .packet = packet,
				       .packet_cap = cap};

	assert_int_equal(mtproto_message_padding(MTPROTO_PADDING_SMALLEST, NULL, len, &job.padding), 0);
	assert_int_equal(mtproto_message_seal(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), NULL, &job), 0);
	return job.packet_len;
}

static inline void wire_send_as(struct wire *wire, uint64_t msg_id, uint32_t seq_no, const void *body, size_t len)
{
	size_t cap = len + 1200;
	uint8_t *packet = malloc(cap);

	assert_non_null(packet);
	wire_send_packet(wire, packet, wire_seal(wire, msg_id, seq_no, body, len, packet, cap), false);
	free(packet);
}

static inline uint64_t wire_next_msg_id(struct wire *wire)
{
	return mtproto_msg_id_next(&wire->msg_ids, wire_now_ns(wire), wire->server ? 1 : 0);
}

static inline uint32_t wire_next_seq_no(struct wire *wire, bool content)
{
	uint32_t seq_no = 2 * wire->content_count + (content ? 1 : 0);

	wire->content_count += content ? 1 : 0;
	return seq_no;
}

/* One message as the protocol wants it; returns its msg_id. */
static inline uint64_t wire_send(struct wire *wire, const void *body, size_t len, bool content)
{
	uint64_t msg_id = wire_next_msg_id(wire);

	wire_send_as(wire, msg_id, wire_next_seq_no(wire, content), body, len);
	return msg_id;
}

static inline uint64_t wire_send_hex(struct wire *wire, const char *text, bool content)
{
	uint8_t body[1024];
	size_t len = hex(body, sizeof(body), text);

	return wire_send(wire, body, len, content);
}

/* A body that is put together. */
struct wire_body {
	struct mtproto_tl_writer w;
	uint8_t data[4096];
};

static inline struct mtproto_tl_writer *wire_body(struct wire_body *body)
{
	mtproto_tl_writer_init(&body->w, body->data, sizeof(body->data));
	return &body->w;
}

static inline uint64_t wire_send_body(struct wire *wire, struct wire_body *body, bool content)
{
	assert_int_equal(mtproto_tl_writer_end(&body->w), 0);
	return wire_send(wire, body->data, body->w.len, content);
}

static inline void wire_ack(struct wire *wire, uint64_t msg_id)
{
	struct wire_body body;

	mtproto_tl_write_u32(wire_body(&body), MTPROTO_ID_MSGS_ACK);
	mtproto_tl_write_vector(&body.w, 1);
	mtproto_tl_write_long(&body.w, msg_id);
	wire_send_body(wire, &body, false);
}

static inline uint64_t wire_ping(struct wire *wire, uint64_t ping_id)
{
	struct wire_body body;
	struct mtproto_ping ping = {ping_id};

	mtproto_ping_write(wire_body(&body), &ping);
	return wire_send_body(wire, &body, false);
}

/* ---- In ---- */

static inline void wire_add_item(struct wire *wire, const struct wire_item *item, const uint8_t *body, size_t len)
{
	struct wire_item *added = &wire->items[wire->count++];

	assert_true(wire->count < WIRE_ITEMS_MAX && wire->bytes_len + len <= WIRE_BYTES_MAX && len >= 4);
	*added = *item;
	added->body = memcpy(wire->bytes + wire->bytes_len, body, len);
	added->len = len;
	added->id = (uint32_t)body[0] | (uint32_t)body[1] << 8 | (uint32_t)body[2] << 16 | (uint32_t)body[3] << 24;
	wire->bytes_len += len;
}

static inline void wire_add_message(struct wire *wire, const struct mtproto_message *m)
{
	struct wire_item item = {.msg_id = m->msg_id, .seq_no = m->seq_no, .key_id = wire->key.id, .salt = m->salt};
	struct mtproto_msg_container container;
	struct mtproto_container_message inner;
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, m->body.data, m->body.len);
	if (mtproto_tl_peek(&r) != MTPROTO_ID_MSG_CONTAINER) {
		wire_add_item(wire, &item, m->body.data, m->body.len);
		return;
	}
	assert_int_equal(mtproto_msg_container_read(&container, &r), 0);
	mtproto_tl_reader_init(&r, container.messages.items.data, container.messages.items.len);
	item.envelope = m->msg_id;
	for (uint32_t i = 0; i < container.messages.count; i++) {
		assert_int_equal(mtproto_container_message_read(&inner, &r), 0);
		item.msg_id = inner.msg_id;
		item.seq_no = inner.seq_no;
		wire_add_item(wire, &item, inner.body.data, inner.body.len);
	}
}

static inline void wire_open(struct wire *wire, uint8_t *packet, size_t len)
{
	struct wire_item plain = {0};
	struct mtproto_open_job job = {.key = &wire->key,
				       .direction = wire->server ? MTPROTO_TO_SERVER : MTPROTO_TO_CLIENT,
				       .packet = packet,
				       .packet_len = len};

	wire->packets++;
	if (mtproto_plain_is(packet, len)) {
		wire_add_item(wire, &plain, packet + MTPROTO_PLAIN_HEADER_SIZE, len - MTPROTO_PLAIN_HEADER_SIZE);
		return;
	}
	assert_int_equal(mtproto_message_open(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &job), 0);
	assert_true(job.message.session_id == wire->session_id || wire->server);
	if (wire->server)
		wire->session_id = job.message.session_id;
	wire_add_message(wire, &job.message);
}

/* Takes what the link wants to send and opens it. */
static inline void wire_read(struct wire *wire)
{
	struct mtproto_frame frame;
	size_t len, consumed, wanted;
	const uint8_t *data;
	size_t at = 0;

	while (wire->link && (data = mtproto_link_send_buf(wire->link, &len)) && len) {
		assert_true(wire->in_len + len <= WIRE_BYTES_MAX);
		memcpy(wire->in + wire->in_len, data, len);
		wire->in_len += len;
		assert_int_equal(mtproto_link_send_ack(wire->link, len), 0);
	}
	do {
		assert_int_equal(mtproto_frame_decode(&wire->decoder, wire->in + at, wire->in_len - at, &frame,
						      &consumed, &wanted),
				 0);
		if (frame.kind == MTPROTO_FRAME_PACKET)
			wire_open(wire, wire->in + at + frame.packet_offset, frame.packet_len);
		if (frame.kind == MTPROTO_FRAME_TRANSPORT_ERROR)
			wire->transport_error = frame.transport_error;
		if (frame.kind == MTPROTO_FRAME_QUICK_ACK)
			wire->quick_ack = frame.quick_ack_token;
		at += consumed;
	} while (frame.kind != MTPROTO_FRAME_NONE);
	memmove(wire->in, wire->in + at, wire->in_len - at);
	wire->in_len -= at;
}

/* One turn of the engine's loop on the other side of the wire, and what it sends. */
static inline void wire_run(struct wire *wire)
{
	if (wire->server)
		pair_pull(wire->pair, wire->pair->client_context, false);
	else
		pair_pull(wire->pair, wire->pair->server_context, true);
	if (pair_was_closed(wire->pair, wire->link))
		wire->link = NULL;
	wire_read(wire);
}

/* The first message of that constructor that was not taken yet, or NULL. */
static inline const struct wire_item *wire_take(struct wire *wire, uint32_t id)
{
	for (size_t i = 0; i < wire->count; i++) {
		struct wire_item *item = &wire->items[i];

		if (item->taken || item->id != id)
			continue;
		item->taken = true;
		return item;
	}
	return NULL;
}

static inline size_t wire_count(const struct wire *wire, uint32_t id)
{
	size_t count = 0;

	for (size_t i = 0; i < wire->count; i++)
		count += !wire->items[i].taken && wire->items[i].id == id;
	return count;
}

/* Forgets what was received. */
static inline void wire_clear(struct wire *wire)
{
	wire->count = 0;
	wire->bytes_len = 0;
	wire->packets = 0;
	wire->transport_error = 0;
	wire->quick_ack = 0;
}

static inline uint32_t wire_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t wire_u64(const uint8_t *p)
{
	return (uint64_t)wire_u32(p) | (uint64_t)wire_u32(p + 4) << 32;
}

/* The rpc_result for a request: its result, *len bytes; fails the test when there is none. */
static inline const uint8_t *wire_result(struct wire *wire, uint64_t req_msg_id, size_t *len)
{
	for (size_t i = 0; i < wire->count; i++) {
		struct wire_item *item = &wire->items[i];

		if (item->taken || item->id != MTPROTO_ID_RPC_RESULT || wire_u64(item->body + 4) != req_msg_id)
			continue;
		item->taken = true;
		*len = item->len - 12;
		return item->body + 12;
	}
	fail_msg("no rpc_result for %llx", (unsigned long long)req_msg_id);
	return NULL;
}

/* Fails unless the request was answered by an rpc_error with this code and text. */
static inline void wire_expect_error(struct wire *wire, uint64_t req_msg_id, int32_t code, const char *text)
{
	struct mtproto_rpc_error error;
	struct mtproto_tl_reader r;
	size_t len = 0;
	const uint8_t *result = wire_result(wire, req_msg_id, &len);

	mtproto_tl_reader_init(&r, result, len);
	assert_int_equal(mtproto_rpc_error_read(&error, &r), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_int_equal(error.error_code, code);
	assert_int_equal(error.error_message.len, strlen(text));
	assert_memory_equal(error.error_message.data, text, error.error_message.len);
}

/* ---- A server made by hand, for the pair's connection ---- */

/* A new link of the connection ends in the wire. */
static inline void wire_serve(struct wire *wire)
{
	struct mtproto_link_config config;
	struct mtproto_connection_info info;

	mtproto_link_config_init(&config);
	config.obfuscated = false;
	assert_int_equal(
		mtproto_connection_attach(wire->pair->connection, &wire->pair->now, &config, &wire->pair->client_link),
		0);
	wire->link = wire->pair->client_link;
	wire->in_len = 0;
	mtproto_frame_decoder_init(&wire->decoder, MTPROTO_FRAMING_DETECT, true, 0);
	mtproto_connection_get_info(wire->pair->connection, &info);
	wire->session_id = info.session_id;
}

/* A connection with a key that it was given (config may say more, or be NULL) and its first link. */
static inline void wire_server(struct wire *wire, struct pair *pair, const struct mtproto_connection_config *config)
{
	struct mtproto_connection_config own;
	struct mtproto_auth_key key;

	mtproto_connection_config_init(&own);
	if (config)
		own = *config;
	wire_make_key(&key, 3);
	own.auth_key = &key;
	pair_new_connection(pair, &own);
	wire_init(wire, pair, true, &key);
	wire_serve(wire);
}

/* Sends an rpc_result. */
static inline uint64_t wire_reply(struct wire *wire, uint64_t req_msg_id, const void *result, size_t len)
{
	struct wire_body body;

	mtproto_tl_write_u32(wire_body(&body), MTPROTO_ID_RPC_RESULT);
	mtproto_tl_write_long(&body.w, req_msg_id);
	mtproto_tl_write_raw(&body.w, result, len);
	return wire_send_body(wire, &body, true);
}

static inline uint64_t wire_reply_error(struct wire *wire, uint64_t req_msg_id, int32_t code, const char *text)
{
	struct mtproto_rpc_error error = {code, {(const uint8_t *)text, strlen(text)}};
	struct wire_body body;

	mtproto_tl_write_u32(wire_body(&body), MTPROTO_ID_RPC_RESULT);
	mtproto_tl_write_long(&body.w, req_msg_id);
	mtproto_rpc_error_write(&body.w, &error);
	return wire_send_body(wire, &body, true);
}

/* bad_msg_notification, or bad_server_salt for code 48. */
static inline uint64_t wire_refuse(struct wire *wire, const struct wire_item *item, int32_t code, uint64_t salt)
{
	struct mtproto_bad_server_salt bad_salt = {item->msg_id, (int32_t)item->seq_no, code, salt};
	struct mtproto_bad_msg_notification bad = {item->msg_id, (int32_t)item->seq_no, code};
	struct wire_body body;

	if (code == 48)
		mtproto_bad_server_salt_write(wire_body(&body), &bad_salt);
	else
		mtproto_bad_msg_notification_write(wire_body(&body), &bad);
	return wire_send_body(wire, &body, false);
}

/* ---- A client made by hand, at home at the pair's server ---- */

/* Makes the server know the wire's key. */
static inline void wire_add_key(struct wire *wire, bool temporary, uint32_t expires_at)
{
	struct mtproto_key_info info = {.auth_key = wire->key, .temporary = temporary, .expires_at = expires_at};

	assert_int_equal(mtproto_server_add_key(wire->pair->server, &info), 0);
}

/* Asks for the present salt by a ping with a wrong one; the session is known after it, and empty. */
static inline void wire_learn_salt(struct wire *wire)
{
	const struct wire_item *bad;

	wire_ping(wire, 1);
	wire_run(wire);
	bad = wire_take(wire, MTPROTO_ID_BAD_SERVER_SALT);
	assert_non_null(bad);
	wire->salt = wire_u64(bad->body + 20);
}

/* A client with a key, a link, the salt and an announced session. */
static inline void wire_client(struct wire *wire, struct pair *pair, unsigned factor)
{
	struct mtproto_auth_key key;

	wire_make_key(&key, factor);
	wire_init(wire, pair, false, &key);
	wire_add_key(wire, false, 0);
	wire_attach(wire);
	wire_learn_salt(wire);
	wire_ping(wire, 2);
	wire_run(wire);
	assert_non_null(wire_take(wire, MTPROTO_ID_PONG));
	wire_ack(wire, wire_take(wire, MTPROTO_ID_NEW_SESSION_CREATED)->msg_id);
	wire_run(wire);
	wire_clear(wire);
}

#endif
