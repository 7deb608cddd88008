/* Records of traces as text: docs/trace.md, line by line. */
#include <mtproto/error.h>
#include <mtproto/trace.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What ping_id 7 is on the wire, and its constructor by the protocol's page. */
static const uint8_t ping[12] = {0xec, 0x77, 0xbe, 0x7a, 7};

#define PING_HEX "ec77be7a0700000000000000"
#define TIME_NS  UINT64_C(1763640000000000042)
#define TIME     "1763640000.000000042 "

struct sample {
	const char *line; /* without its line feed */
	struct mtproto_trace record;
};

static const struct sample samples[] = {
	{TIME "1 - open server=0 framing=padded obfuscated=1",
	 {.kind = MTPROTO_TRACE_OPEN,
	  .time_ns = TIME_NS,
	  .link = 1,
	  .framing = MTPROTO_FRAMING_PADDED,
	  .obfuscated = true}},
	{TIME "18446744073709551615 - open server=1 framing=abridged obfuscated=0",
	 {.kind = MTPROTO_TRACE_OPEN,
	  .time_ns = TIME_NS,
	  .link = UINT64_MAX,
	  .server = true,
	  .framing = MTPROTO_FRAMING_ABRIDGED}},
	{"0.000000000 2 - closed error=-215 code=-404",
	 {.kind = MTPROTO_TRACE_CLOSED, .link = 2, .error = -215, .transport_error = -404}},
	{TIME "2 - closed error=0 code=-2147483648",
	 {.kind = MTPROTO_TRACE_CLOSED, .time_ns = TIME_NS, .link = 2, .transport_error = INT32_MIN}},
	{TIME "1 > bytes data=" PING_HEX,
	 {.kind = MTPROTO_TRACE_BYTES, .time_ns = TIME_NS, .link = 1, .data = {ping, 12}}},
	{TIME "1 < bytes data=",
	 {.kind = MTPROTO_TRACE_BYTES, .time_ns = TIME_NS, .link = 1, .direction = MTPROTO_TO_CLIENT}},
	{TIME "1 > message key=0123456789abcdef salt=fedcba9876543210 session=0000000000000001 "
	      "msg_id=691ef0c000000004 seq_no=4294967295 length=12 id=7abe77ec body=" PING_HEX,
	 {.kind = MTPROTO_TRACE_MESSAGE,
	  .time_ns = TIME_NS,
	  .link = 1,
	  .auth_key_id = 0x0123456789abcdef,
	  .salt = 0xfedcba9876543210,
	  .session_id = 1,
	  .msg_id = 0x691ef0c000000004,
	  .seq_no = UINT32_MAX,
	  .data = {ping, 12}}},
	{TIME "1 < plain msg_id=691ef0c000000001 length=12 id=7abe77ec body=" PING_HEX,
	 {.kind = MTPROTO_TRACE_PLAIN,
	  .time_ns = TIME_NS,
	  .link = 1,
	  .direction = MTPROTO_TO_CLIENT,
	  .msg_id = 0x691ef0c000000001,
	  .data = {ping, 12}}},
	{TIME "3 > packet error=-221 length=12 data=" PING_HEX,
	 {.kind = MTPROTO_TRACE_PACKET, .time_ns = TIME_NS, .link = 3, .error = -221, .data = {ping, 12}}},
	{TIME "3 < error code=-404",
	 {.kind = MTPROTO_TRACE_ERROR,
	  .time_ns = TIME_NS,
	  .link = 3,
	  .direction = MTPROTO_TO_CLIENT,
	  .transport_error = -404}},
	{TIME "3 < quick_ack token=80000001",
	 {.kind = MTPROTO_TRACE_QUICK_ACK,
	  .time_ns = TIME_NS,
	  .link = 3,
	  .direction = MTPROTO_TO_CLIENT,
	  .quick_ack_token = 0x80000001}},
	{TIME "4 - lost count=4294967295",
	 {.kind = MTPROTO_TRACE_LOST, .time_ns = TIME_NS, .link = 4, .count = UINT32_MAX}},
};

enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

/* Parses from memory that ends where the line ends. */
static int parse(struct mtproto_trace *out, uint8_t *room, size_t cap, const char *line, const char **reason)
{
	size_t len = strlen(line);
	char *copy = malloc(len + !len);
	int result;

	assert_non_null(copy);
	memcpy(copy, line, len);
	result = mtproto_trace_parse(out, copy, len, room, cap, reason);
	free(copy);
	return result;
}

