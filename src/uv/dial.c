#include "uv/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NS_PER_MS = 1000000, CANDIDATES_MAX = 8, SECRET_SIZE = 16 };

struct mtproto_uv_dial {
	struct mtproto_uv *uv;
	struct mtproto_connection *connection;
	struct mtproto_link_config config; /* its secret points to the one below */
	uint8_t secret[SECRET_SIZE];
	struct mtproto_uv_address address;
	mtproto_uv_dial_cb on_done; /* NULL when it has been called or won't be */
	void *user;
	struct mtp_node node;

	uv_getaddrinfo_t resolve;
	uv_timer_t timer; /* of the step that is under way */
	bool resolving;
	bool timer_closed;
	uint64_t timeout_ns;
	uint64_t deadline_ns;

	struct sockaddr_storage candidates[CANDIDATES_MAX];
	size_t candidate_count;
	size_t tried;
	struct mtp_uv_stream *stream; /* connecting to candidates[tried - 1]; NULL else */

	int error; /* of the last attempt */
	char reason[MTPROTO_UV_HOST_MAX + 100];
};

struct mtproto_uv_dial *mtp_uv_dial_of(struct mtp_node *node)
{
	return MTP_OF(node, struct mtproto_uv_dial, node);
}

const void *mtp_uv_dial_owner(const struct mtproto_uv_dial *dial)
{
	return dial->connection;
}

static void release_if_over(struct mtproto_uv_dial *dial)
{
	struct mtproto_uv *uv = dial->uv;

	if (dial->resolving || !dial->timer_closed)
		return;
	mtproto_wipe(dial->secret, sizeof(dial->secret));
	free(dial);
	mtp_uv_release(uv);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct mtproto_uv_dial *dial = handle->data;

	dial->timer_closed = true;
	release_if_over(dial);
}

static void abandon_stream(struct mtproto_uv_dial *dial)
{
	if (!dial->stream)
		return;
	dial->stream->connect.data = NULL;
	mtp_uv_stream_close(dial->stream);
	dial->stream = NULL;
}

/* Ends the dial, but its memory stays until libuv lets go of the timer and the request. */
static void stop(struct mtproto_uv_dial *dial)
{
	dial->on_done = NULL;
	mtp_list_remove(&dial->node);
	abandon_stream(dial);
	if (dial->resolving)
		(void)uv_cancel(
			(uv_req_t *)&dial->resolve); /* when it is too late for that, its callback comes later */
	uv_close((uv_handle_t *)&dial->timer, on_timer_closed);
}

