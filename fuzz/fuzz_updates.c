/* A script for a box of updates: records of an operation, a length of two bytes and what it is about. Whatever comes
 * and is answered, what is delivered lies in what was given, counters are not below zero, what waits is bounded, and it
 * is quiet when nothing comes any more. */
#include <mtproto/schema.h>
#include <mtproto/updates.h>

#include <stdlib.h>
#include <string.h>

enum { RECV, RESULT, ANSWER, FAIL, WAIT, CONNECTED, NEW_SESSION, HASH, REFUSE, OPEN, CLOSE, FORGET, PULL, OPERATIONS };
enum { TOKENS_MAX = 64, BYTES_MAX = 1 << 16 };

static const char schema_text[] =
	"messageEmpty#90a6ca84 flags:# id:int peer_id:flags.0?Peer = Message;\n"
	"encryptedMessageService#23734b06 random_id:long chat_id:int date:int bytes:bytes = EncryptedMessage;\n"
	"dialog#fc89f7f3 flags:# peer:Peer top_message:int pts:flags.0?int = Dialog;\n"
	"updateNewMessage#1f2b0afd message:Message pts:int pts_count:int = Update;\n"
	"updateDeleteMessages#a20db0e5 messages:Vector<int> pts:int pts_count:int = Update;\n"
	"updateNewChannelMessage#62ba04d9 message:Message pts:int pts_count:int = Update;\n"
	"updateDeleteChannelMessages#c32d5b12 channel_id:long messages:Vector<int> pts:int pts_count:int = Update;\n"
	"updateChannelTooLong#108d941f flags:# channel_id:long pts:flags.0?int = Update;\n"
	"updateBotStopped#c4870a49 user_id:long date:int stopped:Bool qts:int = Update;\n"
	"updateMessageID#4e90bfd6 id:int random_id:long = Update;\n"
	"updateConfig#a229dd06 = Update;\n"
	"updatePtsChanged#3354678f = Update;\n"
	"updateContactsReset#7084a7be = Update;\n";

struct run {
	struct mtproto_updates *updates;
	struct mtproto_now now;
	uint64_t tokens[TOKENS_MAX];
	size_t token_count;
};

/* Made once, for all runs. */
static const struct mtproto_schema *get_schema(void)
{
	static struct mtproto_schema *schema;
	struct mtproto_schema_builder *builder;

	if (schema)
		return schema;
	if (mtproto_schema_builder_new(&builder, NULL) ||
	    mtproto_schema_builder_add_text(builder, "updates", schema_text, sizeof(schema_text) - 1) ||
	    mtproto_schema_builder_finish(&schema, builder))
		abort();
	mtproto_schema_builder_free(builder);
	return schema;
}

static void check_event(const struct mtproto_updates_event *event)
{
	static volatile uint8_t sum;

	/* Reads every byte, so that a sanitizer sees one that is not there. */
	for (size_t i = 0; i < event->body.len; i++)
		sum = (uint8_t)(sum ^ event->body.data[i]);
	if (event->type == MTPROTO_UPDATES_EVENT_STATE &&
	    (event->state.pts < 0 || event->state.qts < 0 || event->state.seq < 0))
		abort();
}

static size_t pull(struct run *run)
{
	struct mtproto_updates_request request;
	struct mtproto_updates_event event;
	size_t pulled = 0;

	while (mtproto_updates_next_event(run->updates, &event) > 0) {
		check_event(&event);
		pulled++;
	}
	mtproto_updates_process(run->updates, &run->now);
	while (run->token_count < TOKENS_MAX && mtproto_updates_next_request(run->updates, &request) > 0) {
		run->tokens[run->token_count++] = request.token;
		pulled++;
	}
	return pulled;
}

/* The oldest request. */
static uint64_t take_token(struct run *run)
{
	uint64_t token = run->token_count ? run->tokens[0] : 0;

	if (run->token_count)
		memmove(run->tokens, run->tokens + 1, --run->token_count * sizeof(run->tokens[0]));
	return token;
}

static int64_t channel_in(const uint8_t *data, size_t len)
{
	return len ? data[0] : 0;
}

static void act(struct run *run, int operation, const uint8_t *data, size_t len)
{
	struct mtproto_updates *updates = run->updates;
	const struct mtproto_now *now = &run->now;
	int result = 0;

	switch (operation) {
	case RECV:
		result = mtproto_updates_recv(updates, now, data, len);
		break;
	case RESULT:
		result = mtproto_updates_result(updates, now, channel_in(data, len), data, len);
		break;
	case ANSWER:
		result = mtproto_updates_answer(updates, now, take_token(run), data, len);
		break;
	case FAIL:
		result = mtproto_updates_fail(updates, now, take_token(run), len ? 400 + data[0] % 32 : 0, data, len);
		break;
	case WAIT:
		run->now.mono_ns += (uint64_t)channel_in(data, len) * 100000000;
		break;
	case CONNECTED:
		mtproto_updates_connected(updates, now);
		break;
	case NEW_SESSION:
		mtproto_updates_new_session(updates, now);
		break;
	case HASH:
		result = mtproto_updates_set_access_hash(updates, now, channel_in(data, len), 1);
		break;
	case REFUSE:
		mtproto_updates_refuse_access_hash(updates, now, channel_in(data, len));
		break;
	case OPEN:
		result = mtproto_updates_open_channel(updates, now, channel_in(data, len));
		break;
	case CLOSE:
		mtproto_updates_close_channel(updates, channel_in(data, len));
		break;
	case FORGET:
		mtproto_updates_forget_channel(updates, channel_in(data, len));
		break;
	default:
		pull(run);
	}
	if (result == MTPROTO_ERR_MEMORY)
		abort();
}

/* Nobody is polled, every request is refused as no channel is: after an hour there is nothing left to do but to look
 * once in a while. */
static void come_to_rest(struct run *run)
{
	static const char text[] = "CHANNEL_PRIVATE";

	for (int64_t channel = 0; channel < 256; channel++)
		mtproto_updates_close_channel(run->updates, channel);
	for (int i = 0; i < 60; i++) {
		run->now.mono_ns += UINT64_C(60000000000);
		pull(run);
		while (run->token_count)
			if (mtproto_updates_fail(run->updates, &run->now, take_token(run), 401, text,
						 sizeof(text) - 1) == MTPROTO_ERR_ARGUMENT)
				abort();
	}
	run->now.mono_ns += UINT64_C(60000000000);
	pull(run);
	if (pull(run) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mtproto_updates_config config;
	struct run run;

	memset(&run, 0, sizeof(run));
	mtproto_updates_config_init(&config);
	mtproto_update_reader_init_schema(&config.reader, get_schema());
	config.bytes_max = BYTES_MAX;
	config.held_max = 16;
	config.channels_max = 8;
	if (mtproto_updates_new(&run.updates, &config))
		abort();
	while (len >= 3) {
		size_t size = (size_t)data[1] | (size_t)data[2] << 8;

		if (size > len - 3)
			size = len - 3;
		act(&run, data[0] % OPERATIONS, data + 3, size);
		data += 3 + size;
		len -= 3 + size;
	}
	come_to_rest(&run);
	mtproto_updates_free(run.updates);
	return 0;
}
