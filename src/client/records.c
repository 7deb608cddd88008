#include "client/records.h"

#include <mtproto/session_store.h>
#include <mtproto/tl.h>

#include <string.h>

#define VERSION 1

/* MTPROTO_STORE_CLIENT */
#define ID_ACCOUNT 1

/* MTPROTO_STORE_DC, besides the config */
#define ID_ADDRESSES 2

enum { ACCOUNT_TEST = 1, ACCOUNT_BOT = 2 };
enum { KEY_AUTHORISED = 1 };

#define RECORD_SIZE_MAX 1024

#define DC_OPTION          0x18b7a10du
#define DC_OPTION_SIZE_MIN 20

/* ---- Reading and writing any of them ---- */

/* The record's bytes after their version. */
static int open_record(struct mtproto_tl_reader *r, const struct mtproto_store *store, uint32_t kind, int64_t id)
{
	struct mtproto_span data;
	int error = mtproto_store_load(store, kind, id, &data);
	uint32_t version;

	if (error)
		return error;
	mtproto_tl_reader_init(r, data.data, data.len);
	version = mtproto_tl_read_u32(r);
	if (r->error || version == 0)
		return MTPROTO_ERR_STATE_FORMAT;
	return version > VERSION ? MTPROTO_ERR_STATE_VERSION : 0;
}

static int close_record(const struct mtproto_tl_reader *r)
{
	return mtproto_tl_reader_end(r) ? MTPROTO_ERR_STATE_FORMAT : 0;
}

static void begin_record(struct mtproto_tl_writer *w, uint8_t out[RECORD_SIZE_MAX])
{
	mtproto_tl_writer_init(w, out, RECORD_SIZE_MAX);
	mtproto_tl_write_u32(w, VERSION);
}

static int save_record(const struct mtproto_store *store, uint32_t kind, int64_t id, struct mtproto_tl_writer *w,
		       uint8_t out[RECORD_SIZE_MAX])
{
	int error = mtproto_tl_writer_end(w);

	if (!error)
		error = mtproto_store_save(store, kind, id, out, w->len);
	mtproto_wipe(out, RECORD_SIZE_MAX);
	return error;
}

/* ---- The account ---- */

int mtp_record_load_account(struct mtp_account_record *out, const struct mtproto_store *store)
{
	struct mtproto_tl_reader r;
	int error = open_record(&r, store, MTPROTO_STORE_CLIENT, ID_ACCOUNT);
	uint32_t flags;

	memset(out, 0, sizeof(*out));
	if (error)
		return error;
	flags = mtproto_tl_read_u32(&r);
	out->test = flags & ACCOUNT_TEST;
	out->bot = flags & ACCOUNT_BOT;
	out->home = mtproto_tl_read_int(&r);
	out->authority = mtproto_tl_read_int(&r);
	out->user_id = (int64_t)mtproto_tl_read_long(&r);
	out->api_id = mtproto_tl_read_u32(&r);
	error = close_record(&r);
	if (!error && (out->home <= 0 || out->authority < 0))
		error = MTPROTO_ERR_STATE_FORMAT;
	if (error)
		memset(out, 0, sizeof(*out));
	return error;
}

int mtp_record_save_account(const struct mtproto_store *store, const struct mtp_account_record *record)
{
	uint8_t out[RECORD_SIZE_MAX];
	struct mtproto_tl_writer w;

	begin_record(&w, out);
	mtproto_tl_write_u32(&w, (record->test ? ACCOUNT_TEST : 0) | (record->bot ? ACCOUNT_BOT : 0));
	mtproto_tl_write_int(&w, record->home);
	mtproto_tl_write_int(&w, record->authority);
	mtproto_tl_write_long(&w, (uint64_t)record->user_id);
	mtproto_tl_write_u32(&w, record->api_id);
	return save_record(store, MTPROTO_STORE_CLIENT, ID_ACCOUNT, &w, out);
}

/* ---- Keys ---- */

int mtp_record_load_key(struct mtp_key_record *out, const struct mtproto_store *store, int32_t dc)
{
	struct mtproto_tl_reader r;
	int error = open_record(&r, store, MTPROTO_STORE_AUTH_KEY, dc);

	memset(out, 0, sizeof(*out));
	if (error)
		return error;
	out->authorised = mtproto_tl_read_u32(&r) & KEY_AUTHORISED;
	mtproto_tl_read_raw(&r, out->auth_key.data, sizeof(out->auth_key.data));
	out->auth_key.id = mtproto_auth_key_id(out->auth_key.data);
	out->server_salt = mtproto_tl_read_long(&r);
	out->time_offset_ns = (int64_t)mtproto_tl_read_long(&r);
	error = close_record(&r);
	if (error)
		mtproto_wipe(out, sizeof(*out));
	return error;
}

