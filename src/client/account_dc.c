/* One data centre of an account: its key, its client, and what has to be done before calls go there. */
#include "client/account.h"

#include <mtproto/handshake.h>

#include <stdlib.h>
#include <string.h>

/* ---- Entries ---- */

static struct mtp_account_dc *find(struct mtproto_account *account, int32_t id)
{
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node)) {
		struct mtp_account_dc *dc = MTP_OF(node, struct mtp_account_dc, node);

		if (dc->id == id)
			return dc;
	}
	return NULL;
}

static int load_key(struct mtp_account_dc *dc)
{
	int error = mtp_record_load_key(&dc->key, &dc->account->store, dc->id);

	dc->has_key = !error;
	return error == MTPROTO_ERR_NOT_FOUND ? 0 : error;
}

struct mtp_account_dc *mtp_account_dc(struct mtproto_account *account, int32_t id)
{
	struct mtp_account_dc *dc = id == 0 ? account->home : find(account, id);
	struct mtp_account_dc *base = NULL;

	if (dc)
		return dc;
	if (id < 0) {
		base = mtp_account_dc(account, -id);
		if (!base)
			return NULL;
	}
	dc = calloc(1, sizeof(*dc));
	if (!dc)
		return NULL;
	dc->account = account;
	dc->id = id;
	dc->base = base ? base : dc;
	mtp_list_init(&dc->waiting);
	mtp_list_init(&dc->sent);
	dc->load_error = base ? 0 : load_key(dc);
	mtp_list_append(&account->dcs, &dc->node);
	return dc;
}

/* ---- Keys ---- */

void mtp_account_dc_save(struct mtp_account_dc *dc)
{
	struct mtproto_connection_info info;

	if (dc->client && dc->was_ready && dc->base == dc) {
		mtproto_client_get_info(dc->client, &info);
		dc->key.auth_key = info.auth_key;
		dc->key.server_salt = info.server_salt;
		dc->key.time_offset_ns = info.time_offset_ns;
		dc->has_key = true;
		mtproto_wipe(&info, sizeof(info));
	}
	if (dc->has_key)
		mtp_account_flush(dc->account, mtp_record_save_key(&dc->account->store, dc->id, &dc->key));
}

static void forget_key(struct mtp_account_dc *dc)
{
	mtproto_wipe(&dc->key, sizeof(dc->key));
	dc->has_key = false;
}

int mtp_account_dc_retire_key(struct mtp_account_dc *dc)
{
	struct mtproto_account *account = dc->account;
	struct mtp_account_dc *media = find(account, -dc->id);
	int error = mtp_record_retire_key(&account->store, dc->id, &dc->key);

	if (!error)
		error = mtproto_store_flush(&account->store);
	if (error)
		return error;
	if (media)
		mtp_account_dc_disconnect(media);
	mtp_account_dc_disconnect(dc);
	forget_key(dc);
	dc->suspect = false;
	return 0;
}

/* ---- What its client tells ---- */

static void on_ready(struct mtproto_client *client, void *user)
{
	struct mtp_account_dc *dc = user;
	struct mtproto_account *account = dc->account;

	(void)client;
	dc->was_ready = true;
	mtp_account_dc_save(dc); /* before anything is done with the key */
	if (dc == account->home) {
		mtp_account_refresh_config(account);
		mtp_account_connect_updates(account);
		mtp_account_note_ready(account);
	}
	mtp_account_advance_all(account);
}

static void on_update(struct mtproto_client *client, struct mtproto_span body, void *user)
{
	struct mtp_account_dc *dc = user;
	struct mtproto_account *account = dc->account;

	(void)client;
	if (dc != account->home)
		return;
	if (mtp_account_takes_updates(account))
		mtp_account_push(account, body);
	else if (account->config.on_update)
		account->config.on_update(account, body, account->config.user);
}

/* Its own doing may be undone by the server, so the home key is the program's to give up. */
static void on_suspect(struct mtp_account_dc *dc)
{
	struct mtproto_account *account = dc->account;
	int error;

	if (dc->base == account->home) {
		if (!account->config.on_suspect)
			return;
		dc->suspect = true;
		mtproto_client_hold(dc->client);
		account->config.on_suspect(account, dc->base->key.auth_key.id, account->config.user);
		return;
	}
	error = mtp_account_dc_retire_key(dc->base);
	if (error)
		mtp_account_flush(account, error);
	else
		mtp_account_advance_all(account);
}

static void on_home_event(struct mtproto_account *account, const struct mtproto_event *event)
{
	if (event->type == MTPROTO_EVENT_READY) {
		mtp_account_refresh_config(account);
		mtp_account_connect_updates(account);
	} else if (event->type == MTPROTO_EVENT_NEW_SESSION) {
		mtp_account_note_new_session(account);
	} else if (event->type == MTPROTO_EVENT_REFUSED) {
		mtp_account_note_refused(account);
	}
}

static void on_event(struct mtproto_client *client, const struct mtproto_event *event, void *user)
{
	struct mtp_account_dc *dc = user;
	const struct mtproto_account_config *config = &dc->account->config;

	if (event->trace && config->on_trace)
		config->on_trace(dc->account, dc->id, event, config->user);
	if (client != dc->client)
		return;
	if (event->type == MTPROTO_EVENT_SUSPECT)
		on_suspect(dc);
	else if (dc == dc->account->home)
		on_home_event(dc->account, event);
}

static const char *choose_address(struct mtproto_client *client, void *user)
{
	struct mtp_account_dc *dc = user;

	(void)client;
	return mtp_account_next_address(dc) ? dc->address : NULL;
}

