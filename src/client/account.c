#include "client/account.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_MS          1000000u
#define CONNECT_TIMEOUT_NS UINT64_C(10000000000)
#define IDLE_NS            UINT64_C(60000000000)
#define FLOOD_WAIT_MAX_S   30
#define FLUSH_NS           UINT64_C(250000000)

void mtproto_account_config_init(struct mtproto_account_config *config)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->dc = MTPROTO_DC_DEFAULT;
	config->connect_timeout_ns = CONNECT_TIMEOUT_NS;
	config->reconnect_enabled = true;
	mtproto_reconnect_init(&config->reconnect);
	mtproto_link_config_init(&config->link);
	mtproto_connection_config_init(&config->connection);
	mtproto_updates_config_init(&config->updates);
	config->idle_ns = IDLE_NS;
	config->flood_wait_max_s = FLOOD_WAIT_MAX_S;
}

/* ---- What it keeps ---- */

void mtp_account_flush(struct mtproto_account *account, int error)
{
	if (!error)
		error = mtproto_store_flush(&account->store);
	if (!error)
		account->unsaved_ns = 0;
	if (error && account->config.on_store_error)
		account->config.on_store_error(account, error, account->config.user);
}

void mtp_account_save(struct mtproto_account *account)
{
	mtp_account_flush(account, mtp_record_save_account(&account->store, &account->record));
}

void mtp_account_set_home(struct mtproto_account *account, struct mtp_account_dc *dc)
{
	if (dc == account->home)
		return;
	account->home->used_ns = mtproto_uv_now().mono_ns;
	mtp_account_wake(account, account->home->used_ns + account->config.idle_ns);
	account->home = dc;
	account->record.home = dc->id;
	mtp_account_save(account);
	if (account->config.on_home)
		account->config.on_home(account, dc->id, account->config.user);
}

void mtp_account_note_ready(struct mtproto_account *account)
{
	if (account->was_ready)
		return;
	account->was_ready = true;
	if (account->config.on_ready)
		account->config.on_ready(account, account->config.user);
}

/* ---- The end ---- */

static void free_dcs(struct mtproto_account *account)
{
	struct mtp_node *node;

	while ((node = mtp_list_pop(&account->dcs))) {
		struct mtp_account_dc *dc = MTP_OF(node, struct mtp_account_dc, node);

		mtp_account_forget_cdn_key(dc);
		mtproto_wipe(dc, sizeof(*dc));
		free(dc);
	}
}

static void discard(struct mtproto_account *account)
{
	free_dcs(account);
	mtp_client_calls_fini(&account->calls);
	mtproto_updates_free(account->updates);
	mtproto_dc_table_free(account->table);
	if (account->store_is_own)
		mtproto_store_close(&account->store);
	free(account->pinned);
	for (size_t i = 0; i < MTP_ACCOUNT_TEXTS; i++)
		free(account->texts[i]);
	mtproto_wipe(account, sizeof(*account));
	free(account);
}

static void release(void *user)
{
	struct mtproto_account *account = user;

	if (account->on_closed)
		account->on_closed(account, account->config.user);
	discard(account);
}

void mtp_account_handle_closed(struct mtproto_account *account)
{
	if (--account->handles > 0)
		return;
	if (account->driver_is_own)
		mtproto_uv_close(account->uv, release, account);
	else
		release(account);
}

static void on_timer_closed(uv_handle_t *timer)
{
	mtp_account_handle_closed(timer->data);
}

void mtproto_account_close(struct mtproto_account *account,
			   void (*on_closed)(struct mtproto_account *account, void *user))
{
	if (!account || account->closing)
		return;
	account->closing = true;
	account->on_closed = on_closed;
	if (account->unsaved_ns)
		mtp_account_flush(account, 0);
	mtp_account_fail_all(account, MTPROTO_ERR_CLOSED);
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node))
		mtp_account_dc_disconnect(MTP_OF(node, struct mtp_account_dc, node));
	mtp_account_wake(account, 0);
}

/* ---- The timer ---- */

static bool is_idle(const struct mtp_account_dc *dc)
{
	return dc->client && dc->base != dc->account->home && !dc->importing && mtp_list_empty(&dc->waiting) &&
	       mtp_list_empty(&dc->sent);
}