static void assert_same(const struct mtproto_trace *a, const struct mtproto_trace *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->direction, b->direction);
	assert_true(a->time_ns == b->time_ns && a->link == b->link && a->auth_key_id == b->auth_key_id);
	assert_true(a->salt == b->salt && a->session_id == b->session_id && a->msg_id == b->msg_id);
	assert_int_equal(a->seq_no, b->seq_no);
	assert_int_equal(a->quick_ack_token, b->quick_ack_token);
	assert_int_equal(a->expires_at, b->expires_at);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->error, b->error);
	assert_int_equal(a->transport_error, b->transport_error);
	assert_int_equal(a->framing, b->framing);
	assert_int_equal(a->obfuscated, b->obfuscated);
	assert_int_equal(a->server, b->server);
	assert_int_equal(a->temporary, b->temporary);
	assert_int_equal(a->data.len, b->data.len);
	if (a->data.len)
		assert_memory_equal(a->data.data, b->data.data, a->data.len);
}

static void each_kind_is_one_line(void **state)
{
	char text[512];
	size_t len;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		size_t expected = strlen(samples[i].line);

		assert_int_equal(mtproto_trace_format(text, sizeof(text), &len, &samples[i].record), 0);
		assert_int_equal(len, expected + 1);
		assert_memory_equal(text, samples[i].line, expected);
		assert_string_equal(text + expected, "\n");
	}
}

static void a_line_is_read_back(void **state)
{
	struct mtproto_trace record;
	const char *reason;
	uint8_t room[64];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		assert_int_equal(parse(&record, room, sizeof(room), samples[i].line, &reason), 1);
		assert_null(reason);
		assert_same(&record, &samples[i].record);
	}
}

static void a_key_is_its_256_bytes(void **state)
{
	struct mtproto_trace record = {.kind = MTPROTO_TRACE_KEY,
				       .time_ns = TIME_NS,
				       .link = 1,
				       .auth_key_id = 1,
				       .temporary = true,
				       .expires_at = 1763726400};
	static const char head[] =
		TIME "1 - key id=0000000000000001 temporary=1 expires_at=1763726400 auth_key=0001020304";
	uint8_t key[MTPROTO_AUTH_KEY_SIZE], room[MTPROTO_AUTH_KEY_SIZE];
	struct mtproto_trace read;
	char text[1024];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	record.data = (struct mtproto_span){key, sizeof(key)};
	assert_int_equal(mtproto_trace_format(text, sizeof(text), &len, &record), 0);
	assert_int_equal(len, sizeof(head) - 1 + 2 * (256 - 5) + 1);
	assert_memory_equal(text, head, sizeof(head) - 1);
	assert_int_equal(mtproto_trace_parse(&read, text, len, room, sizeof(room), NULL), 1);
	assert_same(&read, &record);
	record.data.len--;
	assert_int_equal(mtproto_trace_format(text, sizeof(text), &len, &record), MTPROTO_ERR_ARGUMENT);
	text[len = strlen(text) - 3] = '\0';
	assert_int_equal(mtproto_trace_parse(&read, text, len, room, sizeof(room), NULL), MTPROTO_ERR_ENCODING);
}

static void the_room_may_be_the_line(void **state)
{
	const struct sample *sample = &samples[6];
	struct mtproto_trace record;
	char line[512];

	(void)state;
	strcpy(line, sample->line);
	assert_int_equal(mtproto_trace_parse(&record, line, strlen(line), (uint8_t *)line, sizeof(line), NULL), 1);
	assert_same(&record, &sample->record);
}

static void sizes_are_told_and_kept(void **state)
{
	const struct mtproto_trace *record = &samples[6].record;
	struct mtproto_trace odd = *record;
	uint8_t room[12];
	char text[512];
	size_t len, cap;

	(void)state;
	assert_int_equal(mtproto_trace_format(NULL, 0, &cap, record), 0);
	assert_int_equal(mtproto_trace_format(text, cap + 1, &len, record), 0);
	assert_int_equal(len, cap);
	memset(text, 'x', sizeof(text));
	assert_int_equal(mtproto_trace_format(text, cap, &len, record), MTPROTO_ERR_BUFFER);
	assert_int_equal(len, 0);
	assert_int_equal(text[cap], 'x');
	assert_int_equal(parse(&odd, room, 11, samples[6].line, NULL), MTPROTO_ERR_BUFFER);
	assert_int_equal(parse(&odd, room, 12, samples[6].line, NULL), 1);
	odd.kind = 0;
	assert_int_equal(mtproto_trace_format(text, sizeof(text), &len, &odd), MTPROTO_ERR_ARGUMENT);
	odd.kind = MTPROTO_TRACE_LOST + 1;
	assert_int_equal(mtproto_trace_format(text, sizeof(text), &len, &odd), MTPROTO_ERR_ARGUMENT);
	odd.kind = MTPROTO_TRACE_PLAIN;
	odd.data.len = 3;
	assert_int_equal(mtproto_trace_format(text, sizeof(text), &len, &odd), MTPROTO_ERR_ARGUMENT);
}

