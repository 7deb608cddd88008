/* A session as bytes, for another process: docs/session-state.md has the format. */
#ifndef MTP_SESSION_STATE_H
#define MTP_SESSION_STATE_H

#include "session/acks.h"
#include "session/key.h"
#include "session/window.h"

/* What a session must remember, wherever it lives. */
struct mtp_state {
	struct mtp_key *key;
	bool server;
	uint64_t *session_id;
	uint32_t *content_count;
	struct mtproto_msg_id_gen *msg_ids;
	struct mtp_window *window;
	struct mtp_acks *acks;
};

/* Writes the state with its check to cap bytes at out; with out NULL only *len is set. Errors: MTPROTO_ERR_BUFFER. */
MTPROTO_MUST_USE int mtp_state_write(const struct mtp_state *state, const struct mtproto_now *now, uint8_t *out,
				     size_t cap, size_t *len);

/* Reads it back into a fresh session of the same role. Errors: MTPROTO_ERR_STATE_FORMAT (not such a state, or damaged),
 * MTPROTO_ERR_STATE_VERSION (of a newer library), MTPROTO_ERR_MEMORY; then the session must not be used. */
MTPROTO_MUST_USE int mtp_state_read(const struct mtp_state *state, const struct mtproto_now *now, const uint8_t *data,
				    size_t len);

#endif
