/* Where updates have their counters: by the ids that are built in, and by a schema. Both read the same objects; ids are
 * compared with the schema of layer 228. */
#include <mtproto/value.h>

#include "updates/stream.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int load(void **state)
{
	*state = schema_of_file(API_SCHEMA);
	return 0;
}

static int unload(void **state)
{
	mtproto_schema_free(*state);
	return 0;
}

static const struct {
	uint32_t id;
	const char *name;
} names[] = {
	{MTPROTO_ID_UPDATES, "updates"},
	{MTPROTO_ID_UPDATES_COMBINED, "updatesCombined"},
	{MTPROTO_ID_UPDATES_TOO_LONG, "updatesTooLong"},
	{MTPROTO_ID_UPDATE_SHORT, "updateShort"},
	{MTPROTO_ID_UPDATE_SHORT_MESSAGE, "updateShortMessage"},
	{MTPROTO_ID_UPDATE_SHORT_CHAT_MESSAGE, "updateShortChatMessage"},
	{MTPROTO_ID_UPDATE_SHORT_SENT_MESSAGE, "updateShortSentMessage"},
	{MTPROTO_ID_UPDATE_NEW_MESSAGE, "updateNewMessage"},
	{MTPROTO_ID_UPDATE_EDIT_MESSAGE, "updateEditMessage"},
	{MTPROTO_ID_UPDATE_DELETE_MESSAGES, "updateDeleteMessages"},
	{MTPROTO_ID_UPDATE_READ_MESSAGES_CONTENTS, "updateReadMessagesContents"},
	{MTPROTO_ID_UPDATE_READ_HISTORY_INBOX, "updateReadHistoryInbox"},
	{MTPROTO_ID_UPDATE_READ_HISTORY_OUTBOX, "updateReadHistoryOutbox"},
	{MTPROTO_ID_UPDATE_WEB_PAGE, "updateWebPage"},
	{MTPROTO_ID_UPDATE_PINNED_MESSAGES, "updatePinnedMessages"},
	{MTPROTO_ID_UPDATE_FOLDER_PEERS, "updateFolderPeers"},
	{MTPROTO_ID_UPDATE_NEW_CHANNEL_MESSAGE, "updateNewChannelMessage"},
	{MTPROTO_ID_UPDATE_EDIT_CHANNEL_MESSAGE, "updateEditChannelMessage"},
	{MTPROTO_ID_UPDATE_DELETE_CHANNEL_MESSAGES, "updateDeleteChannelMessages"},
	{MTPROTO_ID_UPDATE_PINNED_CHANNEL_MESSAGES, "updatePinnedChannelMessages"},
	{MTPROTO_ID_UPDATE_CHANNEL_WEB_PAGE, "updateChannelWebPage"},
	{MTPROTO_ID_UPDATE_CHANNEL_TOO_LONG, "updateChannelTooLong"},
	{MTPROTO_ID_UPDATE_READ_CHANNEL_INBOX, "updateReadChannelInbox"},
	{MTPROTO_ID_UPDATE_PTS_CHANGED, "updatePtsChanged"},
	{MTPROTO_ID_UPDATE_NEW_ENCRYPTED_MESSAGE, "updateNewEncryptedMessage"},
	{MTPROTO_ID_UPDATE_MESSAGE_POLL_VOTE, "updateMessagePollVote"},
	{MTPROTO_ID_UPDATE_CHAT_PARTICIPANT, "updateChatParticipant"},
	{MTPROTO_ID_UPDATE_CHANNEL_PARTICIPANT, "updateChannelParticipant"},
	{MTPROTO_ID_UPDATE_BOT_STOPPED, "updateBotStopped"},
	{MTPROTO_ID_UPDATE_BOT_CHAT_INVITE_REQUESTER, "updateBotChatInviteRequester"},
	{MTPROTO_ID_UPDATE_BOT_CHAT_BOOST, "updateBotChatBoost"},
	{MTPROTO_ID_UPDATE_BOT_MESSAGE_REACTION, "updateBotMessageReaction"},
	{MTPROTO_ID_UPDATE_BOT_MESSAGE_REACTIONS, "updateBotMessageReactions"},
	{MTPROTO_ID_UPDATE_BOT_BUSINESS_CONNECT, "updateBotBusinessConnect"},
	{MTPROTO_ID_UPDATE_BOT_NEW_BUSINESS_MESSAGE, "updateBotNewBusinessMessage"},
	{MTPROTO_ID_UPDATE_BOT_EDIT_BUSINESS_MESSAGE, "updateBotEditBusinessMessage"},
	{MTPROTO_ID_UPDATE_BOT_DELETE_BUSINESS_MESSAGE, "updateBotDeleteBusinessMessage"},
	{MTPROTO_ID_UPDATE_BOT_PURCHASED_PAID_MEDIA, "updateBotPurchasedPaidMedia"},
	{MTPROTO_ID_UPDATE_MANAGED_BOT, "updateManagedBot"},
	{MTPROTO_ID_UPDATE_BOT_GUEST_CHAT_QUERY, "updateBotGuestChatQuery"},
	{MTPROTO_ID_UPDATE_BOT_STARS_SUBSCRIPTION, "updateBotStarsSubscription"},
	{MTPROTO_ID_UPDATE_USER_TYPING, "updateUserTyping"},
	{MTPROTO_ID_UPDATE_CHAT_USER_TYPING, "updateChatUserTyping"},
	{MTPROTO_ID_UPDATE_CHANNEL_USER_TYPING, "updateChannelUserTyping"},
	{MTPROTO_ID_UPDATE_ENCRYPTED_CHAT_TYPING, "updateEncryptedChatTyping"},
	{MTPROTO_ID_UPDATE_LOGIN_TOKEN, "updateLoginToken"},
	{MTPROTO_ID_UPDATE_SENT_PHONE_CODE, "updateSentPhoneCode"},
	{MTPROTO_ID_UPDATE_DC_OPTIONS, "updateDcOptions"},
	{MTPROTO_ID_UPDATE_CONFIG, "updateConfig"},
	{MTPROTO_ID_UPDATE_SERVICE_NOTIFICATION, "updateServiceNotification"},
	{MTPROTO_ID_UPDATE_LANG_PACK, "updateLangPack"},
	{MTPROTO_ID_UPDATE_LANG_PACK_TOO_LONG, "updateLangPackTooLong"},
	{MTPROTO_ID_UPDATE_MESSAGE_ID, "updateMessageID"},
	{MTPROTO_ID_UPDATE_STORY_ID, "updateStoryID"},
	{MTPROTO_ID_UPDATE_ENCRYPTION, "updateEncryption"},
	{MTPROTO_ID_AFFECTED_MESSAGES, "messages.affectedMessages"},
	{MTPROTO_ID_AFFECTED_HISTORY, "messages.affectedHistory"},
	{MTPROTO_ID_AFFECTED_FOUND_MESSAGES, "messages.affectedFoundMessages"},
	{MTPROTO_ID_GET_STATE, "updates.getState"},
	{MTPROTO_ID_GET_DIFFERENCE, "updates.getDifference"},
	{MTPROTO_ID_GET_CHANNEL_DIFFERENCE, "updates.getChannelDifference"},
	{MTPROTO_ID_STATE, "updates.state"},
	{MTPROTO_ID_DIFFERENCE_EMPTY, "updates.differenceEmpty"},
	{MTPROTO_ID_DIFFERENCE, "updates.difference"},
	{MTPROTO_ID_DIFFERENCE_SLICE, "updates.differenceSlice"},
	{MTPROTO_ID_DIFFERENCE_TOO_LONG, "updates.differenceTooLong"},
	{MTPROTO_ID_CHANNEL_DIFFERENCE_EMPTY, "updates.channelDifferenceEmpty"},
	{MTPROTO_ID_CHANNEL_DIFFERENCE, "updates.channelDifference"},
	{MTPROTO_ID_CHANNEL_DIFFERENCE_TOO_LONG, "updates.channelDifferenceTooLong"},
};

