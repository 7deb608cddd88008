/* Who is signed in with which key, and authorisations on their way to another data centre. */
#ifndef TESTDC_LOGINS_H
#define TESTDC_LOGINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "testdc/feed.h"

struct testdc_login {
	uint64_t auth_key_id; /* of the permanent key */
	uint64_t user_id;
	bool imported; /* from another data centre: updates go there */
	struct testdc_feed_reader reader;
};

/* Sorted by auth_key_id. All zero: nobody. */
struct testdc_logins {
	struct testdc_login *items;
	size_t count;
	size_t room;
};

void testdc_logins_fini(struct testdc_logins *logins);

/* NULL: nobody. Valid until the next put or remove. */
struct testdc_login *testdc_logins_find(const struct testdc_logins *logins, uint64_t auth_key_id);

/* Signs in, in place of whoever was. Errors: MTPROTO_ERR_MEMORY. */
int testdc_logins_put(struct testdc_logins *logins, const struct testdc_login *login);

/* Legal for a key with which nobody is signed in. */
void testdc_logins_remove(struct testdc_logins *logins, uint64_t auth_key_id);

/* More in flight than any test needs; the oldest gives way. */
#define TESTDC_EXPORTS_MAX 64

struct testdc_export {
	uint64_t user_id; /* 0: taken */
	uint64_t secret;
	int32_t number; /* the data centre that it is for */
};

struct testdc_exports {
	struct testdc_export items[TESTDC_EXPORTS_MAX];
	uint64_t made;
};

/* The secret of a new one. Nothing here is secret from anybody: a test repeats the same ones. */
uint64_t testdc_exports_add(struct testdc_exports *exports, uint64_t user_id, int32_t number);

/* True once for what was added. */
bool testdc_exports_take(struct testdc_exports *exports, const struct testdc_export *wanted);

#endif
