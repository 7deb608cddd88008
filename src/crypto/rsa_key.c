#include "crypto/rsa_key.h"

#include <mtproto/tl.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "crypto/sha.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#define MODULUS_BITS    (8 * MTP_RSA_SIZE)
#define EXPONENT_MIN    3
#define EXPONENT_SIZE   4
#define GENERATE_TRIES  64
#define TOP_DIGIT_SHIFT 60

/* Room for two TL byte strings: a prefix of 4 bytes and the padding of each. */
#define FINGERPRINT_TEXT_SIZE (4 + MTP_RSA_SIZE + 4 + EXPONENT_SIZE + 3)

typedef int raw_init(EVP_PKEY_CTX *operation);
typedef int raw_run(EVP_PKEY_CTX *operation, unsigned char *out, size_t *out_len, const unsigned char *in, size_t len);

/* A number of the key as bytes without leading zeros; *len is above cap when they don't fit. */
static int number_of(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t cap, size_t *len)
{
	BIGNUM *number = NULL;

	if (!EVP_PKEY_get_bn_param(pkey, name, &number))
		return MTPROTO_ERR_MEMORY;
	*len = (size_t)BN_num_bytes(number);
	if (*len <= cap)
		BN_bn2bin(number, out);
	BN_free(number);
	return 0;
}

static bool exponent_allowed(const uint8_t *exponent, size_t len)
{
	return len && len <= EXPONENT_SIZE && exponent[len - 1] & 1 && (len > 1 || exponent[0] >= EXPONENT_MIN);
}

/* SHA1(n:string e:string)[12:20]. */
static int make_fingerprint(struct mtproto_rsa *key, const uint8_t *exponent, size_t exponent_len)
{
	uint8_t text[FINGERPRINT_TEXT_SIZE];
	uint8_t sha1[20];
	struct mtproto_tl_writer w;
	struct mtproto_span part = {text, 0};

	mtproto_tl_writer_init(&w, text, sizeof(text));
	mtproto_tl_write_bytes(&w, key->modulus, sizeof(key->modulus));
	mtproto_tl_write_bytes(&w, exponent, exponent_len);
	if (mtproto_tl_writer_end(&w))
		return MTPROTO_ERR_INTERNAL;
	part.len = w.len;
	mtp_sha1(sha1, &part, 1);
	key->fingerprint = mtp_load_le64(sha1 + 12);
	return 0;
}

/* An even modulus is no product of primes, and libcrypto's arithmetic would refuse it only when it is used. */
static int describe(struct mtproto_rsa *key)
{
	uint8_t exponent[EXPONENT_SIZE];
	size_t len;
	int error;

	if (EVP_PKEY_get_bits(key->pkey) != MODULUS_BITS)
		return MTPROTO_ERR_RSA_KEY_SIZE;
	error = number_of(key->pkey, OSSL_PKEY_PARAM_RSA_N, key->modulus, sizeof(key->modulus), &len);
	if (error)
		return error;
	if (len != MTP_RSA_SIZE || !(key->modulus[MTP_RSA_SIZE - 1] & 1))
		return MTPROTO_ERR_PEM;
	error = number_of(key->pkey, OSSL_PKEY_PARAM_RSA_E, exponent, sizeof(exponent), &len);
	if (error)
		return error;
	if (!exponent_allowed(exponent, len))
		return MTPROTO_ERR_RSA_KEY_SIZE;
	return make_fingerprint(key, exponent, len);
}

/* Both halves belong together when one undoes the other: a damaged private key would otherwise show up as exchanges
 * that all fail. */
static int check_halves(const struct mtproto_rsa *key)
{
	const uint8_t number[MTP_RSA_SIZE] = {[MTP_RSA_SIZE - 1] = 2};
	uint8_t result[MTP_RSA_SIZE];

	if (mtp_rsa_private(key, number, result) || mtp_rsa_public(key, result, result))
		return MTPROTO_ERR_PEM;
	return mtproto_equal_const_time(result, number, sizeof(number)) ? 0 : MTPROTO_ERR_PEM;
}

int mtp_rsa_new(struct mtproto_rsa **out, EVP_PKEY *pkey, bool is_private)
{
	const struct mtproto_allocator allocator = mtp_allocator_or_default(NULL);
	struct mtproto_rsa *key = mtp_alloc_zero(&allocator, sizeof(*key));
	int error;

	*out = NULL;
	if (!key) {
		EVP_PKEY_free(pkey);
		return MTPROTO_ERR_MEMORY;
	}
	key->pkey = pkey;
	key->is_private = is_private;
	error = describe(key);
	if (!error && is_private)
		error = check_halves(key);
	if (error) {
		mtproto_rsa_free(key);
		return error;
	}
	*out = key;
	return 0;
}

void mtproto_rsa_free(struct mtproto_rsa *key)
{
	const struct mtproto_allocator allocator = mtp_allocator_or_default(NULL);

	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	mtp_release(&allocator, key, sizeof(*key));
}

int mtproto_rsa_generate(struct mtproto_rsa **out)
{
	*out = NULL;
	for (int i = 0; i < GENERATE_TRIES; i++) {
		EVP_PKEY *pkey = EVP_RSA_gen(MODULUS_BITS);
		struct mtproto_rsa *key;
		int error;

		if (!pkey)
			return MTPROTO_ERR_CRYPTO;
		error = mtp_rsa_new(&key, pkey, true);
		if (error)
			return error == MTPROTO_ERR_MEMORY ? error : MTPROTO_ERR_CRYPTO;
		if (key->fingerprint >> TOP_DIGIT_SHIFT) {
			*out = key;
			return 0;
		}
		mtproto_rsa_free(key);
	}
	return MTPROTO_ERR_CRYPTO;
}

uint64_t mtproto_rsa_fingerprint(const struct mtproto_rsa *key)
{
	return key->fingerprint;
}

bool mtproto_rsa_is_private(const struct mtproto_rsa *key)
{
	return key->is_private;
}

bool mtp_rsa_in_range(const struct mtproto_rsa *key, const uint8_t number[MTP_RSA_SIZE])
{
	unsigned borrow = 0;

	for (size_t i = MTP_RSA_SIZE; i-- > 0;)
		borrow = ((unsigned)number[i] - key->modulus[i] - borrow) >> 8 & 1;
	return borrow;
}

static int raw(const struct mtproto_rsa *key, raw_init *init, raw_run *run, const uint8_t *number, uint8_t *out)
{
	uint8_t result[MTP_RSA_SIZE];
	size_t len = sizeof(result);
	EVP_PKEY_CTX *operation;
	bool done;

	ERR_set_mark();
	operation = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	done = operation && init(operation) > 0 && EVP_PKEY_CTX_set_rsa_padding(operation, RSA_NO_PADDING) > 0 &&
	       run(operation, result, &len, number, MTP_RSA_SIZE) > 0 && len == sizeof(result);
	EVP_PKEY_CTX_free(operation);
	ERR_pop_to_mark();

	if (done)
		memcpy(out, result, sizeof(result));
	else
		mtproto_wipe(out, sizeof(result));
	mtproto_wipe(result, sizeof(result));
	return done ? 0 : MTPROTO_ERR_CRYPTO;
}

int mtp_rsa_public(const struct mtproto_rsa *key, const uint8_t number[MTP_RSA_SIZE], uint8_t out[MTP_RSA_SIZE])
{
	return raw(key, EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, number, out);
}

int mtp_rsa_private(const struct mtproto_rsa *key, const uint8_t number[MTP_RSA_SIZE], uint8_t out[MTP_RSA_SIZE])
{
	return raw(key, EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, number, out);
}
