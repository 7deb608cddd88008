#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mtproto/rsa.h>

#include "hex.h"
#include "vectors/crypto.h"

#define THROW_AWAY_FINGERPRINT 0xedb8cdb90a03f74d

/* A random source that hands out given bytes in order and fails when they are used up. */
struct script {
	uint8_t bytes[256];
	size_t len;
	size_t used;
};

static int fill_from_script(void *user, uint8_t *out, size_t len)
{
	struct script *script = user;

	if (len > script->len - script->used)
		return 1;
	memcpy(out, script->bytes + script->used, len);
	script->used += len;
	return 0;
}

static void script_add(struct script *script, const char *text)
{
	script->len += hex(script->bytes + script->len, sizeof(script->bytes) - script->len, text);
}

static size_t read_vector(const char *name, char *out, size_t cap)
{
	char path[1024];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/pem/%s", VECTORS_DIR, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	len = fread(out, 1, cap, file);
	assert_true(len > 0 && len < cap);
	fclose(file);
	return len;
}

/* text in a block of exactly its size, so that a sanitizer sees a read beyond its end. */
static int from_text(struct mtproto_rsa **key, const char *text, size_t len)
{
	char *exact = malloc(len ? len : 1);
	int error;

	assert_non_null(exact);
	memcpy(exact, text, len);
	error = mtproto_rsa_from_pem(key, exact, len);
	free(exact);
	return error;
}

static int from_file(struct mtproto_rsa **key, const char *name)
{
	char text[8192];

	return from_text(key, text, read_vector(name, text, sizeof(text)));
}

static struct mtproto_rsa *key_of(const char *name)
{
	struct mtproto_rsa *key;

	assert_int_equal(from_file(&key, name), 0);
	return key;
}

static void builtin_keys_have_their_fingerprints(void **state)
{
	const struct {
		const char *pem;
		uint64_t fingerprint;
	} keys[] = {
		{mtproto_rsa_production_pem(), 0xd09d1d85de64fd85},
		{mtproto_rsa_test_pem(), 0xb25898df208d2603},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct mtproto_rsa *key;

		assert_int_equal(mtproto_rsa_from_pem(&key, keys[i].pem, strlen(keys[i].pem)), 0);
		assert_int_equal(mtproto_rsa_fingerprint(key), keys[i].fingerprint);
		assert_false(mtproto_rsa_is_private(key));
		mtproto_rsa_free(key);
	}
}

static void every_form_of_a_key_is_read(void **state)
{
	const struct {
		const char *file;
		uint64_t fingerprint;
		bool is_private;
	} keys[] = {
		{"throw_away.pem", THROW_AWAY_FINGERPRINT, true},
		{"throw_away_pkcs8.pem", THROW_AWAY_FINGERPRINT, true},
		{"throw_away_public.pem", THROW_AWAY_FINGERPRINT, false},
		{"throw_away_spki.pem", THROW_AWAY_FINGERPRINT, false},
		{"server.pem", 0x2f4633c9297e65ad, true},
		{"exponent_3.pem", 0xb0a215a48b16490f, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct mtproto_rsa *key = key_of(keys[i].file);

		assert_int_equal(mtproto_rsa_fingerprint(key), keys[i].fingerprint);
		assert_int_equal(mtproto_rsa_is_private(key), keys[i].is_private);
		mtproto_rsa_free(key);
	}
}

static void other_keys_are_refused(void **state)
{
	const struct {
		const char *file;
		int error;
	} keys[] = {
		{"encrypted_pkcs1.pem", MTPROTO_ERR_PEM},
		{"encrypted_pkcs8.pem", MTPROTO_ERR_PEM},
		{"ec_pkcs8.pem", MTPROTO_ERR_PEM},
		{"ec_spki.pem", MTPROTO_ERR_PEM},
		{"trailing.pem", MTPROTO_ERR_PEM},
		{"halves_differ.pem", MTPROTO_ERR_PEM},
		{"modulus_even.pem", MTPROTO_ERR_PEM},
		{"rsa1024.pem", MTPROTO_ERR_RSA_KEY_SIZE},
		{"rsa4096.pem", MTPROTO_ERR_RSA_KEY_SIZE},
		{"bits_2047.pem", MTPROTO_ERR_RSA_KEY_SIZE},
		{"exponent_1.pem", MTPROTO_ERR_RSA_KEY_SIZE},
		{"exponent_even.pem", MTPROTO_ERR_RSA_KEY_SIZE},
		{"exponent_33_bits.pem", MTPROTO_ERR_RSA_KEY_SIZE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct mtproto_rsa *key = (struct mtproto_rsa *)&key;

		if (from_file(&key, keys[i].file) != keys[i].error)
			fail_msg("%s gives another error", keys[i].file);
		assert_null(key);
	}
}

static void damaged_text_is_refused(void **state)
{
	char text[8192], changed[8192];
	size_t len = read_vector("throw_away_public.pem", text, sizeof(text));
	struct mtproto_rsa *key;

	(void)state;
	/* Without its last line break a text is still whole. */
	for (size_t cut = 0; cut < len - 1; cut++)
		assert_int_equal(from_text(&key, text, cut), MTPROTO_ERR_PEM);
	memcpy(changed, text, len);
	changed[100] = '!';
	assert_int_equal(from_text(&key, changed, len), MTPROTO_ERR_PEM);
	assert_null(key);
}

/* What an encrypted key has between its first line and its data is refused even when the data is not encrypted. */
static void headers_are_refused(void **state)
{
	const char *pem = mtproto_rsa_test_pem();
	const char *body = strchr(pem, '\n') + 1;
	struct mtproto_rsa *key;
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), "%.*sProc-Type: 4,MIC-CLEAR\n\n%s", (int)(body - pem), pem, body);
	assert_int_equal(mtproto_rsa_from_pem(&key, text, strlen(text)), MTPROTO_ERR_PEM);
	assert_null(key);
}

