/* Streams of updates and their faults by words: what mtproto serve --updates and --fault take. */
#include <mtproto/error.h>

#include <string.h>

#include "testdc/testdc.h"

#define RATE_DEFAULT 100u
#define RATE_MAX     1000000u
#define COUNT_MAX    1000000000u

/* Rates have as many places. */
#define MILLION    1000000u
#define PLACES_MAX 6

void testdc_stream_init(struct testdc_stream *stream)
{
	testdc_feed_config_init(&stream->feed);
	stream->rate = RATE_DEFAULT;
}

/* A whole number from least to most that fills the span. */
static bool read_number(struct mtproto_span text, uint64_t least, uint64_t most, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint64_t digit = (uint64_t)text.data[i] - '0';

		if (digit > 9 || digit > most || value > (most - digit) / 10)
			return false;
		value = 10 * value + digit;
	}
	*out = value;
	return text.len > 0 && value >= least;
}

static bool is(struct mtproto_span word, const char *text)
{
	return strlen(text) == word.len && memcmp(word.data, text, word.len) == 0;
}

struct setting {
	const char *name;
	uint32_t *value;
	uint32_t least, most;
};

static bool read_setting(struct testdc_stream *stream, struct mtproto_span name, struct mtproto_span value)
{
	const struct setting settings[] = {
		{"count", &stream->feed.count, 0, COUNT_MAX},
		{"channels", &stream->feed.channels, 0, TESTDC_FEED_CHANNELS_MAX},
		{"log", &stream->feed.log, 0, COUNT_MAX},
		{"slice", &stream->feed.slice, 1, TESTDC_FEED_SLICE_MAX},
		{"rate", &stream->rate, 1, RATE_MAX},
	};
	uint64_t number;

	if (is(name, "seed"))
		return read_number(value, 0, UINT64_MAX, &stream->feed.seed);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!is(name, settings[i].name))
			continue;
		if (!read_number(value, settings[i].least, settings[i].most, &number))
			return false;
		*settings[i].value = (uint32_t)number;
		return true;
	}
	return false;
}

int testdc_stream_parse(struct testdc_stream *stream, const char *spec, struct mtproto_span *wrong)
{
	struct testdc_stream read = *stream;

	for (;;) {
		size_t len = strcspn(spec, ","), name_len = strcspn(spec, "=,");
		const uint8_t *word = (const uint8_t *)spec;

		if (name_len == len || !read_setting(&read, (struct mtproto_span){word, name_len},
						     (struct mtproto_span){word + name_len + 1, len - name_len - 1})) {
			*wrong = (struct mtproto_span){word, len};
			return MTPROTO_ERR_ARGUMENT;
		}
		if (!spec[len])
			break;
		spec += len + 1;
	}
	*stream = read;
	return 0;
}

/* ---- Faults ---- */

/* "0", "1", "0.25": in millionths. */
static bool read_rate(struct mtproto_span text, uint32_t *out)
{
	uint64_t value, part = 0, scale = MILLION;
	size_t whole = 0;

	while (whole < text.len && text.data[whole] != '.')
		whole++;
	if (!read_number((struct mtproto_span){text.data, whole}, 0, 1, &value))
		return false;
	if (whole < text.len) {
		struct mtproto_span places = {text.data + whole + 1, text.len - whole - 1};

		if (places.len > PLACES_MAX || !read_number(places, 0, MILLION, &part))
			return false;
		for (size_t i = 0; i < places.len; i++)
			scale /= 10;
	}
	value = value * MILLION + part * scale;
	*out = (uint32_t)value;
	return value <= MILLION;
}

static uint32_t *find_rate(struct testdc_update_faults *faults, struct mtproto_span name)
{
	if (is(name, "update_lost"))
		return &faults->lost;
	if (is(name, "update_doubled"))
		return &faults->doubled;
	return is(name, "update_swapped") ? &faults->swapped : NULL;
}

static int add_word(char *rest, size_t cap, struct mtproto_span word)
{
	size_t len = strlen(rest), comma = len > 0;

	if (cap - len <= comma + word.len)
		return MTPROTO_ERR_BUFFER;
	if (comma)
		rest[len++] = ',';
	memcpy(rest + len, word.data, word.len);
	rest[len + word.len] = '\0';
	return 0;
}

int testdc_faults_parse(struct testdc_update_faults *faults, const char *spec, char *rest, size_t cap,
			struct mtproto_span *wrong)
{
	struct testdc_update_faults read = {0, 0, 0};
	const char *at = spec;
	int error = cap ? 0 : MTPROTO_ERR_BUFFER;

	if (cap)
		*rest = '\0';
	while (!error) {
		struct mtproto_span word = {(const uint8_t *)at, strcspn(at, ",")};
		size_t name_len = strcspn(at, "=,");
		uint32_t *rate = find_rate(&read, (struct mtproto_span){word.data, name_len});

		*wrong = word;
		if (word.len == 0)
			error = MTPROTO_ERR_ARGUMENT;
		else if (!rate)
			error = add_word(rest, cap, word);
		else if (name_len == word.len ||
			 !read_rate((struct mtproto_span){word.data + name_len + 1, word.len - name_len - 1}, rate))
			error = MTPROTO_ERR_ARGUMENT;
		at += word.len;
		if (!*at)
			break;
		at++;
	}
	if (error)
		return error;
	*wrong = (struct mtproto_span){(const uint8_t *)spec, strlen(spec)};
	if (read.lost + read.doubled + read.swapped > MILLION)
		return MTPROTO_ERR_ARGUMENT;
	*faults = read;
	return 0;
}