static void test_ids_are_those_of_the_schema(void **state)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct mtproto_combinator *combinator = mtproto_schema_by_name(*state, names[i].name);

		assert_non_null(combinator);
		assert_int_equal(combinator->id, names[i].id);
	}
}

/* Every constructor of Updates is a wrapper, and nothing else is. */
static void test_wrappers_are_the_type_updates(void **state)
{
	uint32_t wrappers = 0;

	for (uint32_t i = 0; i < mtproto_schema_count(*state); i++) {
		const struct mtproto_combinator *combinator = mtproto_schema_at(*state, i);
		bool expected = !combinator->is_function && combinator->result->named &&
				strcmp(combinator->result->named->name, "Updates") == 0;

		assert_int_equal(mtproto_update_is_wrapper(combinator->id), expected);
		wrappers += expected;
	}
	assert_true(wrappers >= 7);
}

static bool has_field(const struct mtproto_combinator *combinator, const char *name)
{
	for (uint32_t i = 0; i < combinator->field_count; i++)
		if (strcmp(combinator->fields[i].name, name) == 0)
			return true;
	return false;
}

/* Each update of the layer that has pts and pts_count, or qts, has a constant here. */
static void test_no_update_with_a_counter_is_forgotten(void **state)
{
	unsigned counted = 0;

	for (uint32_t i = 0; i < mtproto_schema_count(*state); i++) {
		const struct mtproto_combinator *combinator = mtproto_schema_at(*state, i);
		size_t at = 0;

		if (combinator->is_function || !combinator->result->named ||
		    strcmp(combinator->result->named->name, "Update") != 0)
			continue;
		if (!has_field(combinator, "qts") && !has_field(combinator, "pts_count"))
			continue;
		while (at < sizeof(names) / sizeof(names[0]) && names[at].id != combinator->id)
			at++;
		if (at == sizeof(names) / sizeof(names[0]))
			fail_msg("%s has no constant", combinator->name);
		counted++;
	}
	assert_int_equal(counted, 31);
}

