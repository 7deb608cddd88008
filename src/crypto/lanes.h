/* Texts side by side, for the kernel files of x86: lane i works on one text after the other, and as many lanes work at
 * once as hide each other's latency. The lanes that are busy are always the first ones. */
#ifndef MTP_CRYPTO_LANES_H
#define MTP_CRYPTO_LANES_H

#include "crypto/aesni.h"
#include "crypto/ctr_aesni.h"
#include "crypto/kernels.h"
#include "crypto/shani.h"

#define LANES_MAX    16
#define LANES_AESNI  8 /* as many as it takes to hide the latency of AES */
#define LANES_SHADOW 4 /* as many as it takes to hide the latency of SHA */

/* The first round key, and the last one. */
#define FIRST_KEY 0
#define LAST_KEY  AESNI_ROUNDS

/* SHA256(prefix | plain) is done in three pieces: the prefix and the first two blocks of the plaintext, whole blocks
 * from where they are, and the end with its padding. */
enum hash_piece { HEAD, MIDDLE, TAIL };

struct hash_stream {
	struct mtp_text *text;
	enum hash_piece piece;
	size_t left;      /* blocks of this piece */
	uint8_t edge[64]; /* the head, later the tail */
};

/* One column a lane, so that four neighbours are one operand of 512 bits. */
struct lanes {
	/* IGE. */
	_Alignas(64) __m128i key[AESNI_ROUNDS + 1][LANES_MAX];
	_Alignas(64) __m128i previous_out[LANES_MAX];
	_Alignas(64) __m128i previous_in[LANES_MAX];
	uint8_t *text[LANES_MAX]; /* the next block of each lane */
	size_t left[LANES_MAX];   /* blocks of each lane */

	/* SHA-256. */
	struct shani_state hash[LANES_MAX];
	const uint8_t *hashed[LANES_MAX]; /* the next block of each stream */
	struct hash_stream stream[LANES_MAX];
};

/* What a kernel set does with lanes. */
struct lanes_ops {
	/* IGE of blocks > 0 of each of the first count lanes, in place. */
	void (*crypt)(struct lanes *lanes, size_t count, size_t blocks, bool encrypt);
	size_t lanes;

	/* SHA-256 of blocks > 0 of each of count streams. */
	void (*hash)(struct shani_state *state, const uint8_t *const *data, size_t count, size_t blocks);
	size_t streams;
	size_t streams_min; /* to be worth more than LANES_SHADOW of them */

	/* Decrypts four blocks of each of at most LANES_SHADOW lanes and hashes the 64 bytes at data[i], steps > 0
	 * times. What it hashes was decrypted before. */
	void (*shadow)(struct lanes *lanes, const uint8_t *const *data, size_t count, size_t steps);

	/* The same for one lane, while 64 bytes a step are freed from the key stream over them. What is decrypted was
	 * freed before. */
	void (*shadow_ctr)(struct lanes *lanes, const uint8_t *data, size_t steps, struct ctr_aesni *ctr);

	/* The same for LANES_SHADOW lanes that are encrypted, while other texts are hashed; NULL when that is not
	 * faster than one after the other. */
	void (*encrypt_and_hash)(struct lanes *lanes, const uint8_t *const *data, size_t steps);
};

void mtp_lanes_crypt_aesni(struct lanes *lanes, size_t count, size_t blocks, bool encrypt);
void mtp_lanes_hash_aesni(struct shani_state *state, const uint8_t *const *data, size_t count, size_t blocks);
void mtp_lanes_shadow_aesni(struct lanes *lanes, const uint8_t *const *data, size_t count, size_t steps);
void mtp_lanes_shadow_ctr_aesni(struct lanes *lanes, const uint8_t *data, size_t steps, struct ctr_aesni *ctr);
void mtp_lanes_encrypt_and_hash_aesni(struct lanes *lanes, const uint8_t *const *data, size_t steps);
void mtp_lanes_shadow_vaes(struct lanes *lanes, const uint8_t *const *data, size_t count, size_t steps);
void mtp_lanes_shadow_ctr_vaes(struct lanes *lanes, const uint8_t *data, size_t steps, struct ctr_aesni *ctr);

/* What works on one text, for every set of x86: as in struct mtproto_kernels. */
int mtp_ige_encrypt_aesni(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks);
int mtp_ige_decrypt_aesni(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks);
int mtp_ctr_init_aesni(struct mtproto_ctr *ctr, const uint8_t key[32]);
int mtp_ctr_xor_aesni(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks);
void mtp_msg_key_large_aesni(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32]);
void mtp_kdf_v2_aesni(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		      uint8_t aes_key[32], uint8_t aes_iv[32]);

/* Seals one text, opens a short one. */
void mtp_seal_one_aesni(struct mtp_text *text);
void mtp_open_one_aesni(struct mtp_text *text);

/* The three jobs of a kernel set. */
void mtp_lanes_seal(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count);
void mtp_lanes_open(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count);
void mtp_lanes_open_ctr(const struct lanes_ops *ops, struct mtp_text *text);

#endif
