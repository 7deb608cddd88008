/* A client connection's insides. connection.c: life and calls; keys.c: how it gets its keys; answers.c: what its
 * session says. */
#ifndef MTP_CONNECTION_CONNECTION_H
#define MTP_CONNECTION_CONNECTION_H

#include <mtproto/connection.h>
#include <mtproto/handshake.h>

#include "connection/link.h"
#include "rpc/calls.h"

enum mtp_connection_stage {
	MTP_STAGE_PERM, /* wants a permanent key */
	MTP_STAGE_TEMP, /* wants a temporary key */
	MTP_STAGE_BIND, /* wants it bound */
	MTP_STAGE_READY
};

struct mtproto_connection {
	struct mtp_endpoint endpoint;
	struct mtproto_connection_config config; /* its pointers are not used */
	void *user;

	enum mtp_connection_stage stage;
	struct mtp_key perm;
	struct mtp_key temp;
	struct mtproto_rsa *rsa;               /* own trusted key, or NULL */
	const struct mtproto_rsa *rsa_keys[1]; /* it, as the key exchange takes it */
	struct mtproto_handshake *handshake;
	struct mtp_timer handshake_timer;
	struct mtp_out *bind; /* the auth.bindTempAuthKey that was made, until it is answered */
	uint64_t bind_nonce;
	uint64_t bind_begin_ns;
	struct mtproto_handshake_times times;
	struct mtproto_handshake_times temp_times;

	struct mtp_session session;
	struct mtp_sender sender;
	struct mtp_calls calls;
	struct mtproto_link *link;

	uint8_t *header; /* invokeWithLayer and initConnection, or NULL */
	size_t header_len;
	bool header_accepted; /* an answer has come: it need not be sent again */
};

/* Errors: see mtproto_connection_new. */
MTPROTO_MUST_USE int mtp_connection_make_header(struct mtproto_connection *connection,
						const struct mtproto_connection_config *config);

/* Pushes an event of that type about the connection. */
void mtp_connection_event(struct mtproto_connection *connection, enum mtproto_event_type type, int error);

/* keys.c: goes on from the present stage on the present link: a key exchange, a bind, or calls. Errors: those of
 * mtproto_handshake_start. */
MTPROTO_MUST_USE int mtp_connection_advance(struct mtproto_connection *connection);
void mtp_connection_plain(struct mtproto_connection *connection, const uint8_t *data, size_t len);
void mtp_connection_handshake_timer(struct mtp_timer *timer, const struct mtproto_now *now);
void mtp_connection_bound(struct mtproto_connection *connection, const struct mtp_notice *notice,
			  const struct mtproto_now *now);
/* The server does not know the temporary key: the next link makes another. */
void mtp_connection_drop_temp(struct mtproto_connection *connection);

/* answers.c */
extern const struct mtp_session_ops mtp_connection_session_ops;

#endif
