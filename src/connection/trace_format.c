/* Records of traces to text. */
#include "connection/trace_text.h"

#include <mtproto/error.h>

#include "base/bytes.h"

enum field_index {
	END,
	KEY,
	SALT,
	SESSION,
	MSG_ID,
	SEQ_NO,
	BODY_LENGTH,
	BODY_ID,
	BODY,
	OCTETS,
	ERROR,
	CODE,
	TOKEN,
	SERVER,
	FRAMING_NAME,
	OBFUSCATED,
	KEY_ID,
	TEMPORARY,
	EXPIRES_AT,
	AUTH_KEY,
	COUNT
};

#define SIZE_OF(member) sizeof(((struct mtproto_trace *)NULL)->member)
#define MEMBER(member)  SIZE_OF(member), offsetof(struct mtproto_trace, member)

const struct mtp_trace_field mtp_trace_fields[] = {
	[KEY] = {"key", MTP_FIELD_HEX, MEMBER(auth_key_id)},
	[SALT] = {"salt", MTP_FIELD_HEX, MEMBER(salt)},
	[SESSION] = {"session", MTP_FIELD_HEX, MEMBER(session_id)},
	[MSG_ID] = {"msg_id", MTP_FIELD_HEX, MEMBER(msg_id)},
	[SEQ_NO] = {"seq_no", MTP_FIELD_DECIMAL, MEMBER(seq_no)},
	[BODY_LENGTH] = {"length", MTP_FIELD_LENGTH, 0, 0},
	[BODY_ID] = {"id", MTP_FIELD_ID, 0, 0},
	[BODY] = {"body", MTP_FIELD_DATA, 0, 0},
	[OCTETS] = {"data", MTP_FIELD_DATA, 0, 0},
	[ERROR] = {"error", MTP_FIELD_SIGNED, MEMBER(error)},
	[CODE] = {"code", MTP_FIELD_SIGNED, MEMBER(transport_error)},
	[TOKEN] = {"token", MTP_FIELD_HEX, MEMBER(quick_ack_token)},
	[SERVER] = {"server", MTP_FIELD_BOOL, MEMBER(server)},
	[FRAMING_NAME] = {"framing", MTP_FIELD_FRAMING, 0, 0},
	[OBFUSCATED] = {"obfuscated", MTP_FIELD_BOOL, MEMBER(obfuscated)},
	[KEY_ID] = {"id", MTP_FIELD_HEX, MEMBER(auth_key_id)},
	[TEMPORARY] = {"temporary", MTP_FIELD_BOOL, MEMBER(temporary)},
	[EXPIRES_AT] = {"expires_at", MTP_FIELD_DECIMAL, MEMBER(expires_at)},
	[AUTH_KEY] = {"auth_key", MTP_FIELD_DATA, 0, 0},
	[COUNT] = {"count", MTP_FIELD_DECIMAL, MEMBER(count)},
};

const struct mtp_trace_kind_text mtp_trace_kinds[MTP_TRACE_KIND_COUNT] = {
	[MTPROTO_TRACE_OPEN] = {"open", false, {SERVER, FRAMING_NAME, OBFUSCATED}},
	[MTPROTO_TRACE_CLOSED] = {"closed", false, {ERROR, CODE}},
	[MTPROTO_TRACE_BYTES] = {"bytes", true, {OCTETS}},
	[MTPROTO_TRACE_MESSAGE] = {"message", true, {KEY, SALT, SESSION, MSG_ID, SEQ_NO, BODY_LENGTH, BODY_ID, BODY}},
	[MTPROTO_TRACE_PLAIN] = {"plain", true, {MSG_ID, BODY_LENGTH, BODY_ID, BODY}},
	[MTPROTO_TRACE_PACKET] = {"packet", true, {ERROR, BODY_LENGTH, OCTETS}},
	[MTPROTO_TRACE_ERROR] = {"error", true, {CODE}},
	[MTPROTO_TRACE_QUICK_ACK] = {"quick_ack", true, {TOKEN}},
	[MTPROTO_TRACE_KEY] = {"key", false, {KEY_ID, TEMPORARY, EXPIRES_AT, AUTH_KEY}},
	[MTPROTO_TRACE_LOST] = {"lost", false, {COUNT}},
};

