/* The box of updates of an account: what goes in, what comes out, what it asks for. */
#include "client/account.h"

#include <mtproto/value.h>

#include <stdlib.h>
#include <string.h>

/* Chats of one container as a tree. */
#define PEERS_SIZE_MAX (16u << 20)

/* A call that the box asked for. */
struct request {
	uint64_t token;
	unsigned generation;
};

/* ---- The box ---- */

static int new_box(struct mtproto_account *account)
{
	struct mtproto_updates_config config = account->config.updates;

	if (!config.reader.read && account->config.schema)
		mtproto_update_reader_init_schema(&config.reader, account->config.schema);
	account->updates_generation++;
	return mtproto_updates_new(&account->updates, &config);
}

static int give_state(void *visitor, int64_t id, struct mtproto_span data)
{
	struct mtproto_account *account = visitor;
	struct mtproto_update_state state;
	int error = mtproto_update_state_import(&state, data.data, data.len);

	(void)id;
	if (!error)
		error = mtproto_updates_set_state(account->updates, &state);
	return error == MTPROTO_ERR_LIMIT ? 0 : error; /* what the box does not follow comes unordered */
}

int mtp_account_open_updates(struct mtproto_account *account)
{
	int error = new_box(account);

	if (error)
		return error;
	return mtproto_store_each(&account->store, MTPROTO_STORE_UPDATES, give_state, account);
}

bool mtp_account_takes_updates(const struct mtproto_account *account)
{
	return account->updates && !account->updates_stale && account->record.authority == account->record.home;
}

void mtp_account_renew_updates(struct mtproto_account *account)
{
	if (!account->updates)
		return;
	account->updates_stale = true;
	mtp_account_connect_updates(account);
}

/* Not in the middle of one of its own events: this is done when the box is run. */
static void renew(struct mtproto_account *account)
{
	int error = mtp_record_remove_kind(&account->store, MTPROTO_STORE_UPDATES);

	if (!error)
		error = mtp_record_remove_kind(&account->store, MTPROTO_STORE_ACCESS_HASH);
	mtp_account_flush(account, error);
	mtproto_updates_free(account->updates);
	if (new_box(account) == 0)
		account->updates_stale = false;
}

/* ---- In ---- */

/* What the box has no room for is pulled, and given again; whatever is lost nevertheless it asks for. */
static void feed(struct mtproto_account *account, bool is_result, int64_t channel_id, struct mtproto_span body)
{
	struct mtproto_now now = mtproto_uv_now();
	int error = MTPROTO_ERR_LIMIT;

	for (int tries = 0; tries < 2 && error == MTPROTO_ERR_LIMIT && mtp_account_takes_updates(account); tries++) {
		if (tries > 0)
			(void)mtp_account_run_updates(account);
		if (is_result)
			error = mtproto_updates_result(account->updates, &now, channel_id, body.data, body.len);
		else
			error = mtproto_updates_recv(account->updates, &now, body.data, body.len);
	}
	mtp_account_wake(account, 0);
}

void mtp_account_push(struct mtproto_account *account, struct mtproto_span body)
{
	feed(account, false, 0, body);
}

void mtp_account_note_result(const struct mtp_account_call *call, struct mtproto_span body)
{
	struct mtproto_account *account = call->dc->account;
	struct mtproto_update_fields fields;
	int64_t channel_id = 0;

	if (call->dc != account->home || !mtp_account_takes_updates(account))
		return;
	if (mtproto_update_read_builtin(&fields, body.data, body.len) == 0 && account->config.schema)
		channel_id = mtproto_update_channel_of_call(account->config.schema, call->body, call->len);
	feed(account, true, channel_id, body);
}

void mtp_account_connect_updates(struct mtproto_account *account)
{
	account->updates_connect = account->updates != NULL;
	mtp_account_wake(account, 0);
}

void mtp_account_note_new_session(struct mtproto_account *account)
{
	struct mtproto_now now = mtproto_uv_now();

	if (!mtp_account_takes_updates(account))
		return;
	mtproto_updates_new_session(account->updates, &now);
	mtp_account_wake(account, 0);
}

void mtp_account_note_refused(struct mtproto_account *account)
{
	struct mtproto_now now = mtproto_uv_now();

	if (!mtp_account_takes_updates(account))
		return;
	mtproto_updates_refused(account->updates, &now);
	mtp_account_wake(account, 0);
}

/* ---- Peers: a channel's difference needs its access hash, which only its Chat tells ---- */

static const struct mtproto_value *field(const struct mtproto_value *object, const char *name,
					 enum mtproto_value_kind kind)
{
	const struct mtproto_value *value = mtproto_value_field(object, name);

	return value && value->kind == kind ? value : NULL;
}

/* A min constructor has a hash that is good for its photo only. */
static int keep_chat(struct mtproto_account *account, const struct mtproto_value *chat)
{
	const struct mtproto_value *id = field(chat, "id", MTPROTO_VALUE_LONG);
	const struct mtproto_value *hash = field(chat, "access_hash", MTPROTO_VALUE_LONG);
	int64_t known;

	if (!id || !hash || field(chat, "min", MTPROTO_VALUE_BOOL) || id->as.number == 0)
		return 0;
	if (mtp_record_load_access_hash(&known, &account->store, id->as.number) == 0 && known == hash->as.number)
		return 0;
	return mtp_record_save_access_hash(&account->store, id->as.number, hash->as.number);
}

