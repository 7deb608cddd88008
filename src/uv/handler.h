/* Handlers: how a client takes the events of its connection from the driver. */
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

#endif
