/* The server's table of exchanges, and which query goes to which. */
#include <mtproto/handshake_server.h>
#include <mtproto/pq.h>
#include <mtproto/service.h>

#include "base/bytes.h"
#include "base/map.h"
#include "base/memory.h"
#include "crypto/random.h"
#include "handshake/exchange.h"

#include <string.h>

#define NS_PER_S        1000000000u
#define RSA_KEYS_MAX    16
#define CODE_NOT_FOUND  (-404)
#define CODE_INVALID_DC (-444)

struct mtproto_handshake_server {
	struct mtproto_allocator allocator;
	struct mtproto_random random;
	struct mtproto_handshake_server_config config;
	struct mtp_map by_nonce;
	struct mtp_list by_age;
	uint8_t res_pq[MTP_RES_PQ_MAX];
};

void mtproto_handshake_server_config_init(struct mtproto_handshake_server_config *config)
{
	*config = (struct mtproto_handshake_server_config){
		.size = sizeof(*config),
		.kernels = mtproto_kernels_get(MTPROTO_KERNELS_AUTO),
		.dc = 2,
		.exchanges_max = 4096,
		.lifetime_ns = (uint64_t)600 * NS_PER_S,
		.retries_max = 3,
	};
}

/* Two primes that a client takes: different, in order, and with a product below 2^63. */
static bool primes_are_usable(uint64_t p, uint64_t q)
{
	if (p == 0 && q == 0)
		return true;
	return p < q && q <= INT64_MAX / p && p % 2 == 1 && mtproto_is_prime(p) && mtproto_is_prime(q);
}

static int check_config(const struct mtproto_handshake_server_config *config)
{
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (!config->kernels || !config->rsa_keys || config->rsa_key_count == 0 ||
	    config->rsa_key_count > RSA_KEYS_MAX || config->exchanges_max == 0)
		return MTPROTO_ERR_ARGUMENT;
	for (size_t i = 0; i < config->rsa_key_count; i++) {
		if (!mtproto_rsa_is_private(config->rsa_keys[i]))
			return MTPROTO_ERR_ARGUMENT;
	}
	return primes_are_usable(config->fixed_p, config->fixed_q) ? 0 : MTPROTO_ERR_ARGUMENT;
}

int mtproto_handshake_server_new(struct mtproto_handshake_server **out,
				 const struct mtproto_handshake_server_config *config)
{
	struct mtproto_handshake_server *s;
	struct mtproto_allocator allocator;
	uint8_t seed[8];
	int error = check_config(config);

	*out = NULL;
	/* Not from the caller's source, whose draws are documented. */
	if (!error)
		error = mtp_random_fill(NULL, seed, sizeof(seed));
	if (error)
		return error;
	allocator = mtp_allocator_or_default(config->allocator);
	s = mtp_alloc_zero(&allocator, sizeof(*s));
	if (!s)
		return MTPROTO_ERR_MEMORY;
	s->allocator = allocator;
	s->config = *config;
	if (config->random) {
		s->random = *config->random;
		s->config.random = &s->random;
	}
	mtp_map_init(&s->by_nonce, &s->allocator, mtp_load_le64(seed));
	mtp_list_init(&s->by_age);
	*out = s;
	return 0;
}

static struct mtp_exchange *oldest(struct mtproto_handshake_server *s)
{
	struct mtp_node *node = mtp_list_first(&s->by_age);

	return node ? MTP_OF(node, struct mtp_exchange, node) : NULL;
}

static void forget(struct mtproto_handshake_server *s, struct mtp_exchange *x)
{
	mtp_map_remove(&s->by_nonce, x->map_key);
	mtp_list_remove(&x->node);
	mtp_release_secret(&s->allocator, x, sizeof(*x));
}

void mtproto_handshake_server_free(struct mtproto_handshake_server *server)
{
	struct mtproto_allocator allocator;
	struct mtp_exchange *x;

	if (!server)
		return;
	while ((x = oldest(server)))
		forget(server, x);
	mtp_map_fini(&server->by_nonce);
	allocator = server->allocator;
	mtp_release_secret(&allocator, server, sizeof(*server));
}

size_t mtproto_handshake_server_expire(struct mtproto_handshake_server *server, const struct mtproto_now *now)
{
	struct mtp_exchange *x;

	while ((x = oldest(server)) && now->mono_ns >= x->expires_ns)
		forget(server, x);
	return server->by_nonce.count;
}

/* Random nonces do not begin alike. Where a client makes some that do, its newer exchange takes the place of the older.
 */
static uint64_t map_key(const uint8_t nonce[16])
{
	uint64_t key = mtp_load_le64(nonce);

	return key ? key : 1;
}

static struct mtp_exchange *find(const struct mtproto_handshake_server *s, const uint8_t nonce[16])
{
	struct mtp_exchange *x = mtp_map_get(&s->by_nonce, map_key(nonce));

	return x && mtproto_equal_const_time(x->nonce, nonce, 16) ? x : NULL;
}

