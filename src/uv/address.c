#include "uv/driver.h"

#include <stdio.h>
#include <string.h>

static int parse_port(uint16_t *out, const char *text)
{
	uint32_t port = 0;
	size_t digits = strspn(text, "0123456789");

	if (digits < 1 || digits > 5 || text[digits] != '\0')
		return MTPROTO_ERR_ARGUMENT;
	for (size_t i = 0; i < digits; i++)
		port = port * 10 + (uint32_t)(text[i] - '0');
	if (port > UINT16_MAX)
		return MTPROTO_ERR_ARGUMENT;
	*out = (uint16_t)port;
	return 0;
}

static bool host_valid(const char *host, size_t len, bool bracketed)
{
	bool colon = memchr(host, ':', len) != NULL;

	if (len < 1 || len > MTPROTO_UV_HOST_MAX || colon != bracketed)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)host[i];

		if (c <= ' ' || c == 0x7f || c == '[' || c == ']')
			return false;
	}
	return true;
}

int mtproto_uv_address_parse(struct mtproto_uv_address *out, const char *text)
{
	bool bracketed = text[0] == '[';
	const char *host = bracketed ? text + 1 : text;
	const char *end = bracketed ? strchr(host, ']') : strrchr(host, ':');
	const char *colon = end && bracketed ? end + 1 : end;
	uint16_t port;

	memset(out, 0, sizeof(*out));
	if (!colon || *colon != ':' || !host_valid(host, (size_t)(end - host), bracketed))
		return MTPROTO_ERR_ARGUMENT;
	if (parse_port(&port, colon + 1))
		return MTPROTO_ERR_ARGUMENT;
	memcpy(out->host, host, (size_t)(end - host));
	out->port = port;
	return 0;
}

int mtp_uv_sockaddr(struct sockaddr_storage *out, const struct mtproto_uv_address *address)
{
	memset(out, 0, sizeof(*out));
	if (uv_ip4_addr(address->host, address->port, (struct sockaddr_in *)(void *)out) == 0)
		return 0;
	memset(out, 0, sizeof(*out));
	if (uv_ip6_addr(address->host, address->port, (struct sockaddr_in6 *)(void *)out) == 0)
		return 0;
	return MTPROTO_ERR_ARGUMENT;
}

uint16_t mtp_uv_sockaddr_port(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
	return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
}

int mtp_uv_sockaddr_text(const struct sockaddr_storage *address, char *out, size_t cap)
{
	bool v6 = address->ss_family == AF_INET6;
	char host[MTPROTO_UV_ADDRESS_TEXT_SIZE] = "";
	int error;
	int len;

	if (v6)
		error = uv_ip6_name((const struct sockaddr_in6 *)(const void *)address, host, sizeof(host));
	else
		error = uv_ip4_name((const struct sockaddr_in *)(const void *)address, host, sizeof(host));
	len = snprintf(out, cap, v6 ? "[%s]:%u" : "%s:%u", host, (unsigned)mtp_uv_sockaddr_port(address));
	if (!error && len > 0 && (size_t)len < cap)
		return 0;
	if (cap)
		out[0] = '\0';
	return MTPROTO_ERR_BUFFER;
}
