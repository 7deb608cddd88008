/* The obfuscation header and the two key streams behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mtproto/transport.h>

#include "hex.h"

#define HEADER_SIZE MTPROTO_OBFUSCATION_HEADER_SIZE

static const enum mtproto_kernels_id kernel_ids[] = {MTPROTO_KERNELS_LIBCRYPTO, MTPROTO_KERNELS_AUTO};

/* Yields the draws one after the other, and the last one for ever. */
struct script {
	uint8_t draws[4][HEADER_SIZE];
	size_t count;
	size_t used;
};

static int fill_from_script(void *user, uint8_t *out, size_t len)
{
	struct script *script = user;
	size_t i = script->used < script->count ? script->used : script->count - 1;

	assert_int_equal(len, HEADER_SIZE);
	memcpy(out, script->draws[i], HEADER_SIZE);
	script->used++;
	return 0;
}

static int fill_failing(void *user, uint8_t *out, size_t len)
{
	(void)user;
	(void)out;
	(void)len;
	return -1;
}

struct vector {
	const char *init;   /* what the random source yields, 64 bytes; or one byte to repeat */
	const char *secret; /* or NULL */
	enum mtproto_framing framing;
	int16_t dc;
	const char *sent_tail;   /* the last 8 bytes of the header */
	const char *to_server;   /* the key stream's next bytes, or NULL */
	const char *from_server; /* that of the other direction */
};

/* The first is from gotd's tests, the rest computed with Python's cryptography. */
static const struct vector vectors[] = {
	{"f5768f50b731260a46be1027c2eeaa39350624f0b6da59eba56c81fe4510c2e0"
	 "b61d3dd323ee02388633e3837a0c1c24fa6f29ccd724be6f416ff7b026f6cce6",
	 "8a96ef6e42a18c21837580cd1c91c5a8", MTPROTO_FRAMING_PADDED, 2, "bea2dde16dc59dd2", "ab18e142", "ee137ae6"},
	{"030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dc"
	 "e3eaf1f8ff060d141b222930373e454c535a61686f767d848b9299a0a7aeb5bc",
	 NULL, MTPROTO_FRAMING_INTERMEDIATE, 2, "27a3e26acbdb9f1d", "90a57ab4dd9e957d69ebdb1307d4e429",
	 "2064aaf65bc017aa009c2ef46694423c"},
	{"61", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", MTPROTO_FRAMING_PADDED, 2, "ab4162424f66fddc", NULL, NULL},
	{"ff", NULL, MTPROTO_FRAMING_INTERMEDIATE, -1, "fce8ab2203db2bff", NULL, NULL},
	{"ff", "00000000000000000000000000000000", MTPROTO_FRAMING_INTERMEDIATE, 1, "ecec4cbda8bb188b", NULL, NULL},
	{"ff", "00000000000000000000000000000000", MTPROTO_FRAMING_INTERMEDIATE, 10001, "ecec4cbdb89c188b", NULL, NULL},
	{"ff", "00000000000000000000000000000000", MTPROTO_FRAMING_INTERMEDIATE, -1, "ecec4cbd5644188b", NULL, NULL},
	{"ff", NULL, MTPROTO_FRAMING_ABRIDGED, 4, "fde9aa23f8242bff", NULL, NULL},
};

#define VECTOR_COUNT (sizeof(vectors) / sizeof(vectors[0]))

static const struct mtproto_obfuscation zeroed;

static void make_init(uint8_t out[HEADER_SIZE], const char *text)
{
	if (hex(out, HEADER_SIZE, text) == 1)
		memset(out, out[0], HEADER_SIZE);
}

/* The key stream's bytes are the ciphertext of zeros. */
static void check_stream(struct mtproto_obfuscation *o,
			 int (*crypt)(struct mtproto_obfuscation *, const uint8_t *, uint8_t *, size_t),
			 const char *expected_hex)
{
	const uint8_t zeros[16] = {0};
	uint8_t expected[16], got[16];
	size_t len = expected_hex ? hex(expected, sizeof(expected), expected_hex) : 0;

	assert_int_equal(crypt(o, zeros, got, len), 0);
	assert_memory_equal(got, expected, len);
}

static void check_vector(const struct vector *v, const struct mtproto_kernels *kernels)
{
	struct script script = {.count = 1};
	struct mtproto_random random = {fill_from_script, &script};
	struct mtproto_obfuscation_config config;
	struct mtproto_obfuscation client, server;
	uint8_t secret[16], header[HEADER_SIZE], sent_tail[8];
	enum mtproto_framing framing = MTPROTO_FRAMING_DETECT;
	int16_t dc = 0;

	make_init(script.draws[0], v->init);
	mtproto_obfuscation_config_init(&config);
	config.framing = v->framing;
	config.dc = v->dc;
	config.random = &random;
	if (v->secret) {
		hex(secret, sizeof(secret), v->secret);
		config.secret = secret;
	}
	assert_int_equal(mtproto_obfuscation_init_client(&client, kernels, &config, header), 0);
	assert_memory_equal(header, script.draws[0], 56);
	hex(sent_tail, sizeof(sent_tail), v->sent_tail);
	assert_memory_equal(header + 56, sent_tail, 8);
	check_stream(&client, mtproto_obfuscation_encrypt, v->to_server);
	check_stream(&client, mtproto_obfuscation_decrypt, v->from_server);

	assert_int_equal(mtproto_obfuscation_init_server(&server, kernels, header, config.secret, &framing, &dc), 0);
	assert_int_equal(framing, v->framing);
	assert_int_equal(dc, v->dc);
	check_stream(&server, mtproto_obfuscation_decrypt, v->to_server);
	check_stream(&server, mtproto_obfuscation_encrypt, v->from_server);

	mtproto_obfuscation_fini(&client);
	mtproto_obfuscation_fini(&server);
	assert_memory_equal(&client, &zeroed, sizeof(zeroed));
	assert_memory_equal(&server, &zeroed, sizeof(zeroed));
}

static void headers_and_streams_match_the_vectors(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < VECTOR_COUNT; i++)
			check_vector(&vectors[i], mtproto_kernels_get(kernel_ids[k]));
	}
}

