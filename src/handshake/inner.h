/* What both sides of the key exchange have in common: P_Q_inner_data in its four kinds, and the envelope of the two
 * Diffie-Hellman objects. */
#ifndef MTP_HANDSHAKE_INNER_H
#define MTP_HANDSHAKE_INNER_H

#include <mtproto/handshake.h>
#include <mtproto/tl.h>

/* A big-endian number without leading zeros as bytes. */
void mtp_number_write(struct mtproto_tl_writer *w, uint64_t number);

/* The value of big-endian bytes, leading zeros or not. MTPROTO_ERR_ENCODING above 64 bits. */
MTPROTO_MUST_USE int mtp_number_read(uint64_t *number, struct mtproto_span bytes);

/* A 2048-bit number, left-padded, as bytes without leading zeros. */
struct mtproto_span mtp_without_zeros(const uint8_t number[MTPROTO_DH_SIZE]);

/* Draws an exponent and computes g^exponent, again until that is in range. Returns 0, MTPROTO_ERR_RANDOM (the source
 * failed, or gives nothing usable: the odds against a sound one are 2^-64 for each draw), MTPROTO_ERR_CRYPTO or
 * _MEMORY. */
MTPROTO_MUST_USE int mtp_dh_draw(const struct mtproto_random *random, const uint8_t prime[MTPROTO_DH_SIZE], int32_t g,
				 uint8_t exponent[MTPROTO_DH_SIZE], uint8_t value[MTPROTO_DH_SIZE]);

struct mtp_pq_inner {
	enum mtproto_handshake_kind kind;
	uint64_t pq, p, q;
	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint8_t new_nonce[32];
	int32_t dc;         /* 0 when the kind has none */
	int32_t expires_in; /* 0 when the kind has none */
};

bool mtp_kind_is_temporary(enum mtproto_handshake_kind kind);
bool mtp_kind_has_dc(enum mtproto_handshake_kind kind);

void mtp_pq_inner_write(struct mtproto_tl_writer *w, const struct mtp_pq_inner *inner);

/* Returns the reader's sticky error; MTPROTO_ERR_CONSTRUCTOR for another object. */
MTPROTO_MUST_USE int mtp_pq_inner_read(struct mtp_pq_inner *inner, struct mtproto_tl_reader *r);

/* The envelope: SHA1(object) | object | 0..15 random bytes, encrypted under the temporary key of the nonces. */
#define MTP_ENVELOPE_HEADER 20
#define MTP_ENVELOPE_MAX    592 /* the largest, of server_DH_inner_data */

struct mtp_envelope_key {
	const struct mtproto_kernels *kernels;
	const uint8_t *new_nonce;
	const uint8_t *server_nonce;
};

/* Wraps len bytes into out, which has *out_len bytes afterwards. Draws the padding from random. */
MTPROTO_MUST_USE int mtp_envelope_seal(const struct mtp_envelope_key *key, const struct mtproto_random *random,
				       const uint8_t *object, size_t len, uint8_t out[MTP_ENVELOPE_MAX],
				       size_t *out_len);

/* Decrypts into out and lets r read what should be the object. MTPROTO_ERR_ENCODING for an impossible length. */
MTPROTO_MUST_USE int mtp_envelope_open(const struct mtp_envelope_key *key, struct mtproto_span encrypted,
				       uint8_t out[MTP_ENVELOPE_MAX], struct mtproto_tl_reader *r);

/* After the object was read: MTPROTO_ERR_HASH unless reading succeeded, the hash is of exactly what was read, and less
 * than a block follows. Nothing that was read may be used before. */
MTPROTO_MUST_USE int mtp_envelope_check(const uint8_t opened[MTP_ENVELOPE_MAX], const struct mtproto_tl_reader *r);

#endif
