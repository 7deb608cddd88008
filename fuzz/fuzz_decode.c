/* mtproto decode on any file, with its output thrown away. What must hold: nothing but complaints comes of it. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/decode.h"

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

void complain(const char *format, ...)
{
	(void)format;
}

static void decode(const struct mtproto_schema *schema, const uint8_t *data, size_t size, bool json)
{
	/* fmemopen only reads in this mode. */
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "rb");
	struct decoder decoder;

	CHECK(file);
	CHECK(decoder_init(&decoder, schema, json) == 0);
	decode_file(&decoder, file, "", false);
	CHECK(decoder.waiting <= size);
	decoder_fini(&decoder);
	CHECK(decoder.waiting == 0);
	fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mtproto_schema *schema;

	if (!schema) {
		CHECK(mtproto_schema_new_builtin(&schema, NULL) == 0);
		CHECK(freopen("/dev/null", "w", stdout));
	}
	if (size == 0)
		return 0;
	decode(schema, data, size, false);
	decode(schema, data, size, true);
	return 0;
}
