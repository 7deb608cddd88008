/* A bot that says what it hears, to everybody who writes to it:
 *
 *     echo_bot TOKEN API_ID API_HASH SCHEMA.tl [ADDRESS PORT KEY.pub]
 *
 * API_ID and API_HASH are of my.telegram.org, SCHEMA.tl is a schema of the API (core.telegram.org/schema) with its line
 * "// LAYER n". The last three lead to another server than Telegram's. The bot's key, and how far it has read, are kept
 * in echo_bot.db: started again, it answers what was written meanwhile. */
#include <mtproto/account.h>
#include <mtproto/sqlite.h>
#include <mtproto/value.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct bot {
	const char *token, *api_hash;
	struct mtproto_store store;
	struct mtproto_schema *schema;
	struct mtproto_account *account;
	uv_signal_t interrupt;
	bool failed;
};

static void stop(struct bot *bot)
{
	mtproto_account_close(bot->account, NULL);
	uv_close((uv_handle_t *)&bot->interrupt, NULL);
}

static void on_interrupt(uv_signal_t *interrupt, int number)
{
	(void)number;
	stop(interrupt->data);
}

/* ---- What it says ---- */

static void on_sent(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	(void)account;
	(void)user;
	if (answer->type == MTPROTO_EVENT_RPC_ERROR)
		fprintf(stderr, "not sent: %.*s\n", (int)answer->text.len, (const char *)answer->text.data);
	else if (answer->type == MTPROTO_EVENT_CALL_FAILED)
		fprintf(stderr, "not sent: %s\n", mtproto_strerror(answer->error));
}

static uint32_t id_of(const struct bot *bot, const char *name)
{
	const struct mtproto_combinator *combinator = mtproto_schema_by_name(bot->schema, name);

	return combinator ? combinator->id : 0;
}

static void say(struct bot *bot, uint64_t user_id, struct mtproto_span text)
{
	uint8_t body[8192];
	uint64_t random_id;
	struct mtproto_tl_writer w;

	uv_random(NULL, NULL, &random_id, sizeof(random_id), 0, NULL);
	mtproto_tl_writer_init(&w, body, sizeof(body));
	mtproto_tl_write_u32(&w, id_of(bot, "messages.sendMessage"));
	mtproto_tl_write_u32(&w, 0); /* flags */
	mtproto_tl_write_u32(&w, id_of(bot, "inputPeerUser"));
	mtproto_tl_write_long(&w, user_id);
	mtproto_tl_write_long(&w, 0); /* access_hash: bots need none for those who wrote to them */
	mtproto_tl_write_bytes(&w, text.data, text.len);
	mtproto_tl_write_long(&w, random_id);
	if (mtproto_tl_writer_end(&w) || mtproto_account_invoke(bot->account, body, w.len, NULL, on_sent, bot, NULL))
		fprintf(stderr, "not sent\n");
}

/* ---- What it hears ---- */

/* Where a message has what matters here. */
struct places {
	const char *out, *user_id, *text;
};

static bool find(const struct bot *bot, struct mtproto_span object, const char *path, struct mtproto_tl_reader *r)
{
	struct mtproto_found found;

	if (mtproto_value_find(&found, object.data, object.len, bot->schema, NULL, path, NULL))
		return false;
	mtproto_tl_reader_init(r, found.bytes.data, found.bytes.len);
	return true;
}

/* What it has sent itself, and what was not written to it alone, is passed over. */
static void hear(struct bot *bot, struct mtproto_span object, const struct places *places)
{
	struct mtproto_tl_reader out, id, text;
	struct mtproto_span heard;
	uint64_t user_id;

	if (find(bot, object, places->out, &out) || !find(bot, object, places->user_id, &id) ||
	    !find(bot, object, places->text, &text))
		return;
	user_id = mtproto_tl_read_long(&id);
	heard = mtproto_tl_read_bytes(&text);
	if (heard.len == 0)
		return;
	printf("%llu: %.*s\n", (unsigned long long)user_id, (int)heard.len, (const char *)heard.data);
	fflush(stdout);
	say(bot, user_id, heard);
}

/* Messages come in updates, in a short form of those, or as they are when they had been missed. */
static void on_updates(struct mtproto_account *account, const struct mtproto_updates_event *event, void *user)
{
	static const struct places update = {"message.out", "message.peer_id.user_id", "message.message"};
	static const struct places brief = {"out", "user_id", "message"};
	static const struct places message = {"out", "peer_id.user_id", "message"};

	(void)account;
	if (event->type == MTPROTO_UPDATES_EVENT_MESSAGE)
		hear(user, event->body, &message);
	else if (event->type != MTPROTO_UPDATES_EVENT_UPDATE)
		return;
	else if (event->constructor == MTPROTO_ID_UPDATE_SHORT_MESSAGE)
		hear(user, event->body, &brief);
	else if (event->constructor == MTPROTO_ID_UPDATE_NEW_MESSAGE)
		hear(user, event->body, &update);
}

