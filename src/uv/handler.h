/* What a client needs of the driver beyond <mtproto/uv.h>: the events of its connection, and attempts to connect that
 * wait. */
#ifndef MTP_UV_HANDLER_H
#define MTP_UV_HANDLER_H

#include <mtproto/uv.h>

#include "base/list.h"

struct mtp_uv_handler {
	struct mtproto_uv *uv;
	struct mtproto_connection *connection;
	void (*on_event)(struct mtp_uv_handler *handler, const struct mtproto_event *event);
	void (*on_settle)(struct mtp_uv_handler *handler);
	void (*on_driver_close)(struct mtp_uv_handler *handler);
	struct mtp_node node;
	struct mtp_node due;
};

/* The members before the nodes are set by the caller. A driver that is closing stays until its last handler is removed.
 */
void mtp_uv_handler_add(struct mtp_uv_handler *handler);
void mtp_uv_handler_remove(struct mtp_uv_handler *handler);

/* Has on_settle called once, after the events that are there now. */
void mtp_uv_handler_settle(struct mtp_uv_handler *handler);

/* mtproto_uv_connect, begun after delay_ns; timeout_ns counts from there. */
MTPROTO_MUST_USE int mtp_uv_connect_after(uint64_t delay_ns, struct mtproto_uv_dial **out, struct mtproto_uv *uv,
					  struct mtproto_connection *connection,
					  const struct mtproto_link_config *config, const char *address,
					  uint64_t timeout_ns, mtproto_uv_dial_cb on_done, void *user);

#endif
