/* The client's whole exchange as an object: plain messages in and out, repetition, the deadline. */
#include "support.h"

#include <mtproto/message_plain.h>
#include <mtproto/msg_id.h>

#include "base/bytes.h"

static char *text;
static struct mtproto_rsa *key;
static const struct mtproto_rsa *keys[1];

static int open_vectors(void **state)
{
	(void)state;
	text = read_text("handshake.txt");
	key = load_rsa("pem/throw_away_public.pem");
	keys[0] = key;
	return 0;
}

static int close_vectors(void **state)
{
	(void)state;
	mtproto_rsa_free(key);
	free(text);
	return 0;
}

struct client {
	struct mtproto_handshake *h;
	struct mtproto_handshake_config config;
	struct mtproto_random random;
	struct script script;
	uint64_t last_msg_id;
};

static void draw(struct client *c, const char *name, size_t len)
{
	script_add_value(&c->script, text, name, len);
}

static void open_client(struct client *c)
{
	memset(c, 0, sizeof(*c));
	mtproto_handshake_config_init(&c->config);
	c->random = (struct mtproto_random){script_fill, &c->script};
	c->config.random = &c->random;
	c->config.rsa_keys = keys;
	c->config.rsa_key_count = 1;
	draw(c, "nonce", 0);
	draw(c, "new_nonce", 0);
	draw(c, "rsa_padding_perm", 0);
	draw(c, "temp_keys_perm", 0);
	draw(c, "b", 0);
	draw(c, "client_padding", 12);
	assert_int_equal(mtproto_handshake_new(&c->h, &c->config), 0);
}

static void start(struct client *c)
{
	struct mtproto_now now = now_at(100, SERVER_TIME);

	open_client(c);
	assert_int_equal(mtproto_handshake_start(c->h, &now), 0);
}

static void close_client(struct client *c)
{
	mtproto_handshake_free(c->h);
}

/* The next message sent is a plain one with this body and a proper msg_id. */
static void assert_sends(struct client *c, const char *name)
{
	struct value expected = value_of(text, name);
	struct mtproto_plain_message message;
	size_t len;
	const uint8_t *sent = mtproto_handshake_send(c->h, &len);

	assert_non_null(sent);
	assert_int_equal(mtproto_plain_parse(&message, MTPROTO_TO_SERVER, sent, len), 0);
	assert_value(expected, message.body.data, message.body.len);
	assert_int_equal(len, 20 + message.body.len);
	assert_int_equal(message.msg_id % 4, 0);
	assert_int_equal(message.msg_id >> 32, SERVER_TIME);
	assert_true(message.msg_id > c->last_msg_id);
	c->last_msg_id = message.msg_id;
	assert_null(mtproto_handshake_send(c->h, &len));
	assert_int_equal(len, 0);
}

static size_t make_answer(uint8_t out[1100], const char *name)
{
	struct value body = value_of(text, name);

	memset(out, 0, 8);
	mtp_store_le64(out + 8, (uint64_t)SERVER_TIME << 32 | 1);
	mtp_store_le32(out + 16, (uint32_t)body.len);
	memcpy(out + 20, body.data, body.len);
	return 20 + body.len;
}

static int feed_at(struct client *c, const char *name, uint64_t mono_s)
{
	struct mtproto_now now = now_at(mono_s, SERVER_TIME);
	uint8_t message[1100];
	size_t len = make_answer(message, name);

	return mtproto_handshake_feed(c->h, &now, message, len);
}

static int feed(struct client *c, const char *name)
{
	return feed_at(c, name, 101);
}

static void the_whole_exchange(void **state)
{
	struct mtproto_handshake_result result;
	struct value auth_key = value_of(text, "auth_key");
	struct client c;

	(void)state;
	start(&c);
	assert_int_equal(mtproto_handshake_get_stage(c.h), MTPROTO_HANDSHAKE_RES_PQ);
	assert_sends(&c, "req_pq_multi");
	assert_int_equal(feed(&c, "res_pq"), 0);
	assert_int_equal(mtproto_handshake_get_stage(c.h), MTPROTO_HANDSHAKE_DH_PARAMS);
	assert_sends(&c, "req_dh_params_perm");
	assert_int_equal(mtproto_handshake_get_result(c.h, &result), MTPROTO_ERR_STATE);
	assert_int_equal(feed(&c, "server_dh_params_ok"), 0);
	assert_sends(&c, "set_client_dh_params");
	assert_int_equal(feed(&c, "dh_gen_ok"), 1);
	assert_int_equal(mtproto_handshake_get_stage(c.h), MTPROTO_HANDSHAKE_DONE);
	assert_int_equal(mtproto_handshake_get_result(c.h, &result), 0);
	assert_memory_equal(result.auth_key.data, auth_key.data, 256);
	assert_int_equal(c.script.pos, c.script.len);
	/* What comes later is late. */
	assert_int_equal(feed(&c, "bad_dh_gen_hash"), 1);
	close_client(&c);
}

