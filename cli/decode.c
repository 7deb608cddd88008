#include "cli/decode.h"

#include <mtproto/error.h>
#include <mtproto/message_plain.h>
#include <mtproto/tl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/lines.h"

int decoder_init(struct decoder *d, const struct mtproto_schema *schema, bool json)
{
	int error;

	memset(d, 0, sizeof(*d));
	d->json = json;
	d->schema = schema;
	error = mtproto_arena_new(&d->arena, NULL, DECODE_TREE_MAX);
	return error ? error : mtproto_gzip_new(&d->gzip, NULL);
}

void decoder_fini(struct decoder *d)
{
	struct mtproto_auth_key *key;

	decode_close(d, 0);
	while ((key = id_map_take_any(&d->keys))) {
		mtproto_wipe(key, sizeof(*key));
		free(key);
	}
	free(d->unpacked);
	mtproto_gzip_free(d->gzip);
	mtproto_arena_free(d->arena);
}

void decode_complain(struct decoder *d, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	complain("%s:%" PRIu64 ": %s", d->source, d->line, text);
	d->failed = true;
}

/* ---- Keys ---- */

static void take_key(struct decoder *d, const struct mtproto_trace *record)
{
	struct mtproto_auth_key *key;

	if (mtproto_auth_key_id(record->data.data) != record->auth_key_id) {
		decode_complain(d, "id is not that of the auth_key");
		return;
	}
	if (id_map_find(&d->keys, record->auth_key_id))
		return;
	key = d->keys.count < DECODE_KEYS_MAX ? malloc(sizeof(*key)) : NULL;
	if (!key || !id_map_add(&d->keys, record->auth_key_id, key)) {
		decode_complain(d, "no room for another key");
		free(key);
		return;
	}
	mtproto_auth_key_init(key, record->data.data);
}

/* ---- Records that are one line ---- */

static uint64_t key_id_of(struct mtproto_span packet)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, packet.data, packet.len);
	return mtproto_tl_read_long(&r);
}

void decode_print(struct decoder *d, const struct mtproto_trace *record, const char *note)
{
	static const char *const names[] = {
		[MTPROTO_TRACE_OPEN] = "open",   [MTPROTO_TRACE_CLOSED] = "closed",
		[MTPROTO_TRACE_ERROR] = "error", [MTPROTO_TRACE_QUICK_ACK] = "quick_ack",
		[MTPROTO_TRACE_KEY] = "key",     [MTPROTO_TRACE_PACKET] = "packet",
		[MTPROTO_TRACE_LOST] = "lost",
	};
	bool directed = record->kind == MTPROTO_TRACE_ERROR || record->kind == MTPROTO_TRACE_QUICK_ACK ||
			record->kind == MTPROTO_TRACE_PACKET;
	struct decode_out out;

	out_begin(&out, d, record, names[record->kind], 0, directed);
	switch (record->kind) {
	case MTPROTO_TRACE_OPEN:
		out_text(&out, "framing", mtproto_framing_name(record->framing));
		out_flag(&out, "obfuscated", record->obfuscated);
		break;
	case MTPROTO_TRACE_CLOSED:
		out_number(&out, "error", record->error);
		out_number(&out, "code", record->transport_error);
		break;
	case MTPROTO_TRACE_ERROR:
		out_number(&out, "code", record->transport_error);
		break;
	case MTPROTO_TRACE_QUICK_ACK:
		out_hex32(&out, "token", record->quick_ack_token);
		break;
	case MTPROTO_TRACE_KEY:
		out_hex(&out, "key", record->auth_key_id);
		out_flag(&out, "temporary", record->temporary);
		out_number(&out, "expires_at", record->expires_at);
		break;
	case MTPROTO_TRACE_PACKET:
		out_hex(&out, "key", key_id_of(record->data));
		out_number(&out, "length", (int64_t)record->data.len);
		break;
	case MTPROTO_TRACE_LOST:
		out_number(&out, "count", record->count);
		break;
	default:
		break;
	}
	out_end(&out, note);
}

/* ---- Packets ---- */