static void lines_without_a_record_are_passed_over(void **state)
{
	struct mtproto_trace record;
	const char *reason = "";

	(void)state;
	assert_int_equal(parse(&record, NULL, 0, "", &reason), 0);
	assert_int_equal(parse(&record, NULL, 0, "\n", &reason), 0);
	assert_int_equal(parse(&record, NULL, 0, "# a remark\n", &reason), 0);
	assert_int_equal(parse(&record, NULL, 0, MTPROTO_TRACE_HEADER, &reason), 0);
	assert_int_equal(parse(&record, NULL, 0, "mtproto-trace 1", &reason), 0);
	assert_null(reason);
}

static void another_version_is_refused_as_such(void **state)
{
	static const char *const lines[] = {"mtproto-trace 2\n", "mtproto-trace 10\n", "mtproto-trace ",
					    "mtproto-trace 1 "};
	struct mtproto_trace record;
	const char *reason;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(&record, NULL, 0, lines[i], &reason), MTPROTO_ERR_STATE_VERSION);
		assert_string_equal(reason, "a trace of another version");
	}
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *line, *reason;
	} wrong[] = {
		{"x", "a number does not have the digits that it should"},
		{"1763640000", "no time"},
		{"1763640000.1 1 > bytes data=", "a number does not have the digits that it should"},
		{"99999999999999999999.000000000 1 > bytes data=", "a number is too large"},
		{TIME "", "a number does not have the digits that it should"},
		{TIME "18446744073709551616 > bytes data=", "a number is too large"},
		{TIME "1 = bytes data=", "neither > nor < nor - behind the link"},
		{TIME "1 > byte data=", "a kind of record that nobody knows"},
		{TIME "1 > bytess data=", "a kind of record that nobody knows"},
		{TIME "1 - bytes data=", "this kind of record has another direction"},
		{TIME "1 > lost count=1", "this kind of record has another direction"},
		{TIME "1 > bytes", "a field is missing"},
		{TIME "1 > bytes body=00", "another field is expected here"},
		{TIME "1 > bytes data:00", "another field is expected here"},
		{TIME "1 > bytes data=000", "an odd number of hexadecimal digits"},
		{TIME "1 > bytes data=0g", "what is no hexadecimal digit"},
		{TIME "1 > bytes data=AB", "what is no hexadecimal digit"},
		{TIME "1 > bytes data=00 00", "an odd number of hexadecimal digits"},
		{TIME "1 - lost count=1 more=1", "more than the fields of this kind"},
		{TIME "1 - lost count=4294967296", "a number is too large"},
		{TIME "1 - lost count=-1", "a number does not have the digits that it should"},
		{TIME "1 < error code=-2147483649", "a number is too large"},
		{TIME "1 < error code=2147483648", "a number is too large"},
		{TIME "1 < error code=-", "a number does not have the digits that it should"},
		{TIME "1 < quick_ack token=8000001", "a number does not have the digits that it should"},
		{TIME "1 - open server=2 framing=full obfuscated=0", "a number is too large"},
		{TIME "1 - open server=0 framing=detect obfuscated=0", "a framing that nobody knows"},
		{TIME "1 < plain msg_id=0000000000000001 length=11 id=7abe77ec body=" PING_HEX,
		 "length is not that of the data"},
		{TIME "1 < plain msg_id=0000000000000001 length=12 id=7abe77ed body=" PING_HEX,
		 "id is not what the body begins with"},
		{TIME "1 < plain msg_id=0000000000000001 length=0 id=7abe77ed body=", "data of a length that can't be"},
	};
	struct mtproto_trace record, zero;
	const char *reason;
	uint8_t room[64];

	(void)state;
	memset(&zero, 0, sizeof(zero));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(&record, room, sizeof(room), wrong[i].line, &reason), MTPROTO_ERR_ENCODING);
		assert_string_equal(reason, wrong[i].reason);
		assert_memory_equal(&record, &zero, sizeof(zero));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_one_line),
		cmocka_unit_test(a_line_is_read_back),
		cmocka_unit_test(a_key_is_its_256_bytes),
		cmocka_unit_test(the_room_may_be_the_line),
		cmocka_unit_test(sizes_are_told_and_kept),
		cmocka_unit_test(lines_without_a_record_are_passed_over),
		cmocka_unit_test(another_version_is_refused_as_such),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
