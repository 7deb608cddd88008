#include <mtproto/bind.h>

#include "base/bytes.h"
#include "crypto/random.h"
#include "crypto/sha.h"

#include <string.h>

/* encrypted_message: perm_auth_key_id | msg_key | IGE(plain). plain is an old message: 16 random bytes where a salt and
 * a session_id would be, msg_id, seq_no, length, bind_auth_key_inner, and padding that msg_key does not cover. */
enum {
	HEADER_SIZE = 24,
	PLAIN_HEADER_SIZE = 32,
	INNER_SIZE = 40,
	HASHED_SIZE = PLAIN_HEADER_SIZE + INNER_SIZE,
	PLAIN_SIZE = MTPROTO_BIND_MESSAGE_SIZE - HEADER_SIZE
};

static const struct mtproto_kernels *kernels_or_auto(const struct mtproto_kernels *kernels)
{
	return kernels ? kernels : mtproto_kernels_get(MTPROTO_KERNELS_AUTO);
}

/* msg_key of MTProto 1.0: it leaves out the padding. */
static void hash_plain(const uint8_t *plain, uint8_t msg_key[MTPROTO_MSG_KEY_SIZE])
{
	struct mtproto_span part = {plain, HASHED_SIZE};
	uint8_t hash[20];

	mtp_sha1(hash, &part, 1);
	memcpy(msg_key, hash + 4, MTPROTO_MSG_KEY_SIZE);
}

static int write_plain(const struct mtproto_random *random, uint64_t perm_key_id,
		       const struct mtproto_bind_params *params, uint8_t plain[PLAIN_SIZE])
{
	struct mtproto_bind_auth_key_inner inner = {.nonce = params->nonce,
						    .temp_auth_key_id = params->temp_auth_key_id,
						    .perm_auth_key_id = perm_key_id,
						    .temp_session_id = params->temp_session_id,
						    .expires_at = params->expires_at};
	struct mtproto_tl_writer w;
	int error = mtp_random_fill(random, plain, 16);

	if (!error)
		error = mtp_random_fill(random, plain + HASHED_SIZE, PLAIN_SIZE - HASHED_SIZE);
	if (error)
		return error;
	mtproto_tl_writer_init(&w, plain + 16, HASHED_SIZE - 16);
	mtproto_tl_write_long(&w, params->msg_id);
	mtproto_tl_write_int(&w, 0); /* seq_no */
	mtproto_tl_write_int(&w, INNER_SIZE);
	mtproto_bind_auth_key_inner_write(&w, &inner);
	return mtproto_tl_writer_end(&w);
}

int mtproto_bind_encrypt(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
			 const uint8_t perm_key[MTPROTO_AUTH_KEY_SIZE], const struct mtproto_bind_params *params,
			 uint8_t out[MTPROTO_BIND_MESSAGE_SIZE])
{
	uint64_t perm_key_id = mtproto_auth_key_id(perm_key);
	uint8_t plain[PLAIN_SIZE], aes_key[32], aes_iv[32];
	int error = write_plain(random, perm_key_id, params, plain);

	if (error)
		return error;
	mtp_store_le64(out, perm_key_id);
	hash_plain(plain, out + 8);
	mtproto_kdf_v1(perm_key, out + 8, MTPROTO_TO_SERVER, aes_key, aes_iv);
	error = mtproto_ige_encrypt(kernels_or_auto(kernels), aes_key, aes_iv, plain, out + HEADER_SIZE, PLAIN_SIZE);
	mtproto_wipe(aes_key, sizeof(aes_key));
	mtproto_wipe(aes_iv, sizeof(aes_iv));
	return error;
}

int mtproto_bind_body(const struct mtproto_kernels *kernels, const struct mtproto_random *random,
		      const uint8_t perm_key[MTPROTO_AUTH_KEY_SIZE], const struct mtproto_bind_params *params,
		      uint8_t out[MTPROTO_BIND_BODY_SIZE])
{
	uint8_t message[MTPROTO_BIND_MESSAGE_SIZE];
	struct mtproto_auth_bind_temp_auth_key call = {.perm_auth_key_id = mtproto_auth_key_id(perm_key),
						       .nonce = params->nonce,
						       .expires_at = params->expires_at,
						       .encrypted_message = {message, sizeof(message)}};
	struct mtproto_tl_writer w;
	int error = mtproto_bind_encrypt(kernels, random, perm_key, params, message);

	if (error)
		return error;
	mtproto_tl_writer_init(&w, out, MTPROTO_BIND_BODY_SIZE);
	mtproto_auth_bind_temp_auth_key_write(&w, &call);
	return mtproto_tl_writer_end(&w);
}

