/* What the engine tells of the wire: both sides of a stream must tell the same. */
#include "connection/wire.h"

#include "failing.h"

#include <stdio.h>

enum { LOG_MAX = 1 << 20 };

/* Records as lines, without time and link, which differ on the two sides. */
struct log {
	char text[LOG_MAX];
	size_t len;
	size_t records;
	size_t keys;
	uint64_t time_ns; /* of the last record */
	struct mtproto_trace last;
	uint8_t key[2][MTPROTO_AUTH_KEY_SIZE];
};

static struct log client_log, server_log;

static void note(struct log *log, const struct mtproto_event *event)
{
	const struct mtproto_trace *record = event->trace;
	struct mtproto_trace plain;
	size_t len;

	if (event->type == MTPROTO_EVENT_KEY_LOG) {
		assert_int_equal(record->kind, MTPROTO_TRACE_KEY);
		assert_int_equal(record->data.len, MTPROTO_AUTH_KEY_SIZE);
		memcpy(log->key[log->keys++ % 2], record->data.data, record->data.len);
	} else if (event->type == MTPROTO_EVENT_TRACE) {
		assert_true(record->kind != MTPROTO_TRACE_KEY);
	} else {
		assert_null(record);
		return;
	}
	log->records++;
	log->last = plain = *record;
	log->time_ns = record->time_ns;
	plain.time_ns = plain.link = 0;
	assert_int_equal(mtproto_trace_format(log->text + log->len, LOG_MAX - log->len, &len, &plain), 0);
	log->len += len;
}

static void on_client(struct pair *pair, const struct mtproto_event *event)
{
	(void)pair;
	note(&client_log, event);
}

static void on_server(struct pair *pair, const struct mtproto_event *event)
{
	note(&server_log, event);
	if (event->type == MTPROTO_EVENT_REQUEST)
		assert_int_equal(mtproto_server_reply(event->session, event->msg_id, event->body.data, event->body.len),
				 0);
	if (event->type == MTPROTO_EVENT_LINK_CLOSED && event->link == pair->server_link)
		pair->server_link = NULL;
}

static void begin(struct pair *pair, uint32_t flags)
{
	struct mtproto_context_config config;

	memset(&client_log, 0, sizeof(client_log));
	memset(&server_log, 0, sizeof(server_log));
	mtproto_context_config_init(&config);
	config.trace = flags;
	pair_init_with(pair, NULL, &config, &config);
	pair->on_client = on_client;
	pair->on_server = on_server;
}

/* The lines of the log with this piece, one after the other. */
static size_t lines_with(const struct log *log, const char *piece, char *out, size_t cap)
{
	const char *line = log->text;
	size_t count = 0, len = 0;

	while (*line) {
		const char *end = strchr(line, '\n') + 1;
		const char *found = strstr(line, piece);

		if (found && found < end) {
			assert_true(len + (size_t)(end - line) < cap);
			memcpy(out + len, line, (size_t)(end - line));
			len += (size_t)(end - line);
			count++;
		}
		line = end;
	}
	out[len] = '\0';
	return count;
}

static size_t count_lines(const struct log *log, const char *piece)
{
	static char lines[LOG_MAX];

	return lines_with(log, piece, lines, sizeof(lines));
}

static void assert_same_lines(const char *piece)
{
	static char client[LOG_MAX], server[LOG_MAX];
	size_t count = lines_with(&client_log, piece, client, sizeof(client));

	assert_int_equal(lines_with(&server_log, piece, server, sizeof(server)), count);
	assert_string_equal(client, server);
}

static const uint8_t question[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void nothing_is_told_unasked(void **state)
{
	struct pair pair;

	(void)state;
	begin(&pair, 0);
	pair_new_connection(&pair, NULL);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, true);
	pair_run(&pair);
	assert_true(pair.ready);
	assert_int_equal(client_log.records + server_log.records, 0);
	pair_fini(&pair);
}

