/* RSA keys in files. The functions complain themselves and return an exit code. */
#ifndef CLI_KEY_FILE_H
#define CLI_KEY_FILE_H

#include <mtproto/rsa.h>

/* Many times the size of a key. */
#define PEM_MAX 16384

/* A key as text; a private one is a secret, to be wiped with mtproto_wipe. */
struct pem {
	char text[PEM_MAX];
	size_t len;
};

/* Reads a key, public or private, for a client. */
int key_file_read_public(struct pem *out, const char *path);

/* Reads the private key of a server, or makes one: path has mode 0600 and path.pub the public half (PKCS#1). path.pub
 * is written when it is missing and refused when it is another key's. */
int key_file_prepare(struct pem *private_half, struct pem *public_half, const char *path);

/* Makes a key that is in no file. */
int key_generate(struct pem *private_half, struct pem *public_half);

#endif
