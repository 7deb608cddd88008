/* Where the data centres are: what the program says, else help.getConfig, else what the store or the library knows.
 * Source: core.telegram.org/method/help.getConfig. */
#include "client/account.h"

#include <mtproto/tl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET_CONFIG     0xc4f9186bu
#define GET_CDN_CONFIG 0x52029342u
#define CDN_CONFIG     0x5725e40au
#define CDN_PUBLIC_KEY 0xc982eabau
#define NS_PER_SECOND  UINT64_C(1000000000)

/* id, dc_id, an empty key */
#define CDN_PUBLIC_KEY_SIZE_MIN 12

/* MTPROTO_STORE_DC */
#define ID_CONFIG 1

/* Addresses of one data centre that are tried; each on all its ports. */
#define OPTIONS_MAX 16

/* ---- The table ---- */

static void clear(struct mtproto_dc_table *table)
{
	const struct mtproto_dc_option *first;

	while ((first = mtproto_dc_table_at(table, 0)))
		(void)mtproto_dc_table_remove(table, first->id);
}

static int pin(struct mtproto_account *account)
{
	int error = 0;

	for (size_t i = 0; i < account->config.dc_option_count; i++)
		(void)mtproto_dc_table_remove(account->table, account->pinned[i].id);
	for (size_t i = 0; i < account->config.dc_option_count && !error; i++)
		error = mtproto_dc_table_add(account->table, &account->pinned[i]);
	return error;
}

/* Who has addresses of its own does not talk to Telegram: then the library's are not used. */
int mtp_account_load_table(struct mtproto_account *account)
{
	struct mtproto_span config;
	int error = mtproto_dc_table_new(&account->table, NULL, account->config.test);

	if (error)
		return error;
	error = mtp_record_has_addresses(&account->store) ? 0 : MTPROTO_ERR_NOT_FOUND;
	if (!error || account->config.dc_option_count)
		clear(account->table);
	if (!error)
		error = mtp_record_load_addresses(account->table, &account->store);
	if (error && error != MTPROTO_ERR_NOT_FOUND)
		return error;
	error = mtproto_store_load(&account->store, MTPROTO_STORE_DC, ID_CONFIG, &config);
	if (!error)
		error = mtproto_dc_table_update(account->table, config.data, config.len, &account->dc_config);
	account->config_known = !error;
	if (error && error != MTPROTO_ERR_NOT_FOUND)
		return MTPROTO_ERR_STATE_FORMAT;
	return pin(account);
}

bool mtp_account_is_pinned(const struct mtp_account_dc *dc)
{
	for (size_t i = 0; i < dc->account->config.dc_option_count; i++)
		if (dc->account->pinned[i].id == dc->base->id)
			return true;
	return false;
}

/* ---- help.getConfig ---- */

static void take_config(struct mtproto_account *account, struct mtproto_span body)
{
	int error = mtproto_dc_table_update(account->table, body.data, body.len, &account->dc_config);

	if (error)
		return; /* the old addresses stay; a config of the other environment is none of ours */
	(void)pin(account);
	mtp_account_flush(account,
			  mtproto_store_save(&account->store, MTPROTO_STORE_DC, ID_CONFIG, body.data, body.len));
}

static void on_config(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	(void)user;
	account->config_asked = false;
	account->config_known = true; /* as well as it will be */
	if (account->closing)
		return;
	if (answer->type == MTPROTO_EVENT_RESULT)
		take_config(account, answer->body);
	mtp_account_advance_all(account);
}

void mtp_account_ask_config(struct mtp_account_dc *dc)
{
	struct mtproto_account *account = dc->account;
	struct mtproto_tl_writer w;
	uint8_t body[4];

	if (account->config_asked)
		return;
	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, GET_CONFIG);
	account->config_asked = mtp_account_call_own(dc, true, body, w.len, on_config, NULL) == 0;
}

void mtp_account_refresh_config(struct mtproto_account *account)
{
	if (!account->config_known || account->dc_config.expires <= mtproto_uv_now().wall_ns / NS_PER_SECOND)
		mtp_account_ask_config(account->home);
}

/* ---- CDNs: strangers, whose keys home vouches for. Source: core.telegram.org/cdn. ---- */