static void each_step_has_its_time(void **state)
{
	struct mtproto_handshake_steps s;
	struct client c;

	(void)state;
	start(&c);
	assert_int_equal(feed_at(&c, "res_pq", 101), 0);
	mtproto_handshake_get_steps(c.h, &s);
	assert_int_equal(s.dh_params_ns, 0);
	assert_int_equal(feed_at(&c, "server_dh_params_ok", 103), 0);
	assert_int_equal(feed_at(&c, "dh_gen_ok", 106), 1);
	mtproto_handshake_get_steps(c.h, &s);
	assert_int_equal(s.req_pq_ns, 100 * SECOND);
	assert_int_equal(s.res_pq_ns, 101 * SECOND);
	assert_int_equal(s.factored_ns, 101 * SECOND);
	assert_int_equal(s.req_dh_params_ns, 101 * SECOND);
	assert_int_equal(s.dh_params_ns, 103 * SECOND);
	assert_int_equal(s.dh_checked_ns, 103 * SECOND);
	assert_int_equal(s.set_dh_params_ns, 103 * SECOND);
	assert_int_equal(s.dh_gen_ns, 106 * SECOND);
	assert_int_equal(s.done_ns, 106 * SECOND);
	close_client(&c);
}

static void the_last_query_is_sent_again_byte_for_byte(void **state)
{
	uint8_t first[400];
	const uint8_t *again;
	size_t first_len, len;
	struct client c;

	(void)state;
	open_client(&c);
	assert_int_equal(mtproto_handshake_resend(c.h), MTPROTO_ERR_STATE);
	close_client(&c);

	start(&c);
	assert_int_equal(feed(&c, "res_pq"), 0);
	memcpy(first, mtproto_handshake_send(c.h, &first_len), 340);
	assert_int_equal(first_len, 340);
	assert_int_equal(mtproto_handshake_resend(c.h), 0);
	again = mtproto_handshake_send(c.h, &len);
	assert_int_equal(len, first_len);
	assert_memory_equal(again, first, len);
	close_client(&c);
}

static void an_answer_that_comes_twice_is_ignored(void **state)
{
	struct client c;

	(void)state;
	start(&c);
	assert_int_equal(feed(&c, "res_pq"), 0);
	assert_sends(&c, "req_dh_params_perm");
	assert_int_equal(feed(&c, "res_pq"), 0);
	assert_int_equal(feed(&c, "server_dh_params_ok"), 0);
	assert_sends(&c, "set_client_dh_params");
	assert_int_equal(feed(&c, "res_pq"), 0);
	assert_int_equal(feed(&c, "server_dh_params_ok"), 0);
	assert_int_equal(feed(&c, "dh_gen_ok"), 1);
	close_client(&c);
}

static void an_answer_to_another_step_ends_the_exchange(void **state)
{
	struct client c;

	(void)state;
	start(&c);
	assert_int_equal(feed(&c, "server_dh_params_ok"), MTPROTO_ERR_CONSTRUCTOR);
	close_client(&c);
	/* resPQ with the nonces of this exchange, but not the one that was taken. */
	start(&c);
	assert_int_equal(feed(&c, "res_pq"), 0);
	assert_int_equal(feed(&c, "res_pq_three_keys"), MTPROTO_ERR_CONSTRUCTOR);
	close_client(&c);
}

static void an_error_stays(void **state)
{
	struct mtproto_now now = now_at(101, SERVER_TIME);
	struct mtproto_handshake_result result;
	struct client c;
	size_t len;

	(void)state;
	start(&c);
	assert_int_equal(feed(&c, "bad_res_pq_nonce"), MTPROTO_ERR_NONCE);
	assert_int_equal(mtproto_handshake_get_stage(c.h), MTPROTO_HANDSHAKE_FAILED);
	assert_int_equal(feed(&c, "res_pq"), MTPROTO_ERR_NONCE);
	assert_int_equal(mtproto_handshake_check(c.h, &now), MTPROTO_ERR_NONCE);
	assert_int_equal(mtproto_handshake_start(c.h, &now), MTPROTO_ERR_NONCE);
	assert_int_equal(mtproto_handshake_resend(c.h), MTPROTO_ERR_STATE);
	assert_int_equal(mtproto_handshake_get_result(c.h, &result), MTPROTO_ERR_STATE);
	assert_null(mtproto_handshake_send(c.h, &len));
	assert_true(mtproto_handshake_deadline(c.h) == MTPROTO_NEVER);
	close_client(&c);
}

