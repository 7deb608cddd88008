/* Every allocation of libcrypto fails once, at every point of every operation: the answer is an error and zeros, or the
 * right answer; never a crash, a leak or bytes that nobody wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/crypto.h>

#include <mtproto/dh.h>
#include <mtproto/rsa.h>

#include "crypto/dh_power.h"
#include "crypto/kernel_sets.h"
#include "hex.h"
#include "vectors/crypto.h"

#define TEXT_SIZE 1024

/* Allocations that still succeed before all the others fail; negative: none fails. */
static long budget = -1;

static bool spend(void)
{
	if (budget == 0)
		return false;
	if (budget > 0)
		budget--;
	return true;
}

static void *limited_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return spend() ? malloc(size) : NULL;
}

static void *limited_realloc(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return spend() ? realloc(memory, size) : NULL;
}

static void plain_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

/* Runs operation with 0, 1, 2, ... allocations until it succeeds. It returns 0 or an error. */
static void run_out_of_memory(int (*operation)(void))
{
	bool failed = false;

	assert_int_equal(operation(), 0);
	for (long limit = 0;; limit++) {
		int error;

		budget = limit;
		error = operation();
		budget = -1;
		if (!error)
			break;
		assert_true(error == MTPROTO_ERR_MEMORY || error == MTPROTO_ERR_CRYPTO || error == MTPROTO_ERR_RANDOM);
		failed = true;
	}
	assert_true(failed);
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

static int ige(void)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
	uint8_t key[32] = {1}, iv[32] = {2}, before[32], text[TEXT_SIZE];
	int error;

	memset(text, 3, sizeof(text));
	memcpy(before, iv, sizeof(iv));
	error = mtproto_ige_encrypt(kernels, key, iv, text, text, sizeof(text));
	if (error) {
		assert_true(all_zero(text, sizeof(text)));
		assert_memory_equal(iv, before, sizeof(iv));
	}
	return error;
}

static void ige_fails_cleanly(void **state)
{
	(void)state;
	run_out_of_memory(ige);
}

static int ctr(void)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
	uint8_t key[32] = {1}, iv[16] = {2}, text[TEXT_SIZE] = {0};
	struct mtproto_ctr ctr;
	int error = mtproto_ctr_init(&ctr, kernels, key, iv);

	if (error) {
		assert_true(all_zero((const uint8_t *)&ctr, sizeof(ctr)));
		return error;
	}
	error = mtproto_ctr_xor(&ctr, text, text, sizeof(text));
	if (error)
		assert_true(all_zero(text, sizeof(text)));
	mtproto_ctr_fini(&ctr);
	return error;
}

static void ctr_fails_cleanly(void **state)
{
	(void)state;
	run_out_of_memory(ctr);
}

/* The functions that can't fail give the right answer whatever happens. */
static void hashes_do_not_fail(void **state)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], plain[64], expected[32], out[32], aes_key[32], aes_iv[32];

	(void)state;
	hex(auth_key, sizeof(auth_key), SAMPLE_AUTH_KEY);
	hex(plain, sizeof(plain), PING_PLAIN);
	for (long limit = 0; limit < 20; limit++) {
		memset(out, 0, sizeof(out));
		memset(aes_key, 0, sizeof(aes_key));
		memset(aes_iv, 0, sizeof(aes_iv));
		budget = limit;
		mtproto_msg_key_large(kernels, auth_key, MTPROTO_TO_SERVER, plain, sizeof(plain), out);
		mtproto_kdf_v2(kernels, auth_key, out + 8, MTPROTO_TO_SERVER, aes_key, aes_iv);
		budget = -1;
		hex(expected, sizeof(expected), PING_TO_SERVER_MSG_KEY_LARGE);
		assert_memory_equal(out, expected, sizeof(out));
		hex(expected, sizeof(expected), PING_TO_SERVER_AES_KEY);
		assert_memory_equal(aes_key, expected, sizeof(aes_key));
		hex(expected, sizeof(expected), PING_TO_SERVER_AES_IV);
		assert_memory_equal(aes_iv, expected, sizeof(aes_iv));
	}
}

