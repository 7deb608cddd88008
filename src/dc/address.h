/* IP addresses as text, without the system's functions. */
#ifndef MTP_DC_ADDRESS_H
#define MTP_DC_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MTP_IPV4_SIZE      4
#define MTP_IPV6_SIZE      16
#define MTP_IPV6_TEXT_SIZE 40 /* eight groups, seven colons, a zero byte */

/* "149.154.167.51": four decimal numbers without needless zeros. */
bool mtp_ipv4_read(uint8_t out[MTP_IPV4_SIZE], const char *text, size_t len);

/* "2001:67c:4e8:f002::a", and with an IPv4 address at the end; no zone, no brackets. */
bool mtp_ipv6_read(uint8_t out[MTP_IPV6_SIZE], const char *text, size_t len);

/* The form of RFC 5952: small letters, the longest run of zero groups left out. */
void mtp_ipv6_write(char out[MTP_IPV6_TEXT_SIZE], const uint8_t address[MTP_IPV6_SIZE]);

#endif