/* Reads an update with and without the schema and compares both with what is expected. */
static void expect(const struct mtproto_schema *schema, const struct object *object,
		   const struct mtproto_update_fields *expected, bool builtin_too)
{
	struct mtproto_span data = {object->data, object->w.len};
	struct mtproto_update_fields fields[2];
	struct mtproto_update_reader reader;
	size_t size = 0;

	memset(fields, 0, sizeof(fields));
	mtproto_update_reader_init_schema(&reader, schema);
	assert_int_equal(reader.read(reader.user, MTPROTO_UPDATE_OBJECT_UPDATE, data, &size, &fields[0]), 0);
	assert_int_equal(size, data.len);
	assert_int_equal(mtproto_update_read_builtin(&fields[1], data.data, data.len),
			 builtin_too ? 0 : MTPROTO_ERR_NOT_FOUND);
	for (int i = 0; i < (builtin_too ? 2 : 1); i++) {
		assert_int_equal(fields[i].constructor, expected->constructor);
		assert_int_equal(fields[i].order, expected->order);
		assert_int_equal(fields[i].channel_id, expected->channel_id);
		assert_int_equal(fields[i].pts, expected->pts);
		assert_int_equal(fields[i].pts_count, expected->pts_count);
		assert_int_equal(fields[i].qts, expected->qts);
	}
}

