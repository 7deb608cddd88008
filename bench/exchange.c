#include "bench/exchange.h"

#include <mtproto/dh.h>
#include <mtproto/handshake.h>
#include <mtproto/handshake_server.h>
#include <mtproto/message_plain.h>
#include <mtproto/msg_id.h>
#include <mtproto/pq.h>

#include <string.h>

#include <openssl/bn.h>

#include "bench/timer.h"

#define PQ_COUNT   400
#define HANDSHAKES 9
#define UNIX_TIME  UINT64_C(1700000000000000000)

int measure_pq(struct pq_figures *figures)
{
	static double ns[PQ_COUNT];
	double cycle_ns[TIMER_ROUNDS], cycle;

	for (size_t i = 0; i < TIMER_ROUNDS; i++)
		cycle_ns[i] = timer_cycle_ns();
	cycle = timer_median(cycle_ns, TIMER_ROUNDS);
	for (size_t i = 0; i < PQ_COUNT; i++) {
		uint64_t p, q, own_p, own_q;
		int error = mtproto_pq_generate(NULL, &p, &q);
		double begin = timer_now_ns();

		if (!error)
			error = mtproto_pq_factor(p * q, &own_p, &own_q);
		ns[i] = timer_now_ns() - begin;
		if (error)
			return error;
	}
	figures->median_ns = timer_median(ns, PQ_COUNT);
	figures->p99_ns = timer_percentile(ns, PQ_COUNT, 99);
	figures->median = figures->median_ns / cycle;
	figures->p99 = figures->p99_ns / cycle;
	return 0;
}

static bool libcrypto_power(const BIGNUM *base, const BIGNUM *exponent, double *ns)
{
	BN_CTX *scratch = BN_CTX_new();
	BIGNUM *prime = BN_bin2bn(mtproto_dh_known_prime(), MTPROTO_DH_SIZE, NULL);
	BIGNUM *result = BN_new();
	double begin = timer_now_ns();
	bool done = BN_mod_exp_mont_consttime(result, base, exponent, prime, scratch, NULL) == 1;

	*ns = timer_now_ns() - begin;
	BN_free(result);
	BN_free(prime);
	BN_CTX_free(scratch);
	return done;
}

int measure_power(struct power_figures *figures)
{
	const uint8_t *prime = mtproto_dh_known_prime();
	double ours[TIMER_ROUNDS], theirs[TIMER_ROUNDS], cycle_ns = timer_cycle_ns();
	uint8_t value[MTPROTO_DH_SIZE], exponent[MTPROTO_DH_SIZE], out[MTPROTO_DH_SIZE];
	BIGNUM *base, *secret;
	int error = 0;

	memset(value, 0x5a, sizeof(value));
	memset(exponent, 0xa5, sizeof(exponent));
	base = BN_bin2bn(value, sizeof(value), NULL);
	secret = BN_bin2bn(exponent, sizeof(exponent), NULL);
	for (size_t i = 0; i < TIMER_ROUNDS && !error; i++) {
		double begin = timer_now_ns();

		error = mtproto_dh_shared(prime, value, sizeof(value), exponent, out);
		ours[i] = timer_now_ns() - begin;
		if (!error && !libcrypto_power(base, secret, &theirs[i]))
			error = MTPROTO_ERR_CRYPTO;
	}
	BN_free(base);
	BN_free(secret);
	if (error)
		return error;
	figures->power_ns = timer_median(ours, TIMER_ROUNDS);
	figures->power = figures->power_ns / cycle_ns;
	figures->libcrypto = timer_median(theirs, TIMER_ROUNDS) / cycle_ns;
	return 0;
}

/* One client and one server, and how long each of them was at work. */
struct exchange {
	struct mtproto_handshake *client;
	struct mtproto_handshake_server *server;
	struct mtproto_now now;
	struct mtproto_msg_id_gen ids;
	double client_ns, server_ns;
};