/* Certificates and other files often have words before the key. */
static void text_before_the_key_is_skipped(void **state)
{
	struct mtproto_rsa *key;
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), "the key of the test servers\n\n%s", mtproto_rsa_test_pem());
	assert_int_equal(mtproto_rsa_from_pem(&key, text, strlen(text)), 0);
	mtproto_rsa_free(key);
}

static void long_text_is_not_looked_at(void **state)
{
	static char text[MTPROTO_RSA_PEM_MAX + 1];
	const char *pem = mtproto_rsa_test_pem();
	struct mtproto_rsa *key;

	(void)state;
	memset(text, '\n', sizeof(text));
	memcpy(text, pem, strlen(pem));
	assert_int_equal(mtproto_rsa_from_pem(&key, text, MTPROTO_RSA_PEM_MAX + 1), MTPROTO_ERR_PEM);
	assert_null(key);
	assert_int_equal(mtproto_rsa_from_pem(&key, text, MTPROTO_RSA_PEM_MAX), 0);
	mtproto_rsa_free(key);
}

static void pem_round_trip(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away_pkcs8.pem"), *public = key_of("throw_away_spki.pem");
	char expected[4096], text[4096];
	size_t expected_len, len;

	(void)state;
	expected_len = read_vector("throw_away_public.pem", expected, sizeof(expected));
	assert_int_equal(mtproto_rsa_public_pem(key, NULL, 0, &len), 0);
	assert_int_equal(len, expected_len);
	assert_int_equal(mtproto_rsa_public_pem(key, text, len + 1, &len), 0);
	assert_int_equal(strlen(text), len);
	assert_memory_equal(text, expected, len);
	assert_int_equal(mtproto_rsa_public_pem(public, text, sizeof(text), &len), 0);
	assert_memory_equal(text, expected, len);

	expected_len = read_vector("throw_away.pem", expected, sizeof(expected));
	assert_int_equal(mtproto_rsa_private_pem(key, NULL, 0, &len), 0);
	assert_int_equal(len, expected_len);
	assert_int_equal(mtproto_rsa_private_pem(key, text, len + 1, &len), 0);
	assert_memory_equal(text, expected, len);
	assert_int_equal(mtproto_rsa_private_pem(public, text, sizeof(text), &len), MTPROTO_ERR_STATE);
	mtproto_rsa_free(key);
	mtproto_rsa_free(public);
}

