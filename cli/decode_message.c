#include <mtproto/error.h>
#include <mtproto/json.h>
#include <mtproto/service.h>
#include <mtproto/value.h>
#include <stdlib.h>
#include <string.h>

#include "cli/decode.h"

enum {
	DEPTH_MAX = 8, /* a message, in a container, with an answer, packed: four are enough for all that is sent */
	NOTE_SIZE = 512,
	NAME_SIZE = 1024
};

/* One object on its way to be a line. */
struct item {
	const struct mtproto_trace *record;
	const char *kind;
	unsigned depth;
	bool numbered; /* a message, with its own msg_id and seq_no */
	uint64_t msg_id;
	uint32_t seq_no;
	struct mtproto_span body;
	const struct mtproto_type *type; /* NULL: any */
};

/* What was found out about it. */
struct finding {
	char name[NAME_SIZE];      /* "invokeWithLayer/initConnection/help.getConfig" */
	struct mtproto_span inner; /* the last of these */
	struct mtproto_value value;
	bool has_value;
	char note[NOTE_SIZE];
};

static void walk(struct decoder *d, const struct item *item);

static uint32_t id_of(struct mtproto_span body)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, body.data, body.len);
	return mtproto_tl_peek(&r);
}

/* ---- Requests and the types of their answers ---- */

static struct decode_call *call_of(struct decoder *d, uint64_t msg_id)
{
	/* The low bits of a msg_id are those of its kind; the high half is the second. */
	return &d->calls[(msg_id >> 2 ^ msg_id >> 32) % DECODE_CALLS];
}

static void note_call(struct decoder *d, const struct item *item, const struct mtproto_value *value)
{
	const struct mtproto_type *answer = mtproto_value_result_type(value);

	if (answer && item->record->direction == MTPROTO_TO_SERVER)
		*call_of(d, item->msg_id) = (struct decode_call){item->msg_id, answer};
}

static const struct mtproto_type *answer_type(struct decoder *d, uint64_t req_msg_id, struct mtproto_span result)
{
	const struct decode_call *call = call_of(d, req_msg_id);

	return call->msg_id == req_msg_id && id_of(result) != MTPROTO_ID_RPC_ERROR ? call->answer : NULL;
}

/* ---- Objects by the schema ---- */

/* Passes over the fields before the last one. */
static bool skip_fields(struct decoder *d, const struct mtproto_combinator *combinator, struct mtproto_tl_reader *r)
{
	uint32_t words[MTPROTO_SCHEMA_NATS_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i + 1 < combinator->field_count; i++) {
		const struct mtproto_field *field = &combinator->fields[i];
		struct mtproto_value value = {.as.nat = 0};
		bool is_there = field->flags == MTPROTO_FIELD_ALWAYS || (words[field->word] >> field->bit & 1) != 0;

		if (is_there && mtproto_value_read(&value, d->arena, r, d->schema, field->type, NULL))
			return false;
		if (field->type->kind == MTPROTO_TYPE_NAT)
			words[count++] = value.as.nat;
	}
	return true;
}

/* invokeWithLayer and its like end with the query that they are about: *body becomes that. */
static bool unwrap(struct decoder *d, const struct mtproto_combinator *combinator, struct mtproto_span *body)
{
	struct mtproto_tl_reader r;

	if (!combinator || combinator->field_count == 0 ||
	    combinator->fields[combinator->field_count - 1].type->kind != MTPROTO_TYPE_FUNCTION)
		return false;
	mtproto_tl_reader_init(&r, body->data, body->len);
	mtproto_tl_read_id(&r, combinator->id);
	if (!skip_fields(d, combinator, &r) || mtproto_tl_left(&r) < 4)
		return false;
	*body = mtproto_tl_read_span(&r, mtproto_tl_left(&r));
	return true;
}

static void append(char out[NAME_SIZE], const char *text)
{
	size_t len = strlen(out);

	snprintf(out + len, NAME_SIZE - len, "%s%s", len ? "/" : "", text);
}

