/* The calls of an account: where they go, what their answers say about that, and how they settle. */
#include "client/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_SECOND UINT64_C(1000000000)

#define CODE_MOVED        303
#define CODE_UNAUTHORISED 401
#define CODE_FLOOD        420

static uint64_t now_ns(void)
{
	return mtproto_uv_now().mono_ns;
}

/* ---- Settling ---- */

static void settle(struct mtp_account_call *call, const struct mtproto_answer *answer)
{
	struct mtproto_account *account = call->dc->account;
	struct mtproto_answer told = *answer;

	told.call = call->call.id;
	told.maybe_executed_twice = told.maybe_executed_twice || call->maybe_executed_twice;
	(void)mtp_client_calls_take(&account->calls, call->call.id);
	if (call->on_answer)
		call->on_answer(account, &told, call->user);
	mtproto_wipe(call->body, call->len); /* a sign-in has secrets in it */
	free(call);
}

/* In the next turn. The call is in no list. */
static void fail(struct mtp_account_call *call, int error)
{
	struct mtproto_account *account = call->dc->account;

	call->error = error;
	mtp_list_append(&account->failing, &call->node);
	mtp_account_wake(account, 0);
}

static void fail_list(struct mtp_list *list, int error)
{
	struct mtp_node *node;

	while ((node = mtp_list_pop(list)))
		fail(MTP_OF(node, struct mtp_account_call, node), error);
}

void mtp_account_fail_waiting(struct mtp_account_dc *dc, int error)
{
	fail_list(&dc->waiting, error);
}

void mtp_account_fail_all(struct mtproto_account *account, int error)
{
	for (struct mtp_node *node = mtp_list_first(&account->dcs); node; node = mtp_list_after(&account->dcs, node))
		mtp_account_fail_waiting(MTP_OF(node, struct mtp_account_dc, node), error);
	fail_list(&account->delayed, error);
}

static void take_all(struct mtp_list *out, struct mtp_list *list)
{
	struct mtp_node *node;

	mtp_list_init(out);
	while ((node = mtp_list_pop(list)))
		mtp_list_append(out, node);
}

void mtp_account_settle_waiting(struct mtp_account_dc *dc, const struct mtproto_answer *answer)
{
	struct mtp_list batch;
	struct mtp_node *node;

	take_all(&batch, &dc->waiting);
	while ((node = mtp_list_pop(&batch)))
		settle(MTP_OF(node, struct mtp_account_call, node), answer);
}

static void settle_failing(struct mtproto_account *account)
{
	struct mtp_list batch;
	struct mtp_node *node;

	take_all(&batch, &account->failing);
	while ((node = mtp_list_pop(&batch))) {
		struct mtp_account_call *call = MTP_OF(node, struct mtp_account_call, node);
		const struct mtproto_answer answer = {
			.type = MTPROTO_EVENT_CALL_FAILED, .error = call->error, .fate = call->fate};

		settle(call, &answer);
	}
}

static uint64_t make_delayed_again(struct mtproto_account *account, uint64_t now)
{
	uint64_t next_ns = MTPROTO_NEVER;
	struct mtp_list batch;
	struct mtp_node *node;

	take_all(&batch, &account->delayed);
	while ((node = mtp_list_pop(&batch))) {
		struct mtp_account_call *call = MTP_OF(node, struct mtp_account_call, node);

		if (call->due_ns <= now) {
			mtp_account_place(call);
			continue;
		}
		mtp_list_append(&account->delayed, node);
		next_ns = call->due_ns < next_ns ? call->due_ns : next_ns;
	}
	return next_ns;
}

uint64_t mtp_account_run_calls(struct mtproto_account *account, uint64_t now)
{
	uint64_t next_ns;

	settle_failing(account);
	next_ns = make_delayed_again(account, now);
	return mtp_list_empty(&account->failing) ? next_ns : 0;
}

/* ---- Answers that are not the end ---- */

/* The data centre that X_MIGRATE_n sends the call to. */
static bool move(struct mtp_account_call *call, const struct mtproto_migrate *migrate)
{
	bool is_for_good = migrate->kind == MTPROTO_MIGRATE_PHONE || migrate->kind == MTPROTO_MIGRATE_NETWORK ||
			   migrate->kind == MTPROTO_MIGRATE_USER;
	struct mtproto_account *account = call->dc->account;
	struct mtp_account_dc *target;

	if (call->moves >= MTPROTO_ACCOUNT_MOVES_MAX || migrate->dc == call->dc->base->id)
		return false;
	target = mtp_account_dc(account, call->dc->id < 0 && !is_for_good ? -migrate->dc : migrate->dc);
	if (!target)
		return false;
	call->moves++;
	call->dc = target;
	if (is_for_good)
		mtp_account_set_home(account, target);
	mtp_account_place(call);
	return true;
}

