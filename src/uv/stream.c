#include "uv/driver.h"

#include <stdlib.h>
#include <string.h>

enum {
	UNSENT_MAX = 64 * 1024, /* copied at once for a socket that takes no more */
	KEEPALIVE_S = 60        /* the system notices a peer that vanished, even if nothing is sent */
};

int mtp_uv_stream_new(struct mtp_uv_stream **out, struct mtproto_uv *uv, const void *owner)
{
	struct mtp_uv_stream *stream = calloc(1, sizeof(*stream));

	*out = NULL;
	if (!stream)
		return MTPROTO_ERR_MEMORY;
	(void)uv_tcp_init(uv->loop, &stream->tcp); /* makes no socket yet, so it can't fail */
	stream->tcp.data = stream;
	stream->uv = uv;
	stream->owner = owner;
	mtp_list_append(&mtp_uv_bucket(uv, owner)->streams, &stream->node);
	mtp_uv_hold(uv);
	*out = stream;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct mtp_uv_stream *stream = handle->data;

	mtp_uv_release(stream->uv);
	free(stream);
}

void mtp_uv_stream_close(struct mtp_uv_stream *stream)
{
	stream->link = NULL;
	mtp_list_remove(&stream->node);
	mtp_list_remove(&stream->waiting);
	uv_close((uv_handle_t *)&stream->tcp, on_closed);
}

static void end(struct mtp_uv_stream *stream, int error)
{
	uv_read_stop((uv_stream_t *)&stream->tcp);
	if (stream->end_error)
		return;
	stream->end_error = error;
	mtp_list_remove(&stream->waiting);
	mtp_list_append(&stream->uv->ended, &stream->waiting);
	mtproto_uv_wake(stream->uv);
}

/* ---- In ---- */

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct mtp_uv_stream *stream = handle->data;
	size_t len;
	uint8_t *room = mtproto_link_recv_buf(stream->link, &len);

	(void)suggested;
	*buf = uv_buf_init((char *)room, len < UINT32_MAX ? (unsigned)len : UINT32_MAX);
}

static void stop_reading(struct mtp_uv_stream *stream)
{
	uv_read_stop((uv_stream_t *)&stream->tcp);
	mtp_list_append(&stream->uv->paused, &stream->waiting);
	mtproto_uv_wake(stream->uv);
}

static void on_read(uv_stream_t *handle, ssize_t len, const uv_buf_t *buf)
{
	struct mtp_uv_stream *stream = handle->data;

	(void)buf;
	if (len == 0)
		return;
	if (len == UV_ENOBUFS)
		stop_reading(stream);
	else if (len < 0)
		end(stream, len == UV_EOF ? MTPROTO_ERR_EOF : MTPROTO_ERR_IO);
	else if (mtproto_link_recv_ack(stream->link, (size_t)len))
		stop_reading(stream); /* the program has closed the link, and its event is on the way */
	else
		mtp_uv_filed(stream->uv);
}

void mtp_uv_stream_resume(struct mtp_uv_stream *stream)
{
	if (uv_read_start((uv_stream_t *)&stream->tcp, give_room, on_read))
		end(stream, MTPROTO_ERR_IO);
}

void mtp_uv_stream_start(struct mtp_uv_stream *stream, struct mtproto_link *link)
{
	stream->link = link;
	mtproto_link_set_user(link, stream);
	/* A system that can't do these two is slower, not wrong. */
	(void)uv_tcp_nodelay(&stream->tcp, 1);
	(void)uv_tcp_keepalive(&stream->tcp, 1, KEEPALIVE_S);
	mtp_uv_stream_resume(stream);
	mtproto_uv_wake(stream->uv);
}

/* ---- Out ---- */

static void on_written(uv_write_t *req, int status)
{
	struct mtp_uv_stream *stream = req->data;

	free(stream->unsent);
	stream->unsent = NULL;
	if (!stream->link)
		return;
	if (status < 0) {
		end(stream, MTPROTO_ERR_IO);
		return;
	}
	mtp_uv_stream_flush(stream);
	mtproto_uv_wake(stream->uv); /* the link has room: more may be sealed into it */
}

/* The socket is full: libuv tells when it takes more only for a write of its own, and that needs bytes that stay. So a
 * piece is copied; the rest waits in the link. */
static void write_later(struct mtp_uv_stream *stream, const uint8_t *data, size_t len)
{
	uv_buf_t buf;
	size_t piece = len < UNSENT_MAX ? len : UNSENT_MAX;
	uint8_t *copy = malloc(piece);

	if (!copy) {
		end(stream, MTPROTO_ERR_MEMORY);
		return;
	}
	memcpy(copy, data, piece);
	buf = uv_buf_init((char *)copy, (unsigned)piece);
	stream->write.data = stream;
	if (uv_write(&stream->write, (uv_stream_t *)&stream->tcp, &buf, 1, on_written)) {
		free(copy);
		end(stream, MTPROTO_ERR_IO);
		return;
	}
	stream->unsent = copy;
	if (mtproto_link_send_ack(stream->link, piece))
		end(stream, MTPROTO_ERR_INTERNAL);
}

/* Returns the bytes written, 0 when the socket is full, or a negative error of libuv. */
static int try_write(struct mtp_uv_stream *stream, const uint8_t *data, size_t len)
{
	/* uv_buf_t has no const; libuv only reads from it. */
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)data, len < INT32_MAX ? (unsigned)len : INT32_MAX);
	int written = uv_try_write((uv_stream_t *)&stream->tcp, &buf, 1);

	return written == UV_EAGAIN ? 0 : written;
}

void mtp_uv_stream_flush(struct mtp_uv_stream *stream)
{
	while (!stream->unsent && !stream->end_error) {
		size_t len;
		const uint8_t *data = mtproto_link_send_buf(stream->link, &len);
		int written;

		if (len == 0)
			return;
		written = try_write(stream, data, len);
		if (written == 0)
			write_later(stream, data, len);
		else if (written < 0)
			end(stream, MTPROTO_ERR_IO);
		else if (mtproto_link_send_ack(stream->link, (size_t)written))
			end(stream, MTPROTO_ERR_INTERNAL);
	}
}

int mtproto_uv_link_peer(const struct mtproto_link *link, char *out, size_t cap)
{
	const struct mtp_uv_stream *stream = mtproto_link_user(link);
	struct sockaddr_storage address;
	int len = (int)sizeof(address);

	if (cap)
		out[0] = '\0';
	if (!stream || uv_tcp_getpeername(&stream->tcp, (struct sockaddr *)&address, &len))
		return MTPROTO_ERR_IO;
	return mtp_uv_sockaddr_text(&address, out, cap);
}
