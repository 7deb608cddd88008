#include <mtproto/base.h>

/* The volatile pointer keeps the stores: the compiler can't know that nobody looks at them. */
void mtproto_wipe(void *memory, size_t len)
{
	volatile uint8_t *p = memory;

	while (len--)
		*p++ = 0;
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
