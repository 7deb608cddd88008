#include <mtproto/error.h>

#define TEXT(name, text) \
	case name:       \
		return text

const char *mtproto_strerror(int error)
{
	switch (error) {
		TEXT(MTPROTO_OK, "no error");
		TEXT(MTPROTO_ERR_ARGUMENT, "a parameter is out of its documented range");
		TEXT(MTPROTO_ERR_STATE, "not possible in this state");
		TEXT(MTPROTO_ERR_BUFFER, "the output buffer is too small");
		TEXT(MTPROTO_ERR_TOO_LARGE, "the message exceeds a limit of the protocol");
		TEXT(MTPROTO_ERR_CLOSED, "closed before");
		TEXT(MTPROTO_ERR_CONFIG_SIZE, "the settings were not filled by their init function");
		TEXT(MTPROTO_ERR_NOT_FOUND, "no such call, session, key or data centre");
		TEXT(MTPROTO_ERR_MEMORY, "out of memory");
		TEXT(MTPROTO_ERR_RANDOM, "the random source failed");
		TEXT(MTPROTO_ERR_CRYPTO, "libcrypto refused an operation");
		TEXT(MTPROTO_ERR_LIMIT, "a local limit is reached");
		TEXT(MTPROTO_ERR_TIMEOUT, "the deadline passed");
		TEXT(MTPROTO_ERR_CANCELLED, "cancelled");
		TEXT(MTPROTO_ERR_IO, "the operating system refused a connect, read or write");
		TEXT(MTPROTO_ERR_RESOLVE, "the host name could not be resolved");
		TEXT(MTPROTO_ERR_UNKNOWN, "the call may or may not have been run");
		TEXT(MTPROTO_ERR_EOF, "the peer ended the stream");
		TEXT(MTPROTO_ERR_TRUNCATED, "an object ends before its last field");
		TEXT(MTPROTO_ERR_CONSTRUCTOR, "another constructor was expected");
		TEXT(MTPROTO_ERR_ENCODING, "a length or count in an object is impossible");
		TEXT(MTPROTO_ERR_TRAILING, "bytes follow the end of an object");
		TEXT(MTPROTO_ERR_FRAME, "a transport frame has an impossible header");
		TEXT(MTPROTO_ERR_FRAME_TOO_LARGE, "a transport frame exceeds the limit");
		TEXT(MTPROTO_ERR_CHECKSUM, "CRC32 of a full frame differs");
		TEXT(MTPROTO_ERR_FRAME_SEQUENCE, "a full frame is out of sequence");
		TEXT(MTPROTO_ERR_FRAMING, "the first bytes select no known framing");
		TEXT(MTPROTO_ERR_TRANSPORT_CODE, "the peer sent a transport error");
		TEXT(MTPROTO_ERR_MSG_KEY, "the message does not decrypt with this key");
		TEXT(MTPROTO_ERR_AUTH_KEY_ID, "the message is for another auth key");
		TEXT(MTPROTO_ERR_MESSAGE_LENGTH, "the length or padding of a message is out of range");
		TEXT(MTPROTO_ERR_SESSION_ID, "the message is for another session");
		TEXT(MTPROTO_ERR_MSG_ID_PARITY, "msg_id belongs to the other side");
		TEXT(MTPROTO_ERR_MSG_ID_OLD, "msg_id is too far in the past");
		TEXT(MTPROTO_ERR_MSG_ID_FUTURE, "msg_id is too far in the future");
		TEXT(MTPROTO_ERR_DUPLICATE, "msg_id was received before");
		TEXT(MTPROTO_ERR_REPLAY, "msg_id is older than the replay window");
		TEXT(MTPROTO_ERR_CONTAINER, "a container is malformed, nested or too long");
		TEXT(MTPROTO_ERR_GZIP, "packed data does not inflate");
		TEXT(MTPROTO_ERR_INFLATED_SIZE, "packed data inflates beyond the limit");
		TEXT(MTPROTO_ERR_SALT, "the salt is not valid");
		TEXT(MTPROTO_ERR_SEQ_NO, "seq_no does not fit the message");
		TEXT(MTPROTO_ERR_NONCE, "nonce or server_nonce differs");
		TEXT(MTPROTO_ERR_PQ, "pq is not a product of two distinct odd primes");
		TEXT(MTPROTO_ERR_RSA_KEY_UNKNOWN, "the server offers no RSA key that is known here");
		TEXT(MTPROTO_ERR_RSA_DATA, "the RSA-encrypted data does not open");
		TEXT(MTPROTO_ERR_HASH, "SHA1 of a decrypted answer differs");
		TEXT(MTPROTO_ERR_DH_PRIME, "dh_prime is not an allowed safe prime of 2048 bits");
		TEXT(MTPROTO_ERR_DH_GENERATOR, "g is not an allowed generator");
		TEXT(MTPROTO_ERR_DH_RANGE, "g_a or g_b is out of range");
		TEXT(MTPROTO_ERR_NEW_NONCE_HASH, "new_nonce_hash differs");
		TEXT(MTPROTO_ERR_DH_GEN_FAIL, "the server answered dh_gen_fail");
		TEXT(MTPROTO_ERR_DH_GEN_RETRY, "the server asked for too many retries");
		TEXT(MTPROTO_ERR_DC, "wrong data centre or environment");
		TEXT(MTPROTO_ERR_EXPIRED, "the key or exchange has expired");
		TEXT(MTPROTO_ERR_EXCHANGE_UNKNOWN, "no key exchange has these nonces");
		TEXT(MTPROTO_ERR_DH_PARAMS_FAIL, "the server answered server_DH_params_fail");
		TEXT(MTPROTO_ERR_BIND, "the server refused to bind the temporary key");
		TEXT(MTPROTO_ERR_PEM, "not an RSA key in PEM form");
		TEXT(MTPROTO_ERR_RSA_KEY_SIZE, "the RSA key is not of 2048 bits or its exponent is not allowed");
		TEXT(MTPROTO_ERR_STATE_FORMAT, "not a saved session of this role, or a damaged one");
		TEXT(MTPROTO_ERR_STATE_VERSION, "a session saved by a newer library");
		TEXT(MTPROTO_ERR_SCHEMA, "not a schema, or one that contradicts itself");
		TEXT(MTPROTO_ERR_VALUE, "a value does not fit its type");
		TEXT(MTPROTO_ERR_INTERNAL, "a defect of the library");
	default:
		return "unknown error";
	}
}

