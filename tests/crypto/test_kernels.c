/* Every set of our own against libcrypto's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kernel_sets.h"
#include "hex.h"

#define LEN_MAX    4096
#define ALIGNMENTS 16

static const struct mtproto_kernels *oracle(void)
{
	return mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
}

/* Calls check for each set of our own that this CPU has. */
static void for_own_sets(void (*check)(const struct mtproto_kernels *kernels))
{
	bool found = false;

	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		if (!kernels || kernels == oracle())
			continue;
		check(kernels);
		found = true;
	}
	if (!found)
		skip();
}

static void sets_have_names(void **state)
{
	static const char *const names[KERNEL_SETS] = {"libcrypto", "aesni", "vaes", "armv8"};

	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		if (kernels)
			assert_string_equal(mtproto_kernels_name(kernels), names[i]);
	}
}

/* kernel_sets is sorted by speed, as far as one CPU can have more than one of them. */
static void automatic_choice_prefers_the_fastest(void **state)
{
	const struct mtproto_kernels *fastest = NULL;

	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++)
		if (mtproto_kernels_get(kernel_sets[i]))
			fastest = mtproto_kernels_get(kernel_sets[i]);
	assert_ptr_equal(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), fastest);
}

static void unknown_set_is_none(void **state)
{
	(void)state;
	assert_null(mtproto_kernels_get((enum mtproto_kernels_id)99));
}

/* Both directions, apart, misaligned by offset, and in place; the advanced iv too. */
static void check_ige_length(const struct mtproto_kernels *kernels, size_t len, size_t offset)
{
	static uint8_t text[LEN_MAX], expected[LEN_MAX], room[LEN_MAX + 2 * ALIGNMENTS];
	uint8_t key[32], iv[32], expected_iv[32], own_iv[32];
	uint8_t *own = room + offset;

	noise(text, len, (uint32_t)len);
	noise(key, sizeof(key), (uint32_t)len + 1);
	noise(iv, sizeof(iv), (uint32_t)len + 2);

	memcpy(expected_iv, iv, sizeof(iv));
	assert_int_equal(mtproto_ige_encrypt(oracle(), key, expected_iv, text, expected, len), 0);
	memcpy(own_iv, iv, sizeof(iv));
	assert_int_equal(mtproto_ige_encrypt(kernels, key, own_iv, text, own, len), 0);
	assert_memory_equal(own, expected, len);
	assert_memory_equal(own_iv, expected_iv, sizeof(iv));
	memcpy(own, text, len);
	memcpy(own_iv, iv, sizeof(iv));
	assert_int_equal(mtproto_ige_encrypt(kernels, key, own_iv, own, own, len), 0);
	assert_memory_equal(own, expected, len);

	memcpy(expected_iv, iv, sizeof(iv));
	assert_int_equal(mtproto_ige_decrypt(oracle(), key, expected_iv, text, expected, len), 0);
	memcpy(own_iv, iv, sizeof(iv));
	assert_int_equal(mtproto_ige_decrypt(kernels, key, own_iv, text, own, len), 0);
	assert_memory_equal(own, expected, len);
	assert_memory_equal(own_iv, expected_iv, sizeof(iv));
	memcpy(own, text, len);
	memcpy(own_iv, iv, sizeof(iv));
	assert_int_equal(mtproto_ige_decrypt(kernels, key, own_iv, own, own, len), 0);
	assert_memory_equal(own, expected, len);
}

static void check_ige(const struct mtproto_kernels *kernels)
{
	for (size_t len = 0; len <= LEN_MAX; len += 16)
		check_ige_length(kernels, len, len / 16 % ALIGNMENTS);
}

static void ige_agrees(void **state)
{
	(void)state;
	for_own_sets(check_ige);
}