static int save_key(const struct mtproto_store *store, uint32_t kind, int64_t id, const struct mtp_key_record *record)
{
	uint8_t out[RECORD_SIZE_MAX];
	struct mtproto_tl_writer w;

	begin_record(&w, out);
	mtproto_tl_write_u32(&w, record->authorised ? KEY_AUTHORISED : 0);
	mtproto_tl_write_raw(&w, record->auth_key.data, sizeof(record->auth_key.data));
	mtproto_tl_write_long(&w, record->server_salt);
	mtproto_tl_write_long(&w, (uint64_t)record->time_offset_ns);
	return save_record(store, kind, id, &w, out);
}

int mtp_record_save_key(const struct mtproto_store *store, int32_t dc, const struct mtp_key_record *record)
{
	return save_key(store, MTPROTO_STORE_AUTH_KEY, dc, record);
}

int mtp_record_retire_key(const struct mtproto_store *store, int32_t dc, const struct mtp_key_record *record)
{
	int error = save_key(store, MTPROTO_STORE_RETIRED_KEY, (int64_t)record->auth_key.id, record);

	if (!error)
		error = mtproto_store_remove(store, MTPROTO_STORE_AUTH_KEY, dc);
	return error;
}

/* ---- Updates ---- */

/* There is no id 0. */
#define ID_ACCOUNT_STATE (-1)

int mtp_record_save_state(const struct mtproto_store *store, const struct mtproto_update_state *state)
{
	uint8_t out[MTPROTO_UPDATE_STATE_SIZE];

	mtproto_update_state_export(out, state);
	return mtproto_store_save(store, MTPROTO_STORE_UPDATES,
				  state->channel_id ? state->channel_id : ID_ACCOUNT_STATE, out, sizeof(out));
}

int mtp_record_load_access_hash(int64_t *out, const struct mtproto_store *store, int64_t channel_id)
{
	struct mtproto_tl_reader r;
	int error = open_record(&r, store, MTPROTO_STORE_ACCESS_HASH, channel_id);

	*out = 0;
	if (error)
		return error;
	*out = (int64_t)mtproto_tl_read_long(&r);
	return close_record(&r);
}

int mtp_record_save_access_hash(const struct mtproto_store *store, int64_t channel_id, int64_t access_hash)
{
	uint8_t out[RECORD_SIZE_MAX];
	struct mtproto_tl_writer w;

	begin_record(&w, out);
	mtproto_tl_write_long(&w, (uint64_t)access_hash);
	return save_record(store, MTPROTO_STORE_ACCESS_HASH, channel_id, &w, out);
}

static int take_id(void *visitor, int64_t id, struct mtproto_span data)
{
	(void)data;
	*(int64_t *)visitor = id;
	return 1;
}

/* A store must not be changed while it shows its entries. */
int mtp_record_remove_kind(const struct mtproto_store *store, uint32_t kind)
{
	int64_t id;
	int result;

	while ((result = mtproto_store_each(store, kind, take_id, &id)) == 1) {
		result = mtproto_store_remove(store, kind, id);
		if (result)
			break;
	}
	return result;
}

/* ---- Addresses: a Vector of dcOption ---- */

static void read_address(struct mtproto_dc_option *out, struct mtproto_tl_reader *r)
{
	struct mtproto_span address;
	int32_t port;

	memset(out, 0, sizeof(*out));
	mtproto_tl_read_id(r, DC_OPTION);
	out->flags = mtproto_tl_read_u32(r);
	out->id = mtproto_tl_read_int(r);
	address = mtproto_tl_read_bytes(r);
	port = mtproto_tl_read_int(r);
	if (r->error || address.len >= sizeof(out->address) || port <= 0 || port > UINT16_MAX) {
		mtproto_tl_reader_fail(r, MTPROTO_ERR_STATE_FORMAT);
		return;
	}
	memcpy(out->address, address.data, address.len);
	out->port = (uint16_t)port;
}

bool mtp_record_has_addresses(const struct mtproto_store *store)
{
	struct mtproto_span data;

	return mtproto_store_load(store, MTPROTO_STORE_DC, ID_ADDRESSES, &data) != MTPROTO_ERR_NOT_FOUND;
}

int mtp_record_load_addresses(struct mtproto_dc_table *table, const struct mtproto_store *store)
{
	struct mtproto_dc_option option;
	struct mtproto_tl_reader r;
	int error = open_record(&r, store, MTPROTO_STORE_DC, ID_ADDRESSES);
	uint32_t count;

	if (error)
		return error;
	count = mtproto_tl_read_vector(&r, DC_OPTION_SIZE_MIN);
	for (uint32_t i = 0; i < count && !error; i++) {
		read_address(&option, &r);
		if (!r.error)
			error = mtproto_dc_table_add(table, &option) ? MTPROTO_ERR_STATE_FORMAT : 0;
	}
	return error ? error : close_record(&r);
}

