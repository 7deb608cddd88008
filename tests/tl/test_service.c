/* The service schema: bytes of real packets, and every line against an encoder of the test's own. */
#include <mtproto/service.h>

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum kind { INT, LONG, INT128, INT256, BYTES, LONGS, SALTS, MESSAGES, OBJECT };

struct field {
	enum kind kind;
	size_t offset;
};

struct line {
	const char *name;
	uint32_t id;
	size_t size;
	int (*read)(void *out, struct mtproto_tl_reader *r);
	void (*write)(struct mtproto_tl_writer *w, const void *in);
	struct field fields[10];
	size_t count;
};

#define LINE(name, id, ...)                                                   \
	static int read_##name(void *out, struct mtproto_tl_reader *r)        \
	{                                                                     \
		return mtproto_##name##_read(out, r);                         \
	}                                                                     \
	static void write_##name(struct mtproto_tl_writer *w, const void *in) \
	{                                                                     \
		mtproto_##name##_write(w, in);                                \
	}
#include "service_lines.h"
#undef LINE

#define FIELD(name, member, kind)                             \
	{                                                     \
		kind, offsetof(struct mtproto_##name, member) \
	}
#define LINE(name, id, ...)             \
	{#name,                         \
	 id,                            \
	 sizeof(struct mtproto_##name), \
	 read_##name,                   \
	 write_##name,                  \
	 {__VA_ARGS__},                 \
	 sizeof((struct field[]){__VA_ARGS__}) / sizeof(struct field)},
static const struct line lines[] = {
#include "service_lines.h"
};
#define LINE_COUNT (sizeof(lines) / sizeof(lines[0]))

union any {
	struct mtproto_p_q_inner_data_temp_dc largest;
	struct mtproto_req_dh_params other;
	uint8_t bytes[512];
};

/* What an object looks like on the wire, written without the library. */
struct wire {
	uint8_t bytes[8192];
	size_t len;
	size_t rest;       /* where a field begins that takes all that is left; len when there is none */
	size_t counts[10]; /* where the counts are */
	size_t count_count;
};

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void put_le(struct wire *wire, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		wire->bytes[wire->len++] = (uint8_t)(value >> 8 * i);
}

static const uint8_t *put_random(struct wire *wire, size_t len)
{
	const uint8_t *begin = wire->bytes + wire->len;

	for (size_t i = 0; i < len; i++)
		wire->bytes[wire->len++] = (uint8_t)next_random();
	return begin;
}

static void put_bytes(struct wire *wire, struct mtproto_span *span)
{
	span->len = (size_t)(next_random() % 2 ? next_random() % 8 : next_random() % 600);
	if (span->len < 254)
		put_le(wire, span->len, 1);
	else
		put_le(wire, span->len << 8 | 0xfe, 4);
	span->data = put_random(wire, span->len);
	while (wire->len % 4)
		put_le(wire, 0, 1);
}

static uint32_t put_count(struct wire *wire)
{
	uint32_t count = (uint32_t)(next_random() % 5);

	wire->counts[wire->count_count++] = wire->len;
	put_le(wire, count, 4);
	return count;
}

static void put_longs(struct wire *wire, struct mtproto_longs *longs)
{
	put_le(wire, 0x1cb5c415u, 4);
	longs->count = put_count(wire);
	longs->data = put_random(wire, longs->count * 8);
}

static void put_messages(struct wire *wire, struct mtproto_message_list *messages)
{
	messages->count = put_count(wire);
	wire->rest = wire->len;
	messages->items.len = messages->count * 24;
	messages->items.data = put_random(wire, messages->items.len);
}

/* Gives a member a random value and writes it to the wire. */
static void put_field(struct wire *wire, enum kind kind, void *member)
{
	struct mtproto_future_salt_list *salts = member;
	struct mtproto_span *object = member;
	uint64_t value = next_random();

	switch (kind) {
	case INT:
		*(int32_t *)member = (int32_t)value;
		put_le(wire, value, 4);
		break;
	case LONG:
		*(uint64_t *)member = value;
		put_le(wire, value, 8);
		break;
	case INT128:
		memcpy(member, put_random(wire, 16), 16);
		break;
	case INT256:
		memcpy(member, put_random(wire, 32), 32);
		break;
	case BYTES:
		put_bytes(wire, member);
		break;
	case LONGS:
		put_longs(wire, member);
		break;
	case SALTS:
		salts->count = put_count(wire);
		salts->data = put_random(wire, salts->count * 16);
		break;
	case MESSAGES:
		put_messages(wire, member);
		break;
	case OBJECT:
		wire->rest = wire->len + 4;
		object->len = 4 + 4 * (size_t)(next_random() % 9);
		object->data = put_random(wire, object->len);
		break;
	}
}

static void put_line(struct wire *wire, const struct line *line, union any *object)
{
	memset(wire, 0, sizeof(*wire));
	memset(object, 0, sizeof(*object));
	assert_true(line->size <= sizeof(*object));
	put_le(wire, line->id, 4);
	for (size_t i = 0; i < line->count; i++)
		put_field(wire, line->fields[i].kind, object->bytes + line->fields[i].offset);
	if (wire->rest == 0)
		wire->rest = wire->len;
}

static int read_bytes(const struct line *line, union any *out, const uint8_t *bytes, size_t len)
{
	struct mtproto_tl_reader r;
	int error;

	mtproto_tl_reader_init(&r, bytes, len);
	error = line->read(out, &r);
	assert_int_equal(error, r.error);
	return error;
}

static void every_line_is_written_and_read_as_its_fields_say(void **state)
{
	static struct wire wire;
	static uint8_t out[sizeof(wire.bytes)];

	(void)state;
	for (size_t i = 0; i < LINE_COUNT * 20; i++) {
		const struct line *line = &lines[i % LINE_COUNT];
		union any object, again;
		struct mtproto_tl_writer w;
		struct mtproto_tl_reader r;

		put_line(&wire, line, &object);
		mtproto_tl_writer_init(&w, out, sizeof(out));
		line->write(&w, &object);
		assert_int_equal(mtproto_tl_writer_end(&w), 0);
		assert_int_equal(w.len, wire.len);
		assert_memory_equal(out, wire.bytes, wire.len);

		memset(&again, 0, sizeof(again));
		mtproto_tl_reader_init(&r, wire.bytes, wire.len);
		assert_int_equal(line->read(&again, &r), 0);
		assert_int_equal(mtproto_tl_reader_end(&r), 0);
		/* The spans of both point into wire, so equal members are equal bytes. */
		assert_memory_equal(&again, &object, sizeof(again));
	}
}

static void every_line_is_refused_when_cut_anywhere(void **state)
{
	static struct wire wire;

	(void)state;
	for (size_t i = 0; i < LINE_COUNT; i++) {
		union any object;

		put_line(&wire, &lines[i], &object);
		for (size_t len = 0; len < wire.rest; len++) {
			uint8_t *exact = malloc(len + 1);
			int error;

			assert_non_null(exact);
			memcpy(exact, wire.bytes, len);
			error = read_bytes(&lines[i], &object, exact, len);
			free(exact);
			/* A count that no longer fits is told apart from a missing field. */
			assert_true(error == MTPROTO_ERR_TRUNCATED ||
				    (wire.count_count && error == MTPROTO_ERR_ENCODING));
		}
	}
}

static void every_line_is_refused_with_another_id(void **state)
{
	static struct wire wire;

	(void)state;
	for (size_t i = 0; i < LINE_COUNT; i++) {
		union any object, zero;

		put_line(&wire, &lines[i], &object);
		wire.bytes[next_random() % 4] ^= (uint8_t)(1u << next_random() % 8);
		memset(&zero, 0, sizeof(zero));
		assert_int_equal(read_bytes(&lines[i], &object, wire.bytes, wire.len), MTPROTO_ERR_CONSTRUCTOR);
		assert_memory_equal(&object, &zero, sizeof(zero));
	}
}

static void absurd_counts_are_refused(void **state)
{
	static const uint32_t absurd[] = {100000, 0x7fffffff, 0x80000000, 0xffffffff, 0x20000001};
	static struct wire wire;
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < LINE_COUNT; i++) {
		union any object;

		put_line(&wire, &lines[i], &object);
		for (size_t k = 0; k < wire.count_count * 5; k++, seen++) {
			size_t end = wire.len;

			wire.len = wire.counts[k / 5];
			put_le(&wire, absurd[k % 5], 4);
			wire.len = end;
			assert_int_equal(read_bytes(&lines[i], &object, wire.bytes, wire.len), MTPROTO_ERR_ENCODING);
		}
	}
	assert_true(seen >= 50);
}

static void every_name_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < LINE_COUNT; i++)
		assert_non_null(mtproto_service_name(lines[i].id));
	assert_string_equal(mtproto_service_name(MTPROTO_ID_RES_PQ), "resPQ");
	assert_string_equal(mtproto_service_name(0xcdd42a05), "auth.bindTempAuthKey");
	assert_string_equal(mtproto_service_name(MTPROTO_ID_RPC_ANSWER_UNKNOWN), "rpc_answer_unknown");
	assert_null(mtproto_service_name(0));
}