static void pem_needs_room_for_its_end(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away.pem");
	char text[4096];
	size_t len;

	(void)state;
	assert_int_equal(mtproto_rsa_public_pem(key, NULL, 0, &len), 0);
	assert_int_equal(mtproto_rsa_public_pem(key, text, len, &len), MTPROTO_ERR_BUFFER);
	assert_int_equal(mtproto_rsa_private_pem(key, NULL, 0, &len), 0);
	assert_int_equal(mtproto_rsa_private_pem(key, text, len, &len), MTPROTO_ERR_BUFFER);
	mtproto_rsa_free(key);
}

static void assert_encrypts(struct mtproto_rsa *key, enum mtproto_rsa_padding padding, struct script *script,
			    const char *data_hex, const char *encrypted_hex)
{
	const struct mtproto_random random = {fill_from_script, script};
	uint8_t data[256], expected[256], out[256];
	size_t len = hex(data, sizeof(data), data_hex);

	hex(expected, sizeof(expected), encrypted_hex);
	assert_int_equal(mtproto_rsa_encrypt(key, padding, &random, data, len, out), 0);
	assert_memory_equal(out, expected, sizeof(out));
	assert_int_equal(script->used, script->len);
}

#define BYTES_32(digits)                                                                                          \
	digits digits digits digits digits digits digits digits digits digits digits digits digits digits digits  \
		digits digits digits digits digits digits digits digits digits digits digits digits digits digits \
			digits digits digits

static void pad_to_production(void **state)
{
	struct mtproto_rsa *key;
	struct script zeros = {.len = 48 + 32}, ones = {.len = 0};
	char data[2 * 144 + 1];

	(void)state;
	assert_int_equal(mtproto_rsa_from_pem(&key, mtproto_rsa_production_pem(), strlen(mtproto_rsa_production_pem())),
			 0);
	for (size_t i = 0; i < 144; i++)
		memcpy(data + 2 * i, "61", 3);
	assert_encrypts(key, MTPROTO_RSA_PAD, &zeros, data, PAD_ZERO_ENCRYPTED);
	script_add(&ones, SAMPLE_INNER_PADDING);
	script_add(&ones, BYTES_32("01"));
	assert_encrypts(key, MTPROTO_RSA_PAD, &ones, SAMPLE_INNER_DATA, PAD_SAMPLE_ENCRYPTED);
	mtproto_rsa_free(key);
}

static void pad_redraws_temp_key(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away_public.pem");
	struct script script = {.len = 0};

	(void)state;
	script_add(&script, REDRAW_PADDING);
	script_add(&script, REDRAW_TEMP_KEY1);
	script_add(&script, REDRAW_TEMP_KEY2);
	assert_encrypts(key, MTPROTO_RSA_PAD, &script, REDRAW_INNER_DATA, REDRAW_ENCRYPTED);
	mtproto_rsa_free(key);
}

static void legacy_padding(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away_public.pem");
	struct script script = {.len = 135};

	(void)state;
	for (size_t i = 0; i < 135; i++)
		script.bytes[i] = (uint8_t)i;
	assert_encrypts(key, MTPROTO_RSA_LEGACY, &script, SAMPLE_INNER_DATA, LEGACY_THROW_AWAY_ENCRYPTED);
	mtproto_rsa_free(key);
}

static void assert_decrypts(const char *file, const char *encrypted_hex, enum mtproto_rsa_padding expected_padding,
			    const char *data_hex)
{
	struct mtproto_rsa *key = key_of(file);
	uint8_t encrypted[256], data[256], out[235], sha1[20];
	size_t data_len = hex(data, sizeof(data), data_hex), len;
	enum mtproto_rsa_padding padding;

	hex(encrypted, sizeof(encrypted), encrypted_hex);
	assert_int_equal(mtproto_rsa_decrypt(key, encrypted, out, &len, &padding, sha1), 0);
	assert_int_equal(padding, expected_padding);
	assert_int_equal(len, padding == MTPROTO_RSA_PAD ? 192 : 235);
	assert_memory_equal(out, data, data_len);
	if (padding == MTPROTO_RSA_LEGACY) {
		assert_int_equal(mtproto_rsa_legacy_check(out, 96, sha1), 0);
		assert_int_equal(mtproto_rsa_legacy_check(out, 95, sha1), MTPROTO_ERR_RSA_DATA);
		assert_int_equal(mtproto_rsa_legacy_check(out, 97, sha1), MTPROTO_ERR_RSA_DATA);
	}
	mtproto_rsa_free(key);
}

