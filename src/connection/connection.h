/* A client connection's insides. connection.c: life and calls; keys.c: how it gets its keys; line.c: the sessions on
 * them; answers.c: what those say. */
#ifndef MTP_CONNECTION_CONNECTION_H
#define MTP_CONNECTION_CONNECTION_H

#include <mtproto/connection.h>
#include <mtproto/handshake.h>
#include <mtproto/salts.h>

#include "connection/link.h"
#include "rpc/calls.h"

enum mtp_connection_stage {
	MTP_STAGE_PERM, /* wants a permanent key */
	MTP_STAGE_TEMP, /* wants a temporary key */
	MTP_STAGE_BIND, /* wants it bound */
	MTP_STAGE_READY
};

/* What is needed of the config for as long as the connection lives; see there. */
struct mtp_connection_settings {
	int32_t dc;
	int32_t temp_expires_in;
	int64_t time_offset_ns;
	uint64_t handshake_timeout_ns;
	uint64_t call_timeout_ns;
	uint64_t ping_idle_ns;
	uint64_t pong_timeout_ns;
	uint64_t ack_delay_ns;
	uint64_t coalesce_ns;
	uint32_t ack_count_max;
	uint32_t gzip_size_min;
	bool legacy_rsa;
};

/* A key in use: the session on it, and what sends that. */
struct mtp_line {
	struct mtproto_connection *connection;
	struct mtp_session session; /* its key is the permanent one, or a temporary one that belongs to the line */
	struct mtp_sender sender;
};

/* What only a connection with temporary keys has. */
struct mtp_pfs {
	struct mtproto_connection *connection;
	struct mtp_line *next; /* made, and being bound */
	bool next_is_over;     /* it was not: to be freed when nothing of it is at work */
	bool is_unbound;       /* the server forgot to what the key in use is bound: to be dropped then as well */
	struct mtp_line *old;  /* the one before, until its key ends: answers are awaited there */
	struct mtp_timer old_timer;
	struct mtp_out *bind; /* the auth.bindTempAuthKey of next, until it is answered */
	uint64_t bind_nonce;
	uint64_t bind_begin_ns;
	uint64_t given_up_key_id; /* of the last temporary key: late answers under it mean nothing */
	struct mtproto_handshake_times temp_times;
};

struct mtproto_connection {
	struct mtp_endpoint endpoint;
	void *user;

	struct mtp_connection_settings config;

	enum mtp_connection_stage stage;
	struct mtp_key perm;
	struct mtp_pfs *pfs;                   /* NULL without temporary keys */
	struct mtproto_rsa *rsa;               /* own trusted key, or NULL */
	const struct mtproto_rsa *rsa_keys[1]; /* it, as the key exchange takes it */
	struct mtproto_handshake *handshake;
	struct mtp_timer handshake_timer; /* of the exchange or the bind; else when the next temporary key is made */
	struct mtproto_handshake_times times;

	uint64_t rtt_ns;
	uint64_t links;
	uint64_t salt_since_ns;      /* mono_ns at which the salt in use came */
	struct mtproto_salts *salts; /* NULL until more than the one in use are thought of */
	struct mtp_out *salt_query;  /* the get_future_salts that was sent, until it is answered */
	struct mtp_timer salt_timer;

	struct mtp_timer liveness_timer;
	uint64_t heard_ns;        /* mono_ns of the last packet that could be opened */
	uint64_t pinged_ns;       /* of the last ping of the engine's own on this link, or 0 */
	struct mtp_out *own_ping; /* that ping, until it is answered */
	int link_error;
	int32_t link_transport_error;

	struct mtp_line *line; /* for calls; waits for a key unless the stage is READY */
	struct mtp_calls calls;
	struct mtproto_link *link;

	uint8_t *header; /* invokeWithLayer and initConnection, or NULL */
	size_t header_len;
	bool header_accepted; /* an answer has come: it need not be sent again */
};

/* Errors: see mtproto_connection_new. */
MTPROTO_MUST_USE int mtp_connection_make_header(struct mtproto_connection *connection,
						const struct mtproto_connection_config *config);

