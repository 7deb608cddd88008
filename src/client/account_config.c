/* Where the data centres are: what the program says, else help.getConfig, else what the store or the library knows.
 * Source: core.telegram.org/method/help.getConfig. */
#include "client/account.h"

#include <mtproto/tl.h>

#include <stdio.h>
#include <string.h>

#define GET_CONFIG    0xc4f9186bu
#define NS_PER_SECOND UINT64_C(1000000000)

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