static void test_pts_is_found(void **state)
{
	const struct mtproto_update_fields deleted = {
		MTPROTO_ID_UPDATE_DELETE_MESSAGES, MTPROTO_UPDATE_BY_PTS, 0, 11, 3, 0};
	const struct mtproto_update_fields contents = {
		MTPROTO_ID_UPDATE_READ_MESSAGES_CONTENTS, MTPROTO_UPDATE_BY_PTS, 0, 12, 1, 0};
	const struct mtproto_update_fields in_inbox = {
		MTPROTO_ID_UPDATE_READ_HISTORY_INBOX, MTPROTO_UPDATE_BY_PTS, 0, 13, 1, 0};
	struct object object;
	struct mtproto_tl_writer *w;

	put_delete(object_begin(&object), 5, 11, 3);
	expect(*state, &object, &deleted, true);
	for (uint32_t has_date = 0; has_date < 2; has_date++) {
		w = object_begin(&object);
		mtproto_tl_write_u32(w, contents.constructor);
		mtproto_tl_write_u32(w, has_date);
		mtproto_tl_write_vector(w, 0);
		mtproto_tl_write_int(w, 12);
		mtproto_tl_write_int(w, 1);
		if (has_date)
			mtproto_tl_write_int(w, 777);
		expect(*state, &object, &contents, true);
	}
	w = object_begin(&object);
	mtproto_tl_write_u32(w, in_inbox.constructor);
	mtproto_tl_write_u32(w, 3); /* folder_id and top_msg_id */
	mtproto_tl_write_int(w, 1);
	mtproto_tl_write_u32(w, 0x59511722u); /* peerUser */
	mtproto_tl_write_long(w, 9);
	for (int i = 0; i < 3; i++)
		mtproto_tl_write_int(w, 100 + i);
	mtproto_tl_write_int(w, 13);
	mtproto_tl_write_int(w, 1);
	expect(*state, &object, &in_inbox, true);
}

static void test_channel_pts_is_found(void **state)
{
	const struct mtproto_update_fields deleted = {
		MTPROTO_ID_UPDATE_DELETE_CHANNEL_MESSAGES, MTPROTO_UPDATE_BY_CHANNEL_PTS, CHANNEL, 21, 2, 0};
	const struct mtproto_update_fields pinned = {
		MTPROTO_ID_UPDATE_PINNED_CHANNEL_MESSAGES, MTPROTO_UPDATE_BY_CHANNEL_PTS, CHANNEL, 22, 1, 0};
	const struct mtproto_update_fields new_message = {
		MTPROTO_ID_UPDATE_NEW_CHANNEL_MESSAGE, MTPROTO_UPDATE_BY_CHANNEL_PTS, CHANNEL, 23, 1, 0};
	struct object object;
	struct mtproto_tl_writer *w;

	put_channel_delete(object_begin(&object), CHANNEL, 5, 21, 2);
	expect(*state, &object, &deleted, true);
	w = object_begin(&object);
	mtproto_tl_write_u32(w, pinned.constructor);
	mtproto_tl_write_u32(w, 1);
	mtproto_tl_write_long(w, (uint64_t)CHANNEL);
	mtproto_tl_write_vector(w, 0);
	mtproto_tl_write_int(w, 22);
	mtproto_tl_write_int(w, 1);
	expect(*state, &object, &pinned, true);
	put_new_channel_message(object_begin(&object), CHANNEL, 5, 23);
	expect(*state, &object, &new_message, false);
}

static void test_qts_is_found(void **state)
{
	const struct mtproto_update_fields stopped = {
		MTPROTO_ID_UPDATE_BOT_STOPPED, MTPROTO_UPDATE_BY_QTS, 0, 0, 0, 31};
	const struct mtproto_update_fields requester = {
		MTPROTO_ID_UPDATE_BOT_CHAT_INVITE_REQUESTER, MTPROTO_UPDATE_BY_QTS, 0, 0, 0, 32};
	struct object object;
	struct mtproto_tl_writer *w;

	put_bot_stopped(object_begin(&object), 5, 31);
	expect(*state, &object, &stopped, true);
	for (uint32_t has_query = 0; has_query < 2; has_query++) {
		w = object_begin(&object);
		mtproto_tl_write_u32(w, requester.constructor);
		mtproto_tl_write_u32(w, has_query);
		mtproto_tl_write_u32(w, 0x59511722u); /* peerUser */
		mtproto_tl_write_long(w, 9);
		mtproto_tl_write_int(w, 1);
		mtproto_tl_write_long(w, 8);
		mtproto_tl_write_string(w, "about");
		mtproto_tl_write_u32(w, 0xed107ab7u); /* chatInvitePublicJoinRequests */
		mtproto_tl_write_int(w, 32);
		if (has_query)
			mtproto_tl_write_long(w, 555);
		expect(*state, &object, &requester, true);
	}
}