static void write_address(struct mtproto_tl_writer *w, const struct mtproto_session_address *address, uint32_t flags)
{
	if (strchr(address->text, ':'))
		flags |= MTPROTO_DC_IPV6;
	mtproto_tl_write_u32(w, DC_OPTION);
	mtproto_tl_write_u32(w, flags);
	mtproto_tl_write_int(w, address->dc);
	mtproto_tl_write_string(w, address->text);
	mtproto_tl_write_int(w, address->port);
}

static int save_addresses(const struct mtproto_store *store, const struct mtproto_string_session *session)
{
	bool has_media = session->has & MTPROTO_SESSION_HAS_MEDIA;
	uint8_t out[RECORD_SIZE_MAX];
	struct mtproto_tl_writer w;

	if (!(session->has & MTPROTO_SESSION_HAS_ADDRESS))
		return 0;
	begin_record(&w, out);
	mtproto_tl_write_vector(&w, has_media ? 2 : 1);
	write_address(&w, &session->address, MTPROTO_DC_THIS_PORT_ONLY);
	if (has_media)
		write_address(&w, &session->media, MTPROTO_DC_THIS_PORT_ONLY | MTPROTO_DC_MEDIA_ONLY);
	return save_record(store, MTPROTO_STORE_DC, ID_ADDRESSES, &w, out);
}

/* ---- Sessions of other libraries ---- */

/* The first own address of home, if the store has one: what may stand in help.getConfig is for everybody. */
static int find_address(struct mtproto_string_session *out, const struct mtproto_store *store)
{
	const struct mtproto_dc_query query = {.id = out->dc};
	const struct mtproto_dc_option *option;
	struct mtproto_dc_table *table;
	int error = mtproto_dc_table_new(&table, NULL, out->test);

	if (error)
		return error;
	(void)mtproto_dc_table_remove(table, out->dc);
	error = mtp_record_load_addresses(table, store);
	if (!error && mtproto_dc_table_find(&option, 1, table, &query) > 0) {
		out->address.dc = out->dc;
		out->address.port = option->port;
		memcpy(out->address.text, option->address, sizeof(out->address.text));
		out->has |= MTPROTO_SESSION_HAS_ADDRESS;
	}
	mtproto_dc_table_free(table);
	return error == MTPROTO_ERR_NOT_FOUND ? 0 : error;
}

int mtproto_session_store_read(struct mtproto_string_session *out, const struct mtproto_store *store)
{
	struct mtp_account_record account;
	struct mtp_key_record key;
	int error = mtp_record_load_account(&account, store);

	memset(out, 0, sizeof(*out));
	if (!error)
		error = mtp_record_load_key(&key, store, account.home);
	if (error)
		return error;
	out->dc = account.home;
	out->test = account.test;
	out->has = MTPROTO_SESSION_HAS_TEST | MTPROTO_SESSION_HAS_SALT;
	memcpy(out->auth_key, key.auth_key.data, sizeof(out->auth_key));
	out->server_salt = key.server_salt;
	mtproto_wipe(&key, sizeof(key));
	if (account.user_id) {
		out->user_id = account.user_id;
		out->bot = account.bot;
		out->has |= MTPROTO_SESSION_HAS_USER | MTPROTO_SESSION_HAS_BOT;
	}
	if (account.api_id) {
		out->api_id = account.api_id;
		out->has |= MTPROTO_SESSION_HAS_API_ID;
	}
	error = find_address(out, store);
	if (error)
		mtproto_wipe(out, sizeof(*out));
	return error;
}

static int import_key(const struct mtproto_store *store, const struct mtproto_string_session *session,
		      bool is_signed_in)
{
	struct mtp_key_record key = {.authorised = is_signed_in, .server_salt = session->server_salt};
	int error;

	memcpy(key.auth_key.data, session->auth_key, sizeof(key.auth_key.data));
	error = mtp_record_save_key(store, session->dc, &key);
	mtproto_wipe(&key, sizeof(key));
	return error;
}

int mtproto_session_store_write(const struct mtproto_store *store, const struct mtproto_string_session *session,
				bool is_signed_in)
{
	const struct mtp_account_record account = {.home = session->dc,
						   .test = session->test,
						   .bot = session->bot,
						   .authority = is_signed_in ? session->dc : 0,
						   .user_id = session->user_id,
						   .api_id = session->api_id};
	struct mtp_account_record old;
	int error = mtp_record_load_account(&old, store);

	if (!error)
		return MTPROTO_ERR_STATE;
	if (error != MTPROTO_ERR_NOT_FOUND)
		return error;
	error = import_key(store, session, is_signed_in);
	if (!error)
		error = save_addresses(store, session);
	if (!error)
		error = mtp_record_save_account(store, &account);
	return error ? error : mtproto_store_flush(store);
}
