#include "cli/demo_updates.h"

#include <mtproto/account.h>
#include <mtproto/value.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/data_centre.h"
#include "cli/progress.h"
#include "testdc/objects.h"
#include "testdc/schema.h"

#define DC       2
#define LAYER    228
#define USER_ID  4711
#define TOKEN    "4711:demo"
#define API_HASH "0123456789abcdef0123456789abcdef"

#define CHANNELS 50
#define CUTS     20
#define RATE     10000 /* a second */

/* Five in a hundred. */
#define LOST_PER_MILLION    20000
#define DOUBLED_PER_MILLION 15000
#define SWAPPED_PER_MILLION 15000

/* The loop looks at all of it so often, until it gives up. */
#define TICK_MS   500
#define TICKS_MAX 600

/* A demonstration need not be polite to its own server. */
#define RECONNECT_NS UINT64_C(10000000)

#define NEW_MESSAGE         0x1f2b0afdu
#define NEW_CHANNEL_MESSAGE 0x62ba04d9u
#define SHORT_MESSAGE       0x313bc7f8u
#define SHORT_CHAT_MESSAGE  0x4d6deea5u
#define USER_NAME           0xa7848924u

/* What is known of one chat: the ids of its messages count from 1, and its counters rise. */
struct chat {
	int32_t last_message;
	int32_t last_pts;
};

struct watch {
	uv_loop_t *loop;
	struct data_centre centre;
	struct mtproto_server_session *session; /* the account's, to cut its link */
	struct mtproto_schema *schema;
	struct mtproto_account *account;
	struct progress progress;
	uv_timer_t timer;
	unsigned ticks;
	int64_t count;
	struct chat chats[CHANNELS + 1]; /* the first is the account's own */
	int32_t last_qts;
	int32_t with_qts;
	uint8_t *names; /* a bit for each, by the seq of its container: they have no counter, and may be told twice */
	uint64_t messages, others, new_names, names_again, gaps, cuts;
	char mistake[128]; /* the first; "" while there is none */
};

/* ---- The server's side ---- */

static void on_server_event(const struct mtproto_event *event, void *user)
{
	struct watch *watch = user;

	if (event->type == MTPROTO_EVENT_SESSION || event->type == MTPROTO_EVENT_REQUEST)
		watch->session = event->session;
	else if (event->type == MTPROTO_EVENT_SESSION_END && event->session == watch->session)
		watch->session = NULL;
}

static void cut(struct watch *watch)
{
	struct mtproto_server_session_info info;

	if (!watch->session)
		return;
	mtproto_server_session_get_info(watch->session, &info);
	if (!info.link)
		return;
	mtproto_link_close(info.link, 0);
	mtproto_uv_wake(watch->centre.uv);
	watch->cuts++;
}

/* ---- Each update ---- */

static void note_mistake(struct watch *watch, const char *what, size_t chat, int64_t found, int64_t before)
{
	if (!watch->mistake[0])
		snprintf(watch->mistake, sizeof(watch->mistake), "chat %zu: %s %" PRId64 " after %" PRId64, chat, what,
			 found, before);
}

static int64_t find_number(const struct watch *watch, struct mtproto_span object, const char *path)
{
	struct mtproto_found found;
	struct mtproto_tl_reader r;

	if (mtproto_value_find(&found, object.data, object.len, watch->schema, NULL, path, NULL))
		return 0;
	mtproto_tl_reader_init(&r, found.bytes.data, found.bytes.len);
	return found.bytes.len == 4 ? mtproto_tl_read_int(&r) : (int64_t)mtproto_tl_read_long(&r);
}

static size_t chat_of(int64_t channel_id)
{
	return channel_id ? (size_t)(channel_id - (int64_t)testdc_feed_channel_id(0)) + 1 : 0;
}

static void note_message(struct watch *watch, size_t chat, int64_t id)
{
	if (chat > CHANNELS || id != watch->chats[chat].last_message + 1) {
		note_mistake(watch, "message", chat, id, chat > CHANNELS ? 0 : watch->chats[chat].last_message);
		return;
	}
	watch->chats[chat].last_message++;
	watch->messages++;
}