static void finish(struct mtproto_uv_dial *dial, struct mtproto_link *link)
{
	mtproto_uv_dial_cb on_done = dial->on_done;

	stop(dial);
	on_done(dial->uv, link, link ? 0 : dial->error, link ? "" : dial->reason, dial->user);
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static void
set_error(struct mtproto_uv_dial *dial, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(dial->reason, sizeof(dial->reason), format, args);
	va_end(args);
	dial->error = error;
}

static void set_connect_error(struct mtproto_uv_dial *dial, int error, const char *why)
{
	char text[MTPROTO_UV_ADDRESS_TEXT_SIZE];

	(void)mtp_uv_sockaddr_text(&dial->candidates[dial->tried - 1], text, sizeof(text));
	set_error(dial, error, "connect to %s: %s", text, why);
}

static uint64_t left_ms(const struct mtproto_uv_dial *dial)
{
	uint64_t now_ns = mtproto_uv_now().mono_ns;

	return now_ns < dial->deadline_ns ? (dial->deadline_ns - now_ns) / NS_PER_MS + 1 : 0;
}

/* The loop's clock stands while callbacks run: a timer set by it alone would fire early. */
static void start_timer(struct mtproto_uv_dial *dial, uv_timer_cb on_timer, uint64_t ms)
{
	uv_update_time(dial->uv->loop);
	uv_timer_start(&dial->timer, on_timer, ms, 0);
}

/* ---- Connecting ---- */

static void try_next(struct mtproto_uv_dial *dial);

static void attach(struct mtproto_uv_dial *dial)
{
	struct mtproto_now now = mtproto_uv_now();
	struct mtp_uv_stream *stream = dial->stream;
	struct mtproto_link *link;
	int error = mtproto_connection_attach(dial->connection, &now, &dial->config, &link);

	if (error) {
		set_error(dial, error, "attach: %s", mtproto_strerror(error));
		finish(dial, NULL);
		return;
	}
	dial->stream = NULL;
	mtp_uv_stream_start(stream, link);
	finish(dial, link);
}

static void on_connected(uv_connect_t *req, int status)
{
	struct mtproto_uv_dial *dial = req->data;

	if (!dial)
		return;
	if (status == 0) {
		attach(dial);
		return;
	}
	set_connect_error(dial, MTPROTO_ERR_IO, uv_strerror(status));
	abandon_stream(dial);
	try_next(dial);
}

static void on_connect_timeout(uv_timer_t *timer)
{
	struct mtproto_uv_dial *dial = timer->data;

	set_connect_error(dial, MTPROTO_ERR_TIMEOUT, "timed out");
	abandon_stream(dial);
	try_next(dial);
}

/* Returns 0 when an attempt is under way. */
static int try_one(struct mtproto_uv_dial *dial, uint64_t timeout_ms)
{
	const struct sockaddr *address = (const struct sockaddr *)&dial->candidates[dial->tried++];
	int error = mtp_uv_stream_new(&dial->stream, dial->uv, dial->connection);

	if (error) {
		set_connect_error(dial, error, mtproto_strerror(error));
		return error;
	}
	dial->stream->connect.data = dial;
	error = uv_tcp_connect(&dial->stream->connect, &dial->stream->tcp, address, on_connected);
	if (error) {
		set_connect_error(dial, MTPROTO_ERR_IO, uv_strerror(error));
		abandon_stream(dial);
		return MTPROTO_ERR_IO;
	}
	start_timer(dial, on_connect_timeout, timeout_ms);
	return 0;
}

/* An address that swallows packets must not use up the time of those after it: each gets an equal share of what is
 * left. */
static void try_next(struct mtproto_uv_dial *dial)
{
	uint64_t left = left_ms(dial);

	while (dial->tried < dial->candidate_count && left > 0)
		if (try_one(dial, left / (dial->candidate_count - dial->tried) + 1) == 0)
			return;
	finish(dial, NULL);
}

static void on_begin(uv_timer_t *timer)
{
	try_next(timer->data);
}

/* ---- Resolving ---- */

static void set_resolve_error(struct mtproto_uv_dial *dial, int error, const char *why)
{
	set_error(dial, error, "resolve %s: %s", dial->address.host, why);
}

static void keep_candidates(struct mtproto_uv_dial *dial, const struct addrinfo *info)
{
	for (; info && dial->candidate_count < CANDIDATES_MAX; info = info->ai_next)
		if (info->ai_family == AF_INET || info->ai_family == AF_INET6)
			memcpy(&dial->candidates[dial->candidate_count++], info->ai_addr, info->ai_addrlen);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *info)
{
	struct mtproto_uv_dial *dial = req->data;

	dial->resolving = false;
	if (!dial->on_done) {
		uv_freeaddrinfo(info);
		release_if_over(dial);
		return;
	}
	keep_candidates(dial, info);
	uv_freeaddrinfo(info);
	if (status || dial->candidate_count == 0) {
		set_resolve_error(dial, MTPROTO_ERR_RESOLVE, status ? uv_strerror(status) : "no address");
		finish(dial, NULL);
		return;
	}
	/* Should the time be over before the first attempt, this is what has failed. */
	set_resolve_error(dial, MTPROTO_ERR_TIMEOUT, "timed out");
	try_next(dial);
}

static void on_resolve_timeout(uv_timer_t *timer)
{
	struct mtproto_uv_dial *dial = timer->data;

	set_resolve_error(dial, MTPROTO_ERR_TIMEOUT, "timed out");
	finish(dial, NULL);
}

static int resolve(struct mtproto_uv_dial *dial)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	char port[8];
	int error;

	(void)snprintf(port, sizeof(port), "%u", (unsigned)dial->address.port);
	dial->resolve.data = dial;
	error = uv_getaddrinfo(dial->uv->loop, &dial->resolve, on_resolved, dial->address.host, port, &hints);
	if (error) /* what else it refuses at once is no name: no UTF-8 */
		return error == UV_ENOMEM ? MTPROTO_ERR_MEMORY : MTPROTO_ERR_ARGUMENT;
	dial->resolving = true;
	start_timer(dial, on_resolve_timeout, left_ms(dial));
	return 0;
}

