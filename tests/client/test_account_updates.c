/* The updates of an account: in order and once, whatever the server leaves out, and over its end. The data centre is
 * scripted here: its objects are made of JSON by the schema of layer 228. */
#include "client/centres.h"

#include <mtproto/json.h>
#include <mtproto/update_state.h>

enum { DIARY_MAX = 64, REQUESTS_MAX = 16 };

#define CHANNEL         1234
#define DELETE_MESSAGES 0xe58e95d2u /* messages.deleteMessages */

static struct mtproto_schema *schema;

/* What the server does, and what it was asked. */
struct script {
	struct mtproto_server_session *session;
	const char *difference; /* what getDifference is answered with */
	const char *channel_difference;
	unsigned states, differences, channel_differences;
	int32_t pts_asked;
	int64_t access_hash_asked;
};

/* What came out of the box: updates and messages by their pts, other things by a letter. */
struct diary {
	struct user user;
	struct script script;
	unsigned entries;
	int32_t entry[DIARY_MAX];
	unsigned saved; /* STATE events */
	unsigned access_hashes;
	unsigned raw; /* objects that went past the box */
};

/* ---- Objects ---- */

static int schema_new(void **state)
{
	struct mtproto_schema_builder *builder;
	static char text[1 << 20];
	FILE *file = fopen(VECTORS_DIR "/api-layer228.tl", "rb");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_int_equal(mtproto_schema_builder_new(&builder, NULL), 0);
	assert_int_equal(mtproto_schema_builder_add_text(builder, "api-layer228.tl", text, len), 0);
	assert_int_equal(mtproto_schema_builder_finish(&schema, builder), 0);
	mtproto_schema_builder_free(builder);
	return world_key_new(state);
}

static int schema_free(void **state)
{
	(void)state;
	mtproto_schema_free(schema);
	return 0;
}

static size_t encode(uint8_t *out, size_t cap, const char *json)
{
	struct mtproto_value_error error;
	struct mtproto_arena *arena;
	struct mtproto_tl_writer w;
	struct mtproto_value value;

	assert_int_equal(mtproto_arena_new(&arena, NULL, 1 << 20), 0);
	if (mtproto_json_decode(&value, arena, json, strlen(json), schema, NULL, &error))
		fail_msg("%s: %s", error.path, error.reason);
	mtproto_tl_writer_init(&w, out, cap);
	assert_int_equal(mtproto_value_write(&w, &value, NULL, &error), 0);
	mtproto_arena_free(arena);
	return w.len;
}

#define STATE(pts) \
	"{\"_\": \"updates.state\", \"pts\": " #pts ", \"qts\": 1, \"date\": 7, \"seq\": 0, \"unread_count\": 0}"
#define DIFFERENCE(updates, pts)                                                                 \
	"{\"_\": \"updates.difference\", \"new_messages\": [], \"new_encrypted_messages\": [], " \
	"\"other_updates\": [" updates "], \"chats\": [], \"users\": [], \"state\": " STATE(pts) "}"
#define DELETED(pts) "{\"_\": \"updateDeleteMessages\", \"messages\": [1], \"pts\": " #pts ", \"pts_count\": 1}"
#define CHANNEL_DELETED(pts)                                                                     \
	"{\"_\": \"updateDeleteChannelMessages\", \"channel_id\": \"1234\", \"messages\": [1], " \
	"\"pts\": " #pts ", \"pts_count\": 1}"
#define SHORT(update) "{\"_\": \"updateShort\", \"update\": " update ", \"date\": 8}"
#define CHAT                                                                                   \
	"{\"_\": \"channel\", \"id\": \"1234\", \"access_hash\": \"5678\", \"title\": \"c\", " \
	"\"photo\": {\"_\": \"chatPhotoEmpty\"}, \"date\": 1}"
/* As chats stand in messages that were forwarded: the hash opens nothing. */
#define MIN_CHAT                                                                                           \
	"{\"_\": \"channel\", \"min\": true, \"id\": \"1234\", \"access_hash\": \"1\", \"title\": \"c\", " \
	"\"photo\": {\"_\": \"chatPhotoEmpty\"}, \"date\": 1}"
