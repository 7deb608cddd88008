/* What the files of the client's steps share. */
#ifndef MTP_HANDSHAKE_STEPS_H
#define MTP_HANDSHAKE_STEPS_H

#include <mtproto/handshake.h>

/* 0 when the settings are in range and this stage is the current one. */
MTPROTO_MUST_USE int mtp_steps_check(const struct mtproto_handshake_state *state,
				     const struct mtproto_handshake_config *config, enum mtproto_handshake_stage stage);

/* Ends a step: goes to the next stage, or after an error wipes everything and goes to FAILED. Returns error. */
MTPROTO_MUST_USE int mtp_steps_end(struct mtproto_handshake_state *state, enum mtproto_handshake_stage next, int error);

/* 0 or MTPROTO_ERR_NONCE. */
MTPROTO_MUST_USE int mtp_steps_check_nonces(const struct mtproto_handshake_state *state, const uint8_t nonce[16],
					    const uint8_t server_nonce[16]);

#endif