/* In this chat only, before a takeout or for a fresh session: to wait for those is the program's decision. */
static bool is_flood(const struct mtproto_wait *wait)
{
	return wait->kind == MTPROTO_WAIT_FLOOD || wait->kind == MTPROTO_WAIT_PREMIUM ||
	       wait->kind == MTPROTO_WAIT_OTHER;
}

static bool delay(struct mtp_account_call *call, const struct mtproto_wait *wait)
{
	uint64_t due_ns = now_ns() + wait->seconds * NS_PER_SECOND;

	if (!is_flood(wait) || wait->seconds > call->config.flood_wait_max_s || due_ns >= call->deadline_ns)
		return false;
	call->due_ns = due_ns;
	mtp_list_append(&call->dc->account->delayed, &call->node);
	mtp_account_wake(call->dc->account, due_ns);
	return true;
}

static bool says(const struct mtproto_answer *answer, const char *text)
{
	return answer->text.len == strlen(text) && memcmp(answer->text.data, text, answer->text.len) == 0;
}

/* The authorisation that was taken there once has been forgotten there. */
static bool retake(struct mtp_account_call *call)
{
	if (call->retaken || !mtp_account_forget_import(call->dc))
		return false;
	call->retaken = true;
	mtp_account_place(call);
	return true;
}

static bool goes_on(struct mtp_account_call *call, const struct mtproto_answer *answer)
{
	const char *text = (const char *)answer->text.data;
	struct mtproto_migrate migrate;
	struct mtproto_wait wait;

	if (call->dc->account->closing)
		return false;
	switch (answer->code) {
	case CODE_MOVED:
		return !call->direct && mtproto_migrate_parse(&migrate, text, answer->text.len) == 0 &&
		       move(call, &migrate);
	case CODE_FLOOD:
		return mtproto_wait_parse(&wait, text, answer->text.len) == 0 && delay(call, &wait);
	case CODE_UNAUTHORISED:
		return !call->direct && says(answer, "AUTH_KEY_UNREGISTERED") && retake(call);
	default:
		return false;
	}
}

/* Before a sign-in 401 is no news, and elsewhere it says nothing about the user. */
static void note_signed_out(const struct mtp_account_call *call, const struct mtproto_answer *answer)
{
	const struct mtproto_account *account = call->dc->account;
	char text[64];

	if (answer->code != CODE_UNAUTHORISED || call->dc != account->home || account->closing ||
	    account->record.authority != account->record.home || !account->config.on_signed_out)
		return;
	(void)snprintf(text, sizeof(text), "%.*s", (int)answer->text.len, (const char *)answer->text.data);
	account->config.on_signed_out(call->dc->account, text, account->config.user);
}

/* A call of a client that the account itself has closed is made by the next one. */
static bool is_taken_over(const struct mtp_account_call *call, const struct mtproto_client *client,
			  const struct mtproto_answer *answer)
{
	if (call->dc->account->closing || call->cancelled || call->direct || client == call->dc->client)
		return false;
	return answer->error == MTPROTO_ERR_CLOSED &&
	       (answer->fate == MTPROTO_FATE_NOT_SENT || !call->config.at_most_once);
}

static void on_answer(struct mtproto_client *client, const struct mtproto_answer *answer, void *user)
{
	struct mtp_account_call *call = user;
	struct mtp_account_dc *dc = call->dc;

	mtp_list_remove(&call->node);
	call->client = NULL;
	call->maybe_executed_twice = call->maybe_executed_twice || answer->maybe_executed_twice;
	dc->used_ns = now_ns();
	mtp_account_wake(dc->account, dc->used_ns + dc->account->config.idle_ns);
	if (answer->type == MTPROTO_EVENT_RPC_ERROR && goes_on(call, answer))
		return;
	if (answer->type == MTPROTO_EVENT_RPC_ERROR)
		note_signed_out(call, answer);
	if (answer->type == MTPROTO_EVENT_CALL_FAILED && is_taken_over(call, client, answer)) {
		if (answer->fate == MTPROTO_FATE_UNKNOWN) {
			call->maybe_executed_twice = true;
			call->fate = MTPROTO_FATE_UNKNOWN;
		}
		mtp_account_place(call);
		return;
	}
	if (answer->type == MTPROTO_EVENT_RESULT && !call->own) {
		mtp_account_note_login(dc, answer->body);
		mtp_account_note_result(call, answer->body);
	}
	settle(call, answer);
}

/* ---- Sending ---- */

