/* Faults by name: what mtproto serve --fault takes. */
#include "server/faults.h"

#include <string.h>

enum { MILLION = 1000000, PLACES_MAX = 6 };

static const char *const names[MTPROTO_FAULT_COUNT] = {
	"lost",           "bad_msg_16", "bad_msg_17", "bad_msg_18",    "bad_msg_19", "bad_msg_20",
	"bad_msg_32",     "bad_msg_33", "bad_msg_34", "bad_msg_35",    "bad_msg_64", "salt",
	"forget_session", "forget_key", "error_404",  "error_429",     "reset",      "mute",
	"clock",          "duplicate",  "bomb",       "detailed_info", "swap",
};

void mtproto_faults_init(struct mtproto_faults *faults)
{
	memset(faults, 0, sizeof(*faults));
	faults->size = sizeof(*faults);
	faults->seed = 1;
	faults->clock_step_max_s = 600;
	faults->bomb_size = 64u << 20;
}

const char *mtproto_fault_name(enum mtproto_fault fault)
{
	return fault < MTPROTO_FAULT_COUNT ? names[fault] : "unknown";
}

bool mtp_faults_fit(const struct mtproto_faults *faults)
{
	uint64_t at_packet = 0, at_content = 0;

	for (int i = 0; i < MTPROTO_FAULT_COUNT; i++) {
		if (i < MTPROTO_FAULT_DETAILED_INFO)
			at_packet += faults->per_million[i];
		else
			at_content += faults->per_million[i];
	}
	return at_packet <= MILLION && at_content <= MILLION;
}

static bool is(struct mtproto_span word, const char *text)
{
	return strlen(text) == word.len && memcmp(word.data, text, word.len) == 0;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool read_number(struct mtproto_span text, uint64_t most, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint64_t digit = (uint64_t)text.data[i] - '0';

		if (!is_digit(text.data[i]) || *out > (most - digit) / 10)
			return false;
		*out = 10 * *out + digit;
	}
	return text.len > 0;
}

/* "0", "1", "0.25", ".25": in millionths. */
static bool read_rate(struct mtproto_span text, uint32_t *out)
{
	size_t whole = 0;
	uint64_t value = 0, scale = MILLION;

	while (whole < text.len && is_digit(text.data[whole]))
		whole++;
	if (text.len == 0 || (whole && !read_number((struct mtproto_span){text.data, whole}, 1, &value)))
		return false;
	value *= MILLION;
	if (whole < text.len) {
		struct mtproto_span places = {text.data + whole + 1, text.len - whole - 1};
		uint64_t part;

		if (text.data[whole] != '.' || places.len > PLACES_MAX || !read_number(places, MILLION, &part))
			return false;
		for (size_t i = 0; i < places.len; i++)
			scale /= 10;
		value += part * scale;
	}
	*out = (uint32_t)value;
	return value <= MILLION;
}

static bool read_setting(struct mtproto_faults *faults, struct mtproto_span name, struct mtproto_span value)
{
	uint64_t number;
	uint32_t rate;

	if (is(name, "seed"))
		return read_number(value, UINT64_MAX, &faults->seed);
	if (is(name, "clock_step_max") || is(name, "bomb_size")) {
		uint32_t *out = is(name, "bomb_size") ? &faults->bomb_size : &faults->clock_step_max_s;

		if (!read_number(value, UINT32_MAX, &number))
			return false;
		*out = (uint32_t)number;
		return true;
	}
	if (!read_rate(value, &rate))
		return false;
	for (int i = 0; i < MTPROTO_FAULT_COUNT; i++) {
		if (!is(name, names[i]) && !is(name, "all"))
			continue;
		faults->per_million[i] = rate;
		if (is(name, names[i]))
			return true;
	}
	return is(name, "all");
}

static bool read_word(struct mtproto_faults *faults, struct mtproto_span word)
{
	const uint8_t *sign = memchr(word.data, '=', word.len);
	size_t name_len = sign ? (size_t)(sign - word.data) : 0;

	return sign && read_setting(faults, (struct mtproto_span){word.data, name_len},
				    (struct mtproto_span){sign + 1, word.len - name_len - 1});
}

int mtproto_faults_parse(struct mtproto_faults *faults, const char *spec, struct mtproto_span *wrong)
{
	struct mtproto_faults result = *faults;
	const char *at = spec;

	for (;;) {
		struct mtproto_span word = {(const uint8_t *)at, strcspn(at, ",")};

		*wrong = word;
		if (!read_word(&result, word))
			return MTPROTO_ERR_ARGUMENT;
		at += word.len;
		if (!*at)
			break;
		at++;
	}
	*wrong = (struct mtproto_span){(const uint8_t *)spec, strlen(spec)};
	if (!mtp_faults_fit(&result))
		return MTPROTO_ERR_ARGUMENT;
	*faults = result;
	return 0;
}
