/* One account over several data centres, on a libuv loop: a store, the table of data centres, a client for each that is
 * needed, and the calls on them. Part of libmtproto-client.
 *
 * Home is the data centre where the account lives; a client for it is there from the start to the end. Others are
 * connected to when a call needs them, with a key that is made then and kept in the store, and are closed again when
 * nothing was asked of them for idle_ns. Where a user has signed in, the first call on another data centre takes the
 * authorisation there: auth.exportAuthorization at home, auth.importAuthorization there.
 *
 * A CDN is a data centre whose addresses all say so: nobody signs in there, and its public key is asked for at home
 * (help.getCdnConfig).
 *
 * A call settles once, with its answer or an error. Some errors don't end it:
 *   303 USER_MIGRATE_n, PHONE_MIGRATE_n, NETWORK_MIGRATE_n: n becomes home, and the call is made again there
 *   303 FILE_MIGRATE_n, STATS_MIGRATE_n and newer X_MIGRATE_n: the call is made again at n; home stays
 *   420 FLOOD_WAIT_n, FLOOD_PREMIUM_WAIT_n: it is made again after n seconds, if that is within flood_wait_max_s and
 *       before its deadline
 *   401 AUTH_KEY_UNREGISTERED of another data centre than home: the authorisation is taken there once more, once
 * All others, and those beyond these bounds, are answers like any result.
 *
 * No key is ever lost. When a data centre says that it does not know a permanent key (SUSPECT), a new one is made for
 * another data centre than home, and the old one stays in the store among the replaced ones. At home the authorisation
 * would be lost with the key: there the calls wait, as long as their deadlines let them, until the program says
 * mtproto_account_retry, mtproto_account_replace_key or mtproto_account_close.
 *
 * Updates: with on_updates the account has a box of <mtproto/updates.h> inside and drives it. What home pushes and what
 * calls answer goes in, missing updates are asked for, and each update comes out once and in order; states are kept in
 * the store, so that the next account goes on where this one was. It begins when a user is signed in.
 *
 * Everything belongs to the thread of the loop. No function here calls back before it has returned. Inside a callback
 * anything may be called. The program must ignore SIGPIPE; <mtproto/uv.h> says why. */
#ifndef MTPROTO_ACCOUNT_H
#define MTPROTO_ACCOUNT_H

#include <mtproto/client.h>
#include <mtproto/dc.h>
#include <mtproto/schema.h>
#include <mtproto/store.h>
#include <mtproto/updates.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mtproto_account;

/* Where a call that was moved on stops: the answer is then the error itself. */
#define MTPROTO_ACCOUNT_MOVES_MAX 5

struct mtproto_account_config {
	size_t size;

	/* Exactly one of these two, as in mtproto_client_config. A shared driver has to outlive the account. */
	struct uv_loop_s *loop;
	struct mtproto_uv *uv;
	const struct mtproto_context_config *context;

	/* Keys, salts, home, data centres and update states; NULL: they are forgotten at the end. It has to outlive the
	 * account, which does not close it. */
	const struct mtproto_store *store;

	bool test;  /* the test environment; false */
	int32_t dc; /* home, as long as the store knows none; MTPROTO_DC_DEFAULT */

	/* The data centres that these name are reached here, whatever help.getConfig says. Copied. */
	const struct mtproto_dc_option *dc_options;
	size_t dc_option_count;
	enum mtproto_dc_family family; /* MTPROTO_DC_FAMILY_ANY */

	uint64_t connect_timeout_ns; /* each attempt: resolving and connecting; 10 s */
	bool reconnect_enabled;      /* true; false: the first loss of a link ends its calls */
	struct mtproto_reconnect reconnect;
	struct mtproto_link_config link; /* dc is set by the account; obfuscated intermediate */

	/* Its dc, auth_key, server_salt and time_offset_ns are set by the account. Set layer and what follows it: the
	 * account's own calls need that as much as the program's. An api_id of 0 is the last one that the store knows.
	 */
	struct mtproto_connection_config connection;

