/* auth.bindTempAuthKey, both sides. The expected bytes were computed with Python from the rules of MTProto 1.0. */
#include "support.h"

#include <mtproto/bind.h>

#include "base/bytes.h"
#include "crypto/sha.h"

#define TEMP_KEY_ID 0x1122334455667788u
#define SESSION_ID  0x0807060504030201u
#define MSG_ID      0x65abc0fe00000008u
#define NONCE       0x0001020304050607u
#define EXPIRES_AT  0x65ad127e

static const char expected_message[] =
	"8ae7a271969a9b1f4191d202a4f6749ef46f2bd2913acec9e5a658709f149ba2375d4dd79e2ef18cfeda2f6df59f8bec9b6a757c64ca07"
	"1f"
	"7ddad9e9853cc5338e234d9edb58e7861cc049125374910b533cc3e920baf73669e4f084ac87f8452cc22aed2074b193";

static const struct mtproto_bind_params params = {
	.temp_auth_key_id = TEMP_KEY_ID,
	.temp_session_id = SESSION_ID,
	.msg_id = MSG_ID,
	.nonce = NONCE,
	.expires_at = EXPIRES_AT,
};

static const struct mtproto_bind_expected expected_call = {
	.temp_auth_key_id = TEMP_KEY_ID,
	.temp_session_id = SESSION_ID,
	.msg_id = MSG_ID,
	.temp_expires_at = EXPIRES_AT - 30,
	.now = EXPIRES_AT - 86400,
};

static uint8_t perm_key[256];

static int load_key(void **state)
{
	char *text = read_text("handshake-official.txt");
	struct value key = value_of(text, "auth_key");

	(void)state;
	memcpy(perm_key, key.data, 256);
	free(text);
	return 0;
}

/* 00..0f, then a0..a7. */
static int draw_known(void *user, uint8_t *out, size_t len)
{
	(void)user;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(len == 8 ? 0xa0 + i : i);
	return 0;
}

static const struct mtproto_random known = {draw_known, NULL};

static void the_message_byte_for_byte(void **state)
{
	uint8_t out[MTPROTO_BIND_MESSAGE_SIZE], expected[MTPROTO_BIND_MESSAGE_SIZE];

	(void)state;
	hex(expected, sizeof(expected), expected_message);
	assert_int_equal(mtproto_bind_encrypt(NULL, &known, perm_key, &params, out), 0);
	assert_memory_equal(out, expected, sizeof(expected));
}

static void the_call_byte_for_byte(void **state)
{
	uint8_t out[MTPROTO_BIND_BODY_SIZE], expected[MTPROTO_BIND_BODY_SIZE];

	(void)state;
	memset(expected, 0, sizeof(expected));
	hex(expected, 25, "052ad4cd8ae7a271969a9b1f07060504030201007e12ad6568");
	hex(expected + 25, 104, expected_message);
	assert_int_equal(mtproto_bind_body(NULL, &known, perm_key, &params, out), 0);
	assert_memory_equal(out, expected, sizeof(expected));
}

/* A call as the server reads it, over bytes that a test may change. */
struct call {
	uint8_t body[MTPROTO_BIND_BODY_SIZE];
	struct mtproto_auth_bind_temp_auth_key call;
};

static void make_call(struct call *c, const struct mtproto_bind_params *p)
{
	struct mtproto_tl_reader r;

	assert_int_equal(mtproto_bind_body(NULL, NULL, perm_key, p, c->body), 0);
	mtproto_tl_reader_init(&r, c->body, sizeof(c->body));
	assert_int_equal(mtproto_auth_bind_temp_auth_key_read(&c->call, &r), 0);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
}

static void a_good_call_is_accepted(void **state)
{
	struct call c;

	(void)state;
	make_call(&c, &params);
	assert_int_equal(mtproto_bind_check(NULL, perm_key, &c.call, &expected_call), MTPROTO_BIND_OK);
}

static void each_identity_that_differs_has_its_result(void **state)
{
	static const struct {
		struct mtproto_bind_params change;
		int result;
	} cases[] = {
		{{.msg_id = 4}, MTPROTO_BIND_MSG_ID},
		{{.temp_auth_key_id = 1}, MTPROTO_BIND_TEMP_KEY_ID},
		{{.temp_session_id = 1}, MTPROTO_BIND_SESSION_ID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mtproto_bind_params p = params;
		struct call c;

		p.msg_id ^= cases[i].change.msg_id;
		p.temp_auth_key_id ^= cases[i].change.temp_auth_key_id;
		p.temp_session_id ^= cases[i].change.temp_session_id;
		make_call(&c, &p);
		assert_int_equal(mtproto_bind_check(NULL, perm_key, &c.call, &expected_call), cases[i].result);
	}
}

static void arguments_that_differ_from_the_message_have_their_results(void **state)
{
	struct call c;

	(void)state;
	make_call(&c, &params);
	c.call.nonce ^= 1;
	assert_int_equal(mtproto_bind_check(NULL, perm_key, &c.call, &expected_call), MTPROTO_BIND_NONCE);
	make_call(&c, &params);
	c.call.expires_at++;
	assert_int_equal(mtproto_bind_check(NULL, perm_key, &c.call, &expected_call), MTPROTO_BIND_EXPIRES_DIFFER);
	make_call(&c, &params);
	c.call.perm_auth_key_id ^= 1;
	assert_int_equal(mtproto_bind_check(NULL, perm_key, &c.call, &expected_call), MTPROTO_BIND_PERM_KEY_ID);
	make_call(&c, &params);
	c.body[25] ^= 1;
	assert_int_equal(mtproto_bind_check(NULL, perm_key, &c.call, &expected_call), MTPROTO_BIND_PERM_KEY_ID);
}

static void a_message_of_another_length_is_refused(void **state)
{
	static const size_t lens[] = {0, 23, 88, 103};
	struct call c;

	(void)state;
	make_call(&c, &params);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		c.call.encrypted_message.len = lens[i];
		assert_int_equal(mtproto_bind_check(NULL, perm_key, &c.call, &expected_call), MTPROTO_BIND_LENGTH);
	}
}

