/* A set of kernels: AES-256 and SHA-256 of the message path for one kind of CPU.
 *
 * One file holds one set. The functions see only whole blocks and parameters that were checked; what is the same for
 * every set (arguments, partial blocks, positions) is in ige.c, ctr.c and auth_key.c. */
#ifndef MTP_CRYPTO_KERNELS_H
#define MTP_CRYPTO_KERNELS_H

#include <mtproto/crypto.h>

#include "base/bytes.h"

#define MTP_AES_BLOCK 16

/* The encrypted part of one packet, to be sealed or opened in place. */
struct mtp_text {
	const uint8_t *key; /* auth_key + x, of which bytes 0..35, 40..75 and 88..119 are used */
	uint8_t *msg_key;   /* its place in the packet: written by seal, read by open */
	uint8_t *data;
	size_t blocks;                 /* of 16 bytes, at least MTP_TEXT_BLOCKS_MIN */
	const struct mtproto_ctr *ctr; /* open_ctr: the key stream over data, which is entered at ctr_position */
	uint64_t ctr_position;
	uint8_t msg_key_large[32]; /* the result of both: SHA256(key[88:120] | plaintext) */
	int error;                 /* MTPROTO_ERR_CRYPTO (libcrypto only): data is not what it should be */
};

#define MTP_TEXT_BLOCKS_MIN 3

/* A shorter text is not worth to be opened together with the key stream over it. */
#define MTP_CTR_BLOCKS_MIN 64

/* As many as are sorted by length together; more are done in parts. */
#define MTP_TEXTS_MAX 64

struct mtproto_kernels {
	const char *name;

	/* AES-256-IGE of blocks of 16 bytes, in place or not; iv is advanced. On error iv is as before. */
	int (*ige_encrypt)(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks);
	int (*ige_decrypt)(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks);

	/* ctr->key from key; ctr->iv is set before. */
	int (*ctr_init)(struct mtproto_ctr *ctr, const uint8_t key[32]);
	/* Releases what ctr_init took; NULL when that is nothing. The caller wipes the struct. */
	void (*ctr_fini)(struct mtproto_ctr *ctr);
	/* XORs blocks of the key stream, from block number first on, in place or not. */
	int (*ctr_xor)(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks);

	/* SHA256(prefix | plain). */
	void (*msg_key_large)(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32]);

	/* a = SHA256(msg_key | a_part), b = SHA256(b_part | msg_key), mixed to key and iv. */
	void (*kdf_v2)(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		       uint8_t aes_key[32], uint8_t aes_iv[32]);

	/* Seal or open up to so many texts at once, sorted: the longest first. NULL in a set that has nothing better
	 * than one step after the other. */
	void (*seal)(struct mtp_text *const *texts, size_t count);
	void (*open)(struct mtp_text *const *texts, size_t count);
	size_t seal_lanes;
	size_t open_lanes;

	/* Opens a text of at least MTP_CTR_BLOCKS_MIN under a key stream of this set. NULL in a set that has nothing
	 * better than one after the other. */
	void (*open_ctr)(struct mtp_text *text);
};

/* As mtproto_ctr_xor, from any position on and without moving to another one. */
int mtp_ctr_xor_at(const struct mtproto_ctr *ctr, uint64_t position, const uint8_t *in, uint8_t *out, size_t len);

/* Any number of texts in any order, on any set: seal computes msg_key over the plaintext, derives key and iv from it
 * and encrypts; open decrypts with the msg_key that came and computes the one of the plaintext, for the caller to
 * compare. A text with ctr, which kernels->open_ctr must be there for, is opened alone. */
void mtp_texts_seal(const struct mtproto_kernels *kernels, struct mtp_text *texts, size_t count);
void mtp_texts_open(const struct mtproto_kernels *kernels, struct mtp_text *texts, size_t count);

/* The sets. A set that this build can't contain is NULL; whether the CPU can run it is asked in kernels.c. */
const struct mtproto_kernels *mtp_kernels_libcrypto(void);
const struct mtproto_kernels *mtp_kernels_aesni(void);
const struct mtproto_kernels *mtp_kernels_vaes(void);
const struct mtproto_kernels *mtp_kernels_armv8(void);

/* Whether this CPU has AVX-512's multiplications of 52 bits: see dh_power.h. */
bool mtp_cpu_has_ifma(void);

/* A CTR counter: 128 bits, big endian on the wire. */
struct mtp_counter {
	uint64_t high;
	uint64_t low;
};

/* The counter of block number index when iv is the one of block 0. */
static inline struct mtp_counter mtp_counter_at(const uint8_t iv[MTP_AES_BLOCK], uint64_t index)
{
	struct mtp_counter c = {mtp_load_be64(iv), mtp_load_be64(iv + 8)};

	c.low += index;
	c.high += c.low < index;
	return c;
}

static inline void mtp_counter_next(struct mtp_counter *c)
{
	c->low++;
	c->high += c->low == 0;
}

#endif
