/* The engine on libuv: one driver binds one context to one loop and is the only one to pump it. It owns the context,
 * the sockets and the clock; the program makes servers and connections in the context and gets every event by a
 * callback.
 *
 * What arrives in one turn of the loop is filed first and processed together, 64 reads at most: they are one batch.
 * Everything here belongs to the thread of the loop. No function here calls back before it has returned. Inside a
 * callback anything may be called, including what frees the object that the callback is about.
 *
 * Links of a driver: mtproto_link_set_user is taken by the driver. A connection or server whose links may be open is
 * freed by mtproto_uv_drop_connection or mtproto_uv_drop_server, or with the driver, because its sockets have to go
 * too.
 *
 * libuv writes to sockets without MSG_NOSIGNAL: the program must ignore SIGPIPE (signal(SIGPIPE, SIG_IGN)), or it dies
 * when a peer resets a connection. A library can't decide that for a program.
 * Libuv's timers stop while the machine sleeps: a deadline that passed meanwhile is noticed on the first traffic after
 * it, or when the rest of the timer has run. */
#ifndef MTPROTO_UV_H
#define MTPROTO_UV_H

#include <mtproto/connection.h>
#include <mtproto/context.h>
#include <mtproto/event.h>
#include <mtproto/link.h>
#include <mtproto/server.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s; /* uv_loop_t */

struct mtproto_uv;
struct mtproto_uv_listener;
struct mtproto_uv_dial;

/* The time, as the engine wants it: CLOCK_BOOTTIME (CLOCK_MONOTONIC where there is none) and CLOCK_REALTIME. */
MTPROTO_API struct mtproto_now mtproto_uv_now(void);

/* ---- The driver ---- */

/* Called with every event, in order; but events of a connection that belongs to a mtproto_client go to that client.
 * The event's spans live until the callback returns. After a LINK_CLOSED the driver has already closed the socket. */
typedef void (*mtproto_uv_event_cb)(struct mtproto_uv *uv, const struct mtproto_event *event, void *user);

/* config may be NULL, and so may on_event. The loop must outlive the driver.
 * Errors: those of mtproto_context_new. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_uv_new(struct mtproto_uv **out, struct uv_loop_s *loop,
						const struct mtproto_context_config *config,
						mtproto_uv_event_cb on_event, void *user);

/* Closes clients, sockets and listeners that are left; clients' calls are settled as by mtproto_client_close. No event
 * is delivered any more. The context and what is in it stay until, after one or more turns of the loop, on_closed
 * (may be NULL) is called: everything is gone then, and as far as the driver is concerned the loop can be closed. A
 * second call does nothing. NULL is legal. */
MTPROTO_API void mtproto_uv_close(struct mtproto_uv *uv, void (*on_closed)(void *user), void *user);

/* The context, to make servers and connections in. Only the driver may file, process, pull and send. */
MTPROTO_API struct mtproto_context *mtproto_uv_context(struct mtproto_uv *uv);

/* The loop that it was made for. */
MTPROTO_API struct uv_loop_s *mtproto_uv_loop(const struct mtproto_uv *uv);

/* Says that work was queued in the context (a call, a reply, a push, a closed link): the engine is pumped in this turn
 * of the loop or the next. Cheap, and as often as you like. Not needed inside an event's callback. */
MTPROTO_API void mtproto_uv_wake(struct mtproto_uv *uv);

/* ---- Addresses ---- */

#define MTPROTO_UV_HOST_MAX          253 /* bytes of a DNS name */
#define MTPROTO_UV_ADDRESS_TEXT_SIZE 80  /* room for "[IPv6%scope]:port" and a zero byte */

struct mtproto_uv_address {
	char host[MTPROTO_UV_HOST_MAX + 1]; /* a name or an IP address, without brackets */
	uint16_t port;
};