/* state.c: what another connection exported. Errors: MTPROTO_ERR_STATE_FORMAT, MTPROTO_ERR_STATE_VERSION,
 * MTPROTO_ERR_MEMORY; then the connection must be freed. */
MTPROTO_MUST_USE int mtp_connection_restore(struct mtproto_connection *connection, const uint8_t *data, size_t len);

/* keys.c: goes on from the present stage on the present link: a key exchange, a bind, or calls. Errors: those of
 * mtproto_handshake_start. */
MTPROTO_MUST_USE int mtp_connection_advance(struct mtproto_connection *connection);
void mtp_connection_plain(struct mtproto_connection *connection, const uint8_t *data, size_t len);
void mtp_connection_handshake_timer(struct mtp_timer *timer, const struct mtproto_now *now);
/* The key exchange or the bind did not succeed: says why (event names error, and what the server said of it) and closes
 * the link, so that the program may attach another to try again. If that was to replace a key that is still good, the
 * link stays, and there is another attempt later. */
void mtp_connection_fail(struct mtproto_connection *connection, const struct mtproto_event *why,
			 struct mtp_block *block);
/* Frees what is left of a failure, or of a key that is bound no more; its session must not be at work. */
void mtp_connection_end_failed(struct mtproto_connection *connection);
void mtp_connection_bound(struct mtproto_connection *connection, const struct mtp_notice *notice,
			  const struct mtproto_now *now);
/* The server does not know a temporary key any more: another is made next. */
void mtp_connection_drop_temp(struct mtproto_connection *connection);

/* line.c. Errors: MTPROTO_ERR_MEMORY, MTPROTO_ERR_RANDOM; then a key of its own is still the caller's. */
MTPROTO_MUST_USE int mtp_line_new(struct mtp_line **out, struct mtproto_connection *connection, struct mtp_key *key);
void mtp_line_free(struct mtp_line *line);
/* The key of this id, and the line on it; NULL when no line in use has it. */
const struct mtp_key *mtp_connection_find_key(const struct mtproto_connection *connection, uint64_t auth_key_id);
struct mtp_line *mtp_connection_line_of(const struct mtproto_connection *connection, const struct mtp_key *key);
/* Lets all of them send on this link, or (NULL) wait for one. */
void mtp_connection_move_lines(struct mtproto_connection *connection, struct mtproto_link *link);
/* The next line is bound: calls go there. The one before stays for what was sent on it if its key is good. */
void mtp_connection_use_next_line(struct mtproto_connection *connection);
void mtp_connection_drop_next_line(struct mtproto_connection *connection);
/* Calls that wait for their answers there go out again on the present line: they may be run twice. */
void mtp_connection_end_old_line(struct mtproto_connection *connection);
void mtp_connection_old_line_timer(struct mtp_timer *timer, const struct mtproto_now *now);
/* The key of the present line is gone: it keeps the calls for the next. */
void mtp_connection_close_line(struct mtproto_connection *connection);

/* salts.c */
void mtp_connection_look_at_salts(struct mtproto_connection *connection);
void mtp_connection_salt_timer(struct mtp_timer *timer, const struct mtproto_now *now);
/* The server, or a key exchange, named the salt that is in use now. */
void mtp_connection_salt_named(struct mtproto_connection *connection);
void mtp_connection_salts_came(struct mtproto_connection *connection, struct mtproto_span body);
/* On a new link: a query that is under way was lost with the old one. */
void mtp_connection_ask_salts_again(struct mtproto_connection *connection);
/* Salts belong to a key: another one is in use now. */
void mtp_connection_forget_salts(struct mtproto_connection *connection);

/* liveness.c */
void mtp_connection_begin_liveness(struct mtproto_connection *connection);
void mtp_connection_end_liveness(struct mtproto_connection *connection);
/* A session that went on over another link says something there, so that the server knows where its answers go. */
void mtp_connection_greet(struct mtp_line *line);
void mtp_connection_pong_came(struct mtproto_connection *connection, const struct mtproto_now *now);
void mtp_connection_liveness_timer(struct mtp_timer *timer, const struct mtproto_now *now);

/* answers.c */
extern const struct mtp_session_ops mtp_connection_session_ops;

#endif