/* The name is the seq of its container. */
static void note_name(struct watch *watch, struct mtproto_span object)
{
	struct mtproto_found found;
	struct mtproto_tl_reader r;
	struct mtproto_span text;
	int64_t number = 0;

	if (mtproto_value_find(&found, object.data, object.len, watch->schema, NULL, "first_name", NULL))
		return;
	mtproto_tl_reader_init(&r, found.bytes.data, found.bytes.len);
	text = mtproto_tl_read_bytes(&r);
	for (size_t i = 0; i < text.len; i++)
		number = number * 10 + (text.data[i] - '0');
	if (number <= 0 || number > watch->count) {
		note_mistake(watch, "name", 0, number, 0);
	} else if (watch->names[number / 8] >> number % 8 & 1) {
		watch->names_again++;
	} else {
		watch->names[number / 8] |= (uint8_t)(1 << number % 8);
		watch->new_names++;
	}
}

static void note_counters(struct watch *watch, const struct mtproto_update_fields *fields)
{
	size_t chat = chat_of(fields->channel_id);

	if (chat > CHANNELS) {
		note_mistake(watch, "pts", chat, fields->pts, 0);
	} else if (fields->qts) {
		if (fields->qts <= watch->last_qts)
			note_mistake(watch, "qts", chat, fields->qts, watch->last_qts);
		watch->last_qts = fields->qts;
		watch->with_qts++;
	} else if (fields->pts) {
		if (fields->pts <= watch->chats[chat].last_pts)
			note_mistake(watch, "pts", chat, fields->pts, watch->chats[chat].last_pts);
		watch->chats[chat].last_pts = fields->pts;
	}
}

static void note_update(struct watch *watch, const struct mtproto_updates_event *event)
{
	note_counters(watch, &event->fields);
	switch (event->constructor) {
	case NEW_MESSAGE:
	case NEW_CHANNEL_MESSAGE:
		note_message(watch, chat_of(event->fields.channel_id), find_number(watch, event->body, "message.id"));
		break;
	case SHORT_MESSAGE:
	case SHORT_CHAT_MESSAGE:
		note_message(watch, 0, find_number(watch, event->body, "id"));
		break;
	case USER_NAME:
		note_name(watch, event->body);
		break;
	default:
		watch->others++;
	}
}

/* ---- The account's side ---- */

static uint64_t delivered(const struct watch *watch)
{
	return watch->messages + watch->others + watch->new_names;
}

static void on_updates(struct mtproto_account *account, const struct mtproto_updates_event *event, void *user)
{
	struct watch *watch = user;

	(void)account;
	switch (event->type) {
	case MTPROTO_UPDATES_EVENT_UPDATE:
		note_update(watch, event);
		break;
	case MTPROTO_UPDATES_EVENT_MESSAGE:
		note_message(watch, chat_of(event->channel_id), find_number(watch, event->body, "id"));
		break;
	case MTPROTO_UPDATES_EVENT_ENCRYPTED_MESSAGE:
		watch->with_qts++; /* a difference has them before the updates with a qts */
		watch->others++;
		break;
	case MTPROTO_UPDATES_EVENT_GAP:
		watch->gaps++;
		break;
	case MTPROTO_UPDATES_EVENT_RAW:
	case MTPROTO_UPDATES_EVENT_TOO_LONG:
	case MTPROTO_UPDATES_EVENT_INACCESSIBLE:
	case MTPROTO_UPDATES_EVENT_ACCESS_HASH:
		note_mistake(watch, "event", 0, event->type, 0);
		break;
	case MTPROTO_UPDATES_EVENT_PEERS:
	case MTPROTO_UPDATES_EVENT_STATE:
		break;
	}
	if (watch->cuts < CUTS && delivered(watch) * (CUTS + 1) >= (uint64_t)watch->count * (watch->cuts + 1))
		cut(watch);
}

/* ---- The end ---- */