/* The server's answer to a plain message of the client. */
static int answer(struct exchange *x, const uint8_t *query, size_t len, uint8_t *out, size_t cap, size_t *out_len)
{
	struct mtproto_plain_message message;
	struct mtproto_handshake_answer answer;
	int error = mtproto_plain_parse(&message, MTPROTO_TO_SERVER, query, len);
	double begin = timer_now_ns();

	if (!error)
		error = mtproto_handshake_server_answer(x->server, &x->now, message.body.data, message.body.len,
							&answer);
	x->server_ns += timer_now_ns() - begin;
	if (error)
		return error;
	if (answer.transport_code)
		return answer.reason;
	message.body = answer.body;
	message.msg_id = mtproto_msg_id_next(&x->ids, (int64_t)x->now.wall_ns, MTPROTO_MSG_ID_REPLY);
	return mtproto_plain_pack(out, cap, out_len, &message);
}

static int talk(struct exchange *x)
{
	uint8_t reply[2048];
	const uint8_t *query;
	size_t len, reply_len;
	double begin = timer_now_ns();
	int result = mtproto_handshake_start(x->client, &x->now);

	x->client_ns += timer_now_ns() - begin;
	while (!result && (query = mtproto_handshake_send(x->client, &len))) {
		result = answer(x, query, len, reply, sizeof(reply), &reply_len);
		begin = timer_now_ns();
		if (!result)
			result = mtproto_handshake_feed(x->client, &x->now, reply, reply_len);
		x->client_ns += timer_now_ns() - begin;
	}
	return result == 1 ? 0 : result ? result : MTPROTO_ERR_STATE;
}

static int one_exchange(const struct mtproto_rsa *rsa, double *client_ns, double *server_ns)
{
	const struct mtproto_rsa *const keys[] = {rsa};
	struct mtproto_handshake_config client;
	struct mtproto_handshake_server_config server;
	struct exchange x = {.now = {1, UNIX_TIME}};
	int error;

	mtproto_handshake_config_init(&client);
	client.rsa_keys = keys;
	client.rsa_key_count = 1;
	mtproto_handshake_server_config_init(&server);
	server.rsa_keys = keys;
	server.rsa_key_count = 1;
	error = mtproto_handshake_new(&x.client, &client);
	if (!error)
		error = mtproto_handshake_server_new(&x.server, &server);
	if (!error)
		error = talk(&x);
	mtproto_handshake_free(x.client);
	mtproto_handshake_server_free(x.server);
	*client_ns = x.client_ns;
	*server_ns = x.server_ns;
	return error;
}

static int necessary_work(const struct mtproto_rsa *rsa, double *ns)
{
	const uint8_t *prime = mtproto_dh_known_prime();
	uint8_t exponent[MTPROTO_DH_SIZE], value[MTPROTO_DH_SIZE], shared[MTPROTO_DH_SIZE], data[144], encrypted[256];
	double begin = timer_now_ns();
	int error;

	memset(exponent, 0xa5, sizeof(exponent));
	memset(data, 1, sizeof(data));
	error = mtproto_dh_public(prime, 3, exponent, value);
	if (!error)
		error = mtproto_dh_shared(prime, value, sizeof(value), exponent, shared);
	if (!error)
		error = mtproto_rsa_encrypt(rsa, MTPROTO_RSA_PAD, NULL, data, sizeof(data), encrypted);
	*ns = timer_now_ns() - begin;
	return error;
}

int measure_handshake(struct handshake_figures *figures)
{
	double client[HANDSHAKES], server[HANDSHAKES], necessary[HANDSHAKES];
	struct mtproto_rsa *rsa = NULL;
	int error = mtproto_rsa_generate(&rsa);

	figures->cycle_ns = timer_cycle_ns();
	for (size_t i = 0; i < HANDSHAKES && !error; i++) {
		error = one_exchange(rsa, &client[i], &server[i]);
		if (!error)
			error = necessary_work(rsa, &necessary[i]);
	}
	mtproto_rsa_free(rsa);
	if (error)
		return error;
	figures->client_ns = timer_median(client, HANDSHAKES);
	figures->server_ns = timer_median(server, HANDSHAKES);
	figures->necessary_ns = timer_median(necessary, HANDSHAKES);
	return 0;
}
