/* Who is signed in, and how the authorisation gets to other data centres than the one where that happened.
 * Source: core.telegram.org/api/datacenter, /api/auth, /method/auth.importBotAuthorization. */
#include "client/account.h"

#include <mtproto/tl.h>

#include <stdlib.h>
#include <string.h>

#define EXPORT_AUTHORIZATION     0xe5bfffcdu
#define EXPORTED_AUTHORIZATION   0xb434e2b8u
#define IMPORT_AUTHORIZATION     0xa57a7dadu
#define IMPORT_BOT_AUTHORIZATION 0x67a3ff2cu
#define AUTHORIZATION            0x2ea2c0d4u
#define LOGGED_OUT               0xc3a2835fu

/* ---- Who is signed in ---- */

static void forget_imports(struct mtproto_account *account)
{
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node))
		(void)mtp_account_forget_import(MTP_OF(node, struct mtp_account_dc, node));
}

/* Imports of before were another user's. */
static void set_authority(struct mtproto_account *account, int32_t dc)
{
	bool was_signed_in = account->record.authority != 0;

	forget_imports(account);
	account->record.authority = dc;
	account->record.user_id = 0;
	account->record.bot = false;
	mtp_account_save(account);
	if (was_signed_in)
		mtp_account_renew_updates(account);
	else
		mtp_account_connect_updates(account);
}

void mtp_account_sign_out(struct mtproto_account *account)
{
	set_authority(account, 0);
}

void mtp_account_note_login(struct mtp_account_dc *dc, struct mtproto_span body)
{
	struct mtproto_account *account = dc->account;
	struct mtproto_tl_reader r;
	uint32_t id;

	if (dc != account->home)
		return;
	mtproto_tl_reader_init(&r, body.data, body.len);
	id = mtproto_tl_peek(&r);
	if (id == AUTHORIZATION)
		set_authority(account, dc->id);
	else if (id == LOGGED_OUT)
		mtp_account_sign_out(account);
}

/* ---- Taking it to another data centre ---- */

bool mtp_account_needs_import(const struct mtp_account_dc *dc)
{
	int32_t authority = dc->account->record.authority;

	return authority && dc->base->id != authority && !dc->base->key.authorised && !mtp_account_is_cdn(dc);
}

bool mtp_account_forget_import(struct mtp_account_dc *dc)
{
	struct mtp_account_dc *base = dc->base;

	if (!base->key.authorised || base->id == dc->account->record.authority)
		return false;
	base->key.authorised = false;
	mtp_account_dc_save(base);
	return true;
}

/* What waits gets the answer that came instead of the authorisation; unless the account itself has closed the client,
 * which means that another one is to be tried. */
static void give_up(struct mtp_account_dc *dc, const struct mtproto_answer *answer)
{
	dc->importing = false;
	if (answer->type == MTPROTO_EVENT_CALL_FAILED && answer->error == MTPROTO_ERR_CLOSED)
		mtp_account_advance_all(dc->account);
	else
		mtp_account_settle_waiting(dc, answer);
}

static void on_imported(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	struct mtp_account_dc *dc = user;

	if (answer->type != MTPROTO_EVENT_RESULT) {
		give_up(dc, answer);
		return;
	}
	dc->importing = false;
	dc->key.authorised = true;
	if (dc == account->home) {
		account->record.authority = dc->id;
		mtp_account_save(account);
		mtp_account_connect_updates(account);
	}
	mtp_account_dc_save(dc);
	mtp_account_advance_all(account);
}

