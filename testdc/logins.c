#include "testdc/logins.h"

#include <mtproto/error.h>

#include <stdlib.h>
#include <string.h>

/* Where it is or belongs. */
static size_t place_of(const struct testdc_logins *logins, uint64_t auth_key_id)
{
	size_t low = 0, high = logins->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (logins->items[middle].auth_key_id < auth_key_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct testdc_logins *logins, size_t place, uint64_t auth_key_id)
{
	return place < logins->count && logins->items[place].auth_key_id == auth_key_id;
}

void testdc_logins_fini(struct testdc_logins *logins)
{
	free(logins->items);
	memset(logins, 0, sizeof(*logins));
}

struct testdc_login *testdc_logins_find(const struct testdc_logins *logins, uint64_t auth_key_id)
{
	size_t place = place_of(logins, auth_key_id);

	return is_at(logins, place, auth_key_id) ? &logins->items[place] : NULL;
}

static int make_room(struct testdc_logins *logins)
{
	size_t room = logins->room ? 2 * logins->room : 16;
	struct testdc_login *items;

	if (logins->count < logins->room)
		return 0;
	items = realloc(logins->items, room * sizeof(*items));
	if (!items)
		return MTPROTO_ERR_MEMORY;
	logins->items = items;
	logins->room = room;
	return 0;
}

int testdc_logins_put(struct testdc_logins *logins, const struct testdc_login *login)
{
	size_t place = place_of(logins, login->auth_key_id);

	if (!is_at(logins, place, login->auth_key_id)) {
		if (make_room(logins))
			return MTPROTO_ERR_MEMORY;
		memmove(logins->items + place + 1, logins->items + place,
			(logins->count - place) * sizeof(*logins->items));
		logins->count++;
	}
	logins->items[place] = *login;
	return 0;
}

void testdc_logins_remove(struct testdc_logins *logins, uint64_t auth_key_id)
{
	size_t place = place_of(logins, auth_key_id);

	if (!is_at(logins, place, auth_key_id))
		return;
	logins->count--;
	memmove(logins->items + place, logins->items + place + 1, (logins->count - place) * sizeof(*logins->items));
}

uint64_t testdc_exports_add(struct testdc_exports *exports, uint64_t user_id, int32_t number)
{
	struct testdc_export *item = &exports->items[exports->made++ % TESTDC_EXPORTS_MAX];

	/* An odd factor gives each of them another one. */
	*item = (struct testdc_export){user_id, exports->made * 0x9e3779b97f4a7c15u, number};
	return item->secret;
}

bool testdc_exports_take(struct testdc_exports *exports, const struct testdc_export *wanted)
{
	for (size_t i = 0; i < TESTDC_EXPORTS_MAX; i++) {
		struct testdc_export *item = &exports->items[i];

		if (item->user_id == 0 || item->user_id != wanted->user_id || item->secret != wanted->secret ||
		    item->number != wanted->number)
			continue;
		item->user_id = 0;
		return true;
	}
	return false;
}
