/* One exchange on the server, and what answers its three queries. */
#ifndef MTP_HANDSHAKE_EXCHANGE_H
#define MTP_HANDSHAKE_EXCHANGE_H

#include <mtproto/dh.h>
#include <mtproto/handshake_server.h>
#include <mtproto/tl.h>

#include "base/list.h"

/* With the most keys that can be offered, and for 2048-bit numbers. */
#define MTP_RES_PQ_MAX    184
#define MTP_DH_PARAMS_MAX 632
#define MTP_DH_GEN_SIZE   52

enum mtp_exchange_stage {
	MTP_EXCHANGE_PQ,     /* req_DH_params is due */
	MTP_EXCHANGE_PARAMS, /* set_client_DH_params is due */
	MTP_EXCHANGE_OVER    /* only repeated queries are answered */
};

struct mtp_exchange {
	struct mtp_node node; /* all exchanges, oldest first */
	uint64_t map_key;
	uint64_t expires_ns;
	enum mtp_exchange_stage stage;

	uint8_t nonce[16];
	uint8_t server_nonce[16];
	uint64_t p, q;
	uint8_t new_nonce[32];
	uint8_t a[MTPROTO_DH_SIZE];
	bool temporary;
	int32_t expires_in;
	int32_t dc;
	uint64_t retry_id; /* that the next set_client_DH_params must have */
	uint32_t retries;

	/* The last query of each kind, by its SHA1, and what it was answered. */
	uint8_t req_dh_params_hash[20];
	uint8_t dh_params[MTP_DH_PARAMS_MAX];
	size_t dh_params_len; /* 0: not asked yet */
	uint8_t set_client_hash[20];
	uint8_t dh_gen[MTP_DH_GEN_SIZE];
	size_t dh_gen_len; /* 0: not asked yet */
};

int32_t mtp_unix_time(const struct mtproto_now *now);

/* When a temporary key ends, from the expires_in of its inner data. Returns 0, or MTPROTO_ERR_EXPIRED when that is not
 * in the future. */
MTPROTO_MUST_USE int mtp_expires_at(int32_t *expires_at, int32_t expires_in, const struct mtproto_now *now);

/* SHA1 of the object from begin to where the reader is: the same for a repeated query, whatever follows the object. */
void mtp_query_hash(uint8_t hash[20], const uint8_t *begin, const struct mtproto_tl_reader *r);

/* The handlers below read a query, whose id was seen but not consumed, and answer it. They return 0, a local error, or
 * the peer's error, for which the exchange is to be forgotten. */

/* Draws server_nonce and pq. */
MTPROTO_MUST_USE int mtp_exchange_begin(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
					const uint8_t nonce[16]);

/* Writes resPQ; the same each time. */
MTPROTO_MUST_USE int mtp_exchange_res_pq(const struct mtp_exchange *x,
					 const struct mtproto_handshake_server_config *config,
					 uint8_t out[MTP_RES_PQ_MAX], size_t *len);

MTPROTO_MUST_USE int mtp_exchange_dh_params(struct mtp_exchange *x,
					    const struct mtproto_handshake_server_config *config,
					    const struct mtproto_now *now, struct mtproto_tl_reader *r,
					    struct mtproto_handshake_answer *answer);

MTPROTO_MUST_USE int mtp_exchange_dh_gen(struct mtp_exchange *x, const struct mtproto_handshake_server_config *config,
					 const struct mtproto_now *now, struct mtproto_tl_reader *r,
					 struct mtproto_handshake_answer *answer);

#endif
