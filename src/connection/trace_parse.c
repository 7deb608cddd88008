/* Text to records of traces. */
#include "connection/trace_text.h"

#include <mtproto/error.h>

#include "base/bytes.h"

#include <string.h>

#define VERSION_AT (sizeof(MTPROTO_TRACE_HEADER) - sizeof("1\n"))

struct reader {
	const char *at;
	const char *end;
	uint8_t *room;
	size_t cap;
	bool has_length; /* what the fields said of data */
	uint64_t length;
	uint64_t id;
	int error; /* the first stays, with its reason */
	const char *reason;
};

static void fail_with(struct reader *r, int error, const char *reason)
{
	if (!r->error) {
		r->error = error;
		r->reason = reason;
	}
	r->at = r->end;
}

static void fail(struct reader *r, const char *reason)
{
	fail_with(r, MTPROTO_ERR_ENCODING, reason);
}

static void expect(struct reader *r, const char *text, const char *reason)
{
	size_t len = strlen(text);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0)
		fail(r, reason);
	else
		r->at += len;
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* A number of the base with digits digits, or with any count of them (0); at most max. */
static uint64_t read_number(struct reader *r, unsigned base, unsigned digits, uint64_t max)
{
	const char *begin = r->at;
	uint64_t value = 0;

	for (; r->at < r->end && digit_of(*r->at) < base; r->at++) {
		unsigned digit = digit_of(*r->at);

		if (digit > max || value > (max - digit) / base)
			fail(r, "a number is too large");
		if (r->error)
			return 0;
		value = value * base + digit;
	}
	if (r->at == begin || (digits && (size_t)(r->at - begin) != digits))
		fail(r, "a number does not have the digits that it should");
	return value;
}

static int32_t read_signed(struct reader *r)
{
	bool negative = r->at < r->end && *r->at == '-';
	int64_t value;

	r->at += negative;
	value = (int64_t)read_number(r, 10, 0, INT32_MAX + (uint64_t)negative);
	return (int32_t)(negative ? -value : value);
}

static enum mtproto_framing read_framing(struct reader *r)
{
	enum mtproto_framing framing = MTPROTO_FRAMING_DETECT;
	char name[16] = "";
	size_t len = 0;

	while (r->at < r->end && *r->at != ' ' && len < sizeof(name) - 1)
		name[len++] = *r->at++;
	if (mtproto_framing_from_name(&framing, name))
		fail(r, "a framing that nobody knows");
	return framing;
}

/* Up to the end of the line. Each byte is written after its two digits were read, so room may be where the line is. */
static struct mtproto_span read_data(struct reader *r)
{
	struct mtproto_span data = {r->room, 0};
	size_t len = (size_t)(r->end - r->at) / 2;

	if ((r->end - r->at) % 2)
		fail(r, "an odd number of hexadecimal digits");
	for (; r->at < r->end && data.len < r->cap; r->at += 2) {
		unsigned high = digit_of(r->at[0]), low = digit_of(r->at[1]);

		if (high > 15 || low > 15) {
			fail(r, "what is no hexadecimal digit");
			return data;
		}
		r->room[data.len++] = (uint8_t)(high << 4 | low);
	}
	if (data.len < len)
		fail_with(r, MTPROTO_ERR_BUFFER, "the line is longer than there is room for");
	return data;
}

static void store(void *member, size_t size, uint64_t value)
{
	if (size == sizeof(bool))
		*(bool *)member = value != 0;
	else if (size == sizeof(uint32_t))
		*(uint32_t *)member = (uint32_t)value;
	else
		*(uint64_t *)member = value;
}

static void read_value(struct reader *r, struct mtproto_trace *record, const struct mtp_trace_field *field)
{
	void *member = (char *)record + field->offset;

	switch ((enum mtp_trace_field_type)field->type) {
	case MTP_FIELD_HEX:
		store(member, field->size, read_number(r, 16, 2u * field->size, UINT64_MAX));
		break;
	case MTP_FIELD_DECIMAL:
		store(member, field->size, read_number(r, 10, 0, UINT32_MAX));
		break;
	case MTP_FIELD_BOOL:
		store(member, field->size, read_number(r, 10, 1, 1));
		break;
	case MTP_FIELD_SIGNED:
		*(int32_t *)member = read_signed(r);
		break;
	case MTP_FIELD_FRAMING:
		record->framing = read_framing(r);
		break;
	case MTP_FIELD_LENGTH:
		r->has_length = true;
		r->length = read_number(r, 10, 0, UINT64_MAX);
		break;
	case MTP_FIELD_ID:
		r->id = read_number(r, 16, 8, UINT32_MAX);
		break;
	case MTP_FIELD_DATA:
		record->data = read_data(r);
		break;
	}
}

