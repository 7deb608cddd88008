/* A key as sessions use it: the auth_key, its current salt and its clock. The owner keeps it longer than any session on
 * it. */
#ifndef MTP_SESSION_KEY_H
#define MTP_SESSION_KEY_H

#include <mtproto/message.h>

#include "session/clock.h"

struct mtp_key {
	struct mtproto_auth_key auth;
	struct mtp_clock clock;
	uint64_t salt; /* for what is sent now */
	bool temporary;
	uint32_t expires_at;       /* Unix time; 0: never */
	uint64_t perm_auth_key_id; /* of a temporary key that is bound; 0 otherwise */
};

#endif
