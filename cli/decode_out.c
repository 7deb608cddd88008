#include <inttypes.h>

#include "cli/decode.h"

enum { SECOND_NS = 1000000000 };

static void begin_json(struct decode_out *out, const struct mtproto_trace *record, const char *kind, unsigned depth,
		       bool directed, const char *time)
{
	json_begin(&out->object);
	json_text(&out->object, "time", time);
	json_number(&out->object, "link", (int64_t)record->link);
	if (directed)
		json_text(&out->object, "to", record->direction == MTPROTO_TO_SERVER ? "server" : "client");
	json_text(&out->object, "record", kind);
	if (depth)
		json_number(&out->object, "depth", depth);
}

void out_begin(struct decode_out *out, const struct decoder *d, const struct mtproto_trace *record, const char *kind,
	       unsigned depth, bool directed)
{
	char time[40];

	out->json = d->json;
	snprintf(time, sizeof(time), "%" PRIu64 ".%09" PRIu64, record->time_ns / SECOND_NS,
		 record->time_ns % SECOND_NS);
	if (out->json)
		begin_json(out, record, kind, depth, directed, time);
	else
		printf("%s %" PRIu64 " %c %*s%s", time, record->link,
		       !directed                                ? '-'
		       : record->direction == MTPROTO_TO_SERVER ? '>'
								: '<',
		       (int)(2 * depth), "", kind);
}

void out_hex(struct decode_out *out, const char *name, uint64_t value)
{
	if (out->json)
		json_hex(&out->object, name, value);
	else
		printf(" %s=%016" PRIx64, name, value);
}

void out_hex32(struct decode_out *out, const char *name, uint32_t value)
{
	char digits[9];

	snprintf(digits, sizeof(digits), "%08" PRIx32, value);
	out_text(out, name, digits);
}

void out_number(struct decode_out *out, const char *name, int64_t value)
{
	if (out->json)
		json_number(&out->object, name, value);
	else
		printf(" %s=%" PRId64, name, value);
}

void out_flag(struct decode_out *out, const char *name, bool value)
{
	if (out->json)
		json_bool(&out->object, name, value);
	else
		printf(" %s=%d", name, value);
}

void out_text(struct decode_out *out, const char *name, const char *text)
{
	if (out->json)
		json_text(&out->object, name, text);
	else
		printf(" %s=%s", name, text);
}

void out_end(struct decode_out *out, const char *note)
{
	bool noted = note && *note;

	if (!out->json) {
		printf(noted ? " (%s)\n" : "\n", note);
		return;
	}
	if (noted)
		json_text(&out->object, "note", note);
	json_end(&out->object);
}
