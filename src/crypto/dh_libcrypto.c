#include "crypto/dh_power.h"

#include <openssl/bn.h>

/* BN_mod_exp_mont_consttime refuses an even modulus. */
static int power(BIGNUM *result, const BIGNUM *base, BIGNUM *exponent, const BIGNUM *modulus)
{
	BN_CTX *scratch = BN_CTX_secure_new();
	int done;

	if (!scratch)
		return MTPROTO_ERR_MEMORY;
	BN_set_flags(exponent, BN_FLG_CONSTTIME);
	done = BN_mod_exp_mont_consttime(result, base, exponent, modulus, scratch, NULL);
	BN_CTX_free(scratch);
	return done ? 0 : MTPROTO_ERR_CRYPTO;
}

int mtp_dh_power_libcrypto(const uint8_t modulus[MTPROTO_DH_SIZE], const uint8_t *base, size_t base_len,
			   const uint8_t exponent[MTPROTO_DH_SIZE], uint8_t out[MTPROTO_DH_SIZE])
{
	BIGNUM *m = BN_bin2bn(modulus, MTPROTO_DH_SIZE, NULL);
	BIGNUM *b = BN_bin2bn(base, (int)base_len, NULL);
	BIGNUM *secret = BN_bin2bn(exponent, MTPROTO_DH_SIZE, NULL);
	BIGNUM *result = BN_new();
	int error = MTPROTO_ERR_MEMORY;

	if (m && b && secret && result)
		error = power(result, b, secret, m);
	if (!error && BN_bn2binpad(result, out, MTPROTO_DH_SIZE) != MTPROTO_DH_SIZE)
		error = MTPROTO_ERR_CRYPTO;
	if (error)
		mtproto_wipe(out, MTPROTO_DH_SIZE);

	BN_free(m);
	BN_free(b);
	BN_clear_free(secret);
	BN_clear_free(result);
	return error;
}
