/* Packets: known ones, every check of a receiver, and every way in which sealing can fail; on each set of kernels. */
#include "crypto/kernel_sets.h"
#include "crypto/kernels.h"
#include "hex.h"

#include <mtproto/error.h>
#include <mtproto/message.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The auth_key of Telegram's sample of the key exchange. */
static const char *const sample_key =
	"77379866d71627e6c3635361f9681b03c9ee8a7aab9552ef513a13315eabc18a118ed649614ae1f01dab8f71d83341309c5999ad"
	"4889e5d9f3e911aaad00d9ddc24273d7b97dd92151f969242f347c8f9d5de44e8d7e87a69c2ae1757f5ecd20aafc586edd34c89a"
	"c8d5b8f7c9eb33a0c7f06a69632bceb8de03e336e5af0332d4b1f52ba73fbe7a3a6fe8c2268c10b9357e5474a7cceb0e39fe3b4a"
	"92900cd09af3c307d8fa90cb9da2ad35643fb0335bd0b7e6d30d1038741eb632e6a97b692a1f76f418af74337d05539b59df1d4e"
	"16b7e0c87240595ddfd26037cdb7e70db4b6c5cae532f49bc6974f6f46fd3cbdcd90ebb6795fd9a43421bcdf893d5c46";

/* A ping, sealed by an independent implementation: padding 01..14. */
static const char *const ping = "ec77be7a8877665544332211";
static const char *const packet_to_server =
	"8ae7a271969a9b1f558d83052a84f342703f8d99b00f79f23f7f38eaab633786102b7e9ffb82fa22c5ac416b564d961ac3922907"
	"3902e1b049540807b40d6f619c8d637445969cc39404767047c0abe580de338c8585c230";
static const char *const packet_to_client =
	"8ae7a271969a9b1f263512f2c0925f0d1626159d3727af6187f654839a25d28734895224c1f8dfb4374d3a3aef4a1bfc8f22d68b"
	"009947b43f3ebf01c2317296400af085ffcae26e039b6d95bed9d18dcb4c28858195a733";

/* A vector of two other libraries: the key 00..ff; the text and 19 zeros as a whole plaintext. */
static const char *const hello = "Hello, world! This data should remain secure!";
static const char *const hello_packet =
	"32d1586ea457dfc8a81729d46db54019a2bfd7f744f9b96c4f716cfdc4477db2a2c15f6ddb85235fb9552f1d8407c6aaea00cc84"
	"4c5a1bf6ac44b79b5edc2a23868b3d6073a590992c0f2975243d563ea180d218ee757c9a";

/* A packet that a server of Telegram sent under a key that was published: new_session_created and pong. */
static const char *const real_key =
	"5d2e7d65f49ec28bd029a88761ea27b8a4c79f12226525443e7d7c596ef3303530db2107e89aa997c7a0164ab694187adeff156b"
	"d6ef7118a1962347753c0e7e89a0354b8ec364f9997e71bc6923fb86e8e43491e010606a6ce845e2fa01940977ef0aa32adf5a97"
	"dbf6d428ec0434d717a2d3ad19622cc05887642113c7965ffb862a3e3ccb0ab95addda57f89245dbd76b492348f8e94bd5a7c0e0"
	"b84808523cfd1ea80b32fe9ad198bc2e103fceb7d52492ecc0273a28674bc923eee59265ab17a002df1f4aa2c59b819a5e5e1d10"
	"5ec117336f5c76c6b187037d4b4270cee9cc21071d97e9bca220c6d7b01b998cf2e5cdb9a50ecda1852a36e635690c8e";
static const char *const real_packet =
	"7a7183c2c10e4f4df945fa9a9abd35e7c3840b61f045304f39674c19c0e209784f50f6226a073529d675c92cbf0bfa8c99a79b3f"
	"39c72a5d9a026d431ab7407ca04ecc55187d6c45f17871524edd90cea02ed728e14d7cb18aea2a636158f09459a9437710d894c7"
	"9f368c4e8164b7647ea98612aefe942c5d92121acb8db02dccceb66d0f8720ac12a06db0582bfd955be34f365118e3bab8cd080c"
	"e6b45b28eac56dcd2a29374e";
