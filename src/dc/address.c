#include "dc/address.h"

#include <stdio.h>
#include <string.h>

#define GROUPS 8

bool mtp_ipv4_read(uint8_t out[MTP_IPV4_SIZE], const char *text, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < MTP_IPV4_SIZE; i++) {
		size_t start;
		unsigned value = 0;

		if (i > 0 && (at == len || text[at++] != '.'))
			return false;
		for (start = at; at < len && at - start < 3 && text[at] >= '0' && text[at] <= '9'; at++)
			value = value * 10 + (unsigned)(text[at] - '0');
		if (at == start || value > 255 || (text[start] == '0' && at - start > 1))
			return false;
		out[i] = (uint8_t)value;
	}
	return at == len;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One group of up to four digits. Returns how many digits it has. */
static size_t read_group(uint8_t out[2], const char *text, size_t len)
{
	unsigned value = 0;
	size_t at = 0;

	for (; at < len && at < 4 && hex_digit(text[at]) >= 0; at++)
		value = value << 4 | (unsigned)hex_digit(text[at]);
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
	return at;
}

/* The part before or behind "::", or all: groups with colons between them, the last two perhaps as IPv4. Returns the
 * bytes written, or more than cap. */
static size_t read_groups(uint8_t *out, size_t cap, const char *text, size_t len)
{
	size_t written = 0, at = 0;

	while (at < len) {
		size_t digits;

		if (written > 0 && text[at++] != ':')
			return cap + 1;
		if (written + 4 <= cap && mtp_ipv4_read(out + written, text + at, len - at))
			return written + 4;
		if (written + 2 > cap)
			return cap + 1;
		digits = read_group(out + written, text + at, len - at);
		if (digits == 0)
			return cap + 1;
		at += digits;
		written += 2;
	}
	return written;
}

static const char *find_gap(const char *text, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (text[i] == ':' && text[i + 1] == ':')
			return text + i;
	return NULL;
}

bool mtp_ipv6_read(uint8_t out[MTP_IPV6_SIZE], const char *text, size_t len)
{
	const char *gap = find_gap(text, len);
	uint8_t tail[MTP_IPV6_SIZE];
	size_t head_len, tail_len;

	memset(out, 0, MTP_IPV6_SIZE);
	if (!gap)
		return read_groups(out, MTP_IPV6_SIZE, text, len) == MTP_IPV6_SIZE;
	head_len = read_groups(out, MTP_IPV6_SIZE - 2, text, (size_t)(gap - text));
	if (head_len > MTP_IPV6_SIZE - 2)
		return false;
	tail_len = read_groups(tail, MTP_IPV6_SIZE - 2 - head_len, gap + 2, len - (size_t)(gap - text) - 2);
	if (tail_len > MTP_IPV6_SIZE - 2 - head_len)
		return false;
	memcpy(out + MTP_IPV6_SIZE - tail_len, tail, tail_len);
	return true;
}

static bool is_zero_group(const uint8_t address[MTP_IPV6_SIZE], size_t group)
{
	return address[2 * group] == 0 && address[2 * group + 1] == 0;
}

/* The first of the longest runs of at least two zero groups; len 0 when there is none. */
static size_t longest_run(const uint8_t address[MTP_IPV6_SIZE], size_t *len)
{
	size_t best = 0;

	*len = 0;
	for (size_t start = 0; start < GROUPS; start++) {
		size_t end = start;

		while (end < GROUPS && is_zero_group(address, end))
			end++;
		if (end - start >= 2 && end - start > *len) {
			best = start;
			*len = end - start;
		}
	}
	return best;
}

void mtp_ipv6_write(char out[MTP_IPV6_TEXT_SIZE], const uint8_t address[MTP_IPV6_SIZE])
{
	size_t run_len, run = longest_run(address, &run_len);
	size_t len = 0;

	for (size_t group = 0; group < GROUPS; group++) {
		if (run_len > 0 && group == run) {
			len += (size_t)snprintf(out + len, MTP_IPV6_TEXT_SIZE - len, "::");
			group += run_len - 1;
			continue;
		}
		len += (size_t)snprintf(out + len, MTP_IPV6_TEXT_SIZE - len, "%s%x",
					group == 0 || (run_len > 0 && group == run + run_len) ? "" : ":",
					(unsigned)address[2 * group] << 8 | address[2 * group + 1]);
	}
}
