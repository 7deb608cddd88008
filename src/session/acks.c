#include "session/acks.h"

#include "base/memory.h"

#include <mtproto/service.h>

#include <string.h>

enum { CAP_MIN = 8, CAP_KEPT = 256 };

void mtp_acks_init(struct mtp_acks *acks, const struct mtproto_allocator *allocator)
{
	memset(acks, 0, sizeof(*acks));
	acks->allocator = allocator;
}

void mtp_acks_fini(struct mtp_acks *acks)
{
	mtp_release(acks->allocator, acks->ids, acks->cap * sizeof(*acks->ids));
	mtp_acks_init(acks, acks->allocator);
}

static int resize(struct mtp_acks *acks, uint32_t cap)
{
	uint64_t *ids = mtp_alloc(acks->allocator, cap * sizeof(*ids));

	if (!ids)
		return MTPROTO_ERR_MEMORY;
	if (acks->sent + acks->count)
		memcpy(ids, acks->ids, (acks->sent + acks->count) * sizeof(*ids));
	mtp_release(acks->allocator, acks->ids, acks->cap * sizeof(*ids));
	acks->ids = ids;
	acks->cap = cap;
	return 0;
}

/* Of those that were sent the first so many. */
static void forget_sent(struct mtp_acks *acks, uint32_t n)
{
	if (n)
		memmove(acks->ids, acks->ids + n, (acks->sent + acks->count - n) * sizeof(*acks->ids));
	acks->sent -= n;
	acks->older = acks->sent;
	acks->older_order = acks->last_order;
	if (acks->sent == 0)
		acks->carrier = 0;
}

int mtp_acks_add(struct mtp_acks *acks, uint64_t msg_id, uint64_t mono_ns)
{
	int error;

	if (acks->sent + acks->count == MTP_ACKS_MAX)
		forget_sent(acks, acks->sent);
	if (acks->count == MTP_ACKS_MAX)
		return MTPROTO_ERR_LIMIT;
	if (acks->sent + acks->count == acks->cap) {
		error = resize(acks, acks->cap ? acks->cap * 2 : CAP_MIN);
		if (error)
			return error;
	}
	if (acks->count == 0)
		acks->oldest_ns = mono_ns;
	acks->ids[acks->sent + acks->count++] = msg_id;
	return 0;
}

/* With none left, memory for a few is kept. */
static void shrink(struct mtp_acks *acks)
{
	if (acks->sent + acks->count == 0 && acks->cap > CAP_KEPT)
		mtp_acks_fini(acks);
}

/* Answers usually come soon: look from the newest. */
void mtp_acks_remove(struct mtp_acks *acks, uint64_t msg_id)
{
	for (uint32_t i = acks->sent + acks->count; i-- > acks->sent;) {
		if (acks->ids[i] != msg_id)
			continue;
		acks->count--;
		memmove(&acks->ids[i], &acks->ids[i + 1], (acks->sent + acks->count - i) * sizeof(*acks->ids));
		shrink(acks);
		return;
	}
}

size_t mtp_acks_size(uint32_t count)
{
	return 12 + 8 * (size_t)count;
}

void mtp_acks_write(const struct mtp_acks *acks, struct mtproto_tl_writer *w)
{
	mtproto_tl_write_u32(w, MTPROTO_ID_MSGS_ACK);
	mtproto_tl_write_vector(w, acks->count);
	for (uint32_t i = 0; i < acks->count; i++)
		mtproto_tl_write_long(w, mtp_acks_waiting(acks)[i]);
}

void mtp_acks_sent(struct mtp_acks *acks, uint64_t carrier, uint64_t order)
{
	acks->sent += acks->count;
	acks->count = 0;
	acks->carrier = carrier;
	acks->last_order = order;
	if (acks->older == 0) {
		acks->older = acks->sent;
		acks->older_order = order;
	}
	if (acks->sent <= MTP_ACKS_SENT_MAX)
		return;
	forget_sent(acks, acks->sent - MTP_ACKS_SENT_MAX);
	/* Without memory for fewer it keeps that for many. */
	if (acks->cap > CAP_KEPT && resize(acks, MTP_ACKS_SENT_MAX))
		return;
}

void mtp_acks_proven(struct mtp_acks *acks, uint64_t order)
{
	if (acks->sent == 0 || order <= acks->older_order)
		return;
	forget_sent(acks, order > acks->last_order ? acks->sent : acks->older);
	shrink(acks);
}

void mtp_acks_lost(struct mtp_acks *acks, uint64_t mono_ns)
{
	if (acks->count == 0)
		acks->oldest_ns = mono_ns;
	acks->count += acks->sent;
	acks->sent = 0;
	acks->older = 0;
	acks->carrier = 0;
}

void mtp_acks_clear(struct mtp_acks *acks)
{
	acks->count = 0;
	forget_sent(acks, acks->sent);
	shrink(acks);
}