static int read_chats(struct mtproto_value *out, struct mtproto_arena *arena, const struct mtproto_schema *schema,
		      const struct mtproto_updates_event *event)
{
	const struct mtproto_type *users = mtproto_schema_type(schema, "Vector<User>");
	const struct mtproto_type *chats = mtproto_schema_type(schema, "Vector<Chat>");
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	if (!users || !chats || (!event->chats_first && mtproto_value_skip(&r, schema, users, NULL)))
		return MTPROTO_ERR_CONSTRUCTOR;
	return mtproto_value_read(out, arena, &r, schema, chats, NULL);
}

static void keep_peers(struct mtproto_account *account, const struct mtproto_updates_event *event)
{
	struct mtproto_arena *arena = NULL;
	struct mtproto_value chats;
	int error = 0;

	if (!account->config.schema || mtproto_arena_new(&arena, NULL, PEERS_SIZE_MAX))
		return;
	if (read_chats(&chats, arena, account->config.schema, event) == 0)
		for (uint32_t i = 0; i < chats.as.vector.count && !error; i++)
			error = keep_chat(account, &chats.as.vector.items[i]);
	mtproto_arena_free(arena);
	if (error)
		mtp_account_flush(account, error);
}

static bool answer_access_hash(struct mtproto_account *account, int64_t channel_id)
{
	struct mtproto_now now = mtproto_uv_now();
	int64_t hash;

	return mtp_record_load_access_hash(&hash, &account->store, channel_id) == 0 &&
	       mtproto_updates_set_access_hash(account->updates, &now, channel_id, hash) == 0;
}

/* ---- Out ---- */

static void keep_state(struct mtproto_account *account, const struct mtproto_update_state *state)
{
	int error = mtp_record_save_state(&account->store, state);

	if (error)
		mtp_account_flush(account, error);
	else if (!account->unsaved_ns)
		account->unsaved_ns = mtproto_uv_now().mono_ns;
}

static void take_event(struct mtproto_account *account, const struct mtproto_updates_event *event)
{
	switch (event->type) {
	case MTPROTO_UPDATES_EVENT_PEERS:
		keep_peers(account, event);
		break;
	case MTPROTO_UPDATES_EVENT_ACCESS_HASH:
		if (answer_access_hash(account, event->channel_id))
			return;
		break;
	case MTPROTO_UPDATES_EVENT_STATE:
		keep_state(account, &event->state);
		break;
	default:
		break;
	}
	account->config.on_updates(account, event, account->config.user);
}

static void pull(struct mtproto_account *account)
{
	struct mtproto_updates_event event;

	while (!account->closing && !account->updates_stale && mtproto_updates_next_event(account->updates, &event) > 0)
		take_event(account, &event);
}

/* ---- What it asks for ---- */

/* Whatever becomes of a request that failed, the box knows: it asks again. */
static int settle(struct mtproto_account *account, uint64_t token, const struct mtproto_answer *answer)
{
	struct mtproto_now now = mtproto_uv_now();

	if (answer->type == MTPROTO_EVENT_RESULT)
		return mtproto_updates_answer(account->updates, &now, token, answer->body.data, answer->body.len);
	return mtproto_updates_fail(account->updates, &now, token, answer->code ? answer->code : answer->error,
				    answer->text.data, answer->text.len);
}

static void on_answer(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	struct request *request = user;
	int error = 0;

	if (!account->closing && request->generation == account->updates_generation)
		error = settle(account, request->token, answer);
	(void)error;
	free(request);
	mtp_account_wake(account, 0);
}

static int ask(struct mtproto_account *account, const struct mtproto_updates_request *wanted)
{
	struct request *request = malloc(sizeof(*request));
	int error;

	if (!request)
		return MTPROTO_ERR_MEMORY;
	request->token = wanted->token;
	request->generation = account->updates_generation;
	error = mtp_account_call_own(account->home, false, wanted->body.data, wanted->body.len, on_answer, request);
	if (error)
		free(request);
	return error;
}

static void ask_all(struct mtproto_account *account)
{
	struct mtproto_answer failure = {.type = MTPROTO_EVENT_CALL_FAILED};
	struct mtproto_updates_request wanted;

	while (!failure.error && mtproto_updates_next_request(account->updates, &wanted) > 0) {
		failure.error = ask(account, &wanted);
		if (failure.error)
			failure.error = settle(account, wanted.token, &failure);
	}
}

uint64_t mtp_account_run_updates(struct mtproto_account *account)
{
	struct mtproto_now now = mtproto_uv_now();

	if (!account->updates || account->closing)
		return MTPROTO_NEVER;
	if (account->updates_stale)
		renew(account);
	if (!mtp_account_takes_updates(account))
		return MTPROTO_NEVER;
	if (account->updates_connect && account->home->client && account->home->was_ready) {
		account->updates_connect = false;
		mtproto_updates_connected(account->updates, &now);
	}
	mtproto_updates_process(account->updates, &now);
	pull(account);
	if (account->closing || account->updates_stale)
		return 0;
	ask_all(account);
	return mtproto_updates_deadline(account->updates);
}

struct mtproto_updates *mtproto_account_updates(struct mtproto_account *account)
{
	mtp_account_wake(account, 0);
	return account->updates_stale ? NULL : account->updates;
}
