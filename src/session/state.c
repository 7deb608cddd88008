#include "session/state.h"

#include "tl/kept.h"

#include <string.h>

static const uint32_t magic = 0x5350544d; /* "MTPS" */

enum { VERSION = 1, FLAG_SERVER = 1, FLAG_TEMPORARY = 2 };

static void write_ids(struct mtproto_tl_writer *w, const struct mtp_state *state)
{
	mtproto_tl_write_vector(w, state->window->count);
	for (uint32_t i = 0; i < state->window->count; i++)
		mtproto_tl_write_long(w, mtp_window_at(state->window, i));
	mtproto_tl_write_bool(w, state->window->forgot);
	mtproto_tl_write_vector(w, state->acks->count);
	for (uint32_t i = 0; i < state->acks->count; i++)
		mtproto_tl_write_long(w, mtp_acks_waiting(state->acks)[i]);
}

int mtp_state_write(const struct mtp_state *state, const struct mtproto_now *now, uint8_t *out, size_t cap, size_t *len)
{
	const struct mtp_key *key = state->key;
	int64_t offset_ns = mtp_clock_server_ns(&key->clock, now) - (int64_t)now->wall_ns;
	struct mtproto_tl_writer w;

	mtproto_tl_writer_init(&w, out, cap);
	mtp_kept_begin(&w, magic, VERSION);
	mtproto_tl_write_u32(&w, (state->server ? FLAG_SERVER : 0) | (key->temporary ? FLAG_TEMPORARY : 0));
	mtproto_tl_write_raw(&w, key->auth.data, sizeof(key->auth.data));
	mtproto_tl_write_u32(&w, key->expires_at);
	mtproto_tl_write_long(&w, key->perm_auth_key_id);
	mtproto_tl_write_long(&w, key->salt);
	mtproto_tl_write_long(&w, (uint64_t)offset_ns);
	mtproto_tl_write_long(&w, *state->session_id);
	mtproto_tl_write_u32(&w, *state->content_count);
	mtproto_tl_write_long(&w, state->msg_ids->last);
	write_ids(&w, state);
	mtp_kept_end(&w);
	*len = w.len;
	return mtproto_tl_writer_end(&w);
}

static int read_window(struct mtproto_tl_reader *r, struct mtp_window *window)
{
	uint32_t count = mtproto_tl_read_vector(r, 8);

	if (count > MTP_WINDOW_MAX)
		return MTPROTO_ERR_STATE_FORMAT;
	while (count-- > 0) {
		int error = mtp_window_add(window, mtproto_tl_read_long(r));

		if (error)
			return error == MTPROTO_ERR_MEMORY ? error : MTPROTO_ERR_STATE_FORMAT;
	}
	window->forgot = mtproto_tl_read_bool(r);
	return 0;
}

static int read_acks(struct mtproto_tl_reader *r, struct mtp_acks *acks, const struct mtproto_now *now)
{
	uint32_t count = mtproto_tl_read_vector(r, 8);

	while (count-- > 0) {
		int error = mtp_acks_add(acks, mtproto_tl_read_long(r), now->mono_ns);

		if (error)
			return error == MTPROTO_ERR_MEMORY ? error : MTPROTO_ERR_STATE_FORMAT;
	}
	return 0;
}

static int read_key(struct mtproto_tl_reader *r, const struct mtp_state *state, const struct mtproto_now *now)
{
	struct mtp_key *key = state->key;
	uint32_t flags = mtproto_tl_read_u32(r);
	uint8_t auth_key[MTPROTO_AUTH_KEY_SIZE];

	if ((flags & FLAG_SERVER) != (state->server ? FLAG_SERVER : 0u))
		return MTPROTO_ERR_STATE_FORMAT;
	mtproto_tl_read_raw(r, auth_key, sizeof(auth_key));
	mtproto_auth_key_init(&key->auth, auth_key);
	mtproto_wipe(auth_key, sizeof(auth_key));
	key->temporary = flags & FLAG_TEMPORARY;
	key->expires_at = mtproto_tl_read_u32(r);
	key->perm_auth_key_id = mtproto_tl_read_long(r);
	key->salt = mtproto_tl_read_long(r);
	mtp_clock_seed(&key->clock, now, (int64_t)mtproto_tl_read_long(r));
	return 0;
}

int mtp_state_read(const struct mtp_state *state, const struct mtproto_now *now, const uint8_t *data, size_t len)
{
	struct mtproto_tl_reader r;
	int error = mtp_kept_open(&r, data, len, magic, VERSION);

	if (!error)
		error = read_key(&r, state, now);
	if (error)
		return error;
	*state->session_id = mtproto_tl_read_long(&r);
	*state->content_count = mtproto_tl_read_u32(&r);
	state->msg_ids->last = mtproto_tl_read_long(&r);
	error = read_window(&r, state->window);
	if (!error)
		error = read_acks(&r, state->acks, now);
	if (!error && (mtproto_tl_reader_end(&r) || *state->session_id == 0))
		error = MTPROTO_ERR_STATE_FORMAT;
	return error;
}
