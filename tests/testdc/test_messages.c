/* messages.sendMessage. */
#include "testdc/world_fixture.h"

#include <stdio.h>

#define INPUT_PEER_USER "4ca5e8dd"
#define USER_ID         "01f2052a01000000" /* 5,000,000,001 */

static struct world *open_signed_in(void)
{
	struct world *world = open_world(2, 2, 228, 0);

	sign_in(world, &world->clients[0], "123456:ABC");
	return world;
}

/* messages.sendMessage with these flags, this peer and this text (a TL string), all in hex, and a random_id. */
static void send_message(struct world *world, const char *flags, const char *peer, const char *text)
{
	char hex[512];

	snprintf(hex, sizeof(hex), "628ff4fe%s%s%s1122334455667788", flags, peer, text);
	call_hex(world, hex);
}

static void assert_sent(const struct world *world)
{
	struct mtproto_tl_reader r;

	assert_int_equal(world->type, MTPROTO_EVENT_RESULT);
	mtproto_tl_reader_init(&r, world->body, world->body_len);
	assert_int_equal(mtproto_tl_read_u32(&r), 0x9015e101); /* updateShortSentMessage */
	assert_int_equal(mtproto_tl_read_u32(&r), 2);          /* out */
	assert_int_equal(mtproto_tl_read_int(&r), 1);          /* id */
	(void)mtproto_tl_read_int(&r);                         /* pts */
	assert_int_equal(mtproto_tl_read_int(&r), 0);          /* pts_count */
	assert_true(mtproto_tl_read_int(&r) >= (int32_t)DATE);
	assert_int_equal(mtproto_tl_reader_end(&r), 0);
}

static void assert_refused(const struct world *world, const char *text)
{
	assert_int_equal(world->type, MTPROTO_EVENT_RPC_ERROR);
	assert_int_equal(world->code, 400);
	assert_string_equal(world->text, text);
}

static void a_message_is_taken(void **state)
{
	struct world *world = open_signed_in();

	(void)state;
	send_message(world, "00000000", INPUT_PEER_USER USER_ID "0000000000000000", "02686900");
	assert_sent(world);
	send_message(world, "22000000", "c97ea07d", "02686900"); /* no_webpage, silent; inputPeerSelf */
	assert_sent(world);
	close_world(world);
}

static void a_wrong_access_hash_is_refused(void **state)
{
	struct world *world = open_signed_in();

	(void)state;
	send_message(world, "00000000", INPUT_PEER_USER USER_ID "0100000000000000", "02686900");
	assert_refused(world, "PEER_ID_INVALID");
	close_world(world);
}

static void an_unknown_peer_is_refused(void **state)
{
	struct world *world = open_signed_in();

	(void)state;
	send_message(world, "00000000", "ea183b7f", "02686900"); /* inputPeerEmpty */
	assert_refused(world, "PEER_ID_INVALID");
	close_world(world);
}

static void no_text_is_refused(void **state)
{
	struct world *world = open_signed_in();

	(void)state;
	send_message(world, "00000000", "c97ea07d", "00000000");
	assert_refused(world, "MESSAGE_EMPTY");
	close_world(world);
}

static void what_needs_more_fields_is_refused(void **state)
{
	struct world *world = open_signed_in();

	(void)state;
	send_message(world, "01000000", "c97ea07d", "02686900"); /* reply_to */
	assert_refused(world, "INPUT_METHOD_INVALID");
	close_world(world);
}

static void a_message_that_is_cut_off_is_refused(void **state)
{
	struct world *world = open_signed_in();

	(void)state;
	call_hex(world, "628ff4fe00000000c97ea07d02686900");
	assert_refused(world, "INPUT_FETCH_FAIL");
	close_world(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_taken),
		cmocka_unit_test(a_wrong_access_hash_is_refused),
		cmocka_unit_test(an_unknown_peer_is_refused),
		cmocka_unit_test(no_text_is_refused),
		cmocka_unit_test(what_needs_more_fields_is_refused),
		cmocka_unit_test(a_message_that_is_cut_off_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
