/* Tells what goes over a link by events, if the context was asked to. Each function looks at its flag first and does
 * nothing without it. */
#ifndef MTP_CONNECTION_TRACE_H
#define MTP_CONNECTION_TRACE_H

#include <mtproto/trace.h>

#include "connection/link.h"

/* How the link speaks is known. */
void mtp_trace_open(struct mtproto_link *link);

/* The link ends: its endpoint is about to be told. */
void mtp_trace_closed(struct mtproto_link *link);

/* Bytes of the stream, as they are on it. */
void mtp_trace_bytes(struct mtproto_link *link, bool sent, const uint8_t *data, size_t len);

/* What was decoded, and opened if it could be. */
void mtp_trace_received(struct mtproto_link *link, const struct mtp_packet *packet);

/* A message that is sealed next. */
void mtp_trace_sealed(struct mtproto_link *link, const struct mtproto_seal_job *job);

/* A packet that is not encrypted: a plain message or a transport error. */
void mtp_trace_sent(struct mtproto_link *link, const uint8_t *packet, size_t len);
void mtp_trace_quick_ack(struct mtproto_link *link, uint32_t token);

/* A key that was made on the link or is used on it from now on; none if it has no id yet. */
void mtp_trace_key(struct mtproto_link *link, const struct mtp_key *key);

/* The event was pulled: only now the time is known at which bytes came that were filed before. */
void mtp_trace_pulled(struct mtproto_context *context, const struct mtproto_event *event);

#endif