	/* Of the API at connection.layer, for updates: to take them apart, and to remember the access hashes of
	 * channels. It has to outlive the account. NULL: what can't be read without it comes as RAW. */
	const struct mtproto_schema *schema;
	struct mtproto_updates_config updates; /* its reader is made of schema, unless it is set */

	uint64_t idle_ns;          /* a data centre that is not home is closed after; 60 s */
	uint32_t flood_wait_max_s; /* 30; 0: FLOOD_WAIT_n is always an answer */

	/* Each may be NULL. Texts and spans live until the callback returns. */

	/* Home has a key and can be talked to, for the first time. Calls may be made before. */
	void (*on_ready)(struct mtproto_account *account, void *user);

	/* Every event of the box but a request for an access hash that the store has. A STATE has been given to the
	 * store, which is flushed a quarter of a second later at the latest. */
	void (*on_updates)(struct mtproto_account *account, const struct mtproto_updates_event *event, void *user);

	/* An object that is no answer to a call, from home, and not for the box: there is none, or nobody is signed in.
	 */
	void (*on_update)(struct mtproto_account *account, struct mtproto_span body, void *user);

	/* Home was changed by an answer. The store knows. */
	void (*on_home)(struct mtproto_account *account, int32_t dc, void *user);

	/* A link was lost or could not be made, for this reason; another is tried after delay_ns. */
	void (*on_reconnect)(struct mtproto_account *account, int32_t dc, int error, const char *reason,
			     uint64_t delay_ns, void *user);

	/* Home answered a call with error 401, for example SESSION_REVOKED, although a user had signed in there: no
	 * updates come any more. The store still says that the user is signed in; the program knows what to do. */
	void (*on_signed_out)(struct mtproto_account *account, const char *text, void *user);

	/* Home does not know the permanent key, it says. Its calls wait for the program's word. When this is NULL, the
	 * account tries again by itself, slowly. */
	void (*on_suspect)(struct mtproto_account *account, uint64_t auth_key_id, void *user);

	/* The store did not take what it had to keep, for this error. The account goes on; what it knows may be lost
	 * with the process. */
	void (*on_store_error)(struct mtproto_account *account, int error, void *user);

	/* A data centre can't be talked to and is not tried any more; its calls have failed with this error. The next
	 * call tries it again. */
	void (*on_failed)(struct mtproto_account *account, int32_t dc, int error, const char *reason, void *user);

	/* What goes over the wire to a data centre, when context asks for it: a TRACE or KEY_LOG event. */
	void (*on_trace)(struct mtproto_account *account, int32_t dc, const struct mtproto_event *event, void *user);

	void *user;
};

/* Zeroes all pointers and fills the rest with the defaults. */
MTPROTO_API void mtproto_account_config_init(struct mtproto_account_config *config);

/* Makes the account and begins to connect to home. config is copied with all that it points to, except loop, uv, store
 * and reconnect.random. Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT (also: the store is of the other
 * environment), MTPROTO_ERR_NOT_FOUND (home has no address), MTPROTO_ERR_STATE_FORMAT and MTPROTO_ERR_STATE_VERSION
 * (the store), those of the store and those of mtproto_client_connect. After a failure with loop, the loop needs some
 * more turns before uv_loop_close. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_account_open(struct mtproto_account **out,
						      const struct mtproto_account_config *config);

/* Ends the account: open calls settle with CALL_FAILED and MTPROTO_ERR_CLOSED, then on_closed (may be NULL) is called
 * with the account, whose memory is released when on_closed returns. No other callback is made any more. A second call
 * does nothing. NULL is legal. */
MTPROTO_API void mtproto_account_close(struct mtproto_account *account,
				       void (*on_closed)(struct mtproto_account *account, void *user));

/* ---- Calls ---- */

/* How one call is made. */
struct mtproto_account_call_config {
	size_t size;
	int32_t dc;                /* 0: home; n, which may be a CDN; -n: n for media */
	uint64_t timeout_ns;       /* from now on, whatever it has to wait for; connection.call_timeout_ns; 0: never */
	bool at_most_once;         /* as in mtproto_call_config; false */
	bool no_header;            /* as there; false */
	uint32_t flood_wait_max_s; /* the account's */
};