static void every_changed_byte_is_noticed(void **state)
{
	struct call c;

	(void)state;
	make_call(&c, &params);
	for (size_t i = 8; i < 88; i++) {
		c.body[25 + i] ^= 0x10;
		assert_int_equal(mtproto_bind_check(NULL, perm_key, &c.call, &expected_call), MTPROTO_BIND_MSG_KEY);
		c.body[25 + i] ^= 0x10;
	}
}

static void another_permanent_key_does_not_open_it(void **state)
{
	uint8_t other[256];
	struct call c;

	(void)state;
	make_call(&c, &params);
	memcpy(other, perm_key, sizeof(other));
	other[200] ^= 1;
	assert_int_equal(mtproto_bind_check(NULL, other, &c.call, &expected_call), MTPROTO_BIND_PERM_KEY_ID);
	/* The same with the right name on it: only the name inside is wrong, as the last bytes of a key are not used.
	 */
	c.call.perm_auth_key_id = mtproto_auth_key_id(other);
	mtp_store_le64(c.body + 25, c.call.perm_auth_key_id);
	assert_int_equal(mtproto_bind_check(NULL, other, &c.call, &expected_call), MTPROTO_BIND_PERM_KEY_ID);
	other[200] ^= 1;
	other[0] ^= 1;
	c.call.perm_auth_key_id = mtproto_auth_key_id(other);
	mtp_store_le64(c.body + 25, c.call.perm_auth_key_id);
	assert_int_equal(mtproto_bind_check(NULL, other, &c.call, &expected_call), MTPROTO_BIND_MSG_KEY);
}

/* Encrypts an inner message of the test's own making. */
static int check_crafted(uint32_t seq_no, uint32_t length, uint32_t id, uint64_t perm_key_id)
{
	uint8_t plain[80], message[104], aes_key[32], iv[32], hash[20];
	struct mtproto_span hashed = {plain, 72};
	struct call c;

	make_call(&c, &params);
	mtproto_kdf_v1(perm_key, c.body + 33, MTPROTO_TO_SERVER, aes_key, iv);
	assert_int_equal(mtproto_ige_decrypt(mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO), aes_key, iv, c.body + 49,
					     plain, 80),
			 0);
	mtp_store_le32(plain + 24, seq_no);
	mtp_store_le32(plain + 28, length);
	mtp_store_le32(plain + 32, id);
	mtp_store_le64(plain + 52, perm_key_id);
	memcpy(message, c.body + 25, 8);
	mtp_sha1(hash, &hashed, 1);
	memcpy(message + 8, hash + 4, 16);
	mtproto_kdf_v1(perm_key, message + 8, MTPROTO_TO_SERVER, aes_key, iv);
	assert_int_equal(mtproto_ige_encrypt(mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO), aes_key, iv, plain,
					     message + 24, 80),
			 0);
	c.call.encrypted_message.data = message;
	c.call.perm_auth_key_id = perm_key_id;
	return mtproto_bind_check(NULL, perm_key, &c.call, &expected_call);
}

static void the_inner_message_must_look_as_prescribed(void **state)
{
	const uint64_t id = mtproto_auth_key_id(perm_key);

	(void)state;
	assert_int_equal(check_crafted(0, 40, 0x75a3f765, id), MTPROTO_BIND_OK);
	assert_int_equal(check_crafted(1, 40, 0x75a3f765, id), MTPROTO_BIND_CONTENT);
	assert_int_equal(check_crafted(0, 44, 0x75a3f765, id), MTPROTO_BIND_CONTENT);
	assert_int_equal(check_crafted(0, 40, 0x75a3f766, id), MTPROTO_BIND_CONTENT);
	/* The call and the message agree on a key, but not on this one. */
	assert_int_equal(check_crafted(0, 40, 0x75a3f765, id ^ 1), MTPROTO_BIND_PERM_KEY_ID);
}