static void captures_of_clients_decrypt(void **state)
{
	(void)state;
	assert_decrypts("server.pem", CAPTURE_PAD_ENCRYPTED, MTPROTO_RSA_PAD, CAPTURE_PAD_INNER_DATA);
	assert_decrypts("server.pem", CAPTURE_LEGACY_ENCRYPTED, MTPROTO_RSA_LEGACY, CAPTURE_LEGACY_INNER_DATA);
}

static void vectors_decrypt(void **state)
{
	(void)state;
	assert_decrypts("throw_away.pem", PAD_THROW_AWAY_ENCRYPTED, MTPROTO_RSA_PAD,
			SAMPLE_INNER_DATA SAMPLE_INNER_PADDING);
	assert_decrypts("throw_away_pkcs8.pem", REDRAW_ENCRYPTED, MTPROTO_RSA_PAD, REDRAW_INNER_DATA REDRAW_PADDING);
}

static void assert_does_not_open(const struct mtproto_rsa *key, const uint8_t encrypted[256], int error)
{
	const uint8_t zeros[235] = {0};
	uint8_t out[235], sha1[20];
	enum mtproto_rsa_padding padding;
	size_t len = 1;

	memset(out, 1, sizeof(out));
	memset(sha1, 1, sizeof(sha1));
	assert_int_equal(mtproto_rsa_decrypt(key, encrypted, out, &len, &padding, sha1), error);
	assert_int_equal(len, 0);
	assert_memory_equal(out, zeros, sizeof(out));
	assert_memory_equal(sha1, zeros, sizeof(sha1));
}

static void changed_data_does_not_open(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away.pem");
	uint8_t encrypted[256];

	(void)state;
	for (size_t i = 1; i < sizeof(encrypted); i += 51) {
		hex(encrypted, sizeof(encrypted), PAD_THROW_AWAY_ENCRYPTED);
		encrypted[i] ^= 4;
		assert_does_not_open(key, encrypted, MTPROTO_ERR_RSA_DATA);
	}
	mtproto_rsa_free(key);
}

static void data_for_another_key_does_not_open(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away.pem");
	uint8_t encrypted[256];

	(void)state;
	hex(encrypted, sizeof(encrypted), CAPTURE_PAD_ENCRYPTED);
	assert_does_not_open(key, encrypted, MTPROTO_ERR_RSA_DATA);
	memset(encrypted, 0xff, sizeof(encrypted));
	assert_does_not_open(key, encrypted, MTPROTO_ERR_RSA_DATA);
	mtproto_rsa_free(key);
}

static void public_key_opens_nothing(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away_public.pem");
	uint8_t encrypted[256];

	(void)state;
	hex(encrypted, sizeof(encrypted), PAD_THROW_AWAY_ENCRYPTED);
	assert_does_not_open(key, encrypted, MTPROTO_ERR_STATE);
	mtproto_rsa_free(key);
}

/* The shortest and the longest data of each padding, with libcrypto's randomness. */
static void lengths_are_limited(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away.pem");
	const size_t longest[] = {MTPROTO_RSA_PAD_DATA_MAX, MTPROTO_RSA_LEGACY_DATA_MAX};
	uint8_t data[256], encrypted[256], zeros[256] = {0}, out[235], sha1[20];

	(void)state;
	memset(data, 0x5a, sizeof(data));
	for (size_t i = 0; i < 2; i++) {
		const size_t lengths[] = {1, longest[i]};

		for (size_t j = 0; j < 2; j++) {
			enum mtproto_rsa_padding padding = (enum mtproto_rsa_padding)i, found;
			size_t len;

			assert_int_equal(mtproto_rsa_encrypt(key, padding, NULL, data, lengths[j], encrypted), 0);
			assert_int_equal(mtproto_rsa_decrypt(key, encrypted, out, &len, &found, sha1), 0);
			assert_int_equal(found, padding);
			assert_memory_equal(out, data, lengths[j]);
		}
		memset(encrypted, 1, sizeof(encrypted));
		assert_int_equal(
			mtproto_rsa_encrypt(key, (enum mtproto_rsa_padding)i, NULL, data, longest[i] + 1, encrypted),
			MTPROTO_ERR_ARGUMENT);
		assert_memory_equal(encrypted, zeros, sizeof(encrypted));
		assert_int_equal(mtproto_rsa_encrypt(key, (enum mtproto_rsa_padding)i, NULL, data, 0, encrypted),
				 MTPROTO_ERR_ARGUMENT);
	}
	mtproto_rsa_free(key);
}