static void test_updates_without_a_counter_have_their_order(void **state)
{
	const struct mtproto_update_fields typing = {MTPROTO_ID_UPDATE_USER_TYPING, MTPROTO_UPDATE_AT_ONCE, 0, 0, 0, 0};
	const struct mtproto_update_fields message_id = {
		MTPROTO_ID_UPDATE_MESSAGE_ID, MTPROTO_UPDATE_FIRST, 0, 0, 0, 0};
	const struct mtproto_update_fields status = {0xe5bdf8deu, MTPROTO_UPDATE_BY_SEQ, 0, 0, 0, 0};
	const struct mtproto_update_fields changed = {
		MTPROTO_ID_UPDATE_PTS_CHANGED, MTPROTO_UPDATE_PTS_CHANGED, 0, 0, 0, 0};
	const struct mtproto_update_fields config = {MTPROTO_ID_UPDATE_CONFIG, MTPROTO_UPDATE_AT_ONCE, 0, 0, 0, 0};
	struct object object;

	put_typing(object_begin(&object), 5);
	expect(*state, &object, &typing, true);
	put_message_id(object_begin(&object), 5);
	expect(*state, &object, &message_id, true);
	put_status(object_begin(&object), 5);
	expect(*state, &object, &status, false);
	mtproto_tl_write_u32(object_begin(&object), changed.constructor);
	expect(*state, &object, &changed, true);
	mtproto_tl_write_u32(object_begin(&object), config.constructor);
	expect(*state, &object, &config, true);
}

static void test_channel_too_long_may_have_pts(void **state)
{
	struct mtproto_update_fields expected = {
		MTPROTO_ID_UPDATE_CHANNEL_TOO_LONG, MTPROTO_UPDATE_CHANNEL_TOO_LONG, CHANNEL, 0, 0, 0};
	struct object object;

	put_too_long(object_begin(&object), CHANNEL, 0);
	expect(*state, &object, &expected, true);
	expected.pts = 44;
	put_too_long(object_begin(&object), CHANNEL, 44);
	expect(*state, &object, &expected, true);
}

/* Its pts is for information: it does not order the update. */
static void test_read_channel_inbox_has_no_order(void **state)
{
	const struct mtproto_update_fields expected = {
		MTPROTO_ID_UPDATE_READ_CHANNEL_INBOX, MTPROTO_UPDATE_BY_SEQ, CHANNEL, 9, 0, 0};
	struct object object;
	struct mtproto_tl_writer *w = object_begin(&object);

	mtproto_tl_write_u32(w, expected.constructor);
	mtproto_tl_write_u32(w, 0);
	mtproto_tl_write_long(w, (uint64_t)CHANNEL);
	mtproto_tl_write_int(w, 1);
	mtproto_tl_write_int(w, 2);
	mtproto_tl_write_int(w, 9);
	expect(*state, &object, &expected, false);
}