static const char *const real_plain =
	"fc826a02248b28fd60f2c4822443ad6801f0c1c2918b305e0200000058000000dcf8f1730200000001a8c1c2918b305e01000000"
	"1c0000000809c29ec4fd33ad918b305e18a88ea607ee5816fc826a02248b28fd01ccc1c2918b305e0200000014000000c5737734"
	"c4fd33ad918b305e6408300000000000fce66704a3cd8ee9d0ae6fab672c60c04a3f1fd4490e51f6";

static void load_key(struct mtproto_auth_key *key, const char *digits)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	assert_int_equal(hex(data, sizeof(data), digits), sizeof(data));
	mtproto_auth_key_init(key, data);
}

/* Gives 1, 2, 3, ... */
static int count_up(void *user, uint8_t *out, size_t len)
{
	uint8_t *next = user;

	while (len--)
		*out++ = (*next)++;
	return 0;
}

static int give_nothing(void *user, uint8_t *out, size_t len)
{
	(void)user;
	memset(out, 0xee, len / 2);
	return 1;
}

static const struct mtproto_random failing_random = {give_nothing, NULL};

/* The kernels of a set, or NULL where this machine has none. */
static const struct mtproto_kernels *kernels_at(size_t i)
{
	return mtproto_kernels_get(kernel_sets[i]);
}

static bool is_zero(const void *memory, size_t len)
{
	const uint8_t *bytes = memory;

	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

/* ---- A sealer of the test's own, which seals anything ---- */

/* Encrypts len bytes of plaintext behind packet[24] as they are. */
static void seal_raw(const struct mtproto_kernels *kernels, const struct mtproto_auth_key *key,
		     enum mtproto_direction direction, uint8_t *packet, size_t len)
{
	uint8_t large[32], aes_key[32], aes_iv[32];

	mtproto_msg_key_large(kernels, key->data, direction, packet + 24, len, large);
	for (int i = 0; i < 8; i++)
		packet[i] = (uint8_t)(key->id >> 8 * i);
	memcpy(packet + 8, large + 8, 16);
	mtproto_kdf_v2(kernels, key->data, large + 8, direction, aes_key, aes_iv);
	assert_int_equal(mtproto_ige_encrypt(kernels, aes_key, aes_iv, packet + 24, packet + 24, len), 0);
}

/* Seals a header that claims so many bytes of body in a plaintext of len bytes, and opens it. */
static int open_claiming(uint32_t claimed, size_t len)
{
	static uint8_t packet[4096];
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_AUTO);
	struct mtproto_auth_key key;
	struct mtproto_open_job job = {.key = &key, .direction = MTPROTO_TO_SERVER, .packet = packet};
	int error;

	load_key(&key, sample_key);
	noise(packet, sizeof(packet), 1);
	packet[24 + 28] = (uint8_t)claimed;
	packet[24 + 29] = (uint8_t)(claimed >> 8);
	packet[24 + 30] = (uint8_t)(claimed >> 16);
	packet[24 + 31] = (uint8_t)(claimed >> 24);
	seal_raw(kernels, &key, MTPROTO_TO_SERVER, packet, len);
	job.packet_len = 24 + len;
	error = mtproto_message_open(kernels, &job);
	if (error) {
		assert_true(is_zero(packet + 24, len));
		assert_true(is_zero(&job.message, sizeof(job.message)));
		assert_int_equal(job.quick_ack_token, 0);
	} else {
		assert_int_equal(job.message.body.len, claimed);
	}
	return error;
}

/* ---- Known packets ---- */

static struct mtproto_message ping_message(uint8_t body[12])
{
	struct mtproto_message message = {.salt = 0xfea726f0ffb22f52,
					  .session_id = 0x0807060504030201,
					  .msg_id = 0x65abc0fe00000004,
					  .seq_no = 1,
					  .body = {body, 12}};

	hex(body, 12, ping);
	return message;
}

