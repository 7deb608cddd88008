/* A link's insides: bytes in, frames out of them; packets in, bytes out. */
#ifndef MTP_CONNECTION_LINK_H
#define MTP_CONNECTION_LINK_H

#include <mtproto/link.h>

#include "connection/context.h"

struct mtproto_link {
	struct mtp_node filed_node;    /* in context->filed */
	struct mtp_node writable_node; /* in context->writable */
	struct mtp_node owner_node;    /* for the endpoint */
	struct mtproto_context *context;
	struct mtp_endpoint *endpoint; /* NULL once closed */
	uint64_t number;               /* of all links of the context, from 1 */
	void *user;
	void *owner; /* for the endpoint */

	bool server;
	bool detecting; /* server: the kind of the stream is not known yet */
	bool obfuscated;
	bool mute; /* server: a fault that was asked for: what it has to send is swallowed */
	struct mtproto_frame_decoder decoder;
	struct mtproto_frame_encoder encoder;
	struct mtproto_obfuscation obfuscation;

	struct mtp_block *in; /* received bytes; NULL while there are none */
	size_t in_begin;      /* of what was not decoded yet */
	size_t in_clear;      /* of what was not deobfuscated yet, nor left to be with its packet */
	size_t in_end;
	size_t in_wanted; /* bytes from in_begin that the decoder waits for */

	struct mtp_list out;  /* struct mtp_chunk */
	size_t out_len;       /* bytes in it that were not sent */
	struct mtp_list full; /* senders that wait for room in it */

	uint64_t last_received_ns;
	int error;
	int32_t transport_error;
	const char *reason;           /* static storage */
	struct mtp_event_node closed; /* becomes LINK_CLOSED */
};

/* A piece of what is to be sent. */
struct mtp_chunk {
	struct mtp_node node;
	size_t cap;
	size_t begin;
	size_t end;
	uint8_t data[];
};

/* A client's link with its first bytes (obfuscation header or tag) waiting to be sent. Errors: MTPROTO_ERR_ARGUMENT,
 * MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_MEMORY, MTPROTO_ERR_RANDOM, MTPROTO_ERR_CRYPTO. */
MTPROTO_MUST_USE int mtp_link_new_client(struct mtproto_link **out, struct mtp_endpoint *endpoint,
					 const struct mtproto_link_config *config);

/* A server's link, which finds out how its client speaks. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_link_new_server(struct mtproto_link **out, struct mtp_endpoint *endpoint);

/* Frees a link at once, without an event: its endpoint goes away. */
void mtp_link_free(struct mtproto_link *link);

/* Ends the link from inside. detail, of static storage, explains the error further; NULL takes its text. */
void mtp_link_fail(struct mtproto_link *link, int error, const char *detail);

/* The next of what was filed. Returns 1 with *packet (whose block is held), 0 when there is none. */
int mtp_link_next_packet(struct mtproto_link *link, struct mtp_packet *packet);

/* Queues bytes as they are: the beginning of a stream. Errors: MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_link_send_raw(struct mtproto_link *link, const uint8_t *data, size_t len);

/* Frames a finished packet and queues it. Failure closes the link. */
void mtp_link_send_packet(struct mtproto_link *link, const uint8_t *packet, size_t len);

/* The same in two steps, so that a packet is sealed in its place. reserve: room for a packet of len bytes with its
 * frame around it; what was reserved must be finished, in the same order, before anything else is done with the link.
 * finish: frames and obfuscates it; failure closes the link. Errors: MTPROTO_ERR_MEMORY, MTPROTO_ERR_RANDOM (then
 * nothing was reserved). */
struct mtp_reservation {
	struct mtproto_link *link;
	uint8_t *start;
	uint8_t *packet;
	size_t len;
	size_t head_len;
	size_t padding;
	size_t tail_len;
};

MTPROTO_MUST_USE int mtp_link_reserve(struct mtproto_link *link, size_t len, struct mtp_reservation *reservation);
void mtp_link_finish(const struct mtp_reservation *reservation);

/* Takes the last reservation back. */
void mtp_link_cancel(const struct mtp_reservation *reservation);

/* Server: queues a transport error or a quick ack. */
void mtp_link_send_transport_error(struct mtproto_link *link, int32_t code);
void mtp_link_send_quick_ack(struct mtproto_link *link, uint32_t token);

#endif
