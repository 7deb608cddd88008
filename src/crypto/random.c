#include "crypto/random.h"

#include <limits.h>
#include <string.h>

#include <openssl/rand.h>

static int fill_from_libcrypto(uint8_t *out, size_t len)
{
	while (len) {
		int taken = len < INT_MAX ? (int)len : INT_MAX;

		if (RAND_bytes(out, taken) != 1)
			return MTPROTO_ERR_RANDOM;
		out += taken;
		len -= (size_t)taken;
	}
	return 0;
}

int mtp_random_fill(const struct mtproto_random *random, void *out, size_t len)
{
	int error;

	if (!len)
		return 0;
	if (random)
		error = random->fill(random->user, out, len) ? MTPROTO_ERR_RANDOM : 0;
	else
		error = fill_from_libcrypto(out, len);
	if (error)
		mtproto_wipe(out, len);
	return error;
}

static int take_ahead(void *user, uint8_t *out, size_t len)
{
	struct mtp_random_ahead *ahead = user;

	if (len > sizeof(ahead->bytes))
		return mtp_random_fill(ahead->source, out, len);
	if (len > ahead->left) {
		ahead->left = 0;
		if (mtp_random_fill(ahead->source, ahead->bytes, sizeof(ahead->bytes)))
			return MTPROTO_ERR_RANDOM;
		ahead->left = sizeof(ahead->bytes);
	}
	memcpy(out, ahead->bytes + sizeof(ahead->bytes) - ahead->left, len);
	ahead->left -= len;
	return 0;
}

void mtp_random_ahead_init(struct mtp_random_ahead *ahead, const struct mtproto_random *source)
{
	ahead->random.fill = take_ahead;
	ahead->random.user = ahead;
	ahead->source = source;
	ahead->left = 0;
}
