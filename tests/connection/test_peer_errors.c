/* Peers that say what they must not: dropped, told, or cut off; never believed. Source:
 * core.telegram.org/mtproto/security_guidelines. */
#include "connection/wire.h"

enum { METHOD = 0x11223344 };

static const uint8_t method[8] = {0x44, 0x33, 0x22, 0x11, 1, 2, 3, 4};
static const uint8_t update[8] = {0x88, 0x77, 0x66, 0x55, 5, 6, 7, 8};

struct world {
	struct pair pair;
	struct wire wire;
};

/* A client whose server is made by hand. */
static void open_client(struct world *w)
{
	memset(w, 0, sizeof(*w));
	pair_init(&w->pair);
	wire_server(&w->wire, &w->pair, NULL);
	wire_run(&w->wire);
	assert_true(w->pair.ready);
}

/* A server whose client is made by hand. */
static void open_server(struct world *w)
{
	memset(w, 0, sizeof(*w));
	pair_init(&w->pair);
	wire_client(&w->wire, &w->pair, 3);
}

static void close_world(struct world *w)
{
	wire_fini(&w->wire);
	pair_fini(&w->pair);
}

/* ---- What a client hears ---- */

static void expect_link_lost(struct world *w, int error)
{
	wire_run(&w->wire);
	assert_null(w->pair.client_link);
	assert_int_equal(w->pair.last_error, error);
	assert_int_equal(w->pair.updates, 0);
	/* It goes on with another one. */
	wire_serve(&w->wire);
	wire_send(&w->wire, update, 8, true);
	wire_run(&w->wire);
	assert_int_equal(w->pair.updates, 1);
}

static void a_message_under_another_key_ends_the_link(void **state)
{
	struct world w;
	struct mtproto_auth_key own;

	(void)state;
	open_client(&w);
	own = w.wire.key;
	wire_make_key(&w.wire.key, 5);
	wire_send(&w.wire, update, 8, true);
	w.wire.key = own;
	expect_link_lost(&w, MTPROTO_ERR_AUTH_KEY_ID);
	close_world(&w);
}

static void a_message_that_does_not_decrypt_ends_the_link(void **state)
{
	struct world w;

	(void)state;
	/* A bit of msg_key, of the first block, of the last. */
	for (int i = 0; i < 3; i++) {
		uint8_t packet[300];
		size_t len;

		open_client(&w);
		len = wire_seal(&w.wire, wire_next_msg_id(&w.wire), 1, update, 8, packet, sizeof(packet));
		packet[i == 0 ? 8 : i == 1 ? 24 : len - 1] ^= 1;
		wire_send_packet(&w.wire, packet, len, false);
		expect_link_lost(&w, MTPROTO_ERR_MSG_KEY);
		close_world(&w);
	}
}

/* The client's own messages, sent back to it. */
static void a_reflected_message_ends_the_link(void **state)
{
	struct mtproto_seal_job job;
	uint8_t packet[300];
	struct world w;

	(void)state;
	open_client(&w);
	memset(&job, 0, sizeof(job));
	job.key = &w.wire.key;
	job.direction = MTPROTO_TO_SERVER;
	job.message = (struct mtproto_message){1, w.wire.session_id, wire_next_msg_id(&w.wire), 1, {update, 8}};
	assert_int_equal(mtproto_message_padding(MTPROTO_PADDING_SMALLEST, NULL, 8, &job.padding), 0);
	job.packet = packet;
	job.packet_cap = sizeof(packet);
	assert_int_equal(mtproto_message_seal(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), NULL, &job), 0);
	wire_send_packet(&w.wire, packet, job.packet_len, false);
	expect_link_lost(&w, MTPROTO_ERR_MSG_KEY);
	close_world(&w);
}

