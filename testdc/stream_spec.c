/* Streams of updates by words: what mtproto serve --updates takes. */
#include <mtproto/error.h>

#include <string.h>

#include "testdc/testdc.h"

#define RATE_DEFAULT 100u
#define RATE_MAX     1000000u
#define COUNT_MAX    1000000000u

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

	if (name.len == 4 && memcmp(name.data, "seed", 4) == 0)
		return read_number(value, 0, UINT64_MAX, &stream->feed.seed);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (strlen(settings[i].name) != name.len || memcmp(settings[i].name, name.data, name.len) != 0)
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