/* Headers as other implementations sent them. */
static void servers_open_captured_headers(void **state)
{
	const struct {
		const char *header;
		int16_t dc;
	} captured[] = {
		/* Pyrogram 2.0.106 */
		{"009071dce61b8ccc7812101f137f89e6de83015e83b09efad18ba63435d9a06c"
		 "1d5ad31fd93c848541c6393c5dce9c607068cbb1ea7aaced824039bb4141e984",
		 10289},
		/* gramjs 2.26.22 */
		{"8cc62f04c11f2148f61fb413529dd9e05ca36dc15a8101462ba7be18305bc4f5"
		 "fe03cb81965ea3c95a542b53641adeb3cf29f35890b8e1197de0237b63f8714e",
		 41},
	};
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_AUTO);
	uint8_t header[HEADER_SIZE];
	struct mtproto_obfuscation o;
	enum mtproto_framing framing;
	int16_t dc;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		hex(header, sizeof(header), captured[i].header);
		framing = MTPROTO_FRAMING_DETECT;
		dc = 0;
		assert_int_equal(mtproto_stream_detect(header, HEADER_SIZE), MTPROTO_STREAM_OBFUSCATED);
		assert_int_equal(mtproto_obfuscation_init_server(&o, kernels, header, NULL, &framing, &dc), 0);
		assert_int_equal(framing, MTPROTO_FRAMING_ABRIDGED);
		assert_int_equal(dc, captured[i].dc);
		mtproto_obfuscation_fini(&o);
	}
}

static void a_header_for_another_secret_is_refused(void **state)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_AUTO);
	struct script script = {.count = 1};
	struct mtproto_random random = {fill_from_script, &script};
	struct mtproto_obfuscation_config config;
	struct mtproto_obfuscation client, server;
	uint8_t header[HEADER_SIZE];
	const uint8_t secret[16] = {1}, other[16] = {2};
	enum mtproto_framing framing = MTPROTO_FRAMING_FULL;
	int16_t dc = 77;

	(void)state;
	make_init(script.draws[0], "61");
	mtproto_obfuscation_config_init(&config);
	config.secret = secret;
	config.random = &random;
	assert_int_equal(mtproto_obfuscation_init_client(&client, kernels, &config, header), 0);
	mtproto_obfuscation_fini(&client);

	memset(&server, 1, sizeof(server));
	assert_int_equal(mtproto_obfuscation_init_server(&server, kernels, header, other, &framing, &dc),
			 MTPROTO_ERR_FRAMING);
	assert_memory_equal(&server, &zeroed, sizeof(zeroed));
	assert_int_equal(mtproto_obfuscation_init_server(&server, kernels, header, NULL, &framing, &dc),
			 MTPROTO_ERR_FRAMING);
	assert_int_equal(framing, MTPROTO_FRAMING_FULL);
	assert_int_equal(dc, 77);
	assert_int_equal(mtproto_obfuscation_init_server(&server, kernels, header, secret, &framing, &dc), 0);
	assert_int_equal(framing, MTPROTO_FRAMING_PADDED);
	mtproto_obfuscation_fini(&server);
}

/* One draw of 64 bytes 61 behind prefix, then another without; expects the number of draws used. */
static void check_draws(const char *prefix, size_t expected_used)
{
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO);
	struct script script = {.count = 2};
	struct mtproto_random random = {fill_from_script, &script};
	struct mtproto_obfuscation_config config;
	struct mtproto_obfuscation o;
	uint8_t header[HEADER_SIZE];

	memset(script.draws[0], 0x61, HEADER_SIZE);
	memset(script.draws[1], 0x62, HEADER_SIZE);
	hex(script.draws[0], HEADER_SIZE, prefix);
	mtproto_obfuscation_config_init(&config);
	config.random = &random;
	assert_int_equal(mtproto_obfuscation_init_client(&o, kernels, &config, header), 0);
	assert_int_equal(script.used, expected_used);
	assert_memory_equal(header, script.draws[expected_used - 1], 56);
	mtproto_obfuscation_fini(&o);
}

