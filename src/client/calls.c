#include "client/calls.h"

#include <mtproto/error.h>

#include <stdlib.h>

enum { CHAINS_MIN = 16 };

/* Ids that differ by a little, or by multiples of 4, spread well with a multiplicative hash (2^64 over the golden
 * ratio). */
static struct mtp_client_call **chain_of(const struct mtp_client_calls *calls, uint64_t id)
{
	return &calls->chains[(size_t)(id * 0x9e3779b97f4a7c15u >> 32) & (calls->chain_count - 1)];
}

static void link_in(struct mtp_client_calls *calls, struct mtp_client_call *call)
{
	struct mtp_client_call **chain = chain_of(calls, call->id);

	call->next = *chain;
	*chain = call;
}

int mtp_client_calls_reserve(struct mtp_client_calls *calls)
{
	struct mtp_client_calls larger = {.count = calls->count};

	if (calls->count < calls->chain_count)
		return 0;
	larger.chain_count = calls->chain_count ? calls->chain_count * 2 : CHAINS_MIN;
	larger.chains = calloc(larger.chain_count, sizeof(*larger.chains));
	if (!larger.chains)
		return MTPROTO_ERR_MEMORY;
	for (size_t i = 0; i < calls->chain_count; i++)
		for (struct mtp_client_call *call = calls->chains[i], *next; call; call = next) {
			next = call->next;
			link_in(&larger, call);
		}
	free(calls->chains);
	*calls = larger;
	return 0;
}

void mtp_client_calls_add(struct mtp_client_calls *calls, struct mtp_client_call *call)
{
	link_in(calls, call);
	calls->count++;
}

struct mtp_client_call *mtp_client_calls_find(const struct mtp_client_calls *calls, uint64_t id)
{
	struct mtp_client_call *call = calls->count ? *chain_of(calls, id) : NULL;

	while (call && call->id != id)
		call = call->next;
	return call;
}

struct mtp_client_call *mtp_client_calls_take(struct mtp_client_calls *calls, uint64_t id)
{
	if (calls->count == 0)
		return NULL;
	for (struct mtp_client_call **at = chain_of(calls, id); *at; at = &(*at)->next) {
		struct mtp_client_call *call = *at;

		if (call->id != id)
			continue;
		*at = call->next;
		calls->count--;
		return call;
	}
	return NULL;
}

void mtp_client_calls_fini(struct mtp_client_calls *calls)
{
	for (size_t i = 0; i < calls->chain_count; i++)
		for (struct mtp_client_call *call = calls->chains[i], *next; call; call = next) {
			next = call->next;
			free(call);
		}
	free(calls->chains);
	*calls = (struct mtp_client_calls){0};
}
