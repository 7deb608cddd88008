#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kernel_sets.h"
#include "hex.h"
#include "vectors/crypto.h"

#define PLAIN_MAX 256

struct sealed {
	const char *auth_key;
	const char *plain;
	const char *msg_key_large; /* NULL: only msg_key is known */
	const char *msg_key;
	const char *aes_key; /* NULL: only what the key encrypts to is known */
	const char *aes_iv;
	const char *encrypted;
	enum mtproto_direction direction;
};

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
	uint8_t decoded[PLAIN_MAX];

	hex(decoded, sizeof(decoded), expected);
	assert_memory_equal(bytes, decoded, len);
}

static void assert_seals(const struct mtproto_kernels *kernels, const struct sealed *v)
{
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], plain[PLAIN_MAX], msg_key_large[32], aes_key[32], aes_iv[32];
	size_t len = hex(plain, sizeof(plain), v->plain);

	hex(auth_key, sizeof(auth_key), v->auth_key);
	mtproto_msg_key_large(kernels, auth_key, v->direction, plain, len, msg_key_large);
	if (v->msg_key_large)
		assert_hex(msg_key_large, 32, v->msg_key_large);
	assert_hex(msg_key_large + 8, 16, v->msg_key);

	mtproto_kdf_v2(kernels, auth_key, msg_key_large + 8, v->direction, aes_key, aes_iv);
	if (v->aes_key) {
		assert_hex(aes_key, 32, v->aes_key);
		assert_hex(aes_iv, 32, v->aes_iv);
	}
	assert_int_equal(mtproto_ige_encrypt(kernels, aes_key, aes_iv, plain, plain, len), 0);
	assert_hex(plain, len, v->encrypted);
}

static void assert_seals_everywhere(const struct sealed *v)
{
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		if (kernels)
			assert_seals(kernels, v);
	}
}

static void messages_to_the_server(void **state)
{
	const struct sealed ping = {
		SAMPLE_AUTH_KEY,
		PING_PLAIN,
		PING_TO_SERVER_MSG_KEY_LARGE,
		&PING_TO_SERVER_MSG_KEY_LARGE[16],
		PING_TO_SERVER_AES_KEY,
		PING_TO_SERVER_AES_IV,
		PING_TO_SERVER_ENCRYPTED,
		MTPROTO_TO_SERVER,
	};

	(void)state;
	assert_seals_everywhere(&ping);
}

static void messages_to_the_client(void **state)
{
	const struct sealed ping = {
		SAMPLE_AUTH_KEY,
		PING_PLAIN,
		PING_TO_CLIENT_MSG_KEY_LARGE,
		&PING_TO_CLIENT_MSG_KEY_LARGE[16],
		PING_TO_CLIENT_AES_KEY,
		PING_TO_CLIENT_AES_IV,
		PING_TO_CLIENT_ENCRYPTED,
		MTPROTO_TO_CLIENT,
	};
	const struct sealed capture = {
		.auth_key = SERVER_AUTH_KEY,
		.plain = SERVER_PLAIN,
		.msg_key = &SERVER_PACKET[16],
		.encrypted = &SERVER_PACKET[48],
		.direction = MTPROTO_TO_CLIENT,
	};

	(void)state;
	assert_seals_everywhere(&ping);
	assert_seals_everywhere(&capture);
}

static void published_text_of_other_implementations(void **state)
{
	char auth_key[2 * MTPROTO_AUTH_KEY_SIZE + 1];
	const struct sealed hello = {
		.auth_key = auth_key,
		.plain = HELLO_TEXT,
		.msg_key = &HELLO_PACKET[16],
		.encrypted = &HELLO_PACKET[48],
		.direction = MTPROTO_TO_SERVER,
	};

	(void)state;
	for (unsigned i = 0; i < MTPROTO_AUTH_KEY_SIZE; i++) {
		auth_key[2 * i] = "0123456789abcdef"[i / 16];
		auth_key[2 * i + 1] = "0123456789abcdef"[i % 16];
	}
	auth_key[2 * MTPROTO_AUTH_KEY_SIZE] = 0;
	assert_seals_everywhere(&hello);
}

static void version_1(void **state)
{
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], msg_key[16], aes_key[32], aes_iv[32];

	(void)state;
	for (unsigned i = 0; i < sizeof(auth_key); i++)
		auth_key[i] = (uint8_t)i;
	memcpy(msg_key, auth_key, sizeof(msg_key));
	mtproto_kdf_v1(auth_key, msg_key, MTPROTO_TO_SERVER, aes_key, aes_iv);
	assert_hex(aes_key, 32, "17d7295ca9213d1ab656acdb1ad48b2ea7f3a8f7095098d5508b900bbd5fccfc");
	assert_hex(aes_iv, 32, "2d7d16a65a84108e9805656caa474501cc580aa2edc33abfd0bfad785464d1c6");
	mtproto_kdf_v1(auth_key, msg_key, MTPROTO_TO_CLIENT, aes_key, aes_iv);
	assert_hex(aes_key, 32, "bb17b07eb91110647098b069bd1a9b6fe5c4bcc3c31f8e67e831d07a61085f68");
	assert_hex(aes_iv, 32, "5197fc1e25b41fe36f18b5a3a8b2b36cb2cb061f1f157b3514fe42e74fb58359");
}

/* The blob of auth.bindTempAuthKey: its inner message under the key of the sample. */
static void version_1_seals_a_binding(void **state)
{
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], msg_key[16], aes_key[32], aes_iv[32];

	(void)state;
	hex(auth_key, sizeof(auth_key), SAMPLE_AUTH_KEY);
	hex(msg_key, sizeof(msg_key), "4191d202a4f6749ef46f2bd2913acec9");
	mtproto_kdf_v1(auth_key, msg_key, MTPROTO_TO_SERVER, aes_key, aes_iv);
	assert_hex(aes_key, 32, "44433bfe99abfc4cf8e8d973b347ee7fda664181e382472661aecd8a48c710d6");
	assert_hex(aes_iv, 32, "74406a5190d917bc3917e0c5c96b0590dde26955d0ba7da6ce4fc747f3c9918f");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_to_the_server),
		cmocka_unit_test(messages_to_the_client),
		cmocka_unit_test(published_text_of_other_implementations),
		cmocka_unit_test(version_1),
		cmocka_unit_test(version_1_seals_a_binding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
