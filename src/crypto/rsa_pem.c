/* RSA keys as PEM text. libcrypto finds and decodes the text, we say which kinds of key we take: neither encrypted keys
 * (libcrypto would ask for a passphrase on the terminal) nor other algorithms get any further. */
#include "crypto/rsa_key.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

typedef int encode(const EVP_PKEY *pkey, unsigned char **der);

static const char production_pem[] = "-----BEGIN RSA PUBLIC KEY-----\n"
				     "MIIBCgKCAQEA6LszBcC1LGzyr992NzE0ieY+BSaOW622Aa9Bd4ZHLl+TuFQ4lo4g\n"
				     "5nKaMBwK/BIb9xUfg0Q29/2mgIR6Zr9krM7HjuIcCzFvDtr+L0GQjae9H0pRB2OO\n"
				     "62cECs5HKhT5DZ98K33vmWiLowc621dQuwKWSQKjWf50XYFw42h21P2KXUGyp2y/\n"
				     "+aEyZ+uVgLLQbRA1dEjSDZ2iGRy12Mk5gpYc397aYp438fsJoHIgJ2lgMv5h7WY9\n"
				     "t6N/byY9Nw9p21Og3AoXSL2q/2IJ1WRUhebgAdGVMlV1fkuOQoEzR7EdpqtQD9Cs\n"
				     "5+bfo3Nhmcyvk5ftB0WkJ9z6bNZ7yxrP8wIDAQAB\n"
				     "-----END RSA PUBLIC KEY-----\n";

static const char test_pem[] = "-----BEGIN RSA PUBLIC KEY-----\n"
			       "MIIBCgKCAQEAyMEdY1aR+sCR3ZSJrtztKTKqigvO/vBfqACJLZtS7QMgCGXJ6XIR\n"
			       "yy7mx66W0/sOFa7/1mAZtEoIokDP3ShoqF4fVNb6XeqgQfaUHd8wJpDWHcR2OFwv\n"
			       "plUUI1PLTktZ9uW2WE23b+ixNwJjJGwBDJPQEQFBE+vfmH0JP503wr5INS1poWg/\n"
			       "j25sIWeYPHYeOrFp/eXaqhISP6G+q2IeTaWTXpwZj4LzXq5YOpk4bYEQ6mvRq7D1\n"
			       "aHWfYmlEGepfaYR8Q0YqvvhYtMte3ITnuSJs171+GDqpdKcSwHnd6FudwGO4pcCO\n"
			       "j4WcDuXc2CTHgH8gFTNhp/Y8/SpDOhvn9QIDAQAB\n"
			       "-----END RSA PUBLIC KEY-----\n";

const char *mtproto_rsa_production_pem(void)
{
	return production_pem;
}

const char *mtproto_rsa_test_pem(void)
{
	return test_pem;
}

static EVP_PKEY *decode_public_pkcs1(const uint8_t **der, long len)
{
	return d2i_PublicKey(EVP_PKEY_RSA, NULL, der, len);
}

static EVP_PKEY *decode_public_spki(const uint8_t **der, long len)
{
	return d2i_PUBKEY(NULL, der, len);
}

static EVP_PKEY *decode_private_pkcs1(const uint8_t **der, long len)
{
	return d2i_PrivateKey(EVP_PKEY_RSA, NULL, der, len);
}

static EVP_PKEY *decode_private_pkcs8(const uint8_t **der, long len)
{
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, der, len);
	EVP_PKEY *pkey = info ? EVP_PKCS82PKEY(info) : NULL;

	PKCS8_PRIV_KEY_INFO_free(info);
	return pkey;
}

static const struct form {
	const char *name;
	EVP_PKEY *(*decode)(const uint8_t **der, long len);
	bool is_private;
} forms[] = {
	{PEM_STRING_RSA_PUBLIC, decode_public_pkcs1, false},
	{PEM_STRING_PUBLIC, decode_public_spki, false},
	{PEM_STRING_RSA, decode_private_pkcs1, true},
	{PEM_STRING_PKCS8INF, decode_private_pkcs8, true},
};

static const struct form *find_form(const char *name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	return NULL;
}

/* header is what an encrypted key of the old form has between its BEGIN line and the data. */
static int key_from_der(struct mtproto_rsa **out, const char *name, const char *header, const uint8_t *der, long len)
{
	const struct form *form = find_form(name);
	const uint8_t *end = der + len;
	EVP_PKEY *pkey;

	if (!form || *header)
		return MTPROTO_ERR_PEM;
	pkey = form->decode(&der, len);
	if (!pkey)
		return MTPROTO_ERR_PEM;
	if (der != end || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA) {
		EVP_PKEY_free(pkey);
		return MTPROTO_ERR_PEM;
	}
	return mtp_rsa_new(out, pkey, form->is_private);
}

static int read_key(struct mtproto_rsa **out, const char *text, size_t len)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	char *name = NULL;
	char *header = NULL;
	uint8_t *der = NULL;
	long der_len = 0;
	int error = MTPROTO_ERR_PEM;

	if (!bio)
		return MTPROTO_ERR_MEMORY;
	if (PEM_read_bio(bio, &name, &header, &der, &der_len))
		error = key_from_der(out, name, header, der, der_len);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(der, (size_t)der_len);
	BIO_free(bio);
	return error;
}

int mtproto_rsa_from_pem(struct mtproto_rsa **out, const char *text, size_t len)
{
	int error;

	*out = NULL;
	if (!len || len > MTPROTO_RSA_PEM_MAX)
		return MTPROTO_ERR_PEM;
	ERR_set_mark();
	error = read_key(out, text, len);
	ERR_pop_to_mark();
	return error;
}

/* Copies what bio holds and ends it with a zero byte. */
static int copy_text(BIO *bio, char *out, size_t cap, size_t *len)
{
	const char *text;

	*len = (size_t)BIO_get_mem_data(bio, &text);
	if (!out)
		return 0;
	if (*len >= cap)
		return MTPROTO_ERR_BUFFER;
	memcpy(out, text, *len);
	out[*len] = 0;
	return 0;
}

static int write_pem(const struct mtproto_rsa *key, const char *name, encode *to_der, char *out, size_t cap,
		     size_t *len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	uint8_t *der = NULL;
	int der_len = to_der(key->pkey, &der);
	int error = MTPROTO_ERR_CRYPTO;

	*len = 0;
	if (bio && der_len > 0 && PEM_write_bio(bio, name, "", der, der_len) > 0)
		error = copy_text(bio, out, cap, len);
	if (der_len > 0)
		OPENSSL_clear_free(der, (size_t)der_len);
	BIO_free(bio);
	return error;
}

int mtproto_rsa_public_pem(const struct mtproto_rsa *key, char *out, size_t cap, size_t *len)
{
	return write_pem(key, PEM_STRING_RSA_PUBLIC, i2d_PublicKey, out, cap, len);
}

int mtproto_rsa_private_pem(const struct mtproto_rsa *key, char *out, size_t cap, size_t *len)
{
	if (!key->is_private) {
		*len = 0;
		return MTPROTO_ERR_STATE;
	}
	return write_pem(key, PEM_STRING_RSA, i2d_PrivateKey, out, cap, len);
}