static void test_short_forms_are_read_without_a_schema(void **state)
{
	struct mtproto_update_fields fields;
	struct object object;
	struct mtproto_tl_writer *w;

	(void)state;
	for (int chat = 0; chat < 2; chat++) {
		w = object_begin(&object);
		mtproto_tl_write_u32(w, chat ? MTPROTO_ID_UPDATE_SHORT_CHAT_MESSAGE : MTPROTO_ID_UPDATE_SHORT_MESSAGE);
		mtproto_tl_write_u32(w, 0);
		mtproto_tl_write_int(w, 7);
		mtproto_tl_write_long(w, 8);
		if (chat)
			mtproto_tl_write_long(w, 9);
		mtproto_tl_write_string(w, "hello");
		mtproto_tl_write_int(w, 51);
		mtproto_tl_write_int(w, 1);
		mtproto_tl_write_int(w, 1000);
		assert_int_equal(mtproto_update_read_builtin(&fields, object.data, object.w.len), 0);
		assert_int_equal(fields.order, MTPROTO_UPDATE_BY_PTS);
		assert_int_equal(fields.pts, 51);
		assert_int_equal(fields.pts_count, 1);
		assert_int_equal(mtproto_update_read_builtin(&fields, object.data, object.w.len - 8),
				 MTPROTO_ERR_TRUNCATED);
	}
	w = object_begin(&object);
	mtproto_tl_write_u32(w, MTPROTO_ID_UPDATE_SHORT_SENT_MESSAGE);
	for (int i = 0; i < 5; i++)
		mtproto_tl_write_int(w, 60 + i);
	assert_int_equal(mtproto_update_read_builtin(&fields, object.data, object.w.len), 0);
	assert_int_equal(fields.pts, 62);
	assert_int_equal(fields.pts_count, 63);
	put_affected(&object, MTPROTO_ID_AFFECTED_HISTORY, 71, 2);
	assert_int_equal(mtproto_update_read_builtin(&fields, object.data, object.w.len), 0);
	assert_int_equal(fields.pts, 71);
	assert_int_equal(fields.pts_count, 2);
}

/* No object is so short that something beyond its end is read. */
static void test_cut_off_objects_are_refused(void **state)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t len = 0; len < 64; len += 4) {
			struct mtproto_update_fields fields;
			uint8_t *data = malloc(len ? len : 1);
			struct mtproto_tl_writer w;
			int error;

			assert_non_null(data);
			memset(data, 0xff, len);
			mtproto_tl_writer_init(&w, data, len);
			mtproto_tl_write_u32(&w, names[i].id);
			error = mtproto_update_read_builtin(&fields, data, len);
			assert_true(error == 0 || error == MTPROTO_ERR_TRUNCATED || error == MTPROTO_ERR_NOT_FOUND ||
				    error == MTPROTO_ERR_ENCODING);
			if (len < 4)
				assert_int_equal(error, MTPROTO_ERR_TRUNCATED);
			free(data);
		}
	(void)state;
}

static void test_update_short_is_opened(void **state)
{
	struct mtproto_span update;
	struct object object;
	int32_t date;

	(void)state;
	put_delete(short_begin(&object), 1, 2, 1);
	mtproto_tl_write_int(&object.w, 1000);
	assert_int_equal(mtproto_update_open_short(&update, &date, object.data, object.w.len), 0);
	assert_ptr_equal(update.data, object.data + 4);
	assert_int_equal(update.len, object.w.len - 8);
	assert_int_equal(date, 1000);
	assert_int_equal(mtproto_update_open_short(&update, &date, object.data, 8), MTPROTO_ERR_TRUNCATED);
	assert_int_equal(mtproto_update_open_short(&update, &date, object.data + 4, 20), MTPROTO_ERR_CONSTRUCTOR);
}

static void test_a_call_tells_its_channel(void **state)
{
	struct object object;
	struct mtproto_tl_writer *w = object_begin(&object);

	mtproto_tl_write_u32(w, 0x84c1fd4eu); /* channels.deleteMessages */
	mtproto_tl_write_u32(w, 0xf35aec28u); /* inputChannel */
	mtproto_tl_write_long(w, (uint64_t)CHANNEL);
	mtproto_tl_write_long(w, 1);
	mtproto_tl_write_vector(w, 0);
	assert_int_equal(mtproto_update_channel_of_call(*state, object.data, object.w.len), CHANNEL);
	w = object_begin(&object);
	mtproto_tl_write_u32(w, 0x062dd747u); /* messages.unpinAllMessages */
	mtproto_tl_write_u32(w, 0);
	mtproto_tl_write_u32(w, 0x27bcbbfcu); /* inputPeerChannel */
	mtproto_tl_write_long(w, (uint64_t)CHANNEL_2);
	mtproto_tl_write_long(w, 1);
	assert_int_equal(mtproto_update_channel_of_call(*state, object.data, object.w.len), CHANNEL_2);
	w = object_begin(&object);
	mtproto_tl_write_u32(w, 0x062dd747u);
	mtproto_tl_write_u32(w, 0);
	mtproto_tl_write_u32(w, 0x7da07ec9u); /* inputPeerSelf */
	assert_int_equal(mtproto_update_channel_of_call(*state, object.data, object.w.len), 0);
}

