/* Key exchanges that other clients made with another server, captured packet by packet: our server must give the same
 * answers to the same queries, with the same random numbers. */
#include "support.h"

#include <mtproto/handshake_server.h>
#include <mtproto/message_plain.h>
#include <mtproto/pq.h>

#include "base/bytes.h"

/* One captured exchange: the bodies of three queries and three answers, in turn, and what the server knew. */
struct exchange {
	uint8_t bodies[6][1024];
	size_t lens[6];
	unsigned count;
	uint8_t new_nonce[32];
	uint8_t server_nonce[16];
	uint8_t dh_a[256];
	uint8_t auth_key[256];
	bool temporary;
};

/* The value of a member "name": "value" of a line of JSON without escapes; false when it has none. */
static bool member(char *out, size_t cap, const char *line, size_t line_len, const char *name)
{
	char pattern[64];
	const char *at;
	size_t len;

	snprintf(pattern, sizeof(pattern), "\"%s\": \"", name);
	at = strstr(line, pattern);
	if (!at || at >= line + line_len)
		return false;
	at += strlen(pattern);
	len = strcspn(at, "\"");
	assert_true(len < cap);
	memcpy(out, at, len);
	out[len] = 0;
	return true;
}

static void take_packet(struct exchange *x, const char *digits)
{
	struct mtproto_plain_message message;
	enum mtproto_direction direction = x->count % 2 ? MTPROTO_TO_CLIENT : MTPROTO_TO_SERVER;
	uint8_t packet[1024];
	size_t len;

	if (x->count == 6 || strncmp(digits, "0000000000000000", 16) != 0)
		return;
	len = hex(packet, sizeof(packet), digits);
	assert_int_equal(mtproto_plain_parse(&message, direction, packet, len), 0);
	memcpy(x->bodies[x->count], message.body.data, message.body.len);
	x->lens[x->count++] = message.body.len;
}

static void take_keys(struct exchange *x, const char *line, size_t len)
{
	char digits[1024];
	const char *at;

	assert_true(member(digits, sizeof(digits), line, len, "new_nonce"));
	hex(x->new_nonce, 32, digits);
	assert_true(member(digits, sizeof(digits), line, len, "server_nonce"));
	hex(x->server_nonce, 16, digits);
	assert_true(member(digits, sizeof(digits), line, len, "dh_a"));
	hex(x->dh_a, 256, digits);
	assert_true(member(digits, sizeof(digits), line, len, "auth_key"));
	hex(x->auth_key, 256, digits);
	at = strstr(line, "\"temp\": true");
	x->temporary = at && at < line + len;
}

/* Reads the exchange that begins at *line and moves behind its last packet; false when there is no further one. */
static bool next_exchange(struct exchange *x, const char **line)
{
	static char value[16384];

	memset(x, 0, sizeof(*x));
	while (**line && x->count < 6) {
		size_t len = strcspn(*line, "\n");

		assert_true(member(value, sizeof(value), *line, len, "ev"));
		if (strcmp(value, "keys") == 0)
			take_keys(x, *line, len);
		else if (strcmp(value, "rsa") != 0 && member(value, sizeof(value), *line, len, "packet"))
			take_packet(x, value);
		*line += len + ((*line)[len] == '\n');
	}
	return x->count == 6;
}

/* What the captured server drew at random for its second answer: a, and the 8 bytes behind server_DH_inner_data. */
static void recover_draws(const struct exchange *x, struct script *script, int32_t *server_time)
{
	uint8_t aes_key[32], iv[32], opened[592];

	assert_int_equal(x->lens[3], 632);
	mtproto_tmp_aes(x->new_nonce, x->server_nonce, aes_key, iv);
	assert_int_equal(mtproto_ige_decrypt(mtproto_kernels_get(MTPROTO_KERNELS_LIBCRYPTO), aes_key, iv,
					     x->bodies[3] + 40, opened, sizeof(opened)),
			 0);
	*server_time = (int32_t)mtp_load_le32(opened + 20 + 560);
	script_add(script, x->server_nonce, 16);
	script_add(script, x->dh_a, 256);
	script_add(script, opened + 584, 8);
}

static void replay(const struct exchange *x, const struct mtproto_rsa *const *keys)
{
	static struct script script;
	struct mtproto_random random = {script_fill, &script};
	struct mtproto_handshake_server_config config;
	struct mtproto_handshake_server *server;
	struct mtproto_handshake_answer answer;
	int32_t server_time;
	struct mtproto_now now;

	script.len = script.pos = 0;
	recover_draws(x, &script, &server_time);
	now = now_at(1, (uint64_t)server_time);
	mtproto_handshake_server_config_init(&config);
	config.random = &random;
	config.rsa_keys = keys;
	config.rsa_key_count = 1;
	assert_int_equal(x->bodies[1][36], 8);
	assert_int_equal(mtproto_pq_factor(mtp_load_be64(x->bodies[1] + 37), &config.fixed_p, &config.fixed_q), 0);
	assert_int_equal(mtproto_handshake_server_new(&server, &config), 0);
	for (unsigned i = 0; i < 6; i += 2) {
		assert_int_equal(mtproto_handshake_server_answer(server, &now, x->bodies[i], x->lens[i], &answer), 0);
		assert_int_equal(answer.transport_code, 0);
		assert_int_equal(answer.body.len, x->lens[i + 1]);
		assert_memory_equal(answer.body.data, x->bodies[i + 1], answer.body.len);
	}
	assert_true(answer.has_key);
	assert_memory_equal(answer.key.auth_key.data, x->auth_key, 256);
	assert_int_equal(answer.key.temporary, x->temporary);
	assert_int_equal(answer.key.expires_at > server_time, x->temporary);
	assert_int_equal(script.pos, script.len);
	mtproto_handshake_server_free(server);
}

static void replay_all(const char *name, unsigned expected)
{
	struct mtproto_rsa *key = load_rsa("pem/server.pem");
	char *text = read_text(name);
	const char *line = text;
	static struct exchange x;
	unsigned count = 0;

	for (; next_exchange(&x, &line); count++)
		replay(&x, (const struct mtproto_rsa *const *)&key);
	assert_int_equal(count, expected);
	free(text);
	mtproto_rsa_free(key);
}

static void telethon(void **state)
{
	(void)state;
	replay_all("transcripts/telethon-full.jsonl", 1);
}

static void pyrogram(void **state)
{
	(void)state;
	replay_all("transcripts/pyrogram-abridged_o.jsonl", 1);
}

static void gramjs(void **state)
{
	(void)state;
	replay_all("transcripts/gramjs-ws.jsonl", 1);
}

static void mtcute_with_a_temporary_key(void **state)
{
	(void)state;
	replay_all("transcripts/mtcute-intermediate-pfs.jsonl", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(telethon),
		cmocka_unit_test(pyrogram),
		cmocka_unit_test(gramjs),
		cmocka_unit_test(mtcute_with_a_temporary_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
