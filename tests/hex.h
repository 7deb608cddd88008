/* Hexadecimal text in tests. */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

static inline int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = strchr(digits, c | 0x20);

	assert(c && at);
	return (int)(at - digits);
}

/* Decodes text (lower or upper case, no spaces) to out and returns the number of bytes. */
static inline size_t hex(uint8_t *out, size_t cap, const char *text)
{
	size_t len = strlen(text) / 2;

	assert(strlen(text) % 2 == 0 && len <= cap);
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return len;
}

#endif
