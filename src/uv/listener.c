#include "uv/driver.h"

#include <stdlib.h>

enum { BACKLOG_DEFAULT = 511 };

struct mtproto_uv_listener {
	uv_tcp_t tcp;
	struct mtproto_uv *uv;
	struct mtproto_server *server;
	struct mtp_node node;
	uint16_t port;
	char address[MTPROTO_UV_ADDRESS_TEXT_SIZE];
};

static void on_connection(uv_stream_t *handle, int status)
{
	struct mtproto_uv_listener *listener = handle->data;
	struct mtproto_now now = mtproto_uv_now();
	struct mtp_uv_stream *stream;
	struct mtproto_link *link;

	if (status < 0 || mtp_uv_stream_new(&stream, listener->uv, listener->server))
		return;
	if (uv_accept(handle, (uv_stream_t *)&stream->tcp) || mtproto_server_attach(listener->server, &now, &link)) {
		mtp_uv_stream_close(stream);
		return;
	}
	mtp_uv_stream_start(stream, link);
}

static int start(struct mtproto_uv_listener *listener, const struct sockaddr_storage *address, int backlog)
{
	struct sockaddr_storage actual;
	int len = (int)sizeof(actual);

	if (uv_tcp_bind(&listener->tcp, (const struct sockaddr *)address, 0))
		return MTPROTO_ERR_IO;
	if (uv_listen((uv_stream_t *)&listener->tcp, backlog ? backlog : BACKLOG_DEFAULT, on_connection))
		return MTPROTO_ERR_IO;
	if (uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&actual, &len))
		return MTPROTO_ERR_IO;
	listener->port = mtp_uv_sockaddr_port(&actual);
	return mtp_uv_sockaddr_text(&actual, listener->address, sizeof(listener->address));
}

int mtproto_uv_listen(struct mtproto_uv_listener **out, struct mtproto_uv *uv, struct mtproto_server *server,
		      const char *address, int backlog)
{
	struct mtproto_uv_address parsed;
	struct sockaddr_storage wanted;
	struct mtproto_uv_listener *listener;
	int error;

	*out = NULL;
	if (mtproto_uv_address_parse(&parsed, address) || mtp_uv_sockaddr(&wanted, &parsed) || backlog < 0)
		return MTPROTO_ERR_ARGUMENT;
	if (uv->closing)
		return MTPROTO_ERR_CLOSED;
	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return MTPROTO_ERR_MEMORY;
	(void)uv_tcp_init(uv->loop, &listener->tcp);
	listener->tcp.data = listener;
	listener->uv = uv;
	listener->server = server;
	mtp_list_append(&uv->listeners, &listener->node);
	mtp_uv_hold(uv);
	error = start(listener, &wanted, backlog);
	if (error) {
		mtproto_uv_listener_close(listener);
		return error;
	}
	*out = listener;
	return 0;
}

uint16_t mtproto_uv_listener_port(const struct mtproto_uv_listener *listener)
{
	return listener->port;
}

const char *mtproto_uv_listener_address(const struct mtproto_uv_listener *listener)
{
	return listener->address;
}

static void on_closed(uv_handle_t *handle)
{
	struct mtproto_uv_listener *listener = handle->data;

	mtp_uv_release(listener->uv);
	free(listener);
}

void mtproto_uv_listener_close(struct mtproto_uv_listener *listener)
{
	if (!listener || uv_is_closing((uv_handle_t *)&listener->tcp))
		return;
	mtp_list_remove(&listener->node);
	uv_close((uv_handle_t *)&listener->tcp, on_closed);
}

void mtp_uv_listeners_close(struct mtproto_uv *uv, const struct mtproto_server *server)
{
	struct mtp_node *next;

	for (struct mtp_node *node = mtp_list_first(&uv->listeners); node; node = next) {
		struct mtproto_uv_listener *listener = MTP_OF(node, struct mtproto_uv_listener, node);

		next = mtp_list_after(&uv->listeners, node);
		if (!server || listener->server == server)
			mtproto_uv_listener_close(listener);
	}
}