static void known_packets_are_sealed(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = kernels_at(i);

		for (int to_client = 0; kernels && to_client <= 1; to_client++) {
			uint8_t next = 1, body[12], packet[88], expected[88];
			struct mtproto_random random = {count_up, &next};
			struct mtproto_auth_key key;
			struct mtproto_seal_job job = {.key = &key,
						       .direction = to_client ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER,
						       .message = ping_message(body),
						       .padding = 20,
						       .packet = packet,
						       .packet_cap = sizeof(packet)};

			load_key(&key, sample_key);
			hex(expected, sizeof(expected), to_client ? packet_to_client : packet_to_server);
			assert_int_equal(mtproto_message_seal(kernels, &random, &job), 0);
			assert_int_equal(job.packet_len, sizeof(packet));
			assert_memory_equal(packet, expected, sizeof(packet));
			/* The first 32 bits of msg_key_large with the highest one set. */
			assert_int_equal(job.quick_ack_token, to_client ? 0xa896e964 : 0xfb374c19);
		}
	}
}

static void known_packets_are_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = kernels_at(i);

		for (int to_client = 0; kernels && to_client <= 1; to_client++) {
			uint8_t packet[88], body[12];
			struct mtproto_auth_key key;
			struct mtproto_message expected = ping_message(body);
			struct mtproto_open_job job = {.key = &key,
						       .direction = to_client ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER,
						       .packet = packet,
						       .packet_len = sizeof(packet)};

			load_key(&key, sample_key);
			hex(packet, sizeof(packet), to_client ? packet_to_client : packet_to_server);
			assert_int_equal(mtproto_message_open(kernels, &job), 0);
			assert_int_equal(job.message.salt, expected.salt);
			assert_int_equal(job.message.session_id, expected.session_id);
			assert_int_equal(job.message.msg_id, expected.msg_id);
			assert_int_equal(job.message.seq_no, 1);
			assert_int_equal(job.message.body.len, 12);
			assert_ptr_equal(job.message.body.data, packet + MTPROTO_MESSAGE_BODY_OFFSET);
			assert_memory_equal(job.message.body.data, body, 12);
			assert_int_equal(job.quick_ack_token, to_client ? 0xa896e964 : 0xfb374c19);
		}
	}
}

static void the_direction_matters(void **state)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_AUTO);
	uint8_t packet[88];
	struct mtproto_auth_key key;
	struct mtproto_open_job job = {
		.key = &key, .direction = MTPROTO_TO_CLIENT, .packet = packet, .packet_len = sizeof(packet)};

	(void)state;
	load_key(&key, sample_key);
	hex(packet, sizeof(packet), packet_to_server);
	assert_int_equal(mtproto_message_open(kernels, &job), MTPROTO_ERR_MSG_KEY);
}

static void a_packet_of_telegram_is_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = kernels_at(i);
		uint8_t packet[168], plain[144];
		struct mtproto_auth_key key;
		struct mtproto_open_job job = {
			.key = &key, .direction = MTPROTO_TO_CLIENT, .packet = packet, .packet_len = sizeof(packet)};

		if (!kernels)
			continue;
		load_key(&key, real_key);
		hex(packet, sizeof(packet), real_packet);
		hex(plain, sizeof(plain), real_plain);
		assert_int_equal(mtproto_message_open(kernels, &job), 0);
		assert_memory_equal(packet + 24, plain, sizeof(plain));
		assert_int_equal(job.message.salt, 0xfd288b24026a82fc);
		assert_int_equal(job.message.session_id, 0x68ad432482c4f260);
		assert_int_equal(job.message.msg_id, 0x5e308b91c2c1f001);
		assert_int_equal(job.message.seq_no, 2);
		assert_int_equal(job.message.body.len, 88);
	}
}

