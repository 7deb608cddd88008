/* A server's memory as bytes: docs/server-state.md has the format. */
#include "server/server.h"

#include "base/memory.h"
#include "tl/kept.h"

#include <string.h>

static const uint32_t magic = 0x5650544d; /* "MTPV" */

enum { VERSION = 1, KEY_SIZE_MIN = 288, SESSION_SIZE_MIN = 60 };

/* ---- Out ---- */

static void write_key(struct mtproto_tl_writer *w, const struct mtp_server_key *key)
{
	mtproto_tl_write_raw(w, key->key.auth.data, sizeof(key->key.auth.data));
	mtproto_tl_write_bool(w, key->key.temporary);
	mtproto_tl_write_u32(w, key->key.expires_at);
	mtproto_tl_write_long(w, key->key.perm_auth_key_id);
	mtproto_tl_write_int(w, key->dc);
	mtproto_tl_write_u32(w, key->created_at);
	mtproto_tl_write_long(w, key->first_salt);
}

/* Only a session in which nothing is open can be gone on with: what is open would be lost, and the client not told. */
static bool is_quiet(const struct mtproto_server_session *handle)
{
	return handle->announced && handle->requests.count == 0 && handle->session.kept_count == 0;
}

static void write_session(struct mtproto_tl_writer *w, const struct mtproto_server_session *handle)
{
	const struct mtp_session *session = &handle->session;

	mtproto_tl_write_long(w, handle->key->key.auth.id);
	mtproto_tl_write_long(w, session->session_id);
	mtproto_tl_write_int(w, handle->layer);
	mtproto_tl_write_int(w, handle->api_id);
	mtproto_tl_write_bool(w, handle->wants_updates);
	mtproto_tl_write_u32(w, session->content_count);
	mtproto_tl_write_long(w, session->msg_ids.last);
	mtproto_tl_write_long(w, session->top_msg_id);
	mtproto_tl_write_u32(w, session->top_seq_no);
	mtproto_tl_write_bool(w, session->window.forgot);
	mtproto_tl_write_u32(w, session->window.count);
	for (uint32_t i = 0; i < session->window.count; i++)
		mtproto_tl_write_long(w, mtp_window_at(&session->window, i));
}

/* Writes all of them, or (w NULL) only counts. */
static uint32_t write_sessions(struct mtproto_tl_writer *w, const struct mtproto_server *server)
{
	const struct mtproto_server_session *handle;
	const struct mtp_server_key *key;
	size_t at_key = 0;
	uint32_t count = 0;

	while ((key = mtp_map_next(&server->keys, &at_key))) {
		size_t at_session = 0;

		while (!key->doomed && (handle = mtp_map_next(&key->sessions, &at_session))) {
			if (!is_quiet(handle))
				continue;
			count++;
			if (w)
				write_session(w, handle);
		}
	}
	return count;
}

/* The same for keys. */
static uint32_t write_keys(struct mtproto_tl_writer *w, const struct mtproto_server *server)
{
	const struct mtp_server_key *key;
	size_t cursor = 0;
	uint32_t count = 0;

	while ((key = mtp_map_next(&server->keys, &cursor))) {
		if (key->doomed)
			continue;
		count++;
		if (w)
			write_key(w, key);
	}
	return count;
}

int mtproto_server_export(const struct mtproto_server *server, bool with_sessions, uint8_t *out, size_t cap,
			  size_t *len)
{
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, out, cap);
	mtp_kept_begin(&w, magic, VERSION);
	mtproto_tl_write_raw(&w, server->salt_seed, sizeof(server->salt_seed));
	mtproto_tl_write_u32(&w, write_keys(NULL, server));
	write_keys(&w, server);
	mtproto_tl_write_u32(&w, with_sessions ? write_sessions(NULL, server) : 0);
	if (with_sessions)
		write_sessions(&w, server);
	mtp_kept_end(&w);
	*len = w.len;
	return mtproto_tl_writer_end(&w);
}

/* ---- In ---- */

