#include <mtproto/base64.h>

/* All ones when low <= v <= high; all arguments are below 2^16. */
static uint32_t mask_of_range(uint32_t v, uint32_t low, uint32_t high)
{
	return (((v - low) | (high - v)) >> 31) - 1u;
}

static char encode_digit(uint32_t v, unsigned form)
{
	uint32_t url = 0u - (uint32_t)(form & MTPROTO_BASE64_URL);
	uint32_t c = 0;

	c |= mask_of_range(v, 0, 25) & (v + 'A');
	c |= mask_of_range(v, 26, 51) & (v - 26 + 'a');
	c |= mask_of_range(v, 52, 61) & (v - 52 + '0');
	c |= mask_of_range(v, 62, 62) & ((url & '-') | (~url & '+'));
	c |= mask_of_range(v, 63, 63) & ((url & '_') | (~url & '/'));
	return (char)c;
}

/* 0..63, or more when it is none. */
static uint32_t decode_digit(char character, unsigned form)
{
	uint32_t url = 0u - (uint32_t)(form & MTPROTO_BASE64_URL);
	uint32_t c = (uint8_t)character;
	uint32_t c62 = (url & '-') | (~url & '+');
	uint32_t c63 = (url & '_') | (~url & '/');
	uint32_t v = 0, known = 0;

	v |= mask_of_range(c, 'A', 'Z') & (c - 'A');
	v |= mask_of_range(c, 'a', 'z') & (c - 'a' + 26);
	v |= mask_of_range(c, '0', '9') & (c - '0' + 52);
	v |= mask_of_range(c, c62, c62) & 62;
	v |= mask_of_range(c, c63, c63) & 63;
	known |= mask_of_range(c, 'A', 'Z') | mask_of_range(c, 'a', 'z') | mask_of_range(c, '0', '9');
	known |= mask_of_range(c, c62, c62) | mask_of_range(c, c63, c63);
	return v | (~known & 64);
}

size_t mtproto_base64_encode(char *out, const void *data, size_t len, unsigned form)
{
	const uint8_t *in = data;
	size_t written = 0;

	for (size_t at = 0; at < len; at += 3) {
		size_t taken = len - at < 3 ? len - at : 3;
		uint32_t group = 0;

		for (size_t i = 0; i < 3; i++)
			group = group << 8 | (i < taken ? in[at + i] : 0u);
		for (size_t i = 0; i < 4; i++) {
			if (i <= taken)
				out[written++] = encode_digit(group >> (18 - 6 * i) & 63, form);
			else if (!(form & MTPROTO_BASE64_NO_PADDING))
				out[written++] = '=';
		}
	}
	out[written] = '\0';
	return written;
}

/* The length without padding; false when the padding is not that of form. */
static bool strip_padding(const char *text, size_t *len, unsigned form)
{
	size_t padding = 0;

	if (form & MTPROTO_BASE64_NO_PADDING)
		return *len % 4 != 1;
	if (*len % 4 != 0)
		return false;
	while (padding < 2 && padding < *len && text[*len - 1 - padding] == '=')
		padding++;
	*len -= padding;
	return true;
}

int mtproto_base64_decode(uint8_t *out, size_t cap, size_t *len, const char *text, size_t text_len, unsigned form)
{
	uint32_t group = 0, bad = 0;
	unsigned bits = 0;
	size_t written = 0;

	*len = 0;
	if (!strip_padding(text, &text_len, form))
		return MTPROTO_ERR_ENCODING;
	if (text_len / 4 * 3 + text_len % 4 * 3 / 4 > cap)
		return MTPROTO_ERR_BUFFER;
	for (size_t i = 0; i < text_len; i++) {
		uint32_t digit = decode_digit(text[i], form);

		bad |= digit & 64;
		group = (group << 6 | (digit & 63)) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[written++] = (uint8_t)(group >> bits);
		}
	}
	bad |= group & ((1u << bits) - 1);
	if (bad)
		return MTPROTO_ERR_ENCODING;
	*len = written;
	return 0;
}