static void both_sides_tell_the_same_messages(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_connection_info info;
	char expected[256];
	struct pair pair;

	(void)state;
	mtproto_connection_config_init(&config);
	config.temp_expires_in = 86400;
	begin(&pair, MTPROTO_TRACE_FLAG_MESSAGES);
	pair_new_connection(&pair, &config);
	pair_attach(&pair, MTPROTO_FRAMING_PADDED, true);
	pair_run(&pair);
	assert_true(pair.ready);
	pair_invoke(&pair, question, sizeof(question));
	pair_run(&pair);
	assert_int_equal(pair.results, 1);

	/* Two key exchanges of three steps; the bind, the question and what the sessions say to each other. */
	assert_int_equal(count_lines(&client_log, " > plain "), 6);
	assert_int_equal(count_lines(&client_log, " < plain "), 6);
	assert_int_equal(count_lines(&client_log, " id=be7e8ef1 "), 2);
	assert_int_equal(count_lines(&client_log, " id=05162463 "), 2);
	assert_same_lines(" > plain ");
	assert_same_lines(" < plain ");
	assert_same_lines(" > message ");
	assert_same_lines(" < message ");
	assert_true(count_lines(&client_log, " > message ") >= 2);
	assert_int_equal(client_log.keys, 0);

	mtproto_connection_get_info(pair.connection, &info);
	snprintf(expected, sizeof(expected),
		 "message key=%016llx salt=%016llx session=%016llx msg_id=", (unsigned long long)info.temp_auth_key_id,
		 (unsigned long long)info.server_salt, (unsigned long long)info.session_id);
	assert_true(count_lines(&client_log, expected) >= 2);
	assert_int_equal(count_lines(&client_log, "0102030405060708"), 2);
	assert_int_equal(count_lines(&client_log, "- open server=0 framing=padded obfuscated=1"), 1);
	assert_int_equal(count_lines(&server_log, "- open server=1 framing=padded obfuscated=1"), 1);
	assert_int_equal(count_lines(&client_log, " bytes "), 0);

	mtproto_link_close(pair.client_link, MTPROTO_ERR_EOF);
	pair_pull(&pair, pair.client_context, false);
	assert_int_equal(count_lines(&client_log, "- closed error=-108 code=0"), 1);
	pair_fini(&pair);
}

static void a_record_has_the_time_of_its_turn(void **state)
{
	struct pair pair;

	(void)state;
	begin(&pair, MTPROTO_TRACE_FLAG_STREAMS);
	assert_int_equal(mtproto_server_attach(pair.server, &pair.now, &pair.server_link), 0);
	pair_pull(&pair, pair.server_context, true);
	pair_advance(&pair, PAIR_SECOND);
	assert_int_equal(mtproto_link_recv(pair.server_link, "\xef\x7f", 2), 0);
	pair_advance(&pair, PAIR_SECOND);
	pair_pull(&pair, pair.server_context, true);
	assert_int_equal(count_lines(&server_log, " > bytes data=ef7f"), 1);
	assert_true(server_log.time_ns == pair.now.wall_ns);
	assert_true(server_log.last.link == 1);
	pair_fini(&pair);
}

/* The bytes of all records of one direction. */
static size_t join(const struct log *log, const char *piece, char *out, size_t cap)
{
	static char lines[LOG_MAX];
	size_t len = 0;

	assert_true(lines_with(log, piece, lines, sizeof(lines)) > 0);
	for (const char *data = lines; (data = strstr(data, "data=")); len += strcspn(data, "\n")) {
		data += strlen("data=");
		assert_true(len + strcspn(data, "\n") < cap);
		memcpy(out + len, data, strcspn(data, "\n"));
	}
	out[len] = '\0';
	return len;
}

static void the_bytes_of_a_stream_are_all_there(void **state)
{
	static char sent[LOG_MAX], came[LOG_MAX];
	struct pair pair;

	(void)state;
	begin(&pair, MTPROTO_TRACE_FLAG_STREAMS);
	pair.split = 100;
	pair_new_connection(&pair, NULL);
	pair_attach(&pair, MTPROTO_FRAMING_ABRIDGED, true);
	pair_run(&pair);
	assert_true(pair.ready);
	/* What one side sent, in its pieces, is what the other was given. */
	assert_true(join(&client_log, " > bytes ", sent, sizeof(sent)) > 2 * 64);
	join(&server_log, " > bytes ", came, sizeof(came));
	assert_string_equal(sent, came);
	join(&server_log, " < bytes ", sent, sizeof(sent));
	join(&client_log, " < bytes ", came, sizeof(came));
	assert_string_equal(sent, came);
	/* An obfuscated stream has neither framing nor query in the clear. */
	assert_null(strstr(came, "63241605"));
	assert_int_equal(count_lines(&client_log, " message ") + count_lines(&client_log, " plain "), 0);
	pair_fini(&pair);
}

