/* Texts side by side, for the kernel files of x86: lane i works on text i, and all of them are at the same place in
 * their texts. They are sorted, the longest first, so that the lanes that are still busy are always the first ones. */
#ifndef MTP_CRYPTO_LANES_H
#define MTP_CRYPTO_LANES_H

#include "crypto/aesni.h"
#include "crypto/kernels.h"
#include "crypto/shani.h"

#define LANES_MAX    16
#define LANES_AESNI  8 /* as many as it takes to hide the latency of AES */
#define LANES_SHADOW 4 /* as many as it takes to hide the latency of SHA */

/* The first round key, and the last one. */
#define FIRST_KEY 0
#define LAST_KEY  AESNI_ROUNDS

/* One column a lane, so that four neighbours are one operand of 512 bits. */
struct lanes {
	_Alignas(64) __m128i key[AESNI_ROUNDS + 1][LANES_MAX];
	_Alignas(64) __m128i previous_out[LANES_MAX];
	_Alignas(64) __m128i previous_in[LANES_MAX];
	uint8_t *text[LANES_MAX]; /* the next block of each lane */

	/* Of SHA256(prefix | plain): its state, its first block and its last one. What is between them is in the text.
	 */
	struct shani_state hash[LANES_MAX];
	const uint8_t *hashed[LANES_MAX];
	uint8_t head[LANES_MAX][64];
	uint8_t tail[LANES_MAX][64];
};

/* What a kernel set does with lanes. */
struct lanes_ops {
	/* IGE of blocks > 0 of each of the first count lanes, in place. */
	void (*crypt)(struct lanes *lanes, size_t count, size_t blocks, bool encrypt);

	/* SHA-256 of blocks > 0 at hashed[i], for the first count lanes. */
	void (*hash)(struct lanes *lanes, size_t count, size_t blocks);

	/* Decrypts four blocks of each of at most LANES_SHADOW lanes and hashes the 64 bytes at data[i], steps > 0
	 * times. What it hashes was decrypted before. */
	void (*shadow)(struct lanes *lanes, const uint8_t *const *data, size_t count, size_t steps);
};

void mtp_lanes_crypt_aesni(struct lanes *lanes, size_t count, size_t blocks, bool encrypt);
void mtp_lanes_shadow_aesni(struct lanes *lanes, const uint8_t *const *data, size_t count, size_t steps);

/* What works on one text, for every set of x86: as in struct mtproto_kernels. */
int mtp_ige_encrypt_aesni(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks);
int mtp_ige_decrypt_aesni(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks);
int mtp_ctr_init_aesni(struct mtproto_ctr *ctr, const uint8_t key[32]);
int mtp_ctr_xor_aesni(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks);
void mtp_msg_key_large_aesni(const uint8_t prefix[32], const uint8_t *plain, size_t len, uint8_t out[32]);
void mtp_kdf_v2_aesni(const uint8_t a_part[36], const uint8_t b_part[36], const uint8_t msg_key[MTPROTO_MSG_KEY_SIZE],
		      uint8_t aes_key[32], uint8_t aes_iv[32]);

/* The two jobs of a kernel set. open takes at most LANES_SHADOW texts: more at once would not be faster, since the
 * hashing of four leaves the SHA unit no pause. */
void mtp_lanes_seal(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count);
void mtp_lanes_open(const struct lanes_ops *ops, struct mtp_text *const *texts, size_t count);

#endif
