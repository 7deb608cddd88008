#include "session/sent.h"

#include "base/memory.h"

#include <string.h>

void mtp_sent_init(struct mtp_sent *sent, const struct mtproto_allocator *allocator, uint32_t count_max,
		   size_t bytes_max)
{
	memset(sent, 0, sizeof(*sent));
	sent->allocator = allocator;
	sent->count_max = count_max;
	sent->bytes_max = bytes_max;
	/* The keys are our own: nobody can make collisions. */
	mtp_map_init(&sent->by_msg_id, allocator, 0);
	mtp_list_init(&sent->kept);
	mtp_list_init(&sent->again);
}

static struct mtp_sent_message *first_of(const struct mtp_list *list)
{
	struct mtp_node *node = mtp_list_first(list);

	return node ? MTP_OF(node, struct mtp_sent_message, node) : NULL;
}

struct mtp_sent_message *mtp_sent_next(const struct mtp_sent *sent)
{
	return first_of(&sent->again);
}

static struct mtp_sent_message *oldest(const struct mtp_sent *sent)
{
	struct mtp_sent_message *message = first_of(&sent->kept);

	return message ? message : first_of(&sent->again);
}

void mtp_sent_fini(struct mtp_sent *sent)
{
	while (sent->count > 0)
		mtp_sent_forget(sent, oldest(sent));
	mtp_map_fini(&sent->by_msg_id);
}

void mtp_sent_forget(struct mtp_sent *sent, struct mtp_sent_message *message)
{
	mtp_list_remove(&message->node);
	mtp_map_remove(&sent->by_msg_id, message->msg_id);
	sent->count--;
	sent->bytes -= message->len;
	mtp_release(sent->allocator, message, sizeof(*message) + message->len);
}

struct mtp_sent_message *mtp_sent_find(const struct mtp_sent *sent, uint64_t msg_id)
{
	return mtp_map_get(&sent->by_msg_id, msg_id);
}

void mtp_sent_add(struct mtp_sent *sent, uint64_t msg_id, uint64_t carrier, uint32_t seq_no, struct mtproto_span body)
{
	struct mtp_sent_message *message = mtp_sent_find(sent, msg_id);

	if (message)
		mtp_sent_forget(sent, message);
	if (sent->count_max == 0 || body.len > sent->bytes_max)
		return;
	while (sent->count == sent->count_max || sent->bytes + body.len > sent->bytes_max)
		mtp_sent_forget(sent, oldest(sent));
	message = mtp_alloc_zero(sent->allocator, sizeof(*message) + body.len);
	if (!message)
		return;
	if (mtp_map_put(&sent->by_msg_id, msg_id, message)) {
		mtp_release(sent->allocator, message, sizeof(*message) + body.len);
		return;
	}
	message->msg_id = msg_id;
	message->carrier = carrier;
	message->seq_no = seq_no;
	message->content_related = seq_no & 1;
	message->len = body.len;
	memcpy(message->body, body.data, body.len);
	mtp_list_append(&sent->kept, &message->node);
	sent->count++;
	sent->bytes += body.len;
}

void mtp_sent_again(struct mtp_sent *sent, struct mtp_sent_message *message, bool same)
{
	if (message->waits) {
		message->same &= same;
		return;
	}
	message->same = same;
	message->waits = true;
	mtp_list_remove(&message->node);
	mtp_list_append(&sent->again, &message->node);
}

void mtp_sent_all_again(struct mtp_sent *sent)
{
	struct mtp_sent_message *message;

	for (struct mtp_node *n = mtp_list_first(&sent->again); n; n = mtp_list_after(&sent->again, n)) {
		message = MTP_OF(n, struct mtp_sent_message, node);
		message->maybe_received |= message->same;
		message->same = false;
	}
	while ((message = first_of(&sent->kept))) {
		message->maybe_received = true;
		mtp_sent_again(sent, message, false);
	}
}

void mtp_sent_done(struct mtp_sent *sent, struct mtp_sent_message *message)
{
	message->waits = false;
	message->same = false;
	mtp_list_remove(&message->node);
	mtp_list_append(&sent->kept, &message->node);
}
