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

static int grow(struct mtp_acks *acks)
{
	uint32_t cap = acks->cap ? acks->cap * 2 : CAP_MIN;
	uint64_t *ids = mtp_alloc(acks->allocator, cap * sizeof(*ids));

	if (!ids)
		return MTPROTO_ERR_MEMORY;
	if (acks->count)
		memcpy(ids, acks->ids, acks->count * sizeof(*ids));
	mtp_release(acks->allocator, acks->ids, acks->cap * sizeof(*ids));
	acks->ids = ids;
	acks->cap = cap;
	return 0;
}

int mtp_acks_add(struct mtp_acks *acks, uint64_t msg_id, uint64_t mono_ns)
{
	int error;

	if (acks->count == MTP_ACKS_MAX)
		return MTPROTO_ERR_LIMIT;
	if (acks->count == acks->cap) {
		error = grow(acks);
		if (error)
			return error;
	}
	if (acks->count == 0)
		acks->oldest_ns = mono_ns;
	acks->ids[acks->count++] = msg_id;
	return 0;
}

/* Answers usually come soon: look from the newest. */
void mtp_acks_remove(struct mtp_acks *acks, uint64_t msg_id)
{
	for (uint32_t i = acks->count; i-- > 0;) {
		if (acks->ids[i] != msg_id)
			continue;
		acks->count--;
		memmove(&acks->ids[i], &acks->ids[i + 1], (acks->count - i) * sizeof(*acks->ids));
		if (acks->count == 0)
			mtp_acks_clear(acks);
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
		mtproto_tl_write_long(w, acks->ids[i]);
}

void mtp_acks_clear(struct mtp_acks *acks)
{
	acks->count = 0;
	if (acks->cap > CAP_KEPT)
		mtp_acks_fini(acks);
}
