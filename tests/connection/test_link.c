/* A link's two ends: room for bytes in, bytes out, its end. */
#include "connection/wire.h"

#include <mtproto/error.h>

/* What a context allocates. */
struct budget {
	size_t used, most, total, count;
};

static void *counted_alloc(void *user, size_t size)
{
	struct budget *budget = user;

	budget->used += size;
	budget->total += size;
	budget->count++;
	if (budget->used > budget->most)
		budget->most = budget->used;
	return malloc(size);
}

static void counted_release(void *user, void *memory, size_t size)
{
	struct budget *budget = user;

	budget->used -= size;
	free(memory);
}

struct world {
	struct budget budget;
	struct mtproto_allocator allocator;
	struct pair pair;
	struct wire wire;
};

/* A server with a client made by hand; the server's memory is counted. */
static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct mtproto_context_config config;

	assert_non_null(w);
	w->allocator = (struct mtproto_allocator){counted_alloc, counted_release, &w->budget};
	mtproto_context_config_init(&config);
	config.allocator = &w->allocator;
	config.link_send_max = 100000;
	pair_init_with(&w->pair, NULL, &config, NULL);
	wire_client(&w->wire, &w->pair, 3);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	wire_fini(&w->wire);
	pair_fini(&w->pair);
	assert_int_equal(w->budget.used, 0);
	free(w);
	return 0;
}

/* Forgets what the context keeps for reuse, as far as the test can: counts from here. */
static void count_from_here(struct budget *budget)
{
	budget->most = budget->used;
	budget->total = 0;
	budget->count = 0;
}

/* ---- Bytes in ---- */

static void room_may_be_asked_for_again(void **state)
{
	struct world *w = *state;
	size_t len = 0, again = 0;
	uint8_t *room = mtproto_link_recv_buf(w->wire.link, &len);

	assert_non_null(room);
	assert_true(len >= 1000);
	assert_ptr_equal(mtproto_link_recv_buf(w->wire.link, &again), room);
	assert_int_equal(again, len);
	assert_int_equal(mtproto_link_recv_ack(w->wire.link, len + 1), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_link_recv_ack(w->wire.link, 0), 0);
}

static void what_is_filed_through_the_room_arrives(void **state)
{
	struct world *w = *state;
	struct wire_body body;
	struct mtproto_ping ping = {9};
	uint8_t packet[200];
	size_t len, room_len;

	mtproto_ping_write(wire_body(&body), &ping);
	len = wire_seal(&w->wire, wire_next_msg_id(&w->wire), 2, body.data, body.w.len, packet + 4, sizeof(packet) - 4);
	packet[0] = (uint8_t)len;
	packet[1] = packet[2] = packet[3] = 0;
	for (size_t i = 0; i < len + 4; i++) {
		uint8_t *room = mtproto_link_recv_buf(w->wire.link, &room_len);

		assert_non_null(room);
		*room = packet[i];
		assert_int_equal(mtproto_link_recv_ack(w->wire.link, 1), 0);
		wire_run(&w->wire);
		assert_int_equal(wire_count(&w->wire, MTPROTO_ID_PONG), i == len + 3);
	}
}

/* Only what has come makes room for more, whatever a length field says. */
static void a_claimed_length_allocates_nothing(void **state)
{
	static const uint8_t head[4] = {0, 0, 0, 1}; /* 16 MiB */
	struct world *w = *state;
	uint8_t piece[1000] = {0};
	size_t sent = 0, before = w->budget.used;

	count_from_here(&w->budget);
	wire_send_raw(&w->wire, head, sizeof(head));
	wire_run(&w->wire);
	assert_true(w->budget.most - w->budget.used < 8192);
	for (int i = 0; i < 2000; i++) {
		size_t room;

		assert_non_null(mtproto_link_recv_buf(w->wire.link, &room));
		wire_send_raw(&w->wire, piece, sizeof(piece));
		sent += sizeof(piece);
		wire_run(&w->wire);
		assert_true(w->budget.used - before < 2 * sent + 150000); /* with the pieces kept for reuse */
	}
	/* Neither is it copied again and again. */
	assert_true(w->budget.total < 6 * sent);
}

