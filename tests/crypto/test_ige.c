#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kernel_sets.h"
#include "hex.h"
#include "vectors/crypto.h"

typedef int ige(const struct mtproto_kernels *kernels, const uint8_t key[32], uint8_t iv[32], const uint8_t *in,
		uint8_t *out, size_t len);

#define TEXT_MAX 1024

/* run turns from into to, in every set, apart and in place. */
static void assert_turns(ige *run, const char *key_hex, const char *iv_hex, const char *from, const char *to)
{
	uint8_t key[32], iv[32], in[TEXT_MAX], expected[TEXT_MAX], out[TEXT_MAX];
	size_t len = hex(in, sizeof(in), from);

	hex(key, sizeof(key), key_hex);
	assert_int_equal(hex(expected, sizeof(expected), to), len);
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		if (!kernels)
			continue;
		hex(iv, sizeof(iv), iv_hex);
		assert_int_equal(run(kernels, key, iv, in, out, len), 0);
		assert_memory_equal(out, expected, len);

		hex(iv, sizeof(iv), iv_hex);
		memcpy(out, in, len);
		assert_int_equal(run(kernels, key, iv, out, out, len), 0);
		assert_memory_equal(out, expected, len);
	}
}

static void sample_answer_decrypts(void **state)
{
	(void)state;
	assert_turns(mtproto_ige_decrypt, SAMPLE_TMP_AES_KEY, SAMPLE_TMP_AES_IV, SAMPLE_ENCRYPTED_ANSWER,
		     SAMPLE_ANSWER_WITH_HASH);
}

static void sample_client_data_encrypts(void **state)
{
	(void)state;
	assert_turns(mtproto_ige_encrypt, SAMPLE_TMP_AES_KEY, SAMPLE_TMP_AES_IV, SAMPLE_CLIENT_DATA_WITH_HASH,
		     SAMPLE_ENCRYPTED_CLIENT_DATA);
}

static void ping_encrypts_and_decrypts(void **state)
{
	(void)state;
	assert_turns(mtproto_ige_encrypt, PING_TO_SERVER_AES_KEY, PING_TO_SERVER_AES_IV, PING_PLAIN,
		     PING_TO_SERVER_ENCRYPTED);
	assert_turns(mtproto_ige_decrypt, PING_TO_CLIENT_AES_KEY, PING_TO_CLIENT_AES_IV, PING_TO_CLIENT_ENCRYPTED,
		     PING_PLAIN);
}

/* The hash of the old sample's answer is in its first 20 bytes. */
static void old_sample_answer_has_its_g_a(void **state)
{
	uint8_t key[32], iv[32], answer[592], g_a[256];

	(void)state;
	hex(key, sizeof(key), OLD_TMP_AES_KEY);
	hex(iv, sizeof(iv), OLD_TMP_AES_IV);
	hex(answer, sizeof(answer), OLD_ENCRYPTED_ANSWER);
	hex(g_a, sizeof(g_a), OLD_G_A);
	assert_int_equal(
		mtproto_ige_decrypt(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), key, iv, answer, answer, sizeof(answer)),
		0);
	assert_memory_equal(answer + 20 + 304, g_a, sizeof(g_a));
}

/* After a call iv is the last ciphertext block, then the last plaintext block. */
static void iv_is_advanced(void **state)
{
	uint8_t key[32], iv[32], expected[32], plain[336], sealed[336], out[336];

	(void)state;
	hex(key, sizeof(key), SAMPLE_TMP_AES_KEY);
	hex(plain, sizeof(plain), SAMPLE_CLIENT_DATA_WITH_HASH);
	hex(sealed, sizeof(sealed), SAMPLE_ENCRYPTED_CLIENT_DATA);
	memcpy(expected, sealed + sizeof(sealed) - 16, 16);
	memcpy(expected + 16, plain + sizeof(plain) - 16, 16);
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		if (!kernels)
			continue;
		hex(iv, sizeof(iv), SAMPLE_TMP_AES_IV);
		assert_int_equal(mtproto_ige_encrypt(kernels, key, iv, plain, out, sizeof(plain)), 0);
		assert_memory_equal(iv, expected, sizeof(iv));
		hex(iv, sizeof(iv), SAMPLE_TMP_AES_IV);
		assert_int_equal(mtproto_ige_decrypt(kernels, key, iv, out, out, sizeof(out)), 0);
		assert_memory_equal(iv, expected, sizeof(iv));
	}
}

static void pieces_continue(void **state)
{
	uint8_t key[32], iv[32], plain[336], sealed[336], out[336];

	(void)state;
	hex(key, sizeof(key), SAMPLE_TMP_AES_KEY);
	hex(plain, sizeof(plain), SAMPLE_CLIENT_DATA_WITH_HASH);
	hex(sealed, sizeof(sealed), SAMPLE_ENCRYPTED_CLIENT_DATA);
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		for (size_t cut = 0; kernels && cut <= sizeof(plain); cut += 16) {
			size_t rest = sizeof(plain) - cut;

			hex(iv, sizeof(iv), SAMPLE_TMP_AES_IV);
			assert_int_equal(mtproto_ige_encrypt(kernels, key, iv, plain, out, cut), 0);
			assert_int_equal(mtproto_ige_encrypt(kernels, key, iv, plain + cut, out + cut, rest), 0);
			assert_memory_equal(out, sealed, sizeof(sealed));
			hex(iv, sizeof(iv), SAMPLE_TMP_AES_IV);
			assert_int_equal(mtproto_ige_decrypt(kernels, key, iv, out, out, cut), 0);
			assert_int_equal(mtproto_ige_decrypt(kernels, key, iv, out + cut, out + cut, rest), 0);
			assert_memory_equal(out, plain, sizeof(plain));
		}
	}
}

static void part_of_a_block_is_refused(void **state)
{
	uint8_t key[32] = {0}, iv[32] = {0}, zeros[32] = {0}, text[32] = {0};

	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		for (size_t len = 1; kernels && len < 32; len += len == 15 ? 2 : 1) {
			assert_int_equal(mtproto_ige_encrypt(kernels, key, iv, text, text, len), MTPROTO_ERR_ARGUMENT);
			assert_int_equal(mtproto_ige_decrypt(kernels, key, iv, text, text, len), MTPROTO_ERR_ARGUMENT);
		}
	}
	assert_memory_equal(text, zeros, sizeof(text));
	assert_memory_equal(iv, zeros, sizeof(iv));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_answer_decrypts),
		cmocka_unit_test(sample_client_data_encrypts),
		cmocka_unit_test(ping_encrypts_and_decrypts),
		cmocka_unit_test(old_sample_answer_has_its_g_a),
		cmocka_unit_test(iv_is_advanced),
		cmocka_unit_test(pieces_continue),
		cmocka_unit_test(part_of_a_block_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