static int open_packet(struct decoder *d, struct mtproto_trace *record, uint8_t *packet, size_t len)
{
	struct mtproto_open_job job = {.direction = record->direction, .packet = packet, .packet_len = len};

	record->auth_key_id = key_id_of((struct mtproto_span){packet, len});
	job.key = id_map_find(&d->keys, record->auth_key_id);
	if (!job.key)
		return MTPROTO_ERR_NOT_FOUND;
	record->error = mtproto_message_open(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &job);
	record->kind = MTPROTO_TRACE_MESSAGE;
	record->salt = job.message.salt;
	record->session_id = job.message.session_id;
	record->msg_id = job.message.msg_id;
	record->seq_no = job.message.seq_no;
	record->data = job.message.body;
	return record->error;
}

static int open_plain(struct mtproto_trace *record, const uint8_t *packet, size_t len)
{
	struct mtproto_plain_message plain;
	int error = mtproto_plain_parse(&plain, record->direction, packet, len);

	record->kind = MTPROTO_TRACE_PLAIN;
	record->msg_id = plain.msg_id;
	record->data = plain.body;
	return error;
}

void decode_packet(struct decoder *d, const struct mtproto_trace *at, uint8_t *packet, size_t len, bool expected)
{
	struct mtproto_trace closed = {.kind = MTPROTO_TRACE_PACKET,
				       .time_ns = at->time_ns,
				       .link = at->link,
				       .direction = at->direction,
				       .data = {packet, len}};
	struct mtproto_trace record = closed;
	const char *note;
	int error =
		mtproto_plain_is(packet, len) ? open_plain(&record, packet, len) : open_packet(d, &record, packet, len);

	if (!error) {
		decode_message(d, &record);
		return;
	}
	note = error == MTPROTO_ERR_NOT_FOUND ? "its key is in no key log" : mtproto_strerror(error);
	decode_print(d, &closed, note);
	if (expected)
		decode_complain(d, "a packet of key %016" PRIx64 ": %s", key_id_of(closed.data), note);
}

/* ---- Lines ---- */

static void take_record(struct decoder *d, const struct mtproto_trace *record, uint8_t *data)
{
	switch (record->kind) {
	case MTPROTO_TRACE_BYTES:
		decode_bytes(d, record, data);
		break;
	case MTPROTO_TRACE_MESSAGE:
	case MTPROTO_TRACE_PLAIN:
		decode_message(d, record);
		break;
	case MTPROTO_TRACE_PACKET:
		decode_packet(d, record, data, record->data.len, false);
		break;
	case MTPROTO_TRACE_OPEN:
		decode_open(d, record);
		break;
	case MTPROTO_TRACE_LOST:
		decode_print(d, record, NULL);
		decode_complain(d, "%" PRIu32 " records are missing here", record->count);
		break;
	default:
		if (record->kind == MTPROTO_TRACE_CLOSED)
			decode_close(d, record->link);
		decode_print(d, record, NULL);
	}
}

static void take_line(struct decoder *d, struct lines *lines, bool keys_only)
{
	struct mtproto_trace record;
	uint8_t *data = (uint8_t *)lines->text;
	bool is_header = lines->len && lines->text[0] == MTPROTO_TRACE_HEADER[0];
	const char *reason;
	int result;

	if (lines->too_long) {
		decode_complain(d, "the line is too long");
		return;
	}
	result = mtproto_trace_parse(&record, lines->text, lines->len, data, lines->len, &reason);
	if (result < 0)
		decode_complain(d, "%s", reason);
	/* Another trace begins, which counts its links anew. */
	if (result == 0 && is_header)
		decode_close(d, 0);
	if (result <= 0)
		return;
	if (record.kind == MTPROTO_TRACE_KEY)
		take_key(d, &record);
	if (!keys_only)
		take_record(d, &record, data);
}

void decode_file(struct decoder *d, FILE *file, const char *source, bool keys_only)
{
	struct lines lines;

	d->source = source;
	lines_init(&lines, file, DECODE_LINE_MAX);
	while (lines_next(&lines)) {
		d->line = lines.number;
		take_line(d, &lines, keys_only);
	}
	if (errno) {
		d->line = lines.number;
		decode_complain(d, "%s", strerror(errno));
	}
	lines_fini(&lines);
}