/* Returns when the next data centre will have been idle for too long. */
static uint64_t close_idle(struct mtproto_account *account, uint64_t now)
{
	uint64_t next_ns = MTPROTO_NEVER;

	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node)) {
		struct mtp_account_dc *dc = MTP_OF(node, struct mtp_account_dc, node);
		uint64_t end_ns = dc->used_ns + account->config.idle_ns;

		if (!is_idle(dc))
			continue;
		if (end_ns <= now)
			mtp_account_dc_disconnect(dc);
		else
			next_ns = end_ns < next_ns ? end_ns : next_ns;
	}
	return next_ns;
}

/* States change with every update: they are brought to the disk together. */
static void flush_in_time(struct mtproto_account *account, uint64_t now)
{
	if (account->unsaved_ns && account->unsaved_ns + FLUSH_NS <= now)
		mtp_account_flush(account, 0);
	else if (account->unsaved_ns)
		mtp_account_wake(account, account->unsaved_ns + FLUSH_NS);
}

static void on_timer(uv_timer_t *timer)
{
	struct mtproto_account *account = timer->data;
	uint64_t now = mtproto_uv_now().mono_ns;
	uint64_t next_ns;

	account->timer_ns = MTPROTO_NEVER;
	next_ns = mtp_account_run_calls(account, now);
	if (account->closing && mtp_list_empty(&account->failing)) {
		uv_close((uv_handle_t *)timer, on_timer_closed);
		return;
	}
	mtp_account_wake(account, next_ns);
	mtp_account_wake(account, mtp_account_run_updates(account));
	mtp_account_wake(account, close_idle(account, now));
	flush_in_time(account, now);
}

void mtp_account_wake(struct mtproto_account *account, uint64_t at_ns)
{
	uint64_t now = mtproto_uv_now().mono_ns;

	if (at_ns >= account->timer_ns || uv_is_closing((uv_handle_t *)&account->timer))
		return;
	account->timer_ns = at_ns;
	(void)uv_timer_start(&account->timer, on_timer, at_ns > now ? (at_ns - now) / NS_PER_MS + 1 : 0, 0);
}

/* ---- Making one ---- */

static int keep_text(struct mtproto_account *account, size_t *count, const char **text, size_t len)
{
	char *copy = *text ? malloc(len + 1) : NULL;

	if (!*text)
		return 0;
	if (!copy)
		return MTPROTO_ERR_MEMORY;
	memcpy(copy, *text, len);
	copy[len] = '\0';
	account->texts[(*count)++] = copy;
	*text = copy;
	return 0;
}

static int keep_texts(struct mtproto_account *account)
{
	struct mtproto_connection_config *connection = &account->config.connection;
	const char **texts[] = {&connection->device_model,     &connection->system_version, &connection->app_version,
				&connection->system_lang_code, &connection->lang_pack,      &connection->lang_code};
	size_t count = 0;
	int error = keep_text(account, &count, &connection->rsa_pem, connection->rsa_pem_len);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !error; i++)
		error = keep_text(account, &count, texts[i], *texts[i] ? strlen(*texts[i]) : 0);
	return error;
}

/* What config points to and later clients need. */
static int keep_config(struct mtproto_account *account, const struct mtproto_account_config *config)
{
	size_t size = config->dc_option_count * sizeof(*config->dc_options);

	account->config = *config;
	if (config->link.secret) {
		memcpy(account->secret, config->link.secret, sizeof(account->secret));
		account->config.link.secret = account->secret;
	}
	if (size) {
		account->pinned = malloc(size);
		if (!account->pinned)
			return MTPROTO_ERR_MEMORY;
		memcpy(account->pinned, config->dc_options, size);
	}
	return keep_texts(account);
}

/* A session belongs to the application that signed it in: servers want to hear of it each time. */
static void remember_api_id(struct mtproto_account *account)
{
	int32_t *api_id = &account->config.connection.api_id;

	if (*api_id)
		account->record.api_id = (uint32_t)*api_id;
	else
		*api_id = (int32_t)account->record.api_id;
}

static int open_store(struct mtproto_account *account, const struct mtproto_account_config *config)
{
	int error = 0;

	account->store_is_own = !config->store;
	if (config->store)
		account->store = *config->store;
	else
		error = mtproto_store_open_memory(&account->store, NULL, 0);
	if (error)
		return error;
	error = mtp_record_load_account(&account->record, &account->store);
	if (error && error != MTPROTO_ERR_NOT_FOUND)
		return error;
	if (!error && account->record.test != config->test)
		return MTPROTO_ERR_ARGUMENT;
	if (error) {
		account->record.home = config->dc;
		account->record.test = config->test;
	}
	remember_api_id(account);
	return mtp_record_save_account(&account->store, &account->record);
}

