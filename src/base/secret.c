#include <mtproto/base.h>

#include "base/bytes.h"

#include <string.h>

/* The empty assembly may read the memory, as far as the compiler knows, so the zeros must be there. */
void mtproto_wipe(void *memory, size_t len)
{
#if defined(__GNUC__)
	if (len > 0)
		memset(memory, 0, len);
	__asm__ volatile("" : : "r"(memory) : "memory");
#else
	volatile uint8_t *p = memory;

	while (len--)
		*p++ = 0;
#endif
}

/* The compiler must not know that only zero or not zero counts, else it may stop at the first difference. */
bool mtproto_equal_const_time(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a;
	const uint8_t *y = b;
#if defined(__GNUC__)
	uint64_t difference = 0;
#else
	volatile uint64_t difference = 0;
#endif
	size_t i = 0;

	for (; i + 8 <= len; i += 8)
		difference |= mtp_load_le64(x + i) ^ mtp_load_le64(y + i);
	for (; i < len; i++)
		difference |= x[i] ^ y[i];
#if defined(__GNUC__)
	__asm__("" : "+r"(difference));
#endif
	return difference == 0;
}
