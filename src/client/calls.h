/* The calls that wait for their answers, by their numbers. */
#ifndef MTP_CLIENT_CALLS_H
#define MTP_CLIENT_CALLS_H

#include <mtproto/base.h>

/* The first member of a struct that says who is to be told, made with malloc. */
struct mtp_client_call {
	uint64_t id;
	struct mtp_client_call *next;
};

/* A hash table with chains; the engine numbers calls, so nobody can choose ids that collide. Zeroed, it is empty. */
struct mtp_client_calls {
	struct mtp_client_call **chains;
	size_t chain_count; /* 0 or a power of two */
	size_t count;
};

/* Makes room, so that _add does not fail. Returns 0 or MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE int mtp_client_calls_reserve(struct mtp_client_calls *calls);

/* Takes over a call. */
void mtp_client_calls_add(struct mtp_client_calls *calls, struct mtp_client_call *call);

/* NULL when there is none with this id. */
struct mtp_client_call *mtp_client_calls_find(const struct mtp_client_calls *calls, uint64_t id);

/* Gives a call back, to be freed; NULL when there is none with this id. */
struct mtp_client_call *mtp_client_calls_take(struct mtp_client_calls *calls, uint64_t id);

/* Frees the table and the calls in it. */
void mtp_client_calls_fini(struct mtp_client_calls *calls);

#endif
