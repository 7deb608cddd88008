/* The server role's insides: server.c: life and links; keys.c: keys and their salts; sessions.c: sessions from the
 * first message to the last; requests.c: what sessions say, and answers; after.c: requests that wait for others;
 * queries.c: the protocol's queries about keys, sessions and answers. */
#ifndef MTP_SERVER_SERVER_H
#define MTP_SERVER_SERVER_H

#include <mtproto/handshake_server.h>
#include <mtproto/server.h>

#include "connection/link.h"
#include "rpc/unwrap.h"
#include "server/faults.h"

enum {
	MTP_SALT_PERIOD_S = 1800, /* a new salt begins this often */
	MTP_SALT_LIFE_S = 3600,   /* and is good this long */
	MTP_FUTURE_SALTS_MAX = 64,
	MTP_FAILURES_MAX = 16 /* requests of a session of which it is remembered that they failed */
};

struct mtp_held;

struct mtp_server_key {
	struct mtp_key key;
	struct mtproto_server *server;
	struct mtp_timer timer;  /* its end, if it has one */
	struct mtp_map sessions; /* by session_id */
	uint64_t first_salt;     /* of the key exchange; 0: none */
	int32_t dc;              /* as the client named it in the key exchange; 0: it did not */
	uint32_t created_at;     /* Unix time */
	int64_t salt_period;     /* that key.salt and last_salt belong to; 0 at first */
	uint64_t last_salt;      /* the one before key.salt, still good */
	bool doomed;             /* destroyed by its client: lives until its last answer is sealed */
};

struct mtp_server_link {
	struct mtproto_link *link;
	struct mtp_timer timer;   /* the earlier of the two below */
	uint64_t idle_ns;         /* mono_ns at which it is closed if nothing comes */
	uint64_t disconnect_ns;   /* as ping_delay_disconnect asked, or MTPROTO_NEVER */
	struct mtp_list sessions; /* heard on it last */
};

struct mtproto_server_session {
	struct mtproto_server *server;
	struct mtp_server_key *key;
	struct mtp_session session;
	struct mtp_sender sender;
	struct mtp_node link_node; /* in the link's sessions */
	struct mtp_node idle_node; /* in the server's idle list, while it has no link */
	uint64_t idle_since_ns;
	uint64_t newest_link;      /* number of the newest link that it was heard on; 0 when the last one is closed */
	struct mtp_event_node end; /* becomes SESSION_END */
	struct mtp_map requests;   /* waiting for an answer, by msg_id: the handle, or a request that is held */
	struct mtp_list held;      /* struct mtp_held: they must be run after others */
	struct mtp_timer held_timer;
	size_t held_count, held_bytes;
	uint64_t failures[MTP_FAILURES_MAX]; /* a ring of msg_ids of requests that were answered by an error */
	uint32_t failure_count;
	bool settling;             /* held requests are being decided */
	struct mtp_timer reminder; /* of what is not acknowledged */
	uint64_t remind_delay_ns;
	bool announced; /* new_session_created was sent */
	bool ended;
	int32_t layer;
	int32_t api_id;
	bool wants_updates;
	void *user;
};

struct mtproto_server {
	struct mtp_endpoint endpoint;
	struct mtproto_server_config config; /* its pointers are not used */
	struct mtproto_rsa *rsa;
	const struct mtproto_rsa *rsa_keys[1];
	struct mtproto_handshake_server *handshakes;
	struct mtproto_msg_id_gen plain_msg_ids;
	struct mtp_clock clock;
	uint8_t salt_seed[32];

	struct mtp_map keys;
	size_t temp_key_count;
	size_t session_count;
	struct mtp_map links; /* all, by address */
	struct mtp_list idle; /* sessions without a link, the longest idle first */
	struct mtp_timer sweep;
	struct mtp_faults faults;
};

/* ---- server.c ---- */
int64_t mtp_server_unix_time(const struct mtproto_server *server);
void mtp_server_push_event(struct mtproto_server *server, const struct mtproto_event *event, struct mtp_block *block);
void mtp_server_set_sweep(struct mtproto_server *server);
/* ping_delay_disconnect: closes the link at mono_ns unless another one comes. */
void mtp_server_set_disconnect(struct mtproto_link *link, uint64_t mono_ns);

