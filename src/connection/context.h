/* The context's insides, and what connection/ and server/ have in common: endpoints that own links, and senders. */
#ifndef MTP_CONNECTION_CONTEXT_H
#define MTP_CONNECTION_CONTEXT_H

#include <mtproto/context.h>
#include <mtproto/dh.h>
#include <mtproto/transport.h>

#include "crypto/random.h"
#include "rpc/events.h"
#include "session/deflate.h"
#include "session/session.h"

enum {
	MTP_RSA_KEYS_MAX = 16,
	MTP_BATCH_MAX = 64,             /* packets that are opened or sealed at once */
	MTP_POOL_KEPT_MAX = 512 << 10,  /* bytes of freed pieces that a context keeps */
	MTP_EVENTS_WAITING_MAX = 65536, /* with so many events not pulled, links take no more bytes */
};

struct mtproto_link;
struct mtp_endpoint;

/* What a link has read, on its way to its endpoint: a packet, a transport error, a quick ack, or the end of what can be
 * read. All take the same way, so that they arrive in the order in which they were sent. */
struct mtp_packet {
	enum mtproto_frame_kind kind;
	int error; /* the stream can't be read any further; nothing else is set */
	int32_t transport_error;
	uint32_t quick_ack_token;

	uint8_t *data;
	size_t len;
	struct mtp_block *block;       /* holds data */
	const struct mtproto_ctr *ctr; /* NULL, or what lies over data, but for the header, until it is opened */
	uint64_t ctr_position;
	bool quick_ack_wanted;
	const struct mtp_key *key;   /* NULL: plain, or for a key that nobody knows */
	struct mtproto_open_job job; /* with key: the result */
};

/* What owns links: a client connection or a server. */
struct mtp_endpoint_ops {
	/* The key that a packet with this auth_key_id (not 0) is encrypted with, or NULL. */
	const struct mtp_key *(*find_key)(struct mtp_endpoint *endpoint, uint64_t auth_key_id);
	/* A packet came. May close the link. */
	void (*packet)(struct mtp_endpoint *endpoint, struct mtproto_link *link, struct mtp_packet *packet);
	void (*transport_error)(struct mtp_endpoint *endpoint, struct mtproto_link *link, int32_t code);
	void (*quick_ack)(struct mtp_endpoint *endpoint, struct mtproto_link *link, uint32_t token);
	/* The link is closed: forget it. */
	void (*link_closed)(struct mtp_endpoint *endpoint, struct mtproto_link *link);
	void (*free)(struct mtp_endpoint *endpoint);
};

struct mtp_endpoint {
	struct mtp_node node; /* in the context's endpoints */
	const struct mtp_endpoint_ops *ops;
	struct mtproto_context *context;
	/* For events: one of them. */
	struct mtproto_connection *connection;
	struct mtproto_server *server;
	enum mtproto_direction direction; /* of what it receives */
};

/* A session with something to send and the link to send it on. */
struct mtp_sender {
	struct mtp_node node; /* in the context's due list, or waiting for room in the link */
	struct mtp_session *session;
	struct mtproto_link *link; /* NULL: what waits goes on waiting */
	uint64_t delay_ns;         /* what there is to send waits so long for company */
	struct mtp_timer timer;    /* with a delay only: when it is due */
};

struct mtproto_context {
	struct mtproto_allocator allocator;
	struct mtproto_random random_hooks;
	const struct mtproto_random *random; /* NULL: libcrypto's */
	struct mtp_random_ahead padding;
	const struct mtproto_kernels *kernels;
	struct mtproto_context_config config;
	struct mtproto_now now; /* as last told */

	struct mtp_pool pool;
	struct mtp_timers timers;
	struct mtp_inflater inflater;
	struct mtp_deflater deflater;
	struct mtp_session_env env;
	struct mtp_events events;
	struct mtproto_dh_cache dh_cache;

	struct mtproto_rsa *rsa_keys[MTP_RSA_KEYS_MAX];
	size_t rsa_key_count;

	struct mtp_list endpoints;
	struct mtp_list filed;    /* links with bytes to look at */
	struct mtp_list due;      /* senders */
	struct mtp_list writable; /* links with bytes to send that the program was not told of */
	uint64_t link_number;     /* of the newest link */

	size_t trace_waiting; /* bytes of records that were not pulled */
	uint32_t trace_lost;  /* records that were left out since one was told */
};

/* Notes the time of an entry point: it never runs backwards. */
void mtp_context_set_now(struct mtproto_context *context, const struct mtproto_now *now);

/* Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_sender_init(struct mtp_sender *sender, struct mtproto_context *context,
				     struct mtp_session *session, uint64_t delay_ns);
/* Legal for a zeroed one. */
void mtp_sender_fini(struct mtp_sender *sender);

/* There is something to send: it is due when its delay is over. */
void mtp_sender_wake(struct mtproto_context *context, struct mtp_sender *sender);

/* Puts the sender on the due list, unless it waits for room in its link. */
void mtp_context_due(struct mtproto_context *context, struct mtp_sender *sender);

/* Lets the sender go on with another link, or (NULL) wait for one. */
void mtp_sender_move(struct mtproto_context *context, struct mtp_sender *sender, struct mtproto_link *link);

/* mono_ns so much later; MTPROTO_NEVER when that is too late to be said. */
static inline uint64_t mtp_later(const struct mtproto_now *now, uint64_t ns)
{
	return ns < MTPROTO_NEVER - now->mono_ns ? now->mono_ns + ns : MTPROTO_NEVER;
}

/* gzip.c: replaces a body of at least size_min bytes (0: none) by its gzip_packed form if that is worth it; *block (to
 * be dropped, or NULL) holds that. Errors: MTPROTO_ERR_MEMORY; then there may still be a block to drop. */
MTPROTO_MUST_USE int mtp_context_pack(struct mtproto_context *context, uint32_t size_min, struct mtproto_span *body,
				      struct mtp_block **block);

/* Encrypts what is due into its links. */
void mtp_context_seal(struct mtproto_context *context);

/* The keys that a client trusts when it was given none: the context's own, or Telegram's. Errors: MTPROTO_ERR_MEMORY,
 * MTPROTO_ERR_CRYPTO. */
MTPROTO_MUST_USE int mtp_context_trusted_keys(struct mtproto_context *context, const struct mtproto_rsa *const **keys,
					      size_t *count);

#endif
