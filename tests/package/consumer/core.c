/* A user of an installed libmtproto: succeeds when the library it runs with is the one it was compiled for. */
#include <mtproto/mtproto.h>

#include <stdio.h>

int main(void)
{
	const uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE] = {0};
	const uint8_t plain[16] = {0};
	uint8_t digest[32];

	/* Needs libcrypto, so that a static link has to find it. */
	mtproto_msg_key_large(mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO), auth_key, MTPROTO_TO_SERVER, plain,
			      sizeof(plain), digest);
	printf("libmtproto %s\n", mtproto_version_string());
	return mtproto_version() == MTPROTO_VERSION ? 0 : 1;
}
