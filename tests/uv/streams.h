/* The sockets of a driver, to do to them what a network does. */
#ifndef TESTS_UV_STREAMS_H
#define TESTS_UV_STREAMS_H

#include "uv/driver.h"

/* Calls visit with every stream of a driver. */
static inline void for_each_stream(struct mtproto_uv *uv, void (*visit)(struct mtp_uv_stream *stream, void *user),
				   void *user)
{
	for (size_t i = 0; i < MTP_UV_BUCKETS; i++) {
		const struct mtp_list *list = &uv->buckets[i].streams;

		for (struct mtp_node *node = mtp_list_first(list); node; node = mtp_list_after(list, node))
			visit(MTP_OF(node, struct mtp_uv_stream, node), user);
	}
}

#endif