static int fill_same(void *user, uint8_t *out, size_t len)
{
	memset(out, *(const uint8_t *)user, len);
	return 0;
}

/* A source that repeats itself either works at once or never: it must not be asked for ever. */
static void failing_random_source(void **state)
{
	struct mtproto_rsa *key = key_of("throw_away_public.pem");
	struct script script = {.len = 92};
	const struct mtproto_random empty = {fill_from_script, &script};
	uint8_t data[100] = {0}, zeros[256] = {0}, out[256];
	size_t ends[2] = {0};

	(void)state;
	memset(out, 1, sizeof(out));
	assert_int_equal(mtproto_rsa_encrypt(key, MTPROTO_RSA_PAD, &empty, data, sizeof(data), out),
			 MTPROTO_ERR_RANDOM);
	assert_memory_equal(out, zeros, sizeof(out));
	assert_int_equal(mtproto_rsa_encrypt(key, MTPROTO_RSA_LEGACY, &empty, data, sizeof(data), out),
			 MTPROTO_ERR_RANDOM);
	for (unsigned byte = 0; byte < 64; byte++) {
		uint8_t same = (uint8_t)byte;
		const struct mtproto_random constant = {fill_same, &same};
		int error = mtproto_rsa_encrypt(key, MTPROTO_RSA_PAD, &constant, data, sizeof(data), out);

		assert_true(error == 0 || error == MTPROTO_ERR_RANDOM);
		ends[error == 0]++;
	}
	assert_true(ends[0] > 0 && ends[1] > 0);
	mtproto_rsa_free(key);
}

static void generated_key_works(void **state)
{
	struct mtproto_rsa *key, *copy;
	uint8_t data[100] = {1, 2, 3}, encrypted[256], out[235], sha1[20];
	enum mtproto_rsa_padding padding;
	char text[4096];
	size_t len;

	(void)state;
	assert_int_equal(mtproto_rsa_generate(&key), 0);
	assert_true(mtproto_rsa_fingerprint(key) >> 60);
	assert_int_equal(mtproto_rsa_private_pem(key, text, sizeof(text), &len), 0);
	assert_int_equal(mtproto_rsa_from_pem(&copy, text, len), 0);
	assert_int_equal(mtproto_rsa_fingerprint(copy), mtproto_rsa_fingerprint(key));
	assert_int_equal(mtproto_rsa_encrypt(copy, MTPROTO_RSA_PAD, NULL, data, sizeof(data), encrypted), 0);
	assert_int_equal(mtproto_rsa_decrypt(key, encrypted, out, &len, &padding, sha1), 0);
	assert_memory_equal(out, data, sizeof(data));
	mtproto_rsa_free(key);
	mtproto_rsa_free(copy);
	mtproto_rsa_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builtin_keys_have_their_fingerprints),
		cmocka_unit_test(every_form_of_a_key_is_read),
		cmocka_unit_test(other_keys_are_refused),
		cmocka_unit_test(damaged_text_is_refused),
		cmocka_unit_test(headers_are_refused),
		cmocka_unit_test(text_before_the_key_is_skipped),
		cmocka_unit_test(long_text_is_not_looked_at),
		cmocka_unit_test(pem_round_trip),
		cmocka_unit_test(pem_needs_room_for_its_end),
		cmocka_unit_test(pad_to_production),
		cmocka_unit_test(pad_redraws_temp_key),
		cmocka_unit_test(legacy_padding),
		cmocka_unit_test(captures_of_clients_decrypt),
		cmocka_unit_test(vectors_decrypt),
		cmocka_unit_test(changed_data_does_not_open),
		cmocka_unit_test(data_for_another_key_does_not_open),
		cmocka_unit_test(public_key_opens_nothing),
		cmocka_unit_test(lengths_are_limited),
		cmocka_unit_test(failing_random_source),
		cmocka_unit_test(generated_key_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