/* The test's own sealer against other libraries; the text is no message, so it opens and then has no sense. */
static void the_vector_of_other_libraries(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = kernels_at(i);
		uint8_t data[MTPROTO_AUTH_KEY_SIZE], packet[88] = {0}, expected[88];
		struct mtproto_auth_key key;
		struct mtproto_open_job job = {
			.key = &key, .direction = MTPROTO_TO_SERVER, .packet = packet, .packet_len = sizeof(packet)};

		if (!kernels)
			continue;
		for (size_t j = 0; j < sizeof(data); j++)
			data[j] = (uint8_t)j;
		mtproto_auth_key_init(&key, data);
		memcpy(packet + 24, hello, 45);
		seal_raw(kernels, &key, MTPROTO_TO_SERVER, packet, 64);
		hex(expected, sizeof(expected), hello_packet);
		assert_memory_equal(packet, expected, sizeof(packet));
		assert_int_equal(mtproto_message_open(kernels, &job), MTPROTO_ERR_MESSAGE_LENGTH);
		assert_true(is_zero(packet + 24, 64));
	}
}

/* ---- What a receiver checks ---- */

static void a_short_packet_is_refused(void **state)
{
	uint8_t packet[88];
	struct mtproto_auth_key key;

	(void)state;
	load_key(&key, sample_key);
	hex(packet, sizeof(packet), packet_to_server);
	for (size_t len = 0; len < MTPROTO_PACKET_SIZE_MIN; len++) {
		/* Memory of exactly that length, so that a read behind it is noticed. */
		uint8_t *copy = malloc(len ? len : 1);
		struct mtproto_open_job job = {
			.key = &key, .direction = MTPROTO_TO_SERVER, .packet = copy, .packet_len = len};

		assert_non_null(copy);
		memcpy(copy, packet, len);
		assert_int_equal(mtproto_message_open(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &job),
				 MTPROTO_ERR_MESSAGE_LENGTH);
		free(copy);
	}
}

static void another_auth_key_id_is_refused(void **state)
{
	uint8_t packet[88], before[88];
	struct mtproto_auth_key key;
	struct mtproto_open_job job = {
		.key = &key, .direction = MTPROTO_TO_SERVER, .packet = packet, .packet_len = sizeof(packet)};

	(void)state;
	load_key(&key, sample_key);
	hex(before, sizeof(before), packet_to_server);
	for (size_t i = 0; i < 64; i++) {
		memcpy(packet, before, sizeof(packet));
		packet[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(mtproto_message_open(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &job),
				 MTPROTO_ERR_AUTH_KEY_ID);
	}
	/* It is for somebody else: nothing was touched. */
	assert_memory_equal(packet + 8, before + 8, sizeof(packet) - 8);
}

/* In msg_key, in every field of the header, in the body and in the padding: in every block. */
static void any_flipped_bit_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = kernels_at(i);

		for (size_t bit = 64; kernels && bit < 8 * 88; bit++) {
			uint8_t packet[88];
			struct mtproto_auth_key key;
			struct mtproto_open_job job = {.key = &key,
						       .direction = MTPROTO_TO_SERVER,
						       .packet = packet,
						       .packet_len = sizeof(packet)};

			load_key(&key, sample_key);
			hex(packet, sizeof(packet), packet_to_server);
			packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(mtproto_message_open(kernels, &job), MTPROTO_ERR_MSG_KEY);
			assert_true(is_zero(packet + 24, 64));
			assert_true(is_zero(&job.message, sizeof(job.message)));
			assert_int_equal(job.quick_ack_token, 0);
		}
	}
}

static void another_key_is_refused(void **state)
{
	uint8_t packet[88];
	struct mtproto_auth_key key;
	struct mtproto_open_job job = {
		.key = &key, .direction = MTPROTO_TO_SERVER, .packet = packet, .packet_len = sizeof(packet)};

	(void)state;
	load_key(&key, sample_key);
	key.data[88] ^= 1;
	hex(packet, sizeof(packet), packet_to_server);
	assert_int_equal(mtproto_message_open(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &job), MTPROTO_ERR_MSG_KEY);
}