static void a_large_frame_costs_no_more_than_some_copies(void **state)
{
	struct world *w = *state;
	size_t len = 8 << 20;
	uint8_t *packet = calloc(1, len);

	assert_non_null(packet);
	packet[0] = 1;
	count_from_here(&w->budget);
	wire_send_raw(&w->wire, "\x00\x00\x80\x00", 4);
	for (size_t at = 0; at < len; at += 4096) {
		wire_send_raw(&w->wire, packet + at, 4096);
		if (at % 65536 == 0)
			wire_run(&w->wire);
	}
	wire_run(&w->wire);
	assert_int_equal(w->wire.transport_error, -404);
	assert_true(w->budget.total < 6 * len);
	assert_true(w->budget.most < 4 * len);
	free(packet);
}

static void more_than_may_wait_is_refused_and_may_come_later(void **state)
{
	struct world *w = *state;
	size_t max = 16 << 20, len = 1;
	uint8_t *bytes = calloc(1, max + 1000000);

	assert_non_null(bytes);
	assert_int_equal(mtproto_link_recv(w->wire.link, bytes, max + 1000000), MTPROTO_ERR_LIMIT);
	memset(bytes, 0x04, 3); /* a frame of 0x040404 bytes */
	bytes[3] = 0;
	assert_int_equal(mtproto_link_recv(w->wire.link, bytes, max), 0);
	assert_int_equal(mtproto_link_recv(w->wire.link, bytes, max), MTPROTO_ERR_LIMIT);
	free(bytes);
	wire_run(&w->wire);
	/* What was left over of it is no frame that could be. */
	assert_null(w->wire.link);
	wire_attach(&w->wire);
	assert_non_null(mtproto_link_recv_buf(w->wire.link, &len));
}

/* However many links there are: the one block that is seen here is kept by the context for all of them. */
static void an_idle_link_holds_no_block(void **state)
{
	struct world *w = *state;
	static const uint8_t filler[12] = {0xee, 0xee, 0xee, 0xee, 4};
	size_t used = w->budget.used, len;

	for (int i = 0; i < 50; i++) {
		struct mtproto_link *link;

		assert_int_equal(mtproto_server_attach(w->pair.server, &w->pair.now, &link), 0);
		/* A read that finds nothing. */
		assert_non_null(mtproto_link_recv_buf(link, &len));
		assert_int_equal(mtproto_link_recv_ack(link, 0), 0);
		if (i % 2) /* a whole frame, which means nothing */
			assert_int_equal(mtproto_link_recv(link, filler, sizeof(filler)), 0);
		wire_run(&w->wire);
	}
	assert_true(w->budget.used < used + 50 * 2000 + 8192);
}

static void bad_framing_closes_the_link(void **state)
{
	struct world *w = *state;
	struct mtproto_link *link;
	struct mtproto_event event;
	int closed = 0;

	assert_int_equal(mtproto_server_attach(w->pair.server, &w->pair.now, &link), 0);
	assert_int_equal(mtproto_link_recv(link, "GET / HTTP/1.1\r\n", 16), 0);
	assert_int_equal(mtproto_context_process(w->pair.server_context, &w->pair.now), 0);
	while (mtproto_context_next_event(w->pair.server_context, &event)) {
		assert_int_equal(event.type, MTPROTO_EVENT_LINK_CLOSED);
		assert_ptr_equal(event.link, link);
		assert_ptr_equal(event.server, w->pair.server);
		assert_int_equal(event.error, MTPROTO_ERR_FRAMING);
		assert_string_equal(mtproto_link_reason(event.link), mtproto_strerror(MTPROTO_ERR_FRAMING));
		closed++;
	}
	assert_int_equal(closed, 1);
}

