/* The server salts of a key: the one in use, those to come, and when to ask for more. Pure: no clock and no connection
 * inside. Times are Unix seconds of the server. Source:
 * core.telegram.org/mtproto/service_messages#request-for-several-future-salts. */
#ifndef MTPROTO_SALTS_H
#define MTPROTO_SALTS_H

#include <mtproto/service.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most that a server gives at once, and that are remembered. */
#define MTPROTO_SALTS_MAX 64

/* A salt of unknown end is trusted so long: one from a key exchange, bad_server_salt or new_session_created. */
#define MTPROTO_SALT_TRUSTED_S 600

/* A salt that ends sooner than this is not begun with, and its end is the time to have another. */
#define MTPROTO_SALT_MARGIN_S 60

struct mtproto_salt {
	int64_t valid_since;
	int64_t valid_until;
	uint64_t salt;
};

/* Filled by _init; then only by the functions. */
struct mtproto_salts {
	struct mtproto_salt current;                   /* valid_until 0: there is none */
	struct mtproto_salt future[MTPROTO_SALTS_MAX]; /* by valid_since, all later than current */
	uint32_t count;
	int64_t asked_at; /* of the last request that mtproto_salts_want allowed; 0: none */
};

MTPROTO_API void mtproto_salts_init(struct mtproto_salts *salts);

/* The server said which salt to use, without its end: it is current now. */
MTPROTO_API void mtproto_salts_correct(struct mtproto_salts *salts, uint64_t salt, int64_t now);

/* Takes the answer to get_future_salts: what it lists replaces the future ones. Entries that make no sense (an end not
 * after the beginning, the past) are left out. Returns how many were taken. */
MTPROTO_API uint32_t mtproto_salts_add(struct mtproto_salts *salts, const struct mtproto_future_salts *answer,
				       int64_t now);

/* Moves on to the salt that is due. Returns true when *salt may be used now: it lasts at least for
 * MTPROTO_SALT_MARGIN_S, or there is no better one and it has not ended. False: nothing but get_future_salts should be
 * sent. */
MTPROTO_API bool mtproto_salts_current(struct mtproto_salts *salts, int64_t now, uint64_t *salt);

/* True when it is time to send get_future_salts: no future salt is left, or none begins before the current one ends,
 * and the last request is at least 60 s old. Notes the request. */
MTPROTO_API bool mtproto_salts_want(struct mtproto_salts *salts, int64_t now);

/* When one of the two above will answer differently; INT64_MAX: never. */
MTPROTO_API int64_t mtproto_salts_deadline(const struct mtproto_salts *salts, int64_t now);

#ifdef __cplusplus
}
#endif

#endif