/* ---- Before it begins ---- */

static void on_signed_in(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	struct bot *bot = user;

	(void)account;
	bot->failed = answer->type != MTPROTO_EVENT_RESULT;
	if (!bot->failed)
		return;
	fprintf(stderr, "not signed in: %.*s\n", (int)answer->text.len, (const char *)answer->text.data);
	stop(bot);
}

static void on_ready(struct mtproto_account *account, void *user)
{
	struct bot *bot = user;
	struct mtproto_account_info info;

	mtproto_account_get_info(account, &info);
	if (!info.signed_in &&
	    mtproto_account_sign_in_bot(account, bot->api_hash, bot->token, on_signed_in, bot, NULL)) {
		fprintf(stderr, "that is no token\n");
		bot->failed = true;
		stop(bot);
	}
}

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "r");
	char *text = malloc(1 << 22);

	*len = 0;
	if (file && text)
		*len = fread(text, 1, 1 << 22, file);
	if (file)
		fclose(file);
	return text;
}

static int load_schema(struct bot *bot, const char *path)
{
	struct mtproto_schema_builder *builder;
	size_t len;
	char *text = read_file(path, &len);
	int error = mtproto_schema_builder_new(&builder, NULL);

	if (!error)
		error = mtproto_schema_builder_add_text(builder, path, text, len);
	if (!error)
		error = mtproto_schema_builder_finish(&bot->schema, builder);
	if (error && mtproto_schema_builder_error(builder)->code)
		fprintf(stderr, "%s\n", mtproto_schema_builder_error(builder)->reason);
	if (!error && mtproto_schema_layer(bot->schema) == 0) {
		fprintf(stderr, "%s has no line \"// LAYER n\"\n", path);
		error = MTPROTO_ERR_SCHEMA;
	}
	mtproto_schema_builder_free(builder);
	free(text);
	return error;
}

static int open_account(struct bot *bot, char **argv, bool elsewhere)
{
	struct mtproto_account_config config;
	struct mtproto_dc_option there = {.id = MTPROTO_DC_DEFAULT};
	char *key = NULL;
	int error;

	mtproto_account_config_init(&config);
	config.loop = uv_default_loop();
	config.store = &bot->store;
	config.schema = bot->schema;
	config.connection.layer = (int32_t)mtproto_schema_layer(bot->schema);
	config.connection.api_id = (int32_t)strtol(argv[2], NULL, 10);
	config.connection.device_model = "echo_bot";
	config.on_ready = on_ready;
	config.on_updates = on_updates;
	config.user = bot;
	if (elsewhere) {
		snprintf(there.address, sizeof(there.address), "%s", argv[5]);
		there.port = (uint16_t)strtoul(argv[6], NULL, 10);
		config.dc_options = &there;
		config.dc_option_count = 1;
		key = read_file(argv[7], &config.connection.rsa_pem_len);
		config.connection.rsa_pem = key;
	}
	error = mtproto_account_open(&bot->account, &config);
	free(key);
	return error;
}

int main(int argc, char **argv)
{
	struct bot bot = {.token = argc > 1 ? argv[1] : NULL, .api_hash = argc > 3 ? argv[3] : NULL};
	char reason[256] = "";
	int error;

	if (argc != 5 && argc != 8) {
		fprintf(stderr, "usage: %s TOKEN API_ID API_HASH SCHEMA.tl [ADDRESS PORT KEY.pub]\n", argv[0]);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	error = load_schema(&bot, argv[4]);
	if (!error)
		error = mtproto_store_open_sqlite(&bot.store, "echo_bot.db", true, reason, sizeof(reason));
	if (!error)
		error = open_account(&bot, argv, argc == 8);
	if (error) {
		fprintf(stderr, "%s %s\n", mtproto_strerror(error), reason);
		return 1;
	}
	bot.interrupt.data = &bot;
	uv_signal_init(uv_default_loop(), &bot.interrupt);
	uv_signal_start(&bot.interrupt, on_interrupt, SIGINT);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	mtproto_store_close(&bot.store);
	mtproto_schema_free(bot.schema);
	return bot.failed || uv_loop_close(uv_default_loop());
}