static bool has_all(const struct watch *watch)
{
	const struct testdc_feed *feed = testdc_find_feed(watch->centre.testdc, USER_ID);
	struct testdc_feed_state state;
	int32_t pts, last_message;

	if (!feed || delivered(watch) != (uint64_t)watch->count)
		return false;
	testdc_feed_get_account(feed, &state, &last_message);
	if (watch->chats[0].last_message != last_message || watch->with_qts != state.qts)
		return false;
	for (uint32_t i = 0; i < CHANNELS; i++) {
		testdc_feed_get_channel(feed, i, &pts, &last_message);
		if (watch->chats[i + 1].last_message != last_message)
			return false;
	}
	return true;
}

static bool is_over(const struct watch *watch)
{
	return watch->mistake[0] || watch->ticks > TICKS_MAX || has_all(watch);
}

/* What is lost at the very end nothing later tells of: then the account asks by itself, after a silence that is too
 * long for a demonstration. */
static void on_tick(uv_timer_t *timer)
{
	struct watch *watch = timer->data;
	struct mtproto_updates *updates = mtproto_account_updates(watch->account);
	struct mtproto_now now = mtproto_uv_now();

	watch->ticks++;
	progress_say(&watch->progress, "%" PRIu64 " of %" PRId64 " updates", delivered(watch), watch->count);
	if (updates && testdc_find_feed(watch->centre.testdc, USER_ID) &&
	    testdc_deadline(watch->centre.testdc) == MTPROTO_NEVER)
		mtproto_updates_catch_up(updates, &now, 0);
}

static void on_signed_in(struct mtproto_account *account, const struct mtproto_answer *answer, void *user)
{
	(void)account;
	if (answer->type != MTPROTO_EVENT_RESULT)
		note_mistake(user, "sign-in", 0, answer->code, answer->error);
}

static void on_account_closed(struct mtproto_account *account, void *user)
{
	(void)account;
	((struct watch *)user)->account = NULL;
}

/* ---- All of it ---- */

static int make_schema(struct watch *watch)
{
	struct mtproto_schema_builder *builder;
	int error = mtproto_schema_builder_new(&builder, NULL);

	if (error)
		return error;
	error = testdc_schema_add(builder);
	if (!error)
		error = mtproto_schema_builder_finish(&watch->schema, builder);
	mtproto_schema_builder_free(builder);
	return error;
}

static int open_centre(struct watch *watch, const struct pem *private_half)
{
	static const struct data_centre_place place = {.dc = DC, .address = {.host = "127.0.0.1", .port = 0}};
	static const struct testdc_update_faults faults = {
		.lost = LOST_PER_MILLION, .doubled = DOUBLED_PER_MILLION, .swapped = SWAPPED_PER_MILLION};
	struct testdc_stream stream;
	int exit_code;

	watch->centre.on_event = on_server_event;
	watch->centre.user = watch;
	exit_code = data_centre_open(&watch->centre, watch->loop, "demo");
	if (exit_code == EXIT_OK)
		exit_code = data_centre_add(&watch->centre, "demo", &place, private_half);
	if (exit_code != EXIT_OK)
		return exit_code;
	testdc_stream_init(&stream);
	stream.rate = RATE;
	stream.feed.count = (uint32_t)watch->count;
	stream.feed.channels = CHANNELS;
	testdc_set_stream(watch->centre.testdc, &stream);
	testdc_set_update_faults(watch->centre.testdc, &faults);
	return EXIT_OK;
}

/* What an application knows from its list of dialogs: which channels there are, where they begin, and their access
 * hashes. */
static int follow_channels(struct watch *watch)
{
	struct mtproto_updates *updates = mtproto_account_updates(watch->account);
	int error = 0;

	for (uint32_t i = 0; i < CHANNELS && !error; i++) {
		uint64_t id = testdc_feed_channel_id(i);
		const struct mtproto_update_state state = {.channel_id = (int64_t)id,
							   .access_hash = (int64_t)testdc_access_hash(id),
							   .has_access_hash = true,
							   .pts = 1};

		error = mtproto_updates_set_state(updates, &state);
	}
	return error;
}

