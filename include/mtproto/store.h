/* What a client has to remember, and where: an interface to a store, and one that keeps everything in memory;
 * <mtproto/sqlite.h> has one in a file.
 *
 * A store maps (kind, id) to bytes that it does not look into. It is called by one thread at a time and answers at
 * once. What is saved may become durable at any time after, and has to be when flush returns; the parts of a batch
 * become durable together or not at all. */
#ifndef MTPROTO_STORE_H
#define MTPROTO_STORE_H

#include <mtproto/base.h>
#include <mtproto/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds from MTPROTO_STORE_APPLICATION on are the application's own. */
enum mtproto_store_kind {
	MTPROTO_STORE_CLIENT = 1,  /* about the client: home data centre, account; id: which fact */
	MTPROTO_STORE_AUTH_KEY,    /* id: the data centre, n. A secret */
	MTPROTO_STORE_SESSION,     /* the same id: a session as mtproto_session_export writes it. A secret */
	MTPROTO_STORE_DC,          /* id 1: the last help.getConfig; 2: addresses of the program's own */
	MTPROTO_STORE_UPDATES,     /* update states; id -1: the account, others: channels */
	MTPROTO_STORE_ACCESS_HASH, /* id: the channel */
	MTPROTO_STORE_RETIRED_KEY, /* id: auth_key_id. A key that another took the place of, never used again. A secret
				    */
	MTPROTO_STORE_APPLICATION = 256
};

#define MTPROTO_STORE_KIND_MAX 511u /* the largest kind */

/* A store of any make. Each function returns 0 or an error of its own band of meaning: MTPROTO_ERR_NOT_FOUND,
 * MTPROTO_ERR_IO, MTPROTO_ERR_MEMORY, MTPROTO_ERR_LIMIT, MTPROTO_ERR_STATE_FORMAT (it is damaged). */
struct mtproto_store {
	void *user;

	/* Gives the bytes, valid until the next call. */
	int (*load)(void *user, uint32_t kind, int64_t id, struct mtproto_span *out);

	/* Adds or replaces. */
	int (*save)(void *user, uint32_t kind, int64_t id, const void *data, size_t len);

	/* Forgets, wiping what was there; MTPROTO_ERR_NOT_FOUND if nothing was. */
	int (*remove)(void *user, uint32_t kind, int64_t id);

	/* Shows each entry of a kind, in no order, until visit returns other than 0, and returns that. visit must not
	 * change the store. */
	int (*each)(void *user, uint32_t kind, int (*visit)(void *visitor, int64_t id, struct mtproto_span data),
		    void *visitor);

	/* Makes durable what was saved since the last flush, at once and together. */
	int (*flush)(void *user);

	void (*close)(void *user);
};

/* The calls, with the checks that every store would make: MTPROTO_ERR_ARGUMENT for kind 0 or above
 * MTPROTO_STORE_KIND_MAX and for id 0. Otherwise they return what the store does. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_store_load(const struct mtproto_store *store, uint32_t kind, int64_t id,
						    struct mtproto_span *out);
MTPROTO_MUST_USE MTPROTO_API int mtproto_store_save(const struct mtproto_store *store, uint32_t kind, int64_t id,
						    const void *data, size_t len);
MTPROTO_MUST_USE MTPROTO_API int mtproto_store_remove(const struct mtproto_store *store, uint32_t kind, int64_t id);
MTPROTO_MUST_USE MTPROTO_API int mtproto_store_each(const struct mtproto_store *store, uint32_t kind,
						    int (*visit)(void *visitor, int64_t id, struct mtproto_span data),
						    void *visitor);
MTPROTO_MUST_USE MTPROTO_API int mtproto_store_flush(const struct mtproto_store *store);

/* Ends the store. Its functions are NULL afterwards; closing it again is legal. */
MTPROTO_API void mtproto_store_close(struct mtproto_store *store);

/* Opens a store that keeps at most size_max bytes in memory (0: no limit but the allocator's) and forgets them when it
 * is closed, wiping all of them. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_store_open_memory(struct mtproto_store *out,
							   const struct mtproto_allocator *allocator, size_t size_max);

#ifdef __cplusplus
}
#endif

#endif