/* ---- The dial ---- */

static uint64_t deadline_after(uint64_t timeout_ns)
{
	uint64_t now_ns = mtproto_uv_now().mono_ns;

	return timeout_ns < MTPROTO_NEVER - now_ns ? now_ns + timeout_ns : MTPROTO_NEVER;
}

static int begin(struct mtproto_uv_dial *dial)
{
	dial->deadline_ns = deadline_after(dial->timeout_ns);
	if (mtp_uv_sockaddr(&dial->candidates[0], &dial->address))
		return resolve(dial);
	dial->candidate_count = 1;
	set_error(dial, MTPROTO_ERR_TIMEOUT, "connect to %s: timed out", dial->address.host);
	start_timer(dial, on_begin, 0);
	return 0;
}

static void on_delay_over(uv_timer_t *timer)
{
	struct mtproto_uv_dial *dial = timer->data;
	int error = begin(dial);

	if (!error)
		return;
	set_resolve_error(dial, error, mtproto_strerror(error));
	finish(dial, NULL);
}

static int begin_after(struct mtproto_uv_dial *dial, uint64_t delay_ns)
{
	if (delay_ns == 0)
		return begin(dial);
	start_timer(dial, on_delay_over, delay_ns / NS_PER_MS + 1);
	return 0;
}

static void copy_config(struct mtproto_uv_dial *dial, const struct mtproto_link_config *config)
{
	if (!config) {
		mtproto_link_config_init(&dial->config);
		return;
	}
	dial->config = *config;
	if (!config->secret)
		return;
	memcpy(dial->secret, config->secret, SECRET_SIZE);
	dial->config.secret = dial->secret;
}

int mtp_uv_connect_after(uint64_t delay_ns, struct mtproto_uv_dial **out, struct mtproto_uv *uv,
			 struct mtproto_connection *connection, const struct mtproto_link_config *config,
			 const char *address, uint64_t timeout_ns, mtproto_uv_dial_cb on_done, void *user)
{
	struct mtproto_uv_address parsed;
	struct mtproto_uv_dial *dial;
	int error;

	if (out)
		*out = NULL;
	if (config && config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (mtproto_uv_address_parse(&parsed, address) || parsed.port == 0 || timeout_ns == 0)
		return MTPROTO_ERR_ARGUMENT;
	if (uv->closing)
		return MTPROTO_ERR_CLOSED;
	dial = calloc(1, sizeof(*dial));
	if (!dial)
		return MTPROTO_ERR_MEMORY;
	dial->uv = uv;
	dial->connection = connection;
	copy_config(dial, config);
	dial->address = parsed;
	dial->on_done = on_done;
	dial->user = user;
	dial->timeout_ns = timeout_ns;
	(void)uv_timer_init(uv->loop, &dial->timer);
	dial->timer.data = dial;
	mtp_list_append(&mtp_uv_bucket(uv, connection)->dials, &dial->node);
	mtp_uv_hold(uv);
	error = begin_after(dial, delay_ns);
	if (error) {
		stop(dial);
		return error;
	}
	if (out)
		*out = dial;
	return 0;
}

int mtproto_uv_connect(struct mtproto_uv_dial **out, struct mtproto_uv *uv, struct mtproto_connection *connection,
		       const struct mtproto_link_config *config, const char *address, uint64_t timeout_ns,
		       mtproto_uv_dial_cb on_done, void *user)
{
	return mtp_uv_connect_after(0, out, uv, connection, config, address, timeout_ns, on_done, user);
}

void mtproto_uv_dial_cancel(struct mtproto_uv_dial *dial)
{
	if (dial && dial->on_done)
		stop(dial);
}