static void res_pq_of_the_official_sample(void **state)
{
	uint8_t bytes[80], nonce[16], server_nonce[16];
	struct mtproto_tl_reader r;
	struct mtproto_res_pq res;

	(void)state;
	hex(bytes, sizeof(bytes),
	    "6324160515a084b3b9ca2a17f03925f44b78fe68d6701fcd212ceb87c966e5318f5564a8081460e7d3fa7277"
	    "9100000015c4b51c03000000a5b7f709355fc30b216be86c022bb4c385fd64de851d9dd0");
	hex(nonce, 16, "15a084b3b9ca2a17f03925f44b78fe68");
	hex(server_nonce, 16, "d6701fcd212ceb87c966e5318f5564a8");
	mtproto_tl_reader_init(&r, bytes, sizeof(bytes));
	assert_int_equal(mtproto_res_pq_read(&res, &r), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_memory_equal(res.nonce, nonce, 16);
	assert_memory_equal(res.server_nonce, server_nonce, 16);
	assert_int_equal(res.pq.len, 8);
	assert_memory_equal(res.pq.data, "\x14\x60\xe7\xd3\xfa\x72\x77\x91", 8);
	assert_int_equal(res.server_public_key_fingerprints.count, 3);
	assert_true(mtproto_longs_at(&res.server_public_key_fingerprints, 0) == 0x0bc35f3509f7b7a5u);
	assert_true(mtproto_longs_at(&res.server_public_key_fingerprints, 2) == 0xd09d1d85de64fd85u);
}

static void req_pq_multi_of_the_official_sample(void **state)
{
	uint8_t expected[20], out[20];
	struct mtproto_req_pq_multi req;
	struct mtproto_tl_writer w;

	(void)state;
	hex(expected, 20, "f18e7ebe15a084b3b9ca2a17f03925f44b78fe68");
	memcpy(req.nonce, expected + 4, 16);
	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_req_pq_multi_write(&w, &req);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_memory_equal(out, expected, 20);
}

static void p_q_inner_data_dc_of_the_official_sample(void **state)
{
	uint8_t expected[100], out[100];
	struct mtproto_p_q_inner_data_dc inner = {.dc = 2};
	struct mtproto_tl_writer w;

	(void)state;
	hex(expected, sizeof(expected),
	    "955ff5a9081460e7d3fa727791000000043c2357cf0000000456bfb29f00000015a084b3b9ca2a17f03925f44b78fe68d6701f"
	    "cd212ceb87c966e5318f5564a8845fad32d10a4c7967da49a89fbe508ad24aa3150992b499b3b2c72cdc0f364c02000000");
	inner.pq = (struct mtproto_span){(const uint8_t *)"\x14\x60\xe7\xd3\xfa\x72\x77\x91", 8};
	inner.p = (struct mtproto_span){(const uint8_t *)"\x3c\x23\x57\xcf", 4};
	inner.q = (struct mtproto_span){(const uint8_t *)"\x56\xbf\xb2\x9f", 4};
	hex(inner.nonce, 16, "15a084b3b9ca2a17f03925f44b78fe68");
	hex(inner.server_nonce, 16, "d6701fcd212ceb87c966e5318f5564a8");
	hex(inner.new_nonce, 32, "845fad32d10a4c7967da49a89fbe508ad24aa3150992b499b3b2c72cdc0f364c");
	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_p_q_inner_data_dc_write(&w, &inner);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_int_equal(w.len, sizeof(expected));
	assert_memory_equal(out, expected, sizeof(expected));
}

static void a_container_of_a_real_server_is_taken_apart(void **state)
{
	uint8_t bytes[88];
	struct mtproto_tl_reader r, items, body;
	struct mtproto_msg_container container;
	struct mtproto_container_message message;
	struct mtproto_new_session_created created;
	struct mtproto_pong pong;

	(void)state;
	hex(bytes, sizeof(bytes),
	    "dcf8f1730200000001a8c1c2918b305e010000001c0000000809c29ec4fd33ad918b305e18a88ea607ee5816fc826a02248b28fd"
	    "01ccc1c2918b305e0200000014000000c5737734c4fd33ad918b305e6408300000000000");
	mtproto_tl_reader_init(&r, bytes, sizeof(bytes));
	assert_int_equal(mtproto_msg_container_read(&container, &r), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_int_equal(container.messages.count, 2);

	mtproto_tl_reader_init(&items, container.messages.items.data, container.messages.items.len);
	assert_int_equal(mtproto_container_message_read(&message, &items), 0);
	assert_true(message.msg_id == 0x5e308b91c2c1a801u);
	assert_int_equal(message.seq_no, 1);
	assert_int_equal(message.body.len, 28);
	mtproto_tl_reader_init(&body, message.body.data, message.body.len);
	assert_int_equal(mtproto_new_session_created_read(&created, &body), 0);
	assert_true(created.first_msg_id == 0x5e308b91ad33fdc4u);
	assert_true(created.unique_id == 0x1658ee07a68ea818u);
	assert_true(created.server_salt == 0xfd288b24026a82fcu);

	assert_int_equal(mtproto_container_message_read(&message, &items), 0);
	assert_int_equal(message.seq_no, 2);
	mtproto_tl_reader_init(&body, message.body.data, message.body.len);
	assert_int_equal(mtproto_pong_read(&pong, &body), 0);
	assert_true(pong.msg_id == created.first_msg_id);
	assert_true(pong.ping_id == 0x300864u);
	assert_int_equal(mtproto_tl_reader_end(&items), 0);
	assert_int_equal(mtproto_container_message_read(&message, &items), MTPROTO_ERR_TRUNCATED);
}

static void future_salts_have_no_vector_id_and_bare_items(void **state)
{
	static const char text[] = "950850ae"
				   "0807060504030201"
				   "fec0ab65"
				   "02000000"
				   "64000000"
				   "c8000000"
				   "1122334455667788"
				   "c8000000"
				   "2c010000"
				   "99aabbccddeeff00";
	uint8_t bytes[(sizeof(text) - 1) / 2], out[32];
	struct mtproto_tl_reader r;
	struct mtproto_tl_writer w;
	struct mtproto_future_salts salts;
	struct mtproto_future_salt salt;

	(void)state;
	hex(bytes, sizeof(bytes), text);
	mtproto_tl_reader_init(&r, bytes, sizeof(bytes));
	assert_int_equal(mtproto_future_salts_read(&salts, &r), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
	assert_true(salts.req_msg_id == 0x0102030405060708u);
	assert_int_equal(salts.now, 0x65abc0fe);
	assert_int_equal(salts.salts.count, 2);
	mtproto_future_salt_at(&salt, &salts.salts, 1);
	assert_int_equal(salt.valid_since, 200);
	assert_int_equal(salt.valid_until, 300);
	assert_true(salt.salt == 0x00ffeeddccbbaa99u);

	mtproto_tl_writer_init(&w, out, sizeof(out));
	for (uint32_t i = 0; i < 2; i++) {
		mtproto_future_salt_at(&salt, &salts.salts, i);
		mtproto_future_salt_write_bare(&w, &salt);
	}
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_memory_equal(out, bytes + 20, 32);
}

static int read_container_message(const char *text)
{
	uint8_t bytes[64];
	struct mtproto_tl_reader r;
	struct mtproto_container_message message;

	mtproto_tl_reader_init(&r, bytes, hex(bytes, sizeof(bytes), text));
	return mtproto_container_message_read(&message, &r);
}

static void a_container_message_has_a_length_that_fits(void **state)
{
	(void)state;
	assert_int_equal(read_container_message("01000000000000000100000004000000aabbccdd"), 0);
	assert_int_equal(read_container_message("01000000000000000100000003000000aabbccdd"), MTPROTO_ERR_ENCODING);
	assert_int_equal(read_container_message("010000000000000001000000fcffffffaabbccdd"), MTPROTO_ERR_ENCODING);
	assert_int_equal(read_container_message("01000000000000000100000008000000aabbccdd"), MTPROTO_ERR_TRUNCATED);
	assert_int_equal(read_container_message("010000000000000001000000040000"), MTPROTO_ERR_TRUNCATED);
}

static void a_container_message_is_written_with_its_header(void **state)
{
	static const uint8_t body[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct mtproto_container_message message = {0x0102030405060708u, 5, {body, 8}};
	uint8_t out[24], expected[24];
	struct mtproto_tl_writer w;

	(void)state;
	hex(expected, 24, "080706050403020105000000080000000102030405060708");
	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_container_message_write(&w, &message);
	assert_int_equal(mtproto_tl_writer_end(&w), 0);
	assert_memory_equal(out, expected, 24);

	message.body.len = 7;
	mtproto_tl_writer_init(&w, out, sizeof(out));
	mtproto_container_message_write(&w, &message);
	assert_int_equal(mtproto_tl_writer_end(&w), MTPROTO_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_written_and_read_as_its_fields_say),
		cmocka_unit_test(every_line_is_refused_when_cut_anywhere),
		cmocka_unit_test(every_line_is_refused_with_another_id),
		cmocka_unit_test(absurd_counts_are_refused),
		cmocka_unit_test(every_name_is_known),
		cmocka_unit_test(res_pq_of_the_official_sample),
		cmocka_unit_test(req_pq_multi_of_the_official_sample),
		cmocka_unit_test(p_q_inner_data_dc_of_the_official_sample),
		cmocka_unit_test(a_container_of_a_real_server_is_taken_apart),
		cmocka_unit_test(future_salts_have_no_vector_id_and_bare_items),
		cmocka_unit_test(a_container_message_has_a_length_that_fits),
		cmocka_unit_test(a_container_message_is_written_with_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
