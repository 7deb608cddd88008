/* Errors of calls that say where to go or how long to wait. */
#include <mtproto/dc.h>

#include <string.h>

void mtproto_rpc_error_split(struct mtproto_rpc_error_parts *out, const char *text, size_t len)
{
	size_t start = len;
	uint32_t value = 0;

	memset(out, 0, sizeof(*out));
	out->name.data = (const uint8_t *)text;
	out->name.len = len;
	while (start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9')
		start--;
	if (start == len || start < 2 || text[start - 1] != '_' || len - start > 10)
		return;
	for (size_t i = start; i < len; i++) {
		uint32_t digit = (uint32_t)(text[i] - '0');

		if (value > (INT32_MAX - digit) / 10)
			return;
		value = value * 10 + digit;
	}
	out->name.len = start - 1;
	out->has_number = true;
	out->number = value;
}

static bool is(struct mtproto_span name, const char *wanted)
{
	return strlen(wanted) == name.len && memcmp(name.data, wanted, name.len) == 0;
}

static bool ends_with(struct mtproto_span name, const char *wanted)
{
	size_t len = strlen(wanted);

	return name.len > len && memcmp(name.data + name.len - len, wanted, len) == 0;
}

struct name {
	const char *text;
	int kind;
};

static int kind_of(const struct name *names, struct mtproto_span name)
{
	for (; names->text; names++)
		if (is(name, names->text))
			return names->kind;
	return 0;
}

int mtproto_migrate_parse(struct mtproto_migrate *out, const char *text, size_t len)
{
	static const struct name names[] = {
		{"PHONE_MIGRATE", MTPROTO_MIGRATE_PHONE}, {"NETWORK_MIGRATE", MTPROTO_MIGRATE_NETWORK},
		{"USER_MIGRATE", MTPROTO_MIGRATE_USER},   {"FILE_MIGRATE", MTPROTO_MIGRATE_FILE},
		{"STATS_MIGRATE", MTPROTO_MIGRATE_STATS}, {NULL, 0},
	};
	struct mtproto_rpc_error_parts parts;
	int kind;

	memset(out, 0, sizeof(*out));
	mtproto_rpc_error_split(&parts, text, len);
	if (parts.number == 0 || !ends_with(parts.name, "_MIGRATE"))
		return MTPROTO_ERR_NOT_FOUND;
	kind = kind_of(names, parts.name);
	out->kind = kind ? (enum mtproto_migrate_kind)kind : MTPROTO_MIGRATE_OTHER;
	out->dc = (int32_t)parts.number;
	return 0;
}

int mtproto_wait_parse(struct mtproto_wait *out, const char *text, size_t len)
{
	static const struct name names[] = {
		{"FLOOD_WAIT", MTPROTO_WAIT_FLOOD},           {"FLOOD_TEST_PHONE_WAIT", MTPROTO_WAIT_FLOOD},
		{"FLOOD_PREMIUM_WAIT", MTPROTO_WAIT_PREMIUM}, {"SLOWMODE_WAIT", MTPROTO_WAIT_SLOWMODE},
		{"TAKEOUT_INIT_DELAY", MTPROTO_WAIT_TAKEOUT}, {"PASSWORD_TOO_FRESH", MTPROTO_WAIT_FRESH},
		{"SESSION_TOO_FRESH", MTPROTO_WAIT_FRESH},    {NULL, 0},
	};
	struct mtproto_rpc_error_parts parts;
	int kind;

	memset(out, 0, sizeof(*out));
	mtproto_rpc_error_split(&parts, text, len);
	if (!parts.has_number)
		return MTPROTO_ERR_NOT_FOUND;
	kind = kind_of(names, parts.name);
	if (!kind && ends_with(parts.name, "_WAIT"))
		kind = MTPROTO_WAIT_OTHER;
	if (!kind)
		return MTPROTO_ERR_NOT_FOUND;
	out->kind = (enum mtproto_wait_kind)kind;
	out->seconds = parts.number;
	return 0;
}
