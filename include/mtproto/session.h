/* A session on its own: packets in and out of one (auth_key, session_id), for programs with an engine of their own. It
 * numbers what is sent, checks what is received and remembers what must be acknowledged; if it is asked to, it keeps
 * what was sent and says when that must be sent again. It sends nothing by itself. The client connection (connection.h)
 * and the server (server.h) do all of that. Sources: core.telegram.org/mtproto/description,
 * /mtproto/service_messages_about_messages, /mtproto/security_guidelines. */
#ifndef MTPROTO_SESSION_H
#define MTPROTO_SESSION_H

#include <mtproto/message.h>
#include <mtproto/service.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mtproto_session;

struct mtproto_session_config {
	size_t size;
	const struct mtproto_allocator *allocator; /* NULL: malloc. Copied. */
	const struct mtproto_random *random;       /* NULL: libcrypto's. Copied. */
	const struct mtproto_kernels *kernels;     /* NULL: those of MTPROTO_KERNELS_AUTO */
	bool server;                               /* which side this is; false */
	const uint8_t *auth_key;                   /* required, 256 bytes. Copied. */
	uint64_t server_salt;                      /* the first to use; 0 */
	int64_t time_offset_ns;                    /* the server's time minus the wall clock; 0 */
	uint64_t session_id;                       /* 0: a random one */
	enum mtproto_padding padding;              /* MTPROTO_PADDING_SMALLEST */
	uint32_t ack_count_max;                    /* so many acks are due at once; 16 */
	uint64_t ack_delay_ns;                     /* or the oldest after this time; 5 s */
	uint32_t sent_messages_max;                /* so many sent messages are kept: see Recovery; 0: none */
	size_t sent_bytes_max;                     /* and so many bytes of them; 4 MiB */
};

MTPROTO_API void mtproto_session_config_init(struct mtproto_session_config *config);

/* now is the time from which time_offset_ns counts. Errors: MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_ARGUMENT,
 * MTPROTO_ERR_RANDOM, MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_new(struct mtproto_session **out, const struct mtproto_now *now,
						     const struct mtproto_session_config *config);

/* The session as bytes: keys, salt, clock, numbers, replay window and pending acks, with a version and a check. It is a
 * secret. At most MTPROTO_SESSION_STATE_MAX bytes; with out NULL only *len is set. Errors: MTPROTO_ERR_BUFFER. */
#define MTPROTO_SESSION_STATE_MAX 75000
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_export(struct mtproto_session *session, const struct mtproto_now *now,
							uint8_t *out, size_t cap, size_t *len);

/* A session that goes on where an exported one was, perhaps in another process; no one else may use it any longer.
 * config gives role, hooks and settings; its auth_key, server_salt, time_offset_ns and session_id are not looked at.
 * Errors: those of mtproto_session_new, MTPROTO_ERR_STATE_FORMAT, MTPROTO_ERR_STATE_VERSION. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_import(struct mtproto_session **out, const struct mtproto_now *now,
							const struct mtproto_session_config *config,
							const uint8_t *data, size_t len);

/* Wipes and frees; NULL is legal. */
MTPROTO_API void mtproto_session_free(struct mtproto_session *session);

/* ---- Out ---- */

/* msg_id and seq_no for the next message, taken in one step: they must be used in this order. content_related: an API
 * query, an answer or an update; false for acknowledgements and containers. answer (servers): the message answers one
 * of the client's. */
MTPROTO_API void mtproto_session_number(struct mtproto_session *session, const struct mtproto_now *now,
					bool content_related, bool answer, uint64_t *msg_id, uint32_t *seq_no);

/* One half of it each. next_seq_no counts a content-related message as sent; undo_seq_no takes the last such count
 * back, because the message was not sent after all (MTPROTO_ERR_STATE when there is none). */
MTPROTO_API uint64_t mtproto_session_next_msg_id(struct mtproto_session *session, const struct mtproto_now *now,
						 bool answer);
MTPROTO_API uint32_t mtproto_session_next_seq_no(struct mtproto_session *session, bool content_related);
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_undo_seq_no(struct mtproto_session *session);

/* Numbers and seals one object: body, len bytes, a multiple of 4. The packet goes to packet, of which packet_cap bytes
 * may be used; mtproto_packet_size with 12 to 1,024 bytes of padding says how many. *msg_id may be NULL.
 * Errors: MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_BUFFER, MTPROTO_ERR_TOO_LARGE, MTPROTO_ERR_RANDOM, MTPROTO_ERR_CRYPTO; the
 * numbers are taken all the same, which leaves a gap that does no harm. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_pack(struct mtproto_session *session, const struct mtproto_now *now,
						      const void *body, size_t len, bool content_related,
						      uint8_t *packet, size_t packet_cap, size_t *packet_len,
						      uint64_t *msg_id);

/* The same under numbers that the caller took before, for bodies that hold their own msg_id. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_pack_at(struct mtproto_session *session, uint64_t msg_id,
							 uint32_t seq_no, const void *body, size_t len, uint8_t *packet,
							 size_t packet_cap, size_t *packet_len);

/* One message of a container that is to be sent. */
struct mtproto_outgoing {
	struct mtproto_span body;
	bool content_related;
	bool answer;
	uint64_t msg_id; /* set by mtproto_session_write_container */
	uint32_t seq_no; /* likewise */
};

