/* Objects of the API that more than one answer has. */
#ifndef TESTDC_OBJECTS_H
#define TESTDC_OBJECTS_H

#include <mtproto/tl.h>

/* The layer whose objects are written. Clients of earlier ones get what has not changed for many layers: userEmpty. */
#define TESTDC_LAYER 228

enum testdc_user_kind {
	TESTDC_USER_SELF, /* the bot that is signed in */
	TESTDC_USER_OTHER /* people who write to it */
};

/* A User with its id, and a name made of that. layer 0 is the newest. */
void testdc_write_user(struct mtproto_tl_writer *w, int32_t layer, uint64_t user_id, enum testdc_user_kind kind);

/* The access_hash of a user or channel, the same for everybody. */
uint64_t testdc_access_hash(uint64_t id);

#endif