static int dh_power(void)
{
	uint8_t exponent[MTPROTO_DH_SIZE], out[MTPROTO_DH_SIZE], expected[MTPROTO_DH_SIZE];
	const uint8_t three = 3;
	int error;

	hex(exponent, sizeof(exponent), SAMPLE_B);
	hex(expected, sizeof(expected), SAMPLE_G_B);
	memset(out, 1, sizeof(out));
	error = mtp_dh_power_libcrypto(mtproto_dh_known_prime(), &three, 1, exponent, out);
	if (error)
		assert_true(all_zero(out, sizeof(out)));
	else
		assert_memory_equal(out, expected, sizeof(out));
	return error;
}

static void dh_power_fails_cleanly(void **state)
{
	(void)state;
	run_out_of_memory(dh_power);
}

/* A verdict that was not reached is no verdict: it must not get into the cache. */
static int dh_composite(void)
{
	struct mtproto_dh_cache cache;
	uint8_t number[MTPROTO_DH_SIZE];
	int error;

	mtproto_dh_cache_init(&cache);
	memcpy(number, mtproto_dh_known_prime(), sizeof(number));
	number[100] ^= 8;
	error = mtproto_dh_check_params(&cache, number, sizeof(number), 3);
	assert_int_not_equal(error, 0);
	assert_int_equal(cache.count, error == MTPROTO_ERR_DH_PRIME);
	return error == MTPROTO_ERR_DH_PRIME ? 0 : error;
}

static void dh_check_fails_cleanly(void **state)
{
	(void)state;
	run_out_of_memory(dh_composite);
}

/* libcrypto's decoder does not tell bad text from a lack of memory. */
static int read_public_key(void)
{
	struct mtproto_rsa *key;
	int error = mtproto_rsa_from_pem(&key, mtproto_rsa_test_pem(), strlen(mtproto_rsa_test_pem()));

	assert_true((key == NULL) == (error != 0));
	if (key)
		assert_int_equal(mtproto_rsa_fingerprint(key), 0xb25898df208d2603);
	mtproto_rsa_free(key);
	return error == MTPROTO_ERR_PEM ? MTPROTO_ERR_MEMORY : error;
}

static void reading_a_key_fails_cleanly(void **state)
{
	(void)state;
	run_out_of_memory(read_public_key);
}

static struct mtproto_rsa *pair;

static int rsa_encrypt(void)
{
	uint8_t data[100] = {1}, out[256];
	int error;

	memset(out, 1, sizeof(out));
	error = mtproto_rsa_encrypt(pair, MTPROTO_RSA_PAD, NULL, data, sizeof(data), out);
	if (error)
		assert_true(all_zero(out, sizeof(out)));
	return error;
}

static int rsa_decrypt(void)
{
	uint8_t data[100] = {1}, encrypted[256], out[235], sha1[20];
	enum mtproto_rsa_padding padding;
	long saved = budget;
	size_t len;
	int error;

	budget = -1;
	assert_int_equal(mtproto_rsa_encrypt(pair, MTPROTO_RSA_PAD, NULL, data, sizeof(data), encrypted), 0);
	budget = saved;
	memset(out, 1, sizeof(out));
	error = mtproto_rsa_decrypt(pair, encrypted, out, &len, &padding, sha1);
	if (error)
		assert_true(all_zero(out, sizeof(out)));
	else
		assert_memory_equal(out, data, sizeof(data));
	return error;
}

static int write_keys(void)
{
	char text[4096];
	size_t len;
	int error = mtproto_rsa_public_pem(pair, text, sizeof(text), &len);

	return error ? error : mtproto_rsa_private_pem(pair, text, sizeof(text), &len);
}

static void rsa_fails_cleanly(void **state)
{
	(void)state;
	assert_int_equal(mtproto_rsa_generate(&pair), 0);
	run_out_of_memory(rsa_encrypt);
	run_out_of_memory(rsa_decrypt);
	run_out_of_memory(write_keys);
	mtproto_rsa_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ige_fails_cleanly),      cmocka_unit_test(ctr_fails_cleanly),
		cmocka_unit_test(hashes_do_not_fail),     cmocka_unit_test(dh_power_fails_cleanly),
		cmocka_unit_test(dh_check_fails_cleanly), cmocka_unit_test(reading_a_key_fails_cleanly),
		cmocka_unit_test(rsa_fails_cleanly),
	};

	if (!CRYPTO_set_mem_functions(limited_malloc, limited_realloc, plain_free))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