static const struct mtp_trace_kind_text *read_kind(struct reader *r, struct mtproto_trace *record)
{
	const char *end = r->at;
	size_t len;

	while (end < r->end && *end != ' ')
		end++;
	len = (size_t)(end - r->at);
	for (int i = MTPROTO_TRACE_OPEN; i < MTP_TRACE_KIND_COUNT; i++) {
		if (strlen(mtp_trace_kinds[i].name) != len || memcmp(mtp_trace_kinds[i].name, r->at, len) != 0)
			continue;
		r->at = end;
		record->kind = (enum mtproto_trace_kind)i;
		return &mtp_trace_kinds[i];
	}
	fail(r, "a kind of record that nobody knows");
	return NULL;
}

static bool read_direction(struct reader *r, struct mtproto_trace *record)
{
	char c = r->at < r->end ? *r->at++ : '\0';

	if (c != '>' && c != '<' && c != '-')
		fail(r, "neither > nor < nor - behind the link");
	record->direction = c == '<' ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER;
	return c != '-';
}

static void read_record(struct reader *r, struct mtproto_trace *record)
{
	const struct mtp_trace_kind_text *kind;
	bool directed;

	/* Room for every nanosecond of the last second. */
	record->time_ns = read_number(r, 10, 0, UINT64_MAX / MTP_TRACE_SECOND_NS - 1) * MTP_TRACE_SECOND_NS;
	expect(r, ".", "no time");
	record->time_ns += read_number(r, 10, 9, MTP_TRACE_SECOND_NS);
	expect(r, " ", "no link behind the time");
	record->link = read_number(r, 10, 0, UINT64_MAX);
	expect(r, " ", "no direction behind the link");
	directed = read_direction(r, record);
	expect(r, " ", "no kind behind the direction");
	kind = read_kind(r, record);
	if (!kind)
		return;
	if (kind->directed != directed)
		fail(r, "this kind of record has another direction");
	for (const uint8_t *index = kind->fields; *index; index++) {
		expect(r, " ", "a field is missing");
		expect(r, mtp_trace_fields[*index].name, "another field is expected here");
		expect(r, "=", "another field is expected here");
		read_value(r, record, &mtp_trace_fields[*index]);
	}
	if (r->at < r->end)
		fail(r, "more than the fields of this kind");
}

/* What is said of the data must be so. */
static void check_data(struct reader *r, const struct mtproto_trace *record)
{
	if (!mtp_trace_fits(record))
		fail(r, "data of a length that can't be");
	else if (r->has_length && r->length != record->data.len)
		fail(r, "length is not that of the data");
	else if (mtp_trace_has_id(record->kind) && r->id != mtp_load_le32(record->data.data))
		fail(r, "id is not what the body begins with");
}

static void check_header(struct reader *r)
{
	if ((size_t)(r->end - r->at) != VERSION_AT + 1 || r->at[VERSION_AT] != MTPROTO_TRACE_HEADER[VERSION_AT])
		fail_with(r, MTPROTO_ERR_STATE_VERSION, "a trace of another version");
}

int mtproto_trace_parse(struct mtproto_trace *out, const char *line, size_t len, uint8_t *room, size_t cap,
			const char **reason)
{
	struct reader r = {.room = room, .cap = cap};
	bool is_header;

	memset(out, 0, sizeof(*out));
	if (reason)
		*reason = NULL;
	if (len && line[len - 1] == '\n')
		len--;
	if (len == 0 || line[0] == '#')
		return 0;
	r.at = line;
	r.end = line + len;
	is_header = len >= VERSION_AT && memcmp(line, MTPROTO_TRACE_HEADER, VERSION_AT) == 0;
	if (is_header)
		check_header(&r);
	else
		read_record(&r, out);
	if (!is_header && !r.error)
		check_data(&r, out);
	if (r.error) {
		memset(out, 0, sizeof(*out));
		if (reason)
			*reason = r.reason;
		return r.error;
	}
	return !is_header;
}