static int read_key(struct mtproto_tl_reader *r, struct mtproto_server *server)
{
	struct mtproto_key_info info;
	uint8_t data[MTPROTO_AUTH_KEY_SIZE];
	struct mtp_server_key *key;
	uint32_t created_at;
	uint64_t first_salt;
	int error;

	memset(&info, 0, sizeof(info));
	mtproto_tl_read_raw(r, data, sizeof(data));
	mtproto_auth_key_init(&info.auth_key, data);
	mtproto_wipe(data, sizeof(data));
	info.temporary = mtproto_tl_read_bool(r);
	info.expires_at = mtproto_tl_read_u32(r);
	info.perm_auth_key_id = mtproto_tl_read_long(r);
	info.dc = mtproto_tl_read_int(r);
	created_at = mtproto_tl_read_u32(r);
	first_salt = mtproto_tl_read_long(r);
	error = r->error || mtp_server_get_key(server, info.auth_key.id) ? MTPROTO_ERR_STATE_FORMAT : 0;
	if (!error)
		error = mtp_server_insert_key(server, &info, first_salt);
	key = error ? NULL : mtp_server_get_key(server, info.auth_key.id);
	if (key)
		key->created_at = created_at;
	mtproto_wipe(&info, sizeof(info));
	return error;
}

static int read_window(struct mtproto_tl_reader *r, struct mtp_window *window)
{
	bool forgot = mtproto_tl_read_bool(r);
	uint32_t count = mtproto_tl_read_count(r, 8);

	if (count > MTP_WINDOW_MAX)
		return MTPROTO_ERR_STATE_FORMAT;
	while (count-- > 0) {
		int error = mtp_window_add(window, mtproto_tl_read_long(r));

		if (error)
			return error == MTPROTO_ERR_MEMORY ? error : MTPROTO_ERR_STATE_FORMAT;
	}
	window->forgot = forgot;
	return 0;
}

static int read_session(struct mtproto_tl_reader *r, struct mtproto_server *server)
{
	struct mtp_server_key *key = mtp_server_get_key(server, mtproto_tl_read_long(r));
	uint64_t session_id = mtproto_tl_read_long(r);
	int64_t server_ns = mtp_clock_server_ns(&server->clock, &server->endpoint.context->now);
	struct mtproto_server_session *handle;
	int error;

	if (!key || session_id == 0 || mtp_map_get(&key->sessions, session_id))
		return MTPROTO_ERR_STATE_FORMAT;
	handle = mtp_server_session_for(key, session_id);
	if (!handle)
		return MTPROTO_ERR_LIMIT;
	handle->announced = true;
	handle->layer = mtproto_tl_read_int(r);
	handle->api_id = mtproto_tl_read_int(r);
	handle->wants_updates = mtproto_tl_read_bool(r);
	handle->session.content_count = mtproto_tl_read_u32(r);
	handle->session.msg_ids.last = mtproto_tl_read_long(r);
	handle->session.top_msg_id = mtproto_tl_read_long(r);
	handle->session.top_seq_no = mtproto_tl_read_u32(r);
	mtp_server_session_lost_link(handle);
	error = read_window(r, &handle->session.window);
	/* The clock was set back meanwhile: msg_ids of one session never fall, so this one can't go on. */
	if (!error && mtproto_msg_id_time_ns(handle->session.msg_ids.last) > server_ns)
		mtp_server_session_end(handle, false);
	return error;
}

/* Reads count items. */
static int read_all(struct mtproto_tl_reader *r, struct mtproto_server *server, size_t size_min,
		    int (*read_one)(struct mtproto_tl_reader *r, struct mtproto_server *server))
{
	uint32_t count = mtproto_tl_read_count(r, size_min);
	int error = r->error ? MTPROTO_ERR_STATE_FORMAT : 0;

	while (!error && count-- > 0)
		error = read_one(r, server);
	return error;
}

int mtproto_server_import(struct mtproto_server *server, const uint8_t *data, size_t len)
{
	struct mtproto_tl_reader r;
	int error;

	if (server->keys.count > 0)
		return MTPROTO_ERR_STATE;
	error = mtp_kept_open(&r, data, len, magic, VERSION);
	if (error)
		return error;
	mtproto_tl_read_raw(&r, server->salt_seed, sizeof(server->salt_seed));
	error = read_all(&r, server, KEY_SIZE_MIN, read_key);
	if (!error)
		error = read_all(&r, server, SESSION_SIZE_MIN, read_session);
	if (!error && mtproto_tl_reader_end(&r))
		error = MTPROTO_ERR_STATE_FORMAT;
	return error;
}
