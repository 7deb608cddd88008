/* msg_container on arrival: checked as a whole, then taken apart. Source:
 * core.telegram.org/mtproto/service_messages#containers. */
#ifndef MTP_SESSION_CONTAINER_H
#define MTP_SESSION_CONTAINER_H

#include <mtproto/service.h>

enum {
	MTP_CONTAINER_HEADER_SIZE = 8,    /* id and count */
	MTP_CONTAINER_RECEIVED_MAX = 1024 /* messages that are accepted in one */
};

/* True when body is a msg_container. */
bool mtp_container_test(struct mtproto_span body);

/* Checks the whole of a container with that msg_id, before any of it is used: counts and sizes fit exactly, no
 * container inside, inner msg_ids below its own. Returns 0 or MTPROTO_ERR_CONTAINER; r then stands at the first of
 * *count messages, to be read by mtproto_container_message_read. */
MTPROTO_MUST_USE int mtp_container_open(struct mtproto_span body, uint64_t msg_id, struct mtproto_tl_reader *r,
					uint32_t *count);

#endif
