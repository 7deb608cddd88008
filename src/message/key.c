#include <mtproto/message.h>

#include <string.h>

void mtproto_auth_key_init(struct mtproto_auth_key *key, const uint8_t data[MTPROTO_AUTH_KEY_SIZE])
{
	memmove(key->data, data, MTPROTO_AUTH_KEY_SIZE);
	key->id = mtproto_auth_key_id(key->data);
}
