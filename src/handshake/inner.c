#include "handshake/inner.h"

#include <mtproto/service.h>

#include "base/bytes.h"
#include "crypto/random.h"
#include "crypto/sha.h"

#include <string.h>

enum { DH_DRAWS_MAX = 8 };

void mtp_number_write(struct mtproto_tl_writer *w, uint64_t number)
{
	uint8_t bytes[8];
	size_t zeros = 0;

	mtp_store_be64(bytes, number);
	while (zeros < 8 && bytes[zeros] == 0)
		zeros++;
	mtproto_tl_write_bytes(w, bytes + zeros, 8 - zeros);
}

int mtp_number_read(uint64_t *number, struct mtproto_span bytes)
{
	*number = 0;
	for (size_t i = 0; i < bytes.len; i++) {
		if (*number >> 56)
			return MTPROTO_ERR_ENCODING;
		*number = *number << 8 | bytes.data[i];
	}
	return 0;
}

struct mtproto_span mtp_without_zeros(const uint8_t number[MTPROTO_DH_SIZE])
{
	size_t zeros = 0;

	while (zeros < MTPROTO_DH_SIZE && number[zeros] == 0)
		zeros++;
	return (struct mtproto_span){number + zeros, MTPROTO_DH_SIZE - zeros};
}

int mtp_dh_draw(const struct mtproto_random *random, const uint8_t prime[MTPROTO_DH_SIZE], int32_t g,
		uint8_t exponent[MTPROTO_DH_SIZE], uint8_t value[MTPROTO_DH_SIZE])
{
	for (int draws = 0; draws < DH_DRAWS_MAX; draws++) {
		int error = mtp_random_fill(random, exponent, MTPROTO_DH_SIZE);

		if (!error)
			error = mtproto_dh_public(prime, g, exponent, value);
		if (error)
			return error;
		if (mtproto_dh_check_public(prime, value, MTPROTO_DH_SIZE) == 0)
			return 0;
	}
	return MTPROTO_ERR_RANDOM;
}

static const uint32_t kind_ids[] = {
	[MTPROTO_HANDSHAKE_PERM] = MTPROTO_ID_P_Q_INNER_DATA_DC,
	[MTPROTO_HANDSHAKE_TEMP] = MTPROTO_ID_P_Q_INNER_DATA_TEMP_DC,
	[MTPROTO_HANDSHAKE_PERM_LEGACY] = MTPROTO_ID_P_Q_INNER_DATA,
	[MTPROTO_HANDSHAKE_TEMP_LEGACY] = MTPROTO_ID_P_Q_INNER_DATA_TEMP,
};

bool mtp_kind_is_temporary(enum mtproto_handshake_kind kind)
{
	return kind == MTPROTO_HANDSHAKE_TEMP || kind == MTPROTO_HANDSHAKE_TEMP_LEGACY;
}

bool mtp_kind_has_dc(enum mtproto_handshake_kind kind)
{
	return kind == MTPROTO_HANDSHAKE_PERM || kind == MTPROTO_HANDSHAKE_TEMP;
}

void mtp_pq_inner_write(struct mtproto_tl_writer *w, const struct mtp_pq_inner *inner)
{
	mtproto_tl_write_u32(w, kind_ids[inner->kind]);
	mtp_number_write(w, inner->pq);
	mtp_number_write(w, inner->p);
	mtp_number_write(w, inner->q);
	mtproto_tl_write_raw(w, inner->nonce, sizeof(inner->nonce));
	mtproto_tl_write_raw(w, inner->server_nonce, sizeof(inner->server_nonce));
	mtproto_tl_write_raw(w, inner->new_nonce, sizeof(inner->new_nonce));
	if (mtp_kind_has_dc(inner->kind))
		mtproto_tl_write_int(w, inner->dc);
	if (mtp_kind_is_temporary(inner->kind))
		mtproto_tl_write_int(w, inner->expires_in);
}