static void a_length_fits_its_packet(void **state)
{
	(void)state;
	/* Header 32, body 20, padding 12. */
	assert_int_equal(open_claiming(20, 64), 0);
	assert_int_equal(open_claiming(0, 64), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(24, 64), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(32, 64), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(36, 64), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(0x7ffffffc, 64), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(0x80000000, 64), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(0xfffffffc, 64), MTPROTO_ERR_MESSAGE_LENGTH);
	/* -20, and what wraps around to fit. */
	assert_int_equal(open_claiming(0xffffffec, 64), MTPROTO_ERR_MESSAGE_LENGTH);
}

static void a_length_is_a_multiple_of_4(void **state)
{
	(void)state;
	for (uint32_t len = 17; len < 20; len++)
		assert_int_equal(open_claiming(len, 64), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(16, 64), 0);
	assert_int_equal(open_claiming(4, 48), 0);
}

static void padding_is_12_to_1024_bytes(void **state)
{
	(void)state;
	assert_int_equal(open_claiming(20, 32 + 20 + 12), 0);
	assert_int_equal(open_claiming(24, 32 + 24 + 8), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(16, 32 + 16 + 1024), 0);
	assert_int_equal(open_claiming(12, 32 + 12 + 1028), MTPROTO_ERR_MESSAGE_LENGTH);
	assert_int_equal(open_claiming(16, 32 + 16 + 1040), MTPROTO_ERR_MESSAGE_LENGTH);
}

static void bytes_of_the_transport_are_cut_off(void **state)
{
	(void)state;
	for (size_t extra = 0; extra <= 16; extra++) {
		uint8_t packet[88 + 16];
		struct mtproto_auth_key key;
		struct mtproto_open_job job = {
			.key = &key, .direction = MTPROTO_TO_SERVER, .packet = packet, .packet_len = 88 + extra};

		load_key(&key, sample_key);
		noise(packet, sizeof(packet), 7);
		hex(packet, 88, packet_to_server);
		assert_int_equal(mtproto_message_open(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), &job),
				 extra < 16 ? 0 : MTPROTO_ERR_MSG_KEY);
		assert_int_equal(job.message.body.len, extra < 16 ? 12 : 0);
	}
}

/* ---- Sealing ---- */

/* Seals a body of len bytes in memory of exactly the size of the packet, and opens it again. */
static void round_trip(const struct mtproto_kernels *kernels, size_t len, size_t padding, bool in_place)
{
	size_t size = mtproto_packet_size(len, padding);
	uint8_t *packet = malloc(size);
	uint8_t *body = malloc(len);
	struct mtproto_auth_key key;
	struct mtproto_seal_job seal = {.key = &key,
					.direction = MTPROTO_TO_CLIENT,
					.message = {.salt = 1, .session_id = 2, .msg_id = 3, .seq_no = 4},
					.padding = padding,
					.packet = packet,
					.packet_cap = size};
	struct mtproto_open_job open = {.key = &key, .direction = MTPROTO_TO_CLIENT, .packet = packet};

	assert_non_null(packet);
	assert_non_null(body);
	load_key(&key, sample_key);
	noise(body, len, (uint32_t)len);
	seal.message.body = (struct mtproto_span){in_place ? packet + MTPROTO_MESSAGE_BODY_OFFSET : body, len};
	if (in_place)
		memcpy(packet + MTPROTO_MESSAGE_BODY_OFFSET, body, len);
	assert_int_equal(mtproto_message_seal(kernels, NULL, &seal), 0);
	assert_int_equal(seal.packet_len, size);
	open.packet_len = size;
	assert_int_equal(mtproto_message_open(kernels, &open), 0);
	assert_int_equal(open.message.salt, 1);
	assert_int_equal(open.message.session_id, 2);
	assert_int_equal(open.message.msg_id, 3);
	assert_int_equal(open.message.seq_no, 4);
	assert_int_equal(open.message.body.len, len);
	assert_memory_equal(open.message.body.data, body, len);
	assert_int_equal(open.quick_ack_token, seal.quick_ack_token);
	assert_true(open.quick_ack_token & 0x80000000);
	free(packet);
	free(body);
}