/* Reads "name:port", "192.0.2.1:port" or "[2001:db8::1]:port". A port is 1 to 5 decimal digits, 0 to 65535. What stands
 * in brackets must have a colon, what does not must have none; the name itself is not looked at otherwise, except that
 * it is not empty and has no spaces, control characters or brackets. Errors: MTPROTO_ERR_ARGUMENT; *out is zeroed then.
 */
MTPROTO_MUST_USE MTPROTO_API int mtproto_uv_address_parse(struct mtproto_uv_address *out, const char *text);

/* ---- Servers ---- */

/* Accepts TCP connections at address, "IP:port" (no names; port 0 lets the system choose), for the server. backlog 0:
 * 511. Connections that the server refuses (links_max) are closed. The listener lives until it, its server or the
 * driver is closed. Errors: MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_IO (the address is taken or not ours), MTPROTO_ERR_CLOSED
 * (the driver is closing), MTPROTO_ERR_MEMORY. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_uv_listen(struct mtproto_uv_listener **out, struct mtproto_uv *uv,
						   struct mtproto_server *server, const char *address, int backlog);

/* The port it listens at. */
MTPROTO_API uint16_t mtproto_uv_listener_port(const struct mtproto_uv_listener *listener);

/* The address it listens at, as it can be given to a client: "127.0.0.1:40123". Lives as long as the listener. */
MTPROTO_API const char *mtproto_uv_listener_address(const struct mtproto_uv_listener *listener);

/* Stops accepting; connections that were accepted stay. NULL is legal. */
MTPROTO_API void mtproto_uv_listener_close(struct mtproto_uv_listener *listener);

/* Closes the server's listeners and sockets and frees it; no more events come about it. NULL is legal. */
MTPROTO_API void mtproto_uv_drop_server(struct mtproto_uv *uv, struct mtproto_server *server);

/* Writes the address of the peer of a link of this driver, for example "[::1]:40124", with a zero byte.
 * Errors: MTPROTO_ERR_IO (already gone), MTPROTO_ERR_BUFFER; out is "" then. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_uv_link_peer(const struct mtproto_link *link, char *out, size_t cap);

/* ---- Connections ----
 * <mtproto/client.h> does all this for programs that do not want the events themselves. */

/* The end of a dial. error 0: link is the connection's new link. Else link is NULL and reason says what failed, for
 * example "connect to 192.0.2.1:443: connection refused"; it lives until the callback returns. The dial is gone. */
typedef void (*mtproto_uv_dial_cb)(struct mtproto_uv *uv, struct mtproto_link *link, int error, const char *reason,
				   void *user);

/* Resolves address ("host:port"), tries what it resolves to in turn and attaches the connection to the first TCP
 * connection that is made. timeout_ns (above 0) is for all of it together: each address gets an equal share of what is
 * left. config as in mtproto_connection_attach; NULL: the defaults; copied. *out (out may be NULL) lives until on_done
 * is called or mtproto_uv_dial_cancel. Errors: MTPROTO_ERR_ARGUMENT, MTPROTO_ERR_CONFIG_SIZE, MTPROTO_ERR_CLOSED,
 * MTPROTO_ERR_MEMORY. on_done's: MTPROTO_ERR_RESOLVE, MTPROTO_ERR_IO, MTPROTO_ERR_TIMEOUT, and those of
 * mtproto_connection_attach. */
MTPROTO_MUST_USE MTPROTO_API int mtproto_uv_connect(struct mtproto_uv_dial **out, struct mtproto_uv *uv,
						    struct mtproto_connection *connection,
						    const struct mtproto_link_config *config, const char *address,
						    uint64_t timeout_ns, mtproto_uv_dial_cb on_done, void *user);

/* Gives the dial up; on_done is not called. NULL is legal. */
MTPROTO_API void mtproto_uv_dial_cancel(struct mtproto_uv_dial *dial);

/* Cancels the connection's dials, closes its socket and frees it; no more events come about it. NULL is legal. */
MTPROTO_API void mtproto_uv_drop_connection(struct mtproto_uv *uv, struct mtproto_connection *connection);

#ifdef __cplusplus
}
#endif

#endif