static void headers_that_look_like_another_protocol_are_drawn_again(void **state)
{
	const char *forbidden[] = {"ef",       "48454144", "504f5354", "47455420",         "4f505449",
				   "16030102", "dddddddd", "eeeeeeee", "6161616100000000", "0000000000000000"};
	const char *allowed[] = {"61", "44414548", "54534f50", "20544547", "4954504f", "02010316", "00ef", "00000000"};

	(void)state;
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		check_draws(forbidden[i], 2);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		check_draws(allowed[i], 1);
}

static int init_client_error(const struct mtproto_obfuscation_config *config)
{
	struct mtproto_obfuscation o;
	uint8_t header[HEADER_SIZE], untouched[HEADER_SIZE];
	int error;

	memset(&o, 1, sizeof(o));
	memset(header, 0x5a, sizeof(header));
	memset(untouched, 0x5a, sizeof(untouched));
	error = mtproto_obfuscation_init_client(&o, mtproto_kernels_get(MTPROTO_KERNELS_AUTO), config, header);
	assert_memory_equal(&o, &zeroed, sizeof(zeroed));
	assert_memory_equal(header, untouched, sizeof(header));
	return error;
}

static void clients_refuse_bad_settings(void **state)
{
	struct mtproto_obfuscation_config config;

	(void)state;
	mtproto_obfuscation_config_init(&config);
	config.framing = MTPROTO_FRAMING_FULL;
	assert_int_equal(init_client_error(&config), MTPROTO_ERR_ARGUMENT);
	config.framing = MTPROTO_FRAMING_DETECT;
	assert_int_equal(init_client_error(&config), MTPROTO_ERR_ARGUMENT);
	config.framing = MTPROTO_FRAMING_ABRIDGED;
	config.size = 0;
	assert_int_equal(init_client_error(&config), MTPROTO_ERR_CONFIG_SIZE);
}

static void a_broken_random_source_is_an_error(void **state)
{
	struct script zeros = {.count = 1};
	struct mtproto_random stuck = {fill_from_script, &zeros}, failing = {fill_failing, NULL};
	struct mtproto_obfuscation_config config;

	(void)state;
	mtproto_obfuscation_config_init(&config);
	config.random = &failing;
	assert_int_equal(init_client_error(&config), MTPROTO_ERR_RANDOM);
	config.random = &stuck;
	assert_int_equal(init_client_error(&config), MTPROTO_ERR_RANDOM);
	assert_true(zeros.used > 1);
}

/* Traffic in both directions at once, in place and in pieces, between two ends with fresh keys. */
static void both_ends_understand_each_other(void **state)
{
	struct mtproto_obfuscation_config config;
	struct mtproto_obfuscation client, server;
	uint8_t header[HEADER_SIZE], text[300], sent[300];
	const struct mtproto_kernels *kernels = mtproto_kernels_get(MTPROTO_KERNELS_AUTO);
	enum mtproto_framing framing;
	int16_t dc;

	(void)state;
	mtproto_obfuscation_config_init(&config);
	assert_int_equal(config.framing, MTPROTO_FRAMING_PADDED);
	config.dc = -10002;
	assert_int_equal(mtproto_obfuscation_init_client(&client, kernels, &config, header), 0);
	assert_int_equal(mtproto_obfuscation_init_server(&server, kernels, header, NULL, &framing, &dc), 0);
	assert_int_equal(dc, -10002);

	memset(text, 0x33, sizeof(text));
	for (size_t at = 0; at < sizeof(text); at += 100) {
		assert_int_equal(mtproto_obfuscation_encrypt(&client, text + at, sent + at, 100), 0);
		assert_memory_not_equal(sent + at, text + at, 100);
	}
	assert_int_equal(mtproto_obfuscation_decrypt(&server, sent, sent, 7), 0);
	assert_int_equal(mtproto_obfuscation_decrypt(&server, sent + 7, sent + 7, 293), 0);
	assert_memory_equal(sent, text, sizeof(text));

	assert_int_equal(mtproto_obfuscation_encrypt(&server, text, sent, 300), 0);
	assert_memory_not_equal(sent, text, 300);
	assert_int_equal(mtproto_obfuscation_decrypt(&client, sent, sent, 300), 0);
	assert_memory_equal(sent, text, sizeof(text));
	mtproto_obfuscation_fini(&client);
	mtproto_obfuscation_fini(&server);
}

static void fini_of_a_zeroed_struct_is_legal(void **state)
{
	struct mtproto_obfuscation o = {0};

	(void)state;
	mtproto_obfuscation_fini(&o);
	assert_memory_equal(&o, &zeroed, sizeof(zeroed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_and_streams_match_the_vectors),
		cmocka_unit_test(servers_open_captured_headers),
		cmocka_unit_test(a_header_for_another_secret_is_refused),
		cmocka_unit_test(headers_that_look_like_another_protocol_are_drawn_again),
		cmocka_unit_test(clients_refuse_bad_settings),
		cmocka_unit_test(a_broken_random_source_is_an_error),
		cmocka_unit_test(both_ends_understand_each_other),
		cmocka_unit_test(fini_of_a_zeroed_struct_is_legal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
