/* Seal and open as a program does that calls libcrypto: SHA256, then AES_ige_encrypt. What our figures are compared
 * with, so the code is as fast as these functions allow. */
#ifndef BENCH_COMPOSED_H
#define BENCH_COMPOSED_H

#include <mtproto/message.h>

void composed_seal(const struct mtproto_auth_key *key, enum mtproto_direction direction, const uint8_t header[32],
		   const uint8_t *body, size_t body_len, size_t padding, uint8_t *packet);

/* In place. True when msg_key is right. */
bool composed_open(const struct mtproto_auth_key *key, enum mtproto_direction direction, uint8_t *packet, size_t len);

#endif
