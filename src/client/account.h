/* What the files of the account share.
 *
 * Every call is in exactly one list: waiting (its data centre is not open yet), sent (its client has it), delayed (the
 * server said when to come again) or failing (it is settled in the next turn, because no function calls back before it
 * has returned). */
#ifndef MTP_CLIENT_ACCOUNT_H
#define MTP_CLIENT_ACCOUNT_H

#include <mtproto/account.h>
#include <mtproto/uv.h>

#include "base/list.h"
#include "client/calls.h"
#include "client/records.h"

#include <uv.h>

/* "[", an address, "]:", a port, a zero byte. */
#define MTP_ACCOUNT_ADDRESS_SIZE (MTPROTO_DC_ADDRESS_SIZE + 9)

/* The public key and what initConnection says. */
#define MTP_ACCOUNT_TEXTS 7

/* A data centre that was needed once. Lives as long as the account. */
struct mtp_account_dc {
	struct mtproto_account *account;
	int32_t id;                  /* n, -n for media */
	struct mtp_account_dc *base; /* itself, or for media that of n: key and authorisation are there */
	struct mtp_key_record key;
	bool has_key;                  /* key is one */
	int load_error;                /* why the store could not say whether there is one */
	bool importing;                /* the authorisation is on its way here */
	struct mtproto_client *client; /* NULL when there is none */
	bool was_ready;                /* the client was */
	bool suspect;                  /* of home or its media: the program has to say what happens to the key */
	unsigned attempts;             /* to connect, by this client */
	uint64_t used_ns;              /* when the last call ended */
	char address[MTP_ACCOUNT_ADDRESS_SIZE];
	char *cdn_pem;   /* of a CDN: its public key, as home told it */
	bool cdn_asking; /* home is being asked */
	struct mtp_list waiting;
	struct mtp_list sent;
	struct mtp_node node;
};

struct mtp_account_call {
	struct mtp_client_call call; /* its number; first */
	struct mtp_node node;        /* in the list that it is in */
	struct mtp_account_dc *dc;
	struct mtproto_client *client; /* that has it, or NULL */
	uint64_t client_call;
	struct mtproto_account_call_config config;
	mtproto_account_answer_cb on_answer;
	void *user;
	uint64_t deadline_ns; /* MTPROTO_NEVER: none */
	uint64_t due_ns;      /* when a delayed one is made again */
	bool direct;          /* goes to its data centre without the authorisation */
	bool own;             /* the account's own */
	bool cancelled;
	bool maybe_executed_twice;
	bool retaken; /* the authorisation was taken to its data centre again for it */
	unsigned moves;
	int error; /* of a failing one */
	enum mtproto_fate fate;
	size_t len;
	uint8_t body[];
};

struct mtproto_account {
	struct mtproto_account_config
		config; /* of its pointers only callbacks, user and what is copied below are used */
	struct mtproto_uv *uv;
	bool driver_is_own;
	struct mtproto_store store;
	bool store_is_own;
	struct mtp_account_record record;
	struct mtproto_dc_table *table;
	struct mtproto_dc_option *pinned; /* config's dc_options */
	struct mtp_list dcs;
	struct mtp_account_dc *home;
	struct mtp_client_calls calls;
	uint64_t last_call;
	struct mtp_list delayed;
	struct mtp_list failing;
	uv_timer_t timer;
	uint64_t timer_ns; /* when it fires; MTPROTO_NEVER: it does not run */
	size_t handles;    /* clients and the timer, not closed yet */
	bool was_ready;
	bool config_known; /* help.getConfig was answered once, now or for the store */
	bool config_asked;
	struct mtproto_dc_config dc_config; /* that answer */
	struct mtproto_updates *updates;    /* NULL without on_updates */
	unsigned updates_generation;        /* of the box: answers for an older one are passed over */
	bool updates_stale;                 /* another user: the box and its states are to be made anew */
	bool updates_connect;               /* the box is to be told that home is connected */
	uint64_t unsaved_ns;                /* since when the store is to be flushed; 0: it is not */
	bool closing;
	void (*on_closed)(struct mtproto_account *account, void *user);
	uint8_t secret[16];             /* config.link's */
	char *texts[MTP_ACCOUNT_TEXTS]; /* config.connection's */
};

/* ---- account_dc.c: how a data centre is opened, and closed again ---- */

/* The entry of a data centre (0: home), made when there is none; NULL: out of memory. */
struct mtp_account_dc *mtp_account_dc(struct mtproto_account *account, int32_t id);

/* Does the next thing that the calls that wait for the data centre need; called again when that is done. */
void mtp_account_dc_advance(struct mtp_account_dc *dc);

/* All of its kind that were waiting for something that may be there now. */
void mtp_account_advance_all(struct mtproto_account *account);

/* True when calls may be sent to it: it has a client, and the authorisation if there is one. */
bool mtp_account_dc_is_open(const struct mtp_account_dc *dc);

/* Makes a client for it. Errors: those of mtproto_client_connect, MTPROTO_ERR_NOT_FOUND. */
MTPROTO_MUST_USE int mtp_account_dc_connect(struct mtp_account_dc *dc);