static int start(struct mtproto_account *account)
{
	int error = mtp_account_load_table(account);

	if (!error && account->config.on_updates)
		error = mtp_account_open_updates(account);
	if (error)
		return error;
	account->home = mtp_account_dc(account, account->record.home);
	return account->home ? mtp_account_dc_connect(account->home) : MTPROTO_ERR_MEMORY;
}

static int check_config(const struct mtproto_account_config *config)
{
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	return !config->loop == !config->uv || config->dc <= 0 ? MTPROTO_ERR_ARGUMENT : 0;
}

/* The timer can't fail to be made; from then on only closing it ends the account. */
static int open_driver(struct mtproto_account *account, const struct mtproto_account_config *config)
{
	int error = 0;

	account->uv = config->uv;
	account->driver_is_own = !config->uv;
	if (account->driver_is_own)
		error = mtproto_uv_new(&account->uv, config->loop, config->context, NULL, NULL);
	return error;
}

int mtproto_account_open(struct mtproto_account **out, const struct mtproto_account_config *config)
{
	struct mtproto_account *account;
	int error = check_config(config);

	*out = NULL;
	if (error)
		return error;
	account = calloc(1, sizeof(*account));
	if (!account)
		return MTPROTO_ERR_MEMORY;
	mtp_list_init(&account->dcs);
	mtp_list_init(&account->delayed);
	mtp_list_init(&account->failing);
	account->timer_ns = MTPROTO_NEVER;
	error = keep_config(account, config);
	if (!error)
		error = open_store(account, config);
	if (!error)
		error = open_driver(account, config);
	if (error) {
		discard(account);
		return error;
	}
	(void)uv_timer_init(mtproto_uv_loop(account->uv), &account->timer);
	account->timer.data = account;
	account->handles = 1;
	error = start(account);
	if (error) {
		mtproto_account_close(account, NULL);
		return error;
	}
	*out = account;
	return 0;
}

/* ---- A key that home does not know ---- */

int mtproto_account_retry(struct mtproto_account *account)
{
	int error = MTPROTO_ERR_STATE;

	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node)) {
		struct mtp_account_dc *dc = MTP_OF(node, struct mtp_account_dc, node);

		if (!dc->suspect || account->closing)
			continue;
		dc->suspect = false;
		error = mtproto_client_resume(dc->client);
		if (error)
			return error;
	}
	return error;
}

static bool is_suspect(const struct mtproto_account *account)
{
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node))
		if (MTP_OF(node, struct mtp_account_dc, node)->suspect)
			return true;
	return false;
}

int mtproto_account_replace_key(struct mtproto_account *account)
{
	int error =
		account->closing || !is_suspect(account) ? MTPROTO_ERR_STATE : mtp_account_dc_retire_key(account->home);

	if (error)
		return error;
	if (account->record.authority == account->home->id)
		mtp_account_sign_out(account);
	return mtp_account_dc_connect(account->home);
}

/* ---- Looking at it ---- */

void mtproto_account_get_info(const struct mtproto_account *account, struct mtproto_account_info *info)
{
	memset(info, 0, sizeof(*info));
	info->dc = account->record.home;
	info->test = account->record.test;
	info->signed_in = account->record.authority != 0;
	info->bot = account->record.bot;
	info->user_id = account->record.user_id;
	info->pending_calls = account->calls.count;
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node))
		info->connections += MTP_OF(node, struct mtp_account_dc, node)->client != NULL;
}

const struct mtproto_client *mtproto_account_client(const struct mtproto_account *account, int32_t dc)
{
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node)) {
		const struct mtp_account_dc *each = MTP_OF(node, struct mtp_account_dc, node);

		if (each->id == (dc ? dc : account->record.home))
			return each->client;
	}
	return NULL;
}

const struct mtproto_dc_table *mtproto_account_dc_table(const struct mtproto_account *account)
{
	return account->table;
}

void *mtproto_account_user(const struct mtproto_account *account)
{
	return account->config.user;
}