static int open_account(struct watch *watch, const struct pem *public_half)
{
	struct mtproto_uv_address address;
	struct mtproto_account_config config;
	struct mtproto_dc_option option = {.id = DC, .flags = MTPROTO_DC_THIS_PORT_ONLY, .address = "127.0.0.1"};
	int error = mtproto_uv_address_parse(&address, data_centre_address(&watch->centre, 0));

	option.port = address.port;
	mtproto_account_config_init(&config);
	config.loop = watch->loop;
	config.dc_options = &option;
	config.dc_option_count = 1;
	config.reconnect.delay_initial_ns = RECONNECT_NS;
	config.connection.rsa_pem = public_half->text;
	config.connection.rsa_pem_len = public_half->len;
	config.connection.layer = LAYER;
	config.connection.api_id = 1;
	config.schema = watch->schema;
	config.on_updates = on_updates;
	config.user = watch;
	if (!error)
		error = mtproto_account_open(&watch->account, &config);
	if (!error)
		error = follow_channels(watch);
	if (!error)
		error = mtproto_account_sign_in_bot(watch->account, API_HASH, TOKEN, on_signed_in, watch, NULL);
	return error;
}

static void print_counts(const struct watch *watch, uint64_t begin_ns)
{
	struct testdc_update_counts counts;

	testdc_get_counts(watch->centre.testdc, &counts);
	printf("containers   %" PRIu64 " pushed, %" PRIu64 " lost, %" PRIu64 " doubled, %" PRIu64 " swapped\n",
	       counts.pushed, counts.lost, counts.doubled, counts.swapped);
	printf("links        cut %" PRIu64 " times\n", watch->cuts);
	printf("gaps         %" PRIu64 " noticed\n", watch->gaps);
	printf("delivered    %" PRIu64 " of %" PRId64 " updates in %.1f s, each once and in order:\n", delivered(watch),
	       watch->count, (double)(mtproto_uv_now().mono_ns - begin_ns) / 1e9);
	printf("  messages   %" PRIu64 " in %d chats, their ids without a gap\n", watch->messages, CHANNELS + 1);
	printf("  others     %" PRIu64 " with a counter\n", watch->others);
	printf("  names      %" PRIu64 " without one, %" PRIu64 " told again by a difference\n\n", watch->new_names,
	       watch->names_again);
}

static int run(struct watch *watch, const struct pem *private_half, const struct pem *public_half)
{
	uint64_t begin_ns = mtproto_uv_now().mono_ns;
	int exit_code = open_centre(watch, private_half);
	int error = exit_code == EXIT_OK ? make_schema(watch) : 0;

	if (exit_code == EXIT_OK && !error)
		error = open_account(watch, public_half);
	if (error)
		complain("demo: %s", mtproto_strerror(error));
	if (error || exit_code != EXIT_OK)
		return EXIT_FAILED;
	uv_timer_start(&watch->timer, on_tick, TICK_MS, TICK_MS);
	while (!is_over(watch))
		uv_run(watch->loop, UV_RUN_ONCE);
	progress_close(&watch->progress);
	if (has_all(watch)) {
		print_counts(watch, begin_ns);
		return EXIT_OK;
	}
	complain("demo: %s, %" PRIu64 " of %" PRId64 " updates delivered",
		 watch->mistake[0] ? watch->mistake : "it takes too long", delivered(watch), watch->count);
	return EXIT_FAILED;
}

int demo_updates(uv_loop_t *loop, const struct pem *private_half, const struct pem *public_half, int64_t count)
{
	struct watch watch = {.loop = loop, .count = count};
	int exit_code = EXIT_FAILED;

	printf("%" PRId64 " updates of one account and %d channels; of a hundred five are lost, doubled or swapped\n\n",
	       count, CHANNELS);
	watch.names = calloc(1, (size_t)count / 8 + 1);
	uv_timer_init(loop, &watch.timer);
	watch.timer.data = &watch;
	progress_open(&watch.progress, loop);
	if (watch.names)
		exit_code = run(&watch, private_half, public_half);
	progress_close(&watch.progress);
	mtproto_account_close(watch.account, on_account_closed);
	uv_close((uv_handle_t *)&watch.timer, NULL);
	while (watch.account)
		uv_run(loop, UV_RUN_ONCE);
	data_centre_close(&watch.centre);
	uv_run(loop, UV_RUN_DEFAULT);
	mtproto_schema_free(watch.schema);
	free(watch.names);
	return exit_code;
}
