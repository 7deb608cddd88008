#include <mtproto/base.h>

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

bool mtproto_equal_const_time(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a;
	const uint8_t *y = b;
	volatile uint8_t difference = 0;

	for (size_t i = 0; i < len; i++)
		difference |= x[i] ^ y[i];
	return difference == 0;
}
