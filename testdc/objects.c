#include "testdc/objects.h"

#include <inttypes.h>
#include <stdio.h>

#define USER_EMPTY 0xd3bc4b7au
#define USER       0xb1b8cc83u

#define USER_ACCESS_HASH (1u << 0)
#define USER_FIRST_NAME  (1u << 1)
#define USER_USERNAME    (1u << 3)
#define USER_SELF        (1u << 10)
#define USER_BOT         (1u << 14)

/* With the bit of bot comes the version of what is said about the bot. */
#define BOT_INFO_VERSION 1

uint64_t testdc_access_hash(uint64_t id)
{
	return (id + 1) * 0xbf58476d1ce4e5b9u;
}

void testdc_write_user(struct mtproto_tl_writer *w, int32_t layer, uint64_t user_id, enum testdc_user_kind kind)
{
	bool self = kind == TESTDC_USER_SELF;
	char name[48];

	if (layer != 0 && layer < TESTDC_LAYER) {
		mtproto_tl_write_u32(w, USER_EMPTY);
		mtproto_tl_write_long(w, user_id);
		return;
	}
	mtproto_tl_write_u32(w, USER);
	mtproto_tl_write_u32(w, USER_ACCESS_HASH | USER_FIRST_NAME | (self ? USER_SELF | USER_BOT | USER_USERNAME : 0));
	mtproto_tl_write_u32(w, 0); /* flags2 */
	mtproto_tl_write_long(w, user_id);
	mtproto_tl_write_long(w, testdc_access_hash(user_id));
	snprintf(name, sizeof(name), "%s %" PRIu64, self ? "Bot" : "User", user_id);
	mtproto_tl_write_string(w, name);
	if (!self)
		return;
	snprintf(name, sizeof(name), "test_%" PRIu64 "_bot", user_id);
	mtproto_tl_write_string(w, name);
	mtproto_tl_write_int(w, BOT_INFO_VERSION);
}
