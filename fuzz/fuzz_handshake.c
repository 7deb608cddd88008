/* Both sides of the key exchange. The first byte says what the rest is:
 *   0  queries to a server, each behind a length of two bytes
 *   1  answers to a client, in the same way
 *   2  server_DH_inner_data, which the client gets under a proper envelope
 *   3  P_Q_inner_data, which the server gets under proper RSA
 *   4  client_DH_inner_data, which the server gets under a proper envelope */
#include <mtproto/handshake.h>
#include <mtproto/handshake_server.h>
#include <mtproto/message_plain.h>
#include <mtproto/service.h>

#include "handshake/inner.h"

#include <stdlib.h>
#include <string.h>

/* A key for tests. */
static const char rsa_pem[] = "-----BEGIN RSA PRIVATE KEY-----\n"
			      "MIIEowIBAAKCAQEAwrea3ARD5wc4SMa4F1fqVcEkr+c1wfWrhe9NxrgGKoxmB57E\n"
			      "dn3UuKZ84GiWUt3/G0ccsojg8qH1MMkEuTox3xt/4OBFpp1BfjPsnM/xzyrmCwsG\n"
			      "dRpZCzplRmK3dHbYeqAdIOseco0ea1fc2HO0ngR/RaF2Ukq7TgSVl3fM2OTYV8YO\n"
			      "BNgrXm8ZmCPoVUoaDuq3QU8hAOtuEenWLU9aVcMRXm31xp8oRE/ywEciPi96pKjt\n"
			      "Y/nKTy10PAF+GOzK023+bZtGyh1++srTdGIuujLq8BlaSFyT+yVCfmlbOR3IpNoR\n"
			      "GzCK57dkiGyyZ5NSX3mkpO15ZNNaeu1MYdLgrwIDAQABAoIBACd6IAxxVO72+MNQ\n"
			      "fqxE576hHPYI005Sp4bNAKDEWIOx2VG8L6qyUjlpj7HTon6EgZ8fKMNNmwW2LkbI\n"
			      "yotfMBNCuQd3kMd55HhYwKT+R9Evqloczx9YyyrKmRPPGdCj87nQ0ncFFDQ3Ri6P\n"
			      "Lrg3pSvQT5lnZdzDR/xGU6nU4RQr3tojAdulQJC+RiVYinITLQ3Z4X4ESnXtTjeN\n"
			      "w9pAqrgfrO1k3DCterERka0MIpHf+EErJ84saDAzAUhF+HGZFi5bj4p4Rfr2NI8D\n"
			      "VqDjvhASyq0z0hxcWHLBL3mhvlXF6rRo12j6JPS+cQZ5vDXvVlIVr2tjizD8MpOy\n"
			      "euTJ8ukCgYEA5iQlXUwGi+g/n5KKhyCfQvYLwqIE1KKokjetXJLfoBgfThvFt7oA\n"
			      "wknf3KfkVN0IwKgIawmxWfUo7BF9eISoUe3dDxdFgtEnTVT25eY1diDFKjYQgLt2\n"
			      "JnCEj4EizreRZEObFJ1dROLfa7OuPkXgjou5/BTldQWFqg3hrnEUY/sCgYEA2JiD\n"
			      "HZsvI//GG5oTiUTlvJ+zynzEnXB5Er8qoECfh4PSVHlcNCetCLwki6Z7vbccKm0U\n"
			      "jfbchIgeqvnhjI1vztGcTesKexmxUuX4Mfy4qGsr7CeOv8SIxmEnLZan1A217CXV\n"
			      "43ecU1C1kM9zPdMPLwBGRFWiRsGJxZ8ja2Xj490CgYAghk85hjsOnr4PITiurC+V\n"
			      "2QwEb71bB7nnIDNB+AfeqkoSUd55frIIw0P9/URJsgtAnv7BkdccrYchBb/DvovD\n"
			      "OGibb2CFgmWZij5yczxu+2ah9o4Sg2vJNvGlDk0LBepoTx2lpi++QonswLIJXvrD\n"
			      "an/YXmOnTCZ9yARzEMwe7QKBgAQibSZMhwrV4A840rSlFwmRttnfpdUnh3gfJA4p\n"
			      "DaKFlqc8JdFtDHWFOeFcjTIi46u/p0vKcY0qGAPFf1Oyg3bcM3KdUPbml6bwcttp\n"
			      "apD0csMwQh5Q/xdiVWAeZxe6J0XZtwp/hwFkIgMgop+Eft6zz6OQSue03A9kqUVs\n"
			      "jXwVAoGBANuJ7fBCQkFaU7jam07Th7FrZRcWpA442VV9efz/wKSdYGGHhpDHQERi\n"
			      "pa4mZIasgdRqVsuz4RUFKmcGVRgqXOVnFAw3342aSjMw7F54pbEziAFbi5UveI/b\n"
			      "Aq1zCKtBOj2be+j3hGnb+VAaveSeSLnBMCEGLZ5OteGgQKra7IQP\n"
			      "-----END RSA PRIVATE KEY-----\n";