#undef TEXT

#define NAME(name) \
	case name: \
		return #name

const char *mtproto_error_name(int error)
{
	switch (error) {
		NAME(MTPROTO_OK);
		NAME(MTPROTO_ERR_ARGUMENT);
		NAME(MTPROTO_ERR_STATE);
		NAME(MTPROTO_ERR_BUFFER);
		NAME(MTPROTO_ERR_TOO_LARGE);
		NAME(MTPROTO_ERR_CLOSED);
		NAME(MTPROTO_ERR_CONFIG_SIZE);
		NAME(MTPROTO_ERR_NOT_FOUND);
		NAME(MTPROTO_ERR_MEMORY);
		NAME(MTPROTO_ERR_RANDOM);
		NAME(MTPROTO_ERR_CRYPTO);
		NAME(MTPROTO_ERR_LIMIT);
		NAME(MTPROTO_ERR_TIMEOUT);
		NAME(MTPROTO_ERR_CANCELLED);
		NAME(MTPROTO_ERR_IO);
		NAME(MTPROTO_ERR_RESOLVE);
		NAME(MTPROTO_ERR_UNKNOWN);
		NAME(MTPROTO_ERR_EOF);
		NAME(MTPROTO_ERR_TRUNCATED);
		NAME(MTPROTO_ERR_CONSTRUCTOR);
		NAME(MTPROTO_ERR_ENCODING);
		NAME(MTPROTO_ERR_TRAILING);
		NAME(MTPROTO_ERR_FRAME);
		NAME(MTPROTO_ERR_FRAME_TOO_LARGE);
		NAME(MTPROTO_ERR_CHECKSUM);
		NAME(MTPROTO_ERR_FRAME_SEQUENCE);
		NAME(MTPROTO_ERR_FRAMING);
		NAME(MTPROTO_ERR_TRANSPORT_CODE);
		NAME(MTPROTO_ERR_MSG_KEY);
		NAME(MTPROTO_ERR_AUTH_KEY_ID);
		NAME(MTPROTO_ERR_MESSAGE_LENGTH);
		NAME(MTPROTO_ERR_SESSION_ID);
		NAME(MTPROTO_ERR_MSG_ID_PARITY);
		NAME(MTPROTO_ERR_MSG_ID_OLD);
		NAME(MTPROTO_ERR_MSG_ID_FUTURE);
		NAME(MTPROTO_ERR_DUPLICATE);
		NAME(MTPROTO_ERR_REPLAY);
		NAME(MTPROTO_ERR_CONTAINER);
		NAME(MTPROTO_ERR_GZIP);
		NAME(MTPROTO_ERR_INFLATED_SIZE);
		NAME(MTPROTO_ERR_SALT);
		NAME(MTPROTO_ERR_SEQ_NO);
		NAME(MTPROTO_ERR_NONCE);
		NAME(MTPROTO_ERR_PQ);
		NAME(MTPROTO_ERR_RSA_KEY_UNKNOWN);
		NAME(MTPROTO_ERR_RSA_DATA);
		NAME(MTPROTO_ERR_HASH);
		NAME(MTPROTO_ERR_DH_PRIME);
		NAME(MTPROTO_ERR_DH_GENERATOR);
		NAME(MTPROTO_ERR_DH_RANGE);
		NAME(MTPROTO_ERR_NEW_NONCE_HASH);
		NAME(MTPROTO_ERR_DH_GEN_FAIL);
		NAME(MTPROTO_ERR_DH_GEN_RETRY);
		NAME(MTPROTO_ERR_DC);
		NAME(MTPROTO_ERR_EXPIRED);
		NAME(MTPROTO_ERR_EXCHANGE_UNKNOWN);
		NAME(MTPROTO_ERR_DH_PARAMS_FAIL);
		NAME(MTPROTO_ERR_BIND);
		NAME(MTPROTO_ERR_PEM);
		NAME(MTPROTO_ERR_RSA_KEY_SIZE);
		NAME(MTPROTO_ERR_STATE_FORMAT);
		NAME(MTPROTO_ERR_STATE_VERSION);
		NAME(MTPROTO_ERR_SCHEMA);
		NAME(MTPROTO_ERR_VALUE);
		NAME(MTPROTO_ERR_INTERNAL);
	default:
		return "MTPROTO_ERR_?";
	}
}