/* The calls are read back by the schema's own reader. */
static int64_t number_in(const struct mtproto_schema *schema, const struct object *object, const char *path)
{
	struct mtproto_found found;
	struct mtproto_tl_reader r;

	assert_int_equal(mtproto_value_find(&found, object->data, object->w.len, schema, NULL, path, NULL), 0);
	mtproto_tl_reader_init(&r, found.bytes.data, found.bytes.len);
	return found.bytes.len == 8 ? (int64_t)mtproto_tl_read_long(&r) : mtproto_tl_read_int(&r);
}

static bool is_absent(const struct mtproto_schema *schema, const struct object *object, const char *path)
{
	struct mtproto_found found;

	return mtproto_value_find(&found, object->data, object->w.len, schema, NULL, path, NULL) ==
	       MTPROTO_ERR_NOT_FOUND;
}

static void test_requests_are_calls_of_the_schema(void **state)
{
	struct mtproto_get_difference difference = {.pts = 1, .qts = 2, .date = 3};
	struct mtproto_get_channel_difference channel = {CHANNEL, HASH, 10, 100, false};
	struct object object;

	mtproto_update_write_get_state(object_begin(&object));
	assert_int_equal(object.w.len, 4);
	mtproto_update_write_get_difference(object_begin(&object), &difference);
	assert_int_equal(number_in(*state, &object, "pts"), 1);
	assert_int_equal(number_in(*state, &object, "qts"), 2);
	assert_int_equal(number_in(*state, &object, "date"), 3);
	assert_true(is_absent(*state, &object, "pts_limit"));
	assert_true(is_absent(*state, &object, "pts_total_limit"));
	assert_true(is_absent(*state, &object, "qts_limit"));
	difference.pts_limit = 4;
	difference.pts_total_limit = 5;
	difference.qts_limit = 6;
	mtproto_update_write_get_difference(object_begin(&object), &difference);
	assert_int_equal(number_in(*state, &object, "date"), 3);
	assert_int_equal(number_in(*state, &object, "pts_limit"), 4);
	assert_int_equal(number_in(*state, &object, "pts_total_limit"), 5);
	assert_int_equal(number_in(*state, &object, "qts_limit"), 6);
	mtproto_update_write_get_channel_difference(object_begin(&object), &channel);
	assert_int_equal(number_in(*state, &object, "channel.channel_id"), CHANNEL);
	assert_int_equal(number_in(*state, &object, "channel.access_hash"), HASH);
	assert_int_equal(number_in(*state, &object, "pts"), 10);
	assert_int_equal(number_in(*state, &object, "limit"), 100);
	assert_true(is_absent(*state, &object, "force"));
	channel.force = true;
	mtproto_update_write_get_channel_difference(object_begin(&object), &channel);
	assert_false(is_absent(*state, &object, "force"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_are_those_of_the_schema),
		cmocka_unit_test(test_wrappers_are_the_type_updates),
		cmocka_unit_test(test_no_update_with_a_counter_is_forgotten),
		cmocka_unit_test(test_pts_is_found),
		cmocka_unit_test(test_channel_pts_is_found),
		cmocka_unit_test(test_qts_is_found),
		cmocka_unit_test(test_updates_without_a_counter_have_their_order),
		cmocka_unit_test(test_channel_too_long_may_have_pts),
		cmocka_unit_test(test_read_channel_inbox_has_no_order),
		cmocka_unit_test(test_short_forms_are_read_without_a_schema),
		cmocka_unit_test(test_cut_off_objects_are_refused),
		cmocka_unit_test(test_update_short_is_opened),
		cmocka_unit_test(test_a_call_tells_its_channel),
		cmocka_unit_test(test_requests_are_calls_of_the_schema),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