/* ---- keys.c ---- */
struct mtp_server_key *mtp_server_get_key(const struct mtproto_server *server, uint64_t auth_key_id);
/* first_salt is that of the key exchange, or 0. Errors: MTPROTO_ERR_LIMIT, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_server_insert_key(struct mtproto_server *server, const struct mtproto_key_info *info,
					   uint64_t first_salt);
/* Ends its sessions and frees it; silent: the program is not told. */
void mtp_server_forget_key(struct mtp_server_key *key, bool silent);
/* The salt that begins with the period of this number; the first period of a key has the salt of its exchange. */
uint64_t mtp_server_salt_of(const struct mtp_server_key *key, int64_t period);
bool mtp_server_salt_valid(struct mtp_server_key *key, uint64_t salt);
/* Sets the timer of the key's end, if it has one, by the server's clock. */
void mtp_server_set_key_timer(struct mtp_server_key *key);
/* Lets the key live a moment longer, so that answers still leave, then forgets it. */
void mtp_server_doom_key(struct mtp_server_key *key);

/* ---- sessions.c ---- */
/* The session of a message, made if it is new; NULL when there is no room for another. */
struct mtproto_server_session *mtp_server_session_for(struct mtp_server_key *key, uint64_t session_id);
/* It was heard on this link: answers go there from now on. */
void mtp_server_session_heard(struct mtproto_server_session *handle, struct mtproto_link *link);
void mtp_server_session_lost_link(struct mtproto_server_session *handle);
/* Sends new_session_created once the first message was accepted. */
void mtp_server_session_announce(struct mtproto_server_session *handle);
/* Forgets a session; silent: the program is not told. */
void mtp_server_session_end(struct mtproto_server_session *handle, bool silent);

/* ---- reminders.c ---- */
/* Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_server_init_reminder(struct mtproto_server_session *handle);
/* Something is kept until it is acknowledged; client_is_well: it has just acknowledged something, or
 * come back. */
void mtp_server_set_reminder(struct mtproto_server_session *handle, bool client_is_well);
/* msg_detailed_info or msg_new_detailed_info about a message that was sent, or is withheld. */
void mtp_server_send_info(struct mtp_session *session, const struct mtp_out *out);

/* ---- requests.c ---- */
extern const struct mtp_session_ops mtp_server_session_ops;
/* Sends an rpc_result with this body. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_server_send_result(struct mtproto_server_session *handle, uint64_t req_msg_id,
					    const void *body, size_t len);

/* Tells the program of a request that is open; block holds its query. */
void mtp_server_push_request(struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_span query,
			     struct mtp_block *block);
/* Answers a request that the program does not have by an error. */
void mtp_server_refuse_request(struct mtproto_server_session *handle, uint64_t msg_id, int32_t code, const char *text);

/* ---- after.c ---- */
/* Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_server_init_held(struct mtproto_server_session *handle);
/* Takes a request that must be run after others: it goes to the program when they are answered, or is refused. Errors:
 * MTPROTO_ERR_LIMIT (too many), MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_server_hold(struct mtproto_server_session *handle, uint64_t msg_id,
				     const struct mtp_unwrapped *u);
/* A request was answered, failed: by an error. */
void mtp_server_request_over(struct mtproto_server_session *handle, uint64_t msg_id, bool failed);
/* The client does not want it any more. */
void mtp_server_drop_held(struct mtproto_server_session *handle, struct mtp_held *held);
void mtp_server_forget_held(struct mtproto_server_session *handle);

/* ---- queries.c ---- */
void mtp_server_query(struct mtproto_server_session *handle, const struct mtp_notice *notice,
		      const struct mtproto_now *now);
/* Answers auth.bindTempAuthKey, whose body is query. */
void mtp_server_bind(struct mtproto_server_session *handle, uint64_t msg_id, struct mtproto_span query);

#endif