static void a_frame_above_the_limit_closes_the_link_from_its_header(void **state)
{
	struct world *w = *state;
	int error = 0;

	wire_send_raw(&w->wire, "\x04\x00\x00\x01", 4); /* 16 MiB and 4 bytes */
	assert_int_equal(mtproto_context_process(w->pair.server_context, &w->pair.now), 0);
	for (struct mtproto_event event; mtproto_context_next_event(w->pair.server_context, &event);)
		error = event.error;
	assert_int_equal(error, MTPROTO_ERR_FRAME_TOO_LARGE);
}

/* What came in order is handled in order: an end behind a message does not swallow it. */
static void what_stands_before_a_bad_frame_still_counts(void **state)
{
	struct world *w = *state;

	wire_ping(&w->wire, 1);
	wire_send_raw(&w->wire, "\x01\x00\x00\x00\xff", 5);
	pair_pull(&w->pair, w->pair.server_context, true);
	assert_int_equal(w->pair.closed_count, 1);
	w->wire.link = NULL;

	/* The session has taken it in: its answer waits for the next link. */
	wire_attach(&w->wire);
	wire_ping(&w->wire, 2);
	wire_run(&w->wire);
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_PONG), 2);
}

/* ---- Bytes out ---- */

static void bytes_out_are_acknowledged_in_any_pieces(void **state)
{
	struct world *w = *state;
	struct mtproto_link *link = w->wire.link;
	const uint8_t *data, *rest;
	size_t len, left;

	for (uint64_t i = 0; i < 3; i++)
		wire_ping(&w->wire, i);
	pair_pull(&w->pair, w->pair.server_context, true);
	data = mtproto_link_send_buf(link, &len);
	assert_non_null(data);
	assert_true(len > 100);
	assert_int_equal(mtproto_link_send_ack(link, len + 1), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(mtproto_link_send_ack(link, 0), 0);
	assert_int_equal(mtproto_link_send_ack(link, 1), 0);
	rest = mtproto_link_send_buf(link, &left);
	assert_ptr_equal(rest, data + 1);
	assert_int_equal(left, len - 1);
	assert_int_equal(mtproto_link_send_ack(link, left), 0);
	assert_null(mtproto_link_send_buf(link, &left));
	assert_int_equal(left, 0);
	assert_int_equal(mtproto_link_send_ack(link, 1), MTPROTO_ERR_ARGUMENT);
}

static void a_full_link_pauses_sealing_and_goes_on_when_emptied(void **state)
{
	struct world *w = *state;
	struct mtproto_link *link = w->wire.link;
	size_t len, total = 0, most = 0;
	int rounds = 0;

	for (uint64_t i = 0; i < 6000; i++)
		wire_ping(&w->wire, i);
	assert_int_equal(mtproto_context_process(w->pair.server_context, &w->pair.now), 0);
	while (mtproto_context_next_writable(w->pair.server_context) == link) {
		const uint8_t *data;

		rounds++;
		most = 0;
		while ((data = mtproto_link_send_buf(link, &len)) && len) {
			memcpy(w->wire.in + w->wire.in_len, data, len);
			w->wire.in_len += len;
			most += len;
			assert_int_equal(mtproto_link_send_ack(link, len), 0);
		}
		/* A packet may go beyond the limit, no more is begun. */
		assert_true(most < 100000 + 40000);
		total += most;
	}
	assert_true(total > 100000);
	assert_in_range(rounds, 2, 3);
	wire_read(&w->wire);
	assert_int_equal(wire_count(&w->wire, MTPROTO_ID_PONG), 6000);
}

static void a_link_is_writable_once_for_what_it_has(void **state)
{
	struct world *w = *state;

	wire_ping(&w->wire, 1);
	assert_int_equal(mtproto_context_process(w->pair.server_context, &w->pair.now), 0);
	assert_ptr_equal(mtproto_context_next_writable(w->pair.server_context), w->wire.link);
	assert_null(mtproto_context_next_writable(w->pair.server_context));
	assert_int_equal(mtproto_link_send_ack(w->wire.link, 1), 0);
	assert_null(mtproto_context_next_writable(w->pair.server_context));
	wire_ping(&w->wire, 2);
	assert_int_equal(mtproto_context_process(w->pair.server_context, &w->pair.now), 0);
	assert_ptr_equal(mtproto_context_next_writable(w->pair.server_context), w->wire.link);
	assert_null(mtproto_context_next_writable(w->pair.server_context));
}

static void an_emptied_link_is_not_writable(void **state)
{
	struct world *w = *state;
	struct mtproto_link *second = w->wire.link, *first;
	size_t len;

	/* Two links with something to send; one is emptied before it is asked for. */
	wire_ping(&w->wire, 1);
	wire_attach(&w->wire);
	first = w->wire.link;
	wire_send_packet(&w->wire, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", 16, false);
	assert_int_equal(mtproto_context_process(w->pair.server_context, &w->pair.now), 0);
	assert_non_null(mtproto_link_send_buf(first, &len));
	assert_int_equal(mtproto_link_send_ack(first, len), 0);
	assert_ptr_equal(mtproto_context_next_writable(w->pair.server_context), second);
	assert_null(mtproto_context_next_writable(w->pair.server_context));
}

/* ---- The end ---- */

static void closing_is_told_once_and_final(void **state)
{
	struct world *w = *state;
	struct mtproto_link *link = w->wire.link;
	struct mtproto_event event;
	uint8_t byte = 0;
	size_t len, used;

	mtproto_link_set_user(link, w);
	wire_ping(&w->wire, 1);
	mtproto_link_close(link, MTPROTO_ERR_IO);
	mtproto_link_close(link, 0);
	assert_null(mtproto_link_recv_buf(link, &len));
	assert_int_equal(len, 0);
	assert_int_equal(mtproto_link_recv(link, &byte, 1), MTPROTO_ERR_CLOSED);
	assert_int_equal(mtproto_link_recv_ack(link, 1), MTPROTO_ERR_CLOSED);
	assert_null(mtproto_link_send_buf(link, &len));
	assert_int_equal(mtproto_link_send_ack(link, 1), MTPROTO_ERR_ARGUMENT);
	assert_null(mtproto_context_next_writable(w->pair.server_context));
	assert_int_equal(mtproto_context_process(w->pair.server_context, &w->pair.now), 0);

	assert_int_equal(mtproto_context_next_event(w->pair.server_context, &event), 1);
	assert_int_equal(event.type, MTPROTO_EVENT_LINK_CLOSED);
	assert_ptr_equal(event.link, link);
	assert_int_equal(event.error, MTPROTO_ERR_IO);
	assert_ptr_equal(mtproto_link_user(link), w);
	assert_string_equal(mtproto_link_reason(link), mtproto_strerror(MTPROTO_ERR_IO));
	mtproto_link_close(link, 0);
	used = w->budget.used;
	assert_int_equal(mtproto_context_next_event(w->pair.server_context, &event), 0);
	assert_true(w->budget.used < used); /* now it is freed */
}

static void a_link_closed_by_its_peer_with_an_error_says_which(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_auth_key key;
	struct world *w = *state;
	struct wire server;
	static const struct {
		uint8_t bytes[4];
		int32_t code;
	} errors[] = {{{0x6c, 0xfe, 0xff, 0xff}, -404}, {{0x53, 0xfe, 0xff, 0xff}, -429}};

	wire_make_key(&key, 3);
	mtproto_connection_config_init(&config);
	config.auth_key = &key;
	pair_new_connection(&w->pair, &config);
	for (size_t i = 0; i < 2; i++) {
		struct mtproto_link_config link;

		wire_init(&server, &w->pair, true, &key);
		mtproto_link_config_init(&link);
		link.obfuscated = false;
		assert_int_equal(
			mtproto_connection_attach(w->pair.connection, &w->pair.now, &link, &w->pair.client_link), 0);
		server.link = w->pair.client_link;
		wire_send_packet(&server, errors[i].bytes, 4, false);
		wire_run(&server);
		assert_null(w->pair.client_link);
		assert_int_equal(w->pair.last_error, MTPROTO_ERR_TRANSPORT_CODE);
		assert_int_equal(w->pair.last_transport_error, errors[i].code);
		wire_fini(&server);
	}
}

static void a_client_ends_its_link_by_an_error_too(void **state)
{
	struct world *w = *state;

	wire_send_packet(&w->wire, "\x6c\xfe\xff\xff", 4, false);
	wire_run(&w->wire);
	assert_null(w->wire.link);
}

static void links_that_can_not_be_are_refused(void **state)
{
	struct world *w = *state;
	struct mtproto_link_config config;
	struct mtproto_link *link;
	uint8_t secret[16] = {0};

	pair_new_connection(&w->pair, NULL);
	mtproto_link_config_init(&config);
	config.size--;
	assert_int_equal(mtproto_connection_attach(w->pair.connection, &w->pair.now, &config, &link),
			 MTPROTO_ERR_CONFIG_SIZE);
	mtproto_link_config_init(&config);
	config.framing = MTPROTO_FRAMING_FULL;
	assert_int_equal(mtproto_connection_attach(w->pair.connection, &w->pair.now, &config, &link),
			 MTPROTO_ERR_ARGUMENT);
	config.framing = MTPROTO_FRAMING_DETECT;
	config.obfuscated = false;
	assert_int_equal(mtproto_connection_attach(w->pair.connection, &w->pair.now, &config, &link),
			 MTPROTO_ERR_ARGUMENT);
	config.framing = MTPROTO_FRAMING_PADDED;
	config.secret = secret;
	assert_int_equal(mtproto_connection_attach(w->pair.connection, &w->pair.now, &config, &link),
			 MTPROTO_ERR_ARGUMENT);
	config.obfuscated = true;
	assert_int_equal(mtproto_connection_attach(w->pair.connection, &w->pair.now, &config, &link), 0);
	assert_int_equal(mtproto_connection_attach(w->pair.connection, &w->pair.now, &config, &link),
			 MTPROTO_ERR_STATE);
}

/* A ping that asks for a quick ack, sealed; returns the token that must come. */
static uint32_t seal_asking_ping(struct world *w, uint8_t *packet, size_t cap, size_t *len)
{
	struct mtproto_ping ping = {9};
	struct mtproto_seal_job job;
	struct wire_body body;

	mtproto_ping_write(wire_body(&body), &ping);
	memset(&job, 0, sizeof(job));
	job.key = &w->wire.key;
	job.direction = MTPROTO_TO_SERVER;
	job.message = (struct mtproto_message){
		w->wire.salt, w->wire.session_id, wire_next_msg_id(&w->wire), 0, {body.data, body.w.len}};
	assert_int_equal(mtproto_message_padding(MTPROTO_PADDING_SMALLEST, NULL, body.w.len, &job.padding), 0);
	job.packet = packet;
	job.packet_cap = cap;
	assert_int_equal(mtproto_message_seal(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), NULL, &job), 0);
	*len = job.packet_len;
	return job.quick_ack_token;
}

static void a_quick_ack_comes_at_once_to_who_asks(void **state)
{
	struct world *w = *state;
	uint8_t packet[200];
	size_t len;
	uint32_t token = seal_asking_ping(w, packet, sizeof(packet), &len);

	wire_send_packet(&w->wire, packet, len, true);
	wire_run(&w->wire);
	assert_int_equal(w->wire.quick_ack, token);
	assert_int_not_equal(w->wire.quick_ack, 0);
}

/* The frame of a packet that asks for a quick ack, obfuscated behind its header; returns the length. */
static size_t obfuscate_asking(struct mtproto_obfuscation *o, enum mtproto_framing framing, const uint8_t *packet,
			       size_t len, uint8_t *out)
{
	uint8_t head[MTPROTO_FRAME_HEAD_MAX], tail[MTPROTO_FRAME_TAIL_MAX];
	struct mtproto_obfuscation_config config;
	struct mtproto_frame_encoder encoder;
	size_t head_len, tail_len, at = MTPROTO_OBFUSCATION_HEADER_SIZE;

	mtproto_obfuscation_config_init(&config);
	config.framing = framing;
	assert_int_equal(mtproto_obfuscation_init_client(o, mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &config, out),
			 0);
	mtproto_frame_encoder_init(&encoder, framing);
	assert_int_equal(mtproto_frame_encode(&encoder, packet, len, 0, true, NULL, head, &head_len, tail, &tail_len),
			 0);
	memcpy(out + at, head, head_len);
	memcpy(out + at + head_len, packet, len);
	memcpy(out + at + head_len + len, tail, tail_len);
	len += head_len + tail_len;
	assert_int_equal(mtproto_obfuscation_encrypt(o, out + at, out + at, len), 0);
	return at + len;
}

/* What stands on the stream stays in step: the quick ack, then the pong. */
static void an_obfuscated_quick_ack_keeps_the_stream_in_step(void **state)
{
	static const enum mtproto_framing framings[] = {MTPROTO_FRAMING_ABRIDGED, MTPROTO_FRAMING_INTERMEDIATE,
							MTPROTO_FRAMING_PADDED};
	struct world *w = *state;

	for (size_t i = 0; i < 3; i++) {
		uint8_t packet[200], bytes[400];
		struct mtproto_frame_decoder decoder;
		struct mtproto_obfuscation o;
		struct mtproto_frame frame;
		struct mtproto_link *link;
		size_t len, consumed, wanted, count = 0;
		const uint8_t *sent;
		uint32_t token = seal_asking_ping(w, packet, sizeof(packet), &len);

		len = obfuscate_asking(&o, framings[i], packet, len, bytes);
		assert_int_equal(mtproto_server_attach(w->pair.server, &w->pair.now, &link), 0);
		assert_int_equal(mtproto_link_recv(link, bytes, len), 0);
		pair_pull(&w->pair, w->pair.server_context, true);
		sent = mtproto_link_send_buf(link, &len);
		assert_true(len > 0 && len <= sizeof(bytes));
		assert_int_equal(mtproto_obfuscation_decrypt(&o, sent, bytes, len), 0);
		assert_int_equal(mtproto_link_send_ack(link, len), 0);
		mtproto_frame_decoder_init(&decoder, framings[i], false, 0);
		for (size_t at = 0; at < len; at += consumed, count++) {
			assert_int_equal(
				mtproto_frame_decode(&decoder, bytes + at, len - at, &frame, &consumed, &wanted), 0);
			assert_int_equal(frame.kind, count == 0 ? MTPROTO_FRAME_QUICK_ACK : MTPROTO_FRAME_PACKET);
			if (count == 0)
				assert_int_equal(frame.quick_ack_token, token);
			else
				wire_open(&w->wire, bytes + at + frame.packet_offset, frame.packet_len);
		}
		assert_int_equal(count, 2);
		assert_non_null(wire_take(&w->wire, MTPROTO_ID_PONG));
		mtproto_obfuscation_fini(&o);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(room_may_be_asked_for_again),
		TEST(what_is_filed_through_the_room_arrives),
		TEST(a_claimed_length_allocates_nothing),
		TEST(a_large_frame_costs_no_more_than_some_copies),
		TEST(more_than_may_wait_is_refused_and_may_come_later),
		TEST(an_idle_link_holds_no_block),
		TEST(bad_framing_closes_the_link),
		TEST(a_frame_above_the_limit_closes_the_link_from_its_header),
		TEST(what_stands_before_a_bad_frame_still_counts),
		TEST(bytes_out_are_acknowledged_in_any_pieces),
		TEST(a_full_link_pauses_sealing_and_goes_on_when_emptied),
		TEST(a_link_is_writable_once_for_what_it_has),
		TEST(an_emptied_link_is_not_writable),
		TEST(closing_is_told_once_and_final),
		TEST(a_link_closed_by_its_peer_with_an_error_says_which),
		TEST(a_client_ends_its_link_by_an_error_too),
		TEST(links_that_can_not_be_are_refused),
		TEST(a_quick_ack_comes_at_once_to_who_asks),
		TEST(an_obfuscated_quick_ack_keeps_the_stream_in_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
