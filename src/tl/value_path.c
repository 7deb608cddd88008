#include "tl/value_path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How much of a path that is too long stands before the gap. */
#define GAP      "..."
#define HEAD_MAX 64u

void mtproto_value_cursor_init(struct mtproto_value_cursor *cursor, struct mtproto_value_error *error)
{
	cursor->path.depth = 0;
	cursor->values_left = MTPROTO_VALUE_COUNT_MAX;
	cursor->error = error;
	if (error)
		memset(error, 0, sizeof(*error));
}

int mtproto_value_enter(struct mtproto_value_cursor *cursor, const char *name, uint32_t index)
{
	struct mtproto_value_path *path = &cursor->path;

	if (path->depth == MTPROTO_VALUE_DEPTH_MAX)
		return mtproto_value_fail(cursor, MTPROTO_ERR_LIMIT, "nested deeper than %u steps",
					  MTPROTO_VALUE_DEPTH_MAX);
	if (cursor->values_left == 0)
		return mtproto_value_fail(cursor, MTPROTO_ERR_LIMIT, "more than %u values", MTPROTO_VALUE_COUNT_MAX);
	cursor->values_left--;
	path->steps[path->depth].name = name;
	path->steps[path->depth].index = index;
	path->depth++;
	return 0;
}

void mtproto_value_leave(struct mtproto_value_cursor *cursor)
{
	cursor->path.depth--;
}

/* Text that grows at the end of a buffer; what does not fit pushes out what is in the middle. */
struct path_writer {
	char *out;
	size_t cap;
	size_t len;
};

static void add_text(struct path_writer *w, const char *text)
{
	size_t len = strlen(text);
	size_t head = HEAD_MAX < w->cap / 4 ? HEAD_MAX : w->cap / 4;
	size_t kept = head + strlen(GAP);
	size_t surplus;

	if (kept + len >= w->cap)
		return;
	if (w->len + len >= w->cap) {
		surplus = w->len + len + 1 - w->cap;
		if (surplus > w->len - kept)
			surplus = w->len - kept;
		memmove(w->out + kept, w->out + kept + surplus, w->len - kept - surplus);
		memcpy(w->out + head, GAP, strlen(GAP));
		w->len -= surplus;
	}
	memcpy(w->out + w->len, text, len + 1);
	w->len += len;
}

void mtproto_value_path_text(char *out, size_t cap, const struct mtproto_value_path *path)
{
	struct path_writer w = {out, cap, 0};

	if (cap == 0)
		return;
	out[0] = '\0';
	for (uint32_t i = 0; i < path->depth; i++) {
		const struct mtproto_value_step *step = &path->steps[i];
		char index[16];

		if (step->name) {
			if (i > 0)
				add_text(&w, ".");
			add_text(&w, step->name);
		} else {
			snprintf(index, sizeof(index), "[%u]", (unsigned)step->index);
			add_text(&w, index);
		}
	}
}

int mtproto_value_fail(struct mtproto_value_cursor *cursor, int code, const char *format, ...)
{
	struct mtproto_value_error *error = cursor->error;
	va_list arguments;

	if (!error || error->code)
		return code;
	error->code = code;
	mtproto_value_path_text(error->path, sizeof(error->path), &cursor->path);
	va_start(arguments, format);
	vsnprintf(error->reason, sizeof(error->reason), format, arguments);
	va_end(arguments);
	return code;
}

static bool read_index(const char **path, uint32_t *index)
{
	const char *p = *path + 1;
	uint64_t value = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9' && value <= UINT32_MAX; p++)
		value = value * 10 + (uint64_t)(*p - '0');
	if (*p != ']' || value > UINT32_MAX)
		return false;
	*index = (uint32_t)value;
	*path = p + 1;
	return true;
}

bool mtp_value_step(const char **path, const char **name, size_t *name_len, uint32_t *index)
{
	*name = NULL;
	if (**path == '[')
		return read_index(path, index);
	if (**path == '.')
		++*path;
	*name_len = strcspn(*path, ".[");
	*name = *path;
	*path += *name_len;
	return *name_len > 0;
}