#define UPDATES(updates, chats)                                                                                 \
	"{\"_\": \"updates\", \"updates\": [" updates "], \"users\": [], \"chats\": [" chats "], \"date\": 8, " \
	"\"seq\": 0}"

/* ---- The data centre ---- */

static void reply(const struct mtproto_event *event, const char *json)
{
	uint8_t body[2048];
	size_t len = encode(body, sizeof(body), json);

	assert_int_equal(mtproto_server_reply(event->session, event->msg_id, body, len), 0);
}

static void push(struct diary *d, const char *json)
{
	uint8_t body[2048];
	size_t len = encode(body, sizeof(body), json);

	assert_int_equal(mtproto_server_push(d->script.session, body, len), 0);
	mtproto_uv_wake(d->user.centres->uv);
}

static void note_pts(struct script *script, const struct mtproto_event *event)
{
	struct mtproto_tl_reader r;

	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	mtproto_tl_read_u32(&r);
	mtproto_tl_read_u32(&r); /* flags */
	script->pts_asked = mtproto_tl_read_int(&r);
}

static void note_channel(struct script *script, const struct mtproto_event *event)
{
	struct mtproto_found found;
	struct mtproto_tl_reader r;

	assert_int_equal(mtproto_value_find(&found, event->body.data, event->body.len, schema, NULL,
					    "channel.access_hash", NULL),
			 0);
	mtproto_tl_reader_init(&r, found.bytes.data, found.bytes.len);
	script->access_hash_asked = (int64_t)mtproto_tl_read_long(&r);
}

static bool on_request(struct centres *centres, const struct mtproto_event *event)
{
	struct script *script = &((struct diary *)centres->user)->script;
	struct mtproto_tl_reader r;

	script->session = event->session;
	mtproto_tl_reader_init(&r, event->body.data, event->body.len);
	switch (mtproto_tl_peek(&r)) {
	case MTPROTO_ID_GET_STATE:
		script->states++;
		reply(event, STATE(10));
		return true;
	case MTPROTO_ID_GET_DIFFERENCE:
		script->differences++;
		note_pts(script, event);
		reply(event, script->difference);
		return true;
	case MTPROTO_ID_GET_CHANNEL_DIFFERENCE:
		script->channel_differences++;
		note_channel(script, event);
		reply(event, script->channel_difference);
		return true;
	case DELETE_MESSAGES:
		reply(event, "{\"_\": \"messages.affectedMessages\", \"pts\": 12, \"pts_count\": 1}");
		return true;
	default:
		return false;
	}
}

/* ---- The account ---- */

static void on_updates(struct mtproto_account *account, const struct mtproto_updates_event *event, void *user)
{
	struct diary *d = user;

	(void)account;
	assert_true(d->entries < DIARY_MAX);
	switch (event->type) {
	case MTPROTO_UPDATES_EVENT_UPDATE:
		d->entry[d->entries++] = event->fields.pts;
		break;
	case MTPROTO_UPDATES_EVENT_GAP:
		d->entry[d->entries++] = -'g';
		break;
	case MTPROTO_UPDATES_EVENT_ACCESS_HASH:
		d->access_hashes++;
		break;
	case MTPROTO_UPDATES_EVENT_STATE:
		d->saved++;
		break;
	default:
		break;
	}
}

static void on_update(struct mtproto_account *account, struct mtproto_span body, void *user)
{
	(void)account;
	assert_true(body.len >= 4);
	((struct diary *)user)->raw++;
}

static void diary_start(struct diary *d, struct centres *centres)
{
	memset(d, 0, sizeof(*d));
	centres_start(centres);
	centres->on_request = on_request;
	centres->user = d;
	user_init(&d->user, centres);
	d->user.config.schema = schema;
	d->user.config.on_updates = on_updates;
	d->user.config.on_update = on_update;
	user_open(&d->user);
}

/* Signed in, and with the state that the server told. */
static void diary_begin(struct diary *d, struct centres *centres)
{
	diary_start(d, centres);
	sign_in(&d->user);
	run_until(centres, &d->saved, 1);
	assert_int_equal(d->script.states, 1);
}

static void diary_end(struct diary *d, struct centres *centres)
{
	user_leave(&d->user);
	centres_stop(centres);
}