bool mtp_account_is_cdn(const struct mtp_account_dc *dc)
{
	const struct mtproto_dc_query plain = {.id = dc->id, .obfuscated = true};
	const struct mtproto_dc_query cdn = {.id = dc->id, .obfuscated = true, .cdn = true};
	const struct mtproto_dc_table *table = dc->account->table;

	return mtproto_dc_table_find(NULL, 0, table, &plain) == 0 && mtproto_dc_table_find(NULL, 0, table, &cdn) > 0;
}

/* The first key of the data centre in a CdnConfig; NULL when there is none. */
static char *find_cdn_key(int32_t dc, struct mtproto_span config)
{
	struct mtproto_tl_reader r;
	uint32_t count;

	mtproto_tl_reader_init(&r, config.data, config.len);
	mtproto_tl_read_id(&r, CDN_CONFIG);
	count = mtproto_tl_read_vector(&r, CDN_PUBLIC_KEY_SIZE_MIN);
	for (uint32_t i = 0; i < count && !r.error; i++) {
		struct mtproto_span key;
		int32_t id;

		mtproto_tl_read_id(&r, CDN_PUBLIC_KEY);
		id = mtproto_tl_read_int(&r);
		key = mtproto_tl_read_bytes(&r);
		if (id == dc && !r.error)
			return strndup((const char *)key.data, key.len);
	}
	return NULL;
}

void mtp_account_forget_cdn_key(struct mtp_account_dc *dc)
{
	free(dc->cdn_pem);
	dc->cdn_pem = NULL;
}

static void on_cdn_config(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	const struct mtproto_answer unknown = {
		.type = MTPROTO_EVENT_CALL_FAILED, .error = MTPROTO_ERR_RSA_KEY_UNKNOWN, .fate = MTPROTO_FATE_NOT_SENT};
	struct mtp_account_dc *dc = user;

	dc->cdn_asking = false;
	if (account->closing)
		return;
	if (answer->type == MTPROTO_EVENT_RESULT)
		dc->cdn_pem = find_cdn_key(dc->id, answer->body);
	if (dc->cdn_pem)
		mtp_account_dc_advance(dc);
	else
		mtp_account_settle_waiting(dc, answer->type == MTPROTO_EVENT_RESULT ? &unknown : answer);
}

void mtp_account_ask_cdn_key(struct mtp_account_dc *dc)
{
	struct mtproto_tl_writer w;
	uint8_t body[4];

	if (dc->cdn_asking)
		return;
	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, GET_CDN_CONFIG);
	dc->cdn_asking = true;
	if (mtp_account_call_own(dc->account->home, false, body, w.len, on_cdn_config, dc) == 0)
		return;
	dc->cdn_asking = false;
	mtp_account_fail_waiting(dc, MTPROTO_ERR_MEMORY);
}

/* ---- Addresses ---- */

static void write_address(struct mtp_account_dc *dc, const struct mtproto_dc_option *option, uint16_t port)
{
	(void)snprintf(dc->address, sizeof(dc->address), option->flags & MTPROTO_DC_IPV6 ? "[%s]:%u" : "%s:%u",
		       option->address, (unsigned)port);
}

/* Goes round all addresses on their first port, then on the second, and so on. */
bool mtp_account_next_address(struct mtp_account_dc *dc)
{
	const struct mtproto_account_config *config = &dc->account->config;
	const struct mtproto_dc_query query = {.id = dc->base->id,
					       .family = config->family,
					       .media = dc->id < 0,
					       .cdn = mtp_account_is_cdn(dc),
					       .obfuscated = config->link.obfuscated};
	const struct mtproto_dc_option *options[OPTIONS_MAX];
	size_t found = mtproto_dc_table_find(options, OPTIONS_MAX, dc->account->table, &query);
	size_t count = 0;

	if (found > OPTIONS_MAX)
		found = OPTIONS_MAX;
	for (size_t i = 0; i < found; i++) /* those with a secret of their own are for proxies */
		if (!(options[i]->flags & MTPROTO_DC_SECRET))
			options[count++] = options[i];
	if (count == 0)
		return false;
	for (size_t tries = 0; tries < count * MTPROTO_DC_PORTS_MAX; tries++) {
		size_t number = dc->attempts++ % (count * MTPROTO_DC_PORTS_MAX);
		uint16_t ports[MTPROTO_DC_PORTS_MAX];

		if (number / count < mtproto_dc_option_ports(ports, options[number % count])) {
			write_address(dc, options[number % count], ports[number / count]);
			return true;
		}
	}
	return false;
}
