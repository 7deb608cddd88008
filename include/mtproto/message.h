/* Encrypted messages: one packet <-> one message, without any state.
 *
 * A packet is auth_key_id (8) | msg_key (16) | AES-256-IGE(salt 8 | session_id 8 | msg_id 8 | seq_no 4 | length 4 |
 * body | padding 12..1024). Source: core.telegram.org/mtproto/description. */
#ifndef MTPROTO_MESSAGE_H
#define MTPROTO_MESSAGE_H

#include <mtproto/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTPROTO_PACKET_HEADER_SIZE  24 /* auth_key_id and msg_key */
#define MTPROTO_MESSAGE_HEADER_SIZE 32 /* salt, session_id, msg_id, seq_no, length */
#define MTPROTO_MESSAGE_PADDING_MIN 12
#define MTPROTO_MESSAGE_PADDING_MAX 1024
#define MTPROTO_PACKET_SIZE_MIN     72

/* Where a body begins in its packet. */
#define MTPROTO_MESSAGE_BODY_OFFSET (MTPROTO_PACKET_HEADER_SIZE + MTPROTO_MESSAGE_HEADER_SIZE)

/* The longest body: what the length field can say and our frames can carry. */
#define MTPROTO_MESSAGE_BODY_MAX ((size_t)(16u << 20))

/* An auth_key with its id. The struct is a secret: wipe it with mtproto_wipe. */
struct mtproto_auth_key {
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];
	uint64_t id;
};

/* Copies the key and computes its id. */
MTPROTO_API void mtproto_auth_key_init(struct mtproto_auth_key *key, const uint8_t data[MTPROTO_AUTH_KEY_SIZE]);

struct mtproto_message {
	uint64_t salt;
	uint64_t session_id;
	uint64_t msg_id;
	uint32_t seq_no;
	struct mtproto_span body; /* one boxed object; a multiple of 4 bytes, at least 4 */
};

enum mtproto_padding {
	MTPROTO_PADDING_SMALLEST = 0, /* 12..27 bytes, as few as the block size allows */
	MTPROTO_PADDING_RANDOM = 1    /* the same and 16 times a random number from 0 to 15 more */
};

/* A number of padding bytes for a body, always legal. random NULL: libcrypto's; used by RANDOM only.
 * Errors: MTPROTO_ERR_RANDOM. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_message_padding(enum mtproto_padding policy,
							 const struct mtproto_random *random, size_t body_len,
							 size_t *padding);

/* The size of the packet for a body and its padding. */
MTPROTO_API size_t mtproto_packet_size(size_t body_len, size_t padding);

/* One message to encrypt, with its own key, length and place. */
struct mtproto_seal_job {
	const struct mtproto_auth_key *key;
	enum mtproto_direction direction;
	struct mtproto_message message; /* body may already stand at packet + MTPROTO_MESSAGE_BODY_OFFSET */
	size_t padding;                 /* 12..1024, such that 32 + body + padding is a multiple of 16 */
	uint8_t *packet;                /* where to write */
	size_t packet_cap;

	/* Set by seal. */
	size_t packet_len;
	uint32_t quick_ack_token; /* what a quick ack of this packet will say */
	int result;               /* 0, MTPROTO_ERR_ARGUMENT, _BUFFER, _TOO_LARGE, _RANDOM or _CRYPTO */
};

/* Seals count messages, in any order. Each job's result is its own: one that fails harms no other.
 * random (NULL: libcrypto's) gives the padding bytes, drawn for many messages at a time in the order of the jobs. With
 * more than one message the CPU is used better, so that eight take less than half of the time of eight calls. */
MTPROTO_API void mtproto_message_seal_many(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
					   struct mtproto_seal_job *jobs, size_t count);

/* One packet to decrypt, in place. */
struct mtproto_open_job {
	const struct mtproto_auth_key *key;
	enum mtproto_direction direction; /* of the message: MTPROTO_TO_CLIENT when a client receives it */
	uint8_t *packet;
	size_t packet_len; /* with or without transport padding behind it */

	/* NULL, or the obfuscation that still lies over the packet from byte MTPROTO_PACKET_HEADER_SIZE on, and the
	 * position of that byte in its key stream; ctr's own position is neither used nor moved. To remove it here
	 * costs one message of 1 KB and more next to nothing. A packet that is refused before it is decrypted, as too
	 * short or for its auth_key_id, stays as it is. */
	const struct mtproto_ctr *ctr;
	uint64_t ctr_position;

	/* Set by open; body points into the packet. */
	struct mtproto_message message;
	uint32_t quick_ack_token;
	int result; /* 0, MTPROTO_ERR_AUTH_KEY_ID, _MSG_KEY, _MESSAGE_LENGTH or _CRYPTO */
};

/* Opens count packets, in any order. What fails is wiped and harms no other. msg_key is compared in constant time over
 * the whole plaintext before anything in it is looked at. */
MTPROTO_API void mtproto_message_open_many(const struct mtproto_kernels *kernels, struct mtproto_open_job *jobs,
					   size_t count);

/* The two above for one message; return the job's result. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_message_seal(const struct mtproto_kernels *kernels,
						      const struct mtproto_random *random,
						      struct mtproto_seal_job *job);
MTPROTO_MUST_USE MTPROTO_API int mtproto_message_open(const struct mtproto_kernels *kernels,
						      struct mtproto_open_job *job);

#ifdef __cplusplus
}
#endif

#endif