static const struct mtproto_now now = {UINT64_C(1000000000), UINT64_C(1700000000000000000)};

/* The same numbers in each run. */
static int draw(void *user, uint8_t *out, size_t len)
{
	uint64_t *state = user;

	for (size_t i = 0; i < len; i++) {
		*state = *state * 6364136223846793005u + 1442695040888963407u;
		out[i] = (uint8_t)(*state >> 56);
	}
	return 0;
}

struct peers {
	struct mtproto_random random;
	uint64_t random_state;
	struct mtproto_rsa *key;
	struct mtproto_dh_cache cache;
	struct mtproto_handshake_config config;
	struct mtproto_handshake_state state; /* of the client */
	struct mtproto_handshake_server *server;
	uint8_t query[MTPROTO_HANDSHAKE_QUERY_MAX];
	size_t len;
};

static void check(bool condition)
{
	if (!condition)
		abort();
}

static void open_peers(struct peers *p)
{
	struct mtproto_handshake_server_config server;

	memset(p, 0, sizeof(*p));
	p->random = (struct mtproto_random){draw, &p->random_state};
	check(mtproto_rsa_from_pem(&p->key, rsa_pem, strlen(rsa_pem)) == 0);
	mtproto_dh_cache_init(&p->cache);
	p->cache.known_prime_only = true; /* testing others would take the fuzzer's time */
	mtproto_handshake_config_init(&p->config);
	p->config.random = &p->random;
	p->config.rsa_keys = (const struct mtproto_rsa *const *)&p->key;
	p->config.rsa_key_count = 1;
	p->config.dh_cache = &p->cache;
	mtproto_handshake_server_config_init(&server);
	server.random = &p->random;
	server.rsa_keys = p->config.rsa_keys;
	server.rsa_key_count = 1;
	server.exchanges_max = 3;
	server.fixed_p = 0x494c553b;
	server.fixed_q = 0x53911073;
	check(mtproto_handshake_server_new(&p->server, &server) == 0);
}

static void close_peers(struct peers *p)
{
	mtproto_handshake_server_free(p->server);
	mtproto_rsa_free(p->key);
}

static struct mtproto_handshake_answer ask(struct peers *p, const uint8_t *body, size_t len)
{
	struct mtproto_handshake_answer answer;
	struct mtproto_tl_reader r;

	check(mtproto_handshake_server_answer(p->server, &now, body, len, &answer) == 0);
	mtproto_tl_reader_init(&r, answer.body.data, answer.body.len);
	check(answer.body.len == 0 || answer.transport_code == 0);
	check((answer.transport_code == 0) == (answer.reason == 0));
	check(!answer.has_key || mtproto_tl_peek(&r) == MTPROTO_ID_DH_GEN_OK);
	return answer;
}

/* Takes the next part off data; false at the end. */
static bool next_part(const uint8_t **data, size_t *len, struct mtproto_span *part)
{
	if (*len < 2)
		return false;
	part->len = (size_t)((*data)[0] | (*data)[1] << 8);
	part->data = *data + 2;
	if (part->len > *len - 2)
		part->len = *len - 2;
	*data += 2 + part->len;
	*len -= 2 + part->len;
	return true;
}

static void run_queries(struct peers *p, const uint8_t *data, size_t len)
{
	struct mtproto_span part;

	while (next_part(&data, &len, &part))
		ask(p, part.data, part.len);
}

static void run_answers(struct peers *p, const uint8_t *data, size_t len)
{
	struct mtproto_handshake *h;
	struct mtproto_span part;
	int error = 0;

	check(mtproto_handshake_new(&h, &p->config) == 0 && mtproto_handshake_start(h, &now) == 0);
	while (next_part(&data, &len, &part)) {
		size_t query_len;
		int result = mtproto_handshake_feed(h, &now, part.data, part.len);

		check(result <= 1 && (error == 0 || result == error));
		error = result < 0 ? result : 0;
		check((mtproto_handshake_get_stage(h) == MTPROTO_HANDSHAKE_FAILED) == (error != 0));
		mtproto_handshake_send(h, &query_len);
	}
	mtproto_handshake_free(h);
}