static void a_packet_that_is_too_short_ends_the_link(void **state)
{
	uint8_t packet[64] = {0};
	struct world w;

	(void)state;
	open_client(&w);
	for (int i = 0; i < 8; i++)
		packet[i] = (uint8_t)(w.wire.key.id >> 8 * i);
	wire_send_packet(&w.wire, packet, sizeof(packet), false);
	expect_link_lost(&w, MTPROTO_ERR_MESSAGE_LENGTH);
	close_world(&w);
}

static void what_is_dropped_is_told(void **state)
{
	enum { OLD, FUTURE, PARITY, DUPLICATE, SESSION, CASES };
	static const int errors[CASES] = {MTPROTO_ERR_MSG_ID_OLD, MTPROTO_ERR_MSG_ID_FUTURE, MTPROTO_ERR_MSG_ID_PARITY,
					  MTPROTO_ERR_DUPLICATE, MTPROTO_ERR_SESSION_ID};

	(void)state;
	for (int i = 0; i < CASES; i++) {
		struct world w;
		uint64_t msg_id;

		open_client(&w);
		msg_id = wire_next_msg_id(&w.wire);
		if (i == OLD)
			msg_id -= 302ull << 32;
		if (i == FUTURE)
			msg_id += 32ull << 32;
		if (i == PARITY)
			msg_id -= 1;
		if (i == DUPLICATE)
			wire_send_as(&w.wire, msg_id, 1, update, 8);
		if (i == SESSION)
			w.wire.session_id++;
		wire_run(&w.wire);
		w.pair.updates = 0;
		wire_send_as(&w.wire, msg_id, 1, update, 8);
		wire_run(&w.wire);
		assert_int_equal(w.pair.updates, 0);
		assert_int_equal(w.pair.refused, 1);
		assert_int_equal(w.pair.last_error, errors[i]);
		assert_non_null(w.pair.client_link);
		close_world(&w);
	}
}

static void malformed_objects_are_told_and_dropped(void **state)
{
	static const char *const bodies[] = {
		"016d5cf3010203040506",     /* rpc_result, cut off */
		"59b4d66215c4b51cffffffff", /* msgs_ack with 2^32-1 ids */
		"c5737734",                 /* pong without anything */
		"dcf8f1730100000001020304", /* a container that is too short */
		"dcf8f173ffffff7f",         /* with 2^31-1 messages */
		"a1cf723003010203",         /* gzip_packed of three bytes */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct world w;
		uint8_t body[64] = {0};
		size_t len;

		open_client(&w);
		len = (hex(body, sizeof(body), bodies[i]) + 3) & ~(size_t)3;
		wire_send(&w.wire, body, len, i != 3 && i != 4);
		wire_run(&w.wire);
		assert_int_equal(w.pair.refused, 1);
		assert_int_equal(w.pair.updates, 0);
		assert_non_null(w.pair.client_link);
		close_world(&w);
	}
}

static void answers_to_nobody_are_ignored(void **state)
{
	struct world w;
	struct wire_body body;
	struct mtproto_pong pong = {1234, 1};

	(void)state;
	open_client(&w);
	pair_invoke(&w.pair, method, 8);
	wire_run(&w.wire);
	wire_reply(&w.wire, wire_take(&w.wire, METHOD)->msg_id + 4, update, 8);
	wire_reply(&w.wire, 0, update, 8);
	mtproto_pong_write(wire_body(&body), &pong);
	wire_send_body(&w.wire, &body, false);
	wire_run(&w.wire);
	assert_int_equal(w.pair.results + w.pair.pongs + w.pair.updates, 0);
	assert_non_null(w.pair.client_link);
	close_world(&w);
}