/* The most messages that are put into one container, and that are accepted in one. */
#define MTPROTO_CONTAINER_SENT_MAX     1000
#define MTPROTO_CONTAINER_RECEIVED_MAX 1024

/* Numbers 1..MTPROTO_CONTAINER_SENT_MAX messages in their order and writes them as a msg_container, the body of a
 * message that is not content-related. Errors: MTPROTO_ERR_ARGUMENT (count, a body that is no multiple of 4), those of
 * the writer. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_write_container(struct mtproto_session *session,
								 const struct mtproto_now *now,
								 struct mtproto_outgoing *messages, uint32_t count,
								 struct mtproto_tl_writer *w);

/* ---- In ---- */

/* Opens a packet in place and makes every check: key, msg_key, length, session_id, parity and time of msg_id, and that
 * it was not received before. A content-related message that is no container is noted for acknowledgement, also when it
 * is a duplicate. message->body points into the packet. Errors: those of mtproto_message_open, MTPROTO_ERR_SESSION_ID,
 * MTPROTO_ERR_MSG_ID_PARITY, MTPROTO_ERR_MSG_ID_OLD, MTPROTO_ERR_MSG_ID_FUTURE, MTPROTO_ERR_DUPLICATE,
 * MTPROTO_ERR_REPLAY, MTPROTO_ERR_MEMORY. After the last five and the parity error *message is filled: a client with a
 * wrong clock may look there for a bad_msg_notification or bad_server_salt, and for nothing else. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_unpack(struct mtproto_session *session, const struct mtproto_now *now,
							uint8_t *packet, size_t len, struct mtproto_message *message);

/* True when body is a msg_container. */
MTPROTO_API bool mtproto_container_test(struct mtproto_span body);

/* Checks the whole container that a message with this msg_id carries: sizes fit exactly, at most
 * MTPROTO_CONTAINER_RECEIVED_MAX messages, none of them a container, their msg_ids lower than its own. Returns 0 with r
 * at the first of *count messages, to be read by mtproto_container_message_read, or MTPROTO_ERR_CONTAINER. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_container_open(struct mtproto_span body, uint64_t msg_id,
							struct mtproto_tl_reader *r, uint32_t *count);

/* True when body is a msg_copy: an old message inside a new one, to be taken as if it had come by itself. */
MTPROTO_API bool mtproto_msg_copy_test(struct mtproto_span body);

/* The old message in the msg_copy that a message with this msg_id carries: its msg_id is lower, and it is neither a
 * container nor a copy. Returns 0 or MTPROTO_ERR_CONTAINER. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_msg_copy_open(struct mtproto_span body, uint64_t msg_id,
						       struct mtproto_container_message *original);

/* The checks of one message inside a container or a copy: parity and that it was not received before; notes it for
 * acknowledgement. A client takes one that is too old to be judged, a server does not: it might run a request twice.
 * Errors: MTPROTO_ERR_MSG_ID_PARITY, MTPROTO_ERR_DUPLICATE, MTPROTO_ERR_REPLAY (servers), MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_accept_inner(struct mtproto_session *session,
							      const struct mtproto_now *now,
							      const struct mtproto_container_message *message);

/* ---- Acknowledgements ---- */

/* The msg_ids that wait, in the order of arrival: *count of them, valid until the next call. */
MTPROTO_API const uint64_t *mtproto_session_pending_acks(const struct mtproto_session *session, uint32_t *count);

/* mono_ns at which they are to be sent at the latest: now or earlier when there are many; MTPROTO_NEVER without any. */
MTPROTO_API uint64_t mtproto_session_ack_deadline(const struct mtproto_session *session);

/* Writes them as a msgs_ack and forgets them; writes nothing when there are none. Call it before each packet, to send
 * them along. Errors: those of the writer; then nothing is forgotten. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_flush_acks(struct mtproto_session *session,
							    struct mtproto_tl_writer *w);

/* ---- Corrections ---- */

