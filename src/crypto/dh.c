#include <mtproto/dh.h>

#include <string.h>

#include <openssl/bn.h>

/* BN_mod_exp_mont_consttime needs an odd modulus; every prime that passed the checks is one. */
static int power(BIGNUM *result, const BIGNUM *base, BIGNUM *exponent, const BIGNUM *prime)
{
	BN_CTX *scratch = BN_CTX_secure_new();
	int done;

	if (!scratch)
		return MTPROTO_ERR_MEMORY;
	BN_set_flags(exponent, BN_FLG_CONSTTIME);
	done = BN_mod_exp_mont_consttime(result, base, exponent, prime, scratch, NULL);
	BN_CTX_free(scratch);
	return done ? 0 : MTPROTO_ERR_CRYPTO;
}

int mtproto_dh_shared(const uint8_t prime[MTPROTO_DH_SIZE], const uint8_t *value, size_t value_len,
		      const uint8_t exponent[MTPROTO_DH_SIZE], uint8_t out[MTPROTO_DH_SIZE])
{
	BIGNUM *p = BN_bin2bn(prime, MTPROTO_DH_SIZE, NULL);
	BIGNUM *base = BN_bin2bn(value, (int)value_len, NULL);
	BIGNUM *secret = BN_bin2bn(exponent, MTPROTO_DH_SIZE, NULL);
	BIGNUM *result = BN_new();
	int error = MTPROTO_ERR_MEMORY;

	if (p && base && secret && result)
		error = power(result, base, secret, p);
	if (!error && BN_bn2binpad(result, out, MTPROTO_DH_SIZE) != MTPROTO_DH_SIZE)
		error = MTPROTO_ERR_CRYPTO;
	if (error)
		mtproto_wipe(out, MTPROTO_DH_SIZE);

	BN_free(p);
	BN_free(base);
	BN_clear_free(secret);
	BN_clear_free(result);
	return error;
}

int mtproto_dh_public(const uint8_t prime[MTPROTO_DH_SIZE], int32_t g, const uint8_t exponent[MTPROTO_DH_SIZE],
		      uint8_t out[MTPROTO_DH_SIZE])
{
	const uint8_t base = (uint8_t)g;

	if (g < MTPROTO_DH_G_MIN || g > MTPROTO_DH_G_MAX) {
		mtproto_wipe(out, MTPROTO_DH_SIZE);
		return MTPROTO_ERR_ARGUMENT;
	}
	return mtproto_dh_shared(prime, &base, 1, exponent, out);
}
