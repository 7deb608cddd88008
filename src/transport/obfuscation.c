#include <mtproto/transport.h>

#include <string.h>

#include "base/bytes.h"
#include "crypto/random.h"
#include "crypto/sha.h"
#include "transport/framing.h"

/* The header: 8 bytes that look like nothing else, key and iv of the client's direction, the framing's tag, the data
 * centre and two more random bytes. The server's direction uses key and iv in reverse order. */
#define HEADER_SIZE MTPROTO_OBFUSCATION_HEADER_SIZE
#define KEYS_OFFSET 8
#define KEY_SIZE    32
#define IV_SIZE     16
#define KEYS_SIZE   (KEY_SIZE + IV_SIZE)
#define TAG_OFFSET  56
#define DC_OFFSET   60
#define SECRET_SIZE 16

/* One draw in about 250 is refused: this many in a row come from a broken source only. */
#define DRAW_COUNT_MAX 32

void mtproto_obfuscation_config_init(struct mtproto_obfuscation_config *config)
{
	*config = (struct mtproto_obfuscation_config){
		.size = sizeof(*config),
		.framing = MTPROTO_FRAMING_PADDED,
	};
}

static int init_direction(struct mtproto_ctr *ctr, const struct mtproto_kernels *kernels, const uint8_t *keys,
			  const uint8_t *secret)
{
	const struct mtproto_span parts[] = {{keys, KEY_SIZE}, {secret, SECRET_SIZE}};
	uint8_t key[KEY_SIZE];
	int error;

	if (secret)
		mtp_sha256(key, parts, 2);
	else
		memcpy(key, keys, KEY_SIZE);
	error = mtproto_ctr_init(ctr, kernels, key, keys + KEY_SIZE);
	mtproto_wipe(key, sizeof(key));
	return error;
}

/* Both directions, from the part of a header that is in the clear. */
static int init_directions(struct mtproto_ctr *to_server, struct mtproto_ctr *to_client,
			   const struct mtproto_kernels *kernels, const uint8_t *header, const uint8_t *secret)
{
	uint8_t reversed[KEYS_SIZE];
	int error;

	for (size_t i = 0; i < KEYS_SIZE; i++)
		reversed[i] = header[KEYS_OFFSET + KEYS_SIZE - 1 - i];
	error = init_direction(to_server, kernels, header + KEYS_OFFSET, secret);
	if (!error)
		error = init_direction(to_client, kernels, reversed, secret);
	mtproto_wipe(reversed, sizeof(reversed));
	return error;
}

/* Until a server would take it for a header. */
static int draw_header(uint8_t header[HEADER_SIZE], const struct mtproto_random *random)
{
	for (int i = 0; i < DRAW_COUNT_MAX; i++) {
		if (mtp_random_fill(random, header, HEADER_SIZE) != 0)
			return MTPROTO_ERR_RANDOM;
		if (mtproto_stream_detect(header, HEADER_SIZE) == MTPROTO_STREAM_OBFUSCATED)
			return 0;
	}
	return MTPROTO_ERR_RANDOM;
}

int mtproto_obfuscation_init_client(struct mtproto_obfuscation *o, const struct mtproto_kernels *kernels,
				    const struct mtproto_obfuscation_config *config,
				    uint8_t header[MTPROTO_OBFUSCATION_HEADER_SIZE])
{
	const struct mtp_framing *framing = mtp_framing_get(config->framing);
	uint8_t plain[HEADER_SIZE], encrypted[HEADER_SIZE];
	int error;

	memset(o, 0, sizeof(*o));
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (!framing || !framing->tag)
		return MTPROTO_ERR_ARGUMENT;
	error = draw_header(plain, config->random);
	if (error)
		return error;

	memset(plain + TAG_OFFSET, framing->tag, 4);
	plain[DC_OFFSET] = (uint8_t)config->dc;
	plain[DC_OFFSET + 1] = (uint8_t)((uint16_t)config->dc >> 8);
	error = init_directions(&o->out, &o->in, kernels, plain, config->secret);
	if (!error)
		error = mtproto_ctr_xor(&o->out, plain, encrypted, HEADER_SIZE);
	if (error) {
		mtproto_obfuscation_fini(o);
	} else {
		memcpy(header, plain, TAG_OFFSET);
		memcpy(header + TAG_OFFSET, encrypted + TAG_OFFSET, HEADER_SIZE - TAG_OFFSET);
	}
	mtproto_wipe(plain, sizeof(plain));
	return error;
}

int mtproto_obfuscation_init_server(struct mtproto_obfuscation *o, const struct mtproto_kernels *kernels,
				    const uint8_t header[MTPROTO_OBFUSCATION_HEADER_SIZE], const uint8_t *secret,
				    enum mtproto_framing *framing, int16_t *dc)
{
	uint8_t plain[HEADER_SIZE];
	enum mtproto_framing tagged;
	int error;

	memset(o, 0, sizeof(*o));
	error = init_directions(&o->in, &o->out, kernels, header, secret);
	if (!error)
		error = mtproto_ctr_xor(&o->in, header, plain, HEADER_SIZE);
	if (error)
		goto fail;
	tagged = mtp_framing_of_tag(plain + TAG_OFFSET);
	if (tagged == MTPROTO_FRAMING_DETECT) {
		error = MTPROTO_ERR_FRAMING;
		goto fail;
	}
	*framing = tagged;
	*dc = (int16_t)(plain[DC_OFFSET] | plain[DC_OFFSET + 1] << 8);
	return 0;

fail:
	mtproto_obfuscation_fini(o);
	return error;
}

void mtproto_obfuscation_fini(struct mtproto_obfuscation *o)
{
	mtproto_ctr_fini(&o->out);
	mtproto_ctr_fini(&o->in);
	mtproto_wipe(o, sizeof(*o));
}

int mtproto_obfuscation_encrypt(struct mtproto_obfuscation *o, const uint8_t *in, uint8_t *out, size_t len)
{
	return mtproto_ctr_xor(&o->out, in, out, len);
}

int mtproto_obfuscation_decrypt(struct mtproto_obfuscation *o, const uint8_t *in, uint8_t *out, size_t len)
{
	return mtproto_ctr_xor(&o->in, in, out, len);
}