static void keys_are_told_when_made(void **state)
{
	struct mtproto_connection_config config;
	struct mtproto_connection_info info;
	char expected[64];
	struct pair pair;

	(void)state;
	mtproto_connection_config_init(&config);
	config.temp_expires_in = 86400;
	begin(&pair, MTPROTO_TRACE_FLAG_KEYS);
	pair_new_connection(&pair, &config);
	pair_attach(&pair, MTPROTO_FRAMING_INTERMEDIATE, false);
	pair_run(&pair);
	assert_true(pair.ready);
	mtproto_connection_get_info(pair.connection, &info);
	assert_int_equal(client_log.records, 2);
	assert_memory_equal(client_log.key[0], info.auth_key.data, MTPROTO_AUTH_KEY_SIZE);
	assert_true(mtproto_auth_key_id(client_log.key[1]) == info.temp_auth_key_id);
	snprintf(expected, sizeof(expected), "key id=%016llx temporary=0 expires_at=0 ",
		 (unsigned long long)info.auth_key.id);
	assert_int_equal(count_lines(&client_log, expected), 1);
	snprintf(expected, sizeof(expected), "key id=%016llx temporary=1 expires_at=%u ",
		 (unsigned long long)info.temp_auth_key_id, (unsigned)info.temp_expires_at);
	assert_int_equal(count_lines(&client_log, expected), 1);
	/* A server: made, and then used by a session. */
	assert_int_equal(count_lines(&server_log, " temporary=0 "), 1);
	assert_int_equal(count_lines(&server_log, " temporary=1 "), 2);
	assert_memory_equal(server_log.key[1], client_log.key[1], MTPROTO_AUTH_KEY_SIZE);
	pair_fini(&pair);
}

static void given_keys_are_told_when_used(void **state)
{
	struct mtproto_connection_config config;
	struct pair pair;
	struct wire wire;

	(void)state;
	begin(&pair, MTPROTO_TRACE_FLAG_KEYS);
	mtproto_connection_config_init(&config);
	wire_server(&wire, &pair, &config);
	wire_run(&wire);
	assert_int_equal(client_log.keys, 1);
	assert_memory_equal(client_log.key[0], wire.key.data, MTPROTO_AUTH_KEY_SIZE);
	wire_fini(&wire);
	wire_client(&wire, &pair, 5);
	assert_int_equal(server_log.keys, 1);
	assert_memory_equal(server_log.key[0], wire.key.data, MTPROTO_AUTH_KEY_SIZE);
	wire_fini(&wire);
	pair_fini(&pair);
}

static void what_is_no_message_is_told_too(void **state)
{
	uint8_t packet[72] = {1, 2, 3, 4, 5, 6, 7, 8};
	static const uint8_t malformed[24] = {0};
	struct pair pair;
	struct wire wire;
	uint8_t body[12] = {0xec, 0x77, 0xbe, 0x7a, 9};
	uint8_t sealed[256];
	char expected[64];
	size_t len;

	(void)state;
	begin(&pair, MTPROTO_TRACE_FLAG_MESSAGES);
	wire_client(&wire, &pair, 5);
	wire_send_packet(&wire, packet, sizeof(packet), false);
	wire_run(&wire);
	assert_int_equal(count_lines(&server_log, " > packet error=-221 length=72 data=0102030405060708"), 1);
	assert_int_equal(count_lines(&server_log, " < error code=-404"), 1);
	wire_send_packet(&wire, malformed, sizeof(malformed), false);
	wire_run(&wire);
	assert_int_equal(count_lines(&server_log, " > packet error=-222 length=24 data=0000"), 1);
	len = wire_seal(&wire, wire_next_msg_id(&wire), wire_next_seq_no(&wire, false), body, sizeof(body), sealed,
			sizeof(sealed));
	wire_send_packet(&wire, sealed, len, true);
	wire_run(&wire);
	snprintf(expected, sizeof(expected), " < quick_ack token=%08x\n", (unsigned)wire.quick_ack);
	assert_int_not_equal(wire.quick_ack, 0);
	assert_int_equal(count_lines(&server_log, expected), 1);
	wire_fini(&wire);
	pair_fini(&pair);
}

static void a_client_tells_of_transport_errors(void **state)
{
	static const uint8_t error[8] = {4, 0, 0, 0, 0x6c, 0xfe, 0xff, 0xff}; /* -404 */
	struct pair pair;
	struct wire wire;

	(void)state;
	begin(&pair, MTPROTO_TRACE_FLAG_MESSAGES);
	wire_server(&wire, &pair, NULL);
	wire_send_raw(&wire, error, sizeof(error));
	wire_run(&wire);
	assert_int_equal(count_lines(&client_log, " < error code=-404"), 1);
	assert_int_equal(count_lines(&client_log, "- closed error=-215 code=-404"), 1);
	wire_fini(&wire);
	pair_fini(&pair);
}