/* Closes its client, if it has one, and saves what that knew last. */
void mtp_account_dc_disconnect(struct mtp_account_dc *dc);

/* The key of n, that media uses as well, is used no more, and a new one will be made. Errors: those of the store. */
MTPROTO_MUST_USE int mtp_account_dc_retire_key(struct mtp_account_dc *dc);

/* Saves its key with what is known of it. */
void mtp_account_dc_save(struct mtp_account_dc *dc);

/* ---- account_login.c: who is signed in, and where ---- */

/* True when the authorisation has to be taken to the data centre before calls. */
bool mtp_account_needs_import(const struct mtp_account_dc *dc);

/* Takes it there; advances the data centre when that is done, or settles what waits. */
void mtp_account_import(struct mtp_account_dc *dc);

/* Forgets that it was. False: it was not, or the user signed in right there. */
bool mtp_account_forget_import(struct mtp_account_dc *dc);

/* Nobody is signed in any more. */
void mtp_account_sign_out(struct mtproto_account *account);

/* Looks for auth.authorization and auth.loggedOut in an answer of home. */
void mtp_account_note_login(struct mtp_account_dc *dc, struct mtproto_span body);

/* ---- account_config.c: where the data centres are ---- */

/* The table of the settings, the store and the library. */
MTPROTO_MUST_USE int mtp_account_load_table(struct mtproto_account *account);

/* Asks a data centre for help.getConfig, unless that is under way. */
void mtp_account_ask_config(struct mtp_account_dc *dc);

/* Asks home when what is known is out of date. */
void mtp_account_refresh_config(struct mtproto_account *account);

/* True when all of its addresses are those of a CDN. */
bool mtp_account_is_cdn(const struct mtp_account_dc *dc);

/* Asks home for the key of a CDN, and advances it then, or settles what waits. */
void mtp_account_ask_cdn_key(struct mtp_account_dc *dc);

/* It is asked for again before the next client is made. */
void mtp_account_forget_cdn_key(struct mtp_account_dc *dc);

/* True when the program said itself where it is. */
bool mtp_account_is_pinned(const struct mtp_account_dc *dc);

/* Writes the address of the next attempt. False: there is none. */
bool mtp_account_next_address(struct mtp_account_dc *dc);

/* ---- account_updates.c ---- */

/* Makes the box and gives it the states of the store. Errors: those of mtproto_updates_new and of the store. */
MTPROTO_MUST_USE int mtp_account_open_updates(struct mtproto_account *account);

/* True when what home pushes is for the box. */
bool mtp_account_takes_updates(const struct mtproto_account *account);

/* What home pushed, and what it answered to a call. */
void mtp_account_push(struct mtproto_account *account, struct mtproto_span body);
void mtp_account_note_result(const struct mtp_account_call *call, struct mtproto_span body);

/* Home is connected and somebody is signed in there, as far as that is so. */
void mtp_account_connect_updates(struct mtproto_account *account);

/* The server made a new session. */
void mtp_account_note_new_session(struct mtproto_account *account);

/* A message of the server was refused: it may have held updates. */
void mtp_account_note_refused(struct mtproto_account *account);

/* Another user, or none: what was is of no use any more. */
void mtp_account_renew_updates(struct mtproto_account *account);

/* Runs the box. Returns when it wants to be run again. */
uint64_t mtp_account_run_updates(struct mtproto_account *account);

/* ---- account_calls.c ---- */

/* Sends the call, or lets it wait for its data centre. */
void mtp_account_place(struct mtp_account_call *call);

/* Sends what waits for a data centre that is open now. */
void mtp_account_send_waiting(struct mtp_account_dc *dc);

/* Settles what waits for the data centre, with this answer. */
void mtp_account_settle_waiting(struct mtp_account_dc *dc, const struct mtproto_answer *answer);

/* The same with an error, in the next turn. */
void mtp_account_fail_waiting(struct mtp_account_dc *dc, int error);

/* A call of the account's own. direct: without the authorisation. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_account_call_own(struct mtp_account_dc *dc, bool direct, const void *body, size_t len,
					  mtproto_account_answer_cb on_answer, void *user);

/* Settles all that is failing, and makes delayed calls again that are due. Returns when the next one is. */
uint64_t mtp_account_run_calls(struct mtproto_account *account, uint64_t now_ns);

/* Gives up all calls that no client has. */
void mtp_account_fail_all(struct mtproto_account *account, int error);

/* ---- account.c ---- */

/* Makes it home. */
void mtp_account_set_home(struct mtproto_account *account, struct mtp_account_dc *dc);

/* Home can be talked to; the first time counts. */
void mtp_account_note_ready(struct mtproto_account *account);

/* One of its handles is closed; the last one ends it. */
void mtp_account_handle_closed(struct mtproto_account *account);

/* Saves what the account's record says. */
void mtp_account_save(struct mtproto_account *account);

/* Flushes the store after error, which may be 0; tells the program what went wrong. */
void mtp_account_flush(struct mtproto_account *account, int error);

/* Has the timer fire at this time at the latest. */
void mtp_account_wake(struct mtproto_account *account, uint64_t at_ns);

#endif