static void read_kind(enum mtproto_handshake_kind *kind, struct mtproto_tl_reader *r)
{
	uint32_t id = mtproto_tl_read_u32(r);

	for (size_t i = 0; i < sizeof(kind_ids) / sizeof(kind_ids[0]); i++) {
		if (kind_ids[i] == id) {
			*kind = (enum mtproto_handshake_kind)i;
			return;
		}
	}
	mtproto_tl_reader_fail(r, MTPROTO_ERR_CONSTRUCTOR);
}

static void read_number(uint64_t *number, struct mtproto_tl_reader *r)
{
	int error = mtp_number_read(number, mtproto_tl_read_bytes(r));

	if (error)
		mtproto_tl_reader_fail(r, error);
}

int mtp_pq_inner_read(struct mtp_pq_inner *inner, struct mtproto_tl_reader *r)
{
	memset(inner, 0, sizeof(*inner));
	read_kind(&inner->kind, r);
	read_number(&inner->pq, r);
	read_number(&inner->p, r);
	read_number(&inner->q, r);
	mtproto_tl_read_raw(r, inner->nonce, sizeof(inner->nonce));
	mtproto_tl_read_raw(r, inner->server_nonce, sizeof(inner->server_nonce));
	mtproto_tl_read_raw(r, inner->new_nonce, sizeof(inner->new_nonce));
	if (mtp_kind_has_dc(inner->kind))
		inner->dc = mtproto_tl_read_int(r);
	if (mtp_kind_is_temporary(inner->kind))
		inner->expires_in = mtproto_tl_read_int(r);
	return r->error;
}

static int crypt(const struct mtp_envelope_key *key, bool encrypt, const uint8_t *in, uint8_t *out, size_t len)
{
	uint8_t aes_key[32], aes_iv[32];
	int error;

	mtproto_tmp_aes(key->new_nonce, key->server_nonce, aes_key, aes_iv);
	if (encrypt)
		error = mtproto_ige_encrypt(key->kernels, aes_key, aes_iv, in, out, len);
	else
		error = mtproto_ige_decrypt(key->kernels, aes_key, aes_iv, in, out, len);
	mtproto_wipe(aes_key, sizeof(aes_key));
	mtproto_wipe(aes_iv, sizeof(aes_iv));
	return error;
}

int mtp_envelope_seal(const struct mtp_envelope_key *key, const struct mtproto_random *random, const uint8_t *object,
		      size_t len, uint8_t out[MTP_ENVELOPE_MAX], size_t *out_len)
{
	struct mtproto_span part = {object, len};
	size_t padding = (0 - (MTP_ENVELOPE_HEADER + len)) & 15;
	size_t total = MTP_ENVELOPE_HEADER + len + padding;
	int error;

	if (total > MTP_ENVELOPE_MAX)
		return MTPROTO_ERR_INTERNAL;
	mtp_sha1(out, &part, 1);
	memcpy(out + MTP_ENVELOPE_HEADER, object, len);
	error = mtp_random_fill(random, out + MTP_ENVELOPE_HEADER + len, padding);
	if (!error)
		error = crypt(key, true, out, out, total);
	*out_len = total;
	return error;
}

int mtp_envelope_open(const struct mtp_envelope_key *key, struct mtproto_span encrypted, uint8_t out[MTP_ENVELOPE_MAX],
		      struct mtproto_tl_reader *r)
{
	if (encrypted.len % 16 != 0 || encrypted.len <= MTP_ENVELOPE_HEADER || encrypted.len > MTP_ENVELOPE_MAX)
		return MTPROTO_ERR_ENCODING;
	mtproto_tl_reader_init(r, out + MTP_ENVELOPE_HEADER, encrypted.len - MTP_ENVELOPE_HEADER);
	return crypt(key, false, encrypted.data, out, encrypted.len);
}

int mtp_envelope_check(const uint8_t opened[MTP_ENVELOPE_MAX], const struct mtproto_tl_reader *r)
{
	struct mtproto_span object = {opened + MTP_ENVELOPE_HEADER, 0};
	uint8_t hash[20];

	object.len = (size_t)(r->pos - object.data);
	mtp_sha1(hash, &object, 1);
	if (r->error || mtproto_tl_left(r) > 15 || !mtproto_equal_const_time(hash, opened, sizeof(hash)))
		return MTPROTO_ERR_HASH;
	return 0;
}