static void send_call(struct mtp_account_call *call)
{
	struct mtproto_client *client = call->dc->client;
	struct mtproto_call_config config;
	uint64_t now = now_ns();
	int error;

	if (call->deadline_ns <= now) {
		fail(call, MTPROTO_ERR_TIMEOUT);
		return;
	}
	mtproto_call_config_init(&config, mtproto_client_connection(client));
	config.timeout_ns = call->deadline_ns == MTPROTO_NEVER ? 0 : call->deadline_ns - now;
	config.at_most_once = call->config.at_most_once;
	config.no_header = call->config.no_header;
	error = mtproto_client_invoke(client, call->body, call->len, &config, on_answer, call, &call->client_call);
	if (error) {
		fail(call, error);
		return;
	}
	call->client = client;
	mtp_list_append(&call->dc->sent, &call->node);
}

void mtp_account_place(struct mtp_account_call *call)
{
	struct mtp_account_dc *dc = call->dc;

	if (dc->account->closing || (call->direct && !dc->client)) {
		fail(call, MTPROTO_ERR_CLOSED);
	} else if (call->direct || mtp_account_dc_is_open(dc)) {
		send_call(call);
	} else {
		mtp_list_append(&dc->waiting, &call->node);
		mtp_account_dc_advance(dc);
	}
}

void mtp_account_send_waiting(struct mtp_account_dc *dc)
{
	struct mtp_node *node;

	while ((node = mtp_list_pop(&dc->waiting)))
		send_call(MTP_OF(node, struct mtp_account_call, node));
}

/* ---- Making them ---- */

void mtproto_account_call_config_init(struct mtproto_account_call_config *config, const struct mtproto_account *account)
{
	memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
	config->timeout_ns = account->config.connection.call_timeout_ns;
	config->flood_wait_max_s = account->config.flood_wait_max_s;
}

static struct mtp_account_call *new_call(struct mtp_account_dc *dc, const void *body, size_t len,
					 const struct mtproto_account_call_config *config)
{
	struct mtproto_account *account = dc->account;
	struct mtp_account_call *call;

	if (mtp_client_calls_reserve(&account->calls))
		return NULL;
	call = calloc(1, sizeof(*call) + len);
	if (!call)
		return NULL;
	call->call.id = ++account->last_call;
	call->dc = dc;
	call->config = *config;
	call->deadline_ns = config->timeout_ns ? now_ns() + config->timeout_ns : MTPROTO_NEVER;
	call->fate = MTPROTO_FATE_NOT_SENT;
	call->len = len;
	memcpy(call->body, body, len);
	mtp_client_calls_add(&account->calls, &call->call);
	return call;
}

int mtp_account_call_own(struct mtp_account_dc *dc, bool direct, const void *body, size_t len,
			 mtproto_account_answer_cb on_answer_cb, void *user)
{
	struct mtproto_account_call_config config;
	struct mtp_account_call *call;

	mtproto_account_call_config_init(&config, dc->account);
	call = new_call(dc, body, len, &config);
	if (!call)
		return MTPROTO_ERR_MEMORY;
	call->own = true;
	call->direct = direct;
	call->on_answer = on_answer_cb;
	call->user = user;
	mtp_account_place(call);
	return 0;
}

int mtproto_account_invoke(struct mtproto_account *account, const void *body, size_t len,
			   const struct mtproto_account_call_config *config, mtproto_account_answer_cb on_answer_cb,
			   void *user, uint64_t *call_id)
{
	struct mtproto_account_call_config defaults;
	struct mtp_account_call *call;
	struct mtp_account_dc *dc;

	mtproto_account_call_config_init(&defaults, account);
	if (!config)
		config = &defaults;
	if (config->size != sizeof(*config))
		return MTPROTO_ERR_CONFIG_SIZE;
	if (account->closing)
		return MTPROTO_ERR_CLOSED;
	if (len == 0 || len % 4 != 0 || config->dc == INT32_MIN)
		return MTPROTO_ERR_ARGUMENT;
	if (account->calls.count >= account->config.connection.pending_calls_max)
		return MTPROTO_ERR_LIMIT;
	dc = mtp_account_dc(account, config->dc);
	call = dc ? new_call(dc, body, len, config) : NULL;
	if (!call)
		return MTPROTO_ERR_MEMORY;
	call->on_answer = on_answer_cb;
	call->user = user;
	if (call_id)
		*call_id = call->call.id;
	mtp_account_place(call);
	return 0;
}

int mtproto_account_cancel(struct mtproto_account *account, uint64_t id)
{
	struct mtp_account_call *call = (struct mtp_account_call *)mtp_client_calls_find(&account->calls, id);

	if (!call || call->own || call->cancelled)
		return MTPROTO_ERR_NOT_FOUND;
	call->cancelled = true;
	if (call->client)
		return mtproto_client_cancel(call->client, call->client_call);
	mtp_list_remove(&call->node);
	fail(call, MTPROTO_ERR_CANCELLED);
	return 0;
}