/* Bytes of records that a program gets which pulled nothing for so long, and the last count of what was left out. */
struct pulled {
	size_t bytes;
	size_t records;
	uint32_t lost;
};

static struct pulled pull(struct pair *pair)
{
	struct pulled pulled = {0};
	struct mtproto_event event;

	while (mtproto_context_next_event(pair->server_context, &event)) {
		if (event.type != MTPROTO_EVENT_TRACE)
			continue;
		if (event.trace->kind == MTPROTO_TRACE_LOST)
			pulled.lost = event.trace->count;
		pulled.bytes += event.trace->data.len;
		pulled.records++;
	}
	return pulled;
}

static void records_that_nobody_pulls_are_left_out_and_counted(void **state)
{
	enum { PIECE = 1 << 19, PIECES = 100 };
	uint8_t *filler = calloc(1, PIECE);
	struct pulled pulled;
	struct pair pair;

	(void)state;
	assert_non_null(filler);
	for (size_t i = 0; i < PIECE; i += 8)
		filler[i] = 4; /* frames of four zero bytes mean nothing */
	begin(&pair, MTPROTO_TRACE_FLAG_STREAMS);
	assert_int_equal(mtproto_server_attach(pair.server, &pair.now, &pair.server_link), 0);
	assert_int_equal(mtproto_link_recv(pair.server_link, "\xee\xee\xee\xee", 4), 0);
	for (size_t i = 0; i < PIECES; i++) {
		assert_int_equal(mtproto_link_recv(pair.server_link, filler, PIECE), 0);
		assert_int_equal(mtproto_context_process(pair.server_context, &pair.now), 0);
	}
	pulled = pull(&pair);
	assert_int_equal(pulled.lost, 0);
	assert_true(pulled.bytes <= MTPROTO_TRACE_WAITING_MAX + PIECE);
	assert_true(pulled.bytes > MTPROTO_TRACE_WAITING_MAX - 2 * PIECE);

	/* With what was told before (the tag and how the link speaks), nothing is missing in the count. */
	assert_int_equal(mtproto_link_recv(pair.server_link, filler, 8), 0);
	assert_int_equal(mtproto_context_process(pair.server_context, &pair.now), 0);
	assert_int_equal(pulled.records + pull(&pair).lost, PIECES + 2);
	assert_int_equal(mtproto_link_recv(pair.server_link, filler, 8), 0);
	assert_int_equal(mtproto_context_process(pair.server_context, &pair.now), 0);
	pulled = pull(&pair);
	assert_int_equal(pulled.records, 1);
	assert_int_equal(pulled.bytes, 8);
	pair_fini(&pair);
	free(filler);
}

static void a_record_without_memory_is_counted_too(void **state)
{
	struct mtproto_context_config config;
	struct failing failing;
	struct pulled pulled;
	struct pair pair;

	(void)state;
	failing_init(&failing);
	mtproto_context_config_init(&config);
	config.allocator = &failing.hooks;
	config.trace = MTPROTO_TRACE_FLAG_STREAMS;
	pair_init_with(&pair, NULL, &config, NULL);
	assert_int_equal(mtproto_server_attach(pair.server, &pair.now, &pair.server_link), 0);
	failing.fail_all = true;
	mtproto_link_close(pair.server_link, 0);
	failing.fail_all = false;
	pulled = pull(&pair);
	assert_int_equal(pulled.records, 0);
	assert_int_equal(mtproto_server_attach(pair.server, &pair.now, &pair.server_link), 0);
	assert_int_equal(mtproto_link_recv(pair.server_link, "\xef", 1), 0);
	pulled = pull(&pair);
	assert_int_equal(pulled.lost, 1);
	assert_int_equal(pulled.records, 2);
	assert_int_equal(pulled.bytes, 1);
	pair_fini(&pair);
	assert_int_equal(failing.pieces, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_unasked),
		cmocka_unit_test(both_sides_tell_the_same_messages),
		cmocka_unit_test(a_record_has_the_time_of_its_turn),
		cmocka_unit_test(the_bytes_of_a_stream_are_all_there),
		cmocka_unit_test(keys_are_told_when_made),
		cmocka_unit_test(given_keys_are_told_when_used),
		cmocka_unit_test(what_is_no_message_is_told_too),
		cmocka_unit_test(a_client_tells_of_transport_errors),
		cmocka_unit_test(records_that_nobody_pulls_are_left_out_and_counted),
		cmocka_unit_test(a_record_without_memory_is_counted_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