/* A server that refuses everything is not asked for ever. */
static void refusals_without_end_end_the_call(void **state)
{
	static const int32_t codes[] = {16, 17, 20, 32, 48, 64};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct world w;
		int rounds = 0;

		open_client(&w);
		pair_invoke(&w.pair, method, 8);
		for (; rounds < 50 && w.pair.failures == 0; rounds++) {
			const struct wire_item *item;

			wire_run(&w.wire);
			item = wire_take(&w.wire, METHOD);
			if (item)
				wire_refuse(&w.wire, item, codes[i], (uint64_t)rounds);
		}
		assert_int_equal(w.pair.failures, 1);
		assert_int_equal(w.pair.last_error, MTPROTO_ERR_LIMIT);
		assert_in_range(rounds, 5, 20);
		close_world(&w);
	}
}

static void plain_messages_to_a_ready_client_mean_nothing(void **state)
{
	struct world w;
	uint8_t packet[60] = {0};

	(void)state;
	open_client(&w);
	packet[16] = 40;
	wire_send_packet(&w.wire, packet, sizeof(packet), false);
	wire_run(&w.wire);
	assert_non_null(w.pair.client_link);
	assert_int_equal(w.pair.failed, 0);
	close_world(&w);
}

/* ---- What a server hears ---- */

static void a_client_that_does_not_encrypt_well_is_cut_off(void **state)
{
	struct world w;
	uint8_t packet[300];
	size_t len;

	(void)state;
	open_server(&w);
	len = wire_seal(&w.wire, wire_next_msg_id(&w.wire), 1, method, 8, packet, sizeof(packet));
	packet[30] ^= 1;
	wire_send_packet(&w.wire, packet, len, false);
	wire_run(&w.wire);
	assert_null(w.wire.link);
	assert_int_equal(w.pair.requests, 0);
	close_world(&w);
}

static void a_client_is_told_which_rule_it_broke(void **state)
{
	static const struct {
		int64_t seconds; /* added to msg_id's time */
		uint64_t bits;   /* added to msg_id */
		uint32_t seq_no;
		const char *body;
		int32_t code;
	} cases[] = {
		{-302, 0, 1, "44332211", 16},      {32, 0, 1, "44332211", 17},
		{0, 1, 1, "44332211", 18},         {0, 2, 1, "44332211", 18},
		{0, 0, 1, "dcf8f17300000000", 34}, /* an empty container */
		{0, 0, 0, "44332211", 35},         {0, 0, 0, "dcf8f17301000000010203", 64},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t body[64] = {0};
		const struct wire_item *bad;
		struct world w;
		uint64_t msg_id;
		size_t len;

		open_server(&w);
		len = (hex(body, sizeof(body), cases[i].body) + 3) & ~(size_t)3;
		msg_id = wire_next_msg_id(&w.wire) + cases[i].bits + ((uint64_t)cases[i].seconds << 32);
		wire_send_as(&w.wire, msg_id, cases[i].seq_no, body, len);
		wire_run(&w.wire);
		bad = wire_take(&w.wire, 0xa7eff811);
		assert_non_null(bad);
		assert_int_equal(bad->len, 20);
		assert_true(wire_u64(bad->body + 4) == msg_id);
		assert_int_equal(wire_u32(bad->body + 12), cases[i].seq_no);
		assert_int_equal(wire_u32(bad->body + 16), cases[i].code);
		assert_int_equal(w.pair.requests, 0);
		close_world(&w);
	}
}

static void seq_nos_out_of_order_are_told(void **state)
{
	struct world w;
	uint64_t first;

	(void)state;
	open_server(&w);
	first = wire_next_msg_id(&w.wire);
	wire_send_as(&w.wire, wire_next_msg_id(&w.wire), 11, method, 8);
	wire_send_as(&w.wire, wire_next_msg_id(&w.wire), 9, method, 8);
	wire_send_as(&w.wire, first, 13, method, 8);
	wire_run(&w.wire);
	assert_int_equal(w.pair.requests, 1);
	assert_int_equal(wire_u32(wire_take(&w.wire, MTPROTO_ID_BAD_MSG_NOTIFICATION)->body + 16), 32);
	assert_int_equal(wire_u32(wire_take(&w.wire, MTPROTO_ID_BAD_MSG_NOTIFICATION)->body + 16), 33);
	close_world(&w);
}