static int check_times(int32_t now, int32_t temp_expires_at)
{
	struct mtproto_bind_expected e = expected_call;
	struct call c;

	make_call(&c, &params);
	e.now = now;
	e.temp_expires_at = temp_expires_at;
	return mtproto_bind_check(NULL, perm_key, &c.call, &e);
}

static void expires_at_is_in_the_future_and_near_the_keys_own(void **state)
{
	(void)state;
	assert_int_equal(check_times(EXPIRES_AT - 1, EXPIRES_AT), MTPROTO_BIND_OK);
	assert_int_equal(check_times(EXPIRES_AT, EXPIRES_AT), MTPROTO_BIND_EXPIRES_AT);
	assert_int_equal(check_times(EXPIRES_AT - 86400, EXPIRES_AT - 600), MTPROTO_BIND_OK);
	assert_int_equal(check_times(EXPIRES_AT - 86400, EXPIRES_AT - 601), MTPROTO_BIND_EXPIRES_AT);
	assert_int_equal(check_times(EXPIRES_AT - 86400, EXPIRES_AT + 86400), MTPROTO_BIND_OK);
}

static void results_have_the_texts_of_the_api(void **state)
{
	(void)state;
	assert_null(mtproto_bind_error_text(MTPROTO_BIND_OK));
	assert_string_equal(mtproto_bind_error_text(MTPROTO_BIND_EXPIRES_AT), "EXPIRES_AT_INVALID");
	assert_string_equal(mtproto_bind_error_text(MTPROTO_BIND_MSG_KEY), "ENCRYPTED_MESSAGE_INVALID");
	assert_string_equal(mtproto_bind_error_text(MTPROTO_BIND_EXPIRES_DIFFER), "ENCRYPTED_MESSAGE_INVALID");
}

/* The call of a captured client, which was decrypted with its temporary key. */
static void the_call_of_mtcute_is_accepted(void **state)
{
	static const char call_text[] = "052ad4cd583a73ca985ceb93bc8c6fcf7597ea301343016b68583a73ca985ceb93";
	char *text = read_text("transcripts/mtcute-intermediate-pfs.jsonl");
	const char *at = strstr(text, call_text), *key_at = strstr(text, "\"auth_key\": \""), *plain;
	const char *temp_at = key_at ? strstr(key_at + 1, "\"auth_key\": \"") : NULL;
	struct mtproto_auth_bind_temp_auth_key call;
	struct mtproto_bind_expected e;
	struct mtproto_tl_reader r;
	uint8_t body[132], header[32], key[256], temp_key[256];
	char digits[1024];

	(void)state;
	assert_non_null(at);
	assert_non_null(temp_at);
	plain = at - 64;
	snprintf(digits, sizeof(digits), "%.64s", plain);
	hex(header, sizeof(header), digits);
	snprintf(digits, sizeof(digits), "%.264s", at);
	hex(body, sizeof(body), digits);
	snprintf(digits, sizeof(digits), "%.512s", key_at + strlen("\"auth_key\": \""));
	hex(key, sizeof(key), digits);
	snprintf(digits, sizeof(digits), "%.512s", temp_at + strlen("\"auth_key\": \""));
	hex(temp_key, sizeof(temp_key), digits);
	mtproto_tl_reader_init(&r, body, sizeof(body));
	assert_int_equal(mtproto_auth_bind_temp_auth_key_read(&call, &r), 0);
	e.temp_auth_key_id = mtproto_auth_key_id(temp_key);
	e.temp_session_id = mtp_load_le64(header + 8);
	e.msg_id = mtp_load_le64(header + 16);
	e.temp_expires_at = call.expires_at;
	e.now = call.expires_at - 80000;
	assert_int_equal(mtproto_bind_check(NULL, key, &call, &e), MTPROTO_BIND_OK);
	free(text);
}

static int draw_nothing(void *user, uint8_t *out, size_t len)
{
	(void)user;
	(void)out;
	(void)len;
	return -1;
}

static void a_random_source_that_fails_is_told(void **state)
{
	const struct mtproto_random broken = {draw_nothing, NULL};
	uint8_t out[MTPROTO_BIND_BODY_SIZE];

	(void)state;
	assert_int_equal(mtproto_bind_body(NULL, &broken, perm_key, &params, out), MTPROTO_ERR_RANDOM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_message_byte_for_byte),
		cmocka_unit_test(the_call_byte_for_byte),
		cmocka_unit_test(a_good_call_is_accepted),
		cmocka_unit_test(each_identity_that_differs_has_its_result),
		cmocka_unit_test(arguments_that_differ_from_the_message_have_their_results),
		cmocka_unit_test(a_message_of_another_length_is_refused),
		cmocka_unit_test(every_changed_byte_is_noticed),
		cmocka_unit_test(another_permanent_key_does_not_open_it),
		cmocka_unit_test(the_inner_message_must_look_as_prescribed),
		cmocka_unit_test(expires_at_is_in_the_future_and_near_the_keys_own),
		cmocka_unit_test(results_have_the_texts_of_the_api),
		cmocka_unit_test(the_call_of_mtcute_is_accepted),
		cmocka_unit_test(a_random_source_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, load_key, NULL);
}
