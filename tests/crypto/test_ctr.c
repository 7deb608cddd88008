#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/kernel_sets.h"
#include "hex.h"

#define NIST_KEY "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define NIST_IV  "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"

/* NIST SP 800-38A, F.5.5. */
#define NIST_PLAIN                                                                                         \
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef" \
	"f69f2445df4f9b17ad2b417be66c3710"
#define NIST_SEALED                                                                                        \
	"601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988d" \
	"dfc9c58db67aada613c2dd08457941a6"

/* The key stream of NIST_KEY when the counter starts 2 below 2^128 and when it starts 1 below 2^64 (Python's
 * cryptography): the carry goes through all 128 bits and gets lost at the top. */
#define WRAP_128_IV "fffffffffffffffffffffffffffffffe"
#define WRAP_128_STREAM                                                                                    \
	"4f9db742155ac502c2ae28023b3336e43b3c2921c85a24de9ac606ce6d1d60cce568f68194cf76d6174d4cc04310a854" \
	"91151e5d0b7a1f1bc0d7acd0ae3e51e4"
#define WRAP_64_IV "0000000000000001ffffffffffffffff"
#define WRAP_64_STREAM \
	"e1c37cbda4ea85ee6157c00634088096a3759e136e635d043011fb7d933c2518d9466bfaff3360d89189c5f252a4e26c"

/* The 48 bytes of key stream from byte 2^36 - 5 on, of the key and iv above. */
#define FAR_POSITION ((UINT64_C(1) << 36) - 5)
#define FAR_STREAM   "5358aa85b697babe7acb89d82adab7d13f093adc24ea4fd7cab722407da5ba87d2bc764d46be181ef370f554577bd2d6"

static void start(struct mtproto_ctr *ctr, const struct mtproto_kernels *kernels, const char *iv_hex)
{
	uint8_t key[32], iv[16];

	hex(key, sizeof(key), NIST_KEY);
	hex(iv, sizeof(iv), iv_hex);
	assert_int_equal(mtproto_ctr_init(ctr, kernels, key, iv), 0);
}

static void assert_stream(const char *iv_hex, uint64_t position, const char *from, const char *to)
{
	uint8_t in[256], expected[256], out[256];
	size_t len = hex(expected, sizeof(expected), to);
	struct mtproto_ctr ctr;

	memset(in, 0, sizeof(in));
	if (from)
		assert_int_equal(hex(in, sizeof(in), from), len);
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		if (!kernels)
			continue;
		start(&ctr, kernels, iv_hex);
		mtproto_ctr_seek(&ctr, position);
		assert_int_equal(mtproto_ctr_xor(&ctr, in, out, len), 0);
		assert_memory_equal(out, expected, len);
		assert_int_equal(ctr.position, position + len);
		mtproto_ctr_fini(&ctr);
	}
}

static void nist_vector(void **state)
{
	(void)state;
	assert_stream(NIST_IV, 0, NIST_PLAIN, NIST_SEALED);
	assert_stream(NIST_IV, 0, NIST_SEALED, NIST_PLAIN);
}

static void counter_has_128_bits(void **state)
{
	(void)state;
	assert_stream(WRAP_128_IV, 0, NULL, WRAP_128_STREAM);
	assert_stream(WRAP_64_IV, 0, NULL, WRAP_64_STREAM);
	assert_stream(WRAP_64_IV, 16, NULL, &WRAP_64_STREAM[32]);
}

static void far_positions_are_reached(void **state)
{
	(void)state;
	assert_stream(NIST_IV, FAR_POSITION, NULL, FAR_STREAM);
}

static void every_cut_continues(void **state)
{
	uint8_t plain[64], sealed[64], out[64];
	struct mtproto_ctr ctr;

	(void)state;
	hex(plain, sizeof(plain), NIST_PLAIN);
	hex(sealed, sizeof(sealed), NIST_SEALED);
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		for (size_t a = 0; kernels && a <= sizeof(plain); a++) {
			for (size_t b = a; b <= sizeof(plain); b++) {
				start(&ctr, kernels, NIST_IV);
				assert_int_equal(mtproto_ctr_xor(&ctr, plain, out, a), 0);
				assert_int_equal(mtproto_ctr_xor(&ctr, plain + a, out + a, b - a), 0);
				assert_int_equal(mtproto_ctr_xor(&ctr, plain + b, out + b, sizeof(plain) - b), 0);
				assert_memory_equal(out, sealed, sizeof(sealed));
				mtproto_ctr_fini(&ctr);
			}
		}
	}
}

static void fini_wipes_and_may_be_repeated(void **state)
{
	struct mtproto_ctr ctr, zero;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	memset(&ctr, 0, sizeof(ctr));
	mtproto_ctr_fini(&ctr);
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = mtproto_kernels_get(kernel_sets[i]);

		if (!kernels)
			continue;
		start(&ctr, kernels, NIST_IV);
		mtproto_ctr_fini(&ctr);
		assert_memory_equal(&ctr, &zero, sizeof(ctr));
		mtproto_ctr_fini(&ctr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nist_vector),
		cmocka_unit_test(counter_has_128_bits),
		cmocka_unit_test(far_positions_are_reached),
		cmocka_unit_test(every_cut_continues),
		cmocka_unit_test(fini_wipes_and_may_be_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
