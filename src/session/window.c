#include "session/window.h"

#include "base/memory.h"

enum { CAP_MIN = 8, REFUSED = 1 };

void mtp_window_init(struct mtp_window *window, const struct mtproto_allocator *allocator)
{
	window->allocator = allocator;
	window->ids = NULL;
	window->cap = 0;
	window->first = 0;
	window->count = 0;
	window->forgot = false;
}

void mtp_window_fini(struct mtp_window *window)
{
	mtp_release(window->allocator, window->ids, window->cap * sizeof(*window->ids));
	mtp_window_init(window, window->allocator);
}

/* The id at position i in rising order. */
static uint64_t *at(const struct mtp_window *window, uint32_t i)
{
	return &window->ids[(window->first + i) & (window->cap - 1)];
}

/* How many ids are lower than msg_id. New ids are nearly always the highest: look there first. */
static uint32_t rank(const struct mtp_window *window, uint64_t msg_id)
{
	uint32_t low = 0;
	uint32_t high = window->count;

	if (high == 0 || *at(window, high - 1) < msg_id)
		return high;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (*at(window, middle) < msg_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int grow(struct mtp_window *window)
{
	uint32_t cap = window->cap ? window->cap * 2 : CAP_MIN;
	uint64_t *ids = mtp_alloc(window->allocator, cap * sizeof(*ids));

	if (!ids)
		return MTPROTO_ERR_MEMORY;
	for (uint32_t i = 0; i < window->count; i++)
		ids[i] = *at(window, i);
	mtp_release(window->allocator, window->ids, window->cap * sizeof(*ids));
	window->ids = ids;
	window->cap = cap;
	window->first = 0;
	return 0;
}

/* Where that id is, refused or not; NULL when it is not there. */
static uint64_t *find(const struct mtp_window *window, uint64_t msg_id)
{
	uint32_t i = rank(window, msg_id);

	return i < window->count && (*at(window, i) | REFUSED) == (msg_id | REFUSED) ? at(window, i) : NULL;
}

bool mtp_window_contains(const struct mtp_window *window, uint64_t msg_id)
{
	return find(window, msg_id);
}

void mtp_window_refuse(struct mtp_window *window, uint64_t msg_id)
{
	uint64_t *id = find(window, msg_id);

	if (id)
		*id |= REFUSED;
}

bool mtp_window_refused(const struct mtp_window *window, uint64_t msg_id)
{
	const uint64_t *id = find(window, msg_id);

	return id && *id != msg_id;
}

uint64_t mtp_window_at(const struct mtp_window *window, uint32_t position)
{
	return *at(window, position);
}

uint64_t mtp_window_lowest(const struct mtp_window *window)
{
	return window->count ? *at(window, 0) : 0;
}

uint64_t mtp_window_highest(const struct mtp_window *window)
{
	return window->count ? *at(window, window->count - 1) : 0;
}

enum mtp_message_state mtp_window_state(const struct mtp_window *window, uint64_t msg_id)
{
	if (mtp_window_contains(window, msg_id))
		return mtp_window_refused(window, msg_id) ? MTP_STATE_NOT_RECEIVED : MTP_STATE_RECEIVED;
	if (msg_id > mtp_window_highest(window))
		return MTP_STATE_TOO_HIGH;
	/* Forgotten, or of a time before this state was made. */
	return msg_id < mtp_window_lowest(window) ? MTP_STATE_UNKNOWN : MTP_STATE_NOT_RECEIVED;
}

int mtp_window_add(struct mtp_window *window, uint64_t msg_id)
{
	uint32_t i = rank(window, msg_id);
	int error;

	if (find(window, msg_id))
		return MTPROTO_ERR_DUPLICATE;
	if (i == 0 && window->forgot)
		return MTPROTO_ERR_REPLAY;
	if (window->count == MTP_WINDOW_MAX) {
		if (i == 0)
			return MTPROTO_ERR_REPLAY;
		window->first = (window->first + 1) & (window->cap - 1);
		window->count--;
		window->forgot = true;
		i--;
	} else if (window->count == window->cap) {
		error = grow(window);
		if (error)
			return error;
	}
	for (uint32_t j = window->count; j > i; j--)
		*at(window, j) = *at(window, j - 1);
	*at(window, i) = msg_id;
	window->count++;
	return 0;
}