static void find_name(struct decoder *d, const struct item *item, struct finding *f)
{
	const struct mtproto_combinator *combinator;
	char digits[16];

	f->inner = item->body;
	combinator = mtproto_schema_by_id(d->schema, id_of(f->inner));
	while (unwrap(d, combinator, &f->inner)) {
		append(f->name, combinator->name);
		combinator = mtproto_schema_by_id(d->schema, id_of(f->inner));
	}
	snprintf(digits, sizeof(digits), "#%08x", (unsigned)id_of(f->inner));
	if (id_of(item->body) == MTPROTO_TL_VECTOR && item->type)
		mtproto_type_text(f->name, sizeof(f->name), item->type);
	else
		append(f->name, combinator ? combinator->name : digits);
}

/* An object that no schema knows is no fault of the file; any other error is. */
static void read_value(struct decoder *d, const struct item *item, struct finding *f)
{
	struct mtproto_value_error error;
	struct mtproto_tl_reader r;
	int result;

	mtproto_tl_reader_init(&r, item->body.data, item->body.len);
	result = mtproto_value_read(&f->value, d->arena, &r, d->schema, item->type, &error);
	f->has_value = result == 0;
	if (result)
		snprintf(f->note, sizeof(f->note), "%s%s%s", error.path, *error.path ? ": " : "", error.reason);
	else
		note_call(d, item, &f->value);
	/* Padding may stand behind a plain message. */
	if (!result && mtproto_tl_left(&r) && item->record->kind != MTPROTO_TRACE_PLAIN)
		snprintf(f->note, sizeof(f->note), "%zu bytes follow the object", mtproto_tl_left(&r));
	if (*f->note && result != MTPROTO_ERR_CONSTRUCTOR)
		decode_complain(d, "%s: %s", f->name, f->note);
}

/* ---- Lines ---- */

static void print_head(struct decode_out *out, struct decoder *d, const struct item *item)
{
	const struct mtproto_trace *record = item->record;

	out_begin(out, d, record, item->kind, item->depth, true);
	if (item->depth == 0 && record->kind == MTPROTO_TRACE_MESSAGE) {
		out_hex(out, "key", record->auth_key_id);
		out_hex(out, "salt", record->salt);
		out_hex(out, "session", record->session_id);
	}
	if (item->numbered) {
		out_hex(out, "msg_id", item->msg_id);
		if (record->kind == MTPROTO_TRACE_MESSAGE)
			out_number(out, "seq_no", item->seq_no);
	}
	out_number(out, "length", (int64_t)item->body.len);
	out_hex32(out, "id", id_of(item->body));
}

static void print_value(struct decode_out *out, struct decoder *d, struct finding *f)
{
	struct mtproto_span text;

	if (!d->json || !f->has_value)
		return;
	if (mtproto_json_encode(&text, d->arena, &f->value, d->schema, false) == 0)
		json_raw(&out->object, "value", (const char *)text.data);
	else
		decode_complain(d, "%s: as JSON it takes too much memory", f->name);
}

static void print_envelope(struct decoder *d, const struct item *item, const char *name, const char *note)
{
	struct decode_out out;

	print_head(&out, d, item);
	out_text(&out, "object", name);
	out_end(&out, note);
	if (note)
		decode_complain(d, "%s: %s", name, note);
}

/* ---- What is in what ---- */

static void walk_container(struct decoder *d, const struct item *item)
{
	struct item inner = {.record = item->record, .kind = "inner", .depth = item->depth + 1, .numbered = true};
	struct mtproto_msg_container container;
	struct mtproto_container_message message;
	struct mtproto_tl_reader r;
	int error;

	mtproto_tl_reader_init(&r, item->body.data, item->body.len);
	error = mtproto_msg_container_read(&container, &r);
	print_envelope(d, item, "msg_container", error ? mtproto_strerror(error) : NULL);
	if (error)
		return;
	mtproto_tl_reader_init(&r, container.messages.items.data, container.messages.items.len);
	for (uint32_t i = 0; i < container.messages.count; i++) {
		error = mtproto_container_message_read(&message, &r);
		if (error) {
			decode_complain(d, "msg_container: message %u: %s", (unsigned)i + 1, mtproto_strerror(error));
			return;
		}
		inner.msg_id = message.msg_id;
		inner.seq_no = message.seq_no;
		inner.body = message.body;
		walk(d, &inner);
	}
}