static void assert_entries(const struct diary *d, const int32_t *expected, unsigned count)
{
	assert_int_equal(d->entries, count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(d->entry[i], expected[i]);
}

static struct mtproto_update_state stored_state(const struct diary *d, int64_t id)
{
	struct mtproto_update_state state;
	struct mtproto_span data;

	assert_int_equal(mtproto_store_load(&d->user.store, MTPROTO_STORE_UPDATES, id, &data), 0);
	assert_int_equal(mtproto_update_state_import(&state, data.data, data.len), 0);
	return state;
}

/* ---- Tests ---- */

static void updates_come_once_and_in_order(void **state)
{
	static const int32_t expected[] = {11, -'g', 12, 13};
	struct centres centres;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	push(&d, SHORT(DELETED(11)));
	push(&d, SHORT(DELETED(13)));
	push(&d, SHORT(DELETED(11)));
	push(&d, SHORT(DELETED(12)));
	push(&d, SHORT(DELETED(13)));
	run_until(&centres, &d.entries, 4);
	centres_calm(&centres);
	assert_entries(&d, expected, 4);
	assert_int_equal(d.script.differences, 0);
	assert_int_equal(stored_state(&d, -1).pts, 13);
	diary_end(&d, &centres);
}

static void what_is_missing_is_asked_for(void **state)
{
	static const int32_t expected[] = {-'g', 11, 12};
	struct centres centres;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	d.script.difference = DIFFERENCE(DELETED(11) ", " DELETED(12), 12);
	push(&d, SHORT(DELETED(12)));
	run_until(&centres, &d.entries, 3);
	centres_calm(&centres);
	assert_entries(&d, expected, 3);
	assert_int_equal(d.script.differences, 1);
	assert_int_equal(d.script.pts_asked, 10);
	assert_int_equal(stored_state(&d, -1).pts, 12);
	diary_end(&d, &centres);
}

static void answers_of_calls_count(void **state)
{
	static const int32_t expected[] = {11, 13};
	struct centres centres;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	push(&d, SHORT(DELETED(11)));
	run_until(&centres, &d.entries, 1);
	call_at(&d.user, 0, DELETE_MESSAGES); /* its answer says that it was event 12 */
	wait_for(&d.user, 2);
	push(&d, SHORT(DELETED(13)));
	run_until(&centres, &d.entries, 2);
	assert_entries(&d, expected, 2);
	assert_int_equal(d.script.differences, 0);
	diary_end(&d, &centres);
}

static void the_next_account_goes_on(void **state)
{
	static const int32_t expected[] = {11, 12, 13};
	struct centres centres;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	push(&d, SHORT(DELETED(11)));
	run_until(&centres, &d.entries, 1);
	user_close(&d.user);
	d.script.difference = DIFFERENCE(DELETED(12), 12);
	user_open(&d.user);
	run_until(&centres, &d.entries, 2);
	assert_int_equal(d.script.differences, 1);
	assert_int_equal(d.script.pts_asked, 11);
	push(&d, SHORT(DELETED(13)));
	run_until(&centres, &d.entries, 3);
	assert_entries(&d, expected, 3);
	assert_int_equal(d.script.states, 1);
	diary_end(&d, &centres);
}

static void a_lost_session_is_made_up_for(void **state)
{
	struct mtproto_server_session_info info;
	struct centres centres;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	d.script.difference = DIFFERENCE(DELETED(11), 11);
	mtproto_server_session_get_info(d.script.session, &info);
	mtproto_link_close(info.link, 0);
	mtproto_uv_wake(centres.uv);
	run_until(&centres, &d.script.differences, 1); /* the account connects again, and asks */
	run_until(&centres, &d.entries, 1);
	assert_int_equal(d.entry[0], 11);
	diary_end(&d, &centres);
}

static void access_hashes_are_remembered(void **state)
{
	struct centres centres;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	d.script.channel_difference = "{\"_\": \"updates.channelDifference\", \"final\": true, \"pts\": 33, "
				      "\"new_messages\": [], \"other_updates\": [" CHANNEL_DELETED(
					      32) ", " CHANNEL_DELETED(33) "], \"chats\": [], \"users\": []}";
	push(&d, UPDATES(CHANNEL_DELETED(31), CHAT));
	push(&d, UPDATES(DELETED(11), MIN_CHAT));
	run_until(&centres, &d.entries, 2);
	push(&d, SHORT(CHANNEL_DELETED(33)));
	run_until(&centres, &d.entries, 5);
	assert_int_equal(d.script.channel_differences, 1);
	assert_int_equal(d.script.access_hash_asked, 5678);
	assert_int_equal(d.access_hashes, 0); /* the application was not asked */
	assert_int_equal(d.entry[3], 32);
	assert_int_equal(d.entry[4], 33);
	run_until(&centres, &d.saved, 4);
	assert_int_equal(stored_state(&d, CHANNEL).pts, 33);
	diary_end(&d, &centres);
}

static void unknown_access_hashes_are_the_applications(void **state)
{
	struct centres centres;
	struct mtproto_now now;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	d.script.channel_difference = "{\"_\": \"updates.channelDifferenceEmpty\", \"final\": true, \"pts\": 33}";
	push(&d, UPDATES(CHANNEL_DELETED(31), ""));
	push(&d, SHORT(CHANNEL_DELETED(33)));
	run_until(&centres, &d.access_hashes, 1);
	now = mtproto_uv_now();
	assert_int_equal(mtproto_updates_set_access_hash(mtproto_account_updates(d.user.account), &now, CHANNEL, 99),
			 0);
	run_until(&centres, &d.script.channel_differences, 1);
	assert_int_equal(d.script.access_hash_asked, 99);
	diary_end(&d, &centres);
}

static void before_a_user_is_signed_in_objects_go_past(void **state)
{
	struct centres centres;
	struct diary d;

	(void)state;
	diary_start(&d, &centres);
	call_at(&d.user, 0, GET_NEAREST_DC);
	wait_for(&d.user, 1);
	push(&d, SHORT("{\"_\": \"updateLoginToken\"}"));
	run_until(&centres, &d.raw, 1);
	assert_int_equal(d.entries, 0);
	assert_int_equal(d.script.states, 0);
	diary_end(&d, &centres);
}

static void another_user_begins_anew(void **state)
{
	struct mtproto_span data;
	struct centres centres;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	push(&d, UPDATES(DELETED(11), CHAT));
	run_until(&centres, &d.entries, 1);
	call_at(&d.user, 0, LOG_OUT);
	wait_for(&d.user, 2);
	centres_calm(&centres);
	assert_int_equal(mtproto_store_load(&d.user.store, MTPROTO_STORE_UPDATES, -1, &data), MTPROTO_ERR_NOT_FOUND);
	assert_int_equal(mtproto_store_load(&d.user.store, MTPROTO_STORE_ACCESS_HASH, CHANNEL, &data),
			 MTPROTO_ERR_NOT_FOUND);
	sign_in(&d.user);
	run_until(&centres, &d.script.states, 2);
	diary_end(&d, &centres);
}

static void a_damaged_state_is_told(void **state)
{
	struct centres centres;
	struct diary d;

	(void)state;
	diary_begin(&d, &centres);
	user_close(&d.user);
	assert_int_equal(mtproto_store_save(&d.user.store, MTPROTO_STORE_UPDATES, -1, "nonsense", 8), 0);
	assert_int_equal(mtproto_account_open(&d.user.account, &d.user.config), MTPROTO_ERR_STATE_FORMAT);
	mtproto_store_close(&d.user.store);
	centres_stop(&centres);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(updates_come_once_and_in_order),
		cmocka_unit_test(what_is_missing_is_asked_for),
		cmocka_unit_test(answers_of_calls_count),
		cmocka_unit_test(the_next_account_goes_on),
		cmocka_unit_test(a_lost_session_is_made_up_for),
		cmocka_unit_test(access_hashes_are_remembered),
		cmocka_unit_test(unknown_access_hashes_are_the_applications),
		cmocka_unit_test(before_a_user_is_signed_in_objects_go_past),
		cmocka_unit_test(another_user_begins_anew),
		cmocka_unit_test(a_damaged_state_is_told),
	};

	return cmocka_run_group_tests(tests, schema_new, schema_free);
}