bool mtp_trace_has_id(enum mtproto_trace_kind kind)
{
	return kind == MTPROTO_TRACE_MESSAGE || kind == MTPROTO_TRACE_PLAIN;
}

bool mtp_trace_fits(const struct mtproto_trace *record)
{
	if (record->kind == MTPROTO_TRACE_KEY)
		return record->data.len == MTPROTO_AUTH_KEY_SIZE;
	return !mtp_trace_has_id(record->kind) || record->data.len >= 4;
}

/* ---- Writing ---- */

/* Counts what finds no room. */
struct text {
	char *out;
	size_t cap;
	size_t len;
};

static void put(struct text *text, char c)
{
	if (text->out && text->len < text->cap)
		text->out[text->len] = c;
	text->len++;
}

static void put_text(struct text *text, const char *s)
{
	while (*s)
		put(text, *s++);
}

static void put_hex(struct text *text, uint64_t value, unsigned digits)
{
	while (digits--)
		put(text, "0123456789abcdef"[value >> 4 * digits & 15]);
}

static void put_decimal(struct text *text, uint64_t value, unsigned digits_min)
{
	char digits[20];
	unsigned count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (; digits_min > count; digits_min--)
		put(text, '0');
	while (count)
		put(text, digits[--count]);
}

static void put_data(struct text *text, struct mtproto_span data)
{
	if (!text->out) {
		text->len += 2 * data.len;
		return;
	}
	for (size_t i = 0; i < data.len; i++)
		put_hex(text, data.data[i], 2);
}

static uint64_t load(const void *member, size_t size)
{
	if (size == sizeof(bool))
		return *(const bool *)member;
	return size == sizeof(uint32_t) ? *(const uint32_t *)member : *(const uint64_t *)member;
}

static void put_signed(struct text *text, int32_t value)
{
	if (value < 0)
		put(text, '-');
	put_decimal(text, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

static void put_value(struct text *text, const struct mtproto_trace *record, const struct mtp_trace_field *field)
{
	const void *member = (const char *)record + field->offset;

	switch ((enum mtp_trace_field_type)field->type) {
	case MTP_FIELD_HEX:
		put_hex(text, load(member, field->size), 2u * field->size);
		break;
	case MTP_FIELD_DECIMAL:
	case MTP_FIELD_BOOL:
		put_decimal(text, load(member, field->size), 1);
		break;
	case MTP_FIELD_SIGNED:
		put_signed(text, *(const int32_t *)member);
		break;
	case MTP_FIELD_FRAMING:
		put_text(text, mtproto_framing_name(record->framing));
		break;
	case MTP_FIELD_LENGTH:
		put_decimal(text, record->data.len, 1);
		break;
	case MTP_FIELD_ID:
		put_hex(text, mtp_load_le32(record->data.data), 8);
		break;
	case MTP_FIELD_DATA:
		put_data(text, record->data);
		break;
	}
}

int mtproto_trace_format(char *out, size_t cap, size_t *len, const struct mtproto_trace *record)
{
	struct text text = {out, cap, 0};
	const struct mtp_trace_kind_text *kind;

	*len = 0;
	if (record->kind < MTPROTO_TRACE_OPEN || (int)record->kind >= MTP_TRACE_KIND_COUNT || !mtp_trace_fits(record))
		return MTPROTO_ERR_ARGUMENT;
	kind = &mtp_trace_kinds[record->kind];
	put_decimal(&text, record->time_ns / MTP_TRACE_SECOND_NS, 1);
	put(&text, '.');
	put_decimal(&text, record->time_ns % MTP_TRACE_SECOND_NS, 9);
	put(&text, ' ');
	put_decimal(&text, record->link, 1);
	put(&text, ' ');
	put(&text, !kind->directed ? '-' : record->direction == MTPROTO_TO_SERVER ? '>' : '<');
	put(&text, ' ');
	put_text(&text, kind->name);
	for (const uint8_t *index = kind->fields; *index != END; index++) {
		put(&text, ' ');
		put_text(&text, mtp_trace_fields[*index].name);
		put(&text, '=');
		put_value(&text, record, &mtp_trace_fields[*index]);
	}
	put(&text, '\n');
	put(&text, '\0');
	if (out && text.len > cap)
		return MTPROTO_ERR_BUFFER;
	*len = text.len - 1;
	return 0;
}
