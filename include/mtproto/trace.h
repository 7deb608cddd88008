/* What goes over the wire, told record by record, and a record as a line of text and back (docs/trace.md).
 *
 * A context that was made with flags in mtproto_context_config.trace gives each record as an event, MTPROTO_EVENT_TRACE
 * or, for keys, MTPROTO_EVENT_KEY_LOG. Without flags nothing is recorded and nothing copied.
 *
 * Records hold secrets: of messages, what was said; of keys, the keys themselves. Keep them as you would keep an
 * auth_key. */
#ifndef MTPROTO_TRACE_H
#define MTPROTO_TRACE_H

#include <mtproto/crypto.h>
#include <mtproto/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is to be told; any of them together. Links (OPEN, CLOSED) are told with the first two. */
#define MTPROTO_TRACE_FLAG_MESSAGES 1u /* each frame: MESSAGE, PLAIN, PACKET, ERROR, QUICK_ACK */
#define MTPROTO_TRACE_FLAG_STREAMS  2u /* BYTES: all of each stream, still encrypted */
#define MTPROTO_TRACE_FLAG_KEYS     4u /* KEY: what opens the above */

/* Records that wait to be pulled hold at most so many bytes, and one record more; beyond, records are left out and
 * counted by a LOST record. */
#define MTPROTO_TRACE_WAITING_MAX (16u << 20)

/* With the members that are set besides kind, time_ns and link. */
enum mtproto_trace_kind {
	MTPROTO_TRACE_OPEN = 1,      /* server, framing, obfuscated: a server knows them after the first bytes */
	MTPROTO_TRACE_CLOSED = 2,    /* error, transport_error */
	MTPROTO_TRACE_BYTES = 3,     /* direction, data: bytes as they are on the stream */
	MTPROTO_TRACE_MESSAGE = 4,   /* direction, auth_key_id, salt, session_id, msg_id, seq_no, data: an encrypted
					message's body. What is sent is told when it is sealed. */
	MTPROTO_TRACE_PLAIN = 5,     /* direction, msg_id, data: an unencrypted message's body */
	MTPROTO_TRACE_PACKET = 6,    /* direction, error, data: a packet that can't be opened, all of it */
	MTPROTO_TRACE_ERROR = 7,     /* direction, transport_error */
	MTPROTO_TRACE_QUICK_ACK = 8, /* direction, quick_ack_token */
	MTPROTO_TRACE_KEY = 9,  /* auth_key_id, temporary, expires_at, data: the auth_key. Told when the key is made
				   on the link and when a session that uses it comes to the link. */
	MTPROTO_TRACE_LOST = 10 /* count; link is that of the next record */
};

struct mtproto_trace {
	enum mtproto_trace_kind kind;
	enum mtproto_direction direction;
	uint64_t time_ns; /* Unix time by the program's wall clock, of the turn of its loop that told the record */
	uint64_t link;    /* the link's number: links of a context count from 1 */
	struct mtproto_span data;
	uint64_t auth_key_id;
	uint64_t salt;
	uint64_t session_id;
	uint64_t msg_id;
	uint32_t seq_no;
	uint32_t quick_ack_token;
	uint32_t expires_at; /* Unix time; 0 for a permanent key */
	uint32_t count;      /* records; UINT32_MAX: so many or more */
	int32_t error;       /* MTPROTO_ERR_ */
	int32_t transport_error;
	enum mtproto_framing framing;
	bool obfuscated;
	bool server;
	bool temporary;
};

/* The first line of a file of records. Where it stands again, as in files that were put together, it says nothing. */
#define MTPROTO_TRACE_HEADER "mtproto-trace 1\n"

/* Writes a record as one line with its line feed and a zero byte behind; *len does not count the zero byte. With out
 * NULL only *len is set. Errors: MTPROTO_ERR_ARGUMENT (no such kind; a KEY whose data is no auth_key; a MESSAGE or
 * PLAIN with less than a constructor id), MTPROTO_ERR_BUFFER. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_trace_format(char *out, size_t cap, size_t *len,
						      const struct mtproto_trace *record);

/* Reads one line of len bytes, with or without its line feed. data of the record goes to room, of which len / 2 bytes
 * are always enough; room may be where the line is. Returns 1 when there is a record, 0 for a line that has none (the
 * header, an empty line, a comment), or an error, with *reason (may be NULL) a sentence of static storage about it and
 * the record zeroed: MTPROTO_ERR_STATE_VERSION (the header of another version), MTPROTO_ERR_ENCODING (anything else),
 * MTPROTO_ERR_BUFFER. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_trace_parse(struct mtproto_trace *out, const char *line, size_t len,
						     uint8_t *room, size_t cap, const char **reason);

#ifdef __cplusplus
}
#endif

#endif
