/* Sessions of other libraries in a store, and out of one. Part of libmtproto-client. docs/store.md says what an account
 * keeps in its store. Both functions are for a store that no account is using. */
#ifndef MTPROTO_SESSION_STORE_H
#define MTPROTO_SESSION_STORE_H

#include <mtproto/base.h>
#include <mtproto/error.h>
#include <mtproto/store.h>
#include <mtproto/string_session.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a session of what the store knows about the home data centre; it has an address if the store has one of its
 * own. Errors: MTPROTO_ERR_NOT_FOUND (no home, or no key for it), MTPROTO_ERR_STATE_FORMAT, MTPROTO_ERR_STATE_VERSION,
 * those of the store. out is zeroed then. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_store_read(struct mtproto_string_session *out,
							    const struct mtproto_store *store);

/* Writes a session into a store that has no home yet, and flushes it: the session's data centre is home, and its user
 * is signed in there if is_signed_in. Errors: MTPROTO_ERR_STATE (there is a home), those of the store. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_store_write(const struct mtproto_store *store,
							     const struct mtproto_string_session *session,
							     bool is_signed_in);

#ifdef __cplusplus
}
#endif

#endif
