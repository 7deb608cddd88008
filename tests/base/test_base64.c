/* Base64. The first examples are those of RFC 4648, section 10; the others were made with Python's base64. */
#include <mtproto/base64.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_both_ways(const char *bytes, size_t len, const char *text, unsigned form)
{
	char encoded[64];
	uint8_t decoded[64];
	size_t decoded_len;

	assert_int_equal(mtproto_base64_encode(encoded, bytes, len, form), strlen(text));
	assert_string_equal(encoded, text);
	assert_int_equal(mtproto_base64_decode(decoded, len, &decoded_len, text, strlen(text), form), 0);
	assert_int_equal(decoded_len, len);
	assert_memory_equal(decoded, bytes, len);
}

static void the_examples_of_the_rfc(void **state)
{
	(void)state;
	assert_both_ways("", 0, "", MTPROTO_BASE64_STANDARD);
	assert_both_ways("f", 1, "Zg==", MTPROTO_BASE64_STANDARD);
	assert_both_ways("fo", 2, "Zm8=", MTPROTO_BASE64_STANDARD);
	assert_both_ways("foo", 3, "Zm9v", MTPROTO_BASE64_STANDARD);
	assert_both_ways("foob", 4, "Zm9vYg==", MTPROTO_BASE64_STANDARD);
	assert_both_ways("fooba", 5, "Zm9vYmE=", MTPROTO_BASE64_STANDARD);
	assert_both_ways("foobar", 6, "Zm9vYmFy", MTPROTO_BASE64_STANDARD);
}

static void the_whole_alphabet(void **state)
{
	static const char bytes[] = "\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61\x96"
				    "\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3"
				    "\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf";
	char text[80];

	(void)state;
	mtproto_base64_encode(text, bytes, 48, MTPROTO_BASE64_STANDARD);
	assert_string_equal(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	mtproto_base64_encode(text, bytes, 48, MTPROTO_BASE64_URL);
	assert_string_equal(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
	assert_both_ways("\xfb\xff\xfe", 3, "-__-", MTPROTO_BASE64_URL);
	assert_both_ways("\xff", 1, "_w", MTPROTO_BASE64_URL | MTPROTO_BASE64_NO_PADDING);
	assert_both_ways("\xff\xff", 2, "//8", MTPROTO_BASE64_NO_PADDING);
}

static void assert_refused(const char *text, unsigned form)
{
	uint8_t out[16];
	size_t len = 7;

	assert_int_equal(mtproto_base64_decode(out, sizeof(out), &len, text, strlen(text), form), MTPROTO_ERR_ENCODING);
	assert_int_equal(len, 0);
}

static void what_is_not_of_the_form_is_refused(void **state)
{
	static const char *const texts[] = {"Zg",   "Zg=",  "Z",    "====", "Zg==Zg==", "Zm9v\n", "Zm 9v",
					    "Zm9*", "-__-", "Zh==", "Zm9=", "=m9v",     "Zm=v"};
	uint8_t out[2];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(texts[i], MTPROTO_BASE64_STANDARD);
	assert_refused("Zg==", MTPROTO_BASE64_NO_PADDING);
	assert_refused("Zh", MTPROTO_BASE64_NO_PADDING);
	assert_refused("Zm9vY", MTPROTO_BASE64_NO_PADDING);
	assert_refused("+//+", MTPROTO_BASE64_URL);
	assert_int_equal(mtproto_base64_decode(out, 2, &len, "Zm9v", 4, 0), MTPROTO_ERR_BUFFER);
}

/* No byte but the 64 of the alphabet is a digit. */
static void every_other_byte_is_refused(void **state)
{
	unsigned taken = 0;

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char text[4] = {'A', 'A', 'A', (char)byte};
		uint8_t out[3];
		size_t len;

		taken += byte != '=' && mtproto_base64_decode(out, 3, &len, text, 4, MTPROTO_BASE64_STANDARD) == 0;
	}
	assert_int_equal(taken, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_rfc),
		cmocka_unit_test(the_whole_alphabet),
		cmocka_unit_test(what_is_not_of_the_form_is_refused),
		cmocka_unit_test(every_other_byte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