static void walk_packed(struct decoder *d, const struct item *item, struct mtproto_span packed)
{
	struct item inner = *item;
	size_t len;
	int error;

	if (d->unpacking) {
		decode_complain(d, "a gzip_packed in a gzip_packed");
		return;
	}
	if (!d->unpacked)
		d->unpacked = malloc(DECODE_UNPACKED_MAX);
	error = !d->unpacked
			? MTPROTO_ERR_MEMORY
			: mtproto_gzip_unpack(d->gzip, packed.data, packed.len, d->unpacked, DECODE_UNPACKED_MAX, &len);
	if (error) {
		decode_complain(d, "gzip_packed: %s", mtproto_strerror(error));
		return;
	}
	inner.kind = "unpacked";
	inner.depth++;
	inner.numbered = false;
	inner.body = (struct mtproto_span){d->unpacked, len};
	d->unpacking = true;
	walk(d, &inner);
	d->unpacking = false;
}

static void walk_result(struct decoder *d, const struct item *item)
{
	struct item inner = {.record = item->record, .kind = "result", .depth = item->depth + 1};
	struct mtproto_tl_reader r;
	struct decode_out out;
	bool good;

	mtproto_tl_reader_init(&r, item->body.data, item->body.len);
	mtproto_tl_read_id(&r, MTPROTO_ID_RPC_RESULT);
	inner.msg_id = mtproto_tl_read_long(&r);
	inner.body = mtproto_tl_read_span(&r, mtproto_tl_left(&r));
	good = inner.body.len >= 4;
	print_head(&out, d, item);
	out_text(&out, "object", "rpc_result");
	out_hex(&out, "req_msg_id", inner.msg_id);
	out_end(&out, good ? NULL : "it is cut off");
	inner.type = answer_type(d, inner.msg_id, inner.body);
	if (good)
		walk(d, &inner);
	else
		decode_complain(d, "rpc_result: it is cut off");
}

static void walk_object(struct decoder *d, const struct item *item)
{
	struct finding f = {.has_value = false};
	struct decode_out out;
	bool packed;

	mtproto_arena_reset(d->arena);
	find_name(d, item, &f);
	packed = id_of(f.inner) == MTPROTO_ID_GZIP_PACKED;
	if (!packed)
		read_value(d, item, &f);
	print_head(&out, d, item);
	out_text(&out, "object", f.name);
	print_value(&out, d, &f);
	out_end(&out, f.note);
	if (packed)
		walk_packed(d, item, f.inner);
}

static void walk(struct decoder *d, const struct item *item)
{
	if (item->depth > DEPTH_MAX) {
		decode_complain(d, "objects in objects in objects: too deep");
		return;
	}
	switch (id_of(item->body)) {
	case MTPROTO_ID_MSG_CONTAINER:
		walk_container(d, item);
		break;
	case MTPROTO_ID_GZIP_PACKED:
		print_envelope(d, item, "gzip_packed", NULL);
		walk_packed(d, item, item->body);
		break;
	case MTPROTO_ID_RPC_RESULT:
		walk_result(d, item);
		break;
	default:
		walk_object(d, item);
	}
}

void decode_message(struct decoder *d, const struct mtproto_trace *record)
{
	struct item item = {.record = record,
			    .kind = record->kind == MTPROTO_TRACE_PLAIN ? "plain" : "message",
			    .numbered = true,
			    .msg_id = record->msg_id,
			    .seq_no = record->seq_no,
			    .body = record->data};

	walk(d, &item);
}