static void on_reconnect(struct mtproto_client *client, int error, const char *reason, uint64_t delay_ns, void *user)
{
	struct mtp_account_dc *dc = user;
	const struct mtproto_account_config *config = &dc->account->config;

	(void)client;
	if (config->on_reconnect)
		config->on_reconnect(dc->account, dc->id, error, reason, delay_ns, config->user);
}

/* Its calls have failed with the error; what waits for it does so now. */
static void on_end(struct mtproto_client *client, int error, const char *reason, void *user)
{
	struct mtp_account_dc *dc = user;
	const struct mtproto_account_config *config = &dc->account->config;

	(void)client;
	mtp_account_dc_disconnect(dc);
	mtp_account_forget_cdn_key(dc); /* another key may be its own by now */
	mtp_account_fail_waiting(dc, error);
	if (config->on_failed)
		config->on_failed(dc->account, dc->id, error, reason, config->user);
}

static void on_closed(struct mtproto_client *client, void *user)
{
	struct mtp_account_dc *dc = user;

	(void)client;
	mtp_account_handle_closed(dc->account);
}

/* ---- Its client ---- */

static void configure(struct mtp_account_dc *dc, struct mtproto_client_config *config)
{
	const struct mtproto_account_config *settings = &dc->account->config;
	int32_t dc_id = mtproto_handshake_dc(dc->base->id, settings->test, dc->id < 0);

	mtproto_client_config_init(config);
	config->uv = dc->account->uv;
	config->address = dc->address;
	config->connect_timeout_ns = settings->connect_timeout_ns;
	config->link = settings->link;
	config->link.dc = (int16_t)dc_id;
	config->connection = settings->connection;
	config->connection.dc = dc_id;
	config->connection.auth_key = dc->base->has_key ? &dc->base->key.auth_key : NULL;
	config->connection.server_salt = dc->base->key.server_salt;
	config->connection.time_offset_ns = dc->base->key.time_offset_ns;
	if (dc->cdn_pem) {
		config->connection.rsa_pem = dc->cdn_pem;
		config->connection.rsa_pem_len = strlen(dc->cdn_pem);
	}
	config->choose_address = choose_address;
	config->reconnect_enabled = settings->reconnect_enabled;
	config->reconnect = settings->reconnect;
	config->on_ready = on_ready;
	config->on_update = on_update;
	config->on_event = on_event;
	config->on_reconnect = on_reconnect;
	config->on_close = on_end;
	config->user = dc;
}

int mtp_account_dc_connect(struct mtp_account_dc *dc)
{
	struct mtproto_client_config config;
	int error = dc->base->load_error;

	if (error)
		return error;
	dc->attempts = 0;
	if (!mtp_account_next_address(dc))
		return MTPROTO_ERR_NOT_FOUND;
	configure(dc, &config);
	error = mtproto_client_connect(&dc->client, &config);
	if (error) {
		dc->client = NULL;
		return error;
	}
	dc->was_ready = false;
	dc->account->handles++;
	dc->used_ns = mtproto_uv_now().mono_ns;
	mtp_account_wake(dc->account, dc->used_ns + dc->account->config.idle_ns);
	return 0;
}

void mtp_account_dc_disconnect(struct mtp_account_dc *dc)
{
	struct mtproto_client *client = dc->client;

	if (!client)
		return;
	mtp_account_dc_save(dc); /* the salt and the clock */
	dc->client = NULL;
	mtproto_client_close(client, on_closed);
}

/* ---- What has to be done before calls ---- */

bool mtp_account_dc_is_open(const struct mtp_account_dc *dc)
{
	return dc->client && !mtp_account_needs_import(dc);
}

/* Media is reached with the key of the data centre itself, which has to be made, and signed in, there. */
static bool base_is_ready(struct mtp_account_dc *base)
{
	if (base->has_key && !mtp_account_needs_import(base))
		return true;
	mtp_account_dc_advance(base);
	return false;
}

/* The library's own addresses may be out of date: one that is connected is asked first, if there is one. */
static bool address_is_known(struct mtp_account_dc *dc)
{
	struct mtproto_account *account = dc->account;

	if (dc->client || account->config_known || mtp_account_is_pinned(dc))
		return true;
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node)) {
		struct mtp_account_dc *other = MTP_OF(node, struct mtp_account_dc, node);

		if (other->client && other->base == other) {
			mtp_account_ask_config(other);
			return false;
		}
	}
	return true;
}

void mtp_account_dc_advance(struct mtp_account_dc *dc)
{
	int error;

	if (dc->account->closing || !address_is_known(dc) || (dc->base != dc && !base_is_ready(dc->base)))
		return;
	if (!dc->cdn_pem && mtp_account_is_cdn(dc)) {
		mtp_account_ask_cdn_key(dc);
		return;
	}
	error = dc->client ? 0 : mtp_account_dc_connect(dc);
	if (error) {
		mtp_account_forget_cdn_key(dc); /* perhaps it is what can't be used */
		mtp_account_fail_waiting(dc, error);
	} else if (mtp_account_needs_import(dc)) {
		mtp_account_import(dc);
	} else {
		mtp_account_send_waiting(dc);
	}
}

void mtp_account_advance_all(struct mtproto_account *account)
{
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node)) {
		struct mtp_account_dc *dc = MTP_OF(node, struct mtp_account_dc, node);

		if (!mtp_list_empty(&dc->waiting))
			mtp_account_dc_advance(dc);
	}
}