/* Follows a bad_msg_notification that came as msg_id and is about a message this program sent a short while ago (check
 * that first). 16 and 17 set the clock by msg_id; 32 and 33 draw a new session_id, since nobody can know by how much
 * seq_no is off. Returns 0 when the same message may be sent again with new numbers, 1 when everything unanswered must
 * be (a new session_id), MTPROTO_ERR_ARGUMENT for a code that no correction helps (18, 19, 34, 35, 64 and unknown
 * ones), MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_correct(struct mtproto_session *session, const struct mtproto_now *now,
							 uint64_t msg_id, int32_t error_code);

/* Begins again: seq_no from 0, nothing received, no acks; what is kept (see Recovery) must be sent again.
 * new_session_id draws another session_id, as a server wants it when seq_no begins again. Errors: MTPROTO_ERR_RANDOM.
 */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_reset(struct mtproto_session *session, bool new_session_id);

/* ---- Recovery ---- */

/* With sent_messages_max above 0 every message that is packed is kept, those of a container one by one, until it is
 * answered by an rpc_result, pong, future_salts or msgs_state_info, until (a server's) it is acknowledged, or until it
 * is forgotten. When there are too many or too large ones the oldest are forgotten; a message for which there is no
 * memory is not kept. A msgs_ack is not kept, but in a client its ids wait again when it was refused. Nothing of this
 * is part of an exported session.
 *
 * For each message that was unpacked, outer or inner: mtproto_session_follow. Then, while mtproto_session_again_len is
 * not 0: mtproto_session_pack_again. */

/* Acts on one object that came as msg_id. An answer or acknowledgement ends what is kept. bad_msg_notification and
 * bad_server_salt, if they are about something that is kept, correct the clock, the salt, the session_id or whether the
 * message counts as content-related, and have it sent again: all that was in it, for a container. new_session_created
 * sets the salt and has sent again what the server had before. msg_resend_req has sent again what it names, as it was.
 * Other objects are not looked at. Returns 0 or one of these errors: those of a reader (malformed),
 * MTPROTO_ERR_NOT_FOUND (a msg_resend_req of something that is not kept: to be answered with
 * mtproto_session_write_states), MTPROTO_ERR_LIMIT (something was refused for the eleventh time and is forgotten),
 * MTPROTO_ERR_RANDOM (no new session_id). */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_follow(struct mtproto_session *session, const struct mtproto_now *now,
							uint64_t msg_id, struct mtproto_span body);

/* The length of the body that mtproto_session_pack_again would pack; 0 when there is nothing to be sent again. */
MTPROTO_API size_t mtproto_session_again_len(const struct mtproto_session *session);

/* A message that was sent again. */
struct mtproto_sent_again {
	uint64_t old_msg_id;
	uint64_t msg_id;     /* by which it will be answered; the same when the peer asked for it by that */
	bool maybe_received; /* the peer may have acted on it before */
};

/* Packs the next message that must be sent again: the same body with the present salt, session_id and new numbers, or
 * under its old msg_id inside a container. Returns 1 with a packet, 0 when there is nothing, or an error of
 * mtproto_session_pack or MTPROTO_ERR_MEMORY: then it is still the next. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_pack_again(struct mtproto_session *session,
							    const struct mtproto_now *now, uint8_t *packet,
							    size_t packet_cap, size_t *packet_len,
							    struct mtproto_sent_again *again);

/* The message is done with: it was answered otherwise, or given up. Nothing happens when it is not kept. */
MTPROTO_API void mtproto_session_forget(struct mtproto_session *session, uint64_t msg_id);

/* Writes the msgs_state_info that answers a msgs_state_req, or a msg_resend_req that can't be served, which came as
 * req_msg_id and names these messages. Errors: MTPROTO_ERR_LIMIT (more than 8,192), those of the writer. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_session_write_states(const struct mtproto_session *session,
							      uint64_t req_msg_id, const struct mtproto_longs *msg_ids,
							      struct mtproto_tl_writer *w);

/* Settings of the moment: what bad_server_salt or new_session_created says, and what is known of the server's clock. */
MTPROTO_API void mtproto_session_set_salt(struct mtproto_session *session, uint64_t server_salt);
MTPROTO_API void mtproto_session_set_time_offset(struct mtproto_session *session, const struct mtproto_now *now,
						 int64_t time_offset_ns);

/* What is in use. */
MTPROTO_API uint64_t mtproto_session_salt(const struct mtproto_session *session);
MTPROTO_API uint64_t mtproto_session_id(const struct mtproto_session *session);
MTPROTO_API uint64_t mtproto_session_auth_key_id(const struct mtproto_session *session);

/* The server's time as the session knows it, Unix time in nanoseconds. */
MTPROTO_API int64_t mtproto_session_server_time_ns(const struct mtproto_session *session,
						   const struct mtproto_now *now);

#ifdef __cplusplus
}
#endif

#endif
