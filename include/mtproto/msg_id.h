/* Message identifiers: server time in units of 2^-32 seconds, strictly increasing for one sender, with the kind of the
 * message in the low two bits. Source: core.telegram.org/mtproto/description#message-identifier-msg-id. */
#ifndef MTPROTO_MSG_ID_H
#define MTPROTO_MSG_ID_H

#include <mtproto/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The low two bits. */
#define MTPROTO_MSG_ID_CLIENT 0u /* from a client */
#define MTPROTO_MSG_ID_REPLY  1u /* from a server, in answer to a client's message */
#define MTPROTO_MSG_ID_NOTICE 3u /* from a server, anything else */

/* Makes the identifiers of one sender. Start with all zeros. */
struct mtproto_msg_id_gen {
	uint64_t last; /* the last identifier given, 0 for none */
};

/* The next identifier for a message that is made at server_time_ns (Unix time of the server as the sender knows it; a
 * negative one counts as 0). low_bits is one of the values above. Always greater than the one before, also when the
 * time has stepped back: then the smallest that is greater, so two calls never give the same. */
MTPROTO_API uint64_t mtproto_msg_id_next(struct mtproto_msg_id_gen *gen, int64_t server_time_ns, unsigned low_bits);

/* The Unix time in nanoseconds at which a message with this identifier was made, rounded down. */
MTPROTO_API int64_t mtproto_msg_id_time_ns(uint64_t msg_id);

#ifdef __cplusplus
}
#endif

#endif