/* Random jumps and lengths: only positions modulo a block and runs of all sizes matter. */
static void check_ctr(const struct mtproto_kernels *kernels)
{
	static uint8_t text[LEN_MAX], expected[LEN_MAX], room[LEN_MAX + ALIGNMENTS];
	uint8_t key[32], iv[16], random[8];
	struct mtproto_ctr own, other;

	noise(key, sizeof(key), 1);
	noise(iv, sizeof(iv), 2);
	noise(text, sizeof(text), 3);
	assert_int_equal(mtproto_ctr_init(&own, kernels, key, iv), 0);
	assert_int_equal(mtproto_ctr_init(&other, oracle(), key, iv), 0);
	for (uint32_t i = 0; i < 2000; i++) {
		uint64_t position;
		size_t len, offset;

		noise(random, sizeof(random), i);
		len = (size_t)(random[0] | random[1] << 8) % (i % 2 ? 200 : LEN_MAX);
		position = random[2] | (uint64_t)random[3] << 30 | (uint64_t)random[4] << 56;
		offset = random[5] % ALIGNMENTS;
		if (i % 4) {
			mtproto_ctr_seek(&own, position);
			mtproto_ctr_seek(&other, position);
		}
		assert_int_equal(mtproto_ctr_xor(&other, text, expected, len), 0);
		memcpy(room + offset, text, len);
		assert_int_equal(mtproto_ctr_xor(&own, room + offset, room + offset, len), 0);
		assert_memory_equal(room + offset, expected, len);
		assert_int_equal(own.position, other.position);
	}
	mtproto_ctr_fini(&own);
	mtproto_ctr_fini(&other);
}

static void ctr_agrees(void **state)
{
	(void)state;
	for_own_sets(check_ctr);
}

static void check_msg_key(const struct mtproto_kernels *kernels)
{
	static uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], room[LEN_MAX + ALIGNMENTS];
	uint8_t expected[32], own[32];

	noise(auth_key, sizeof(auth_key), 4);
	for (size_t len = 0; len <= LEN_MAX; len += len < 300 ? 1 : 37) {
		uint8_t *plain = room + len % ALIGNMENTS;

		noise(plain, len, (uint32_t)len);
		for (unsigned x = MTPROTO_TO_SERVER; x <= MTPROTO_TO_CLIENT; x += MTPROTO_TO_CLIENT) {
			enum mtproto_direction direction = (enum mtproto_direction)x;

			mtproto_msg_key_large(oracle(), auth_key, direction, plain, len, expected);
			mtproto_msg_key_large(kernels, auth_key, direction, plain, len, own);
			assert_memory_equal(own, expected, sizeof(own));
		}
	}
}

static void msg_key_agrees(void **state)
{
	(void)state;
	for_own_sets(check_msg_key);
}

static void check_kdf(const struct mtproto_kernels *kernels)
{
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], msg_key[16], expected[64], own[64];

	for (uint32_t i = 0; i < 256; i++) {
		enum mtproto_direction direction = i % 2 ? MTPROTO_TO_SERVER : MTPROTO_TO_CLIENT;

		noise(auth_key, sizeof(auth_key), i);
		noise(msg_key, sizeof(msg_key), i + 1);
		mtproto_kdf_v2(oracle(), auth_key, msg_key, direction, expected, expected + 32);
		mtproto_kdf_v2(kernels, auth_key, msg_key, direction, own, own + 32);
		assert_memory_equal(own, expected, sizeof(own));
	}
}

static void kdf_agrees(void **state)
{
	(void)state;
	for_own_sets(check_kdf);
}

/* SHA256 of 32 bytes of key and a long message, by Python's hashlib: the oracle itself. */
static void oracle_hashes_long_messages(void **state)
{
	static uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE], plain[LEN_MAX];
	uint8_t expected[32], out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(auth_key); i++)
		auth_key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(7 * i + 1);
	hex(expected, sizeof(expected), "654c87cb0f88c02f577b1cd827e26da98d97fef1310e80a5fe01dd141f01a633");
	mtproto_msg_key_large(oracle(), auth_key, MTPROTO_TO_CLIENT, plain, sizeof(plain), out);
	assert_memory_equal(out, expected, sizeof(out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_have_names),     cmocka_unit_test(automatic_choice_prefers_the_fastest),
		cmocka_unit_test(unknown_set_is_none), cmocka_unit_test(ige_agrees),
		cmocka_unit_test(ctr_agrees),          cmocka_unit_test(msg_key_agrees),
		cmocka_unit_test(kdf_agrees),          cmocka_unit_test(oracle_hashes_long_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
