#include "store/session_bytes.h"

#include <mtproto/base64.h>

#include "dc/address.h"

#include <stdio.h>
#include <string.h>

int mtp_string_refuse(struct mtp_string_bytes *bytes, int error, const char *reason)
{
	if (!bytes->error) {
		bytes->error = error;
		bytes->reason = reason;
	}
	return bytes->error;
}

void mtp_string_decode(struct mtp_string_bytes *out, const char *text, size_t len, unsigned base64)
{
	if (mtproto_base64_decode(out->data, sizeof(out->data), &out->len, text, len, base64))
		mtp_string_refuse(out, MTPROTO_ERR_STATE_FORMAT,
				  "this is not base64: damaged, cut off or too long for a session");
}

const uint8_t *mtp_string_get_raw(struct mtp_string_bytes *bytes, size_t size)
{
	const uint8_t *data = bytes->data + bytes->pos;

	if (bytes->error)
		return NULL;
	if (bytes->len - bytes->pos < size) {
		mtp_string_refuse(bytes, MTPROTO_ERR_TRUNCATED, "the session is cut off");
		return NULL;
	}
	bytes->pos += size;
	return data;
}

uint64_t mtp_string_get(struct mtp_string_bytes *bytes, size_t size)
{
	const uint8_t *data = mtp_string_get_raw(bytes, size);
	uint64_t value = 0;

	for (size_t i = 0; data && i < size; i++)
		value = value << 8 | data[i];
	return value;
}

void mtp_string_put_raw(struct mtp_string_bytes *bytes, const void *data, size_t size)
{
	if (sizeof(bytes->data) - bytes->len < size) {
		mtp_string_refuse(bytes, MTPROTO_ERR_INTERNAL, "the session is too long");
		return;
	}
	if (size > 0)
		memcpy(bytes->data + bytes->len, data, size);
	bytes->len += size;
}

void mtp_string_put(struct mtp_string_bytes *bytes, uint64_t value, size_t size)
{
	for (size_t i = size; i > 0; i--) {
		uint8_t byte = (uint8_t)(value >> 8 * (i - 1));

		mtp_string_put_raw(bytes, &byte, 1);
	}
}

/* ---- Addresses ---- */

bool mtp_string_is_ipv6(const struct mtproto_session_address *address)
{
	return strchr(address->text, ':') != NULL;
}

void mtp_string_get_ip(struct mtp_string_bytes *bytes, size_t size, struct mtproto_session_address *out)
{
	const uint8_t *ip = mtp_string_get_raw(bytes, size);
	char ipv6[MTP_IPV6_TEXT_SIZE];

	if (!ip)
		return;
	if (size == MTP_IPV6_SIZE) {
		mtp_ipv6_write(ipv6, ip);
		snprintf(out->text, sizeof(out->text), "%s", ipv6);
	} else {
		snprintf(out->text, sizeof(out->text), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	}
}

void mtp_string_put_ip(struct mtp_string_bytes *bytes, const struct mtproto_session_address *address)
{
	uint8_t ip[MTP_IPV6_SIZE];
	bool good;

	if (mtp_string_is_ipv6(address))
		good = mtp_ipv6_read(ip, address->text, strlen(address->text));
	else
		good = mtp_ipv4_read(ip, address->text, strlen(address->text));
	if (!good)
		mtp_string_refuse(bytes, MTPROTO_ERR_ARGUMENT, "the address is not an IP address");
	else
		mtp_string_put_raw(bytes, ip, mtp_string_is_ipv6(address) ? MTP_IPV6_SIZE : MTP_IPV4_SIZE);
}

void mtp_string_take_address(struct mtp_string_bytes *bytes, const uint8_t *text, size_t len,
			     struct mtproto_session_address *out)
{
	if (bytes->error)
		return;
	if (len >= sizeof(out->text) || !mtproto_dc_address_family((const char *)text, len)) {
		mtp_string_refuse(bytes, MTPROTO_ERR_STATE_FORMAT, "the address in it is not an IP address");
		return;
	}
	memcpy(out->text, text, len);
	out->text[len] = '\0';
}
