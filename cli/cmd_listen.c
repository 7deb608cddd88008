#include <mtproto/json.h>
#include <mtproto/uv.h>
#include <mtproto/value.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/account.h"
#include "cli/command.h"
#include "cli/signals.h"

/* Memory of one object's tree and text. */
#define TREE_SIZE_MAX (256u << 20)

#define TOKEN_MAX 256

/* A server that was never there is a failure; one that was may come back. */
#define FIRST_ATTEMPTS_MAX 3

struct listen_options {
	struct account_options account; /* first, see there */
	const char *bot_token;
	const char *api_hash;
	int64_t count;
	bool peers;
	bool verbose;
};

#define OFFSET(member) offsetof(struct listen_options, member)

static const struct option listen_option_table[] = {
	{"bot-token", OPTION_TEXT, OFFSET(bot_token), "TOKEN",
	 "sign the bot in, unless the session is; - reads the token from standard input", 0, 0},
	{"api-hash", OPTION_TEXT, OFFSET(api_hash), "HASH", "goes with --api-id, for signing in", 0, 0},
	{"count", OPTION_NUMBER, OFFSET(count), "N", "end after N lines (default: never)", 1, INT64_MAX},
	{"peers", OPTION_FLAG, OFFSET(peers), NULL, "print users and chats that updates speak of, too", 0, 0},
	{"verbose", OPTION_FLAG, OFFSET(verbose), NULL, "tell of gaps and lost links on standard error", 0, 0},
	{NULL, OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

const struct syntax listen_syntax = {
	.command = "listen",
	.summary =
		"Prints each update of an account as a JSON object on a line, once and in order; messages that were\n"
		"missed come as message objects. With --session it goes on where the last one was. It needs the\n"
		"--schema of the API, and ends by SIGINT or SIGTERM.",
	.tables = {client_option_table, account_option_table, listen_option_table},
};

struct listener {
	struct account account; /* first, see there */
	const struct listen_options *options;
	struct signals signals;
	struct mtproto_arena *arena;
	int64_t lines;
	bool answered; /* the sign-in was */
	bool refused;  /* and not well */
	int exit_code; /* of a failure to print */
};

/* ---- Lines ---- */

static bool is_over(const struct listener *listener)
{
	return listener->exit_code != EXIT_OK ||
	       (listener->options->count && listener->lines >= listener->options->count);
}

static void print_value(struct listener *listener, const struct mtproto_value *value)
{
	struct mtproto_span json;

	if (mtproto_json_encode(&json, listener->arena, value, listener->account.schema, false)) {
		complain("listen: an object is too large");
		return;
	}
	progress_close(&listener->account.progress);
	if (fwrite(json.data, 1, json.len, stdout) != json.len || putchar('\n') == EOF || fflush(stdout) != 0)
		listener->exit_code = EXIT_FAILED; /* nobody reads any more; main says so */
	listener->lines++;
}

/* What the schema does not know is told and passed over. */
static void print_object(struct listener *listener, const struct mtproto_updates_event *event)
{
	struct mtproto_value_error error;
	struct mtproto_tl_reader r;
	struct mtproto_value value;

	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	if (mtproto_value_read(&value, listener->arena, &r, listener->account.schema, NULL, &error))
		complain("listen: an object #%08" PRIx32 " that the schema can't read: %s%s%s", event->constructor,
			 error.path, error.path[0] ? ": " : "", error.reason);
	else
		print_value(listener, &value);
	mtproto_arena_reset(listener->arena);
}

static void print_vector(struct listener *listener, struct mtproto_tl_reader *r, const char *type_name)
{
	const struct mtproto_type *type = mtproto_schema_type(listener->account.schema, type_name);
	struct mtproto_value value;

	if (!type || mtproto_value_read(&value, listener->arena, r, listener->account.schema, type, NULL))
		return; /* the box has read them, if they can be read */
	for (uint32_t i = 0; i < value.as.vector.count; i++)
		print_value(listener, &value.as.vector.items[i]);
}

static void print_peers(struct listener *listener, const struct mtproto_updates_event *event)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	print_vector(listener, &r, event->chats_first ? "Vector<Chat>" : "Vector<User>");
	print_vector(listener, &r, event->chats_first ? "Vector<User>" : "Vector<Chat>");
	mtproto_arena_reset(listener->arena);
}

/* ---- Events ---- */

static void tell(const struct listener *listener, const char *what, int64_t channel_id)
{
	if (!listener->options->verbose)
		return;
	if (channel_id)
		complain("listen: channel %" PRId64 ": %s", channel_id, what);
	else
		complain("listen: %s", what);
}

static void on_updates(struct mtproto_account *account, const struct mtproto_updates_event *event, void *user)
{
	struct listener *listener = user;
	struct mtproto_now now = mtproto_uv_now();

	if (is_over(listener)) {
		account_stop(&listener->account); /* what is not printed must not count as done */
		return;
	}
	switch (event->type) {
	case MTPROTO_UPDATES_EVENT_UPDATE:
	case MTPROTO_UPDATES_EVENT_MESSAGE:
	case MTPROTO_UPDATES_EVENT_ENCRYPTED_MESSAGE:
	case MTPROTO_UPDATES_EVENT_RAW:
		print_object(listener, event);
		break;
	case MTPROTO_UPDATES_EVENT_PEERS:
		if (listener->options->peers)
			print_peers(listener, event);
		break;
	case MTPROTO_UPDATES_EVENT_ACCESS_HASH: /* no update has told it yet */
		mtproto_updates_refuse_access_hash(mtproto_account_updates(account), &now, event->channel_id);
		break;
	case MTPROTO_UPDATES_EVENT_GAP:
		tell(listener, "updates are missing and asked for", event->channel_id);
		break;
	case MTPROTO_UPDATES_EVENT_TOO_LONG:
		tell(listener, "more happened than the server tells one by one", event->channel_id);
		break;
	case MTPROTO_UPDATES_EVENT_INACCESSIBLE:
		tell(listener, "the server does not show it any more", event->channel_id);
		break;
	case MTPROTO_UPDATES_EVENT_STATE:
		break;
	}
}

/* ---- Signing in ---- */

static void on_signed_in(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	struct listener *listener = user;

	(void)account;
	listener->answered = true;
	listener->refused = answer->type != MTPROTO_EVENT_RESULT;
	if (listener->refused)
		account_note_failure(&listener->account, answer);
	progress_close(&listener->account.progress);
}

static int read_token(char out[TOKEN_MAX])
{
	if (!fgets(out, TOKEN_MAX, stdin)) {
		complain("listen --bot-token: there is none on standard input");
		return EXIT_BAD_INPUT;
	}
	out[strcspn(out, "\r\n")] = '\0';
	return EXIT_OK;
}

static int sign_in(struct listener *listener)
{
	const struct listen_options *options = listener->options;
	char token[TOKEN_MAX];
	int exit_code = EXIT_OK;
	int error;

	if (strcmp(options->bot_token, "-") == 0)
		exit_code = read_token(token);
	else
		snprintf(token, sizeof(token), "%s", options->bot_token);
	if (exit_code != EXIT_OK)
		return exit_code;
	error = mtproto_account_sign_in_bot(listener->account.account, options->api_hash ? options->api_hash : "",
					    token, on_signed_in, listener, NULL);
	mtproto_wipe(token, sizeof(token));
	if (!error)
		return EXIT_OK;
	complain("listen --bot-token: %s",
		 error == MTPROTO_ERR_ARGUMENT ? "a token is a number, a colon and a secret" : mtproto_strerror(error));
	return exit_code_of(error);
}

static int begin(struct listener *listener)
{
	struct mtproto_account_info info;

	mtproto_account_get_info(listener->account.account, &info);
	if (info.signed_in)
		return EXIT_OK;
	if (listener->options->bot_token)
		return sign_in(listener);
	complain("listen: nobody is signed in: give --bot-token, or a --session of somebody who is");
	return EXIT_BAD_INPUT;
}

/* ---- All of it ---- */

static bool is_lost(const struct listener *listener)
{
	const struct account *account = &listener->account;

	return account->failed || account->signed_out || listener->refused ||
	       (!account->ready && account->losses >= FIRST_ATTEMPTS_MAX);
}

static int run(struct listener *listener)
{
	unsigned told = 0;
	int exit_code = begin(listener);

	if (exit_code != EXIT_OK)
		return exit_code;
	signals_open(&listener->signals, &listener->account.loop);
	while (!listener->signals.stop && !is_lost(listener) && !is_over(listener)) {
		account_wait(&listener->account);
		if (told != listener->account.losses)
			tell(listener, listener->account.reason, 0);
		told = listener->account.losses;
	}
	signals_close(&listener->signals);
	if (listener->refused)
		return account_complain(&listener->account, "auth.importBotAuthorization");
	if (!is_lost(listener))
		return listener->exit_code;
	progress_close(&listener->account.progress);
	complain("listen: %s", listener->account.reason);
	return EXIT_FAILED;
}

int cmd_listen(int argc, char **argv)
{
	struct listen_options options = {.count = 0};
	struct listener listener = {.options = &options};
	int exit_code;

	account_options_init(&options.account);
	if (!parse_arguments(&listen_syntax, argc, argv, &options, NULL, &exit_code))
		return exit_code;
	if (options.account.schemas.count == 0) { /* the session would go on over updates that nobody could read */
		complain("listen: needs --schema FILE, the schema of the API");
		return EXIT_BAD_INPUT;
	}
	exit_code = account_open(&listener.account, &options.account, "listen",
				 options.account.connect || options.bot_token);
	if (exit_code == EXIT_OK && mtproto_arena_new(&listener.arena, NULL, TREE_SIZE_MAX)) {
		complain("listen: %s", mtproto_strerror(MTPROTO_ERR_MEMORY));
		exit_code = EXIT_FAILED;
	}
	if (exit_code == EXIT_OK) {
		listener.account.config.reconnect.attempts_max = 0;
		listener.account.config.on_updates = on_updates;
		exit_code = account_start(&listener.account);
	}
	if (exit_code == EXIT_OK)
		exit_code = run(&listener);
	account_close(&listener.account);
	mtproto_arena_free(listener.arena);
	return trace_log_close(&options.account.client.log, exit_code);
}