static void bodies_of_many_lengths_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_SETS; i++) {
		const struct mtproto_kernels *kernels = kernels_at(i);

		for (size_t len = 4; kernels && len <= 300; len += 4) {
			size_t padding;

			assert_int_equal(mtproto_message_padding(MTPROTO_PADDING_RANDOM, NULL, len, &padding), 0);
			round_trip(kernels, len, padding, len % 8 == 0);
		}
		if (kernels) {
			round_trip(kernels, 1044404, 12, false);
			round_trip(kernels, MTPROTO_MESSAGE_BODY_MAX, 16, true);
			round_trip(kernels, 16, 1024, false);
		}
	}
}

static int seal_with(const struct mtproto_random *random, size_t len, size_t padding, size_t cap)
{
	static uint8_t packet[4096];
	static const uint8_t body[1024];
	struct mtproto_auth_key key;
	struct mtproto_seal_job job = {.key = &key,
				       .direction = MTPROTO_TO_SERVER,
				       .message = {.body = {body, len}},
				       .padding = padding,
				       .packet = packet,
				       .packet_cap = cap};
	int error;

	load_key(&key, sample_key);
	noise(packet, sizeof(packet), 3);
	error = mtproto_message_seal(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), random, &job);
	if (error) {
		assert_int_equal(job.packet_len, 0);
		assert_int_equal(job.quick_ack_token, 0);
	}
	/* A failure on the way leaves neither the body nor half a packet. */
	if (error == MTPROTO_ERR_RANDOM)
		assert_true(is_zero(packet, mtproto_packet_size(len, padding)));
	return error;
}