/* ---- Noise ---- */

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void noise_harms_nobody(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct mtproto_link *link;
		struct world w;
		uint8_t noise[400];
		size_t len = 1 + next_random(&seed) % sizeof(noise);

		open_server(&w);
		link = w.wire.link;
		for (size_t j = 0; j < len; j++)
			noise[j] = (uint8_t)next_random(&seed);
		if (i % 3 == 0) /* a frame of it */
			wire_send_packet(&w.wire, noise, len & ~(size_t)3, false);
		else if (i % 3 == 1) /* a stream of its own */
			wire_attach(&w.wire);
		if (i % 3)
			wire_send_raw(&w.wire, noise, len);
		pair_pull(&w.pair, w.pair.server_context, true);
		if (i % 3 == 1) {
			w.wire.link = link;
			w.wire.tag_sent = true;
			wire_ping(&w.wire, 1);
			wire_run(&w.wire);
			assert_non_null(wire_take(&w.wire, MTPROTO_ID_PONG));
		}
		close_world(&w);
	}
}

/* Bodies of noise, properly encrypted, to both roles. */
static void noise_inside_messages_harms_nobody(void **state)
{
	static const uint32_t ids[] = {
		0xf35c6d01, 0x62d6b459, 0x73f1f8dc, 0x3072cfa1, 0xa7eff811, 0xedab447b, 0xda69fb52,
		0x04deb57d, 0x8cc0d131, 0x276d3ec6, 0x809db6df, 0x7d861a08, 0x58e4a740, 0xb921bd04,
		0xae500895, 0x7abe77ec, 0xf3427b8c, 0x347773c5, 0x9ec20908, 0xe7512126, 0xda9b0d0d,
		0xc1cd5ea9, 0xcb9f372d, 0x3dc4b4f0, 0xbf9459b7, 0xcdd42a05, 0xe06046b2, 0x9299359f,
	};
	uint32_t seed = 7;

	(void)state;
	for (int role = 0; role < 2; role++) {
		struct world w;

		if (role)
			open_server(&w);
		else
			open_client(&w);
		for (int i = 0; i < 3000; i++) {
			uint8_t body[120];
			size_t len = 4 + next_random(&seed) % 29 * 4;
			uint32_t id = ids[next_random(&seed) % (sizeof(ids) / sizeof(ids[0]))];

			for (size_t j = 0; j < len; j++)
				body[j] = next_random(&seed) % 4 ? 0 : (uint8_t)next_random(&seed);
			for (size_t j = 0; j < 4; j++)
				body[j] = (uint8_t)(id >> 8 * j);
			wire_send(&w.wire, body, len, next_random(&seed) & 1);
			wire_run(&w.wire);
			wire_clear(&w.wire);
			if (w.wire.link)
				continue;
			if (role)
				wire_attach(&w.wire);
			else
				wire_serve(&w.wire);
		}
		close_world(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_under_another_key_ends_the_link),
		cmocka_unit_test(a_message_that_does_not_decrypt_ends_the_link),
		cmocka_unit_test(a_reflected_message_ends_the_link),
		cmocka_unit_test(a_packet_that_is_too_short_ends_the_link),
		cmocka_unit_test(what_is_dropped_is_told),
		cmocka_unit_test(malformed_objects_are_told_and_dropped),
		cmocka_unit_test(answers_to_nobody_are_ignored),
		cmocka_unit_test(refusals_without_end_end_the_call),
		cmocka_unit_test(plain_messages_to_a_ready_client_mean_nothing),
		cmocka_unit_test(a_client_that_does_not_encrypt_well_is_cut_off),
		cmocka_unit_test(a_client_is_told_which_rule_it_broke),
		cmocka_unit_test(seq_nos_out_of_order_are_told),
		cmocka_unit_test(noise_harms_nobody),
		cmocka_unit_test(noise_inside_messages_harms_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
