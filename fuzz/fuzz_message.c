/* Opening of packets under a key that everybody knows. The first byte says what the rest is: a packet, of which
 * auth_key_id is set to the key's; or a plaintext, that is sealed first, so that what stands behind msg_key is reached.
 */
#include "base/bytes.h"

#include <mtproto/error.h>
#include <mtproto/message.h>

#include <stdlib.h>
#include <string.h>

static void load_key(struct mtproto_auth_key *key)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	mtproto_auth_key_init(key, data);
}

/* Encrypts the whole plaintext behind packet[24] as it is; len is a multiple of 16. */
static void seal(const struct mtproto_kernels *kernels, const struct mtproto_auth_key *key, uint8_t *packet, size_t len)
{
	uint8_t large[32], aes_key[32], aes_iv[32];

	mtproto_msg_key_large(kernels, key->data, MTPROTO_TO_SERVER, packet + 24, len, large);
	memcpy(packet + 8, large + 8, MTPROTO_MSG_KEY_SIZE);
	mtproto_kdf_v2(kernels, key->data, packet + 8, MTPROTO_TO_SERVER, aes_key, aes_iv);
	if (mtproto_ige_encrypt(kernels, aes_key, aes_iv, packet + 24, packet + 24, len))
		abort();
}

/* What was opened must be whole, and what was not must be gone. */
static void check(const struct mtproto_open_job *job, const uint8_t *plain, size_t len)
{
	const struct mtproto_span *body = &job->message.body;

	if (job->result == 0) {
		size_t padding = len - MTPROTO_MESSAGE_HEADER_SIZE - body->len;

		if (body->data != plain + MTPROTO_MESSAGE_HEADER_SIZE || body->len < 4 || body->len % 4 ||
		    body->len > len - MTPROTO_MESSAGE_HEADER_SIZE || padding < MTPROTO_MESSAGE_PADDING_MIN ||
		    padding > MTPROTO_MESSAGE_PADDING_MAX)
			abort();
		return;
	}
	if (body->data || body->len || job->quick_ack_token)
		abort();
	for (size_t i = 0; job->packet_len >= MTPROTO_PACKET_SIZE_MIN && i < len; i++)
		if (plain[i])
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_AUTO);
	struct mtproto_auth_key key;
	struct mtproto_open_job job = {.key = &key, .direction = MTPROTO_TO_SERVER};
	bool plaintext = len > 0 && data[0] & 1;
	size_t head = plaintext ? MTPROTO_PACKET_HEADER_SIZE : 0;
	uint8_t *packet;

	if (len == 0)
		return 0;
	load_key(&key);
	/* Of exactly its length, so that a sanitizer sees any access past its end. */
	packet = malloc(head + len);
	if (!packet)
		abort();
	memcpy(packet + head, data + 1, len - 1);
	job.packet = packet;
	job.packet_len = head + len - 1;
	if (job.packet_len >= 8)
		mtp_store_le64(packet, key.id);
	if (plaintext)
		seal(kernels, &key, packet, (len - 1) & ~(size_t)15);
	if (mtproto_message_open(kernels, &job) == 0 || job.packet_len >= MTPROTO_PACKET_SIZE_MIN)
		check(&job, packet + 24, (job.packet_len - 24) & ~(size_t)15);
	free(packet);
	return 0;
}
