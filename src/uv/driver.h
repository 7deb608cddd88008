/* What the files of the driver share.
 *
 * Memory: libuv wants handles and requests to stay until it has called back, so every object here is closed first and
 * freed in its last callback; each holds the driver meanwhile (mtp_uv_hold), which is freed with the last of them. */
#ifndef MTP_UV_DRIVER_H
#define MTP_UV_DRIVER_H

#include <mtproto/uv.h>

#include "uv/handler.h"

#include <uv.h>

enum {
	MTP_UV_BUCKETS = 64,
	MTP_UV_READS_MAX = 64 /* filed at most before they are processed: a crowd holds no more memory than this */
};

/* What belongs to a connection or a server, found by its address. */
struct mtp_uv_bucket {
	struct mtp_list handlers;
	struct mtp_list streams;
	struct mtp_list dials;
};

struct mtproto_uv {
	uv_loop_t *loop;
	struct mtproto_context *context;
	mtproto_uv_event_cb on_event;
	void *user;

	/* Both run while there is work: the check is the pump, after the poll for I/O; the idle one keeps that from
	 * blocking. */
	uv_idle_t idle;
	uv_check_t check;
	uv_timer_t timer; /* the context's deadline */

	struct mtp_uv_bucket buckets[MTP_UV_BUCKETS];
	struct mtp_list listeners;
	struct mtp_list paused; /* streams whose link had no room */
	struct mtp_list ended;  /* streams that ended, but maybe with bytes still to be processed */
	struct mtp_list due;    /* handlers that asked for on_settle */
	size_t handler_count;
	size_t reads; /* filed since the engine was pumped */
	size_t holds;
	bool pulling; /* events are being pulled: what they cause needs no waking */
	bool closing;
	bool down; /* its handles are closing */
	void (*on_closed)(void *user);
	void *closed_user;
};

struct mtp_uv_bucket *mtp_uv_bucket(struct mtproto_uv *uv, const void *owner);

void mtp_uv_hold(struct mtproto_uv *uv);
void mtp_uv_release(struct mtproto_uv *uv);

/* A read was filed: the engine is pumped after the others of this turn, or at once when they are many. What the caller
 * has may be gone then. */
void mtp_uv_filed(struct mtproto_uv *uv);

/* ---- Streams: a socket and its link ---- */

struct mtp_uv_stream {
	uv_tcp_t tcp;
	uv_connect_t connect; /* of a dial; its data is the dial, NULL when that has lost interest */
	uv_write_t write;
	uint8_t *unsent; /* a copy of what could not be written at once; NULL while no write is under way */
	struct mtproto_uv *uv;
	const void *owner;         /* the server or the connection behind the link */
	struct mtproto_link *link; /* NULL before it is attached and after LINK_CLOSED */
	int end_error;
	struct mtp_node node;
	struct mtp_node waiting; /* in paused or ended */
};

/* A stream without a socket, for uv_accept or uv_tcp_connect. */
int mtp_uv_stream_new(struct mtp_uv_stream **out, struct mtproto_uv *uv, const void *owner);

/* Joins the connected socket and the link: reading begins. */
void mtp_uv_stream_start(struct mtp_uv_stream *stream, struct mtproto_link *link);

/* Writes what the link has to send, as far as the socket takes it; goes on by itself when it takes more. */
void mtp_uv_stream_flush(struct mtp_uv_stream *stream);

/* Reads again, after events were pulled. */
void mtp_uv_stream_resume(struct mtp_uv_stream *stream);

/* Closes the socket and forgets the link. */
void mtp_uv_stream_close(struct mtp_uv_stream *stream);

/* ---- Listeners and dials ---- */

void mtp_uv_listeners_close(struct mtproto_uv *uv, const struct mtproto_server *server); /* NULL: all */

/* The dial in uv's bucket that holds this node. */
struct mtproto_uv_dial *mtp_uv_dial_of(struct mtp_node *node);
const void *mtp_uv_dial_owner(const struct mtproto_uv_dial *dial);

/* ---- Addresses ---- */

/* MTPROTO_ERR_ARGUMENT when the host is not an IP address. */
int mtp_uv_sockaddr(struct sockaddr_storage *out, const struct mtproto_uv_address *address);

/* Writes "IP:port" or "[IP]:port". Returns 0, or MTPROTO_ERR_BUFFER with out "". */
int mtp_uv_sockaddr_text(const struct sockaddr_storage *address, char *out, size_t cap);

uint16_t mtp_uv_sockaddr_port(const struct sockaddr_storage *address);

#endif
