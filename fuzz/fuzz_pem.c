/* Keys as text. A key that is taken can be written, is read back as the same key, and encrypts. */
#include <mtproto/rsa.h>

#include <stdlib.h>

static void require(bool condition)
{
	if (!condition)
		abort();
}

static int fill(void *user, uint8_t *out, size_t len)
{
	uint8_t *seed = user;

	for (size_t i = 0; i < len; i++)
		out[i] = (*seed)++;
	return 0;
}

static void read_back(const struct mtproto_rsa *key, const char *text, size_t len)
{
	struct mtproto_rsa *copy;

	require(mtproto_rsa_from_pem(&copy, text, len) == 0);
	require(mtproto_rsa_fingerprint(copy) == mtproto_rsa_fingerprint(key));
	mtproto_rsa_free(copy);
}

static void use(const struct mtproto_rsa *key)
{
	static char text[MTPROTO_RSA_PEM_MAX];
	const uint8_t data[100] = {0};
	uint8_t seed = 0, encrypted[256];
	const struct mtproto_random random = {fill, &seed};
	size_t len;

	require(mtproto_rsa_encrypt(key, MTPROTO_RSA_PAD, &random, data, sizeof(data), encrypted) == 0);
	require(mtproto_rsa_public_pem(key, text, sizeof(text), &len) == 0);
	read_back(key, text, len);
	if (!mtproto_rsa_is_private(key))
		return;
	require(mtproto_rsa_private_pem(key, text, sizeof(text), &len) == 0);
	read_back(key, text, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mtproto_rsa *key;
	int error = mtproto_rsa_from_pem(&key, (const char *)data, size);

	require((key != NULL) == (error == 0));
	if (!error)
		use(key);
	mtproto_rsa_free(key);
	return 0;
}