static void sealing_names_its_errors(void **state)
{
	(void)state;
	assert_int_equal(seal_with(NULL, 20, 12, 88), 0);
	assert_int_equal(seal_with(NULL, 0, 16, 4096), MTPROTO_ERR_ARGUMENT);
	for (size_t len = 21; len < 24; len++)
		assert_int_equal(seal_with(NULL, len, 32 - len + 12, 4096), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(seal_with(NULL, 24, 8, 4096), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(seal_with(NULL, 20, 13, 4096), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(seal_with(NULL, 16, 1040, 4096), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(seal_with(NULL, 16, SIZE_MAX - 15, 4096), MTPROTO_ERR_ARGUMENT);
	assert_int_equal(seal_with(NULL, 20, 12, 87), MTPROTO_ERR_BUFFER);
	assert_int_equal(seal_with(NULL, 20, 12, 0), MTPROTO_ERR_BUFFER);
	assert_int_equal(seal_with(NULL, MTPROTO_MESSAGE_BODY_MAX + 4, 12, SIZE_MAX), MTPROTO_ERR_TOO_LARGE);
	assert_int_equal(seal_with(NULL, SIZE_MAX - 3, 12, SIZE_MAX), MTPROTO_ERR_TOO_LARGE);
	assert_int_equal(seal_with(&failing_random, 20, 12, 88), MTPROTO_ERR_RANDOM);
}

static int refuse_blocks(const uint8_t key[32], uint8_t iv[32], const uint8_t *in, uint8_t *out, size_t blocks)
{
	(void)key;
	(void)iv;
	(void)in;
	(void)out;
	(void)blocks;
	return MTPROTO_ERR_CRYPTO;
}

static void a_cipher_that_fails_leaves_nothing(void **state)
{
	struct mtproto_kernels kernels = *mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
	uint8_t body[12], packet[88];
	struct mtproto_auth_key key;
	struct mtproto_seal_job seal = {.key = &key,
					.direction = MTPROTO_TO_SERVER,
					.message = ping_message(body),
					.padding = 20,
					.packet = packet,
					.packet_cap = sizeof(packet)};
	struct mtproto_open_job open = {
		.key = &key, .direction = MTPROTO_TO_SERVER, .packet = packet, .packet_len = sizeof(packet)};

	(void)state;
	load_key(&key, sample_key);
	kernels.ige_encrypt = refuse_blocks;
	kernels.ige_decrypt = refuse_blocks;
	noise(packet, sizeof(packet), 1);
	assert_int_equal(mtproto_message_seal(&kernels, NULL, &seal), MTPROTO_ERR_CRYPTO);
	assert_true(is_zero(packet, sizeof(packet)));
	assert_int_equal(seal.packet_len, 0);
	assert_int_equal(seal.quick_ack_token, 0);
	hex(packet, sizeof(packet), packet_to_server);
	assert_int_equal(mtproto_message_open(&kernels, &open), MTPROTO_ERR_CRYPTO);
	assert_true(is_zero(packet + 24, 64));
}

/* ---- Padding ---- */

static void the_smallest_padding_is_12_to_27(void **state)
{
	(void)state;
	for (size_t len = 4; len < 200; len += 4) {
		size_t padding = 0;

		assert_int_equal(mtproto_message_padding(MTPROTO_PADDING_SMALLEST, &failing_random, len, &padding), 0);
		assert_true(padding >= 12 && padding <= 27);
		assert_int_equal((32 + len + padding) % 16, 0);
	}
}

static void random_padding_is_legal_and_differs(void **state)
{
	size_t seen[16] = {0};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		size_t padding = 0;

		assert_int_equal(mtproto_message_padding(MTPROTO_PADDING_RANDOM, NULL, 20, &padding), 0);
		assert_true(padding >= 12 && padding <= 12 + 15 * 16);
		assert_int_equal((32 + 20 + padding) % 16, 0);
		seen[(padding - 12) / 16]++;
	}
	/* 125 are expected of each; less than 60 come once in 10^9 runs. */
	for (size_t i = 0; i < 16; i++)
		assert_true(seen[i] >= 60);
}

static void random_padding_needs_randomness(void **state)
{
	size_t padding = 7;

	(void)state;
	assert_int_equal(mtproto_message_padding(MTPROTO_PADDING_RANDOM, &failing_random, 20, &padding),
			 MTPROTO_ERR_RANDOM);
	assert_int_equal(padding, 7);
}

/* ---- Many at once ---- */

enum { MANY = 150, MANY_CAP = 2048 };

struct many {
	struct mtproto_auth_key keys[3];
	uint8_t packets[MANY][MANY_CAP];
	uint8_t bodies[MANY][1024];
	struct mtproto_seal_job seals[MANY];
	struct mtproto_open_job opens[MANY];
};

static void prepare_seals(struct many *many)
{
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];

	for (uint32_t k = 0; k < 3; k++) {
		noise(data, sizeof(data), k);
		mtproto_auth_key_init(&many->keys[k], data);
	}
	for (size_t i = 0; i < MANY; i++) {
		struct mtproto_seal_job *job = &many->seals[i];

		noise(many->bodies[i], sizeof(many->bodies[i]), (uint32_t)i);
		job->key = &many->keys[i % 3];
		job->direction = i % 2 ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER;
		job->message = (struct mtproto_message){i, i + 1, i + 2, (uint32_t)i, {many->bodies[i], 4 + 4 * i}};
		assert_int_equal(
			mtproto_message_padding(MTPROTO_PADDING_RANDOM, NULL, job->message.body.len, &job->padding), 0);
		job->packet = many->packets[i];
		job->packet_cap = MANY_CAP;
		/* Every seventh has no room. */
		if (i % 7 == 0)
			job->packet_cap = MTPROTO_PACKET_SIZE_MIN - 1;
	}
}

static void good_and_bad_jobs_do_not_mix(void **state)
{
	struct many *many = calloc(1, sizeof(*many));

	(void)state;
	assert_non_null(many);
	for (size_t set = 0; set < KERNEL_SETS; set++) {
		const struct mtproto_kernels *kernels = kernels_at(set);

		if (!kernels)
			continue;
		memset(many, 0, sizeof(*many));
		prepare_seals(many);
		mtproto_message_seal_many(kernels, NULL, many->seals, MANY);
		for (size_t i = 0; i < MANY; i++) {
			assert_int_equal(many->seals[i].result, i % 7 == 0 ? MTPROTO_ERR_BUFFER : 0);
			many->opens[i] = (struct mtproto_open_job){.key = many->seals[i].key,
								   .direction = many->seals[i].direction,
								   .packet = many->packets[i],
								   .packet_len = many->seals[i].packet_len};
			/* Every fifth is damaged. */
			if (i % 5 == 0 && i % 7)
				many->packets[i][40] ^= 1;
		}
		mtproto_message_open_many(kernels, many->opens, MANY);
		for (size_t i = 0; i < MANY; i++) {
			const struct mtproto_open_job *job = &many->opens[i];

			assert_int_equal(job->result, i % 7 == 0   ? MTPROTO_ERR_MESSAGE_LENGTH
						      : i % 5 == 0 ? MTPROTO_ERR_MSG_KEY
								   : 0);
			if (job->result)
				continue;
			assert_int_equal(job->message.salt, i);
			assert_int_equal(job->message.seq_no, i);
			assert_int_equal(job->message.body.len, 4 + 4 * i);
			assert_memory_equal(job->message.body.data, many->bodies[i], 4 + 4 * i);
			assert_int_equal(job->quick_ack_token, many->seals[i].quick_ack_token);
		}
	}
	free(many);
}

static void no_jobs_are_no_work(void **state)
{
	(void)state;
	mtproto_message_seal_many(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), NULL, NULL, 0);
	mtproto_message_open_many(mtproto_kernels_get(MTPROTO_KERNELS_AUTO), NULL, 0);
}

/* The two sets of kernels make the same packet. */
static void all_kernels_agree(void **state)
{
	const struct mtproto_kernels *other = mtproto_kernels_get(MTPROTO_KERNELS_AESNI);

	(void)state;
	for (size_t len = 4; other && len <= 1024; len += 20) {
		uint8_t packets[2][1200], body[1024];
		struct mtproto_auth_key key;

		load_key(&key, sample_key);
		noise(body, len, 5);
		for (size_t i = 0; i < 2; i++) {
			uint8_t next = 1;
			struct mtproto_random random = {count_up, &next};
			struct mtproto_seal_job job = {.key = &key,
						       .direction = MTPROTO_TO_SERVER,
						       .message = {.salt = 1, .body = {body, len}},
						       .packet = packets[i],
						       .packet_cap = sizeof(packets[i])};

			assert_int_equal(mtproto_message_padding(MTPROTO_PADDING_SMALLEST, NULL, len, &job.padding), 0);
			assert_int_equal(
				mtproto_message_seal(i ? other : mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO),
						     &random, &job),
				0);
		}
		assert_memory_equal(packets[0], packets[1], mtproto_packet_size(len, 12));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_packets_are_sealed),
		cmocka_unit_test(known_packets_are_opened),
		cmocka_unit_test(the_direction_matters),
		cmocka_unit_test(a_packet_of_telegram_is_opened),
		cmocka_unit_test(the_vector_of_other_libraries),
		cmocka_unit_test(a_short_packet_is_refused),
		cmocka_unit_test(another_auth_key_id_is_refused),
		cmocka_unit_test(any_flipped_bit_is_refused),
		cmocka_unit_test(another_key_is_refused),
		cmocka_unit_test(a_length_fits_its_packet),
		cmocka_unit_test(a_length_is_a_multiple_of_4),
		cmocka_unit_test(padding_is_12_to_1024_bytes),
		cmocka_unit_test(bytes_of_the_transport_are_cut_off),
		cmocka_unit_test(bodies_of_many_lengths_come_back),
		cmocka_unit_test(sealing_names_its_errors),
		cmocka_unit_test(a_cipher_that_fails_leaves_nothing),
		cmocka_unit_test(the_smallest_padding_is_12_to_27),
		cmocka_unit_test(random_padding_is_legal_and_differs),
		cmocka_unit_test(random_padding_needs_randomness),
		cmocka_unit_test(good_and_bad_jobs_do_not_mix),
		cmocka_unit_test(no_jobs_are_no_work),
		cmocka_unit_test(all_kernels_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