static void retries_are_followed(void **state)
{
	struct client c;

	(void)state;
	start(&c);
	draw(&c, "b_retry1", 0);
	draw(&c, "client_padding", 12);
	draw(&c, "b_retry2", 0);
	draw(&c, "client_padding", 12);
	assert_int_equal(feed(&c, "res_pq"), 0);
	assert_int_equal(feed(&c, "server_dh_params_ok"), 0);
	assert_int_equal(feed(&c, "dh_gen_retry"), 0);
	assert_sends(&c, "set_client_dh_params_retry1");
	assert_int_equal(feed(&c, "dh_gen_retry"), 0); /* the same one, late */
	assert_int_equal(feed(&c, "dh_gen_retry_retry1"), 0);
	assert_sends(&c, "set_client_dh_params_retry2");
	assert_int_equal(feed(&c, "dh_gen_ok_retry2"), 1);
	close_client(&c);
}

static void too_many_retries_end_the_exchange(void **state)
{
	struct client c;

	(void)state;
	open_client(&c);
	close_client(&c);
	c.config.retries_max = 0;
	assert_int_equal(mtproto_handshake_new(&c.h, &c.config), 0);
	assert_int_equal(mtproto_handshake_start(c.h, &(struct mtproto_now){0, SERVER_TIME * SECOND}), 0);
	assert_int_equal(feed_at(&c, "res_pq", 1), 0);
	assert_int_equal(feed_at(&c, "server_dh_params_ok", 1), 0);
	assert_int_equal(feed_at(&c, "dh_gen_retry", 1), MTPROTO_ERR_DH_GEN_RETRY);
	close_client(&c);
}

static void the_deadline_is_ten_seconds_after_the_start(void **state)
{
	struct mtproto_now now = now_at(109, SERVER_TIME);
	struct client c;

	(void)state;
	open_client(&c);
	assert_true(mtproto_handshake_deadline(c.h) == MTPROTO_NEVER);
	close_client(&c);

	start(&c);
	assert_int_equal(mtproto_handshake_deadline(c.h), 110 * SECOND);
	assert_int_equal(feed_at(&c, "res_pq", 105), 0);
	assert_int_equal(mtproto_handshake_deadline(c.h), 110 * SECOND);
	assert_int_equal(mtproto_handshake_check(c.h, &now), 0);
	now = now_at(110, SERVER_TIME);
	assert_int_equal(mtproto_handshake_check(c.h, &now), MTPROTO_ERR_TIMEOUT);
	assert_int_equal(mtproto_handshake_get_stage(c.h), MTPROTO_HANDSHAKE_FAILED);
	close_client(&c);

	start(&c);
	assert_int_equal(feed_at(&c, "res_pq", 110), MTPROTO_ERR_TIMEOUT);
	close_client(&c);

	start(&c);
	assert_int_equal(feed(&c, "res_pq"), 0);
	assert_int_equal(feed(&c, "server_dh_params_ok"), 0);
	assert_int_equal(feed(&c, "dh_gen_ok"), 1);
	assert_true(mtproto_handshake_deadline(c.h) == MTPROTO_NEVER);
	now = now_at(1000, SERVER_TIME);
	assert_int_equal(mtproto_handshake_check(c.h, &now), 0);
	close_client(&c);
}

static void messages_are_told_apart_by_their_nonce(void **state)
{
	uint8_t message[1100];
	struct client c;
	size_t len;

	(void)state;
	start(&c);
	len = make_answer(message, "res_pq");
	assert_true(mtproto_handshake_matches(c.h, message, len));
	message[24] ^= 1;
	assert_false(mtproto_handshake_matches(c.h, message, len));
	message[24] ^= 1;
	assert_false(mtproto_handshake_matches(c.h, message, 20));
	message[0] = 1;
	assert_false(mtproto_handshake_matches(c.h, message, len));
	close_client(&c);
}