/* auth.importAuthorization id:long bytes:bytes, with both as they were exported. */
static int import(struct mtp_account_dc *dc, struct mtproto_span exported)
{
	size_t len = exported.len;
	uint8_t *body = malloc(len);
	struct mtproto_tl_writer w;
	struct mtproto_tl_reader r;
	int error;

	if (!body)
		return MTPROTO_ERR_MEMORY;
	mtproto_tl_reader_init(&r, exported.data, len);
	mtproto_tl_writer_init(&w, body, len);
	mtproto_tl_read_id(&r, EXPORTED_AUTHORIZATION);
	mtproto_tl_write_u32(&w, IMPORT_AUTHORIZATION);
	mtproto_tl_write_raw(&w, exported.data + 4, len - 4);
	(void)mtproto_tl_read_long(&r);
	(void)mtproto_tl_read_bytes(&r);
	error = mtproto_tl_reader_end(&r);
	if (!error)
		error = mtp_account_call_own(dc, true, body, w.len, on_imported, dc);
	mtproto_wipe(body, len);
	free(body);
	return error;
}

static void on_exported(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	struct mtproto_answer failure = {.type = MTPROTO_EVENT_CALL_FAILED, .fate = MTPROTO_FATE_NOT_SENT};
	struct mtp_account_dc *dc = user;

	(void)account;
	if (answer->type != MTPROTO_EVENT_RESULT) {
		give_up(dc, answer);
		return;
	}
	failure.error = import(dc, answer->body);
	if (failure.error)
		give_up(dc, &failure);
}

void mtp_account_import(struct mtp_account_dc *dc)
{
	struct mtp_account_dc *authority = mtp_account_dc(dc->account, dc->account->record.authority);
	struct mtproto_tl_writer w;
	uint8_t body[8];

	if (dc->importing)
		return;
	dc->importing = true;
	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, EXPORT_AUTHORIZATION);
	mtproto_tl_write_int(&w, dc->id);
	if (authority && mtp_account_call_own(authority, false, body, w.len, on_exported, dc) == 0)
		return;
	dc->importing = false;
	mtp_account_fail_waiting(dc, MTPROTO_ERR_MEMORY);
}

/* ---- Bots ---- */

struct bot_login {
	int64_t user_id;
	mtproto_account_answer_cb on_answer;
	void *user;
};

static void on_bot_answer(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	struct bot_login *login = user;

	if (answer->type == MTPROTO_EVENT_RESULT) {
		account->record.bot = true;
		account->record.user_id = login->user_id;
		mtp_account_save(account);
	}
	if (login->on_answer)
		login->on_answer(account, answer, login->user);
	free(login);
}

/* A token is the bot's user id, a colon and a secret. */
static bool read_user_id(int64_t *out, const char *token)
{
	*out = 0;
	for (; *token >= '0' && *token <= '9'; token++) {
		if (*out > (INT64_MAX - 9) / 10)
			return false;
		*out = *out * 10 + (*token - '0');
	}
	return *out > 0 && *token == ':';
}

static void write_bot_login(struct mtproto_tl_writer *w, int32_t api_id, const char *api_hash, const char *token)
{
	mtproto_tl_write_u32(w, IMPORT_BOT_AUTHORIZATION);
	mtproto_tl_write_u32(w, 0); /* flags */
	mtproto_tl_write_int(w, api_id);
	mtproto_tl_write_string(w, api_hash);
	mtproto_tl_write_string(w, token);
}

int mtproto_account_sign_in_bot(struct mtproto_account *account, const char *api_hash, const char *token,
				mtproto_account_answer_cb on_answer, void *user, uint64_t *call)
{
	size_t size = 12 + mtproto_tl_bytes_size(strlen(api_hash)) + mtproto_tl_bytes_size(strlen(token));
	struct bot_login *login = malloc(sizeof(*login));
	uint8_t *body = malloc(size);
	int error = login && body ? 0 : MTPROTO_ERR_MEMORY;
	struct mtproto_tl_writer w;

	if (!error && !read_user_id(&login->user_id, token))
		error = MTPROTO_ERR_ARGUMENT;
	if (!error) {
		login->on_answer = on_answer;
		login->user = user;
		mtproto_tl_writer_init(&w, body, size);
		write_bot_login(&w, account->config.connection.api_id, api_hash, token);
		error = mtproto_account_invoke(account, body, w.len, NULL, on_bot_answer, login, call);
		mtproto_wipe(body, size);
	}
	if (error)
		free(login);
	free(body);
	return error;
}