/* Decrypts the inner message and proves it by its msg_key. */
static int open_message(const struct mtproto_kernels *kernels, const uint8_t perm_key[MTPROTO_AUTH_KEY_SIZE],
			struct mtproto_span message, uint8_t plain[PLAIN_SIZE])
{
	const uint8_t *msg_key = message.data + 8;
	uint8_t aes_key[32], aes_iv[32], expected[MTPROTO_MSG_KEY_SIZE];
	int error;

	mtproto_kdf_v1(perm_key, msg_key, MTPROTO_TO_SERVER, aes_key, aes_iv);
	error = mtproto_ige_decrypt(kernels_or_auto(kernels), aes_key, aes_iv, message.data + HEADER_SIZE, plain,
				    PLAIN_SIZE);
	mtproto_wipe(aes_key, sizeof(aes_key));
	mtproto_wipe(aes_iv, sizeof(aes_iv));
	if (error)
		return error;
	hash_plain(plain, expected);
	return mtproto_equal_const_time(expected, msg_key, sizeof(expected)) ? 0 : MTPROTO_BIND_MSG_KEY;
}

static int compare(const struct mtproto_bind_auth_key_inner *inner, uint64_t msg_id,
		   const struct mtproto_auth_bind_temp_auth_key *call, const struct mtproto_bind_expected *expected)
{
	if (msg_id != expected->msg_id)
		return MTPROTO_BIND_MSG_ID;
	if (inner->nonce != call->nonce)
		return MTPROTO_BIND_NONCE;
	if (inner->perm_auth_key_id != call->perm_auth_key_id)
		return MTPROTO_BIND_PERM_KEY_ID;
	if (inner->temp_auth_key_id != expected->temp_auth_key_id)
		return MTPROTO_BIND_TEMP_KEY_ID;
	if (inner->temp_session_id != expected->temp_session_id)
		return MTPROTO_BIND_SESSION_ID;
	return inner->expires_at == call->expires_at ? MTPROTO_BIND_OK : MTPROTO_BIND_EXPIRES_DIFFER;
}

static int read_plain(const uint8_t plain[PLAIN_SIZE], const struct mtproto_auth_bind_temp_auth_key *call,
		      const struct mtproto_bind_expected *expected)
{
	struct mtproto_bind_auth_key_inner inner;
	struct mtproto_tl_reader r;
	uint64_t msg_id;
	int32_t seq_no, len;

	mtproto_tl_reader_init(&r, plain + 16, HASHED_SIZE - 16);
	msg_id = mtproto_tl_read_long(&r);
	seq_no = mtproto_tl_read_int(&r);
	len = mtproto_tl_read_int(&r);
	if (mtproto_bind_auth_key_inner_read(&inner, &r) || seq_no != 0 || len != INNER_SIZE)
		return MTPROTO_BIND_CONTENT;
	return compare(&inner, msg_id, call, expected);
}

static bool expires_at_is_acceptable(int32_t expires_at, const struct mtproto_bind_expected *expected)
{
	return expires_at > expected->now &&
	       expires_at <= (int64_t)expected->temp_expires_at + MTPROTO_BIND_EXPIRES_SLACK_S;
}

int mtproto_bind_check(const struct mtproto_kernels *kernels, const uint8_t perm_key[MTPROTO_AUTH_KEY_SIZE],
		       const struct mtproto_auth_bind_temp_auth_key *call, const struct mtproto_bind_expected *expected)
{
	struct mtproto_span message = call->encrypted_message;
	uint64_t perm_key_id = mtproto_auth_key_id(perm_key);
	uint8_t plain[PLAIN_SIZE];
	int result;

	if (!expires_at_is_acceptable(call->expires_at, expected))
		return MTPROTO_BIND_EXPIRES_AT;
	if (message.len != MTPROTO_BIND_MESSAGE_SIZE)
		return MTPROTO_BIND_LENGTH;
	if (call->perm_auth_key_id != perm_key_id || mtp_load_le64(message.data) != perm_key_id)
		return MTPROTO_BIND_PERM_KEY_ID;
	result = open_message(kernels, perm_key, message, plain);
	return result ? result : read_plain(plain, call, expected);
}

const char *mtproto_bind_error_text(int result)
{
	if (result == MTPROTO_BIND_OK)
		return NULL;
	return result == MTPROTO_BIND_EXPIRES_AT ? "EXPIRES_AT_INVALID" : "ENCRYPTED_MESSAGE_INVALID";
}
