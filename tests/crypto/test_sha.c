#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha.h"
#include "hex.h"

#define LENGTHS 300

static void assert_hash(const uint8_t *hash, size_t len, const char *expected)
{
	uint8_t bytes[32];

	assert_int_equal(hex(bytes, sizeof(bytes), expected), len);
	assert_memory_equal(hash, bytes, len);
}

/* FIPS 180-4, the examples of one block and of two. */
static void published_examples(void **state)
{
	const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	const struct mtproto_span parts[] = {{(const uint8_t *)"abc", 3}, {(const uint8_t *)two_blocks, 56}};
	uint8_t hash[32];

	(void)state;
	mtp_sha1(hash, &parts[0], 1);
	assert_hash(hash, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
	mtp_sha1(hash, &parts[1], 1);
	assert_hash(hash, 20, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	mtp_sha256(hash, &parts[0], 1);
	assert_hash(hash, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	mtp_sha256(hash, &parts[1], 1);
	assert_hash(hash, 32, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void nothing_has_a_hash(void **state)
{
	const struct mtproto_span empty = {NULL, 0};
	uint8_t hash[32];

	(void)state;
	mtp_sha1(hash, NULL, 0);
	assert_hash(hash, 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	mtp_sha256(hash, &empty, 1);
	assert_hash(hash, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* The hash of the hashes of the first 0, 1, 2, ... 299 bytes of a pattern, against Python's hashlib. */
static void every_length_pads_right(void **state)
{
	static uint8_t data[LENGTHS], sha1[LENGTHS * 20], sha256[LENGTHS * 32];
	const struct mtproto_span all_sha1 = {sha1, sizeof(sha1)}, all_sha256 = {sha256, sizeof(sha256)};
	uint8_t hash[32];

	(void)state;
	for (size_t i = 0; i < LENGTHS; i++)
		data[i] = (uint8_t)(7 * i + 1);
	for (size_t i = 0; i < LENGTHS; i++) {
		const struct mtproto_span part = {data, i};

		mtp_sha1(sha1 + 20 * i, &part, 1);
		mtp_sha256(sha256 + 32 * i, &part, 1);
	}
	mtp_sha1(hash, &all_sha1, 1);
	assert_hash(hash, 20, "6b60569190829fc0ca5f8b2961e86b7dbcb0b3af");
	mtp_sha256(hash, &all_sha256, 1);
	assert_hash(hash, 32, "5ebbf7b17a4f2bbb50cae3f26da221c90542499a6b4cbc177190a5e8cf00710d");
}

static void parts_are_joined(void **state)
{
	uint8_t data[200], whole[32], joined[32];
	const struct mtproto_span all = {data, sizeof(data)};

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (size_t cut = 0; cut <= sizeof(data); cut++) {
		const struct mtproto_span parts[] = {{data, cut}, {NULL, 0}, {data + cut, sizeof(data) - cut}};

		mtp_sha256(whole, &all, 1);
		mtp_sha256(joined, parts, 3);
		assert_memory_equal(whole, joined, 32);
		mtp_sha1(whole, &all, 1);
		mtp_sha1(joined, parts, 3);
		assert_memory_equal(whole, joined, 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_examples),
		cmocka_unit_test(nothing_has_a_hash),
		cmocka_unit_test(every_length_pads_right),
		cmocka_unit_test(parts_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
