/* The server's keys, and the salts that are derived for each. Source:
 * core.telegram.org/mtproto/service_messages#request-for-several-future-salts. */
#include "server/server.h"

#include "base/bytes.h"
#include "base/memory.h"
#include "crypto/sha.h"

#include <string.h>

struct mtp_server_key *mtp_server_get_key(const struct mtproto_server *server, uint64_t auth_key_id)
{
	return mtp_map_get(&server->keys, auth_key_id);
}

static void key_is_over(struct mtp_timer *timer, const struct mtproto_now *now)
{
	(void)now;
	mtp_server_forget_key(MTP_OF(timer, struct mtp_server_key, timer), false);
}

/* The mono_ns of a Unix time. */
static uint64_t mono_at(const struct mtproto_server *server, uint32_t unix_time)
{
	int64_t mono_ns = (int64_t)unix_time * 1000000000 - server->clock.delta_ns;

	return mono_ns > 0 ? (uint64_t)mono_ns : 0;
}

void mtp_server_set_key_timer(struct mtp_server_key *key)
{
	if (key->key.expires_at)
		mtp_timer_set(&key->timer, mono_at(key->server, key->key.expires_at));
}

int mtp_server_insert_key(struct mtproto_server *server, const struct mtproto_key_info *info, uint64_t first_salt)
{
	struct mtproto_context *context = server->endpoint.context;
	struct mtp_server_key *key;
	int error;

	if (server->keys.count >= server->config.keys_max)
		return MTPROTO_ERR_LIMIT;
	key = mtp_alloc_zero(&context->allocator, sizeof(*key));
	if (!key)
		return MTPROTO_ERR_MEMORY;
	mtproto_auth_key_init(&key->key.auth, info->auth_key.data);
	key->key.temporary = info->temporary;
	key->key.expires_at = info->expires_at;
	key->key.perm_auth_key_id = info->temporary ? info->perm_auth_key_id : 0;
	key->key.clock = server->clock;
	key->server = server;
	key->first_salt = first_salt;
	key->dc = info->dc;
	key->created_at = (uint32_t)mtp_server_unix_time(server);
	mtp_map_init(&key->sessions, &context->allocator, context->env.map_seed);
	error = mtp_timer_init(&context->timers, &key->timer, key_is_over);
	if (!error)
		error = mtp_map_put(&server->keys, key->key.auth.id, key);
	if (error) {
		mtp_timer_fini(&key->timer);
		mtp_release_secret(&context->allocator, key, sizeof(*key));
		return error;
	}
	mtp_server_set_key_timer(key);
	server->temp_key_count += info->temporary ? 1 : 0;
	return 0;
}

void mtp_server_forget_key(struct mtp_server_key *key, bool silent)
{
	struct mtproto_server *server = key->server;
	struct mtproto_event event = {.type = MTPROTO_EVENT_KEY_DESTROYED,
				      .server = server,
				      .auth_key_id = key->key.auth.id,
				      .temporary = key->key.temporary};
	struct mtproto_server_session *handle;

	while ((handle = mtp_map_any(&key->sessions)))
		mtp_server_session_end(handle, silent);
	if (!silent)
		mtp_server_push_event(server, &event, NULL);
	mtp_map_remove(&server->keys, key->key.auth.id);
	server->temp_key_count -= key->key.temporary ? 1 : 0;
	mtp_map_fini(&key->sessions);
	mtp_timer_fini(&key->timer);
	mtp_release_secret(&server->endpoint.context->allocator, key, sizeof(*key));
}

void mtp_server_doom_key(struct mtp_server_key *key)
{
	key->doomed = true;
	mtp_timer_set(&key->timer, key->server->endpoint.context->now.mono_ns + 1000000000);
}

/* ---- Salts ---- */

uint64_t mtp_server_salt_of(const struct mtp_server_key *key, int64_t period)
{
	uint8_t input[16], hash[32];
	struct mtproto_span parts[2] = {{key->server->salt_seed, sizeof(key->server->salt_seed)},
					{input, sizeof(input)}};
	uint64_t salt;

	if (key->first_salt && period == key->created_at / MTP_SALT_PERIOD_S)
		return key->first_salt;
	mtp_store_le64(input, key->key.auth.id);
	mtp_store_le64(input + 8, (uint64_t)period);
	mtp_sha256(hash, parts, 2);
	salt = mtp_load_le64(hash);
	return salt ? salt : 1;
}

/* A salt lives two periods, so this one's and the last one's are good. */
bool mtp_server_salt_valid(struct mtp_server_key *key, uint64_t salt)
{
	int64_t period = mtp_server_unix_time(key->server) / MTP_SALT_PERIOD_S;

	if (key->salt_period != period) {
		key->salt_period = period;
		key->key.salt = mtp_server_salt_of(key, period);
		key->last_salt = mtp_server_salt_of(key, period - 1);
	}
	return salt == key->key.salt || salt == key->last_salt;
}

/* ---- Public ---- */

int mtproto_server_find_key(const struct mtproto_server *server, uint64_t auth_key_id, struct mtproto_key_info *info)
{
	const struct mtp_server_key *key = mtp_server_get_key(server, auth_key_id);

	memset(info, 0, sizeof(*info));
	if (!key || key->doomed)
		return MTPROTO_ERR_NOT_FOUND;
	info->auth_key = key->key.auth;
	info->temporary = key->key.temporary;
	info->expires_at = key->key.expires_at;
	info->dc = key->dc;
	info->perm_auth_key_id = key->key.perm_auth_key_id;
	return 0;
}

int mtproto_server_add_key(struct mtproto_server *server, const struct mtproto_key_info *info)
{
	if (mtp_server_get_key(server, mtproto_auth_key_id(info->auth_key.data)))
		return MTPROTO_ERR_STATE;
	return mtp_server_insert_key(server, info, 0);
}

int mtproto_server_remove_key(struct mtproto_server *server, uint64_t auth_key_id)
{
	struct mtp_server_key *key = mtp_server_get_key(server, auth_key_id);

	if (!key)
		return MTPROTO_ERR_NOT_FOUND;
	mtproto_server_drop_temp_keys(server, auth_key_id, NULL, 0);
	mtp_server_forget_key(key, false);
	return 0;
}

static bool is_listed(uint64_t id, const uint64_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == id)
			return true;
	return false;
}

size_t mtproto_server_drop_temp_keys(struct mtproto_server *server, uint64_t perm_auth_key_id, const uint64_t *except,
				     size_t except_count)
{
	struct mtp_server_key *key;
	size_t cursor = 0;
	size_t dropped = 0;

	/* Doomed rather than forgotten: one of them may be waiting for the answer to this very request. */
	while ((key = mtp_map_next(&server->keys, &cursor))) {
		if (!key->key.temporary || key->doomed || key->key.perm_auth_key_id != perm_auth_key_id ||
		    is_listed(key->key.auth.id, except, except_count))
			continue;
		mtp_server_doom_key(key);
		dropped++;
	}
	return dropped;
}