/* The client and the server as far as the second query, which is left in p->query. */
static void run_to_req_dh_params(struct peers *p)
{
	struct mtproto_handshake_answer answer;

	check(mtproto_handshake_step1(&p->state, &p->config, p->query, &p->len) == 0);
	answer = ask(p, p->query, p->len);
	check(mtproto_handshake_step2(&p->state, &p->config, answer.body.data, answer.body.len, p->query, &p->len) ==
	      0);
}

/* An object under its envelope, behind an id and the nonces. */
static void seal(const struct peers *p, uint32_t id, const uint8_t *object, size_t len, struct mtproto_tl_writer *w)
{
	struct mtp_envelope_key key = {p->config.kernels, p->state.new_nonce, p->state.server_nonce};
	uint8_t sealed[MTP_ENVELOPE_MAX];
	size_t sealed_len;

	check(mtp_envelope_seal(&key, NULL, object, len, sealed, &sealed_len) == 0);
	mtproto_tl_write_u32(w, id);
	mtproto_tl_write_raw(w, p->state.nonce, 16);
	mtproto_tl_write_raw(w, p->state.server_nonce, 16);
	mtproto_tl_write_bytes(w, sealed, sealed_len);
	check(mtproto_tl_writer_end(w) == 0);
}

/* Copies an object and puts the nonces of this exchange to where they belong in it, so that it gets further. */
static size_t with_nonces(const struct peers *p, const uint8_t *data, size_t len, size_t offset, uint8_t object[560])
{
	if (len > 560)
		len = 560;
	memcpy(object, data, len);
	if (len >= offset + 32) {
		memcpy(object + offset, p->state.nonce, 16);
		memcpy(object + offset + 16, p->state.server_nonce, 16);
	}
	return len;
}

static void run_server_inner(struct peers *p, const uint8_t *data, size_t len)
{
	uint8_t object[560], body[700];
	struct mtproto_tl_writer w;
	int error;

	run_to_req_dh_params(p);
	len = with_nonces(p, data, len, 4, object);
	mtproto_tl_writer_init(&w, body, sizeof(body));
	seal(p, MTPROTO_ID_SERVER_DH_PARAMS_OK, object, len, &w);
	error = mtproto_handshake_step3(&p->state, &p->config, &now, body, w.len, p->query, &p->len);
	check(p->state.stage == (error ? MTPROTO_HANDSHAKE_FAILED : MTPROTO_HANDSHAKE_DH_GEN));
}

static void run_pq_inner(struct peers *p, const uint8_t *data, size_t len)
{
	struct mtproto_handshake_answer answer;
	uint8_t object[560];

	run_to_req_dh_params(p);
	len = with_nonces(p, data, len, 32, object);
	if (len == 0 || len > MTPROTO_RSA_PAD_DATA_MAX)
		return;
	check(mtproto_rsa_encrypt(p->key, MTPROTO_RSA_PAD, &p->random, object, len, p->query + p->len - 256) == 0);
	answer = ask(p, p->query, p->len);
	check(answer.body.len || answer.transport_code);
}

static void run_client_inner(struct peers *p, const uint8_t *data, size_t len)
{
	uint8_t object[560], body[700];
	struct mtproto_tl_writer w;
	struct mtproto_handshake_answer answer;

	run_to_req_dh_params(p);
	answer = ask(p, p->query, p->len);
	check(answer.body.len == 632 || answer.body.len == 628);
	len = with_nonces(p, data, len, 4, object);
	mtproto_tl_writer_init(&w, body, sizeof(body));
	seal(p, MTPROTO_ID_SET_CLIENT_DH_PARAMS, object, len, &w);
	answer = ask(p, body, w.len);
	check(answer.has_key || answer.transport_code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const runs[])(struct peers * p, const uint8_t *data, size_t len) = {
		run_queries, run_answers, run_server_inner, run_pq_inner, run_client_inner,
	};
	struct peers p;

	if (len == 0)
		return 0;
	open_peers(&p);
	runs[data[0] % 5](&p, data + 1, len - 1);
	close_peers(&p);
	return 0;
}
