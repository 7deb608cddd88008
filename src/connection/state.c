/* A connection as bytes, for another process: docs/connection-state.md has the format. */
#include "connection/connection.h"

#include "base/memory.h"
#include "session/state.h"
#include "tl/kept.h"

#include <string.h>

static const uint32_t magic = 0x4350544d; /* "MTPC" */

enum { VERSION = 1, FLAG_HEADER_ACCEPTED = 1, FLAG_SESSION = 2, FLAG_TEMPORARY = 4 };

static struct mtp_state state_of(struct mtp_session *session)
{
	return (struct mtp_state){.key = session->key,
				  .session_id = &session->session_id,
				  .content_count = &session->content_count,
				  .msg_ids = &session->msg_ids,
				  .window = &session->window,
				  .acks = &session->acks};
}

/* ---- Out ---- */

/* Server time minus wall clock, as far as it is known. */
static int64_t time_offset(const struct mtproto_connection *connection, const struct mtproto_now *now)
{
	const struct mtp_clock *clock = &connection->line->session.key->clock;

	return clock->delta_ns ? mtp_clock_server_ns(clock, now) - (int64_t)now->wall_ns
			       : connection->config.time_offset_ns;
}

static uint32_t flags_of(const struct mtproto_connection *connection)
{
	uint32_t flags = 0;

	if (connection->stage == MTP_STAGE_READY)
		flags |= FLAG_SESSION;
	if (connection->header_accepted)
		flags |= FLAG_HEADER_ACCEPTED;
	if (connection->pfs)
		flags |= FLAG_TEMPORARY;
	return flags;
}

static void write_head(struct mtproto_tl_writer *w, const struct mtproto_connection *connection,
		       const struct mtproto_now *now)
{
	mtp_kept_begin(w, magic, VERSION);
	mtproto_tl_write_u32(w, flags_of(connection));
	mtproto_tl_write_raw(w, connection->perm.auth.data, sizeof(connection->perm.auth.data));
	mtproto_tl_write_long(w, connection->perm.salt);
	mtproto_tl_write_long(w, (uint64_t)time_offset(connection, now));
	mtproto_tl_write_long(w, connection->line->session.peer_unique_id);
}

int mtproto_connection_export(const struct mtproto_connection *connection, const struct mtproto_now *now, uint8_t *out,
			      size_t cap, size_t *len)
{
	struct mtp_state state = state_of(&connection->line->session);
	struct mtproto_tl_writer w;
	size_t session_len = 0;
	int error;

	*len = 0;
	if (!connection->perm.auth.id)
		return MTPROTO_ERR_STATE;
	mtproto_tl_writer_init(&w, out, cap);
	write_head(&w, connection, now);
	error = mtproto_tl_writer_end(&w);
	if (!error && (flags_of(connection) & FLAG_SESSION))
		error = mtp_state_write(&state, now, out ? out + w.len : NULL, out ? cap - w.len : 0, &session_len);
	w.len += session_len;
	mtp_kept_end(&w);
	*len = w.len;
	return error ? error : mtproto_tl_writer_end(&w);
}

/* ---- In ---- */

static uint32_t read_head(struct mtproto_tl_reader *r, struct mtproto_connection *connection)
{
	uint32_t flags = mtproto_tl_read_u32(r);
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE];

	mtproto_tl_read_raw(r, auth_key, sizeof(auth_key));
	mtproto_auth_key_init(&connection->perm.auth, auth_key);
	mtproto_wipe(auth_key, sizeof(auth_key));
	connection->perm.salt = mtproto_tl_read_long(r);
	connection->config.time_offset_ns = (int64_t)mtproto_tl_read_long(r);
	connection->line->session.peer_unique_id = mtproto_tl_read_long(r);
	return flags;
}

/* Puts the session on the line, with a temporary key of its own. */
static int read_session(struct mtproto_connection *connection, struct mtproto_span bytes)
{
	/* The clock is set at the first attach. */
	static const struct mtproto_now no_time = {0, 0};
	const struct mtproto_allocator *allocator = &connection->endpoint.context->allocator;
	struct mtp_session *session = &connection->line->session;
	struct mtp_key *key = &connection->perm;
	uint64_t perm_id = key->auth.id;
	struct mtp_state state;
	int error;

	if (connection->pfs)
		key = mtp_alloc_zero(allocator, sizeof(*key));
	if (!key)
		return MTPROTO_ERR_MEMORY;
	session->key = key;
	state = state_of(session);
	error = mtp_state_read(&state, &no_time, bytes.data, bytes.len);
	key->clock.delta_ns = 0;
	session->acks_due = session->acks.count > 0;
	if (!error && (key->temporary != (connection->pfs != NULL) ||
		       (key->temporary ? key->perm_auth_key_id : key->auth.id) != perm_id))
		error = MTPROTO_ERR_STATE_FORMAT;
	if (!error)
		connection->stage = MTP_STAGE_READY;
	return error;
}

int mtp_connection_restore(struct mtproto_connection *connection, const uint8_t *data, size_t len)
{
	struct mtproto_tl_reader r;
	struct mtproto_span session;
	uint32_t flags;
	int error = mtp_kept_open(&r, data, len, magic, VERSION);

	if (error)
		return error;
	flags = read_head(&r, connection);
	if (r.error)
		return MTPROTO_ERR_STATE_FORMAT;
	session = mtproto_tl_read_span(&r, mtproto_tl_left(&r));
	if (!(flags & FLAG_SESSION) != (session.len == 0))
		return MTPROTO_ERR_STATE_FORMAT;
	connection->stage = connection->pfs ? MTP_STAGE_TEMP : MTP_STAGE_READY;
	/* A session on a kind of key that is not wanted any more is left behind. */
	if (!(flags & FLAG_SESSION) || !(flags & FLAG_TEMPORARY) != !connection->pfs)
		return 0;
	connection->header_accepted = flags & FLAG_HEADER_ACCEPTED;
	return read_session(connection, session);
}
