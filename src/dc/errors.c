/* Errors of calls that say where to go or how long to wait. */
#include <mtproto/dc.h>

#include <string.h>

/* Splits "FLOOD_WAIT_30" into "FLOOD_WAIT" and 30. False when there is no number of at most 31 bits behind the last _.
 */
static bool split(const char *text, size_t len, size_t *name_len, uint32_t *number)
{
	size_t start = len;
	uint32_t value = 0;

	while (start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9')
		start--;
	if (start == len || start < 2 || text[start - 1] != '_' || len - start > 10)
		return false;
	for (size_t i = start; i < len; i++) {
		uint32_t digit = (uint32_t)(text[i] - '0');

		if (value > (INT32_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*name_len = start - 1;
	*number = value;
	return true;
}

static bool is(const char *name, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(name, wanted, len) == 0;
}

static bool ends_with(const char *name, size_t len, const char *wanted)
{
	size_t wanted_len = strlen(wanted);

	return len > wanted_len && is(name + len - wanted_len, wanted_len, wanted);
}

struct name {
	const char *text;
	int kind;
};

static int kind_of(const struct name *names, const char *name, size_t len)
{
	for (; names->text; names++)
		if (is(name, len, names->text))
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
	size_t name_len;
	uint32_t number;
	int kind;

	memset(out, 0, sizeof(*out));
	if (!split(text, len, &name_len, &number) || number == 0 || !ends_with(text, name_len, "_MIGRATE"))
		return MTPROTO_ERR_NOT_FOUND;
	kind = kind_of(names, text, name_len);
	out->kind = kind ? (enum mtproto_migrate_kind)kind : MTPROTO_MIGRATE_OTHER;
	out->dc = (int32_t)number;
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
	size_t name_len;
	uint32_t number;
	int kind;

	memset(out, 0, sizeof(*out));
	if (!split(text, len, &name_len, &number))
		return MTPROTO_ERR_NOT_FOUND;
	kind = kind_of(names, text, name_len);
	if (!kind && ends_with(text, name_len, "_WAIT"))
		kind = MTPROTO_WAIT_OTHER;
	if (!kind)
		return MTPROTO_ERR_NOT_FOUND;
	out->kind = (enum mtproto_wait_kind)kind;
	out->seconds = number;
	return 0;
}
