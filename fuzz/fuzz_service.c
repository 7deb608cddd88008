/* Every reader of the service schema on the same bytes. What is read must be written in a form that is read back the
 * same way: the second writing gives the bytes of the first. */
#include <mtproto/service.h>

#include <stdlib.h>
#include <string.h>

#define LINE(name, ...)                                                       \
	static int read_##name(void *out, struct mtproto_tl_reader *r)        \
	{                                                                     \
		return mtproto_##name##_read(out, r);                         \
	}                                                                     \
	static void write_##name(struct mtproto_tl_writer *w, const void *in) \
	{                                                                     \
		mtproto_##name##_write(w, in);                                \
	}
#include "../tests/tl/service_lines.h"
LINE(init_connection, )
LINE(invoke_with_messages_range, )
#undef LINE

struct line {
	uint32_t id;
	int (*read)(void *out, struct mtproto_tl_reader *r);
	void (*write)(struct mtproto_tl_writer *w, const void *in);
};

#define LINE(name, id, ...) {id, read_##name, write_##name},
static const struct line lines[] = {
#include "../tests/tl/service_lines.h"
	LINE(init_connection, MTPROTO_ID_INIT_CONNECTION, )
		LINE(invoke_with_messages_range, MTPROTO_ID_INVOKE_WITH_MESSAGES_RANGE, )};

static uint8_t *write_object(const struct line *line, const void *object, size_t *len)
{
	struct mtproto_tl_writer w;
	uint8_t *out;

	mtproto_tl_writer_init(&w, NULL, 0);
	line->write(&w, object);
	if (mtproto_tl_writer_end(&w))
		abort();
	*len = w.len;
	out = malloc(*len);
	if (!out)
		abort();
	mtproto_tl_writer_init(&w, out, *len);
	line->write(&w, object);
	if (mtproto_tl_writer_end(&w) || w.len != *len)
		abort();
	return out;
}

static void round_trip(const struct line *line, const uint8_t *data, size_t len)
{
	uint64_t object[64] = {0}, again[64] = {0};
	struct mtproto_tl_reader r;
	uint8_t *first, *second;
	size_t first_len, second_len;

	mtproto_tl_reader_init(&r, data, len);
	if (line->read(object, &r))
		return;
	first = write_object(line, object, &first_len);
	mtproto_tl_reader_init(&r, first, first_len);
	if (line->read(again, &r) || mtproto_tl_reader_end(&r))
		abort();
	second = write_object(line, again, &second_len);
	if (first_len != second_len || memcmp(first, second, first_len) != 0)
		abort();
	free(first);
	free(second);
}

static void walk_container(const uint8_t *data, size_t len)
{
	struct mtproto_tl_reader r;
	struct mtproto_container_message message;

	mtproto_tl_reader_init(&r, data, len);
	while (mtproto_tl_left(&r) && !mtproto_container_message_read(&message, &r)) {
		if (message.body.len % 4 || message.body.data + message.body.len != r.pos)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint32_t id = 0;

	if (len >= 4)
		id = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i].id == id)
			round_trip(&lines[i], data, len);
	}
	walk_container(data, len);
	return 0;
}
