/* Packets with known bytes. */
#ifndef TESTS_TRANSPORT_PATTERN_H
#define TESTS_TRANSPORT_PATTERN_H

#include <stddef.h>
#include <stdint.h>

static inline void pattern(uint8_t *out, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i * 7 + seed);
}

#endif
