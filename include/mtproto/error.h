/* Errors. A function that can fail returns 0 (MTPROTO_OK) or one of these negative values; a few return
 * a positive count or flag on success and say so. The bands tell who can do something about it. */
#ifndef MTPROTO_ERROR_H
#define MTPROTO_ERROR_H

#include <mtproto/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mtproto_error {
	MTPROTO_OK = 0,

	/* Usage: the caller asked for something that can't be. */
	MTPROTO_ERR_ARGUMENT = -1,    /* a parameter is out of its documented range */
	MTPROTO_ERR_STATE = -2,       /* the object is not in a state that allows this call */
	MTPROTO_ERR_BUFFER = -3,      /* the output buffer is too small */
	MTPROTO_ERR_TOO_LARGE = -4,   /* the caller's message exceeds a limit of the protocol */
	MTPROTO_ERR_CLOSED = -5,      /* the object was closed before */
	MTPROTO_ERR_CONFIG_SIZE = -6, /* a settings struct was not filled by its _init function */
	MTPROTO_ERR_NOT_FOUND = -7,   /* no such call, session, key or data centre */

	/* Resource: something local ran out or was stopped. */
	MTPROTO_ERR_MEMORY = -100,    /* the allocator returned NULL */
	MTPROTO_ERR_RANDOM = -101,    /* the random source failed */
	MTPROTO_ERR_CRYPTO = -102,    /* libcrypto refused an operation that should succeed */
	MTPROTO_ERR_LIMIT = -103,     /* a local limit (docs/limits.md) is reached; try again later */
	MTPROTO_ERR_TIMEOUT = -104,   /* a deadline passed */
	MTPROTO_ERR_CANCELLED = -105, /* the caller took it back */
	MTPROTO_ERR_IO = -106,        /* the operating system refused a connect, read or write */
	MTPROTO_ERR_RESOLVE = -107,   /* a host name could not be resolved */
	MTPROTO_ERR_EOF = -108,       /* the peer ended the stream */
	MTPROTO_ERR_UNKNOWN = -109,   /* an at-most-once call that may or may not have been run */

	/* Peer: the bytes received are not what the protocol allows. */
	MTPROTO_ERR_TRUNCATED = -200,   /* an object ends before its last field */
	MTPROTO_ERR_CONSTRUCTOR = -201, /* another constructor id was expected here */
	MTPROTO_ERR_ENCODING = -202,    /* a length or count in an object is impossible */
	MTPROTO_ERR_TRAILING = -203,    /* an object is followed by bytes that belong to nothing */

	MTPROTO_ERR_FRAME = -210,           /* a transport frame has an impossible header */
	MTPROTO_ERR_FRAME_TOO_LARGE = -211, /* a transport frame exceeds the limit */
	MTPROTO_ERR_CHECKSUM = -212,        /* full transport: CRC32 mismatch */
	MTPROTO_ERR_FRAME_SEQUENCE = -213,  /* full transport: unexpected sequence number */
	MTPROTO_ERR_FRAMING = -214,         /* the first bytes select no known framing */
	MTPROTO_ERR_TRANSPORT_CODE = -215,  /* the peer sent a transport error, such as -404 */

	MTPROTO_ERR_MSG_KEY = -220,        /* the message does not decrypt with this key */
	MTPROTO_ERR_AUTH_KEY_ID = -221,    /* the message is for another key */
	MTPROTO_ERR_MESSAGE_LENGTH = -222, /* message_data_length or the padding is out of range */
	MTPROTO_ERR_SESSION_ID = -223,     /* the message is for another session */
	MTPROTO_ERR_MSG_ID_PARITY = -224,  /* msg_id has the low bits of the other side */
	MTPROTO_ERR_MSG_ID_OLD = -225,     /* msg_id is more than 300 s in the past */
	MTPROTO_ERR_MSG_ID_FUTURE = -226,  /* msg_id is more than 30 s in the future */
	MTPROTO_ERR_DUPLICATE = -227,      /* msg_id was received before */
	MTPROTO_ERR_REPLAY = -228,         /* msg_id is older than everything the replay window remembers */
	MTPROTO_ERR_CONTAINER = -229,      /* a container is malformed, nested or too long */
	MTPROTO_ERR_GZIP = -230,           /* packed data does not inflate */
	MTPROTO_ERR_INFLATED_SIZE = -231,  /* packed data inflates beyond the limit */
	MTPROTO_ERR_SALT = -232,           /* the message carries a salt that is not valid */
	MTPROTO_ERR_SEQ_NO = -233,         /* seq_no does not fit the message */

	MTPROTO_ERR_NONCE = -240,           /* key exchange: nonce or server_nonce differs */
	MTPROTO_ERR_PQ = -241,              /* key exchange: pq is not a product of two distinct odd primes */
	MTPROTO_ERR_RSA_KEY_UNKNOWN = -242, /* key exchange: none of the fingerprints is known */
	MTPROTO_ERR_RSA_DATA = -243,        /* key exchange: encrypted_data does not open */
	MTPROTO_ERR_HASH = -244,            /* key exchange: SHA1 of a decrypted answer differs */
	MTPROTO_ERR_DH_PRIME = -245, /* key exchange: dh_prime is not a safe 2048-bit prime, or not an allowed one */
	MTPROTO_ERR_DH_GENERATOR = -246,     /* key exchange: g is not 2..7 or no quadratic residue */
	MTPROTO_ERR_DH_RANGE = -247,         /* key exchange: g_a or g_b is out of range */
	MTPROTO_ERR_NEW_NONCE_HASH = -248,   /* key exchange: new_nonce_hash differs */
	MTPROTO_ERR_DH_GEN_FAIL = -249,      /* key exchange: the server answered dh_gen_fail */
	MTPROTO_ERR_DH_GEN_RETRY = -250,     /* key exchange: the server asked for more retries than allowed */
	MTPROTO_ERR_DC = -251,               /* key exchange: the dc field is for another data centre or environment */
	MTPROTO_ERR_EXPIRED = -252,          /* a key or an exchange is past its time */
	MTPROTO_ERR_EXCHANGE_UNKNOWN = -253, /* key exchange: no exchange has these nonces */
	MTPROTO_ERR_DH_PARAMS_FAIL = -254,   /* key exchange: the server answered server_DH_params_fail */
	MTPROTO_ERR_BIND = -255,             /* the server refused to bind the temporary key */

	MTPROTO_ERR_PEM = -260,           /* not an RSA key in PEM form (PKCS#1 or SubjectPublicKeyInfo) */
	MTPROTO_ERR_RSA_KEY_SIZE = -261,  /* the RSA key is not of 2048 bits or its exponent is not allowed */
	MTPROTO_ERR_STATE_FORMAT = -262,  /* not a saved session of this role, or a damaged one */
	MTPROTO_ERR_STATE_VERSION = -263, /* a session saved by a newer library */
	MTPROTO_ERR_SCHEMA = -264,        /* a schema is not TL, or contradicts itself */
	MTPROTO_ERR_VALUE = -265,         /* a value does not fit the type that the schema asks for */

	/* Fatal: a defect of the library. Please report it. */
	MTPROTO_ERR_INTERNAL = -900
};

/* A short English sentence without a final stop for any value, known or not. Static storage. */
MTPROTO_API const char *mtproto_strerror(int error);

/* The name of the value, for example "MTPROTO_ERR_NONCE"; "MTPROTO_ERR_?" for an unknown one. Static storage. */
MTPROTO_API const char *mtproto_error_name(int error);

#ifdef __cplusplus
}
#endif

#endif