static void acknowledgements_are_ignored(void **state)
{
	static const uint8_t ack[] = {0, 0, 0,  0, 0, 0, 0,    0,    1,    0,    0,    0,    0,    0,
				      0, 0, 20, 0, 0, 0, 0x59, 0xb4, 0xd6, 0x62, 0x15, 0xc4, 0xb5, 0x1c,
				      1, 0, 0,  0, 0, 0, 0,    0,    0,    0,    0,    1};
	struct mtproto_now now = now_at(101, SERVER_TIME);
	struct client c;

	(void)state;
	start(&c);
	assert_int_equal(mtproto_handshake_feed(c.h, &now, ack, sizeof(ack)), 0);
	assert_int_equal(feed(&c, "res_pq"), 0);
	close_client(&c);
}

static void a_message_that_is_not_from_a_server_is_refused(void **state)
{
	struct mtproto_now now = now_at(101, SERVER_TIME);
	uint8_t message[1100];
	struct client c;
	size_t len;

	(void)state;
	start(&c);
	len = make_answer(message, "res_pq");
	message[8] = 0;
	assert_int_equal(mtproto_handshake_feed(c.h, &now, message, len), MTPROTO_ERR_MSG_ID_PARITY);
	close_client(&c);
}

static void bytes_behind_the_object_are_ignored(void **state)
{
	struct mtproto_now now = now_at(101, SERVER_TIME);
	uint8_t message[1100];
	struct client c;
	size_t len;

	(void)state;
	start(&c);
	len = make_answer(message, "res_pq");
	memset(message + len, 0xa5, 120);
	message[16] = (uint8_t)(message[16] + 104);
	assert_int_equal(mtproto_handshake_feed(c.h, &now, message, len + 120), 0);
	assert_sends(&c, "req_dh_params_perm");
	close_client(&c);
}

static void nothing_is_taken_before_the_start(void **state)
{
	struct client c;

	(void)state;
	open_client(&c);
	assert_int_equal(feed(&c, "res_pq"), MTPROTO_ERR_STATE);
	assert_int_equal(mtproto_handshake_get_stage(c.h), MTPROTO_HANDSHAKE_NEW);
	close_client(&c);
}

static void starting_twice_is_refused(void **state)
{
	struct mtproto_now now = now_at(101, SERVER_TIME);
	struct client c;

	(void)state;
	start(&c);
	assert_int_equal(mtproto_handshake_start(c.h, &now), MTPROTO_ERR_STATE);
	assert_int_equal(feed(&c, "res_pq"), 0);
	close_client(&c);
}

static void *no_memory(void *user, size_t size)
{
	(void)user;
	(void)size;
	return NULL;
}

static void no_release(void *user, void *memory, size_t size)
{
	(void)user;
	(void)memory;
	(void)size;
	fail();
}

static void new_reports_what_is_wrong(void **state)
{
	struct mtproto_allocator allocator = {no_memory, no_release, NULL};
	struct mtproto_handshake_config config;
	struct mtproto_handshake *h;

	(void)state;
	mtproto_handshake_config_init(&config);
	assert_int_equal(mtproto_handshake_new(&h, &config), MTPROTO_ERR_ARGUMENT);
	assert_null(h);
	config.rsa_keys = keys;
	config.rsa_key_count = 1;
	config.allocator = &allocator;
	assert_int_equal(mtproto_handshake_new(&h, &config), MTPROTO_ERR_MEMORY);
	assert_null(h);
	config.size--;
	assert_int_equal(mtproto_handshake_new(&h, &config), MTPROTO_ERR_CONFIG_SIZE);
	mtproto_handshake_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_exchange),
		cmocka_unit_test(each_step_has_its_time),
		cmocka_unit_test(the_last_query_is_sent_again_byte_for_byte),
		cmocka_unit_test(an_answer_that_comes_twice_is_ignored),
		cmocka_unit_test(an_answer_to_another_step_ends_the_exchange),
		cmocka_unit_test(an_error_stays),
		cmocka_unit_test(retries_are_followed),
		cmocka_unit_test(too_many_retries_end_the_exchange),
		cmocka_unit_test(the_deadline_is_ten_seconds_after_the_start),
		cmocka_unit_test(messages_are_told_apart_by_their_nonce),
		cmocka_unit_test(acknowledgements_are_ignored),
		cmocka_unit_test(a_message_that_is_not_from_a_server_is_refused),
		cmocka_unit_test(bytes_behind_the_object_are_ignored),
		cmocka_unit_test(nothing_is_taken_before_the_start),
		cmocka_unit_test(starting_twice_is_refused),
		cmocka_unit_test(new_reports_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, open_vectors, close_vectors);
}
