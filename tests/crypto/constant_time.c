/* Runs what handles secrets under valgrind, with the secrets marked as undefined: memcheck then complains about each
 * branch and each address that depends on one. Started by scripts/constant-time-test.sh.
 *
 * usage: constant-time [leak]     leak: branches on a secret, to prove that the check finds it */
#include <mtproto/dh.h>
#include <mtproto/message.h>

#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "emulated/dh_emulated.h"

#include "crypto/kernels.h"
#include "crypto/sha.h"

#if defined(__x86_64__)
/* Valgrind's processor lacks SHA-NI and so the set, but can run its AES. */
int mtp_ige_encrypt_aesni(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks);
int mtp_ige_decrypt_aesni(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks);
int mtp_ctr_init_aesni(struct mtproto_ctr *ctr, const uint8_t key[32]);
int mtp_ctr_xor_aesni(const struct mtproto_ctr *ctr, uint64_t first, const uint8_t *in, uint8_t *out, size_t blocks);
#endif

#define BODY_LEN 200
#define PADDING  24

static void secret(void *memory, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(memory, len);
}

static void published(void *memory, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(memory, len);
}

static void fill(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i * 29 + 3);
}

/* The key and the body are secret; the id, which is sent, is not, and neither is the length. */
static bool seal_and_open(const struct mtproto_kernels *kernels)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE], body[BODY_LEN], packet[MTPROTO_MESSAGE_BODY_OFFSET + BODY_LEN + PADDING];
	struct mtproto_auth_key key;
	struct mtproto_seal_job seal = {
		.key = &key, .padding = PADDING, .packet = packet, .packet_cap = sizeof(packet)};
	struct mtproto_open_job open = {.key = &key, .packet = packet, .packet_len = sizeof(packet)};
	uint8_t wrong[sizeof(packet)];

	fill(data, sizeof(data));
	fill(body, sizeof(body));
	mtproto_auth_key_init(&key, data);
	secret(key.data, sizeof(key.data));
	secret(body, sizeof(body));
	seal.message.body = (struct mtproto_span){body, sizeof(body)};
	if (mtproto_message_seal(kernels, NULL, &seal))
		return false;
	/* What was sent is known to everybody. */
	published(packet, sizeof(packet));
	memcpy(wrong, packet, sizeof(packet));
	wrong[sizeof(packet) / 2] ^= 1;
	open.packet = wrong;
	/* That a message was refused may be seen; why and where may not. */
	mtproto_message_open_many(kernels, &open, 1);
	published(&open.result, sizeof(open.result));
	return open.result == MTPROTO_ERR_MSG_KEY;
}

static bool key_derivation(const struct mtproto_kernels *kernels)
{
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], plain[160], msg_key[32], aes_key[32], aes_iv[32];

	fill(auth_key, sizeof(auth_key));
	fill(plain, sizeof(plain));
	secret(auth_key, sizeof(auth_key));
	secret(plain, sizeof(plain));
	mtproto_msg_key_large(kernels, auth_key, MTPROTO_TO_SERVER, plain, sizeof(plain), msg_key);
	mtproto_kdf_v2(kernels, auth_key, msg_key + 8, MTPROTO_TO_SERVER, aes_key, aes_iv);
	mtproto_kdf_v1(auth_key, msg_key + 8, MTPROTO_TO_SERVER, aes_key, aes_iv);
	if (mtproto_ige_encrypt(kernels, aes_key, aes_iv, plain, plain, sizeof(plain)))
		return false;
	return mtproto_ige_decrypt(kernels, aes_key, aes_iv, plain, plain, sizeof(plain)) == 0;
}

static bool aesni(void)
{
#if defined(__x86_64__)
	uint8_t key[32], iv[32], text[160];
	struct mtproto_ctr ctr = {0};

	fill(key, sizeof(key));
	fill(iv, sizeof(iv));
	fill(text, sizeof(text));
	secret(key, sizeof(key));
	secret(iv, sizeof(iv));
	secret(text, sizeof(text));
	mtp_ige_encrypt_aesni(key, iv, text, text, sizeof(text) / MTP_AES_BLOCK);
	mtp_ige_decrypt_aesni(key, iv, text, text, sizeof(text) / MTP_AES_BLOCK);
	mtp_ctr_init_aesni(&ctr, key);
	return mtp_ctr_xor_aesni(&ctr, 1, text, text, sizeof(text) / MTP_AES_BLOCK) == 0;
#else
	return true;
#endif
}

static bool hashes_and_comparison(void)
{
	uint8_t text[200], sha1[20], sha256[32];
	const struct mtproto_span part = {text, sizeof(text)};
	bool equal;

	fill(text, sizeof(text));
	secret(text, sizeof(text));
	mtp_sha1(sha1, &part, 1);
	mtp_sha256(sha256, &part, 1);
	equal = mtproto_equal_const_time(sha1, sha256, sizeof(sha1));
	published(&equal, sizeof(equal));
	return !equal;
}

static bool diffie_hellman(void)
{
	uint8_t exponent[MTPROTO_DH_SIZE], value[MTPROTO_DH_SIZE], shared[MTPROTO_DH_SIZE];

	fill(exponent, sizeof(exponent));
	exponent[0] |= 0x80;
	secret(exponent, sizeof(exponent));
	if (mtproto_dh_public(mtproto_dh_known_prime(), 3, exponent, value))
		return false;
	published(value, sizeof(value));
	return mtproto_dh_shared(mtproto_dh_known_prime(), value, sizeof(value), exponent, shared) == 0;
}

/* Valgrind's processor lacks AVX-512, too. */
static bool diffie_hellman_emulated(void)
{
	uint8_t base[MTPROTO_DH_SIZE], exponent[MTPROTO_DH_SIZE], shared[MTPROTO_DH_SIZE];

	fill(base, sizeof(base));
	fill(exponent, sizeof(exponent));
	secret(base, sizeof(base));
	secret(exponent, sizeof(exponent));
	return emulated_dh_power(mtproto_dh_known_prime(), base, exponent, shared);
}

static bool leak(void)
{
	uint8_t text[32], sha256[32];
	const struct mtproto_span part = {text, sizeof(text)};

	fill(text, sizeof(text));
	secret(text, sizeof(text));
	mtp_sha256(sha256, &part, 1);
	return sha256[0] & 1;
}

int main(int argc, char **argv)
{
	const struct mtproto_kernels *libcrypto = mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
	bool done;

	if (argc > 1 && strcmp(argv[1], "leak") == 0) {
		printf("%s\n", leak() ? "odd" : "even");
		return 0;
	}
	done = seal_and_open(libcrypto) && key_derivation(libcrypto) && hashes_and_comparison();
	if (mtproto_kernels_get(MTPROTO_KERNELS_AESNI))
		done = done && seal_and_open(mtproto_kernels_get(MTPROTO_KERNELS_AESNI));
	done = done && aesni() && diffie_hellman() && diffie_hellman_emulated();
	printf("%s\n", done ? "done" : "something failed");
	return done ? 0 : 1;
}