MTPROTO_API void mtproto_account_call_config_init(struct mtproto_account_call_config *config,
						  const struct mtproto_account *account);

/* The answer's spans live until the callback returns; answer->call is the account's number of the call. */
typedef void (*mtproto_account_answer_cb)(struct mtproto_account *account, const struct mtproto_answer *answer,
					  void *user);

/* Calls a method: body is a serialised function, len a multiple of 4, copied. config NULL: the defaults. on_answer may
 * be NULL. *call (call may be NULL) names it for mtproto_account_cancel. Errors: MTPROTO_ERR_CONFIG_SIZE,
 * MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_LIMIT (connection.pending_calls_max calls are open), MTPROTO_ERR_MEMORY,
 * MTPROTO_ERR_CLOSED; on_answer is not called then. CALL_FAILED with MTPROTO_ERR_NOT_FOUND: nobody knows an address of
 * the data centre; MTPROTO_ERR_RSA_KEY_UNKNOWN of a CDN: home does not know its key; and with what
 * mtproto_connection_invoke finds wrong when the call is sent: MTPROTO_ERR_TOO_LARGE, MTPROTO_ERR_LIMIT. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_account_invoke(struct mtproto_account *account, const void *body, size_t len,
							const struct mtproto_account_call_config *config,
							mtproto_account_answer_cb on_answer, void *user,
							uint64_t *call);

/* Takes a call back: it settles with CALL_FAILED and MTPROTO_ERR_CANCELLED. Errors: MTPROTO_ERR_NOT_FOUND (settled). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_account_cancel(struct mtproto_account *account, uint64_t call);

/* Signs a bot in: auth.importBotAuthorization with connection.api_id, wherever it has to be called. The answer is
 * auth.authorization; the store remembers it before on_answer is called. A program that signs a user in calls
 * auth.sendCode and what follows itself; the account sees auth.authorization and auth.loggedOut in the answers.
 * Errors: as of mtproto_account_invoke; MTPROTO_ERR_ARGUMENT: the token has no number before its colon. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_account_sign_in_bot(struct mtproto_account *account, const char *api_hash,
							     const char *token, mtproto_account_answer_cb on_answer,
							     void *user, uint64_t *call);

/* ---- A key that home does not know ---- */

/* Tries it once more. Errors: MTPROTO_ERR_STATE (nothing waits for that). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_account_retry(struct mtproto_account *account);

/* Makes another key for home. Nobody is signed in with it; what waits is called with it. Errors: MTPROTO_ERR_STATE,
 * those of the store. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_account_replace_key(struct mtproto_account *account);

/* ---- Updates ---- */

/* The box, for what <mtproto/updates.h> leaves to the application: access hashes, open channels, catching up. The
 * account looks after it in the next turn; the pointer is valid until then. NULL without on_updates, and for
 * a moment after a user has signed out or another one in. The rest of it
 * (recv, process, pull, ask) is the account's. */
MTPROTO_API struct mtproto_updates *mtproto_account_updates(struct mtproto_account *account);

/* ---- What is known ---- */

struct mtproto_account_info {
	int32_t dc; /* home */
	bool test;
	bool signed_in;
	bool bot;        /* signed in by mtproto_account_sign_in_bot or a session that says so */
	int64_t user_id; /* 0: unknown */
	size_t pending_calls;
	size_t connections; /* data centres that there is a client for */
};

/* Home, who is signed in, and what is under way. */
MTPROTO_API void mtproto_account_get_info(const struct mtproto_account *account, struct mtproto_account_info *info);

/* The client of a data centre (0: home), to look at; NULL when there is none now. */
MTPROTO_API const struct mtproto_client *mtproto_account_client(const struct mtproto_account *account, int32_t dc);

/* Where the data centres are, as far as is known now. */
MTPROTO_API const struct mtproto_dc_table *mtproto_account_dc_table(const struct mtproto_account *account);

/* The user pointer of its config. */
MTPROTO_API void *mtproto_account_user(const struct mtproto_account *account);

#ifdef __cplusplus
}
#endif

#endif