static int add(struct mtproto_handshake_server *s, struct mtp_exchange *x, const struct mtproto_now *now)
{
	struct mtp_exchange *other = mtp_map_get(&s->by_nonce, map_key(x->nonce));

	if (other)
		forget(s, other);
	else if (s->by_nonce.count >= s->config.exchanges_max)
		forget(s, oldest(s));
	x->map_key = map_key(x->nonce);
	x->expires_ns = MTPROTO_NEVER;
	if (s->config.lifetime_ns < MTPROTO_NEVER - now->mono_ns)
		x->expires_ns = now->mono_ns + s->config.lifetime_ns;
	if (mtp_map_put(&s->by_nonce, x->map_key, x))
		return MTPROTO_ERR_MEMORY;
	mtp_list_append(&s->by_age, &x->node);
	return 0;
}

static int begin(struct mtproto_handshake_server *s, const struct mtproto_now *now, const uint8_t nonce[16],
		 struct mtp_exchange **out)
{
	struct mtp_exchange *x = mtp_alloc_zero(&s->allocator, sizeof(*x));
	int error;

	if (!x)
		return MTPROTO_ERR_MEMORY;
	error = mtp_exchange_begin(x, &s->config, nonce);
	if (!error)
		error = add(s, x, now);
	if (error) {
		mtp_release_secret(&s->allocator, x, sizeof(*x));
		return error;
	}
	*out = x;
	return 0;
}

/* req_pq and req_pq_multi differ in nothing but their id. The same nonce again is the same query again. */
static int answer_req_pq(struct mtproto_handshake_server *s, const struct mtproto_now *now, struct mtproto_tl_reader *r,
			 struct mtproto_handshake_answer *answer)
{
	struct mtp_exchange *x;
	uint8_t nonce[16];
	int error;

	mtproto_tl_read_u32(r);
	mtproto_tl_read_raw(r, nonce, sizeof(nonce));
	if (r->error)
		return r->error;
	x = find(s, nonce);
	if (!x) {
		error = begin(s, now, nonce, &x);
		if (error)
			return error;
	}
	error = mtp_exchange_res_pq(x, &s->config, s->res_pq, &answer->body.len);
	answer->body.data = s->res_pq;
	return error;
}

static bool is_local(int error)
{
	return error == MTPROTO_ERR_MEMORY || error == MTPROTO_ERR_RANDOM || error == MTPROTO_ERR_CRYPTO ||
	       error == MTPROTO_ERR_INTERNAL;
}

/* The two queries that name their exchange by both nonces, which stand behind the id. */
static int answer_exchange(struct mtproto_handshake_server *s, const struct mtproto_now *now,
			   struct mtproto_tl_reader *r, struct mtproto_handshake_answer *answer)
{
	struct mtproto_tl_reader ahead = *r;
	uint32_t id = mtproto_tl_read_u32(&ahead);
	uint8_t nonce[16], server_nonce[16];
	struct mtp_exchange *x;
	int error;

	mtproto_tl_read_raw(&ahead, nonce, sizeof(nonce));
	mtproto_tl_read_raw(&ahead, server_nonce, sizeof(server_nonce));
	if (ahead.error)
		return ahead.error;
	x = find(s, nonce);
	if (!x || !mtproto_equal_const_time(x->server_nonce, server_nonce, sizeof(server_nonce)))
		return MTPROTO_ERR_EXCHANGE_UNKNOWN;
	if (id == MTPROTO_ID_REQ_DH_PARAMS)
		error = mtp_exchange_dh_params(x, &s->config, now, r, answer);
	else
		error = mtp_exchange_dh_gen(x, &s->config, now, r, answer);
	if (error && !is_local(error))
		forget(s, x);
	return error;
}

static int answer_query(struct mtproto_handshake_server *s, const struct mtproto_now *now, struct mtproto_tl_reader *r,
			struct mtproto_handshake_answer *answer)
{
	switch (mtproto_tl_peek(r)) {
	case MTPROTO_ID_REQ_PQ:
	case MTPROTO_ID_REQ_PQ_MULTI:
		return answer_req_pq(s, now, r, answer);
	case MTPROTO_ID_REQ_DH_PARAMS:
	case MTPROTO_ID_SET_CLIENT_DH_PARAMS:
		return answer_exchange(s, now, r, answer);
	case MTPROTO_ID_MSGS_ACK:
		return 0;
	default:
		return mtproto_tl_left(r) < 4 ? MTPROTO_ERR_TRUNCATED : MTPROTO_ERR_CONSTRUCTOR;
	}
}

int mtproto_handshake_server_answer(struct mtproto_handshake_server *server, const struct mtproto_now *now,
				    const void *body, size_t body_len, struct mtproto_handshake_answer *answer)
{
	struct mtproto_tl_reader r;
	int error;

	memset(answer, 0, sizeof(*answer));
	mtproto_handshake_server_expire(server, now);
	mtproto_tl_reader_init(&r, body, body_len);
	error = answer_query(server, now, &r, answer);
	if (!error)
		return 0;
	mtproto_wipe(answer, sizeof(*answer));
	if (is_local(error))
		return error;
	answer->reason = error;
	answer->transport_code = error == MTPROTO_ERR_DC ? CODE_INVALID_DC : CODE_NOT_FOUND;
	return 0;
}
