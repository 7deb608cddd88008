/* What the files of the client share. */
#ifndef MTP_CLIENT_CLIENT_H
#define MTP_CLIENT_CLIENT_H

#include <mtproto/client.h>
#include <mtproto/uv.h>

#include "client/calls.h"
#include "uv/handler.h"

enum mtp_client_state {
	MTP_CLIENT_OPEN,
	MTP_CLIENT_ENDING, /* no link is tried any more; on_close follows when the calls are settled */
	MTP_CLIENT_ENDED,  /* on_close was called */
	MTP_CLIENT_CLOSING /* the program is done with it; on_closed follows when the calls are settled */
};

enum { MTP_CLIENT_SECRET_SIZE = 16 };

struct mtproto_client {
	struct mtp_uv_handler handler; /* knows driver and connection */
	bool driver_is_own;
	bool was_ready;
	enum mtp_client_state state;
	struct mtproto_client_config config;    /* of its pointers only callbacks, user and the two below are used */
	char *address;                          /* config's */
	uint8_t secret[MTP_CLIENT_SECRET_SIZE]; /* config.link's, if it has one */
	struct mtproto_link *link;              /* NULL when there is none */
	struct mtproto_uv_dial *dial;           /* the attempt to get one, NULL when there is none */
	bool held;                              /* no attempt is made until the program says so */
	bool slow;                              /* the next attempt waits longer */
	uint64_t packets_received;              /* over all links but the last */
	struct mtp_client_calls calls;
	int error;        /* why it ended */
	char reason[256]; /* the same, as a sentence */
	void (*on_closed)(struct mtproto_client *client, void *user);
};

/* Gives up: no link is tried any more, the calls fail, on_close follows. The first reason counts. */
void mtp_client_end(struct mtproto_client *client, int error, const char *reason);

/* Connects after delay_ns. Errors: those of mtproto_uv_connect. */
MTPROTO_MUST_USE int mtp_client_dial(struct mtproto_client *client, uint64_t delay_ns);

/* Takes a SUSPECT, HANDSHAKE_FAILED or LINK_CLOSED: the client connects again or ends. */
void mtp_client_note_loss(struct mtproto_client *client, const struct mtproto_event *event);

#endif
