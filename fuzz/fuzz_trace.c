/* Lines of traces: what was read is written, and that is read and written as the same. */
#include <mtproto/error.h>
#include <mtproto/trace.h>

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 4096

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* A copy that ends where the line ends: a look behind it is then a finding. */
static int parse(struct mtproto_trace *record, const char *line, size_t len, uint8_t *room, size_t cap)
{
	char *copy = malloc(len ? len : 1);
	const char *reason;
	int result;

	CHECK(copy);
	memcpy(copy, line, len);
	result = mtproto_trace_parse(record, copy, len, room, cap, &reason);
	CHECK((result < 0) == (reason != NULL));
	free(copy);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[LINE_MAX_LEN], again[LINE_MAX_LEN];
	static char text[4 * LINE_MAX_LEN], text_again[4 * LINE_MAX_LEN];
	struct mtproto_trace record, second;
	size_t len, needed;

	if (size > LINE_MAX_LEN || parse(&record, (const char *)data, size, room, size / 2) != 1)
		return 0;
	CHECK(mtproto_trace_format(NULL, 0, &needed, &record) == 0);
	CHECK(mtproto_trace_format(text, sizeof(text), &len, &record) == 0);
	CHECK(len == needed && text[len] == '\0' && text[len - 1] == '\n');
	CHECK(mtproto_trace_format(text, len, &len, &record) == MTPROTO_ERR_BUFFER);
	CHECK(mtproto_trace_format(text, needed + 1, &len, &record) == 0);
	CHECK(parse(&second, text, len, again, sizeof(again)) == 1);
	CHECK(mtproto_trace_format(text_again, sizeof(text_again), &len, &second) == 0);
	CHECK(strcmp(text, text_again) == 0);
	return 0;
}
