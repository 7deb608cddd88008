#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mtproto/crypto.h>

#include "base/bytes.h"
#include "hex.h"
#include "vectors/crypto.h"

static uint64_t long_of(const char *wire_hex)
{
	uint8_t bytes[8];

	assert_int_equal(hex(bytes, sizeof(bytes), wire_hex), 8);
	return mtp_load_le64(bytes);
}

static void assert_hex(const uint8_t *bytes, const char *expected)
{
	uint8_t decoded[64];
	size_t len = hex(decoded, sizeof(decoded), expected);

	assert_memory_equal(bytes, decoded, len);
}

static void assert_ids(const char *auth_key_hex, const char *id, const char *aux_hash)
{
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE];

	assert_int_equal(hex(auth_key, sizeof(auth_key), auth_key_hex), sizeof(auth_key));
	assert_int_equal(mtproto_auth_key_id(auth_key), long_of(id));
	assert_int_equal(mtproto_auth_key_aux_hash(auth_key), long_of(aux_hash));
}

static void ids_of_a_key(void **state)
{
	(void)state;
	assert_ids(SAMPLE_AUTH_KEY, SAMPLE_AUTH_KEY_ID, SAMPLE_AUX_HASH);
	assert_ids(OLD_AUTH_KEY, OLD_AUTH_KEY_ID, OLD_AUX_HASH);
	assert_int_equal(long_of(SAMPLE_AUTH_KEY_ID), 0x1f9b9a9671a2e78a);
}

static void leading_zero_of_a_key_is_hashed(void **state)
{
	(void)state;
	assert_ids(ZERO_AUTH_KEY, ZERO_AUTH_KEY_ID, ZERO_AUX_HASH);
}

static void assert_tmp_aes(const char *new_nonce_hex, const char *server_nonce_hex, const char *key, const char *iv)
{
	uint8_t new_nonce[32], server_nonce[16], aes_key[32], aes_iv[32];

	hex(new_nonce, sizeof(new_nonce), new_nonce_hex);
	hex(server_nonce, sizeof(server_nonce), server_nonce_hex);
	mtproto_tmp_aes(new_nonce, server_nonce, aes_key, aes_iv);
	assert_hex(aes_key, key);
	assert_hex(aes_iv, iv);
}

static void temporary_key_of_the_samples(void **state)
{
	(void)state;
	assert_tmp_aes(SAMPLE_NEW_NONCE, SAMPLE_SERVER_NONCE, SAMPLE_TMP_AES_KEY, SAMPLE_TMP_AES_IV);
	assert_tmp_aes(OLD_NEW_NONCE, OLD_SERVER_NONCE, OLD_TMP_AES_KEY, OLD_TMP_AES_IV);
}

static void leading_zeros_of_nonces_are_hashed(void **state)
{
	(void)state;
	assert_tmp_aes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		       "002122232425262728292a2b2c2d2e2f",
		       "0a2d0f607499a866848e41798a34315e4922c39fe55c6caf5bc322c4b8c08c6a",
		       "9cb702d4fd6e5d25e864070e166e6218f6783e8511471a5ab7802cf200010203");
}

static void first_salt(void **state)
{
	uint8_t new_nonce[32], server_nonce[16];

	(void)state;
	hex(new_nonce, sizeof(new_nonce), SAMPLE_NEW_NONCE);
	hex(server_nonce, sizeof(server_nonce), SAMPLE_SERVER_NONCE);
	assert_int_equal(mtproto_first_salt(new_nonce, server_nonce), long_of(SAMPLE_FIRST_SALT));
	hex(new_nonce, sizeof(new_nonce), OLD_NEW_NONCE);
	hex(server_nonce, sizeof(server_nonce), OLD_SERVER_NONCE);
	assert_int_equal(mtproto_first_salt(new_nonce, server_nonce), long_of(OLD_FIRST_SALT));
}

static void hashes_of_new_nonce(void **state)
{
	uint8_t new_nonce[32], hash[16];

	(void)state;
	hex(new_nonce, sizeof(new_nonce), SAMPLE_NEW_NONCE);
	mtproto_new_nonce_hash(new_nonce, 1, long_of(SAMPLE_AUX_HASH), hash);
	assert_hex(hash, SAMPLE_NEW_NONCE_HASH1);
	mtproto_new_nonce_hash(new_nonce, 2, long_of(SAMPLE_AUX_HASH), hash);
	assert_hex(hash, SAMPLE_NEW_NONCE_HASH2);
	mtproto_new_nonce_hash(new_nonce, 3, long_of(SAMPLE_AUX_HASH), hash);
	assert_hex(hash, SAMPLE_NEW_NONCE_HASH3);
	mtproto_new_nonce_hash_fail(new_nonce, hash);
	assert_hex(hash, SAMPLE_NEW_NONCE_HASH_FAIL);

	hex(new_nonce, sizeof(new_nonce), OLD_NEW_NONCE);
	mtproto_new_nonce_hash(new_nonce, 1, long_of(OLD_AUX_HASH), hash);
	assert_hex(hash, OLD_NEW_NONCE_HASH1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_a_key),
		cmocka_unit_test(leading_zero_of_a_key_is_hashed),
		cmocka_unit_test(temporary_key_of_the_samples),
		cmocka_unit_test(leading_zeros_of_nonces_are_hashed),
		cmocka_unit_test(first_salt),
		cmocka_unit_test(hashes_of_new_nonce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
